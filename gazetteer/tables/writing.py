"""Atomic output: written beside the target, flushed, then renamed over it.

After an error or Ctrl-C the unfinished file is removed, and an earlier target stays as it was. ::

    write_table("counts.xlsx", RowsTable(["governorate", "strikes"], [["Idlib", 12], ["Aleppo", 9]]))
"""

import io
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, TextIO

from gazetteer.errors import GazetteerError, TableError
from gazetteer.files import no_collection, replacement
from gazetteer.tables.formats import FORMATS, format_for
from gazetteer.tables.layout import Change, Layout, Part, WriteOptions
from gazetteer.tables.table import CHUNK_ROWS, Chunk, Table, as_text, refused

#: The name that stands for standard input and output.
STANDARD = "-"


def write_table(
    target: str | Path,
    table: Table,
    layout: Layout | None = None,
    parts: Iterable[Part] | None = None,
    options: WriteOptions | None = None,
) -> None:
    """Write a table, whole or not at all; in its own format it keeps the rest of its file.

    Parameters
    ----------
    target
        The output, whose suffix gives the format; "-" is standard output, in the table's format.
    layout
        The columns; None for the table's own.
    parts
        The rows with their added values, read once the output is open; None for all rows, without any.
        Where they are not all rows in their order, `options` must say so.

    Raises
    ------
    TableError
        If the output can't be written, or can't hold what the table holds. It is then as it was before.
    """
    to_file = str(target) != STANDARD
    form = format_for(str(target)) if to_file else FORMATS[table.written_as]
    suffix = next((one for one in form.suffixes if to_file and str(target).lower().endswith(one)), "")
    layout = layout or Layout(table.columns)
    if parts is None:
        parts = (Part(chunk, [()] * len(chunk)) for chunk in table.chunks())
    options = replace(options or WriteOptions(), suffix=suffix)
    # Without garbage collection CSV is quicker; the libraries of other formats leave reference cycles.
    pause = no_collection() if form.name == "csv" else nullcontext()
    output = replacing_bytes(target, source=table.source.path) if to_file else nullcontext(sys.stdout.buffer)
    try:
        with pause, output as file:
            for block in form.write(table, layout, parts, options):
                file.write(block)
    except UnicodeEncodeError as error:  # JSON alone can write half of a character
        raise refused(
            f"{table.source.name} holds half of a character (\\u{ord(error.object[error.start]):04x}), which "
            "no text can: write .jsonl or .geojson, or correct it"
        ) from error


def change_table(target: str | Path, table: Table, change: Change) -> None:
    """Write a table's file with some of its cells changed, and all else as it was.

    In another format than its own the table alone is written, with the changes.

    Parameters
    ----------
    target
        The output, whose suffix gives the format; "-" is standard output, in the table's format.

    Raises
    ------
    TableError
        If the output can't be written. It is then as it was before.
    """
    to_file = str(target) != STANDARD
    form = format_for(str(target)) if to_file else FORMATS[table.written_as]
    suffix = str(target).lower()
    is_like = form.name != "csv" or suffix.endswith(".tsv") == (getattr(table, "delimiter", "") == "\t")
    blocks = form.change(table, change) if is_like and not suffix.endswith(".gz") else None
    if blocks is None:
        changed = _Changed.of(table, change)
        write_table(target, changed)
        return
    with (
        replacing_bytes(target, source=table.source.path)
        if to_file
        else nullcontext(sys.stdout.buffer) as file
    ):
        for block in blocks:
            file.write(block)


@dataclass(kw_only=True, eq=False)
class _Changed(Table):
    """A table with some cells changed, to be written in another format."""

    table: Table
    change: Change

    @classmethod
    def of(cls, table: Table, change: Change) -> "_Changed":
        """Return the table with what is changed of it."""
        more = (change.added,) if change.added else ()
        return cls(
            source=table.source,
            columns=(*table.columns, *more),
            tags=(*table.tags, *([""] * len(more))) if table.tags else (),
            geometry=table.geometry,
            table=table,
            change=change,
        )

    def chunks(self, rows: int = CHUNK_ROWS) -> Iterator[Chunk]:
        before, new = 0, self.change.of(self.table)
        for chunk in self.table.chunks(rows):
            changed = []
            for number, row in enumerate(chunk.rows, start=before + 1):
                blank = "" if chunk.is_text else None
                wide = [*row, blank] if self.change.added else list(row)
                for column, value in new.get(number, {}).items():
                    wide[self.columns.index(column)] = as_text(value) if chunk.is_text else value
                changed.append(wide)
            before += len(chunk)
            yield Chunk(self.columns, changed, is_text=chunk.is_text)


@contextmanager
def replacing(target: str | Path, *, source: str | Path | None = None) -> Iterator[TextIO]:
    """Give a UTF-8 text file that becomes `target` when the block succeeds, as :func:`replacing_bytes`."""
    with replacing_bytes(target, source=source) as file:
        text = io.TextIOWrapper(file, encoding="utf-8", newline="")
        yield text
        text.detach()  # which flushes it; the file itself is closed once it is on the disk


@contextmanager
def replacing_bytes(target: str | Path, *, source: str | Path | None = None) -> Iterator[BinaryIO]:
    """Give a file of bytes that becomes `target` when the block succeeds; TableError if it can't be written.

    A symbolic link is followed and stays. The input, `source`, must be another file.
    """
    named = Path(target)
    check_target(named, None if source is None else Path(source))
    try:
        with replacement(named.resolve()) as file:
            yield file
    except GazetteerError:  # a gazetteer file's trouble is an OSError too, but not the output's
        raise
    except OSError as error:
        message = f"{named} can't be written: {error.strerror or error}; that file is as it was"
        raise _refused(message) from error


def check_target(target: Path, source: Path | None = None, *, gazetteer_file: Path | None = None) -> None:
    """Refuse an output before any work: a folder, a device, one in no folder, the input, the gazetteer."""
    if target.is_dir():
        raise _refused(f"{target} is a folder: name the file to write inside it")
    if target.exists() and not target.is_file():  # a file would take the device's place
        raise _refused(f"{target} is a device and no file: name a file, or - for standard output")
    if not target.resolve().parent.is_dir():
        raise _refused(f"there is no folder {target.resolve().parent} to write into: make it first")
    for other, what in ((source, "input"), (gazetteer_file, "gazetteer file")):
        if other is not None and target.exists() and other.exists() and target.samefile(other):
            raise _refused(f"the output {target} is the {what}: give the output another name")


def _refused(message: str) -> TableError:
    return TableError(message, parameter="output")
