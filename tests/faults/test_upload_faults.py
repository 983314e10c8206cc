"""Uploads under kill -9: what was acknowledged stays whole and in its order; any other is whole or absent."""

import http.client
import json
import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from service.incident_store import SqliteStore
from tests.faults.serving_faults import (
    DYING,
    Harmed,
    eventually,
    ids_in,
    incidents_csv,
    running,
    upload,
    whole_tables,
)

ROWS = 1500
#: Steps at which a worker is killed: the first ones, some of the rows, and those after the last row.
STEPS = (0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 700, *range(ROWS + 2, ROWS + 24, 3))
#: Seconds after a step, so that the kill comes in the middle of one: of the commit, at its best.
LATER = (0.0005, 0.002, 0.005, 0.02)


def as_json(table: bytes) -> bytes:
    header, *rows = table.decode().splitlines()
    return json.dumps([dict(zip(header.split(","), row.split(","), strict=True)) for row in rows]).encode()


def as_geojson(table: bytes) -> bytes:
    point = {"type": "Point", "coordinates": [36.63, 35.93]}
    features = [
        {"type": "Feature", "geometry": point, "properties": row} for row in json.loads(as_json(table))
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


FORMS: tuple[tuple[str, Callable[[bytes], bytes]], ...] = (
    ("text/csv", bytes),
    ("application/json", as_json),
    ("application/geo+json", as_geojson),
)


def ids_of(name: str, rows: int = ROWS) -> list[str]:
    return [f"{name}-{row:06}" for row in range(rows)]


def sent(server: Harmed, name: str, form: int, rows: int = ROWS) -> bool | None:
    """Send a table; return whether it was acknowledged, None where the connection broke."""
    media_type, written = FORMS[form % len(FORMS)]
    try:
        status, body = upload(server, written(incidents_csv(rows, prefix=f"{name}-")), media_type)
    except (OSError, http.client.HTTPException):
        return None
    assert 200 == status, body
    return True


@dataclass
class Harm:
    """A server, two workers strong, whose workers die at the steps that are named."""

    server: Harmed
    order: Path
    store: Path
    tables: dict[str, list[str]] = field(default_factory=dict)
    acknowledged: list[str] = field(default_factory=list)

    def send(self, step: str) -> bool | None:
        name = f"T{len(self.tables):03}"
        self.tables[name] = ids_of(name)
        self.order.write_text(step)
        answer = sent(self.server, name, len(self.tables))
        self.order.unlink(missing_ok=True)
        if answer:
            self.acknowledged.append(name)
        return answer

    def check(self, found: list[str]) -> None:
        names = whole_tables(found, self.tables)
        assert sorted(names) == names  # in the order in which they were sent
        assert [] == [name for name in self.acknowledged if name not in names]


@pytest.fixture(scope="module")
def harm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harm]:
    folder = tmp_path_factory.mktemp("harm")
    order, store = folder / "order", folder / "store.sqlite"
    with running(
        "--store", str(store), folder=folder, custom=DYING, HARM=str(order), HARMED=store.name
    ) as server:
        yield Harm(server, order, store)


def test_a_worker_killed_at_any_step_of_an_upload_leaves_it_whole_or_absent(harm: Harm) -> None:
    steps = [str(step) for step in STEPS] + [f"{ROWS + 6} {later}" for later in LATER]
    answers = [harm.send(step) for step in steps]
    assert {None, True} == set(answers)  # some died, and some died after their work
    harm.check(eventually(lambda: ids_in(harm.server)))
    assert True is harm.send("1000000")  # nobody holds the lock of a writer that is dead
    harm.check(eventually(lambda: ids_in(harm.server)))


def test_the_whole_server_killed_during_an_upload_is_as_good_as_before_after_a_restart(
    harm: Harm, tmp_path: Path
) -> None:
    harm.send("1000000")
    harm.order.write_text(f"{ROWS // 2}")
    harm.tables["last"] = ids_of("last")
    assert None is sent(harm.server, "last", 0)
    harm.server.kill_all()
    before = SqliteStore(harm.store).generation()
    with running("--store", str(harm.store), folder=tmp_path) as again:
        found = ids_in(again)
        harm.check(found)
        assert before == SqliteStore(harm.store).generation()
        name = harm.acknowledged[-1]
        status, body = upload(again, incidents_csv(ROWS, prefix=f"{name}-"))
        assert 200 == status
        assert 0 == json.loads(body)["added"]
        assert found == ids_in(again)
        assert 0 == again.end()


def test_the_whole_server_killed_while_many_write_keeps_what_it_acknowledged(tmp_path: Path) -> None:
    store = tmp_path / "store.sqlite"
    with running("--store", str(store), folder=tmp_path) as server:
        load = Load(server)
        with load.running(writers=4, readers=0):
            eventually(lambda: len(load.acknowledged) >= 12)
            server.kill_all()
    with running("--store", str(store), folder=tmp_path) as again:
        names = whole_tables(ids_in(again), load.tables)
        assert [] == [name for name in load.acknowledged if name not in names]
        assert 200 == again.status("/readyz")


def test_workers_killed_one_after_another_lose_no_acknowledged_write_and_send_no_half_answer(
    tmp_path: Path,
) -> None:
    store = tmp_path / "store.sqlite"
    with running("--store", str(store), folder=tmp_path) as server:
        load = Load(server)
        with load.running(writers=3, readers=3):
            for _ in range(8):
                workers = eventually(server.workers, lambda found: len(found) == 2)
                read, written = load.read, len(load.acknowledged)
                os.kill(workers[0], signal.SIGKILL)
                eventually(lambda read=read: load.read > read + 20)  # type: ignore[misc]
                eventually(lambda written=written: len(load.acknowledged) > written)  # type: ignore[misc]
        assert [] == load.wrong
        names = whole_tables(ids_in(server), load.tables)
        assert [] == [name for name in load.acknowledged if name not in names]
        # The dead have none under way; an answer is counted until a moment after its last byte has come.
        eventually(lambda: b"gazetteer_requests_in_progress 1.0" in server.ask("/metrics")[1])
        assert 0 == server.end()


class Load:
    """Clients who write and read, over connections of their own and kept ones, until told to stop."""

    def __init__(self, server: Harmed) -> None:
        self.server = server
        self.tables: dict[str, list[str]] = {}
        self.acknowledged: list[str] = []
        self.wrong: list[str] = []
        self.read = 0
        self._stopped = threading.Event()
        self._lock = threading.Lock()

    def running(self, *, writers: int, readers: int) -> "_Running":
        jobs: list[Callable[[], None]] = [lambda n=n: self._write(n) for n in range(writers)]  # type: ignore[misc]
        jobs += [lambda n=n: self._read(n) for n in range(readers)]  # type: ignore[misc]
        return _Running(jobs, self._stopped)

    def _write(self, number: int) -> None:
        count = 0
        while not self._stopped.is_set():
            name, count = f"W{number}x{count}", count + 1
            with self._lock:
                self.tables[name] = ids_of(name, 30)
            try:
                if sent(self.server, name, count, 30):
                    with self._lock:
                        self.acknowledged.append(name)
            except AssertionError as error:
                self.wrong.append(str(error))

    def _read(self, number: int) -> None:
        targets = ("/v1/resolve?text=Idlib", "/v1/incidents?limit=50", "/v1/facilities?area=Idlib")
        kept: http.client.HTTPConnection | None = None
        count = number
        while not self._stopped.is_set():
            count += 1
            kept = kept or http.client.HTTPConnection(self.server.address, timeout=30)
            try:
                self._ask(kept, targets[count % len(targets)])
                if number:  # the first keeps no connection
                    continue
            except (OSError, http.client.HTTPException):
                pass  # broken, and said so
            kept.close()
            kept = None
        if kept:
            kept.close()

    def _ask(self, connection: http.client.HTTPConnection, target: str) -> None:
        connection.request("GET", target)
        response = connection.getresponse()
        body = response.read()
        try:
            told: Mapping[str, object] = json.loads(body)
        except ValueError:
            self.wrong.append(f"{target} {response.status} {body[-80:]!r}")
            return
        if response.status != 200 and "no-incidents" not in str(told.get("type")):
            self.wrong.append(f"{target} {response.status} {told}")
        with self._lock:
            self.read += 1


class _Running:
    def __init__(self, jobs: list[Callable[[], None]], stopped: threading.Event) -> None:
        self._threads = [threading.Thread(target=job) for job in jobs]
        self._stopped = stopped

    def __enter__(self) -> None:
        for thread in self._threads:
            thread.start()

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join(60)
