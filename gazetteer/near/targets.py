"""The places that a person means when they say near *what*: a kind, one place, or a table of places."""

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache, partial
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Final, overload

import numpy as np

from gazetteer.answers import DistanceAnswer
from gazetteer.country import country, find_neighbour
from gazetteer.errors import CoordinateError, InputError, NotFoundError, TableError
from gazetteer.incidents import ColumnChoice, Incident, read_incidents
from gazetteer.incidents.columns import TableColumns, find_columns, is_gaz
from gazetteer.incidents.row import is_blank
from gazetteer.kinds import LINES, PlaceKind, kinds_meant_by
from gazetteer.lookups import Lookups
from gazetteer.names.fold import fold
from gazetteer.near.lines import Border, Outlines
from gazetteer.near.pairs import Allowed, Pairs, between_m, disc_pairs, nearest
from gazetteer.notation.dates import DayOrder, iso_days, read_date_column, read_days
from gazetteer.notation.lengths import format_length
from gazetteer.points import Booleans, Floats, Integers, Points
from gazetteer.tables.reading import read_table
from gazetteer.tables.table import ReadOptions, Table
from gazetteer.values import Place, PositionBasis, count_in_words

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

#: An option of the command line for the incidents; that of the places has "of-" before its name.
_OPTION: Final = re.compile(r"--(?=[a-z])")
_FILE_NAME: Final = re.compile(r"[/\\]|\.\w{2,10}$")
_ROAD_NUMBER: Final = re.compile(r"[A-Z]{1,2}-?[0-9]{1,3}", re.I)
_THE: Final = re.compile(r"^the\s+", re.I)
#: The source that has places of a kind, as `gazetteer-data pull` takes it.
_BROUGHT_BY: Final = {
    PlaceKind.BORDER: "ocha-cod-ab",
    PlaceKind.HOSPITAL: "osm-health-facilities",
    PlaceKind.CLINIC: "osm-health-facilities",
    PlaceKind.SCHOOL: "osm-education-facilities",
    PlaceKind.ROAD: "osm-roads",
    **dict.fromkeys((PlaceKind.RIVER, PlaceKind.LAKE, PlaceKind.VALLEY), "osm-waterways"),
    **dict.fromkeys((PlaceKind.MARKET, PlaceKind.MOSQUE, PlaceKind.BAKERY), "osm-points-of-interest"),
}


@dataclass(frozen=True, eq=False)
class Targets(Sequence[Place]):
    """The places with a position to look near, ready to be looked near; a sequence of them all the same."""

    places: tuple[Place, ...]
    #: Of places that are more than a point, by number, the line or polygon in degrees, longitude first.
    shapes: "Mapping[int, BaseGeometry]" = field(default_factory=dict)
    without_position: int = 0  # rows of a table that were left out
    notes: tuple[str, ...] = ()  # what a person should know of how the table was read, in sentences
    source: Path | None = None  # the file that they were read from

    @classmethod
    def of(cls, places: Sequence[Place]) -> "Targets":
        """Return some places as targets."""
        return places if isinstance(places, Targets) else cls(tuple(places))

    @cached_property
    def radii_m(self) -> Floats:
        """The radius of each; 0 for a line or a polygon, which is where it is drawn."""
        radii = np.array([place.uncertainty_m for place in self.places], dtype=np.float64)
        radii[list(self.shapes)] = 0.0
        return radii

    @cached_property
    def bases(self) -> tuple[str, ...]:
        """How many of the facilities among them are known only roughly, in a sentence; none where all are."""
        counts = Counter(place.kind.value for place in self.places)
        bases: dict[str, Counter[PositionBasis]] = {kind: Counter() for kind in counts}
        for place in self.places:
            if not place.has_own_position:
                bases[place.kind.value][place.position_basis] += 1
        words = count_in_words(counts, {kind: dict(known.most_common()) for kind, known in bases.items()})
        return ("; ".join(words),) if words else ()

    def pairs(self, points: Points, radii_m: Floats, *, within_m: float) -> Iterator[Pairs]:
        """Yield the possible pairs of discs and these places, as :func:`~gazetteer.near.pairs.disc_pairs`."""
        some, theirs = self.points
        if len(some):
            for pairs in disc_pairs(points, radii_m, theirs, self.radii_m[some], within_m=within_m):
                yield pairs._replace(right=some[pairs.right])
        shaped, outlines = self.outlines
        for pairs in outlines.pairs(points, radii_m, within_m=within_m):
            yield pairs._replace(right=shaped[pairs.right])

    def nearest(self, points: Points, *, allowed: Allowed | None = None) -> Integers:
        """Return the number of the nearest place to each point; -1 where none is allowed.

        Of places at the very same distance it is the first.
        """
        found = []
        for some, search in (
            (self.points[0], partial(nearest, points, self.points[1])),
            (self.outlines[0], partial(self.outlines[1].nearest, points)),
        ):
            counts = None if allowed is None else _of_some(allowed, some)
            found.append(np.append(some, -1)[search(allowed=counts)] if len(some) else None)
        point, shape = found
        if point is None or shape is None:
            return next((one for one in found if one is not None), np.full(len(points), -1))
        both = np.flatnonzero((point >= 0) & (shape >= 0))
        here = points.take(both)
        to_point, to_shape = self.to_m(here, point[both]), self.to_m(here, shape[both])
        lower = np.where(point[both] < shape[both], to_point <= to_shape, to_point < to_shape)
        numbers: Integers = np.where(point >= 0, point, shape)
        numbers[both[~lower]] = shape[both[~lower]]
        return numbers

    def to_m(self, points: Points, numbers: Integers) -> Floats:
        """Return the geodesic distance in metres from each point to the place of its number; 0 inside one."""
        metres = np.empty(len(points))
        some, theirs = self.points
        shaped, outlines = self.outlines
        drawn = np.isin(numbers, shaped)
        rows = np.flatnonzero(~drawn)
        metres[rows] = between_m(points, rows, theirs, np.searchsorted(some, numbers[rows]))
        rows = np.flatnonzero(drawn)
        metres[rows] = outlines.to_m(points.take(rows), np.searchsorted(shaped, numbers[rows]))
        return metres

    @cached_property
    def points(self) -> tuple[Integers, Points]:
        """The numbers of the places that are points, and where they are."""
        some = np.array([n for n in range(len(self.places)) if n not in self.shapes], dtype=np.intp)
        return some, Points.of([self.places[number].position for number in some.tolist()])

    @cached_property
    def outlines(self) -> tuple[Integers, Outlines]:
        """The numbers of the places that are more, and what they are."""
        some = np.array(sorted(self.shapes), dtype=np.intp)
        return some, Outlines([self.shapes[number] for number in some.tolist()])

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


def _of_some(allowed: Allowed, some: Integers) -> Allowed:
    """Return what tells of some places, by their place among these, whether they count."""
    return lambda rows, numbers: allowed(rows, some[numbers])


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
    """Return the places of a kind, those in a table, or the one place of a name.

    Parameters
    ----------
    gazetteer, text
        A kind or group ("hospital", "facilities", "road"); else the path of a table of places, in any format;
        else a name ("M5", "Turkish border", "Saraqib"). The rows of a table are read as those of incidents
        are: a position in any notation or a name, a radius (0, exact, where none is given), an id; and
        ``kind``, ``valid_from`` and ``valid_to``. A line or a polygon of a row is what is measured to.
    columns, sheet, encoding, order
        As for :func:`gazetteer.incidents.read_incidents`.

    Raises
    ------
    InputError
        If it is neither, a name that means several places, which are listed, or a kind of which the gazetteer
        holds none; the message says what to bring.
    TableError
        If the table can't be read, or a row has a position, a shape or a radius that can't be read, or ends
        before it begins; the message names the row.
    """
    if not kinds_meant_by(text) and Path(text).is_file():
        return _of_table(gazetteer, text, columns, ReadOptions(encoding=encoding, sheet=sheet), order)
    try:
        return targets_named(gazetteer, text, parameter="of")
    except InputError as error:
        if _FILE_NAME.search(text):
            missing = f"there is no file {text!r}: check the name and the folder"
            raise InputError(missing, parameter="of") from error
        raise


def _of_table(
    gazetteer: Lookups, path: str, columns: ColumnChoice | None, options: ReadOptions, order: DayOrder | None
) -> Targets:
    """Return the places in a table."""
    try:
        table = read_table(path, options)
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
    placed = [row for row, place in enumerate(places) if place is not None]
    if not known:
        raise TableError(
            f"{table.source.name} holds no place with a position or a shape: look at its columns, and name "
            f"them with --of-lat and --of-lon or --of-place{'; '.join(['', *table.notes])}",
            parameter="of",
        )
    drawn = _drawn(table)
    shapes = {number: drawn[row] for number, row in enumerate(placed) if row in drawn}
    notes = tuple(
        f"{table.source.name}: {_OPTION.sub('--of-', note)}" for note in (*found.notes, *date_notes)
    )
    return Targets(
        known, shapes, without_position=len(places) - len(known), notes=notes, source=table.source.path
    )


def _drawn(table: Table) -> "dict[int, BaseGeometry]":
    """Return the lines and polygons of a table's rows, by row; TableError names one that is not valid."""
    import shapely

    found: dict[int, BaseGeometry] = {}
    own = table.geometry
    if own is None or is_gaz(own):
        return found
    for row, shape in enumerate(chain.from_iterable(chunk.values(own) for chunk in table.chunks())):
        if shape is not None and not shape.is_empty and shape.geom_type != "Point":
            if shapely.get_dimensions(shape) == 2 and not shape.is_valid:
                why = shapely.is_valid_reason(shape)
                raise TableError(
                    f"{_line(table, row)}: its shape is not valid ({why}): mend it", parameter="of"
                )
            try:
                found[row] = shapely.force_2d(shape)
                Border.of(found[row])
            except CoordinateError as error:
                raise TableError(f"{_line(table, row)}: {error}", parameter="of") from error
    return found


def targets_named(gazetteer: Lookups, text: str, *, parameter: str) -> Targets:
    """Return the places of a kind, or the one place of that name; never reads a file.

    A place that is more than a point comes with its line or polygon. A name with the word of a kind, such as
    "the Turkish border", is only ever a place of that kind, unless a place has that very name.

    Raises
    ------
    InputError
        If it is neither, a name with several answers, which are listed, or a kind of which the gazetteer
        holds none, or only a point of a line; it says what to bring. `parameter` is where it was given.
    """
    bare = _THE.sub("", text.strip())
    if kinds := kinds_meant_by(bare):
        every = tuple(gazetteer.places(kinds=kinds))
        found = _with_shapes(gazetteer, every)
        if not found.places:
            raise _nothing_of(kinds, bare, known=bool(every), parameter=parameter)
        return found
    asked = _kinds_within(bare)
    if PlaceKind.BORDER in asked and len(set(filter(None, map(find_neighbour, _words(bare))))) > 1:
        raise InputError(f"{text!r} names several borders: name one at a time", parameter=parameter)
    try:
        place = gazetteer.one_place(bare, parameter=parameter)
    except NotFoundError as error:
        if asked:
            raise _nothing_of(asked, bare, known=False, parameter=parameter) from error
        raise InputError(
            f"{text!r} is neither a kind of place nor a place that is known here: try another spelling, add "
            f"its area, or check the path if it is a table; kinds are {kinds_in_words()}",
            parameter=parameter,
        ) from error
    if fold(bare) in map(fold, country().rivers):
        asked = frozenset({PlaceKind.RIVER})
    elif _is_called(gazetteer, place, bare):
        asked = frozenset()
    if asked and place.kind not in asked:
        raise _nothing_of(asked, bare, known=False, parameter=parameter)
    if place.kind is PlaceKind.POINT and place.uncertainty_m > PlaceKind.GOVERNORATE.radius_m:
        raise InputError(
            f"{text!r} is known only to {format_length(place.uncertainty_m)}: name a place or a kind",
            parameter=parameter,
        )
    found = _with_shapes(gazetteer, [place])
    if not found.places:
        raise _nothing_of(frozenset({place.kind}), bare, known=True, parameter=parameter)
    if hint := gazetteer.swap_hint(bare):
        return replace(found, notes=(f"{bare} is {hint}",))
    return found


def measured(gazetteer: Lookups, start: Place, end: Place) -> DistanceAnswer:
    """Return how far two places are apart; from a line or an area, to its nearest point, 0 inside it."""
    # What is written is the name of its point.
    hint = gazetteer.swap_hint(start.name) or gazetteer.swap_hint(end.name)
    return replace(_apart(gazetteer, start, end), hint=hint)


def _apart(gazetteer: Lookups, start: Place, end: Place) -> DistanceAnswer:
    drawn = _with_shapes(gazetteer, (start, end))
    if len(drawn) < 2:  # a line of which only a point is known
        return DistanceAnswer.between(start, end)
    if len(drawn.shapes) > 1 and start.kind in LINES and end.kind in LINES and start != end:
        raise InputError(
            f"{start.name} and {end.name} are both lines: name a place on one of them", parameter="to"
        )
    if len(drawn.shapes) != 1:
        return DistanceAnswer.between(start, end)
    number = np.array(list(drawn.shapes))
    point = start if number[0] == 1 else end
    (away_m,) = drawn.to_m(Points.of([point.position]), number).tolist()
    return DistanceAnswer.between(start, end, to_shape=(away_m, point.uncertainty_m))


def _kinds_within(text: str) -> frozenset[PlaceKind]:
    """Return the kinds of which a word stands in a text."""
    words = _words(text)
    roads = [PlaceKind.ROAD] if any(map(_ROAD_NUMBER.fullmatch, words)) else []
    return frozenset(roads).union(*map(kinds_meant_by, words))


def check_kind(gazetteer: Lookups, text: str, place: Place | None, *, parameter: str) -> None:
    """Refuse a town or an area for a name that says another kind, such as "the hospital of Saraqib".

    None for a place that was not found; a name that a place itself has is always right. Raises InputError.
    """
    asked = frozenset(kind for kind in _kinds_within(text) if kind.group in ("facility", "landmark"))
    if place is None and asked:
        raise _nothing_of(asked, text, known=False, parameter=parameter)
    if place is not None and asked and place.kind not in asked and not _is_called(gazetteer, place, text):
        said = " or ".join(sorted(kind.value.replace("_", " ") for kind in asked))
        raise InputError(
            f"{text!r} says {said}, and {place.name} is none: ask for '{said} in {place.name}'",
            parameter=parameter,
        )


def _is_called(gazetteer: Lookups, place: Place, text: str) -> bool:
    """Tell whether a text is a place's id or one of its names; of a computed place it is the name."""
    if place.kind is PlaceKind.POINT or text == place.id:
        return True
    return fold(text) in {fold(one.text) for one in gazetteer.spellings(place.id)}


def _words(text: str) -> list[str]:
    return re.split(r"[\s,،-]+", text)


def _with_shapes(gazetteer: Lookups, places: Sequence[Place]) -> Targets:
    """Return places of a gazetteer with what it draws of them, without lines of which it has only a point."""
    import shapely

    drawn = ((place, _shape_of(gazetteer, place)) for place in places)
    whole = [(place, wkb) for place, wkb in drawn if wkb is not None or place.kind not in LINES]
    shapes = {number: shapely.from_wkb(wkb) for number, (_, wkb) in enumerate(whole) if wkb is not None}
    return Targets(tuple(place for place, _ in whole), shapes)


def _shape_of(gazetteer: Lookups, place: Place) -> bytes | None:
    """Return the line or polygon of a place, None for a point."""
    if place.kind is PlaceKind.POINT or place.generalised_to_deg is not None:
        return None
    if place.kind.admin_level is not None:
        return gazetteer.outline(place.id, simplified=False)
    return gazetteer.shape(place.id)


def _nothing_of(kinds: frozenset[PlaceKind], text: str, *, known: bool, parameter: str) -> InputError:
    """Return the error where a gazetteer holds nothing of some kinds, or only points of lines."""
    sources = sorted({_BROUGHT_BY[kind] for kind in kinds if kind in _BROUGHT_BY})
    lacks = f"knows {text!r} only by a point" if known else f"holds no {text!r}"
    pull = f"bring it with 'gazetteer-data pull {' '.join(sources)}' and build the gazetteer anew, or "
    return InputError(
        f"the gazetteer {lacks}: {pull if sources else ''}name a table of your own with positions or shapes",
        parameter=parameter,
    )


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


def area_named(gazetteer: Lookups, text: str, *, parameter: str) -> Place:
    """Return the admin unit of that name or P-code; InputError about `parameter` if there is none."""
    try:
        return gazetteer.area(text)
    except NotFoundError as error:
        raise InputError(str(error), parameter=parameter) from error
