"""Incidents sent in a body: a CSV table, a JSON list of objects, or a GeoJSON FeatureCollection.

They are read as `gazetteer.incidents` reads a table, and more strictly: an id in every row, each its own,
and no date, coordinate or radius that can't be read. What is wrong is listed row by row, and then nothing is
stored. A place that isn't known is no error: the incident is kept without a position, and the answer says so.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gazetteer.errors import InputError, TableError
from gazetteer.incidents import Incidents, Progress, read_incidents
from gazetteer.incidents.columns import (
    ANSWER_POSITION,
    GAZ_POSITION,
    TableColumns,
    find_columns,
    is_gaz,
    is_of_an_answer,
    normal_name,
)
from gazetteer.lookups import Lookups
from gazetteer.tables.formats import format_of
from gazetteer.tables.reading import read_table
from gazetteer.tables.table import RowsTable, Source
from service.media import CSV, MOST_COLUMNS

__all__ = ["RowsRefusedError", "Upload", "read_upload"]

#: The longest id: it must fit into an address.
_ID_LENGTH = 300
#: Degrees below which a point counts as the one in the gaz_ columns: programs round what they save.
_SAME_DEG = 2e-5
#: How many rows are named that can't be taken.
_LISTED = 100


class RowsRefusedError(InputError):
    """Rows that can't be taken.

    Parameters
    ----------
    errors
        For each its number, counted from 1, its id and what is wrong.
    """

    def __init__(self, errors: Sequence[dict[str, Any]]) -> None:
        listed = f" (the first {_LISTED} are listed)" if len(errors) > _LISTED else ""
        many = "1 thing is" if len(errors) == 1 else f"{len(errors)} things are"
        super().__init__(
            f"nothing was stored: {many} wrong in the rows sent{listed}; mend them and send all again",
            parameter="body",
        )
        self.errors = list(errors[:_LISTED])


@dataclass(frozen=True, slots=True)
class Upload:
    """A table as it was sent: each row has a cell for each column."""

    columns: tuple[str, ...]
    rows: tuple[Mapping[str, str], ...]


def read_upload(
    body: bytes,
    media_type: str,
    gazetteer: Lookups,
    *,
    most_rows: int,
    progress: Progress | None = None,
) -> Incidents:
    """Return the incidents in a body.

    Parameters
    ----------
    most_rows
        How many are taken.
    progress
        Called as names are resolved; it may raise to end that.

    Raises
    ------
    RowsRefusedError
        If a row can't be taken.
    InputError
        If the body can't be read at all, or has no column of ids, or neither places nor coordinates.
    """
    upload = _read_csv(body) if media_type == CSV else _read_json(body)
    _check_columns(upload.columns)
    if len(upload.rows) > most_rows:
        raise _refused(
            f"it has {len(upload.rows):,} rows, and at most {most_rows:,} are taken: send it in parts"
        )
    if not upload.rows:
        raise _refused("there are no rows in it")
    try:
        columns = find_columns(upload.columns)
    except TableError as error:  # what it advises is for the command line
        raise _refused(f"{str(error).partition(':')[0]}: rename one of them") from error
    if columns.id is None:
        raise _refused("no column is known to hold ids: add a column id, since incidents are kept by id")
    ours = {normal_name(name) for name in upload.columns} & {GAZ_POSITION[0], ANSWER_POSITION[0]}
    if not (columns.latitude or columns.has_places or ours):
        raise _refused("it has neither positions nor places: add latitude and longitude, or place")
    rows = [list(row.values()) for row in upload.rows]
    incidents = read_incidents(RowsTable(upload.columns, rows), gazetteer, progress=progress)
    if errors := _errors(columns, columns.id, incidents):
        raise RowsRefusedError(errors)
    return incidents


def _check_columns(columns: Sequence[str]) -> None:
    if len(columns) > MOST_COLUMNS:
        raise _refused(f"it has {len(columns)} columns, more than the {MOST_COLUMNS} that are taken")


def _errors(columns: TableColumns, id_column: str, incidents: Incidents) -> list[dict[str, Any]]:
    errors = []
    rows_of: dict[str, int] = {}
    named = {
        "position": " and ".join(dict.fromkeys(filter(None, (columns.latitude, columns.longitude)))),
        "radius": columns.uncertainty,
        "date": columns.date,
    }
    faults: dict[int, list[str]] = {}
    for fault in incidents.faults:
        faults.setdefault(fault.row, []).append(f"{named[fault.about]}: {fault.sentence}")
    for row, incident in zip(incidents.rows.tolist(), incidents, strict=True):
        own, number = incident.properties[id_column].strip(), row + 1
        wrong = faults.get(row, [])
        if not own:
            wrong.append(f"it has no {id_column}: give every row its own")
        elif len(own) > _ID_LENGTH:
            wrong.append(f"its {id_column} is longer than {_ID_LENGTH} characters")
        elif (first := rows_of.setdefault(own, number)) != number:
            wrong.append(f"row {first} has the same {id_column}: give every row its own")
        errors += [{"row": number, "id": own or None, "detail": detail} for detail in wrong]
    return errors


def _read_csv(body: bytes) -> Upload:
    """Read a table where it is, in memory: what was sent must not lie on a disk when the server is killed."""
    try:
        source = Source("the table", data=body)
        if format_of(source).name != "csv":  # others could unfold to far more than was sent
            raise _refused("it is sent as CSV and is something else: save it as CSV")
        table = read_table(source)
        rows = tuple(dict(zip(table.columns, cells, strict=True)) for cells in table.rows())
    except TableError as error:
        raise _refused(str(error)) from error
    return Upload(table.columns, rows)


def _read_json(body: bytes) -> Upload:
    try:
        content = json.loads(body, parse_constant=_no_number)
        json.dumps(content, ensure_ascii=False).encode()  # refuses half characters, "\ud800"
    except (ValueError, RecursionError) as error:
        raise _refused(f"it is not JSON that can be read ({type(error).__name__}: {error})") from error
    if isinstance(content, dict) and content.get("type") == "FeatureCollection":
        content = content.get("features")
    if not isinstance(content, list):
        raise _refused("it must be a JSON list of objects, or a GeoJSON FeatureCollection")
    found, errors = [], []
    for number, item in enumerate(content, start=1):
        try:
            found.append(_cells(item))
        except ValueError as error:
            errors.append({"row": number, "id": None, "detail": str(error)})
    if errors:
        raise RowsRefusedError(errors)
    columns = tuple(dict.fromkeys(name for row in found for name in row))
    _check_columns(columns)  # before every row gets a cell for each of them
    return Upload(columns, tuple({name: row.get(name, "") for name in columns} for row in found))


def _cells(item: Any) -> dict[str, str]:
    """Return the cells of an object, or of a feature's properties with its position and id."""
    if not isinstance(item, dict):
        raise ValueError("it is no JSON object")
    if item.get("type") != "Feature" or "geometry" not in item:
        return {name: _text(name, value) for name, value in item.items()}
    properties = item.get("properties") or {}
    if not isinstance(properties, dict):
        raise ValueError("its properties are no JSON object")
    cells = {name: _text(name, value) for name, value in properties.items()}
    if item.get("id") is not None:
        cells.setdefault("id", _text("id", item["id"]))
    geometry = item["geometry"]
    if geometry is None:
        return cells
    match geometry:
        case {
            "type": "Point",
            "coordinates": [int() | float() as longitude, int() | float() as latitude, *_],
        }:
            return {**cells, **_position_cells(cells, latitude, longitude)}
        case _:
            raise ValueError("its geometry is no Point: an incident has one position, or none (null)")


def _position_cells(cells: Mapping[str, str], latitude: float, longitude: float) -> dict[str, str]:
    """Return a point as cells, in columns that tell whether it is the table's own or was computed here."""
    known = {normal_name(name): cell for name, cell in cells.items()}
    try:
        enriched = float(known[GAZ_POSITION[0]]), float(known[GAZ_POSITION[1]])
    except (KeyError, ValueError):
        enriched = None
    if enriched and max(abs(latitude - enriched[0]), abs(longitude - enriched[1])) < _SAME_DEG:
        return {}
    if is_of_an_answer(tuple(cells)):
        return {ANSWER_POSITION[0]: repr(latitude), ANSWER_POSITION[1]: repr(longitude)}
    return {"latitude": repr(latitude), "longitude": repr(longitude)}


def _text(name: str, value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str():
            if "\0" in value:
                raise ValueError(f"{name} holds a NUL character")
            return value
        case int() | float():
            return str(value)
        case list() if is_gaz(name):  # gaz_alternatives, as a table of text has it
            return json.dumps(value, ensure_ascii=False)
        case _:
            raise ValueError(f"{name} holds a list or an object: a cell is a text or a number")


def _no_number(word: str) -> float:
    raise ValueError(f"{word} is no JSON number")


def _refused(message: str) -> InputError:
    return InputError(f"nothing was stored: {message}", parameter="body")
