"""From what rows say to the cells that are added: the work of enriching, a chunk at a time.

:func:`~gazetteer.tables.answers.answer` and :func:`cells_of` have no state: the same row, plan and gazetteer
give the same cells, in whatever process and order. :class:`Enricher` remembers what was said before, so that
it is resolved once.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, Protocol

from gazetteer.info import GazetteerInfo
from gazetteer.tables.added import POINT_COLUMNS, Cells, name_values
from gazetteer.tables.answers import Ask, Named, answer, read_answer
from gazetteer.tables.mentions import Mention, Resolves, mentions_of
from gazetteer.tables.plan import Part, Plan
from gazetteer.tables.points import KnowsAreas, Placed, Placer, WrittenPoint, point_values
from gazetteer.tables.table import Chunk

__all__ = ["Enricher", "Enriches", "Said", "cells_of", "said_in"]

#: How many different mentions, and how many different rows, are remembered: some 200 MB at the most.
_REMEMBERED = 100_000


class Enriches(Resolves, KnowsAreas, Protocol):
    """The part of a gazetteer that enriching needs; an open ``Gazetteer`` is one."""

    def info(self) -> GazetteerInfo:
        """Return what it holds; its content hash tells a checkpoint's gazetteer from another."""


class Said(NamedTuple):
    """What a row says: its mention, and its coordinates where it has any."""

    mention: Mention
    point: WrittenPoint | None


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
    point: tuple[object, ...] = ()
    if plan.has_points:
        has_none = said.point is None
        point = (None,) * len(POINT_COLUMNS) if has_none else point_values(placed, name.spot)
    cell = (name.spot.generalised_to_deg if name.spot else None,) if plan.generalises else ()
    return Cells((*values, *point, *cell))


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
        What to read.
    ask
        Answers mentions, in this process or in others; None does it here with `gazetteer`.
    """

    def __init__(self, gazetteer: Enriches, plan: Plan, ask: Ask | None = None) -> None:
        self._gazetteer = gazetteer
        self._plan = plan
        self._columns = plan.columns_read
        self._ask: Ask = ask or self._answered
        self._placer = Placer(gazetteer, plan.columns.precision)
        self._names: dict[Mention, Named] = {}
        self._cells: dict[tuple[Any, ...], Cells] = {}

    def part(self, chunk: Chunk) -> Part:
        """Return a chunk with the cells of its rows."""
        rows = self._read(chunk)
        new = [row for row in dict.fromkeys(rows) if row not in self._cells]
        if len(self._cells) + len(new) > _REMEMBERED:
            self._cells.clear()
            new = list(dict.fromkeys(rows))
        saying = said_in(Chunk(self._columns, new), self._plan)
        self._learn(dict.fromkeys(said.mention for said in saying))
        placed = self._placer.place([said.point for said in saying if said.point is not None])
        for row, said in zip(new, saying, strict=True):
            point = placed[said.point] if said.point is not None else None
            name = self._names[said.mention]
            self._cells[row] = cells_of(self._gazetteer, self._plan, said, name, point)
        return Part(chunk, [self._cells[row] for row in rows])

    def _read(self, chunk: Chunk) -> list[tuple[Any, ...]]:
        """Return the cells of each row that say something, and they alone."""
        shapes = self._plan.geometry
        columns = [chunk.values(name) if name == shapes else chunk.texts(name) for name in self._columns]
        return list(zip(*columns, strict=True))

    def _learn(self, mentions: Collection[Mention]) -> None:
        """Have the answers to these mentions, which are all different."""
        new = [mention for mention in mentions if mention not in self._names]
        if len(self._names) + len(new) > _REMEMBERED:
            self._names.clear()
            new = list(mentions)
        self._names.update(zip(new, self._ask(new) if new else (), strict=True))

    def _answered(self, mentions: Sequence[Mention]) -> Iterator[Named]:
        return (read_answer(answer(self._gazetteer, self._plan, mention)) for mention in mentions)
