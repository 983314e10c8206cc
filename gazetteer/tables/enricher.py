"""From what rows say to the cells that are added: the work of enriching, a chunk at a time.

:func:`named` and :func:`cells_of` have no state: the same row, plan and gazetteer give the same cells, in
whatever process and order. :class:`Enricher` remembers what was said before, so that it is resolved once.
"""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

from gazetteer.errors import NotFoundError
from gazetteer.places import Place
from gazetteer.results import Resolution
from gazetteer.tables.added import ALTERNATIVES, Cells, name_values
from gazetteer.tables.mentions import Mention, Resolves, mentions_of
from gazetteer.tables.plan import Part, Plan
from gazetteer.tables.points import KnowsAreas, Placed, Placer, WrittenPoint, point_values
from gazetteer.tables.table import Chunk

__all__ = ["Enricher", "Enriches", "Named", "Said", "cells_of", "named", "said_in"]

#: How many different mentions, and how many different rows, are remembered: some 200 MB at the most.
_REMEMBERED = 100_000


class Enriches(Resolves, KnowsAreas, Protocol):
    """The part of a gazetteer that enriching needs; an open ``Gazetteer`` is one."""


class Said(NamedTuple):
    """What a row says: its mention, and its coordinates where it has any."""

    mention: Mention
    point: WrittenPoint | None


@dataclass(frozen=True, slots=True)
class Named:
    """The values of the added columns about a name, and the place that it means, for its point's check."""

    values: tuple[object, ...]
    place: Place | None


def said_in(chunk: Chunk, plan: Plan) -> list[Said]:
    """Return what each row of a chunk says."""
    mentions = mentions_of(chunk, plan.columns)
    return list(map(Said, mentions, _points_in(chunk, plan)))


def _points_in(chunk: Chunk, plan: Plan) -> Sequence[WrittenPoint | None]:
    columns = plan.columns
    if plan.geometry is not None:
        return [_point_of(shape) for shape in chunk.values(plan.geometry)]
    if columns.latitude is None or columns.longitude is None:
        return [None] * len(chunk)
    empty = [""] * len(chunk)
    cells = [
        chunk.texts(name) if name is not None else empty
        for name in (columns.latitude, columns.longitude, columns.precision, columns.uncertainty)
    ]
    return [
        WrittenPoint(*row) if row[0].strip() or row[1].strip() else None for row in zip(*cells, strict=True)
    ]


def _point_of(shape: object) -> WrittenPoint | None:
    """Return the coordinates of a shape that is a point; a line or an area is none."""
    if getattr(shape, "geom_type", "") != "Point" or shape.is_empty:  # type: ignore[attr-defined]
        return None
    return WrittenPoint(repr(shape.y), repr(shape.x))  # type: ignore[attr-defined]


def named(gazetteer: Enriches, plan: Plan, mention: Mention) -> Named:
    """Resolve what a row says of its place; where it names none, the narrowest area that it names."""
    if not mention.text:
        return Named(name_values(None), _area(gazetteer, mention.context) if plan.has_points else None)
    found = _resolution(gazetteer, plan, mention)
    return Named(name_values(found), found.best.place if found is not None and found.best else None)


def _area(gazetteer: KnowsAreas, names: Sequence[str]) -> Place | None:
    for name in names:
        with contextlib.suppress(NotFoundError):
            return gazetteer.area(name)
    return None


def _resolution(gazetteer: Resolves, plan: Plan, mention: Mention) -> Resolution | None:
    if not mention.is_valid:
        return None
    return gazetteer.resolve(
        mention.text, context=mention.context, limit=ALTERNATIVES + 1, min_confidence=plan.min_confidence
    )


def cells_of(gazetteer: Resolves, plan: Plan, said: Said, name: Named, placed: Placed | None) -> Cells:
    """Return the cells of a row.

    Parameters
    ----------
    gazetteer, plan
        What resolves, and how.
    said
        What the row says.
    name
        Its mention, resolved.
    placed
        Its point; None where it has none, or one that can't be read.
    """
    values = name.values
    if not said.mention.text:
        values = _by_point(gazetteer, plan, placed)
    if not plan.has_points:
        return Cells(values)
    if said.point is None:
        return Cells((*values, *[None] * (len(plan.added) - len(values))))
    return Cells((*values, *point_values(placed, name.place)))


def _by_point(gazetteer: Resolves, plan: Plan, placed: Placed | None) -> tuple[object, ...]:
    """Return the values for a row that names no place: those of its point, with the radius that it states."""
    if placed is None:
        return name_values(None)
    position = placed.point.position
    found = gazetteer.resolve(
        f"{position.latitude!r}, {position.longitude!r}", limit=1, min_confidence=plan.min_confidence
    )
    if placed.radius_m is not None:
        found = replace(
            found,
            matches=tuple(
                replace(match, place=replace(match.place, uncertainty_m=max(placed.radius_m, 1.0)))
                for match in found.matches
            ),
        )
    return name_values(found)


class Enricher:
    """Turns chunks into parts, and resolves what rows say once.

    Parameters
    ----------
    gazetteer
        What resolves.
    plan
        What to read; a plain value, so that another process can have an enricher like this one.
    """

    def __init__(self, gazetteer: Enriches, plan: Plan) -> None:
        self._gazetteer = gazetteer
        self._plan = plan
        self._placer = Placer(gazetteer, plan.columns.precision)
        self._names: dict[Mention, Named] = {}
        self._cells: dict[Said, Cells] = {}

    def part(self, chunk: Chunk) -> Part:
        """Return a chunk with the cells of its rows."""
        rows = said_in(chunk, self._plan)
        new = [said for said in dict.fromkeys(rows) if said not in self._cells]
        if len(self._cells) + len(new) > _REMEMBERED:
            self._cells.clear()
            new = list(dict.fromkeys(rows))
        placed = self._placer.place([said.point for said in new if said.point is not None])
        for said in new:
            point = placed[said.point] if said.point is not None else None
            name = self._named(said.mention)
            self._cells[said] = cells_of(self._gazetteer, self._plan, said, name, point)
        return Part(chunk, [self._cells[said] for said in rows])

    def _named(self, mention: Mention) -> Named:
        if mention not in self._names:
            if len(self._names) >= _REMEMBERED:
                self._names.clear()
            self._names[mention] = named(self._gazetteer, self._plan, mention)
        return self._names[mention]
