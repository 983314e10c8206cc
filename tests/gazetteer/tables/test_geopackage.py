"""GeoPackages: a layer is a table; the rest of the file stays."""

import sqlite3
from pathlib import Path
from typing import Any

import geopandas
import pytest
from shapely.geometry import LineString, Point

from gazetteer.errors import TableError
from gazetteer.tables import enrich_table, read_table
from gazetteer.tables.table import ReadOptions, Source
from tests.gazetteer.tables.fake_gazetteer import FakeGazetteer, write_table


def a_package(path: Path, *, crs: int = 4326) -> Path:
    shapes: list[Any] = [Point(36.64, 35.94), None]
    points = geopandas.GeoSeries(shapes, crs=crs)
    frame = geopandas.GeoDataFrame({"place": ["Idlib", None], "n": [1, 2]}, geometry=points)
    frame.to_file(path, layer="strikes", driver="GPKG")
    roads = geopandas.GeoDataFrame({"name": ["M5"]}, geometry=[LineString([(36, 35), (37, 36)])], crs=4326)
    roads.to_file(path, layer="roads", driver="GPKG")
    return path


def test_a_layer_is_read_with_its_points_and_the_others_are_said(tmp_path: Path) -> None:
    table = read_table(a_package(tmp_path / "in.gpkg"))
    assert ("geom", ("layer 'strikes' was read; there are also roads",)) == (table.geometry, table.notes)
    assert [("1", "POINT (36.64 35.94)", "Idlib", "1"), ("2", "", "", "2")] == list(table.rows())
    roads = read_table(tmp_path / "in.gpkg", ReadOptions(sheet="roads"))
    assert [("1", "LINESTRING (36 35, 37 36)", "M5")] == list(roads.rows())
    with pytest.raises(TableError, match="has no layer 'rivers'; it has 'strikes', 'roads'"):
        read_table(tmp_path / "in.gpkg", ReadOptions(sheet="rivers"))


def test_columns_are_put_into_the_layer_and_everything_else_stays(tmp_path: Path) -> None:
    source = a_package(tmp_path / "in.gpkg")
    enrich_table(FakeGazetteer(), source, tmp_path / "out.gpkg")
    before, after = (
        geopandas.read_file(tmp_path / name, layer="strikes") for name in ("in.gpkg", "out.gpkg")
    )
    assert before.equals(after[before.columns])
    assert (["resolved", "invalid"], ["agrees", None]) == (
        list(after["gaz_status"]), [v if isinstance(v, str) else None for v in after["gaz_point_check"]],
    )  # fmt: skip
    assert 35.93062 == after["gaz_latitude"][0]
    roads = [geopandas.read_file(tmp_path / name, layer="roads") for name in ("in.gpkg", "out.gpkg")]
    assert roads[0].equals(roads[1])
    tables = []
    for name in ("in.gpkg", "out.gpkg"):
        connection = sqlite3.connect(tmp_path / name)
        tables.append(
            connection.execute("SELECT type, name FROM sqlite_master ORDER BY type, name").fetchall()
        )
        connection.close()
    assert tables[0] == tables[1]


def test_a_new_layer_has_points_that_gdal_reads(tmp_path: Path) -> None:
    source = write_table(tmp_path / "in.csv", "place,n\nIdlib,007\nNowhere,\n")
    enrich_table(FakeGazetteer(), source, tmp_path / "out.gpkg")
    frame = geopandas.read_file(tmp_path / "out.gpkg")
    assert ("EPSG:4326", "POINT (36.63393 35.93062)", "007") == (
        str(frame.crs), frame.geometry[0].wkt, frame["n"][0],
    )  # fmt: skip
    assert [False, True] == list(frame.geometry.isna())
    assert (0.95, 4000) == (frame["gaz_confidence"][0], frame["gaz_uncertainty_m"][0])


def test_shapes_that_are_not_in_wgs_84_give_no_position_and_it_is_said(tmp_path: Path) -> None:
    table = read_table(a_package(tmp_path / "in.gpkg", crs=32637))
    assert (None, True) == (table.geometry, "not in WGS 84 (EPSG:32637)" in table.notes[1])
    enrich_table(FakeGazetteer(), tmp_path / "in.gpkg", tmp_path / "out.gpkg")
    assert "EPSG:32637" == str(geopandas.read_file(tmp_path / "out.gpkg", layer="strikes").crs)


def test_columns_that_sqlite_takes_for_one_are_refused(tmp_path: Path) -> None:
    source = write_table(tmp_path / "in.csv", "place,N,n\nIdlib,1,2\n")
    with pytest.raises(TableError, match="can't have both the columns 'N' and 'n'"):
        enrich_table(FakeGazetteer(), source, tmp_path / "out.gpkg")
    assert ["in.csv"] == [path.name for path in tmp_path.iterdir()]


def test_a_database_that_is_no_geopackage_is_refused(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "in.gpkg")
    connection.execute("CREATE TABLE x (y)")
    connection.close()
    with pytest.raises(TableError, match="no GeoPackage, or a damaged one"):
        read_table(tmp_path / "in.gpkg")


def test_a_geopackage_may_come_as_bytes(tmp_path: Path) -> None:
    data = a_package(tmp_path / "in.gpkg").read_bytes()
    assert 2 == len(list(read_table(Source("upload", data=data)).rows()))
