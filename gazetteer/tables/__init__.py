"""Tables of any format: named columns, and rows that come in chunks, read and written."""

from gazetteer.tables.layout import Column, Layout, Part, WriteOptions
from gazetteer.tables.reading import read_table
from gazetteer.tables.table import Chunk, ReadOptions, RowsTable, Source, Table
from gazetteer.tables.writing import write_table

__all__ = [
    "Chunk",
    "Column",
    "Layout",
    "Part",
    "ReadOptions",
    "RowsTable",
    "Source",
    "Table",
    "WriteOptions",
    "read_table",
    "write_table",
]
