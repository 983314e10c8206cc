"""`make audit`, and what `make check` does of it: a version with a vulnerability fails, and neither says that
it looked where it didn't. Asked is a service of our own on loopback that answers as OSV does."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.ports import Handler, serving

ROOT = Path(__file__).resolve().parent.parent
ADVISORY = {
    "id": "GHSA-0000-0000-0001",
    "summary": "Something bad.",
    "published": "2099-01-01T00:00:00Z",
    "affected": [
        {
            "package": {"name": "flask", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.1"}]}],
        }
    ],
}


@contextmanager
def osv(vulnerable: Mapping[str, Any], *, status: int = 200) -> Iterator[str]:
    """Answer as OSV does, each package in `vulnerable` with its advisory."""

    class Answer(Handler):
        def do_POST(self) -> None:  # noqa: N802 - a name of the base class
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            advisory = vulnerable.get(asked["package"]["name"])
            body = json.dumps({"vulns": [advisory]} if advisory else {}).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with serving(Answer) as address:
        yield f"{address}/v1/query"


def made(target: str, folder: Path, url: str) -> tuple[int, str]:
    """Make a target on a short list of versions; return its exit code and what it said."""
    (folder / "constraints.txt").write_text("# made by hand\nflask==1.0\nnumpy==2.1.0\nshapely==2.1.0\n")
    proxies = ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY")
    environment = {name: value for name, value in os.environ.items() if name not in proxies}
    asked = {"PIP_AUDIT_OSV_URL": url, "XDG_CACHE_HOME": str(folder), "HOME": str(folder)}
    command = ["make", "-f", str(ROOT / "Makefile"), f"BIN={Path(sys.executable).parent}", "DEV=", target]
    ran = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, env={**environment, **asked}
    )
    return ran.returncode, ran.stdout + ran.stderr


def test_a_version_with_a_vulnerability_fails_and_is_named_and_without_any_that_is_said(
    tmp_path: Path,
) -> None:
    for target in ("audit", "audit-if-online"):
        with osv({"flask": ADVISORY}) as url:
            code, said = made(target, tmp_path, url)
        assert (2, True) == (code, "Found 1 known vulnerability in 1 package" in said)
        assert re.search(r"flask +1\.0 +GHSA-0000-0000-0001 +1\.1", said)
        with osv({}) as url:
            code, said = made(target, tmp_path, url)
        assert (0, True) == (code, "No known vulnerabilities found" in said)


def test_a_service_that_cannot_be_asked_is_no_clean_bill(tmp_path: Path) -> None:
    with osv({}, status=500) as failing:
        for url in (failing, "http://127.0.0.1:9/v1/query"):
            code, said = made("audit", tmp_path, url)
            assert (2, False) == (code, "known vulnerabilities" in said)
            code, said = made("audit-if-online", tmp_path, url)
            assert (0, True) == (code, "NOT AUDITED" in said)


def test_check_audits_where_it_can() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(r"^check:.*\n(\t.*\n)*\t.* audit-if-online\n", makefile, re.M)


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
