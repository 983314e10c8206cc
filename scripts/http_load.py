"""Ask a server on this machine many requests over kept connections, and measure; a process of its own.

    python -m scripts.http_load PORT [--connections 8] [--seconds 5] [--rate 1000] < targets

Targets are read from standard input, one a line, and asked in turn. Without a rate each connection asks
again as soon as it is answered. With one, requests are due at even times, and each is timed from when it was
due, so that a server that stops for a while can't hide it ("coordinated omission"). Sockets are read with
epoll and answers are only cut at their length: on the machine of `make bench-service` this asks a bare
Flask view several times as fast as it answers.
"""

import argparse
import json
import selectors
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Report", "percentile", "report_of"]

_CONNECTIONS = 8
_OPEN_LOOP_CONNECTIONS = 32


@dataclass(frozen=True, slots=True)
class Report:
    """What was answered.

    Parameters
    ----------
    seconds
        How long it took.
    answered, failed
        How many answers came, and how many of them had another status than 200.
    latencies_ms
        Milliseconds of each answer.
    """

    seconds: float
    answered: int
    failed: int
    latencies_ms: list[float]

    @property
    def per_second(self) -> float:
        """Answers a second."""
        return self.answered / self.seconds


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that this share of all doesn't exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def report_of(port: int, targets: Sequence[str], *, seconds: float, rate: float | None = None) -> Report:
    """Load a server from a process of its own, and return what it measured."""
    command = [sys.executable, "-m", "scripts.http_load", str(port), "--seconds", str(seconds)]
    command += ["--rate", str(rate)] if rate else []
    done = subprocess.run(command, input="\n".join(targets), capture_output=True, text=True, check=True)
    return Report(**json.loads(done.stdout))


class _Connection:
    """A kept connection, and what is awaited on it."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.due = 0.0
        self._received = b""
        self._length = -1

    def ask(self, request: bytes, due: float) -> None:
        self.due, self._received, self._length = due, b"", -1
        self.socket.sendall(request)

    def read(self) -> bytes | None:
        """Return the head of the answer once it is whole."""
        piece = self.socket.recv(262_144)
        if not piece:
            raise SystemExit("the server closed a connection")
        self._received += piece
        if self._length < 0:
            end = self._received.find(b"\r\n\r\n")
            if end < 0:
                return None
            at = self._received.find(b"Content-Length: ", 0, end)
            if at < 0:
                raise SystemExit("an answer without a length")
            self._length = end + 4 + int(self._received[at + 16 : self._received.index(b"\r\n", at)])
        return self._received if len(self._received) >= self._length else None


def load(port: int, targets: Sequence[str], seconds: float, rate: float | None) -> Report:
    """Ask for so many seconds, then wait for what is still awaited."""
    requests = [f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode() for target in targets]
    selector = selectors.DefaultSelector()
    idle = deque(_Connection(port) for _ in range(_OPEN_LOOP_CONNECTIONS if rate else _CONNECTIONS))
    for connection in idle:
        selector.register(connection.socket, selectors.EVENT_READ, connection)
    latencies: list[float] = []
    asked = awaited = failed = 0
    begin = time.perf_counter()
    while True:
        now = time.perf_counter()
        due = begin + asked / rate if rate else now
        while idle and due <= now and now - begin < seconds:
            idle.popleft().ask(requests[asked % len(requests)], due)
            asked, awaited = asked + 1, awaited + 1
            due = begin + asked / rate if rate else now
        if awaited == 0 and now - begin >= seconds:
            break
        wait = min(max(due - now, 0.0), 0.5) if idle and now - begin < seconds else 0.5
        for key, _ in selector.select(wait):
            if (head := key.data.read()) is not None:
                latencies.append((time.perf_counter() - key.data.due) * 1000)
                failed += not head.startswith(b"HTTP/1.1 200")
                awaited -= 1
                idle.append(key.data)
    return Report(time.perf_counter() - begin, len(latencies), failed, latencies)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("port", type=int)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--rate", type=float, help="requests a second; without it as many as are answered")
    args = parser.parse_args()
    report = load(args.port, sys.stdin.read().split("\n"), args.seconds, args.rate)
    json.dump({name: getattr(report, name) for name in Report.__slots__}, sys.stdout)


if __name__ == "__main__":
    main()
