"""A table opened, whatever its format.

Example::

    table = read_table("incidents.xlsx")
    for row in table.rows():
        ...
"""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gazetteer.errors import TableError
from gazetteer.tables.formats import format_of
from gazetteer.tables.table import ReadOptions, Source, Table, no_room

__all__ = ["Table", "read_table", "standard_input"]

#: The formats of which one file may hold several tables.
_WITH_SHEETS = frozenset({"workbook", "geopackage"})


def read_table(table: str | Path | Source, options: ReadOptions | None = None) -> Table:
    """Open a table: find its format, and in it the header.

    Parameters
    ----------
    table
        A file, or bytes with a name. What it holds decides, not how its name ends.
    options
        What a person says of it: the encoding or the sheet.

    Raises
    ------
    TableError
        If there is no such file or it is no table; the message says what to do.
    """
    source = table if isinstance(table, Source) else Source(str(table), Path(table))
    options = options or ReadOptions()
    form = format_of(source)
    if options.sheet is not None and form.name not in _WITH_SHEETS:
        raise TableError(f"{source.name} has no sheets: leave --sheet out", parameter="sheet")
    return form.module.read(source, options)


@contextmanager
def standard_input() -> Iterator[Source]:
    """Give what comes from standard input as a file, since tables are read more than once.

    Raises
    ------
    TableError
        If the temporary folder has no room for it.
    """
    with tempfile.TemporaryDirectory(prefix="gazetteer-") as folder:
        path = Path(folder) / "table"
        try:
            with path.open("wb") as file:
                shutil.copyfileobj(sys.stdin.buffer, file)
        except OSError as error:
            raise no_room("standard input", error) from error
        yield Source("standard input", path)
