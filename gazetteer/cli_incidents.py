"""The commands about a table of incidents: `near`, `count` and `ask`; :mod:`gazetteer.cli` takes them in."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gazetteer import cli_incident_output as output_text
from gazetteer import cli_options as opt
from gazetteer.cli_running import open_gazetteer, progress_bar, show
from gazetteer.errors import InputError, TableError

if TYPE_CHECKING:
    from gazetteer.catalog import Gazetteer
    from gazetteer.incidents import Incident
    from gazetteer.places import Place
    from gazetteer.proximity import DrawnArea

__all__ = ["ask", "count", "near"]

_BY_FACILITY = "--by takes facility, which month may follow: --by facility --by month"


def near(
    table: opt.TableFile,
    of: opt.KindOrTable,
    within: opt.Length,
    output: opt.NearOutput = None,
    by: opt.ByFacility = None,
    ignore_dates: opt.IgnoreDates = False,
    place: opt.PlaceColumn = None,
    admin: opt.AdminColumns = None,
    gazetteer: opt.GazetteerFile = None,
    as_json: opt.AsJson = False,
) -> None:
    """Say which incidents lie within a distance of a kind of place, and how sure that is."""
    from gazetteer import proximity
    from gazetteer.units import read_length

    within_m = read_length(within, parameter="within")
    if by and (set(by) - {"facility", "month"} or "facility" not in by):
        raise InputError(_BY_FACILITY, parameter="by")
    if by and output is not None:
        raise InputError("-o writes a row for each incident: leave it out with --by, and use --json")
    with open_gazetteer(gazetteer) as opened:
        incidents = _read(table, opened, place, admin)
        targets = proximity.targets_for(opened, of)
    if by:
        counted = proximity.by_facility(
            incidents,
            targets.places,
            within_m=within_m,
            by_month="month" in by,
            ignore_dates=ignore_dates,
        )
        words = output_text.facility_answer(counted, of=of, within_m=within_m)
        show(counted.as_json() if as_json else words)
        return
    if output is not None and Path(of).exists() and output.exists() and output.samefile(of):
        raise TableError(f"the output {output} is the table of places: give the output another name")
    answer = proximity.near(
        incidents,
        targets.places,
        within_m=within_m,
        left_out=targets.without_position,
        ignore_dates=ignore_dates,
    )
    written = () if output is None else proximity.write_near(answer, output, source=table)
    if as_json:
        show(answer.as_geojson() if output is None else answer.summary.as_json())
    else:
        show(output_text.near_answer(answer, of=of))
        if written:
            show(f"Written to {' and '.join(map(str, written))}")


def count(
    table: opt.TableFile,
    area: opt.AreaOrPolygon = None,
    start: opt.FirstDay = None,
    end: opt.LastDay = None,
    by: opt.ByAreaOrMonth = None,
    place: opt.PlaceColumn = None,
    admin: opt.AdminColumns = None,
    gazetteer: opt.GazetteerFile = None,
    as_json: opt.AsJson = False,
) -> None:
    """Count incidents in an area or a drawn polygon, between days, by area and month."""
    from gazetteer import proximity
    from gazetteer.dates import read_span
    from gazetteer.places import Place

    first = read_span(start)[0] if start else None
    last = read_span(end)[1] if end else None
    if first and last and last < first:
        raise InputError(f"the dates run backwards: {first} is after {last}", parameter="to")
    with open_gazetteer(gazetteer) as opened:
        chosen_area = _area(opened, area)
        incidents = _read(table, opened, place, admin)
        chosen = proximity.select(incidents, opened, area=chosen_area, start=first, end=last)
        below = chosen_area if isinstance(chosen_area, Place) else None
        counts = proximity.count_incidents(chosen.kept, opened, by=by or (), below=below)
    if as_json:
        undecided = [{"id": i.id, "place": i.place, "why": why} for i, why in chosen.undecided]
        summary = {"incidents": len(chosen.kept), "undecided": len(undecided)}
        show({"summary": summary, "rows": [row.as_json() for row in counts], "undecided": undecided})
    else:
        show(output_text.count_answer(counts, chosen))


def ask(
    question: opt.QuestionText,
    incidents: opt.Incidents = None,
    ignore_dates: opt.IgnoreDates = False,
    gazetteer: opt.GazetteerFile = None,
    as_json: opt.AsJson = False,
) -> None:
    """Answer a question about incidents, such as "strikes within 5 km of a hospital in Idlib"."""
    from gazetteer.question import CountQuestion, NearQuestion, answer, parse_question

    asked = parse_question(question)
    if incidents is None and isinstance(asked, (NearQuestion, CountQuestion)):
        raise InputError("this question is about incidents: name their table with --incidents TABLE")
    with open_gazetteer(gazetteer) as opened:
        rows = () if incidents is None else _read(incidents, opened, None, None)
        answered = answer(asked, opened, rows, ignore_dates=ignore_dates)
    show(answered.as_json() if as_json else output_text.question_answer(answered))


def _read(
    table: Path, gazetteer: "Gazetteer", place: str | None, admin: Sequence[str] | None
) -> "tuple[Incident, ...]":
    from gazetteer.incidents import read_incidents

    with progress_bar("Reading incidents") as progress:
        return read_incidents(table, gazetteer, place=place, admin=admin or (), progress=progress)


def _area(gazetteer: "Gazetteer", text: str | None) -> "Place | DrawnArea | None":
    """Return the area of a name or P-code, or the one drawn in a GeoJSON file."""
    from gazetteer import proximity

    if text is None:
        return None
    if Path(text).suffix.lower() in (".geojson", ".json"):
        return proximity.DrawnArea.read(text)
    return proximity.area_named(gazetteer, text, parameter="area")
