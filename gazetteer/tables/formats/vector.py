"""KML, KMZ (OGC 12-007) and shapefiles, read by GDAL and not written: a placemark or a shape is a row.

Names, descriptions, times and other data of a placemark are columns, a folder is a layer; its style is left
out, and so are columns without a value. A shapefile comes as its .shp beside its other files, or all in one
zip file. A layer is read into memory.
"""

import warnings
from pathlib import Path
from typing import Any

from gazetteer.errors import TableError
from gazetteer.tables.formats.types import as_day, blocks_of, opened_archive, read_wkb, to_wgs84
from gazetteer.tables.table import ReadOptions, RowsTable, Source, chosen_sheet, free_name, refused

#: How the main file of a shapefile begins (ESRI Shapefile Technical Description, 1998, table 1).
SHAPEFILE = b"\0\0\x27\x0a"
#: Fields of GDAL's LIBKML driver that say how a placemark is drawn.
_DRAWING = frozenset("altitudeMode tessellate extrude visibility drawOrder icon".split())


class _VectorTable(RowsTable):
    written_as = "geojson"


def read(source: Source, options: ReadOptions) -> _VectorTable:
    """Read a layer: the one named, or the first."""
    import pyogrio

    content = _content(source, options)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what GDAL can't read it refuses
            # A document without a name goes by that of GDAL's file in memory, another each time.
            found = (str(name) for name, _ in pyogrio.list_layers(content))
            layers = [source.name if name.startswith("pyogrio_") else name for name in found]
            if not layers:
                raise ValueError("there is no layer in it")
            layer, notes = chosen_sheet(source, "layer", layers, options.sheet)
            meta, _, shapes, fields = pyogrio.raw.read(content, layer=layers.index(layer))
        geometry = read_wkb(shapes)
    except TableError:
        raise
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, ValueError) as error:
        raise refused(
            f"{source.name} is no KML or shapefile that can be read, or a damaged one: save it again"
        ) from error
    if (projection := to_wgs84(meta["crs"] or "unknown")) is None:
        raise refused(f"{source.name} doesn't say its reference system: put its .prj file beside it")
    columns: dict[str, list[Any]] = {}
    for name, values in zip(map(str, meta["fields"]), fields, strict=True):
        column = [_value(value) for value in values.tolist()]
        if name not in _DRAWING and any(value is not None for value in column):
            columns[name] = column
    shape_column = free_name("geometry", tuple(columns), "placemark_")
    columns[shape_column] = projection(geometry)
    return _VectorTable(
        tuple(columns),
        list(zip(*columns.values(), strict=True)),
        source=source,
        notes=notes,
        geometry=shape_column,
        sheet=layer,
        sheets=tuple(layers),
    )


def _content(source: Source, options: ReadOptions) -> bytes | Path:
    """Return what GDAL reads: the document in a KMZ, a file with others beside it, or the bytes."""
    with source.open() as file:
        content = file.read()
    if content.startswith(b"PK"):
        with opened_archive(source, limit=options.inflated_limit) as archive:
            parts = [name for name in archive.namelist() if name.lower().endswith(".kml")]
            return b"".join(blocks_of(archive, parts[0])) if parts else content
    if content.startswith(SHAPEFILE):
        if source.path is None:
            raise refused(f"{source.name} is a part of a shapefile: hand in all its files in one zip file")
        return source.path
    return content


def _value(value: Any) -> Any:
    """Return a value of a field; a time at midnight is a day, and NaN is None."""
    return None if value != value else as_day(value)  # noqa: PLR0124 - NaN differs from itself
