"""Coordinates that a table brings, of a row that says that it is at a sensitive place.

"National hospital, Idlib" with coordinates is the position of a hospital, whoever wrote it down. Below tier
full such a row stands in the middle of its cell, as the place itself does, and without what may hold its
coordinates. Whether a row is one hangs on its words alone and never on where the gazetteer has a hospital, or
somebody who may store rows could find one by seeing which of them are moved. In doubt it is one.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Final

from gazetteer.incidents import Incident
from gazetteer.incidents.columns import find_columns, normal_name, own_columns
from gazetteer.kinds import PlaceKind
from gazetteer.names.fold import fold
from gazetteer.names.words import kinds_in_words
from gazetteer.privacy.cells import cell_centre, cell_radius_m
from gazetteer.values import Place
from service.incident_store.rows import kept_cells

__all__ = ["SHAPES", "Sensitive", "in_its_cell", "without_coordinates"]

#: How formats and programs call the column of a feature's shape.
SHAPES = ("geometry", "feature_geometry", "geom", "the_geom", "wkb_geometry", "wkt", "shape")
#: Words of places of a kind beside those that names are matched by, folded: more of them do no harm here.
_WORDS: Final[dict[PlaceKind, str]] = {
    PlaceKind.HOSPITAL: "hosp health medical surgical surgery maternity ambulance dialysis m1 m2 m3 m10 "
    "صحي صحيه طبي طبيه جراحي اسعاف مشافي توليد",
    PlaceKind.CLINIC: "polyclinic health medical infirmary صحي صحيه طبي طبيه عيادات",
    PlaceKind.PRISON: "prison prisons jail detention سجن سجون معتقل",
    PlaceKind.MILITARY_BASE: "military army base barracks brigade regiment لواء فوج قاعده ثكنه",
    PlaceKind.AIR_BASE: "airport airfield مطار",
    PlaceKind.BORDER_CROSSING: "border معبر",
    PlaceKind.OIL_FIELD: "oil gas refinery حقل",
    PlaceKind.POWER_PLANT: "power electricity station محطه كهربا",
    PlaceKind.LANDMARK: "station محطه",
}
_KINDS_OF: Final = {
    word: frozenset(kind for kind in _WORDS if word in _WORDS[kind].split())
    for word in {word for words in _WORDS.values() for word in words.split()}
}
#: What stands before an Arabic noun as a part of its word: the article, alone or with and, in, as, for.
_ARTICLE: Final = re.compile(r"^(?:وال|بال|فال|كال|لل|ال|ب|ل|و)(?=.{2})")
#: How a column of coordinates is called, in words that are joined by "_".
_COLUMN: Final = re.compile(
    r"(?:^|_)(?:lat|latitude|lon|long|lng|longitude|latlon|gps|geom|geometry|point|coords?|coordinates?|wkt|wkb"
    r"|mgrs|utm|plus_?code|map|[xy])(?:_|\d|$)"
)
#: What a cell has that holds coordinates: three decimals, about 100 m, or degrees and minutes.
_PRECISE: Final = re.compile(r"\d[.,٫]\d{3}|[°º′]|\d\s*[NSEW]\b")


class Sensitive:
    """What makes a row one that is at a sensitive place.

    Parameters
    ----------
    kinds
        The kinds of sensitive places.
    names
        Places and their spellings; those of sensitive ones count.
    """

    def __init__(self, kinds: Collection[PlaceKind], names: Iterable[tuple[Place, str]]) -> None:
        self._kinds = frozenset(kinds)
        self._spellings = frozenset(fold(text) for place, text in names if place.sensitive)
        self._names_one = lru_cache(maxsize=16_384)(self._is_in)  # names come again and again

    def has(self, incident: Incident) -> bool:
        """Tell whether a row says, by a kind's word or by a name, that it is at a sensitive place."""
        return any(self._names_one(name) for name in (*incident.names, incident.place) if name)

    def _is_in(self, name: str) -> bool:
        if not _kinds_in(name).isdisjoint(self._kinds):
            return True
        return any(fold(part) in self._spellings for part in (name, *re.split(r"[,،(;/–-]", name)))


def in_its_cell(incident: Incident, degrees: float) -> Incident:
    """Return an incident that has a position in the middle of its cell."""
    if incident.position is None:
        return incident
    centre = cell_centre(incident.position, degrees=degrees)
    return replace(
        incident,
        position=centre,
        uncertainty_m=incident.uncertainty_m + cell_radius_m(centre, degrees=degrees),
        generalised_to_deg=degrees,
        radius_from="column",
    )


def without_coordinates(row: Mapping[str, str]) -> Mapping[str, str]:
    """Return a row without the cells that may hold coordinates, by their column's name or their text."""
    hidden = _of_coordinates(tuple(row))
    kept = [name for name, cell in row.items() if name not in hidden and not _PRECISE.search(cell)]
    return row if len(kept) == len(row) else kept_cells(row, kept)


@lru_cache(maxsize=8192)
def _kinds_in(name: str) -> frozenset[PlaceKind]:
    """Return all kinds that a name's words tell of: "Al-Quds Hospital, Sukkari neighbourhood" of two."""
    words = fold(name).split()
    bare = [_ARTICLE.sub("", word) for word in words]
    found: set[PlaceKind] = set()
    for read in (words, bare):
        found |= {PlaceKind(kind) for kind in kinds_in_words(tuple(read))}
        found |= {kind for word in read for kind in _KINDS_OF.get(word, ())}
    return frozenset(found)


@lru_cache(maxsize=64)
def _of_coordinates(columns: tuple[str, ...]) -> frozenset[str]:
    found = find_columns(own_columns(columns))
    named = {name for name in (found.latitude, found.longitude) if name is not None}
    return frozenset(
        named | {name for name in columns if normal_name(name) in SHAPES or _COLUMN.search(normal_name(name))}
    )
