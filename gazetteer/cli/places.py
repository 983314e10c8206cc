"""The commands about one place, `resolve`, `reverse`, `distance`, and about all, `info` and `export`."""

from typing import Any

import typer

from gazetteer.cli import options as opt
from gazetteer.cli import text as in_words
from gazetteer.errors import CoordinateError
from gazetteer.notation.positions import read_point
from gazetteer.values import counted


def resolve(
    text: opt.PlaceText,
    *,
    area: opt.Areas = None,
    kind: opt.Kind = None,
    limit: opt.Limit = 5,
    session: opt.Session,
) -> None:
    """Find the place that a name means.

    The answer says how sure it is, and lists other candidates.

    Example: gazetteer resolve "Suran, Azaz"
    """
    read_point(text, parameter="text")  # says why, where it is a position that is out of range
    with session.open() as gazetteer:
        answer = gazetteer.resolve(text, area=area or None, kind=kind, limit=limit)
    session.show(answer, in_words.resolution, by=gazetteer)


def reverse(latitude: opt.Latitude, longitude: opt.Longitude, *, session: opt.Session) -> None:
    """Say in which areas a position lies.

    The nearest settlement is shown too.

    Example: gazetteer reverse 35.93 36.63
    """
    position = read_point(f"{latitude.rstrip(',')}, {longitude}")
    if position is None:
        raise CoordinateError(
            f"{latitude!r} {longitude!r} is not a position: write latitude and longitude in degrees, as in "
            "'gazetteer reverse 35.93 36.63'"
        )
    with session.open() as gazetteer:
        answer = gazetteer.reverse(position)
    session.show(answer, in_words.reverse_answer, by=gazetteer)


def distance(start: opt.Start, end: opt.End, *, session: opt.Session) -> None:
    """Measure from one place to another.

    The distance is along the geodesic on WGS 84.

    Example: gazetteer distance Idlib Saraqeb
    """
    with session.open() as gazetteer:
        answer = gazetteer.distance(start, end)
    session.show(answer, in_words.distance_answer, by=gazetteer)


def info(*, session: opt.Session) -> None:
    """Show what the gazetteer holds.

    It lists the kinds of places, and the sources with their releases, dates and licences.

    Example: gazetteer info
    """
    with session.open() as gazetteer:
        about = gazetteer.info()
    session.show(about, in_words.gazetteer_info, by=gazetteer)


def export(
    *,
    output: opt.ExportOutput,
    format: opt.ExportFormat = "lpf",
    tier: opt.ExportTier = "full",
    withhold_names: opt.WithholdNames = False,
    base: opt.Base = None,
    session: opt.Session,
) -> None:
    """Write all places to a file.

    It is for other gazetteers, maps and tables.

    Example: gazetteer export -o places.geojson --format geojson
    """
    with session.open() as gazetteer:
        seen: Any = tier  # which the method checks
        count = gazetteer.export(output, format=format, tier=seen, withhold_names=withhold_names, base=base)
    if session.as_json:
        typer.echo(opt.json_text({"places": count}), err=str(output) == opt.STANDARD)
    elif str(output) != opt.STANDARD:
        typer.echo(f"{counted(count, 'place')} written to {output}")
    session.end(gazetteer)
