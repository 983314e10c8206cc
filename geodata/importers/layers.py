"""A file as layers of rows, told apart by what is in it.

A file's format is read from its first bytes, never from its name: GeoPackage, shapefile, GeoJSON, JSON lists,
Excel workbooks, tables of text and tab-separated lines. What a layer *means* is the importers' business; they
look at its columns.
"""

import contextlib
import csv
import hashlib
import json
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from gazetteer.errors import GazetteerError, GazetteerFileError, TableError
from gazetteer.tables import read_table

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

__all__ = ["Layer", "Row", "cell_text", "is_workbook", "layers_of"]

_Form = Literal["vector", "workbook", "table", "lines", "json"]
_SQLITE: Final = b"SQLite format 3\x00"
# ESRI Shapefile Technical Description (1998), p. 4: file code 9994, big-endian. The index file has it too.
_SHAPEFILE: Final = (9994).to_bytes(4, "big")
_PARTS: Final = (".shp", ".dbf", ".shx", ".prj", ".cpg")
_HEAD_BYTES: Final = 4096


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
    """Rows that share columns.

    Parameters
    ----------
    path
        The file.
    shown
        How messages and the manifest name it: relative to the folder, with the layer if it has several.
    columns
        Names of its columns. For "lines", which have no header, the cells of the first line; for "json", the
        keys of the first object.
    form
        How it is read.
    layer
        Name of the layer inside the file, for vector files and workbooks.
    """

    path: Path
    shown: str
    columns: tuple[str, ...]
    form: _Form
    layer: str | None = None

    def rows(self) -> Iterator[Row]:
        """Yield the rows in the order of the file.

        Raises
        ------
        GazetteerFileError
            If the file cannot be read to its end.
        """
        try:
            yield from _READERS[self.form](self)
        except GazetteerError:
            raise
        except (OSError, ValueError, RuntimeError, KeyError, zipfile.BadZipFile) as error:
            raise GazetteerFileError(
                f"{self.shown} cannot be read ({error}): fetch it again, or take it out of the folder"
            ) from error

    def sha256(self) -> str:
        """Return the checksum of the file; of a shapefile, of its parts one after the other."""
        parts = [self.path]
        if self.path.suffix.lower() == ".shp":
            parts = [p for s in _PARTS for p in (self.path.with_suffix(s),) if p.is_file()]
        digest = hashlib.sha256()
        for part in parts:
            digest.update(part.read_bytes())
        return digest.hexdigest()


def is_workbook(path: Path) -> bool:
    """Tell whether a zip archive is an Excel workbook."""
    with zipfile.ZipFile(path) as archive:
        return "xl/workbook.xml" in archive.namelist()


def layers_of(path: Path, shown: str) -> list[Layer]:
    """Return the layers of one file, which is no archive.

    Raises
    ------
    GazetteerError, OSError, ValueError, RuntimeError, KeyError
        If it is none of the formats, or damaged.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if head.startswith((_SQLITE, _SHAPEFILE)):
        return _vector_layers(path, shown)
    if zipfile.is_zipfile(path):
        return _sheets(path, shown)
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if start == b"{" and b"eature" in head:
        return _vector_layers(path, shown)
    if start in (b"[", b"{"):
        return _json_layer(path, shown)
    first = head.split(b"\n", 1)[0]
    if first.count(b"\t") >= 3 and first.split(b"\t", 1)[0].isdigit():
        return [Layer(path, shown, tuple(first.decode("utf-8").rstrip("\r").split("\t")), "lines")]
    if b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise TableError("it is neither a map layer nor a table that we know")
    return [Layer(path, shown, read_table(path).columns, "table")]


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


def _sheets(path: Path, shown: str) -> list[Layer]:
    layers = []
    with _workbook(path) as book:
        for sheet in book.worksheets:
            first = next(sheet.iter_rows(max_row=1, values_only=True), ())
            columns = tuple(cell_text(cell) for cell in first)
            name = f"{shown}:{sheet.title}" if len(book.worksheets) > 1 else shown
            layers.append(Layer(path, name, columns, "workbook", sheet.title))
    return layers


def _json_layer(path: Path, shown: str) -> list[Layer]:
    rows = json.loads(path.read_text(encoding="utf-8-sig"))
    columns = tuple(rows[0]) if isinstance(rows, list) and rows and isinstance(rows[0], dict) else ()
    return [Layer(path, shown, columns, "json")]


@contextlib.contextmanager
def _workbook(path: Path) -> Iterator[Any]:
    import openpyxl

    # As a stream, because openpyxl refuses a path by its suffix.
    with path.open("rb") as file:
        book = openpyxl.load_workbook(file, read_only=True, data_only=True)
        try:
            yield book
        finally:
            book.close()


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

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        meta, _, shapes, fields = pyogrio.raw.read(layer.path, layer=layer.layer)
    names = [str(name) for name in meta["fields"]]
    geometries = shapely.force_2d(shapely.from_wkb(shapes)) if shapes is not None else None
    if geometries is not None and meta["crs"] not in (None, "EPSG:4326", "OGC:CRS84"):
        geometries = _to_wgs84(geometries, meta["crs"])
    for n in range(len(fields[0]) if fields else len(geometries) if geometries is not None else 0):
        values = {name: column[n] for name, column in zip(names, fields, strict=True)}
        yield Row(n + 1, values, None if geometries is None else geometries[n])


def _to_wgs84(geometries: Any, crs: str) -> Any:
    import shapely
    from pyproj import Transformer

    transform = Transformer.from_crs(crs, "EPSG:4326", always_xy=True).transform
    return shapely.transform(geometries, lambda xy: np.column_stack(transform(xy[:, 0], xy[:, 1])))


def _workbook_rows(layer: Layer) -> Iterator[Row]:
    with _workbook(layer.path) as book:
        rows = book[layer.layer].iter_rows(min_row=2, values_only=True)
        for number, cells in enumerate(rows, start=1):
            if any(cell is not None for cell in cells):
                yield Row(number, dict(zip(layer.columns, cells, strict=False)))


def _table_rows(layer: Layer) -> Iterator[Row]:
    for number, cells in enumerate(read_table(layer.path).rows(), start=1):
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


_READERS: Final = {
    "vector": _vector_rows,
    "workbook": _workbook_rows,
    "table": _table_rows,
    "lines": _line_rows,
    "json": _json_rows,
}
