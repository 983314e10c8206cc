"""Generalised places without what names them.

"Idlib National Hospital" says where it is even with its position hidden, and so do its spellings, its id
("cg:idlib-national-hospital", or the number of a map's object), a date on which it was destroyed, and a
radius that is that of one town. So a place whose name is withheld keeps its kind, its cell and the areas that
hold the cell, and has in place of the others:

* the name of its kind;
* an id of its kind, its cell and a number: "cell:hospital:35.95:36.65:1";
* no population and no dates. It is taken to have existed always: what lies near it is then, on a day before
  it was opened or after it was closed, found near all the same;
* the sources of all places whose names are withheld, so that everyone is credited and none tells it apart;
* a radius rounded up to 1, 2 or 5 times a power of ten, before that of the cell is added.

Places of one kind in one cell are numbered by their radius; those with the same radius differ in nothing. So
the number says nothing of the order of their names.

That there are two hospitals in a cell is still said. Where a cell holds one that is known to be there, the
cell names it.
"""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from gazetteer.privacy.cells import cell_radius_m
from gazetteer.values import Place

_PREFIX: Final = "cell:"


def is_withheld(place: Place) -> bool:
    """Tell whether a place's name is withheld."""
    return place.id.startswith(_PREFIX)


def withhold(places: Sequence[Place]) -> list[Place]:
    """Return the places in the same order, the generalised ones without what names them."""
    hidden = [place for place in places if place.generalised_to_deg is not None]
    sources = tuple(sorted({source for place in hidden for source in place.sources}))
    unnamed = {place.id: _unnamed(place, sources) for place in hidden}
    together: defaultdict[str, list[str]] = defaultdict(list)
    for old, place in unnamed.items():
        together[place.id].append(old)
    for olds in together.values():
        olds.sort(key=lambda old: unnamed[old].uncertainty_m)
        for number, old in enumerate(olds, start=1):
            unnamed[old] = replace(unnamed[old], id=f"{unnamed[old].id}:{number}")
    return [unnamed.get(place.id, place) for place in places]


def _unnamed(place: Place, sources: tuple[str, ...]) -> Place:
    cell_m = cell_radius_m(place.position, degrees=place.generalised_to_deg or 0.0)
    return replace(
        place,
        id=f"{_PREFIX}{place.kind}:{place.position.latitude:.9g}:{place.position.longitude:.9g}",
        name=place.kind.value.replace("_", " "),
        name_ar=place.kind.name_ar,
        uncertainty_m=_rounded_up(place.uncertainty_m - cell_m) + cell_m,
        population=None,
        sources=sources,
        valid_from=None,
        valid_to=None,
    )


def _rounded_up(metres: float) -> float:
    """Return the next of 1, 2, 5, 10, 20, 50… metres; what is short of it by a rounding error is it."""
    step = 10.0 ** math.floor(math.log10(max(metres, 1.0)))
    return next(step * factor for factor in (1, 2, 5, 10) if metres <= step * factor + 1e-6)
