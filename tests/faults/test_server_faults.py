"""The server under faults: told to stop, short of room, its clock or its gazetteer changed, bad clients."""

import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from gazetteer.kinds import PlaceKind
from service.store import IncidentStore
from tests.builders import a_gazetteer_file, a_record, a_square, an_area
from tests.faults.inputs import cut_short, empty, flip_a_bit, remove, replace
from tests.faults.serving_faults import (
    AUTHORISED,
    Harmed,
    eventually,
    ids_in,
    incidents_csv,
    not_started,
    running,
    upload,
)
from tests.faults.small_disk import small_disk
from tests.service.asking import timeless
from tests.service.serving import SERVE

#: `gazetteer-serve` whose tables are sent in two parts: the second when the file that GATE names is there.
GATED = """
import os, time
import gazetteer.enrich.enrich as enrich
whole = enrich.enriched
def in_parts(*arguments, **named):
    for number, part in enumerate(whole(*arguments, **named)):
        while number and not os.path.exists(os.environ["GATE"]):
            time.sleep(0.02)
        yield part
enrich.enriched = in_parts
import service.server
service.server._GRACE_S = int(os.environ.get("GRACE", "10"))
from service.cli import main
main()
"""
#: Shifts the wall clock by the seconds in the file that SHIFT names.
SHIFTED = """
import os, time
def shifted(real, unit):
    def now():
        with open(os.environ["SHIFT"]) as file:
            return real() + int(file.read() or 0) * unit
    return now
time.time, time.time_ns = shifted(time.time, 1), shifted(time.time_ns, 10**9)
"""
DAY_S = 86_400
#: More rows than go out in one part.
TABLE = "place\n" + "Idlib\n" * 1200
TO_STOP = ((signal.SIGTERM, 0), (signal.SIGHUP, 0), (signal.SIGINT, 130))


def refuses(server: Harmed) -> bool:
    """Whether a new connection is refused."""
    try:
        server.connect().close()
    except ConnectionRefusedError:
        return True
    return False


@contextmanager
def enriched(server: Harmed) -> Iterator[http.client.HTTPResponse]:
    """Send a table, and give the answer when its first part has come."""
    with closing(http.client.HTTPConnection(server.address, timeout=40)) as connection:
        connection.request("POST", "/v1/enrich", TABLE.encode(), {"Content-Type": "text/csv"})
        with connection.getresponse() as response:
            yield response


def in_progress(server: Harmed) -> int:
    """How many requests are being answered, without the one that asks."""
    figures = server.ask("/metrics")[1].decode()
    (number,) = re.findall(r"^gazetteer_requests_in_progress (\d+)", figures, re.MULTILINE)
    return int(number) - 1


def left_in(folder: Path) -> list[str]:
    return [path.name for path in folder.glob("gazetteer-*")]


@pytest.mark.parametrize(("how", "code"), TO_STOP)
def test_told_to_stop_it_lets_requests_end_and_takes_no_new_ones(
    tmp_path: Path, how: signal.Signals, code: int
) -> None:
    gate, store, body = tmp_path / "gate", tmp_path / "store.sqlite", incidents_csv(2000)
    with running("--store", str(store), folder=tmp_path, code=GATED, GATE=str(gate)) as server:
        gate.touch()
        with enriched(server) as response:
            whole = response.read()
        gate.unlink()
        with enriched(server) as response, server.connect() as sending, server.connect():
            lines = [response.readline() for _ in range(100)]
            sending.sendall(head_of(body) + body[:1000])
            server.process.send_signal(how)
            eventually(lambda: refuses(server))
            if how is signal.SIGTERM:
                server.process.send_signal(how)
            sending.sendall(body[1000:])
            received = _all_of(sending)
            gate.touch()
            assert whole == b"".join(lines) + response.read()
            assert code == server.process.wait(40)
    assert (b"HTTP/1.1 200", 2000) == (received[:12], len(IncidentStore(store).read_since(0).rows))
    assert [] == left_in(tmp_path)


def test_a_stream_that_outlasts_the_grace_is_cut_off_so_that_the_client_can_tell(tmp_path: Path) -> None:
    with (
        running(folder=tmp_path, code=GATED, GATE=str(tmp_path / "gate"), GRACE="1") as server,
        enriched(server) as response,
        server.connect() as old,
    ):
        assert 200 == response.status
        old.sendall(f"POST /v1/enrich HTTP/1.0\r\nContent-Length: {len(TABLE)}\r\n\r\n{TABLE}".encode())
        eventually(lambda: in_progress(server), lambda found: found == 2)
        assert 0 == server.stop()
        with pytest.raises((http.client.IncompleteRead, ConnectionResetError)):
            response.read()
        assert b"" == _all_of(old)  # HTTP/1.0 has no chunks, so it is sent only when its length is known
    assert [] == left_in(tmp_path)


def head_of(table: bytes) -> bytes:
    """The head of a request that stores a table."""
    head = f"POST /v1/incidents HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(table)}\r\n"
    head += f"Content-Type: text/csv\r\nAuthorization: {AUTHORISED['Authorization']}\r\n"
    return f"{head}Connection: close\r\n\r\n".encode()


def _all_of(connection: socket.socket) -> bytes:
    try:
        return b"".join(iter(lambda: connection.recv(65_536), b""))
    except ConnectionResetError:
        return b""


def test_told_to_stop_while_it_starts_it_leaves_nothing(tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_bytes(incidents_csv(20_000))
    with running("--incidents", str(table), folder=tmp_path, waits=False):
        eventually(lambda: list(tmp_path.glob("gazetteer-serve-*")))
    assert [] == left_in(tmp_path)


# --------------------------------------------------------------------------------------- short of room


def test_without_room_for_temporary_files_requests_are_answered(tmp_path: Path) -> None:
    store, body = tmp_path / "store.sqlite", b"place\n" + b"Idlib\n" * 5000
    with (
        small_disk(tmp_path / "disk", kib=8192) as disk,
        running("--store", str(store), folder=tmp_path, TMPDIR=str(disk.path)) as server,
    ):
        disk.fill()
        assert [200] * 20 == server.statuses(*["/v1/places/SY07"] * 20)
        assert 200 == upload(server, incidents_csv(2000))[0]
        assert 200 == server.ask("/v1/enrich", "POST", body, {"Content-Type": "text/csv"})[0]


def test_without_room_for_its_store_it_does_not_start_and_says_so(tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_bytes(incidents_csv(20_000))
    with small_disk(tmp_path / "disk", kib=2048) as disk:
        disk.fill(leave=1_400_832)
        said = not_started("--incidents", str(table), folder=tmp_path, TMPDIR=str(disk.path))
        assert said.startswith("gazetteer-serve: the incident store ")
        assert [] == left_in(disk.path)
        disk.fill()
        store = disk.path / "store.sqlite"
        said = not_started("--incidents", str(table), "--store", str(store), folder=tmp_path)
        assert said.startswith(f"gazetteer-serve: the incident store {store} can't be used")


@pytest.mark.parametrize("gone", ["full", "broken", "closed"])
def test_a_log_that_can_not_be_written_fails_no_request(tmp_path: Path, gone: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    code = f"import os, sys; os.close(2); sys.stderr = None\n{SERVE}" if gone == "closed" else SERVE
    with ExitStack() as opened:
        stderr: Any = {"broken": writing, "closed": None, "full": None}[gone]
        if gone == "full":
            stderr = opened.enter_context(Path("/dev/full").open("w"))
        server = opened.enter_context(
            running("--store", str(tmp_path / "s.sqlite"), folder=tmp_path, code=code, stderr=stderr)
        )
        assert [200] * 20 == server.statuses(*["/healthz"] * 20)
        assert 200 == upload(server, incidents_csv(10))[0]
        assert 404 == server.status("/nowhere")
        assert "HTTP/1.1 400" == server.raw(b"GARBAGE\r\n\r\n")[0][:12]
        assert 10 == len(ids_in(server))
    os.close(writing)


# ------------------------------------------------------------------------------------------- the clock


def test_a_clock_that_jumps_a_day_fails_no_request_and_drops_no_connection(tmp_path: Path) -> None:
    shift = tmp_path / "shift"
    shift.write_text("0")
    store = str(tmp_path / "store.sqlite")
    with running("--store", store, folder=tmp_path, custom=SHIFTED, SHIFT=str(shift)) as server:
        assert 200 == upload(server, incidents_csv(10))[0]
        targets = ("/ogc/collections/incidents/items", "/v1/resolve?text=Idlib")
        with closing(http.client.HTTPConnection(server.address, timeout=30)) as kept:
            tags = [_tag(kept, target) for target in targets]
            used = kept.sock
            for number, days in enumerate((1, -1, 0), start=1):
                before = len(server.log.read_text())
                shift.write_text(str(days * DAY_S))
                for target, tag in zip(targets, tags, strict=True):
                    kept.request("GET", target, headers={"If-None-Match": tag})
                    response = kept.getresponse()
                    assert (304, b"") == (response.status, response.read())
                assert 200 == upload(server, incidents_csv(10, prefix=f"D{number}-"))[0]
                assert 10 + 10 * number == len(ids_in(server))  # nothing is answered as it was before
                tags[0] = _tag(kept, targets[0])
                assert used is kept.sock
                now = time.time() + days * DAY_S
                around = {time.strftime("%Y-%m-%d", time.gmtime(now + s)) for s in (-60, 0)}
                logged = [json.loads(line) for line in server.log.read_text()[before:].splitlines()]
                assert around & {line["time"][:10] for line in logged}


def _tag(connection: http.client.HTTPConnection, target: str) -> str:
    connection.request("GET", target)
    response = connection.getresponse()
    response.read()
    assert 200 == response.status
    return response.headers["ETag"]


@pytest.mark.parametrize("days", [1, -1])
def test_a_clock_that_jumps_while_it_stops_neither_cuts_requests_off_nor_keeps_it_up(
    tmp_path: Path, days: int
) -> None:
    shift, gate = tmp_path / "shift", tmp_path / "gate"
    shift.write_text("0")
    grace = "10" if days > 0 else "1"
    with (
        running(
            folder=tmp_path, code=GATED, custom=SHIFTED, SHIFT=str(shift), GATE=str(gate), GRACE=grace
        ) as server,
        enriched(server) as response,
    ):
        server.process.send_signal(signal.SIGTERM)
        eventually(lambda: refuses(server))
        shift.write_text(str(days * DAY_S))
        if days > 0:
            with pytest.raises(subprocess.TimeoutExpired):
                server.process.wait(0.5)  # it would end at once, and cut the request off
            gate.touch()
            assert 1201 == len(response.readlines())
        assert 0 == server.process.wait(30)


# ------------------------------------------------------------------------------------------- gazetteer

TARGETS = (
    "/v1/resolve?text=Saraqeb",
    "/v1/resolve?text=hospital&kind=hospital",
    "/v1/suggest?text=Sar",
    "/v1/reverse?latitude=35.86&longitude=36.8",
    "/v1/distance?from=Saraqeb&to=35.9,36.6",
    "/v1/places/C3916?spellings=true",
    "/ogc/collections/places/items?area=SY07",
    "/ogc/collections/areas/items?level=1",
    "/ogc/collections/areas/items/SY07?shape=full",
    "/ogc/collections/areas/items/SY07?shape=simplified",
    "/ogc/collections/areas/items/SY08?shape=full",
    "/v1/info",
    "/ogc/collections/incidents/items",
    "/ogc/collections/incidents/items?near=hospital&within=50km",
    "/ogc/collections/facilities/items?f=html",
    "/ogc/collections/areas/items?f=csv",
    "/ogc/collections/incidents/schema",
    "/ogc/collections",
    "/v1/incidents/summary",
    "/v1/ask?question=strikes+within+5+km+of+a+hospital+in+Idlib",
    "/search?q=Saraqeb&format=jsonv2&polygon_geojson=1",
    "/search?q=Idlib&format=jsonv2&polygon_geojson=1",
    "/reverse?lat=35.86&lon=36.8&format=jsonv2&polygon_geojson=1",
    "/status?format=json",
    "/reconcile",
    "/reconcile?queries=%7B%22q%22%3A%7B%22query%22%3A%22Saraqeb%22%7D%7D",
    "/reconcile/suggest/entity?prefix=Sar",
    "/reconcile/preview?id=C3916",
    "/about",
    "/",
)


def a_file(path: Path) -> Path:
    """A gazetteer with two governorates, their shapes, a town and a hospital."""
    no_area: dict[str, Any] = {"adm2_pcode": None, "adm3_pcode": None}
    governorate = {"kind": PlaceKind.GOVERNORATE, **no_area}
    records = [
        a_record(id="SY07", name="Idlib", name_ar="إدلب", **governorate),
        a_record(id="SY08", name="Al-Hasakeh", name_ar="الحسكة", adm1_pcode="SY08", **governorate),
        a_record(spellings=["Saraqeb"], **no_area),
        a_record(id="T1", name="Central hospital", kind=PlaceKind.HOSPITAL, **no_area),
    ]
    areas = [an_area(), an_area(pcode="SY08", wkb=a_square(40, 36))]
    return a_gazetteer_file(path, records, areas=areas)


def _answers(server: Harmed) -> list[tuple[int, bytes, str]]:
    found = [server.ask(target) for target in TARGETS]
    return [(status, timeless(body), headers.get("Etag", "")) for status, body, headers in found]


def test_whatever_becomes_of_the_gazetteer_file_the_one_that_was_opened_answers(tmp_path: Path) -> None:
    file, kept, table = a_file(tmp_path / "syria.gpkg"), tmp_path / "kept", incidents_csv(10, place="Saraqeb")
    with running("--gazetteer", str(file), folder=tmp_path) as server:
        assert 200 == upload(server, table)[0]
        before = _answers(server)
        assert {200} == {status for status, *_ in before}
        for harm in (replace, cut_short, flip_a_bit, remove, empty):
            shutil.copyfile(file, kept)
            harm(file)
            assert before == _answers(server), harm
            assert [503, 200] == server.statuses("/readyz", "/healthz"), harm
            assert 200 == upload(server, table)[0], harm
            os.replace(kept, file)  # the same bytes as another file
            assert [200] * 4 == server.statuses(*["/readyz"] * 4), harm
            assert before == _answers(server), harm


def test_with_a_damaged_gazetteer_it_does_not_start_and_says_so(tmp_path: Path) -> None:
    for harm in (cut_short, flip_a_bit, remove, empty):
        file = a_file(tmp_path / "syria.gpkg")
        harm(file)
        assert str(file) in not_started("--gazetteer", str(file), folder=tmp_path), harm
        assert [] == left_in(tmp_path), harm


# ----------------------------------------------------------------------------------------- bad clients


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harmed]:
    """A server that may open no more files than most systems let a process open."""
    folder = tmp_path_factory.mktemp("narrow")
    code = f"import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (1024, 4096))\n{SERVE}"
    with running("--store", str(folder / "store.sqlite"), folder=folder, code=code) as server:
        yield server


def test_a_thousand_idle_connections_hold_up_nobody(narrow: Harmed) -> None:
    with ExitStack() as opened:
        idle = [opened.enter_context(narrow.connect()) for _ in range(1300)]
        kept = http.client.HTTPConnection(narrow.address, timeout=10)
        for _ in range(20):
            assert _tag(kept, "/v1/resolve?text=Idlib")
            assert 200 == narrow.status("/healthz", timeout_s=10)
        kept.close()
        idle[-1].sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert b"HTTP/1.1 200" == _all_of(idle[-1])[:12]
    assert "Exception" not in narrow.log.read_text()


def test_slow_bodies_are_waited_for_while_others_are_answered(narrow: Harmed) -> None:
    body = incidents_csv(12)
    with ExitStack() as opened:
        slow = [opened.enter_context(narrow.connect()) for _ in range(40)]  # more than there are threads
        for connection in slow:
            connection.sendall(head_of(body))
        for at in range(0, len(body) - 1, 24):
            for connection in slow:
                connection.sendall(body[at : min(at + 24, len(body) - 1)])
            assert 200 == narrow.status("/v1/resolve?text=Idlib", timeout_s=10)
        for connection in slow:  # no more tables at a time than are worked on
            connection.sendall(body[-1:])
            assert b"HTTP/1.1 200" == _all_of(connection)[:12]
    assert 12 == len(ids_in(narrow))


def test_requests_sent_all_at_once_are_answered_in_their_order(narrow: Harmed) -> None:
    wanted = [f"/v1/places/{code}" for code in ("SY07", "SY08", "nowhere", "SY09")] * 5
    asked = [
        f"GET {target} HTTP/1.1\r\nHost: localhost\r\nX-Request-ID: n{n}\r\n"
        for n, target in enumerate(wanted)
    ]
    asked[-1] += "Connection: close\r\n"
    # Who has sent all may close its side, and only listens.
    head, body = narrow.raw("".join(f"{one}\r\n" for one in asked).encode(), cut=True)
    said = f"{head}\r\n\r\n{body}"
    assert [f"n{n}" for n in range(20)] == re.findall(r"X-Request-Id: (\S+)", said)
    assert ["200", "200", "404", "200"] * 5 == re.findall(r"HTTP/1.1 (\d+)", said)


def test_a_client_of_the_old_kind_is_told_how_long_its_stream_is(narrow: Harmed) -> None:
    with enriched(narrow) as response:
        whole = response.read()
    for version in ("1.0", "1.1"):
        asked = f"POST /v1/enrich HTTP/{version}\r\nHost: localhost\r\nConnection: close\r\n"
        head, body = narrow.raw(f"{asked}Content-Length: {len(TABLE)}\r\n\r\n{TABLE}".encode())
        assert (version == "1.0") == (f"Content-Length: {len(whole)}" in head)
        assert (version == "1.0") == (whole == body.encode())


def test_who_leaves_in_the_middle_of_an_answer_harms_nobody(narrow: Harmed) -> None:
    with ExitStack() as opened:
        for _ in range(40):
            leaving = opened.enter_context(narrow.connect())
            leaving.sendall(b"GET /ogc/collections/areas/items?level=3 HTTP/1.1\r\nHost: localhost\r\n\r\n")
            leaving.shutdown(socket.SHUT_RD)
    assert [200] * 5 == narrow.statuses(*["/v1/resolve?text=Idlib"] * 5)
    assert "failed on" not in narrow.log.read_text()
