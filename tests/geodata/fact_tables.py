"""The embedded tables, read and changed as rows."""

import csv
from pathlib import Path

from geodata import build

FACTS = Path(build.__file__).parent / "default"


def rows_of(name: str) -> list[dict[str, str]]:
    with (FACTS / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def change_row(path: Path, **values: str) -> None:
    """Change cells of the first row of a table."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    rows[0].update(values)
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, list(rows[0]))
        out.writeheader()
        out.writerows(rows)
