"""What every test gets: no network but loopback, a cache of the run's own, and the optional shared data.

The two guards are on for all tests and need not be asked for. Values are made by builders in
``tests/builders.py``; a fixture is only for what has to be set up and put away again.
"""

import gc
import ipaddress
import os
import pickle
import re
import signal
import socket
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from filelock import FileLock
from hypothesis import settings

if TYPE_CHECKING:
    from geodata.assemble import Built

pytest_plugins = ["tests.postgis", "tests.side_by_side"]

ROOT = Path(__file__).resolve().parent.parent
#: What every command ends with that the embedded default answered, on standard error.
DEFAULT_ANSWERED = re.compile(r"^gazetteer: (?:\d.*\. )?Answered from the embedded default,.*\n", re.M)

# Two busy cores make single examples slow by chance, so no deadline; and in CI the same examples
# each time, so that a failure there is a failure of the change.
settings.register_profile("house", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("house")

#: Set where everything is installed that a test may need: then a skipped test is a failure.
ALL_MUST_RUN = bool(os.environ.get("GAZETTEER_TESTS_ALL"))


def pytest_collection_finish() -> None:
    """Keep modules and tests out of each later search for garbage, which took a tenth of the run."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip into a failure where everything must run; its reason says what is missing."""
    report = yield
    if ALL_MUST_RUN and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
    return report


def is_loopback(host: object) -> bool:
    """Whether a host as given to the socket functions can only mean this machine."""
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if not isinstance(host, str):
        return host is None  # getaddrinfo's way to say "this machine"
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host in {"", "localhost"}


def refuse(host: object) -> None:
    if not is_loopback(host):
        raise AssertionError(f"a test tried to reach {host!r}: tests run without a network")


@pytest.fixture(scope="session", autouse=True)
def _only_loopback() -> Iterator[None]:
    """Refuse to look up or connect to any host but this machine, in this process."""
    connect, connect_ex, getaddrinfo = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def check(sock: socket.socket, address: Any) -> None:
        if sock.family in {socket.AF_INET, socket.AF_INET6}:
            refuse(address[0])

    def guarded_connect(sock: socket.socket, address: Any) -> None:
        check(sock, address)
        connect(sock, address)

    def guarded_connect_ex(sock: socket.socket, address: Any) -> int:
        check(sock, address)
        return connect_ex(sock, address)

    def guarded_getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        refuse(host)
        return getaddrinfo(host, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded_connect)
        patch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
        patch.setattr(socket, "getaddrinfo", guarded_getaddrinfo)
        yield


@pytest.fixture(scope="session", autouse=True)
def _ctrl_c() -> None:
    """Let Ctrl-C reach child processes, which a shell switches off for what it runs in the background."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the whole run, which workers that run side by side share."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session", autouse=True)
def user_cache(run_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cache folder for this run, and others instead of the user's own; child processes inherit them.

    Settings of the person who runs the tests (``GAZETTEER_FILE`` and the like) are out of sight.
    """
    cache = run_folder / "cache"
    cache.mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("GAZETTEER_")]:
            patch.delenv(name)
        patch.setenv("GAZETTEER_CACHE", str(cache))
        for kind in (
            "CONFIG",
            "STATE",
            "DATA",
        ):  # of keys, of the audit log, of a gazetteer that was installed
            patch.setenv(f"XDG_{kind}_HOME", str(tmp_path_factory.mktemp(kind.lower())))
        yield cache


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder beside the checkout that holds data we may test with but never commit."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("needs ../shared, the data folder beside the checkout, which is not here")
    return folder


@pytest.fixture(scope="session")
def shared_upstream(shared: Path) -> Path:
    """Return the publishers' own files, in the layout that users download."""
    folder = shared / "data" / "upstream"
    if not folder.is_dir():
        pytest.skip("needs ../shared/data/upstream, which is not here")
    return folder


@pytest.fixture(scope="session")
def full_gazetteer(shared_upstream: Path, run_folder: Path) -> tuple[Path, "Built"]:
    """Return the gazetteer of the publishers' own files, built once for the run, and what that found."""
    from geodata.assemble import build_from

    path, built = run_folder / "full.gpkg", run_folder / "full.pickle"
    with FileLock(run_folder / "full.lock"):
        if not built.exists():
            built.write_bytes(pickle.dumps(build_from(shared_upstream, path)))
    found: Built = pickle.loads(built.read_bytes())
    return path, found
