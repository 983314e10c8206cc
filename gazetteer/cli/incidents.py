"""The commands about a table of incidents: `near`, `count` and `ask`; and `leaks`, what it gives away."""

from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from gazetteer.cli import options as opt
from gazetteer.cli import text as in_words
from gazetteer.cli.running import progress_bar
from gazetteer.notation.lengths import read_length

if TYPE_CHECKING:
    from gazetteer.gazetteer import Gazetteer

#: How many rows are shown unless all are asked for.
_SHOWN = 50


def near(
    incidents: opt.TableFile,
    *,
    of: opt.KindOrTable,
    within: opt.Length,
    output: opt.AnswerOutput = None,
    by: opt.ByFacility = None,
    selection: opt.Selection,
    all_rows: opt.AllRows = False,
    ignore_dates: opt.IgnoreDates = False,
    impute: opt.Impute = False,
    table: opt.Table,
    of_table: opt.Table,
    session: opt.Session,
) -> None:
    """Find incidents near places.

    Each incident is certainly, possibly or not within the distance, as far as positions are known.

    Example: gazetteer near incidents.csv --of hospital --within 5km
    """
    within_m = read_length(within, parameter="within")
    limit = None if all_rows else _SHOWN
    with session.open() as gazetteer, progress_bar("Resolving places") as progress:
        _check_output(output, gazetteer, incidents, of, selection.area)
        options: Any = {
            "of": gazetteer.targets(of, **of_table.options),
            "within": within_m,
            "ignore_dates": ignore_dates,
            "impute": impute,
            "progress": progress,
            **asdict(selection),
            **table.options,
        }
        if not by:
            answer = gazetteer.near(incidents, **options)
            if session.as_json and output is None:
                typer.echo(opt.json_text(answer.as_geojson()))
                return
            words = partial(in_words.near_answer, of=of, limit=0 if output else limit)
            _show(session, answer, words, output)
            return
        counts = gazetteer.count_near(incidents, by=by, **options)
        if "facility" in by:
            words = partial(in_words.facility_answer, of=of, within_m=within_m, limit=limit)
        else:
            words = partial(in_words.near_count_answer, of=of, limit=limit)
        _show(session, counts, words, output)


def count(
    incidents: opt.TableFile,
    *,
    output: opt.AnswerOutput = None,
    selection: opt.Selection,
    by: opt.ByAreaOrMonth = None,
    all_rows: opt.AllRows = False,
    table: opt.Table,
    session: opt.Session,
) -> None:
    """Count incidents by area and month.

    Choose them by area, days and kind.

    Example: gazetteer count incidents.csv --area Idlib --by month
    """
    with session.open() as gazetteer, progress_bar("Resolving places") as progress:
        _check_output(output, gazetteer, incidents, selection.area)
        answer = gazetteer.count(
            incidents, by=by or (), progress=progress, **asdict(selection), **table.options
        )
        words = partial(in_words.count_answer, limit=None if all_rows else _SHOWN)
        _show(session, answer, words, output)


def ask(
    question: opt.QuestionText,
    *,
    incidents: opt.Incidents = None,
    all_rows: opt.AllRows = False,
    ignore_dates: opt.IgnoreDates = False,
    impute: opt.Impute = False,
    table: opt.Table,
    session: opt.Session,
) -> None:
    """Answer a question about incidents.

    Questions are in English or Arabic.

    Example: gazetteer ask "strikes within 5 km of a hospital in Idlib" --incidents incidents.csv
    """
    with session.open() as gazetteer, progress_bar("Resolving places") as progress:
        answer = gazetteer.ask(
            question,
            incidents,
            ignore_dates=ignore_dates,
            impute=impute,
            progress=progress,
            **table.options,
        )
        session.show(answer, partial(in_words.question_answer, limit=None if all_rows else _SHOWN))


def leaks(
    table_file: opt.TableFile,
    *,
    tier: opt.ForTier = "public",
    output: opt.AnswerOutput = None,
    fix: opt.FixedOutput = None,
    fail: opt.Fail = False,
    all_rows: opt.AllRows = False,
    table: opt.Table,
    session: opt.Session,
) -> None:
    """Find what a table gives away of hospitals.

    It looks for the positions of hospitals, camps and other sensitive places. Each finding says where it
    stands, how exact it is and what to change.
    """
    with session.open() as gazetteer:
        for path in (output, fix):
            _check_output(path, gazetteer, table_file)
        options: Any = {"tier": tier, "fix": fix, **table.options}
        answer = gazetteer.leaks(table_file, **options)
        _show(session, answer, partial(in_words.leaks_answer, limit=None if all_rows else _SHOWN), output)
        if fix is not None and not session.as_json and str(fix) != opt.STANDARD:
            typer.echo(f"The table without them is in {fix}")
    if fail and answer.leaks:
        raise typer.Exit(1)


def _check_output(output: Path | None, gazetteer: "Gazetteer", *inputs: str | Path | None) -> None:
    """Refuse an output that is one of the inputs or the gazetteer file, before any work."""
    from gazetteer.tables.writing import check_target

    if output is None or str(output) == opt.STANDARD:
        return
    opened = gazetteer.info().path
    for one in inputs:
        check_target(output, Path(one) if one else None, gazetteer_file=opened)


def _show(session: opt.Session, answer: Any, words: Callable[[Any], str], output: Path | None) -> None:
    """Write an answer if asked, and show it; beside a table on standard output, to standard error."""
    written = answer.write(output) if output else ()
    to_standard = str(output) == opt.STANDARD
    session.show(answer, words, err=to_standard)
    if written and not session.as_json and not to_standard:
        typer.echo(f"Written to {' and '.join(map(str, written))}")
