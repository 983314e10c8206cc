"""The report: one page that says how a table went, what to look at, and from what it was made.

It is a single file without scripts and without anything from the network. Lists are cut at a length that
a person reads, and say how much more there is; the review file has everything.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from gazetteer.enrich.enrich import EnrichSummary
from gazetteer.enrich.plan import STATUSES
from gazetteer.review import page
from gazetteer.review.candidates import Candidate, Reviewed, listed
from gazetteer.review.map import draw_map
from gazetteer.review.tally import Doubt, Tally
from gazetteer.tables.writing import replacing
from gazetteer.values import Source

#: Nothing is loaded and nothing runs, even if a mistake of ours let a table's text into the markup.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_SHOWN = 50
_CANDIDATES_SHOWN = 3
_STATUS_WORDS = {
    "resolved": "one answer, sure enough",
    "several": "several places, each sure enough",
    "ambiguous": "could be several, or none surely",
    "unresolved": "not in the gazetteer",
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


@dataclass(frozen=True, slots=True)
class Made:
    """What a report is made of.

    Parameters
    ----------
    summary
        Counts and columns.
    tally
        What was counted on the way.
    facts
        The provenance, in plain JSON types.
    sources
        The sources that were used.
    """

    summary: EnrichSummary
    tally: Tally
    facts: Mapping[str, Any]
    sources: tuple[Source, ...]


def write_report(gazetteer: Reviewed, path: Path, made: Made) -> None:
    """Write the page.

    Raises
    ------
    TableError
        If it can't be written.
    """
    with replacing(path) as file:
        for part in _page(gazetteer, made):
            file.write(part)


def _page(gazetteer: Reviewed, made: Made) -> Iterator[str]:
    title = f"Places of {made.facts['input']['name']}"
    style = files("gazetteer.review").joinpath("report.css").read_text("utf-8")
    yield (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{page.text(title)}</title>\n<style>\n{style}</style></head>\n<body>\n"
        f"<header><h1>{page.said(title)}</h1>{_read(made)}</header>\n<main>\n"
    )
    yield _counts(made.summary)
    yield from _how(gazetteer, made)
    for status, heading in (("ambiguous", "Ambiguous"), ("unresolved", "Unresolved"), ("invalid", "Invalid")):
        yield _strings(gazetteer, made.tally, status, heading)
    yield _points(made)
    yield _decisions(made)
    yield f"</main>\n{_footer(made)}</body></html>\n"


def _read(made: Made) -> str:
    columns = made.facts["options"]["columns"]
    named = [
        (word, ", ".join(cells) if isinstance(cells, list) else cells)
        for word, key in _COLUMN_WORDS
        if (cells := columns.get(key))
    ]
    read = "; ".join(f"{word} in {page.said(cells)}" for word, cells in named)
    return f'<p class="soft">Read: {read or "positions in its shapes"}.</p>'


_COLUMN_WORDS = (
    ("places", "place"),
    ("places in Arabic", "place_ar"),
    ("areas", "admin"),
    ("latitudes", "latitude"),
    ("longitudes", "longitude"),
    ("dates", "date"),
)


def _counts(summary: EnrichSummary) -> str:
    rows = summary.rows
    tiles = f"<li><b>{page.number(rows)}</b><span>rows</span></li>" + "".join(
        f'<li class="{status}"><b>{page.number(summary.statuses[status])}</b>'
        f"<span>{status}{_share(summary.statuses[status], rows)}: {_STATUS_WORDS[status]}</span></li>"
        for status in STATUSES
    )
    parts = "".join(
        f'<i class="{status}" style="flex:{summary.statuses[status]}"></i>'
        for status in STATUSES
        if summary.statuses[status]
    )
    notes = "".join(f"<li>{page.said(note)}</li>" for note in summary.notes)
    return f'<ul class="tiles">{tiles}</ul><div class="share">{parts}</div>' + (
        f'<ul class="lines">{notes}</ul>' if notes else ""
    )


def _share(part: int, whole: int) -> str:
    return f", {100 * part / whole:.1f}%" if whole else ""


def _how(gazetteer: Reviewed, made: Made) -> Iterator[str]:
    tally = made.tally
    drawn = draw_map(gazetteer, tally.places())
    outside = f" {_counted(drawn.rows_outside, 'row')} beyond its edge." if drawn.rows_outside else ""
    caption = f"Resolved rows; the larger a mark, the more rows.{outside} Point at a mark for its name."
    yield page.section("Where", f"<figure>{drawn.svg}<figcaption>{caption}</figcaption></figure>")
    limit = made.facts["options"]["min_confidence"]
    yield page.section(
        "How sure",
        "<p>Confidence is the probability that the best candidate lies within 5 km of what was meant. "
        f"From {limit:g} on a row counts as resolved, if no other candidate is as likely.</p>"
        f"<figure>{page.chart(tally.confidence, limit=limit)}<figcaption>"
        '<span class="key resolved">resolved</span> &ensp; <span class="key ambiguous">not resolved</span>; '
        f"rows by the confidence of their best candidate.</figcaption></figure>",
    )
    methods = page.table(
        ("Method", "Meaning", "#Rows"),
        [
            (page.text(name), _METHOD_WORDS.get(name, ""), page.number(rows))
            for name, rows in _most(tally.methods)
        ],
    )
    areas = page.table(
        ("Governorate", "#Rows"),
        [
            (page.said(name) if name else "not known", page.number(rows))
            for name, rows in _most(tally.governorates)
        ],
    )
    yield page.section("Resolved rows", f'<div class="pair">{methods}{areas}</div>')


def _most(counts: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _strings(gazetteer: Reviewed, tally: Tally, status: str, heading: str) -> str:
    doubts = list(tally.doubts(status, limit=_SHOWN))
    nameless = ""
    if status == "invalid" and tally.nameless:
        nameless = f"<p>{_counted(tally.nameless, 'row')} without a place name.</p>"
    if not doubts and not nameless:
        return ""
    rows = [
        (
            f'<div class="written">{page.said(doubt.text)}</div>',
            f'<div class="beside">{page.said(doubt.areas)}</div>',
            page.number(doubt.rows),
            _candidates(gazetteer, doubt),
        )
        for doubt in doubts
    ]
    listing = page.table(("As written", "Areas beside it", "#Rows", "Candidates"), rows) if doubts else ""
    total = tally.distinct_doubts(status)
    return page.section(heading, nameless, listing, page.more(len(doubts), total, "distinct strings"))


def _candidates(gazetteer: Reviewed, doubt: Doubt) -> str:
    found = listed(gazetteer, doubt.candidates[:_CANDIDATES_SHOWN])
    if not found:
        return '<span class="soft">none</span>'
    return f"<ol>{''.join(f'<li>{_candidate(one)}</li>' for one in found)}</ol>"


def _candidate(one: Candidate) -> str:
    where = f", {page.said(one.area)}" if one.area else ""
    code = f" <code>{page.text(one.id)}</code>" if one.id else ""
    about = f'<span class="soft">{page.text(one.kind)}{where}, {one.confidence}</span>'
    return f"{page.said(one.name)} {about}{code}"


def _points(made: Made) -> str:
    summary = made.summary
    if not summary.checks:
        return ""
    counts = ", ".join(
        f"{page.number(count)} {_CHECK_WORDS[check]}" for check, count in summary.checks.items()
    )
    apart = made.tally.apart(limit=_SHOWN)
    rows = [
        (
            f'<div class="written">{page.said(one.text)}</div>',
            page.said(one.name) if one.name else '<span class="soft">the area</span>',
            f"{one.latitude:.5f}, {one.longitude:.5f}",
            f"{one.distance_m / 1000:,.1f} km",
            page.number(one.rows),
        )
        for one in apart
    ]
    listing = (
        page.table(("As written", "Resolved to", "The row's point", "#Apart", "#Rows"), rows) if rows else ""
    )
    return page.section(
        "Names and points",
        f"<p>Positions that the rows bring: {counts}; {page.number(summary.swapped)} were swapped. "
        "A name and a point disagree where they are further apart than their two radii.</p>",
        listing,
        page.more(len(apart), made.tally.distinct_apart(), "distinct strings and points"),
    )


def _decisions(made: Made) -> str:
    taken = made.facts["decisions"]
    if taken is None:
        return ""
    by = ", ".join(map(page.said, taken["decided_by"]))
    strings, rows = _counted(taken["strings"], "decision"), _counted(taken["rows"], "row")
    return page.section(
        "Decisions",
        f"<p>{strings} from {page.said(taken['name'])}, for {rows}; decided by {by}.</p>",
    )


def _footer(made: Made) -> str:
    facts = made.facts
    software = facts["software"]
    output = facts["output"]
    pairs = [
        ("Input", f"{page.said(facts['input']['name'])} <code>sha256 {facts['input']['sha256']}</code>"),
        *(
            [("Output", f"{page.said(output['name'])} <code>sha256 {output['sha256']}</code>")]
            if output
            else []
        ),
        ("Gazetteer", f"<code>{page.text(facts['gazetteer']['content_hash'])}</code>"),
        ("Calibration", f"<code>sha256 {page.text(facts['calibration']['sha256'])}</code>"),
        (
            "Software",
            f"{page.text(software['name'])} {page.text(software['version'])}, Python {software['python']}",
        ),
    ]
    if facts["decisions"]:
        digest = facts["decisions"]["sha256"]
        pairs.append(("Decisions", f"{page.said(facts['decisions']['name'])} <code>sha256 {digest}</code>"))
    lines = "".join(f"<li>{_source(source)}</li>" for source in made.sources)
    credit = f'<h2>Sources to quote</h2><ul class="lines">{lines}</ul>' if lines else ""
    return f"<footer><h2>Made from</h2>{page.definitions(pairs)}{credit}</footer>\n"


def _source(source: Source) -> str:
    return f'{page.said(source.attribution)} <span class="soft">({page.said(source.title)})</span>'


def _counted(count: int, what: str) -> str:
    return f"{page.number(count)} {what}" + ("" if count == 1 else "s")
