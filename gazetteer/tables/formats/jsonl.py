"""JSON: an object a row, in lines (jsonlines.org) or in one array; and the streaming reader of JSON.

The columns are all keys, in the order in which they first appear. A row that lacks a key is empty there, and
written back it lacks it still. Lines are written.
"""

import io
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any

from gazetteer.errors import TableError
from gazetteer.tables.formats.encodings import find_encoding
from gazetteer.tables.json_numbers import json_text, number_of, unlike
from gazetteer.tables.layout import Change, Layout, Part, WriteOptions
from gazetteer.tables.table import (
    CHUNK_ROWS,
    Chunk,
    ReadOptions,
    Source,
    Table,
    as_text,
    check_header,
    check_rows,
    refused,
    tags_in,
)

_BLOCK = 1 << 16
#: Characters between values: blanks, and the mark before each value of a sequence (RFC 7464).
_BETWEEN = " \t\n\r\x1e"
#: An error this far before the end of the buffer isn't a value that goes on: "false", "\\u0000" are shorter.
_LONGEST_TOKEN = 16


@dataclass(kw_only=True, eq=False)
class _JsonLinesTable(Table):
    written_as = "jsonl"
    encoding: str

    def chunks(self, rows: int = CHUNK_ROWS) -> Iterator[Chunk]:
        with json_reader(self.source, self.encoding) as reader:
            objects = islice(_objects(reader), bool(self.tags), None)
            while block := list(islice(objects, rows)):
                yield Chunk(self.columns, [[one.get(name) for name in self.columns] for one in block], block)


def read(source: Source, options: ReadOptions) -> _JsonLinesTable:
    """Open a table of objects, and read through it for its keys."""
    encoding, _ = find_encoding(source, options)
    columns: dict[str, None] = {}
    first: dict[str, Any] = {}
    count = 0
    with json_reader(source, encoding, strict=True) as reader:
        for one in _objects(reader):
            first = first or one
            columns |= dict.fromkeys(one)
            count += 1
            check_rows(count, options.row_limit, source.name)
    if not columns:
        raise refused(f"{source.name} has no row with a key, so there are no columns in it")
    check_header(source.name, tuple(columns))
    tags = tags_in([first.get(name) for name in columns])
    return _JsonLinesTable(
        source=source, columns=tuple(columns), tags=tags, counted=count - bool(tags), encoding=encoding
    )


def _objects(reader: "JsonReader") -> Iterator[dict[str, Any]]:
    for value in reader.elements() if reader.peek() == "[" else reader.values():
        if not isinstance(value, dict):
            raise ValueError("a row is no object: write {…}, one a row")
        yield value
    if reader.peek():
        raise ValueError("something follows the array")


def write(table: Table, layout: Layout, parts: Iterable[Part], options: WriteOptions) -> Iterator[bytes]:
    """Yield the lines, a block for each part; columns of lists are JSON lists."""
    if table.tags:
        yield json_bytes(dict(zip(layout.names, layout.tags(table), strict=True))) + b"\n"
    dropped = set(table.columns) - set(layout.kept)
    names = [column.name for column in layout.cells]
    for part in parts:
        if isinstance(table, _JsonLinesTable):
            kept = [{k: v for k, v in one.items() if k not in dropped} for one in part.chunk.native]
        else:
            kept = [dict(zip(layout.kept, row, strict=True)) for row in layout.kept_rows(part.chunk)]
        added = (dict(zip(names, cells, strict=True)) for cells, _ in layout.split(part.added))
        yield b"".join(json_bytes(one | more) + b"\n" for one, more in zip(kept, added, strict=True))


def change(table: _JsonLinesTable, change: Change) -> Iterator[bytes]:
    """Yield the lines with some values changed; a row has a new key only where it has a value."""
    new = change.of(table)
    with json_reader(table.source, table.encoding) as reader:
        for number, one in enumerate(_objects(reader), start=1 - bool(table.tags)):
            yield json_bytes(one | dict(new.get(number, {}))) + b"\n"


def json_bytes(found: dict[str, Any]) -> bytes:
    """Return an object as UTF-8; with a lone surrogate, which JSON may have, in ASCII with escapes."""
    try:
        return json_text(found, default=as_text).encode("utf-8")
    except UnicodeEncodeError:
        return json_text(found, ascii_only=True, default=as_text).encode("ascii")


@contextmanager
def json_reader(source: Source, encoding: str, *, strict: bool = False) -> Iterator["JsonReader"]:
    """Give a reader of a text; ValueError in the block becomes TableError. `strict` refuses repeated keys."""
    hook = unlike if strict else None
    with source.open() as raw, io.TextIOWrapper(raw, encoding=encoding) as text:
        reader = JsonReader(text, json.JSONDecoder(object_pairs_hook=hook, parse_float=number_of))
        try:
            yield reader
        except TableError:
            raise
        except ValueError as error:
            raise refused(
                f"{source.name}, line {reader.line}: this is no JSON that can be read, or it is broken off "
                f"({getattr(error, 'msg', error)}): fetch it again, or correct it"
            ) from error


class JsonReader:
    """Reads a text value by value; raises ValueError where it is not JSON."""

    def __init__(self, text: io.TextIOWrapper, decoder: json.JSONDecoder) -> None:
        self._text = text
        self._decoder = decoder
        self._held, self._at = "", 0
        self._ended = False
        self._lines = 1

    @property
    def line(self) -> int:
        """The number of the current line."""
        return self._lines + self._held.count("\n", 0, self._at)

    def values(self) -> Iterator[Any]:
        """Yield values one after the other."""
        while self.peek():
            yield self._value()

    def elements(self) -> Iterator[Any]:
        """Yield the elements of an array."""
        for _ in self._items("[", "]"):
            yield self._value()

    def members(self, streamed: str = "") -> Iterator[tuple[str | None, Any]]:
        """Yield the members of an object by name; the elements of the one that is streamed under None."""
        for _ in self._items("{", "}"):
            name = self._value()
            if not isinstance(name, str):
                raise ValueError("a name in an object is no text")
            self._take(":")
            if name == streamed:
                yield from ((None, one) for one in self.elements())
            else:
                yield name, self._value()

    def peek(self) -> str:
        """Return the next character that isn't blank; empty at the end."""
        while True:
            while self._at < len(self._held) and self._held[self._at] in _BETWEEN:
                self._at += 1
            if self._at < len(self._held) or self._ended:
                return self._held[self._at : self._at + 1]
            self._more(_BLOCK)

    def _items(self, begin: str, end: str) -> Iterator[None]:
        """Yield before each item of an array or object, which the caller then reads."""
        self._take(begin)
        while self.peek() != end:
            yield
            if self.peek() != end:
                self._take(",")
        self._take(end)

    def _take(self, character: str) -> None:
        if (found := self.peek()) != character:
            raise ValueError(f"{character!r} is missing" + (f", {found!r} stands there" if found else ""))
        self._at += 1

    def _value(self) -> Any:
        self.peek()
        size = _BLOCK
        while True:
            try:
                value, end = self._decoder.raw_decode(self._held, self._at)
            except RecursionError as error:
                raise ValueError("it is nested too deep") from error
            except json.JSONDecodeError as error:
                broken = len(self._held) - error.pos > _LONGEST_TOKEN and "nterminated" not in error.msg
                if self._ended or broken:
                    raise
            else:
                if end < len(self._held) or self._ended:  # a number at the very end may go on
                    self._at = end
                    return value
            self._more(size)
            size *= 2  # so that a value of many blocks isn't read over and over

    def _more(self, size: int) -> None:
        block = self._text.read(size)
        self._ended = not block
        self._lines += self._held.count("\n", 0, self._at)
        self._held, self._at = self._held[self._at :] + block, 0
