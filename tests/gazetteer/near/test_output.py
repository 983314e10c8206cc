"""What near writes: the table with what is near each row, in any format, and the counts."""

import csv
import datetime
import json
from pathlib import Path
from typing import Any

import pytest

from gazetteer.errors import TableError
from gazetteer.geodesy import LatLon
from gazetteer.incidents import Incidents, read_incidents
from gazetteer.near import NearAnswer, near
from gazetteer.near.near import near_properties
from gazetteer.tables import read_table
from gazetteer.tables.table import as_text
from tests.fakes import FakeGazetteer, a_place, an_incident

PLACES = [a_place(position=LatLon(35.93, 36.64)), a_place("Far", position=LatLon(33, 36), valid_to="2015")]
TABLE = """id,date,place,lat,lon,radius_m,certainty
a,2016-05-30,إدلب,35.93,36.63,0,sure
b,May 2016,Nowhere,,,,
c,2014-01-01,Idlib,35.93,36.7,9000,
d,,Idlib,33.001,36,,
"""


def an_answer(tmp_path: Path) -> NearAnswer:
    path = tmp_path / "incidents.csv"
    path.write_text(TABLE, encoding="utf-8")
    return near(read_incidents(path, FakeGazetteer()), PLACES, within_m=5000)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_csv_keeps_rows_and_columns_and_has_its_counts_beside_it(tmp_path: Path) -> None:
    written = an_answer(tmp_path).write(tmp_path / "near.csv")
    assert (tmp_path / "near.csv", tmp_path / "near.summary.json") == written
    first, second, _, _ = rows_of(tmp_path / "near.csv")
    assert ("إدلب", "sure", "certain", "1", "1") == tuple(
        first[n] for n in ("place", "table_certainty", "certainty", "count_certain", "count_possible")
    )
    assert ("test:saraqeb", "902.4", "1.0", "2016-05-30", "35.93", "36.63", "0") == tuple(
        first[n]
        for n in (
            "nearest_id",
            "distance_m",
            "probability",
            "incident_date",
            "incident_latitude",
            "incident_longitude",
            "incident_uncertainty_m",
        )
    )
    assert ("", "", "2016-05-01/2016-05-31", "no position: the place name is unresolved") == tuple(
        second[n] for n in ("certainty", "distance_m", "incident_date", "near_problems")
    )
    counts = json.loads((tmp_path / "near.summary.json").read_text(encoding="utf-8"))
    assert an_answer(tmp_path).as_json() == counts


def test_geojson_has_longitude_first_null_geometry_and_a_summary(tmp_path: Path) -> None:
    an_answer(tmp_path).write(tmp_path / "near.geojson")
    written = json.loads((tmp_path / "near.geojson").read_text(encoding="utf-8"))
    first, second, *_ = written["features"]
    assert ("FeatureCollection", 4, 2) == (
        written["type"],
        written["summary"]["incidents"],
        written["summary"]["certain"],
    )
    assert {"type": "Point", "coordinates": [36.63, 35.93]} == first["geometry"]
    assert (None, None) == (second["geometry"], second["properties"]["distance_m"])
    assert not (tmp_path / "near.summary.json").exists()


def test_every_format_holds_the_same_answer(tmp_path: Path) -> None:
    answer = an_answer(tmp_path)
    answer.write(tmp_path / "near.csv")
    expected = [
        tuple(row[name] for name in ("id", "nearest_id", "certainty", "near_problems", "incident_date"))
        for row in rows_of(tmp_path / "near.csv")
    ]
    for suffix in (".tsv", ".xlsx", ".parquet", ".geojson", ".gpkg", ".jsonl"):
        answer.write(tmp_path / f"near{suffix}")
        table = read_table(tmp_path / f"near{suffix}")
        places = [
            table.columns.index(name)
            for name in ("id", "nearest_id", "certainty", "near_problems", "incident_date")
        ]
        assert expected == [tuple(row[at] for at in places) for row in table.rows()], suffix


def test_the_columns_of_many_are_those_of_each_alone(tmp_path: Path) -> None:
    answer = an_answer(tmp_path)
    answer.write(tmp_path / "near.csv")
    for row, written in zip(answer.rows, rows_of(tmp_path / "near.csv"), strict=True):
        told: dict[str, Any] = near_properties(row)
        assert {name: as_text(told[name]) for name in told} == {name: written[name] for name in told}


def test_only_the_incidents_asked_about_are_written(tmp_path: Path) -> None:
    answer = an_answer(tmp_path)
    answer.take((answer.incidents.last_days < datetime.date(2016, 1, 1).toordinal()).nonzero()[0]).write(
        tmp_path / "near.csv"
    )
    assert ["c"] == [row["id"] for row in rows_of(tmp_path / "near.csv")]


def test_incidents_that_are_values_are_written_with_their_own_columns(tmp_path: Path) -> None:
    values = [an_incident(properties={"place": "Idlib", "killed": "007"}), an_incident(position=None)]
    near(Incidents.of(values), PLACES, within_m=5000).write(tmp_path / "near.csv")
    assert [("Idlib", "007", "certain"), ("Idlib", "", "")] == [
        (row["place"], row["killed"], row["certainty"]) for row in rows_of(tmp_path / "near.csv")
    ]


def test_another_suffix_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    answer = an_answer(tmp_path)
    with pytest.raises(TableError, match=r"near\.ods can't be written as a table"):
        answer.write(tmp_path / "near.ods")
    assert ["incidents.csv"] == [path.name for path in tmp_path.iterdir()]


def test_the_table_that_is_asked_about_is_never_written_over(tmp_path: Path) -> None:
    answer = an_answer(tmp_path)
    with pytest.raises(TableError, match="is the input"):
        answer.write(tmp_path / "incidents.csv")
    assert TABLE == (tmp_path / "incidents.csv").read_text(encoding="utf-8")
