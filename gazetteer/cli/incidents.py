"""The commands about a table of incidents: `near`, `count` and `ask`."""

from pathlib import Path
from typing import TYPE_CHECKING

from gazetteer.cli import incident_text as output_text
from gazetteer.cli import options as opt
from gazetteer.cli.running import open_gazetteer, progress_bar, show
from gazetteer.errors import InputError

if TYPE_CHECKING:
    from gazetteer.gazetteer import Gazetteer
    from gazetteer.incidents import Incidents

#: How many rows are shown unless all are asked for.
_SHOWN = 50
_NEAR_BY = "--by takes area, month or both; or facility, which month may follow"


@opt.reads_table("", "of-")
def near(
    table: opt.TableFile,
    of: opt.KindOrTable,
    within: opt.Length,
    output: opt.AnswerOutput = None,
    by: opt.ByFacility = None,
    area: opt.AreaOrPolygon = None,
    start: opt.FirstDay = None,
    end: opt.LastDay = None,
    kind: opt.IncidentKind = None,
    all_rows: opt.AllRows = False,
    ignore_dates: opt.IgnoreDates = False,
    impute: opt.Impute = False,
    *,
    reading: opt.Reading,
    of_reading: opt.Reading,
    gazetteer: opt.GazetteerFile = None,
    calibration: opt.CalibrationFile = None,
    as_json: opt.AsJson = False,
) -> None:
    """Say which incidents lie within a distance of a kind of place, and how sure that is."""
    from gazetteer.near import by_facility, near_chosen, near_counts, select, targets_for
    from gazetteer.notation.lengths import read_length

    within_m = read_length(within, parameter="within")
    ways = set(by or ())
    if ways - {"facility", "area", "month"} or ways >= {"facility", "area"}:
        raise InputError(_NEAR_BY, parameter="by")
    if impute and "facility" in ways:
        raise InputError("--impute tells how many there are, and not at which place: leave --by facility out")
    _check_output(output, table, of)
    limit = None if all_rows else _SHOWN
    with open_gazetteer(gazetteer, calibration) as opened:
        targets = targets_for(
            opened,
            of,
            columns=of_reading.columns,
            sheet=of_reading.sheet,
            encoding=of_reading.encoding,
            order=of_reading.order,
        )
        incidents = _read(table, opened, reading)
        chosen = select(incidents, opened, area=area, start=start, end=end, kind=kind, order=reading.order)
        if "facility" in ways:
            counted = by_facility(
                chosen.chosen, targets, within_m=within_m, by_month="month" in ways, ignore_dates=ignore_dates
            )
            words = output_text.facility_answer(counted, chosen, of=of, within_m=within_m, limit=limit)
            _show(counted.as_json(), words, counted.write(output) if output else (), as_json=as_json)
            return
        if ways:
            counts = near_counts(
                chosen,
                targets,
                opened,
                within_m=within_m,
                by=ways,
                ignore_dates=ignore_dates,
                impute=impute,
            )
            words = output_text.near_count_answer(counts, of=of, limit=limit)
            _show(counts.as_json(), words, counts.write(output) if output else (), as_json=as_json)
            return
        answer = near_chosen(
            chosen, targets, opened, within_m=within_m, ignore_dates=ignore_dates, impute=impute
        )
        written = answer.write(output) if output else ()
    _show(
        answer.as_geojson() if as_json and not written else answer.as_json(),
        output_text.near_answer(answer, of=of, limit=0 if written else limit),
        written,
        as_json=as_json,
    )


@opt.reads_table("")
def count(
    table: opt.TableFile,
    output: opt.AnswerOutput = None,
    area: opt.AreaOrPolygon = None,
    start: opt.FirstDay = None,
    end: opt.LastDay = None,
    kind: opt.IncidentKind = None,
    by: opt.ByAreaOrMonth = None,
    all_rows: opt.AllRows = False,
    *,
    reading: opt.Reading,
    gazetteer: opt.GazetteerFile = None,
    calibration: opt.CalibrationFile = None,
    as_json: opt.AsJson = False,
) -> None:
    """Count incidents in an area or a drawn polygon, between days, by area and month."""
    _check_output(output, table)
    with open_gazetteer(gazetteer, calibration) as opened:
        incidents = _read(table, opened, reading)
        counted = opened.count(
            incidents, by=by or (), area=area, from_=start, to=end, kind=kind, dayfirst=reading.dayfirst
        )
    words = output_text.count_answer(counted, limit=None if all_rows else _SHOWN)
    _show(counted.as_json(), words, counted.write(output) if output else (), as_json=as_json)


@opt.reads_table("")
def ask(
    question: opt.QuestionText,
    incidents: opt.Incidents = None,
    all_rows: opt.AllRows = False,
    ignore_dates: opt.IgnoreDates = False,
    impute: opt.Impute = False,
    *,
    reading: opt.Reading,
    gazetteer: opt.GazetteerFile = None,
    calibration: opt.CalibrationFile = None,
    as_json: opt.AsJson = False,
) -> None:
    """Answer a question about incidents, such as "strikes within 5 km of a hospital in Idlib"."""
    from gazetteer.ask import answer, parse_question

    asked = parse_question(question, order=reading.order)
    if incidents is None and asked.about_incidents:
        raise InputError("this question is about incidents: name their table with --incidents TABLE")
    with open_gazetteer(gazetteer, calibration) as opened:
        rows = None if incidents is None else _read(incidents, opened, reading)
        answered = answer(asked, opened, rows, ignore_dates=ignore_dates, impute=impute)
        words = "" if as_json else output_text.question_answer(answered, limit=None if all_rows else _SHOWN)
        show(answered.as_json() if as_json else words)


def _read(table: Path, gazetteer: "Gazetteer", reading: opt.Reading) -> "Incidents":
    with progress_bar("Resolving places") as progress:
        return gazetteer.read_incidents(
            table,
            columns=reading.columns,
            sheet=reading.sheet,
            encoding=reading.encoding,
            dayfirst=reading.dayfirst,
            progress=progress,
        )


def _check_output(output: Path | None, *inputs: str | Path) -> None:
    """Refuse an output that is one of the inputs, before any work."""
    from gazetteer.tables.writing import check_target

    for one in inputs:
        if output is not None:
            check_target(output, Path(one))


def _show(answer: object, words: str, written: tuple[Path, ...], *, as_json: bool) -> None:
    """Show an answer; beside a table on standard output the words go to standard error."""
    from gazetteer.tables.writing import STANDARD

    to_standard = written == (Path(STANDARD),)
    show(answer if as_json else words, err=to_standard)
    if written and not as_json and not to_standard:
        show(f"Written to {' and '.join(map(str, written))}")
