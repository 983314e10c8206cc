"""The members of one large JSON object, with its features one at a time.

The text is read in blocks. What is held is one member that isn't `features`, or one feature.
"""

import io
import json
from collections.abc import Iterator
from typing import Any

from gazetteer.tables.table import Source, refused

__all__ = ["members_of"]

_BLOCK = 1 << 16
_SPACE = " \t\n\r"


def members_of(source: Source, encoding: str, hook: Any = None) -> Iterator[tuple[str | None, Any]]:
    """Yield the members of an object by name, and its features one after the other under None.

    Parameters
    ----------
    source, encoding
        The text.
    hook
        Makes the objects inside it, as for :func:`json.loads`.

    Raises
    ------
    TableError
        Where it is no JSON or is broken off.
    """
    with source.open() as raw, io.TextIOWrapper(raw, encoding=encoding) as text:
        reader = _Reader(text, json.JSONDecoder(object_pairs_hook=hook))
        try:
            yield from _members(reader)
        except ValueError as error:
            raise refused(
                f"{source.name} is no JSON or is broken off (near line {reader.line}: {error}): fetch it "
                "again, or correct it"
            ) from error


def _members(reader: "_Reader") -> Iterator[tuple[str | None, Any]]:
    reader.take("{")
    while reader.peek() != "}":
        name = reader.value()
        reader.take(":")
        if name == "features":
            reader.take("[")
            while reader.peek() != "]":
                yield None, reader.value()
                if reader.peek() != "]":
                    reader.take(",")
            reader.take("]")
        else:
            yield name, reader.value()
        if reader.peek() != "}":
            reader.take(",")
    reader.take("}")
    if reader.peek():
        raise ValueError("something follows the object")


class _Reader:
    """Takes values from the front of a text."""

    def __init__(self, text: io.TextIOWrapper, decoder: json.JSONDecoder) -> None:
        self._text = text
        self._decoder = decoder
        self._held, self._at = "", 0
        self._ended = False
        self._lines = 1

    @property
    def line(self) -> int:
        """The number of the line that is being read."""
        return self._lines + self._held.count("\n", 0, self._at)

    def _more(self, size: int = _BLOCK) -> None:
        block = self._text.read(size)
        self._ended = not block
        self._lines += self._held.count("\n", 0, self._at)
        self._held, self._at = self._held[self._at :] + block, 0

    def peek(self) -> str:
        """Return the next character that is no space; empty at the end."""
        while True:
            while self._at < len(self._held) and self._held[self._at] in _SPACE:
                self._at += 1
            if self._at < len(self._held) or self._ended:
                return self._held[self._at : self._at + 1]
            self._more()

    def take(self, character: str) -> None:
        """Take this character, or raise ValueError."""
        if (found := self.peek()) != character:
            raise ValueError(f"{character!r} is missing" + (f", {found!r} stands there" if found else ""))
        self._at += 1

    def value(self) -> Any:
        """Take a value."""
        self.peek()
        size = _BLOCK
        while True:
            try:
                value, end = self._decoder.raw_decode(self._held, self._at)
            except RecursionError as error:
                raise ValueError("it is nested too deep") from error
            except ValueError:
                if self._ended:
                    raise
            else:
                # A number at the very end of what is held may go on.
                if end < len(self._held) or self._ended:
                    self._at = end
                    return value
            self._more(size)
            size *= 2  # so that a value of many blocks isn't read over and over
