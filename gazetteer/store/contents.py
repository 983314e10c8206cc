"""What a gazetteer file holds, in memory, as a view shows it: places, names, areas, and their indexes.

Here is what has one answer, or none; what has to be weighed, a spelling above all, is
:mod:`gazetteer.reading`'s. The indexes of positions and of polygons are made when they are first asked.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Final

from gazetteer.errors import GazetteerFileError, InputError
from gazetteer.geodesy import LatLon
from gazetteer.index.names import NameIndex
from gazetteer.index.prefixes import PrefixIndex
from gazetteer.kinds import PlaceKind
from gazetteer.privacy.view import EVERYTHING, View, fingerprint
from gazetteer.privacy.withhold import is_withheld
from gazetteer.store.reader import GazetteerReader
from gazetteer.store.schema import REBUILD, PlaceRow
from gazetteer.values import AdminUnit, Place

if TYPE_CHECKING:
    from gazetteer.index.areas import AreaIndex
    from gazetteer.index.positions import AdminIndex

#: Where the ids of the sources stand in a row of a place.
_SOURCE_IDS: Final = 18


class Contents:
    """What a file holds.

    Parameters
    ----------
    reader
        The file, opened.
    view
        What of it is seen, and how.
    base
        The contents of the same file in another view, whose polygons and names serve where they are the same.

    Attributes
    ----------
    places
        In the order of their ids.
    by_id
        The same by their ids, and by those that their sources know them by: a place that several sources have
        goes by its P-code, and "geonames:169389" finds it all the same. One whose name is withheld goes by no
        other id.
    names
        Their spellings, but for those that are withheld; numbers are positions in `places`.
    """

    def __init__(
        self, reader: GazetteerReader, view: View = EVERYTHING, base: "Contents | None" = None
    ) -> None:
        self.reader, self.view = reader, view
        rows = reader.places()
        seen = _places_of(rows)
        self.places = tuple(seen)  # of which the areas are made
        if base is not None:
            self.areas = base.areas
        if view != EVERYTHING:
            seen = self._as_seen(seen)
        self.places = tuple(sorted(seen, key=lambda place: place.id))
        self.by_id = {place.id: place for place in seen}
        for place, row in zip(seen, rows, strict=True):
            for other in () if is_withheld(place) else row[_SOURCE_IDS].split("|"):
                self.by_id.setdefault(other, place)
        if base is not None and not view.names_withheld:
            self.names: NameIndex = base.names
        else:
            self.names = _names_of(reader, seen, self.places)

    def seen(self, view: View) -> "Contents":
        """Return the contents with what a view hides hidden too."""
        return Contents(self.reader, self.view | view, self)

    def _as_seen(self, places: Sequence[Place]) -> list[Place]:
        from gazetteer.index.positions import AdminIndex
        from gazetteer.points import Points

        # Areas are found from the places that aren't sensitive: nothing may be computed from the others.
        told = AdminIndex([place for place in places if not self.view.is_sensitive(place)], self.areas)
        return self.view.of(places, areas_at=lambda *degrees: told.at(Points.from_degrees(*degrees)))

    @cached_property
    def areas(self) -> "AreaIndex | None":
        """The polygons: the same for every view, since no admin unit is sensitive; None without any.

        A shape of a unit that is not among the places is left out, as there is no name to answer with: the
        wider unit answers instead.
        """
        units = {place.id for place in self.places if place.kind.group == "admin"}
        shapes = [shape for shape in self.reader.areas() if shape[0] in units or shape[1] == 0]
        if not shapes:
            return None
        from gazetteer.index.areas import AreaIndex

        try:
            return AreaIndex(shapes)
        except InputError as error:
            raise GazetteerFileError(f"{self.reader.path} is damaged: {error}; {REBUILD}") from error

    @cached_property
    def admin(self) -> "AdminIndex":
        """The admin units and the settlements by position."""
        from gazetteer.index.positions import AdminIndex

        return AdminIndex(self.places, self.areas)

    @cached_property
    def prefixes(self) -> PrefixIndex:
        """The spellings by how they begin."""
        return PrefixIndex(self.names, self.places)

    @cached_property
    def content_hash(self) -> str:
        """The hash of the file's contents, or of what the view leaves of them."""
        if self.view == EVERYTHING:
            return self.reader.content_hash
        return fingerprint(
            self.places,
            ids=sorted(self.by_id),
            spellings=(row for row in self.reader.spellings_by_id() if row[0] in self.by_id),
            areas=self.reader.areas(),
            sources=self.reader.sources(),
        )


def _places_of(rows: Sequence[PlaceRow]) -> list[Place]:
    """Return the places of a file's rows.

    The chain of a place is the one its source states; where none is stated and the method is "within", the
    one of the sub-district whose polygon holds it. Each step is named as the unit itself is named.
    """
    kinds = {kind.value: kind for kind in PlaceKind}
    levels = {kind.value: kind.admin_level for kind in PlaceKind}
    units: dict[str | None, AdminUnit] = {}
    for _, code, name, name_ar, kind, *_ in rows:
        if level := levels[kind]:
            units[code] = AdminUnit(level, code, name, name_ar)
    places = []
    chains: dict[tuple[str | None, ...], tuple[AdminUnit, ...]] = {}
    for (
        _, place_id, name, name_ar, kind, latitude, longitude, uncertainty_m, population,
        adm1, adm2, adm3, computed, method, valid_from, valid_to, sensitive, sources, _, _, basis,
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
                position_basis=basis,
            )
        )  # fmt: skip
    return places


def _names_of(reader: GazetteerReader, places: Sequence[Place], ordered: Sequence[Place]) -> NameIndex:
    """Return the index of the spellings that aren't withheld; `places` are in the order of the file."""
    numbers = {place.id: number for number, place in enumerate(ordered)}
    spellings: list[tuple[int, str, str]] = []
    kept: dict[int, int] = {}
    for fid, place, text, folded, *_ in reader.spellings():
        if not is_withheld(places[place - 1]):
            kept[fid] = len(spellings)
            spellings.append((numbers[places[place - 1].id], text, folded))
    return NameIndex(spellings, ((key, kept[fid]) for key, fid in reader.name_keys() if fid in kept))
