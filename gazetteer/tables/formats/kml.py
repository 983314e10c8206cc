"""KML and KMZ (OGC 12-007), read by GDAL and not written: a placemark is a row, a folder a layer.

Names, descriptions, times and other data of a placemark are columns; its style is left out, and so are
columns without a value. A layer is read into memory.
"""

import warnings
from typing import Any

from gazetteer.errors import TableError
from gazetteer.tables.formats.types import as_day, blocks_of, opened_archive, read_wkb
from gazetteer.tables.table import ReadOptions, RowsTable, Source, chosen_sheet, free_name, refused

#: Fields of GDAL's LIBKML driver that say how a placemark is drawn.
_DRAWING = frozenset("altitudeMode tessellate extrude visibility drawOrder icon".split())


class _KmlTable(RowsTable):
    written_as = "geojson"


def read(source: Source, options: ReadOptions) -> _KmlTable:
    """Read a layer: the one named, or the first."""
    import pyogrio

    with source.open() as file:
        content = file.read()
    if content.startswith(b"PK"):
        with opened_archive(source, limit=options.inflated_limit) as archive:
            part = next(name for name in archive.namelist() if name.lower().endswith(".kml"))
            content = b"".join(blocks_of(archive, part))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what GDAL can't read it refuses
            layers = [str(name) for name, _ in pyogrio.list_layers(content)]
            if not layers:
                raise ValueError("there is no layer in it")
            layer, notes = chosen_sheet(source, "layer", layers, options.sheet)
            meta, _, shapes, fields = pyogrio.raw.read(content, layer=layer)
        geometry = read_wkb(shapes)
    except TableError:
        raise
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, ValueError) as error:
        raise refused(f"{source.name} is no KML that can be read, or a damaged one: save it again") from error
    columns: dict[str, list[Any]] = {}
    for name, values in zip(map(str, meta["fields"]), fields, strict=True):
        column = [_value(value) for value in values.tolist()]
        if name not in _DRAWING and any(value is not None for value in column):
            columns[name] = column
    shape_column = free_name("geometry", tuple(columns), "placemark_")
    columns[shape_column] = geometry
    return _KmlTable(
        tuple(columns),
        list(zip(*columns.values(), strict=True)),
        source=source,
        notes=notes,
        geometry=shape_column,
        sheet=layer,
        sheets=tuple(layers),
    )


def _value(value: Any) -> Any:
    """Return a value of a field; a time at midnight is a day, and NaN is None."""
    return None if value != value else as_day(value)  # noqa: PLR0124 - NaN differs from itself
