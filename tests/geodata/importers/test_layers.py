"""Files are told apart by what is in them."""

import datetime
import zipfile
from pathlib import Path

from geodata.readers import cell_text, open_layers
from tests.upstream_builders import (
    geojson,
    geonames_line,
    geonames_zip,
    old_schema,
    only_layer,
    osm_feature,
    populated_places,
    settlement,
)


def test_a_cell_is_the_text_that_its_writer_saw() -> None:
    for value, expected in (
        (None, ""),
        (float("nan"), ""),
        ("حلب ", "حلب "),
        (3, "3"),
        (3.0, "3"),
        (35.25, "35.25"),
        (datetime.datetime(2018, 12, 19, 0, 0), "2018-12-19"),  # noqa: DTZ001 - as a workbook gives it
    ):
        assert expected == cell_text(value)


def test_the_name_of_a_file_does_not_decide_what_it_is(tmp_path: Path) -> None:
    for form, suffix in ((".xlsx", ".xlsx"), (".csv", ".csv"), (".csv", ".txt"), (".csv", ".data")):
        folder = tmp_path / suffix
        folder.mkdir()
        populated_places(folder / f"places{form}", [settlement()]).rename(folder / f"x{suffix}")
        assert "admin4Pcode" in only_layer(folder).columns, suffix


def test_a_shapefile_is_one_layer_with_all_its_parts(tmp_path: Path) -> None:
    old_schema(tmp_path / "adm3.shp")
    assert only_layer(tmp_path).form == "vector"
    assert len(list(tmp_path.iterdir())) >= 4


def test_a_zip_in_a_zip_is_looked_into_and_nothing_is_left_behind(tmp_path: Path) -> None:
    old_schema(tmp_path / "adm3.shp")
    with zipfile.ZipFile(tmp_path / "inner.zip", "w") as inner:
        for part in tmp_path.glob("adm3.*"):
            inner.write(part, part.name)
            part.unlink()
    with zipfile.ZipFile(tmp_path / "outer.zip", "w") as outer:
        outer.write(tmp_path / "inner.zip", "inner.zip")
    (tmp_path / "inner.zip").unlink()
    with open_layers(tmp_path) as (layers, skipped):
        assert (["outer.zip/inner.zip/adm3.shp"], {}) == ([layer.shown for layer in layers], skipped)
        assert len(list(layers[0].rows())) == 4
        unpacked = layers[0].path
    assert not unpacked.exists()


def test_a_member_that_points_out_of_its_zip_stays_inside(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    with zipfile.ZipFile(folder / "evil.zip", "w") as archive:
        archive.writestr("../../evil.csv", "a,b\n1,2\n")
    with open_layers(folder) as (layers, _):
        assert [layer.columns for layer in layers] == [("a", "b")]
    assert [path.name for path in tmp_path.rglob("*")] == ["in", "evil.zip"]


def test_what_cannot_be_read_is_named_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR")
    (tmp_path / "empty.csv").touch()
    with open_layers(tmp_path) as (layers, skipped):
        assert layers == []
        assert ["empty.csv", "picture.png"] == list(skipped)
        assert all(skipped.values())


def test_geonames_lines_have_no_header_and_keep_quotation_marks(tmp_path: Path) -> None:
    geonames_zip(tmp_path / "SY.zip", [geonames_line(name='The "Hill'), geonames_line(geonameid=2)])
    with open_layers(tmp_path) as (layers, _):
        lines = next(layer for layer in layers if layer.form == "lines")
        assert ['The "Hill', "Sarāqib"] == [row.text("1") for row in lines.rows()]


def test_geojson_is_read_as_features(tmp_path: Path) -> None:
    geojson(tmp_path / "export.json", [osm_feature(36.5, 35.5, amenity="hospital")])
    (row,) = only_layer(tmp_path).rows()
    assert row.geometry is not None
    assert (36.5, 35.5) == (row.geometry.centroid.x, row.geometry.centroid.y)


def test_a_layer_in_another_projection_is_turned_into_degrees(tmp_path: Path) -> None:
    import geopandas

    path = old_schema(tmp_path / "adm3.gpkg")
    geopandas.read_file(path).to_crs("EPSG:32637").to_file(tmp_path / "utm.gpkg")
    path.unlink()
    rows = list(only_layer(tmp_path).rows())
    assert rows[0].geometry is not None
    assert (36.0, 35.0) == tuple(round(edge, 6) for edge in rows[0].geometry.bounds[:2])
