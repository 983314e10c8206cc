"""The embedded tables, read and changed as rows."""

import csv
from pathlib import Path

from geodata import build

FACTS = build.FACTS

Row = dict[str, str]

TABLES = sorted(path.name for path in FACTS.glob("*.csv"))


def rows_of(name: str, folder: Path = FACTS) -> list[Row]:
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write_rows(path: Path, rows: list[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, list(rows[0]))
        out.writeheader()
        out.writerows(rows)


def change_row(path: Path, **values: str) -> None:
    """Change cells of the first row of a table."""
    rows = rows_of(path.name, path.parent)
    rows[0].update(values)
    write_rows(path, rows)


def facts_of_idlib(folder: Path) -> Path:
    """Write a tenth of the embedded tables: the country, and what is in one governorate."""
    for table in FACTS.glob("*.csv"):
        areas = ((row.get("pcode") or row["adm1_pcode"], row) for row in rows_of(table.name))
        write_rows(folder / table.name, [row for area, row in areas if area == "SY" or area[:4] == "SY07"])
    return folder
