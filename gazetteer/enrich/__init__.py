"""Enriching: a table with positions, areas and codes beside its own columns, and how right those are.

And a table of texts as a table of the places that they name.
"""

from gazetteer.enrich.calibrate import Calibrated, calibrate
from gazetteer.enrich.draws import DRAW_COLUMNS, Draws
from gazetteer.enrich.enrich import EnrichSummary, enrich_table
from gazetteer.enrich.evaluate import Evaluation, LabelledColumns, evaluate
from gazetteer.enrich.mentions import MENTION_COLUMNS, GeoparseSummary, geoparse_table
from gazetteer.enrich.plan import GAZ_COLUMNS
from gazetteer.enrich.processes import Running

__all__ = [
    "DRAW_COLUMNS",
    "GAZ_COLUMNS",
    "MENTION_COLUMNS",
    "Calibrated",
    "Draws",
    "EnrichSummary",
    "Evaluation",
    "GeoparseSummary",
    "LabelledColumns",
    "Running",
    "calibrate",
    "enrich_table",
    "evaluate",
    "geoparse_table",
]
