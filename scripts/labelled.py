"""Labelled tables: place names with the coordinates that human coders gave them.

Two public datasets are read as they are exported: Airwars (columns ``place``, ``place_ar``,
``governorate``) and UCDP GED (``place``, ``governorate``, ``district``, ``where_prec``). Each gives several
views: with and without the areas beside the name, in either script.
"""

import csv
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gazetteer.errors import TableError
from gazetteer.geodesy import LatLon
from scripts.fitting import LabelledRow

#: A governorate's name means those that at least this share of its rows lie in: "Damascus" is written of the
#: countryside round the city as well.
_MEANT: Final = 0.05


@dataclass(frozen=True, slots=True)
class LabelledTable:
    """One view of a labelled table.

    Parameters
    ----------
    name
        For people: "Airwars English, no area".
    place, admin
        The columns that are read.
    source
        The file.
    where_prec
        Only these UCDP codes; empty for all rows.
    rows
        The rows, each with a place.
    """

    name: str
    place: str
    admin: tuple[str, ...]
    source: Path
    where_prec: frozenset[int]
    rows: tuple[LabelledRow, ...]


def read_labelled(folder: Path) -> list[LabelledTable]:
    """Return the views of the labelled tables in a folder.

    Raises
    ------
    TableError
        If the folder lacks one of the two files.
    """
    airwars, ucdp = folder / "airwars_dev.csv", folder / "ucdp_dev.csv"
    for path in (airwars, ucdp):
        if not path.is_file():
            raise TableError(
                f"{path} is missing: name the folder that holds airwars_dev.csv and ucdp_dev.csv"
            )
    towns, areas = frozenset({1, 2}), frozenset({3, 4, 6})
    return [
        _view("Airwars English, no area", airwars, "place"),
        _view("Airwars English, governorate given", airwars, "place", ("governorate",)),
        _view("Airwars Arabic, no area", airwars, "place_ar"),
        _view("UCDP (where_prec 1-2), no area", ucdp, "place", where_prec=towns),
        _view(
            "UCDP (1-2), governorate and district given", ucdp, "place", ("governorate", "district"), towns
        ),
        _view("UCDP (where_prec 3, 4, 6), areas", ucdp, "place", where_prec=areas),
    ]


def _view(
    name: str,
    path: Path,
    place: str,
    admin: tuple[str, ...] = (),
    where_prec: frozenset[int] = frozenset(),
) -> LabelledTable:
    return LabelledTable(
        name, place, admin, path, where_prec, tuple(_rows(name, path, place, admin, where_prec))
    )


def _rows(
    name: str, path: Path, place: str, admin: tuple[str, ...], where_prec: frozenset[int]
) -> Iterator[LabelledRow]:
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    meant = Counter((row["governorate"], row["true_adm1"]) for row in rows)
    of_name = Counter(row["governorate"] for row in rows)
    for row in rows:
        precision = int(float(row.get("where_prec") or 0))
        if not row[place].strip() or (where_prec and precision not in where_prec):
            continue
        latitude, longitude = float(row["true_latitude"]), float(row["true_longitude"])
        if not (math.isfinite(latitude) and math.isfinite(longitude)):
            continue
        hints = tuple(row[column] for column in admin if row[column].strip())
        area = {3: row.get("true_adm2"), 4: row.get("true_adm1"), 6: "SY"}.get(precision)
        truth = (row["true_adm1"], row["true_adm2"], row["true_adm3"])
        stated = row["governorate"]
        contradicted = bool(stated) and meant[stated, truth[0]] < _MEANT * of_name[stated]
        position = LatLon(latitude, longitude)
        told = truth, contradicted, row.get("date", "")
        yield LabelledRow(name, row[place], hints, position, area or None, *told)
