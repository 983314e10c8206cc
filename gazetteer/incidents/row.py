"""The one reader of rows: the place, the position and the radius in a row of any file, upload or frame.

- *Mention*: the place in each script that the row has it in, the areas beside it, and the country. A cell
  that says that nothing is known ("N/A", "-", "غير معروف", "#REF!") counts as empty.
- *Position*: two cells or one in any notation (:mod:`gazetteer.notation.positions`), or the point that the
  format keeps; of a line or an area the middle of the circle round it. Swapped latitude and longitude are put
  right, and reported, where their hemispheres say so, or where the position lies abroad as written and in the
  country the other way round. 0, 0 is no position.
- *Radius*: from a column, in metres or with a unit; else from a dataset's code of precision
  (:mod:`gazetteer.notation.precision`). A cell that can't be read gives the radius of the country.

Dates take the whole column to read (:mod:`gazetteer.notation.dates`).
"""

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, Final, NamedTuple

import numpy as np

from gazetteer.country import is_country
from gazetteer.errors import CoordinateError, NotFoundError, UnitError
from gazetteer.geodesy import BoundingBox, LatLon, distance_m
from gazetteer.incidents.columns import TableColumns
from gazetteer.lookups import Lookups
from gazetteer.names.fold import fold
from gazetteer.names.words import NO_PLACE_WORDS
from gazetteer.notation import plain
from gazetteer.notation.lengths import format_length, read_length
from gazetteer.notation.positions import AT_ZERO, Positions, read_pairs, read_point
from gazetteer.notation.precision import AREA_RADII_M, stated_radius
from gazetteer.points import Booleans, Floats, smallest_circle
from gazetteer.tables.table import Chunk

#: No place is written in more characters than this; a cell that is longer is a report and not a name.
_LONGEST_NAME: Final = 500
#: What a spreadsheet shows for a formula that failed.
_SHEET_ERROR: Final = re.compile(r"#(?:REF|N/A|VALUE|NAME|DIV/0|NULL|NUM|ERROR|SPILL|CALC)[!?]?", re.I)
_LEVELS: Final = {"governorate": 1, "district": 2}
_NO_PRECISION: Final = "is no precision that is known here: taken as somewhere in the country"
_NO_RADIUS: Final = "is no radius in metres: taken as somewhere in the country"
_SWAPPED: Final = "its latitude and longitude were swapped, and have been corrected"


class Mention(NamedTuple):
    """A place as a row writes it."""

    names: tuple[str, ...] = ()  # in each script that the row has it in
    areas: tuple[str, ...] = ()  # beside it
    country: str = ""  # empty also where the row has a position of its own in the gazetteer's country
    notes: str = ""  # what a person wrote of the incident, where that is to be read

    @property
    def text(self) -> str:
        """The first name; empty where there is none."""
        return self.names[0] if self.names else ""

    @property
    def is_valid(self) -> bool:
        """Whether there is a name to look for."""
        return any(map(is_name, self.names))


def is_name(text: str) -> bool:
    """Tell whether a cell may be a place's name: no report, control characters or position off the globe."""
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


@lru_cache(maxsize=1_024)
def is_home(country: str) -> bool:
    """Tell whether a cell names no country, or the gazetteer's own."""
    return is_blank(country) or is_country(country)


def cells_of(chunk: Chunk, columns: Sequence[str | None]) -> list[tuple[str, ...]]:
    """Return of each row the cells of some columns, as text; empty ones for None."""
    empty = [""] * len(chunk)
    texts = [empty if name is None else chunk.texts(name) for name in columns]
    return list(zip(*texts, strict=True)) if texts else [()] * len(chunk)


def mention_columns(columns: TableColumns) -> tuple[str | None, ...]:
    """Return the columns of the place, the same in Arabic, the country, the notes and the areas."""
    return columns.place, columns.place_ar, columns.country, columns.text, *columns.admin


def mention_cells(chunk: Chunk, columns: TableColumns) -> list[tuple[str, ...]]:
    """Return of each row the cells of :func:`mention_columns`."""
    return cells_of(chunk, mention_columns(columns))


def mention_of(cells: Sequence[str]) -> Mention:
    """Return what the cells of :func:`mention_columns` name."""
    place, place_ar, country, notes, *areas = ("" if is_blank(cell) else cell.strip() for cell in cells)
    names = tuple(dict.fromkeys(filter(None, (place, place_ar))))
    return Mention(names, tuple(filter(None, areas)), country, notes)


@dataclass(frozen=True, slots=True, eq=False)
class Radii:
    """The radii that rows state for their positions."""

    metres: Floats  # NaN where a row states none
    by_code: Booleans  # from a code of precision
    of_town: Booleans  # from a code that means the town which the row names
    unread: dict[int, str] = field(default_factory=dict)  # by row
    problems: dict[int, str] = field(default_factory=dict)  # by row a code that is not known


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Some rows of a table, read."""

    mentions: Sequence[Mention]
    positions: Positions
    radii: Radii


class RowReader:
    """Reads the rows of one table, whose format may have a column of shapes, `geometry`."""

    def __init__(self, gazetteer: Lookups, columns: TableColumns, geometry: str | None = None) -> None:
        self._gazetteer = gazetteer
        self.columns = columns
        self.geometry = geometry
        self._radii: dict[tuple[LatLon, str], float] = {}
        self._country = Country(gazetteer)

    @property
    def has_positions(self) -> bool:
        """Whether the rows may bring positions."""
        return self.columns.latitude is not None or self.geometry is not None

    @property
    def columns_read(self) -> tuple[str, ...]:
        """The columns that :meth:`read` looks at, each once."""
        read = self.columns
        point = (read.latitude, read.longitude, read.uncertainty, read.precision)
        names = (*mention_columns(read), *(point if self.has_positions else ()), self.geometry)
        return tuple(dict.fromkeys(name for name in names if name is not None))

    def read(self, chunk: Chunk) -> Rows:
        """Read some rows; the chunk has at least the columns of `columns_read`.

        A position in the gazetteer's country overrules the country that a row names. The notes of a row with
        a position and no name are left out.
        """
        positions = self.positions(chunk)
        mentions = self.mentions(chunk)
        if self.columns.text is not None:
            for row in np.flatnonzero(positions.known).tolist():
                if not mentions[row].names:
                    mentions[row] = mentions[row]._replace(notes="")
        rows = np.flatnonzero(positions.known & ~self._at_home(chunk))
        rows = rows[self._country.holds(positions.latitudes[rows], positions.longitudes[rows])]
        for row in rows.tolist():
            mentions[row] = mentions[row]._replace(country="")
        return Rows(mentions, positions, self.radii(chunk, positions))

    def mentions(self, chunk: Chunk) -> list[Mention]:
        """Return what each row names."""
        cells = mention_cells(chunk, self.columns)
        mentions = {one: mention_of(one) for one in dict.fromkeys(cells)}
        return [mentions[one] for one in cells]

    def positions(self, chunk: Chunk) -> Positions:
        """Return the positions that the rows bring, with exchanged axes put right."""
        if self.columns.latitude is None or self.columns.longitude is None:
            nowhere = np.full(len(chunk), np.nan)
            found = Positions(nowhere, nowhere.copy(), np.zeros(len(chunk), dtype=np.bool_))
        else:
            found = _written(chunk.texts(self.columns.latitude), chunk.texts(self.columns.longitude))
        if self.geometry is not None:
            _add_shapes(found, chunk.values(self.geometry))
        at_zero = np.flatnonzero((found.latitudes == 0.0) & (found.longitudes == 0.0))
        found.clear(at_zero)
        found.problems.update(dict.fromkeys(at_zero.tolist(), AT_ZERO))
        self._put_right(found, chunk)
        for row in np.flatnonzero(found.swapped & found.known).tolist():
            found.problems.setdefault(row, _SWAPPED)
        return found

    def radii(self, chunk: Chunk, positions: Positions) -> Radii:
        """Return the radii that the rows state for their positions."""
        metres, unread = np.full(len(chunk), np.nan), dict[int, str]()
        if self.columns.uncertainty is not None and self.has_positions:
            metres, unread = read_radii(chunk.texts(self.columns.uncertainty))
        for row, reach_m in positions.reach_m.items():
            metres[row] = reach_m + np.nan_to_num(metres[row])
        meant = positions.known
        meant[list(positions.unread)] = True
        by_code, of_town = (np.zeros(len(chunk), dtype=np.bool_) for _ in range(2))
        found = Radii(metres, by_code, of_town, {row: one for row, one in unread.items() if meant[row]})
        if self.columns.precision is not None and self.has_positions:
            by_code |= np.isnan(metres) & positions.known
            codes = chunk.texts(self.columns.precision)
            known = {one: stated_radius(one, column=self.columns.precision) for one in dict.fromkeys(codes)}
            for row in np.flatnonzero(by_code).tolist():
                stated = known[codes[row]]
                if stated is None:
                    found.problems[row] = f"{codes[row]!r} {_NO_PRECISION}"
                of_town[row] = stated == "town"
                metres[row] = self._radius_m(stated or "country", positions, row)
        return found

    def _radius_m(self, stated: float | str, positions: Positions, row: int) -> float:
        """Return the radius of a position that is good to some metres, or somewhere in a kind of area."""
        if not isinstance(stated, str):
            return stated
        if stated not in _LEVELS:
            return AREA_RADII_M[stated]
        position = LatLon(float(positions.latitudes[row]), float(positions.longitudes[row]))
        if (position, stated) not in self._radii:
            self._radii[position, stated] = self._across(position, stated)
        return self._radii[position, stated]

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
        decided[list(found.reach_m)] = True  # a shape is measured to as it is
        rows = np.flatnonzero(found.known & ~decided & self._at_home(chunk))
        latitudes, longitudes = found.latitudes, found.longitudes
        rows = rows[self._country.is_swapped(latitudes[rows], longitudes[rows])]
        latitudes[rows], longitudes[rows] = longitudes[rows], latitudes[rows]
        found.swapped[rows] = True

    def _at_home(self, chunk: Chunk) -> Booleans:
        """Tell which rows don't say that they are in another country."""
        if self.columns.country is None:
            return np.ones(len(chunk), dtype=np.bool_)
        return np.array([is_home(cell) for cell in chunk.texts(self.columns.country)], dtype=np.bool_)


def read_radii(cells: Sequence[str]) -> tuple[Floats, dict[int, str]]:
    """Return the radii in cells, in metres; NaN for an empty one, and by row what can't be read.

    A number without a unit is metres. What can't be read claims nothing: it is the radius of the country.
    """
    known = {cell: _read_radius(cell) for cell in dict.fromkeys(cells)}
    found = np.array([known[cell] for cell in cells], dtype=np.float64)
    unread = np.flatnonzero(found < 0.0)
    found[unread] = AREA_RADII_M["country"]
    return found, {row: f"{cells[row]!r} {_NO_RADIUS}" for row in unread.tolist()}


def _read_radius(cell: str) -> float:
    """Return a radius in metres, NaN where a cell says none, and -1 where it can't be read."""
    text = plain(cell).strip()
    try:
        radius_m = float(text)
    except ValueError:
        if is_blank(cell):
            return math.nan
        try:
            return read_length(text)
        except UnitError:
            return -1.0
    return radius_m if math.isfinite(radius_m) and radius_m >= 0 else -1.0


def _written(latitudes: Sequence[str], longitudes: Sequence[str]) -> Positions:
    """Return the positions in cells."""
    found = read_pairs(latitudes, longitudes)
    for row in list(found.unread):
        if is_blank(latitudes[row]) and is_blank(longitudes[row]):
            del found.unread[row]
    # Exchanged because a latitude is beyond 90: a slip of the pen, more likely than a place there.
    off = np.flatnonzero(found.swapped & (np.abs(found.longitudes) > 90.0))
    found.clear(off)
    for row in off.tolist():
        found.unread[row] = (
            f"{latitudes[row]!r}, {longitudes[row]!r} is not a position: a latitude lies between -90 and 90"
        )
    return found


def _add_shapes(found: Positions, shapes: Sequence[Any]) -> None:
    """Add the points among shapes, where no cell gives a position, and the circles round lines and areas."""
    import shapely

    every = np.array(shapes, dtype=object)
    free = ~shapely.is_empty(every) & ~shapely.is_missing(every) & ~found.known
    points = np.flatnonzero(free & (shapely.get_type_id(every) == 0))
    found.latitudes[points], found.longitudes[points] = (
        shapely.get_y(every[points]),
        shapely.get_x(every[points]),
    )
    off = points[~((np.abs(found.latitudes[points]) <= 90) & (np.abs(found.longitudes[points]) <= 180))]
    for row in off.tolist():
        where = f"{found.latitudes[row]:g}, {found.longitudes[row]:g}"
        found.problems[row] = f"its point {where} is not a position in degrees"
    found.clear(off)
    for row in np.setdiff1d(np.flatnonzero(free), points).tolist():
        corners = shapely.get_coordinates(shapely.convex_hull(every[row]))
        what = "area" if shapely.get_dimensions(every[row]) == 2 else "line"
        try:
            centre, radius_m = smallest_circle([(LatLon(y, x), 0.0) for x, y in corners.tolist()])
        except CoordinateError:
            found.problems[row] = f"its {what} is not in degrees"
            continue
        found.latitudes[row], found.longitudes[row] = centre.latitude, centre.longitude
        found.reach_m[row] = radius_m
        found.problems[row] = f"its {what} is taken as the circle round it, of {format_length(radius_m)}"


class Country:
    """Tells positions in the country of a gazetteer from those abroad, as far as it knows.

    Where the gazetteer has polygons they decide. Without polygons a position is abroad if it lies beyond all
    places, or near none of which the area is known.
    """

    def __init__(self, gazetteer: Lookups) -> None:
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
        inside = self._in_box(latitudes, longitudes)
        rows = np.flatnonzero(inside)
        outside, known = self._areas(latitudes[rows], longitudes[rows])
        inside[rows] = known & ~outside
        return inside

    def is_swapped(self, latitudes: Floats, longitudes: Floats) -> Booleans:
        """Tell which positions lie abroad as written, and in the country the other way round."""
        swapped = np.zeros(len(latitudes), dtype=np.bool_)
        rows = np.flatnonzero(self._in_box(longitudes, latitudes))
        within = self._in_box(latitudes[rows], longitudes[rows])
        beyond, doubtful = rows[~within], rows[within]
        doubtful = doubtful[~self._areas(latitudes[doubtful], longitudes[doubtful])[1]]
        swapped[beyond] = ~self._areas(longitudes[beyond], latitudes[beyond])[0]
        swapped[doubtful] = self._areas(longitudes[doubtful], latitudes[doubtful])[1]
        return swapped

    def _in_box(self, latitudes: Floats, longitudes: Floats) -> Booleans:
        """Tell which positions lie in the box round all places."""
        box = self._box if len(latitudes) else None
        if box is None:
            return np.zeros(len(latitudes), dtype=np.bool_)
        inside: Booleans = (latitudes >= box.south) & (latitudes <= box.north)
        inside &= (longitudes >= box.west) & (longitudes <= box.east)
        return inside

    def _areas(self, latitudes: Floats, longitudes: Floats) -> tuple[Booleans, Booleans]:
        """Tell which positions are outside the polygons, if there are any, and of which an area is known."""
        outside = np.zeros(len(latitudes), dtype=np.bool_)
        if not len(latitudes):
            return outside, outside
        answer = self._gazetteer.areas_at(latitudes, longitudes)
        if answer.outside_country is not None:
            outside = np.asarray(answer.outside_country, dtype=np.bool_)
        return outside, np.array([bool(chain) for chain in answer.chains], dtype=np.bool_)[answer.rows]
