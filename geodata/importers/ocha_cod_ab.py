"""OCHA's administrative boundaries of Syria (COD-AB), in both schemas that were published, and the embedded
areas.

The old schema (to 2020) has ``ADM3_EN, ADM3_AR, ADM3_PCODE, ADM3_REF``, the new one (v02) ``adm3_name``
(English), ``adm3_name1`` (Arabic), ``adm3_pcode``, ``adm3_ref_name``, cut to ten characters in a shapefile.
Neighbourhoods (N-codes) have schemas of their own. The deepest level that a layer has columns for is the
level of its rows: an ADM3 layer also carries the columns of ADM2 to ADM0.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from gazetteer.country import country, pcode_kind
from gazetteer.errors import InputError
from gazetteer.kinds import PlaceKind
from geodata.importers import Form, RawName, RawRecord, fact
from geodata.readers import Layer, Row

SOURCE: Final = "ocha-cod-ab"
_KINDS: Final = (PlaceKind.COUNTRY, PlaceKind.GOVERNORATE, PlaceKind.DISTRICT, PlaceKind.SUBDISTRICT)
_ANSWERS_NOTHING: Final = frozenset(("", "<null>", "null", "none", "nan"))


@dataclass(frozen=True, slots=True)
class _Columns:
    """The columns of a layer that matter: code, names with their languages, stated areas, date."""

    kind: PlaceKind
    code: str
    names: tuple[tuple[str, str], ...]
    date: str
    stated: tuple[str, ...]
    labels: tuple[tuple[str, str], ...] = ()


@cache
def _old_columns(columns: Sequence[str]) -> _Columns | None:
    have = set(columns)
    stated = tuple(c for n in (1, 2, 3) if (c := f"ADM{n}_PCODE") in have)
    if {"PCODE", "NAME_EN", "NAME_AR"} <= have:
        names = (("NAME_EN", "en"), ("NAME_AR", "ar"), ("NAME_REF", "en"))
        # Shapefiles cut NAME_ALT1EN to NAME_ALT1E, GeoPackage and GeoJSON have it whole.
        labels = tuple((c, "en" if "E" in c[9:] else "ar") for c in columns if c.startswith("NAME_ALT"))
        return _Columns(PlaceKind.NEIGHBOURHOOD, "PCODE", names, "validOn", stated, labels)
    for level in () if "ADM4_PCODE" in have else (3, 2, 1, 0):
        stem = f"ADM{level}"
        if {f"{stem}_EN", f"{stem}_PCODE"} <= have:
            names = ((f"{stem}_EN", "en"), (f"{stem}_AR", "ar"), (f"{stem}_REF", "en"))
            more = tuple((c, c[-2:].lower()) for c in columns if c.startswith(f"{stem}ALT"))
            return _Columns(_KINDS[level], f"{stem}_PCODE", (*names, *more), "validOn", stated)
    return None


@cache
def _new_columns(columns: Sequence[str]) -> _Columns | None:
    have = set(columns)
    stated = tuple(c for n in (1, 2, 3) if (c := f"adm{n}_pcode") in have)
    quarter = [c for c in columns if c.lower().startswith("neighbo")]
    if len(quarter) >= 3 and "adm3_pcode" in have:
        # English, Arabic, code, reference, two English and two Arabic alternatives, in this order.
        names = tuple(zip((*quarter[:2], *quarter[3:4]), ("en", "ar", "en"), strict=False))
        labels = tuple(zip(quarter[4:8], ("en", "en", "ar", "ar"), strict=False))
        return _Columns(PlaceKind.NEIGHBOURHOOD, quarter[2], names, "validon", stated, labels)
    for level in () if "adm4_pcode" in have else (3, 2, 1, 0):
        stem = f"adm{level}"
        if {f"{stem}_name", f"{stem}_pcode"} <= have:
            more = tuple((c, "en") for c in columns if c.startswith(f"{stem}_ref"))
            names = ((f"{stem}_name", "en"), (f"{stem}_name1", "ar"), *more)
            return _Columns(_KINDS[level], f"{stem}_pcode", names, "valid_on", stated)
    return None


def _form(title: str, columns_of: Callable[[Sequence[str]], _Columns | None]) -> Form:
    """Return the form of layers with polygons of areas or neighbourhoods in one schema."""

    def recognises(layer: Layer) -> bool:
        return layer.form == "vector" and columns_of(layer.columns) is not None

    def record(layer: Layer, row: Row) -> RawRecord | None:
        columns = columns_of(layer.columns)
        return _record(columns, row) if columns else None

    return Form(SOURCE, title, recognises, record, is_release=True)


def _record(columns: _Columns, row: Row) -> RawRecord:
    code, date = row.text(columns.code).strip(), row.text(columns.date)
    return RawRecord(
        key=code if pcode_kind(code) is columns.kind else "",
        kind=columns.kind,
        names=(*_names(row, columns.names, label=False), *_names(row, columns.labels, label=True)),
        shape=row.geometry,
        stated=tuple(s for c in columns.stated if (s := row.text(c).strip())),
        note=f"OCHA COD-AB {country().name} {date} (CC BY 3.0 IGO)".replace("  ", " "),
        date=date,
        release=row.text("version"),
    )


def _names(row: Row, columns: Sequence[tuple[str, str]], *, label: bool) -> Iterator[RawName]:
    for column, language in columns:
        text = row.text(column)
        if text.strip().casefold() not in _ANSWERS_NOTHING:
            yield RawName(text, language, label)


def _is_embedded(layer: Layer) -> bool:
    return layer.form == "table" and {"level", "pcode", "parent_pcode", "spellings"} <= set(layer.columns)


def _embedded(layer: Layer, row: Row) -> RawRecord:
    level, pcode = int(row.text("level")), row.text("pcode")
    kind = _KINDS[level]
    if pcode_kind(pcode) is not kind:
        raise InputError(f"{pcode!r} is not a P-code of level {level}")
    if level and row.text("parent_pcode") != pcode[: 2 * level]:
        raise InputError(f"{pcode!r} does not lie in {row.text('parent_pcode')!r} by its code")
    names: dict[str, Any] = {"name": "name", "others": "spellings", "language": "en", "labels_from": 2}
    return fact(row, kind, **names, uncertainty_m=float(row.text("uncertainty_m")))


#: Of two layers of the same date the form that stands first counts.
FORMS: Final = (
    _form("OCHA COD-AB, schema v02", _new_columns),
    _form("OCHA COD-AB, schema of 2020", _old_columns),
    Form(SOURCE, "embedded areas", _is_embedded, _embedded),
)
