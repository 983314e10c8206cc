"""The gazetteer that users hold: open, resolve, reverse, distance, places.

::

    from gazetteer import Gazetteer

    with Gazetteer.open() as gazetteer:
        answer = gazetteer.resolve("Ma'arrat an-Nu'man, rural Idlib")
        answer.status, answer.best.place.position, answer.best.confidence

Opening reads names and places into memory, some tenths of a second for ten thousand places, and then
holds no open file: an instance may be shared by threads and forked processes. The indexes of positions
and of polygons are made when they are first needed, or all at once by :meth:`Gazetteer.warm`.

This module is over 300 lines: it is one class, the one that users hold, and half of it is what its methods
promise.
"""

import os
from collections.abc import Collection, Iterator, Sequence
from copy import copy
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from gazetteer.coords import BoundingBox, LatLon
from gazetteer.default_file import find_default_file
from gazetteer.errors import GazetteerFileError, InputError, NotFoundError
from gazetteer.generalise import generalise
from gazetteer.geodesy import geod
from gazetteer.index.by_admin import AdminIndex
from gazetteer.index.by_name import NameIndex
from gazetteer.index.by_position import PositionIndex
from gazetteer.index.by_prefix import PrefixIndex
from gazetteer.info import GazetteerInfo
from gazetteer.names.fold import fold
from gazetteer.one_place import one_place
from gazetteer.places import Place, PlaceKind, Spelling, kinds_meant_by
from gazetteer.resolve.candidates import warm_sounds
from gazetteer.resolve.rank import Weights
from gazetteer.resolve.resolver import Resolver
from gazetteer.resolve.surroundings import area_named
from gazetteer.results import AreasAnswer, DistanceAnswer, Match, Resolution, ReverseAnswer
from gazetteer.store.loading import ids_of_places, load_places
from gazetteer.store.reader import GazetteerReader
from gazetteer.store.schema import REBUILD
from gazetteer.swapped import SWAP_HINT

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import ArrayLike

__all__ = ["Gazetteer"]

#: The environment variable that names the gazetteer file.
FILE_VARIABLE = "GAZETTEER_FILE"
_OUTSIDE = "outside the country"
_NO_AREA = "in no area that this gazetteer knows"
_AREA_HINT = "use the name or P-code of a governorate, district or sub-district"


class Gazetteer:
    """A gazetteer file, open for questions. Make one with :meth:`open`."""

    def __init__(self, reader: GazetteerReader) -> None:
        self._reader = reader
        self._places = load_places(reader)
        self._by_id = ids_of_places(reader, self._places)
        spellings = [(place - 1, text, folded) for _, place, text, folded, *_ in reader.spellings()]
        self._names = NameIndex(spellings, ((key, fid - 1) for key, fid in reader.name_keys()))
        self.resolver = Resolver(self._places, self._names)

    @classmethod
    def open(cls, path: str | Path | None = None) -> Self:
        """Open a gazetteer file.

        Parameters
        ----------
        path
            The file. None takes the one that the environment variable ``GAZETTEER_FILE`` names, and
            without that the embedded default, which is built on first use.

        Raises
        ------
        GazetteerFileError
            If the file is missing, damaged or not a gazetteer file.
        SchemaVersionError
            If it was written for another version of this library.
        """
        named = path or os.environ.get(FILE_VARIABLE) or find_default_file()
        return cls(GazetteerReader(named))

    def with_weights(self, weights: Weights) -> Self:
        """Return the same gazetteer with another ranking model; for measuring models, not for answers."""
        other = copy(self)
        other.resolver = Resolver(self._places, self._names, weights=weights)
        return other

    def generalised(self, degrees: float) -> Self:
        """Return the gazetteer with its sensitive places in the middle of cells of this side, in degrees.

        Everything that the result answers is computed from those middles: see :mod:`gazetteer.generalise`.
        Make it before anything that must not know more.

        Raises
        ------
        InputError
            If `degrees` isn't more than 0 and at most 10.
        """
        other = copy(self)
        for name, made in vars(type(self)).items():
            if isinstance(made, cached_property):  # from places as they are
                other.__dict__.pop(name, None)
        # Areas are found from the places that aren't sensitive: nothing may be computed from the others.
        other._places = tuple(place for place in self._places if not place.sensitive)
        other._places = tuple(
            generalise(self._places, degrees=degrees, areas_at=lambda point: other._admin.at(point)[:2])
        )
        other.__dict__.pop("_settlements", None)
        other._by_id = ids_of_places(self._reader, other._places)
        other.resolver = Resolver(other._places, self._names)
        return other

    def names(self) -> Iterator[tuple[Place, str]]:
        """Yield every spelling with its place."""
        for place, text, _ in self._names.spellings:
            yield self._places[place], text

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Gazetteer {self._reader.path.name}: {len(self._places):,} places>"

    def warm(self) -> None:
        """Make every index now, before the first question: for a server that forks.

        What is made is shared by the processes that are forked afterwards. Without this each index is made
        by the first question that needs it, which takes some tenths of a second.
        """
        self._admin.warm()
        self._names.warm()
        self.suggest("a", limit=1)
        warm_sounds(self._names)
        geod()

    def check(self) -> None:
        """Check that the file is still the one that was opened; what was read from it stays in use.

        Raises
        ------
        GazetteerFileError
            If it is gone, can't be read or was replaced.
        """
        if GazetteerReader(self._reader.path).manifest != self._reader.manifest:
            raise GazetteerFileError(f"{self._reader.path} was replaced while it was in use; open it again")

    def close(self) -> None:
        """Release the gazetteer. Nothing is held open, so this only marks the end of its use."""

    @cached_property
    def _settlements(self) -> PositionIndex:
        return PositionIndex(p for p in self._places if p.kind.group == "settlement")

    @cached_property
    def _admin(self) -> AdminIndex:
        try:
            return AdminIndex(self._places, lambda: self._settlements, self._reader.areas())
        except InputError as error:
            raise GazetteerFileError(f"{self._reader.path} is damaged: {error}; {REBUILD}") from error

    @cached_property
    def _prefixes(self) -> PrefixIndex:
        return PrefixIndex(self._names.spellings, self._places)

    def resolve(
        self,
        text: str,
        *,
        within: str | Sequence[str] | None = None,
        context: Sequence[str] = (),
        kind: str | None = None,
        limit: int = 5,
        min_confidence: float = 0.7,
    ) -> Resolution:
        """Resolve a place as a reporter wrote it.

        Parameters
        ----------
        text
            The spelling, with whatever words stand round it.
        within
            An area by name or P-code, or several: only places that lie in all of them are considered.
        context
            Names of areas or places beside the spelling. They help where they are known and agree;
            nothing is excluded by them, and an unknown one is no error.
        kind
            Only places of this kind or group ("hospital", "settlement") are considered.
        limit
            How many matches to return, 1 or more.
        min_confidence
            From which confidence, 0 to 1, the best match counts as the answer.

        Returns
        -------
        Resolution
            With status "resolved", "ambiguous" or "unresolved", and matches, best first.

        Raises
        ------
        InputError
            If `within` names no area, `kind` no kind, or a number is out of its range.
        """
        if limit < 1:
            raise InputError(f"limit must be 1 or more, not {limit}", parameter="limit")
        if not 0.0 <= min_confidence <= 1.0:
            raise InputError(
                f"min_confidence must lie between 0 and 1, not {min_confidence:g}", parameter="min_confidence"
            )
        kinds: Collection[PlaceKind] = ()
        if kind is not None and not (kinds := kinds_meant_by(kind)):
            raise InputError(
                f"{kind!r} is not a kind of place: use one of {', '.join(PlaceKind)}", parameter="kind"
            )
        named = [within] if isinstance(within, str) else within or ()
        areas = [frozenset(self._codes_of(name)) for name in named]
        found = self.resolver.resolve(
            text,
            within=areas,
            hints=tuple(context),
            kinds=kinds,
            limit=limit,
            min_confidence=min_confidence,
        )
        return found.with_matches((self._located(m) for m in found.matches), min_confidence=min_confidence)

    def _located(self, match: Match) -> Match:
        """Give a computed point its areas, and doubt one abroad; say where a written one seems swapped."""
        if match.place.kind is not PlaceKind.POINT or match.place.admin:
            return match
        position = match.place.position
        chain, method, outside = self._admin.at(position)
        if match.method == "offset" and not chain:
            # Half of what was said is known, the name: it leads to no area of this gazetteer.
            reasons = (_OUTSIDE if outside else _NO_AREA, *match.reasons)
            return replace(match, confidence=match.confidence / 2, reasons=reasons)
        reasons = (*match.reasons, *((_OUTSIDE,) if outside else ()))
        if match.method == "coordinates" and (outside or not chain) and abs(position.longitude) <= 90.0:
            swapped = LatLon(position.longitude, position.latitude)
            reasons += (SWAP_HINT,) if self._admin.at(swapped)[0] else ()
        place = replace(match.place, admin=chain, admin_method=method)
        return replace(match, place=place, reasons=reasons)

    def _codes_of(self, area: str) -> list[str]:
        codes = [place.id for place in area_named(area, self._names, self._places)]
        if not codes:
            raise InputError(
                f"no area is called {area!r}: {_AREA_HINT}",
                parameter="within",
            )
        return codes

    def area(self, text: str) -> Place:
        """Return the admin unit with this name or P-code; the broadest when several levels share it.

        Raises
        ------
        NotFoundError
            If there is none.
        """
        found = area_named(text, self._names, self._places)
        if not found:
            raise NotFoundError(f"no area is called {text!r}: {_AREA_HINT}")
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
        self.place(place_id)
        return self._reader.spellings_of(place_id)

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
            In the order of the points. With polygons a million take a second or so; without, each is
            looked up by itself, some thousands in a second.

        Raises
        ------
        CoordinateError
            If one is not a position, naming its row, or the lengths differ.
        GazetteerFileError
            If the polygons cannot be read from the file.
        """
        return self._admin.at_many(latitudes, longitudes)

    def distance(self, start: str, end: str) -> DistanceAnswer:
        """Return the geodesic distance between two places: names, ids or "latitude, longitude".

        Raises
        ------
        NotFoundError
            If one of them names no place.
        InputError
            If one of them names several places, or is a position that is out of range; `parameter` is
            "from" or "to".
        """
        return DistanceAnswer.between(
            one_place(self, start, parameter="from"), one_place(self, end, parameter="to")
        )

    def enrich(
        self,
        frame: "pd.DataFrame",
        *,
        place: str | None = None,
        place_ar: str | None = None,
        admin: Sequence[str] = (),
        latitude: str | None = None,
        longitude: str | None = None,
        min_confidence: float = 0.7,
        decisions: str | Path | None = None,
        overwrite: bool = False,
    ) -> "gpd.GeoDataFrame":
        """Return a pandas or geopandas frame with coordinates, areas and codes beside its own columns.

        Parameters
        ----------
        frame
            The incidents, a row each. It isn't changed.
        place, place_ar, admin, latitude, longitude
            Columns, where their names don't tell: the place, the place in Arabic, the areas it lies in from
            the narrowest on, and the position that rows bring. Without the last two a geometry of points is
            that position.
        min_confidence
            From which confidence, 0 to 1, an answer counts as resolved.
        decisions
            A review file that was filled in; its decisions win.
        overwrite
            Replace the ``gaz_*`` columns that the frame has.

        Returns
        -------
        geopandas.GeoDataFrame
            The frame with its index and columns as they were, the ``gaz_*`` columns, and points in
            ``gaz_geometry``, which is its geometry. ``attrs["gazetteer"]`` has counts by status, the
            gazetteer's hash and the sources to quote.

        Raises
        ------
        TableError
            If no column holds places, two have the same name, some are named ``gaz_*`` already, or the
            decisions can't be used.
        InputError
            If `frame` is no frame, or `min_confidence` is not between 0 and 1.
        """
        from gazetteer.frames import enrich_frame

        return enrich_frame(
            self,
            frame,
            place=place,
            place_ar=place_ar,
            admin=admin,
            latitude=latitude,
            longitude=longitude,
            min_confidence=min_confidence,
            decisions=decisions,
            overwrite=overwrite,
        )

    def info(self) -> GazetteerInfo:
        """Return what the file holds and where it came from."""
        manifest = self._reader.manifest
        counts: dict[str, int] = {}
        for place in self._places:
            counts[place.kind.value] = counts.get(place.kind.value, 0) + 1
        return GazetteerInfo(
            self._reader.path,
            int(manifest["schema_version"]),
            self._reader.content_hash,
            dict(sorted(counts.items())),
            self._reader.sources(),
        )
