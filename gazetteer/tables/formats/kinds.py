"""Which type a column has, for formats in which a column has one.

The cells of CSV are text and stay text. Elsewhere a column has the type that all its cells have: a whole
number, a number, a truth value, a day, a day with its time. Where they differ, or are something else, it is
text: what each cell says (:func:`~gazetteer.tables.table.as_text`).
"""

import datetime
from collections.abc import Sequence
from typing import Any, Literal

from gazetteer.tables.formats.text import TextTable
from gazetteer.tables.plan import Plan
from gazetteer.tables.table import Table, as_text

__all__ = ["Kind", "as_kind", "kinds_of"]

Kind = Literal["text", "integer", "number", "boolean", "date", "datetime", "geometry"]
#: What a column of two kinds is, where that loses nothing.
_WIDER: dict[frozenset[Kind], Kind] = {frozenset({"integer", "number"}): "number"}
#: Whole numbers that a signed 64-bit integer and, beside other numbers, a double hold.
_LARGEST, _EXACT = 2**63 - 1, 2**53


def kinds_of(table: Table, plan: Plan) -> tuple[Kind, ...]:
    """Return the kind of each kept column; reads the table, unless it is text."""
    if isinstance(table, TextTable):
        return tuple[Kind, ...]("text" for _ in plan.kept)
    found: list[set[Kind]] = [set() for _ in plan.kept]
    inexact = [False] * len(plan.kept)
    for chunk in table.chunks():
        for row in plan.kept_rows(chunk):
            for at, value in enumerate(row):
                if value is not None:
                    found[at].add(_kind(value))
                    inexact[at] |= isinstance(value, int) and abs(value) > _EXACT
    return tuple(_common(kinds, large) for kinds, large in zip(found, inexact, strict=True))


def _common(kinds: set[Kind], large: bool) -> Kind:
    if len(kinds) == 1:
        return next(iter(kinds))
    return "text" if large else _WIDER.get(frozenset(kinds), "text")


def _kind(value: Any) -> Kind:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer" if -_LARGEST <= value <= _LARGEST else "text"
    if isinstance(value, float):
        return "number"
    if isinstance(value, datetime.datetime):
        return "datetime" if value.tzinfo is None and not getattr(value, "nanosecond", 0) else "text"
    if isinstance(value, datetime.date):
        return "date"
    return "geometry" if hasattr(value, "geom_type") else "text"


def as_kind(values: Sequence[Any], kind: Kind) -> list[Any]:
    """Return the values of a column as its kind has them; None stays None."""
    if kind == "text":
        return [None if value is None else as_text(value) for value in values]
    if kind == "number":
        return [None if value is None else float(value) for value in values]
    return list(values)
