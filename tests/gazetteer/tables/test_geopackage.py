"""GeoPackages: a layer is a table; the rest of the file stays."""

import sqlite3
from pathlib import Path
from typing import Any

import geopandas
import pyogrio
import pytest
from shapely.geometry import LineString, Point

from gazetteer.errors import TableError
from gazetteer.tables import (
    Column,
    Layout,
    Part,
    ReadOptions,
    RowsTable,
    WriteOptions,
    read_table,
    write_table,
)
from gazetteer.tables.formats import geopackage


def a_package(path: Path, *, crs: int = 4326) -> Path:
    shapes: list[Any] = [Point(36.64, 35.94), None]
    points = geopandas.GeoSeries(shapes, crs=4326).to_crs(crs)
    frame = geopandas.GeoDataFrame({"place": ["Idlib", None], "n": [1, 2]}, geometry=points)
    frame.to_file(path, layer="strikes", driver="GPKG")
    roads = geopandas.GeoDataFrame({"name": ["M5"]}, geometry=[LineString([(36, 35), (37, 36)])], crs=4326)
    roads.to_file(path, layer="roads", driver="GPKG")
    return path


def changed(path: Path, statement: str) -> None:
    with sqlite3.connect(path) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f'DROP TRIGGER "{name}"')  # they need GDAL's functions
        connection.execute(statement)
    connection.close()


def test_a_layer_is_read_with_its_points_and_the_others_are_said(tmp_path: Path) -> None:
    table = read_table(a_package(tmp_path / "in.gpkg"))
    assert ("geom", ("layer 'strikes' was read; there are also roads",)) == (table.geometry, table.notes)
    assert ("strikes", ("strikes", "roads")) == (table.sheet, table.sheets)
    assert [("1", "POINT (36.64 35.94)", "Idlib", "1"), ("2", "", "", "2")] == list(table.rows())
    roads = read_table(tmp_path / "in.gpkg", ReadOptions(sheet="roads"))
    assert [("1", "LINESTRING (36 35, 37 36)", "M5")] == list(roads.rows())
    with pytest.raises(TableError, match="has no layer 'rivers'; it has 'strikes', 'roads'"):
        read_table(tmp_path / "in.gpkg", ReadOptions(sheet="rivers"))


def test_columns_are_put_into_the_layer_and_everything_else_stays(tmp_path: Path) -> None:
    source = read_table(a_package(tmp_path / "in.gpkg"))
    layout = Layout(("fid", "geom", "place"), (Column("status", "text"), Column("where", "point")))
    parts = [Part(chunk, [("resolved", (1.0, 2.0)), (None, None)]) for chunk in source.chunks()]
    write_table(tmp_path / "out.gpkg", source, layout, parts)
    files = (tmp_path / "in.gpkg", tmp_path / "out.gpkg")
    before, after = (geopandas.read_file(path, layer="strikes") for path in files)
    assert before.drop(columns="n").equals(after[["place", "geometry"]])
    assert ["resolved", None] == [one if isinstance(one, str) else None for one in after["status"]]
    before, after = (geopandas.read_file(path, layer="roads") for path in files)
    assert before.equals(after)
    first, second = (
        sqlite3.connect(path).execute("SELECT type, name FROM sqlite_master ORDER BY 1, 2").fetchall()
        for path in files
    )
    assert first == second


def test_some_rows_of_a_layer_are_a_new_file_with_their_shapes(tmp_path: Path) -> None:
    source = read_table(a_package(tmp_path / "in.gpkg", crs=32637))
    parts = [Part(chunk.take([0]), [()]) for chunk in source.chunks()]
    write_table(tmp_path / "out.gpkg", source, Layout(("geom", "place")), parts, WriteOptions(whole=False))
    frame = geopandas.read_file(tmp_path / "out.gpkg")
    assert ("EPSG:4326", ["Idlib"]) == (str(frame.crs), list(frame["place"]))
    assert (36.64, 35.94) == pytest.approx((frame.geometry.x[0], frame.geometry.y[0]))
    assert ["table"] == [name for name, _ in pyogrio.list_layers(tmp_path / "out.gpkg")]
    write_table(tmp_path / "out.gpkg", source, Layout(("place", "n")))  # without the key that it needs
    assert [("Idlib", "1"), ("", "2")] == list(read_table(tmp_path / "out.gpkg").rows())


def test_a_new_layer_has_types_and_bounds_and_a_key_that_no_column_has(tmp_path: Path) -> None:
    table = RowsTable(("place", "FID"), [("Idlib", "007"), ("Nowhere", None)])
    layout = Layout(("place", "FID"), (Column("sure", "number"), Column("where", "point")))
    parts = [Part(chunk, [(0.95, (36.6, 35.9)), (None, None)]) for chunk in table.chunks()]
    write_table(tmp_path / "out.gpkg", table, layout, parts)
    info = pyogrio.read_info(tmp_path / "out.gpkg")
    assert ("fid_", "EPSG:4326", "Point", (36.6, 35.9, 36.6, 35.9)) == (
        info["fid_column"], info["crs"], info["geometry_type"], info["total_bounds"],
    )  # fmt: skip
    assert [("place", "object"), ("FID", "object"), ("sure", "float64")] == list(
        zip(info["fields"], info["dtypes"], strict=True)
    )
    assert table.columns == read_table(tmp_path / "out.gpkg").columns[:2]


def test_shapes_in_any_known_system_are_read_in_wgs_84_and_stay_as_they_were(tmp_path: Path) -> None:
    for how in ("code", "definition"):
        path = a_package(tmp_path / f"{how}.gpkg", crs=32637)
        if how == "definition":  # a code that only its maker knows
            changed(path, "UPDATE gpkg_spatial_ref_sys SET organization = 'MINE' WHERE srs_id = 32637")
        table = read_table(path)
        assert "geom" == table.geometry
        point = next(table.chunks()).values("geom")[0]
        assert (36.64, 35.94) == pytest.approx((point.x, point.y))
        write_table(tmp_path / "out.gpkg", table)
        before, after = (geopandas.read_file(one, layer="strikes") for one in (path, tmp_path / "out.gpkg"))
        assert before.geometry.equals(after.geometry)


def test_shapes_whose_system_is_unknown_are_no_positions_and_it_is_said(tmp_path: Path) -> None:
    path = a_package(tmp_path / "in.gpkg", crs=32637)
    changed(
        path, "UPDATE gpkg_spatial_ref_sys SET organization = 'MINE', definition = 'x' WHERE srs_id = 32637"
    )
    table = read_table(path)
    assert (None, True) == (table.geometry, "unknown reference system (MINE:32637)" in table.notes[-1])


def test_what_is_wrong_in_a_layer_is_one_sentence(tmp_path: Path) -> None:
    curve = "X'47500001E6100000" + "0108000000" + "03000000" + "00" * 48 + "'"  # CIRCULARSTRING
    for statement, words in (
        (f"UPDATE strikes SET geom = {curve}", "a shape of .* can't be read"),
        ("UPDATE strikes SET geom = 'text'", "a shape of .* can't be read"),
        *(
            (f"UPDATE strikes SET geom = {curve.replace('0108', f'01{kind:02x}')}", "can't be read")
            for kind in (9, 10, 11, 12)
        ),
        ("UPDATE strikes SET place = CAST(X'FF' AS TEXT)", "no GeoPackage, or a damaged one"),
        (
            "UPDATE gpkg_contents SET table_name = CAST(X'FF' AS TEXT) WHERE rowid = 1",
            "no GeoPackage, or a damaged one",
        ),
        ("UPDATE gpkg_geometry_columns SET column_name = 'shape'", "lacks its column of shapes, .shape."),
    ):
        path = a_package(tmp_path / "in.gpkg")
        changed(path, statement)
        with pytest.raises(TableError, match=words) as caught:
            read_table(path).check()
        assert "\n" not in str(caught.value)
        path.unlink()
    (tmp_path / "in.gpkg").unlink(missing_ok=True)
    connection = sqlite3.connect(tmp_path / "in.gpkg")
    connection.execute("CREATE TABLE x (y)")
    connection.close()
    with pytest.raises(TableError, match="no GeoPackage, or a damaged one"):
        read_table(tmp_path / "in.gpkg")


def test_views_which_may_be_without_end_are_refused(tmp_path: Path) -> None:
    endless = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x AS place FROM c"
    for named, query in (
        ("strikes", "SELECT * FROM roads"),
        ("strikes", endless),
        ("gpkg_contents", endless),
    ):
        path = a_package(tmp_path / "in.gpkg")
        changed(path, f"DROP TABLE {named}")
        changed(path, f"CREATE VIEW {named} AS {query}")
        with pytest.raises(TableError, match=f"{named}"):
            read_table(path)
        path.unlink()


def test_a_query_that_takes_too_long_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(geopackage, "_PATIENCE_S", -1.0)
    monkeypatch.setattr(geopackage, "_STEPS", 1)
    with pytest.raises(TableError, match="interrupted"):
        read_table(a_package(tmp_path / "in.gpkg"))


def test_columns_that_sqlite_takes_for_one_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="can't have both the columns 'N' and 'n'"):
        write_table(tmp_path / "out.gpkg", RowsTable(("place", "N", "n"), [("Idlib", 1, 2)]))
    assert [] == list(tmp_path.iterdir())
