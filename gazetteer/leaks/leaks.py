"""What a table gives away: which sensitive places it reveals, how exactly, and the table without that.

A *revelation* narrows a sensitive place that a row names or types, below the cell of the tier that the table
is meant for. So a hospital's name is none, nor is a row that names only a town, nor a position that says no
more than the name of its town. What is looked for:

* coordinates in any column and notation, in notes and ids too; grids, codes, links to maps, ids of objects on
  maps, addresses, shapes (:mod:`gazetteer.leaks.rows`);
* ids by which others know a sensitive place too ("osm:way/9");
* distances to known places, whose circles meet (:mod:`gazetteer.leaks.circles`);
* positions of rows that name nothing, at a facility that is known by its building;
* what the file holds beside the rows, and its name (:meth:`gazetteer.tables.table.Table.asides`).

It is a search by known forms: what is written in a form that nobody thought of, in a picture, or only between
the lines, isn't found. ::

    answer = gazetteer.leaks("attacks.xlsx", tier="public")
    answer.leaks[0].advice
    answer.write_fixed("attacks-public.xlsx")
"""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, astuple, dataclass, field, fields, replace
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any, Final

from gazetteer.errors import InputError, NotFoundError, TableError, UnitError
from gazetteer.geodesy import LatLon, distance_m
from gazetteer.leaks.about import Subject, Subjects, names_facility
from gazetteer.leaks.circles import Circles, Distances
from gazetteer.leaks.rows import AN_ID, DISTANCES, Clue, Mender, RowClues, cut, distances_in, same_point
from gazetteer.lookups import Lookups
from gazetteer.notation.in_text import OBJECT_M, positions_in
from gazetteer.notation.lengths import format_length, read_length
from gazetteer.notation.precision import AREA_RADII_M, stated_radius
from gazetteer.privacy.cells import cell_centre, cell_radius_m
from gazetteer.privacy.tiers import CELL_DEG, TIERS, Tier
from gazetteer.privacy.withhold import is_ours
from gazetteer.tables.layout import Change
from gazetteer.tables.reading import read_table
from gazetteer.tables.table import Aside, ReadOptions, RowsTable, Table, as_text, free_name
from gazetteer.tables.writing import change_table, check_target, write_table
from gazetteer.values import Place, Reading

#: What a position is no finer than that says as much as the cell does, as a share of the cell's radius.
_AS_COARSE: Final = 0.95
#: The middle of the country, where nothing else says how large a cell is.
_MIDDLE: Final = LatLon(35.0, 38.5)
#: A place that is sensitive, of which nothing else is known.
_NOBODY: Final = Subject("", "", "")
#: How far beside its direction a place may be, as a share of its distance: one of eight directions.
_ASIDE: Final = math.tan(math.pi / 8)
#: How often a row is looked through again.
_ROUNDS: Final = 4
_RADIUS_COLUMN: Final = "uncertainty_m"
#: How many characters beside a position may say of what it is.
_AROUND: Final = 200


@dataclass(frozen=True, slots=True)
class Leak:
    """One revelation."""

    #: The number of the row, from 1; None for what stands beside the rows.
    row: int | None
    #: The column, or several with commas between; what of the file it is, beside the rows.
    column: str
    #: The id of the sensitive place; "" where the gazetteer doesn't know it.
    place_id: str
    #: How the position is written, or follows: "coordinates", "MGRS", "distances".
    how: str
    #: Metres within which the table says where the place is, and those that the tier allows.
    exact_to_m: float
    allowed_m: float
    #: What to change, in a sentence.
    advice: str


@dataclass(frozen=True, slots=True)
class LeaksAnswer:
    """The revelations of a table, the worst first."""

    tier: Tier
    rows: int
    leaks: tuple[Leak, ...]
    names: dict[str, str] = field(repr=False)  # of the places, by id
    table: Table = field(repr=False)
    _search: "_Search" = field(repr=False)

    @property
    def summary(self) -> dict[str, Any]:
        """Counts: rows, those that reveal something, revelations by how, and places by id."""
        return {
            "tier": self.tier,
            "rows": self.rows,
            "leaks": len(self.leaks),
            "rows_with_leaks": len({one.row for one in self.leaks} - {None}),
            "places": len({one.place_id for one in self.leaks} - {""}),
            "by_how": dict(Counter(one.how for one in self.leaks).most_common()),
        }

    def as_json(self) -> dict[str, Any]:
        """Return it in plain JSON types."""
        return {"summary": self.summary, "leaks": [asdict(one) for one in self.leaks]}

    def write(self, path: str | Path) -> tuple[Path, ...]:
        """Write a table of the revelations; return the files written.

        Raises
        ------
        TableError
            If it can't be written.
        """
        check_target(Path(path), self.table.source.path)
        rows = [list(astuple(one)) for one in self.leaks]
        write_table(path, RowsTable(tuple(one.name for one in fields(Leak)), rows))
        return (Path(path),)

    def write_fixed(self, path: str | Path) -> tuple[Path, ...]:
        """Write the table generalised to the tier; return the files written.

        Every row is there, in order, and every cell without a revelation as it was. A revealed position
        becomes the middle of its cell, with its radius. Other notations and links are taken out, beside
        the cells too. In its own format the rest of the file stays: sheets, styles, quotes, ids of features.
        In another format the table alone is written.

        Raises
        ------
        TableError
            If it can't be written.
        """
        check_target(Path(path), self.table.source.path)
        change_table(path, self.table, self._search.change())
        return (Path(path),)


def find_leaks(
    gazetteer: Lookups, table: str | Path | Table, *, tier: Tier = "public", reading: Reading
) -> LeaksAnswer:
    """Return what a table reveals; :meth:`gazetteer.Gazetteer.leaks` says more."""
    degrees = CELL_DEG.get(tier)
    if degrees is None:
        below = " or ".join(one for one in TIERS if CELL_DEG[one] is not None)
        raise InputError(f"a table is looked through for tier {below}, not {tier!r}", parameter="tier")
    options = ReadOptions(encoding=reading.encoding, sheet=reading.sheet, added=True)
    opened = table if isinstance(table, Table) else read_table(table, options)
    search = _Search(gazetteer, opened, reading, degrees)
    leaks, rows = search.all(options)
    names = {}
    for place_id in {one.place_id for one in leaks} - {""}:
        names[place_id] = gazetteer.place(place_id).name
    return LeaksAnswer(tier, rows, tuple(leaks), names, opened, search)


class _Search:
    """The search of one table for one tier."""

    def __init__(self, gazetteer: Lookups, table: Table, reading: Reading, degrees: float) -> None:
        self.degrees: float = degrees
        self.table, self._gazetteer = table, gazetteer
        self._reading = reading
        self._subjects = Subjects(gazetteer, table, reading.columns)
        read = self._subjects.columns
        self._ids = [n for n, one in enumerate(table.columns) if one == read.id]
        self._about = dict[int, Subject]()  # by row
        self._leaks: list[Leak] = []  # of the rows
        self._others: list[_Search] = []  # of other sheets
        self._revealing: set[str] = set()  # texts beside the cells
        self._own_ids = dict[str, Subject]()  # by the ids of rows
        self._clues = RowClues(table, latitude=read.latitude, longitude=read.longitude)
        self._mender = Mender(table, degrees=self.degrees, id_below=self._id_below)
        places = list(gazetteer.places())
        self._buildings = [one for one in places if one.sensitive and one.position_basis == "building"]
        self._open = [one for one in places if not one.sensitive]
        self._uncertainty = next((n for n, one in enumerate(table.columns) if one == read.uncertainty), None)
        self._precision = read.precision
        self._distances = Distances(table, self._subjects)

    # ------------------------------------------------------------------------------------ finding

    def all(self, options: ReadOptions) -> tuple[list[Leak], int]:
        """Return all revelations of the table and its file, the worst first, and the number of rows."""
        rows = self._of_rows({})
        found = [*self._leaks, *self._of_file()]
        for name in self.table.sheets:
            with suppress(TableError):  # nothing is in it
                sheet = (
                    self.table
                    if name == self.table.sheet
                    else read_table(self.table.source, replace(options, sheet=name))
                )
                if sheet is not self.table:
                    self._others.append(_Search(self._gazetteer, sheet, self._reading, self.degrees))
        for other in self._others:
            other._of_rows(self._own_ids)
            found += [
                replace(one, row=None, column=f"sheet {other.table.sheet}, row {one.row}, {one.column}")
                for one in other._leaks
            ]
        return sorted(found, key=_worst_first), rows

    def _of_rows(self, ids: Mapping[str, Subject]) -> int:
        """Find what the rows reveal, and return how many there are; `ids` are of rows of another sheet."""
        found, rows, circles = list[Leak](), 0, Circles()
        for chunk in self.table.chunks():
            for values in chunk.rows:
                rows += 1
                texts, shape = self._read(values)
                subject = self._subjects.of(texts)
                if subject is None and ids:  # another sheet, whose rows may have no more than an id
                    has_words = any(any(map(str.isalpha, text)) for text in texts)
                    subject = next((ids[one] for one in texts if one in ids), None if has_words else ids[""])
                if subject is not None:
                    self._about[rows] = subject
                    self._own_ids.setdefault("", _NOBODY)
                    self._own_ids.update({texts[n].strip(): subject for n in self._ids if texts[n].strip()})
                found += [self._leak(rows, one, who) for one, who in self._of_row(texts, shape, subject)]
                for about, column, circle in self._distances.of(texts, subject, self._own(texts, shape)):
                    circles.add(about, rows, column, circle)
        meeting = [one for one in circles.meeting() if self._is_finer(one[1])]
        self._leaks = found + [self._leak(row, clue, who) for row, clue, who in meeting]
        return rows

    def _of_file(self) -> Iterator[Leak]:
        """Yield what the file holds beside its cells, where the row, the words or the file tell of whom."""
        path = self.table.source.path
        called = [Aside("file name", path.name)] if path else []
        for aside in chain(called, (Aside("header", one) for one in self.table.columns), self.table.asides()):
            for found in positions_in(aside.text):
                clue = Clue((aside.where,), found.how, found.exact_m, found.position)
                about = self._about.get(aside.row) if aside.row is not None else None
                words = aside.text[max(0, found.start - _AROUND) : found.end + _AROUND]
                if about is None and (names_facility(words) or (self._about and aside.row is None)):
                    about = _NOBODY
                if about is not None and self._is_finer(clue):
                    self._revealing.add(aside.text)
                    yield self._leak(aside.row, clue, about)

    def _read(self, values: Sequence[Any]) -> tuple[list[str], Any]:
        at = self._clues.geometry
        texts = ["" if n == at else as_text(value) for n, value in enumerate(values)]
        return texts, None if at is None else values[at]

    def _of_row(
        self, texts: Sequence[str], shape: Any, subject: Subject | None
    ) -> Iterator[tuple[Clue, Subject]]:
        """Yield what of a row reveals a place, and which."""
        for clue in self._clues.listed(texts):
            place = self._sensitive(clue.place_id)
            if place is not None and not is_ours(clue.place_id):
                yield self._of_id(clue.columns[0], place)
            elif place is not None and self._is_finer(clue):
                yield clue, Subject(place.id, place.id, place.name)
        ids = {self.table.columns[n]: place for n, place in self._subjects.outside_ids(texts)}
        for column, place in ids.items():
            yield self._of_id(column, place)
        is_told = False
        for clue in self._clues.of(texts, shape, addresses=subject is not None):
            about = subject or self._at_a_building(clue, texts)
            if not about or not self._is_finer(clue) or ids.keys() >= {*clue.columns}:
                continue
            if not self._says_no_more(clue, subject, texts):
                is_told |= clue.position is not None
                yield clue, about
        if nearest := self._distances.nearest(texts, self._own(texts, shape)):
            about, column, circle = nearest
            clue = Clue((column,), DISTANCES, circle.distance_m + circle.tolerance_m)
            if self._is_finer(clue):
                yield clue, about
        for clue in self._distances.along(texts) if subject is not None else ():
            if self._is_finer(clue):
                yield clue, subject or _NOBODY
        if subject is not None and not is_told:
            yield from self._offset(texts, subject)

    def _of_id(self, column: str, place: Place) -> tuple[Clue, Subject]:
        clue = Clue((column,), AN_ID, OBJECT_M, place_id=place.id)
        return clue, Subject(place.id, place.id, place.name)

    def _is_finer(self, clue: Clue) -> bool:
        """Tell whether a clue says more than a cell of the tier does."""
        if clue.exact_m >= self._allowed_m(clue.position) * _AS_COARSE:
            return False
        return clue.position is None or not any(
            _is_middle(one, degrees) for one in _both_ways(clue.position) for degrees in self._larger()
        )

    def _larger(self) -> list[float]:
        return [side for side in CELL_DEG.values() if side is not None and side >= self.degrees]

    def _says_no_more(self, clue: Clue, subject: Subject | None, texts: Sequence[str]) -> bool:
        """Tell whether a position is that of a town that the row names, or with a wide radius that of any."""
        if clue.position is None or subject is None:
            return False
        is_wide = self._stated_m(texts) >= self._allowed_m(clue.position)
        return any(
            abs(one.position.latitude - clue.position.latitude) < 0.01
            and same_point(clue.position, one.position, exact_m=clue.exact_m)
            and (is_wide or self._subjects.has_name_of(one, texts))
            for one in self._open
        )

    def _id_below(self, place_id: str) -> str:
        """Return what the tier calls a sensitive place; other ids as they are."""
        place = self._sensitive(place_id)
        if place is None:
            return place_id
        return place.id if is_ours(place.id) else self._below.place_in_file(place.id).id

    @cached_property
    def _below(self) -> Lookups:
        return self._gazetteer.generalised(self.degrees)

    def _stated_m(self, texts: Sequence[str]) -> float:
        """Return the radius that a row states for its position, in metres; 0 for none."""
        if self._uncertainty is not None and (text := texts[self._uncertainty].strip()):
            try:
                return float(text) if text.replace(".", "", 1).isdigit() else read_length(text)
            except UnitError:
                return 0.0
        if self._precision is not None:
            code = texts[self.table.columns.index(self._precision)]
            stated = stated_radius(code, column=self._precision)
            return stated if isinstance(stated, float) else AREA_RADII_M.get(str(stated), 0.0)
        return 0.0

    def _at_a_building(self, clue: Clue, texts: Sequence[str]) -> Subject | None:
        """Return the facility known by its building at which a position is, where the row names nothing."""
        if clue.position is None:
            return None
        for place in self._buildings:
            near_lat = abs(place.position.latitude - clue.position.latitude) < 0.02
            if near_lat and distance_m(place.position, clue.position) <= place.uncertainty_m:
                own = self._subjects.own_place(texts)
                if own is not None and same_point(clue.position, own.position, exact_m=clue.exact_m):
                    return None
                return Subject(place.id, place.id, place.name)
        return None

    def _offset(self, texts: Sequence[str], subject: Subject) -> Iterator[tuple[Clue, Subject]]:
        """Yield a distance and a direction from a known place, which are a position."""
        for n, text in enumerate(texts):
            for found in distances_in(text):
                if not found["way"]:
                    continue
                column = self.table.columns[n]
                if "town" in found.groupdict():  # whose middle it is, the row says elsewhere
                    clue = Clue((column,), DISTANCES, read_length(found["length"]) * _ASIDE)
                    if self._is_finer(clue):
                        yield clue, subject
                    continue
                place = self._gazetteer.resolve(found[0], limit=1).best
                if place is not None and place.place.kind.value == "point":
                    exact_m = place.place.uncertainty_m
                    if exact_m < self._allowed_m(place.place.position) * _AS_COARSE:
                        yield Clue((column,), DISTANCES, exact_m), subject

    def _own(self, texts: Sequence[str], shape: Any) -> LatLon | None:
        """Return the row's own position, where a distance from it is of use."""
        if not self._distances.has_nearest:
            return None
        clues = self._clues.of(texts, shape, addresses=False)
        return next((one.position for one in clues if one.position and self._is_finer(one)), None)

    def _sensitive(self, place_id: str) -> Place | None:
        try:
            place = self._gazetteer.place(place_id)
        except NotFoundError:
            return None
        return place if place.sensitive else None

    def _allowed_m(self, position: LatLon | None) -> float:
        return cell_radius_m(cell_centre(position or _MIDDLE, degrees=self.degrees), degrees=self.degrees)

    def _leak(self, row: int | None, clue: Clue, subject: Subject) -> Leak:
        allowed_m = round(self._allowed_m(clue.position), 1)
        exact_m = round(clue.exact_m, 1)
        advice = self._advice(clue)
        return Leak(row, ", ".join(clue.columns), subject.place_id, clue.how, exact_m, allowed_m, advice)

    def _advice(self, clue: Clue) -> str:
        if clue.position is not None and (len(clue.columns) == 2 or clue.how == "a geometry"):
            middle = cell_centre(clue.position, degrees=self.degrees)
            radius = format_length(self._allowed_m(clue.position))
            at = f"{middle.latitude:g}, {middle.longitude:g}"
            return f"write the middle of its cell, {at}, and a radius of {radius}"
        if clue.how == DISTANCES:
            return "take the distances out, or all but one of them"
        if clue.how == "an address":
            return "name the town alone"
        if clue.how == AN_ID:
            return f"write {self._id_below(clue.place_id)}"
        if clue.columns in (("file name",), ("header",)):
            return "give it another name"
        return "take it out"

    # ------------------------------------------------------------------------------------ mending

    def change(self) -> Change:
        """Return what has to be changed so that the file reveals nothing."""
        added = free_name(_RADIUS_COLUMN, self.table.columns, "cell_")
        own = self._changed(added)
        cells = {one.table.sheet or "": one._changed("") for one in self._others}
        is_put = any(added in new for new in own.values())
        return Change({**cells, self.table.sheet or "": own}, added if is_put else "", self._mend_aside)

    def _mend_aside(self, text: str) -> str:
        return cut(text, "") if text in self._revealing else text

    def _changed(self, added: str) -> dict[int, dict[str, Any]]:
        """Return the new values of rows that reveal something; `added` is a column for the radius."""
        distances = dict[int, list[str]]()
        for one in self._leaks:
            if one.row is not None:
                distances.setdefault(one.row, []).extend(
                    one.column.split(", ") if one.how == DISTANCES else ()
                )
        changed = dict[int, dict[str, Any]]()
        rows = (row for chunk in self.table.chunks() for row in chunk.rows) if distances else ()
        for number, values in enumerate(rows, start=1):
            if number in distances:
                row, put = self._mended(number, values, distances[number])
                cells = zip(self.table.columns, values, row, strict=True)
                new = {name: value for name, old, value in cells if value is not old}
                changed[number] = new | ({added: self._mender.radius_m(put)} if put and added else {})
        return changed

    def _mended(
        self, number: int, values: Sequence[Any], distances: Sequence[str]
    ) -> tuple[list[Any], LatLon | None]:
        """Return a row without what it reveals, and the middle of a cell whose radius no column takes."""
        row, put = list(values), None
        clues = [Clue((name,), DISTANCES, 0.0) for name in distances if name in self.table.columns]
        for _ in range(_ROUNDS):  # behind one position in a text another may stand
            clues += self._clues_of(number, row)
            if not clues:
                break
            row, moved = self._mender.row(row, clues)
            put, clues = put or moved, []
        for name in {
            name for clue in self._clues_of(number, row) for name in clue.columns
        }:  # in whatever way
            n = self.table.columns.index(name)
            row[n] = "" if isinstance(row[n], str) else None
        return row, put

    def _clues_of(self, number: int, values: Sequence[Any]) -> list[Clue]:
        texts, shape = self._read(values)
        return [clue for clue, _ in self._of_row(texts, shape, self._about.get(number))]


def _worst_first(leak: Leak) -> tuple[float, float]:
    """Order by how much finer than allowed a revelation is, then by row."""
    return leak.exact_to_m / leak.allowed_m, math.inf if leak.row is None else leak.row


def _both_ways(position: LatLon) -> Iterator[LatLon]:
    yield position
    yield LatLon(position.longitude, position.latitude)


def _is_middle(position: LatLon, degrees: float) -> bool:
    middle = cell_centre(position, degrees=degrees)
    return max(abs(middle.latitude - position.latitude), abs(middle.longitude - position.longitude)) < 1e-6
