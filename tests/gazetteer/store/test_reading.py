"""What reading a gazetteer file promises: the rows that went in, fast, and one clear sentence otherwise."""

import contextlib
import multiprocessing
import os
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from gazetteer.errors import GazetteerFileError, SchemaVersionError
from gazetteer.geodesy import LatLon
from gazetteer.kinds import PlaceKind
from gazetteer.store import GazetteerReader
from gazetteer.store.contents import Contents
from gazetteer.store.geopackage import sealed
from tests.builders import a_gazetteer_file, a_record, a_source, a_spelling, a_square, an_area

BUILD_AGAIN = "'gazetteer-data build"


def said_of(path: Path) -> str:
    """Return what opening the file says."""
    with pytest.raises(GazetteerFileError) as caught:
        GazetteerReader(path)
    message = str(caught.value)
    assert "\n" not in message
    return message


def changed(path: Path, *statements: str) -> Path:
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()
    return path


def test_places_come_back_as_they_were_written_in_the_order_of_ids(tmp_path: Path) -> None:
    hospital = a_record(
        id="cg:h", name="A hospital", name_ar="", kind=PlaceKind.HOSPITAL, position=LatLon(36, 37),
        uncertainty_m=150, population=None, admin_method="unknown", adm1_pcode=None, adm2_pcode=None,
        adm3_pcode="SY070101", computed_adm3_pcode="SY070204", source_ids=("cg:h", "osm:node/1"),
        valid_from="2012-01-01", valid_to="2016-04-27", sensitive=True, sources=("other", "test"),
        position_basis="town",
    )  # fmt: skip
    sources = [a_source(), a_source(id="other", count=2)]
    reader = GazetteerReader(a_gazetteer_file(tmp_path / "g.gpkg", [hospital, a_record()], sources=sources))
    assert reader.places() == [
        (
            *(1, "C3916", "Saraqib", "سراقب", "settlement", 35.863, 36.799, 2000.0, 32_495),
            *("SY07", "SY0702", "SY070204", None, "stated", None, None, 0, "test", "C3916", 0, ""),
        ),
        (
            *(2, "cg:h", "A hospital", "", "hospital", 36.0, 37.0, 150.0, None),
            *(None, None, "SY070101", "SY070204"),
            *("unknown", "2012-01-01", "2016-04-27", 1, "other|test", "cg:h|osm:node/1", 1, "town"),
        ),
    ]
    assert reader.sources() == (a_source(id="other", count=2), a_source())


def test_spellings_name_their_place_by_its_number_and_are_found_by_its_id(tmp_path: Path) -> None:
    idlib = a_record(id="C3871", name="Idlib", name_ar="إدلب", spellings=("Idleb",))
    reader = GazetteerReader(a_gazetteer_file(tmp_path / "g.gpkg", [a_record(), idlib]))
    assert reader.spellings() == [
        (1, 1, "Idlib", "idlib", "und", "Latn", "test", ""),
        (2, 1, "إدلب", "ادلب", "und", "Arab", "test", ""),
        (3, 1, "Idleb", "idleb", "und", "Latn", "test", ""),
        (4, 2, "Saraqib", "saraqib", "und", "Latn", "test", ""),
        (5, 2, "سراقب", "سراقب", "und", "Arab", "test", ""),
    ]
    assert reader.spellings_of("C3871") == (a_spelling("Idlib"), a_spelling("إدلب"), a_spelling("Idleb"))
    assert reader.spellings_of("C0") == ()


def test_both_scripts_of_a_name_share_a_key(tmp_path: Path) -> None:
    reader = GazetteerReader(a_gazetteer_file(tmp_path / "g.gpkg"))
    rows = reader.name_keys()
    assert rows == sorted(rows)
    by_spelling = [{key for key, spelling in rows if spelling == fid} for fid in (1, 2)]
    assert by_spelling[0] & by_spelling[1]


def test_areas_are_read_by_code_and_by_level(tmp_path: Path) -> None:
    areas = [
        an_area(pcode="SY0704", level=2, wkb=a_square(36, 35, 0.5)),
        an_area(pcode="SY07", level=1, simple_wkb=a_square(36, 35, 0.9)),
    ]
    reader = GazetteerReader(a_gazetteer_file(tmp_path / "g.gpkg", areas=areas))
    assert [(pcode, level) for pcode, level, _ in reader.areas()] == [("SY07", 1), ("SY0704", 2)]
    assert reader.areas(level=2) == [("SY0704", 2, reader.area("SY0704"))]
    assert [pcode for pcode, _, _ in reader.areas(simplified=True)] == ["SY07"]
    assert reader.area("SY07", simplified=True) != reader.area("SY07")
    assert reader.area("SY99") is None


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_one_reader_serves_many_threads_and_works_after_a_fork(tmp_path: Path) -> None:
    reader = GazetteerReader(a_gazetteer_file(tmp_path / "g.gpkg", areas=[an_area()]))
    shape = reader.area("SY07")
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: reader.area("SY07"), range(200))) == {shape}
    with multiprocessing.get_context("fork").Pool(2) as processes:
        assert processes.map(reader.area, ["SY07"] * 4) == [shape] * 4


def test_odd_characters_in_the_path_are_no_hindrance(tmp_path: Path) -> None:
    folder = tmp_path / "ملف #1? 100%"
    folder.mkdir()
    assert len(GazetteerReader(a_gazetteer_file(folder / "a b&mode=rw.gpkg")).places()) == 1


def test_reading_never_changes_the_file(tmp_path: Path) -> None:
    path = a_gazetteer_file(tmp_path / "g.gpkg")
    before = path.read_bytes()
    GazetteerReader(path).verify()
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["g.gpkg"]


def test_a_file_that_was_replaced_meanwhile_is_not_mixed_with_the_first(tmp_path: Path) -> None:
    path = a_gazetteer_file(tmp_path / "g.gpkg", areas=[an_area()])
    reader, old = GazetteerReader(path), GazetteerReader(path)
    a_gazetteer_file(path, [a_record(name="Serakib")])
    assert old.spellings() == reader.spellings() != GazetteerReader(path).spellings()
    assert ["SY07"] == [pcode for pcode, _, _ in reader.areas()]
    with pytest.raises(GazetteerFileError, match="was replaced while it was in use; open it again"):
        reader.check()


def test_a_path_that_holds_no_gazetteer_is_said(tmp_path: Path) -> None:
    missing, empty, text = (tmp_path / name for name in ("no.gpkg", "empty.gpkg", "places.csv"))
    empty.touch()
    text.write_text("name,latitude,longitude\n" * 50, "utf-8")
    other = changed(tmp_path / "other.db", "CREATE TABLE places (name TEXT)")
    for path, words in (
        (missing, f"There is no gazetteer file at {missing};"),
        (tmp_path, f"{tmp_path} is a folder; name the gazetteer file in it, or build one with"),
        (empty, "is empty"),
        (text, "is not a gazetteer file, which is a GeoPackage"),
        (other, "is an SQLite database, but not a gazetteer file"),
    ):
        assert words in said_of(path)
    assert BUILD_AGAIN in said_of(empty)


def test_another_geopackage_is_said(tmp_path: Path) -> None:
    for number, (table, words) in enumerate(
        (
            ("roads (fid INTEGER)", "is a GeoPackage, but not a gazetteer file"),
            ("manifest (key TEXT, value TEXT)", "is a GeoPackage, but not a gazetteer file"),
            ("manifest (name TEXT)", ".gpkg"),
        )
    ):
        path = tmp_path / f"{number}.gpkg"
        assert words in said_of(changed(path, "PRAGMA application_id = 0x47504B47", f"CREATE TABLE {table}"))


def test_a_file_that_was_cut_short_or_changed_by_hand_is_said(tmp_path: Path) -> None:
    path = a_gazetteer_file(tmp_path / "g.gpkg")
    whole = path.read_bytes()
    for length in (1, 99, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        message = said_of(path)
        assert "is cut short" in message, length
        assert BUILD_AGAIN in message
    path.write_bytes(whole)
    message = said_of(changed(path, "UPDATE places SET latitude = 0"))
    assert "was damaged or changed after it was built: its checksum differs" in message
    assert BUILD_AGAIN in message


def test_another_schema_version_is_said_with_both_versions(tmp_path: Path) -> None:
    newer = "UPDATE manifest SET value = '99' WHERE key = 'schema_version'"
    path = changed(a_gazetteer_file(tmp_path / "g.gpkg"), newer)
    path.write_bytes(sealed(path.read_bytes()))
    words = f"has schema version 99 and this library reads version 4;.*{BUILD_AGAIN}"
    with pytest.raises(SchemaVersionError, match=words):
        GazetteerReader(path)


def test_verifying_finds_rows_that_say_something_else_than_was_built_whatever_the_checksum(
    tmp_path: Path,
) -> None:
    path = changed(a_gazetteer_file(tmp_path / "g.gpkg"), "UPDATE places SET latitude = 0")
    path.write_bytes(sealed(path.read_bytes()))
    with pytest.raises(GazetteerFileError, match="was changed after it was built"):
        GazetteerReader(path).verify()


def test_contents_that_no_build_writes_are_refused_whatever_the_checksum(tmp_path: Path) -> None:
    for statement, words in (
        ("DELETE FROM places", "holds no places"),
        ("UPDATE places SET fid = fid + 1", "aren't numbered from 1"),
        *(
            (f"UPDATE places SET {change}", "holds what can't stand in its table places")
            for change in (
                "kind = 'spaceport'", "latitude = 'north'", "latitude = 95", "longitude = 9e999",
                "uncertainty_m = -1", "name = X'ff'", "population = 'many'", "admin_method = 'magic'",
                "position_basis = 'x'",
            )
        ),
        ("UPDATE spellings SET text = X'ff'", "holds what can't stand in its table spellings"),
        ("UPDATE spellings SET place = 99", "holds what can't stand in its table spellings"),
        ("DROP TABLE spellings", "cannot be read"),
    ):  # fmt: skip
        (tmp_path / "g.gpkg").unlink(missing_ok=True)
        path = changed(a_gazetteer_file(tmp_path / "g.gpkg", [a_record()]), statement)
        path.write_bytes(sealed(path.read_bytes()))
        message = said_of(path)
        assert words in message, statement
        assert BUILD_AGAIN in message


def test_a_file_that_a_gis_only_looked_at_is_still_good(tmp_path: Path) -> None:
    path = a_gazetteer_file(tmp_path / "g.gpkg")
    reader, before = GazetteerReader(path), path.read_bytes()
    changed(path, "PRAGMA journal_mode = WAL", "SELECT * FROM places", "PRAGMA journal_mode = DELETE")
    assert before[:100] != path.read_bytes()[:100]
    reader.check()
    assert reader.places() == GazetteerReader(path).places()


def test_a_file_that_another_program_is_changing_is_read_as_it_was_built(tmp_path: Path) -> None:
    path = a_gazetteer_file(tmp_path / "g.gpkg")
    with contextlib.closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN EXCLUSIVE")
        other.execute("DELETE FROM spellings")
        assert 2 == len(GazetteerReader(path).spellings())


def test_what_the_build_found_is_read_back_in_its_order(tmp_path: Path) -> None:
    issues = [
        ("position outside", "C2", "35, 99", "Locations.xlsx, row 2"),
        ("another", "C1", "of which", ""),
    ]
    assert issues == GazetteerReader(a_gazetteer_file(tmp_path / "g.gpkg", issues=issues)).issues()


def test_a_chain_by_polygon_is_used_where_none_is_stated(tmp_path: Path) -> None:
    units = [
        a_record(id=code, name=code, name_ar="", kind=kind, adm1_pcode=code, adm2_pcode=None, adm3_pcode=None)
        for code, kind in (
            ("SY07", PlaceKind.GOVERNORATE),
            ("SY0702", PlaceKind.DISTRICT),
            ("SY070204", PlaceKind.SUBDISTRICT),
        )
    ]
    unstated: dict[str, Any] = dict.fromkeys(("adm1_pcode", "adm2_pcode", "adm3_pcode"))
    unstated |= {"computed_adm3_pcode": "SY070204"}
    places = [
        a_record(id="C1", admin_method="within", **unstated),
        a_record(id="C2", admin_method="unknown", **unstated),
        a_record(id="C3", adm2_pcode="SY0702", adm3_pcode=None, computed_adm3_pcode="SY070204"),
    ]
    loaded = {
        p.id: p
        for p in Contents(GazetteerReader(a_gazetteer_file(tmp_path / "g.gpkg", [*units, *places]))).places
    }
    assert ("SY07", "SY0702", "SY070204") == loaded["C1"].pcodes
    assert () == loaded["C2"].pcodes
    assert ("SY07", "SY0702") == loaded["C3"].pcodes


def test_a_merged_place_is_found_by_the_id_of_each_source(tmp_path: Path) -> None:
    record = a_record(id="C3871", source_ids=("C3871", "geonames:169389"))
    held = Contents(GazetteerReader(a_gazetteer_file(tmp_path / "g.gpkg", [record])))
    assert {"C3871": held.places[0], "geonames:169389": held.places[0]} == held.by_id
