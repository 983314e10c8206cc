"""Rows of the file to places, with their admin chains put together."""

from gazetteer.coords import LatLon
from gazetteer.places import AdminUnit, Place, PlaceKind
from gazetteer.store.reader import GazetteerReader

__all__ = ["load_places"]


def load_places(reader: GazetteerReader) -> tuple[Place, ...]:
    """Return every place of a file, in its order.

    The chain of a place is the one its source states, each step named as the unit itself is named.
    """
    rows = reader.places()
    kinds = {kind.value: kind for kind in PlaceKind}
    units: dict[str | None, AdminUnit] = {}
    for row in rows:
        level = kinds[row[4]].admin_level
        if level:
            units[row[1]] = AdminUnit(level, row[1], row[2], row[3])
    places = []
    chains: dict[tuple[str | None, ...], tuple[AdminUnit, ...]] = {}
    for (
        _, place_id, name, name_ar, kind, latitude, longitude, uncertainty_m, population,
        adm1, adm2, adm3, _, method, valid_from, valid_to, sensitive, sources,
    ) in rows:  # fmt: skip
        codes = (adm1, adm2, adm3)
        if codes not in chains:
            chains[codes] = tuple(units[code] for code in codes if code in units)
        places.append(
            Place(
                place_id, name, name_ar, kinds[kind], LatLon(latitude, longitude), uncertainty_m, population,
                chains[codes], method, tuple(sources.split("|")), valid_from, valid_to, bool(sensitive),
            )
        )  # fmt: skip
    return tuple(places)
