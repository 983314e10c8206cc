"""What the names in a table may mean, as enriching wrote it or as resolving finds it."""

import csv
import json
import math
from pathlib import Path
from typing import Any

from gazetteer.geodesy import LatLon, destination
from gazetteer.incidents import Incidents, read_incidents
from gazetteer.incidents.spots import Candidate, Fix, exclusive
from gazetteer.near import Targets, near
from tests.fakes import FakeGazetteer


def test_of_candidates_within_one_answer_the_surest_counts_for_all() -> None:
    here = LatLon(35.93, 36.63)
    first, near_it, other = (
        Candidate(Fix(destination(here, azimuth_deg=70, distance_m=metres), 0.0), confidence)
        for metres, confidence in ((0, 0.6), (4_900, 0.5), (5_100, 0.5))
    )
    assert (first, Candidate(other.fix, 0.4)) == exclusive([first, near_it, other])
    assert () == exclusive([])


def enriched(folder: Path, *rows: dict[str, Any]) -> Incidents:
    """Incidents of an enriched table with these rows."""
    columns = (
        "place governorate gaz_status gaz_confidence gaz_place_id gaz_kind gaz_latitude gaz_longitude "
        "gaz_uncertainty_m gaz_alternatives gaz_places gaz_row lat lon"
    ).split()
    path = folder / "enriched.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)
    return read_incidents(path, FakeGazetteer())


def listed(confidence: float, latitude: float, **changed: Any) -> dict[str, Any]:
    values = {"place_id": f"test:{latitude}", "kind": "settlement", "latitude": latitude, "longitude": 36.6}
    return values | {"uncertainty_m": 900, "confidence": confidence} | changed


RESOLVED = {
    "place": "Idlib", "gaz_status": "resolved", "gaz_confidence": "0.9", "gaz_place_id": "test:idlib",
    "gaz_kind": "settlement", "gaz_latitude": "35.93", "gaz_longitude": "36.63",
    "gaz_uncertainty_m": "2500", "gaz_alternatives": json.dumps([listed(0.05, 35.1)]),
}  # fmt: skip


def test_candidates_are_read_from_an_enriched_table(tmp_path: Path) -> None:
    ambiguous = {
        "place": "Twin",
        "gaz_status": "ambiguous",
        "gaz_confidence": "0.5",
        "gaz_alternatives": json.dumps([listed(0.5, 35.1), listed(0.4, 35.6, kind="subdistrict")]),
    }
    both = {
        "place": "A or B", "gaz_status": "several", "gaz_confidence": "0.8",
        "gaz_latitude": "35.3", "gaz_longitude": "36.6", "gaz_uncertainty_m": "30000",
        "gaz_places": json.dumps([listed(0.8, 35.1), listed(0.85, 35.6)]),
    }  # fmt: skip
    decided = RESOLVED | {"gaz_confidence": ""}
    found = enriched(tmp_path, RESOLVED, ambiguous, both, decided, RESOLVED | {"lat": "35", "lon": "36"})
    read = [[(c.fix.place_id, c.confidence, c.fix.has_middle) for c in one.candidates] for one in found]
    assert [
        [("test:idlib", 0.9, True), ("test:35.1", 0.05, True)],
        [("test:35.1", 0.5, True), ("test:35.6", 0.4, False)],
        [("test:35.1", 0.8, True), ("test:35.6", 0.85, True)],
        [("test:idlib", 1.0, True)],
        [],
    ] == read
    assert -1 == found.meaning[4]
    assert ["one", "one", "or", "one"] == [found.meanings.every[n].manner for n in found.meaning[:4].tolist()]


def test_rows_share_a_meaning_only_with_the_same_name_areas_and_candidates(tmp_path: Path) -> None:
    found = enriched(
        tmp_path,
        RESOLVED,
        RESOLVED,
        RESOLVED | {"place": "Edleb"},
        RESOLVED | {"governorate": "Idleb"},
        RESOLVED | {"gaz_alternatives": "[]"},
    )
    assert [0, 0, 1, 2, 3] == found.meaning.tolist()
    again = Incidents.of(list(found))
    assert [0, 0, 1, 2, 3] == again.meaning.tolist()


def test_candidates_that_cannot_be_read_are_said_for_the_row(tmp_path: Path) -> None:
    for column, words, cells in (
        (
            "gaz_alternatives",
            "gaz_alternatives holds no list of places with their confidences",
            (
                *("[{a", "3", '[{"place_id": "x"}]', f'[{{"confidence": {"9" * 400}}}]'),
                *(json.dumps([listed(confidence, 35.0)]) for confidence in (1.5, 10**400)),
            ),
        ),
        ("gaz_confidence", "gaz_confidence holds no probability from 0 to 1", ("high", "-0.1")),
    ):
        good, *bad = enriched(tmp_path, RESOLVED, *(RESOLVED | {column: cell} for cell in cells))
        assert () == good.problems
        assert [words] * len(cells) == [" ".join(one.problems)[: len(words)] for one in bad]


def test_the_places_of_exploded_rows_are_meant_together(tmp_path: Path) -> None:
    rows = [
        {**RESOLVED, "gaz_status": "several", "gaz_row": "1", "gaz_confidence": str(confidence)}
        | {"gaz_place_id": f"test:{latitude}", "gaz_latitude": str(latitude)}
        for confidence, latitude in ((0.9, 35.93), (0.8, 35.1))
    ]
    (one,) = enriched(tmp_path, *rows)
    assert [("test:35.93", 0.9), ("test:35.1", 0.8)] == [
        (c.fix.place_id, c.confidence) for c in one.candidates
    ]


def test_names_resolved_while_reading_bring_their_candidates(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text('place\nIdlib\nTwin\nNobody knows\n""\nIdlib + Saraqeb\n', encoding="utf-8")
    found = read_incidents(path, FakeGazetteer())
    assert [[0.97], [0.5], [], [], [0.97, 0.97]] == [[c.confidence for c in one.candidates] for one in found]
    assert [0, 1, 2, -1, 3] == found.meaning.tolist()
    (share,) = [row.unknown for row in near(found, Targets(()), within_m=5000.0).rows][:1]
    assert math.isclose(0.03, share)
