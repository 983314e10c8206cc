"""Incidents as GeoJSON or CSV, piece by piece: the first leaves before the last is made.

A CSV file may be opened by a spreadsheet, which takes a cell that begins with = + - @ or a control character
for a formula (OWASP, "CSV Injection"). Where that is asked for, such a cell gets an apostrophe in front,
unless it is a number.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

from gazetteer.incidents import Incident
from gazetteer.incidents.columns import GENERALISED_INCIDENT, INCIDENT_COLUMNS, kept_beside
from gazetteer.near import NearRow
from gazetteer.near.near import (
    GENERALISED_NEAREST,
    NEAR_COLUMNS,
    feature,
    incident_cell,
    near_properties,
)
from gazetteer.tables.formats.csv import neutralised, text_of

__all__ = ["Page", "as_csv", "as_geojson"]

#: Features or rows in one piece.
_PIECE = 100


@dataclass(frozen=True, slots=True)
class Page:
    """A page of an answer.

    Parameters
    ----------
    rows
        What is said of each incident.
    with_near
        Whether something near was asked for.
    rest
        What else is in the answer, by name.
    generalises
        Whether the gazetteer generalises sensitive places: then a table has columns that tell of it.
    """

    rows: Sequence[tuple[Incident, NearRow | None]]
    with_near: bool
    rest: dict[str, Any]
    generalises: bool = False


def as_geojson(attribution: Sequence[str], page: Callable[[], Page]) -> Iterator[bytes]:
    """Yield a FeatureCollection; `page` is called once the first piece is out."""
    yield b'{"type":"FeatureCollection","attribution":' + _json(list(attribution)) + b',"features":['
    made = page()
    for start in range(0, len(made.rows), _PIECE):
        piece = made.rows[start : start + _PIECE]
        features = (feature(one, near_properties(row) if row else None) for one, row in piece)
        yield (b"," if start else b"") + b",\n".join(map(_json, features))
    yield (
        b"]"
        + b"".join(b"," + _json(name) + b":" + _json(value) for name, value in made.rest.items())
        + b"}\n"
    )


def as_csv(page: Page, *, neutralise: bool) -> Iterator[bytes]:
    """Yield a table in UTF-8: the columns of the rows, then what is known of each incident."""
    added = _added(page)
    said = [{**_own_cells(one), **(near_properties(row) if row else {})} for one, row in page.rows]
    rows = [kept_beside(one.properties, cells) for (one, _), cells in zip(page.rows, said, strict=True)]
    own = list(dict.fromkeys(name for row in rows for name in row))
    guard = neutralised if neutralise else None
    cells = (
        [row.get(name, "") for name in own]
        + ["" if known.get(name) is None else str(known[name]) for name in added]
        for row, known in zip(rows, said, strict=True)
    )
    lines = chain([[*own, *added]], cells)
    while piece := list(islice(lines, _PIECE)):
        yield text_of(piece, guard=guard).encode()


def _added(page: Page) -> tuple[str, ...]:
    """Return the columns of what is known of each incident; the same on every page."""
    cells = (GENERALISED_INCIDENT, *((GENERALISED_NEAREST,) if page.with_near else ()))
    return (
        *INCIDENT_COLUMNS,
        *((column.name for column in NEAR_COLUMNS) if page.with_near else ()),
        *(cells if page.generalises else ()),
    )


def _own_cells(incident: Incident) -> dict[str, Any]:
    position = incident.position
    return {
        "incident_id": incident.id,
        "incident_date": incident.date,
        "incident_place": incident.place,
        "incident_latitude": round(position.latitude, 7) if position else None,
        "incident_longitude": round(position.longitude, 7) if position else None,
        "incident_uncertainty_m": round(incident.uncertainty_m)
        if position and incident.radius_known
        else None,
        **incident_cell(incident),
    }


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
