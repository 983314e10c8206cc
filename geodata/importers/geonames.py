"""GeoNames: the dump of a country, its alternate names, and the embedded table of towns.

The first two are tab-separated lines without a header, in the format that
https://download.geonames.org/export/dump/ describes in its readme: 19 columns for the dump, 10 for
alternate names.
"""

import re
from typing import Any, Final

from gazetteer.country import country
from gazetteer.kinds import PlaceKind
from geodata.importers import Form, RawName, RawRecord, fact, language_of, number_of
from geodata.readers import Layer, Row

SOURCE: Final = "geonames"
# Feature codes (https://www.geonames.org/export/codes.html) that are places here. Left out on purpose: what
# no longer exists (PPLH, PPLQ, PPLW), and features that nobody reports an incident at.
_KINDS: Final = {
    code: PlaceKind(kind)
    for kind, codes in {
        "settlement": "PPL PPLA PPLA2 PPLA3 PPLA4 PPLA5 PPLC PPLF PPLG PPLL PPLR PPLS",
        "neighbourhood": "PPLX",
        "airport": "AIRP",
        "air_base": "AIRB",
        "hospital": "HSP",
        "clinic": "HSPC",
        "prison": "PRN",
        "dam": "DAM",
        "bridge": "BDG",
        "military_base": "INSM",
        "oil_field": "OILF",
        "camp": "CMPRF",
        "school": "SCH",
        "market": "MKT",
        "mosque": "MSQE",
        "power_plant": "PS PSH",
        "road": "RD",
        "river": "STM",
        "lake": "LK LKS RSV",
        "valley": "VAL WAD",
    }.items()
    for code in codes.split()
}
#: Areas only add their names to those that other sources link to them.
_ADMIN: Final = frozenset("PCLI ADM1 ADM2 ADM3".split())
_DUMP_COLUMNS, _NAME_COLUMNS = 19, (10, 8)  # names had no years before 2018
# Alternate names in these "languages" are codes and links, no names.
_NO_NAMES: Final = frozenset("link post iata icao faac unlc wkdt tcid abbr fr_1793 phon piny".split())
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d")


def _is_dump(layer: Layer) -> bool:
    has_date = len(layer.columns) == _DUMP_COLUMNS and bool(_DATE.fullmatch(layer.columns[18]))
    return layer.form == "lines" and has_date


def _of_dump(layer: Layer, row: Row) -> RawRecord | None:
    code, kind = row.text("7"), _KINDS.get(row.text("7"))
    here = len(row.values) == _DUMP_COLUMNS and row.text("8") == country().code
    if not here or not (kind or code in _ADMIN):
        return None
    people = int(row.text("14") or 0) if row.text("14").isdigit() else 0
    spellings = dict.fromkeys([row.text("1"), row.text("2"), *row.text("3").split(",")])
    return RawRecord(
        key=f"geonames:{row.text('0')}",
        kind=kind,
        # Alternate names are names by themselves; only the main one may be a field to take apart.
        names=tuple(
            RawName(text, language_of(text), is_label=n > 0) for n, text in enumerate(spellings) if text
        ),
        latitude=number_of(row.text("4")),
        longitude=number_of(row.text("5")),
        population=people or None,
        sensitive=kind is not None and kind.sensitive,
        note=f"GeoNames {row.text('0')} (CC BY 4.0)",
        date=row.text("18"),
    )


def _is_names(layer: Layer) -> bool:
    cells = layer.columns
    has_ids = len(cells) in _NAME_COLUMNS and cells[0].isdigit() and cells[1].isdigit()
    return layer.form == "lines" and has_ids


def _of_names(layer: Layer, row: Row) -> RawRecord | None:
    """Return one name for the place of its id; historic names are left out."""
    text, language = row.text("3"), row.text("2")
    if language in _NO_NAMES or row.text("7") == "1" or not text:
        return None
    name = RawName(text, language or "und", is_label=True)
    return RawRecord(key=f"geonames:{row.text('1')}", kind=None, names=(name,))


def _is_embedded(layer: Layer) -> bool:
    return layer.form == "table" and {"spellings", "population", "adm1_pcode", "source"} <= set(layer.columns)


def _embedded(layer: Layer, row: Row) -> RawRecord:
    people, kind = row.text("population"), PlaceKind(row.text("kind"))
    names: dict[str, Any] = {"name": "name", "others": "spellings", "language": "und", "labels_from": 2}
    return fact(row, kind, **names, population=int(people) if people else None)


FORMS: Final = (
    Form(SOURCE, "GeoNames dump", _is_dump, _of_dump),
    Form(SOURCE, "GeoNames alternate names", _is_names, _of_names),
    Form(SOURCE, "embedded towns of GeoNames", _is_embedded, _embedded),
)
