"""The embedded facts: from the four tables in ``geodata/default`` to place records.

A row is a place, and each carries its source in words. Several values in one cell are joined by "|".

How large a settlement is
-------------------------
GeoNames gives a town one point and a population, and no extent. Its radius is that of a circle in which
its people live 5,000 to the square kilometre, ``sqrt(population / (5000 * pi))`` km, and 1 km more, because
the point is seldom the middle and no town is round. At most 12 km; 2 km where the population is not known.
Density and margin are this project's choice. A test in ``tests/geodata/test_default_facts.py`` checks them
against OCHA's neighbourhoods (COD-AB, 2020-12-17): in every town that has neighbourhoods the circle holds at
least three quarters of their area, and in all but one at least 95 %.

Languages
---------
A source that has an English column gives "en"; Arabic script is "ar" unless it has letters that Arabic
does not use; every other spelling is "und" (undetermined, BCP 47).
"""

import csv
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from gazetteer.errors import GazetteerError, GazetteerFileError, InputError
from gazetteer.geodesy import LatLon
from gazetteer.kinds import PlaceKind
from gazetteer.names import script_of
from gazetteer.store import PlaceRecord
from gazetteer.values import Place, Source, Spelling

__all__ = ["FACT_FILES", "SOURCES", "language_of", "read_facts", "settlement_radius_m", "spellings_of"]

#: The sources of the embedded facts; their counts are filled in by :func:`read_facts`.
SOURCES: Final = (
    Source(
        id="curated",
        title="Facilities and landmarks named in public reporting",
        url="",
        licence="CC BY 4.0, this project; positions of towns and quarters derived from OCHA, CC BY 3.0 IGO",
        attribution="Facts collected by the conflict-gazetteer authors; each row names its source.",
        count=0,
    ),
    Source(
        id="geonames",
        title="GeoNames: towns of Syria with 500 and more inhabitants",
        url="https://www.geonames.org/",
        licence="CC BY 4.0",
        attribution="Contains data from GeoNames (https://www.geonames.org/), licensed CC BY 4.0.",
        count=0,
    ),
    Source(
        id="ocha-cod-ab",
        title="OCHA Common Operational Dataset: Syrian Arab Republic, administrative boundaries",
        url="https://data.humdata.org/dataset/cod-ab-syr",
        licence="CC BY 3.0 IGO",
        attribution="Codes, names and points of areas: OCHA (COD-AB Syria), licensed CC BY 3.0 IGO.",
        count=0,
    ),
)

_DENSITY_PER_KM2: Final = 5_000
_MARGIN_M, _MOST_RADIUS_M = 1_000.0, 12_000.0
_LEVELS: Final = (PlaceKind.COUNTRY, PlaceKind.GOVERNORATE, PlaceKind.DISTRICT, PlaceKind.SUBDISTRICT)
# Letters of Persian, Kurdish and Urdu in Arabic script that no Arabic word is written with.
_NOT_ARABIC: Final = re.compile("[پچژگکیڤڕڵۆێەھہۀےٹڈ]")

_Row = Mapping[str, str]


def settlement_radius_m(population: int | None) -> float:
    """Return the radius in metres that stands for a settlement's extent, above 1,000 to 12,000.

    Examples
    --------
    >>> settlement_radius_m(None), settlement_radius_m(3_000), settlement_radius_m(2_098_210)
    (2000.0, 1437.0, 12000.0)
    """
    if population is None:
        return PlaceKind.SETTLEMENT.radius_m
    radius_m = 1_000 * math.sqrt(population / (_DENSITY_PER_KM2 * math.pi)) + _MARGIN_M
    return float(round(min(radius_m, _MOST_RADIUS_M)))


def spellings_of(
    name: str, name_ar: str, others: Iterable[str], *, source: str, name_language: str = "und"
) -> tuple[Spelling, ...]:
    """Return the spellings of one place from one source, display names first, each text once.

    Parameters
    ----------
    name, name_ar, others
        The written forms; empty ones are passed over.
    source
        Id of the source that has them.
    name_language
        BCP 47 code of `name`, where its source says it; "und" where it does not.
    """
    found = {name: name_language, name_ar: "ar"}
    for text in others:
        found.setdefault(text, language_of(text))
    return tuple(
        Spelling(text, language, script_of(text), source) for text, language in found.items() if text
    )


def language_of(text: str) -> str:
    """Return "ar" for text in Arabic script without letters that Arabic does not use, else "und".

    Examples
    --------
    >>> language_of("سراقب"), language_of("پیرانشهر"), language_of("Saraqib")
    ('ar', 'und', 'und')
    """
    return "ar" if script_of(text) == "Arab" and not _NOT_ARABIC.search(text) else "und"


def read_facts(folder: Path) -> tuple[tuple[PlaceRecord, ...], tuple[Source, ...]]:
    """Read the four tables of embedded facts.

    Parameters
    ----------
    folder
        Where they are.

    Returns
    -------
    tuple
        The place records, and the sources with the number of places that name them.

    Raises
    ------
    GazetteerFileError
        If a table is missing: the installation is not whole.
    InputError
        If a row is wrong; the message names the file and the line.
    """
    records = [record for name, read in FACT_FILES.items() for record in _read(folder / name, read)]
    counts = Counter(source for record in records for source in record.place.sources)
    return tuple(records), tuple(replace(source, count=counts[source.id]) for source in SOURCES)


def _read(path: Path, read: Callable[[_Row], PlaceRecord]) -> Iterable[PlaceRecord]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file)
            for row in rows:
                try:
                    yield read(row)
                except (GazetteerError, KeyError, ValueError) as error:
                    raise InputError(f"{path}, line {rows.line_num}: {error}") from error
    except FileNotFoundError as error:
        raise GazetteerFileError(f"{path} is missing: install conflict-gazetteer again") from error


def _settlement(row: _Row) -> PlaceRecord:
    population = int(row["population"]) if row["population"] else None
    return _record(
        row,
        name=row["name"],
        others=_parts(row["spellings"]),
        kind=PlaceKind(row["kind"]),
        uncertainty_m=settlement_radius_m(population),
        population=population,
        source="geonames",
    )


def _admin_unit(row: _Row) -> PlaceRecord:
    level, pcode = int(row["level"]), row["pcode"]
    # A code begins with those of the units above it: SY07, SY0704, SY070401.
    chain = {f"adm{n}_pcode": pcode[: 2 + 2 * n] if n <= level else "" for n in (1, 2, 3)}
    if level and chain[f"adm{level}_pcode"] != pcode:
        raise InputError(f"{pcode!r} is not a P-code of level {level}")
    if level and row["parent_pcode"] != pcode[: 2 * level]:
        raise InputError(f"{pcode!r} does not lie in {row['parent_pcode']!r} by its code")
    return _record(
        {**row, **chain},
        name=row["name"],
        others=_parts(row["spellings"]),
        kind=_LEVELS[level],
        uncertainty_m=float(row["uncertainty_m"]),
        source="ocha-cod-ab",
        name_language="en",
    )


def _curated(row: _Row) -> PlaceRecord:
    return _record(
        row,
        name=row["name_en"],
        others=_parts(row["other_names"]),
        kind=PlaceKind(row["kind"]),
        uncertainty_m=float(row["uncertainty_m"]),
        valid_from=row["valid_from"] or None,
        valid_to=row["valid_to"] or None,
        sensitive=_yes(row["sensitive"]),
        source="curated",
        name_language="en",
    )


#: The tables of embedded facts, and how a row of each is read.
FACT_FILES: Final[dict[str, Callable[[_Row], PlaceRecord]]] = {
    "settlements.csv": _settlement,
    "admin_units.csv": _admin_unit,
    "facilities.csv": _curated,
    "landmarks.csv": _curated,
}


def _record(
    row: _Row,
    *,
    name: str,
    others: Iterable[str],
    kind: PlaceKind,
    uncertainty_m: float,
    source: str,
    population: int | None = None,
    valid_from: str | None = None,
    valid_to: str | None = None,
    sensitive: bool = False,
    name_language: str = "und",
) -> PlaceRecord:
    if not name:
        raise InputError(f"{row['id']!r} has no name")
    place = Place(
        id=row["id"],
        name=name,
        name_ar=row["name_ar"],
        kind=kind,
        position=LatLon(float(row["latitude"]), float(row["longitude"])),
        uncertainty_m=uncertainty_m,
        population=population,
        admin_method="stated" if row["adm1_pcode"] else "unknown",
        sources=(source,),
        valid_from=valid_from,
        valid_to=valid_to,
        sensitive=sensitive,
    )
    return PlaceRecord(
        place,
        spellings_of(name, place.name_ar, others, source=source, name_language=name_language),
        adm1_pcode=row["adm1_pcode"] or None,
        adm2_pcode=row["adm2_pcode"] or None,
        adm3_pcode=row["adm3_pcode"] or None,
        source_note=row["source"],
    )


def _parts(cell: str) -> list[str]:
    return [part.strip() for part in cell.split("|") if part.strip()]


def _yes(cell: str) -> bool:
    if cell not in ("yes", "no"):
        raise InputError(f"'sensitive' is yes or no, not {cell!r}")
    return cell == "yes"
