"""The command `geoparse`, about a text or a table of texts; :mod:`gazetteer.cli.main` takes it in."""

from typing import TYPE_CHECKING

from gazetteer.answers import MIN_CONFIDENCE_IN_TEXT
from gazetteer.cli import options as opt
from gazetteer.cli import text as in_words
from gazetteer.cli.running import open_gazetteer, progress_bar, remark, show
from gazetteer.errors import InputError

if TYPE_CHECKING:
    from gazetteer.tables import ReadOptions, Source, Table


def geoparse(
    file: opt.TextOrTable,
    text: opt.TextColumn = None,
    id: opt.IdColumn = None,
    output: opt.AnswerOutput = None,
    *,
    local: opt.Local = None,
    min_confidence: opt.MinConfidence = MIN_CONFIDENCE_IN_TEXT,
    sheet: opt.Sheet = None,
    encoding: opt.Encoding = None,
    processes: opt.Processes = None,
    engine: opt.Engine = "local",
    scheduler: opt.Scheduler = None,
    resume: opt.Resume = False,
    quiet: opt.Quiet = False,
    gazetteer: opt.GazetteerFile = None,
    calibration: opt.CalibrationFile = None,
    as_json: opt.AsJson = False,
) -> None:
    """Find the places that a text names, or all texts of a table, and where each event was."""
    from gazetteer.enrich import Running, geoparse_table
    from gazetteer.enrich.enrich import knower
    from gazetteer.tables import ReadOptions, read_table
    from gazetteer.tables.reading import source_named

    running = Running(processes, engine, scheduler, resume, say=(lambda sentence: None) if quiet else remark)
    if output is None and (text is not None or resume):
        raise InputError("name the table to write with -o", parameter="output")
    if text is None and (id is not None or sheet is not None):
        raise InputError("--id and --sheet are for a table: name the column of its texts with --text")
    with open_gazetteer(gazetteer, calibration) as opened, source_named(file) as source:
        options = ReadOptions(encoding=encoding, sheet=sheet, knows=knower(opened))
        if text is not None:
            table, column = read_table(source, options), text
        else:
            table, column = _one_text(source, options), "text"
            local = bool(local)
            if output is None:
                ((whole,),) = table.rows()
                report = opened.geoparse(whole, local=local, min_confidence=min_confidence)
                show(report.as_json() if as_json else in_words.report(report))
                return
        assert output is not None
        with progress_bar("Reading texts", quiet=quiet) as progress:
            summary = geoparse_table(
                opened,
                table,
                output,
                text=column,
                id=id,
                local=local,
                min_confidence=min_confidence,
                running=running,
                progress=progress,
            )
    if summary.texts + summary.empty == 0:
        running.say(f"{file} has no rows; {output} holds the header only")
    show(summary.as_json() if as_json else in_words.geoparse_summary(summary), err=str(output) == "-")


def _one_text(source: "Source", options: "ReadOptions") -> "Table":
    """Return a text as a table of one row; a table is refused."""
    from gazetteer.tables import RowsTable, read_table
    from gazetteer.tables.reading import is_table, read_text

    if is_table(source):
        columns = ", ".join(read_table(source, options).columns)
        raise InputError(
            f"{source.name} is a table: name the column of its texts with --text; it has {columns}",
            parameter="text",
        )
    whole, notes = read_text(source, options)
    return RowsTable(("text",), [[whole]], source=source, notes=notes)
