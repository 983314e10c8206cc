"""What every command of `gazetteer` does alike: open the gazetteer, show an answer, let a person watch."""

import contextlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from gazetteer.catalog import Gazetteer
    from gazetteer.tables.mentions import Progress

__all__ = ["open_gazetteer", "progress_bar", "show"]


def open_gazetteer(path: Path | None) -> "Gazetteer":
    """Open the gazetteer file named, or the default."""
    from gazetteer.catalog import Gazetteer

    return Gazetteer.open(path)


def show(answer: object, *, err: bool = False) -> None:
    """Print text as it is, and everything else as JSON; to stderr if asked."""
    if not isinstance(answer, str):
        answer = json.dumps(answer, ensure_ascii=False, indent=2, allow_nan=False)
    typer.echo(answer, err=err)


@contextlib.contextmanager
def progress_bar(label: str) -> Iterator["Progress | None"]:
    """Give a callback that moves a bar on stderr; None where no one is watching."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress as Bar

    with Bar(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
