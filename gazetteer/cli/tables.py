"""The commands that resolve a table: `demo` an example, `enrich`, `geoparse`, `evaluate` and `calibrate`."""

from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from gazetteer.answers import MIN_CONFIDENCE, MIN_CONFIDENCE_IN_TEXT, Report
from gazetteer.cli import options as opt
from gazetteer.cli import text as in_words
from gazetteer.cli.running import progress_bar
from gazetteer.errors import TableError

if TYPE_CHECKING:
    from gazetteer.enrich import EnrichSummary

_DEMO_QUESTION = "strikes within 5 km of a hospital"


def demo(folder: opt.DemoFolder = Path("demo-output"), *, session: opt.Session) -> None:
    """Try the program on its example table.

    The table is enriched, and a question about it is answered.

    Example: gazetteer demo
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TableError(f"{folder} can't be made ({error.strerror}): name another folder") from error
    enriched = folder / "incidents.enriched.csv"
    with session.open() as gazetteer:
        summary = gazetteer.enrich_file(_example_table(), enriched)
        answer = gazetteer.ask(_DEMO_QUESTION, enriched)
    if not session.as_json:
        typer.echo(f"{in_words.enrich_summary(summary)}\n\n{_DEMO_QUESTION}?")
    shown = partial(in_words.question_answer, limit=None)
    map_of_it = f"To see it on a map: gazetteer-serve --incidents {enriched}"
    session.show(answer, shown, by=gazetteer, written=[f"\n{map_of_it}"], left_open=_open_rows(summary))


def _example_table() -> Path:
    """Return the example: inside the installed library, or beside it in a clone."""
    library = Path(__file__).parents[1]
    inside = library / "examples" / "incidents.csv"
    return inside if inside.exists() else library.parent / "examples" / "incidents.csv"


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
    found by their names; if that fails, name them.

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
    session.show(
        summary,
        in_words.enrich_summary,
        by=gazetteer,
        output=output,
        left_open=_open_rows(summary),
        say=work.say,
    )


def _open_rows(summary: "EnrichSummary") -> str:
    count = summary.statuses["ambiguous"] + summary.statuses["unresolved"]
    return in_words.left_open(count, "row is left open", "rows are left open")


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

    The file is one text, or with --text a table that has a column of texts. The place of the event is marked.

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
        session.show(answer, in_words.report, by=gazetteer, say=work.say)
        return
    if answer.texts + answer.empty == 0:
        work.say(f"{file} has no rows; {output} holds the header only")
    ambiguous = answer.statuses["ambiguous"]
    session.show(
        answer,
        in_words.geoparse_summary,
        by=gazetteer,
        output=output,
        left_open=in_words.left_open(ambiguous, "mention is left open", "mentions are left open"),
        say=work.say,
    )


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

    Example: gazetteer evaluate labelled.csv
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
    session.show(figures, in_words.evaluation, by=gazetteer)


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

    Example: gazetteer calibrate labelled.csv -o mine.json
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
    session.show(made, partial(in_words.calibrated, output=output), by=gazetteer)
