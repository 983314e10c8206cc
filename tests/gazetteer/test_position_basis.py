"""What a facility's position was taken from is said wherever it is shown, and no distance says more."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gazetteer import DistanceAnswer, Gazetteer, LatLon, PlaceKind
from gazetteer.cli.text import distance_answer, gazetteer_info, report, resolution
from gazetteer.review.tally import Candidate
from tests.builders import a_gazetteer_file, a_place, a_record
from tests.gazetteer.cli.running import run

HOSPITAL: dict[str, Any] = {
    "id": "cg:h", "name": "Hope Hospital", "kind": PlaceKind.HOSPITAL, "sensitive": True, "name_ar": "",
    "uncertainty_m": 3_400.0, "position": LatLon(35.8631, 36.799),
}  # fmt: skip


@pytest.fixture(scope="module")
def gazetteer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gazetteer]:
    exact = HOSPITAL | {"id": "cg:e", "name": "Exact Hospital", "position_basis": "building"}
    records = [a_record(), a_record(**HOSPITAL, position_basis="town"), a_record(**exact)]
    with Gazetteer.open(a_gazetteer_file(tmp_path_factory.mktemp("basis") / "g.gpkg", records)) as opened:
        yield opened


def test_of_a_facility_that_may_be_anywhere_round_a_place_only_the_range_is_known() -> None:
    for basis, known in {"": True, "building": True, "quarter": False, "town": False, "area": False}.items():
        hospital = a_place(**HOSPITAL, position_basis=basis)
        for start, end in ((a_place(), hospital), (hospital, a_place())):
            found = DistanceAnswer.between(start, end)
            assert [known] * 3 == [
                one is not None for one in (found.distance_m, found.azimuth_deg, found.compass)
            ]
            assert (0.0, 5_411.1) == (found.as_json()["min_m"], found.as_json()["max_m"])
        far = DistanceAnswer.between(a_place(position=LatLon(36.0, 36.8)), hospital)
        assert "south" == far.compass
        itself = DistanceAnswer.between(hospital, hospital)
        assert (0.0, 0.0, 0.0) == (itself.distance_m, itself.min_m, itself.max_m)


def test_people_read_what_a_position_was_taken_from(gazetteer: Gazetteer) -> None:
    shown = resolution(gazetteer.resolve("Hope Hospital"))
    assert "position    35.86310, 36.79900, within 5.0 km, known only by its town\n" in shown
    told = report(gazetteer.geoparse("Exact Hospital was hit.", local=True))
    assert "known by its building" in " ".join(told.split())
    measured = distance_answer(gazetteer.distance("Saraqib", "Hope Hospital"))
    assert "Hope Hospital lies 0-5.4 km from Saraqib.\n  distance  0-5.4 km wherever in" in measured
    assert "within 3.4 km, known only by its town" in " ".join(measured.split())
    asked = run("ask", "nearest hospital to Saraqib", "--gazetteer", gazetteer.info().path).stdout
    assert "0-5.4 km" in asked
    one = {"place_id": "cg:h", "name": "", "latitude": 35.0, "longitude": 36.0, "confidence": None}
    one["uncertainty_m"] = 1
    assert "hospital, known only by its town" == Candidate.of(gazetteer, one).kind


def test_a_question_says_of_the_nearest_what_its_position_was_taken_from(tmp_path: Path) -> None:
    path = a_gazetteer_file(tmp_path / "g.gpkg", [a_record(), a_record(**HOSPITAL, position_basis="town")])
    words = "nearest hospital to Saraqib", "--gazetteer", path
    shown = " ".join(run("ask", *words).stdout.split())
    assert "lies 0-5.4 km from Saraqib, wherever in their circles both are. Hope Hospital is known" in shown
    (row,) = json.loads(run("ask", *words, "--json").stdout)["rows"]
    assert ("town", None, None) == (row["nearest_position_basis"], row["distance_m"], row["compass"])


def test_the_gazetteer_counts_its_bases_and_none_in_cells(gazetteer: Gazetteer) -> None:
    about = gazetteer.info()
    assert {"hospital": {"town": 1, "building": 1}} == about.as_json()["position_bases"]
    words = "of the 2 hospitals, 1 is known by its building, 1 is known only by its town"
    assert [words] == about.as_json()["position_words"]
    assert words in " ".join(gazetteer_info(about).split())
    assert {} == gazetteer.generalised(0.1).info().position_bases


def test_a_table_has_the_basis_of_each_facility_and_none_in_cells(
    gazetteer: Gazetteer, tmp_path: Path
) -> None:
    table = tmp_path / "t.csv"
    table.write_text("place\nHope Hospital\nSaraqib\nHope Hospital and Exact Hospital\n", encoding="utf-8")

    def enriched(by: Gazetteer, **options: Any) -> list[dict[str, str]]:
        by.enrich_file(table, tmp_path / "out.csv", **options)
        with (tmp_path / "out.csv").open(encoding="utf-8") as file:
            return list(csv.DictReader(file))

    rows = enriched(gazetteer)
    assert ["town", "", ""] == [row["gaz_position_basis"] for row in rows]
    listed = json.loads(rows[2]["gaz_places"])
    assert ["town", "building"] == [one["position_basis"] for one in listed]
    exploded = enriched(gazetteer, explode=True)
    assert ["town", "", "town", "building"] == [row["gaz_position_basis"] for row in exploded]
    hidden = enriched(gazetteer.generalised(0.1))
    assert {""} == {row["gaz_position_basis"] for row in hidden}
    assert "position_basis" not in hidden[2]["gaz_places"]


def test_the_report_counts_the_rows_at_facilities_by_basis(gazetteer: Gazetteer, tmp_path: Path) -> None:
    table, page = tmp_path / "t.csv", tmp_path / "report.html"
    table.write_text("place\nHope Hospital\nHope Hospital\nExact Hospital\nSaraqib\n", encoding="utf-8")
    gazetteer.enrich_file(table, tmp_path / "out.csv", report=page)
    words = "Rows at a facility: 2 at one known only by its town, 1 at one known by its building."
    assert words in page.read_text(encoding="utf-8")
