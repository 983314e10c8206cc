"""What the command `gazetteer` prints for people: every function takes an answer and returns text.

Coordinates have five decimals, a metre or so. Lines carry no trailing blanks and no colour, so that
they are the same in a terminal, a file and the documentation.
"""

import io
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gazetteer.coords import LatLon
from gazetteer.places import AdminUnit, Place, kinds_meant_by
from gazetteer.results import DistanceAnswer, Match, Resolution, ReverseAnswer
from gazetteer.units import format_length

if TYPE_CHECKING:
    from gazetteer.catalog import GazetteerInfo
    from gazetteer.proximity import NearAnswer
    from gazetteer.question import QuestionAnswer
    from gazetteer.tables import EnrichSummary, Evaluation

#: Wide enough that no line of a table is folded; a terminal folds or scrolls as it likes.
_WIDTH = 400
_ADMIN_METHODS = {
    "stated": "as its source states",
    "within": "by the boundaries",
    "nearest": "of the nearest known unit",
    "unknown": "not known",
}


def resolution(answer: Resolution) -> str:
    """Write the answer to a spelling: the place, or why there is none and what it could be."""
    text = answer.query.text
    if answer.best is not None:
        parts = [_match(answer.best)]
        if others := answer.matches[1:]:
            parts.append(f"Other candidates:\n{_candidates(others)}")
        return "\n\n".join(parts)
    if answer.status == "ambiguous":
        head = f"“{text}” is ambiguous: it could be any of these. Add its area, with a comma or --within."
    elif answer.matches:
        head = f"“{text}” is unresolved: no candidate is likely enough. The closest are:"
    else:
        return f"“{text}” is unresolved: nothing in the gazetteer is like it."
    return f"{head}\n{_candidates(answer.matches)}"


def reverse_answer(answer: ReverseAnswer) -> str:
    """Write the areas round a position, and the nearest settlement."""
    lines = [position_text(answer.position), f"  area     {_chain(answer.admin, answer.admin_method)}"]
    if answer.nearest is not None and answer.nearest_distance_m is not None:
        away = format_length(answer.nearest_distance_m)
        lines.append(f"  nearest  {_names(answer.nearest)}, {_kind(answer.nearest)}, {away} away")
    return "\n".join(lines)


def distance_answer(answer: DistanceAnswer) -> str:
    """Write a distance in words, then exactly, then what it was measured between."""
    if answer.distance_m == 0:
        head = f"{answer.end.name} and {answer.start.name} have the same position."
    else:
        length = format_length(answer.distance_m)
        head = f"{answer.end.name} lies {length} {answer.compass} of {answer.start.name}."
    spread = f"{format_length(answer.least_m)} to {format_length(answer.most_m)}"
    return "\n".join(
        [
            head,
            f"  distance  {answer.distance_m:.0f} m on WGS 84; {spread} within the radii of both",
            f"  bearing   {answer.azimuth_deg:.1f}°, {answer.compass}",
            f"  from      {_spot(answer.start)}",
            f"  to        {_spot(answer.end)}",
        ]
    )


def near_answer(answer: "NearAnswer", *, of: str) -> str:
    """Write the incidents that are certainly or possibly within the distance, and the counts."""
    count = answer.summary
    rows = [
        (
            row.incident.date.isoformat() if row.incident.date else "",
            row.incident.place,
            row.nearest.name if row.nearest else "",
            "" if row.distance_m is None else format_length(row.distance_m),
            row.certainty,
            str(row.count_within),
        )
        for row in answer.rows
        if row.certainty in ("certain", "possible")
    ]
    words = (
        f"Of {count.incidents} incidents, {count.certain} are certainly and {count.possible} possibly within "
        f"{format_length(count.within_m)} of {_targets(of)}; {count.no} are not, and "
        f"{count.without_position} have no position."
    )
    if not rows:
        return words
    return f"{_near_table(rows)}\n\n{words}"


def question_answer(answer: "QuestionAnswer") -> str:
    """Write how a question was read, then its answer."""
    from gazetteer.question import DistanceQuestion, NearestQuestion

    read_as = f"Read as: {answer.question.describe()}."
    match answer.question:
        case NearestQuestion():
            words = _nearest_words(answer.rows[0])
        case DistanceQuestion():
            words = _distance_words(answer.rows[0])
        case _:
            words = _incident_words(answer)
    return f"{read_as}\n\n{words}"


def _nearest_words(row: Mapping[str, Any]) -> str:
    spread = f"{format_length(row['least_m'])} to {format_length(row['most_m'])}"
    return (
        f"{row['nearest_name']} ({row['nearest_id']}) lies {format_length(row['distance_m'])} "
        f"{row['compass']} of {row['from']}; {spread} within the radii of both."
    )


def _distance_words(row: Mapping[str, Any]) -> str:
    spread = f"{format_length(row['least_m'])} to {format_length(row['most_m'])}"
    return (
        f"{row['to']} lies {format_length(row['distance_m'])} {row['compass']} of {row['from']}; "
        f"{spread} within the radii of both."
    )


def _incident_words(answer: "QuestionAnswer") -> str:
    count = answer.summary
    rows = [
        (
            row["date"] or "",
            row["place"],
            row["nearest_name"] or "",
            "" if row["distance_m"] is None else format_length(row["distance_m"]),
            row["certainty"],
            str(row["count_within"]),
        )
        for row in answer.rows
        if row["certainty"]
    ]
    parts = [_near_table(rows)] if rows else []
    parts.append(
        f"Of {count['incidents']} incidents asked about, {count['certain']} are certainly and "
        f"{count['possible']} possibly; {count['no']} are not, and {count['without_position']} have no "
        "position."
    )
    if answer.undecided:
        undecided = [(row["date"] or "", row["place"], row["why"]) for row in answer.undecided]
        parts.append(f"Not decided:\n{_table(('date', 'place', 'why'), undecided)}")
    return "\n\n".join(parts)


def _near_table(rows: Iterable[Sequence[str]]) -> str:
    return _table(("date", "place", "nearest", "distance", "certainty", "count within"), rows)


def _targets(of: str) -> str:
    kinds = " or ".join(sorted(kind.value.replace("_", " ") for kind in kinds_meant_by(of)))
    return f"any {kinds}" if kinds else f"the places of {of}"


def enrich_summary(summary: "EnrichSummary") -> str:
    """Write what was read from which columns, how it came out, and where it is."""
    chosen = summary.columns
    places = " or ".join(name for name in (chosen.place, chosen.place_ar) if name)
    areas = f", areas in {', '.join(chosen.admin)}" if chosen.admin else ""
    counts = ", ".join(f"{count} {status}" for status, count in summary.statuses.items())
    return f"{summary.rows} rows: {counts} (places in {places}{areas})\nWritten to {summary.target}"


def evaluation(figures: "Evaluation") -> str:
    """Write the figures as a table."""
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
    return _table(("measure", "value"), rows)


def gazetteer_info(about: "GazetteerInfo") -> str:
    """Write what a gazetteer file holds and what its sources ask to be said."""
    counts = ", ".join(f"{count} {kind.replace('_', ' ')}" for kind, count in about.counts.items() if count)
    lines = [
        f"file            {about.path}",
        f"schema version  {about.schema_version}",
        f"content         {about.content_hash}",
        f"places          {sum(about.counts.values())}: {counts}",
        "sources",
    ]
    for source in about.sources:
        lines.append(f"  {source.id}: {source.title}, {source.count} rows")
        lines.append(f"    {source.licence}; {source.attribution}")
        lines.append(f"    {source.url}")
    return "\n".join(line.rstrip() for line in lines)


def position_text(position: LatLon) -> str:
    """Write a position with five decimals, latitude first."""
    return f"{position.latitude:.5f}, {position.longitude:.5f}"


def _match(match: Match) -> str:
    place = match.place
    lines = [
        _names(place),
        f"  kind        {_kind(place)} ({place.id})",
        f"  position    {position_text(place.position)}, within {format_length(place.uncertainty_m)}",
        f"  area        {_chain(place.admin, place.admin_method)}",
        f"  confidence  {match.confidence:.2f}, {match.method} match with {match.matched_name}",
    ]
    if match.reasons:
        lines.append(f"  because     {'; '.join(match.reasons)}")
    if place.valid_from or place.valid_to:
        lines.append(f"  existed     {place.valid_from or '…'} to {place.valid_to or '…'}")
    return "\n".join(lines)


def _candidates(matches: Iterable[Match]) -> str:
    """Write candidates with what tells them apart: kind, sub-district, district, governorate, position."""
    rows = []
    for match in matches:
        place = match.place
        areas = {unit.level: unit.name for unit in place.admin if unit.pcode != place.id}
        rows.append(
            (
                f"{match.confidence:.2f}",
                place.name,
                place.name_ar,
                _kind(place),
                areas.get(2, ""),
                areas.get(1, ""),
                position_text(place.position),
                format_length(place.uncertainty_m),
                place.id,
            )
        )
    return _table(
        ("confidence", "name", "Arabic", "kind", "district", "governorate", "position", "radius", "id"), rows
    )


def _names(place: Place) -> str:
    return f"{place.name}  {place.name_ar}" if place.name_ar else place.name


def _kind(place: Place) -> str:
    return place.kind.value.replace("_", " ")


def _spot(place: Place) -> str:
    return (
        f"{_names(place)}, {_kind(place)}, {position_text(place.position)}, "
        f"within {format_length(place.uncertainty_m)}"
    )


def _chain(units: Sequence[AdminUnit], method: str) -> str:
    """Write an admin chain, narrowest first, with its codes and how it is known."""
    levels = {1: "governorate", 2: "district", 3: "sub-district"}
    named = ", ".join(f"{unit.name} {levels[unit.level]} ({unit.pcode})" for unit in reversed(units))
    return f"{named}; {_ADMIN_METHODS[method]}" if named else "not known"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"


def _table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for header in headers:
        table.add_column(header, no_wrap=True)
    for row in rows:
        table.add_row(*(Text(" ".join(cell.split())) for cell in row))
    console = Console(file=io.StringIO(), width=_WIDTH, color_system=None, legacy_windows=False)
    with console.capture() as captured:
        console.print(table)
    return "\n".join(line.rstrip() for line in captured.get().splitlines() if line.strip())
