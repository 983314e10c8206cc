"""The cells that enriching adds to a row: what is said of its name and of its point, joined once, here.

A row that names several places has the position and radius of the smallest circle that holds all their discs,
the areas that hold all, codes of precision that fit that circle (:mod:`gazetteer.several`), and the least
confidence. *Exploded* it becomes a row for each place, with that place's id, name, kind, position, radius,
areas, codes and confidence; every other cell is that of the input's row, and ``gaz_row`` says which it is.

A row's name and its point *agree* where the two discs touch: the named place's radius, and the radius that
the row states for its point (none, if it states none). A point inside the area that is named agrees with it,
and of several places one is enough. Otherwise they *disagree*; nothing of a row is changed for it.
``gaz_point_check`` is ``unchecked`` where no name is resolved, ``invalid`` where the coordinates can't be
read, empty where there are none.
"""

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from gazetteer.answers import Match, Resolution, said_of_cell
from gazetteer.enrich.plan import (
    ALTERNATIVES,
    GAZ_COLUMNS,
    GENERALISED,
    GEOMETRY,
    POINT_COLUMNS,
    ROW,
    TEXT_COLUMNS,
    Plan,
)
from gazetteer.errors import NotFoundError
from gazetteer.geodesy import LatLon, distance_m
from gazetteer.incidents.names import Noted, resolve_with_notes
from gazetteer.incidents.row import Mention, Rows
from gazetteer.kinds import PlaceKind
from gazetteer.lookups import Lookups
from gazetteer.notation.precision import geo_precision, where_prec, where_prec_of_several
from gazetteer.points import together
from gazetteer.tables.layout import Part
from gazetteer.values import AdminUnit, Place

#: What gaz_point_check may be, besides empty for a row without coordinates.
CHECKS = ("agrees", "disagrees", "unchecked", "invalid")
_LEVELS = (1, 2, 3)
_LONGITUDE, _LATITUDE = GAZ_COLUMNS.index("gaz_longitude"), GAZ_COLUMNS.index("gaz_latitude")
_PLACES = GAZ_COLUMNS.index("gaz_places")


class Spot(NamedTuple):
    """Where a place that a name means is, as far as its point's check needs it."""

    id: str
    latitude: float
    longitude: float
    uncertainty_m: float
    generalised_to_deg: float | None = None

    @classmethod
    def of(cls, place: Place) -> "Spot":
        """Return what is kept of a place."""
        at = place.position
        return cls(place.id, at.latitude, at.longitude, place.uncertainty_m, place.generalised_to_deg)

    def away_m(self, position: LatLon) -> float:
        """Return how far a position is from it."""
        return distance_m(LatLon(self.latitude, self.longitude), position)


class Answer(NamedTuple):
    """The answer to what a row says of its place, in values that JSON has, for a checkpoint to keep."""

    values: tuple[object, ...]  # of NAME_COLUMNS
    spots: tuple[Spot, ...]  # of the place that it means, or the several
    text: tuple[object, ...] = (None, None)  # of TEXT_COLUMNS

    @classmethod
    def kept(cls, found: Any) -> "Answer":
        """Return an answer as it was before it was kept as JSON."""
        values, spots, text = found
        return cls(tuple(values), tuple(Spot(*one) for one in spots), tuple(text))


@dataclass(frozen=True, slots=True)
class Placed:
    """A point that was read."""

    position: LatLon
    reading: str  # in which notation, and whether latitude and longitude had changed places
    radius_m: float | None  # None where the row states none
    chain: tuple[AdminUnit, ...]
    admin_method: str


def answer(gazetteer: Lookups, plan: Plan, mention: Mention) -> Answer:
    """Resolve what a row says of its place; where it names none, its point is held to the narrowest area."""
    noted = Noted(None)
    if mention.is_valid or mention.notes:
        noted = resolve_with_notes(
            gazetteer, mention, limit=ALTERNATIVES + 1, min_confidence=plan.min_confidence
        )
    found, places = noted.answer, list[Place]()
    if found is not None:
        places = [match.place for match in ((found.best,) if found.best else found.places)]
    if not mention.names and not places and plan.has_points:
        for name in mention.areas:
            with contextlib.suppress(NotFoundError):
                places = [gazetteer.area(name)]
                break
    return Answer(
        name_values(found), tuple(map(Spot.of, places)), (noted.words or None, noted.reason or None)
    )


def added_values(
    gazetteer: Lookups, plan: Plan, mention: Mention, said: Answer, placed: Placed | None, *, has_point: bool
) -> tuple[object, ...]:
    """Return the values of a row in the added columns; `has_point` of one that can't be read is True too."""
    values = said.values if mention.names or mention.notes else _values_of_point(gazetteer, plan, placed)
    cells: dict[str, object] = dict(zip(GAZ_COLUMNS, values, strict=True))
    cells[GEOMETRY.name] = point_in(values)
    if has_point:
        cells |= zip((one.name for one in POINT_COLUMNS), point_values(placed, said.spots), strict=True)
    cells |= zip((one.name for one in TEXT_COLUMNS), said.text, strict=True)
    sides = [side for spot in said.spots if (side := spot.generalised_to_deg) is not None]
    cells[GENERALISED.name] = max(sides, default=None)
    return tuple(cells.get(name) for name in plan.added_names)


def _values_of_point(gazetteer: Lookups, plan: Plan, placed: Placed | None) -> tuple[object, ...]:
    """Return the values for a row that names no place: those of its point, with the radius that it states."""
    if placed is None:
        return name_values(None)
    text = f"{placed.position.latitude!r}, {placed.position.longitude!r}"
    found = gazetteer.resolve(text, limit=1, min_confidence=plan.min_confidence)
    if placed.radius_m is not None:
        radius_m = max(placed.radius_m, 1.0)
        matches = (replace(one, place=replace(one.place, uncertainty_m=radius_m)) for one in found.matches)
        found = replace(found, matches=tuple(matches))
    return name_values(found)


def status_of(values: Sequence[object]) -> str:
    """Return what ``gaz_status`` says, one of :data:`~gazetteer.enrich.plan.STATUSES`."""
    return str(values[0])


def point_in(values: Sequence[object]) -> tuple[object, object] | None:
    """Return the value of ``gaz_geometry`` that goes with those of the columns about the name."""
    return None if values[_LATITUDE] is None else (values[_LONGITUDE], values[_LATITUDE])


def name_values(answer: Resolution | None) -> tuple[object, ...]:
    """Return the values of the columns about the name for an answer; None stands for a name that is none."""
    if answer is None:
        values: dict[str, object] = {"gaz_status": "invalid", "gaz_alternatives": [], "gaz_places": []}
    else:
        others = answer.matches[1:] if answer.best else answer.matches
        values = {
            "gaz_status": answer.status,
            "gaz_confidence": round(answer.matches[0].confidence, 4) if answer.matches else None,
            "gaz_alternatives": [_listed(match) for match in others[:ALTERNATIVES]],
            "gaz_places": [_listed(match) for match in answer.places],
            "gaz_unread": "; ".join(answer.unread) or None,
            "gaz_country": answer.country or None,
        }
        if answer.best is not None:
            place = answer.best.place
            values |= place_cells(place, where_prec_code=where_prec(place))
            values["gaz_uncertainty_m"] = round(answer.best.uncertainty_m)
            values |= {"gaz_matched_name": answer.best.matched_name, "gaz_method": answer.best.method}
        elif answer.places:
            discs = [replace(match.place, uncertainty_m=match.uncertainty_m) for match in answer.places]
            around = together(discs)
            values |= place_cells(around, where_prec_code=where_prec_of_several(around))
            values |= {"gaz_place_id": None, "gaz_name": None, "gaz_kind": None, "gaz_method": "several"}
            values["gaz_confidence"] = round(min(match.confidence for match in answer.places), 4)
    return tuple(values.get(column) for column in GAZ_COLUMNS)


def place_cells(place: Place, *, where_prec_code: int) -> dict[str, object]:
    """Return what the columns say of a place, by column; every area column is there."""
    areas = {unit.level: unit for unit in place.admin}
    return {
        "gaz_place_id": place.id,
        "gaz_name": place.name,
        "gaz_kind": place.kind.value,
        "gaz_latitude": round(place.position.latitude, 6),
        "gaz_longitude": round(place.position.longitude, 6),
        "gaz_uncertainty_m": round(place.uncertainty_m),
        **{f"gaz_adm{level}_pcode": areas[level].pcode if level in areas else None for level in _LEVELS},
        **{f"gaz_adm{level}_name": areas[level].name if level in areas else None for level in _LEVELS},
        "gaz_admin_method": place.admin_method,
        "gaz_geo_precision": geo_precision(place),
        "gaz_where_prec": where_prec_code,
    }


def _listed(match: Match) -> dict[str, object]:
    """Return a place of ``gaz_alternatives`` or ``gaz_places``."""
    place = match.place
    return {
        "place_id": place.id,
        "name": place.name,
        "kind": place.kind.value,
        "latitude": round(place.position.latitude, 6),
        "longitude": round(place.position.longitude, 6),
        "uncertainty_m": round(match.uncertainty_m),
        "confidence": round(match.confidence, 4),
        **said_of_cell(place),
    }


def placed_points(gazetteer: Lookups, rows: Rows) -> dict[int, Placed]:
    """Return the points of rows that bring one which can be read, by the number of the row."""
    positions, radii_m = rows.positions, rows.radii.metres
    known = np.flatnonzero(positions.known)
    if not len(known):
        return {}
    found = gazetteer.areas_at(positions.latitudes[known], positions.longitudes[known])
    placed = {}
    for row, area in zip(known.tolist(), found.rows.tolist(), strict=True):
        chain, notation = found.chains[area], positions.notations.get(row, "decimal")
        placed[row] = Placed(
            LatLon(float(positions.latitudes[row]), float(positions.longitudes[row])),
            f"{notation}, swapped" if positions.swapped[row] else notation,
            None if np.isnan(radii_m[row]) else float(radii_m[row]),
            chain,
            found.admin_method if chain else "unknown",
        )
    return placed


def point_values(placed: Placed | None, named: Sequence[Spot]) -> tuple[object, ...]:
    """Return the values of the columns about the point; None is a point that can't be read.

    Of several places that the row names, the one that the point fits best is compared.
    """
    if placed is None:
        return ("invalid", *[None] * (len(POINT_COLUMNS) - 1))
    away_m = None
    check = "unchecked"
    if named:
        best = min(named, key=lambda one: one.away_m(placed.position) - one.uncertainty_m)
        away_m = best.away_m(placed.position)
        is_inside = any(unit.pcode == best.id for unit in placed.chain)
        touches = away_m <= best.uncertainty_m + (placed.radius_m or 0.0)
        check = "agrees" if is_inside or touches else "disagrees"
    values: Mapping[str, object] = {
        "gaz_point_check": check,
        "gaz_point_distance_m": None if away_m is None else round(away_m),
        "gaz_point_reading": placed.reading,
        "gaz_point_latitude": round(placed.position.latitude, 6),
        "gaz_point_longitude": round(placed.position.longitude, 6),
        "gaz_point_uncertainty_m": None if placed.radius_m is None else round(placed.radius_m),
        "gaz_point_admin_method": placed.admin_method,
        **{f"gaz_point_adm{unit.level}_pcode": unit.pcode for unit in placed.chain},
        **{f"gaz_point_adm{unit.level}_name": unit.name for unit in placed.chain},
    }
    return tuple(values.get(column.name) for column in POINT_COLUMNS)


def with_row_numbers(plan: Plan) -> Plan:
    """Return the plan of what :func:`exploded` yields: with the column of the input's row."""
    return replace(plan, added=(*plan.added, ROW))


def exploded(gazetteer: Lookups, parts: Iterable[Part], plan: Plan) -> Iterator[Part]:
    """Yield all parts of a table with a row for each of several places, and the number of the input's row."""
    before = 0
    for part in parts:
        split = {key: _split(gazetteer, values, plan) for key, values in part.distinct().items()}
        rows = [(at, one) for at, values in enumerate(part.added) for one in split[id(values)]]
        chunk = part.chunk.take([at for at, _ in rows])
        yield Part(chunk, [(*values, before + at + 1) for at, values in rows])
        before += len(part.chunk)


def _split(gazetteer: Lookups, values: tuple[object, ...], plan: Plan) -> list[tuple[object, ...]]:
    """Return the values of each place of a row, or those of the row."""
    places: Any = values[_PLACES]
    if status_of(values) != "several" or not places:
        return [values]
    rows = []
    for one in places:
        place = _place(gazetteer, one)
        cells = dict(zip(plan.added_names, values, strict=True))
        cells |= place_cells(place, where_prec_code=where_prec(place))
        cells["gaz_confidence"] = one["confidence"]
        cells[GEOMETRY.name] = cells["gaz_longitude"], cells["gaz_latitude"]
        if plan.generalises:
            cells[GENERALISED.name] = one.get("generalised_to_deg")
        rows.append(tuple(cells.values()))
    return rows


def _place(gazetteer: Lookups, one: dict[str, Any]) -> Place:
    """Return a place of ``gaz_places`` with its areas: those it has in the gazetteer, or of its position."""
    position = LatLon(one["latitude"], one["longitude"])
    try:
        known: Any = gazetteer.place(one["place_id"])
    except NotFoundError:  # it was computed
        known = gazetteer.reverse(position)
    return Place(
        id=one["place_id"],
        name=one["name"],
        name_ar="",
        kind=PlaceKind(one["kind"]),
        position=position,
        uncertainty_m=one["uncertainty_m"],
        admin=known.admin,
        admin_method=known.admin_method,
    )
