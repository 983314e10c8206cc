"""Generalised places without what leads to where they are: ids that others use, and their names.

"osm:way/9" is the address of an exact position, and so is a number of GeoNames or a P-code, for whoever has
those tables. So a place in the middle of a cell is known by no other id than ours, which is made of its name
("cg:idlib-national-hospital"). Where it has none (:func:`without_addresses`) its id is that of its kind, its
cell and a number: "cell:hospital:35.95:36.65:1".

"Idlib National Hospital" says where it is even with its position hidden, and so do its spellings, an id made
of its name, a date on which it was destroyed, and a radius that is that of one town. So a place whose name is
withheld (:func:`withhold`) keeps its kind, its cell and the areas that hold the cell, and has in place of the
others:

* the name of its kind;
* such an id of its cell;
* no population and no dates. It is taken to have existed always: what lies near it is then, on a day before
  it was opened or after it was closed, found near all the same;
* the sources of all places whose names are withheld, so that everyone is credited and none tells it apart;
* a radius rounded up to 1, 2 or 5 times a power of ten, before that of the cell is added.

Places of one kind in one cell are numbered by what is shown of them: by name, then by radius. Those that are
alike in both differ in nothing that tells them apart. So the number says nothing else, and it holds for one
gazetteer file at one tier: a hash of the other id would last, and could be tried out until an id gives it.

That there are two hospitals in a cell is still said. Where a cell holds one that is known to be there, the
cell names it.
"""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from gazetteer.privacy.cells import cell_radius_m
from gazetteer.values import Place

#: What an id of ours begins with, which is made of a name: geodata/default/README.md.
_OURS: Final = "cg:"


def is_ours(place_id: str) -> bool:
    """Tell whether an id is made of a name, and so leads nowhere else."""
    return place_id.startswith(_OURS)


def without_addresses(places: Sequence[Place]) -> list[Place]:
    """Return the places in the same order, the generalised ones without ids that others use."""
    hidden = [place for place in places if place.generalised_to_deg is not None]
    return _with_ids_of_cells(places, {p.id: p for p in hidden if not is_ours(p.id)})


def withhold(places: Sequence[Place]) -> list[Place]:
    """Return the places in the same order, the generalised ones without what names them."""
    hidden = [place for place in places if place.generalised_to_deg is not None]
    sources = tuple(sorted({source for place in hidden for source in place.sources}))
    return _with_ids_of_cells(places, {place.id: _unnamed(place, sources) for place in hidden})


def _with_ids_of_cells(places: Sequence[Place], changed: Mapping[str, Place]) -> list[Place]:
    """Return the places in the same order, some of them changed; those have ids of their cells."""
    together: defaultdict[str, list[str]] = defaultdict(list)
    for old, place in changed.items():
        latitude, longitude = place.position.latitude, place.position.longitude
        together[f"cell:{place.kind}:{latitude:.9g}:{longitude:.9g}"].append(old)
    found: dict[str, Place] = {}
    for cell, olds in together.items():
        olds.sort(key=lambda old: (changed[old].name, changed[old].name_ar, changed[old].uncertainty_m))
        found |= {old: replace(changed[old], id=f"{cell}:{n}") for n, old in enumerate(olds, start=1)}
    return [found.get(place.id, place) for place in places]


def _unnamed(place: Place, sources: tuple[str, ...]) -> Place:
    cell_m = cell_radius_m(place.position, degrees=place.generalised_to_deg or 0.0)
    return replace(
        place,
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
