"""A table of 1,500 incidents that the server of the asks holds, and how many of them an ask must bring."""

import json
from pathlib import Path
from typing import Any

__all__ = ["IN_MARCH", "NEAR_KOBANI", "NOWHERE", "ROWS", "write_table"]

PLACES = ("Idlib", "Saraqib", "Kafranbel", "Aleppo", "Kobane", "Nowhere at all")


def _row(number: int) -> dict[str, Any]:
    """Return an incident; only the last hundred have the columns `late` and `note`."""
    day = f"2016-{number % 12 + 1:02}-{number % 28 + 1:02}"
    late = {"late": day, "note": f"no. {number}"} if number >= 1400 else {}
    place = PLACES[number % len(PLACES)]
    return {"id": f"i{number:04}", "date": day, "place": place, "killed": number % 7, **late}


ROWS = [_row(number) for number in range(1500)]
NEAR_KOBANI = sum(row["place"] == "Kobane" for row in ROWS)
NOWHERE = sum(row["place"] == "Nowhere at all" for row in ROWS)
IN_MARCH = sum(row["date"].startswith("2016-03") for row in ROWS)


def write_table(path: Path) -> Path:
    features = [{"type": "Feature", "geometry": None, "properties": row} for row in ROWS]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path
