"""Rows that name several places: one row with all of them, or with --explode a row for each."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from gazetteer.enrich import enrich_table
from gazetteer.errors import TableError
from gazetteer.geodesy import LatLon, distance_m
from gazetteer.review import Review
from gazetteer.review.frames import enrich_frame
from gazetteer.values import AdminUnit
from tests.gazetteer.review.reviewing import decisions_file
from tests.gazetteer.tables.fake_gazetteer import (
    IDLIB_CHAIN,
    FakeGazetteer,
    enriched,
    match,
    place,
    read_csv,
    write_table,
)
from tests.gazetteer.tables.workbooks import a_workbook, sheet_values

_OTHER = (IDLIB_CHAIN[0], AdminUnit(2, "SY0702", "Ariha", "أريحا"))
_IDLIB = place()
_ARIHA = place("Ariha", position=LatLon(35.81, 36.61), uncertainty_m=2000.0, admin=_OTHER)
_POINT = place("5 km north of Idlib", id="point:35.97,36.63", position=LatLon(35.975, 36.634), admin=())
_TEXT = "place,n\nAriha and Idlib (near the road) (damaged),1\nIdlib,2\n"


def _gazetteer() -> FakeGazetteer:
    found = FakeGazetteer()
    found.several = {
        "Ariha and Idlib": [match(_ARIHA, 0.8), match(_IDLIB, 0.9)],
        "Ariha and a point": [match(_ARIHA, 0.8), match(_POINT, 0.9)],
    }
    return found


def _rows(folder: Path, text: str = _TEXT, **options: Any) -> list[dict[str, str]]:
    return enriched(folder, text, options.pop("gazetteer", None) or _gazetteer(), **options)


def test_a_row_with_several_places_has_them_in_the_order_of_the_text_and_no_place_of_its_own(
    tmp_path: Path,
) -> None:
    row, alone = _rows(tmp_path)
    assert row["gaz_status"] == row["gaz_method"] == "several"
    assert json.loads(row["gaz_places"]) == [
        {
            "place_id": one.id, "name": one.name, "kind": "settlement", "latitude": one.position.latitude,
            "longitude": one.position.longitude, "uncertainty_m": one.uncertainty_m, "confidence": sure,
        }
        for one, sure in ((_ARIHA, 0.8), (_IDLIB, 0.9))
    ]  # fmt: skip
    assert ("", "", "", "0.8") == tuple(row[f"gaz_{n}"] for n in ("place_id", "name", "kind", "confidence"))
    listed = json.loads(row["gaz_alternatives"])  # the best first
    assert [("Idlib", 4000), ("Ariha", 2000)] == [(one["name"], one["uncertainty_m"]) for one in listed]
    assert ("near the road; damaged", "") == (row["gaz_unread"], alone["gaz_unread"])
    assert "[]" == alone["gaz_places"]


def test_its_position_areas_and_codes_are_those_of_the_smallest_circle_that_holds_all(tmp_path: Path) -> None:
    row, _ = _rows(tmp_path)
    centre = LatLon(float(row["gaz_latitude"]), float(row["gaz_longitude"]))
    reach = [distance_m(centre, one.position) + one.uncertainty_m for one in (_ARIHA, _IDLIB)]
    assert reach == [pytest.approx(float(row["gaz_uncertainty_m"]), abs=1.0)] * 2
    assert ("SY07", "Idleb", "", "") == tuple(
        row[f"gaz_adm{n}_{what}"] for n in (1, 2) for what in ("pcode", "name")
    )
    assert ("stated", "2", "2") == tuple(
        row[f"gaz_{n}"] for n in ("admin_method", "geo_precision", "where_prec")
    )


def test_a_point_agrees_that_agrees_with_one_of_several(tmp_path: Path) -> None:
    text = "place,lat,lon\nAriha and Idlib,35.81,36.61\nAriha and Idlib,35.0,36.0\n"
    rows = _rows(tmp_path, text)
    assert [("agrees", "0"), ("disagrees", "105")] == [
        (row["gaz_point_check"], row["gaz_point_distance_m"].removesuffix("000")[:3]) for row in rows
    ]


def test_exploded_rows_are_one_a_place_numbered_by_the_inputs_row(tmp_path: Path) -> None:
    rows = _rows(tmp_path, explode=True)
    assert [("1", "1", "several"), ("1", "1", "several"), ("2", "2", "resolved")] == [
        (row["n"], row["gaz_row"], row["gaz_status"]) for row in rows
    ]
    assert [("cg:ariha", "SY0702", "0.8"), ("cg:idlib", "SY0701", "0.9"), ("cg:idlib", "SY0701", "0.95")] == [
        (row["gaz_place_id"], row["gaz_adm2_pcode"], row["gaz_confidence"]) for row in rows
    ]
    assert ["2000", "4000", "4000"] == [row["gaz_uncertainty_m"] for row in rows]
    assert ["settlement"] * 3 == [row["gaz_kind"] for row in rows]


def test_the_number_of_the_inputs_row_goes_on_from_chunk_to_chunk(tmp_path: Path) -> None:
    rows = _rows(tmp_path, "place\n" + "Idlib\n" * 20_001 + "Ariha and Idlib\n", explode=True)
    assert ["20001", "20002", "20002"] == [row["gaz_row"] for row in rows[-3:]]


def test_a_computed_place_has_the_areas_of_its_position_in_its_row(tmp_path: Path) -> None:
    class Unknowing(FakeGazetteer):
        """Knows computed places by no id."""

        def places(self, **options: Any) -> Any:
            return (one for one in super().places() if not one.id.startswith("point:"))

    gazetteer = Unknowing()
    gazetteer.several = _gazetteer().several
    _, row = _rows(tmp_path, "place\nAriha and a point\n", explode=True, gazetteer=gazetteer)
    assert ("point:35.97,36.63", "SY0701", "nearest") == tuple(
        row[f"gaz_{name}"] for name in ("place_id", "adm2_pcode", "admin_method")
    )


def test_rows_that_are_exploded_are_not_exploded_again(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="has a column gaz_row already"):
        _rows(tmp_path, "place,gaz_row\nAriha and Idlib,1\n", explode=True, overwrite=True)
    assert not (tmp_path / "out.csv").exists()


def test_rows_are_counted_before_they_are_exploded(tmp_path: Path) -> None:
    source = write_table(tmp_path / "in.csv", _TEXT)
    summary = enrich_table(_gazetteer(), source, tmp_path / "out.csv", explode=True)
    assert (2, 1, 1) == (summary.rows, summary.statuses["resolved"], summary.statuses["several"])


def test_a_workbook_is_exploded_into_a_new_one_and_that_is_said(tmp_path: Path) -> None:
    source = a_workbook(tmp_path / "in.xlsx", [["A title"], ["place", "n"], ["Ariha and Idlib", 1]])
    summary = enrich_table(_gazetteer(), source, tmp_path / "out.xlsx", explode=True)
    written = sheet_values(tmp_path / "out.xlsx")
    assert (3, "Ariha and Idlib") == (len(written), written[2][0])
    assert "a row for each place is no copy of the file: its other parts were left out" in summary.notes


def test_a_decision_makes_one_place_of_several(tmp_path: Path) -> None:
    decisions = decisions_file(tmp_path / "d.csv", ("Ariha and Idlib", "", "cg:ariha", "Rana"))
    with Review(_gazetteer(), tmp_path / "out.csv", decisions=decisions) as stage:
        (row,) = _rows(tmp_path, "place\nAriha and Idlib\n", explode=True, stage=stage)
    assert ("resolved", "cg:ariha", "[]") == (row["gaz_status"], row["gaz_place_id"], row["gaz_places"])


def test_several_places_are_quoted_and_not_reviewed(tmp_path: Path) -> None:
    for text, sources in (
        ("Ariha and Idlib", ["test"]),
        ("Ariha and a point", ["test", "other"]),  # all where one is computed
    ):
        review, report = tmp_path / "r.csv", tmp_path / "r.html"
        with Review(_gazetteer(), tmp_path / "out.csv", review=review, report=report) as stage:
            _rows(tmp_path, f"place\n{text}\n", stage=stage)
        facts = json.loads((tmp_path / "out.csv.provenance.json").read_text("utf-8"))
        assert sources == [one["id"] for one in facts["sources"]]
        assert [] == read_csv(review)
        assert "several places, each sure enough" in report.read_text("utf-8")


def test_a_frame_is_exploded_with_the_index_of_its_rows() -> None:
    frame = pd.DataFrame({"place": ["Idlib", "Ariha and Idlib"]}, index=["a", "b"])
    found = enrich_frame(_gazetteer(), frame, explode=True)
    assert ["a", "b", "b"] == list(found.index)
    assert [1, 2, 2] == list(found["gaz_row"])
    assert ["Idlib", "Ariha", "Idlib"] == list(found["gaz_name"])
    assert [36.63393, 36.61, 36.63393] == list(found.geometry.x)


def test_the_rows_country_is_passed_on_unless_its_point_says_otherwise(tmp_path: Path) -> None:
    around = [place("North", position=LatLon(37.0, 38.0)), place("South", position=LatLon(35.2, 36.2))]
    for cells, country in (
        ("Turkey,,", "Turkey"),
        ("Syria,,", ""),
        (",,", ""),
        ("Turkey,36.0,37.0", ""),
        ("Turkey,38.5,37.0", "Turkey"),
    ):
        gazetteer = FakeGazetteer({"Idlib": [match(place())], "": [match(one) for one in around]})
        (row,) = _rows(tmp_path, f"place,country,lat,lon\nIdlib,{cells}\n", gazetteer=gazetteer)
        assert ({country}, country) == (set(gazetteer.countries), row["gaz_country"]), cells
