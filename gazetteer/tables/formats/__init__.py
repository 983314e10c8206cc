"""The formats of tables, a module each; any may be converted into any other that is written.

A file is read by its content and written by its suffix. To add a format, name its module in :data:`FORMATS`.
It has `read(source, options)`, which opens a table or raises TableError, and, if the format is written,
`write(table, layout, parts, options)`, which yields bytes, and `change(table, change)`, which yields the file
that was read with some cells changed and all else as it was. It is imported when it is needed.
"""

import codecs
import importlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import ModuleType

from gazetteer.errors import TableError
from gazetteer.tables.layout import Change, Layout, Part, WriteOptions
from gazetteer.tables.table import ReadOptions, Source, Table, refused


@dataclass(frozen=True, slots=True)
class Format:
    """A format."""

    name: str  # of its module too
    suffixes: tuple[str, ...]  # none where it isn't written
    media_type: str
    begins: bytes = b""  # a pattern of its files' first bytes, if it has one
    has_tags: bool = False  # a place for a row of HXL tags
    has_sheets: bool = False  # sheets or layers
    packs: bool = False  # read from the front, so that it may be packed by gzip

    def read(self, source: Source, options: ReadOptions) -> Table:
        """Open a table, or raise TableError."""
        table: Table = self._module.read(source, options)
        return table

    def write(
        self, table: Table, layout: Layout, parts: Iterable[Part], options: WriteOptions
    ) -> Iterator[bytes]:
        """Yield the bytes of a table, whose own format may be another."""
        blocks: Iterator[bytes] = self._module.write(table, layout, parts, options)
        return blocks

    def change(self, table: Table, change: Change) -> Iterator[bytes] | None:
        """Yield the bytes of a table's file with some cells changed; None for a table of another format."""
        if type(table).__module__ != self._module.__name__:
            return None
        blocks: Iterator[bytes] = self._module.change(table, change)
        return blocks

    @property
    def _module(self) -> ModuleType:
        return importlib.import_module(f"{__name__}.{self.name}")


#: A zip file's first entry (PKWARE APPNOTE 4.3.7), with its name at byte 30.
_ENTRY = rb"PK\x03\x04.{26}"
_ALL = (
    Format(
        "csv", (".csv", ".tsv", ".csv.gz", ".tsv.gz"), "text/csv; charset=utf-8", has_tags=True, packs=True
    ),
    Format(
        "sheets", (), "application/vnd.ms-excel",
        # MS-CFB 2.2, which .xls and locked workbooks are.
        _ENTRY + rb"mimetypeapplication/vnd\.oasis\.opendocument\.spreadsheet|\xd0\xcf\x11\xe0",
        has_tags=True, has_sheets=True,
    ),
    Format(
        "vector", (), "application/vnd.google-earth.kml+xml",
        _ENTRY + rb"[^\0]{1,80}?\.(?:kml|shp|shx|dbf|prj|cpg)"
        rb"|\s*<(?:[^>]*>\s*<){0,9}?(?:\w+:)?kml\b|\0\0\x27\x0a",
        has_sheets=True,
    ),
    Format(
        "xlsx", (".xlsx",), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        rb"PK\x03\x04",  # behind the other archives
        has_tags=True, has_sheets=True,
    ),
    # Parquet, "Format".
    Format("parquet", (".parquet", ".geoparquet"), "application/vnd.apache.parquet", b"PAR1"),
    Format("geojson", (".geojson",), "application/geo+json", packs=True),
    # SQLite, "Database File Format", 1.3.
    Format(
        "geopackage", (".gpkg",), "application/geopackage+sqlite3", rb"SQLite format 3\x00", has_sheets=True
    ),
    Format("jsonl", (".jsonl", ".ndjson"), "application/x-ndjson", has_tags=True, packs=True),
)  # fmt: skip
#: Every format, by its name.
FORMATS = {one.name: one for one in _ALL}

#: How bytes begin that are packed by gzip (RFC 1952, 2.3.1).
GZIP = b"\x1f\x8b"
_FEATURES = re.compile(rb'"type"\s*:\s*"Feature(?:Collection)?"|"features"\s*:\s*\[')
#: How many bytes tell JSON from text: the first line may be long.
_LOOKED_AT = 1 << 16


def format_of(source: Source) -> Format:
    """Return a table's format by its first bytes; TableError if it can't be read, or is packed."""
    with source.open() as file:
        start = file.read(_LOOKED_AT).removeprefix(codecs.BOM_UTF8)
    if start.startswith(GZIP):
        raise refused(f"{source.name} is packed by gzip: unpack it first")
    for form in _ALL:
        if form.begins and re.match(form.begins, start, re.DOTALL):
            return form
    return FORMATS[_json_or_text(start.lstrip(b" \t\r\n\x1e"))]


def _json_or_text(start: bytes) -> str:
    """Return the format of a text by name: features, other objects, or not JSON."""
    if re.match(rb"\[\s*(?:\{|\]\s*$)", start):
        return "jsonl"
    if not re.match(rb'\{\s*(?:"|\}|$)', start):
        return "csv"
    line, ended, _ = start.partition(b"\n")
    try:
        found = json.loads(line)
        is_feature = found.get("type") == "Feature" and "geometry" in found
        return "geojson" if is_feature or found.get("type") == "FeatureCollection" else "jsonl"
    except (ValueError, RecursionError):  # it goes on in what was not looked at, or in the next line
        return "geojson" if ended or _FEATURES.search(line) else "jsonl"


def format_for(name: str) -> Format:
    """Return the format for the suffix of a file to write; TableError if it is unknown."""
    for one in _ALL:
        if one.suffixes and name.lower().endswith(one.suffixes):
            return one
    known = [suffix for one in _ALL for suffix in one.suffixes]
    raise TableError(
        f"{name} can't be written as a table: end its name in {', '.join(known[:-1])} or {known[-1]}",
        parameter="output",
    )
