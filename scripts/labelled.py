"""Labelled tables: place names with the coordinates that human coders gave them.

Two public datasets are read as they are exported, Airwars and UCDP GED. Each gives several views: with and
without the areas beside the name, in either script.
"""

import csv
import math
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from gazetteer.geodesy import LatLon

#: Rows are put in so many folds, by place: those in the same cell of this many degrees (10 km) are one place.
FOLDS, _PLACE_DEG = 5, 0.1
_MEANT: Final = 0.05  # of a name's rows lie in what it means: "Damascus" is also the countryside round it
TRUE: Final = "true_latitude true_longitude true_adm1 true_adm2 true_adm3 true_area".split()
_AIRWARS, _UCDP = "airwars_dev.csv", "ucdp_dev.csv"
Row = dict[str, str]
#: Of each view the file, the columns of the place and of areas, and UCDP's codes of precision; the last is of
#: rows that mean an area.
_VIEWS: Final[dict[str, tuple[str, str, tuple[str, ...], Collection[int]]]] = {
    "Airwars English, no area": (_AIRWARS, "place", (), ()),
    "Airwars English, governorate given": (_AIRWARS, "place", ("governorate",), ()),
    "Airwars Arabic, no area": (_AIRWARS, "place_ar", (), ()),
    "UCDP (where_prec 1-2), no area": (_UCDP, "place", (), (1, 2)),
    "UCDP (1-2), governorate and district given": (_UCDP, "place", ("governorate", "district"), (1, 2)),
    "UCDP (where_prec 3, 4, 6), areas": (_UCDP, "place", (), (3, 4, 6)),
}


class LabelledRow(NamedTuple):
    """A row of a labelled table."""

    table: str  # tables count equally, whatever their length
    text: str
    hints: tuple[str, ...]  # the area cells beside it
    position: LatLon  # where its coder put it
    area: str | None = None  # the id of the area that the row means, if it means one
    truth: tuple[str, str, str] = ("", "", "")  # P-codes of the areas that hold the position
    contradicted: bool = False  # it names another governorate: one is wrong, so nothing is learnt from it
    date: str = ""  # ISO 8601

    def cells(self, areas: Sequence[str]) -> Row:
        """Return it as a row of a table with these columns of areas; its truth has columns of its own."""
        truth = (repr(self.position.latitude), repr(self.position.longitude), *self.truth, self.area or "")
        cells = dict(zip(TRUE, truth, strict=True)) | {"place": self.text, "date": self.date}
        return dict.fromkeys(areas, "") | dict(zip(areas, self.hints, strict=False)) | cells


class LabelledTable(NamedTuple):
    """A view of a labelled table, with its columns of areas."""

    name: str
    areas: tuple[str, ...]
    rows: tuple[LabelledRow, ...]


def fold_of(row: LabelledRow, *, folds: int = FOLDS) -> int:
    """Return the fold of a row, 0 to `folds` - 1: the same for all rows of one place."""
    at = row.position
    return (round(at.latitude / _PLACE_DEG) * 7919 + round(at.longitude / _PLACE_DEG) * 104729) % folds


def read_rows(path: Path) -> list[Row]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def read_labelled(folder: Path) -> list[LabelledTable]:
    """Return the views of the labelled tables in a folder."""
    return [LabelledTable(name, view[2], tuple(_rows(name, folder, *view))) for name, view in _VIEWS.items()]


def _rows(
    name: str, folder: Path, file: str, place: str, areas: tuple[str, ...], codes: Collection[int]
) -> Iterator[LabelledRow]:
    rows = read_rows(folder / file)
    meant = Counter((row["governorate"], row["true_adm1"]) for row in rows)
    of_name = Counter(row["governorate"] for row in rows)
    for row in rows:
        code, stated = int(float(row.get("where_prec") or 0)), row["governorate"]
        latitude, longitude = float(row["true_latitude"]), float(row["true_longitude"])
        if not row[place].strip() or (codes and code not in codes) or math.isnan(latitude + longitude):
            continue
        yield LabelledRow(
            table=name,
            text=row[place],
            hints=tuple(row[column] for column in areas if row[column].strip()),
            position=LatLon(latitude, longitude),
            area={3: row.get("true_adm2"), 4: row["true_adm1"], 6: "SY"}.get(code) or None,
            truth=(row["true_adm1"], row["true_adm2"], row["true_adm3"]),
            contradicted=bool(stated) and meant[stated, row["true_adm1"]] < _MEANT * of_name[stated],
            date=row.get("date", ""),
        )
