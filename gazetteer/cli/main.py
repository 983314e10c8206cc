"""The command `gazetteer`: arguments in, text out.

Every command takes ``--gazetteer FILE`` (or ``GAZETTEER_FILE``; else the embedded default),
``--calibration FILE`` (or ``GAZETTEER_CALIBRATION``; else the packaged one) and ``--json``. Answers go to
stdout, notes and errors to stderr, errors as one line. Exit codes: 0 an answer, which may be that a name is
ambiguous or unresolved; 2 wrong use, which is whatever the person typed or handed in; 1 a failure, such as a
damaged gazetteer file or a name that must have a place and has none; 130 stopped with Ctrl-C.

Nothing heavy is imported until a command needs it, so that a look-up starts in under a second.
"""

import contextlib
import os
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gazetteer.answers import MIN_CONFIDENCE
from gazetteer.cli import geoparse as geoparsing
from gazetteer.cli import incidents
from gazetteer.cli import options as opt
from gazetteer.cli import text as in_words
from gazetteer.cli.running import open_gazetteer, progress_bar, remark, show
from gazetteer.errors import CoordinateError, GazetteerError, InputError

if TYPE_CHECKING:
    from gazetteer.gazetteer import Gazetteer
    from gazetteer.geodesy import LatLon

#: Which exit code an error gets: the first class that fits.
_EXIT_CODES: tuple[tuple[type[BaseException], int], ...] = (
    (InputError, 2),
    (GazetteerError, 1),
    (BrokenPipeError, 1),
    (OSError, 1),
    (KeyboardInterrupt, 130),
)
_NEGATIVE_NUMBERS = {"ignore_unknown_options": True}


class _Commands(typer.core.TyperGroup):
    """Runs a command and turns what it raises into one line and an exit code."""

    def invoke(self, ctx: Any) -> Any:
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except tuple(kind for kind, _ in _EXIT_CODES) as error:
            _report(error)
            raise typer.Exit(next(code for kind, code in _EXIT_CODES if isinstance(error, kind))) from error
        return result


def _report(error: BaseException) -> None:
    if isinstance(error, BrokenPipeError):  # the reader, `head` say, has seen enough
        with contextlib.suppress(OSError):  # the flush at exit goes nowhere, instead of failing again
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    elif isinstance(error, KeyboardInterrupt):
        typer.echo(f"\ngazetteer: {str(error) or 'stopped'}", err=True)
    else:
        typer.echo(f"gazetteer: {' '.join(str(error).split())}", err=True)


app = typer.Typer(
    name="gazetteer",
    cls=_Commands,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _show_version(wanted: bool) -> None:
    if not wanted:
        return
    from gazetteer.lookups import library_version

    typer.echo(f"gazetteer {library_version() or '(not installed)'}")
    raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Find the places of Syria by the names that reports give them, and measure between them."""


@app.command()
def resolve(
    text: opt.PlaceText,
    area: opt.Areas = None,
    kind: opt.Kind = None,
    limit: opt.Limit = 5,
    gazetteer: opt.GazetteerFile = None,
    calibration: opt.CalibrationFile = None,
    as_json: opt.AsJson = False,
) -> None:
    """Find the place that a spelling means."""
    from gazetteer.notation.positions import read_point

    read_point(text, parameter="text")  # says why, where it is a position that is out of range
    with open_gazetteer(gazetteer, calibration) as opened:
        answer = opened.resolve(text, area=area or None, kind=kind, limit=limit)
    show(answer.as_json() if as_json else in_words.resolution(answer))


@app.command(context_settings=_NEGATIVE_NUMBERS)
def reverse(
    latitude: opt.Latitude,
    longitude: opt.Longitude,
    gazetteer: opt.GazetteerFile = None,
    calibration: opt.CalibrationFile = None,
    as_json: opt.AsJson = False,
) -> None:
    """Say which areas a position lies in, and what is nearest."""
    from gazetteer.notation.positions import read_point

    position = read_point(f"{latitude.rstrip(',')}, {longitude}")
    if position is None:
        raise CoordinateError(
            f"{latitude!r} {longitude!r} is not a position: write latitude and longitude in degrees, as in "
            "'gazetteer reverse 35.93 36.63'"
        )
    with open_gazetteer(gazetteer, calibration) as opened:
        answer = opened.reverse(position)
        swapped = not answer.admin and _is_swapped(opened, position)
    show(answer.as_json() if as_json else in_words.reverse_answer(answer, swapped=swapped))


def _is_swapped(gazetteer: "Gazetteer", position: "LatLon") -> bool:
    """Tell whether a position lies abroad, and in the country the other way round."""
    import numpy as np

    from gazetteer.incidents.row import Country

    pair = np.array([position.latitude]), np.array([position.longitude])
    return bool(Country(gazetteer).is_swapped(*pair)[0])


@app.command(context_settings=_NEGATIVE_NUMBERS)
def distance(
    start: opt.Start,
    end: opt.End,
    gazetteer: opt.GazetteerFile = None,
    calibration: opt.CalibrationFile = None,
    as_json: opt.AsJson = False,
) -> None:
    """Measure from one place to another, along the geodesic on WGS 84."""
    with open_gazetteer(gazetteer, calibration) as opened:
        answer = opened.distance(start, end)
    show(answer.as_json() if as_json else in_words.distance_answer(answer))


@opt.reads_table("")
def enrich(
    table: opt.TableFile,
    output: opt.Output,
    *,
    reading: opt.Reading,
    overwrite: opt.Overwrite = False,
    text: opt.Text = None,
    explode: opt.Explode = False,
    draws: opt.Draws = None,
    seed: opt.Seed = None,
    report: opt.Report = None,
    review: opt.ReviewFile = None,
    decisions: opt.DecisionsFile = None,
    append_provenance: opt.AppendProvenance = False,
    min_confidence: opt.MinConfidence = MIN_CONFIDENCE,
    processes: opt.Processes = None,
    engine: opt.Engine = "local",
    scheduler: opt.Scheduler = None,
    resume: opt.Resume = False,
    quiet: opt.Quiet = False,
    gazetteer: opt.GazetteerFile = None,
    calibration: opt.CalibrationFile = None,
    as_json: opt.AsJson = False,
) -> None:
    """Write a table with coordinates, areas and codes beside its own columns."""
    from gazetteer.enrich import Draws, Running, enrich_table
    from gazetteer.review import Review

    enriched_only = {
        "--explode": explode,
        "--report": report,
        "--review": review,
        "--append-provenance": append_provenance,
    }
    if draws is not None and (others := [name for name, given in enriched_only.items() if given]):
        raise InputError(
            f"--draws writes no enriched table: leave out {' and '.join(others)}, or run once for each",
            parameter="draws",
        )
    if draws is None and seed is not None:
        raise InputError("--seed is of draws: say how many with --draws", parameter="seed")

    running = Running(processes, engine, scheduler, resume, say=(lambda sentence: None) if quiet else remark)
    with (
        open_gazetteer(gazetteer, calibration) as opened,
        Review(
            opened,
            output,
            report=report,
            review=review,
            decisions=decisions,
            append_provenance=append_provenance,
        ) as stage,
        progress_bar("Resolving places", quiet=quiet) as progress,
    ):
        summary = enrich_table(
            opened,
            table,
            output,
            columns=replace(reading.columns, text=text),
            encoding=reading.encoding,
            sheet=reading.sheet,
            min_confidence=min_confidence,
            overwrite=overwrite,
            explode=explode,
            draws=None if draws is None else Draws(draws, seed or 0),
            running=running,
            progress=progress,
            stage=stage,
        )
    if summary.rows == 0:
        running.say(f"{table} has no rows; {output} holds the header only")
    show(
        {**summary.as_json(), **{name: str(path) for name, path in stage.files.items()}}
        if as_json
        else in_words.enrich_summary(summary, report=report, review=review),
        err=str(output) == "-",  # standard output has the table
    )


@opt.reads_table("")
def evaluate(
    table: opt.TableFile,
    true_lat: opt.TrueLatitude = "true_latitude",
    true_lon: opt.TrueLongitude = "true_longitude",
    min_confidence: opt.MinConfidence = MIN_CONFIDENCE,
    *,
    reading: opt.Reading,
    gazetteer: opt.GazetteerFile = None,
    calibration: opt.CalibrationFile = None,
    as_json: opt.AsJson = False,
) -> None:
    """Measure how right the answers are on a table that has the true coordinates."""
    with open_gazetteer(gazetteer, calibration) as opened, progress_bar("Resolving places") as progress:
        figures = opened.evaluate(
            table,
            true_lat=true_lat,
            true_lon=true_lon,
            columns=reading.columns,
            encoding=reading.encoding,
            sheet=reading.sheet,
            min_confidence=min_confidence,
            progress=progress,
        )
    show(figures.as_json() if as_json else in_words.evaluation(figures))


@opt.reads_table("")
def calibrate(
    table: opt.TableFile,
    output: opt.CalibrationOutput,
    true_lat: opt.TrueLatitude = "true_latitude",
    true_lon: opt.TrueLongitude = "true_longitude",
    prior: opt.Prior = True,
    *,
    reading: opt.Reading,
    gazetteer: opt.GazetteerFile = None,
    calibration: opt.CalibrationFile = None,
    as_json: opt.AsJson = False,
) -> None:
    """Make a calibration of confidence and radius from a table that has the true coordinates."""
    from gazetteer.enrich.calibrate import check_calibration_target

    with open_gazetteer(gazetteer, calibration) as opened:
        check_calibration_target(output, table, opened)
        with progress_bar("Resolving places") as progress:
            made = opened.calibrate(
                table,
                true_lat=true_lat,
                true_lon=true_lon,
                columns=reading.columns,
                encoding=reading.encoding,
                sheet=reading.sheet,
                prior=prior,
                progress=progress,
            )
        made.write(output)
    show(made.as_json() if as_json else in_words.calibrated(made, output))


@app.command()
def info(
    gazetteer: opt.GazetteerFile = None,
    calibration: opt.CalibrationFile = None,
    as_json: opt.AsJson = False,
) -> None:
    """Show what the gazetteer file holds, and under which licences."""
    with open_gazetteer(gazetteer, calibration) as opened:
        about = opened.info()
    show(about.as_json() if as_json else in_words.gazetteer_info(about))


app.command()(enrich)
app.command()(evaluate)
app.command()(calibrate)
app.command()(geoparsing.geoparse)
app.command()(incidents.near)
app.command()(incidents.count)
app.command()(incidents.ask)


def main() -> None:
    """Run the command, with streams that can say every name whatever the code page."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    app(prog_name="gazetteer")
