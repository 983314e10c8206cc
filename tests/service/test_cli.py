import http.client
import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from service.cli import app
from service.settings import check_host

TABLE = "date,place,area\n2016-05-30,Idlib,Idlib\n2016-05-31,Kafranbel,Idlib\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the host and port of a real server on the embedded default, which must stop when asked."""
    table = tmp_path_factory.mktemp("serve") / "incidents.csv"
    table.write_text(TABLE, encoding="utf-8")
    command = [
        sys.executable,
        "-c",
        "from service.cli import main; main()",
        "--port",
        "0",
        "--incidents",
        str(table),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        words = process.stdout.readline().split()
        assert words[:2] == ["Serving", "on"]
        yield words[2].removeprefix("http://").rstrip("/")
        process.send_signal(signal.SIGTERM)
        assert 0 == process.wait(30)


def get(server: str, address: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection(server, timeout=30)
    try:
        connection.request("GET", address)
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


def refused(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, arguments)
    assert 1 == len(result.stderr.splitlines()), result.stderr
    return result.exit_code, result.stderr


def test_the_command_serves_names_incidents_and_questions(server: str) -> None:
    assert 200 == get(server, "/healthz")[0]
    found = json.loads(get(server, "/v1/distance?from=Aleppo&to=Idlib")[1])
    assert "southwest" == found["compass"]
    assert 56_000 == pytest.approx(found["distance_m"], abs=1500)
    near = json.loads(get(server, "/v1/incidents?near=hospital&within=5km")[1])
    assert ["1", "2"] == [feature["id"] for feature in near["features"]]
    status, text = get(server, "/v1/ask?question=nearest+hospital+to+Kafranbel")
    assert (200, True) == (status, "distance_m" in text)


def test_the_about_pages_examples_are_all_found(server: str) -> None:
    page = get(server, "/about")[1]
    addresses = [part.split('"')[0].replace("&amp;", "&") for part in page.split('<dd><a href="')[1:]]
    assert 6 == len(addresses)
    assert [200] * 6 == [get(server, address)[0] for address in addresses]


def test_a_port_in_use_is_one_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        code, message = refused("--port", str(taken.getsockname()[1]))
    assert 1 == code
    assert "Choose another with --port" in message


def test_a_host_that_others_can_reach_is_refused() -> None:
    code, message = refused("--host", "0.0.0.0")
    assert 2 == code
    assert "sensitive" in message
    assert "127.0.0.1" == check_host("127.0.0.1")


@pytest.mark.parametrize(("option", "code"), [("--gazetteer", 1), ("--incidents", 2)])
def test_a_missing_file_is_one_line_that_names_it(tmp_path: Path, option: str, code: int) -> None:
    missing = tmp_path / "nothing.x"
    found = refused("--port", "0", option, str(missing))
    assert (code, True) == (found[0], str(missing) in found[1])
