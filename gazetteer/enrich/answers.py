"""The answer to what a row says of its place, as a value and as a line of text.

Resolving is what costs time in enriching, and a mention's answer depends on nothing but the mention, the
plan and the gazetteer. So answers are what other processes work out and what a checkpoint keeps. Every answer
goes through text once, wherever it was made, so that nothing can differ.
"""

import contextlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from gazetteer.enrich.added import ALTERNATIVES, name_values
from gazetteer.enrich.plan import Plan
from gazetteer.errors import NotFoundError
from gazetteer.geodesy import LatLon
from gazetteer.incidents.notes import Geoparses, Noted, resolve_with_notes
from gazetteer.incidents.row import Mention
from gazetteer.values import Place


@dataclass(frozen=True, slots=True)
class Spot:
    """The place that a name means, for its point's check: its id, its position and its radius in metres.

    `generalised_to_deg` is the side of the cell that it was generalised to, in degrees.
    """

    id: str
    position: LatLon
    uncertainty_m: float
    generalised_to_deg: float | None = None

    @classmethod
    def of(cls, place: Place) -> "Spot":
        """Return what is kept of a place."""
        return cls(place.id, place.position, place.uncertainty_m, place.generalised_to_deg)


@dataclass(frozen=True, slots=True)
class Named:
    """The values of the added columns about a name, and the place that it means, or the several.

    `text` has those of :data:`~gazetteer.enrich.added.TEXT_COLUMNS`.
    """

    values: tuple[object, ...]
    spots: tuple[Spot, ...]
    text: tuple[object, ...] = (None, None)


class KnowsNames(Geoparses, Protocol):
    """The part of a gazetteer that answers need."""


#: Takes mentions, all different, and yields their answers in the same order.
Ask = Callable[[Sequence[Mention]], Iterator[Named]]


def answer(gazetteer: KnowsNames, plan: Plan, mention: Mention) -> str:
    """Resolve what a row says of its place; where it names none, take the narrowest area that it names.

    Returns
    -------
    str
        JSON, in one line without its end.
    """
    noted = Noted(None)
    if mention.is_valid or mention.notes:
        noted = resolve_with_notes(
            gazetteer, mention, limit=ALTERNATIVES + 1, min_confidence=plan.min_confidence
        )
    found = noted.answer
    places: list[Place] = []
    if found is not None:
        places = [match.place for match in ((found.best,) if found.best else found.places)]
    if not mention.names and not places and plan.has_points and (area := _area(gazetteer, mention.areas)):
        places = [area]
    spots = [
        (p.id, p.position.latitude, p.position.longitude, p.uncertainty_m, p.generalised_to_deg)
        for p in places
    ]
    text = noted.words or None, noted.reason or None
    return json.dumps([name_values(found), spots, text], separators=(",", ":"))


def _area(gazetteer: KnowsNames, names: Sequence[str]) -> Place | None:
    for name in names:
        with contextlib.suppress(NotFoundError):
            return gazetteer.area(name)
    return None


def read_answer(text: str) -> Named:
    """Return the answer that a line of :func:`answer` holds."""
    values, spots, notes = json.loads(text)
    return Named(
        tuple(values),
        tuple(
            Spot(place_id, LatLon(latitude, longitude), uncertainty_m, generalised_to_deg)
            for place_id, latitude, longitude, uncertainty_m, generalised_to_deg in spots
        ),
        tuple(notes),
    )
