"""The report: one page about a table's results, the rows that are open first, and what it was made from.

``report.html`` is its template. The page says in words what it shows. It is a single file without scripts
or anything from the network, and its content security policy lets nothing load or run. Long lists are cut;
the review file has everything.
"""

import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from gazetteer.enrich.enrich import EnrichSummary
from gazetteer.enrich.plan import ANSWERED, STATUSES
from gazetteer.lookups import Lookups
from gazetteer.notation.lengths import format_length
from gazetteer.review.map import map_of
from gazetteer.review.tally import BINS, Candidate, Tally
from gazetteer.tables.writing import replacing
from gazetteer.values import Source, basis_words, counted

#: How many rows of a list, places, candidates of a string and characters of a text are shown.
_ROWS, _PLACES, _CANDIDATES, _LONGEST = 50, 15, 3, 160
#: The plot of the histogram, in units of its drawing.
_LEFT, _PLOT_WIDTH, _PLOT_HEIGHT, _BASE = 40.0, 600.0, 150.0, 170.0
_OPEN = tuple(status for status in STATUSES if status not in ANSWERED)
_STATUS_WORDS = {
    "resolved": "one answer, sure enough",
    "several": "several places, each sure enough",
    "ambiguous": "could be several, or none surely",
    "unresolved": "nothing in the gazetteer is like it",
    "invalid": "no name to look for",
}
_CHECK_WORDS = {
    "agrees": "agree with the name",
    "disagrees": "disagree",
    "unchecked": "have no name to compare",
    "invalid": "can't be read",
}
_METHOD_WORDS = {
    "exact": "the spelling is in the gazetteer",
    "skeleton": "same consonants in another spelling",
    "fuzzy": "similar spelling",
    "pcode": "a P-code",
    "coordinates": "a position",
    "offset": "so far from a place",
    "between": "between two places",
    "around": "round a place",
    "part": "part of an area",
    "fallback": "only the area was found",
    "several": "several places are named",
    "decision": "a person decided",
}
_COLUMN_WORDS = {
    "place": "places",
    "place_ar": "places in Arabic",
    "admin": "areas",
    "latitude": "latitudes",
    "longitude": "longitudes",
    "date": "dates",
}


class Bar(NamedTuple):
    """A rectangle of the histogram, for rows with confidences from `low` to `high`."""

    x: float
    y: float
    width: float
    height: float
    rows: int
    resolved: bool
    low: float
    high: float


def write_report(
    gazetteer: Lookups,
    path: Path,
    summary: EnrichSummary,
    tally: Tally,
    facts: Mapping[str, Any],
    sources: Sequence[Source],
) -> None:
    """Write the page, or raise TableError; `facts` is the provenance, `sources` are those to quote."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {
        "shown": _shown,
        "whole": _whole,
        "number": "{:,}".format,
        "counted": counted,
        "metres": format_length,
    }
    template = environment.from_string(files(__package__).joinpath("report.html").read_text("utf-8"))
    columns, distinct = facts["options"]["columns"], tally.distinct()
    page = template.generate(
        facts=facts,
        summary=summary,
        tally=tally,
        distinct=distinct,
        open_texts=sum(distinct.get(status, 0) for status in _OPEN),
        open_rows=tally.open_rows(),
        sources=sources,
        columns={words: columns[name] for name, words in _COLUMN_WORDS.items() if columns[name]},
        statuses=[(status, summary.statuses[status], _STATUS_WORDS[status]) for status in STATUSES],
        checks=[(count, _CHECK_WORDS[check]) for check, count in summary.checks.items()],
        methods=[(name, _METHOD_WORDS.get(name, ""), rows) for name, rows in _falling(tally.methods)],
        governorates=_falling(tally.governorates),
        bases=[(basis_words(basis), rows) for basis, rows in tally.bases.most_common()],
        map=map_of(gazetteer, tally.places()),
        places=list(islice(tally.places(), _PLACES)),
        answered=sum(summary.statuses[status] for status in ANSWERED),
        bars=_bars(tally.confidence),
        plot={"left": _LEFT, "width": _PLOT_WIDTH, "base": _BASE, "most": _highest(tally.confidence)},
        doubts={
            status: [
                (doubt, [Candidate.of(gazetteer, one) for one in doubt.candidates[:_CANDIDATES]])
                for doubt in tally.doubts(status, limit=_ROWS)
            ]
            for status in _OPEN
        },
        apart=tally.apart(limit=_ROWS),
    )
    with replacing(path) as file:
        file.writelines(page)


def _shown(text: str) -> str:
    """Return a text, cut at a readable length, as it may stand in a page."""
    shown = _whole(text)
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}…"


def _whole(text: str) -> str:
    """Return a text with U+FFFD for control characters."""
    return "".join("\ufffd" if unicodedata.category(char) in ("Cc", "Cs") else char for char in text)


def _falling(counts: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _highest(counts: Mapping[tuple[int, bool], int]) -> int:
    """Return the rows of the highest bar."""
    return max(counts.get((bar, True), 0) + counts.get((bar, False), 0) for bar in range(BINS))


def _bars(counts: Mapping[tuple[int, bool], int]) -> list[Bar]:
    """Return the histogram of confidence, resolved rows below the others."""
    highest, width = _highest(counts), _PLOT_WIDTH / BINS
    bars = []
    for bar in range(BINS):
        top = _BASE
        for resolved in (True, False):
            if rows := counts.get((bar, resolved), 0):
                height = max(1.0, _PLOT_HEIGHT * rows / highest)
                top -= height
                left = _LEFT + bar * width + 1
                ends = bar / BINS, (bar + 1) / BINS
                bars.append(Bar(left, top, width - 2, height, rows, resolved, *ends))
    return bars
