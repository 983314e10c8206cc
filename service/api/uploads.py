"""Incidents stored and taken away, by those who have a key.

They are read as :mod:`gazetteer.incidents` reads a table, and more strictly: an id in every row, each its own, and
no date, coordinate or radius that can't be read. What is wrong is listed row by row, and then nothing is stored. A
place that isn't known is no error: the incident is kept without a position, and the answer says so.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Self

from flask import request
from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError
from werkzeug.exceptions import UnsupportedMediaType

from gazetteer.errors import InputError, NotFoundError, TableError
from gazetteer.incidents import Incidents, read_incidents
from gazetteer.incidents.columns import (
    ANSWER_POSITION,
    GAZ_POSITION,
    TableColumns,
    find_columns,
    is_gaz,
    is_of_an_answer,
    normal_name,
)
from gazetteer.tables.formats import format_of
from gazetteer.tables.reading import read_table
from gazetteer.tables.table import RowsTable, Source
from service.access import KeyRefusedError, caller
from service.answers import Answer
from service.api.incidents import CSV, GEOJSON
from service.audit import wrote
from service.endpoint import Endpoints
from service.params import Flag, Name, Params, body_bytes
from service.tiers import seen

api = Endpoints("uploads", tag="Incidents")
JSON = "application/json"
#: Of a table that is sent, to be stored or enriched; ACLED's has 31, UCDP's 49.
MOST_COLUMNS = 256
#: The longest id: it must fit into an address.
_ID_LENGTH = 300
#: Degrees below which a point counts as the one in the gaz_ columns: programs round what they save.
_SAME_DEG = 2e-5
#: How many rows are named that can't be taken, and that have no position.
_LISTED = 100


class RowsRefusedError(InputError):
    """Rows that can't be taken; `errors` has for each its number, counted from 1, its id and what is wrong."""

    def __init__(self, errors: Sequence[dict[str, Any]]) -> None:
        listed = f" (the first {_LISTED} are listed)" if len(errors) > _LISTED else ""
        many = "1 thing is" if len(errors) == 1 else f"{len(errors)} things are"
        super().__init__(
            f"nothing was stored: {many} wrong in the rows sent{listed}; mend them and send all again",
            parameter="body",
        )
        self.errors = list(errors[:_LISTED])


# ------------------------------------------------------------------------------------------- storing


class UploadParams(Params):
    """Of `POST /v1/incidents`."""

    source: Name = Field(
        default="upload",
        description="A label for where they come from, such as the file's name; all of a source can be "
        "deleted at once.",
        json_schema_extra={"example": "press-2016.csv"},
    )
    publish: list[Name] = Field(
        default=[],
        description="A column that is public already: it is shown as it is at every tier. Repeatable; * for "
        "the whole table.",
        json_schema_extra={"example": ["source_url"]},
    )
    dry_run: Flag = Field(default=False, description="`true` checks and counts, and stores nothing.")


class RowNote(Answer):
    """A note on a row that was sent."""

    row: int = Field(ge=1, description="Counted from 1, without the header.")
    id: str | None
    detail: str


class Stored(Answer):
    """What a write did, or would have done."""

    added: int = Field(ge=0)
    changed: int = Field(ge=0)
    unchanged: int = Field(ge=0)
    dry_run: bool
    source: str = Field(description="The label that they are stored with.")
    without_position: int = Field(ge=0, description="Incidents whose place isn't known, or not surely.")
    notes: list[RowNote] = Field(max_length=_LISTED, description="Why, of the first hundred.")


_ROW = {
    "type": "object",
    "required": ["id"],
    "description": "Any columns, as a table has them, among them an id. A position comes from `latitude` and "
    "`longitude`, with `uncertainty_m` in metres; or from the name in `place` with those of areas (`governorate`, "
    "`district`, `subdistrict`).",
    "properties": {
        "id": {"type": ["string", "integer"], "example": "press-17"},
        "date": {"type": ["string", "null"], "example": "2016-05-30"},
        "place": {"type": ["string", "null"], "example": "Saraqeb"},
    },
    "additionalProperties": True,
}
_SENT = {
    CSV: {"type": "string", "example": "id,date,place\npress-17,2016-05-30,Saraqeb\n"},
    JSON: {"type": "array", "minItems": 1, "items": _ROW},
    GEOJSON: {
        "type": "object",
        "required": ["type", "features"],
        "properties": {
            "type": {"const": "FeatureCollection"},
            "features": {"type": "array", "minItems": 1, "items": {"type": "object"}},
        },
    },
}


@api.post(
    "/v1/incidents",
    "Store incidents.",
    Stored,
    description="Needs a key that may write. Ids live in the namespace of the key: what it stored already is "
    "replaced where it differs, so the same table sent twice changes nothing. All or nothing: where a row can't be "
    "taken, `errors` lists what is wrong row by row and nothing is stored. Positions are resolved where the rows "
    f"have none. A table has a header, at most {MOST_COLUMNS} columns, and an id in every row (`id`, `event_id`, "
    "`incident_id`, …); a FeatureCollection has points.",
    sent=_SENT,
    writes=True,
    made_of="now",
    heavy=True,
)
def store_incidents(query: UploadParams) -> Stored:
    """Store incidents."""
    read = _read_upload(request.mimetype)
    incidents = tuple(read)
    changes = seen().incidents.store.upsert(
        incidents,
        owner=caller().key,
        source=query.source,
        published=query.publish,
        dry_run=query.dry_run,
    )
    if not query.dry_run:
        wrote(added=changes.added, changed=changes.changed)
    rows = (read.rows + 1).tolist()
    nowhere = [pair for pair in zip(rows, incidents, strict=True) if pair[1].position is None]
    return Stored(
        added=changes.added,
        changed=changes.changed,
        unchanged=changes.unchanged,
        dry_run=query.dry_run,
        source=query.source,
        without_position=len(nowhere),
        notes=[RowNote(row=row, id=one.id, detail="; ".join(one.problems)) for row, one in nowhere[:_LISTED]],
    )


# ------------------------------------------------------------------------------------------ deleting


class DeleteParams(Params):
    """Of `DELETE /v1/incidents`: one of the two."""

    id: Name | None = Field(
        default=None, description="The incident's id.", json_schema_extra={"example": "press-17"}
    )
    source: Name | None = Field(
        default=None,
        description="The label that incidents were stored with.",
        json_schema_extra={"example": "press-2016.csv"},
    )
    everybody: Flag = Field(
        default=False, description="Also what other keys stored, or the server loaded: at tier full."
    )

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.id is None) == (self.source is None):
            raise PydanticCustomError("one_of", "give either {name} or source", {"name": "id"})
        return self


class Deleted(Answer):
    """How many incidents were deleted."""

    deleted: int = Field(ge=1)


@api.delete(
    "/v1/incidents",
    "Delete an incident, or all of a source.",
    Deleted,
    description="Needs a key that may write, and either `id` or `source`: of what that key stored, unless "
    "`everybody=true` is said.",
    statuses=(404,),
    writes=True,
    made_of="now",
)
def delete_incidents(query: DeleteParams) -> Deleted:
    """Delete incidents."""
    if query.everybody and caller().tier != "full":
        raise KeyRefusedError("everybody's incidents are deleted with a key of tier full: leave it out")
    deleted = seen().incidents.store.delete(
        owner=None if query.everybody else caller().key,
        ids=() if query.id is None else (query.id,),
        source=query.source,
    )
    wrote(deleted=deleted)
    if not deleted:
        what = f"id {query.id!r}" if query.source is None else f"source {query.source!r}"
        raise NotFoundError(f"no incident of this key has the {what}")
    return Deleted(deleted=deleted)


# ------------------------------------------------------------------------------------ reading what came


def _read_upload(media_type: str) -> Incidents:
    """Return the incidents in the body of the current request.

    Raises
    ------
    RowsRefusedError
        If a row can't be taken.
    InputError
        If the body can't be read at all, or has no column of ids, or neither places nor coordinates.
    """
    if media_type not in _SENT:
        raise UnsupportedMediaType(
            f"send incidents as {CSV}, {JSON} or {GEOJSON}, and say so in Content-Type"
        )
    body = body_bytes()
    table = _read_csv(body) if media_type == CSV else _read_json(body)
    _check_columns(table.columns)
    rows = [list(row) for row in table.rows()]
    most_rows = seen().settings.max_rows
    if len(rows) > most_rows:
        raise _refused(f"it has {len(rows):,} rows, and at most {most_rows:,} are taken: send it in parts")
    if not rows:
        raise _refused("there are no rows in it")
    try:
        columns = find_columns(table.columns)
    except TableError as error:  # what it advises is for the command line
        raise _refused(f"{str(error).partition(':')[0]}: rename one of them") from error
    if columns.id is None:
        raise _refused("no column is known to hold ids: add a column id, since incidents are kept by id")
    ours = {normal_name(name) for name in table.columns} & {GAZ_POSITION[0], ANSWER_POSITION[0]}
    if not (columns.latitude or columns.has_places or ours):
        raise _refused("it has neither positions nor places: add latitude and longitude, or place")
    incidents = read_incidents(RowsTable(table.columns, rows), seen().gazetteer)
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


def _read_csv(body: bytes) -> RowsTable:
    """Read a table where it is, in memory: what was sent must not lie on a disk when the server is killed."""
    try:
        source = Source("the table", data=body)
        if format_of(source).name != "csv":  # others could unfold to far more than was sent
            raise _refused("it is sent as CSV and is something else: save it as CSV")
        table = read_table(source)
        return RowsTable(table.columns, [list(cells) for cells in table.rows()])
    except TableError as error:
        raise _refused(str(error)) from error


def _read_json(body: bytes) -> RowsTable:
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
    return RowsTable(columns, [[row.get(name, "") for name in columns] for row in found])


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
    match item["geometry"]:
        case None:
            return cells
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
        case list() if is_gaz(name) or name == "incident_places":  # as a table of text has them
            return json.dumps(value, ensure_ascii=False)
        case _:
            raise ValueError(f"{name} holds a list or an object: a cell is a text or a number")


def _no_number(word: str) -> float:
    raise ValueError(f"{word} is no JSON number")


def _refused(message: str) -> InputError:
    return InputError(f"nothing was stored: {message}", parameter="body")
