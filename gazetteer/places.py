"""The things that have a name and a position.

A :class:`Place` is one row of the gazetteer: a settlement, a neighbourhood, an admin unit, a
facility or a landmark. ``uncertainty_m`` is the radius in metres of a circle round its position that
holds the true point of anything reported "in" it. Values are frozen; nothing here reads a file.
"""

import math
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Literal

from gazetteer.values import LatLon

__all__ = [
    "AdminMethod",
    "AdminUnit",
    "Place",
    "PlaceKind",
    "Source",
    "Spelling",
    "kinds_meant_by",
    "prominence",
]

#: How a place's admin chain is known: written in its source, by polygon, from the nearest unit, or not.
AdminMethod = Literal["stated", "within", "nearest", "unknown"]


class PlaceKind(StrEnum):
    """What a place is. ``group`` folds the fine kinds into the five of the architecture."""

    COUNTRY = "country"
    GOVERNORATE = "governorate"
    DISTRICT = "district"
    SUBDISTRICT = "subdistrict"
    SETTLEMENT = "settlement"
    CAMP = "camp"
    NEIGHBOURHOOD = "neighbourhood"
    HOSPITAL = "hospital"
    CLINIC = "clinic"
    AIR_BASE = "air_base"
    AIRPORT = "airport"
    MILITARY_BASE = "military_base"
    PRISON = "prison"
    DAM = "dam"
    BRIDGE = "bridge"
    BORDER_CROSSING = "border_crossing"
    OIL_FIELD = "oil_field"
    REGION = "region"
    MOUNTAIN = "mountain"
    LANDMARK = "landmark"
    POINT = "point"

    @property
    def group(self) -> str:
        """The broad kind: admin, settlement, neighbourhood, facility, landmark or point."""
        return _GROUPS[self]

    @property
    def admin_level(self) -> int | None:
        """0 for the country to 3 for a sub-district; None for everything else."""
        return _LEVELS.get(self)


_LEVELS = {
    PlaceKind.COUNTRY: 0,
    PlaceKind.GOVERNORATE: 1,
    PlaceKind.DISTRICT: 2,
    PlaceKind.SUBDISTRICT: 3,
}
#: Prominence where the population does not say: areas by level, then what stands alone.
_PROMINENCE = {
    PlaceKind.COUNTRY: 1.0,
    PlaceKind.GOVERNORATE: 0.8,
    PlaceKind.DISTRICT: 0.6,
    PlaceKind.SUBDISTRICT: 0.5,
    PlaceKind.REGION: 0.5,
}
_GROUPS = {
    **dict.fromkeys(PlaceKind, "landmark"),
    **dict.fromkeys(_LEVELS, "admin"),
    PlaceKind.SETTLEMENT: "settlement",
    PlaceKind.CAMP: "settlement",
    PlaceKind.NEIGHBOURHOOD: "neighbourhood",
    PlaceKind.HOSPITAL: "facility",
    PlaceKind.CLINIC: "facility",
    PlaceKind.POINT: "point",
}


_NO_GAPS = str.maketrans("", "", " -_")


@lru_cache(maxsize=1_024)
def kinds_meant_by(word: str) -> frozenset[PlaceKind]:
    """Return the kinds that a kind's or group's name stands for ("hospital", "facility").

    A plural "s", spaces and hyphens are forgiven, and their absence: "airbase", "air-bases". Empty when the
    word names neither.
    """
    name = word.strip().casefold().translate(_NO_GAPS)
    for form in (name, name.removesuffix("s"), name.removesuffix("ies") + "y"):
        found = frozenset(k for k in PlaceKind if form in (k.value.translate(_NO_GAPS), k.group))
        if found:
            return found
    return frozenset()


@dataclass(frozen=True, slots=True)
class AdminUnit:
    """One step of an admin chain.

    Parameters
    ----------
    level
        1 governorate, 2 district, 3 sub-district.
    pcode
        OCHA's code, such as "SY0704".
    name, name_ar
        As OCHA publishes them.
    """

    level: int
    pcode: str
    name: str
    name_ar: str


@dataclass(frozen=True, slots=True)
class Source:
    """Where facts came from, with what its licence asks us to say."""

    id: str
    title: str
    url: str
    licence: str
    attribution: str
    count: int


@dataclass(frozen=True, slots=True)
class Spelling:
    """One written form of a place's name, and where it was found."""

    text: str
    language: str
    script: str
    source: str


@dataclass(frozen=True, slots=True)
class Place:
    """Anything with a name and a position.

    Parameters
    ----------
    id
        Stable: a P-code where there is one ("SY07", "C3871", "N0006"), else "geonames:169389" or "cg:slug".
    name, name_ar
        Display names in Latin and Arabic script; `name_ar` may be empty.
    kind
        What it is.
    position
        Its representative point.
    uncertainty_m
        Radius in metres that holds the true point of what is reported in it; more than 0.
    population
        Inhabitants where known; None is unknown, never 0.
    admin
        Its admin chain, governorate first.
    admin_method
        How that chain is known.
    sources
        Ids of the sources that know this place.
    valid_from, valid_to
        ISO dates between which it existed, where known.
    sensitive
        True where publishing the position could do harm (medical facilities).
    generalised_to_deg
        The side in degrees of the cell in whose middle the place is put instead of where it is; None for
        where it is.
    """

    id: str
    name: str
    name_ar: str
    kind: PlaceKind
    position: LatLon
    uncertainty_m: float
    population: int | None = None
    admin: tuple[AdminUnit, ...] = ()
    admin_method: AdminMethod = "unknown"
    sources: tuple[str, ...] = ()
    valid_from: str | None = None
    valid_to: str | None = None
    sensitive: bool = False
    generalised_to_deg: float | None = None

    @property
    def pcodes(self) -> tuple[str, ...]:
        """P-codes of the admin chain, governorate first."""
        return tuple(unit.pcode for unit in self.admin)

    def lies_in(self, pcode: str) -> bool:
        """Tell whether the place is, or lies in, the admin unit with this P-code."""
        return pcode == self.id or pcode in self.pcodes or pcode == "SY"


def prominence(place: Place) -> float:
    """Return how well known a place is likely to be, 0 to 1: for the order of lists, never for confidence.

    A settlement with a known population has the decimal logarithm of it over 7, so that ten million is 1.
    Areas go by their level, everything else is 0.2.
    """
    if place.kind in _PROMINENCE:
        return _PROMINENCE[place.kind]
    return min(1.0, max(0.2, math.log10(place.population) / 7)) if place.population else 0.2
