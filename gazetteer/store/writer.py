"""Writing a gazetteer file: whole or not at all.

It is made in memory, gets its checksum, and takes the target's place as one
(:mod:`gazetteer.files`), so that a reader sees the old file or the new one.

The same records give the same content hash; no clock is read, so the file carries a time only where
the caller gives one.
"""

import contextlib
import dataclasses
import itertools
import json
import math
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from gazetteer.errors import InputError
from gazetteer.files import check_replaceable, replace_file
from gazetteer.names import fold, part_keys, search_keys
from gazetteer.store.geopackage import (
    CHECKSUM_KEY,
    NOT_YET,
    Bounds,
    create_container,
    multipolygon_blob,
    point_blob,
    read_bounds,
    register,
    sealed,
    shape_blob,
)
from gazetteer.store.schema import (
    AREA_TABLES,
    ATTRIBUTE_TABLES,
    SCHEMA_VERSION,
    TABLES,
    AreaRecord,
    IssueRow,
    NameKeyRow,
    PlaceRecord,
    SpellingRow,
    content_hash,
)
from gazetteer.values import Source

# The scripts that have a skeleton; spellings in others are kept, and found by their folded form only.
_KEYED_SCRIPTS: Final = frozenset(("Latn", "Arab"))
_NO_TIME: Final = (
    "1970-01-01T00:00:00.000Z"  # GeoPackage demands a last change; this one means "not recorded"
)


def write_gazetteer(
    path: str | Path,
    places: Iterable[PlaceRecord],
    *,
    sources: Iterable[Source],
    manifest: Mapping[str, Any],
    areas: Iterable[AreaRecord] = (),
    issues: Iterable[IssueRow] = (),
    last_change: str | None = None,
) -> str:
    """Write a gazetteer file, replacing the one at `path` when the new one is whole.

    Parameters
    ----------
    path
        The file to write; its folder must exist.
    places, areas
        What goes in, in any order.
    sources
        Every source that a place or a spelling names.
    manifest
        How the file was built, as JSON values. The keys ``schema_version``, ``content_hash``, ``counts``
        (places of each kind) and ``file_checksum`` are added here.
    issues
        What was found in the sources, in the order to keep.
    last_change
        The time to note in the file, as "2026-01-31T12:00:00.000Z"; None notes no time.

    Returns
    -------
    str
        The content hash, 64 hex digits (see :func:`gazetteer.store.schema.content_hash`).

    Raises
    ------
    InputError
        If a record is wrong: an id twice, a spelling twice, a source that is not listed, a radius that
        is not positive.
    GazetteerFileError
        If the file cannot be written. The old one, if any, is untouched.
    """
    target = Path(path)
    listed = sorted(sources, key=lambda source: source.id)
    records = sorted(places, key=lambda record: record.place.id)
    shapes = sorted(areas, key=lambda area: (area.level, area.pcode))
    _check(records, {source.id for source in listed})
    check_replaceable(target)
    noted = last_change or _NO_TIME
    # Made in memory, so that the disk sees nothing but one file that is written from end to end.
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        create_container(connection)
        connection.executescript(TABLES)
        _write_places(connection, records, noted)
        _write_spellings(connection, records)
        _write_areas(connection, shapes, noted)
        _write_shapes(connection, records, noted)
        _insert(connection, "sources", [dataclasses.astuple(source) for source in listed])
        _insert(connection, "issues", issues)
        for table, description in ATTRIBUTE_TABLES.items():
            register(connection, table, description, noted)
        digest = content_hash(connection)
        own = {
            "schema_version": SCHEMA_VERSION,
            "content_hash": digest,
            "counts": dict(sorted(Counter(record.place.kind.value for record in records).items())),
            CHECKSUM_KEY: NOT_YET,
        }
        facts = sorted({**manifest, **own}.items())
        noted_facts = [(key, json.dumps(v, ensure_ascii=False, sort_keys=True)) for key, v in facts]
        _insert(connection, "manifest", noted_facts)
        connection.commit()
        content = sealed(connection.serialize())
    replace_file(target, content)
    return digest


def _insert(connection: sqlite3.Connection, table: str, rows: Iterable[Sequence[Any]]) -> None:
    """Add rows to a table, numbered from 1."""
    numbered = [(number, *row) for number, row in enumerate(rows, start=1)]
    if numbered:
        marks = ", ".join("?" * len(numbered[0]))
        connection.executemany(
            f"INSERT INTO {table} VALUES ({marks})",  # nosec B608 # the table's name is ours
            numbered,
        )


def _check(records: Sequence[PlaceRecord], sources: set[str]) -> None:
    for before, after in itertools.pairwise(records):
        if before.place.id == after.place.id:
            raise InputError(f"the place {after.place.id!r} is there twice: give every place its own id")
    for record in records:
        place, texts = record.place, [spelling.text for spelling in record.spellings]
        if not (math.isfinite(place.uncertainty_m) and place.uncertainty_m > 0):
            raise InputError(f"{place.id!r} needs a radius above 0 m, not {place.uncertainty_m!r}")
        if len(set(texts)) < len(texts) or not all(texts):
            raise InputError(f"{place.id!r} has an empty spelling or one spelling twice: give each text once")
        if unknown := ({*place.sources} | {spelling.source for spelling in record.spellings}) - sources:
            raise InputError(
                f"{place.id!r} names the source {min(unknown)!r}, which is not among the sources"
            )


def _write_places(connection: sqlite3.Connection, records: Sequence[PlaceRecord], last_change: str) -> None:
    rows = []
    for record in records:
        place = record.place
        rows.append((
            point_blob(place.position), place.id, place.name, place.name_ar, place.kind.value,
            float(place.position.latitude), float(place.position.longitude), float(place.uncertainty_m),
            place.population, record.adm1_pcode, record.adm2_pcode, record.adm3_pcode,
            record.computed_adm3_pcode, place.admin_method, place.valid_from, place.valid_to,
            place.sensitive, "|".join(place.sources), record.source_note,
            "|".join(record.source_ids or (place.id,)), record.is_mismatch, place.position_basis,
        ))  # fmt: skip
    _insert(connection, "places", rows)
    at = [(record.place.position.longitude, record.place.position.latitude) for record in records]
    register(
        connection,
        "places",
        "Settlements, admin units, facilities and landmarks with a radius",
        last_change,
        geometry_type="POINT",
        bounds=_union([(*point, *point) for point in at]),
    )


def _write_spellings(connection: sqlite3.Connection, records: Sequence[PlaceRecord]) -> None:
    spellings: list[SpellingRow] = []
    index: list[NameKeyRow] = []
    for place, record in enumerate(records, start=1):
        for one in record.spellings:
            fid = len(spellings) + 1
            marks = one.language, one.script, one.source, one.namesake
            spellings.append((fid, place, one.text, fold(one.text), *marks))
            if one.script in _KEYED_SCRIPTS:
                index += [(key, fid) for key in sorted({*search_keys(one.text), *part_keys(one.text)})]
    connection.executemany("INSERT INTO spellings VALUES (?, ?, ?, ?, ?, ?, ?, ?)", spellings)
    connection.executemany("INSERT INTO name_keys VALUES (?, ?)", sorted(index))


def _write_areas(connection: sqlite3.Connection, shapes: Sequence[AreaRecord], last_change: str) -> None:
    for table, described in zip(AREA_TABLES, ("at full precision", "simplified for maps"), strict=True):
        given = [(one, one.wkb if table == AREA_TABLES[0] else one.simple_wkb) for one in shapes]
        rows = [(multipolygon_blob(wkb), one.pcode, one.level) for one, wkb in given if wkb is not None]
        _insert(connection, table, rows)
        register(
            connection,
            table,
            f"Shapes of the admin units, {described}",
            last_change,
            geometry_type="MULTIPOLYGON",
            bounds=_union([read_bounds(blob) for blob, _, _ in rows]),
        )


def _write_shapes(connection: sqlite3.Connection, records: Sequence[PlaceRecord], last_change: str) -> None:
    rows = [(shape_blob(one.shape_wkb), one.place.id) for one in records if one.shape_wkb is not None]
    _insert(connection, "shapes", rows)
    register(
        connection,
        "shapes",
        "Lines and polygons of places that are no admin units; id is that of the place",
        last_change,
        geometry_type="GEOMETRY",
        bounds=_union([read_bounds(blob) for blob, _ in rows]),
    )


def _union(boxes: Sequence[Bounds]) -> Bounds | None:
    if not boxes:
        return None
    west, south, east, north = zip(*boxes, strict=True)
    return min(west), min(south), max(east), max(north)
