"""In which areas incidents lie, and in which the places that their names may mean.

A row that names an area is in it, and its position adds to that where it is known well enough
(:func:`~gazetteer.near.select.chains`). But what a name may mean lies here or there: each candidate has the
areas of its place, as the gazetteer has them, or those round its position.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from gazetteer.errors import NotFoundError
from gazetteer.incidents import Incidents
from gazetteer.incidents.spots import area_chain
from gazetteer.lookups import Lookups
from gazetteer.near.areas import NO, YES, DrawnArea, Verdicts
from gazetteer.near.select import TOWN_RADIUS_M, areas_round, chains, inside
from gazetteer.points import Integers
from gazetteer.values import Place

#: What stands for the number of an area: outside of all that are asked about, or that can't be told.
ELSEWHERE, UNTOLD = -2, -1


@dataclass(frozen=True, slots=True, eq=False)
class Where:
    """In which area incidents and candidates lie, by number; or `ELSEWHERE`, or `UNTOLD`.

    Parameters
    ----------
    of_incident
        Of each incident, by what its row states and its position.
    of_spot
        Of each spot that a name may mean; the others are not looked at.
    count
        How many areas there are.
    """

    of_incident: Integers
    of_spot: Integers
    count: int

    @classmethod
    def anywhere(cls, incidents: Incidents) -> Self:
        """Return that all lie in one area."""
        return cls(np.zeros(len(incidents), dtype=np.intp), np.zeros(len(incidents.spots), dtype=np.intp), 1)


def in_area(incidents: Incidents, area: Place | DrawnArea | None, gazetteer: Lookups) -> Where:
    """Return which incidents and candidates lie in an area; None is everywhere.

    Of a candidate that is known as well as a town, its position tells whether it lies in a drawn area.
    """
    if area is None:
        return Where.anywhere(incidents)
    spots = _candidates(incidents)
    if isinstance(area, DrawnArea):
        radii = incidents.spots.radii_m[spots]
        verdicts = area.inside(
            incidents.spots.points.take(spots), np.where(radii <= TOWN_RADIUS_M, 0.0, radii)
        )
        numbers = _numbers(verdicts)
    else:
        numbers = np.array(
            [_within(chain, area_chain(area)) for chain in _chains(incidents, spots, gazetteer)],
            dtype=np.intp,
        )
    return Where(_numbers(inside(incidents, area, gazetteer)), _spread(incidents, spots, numbers), 1)


def by_area(
    incidents: Incidents, gazetteer: Lookups, *, level: int, area: Place | DrawnArea | None = None
) -> tuple[list[str], Where]:
    """Return the areas of a level that incidents and candidates lie in, and which each lies in.

    Parameters
    ----------
    incidents, gazetteer
        The incidents, and what knows areas.
    level
        1 for governorates to 3 for sub-districts.
    area
        What all that counts lies in; None is everywhere.

    Returns
    -------
    tuple of list and Where
        P-codes, which rise; the first is "", for what lies in none that is known.
    """
    each, firsts = incidents.situations
    spots = _candidates(incidents)
    of_situations = _codes(chains(incidents, firsts, gazetteer, level), level)
    of_spots = _codes(_chains(incidents, spots, gazetteer), level)
    codes = sorted({"", *of_situations, *of_spots})
    numbers = {code: number for number, code in enumerate(codes)}
    within = in_area(incidents, area, gazetteer)
    of_incident = np.array([numbers[code] for code in of_situations], dtype=np.intp)[each]
    of_spot = _spread(
        incidents, spots, np.array([numbers[code] if code else UNTOLD for code in of_spots], dtype=np.intp)
    )
    return codes, Where(
        np.where(within.of_incident < 0, within.of_incident, of_incident),
        np.where(within.of_spot < 0, within.of_spot, of_spot),
        len(codes),
    )


def governorates(incidents: Incidents, gazetteer: Lookups) -> Integers:
    """Return the number of each incident's governorate: as its row says, else of its likeliest candidate.

    Where neither tells, the number stands for "not known".
    """
    stated = [chain[0] if chain else "" for chain in incidents.areas]
    meanings = incidents.meanings
    likeliest = [
        int(meanings.spots[start + meanings.confidences[start:end].argmax()]) if start < end else -1
        for start, end in zip(meanings.starts[:-1].tolist(), meanings.starts[1:].tolist(), strict=True)
    ]
    spots = np.array(sorted({*likeliest, *incidents.spot.tolist()} - {-1}), dtype=np.intp)
    of_spots = dict(zip(spots.tolist(), _codes(_chains(incidents, spots, gazetteer), 1), strict=True))
    of_spots[-1] = ""
    codes = sorted({"", *stated, *of_spots.values()})
    numbers = {code: number for number, code in enumerate(codes)}
    of_area = np.array([numbers[code] for code in stated], dtype=np.intp)
    of_meaning = np.array([numbers[of_spots[spot]] for spot in [*likeliest, -1]], dtype=np.intp)
    of_position = np.array([numbers[of_spots[spot]] for spot in incidents.spot.tolist()], dtype=np.intp)
    home = of_area[incidents.area]
    by_name = np.where(incidents.meaning >= 0, of_meaning[incidents.meaning], of_position)
    return np.where(home == numbers[""], by_name, home)


def _candidates(incidents: Incidents) -> Integers:
    """Return the spots that names may mean."""
    return np.unique(incidents.meanings.spots)


def _chains(incidents: Incidents, spots: Integers, gazetteer: Lookups) -> list[tuple[str, ...]]:
    """Return the P-codes of the areas that spots lie in: those of their places, else round positions."""
    found: list[tuple[str, ...]] = []
    narrow = incidents.spots.radii_m[spots] <= TOWN_RADIUS_M
    around = areas_round(incidents.spots.points.take(spots), gazetteer)
    for spot, exact, chain in zip(spots.tolist(), narrow.tolist(), around, strict=True):
        try:
            found.append(area_chain(gazetteer.place(incidents.spots.places[spot])))
        except NotFoundError:
            found.append(chain if exact else ())
    return found


def _codes(found: list[tuple[str, ...]], level: int) -> list[str]:
    return [chain[level - 1] if len(chain) >= level else "" for chain in found]


def _within(chain: tuple[str, ...], wanted: tuple[str, ...]) -> int:
    common = min(len(chain), len(wanted))
    if chain[:common] != wanted[:common]:
        return ELSEWHERE
    return 0 if len(chain) >= len(wanted) else UNTOLD


def _numbers(verdicts: Verdicts) -> Integers:
    return np.where(verdicts == YES, 0, np.where(verdicts == NO, ELSEWHERE, UNTOLD)).astype(np.intp)


def _spread(incidents: Incidents, spots: Integers, numbers: Integers) -> Integers:
    of_spot = np.full(len(incidents.spots), UNTOLD, dtype=np.intp)
    of_spot[spots] = numbers
    return of_spot
