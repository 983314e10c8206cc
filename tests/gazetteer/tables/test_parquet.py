"""Parquet: columns of any type stay what they are; shapes are GeoParquet's."""

import json
from pathlib import Path
from typing import Any

import geopandas
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from shapely.geometry import Point

from gazetteer.errors import TableError
from gazetteer.tables import Column, Layout, Part, RowsTable, read_table, write_table


def test_nested_and_precise_columns_stay_as_they_are(tmp_path: Path) -> None:
    person = pa.struct([("name", pa.string()), ("n", pa.int8())])
    table = pa.table(
        {
            "place": pa.array(["Idlib", None, "Aleppo"]).dictionary_encode(),
            "who": pa.array([[{"name": "a", "n": 1}], None, []], pa.list_(person)),
            "when": pa.array([1, None, 3], pa.timestamp("ns", tz="UTC")),
            "cost": pa.array(["1.10", None, "2.00"]).cast(pa.decimal128(9, 2)),
            "tags": pa.array([[("k", 1)], None, []], pa.map_(pa.string(), pa.int32())),
            "raw": pa.array([b"\0\xff", None, b""]),
        },
        metadata={"mine": "kept"},
    )  # fmt: skip
    pq.write_table(table, tmp_path / "in.parquet", row_group_size=2)
    source = read_table(tmp_path / "in.parquet")
    layout = Layout(source.columns, (Column("added", "number"), Column("n", "integer")))
    parts = (Part(chunk, [(0.5, 7)] * len(chunk)) for chunk in source.chunks(2))
    write_table(tmp_path / "out.parquet", source, layout, parts)
    found = pq.read_table(tmp_path / "out.parquet")
    assert table.equals(found.select(table.column_names))
    assert [*table.schema.types, pa.float64(), pa.int64()] == found.schema.types
    assert b"kept" == found.schema.metadata[b"mine"]
    text = (
        "Idlib",
        '[{"name": "a", "n": 1}]',
        "1970-01-01 00:00:00.000000001+00:00",
        "1.10",
        '[["k", 1]]',
        "00ff",
    )
    assert text == next(source.rows())
    write_table(tmp_path / "out.csv", source)
    assert text == next(read_table(tmp_path / "out.csv").rows())


def test_added_points_are_geoparquet(tmp_path: Path) -> None:
    table = RowsTable(("place",), [("Idlib",), ("Nowhere",)])
    parts = [Part(chunk, [((36.6, 35.9),), (None,)]) for chunk in table.chunks()]
    write_table(tmp_path / "out.parquet", table, Layout(("place",), (Column("where", "point"),)), parts)
    geo = json.loads(pq.read_metadata(tmp_path / "out.parquet").metadata[b"geo"])
    column = {"encoding": "WKB", "geometry_types": ["Point"], "added": True, "bbox": [36.6, 35.9, 36.6, 35.9]}
    assert {"version": "1.1.0", "primary_column": "where", "columns": {"where": column}} == geo
    assert "OGC:CRS84" == str(geopandas.read_parquet(tmp_path / "out.parquet").crs)


def test_shapes_in_another_system_are_read_in_wgs_84_and_written_back_as_they_were(tmp_path: Path) -> None:
    points: Any = [Point(36.64, 35.94), None]
    shapes = geopandas.GeoSeries(points, crs=4326).to_crs(32637)
    frame = geopandas.GeoDataFrame({"place": ["Idlib", "x"]}, geometry=shapes)
    frame.to_parquet(tmp_path / "in.parquet")
    source = read_table(tmp_path / "in.parquet")
    assert ("geometry", ()) == (source.geometry, source.notes)
    point, nothing = next(source.chunks()).values("geometry")
    assert (36.64, 35.94) == pytest.approx((point.x, point.y))
    assert nothing is None
    write_table(tmp_path / "out.parquet", source)
    assert frame.equals(geopandas.read_parquet(tmp_path / "out.parquet"))
    write_table(tmp_path / "out.geojson", source)
    assert '"coordinates": [36.6' in (tmp_path / "out.geojson").read_text()


def test_shapes_whose_system_is_unknown_are_no_positions_and_it_is_said(tmp_path: Path) -> None:
    frame = geopandas.GeoDataFrame({"place": ["Idlib"]}, geometry=[Point(1, 2)])
    frame.to_parquet(tmp_path / "in.parquet")  # with a null for the system
    source = read_table(tmp_path / "in.parquet")
    assert source.geometry is None
    assert (
        "the shapes in geometry have an unknown reference system or form: no position was read",
    ) == source.notes


def test_curves_and_bytes_that_are_no_shapes_are_one_sentence(tmp_path: Path) -> None:
    curves = (bytes([1, kind, *bytes(7)]) for kind in range(8, 13))
    for blob in (*curves, b"\x01", b""):
        table = pa.table({"geometry": [blob]})
        geo = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": {"encoding": "WKB"}}}
        pq.write_table(table.replace_schema_metadata({"geo": json.dumps(geo)}), tmp_path / "in.parquet")
        with pytest.raises(TableError, match="a shape in the column geometry can't be read"):
            list(read_table(tmp_path / "in.parquet").rows())


def test_text_that_is_no_utf_8_is_found_before_any_work(tmp_path: Path) -> None:
    pq.write_table(
        pa.table({"place": ["Idlib"]}), tmp_path / "in.parquet", compression="none", use_dictionary=False
    )
    content = (tmp_path / "in.parquet").read_bytes()
    for damaged in (content.replace(b"Idlib", b"Idl\xff\xff"), content.replace(b"place", b"plac\xff")):
        (tmp_path / "in.parquet").write_bytes(damaged)
        with pytest.raises(TableError, match="damaged Parquet file"):
            read_table(tmp_path / "in.parquet").check()
