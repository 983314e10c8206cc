"""A gazetteer's places, written: as Linked Places, as GeoJSON, or as a CSV table.

The last two are one table, a row a place; GeoJSON has its line or polygon too, where there is one. Places are
written one after the other, however many there are. A collection says what it was made from, and whom to
quote. ::

    Gazetteer.open().export("places.json", format="lpf", tier="public")
"""

import datetime
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

from gazetteer.answers import place_as_json
from gazetteer.errors import InputError
from gazetteer.export.linked_places import BASE, CONTEXT, LinkedPlaces
from gazetteer.lookups import LIBRARY, GazetteerInfo, library_version, view_as_json
from gazetteer.store.schema import PlaceRecord
from gazetteer.tables.formats import FORMATS
from gazetteer.tables.formats.jsonl import json_bytes
from gazetteer.tables.layout import Layout, Part, WriteOptions
from gazetteer.tables.table import CHUNK_ROWS, Chunk, Source, Table
from gazetteer.tables.writing import STANDARD, check_target, replacing_bytes

#: The forms in which places are written, by name.
FORMS: Final = ("lpf", "geojson", "csv")
_SHAPE: Final = "geometry"
_AREAS: Final = tuple(f"adm{level}_{what}" for level in (1, 2, 3) for what in ("pcode", "name"))
_COLUMNS: Final = (
    *("id", "name", "name_ar", "kind", "latitude", "longitude", "uncertainty_m", "population"),
    *_AREAS,
    *("admin_method", "valid_from", "valid_to", "sensitive", "position_basis", "generalised_to_deg"),
    *("spellings", "source_ids", "sources"),
)

#: Gives every place, from the start each time it is called.
Records = Callable[[], Iterable[PlaceRecord]]


def write_places(
    output: str | Path, form: str, records: Records, info: GazetteerInfo, *, base: str = BASE
) -> int:
    """Write every place, whole or not at all; "-" is standard output.

    Parameters
    ----------
    output
        The file.
    form
        One of :data:`FORMS`.
    records
        Gives the places.
    info
        What their gazetteer says of itself.
    base
        What the ``@id`` of a place begins with, as "https://example.org/places/", in Linked Places.

    Returns
    -------
    int
        How many were written.

    Raises
    ------
    InputError
        If the form isn't known.
    TableError
        If the file can't be written; it is then as it was before.
    """
    if form not in FORMS:
        raise InputError(
            f"{form!r} is no form to export in: use one of {', '.join(FORMS)}", parameter="format"
        )
    count = 0

    def counted() -> Iterator[PlaceRecord]:
        nonlocal count
        for record in records():
            count += 1
            yield record

    to_file = str(output) != STANDARD
    if to_file:
        check_target(Path(output), gazetteer_file=info.path)
    with replacing_bytes(output) if to_file else nullcontext(sys.stdout.buffer) as file:
        for block in blocks(form, counted, info, base=base):
            file.write(block)
    return count


def blocks(
    form: str, records: Records, info: GazetteerInfo, *, base: str = BASE, today: datetime.date | None = None
) -> Iterator[bytes]:
    """Yield places in a form; `today` is the day of the export, for Linked Places."""
    if form == "lpf":
        return _collection(
            LinkedPlaces(info, today or datetime.datetime.now(datetime.UTC).date(), base), records()
        )
    table = _PlacesTable(
        source=Source("the gazetteer"), columns=(*_COLUMNS, _SHAPE), geometry=_SHAPE, records=records
    )
    layout = Layout(table.columns if form == "geojson" else _COLUMNS)
    parts = (Part(chunk, [()] * len(chunk)) for chunk in table.chunks())
    return FORMATS[form].write(table, layout, parts, WriteOptions(members=_origin(info)))


def _collection(made: LinkedPlaces, records: Iterable[PlaceRecord]) -> Iterator[bytes]:
    about = {"type": "FeatureCollection", "@context": CONTEXT, **_origin(made.info)}
    yield json_bytes(about)[:-1] + b', "features": ['
    between = b"\n"
    for record in records:
        yield between + json_bytes(made.feature(record))
        between = b",\n"
    yield b"\n]}\n"


def _origin(info: GazetteerInfo) -> dict[str, Any]:
    """Return whom to quote, and what was exported from what, under which licences."""
    return {
        "citation": list(dict.fromkeys(source.attribution for source in info.sources)),
        "provenance": {
            "software": {"name": LIBRARY, "version": library_version()},
            "gazetteer": {"content_hash": info.content_hash, **view_as_json(info)},
            "sources": [asdict(source) for source in info.sources],
            "notes": list(info.notes),
        },
    }


@dataclass(kw_only=True, eq=False)
class _PlacesTable(Table):
    records: Records

    def chunks(self, rows: int = CHUNK_ROWS) -> Iterator[Chunk]:
        records = iter(self.records())
        while block := list(islice(records, rows)):
            yield Chunk(self.columns, [_row(record) for record in block])


def _row(record: PlaceRecord) -> list[Any]:
    import shapely

    place = record.place
    cells = place_as_json(place)
    for unit in place.admin:
        cells |= {f"adm{unit.level}_pcode": unit.pcode, f"adm{unit.level}_name": unit.name}
    cells["spellings"] = [
        {"text": one.text, "language": one.language, "source": one.source} for one in record.spellings
    ]
    cells["source_ids"] = list(record.source_ids)
    point = shapely.Point(cells["longitude"], cells["latitude"])
    cells[_SHAPE] = point if record.shape_wkb is None else shapely.from_wkb(record.shape_wkb)
    return [cells.get(name) for name in (*_COLUMNS, _SHAPE)]
