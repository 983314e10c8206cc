"""GeoNames: the dump of a country and its alternate names.

Both are tab-separated lines without a header, in the format that https://download.geonames.org/export/dump/
describes in its readme: 19 columns for the dump, 10 for alternate names.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from gazetteer.country import country
from gazetteer.kinds import PlaceKind
from geodata.default_facts import language_of
from geodata.importers.layers import Layer
from geodata.importers.records import Origin, RawName, RawRecord

__all__ = ["SOURCE", "AlternateNames", "Dump"]

SOURCE: Final = "geonames"
# Feature codes (https://www.geonames.org/export/codes.html) that are places here. Left out on purpose: what
# no longer exists (PPLH, PPLQ, PPLW), and features that nobody reports an incident at.
_KINDS: Final[dict[str, PlaceKind]] = {
    **dict.fromkeys(
        "PPL PPLA PPLA2 PPLA3 PPLA4 PPLA5 PPLC PPLF PPLG PPLL PPLR PPLS".split(), PlaceKind.SETTLEMENT
    ),
    "PPLX": PlaceKind.NEIGHBOURHOOD,
    "AIRP": PlaceKind.AIRPORT,
    "AIRB": PlaceKind.AIR_BASE,
    "HSP": PlaceKind.HOSPITAL,
    "HSPC": PlaceKind.CLINIC,
    "PRN": PlaceKind.PRISON,
    "DAM": PlaceKind.DAM,
    "BDG": PlaceKind.BRIDGE,
    "INSM": PlaceKind.MILITARY_BASE,
    "OILF": PlaceKind.OIL_FIELD,
    "CMPRF": PlaceKind.CAMP,
    "SCH": PlaceKind.SCHOOL,
    "MKT": PlaceKind.MARKET,
    "MSQE": PlaceKind.MOSQUE,
    **dict.fromkeys("PS PSH".split(), PlaceKind.POWER_PLANT),
    "RD": PlaceKind.ROAD,
    "STM": PlaceKind.RIVER,
    **dict.fromkeys("LK LKS RSV".split(), PlaceKind.LAKE),
    **dict.fromkeys("VAL WAD".split(), PlaceKind.VALLEY),
}
_ADMIN: Final = frozenset("PCLI ADM1 ADM2 ADM3".split())
_DUMP_COLUMNS, _NAME_COLUMNS = 19, 10
# Alternate names in these "languages" are codes and links, no names.
_NO_NAMES: Final = frozenset("link post iata icao faac unlc wkdt tcid abbr fr_1793 phon piny".split())
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True, slots=True)
class Dump:
    """The country's dump: ``SY.txt`` in ``SY.zip``."""

    name: str = "GeoNames dump"
    source: str = SOURCE

    def recognises(self, layer: Layer) -> bool:
        """Tell whether the lines have 19 columns: an id, names, coordinates, codes and a date."""
        cells = layer.columns
        return layer.form == "lines" and len(cells) == _DUMP_COLUMNS and bool(_DATE.fullmatch(cells[18]))

    def dated(self, layer: Layer) -> str:
        """Return the newest date on which a row was changed."""
        return max((row.text("18") for row in layer.rows()), default="")

    def records(self, layer: Layer) -> Iterator[RawRecord]:
        """Yield a place a line; areas only add their names to those that other sources link to them."""
        for row in layer.rows():
            code, kind = row.text("7"), _KINDS.get(row.text("7"))
            if (
                len(row.values) != _DUMP_COLUMNS
                or row.text("8") != country().code
                or not (kind or code in _ADMIN)
            ):
                continue
            people = int(row.text("14") or 0) if row.text("14").isdigit() else 0
            spellings = dict.fromkeys([row.text("1"), row.text("2"), *row.text("3").split(",")])
            yield RawRecord(
                key=f"geonames:{row.text('0')}",
                kind=kind,
                # Alternate names are names by themselves; only the main one may be a field to take apart.
                names=tuple(
                    RawName(text, language_of(text), is_label=n > 0)
                    for n, text in enumerate(spellings)
                    if text
                ),
                origin=Origin(SOURCE, layer.shown, row.number),
                latitude=_number(row.text("4")),
                longitude=_number(row.text("5")),
                population=people or None,
                sensitive=kind is not None and kind.sensitive,
                note=f"GeoNames {row.text('0')} (CC BY 4.0)",
            )


@dataclass(frozen=True, slots=True)
class AlternateNames:
    """The country's alternate names: ``SY.txt`` in ``alternatenames/SY.zip``."""

    name: str = "GeoNames alternate names"
    source: str = SOURCE

    def recognises(self, layer: Layer) -> bool:
        """Tell whether the lines have 10 columns and begin with two ids."""
        cells = layer.columns
        return (
            layer.form == "lines"
            and len(cells) in (_NAME_COLUMNS, _NAME_COLUMNS - 2)  # before 2018 it had no years
            and cells[0].isdigit()
            and cells[1].isdigit()
        )

    def dated(self, layer: Layer) -> str:
        """Return nothing: the lines carry no date."""
        return ""

    def records(self, layer: Layer) -> Iterator[RawRecord]:
        """Yield one name a line, for the place of its id; historic names are left out."""
        for row in layer.rows():
            language = row.text("2")
            if language in _NO_NAMES or row.text("7") == "1" or not row.text("3"):
                continue
            yield RawRecord(
                key=f"geonames:{row.text('1')}",
                kind=None,
                names=(RawName(row.text("3"), language or "und", is_label=True),),
                origin=Origin(SOURCE, layer.shown, row.number),
            )


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
