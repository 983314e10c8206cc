"""What the command `gazetteer` prints for people: every function takes an answer and returns text.

Lines have at most 100 columns, in a terminal, a file and the documentation alike. What can't be broken, such
as the path of a file, may stand out. There are no trailing blanks and no colour. Coordinates have five
decimals, a metre or so.
"""

import io
import math
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gazetteer.answers import DistanceAnswer, Match, Mention, Report, Resolution, ReverseAnswer
from gazetteer.country import country
from gazetteer.geodesy import LatLon
from gazetteer.kinds import kinds_meant_by
from gazetteer.notation.lengths import format_length, format_range
from gazetteer.privacy.cells import generalised_words
from gazetteer.values import AdminUnit, Place, basis_words, counted

if TYPE_CHECKING:
    from gazetteer.ask import QuestionAnswer
    from gazetteer.enrich import Calibrated, EnrichSummary, Evaluation, GeoparseSummary
    from gazetteer.incidents import Incident
    from gazetteer.leaks import Leak, LeaksAnswer
    from gazetteer.lookups import GazetteerInfo
    from gazetteer.near import Expected, FacilityAnswer, NearAnswer, NearCounts, NearRow, Selection
    from gazetteer.near.count import AreaCount, CountAnswer, NearCount
    from gazetteer.near.near import NearSummary

_WIDTH = 100
_ADMIN_LEVELS = {1: "governorate", 2: "district", 3: "sub-district"}
_ADMIN_METHODS = {
    "stated": "as its source states",
    "within": "by the boundaries",
    "nearest": "of the nearest known unit",
    "unknown": "not known",
}
#: How many reasons are given for a mention, the most telling first.
_REASONS = 2
_ADD_AREA = "Add its area, with a comma or --area."
#: An incident that is left open is listed from this probability on.
_WORTH_LISTING = 0.05
#: What holds for the range of a distance, said once where one is shown.
_ANYWHERE = "wherever in their circles both are"
#: The columns of tables that hold names and sentences.
_WIDE = ("area", "place", "nearest", "why")
#: A row of a table: its cells by their headers.
Row = dict[str, str]


def labelled(label: str, text: str, *, width: int) -> str:
    """Write a label, blanks up to `width`, and text that goes on below itself."""
    return sentence(f"{label:<{width}}{text}", indent=width)


def sentence(text: str, *, indent: int = 0) -> str:
    """Write text over as many lines as it needs, with blanks before all but the first."""
    return textwrap.fill(
        text,
        _WIDTH,
        subsequent_indent=" " * indent,
        replace_whitespace=False,
        break_long_words=False,
        break_on_hyphens=False,
    )


def table(rows: Sequence[Row]) -> str:
    """Write a table; only the cells of :data:`_WIDE` columns may go on in a second line."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    grid = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for header in rows[0]:
        grid.add_column(header, no_wrap=header not in _WIDE)
    for row in rows:
        grid.add_row(*(Text(" ".join(cell.split())) for cell in row.values()))
    console = Console(file=io.StringIO(), width=_WIDTH, color_system=None, legacy_windows=False)
    with console.capture() as captured:
        console.print(grid)
    return "\n".join(line.rstrip() for line in captured.get().splitlines() if line.strip())


def _paragraphs(*parts: str) -> str:
    """Put parts below each other with a line between them; empty ones are left out."""
    return "\n\n".join(filter(None, parts))


def _entry(head: str, lines: Sequence[tuple[str, str]]) -> str:
    """Write a heading and, below it, lines with their labels in one column."""
    width = max(len(label) for label, _ in lines) + 4
    return "\n".join([head, *(labelled(f"  {label}", text, width=width) for label, text in lines)])


# Places


def resolution(answer: Resolution) -> str:
    """Write the answer to a spelling: the place, or why there is none and what it could be."""
    if answer.best is not None:
        parts = [_match(answer.best)]
        if others := answer.matches[1:]:
            parts.append(f"Other candidates:\n{_candidates(others)}")
    elif answer.status == "several":
        parts = [f"several places:\n{_candidates(answer.places)}"]
    else:
        parts = [_no_answer(answer)]
    left = [f"not used: {'; '.join(answer.unread)}"] if answer.unread else []
    left += [f"country: {answer.country}"] if answer.country else []
    return _paragraphs(*parts, "\n".join(left))


def _no_answer(answer: Resolution) -> str:
    """Write why a text has no answer, and what it could be."""
    text = answer.query.text
    if answer.status == "ambiguous" and len(answer.matches) == 1:
        head = f"“{text}” is ambiguous: it may be this, but that is not sure enough. {_ADD_AREA}"
    elif answer.status == "ambiguous":
        head = f"“{text}” is ambiguous: it could be any of these. {_ADD_AREA}"
    elif answer.matches:
        head = f"“{text}” is unresolved: no candidate is likely enough. The closest are:"
    else:
        return f"“{text}” is unresolved: nothing in the gazetteer is like it."
    return f"{head}\n{_candidates(answer.matches)}"


def _match(match: Match) -> str:
    place = match.place
    sure = confidence_text(match.confidence)
    lines = [
        ("kind", f"{_kind(place)} ({place.id})"),
        ("position", _where(place, match.uncertainty_m)),
        ("area", _chain(place.admin, place.admin_method)),
        ("confidence", f"{sure}, {match.method} match with {match.matched_name}"),
    ]
    if match.reasons:
        lines.append(("because", "; ".join(match.reasons)))
    if place.valid_from or place.valid_to:
        lines.append(("existed", f"{place.valid_from or '…'} to {place.valid_to or '…'}"))
    return _entry(_names(place), lines)


def _candidates(matches: Iterable[Match]) -> str:
    """Write candidates in two lines each, with what tells them apart."""
    lines = []
    for match in matches:
        place = match.place
        lines.append(f"  {confidence_text(match.confidence)}  {_names(place)}  ({place.id})")
        lines.append(labelled("", _described(place, match.uncertainty_m), width=8))
    return "\n".join(lines)


def reverse_answer(answer: ReverseAnswer) -> str:
    """Write the areas round a position, whether its axes seem swapped, and the nearest settlement."""
    outside = "outside the country" if answer.outside_country else ""
    lines = [("area", outside or _chain(answer.admin, answer.admin_method))]
    if answer.hint:
        lines.append(("hint", answer.hint))
    if answer.nearest is not None and answer.nearest_distance_m is not None:
        away = format_length(answer.nearest_distance_m)
        near = f"{_names(answer.nearest)}, {_kind(answer.nearest)}, {away} away{_cell(answer.nearest)}"
        lines.append(("nearest", near))
    return _entry(_position(answer.position), lines)


def distance_answer(answer: DistanceAnswer) -> str:
    """Write a distance in words, then exactly, then what it was measured between."""
    exact = "" if answer.distance_m is None else f"{answer.distance_m:.0f} m on WGS 84; "
    lines = [("distance", f"{exact}{format_range(answer.min_m, answer.max_m)} {_ANYWHERE}")]
    if answer.azimuth_deg is not None:
        lines.append(("bearing", f"{answer.azimuth_deg:.1f}°, {answer.compass}"))
    for label, place in (("from", answer.start), ("to", answer.end)):
        spot = f"{_names(place)}, {_kind(place)}, {_where(place, place.uncertainty_m)}"
        lines.append((label, spot))
    if answer.hint:
        lines.append(("hint", answer.hint))
    return _entry(f"{_lies(answer.end.name, answer.start.name, answer.as_json())}.", lines)


def _lies(end: str, start: str, measured: Mapping[str, Any]) -> str:
    """Write how one place lies to another; where both have one position, only that."""
    if measured["distance_m"] == measured["max_m"] == 0.0:
        return f"{end} has the position of {start}"
    side = "from" if measured["compass"] is None else f"{measured['compass']} of"
    return f"{end} lies {format_range(measured['min_m'], measured['max_m'])} {side} {start}"


def gazetteer_info(about: "GazetteerInfo") -> str:
    """Write what a gazetteer file holds and what its sources ask to be said."""
    counts = ", ".join(
        counted(count, kind.replace("_", " ")) for kind, count in about.counts.items() if count
    )
    lines = [
        f"file            {about.path}",
        f"built by        {about.built_by}",
        f"schema version  {about.schema_version}",
        f"content         {about.content_hash}",
        labelled("places", f"{sum(about.counts.values()):,}: {counts}", width=16),
        *(labelled("", words, width=16) for words in about.position_words),
    ]
    if (made := about.calibration) is not None:
        other = "" if made.gazetteer in ("", about.content_hash) else ", with another gazetteer"
        made_of = f"made from {counted(made.rows, 'row')} of {counted(made.names, 'name')}{other}"
        lines += [f"calibration     {made.hash}", labelled("", made_of, width=16)]
    lines.append("sources")
    for source in about.sources:
        # What was pulled is often released by its day.
        release = f"release {source.release}" if source.release not in ("", source.date) else ""
        dated = ", ".join(filter(None, (release, source.date)))
        facts = (dated, source.licence, source.attribution, source.url)
        lines.append(labelled("", f"{source.id}: {source.title}, {counted(source.count, 'row')}", width=2))
        lines += [labelled("", fact, width=4) for fact in facts if fact]
    return "\n".join(lines)


def confidence_text(confidence: float) -> str:
    """Write a confidence with two decimals, cut and not rounded: 0.699 is short of the limit of 0.70."""
    hundredths = math.floor(confidence * 100 + 1e-9)
    return f"{hundredths / 100:.2f}" if hundredths else "<0.01"


def _described(place: Place, radius_m: float) -> str:
    """Write what tells a place from its namesakes: kind, areas, position."""
    areas = dict.fromkeys(u.name for u in reversed(place.admin) if u.level < 3 and u.pcode != place.id)
    return f"{', '.join([_kind(place), *areas])}; {_where(place, radius_m)}"


def _names(place: Place) -> str:
    """Write its name, as reporters write it where that is another, and in Arabic."""
    reported = f" ({place.reported_name})" if place.reported_name else ""
    return f"{place.name}{reported}  {place.name_ar}".rstrip()


def _kind(place: Place) -> str:
    return place.kind.value.replace("_", " ")


def _position(position: LatLon) -> str:
    return f"{position.latitude:.5f}, {position.longitude:.5f}"


def _where(place: Place, radius_m: float) -> str:
    known = basis_words(place.position_basis)
    parts = (_position(place.position), f"within {format_length(radius_m)}", *([known] if known else ()))
    return f"{', '.join(parts)}{_cell(place)}"


def _cell(place: Place) -> str:
    """Write how far a place was generalised, to follow its description."""
    side = place.generalised_to_deg
    return "" if side is None else f", {generalised_words(side)}"


def _chain(units: Sequence[AdminUnit], method: str) -> str:
    """Write an admin chain, narrowest first, with its codes and how it is known."""
    named = ", ".join(f"{unit.name} {_ADMIN_LEVELS[unit.level]} ({unit.pcode})" for unit in reversed(units))
    return f"{named}; {_ADMIN_METHODS[method]}" if named else "not known"


# Tables and texts that were resolved


def enrich_summary(summary: "EnrichSummary") -> str:
    """Write what was read from which columns, how it came out, and where it is."""
    chosen = summary.columns
    places = " or ".join(name for name in (chosen.place, chosen.place_ar) if name)
    read = [f"places in {places}"] if places else []
    read += [f"areas in {', '.join(map(str.strip, chosen.admin))}"] if chosen.admin else []
    if chosen.latitude is not None:
        read.append(f"positions in {chosen.latitude} and {chosen.longitude}")
    elif summary.checks:
        read.append("positions in its shapes")
    read += [f"notes in {chosen.text}"] if chosen.text is not None else []
    told = {status: count for status, count in summary.statuses.items() if count or status != "several"}
    taken_for = "" if chosen.dataset == "plain" else f"a table of {chosen.dataset}: "
    lines = [sentence(f"{counted(summary.rows, 'row')}: {_counts(told)} ({taken_for}{', '.join(read)})")]
    if checks := summary.checks:
        words = (
            f"Positions that the rows bring: {checks['agrees']} agree with the name, {checks['disagrees']} "
            f"disagree, {checks['unchecked']} have no name to compare, {checks['invalid']} can't be read; "
            f"{counted(summary.swapped, 'was', 'were')} swapped"
        )
        lines.append(sentence(words))
    lines += [*_notes(summary.notes), *_written_to(summary.target)]
    labels = {"report": "Report in", "review": "To review in"}
    lines += [f"{words} {summary.files[name]}" for name, words in labels.items() if name in summary.files]
    return "\n".join(lines)


def geoparse_summary(summary: "GeoparseSummary") -> str:
    """Write how many texts were read and what they name, and where it is."""
    told = f"{counted(summary.texts, 'text')}: {summary.with_main} with a main place"
    told += f", {summary.without_mentions} without a place"
    if summary.not_about_country:
        told += f" ({summary.not_about_country} of these don't speak of {country().name})"
    if summary.empty:
        told += f"; empty cells: {summary.empty}"
    mentions = f"{counted(sum(summary.statuses.values()), 'mention')}: {_counts(summary.statuses)}"
    return "\n".join([sentence(told), mentions, *_notes(summary.notes), *_written_to(summary.target)])


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {what}" for what, count in counts.items())


def left_open(count: int, one: str, many: str) -> str:
    """Say how many have no answer; "" of none."""
    return counted(count, one, many) if count else ""


def _notes(notes: Iterable[str]) -> list[str]:
    return [sentence(f"Note: {note}") for note in dict.fromkeys(notes)]


def _written_to(target: "Path") -> list[str]:
    return [] if str(target) == "-" else [f"Written to {target}"]


def report(found: Report) -> str:
    """Write a text with its places marked by their numbers, and below it the places."""
    name = country().name
    if not found.about:
        return (
            f"The text doesn't speak of {name}, so no places were looked for: use --local if it is about it."
        )
    if not found.mentions:
        return f"No place is named that the gazetteer knows (about {name}: {found.about})."
    marked, at = "", 0
    for number, mention in enumerate(found.mentions, start=1):
        marked += f"{found.text[at : mention.start]}[{number}: {mention.text}]"
        at = mention.end
    lines = (marked + found.text[at:]).strip().splitlines()
    places = [_mention(number, mention) for number, mention in enumerate(found.mentions, start=1)]
    return "\n".join([*map(sentence, lines), "", f"About {name}: {found.about}.", *places])


def _mention(number: int, mention: Mention) -> str:
    """Write a mention in three lines: as written, its best place, and why."""
    answer = mention.resolution
    best, place = answer.matches[0], answer.matches[0].place
    status = ["(the place of the event)"] if mention.main else []
    status += [f"({answer.status})"] if answer.best is None else []
    return "\n".join(
        [
            f"{number:>3}  {' '.join([mention.text, *status])}",
            labelled("", f"{_names(place)}, {_described(place, best.uncertainty_m)}", width=5),
            labelled("", "; ".join([confidence_text(best.confidence), *best.reasons[:_REASONS]]), width=5),
        ]
    )


def evaluation(figures: "Evaluation") -> str:
    """Write the figures as a table, and in words whether confidence and radius hold."""
    shares = {f"best answer within {km} km": share for km, share in figures.within_km.items()} | {
        "answered (coverage)": figures.answered,
        "accepted (resolved)": figures.accepted,
        "precision of accepted, 5 km": figures.precision,
    }
    values = {"rows with a known position": str(figures.rows)}
    if figures.skipped:
        values["rows without one, left out"] = str(figures.skipped)
    values |= {name: "-" if share is None else f"{share:.1%}" for name, share in shares.items()}
    if figures.calibration_error is not None:
        values["calibration error"] = f"{figures.calibration_error:.4f}"
    rows = [{"measure": name, "value": value} for name, value in values.items()]
    return _paragraphs(table(rows), "\n".join(map(sentence, figures.words)))


def calibrated(made: "Calibrated", output: "Path") -> str:
    """Write what a new calibration changes, whether it is better, and where it is."""
    return "\n".join([*map(sentence, made.words), f"Written to {output}"])


# Incidents


def near_answer(answer: "NearAnswer", *, of: str, limit: int | None) -> str:
    """Write at most `limit` incidents that are, or may be, within the distance, and the counts."""
    rows, of_all = _near_rows(answer, limit)
    words = _near_words(answer, of)
    return _paragraphs(_listing(rows, of_all, words, _near_notes(answer)), _open(answer.selection, limit))


def leaks_answer(answer: "LeaksAnswer", *, limit: int | None) -> str:
    """Write at most `limit` revelations, the worst first, and what no search can promise."""
    counts = answer.summary
    if not answer.leaks:
        head = (
            f"{counted(answer.rows, 'row')}: nothing was found that says more of a sensitive place than tier "
            f"{answer.tier} may know."
        )
    else:
        aside = ", and the file beside them," if any(one.row is None for one in answer.leaks) else ""
        rows = counted(answer.rows, "row") + aside
        says = "says" if answer.rows == 1 and not aside else "say"
        ways = ", ".join(f"{count} by {how}" for how, count in counts["by_how"].items())
        head = (
            f"{counts['rows_with_leaks']} of {rows} {says} more of a sensitive place than "
            f"tier {answer.tier} may know: {ways}. Row 1 is the first below the header."
        )
    lines = [sentence(f"{_revealed(one, answer)}.", indent=2) for one in answer.leaks[:limit]]
    if limit is not None and len(answer.leaks) > limit:
        lines.append(f"and {len(answer.leaks) - limit} more; --all shows them")
    caution = (
        "What is written in a form that isn't known here was not found: read the table before you publish it."
    )
    return _paragraphs(sentence(head), "\n".join(lines), sentence(caution))


def _revealed(leak: "Leak", answer: "LeaksAnswer") -> str:
    """Write where a revelation stands, how exact it is, of what place, and what to change."""
    where = f"row {leak.row}, {leak.column}" if leak.row is not None else leak.column
    place = answer.names.get(leak.place_id, "a sensitive place")
    exact, allowed = format_length(max(1.0, leak.exact_to_m)), format_length(leak.allowed_m)
    advice = leak.advice[:1].upper() + leak.advice[1:]
    return f"{where}: {place} to {exact}, by {leak.how}; {allowed} is allowed. {advice}"


def near_count_answer(answer: "NearCounts", *, of: str, limit: int | None) -> str:
    """Write counts by area and month, at most `limit`, and the counts of all."""
    near = answer.answer
    rows = [_count_row(row) for row in answer.rows[:limit]]
    listing = _listing(rows, len(answer.rows), _near_words(near, of), _near_notes(near))
    return _paragraphs(listing, _open(near.selection, limit))


def facility_answer(answer: "FacilityAnswer", *, of: str, within_m: float, limit: int | None) -> str:
    """Write the places with incidents near them, at most `limit`, and what could not be counted."""
    rows = []
    for row in answer.rows[:limit]:
        expected = _expected_cells(row.expected)
        del expected["unknown"]  # which is of no single place
        month = _told_apart(None, None, row.month)
        certain = {"certain": str(row.certain), "possible": str(row.possible)}
        rows.append({"place": row.place.name, **month, **certain, **expected})
    near_some = len({row.place.id for row in answer.rows if row.possible})
    have = "has" if near_some == 1 else "have"
    words = (
        f"{near_some} of {counted(answer.targets, 'place')} {have} an incident at least possibly within "
        f"{format_length(within_m)} ({_kinds(of) or _targets(of)}). "
        f"Of {counted(answer.incidents, 'incident')}, {_unanswerable(answer.unanswerable)}"
        f"{answer.without_position} have no position; what {_number(answer.unknown)} are near is unknown."
        f"{_generalised(row.place.generalised_to_deg for row in answer.rows)}"
    )
    notes = answer.selection.incidents.notes if answer.selection else ()
    return _paragraphs(_listing(rows, len(answer.rows), words, notes), _open(answer.selection, limit))


def count_answer(answer: "CountAnswer", *, limit: int | None) -> str:
    """Write counts by area and month, at most `limit`, and how many incidents could not be decided."""
    counts, chosen = answer.rows, answer.selection
    ways = [_told_apart(row.pcode, row.area, row.month) for row in counts]
    rows = [_count_row(row) for way, row in zip(ways, counts[:limit], strict=False) if way]
    unknown = sum(row.incidents for row in counts if "" in (row.pcode, row.month))
    told = [f"{counted(len(chosen.kept) - unknown, 'incident is', 'incidents are')} counted."]
    if unknown:
        told.append(f"For {unknown} more the {' or the '.join(ways[0])} is not known.")
    if others := len(chosen.open):
        told.append(f"For {counted(others, 'other')} the date or the place is not known well enough to say.")
    words = " ".join(told) + _expected_words(answer.expected, chosen)
    return _listing(rows, len(counts), words, chosen.incidents.notes)


def _count_row(row: "AreaCount | NearCount") -> Row:
    """Return the cells of a count: of which area and month, and how many."""
    numbers = {
        name: str(getattr(row, name)) for name in ("incidents", "certain", "possible") if hasattr(row, name)
    }
    expected = {} if row.expected is None else _expected_cells(row.expected)
    return {**_told_apart(row.pcode, row.area, row.month), **numbers, **expected}


def question_answer(answer: "QuestionAnswer", *, limit: int | None) -> str:
    """Write how a question was read, then its answer; of rows at most `limit`."""
    read_as = sentence(f"Read as: {answer.read_as}.")
    if (row := answer.measured) is not None:
        end = f"{row['nearest_name']} ({row['nearest_id']})" if "nearest_id" in row else row["to"]
        return _paragraphs(read_as, _measured(end, row))
    count, near, relation = answer.summary, answer.near, answer.read.question.relation
    if relation == "at":
        words = (
            f"{counted(count['incidents'], 'incident')}, as the text itself says; "
            f"{count['may_name']} more may be, since which place their text names is left open."
        )
    elif near is not None:
        words = (
            f"{_near_counts(near.summary, ' asked about')}"
            f"{_near_expected(near) if answer.expected else ''}"
            f"{_generalised([count.get('generalised_to_deg')])}"
        )
    else:
        words = (
            f"{counted(count['incidents'], 'incident')}.{_expected_words(answer.expected, answer.selection)}"
        )
    rows, of_all = _question_rows(answer, limit)
    notes: Sequence[str] = () if answer.selection is None else answer.selection.incidents.notes
    notes = [*notes, *((*near.targets.notes, *near.targets.bases) if near else ())]
    return _paragraphs(
        read_as, _listing(rows, of_all, words), _open(answer.selection, limit), "\n".join(_notes(notes))
    )


def _question_rows(answer: "QuestionAnswer", limit: int | None) -> tuple[list[Row], int]:
    """Return the rows of an answer about incidents to be shown, and how many there are."""
    if answer.counts is not None:
        return [_count_row(row) for row in answer.counts.rows[:limit]], len(answer.counts.rows)
    if answer.near is not None and answer.read.question.relation != "not near":
        return _near_rows(answer.near, limit)
    if answer.near is None and answer.question.count:
        return [], 0
    rows: list[Row] = [
        {
            "date": row["date"] or "",
            "place": row["place"],
            **({} if answer.near is None else {"within": row["certainty"] or "open"}),
        }
        for row in answer.listed(limit)
    ]
    return rows, len(answer.numbers)


def _measured(end: str, row: Mapping[str, Any]) -> str:
    words = f"{_lies(end, row['from'], row)}, {_ANYWHERE}."
    ends = {"from": row["from"], "to": row.get("to"), "nearest": row.get("nearest_name")}
    for side, name in ends.items():
        if basis := row.get(f"{side}_position_basis"):
            words += f" {name} is {basis_words(basis)}."
    cells = [side for name, side in row.items() if name.endswith("generalised_to_deg")]
    hint = f" The position is {row['hint']}." if row["hint"] else ""
    return sentence(f"{words}{_generalised(cells)}{hint}")


def _listing(rows: Sequence[Row], of_all: int, words: str, notes: Iterable[str] = ()) -> str:
    """Write rows, and below them how many of all they are, some words and notes."""
    below = [*_more(len(rows), of_all), sentence(words), *_notes(notes)]
    return _paragraphs(table(rows) if rows else "", "\n".join(below))


def _more(shown: int, of_all: int) -> list[str]:
    """Say that not all rows are shown, where some are."""
    if shown in (0, of_all):
        return []
    return [sentence(f"The first {shown} of {of_all} rows are shown; --all shows all.")]


def _open(selection: "Selection | None", limit: int | None) -> str:
    """Write the incidents that may or may not be asked for."""
    if selection is None or not len(selection.open):
        return ""
    if limit == 0:
        return f"Of {len(selection.open)} others it is not decided whether they are asked for."
    rows = [{"date": _day(one), "place": one.place, "why": why} for one, why in selection.undecided(limit)]
    return "\n".join(["Not decided:", table(rows), *_more(len(rows), len(selection.open))])


def _near_rows(answer: "NearAnswer", limit: int | None) -> tuple[list[Row], int]:
    """Return the first incidents that are certainly or possibly near, or may be, and how many there are."""
    left_open = answer.numbers_of("")
    may_be = left_open[answer.probabilities[left_open] >= _WORTH_LISTING]
    numbers = sorted([*answer.numbers_of("certain", "possible").tolist(), *may_be.tolist()])
    known = any(place.position_basis for place in answer.targets)
    rows: list[Row] = [
        {
            "date": _day(row.incident),
            "place": row.incident.place,
            "nearest": row.nearest.name if row.nearest else "",
            **({"known by": row.nearest.position_basis if row.nearest else ""} if known else {}),
            "distance": _apart(row),
            "certainty": row.certainty or "open",
            "prob.": "" if row.probability is None else f"{row.probability:.2f}",
            "count": f"{row.count_certain}/{row.count_possible}",
        }
        for row in answer.picked(numbers[:limit])
    ]
    return rows, len(numbers)


def _apart(row: "NearRow") -> str:
    """Return how far an incident is from its nearest place, as a range where a radius is known."""
    if row.at_target:
        return "at it"
    return "" if row.min_m is None or row.max_m is None else format_range(row.min_m, row.max_m)


def _near_counts(count: "NearSummary", what: str = "", *, of: str = "") -> str:
    """Write how many are near: the certain first, and which of them name the place."""
    named = f", {count.at_target} of them at a place that their text names" if count.at_target else ""
    return (
        f"{count.certain} of {counted(count.incidents, 'incident')}{what} {_were(count.certain)} certainly "
        f"within {format_length(count.within_m)}{f' of {of}' if of else ''}{named}. "
        f"{count.possible} more possibly {_were(count.possible)}, {count.no} {_were(count.no)} not, "
        f"{_unanswerable(count.unanswerable)}"
        f"and {counted(count.without_position, 'has', 'have')} no position."
    )


def _were(count: int) -> str:
    return "was" if count == 1 else "were"


def _near_words(answer: "NearAnswer", of: str) -> str:
    """Write the counts of an answer, and what a person should know of them."""
    count = answer.summary
    named = answer.targets[0] if len(answer.targets) == 1 and not kinds_meant_by(of) else None
    target = _targets(of) if named is None else f"{named.name} ({_kind(named)}, {named.id})"
    words = f"{_near_counts(count, of=target)}{_near_expected(answer)}"
    if count.taken_as_exact:
        words += (
            f" {counted(count.taken_as_exact, 'has', 'have')} coordinates without a radius or a code of "
            "precision: taken as exact."
        )
    if missing := count.targets_without_position:
        words += f" {missing} of {count.targets + missing} rows of {of} have no position and were left out."
    return words + _generalised([count.generalised_to_deg])


def _near_notes(answer: "NearAnswer") -> tuple[str, ...]:
    return (*answer.incidents.notes, *answer.targets.notes, *answer.targets.bases)


def _near_expected(answer: "NearAnswer") -> str:
    words = _expected_words(answer.expected, answer.selection)
    if answer.imputed and answer.expected and answer.expected.unknown:
        return f"{words.removesuffix('.')}, imputed from their governorates."
    return words


def _expected_words(expected: "Expected | None", selection: "Selection | None") -> str:
    """Say how many are expected, and how many are unknown, of how many rows if no area chose them."""
    if expected is None:
        return ""
    number, ends, unknown = _expected_cells(expected).values()
    of = "" if selection is None or selection.area is not None else f" of {len(selection.timely)}"
    rows = "row" if (of or unknown) in (" of 1", "1") else "rows"
    return f" Expected: {number} ({ends}); unknown: {unknown}{of} {rows}."


def _expected_cells(expected: "Expected") -> Row:
    ends = f"{_number(expected.low)}-{_number(expected.high)}"
    return {
        "expected": _number(expected.number),
        "90 % interval": ends,
        "unknown": _number(expected.unknown),
    }


def _number(number: float) -> str:
    """Write a number with one decimal, where it isn't whole."""
    return f"{number:.1f}".removesuffix(".0")


def _told_apart(pcode: str | None, area: str | None, month: str | None) -> Row:
    """Return the cells of what counts are told apart by; None is what they aren't."""
    by_area = {} if pcode is None else {"area": f"{area} ({pcode})" if pcode else "not known"}
    return by_area | ({} if month is None else {"month": month or "no date"})


def _day(incident: "Incident") -> str:
    """Write the day of an incident, or its first and last; empty without."""
    first, last = incident.days or (incident.date, incident.date)
    return " to ".join(dict.fromkeys(day.isoformat() for day in (first, last) if day is not None))


def _targets(of: str) -> str:
    """Write what incidents are near to: "a hospital or clinic", a place, or the places of a file."""
    if kinds := _kinds(of):
        return f"{'an' if kinds[0] in 'aeiou' else 'a'} {kinds}"
    return f"the places of {of}" if Path(of).suffix else of


def _kinds(of: str) -> str:
    return " or ".join(sorted(kind.value.replace("_", " ") for kind in kinds_meant_by(of)))


def _unanswerable(count: int) -> str:
    return f"{counted(count, 'is', 'are')} known too roughly to say (unanswerable), " if count else ""


def _generalised(sides: Iterable[float | None]) -> str:
    """Say how far places were generalised that distances were measured to."""
    known = [side for side in sides if side is not None]
    return f" Distances are to places {generalised_words(max(known))}." if known else ""
