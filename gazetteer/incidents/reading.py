"""Incidents from a table, in any format.

The position of a row is the first of these that it has: its own coordinates or point; the position that
``gazetteer enrich`` wrote; the position of a saved answer about incidents; the place name, resolved with the
areas beside it. The radius comes with it. Coordinates without a radius and without a code of precision count
as exact (0 m), and that is told.

No row is dropped. A row without a position is an incident whose `position` is None, and its problems say why.
Names that an enriched table left open stay open.

A row that names several places is one incident with several positions: from its name, from ``gaz_places`` of
an enriched table, or from the rows of one ``gaz_row``, of which the first then stands for all.

What a row's name may mean comes from ``gaz_confidence`` and ``gaz_alternatives`` of an enriched table, also
where it was left open, else from resolving it. An enriched position without a confidence is sure: a person
decided it.
"""

import datetime
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from gazetteer.errors import TableError
from gazetteer.files import no_collection
from gazetteer.geodesy import LatLon
from gazetteer.incidents.columns import ANSWER_POSITION, GAZ_POSITION, find_columns, is_gaz, normal_name
from gazetteer.incidents.enriched import CANDIDATE_COLUMNS, NOT_PLACES, Candidates, candidates_in, places_in
from gazetteer.incidents.incident import Fault, Incident, Incidents, Origin, RadiusFrom
from gazetteer.incidents.names import NamedPositions, is_either
from gazetteer.incidents.row import AT_ZERO, Mention, Numbered, RowReader, is_blank, mention_cells, read_radii
from gazetteer.incidents.spots import Fix, Manner, Meaning, Meanings, Several, Spots
from gazetteer.lookups import Lookups
from gazetteer.notation.dates import DayOrder, read_date_column
from gazetteer.notation.positions import read_pairs
from gazetteer.points import Booleans, Floats, Integers
from gazetteer.tables.reading import read_table
from gazetteer.tables.table import Chunk, ReadOptions, Source, Table, as_text
from gazetteer.values import ColumnChoice, common_start

#: Called with how much is done, and of how much.
Progress = Callable[[int, int], None]

_ORIGINS: Final[tuple[Origin, ...]] = ("", "coordinates", "enriched", "answer", "name")
_RADII_FROM: Final[tuple[RadiusFrom, ...]] = ("", "column", "precision", "place", "assumed")
_NOWHERE, _COORDINATES, _ENRICHED, _ANSWER, _NAME = range(5)
_UNTOLD, _COLUMN, _PRECISION, _PLACE, _ASSUMED = range(5)
_GAZ_PCODES: Final = ("gaz_adm1_pcode", "gaz_adm2_pcode", "gaz_adm3_pcode")
#: Where in the cells of a mention its areas begin.
_AREAS_FROM: Final = 4
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
        return reading.incidents(order, progress)


#: What is read of each row, as arrays: numbers are those of :class:`_Reading`, and -1 stands for none.
_READ: Final = (
    "latitude", "longitude", "radius_m", "radius_from", "origin", "place", "reason", "mention", "areas",
    "date", "date_end", "kind", "gaz_row", "meaning",
)  # fmt: skip
_Arrays = dict[str, Any]
#: What tells a table of draws, :mod:`gazetteer.enrich.draws`.
_OF_DRAWS: Final = frozenset({"gaz_row", "draw", "gaz_place_number"})


class _Reading:
    """One table, being read: a chunk of rows at a time, then the names that are needed, each once."""

    def __init__(self, table: Table, reader: RowReader, gazetteer: Lookups) -> None:
        self._table, self._reader, self._named = table, reader, NamedPositions(gazetteer)
        self._calibration = gazetteer.calibration
        self._ours = {normal_name(name): name for name in reversed(table.columns)}
        self._problems: dict[int, list[str]] = {}
        self._mentions, self._areas, self._dates, self._kinds = (Numbered() for _ in range(4))
        self._gaz_rows = Numbered([""])
        self._either: set[int] = set()
        self._places, self._reasons = Numbered([""]), Numbered([""])
        self._names, self._meanings = Numbered(), Numbered()
        self._meaning_of: dict[tuple[object, ...], int] = {}
        self._misread: dict[tuple[object, ...], str] = {}
        self._candidates_of: dict[tuple[object, ...], Candidates] = {}
        self._faults: list[Fault] = []
        self._swapped = 0
        self._draws: set[str] = set()

    @property
    def has_positions(self) -> bool:
        """Whether the table has positions, its own or computed ones."""
        computed = {GAZ_POSITION[0], ANSWER_POSITION[0]}
        return self._reader.has_positions or not computed.isdisjoint(self._ours)

    def incidents(self, order: DayOrder | None, progress: Progress | None) -> Incidents:
        """Return the incidents of the table."""
        parts: list[_Arrays] = []
        rows = 0
        for chunk in self._table.chunks():
            self._refuse_draws(chunk)
            parts.append(self._read(chunk, rows))
            rows += len(chunk)
        none = np.empty(0, dtype=np.intp)
        read = {name: np.concatenate([none, *(part[name] for part in parts)]) for name in _READ}
        fixes = self._put_at_names(read, progress)
        first = self._joined(read)
        of_each = read if len(first) == rows else {name: values[first] for name, values in read.items()}
        areas, area = self._chains(of_each, fixes)
        spots, spot = Spots.among(
            of_each["latitude"],
            of_each["longitude"],
            of_each["radius_m"],
            of_each["place"],
            self._places.values,
        )
        meanings, spots = Meanings.among(self._meanings.values, spots)
        faults = [one for one in self._faults if len(first) == rows or one.row in set(first.tolist())]
        dates = self._read_dates(read["date"], read["date_end"], order)
        source = _FromTable(
            self._table,
            self._reader,
            origin=read["origin"].astype(np.int8),
            radius_from=read["radius_from"].astype(np.int8),
            reason=read["reason"],
            reasons=self._reasons.values,
            row_problems=self._problems,
            dates=dates,
            gaz_row=read["gaz_row"],
            gaz_rows=self._gaz_rows.values,
            generalised={
                fix.place_id: fix.generalised_to_deg
                for one in (*fixes, *self._places.values)
                for fix in (one.fixes if isinstance(one, Several) else [one])
                if isinstance(fix, Fix) and fix.generalised_to_deg is not None
            },
        )
        return Incidents(
            source=source,
            rows=first,
            spots=spots,
            spot=spot,
            meanings=meanings,
            meaning=of_each["meaning"],
            first_days=dates.first[first],
            last_days=dates.last[first],
            radius_assumed=of_each["radius_from"] == _ASSUMED,
            areas=areas,
            area=area,
            kinds=tuple(frozenset(map(str.casefold, one)) - {""} for one in self._kinds.values),
            kind=of_each["kind"],
            notes=(
                *self._table.notes,
                *self._position_notes(),
                *self._confidence_notes(),
                *_joined_notes(rows - len(first)),
                *dates.notes(),
            ),
            faults=tuple(sorted([*faults, *dates.faults(first)])),
            calibration=self._calibration,
        )

    def _read(self, chunk: Chunk, start: int) -> _Arrays:
        """Read a chunk, whose first row has the number `start`."""
        own = self._reader.positions(chunk)
        radii, known = self._reader.radii(chunk, own), own.known
        self._tell(start, own.unread, "position")
        self._tell(start, own.problems)
        self._tell(start, radii.unread, "radius")
        self._tell(start, radii.problems)
        self._swapped += int((own.swapped & known).sum())
        stated = ~np.isnan(radii.metres)
        read: _Arrays = {
            "latitude": own.latitudes,
            "longitude": own.longitudes,
            "radius_m": np.where(known & stated, radii.metres, 0.0),
            "radius_from": np.where(~known, _UNTOLD, np.where(~stated, _ASSUMED, _COLUMN + radii.by_code)),
            "origin": np.where(known, _COORDINATES, _NOWHERE),
            "place": np.zeros(len(chunk), dtype=np.intp),
            "reason": np.zeros(len(chunk), dtype=np.intp),
            "mention": np.full(len(chunk), -1, dtype=np.intp),
            "gaz_row": np.zeros(len(chunk), dtype=np.intp),
            "meaning": np.full(len(chunk), -1, dtype=np.intp),
        }
        if "gaz_row" in self._ours:
            read["gaz_row"] = self._gaz_rows.numbers(map(str.strip, self._texts(chunk, "gaz_row")))
            said = self._texts(chunk, "gaz_status")
            rows = [row for row, status in enumerate(said) if status.strip() == "several"]
            self._either.update(start + row for row in rows if is_either(self._mention(chunk, row)))
        for origin, names in ((_ENRICHED, GAZ_POSITION), (_ANSWER, ANSWER_POSITION)):
            if names[0] in self._ours and names[1] in self._ours:
                self._add_computed(read, chunk, start, names, origin)
        nowhere = np.flatnonzero(np.isnan(read["latitude"]))
        if GAZ_POSITION[0] in self._ours:  # enriching has already tried the name, and accepted no answer
            said = self._texts(chunk, "gaz_status")
            why = [f"no position: the place name is {said[row] or 'unresolved'}" for row in nowhere.tolist()]
            read["reason"][nowhere] = self._reasons.numbers(why)
            self._add_meanings(read, chunk, start)
        elif len(nowhere):
            cells = mention_cells(chunk.take(nowhere.tolist()), self._reader.columns)
            read["mention"][nowhere] = self._mentions.numbers(cells)
        columns = self._reader.columns
        return read | {
            "areas": self._areas.numbers(self._stated_areas(chunk)),
            "date": self._dates.numbers(_cells_of(chunk, columns.date)),
            "date_end": self._dates.numbers(_cells_of(chunk, columns.date_end)),
            "kind": self._kinds.numbers(_rows_of(chunk, columns.kinds)),
        }

    def _tell(
        self, start: int, problems: Mapping[int, str], fault: Literal["position", "radius"] | None = None
    ) -> None:
        """Note problems of the rows of a chunk, and what of them a strict reader refuses."""
        for row, sentence in problems.items():
            self._problems.setdefault(start + row, []).append(sentence)
            if fault is not None:
                self._faults.append(Fault(start + row, fault, sentence))

    def _add_computed(
        self, read: _Arrays, chunk: Chunk, start: int, names: tuple[str, str, str], origin: int
    ) -> None:
        """Add positions that a gazetteer computed, where there is none yet.

        Problems don't quote them, since not everybody may see them.
        """
        found = read_pairs(self._texts(chunk, names[0]), self._texts(chunk, names[1]))
        radii_m, problems = read_radii(self._texts(chunk, names[2]))
        free = np.isnan(read["latitude"])
        rows = free & ~np.isnan(found.latitudes) & ~found.swapped
        stated = ~np.isnan(radii_m)
        read["latitude"][rows], read["longitude"][rows] = found.latitudes[rows], found.longitudes[rows]
        read["radius_m"][rows] = np.where(stated, radii_m, 0.0)[rows]
        read["radius_from"][rows] = np.where(stated, _COLUMN, _ASSUMED)[rows]
        read["origin"][rows] = origin
        unread = f"{names[0]} and {names[1]} hold no position in decimal degrees"
        wrong = {*found.problems, *np.flatnonzero(found.swapped).tolist()}
        self._tell(start, {row: unread for row in sorted(wrong) if free[row]})
        self._tell(start, {row: sentence for row, sentence in problems.items() if rows[row]})
        if origin == _ENRICHED:
            ids = [one.strip() for one in self._texts(chunk, "gaz_place_id")]
            for row in np.flatnonzero(rows).tolist():
                read["radius_m"][row] = self._named.reach_m(ids[row], float(read["radius_m"][row]))
            several = self._several(
                chunk, start, [row for row in np.flatnonzero(rows).tolist() if not ids[row]]
            )
            read["place"][rows] = self._places.numbers(
                several.get(row, ids[row]) for row in np.flatnonzero(rows).tolist()
            )

    def _add_meanings(self, read: _Arrays, chunk: Chunk, start: int) -> None:
        """Add what the names of an enriched table may mean, where no coordinates of its own place a row."""
        rows = np.flatnonzero(np.isin(read["origin"], (_NOWHERE, _ENRICHED)))
        some = chunk if len(rows) == len(chunk) else chunk.take(rows.tolist())
        cells = mention_cells(some, self._reader.columns)
        position = np.stack([read[name][rows] for name in ("latitude", "longitude", "radius_m")], axis=1)
        position[np.isnan(position[:, 0])] = np.inf  # NaN is not equal to itself
        names, ids = self._names.numbers(cells).tolist(), read["place"][rows].tolist()
        told = [self._texts(some, name) for name in CANDIDATE_COLUMNS]
        keys = list(zip(names, ids, map(tuple, position.tolist()), *told, strict=True))
        places = self._places.values
        for at, key in enumerate(keys):
            if key not in self._meaning_of:
                name, place, where, *gaz = key
                candidates, manner, problem = self._candidates(places[place], where, tuple(gaz))
                in_area = not all(map(is_blank, cells[at][_AREAS_FROM:]))
                found = Meaning(name, candidates, manner, in_area)
                nameless = not candidates and all(map(is_blank, cells[at][:2]))
                self._meaning_of[key] = -1 if nameless else int(self._meanings.numbers([found])[0])
                if problem:
                    self._misread[key] = problem
        read["meaning"][rows] = [self._meaning_of[key] for key in keys]
        if self._misread:
            wrong = ((row, self._misread.get(key)) for row, key in zip(rows.tolist(), keys, strict=True))
            self._tell(start, {row: problem for row, problem in wrong if problem})

    def _candidates(self, place: str | Several, where: tuple[float, ...], gaz: tuple[str, ...]) -> Candidates:
        """Return what enriching says that a name may mean; each different text is read once."""
        key = (place, where, gaz)
        if key not in self._candidates_of:
            self._candidates_of[key] = candidates_in(self._named, place, where, *gaz)
        return self._candidates_of[key]

    def _several(self, chunk: Chunk, start: int, rows: Sequence[int]) -> dict[int, Several]:
        """Return the several places of those rows that name several, as enriching wrote them."""
        if "gaz_places" not in self._ours or not rows:
            return {}
        lists, found = self._texts(chunk, "gaz_places"), {}
        for row in rows:
            if is_blank(lists[row]):
                continue
            try:
                fixes = tuple(one.fix for one in places_in(lists[row], self._named))
            except NOT_PLACES:
                self._tell(start, {row: "gaz_places holds no list of places"})
                continue
            if len(fixes) > 1:
                found[row] = Several(fixes, is_either(self._mention(chunk, row)))
        return found

    def _mention(self, chunk: Chunk, row: int) -> Mention:
        return self._reader.mention(*mention_cells(chunk.take([row]), self._reader.columns))

    def _refuse_draws(self, chunk: Chunk) -> None:
        """Refuse several draws of a row: as one incident they would be at each of their positions."""
        if self._ours.keys() >= _OF_DRAWS:
            self._draws.update(self._texts(chunk, "draw"))
            if len(self._draws) > 1:
                raise TableError(
                    f"{self._table.source.name} holds several draws of each row: hand in one draw at a time, "
                    "or the table that they were drawn from",
                    parameter="table",
                )

    def _joined(self, read: _Arrays) -> Integers:
        """Return the first row of each incident, and put it at the places of all its rows.

        Rows of one ``gaz_row`` are one incident. Several positions are taken from what enriching wrote; a row
        that brings coordinates has them on every one of its rows.
        """
        each = np.arange(len(read["gaz_row"]))
        if not read["gaz_row"].any():
            return each
        # Without a number a row is its own.
        keys = np.where(read["gaz_row"] > 0, read["gaz_row"], -1 - each)
        _, firsts, counts = np.unique(keys, return_index=True, return_counts=True)
        order, ends = np.argsort(keys, kind="stable"), np.cumsum(counts)
        places, areas = self._places.values, self._areas.values
        for at in np.flatnonzero(counts > 1).tolist():
            rows: list[int] = order[ends[at] - counts[at] : ends[at]].tolist()
            first = rows[0]
            rows = [row for row in rows if read["origin"][row] == _ENRICHED]
            fixes = tuple(dict.fromkeys(fix for row in rows for fix in _fixes_at(read, row, places)))
            if len(fixes) < 2 or first != rows[0]:
                continue
            several = Several(fixes, first in self._either)
            around = several.around
            read["latitude"][first] = around.position.latitude
            read["longitude"][first] = around.position.longitude
            read["radius_m"][first] = around.uncertainty_m
            (read["place"][first],) = self._places.numbers([several])
            common: tuple[str, ...] = areas[read["areas"][first]]
            for row in rows:
                common = common[: common_start(common, areas[read["areas"][row]])]
            (read["areas"][first],) = self._areas.numbers([common])
            (read["meaning"][first],) = self._meanings.numbers([self._joined_meaning(read, rows, several)])
        return np.sort(firsts)

    def _joined_meaning(self, read: _Arrays, rows: Sequence[int], several: Several) -> Meaning:
        """Return the meaning of an incident whose places stand in several rows."""
        meanings = self._meanings.values
        each = [meanings[number] for number in read["meaning"][rows].tolist() if number >= 0]
        candidates = {
            (one.fix.position, one.fix.place_id): one for meaning in each for one in meaning.candidates
        }
        name, in_area = (each[0].name, each[0].in_area) if each else (None, False)
        return Meaning(name, tuple(candidates.values()), "or" if several.either else "and", in_area)

    def _put_at_names(self, read: _Arrays, progress: Progress | None) -> list[Fix | str]:
        """Put rows without a position where their names lead; return what was found for each mention.

        For several places that is the circle round them.
        """
        named: list[Fix | Several | str] = []
        mentions = list(map(self._reader.mention, self._mentions.values))
        meant: list[int] = []
        for done, mention in enumerate(mentions, start=1):
            named.append(self._named.at(mention))
            meant.append(self._named_meaning(done, mention, named[-1]))
            if progress is not None and (done % _SHOWN_EVERY == 0 or done == len(mentions)):
                progress(done, len(mentions))
        fixes = [one.around if isinstance(one, Several) else one for one in named]
        if not fixes:
            return fixes
        nowhere = (np.nan, np.nan, 0.0)
        found = np.array(
            [
                (one.position.latitude, one.position.longitude, one.uncertainty_m)
                if isinstance(one, Fix)
                else nowhere
                for one in fixes
            ]
        )
        rows = np.flatnonzero(read["mention"] >= 0)
        at = read["mention"][rows]
        read["meaning"][rows] = np.array(meant, dtype=np.intp)[at]
        places = self._places.numbers(_place_of(one) for one in named)
        reasons = self._reasons.numbers(
            "" if isinstance(one, Fix) else f"no position: {one}" for one in fixes
        )
        is_placed = ~np.isnan(found[at, 0])
        read["latitude"][rows], read["longitude"][rows], read["radius_m"][rows] = found[at].T
        read["place"][rows], read["reason"][rows] = places[at], reasons[at]
        read["origin"][rows] = np.where(is_placed, _NAME, _NOWHERE)
        read["radius_from"][rows] = np.where(is_placed, _PLACE, _UNTOLD)
        return fixes

    def _named_meaning(self, number: int, mention: Mention, found: Fix | Several | str) -> int:
        """Return the number of what a mention may mean; -1 where it names nothing."""
        candidates = self._named.candidates(mention)
        if not candidates and not mention.names:
            return -1
        manner: Manner = "one"
        if isinstance(found, Several):
            manner = "or" if found.either else "and"
        meaning = Meaning(number, candidates, manner, bool(mention.areas))
        return int(self._meanings.numbers([meaning])[0])

    def _chains(self, read: _Arrays, fixes: list[Fix | str]) -> tuple[tuple[tuple[str, ...], ...], Integers]:
        """Return the chains of areas, and the number of each row's: as stated, else that of its place."""
        chains = Numbered()
        stated = chains.numbers(map(self._named.areas, self._areas.values))
        of_places = chains.numbers(one.admin if isinstance(one, Fix) else () for one in fixes)
        (none,) = chains.numbers([()])
        area = stated[read["areas"]]
        rows = np.flatnonzero((area == none) & (read["mention"] >= 0))
        if len(rows):
            area[rows] = of_places[read["mention"][rows]]
        return tuple(chains.values), area

    def _confidence_notes(self) -> Iterator[str]:
        """Say that an enriched table doesn't tell how sure its names are, where it doesn't."""
        if GAZ_POSITION[0] in self._ours and not {"gaz_confidence", "draw"} & self._ours.keys():
            yield "the table has no gaz_confidence: the places of its names are taken as sure"

    def _position_notes(self) -> Iterator[str]:
        """Yield how many rows have a position or a radius that was put right or can't be read."""
        if self._swapped:
            yield (
                f"latitude and longitude had changed places in {self._swapped} rows, and were put right there"
            )
        for about, words in (
            ("position", "have coordinates that can't be read, and are placed by their names if at all"),
            ("radius", "state a radius that can't be read, and may be anywhere in the country"),
        ):
            if rows := sum(fault.about == about for fault in self._faults):
                yield f"{rows} rows {words}"
        if rows := sum(AT_ZERO in problems for problems in self._problems.values()):
            yield f"{rows} rows have 0, 0, which is no position, and are placed by their names if at all"

    def _texts(self, chunk: Chunk, ours: str) -> list[str]:
        """Return a column that we have added, as text; empty cells where the table lacks it."""
        name = self._ours.get(ours)
        return [""] * len(chunk) if name is None else chunk.texts(name)

    def _stated_areas(self, chunk: Chunk) -> Iterable[tuple[str, ...]]:
        """Return of each row the cells that state its areas: those of enriching before its own."""
        own = _rows_of(chunk, self._reader.columns.admin)
        codes = [self._ours[name] for name in _GAZ_PCODES if name in self._ours]
        if not codes:
            return own
        return (code if any(code) else cells for code, cells in zip(_rows_of(chunk, codes), own, strict=True))

    def _read_dates(self, first: Integers, last: Integers, order: DayOrder | None) -> "_Dates":
        """Read the dates of rows, whose first and last day have these numbers."""
        texts: list[str] = self._dates.values
        read = read_date_column(["" if is_blank(text) else text for text in texts], order=order)
        begins, ends, until = read.first[first], read.last[first], read.last[last]
        later = until >= begins  # false for NaN, which is no date
        misfit = np.array([not is_blank(text) for text in texts], dtype=np.bool_)[last] & ~later
        return _Dates(
            first,
            np.where(misfit, np.nan, begins),
            np.where(misfit, np.nan, np.where(later, until, ends)),
            misfits={
                row: f"{texts[first[row]]!r} to {texts[last[row]]!r}"
                for row in np.flatnonzero(misfit).tolist()
            },
            unreadable={number: texts[number] for number in read.unreadable.tolist()},
            undecided={number: texts[number] for number in read.undecided.tolist()},
        )


def _place_of(found: Fix | Several | str) -> str | Several:
    """Return what gives a position: the id of a place, or the several; empty for neither."""
    return found.place_id if isinstance(found, Fix) else found if isinstance(found, Several) else ""


def _fixes_at(read: _Arrays, row: int, places: Sequence[str | Several]) -> tuple[Fix, ...]:
    """Return the positions that enriching wrote into a row."""
    place = places[read["place"][row]]
    if isinstance(place, Several):
        return place.fixes
    position = LatLon(float(read["latitude"][row]), float(read["longitude"][row]))
    return (Fix(position, float(read["radius_m"][row]), (), place),)


def _joined_notes(rows: int) -> Iterator[str]:
    """Say that rows are further places of incidents that are counted once."""
    if rows:
        yield f"{rows} rows are further places of an incident: rows with the same gaz_row are counted once"


def _cells_of(chunk: Chunk, column: str | None) -> Sequence[str]:
    """Return a column as text; empty cells for none."""
    return [""] * len(chunk) if column is None else chunk.texts(column)


def _rows_of(chunk: Chunk, columns: Sequence[str]) -> Sequence[tuple[str, ...]]:
    """Return of each row the cells of some columns."""
    return list(zip(*map(chunk.texts, columns), strict=True)) if columns else [()] * len(chunk)


@dataclass(frozen=True, slots=True, eq=False)
class _Dates:
    """The dates of a table's rows: first and last day, and the texts of those that can't be told."""

    number: Integers
    first: Floats
    last: Floats
    misfits: Mapping[int, str]
    unreadable: Mapping[int, str]
    undecided: Mapping[int, str]

    def open_rows(self, rows: Integers) -> Booleans:
        """Tell which rows have a date that can't be told."""
        return np.isin(self.number[rows], [*self.unreadable, *self.undecided]) | np.isin(
            rows, list(self.misfits)
        )

    def problem(self, row: int) -> str | None:
        """Return what is wrong with the date of a row."""
        number = int(self.number[row])
        if number in self.unreadable:
            return f"{self.unreadable[number]!r} is not a date (write 2016-05-30)"
        if number in self.undecided:
            return f"{self.undecided[number]!r} may have the day or the month first"
        return f"{self.misfits[row]} is no span of days" if row in self.misfits else None

    def faults(self, rows: Integers) -> Iterator[Fault]:
        """Yield those of some rows with a date that can't be told."""
        for row in rows[self.open_rows(rows)].tolist():
            yield Fault(row, "date", self.problem(row) or "")

    def notes(self) -> Iterator[str]:
        """Yield how many dates can't be told."""
        if rows := int(np.isin(self.number, list(self.unreadable)).sum()):
            example = next(iter(self.unreadable.values()))
            yield f"{rows} of {len(self.number)} dates can't be read, such as {example!r}"
        if self.misfits:
            example = next(iter(self.misfits.values()))
            yield f"{len(self.misfits)} rows have a last day that doesn't fit the first, such as {example}"
        if rows := int(np.isin(self.number, list(self.undecided)).sum()):
            example = next(iter(self.undecided.values()))
            yield (
                f"{rows} of {len(self.number)} dates, such as {example!r}, may have the day or the month "
                "first, and count as not known: say which with --dayfirst or --monthfirst"
            )


@dataclass(frozen=True, slots=True, eq=False)
class _FromTable:
    """What incidents are made from: their table, and what was read of each of its rows."""

    opened: Table
    reader: RowReader
    origin: npt.NDArray[np.int8]
    radius_from: npt.NDArray[np.int8]
    reason: Integers
    reasons: Sequence[str]
    row_problems: Mapping[int, Sequence[str]]
    dates: _Dates
    gaz_row: Integers
    gaz_rows: Sequence[str]
    generalised: Mapping[str, float | None]

    def table(self) -> Table:
        """Return the table."""
        return self.opened

    def count(self) -> int:
        """Return how many rows it has."""
        return len(self.origin)

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
        spots, spot = incidents.spots, int(incidents.spot[number])
        first, last = incidents.first_days[number], incidents.last_days[number]
        days = None
        if not np.isnan(first):
            days = datetime.date.fromordinal(int(first)), datetime.date.fromordinal(int(last))
        own_id = cells[self.reader.columns.id].strip() if self.reader.columns.id else ""
        place_id = spots.places[spot] if spot >= 0 else ""
        several = spots.several(spot, self.generalised)
        meaning = int(incidents.meaning[number])
        return Incident(
            id=own_id or self.gaz_rows[self.gaz_row[row]] or str(row + 1),
            date=days[0] if days and first == last else None,
            position=spots.points.at(spot) if spot >= 0 else None,
            uncertainty_m=float(spots.radii_m[spot]) if spot >= 0 else 0.0,
            admin=incidents.areas[incidents.area[number]],
            properties=cells,
            place=mention.text,
            problems=self._problems(row),
            place_id=place_id,
            radius_from=_RADII_FROM[self.radius_from[row]],
            days=days if days and first != last else None,
            origin=_ORIGINS[self.origin[row]],
            names=mention.names,
            context=mention.areas,
            country=mention.country,
            generalised_to_deg=several.generalised_to_deg if several else self.generalised.get(place_id),
            several=several,
            candidates=incidents.meanings.every[meaning].candidates if meaning >= 0 else (),
        )

    def problems(self, rows: Integers) -> Mapping[int, str]:
        """Return what is wrong with some rows; only those are there of which anything is."""
        told = np.isin(rows, list(self.row_problems)) | (self.reason[rows] > 0)
        told |= self.dates.open_rows(rows)
        return {row: "; ".join(self._problems(row)) for row in rows[told].tolist()}

    def _problems(self, row: int) -> tuple[str, ...]:
        found = (
            *self.row_problems.get(row, ()),
            self.reasons[self.reason[row]],
            self.dates.problem(row),
        )
        return tuple(filter(None, found))
