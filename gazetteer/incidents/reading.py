"""Incidents from a table, in any format. No row is dropped: one without a position says why in its problems.

The position of a row, with its radius, is the first of these that it has: its own coordinates or point; what
``gazetteer enrich`` wrote; what a saved answer about incidents holds; its place name, resolved with the areas
beside it. Names that an enriched table left open stay open. Coordinates without a radius and without a code
of precision count as exact (0 m). Where their code means a named town, and the row names one that lies there,
they have the radius that holds this town.

Several places of one incident come from its name, from ``gaz_places`` of an enriched table, or from the rows
of one ``gaz_row``, of which the first stands for all. What a name may mean comes from ``gaz_confidence`` and
``gaz_alternatives`` of an enriched table, else from resolving it. An enriched position without a confidence
is sure: a person decided it.

Coordinates are read row by row. All other cells that tell where a row was, its *clues*, repeat in a table,
and are read once for each different set.
"""

import datetime
import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt

from gazetteer.errors import TableError
from gazetteer.files import no_collection
from gazetteer.geodesy import LatLon, distance_m
from gazetteer.incidents.columns import ANSWER_POSITION, GAZ_POSITION, find_columns, is_gaz, normal_name
from gazetteer.incidents.incident import Fault, Incident, Incidents, Origin, RadiusFrom
from gazetteer.incidents.names import NamedPositions, is_either
from gazetteer.incidents.row import (
    Mention,
    RowReader,
    cells_of,
    is_blank,
    mention_cells,
    mention_columns,
    mention_of,
    read_radii,
)
from gazetteer.incidents.spots import (
    Candidate,
    Fix,
    Manner,
    Meaning,
    Meanings,
    Numbering,
    Several,
    Spots,
    exclusive,
)
from gazetteer.kinds import PlaceKind
from gazetteer.lookups import Lookups
from gazetteer.notation.dates import DayOrder, read_date_column
from gazetteer.notation.positions import AT_ZERO, read_pairs
from gazetteer.notation.precision import AREA_RADII_M
from gazetteer.points import Floats, Integers
from gazetteer.reading.calibration import RIGHT_M, Calibration
from gazetteer.tables.reading import read_table
from gazetteer.tables.table import Chunk, ReadOptions, Source, Table, as_text
from gazetteer.values import ColumnChoice, common_start, counted

#: Problems by number, in sentences.
_Sentences = defaultdict[int, list[str]]
#: Called with how much is done, and of how much.
Progress = Callable[[int, int], None]

_ORIGINS: Final[tuple[Origin, ...]] = ("", "coordinates", "enriched", "answer", "name")
_RADII_FROM: Final[tuple[RadiusFrom, ...]] = ("", "column", "precision", "place", "assumed")
_NOWHERE, _COORDINATES, _ENRICHED, _ANSWER, _NAME = range(5)
_UNKNOWN, _COLUMN, _PRECISION, _PLACE, _ASSUMED = range(5)
#: Where a row was; numbers are those of :class:`_Reading`. "clues" is -1 where a row has coordinates; "area"
#: is the number of the areas as written until they are looked up; "town" that of what names the town which
#: the coordinates stand for, -1 where they don't.
_Location = npt.NDArray[np.void]
_LOCATION: Final = np.dtype(
    [
        *((name, np.float64) for name in ("latitude", "longitude", "radius_m")),
        *((name, np.intp) for name in ("radius_from", "origin", "place", "area", "meaning", "clues", "town")),
    ]
)
_NO_PLACE: Final = np.array((np.nan, np.nan, 0.0, _UNKNOWN, _NOWHERE, 0, 0, -1, -1, -1), dtype=_LOCATION)
_GAZ_PCODES: Final = ("gaz_adm1_pcode", "gaz_adm2_pcode", "gaz_adm3_pcode")
#: What tells the place of a name and its candidates, beside the position.
_WRITTEN: Final = tuple(
    f"gaz_{name}" for name in "status kind confidence alternatives places generalised_to_deg place_id".split()
)
_OURS: Final = (*GAZ_POSITION, *_WRITTEN, *ANSWER_POSITION)
#: What a text that is no list of places raises; a wrong coordinate is a ValueError too, and a number
#: of 400 digits an OverflowError.
_NOT_PLACES: Final = (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError)
_KINDS: Final = frozenset(PlaceKind)
#: What tells a table of draws, :mod:`gazetteer.enrich.draws`.
_OF_DRAWS: Final = frozenset({"gaz_row", "draw", "gaz_place_number"})
_SHOWN_EVERY: Final = 50


def read_incidents(
    table: str | Path | Source | Table,
    gazetteer: Lookups,
    *,
    columns: ColumnChoice | None = None,
    encoding: str | None = None,
    sheet: str | None = None,
    order: DayOrder | None = None,
    progress: Progress | None = None,
) -> Incidents:
    """Read a table of incidents, enriched or not.

    Parameters
    ----------
    table
        A file in any format of :mod:`gazetteer.tables`, or a table that is open.
    gazetteer
        Resolves place names where rows have no coordinates, and knows where the country is.
    columns
        The columns that matter, where their names don't tell.
    encoding, sheet
        The encoding of a text; the sheet of a workbook or the layer of a GeoPackage.
    order
        Whether the day or the month comes first in "05/06/2016"; None lets the column decide.
    progress
        Called with how many different names are resolved, and of how many.

    Returns
    -------
    Incidents
        One for each row, in order; one for all rows of one ``gaz_row``.

    Raises
    ------
    TableError
        If the table can't be read, has neither positions nor a place column, or holds several draws.
    """
    if not isinstance(table, Table):
        table = read_table(table, ReadOptions(encoding=encoding, sheet=sheet))
    found = find_columns(table.columns, columns, tags=table.tags, has_points=table.geometry is not None)
    geometry = None if table.geometry is None or is_gaz(table.geometry) else table.geometry
    reading = _Reading(table, RowReader(gazetteer, found, geometry), gazetteer)
    if not reading.has_positions:
        found.require_place(table.columns, others=[name for name in table.sheets if name != table.sheet])
    with no_collection() if table.is_text else nullcontext():
        return reading.incidents(order, progress, gazetteer.calibration)


class _Reading:
    """One table, being read: its rows a chunk at a time, then what tells where they were."""

    def __init__(self, table: Table, reader: RowReader, gazetteer: Lookups) -> None:
        self._table, self._reader, self._named = table, reader, NamedPositions(gazetteer)
        self._ours = {normal_name(name): name for name in reversed(table.columns)}
        clues = (*mention_columns(reader.columns), *map(self._ours.get, _OURS))
        self._clue_columns = tuple(dict.fromkeys(name for name in clues if name is not None))
        self._codes = [self._ours[name] for name in _GAZ_PCODES if name in self._ours]
        self._clues, self._area_cells, self._dates, self._kinds = (Numbering() for _ in range(4))
        self._towns = Numbering()
        self._meanings, self._draws = Numbering(), Numbering()
        self._gaz_rows, self._places, self._areas = Numbering({"": 0}), Numbering({"": 0}), Numbering({(): 0})
        self._row_problems, self._clue_problems = _Sentences(list), _Sentences(list)
        self._faults: list[Fault] = []
        self._sides: dict[str, float | None] = {}
        self._either: set[int] = set()
        self._swapped = 0

    @property
    def has_positions(self) -> bool:
        """Whether the table has positions, its own or computed ones."""
        computed = {GAZ_POSITION[0], ANSWER_POSITION[0]}
        return self._reader.has_positions or not computed.isdisjoint(self._ours)

    def incidents(
        self, order: DayOrder | None, progress: Progress | None, promises: Calibration
    ) -> Incidents:
        """Return the incidents of the table."""
        parts = [(np.empty(0, dtype=_LOCATION), np.empty((0, 3), dtype=np.intp))]
        count = 0
        for chunk in self._table.chunks():
            parts.append(self._read(chunk, count))
            count += len(chunk)
        rows, numbers = (np.concatenate(part) for part in zip(*parts, strict=True))
        date, kind, gaz_row = numbers.T
        self._place(rows, progress)
        first = self._joined(rows, gaz_row)
        dates = _Dates.read(date, list(self._dates), order)
        faults = (*self._faults, *dates.faults(first))
        kept = None if len(first) == count else frozenset(first.tolist())
        ids = np.array(list(self._gaz_rows), dtype=object)[gaz_row]
        source = _TableSource(
            self._table, self._reader, rows, self._row_problems, self._clue_problems, dates, ids, self._sides
        )
        some = rows if len(first) == count else rows[first]
        spots, spot = Spots.among(
            some["latitude"], some["longitude"], some["radius_m"], some["place"], list(self._places)
        )
        meanings, spots = Meanings.among(list(self._meanings), spots)
        return Incidents(
            source=source,
            rows=first,
            spots=spots,
            spot=spot,
            meanings=meanings,
            meaning=some["meaning"].copy(),
            first_days=dates.first[date[first]],
            last_days=dates.last[date[first]],
            radius_assumed=some["radius_from"] == _ASSUMED,
            areas=tuple(self._areas),
            area=some["area"].copy(),
            kinds=tuple(frozenset(cell.strip().casefold() for cell in one) - {""} for one in self._kinds),
            kind=kind[first],
            notes=(*self._table.notes, *self._notes(count - len(first)), *dates.notes),
            faults=tuple(sorted(one for one in faults if kept is None or one.row in kept)),
            calibration=promises,
        )

    def _read(self, chunk: Chunk, start: int) -> tuple[_Location, npt.NDArray[np.intp]]:
        """Return where the rows of a chunk were, and the numbers of their dates, kinds and ``gaz_row``."""
        if self._ours.keys() >= _OF_DRAWS:
            self._draws.numbers(self._texts(chunk, "draw"))
            if len(self._draws) > 1:  # as one incident they would be at each of their positions
                raise TableError(
                    f"{self._table.source.name} holds several draws of each row: hand in one draw at a time, "
                    "or the table that they were drawn from",
                    parameter="table",
                )
        own = self._reader.positions(chunk)
        radii, known = self._reader.radii(chunk, own), own.known
        for sentences in (own.unread, own.problems, radii.unread, radii.problems):
            for row, sentence in sentences.items():
                self._row_problems[start + row].append(sentence)
        self._faults += (Fault(start + row, "position", sentence) for row, sentence in own.unread.items())
        self._faults += (Fault(start + row, "radius", sentence) for row, sentence in radii.unread.items())
        self._swapped += int((own.swapped & known).sum())
        stated = ~np.isnan(radii.metres)
        placed = np.full(len(chunk), _NO_PLACE)
        placed["latitude"], placed["longitude"] = own.latitudes, own.longitudes
        placed["radius_m"] = np.where(known & stated, radii.metres, 0.0)
        placed["radius_from"] = np.where(known, np.where(stated, _COLUMN + radii.by_code, _ASSUMED), _UNKNOWN)
        placed["origin"] = np.where(known, _COORDINATES, _NOWHERE)
        nowhere = np.flatnonzero(~known)
        some = chunk if len(nowhere) == len(chunk) else chunk.take(nowhere.tolist())
        placed["clues"][nowhere] = self._clues.numbers(cells_of(some, self._clue_columns))
        columns, in_town = self._reader.columns, np.flatnonzero(radii.of_town)
        if len(in_town):
            named = mention_cells(chunk.take(in_town.tolist()), columns)
            placed["town"][in_town] = self._towns.numbers(named)
        placed["area"] = _numbers(self._area_cells, chunk, (*self._codes, *columns.admin))
        numbers = (
            _numbers(self._dates, chunk, (columns.date, columns.date_end)),
            _numbers(self._kinds, chunk, columns.kinds),
            self._gaz_rows.numbers(map(str.strip, self._texts(chunk, "gaz_row")))
            if "gaz_row" in self._ours
            else np.zeros(len(chunk), dtype=np.intp),
        )
        return placed, np.stack(numbers, axis=1)

    def _texts(self, chunk: Chunk, ours: str) -> list[str]:
        """Return a column that we have added, as text; empty cells where the table lacks it."""
        name = self._ours.get(ours)
        return [""] * len(chunk) if name is None else chunk.texts(name)

    def _place(self, rows: _Location, progress: Progress | None) -> None:
        """Add to each row its areas, and to one without coordinates the position that its clues give."""
        codes = len(self._codes)
        areas = (each[:codes] if any(each[:codes]) else each[codes:] for each in self._area_cells)
        rows["area"] = self._areas.numbers(map(self._named.areas, areas))[rows["area"]]
        cells = Chunk(self._clue_columns, list(self._clues), is_text=True)
        placed = np.full(len(cells), _NO_PLACE)
        self._add_computed(placed, cells, GAZ_POSITION, _ENRICHED)
        self._add_computed(placed, cells, ANSWER_POSITION, _ANSWER)
        self._add_places(placed, cells, progress)
        nowhere = np.flatnonzero(rows["clues"] >= 0)
        for name in ("latitude", "longitude", "radius_m", "radius_from", "origin", "place", "meaning"):
            rows[name][nowhere] = placed[name][rows["clues"][nowhere]]
        unstated = nowhere[rows["area"][nowhere] == self._areas[()]]
        rows["area"][unstated] = placed["area"][rows["clues"][unstated]]
        self._fit_to_towns(rows)

    def _fit_to_towns(self, rows: _Location) -> None:
        """Give coordinates that stand for a town which the row names the radius that holds it."""
        towns = [self._named.towns(mention_of(cells)) for cells in self._towns]
        at, spots = np.flatnonzero(rows["town"] >= 0), Numbering()
        columns = (rows[name][at].tolist() for name in ("town", "latitude", "longitude"))
        which = spots.numbers(zip(*columns, strict=True))
        radii_m = [_town_radius_m(LatLon(*degrees), towns[number]) for number, *degrees in spots]
        rows["radius_m"][at] = np.array(radii_m, dtype=np.float64)[which]

    def _add_computed(
        self, placed: _Location, cells: Chunk, names: tuple[str, str, str], origin: int
    ) -> None:
        """Add positions that a gazetteer computed, where there is none yet.

        Problems don't quote them, since not everybody may see them.
        """
        latitudes, longitudes, radii = (self._texts(cells, name) for name in names)
        if not {names[0], names[1]} <= self._ours.keys():
            return
        found, (radii_m, unread) = read_pairs(latitudes, longitudes), read_radii(radii)
        free = placed["origin"] == _NOWHERE
        at, stated = free & found.known & ~found.swapped, ~np.isnan(radii_m)
        placed["latitude"][at], placed["longitude"][at] = found.latitudes[at], found.longitudes[at]
        placed["radius_m"][at] = np.where(stated, radii_m, 0.0)[at]
        placed["radius_from"][at] = np.where(stated, _COLUMN, _ASSUMED)[at]
        placed["origin"][at] = origin
        for number in {*found.unread, *np.flatnonzero(found.swapped).tolist()}:
            if free[number]:
                self._clue_problems[number].append(
                    f"{names[0]} and {names[1]} hold no position in decimal degrees"
                )
        for number, sentence in unread.items():
            if at[number]:
                self._clue_problems[number].append(sentence)

    def _add_places(self, placed: _Location, cells: Chunk, progress: Progress | None) -> None:
        """Add the places that names lead to, and what else the names may mean.

        Enriching has tried each name, and where it accepted no answer there is none.
        """
        is_enriched = GAZ_POSITION[0] in self._ours
        names, mentions = mention_cells(cells, self._reader.columns), self._reader.mentions(cells)
        written = list(zip(*(self._texts(cells, name) for name in _WRITTEN), strict=True))
        open_ = placed["origin"] != _ANSWER if is_enriched else placed["origin"] == _NOWHERE
        numbers = np.flatnonzero(open_).tolist()
        for done, at in enumerate(numbers, start=1):
            mention = mentions[at]
            if is_enriched:
                found, candidates = self._written(at, placed[at], mention, written[at])
            else:
                found, candidates = self._named.look_up(mention)
            if candidates or mention.names:
                manner: Manner = "one" if isinstance(found, str) else found.manner
                meaning = Meaning(names[at], candidates, manner, bool(mention.areas))
                placed["meaning"][at] = self._meanings[meaning]
            if isinstance(found, str):
                self._clue_problems[at].append(f"no position: {found}")
            else:
                self._put(placed[at], found)
            is_shown = done % _SHOWN_EVERY == 0 or done == len(numbers)
            if progress is not None and is_shown and not is_enriched:
                progress(done, len(numbers))

    def _put(self, placed: np.void, found: Fix | Several) -> None:
        """Put something at one place or at several; where enriching wrote the position that stays."""
        self._sides.update({one.place_id: side for one in found.fixes if (side := one.generalised_to_deg)})
        placed["place"] = self._places[found if isinstance(found, Several) else found.place_id]
        if placed["origin"] == _NOWHERE:
            fix = found.around
            placed["latitude"], placed["longitude"] = fix.position.latitude, fix.position.longitude
            placed["radius_m"], placed["radius_from"] = fix.uncertainty_m, _PLACE
            placed["origin"], placed["area"] = _NAME, self._areas[fix.admin]

    def _written(
        self, at: int, placed: np.void, mention: Mention, cells: tuple[str, ...]
    ) -> tuple[Fix | Several | str, tuple[Candidate, ...]]:
        """Return the place or the several that enriching wrote, or why there is none; and the candidates."""
        status, kind, confidence, alternatives, places, side, place_id = cells
        if status.strip() == "several" and is_either(mention):
            self._either.add(at)
        found: Fix | str = f"the place name is {status or 'unresolved'}"
        candidates: list[Candidate] = []
        if placed["origin"] == _ENRICHED:
            radius_m = self._named.reach_m(place_id.strip(), float(placed["radius_m"]))
            position = LatLon(float(placed["latitude"]), float(placed["longitude"]))
            found, placed["radius_m"] = Fix(position, radius_m, (), place_id.strip()), radius_m
            listed = () if found.place_id else self._listed(at, places, "gaz_places holds no list of places")
            if len(listed) > 1:
                return Several(tuple(one.fix for one in listed), is_either(mention)), listed
            try:
                share = 1.0 if is_blank(confidence) else _share(confidence)
            except ValueError:
                self._clue_problems[at].append("gaz_confidence holds no probability from 0 to 1")
                return found, ()
            # In a cell there is no middle, however wide it says that the cell is.
            known = _kind_of(kind.strip()) if is_blank(side) else None
            candidates.append(Candidate(replace(found, kind=known), share))
        if status.strip() != "several":
            wrong = "gaz_alternatives holds no list of places with their confidences"
            candidates += self._listed(at, alternatives, wrong)
        return found, exclusive(candidates)

    def _listed(self, at: int, text: str, wrong: str) -> tuple[Candidate, ...]:
        """Return the places of a list in JSON with their confidences; else note what is wrong."""
        if is_blank(text):
            return ()
        try:
            return tuple(Candidate(self._fix(one), _share(one["confidence"])) for one in json.loads(text))
        except _NOT_PLACES:
            self._clue_problems[at].append(wrong)
            return ()

    def _fix(self, one: Mapping[str, Any]) -> Fix:
        """Return a place of such a list; raises one of `_NOT_PLACES`."""
        radius_m, side, place_id = float(one["uncertainty_m"]), one.get("generalised_to_deg"), one["place_id"]
        if not 0.0 <= radius_m < np.inf:
            raise ValueError("no radius")
        return Fix(
            LatLon(float(one["latitude"]), float(one["longitude"])),
            self._named.reach_m(str(place_id), radius_m),
            (),
            str(place_id),
            None if side is None else float(side),
            _kind_of(one.get("kind")),
        )

    def _joined(self, rows: _Location, gaz_row: Integers) -> Integers:
        """Return the first row of each incident, and put it at the places of all its rows.

        Rows of one ``gaz_row`` are one incident. Several positions are taken from what enriching wrote; a row
        that brings coordinates has them on every one of its rows.
        """
        each = np.arange(len(rows))
        if not gaz_row.any():
            return each
        keys = np.where(gaz_row > 0, gaz_row, -1 - each)  # without a number a row is its own
        _, firsts, counts = np.unique(keys, return_index=True, return_counts=True)
        order, ends = np.argsort(keys, kind="stable"), np.cumsum(counts)
        places, chains, meanings = list(self._places), list(self._areas), list(self._meanings)
        for at in np.flatnonzero(counts > 1).tolist():
            group = order[ends[at] - counts[at] : ends[at]]
            first = rows[group[0]]
            parts = rows[group[rows["origin"][group] == _ENRICHED]]
            fixes = dict.fromkeys(fix for part in parts for fix in _fixes(part, places[part["place"]]))
            if len(fixes) < 2 or first["origin"] != _ENRICHED:
                continue
            several = Several(tuple(fixes), int(first["clues"]) in self._either)
            common = chains[first["area"]]
            for chain in parts["area"].tolist():
                common = common[: common_start(common, chains[chain])]
            meant: list[Meaning] = [meanings[number] for number in parts["meaning"].tolist() if number >= 0]
            candidates = {
                (one.fix.position, one.fix.place_id): one for meaning in meant for one in meaning.candidates
            }
            name, in_area = (meant[0].name, meant[0].in_area) if meant else (None, False)
            meaning = Meaning(name, tuple(candidates.values()), several.manner, in_area)
            around = several.around
            first["latitude"], first["longitude"] = around.position.latitude, around.position.longitude
            first["radius_m"] = around.uncertainty_m
            first["place"], first["area"] = self._places[several], self._areas[common]
            first["meaning"] = self._meanings[meaning]
        return np.sort(firsts)

    def _notes(self, joined: int) -> Iterator[str]:
        """Yield what a person should know of how positions were read."""
        if self._swapped:
            swapped = counted(self._swapped, "row")
            yield f"latitude and longitude were swapped in {swapped}, and have been corrected"
        for about, words in (
            ("position", "coordinates that can't be read, and placed by name if at all"),
            ("radius", "a radius that can't be read, and taken to be anywhere in the country"),
        ):
            if rows := sum(fault.about == about for fault in self._faults):
                yield f"{counted(rows, 'row')} with {words}"
        if rows := sum(AT_ZERO in sentences for sentences in self._row_problems.values()):
            yield f"{counted(rows, 'row')} with 0, 0, which is no position, and placed by name if at all"
        if GAZ_POSITION[0] in self._ours and not {"gaz_confidence", "draw"} & self._ours.keys():
            yield "the table has no gaz_confidence: the places of its names are taken as sure"
        if joined:
            same = "rows with the same gaz_row are counted once"
            yield f"{counted(joined, 'row')} with a further place of an incident: {same}"


def _numbers(cells: Numbering, chunk: Chunk, columns: Sequence[str | None]) -> Integers:
    """Return of each row the number of its cells in some columns."""
    if all(name is None for name in columns):
        return np.full(len(chunk), cells[("",) * len(columns)])
    return cells.numbers(cells_of(chunk, columns))


def _share(value: Any) -> float:
    """Return a probability, or raise ValueError or TypeError."""
    share = float(value)
    if not 0.0 <= share <= 1.0:
        raise ValueError("no share")
    return share


def _town_radius_m(position: LatLon, towns: Sequence[Fix]) -> float:
    """Return the radius round a position that holds the town there; that of any town where none is known."""
    for town in towns:
        away_m = distance_m(position, town.position)
        if away_m <= max(town.uncertainty_m, RIGHT_M):
            return town.uncertainty_m + away_m
    return AREA_RADII_M["town"]


def _kind_of(word: object) -> PlaceKind | None:
    """Return the kind that a table has; None for an unknown word."""
    return PlaceKind(str(word)) if word in _KINDS else None


def _fixes(row: np.void, place: str | Several) -> tuple[Fix, ...]:
    """Return the positions that enriching wrote into a row."""
    if isinstance(place, Several):
        return place.fixes
    position = LatLon(float(row["latitude"]), float(row["longitude"]))
    return (Fix(position, float(row["radius_m"]), (), place),)


@dataclass(frozen=True, slots=True, eq=False)
class _Dates:
    """The dates of a table's rows, of which each different one, the first with the last day, has a number."""

    number: Integers  # of each row
    first: Floats  # of each date
    last: Floats
    problems: Mapping[int, str]  # by date
    notes: tuple[str, ...]

    @classmethod
    def read(cls, number: Integers, cells: Sequence[tuple[str, str]], order: DayOrder | None) -> Self:
        """Read first and last days as one column, which shows whether day or month comes first."""
        texts = [*(first for first, _ in cells), *(last for _, last in cells)]
        filled = ["" if is_blank(text) else text for text in texts]
        read = read_date_column(filled, order=order)
        count = len(cells)
        first, last, until = read.first[:count], read.last[:count], read.last[count:]
        later = until >= first  # false for NaN, which is no date
        misfits = np.flatnonzero(np.array([text != "" for text in filled[count:]], bool) & ~later).tolist()
        undecided = read.undecided[read.undecided < count].tolist()
        unreadable = read.unreadable[read.unreadable < count].tolist()
        problems = {
            **{one: "{} to {} is no span of days".format(*map(repr, cells[one])) for one in misfits},
            **{one: f"{cells[one][0]!r} may have the day or the month first" for one in undecided},
            **{one: f"{cells[one][0]!r} is not a date (write 2016-05-30)" for one in unreadable},
        }
        rows = np.bincount(number, minlength=count)
        faults = (
            (unreadable, "{} of {} dates can't be read, such as {!r}"),
            (misfits, "{0} rows have a last day that doesn't fit the first, such as {2!r} to {3!r}"),
            (
                undecided,
                "{} of {} dates, such as {!r}, may have the day or the month first, and count as not "
                "known: say which with --dayfirst or --monthfirst",
            ),
        )
        notes = (
            words.format(rows[dates].sum(), len(number), *cells[dates[0]]) for dates, words in faults if dates
        )
        first[misfits] = last[misfits] = np.nan
        return cls(number, first, np.where(later, until, last), problems, tuple(notes))

    def faults(self, rows: Integers) -> Iterator[Fault]:
        """Yield the faults of dates in some rows."""
        for row in rows[np.isin(self.number[rows], list(self.problems))].tolist():
            yield Fault(row, "date", self.problems[int(self.number[row])])


@dataclass(frozen=True, slots=True, eq=False)
class _TableSource:
    """What incidents are made from: their table, and what was read of each of its rows."""

    opened: Table
    reader: RowReader
    placed: _Location
    row_problems: _Sentences  # by row
    clue_problems: _Sentences  # by the number of a row's clues
    dates: _Dates
    gaz_row: Sequence[str]
    generalised: Mapping[str, float | None]

    def table(self) -> Table:
        """Return the table."""
        return self.opened

    def count(self) -> int:
        """Return how many rows it has."""
        return len(self.placed)

    def sides(self) -> Mapping[str, float | None]:
        """Return the cells that places were generalised to."""
        return self.generalised

    def made(self, incidents: Incidents, numbers: Sequence[int]) -> Iterator[Incident]:
        """Yield some incidents by their numbers, which rise."""
        wanted = iter(numbers)
        number = next(wanted, None)
        start = 0
        for chunk in self.opened.chunks():
            if number is None:
                return
            mentions: list[Mention] | None = None
            while number is not None and (row := int(incidents.rows[number])) < start + len(chunk):
                mentions = mentions or self.reader.mentions(chunk)
                cells = dict(zip(chunk.columns, map(as_text, chunk.rows[row - start]), strict=True))
                yield self._made(incidents, number, row, cells, mentions[row - start])
                number = next(wanted, None)
            start += len(chunk)

    def _made(
        self, incidents: Incidents, number: int, row: int, cells: dict[str, str], mention: Mention
    ) -> Incident:
        spots, spot, meaning = incidents.spots, int(incidents.spot[number]), int(incidents.meaning[number])
        first, last = incidents.first_days[number], incidents.last_days[number]
        days = None
        if not np.isnan(first):
            days = datetime.date.fromordinal(int(first)), datetime.date.fromordinal(int(last))
        own_id = cells[self.reader.columns.id].strip() if self.reader.columns.id else ""
        place_id = spots.places[spot] if spot >= 0 else ""
        several = spots.several(spot, self.generalised)
        return Incident(
            id=own_id or self.gaz_row[row] or str(row + 1),
            date=days[0] if days and first == last else None,
            position=spots.points.at(spot) if spot >= 0 else None,
            uncertainty_m=float(spots.radii_m[spot]) if spot >= 0 else 0.0,
            admin=incidents.areas[incidents.area[number]],
            properties=cells,
            place=mention.text,
            problems=tuple(self._problems(row)),
            place_id=place_id,
            radius_from=_RADII_FROM[self.placed["radius_from"][row]],
            days=days if days and first != last else None,
            origin=_ORIGINS[self.placed["origin"][row]],
            names=mention.names,
            context=mention.areas,
            country=mention.country,
            generalised_to_deg=several.generalised_to_deg if several else self.generalised.get(place_id),
            several=several,
            candidates=incidents.meanings.every[meaning].candidates if meaning >= 0 else (),
        )

    def problems(self, rows: Integers) -> Mapping[int, str]:
        """Return what is wrong with some rows; only those are there of which anything is."""
        faulty = np.isin(rows, list(self.row_problems))
        faulty |= np.isin(self.placed["clues"][rows], list(self.clue_problems))
        faulty |= np.isin(self.dates.number[rows], list(self.dates.problems))
        return {row: "; ".join(self._problems(row)) for row in rows[faulty].tolist()}

    def _problems(self, row: int) -> Iterator[str]:
        yield from self.row_problems.get(row, ())
        yield from self.clue_problems.get(int(self.placed["clues"][row]), ())
        if (date := int(self.dates.number[row])) in self.dates.problems:
            yield self.dates.problems[date]
