"""What is done with tables of incidents and of texts: a method for each command, with the command's words.

:class:`Tasks` is the half of :class:`gazetteer.Gazetteer` that only asks and looks nothing up itself. How a
table is read, `reading` below, are the options of :class:`gazetteer.TableOptions`; `selection` adds those of
:class:`gazetteer.SelectionOptions`. Each room is imported by the first task that needs it.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from gazetteer.answers import MIN_CONFIDENCE, MIN_CONFIDENCE_IN_TEXT, Report
from gazetteer.errors import InputError
from gazetteer.lookups import Lookups
from gazetteer.notation.lengths import read_length
from gazetteer.privacy.tiers import Tier
from gazetteer.values import Place, Reading, SelectionOptions, TableOptions

if TYPE_CHECKING:
    from collections.abc import Callable

    import geopandas as gpd
    import pandas as pd

    from gazetteer.ask import QuestionAnswer
    from gazetteer.enrich import Calibrated, EnrichSummary, Evaluation, GeoparseSummary
    from gazetteer.incidents import Incidents, Progress
    from gazetteer.leaks import LeaksAnswer
    from gazetteer.near import FacilityAnswer, NearAnswer, NearCounts, Selection, Targets
    from gazetteer.near.count import CountAnswer
    from gazetteer.tables import ReadOptions, Source, Table

    #: A table of incidents: a file, a frame, or incidents that were read.
    IncidentTable = str | Path | pd.DataFrame | Incidents


class Tasks(Lookups):
    """Tasks on tables, for anything that answers look-ups."""

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

        Returns
        -------
        geopandas.GeoDataFrame
            The frame with its index and columns as they were, the ``gaz_*`` columns, and points in
            ``gaz_geometry``, which is its geometry. ``attrs["gazetteer"]`` has counts by status, the
            gazetteer's hash and the sources to quote.

        Examples
        --------
        >>> import pandas as pd
        >>> from gazetteer import Gazetteer
        >>> rows = Gazetteer.open().enrich(pd.DataFrame({"place": ["Saraqeb"]}))
        >>> rows["gaz_status"].tolist(), rows["gaz_adm1_pcode"].tolist()
        (['resolved'], ['SY07'])
        """
        from gazetteer.review.frames import enrich_frame

        return enrich_frame(
            self,
            frame,
            columns=Reading.of(reading, text=text).columns,
            min_confidence=min_confidence,
            decisions=decisions,
            overwrite=overwrite,
            explode=explode,
        )

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
        frame, text
            As for :meth:`enrich`; the ``gaz_*`` columns that there are are not read.
        draws
            How many of each row, 1 to 1,000.
        seed
            The same seed gives the same draws; 0 or more.
        min_confidence
            From which confidence, 0 to 1, each of several places counts as named.

        Returns
        -------
        pandas.DataFrame
            A row for each draw and place, in the order of the rows: ``gaz_row`` (from 1), the column of ids,
            ``draw`` (from 1), ``gaz_place_number`` and the place, position and areas that were drawn, missing
            where none is. :mod:`gazetteer.enrich.draws` says how.

        Examples
        --------
        >>> import pandas as pd
        >>> from gazetteer import Gazetteer
        >>> len(Gazetteer.open().draws(pd.DataFrame({"place": ["Saraqeb"]}), draws=3, seed=1))
        3
        """
        from gazetteer.enrich import Draws
        from gazetteer.review.frames import draws_frame

        columns = Reading.of(reading, text=text).columns
        return draws_frame(self, frame, Draws(draws, seed), columns=columns, min_confidence=min_confidence)

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
            Write so many sampled positions of each row instead; see :meth:`draws`.
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
        """
        from gazetteer.enrich import Draws, Running, enrich_table
        from gazetteer.review import Review

        beside = {"explode": explode, "report": report, "review": review}
        beside["append-provenance"] = append_provenance
        if draws is not None and (given := [f"--{name}" for name, value in beside.items() if value]):
            raise InputError(
                f"--draws writes no enriched table: leave out {' and '.join(given)}, or run once for each",
                parameter="draws",
            )
        if draws is None and seed is not None:
            raise InputError("--seed is of draws: say how many with --draws", parameter="seed")
        how = Reading.of(reading, text=text)
        with Review(
            self,
            output,
            report=report,
            review=review,
            decisions=decisions,
            append_provenance=append_provenance,
        ) as stage:
            summary = enrich_table(
                self,
                table,
                output,
                columns=how.columns,
                encoding=how.encoding,
                sheet=how.sheet,
                min_confidence=min_confidence,
                overwrite=overwrite,
                explode=explode,
                draws=None if draws is None else Draws(draws, seed or 0),
                running=Running(processes, engine, scheduler, resume, say=say or _silent),
                progress=progress,
                stage=stage,
            )
        return replace(summary, files=stage.files)

    def geoparse_file(
        self,
        file: str | Path,
        output: str | Path | None = None,
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
    ) -> "GeoparseSummary | Report":
        """Write a table of the places that a text names, or all texts of a table, a row a mention.

        Without `output` nothing is written, and one text's :class:`Report` is returned.

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
        if output is None and (text is not None or resume):
            raise InputError("name the table to write with -o", parameter="output")
        options = ReadOptions(encoding=encoding, sheet=sheet, knows=knower(self))
        with source_named(file) as source:
            table = _one_text(source, options) if text is None else read_table(source, options)
            if output is None:
                ((whole,),) = table.rows()
                return self.geoparse(str(whole), local=bool(local), min_confidence=min_confidence)
            return geoparse_table(
                self,
                table,
                output,
                text=text or "text",
                id=id,
                local=bool(local) if text is None else local,
                min_confidence=min_confidence,
                running=Running(processes, engine, scheduler, resume, say=say or _silent),
                progress=progress,
            )

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
        progress
            Called with how many different names are resolved, and of how many.
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
        table, true_lat, true_lon, progress
            As for :meth:`evaluate`; at least 50 rows of 30 different names.
        output
            The file to write, which :meth:`open` takes; None writes none.
        prior
            Whether governorates that reports name more often are favoured where no area is stated.

        Returns
        -------
        Calibrated
            The calibration, and in `words` what it changes and whether it is better.
        """
        from gazetteer.enrich import LabelledColumns
        from gazetteer.enrich.calibrate import calibrate, check_calibration_target

        how = Reading.of(reading)
        if output is not None:
            check_calibration_target(Path(output), Path(table), self)
        labelled = LabelledColumns(true_lat, true_lon, how.columns, how.encoding, how.sheet)
        made = calibrate(self, table, labelled=labelled, prior=prior, progress=progress)
        if output is not None:
            made.write(Path(output))
        return made

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

        Returns
        -------
        Incidents
            One for each row, in order; none is dropped.

        Examples
        --------
        >>> from gazetteer import Gazetteer
        >>> Gazetteer.open().read_incidents("examples/incidents.csv")
        <Incidents: 15, 12 with a position>
        """
        from gazetteer.incidents import read_incidents

        how = Reading.of(reading)
        return read_incidents(
            _as_table(table),
            self,
            columns=how.columns,
            sheet=how.sheet,
            encoding=how.encoding,
            order=how.order,
            progress=progress,
        )

    def targets(
        self, of: "str | Path | Sequence[Place]", **reading: Unpack[TableOptions]
    ) -> "Targets | Sequence[Place]":
        """Return the places of a kind or group ("hospital", "facilities"), or those in a table.

        The rows of a table are read as those of incidents are; ``kind``, ``valid_from`` and ``valid_to``
        count too. One without a position is counted and left out; one that can't be read is an error. Places
        are returned as they are.

        Examples
        --------
        >>> from gazetteer import Gazetteer
        >>> len(Gazetteer.open().targets("hospital")) > 10
        True
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
        ignore_dates: bool = False,
        impute: bool = False,
        progress: "Progress | None" = None,
        **selection: Unpack[SelectionOptions],
    ) -> "NearAnswer":
        """Tell which incidents, those of a selection, lie within a distance of some places, and how surely.

        Parameters
        ----------
        incidents
            A table, or what :meth:`read_incidents` gave.
        of
            A kind of place ("hospital"), a table of places, places, or what :meth:`targets` gave.
        within
            The distance: metres, or a text with its unit ("5 km"); at most 500 km.
        ignore_dates
            True counts every place, whether or not it existed on the day of the incident.
        impute
            True takes what is unknown of an incident to be near as often as what is known of those of its
            governorate, in the expected number.
        progress
            As for :meth:`read_incidents`.

        Returns
        -------
        NearAnswer
            Arrays, counts and the expected number; `write` makes a table of it.

        Examples
        --------
        >>> from gazetteer import Gazetteer
        >>> answer = Gazetteer.open().near(
        ...     "examples/incidents.csv", of="hospital", within="5 km", area="Idlib"
        ... )
        >>> answer.summary.certain, answer.summary.possible
        (2, 9)
        """
        from gazetteer.near import near_counts

        within_m, targets = _metres(within), self.targets(of)
        chosen = self._select(incidents, selection, progress)
        return near_counts(
            chosen, targets, self, within_m=within_m, ignore_dates=ignore_dates, impute=impute
        ).answer

    def count_near(
        self,
        incidents: "IncidentTable",
        *,
        of: "str | Path | Sequence[Place]",
        within: str | float,
        by: str | Collection[str],
        ignore_dates: bool = False,
        impute: bool = False,
        progress: "Progress | None" = None,
        **selection: Unpack[SelectionOptions],
    ) -> "NearCounts | FacilityAnswer":
        """Count what :meth:`near` finds, with its options, by area, by month or by both; or at each facility.

        Parameters
        ----------
        by
            "area", "month", both; or "facility", by "month" too, of which nothing can be imputed.

        Returns
        -------
        NearCounts or FacilityAnswer
            A row for each, with what is certain, possible and expected; `write` makes a table of it.

        Examples
        --------
        >>> from gazetteer import Gazetteer
        >>> rows = (
        ...     Gazetteer.open()
        ...     .count_near("examples/incidents.csv", of="hospital", within="5 km", by="month")
        ...     .rows
        ... )
        >>> [(row.month, row.certain, row.possible) for row in rows]
        [('2016-04', 1, 0), ('2016-05', 2, 9)]
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
        chosen = self._select(incidents, selection, progress)
        if "facility" not in ways:
            return near_counts(
                chosen,
                targets,
                self,
                within_m=within_m,
                by=ways,
                ignore_dates=ignore_dates,
                impute=impute,
            )
        counted = by_facility(
            chosen.chosen,
            targets,
            within_m=within_m,
            by_month="month" in ways,
            ignore_dates=ignore_dates,
        )
        return replace(counted, selection=chosen)

    def count(
        self,
        incidents: "IncidentTable",
        *,
        by: str | Collection[str] = (),
        progress: "Progress | None" = None,
        **selection: Unpack[SelectionOptions],
    ) -> "CountAnswer":
        """Count the incidents of a selection, and tell how many are expected.

        They are counted by "area", "month", both, or neither for the number alone. Of an area its parts are
        counted.

        Examples
        --------
        >>> from gazetteer import Gazetteer
        >>> rows = Gazetteer.open().count("examples/incidents.csv", by=["month"]).rows
        >>> [(row.month, row.incidents) for row in rows]
        [('2016-04', 1), ('2016-05', 14)]
        """
        from gazetteer.near import count_chosen

        chosen = self._select(incidents, selection, progress)
        return count_chosen(chosen, self, by=(by,) if isinstance(by, str) else by)

    def leaks(
        self,
        table: "str | Path | Table | pd.DataFrame",
        *,
        tier: Tier = "public",
        fix: str | Path | None = None,
        **reading: Unpack[TableOptions],
    ) -> "LeaksAnswer":
        """Find what a table gives away: which sensitive places it reveals, how exactly, and what to change.

        Parameters
        ----------
        table
            A file in any format of :mod:`gazetteer.tables`, or a pandas or geopandas frame.
        tier
            For whom the table is meant, "public" or "partner", as in :mod:`gazetteer.privacy.tiers`: a row
            reveals a place where it says more than the cell of that tier.
        fix
            A file to write: the table generalised to the tier. Every row is there, in order; a revealed
            position becomes the middle of its cell with the cell's radius, other notations are taken out.
            In the table's own format the rest of the file stays as it was.

        Returns
        -------
        LeaksAnswer
            The revelations, the worst first, of which `write` makes a table. A form that nobody thought of
            isn't found.

        Raises
        ------
        InputError
            If the tier is "full", which hides nothing, or unknown.
        TableError
            If the table can't be read, or `fix` can't be written.

        Examples
        --------
        >>> import pandas as pd
        >>> from gazetteer import Gazetteer
        >>> rows = pd.DataFrame({"target": ["Hospital", "School"], "where": ["35.92917, 36.63584"] * 2})
        >>> for leak in Gazetteer.open().leaks(rows).leaks:
        ...     print(leak.row, leak.column, leak.how, leak.exact_to_m)
        1 where coordinates 0.7
        """
        from gazetteer.leaks import find_leaks

        answer = find_leaks(self, _as_table(table), tier=tier, reading=Reading.of(reading))
        if fix is not None:
            answer.write_fixed(fix)
        return answer

    def ask(
        self,
        question: str,
        incidents: "IncidentTable | None" = None,
        *,
        ignore_dates: bool = False,
        impute: bool = False,
        progress: "Progress | None" = None,
        **reading: Unpack[TableOptions],
    ) -> "QuestionAnswer":
        """Answer a question in English or Arabic, such as "strikes within 5 km of a hospital in Idlib".

        Parameters
        ----------
        question
            One of the forms that :mod:`gazetteer.ask` knows; any other is a QuestionError with an example.
        incidents
            A table, or what :meth:`read_incidents` gave; needed where the question is about incidents.
        ignore_dates, impute, progress
            As for :meth:`near`.

        Examples
        --------
        >>> from gazetteer import Gazetteer
        >>> read = Gazetteer.open().ask("how far is Idlib from Aleppo").read.as_json()
        >>> read["relation"], read["from"], read["to"]
        ('distance', 'geonames:170063', 'geonames:169389')
        """
        from gazetteer.ask import answer, parse_question

        asked = parse_question(question, order=Reading.of(reading).order)
        rows = None if incidents is None else self._read(incidents, reading, progress)
        return answer(asked, self, rows, ignore_dates=ignore_dates, impute=impute)

    def _read(
        self, incidents: "IncidentTable", reading: TableOptions, progress: "Progress | None"
    ) -> "Incidents":
        from gazetteer.incidents import Incidents

        if isinstance(incidents, Incidents):
            return incidents
        return self.read_incidents(incidents, progress=progress, **reading)

    def _select(
        self, incidents: "IncidentTable", options: SelectionOptions, progress: "Progress | None"
    ) -> "Selection":
        from gazetteer.near import select

        area, kind = options.pop("area", None), options.pop("kind", None)
        start, end = options.pop("from_", None), options.pop("to", None)
        read, order = self._read(incidents, options, progress), Reading.of(options).order
        return select(read, self, area=area, start=start, end=end, kind=kind, order=order)


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
