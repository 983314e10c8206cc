"""Tiers: how much of a sensitive place's position somebody may know, in the one table that says so.

* ``full``: where it is.
* ``partner``: the middle of its cell of 0.01 degrees, about 1 km.
* ``public``: the middle of its cell of 0.1 degrees, about 11 km.

The sides are steps of GBIF's guide for sensitive species (Chapman 2020, doi:10.15468/doc-5jp4-5g10).

Examples
--------
>>> CELL_DEG["public"]
0.1
"""

from typing import Literal, get_args

Tier = Literal["full", "partner", "public"]
#: From what tells most to what tells least.
TIERS: tuple[Tier, ...] = get_args(Tier)
#: The side in degrees of the cell that a sensitive place is put in the middle of; None where it isn't.
CELL_DEG: dict[Tier, float | None] = {"full": None, "partner": 0.01, "public": 0.1}
