import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gazetteer.enrich import Evaluation, enrich_table, evaluate
from gazetteer.errors import TableError
from gazetteer.geodesy import LatLon, destination
from tests.gazetteer.tables.fake_gazetteer import FakeGazetteer, match, place, write_table

TRUTH = LatLon(35.9, 36.6)


def away(metres: float, confidence: float = 0.95) -> Any:
    return match(
        place(f"{metres}", position=destination(TRUTH, azimuth_deg=70, distance_m=metres)), confidence
    )


GAZETTEER = {
    "A": [away(500)],
    "B": [away(4_990, 0.85)],
    "C": [away(5_010, 0.85)],
    "D": [away(15_000, 0.4)],
    "E": [away(100, 0.3), away(9_000, 0.29)],
}


def labelled(folder: Path, places: str, **columns: str) -> Path:
    lat, lon = columns.get("lat", "true_latitude"), columns.get("lon", "true_longitude")
    rows = "".join(f"{name},{TRUTH.latitude},{TRUTH.longitude}\n" for name in places)
    return write_table(folder / "labelled.csv", f"place,{lat},{lon}\n{rows}")


def figures(folder: Path, places: str) -> Evaluation:
    return evaluate(FakeGazetteer(GAZETTEER), labelled(folder, places))


def test_every_figure_is_a_share_of_what_it_says(tmp_path: Path) -> None:
    found = figures(tmp_path, "ABCDEXXXXX")
    assert found.as_json() == {
        "rows": 10,
        "skipped": 0,
        "answered": 0.5,
        "within_1_km": 0.2,
        "within_5_km": 0.3,
        "within_10_km": 0.4,
        "within_20_km": 0.5,
        "accepted": 0.3,
        "accepted_precision_5_km": 0.6667,
        # bins 0.9: |0.95-1|; 0.8: |1.7-1|; 0.4: 0.4; 0.3: |0.3-1|; over five answers
        "calibration_error": 0.37,
        "confidence": found.confidence.as_json(),
        "radius": found.radius.as_json(),
        "words": list(found.words),
    }


def test_nothing_accepted_has_no_precision(tmp_path: Path) -> None:
    found = figures(tmp_path, "DX")
    assert (found.precision, found.accepted) == (None, 0.0)


def test_nothing_answered_has_no_calibration_error(tmp_path: Path) -> None:
    assert figures(tmp_path, "XY").calibration_error is None


def test_rows_without_a_known_position_are_skipped_and_counted(tmp_path: Path) -> None:
    table = write_table(tmp_path / "t.csv", "place,true_latitude,true_longitude\nA,35.9,36.6\nA,,\n")
    found = evaluate(FakeGazetteer(GAZETTEER), table)
    assert (found.rows, found.skipped) == (1, 1)


def test_the_known_positions_may_be_in_any_columns(tmp_path: Path) -> None:
    table = labelled(tmp_path, "A", lat="north", lon="east")
    found = evaluate(FakeGazetteer(GAZETTEER), table, true_lat="north", true_lon="east")
    assert found.within_km[1] == 1.0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "place,true_latitude,true_longitude\nA,95,136\n",
            "line 2: latitude must lie between -90 and 90, not 95",
        ),
        ("place,true_latitude,true_longitude\nA,35.9,\n", "line 2: '35.9', '' is not a position"),
        ("place,true_latitude,true_longitude\nA,north,36\n", "line 2: 'north', '36' is not a position"),
        ("place,true_latitude,true_longitude\nA,,\n", "--true-lat and --true-lon"),
        (
            "place,lat,lon\nA,1,2\n",
            "there is no column 'true_latitude'; the table has the columns place, lat",
        ),
        ("true_latitude,true_longitude\n1,2\n", "--place COLUMN"),
    ],
)
def test_a_table_that_cannot_be_measured_says_why(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(TableError) as caught:
        evaluate(FakeGazetteer(GAZETTEER), write_table(tmp_path / "t.csv", text))
    assert words in str(caught.value)


def test_the_figures_agree_with_the_scorer_of_the_shared_data(tmp_path: Path, shared: Path) -> None:
    table = labelled(tmp_path, "ABCDEXAAB")
    enrich_table(FakeGazetteer(GAZETTEER), table, tmp_path / "enriched.csv")
    command = [sys.executable, str(shared / "tools" / "score.py"), str(tmp_path / "enriched.csv"), "--json"]
    scored = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    ours = figures(tmp_path, "ABCDEXAAB").as_json()
    shared_names = ours.keys() & scored.keys()
    assert {name: ours[name] for name in shared_names} == {name: scored[name] for name in shared_names}
    assert len(shared_names) == 9


def test_the_labelled_tables_are_understood_without_options(tmp_path: Path, shared: Path) -> None:
    for name, rows in (("airwars_dev.csv", 2849), ("ucdp_dev.csv", 8236)):
        source, target = shared / "data" / "labelled" / name, tmp_path / name
        summary = enrich_table(FakeGazetteer(), source, target)
        assert (summary.rows, summary.columns.place) == (rows, "place")
        with (
            source.open(newline="", encoding="utf-8") as before,
            target.open(newline="", encoding="utf-8") as after,
        ):
            width = len(next(csv.reader(before)))
            assert [row[:width] for row in csv.reader(after)][1:] == list(csv.reader(before))
