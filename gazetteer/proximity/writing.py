"""Near answers as files: GeoJSON (RFC 7946) or CSV, there whole or not at all.

GeoJSON is the one place where the axes are longitude first. An incident without a position is a
feature whose geometry is null; the counts are a foreign member, ``summary``, of the collection. Beside
a CSV file they are a file of their own.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TextIO

from gazetteer.errors import InputError
from gazetteer.incident_columns import GENERALISED_INCIDENT, kept_beside
from gazetteer.incidents import Incident
from gazetteer.proximity.near_rows import NearAnswer, NearRow
from gazetteer.results import said_of_cell
from gazetteer.tables.writing import replacing, row_writer

__all__ = [
    "GENERALISED_NEAREST", "NEAR_COLUMNS",
    "feature", "feature_collection", "incident_cell", "near_properties", "write_near",
]  # fmt: skip

#: What is said of each incident.
NEAR_COLUMNS = (
    "nearest_id",
    "nearest_name",
    "distance_m",
    "certainty",
    "count_within",
    "count_certain",
    "count_possible",
    "probability",
    "near_problems",
)
#: The column after these, where a gazetteer generalises: to how many degrees the nearest place was.
GENERALISED_NEAREST = "nearest_generalised_to_deg"


def near_properties(row: NearRow) -> dict[str, Any]:
    """Return what is said of one incident: distance to the decimetre, None where there is nothing to say.

    :data:`GENERALISED_NEAREST` is there only where the nearest place was generalised.
    """
    return {
        "nearest_id": row.nearest.id if row.nearest else None,
        "nearest_name": row.nearest.name if row.nearest else None,
        "distance_m": None if row.distance_m is None else round(row.distance_m, 1),
        "certainty": row.certainty,
        "count_within": row.count_within,
        "count_certain": row.count_certain,
        "count_possible": row.count_possible,
        "probability": None if row.probability is None else round(row.probability, 3),
        "near_problems": "; ".join(row.incident.problems),
        **said_of_cell(row.nearest, "nearest_"),
    }


def feature(incident: Incident, properties: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return an incident as a GeoJSON feature: its row, what is known of it, and `properties`.

    The radius is None where nothing tells it. What was generalised is said only where something was. What the
    row says under one of our names is kept as :func:`~gazetteer.incident_columns.kept_beside` tells.
    """
    position = incident.position
    known = position is not None and incident.radius_known
    said = {
        "incident_date": incident.date.isoformat() if incident.date else None,
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
        "properties": {**kept_beside(incident.properties, said), **said},
    }


def incident_cell(incident: Incident) -> dict[str, float]:
    """Return what is said of an incident whose place was generalised; nothing of another."""
    side = incident.generalised_to_deg
    return {} if side is None else {GENERALISED_INCIDENT: side}


def feature_collection(answer: NearAnswer, *, rows: Iterable[NearRow] | None = None) -> dict[str, Any]:
    """Return an answer, or some of its `rows`, as a GeoJSON FeatureCollection with its summary."""
    chosen = answer.rows if rows is None else rows
    return {
        "type": "FeatureCollection",
        "summary": answer.summary.as_json(),
        "features": [feature(row.incident, near_properties(row)) for row in chosen],
    }


def write_near(answer: NearAnswer, path: str | Path, *, source: str | Path | None = None) -> tuple[Path, ...]:
    """Write an answer, one feature or row for every incident.

    Parameters
    ----------
    answer
        What `near` gave.
    path
        Where to; ``.geojson`` or ``.json`` for GeoJSON, ``.csv`` for CSV in UTF-8. A CSV file has no room
        for the summary, which goes beside it: ``near.csv`` and ``near.summary.json``.
    source
        The table that the incidents came from, which `path` must not be.

    Returns
    -------
    tuple of Path
        The files written.

    Raises
    ------
    InputError
        If the suffix is none of these, or the file cannot be written; nothing is half-written.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix in (".geojson", ".json"):
        with replacing(path, source=source) as file:
            _write_json(feature_collection(answer), file)
        return (path,)
    if suffix == ".csv":
        beside = path.with_suffix(".summary.json")
        with replacing(path, source=source) as file, replacing(beside, source=source) as counts:
            _write_csv(answer, file)
            _write_json(answer.summary.as_json(), counts)
        return path, beside
    raise InputError(f"{path} must end in .geojson or .csv, which says what to write", parameter="output")


def _write_json(value: object, file: TextIO) -> None:
    json.dump(value, file, ensure_ascii=False, allow_nan=False, indent=1)
    file.write("\n")


def _write_csv(answer: NearAnswer, file: TextIO) -> None:
    said = [{**incident_cell(row.incident), **near_properties(row)} for row in answer.rows]
    rows = [kept_beside(row.incident.properties, one) for row, one in zip(answer.rows, said, strict=True)]
    own = list(dict.fromkeys(name for row in rows for name in row))
    write = row_writer(file, delimiter=",")
    generalised = (GENERALISED_NEAREST, GENERALISED_INCIDENT)
    added = (*NEAR_COLUMNS, *(name for name in generalised if any(name in one for one in said)))
    write([*own, *added])
    for row, one in zip(rows, said, strict=True):
        write(
            [row.get(name, "") for name in own]
            + ["" if one.get(name) is None else str(one[name]) for name in added]
        )
