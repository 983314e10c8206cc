"""Incident tables: which column is the place, reading, resolving each row, writing, measuring.

A table is text: cells go in and come out as they were written, and nothing guesses that "007" is a
number or "NA" is nothing (docs/decisions/0004-tables-are-text.md). Reading streams, so a table may
be larger than memory; each distinct place string is resolved once.
"""

from gazetteer.tables.added import GAZ_COLUMNS
from gazetteer.tables.columns import TableColumns, find_columns
from gazetteer.tables.enrich import ColumnChoice, EnrichSummary, enrich_table
from gazetteer.tables.evaluate import Evaluation, evaluate
from gazetteer.tables.reading import Table, read_table
from gazetteer.tables.running import Running

__all__ = [
    "GAZ_COLUMNS",
    "ColumnChoice",
    "EnrichSummary",
    "Evaluation",
    "Running",
    "Table",
    "TableColumns",
    "enrich_table",
    "evaluate",
    "find_columns",
    "read_table",
]
