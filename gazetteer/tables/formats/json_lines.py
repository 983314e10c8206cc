"""JSON lines: an object a row, in UTF-8 (jsonlines.org).

The columns are all keys, in the order in which they first come. A row that lacks a key is empty there, and
written back it lacks it still. A blank line is no row.
"""

import json
import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from gazetteer.tables.formats.encodings import find_encoding
from gazetteer.tables.plan import Part, Plan, WriteOptions
from gazetteer.tables.table import (
    CHUNK_ROWS,
    Chunk,
    ReadOptions,
    Source,
    Table,
    as_text,
    check_header,
    refused,
    tags_in,
)

__all__ = ["JsonLinesTable", "json_bytes", "read", "unlike", "write"]


class JsonLinesTable(Table):
    """A table of JSON lines.

    Parameters
    ----------
    source, columns, notes, tags
        See :class:`~gazetteer.tables.table.Table`.
    rows_counted
        How many rows there are; opening has read through them.
    encoding
        As Python names it.
    """

    def __init__(
        self,
        source: Source,
        columns: Sequence[str],
        *,
        rows_counted: int,
        encoding: str,
        tags: Sequence[str] = (),
    ) -> None:
        super().__init__(source, columns, tags=tags)
        self._count = rows_counted
        self._encoding = encoding

    def chunks(self, rows: int = CHUNK_ROWS) -> Iterator[Chunk]:
        """Yield the rows, with their objects as they are."""
        objects = _objects(self.source, self._encoding)
        if self.tags:
            next(objects)
        while block := [found for _, found in islice(objects, rows)]:
            yield Chunk(self.columns, [[one.get(name) for name in self.columns] for one in block], block)

    def check(self) -> int:
        """Return how many rows there are."""
        return self._count


def read(source: Source, options: ReadOptions) -> JsonLinesTable:
    """Open JSON lines, and read through them for their keys.

    Raises
    ------
    TableError
        At a line that is no object, or has a key twice; or if the text isn't UTF-8.
    """
    encoding, _ = find_encoding(source, options)
    columns: dict[str, None] = {}
    count = 0
    first: dict[str, Any] = {}
    for _, found in _objects(source, encoding, hook=unlike):
        first = first or found
        columns |= dict.fromkeys(found)
        count += 1
    check_header(source.name, tuple(columns))
    tags = tags_in([first.get(name) for name in columns])
    return JsonLinesTable(
        source, tuple(columns), rows_counted=count - bool(tags), encoding=encoding, tags=tags
    )


def unlike(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object whose keys are all different.

    Raises
    ------
    ValueError
        If one comes twice: of two values one would be lost.
    """
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"the key {next(name for name in names if names.count(name) > 1)!r} comes twice")
    return found


def _objects(source: Source, encoding: str, hook: Any = None) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield each object with the number of its line."""
    with source.open() as raw:
        for number, line in enumerate(raw, start=1):
            text = line.decode(encoding if number == 1 else encoding.removesuffix("-sig"))
            if not text.strip():
                continue
            try:
                found = json.loads(text, object_pairs_hook=hook, parse_float=_finite)
            except (ValueError, RecursionError) as error:
                raise refused(
                    f"{source.name}, line {number}: this is no JSON ({error}): correct it"
                ) from error
            if not isinstance(found, dict):
                raise refused(
                    f"{source.name}, line {number}: this is no object of JSON: write {{…}}, a row a line"
                )
            yield number, found


def _finite(digits: str) -> float:
    if math.isinf(value := float(digits)):  # it would come out as Infinity, which is no JSON
        raise ValueError(f"{digits} is larger than a number can be here")
    return value


def write(table: Table, plan: Plan, parts: Iterable[Part], options: WriteOptions) -> Iterator[bytes]:
    """Yield the lines, a block for each part; the columns of lists are lists here, not their text."""
    if table.tags:
        tags = (*plan.kept_tags(table), *plan.added_tags)
        yield _line(dict(zip((*plan.kept, *plan.added_names), tags, strict=True)))
    dropped = set(table.columns) - set(plan.kept)
    for part in parts:
        added = (dict(zip(plan.added_names, cells.values, strict=True)) for cells in part.cells)
        if isinstance(table, JsonLinesTable):
            kept: Iterable[dict[str, Any]] = (
                {name: value for name, value in one.items() if name not in dropped}
                for one in part.chunk.native
            )
        else:
            kept = (dict(zip(plan.kept, row, strict=True)) for row in plan.kept_rows(part.chunk))
        yield b"".join(_line(one | more) for one, more in zip(kept, added, strict=True))


def _line(found: dict[str, Any]) -> bytes:
    return json_bytes(found) + b"\n"


def json_bytes(found: dict[str, Any]) -> bytes:
    """Return an object as UTF-8; where a text holds half of a character, as JSON may, with escapes only."""
    try:
        return json.dumps(found, ensure_ascii=False, default=as_text).encode("utf-8")
    except UnicodeEncodeError:
        return json.dumps(found, default=as_text).encode("ascii")
