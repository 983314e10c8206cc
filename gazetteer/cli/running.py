"""What every command of `gazetteer` does alike: open the gazetteer, show an answer, let a person watch."""

import contextlib
import gc
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from gazetteer.gazetteer import Gazetteer
    from gazetteer.incidents import Progress


def open_gazetteer(path: Path | None, calibration: Path | None) -> "Gazetteer":
    """Open the gazetteer file and the calibration named, or the defaults."""
    from gazetteer.gazetteer import Gazetteer

    opened = Gazetteer.open(path, calibration=calibration)
    gc.freeze()  # it stays until the end: looking through it for garbage took a fifth of the time of a table
    return opened


def show(answer: object, *, err: bool = False) -> None:
    """Print text as it is, and everything else as JSON; to stderr if asked."""
    if not isinstance(answer, str):
        answer = json.dumps(answer, ensure_ascii=False, indent=2, allow_nan=False)
    typer.echo(answer, err=err)


def remark(sentence: str) -> None:
    """Say something beside the answer."""
    typer.echo(f"gazetteer: {sentence}", err=True)


@contextlib.contextmanager
def progress_bar(label: str, *, quiet: bool = False) -> Iterator["Progress | None"]:
    """Give a callback that moves a bar on stderr; None where no one is watching, or wants to."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich import progress
    from rich.console import Console

    columns = (
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        progress.MofNCompleteColumn(),
        progress.TextColumn("{task.fields[rate]}"),
        progress.TextColumn("time left"),
        progress.TimeRemainingColumn(),
    )
    with progress.Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=None, rate="")

        def show_done(done: int, total: int) -> None:
            speed = bar.tasks[0].speed
            bar.update(task, completed=done, total=total, rate=f"{speed:,.0f}/s" if speed else "")

        yield show_done
