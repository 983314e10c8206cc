"""The formats that a table may be in, a module each: what it is recognised by, how it is read and written.

Reading goes by what a file holds, writing by what its name ends in, and any may become any other. Each
module has a function `read` and, if it can be written, a function `write` (:class:`FormatModule`), and is
imported when it is needed.
"""

import codecs
import importlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol, cast

from gazetteer.errors import TableError
from gazetteer.tables.layout import Layout, Part, WriteOptions
from gazetteer.tables.table import ReadOptions, Source, Table, refused


class FormatModule(Protocol):
    """What a format's module has."""

    def read(self, source: Source, options: ReadOptions) -> Table:
        """Open a table, or raise TableError, which says what is wrong and what to do."""

    def write(
        self, table: Table, layout: Layout, parts: Iterable[Part], options: WriteOptions
    ) -> Iterator[bytes]:
        """Yield the bytes of a table; `table` is what the parts are of, in any format."""


@dataclass(frozen=True, slots=True)
class Format:
    """A format: its name, which is that of its module too, how its files end where it can be written, its
    media type, and whether it has a place for a row of HXL tags and for several sheets or layers.
    """

    name: str
    suffixes: tuple[str, ...]
    media_type: str
    has_tags: bool = False
    has_sheets: bool = False

    @property
    def module(self) -> FormatModule:
        """Its functions, imported now."""
        return cast(FormatModule, importlib.import_module(f"{__name__}.{self.name}"))


_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_TEXT = Format("text", (".csv", ".tsv", ".csv.gz", ".tsv.gz"), "text/csv; charset=utf-8", has_tags=True)
_WORKBOOK = Format("workbook", (".xlsx",), _SHEET, has_tags=True, has_sheets=True)
_SPREADSHEET = Format("spreadsheet", (), "application/vnd.ms-excel", has_tags=True, has_sheets=True)
_PARQUET = Format("parquet", (".parquet", ".geoparquet"), "application/vnd.apache.parquet")
_GEOJSON = Format("geojson", (".geojson",), "application/geo+json")
_GEOPACKAGE = Format("geopackage", (".gpkg",), "application/geopackage+sqlite3", has_sheets=True)
_KML = Format("kml", (), "application/vnd.google-earth.kml+xml", has_sheets=True)
_JSON_LINES = Format("json_lines", (".jsonl", ".ndjson"), "application/x-ndjson", has_tags=True)
#: Every format, by its name.
FORMATS = {
    one.name: one
    for one in (_TEXT, _WORKBOOK, _SPREADSHEET, _PARQUET, _GEOJSON, _GEOPACKAGE, _KML, _JSON_LINES)
}

#: How files begin: Parquet's "Format" page; SQLite's "Database File Format", 1.3; MS-CFB 2.2, which .xls and
#: locked workbooks are; a zip file's first entry (PKWARE APPNOTE 4.3.7) with its name at byte 30.
_BEGINNINGS = (
    (rb"PK\x03\x04.{26}mimetypeapplication/vnd\.oasis\.opendocument\.spreadsheet", _SPREADSHEET),
    (rb"PK\x03\x04.{26}[^\0]{1,80}?\.kml", _KML),
    (rb"PK\x03\x04", _WORKBOOK),
    (rb"PAR1", _PARQUET),
    (rb"SQLite format 3\x00", _GEOPACKAGE),
    (rb"\xd0\xcf\x11\xe0", _SPREADSHEET),
    (rb"\s*<(?:[^>]*>\s*<){0,9}?(?:\w+:)?kml\b", _KML),
)
#: How bytes begin that are packed by gzip (RFC 1952, 2.3.1).
GZIP = b"\x1f\x8b"
_FEATURES = re.compile(rb'"type"\s*:\s*"Feature(?:Collection)?"|"features"\s*:\s*\[')
#: How many bytes tell JSON from text: the first line may be long.
_LOOKED_AT = 1 << 16


def format_of(source: Source) -> Format:
    """Return the format that a table is in, by its first bytes.

    Raises
    ------
    TableError
        If it can't be read, or is packed.
    """
    with source.open() as file:
        start = file.read(_LOOKED_AT).removeprefix(codecs.BOM_UTF8)
    if start.startswith(GZIP):
        raise refused(f"{source.name} is packed by gzip: unpack it first")
    for beginning, form in _BEGINNINGS:
        if re.match(beginning, start, re.DOTALL):
            return form
    return _json_format(start.lstrip(b" \t\r\n\x1e")) or _TEXT


def _json_format(start: bytes) -> Format | None:
    """Return what a text is that begins with JSON: features, or other objects."""
    if re.match(rb"\[\s*(?:\{|\]\s*$)", start):
        return _JSON_LINES
    if not re.match(rb'\{\s*(?:"|\}|$)', start):
        return None
    line, ended, _ = start.partition(b"\n")
    try:
        found = json.loads(line)
        is_feature = found.get("type") == "Feature" and "geometry" in found
        return _GEOJSON if is_feature or found.get("type") == "FeatureCollection" else _JSON_LINES
    except (ValueError, RecursionError):  # it goes on in what was not looked at, or in the next line
        return _GEOJSON if ended or _FEATURES.search(line) else _JSON_LINES


def format_for(name: str) -> Format:
    """Return the format to write a file of this name in.

    Raises
    ------
    TableError
        If its end is none of ours.
    """
    for one in FORMATS.values():
        if one.suffixes and name.lower().endswith(one.suffixes):
            return one
    known = [suffix for one in FORMATS.values() for suffix in one.suffixes]
    raise TableError(
        f"{name} can't be written as a table: end its name in {', '.join(known[:-1])} or {known[-1]}",
        parameter="output",
    )
