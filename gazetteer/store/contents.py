"""What a gazetteer file holds, in memory, as a view shows it: places, names, areas, and their indexes.

Here is what has one answer, or none; what has to be weighed, a spelling above all, is
:mod:`gazetteer.reading`'s. The indexes of positions and of polygons are made when they are first asked.
"""

from collections.abc import Sequence
from dataclasses import astuple, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

from gazetteer.errors import GazetteerFileError, InputError
from gazetteer.geodesy import LatLon
from gazetteer.index.names import NameIndex
from gazetteer.index.prefixes import PrefixIndex
from gazetteer.kinds import PlaceKind
from gazetteer.privacy.view import EVERYTHING, View, fingerprint
from gazetteer.store.reader import GazetteerReader
from gazetteer.store.schema import REBUILD, PlaceRow
from gazetteer.values import AdminUnit, Place, Spelling

if TYPE_CHECKING:
    from gazetteer.index.areas import AreaIndex
    from gazetteer.index.positions import AdminIndex

#: Where the id and the ids of the sources stand in a row of a place.
_ID: Final = 1
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
        goes by its P-code, and "geonames:169389" finds it all the same. One in the middle of a cell goes by
        no other id than its own, which may be another than in the file.
    names
        Their spellings, but for those that are withheld; numbers are positions in `places`.
    renamed
        The ids of places by those in the file, where they are others.
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
            for other in () if place.generalised_to_deg is not None else row[_SOURCE_IDS].split("|"):
                self.by_id.setdefault(other, place)
        self.renamed = {row[_ID]: p.id for p, row in zip(seen, rows, strict=True) if p.id != row[_ID]}
        self._in_file = {} if view.names_withheld else {own: old for old, own in self.renamed.items()}
        if base is not None and not view.names_withheld and not self.renamed:
            self.names: NameIndex = base.names
        else:
            self.names = _names_of(reader, seen, self.places, withheld=view.names_withheld)

    def seen(self, view: View) -> "Contents":
        """Return the contents with what a view hides hidden too."""
        return Contents(self.reader, self.view | view, self)

    def spellings_of(self, place_id: str) -> tuple[Spelling, ...]:
        """Return the spellings of a place, by its own id; empty where they are withheld."""
        spellings = self.reader.spellings_of(self._in_file.get(place_id, place_id))
        return tuple(
            replace(one, namesake=self.renamed[one.namesake]) if one.namesake in self.renamed else one
            for one in spellings
        )

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
            spellings=((p.id, *astuple(one)) for p in self.places for one in self.spellings_of(p.id)),
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


def _names_of(
    reader: GazetteerReader, places: Sequence[Place], ordered: Sequence[Place], *, withheld: bool
) -> NameIndex:
    """Return the index of the spellings, of generalised places unless they are withheld.

    `places` are in the order of the file, `ordered` in that of the index.
    """
    numbers = {place.id: number for number, place in enumerate(ordered)}
    spellings: list[tuple[int, str, str]] = []
    kept: dict[int, int] = {}
    for fid, place, text, folded, *_ in reader.spellings():
        if not withheld or places[place - 1].generalised_to_deg is None:
            kept[fid] = len(spellings)
            spellings.append((numbers[places[place - 1].id], text, folded))
    return NameIndex(spellings, ((key, kept[fid]) for key, fid in reader.name_keys() if fid in kept))
