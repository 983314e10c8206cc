"""A table enriched with a review, in a gazetteer of a few places, and what came out."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gazetteer.enrich import enrich_table
from gazetteer.enrich.enrich import EnrichSummary
from gazetteer.geodesy import LatLon
from gazetteer.review import Review
from gazetteer.values import AdminUnit
from tests.gazetteer.tables.fake_gazetteer import FakeGazetteer, match, place, read_csv, write_table

__all__ = ["ONE", "TWO", "decisions_file", "gazetteer", "read_csv", "reviewed"]

AL_BAB = (AdminUnit(1, "SY02", "Aleppo", "حلب"), AdminUnit(2, "SY0204", "Al Bab", "الباب"))
ONE = place("Tell One", name_ar="تل", position=LatLon(35.8, 36.7))
TWO = place("Tell Two", name_ar="تل", position=LatLon(36.5, 37.5), admin=AL_BAB)


def gazetteer(**answers: Sequence[Any]) -> FakeGazetteer:
    """Knows Idlib and Aleppo; "Tell" may be one of two."""
    fake = FakeGazetteer()
    fake.answers = {**fake.answers, "Tell": [match(ONE, 0.45), match(TWO, 0.44)], **answers}
    return fake


def reviewed(folder: Path, text: str, fake: FakeGazetteer | None = None, **options: Any) -> EnrichSummary:
    """Enrich a table as in.csv to out.csv in a folder; names of files are names in it."""
    source, target = write_table(folder / "in.csv", text), folder / options.pop("output", "out.csv")
    paths = {
        name: folder / options.pop(name) for name in ("report", "review", "decisions") if name in options
    }
    found = fake or gazetteer()
    append = options.pop("append_provenance", False)
    with Review(found, target, append_provenance=append, **paths) as stage:
        return enrich_table(found, source, target, stage=stage, **options)


def decisions_file(path: Path, *rows: Sequence[str], gazetteer: str = "") -> Path:
    """Write decisions: place, areas, decision, decided_by, decided_on, why."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(
            "place areas decision decided_by decided_on why gazetteer candidate_1_id candidate_1_name "
            "candidate_1_position".split()
        )
        for row in rows:
            cells = [*row, *[""] * (9 - len(row))]
            writer.writerow([*cells[:6], gazetteer, *cells[6:]])
    return path
