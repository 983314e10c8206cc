"""Opening a table of any format, or a plain text. ::

for row in read_table("incidents.xlsx").rows():
    ...
"""

import shutil
import sys
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from gazetteer.errors import TableError
from gazetteer.tables.formats import FORMATS, GZIP, format_of
from gazetteer.tables.formats.encodings import find_encoding
from gazetteer.tables.table import ReadOptions, Source, Table, no_room, refused
from gazetteer.tables.writing import STANDARD

_BLOCK_BYTES = 1 << 20


def read_table(table: str | Path | Source, options: ReadOptions | None = None) -> Table:
    """Open a table: find its format, by what it holds and not by how its name ends, and in it the header.

    Raises
    ------
    TableError
        If there is no such file or it is no table; the message says what to do.
    """
    source = table if isinstance(table, Source) else Source(str(table), Path(table))
    options = options or ReadOptions()
    source = _unpacked(source, options.inflated_limit)
    form = format_of(source)
    if source.packed and not form.packs:
        raise refused(f"{source.name} is packed by gzip: unpack it first")
    if options.sheet is not None and not form.has_sheets:
        raise TableError(f"{source.name} has no sheets: leave --sheet out", parameter="sheet")
    return form.read(source, options)


def _unpacked(source: Source, limit: int) -> Source:
    """Return a source that is unpacked when it is opened, after unpacking it once to its end."""
    with source.open() as file:
        if file.read(len(GZIP)) != GZIP:
            return source
    packed = replace(source, packed=True)
    with packed.open() as file:
        size = 0
        try:
            while block := file.read(_BLOCK_BYTES):
                size += len(block)
                if size > limit:
                    raise refused(f"{source.name} unfolds to more than {limit:,} bytes: unpack it first")
        except (EOFError, OSError, zlib.error) as error:
            raise refused(f"{source.name} is damaged or cut short ({error}): fetch it again") from error
    return packed


def is_table(source: Source) -> bool:
    """Whether a file is a table, by its content; text is one by the end of its name."""
    text = FORMATS["csv"]
    return source.name.lower().endswith(text.suffixes) or format_of(source) is not text


def read_text(source: Source, options: ReadOptions | None = None) -> tuple[str, tuple[str, ...]]:
    """Return a whole text, with its line ends as they are, and notes on its encoding."""
    with source.open() as file:
        if not file.read(_BLOCK_BYTES).strip():
            raise refused(f"{source.name} is empty: there is no text to read")
    encoding, how = find_encoding(source, options or ReadOptions())
    with source.open() as file:
        return file.read().decode(encoding), (how,) if how else ()


@contextmanager
def source_named(name: str | Path) -> Iterator[Source]:
    """Give a file by its name; "-" is standard input, kept in a temporary file."""
    path = Path(name)
    if str(name) != STANDARD:
        if path.exists() and not path.is_file() and not path.is_dir():  # a table is read more than once
            raise refused(f"{name} is a pipe or a device, which is read only once: hand it in as - instead")
        yield Source(str(name), path)
        return
    with tempfile.TemporaryDirectory(prefix="gazetteer-") as folder:
        path = Path(folder) / "table"
        try:
            with path.open("wb") as file:
                shutil.copyfileobj(sys.stdin.buffer, file)
        except OSError as error:
            raise no_room("standard input", error) from error
        yield Source("standard input", path)
