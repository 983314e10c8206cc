"""Parts that several formats share: types of columns, shapes in WGS 84, archives, and a sink for writers.

Coordinates are longitude before latitude, as in GeoJSON, GeoPackage and GeoParquet.

A zip bomb is refused for its declared sizes (workbooks, OpenDocument sheets and KMZ are zip archives). One
that declares less is refused as damaged: a part is unpacked to its declared size only, and has to end there.
"""

import datetime
import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal

from gazetteer.errors import TableError
from gazetteer.tables.json_numbers import keeps_digits
from gazetteer.tables.layout import Layout, Point
from gazetteer.tables.table import Source, Table, as_text, refused

#: The types that a column may have in formats in which a column has one.
Kind = Literal["text", "integer", "number", "boolean", "date", "datetime", "geometry"]
#: Puts shapes into WGS 84; None stays None.
Projection = Callable[[Sequence[Any]], list[Any]]
#: The largest whole numbers of signed 64-bit integers, and of doubles without loss.
_LARGEST, EXACT = 2**63 - 1, 2**53
_BLOCK_BYTES = 1 << 16
#: How far an edge that is straight in its own system may depart from one that is straight in degrees.
_DEPARTURE_M, _DEGREE_M = 0.05, 111_700.0
#: A workbook has a few dozen parts; ten thousand leave room for one picture a row.
_MAX_PARTS = 10_000
#: Up to this size, unpacked, any ratio of compression is accepted.
_SMALL_BYTES = 64 << 20
#: Deflate packs at most 1032 bytes into one (zlib's "technical details"); sheets of data come to 5 to 40.
_MAX_RATIO = 200
#: Tags in a part of an archive, at any size and for each packed byte more. Cells of sheets come to 1 a byte.
_TAGS, _TAGS_A_BYTE = 200_000, 20
#: How a workbook's parts are packed (ECMA-376 part 2, C.2): not at all, or by Deflate.
_PACKINGS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})


def kinds_of(table: Table, layout: Layout) -> tuple[Kind, ...]:
    """Return the kind of each kept column, for formats in which a column has one; reads the table.

    A column has the common kind of its cells, else it is text. The cells of CSV stay text.
    """
    found: list[set[Kind]] = [set() for _ in layout.kept]
    inexact = [False] * len(layout.kept)
    for chunk in () if table.is_text else table.chunks():
        for row in layout.kept_rows(chunk):
            for at, value in enumerate(row):
                if value is not None:
                    found[at].add(_kind(value))
                    inexact[at] |= isinstance(value, int) and abs(value) > EXACT
    return tuple(map(_common, found, inexact))


def _common(kinds: set[Kind], inexact: bool) -> Kind:
    if len(kinds) == 1:
        return next(iter(kinds))
    return "number" if kinds == {"integer", "number"} and not inexact else "text"


def _kind(value: Any) -> Kind:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer" if -_LARGEST <= value <= _LARGEST else "text"
    if isinstance(value, float):
        return "number" if keeps_digits(value) else "text"
    if isinstance(value, datetime.datetime):
        return "datetime" if value.tzinfo is None and not getattr(value, "nanosecond", 0) else "text"
    if isinstance(value, datetime.date):
        return "date"
    return "geometry" if hasattr(value, "geom_type") else "text"


def as_kind(values: Sequence[Any], kind: str) -> list[Any]:
    """Return the values of a column as its kind; None stays None."""
    if kind in ("text", "list"):
        return [None if value is None else as_text(value) for value in values]
    if kind == "number":
        return [None if value is None else float(value) for value in values]
    return list(values)


def as_day(value: Any) -> Any:
    """Return a time at midnight as a day, and any other value as it is."""
    is_day = isinstance(value, datetime.datetime) and value.time() == datetime.time()
    return value.date() if is_day else value


def to_wgs84(crs: object) -> Projection | None:
    """Return a projection of shapes into WGS 84; None for an unknown reference system.

    pyproj reads `crs`: "EPSG:32637", WKT, PROJJSON. A shape outside its system becomes None. Edges are
    straight in their own system: where one departs from that in degrees by more than 5 cm it is cut.
    """
    import numpy as np
    import shapely
    from pyproj import CRS, Transformer
    from pyproj.exceptions import ProjError

    try:
        known = CRS.from_user_input(crs)
        transform = Transformer.from_crs(known, "OGC:CRS84", always_xy=True).transform
    except (ProjError, RecursionError):
        return None
    if known.to_authority() in (("EPSG", "4326"), ("OGC", "CRS84")):
        return _unchanged

    def moved(shapes: Sequence[Any]) -> list[Any]:
        held = _cut(as_array(shapes), transform)
        found = shapely.transform(held, lambda xy: np.column_stack(transform(xy[:, 0], xy[:, 1])))
        return [
            None if before is None or not np.isfinite(shapely.get_coordinates(after)).all() else after
            for before, after in zip(shapes, found, strict=True)
        ]

    return moved


def back(shape: Any, crs: object) -> Any:
    """Return a shape in WGS 84 in a reference system from which :func:`to_wgs84` projects."""
    import numpy as np
    import shapely
    from pyproj import Transformer

    if is_wgs84(crs):
        return shape
    transform = Transformer.from_crs("OGC:CRS84", crs, always_xy=True).transform
    return shapely.transform(shape, lambda xy: np.column_stack(transform(xy[:, 0], xy[:, 1])))


def is_wgs84(crs: object) -> bool:
    """Whether a reference system is known and is WGS 84 already."""
    return to_wgs84(crs) is _unchanged


def _unchanged(shapes: Sequence[Any]) -> list[Any]:
    return list(shapes)


def _cut(shapes: Any, transform: Callable[..., Any]) -> Any:
    """Return shapes with edges so short that what is straight in them is straight in degrees too.

    A departure grows with the square of an edge's length; it is looked for at its quarters.
    """
    import numpy as np
    import shapely

    def degrees(corners: Any) -> Any:
        return np.column_stack(transform(*corners.T))

    corners, owner = shapely.get_coordinates(shapes, return_index=True)
    moved = degrees(corners)
    edges = (np.diff(owner) == 0) & np.isfinite(moved[:-1]).all(axis=1) & np.isfinite(moved[1:]).all(axis=1)
    start, along, owner = corners[:-1][edges], np.diff(corners, axis=0)[edges], owner[:-1][edges]
    first, turned = moved[:-1][edges], moved[1:][edges] - moved[:-1][edges]
    departure = np.zeros(len(along))
    for share in (0.25, 0.5, 0.75):
        apart = degrees(start + share * along) - (first + share * turned)
        departure = np.fmax(departure, np.hypot(*apart.T) * _DEGREE_M)
    cut = departure > _DEPARTURE_M
    if not cut.any():
        return shapes
    longest = np.full(len(shapes), np.inf)
    lengths = np.hypot(*along[cut].T) * np.sqrt(_DEPARTURE_M / departure[cut])
    np.minimum.at(longest, owner[cut], lengths)
    some = np.flatnonzero(np.isfinite(longest))
    shapes = shapes.copy()
    shapes[some] = shapely.segmentize(shapes[some], longest[some])
    return shapes


def read_wkb(blobs: Sequence[bytes | None]) -> list[Any]:
    """Return shapes, None for None; ValueError for an invalid one, or a curve, which shapely lacks."""
    import shapely

    try:
        return [None if blob is None else shapely.from_wkb(blob) for blob in blobs]
    except (shapely.errors.ShapelyError, TypeError, NotImplementedError) as error:
        raise ValueError(" ".join(str(error).split())) from error


def as_wkb(shapes: Sequence[Any]) -> list[bytes | None]:
    """Return shapes as WKB (OGC 06-103r4, 8.2); None for None."""
    import shapely

    return list(shapely.to_wkb(as_array(shapes), flavor="iso", byte_order=1))


def as_shapes(points: Sequence[Point]) -> list[Any]:
    """Return added points as shapes; None for None."""
    import shapely

    known = iter(shapely.points([point for point in points if point is not None] or [(0.0, 0.0)]))
    return [None if point is None else next(known) for point in points]


def as_array(shapes: Sequence[Any]) -> Any:
    """Return shapes as an array of objects, into which numpy alone would not put multipolygons."""
    import numpy as np

    array = np.empty(len(shapes), dtype=object)
    array[:] = shapes
    return array


class Bounds:
    """West, south, east and north of all shapes so far; empty without any."""

    def __init__(self) -> None:
        self.corners: tuple[float, ...] = ()

    def add(self, shapes: Sequence[Any]) -> None:
        """Widen it by shapes, of which some may be None or empty."""
        import shapely

        corners = tuple(map(float, shapely.total_bounds(as_array(shapes))))
        if corners[0] != corners[0]:  # NaN: there was nothing
            return
        if self.corners:
            west, south, east, north = zip(self.corners, corners, strict=True)
            corners = (min(west), min(south), max(east), max(north))
        self.corners = corners


class Sink(io.RawIOBase):
    """A file for a format's own writer, from which bytes are taken as they come."""

    def __init__(self) -> None:
        self._written = bytearray()
        self._taken = 0

    def writable(self) -> bool:
        """Return True."""
        return True

    def write(self, data: Any) -> int:
        """Take some bytes."""
        self._written += data
        return memoryview(data).nbytes

    def tell(self) -> int:
        """Return the number of bytes so far."""
        return self._taken + len(self._written)

    def taken(self) -> bytes:
        """Return the bytes since the last call."""
        data = bytes(self._written)
        self._written.clear()
        self._taken += len(data)
        return data


@contextmanager
def opened_archive(source: Source, *, limit: int) -> Iterator[zipfile.ZipFile]:
    """Open a zip file of at most `limit` bytes, unpacked.

    TableError if it is too large, locked or damaged, also where the damage appears only inside the block.
    """
    with source.open() as file:
        try:
            with _damage_named():
                opened = zipfile.ZipFile(file)
            with opened as archive:
                _check(source.name, archive.infolist(), limit)
                yield archive
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
            raise damaged(source, error) from error


def damaged(source: Source, error: Exception) -> TableError:
    """Return the refusal of a damaged workbook."""
    return refused(
        f"{source.name} is damaged or cut short ({str(error) or 'it ends too early'}): fetch it again, or "
        "open it in a spreadsheet program and save it as .xlsx"
    )


def _check(name: str, parts: list[zipfile.ZipInfo], limit: int) -> None:
    total = sum(part.file_size for part in parts)
    packed = sum(part.compress_size for part in parts)
    if total > limit or len(parts) > _MAX_PARTS or (total > _SMALL_BYTES and total > packed * _MAX_RATIO):
        raise refused(
            f"{name} would unfold from {packed:,} to {total:,} bytes in {len(parts):,} parts, which is too "
            "much: save the sheet as CSV (UTF-8)"
        )
    if any(part.flag_bits & 1 for part in parts):
        raise refused(f"{name} is locked with a password: save it without one")
    if not _PACKINGS.issuperset(part.compress_type for part in parts):
        raise refused(f"{name} is packed as no Excel workbook is: save it again as .xlsx")


@contextmanager
def _damage_named() -> Iterator[None]:
    """Raise damage as BadZipFile: wrong numbers in an archive make zipfile raise many errors."""
    try:
        yield
    except (OSError, ValueError, OverflowError, RuntimeError, struct.error) as error:
        raise zipfile.BadZipFile(str(error)) from error


def blocks_of(archive: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    """Yield the bytes of a part, unpacked, in blocks; KeyError if there is none of this name.

    BadZipFile if it has far more tags of XML than an honest part of its size: each costs more than its bytes.
    """
    tags = _TAGS + _TAGS_A_BYTE * archive.getinfo(part).compress_size
    with _damage_named():
        file = archive.open(part)
    with file:
        while block := file.read(_BLOCK_BYTES):
            tags -= block.count(b"<")
            if tags < 0:
                raise zipfile.BadZipFile(f"{part} is far too full of tags")
            yield block
