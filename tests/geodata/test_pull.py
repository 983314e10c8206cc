"""Pulling as the command does it: all sources, again, renewed, from mirrors, and on bad days."""

import errno
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from geodata import download
from geodata.cli import app
from geodata.download import Web
from geodata.sources import read_pulled, read_sources
from tests.geodata.http_server import PACKAGE, Answer, Server, package, resource, zipped
from tests.geodata.running import run

BOUNDARIES = zipped(syr_admin1__shp="polygons", syr_admin1__dbf="names")
PLACES = zipped(xl__workbook__xml="<workbook/>")
TOWNS = zipped(SY__txt="170654\tDamascus\n" * 500)
NAMES = zipped(SY__txt="1\t170654\tar\tدمشق\n" * 500)
HOSPITALS = zipped(hospitals__geojson="{}")
VILLAGES = zipped(villages__geojson="{}")
SHP = "/dataset/356a/resource/2e69/download/syr_admin_boundaries.shp.zip"
XLSX = "/dataset/77aa/resource/99bb/download/syr_locations.xlsx"
#: HOT's exports: the source, the dataset's name after "hotosm_syr_", and what is drawn in the one wanted.
EXPORTS = (
    ("osm-health-facilities", "health_facilities", "points", HOSPITALS),
    ("osm-populated-places", "populated_places", "points", VILLAGES),
    ("osm-education-facilities", "education_facilities", "points", zipped(schools__geojson="{}")),
    ("osm-points-of-interest", "points_of_interest", "polygons", zipped(markets__geojson="{}")),
    ("osm-roads", "roads", "lines", zipped(roads__geojson="{}")),
    ("osm-waterways", "waterways", "lines", zipped(rivers__geojson="{}")),
)


def exported(name: str, drawn: str) -> str:
    return f"/ISO3/SYR/{name}/{drawn}/hotosm_syr_{name}_{drawn}_geojson.zip"


GEONAMES = "/export/dump/SY.zip"
ALTERNATE = "/export/dump/alternatenames/SY.zip"
FILES = {
    "ocha-cod-ab/syr_admin_boundaries.shp.zip": BOUNDARIES,
    "ocha-populated-places/syr_locations.xlsx": PLACES,
    "geonames/SY.zip": TOWNS,
    "geonames/alternatenames-SY.zip": NAMES,
    **{f"{source}/{Path(exported(name, drawn)).name}": body for source, name, drawn, body in EXPORTS},
}
OF_GEONAMES = {"geonames/SY.zip": TOWNS, "geonames/alternatenames-SY.zip": NAMES}


def tagged(body: bytes, **changes: Any) -> Answer:
    tag = f'"{hashlib.sha256(body).hexdigest()[:8]}"'
    return replace(Answer(body, etag=tag, last_modified="Sat, 21 Nov 2026 03:00:00 GMT"), **changes)


@pytest.fixture
def server(server: Server) -> Server:
    """A server with all that the publishers have, under their own paths."""
    bodies = [BOUNDARIES, PLACES, TOWNS, NAMES]
    for path, body in zip((SHP, XLSX, GEONAMES, ALTERNATE), bodies, strict=True):
        server.put(path, tagged(body))
    server.put(f"{PACKAGE}cod-ab-syr", package(resource(SHP, BOUNDARIES)))
    server.put(f"{PACKAGE}syrian-arab-republic-pop-places", package(resource(XLSX, PLACES, format="XLSX")))
    for _, name, drawn, body in EXPORTS:
        path = exported(name, drawn)
        bucket = f"https://production-raw-data-api.s3.amazonaws.com{path}"
        outside = resource(path, url=bucket, url_type="api", format="GeoJSON")
        server.put(f"{PACKAGE}hotosm_syr_{name}", package(outside))
        server.put(path, tagged(body))
    return server


def files_in(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "pull.json"
    }


# ------------------------------------------------------------------------------------- good days


def test_all_sources_come_with_a_list_of_where_from_and_a_second_pull_leaves_them(
    server: Server, tmp_path: Path
) -> None:
    done = run("pull", "--odbl", "--into", tmp_path / "dir", "--mirror", server.url)
    assert (done.exit_code, done.stderr) == (0, "")
    assert files_in(tmp_path / "dir") == FILES
    assert "geonames/SY.zip: " in done.stdout
    assert done.stdout.endswith(f"Next: gazetteer-data build --from {tmp_path / 'dir'} -o gazetteer.gpkg\n")
    rows = {row["file"]: row for row in json.loads((tmp_path / "dir" / "pull.json").read_text())["files"]}
    row = rows["ocha-cod-ab/syr_admin_boundaries.shp.zip"]
    expected = {
        "source": "ocha-cod-ab",
        "url": f"https://data.humdata.org{SHP}",
        "sha256": hashlib.sha256(BOUNDARIES).hexdigest(),
        "licence": "CC BY 3.0 IGO",
        "release": "2026-01-26",
    }
    assert expected.items() <= row.items()
    assert row["retrieved"].endswith("+00:00")
    assert rows["geonames/SY.zip"]["release"] == "2026-11-21"
    before = {name: (tmp_path / "dir" / name).stat().st_mtime_ns for name in FILES}
    done = run("pull", "--odbl", "--into", tmp_path / "dir", "--mirror", server.url)
    assert done.exit_code == 0
    assert done.stdout.count("already current") == len(FILES)
    assert {name: (tmp_path / "dir" / name).stat().st_mtime_ns for name in FILES} == before


def test_what_binds_that_which_is_built_with_it_comes_only_when_asked_for(
    server: Server, tmp_path: Path
) -> None:
    assert run("pull", "--into", tmp_path, "--mirror", server.url).exit_code == 0
    assert {name: body for name, body in FILES.items() if not name.startswith("osm-")} == files_in(tmp_path)
    assert all(one.licence.startswith("ODbL") == one.share_alike for one in read_sources())


def test_a_new_release_under_a_new_name_takes_the_place_of_the_old(server: Server, tmp_path: Path) -> None:
    run("pull", "ocha-cod-ab", "--into", tmp_path, "--mirror", server.url)
    (tmp_path / "ocha-cod-ab" / "notes.txt").write_text("mine")
    newer = zipped(syr_admin1__shp="better polygons")
    path = "/dataset/356a/resource/77/download/syr_v03.shp.zip"
    latest = resource(path, newer, last_modified="2027-02-01T00:00:00")
    server.put(f"{PACKAGE}cod-ab-syr", package(resource(SHP, BOUNDARIES), latest))
    server.put(path, tagged(newer))
    done = run("pull", "ocha-cod-ab", "--into", tmp_path, "--mirror", server.url)
    assert "release 2027-02-01, new (in place of ocha-cod-ab/syr_admin_boundaries.shp.zip)" in done.stdout
    assert files_in(tmp_path) == {"ocha-cod-ab/syr_v03.shp.zip": newer, "ocha-cod-ab/notes.txt": b"mine"}
    assert [file.file for file in read_pulled(tmp_path)] == ["ocha-cod-ab/syr_v03.shp.zip"]


def test_what_was_changed_or_lost_since_and_what_has_a_new_version_is_brought_again(
    server: Server, tmp_path: Path
) -> None:
    pull = ("pull", "geonames", "curated", "--into", tmp_path, "--mirror", server.url)
    assert run(*pull).exit_code == 0
    assert files_in(tmp_path) == OF_GEONAMES  # only the named sources
    (tmp_path / "geonames" / "SY.zip").write_bytes(b"x" * len(TOWNS))
    (tmp_path / "geonames" / "alternatenames-SY.zip").unlink()
    run(*pull)
    assert files_in(tmp_path) == OF_GEONAMES
    newer = zipped(SY__txt="170654\tDimashq\n")
    server.put(GEONAMES, tagged(newer))
    assert "newer than the one before" in run(*pull).stdout
    assert (tmp_path / "geonames" / "SY.zip").read_bytes() == newer


# --------------------------------------------------------------------------------------- mirrors


def test_a_folder_with_the_publishers_own_paths_is_a_mirror(tmp_path: Path) -> None:
    mirror = tmp_path / "mirror"
    for path, body in (
        (f"{PACKAGE}cod-ab-syr", package(resource(SHP, BOUNDARIES)).body),
        (SHP, BOUNDARIES),
    ):
        target = mirror / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(body)
    done = run("pull", "ocha-cod-ab", "geonames", "--into", tmp_path / "two", "--mirror", mirror)
    assert files_in(tmp_path / "two") == {"ocha-cod-ab/syr_admin_boundaries.shp.zip": BOUNDARIES}
    assert done.exit_code == 1
    assert done.stderr.startswith("gazetteer-data: geonames: the mirror has no ")


# -------------------------------------------------------------------------------------- bad days


def test_a_wrong_checksum_keeps_the_file_before(server: Server, tmp_path: Path) -> None:
    run("pull", "ocha-cod-ab", "--into", tmp_path, "--mirror", server.url)
    before = (tmp_path / "pull.json").read_bytes()
    other = resource(SHP, b"something else", last_modified="2027-01-01T00:00:00")
    server.put(f"{PACKAGE}cod-ab-syr", package(other))
    server.put(SHP, tagged(zipped(syr_admin1__shp="tampered")))
    done = run("pull", "ocha-cod-ab", "--into", tmp_path, "--mirror", server.url)
    assert done.exit_code == 1
    assert "does not have the checksum that its publisher gives" in done.stderr
    assert done.stderr.count("\n") == 1
    assert files_in(tmp_path) == {"ocha-cod-ab/syr_admin_boundaries.shp.zip": BOUNDARIES}
    assert (tmp_path / "pull.json").read_bytes() == before
    done = run("pull", "ocha-cod-ab", "--no-checksum", "--into", tmp_path, "--mirror", server.url)
    assert done.exit_code == 0


def test_one_source_that_fails_is_said_in_a_line_and_does_not_stop_the_others(
    server: Server, tmp_path: Path
) -> None:
    for n, (bad, sentence) in enumerate(
        (
            (Answer(status=404), "is not there (404)"),
            (Answer(status=500), "answers with an error of its own (500)"),
            (tagged(BOUNDARIES, length=30), "ended after 30 of"),
            (tagged(BOUNDARIES, length=30, stalls=True), "stopped in the middle of its answer"),
            (Answer(BOUNDARIES[:60]), "is not a whole zip file"),
            (Answer(b"<html>log in</html>"), "came as a web page"),
        )
    ):
        server.put(SHP, bad)
        into = tmp_path / str(n)
        options = ("--mirror", server.url, "--retries", 0, "--timeout", 0.3)
        done = run("pull", "ocha-cod-ab", "geonames", "--into", into, *options)
        assert (done.exit_code, done.stderr.count("\n")) == (1, 1), sentence
        assert done.stderr.startswith("gazetteer-data: ocha-cod-ab: "), sentence
        assert sentence in done.stderr
        finished = {name for name in files_in(into) if ".part" not in name}
        assert finished == OF_GEONAMES.keys(), sentence
        assert {file.source for file in read_pulled(into)} == {"geonames"}, sentence


def test_offline_is_one_sentence_a_server_and_nothing_is_left_half_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def offline(self: Any, request: httpx.Request) -> Any:
        raise httpx.ConnectError("[Errno -2] Name or service not known", request=request)

    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", offline)
    done = run("pull", "--odbl", "--into", tmp_path)
    assert (done.exit_code, done.stdout) == (1, "")
    why = "cannot be reached ([Errno -2] Name or service not known): connect to the internet, or name a"
    assert done.stderr.splitlines() == [
        f"gazetteer-data: ocha-cod-ab, ocha-populated-places, {', '.join(source for source, *_ in EXPORTS)}: "
        f"data.humdata.org {why} --mirror",
        f"gazetteer-data: geonames: download.geonames.org {why} --mirror",
    ]
    assert files_in(tmp_path) == {}


def test_what_the_disk_refuses_is_said_and_the_list_stays_true(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(part: Path, target: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(target))

    monkeypatch.setattr(download, "take", refuse)
    done = run("pull", "--into", tmp_path, "--mirror", server.url)
    assert (done.exit_code, done.stderr.count("\n")) == (1, 1)
    assert "cannot be written (No space left on device): make room, or take another folder" in done.stderr
    assert read_pulled(tmp_path) == ()


def test_an_address_that_is_not_https_is_not_taken_from_hdx(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = package(resource(SHP, url="http://169.254.169.254/latest/meta-data.shp.zip")).body
    monkeypatch.setattr(Web, "text", lambda self, url: answer.decode())
    done = run("pull", "ocha-cod-ab", "--into", tmp_path)
    assert done.exit_code == 1
    assert "is not an HTTPS address: not taken" in done.stderr


def test_a_name_from_a_server_stays_inside_the_folder(server: Server, tmp_path: Path) -> None:
    path = "/download/..%2F..%2F..%2Fevil.shp.zip"
    server.put(f"{PACKAGE}cod-ab-syr", package(resource(path, BOUNDARIES)))
    server.put(path, tagged(BOUNDARIES))
    assert run("pull", "ocha-cod-ab", "--into", tmp_path / "dir", "--mirror", server.url).exit_code == 0
    assert set(files_in(tmp_path)) == {"dir/ocha-cod-ab/evil.shp.zip"}


def test_what_cannot_be_done_is_said_with_what_to_do(server: Server, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "pull.json").write_text("{")
    full = "cannot be written (File exists): make room, or take another folder"
    for into, options, code, said in (
        ("file", (), 1, full),
        ("damaged", (), 2, "delete it and pull again"),
        ("dir", ("osm",), 2, "gazetteer-data: There is no source 'osm'; there are ocha-cod-ab,"),
        ("dir", ("--mirror", tmp_path / "nowhere"), 2, "neither a folder nor an address"),
    ):
        done = run("pull", "--into", tmp_path / into, "--mirror", server.url, *options)
        assert (done.exit_code, said in done.stderr) == (code, True), (said, done.stderr)
    assert (tmp_path / "file").read_text() == "mine"
    assert not (tmp_path / "dir").exists()


def test_ctrl_c_loses_nothing_and_the_same_command_gives_the_same_bytes(
    server: Server, tmp_path: Path
) -> None:
    server.put(GEONAMES, tagged(TOWNS, length=100, stalls=True))
    program = "from geodata.cli import main; main()"
    pull = ["pull", "geonames", "--into", str(tmp_path), "--mirror", server.url]
    command = [sys.executable, "-c", program, *pull]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    part = tmp_path / "geonames" / "SY.zip.part"
    deadline = time.monotonic() + 20
    while GEONAMES not in server.paths() and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.3)  # the first bytes are read, and it waits for more
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=20)
    assert (running.returncode, out) == (130, "")
    assert err == "gazetteer-data: stopped; what came is kept: run the same command again to go on\n"
    assert part.read_bytes() == TOWNS[:100]

    server.put(GEONAMES, tagged(TOWNS))
    server.seen.clear()
    again = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert (again.returncode, again.stderr) == (0, "")
    asked = next(seen for seen in server.seen if seen.path == GEONAMES)
    assert asked.headers["Range"] == "bytes=99-"
    assert files_in(tmp_path) == OF_GEONAMES


# ------------------------------------------------------------------------------------ what is shown


def test_sources_as_json_has_the_words_to_quote() -> None:
    rows = json.loads(run("sources", "--json").stdout)
    assert {"id", "title", "gives", "licence", "size", "address", "attribution", "asks"} <= set(rows[0])
    assert len(rows) == 11


def test_a_terminal_sees_a_bar_and_whole_lines(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    app(["pull", "geonames", "--into", str(tmp_path), "--mirror", server.url], standalone_mode=False)
    out, err = capsys.readouterr()
    assert "geonames/SY.zip" in err
    assert "\x1b[" in err
    assert out.count("release 2026-11-21, new\n") == 2
