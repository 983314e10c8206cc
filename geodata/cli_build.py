"""The commands ``gazetteer-data build`` and ``gazetteer-data check``."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from geodata.report import report_lines

__all__ = ["build", "check"]

_ALL = Annotated[bool, typer.Option("--all", help="List every finding instead of the first of each kind.")]


def build(
    folder: Annotated[
        Path, typer.Option("--from", metavar="DIR", help="The folder with the publishers' files.")
    ],
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="FILE", help="The gazetteer file to write.")
    ],
    everything: _ALL = False,
) -> None:
    """Build a gazetteer file from whatever of the sources lies in a folder, and print what was found."""
    from geodata.assemble import build_from

    built = build_from(folder, output)
    for line in _input_lines(built.inputs):
        typer.echo(line)
    typer.echo("")
    for line in report_lines(built.issues, everything=everything):
        typer.echo(line)
    typer.echo(f"\nWrote {output}: {sum(built.counts.values()):,} places, content {built.content_hash[:16]}.")


def check(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="The gazetteer file.")],
    everything: _ALL = False,
) -> None:
    """Check that a gazetteer file keeps its promises, and print what its build found; exit 1 if not."""
    from geodata.check import check_file

    checked = check_file(path)
    manifest = checked.reader.manifest
    typer.echo(f"{path}: content {checked.reader.content_hash[:16]}, built by {manifest['built_by']}\n")
    for kind, count in manifest["counts"].items():
        typer.echo(f"{count:>6,}  {kind}")
    typer.echo(
        f"{checked.agreeing:>6,}  of {checked.inside:,} settlements in a polygon lie where they state\n"
    )
    if isinstance(manifest.get("inputs"), list):
        for line in _input_lines(manifest["inputs"]):
            typer.echo(line)
        typer.echo("")
    for line in report_lines(checked.issues, everything=everything):
        typer.echo(line)
    for problem in checked.problems:
        typer.echo(f"broken: {problem}", err=True)
    if checked.problems:
        raise typer.Exit(1)
    typer.echo("\nEvery promise is kept.")


def _input_lines(inputs: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Yield a line for each file that was used."""
    for used in inputs:
        dated = f", {used['date']}" if used["date"] else ""
        yield f"{used['rows']:>6,}  {used['read_as']}: {used['file']}{dated}"
