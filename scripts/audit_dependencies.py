"""Look up every version in constraints.txt in an advisory service (OSV), with pip-audit.

Exit code 1, and a list, where a version has a known vulnerability that scripts/audit_ignored.toml doesn't
pass over. pip-audit says "No known vulnerabilities found" of packages that it couldn't look up; here it is
said in as many words that they were NOT AUDITED. That is no failure, or nobody could run `make check` in a
train, unless GAZETTEER_AUDIT_REQUIRED=1 is set, as it should be before a release::

    python scripts/audit_dependencies.py
    GAZETTEER_AUDIT_REQUIRED=1 python scripts/audit_dependencies.py
"""

import argparse
import datetime
import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
OSV = "https://api.osv.dev/v1/query"
#: A version with a vulnerability that any such service knows (CVE-2018-18074): the question that tells
#: whether it does.
KNOWN = ("requests", "2.19.0")
#: Seconds that the service may take to answer the first question, and each other; and all of them.
PROBE_S, EACH_S, ALL_S = 4, 10, 300


@dataclass(frozen=True, slots=True)
class Vulnerability:
    """A known vulnerability of a version that we install."""

    package: str
    version: str
    ids: tuple[str, ...]
    fixed_in: tuple[str, ...]

    def __str__(self) -> str:
        fixed = f"fixed in {', '.join(self.fixed_in)}" if self.fixed_in else "no version without it is known"
        return f"{self.package} {self.version}: {', '.join(self.ids)} ({fixed})"


class NotAuditedError(Exception):
    """Nothing was found out; the message says why."""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--constraints", type=Path, default=ROOT / "constraints.txt")
    parser.add_argument("--ignored", type=Path, default=ROOT / "scripts" / "audit_ignored.toml")
    parser.add_argument("--osv-url", default=OSV, help="the service to ask")
    parser.add_argument("--today", type=datetime.date.fromisoformat, default=datetime.date.today())  # noqa: DTZ011
    given = parser.parse_args(arguments)
    required = os.environ.get("GAZETTEER_AUDIT_REQUIRED", "") not in ("", "0")
    try:
        ignored = read_ignored(given.ignored)
        pinned = pinned_in(given.constraints)
    except (OSError, ValueError, KeyError) as error:
        print(
            f"audit: {given.ignored.name} or {given.constraints.name} can't be used: {error}", file=sys.stderr
        )
        return 2
    try:
        found, skipped = audit(given.constraints, given.osv_url)
    except NotAuditedError as error:
        print(f"NOT AUDITED: {error}. {len(pinned)} packages were not looked up.")
        return int(required)
    wrong, lines = weigh(found, ignored, given.today)
    print(*lines, sep="\n", end="\n" if lines else "")
    looked_up = len(pinned) - len(skipped)
    print(f"{looked_up} of {len(pinned)} packages looked up, {len(wrong)} known vulnerabilities to deal with")
    if skipped:
        print(f"NOT AUDITED: the service didn't know {', '.join(skipped)}")
    return int(bool(wrong) or (required and bool(skipped)))


def pinned_in(constraints: Path) -> list[str]:
    """Return the packages of a list of versions."""
    lines = constraints.read_text(encoding="utf-8").splitlines()
    pinned = [line.partition("==")[0] for line in lines if re.match(r"[A-Za-z0-9]", line)]
    if not pinned:
        raise ValueError(f"{constraints} names no version")
    return pinned


def read_ignored(path: Path) -> list[dict[str, Any]]:
    """Return what is passed over: each with a reason and a day of review.

    Raises
    ------
    ValueError
        If one has not.
    """
    ignored: list[dict[str, Any]] = tomllib.loads(path.read_text(encoding="utf-8"))["ignored"]
    for one in ignored:
        if {"id", "package", "reason", "review"} != one.keys() or not one["reason"].strip():
            raise ValueError(f"{one.get('id', one)} needs id, package, reason and review, and nothing else")
        if not isinstance(one["review"], datetime.date):
            raise ValueError(f"the review of {one['id']} must be a day, written 2027-01-31 without quotes")
    return ignored


def audit(constraints: Path, url: str) -> tuple[list[Vulnerability], list[str]]:
    """Return the vulnerabilities, and the packages that couldn't be looked up.

    Raises
    ------
    NotAuditedError
        If the service can't be reached, or pip-audit fails.
    """
    _probe(url)
    with tempfile.TemporaryDirectory(prefix="audit-") as folder:
        command = [sys.executable, "-m", "pip_audit", "--requirement", str(constraints), "--no-deps"]
        command += ["--disable-pip", "--vulnerability-service", "osv", "--osv-url", url, "--format", "json"]
        command += ["--progress-spinner", "off", "--timeout", str(EACH_S), "--cache-dir", folder]
        try:
            ran = subprocess.run(command, capture_output=True, text=True, timeout=ALL_S, check=False)
        except subprocess.TimeoutExpired as error:
            raise NotAuditedError(f"it took longer than {ALL_S} s") from error
    if not ran.stdout.strip():
        if ran.returncode == 0:  # nothing was found and nothing passed over: then pip-audit lists nothing
            return [], []
        last = ran.stderr.strip().splitlines()[-1:] or ["it said nothing"]
        raise NotAuditedError(f"pip-audit failed ({last[0][:200]})")
    return _read(json.loads(ran.stdout))


def _probe(url: str) -> None:
    """Ask for what is known to be vulnerable, with little patience: pip-audit tries for long where nobody is.

    Raises
    ------
    NotAuditedError
        If nobody answers, or somebody who doesn't know it: then other answers would tell nothing either.
    """
    name, version = KNOWN
    asked = json.dumps({"package": {"name": name, "ecosystem": "PyPI"}, "version": version}).encode()
    request = urllib.request.Request(url, asked, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=PROBE_S) as answer:
            knows_it = bool(json.load(answer).get("vulns"))
    except (AttributeError, OSError, ValueError) as error:
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        raise NotAuditedError(f"{url} can't be asked ({reason})") from error
    if not knows_it:
        raise NotAuditedError(f"{url} knows nothing of {name} {version}, which has a known vulnerability")


def _read(answer: dict[str, Any]) -> tuple[list[Vulnerability], list[str]]:
    found, skipped = [], []
    for package in answer["dependencies"]:
        if "skip_reason" in package:
            skipped.append(package["name"])
        for one in package.get("vulns", []):
            ids = tuple(sorted({one["id"], *one.get("aliases", [])}))
            fixed = tuple(one["fix_versions"])
            found.append(Vulnerability(package["name"], package["version"], ids, fixed))
    return found, skipped


def weigh(
    found: Sequence[Vulnerability], ignored: Sequence[dict[str, Any]], today: datetime.date
) -> tuple[list[Vulnerability], list[str]]:
    """Return the vulnerabilities to deal with, and a line for each and for what is passed over."""
    wrong, lines, used = [], [], set()
    for one in found:
        entry = next((e for e in ignored if e["id"] in one.ids and e["package"] == one.package), None)
        if entry is not None:
            used.add(entry["id"])
        if entry is None or entry["review"] <= today:
            wrong.append(one)
            due = f"; it was to be reviewed on {entry['review']}" if entry else ""
            lines.append(f"VULNERABLE {one}{due}")
        else:
            lines.append(f"passed over until {entry['review']}: {one}, because {entry['reason']}")
    lines += [f"no longer needed: {e['id']} of {e['package']}" for e in ignored if e["id"] not in used]
    return wrong, lines


if __name__ == "__main__":
    sys.exit(main())
