"""Fetching one file: resumed, restarted, given up on, in one sentence."""

import errno
import http.client
import os
import shutil
import socket
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from geodata.fetch import Fetcher, FetchError, NotThereError, Patience, UnreachableError, _Redirects
from geodata.partial import DiskFullError, Partial, Validators
from tests.geodata.http_server import Answer, Server, serving
from tests.ports import free_port

BODY = bytes(range(256)) * 1200  # 300 kB, more than a few reads
PATH = "/export/dump/SY.zip"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with serving() as running:
        yield running


def fetcher(**changes: Any) -> Fetcher:
    return Fetcher(Patience(**{"timeout_s": 5.0, "retries": 2, "pause_s": 0.01, **changes}))


def fetch(server: Server, part: Path, **changes: Any) -> bytes:
    received = fetcher(**changes).file(server.url + PATH, part)
    assert received is not None
    return received.path.read_bytes()


def interrupted(server: Server, part: Path, *, length: int = 100_000, etag: str = '"one"') -> None:
    """Leave a part of a file behind, as an earlier run would."""
    server.put(PATH, Answer(BODY, etag=etag, length=length))
    with pytest.raises(FetchError, match="ended after"):
        fetch(server, part, retries=0)
    assert part.stat().st_size == length
    server.seen.clear()


def test_a_file_comes_as_the_server_has_it_and_progress_ends_at_its_size(
    server: Server, tmp_path: Path
) -> None:
    server.put(PATH, Answer(BODY, etag='"one"', last_modified="Sat, 21 Nov 2026 03:00:00 GMT"))
    told: list[tuple[int, int | None]] = []
    received = Fetcher(on_bytes=lambda done, total: told.append((done, total))).file(
        server.url + PATH, tmp_path / "SY.zip.part"
    )
    assert received is not None
    assert received.path.read_bytes() == BODY
    assert received.validators == Validators('"one"', "Sat, 21 Nov 2026 03:00:00 GMT")
    assert told[0] == (0, len(BODY))
    assert told[-1] == (len(BODY), len(BODY))


def test_a_part_from_an_earlier_run_is_gone_on_with(server: Server, tmp_path: Path) -> None:
    part = tmp_path / "SY.zip.part"
    interrupted(server, part)
    server.put(PATH, Answer(BODY, etag='"one"'))
    assert fetch(server, part) == BODY
    (request,) = server.seen
    assert request.headers["Range"] == "bytes=99999-"
    assert request.headers["If-Range"] == '"one"'


def test_a_part_is_gone_on_with_by_date_where_the_server_has_no_exact_tag(
    server: Server, tmp_path: Path
) -> None:
    part, day = tmp_path / "SY.zip.part", "Sat, 21 Nov 2026 03:00:00 GMT"
    server.put(PATH, Answer(BODY, etag='W/"one"', last_modified=day, length=100_000))
    with pytest.raises(FetchError):
        fetch(server, part, retries=0)
    server.put(PATH, Answer(BODY, etag='W/"one"', last_modified=day))
    assert fetch(server, part) == BODY
    assert server.seen[-1].headers["If-Range"] == day


def test_a_part_of_a_version_that_is_gone_is_not_mixed_with_the_new_one(
    server: Server, tmp_path: Path
) -> None:
    part, other = tmp_path / "SY.zip.part", BODY[::-1]
    interrupted(server, part)
    server.put(PATH, Answer(other, etag='"two"'))
    assert fetch(server, part) == other


def test_a_server_that_passes_over_if_range_does_not_mix_versions_either(
    server: Server, tmp_path: Path
) -> None:
    part, other = tmp_path / "SY.zip.part", BODY[::-1]
    interrupted(server, part)
    server.put(PATH, Answer(other, etag='"two"', heeds_if_range=False))
    assert fetch(server, part) == other


def test_a_server_without_ranges_sends_the_whole_again(server: Server, tmp_path: Path) -> None:
    part = tmp_path / "SY.zip.part"
    interrupted(server, part)
    server.put(PATH, Answer(BODY, etag='"one"', ranges=False))
    assert fetch(server, part) == BODY


def test_a_part_without_its_origin_is_not_trusted(server: Server, tmp_path: Path) -> None:
    part = tmp_path / "SY.zip.part"
    part.write_bytes(b"x" * 1000)
    server.put(PATH, Answer(BODY, etag='"one"'))
    assert fetch(server, part) == BODY
    assert "Range" not in server.seen[0].headers


def test_a_part_of_another_address_is_not_gone_on_with(server: Server, tmp_path: Path) -> None:
    part = tmp_path / "SY.zip.part"
    interrupted(server, part)
    server.put("/mirror/SY.zip", Answer(BODY[::-1], etag='"one"'))
    received = fetcher().file(f"{server.url}/mirror/SY.zip", part)
    assert received is not None
    assert received.path.read_bytes() == BODY[::-1]
    assert "Range" not in server.seen[0].headers


def test_a_part_that_is_already_whole_is_finished(server: Server, tmp_path: Path) -> None:
    part = tmp_path / "SY.zip.part"
    server.put(PATH, Answer(BODY, etag='"one"'))
    assert fetch(server, part) == BODY
    assert fetch(server, part) == BODY
    assert server.seen[-1].headers["Range"] == f"bytes={len(BODY) - 1}-"


def test_a_refused_range_starts_afresh(server: Server, tmp_path: Path) -> None:
    part = tmp_path / "SY.zip.part"
    interrupted(server, part)
    server.put(PATH, Answer(status=416), Answer(BODY, etag='"one"'))
    assert fetch(server, part) == BODY


def test_a_line_that_breaks_again_and_again_still_brings_the_file(server: Server, tmp_path: Path) -> None:
    server.put(PATH, Answer(BODY, etag='"one"', length=70_000))
    assert fetch(server, tmp_path / "SY.zip.part", retries=1) == BODY
    assert len(server.seen) == 5


def test_an_answer_that_always_ends_early_is_given_up_on_with_the_counts(
    server: Server, tmp_path: Path
) -> None:
    server.put(PATH, Answer(BODY, length=1000))
    with pytest.raises(FetchError, match=r"ended after 1,000 of 307,200 bytes: run the same command"):
        fetch(server, tmp_path / "SY.zip.part")
    assert len(server.seen) == 3


def test_an_error_of_the_server_is_tried_again(server: Server, tmp_path: Path) -> None:
    server.put(PATH, Answer(status=500), Answer(status=503, headers={"Retry-After": "0"}), Answer(BODY))
    assert fetch(server, tmp_path / "SY.zip.part") == BODY


def test_an_error_of_the_server_that_stays_is_said(server: Server, tmp_path: Path) -> None:
    server.put(PATH, Answer(status=500))
    with pytest.raises(FetchError, match=r"127\.0\.0\.1 answers with an error of its own \(500\)"):
        fetch(server, tmp_path / "SY.zip.part")
    assert len(server.seen) == 3


def test_what_is_not_there_is_said_at_once(server: Server, tmp_path: Path) -> None:
    with pytest.raises(NotThereError, match=r"SY\.zip is not there \(404\)"):
        fetch(server, tmp_path / "SY.zip.part")
    assert len(server.seen) == 1


def test_a_refusal_is_said_at_once(server: Server, tmp_path: Path) -> None:
    server.put(PATH, Answer(status=403))
    with pytest.raises(FetchError, match=r"refuses .*\(403\)"):
        fetch(server, tmp_path / "SY.zip.part")
    assert len(server.seen) == 1


def test_a_server_that_falls_silent_is_not_waited_for_for_ever(server: Server, tmp_path: Path) -> None:
    part = tmp_path / "SY.zip.part"
    server.put(PATH, Answer(BODY, etag='"one"', length=5000, stalls=True))
    with pytest.raises(FetchError, match="stopped in the middle"):
        fetch(server, part, timeout_s=0.2, retries=0)
    assert part.read_bytes() == BODY[:5000]


def test_a_server_that_does_not_answer_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/x"
        with pytest.raises(FetchError, match="does not answer"):
            fetcher(timeout_s=0.2, retries=1).file(url, tmp_path / "x.part")


def test_no_connection_is_said_in_a_sentence_and_not_tried_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def offline(host: str, *args: Any, **options: Any) -> Any:
        asked.append(host)
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", offline)
    monkeypatch.setenv("no_proxy", "*")
    one = fetcher()
    for _ in range(2):
        with pytest.raises(UnreachableError, match=r"data\.humdata\.org cannot be found: connect to the in"):
            one.file("https://data.humdata.org/x", tmp_path / "x.part")
    assert asked == ["data.humdata.org"]
    assert list(tmp_path.iterdir()) == []


def test_a_closed_port_is_unreachable(tmp_path: Path) -> None:
    with pytest.raises(UnreachableError, match="cannot be reached"):
        fetcher().file(f"http://127.0.0.1:{free_port()}/x", tmp_path / "x.part")


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://127.0.0.1/x", "data:,x", "x", "http://[::1"])
def test_only_the_web_is_fetched_from(url: str, tmp_path: Path) -> None:
    with pytest.raises(FetchError):
        fetcher().file(url, tmp_path / "x.part")
    assert list(tmp_path.iterdir()) == []


def test_a_redirect_is_followed_with_the_range(server: Server, tmp_path: Path) -> None:
    part = tmp_path / "SY.zip.part"
    interrupted(server, part)
    server.put(PATH, Answer(status=302, headers={"Location": "/elsewhere"}))
    server.put("/elsewhere", Answer(BODY, etag='"one"'))
    assert fetch(server, part) == BODY
    assert server.seen[-1].headers["Range"] == "bytes=99999-"


def test_a_redirect_away_from_https_is_not_followed() -> None:
    request = urllib.request.Request("https://data.humdata.org/x")
    headers = http.client.HTTPMessage()
    with pytest.raises(FetchError, match="leads away from HTTPS"):
        _Redirects().redirect_request(request, None, 302, "", headers, "http://data.humdata.org/x")


def test_json_is_read_and_anything_else_is_said(server: Server) -> None:
    server.put("/a", Answer(b'{"success": true}'))
    server.put("/b", Answer(b"<html>Please log in</html>"))
    server.put("/c", Answer(b'{"success": true}', length=5), Answer(b'{"success": true}'))
    assert fetcher().json(f"{server.url}/a") == {"success": True}
    assert fetcher().json(f"{server.url}/c") == {"success": True}
    with pytest.raises(FetchError, match="did not answer with JSON"):
        fetcher().json(f"{server.url}/b")


def test_the_version_at_hand_is_not_sent_again(server: Server, tmp_path: Path) -> None:
    server.put(PATH, Answer(BODY, etag='"one"'))
    known = Validators('"one"')
    assert fetcher().file(server.url + PATH, tmp_path / "SY.zip.part", known=known) is None
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_will_not_fit_is_not_begun(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.put(PATH, Answer(BODY))
    usage = type(shutil.disk_usage(tmp_path))(10**9, 10**9 - 5000, 5000)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    with pytest.raises(DiskFullError, match="room for 5,000 more bytes, and 307,200 are to come"):
        fetch(server, tmp_path / "SY.zip.part")
    assert list(tmp_path.iterdir()) == []


def test_a_part_takes_the_place_of_the_target_and_leaves_nothing(tmp_path: Path) -> None:
    target, part = tmp_path / "a.zip", Partial(tmp_path / "a.zip.part")
    target.write_bytes(b"old")
    with part.open(0, None, None) as out:
        out.write(b"new")
    part.take(target)
    assert target.read_bytes() == b"new"
    assert [path.name for path in tmp_path.iterdir()] == ["a.zip"]


def test_errors_of_the_disk_stay_errors_of_the_disk(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.put(PATH, Answer(BODY))

    def full(*args: Any) -> Any:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Partial, "open", full)
    with pytest.raises(OSError, match="No space left"):
        fetch(server, tmp_path / "SY.zip.part")
    assert len(server.seen) == 1
