"""OCHA's populated places of Syria: settlements with C-codes, as workbook, CSV or shapefile.

``admin4Name_en`` and ``admin4Name_ar`` are what people call a place; ``LocationName_*`` are the same made
unique ("Afrin (Afrin)", "سراقب - سراقب") and kept as labels. A shapefile cuts column names to ten
characters and numbers the repeats, so that ``admin4Name_ar`` becomes ``admin4Na_1``.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Final

from gazetteer.country import pcode_kind
from gazetteer.kinds import PlaceKind
from geodata.importers import Form, RawName, RawRecord, number_of
from geodata.readers import Layer, Row

SOURCE: Final = "ocha-populated-places"
# What we need, and the names it goes by: in the workbook, cut by a shapefile, and in OCHA's other schemas.
_ALIASES: Final[Mapping[str, str]] = {
    "code": "admin4Pcode admin4Pcod Location_Pcode Location_P ADM4_PCODE adm4_pcode PCODE",
    "english": "admin4Name_en admin4Name ADM4_EN adm4_name adm4_en",
    "arabic": "admin4Name_ar admin4Na_1 ADM4_AR adm4_name1 adm4_ar",
    "label_english": "LocationName_en LocationNa",
    "label_arabic": "LocationName_ar Location_1",
    "adm1": "admin1Pcode admin1Pcod ADM1_PCODE adm1_pcode",
    "adm2": "admin2Pcode admin2Pcod ADM2_PCODE adm2_pcode",
    "adm3": "admin3Pcode admin3Pcod ADM3_PCODE adm3_pcode",
    "latitude": "Latitude_y Latitude lat y",
    "longitude": "Longitude_x Longitude_ Longitude lon x",
    "date": "LastUpdateDate LastUpdate date",
}
_DAY_FIRST: Final = re.compile(r"(\d\d?)/(\d\d?)/(\d{4})")


def _recognises(layer: Layer) -> bool:
    """Tell whether the layer has settlements: points or coordinates, with a code of level 4."""
    found = _columns(layer.columns)
    # Neighbourhoods have the code of their town too, and polygons.
    if any(c.lower().startswith("neighbo") or c == "NAME_EN" for c in layer.columns):
        return False
    placed = layer.form == "vector" or (layer.form == "table" and {"latitude", "longitude"} <= found.keys())
    return placed and {"code", "english", "adm3"} <= found.keys()


def _record(layer: Layer, row: Row) -> RawRecord:
    at = _columns(layer.columns)
    code = row.text(at["code"]).strip()
    latitude = longitude = None
    if {"latitude", "longitude"} <= at.keys():
        latitude, longitude = (number_of(row.text(at[what])) for what in ("latitude", "longitude"))
    elif row.geometry is not None and not row.geometry.is_empty:
        longitude, latitude = row.geometry.representative_point().coords[0]
    return RawRecord(
        key=code if pcode_kind(code) is PlaceKind.SETTLEMENT else "",
        kind=PlaceKind.SETTLEMENT,
        names=tuple(
            RawName(text, "en" if "english" in what else "ar", is_label=what.startswith("label"))
            for what in ("english", "arabic", "label_english", "label_arabic")
            if what in at and (text := row.text(at[what]))
        ),
        latitude=latitude,
        longitude=longitude,
        stated=tuple(s for c in ("adm1", "adm2", "adm3") if c in at and (s := row.text(at[c]).strip())),
        note="OCHA populated places (CC BY 3.0 IGO)",
        date=_iso(row.text(at["date"])) if "date" in at else "",
    )


@cache
def _columns(columns: Sequence[str]) -> dict[str, str]:
    have = {column.casefold(): column for column in reversed(columns)}
    return {
        what: have[alias]
        for what, aliases in _ALIASES.items()
        for alias in reversed(aliases.casefold().split())
        if alias in have
    }


def _iso(text: str) -> str:
    found = _DAY_FIRST.fullmatch(text.strip())
    return f"{found[3]}-{int(found[2]):02}-{int(found[1]):02}" if found else text.strip()[:10]


FORMS: Final = (Form(SOURCE, "OCHA populated places", _recognises, _record),)
