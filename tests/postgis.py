"""A real PostgreSQL server with PostGIS for tests: started once, on loopback, and stopped at the end.

Its programs come from Debian's ``postgresql-15-postgis-3``. It refuses to run as root, so then it runs as the
user ``postgres`` (or ``nobody``). Nothing is synchronised to the disk, and its folder goes with it, even when
the tests are killed.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.ports import free_port

#: Where Debian puts the programs of each version.
_PROGRAMS = Path("/usr/lib/postgresql")
_HOSTS = "host all guarded 127.0.0.1/32 scram-sha-256\nhost all all 127.0.0.1/32 trust\n"
_SETTINGS = "fsync = off\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = '..'\n"
#: Of the role "guarded"; with every sign that an address must have escaped.
PASSWORD = "a/pass:word@of?its#own%20"
#: Run in the server's folder: stops it and removes the folder once standard input ends, however that came.
_KEEPER = """
cat
kill -CONT $(head -n 1 data/postmaster.pid)
"$0"/pg_ctl -D data -m immediate -w -t 60 stop
rm -rf "$PWD"
"""


def _server_user() -> str | None:
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


@dataclass
class Cluster:
    """A server.

    Parameters
    ----------
    programs
        The folder of ``initdb``, ``pg_ctl`` and ``psql``.
    folder
        Holds everything; its owner is the user that the server runs as.
    """

    programs: Path
    folder: Path
    port: int = field(default_factory=free_port)

    @property
    def url(self) -> str:
        """The address of a database with PostGIS, as its superuser, without a password."""
        return self.url_of("incidents")

    def url_of(self, database: str, *, user: str = "gazetteer", password: str = "") -> str:
        secret = f":{quote(password, safe='')}" if password else ""
        return f"postgresql://{user}{secret}@127.0.0.1:{self.port}/{database}"

    def make(self) -> None:
        self.run(
            "initdb", "-D", "data", "-U", "gazetteer", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C"
        )
        (self.folder / "data" / "pg_hba.conf").write_text(_HOSTS)
        (self.folder / "data" / "postgresql.auto.conf").write_text(f"{_SETTINGS}port = {self.port}\n")
        self.start()
        self.sql("CREATE DATABASE incidents", database="postgres")
        self.sql("CREATE EXTENSION postgis")
        self.sql(f"CREATE ROLE guarded LOGIN PASSWORD '{PASSWORD}'")

    def start(self) -> None:
        self.run("pg_ctl", "-D", "data", "-l", "log", "-w", "-t", "60", "start")

    def stop(self, mode: str = "fast") -> None:
        self.run("pg_ctl", "-D", "data", "-m", mode, "-w", "-t", "60", "stop")

    def restart(self) -> None:
        """Stop it as a crash does, and start it."""
        self.stop("immediate")
        self.start()

    def sql(self, text: str, *, database: str = "incidents") -> str:
        """Run SQL as its superuser; return what it prints, without heads."""
        arguments = ("-h", "127.0.0.1", "-p", str(self.port), "-U", "gazetteer", "-d", database)
        return self.run("psql", *arguments, "-qtAX", "-v", "ON_ERROR_STOP=1", "-c", text).strip()

    def hang(self) -> None:
        """Stop all its processes where they are; they keep their connections."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        main = int((self.folder / "data" / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{main}/task/{main}/children").read_text().split()
        for process in (main, *map(int, children)):
            with suppress(ProcessLookupError):
                os.kill(process, number)

    def run(self, program: str, *arguments: str) -> str:
        # Its output goes to a file: the server keeps it open.
        with tempfile.TemporaryFile("w+") as output:
            done = subprocess.run(
                [str(self.programs / program), *arguments],
                check=False,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                user=_server_user(),
                env={"LC_ALL": "C", "PATH": os.defpath, "PGCONNECT_TIMEOUT": "10"},
            )
            output.seek(0)
            said = output.read()
        assert done.returncode == 0, f"{program}: {said}"
        return said


@contextmanager
def a_cluster() -> Iterator[Cluster]:
    """Run a server with a database "incidents" that has PostGIS, and a role "guarded" with a password."""
    found = sorted(_PROGRAMS.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not found or not list(Path("/usr/share/postgresql").glob("*/extension/postgis.control")):
        pytest.skip("needs PostgreSQL with PostGIS (Debian: postgresql-15-postgis-3), which isn't installed")
    folder, user = Path(tempfile.mkdtemp(prefix="gazetteer-postgis-")), _server_user()
    if user:
        shutil.chown(folder, user)
    cluster = Cluster(found[-1].parent, folder)
    with subprocess.Popen(
        ["/bin/sh", "-c", _KEEPER, cluster.programs],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=folder,
        user=user,
        start_new_session=True,
    ):
        cluster.make()
        yield cluster


@pytest.fixture(scope="session")
def postgis_cluster() -> Iterator[Cluster]:
    """Give one server to all tests that need one."""
    with a_cluster() as cluster:
        yield cluster


@pytest.fixture
def postgis_url(postgis_cluster: Cluster) -> str:
    """Return the address of a database in which nothing was ever stored."""
    postgis_cluster.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'gazetteer-serve'"
    )
    postgis_cluster.sql("DROP SCHEMA IF EXISTS conflict_gazetteer CASCADE")
    return postgis_cluster.url
