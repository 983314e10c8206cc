"""One of the server's processes: which connections it holds, answers and gives up, and how it ends.

What never reaches the application is answered with a problem, and no word of it is logged. Whoever is silent
takes up no thread, and the one that has been silent longest gives way where there are too many.

A worker that is told to stop takes who has knocked already and closes its door at once, so that no one else
waits for an answer that won't come. It lets running requests end, and ends itself when their time is up.
"""

import errno
import json
import os
import secrets
import selectors
import signal
import socket  # noqa: TID251 - the type of a client's connection; nothing is connected to
import time
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from typing import Any

from gunicorn.http.errors import (
    LimitRequestHeaders,
    LimitRequestLine,
    ParseException,
    UnsupportedTransferCoding,
)
from gunicorn.workers.gthread import ThreadWorker

__all__ = ["LONGEST_LINE", "TO_STOP", "Worker"]

#: What a process is told to stop by.
TO_STOP = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)

#: Bytes of a request's first line: the most that gunicorn can be set to, for long queries of OpenRefine.
LONGEST_LINE = 8190
#: Seconds in which a client may go on sending what isn't wanted: closed at once, it might lose the answer
#: (RFC 9112, 9.6).
_PARTING_S = 2
#: Seconds that a connection without a request stays open once the server is stopping.
_LINGER_S = 2
#: How many connections that wait are taken by a worker that is stopping.
_LAST_TAKEN = 512
#: Seconds until it is tried again to take a connection.
_PAUSE_S = 0.1
#: A connection couldn't be taken because something ran out; the next may be.
_RAN_OUT = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
_STATUSES: dict[type[BaseException], HTTPStatus] = {
    LimitRequestLine: HTTPStatus.REQUEST_URI_TOO_LONG,
    LimitRequestHeaders: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    UnsupportedTransferCoding: HTTPStatus.NOT_IMPLEMENTED,
}
_DETAILS = {
    HTTPStatus.BAD_REQUEST: "this is no HTTP request: ask with an HTTP client",
    HTTPStatus.REQUEST_URI_TOO_LONG: f"the address is longer than {LONGEST_LINE} bytes: send it by POST",
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: "the headers are too many or too long: send fewer",
    HTTPStatus.NOT_IMPLEMENTED: "this transfer coding isn't known: send the body as it is, or chunked",
    HTTPStatus.INTERNAL_SERVER_ERROR: "The server failed; its log says how.",
}


class Worker(ThreadWorker):
    """gunicorn's worker with threads, which a client that is silent or sends no HTTP doesn't hold up."""

    def run(self) -> None:
        """Serve until told to stop, or until the master is gone.

        Threads that still run when their time is up would hold up the end of this process for as long as
        they like.
        """
        super().run()
        if self.nr_conns > 0:
            self.log.warning("gave up %s connections that took too long to end", self.nr_conns)
            os._exit(0)

    def init_signals(self) -> None:
        """Be ready for signals; those that came since it was forked are delivered now."""
        super().init_signals()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, TO_STOP)

    def is_parent_alive(self) -> bool:
        """Tell whether the master is there; without it, this is as if told to stop."""
        self.alive = self.alive and super().is_parent_alive()
        return self.alive

    def set_accept_enabled(self, enabled: bool | None) -> None:
        """Begin or cease to take connections; when stopping, for good."""
        super().set_accept_enabled(enabled)
        if enabled or self.alive:
            return
        for listener in self.sockets:
            taken = -1
            while taken < self.nr_conns <= self.worker_connections + _LAST_TAKEN:
                taken = self.nr_conns
                self.accept(listener)
            listener.close()
        soon = time.monotonic() + _LINGER_S
        for conn in self.pending_conns:
            conn.timeout = soon if conn.timeout is None else min(conn.timeout, soon)

    def accept(self, listener: socket.socket) -> None:
        """Take a connection; where that makes too many, another that is silent gives way."""
        if self.alive and self.nr_conns + 1 >= self.worker_connections:
            self._drop_most_silent()
        try:
            super().accept(listener)
        except OSError as error:
            if error.errno not in _RAN_OUT:
                raise
            if not self._drop_most_silent():
                self.log.error("can't take a connection: %s", error.strerror)
                time.sleep(_PAUSE_S)  # the client still waits, and some request may end

    def _drop_most_silent(self) -> bool:
        """Close the connection without a request that would be closed first anyway; False without one."""
        silent: list[Any] = [conns for conns in (self.keepalived_conns, self.pending_conns) if conns]
        if not silent:
            return False
        conn = min(silent, key=lambda conns: conns[0].timeout).popleft()
        self.poller.unregister(conn.sock)
        self.nr_conns -= 1
        conn.close()
        return True

    def handle_quit(self, sig: int, frame: Any) -> None:
        """End as on SIGTERM: Ctrl-C and SIGQUIT break off no request either."""
        self.handle_exit(sig, frame)

    def enqueue_req(self, conn: Any) -> None:
        """Give a connection a thread; a new one only when its first bytes are there.

        gunicorn lets new ones wait in a thread, for five seconds; before version 25 it did as we do.
        """
        if conn.initialized or getattr(conn, "data_ready", True):
            super().enqueue_req(conn)
            return
        conn.timeout = time.monotonic() + (self.cfg.keepalive if self.alive else _LINGER_S)
        self.pending_conns.append(conn)
        ready = partial(self.on_pending_socket_readable, conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, ready)

    def handle(self, conn: Any) -> Any:
        """Handle a request; wait for the client's end here, and not in the thread that accepts others."""
        kept = super().handle(conn)
        if not kept:
            _part_from(conn.sock)
        return kept

    def handle_error(self, req: Any, client: socket.socket, addr: Any, exc: BaseException) -> None:
        """Answer what can't be answered by the application."""
        if not isinstance(exc, ParseException):
            self.log.error("failed outside the application", exc_info=exc)
        unread = (
            HTTPStatus.BAD_REQUEST if isinstance(exc, ParseException) else HTTPStatus.INTERNAL_SERVER_ERROR
        )
        status = _STATUSES.get(type(exc), unread)
        request_id = secrets.token_hex(8)
        self.log.warning("refused a request: %s, id %s", status.value, request_id)
        problem = {"type": "about:blank", "title": status.phrase, "status": status.value}
        body = json.dumps({**problem, "detail": _DETAILS[status]}).encode()
        head = (
            f"HTTP/1.1 {status.value} {status.phrase}\r\nConnection: close\r\nCache-Control: no-store\r\n"
            f"Content-Type: application/problem+json\r\nContent-Length: {len(body)}\r\n"
            f"Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n"
            f"X-Content-Type-Options: nosniff\r\nX-Request-ID: {request_id}\r\n\r\n"
        )
        with suppress(OSError):
            client.sendall(head.encode() + body)


def _part_from(client: socket.socket) -> None:
    """Send no more, and read what the client still sends, for a while."""
    with suppress(OSError):  # it may have gone already
        client.shutdown(socket.SHUT_WR)
        ends = time.monotonic() + _PARTING_S
        client.settimeout(_PARTING_S)
        while client.recv(65_536) and time.monotonic() < ends:
            pass
    with suppress(OSError):
        client.shutdown(socket.SHUT_RD)
