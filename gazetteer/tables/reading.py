"""A table opened, whatever its format.

Example::

    table = read_table("incidents.xlsx")
    for row in table.rows():
        ...
"""

from pathlib import Path

from gazetteer.tables.formats import format_of
from gazetteer.tables.table import ReadOptions, Source, Table

__all__ = ["Table", "read_table"]


def read_table(table: str | Path | Source, options: ReadOptions | None = None) -> Table:
    """Open a table: find its format, and in it the header.

    Parameters
    ----------
    table
        A file, or bytes with a name. What it holds decides, not how its name ends.
    options
        What a person says of it: the sheet, for one.

    Raises
    ------
    TableError
        If there is no such file or it is no table; the message says what to do.
    """
    source = table if isinstance(table, Source) else Source(str(table), Path(table))
    return format_of(source).module.read(source, options or ReadOptions())
