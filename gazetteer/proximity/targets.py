"""The places that a person means when they say near *what*: a kind, one place, or a table of places."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gazetteer.errors import InputError, NotFoundError, TableError
from gazetteer.incidents import Lookups, read_coordinates, read_radius
from gazetteer.one_place import one_place
from gazetteer.places import Place, PlaceKind, kinds_meant_by
from gazetteer.proximity.loaded import day_number
from gazetteer.tables.columns import TableColumns, find_columns
from gazetteer.tables.reading import read_table

__all__ = ["Targets", "area_named", "kinds_in_words", "targets_for", "targets_named"]

#: Names that the column with a place's name may have in a table of places, beyond those of incident tables.
_NAME_COLUMNS = ("name", "name_en", "facility", "facility_name", "label")


@dataclass(frozen=True, slots=True)
class Targets:
    """The places to look near.

    Parameters
    ----------
    places
        Those with a position.
    without_position
        How many rows of a table have none, and so can't be looked near.
    """

    places: tuple[Place, ...]
    without_position: int = 0


def kinds_in_words() -> str:
    """Return the kinds that may be asked for, as a list in a sentence."""
    return ", ".join(kind.value.replace("_", " ") for kind in PlaceKind if kind is not PlaceKind.POINT)


def targets_for(gazetteer: Lookups, text: str) -> Targets:
    """Return the places of a kind, or those in a table.

    Parameters
    ----------
    gazetteer
        Holds the places of each kind.
    text
        A kind or group ("hospital", "facilities"), else the path of a table with a name, a latitude
        and a longitude; optionally ``uncertainty_m`` (0, exact, where it is empty), ``kind``,
        ``valid_from`` and ``valid_to``. An enriched table is one too: a row without a position is
        counted and left out.

    Raises
    ------
    InputError
        If it is neither a kind nor a file.
    TableError
        If the table cannot be read or lacks a column, or a row has half a position or a wrong one, or ends
        before it begins.
    """
    if kinds := kinds_meant_by(text):
        return Targets(tuple(gazetteer.places(kinds=kinds)))
    if not Path(text).is_file():
        raise InputError(
            f"{text!r} is neither a kind of place nor a table: write a kind ({kinds_in_words()}) "
            "or the path of a table with a name, a latitude and a longitude",
            parameter="of",
        )
    return _read_places(Path(text))


def targets_named(gazetteer: Lookups, text: str, *, parameter: str) -> tuple[Place, ...]:
    """Return the places of a kind, or the one place of that name. Never reads a file.

    Raises
    ------
    InputError
        If it is neither a kind nor a name with one answer, or a position that is out of range; the
        message says which places it could be, and `parameter` is where it was given.
    """
    if kinds := kinds_meant_by(text):
        return tuple(gazetteer.places(kinds=kinds))
    try:
        return (one_place(gazetteer, text, parameter=parameter),)
    except NotFoundError as error:
        message = f"{error}; a kind of place is one of {kinds_in_words()}"
        raise InputError(message, parameter=parameter) from error


def area_named(gazetteer: Lookups, text: str, *, parameter: str) -> Place:
    """Return the admin unit of that name or P-code.

    Raises
    ------
    InputError
        If there is none; `parameter` is where it was given.
    """
    try:
        return gazetteer.area(text)
    except NotFoundError as error:
        raise InputError(str(error), parameter=parameter) from error


def _read_places(path: Path) -> Targets:
    table = read_table(path)
    columns = find_columns(table.columns, tags=table.tags)
    lowered = {name.strip().casefold(): name for name in table.columns}
    name = next((lowered[word] for word in _NAME_COLUMNS if word in lowered), columns.place)
    if name is None or columns.latitude is None or columns.longitude is None:
        raise TableError(
            f"{path} must have the columns name, latitude and longitude; it has {', '.join(table.columns)}",
            parameter="of",
        )
    rows = [
        _as_place(dict(zip(table.columns, cells, strict=True)), columns, name, f"{path}, line {line}", number)
        for number, (line, cells) in enumerate(table.numbered_rows(), start=1)
    ]
    places = tuple(place for place in rows if place is not None)
    return Targets(places, without_position=len(rows) - len(places))


def _as_place(
    row: Mapping[str, str], columns: TableColumns, name: str, where: str, number: int
) -> Place | None:
    """Return a row's place; None when it has no position."""
    try:
        position = read_coordinates(row[columns.latitude or ""], row[columns.longitude or ""])
    except InputError as error:
        raise TableError(f"{where}: {error}", parameter="of") from error
    if position is None:
        return None
    radius_m = read_radius(row.get(columns.uncertainty or "", "") or "0")
    if radius_m is None:
        raise TableError(f"{where}: the radius must be a number of metres, zero or more", parameter="of")
    first, last = row.get("valid_from", "").strip(), row.get("valid_to", "").strip()
    if day_number(first, last=False) > day_number(last, last=True):
        raise TableError(
            f"{where}: valid_from ({first}) is after valid_to ({last}): correct one of them", parameter="of"
        )
    kinds = kinds_meant_by(row.get("kind", ""))
    return Place(
        id=(row.get(columns.id or "", "") or f"row:{number}").strip(),
        name=row[name].strip() or f"row {number}",
        name_ar=row.get(columns.place_ar or "name_ar", "").strip(),
        kind=next(iter(kinds)) if len(kinds) == 1 else PlaceKind.LANDMARK,
        position=position,
        uncertainty_m=radius_m,
        valid_from=first or None,
        valid_to=last or None,
    )
