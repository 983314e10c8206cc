"""Incidents stored and taken away, by those who have a key.

They are read as :mod:`gazetteer.incidents` reads a table, and more strictly: an id in every row, each its
own, and no date, coordinate or radius that can't be read. What is wrong is listed row by row, and then
nothing is stored. A place that isn't known is no error: the incident is kept without a position, and the
answer says so.
"""

import json
from collections.abc import Sequence
from typing import Any, Final, Self

from flask import request
from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from gazetteer.errors import InputError, NotFoundError, TableError
from gazetteer.incidents import Incidents, read_incidents
from gazetteer.incidents.columns import (
    ANSWER_POSITION,
    GAZ_POSITION,
    TableColumns,
    column_named,
    find_columns,
    normal_name,
)
from gazetteer.tables.formats import GZIP, format_of
from gazetteer.tables.formats.jsonl import json_bytes
from gazetteer.tables.json_numbers import number_of, unlike
from gazetteer.tables.reading import read_table
from gazetteer.tables.table import ReadOptions, Source, Table
from service.access import KeyRefusedError, caller
from service.answers import CSV, GEOJSON, JSON, Answer
from service.audit import wrote
from service.endpoint import Endpoints
from service.params import Flag, Name, Params, body_bytes, said
from service.tiers import seen

api = Endpoints("uploads", tag="Incidents")
#: Of a table that is sent, to be stored or enriched; ACLED's has 31, UCDP's 49.
MOST_COLUMNS = 256
_FORMATS: Final = {CSV: ("csv",), JSON: ("jsonl", "geojson"), GEOJSON: ("geojson",)}
#: The longest id: it must fit into an address.
_ID_LENGTH = 300
#: How many rows are named that can't be taken, and that have no position.
_LISTED = 100


class RowsRefusedError(InputError):
    """Rows that can't be taken; `errors` has the number of each, from 1, its id and what is wrong."""

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

    source: Name = said(
        "A label for where they come from, such as the file's name; all of a source can be deleted at once.",
        "press-2016.csv",
        default="upload",
    )
    publish: list[Name] = said(
        "A column that is public already: it is shown as it is at every tier. Repeatable; * for "
        "the whole table.",
        ["source_url"],
        default=[],
    )
    dry_run: Flag = said("`true` checks and counts, and stores nothing.", default=False)


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
    notes: list[RowNote] = Field(
        max_length=_LISTED,
        description="What is to know of rows, such as why one has no position; the first hundred.",
    )


_ROW = {
    "type": "object",
    "required": ["id"],
    "description": "Any columns, as a table has them, among them an id. A position comes from `latitude` and "
    "`longitude`, with `uncertainty_m` in metres; or from the name in `place` with those of areas "
    "(`governorate`, "
    "`district`, `subdistrict`).",
    "properties": {
        "id": {"type": ["string", "integer"], "example": "press-17"},
        "date": {"type": ["string", "null"], "example": "2016-05-30"},
        "place": {"type": ["string", "null"], "example": "Saraqeb"},
    },
    "additionalProperties": True,
}
_COLLECTION = {
    "type": "object",
    "required": ["type", "features"],
    "properties": {
        "type": {"const": "FeatureCollection"},
        "features": {"type": "array", "minItems": 1, "items": {"type": "object"}},
    },
}
_SENT = {
    CSV: {"type": "string", "example": "id,date,place\npress-17,2016-05-30,Saraqeb\n"},
    JSON: {"oneOf": [{"type": "array", "minItems": 1, "items": _ROW}, _COLLECTION]},
    # Described once, above: openapi-python-client makes nothing that runs of a list and another JSON body.
    GEOJSON: None,
}


@api.post(
    "/v1/incidents",
    "Store incidents.",
    Stored,
    description="Needs a key that may write. Ids live in the namespace of the key: what it stored already is "
    "replaced where it differs, so the same table sent twice changes nothing. All or nothing: where a row "
    "can't be "
    "taken, `errors` lists what is wrong row by row and nothing is stored. Positions are resolved where "
    "the rows "
    f"have none. A table has a header, at most {MOST_COLUMNS} columns, and an id in every row (`id`, "
    f"`event_id`, "
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
    columns = tuple(incidents[0].properties)
    published = [one if one == "*" else column_named(columns, one, role="publish") for one in query.publish]
    try:
        changes = seen().incidents.store.upsert(
            incidents,
            owner=caller().key,
            source=query.source,
            published=published,
            dry_run=query.dry_run,
        )
    except InputError as error:  # a text that can't be kept
        raise _refused(str(error)) from error
    if not query.dry_run:
        wrote(added=changes.added, changed=changes.changed)
    rows = (read.rows + 1).tolist()
    nowhere = sum(one.position is None for one in incidents)
    noted = [pair for pair in zip(rows, incidents, strict=True) if pair[1].problems]
    return Stored(
        added=changes.added,
        changed=changes.changed,
        unchanged=changes.unchanged,
        dry_run=query.dry_run,
        source=query.source,
        without_position=nowhere,
        notes=[RowNote(row=row, id=one.id, detail="; ".join(one.problems)) for row, one in noted[:_LISTED]],
    )


# ------------------------------------------------------------------------------------------ deleting


class DeleteParams(Params):
    """Of `DELETE /v1/incidents`: one of the two."""

    id: Name | None = said("The incident's id.", "press-17")
    source: Name | None = said("The label that incidents were stored with.", "press-2016.csv")
    everybody: Flag = said("Also what other keys stored, or the server loaded: at tier full.", default=False)

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


# ------------------------------------------------------------------------------- reading what came


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
    # Read where it is, in memory: what was sent must not lie on a disk when the server is killed.
    source = Source("the table", data=_with_ids(body_bytes()) if media_type != CSV else body_bytes())
    try:
        # Other formats, and packed ones, could unfold to far more than was sent.
        if source.data.startswith(GZIP) or format_of(source).name not in _FORMATS[media_type]:
            raise _refused(f"it is sent as {media_type} and is something else: save it as that")
        table = read_table(source, ReadOptions(row_limit=seen().settings.max_rows))
        _check_size(table)
        columns = find_columns(table.columns, has_points=table.geometry is not None)
    except TableError as error:
        if error.parameter == "rows":
            raise RequestEntityTooLarge(f"nothing was stored: {error}") from error
        raise _refused(str(error).replace("say which with --place COLUMN", "rename all but one")) from error
    if columns.id is None:
        raise _refused("no column is known to hold ids: add a column id, since incidents are kept by id")
    ours = {normal_name(name) for name in table.columns} & {GAZ_POSITION[0], ANSWER_POSITION[0]}
    if not (columns.latitude or columns.has_places or table.geometry or ours):
        raise _refused("it has neither positions nor places: add latitude and longitude, or place")
    incidents = read_incidents(table, seen().gazetteer)
    if errors := _errors(columns, columns.id, incidents):
        raise RowsRefusedError(errors)
    return incidents


def _with_ids(body: bytes) -> bytes:
    """Return features with their ids among their properties, where these have none."""
    try:
        content = json.loads(body, object_pairs_hook=unlike, parse_float=number_of)
        features = [one for one in content["features"] if "id" in one and "id" not in one["properties"]]
        for one in features:
            one["properties"]["id"] = one["id"]
    except (ValueError, KeyError, TypeError, RecursionError):  # no such thing, or reading says what is amiss
        return body
    return json_bytes(content) if features else body


def _check_size(table: Table) -> None:
    if len(table.columns) > MOST_COLUMNS:
        raise _refused(f"it has {len(table.columns)} columns, more than the {MOST_COLUMNS} that are taken")
    if not table.check(seen().settings.max_rows):
        raise _refused("there are no rows in it")


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


def _refused(message: str) -> InputError:
    return InputError(f"nothing was stored: {message}", parameter="body")
