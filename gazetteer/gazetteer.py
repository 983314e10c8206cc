"""The gazetteer that users hold: open, resolve, reverse, distance, places.

::

    from gazetteer import Gazetteer

    with Gazetteer.open() as gazetteer:
        answer = gazetteer.resolve("Ma'arrat an-Nu'man, rural Idlib")
        answer.status, answer.best.place.position, answer.best.confidence

Opening reads the file into memory, some tenths of a second for ten thousand places, and then holds no open
file: an instance may be shared by threads and forked processes. The indexes of positions
and of polygons are made when they are first needed, or all at once by :meth:`Gazetteer.warm`.

What has one answer is looked up by its base, :mod:`gazetteer.contents`; here is what has to be weighed.
"""

import os
from collections.abc import Collection, Iterable, Sequence
from copy import copy
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from gazetteer.answers import (
    MIN_CONFIDENCE,
    MIN_CONFIDENCE_IN_TEXT,
    DistanceAnswer,
    Report,
    Resolution,
    check_min_confidence,
)
from gazetteer.contents import AREA_HINT, Contents
from gazetteer.default_file import find_default_file
from gazetteer.errors import GazetteerFileError, InputError
from gazetteer.geodesy import LatLon, geod
from gazetteer.index.admin import Located
from gazetteer.info import GazetteerInfo
from gazetteer.kinds import PlaceKind, kinds_meant_by
from gazetteer.located import located
from gazetteer.one_place import one_place
from gazetteer.privacy.view import EVERYTHING, View, sensitive_kinds
from gazetteer.reading.areas import area_named
from gazetteer.reading.calibration import Calibration, load_calibration
from gazetteer.reading.candidates import warm_sounds
from gazetteer.reading.geoparse import geoparse
from gazetteer.reading.rank import Weights, load_weights
from gazetteer.reading.reader import Reader
from gazetteer.store.reader import GazetteerReader
from gazetteer.values import ColumnChoice, Place

if TYPE_CHECKING:
    import datetime

    import geopandas as gpd
    import pandas as pd

    from gazetteer.ask import QuestionAnswer
    from gazetteer.enrich import Calibrated
    from gazetteer.incidents import Incidents, Progress
    from gazetteer.near import NearAnswer
    from gazetteer.near.count import CountAnswer
    from gazetteer.notation.dates import DayOrder
    from gazetteer.tables.table import Table

#: The environment variable that names the gazetteer file.
FILE_VARIABLE = "GAZETTEER_FILE"
#: The environment variable that names the calibration file.
CALIBRATION_VARIABLE = "GAZETTEER_CALIBRATION"


class Gazetteer(Contents):
    """A gazetteer file, open for questions. Make one with :meth:`open`.

    Parameters
    ----------
    reader
        The file, opened.
    calibration
        What its confidences and radii promise.
    """

    def __init__(self, reader: GazetteerReader, calibration: Calibration) -> None:
        super().__init__(reader)
        self.text_reader = Reader(self._places, self._names, calibration=calibration)

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
        return cls(GazetteerReader(named), known)

    def with_weights(self, weights: Weights, calibration: Calibration) -> Self:
        """Return the same gazetteer with another model; for measuring models, not for answers."""
        other = copy(self)
        other.text_reader = Reader(self._places, self._names, weights=weights, calibration=calibration)
        return other

    @property
    def calibration(self) -> Calibration:
        """What its confidences and radii promise."""
        return self.text_reader.calibration

    def with_calibration(self, calibration: Calibration) -> Self:
        """Return the same gazetteer with other confidences and radii.

        Raises
        ------
        InputError
            If the calibration was made for other weights of the reader.
        """
        other = copy(self)
        known = _fitting(calibration, name="the calibration")
        other.text_reader = Reader(self._places, self._names, calibration=known)
        return other

    def with_sensitive(self, kinds: Iterable[str]) -> Self:
        """Return the gazetteer with every place of these kinds sensitive, besides those that its file marks.

        Parameters
        ----------
        kinds
            Kinds by name ("camp"), or groups ("facility"). Areas, settlements and computed points can't be.

        Raises
        ------
        InputError
            If one of them is no kind, or can't be sensitive.
        """
        return self._seen_as(self._view | View(sensitive=sensitive_kinds(kinds)))

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

        Raises
        ------
        InputError
            If `degrees` is out of its range.
        """
        return self._seen_as(self._view | View(degrees=degrees, names_withheld=withhold_names))

    def _seen_as(self, view: View) -> Self:
        other = super()._seen_as(view)
        other.text_reader = Reader(other._places, other._names, calibration=self.calibration)
        return other

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle as the name of the file, its content hash, the view and the calibration: another process
        opens it again.

        Unpickling raises GazetteerFileError where the file isn't there or holds something else.
        """
        path, content_hash = self._reader.path.resolve(), self._reader.content_hash
        own = None if self.calibration == load_calibration() else self.calibration
        return _open_same, (type(self), path, content_hash, self._view, own)

    def info(self) -> GazetteerInfo:
        """Return what the file holds, where it came from, and by which calibration it is answered from."""
        return replace(super().info(), calibration=self.calibration)

    def warm(self) -> None:
        """Make every index now, before the first question: for a server that forks.

        What is made is shared by the processes that are forked afterwards. Without this each index is made
        by the first question that needs it, which takes some tenths of a second.
        """
        self._admin.warm()
        self._names.warm()
        self.info()
        self.suggest("a", limit=1)
        self._reader.spellings_of("")
        self._reader.sources()
        warm_sounds(self._names)
        self.text_reader.read("a")  # the small words, and the names of countries
        for place in self._places[:1]:  # the words of reports, and how common a word is
            self.geoparse(f"{place.name} {place.name_ar}")
        len(self.text_reader.names.regions)
        geod()

    def close(self) -> None:
        """Release the gazetteer. Nothing is held open, so this only marks the end of its use."""

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

        Raises
        ------
        InputError
            If `area` names no area, `kind` no kind, or a number is out of its range.
        """
        if limit < 1:
            raise InputError(f"limit must be 1 or more, not {limit}", parameter="limit")
        check_min_confidence(min_confidence)
        kinds: Collection[PlaceKind] = ()
        if kind is not None and not (kinds := kinds_meant_by(kind)):
            raise InputError(
                f"{kind!r} is not a kind of place: use one of {', '.join(PlaceKind)}", parameter="kind"
            )
        named = [area] if isinstance(area, str) else area or ()
        areas = [frozenset(self._codes_of(name)) for name in named]
        found = self.text_reader.resolve(
            text,
            within=areas,
            hints=tuple(context),
            kinds=kinds,
            country=country,
            limit=limit,
            min_confidence=min_confidence,
        )
        matches = (located(match, self._areas_round) for match in found.matches)
        return found.with_matches(matches, min_confidence=min_confidence)

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

        Raises
        ------
        InputError
            If `min_confidence` is out of its range.

        Examples
        --------
        >>> from gazetteer import Gazetteer
        >>> report = Gazetteer.open().geoparse("Strikes hit Saraqeb in Idlib, Syria.")
        >>> [(m.text, m.resolution.best.place.id, m.main) for m in report.mentions]
        [('Saraqeb', 'geonames:164816', True), ('Idlib', 'SY07', False)]
        """
        check_min_confidence(min_confidence)
        return geoparse(text, self.text_reader, local=local, min_confidence=min_confidence)

    def _areas_round(self, position: LatLon) -> Located:
        return self._admin.at(position)  # which is made for the first point that needs it

    def _codes_of(self, area: str) -> list[str]:
        codes = [place.id for place in area_named(area, self._names, self._places)]
        if not codes:
            raise InputError(
                f"no area is called {area!r}: {AREA_HINT}",
                parameter="area",
            )
        return codes

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

    def read_incidents(
        self,
        table: "str | Path | Table | pd.DataFrame",
        *,
        columns: "ColumnChoice | None" = None,
        sheet: str | None = None,
        encoding: str | None = None,
        order: "DayOrder | None" = None,
        progress: "Progress | None" = None,
    ) -> "Incidents":
        """Read a table of incidents, enriched or not.

        Parameters
        ----------
        table
            A file in any format of :mod:`gazetteer.tables`, or a pandas or geopandas frame.
        columns
            The columns that matter, where their names don't tell.
        sheet, encoding
            The sheet of a workbook or the layer of a GeoPackage; the encoding of a text.
        order
            "day" or "month": which comes first in 05/06/2016. None lets the column decide.
        progress
            Called with how many different names are resolved, and of how many.

        Returns
        -------
        Incidents
            One for each row, in order; none is dropped.

        Raises
        ------
        TableError
            If the table can't be read, or has neither positions nor a place column.
        """
        from gazetteer.incidents import read_incidents

        return read_incidents(
            _as_table(table), self,
            columns=columns, sheet=sheet, encoding=encoding, order=order, progress=progress,
        )  # fmt: skip

    def near(
        self,
        incidents: "str | Path | pd.DataFrame | Incidents",
        *,
        of: "str | Path | Sequence[Place]",
        within: str | float,
        area: str | Path | None = None,
        start: "str | datetime.date | None" = None,
        end: "str | datetime.date | None" = None,
        kind: str | None = None,
        order: "DayOrder | None" = None,
        ignore_dates: bool = False,
        impute: bool = False,
    ) -> "NearAnswer":
        """Tell which incidents lie within a distance of some places, and how sure that is.

        Parameters
        ----------
        incidents
            A table, or what :meth:`read_incidents` gave.
        of
            A kind of place ("hospital"), a table of places, or places.
        within
            The distance: metres, or a text with its unit ("5 km"); at most 500 km.
        area, start, end, kind
            Which incidents: an admin unit by name or P-code or a drawn area in a GeoJSON file, first and
            last day, what happened in the table's own words. None asks for all.
        order
            "day" or "month": which comes first in 05/06/2016, in the table and in `start` and `end`. None
            lets the column decide.
        ignore_dates
            True counts every place, whether or not it existed on the day of the incident.
        impute
            True takes what is unknown of an incident to be near as often as what is known of those of its
            governorate, in the expected number.

        Returns
        -------
        NearAnswer
            Arrays, counts and the expected number; `write` makes a table of it.

        Raises
        ------
        InputError
            If something can't be read; the message names it.
        """
        from gazetteer.near import near_chosen, select_given, targets_for
        from gazetteer.notation.lengths import read_length

        within_m = read_length(within, parameter="within") if isinstance(within, str) else within
        targets = targets_for(self, str(of)) if isinstance(of, (str, Path)) else of
        chosen = select_given(
            self._read(incidents, order), self, area=area, start=start, end=end, kind=kind, order=order
        )
        return near_chosen(chosen, targets, self, within_m=within_m, ignore_dates=ignore_dates, impute=impute)

    def count(
        self,
        incidents: "str | Path | pd.DataFrame | Incidents",
        *,
        by: Collection[str] = (),
        area: str | Path | None = None,
        start: "str | datetime.date | None" = None,
        end: "str | datetime.date | None" = None,
        kind: str | None = None,
        order: "DayOrder | None" = None,
    ) -> "CountAnswer":
        """Count incidents, by area and month, and tell how many are expected.

        Parameters
        ----------
        incidents, area, start, end, kind, order
            As for :meth:`near`.
        by
            "area", "month", both, or neither for the number alone. Of an area its parts are counted.

        Raises
        ------
        InputError
            If something can't be read; the message names it.
        """
        from gazetteer.near import count_chosen, select_given

        chosen = select_given(
            self._read(incidents, order), self, area=area, start=start, end=end, kind=kind, order=order
        )
        return count_chosen(chosen, self, by=by)

    def ask(
        self,
        question: str,
        incidents: "str | Path | pd.DataFrame | Incidents | None" = None,
        *,
        order: "DayOrder | None" = None,
        ignore_dates: bool = False,
        impute: bool = False,
    ) -> "QuestionAnswer":
        """Answer a question in plain English, such as "strikes within 5 km of a hospital in Idlib".

        Parameters
        ----------
        question
            One of the forms that :mod:`gazetteer.ask` knows.
        incidents
            A table, or what :meth:`read_incidents` gave; needed where the question is about incidents.
        order, ignore_dates, impute
            As for :meth:`near`.

        Raises
        ------
        QuestionError
            If the question isn't understood; the message has examples.
        InputError, NotFoundError
            If it is about incidents and there are none, or a name has no answer or several.
        """
        from gazetteer.ask import answer, parse_question

        rows = None if incidents is None else self._read(incidents, order)
        return answer(
            parse_question(question, order=order), self, rows, ignore_dates=ignore_dates, impute=impute
        )

    def draws(
        self,
        frame: "pd.DataFrame",
        number: int = 20,
        *,
        seed: int = 0,
        columns: "ColumnChoice | None" = None,
        min_confidence: float = MIN_CONFIDENCE,
    ) -> "pd.DataFrame":
        """Return sampled positions of each row of a frame, for models that take uncertainty along.

        Parameters
        ----------
        frame
            The incidents, a row each; the ``gaz_*`` columns that it has are not read.
        number
            How many draws of each row, 1 to 1,000.
        seed
            The same seed gives the same draws; 0 or more.
        columns
            The columns that matter, where their names don't tell.
        min_confidence
            From which confidence, 0 to 1, each of several places counts as named.

        Returns
        -------
        pandas.DataFrame
            A row for each draw and place, in the order of the rows: ``gaz_row`` (from 1), the column of ids,
            ``draw`` (from 1), ``gaz_place_number`` and the place, position and areas that were drawn, missing
            where none is. :mod:`gazetteer.enrich.draws` says how.

        Raises
        ------
        TableError
            If no column holds places, or two have the same name.
        InputError
            If `frame` is no frame, or a number is out of its range.
        """
        from gazetteer.enrich import Draws
        from gazetteer.review.frames import draws_frame

        return draws_frame(
            self,
            frame,
            Draws(number, seed),
            columns=columns or ColumnChoice(),
            min_confidence=min_confidence,
        )

    def calibrate(
        self,
        table: str | Path,
        *,
        true_lat: str = "true_latitude",
        true_lon: str = "true_longitude",
        columns: "ColumnChoice | None" = None,
        sheet: str | None = None,
        encoding: str | None = None,
        prior: bool = True,
        progress: "Progress | None" = None,
    ) -> "Calibrated":
        """Make a calibration of confidence and radius from a table whose true positions are known.

        Parameters
        ----------
        table
            A file in any format of :mod:`gazetteer.tables`, with at least 50 rows of 30 different names.
        true_lat, true_lon
            The columns of the true positions, in decimal degrees.
        prior
            Whether governorates that reports name more often are favoured where no area is stated.
        columns, sheet, encoding, progress
            As for :meth:`read_incidents`.

        Returns
        -------
        Calibrated
            The calibration, and in `words` what it changes and whether it is better; `write` makes the file
            that :meth:`open` takes.

        Raises
        ------
        TableError
            If the table can't be read, or has too few rows.
        """
        from gazetteer.enrich.calibrate import calibrate
        from gazetteer.enrich.labelled import LabelledColumns

        labelled = LabelledColumns(true_lat, true_lon, columns, encoding, sheet)
        return calibrate(self, table, labelled=labelled, prior=prior, progress=progress)

    def _read(
        self, incidents: "str | Path | pd.DataFrame | Incidents", order: "DayOrder | None"
    ) -> "Incidents":
        from gazetteer.incidents import Incidents

        return incidents if isinstance(incidents, Incidents) else self.read_incidents(incidents, order=order)

    def enrich(
        self,
        frame: "pd.DataFrame",
        *,
        place: str | None = None,
        place_ar: str | None = None,
        admin: Sequence[str] = (),
        latitude: str | None = None,
        longitude: str | None = None,
        text: str | None = None,
        min_confidence: float = MIN_CONFIDENCE,
        decisions: str | Path | None = None,
        overwrite: bool = False,
        explode: bool = False,
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
        text
            A column of notes. They are the context of a name that is ambiguous, and the place where the row
            names none or only an area; ``gaz_from_text`` and ``gaz_text_reason`` say so.
        min_confidence
            From which confidence, 0 to 1, an answer counts as resolved.
        decisions
            A review file that was filled in; its decisions win.
        overwrite
            Replace the ``gaz_*`` columns that the frame has.
        explode
            Give a row for each of several places, with the index of its row, and the number of that row,
            from 1, in ``gaz_row``.

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
        from gazetteer.review.frames import enrich_frame

        return enrich_frame(
            self,
            frame,
            place=place,
            place_ar=place_ar,
            admin=admin,
            latitude=latitude,
            longitude=longitude,
            text=text,
            min_confidence=min_confidence,
            decisions=decisions,
            overwrite=overwrite,
            explode=explode,
        )


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
    opened = kind(GazetteerReader(path), calibration or load_calibration())
    if opened._reader.content_hash != content_hash:
        raise GazetteerFileError(
            f"{path} on this computer is another gazetteer than the one that is worked with: copy that there"
        )
    return opened if view == EVERYTHING else opened._seen_as(view)
