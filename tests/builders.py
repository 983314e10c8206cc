"""Builders: values with full defaults, so that a test names only what it is about."""

import struct
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from gazetteer.geodesy import LatLon
from gazetteer.index.names import NameIndex
from gazetteer.kinds import PlaceKind
from gazetteer.names import fold, script_of, search_keys
from gazetteer.store import AreaRecord, PlaceRecord, write_gazetteer
from gazetteer.values import Place, Source, Spelling


def a_source(**changes: Any) -> Source:
    values: dict[str, Any] = {
        "id": "test",
        "title": "Facts made up for a test",
        "url": "https://example.org/facts",
        "licence": "CC0-1.0",
        "attribution": "Nobody",
        "count": 1,
    }
    return Source(**{**values, **changes})


def a_place(**changes: Any) -> Place:
    """Saraqib, unless something else is asked for."""
    values: dict[str, Any] = {
        "id": "C3916",
        "name": "Saraqib",
        "name_ar": "سراقب",
        "kind": PlaceKind.SETTLEMENT,
        "position": LatLon(35.863, 36.799),
        "uncertainty_m": 2000.0,
        "population": 32_495,
        "admin_method": "stated",
        "sources": ("test",),
    }
    return Place(**{**values, **changes})


def a_spelling(text: str = "Saraqeb", **changes: Any) -> Spelling:
    values: dict[str, Any] = {"language": "und", "script": script_of(text), "source": "test"}
    return Spelling(text, **{**values, **changes})


def a_name_index(places: Sequence[Place]) -> NameIndex:
    """The display names of `places`, as a gazetteer indexes them."""
    texts = [(n, text) for n, place in enumerate(places) for text in (place.name, place.name_ar) if text]
    return NameIndex(
        [(n, text, fold(text)) for n, text in texts],
        [(key, row) for row, (_, text) in enumerate(texts) for key in search_keys(text)],
    )


def a_record(
    *,
    spellings: Sequence[str] = (),
    adm1_pcode: str | None = "SY07",
    adm2_pcode: str | None = "SY0702",
    adm3_pcode: str | None = "SY070204",
    computed_adm3_pcode: str | None = None,
    source_note: str = "",
    source_ids: Sequence[str] = (),
    **changes: Any,
) -> PlaceRecord:
    """A place with its display names and `spellings`; `changes` go to the place."""
    place = a_place(**changes)
    texts = dict.fromkeys(text for text in (place.name, place.name_ar, *spellings) if text)
    return PlaceRecord(
        place,
        tuple(a_spelling(text) for text in texts),
        adm1_pcode=adm1_pcode,
        adm2_pcode=adm2_pcode,
        adm3_pcode=adm3_pcode,
        computed_adm3_pcode=computed_adm3_pcode,
        source_note=source_note,
        source_ids=tuple(source_ids),
    )


def a_unit(pcode: str, name: str = "", **changes: Any) -> PlaceRecord:
    """An admin unit of the level that its P-code has, in those above it; called after it, or `name`."""
    level = (len(pcode) - 2) // 2
    kinds = (PlaceKind.COUNTRY, PlaceKind.GOVERNORATE, PlaceKind.DISTRICT, PlaceKind.SUBDISTRICT)
    values: dict[str, Any] = {
        "kind": kinds[level],
        "name_ar": "",
        "uncertainty_m": 60_000.0,
        "population": None,
        **{f"adm{n}_pcode": pcode[: 2 + 2 * n] if n <= level else None for n in (1, 2, 3)},
    }
    return a_record(id=pcode, name=name or pcode, **{**values, **changes})


def a_square(west: float, south: float, size: float = 1.0) -> bytes:
    """A square polygon in degrees, as WKB."""
    east, north = west + size, south + size
    ring = (west, south, east, south, east, north, west, north, west, south)
    return struct.pack("<BIII10d", 1, 3, 1, 5, *ring)


def an_area(**changes: Any) -> AreaRecord:
    values: dict[str, Any] = {"pcode": "SY07", "level": 1, "wkb": a_square(36, 35), "simple_wkb": None}
    return AreaRecord(**{**values, **changes})


def a_gazetteer_file(
    path: Path,
    records: Iterable[PlaceRecord] | None = None,
    *,
    sources: Iterable[Source] | None = None,
    areas: Iterable[AreaRecord] = (),
    issues: Iterable[tuple[str, str, str, str]] = (),
    **manifest: Any,
) -> Path:
    """Write a gazetteer file with these records, or with one of Saraqib, and return its path."""
    write_gazetteer(
        path,
        [a_record()] if records is None else records,
        sources=[a_source()] if sources is None else sources,
        areas=areas,
        issues=issues,
        manifest={"built_by": "a test", **manifest},
    )
    return path
