"""What a written gazetteer file promises: whole or not at all, repeatable, a GeoPackage."""

import contextlib
import fcntl
import random
import sqlite3
import subprocess
import sys
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pyogrio
import pyproj
import pytest
import shapely

from gazetteer.errors import GazetteerFileError, InputError
from gazetteer.geodesy import LatLon
from gazetteer.kinds import PlaceKind
from gazetteer.store import AreaRecord, GazetteerReader, PlaceRecord, write_gazetteer
from gazetteer.store.geopackage import read_bounds
from tests.builders import a_gazetteer_file, a_place, a_record, a_source, a_spelling, a_square, an_area

IDLIB = a_record(
    id="C3871", name="Idlib", name_ar="إدلب", position=LatLon(35.93, 36.63), spellings=("Idleb", "ادلب")
)
SARAQIB = a_record()
LINE = shapely.LineString([(36.63, 35.9), (36.7, 35.88), (36.79, 35.87)])
RIVER = replace(
    a_record(id="osm:way/1", name="A river", kind=PlaceKind.RIVER, position=LatLon(35.88, 36.7)),
    shape_wkb=shapely.to_wkb(LINE),
)


def folder_of(path: Path) -> list[str]:
    return sorted(entry.name for entry in path.parent.iterdir())


def test_gdal_opens_every_layer_without_a_warning(tmp_path: Path) -> None:
    areas = [an_area(simple_wkb=a_square(36, 35))]
    path = a_gazetteer_file(tmp_path / "g.gpkg", [IDLIB, SARAQIB, RIVER], areas=areas, note="ملف")
    empty = a_gazetteer_file(tmp_path / "empty.gpkg", [])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        layers = dict(pyogrio.list_layers(path).tolist())
        frames = {name: pyogrio.read_dataframe(path, layer=name) for name in layers}
        bounds = pyogrio.read_info(path, layer="places", force_total_bounds=True)["total_bounds"]
        assert 0 == len(pyogrio.read_dataframe(empty, layer="places"))
    assert layers == {
        "places": "Point", "areas": "MultiPolygon", "areas_simple": "MultiPolygon", "shapes": "Unknown",
        "spellings": None, "sources": None, "manifest": None, "issues": None,
    }  # fmt: skip
    assert frames["places"].crs == "EPSG:4326"
    assert [(p.x, p.y) for p in frames["places"].geometry][:2] == [(36.63, 35.93), (36.799, 35.863)]
    assert frames["places"]["name_ar"].tolist()[:2] == ["إدلب", "سراقب"]
    assert frames["shapes"].geometry.tolist() == [LINE]
    assert frames["shapes"]["id"].tolist() == ["osm:way/1"]
    assert frames["areas"].total_bounds.tolist() == [36, 35, 37, 36]
    assert frames["areas"].geometry.geom_type.tolist() == ["MultiPolygon"]
    assert tuple(bounds) == (36.63, 35.863, 36.799, 35.93)


def test_the_header_and_reference_systems_are_those_of_the_standard(tmp_path: Path) -> None:
    path = a_gazetteer_file(tmp_path / "g.gpkg")
    header = path.read_bytes()[:100]
    assert header[68:72] == b"GPKG"
    assert int.from_bytes(header[60:64], "big") == 10300
    with contextlib.closing(sqlite3.connect(path)) as connection:
        systems = dict(connection.execute("SELECT srs_id, definition FROM gpkg_spatial_ref_sys").fetchall())
        assert {-1, 0, 4326} == systems.keys()
        assert pyproj.CRS(systems[4326]) == pyproj.CRS(4326)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_the_same_records_in_any_order_give_the_same_hash_and_the_same_bytes(tmp_path: Path) -> None:
    records = [a_record(id=f"C{n}", name=f"Place {n}") for n in range(50)]
    first = a_gazetteer_file(tmp_path / "1.gpkg", records, areas=[an_area(), an_area(pcode="SY08")])
    shuffled = random.Random(1).sample(records, len(records))
    second = a_gazetteer_file(tmp_path / "2.gpkg", shuffled, areas=[an_area(pcode="SY08"), an_area()])
    assert GazetteerReader(first).content_hash == GazetteerReader(second).content_hash
    assert first.read_bytes() == second.read_bytes()


def test_time_and_manifest_do_not_change_the_hash(tmp_path: Path) -> None:
    path, sources = tmp_path / "g.gpkg", [a_source()]
    plain = write_gazetteer(path, [SARAQIB], sources=sources, manifest={})
    noted = {"built_by": "somebody"}
    time = "2026-01-31T12:00:00.000Z"
    assert plain == write_gazetteer(path, [SARAQIB], sources=sources, manifest=noted, last_change=time)


def test_every_changed_fact_changes_the_hash(tmp_path: Path) -> None:
    facts: tuple[dict[str, Any], ...] = (
        {},
        {"name": "Saraqeb"},
        {"position": LatLon(35.8631, 36.799)},
        {"uncertainty_m": 2001.0},
        {"population": None},
        {"adm3_pcode": "SY070205"},
        {"computed_adm3_pcode": "SY070204"},
        {"sensitive": True},
        {"valid_from": "2012-01-01"},
        {"source_note": "seen on a map"},
        {"spellings": ("Serakib",)},
    )
    files: tuple[dict[str, Any], ...] = (
        *({"records": [a_record(**changes)]} for changes in facts),
        {"areas": [an_area()]},
        {"areas": [an_area(wkb=a_square(36, 35, 1.5))]},
        {"areas": [an_area()], "sources": [a_source(licence="CC BY 4.0")]},
        {"records": [SARAQIB, RIVER]},
        {"records": [SARAQIB, replace(RIVER, shape_wkb=None)]},
    )
    paths = [a_gazetteer_file(tmp_path / f"{n}.gpkg", **file) for n, file in enumerate(files)]
    assert len(files) == len({GazetteerReader(path).content_hash for path in paths})


def test_a_spelling_in_latin_or_arabic_script_has_keys_and_others_only_a_folded_form(tmp_path: Path) -> None:
    path = a_gazetteer_file(tmp_path / "g.gpkg", [a_record(spellings=("Саракиб",))])
    reader = GazetteerReader(path)
    keyed = {spelling for _, spelling in reader.name_keys()}
    assert {text: fid in keyed for fid, _, text, *_ in reader.spellings()} == {
        "Saraqib": True,
        "سراقب": True,
        "Саракиб": False,
    }
    assert all(folded for _, _, _, folded, *_ in reader.spellings())


def broken_places() -> Iterator[PlaceRecord]:
    yield SARAQIB
    raise RuntimeError("the source broke off")


def test_a_wrong_record_or_area_is_refused_in_one_sentence(tmp_path: Path) -> None:
    square, point = a_square(36, 35), shapely.to_wkb(shapely.Point(36, 35))
    wrong: tuple[tuple[dict[str, Any], str], ...] = (
        ({"records": [SARAQIB, SARAQIB]}, "'C3916' is there twice"),
        ({"records": [a_record(uncertainty_m=0.0)]}, "radius above 0 m"),
        ({"records": [a_record(uncertainty_m=float("nan"))]}, "radius above 0 m"),
        ({"records": [a_record(sources=("nobody",))]}, "'nobody'"),
        ({"records": [PlaceRecord(a_place(), (a_spelling(), a_spelling()))]}, "one spelling twice"),
        ({"records": [PlaceRecord(a_place(), (a_spelling(""),))]}, "empty spelling"),
        (
            {"records": [replace(RIVER, shape_wkb=point)]},
            "a place's shape is not readable WKB: Point is none of LineString",
        ),
        ({"areas": [an_area(wkb=point)]}, "Point is none of Polygon, MultiPolygon"),
        *(
            ({"areas": [an_area(wkb=wkb)]}, "not readable WKB")
            for wkb in (b"", b"\x01\x03", square[:-1], square + b"\x00")
        ),
    )
    for content, said in wrong:
        with pytest.raises(InputError, match=said):
            a_gazetteer_file(tmp_path / "g.gpkg", **content)
        assert folder_of(tmp_path / "g.gpkg") == []


def test_a_place_keeps_its_line_or_polygon_and_a_point_is_none(tmp_path: Path) -> None:
    square = shapely.box(36, 35, 37, 36)
    lake = replace(a_record(id="osm:way/2", kind=PlaceKind.LAKE), shape_wkb=shapely.to_wkb(square))
    path = a_gazetteer_file(tmp_path / "g.gpkg", [SARAQIB, RIVER, lake])
    reader = GazetteerReader(path)
    reader.verify()
    shapes = [(place, shapely.from_wkb(wkb)) for place, wkb in reader.shapes()]
    assert [("osm:way/1", LINE), ("osm:way/2", square)] == shapes
    assert reader.shape("osm:way/1") == shapely.to_wkb(LINE)
    assert reader.shape("C3916") is None


@pytest.mark.parametrize("byte_order", [0, 1])
def test_shapes_with_holes_and_parts_keep_their_geometry_and_bounds(tmp_path: Path, byte_order: int) -> None:
    hole = shapely.Polygon(shapely.box(0, 0, 4, 4).exterior, [shapely.box(1, 1, 2, 2).exterior])
    shape = shapely.MultiPolygon([hole, shapely.box(10, 10, 12, 15)])
    area = AreaRecord("SY01", 1, shapely.to_wkb(shape, byte_order=byte_order))
    reader = GazetteerReader(a_gazetteer_file(tmp_path / "g.gpkg", areas=[area]))
    assert shapely.from_wkb(reader.area("SY01") or b"").equals_exact(shape)
    with sqlite3.connect(tmp_path / "g.gpkg") as connection:
        [(blob,)] = connection.execute("SELECT geom FROM areas").fetchall()
    connection.close()
    assert read_bounds(blob) == (0.0, 0.0, 12.0, 15.0)


def test_a_failure_or_a_full_disk_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = a_gazetteer_file(tmp_path / "g.gpkg", [IDLIB])
    before = path.read_bytes()
    with pytest.raises(RuntimeError):
        write_gazetteer(path, broken_places(), sources=[a_source()], manifest={})
    with pytest.raises(TypeError):  # found out late, while the manifest is written
        write_gazetteer(path, [SARAQIB], sources=[a_source()], manifest={"when": object()})
    monkeypatch.setattr("os.fsync", Mock(side_effect=OSError(28, "No space left on device")))
    with pytest.raises(GazetteerFileError, match=r"g\.gpkg cannot be written: No space left on device"):
        a_gazetteer_file(path, [SARAQIB])
    assert path.read_bytes() == before
    assert folder_of(path) == ["g.gpkg"]


def test_a_missing_folder_or_a_folder_as_target_is_said(tmp_path: Path) -> None:
    with pytest.raises(GazetteerFileError, match=r"the folder .*nowhere does not exist; make it first"):
        a_gazetteer_file(tmp_path / "nowhere" / "g.gpkg")
    with pytest.raises(GazetteerFileError, match="it is a folder"):
        a_gazetteer_file(tmp_path)


def test_what_a_killed_build_left_behind_is_removed_by_the_next_and_what_another_writes_is_not(
    tmp_path: Path,
) -> None:
    (tmp_path / ".g.gpkg.abcdef01.unfinished").write_bytes(b"half")
    (tmp_path / ".other.gpkg.abcdef01.unfinished").write_bytes(b"another file's")
    with (tmp_path / ".g.gpkg.abcdef02.unfinished").open("wb") as rival:
        fcntl.flock(rival, fcntl.LOCK_EX)
        path = a_gazetteer_file(tmp_path / "g.gpkg")
    assert [".g.gpkg.abcdef02.unfinished", ".other.gpkg.abcdef01.unfinished", "g.gpkg"] == folder_of(path)
    assert len(GazetteerReader(path).places()) == 1


def test_the_file_is_as_readable_as_the_users_other_files(tmp_path: Path) -> None:
    ordinary = tmp_path / "ordinary"
    ordinary.touch()
    path = a_gazetteer_file(tmp_path / "g.gpkg")
    assert path.stat().st_mode == ordinary.stat().st_mode


def test_reading_and_writing_need_no_numpy_and_no_gis_library(tmp_path: Path) -> None:
    code = (
        "import sys, gazetteer.store, gazetteer.store.reader;"
        "heavy = {'numpy', 'pandas', 'shapely', 'pyproj', 'geopandas', 'pyogrio', 'rtree'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_counts_of_each_kind_stand_in_the_manifest(tmp_path: Path) -> None:
    hospital = a_record(id="cg:h", kind=PlaceKind.HOSPITAL, sensitive=True)
    manifest = GazetteerReader(a_gazetteer_file(tmp_path / "g.gpkg", [IDLIB, SARAQIB, hospital])).manifest
    assert manifest["counts"] == {"hospital": 1, "settlement": 2}
    assert manifest["schema_version"] == 4
    assert manifest["built_by"] == "a test"
