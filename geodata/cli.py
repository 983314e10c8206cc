"""The command ``gazetteer-data``: arguments in, text out; :mod:`gazetteer.cli.running` says how it ends.

What was brought or found goes to standard output; the progress bar, failures and errors to standard error.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from gazetteer.cli.running import application, version_option
from gazetteer.errors import InputError
from geodata.assemble import build_from
from geodata.check import check_file
from geodata.report import report_lines
from geodata.sources import choose_sources, read_sources

app = application("gazetteer-data", no_args_is_help=True)

_STATES = {"new": "new", "updated": "newer than the one before", "current": "already current"}
_Output = Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="The gazetteer file to write.")]
_All = Annotated[bool, typer.Option("--all", help="List every finding instead of the first of each kind.")]


@app.callback()
def _options(version: Annotated[bool, version_option("gazetteer-data")] = False) -> None:
    """Make the gazetteer file that 'gazetteer' and 'gazetteer-serve' read."""


@app.command("build-default")
def build_default(output: _Output) -> None:
    """Write the embedded default to a file: towns, areas, facilities and landmarks, without polygons."""
    if output.is_dir() or not output.parent.is_dir():
        raise InputError(f"{output} can't be written: name a file in a folder that exists, or make it first")
    built = build_from(None, output)
    typer.echo(f"Wrote {output}: {sum(built.counts.values())} places, content {built.content_hash[:16]}.")


@app.command()
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
        for label in ("gives", "licence", "asks", "size", "address"):
            more = source.licence_url if label == "licence" else ""
            if text := f"{getattr(source, label)} {more}".strip():
                typer.echo(f"    {label:<8} {text}")


@app.command()
def pull(
    into: Annotated[Path, typer.Option("--into", metavar="DIR", help="The folder to bring the files to.")],
    wanted: Annotated[
        list[str] | None, typer.Argument(metavar="SOURCE", help="Ids from 'sources'; all if none.")
    ] = None,
    mirror: Annotated[
        str | None,
        typer.Option(
            metavar="URL_OR_DIR",
            help="Take them from a copy of the publishers' paths.",
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
    from rich.console import Console
    from rich.filesize import decimal
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    from geodata.download import Web
    from geodata.pull import Failure
    from geodata.pull import pull as pull_sources

    failures: dict[str, list[str]] = {}  # by reason, so that one unreachable server is one sentence
    chosen = choose_sources(read_sources(), wanted or ())
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn(),
        console=Console(stderr=True), disable=not sys.stderr.isatty(),
        redirect_stdout=False, redirect_stderr=False, transient=True,
    )  # fmt: skip
    task = bar.add_task("", total=None, visible=False)
    web = Web(
        timeout_s=timeout,
        retries=retries,
        on_bytes=lambda done, total: bar.update(task, completed=done, total=total),
    )
    options: dict[str, Any] = {"web": web, "mirror": mirror, "compare_checksums": checksum}
    try:
        with bar:
            options["on_file"] = lambda file: bar.reset(task, description=file, visible=True)
            for result in pull_sources(chosen, into, **options):
                if isinstance(result, Failure):
                    failures.setdefault(result.reason, []).append(result.source)
                    continue
                file = result.file
                release = f", release {file.release}" if file.release else ""
                replaced = f" (in place of {result.replaced})" if result.replaced else ""
                line = f"{file.file}: {decimal(file.bytes)}{release}, {_STATES[result.state]}{replaced}"
                if sys.stdout.isatty() and not bar.disable:  # above the bar, on the same terminal
                    bar.console.print(line, markup=False, highlight=False, soft_wrap=True)
                else:
                    typer.echo(line)
    except KeyboardInterrupt as stopped:
        said = "stopped; what came is kept: run the same command again to go on"
        typer.echo(f"gazetteer-data: {said}", err=True)
        raise typer.Exit(130) from stopped
    for reason, names in failures.items():
        typer.echo(f"gazetteer-data: {', '.join(names)}: {reason}", err=True)
    if failures:
        raise typer.Exit(1)
    typer.echo(f"Next: gazetteer-data build --from {into} -o gazetteer.gpkg")


@app.command()
def build(
    folder: Annotated[
        Path, typer.Option("--from", metavar="DIR", help="The folder with the publishers' files.")
    ],
    output: _Output,
    everything: _All = False,
) -> None:
    """Build a gazetteer file from whatever of the sources lies in a folder, and print what was found."""
    built = build_from(folder, output)
    for line in (*_input_lines(built.inputs), "", *report_lines(built.issues, everything=everything)):
        typer.echo(line)
    typer.echo(f"\nWrote {output}: {sum(built.counts.values()):,} places, content {built.content_hash[:16]}.")


@app.command()
def check(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="The gazetteer file.")],
    everything: _All = False,
) -> None:
    """Check that a gazetteer file keeps its promises, and print what its build found; exit 1 if not."""
    checked = check_file(path)
    manifest = checked.reader.manifest
    typer.echo(f"{path}: content {checked.reader.content_hash[:16]}, built by {manifest['built_by']}\n")
    for kind, count in manifest["counts"].items():
        typer.echo(f"{count:>6,}  {kind}")
    typer.echo(
        f"{checked.agreeing:>6,}  of {checked.inside:,} settlements in a polygon lie where they state\n"
    )
    if isinstance(manifest.get("inputs"), list):
        for line in (*_input_lines(manifest["inputs"]), ""):
            typer.echo(line)
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


def main() -> None:
    """Run the command; the entry point of ``gazetteer-data``."""
    app(prog_name="gazetteer-data")
