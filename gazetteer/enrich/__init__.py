"""Enriching: a table with positions, areas and codes beside its own columns, and how right those are."""

from gazetteer.enrich.added import GAZ_COLUMNS
from gazetteer.enrich.enrich import EnrichSummary, enrich_table
from gazetteer.enrich.evaluate import Evaluation, evaluate
from gazetteer.enrich.running import Running

__all__ = [
    "GAZ_COLUMNS",
    "EnrichSummary",
    "Evaluation",
    "Running",
    "enrich_table",
    "evaluate",
]
