"""The places that a string may mean, as a person reads them."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from gazetteer.enrich.plan import ALTERNATIVES, GAZ_COLUMNS
from gazetteer.errors import NotFoundError
from gazetteer.lookups import GazetteerInfo
from gazetteer.privacy.cells import generalised_words
from gazetteer.review.strings import collapsed
from gazetteer.values import Place

_AT = {name: at for at, name in enumerate(GAZ_COLUMNS)}


class Reviewed(Protocol):
    """The part of a gazetteer that a review needs; an open ``Gazetteer`` is one."""

    def place(self, place_id: str) -> Place:
        """Return a place by id, or raise NotFoundError."""

    def info(self) -> GazetteerInfo:
        """Return what the file holds."""

    def places(self) -> Iterator[Place]:
        """Yield every place."""

    def outlines(self, *, level: int) -> tuple[tuple[str, bytes], ...]:
        """Return P-code and shape of every area of a level; empty without polygons."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A candidate as it is shown: its id is empty where it was computed and is no place of the gazetteer."""

    id: str
    name: str
    kind: str
    area: str
    position: str
    confidence: str


def candidates(values: tuple[Any, ...]) -> list[dict[str, Any]]:
    """Return the places that a row may mean, the best first, at most five, as in ``gaz_alternatives``."""
    others: list[dict[str, Any]] = list(values[_AT["gaz_alternatives"]] or ())
    if several := values[_AT["gaz_places"]]:
        ids = {one["place_id"] for one in several}
        return [*several, *(one for one in others if one["place_id"] not in ids)][:ALTERNATIVES]
    if values[_AT["gaz_place_id"]] is None:
        return others[:ALTERNATIVES]
    names = ("place_id", "name", "kind", "latitude", "longitude", "uncertainty_m", "confidence")
    best = {name: values[_AT[f"gaz_{name}"]] for name in names}
    return [best, *others][:ALTERNATIVES]


def listed(gazetteer: Reviewed, found: list[dict[str, Any]]) -> list[Candidate]:
    """Return candidates as they are shown."""
    return [_shown(known_place(gazetteer, one["place_id"]), one) for one in found]


def _shown(place: Place | None, one: dict[str, Any]) -> Candidate:
    return Candidate(
        id="" if place is None else place.id,
        name=collapsed(one["name"]),
        kind="point" if place is None else place.kind.value,
        area="" if place is None else areas_of(place),
        position=_position(place, one),
        confidence="" if one["confidence"] is None else _cut(one["confidence"]),
    )


def _position(place: Place | None, one: dict[str, Any]) -> str:
    side = one.get("generalised_to_deg") if place is None else place.generalised_to_deg
    words = "" if side is None else f", {generalised_words(side)}"
    return f"{one['latitude']:.5f}, {one['longitude']:.5f}{words}"


def _cut(confidence: float) -> str:
    """Write a confidence with two decimals, cut and not rounded: 0.699 is short of the limit of 0.70."""
    return f"{math.floor(confidence * 100 + 1e-9) / 100:.2f}"


def known_place(gazetteer: Reviewed, place_id: str) -> Place | None:
    """Return a place of the gazetteer; None for a point that was computed."""
    try:
        return gazetteer.place(place_id)
    except NotFoundError:
        return None


def areas_of(place: Place) -> str:
    """Return the names of the areas that a place lies in, the narrowest first, each name once."""
    return ", ".join(dict.fromkeys(unit.name for unit in reversed(place.admin) if unit.pcode != place.id))
