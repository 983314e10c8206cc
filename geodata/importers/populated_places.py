"""OCHA's populated places of Syria: settlements with C-codes, as workbook, CSV or shapefile.

``admin4Name_en`` and ``admin4Name_ar`` are what people call a place; ``LocationName_*`` are the same made
unique ("Afrin (Afrin)", "سراقب - سراقب") and kept as labels. A shapefile cuts column names to ten
characters and numbers the repeats, so that ``admin4Name_ar`` becomes ``admin4Na_1``.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from gazetteer.country import pcode_kind
from gazetteer.kinds import PlaceKind
from geodata.importers.layers import Layer, Row
from geodata.importers.records import Origin, RawName, RawRecord

__all__ = ["SOURCE", "PopulatedPlaces"]

SOURCE: Final = "ocha-populated-places"
# What we need, and the names it goes by: in the workbook, cut by a shapefile, and in OCHA's other schemas.
_ALIASES: Final[Mapping[str, tuple[str, ...]]] = {
    "code": (
        "admin4Pcode",
        "admin4Pcod",
        "Location_Pcode",
        "Location_P",
        "ADM4_PCODE",
        "adm4_pcode",
        "PCODE",
    ),
    "english": ("admin4Name_en", "admin4Name", "ADM4_EN", "adm4_name", "adm4_en"),
    "arabic": ("admin4Name_ar", "admin4Na_1", "ADM4_AR", "adm4_name1", "adm4_ar"),
    "label_english": ("LocationName_en", "LocationNa"),
    "label_arabic": ("LocationName_ar", "Location_1"),
    "adm1": ("admin1Pcode", "admin1Pcod", "ADM1_PCODE", "adm1_pcode"),
    "adm2": ("admin2Pcode", "admin2Pcod", "ADM2_PCODE", "adm2_pcode"),
    "adm3": ("admin3Pcode", "admin3Pcod", "ADM3_PCODE", "adm3_pcode"),
    "latitude": ("Latitude_y", "LATITUDE_Y", "Latitude", "LATITUDE", "lat", "y"),
    "longitude": (
        "Longitude_x",
        "Longitude_",
        "LONGITUDE_X",
        "LONGITUDE_",
        "Longitude",
        "LONGITUDE",
        "lon",
        "x",
    ),
    "date": ("LastUpdateDate", "LastUpdate", "date"),
}
_DAY_FIRST: Final = re.compile(r"(\d\d?)/(\d\d?)/(\d{4})")


@dataclass(frozen=True, slots=True)
class PopulatedPlaces:
    """Layers with a settlement's code, its names and the sub-district that it states."""

    name: str = "OCHA populated places"
    source: str = SOURCE

    def recognises(self, layer: Layer) -> bool:
        """Tell whether the layer has settlements: points or coordinates, with a code of level 4."""
        found = _columns(layer.columns)
        # Neighbourhoods have the code of their town too, and polygons.
        if any(c.lower().startswith("neighbo") or c == "NAME_EN" for c in layer.columns):
            return False
        placed = layer.form == "vector" or {"latitude", "longitude"} <= found.keys()
        return (
            layer.form in ("vector", "workbook", "table")
            and placed
            and {"code", "english", "adm3"} <= found.keys()
        )

    def dated(self, layer: Layer) -> str:
        """Return the newest date on which a row was changed."""
        column = _columns(layer.columns).get("date")
        return max((_iso(row.text(column)) for row in layer.rows()), default="") if column else ""

    def records(self, layer: Layer) -> Iterator[RawRecord]:
        """Yield a settlement a row."""
        at = _columns(layer.columns)
        for row in layer.rows():
            code = row.text(at["code"]).strip()
            latitude, longitude = _position(row, at)
            yield RawRecord(
                key=code if pcode_kind(code) is PlaceKind.SETTLEMENT else "",
                kind=PlaceKind.SETTLEMENT,
                names=tuple(
                    RawName(text, language, label)
                    for column, language, label in _NAMES
                    if column in at and (text := row.text(at[column]))
                ),
                origin=Origin(SOURCE, layer.shown, row.number),
                latitude=latitude,
                longitude=longitude,
                stated=tuple(
                    s for c in ("adm1", "adm2", "adm3") if c in at and (s := row.text(at[c]).strip())
                ),
                note="OCHA populated places (CC BY 3.0 IGO)",
            )


_NAMES: Final = (
    ("english", "en", False),
    ("arabic", "ar", False),
    ("label_english", "en", True),
    ("label_arabic", "ar", True),
)


def _columns(columns: Sequence[str]) -> dict[str, str]:
    have = {column.casefold(): column for column in reversed(columns)}
    return {
        what: have[alias.casefold()]
        for what, aliases in _ALIASES.items()
        for alias in reversed(aliases)
        if alias.casefold() in have
    }


def _position(row: Row, at: Mapping[str, str]) -> tuple[float | None, float | None]:
    if "latitude" in at and "longitude" in at:
        return _number(row.text(at["latitude"])), _number(row.text(at["longitude"]))
    if row.geometry is not None and not row.geometry.is_empty:
        point = row.geometry.representative_point()
        return point.y, point.x
    return None, None


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _iso(text: str) -> str:
    found = _DAY_FIRST.fullmatch(text.strip())
    return f"{found[3]}-{int(found[2]):02}-{int(found[1]):02}" if found else text.strip()[:10]
