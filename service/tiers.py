"""Tiers: how much of a sensitive place's position a caller may have.

* ``full``: where it is.
* ``partner``: the middle of its cell of 0.01 degrees, about 1 km.
* ``public``: the middle of its cell of 0.1 degrees, about 11 km.

The sides are steps of GBIF's guide for sensitive species (Chapman 2020, doi:10.15468/doc-5jp4-5g10).
"""

from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

from flask import current_app

if TYPE_CHECKING:
    from service.state import State

__all__ = ["CELL_DEG", "TIERS", "Seen", "Tier", "seen"]

Tier = Literal["full", "partner", "public"]
#: From what tells most to what tells least.
TIERS: tuple[Tier, ...] = get_args(Tier)
#: The side in degrees of the cell that a sensitive place is put in the middle of; None where it isn't.
CELL_DEG: dict[Tier, float | None] = {"full": None, "partner": 0.01, "public": 0.1}

#: Stands in for what a tier sees, until the integrator's own.
Seen: TypeAlias = "State"


def seen() -> "State":
    """Return what the caller of the current request may see."""
    state: State = current_app.extensions["gazetteer.views"].here()
    return state
