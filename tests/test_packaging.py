"""What is installed: light imports, whole wheels, commands that start, pinned dependencies."""

import email
import os
import re
import socket
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import pytest

import gazetteer

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("gazetteer", "geodata", "service")
#: Imports every module of ours twice, the second time as on Windows: other people's, which have a Windows of
#: their own, are there by then.
AS_ON_WINDOWS = """
import importlib, os, pkgutil, select, signal, sys
names = [one.name for package in sys.argv[1:] for one in pkgutil.walk_packages([package], f"{package}.")]
names = [name for name in names if not name.endswith("__main__")]
for name in names:
    importlib.import_module(name)
for name in [name for name in sys.modules if name.partition(".")[0] in sys.argv[1:]]:
    del sys.modules[name]
for name in ("fcntl", "grp", "posix", "pty", "pwd", "resource", "syslog", "termios", "tty"):
    sys.modules[name] = None
lacking = {
    os: "O_CLOEXEC O_DIRECTORY O_NOFOLLOW chown fchmod fchown fork geteuid getuid killpg setsid sysconf",
    signal: "SIGALRM SIGCHLD SIGHUP SIGKILL SIGPIPE SIGQUIT SIGUSR1 SIGUSR2 alarm pthread_sigmask setitimer",
    select: "epoll poll",
}
for module, those in lacking.items():
    for name in those.split():
        vars(module).pop(name, None)
for name in names:
    importlib.import_module(name)
print(len(names))
"""
HEAVY = {"flask", "geopandas", "pandas", "pyarrow", "pyogrio", "sklearn"}


def modules_after(statement: str) -> set[str]:
    """Run one statement in a new Python and return the names of the top-level modules it brought."""
    code = f"import sys; {statement}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def normal(requirement: str) -> str:
    """Return the name of a requirement as the package index spells it (PEP 503)."""
    name = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert name is not None, requirement
    return re.sub(r"[-_.]+", "-", name.group()).lower()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    [path] = folder.glob("*.whl")
    return zipfile.ZipFile(path)


def test_imports_bring_no_heavy_package() -> None:
    assert set() == modules_after("import gazetteer, gazetteer.cli.main") & HEAVY
    assert set() == modules_after("import geodata") & {"flask", "service"}


def test_every_declared_command_and_entry_point_can_be_called() -> None:
    points = [p for p in distribution("conflict-gazetteer").entry_points if p.value.split(".")[0] in PACKAGES]
    assert {"gazetteer", "gazetteer-data", "gazetteer-mcp", "gazetteer-serve", "embedded"} == {
        p.name for p in points
    }
    assert [] == [p.name for p in points if not callable(p.load())]


def test_the_wheel_holds_the_three_packages_and_every_file_in_them(wheel: zipfile.ZipFile) -> None:
    on_disk = {
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    in_wheel = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert on_disk | {"gazetteer/examples/incidents.csv"} == in_wheel
    assert {f"{package}/py.typed" for package in PACKAGES} <= in_wheel


def test_the_demo_runs_from_the_wheel_alone(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    wheel.extractall(tmp_path / "installed")
    (empty := tmp_path / "empty").mkdir()
    command = [
        sys.executable,
        "-c",
        "import gazetteer.cli.main as main; print(main.__file__); main.main()",
        "demo",
    ]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "installed"), "PYTHONUTF8": "1"}
    done = subprocess.run(
        command, cwd=empty, env=environment, capture_output=True, encoding="utf-8", check=False
    )
    assert 0 == done.returncode, done.stderr
    assert done.stdout.startswith(str(tmp_path / "installed"))
    assert "15 rows: 12 resolved" in done.stdout
    assert (empty / "demo-output" / "incidents.enriched.csv").is_file()


def test_every_module_is_imported_where_there_is_nothing_of_posix() -> None:
    done = subprocess.run(
        [sys.executable, "-c", AS_ON_WINDOWS, *PACKAGES],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (0, "") == (done.returncode, done.stderr)
    assert int(done.stdout) > 150


def test_the_version_is_that_of_the_project_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["version"] == gazetteer.__version__
    citation = (ROOT / "CITATION.cff").read_text("utf-8")
    assert f"\nversion: {project['version']}\n" in citation
    assert f'"{project["urls"]["Source"]}"' in citation


def test_the_wheel_carries_licence_and_attributions(wheel: zipfile.ZipFile) -> None:
    [metadata] = [name for name in wheel.namelist() if name.endswith(".dist-info/METADATA")]
    fields = email.message_from_bytes(wheel.read(metadata))
    assert "Apache-2.0" == fields["License-Expression"]
    assert ["LICENSE", "NOTICE"] == sorted(fields.get_all("License-File", []))


def test_every_dependency_of_every_extra_is_pinned_to_one_version() -> None:
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted = {normal(r) for group in (project["dependencies"], *extras.values()) for r in group}
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    constraints = [line for line in lines if not line.startswith("#")]
    assert [] == [line for line in constraints if not re.fullmatch(r"[\w.-]+==[\w.!]+", line)]
    assert set() == wanted - {normal(line) for line in constraints} - {"conflict-gazetteer"}


def test_a_test_that_reaches_for_the_network_fails() -> None:
    with pytest.raises(AssertionError, match="without a network"):
        socket.create_connection(("192.0.2.1", 80), timeout=1)
    with pytest.raises(AssertionError, match="without a network"):
        socket.getaddrinfo("example.org", 443)
