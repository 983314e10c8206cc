"""From rows to the values that are added: the work of enriching, a chunk at a time.

:func:`~gazetteer.enrich.answers.answer` and :func:`added_values` have no state: the same row, plan and
gazetteer give the same values, in whatever process and order. :class:`Enricher` remembers what it has seen,
so that each different row is worked out once.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import Any, Protocol

from gazetteer.enrich.added import POINT_COLUMNS, name_values, point_in
from gazetteer.enrich.answers import Ask, KnowsNames, Named, answer, read_answer
from gazetteer.enrich.plan import Plan
from gazetteer.enrich.points import Placed, placed_points, point_values
from gazetteer.incidents.row import KnowsAreas, Mention, Resolves, RowReader
from gazetteer.lookups import GazetteerInfo
from gazetteer.tables.layout import Part
from gazetteer.tables.table import Chunk

#: How many different mentions, and how many different rows, are remembered: some 200 MB at the most.
_REMEMBERED = 100_000


class Enriches(KnowsNames, KnowsAreas, Protocol):
    """The part of a gazetteer that enriching needs; an open ``Gazetteer`` is one."""

    def info(self) -> GazetteerInfo:
        """Return what it holds; its content hash tells a checkpoint's gazetteer from another."""


def added_values(
    gazetteer: Resolves, plan: Plan, mention: Mention, name: Named, placed: Placed | None, *, has_point: bool
) -> tuple[object, ...]:
    """Return the values of a row in the added columns.

    Parameters
    ----------
    gazetteer, plan
        What resolves, and how.
    mention, name
        What the row names, and the answer to it.
    placed, has_point
        The row's point, and whether anything stands where a point should be: one that can't be read is None.
    """
    said = mention.names or mention.notes
    values = name.values if said else _by_point(gazetteer, plan, placed)
    point: tuple[object, ...] = ()
    if plan.has_points:
        point = point_values(placed, name.spots) if has_point else (None,) * len(POINT_COLUMNS)
    sides = [side for spot in name.spots if (side := spot.generalised_to_deg) is not None]
    cell = (max(sides, default=None),) if plan.generalises else ()
    text = name.text if plan.reads_notes else ()
    return (*values, *point, point_in(values), *text, *cell)


def _by_point(gazetteer: Resolves, plan: Plan, placed: Placed | None) -> tuple[object, ...]:
    """Return the values for a row that names no place: those of its point, with the radius that it states."""
    if placed is None:
        return name_values(None)
    position, radius_m = placed.position, placed.radius_m
    found = gazetteer.resolve(
        f"{position.latitude!r}, {position.longitude!r}", limit=1, min_confidence=plan.min_confidence
    )
    if radius_m is not None:
        found = replace(
            found,
            matches=tuple(
                replace(match, place=replace(match.place, uncertainty_m=max(radius_m, 1.0)))
                for match in found.matches
            ),
        )
    return name_values(found)


class Enricher:
    """Turns chunks into parts, and works out what rows say once.

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
        self._reader = RowReader(gazetteer, plan.columns, plan.geometry)
        self._ask: Ask = ask or self._answered
        self._names: dict[Mention, Named] = {}
        self._values: dict[tuple[Any, ...], tuple[object, ...]] = {}

    def part(self, chunk: Chunk) -> Part:
        """Return a chunk with the added values of its rows."""
        rows = self._cells(chunk)
        new = [row for row in dict.fromkeys(rows) if row not in self._values]
        if len(self._values) + len(new) > _REMEMBERED:
            self._values.clear()
            new = list(dict.fromkeys(rows))
        self._values.update(zip(new, self._added(new), strict=True))
        return Part(chunk, [self._values[row] for row in rows])

    def _cells(self, chunk: Chunk) -> list[tuple[Any, ...]]:
        """Return the cells of each row that are read, and they alone."""
        shapes = self._reader.geometry
        columns = [
            chunk.values(name) if name == shapes else chunk.texts(name) for name in self._reader.columns_read
        ]
        return list(zip(*columns, strict=True))

    def _added(self, rows: list[tuple[Any, ...]]) -> Iterator[tuple[object, ...]]:
        """Yield the added values of rows that are all different."""
        read = self._reader.read(Chunk(self._reader.columns_read, rows))
        self._learn(dict.fromkeys(read.mentions))
        placed, wrong = placed_points(self._gazetteer, read), read.positions.wrong
        for row, mention in enumerate(read.mentions):
            yield added_values(
                self._gazetteer,
                self._plan,
                mention,
                self._names[mention],
                placed.get(row),
                has_point=row in placed or row in wrong,
            )

    def _learn(self, mentions: Collection[Mention]) -> None:
        """Have the answers to these mentions, which are all different."""
        new = [mention for mention in mentions if mention not in self._names]
        if len(self._names) + len(new) > _REMEMBERED:
            self._names.clear()
            new = list(mentions)
        self._names.update(zip(new, self._ask(new) if new else (), strict=True))

    def _answered(self, mentions: Sequence[Mention]) -> Iterator[Named]:
        return (read_answer(answer(self._gazetteer, self._plan, mention)) for mention in mentions)
