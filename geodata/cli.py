"""The command ``gazetteer-data``: arguments in, text out; :mod:`gazetteer.cli.running` says how it ends.

What was brought or found goes to standard output; the progress bar, failures and errors to standard error.
"""

import contextlib
import json
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gazetteer.cli.options import with_groups
from gazetteer.cli.running import application, version_option
from gazetteer.errors import InputError
from gazetteer.gazetteer import FILE_VARIABLE
from gazetteer.values import counted
from geodata.assemble import Built, build_from
from geodata.build import installed_file
from geodata.check import check_file
from geodata.report import report_lines
from geodata.sources import Upstream, choose_sources, read_sources

if TYPE_CHECKING:
    from geodata.pull import Outcome
    from geodata.setup import Installed

app = application("gazetteer-data", no_args_is_help=True)

#: What `setup` takes without OpenStreetMap. OCHA's files are 7.5 MB unpacked, and the build takes 20 seconds;
#: the rest is room for what GeoNames has, which could not be measured here, and for a slow line.
_ABOUT = "about 20 MB and two minutes"
_STATES = {"new": "new", "updated": "newer than the one before", "current": "already current"}
_Output = Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="The gazetteer file to write.")]
_All = Annotated[bool, typer.Option("--all", help="List every finding instead of the first of each kind.")]
_Odbl = Annotated[
    bool,
    typer.Option("--odbl", help="Add OpenStreetMap. The ODbL then binds what is built."),
]


@dataclass(frozen=True, slots=True)
class _Download:
    """How sources are downloaded."""

    mirror: Annotated[
        str | None,
        typer.Option(
            "--mirror",
            metavar="URL_OR_DIR",
            help="Download from a mirror: an address or folder with the publishers' paths.",
        ),
    ] = None
    timeout: Annotated[
        float,
        typer.Option("--timeout", metavar="SECONDS", min=0.1, help="How long to wait for a silent server."),
    ] = 30.0
    retries: Annotated[
        int,
        typer.Option("--retries", metavar="N", min=0, help="How often to try again after a temporary error."),
    ] = 3
    checksum: Annotated[
        bool,
        typer.Option(
            "--checksum/--no-checksum", help="Refuse a file that doesn't match its published checksum."
        ),
    ] = True


@app.callback()
def _options(version: Annotated[bool, version_option("gazetteer-data")] = False) -> None:
    """Make the gazetteer file that 'gazetteer' and 'gazetteer-serve' read."""


@app.command("build-default")
def build_default(output: _Output) -> None:
    """Write the embedded default to a file.

    It has towns, areas, facilities and landmarks, but no polygons.

    Example: gazetteer-data build-default -o default.gpkg
    """
    if output.is_dir() or not output.parent.is_dir():
        raise InputError(f"{output} can't be written: name a file in a folder that exists, or make it first")
    built = build_from(None, output)
    typer.echo(_wrote(built, output))


@app.command()
def sources(
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, with the words to quote.")] = False,
) -> None:
    """List the sources.

    Each is shown with what it adds, its licence, size and address.

    Example: gazetteer-data sources
    """
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
@with_groups
def setup(
    folder: Annotated[
        Path | None,
        typer.Option("--from", metavar="DIR", help="Build from the files in a folder, without a network."),
    ] = None,
    *,
    odbl: _Odbl = False,
    download: _Download,
) -> None:
    """Make and install the full gazetteer.

    It is downloaded, built and checked. Then 'gazetteer' uses it without being told. Run it again to go on
    after a break, or to renew. What you have stays until the new one is checked.

    Example: gazetteer-data setup
    """
    from geodata.setup import install, pulled_folder

    target = installed_file()
    sources = () if folder else choose_sources(read_sources(), (), share_alike=odbl)
    typer.echo("\n".join(_plan_lines(folder, sources, target, odbl=odbl)))
    into = folder or pulled_folder(odbl=odbl)
    if sources and not _brought(sources, into, download):
        again = "run it again later, or name a folder with the files that you have: --from DIR"
        raise typer.Exit(_failed(f"nothing was installed: {again}"))
    typer.echo("Building and checking it ...")
    with _going_on():
        installed = install(into, target)
    for problem in installed.problems:
        typer.echo(f"broken: {problem}", err=True)
    if installed.problems:
        raise typer.Exit(_failed("the new gazetteer breaks promises, so nothing was installed"))
    typer.echo("\n".join(_installed_lines(installed, target)))


@app.command()
@with_groups
def pull(
    into: Annotated[Path, typer.Option("--into", metavar="DIR", help="The folder to download to.")],
    wanted: Annotated[
        list[str] | None,
        typer.Argument(metavar="SOURCE", help="Ids from 'sources'. By default all except OpenStreetMap's."),
    ] = None,
    *,
    odbl: _Odbl = False,
    download: _Download,
) -> None:
    """Download sources into a folder.

    Run it again to go on after a break, or to renew. Current files stay. Ctrl-C loses nothing.

    Example: gazetteer-data pull --into upstream
    """
    chosen = choose_sources(read_sources(), wanted or (), share_alike=odbl)
    if not _brought(chosen, into, download):
        raise typer.Exit(1)
    typer.echo(f"Next: gazetteer-data build --from {into} -o gazetteer.gpkg")


def _brought(chosen: Sequence[Upstream], into: Path, download: _Download) -> bool:
    """Pull sources and print what came; False if one of them failed, whose reason is printed."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    from geodata.download import Web
    from geodata.pull import Failure
    from geodata.pull import pull as pull_sources

    failures: dict[str, list[str]] = {}  # by reason, so that one unreachable server is one sentence
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn(),
        console=Console(stderr=True), disable=not sys.stderr.isatty(),
        redirect_stdout=False, redirect_stderr=False, transient=True,
    )  # fmt: skip
    task = bar.add_task("", total=None, visible=False)
    web = Web(
        timeout_s=download.timeout,
        retries=download.retries,
        on_bytes=lambda done, total: bar.update(task, completed=done, total=total),
    )
    options: dict[str, Any] = {
        "web": web,
        "mirror": download.mirror,
        "compare_checksums": download.checksum,
    }
    with _going_on(), bar:
        options["on_file"] = lambda file: bar.reset(task, description=file, visible=True)
        for result in pull_sources(chosen, into, **options):
            if isinstance(result, Failure):
                failures.setdefault(result.reason, []).append(result.source)
            elif sys.stdout.isatty() and not bar.disable:  # above the bar, on the same terminal
                bar.console.print(_outcome_line(result), markup=False, highlight=False, soft_wrap=True)
            else:
                typer.echo(_outcome_line(result))
    for reason, names in failures.items():
        _failed(f"{', '.join(names)}: {reason}")
    return not failures


def _outcome_line(outcome: "Outcome") -> str:
    from rich.filesize import decimal

    file = outcome.file
    release = f", release {file.release}" if file.release else ""
    replaced = f" (in place of {outcome.replaced})" if outcome.replaced else ""
    return f"{file.file}: {decimal(file.bytes)}{release}, {_STATES[outcome.state]}{replaced}"


@contextlib.contextmanager
def _going_on() -> Iterator[None]:
    """Say of Ctrl-C how to go on."""
    try:
        yield
    except KeyboardInterrupt as stopped:
        raise typer.Exit(
            _failed("stopped; what came is kept: run the same command again to go on", code=130)
        ) from stopped


def _failed(sentence: str, *, code: int = 1) -> int:
    """Print why there is no answer, and return the exit code."""
    typer.echo(f"gazetteer-data: {sentence}", err=True)
    return code


def _plan_lines(
    folder: Path | None, sources: Sequence[Upstream], target: Path, *, odbl: bool
) -> Iterator[str]:
    """Yield what `setup` is about to do, and what it leaves alone."""
    if folder:
        yield "This makes the full gazetteer your own, which takes a minute:"
        yield f"  1. read the publishers' files in {folder}"
    else:
        yield f"This makes the full gazetteer your own, which takes {_ABOUT}:"
        yield "  1. download:"
        yield from (f"     {source.title} ({source.licence})" for source in sources)
    yield "  2. build one file from them, and check it"
    yield f"  3. install it as {target}"
    yield "What you use now stays until then. Ctrl-C stops it; the same command goes on from there."
    if not (folder or odbl):
        yield "OpenStreetMap is left out: its licence, the ODbL, binds what is built with it. --odbl adds it."
    yield ""


def _installed_lines(installed: "Installed", target: Path) -> Iterator[str]:
    """Yield what was installed, what its licences ask, and how to go back."""
    counts = installed.built.counts
    yield (
        f"Installed: {counted(sum(counts.values()), 'place')}, {counts['settlement']:,} of them cities, "
        f"towns and villages, content {installed.built.content_hash[:16]}."
    )
    used = {one["source"] for one in installed.built.inputs}
    yield from (f"{one.title}: {one.asks}" for one in read_sources() if one.share_alike and one.id in used)
    if named := os.environ.get(FILE_VARIABLE):
        yield f"'gazetteer' still answers from {named}, which {FILE_VARIABLE} names: unset that."
    else:
        yield f"'gazetteer' answers from it now. To go back to the embedded default, delete {target}."


@app.command()
def build(
    folder: Annotated[
        Path, typer.Option("--from", metavar="DIR", help="The folder with the publishers' files.")
    ],
    output: _Output,
    everything: _All = False,
) -> None:
    """Build a gazetteer file from a folder of sources.

    It uses all sources that it finds there, and prints what it found in them.

    Example: gazetteer-data build --from upstream -o gazetteer.gpkg
    """
    built = build_from(folder, output)
    for line in (*_input_lines(built.inputs), "", *report_lines(built.issues, everything=everything)):
        typer.echo(line)
    typer.echo(f"\n{_wrote(built, output)}")


@app.command()
def check(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="The gazetteer file.")],
    everything: _All = False,
) -> None:
    """Check that a gazetteer file keeps its promises.

    It also prints what the build found. The exit code is 1 if a promise is broken.

    Example: gazetteer-data check gazetteer.gpkg
    """
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


def _wrote(built: Built, output: Path) -> str:
    places = counted(sum(built.counts.values()), "place")
    return f"Wrote {output}: {places}, content {built.content_hash[:16]}."


def _input_lines(inputs: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Yield a line for each file that was used."""
    for used in inputs:
        dated = f", {used['date']}" if used["date"] else ""
        yield f"{used['rows']:>6,}  {used['read_as']}: {used['file']}{dated}"


def main() -> None:
    """Run the command; the entry point of ``gazetteer-data``."""
    app(prog_name="gazetteer-data")
