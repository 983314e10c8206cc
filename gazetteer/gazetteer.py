"""The gazetteer that users hold: all that the commands do, as methods whose options are the commands' words.

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
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Self, Unpack

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
from gazetteer.lookups import GazetteerInfo, Lookups
from gazetteer.names.fold import fold
from gazetteer.notation.lengths import read_length
from gazetteer.notation.positions import swap_hint
from gazetteer.privacy.view import EVERYTHING, View, sensitive_kinds
from gazetteer.reading.calibration import Calibration, load_calibration
from gazetteer.reading.candidates import area_named, warm_sounds
from gazetteer.reading.geoparse import geoparse
from gazetteer.reading.rank import Weights, load_weights
from gazetteer.reading.reader import Reader
from gazetteer.store.contents import Contents
from gazetteer.store.reader import GazetteerReader, find_default_file
from gazetteer.values import Place, Reading, Spelling, TableOptions

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable

    import geopandas as gpd
    import pandas as pd
    from numpy.typing import ArrayLike

    from gazetteer.ask import QuestionAnswer
    from gazetteer.enrich import Calibrated, EnrichSummary, Evaluation, GeoparseSummary
    from gazetteer.incidents import Incidents, Progress
    from gazetteer.index.positions import Located
    from gazetteer.near import FacilityAnswer, NearAnswer, NearCounts, Selection, Targets
    from gazetteer.near.count import CountAnswer
    from gazetteer.tables import ReadOptions, Source, Table

    #: A table of incidents: a file, a frame, or incidents that were read.
    IncidentTable = str | Path | pd.DataFrame | Incidents

#: The environment variables that name the gazetteer file and the calibration file.
FILE_VARIABLE, CALIBRATION_VARIABLE = "GAZETTEER_FILE", "GAZETTEER_CALIBRATION"
_AREA_HINT = "use the name or P-code of a governorate, district or sub-district"
_OUTSIDE, _NO_AREA = "outside the country", "in no area that this gazetteer knows"


class Gazetteer(Lookups):
    r"""A gazetteer file, open for questions. Make one with :meth:`open`.

    What is wrong is an error of :mod:`gazetteer.errors`, in one sentence that names it and says what to do:
    an InputError for what is handed in (a TableError for a table, whose output is then as it was), a
    NotFoundError where there must be an answer and is none, a GazetteerFileError for the file.

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
        self.text_reader = Reader(held.places, held.names, calibration=calibration)

    @classmethod
    def open(cls, path: str | Path | None = None, *, calibration: str | Path | None = None) -> Self:
        """Open a gazetteer file.

        Parameters
        ----------
        path
            The file. None takes the one that the environment variable ``GAZETTEER_FILE`` names, and
            without that the embedded default, which is built on first use.
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
        warm_sounds(held.names)
        self.text_reader.read("a")  # the small words, and the names of countries
        for place in held.places[:1]:  # the words of reports, and how common a word is
            self.geoparse(f"{place.name} {place.name_ar}")
        len(self.text_reader.names.regions)
        geod()

    def info(self) -> GazetteerInfo:
        """Return what the file holds, where it came from, and by which calibration it is answered from."""
        held = self._held
        return GazetteerInfo(
            held.reader.path,
            int(held.reader.manifest["schema_version"]),
            held.content_hash,
            dict(sorted(Counter(place.kind.value for place in held.places).items())),
            held.reader.sources(),
            held.view.degrees,
            held.view.names_withheld,
            self.calibration,
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
        other.text_reader = Reader(held.places, held.names, weights=weights, calibration=calibration)
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
            name = self._held.reader.path.name
            raise NotFoundError(f"no place has the id {place_id!r} in {name}") from None

    def places(
        self,
        *,
        kinds: Collection[PlaceKind] | None = None,
        area: str | None = None,
        bbox: BoundingBox | None = None,
    ) -> Iterator[Place]:
        """Yield places in the order of their ids: of these kinds, in the area of this P-code, in this box."""
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
        # Of a place whose name is withheld the file knows no id.
        return self._held.reader.spellings_of(self.place(place_id).id)

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
        return tuple(self._held.prefixes.starting(fold(text), kinds=kinds, limit=limit))

    def outlines(self, *, level: int, simplified: bool = True) -> tuple[tuple[str, bytes], ...]:
        """Return the P-code and the shape, as WKB with longitude first, of every area of a level, 0 to 3.

        Empty where the file has no polygons. Simplified shapes are made for maps.
        """
        found = self._held.reader.areas(level=level, simplified=simplified)
        return tuple((code, wkb) for code, _, wkb in found)

    def outline(self, pcode: str, *, simplified: bool = True) -> bytes | None:
        """Return the shape of an admin unit as WKB, longitude first; None where the file has none for it."""
        try:
            return self._held.reader.area(pcode, simplified=simplified)
        except NotFoundError:
            return None

    def reverse(self, position: LatLon) -> ReverseAnswer:
        """Return the areas round a point and the nearest settlement.

        Where the file has polygons they decide, exactly, and a point that none covers is outside the
        country; a point on a border belongs to the unit with the lowest P-code. Without polygons the
        areas are those of the nearest place that states its own.
        """
        nearest, metres = self._held.admin.settlements.nearest(position) or (None, None)
        chain, method, outside = self._areas_round(position)
        return ReverseAnswer(position, chain, method, nearest, metres, outside)

    def areas_at(self, latitudes: "ArrayLike", longitudes: "ArrayLike") -> AreasAnswer:
        """Return the areas round many points, in their order, each as :meth:`reverse` gives them.

        Degrees are lists, arrays or columns of one length. A million take some seconds at most. A
        CoordinateError names the row, counted from 1, of what is no position.
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
        kind: str | None = None,
        country: str = "",
        limit: int = 5,
        min_confidence: float = MIN_CONFIDENCE,
    ) -> Resolution:
        """Resolve a place as a reporter wrote it.

        Parameters
        ----------
        text
            The spelling, with whatever words stand round it.
        area
            An area by name or P-code, or several: only places that lie in all of them are considered.
        context
            Names of areas or places beside the spelling. They help where they are known and agree;
            nothing is excluded by them, and an unknown one is no error.
        kind
            Only places of this kind or group ("hospital", "settlement") are considered.
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
        kinds = frozenset() if kind is None else kinds_meant_by(kind)
        if kind is not None and not kinds:
            raise InputError(
                f"{kind!r} is not a kind of place: use one of {', '.join(PlaceKind)}", parameter="kind"
            )
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

    def _located(self, match: Match) -> Match:
        """Give a computed point its areas, and doubt one abroad; say where a written one seems swapped."""
        if match.place.kind is not PlaceKind.POINT or match.place.admin:
            return match
        position = match.place.position
        chain, method, outside = self._areas_round(position)
        if match.method == "offset" and not chain:
            # Half of what was said is known, the name: it leads to no area of this gazetteer.
            reasons = (_OUTSIDE if outside else _NO_AREA, *match.reasons)
            return replace(match, confidence=match.confidence / 2, reasons=reasons)
        reasons = (*match.reasons, *((_OUTSIDE,) if outside else ()))
        if match.method == "coordinates" and (outside or not chain) and abs(position.longitude) <= 90.0:
            swapped = LatLon(position.longitude, position.latitude)
            reasons += (swap_hint(),) if self._areas_round(swapped)[0] else ()
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
        """Return the geodesic distance between two places: names, ids or "latitude, longitude"."""
        return DistanceAnswer.between(
            self.one_place(from_, parameter="from"), self.one_place(to, parameter="to")
        )

    def enrich(
        self,
        frame: "pd.DataFrame",
        *,
        text: str | None = None,
        min_confidence: float = MIN_CONFIDENCE,
        decisions: str | Path | None = None,
        overwrite: bool = False,
        explode: bool = False,
        **reading: Unpack[TableOptions],
    ) -> "gpd.GeoDataFrame":
        """Return a pandas or geopandas frame with coordinates, areas and codes beside its own columns.

        Parameters
        ----------
        frame
            The incidents, a row each. It isn't changed. Without columns of them, a geometry of points is the
            position that rows bring.
        text
            A column of notes. They are the context of a name that is ambiguous, and the place where the row
            names none or only an area; ``gaz_from_text`` and ``gaz_text_reason`` say so.
        min_confidence
            From which confidence, 0 to 1, an answer counts as resolved.
        decisions
            A review file that was filled in; its decisions win.
        overwrite
            Replace the ``gaz_*`` columns that there are.
        explode
            Give a row for each of several places, with the index of its row, and the number of that row,
            from 1, in ``gaz_row``.
        reading
            The columns: see :class:`TableOptions`.

        Returns
        -------
        geopandas.GeoDataFrame
            The frame with its index and columns as they were, the ``gaz_*`` columns, and points in
            ``gaz_geometry``, which is its geometry. ``attrs["gazetteer"]`` has counts by status, the
            gazetteer's hash and the sources to quote.
        """
        from gazetteer.review.frames import enrich_frame

        return enrich_frame(
            self, frame, columns=Reading.of(reading, text=text).columns, min_confidence=min_confidence,
            decisions=decisions, overwrite=overwrite, explode=explode,
        )  # fmt: skip

    def enrich_file(
        self,
        table: str | Path,
        output: str | Path,
        *,
        text: str | None = None,
        min_confidence: float = MIN_CONFIDENCE,
        overwrite: bool = False,
        explode: bool = False,
        draws: int | None = None,
        seed: int | None = None,
        report: str | Path | None = None,
        review: str | Path | None = None,
        decisions: str | Path | None = None,
        append_provenance: bool = False,
        processes: int | None = 1,
        engine: str = "local",
        scheduler: str | None = None,
        resume: bool = False,
        say: "Callable[[str], object] | None" = None,
        progress: "Progress | None" = None,
        **reading: Unpack[TableOptions],
    ) -> "EnrichSummary":
        """Write a table with coordinates, areas and codes beside its own columns.

        Parameters
        ----------
        table
            The table, in any format of :mod:`gazetteer.tables`; "-" for standard input.
        output
            The file to write, whose name ends as its format does; "-" for standard output. How it was made
            stands beside it, in ``OUTPUT.provenance.json``.
        text, min_confidence, decisions, overwrite, explode
            As for :meth:`enrich`.
        draws, seed
            Write so many sampled positions of each row instead, 1 to 1,000; see :meth:`draws`.
        report, review
            Write a page about the result, in HTML, and the strings that a person should look at, as CSV.
        append_provenance
            Append columns that say from what and with what each row was made.
        processes
            Resolve in so many processes; None takes two where that pays.
        engine, scheduler
            "dask" resolves on the workers of a Dask cluster, whose scheduler has this address.
        resume
            Go on from the checkpoint of a run that was stopped.
        say, progress
            Called with a remark about a checkpoint; with how many rows are done, and of how many.
        reading
            How the table is read: see :class:`TableOptions`.
        """
        from gazetteer.enrich import Draws, Running, enrich_table
        from gazetteer.review import Review

        others = {"explode": explode, "report": report, "review": review}
        others["append-provenance"] = append_provenance
        if draws is not None and (given := [f"--{name}" for name, value in others.items() if value]):
            raise InputError(
                f"--draws writes no enriched table: leave out {' and '.join(given)}, or run once for each",
                parameter="draws",
            )
        if draws is None and seed is not None:
            raise InputError("--seed is of draws: say how many with --draws", parameter="seed")
        how = Reading.of(reading, text=text)
        with Review(
            self, output,
            report=report, review=review, decisions=decisions, append_provenance=append_provenance,
        ) as stage:  # fmt: skip
            summary = enrich_table(
                self, table, output,
                columns=how.columns, encoding=how.encoding, sheet=how.sheet,
                min_confidence=min_confidence, overwrite=overwrite, explode=explode,
                draws=None if draws is None else Draws(draws, seed or 0),
                running=Running(processes, engine, scheduler, resume, say=say or _silent),
                progress=progress, stage=stage,
            )  # fmt: skip
        return replace(summary, files=stage.files)

    def draws(
        self,
        frame: "pd.DataFrame",
        draws: int = 20,
        *,
        seed: int = 0,
        text: str | None = None,
        min_confidence: float = MIN_CONFIDENCE,
        **reading: Unpack[TableOptions],
    ) -> "pd.DataFrame":
        """Return sampled positions of each row of a frame, for models that take uncertainty along.

        Parameters
        ----------
        frame
            The incidents, a row each; the ``gaz_*`` columns that it has are not read.
        draws
            How many of each row, 1 to 1,000.
        seed
            The same seed gives the same draws; 0 or more.
        min_confidence
            From which confidence, 0 to 1, each of several places counts as named.
        text, reading
            As for :meth:`enrich`.

        Returns
        -------
        pandas.DataFrame
            A row for each draw and place, in the order of the rows: ``gaz_row`` (from 1), the column of ids,
            ``draw`` (from 1), ``gaz_place_number`` and the place, position and areas that were drawn, missing
            where none is. :mod:`gazetteer.enrich.draws` says how.
        """
        from gazetteer.enrich import Draws
        from gazetteer.review.frames import draws_frame

        columns = Reading.of(reading, text=text).columns
        return draws_frame(self, frame, Draws(draws, seed), columns=columns, min_confidence=min_confidence)

    def geoparse_file(
        self,
        file: str | Path,
        output: str | Path,
        *,
        text: str | None = None,
        id: str | None = None,
        local: bool | None = None,
        min_confidence: float = MIN_CONFIDENCE_IN_TEXT,
        sheet: str | None = None,
        encoding: str | None = None,
        processes: int | None = 1,
        engine: str = "local",
        scheduler: str | None = None,
        resume: bool = False,
        say: "Callable[[str], object] | None" = None,
        progress: "Progress | None" = None,
    ) -> "GeoparseSummary":
        """Write a table of the places that a text names, or all texts of a table, a row a mention.

        Parameters
        ----------
        file
            A text, or with `text` a table of texts, in any format; "-" for standard input.
        output
            The table to write, whose name ends as its format does; "-" for standard output.
        text, id
            The columns of the texts and of their ids; without ids the rows are numbered from 1.
        local
            Whether the texts are about the country even where they don't say so. None lets the first 200 of
            a table tell.
        min_confidence
            As for :meth:`geoparse`.
        sheet, encoding
            As in :class:`TableOptions`.
        processes, engine, scheduler, resume, say, progress
            As for :meth:`enrich_file`.
        """
        from gazetteer.enrich import Running, geoparse_table
        from gazetteer.enrich.enrich import knower
        from gazetteer.tables import ReadOptions
        from gazetteer.tables.reading import read_table, source_named

        if text is None and (id is not None or sheet is not None):
            raise InputError("--id and --sheet are for a table: name the column of its texts with --text")
        options = ReadOptions(encoding=encoding, sheet=sheet, knows=knower(self))
        with source_named(file) as source:
            return geoparse_table(
                self, _one_text(source, options) if text is None else read_table(source, options), output,
                text="text" if text is None else text, id=id, local=bool(local) if text is None else local,
                min_confidence=min_confidence,
                running=Running(processes, engine, scheduler, resume, say=say or _silent), progress=progress,
            )  # fmt: skip

    def read_incidents(
        self,
        table: "str | Path | Table | pd.DataFrame",
        *,
        progress: "Progress | None" = None,
        **reading: Unpack[TableOptions],
    ) -> "Incidents":
        """Read a table of incidents, enriched or not: once, for many questions.

        Parameters
        ----------
        table
            A file in any format of :mod:`gazetteer.tables`, or a pandas or geopandas frame.
        progress
            Called with how many different names are resolved, and of how many.
        reading
            How it is read: see :class:`TableOptions`.

        Returns
        -------
        Incidents
            One for each row, in order; none is dropped.
        """
        from gazetteer.incidents import read_incidents

        how = Reading.of(reading)
        return read_incidents(
            _as_table(table), self,
            columns=how.columns, sheet=how.sheet, encoding=how.encoding, order=how.order, progress=progress,
        )  # fmt: skip

    def targets(
        self, of: "str | Path | Sequence[Place]", **reading: Unpack[TableOptions]
    ) -> "Targets | Sequence[Place]":
        """Return the places of a kind or group ("hospital", "facilities"), or those in a table.

        Parameters
        ----------
        of
            The kind, or a table in any format. Its rows are read as those of incidents are; ``kind``,
            ``valid_from`` and ``valid_to`` count too. One without a position is counted and left out. Places
            are returned as they are.
        reading
            How the table is read: see :class:`TableOptions`.
        """
        from gazetteer.near import targets_for

        if not isinstance(of, (str, Path)):
            return of
        how = Reading.of(reading)
        return targets_for(
            self, str(of), columns=how.columns, sheet=how.sheet, encoding=how.encoding, order=how.order
        )

    def near(
        self,
        incidents: "IncidentTable",
        *,
        of: "str | Path | Sequence[Place]",
        within: str | float,
        area: str | Path | None = None,
        from_: "str | datetime.date | None" = None,
        to: "str | datetime.date | None" = None,
        kind: str | None = None,
        ignore_dates: bool = False,
        impute: bool = False,
        **reading: Unpack[TableOptions],
    ) -> "NearAnswer":
        """Tell which incidents lie within a distance of some places, and how sure that is.

        Parameters
        ----------
        incidents
            A table, or what :meth:`read_incidents` gave.
        of
            A kind of place ("hospital"), a table of places, places, or what :meth:`targets` gave.
        within
            The distance: metres, or a text with its unit ("5 km"); at most 500 km.
        area, from_, to, kind
            Which incidents: an admin unit by name or P-code or a drawn area in a GeoJSON file, first and
            last day, what happened in the table's own words. None asks for all.
        ignore_dates
            True counts every place, whether or not it existed on the day of the incident.
        impute
            True takes what is unknown of an incident to be near as often as what is known of those of its
            governorate, in the expected number.
        reading
            How the table is read: see :class:`TableOptions`. `dayfirst` counts for `from_` and `to` as well.

        Returns
        -------
        NearAnswer
            Arrays, counts and the expected number; `write` makes a table of it.
        """
        from gazetteer.near import near_chosen

        chosen = self._chosen(incidents, reading, area=area, from_=from_, to=to, kind=kind)
        return near_chosen(
            chosen, self.targets(of), self,
            within_m=_metres(within), ignore_dates=ignore_dates, impute=impute,
        )  # fmt: skip

    def count_near(
        self,
        incidents: "IncidentTable",
        *,
        of: "str | Path | Sequence[Place]",
        within: str | float,
        by: str | Collection[str],
        area: str | Path | None = None,
        from_: "str | datetime.date | None" = None,
        to: "str | datetime.date | None" = None,
        kind: str | None = None,
        ignore_dates: bool = False,
        impute: bool = False,
        **reading: Unpack[TableOptions],
    ) -> "NearCounts | FacilityAnswer":
        """Count what :meth:`near` finds by area, by month, by both; or at each facility, by month too.

        Parameters
        ----------
        by
            "area", "month", "facility", or two of them; not "area" and "facility".
        incidents, of, within, area, from_, to, kind, ignore_dates, impute, reading
            As for :meth:`near`; `impute` doesn't tell at which facility.

        Returns
        -------
        NearCounts or FacilityAnswer
            A row for each, with what is certain, possible and expected; `write` makes a table of it.
        """
        from gazetteer.near import by_facility, near_counts

        ways = {by} if isinstance(by, str) else set(by)
        if not ways or ways - {"facility", "area", "month"} or ways >= {"facility", "area"}:
            raise InputError(
                "--by takes area, month or both; or facility, which month may follow", parameter="by"
            )
        if impute and "facility" in ways:
            raise InputError(
                "--impute tells how many there are, and not at which place: leave --by facility out",
                parameter="impute",
            )
        within_m, targets = _metres(within), self.targets(of)
        chosen = self._chosen(incidents, reading, area=area, from_=from_, to=to, kind=kind)
        if "facility" not in ways:
            return near_counts(
                chosen, targets, self,
                within_m=within_m, by=ways, ignore_dates=ignore_dates, impute=impute,
            )  # fmt: skip
        counted = by_facility(
            chosen.chosen, targets,
            within_m=within_m, by_month="month" in ways, ignore_dates=ignore_dates,
        )  # fmt: skip
        return replace(counted, selection=chosen)

    def count(
        self,
        incidents: "IncidentTable",
        *,
        by: str | Collection[str] = (),
        area: str | Path | None = None,
        from_: "str | datetime.date | None" = None,
        to: "str | datetime.date | None" = None,
        kind: str | None = None,
        **reading: Unpack[TableOptions],
    ) -> "CountAnswer":
        """Count incidents, by area and month, and tell how many are expected.

        Parameters
        ----------
        incidents, area, from_, to, kind, reading
            As for :meth:`near`.
        by
            "area", "month", both, or neither for the number alone. Of an area its parts are counted.
        """
        from gazetteer.near import count_chosen

        chosen = self._chosen(incidents, reading, area=area, from_=from_, to=to, kind=kind)
        return count_chosen(chosen, self, by=(by,) if isinstance(by, str) else by)

    def ask(
        self,
        question: str,
        incidents: "IncidentTable | None" = None,
        *,
        ignore_dates: bool = False,
        impute: bool = False,
        **reading: Unpack[TableOptions],
    ) -> "QuestionAnswer":
        """Answer a question in plain English, such as "strikes within 5 km of a hospital in Idlib".

        Parameters
        ----------
        question
            One of the forms that :mod:`gazetteer.ask` knows.
        incidents
            A table, or what :meth:`read_incidents` gave; needed where the question is about incidents.
        ignore_dates, impute, reading
            As for :meth:`near`.
        """
        from gazetteer.ask import answer, parse_question

        asked = parse_question(question, order=Reading.of(reading).order)
        rows = None if incidents is None else self._read(incidents, reading)
        return answer(asked, self, rows, ignore_dates=ignore_dates, impute=impute)

    def evaluate(
        self,
        table: str | Path,
        *,
        true_lat: str = "true_latitude",
        true_lon: str = "true_longitude",
        min_confidence: float = MIN_CONFIDENCE,
        progress: "Progress | None" = None,
        **reading: Unpack[TableOptions],
    ) -> "Evaluation":
        """Measure how right the answers are on a table whose true positions are known.

        Parameters
        ----------
        table
            A file in any format of :mod:`gazetteer.tables`.
        true_lat, true_lon
            The columns of the true positions, in decimal degrees. A row with both empty is skipped.
        min_confidence
            From which confidence, 0 to 1, an answer counts as resolved.
        progress, reading
            As for :meth:`read_incidents`.
        """
        from gazetteer.enrich import LabelledColumns, evaluate

        how = Reading.of(reading)
        labelled = LabelledColumns(true_lat, true_lon, how.columns, how.encoding, how.sheet)
        return evaluate(self, table, labelled=labelled, min_confidence=min_confidence, progress=progress)

    def calibrate(
        self,
        table: str | Path,
        output: str | Path | None = None,
        *,
        true_lat: str = "true_latitude",
        true_lon: str = "true_longitude",
        prior: bool = True,
        progress: "Progress | None" = None,
        **reading: Unpack[TableOptions],
    ) -> "Calibrated":
        """Make a calibration of confidence and radius from a table whose true positions are known.

        Parameters
        ----------
        table
            A file in any format of :mod:`gazetteer.tables`, with at least 50 rows of 30 different names.
        output
            The file to write, which :meth:`open` takes; None writes none.
        prior
            Whether governorates that reports name more often are favoured where no area is stated.
        true_lat, true_lon, progress, reading
            As for :meth:`evaluate`.

        Returns
        -------
        Calibrated
            The calibration, and in `words` what it changes and whether it is better.
        """
        from gazetteer.enrich.calibrate import calibrate, check_calibration_target
        from gazetteer.enrich.evaluate import LabelledColumns

        how = Reading.of(reading)
        if output is not None:
            check_calibration_target(Path(output), Path(table), self)
        labelled = LabelledColumns(true_lat, true_lon, how.columns, how.encoding, how.sheet)
        made = calibrate(self, table, labelled=labelled, prior=prior, progress=progress)
        if output is not None:
            made.write(Path(output))
        return made

    def _read(self, incidents: "IncidentTable", reading: TableOptions) -> "Incidents":
        from gazetteer.incidents import Incidents

        return incidents if isinstance(incidents, Incidents) else self.read_incidents(incidents, **reading)

    def _chosen(
        self,
        incidents: "IncidentTable",
        reading: TableOptions,
        *,
        area: str | Path | None,
        from_: "str | datetime.date | None",
        to: "str | datetime.date | None",
        kind: str | None,
    ) -> "Selection":
        from gazetteer.near import select

        order = Reading.of(reading).order
        return select(
            self._read(incidents, reading), self, area=area, start=from_, end=to, kind=kind, order=order
        )


def _metres(within: str | float) -> float:
    return read_length(within, parameter="within") if isinstance(within, str) else within


def _silent(sentence: str) -> None:
    """Say nothing."""


def _one_text(source: "Source", options: "ReadOptions") -> "Table":
    """Return a text as a table of one row; a table is refused."""
    from gazetteer.tables import RowsTable
    from gazetteer.tables.reading import is_table, read_table, read_text

    if is_table(source):
        columns = ", ".join(read_table(source, options).columns)
        raise InputError(
            f"{source.name} is a table: name the column of its texts with --text; it has {columns}",
            parameter="text",
        )
    whole, notes = read_text(source, options)
    return RowsTable(("text",), [[whole]], source=source, notes=notes)


def _as_table(table: "str | Path | Table | pd.DataFrame") -> "str | Path | Table":
    """Return a frame as a table; anything else as it is."""
    if isinstance(table, (str, Path)) or not hasattr(table, "iloc"):
        return table
    from gazetteer.review.frames import FrameTable

    return FrameTable(table)


def _fitting(calibration: Calibration, *, name: str) -> Calibration:
    """Return a calibration, or refuse one that was made for other weights; without a hash it is for any."""
    if calibration.weights not in ("", load_weights().hash):
        raise InputError(
            f"{name} was made for other weights of the reader than this version has: make it anew with "
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
