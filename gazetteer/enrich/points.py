"""Coordinates that a row brings, compared with what it names.

They are read, and put right where they are swapped, by the one reader of rows
(:mod:`gazetteer.incidents.row`). A row's name and its point *agree* where the two discs touch: the named
place's radius and the radius that the row states for its point (none, if it states none). A point inside the
area that is named agrees with it, and of several places one is enough. Otherwise they *disagree*. Nothing of
a row is changed for it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gazetteer.enrich.added import POINT_COLUMNS
from gazetteer.enrich.answers import Spot
from gazetteer.geodesy import LatLon, distance_m
from gazetteer.incidents.row import KnowsAreas, Rows
from gazetteer.values import AdminUnit

#: What gaz_point_check may be, besides empty for a row without coordinates.
CHECKS = ("agrees", "disagrees", "unchecked", "invalid")


@dataclass(frozen=True, slots=True)
class Placed:
    """A point that was read.

    Parameters
    ----------
    position
        Where it is.
    reading
        In which notation it was written, and whether latitude and longitude had changed places.
    radius_m
        The radius that the row states for it, in metres; None where it states none.
    chain, admin_method
        The areas that it lies in, and how they are known.
    """

    position: LatLon
    reading: str
    radius_m: float | None
    chain: tuple[AdminUnit, ...]
    admin_method: str


def placed_points(gazetteer: KnowsAreas, rows: Rows) -> dict[int, Placed]:
    """Return the points of rows that bring one which can be read, by the number of the row."""
    positions, radii_m = rows.positions, rows.radii.metres
    known = np.flatnonzero(positions.known)
    if not len(known):
        return {}
    answer = gazetteer.areas_at(positions.latitudes[known], positions.longitudes[known])
    chains = (answer.chains[number] for number in answer.rows.tolist())
    placed = {}
    for row, chain in zip(known.tolist(), chains, strict=True):
        position = positions.at(row)
        assert position is not None  # it is known
        notation = positions.notations.get(row, "decimal")
        placed[row] = Placed(
            position,
            f"{notation}, swapped" if positions.swapped[row] else notation,
            None if np.isnan(radii_m[row]) else float(radii_m[row]),
            chain,
            answer.admin_method if chain else "unknown",
        )
    return placed


def point_values(placed: Placed | None, named: Sequence[Spot]) -> tuple[object, ...]:
    """Return the values of :data:`~gazetteer.enrich.added.POINT_COLUMNS`; None is a point that can't be read.

    Parameters
    ----------
    placed
        The row's point.
    named
        The place that the row names, if it is resolved, or the several: the one that the point fits best
        is compared.
    """
    if placed is None:
        return ("invalid", *[None] * (len(POINT_COLUMNS) - 1))
    best = min(
        named, key=lambda one: distance_m(one.position, placed.position) - one.uncertainty_m, default=None
    )
    away_m = None if best is None else distance_m(best.position, placed.position)
    values: Mapping[str, object] = {
        "gaz_point_check": _check(placed, best, away_m),
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


def _check(placed: Placed, named: Spot | None, away_m: float | None) -> str:
    if named is None or away_m is None:
        return "unchecked"
    inside = any(unit.pcode == named.id for unit in placed.chain)
    return "agrees" if inside or away_m <= named.uncertainty_m + (placed.radius_m or 0.0) else "disagrees"
