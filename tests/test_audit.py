"""`scripts/audit_dependencies.py`: what it says of versions with vulnerabilities, and that it never says that
it looked where it didn't. Asked is a service of our own on loopback that answers as OSV does."""

import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
SCRIPT = ROOT / "scripts" / "audit_dependencies.py"
PINNED = "# made by hand\nflask==1.0\nnumpy==2.1.0\nshapely==2.1.0\n"
ADVISORY = {
    "id": "GHSA-0000-0000-0001",
    "aliases": ["CVE-2099-0001"],
    "summary": "Something bad.",
    "published": "2099-01-01T00:00:00Z",
    "affected": [
        {
            "package": {"name": "flask", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.1"}]}],
        }
    ],
}
IGNORED = """
[[ignored]]
id = "CVE-2099-0001"
package = "flask"
reason = "nobody can get there"
review = 2099-02-01
"""


@contextmanager
def osv(
    vulnerable: Mapping[str, Any], *, knows: bool = True, status: int = 200, sleep_s: float = 0
) -> Iterator[str]:
    """Answer as OSV does, each package in `vulnerable` with its advisory, and what it is tried with."""

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            time.sleep(sleep_s)
            asked_for = asked["package"]["name"]
            advisory = vulnerable.get(asked_for, ADVISORY if knows and asked_for == "requests" else None)
            body = json.dumps({"vulns": [advisory]} if advisory else {}).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1/query"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def audited(
    folder: Path, url: str, *, ignored: str = "ignored = []\n", pinned: str = PINNED, **environment: str
) -> tuple[int, str]:
    """Run the script; return its exit code and what it said."""
    (folder / "constraints.txt").write_text(pinned)
    (folder / "ignored.toml").write_text(ignored)
    command = [sys.executable, str(SCRIPT), "--osv-url", url, "--today", "2099-01-15"]
    command += ["--constraints", str(folder / "constraints.txt"), "--ignored", str(folder / "ignored.toml")]
    unset = ("GAZETTEER_AUDIT_REQUIRED", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY")
    inherited = {name: value for name, value in os.environ.items() if name not in unset}
    ran = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**inherited, **environment}
    )
    return ran.returncode, ran.stdout + ran.stderr


def test_a_version_with_a_vulnerability_fails_and_is_named(tmp_path: Path) -> None:
    with osv({"flask": ADVISORY}) as url:
        code, said = audited(tmp_path, url)
    assert 1 == code
    assert "VULNERABLE flask 1.0: CVE-2099-0001, GHSA-0000-0000-0001 (fixed in 1.1)" in said
    assert "3 of 3 packages looked up, 1 known vulnerabilities to deal with" in said


def test_one_that_is_passed_over_is_told_with_its_reason(tmp_path: Path) -> None:
    with osv({"flask": ADVISORY}) as url:
        code, said = audited(tmp_path, url, ignored=IGNORED)
    assert 0 == code
    assert "passed over until 2099-02-01: flask 1.0" in said
    assert "because nobody can get there" in said


def test_one_that_was_to_be_reviewed_fails(tmp_path: Path) -> None:
    with osv({"flask": ADVISORY}) as url:
        code, said = audited(tmp_path, url, ignored=IGNORED.replace("2099-02-01", "2099-01-15"))
    assert (1, True) == (code, "it was to be reviewed on 2099-01-15" in said)


def test_what_is_passed_over_for_another_package_fails(tmp_path: Path) -> None:
    with osv({"flask": ADVISORY}) as url:
        code, said = audited(tmp_path, url, ignored=IGNORED.replace('"flask"', '"numpy"'))
    assert (1, True) == (code, "no longer needed: CVE-2099-0001 of numpy" in said)


def test_without_vulnerabilities_it_says_how_many_were_looked_up(tmp_path: Path) -> None:
    with osv({}) as url:
        found = audited(tmp_path, url, GAZETTEER_AUDIT_REQUIRED="1")
    assert (0, "3 of 3 packages looked up, 0 known vulnerabilities to deal with\n") == found


@pytest.mark.parametrize(("required", "code"), [("", 0), ("0", 0), ("1", 1)])
def test_a_service_that_cannot_be_reached_is_no_clean_bill(tmp_path: Path, required: str, code: int) -> None:
    nobody = "http://127.0.0.1:9/v1/query"
    found, said = audited(tmp_path, nobody, GAZETTEER_AUDIT_REQUIRED=required)
    assert (code, True) == (found, said.startswith(f"NOT AUDITED: {nobody} can't be asked"))
    assert "3 packages were not looked up" in said
    assert "vulnerabilities" not in said


@pytest.mark.parametrize(("status", "sleep_s"), [(500, 0), (404, 0), (200, 6)])
def test_a_service_that_fails_or_is_silent_is_no_clean_bill(
    tmp_path: Path, status: int, sleep_s: float
) -> None:
    with osv({}, status=status, sleep_s=sleep_s) as url:
        code, said = audited(tmp_path, url, GAZETTEER_AUDIT_REQUIRED="1")
    assert (1, True) == (code, said.startswith("NOT AUDITED"))


def test_a_service_that_knows_nothing_is_no_clean_bill(tmp_path: Path) -> None:
    with osv({}, knows=False) as url:
        code, said = audited(tmp_path, url, GAZETTEER_AUDIT_REQUIRED="1")
    assert (1, True) == (code, "knows nothing of requests 2.19.0" in said)


def test_a_list_that_pip_audit_cannot_read_is_no_clean_bill(tmp_path: Path) -> None:
    with osv({}) as url:
        code, said = audited(tmp_path, url, pinned="flask\nnumpy==2.1.0\n", GAZETTEER_AUDIT_REQUIRED="1")
    assert (1, True) == (code, "NOT AUDITED" in said)


@pytest.mark.parametrize(
    "ignored",
    ["", IGNORED.replace("nobody can get there", " "), IGNORED.replace("review = 2099-02-01", ""), "[[["],
)
def test_nothing_is_passed_over_without_reason_and_review(tmp_path: Path, ignored: str) -> None:
    code, said = audited(tmp_path, "http://127.0.0.1:9/", ignored=ignored)
    assert (2, True) == (code, said.startswith("audit: "))


def test_our_own_list_of_what_is_passed_over_can_be_read(tmp_path: Path) -> None:
    ours = (ROOT / "scripts" / "audit_ignored.toml").read_text(encoding="utf-8")
    with osv({}) as url:
        assert 0 == audited(tmp_path, url, ignored=ours)[0]


def test_what_bandit_passes_over_has_its_number_and_its_reason() -> None:
    lines = [
        line
        for package in ("gazetteer", "geodata", "service", "scripts")
        for path in (ROOT / package).rglob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if "# nosec" in line
    ]
    assert [] == [line for line in lines if not re.search(r"# nosec B\d{3} # \w.{5,}", line)]
    assert lines
