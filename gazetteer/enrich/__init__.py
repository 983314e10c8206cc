"""Enriching: a table with positions, areas and codes beside its own columns, and how right those are.

And a table of texts as a table of the places that they name.
"""

from gazetteer.enrich.added import GAZ_COLUMNS
from gazetteer.enrich.enrich import EnrichSummary, enrich_table
from gazetteer.enrich.evaluate import Evaluation, evaluate
from gazetteer.enrich.mentions import MENTION_COLUMNS, GeoparseSummary, geoparse_table
from gazetteer.enrich.running import Running

__all__ = [
    "GAZ_COLUMNS",
    "MENTION_COLUMNS",
    "EnrichSummary",
    "Evaluation",
    "GeoparseSummary",
    "Running",
    "enrich_table",
    "evaluate",
    "geoparse_table",
]
