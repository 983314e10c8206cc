"""Ports for programs that have to be told one before they start."""

import secrets
import socket
from contextlib import suppress

__all__ = ["free_port"]


def free_port() -> int:
    """Return a port of this machine that nothing uses.

    It is none that the system gives to connections (from 32768 on Linux), so it stays free until the program
    starts, whatever other tests do meanwhile.
    """
    while True:
        port = 10_000 + secrets.randbelow(20_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
