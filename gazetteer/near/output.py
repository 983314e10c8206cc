"""Answers about incidents as tables in any format, and as GeoJSON features.

A table keeps its columns; those of :data:`NEAR_COLUMNS` come after them, and the position that was measured
from. A column of the table that has one of these names is renamed ("table_distance_m"). The counts are a
member ``summary`` of a GeoJSON collection, and a file beside any other output: ``near.csv`` has
``near.summary.json``.
"""

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from gazetteer.answers import said_of_cell
from gazetteer.incidents import Incident, Incidents
from gazetteer.incidents.ours import GENERALISED_INCIDENT, kept_beside, renamed_beside
from gazetteer.near.near import CERTAINTIES, NearAnswer, NearRow
from gazetteer.notation.dates import iso_days
from gazetteer.points import Integers
from gazetteer.tables.layout import Column, Layout, Part, WriteOptions
from gazetteer.tables.table import Table
from gazetteer.tables.writing import STANDARD, replacing, write_table

#: What an answer tells of each incident.
NEAR_COLUMNS: Final = (
    Column("nearest_id", "text", "#loc+code+nearest"),
    Column("nearest_name", "text", "#loc+name+nearest"),
    Column("distance_m", "number", "#geo+distance+m+nearest"),
    Column("certainty", "text", "#status+near"),
    Column("count_certain", "integer", "#indicator+count+certain"),
    Column("count_possible", "integer", "#indicator+count+possible"),
    Column("probability", "number", "#indicator+probability+num"),
    Column("unknown", "number", "#indicator+unknown+num"),
    Column("near_problems", "text", "#meta+problems"),
)
#: The column after these, where a gazetteer generalises: to how many degrees the nearest place was.
GENERALISED_NEAREST: Final = "nearest_generalised_to_deg"
#: Where and when an incident was, as it was read.
_INCIDENT_COLUMNS: Final = (
    Column("incident_date", "text", "#date+occurred+read"),
    Column("incident_latitude", "number", "#geo+lat+read"),
    Column("incident_longitude", "number", "#geo+lon+read"),
    Column("incident_uncertainty_m", "integer", "#geo+uncertainty+m+read"),
)
_POINT: Final = Column("incident_geometry", "point")
_GENERALISED: Final = (
    Column(GENERALISED_NEAREST, "number", "#geo+generalised+deg+nearest"),
    Column(GENERALISED_INCIDENT, "number", "#geo+generalised+deg"),
)


def near_properties(row: NearRow) -> dict[str, Any]:
    """Return what is near one incident: distance to the decimetre, None where there is nothing to tell.

    :data:`GENERALISED_NEAREST` is there only where the nearest place was generalised.
    """
    return {
        "nearest_id": row.nearest.id if row.nearest else None,
        "nearest_name": row.nearest.name if row.nearest else None,
        "distance_m": None if row.distance_m is None else round(row.distance_m, 1),
        "certainty": row.certainty,
        "count_certain": row.count_certain,
        "count_possible": row.count_possible,
        "probability": None if row.probability is None else round(row.probability, 3),
        "unknown": round(row.unknown, 3),
        "near_problems": "; ".join(row.incident.problems),
        **said_of_cell(row.nearest, "nearest_"),
    }


def feature(incident: Incident, properties: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return an incident as a GeoJSON feature: its row, what is known of it, and `properties`.

    The radius is None where nothing tells it. What was generalised is told only where something was. What the
    row has under one of our names is kept as :func:`~gazetteer.incidents.ours.kept_beside` tells.
    """
    position = incident.position
    known = position is not None and incident.radius_known
    told = {
        "incident_date": _date_text(incident),
        "incident_place": incident.place,
        "incident_uncertainty_m": round(incident.uncertainty_m) if known else None,
        **incident_cell(incident),
        **(properties or {}),
    }
    return {
        "type": "Feature",
        "id": incident.id,
        "geometry": None
        if position is None
        else {"type": "Point", "coordinates": [round(position.longitude, 7), round(position.latitude, 7)]},
        "properties": {**kept_beside(incident.properties, told), **told},
    }


def incident_cell(incident: Incident) -> dict[str, float]:
    """Return to how many degrees an incident's place was generalised; nothing where it wasn't."""
    side = incident.generalised_to_deg
    return {} if side is None else {GENERALISED_INCIDENT: side}


def feature_collection(answer: NearAnswer, *, rows: Iterable[NearRow] | None = None) -> dict[str, Any]:
    """Return an answer, or some of its `rows`, as a GeoJSON FeatureCollection with its summary."""
    chosen = answer.rows if rows is None else rows
    return {
        "type": "FeatureCollection",
        "summary": answer.as_json(),
        "features": [feature(row.incident, near_properties(row)) for row in chosen],
    }


def write_near(answer: NearAnswer, path: str | Path) -> tuple[Path, ...]:
    """Write the rows of the incidents with what is near each.

    Parameters
    ----------
    answer
        What `near` gave.
    path
        Where to; its end tells the format, which is any that tables have.

    Returns
    -------
    tuple of Path
        The files written: the table, and the summary where the format has no room for it.

    Raises
    ------
    TableError
        If the format isn't known or the file can't be written; nothing is half-written.
    """
    path = Path(path)
    table = renamed_beside(answer.incidents.source.table(), [one.name for one in (*_added(answer), _POINT)])
    layout = Layout(table.columns, (*_added(answer), _POINT))
    options = WriteOptions(
        whole=len(answer.incidents) == answer.incidents.source.count(),
        members={"summary": answer.as_json()},
    )
    if path.suffix.lower() == ".geojson" or str(path) == STANDARD:
        write_table(path, table, layout, _parts(answer, table), options)
        return (path,)
    beside = path.with_name(f"{Path(path.name.removesuffix('.gz')).stem}.summary.json")
    with replacing(beside, source=table.source.path) as counts:
        write_table(path, table, layout, _parts(answer, table), options)
        json.dump(answer.as_json(), counts, ensure_ascii=False, allow_nan=False, indent=1)
        counts.write("\n")
    return path, beside


def _added(answer: NearAnswer) -> tuple[Column, ...]:
    """Return the columns that an answer adds; those of generalising only where something is generalised."""
    generalised = answer.summary.generalised_to_deg is not None or bool(answer.incidents.source.sides())
    return (*NEAR_COLUMNS, *_INCIDENT_COLUMNS, *(_GENERALISED if generalised else ()))


def _parts(answer: NearAnswer, table: Table) -> Iterator[Part]:
    """Yield the rows of the incidents, each with what is told of it."""
    rows = answer.incidents.rows
    start = first = 0
    for chunk in table.chunks():
        after = int(np.searchsorted(rows, start + len(chunk)))
        numbers = np.arange(first, after)
        if len(numbers):
            some = chunk if len(numbers) == len(chunk) else chunk.take((rows[first:after] - start).tolist())
            yield Part(some, _values(answer, numbers))
        start, first = start + len(chunk), after


def _values(answer: NearAnswer, numbers: Integers) -> list[tuple[object, ...]]:
    """Return the values of the added columns for some incidents."""
    incidents, targets = answer.incidents, answer.targets
    spots, spot, nearest = incidents.spots, incidents.spot[numbers], answer.nearest[numbers]
    placed, unknown = spot >= 0, answer.unknown[numbers]
    ids, names = ([getattr(place, name) for place in targets] + [None] for name in ("id", "name"))
    problems = incidents.source.problems(incidents.rows[numbers])
    latitudes = np.round(np.append(spots.points.latitudes, np.nan)[spot], 7)
    longitudes = np.round(np.append(spots.points.longitudes, np.nan)[spot], 7)
    radii = np.where(
        placed & ~incidents.radius_assumed[numbers], np.round(np.append(spots.radii_m, np.nan)[spot]), np.nan
    )
    norths, easts = _or_none(latitudes), _or_none(longitudes)
    columns: list[Sequence[object]] = [
        [ids[number] for number in nearest.tolist()],
        [names[number] for number in nearest.tolist()],
        _or_none(np.where(nearest >= 0, np.round(answer.distances_m[numbers], 1), np.nan)),
        [CERTAINTIES[number] for number in answer.certainties[numbers].tolist()],
        answer.counts_certain[numbers].tolist(),
        answer.counts_possible[numbers].tolist(),
        _or_none(np.where(unknown < 1.0, np.round(answer.probabilities[numbers], 3), np.nan)),
        np.round(unknown, 3).tolist(),
        [problems.get(row, "") for row in incidents.rows[numbers].tolist()],
        [_days_text(*days) for days in _pairs(incidents, numbers)],
        norths,
        easts,
        [None if math.isnan(radius) else int(radius) for radius in radii.tolist()],
    ]
    if len(_added(answer)) > len(columns):
        sides = incidents.source.sides()
        columns.append([targets[number].generalised_to_deg if number >= 0 else None for number in nearest])
        columns.append([_side(incidents, number, sides) for number in spot.tolist()])
    points = [None if north is None else (east, north) for north, east in zip(norths, easts, strict=True)]
    return list(zip(*columns, points, strict=True))


def _side(incidents: Incidents, spot: int, sides: Mapping[str, float | None]) -> float | None:
    """Return to how many degrees the place of a spot was generalised, or the largest of several."""
    if several := incidents.spots.several(spot, sides):
        return several.generalised_to_deg
    return sides.get(incidents.spots.places[spot]) if spot >= 0 else None


def _or_none(values: np.ndarray[Any, np.dtype[np.float64]]) -> list[float | None]:
    """Return numbers as Python has them, None for NaN and infinity."""
    found: list[float | None] = values.tolist()
    for at in np.flatnonzero(~np.isfinite(values)).tolist():
        found[at] = None
    return found


def _pairs(incidents: Incidents, numbers: Integers) -> Iterator[tuple[float, float]]:
    return zip(incidents.first_days[numbers].tolist(), incidents.last_days[numbers].tolist(), strict=True)


def _days_text(first: float, last: float) -> str | None:
    """Return a day as ISO 8601 has it, or an interval ("2016-05-01/2016-05-31"); None without a date."""
    return None if math.isnan(first) else iso_days(int(first), int(last))


def _date_text(incident: Incident) -> str | None:
    first, last = incident.days or (incident.date, incident.date)
    return None if first is None or last is None else iso_days(first.toordinal(), last.toordinal())
