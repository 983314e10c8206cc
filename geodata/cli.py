"""The command ``gazetteer-data``: arguments in, text out.

Errors go to standard error in one sentence: exit code 2 for wrong use, 1 for failure.
"""

import sys
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from gazetteer.errors import GazetteerError, InputError
from gazetteer.store import GazetteerReader
from geodata import cli_build, cli_pull
from geodata.build import write_default

__all__ = ["app", "main"]

app = typer.Typer(
    name="gazetteer-data",
    help="Make the gazetteer file that 'gazetteer' and 'gazetteer-serve' read.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
)


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"gazetteer-data {version('conflict-gazetteer')}")
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool,
        typer.Option("--version", help="Print the version and stop.", callback=_show_version, is_eager=True),
    ] = False,
) -> None:
    """Make the gazetteer file that 'gazetteer' and 'gazetteer-serve' read."""


@app.command("build-default")
def build_default(
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="FILE", help="The gazetteer file to write.")
    ],
) -> None:
    """Write the embedded default to a file: towns, areas, facilities and landmarks, without polygons."""
    if output.is_dir() or not output.parent.is_dir():
        raise InputError(f"{output} can't be written: name a file in a folder that exists, or make it first")
    digest = write_default(output)
    places = sum(GazetteerReader(output).manifest["counts"].values())
    print(f"Wrote {output}: {places} places, content {digest[:16]}.")


app.command()(cli_pull.sources)
app.command()(cli_pull.pull)
app.command()(cli_build.build)
app.command()(cli_build.check)


def main() -> None:
    """Run the command; the entry point of ``gazetteer-data``."""
    try:
        app()
    except (GazetteerError, OSError) as error:
        print(f"gazetteer-data: {' '.join(str(error).split())}", file=sys.stderr)
        sys.exit(2 if isinstance(error, InputError) else 1)
