"""The commands that resolve a table: `enrich`, `geoparse`, `evaluate` and `calibrate`."""

from dataclasses import asdict
from functools import partial

from gazetteer.answers import MIN_CONFIDENCE, MIN_CONFIDENCE_IN_TEXT, Report
from gazetteer.cli import options as opt
from gazetteer.cli import text as in_words
from gazetteer.cli.running import progress_bar


def enrich(
    table_file: opt.TableFile,
    output: opt.Output,
    *,
    enrichment: opt.Enrichment,
    work: opt.Work,
    session: opt.Session,
    table: opt.Table,
) -> None:
    """Add coordinates and areas to a table.

    Your own columns stay as they are. The added ones begin with gaz_. The columns of places and areas are
    found by their names; name them where that fails.

    Example: gazetteer enrich incidents.csv -o enriched.csv
    """
    with session.open() as gazetteer, work.progress("Resolving places") as progress:
        summary = gazetteer.enrich_file(
            table_file,
            output,
            progress=progress,
            **asdict(enrichment),
            **work.options,
            **table.options,
        )
    if summary.rows == 0:
        work.say(f"{table_file} has no rows; {output} holds the header only")
    session.show(summary, in_words.enrich_summary, err=str(output) == opt.STANDARD)


def geoparse(
    file: opt.TextOrTable,
    text: opt.TextColumn = None,
    *,
    id: opt.IdColumn = None,
    output: opt.AnswerOutput = None,
    local: opt.Local = None,
    min_confidence: opt.MinConfidence = MIN_CONFIDENCE_IN_TEXT,
    sheet: opt.Sheet = None,
    encoding: opt.Encoding = None,
    work: opt.Work,
    session: opt.Session,
) -> None:
    """Find the places that texts name.

    The file is one text, or with --text a table that has a column of them. Of each text the place of the
    event is marked.

    Example: gazetteer geoparse report.txt
    """
    with session.open() as gazetteer, work.progress("Reading texts") as progress:
        answer = gazetteer.geoparse_file(
            file,
            output,
            text=text,
            id=id,
            local=local,
            min_confidence=min_confidence,
            sheet=sheet,
            encoding=encoding,
            progress=progress,
            **work.options,
        )
    if isinstance(answer, Report):
        session.show(answer, in_words.report)
        return
    if answer.texts + answer.empty == 0:
        work.say(f"{file} has no rows; {output} holds the header only")
    session.show(answer, in_words.geoparse_summary, err=str(output) == opt.STANDARD)


def evaluate(
    table_file: opt.TableFile,
    *,
    true_lat: opt.TrueLatitude = "true_latitude",
    true_lon: opt.TrueLongitude = "true_longitude",
    min_confidence: opt.MinConfidence = MIN_CONFIDENCE,
    session: opt.Session,
    table: opt.Table,
) -> None:
    """Measure how often answers are right.

    The table needs the true coordinates beside the names.
    """
    with session.open() as gazetteer, progress_bar("Resolving places") as progress:
        figures = gazetteer.evaluate(
            table_file,
            true_lat=true_lat,
            true_lon=true_lon,
            min_confidence=min_confidence,
            progress=progress,
            **table.options,
        )
    session.show(figures, in_words.evaluation)


def calibrate(
    table_file: opt.TableFile,
    output: opt.CalibrationOutput,
    *,
    true_lat: opt.TrueLatitude = "true_latitude",
    true_lon: opt.TrueLongitude = "true_longitude",
    prior: opt.Prior = True,
    session: opt.Session,
    table: opt.Table,
) -> None:
    """Fit confidence and radius to your table.

    The table needs the true coordinates beside the names: at least 50 rows with 30 different names. Other
    commands take the file with --calibration.
    """
    with session.open() as gazetteer, progress_bar("Resolving places") as progress:
        made = gazetteer.calibrate(
            table_file,
            output,
            true_lat=true_lat,
            true_lon=true_lon,
            prior=prior,
            progress=progress,
            **table.options,
        )
    session.show(made, partial(in_words.calibrated, output=output))
