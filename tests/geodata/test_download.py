"""Fetching one file: resumed, restarted, given up on, looked at; what HDX says, and the lists.

What people see of it when they pull is in test_pull.py.
"""

import hashlib
import json
import socket
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gazetteer.errors import GazetteerFileError, InputError
from geodata.download import FetchError, Version, Web, _stay_on_https, check_received
from geodata.pull import Wanted, safe_name, wanted_of
from geodata.sources import HdxDataset, PulledFile, choose_sources, read_pulled, read_sources, write_pulled
from tests.geodata.http_server import Answer, Server, package, resource, zipped
from tests.ports import free_port

BODY = bytes(range(256)) * 1200  # 300 kB, more than a few reads
PATH = "/export/dump/SY.zip"
DAY = "Sat, 21 Nov 2026 03:00:00 GMT"
BOUNDARIES = HdxDataset("cod-ab-syr", ("shp", "geojson"), "newest", ("emf",))


@pytest.fixture
def part(tmp_path: Path) -> Path:
    return tmp_path / "SY.zip.part"


def web(**changes: Any) -> Web:
    return Web(**{"timeout_s": 5.0, "retries": 2, "pause_s": 0.01, **changes})


def fetch(server: Server, part: Path, **changes: Any) -> bytes:
    assert web(**changes).file(server.url + PATH, part) is not None
    return part.read_bytes()


def interrupted(server: Server, part: Path, **changes: Any) -> None:
    """Leave a part of a file behind, as an earlier run would."""
    part.unlink(missing_ok=True)
    server.put(PATH, Answer(BODY, **{"etag": '"one"', "length": 100_000, **changes}))
    with pytest.raises(FetchError, match=r"ended after 100,000 of 307,200 bytes: run the same command"):
        fetch(server, part, retries=0)
    assert part.stat().st_size == 100_000
    server.seen.clear()


# ------------------------------------------------------------------------------------- one file


def test_a_file_comes_as_the_server_has_it_and_progress_ends_at_its_size(server: Server, part: Path) -> None:
    server.put(PATH, Answer(BODY, etag='"one"', last_modified=DAY))
    told: list[tuple[int, int | None]] = []
    version = Web(on_bytes=lambda done, total: told.append((done, total))).file(server.url + PATH, part)
    assert part.read_bytes() == BODY
    assert version == Version(server.url + PATH, '"one"', DAY)
    assert ((0, len(BODY)), (len(BODY), len(BODY))) == (told[0], told[-1])


def test_a_part_from_an_earlier_run_is_gone_on_with(server: Server, part: Path) -> None:
    for etag, day, asked in (('"one"', "", '"one"'), ('W/"one"', DAY, DAY)):
        interrupted(server, part, etag=etag, last_modified=day)
        server.put(PATH, Answer(BODY, etag=etag, last_modified=day))
        assert fetch(server, part) == BODY
        assert ("bytes=99999-", asked) == tuple(server.seen[0].headers[h] for h in ("Range", "If-Range"))


def test_versions_are_never_mixed_and_what_cannot_be_gone_on_with_starts_afresh(
    server: Server, part: Path
) -> None:
    for case, expected, *answers in (
        ("another version", BODY[::-1], Answer(BODY[::-1], etag='"two"')),
        ("passes over If-Range", BODY[::-1], Answer(BODY[::-1], etag='"two"', heeds_if_range=False)),
        ("no ranges", BODY, Answer(BODY, etag='"one"', ranges=False)),
        ("a refused range", BODY, Answer(status=416), Answer(BODY, etag='"one"')),
    ):
        interrupted(server, part)
        server.put(PATH, *answers)
        assert fetch(server, part) == expected, case


def test_a_part_that_is_already_whole_is_finished_and_one_of_nobody_knows_what_is_not_trusted(
    server: Server, part: Path
) -> None:
    part.write_bytes(b"x" * 1000)
    server.put(PATH, Answer(BODY, etag='"one"'))
    assert fetch(server, part) == fetch(server, part) == BODY
    assert [None, f"bytes={len(BODY) - 1}-"] == [seen.headers.get("Range") for seen in server.seen]


def test_a_line_that_breaks_and_errors_of_the_server_are_tried_again(server: Server, part: Path) -> None:
    server.put(PATH, Answer(BODY, etag='"one"', length=70_000))
    assert fetch(server, part, retries=1) == BODY
    assert len(server.seen) == 5
    part.unlink()
    server.put(PATH, Answer(status=500), Answer(status=503, headers={"Retry-After": "0"}), Answer(BODY))
    assert fetch(server, part) == BODY
    server.put("/c", Answer(b'{"success": true}', length=5), Answer(b'{"success": true}'))
    assert web().text(f"{server.url}/c") == '{"success": true}'


def test_how_often_is_tried_depends_on_whether_it_may_pass(server: Server, part: Path) -> None:
    for status, tries, said in (
        (404, 1, r"SY\.zip is not there"),
        (403, 1, r"refuses .*\(403\)"),
        (500, 3, r"127\.0\.0\.1 answers with an error of its own \(500\): run the"),
    ):
        server.seen.clear()
        server.put(PATH, Answer(status=status))
        with pytest.raises(FetchError, match=said):
            fetch(server, part)
        assert len(server.seen) == tries, status


def test_a_server_that_falls_silent_or_does_not_answer_is_not_waited_for_for_ever(
    server: Server, part: Path
) -> None:
    server.put(PATH, Answer(BODY, etag='"one"', length=5000, stalls=True))
    with pytest.raises(FetchError, match="stopped in the middle"):
        fetch(server, part, timeout_s=0.2, retries=0)
    assert part.read_bytes() == BODY[:5000]
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/x"
        with pytest.raises(FetchError, match="does not answer"):
            web(timeout_s=0.2, retries=1).file(url, part)
    with pytest.raises(FetchError, match=r"cannot be reached .*connect to the internet, or name a --mirror"):
        web().file(f"http://127.0.0.1:{free_port()}/x", part)


def test_only_the_web_is_fetched_from(part: Path) -> None:
    for url in ("file:///etc/passwd", "ftp://127.0.0.1/x", "data:,x", "x", "http://[::1"):
        with pytest.raises(FetchError, match="is not an address that can be fetched"):
            web().file(url, part)
    assert not part.exists()


def test_a_redirect_is_followed_with_the_range_but_never_away_from_https(server: Server, part: Path) -> None:
    interrupted(server, part)
    server.put(PATH, Answer(status=302, headers={"Location": "/elsewhere"}))
    server.put("/elsewhere", Answer(BODY, etag='"one"'))
    assert fetch(server, part) == BODY
    assert server.seen[-1].headers["Range"] == "bytes=99999-"
    request = httpx.Request("GET", "https://data.humdata.org/x")
    leads = httpx.Response(302, headers={"Location": "http://data.humdata.org/x"}, request=request)
    with pytest.raises(FetchError, match="leads away from HTTPS"):
        _stay_on_https(leads)


def test_neither_the_version_at_hand_nor_what_is_bigger_than_any_source_is_begun(
    server: Server, part: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.put(PATH, Answer(BODY, etag='"one"'))
    assert web().file(server.url + PATH, part, known=Version("", '"one"')) is None
    monkeypatch.setattr("geodata.download._MOST_BYTES", 1000)
    with pytest.raises(FetchError, match="has 307,200 bytes, which is more than any source"):
        fetch(server, part)
    assert not part.exists()


# ------------------------------------------------------------------------------------- what came


def check(folder: Path, name: str, body: bytes, *, checksum: str = "") -> None:
    path = folder / "x.part"
    path.write_bytes(body)
    check_received(path, name=name, checksum=checksum)


def test_a_whole_zip_passes_with_and_without_its_checksum(tmp_path: Path) -> None:
    body = zipped(SY__txt="a\tb\n")
    digests = [(name, hashlib.new(name, body).hexdigest()) for name in ("md5", "sha1", "sha256")]
    plain = [digits.upper() for _, digits in digests]
    for checksum in ("", "md5-q0Zw+hGQWEK17VcrqD2uQg==", "cbf43926", *plain, *map(":".join, digests)):
        check(tmp_path, "SY.zip", body, checksum=checksum)
    check(tmp_path, "SY.xlsx", body, checksum="0" * 32)  # which may be that of a workbook's cells
    for checksum in ("0" * 32, "md5:" + "0" * 32, "sha256:" + "0" * 64):
        with pytest.raises(FetchError, match=r"checksum that its publisher gives.*--no-checksum"):
            check(tmp_path, "SY.zip", body, checksum=checksum)


def test_what_is_not_what_its_name_says_is_refused(tmp_path: Path) -> None:
    whole = zipped(SY__txt="a\tb\n" * 1000)
    for name, body, said in (
        ("SY.zip", whole[:-40], "is not a whole zip file"),
        ("SY.zip", whole.replace(b"SY.txt", b"SY.txx", 1), "whole zip|member"),
        ("SY.zip", b"\n<!DOCTYPE html><title>Welcome</title>", "came as a web page"),
        ("places.xlsx", b"<html>", "came as a web page"),
        ("places.csv", b"<html>", "came as a web page"),
        ("places.geojson", b"<html>", "came as a web page"),
        ("places.geojson", b"sorry", "is not GeoJSON"),
        ("places.csv", b"", "came empty"),
    ):
        with pytest.raises(FetchError, match=said):
            check(tmp_path, name, body)


# ---------------------------------------------------------------------------------- what HDX says


def wanted(*resources: dict[str, Any], dataset: HdxDataset = BOUNDARIES) -> list[Wanted]:
    return list(wanted_of(json.loads(package(*resources).body), dataset))


def test_the_newest_resource_of_the_wanted_format_is_chosen() -> None:
    (chosen,) = wanted(
        resource("/a/syr_admbnda_2020_shp.zip", last_modified="2021-01-15T10:00:00"),
        resource("/b/syr_admin_boundaries.shp.zip", last_modified="2026-01-26T10:00:00"),
        resource("/c/maps_emf.zip", last_modified="2026-11-01T10:00:00"),
        resource("/d/syr_admin_boundaries.xlsx", format="XLSX", last_modified="2026-11-02T10:00:00"),
        resource("/e/gone.shp.zip", state="deleted", last_modified="2026-11-03T10:00:00"),
        resource("/f/local.shp.zip", url="file:///etc/passwd", last_modified="2026-11-03T10:00:00"),
    )
    assert chosen.url == "https://data.humdata.org/b/syr_admin_boundaries.shp.zip"
    assert (chosen.name, chosen.release) == ("syr_admin_boundaries.shp.zip", "2026-01-26")


def test_uploaders_write_a_format_in_many_ways_and_another_is_taken_when_the_preferred_one_is_gone() -> None:
    for written in ("SHP", "zipped shapefile", "Zipped Shapefiles", "ESRI Shapefile", "ZIP", ""):
        assert ["syr.shp.zip"] == [w.name for w in wanted(resource("/b/syr.shp.zip", format=written))]
    other = resource("/b/syr.geojson.zip", format="GeoJSON"), resource("/b/s.xlsx", format="XLSX")
    assert ["syr.geojson.zip"] == [w.name for w in wanted(*other)]
    with pytest.raises(FetchError, match="no file as shp or geojson, only xlsx"):
        wanted(other[1])


def test_all_of_a_format_are_taken_where_a_dataset_comes_in_pieces() -> None:
    pieces = HdxDataset("hotosm_syr_health_facilities", ("geojson", "shp"), "all", ("lines",))
    names = [f"/{kind}/{kind}_geojson.zip" for kind in ("points", "polygons", "lines")]
    resources = [resource(name, format="GeoJSON") for name in names]
    found = wanted(*resources, resource("/x/s.zip"), dataset=pieces)
    assert ["points_geojson.zip", "polygons_geojson.zip"] == [one.name for one in found]
    twins = [resource("/a/data.zip"), resource("/b/data.zip")]
    found = wanted(*twins, dataset=HdxDataset("x", ("shp",), "all", ()))
    assert ["1-data.zip", "data.zip"] == [one.name for one in found]


def test_a_checksum_of_a_file_that_lies_elsewhere_is_not_believed() -> None:
    there = resource("/a/data.shp.zip", b"x", url="https://example.org/data.shp.zip", url_type="api")
    found = [*wanted(resource("/a/data.shp.zip", b"x")), *wanted(there)]
    assert [hashlib.md5(b"x").hexdigest(), ""] == [one.checksum for one in found]


def test_an_answer_of_another_form_is_said_not_guessed_at() -> None:
    answers: list[Any] = [None, [], {"success": False}, {"success": True, "result": {"resources": [{}]}}]
    for answer in answers:
        with pytest.raises(FetchError, match="another form than expected"):
            wanted_of(answer, BOUNDARIES)


@given(st.text())
def test_a_name_from_a_server_is_one_harmless_name(text: str) -> None:
    name = safe_name(text, otherwise="file.zip")
    assert name == Path(name).name
    assert not name.startswith(".")
    assert 0 < len(name) <= 120
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
    assert read_pulled(tmp_path) == read_pulled(tmp_path / "nowhere") == ()
    one, two = pulled(), pulled(file="geonames/alternatenames-SY.zip", etag='"x"')
    write_pulled(tmp_path, [two, one])
    assert read_pulled(tmp_path) == (one, two)
    assert [path.name for path in tmp_path.iterdir()] == ["pull.json"]


def test_a_list_that_cannot_be_read_or_leads_out_of_its_folder_is_refused(tmp_path: Path) -> None:
    for text in ("", "[]", '{"version": 2, "files": []}', '{"version": 1, "files": [{}]}'):
        (tmp_path / "pull.json").write_text(text)
        with pytest.raises(InputError, match="delete it and pull again"):
            read_pulled(tmp_path)
    for file in ("../x.zip", "/etc/passwd", "a/../../x", "a\\b", "C:x", ""):
        with pytest.raises(ValueError, match="not a path inside"):
            pulled(file=file)


def test_every_source_says_what_it_is_what_its_licence_asks_and_where_it_is_from() -> None:
    known = read_sources()
    assert len({source.id for source in known}) == len(known)
    for source in known:
        assert all((source.title, source.gives, source.licence, source.attribution, source.asks, source.size))
        if source.hdx or source.files:
            urls = [source.address, source.licence_url, *(file.url for file in source.files)]
            assert all(url.startswith("https://") for url in urls), source.id


def test_sources_are_chosen_by_id_in_the_order_of_the_table() -> None:
    known = read_sources()
    pulled = [one for one in known if one.hdx or one.files]
    assert [*choose_sources(known, (), share_alike=True)] == pulled
    assert [*choose_sources(known, ())] == [one for one in pulled if not one.share_alike]
    assert [s.id for s in choose_sources(known, ["geonames", "ocha-cod-ab"])] == ["ocha-cod-ab", "geonames"]


def test_a_wrong_table_of_sources_is_an_error_that_names_it(tmp_path: Path) -> None:
    path = tmp_path / "sources.toml"
    for text in ("", "[[source]]\nid = 1", "[[source]]\nid = 'x'\nsice = 'y'", "="):
        path.write_text(text)
        with pytest.raises(GazetteerFileError, match=r"sources\.toml cannot be used"):
            read_sources(path)
