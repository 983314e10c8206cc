"""OCHA's administrative boundaries of Syria (COD-AB), in both schemas that were published.

The old schema (to 2020) has ``ADM3_EN, ADM3_AR, ADM3_PCODE, ADM3_REF``, the new one (v02) ``adm3_name``
(English), ``adm3_name1`` (Arabic), ``adm3_pcode``, ``adm3_ref_name``, cut to ten characters in a shapefile.
Neighbourhoods (N-codes) have schemas of their own. The deepest level that a layer has columns for is the
level of its rows: an ADM3 layer also carries the columns of ADM2 to ADM0.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from gazetteer.country import country, pcode_kind
from gazetteer.kinds import PlaceKind
from geodata.importers.layers import Layer, Row
from geodata.importers.records import Origin, RawName, RawRecord

__all__ = ["SOURCE", "NewSchema", "OldSchema"]

SOURCE: Final = "ocha-cod-ab"
_KINDS: Final = (PlaceKind.COUNTRY, PlaceKind.GOVERNORATE, PlaceKind.DISTRICT, PlaceKind.SUBDISTRICT)
_ANSWERS_NOTHING: Final = frozenset(("", "<null>", "null", "none", "nan"))


@dataclass(frozen=True, slots=True)
class _Columns:
    """The columns of a layer that matter: code, names with their languages, stated areas, date."""

    code: str
    names: tuple[tuple[str, str], ...]
    labels: tuple[tuple[str, str], ...]
    stated: tuple[str, ...]
    date: str
    kind: PlaceKind


@dataclass(frozen=True, slots=True)
class OldSchema:
    """Layers with ``ADM3_EN``, and neighbourhoods with ``PCODE`` and ``NAME_EN``."""

    name: str = "OCHA COD-AB, schema of 2020"
    source: str = SOURCE

    def recognises(self, layer: Layer) -> bool:
        """Tell whether the layer has polygons of areas or neighbourhoods in this schema."""
        return layer.form == "vector" and _old_columns(layer.columns) is not None

    def dated(self, layer: Layer) -> str:
        """Return the newest date from which a row is valid."""
        return _newest(layer, _old_columns(layer.columns))

    def records(self, layer: Layer) -> Iterator[RawRecord]:
        """Yield an area or neighbourhood a row."""
        return _records(layer, _old_columns(layer.columns))


@dataclass(frozen=True, slots=True)
class NewSchema:
    """Layers with ``adm3_name``, and neighbourhoods with ``neighborhood_…``."""

    name: str = "OCHA COD-AB, schema v02"
    source: str = SOURCE

    def recognises(self, layer: Layer) -> bool:
        """Tell whether the layer has polygons of areas or neighbourhoods in this schema."""
        return layer.form == "vector" and _new_columns(layer.columns) is not None

    def dated(self, layer: Layer) -> str:
        """Return the newest date from which a row is valid."""
        return _newest(layer, _new_columns(layer.columns))

    def records(self, layer: Layer) -> Iterator[RawRecord]:
        """Yield an area or neighbourhood a row."""
        return _records(layer, _new_columns(layer.columns))


def _old_columns(columns: Sequence[str]) -> _Columns | None:
    have = set(columns)
    stated = tuple(c for n in (1, 2, 3) if (c := f"ADM{n}_PCODE") in have)
    if {"PCODE", "NAME_EN", "NAME_AR"} <= have:
        names = (("NAME_EN", "en"), ("NAME_AR", "ar"), ("NAME_REF", "en"))
        # Shapefiles cut NAME_ALT1EN to NAME_ALT1E, GeoPackage and GeoJSON have it whole.
        labels = tuple((c, "en" if "E" in c[9:] else "ar") for c in columns if c.startswith("NAME_ALT"))
        return _Columns("PCODE", names, labels, stated, "validOn", PlaceKind.NEIGHBOURHOOD)
    if "ADM4_PCODE" in have:
        return None
    for level in (3, 2, 1, 0):
        if {f"ADM{level}_EN", f"ADM{level}_PCODE"} <= have:
            names = ((f"ADM{level}_EN", "en"), (f"ADM{level}_AR", "ar"), (f"ADM{level}_REF", "en"))
            alt = f"ADM{level}ALT"
            more = tuple((c, c[-2:].lower()) for c in columns if c.startswith(alt))
            return _Columns(f"ADM{level}_PCODE", (*names, *more), (), stated, "validOn", _KINDS[level])
    return None


def _new_columns(columns: Sequence[str]) -> _Columns | None:
    have = set(columns)
    stated = tuple(c for n in (1, 2, 3) if (c := f"adm{n}_pcode") in have)
    quarter = [c for c in columns if c.lower().startswith("neighbo")]
    if len(quarter) >= 3 and "adm3_pcode" in have:
        # English, Arabic, code, reference, two English and two Arabic alternatives, in this order.
        names = tuple(zip((quarter[0], quarter[1], *quarter[3:4]), ("en", "ar", "en"), strict=False))
        labels = tuple(zip(quarter[4:8], ("en", "en", "ar", "ar"), strict=False))
        return _Columns(quarter[2], names, labels, stated, "validon", PlaceKind.NEIGHBOURHOOD)
    if "adm4_pcode" in have:
        return None
    for level in (3, 2, 1, 0):
        if {f"adm{level}_name", f"adm{level}_pcode"} <= have:
            stem = f"adm{level}_"
            names = ((f"{stem}name", "en"), (f"{stem}name1", "ar"))
            more = tuple((c, "en") for c in columns if c.startswith(f"{stem}ref"))
            return _Columns(f"{stem}pcode", (*names, *more), (), stated, "valid_on", _KINDS[level])
    return None


def _newest(layer: Layer, columns: _Columns | None) -> str:
    return max((row.text(columns.date) for row in layer.rows()), default="") if columns else ""


def _records(layer: Layer, columns: _Columns | None) -> Iterator[RawRecord]:
    if columns is None:
        return
    for row in layer.rows():
        code = row.text(columns.code).strip()
        date = row.text(columns.date)
        yield RawRecord(
            key=code if pcode_kind(code) is columns.kind else "",
            kind=columns.kind,
            names=(*_names(row, columns.names, label=False), *_names(row, columns.labels, label=True)),
            origin=Origin(SOURCE, layer.shown, row.number),
            shape=row.geometry,
            stated=tuple(s for c in columns.stated if (s := row.text(c).strip())),
            note=f"OCHA COD-AB {country().name} {date} (CC BY 3.0 IGO)".replace("  ", " "),
        )


def _names(row: Row, columns: Sequence[tuple[str, str]], *, label: bool) -> Iterator[RawName]:
    for column, language in columns:
        text = row.text(column)
        if text.strip().casefold() not in _ANSWERS_NOTHING:
            yield RawName(text, language, label)
