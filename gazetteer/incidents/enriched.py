"""What enriching wrote into a row: the places that its name may mean, each with its confidence."""

import json
from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from gazetteer.geodesy import LatLon
from gazetteer.incidents.names import NamedPositions
from gazetteer.incidents.row import is_blank
from gazetteer.incidents.spots import Candidate, Fix, Manner, Several, exclusive
from gazetteer.kinds import PlaceKind

#: What tells the candidates of a name, beside position and place.
CANDIDATE_COLUMNS: Final = (
    "gaz_status", "gaz_kind", "gaz_confidence", "gaz_alternatives", "gaz_places", "gaz_generalised_to_deg",
)  # fmt: skip
#: What a text that is no list of places raises; a wrong coordinate is a ValueError too, and a number
#: of 400 digits an OverflowError.
NOT_PLACES: Final = (
    ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError,
)  # fmt: skip
_KINDS: Final = frozenset(PlaceKind)
#: Candidates, how they go together, and what of them can't be read.
Candidates = tuple[tuple[Candidate, ...], Manner, str]


def _fix_of(one: Mapping[str, Any], named: NamedPositions) -> Fix:
    """Return a place of ``gaz_places``; what is none raises ValueError, KeyError or TypeError."""
    radius_m = float(one["uncertainty_m"])
    if not 0.0 <= radius_m < np.inf:
        raise ValueError("no radius")
    side = one.get("generalised_to_deg")
    position = LatLon(float(one["latitude"]), float(one["longitude"]))
    return Fix(
        position,
        named.reach_m(str(one["place_id"]), radius_m),
        (),
        str(one["place_id"]),
        None if side is None else float(side),
        _kind_of(one.get("kind")),
    )


def _kind_of(word: object) -> PlaceKind | None:
    """Return the kind that a table says; None where it says none that is known."""
    return PlaceKind(str(word)) if word in _KINDS else None


def candidates_in(
    named: NamedPositions, place: str | Several, where: tuple[float, ...], *gaz: str
) -> Candidates:
    """Return the candidates of a name by the cells of :data:`CANDIDATE_COLUMNS`."""
    status, kind, confidence, alternatives, places, side = gaz
    if isinstance(place, Several):
        return places_in(places, named), "or" if place.either else "and", ""
    problem = ""
    found: list[Candidate] = []
    if where[0] < np.inf:
        try:
            share = 1.0 if is_blank(confidence) else _share(confidence)
        except ValueError:
            return (), "one", "gaz_confidence holds no probability from 0 to 1"
        # In a cell there is no middle, however wide it says that the cell is.
        kind = "" if not is_blank(side) else kind.strip()
        found.append(Candidate(Fix(LatLon(*where[:2]), where[2], (), place, None, _kind_of(kind)), share))
    if not is_blank(alternatives) and status.strip() != "several":
        try:
            found += places_in(alternatives, named)
        except NOT_PLACES:
            problem = "gaz_alternatives holds no list of places with their confidences"
    return exclusive(found), "one", problem


def places_in(text: str, named: NamedPositions) -> tuple[Candidate, ...]:
    """Return the places of a list in JSON with their confidences, or raise one of `NOT_PLACES`."""
    return tuple(Candidate(_fix_of(one, named), _share(one["confidence"])) for one in json.loads(text))


def _share(value: Any) -> float:
    """Return a probability, or raise ValueError or TypeError."""
    share = float(value)
    if not 0.0 <= share <= 1.0:
        raise ValueError("no share")
    return share
