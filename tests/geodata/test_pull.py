"""Pulling as the command does it: all sources, again, renewed, from mirrors, and on bad days."""

import errno
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from geodata import download
from geodata.cli import main
from geodata.download import Web
from geodata.sources import read_pulled
from tests.geodata.http_server import PACKAGE, Answer, Server, package, resource, serving, zipped

BOUNDARIES = zipped(syr_admin1__shp="polygons", syr_admin1__dbf="names")
PLACES = zipped(xl__workbook__xml="<workbook/>")
TOWNS = zipped(SY__txt="170654\tDamascus\n" * 500)
NAMES = zipped(SY__txt="1\t170654\tar\tدمشق\n" * 500)
HOSPITALS = zipped(hospitals__geojson="{}")
VILLAGES = zipped(villages__geojson="{}")
SHP = "/dataset/356a/resource/2e69/download/syr_admin_boundaries.shp.zip"
XLSX = "/dataset/77aa/resource/99bb/download/syr_locations.xlsx"
HEALTH = "/ISO3/SYR/health_facilities/points/hotosm_syr_health_facilities_points_geojson.zip"
OSM = "/ISO3/SYR/populated_places/points/hotosm_syr_populated_places_points_geojson.zip"
GEONAMES = "/export/dump/SY.zip"
ALTERNATE = "/export/dump/alternatenames/SY.zip"
FILES = {
    "ocha-cod-ab/syr_admin_boundaries.shp.zip": BOUNDARIES,
    "ocha-populated-places/syr_locations.xlsx": PLACES,
    "geonames/SY.zip": TOWNS,
    "geonames/alternatenames-SY.zip": NAMES,
    "osm-health-facilities/hotosm_syr_health_facilities_points_geojson.zip": HOSPITALS,
    "osm-populated-places/hotosm_syr_populated_places_points_geojson.zip": VILLAGES,
}


def tagged(body: bytes, **changes: Any) -> Answer:
    tag = f'"{hashlib.sha256(body).hexdigest()[:8]}"'
    return replace(Answer(body, etag=tag, last_modified="Sat, 21 Nov 2026 03:00:00 GMT"), **changes)


def publish(server: Server) -> None:
    """Put all that the publishers have on the server, under their own paths."""
    outside: dict[str, Any] = {"url_type": "api", "format": "GeoJSON"}
    bucket = "https://production-raw-data-api.s3.amazonaws.com"
    server.put(f"{PACKAGE}cod-ab-syr", package(resource(SHP, BOUNDARIES)))
    server.put(f"{PACKAGE}syrian-arab-republic-pop-places", package(resource(XLSX, PLACES, format="XLSX")))
    server.put(
        f"{PACKAGE}hotosm_syr_health_facilities",
        package(resource(HEALTH, url=f"{bucket}{HEALTH}", **outside)),
    )
    server.put(
        f"{PACKAGE}hotosm_syr_populated_places", package(resource(OSM, url=f"{bucket}{OSM}", **outside))
    )
    for path, body in (
        (SHP, BOUNDARIES),
        (XLSX, PLACES),
        (GEONAMES, TOWNS),
        (ALTERNATE, NAMES),
        (HEALTH, HOSPITALS),
        (OSM, VILLAGES),
    ):
        server.put(path, tagged(body))


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with serving() as running:
        publish(running)
        yield running


class Pulled:
    """What a run of the command left behind."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    def pull(*arguments: object) -> Pulled:
        monkeypatch.setattr(sys, "argv", ["gazetteer-data", *map(str, arguments)])
        with pytest.raises(SystemExit) as stopped:
            main()
        return Pulled(int(stopped.value.code or 0), *capsys.readouterr())

    return pull


def files_in(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "pull.json"
    }


# ------------------------------------------------------------------------------------- good days


def test_all_sources_come_with_a_list_of_where_from(run: Any, server: Server, tmp_path: Path) -> None:
    done = run("pull", "--into", tmp_path / "dir", "--mirror", server.url)
    assert (done.code, done.err) == (0, "")
    assert files_in(tmp_path / "dir") == FILES
    assert "geonames/SY.zip: " in done.out
    assert done.out.endswith(f"Next: gazetteer-data build --from {tmp_path / 'dir'} -o gazetteer.gpkg\n")
    rows = {row["file"]: row for row in json.loads((tmp_path / "dir" / "pull.json").read_text())["files"]}
    row = rows["ocha-cod-ab/syr_admin_boundaries.shp.zip"]
    assert row["source"] == "ocha-cod-ab"
    assert row["url"] == f"https://data.humdata.org{SHP}"
    assert row["sha256"] == hashlib.sha256(BOUNDARIES).hexdigest()
    assert row["licence"] == "CC BY 3.0 IGO"
    assert row["release"] == "2026-01-26"
    assert row["retrieved"].endswith("+00:00")
    assert rows["geonames/SY.zip"]["release"] == "2026-11-21"


def test_only_the_named_sources_come(run: Any, server: Server, tmp_path: Path) -> None:
    assert run("pull", "geonames", "curated", "--into", tmp_path, "--mirror", server.url).code == 0
    assert set(files_in(tmp_path)) == {"geonames/SY.zip", "geonames/alternatenames-SY.zip"}


def test_a_second_pull_leaves_current_files_untouched(run: Any, server: Server, tmp_path: Path) -> None:
    run("pull", "--into", tmp_path, "--mirror", server.url)
    before = {name: (tmp_path / name).stat().st_mtime_ns for name in FILES}
    done = run("pull", "--into", tmp_path, "--mirror", server.url)
    assert done.code == 0
    assert done.out.count("already current") == len(FILES)
    assert {name: (tmp_path / name).stat().st_mtime_ns for name in FILES} == before


def test_a_new_release_under_a_new_name_takes_the_place_of_the_old(
    run: Any, server: Server, tmp_path: Path
) -> None:
    run("pull", "ocha-cod-ab", "--into", tmp_path, "--mirror", server.url)
    (tmp_path / "ocha-cod-ab" / "notes.txt").write_text("mine")
    newer, path = (
        zipped(syr_admin1__shp="better polygons"),
        "/dataset/356a/resource/77/download/syr_v03.shp.zip",
    )
    old = resource(SHP, BOUNDARIES)
    server.put(
        f"{PACKAGE}cod-ab-syr", package(old, resource(path, newer, last_modified="2027-02-01T00:00:00"))
    )
    server.put(path, tagged(newer))
    done = run("pull", "ocha-cod-ab", "--into", tmp_path, "--mirror", server.url)
    assert "release 2027-02-01, new (in place of ocha-cod-ab/syr_admin_boundaries.shp.zip)" in done.out
    assert files_in(tmp_path) == {"ocha-cod-ab/syr_v03.shp.zip": newer, "ocha-cod-ab/notes.txt": b"mine"}
    assert [file.file for file in read_pulled(tmp_path)] == ["ocha-cod-ab/syr_v03.shp.zip"]


def test_a_new_version_under_the_same_name_is_taken(run: Any, server: Server, tmp_path: Path) -> None:
    run("pull", "geonames", "--into", tmp_path, "--mirror", server.url)
    newer = zipped(SY__txt="170654\tDimashq\n")
    server.put(GEONAMES, tagged(newer))
    done = run("pull", "geonames", "--into", tmp_path, "--mirror", server.url)
    assert "newer than the one before" in done.out
    assert (tmp_path / "geonames" / "SY.zip").read_bytes() == newer


def test_a_file_that_was_changed_or_lost_since_is_brought_again(
    run: Any, server: Server, tmp_path: Path
) -> None:
    run("pull", "geonames", "--into", tmp_path, "--mirror", server.url)
    (tmp_path / "geonames" / "SY.zip").write_bytes(b"x" * len(TOWNS))
    (tmp_path / "geonames" / "alternatenames-SY.zip").unlink()
    run("pull", "geonames", "--into", tmp_path, "--mirror", server.url)
    assert files_in(tmp_path) == {name: body for name, body in FILES.items() if name.startswith("geonames/")}


# --------------------------------------------------------------------------------------- mirrors


def test_a_folder_with_the_publishers_own_paths_is_a_mirror(run: Any, tmp_path: Path) -> None:
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
    assert done.code == 1
    assert done.err.startswith("gazetteer-data: geonames: the mirror has no ")


def test_a_mirror_that_is_neither_folder_nor_address_is_wrong_use(run: Any, tmp_path: Path) -> None:
    done = run("pull", "--into", tmp_path / "dir", "--mirror", tmp_path / "nowhere")
    assert done.code == 2
    assert "neither a folder nor an address" in done.err
    assert not (tmp_path / "dir").exists()


# -------------------------------------------------------------------------------------- bad days


def test_a_wrong_checksum_keeps_the_file_before(run: Any, server: Server, tmp_path: Path) -> None:
    run("pull", "ocha-cod-ab", "--into", tmp_path, "--mirror", server.url)
    before = (tmp_path / "pull.json").read_bytes()
    server.put(
        f"{PACKAGE}cod-ab-syr", package(resource(SHP, b"something else", last_modified="2027-01-01T00:00:00"))
    )
    server.put(SHP, tagged(zipped(syr_admin1__shp="tampered")))
    done = run("pull", "ocha-cod-ab", "--into", tmp_path, "--mirror", server.url)
    assert done.code == 1
    assert "does not have the checksum that its publisher gives" in done.err
    assert done.err.count("\n") == 1
    assert files_in(tmp_path) == {"ocha-cod-ab/syr_admin_boundaries.shp.zip": BOUNDARIES}
    assert (tmp_path / "pull.json").read_bytes() == before
    assert run("pull", "ocha-cod-ab", "--no-checksum", "--into", tmp_path, "--mirror", server.url).code == 0


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        (Answer(status=404), "is not there (404)"),
        (Answer(status=500), "answers with an error of its own (500)"),
        (tagged(BOUNDARIES, length=30), "ended after 30 of"),
        (tagged(BOUNDARIES, length=30, stalls=True), "stopped in the middle of its answer"),
        (Answer(BOUNDARIES[:60]), "is not a whole zip file"),
        (Answer(b"<html>log in</html>"), "came as a web page"),
    ],
    ids=["404", "500", "truncated", "slow", "half a zip", "log-in page"],
)
def test_one_source_that_fails_is_said_in_a_line_and_does_not_stop_the_others(
    bad: Answer, sentence: str, run: Any, server: Server, tmp_path: Path
) -> None:
    server.put(SHP, bad)
    options = ("--retries", 0, "--timeout", 0.3)
    done = run("pull", "ocha-cod-ab", "geonames", "--into", tmp_path, "--mirror", server.url, *options)
    assert done.code == 1
    assert done.err.startswith("gazetteer-data: ocha-cod-ab: ")
    assert sentence in done.err
    assert done.err.count("\n") == 1
    finished = {name for name in files_in(tmp_path) if ".part" not in name}
    assert finished == {"geonames/SY.zip", "geonames/alternatenames-SY.zip"}
    assert {file.source for file in read_pulled(tmp_path)} == {"geonames"}


def test_offline_is_one_sentence_a_server_and_nothing_is_left_half_done(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def offline(self: Any, request: httpx.Request) -> Any:
        raise httpx.ConnectError("[Errno -2] Name or service not known", request=request)

    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", offline)
    done = run("pull", "--into", tmp_path)
    assert (done.code, done.out) == (1, "")
    why = "cannot be reached ([Errno -2] Name or service not known): connect to the internet, or name a"
    assert done.err.splitlines() == [
        "gazetteer-data: ocha-cod-ab, ocha-populated-places, osm-health-facilities, osm-populated-places: "
        f"data.humdata.org {why} --mirror",
        f"gazetteer-data: geonames: download.geonames.org {why} --mirror",
    ]
    assert files_in(tmp_path) == {}


def test_what_the_disk_refuses_is_said_and_the_list_stays_true(
    run: Any, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(part: Path, target: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(target))

    monkeypatch.setattr(download, "take", refuse)
    done = run("pull", "--into", tmp_path, "--mirror", server.url)
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert "cannot be written (No space left on device): make room, or name another folder" in done.err
    assert read_pulled(tmp_path) == ()


def test_an_address_that_is_not_https_is_not_taken_from_hdx(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = package(resource(SHP, url="http://169.254.169.254/latest/meta-data.shp.zip")).body
    monkeypatch.setattr(Web, "text", lambda self, url: answer.decode())
    done = run("pull", "ocha-cod-ab", "--into", tmp_path)
    assert done.code == 1
    assert "is not an HTTPS address: not taken" in done.err


def test_a_name_from_a_server_stays_inside_the_folder(run: Any, server: Server, tmp_path: Path) -> None:
    path = "/download/..%2F..%2F..%2Fevil.shp.zip"
    server.put(f"{PACKAGE}cod-ab-syr", package(resource(path, BOUNDARIES)))
    server.put(path, tagged(BOUNDARIES))
    assert run("pull", "ocha-cod-ab", "--into", tmp_path / "dir", "--mirror", server.url).code == 0
    assert set(files_in(tmp_path)) == {"dir/ocha-cod-ab/evil.shp.zip"}


def test_a_file_where_the_folder_should_be_is_wrong_use(run: Any, server: Server, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    done = run("pull", "--into", tmp_path / "file", "--mirror", server.url)
    assert done.code == 1
    assert "cannot be written (File exists): make room, or name another folder with --into" in done.err
    assert (tmp_path / "file").read_text() == "mine"


def test_an_unknown_source_is_wrong_use_and_names_the_known_ones(run: Any, tmp_path: Path) -> None:
    done = run("pull", "osm", "--into", tmp_path)
    assert done.code == 2
    assert done.err.startswith("gazetteer-data: There is no source 'osm'; there are ocha-cod-ab,")


def test_a_damaged_list_is_said_with_what_to_do(run: Any, server: Server, tmp_path: Path) -> None:
    (tmp_path / "pull.json").write_text("{")
    done = run("pull", "--into", tmp_path, "--mirror", server.url)
    assert done.code == 2
    assert "delete it and pull again" in done.err


def test_ctrl_c_loses_nothing_and_the_same_command_gives_the_same_bytes(
    server: Server, tmp_path: Path
) -> None:
    server.put(GEONAMES, tagged(TOWNS, length=100, stalls=True))
    program = "from geodata.cli import main; main()"
    command = [
        sys.executable,
        "-c",
        program,
        "pull",
        "geonames",
        "--into",
        str(tmp_path),
        "--mirror",
        server.url,
    ]
    root = Path(__file__).resolve().parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root), "no_proxy": "127.0.0.1"}
    running = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
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
    again = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=20, check=False)
    assert (again.returncode, again.stderr) == (0, "")
    asked = next(seen for seen in server.seen if seen.path == GEONAMES)
    assert asked.headers["Range"] == "bytes=99-"
    assert files_in(tmp_path) == {name: body for name, body in FILES.items() if name.startswith("geonames/")}


# ------------------------------------------------------------------------------------ what is shown


def test_sources_as_json_has_the_words_to_quote(run: Any) -> None:
    rows = json.loads(run("sources", "--json").out)
    assert {"id", "title", "gives", "licence", "size", "address", "attribution", "asks"} <= set(rows[0])
    assert len(rows) == 7


def test_a_terminal_sees_a_bar_and_whole_lines(
    run: Any, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    done = run("pull", "geonames", "--into", tmp_path, "--mirror", server.url)
    assert done.code == 0
    assert "geonames/SY.zip" in done.err
    assert "\x1b[" in done.err
    assert done.out.count("release 2026-11-21, new\n") == 2
