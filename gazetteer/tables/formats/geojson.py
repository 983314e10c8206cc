"""GeoJSON (RFC 7946): a feature a row, at the position that the gazetteer gives; null where it gives none."""

import json
from collections.abc import Iterable, Iterator

from gazetteer.tables.plan import Part, Plan, WriteOptions
from gazetteer.tables.table import ReadOptions, Source, Table, as_text, refused

__all__ = ["read", "write"]


def read(source: Source, options: ReadOptions) -> Table:
    """Refuse: reading comes later."""
    raise refused(f"{source.name} is GeoJSON, which is not read yet: save it as CSV (UTF-8)")


def write(table: Table, plan: Plan, parts: Iterable[Part], options: WriteOptions) -> Iterator[bytes]:
    """Yield a FeatureCollection, a block for each part."""
    names = (*plan.kept, *plan.added_names)
    latitude, longitude = (plan.added_names.index(f"gaz_{axis}") for axis in ("latitude", "longitude"))
    yield b'{"type": "FeatureCollection", "features": ['
    between = "\n"
    for part in parts:
        block = []
        for row, cells in zip(plan.kept_rows(part.chunk), part.cells, strict=True):
            north, east = cells.values[latitude], cells.values[longitude]
            geometry = None if north is None else {"type": "Point", "coordinates": [east, north]}
            properties = dict(zip(names, (*row, *cells.values), strict=True))
            feature = {"type": "Feature", "geometry": geometry, "properties": properties}
            block.append(between + json.dumps(feature, ensure_ascii=False, default=as_text))
            between = ",\n"
        yield "".join(block).encode("utf-8")
    yield b"\n]}\n"
