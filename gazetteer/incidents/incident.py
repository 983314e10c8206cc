"""Incidents: dated events with a position, as columns for questions and as values to look at.

:class:`Incidents` holds what questions need of each incident as arrays. It is a sequence of :class:`Incident`
all the same; these are made when they are asked for, from the table that they were read from, since a
million of them take longer to make than to ask about. Their spots are where they were
(:mod:`gazetteer.incidents.spots`).
"""

import datetime
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final, Literal, NamedTuple, Protocol, Self, overload

import numpy as np

from gazetteer.geodesy import LatLon
from gazetteer.incidents.columns import KIND_COLUMNS, normal_name
from gazetteer.incidents.spots import (
    Candidate,
    Manner,
    Meaning,
    Meanings,
    Numbering,
    Several,
    Spots,
    distinct,
    expanded,
)
from gazetteer.points import Booleans, Floats, Integers
from gazetteer.reading.calibration import Calibration, load_calibration
from gazetteer.tables.table import RowsTable, Table

#: Where a position came from: coordinates that the row brings itself, the ``gaz_`` columns of an enriched
#: table, the ``incident_`` columns of a saved answer, or the place name; "" where there is none, or nobody
#: knows. Only the first wasn't computed by a gazetteer.
Origin = Literal["", "coordinates", "enriched", "answer", "name"]
#: Where a radius came from: a column, a code of precision, the place; or 0 m was assumed.
RadiusFrom = Literal["", "column", "precision", "place", "assumed"]
#: The arrays of :class:`Incidents` that have an entry for each.
_OF_EACH: Final = "rows spot meaning first_days last_days radius_assumed area kind".split()


@dataclass(frozen=True, slots=True)
class Incident:
    """A dated event, as its row tells it."""

    id: str  # the table's own, else the number of the row, counted from 1
    date: datetime.date | None  # None too where several days are given
    position: LatLon | None
    uncertainty_m: float  # radius round `position` that holds the true point; 0 without a position
    admin: tuple[str, ...]  # P-codes of the areas that the row names or its place lies in, governorate first
    properties: Mapping[str, str]  # the row as it stands, by column
    place: str = ""  # as written
    problems: tuple[str, ...] = ()  # what could not be read, a sentence each
    place_id: str = ""  # of the place that gave the position, if one did
    radius_from: RadiusFrom = ""
    days: tuple[datetime.date, datetime.date] | None = None  # first and last day of a month, year or range
    origin: Origin = ""
    names: tuple[str, ...] = ()  # the place in each script that the row has it in
    context: tuple[str, ...] = ()  # the areas that the row names, as written
    country: str = ""  # as written
    generalised_to_deg: float | None = None  # side of the cell of the place; of several the largest
    #: Where the row names several places: `position` and `uncertainty_m` are the smallest circle that holds
    #: them, `admin` the areas that hold all.
    several: Several | None = None
    #: What the name may mean, the surest first: the confidences add up to at most 1, and what they leave over
    #: is unknown. Of `several` places each of them, in order. Empty where the row's own coordinates give the
    #: position, and where nothing tells how sure the name is.
    candidates: tuple[Candidate, ...] = ()

    @property
    def place_ids(self) -> tuple[str, ...]:
        """The ids of the places that gave its position, or its several."""
        ids = [one.place_id for one in self.several.fixes] if self.several else [self.place_id]
        return tuple(filter(None, ids))

    @property
    def radius_known(self) -> bool:
        """Whether anything tells how exact the position is."""
        return self.radius_from != "assumed"


class Fault(NamedTuple):
    """What can't be read in a row, by its number from 0; strict readers refuse it."""

    row: int
    about: Literal["position", "radius", "date"]
    sentence: str


class Source(Protocol):
    """What incidents are made from when they are looked at: a table, or values."""

    def table(self) -> Table:
        """Return the table, whose rows are in the order of the incidents."""

    def count(self) -> int:
        """Return how many rows the table has."""

    def made(self, incidents: "Incidents", numbers: Sequence[int]) -> Iterator[Incident]:
        """Yield some incidents by their numbers, which rise."""

    def problems(self, rows: Integers) -> Mapping[int, str]:
        """Return what is wrong with some rows, by their numbers in the table."""

    def sides(self) -> Mapping[str, float | None]:
        """Return the cells that places which gave positions were generalised to, in degrees, by id."""


@dataclass(frozen=True, eq=False, repr=False)
class Incidents(Sequence[Incident]):
    """Many incidents, ready for many questions.

    Make them with :func:`gazetteer.incidents.read_incidents` or with :meth:`of`. What many share is there
    once; of that the arrays have the number of each incident's own.
    """

    source: Source  # what they are made from when they are looked at
    rows: Integers  # the number of each in the source, from 0; they rise
    spots: Spots
    spot: Integers  # -1 without a position
    meanings: Meanings  # what names may mean
    meaning: Integers  # -1 where the position is no name's, or there is no name
    first_days: Floats  # day numbers (`datetime.date.toordinal`); NaN without a date
    last_days: Floats
    radius_assumed: Booleans  # coordinates without a word on how exact they are, so that 0 m is assumed
    areas: tuple[tuple[str, ...], ...]  # chains of P-codes, governorate first
    area: Integers
    kinds: tuple[frozenset[str], ...]  # what happened, case-folded, in the words of the table
    kind: Integers
    notes: tuple[str, ...] = ()  # what a person should know of how they were read, in sentences
    faults: tuple[Fault, ...] = ()  # what can't be read, in the order of the rows
    calibration: Calibration = field(default_factory=load_calibration)

    @classmethod
    def of(cls, incidents: Iterable[Incident]) -> "Incidents":
        """Return incidents that are values already, in any order; those without a position are kept."""
        if isinstance(incidents, Incidents):
            return incidents
        held = tuple(incidents)
        numbers = np.array([_numbers_of(one) for one in held], dtype=np.float64).reshape(-1, 5)
        latitudes, longitudes, radii_m, first_days, last_days = numbers.T.copy()
        places, areas, meant = Numbering(), Numbering(), Numbering({None: 0})
        place = places.numbers(one.several or one.place_id for one in held)
        area = areas.numbers(one.admin for one in held)
        meaning = meant.numbers(map(_meaning_of, held)) - 1  # -1 is None's
        kinds = Numbering()
        kind = kinds.numbers(_kinds_in(held))
        spots, spot = Spots.among(latitudes, longitudes, radii_m, place, list(places))
        meanings, spots = Meanings.among(list(meant)[1:], spots)
        return cls(
            source=ValueSource(held),
            rows=np.arange(len(held)),
            spots=spots,
            spot=spot,
            meanings=meanings,
            meaning=meaning,
            first_days=first_days,
            last_days=last_days,
            radius_assumed=np.array([bool(one.position) and not one.radius_known for one in held], bool),
            areas=tuple(areas),
            area=area,
            kinds=tuple(kinds),
            kind=kind,
        )

    @cached_property
    def spots_of_place(self) -> Mapping[str, tuple[int, ...]]:
        """The spots of these incidents that each place gave, by its id; also of what their names may mean."""
        used = np.zeros(len(self.spots), dtype=np.bool_)
        used[self.spot[self.spot >= 0]] = True
        for number, parts in self.spots.parts.items():
            used[list(parts.spots)] |= used[number]
        meant, _ = distinct(self.meaning[self.meaning >= 0])
        used[self.meanings.spots[expanded(self.meanings.starts, meant)[1]]] = True
        found: dict[str, list[int]] = {}
        for number in np.flatnonzero(used).tolist():
            if place := self.spots.places[number]:
                found.setdefault(place, []).append(number)
        return {place: tuple(numbers) for place, numbers in found.items()}

    @cached_property
    def situations(self) -> tuple[Integers, Integers]:
        """For each incident the number of its situation, and an incident of each.

        A situation is a spot and the areas that the row states: what decides in which area an incident lies.
        """
        key = (self.spot + 1) * max(len(self.areas), 1) + self.area
        _, firsts, each = np.unique(key, return_index=True, return_inverse=True)
        return each, firsts

    def take(self, numbers: Integers) -> Self:
        """Return some of the incidents, by rising numbers from 0."""
        return replace(self, **{name: getattr(self, name)[numbers] for name in _OF_EACH})

    def of_kind(self, kind: str) -> Booleans:
        """Tell which incidents are of a kind, in the table's own words, whatever their case."""
        wanted = kind.strip().casefold()
        found: Booleans = np.array([wanted in one for one in self.kinds], dtype=np.bool_)[self.kind]
        return found

    def picked(self, numbers: Iterable[int]) -> list[Incident]:
        """Return some incidents, by numbers in any order; the table is read once at most."""
        wanted = list(numbers)
        rising = sorted(set(wanted))
        made = dict(zip(rising, self.source.made(self, rising), strict=True))
        return [made[number] for number in wanted]

    @cached_property
    def _all(self) -> tuple[Incident, ...]:
        return tuple(self)

    @overload
    def __getitem__(self, number: int) -> Incident: ...
    @overload
    def __getitem__(self, number: slice) -> tuple[Incident, ...]: ...
    def __getitem__(self, number: int | slice) -> Incident | tuple[Incident, ...]:
        return self._all[number]

    def __iter__(self) -> Iterator[Incident]:
        return self.source.made(self, range(len(self)))

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        return f"<Incidents: {len(self):,}, {np.count_nonzero(self.spot >= 0):,} with a position>"


def _numbers_of(one: Incident) -> tuple[float, ...]:
    """Return latitude, longitude, radius, first and last day of an incident; NaN where it has none."""
    north, east = (one.position.latitude, one.position.longitude) if one.position else (math.nan, math.nan)
    first, last = one.days or (one.date, one.date)
    days = (math.nan if day is None else day.toordinal() for day in (first, last))
    return north, east, one.uncertainty_m, *days


def _kinds_in(incidents: Iterable[Incident]) -> Iterator[frozenset[str]]:
    """Yield what happened in each incident, by the columns that tables have for it."""
    known: dict[tuple[str, ...], list[str]] = {}
    for incident in incidents:
        row = dict(incident.properties.items())
        columns = tuple(row)
        if columns not in known:
            known[columns] = [name for name in columns if normal_name(name) in KIND_COLUMNS]
        yield frozenset(row[name].strip().casefold() for name in known[columns]) - {""}


def _meaning_of(incident: Incident) -> Meaning | None:
    """Return what an incident's name may mean; None where nothing tells, or it has no name."""
    unresolved = incident.position is None and incident.names
    if not incident.candidates and not unresolved:
        return None
    manner: Manner = "one" if incident.several is None else incident.several.manner
    name = (incident.names, incident.context, incident.country)
    return Meaning(name, incident.candidates, manner, bool(incident.context))


@dataclass(frozen=True, slots=True)
class ValueSource:
    """Incidents that are values already."""

    incidents: tuple[Incident, ...]

    def table(self) -> Table:
        """Return their own columns as a table."""
        return RowsTable.of([one.properties for one in self.incidents])

    def count(self) -> int:
        """Return how many there are."""
        return len(self.incidents)

    def made(self, incidents: Incidents, numbers: Sequence[int]) -> Iterator[Incident]:
        """Yield some of them."""
        rows: list[int] = incidents.rows.tolist()
        return (self.incidents[rows[number]] for number in numbers)

    def problems(self, rows: Integers) -> Mapping[int, str]:
        """Return what is wrong with some of them."""
        return {row: "; ".join(self.incidents[row].problems) for row in rows.tolist()}

    def sides(self) -> Mapping[str, float | None]:
        """Return the cells of the places that were generalised."""
        sides = {one.place_id: one.generalised_to_deg for one in self.incidents if one.generalised_to_deg}
        fixes = [fix for one in self.incidents if one.several for fix in one.several.fixes]
        return sides | {fix.place_id: fix.generalised_to_deg for fix in fixes if fix.generalised_to_deg}
