"""The one reader of rows: what a row of a table says of its place, its position and its date.

A row of any file, upload or frame is read here and nowhere else, a chunk of rows at a time. Read are

- its *mention*: the place as written, in each script that the row has it in, the areas beside it, and the
  country. A cell that says that nothing is known ("N/A", "-", "غير معروف", "#REF!") counts as empty;
- its own *position*: two cells or one in any notation (:mod:`gazetteer.notation.positions`), or the point
  that the format keeps. Latitude and longitude that have changed places are put right where their
  hemispheres say so, or where the position lies abroad as written and in the country the other way round;
  what was turned is always said. 0, 0 is no position: it is what programs write for none;
- the *radius* of that position: from a column, in metres or with a unit; else from a dataset's code of
  precision (:mod:`gazetteer.notation.precision`). A cell that can't be read claims nothing: the radius is
  that of the country;
- its *days*, which take the whole column to read (:mod:`gazetteer.notation.dates`): here they are text.

What could not be read is told in a sentence for each row.
"""

import re
import unicodedata
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, Final, NamedTuple, Protocol

import numpy as np

from gazetteer.answers import MIN_CONFIDENCE, AreasAnswer, Resolution, ReverseAnswer
from gazetteer.country import is_country
from gazetteer.errors import CoordinateError, NotFoundError, UnitError
from gazetteer.geodesy import BoundingBox, LatLon, distance_m
from gazetteer.incidents.columns import TableColumns
from gazetteer.names.fold import fold
from gazetteer.names.words import NO_PLACE_WORDS
from gazetteer.notation.digits import plain
from gazetteer.notation.lengths import read_length
from gazetteer.notation.positions import read_pairs, read_point
from gazetteer.notation.precision import AREA_RADII_M, stated_radius
from gazetteer.points import Booleans, Floats, Integers
from gazetteer.tables.table import Chunk
from gazetteer.values import Place

#: No place is written in more characters than this; a cell that is longer is a report and not a name.
_LONGEST_NAME: Final = 500
#: What a spreadsheet shows for a formula that failed.
_SHEET_ERROR: Final = re.compile(r"#(?:REF|N/A|VALUE|NAME|DIV/0|NULL|NUM|ERROR|SPILL|CALC)[!?]?", re.I)
_LEVELS: Final = {"governorate": 1, "district": 2}
_NO_PRECISION: Final = "is no precision that is known here: taken as somewhere in the country"
#: Mentions that are remembered: some 100 MB at the most.
_REMEMBERED: Final = 200_000
#: Said of 0, 0, which is what programs write for no position.
AT_ZERO: Final = "0, 0 is no position"
_SWAPPED: Final = "its latitude and longitude had changed places, and were put right"


class Resolves(Protocol):
    """The part of a gazetteer that resolves names; an open ``Gazetteer`` is one."""

    def resolve(
        self,
        text: str,
        *,
        context: Sequence[str] = (),
        limit: int = 5,
        min_confidence: float = MIN_CONFIDENCE,
        country: str = "",
    ) -> Resolution:
        """Resolve a spelling; `context` holds area names that help where they are known.

        `country` is that of the row, as written; empty where it names none or the gazetteer's own.
        """


class KnowsAreas(Protocol):
    """The part of a gazetteer that says where a position lies; an open ``Gazetteer`` is one."""

    def reverse(self, position: LatLon) -> ReverseAnswer:
        """Return the areas round a position."""

    def place(self, place_id: str) -> Place:
        """Return a place by id, or raise NotFoundError."""

    def areas_at(self, latitudes: Any, longitudes: Any) -> AreasAnswer:
        """Return the areas round many positions."""

    def places(self) -> Iterator[Place]:
        """Yield all places."""


class Mention(NamedTuple):
    """A place as a row writes it.

    Parameters
    ----------
    names
        The place in each script that the row has it in; empty where the row names none.
    areas
        The areas beside it, as written.
    country
        The country, as written; empty where the row has none, or a position of its own in the gazetteer's
        country.
    notes
        What a person wrote of the incident, where that is to be read.
    """

    names: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    country: str = ""
    notes: str = ""

    @property
    def text(self) -> str:
        """The first name; empty where there is none."""
        return self.names[0] if self.names else ""

    @property
    def is_valid(self) -> bool:
        """Whether there is a name to look for."""
        return any(map(_is_name, self.names))


def _is_name(text: str) -> bool:
    """Whether a cell may be a place's name: no report, no control characters, no position off the globe."""
    if len(text) > _LONGEST_NAME or not any(map(str.isalnum, text)):
        return False
    if any(unicodedata.category(char) == "Cc" and char not in "\t\r\n" for char in text):
        return False
    try:
        read_point(text)
    except CoordinateError:
        return False
    return True


def is_blank(text: str) -> bool:
    """Tell whether a cell says that nothing is known: it is empty, has no letter or digit, or says so.

    Examples
    --------
    >>> [is_blank(cell) for cell in ("", " - ", "N/A", "غير معروف", "#REF!", "Idlib")]
    [True, True, True, True, True, False]
    """
    text = text.strip()
    if not any(map(str.isalnum, text)) or _SHEET_ERROR.fullmatch(text):
        return True
    words = fold(text).split() if len(text) <= 40 else ["long"]
    return NO_PLACE_WORDS.issuperset(words) and len("".join(words)) > 1  # "N/A", and not a place named "A"


def resolve_mention(
    gazetteer: Resolves, mention: Mention, *, limit: int = 5, min_confidence: float = MIN_CONFIDENCE
) -> Resolution | None:
    """Return the answer to the first name that has one, else that to the first name with any candidates.

    One place is an answer, and so are several that are each accepted. None where there is no name to look
    for.
    """
    options: dict[str, Any] = {"context": mention.areas, "limit": limit, "min_confidence": min_confidence}
    if not _is_home(mention.country):
        options["country"] = mention.country
    answers = []
    for name in filter(_is_name, mention.names):
        found = gazetteer.resolve(name, **options)
        if found.best is not None or found.status == "several":
            return found
        answers.append(found)
    return next((one for one in answers if one.matches), answers[0] if answers else None)


class Numbered:
    """Values numbered in the order in which they first come, so that equal ones are looked at once."""

    def __init__(self, values: Iterable[Hashable] = ()) -> None:
        self._numbers: dict[Any, int] = {value: number for number, value in enumerate(values)}

    @property
    def values(self) -> list[Any]:
        """The values, by number."""
        return list(self._numbers)

    def numbers(self, values: Iterable[Hashable]) -> Integers:
        """Return the number of each value."""
        known = self._numbers
        return np.array([known.setdefault(value, len(known)) for value in values], dtype=np.intp)


@dataclass(frozen=True, slots=True, eq=False)
class Positions:
    """The positions that rows bring themselves.

    Parameters
    ----------
    latitudes, longitudes
        Degrees; NaN where a row has none.
    swapped
        Which rows had latitude and longitude exchanged.
    notations
        By row the notation, where it is not decimal degrees.
    unread
        By row what can't be read.
    problems
        By row what else there is to know: what was put right.
    """

    latitudes: Floats
    longitudes: Floats
    swapped: Booleans
    notations: dict[int, str] = field(default_factory=dict)
    unread: dict[int, str] = field(default_factory=dict)
    problems: dict[int, str] = field(default_factory=dict)

    @classmethod
    def none(cls, rows: int) -> "Positions":
        """Return those of rows that bring none."""
        nowhere = np.full(rows, np.nan)
        return cls(nowhere, nowhere.copy(), np.zeros(rows, dtype=np.bool_))

    @property
    def known(self) -> Booleans:
        """Which rows have a position that was read."""
        return ~np.isnan(self.latitudes)

    @property
    def wrong(self) -> set[int]:
        """The rows that have something where a position should be, which is none."""
        return {*self.unread, *(row for row, problem in self.problems.items() if problem == AT_ZERO)}

    def at(self, row: int) -> LatLon | None:
        """Return the position of a row; None where it has none."""
        if np.isnan(self.latitudes[row]):
            return None
        return LatLon(float(self.latitudes[row]), float(self.longitudes[row]))


@dataclass(frozen=True, slots=True, eq=False)
class Radii:
    """The radii that rows state for their positions.

    Parameters
    ----------
    metres
        NaN where a row states none.
    by_code
        Which come from a code of precision.
    unread
        By row a radius that can't be read.
    problems
        By row a code that is not known.
    """

    metres: Floats
    by_code: Booleans
    unread: dict[int, str] = field(default_factory=dict)
    problems: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Some rows of a table, read.

    Parameters
    ----------
    mentions
        What each names.
    positions
        Where each says that it is.
    radii
        How exact it says that is.
    """

    mentions: Sequence[Mention]
    positions: Positions
    radii: Radii


class RowReader:
    """Reads the rows of one table; remembers mentions and the radii of areas.

    Parameters
    ----------
    gazetteer
        Knows where the country is, and its areas.
    columns
        Those that matter.
    geometry
        The column of shapes, where the format has one.
    """

    def __init__(self, gazetteer: KnowsAreas, columns: TableColumns, geometry: str | None = None) -> None:
        self._gazetteer = gazetteer
        self.columns = columns
        self.geometry = geometry
        self._mentions: dict[tuple[str, ...], Mention] = {}
        self._radii: dict[tuple[float, float, str], float] = {}
        self._country = Country(gazetteer)

    @property
    def has_positions(self) -> bool:
        """Whether the rows may bring positions."""
        return self.columns.latitude is not None or self.geometry is not None

    @property
    def columns_read(self) -> tuple[str, ...]:
        """The columns that :meth:`read` looks at, each once."""
        read = self.columns
        point = (
            (read.latitude, read.longitude, read.uncertainty, read.precision) if self.has_positions else ()
        )
        names = (read.place, read.place_ar, *read.admin, read.country, read.text, *point, self.geometry)
        return tuple(dict.fromkeys(name for name in names if name is not None))

    def read(self, chunk: Chunk) -> Rows:
        """Read some rows; the chunk has at least the columns of `columns_read`.

        A row whose own position lies in the gazetteer's country is not abroad, whatever country it names. One
        that has a position and no name leaves nothing to its notes.
        """
        positions = self.positions(chunk)
        mentions = self.mentions(chunk)
        if self.columns.text is not None:
            for row in np.flatnonzero(positions.known).tolist():
                if not mentions[row].names:
                    mentions[row] = mentions[row]._replace(notes="")
        if self.has_positions and self.columns.country is not None:
            rows = np.flatnonzero(positions.known & ~self._at_home(chunk))
            rows = rows[self._country.holds(positions.latitudes[rows], positions.longitudes[rows])]
            for row in rows.tolist():
                mentions[row] = mentions[row]._replace(country="")
        return Rows(mentions, positions, self.radii(chunk, positions))

    def mentions(self, chunk: Chunk) -> list[Mention]:
        """Return what each row names."""
        cells = mention_cells(chunk, self.columns)
        return [self.mention(one) for one in cells]

    def mention(self, cells: tuple[str, ...]) -> Mention:
        """Return what the cells of :func:`mention_cells` name."""
        if cells not in self._mentions:
            if len(self._mentions) >= _REMEMBERED:
                self._mentions.clear()
            self._mentions[cells] = mention_of(cells)
        return self._mentions[cells]

    def positions(self, chunk: Chunk) -> Positions:
        """Return the positions that the rows bring, with exchanged axes put right."""
        if not self.has_positions:
            return Positions.none(len(chunk))
        found = _written(chunk, self.columns)
        if self.geometry is not None:
            _add_points(found, chunk.values(self.geometry))
        at_zero = np.flatnonzero((found.latitudes == 0.0) & (found.longitudes == 0.0))
        found.latitudes[at_zero] = found.longitudes[at_zero] = np.nan
        found.problems.update(dict.fromkeys(at_zero.tolist(), AT_ZERO))
        self._put_right(found, chunk)
        for row in np.flatnonzero(found.swapped & found.known).tolist():
            found.problems.setdefault(row, _SWAPPED)
        return found

    def radii(self, chunk: Chunk, positions: Positions) -> Radii:
        """Return the radii that the rows state for their positions."""
        by_code = np.zeros(len(chunk), dtype=np.bool_)
        if not self.has_positions:
            return Radii(np.full(len(chunk), np.nan), by_code)
        if self.columns.uncertainty is not None:
            metres, unread = read_radii(chunk.texts(self.columns.uncertainty))
            meant = positions.known | np.isin(np.arange(len(chunk)), list(positions.unread))
            found = Radii(metres, by_code, {row: one for row, one in unread.items() if meant[row]})
        else:
            found = Radii(np.full(len(chunk), np.nan), by_code)
        if self.columns.precision is not None:
            by_code |= np.isnan(found.metres) & positions.known
            codes = Numbered()
            numbers = codes.numbers(chunk.texts(self.columns.precision))
            for number, code in enumerate(codes.values):
                rows = np.flatnonzero(by_code & (numbers == number))
                if len(rows):
                    stated = stated_radius(code, column=self.columns.precision)
                    if stated is None:
                        found.problems.update(dict.fromkeys(rows.tolist(), f"{code!r} {_NO_PRECISION}"))
                    found.metres[rows] = self._radii_of(stated or "country", positions, rows)
        return found

    def _radii_of(self, stated: float | str, positions: Positions, rows: Integers) -> float | list[float]:
        """Return the radius of positions that are good to some metres, or somewhere in a kind of area."""
        if not isinstance(stated, str):
            return stated
        if stated not in _LEVELS:
            return AREA_RADII_M[stated]
        found = []
        for row in rows.tolist():
            key = float(positions.latitudes[row]), float(positions.longitudes[row]), stated
            if key not in self._radii:
                self._radii[key] = self._across(LatLon(*key[:2]), stated)
            found.append(self._radii[key])
        return found

    def _across(self, position: LatLon, kind: str) -> float:
        """Return the radius round a position that holds the area of a kind that it lies in."""
        level, chain = _LEVELS[kind], self._gazetteer.reverse(position).admin
        try:
            area = self._gazetteer.place(next(unit.pcode for unit in chain if unit.level == level))
        except (StopIteration, NotFoundError):
            return AREA_RADII_M[kind]
        return area.uncertainty_m + distance_m(position, area.position)

    def _put_right(self, found: Positions, chunk: Chunk) -> None:
        """Exchange latitude and longitude where only that puts a position into the country."""
        decided = found.swapped.copy()
        decided[list(found.notations)] = True  # minutes and hemispheres are written by those who know
        rows = np.flatnonzero(found.known & ~decided & self._at_home(chunk))
        latitudes, longitudes = found.latitudes, found.longitudes
        rows = rows[self._country.is_swapped(latitudes[rows], longitudes[rows])]
        latitudes[rows], longitudes[rows] = longitudes[rows], latitudes[rows]
        found.swapped[rows] = True

    def _at_home(self, chunk: Chunk) -> Booleans:
        """Tell which rows don't say that they are in another country."""
        if self.columns.country is None:
            return np.ones(len(chunk), dtype=np.bool_)
        return np.array([_is_home(cell) for cell in chunk.texts(self.columns.country)], dtype=np.bool_)


class Country:
    """Tells positions in the country of a gazetteer from those abroad, as far as it knows.

    Where the gazetteer has polygons they decide. Without polygons a position is abroad if it lies beyond all
    places, or near none of which the area is known.
    """

    def __init__(self, gazetteer: KnowsAreas) -> None:
        self._gazetteer = gazetteer

    @cached_property
    def _box(self) -> BoundingBox | None:
        """The box round all places; None for a gazetteer without any."""
        spots = [place.position for place in self._gazetteer.places()]
        if not spots:
            return None
        latitudes, longitudes = [p.latitude for p in spots], [p.longitude for p in spots]
        return BoundingBox(min(latitudes), min(longitudes), max(latitudes), max(longitudes))

    def holds(self, latitudes: Floats, longitudes: Floats) -> Booleans:
        """Tell which positions lie in an area of the country."""
        inside = np.zeros(len(latitudes), dtype=np.bool_)
        if len(latitudes) and self._box is not None:
            rows = np.flatnonzero(_inside(self._box, latitudes, longitudes))
            rows = rows[~self._outside(latitudes[rows], longitudes[rows])]
            inside[rows] = self._in_an_area(latitudes[rows], longitudes[rows])
        return inside

    def is_swapped(self, latitudes: Floats, longitudes: Floats) -> Booleans:
        """Tell which positions lie abroad as written, and in the country the other way round."""
        swapped = np.zeros(len(latitudes), dtype=np.bool_)
        if self._box is None:
            return swapped
        rows = np.flatnonzero(_inside(self._box, longitudes, latitudes))
        within = _inside(self._box, latitudes[rows], longitudes[rows])
        beyond, doubtful = rows[~within], rows[within]
        doubtful = doubtful[~self._in_an_area(latitudes[doubtful], longitudes[doubtful])]
        swapped[doubtful] = self._in_an_area(longitudes[doubtful], latitudes[doubtful])
        swapped[beyond] = ~self._outside(longitudes[beyond], latitudes[beyond])
        return swapped

    def _in_an_area(self, latitudes: Floats, longitudes: Floats) -> Booleans:
        if not len(latitudes):
            return np.empty(0, dtype=np.bool_)
        answer = self._gazetteer.areas_at(latitudes, longitudes)
        known = np.array([bool(chain) for chain in answer.chains], dtype=np.bool_)
        inside: Booleans = known[answer.rows]
        return inside

    def _outside(self, latitudes: Floats, longitudes: Floats) -> Booleans:
        """Tell which positions are outside the polygons; none where there are no polygons."""
        if not len(latitudes):
            return np.empty(0, dtype=np.bool_)
        outside = self._gazetteer.areas_at(latitudes, longitudes).outside_country
        return np.zeros(len(latitudes), np.bool_) if outside is None else np.asarray(outside, np.bool_)


@lru_cache(maxsize=1_024)
def _is_home(country: str) -> bool:
    return is_blank(country) or is_country(country)


def mention_cells(chunk: Chunk, columns: TableColumns) -> list[tuple[str, ...]]:
    """Return of each row the cells of the place, the same in Arabic, the country, the notes and the areas."""
    names = (columns.place, columns.place_ar, columns.country, columns.text, *columns.admin)
    empty = [""] * len(chunk)
    return list(zip(*(empty if name is None else chunk.texts(name) for name in names), strict=True))


def mention_of(cells: tuple[str, ...]) -> Mention:
    """Return what the cells of :func:`mention_cells` name."""
    place, place_ar, country, notes, *areas = (cell.strip() for cell in cells)
    return Mention(
        tuple(dict.fromkeys(one for one in (place, place_ar) if not is_blank(one))),
        tuple(one for one in areas if not is_blank(one)),
        "" if is_blank(country) else country,
        "" if is_blank(notes) else notes,
    )


def read_radii(cells: Sequence[str]) -> tuple[Floats, dict[int, str]]:
    """Return the radii in cells, in metres; NaN for an empty one, and by row what can't be read.

    A number without a unit is metres. What can't be read claims nothing: it is the radius of the country.
    """
    try:
        found = np.array([cell or "nan" for cell in cells], dtype=np.float64)
    except ValueError:
        found = np.full(len(cells), np.nan)
        unread = [row for row, cell in enumerate(cells) if not is_blank(cell)]
    else:
        empty = np.array([not cell.strip() for cell in cells], dtype=np.bool_)
        unread = np.flatnonzero(~(np.isfinite(found) & (found >= 0)) & ~empty).tolist()
    problems = {}
    for row in unread:
        radius_m = _read_radius(cells[row])
        if radius_m is None:
            problems[row] = f"{cells[row]!r} is no radius in metres: taken as somewhere in the country"
        found[row] = AREA_RADII_M["country"] if radius_m is None else radius_m
    return found, problems


def _read_radius(cell: str) -> float | None:
    text = plain(cell).strip()
    try:
        radius_m = float(text)
    except ValueError:
        try:
            return read_length(text)
        except UnitError:
            return None
    return radius_m if np.isfinite(radius_m) and radius_m >= 0 else None


def _written(chunk: Chunk, columns: TableColumns) -> Positions:
    """Return the positions in cells."""
    found = Positions.none(len(chunk))
    if columns.latitude is None or columns.longitude is None:
        return found
    latitudes, longitudes = chunk.texts(columns.latitude), chunk.texts(columns.longitude)
    read = read_pairs(latitudes, longitudes)
    found = Positions(read.latitudes, read.longitudes, read.swapped, dict(read.notations))
    for row, problem in read.problems.items():
        if not (is_blank(latitudes[row]) and is_blank(longitudes[row])):
            found.unread[row] = problem
    # Exchanged because a latitude is beyond 90: a slip of the pen, more likely than a place there.
    for row in np.flatnonzero(found.swapped & (np.abs(found.longitudes) > 90.0)).tolist():
        found.latitudes[row] = found.longitudes[row] = np.nan
        found.unread[row] = (
            f"{latitudes[row]!r}, {longitudes[row]!r} is not a position: a latitude lies between -90 and 90"
        )
    return found


def _add_points(found: Positions, shapes: Sequence[Any]) -> None:
    """Add the points among shapes, where no cell gives a position; a line or an area is none."""
    import shapely

    every = np.array(shapes, dtype=object)
    points = shapely.get_type_id(every) == 0
    free = points & ~shapely.is_empty(every) & ~found.known
    found.latitudes[free], found.longitudes[free] = shapely.get_y(every[free]), shapely.get_x(every[free])
    off = np.flatnonzero(free & ~((np.abs(found.latitudes) <= 90) & (np.abs(found.longitudes) <= 180)))
    for row in off.tolist():
        where = f"{found.latitudes[row]:g}, {found.longitudes[row]:g}"
        found.problems[row] = f"its point {where} is not a position in degrees"
    found.latitudes[off] = found.longitudes[off] = np.nan


def _inside(box: BoundingBox, latitudes: Floats, longitudes: Floats) -> Booleans:
    north = (latitudes >= box.south) & (latitudes <= box.north)
    inside: Booleans = north & (longitudes >= box.west) & (longitudes <= box.east)
    return inside
