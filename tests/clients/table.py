"""A table of 1,500 incidents that the server of the asks holds, and how many of them an ask must bring."""

import csv
from pathlib import Path

__all__ = ["IN_MARCH", "NEAR_KOBANI", "ROWS", "write_table"]

PLACES = ("Idlib", "Saraqib", "Kafranbel", "Aleppo", "Kobane")
ROWS = [
    {"id": f"i{n:04}", "date": f"2016-{n % 12 + 1:02}-{n % 28 + 1:02}", "place": PLACES[n % len(PLACES)]}
    for n in range(1500)
]
NEAR_KOBANI = sum(row["place"] == "Kobane" for row in ROWS)
IN_MARCH = sum(row["date"].startswith("2016-03") for row in ROWS)


def write_table(path: Path) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(ROWS[0]))
        writer.writeheader()
        writer.writerows(ROWS)
    return path
