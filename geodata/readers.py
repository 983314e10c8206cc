"""A folder as layers of rows, told apart by what is in the files.

A file's format is read from its first bytes, never from its name: GeoPackage, shapefile, GeoJSON, JSON lists,
tables and tab-separated lines, in any sub-folder, zipped or not. What a layer *means* is the importers'
business; they look at its columns. What cannot be read is listed with its reason and stops nothing.
"""

import contextlib
import csv
import errno
import hashlib
import html
import json
import re
import tempfile
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from gazetteer.errors import GazetteerError, GazetteerFileError, TableError
from gazetteer.tables import read_table
from gazetteer.tables.table import ReadOptions

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

_SQLITE: Final = b"SQLite format 3\x00"
# ESRI Shapefile Technical Description (1998), p. 4: file code 9994, big-endian. The index file has it too.
_SHAPEFILE: Final = (9994).to_bytes(4, "big")
_PARTS: Final = (".shp", ".dbf", ".shx", ".prj", ".cpg")
_SIDECARS: Final = frozenset((".shx", ".dbf", ".prj", ".cpg", ".sbn", ".sbx", ".qix", ".qmd", ".qpj", ".xml"))
_HEAD_BYTES: Final = 4096
_MOST_UNPACKED_BYTES: Final = 4 << 30
_DEEPEST_ARCHIVE: Final = 2
# Windows has no quotas of this kind.
_FULL: Final = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
_UNREADABLE: Final = (OSError, ValueError, RuntimeError, KeyError, zipfile.BadZipFile)


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number (the first is 1), its values by column, and its geometry in WGS 84."""

    number: int
    values: Mapping[str, Any]
    geometry: "BaseGeometry | None" = None

    def text(self, column: str) -> str:
        """Return a value as text; empty where it is missing."""
        return cell_text(self.values.get(column))


@dataclass(frozen=True, slots=True)
class Layer:
    """Rows that share columns."""

    path: Path
    #: How messages and the manifest name it: relative to the folder, with the layer if it has several.
    shown: str
    #: Names of its columns. For "lines", which have no header, the cells of the first line; for "json", the
    #: keys of the first object.
    columns: tuple[str, ...]
    form: Literal["vector", "table", "lines", "json"]
    #: Name of the layer inside the file, for vector files and workbooks.
    layer: str | None = None

    def rows(self) -> Iterator[Row]:
        """Yield the rows in order; a file that can't be read to its end is a GazetteerFileError."""
        try:
            yield from _READERS[self.form](self)
        except GazetteerError:
            raise
        except _UNREADABLE as error:
            raise GazetteerFileError(
                f"{self.shown} cannot be read ({error}): fetch it again, or take it out of the folder"
            ) from error

    def sha256(self) -> str:
        """Return the checksum of the file; of a shapefile, of its parts one after the other."""
        parts = [self.path.with_suffix(ending) for ending in _PARTS]
        parts = [p for p in parts if p.is_file()] if self.path.suffix.lower() == ".shp" else [self.path]
        return hashlib.sha256(b"".join(part.read_bytes() for part in parts)).hexdigest()

    def day(self) -> str:
        """Return the day, ISO, that its name says ("…_20201217"), or a workbook's own properties."""
        named = re.findall(r"(?<!\d)(20\d\d)-?(0[1-9]|1[0-2])-?([0-2]\d|3[01])(?!\d)", self.shown)
        if named:
            return "-".join(named[-1])
        if self.form == "table" and zipfile.is_zipfile(self.path):
            with zipfile.ZipFile(self.path) as archive, contextlib.suppress(KeyError):
                found = re.search(rb":modified[^>]*>(\d{4}-\d\d-\d\d)", archive.read("docProps/core.xml"))
                return found[1].decode() if found else ""
        return ""


class _NoRoomError(GazetteerFileError):
    """The temporary folder is full."""


@contextlib.contextmanager
def open_layers(folder: Path) -> Iterator[tuple[list[Layer], dict[str, str]]]:
    """Give every layer of a folder and the folders in it, in the order of names, and why others aren't read.

    Archives are unpacked into a folder that is removed afterwards. Where there is no such folder, or no room
    to unpack, that is a GazetteerFileError.
    """
    if not folder.is_dir():
        raise GazetteerFileError(
            f"there is no folder {folder}: name the one that 'gazetteer-data pull' filled"
        )
    with tempfile.TemporaryDirectory(prefix="gazetteer-data-") as unpacked:
        found: list[Layer] = []
        skipped: dict[str, str] = {}
        _walk(folder, "", Path(unpacked), 0, found, skipped)
        yield found, skipped


def _walk(
    folder: Path, shown: str, spare: Path, depth: int, found: list[Layer], skipped: dict[str, str]
) -> None:
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        name = shown + path.relative_to(folder).as_posix()
        ending = path.suffix.lower()
        is_shape = path.with_suffix(".shp").is_file() or path.name.lower().endswith(".shp.xml")
        if path.name.startswith(".") or ending in (".part", ".origin") or (is_shape and ending in _SIDECARS):
            continue
        try:
            if not zipfile.is_zipfile(path) or _sheets_of(path):
                found += layers_of(path, name)
            elif depth < _DEEPEST_ARCHIVE:
                inside = spare / f"{depth}-{len(found)}-{len(skipped)}-{path.name}"
                _unpack(path, inside)
                _walk(inside, f"{name}/", spare, depth + 1, found, skipped)
        except _NoRoomError:  # skipping the file would give a gazetteer without it
            raise
        except (GazetteerError, *_UNREADABLE) as error:
            skipped[name] = " ".join(str(error).split())


def _unpack(path: Path, into: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        if sum(item.file_size for item in archive.infolist()) > _MOST_UNPACKED_BYTES:
            raise GazetteerFileError(f"{path.name} unpacks to more than 4 GB")
        try:
            archive.extractall(into)  # zipfile itself strips ".." and absolute names
        except OSError as error:
            if error.errno not in _FULL:
                raise
            raise _NoRoomError(
                f"{path.name} has no room in {tempfile.gettempdir()} ({error.strerror}): make room there, or"
                " name another temporary folder with TMPDIR"
            ) from error


def _sheets_of(path: Path) -> list[str]:
    """Return the names of a workbook's sheets; empty for another archive."""
    with zipfile.ZipFile(path) as archive:
        if "xl/workbook.xml" not in archive.namelist():
            return []
        text = archive.read("xl/workbook.xml").decode("utf-8")
    return [html.unescape(name) for name in re.findall(r'<(?:\w+:)?sheet\b[^>]*?\bname="([^"]*)"', text)]


def layers_of(path: Path, shown: str) -> list[Layer]:
    """Return the layers of one file; raises where it is none of the formats, or damaged."""
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if head.startswith((_SQLITE, _SHAPEFILE)):
        return _vector_layers(path, shown)
    if zipfile.is_zipfile(path):
        sheets = _sheets_of(path)
        return [
            Layer(path, f"{shown}:{sheet}" if len(sheets) > 1 else shown, columns, "table", sheet)
            for sheet in sheets
            if (columns := _columns_of(path, sheet, needed=len(sheets) == 1))
        ]
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if start == b"{" and b"eature" in head:
        return _vector_layers(path, shown)
    if start in (b"[", b"{"):
        rows = json.loads(path.read_text(encoding="utf-8-sig"))
        keys = tuple(rows[0]) if isinstance(rows, list) and rows and isinstance(rows[0], dict) else ()
        return [Layer(path, shown, keys, "json")]
    first = head.split(b"\n", 1)[0]
    if first.count(b"\t") >= 3 and first.split(b"\t", 1)[0].isdigit():
        return [Layer(path, shown, tuple(first.decode("utf-8").rstrip("\r").split("\t")), "lines")]
    if b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise TableError("it is neither a map layer nor a table that we know")
    return [Layer(path, shown, _columns_of(path), "table")]


def _columns_of(path: Path, sheet: str | None = None, *, needed: bool = True) -> tuple[str, ...]:
    """Return the columns of a table; none of a sheet of notes beside it."""
    try:
        return read_table(path, ReadOptions(sheet=sheet)).columns
    except TableError:
        if needed:
            raise
        return ()


def _vector_layers(path: Path, shown: str) -> list[Layer]:
    import pyogrio

    layers = []
    with warnings.catch_warnings():
        # GDAL warns of what we don't use, such as measures; what it cannot read it refuses.
        warnings.simplefilter("ignore")
        names = [str(name) for name, _ in pyogrio.list_layers(path)]
        for name in names:
            fields = tuple(str(f) for f in pyogrio.read_info(path, layer=name)["fields"])
            layers.append(Layer(path, f"{shown}:{name}" if len(names) > 1 else shown, fields, "vector", name))
    return layers


def cell_text(value: Any) -> str:
    """Return a cell as the text that its writer saw, as far as that can be known; empty where missing.

    Whole numbers lose the ".0" that spreadsheets and shapefiles add, dates are ISO dates.
    """
    if value is None or value != value:  # noqa: PLR0124 - NaN and NaT differ from themselves
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    if hasattr(value, "isoformat") or isinstance(value, np.datetime64):
        return str(value)[:10]
    return str(value)


def _vector_rows(layer: Layer) -> Iterator[Row]:
    import pyogrio.raw
    import shapely
    from pyproj import Transformer

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        meta, _, shapes, fields = pyogrio.raw.read(layer.path, layer=layer.layer)
    names = [str(name) for name in meta["fields"]]
    geometries = shapely.force_2d(shapely.from_wkb(shapes)) if shapes is not None else None
    if geometries is not None and meta["crs"] not in (None, "EPSG:4326", "OGC:CRS84"):
        turn = Transformer.from_crs(meta["crs"], "EPSG:4326", always_xy=True).transform
        geometries = shapely.transform(geometries, lambda xy: np.column_stack(turn(xy[:, 0], xy[:, 1])))
    for n in range(len(fields[0]) if fields else len(geometries) if geometries is not None else 0):
        values = {name: column[n] for name, column in zip(names, fields, strict=True)}
        yield Row(n + 1, values, None if geometries is None else geometries[n])


def _table_rows(layer: Layer) -> Iterator[Row]:
    rows = read_table(layer.path, ReadOptions(sheet=layer.layer)).rows()
    for number, cells in enumerate(rows, start=1):
        yield Row(number, dict(zip(layer.columns, cells, strict=True)))


def _line_rows(layer: Layer) -> Iterator[Row]:
    with layer.path.open(encoding="utf-8", newline="\n") as file:
        # GeoNames writes no quotes: a quotation mark is part of the name.
        reader = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        for number, cells in enumerate(reader, start=1):
            yield Row(number, {str(n): cell for n, cell in enumerate(cells)})


def _json_rows(layer: Layer) -> Iterator[Row]:
    for number, values in enumerate(json.loads(layer.path.read_text(encoding="utf-8-sig")), start=1):
        yield Row(number, values)


_READERS: Final = {"vector": _vector_rows, "table": _table_rows, "lines": _line_rows, "json": _json_rows}
