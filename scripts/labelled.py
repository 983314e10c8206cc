"""Labelled tables: place names with the coordinates that human coders gave them.

Two public datasets are read as they are exported: Airwars (columns ``place``, ``place_ar``,
``governorate``) and UCDP GED (``place``, ``governorate``, ``district``, ``where_prec``). Each gives several
views: with and without the areas beside the name, in either script.
"""

import math
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from gazetteer.errors import TableError
from gazetteer.geodesy import LatLon
from scripts.figures import Row, read_rows

#: Rows are put in so many folds, by place: those whose coders put them in the same cell of this many degrees
#: (about 10 km) are one place.
FOLDS: Final = 5
_PLACE_DEG: Final = 0.1
#: A governorate's name means those that at least this share of its rows lie in: "Damascus" is written of the
#: countryside round the city as well.
_MEANT: Final = 0.05
_AIRWARS, _UCDP = "airwars_dev.csv", "ucdp_dev.csv"


@dataclass(frozen=True, slots=True)
class LabelledRow:
    """A row of a labelled table."""

    table: str  # tables count equally, whatever their length
    text: str
    hints: tuple[str, ...]  # the area cells beside it
    position: LatLon  # where its coder put it
    area: str | None = None  # the id of the area that the row means, if it means one
    truth: tuple[str, str, str] = ("", "", "")  # P-codes of the areas that hold the position
    contradicted: bool = (
        False  # the row names another governorate: one is wrong, so nothing is learnt from it
    )
    date: str = ""  # ISO 8601


class LabelledTable(NamedTuple):
    """One view of a labelled table: what people call it, its columns of areas, its rows."""

    name: str
    areas: tuple[str, ...]
    rows: tuple[LabelledRow, ...]


def fold_of(row: LabelledRow, *, folds: int = FOLDS) -> int:
    """Return the fold of a row, 0 to `folds` - 1: the same for all rows of one place."""
    cell = (round(row.position.latitude / _PLACE_DEG), round(row.position.longitude / _PLACE_DEG))
    return (cell[0] * 7919 + cell[1] * 104729) % folds


def read_labelled(folder: Path) -> list[LabelledTable]:
    """Return the views of the labelled tables in a folder; the last one is of rows that mean an area."""
    files: dict[str, list[Row]] = {}
    for name in (_AIRWARS, _UCDP):
        if not (folder / name).is_file():
            raise TableError(f"{folder / name} is missing: name the folder that holds {_AIRWARS} and {_UCDP}")
        files[name] = read_rows(folder / name)
    both = ("governorate", "district")
    views: tuple[tuple[str, str, str, tuple[str, ...], Collection[int]], ...] = (
        ("Airwars English, no area", _AIRWARS, "place", (), ()),
        ("Airwars English, governorate given", _AIRWARS, "place", ("governorate",), ()),
        ("Airwars Arabic, no area", _AIRWARS, "place_ar", (), ()),
        ("UCDP (where_prec 1-2), no area", _UCDP, "place", (), (1, 2)),
        ("UCDP (1-2), governorate and district given", _UCDP, "place", both, (1, 2)),
        ("UCDP (where_prec 3, 4, 6), areas", _UCDP, "place", (), (3, 4, 6)),
    )
    return [
        LabelledTable(name, areas, tuple(_rows(name, files[file], place, areas, codes)))
        for name, file, place, areas, codes in views
    ]


def _rows(
    name: str, rows: list[Row], place: str, areas: tuple[str, ...], codes: Collection[int]
) -> Iterator[LabelledRow]:
    meant = Counter((row["governorate"], row["true_adm1"]) for row in rows)
    of_name = Counter(row["governorate"] for row in rows)
    for row in rows:
        code = int(float(row.get("where_prec") or 0))
        if not row[place].strip() or (codes and code not in codes):
            continue
        latitude, longitude = float(row["true_latitude"]), float(row["true_longitude"])
        if not (math.isfinite(latitude) and math.isfinite(longitude)):
            continue
        stated = row["governorate"]
        yield LabelledRow(
            table=name,
            text=row[place],
            hints=tuple(row[column] for column in areas if row[column].strip()),
            position=LatLon(latitude, longitude),
            area={3: row.get("true_adm2"), 4: row.get("true_adm1"), 6: "SY"}.get(code) or None,
            truth=(row["true_adm1"], row["true_adm2"], row["true_adm3"]),
            contradicted=bool(stated) and meant[stated, row["true_adm1"]] < _MEANT * of_name[stated],
            date=row.get("date", ""),
        )
