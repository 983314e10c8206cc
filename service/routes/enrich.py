"""A table sent in comes back with coordinates, areas and codes, streamed as its rows are resolved.

A table has at most 256 columns, and is held in memory: no file of ours is left behind. What is wrong
with it as a whole (its encoding, a ragged row, no column of places) is found before the first byte is sent;
then one row goes out for each that came in, in order.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from flask import Response, request
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.data_type import DataType
from flask_openapi3.models.media_type import MediaType
from flask_openapi3.models.request_body import RequestBody
from flask_openapi3.models.schema import Schema
from flask_openapi3.models.tag import Tag
from flask_openapi3.types import ResponseDict
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from gazetteer.enrich.enrich import enriched
from gazetteer.enrich.plan import Plan, plan_for
from gazetteer.errors import NotFoundError, TableError
from gazetteer.incidents import ColumnChoice
from gazetteer.tables.formats import FORMATS, format_of
from gazetteer.tables.formats.csv import TextTable
from gazetteer.tables.layout import Part, WriteOptions
from gazetteer.tables.reading import read_table
from gazetteer.tables.table import ReadOptions, Source, Table
from service.deadlines import streamed, within_time
from service.disclosures import Disclosures, disclosures
from service.media import FORM, GEOJSON, MOST_COLUMNS, XLSX
from service.params.enrich import EnrichParams
from service.routes.answers import answers, problem_answer
from service.schemas.enrich import MEDIA_TYPES, EnrichBody
from service.state import Catalogue
from service.views import Views

__all__ = ["enrich_routes"]

#: What a workbook of at most 10 MB may unfold to; honest ones come to a half of it.
_MOST_INFLATED = 128 << 20
#: Rows resolved between two blocks that are sent: few, so that the first go out soon.
_CHUNK_ROWS = 500
_UNNAMED = "the table"
#: What the command line calls a remedy, and what it is called here.
_SENT_AS = (
    ("--place COLUMN", "place=COLUMN"),
    ("--admin COLUMN", "admin=COLUMN"),
    (", rename its gaz_ columns, or replace them with --overwrite", ", or rename its gaz_ columns"),
    ("name it with --encoding (windows-1256, windows-1252, …), or save", "save"),
    ("leave --sheet out", "leave sheet out"),
)


def enrich_routes(views: Views) -> APIBlueprint:
    """Return the routes."""
    api = APIBlueprint("enrich", __name__, url_prefix="/v1", abp_tags=[Tag(name="Tables")])

    @api.post(
        "/enrich",
        summary="A table with coordinates, areas and codes.",
        description="Send CSV or XLSX as the body, or as the field `file` of a form: at most "
        f"{views.settings.max_body_mb} MB, {views.settings.max_rows:,} rows and 256 columns. "
        "Every row comes back, in order, its own columns unchanged and the `gaz_` columns after "
        "them; `gaz_status` says what they are worth. The header X-Attribution says whom to quote, "
        "and X-Place-Columns which columns the places were read from, percent-encoded.",
        responses=_responses(),
    )
    def enrich(query: EnrichParams, raw: EnrichBody) -> Response:
        state = views.here()
        source = _source()
        table, plan = _opened(source, query, most_rows=state.settings.max_rows)
        plan = plan.for_gazetteer(state.info)
        target = _target(table, query.format)
        resolved = enriched(state.gazetteer, table, plan, chunk_rows=_CHUNK_ROWS)
        parts = within_time(_noted(resolved, plan, state.gazetteer, disclosures()))
        options = WriteOptions(suffix=target.suffix, neutralise=query.neutralise)
        blocks = FORMATS[target.form].write(table, plan, parts, options)
        response = Response(streamed(blocks), content_type=target.media_type)
        names = _file_names("" if source.name == _UNNAMED else source.name, target.suffix)
        response.headers.set("Content-Disposition", "attachment", **names)
        response.headers["X-Place-Columns"] = _place_columns(plan)
        response.headers["X-Attribution"] = _header_text(s.attribution for s in state.info.sources)
        response.headers["X-Accel-Buffering"] = "no"  # a proxy in front would hold the first rows back
        return response

    _describe_form(api)
    return api


def _noted(parts: Iterable[Part], plan: Plan, gazetteer: Catalogue, told: Disclosures) -> Iterator[Part]:
    """Pass rows on, once it is noted of which places they tell."""
    ids, several = (plan.added_names.index(name) for name in ("gaz_place_id", "gaz_places"))
    seen: set[str] = set()
    for part in parts:
        new = {str(values[ids]) for values in part.added if values[ids]}
        lists: list[Any] = [values[several] for values in part.distinct().values() if values[several]]
        new |= {str(one["place_id"]) for places in lists for one in places}
        new -= seen
        seen |= new
        for place_id in new:
            with suppress(NotFoundError):  # a computed position has no id of the gazetteer's
                told.add((gazetteer.place(place_id),))
        yield part
    told.add(())


@dataclass(frozen=True, slots=True)
class _Target:
    """What is sent back: the format by name, how its file ends, and its media type."""

    form: str
    suffix: str
    media_type: str


def _source() -> Source:
    """Return the table that came in the body.

    Raises
    ------
    UnsupportedMediaType
        If the body isn't called a table.
    TableError
        If a form has not just one file.
    """
    if request.mimetype and request.mimetype not in MEDIA_TYPES:
        raise UnsupportedMediaType(
            f"the body is sent as {request.mimetype}: send a table with the header 'Content-Type: text/csv' "
            f"or '{XLSX}', or as the field file of a form"
        )
    if request.mimetype == FORM:
        return _source_in_form()
    return Source(_UNNAMED, data=request.get_data(cache=False))


def _source_in_form() -> Source:
    """Return the table in a form, which may hold nothing else: nothing that is sent is passed over."""
    for name in (*request.form, *request.files):
        if name != "file":
            raise TableError(
                f"the form has a field {name[:100]!r}, and only its field file is read: parameters stand in "
                "the address, as in /v1/enrich?neutralise=true",
                parameter=name[:100],
            )
    uploads = request.files.getlist("file")
    if not uploads:
        raise TableError("the form has no file in a field called file: put the table there", parameter="file")
    if len(uploads) > 1:
        raise TableError(f"the form has {len(uploads)} files: send one table at a time", parameter="file")
    return Source(PurePath(uploads[0].filename or "").name or _UNNAMED, data=uploads[0].stream.read())


def _opened(source: Source, query: EnrichParams, *, most_rows: int) -> tuple[Table, Plan]:
    """Open a table, decide what is read from it, and read through it once."""
    try:
        if format_of(source).name not in ("csv", "xlsx"):
            raise TableError("the table is neither CSV nor XLSX: save it as one of them", parameter="table")
        table = read_table(source, ReadOptions(sheet=query.sheet, inflated_limit=_MOST_INFLATED))
        if len(table.columns) > MOST_COLUMNS:
            raise TableError(
                f"the table has {len(table.columns)} columns, and at most {MOST_COLUMNS} are taken here: "
                "leave some out",
                parameter="table",
            )
        plan = plan_for(
            table,
            columns=ColumnChoice(place=query.place, admin=tuple(_named(query.admin, table.columns))),
            min_confidence=query.min_confidence,
        )
        rows = table.check()
    except TableError as error:  # its remedies are those of the command line
        words = str(error)
        for typed, sent in _SENT_AS:
            words = words.replace(typed, sent)
        parameter = "file" if error.parameter == "table" else error.parameter
        raise TableError(words, parameter=parameter) from error
    if rows > most_rows:
        raise RequestEntityTooLarge(
            f"the table has {rows:,} rows, and at most {most_rows:,} are taken: send it in parts, or use "
            "'gazetteer enrich', which takes any number"
        )
    return table, plan


def _named(given: Sequence[str], columns: Sequence[str]) -> list[str]:
    """Return the columns that are named, of which a name may itself have a comma."""
    names: list[str] = []
    for one in given:
        names += [one] if one in columns else [part.strip() for part in one.split(",") if part.strip()]
    return names


def _target(table: Table, wanted: str | None) -> _Target:
    if wanted == "geojson":
        return _Target("geojson", ".geojson", FORMATS["geojson"].media_type)
    if wanted == "xlsx" or (wanted is None and not isinstance(table, TextTable)):
        return _Target("xlsx", ".xlsx", XLSX)
    if wanted is None and isinstance(table, TextTable) and table.delimiter == "\t":
        return _Target("csv", ".tsv", "text/tab-separated-values; charset=utf-8")
    return _Target("csv", ".csv", FORMATS["csv"].media_type)


def _file_names(sent: str, suffix: str) -> dict[str, str]:
    """Return what an answer's file is called, after the table that was sent (RFC 6266).

    `filename` has ASCII only; `filename*` is there where that isn't enough, and counts for more. Control
    characters and what a folder's name is made with are left out, as are the dots of a hidden file.
    """
    letters = (letter for letter in sent if unicodedata.category(letter)[0] != "C")
    name = re.sub(r'[\\/:*?"<>|\s]+', "_", "".join(letters)).strip("._")
    stem = PurePath(name).stem or "table"
    ascii_stem = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode().strip("._")
    names = {"filename": f"{ascii_stem or 'table'}.enriched{suffix}"}
    if ascii_stem != stem:
        names["filename*"] = f"UTF-8''{quote(f'{stem}.enriched{suffix}', safe='')}"
    return names


def _header_text(lines: Iterable[str]) -> str:
    """Return lines as one that a header may hold (ISO 8859-1, without line ends)."""
    text = " | ".join(" ".join(line.split()) for line in dict.fromkeys(lines))
    return text.encode("latin-1", "replace").decode("latin-1")


def _place_columns(plan: Plan) -> str:
    """Return the columns that names are read from, percent-encoded, since a header holds no other letters."""
    names = (plan.columns.place, plan.columns.place_ar)
    return ", ".join(quote(name, safe="") for name in names if name is not None)


def _responses() -> ResponseDict:
    said = answers("The enriched table.")
    tables = {"text/csv": "The rows, streamed.", XLSX: "A workbook.", GEOJSON: "A FeatureCollection."}
    return {
        **said,
        "200": {
            "description": "The enriched table, in the format that was asked for.",
            "content": {
                kind: {"schema": {"type": "object" if kind == GEOJSON else "string", "description": words}}
                for kind, words in tables.items()
            },
        },
        "413": problem_answer("The body is too large."),
        "415": problem_answer("The body isn't sent as a table."),
    }


def _describe_form(api: APIBlueprint) -> None:
    """Say in the OpenAPI document that a body is any bytes, and that a form has the field `file`."""
    operation = api.paths["/v1/enrich"].post
    assert operation is not None
    assert isinstance(operation.requestBody, RequestBody)
    file = Schema(type=DataType.STRING, format="binary", description="The table.")
    form = Schema(
        type=DataType.OBJECT, properties={"file": file}, required=["file"], additionalProperties=False
    )
    # Bytes of a media type have no schema in OpenAPI 3.1 (4.8.14.3): what they hold is not described by one.
    bodies = {kind: MediaType(schema=Schema()) for kind in ("text/csv", XLSX)}
    operation.requestBody.content.update({**bodies, FORM: MediaType(schema=form)})
