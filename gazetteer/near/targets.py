"""The places that a person means when they say near *what*: a kind, one place, or a table of places."""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice
from pathlib import Path
from typing import Final, overload

import numpy as np

from gazetteer.errors import InputError, NotFoundError, TableError
from gazetteer.incidents import ColumnChoice, Incident, read_incidents
from gazetteer.incidents.columns import TableColumns, find_columns
from gazetteer.incidents.row import is_blank
from gazetteer.kinds import PlaceKind, kinds_meant_by
from gazetteer.lookups import Lookups
from gazetteer.notation.dates import DayOrder, iso_days, read_date_column, read_days
from gazetteer.points import Booleans, Floats, Integers, Points
from gazetteer.tables.reading import read_table
from gazetteer.tables.table import ReadOptions, Table
from gazetteer.values import Place

#: An option of the command line for the incidents; that of the places has "of-" before its name.
_OPTION: Final = re.compile(r"--(?=[a-z])")


@dataclass(frozen=True, eq=False)
class Targets(Sequence[Place]):
    """The places with a position to look near, ready to be looked near; a sequence of them all the same."""

    places: tuple[Place, ...]
    without_position: int = 0  # rows of a table that were left out
    notes: tuple[str, ...] = ()  # what a person should know of how the table was read, in sentences
    source: Path | None = None  # the file that they were read from

    @classmethod
    def of(cls, places: Sequence[Place]) -> "Targets":
        """Return some places as targets."""
        return places if isinstance(places, Targets) else cls(tuple(places))

    @cached_property
    def points(self) -> Points:
        """Where each is."""
        return Points.of([place.position for place in self.places])

    @cached_property
    def radii_m(self) -> Floats:
        """The radius of each."""
        return np.array([place.uncertainty_m for place in self.places], dtype=np.float64)

    @cached_property
    def first_days(self) -> Floats:
        """The day number from which each existed; NaN where it isn't known."""
        return np.array([_day(place.valid_from, 0) for place in self.places], dtype=np.float64)

    @cached_property
    def last_days(self) -> Floats:
        """The day number until which each existed; NaN where it isn't known."""
        return np.array([_day(place.valid_to, 1) for place in self.places], dtype=np.float64)

    @property
    def have_dates(self) -> bool:
        """Whether any of them is known to have existed for a time only."""
        return not (np.isnan(self.first_days).all() and np.isnan(self.last_days).all())

    def existed(self, first_days: Floats, last_days: Floats, numbers: Integers) -> Booleans:
        """Tell whether places may have existed on one of some days; unknown dates rule nothing out."""
        there: Booleans = ~((last_days < self.first_days[numbers]) | (first_days > self.last_days[numbers]))
        return there

    def epochs(self, days: Floats) -> Integers:
        """Return numbers for days: on two days of the same number the same places existed."""
        begun, ended = self.first_days, self.last_days
        ends = np.unique(np.concatenate([begun[~np.isnan(begun)], ended[~np.isnan(ended)] + 1]))
        found = np.searchsorted(ends, days, side="right")
        return np.where(np.isnan(days), len(ends) + 1, found)

    @overload
    def __getitem__(self, number: int) -> Place: ...
    @overload
    def __getitem__(self, number: slice) -> tuple[Place, ...]: ...
    def __getitem__(self, number: int | slice) -> Place | tuple[Place, ...]:
        return self.places[number]

    def __iter__(self) -> Iterator[Place]:
        return iter(self.places)

    def __len__(self) -> int:
        return len(self.places)


def kinds_in_words() -> str:
    """Return the kinds that may be asked for, as a list in a sentence."""
    return ", ".join(kind.value.replace("_", " ") for kind in PlaceKind if kind is not PlaceKind.POINT)


def targets_for(
    gazetteer: Lookups,
    text: str,
    *,
    columns: ColumnChoice | None = None,
    sheet: str | None = None,
    encoding: str | None = None,
    order: DayOrder | None = None,
) -> Targets:
    """Return the places of a kind, or those in a table.

    Parameters
    ----------
    gazetteer, text
        A kind or group ("hospital", "facilities"), else the path of a table of places, in any format. Its
        rows are read as those of incidents are: a position in any notation or a name, a radius (0, exact,
        where none is given), an id; and ``kind``, ``valid_from`` and ``valid_to``.
    columns, sheet, encoding, order
        As for :func:`gazetteer.incidents.read_incidents`.

    Raises
    ------
    InputError
        If it is neither a kind nor a file.
    TableError
        If the table can't be read, or a row has a position or a radius that can't be read, or ends before
        it begins; the message names the row.
    """
    if kinds := kinds_meant_by(text):
        return _of_kinds(gazetteer, kinds, text)
    if not Path(text).is_file():
        raise InputError(
            f"{text!r} is neither a kind of place nor a table: write a kind ({kinds_in_words()}) "
            "or the path of a table with a name, a latitude and a longitude",
            parameter="of",
        )
    try:
        table = read_table(text, ReadOptions(encoding=encoding, sheet=sheet))
        found = read_incidents(table, gazetteer, columns=columns, order=order)
    except TableError as error:  # its remedies are the options of incidents
        raise TableError(_OPTION.sub("--of-", str(error)), parameter="of") from error
    named = find_columns(table.columns, columns, tags=table.tags, has_points=table.geometry is not None)
    if fault := next((one for one in found.faults if one.about != "date"), None):
        raise TableError(f"{_line(table, fault.row)}: {fault.sentence}", parameter="of")
    rows = tuple(found)
    lives, date_notes = _lives(rows, named, order)
    places = [
        _as_place(one, named, life, row, table)
        for row, (one, life) in enumerate(zip(rows, lives, strict=True))
    ]
    known = tuple(place for place in places if place is not None)
    notes = tuple(
        f"{table.source.name}: {_OPTION.sub('--of-', note)}" for note in (*found.notes, *date_notes)
    )
    return Targets(known, without_position=len(places) - len(known), notes=notes, source=table.source.path)


def _of_kinds(gazetteer: Lookups, kinds: frozenset[PlaceKind], text: str) -> Targets:
    """Return the places of some kinds, with a note where the gazetteer has none."""
    found = tuple(gazetteer.places(kinds=kinds))
    note = f"the gazetteer knows no {text.strip()}: that nothing is near one proves nothing"
    return Targets(found, notes=() if found else (note,))


def _lives(
    rows: Sequence[Incident], columns: TableColumns, order: DayOrder | None
) -> tuple[list[tuple[str | None, str | None]], list[str]]:
    """Return the first and last day of each row's place as ISO 8601, and notes on unclear dates."""
    texts = [
        "" if name is None or is_blank(row.properties[name]) else row.properties[name]
        for row in rows
        for name in (columns.valid_from, columns.valid_to)
    ]
    read = read_date_column(texts, order=order)
    days = [
        None if math.isnan(first) else iso_days(int(first), int(last))
        for first, last in zip(read.first.tolist(), read.last.tolist(), strict=True)
    ]
    faults = (
        (read.unreadable, "can't be read", ""),
        (
            read.undecided,
            "may have the day or the month first",
            ": say which with --dayfirst or --monthfirst",
        ),
    )
    notes = [
        f"{len(numbers)} of its dates {why}, such as {texts[numbers[0]]!r}, and rule no day out{remedy}"
        for numbers, why, remedy in faults
        if len(numbers)
    ]
    return list(zip(days[::2], days[1::2], strict=True)), notes


def _line(table: Table, row: int) -> str:
    """Return where in a table a row stands, for an error: the table is read again for it."""
    return f"{table.source.name}, line {next(islice(table.numbered_rows(), row, None))[0]}"


def _as_place(
    row: Incident, columns: TableColumns, life: tuple[str | None, str | None], at: int, table: Table
) -> Place | None:
    """Return the place of a row, the `at`-th from 0 of the table; None where it has no position."""
    if row.position is None:
        return None
    cells, number = row.properties, f"row:{at + 1}"
    if _day(life[0], 0) > _day(life[1], 1):
        begin, end = (cells[name or ""].strip() for name in (columns.valid_from, columns.valid_to))
        raise TableError(
            f"{_line(table, at)}: valid_from ({begin}) is after valid_to ({end}): correct one of them",
            parameter="of",
        )
    kinds = kinds_meant_by(next((cells[name] for name in columns.kinds if cells[name]), ""))
    return Place(
        id=row.id if f"row:{row.id}" != number else row.place_id or number,
        name=row.place or number.replace(":", " "),
        name_ar=next(iter(row.names[1:]), ""),
        kind=next(iter(kinds)) if len(kinds) == 1 else PlaceKind.LANDMARK,
        position=row.position,
        uncertainty_m=row.uncertainty_m,
        valid_from=life[0],
        valid_to=life[1],
    )


@lru_cache(maxsize=16_384)
def _day(text: str | None, side: int) -> float:
    """Return the number of the first (0) or last (1) day of a date; NaN without one that can be read."""
    try:
        return math.nan if text is None else read_days(text)[side].toordinal()
    except InputError:
        return math.nan


def targets_named(gazetteer: Lookups, text: str, *, parameter: str) -> Targets:
    """Return the places of a kind, or the one place of that name; never reads a file.

    Raises
    ------
    InputError
        If it is neither, or a name with several answers, which are listed; `parameter` is where it was given.
    """
    if kinds := kinds_meant_by(text):
        return _of_kinds(gazetteer, kinds, text)
    try:
        return Targets((gazetteer.one_place(text, parameter=parameter),))
    except NotFoundError as error:
        message = f"{error}; a kind of place is one of {kinds_in_words()}"
        raise InputError(message, parameter=parameter) from error


def area_named(gazetteer: Lookups, text: str, *, parameter: str) -> Place:
    """Return the admin unit of that name or P-code; InputError about `parameter` if there is none."""
    try:
        return gazetteer.area(text)
    except NotFoundError as error:
        raise InputError(str(error), parameter=parameter) from error
