"""The load of `scripts/soak.py`, in a process of its own: requests at even times, over kept connections.

    python -m scripts.soak_load PORT --rate 300 --warm-up 60 --seconds 600 < plan.json

The plan says which requests there are of each kind, and how many of a hundred each kind has
(`scripts/soak_plan.py`). A request is due at its time whether or not others have been answered, and is
timed from when it was due, so that a server that stops for a while can't hide it ("coordinated omission").
Every answer is read whole and looked at. Writes are remembered as they are acknowledged; what must be in
the store in the end is handed back with the latencies.
"""

import argparse
import json
import random
import selectors
import sys
import time
from collections import deque
from collections.abc import Iterator
from typing import Any

from scripts.soak_connection import Connection, wrong_with
from scripts.soak_writes import Writes

__all__ = ["main"]

#: More than the server's threads: open connections are many, and requests that run at a time are few.
CONNECTIONS = 64
#: Seconds of requests that may wait before the load gives up: by then the figures say nothing more.
MOST_BEHIND_S = 30.0
#: Seconds between two connections.
_BETWEEN_S = 0.01
#: How many errors are handed back in words.
SHOWN = 20


class Load:
    """Requests that are due, run and answered.

    Parameters
    ----------
    port
        The server's.
    plan
        Shares, requests by kind, and what the store begins with.
    rate
        Requests a second.
    warm_up_s, seconds
        How long it runs before it is timed, and then.
    """

    def __init__(
        self, port: int, plan: dict[str, Any], *, rate: float, warm_up_s: float, seconds: float
    ) -> None:
        self._rate, self._warm_up_s, self._ends_s = rate, warm_up_s, warm_up_s + seconds
        self._kinds, self._shares = zip(*plan["shares"].items(), strict=True)
        self._requests: dict[str, list[Any]] = plan["requests"]
        self._draw = random.Random(plan["seed"])
        self._head, self._key = plan["head"], plan["key"]
        self._writes = Writes(plan["writes"], self._draw)
        self._selector = selectors.DefaultSelector()
        self._idle = deque(self._spread(port))
        self._port = port
        self.latencies_ms: dict[str, list[float]] = {kind: [] for kind in self._kinds}
        self.errors: list[str] = []
        self.failed = self.asked = 0

    def _spread(self, port: int) -> Iterator[Connection]:
        """Connect one after the other: of many at once the first worker to look takes all."""
        for _ in range(CONNECTIONS):
            time.sleep(_BETWEEN_S)
            yield Connection(port, self._selector)

    def run(self) -> None:
        """Ask until the time is over, then wait for what is still awaited."""
        awaited: set[Connection] = set()
        begin = time.perf_counter()
        while True:
            now = time.perf_counter() - begin
            due = self.asked / self._rate
            while self._idle and due <= now and due < self._ends_s:
                awaited.add(self._ask(due))
                due = self.asked / self._rate
            if due >= self._ends_s and not awaited:
                return
            if due < self._ends_s and now - due > MOST_BEHIND_S:
                self._fail("all", f"the server fell {MOST_BEHIND_S:.0f} s behind after {now:.0f} s")
                return
            wait_s = max(due - now, 0.0) if self._idle and due < self._ends_s else 0.5
            for key, _ in self._selector.select(min(wait_s, 0.5)):
                self._read(key.data, begin, awaited)
            self._give_up_late(time.perf_counter() - begin, awaited)

    def _ask(self, due_s: float) -> Connection:
        connection = self._idle.popleft()
        kind = self._draw.choices(self._kinds, self._shares)[0]
        request = self._writes.next() if kind == "write" else self._draw.choice(self._requests[kind])
        method, target, body, media_type, expected = request
        held = (body or "").encode()
        writes = method != "GET" and target.startswith("/v1/incidents")
        head = f"{method} {target} HTTP/1.1\r\n{self._head}{self._key if writes else ''}"
        if body is not None:
            head += f"Content-Type: {media_type}\r\nContent-Length: {len(held)}\r\n"
        connection.ask((head + "\r\n").encode() + held, kind, expected, due_s)
        connection.target = f"{method} {target}"
        self.asked += 1
        return connection

    def _read(self, connection: Connection, begin: float, awaited: set[Connection]) -> None:
        try:
            answer = connection.read()
        except (OSError, ValueError) as error:
            if connection in awaited:  # else it was only closed for being idle
                self._lost(connection, str(error), awaited)
            else:
                self._idle.remove(connection)
                self._idle.append(self._renewed(connection))
            return
        if answer is None:
            return
        now_s = time.perf_counter() - begin
        awaited.discard(connection)
        if connection.due_s >= self._warm_up_s:
            self.latencies_ms[connection.kind].append((now_s - connection.due_s) * 1000)
        if wrong := wrong_with(answer, connection.expected):
            self._fail(connection.kind, f"{connection.target}: {wrong}")
        if connection.kind == "write":
            self._writes.answered(connection.expected, answer)
        self._idle.append(connection)

    def _give_up_late(self, now_s: float, awaited: set[Connection]) -> None:
        for connection in [one for one in awaited if now_s - one.due_s > MOST_BEHIND_S]:
            self._lost(connection, "no answer", awaited)

    def _lost(self, connection: Connection, why: str, awaited: set[Connection]) -> None:
        self._fail(connection.kind, f"{connection.target}: {why}")
        if connection.kind == "write":
            self._writes.answered(connection.expected, None)
        awaited.discard(connection)
        self._idle.append(self._renewed(connection))

    def _renewed(self, connection: Connection) -> Connection:
        connection.close()
        return Connection(self._port, self._selector)

    def _fail(self, kind: str, what: str) -> None:
        self.failed += 1
        if len(self.errors) < SHOWN:
            self.errors.append(f"{kind}: {what}")

    def report(self) -> dict[str, Any]:
        """Return what was measured, and what must be in the store."""
        return {
            "asked": self.asked,
            "failed": self.failed,
            "errors": self.errors,
            "latencies_ms": self.latencies_ms,
            "writes": self._writes.report(),
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("port", type=int)
    parser.add_argument("--rate", type=float, required=True, help="requests a second")
    parser.add_argument("--warm-up", type=float, required=True, help="seconds")
    parser.add_argument("--seconds", type=float, required=True)
    args = parser.parse_args()
    load = Load(args.port, json.load(sys.stdin), rate=args.rate, warm_up_s=args.warm_up, seconds=args.seconds)
    load.run()
    json.dump(load.report(), sys.stdout)


if __name__ == "__main__":
    main()
