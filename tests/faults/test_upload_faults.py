"""Uploads under kill -9: what was acknowledged stays whole and in its order; any other is whole or absent."""

import csv
import http.client
import json
import threading
from collections.abc import Callable
from pathlib import Path

from service.store import IncidentStore
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
#: Steps at which the server is killed, from the opening of the store to its commit, and seconds after one.
STEPS = ("0", "3", "7", "12", "700", *(f"{ROWS + n}" for n in range(6, 18, 3)), f"{ROWS + 12} 0.002")


def as_json(table: bytes) -> bytes:
    return json.dumps([*csv.DictReader(table.decode().splitlines())]).encode()


def as_geojson(table: bytes) -> bytes:
    point = {"type": "Point", "coordinates": [36.63, 35.93]}
    rows = csv.DictReader(table.decode().splitlines())
    features = [{"type": "Feature", "geometry": point, "properties": row} for row in rows]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


FORMS: tuple[tuple[str, Callable[[bytes], bytes]], ...] = (
    ("text/csv", bytes),
    ("application/json", as_json),
    ("application/geo+json", as_geojson),
)


class Uploads:
    """Tables that were sent to servers of one store, each in the next form, and which were acknowledged."""

    def __init__(self) -> None:
        self.tables: dict[str, list[str]] = {}
        self.acknowledged: list[str] = []
        self._lock = threading.Lock()

    def send(self, server: Harmed, rows: int = ROWS) -> bool:
        """Send a table; return whether it was acknowledged, which it isn't where the connection breaks."""
        with self._lock:
            number = len(self.tables)
            name = f"T{number:04}-"
            self.tables[name] = [f"{name}{row:06}" for row in range(rows)]
        media_type, written = FORMS[number % len(FORMS)]
        try:
            status, body = upload(server, written(incidents_csv(rows, prefix=name)), media_type)
        except (OSError, http.client.HTTPException):
            return False
        assert 200 == status, body
        with self._lock:
            self.acknowledged.append(name)
        return True

    def check(self, found: list[str]) -> list[str]:
        """Return the tables that are stored: each whole, and all that were acknowledged."""
        names = whole_tables(found, self.tables)
        assert [] == [name for name in self.acknowledged if name not in names]
        return names


def test_a_server_killed_at_any_step_of_an_upload_leaves_it_whole_or_absent(tmp_path: Path) -> None:
    uploads = Uploads()
    store, order = tmp_path / "store.sqlite", tmp_path / "order"
    options = ("--store", str(store))
    for step in STEPS:
        with running(*options, folder=tmp_path, custom=DYING, HARM=str(order), HARMED=store.name) as server:
            order.write_text(step)
            was_acknowledged = uploads.send(server)
            server.kill_all()
            assert not order.exists()
            assert not was_acknowledged or step not in STEPS[:5]
        reading = IncidentStore(store).read_since(0)
        names = uploads.check([row.incident.id for row in reading.rows])
        assert sorted(names) == names  # in the order in which they were sent
    with running(*options, folder=tmp_path) as again:
        assert uploads.send(again)  # nobody holds the lock of a writer that is dead
        uploads.check(ids_in(again))


def test_the_whole_server_killed_during_an_upload_is_as_good_as_before_after_a_restart(
    tmp_path: Path,
) -> None:
    uploads = Uploads()
    store = tmp_path / "store.sqlite"
    with running("--store", str(store), folder=tmp_path) as server:
        assert uploads.send(server)
        server.kill_all()
    before = IncidentStore(store).change()
    with running("--store", str(store), folder=tmp_path) as again:
        assert uploads.acknowledged == uploads.check(ids_in(again))
        status, answer = upload(again, incidents_csv(ROWS, prefix=uploads.acknowledged[0]))
        assert (200, 0, 0) == (status, answer["added"], answer["changed"])
        assert before == IncidentStore(store).change()


def test_the_whole_server_killed_while_many_write_keeps_what_it_acknowledged(tmp_path: Path) -> None:
    uploads = Uploads()

    def write(server: Harmed) -> None:
        while uploads.send(server, 30):
            pass

    with running("--store", str(tmp_path / "store.sqlite"), folder=tmp_path) as server:
        writers = [threading.Thread(target=write, args=(server,)) for _ in range(4)]
        for writer in writers:
            writer.start()
        eventually(lambda: len(uploads.acknowledged) >= 12)
        server.kill_all()
        for writer in writers:
            writer.join(60)
    with running("--store", str(tmp_path / "store.sqlite"), folder=tmp_path) as again:
        uploads.check(ids_in(again))
        assert 200 == again.status("/readyz")
