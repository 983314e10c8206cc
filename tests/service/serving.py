"""Real servers on loopback, in processes of their own, which must stop when asked."""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Server", "run_server", "serve"]

SERVE = "from service.cli import main; main()"


@dataclass(frozen=True)
class Server:
    """A server that runs: its address as host and port, its process, and the file of its log."""

    address: str
    process: "subprocess.Popen[str]"
    log: Path

    def get(
        self,
        target: str,
        headers: Mapping[str, str] | None = None,
        method: str = "GET",
        body: bytes | None = None,
    ) -> tuple[int, str]:
        """Ask over a connection of its own; return the status and the body."""
        connection = http.client.HTTPConnection(self.address, timeout=30)
        try:
            connection.request(method, target, body, dict(headers or {}))
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()

    def connect(self) -> socket.socket:
        host, _, port = self.address.partition(":")
        return socket.create_connection((host, int(port)), timeout=30)

    def raw(self, sent: bytes, *, cut: bool = False) -> tuple[str, str]:
        """Send bytes that may be no HTTP, and no more where it is cut; return head and body of the answer."""
        with self.connect() as connection:
            connection.sendall(sent)
            if cut:
                connection.shutdown(socket.SHUT_WR)
            received = b"".join(iter(lambda: connection.recv(65_536), b""))
        head, _, body = received.decode().partition("\r\n\r\n")
        return head, body

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)


@contextmanager
def run_server(code: str, *options: str, folder: Path, **environment: str) -> Iterator[Server]:
    """Run Python code that starts a server and says where; temporary files go to `folder`."""
    log = folder / "server.log"
    with (
        log.open("w") as errors,
        subprocess.Popen(
            [sys.executable, "-c", code, *options],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env={**os.environ, "TMPDIR": str(folder), **environment},
        ) as process,
    ):
        try:
            assert process.stdout
            line = process.stdout.readline()
            found = re.search(r"Serving on http://([^/]+)/", line)
            assert found, line + log.read_text()
            yield Server(found[1], process, log)
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            assert 0 == process.wait(30)
        finally:
            process.kill()


@contextmanager
def serve(*options: str, folder: Path, **environment: str) -> Iterator[Server]:
    """Run `gazetteer-serve` on a free port."""
    with run_server(SERVE, "--port", "0", *options, folder=folder, **environment) as server:
        yield server
