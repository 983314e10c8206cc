"""An incident as a row of plain values, and back: the same for every database.

Floats are kept to the last bit, so that what is stored twice is the same twice. The cells of a table's row
are kept as JSON text, and read when they are looked into: most questions never do, and a hundred thousand
rows take a third of the memory.

`place_id` is the place that gave the position. Of an incident that names several places it is a JSON list of
them instead: whether one of them is meant, and of each latitude, longitude, radius and id.
"""

import datetime
import json
from collections.abc import ItemsView, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from gazetteer.errors import InputError
from gazetteer.geodesy import LatLon
from gazetteer.incidents import Incident
from gazetteer.incidents.spots import Fix, Several

__all__ = ["COLUMNS", "can_be_kept", "checked_source", "from_numbered", "kept_cells", "to_rows"]

#: What is kept of an incident, in the order of the values in a row.
COLUMNS = (
    "id",
    "first_day",
    "last_day",
    "latitude",
    "longitude",
    "radius_m",
    "radius_known",
    "admin",
    "place",
    "place_id",
    "properties",
    "problems",
    "origin",
    "names",
    "context",
)
#: Rows whose cells are kept read: somewhat more than a page of an answer has by default.
_READ_ROWS = 2_000


class _Cells(Mapping[str, str]):
    """The cells of a row, by column."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def __getitem__(self, column: str) -> str:
        return _read(self._text)[column]

    def __iter__(self) -> Iterator[str]:
        return iter(_read(self._text))

    def __len__(self) -> int:
        return len(_read(self._text))

    def items(self) -> ItemsView[str, str]:
        """Return all cells; faster than one by one."""
        return _read(self._text).items()

    def __repr__(self) -> str:
        return repr(_read(self._text))


@lru_cache(maxsize=_READ_ROWS)
def _read(text: str) -> dict[str, str]:
    cells: dict[str, str] = json.loads(text)
    return cells


def to_rows(incidents: Iterable[Incident]) -> Iterator[tuple[Any, ...]]:
    """Yield the row of each.

    Raises
    ------
    InputError
        If two have one id, or a text holds the character NUL or half a character (a lone surrogate), which
        no database keeps.
    """
    ids: set[str] = set()
    for incident in incidents:
        if incident.id in ids:
            raise InputError(f"two incidents have the id {incident.id!r}: give each its own")
        ids.add(incident.id)
        row = _to_row(incident)
        if not all(map(can_be_kept, row)):
            raise InputError(
                f"the incident with the id {incident.id!r} has a text with a character that can't be stored: "
                "NUL, or half of one"
            )
        yield row


def checked_source(source: str) -> str:
    """Return the label of a source, or raise InputError where it can't be kept."""
    if not can_be_kept(source):
        raise InputError(
            "the source has a character that can't be stored: NUL, or half of one", parameter="source"
        )
    return source


def can_be_kept(value: object) -> bool:
    """Tell whether a value is no text that a database refuses."""
    if not isinstance(value, str) or value.isascii():
        return not isinstance(value, str) or "\0" not in value
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in value


def _to_row(incident: Incident) -> tuple[Any, ...]:
    """Return the values of :data:`COLUMNS`."""
    position = incident.position
    first, last = incident.days or (incident.date, incident.date)
    return (
        incident.id,
        first.isoformat() if first else None,
        last.isoformat() if last else None,
        position.latitude if position else None,
        position.longitude if position else None,
        float(incident.uncertainty_m),
        int(incident.radius_known),
        " ".join(incident.admin),
        incident.place,
        _several_text(incident.several) if incident.several else incident.place_id,
        _cells_text(dict(incident.properties)),
        _list_text(incident.problems),
        incident.origin,
        _list_text(incident.names),
        _list_text(incident.context),
    )


def _from_row(row: Sequence[Any]) -> Incident:
    """Return the incident that has these values."""
    id_, first, last, latitude, longitude, radius_m, known, admin, place, place_id, cells, *rest = row
    problems, origin, names, context = rest
    days = (_day(first), _day(last)) if first else None
    several = _several(place_id) if place_id.startswith("[") else None
    return Incident(
        id=id_,
        date=days[0] if days and first == last else None,
        position=None if latitude is None else _position(latitude, longitude),
        uncertainty_m=radius_m,
        admin=_codes(admin),
        properties=_Cells(cells),
        place=place,
        problems=_list(problems),
        place_id="" if several else place_id,
        radius_from="" if known else "assumed",
        days=days if first != last else None,
        origin=origin,
        names=_list(names),
        context=_list(context),
        several=several,
    )


def from_numbered(rows: Iterable[tuple[Any, ...]]) -> tuple[tuple[int, ...], tuple[Incident, ...]]:
    """Return the numbers and the incidents of rows that begin with their number."""
    numbers, incidents = [], []
    for number, *row in rows:
        numbers.append(number)
        incidents.append(_from_row(row))
    return tuple(numbers), tuple(incidents)


def kept_cells(cells: Mapping[str, str], columns: Iterable[str]) -> Mapping[str, str]:
    """Return the cells of some columns, held as those of a store are."""
    return _Cells(_cells_text({name: cells[name] for name in columns}))


def _cells_text(cells: Mapping[str, str]) -> str:
    return json.dumps(cells, ensure_ascii=False, separators=(",", ":"))


def _list_text(texts: tuple[str, ...]) -> str:
    return json.dumps(texts, ensure_ascii=False) if texts else ""


def _several_text(several: Several) -> str:
    fixes = [
        (one.position.latitude, one.position.longitude, one.uncertainty_m, one.place_id)
        for one in several.fixes
    ]
    return json.dumps([several.either, *fixes], ensure_ascii=False)


@lru_cache(maxsize=4_096)
def _several(text: str) -> Several:
    either, *fixes = json.loads(text)
    return Several(
        tuple(
            Fix(LatLon(latitude, longitude), radius_m, (), place_id)
            for latitude, longitude, radius_m, place_id in fixes
        ),
        either,
    )


@lru_cache(maxsize=16_384)
def _list(text: str) -> tuple[str, ...]:
    """Return texts; the same tuple for the same ones, since names come again and again."""
    return tuple(json.loads(text)) if text else ()


@lru_cache(maxsize=16_384)
def _position(latitude: float, longitude: float) -> LatLon:
    """Return a position; the same one for the same numbers, since towns come again and again."""
    return LatLon(latitude, longitude)


@lru_cache(maxsize=16_384)
def _day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


@lru_cache(maxsize=4_096)
def _codes(text: str) -> tuple[str, ...]:
    """Return P-codes; the same tuple for the same text, since the same areas come again and again."""
    return tuple(text.split())
