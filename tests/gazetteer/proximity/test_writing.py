import csv
import json
from pathlib import Path

import pytest

from gazetteer.coords import LatLon
from gazetteer.errors import InputError
from gazetteer.proximity import NearAnswer, near, write_near
from tests.fakes import a_place, an_incident


def an_answer() -> NearAnswer:
    incidents = [
        an_incident(id="a", properties={"place": "إدلب", "certainty": "sure"}),
        an_incident(
            id="b", position=None, date=None, properties={"place": "Nowhere"}, problems=("no position",)
        ),
    ]
    return near(incidents, [a_place(position=LatLon(35.93, 36.64))], within_m=5000)


def test_geojson_has_longitude_first_null_geometry_and_a_summary(tmp_path: Path) -> None:
    write_near(an_answer(), tmp_path / "near.geojson")
    written = json.loads((tmp_path / "near.geojson").read_text(encoding="utf-8"))
    first, second = written["features"]
    assert "FeatureCollection" == written["type"]
    assert (2, 1, 1) == tuple(
        written["summary"][name] for name in ("incidents", "certain", "without_position")
    )
    assert {"type": "Point", "coordinates": [36.63, 35.93]} == first["geometry"]
    assert ("a", "test:saraqeb", "Saraqeb", "certain", 1) == (
        first["id"],
        *(first["properties"][name] for name in ("nearest_id", "nearest_name", "certainty", "count_within")),
    )
    assert 902 == pytest.approx(first["properties"]["distance_m"], abs=1)
    assert (None, None, "", "no position") == (
        second["geometry"],
        *(second["properties"][name] for name in ("distance_m", "certainty", "near_problems")),
    )


def test_csv_keeps_the_rows_and_their_columns_and_replaces_those_of_the_answer(tmp_path: Path) -> None:
    written = write_near(an_answer(), tmp_path / "near.csv")
    assert (tmp_path / "near.csv", tmp_path / "near.summary.json") == written
    with (tmp_path / "near.csv").open(encoding="utf-8", newline="") as file:
        first, second = csv.DictReader(file)
    assert ("إدلب", "certain", "1") == (first["place"], first["certainty"], first["count_within"])
    summary = json.loads((tmp_path / "near.summary.json").read_text(encoding="utf-8"))
    assert ("1.0", "1", "1") == tuple(first[n] for n in ("probability", "count_certain", "count_possible"))
    assert "" == second["probability"]
    assert an_answer().summary.as_json() == summary
    assert ("Nowhere", "", "") == (second["place"], second["certainty"], second["distance_m"])


def test_another_suffix_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"\.geojson or \.csv"):
        write_near(an_answer(), tmp_path / "near.xlsx")
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["near.geojson", "near.csv"])
def test_a_file_that_was_there_stays_when_writing_fails(tmp_path: Path, name: str) -> None:
    target = tmp_path / name
    target.write_text("before")
    broken = near([an_incident(properties={"place": object()})], [], within_m=1)
    with pytest.raises((TypeError, AttributeError)):
        write_near(broken, target)
    assert ([name], "before") == ([p.name for p in tmp_path.iterdir()], target.read_text())
