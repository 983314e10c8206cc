"""What an enrichment does, decided before its first row, and what it hands to the writers.

A :class:`Plan` is made once from the header and the options. It is a plain value, so that it can be sent to
another process together with chunks of rows.
"""

from dataclasses import dataclass, replace

from gazetteer.enrich.added import GENERALISED
from gazetteer.incidents.columns import TableColumns
from gazetteer.info import GazetteerInfo
from gazetteer.tables.layout import Layout

__all__ = ["Plan"]


@dataclass(frozen=True, kw_only=True)
class Plan(Layout):
    """What is read from which columns, and which columns come out.

    Parameters
    ----------
    columns
        Where the place, the areas and the position are read.
    kept
        The input's columns that are written, in their order.
    added
        The columns that come after them.
    min_confidence
        The confidence from which an answer counts as resolved, 0 to 1.
    geometry
        The column that holds shapes, where the position is read from them.
    """

    columns: TableColumns
    min_confidence: float = 0.7
    geometry: str | None = None

    @property
    def has_points(self) -> bool:
        """Whether the table brings coordinates."""
        return self.geometry is not None or self.columns.latitude is not None

    @property
    def generalises(self) -> bool:
        """Whether the gazetteer generalises sensitive places, which the last column then tells of."""
        return GENERALISED in self.added

    def for_gazetteer(self, about: GazetteerInfo) -> "Plan":
        """Return the plan with the column that says what was generalised, if this gazetteer generalises."""
        if about.generalised_to_deg is None or self.generalises:
            return self
        return replace(self, added=(*self.added, GENERALISED))
