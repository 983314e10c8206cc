"""What a gazetteer file holds, in memory: places by id, area and box, spellings, shapes, areas of points.

This is the half of :class:`~gazetteer.gazetteer.Gazetteer` that looks things up: everything here has one
answer, or none. What has to be weighed, a spelling above all, is in the other half.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from copy import copy
from functools import cache, cached_property
from typing import TYPE_CHECKING, Self

from gazetteer.answers import AreasAnswer, ReverseAnswer
from gazetteer.errors import GazetteerFileError, InputError, NotFoundError
from gazetteer.geodesy import BoundingBox, LatLon
from gazetteer.index.admin import AdminIndex, areas_of
from gazetteer.index.names import NameIndex
from gazetteer.index.positions import PositionIndex
from gazetteer.index.prefixes import PrefixIndex
from gazetteer.info import GazetteerInfo
from gazetteer.kinds import PlaceKind
from gazetteer.names.fold import fold
from gazetteer.privacy.view import EVERYTHING, View, fingerprint
from gazetteer.privacy.withhold import is_withheld
from gazetteer.reading.candidates import area_named
from gazetteer.store.loading import ids_of_places, load_places
from gazetteer.store.reader import GazetteerReader
from gazetteer.store.schema import REBUILD
from gazetteer.values import Place, Spelling

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from gazetteer.index.areas import AreaIndex

#: What to write where an area is asked for.
AREA_HINT = "use the name or P-code of a governorate, district or sub-district"


class Contents:
    """What a gazetteer file holds.

    Parameters
    ----------
    reader
        The file, opened.
    """

    def __init__(self, reader: GazetteerReader) -> None:
        self._reader = reader
        self._view = EVERYTHING
        self._places = load_places(reader)
        self._by_id = ids_of_places(reader, self._places)
        self._names = _names_of(reader, self._places)

    def _seen_as(self, view: View) -> Self:
        """Return the same file, seen otherwise; what is made from all its places isn't taken along."""
        areas = self._areas
        known = self._places if self._view == EVERYTHING else load_places(self._reader)
        other = copy(self)
        for name in list(vars(other)):
            if name != "_areas" and isinstance(getattr(type(self), name, None), cached_property):
                del other.__dict__[name]
        # Areas are found from the places that aren't sensitive: nothing may be computed from the others.
        told = [place for place in known if not view.is_sensitive(place)]
        towns = cache(lambda: PositionIndex(place for place in told if place.kind.group == "settlement"))
        admin = AdminIndex(told, towns, areas)
        seen = view.of(known, areas_at=lambda point: admin.at(point)[:2])
        other._view = view
        other._by_id = ids_of_places(self._reader, seen)
        other._places = _by_id(seen)
        if view.names_withheld:
            other._names = _names_of(self._reader, seen)
        return other

    def names(self) -> Iterator[tuple[Place, str]]:
        """Yield every spelling with its place."""
        for place, text, _ in self._names.spellings:
            yield self._places[place], text

    def __repr__(self) -> str:
        return f"<Gazetteer {self._reader.path.name}: {len(self._places):,} places>"

    def check(self) -> None:
        """Check that the file is still the one that was opened; what was read from it stays in use.

        Raises
        ------
        GazetteerFileError
            If it is gone, can't be read, was damaged or was replaced.
        """
        self._reader.check()

    @cached_property
    def _settlements(self) -> PositionIndex:
        return PositionIndex(p for p in self._places if p.kind.group == "settlement")

    @cached_property
    def _areas(self) -> "AreaIndex | None":
        """The polygons: the same for every view, since no admin unit is sensitive."""
        try:
            return areas_of(self._places, self._reader.areas())
        except InputError as error:
            raise GazetteerFileError(f"{self._reader.path} is damaged: {error}; {REBUILD}") from error

    @cached_property
    def _admin(self) -> AdminIndex:
        return AdminIndex(self._places, lambda: self._settlements, self._areas)

    @cached_property
    def _prefixes(self) -> PrefixIndex:
        return PrefixIndex(self._names.spellings, self._places)

    def area(self, text: str) -> Place:
        """Return the admin unit with this name or P-code; the broadest when several levels share it.

        Raises
        ------
        NotFoundError
            If there is none.
        """
        found = area_named(text, self._names, self._places)
        if not found:
            raise NotFoundError(f"no area is called {text!r}: {AREA_HINT}")
        return min(found, key=lambda place: place.kind.admin_level or 0)

    def place(self, place_id: str) -> Place:
        """Return the place with this id.

        Raises
        ------
        NotFoundError
            If there is none.
        """
        try:
            return self._by_id[place_id]
        except KeyError:
            raise NotFoundError(f"no place has the id {place_id!r} in {self._reader.path.name}") from None

    def places(
        self,
        *,
        kinds: Collection[PlaceKind] | None = None,
        area: str | None = None,
        bbox: BoundingBox | None = None,
    ) -> Iterator[Place]:
        """Yield places in the order of their ids.

        Parameters
        ----------
        kinds
            Only these kinds.
        area
            Only what lies in the admin unit with this P-code.
        bbox
            Only what lies in this box.
        """
        for place in self._places:
            if kinds is not None and place.kind not in kinds:
                continue
            if area is not None and not place.lies_in(area):
                continue
            if bbox is not None and not bbox.contains(place.position):
                continue
            yield place

    def spellings(self, place_id: str) -> tuple[Spelling, ...]:
        """Return every spelling of a place, with its source.

        Raises
        ------
        NotFoundError
            If no place has this id.
        """
        return self._reader.spellings_of(self.place(place_id).id)  # of a withheld name the file knows no id

    def suggest(
        self, text: str, *, kinds: Collection[PlaceKind] | None = None, limit: int = 10
    ) -> tuple[tuple[Place, str], ...]:
        """Return places with a spelling that begins with `text`, for a list to choose from while typing.

        Parameters
        ----------
        text
            The beginning of a name, or of a word in it, in either script.
        kinds
            Only these kinds.
        limit
            How many at most.

        Returns
        -------
        tuple of (Place, str)
            Each place with the spelling that matched, the likeliest to be meant first; this is no resolution.
        """
        return tuple(self._prefixes.starting(fold(text), kinds=kinds, limit=limit))

    def outlines(self, *, level: int, simplified: bool = True) -> tuple[tuple[str, bytes], ...]:
        """Return the P-code and the shape, as WKB with longitude first, of every area of a level, 0 to 3.

        Empty where the file has no polygons. Simplified shapes are made for maps.
        """
        return tuple((code, wkb) for code, _, wkb in self._reader.areas(level=level, simplified=simplified))

    def outline(self, pcode: str, *, simplified: bool = True) -> bytes | None:
        """Return the shape of an admin unit as WKB, longitude first; None where the file has none for it."""
        try:
            return self._reader.area(pcode, simplified=simplified)
        except NotFoundError:
            return None

    def reverse(self, position: LatLon) -> ReverseAnswer:
        """Return the areas round a point and the nearest settlement.

        Where the file has polygons they decide, exactly, and a point that none covers is outside the
        country; a point on a border belongs to the unit with the lowest P-code. Without polygons the
        areas are those of the nearest place that states its own.

        Raises
        ------
        GazetteerFileError
            If the polygons cannot be read from the file.
        """
        chain, method, outside = self._admin.at(position)
        nearest = self._settlements.nearest(position)
        place, metres = nearest or (None, None)
        return ReverseAnswer(position, chain, method, place, metres, outside)

    def areas_at(self, latitudes: "ArrayLike", longitudes: "ArrayLike") -> AreasAnswer:
        """Return the areas round many points, each as :meth:`reverse` gives them.

        Parameters
        ----------
        latitudes, longitudes
            Degrees, as lists, arrays or columns of one length.

        Returns
        -------
        AreasAnswer
            In the order of the points. A million take some seconds at most.

        Raises
        ------
        CoordinateError
            If one is not a position, naming its row, or the lengths differ.
        GazetteerFileError
            If the polygons cannot be read from the file.
        """
        return self._admin.at_many(latitudes, longitudes)

    def info(self) -> GazetteerInfo:
        """Return what the file holds and where it came from."""
        manifest = self._reader.manifest
        counts: dict[str, int] = {}
        for place in self._places:
            counts[place.kind.value] = counts.get(place.kind.value, 0) + 1
        return GazetteerInfo(
            self._reader.path,
            int(manifest["schema_version"]),
            self._content_hash,
            dict(sorted(counts.items())),
            self._reader.sources(),
            self._view.degrees,
            self._view.names_withheld,
        )

    @cached_property
    def _content_hash(self) -> str:
        if self._view == EVERYTHING:
            return self._reader.content_hash
        return fingerprint(
            self._places,
            ids=sorted(self._by_id),
            spellings=(
                (place_id, *spelling)
                for place_id, *spelling in self._reader.spellings_by_id()
                if place_id in self._by_id
            ),
            areas=self._reader.areas(),
            sources=self._reader.sources(),
        )


def _by_id(places: Iterable[Place]) -> tuple[Place, ...]:
    return tuple(sorted(places, key=lambda place: place.id))


def _names_of(reader: GazetteerReader, places: Sequence[Place]) -> NameIndex:
    """Return the index of the spellings that aren't withheld; `places` are in the order of the file."""
    numbers = {place.id: number for number, place in enumerate(_by_id(places))}
    spellings: list[tuple[int, str, str]] = []
    kept: dict[int, int] = {}
    for fid, place, text, folded, *_ in reader.spellings():
        if not is_withheld(places[place - 1]):
            kept[fid] = len(spellings)
            spellings.append((numbers[places[place - 1].id], text, folded))
    return NameIndex(spellings, ((key, kept[fid]) for key, fid in reader.name_keys() if fid in kept))
