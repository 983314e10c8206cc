"""Rows of the file to places, with their admin chains put together."""

from collections.abc import Sequence

from gazetteer.geodesy import LatLon
from gazetteer.kinds import PlaceKind
from gazetteer.privacy.withhold import is_withheld
from gazetteer.store.reader import GazetteerReader
from gazetteer.values import AdminUnit, Place


def load_places(reader: GazetteerReader) -> tuple[Place, ...]:
    """Return every place of a file, in its order.

    The chain of a place is the one its source states; where none is stated and the method is "within", the
    one of the sub-district whose polygon holds it. Each step is named as the unit itself is named.
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
        adm1, adm2, adm3, computed, method, valid_from, valid_to, sensitive, sources, _, _,
    ) in rows:  # fmt: skip
        codes = (adm1, adm2, adm3)
        if method == "within" and computed:
            # A code begins with those of the units above it: SY07, SY0704, SY070401.
            codes = (computed[:4], computed[:6], computed)
        if codes not in chains:
            chains[codes] = tuple(units[code] for code in codes if code in units)
        places.append(
            Place(
                place_id, name, name_ar, kinds[kind], LatLon(latitude, longitude), uncertainty_m, population,
                chains[codes], method, tuple(sources.split("|")), valid_from, valid_to, bool(sensitive),
            )
        )  # fmt: skip
    return tuple(places)


def ids_of_places(reader: GazetteerReader, places: Sequence[Place]) -> dict[str, Place]:
    """Return every place by its id and by the ids that its sources know it by.

    A place that several sources have goes by its P-code; "geonames:169389" finds it all the same. One whose
    name is withheld goes by no other id.

    Parameters
    ----------
    reader
        The file.
    places
        Its places, as they are seen, in its order.
    """
    by_id = {place.id: place for place in places}
    for place, ids in zip(places, reader.source_ids(), strict=True):
        for other in () if is_withheld(place) else ids:
            by_id.setdefault(other, place)
    return by_id
