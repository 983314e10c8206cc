"""The formats that a table may be in, a module each: what it is recognised by, how it is read and written.

Reading goes by what a file holds, writing by what its name ends in, and any may become any other. Each
module has a function `read` and a function `write` (:class:`FormatModule`), and is imported when it is
needed.
"""

import codecs
import importlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol, cast

from gazetteer.errors import TableError
from gazetteer.tables.plan import Part, Plan, WriteOptions
from gazetteer.tables.table import ReadOptions, Source, Table, refused

__all__ = ["FORMATS", "Format", "FormatModule", "format_for", "format_of"]


class FormatModule(Protocol):
    """What a format's module has."""

    def read(self, source: Source, options: ReadOptions) -> Table:
        """Open a table, or raise TableError."""

    def write(
        self, table: Table, plan: Plan, parts: Iterable[Part], options: WriteOptions
    ) -> Iterator[bytes]:
        """Yield the bytes of an enriched table; `table` is what the parts are of, in any format."""


@dataclass(frozen=True, slots=True)
class Format:
    """A format: its name, which is that of its module too, how its files end, its media type, and whether a
    row of HXL tags has a place in it.
    """

    name: str
    suffixes: tuple[str, ...]
    media_type: str
    has_tags: bool = False

    @property
    def module(self) -> FormatModule:
        """Its functions, imported now."""
        return cast(FormatModule, importlib.import_module(f"{__name__}.{self.name}"))


_TEXT = Format("text", (".csv", ".tsv"), "text/csv; charset=utf-8", has_tags=True)
_WORKBOOK = Format(
    "workbook",
    (".xlsx",),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    has_tags=True,
)
_PARQUET = Format("parquet", (".parquet", ".geoparquet"), "application/vnd.apache.parquet")
_GEOJSON = Format("geojson", (".geojson",), "application/geo+json")
_GEOPACKAGE = Format("geopackage", (".gpkg",), "application/geopackage+sqlite3")
_JSON_LINES = Format("json_lines", (".jsonl", ".ndjson"), "application/x-ndjson", has_tags=True)
#: Every format, by its name.
FORMATS = {one.name: one for one in (_TEXT, _WORKBOOK, _PARQUET, _GEOJSON, _GEOPACKAGE, _JSON_LINES)}

#: Parquet's "Format" page; SQLite's "Database File Format", 1.3.
_PARQUET_START, _SQLITE = b"PAR1", b"SQLite format 3\x00"
_COLLECTION = re.compile(rb'"type"\s*:\s*"FeatureCollection"|"features"\s*:\s*\[')
#: How many bytes tell JSON from text: the first line may be long.
_LOOKED_AT = 1 << 16
#: PKWARE APPNOTE 4.3.7, a zip file's first entry; MS-CFB 2.2, which .xls and locked workbooks are.
_ZIP, _COMPOUND = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


def format_of(source: Source) -> Format:
    """Return the format that a table is in, by its first bytes.

    Raises
    ------
    TableError
        If it can't be read, or is known to be no table that we read.
    """
    with source.open() as file:
        start = file.read(_LOOKED_AT)
    for mark, form in ((_ZIP, _WORKBOOK), (_PARQUET_START, _PARQUET), (_SQLITE, _GEOPACKAGE)):
        if start.startswith(mark):
            return form
    if start.startswith(_COMPOUND):
        raise refused(
            f"{source.name} is an old Excel workbook (.xls) or a locked one: save it as .xlsx, without a "
            "password"
        )
    return _json_format(start.removeprefix(codecs.BOM_UTF8).lstrip()) or _TEXT


def _json_format(start: bytes) -> Format | None:
    """Return what a text is that begins with an object of JSON: lines of objects, or one with features."""
    if not re.match(rb'\{\s*(?:"|\}|$)', start):
        return None
    line, ended, _ = start.partition(b"\n")
    try:
        return _GEOJSON if json.loads(line).get("type") == "FeatureCollection" else _JSON_LINES
    except (ValueError, RecursionError):  # it goes on in what was not looked at, or in the next line
        return _GEOJSON if ended or _COLLECTION.search(line) else _JSON_LINES


def format_for(name: str) -> Format:
    """Return the format to write a file of this name in.

    Raises
    ------
    TableError
        If its end is none of ours.
    """
    for one in FORMATS.values():
        if name.lower().endswith(one.suffixes):
            return one
    known = [suffix for one in FORMATS.values() for suffix in one.suffixes]
    raise TableError(
        f"{name} can't be written as a table: end its name in {', '.join(known[:-1])} or {known[-1]}",
        parameter="output",
    )
