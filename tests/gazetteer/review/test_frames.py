"""A frame in, a GeoDataFrame out: nothing of the frame changes, and what is missing is missing."""

from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from gazetteer import Gazetteer, InputError, TableError
from gazetteer.enrich import GAZ_COLUMNS, enrich_table
from gazetteer.geodesy import LatLon
from tests.builders import a_gazetteer_file, a_record
from tests.gazetteer.review.reviewing import decisions_file


@pytest.fixture(scope="module")
def gazetteer(tmp_path_factory: pytest.TempPathFactory) -> Gazetteer:
    aleppo = a_record(id="cg:aleppo", name="Aleppo", name_ar="حلب", position=LatLon(36.2, 37.15))
    return Gazetteer.open(
        a_gazetteer_file(tmp_path_factory.mktemp("frames") / "f.gpkg", [a_record(), aleppo])
    )


def a_frame(**columns: Any) -> pd.DataFrame:
    values = {"place": ["Saraqib", None, "Kafr Nowhere"], "killed": pd.array([1, None, 3], dtype="Int64")}
    return pd.DataFrame({**values, **columns})


def test_index_columns_and_types_stay_as_they_are(gazetteer: Gazetteer) -> None:
    frame = a_frame(
        when=pd.to_datetime(["2016-05-30"] * 3), kind=pd.Categorical(["a", "b", "a"]), list=[[1], {}, None]
    )
    frame.index = pd.Index(["x", "x", "y"], name="case")
    before = frame.copy(deep=True)
    result = gazetteer.enrich(frame)
    pd.testing.assert_frame_equal(before, pd.DataFrame(result)[list(frame.columns)])
    pd.testing.assert_frame_equal(before, frame)
    assert [*frame.columns, *GAZ_COLUMNS, "gaz_geometry"] == list(result.columns)


def test_what_is_missing_is_missing_and_never_a_word(gazetteer: Gazetteer) -> None:
    result = gazetteer.enrich(a_frame())
    assert ["resolved", "invalid", "unresolved"] == list(result["gaz_status"])
    blank = result.iloc[1].drop(["place", "killed", "gaz_status", "gaz_alternatives", "gaz_places"])
    assert blank.isna().all()
    assert {"string", "Float64", "Int64", "object", "geometry"} == {
        str(kind) for name, kind in result.dtypes.items() if str(name).startswith("gaz_")
    }
    assert [] == result["gaz_alternatives"].iloc[1] == result["gaz_places"].iloc[1]
    empty = gazetteer.enrich(a_frame().iloc[:0])
    assert (0, "Float64") == (len(empty), str(empty["gaz_latitude"].dtype))


def test_points_are_the_geometry_in_wgs_84(gazetteer: Gazetteer) -> None:
    result = gazetteer.enrich(a_frame())
    found = gazetteer.resolve("Saraqib").best
    assert found is not None
    assert isinstance(result, gpd.GeoDataFrame)
    assert ("gaz_geometry", 4326) == (result.geometry.name, result.crs and result.crs.to_epsg())
    position = found.place.position
    assert result.geometry.iloc[0].equals(shapely.Point(position.longitude, position.latitude))
    assert [False, True, True] == list(result.geometry.isna())


def test_a_frame_gets_what_a_file_gets(gazetteer: Gazetteer, tmp_path: Path) -> None:
    frame = a_frame(lat=[35.86, 33.5, None], lon=[36.8, 36.3, None], area=["Idleb", "", None])
    frame.to_csv(tmp_path / "in.csv", index=False)
    enrich_table(gazetteer, tmp_path / "in.csv", tmp_path / "out.csv")
    from_file = pd.read_csv(tmp_path / "out.csv", dtype="string")
    result = gazetteer.enrich(frame)
    for name in from_file.columns.drop(["gaz_alternatives", "gaz_places"]):
        expected = from_file[name].astype(result[name].dtype)
        pd.testing.assert_series_equal(expected, result[name].replace("", pd.NA), check_dtype=False)


def test_a_geometry_of_points_is_the_position_that_rows_bring(gazetteer: Gazetteer) -> None:
    points = gpd.GeoSeries.from_wkt(["POINT (36.8 35.86)", "POINT (37 36)"], crs=4326).reindex(range(3))
    frame = gpd.GeoDataFrame(a_frame(), geometry=points).to_crs(32637)
    result = gazetteer.enrich(frame)
    assert ["agrees", "unchecked", ""] == list(result["gaz_point_check"].fillna(""))
    assert ("gaz_geometry", 32637) == (result.geometry.name, result["geometry"].crs.to_epsg())


def test_decisions_win_in_a_frame_too(gazetteer: Gazetteer, tmp_path: Path) -> None:
    decisions = decisions_file(tmp_path / "d.csv", ("Kafr Nowhere", "", "cg:aleppo", "Rana"))
    result = gazetteer.enrich(a_frame(), decisions=decisions)
    assert ("Aleppo", "Rana") == tuple(result.iloc[2][["gaz_name", "gaz_decided_by"]])
    assert result["gaz_decided_by"].iloc[0] is pd.NA


def test_the_result_says_where_it_is_from_and_shows_itself(gazetteer: Gazetteer) -> None:
    result = gazetteer.enrich(a_frame())
    facts = result.attrs["gazetteer"]
    assert gazetteer.info().content_hash == facts["content_hash"]
    assert {"resolved": 1, "several": 0, "ambiguous": 0, "unresolved": 1, "invalid": 1} == facts["rows"]
    assert ["Nobody"] == facts["attribution"]
    assert "Saraqib" in repr(result) and "<table" in result.to_html()


def test_gaz_columns_are_replaced_only_when_asked(gazetteer: Gazetteer) -> None:
    once = gazetteer.enrich(a_frame())
    with pytest.raises(TableError, match=r"already has the column gaz_status: .* with overwrite=True"):
        gazetteer.enrich(once)
    again = gazetteer.enrich(once, overwrite=True)
    pd.testing.assert_frame_equal(pd.DataFrame(once), pd.DataFrame(again))


def test_a_frame_that_cannot_be_used_is_refused_in_a_sentence(gazetteer: Gazetteer) -> None:
    for frame, said in (
        (pd.DataFrame([["a", "b"]], columns=["place", "place"]), "more than one column named 'place'"),
        (pd.DataFrame({"what": ["x"]}), "it has the columns what: name the right one with place=COLUMN"),
        (pd.DataFrame({("place", "en"): ["x"]}), "2 levels of column names: flatten them to one"),
        (
            gpd.GeoDataFrame(geometry=gpd.points_from_xy([36.8], [35.9])),
            r"tell it with frame.set_crs\(4326\)",
        ),
    ):
        with pytest.raises(TableError, match=said):
            gazetteer.enrich(frame)
    with pytest.raises(InputError, match="a pandas or geopandas frame is needed, not list"):
        gazetteer.enrich([{"place": "Idlib"}])  # type: ignore[arg-type]


def test_numbers_may_name_columns(gazetteer: Gazetteer) -> None:
    result = gazetteer.enrich(pd.DataFrame({0: ["Saraqib"], "place": ["Saraqib"]}))
    assert [0, "place", "gaz_status"] == list(result.columns[:3])
    assert "Saraqib" == gazetteer.enrich(pd.DataFrame({0: ["Saraqib"]}), place="0")["gaz_name"].iloc[0]
