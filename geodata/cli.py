"""The command ``gazetteer-data``: arguments in, text out.

:mod:`gazetteer.cli.running` says how a command ends.
"""

from pathlib import Path
from typing import Annotated

import typer

from gazetteer.cli.running import application, version_option
from gazetteer.errors import InputError
from gazetteer.store import GazetteerReader
from geodata import cli_build, cli_pull
from geodata.build import write_default

__all__ = ["app", "main"]

app = application("gazetteer-data", no_args_is_help=True)


@app.callback()
def _options(version: Annotated[bool, version_option("gazetteer-data")] = False) -> None:
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
    app(prog_name="gazetteer-data")
