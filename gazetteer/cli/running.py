"""What the commands of this project do alike: they answer errors with one line and an exit code.

Exit codes: 0 an answer, which may be that a name is ambiguous or unresolved; 2 wrong use, in what
the person typed or handed in; 1 a failure, such as a damaged gazetteer file or a name that must have a place
and has none; 130 stopped with Ctrl-C. Errors, remarks and progress go to stderr.
"""

import contextlib
import errno
import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import typer

from gazetteer.errors import GazetteerError, InputError

if TYPE_CHECKING:
    from gazetteer.incidents import Progress

#: Which exit code an error gets: the first class that fits.
_EXIT_CODES: dict[type[BaseException], int] = {
    InputError: 2,
    GazetteerError: 1,
    OSError: 1,
    KeyboardInterrupt: 130,
}


class Commands(typer.core.TyperGroup):
    """Runs a command and turns what it raises into one line and an exit code."""

    def make_context(self, *args: Any, **given: Any) -> Any:
        """Read the arguments; --help and --version answer here."""
        with _errors_told(self.name or ""):
            return super().make_context(*args, **given)

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        with _errors_told(self.name or ""):
            result = super().invoke(ctx)
            sys.stdout.flush()
            return result


@contextlib.contextmanager
def _errors_told(program: str) -> Iterator[None]:
    try:
        yield
    except tuple(_EXIT_CODES) as error:
        _report(program, error)
        raise typer.Exit(next(c for kind, c in _EXIT_CODES.items() if isinstance(error, kind))) from error
    except Exception as error:  # typer has no public name for wrong use, which it writes itself
        if str(message := getattr(error, "message", "")).startswith("Got unexpected extra argument"):
            error.message = f"{message}: put words that belong together in quotes"  # type: ignore[attr-defined]
        raise


def _report(program: str, error: BaseException) -> None:
    if isinstance(error, BrokenPipeError):  # the reader, `head` say, has seen enough
        with contextlib.suppress(OSError):  # the flush at exit goes nowhere, instead of failing again
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    elif isinstance(error, KeyboardInterrupt):
        typer.echo(f"\n{program}: {str(error) or 'stopped'}", err=True)
    elif isinstance(error, OSError) and error.errno == errno.ENOSPC and error.filename is None:
        typer.echo(f"{program}: the answer can't be written: {error.strerror}", err=True)
    else:
        typer.echo(f"{program}: {' '.join(str(error).split())}", err=True)


def application(name: str, **options: Any) -> typer.Typer:
    """Return a program, or a group of its commands, to add commands to."""
    return typer.Typer(
        name=name,
        cls=Commands,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        **options,
    )


def version_option(program: str) -> Any:
    """Return the option that shows the version and stops."""

    def show(wanted: bool) -> None:
        if wanted:
            from gazetteer.lookups import library_version

            typer.echo(f"{program} {library_version() or '(not installed)'}")
            raise typer.Exit

    return typer.Option("--version", callback=show, is_eager=True, help="Show the version.")


def remark(sentence: str, *, program: str = "gazetteer") -> None:
    """Say something beside the answer, which is no worse where this can't be written."""
    with contextlib.suppress(OSError):
        typer.echo(f"{program}: {sentence}", err=True)


@contextlib.contextmanager
def progress_bar(label: str, *, quiet: bool = False) -> Iterator["Progress | None"]:
    """Give a callback that moves a bar on stderr; None in a pipe, and with --quiet."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich import progress
    from rich.console import Console

    bar = progress.Progress(
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        progress.MofNCompleteColumn(),
        progress.TextColumn("{task.fields[rate]}"),
        progress.TextColumn("time left"),
        progress.TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    task = bar.add_task(label, total=None, rate="")

    def show_done(done: int, total: int) -> None:
        bar.start()  # once there is something to show
        speed = bar.tasks[0].speed
        bar.update(task, completed=done, total=total, rate=f"{speed:,.0f}/s" if speed else "")

    try:
        yield show_done
    finally:
        bar.stop()
