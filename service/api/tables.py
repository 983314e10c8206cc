"""A table sent in comes back with coordinates, areas and codes; or is told what it gives away.

Enriched rows are streamed as they are resolved. A table has at most 256 columns, and is held in memory: no
file of ours is left behind. What is wrong with it as a whole (its encoding, a ragged row, no column of
places) is found before the first byte is sent; then one row goes out for each that came in, in order.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import PurePath
from typing import Literal, NamedTuple
from urllib.parse import quote

from flask import Response, request, stream_with_context
from pydantic import Field
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from gazetteer.answers import MIN_CONFIDENCE
from gazetteer.enrich.enrich import enriched
from gazetteer.enrich.plan import Plan, plan_for
from gazetteer.errors import TableError
from gazetteer.incidents import ColumnChoice
from gazetteer.leaks import find_leaks
from gazetteer.review import Review
from gazetteer.review.decisions import read_decisions
from gazetteer.tables.formats import FORMATS, format_of
from gazetteer.tables.formats.csv import TextTable
from gazetteer.tables.layout import Part, WriteOptions
from gazetteer.tables.reading import read_table
from gazetteer.tables.table import ReadOptions, Source, Table
from gazetteer.tables.writing import STANDARD
from gazetteer.values import Reading
from service.access import KeyRefusedError
from service.answers import CSV, GEOJSON, Answer, Distance_m
from service.api.uploads import MOST_COLUMNS
from service.audit import tell
from service.endpoint import Endpoints
from service.params import Confidence, Flag, Name, Params, body_bytes, said
from service.tiers import seen

api = Endpoints("tables", tag="Tables")
FORM, TSV = "multipart/form-data", "text/tab-separated-values"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: Browsers and programs call a CSV by several names; what the bytes hold decides in the end.
_TAKEN = (
    CSV,
    TSV,
    "text/plain",
    "application/csv",
    "application/octet-stream",
    "application/vnd.ms-excel",
    XLSX,
    FORM,
)
#: What a workbook of at most 10 MB may unfold to; honest ones come to a half of it.
_MOST_INFLATED = 128 << 20
#: Rows resolved between two blocks that are sent: few, so that the first go out soon.
_CHUNK_ROWS = 500
_UNNAMED = "the table"
#: What the command line calls a remedy, and what it is called here.
_SENT_AS = (
    ("--place COLUMN", "place=COLUMN"),
    ("--admin COLUMN", "admin=COLUMN"),
    ("--text COLUMN", "text=COLUMN"),
    (", rename its gaz_ columns, or replace them with --overwrite", ", or rename its gaz_ columns"),
    ("name it with --encoding (windows-1256, windows-1252, …), or save", "save"),
    ("leave --sheet out", "leave sheet out"),
)


class EnrichParams(Params):
    """Of `/v1/enrich`."""

    format: Literal["csv", "xlsx", "geojson", "review"] | None = said(
        "What to send back; as the table came, unless this is said. `review` is the review file, in CSV: "
        "each place text that is left open, once, with its candidates and room for a decision."
    )
    place: Name | None = said("The column that holds the place, where its name doesn't tell.")
    admin: list[Name] = said(
        "The columns of areas that the place lies in: several times, or with commas between.", default=[]
    )
    text: Name | None = said("A column of notes: what a person wrote of the incident.")
    min_confidence: Confidence = said("The least confidence to call it resolved.", default=MIN_CONFIDENCE)
    neutralise: Flag = said(
        "In CSV, put an apostrophe before cells that a spreadsheet program would take for a "
        "formula: those that begin with = + - @, a tab or a line end and are no plain numbers.",
        default=False,
    )
    sheet: Name | None = said("The sheet of a workbook; the first that is shown, unless this is said.")


class _Target(NamedTuple):
    """What is sent back: the format by name, how its file ends, and its media type."""

    form: str
    suffix: str
    media_type: str


def _form(**fields: str) -> dict[str, object]:
    """Return the schema of a form with files, the first of which is needed."""
    files = {
        name: {"type": "string", "format": "binary", "description": what} for name, what in fields.items()
    }
    required = [next(iter(fields))]
    return {"type": "object", "required": required, "additionalProperties": False, "properties": files}


@api.post(
    "/v1/enrich",
    "A table with coordinates, areas and codes.",
    media={CSV: str, TSV: str, XLSX: bytes, GEOJSON: dict},
    # Bytes of a media type have no schema in OpenAPI 3.1 (4.8.14.3): what they hold is not described by one.
    sent={CSV: {}, XLSX: {}, FORM: _form(file="The table.", decisions="A review file that was filled in.")},
    description="Send CSV or XLSX as the body, or as the field `file` of a form: at most 256 columns. The "
    "field `decisions` of a form takes a review file that was filled in; its decisions win. Every "
    "row comes back, in order, its own columns unchanged and the `gaz_` columns after them; `gaz_status` "
    "says what they are worth. The header X-Attribution says whom to quote, and X-Place-Columns which "
    "columns the places were read from, percent-encoded.",
    made_of="now",
    heavy=True,
)
def enrich(query: EnrichParams) -> Response:
    """Enrich a table."""
    here, sources = seen(), _sources("file", "decisions")
    source = sources["file"]
    table, plan = _opened(source, query)
    plan = plan.for_gazetteer(here.info)
    target = _target(table, query.format)
    decided = sources.get("decisions")
    stage = None
    if decided or query.format == "review":
        with _remedies_of_http("enrich"):
            decisions = (
                None if decided is None else read_decisions(here.gazetteer, _checked(decided), _limits(None))
            )
        stage = Review(here.gazetteer, STANDARD, decisions=decisions, review=STANDARD)
    blocks = _blocks(query, table, plan, stage, target)
    first = next(blocks, b"")  # now, so that what is amiss until then is answered with a problem

    def streamed() -> Iterator[bytes]:
        yield first
        yield from blocks

    response = Response(stream_with_context(streamed()), content_type=target.media_type)
    what = "review" if query.format == "review" else "enriched"
    names = _file_names("" if source.name == _UNNAMED else source.name, f".{what}{target.suffix}")
    response.headers.set("Content-Disposition", "attachment", **names)
    columns = (quote(name, safe="") for name in (plan.columns.place, plan.columns.place_ar) if name)
    response.headers["X-Place-Columns"] = ", ".join(columns)
    response.headers["X-Attribution"] = _header_text(one.attribution for one in here.info.sources)
    response.headers["X-Accel-Buffering"] = "no"  # a proxy in front would hold the first rows back
    if request.environ.get("SERVER_PROTOCOL") == "HTTP/1.0":  # where a break looks like the end
        response.make_sequence()
    return response


class LeaksParams(Params):
    """Of `/v1/leaks`."""

    tier: Literal["public", "partner"] = said("For whom the table is meant.", default="public")
    place: Name | None = said("The column that holds the place, where its name doesn't tell.")
    sheet: Name | None = said("The sheet of a workbook; the first that is shown, unless this is said.")


class Leak(Answer):
    """One revelation."""

    row: int | None = Field(
        description="The number of the row, from 1; null for what stands beside the rows."
    )
    column: str = Field(description="The column, or several with commas between.")
    place_id: str = Field(description="The sensitive place; empty where the gazetteer doesn't know it.")
    how: str = Field(description="How the position is written, or follows.")
    exact_to_m: Distance_m = Field(description="Metres within which the table says where the place is.")
    allowed_m: Distance_m = Field(description="The metres that the tier allows.")
    advice: str = Field(description="What to change.")


class Leaks(Answer):
    """What a table gives away, the worst first."""

    tier: Literal["public", "partner"]
    rows: int = Field(ge=0)
    leaks: list[Leak]


@api.post(
    "/v1/leaks",
    "What a table gives away of sensitive places.",
    Leaks,
    sent={CSV: {}, XLSX: {}, FORM: _form(file="The table.")},
    description="Send a table as for `/v1/enrich`. Each revelation comes back with its row, its column, how "
    "exact it is and what to change; a form that isn't known isn't found. At tier full only, since it tells "
    "where places are.",
    made_of="now",
    heavy=True,
)
def leaks(query: LeaksParams) -> Leaks:
    """Find what a table gives away."""
    here, source = seen(), _sources("file")["file"]
    if here.tier != "full":
        raise KeyRefusedError(
            "what a table gives away is told with a key of tier full: use one, or the library"
        )
    with _remedies_of_http("leaks"):
        table = _read(source, query.sheet)
        table.check(here.settings.max_rows)
        reading = Reading.of({"place": query.place, "sheet": query.sheet})
        found = find_leaks(here.gazetteer, table, tier=query.tier, reading=reading)
    tell(here.gazetteer.place(one) for one in {leak.place_id for leak in found.leaks} - {""})
    return Leaks.model_validate(found)


def _blocks(
    query: EnrichParams, table: Table, plan: Plan, stage: Review | None, target: _Target
) -> Iterator[bytes]:
    """Yield the answer, whose rows pass through the review's stage where there is one."""
    parts: Iterable[Part] = enriched(seen().gazetteer, table, plan, chunk_rows=_CHUNK_ROWS)
    options = WriteOptions(suffix=target.suffix, neutralise=query.neutralise)
    with stage or nullcontext():
        if stage is not None:
            plan, parts = stage.plan(table, plan), stage.parts(parts)
        if stage is not None and query.format == "review":
            for _ in parts:  # counted on their way
                pass
            yield from stage.review_csv()
        else:
            yield from FORMATS[target.form].write(table, plan, parts, options)


def _sources(table: str, *others: str) -> dict[str, Source]:
    """Return the table in the body, alone or in a field of a form, and what the form's other fields hold."""
    if request.mimetype and request.mimetype not in _TAKEN:
        raise UnsupportedMediaType(
            f"the body is sent as {request.mimetype}: send a table with the header 'Content-Type: text/csv' "
            f"or '{XLSX}', or as the field file of a form"
        )
    if request.mimetype != FORM:
        return {table: Source(_UNNAMED, data=body_bytes())}
    for name in (*request.form, *request.files):
        if name not in (table, *others):  # nothing that is sent is passed over
            read = f"{' and '.join((table, *others))} {'are' if others else 'is'} read"
            raise TableError(
                f"the form has a field {name[:100]!r}, and only {read}: parameters stand in the address, "
                "as in /v1/enrich?neutralise=true",
                parameter=name[:100],
            )
    for name in (table, *request.form):
        if name not in request.files:
            raise TableError(f"the form has no file in a field called {name}: put it there", parameter=name)
    sources = {}
    for name, uploads in request.files.lists():
        if len(uploads) > 1:
            raise TableError(
                f"the form has {len(uploads)} files in {name}: send one at a time", parameter=name
            )
        sent = uploads[0]
        sources[name] = Source(PurePath(sent.filename or "").name or _UNNAMED, data=sent.stream.read())
    return sources


@contextmanager
def _remedies_of_http(command: str) -> Iterator[None]:
    """Replace the remedies of the command line in errors by those of a request."""
    try:
        yield
    except TableError as error:
        words = str(error)
        if error.parameter == "rows":
            words += f", or use 'gazetteer {command}', which takes any number"
            raise RequestEntityTooLarge(words) from error
        for typed, sent in _SENT_AS:
            words = words.replace(typed, sent)
        parameter = "file" if error.parameter == "table" else error.parameter
        raise TableError(words, parameter=parameter) from error


def _read(source: Source, sheet: str | None) -> Table:
    """Open a table that was sent."""
    table = read_table(_checked(source), _limits(sheet))
    if len(table.columns) > MOST_COLUMNS:
        raise TableError(
            f"the table has {len(table.columns)} columns, and at most {MOST_COLUMNS} are taken here: "
            "leave some out",
            parameter="table",
        )
    return table


def _checked(source: Source) -> Source:
    """Return a table that was sent, or refuse a format that is not taken here."""
    if format_of(source).name not in ("csv", "xlsx"):
        raise TableError("the table is neither CSV nor XLSX: save it as one of them", parameter="table")
    return source


def _limits(sheet: str | None) -> ReadOptions:
    """Return how a table that was sent is read."""
    return ReadOptions(sheet=sheet, inflated_limit=_MOST_INFLATED, row_limit=seen().settings.max_rows)


def _opened(source: Source, query: EnrichParams) -> tuple[Table, Plan]:
    """Open a table, decide what is read from it, and read through it once."""
    with _remedies_of_http("enrich"):
        table = _read(source, query.sheet)
        columns = ColumnChoice(
            place=query.place, admin=tuple(_named(query.admin, table.columns)), text=query.text
        )
        plan = plan_for(table, columns=columns, min_confidence=query.min_confidence)
        table.check(seen().settings.max_rows)
    return table, plan


def _named(given: Sequence[str], columns: Sequence[str]) -> list[str]:
    """Return the columns that are named, of which a name may itself have a comma."""
    names: list[str] = []
    for one in given:
        names += [one] if one in columns else [part.strip() for part in one.split(",") if part.strip()]
    return names


def _target(table: Table, wanted: str | None) -> _Target:
    if wanted == "review":
        return _Target("csv", ".csv", FORMATS["csv"].media_type)
    if wanted == "geojson":
        return _Target("geojson", ".geojson", FORMATS["geojson"].media_type)
    if wanted == "xlsx" or (wanted is None and not isinstance(table, TextTable)):
        return _Target("xlsx", ".xlsx", XLSX)
    if wanted is None and isinstance(table, TextTable) and table.delimiter == "\t":
        return _Target("csv", ".tsv", f"{TSV}; charset=utf-8")
    return _Target("csv", ".csv", FORMATS["csv"].media_type)


def _file_names(sent: str, ending: str) -> dict[str, str]:
    """Return what an answer's file is called, after the table that was sent (RFC 6266).

    `filename` has ASCII only; `filename*` is there where that isn't enough, and counts for more. Control
    characters and what a folder's name is made with are left out, as are the dots of a hidden file.
    """
    letters = (letter for letter in sent if unicodedata.category(letter)[0] != "C")
    name = re.sub(r'[\\/:*?"<>|\s]+', "_", "".join(letters)).strip("._")
    stem = PurePath(name).stem or "table"
    ascii_stem = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode().strip("._")
    names = {"filename": f"{ascii_stem or 'table'}{ending}"}
    if ascii_stem != stem:
        names["filename*"] = f"UTF-8''{quote(f'{stem}{ending}', safe='')}"
    return names


def _header_text(lines: Iterable[str]) -> str:
    """Return lines as one that a header may hold (ISO 8859-1, without line ends)."""
    text = " | ".join(" ".join(line.split()) for line in dict.fromkeys(lines))
    return text.encode("latin-1", "replace").decode("latin-1")
