"""What a format's own writer is given to write to: bytes that are taken away as they come."""

import io
from typing import Any

__all__ = ["Sink"]


class Sink(io.RawIOBase):
    """A file that is only written to, and from the front of which bytes are taken."""

    def __init__(self) -> None:
        self._written = bytearray()
        self._taken = 0

    def writable(self) -> bool:
        """Return True."""
        return True

    def write(self, data: Any) -> int:
        """Hold some bytes."""
        self._written += data
        return memoryview(data).nbytes

    def tell(self) -> int:
        """Return how many bytes have come so far."""
        return self._taken + len(self._written)

    def taken(self) -> bytes:
        """Return what has come since this was last asked for."""
        data = bytes(self._written)
        self._written.clear()
        self._taken += len(data)
        return data
