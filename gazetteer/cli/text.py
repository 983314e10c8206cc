"""What the command `gazetteer` prints for people: every function takes an answer and returns text.

Coordinates have five decimals, a metre or so. :mod:`gazetteer.cli.layout` keeps lines to 100 columns.
"""

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gazetteer.answers import DistanceAnswer, Match, Mention, Report, Resolution, ReverseAnswer
from gazetteer.cli.layout import labelled, sentence, table
from gazetteer.country import country
from gazetteer.geodesy import LatLon
from gazetteer.notation.lengths import format_length
from gazetteer.notation.positions import swap_hint
from gazetteer.privacy.cells import generalised_words
from gazetteer.values import AdminUnit, Place

if TYPE_CHECKING:
    from gazetteer.enrich import Calibrated, EnrichSummary, Evaluation, GeoparseSummary
    from gazetteer.lookups import GazetteerInfo
    from gazetteer.reading.calibration import Calibration

_ADMIN_METHODS = {
    "stated": "as its source states",
    "within": "by the boundaries",
    "nearest": "of the nearest known unit",
    "unknown": "not known",
}

#: What is counted of the positions that rows bring, in the order in which it is said.
_CHECKS = ("agrees", "disagrees", "unchecked", "invalid")
#: How many reasons are given for a mention, the most telling first.
_REASONS = 2
_ADD_AREA = "Add its area, with a comma or --area."


def resolution(answer: Resolution) -> str:
    """Write the answer to a spelling: the place, or why there is none and what it could be."""
    if answer.best is not None:
        parts = [_match(answer.best)]
        if others := answer.matches[1:]:
            parts.append(f"Other candidates:\n{_candidates(others)}")
        return "\n\n".join([*parts, *_left(answer)])
    if answer.status == "several":
        return "\n\n".join([f"several places:\n{_candidates(answer.places)}", *_left(answer)])
    return "\n\n".join([_no_answer(answer), *_left(answer)])


def _left(answer: Resolution) -> list[str]:
    """Say which words were not used, and in which country the text is."""
    lines = [f"not used: {'; '.join(answer.unread)}"] if answer.unread else []
    lines += [f"country: {answer.country}"] if answer.country else []
    return ["\n".join(lines)] if lines else []


def _no_answer(answer: Resolution) -> str:
    """Write why a text has no answer, and what it could be."""
    text = answer.query.text
    if answer.status == "ambiguous" and len(answer.matches) == 1:
        head = f"“{text}” is ambiguous: it may be this, not surely enough. {_ADD_AREA}"
    elif answer.status == "ambiguous":
        head = f"“{text}” is ambiguous: it could be any of these. {_ADD_AREA}"
    elif answer.matches:
        head = f"“{text}” is unresolved: no candidate is likely enough. The closest are:"
    else:
        return f"“{text}” is unresolved: nothing in the gazetteer is like it."
    return f"{head}\n{_candidates(answer.matches)}"


def reverse_answer(answer: ReverseAnswer, *, swapped: bool = False) -> str:
    """Write the areas round a position, whether its axes seem swapped, and the nearest settlement."""
    outside = "outside the country" if answer.outside_country else ""
    lines = [("area", outside or _chain(answer.admin, answer.admin_method))]
    if swapped:
        lines.append(("hint", swap_hint()))
    if answer.nearest is not None and answer.nearest_distance_m is not None:
        away = format_length(answer.nearest_distance_m)
        near = f"{_names(answer.nearest)}, {_kind(answer.nearest)}, {away} away{_cell(answer.nearest)}"
        lines.append(("nearest", near))
    return _entry(position_text(answer.position), lines)


def distance_answer(answer: DistanceAnswer) -> str:
    """Write a distance in words, then exactly, then what it was measured between."""
    spread = f"{format_length(answer.least_m)} to {format_length(answer.most_m)}"
    lines = [("distance", f"{answer.distance_m:.0f} m on WGS 84; {spread} within the radii of both")]
    if answer.azimuth_deg is not None:
        lines.append(("bearing", f"{answer.azimuth_deg:.1f}°, {answer.compass}"))
    lines += [("from", _spot(answer.start)), ("to", _spot(answer.end))]
    return _entry(f"{lies(answer.end.name, answer.start.name, answer.distance_m, answer.compass)}.", lines)


def lies(end: str, start: str, distance_m: float, compass: str | None) -> str:
    """Write how one place lies to another."""
    if compass is None:
        return f"{end} has the position of {start}"
    return f"{end} lies {format_length(distance_m)} {compass} of {start}"


def enrich_summary(
    summary: "EnrichSummary", *, report: Path | None = None, review: Path | None = None
) -> str:
    """Write what was read from which columns, how it came out, and where it is."""
    chosen = summary.columns
    places = " or ".join(name for name in (chosen.place, chosen.place_ar) if name)
    read = [f"places in {places}"] if places else []
    read += [f"areas in {', '.join(chosen.admin)}"] if chosen.admin else []
    if chosen.latitude is not None:
        read.append(f"positions in {chosen.latitude} and {chosen.longitude}")
    elif summary.checks:
        read.append("positions in its shapes")
    if chosen.text is not None:
        read.append(f"notes in {chosen.text}")
    told = {status: count for status, count in summary.statuses.items() if count or status != "several"}
    counts = ", ".join(f"{count} {status}" for status, count in told.items())
    taken_for = "" if chosen.dataset == "plain" else f"a table of {chosen.dataset}: "
    lines = [sentence(f"{summary.rows} rows: {counts} ({taken_for}{', '.join(read)})")]
    if summary.checks:
        agree, disagree, unchecked, invalid = (summary.checks[check] for check in _CHECKS)
        lines.append(
            sentence(
                f"Positions that the rows bring: {agree} agree with the name, {disagree} disagree, "
                f"{unchecked} have no name to compare, {invalid} can't be read; "
                f"{summary.swapped} were swapped"
            )
        )
    lines += [sentence(f"Note: {note}") for note in summary.notes]
    if str(summary.target) != "-":
        lines.append(f"Written to {summary.target}")
    lines += [f"Report in {report}"] if report is not None else []
    lines += [f"To review in {review}"] if review is not None else []
    return "\n".join(lines)


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
    status = ["the place of the event"] if mention.main else []
    status += [answer.status] if answer.best is None else []
    lines = [
        labelled("", f"{_names(place)}, {_described(place, best.uncertainty_m)}", width=5),
        labelled("", "; ".join([confidence_text(best.confidence), *best.reasons[:_REASONS]]), width=5),
    ]
    return "\n".join([f"{number:>3}  {' '.join([mention.text, *(f'({one})' for one in status)])}", *lines])


def geoparse_summary(summary: "GeoparseSummary") -> str:
    """Write how many texts were read and what they name, and where it is."""
    told = f"{summary.texts} texts: {summary.with_main} with a main place"
    told += f", {summary.without_mentions} without a place"
    if summary.not_about_country:
        told += f" ({summary.not_about_country} of these don't speak of {country().name})"
    if summary.empty:
        told += f"; empty cells: {summary.empty}"
    statuses = ", ".join(f"{count} {status}" for status, count in summary.statuses.items())
    lines = [sentence(told), f"{sum(summary.statuses.values())} mentions: {statuses}"]
    lines += [sentence(f"Note: {note}") for note in summary.notes]
    return "\n".join([*lines, *([f"Written to {summary.target}"] if str(summary.target) != "-" else [])])


def evaluation(figures: "Evaluation") -> str:
    """Write the figures as a table, and in words whether confidence and radius hold."""
    percent = {f"best answer within {km} km": share for km, share in figures.within_km.items()}
    rows = [("rows with a known position", str(figures.rows))]
    if figures.skipped:
        rows.append(("rows without one, left out", str(figures.skipped)))
    rows += [(name, _percent(share)) for name, share in percent.items()]
    rows += [
        ("answered (coverage)", _percent(figures.answered)),
        ("accepted (resolved)", _percent(figures.accepted)),
        ("precision of accepted, 5 km", _percent(figures.precision)),
    ]
    if figures.calibration_error is not None:
        rows.append(("calibration error", f"{figures.calibration_error:.4f}"))
    words = "\n".join(map(sentence, figures.words))
    return f"{table(('measure', 'value'), rows)}\n\n{words}"


def calibrated(made: "Calibrated", output: Path) -> str:
    """Write what a new calibration changes, whether it is better, and where it is."""
    return "\n".join([*map(sentence, made.words), f"Written to {output}"])


def gazetteer_info(about: "GazetteerInfo") -> str:
    """Write what a gazetteer file holds and what its sources ask to be said."""
    counts = ", ".join(f"{count} {kind.replace('_', ' ')}" for kind, count in about.counts.items() if count)
    lines = [
        f"file            {about.path}",
        f"schema version  {about.schema_version}",
        f"content         {about.content_hash}",
        labelled("places", f"{sum(about.counts.values())}: {counts}", width=16),
    ]
    if (made := about.calibration) is not None:
        lines += [f"calibration     {made.hash}", labelled("", _made_of(about, made), width=16)]
    lines.append("sources")
    for source in about.sources:
        facts = (source.licence, source.attribution, source.url)
        lines.append(labelled("", f"{source.id}: {source.title}, {source.count} rows", width=2))
        lines += [labelled("", fact, width=4) for fact in facts if fact]
    return "\n".join(lines)


def _made_of(about: "GazetteerInfo", made: "Calibration") -> str:
    """Say what a calibration was made of."""
    other = "" if made.gazetteer in ("", about.content_hash) else ", with another gazetteer"
    return f"made from {made.rows:,} rows of {made.names:,} names{other}"


def position_text(position: LatLon) -> str:
    """Write a position with five decimals, latitude first."""
    return f"{position.latitude:.5f}, {position.longitude:.5f}"


def confidence_text(confidence: float) -> str:
    """Write a confidence with two decimals, cut and not rounded: 0.699 is short of the limit of 0.70."""
    hundredths = math.floor(confidence * 100 + 1e-9)
    return f"{hundredths / 100:.2f}" if hundredths else "<0.01"


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


def _entry(head: str, lines: Sequence[tuple[str, str]]) -> str:
    """Write a heading and, below it, lines with their labels in one column."""
    width = max(len(label) for label, _ in lines) + 4
    return "\n".join([head, *(labelled(f"  {label}", text, width=width) for label, text in lines)])


def _candidates(matches: Iterable[Match]) -> str:
    """Write candidates in two lines each, with what tells them apart."""
    lines = []
    for match in matches:
        place = match.place
        lines.append(f"  {confidence_text(match.confidence)}  {_names(place)}  ({place.id})")
        lines.append(labelled("", _described(place, match.uncertainty_m), width=8))
    return "\n".join(lines)


def _described(place: Place, radius_m: float) -> str:
    """Write what tells a place from its namesakes: kind, areas, position."""
    areas = dict.fromkeys(u.name for u in reversed(place.admin) if u.level < 3 and u.pcode != place.id)
    return f"{', '.join([_kind(place), *areas])}; {_where(place, radius_m)}"


def _names(place: Place) -> str:
    return f"{place.name}  {place.name_ar}" if place.name_ar else place.name


def _kind(place: Place) -> str:
    return place.kind.value.replace("_", " ")


def _spot(place: Place) -> str:
    return f"{_names(place)}, {_kind(place)}, {_where(place, place.uncertainty_m)}"


def _where(place: Place, radius_m: float) -> str:
    return f"{position_text(place.position)}, within {format_length(radius_m)}{_cell(place)}"


def _cell(place: Place) -> str:
    """Write how far a place was generalised, behind what is said of it."""
    side = place.generalised_to_deg
    return "" if side is None else f", {generalised_words(side)}"


def _chain(units: Sequence[AdminUnit], method: str) -> str:
    """Write an admin chain, narrowest first, with its codes and how it is known."""
    levels = {1: "governorate", 2: "district", 3: "sub-district"}
    named = ", ".join(f"{unit.name} {levels[unit.level]} ({unit.pcode})" for unit in reversed(units))
    return f"{named}; {_ADMIN_METHODS[method]}" if named else "not known"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"
