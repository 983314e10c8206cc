"""The gazetteer that users hold: a file open for look-ups, and for the tasks of :mod:`gazetteer.tasks`.

::

    from gazetteer import Gazetteer

    with Gazetteer.open() as gazetteer:
        answer = gazetteer.resolve("Ma'arrat an-Nu'man, rural Idlib")
        answer.status, answer.best.place.position, answer.best.confidence

Opening reads the file into memory, some tenths of a second for ten thousand places, and then holds no open
file: an instance may be shared by threads and forked processes. The indexes of positions
and of polygons are made when they are first needed, or all at once by :meth:`Gazetteer.warm`.
"""

import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

from gazetteer.answers import (
    MIN_CONFIDENCE,
    MIN_CONFIDENCE_IN_TEXT,
    AreasAnswer,
    DistanceAnswer,
    Match,
    Report,
    Resolution,
    ReverseAnswer,
    check_min_confidence,
)
from gazetteer.errors import GazetteerFileError, InputError, NotFoundError
from gazetteer.geodesy import BoundingBox, LatLon, geod
from gazetteer.kinds import PlaceKind, kinds_meant_by
from gazetteer.lookups import GazetteerInfo, Kinds
from gazetteer.names.fold import fold, script_of
from gazetteer.notation.positions import swap_hint
from gazetteer.privacy.tiers import CELL_DEG, Tier
from gazetteer.privacy.view import EVERYTHING, View, sensitive_kinds
from gazetteer.reading.calibration import Calibration, load_calibration
from gazetteer.reading.candidates import area_named, warm_sounds
from gazetteer.reading.geoparse import geoparse
from gazetteer.reading.rank import Weights, load_weights
from gazetteer.reading.reader import Reader
from gazetteer.store.contents import Contents
from gazetteer.store.reader import GazetteerReader, find_default_file
from gazetteer.store.schema import PlaceRecord
from gazetteer.tasks import Tasks
from gazetteer.values import Place, Spelling

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from gazetteer.index.positions import Located

#: The environment variables that name the gazetteer file and the calibration file.
FILE_VARIABLE, CALIBRATION_VARIABLE = "GAZETTEER_FILE", "GAZETTEER_CALIBRATION"
_AREA_HINT = "use the name or P-code of a governorate, district or sub-district"
#: What is less likely is no suggestion: it shares some consonants with what was typed.
_LEAST_ALIKE = 0.1
_OUTSIDE, _NO_AREA = "outside the country", "in no area that this gazetteer knows"


class Gazetteer(Tasks):
    r"""A gazetteer file, open for questions. Make one with :meth:`open`.

    What is wrong is an error of :mod:`gazetteer.errors`, in one sentence that names it and says what to do:
    an InputError for what is handed in (a TableError for a table, whose output is then as it was), a
    NotFoundError for a missing answer where there must be one, a GazetteerFileError for the file.
    `reading` and `selection` below are the options of :class:`~gazetteer.TableOptions` and
    :class:`~gazetteer.SelectionOptions`.

    Parameters
    ----------
    held
        What the file holds.
    calibration
        What its confidences and radii promise.

    Examples
    --------
    >>> from gazetteer import Gazetteer, LatLon
    >>> gazetteer = Gazetteer.open()
    >>> gazetteer.info().counts["hospital"], gazetteer.place("SY07").name, gazetteer.area("Idlib").id
    (75, 'Idleb', 'SY07')
    >>> gazetteer.resolve("Saraqeb, rural Idlib").best.place.id
    'geonames:164816'
    >>> gazetteer.reverse(LatLon(35.93, 36.63)).admin[0].pcode, gazetteer.distance("Aleppo", "Idlib").compass
    ('SY07', 'southwest')

    Incidents are a file, a frame, or what was read of one.

    >>> incidents = gazetteer.read_incidents("examples/incidents.csv", place="place", date="date")
    >>> gazetteer.near(incidents, of="hospital", within="5 km", area="Idlib").summary.certain
    2
    >>> counted = gazetteer.count_near(incidents, of="hospital", within="5 km", by="facility").rows[0]
    >>> counted.place.name, counted.certain, counted.possible
    ('Sarmin field hospital', 0, 6)
    >>> [row.incidents for row in gazetteer.count(incidents, by="month", from_="2016-05-01").rows]
    [14]
    >>> gazetteer.ask("how many incidents in May 2016", incidents).summary["incidents"]
    14

    What a command writes a method writes, and returns what there is to say of it.

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> gazetteer.enrich_file("examples/incidents.csv", folder / "enriched.csv", place="place").rows
    15
    >>> gazetteer.geoparse_file("examples/report-2016-05-31.txt", folder / "mentions.csv").statuses
    {'resolved': 10, 'ambiguous': 0}
    >>> known = folder / "known.csv"
    >>> known.write_text("place,true_latitude,true_longitude\nIdlib,35.93,36.63\n") and None
    >>> gazetteer.evaluate(known).within_km[5]
    1.0
    """

    def __init__(self, held: Contents, calibration: Calibration) -> None:
        self._held = held
        self.text_reader = Reader(
            held.places, held.names, calibration=calibration, shape_of=self._shape_or_outline
        )

    @classmethod
    def open(cls, path: str | Path | None = None, *, calibration: str | Path | None = None) -> Self:
        """Open a gazetteer file.

        Parameters
        ----------
        path
            The file. None takes the one that the environment variable ``GAZETTEER_FILE`` names, without that
            the one that ``gazetteer-data setup`` installed, and without that the embedded default, which is
            built on first use.
        calibration
            A file that :meth:`calibrate` made. None takes the one that the environment variable
            ``GAZETTEER_CALIBRATION`` names, and without that the package's own.

        Raises
        ------
        InputError
            If the calibration can't be read, or was made for other weights of the reader.
        GazetteerFileError
            If the file is missing, damaged or not a gazetteer file.
        SchemaVersionError
            If it was written for another version of this library.
        """
        given = calibration or os.environ.get(CALIBRATION_VARIABLE)
        known = _fitting(load_calibration(Path(given) if given else None), name=str(given))
        named = path or os.environ.get(FILE_VARIABLE) or find_default_file()
        return cls(Contents(GazetteerReader(named)), known)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Gazetteer {self._held.reader.path.name}: {len(self._held.places):,} places>"

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle as the name of the file, its content hash, the view and the calibration: another process
        opens it again.

        Unpickling raises GazetteerFileError where the file isn't there or holds something else.
        """
        reader = self._held.reader
        own = None if self.calibration == load_calibration() else self.calibration
        return _open_same, (type(self), reader.path.resolve(), reader.content_hash, self._held.view, own)

    def close(self) -> None:
        """Release the gazetteer. Nothing is held open, so this only marks the end of its use."""

    def check(self) -> None:
        """Check that the file is still the one that was opened; what was read from it stays in use.

        Raises
        ------
        GazetteerFileError
            If it is gone, can't be read, was damaged or was replaced.
        """
        self._held.reader.check()

    def warm(self) -> None:
        """Make every index now, before the first question: for a server that forks.

        What is made is shared by the processes that are forked afterwards. Without this each index is made
        by the first question that needs it, which takes some tenths of a second.
        """
        held = self._held
        held.admin.warm()
        held.names.warm()
        self.info()
        self.suggest("a", limit=1)
        held.reader.spellings_of("")
        held.reader.shape("")
        warm_sounds(held.names)
        self.text_reader.read("a")  # the small words, and the names of countries
        for place in held.places[:1]:  # the words of reports, and how common a word is
            self.geoparse(f"{place.name} {place.name_ar}")
        len(self.text_reader.names.regions)
        geod()

    def info(self) -> GazetteerInfo:
        """Return what the file holds, where it came from, and by which calibration it is answered from."""
        held = self._held
        facilities = [
            place for place in held.places if place.kind.group == "facility" and place.position_basis
        ]
        bases = {
            kind: dict(
                Counter(one.position_basis for one in facilities if one.kind.value == kind).most_common()
            )
            for kind in sorted({one.kind.value for one in facilities})
        }
        return GazetteerInfo(
            held.reader.path,
            int(held.reader.manifest["schema_version"]),
            held.content_hash,
            dict(sorted(Counter(place.kind.value for place in held.places).items())),
            held.reader.sources(),
            held.view.degrees,
            held.view.names_withheld,
            self.calibration,
            bases,
            held.reader.manifest.get("built_by", ""),
        )

    @property
    def calibration(self) -> Calibration:
        """What its confidences and radii promise."""
        return self.text_reader.calibration

    def with_calibration(self, calibration: Calibration) -> Self:
        """Return the same gazetteer with other confidences and radii; not those made for other weights."""
        return type(self)(self._held, _fitting(calibration, name="the calibration"))

    def with_weights(self, weights: Weights, calibration: Calibration) -> Self:
        """Return the same gazetteer with another model; for measuring models, not for answers."""
        other, held = copy(self), self._held
        other.text_reader = Reader(
            held.places,
            held.names,
            weights=weights,
            calibration=calibration,
            shape_of=self._shape_or_outline,
        )
        return other

    def with_sensitive(self, kinds: Iterable[str]) -> Self:
        """Return the gazetteer with every place of these kinds sensitive, besides those that its file marks.

        Parameters
        ----------
        kinds
            Kinds by name ("camp"), or groups ("facility"). Areas, settlements and computed points can't be.
        """
        return type(self)(self._held.seen(View(sensitive=sensitive_kinds(kinds))), self.calibration)

    def generalised(self, degrees: float, *, withhold_names: bool = False) -> Self:
        """Return the gazetteer with its sensitive places in the middle of cells of this side, in degrees.

        Everything that the result answers is computed from those middles: see :mod:`gazetteer.privacy.cells`.
        Make it before anything that must not know more. Of a gazetteer that is generalised already, the
        larger cells remain.

        Parameters
        ----------
        degrees
            The side: more than 0, at most 10.
        withhold_names
            Leave out their names, spellings, ids and dates too: see :mod:`gazetteer.privacy.withhold`.
        """
        view = View(degrees=degrees, names_withheld=withhold_names)
        return type(self)(self._held.seen(view), self.calibration)

    def area(self, text: str) -> Place:
        """Return the admin unit with this name or P-code; the broadest when several levels share it."""
        if found := area_named(text, self._held.names, self._held.places):
            return min(found, key=lambda place: place.kind.admin_level or 0)
        raise NotFoundError(f"no area is called {text!r}: {_AREA_HINT}")

    def place(self, place_id: str) -> Place:
        """Return the place with this id, its own or one that a source knows it by."""
        try:
            return self._held.by_id[place_id]
        except KeyError:
            raise NotFoundError(f"no place has the id {place_id!r}") from None

    def place_in_file(self, place_id: str) -> Place:
        """Return the place that has this id in the file, for rows that were stored where all ids are told.

        Where names are withheld it is found only if it goes by that id here too.
        """
        held = self._held
        own = place_id if held.view.names_withheld else held.renamed.get(place_id, place_id)
        return self.place(own)

    def places(
        self, *, kinds: Kinds = None, area: str | None = None, bbox: BoundingBox | None = None
    ) -> Iterator[Place]:
        """Yield places in the order of their ids: of these kinds, in the area of this P-code, in this box.

        Examples
        --------
        >>> from gazetteer import Gazetteer, PlaceKind
        >>> len([*Gazetteer.open().places(kinds=[PlaceKind.GOVERNORATE])])
        14
        """
        for place in self._held.places:
            if (
                (kinds is None or place.kind in kinds)
                and (area is None or place.lies_in(area))
                and (bbox is None or bbox.contains(place.position))
            ):
                yield place

    def names(self) -> Iterator[tuple[Place, str]]:
        """Yield every spelling with its place."""
        for place, text, _ in self._held.names.spellings:
            yield self._held.places[place], text

    def spellings(self, place_id: str) -> tuple[Spelling, ...]:
        """Return every spelling of the place with this id, with its source."""
        return self._held.spellings_of(self.place(place_id).id)

    def records(self) -> Iterator[PlaceRecord]:
        """Yield every place in the order of ids, with its spellings, its sources' ids and its shape.

        Of a place in the middle of a cell there are neither other ids nor a shape: both lead to where it is.
        """
        held, others = self._held, defaultdict[str, list[str]](list)
        for other, place in held.by_id.items():
            others[place.id].append(other)
        shapes = {code: wkb for code, _, wkb in held.reader.areas()} | dict(held.reader.shapes())
        for place in held.places:
            spellings = held.spellings_of(place.id)
            if place.generalised_to_deg is not None:
                yield PlaceRecord(place, spellings)
            else:
                ids = tuple(others[place.id])  # its own first
                yield PlaceRecord(place, spellings, source_ids=ids, shape_wkb=shapes.get(place.id))

    def export(
        self,
        output: str | Path,
        *,
        format: str = "lpf",
        tier: Tier = "full",
        withhold_names: bool = False,
        base: str | None = None,
    ) -> int:
        """Write every place: names in both scripts with their sources, kind, dates, codes, position or shape.

        Parameters
        ----------
        output
            The file; "-" is standard output.
        format
            "lpf", Linked Places (GeoJSON-LD); "geojson"; or "csv", which has no shapes.
        tier
            How much of where sensitive places are is written: :data:`gazetteer.privacy.tiers.CELL_DEG`.
        withhold_names
            Below tier full, leave out what names sensitive places too.
        base
            What the ``@id`` of a place begins with in Linked Places, as "https://example.org/places/".

        Returns
        -------
        int
            How many places were written.

        Raises
        ------
        InputError
            If the format or the tier isn't known; as a TableError, if the file can't be written.
        """
        from gazetteer.export import BASE, write_places

        if tier not in CELL_DEG:
            raise InputError(f"{tier!r} is no tier: use one of {', '.join(CELL_DEG)}", parameter="tier")
        degrees = CELL_DEG[tier]
        if withhold_names and degrees is None:
            raise InputError(
                "names are withheld below tier full only: name partner or public", parameter="tier"
            )
        seen = self if degrees is None else self.generalised(degrees, withhold_names=withhold_names)
        return write_places(output, format, seen.records, seen.info(), base=base or BASE)

    def suggest(self, text: str, *, kinds: Kinds = None, limit: int = 10) -> tuple[tuple[Place, str], ...]:
        """Return places that someone who types may mean, for a list to choose from.

        Names that begin with `text` come first, then those that sound so; what :meth:`resolve` finds fills
        the rest.

        Parameters
        ----------
        text
            The beginning of a name, or of words in it, in either script and any spelling.
        kinds
            Only these kinds.
        limit
            How many at most.

        Returns
        -------
        tuple of (Place, str)
            Each place with the spelling that matched, or its name where it is only alike; the likeliest to
            be meant first. This is no resolution.
        """
        found = {
            place.id: (place, spelling)
            for place, spelling in self._held.prefixes.starting(fold(text), kinds=kinds, limit=limit)
        }
        for place in self._alike(text) if len(found) < limit else ():
            if kinds is None or place.kind in kinds:
                name = place.name_ar if script_of(text) == "Arab" else ""
                found.setdefault(place.id, (place, name or place.name))
        return tuple(found.values())[:limit]

    def _alike(self, text: str) -> Iterator[Place]:
        """Yield what a text resolves to that is a place of the gazetteer and not far-fetched."""
        try:
            found = self.resolve(text)
        except InputError:  # what looks like a position and is none
            return
        for match in found.matches:
            if match.place.id in self._held.by_id and match.confidence >= _LEAST_ALIKE:
                yield match.place

    def outlines(self, *, level: int, simplified: bool = True) -> tuple[tuple[str, bytes], ...]:
        """Return the P-code and the shape, as WKB with longitude first, of every area of a level, 0 to 3.

        Empty where the file has no polygons. Simplified shapes are made for maps.
        """
        found = self._held.reader.areas(level=level, simplified=simplified)
        return tuple((code, wkb) for code, _, wkb in found)

    def outline(self, pcode: str, *, simplified: bool = True) -> bytes | None:
        """Return the shape of an admin unit as WKB, longitude first; None where the file has none for it."""
        return self._held.reader.area(pcode, simplified=simplified)

    def shape(self, place_id: str) -> bytes | None:
        """Return the line or polygon of a place as WKB, longitude first: of a river, a road, a quarter.

        None where the file has none for it, and where the place stands in the middle of a cell; an admin unit
        has an :meth:`outline`.

        Raises
        ------
        NotFoundError
            If there is no such place.
        """
        place = self.place(place_id)
        return None if place.generalised_to_deg is not None else self._held.reader.shape(place.id)

    def _shape_or_outline(self, place_id: str) -> bytes | None:
        return self.shape(place_id) or self.outline(place_id, simplified=False)

    def reverse(self, position: LatLon) -> ReverseAnswer:
        """Return the areas round a point and the nearest settlement.

        Where the file has polygons they decide, exactly, and a point that none covers is outside the
        country; a point on a border belongs to the unit with the lowest P-code. Without polygons the
        areas are those of the nearest place that states its own.

        Examples
        --------
        >>> from gazetteer import Gazetteer, LatLon
        >>> answer = Gazetteer.open().reverse(LatLon(35.93, 36.63))
        >>> answer.admin[0].pcode, answer.nearest.name
        ('SY07', 'Idlib')
        """
        nearest, metres = self._held.admin.settlements.nearest(position) or (None, None)
        chain, method, outside = self._areas_round(position)
        hint = "" if chain else self._swap_hint(position)
        return ReverseAnswer(position, chain, method, nearest, metres, outside, hint)

    def areas_at(self, latitudes: "ArrayLike", longitudes: "ArrayLike") -> AreasAnswer:
        """Return the areas round many points, in their order, each as :meth:`reverse` gives them.

        Degrees are lists, arrays or columns of one length. A million take some seconds at most. A
        CoordinateError names the row, counted from 1, of what is no position.

        Examples
        --------
        >>> from gazetteer import Gazetteer
        >>> Gazetteer.open().areas_at([35.93], [36.63]).pcodes(1).tolist()
        ['SY07']
        """
        from gazetteer.points import Points

        return self._held.admin.at(Points.from_degrees(latitudes, longitudes))

    def _areas_round(self, position: LatLon) -> "Located":
        from gazetteer.points import Points

        return self._held.admin.at(Points.of([position])).at(0)

    def resolve(
        self,
        text: str,
        *,
        area: str | Sequence[str] | None = None,
        context: Sequence[str] = (),
        kind: str | Sequence[str] | None = None,
        country: str = "",
        limit: int = 5,
        min_confidence: float = MIN_CONFIDENCE,
    ) -> Resolution:
        """Resolve a place as a reporter wrote it.

        Parameters
        ----------
        text
            The spelling, with the words round it.
        area
            An area by name or P-code, or several: only places that lie in all of them are considered.
        context
            Names of areas or places beside the spelling. They help where they are known and agree;
            nothing is excluded by them, and an unknown one is no error.
        kind
            Only places of this kind or group ("hospital", "settlement"), or of any of several, are
            considered.
        country
            The country of the row, as written or as an ISO 3166 code. A text that another country goes with
            is unresolved, and says so.
        limit
            How many matches to return, 1 or more.
        min_confidence
            From which confidence, 0 to 1, the best match counts as the answer.

        Returns
        -------
        Resolution
            With status "resolved", "several", "ambiguous" or "unresolved", and matches, best first.
        """
        if limit < 1:
            raise InputError(f"limit must be 1 or more, not {limit}", parameter="limit")
        check_min_confidence(min_confidence)
        kinds = frozenset[PlaceKind]()
        for word in [kind] if isinstance(kind, str) else kind or ():
            if not (meant := kinds_meant_by(word)):
                raise InputError(
                    f"{word!r} is not a kind of place: use one of {', '.join(PlaceKind)}", parameter="kind"
                )
            kinds |= meant
        named = [area] if isinstance(area, str) else area or ()
        found = self.text_reader.resolve(
            text,
            within=[self._codes_of(name) for name in named],
            hints=tuple(context),
            kinds=kinds,
            country=country,
            limit=limit,
            min_confidence=min_confidence,
        )
        return found.with_matches(map(self._located, found.matches), min_confidence=min_confidence)

    def _codes_of(self, area: str) -> frozenset[str]:
        codes = frozenset(place.id for place in area_named(area, self._held.names, self._held.places))
        if not codes:
            raise InputError(f"no area is called {area!r}: {_AREA_HINT}", parameter="area")
        return codes

    def _swap_hint(self, position: LatLon) -> str:
        """Say that the axes of a position abroad may be exchanged, where that puts it into the country."""
        import numpy as np

        from gazetteer.incidents.row import Country

        pair = np.array([position.latitude]), np.array([position.longitude])
        return swap_hint() if Country(self).is_swapped(*pair)[0] else ""

    def _located(self, match: Match) -> Match:
        """Give a computed point its areas, and doubt one abroad; say where a written one seems swapped."""
        if match.place.kind is not PlaceKind.POINT or match.place.admin:
            return match
        if match.place.uncertainty_m > PlaceKind.GOVERNORATE.radius_m:  # "near the Turkish border"
            return match
        position = match.place.position
        chain, method, outside = self._areas_round(position)
        if match.method == "offset" and not chain:
            # Half of what was said is known, the name: it leads to no area of this gazetteer.
            reasons = (_OUTSIDE if outside else _NO_AREA, *match.reasons)
            return replace(match, confidence=match.confidence / 2, reasons=reasons)
        reasons = (*match.reasons, *((_OUTSIDE,) if outside else ()))
        if match.method == "coordinates" and (outside or not chain):
            reasons += tuple(filter(None, (self._swap_hint(position),)))
        place = replace(match.place, admin=chain, admin_method=method)
        return replace(match, place=place, reasons=reasons)

    def geoparse(
        self, text: str, *, local: bool = False, min_confidence: float = MIN_CONFIDENCE_IN_TEXT
    ) -> Report:
        """Find the places that a report names, and the place of the event that it tells of.

        Parameters
        ----------
        text
            A text in English or Arabic: a title, a note, an article.
        local
            Whether the text is known to be about the country of the gazetteer. Otherwise it has to say so: by
            the country, its people, or a place that is surely there. Nothing is looked for in any other.
        min_confidence
            From which confidence, 0 to 1, a mention counts as resolved.

        Returns
        -------
        Report
            With a mention for each name, in the order of the text: resolved, or ambiguous where something in
            the gazetteer may be meant. The country itself is no mention.

        Examples
        --------
        >>> from gazetteer import Gazetteer
        >>> report = Gazetteer.open().geoparse("Strikes hit Saraqeb in Idlib, Syria.")
        >>> [(m.text, m.resolution.best.place.id, m.main) for m in report.mentions]
        [('Saraqeb', 'geonames:164816', True), ('Idlib', 'SY07', False)]
        """
        check_min_confidence(min_confidence)
        return geoparse(text, self.text_reader, local=local, min_confidence=min_confidence)

    def distance(self, from_: str, to: str) -> DistanceAnswer:
        """Return the geodesic distance between two places: names, ids or "latitude, longitude".

        That to a road, a river or another line is the distance to its nearest point.

        Examples
        --------
        >>> from gazetteer import Gazetteer
        >>> answer = Gazetteer.open().distance("Idlib", "Saraqeb")
        >>> round(answer.distance_m / 1000), answer.compass
        (17, 'southeast')
        """
        from gazetteer.near.targets import measured

        start, end = self.one_place(from_, parameter="from"), self.one_place(to, parameter="to")
        return measured(self, start, end)


def _fitting(calibration: Calibration, *, name: str) -> Calibration:
    """Return a calibration, or refuse one that was made for other weights; without a hash it is for any."""
    if calibration.weights not in ("", load_weights().hash):
        raise InputError(
            f"{name} was made for other weights of the reader than this version has: make it again with "
            "'gazetteer calibrate'",
            parameter="calibration",
        )
    return calibration


def _open_same(
    kind: type[Gazetteer], path: Path, content_hash: str, view: View, calibration: Calibration | None
) -> Gazetteer:
    held = Contents(GazetteerReader(path))
    if held.reader.content_hash != content_hash:
        raise GazetteerFileError(
            f"{path} on this computer is another gazetteer than the one that is worked with: copy that there"
        )
    return kind(held if view == EVERYTHING else held.seen(view), calibration or load_calibration())
