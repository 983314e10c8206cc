"""A row with several places as a row for each of them, for programs that know one position a row.

``gaz_row`` tells which rows of the output are one row of the input, from 1: it is on every row. A row of a
place has that place's id, name, kind, position, radius, areas, codes of precision and confidence;
``gaz_status`` stays "several", and every other cell is that of the input's row, ``gaz_places`` with all
places too. What counts incidents takes rows of one ``gaz_row`` for one incident
(:mod:`gazetteer.incidents.reading`).

It is done last, when rows are counted and decided.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, Protocol

from gazetteer.answers import ReverseAnswer
from gazetteer.enrich.added import GAZ_COLUMNS, GENERALISED, GEOMETRY, ROW, place_cells, point_in, status_of
from gazetteer.enrich.plan import Plan
from gazetteer.errors import NotFoundError
from gazetteer.geodesy import LatLon
from gazetteer.kinds import PlaceKind
from gazetteer.notation.precision import where_prec
from gazetteer.tables.layout import Part
from gazetteer.values import Place

_PLACES = GAZ_COLUMNS.index("gaz_places")


class _KnowsPlaces(Protocol):
    def place(self, place_id: str) -> Place:
        """Return a place by id, or raise NotFoundError."""

    def reverse(self, position: LatLon) -> ReverseAnswer:
        """Return the areas round a position."""


def with_row_numbers(plan: Plan) -> Plan:
    """Return the plan of what :func:`exploded` yields: with the column of the input's row."""
    return replace(plan, added=(*plan.added, ROW))


def exploded(gazetteer: _KnowsPlaces, parts: Iterable[Part], plan: Plan) -> Iterator[Part]:
    """Yield parts with a row for each of several places.

    Parameters
    ----------
    gazetteer
        Knows the areas of places and positions.
    parts
        All parts of a table, in order.
    plan
        Which columns they have.
    """
    before = 0
    for part in parts:
        split = {key: _split(gazetteer, values, plan) for key, values in part.distinct().items()}
        rows = [(at, one) for at, values in enumerate(part.added) for one in split[id(values)]]
        chunk = part.chunk.take([at for at, _ in rows])
        yield Part(chunk, [(*values, before + at + 1) for at, values in rows])
        before += len(part.chunk)


def _split(gazetteer: _KnowsPlaces, values: tuple[object, ...], plan: Plan) -> list[tuple[object, ...]]:
    """Return the values of each place of a row, or those of the row."""
    places: Any = values[_PLACES]
    if status_of(values) != "several" or not places:
        return [values]
    return [_of_one(gazetteer, values, one, plan) for one in places]


def _of_one(
    gazetteer: _KnowsPlaces, values: tuple[object, ...], one: dict[str, Any], plan: Plan
) -> tuple[object, ...]:
    place = _place(gazetteer, one)
    cells = dict(zip(plan.added_names, values, strict=True))
    cells |= place_cells(place, where_prec_code=where_prec(place))
    cells["gaz_confidence"] = one["confidence"]
    cells[GEOMETRY.name] = point_in(tuple(cells.values()))
    if plan.generalises:
        cells[GENERALISED.name] = one.get("generalised_to_deg")
    return tuple(cells.values())


def _place(gazetteer: _KnowsPlaces, one: dict[str, Any]) -> Place:
    """Return a place of ``gaz_places`` with its areas: those it has in the gazetteer, or of its position."""
    position = LatLon(one["latitude"], one["longitude"])
    try:
        known = gazetteer.place(one["place_id"])
    except NotFoundError:  # it was computed
        found = gazetteer.reverse(position)
        admin, method = found.admin, found.admin_method
    else:
        admin, method = known.admin, known.admin_method
    return Place(
        id=one["place_id"],
        name=one["name"],
        name_ar="",
        kind=PlaceKind(one["kind"]),
        position=position,
        uncertainty_m=one["uncertainty_m"],
        admin=admin,
        admin_method=method,
    )
