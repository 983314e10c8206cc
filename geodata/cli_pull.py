"""The commands ``gazetteer-data sources`` and ``gazetteer-data pull``.

What was brought goes to standard output, a line a file; the progress bar, failures and errors to
standard error. Exit codes: 0 all there, 1 something could not be had, 2 wrong use, 130 stopped by Ctrl-C.
"""

import contextlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from geodata.fetch import Fetcher, Patience
from geodata.pull import Failure, Outcome
from geodata.pull import pull as pull_sources
from geodata.sources import choose_sources, read_sources

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

__all__ = ["pull", "sources"]

_STATES = {"new": "new", "updated": "newer than the one before", "current": "already current"}


def sources(
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, with the words to quote.")] = False,
) -> None:
    """List what the gazetteer can be made from: what each source gives, its licence, size and address."""
    known = read_sources()
    if as_json:
        typer.echo(json.dumps([source.as_json() for source in known], indent=2, ensure_ascii=False))
        return
    for source in known:
        typer.echo(f"{source.id}\n    {source.title}")
        for label, text in (
            ("gives", source.gives),
            ("licence", " ".join(part for part in (source.licence, source.licence_url) if part)),
            ("asks", source.asks),
            ("size", source.size),
            ("address", source.address),
        ):
            if text:
                typer.echo(f"    {label:<8} {text}")


def pull(
    into: Annotated[Path, typer.Option("--into", metavar="DIR", help="The folder to bring the files to.")],
    wanted: Annotated[
        list[str] | None, typer.Argument(metavar="SOURCE", help="Ids from 'sources'; all if none.")
    ] = None,
    mirror: Annotated[
        str | None,
        typer.Option(
            metavar="URL_OR_DIR",
            help="Take them from here: a folder that 'pull' filled, or the same on the web.",
        ),
    ] = None,
    timeout: Annotated[
        float, typer.Option(metavar="SECONDS", min=0.1, help="How long to wait for a silent server.")
    ] = 30.0,
    retries: Annotated[int, typer.Option(min=0, help="How often to try again what may pass.")] = 3,
    checksum: Annotated[
        bool, typer.Option("--checksum/--no-checksum", help="Refuse a file without its published checksum.")
    ] = True,
) -> None:
    """Download sources into a folder; run it again to go on after a break, or to renew.

    Files that are current stay as they are. Ctrl-C loses nothing.
    """
    failures: list[Failure] = []
    try:
        chosen = choose_sources(read_sources(), wanted or ())
        with _display() as display:
            fetcher = Fetcher(Patience(timeout_s=timeout, retries=retries), on_bytes=display.bytes)
            results = pull_sources(
                chosen, into, fetcher=fetcher, mirror=mirror, compare_checksums=checksum, on_file=display.file
            )
            for result in results:
                if isinstance(result, Failure):
                    failures.append(result)
                else:
                    display.line(_line(result))
    except KeyboardInterrupt as stopped:
        typer.echo(
            "gazetteer-data: stopped; what came is kept: run the same command again to go on", err=True
        )
        raise typer.Exit(130) from stopped
    for reason, names in _by_reason(failures).items():
        typer.echo(f"gazetteer-data: {', '.join(names)}: {reason}", err=True)
    if failures:
        raise typer.Exit(1)
    typer.echo(f"Next: gazetteer-data build --from {into} -o gazetteer.gpkg")


def _line(result: Outcome) -> str:
    file = result.file
    release = f", release {file.release}" if file.release else ""
    replaced = f" (in place of {result.replaced})" if result.replaced else ""
    return f"{file.file}: {_size(file.bytes)}{release}, {_STATES[result.state]}{replaced}"


def _size(size_bytes: int) -> str:
    """Return a size as people say it, in powers of 1,000."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size_bytes >= factor:
            return f"{size_bytes / factor:.1f} {unit}"
    return f"{size_bytes} bytes"


def _by_reason(failures: list[Failure]) -> dict[str, list[str]]:
    """Group failures, so that one unreachable server is one sentence."""
    grouped: dict[str, list[str]] = {}
    for failure in failures:
        grouped.setdefault(failure.reason, []).append(failure.source)
    return grouped


class _Display:
    """What is shown while files come: nothing but lines, where standard error is no terminal."""

    def bytes(self, done: int, total: int | None) -> None:
        """Show how far the present file is."""

    def file(self, name: str) -> None:
        """Begin with another file."""

    def line(self, text: str) -> None:
        """Say what became of a file."""
        typer.echo(text)


class _Bar(_Display):
    """A bar on standard error; lines stand above it where both are the same terminal."""

    def __init__(self, progress: "Progress") -> None:
        self._progress = progress
        self._task: TaskID | None = None

    def bytes(self, done: int, total: int | None) -> None:
        if self._task is not None:
            self._progress.update(self._task, completed=done, total=total)

    def file(self, name: str) -> None:
        self._clear()
        self._task = self._progress.add_task(name, total=None)

    def line(self, text: str) -> None:
        self._clear()
        if sys.stdout.isatty():
            self._progress.console.print(text, markup=False, highlight=False, soft_wrap=True)
        else:
            typer.echo(text)

    def _clear(self) -> None:
        if self._task is not None:
            self._progress.remove_task(self._task)
            self._task = None


@contextlib.contextmanager
def _display() -> Iterator[_Display]:
    if not sys.stderr.isatty():
        yield _Display()
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, redirect_stdout=False, redirect_stderr=False) as progress:
        yield _Bar(progress)
