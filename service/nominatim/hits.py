"""What was found, before it is written in any format."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gazetteer.country import pcode_kind
from gazetteer.kinds import PlaceKind
from gazetteer.values import AdminUnit, Place

__all__ = ["Hit", "is_in_country", "place_tags"]


@dataclass(frozen=True, slots=True)
class Hit:
    """A place that answers a question.

    Parameters
    ----------
    place
        The place.
    admin
        The areas that it lies in, governorate first.
    tags
        What `extratags` say of it: how it was found, and how sure that is.
    """

    place: Place
    admin: tuple[AdminUnit, ...]
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_in_country(self) -> bool:
        """Whether it may be said to lie in the country."""
        return is_in_country(self.place)


def is_in_country(place: Place) -> bool:
    """Tell whether a place may be said to lie in the country: a computed point only where areas hold it."""
    return place.kind is not PlaceKind.POINT or bool(place.admin)


def place_tags(place: Place) -> dict[str, str]:
    """Return what `extratags` say of any place. Nominatim's clients expect text, so numbers are text too."""
    tags = {"kind": place.kind.value, "uncertainty_m": f"{place.uncertainty_m:.0f}"}
    if place.kind is not PlaceKind.POINT:  # a computed point isn't in the gazetteer
        tags["gazetteer_id"] = place.id
    if pcode_kind(place.id):
        tags["pcode"] = place.id
    if place.population is not None:
        tags["population"] = str(place.population)
    for name in ("valid_from", "valid_to"):
        if value := getattr(place, name):
            tags[name] = value
    if place.generalised_to_deg is not None:
        tags["generalised_to_deg"] = f"{place.generalised_to_deg:g}"
    return tags
