"""The server: gunicorn with threads, its workers forked from the loaded application.

The port is taken before the files are read, so what is wrong is said before any worker starts. What was
loaded is never collected or moved again (`gc.freeze`), so workers go on sharing its pages. SIGTERM or
Ctrl-C lets running requests end. Requests that aren't HTTP, or whose first line or headers are too long,
never reach the application: the worker answers them with a problem too, and logs no word of them.

A connection takes up a thread only while a request comes in or is answered: one that is silent waits where
it takes none, and who falls silent in the middle of a request, or doesn't take the answer, is given up. A
client that goes on sending a byte now and then can still hold a thread; a proxy in front keeps such away.
"""

import gc
import json
import os
import secrets
import selectors
import shutil
import socket  # noqa: TID251 - the port must be taken before the files are read; nothing is connected to
import struct
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from http import HTTPStatus
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger
from gunicorn.http.errors import (
    LimitRequestHeaders,
    LimitRequestLine,
    ParseException,
    UnsupportedTransferCoding,
)
from gunicorn.workers.gthread import ThreadWorker
from werkzeug.exceptions import HTTPException

from service.logs import JsonFormatter
from service.settings import Settings

__all__ = ["figures_folder", "listen", "run"]

#: Read by prometheus_client when it is imported, which must come after; so it isn't imported here.
_FIGURES = "PROMETHEUS_MULTIPROC_DIR"
#: Seconds that a running request may take to end when the server is stopped.
_GRACE_S = 10
#: Connections that wait while all workers are busy; Linux's own limit is 4096 (tcp(7), somaxconn).
_BACKLOG = 512
#: Threads in each worker: more than answer at a time, so that some slow clients hold up nobody.
_THREADS = 16
#: Seconds that a client may be silent in the middle of a request, or take nothing of an answer: longer than
#: it takes to send lost packets anew a few times.
_SILENCE_S = 15
#: Seconds in which a client may go on sending what isn't wanted: closed at once, it might lose the answer
#: (RFC 9112, 9.6).
_PARTING_S = 2
#: Seconds that a connection may stay open between requests; a browser's or a proxy's next is quicker then.
_KEEP_ALIVE_S = 15
#: Bytes of a request's first line: the most that gunicorn can be set to, for long queries of OpenRefine.
_LONGEST_LINE = 8190
_STATUSES: dict[type[BaseException], HTTPStatus] = {
    LimitRequestLine: HTTPStatus.REQUEST_URI_TOO_LONG,
    LimitRequestHeaders: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    UnsupportedTransferCoding: HTTPStatus.NOT_IMPLEMENTED,
}
_DETAILS = {
    HTTPStatus.BAD_REQUEST: "this is no HTTP request: ask with an HTTP client",
    HTTPStatus.REQUEST_URI_TOO_LONG: f"the address is longer than {_LONGEST_LINE} bytes: send it by POST",
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: "the headers are too many or too long: send fewer",
    HTTPStatus.NOT_IMPLEMENTED: "this transfer coding isn't known: send the body as it is, or chunked",
    HTTPStatus.INTERNAL_SERVER_ERROR: "The server failed; its log says how.",
}


def listen(host: str, port: int) -> socket.socket:
    """Take the port, or say why not.

    Raises
    ------
    OSError
        If it can't be had, with a sentence that says what to do.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise OSError(f"{host!r} is no address of this machine: choose another with --host") from error
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        for limit in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):  # connections have those of their listener
            listener.setsockopt(socket.SOL_SOCKET, limit, struct.pack("ll", _SILENCE_S, 0))  # a timeval
        listener.bind(address)
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        reason = error.strerror or str(error)
        raise OSError(
            f"can't listen on {host} port {port} ({reason}): is it in use? Choose another with --port"
        ) from error
    return listener


@contextmanager
def figures_folder() -> Iterator[None]:
    """Give the processes a private folder to add up their figures in, and take it away in the end.

    Only the process that made it removes it: workers pass here too, when they end.
    """
    maker, folder = os.getpid(), tempfile.mkdtemp(prefix="gazetteer-figures-")
    os.environ[_FIGURES] = folder
    try:
        yield
    finally:
        if os.getpid() == maker:
            os.environ.pop(_FIGURES, None)
            shutil.rmtree(folder, ignore_errors=True)


def run(application: Any, listener_fd: int, settings: Settings) -> None:
    """Serve until told to stop.

    Parameters
    ----------
    application
        The WSGI application.
    listener_fd
        The file descriptor of the socket that listens.
    settings
        How many workers, and what to log.
    """
    options = {
        "bind": f"fd://{listener_fd}",
        "workers": settings.workers,
        "threads": _THREADS,
        "worker_class": _Worker,
        "logger_class": _Log,
        "preload_app": True,
        "keepalive": _KEEP_ALIVE_S,
        "graceful_timeout": _GRACE_S,
        "limit_request_line": _LONGEST_LINE,
        "loglevel": "debug" if settings.log_level == "debug" else "warning",
        "child_exit": _forget_figures,
        "control_socket_disable": True,  # gunicorn 25 and later would open one in the user's home
    }

    class Server(BaseApplication):
        def load_config(self) -> None:
            for name, value in options.items():
                if name in self.cfg.settings:
                    self.cfg.set(name, value)

        def load(self) -> Any:
            return _closing(application)

    gc.collect()
    gc.freeze()
    Server().run()


def _closing(application: Any) -> Callable[..., Iterable[bytes]]:
    """Close a connection after an answer that says so: gunicorn takes no such header from an application.

    Nor does it leave out its own name, which tells what to attack; so that is taken out here.
    """

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        response = start_response.__self__  # gunicorn's
        heads = response.default_headers
        response.default_headers = lambda: [line for line in heads() if not line.startswith("Server:")]

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            if ("Connection", "close") in headers:
                response.force_close()
            return start_response(status, headers, exc_info)

        answered: Iterable[bytes] = application(environ, start)
        return answered

    return answer


def _forget_figures(_: Any, worker: Any) -> None:
    """Take a worker that has ended out of the figures of the living."""
    if _FIGURES in os.environ:
        from prometheus_client.multiprocess import mark_process_dead

        mark_process_dead(worker.pid)  # type: ignore[no-untyped-call] # its module has no types


class _Log(Logger):
    """gunicorn's own log, in the form of ours."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(JsonFormatter(telling=cfg.loglevel == "debug"))

    def exception(self, msg: object, *args: object, **kwargs: Any) -> None:
        """Log a failure; that a client fell silent (`_SILENCE_S`) is none of ours.

        Nor is a stream that was ended because its time was up, which has a line of its own in the log.
        """
        if not isinstance(sys.exception(), BlockingIOError | HTTPException):
            super().exception(msg, *args, **kwargs)


class _Worker(ThreadWorker):
    """Answers what never reaches the application with a problem, and logs no word of it.

    Whoever is silent takes up none of its threads, nor the one that accepts connections.
    """

    def enqueue_req(self, conn: Any) -> None:
        """Give a connection a thread; a new one only when its first bytes are there.

        gunicorn lets new ones wait in a thread, for five seconds; before version 25 it did as we do.
        """
        if conn.initialized or getattr(conn, "data_ready", True):
            super().enqueue_req(conn)
            return
        conn.timeout = time.monotonic() + self.cfg.keepalive
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
