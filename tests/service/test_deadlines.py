"""How long an answer may be computed: what a client is told, and how it knows that a stream was cut."""

import json
import subprocess
import time
from pathlib import Path

import pytest

from tests.service.asking import problem
from tests.service.limiting import SERVE, a_client, an_app
from tests.service.serving import run_server


def test_what_takes_too_long_is_told_before_the_first_byte() -> None:
    refused = a_client(most_s=0.15).get("/slow")
    assert 503 == refused.status_code
    assert "this takes longer than 0.15 s to compute: ask for less at a time" == problem(refused)["detail"]


@pytest.mark.parametrize("address", ["/slow", "/stream"])
def test_what_is_in_time_comes_whole(address: str) -> None:
    answer = a_client(most_s=30).get(address)
    assert (200, "0123456789") == (answer.status_code, answer.text.replace("\n", ""))


def test_the_log_says_which_request_was_ended(caplog: pytest.LogCaptureFixture) -> None:
    a_client(most_s=0.15).get("/slow", headers={"X-Request-ID": "mine"})
    (line,) = [record for record in caplog.records if record.name == "service.deadlines"]
    assert "ended after 0.15 s of computing" == line.getMessage()
    assert {"id": "mine", "route": "/slow"} == line.fields  # type: ignore[attr-defined]


def test_a_client_that_takes_its_time_loses_nothing() -> None:
    """The clock stands still while a piece is taken: ten of 0.1 s are within 3 s, however slowly read."""
    answer = an_app(most_s=3).test_client().get("/stream", buffered=False)
    pieces = []
    for piece in answer.response:
        pieces.append(piece)
        time.sleep(0.35)
    assert [b"%d\n" % number for number in range(10)] == pieces


def test_a_stream_that_is_cut_can_be_told_from_a_whole_one(tmp_path: Path) -> None:
    with run_server(SERVE, "--most-s", "0.35", folder=tmp_path) as server:
        asked = ["curl", "-sS", f"http://{server.address}/stream"]
        found = subprocess.run(asked, capture_output=True, text=True, check=False)
        assert "0\n1\n2\n" == found.stdout[:6]
        assert "9" not in found.stdout
        assert 18 == found.returncode, found.stderr  # curl: "Partial file"
        server.stop()
        log = [json.loads(line) for line in server.log.read_text().splitlines()]
    (ended,) = [line for line in log if line.get("message", "").startswith("ended after")]
    (request,) = [line for line in log if "ms" in line]
    assert (ended["id"], "/stream", 200) == (request["id"], ended["route"], request["status"])


def test_a_server_goes_on_after_a_cut_stream(tmp_path: Path) -> None:
    with run_server(SERVE, "--most-s", "0.35", "--at-once", "3", folder=tmp_path) as server:
        for _ in range(5):
            with pytest.raises(Exception, match="IncompleteRead"):
                server.get("/stream")
            assert (200, "done") == server.get("/quick")
