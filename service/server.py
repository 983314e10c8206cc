"""The server: gunicorn with threads, its workers forked from the loaded application.

The port is taken before the files are read, so what is wrong is said before any worker starts. What was
loaded is never collected or moved again (`gc.freeze`), so workers go on sharing its pages. SIGTERM or
Ctrl-C lets running requests end. A worker that dies is replaced, from what was loaded and not from files that
may have changed; so SIGHUP only replaces the workers.

A connection takes up a thread only while a request comes in or is answered: one that is silent waits where
it takes none, and who falls silent in the middle of a request, or doesn't take the answer, is given up. A
client that goes on sending a byte now and then can still hold a thread; a proxy in front keeps such away.
"""

import gc
import os
import resource
import shutil
import signal
import socket  # noqa: TID251 - the port must be taken before the files are read; nothing is connected to
import struct
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager, nullcontext, suppress
from types import SimpleNamespace
from typing import Any

from gunicorn import arbiter
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger
from werkzeug.exceptions import HTTPException

from service.logs import JsonFormatter
from service.settings import Settings
from service.worker import LONGEST_LINE, TO_STOP, Worker

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
#: Connections that a worker holds, and how many files it may need for anything else: a connection is one too.
_CONNECTIONS, _FILES = 1000, 200
#: Seconds that a connection may stay open between requests; a browser's or a proxy's next is quicker then.
_KEEP_ALIVE_S = 15


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

    Only the process that made it removes it: workers pass here too, when they end. From here on a signal to
    stop ends the process by this way out, also before gunicorn sees to signals.
    """
    for number in (signal.SIGTERM, signal.SIGQUIT, signal.SIGHUP):
        signal.signal(number, _leave)
    maker, folder = os.getpid(), tempfile.mkdtemp(prefix="gazetteer-figures-")
    os.environ[_FIGURES] = folder
    try:
        yield
    finally:
        if os.getpid() == maker:
            os.environ.pop(_FIGURES, None)
            shutil.rmtree(folder, ignore_errors=True)


def _leave(*_: object) -> None:
    sys.exit(0)


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
        "worker_connections": _connections(),
        "worker_class": Worker,
        "logger_class": _Log,
        "preload_app": True,
        "keepalive": _KEEP_ALIVE_S,
        "graceful_timeout": _GRACE_S,
        "limit_request_line": LONGEST_LINE,
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
    _Master(Server()).run()


def _connections() -> int:
    """Return how many connections a worker may hold, as far as it may open files."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files == resource.RLIM_INFINITY:
        return _CONNECTIONS
    return max(min(_CONNECTIONS, files - _FILES), 2 * _THREADS)


class _Master(arbiter.Arbiter):
    """gunicorn's master, which no shortage and no jump of the clock stops."""

    def spawn_worker(self) -> Any:
        """Start a worker; where that can't be done now, it is tried again in a second.

        What tells it to stop before it knows how to has to wait until then, or it would be lost.
        """
        signal.pthread_sigmask(signal.SIG_BLOCK, TO_STOP)
        try:
            return super().spawn_worker()
        except OSError as error:
            if os.getpid() != self.pid:
                raise
            log: Any = self.log
            log.error("can't start a worker, and will try again: %s", error.strerror)
            return None
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, TO_STOP)

    def stop(self, graceful: bool = True) -> None:
        """Stop the workers; gunicorn would measure their time by the wall clock."""
        steady = SimpleNamespace(time=time.monotonic, monotonic=time.monotonic, sleep=time.sleep)
        vars(arbiter)["time"] = steady  # the last that it does with a clock
        super().stop(graceful)


def _closing(application: Any) -> Callable[..., Iterable[bytes]]:
    """Close a connection after an answer that says so: gunicorn takes no such header from an application.

    Nor does it leave out its own name, which tells what to attack; so that is taken out here.

    HTTP/1.0 has no way to say that a stream was broken off, so there an answer is sent with its length.
    """

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        response = start_response.__self__  # gunicorn's
        heads = response.default_headers
        response.default_headers = lambda: [line for line in heads() if not line.startswith("Server:")]

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            if ("Connection", "close") in headers:
                response.force_close()
            return start_response(status, headers, exc_info)

        answered: Any = application(environ, start)
        if environ["SERVER_PROTOCOL"] != "HTTP/1.0" or response.response_length is not None:
            whole: Iterable[bytes] = answered
            return whole
        with closing(answered) if hasattr(answered, "close") else nullcontext(answered):
            body = b"".join(answered)
        response.process_headers([("Content-Length", str(len(body)))])
        return [body]

    return answer


def _forget_figures(_: Any, worker: Any) -> None:
    """Take a worker that has ended out of the figures of the living."""
    if _FIGURES in os.environ:
        from prometheus_client.multiprocess import mark_process_dead

        with suppress(OSError):  # what is wrong with that folder mustn't stop the server
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
