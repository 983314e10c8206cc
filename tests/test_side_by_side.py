"""Tests that run side by side are the same tests, and leave nothing behind."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.side_by_side import LONGEST, done_with

ROOT = Path(__file__).resolve().parent.parent


def test_tests_of_a_file_or_of_a_shared_server_are_done_together() -> None:
    assert [] == [name for name in LONGEST if not (ROOT / name).exists()]
    one = "tests/service/test_cli.py"
    assert one == done_with(f"{one}::test_a[x::y]")
    shared = {done_with(f"tests/service/browser/test_{name}.py::test") for name in "ab"}
    assert {"tests/service/browser/"} == shared
    assert "tests/test_docs.py::test" == done_with("tests/test_docs.py::test")


def test_in_a_worker_too_a_skip_and_a_warning_are_failures_where_all_must_run(tmp_path: Path) -> None:
    tests = "import pytest, warnings\ndef test_1(): pytest.skip('x')\ndef test_2(): warnings.warn('x')\n"
    (tmp_path / "test_it.py").write_text(tests, "utf-8")
    command = [sys.executable, "-m", "pytest", "-c", str(ROOT / "pyproject.toml"), "-p", "tests.conftest"]
    done = subprocess.run(
        [*command, "--numprocesses", "1", f"--rootdir={tmp_path}", str(tmp_path)],
        check=False,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "GAZETTEER_TESTS_ALL": "1", "PYTHONPATH": str(ROOT)},
    )
    assert (1, True) == (done.returncode, "2 failed" in done.stdout), done.stdout + done.stderr


#: Starts a server, tells its port, and waits.
KEEPS_A_SERVER = """
import sys
from tests.postgis import a_cluster
with a_cluster() as cluster:
    print(cluster.port, flush=True)
    sys.stdin.read()
"""


@pytest.mark.usefixtures("postgis_cluster")  # which skips where there is none to start
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_database_server_ends_with_the_process_that_started_it(how: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", KEEPS_A_SERVER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=ROOT,
    ) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        answers = is_open(port)
        process.send_signal(how)
        process.wait(60)
    until = time.monotonic() + 60
    while is_open(port) and time.monotonic() < until:
        time.sleep(0.05)
    assert (True, False) == (answers, is_open(port))


def is_open(port: int) -> bool:
    with closing(socket.socket()) as connection:
        return connection.connect_ex(("127.0.0.1", port)) == 0
