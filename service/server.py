"""The server: waitress, one process. Its event loop reads requests and sends answers, its threads answer.

A connection takes up a thread only while the application answers it. waitress looks at silence alone, so a
client that trickles bytes could keep its connections for good: what bounds them is in
:mod:`service.connection`. Once the server is told to stop it takes no new connections and lets running
requests end.
"""

import gc
import logging
import os
import signal
import socket  # noqa: TID251 - the port must be taken before the files are read; nothing is connected to
import sys
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from waitress import create_server, wasyncore

from service.connection import MAX_HEAD, Connection

#: How many requests are answered at a time.
_THREADS = 16
#: Seconds that a thread computes before others have a turn. With Python's own 5 ms a look-up beside one long
#: computation takes 25 ms, and so 7.
_TURN_S = 0.001
#: Connections at a time, where the system lets a process have that many; and files for anything else.
_CONNECTIONS, _FILES = 1000, 200
#: Bytes of bodies that are coming together: at least those of four of the largest size.
_HELD = 500_000_000
#: Bytes of an answer that may wait for the client before the thread that makes it waits too.
_WAITING = 64_000_000
#: Seconds that a running request may take to end when the server is stopped, and a connection to send one.
_GRACE_S, _LINGER_S = 10, 1
_log = logging.getLogger(__name__)


def listen(host: str, port: int) -> socket.socket:
    """Take the port, or raise OSError with a sentence that says what to do."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        both = family == socket.AF_INET6 and socket.has_dualstack_ipv6()
        return socket.create_server(address, family=family, dualstack_ipv6=both)
    except OSError as error:
        why = error.strerror or error
        raise OSError(f"can't listen on {host} port {port} ({why}). Choose another with --port") from error


def run(application: Callable[..., Any], listener: socket.socket, *, max_body_bytes: int) -> None:
    """Serve a WSGI application until told to stop by SIGTERM, SIGHUP or Ctrl-C; in the main thread.

    It is given each body whole, with its length. After Ctrl-C, when all has ended, KeyboardInterrupt is
    raised.
    """
    connections: dict[int, Any] = {}
    server = create_server(
        application,
        map=connections,
        sockets=[listener],
        threads=_THREADS,
        connection_limit=_connection_limit(),
        max_request_header_size=MAX_HEAD,
        max_request_body_size=max_body_bytes + 1,  # waitress refuses what is as long as its limit
        inbuf_overflow=sys.maxsize,  # nothing of a request or an answer is written to a disk
        outbuf_overflow=sys.maxsize,
        outbuf_high_watermark=_WAITING,
        channel_timeout=sys.maxsize,  # Connection.check does that, by a clock that never jumps
        log_socket_errors=False,
        clear_untrusted_proxy_headers=False,  # the application heeds them, or not
        ident="",
        server_name="localhost",
    )
    server.channel_class = Connection
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # it warns of every request that has to wait
    told: list[int] = []

    def stop(number: int, _: object) -> None:
        told.append(number)
        server.pull_trigger()

    for name in ("SIGTERM", "SIGHUP", "SIGINT"):
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number is not None and signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, stop)
    sys.setswitchinterval(_TURN_S)
    gc.collect()
    gc.freeze()  # what was loaded stays: looking through it again would hold up requests
    checked = 0.0
    while not told:
        wasyncore.loop(timeout=1, map=connections, use_poll=True, count=1)
        if time.monotonic() - checked >= 1:
            checked = time.monotonic()
            _check(server.active_channels, checked, room=max(_HELD, 4 * max_body_bytes))
    _end(server, connections)
    if signal.SIGINT in told:
        raise KeyboardInterrupt


def _connection_limit() -> int:
    """Return how many connections the process may have open, as far as it may open files."""
    if not hasattr(os, "sysconf"):
        return 400  # Windows has no poll, and its select takes 512 sockets
    return max(50, min(_CONNECTIONS, os.sysconf("SC_OPEN_MAX") - _FILES))


def _check(channels: dict[int, Any], now: float, *, room: int) -> None:
    """Give up connections that are overdue, and bodies that are coming where there is no room for all."""
    for channel in list(channels.values()):
        channel.check(now)
        room -= channel.request.body_bytes_received if channel.request else 0
        if room < 0 and channel.request:
            channel.give_up(HTTPStatus.SERVICE_UNAVAILABLE)


def _end(server: Any, connections: dict[int, Any]) -> None:
    """Take the connections that wait at the listener, close it, and let running requests end."""
    wasyncore.loop(timeout=0, map=connections, use_poll=True, count=100)  # each time one is taken
    wasyncore.dispatcher.close(server)  # the listener alone: threads still wake the loop
    begun = time.monotonic()
    while server.active_channels and time.monotonic() - begun < _GRACE_S:
        wasyncore.loop(timeout=0.1, map=connections, use_poll=True, count=1)
        for channel in list(server.active_channels.values()):
            if (channel.is_idle or channel.parting) and time.monotonic() - begun > _LINGER_S:
                channel.handle_close()
    if server.active_channels:
        _log.warning("gave up %s connections that took too long to end", len(server.active_channels))
