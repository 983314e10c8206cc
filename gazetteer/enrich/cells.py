"""The cells that enriching adds to a row, for its name and for its point.

A row that names several places has the smallest circle round all their discs, the areas that contain all, the
precision codes of that circle, and the lowest confidence. *Exploded* it becomes a row for each place, with
that place's own cells; ``gaz_row`` is the number of the input's row.

A row's name and its point *agree* where their discs touch (a point without a radius has none), or where the
point is inside the named area; of several places one is enough. Otherwise they *disagree*, and nothing of the
row is changed for it. ``gaz_point_check`` is ``unchecked`` where no name is resolved, ``invalid`` where the
coordinates can't be read, empty where there are none.
"""

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from gazetteer.answers import Match, Resolution, basis_as_json, cell_as_json
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
from gazetteer.incidents.names import RowAnswer, resolve_with_notes
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
    """A place that a name means, as far as the check of its row's point needs it."""

    id: str
    latitude: float
    longitude: float
    uncertainty_m: float
    generalised_to_deg: float | None = None

    @classmethod
    def of(cls, place: Place) -> "Spot":
        """Return the spot of a place."""
        at = place.position
        return cls(place.id, at.latitude, at.longitude, place.uncertainty_m, place.generalised_to_deg)

    def away_m(self, position: LatLon) -> float:
        """Return the distance to a position in metres."""
        return distance_m(LatLon(self.latitude, self.longitude), position)


class Answer(NamedTuple):
    """The answer to a row's mention, in values that JSON has, for a checkpoint to keep."""

    values: tuple[object, ...]  # of NAME_COLUMNS
    spots: tuple[Spot, ...]  # of the place that it means, or the several
    text: tuple[object, ...] = (None, None)  # of TEXT_COLUMNS

    @classmethod
    def kept(cls, found: Any) -> "Answer":
        """Return an answer that was kept as JSON."""
        values, spots, text = found
        return cls(tuple(values), tuple(Spot(*one) for one in spots), tuple(text))


@dataclass(frozen=True, slots=True)
class RowPoint:
    """A row's own point."""

    position: LatLon
    reading: str  # its notation, and whether latitude and longitude were swapped
    radius_m: float | None  # None where the row states none
    chain: tuple[AdminUnit, ...]
    admin_method: str


def answer(gazetteer: Lookups, plan: Plan, mention: Mention) -> Answer:
    """Resolve a row's mention; where it names no place, its point is compared with the narrowest area."""
    noted = RowAnswer(None)
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
    gazetteer: Lookups,
    plan: Plan,
    mention: Mention,
    found: Answer,
    point: RowPoint | None,
    *,
    has_point: bool,
) -> tuple[object, ...]:
    """Return a row's values in the added columns; `has_point` is True of a point that can't be read too."""
    values = found.values if mention.names or mention.notes else _values_of_point(gazetteer, plan, point)
    cells: dict[str, object] = dict(zip(GAZ_COLUMNS, values, strict=True))
    cells[GEOMETRY.name] = point_in(values)
    if has_point:
        cells |= zip((one.name for one in POINT_COLUMNS), point_values(point, found.spots), strict=True)
    cells |= zip((one.name for one in TEXT_COLUMNS), found.text, strict=True)
    sides = [side for spot in found.spots if (side := spot.generalised_to_deg) is not None]
    cells[GENERALISED.name] = max(sides, default=None)
    return tuple(cells.get(name) for name in plan.added_names)


def _values_of_point(gazetteer: Lookups, plan: Plan, point: RowPoint | None) -> tuple[object, ...]:
    """Return the values for a row that names no place: those of its point, with the radius that it states."""
    if point is None:
        return name_values(None)
    text = f"{point.position.latitude!r}, {point.position.longitude!r}"
    found = gazetteer.resolve(text, limit=1, min_confidence=plan.min_confidence)
    if point.radius_m is not None:
        radius_m = max(point.radius_m, 1.0)
        matches = (replace(one, place=replace(one.place, uncertainty_m=radius_m)) for one in found.matches)
        found = replace(found, matches=tuple(matches))
    return name_values(found)


def status_of(values: Sequence[object]) -> str:
    """Return the value of ``gaz_status``."""
    return str(values[0])


def point_in(values: Sequence[object]) -> tuple[object, object] | None:
    """Return the value of ``gaz_geometry`` for the values of NAME_COLUMNS."""
    return None if values[_LATITUDE] is None else (values[_LONGITUDE], values[_LATITUDE])


def name_values(answer: Resolution | None) -> tuple[object, ...]:
    """Return the values of NAME_COLUMNS for an answer; None stands for an invalid name."""
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
    """Return the cells of a place by column, all area columns among them."""
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
        "gaz_position_basis": place.position_basis or None,
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
        **basis_as_json(place),
        **cell_as_json(place),
    }


def points_of(gazetteer: Lookups, rows: Rows) -> dict[int, RowPoint]:
    """Return the points of rows that bring one which can be read, by the number of the row."""
    positions, radii_m = rows.positions, rows.radii.metres
    known = np.flatnonzero(positions.known)
    if not len(known):
        return {}
    found = gazetteer.areas_at(positions.latitudes[known], positions.longitudes[known])
    points = {}
    for row, area in zip(known.tolist(), found.rows.tolist(), strict=True):
        chain, notation = found.chains[area], positions.notations.get(row, "decimal")
        points[row] = RowPoint(
            LatLon(float(positions.latitudes[row]), float(positions.longitudes[row])),
            f"{notation}, swapped" if positions.swapped[row] else notation,
            None if np.isnan(radii_m[row]) else float(radii_m[row]),
            chain,
            found.admin_method if chain else "unknown",
        )
    return points


def point_values(point: RowPoint | None, named: Sequence[Spot]) -> tuple[object, ...]:
    """Return the values of POINT_COLUMNS; None is a point that can't be read.

    Of several places, the one that the point fits best is compared.
    """
    if point is None:
        return ("invalid", *[None] * (len(POINT_COLUMNS) - 1))
    away_m = None
    check = "unchecked"
    if named:
        best = min(named, key=lambda one: one.away_m(point.position) - one.uncertainty_m)
        away_m = best.away_m(point.position)
        is_inside = any(unit.pcode == best.id for unit in point.chain)
        touches = away_m <= best.uncertainty_m + (point.radius_m or 0.0)
        check = "agrees" if is_inside or touches else "disagrees"
    values: Mapping[str, object] = {
        "gaz_point_check": check,
        "gaz_point_distance_m": None if away_m is None else round(away_m),
        "gaz_point_reading": point.reading,
        "gaz_point_latitude": round(point.position.latitude, 6),
        "gaz_point_longitude": round(point.position.longitude, 6),
        "gaz_point_uncertainty_m": None if point.radius_m is None else round(point.radius_m),
        "gaz_point_admin_method": point.admin_method,
        **{f"gaz_point_adm{unit.level}_pcode": unit.pcode for unit in point.chain},
        **{f"gaz_point_adm{unit.level}_name": unit.name for unit in point.chain},
    }
    return tuple(values.get(column.name) for column in POINT_COLUMNS)


def known_place(gazetteer: Lookups, place_id: str) -> Place | None:
    """Return a place of the gazetteer; None for a point that was computed."""
    try:
        return gazetteer.place(place_id)
    except NotFoundError:
        return None


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
    known: Any = known_place(gazetteer, one["place_id"]) or gazetteer.reverse(position)
    return Place(
        id=one["place_id"],
        name=one["name"],
        name_ar="",
        kind=PlaceKind(one["kind"]),
        position=position,
        uncertainty_m=one["uncertainty_m"],
        admin=known.admin,
        admin_method=known.admin_method,
        position_basis=one.get("position_basis", ""),
    )
