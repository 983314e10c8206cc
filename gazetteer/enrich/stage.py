"""What may stand between resolving a table and writing it: decisions, counts, further columns.

A stage sees every row once, in order and in one process, however the rows were resolved.
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Protocol

from gazetteer.enrich.plan import Plan
from gazetteer.tables.layout import Part
from gazetteer.tables.table import Table

if TYPE_CHECKING:
    from gazetteer.enrich.enrich import EnrichSummary


class Stage(Protocol):
    """What :func:`~gazetteer.enrich.enrich.enrich_table` asks, in this order."""

    def plan(self, table: Table, plan: Plan) -> Plan:
        """Return the plan that is written: that of the resolving, with columns appended; or refuse."""

    def parts(self, parts: Iterable[Part]) -> Iterator[Part]:
        """Yield the parts as they are written."""

    def finish(self, summary: "EnrichSummary") -> "EnrichSummary":
        """Do what is left when the output stands in its place, and return what to say of it."""
