"""What is looked at before a file that came takes the place of another; the lists and names around it."""

import hashlib
import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gazetteer.errors import GazetteerFileError, InputError
from geodata.ckan import package_address, safe_name, wanted_resources
from geodata.default_facts import SOURCES
from geodata.fetch import FetchError
from geodata.pulled import PulledFile, read_pulled, write_pulled
from geodata.received import DamagedError, check_received
from geodata.sources import HdxDataset, choose_sources, read_sources
from tests.geodata.http_server import package, resource, zipped

BOUNDARIES = HdxDataset("cod-ab-syr", ("shp", "geojson"), "newest", ("emf",))


def check(folder: Path, name: str, body: bytes, *, checksum: str = "") -> None:
    path = folder / "x.part"
    path.write_bytes(body)
    check_received(path, name=name, checksum=checksum)


def workbook(path: Path) -> str:
    """Write a workbook and return the MD5 of its cells, counted out by hand."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Location"
    sheet.append(["Location_Pcode", "Latitude"])
    sheet.append(["C1007", 35.93])
    book.save(path)
    return hashlib.md5(b"Location('Location_Pcode', 'Latitude')('C1007', 35.93)").hexdigest()


# ------------------------------------------------------------------------------------ what came


def test_a_whole_zip_passes_with_and_without_its_checksum(tmp_path: Path) -> None:
    body = zipped(SY__txt="a\tb\n")
    check(tmp_path, "SY.zip", body)
    for name in ("md5", "sha1", "sha256"):
        digits = hashlib.new(name, body).hexdigest()
        check(tmp_path, "SY.zip", body, checksum=digits.upper())
        check(tmp_path, "SY.zip", body, checksum=f"{name}:{digits}")


def test_a_zip_that_ends_early_is_damaged(tmp_path: Path) -> None:
    with pytest.raises(DamagedError, match=r"SY\.zip is not a whole zip file"):
        check(tmp_path, "SY.zip", zipped(SY__txt="a\tb\n" * 1000)[:-40])


def test_a_zip_with_a_changed_byte_is_damaged(tmp_path: Path) -> None:
    body = bytearray(zipped(SY__txt="a\tb\n" * 1000))
    body[45] ^= 0xFF
    with pytest.raises(DamagedError, match=r"member SY\.txt|not a whole zip"):
        check(tmp_path, "SY.zip", bytes(body))


@pytest.mark.parametrize("name", ["SY.zip", "places.xlsx", "places.csv", "places.geojson"])
def test_the_web_page_of_a_network_that_wants_a_log_in_is_known_for_what_it_is(
    name: str, tmp_path: Path
) -> None:
    with pytest.raises(DamagedError, match="came as a web page"):
        check(tmp_path, name, b"\n<!DOCTYPE html><title>Welcome</title>")


def test_what_is_not_geojson_and_what_is_empty_are_refused(tmp_path: Path) -> None:
    check(tmp_path, "places.geojson", b'\xef\xbb\xbf {"type": "FeatureCollection"}')
    with pytest.raises(DamagedError, match="is not GeoJSON"):
        check(tmp_path, "places.geojson", b"sorry")
    with pytest.raises(DamagedError, match="came empty"):
        check(tmp_path, "places.csv", b"")


@pytest.mark.parametrize("member", ["../../.bashrc", "/etc/passwd", "..\\x", "C:\\x"])
def test_a_zip_whose_member_leads_out_of_its_folder_is_refused(member: str, tmp_path: Path) -> None:
    with pytest.raises(DamagedError, match="leads out of its folder"):
        check(tmp_path, "SY.zip", zipped(**{member: "x"}))


@pytest.mark.parametrize("checksum", ["0" * 32, "md5:" + "0" * 32, "sha256:" + "0" * 64, "0" * 8])
def test_another_checksum_than_the_published_one_is_refused_with_a_way_on(
    checksum: str, tmp_path: Path
) -> None:
    with pytest.raises(DamagedError, match=r"checksum that its publisher gives.*--no-checksum"):
        check(tmp_path, "SY.zip", zipped(SY__txt="a"), checksum=checksum)


def test_hdx_may_publish_the_xored_crcs_of_a_zips_members(tmp_path: Path) -> None:
    # CRC-32 of "123456789" is cbf43926, the check value of the algorithm; of "a" e8b7be43.
    body = zipped(a__txt="123456789", b__txt="a")
    check(tmp_path, "SY.zip", body, checksum=f"{0xCBF43926 ^ 0xE8B7BE43:08x}")


def test_hdx_may_publish_the_md5_of_a_workbooks_cells(tmp_path: Path) -> None:
    cells = workbook(tmp_path / "book.xlsx")
    body = (tmp_path / "book.xlsx").read_bytes()
    check(tmp_path, "book.xlsx", body, checksum=cells)
    check(tmp_path, "book.xlsx", body, checksum=hashlib.md5(body).hexdigest())
    with pytest.raises(DamagedError):
        check(tmp_path, "book.xlsx", body, checksum="0" * 32)
    with pytest.raises(DamagedError):
        check(tmp_path, "book.xlsx", zipped(SY__txt="no workbook"), checksum="0" * 32)


def test_a_checksum_of_an_unknown_kind_is_passed_over(tmp_path: Path) -> None:
    check(tmp_path, "SY.zip", zipped(SY__txt="a"), checksum="md5-q0Zw+hGQWEK17VcrqD2uQg==")


# ---------------------------------------------------------------------------------- what HDX says


def document(*resources: dict[str, Any]) -> Any:
    return json.loads(package(*resources).body)


def test_the_newest_resource_of_the_wanted_format_is_chosen() -> None:
    answer = document(
        resource("/a/syr_admbnda_2020_shp.zip", last_modified="2021-01-15T10:00:00"),
        resource("/b/syr_admin_boundaries.shp.zip", last_modified="2026-01-26T10:00:00"),
        resource("/c/maps_emf.zip", last_modified="2026-11-01T10:00:00"),
        resource("/d/syr_admin_boundaries.xlsx", format="XLSX", last_modified="2026-11-02T10:00:00"),
        resource("/e/gone.shp.zip", state="deleted", last_modified="2026-11-03T10:00:00"),
    )
    (chosen,) = wanted_resources(answer, BOUNDARIES)
    assert chosen.url == "https://data.humdata.org/b/syr_admin_boundaries.shp.zip"
    assert (chosen.name, chosen.format, chosen.release) == (
        "syr_admin_boundaries.shp.zip",
        "shp",
        "2026-01-26",
    )


@pytest.mark.parametrize(
    "written", ["SHP", "zipped shapefile", "Zipped Shapefiles", "ESRI Shapefile", "ZIP", ""]
)
def test_uploaders_write_a_format_in_many_ways(written: str) -> None:
    (chosen,) = wanted_resources(document(resource("/b/syr.shp.zip", format=written)), BOUNDARIES)
    assert chosen.format == "shp"


def test_another_format_is_taken_when_the_preferred_one_is_gone() -> None:
    answer = document(resource("/b/syr.geojson.zip", format="GeoJSON"), resource("/b/s.xlsx", format="XLSX"))
    (chosen,) = wanted_resources(answer, BOUNDARIES)
    assert chosen.format == "geojson"


def test_all_of_a_format_are_taken_where_a_dataset_comes_in_pieces() -> None:
    wanted = HdxDataset("hotosm_syr_health_facilities", ("geojson", "shp"), "all", ("lines",))
    answer = document(
        *(
            resource(f"/x/facilities_{kind}_geojson.zip", format="GeoJSON", id=kind)
            for kind in ("points", "polygons", "lines")
        ),
        resource("/x/facilities_points_shp.zip"),
    )
    names = [one.name for one in wanted_resources(answer, wanted)]
    assert names == ["facilities_points_geojson.zip", "facilities_polygons_geojson.zip"]


def test_two_resources_of_one_name_get_two_names() -> None:
    wanted = HdxDataset("x", ("shp",), "all", ())
    answer = document(resource("/a/data.zip", id="aaaaaaaa-1"), resource("/b/data.zip", id="bbbbbbbb-2"))
    assert [one.name for one in wanted_resources(answer, wanted)] == [
        "aaaaaaaa-data.zip",
        "bbbbbbbb-data.zip",
    ]


def test_a_checksum_of_a_file_that_lies_elsewhere_is_not_believed() -> None:
    here = resource("/a/data.shp.zip", b"x")
    there = resource("/a/data.shp.zip", b"x", url="https://example.org/data.shp.zip", url_type="api")
    assert wanted_resources(document(here), BOUNDARIES)[0].checksum == hashlib.md5(b"x").hexdigest()
    assert wanted_resources(document(there), BOUNDARIES)[0].checksum == ""


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        {},
        {"success": False, "error": {"message": "Not found"}},
        {"success": True, "result": None},
        {"success": True, "result": {"resources": [{"format": "SHP"}]}},
        {"success": True, "result": {"resources": ["SHP"]}},
    ],
)
def test_an_answer_of_another_form_is_said_not_guessed_at(answer: Any) -> None:
    with pytest.raises(FetchError, match="another form than expected"):
        wanted_resources(answer, BOUNDARIES)


def test_a_dataset_without_the_wanted_formats_is_said_with_what_there_is() -> None:
    with pytest.raises(FetchError, match="no file as shp or geojson, only xlsx"):
        wanted_resources(document(resource("/a/s.xlsx", format="XLSX")), BOUNDARIES)


def test_only_web_addresses_are_taken_from_an_answer() -> None:
    answer = document(resource("/a.shp.zip", url="file:///etc/passwd"), resource("/b/c.shp.zip"))
    assert [one.name for one in wanted_resources(answer, BOUNDARIES)] == ["c.shp.zip"]


def test_a_dataset_name_cannot_change_the_question() -> None:
    assert package_address("a&b/c").endswith("package_show?id=a%26b%2Fc")


@given(st.text())
def test_a_name_from_a_server_is_one_harmless_name(text: str) -> None:
    name = safe_name(text, otherwise="file.zip")
    assert name == Path(name).name
    assert name not in ("", ".", "..")
    assert not name.startswith(".")
    assert len(name) <= 120
    assert not set(name) & set('/\\:*?"<>|\0\n')


# ------------------------------------------------------------------------------------- the lists


def pulled(**changes: Any) -> PulledFile:
    values: dict[str, Any] = {
        "source": "geonames",
        "file": "geonames/SY.zip",
        "url": "https://download.geonames.org/export/dump/SY.zip",
        "retrieved": "2026-11-22T10:00:00+00:00",
        "sha256": "0" * 64,
        "licence": "CC BY 4.0",
        "release": "2026-11-21",
        "bytes": 12,
    }
    return PulledFile(**{**values, **changes})


def test_a_list_comes_back_as_it_was_written_in_the_order_of_files(tmp_path: Path) -> None:
    one, two = pulled(), pulled(file="geonames/alternatenames-SY.zip", etag='"x"')
    write_pulled(tmp_path, [two, one])
    assert read_pulled(tmp_path) == (one, two)
    assert [path.name for path in tmp_path.iterdir()] == ["pull.json"]


def test_no_list_is_an_empty_one(tmp_path: Path) -> None:
    assert read_pulled(tmp_path) == ()
    assert read_pulled(tmp_path / "nowhere") == ()


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"version": 2, "files": []}', '{"version": 1, "files": [{}]}']
)
def test_a_list_that_cannot_be_read_says_what_to_do(text: str, tmp_path: Path) -> None:
    (tmp_path / "pull.json").write_text(text)
    with pytest.raises(InputError, match="delete it and pull again"):
        read_pulled(tmp_path)


@pytest.mark.parametrize("file", ["../x.zip", "/etc/passwd", "a/../../x", "a\\b", "C:x", ""])
def test_a_list_cannot_lead_out_of_its_folder(file: str) -> None:
    with pytest.raises(ValueError, match="not a path inside"):
        pulled(file=file)


def test_every_source_says_what_it_is_what_its_licence_asks_and_where_it_is_from() -> None:
    known = read_sources()
    assert len({source.id for source in known}) == len(known) == 6
    for source in known:
        needed = {
            key: text for key, text in source.as_json().items() if key not in ("licence_url", "address")
        }
        assert all(needed.values()), source.id
        if not source.is_embedded:
            assert source.address.startswith("https://")
            assert source.licence_url.startswith("https://")
            assert all(file.url.startswith("https://") for file in source.files)


def test_a_source_is_named_in_the_table_as_in_the_embedded_default() -> None:
    table = {source.id: source for source in read_sources()}
    for source in SOURCES:
        assert table[source.id].licence == source.licence
    assert (
        table["curated"].as_source(7).attribution == next(s for s in SOURCES if s.id == "curated").attribution
    )


def test_sources_are_chosen_by_id_in_the_order_of_the_table() -> None:
    known = read_sources()
    assert choose_sources(known, ()) == known
    assert [s.id for s in choose_sources(known, ["geonames", "ocha-cod-ab"])] == ["ocha-cod-ab", "geonames"]
    with pytest.raises(InputError, match=r"no source 'geoname'; there are ocha-cod-ab, .*curated"):
        choose_sources(known, ["geoname"])


@pytest.mark.parametrize("text", ["", "[[source]]\nid = 1", "[[source]]\nid = 'x'\nsice = 'y'", "="])
def test_a_wrong_table_of_sources_is_an_error_that_names_it(text: str, tmp_path: Path) -> None:
    path = tmp_path / "sources.toml"
    path.write_text(text)
    with pytest.raises(GazetteerFileError, match=r"sources\.toml cannot be used"):
        read_sources(path)
