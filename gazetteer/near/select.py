"""Which incidents lie in an area and a span of days, and which may or may not.

An incident without a date, or known to several days of which some are asked for, is neither in a span of days
nor outside it; one known to a wide radius is neither in a small area nor outside it. They are *open*, each
with the reason, and not counted.

What a row states decides in which area it lies; its position adds to that where it is known as well as a town
is. Candidates of a name have the areas of their places, else those round their positions (:class:`Where`).
An area is decided once for every *situation*, a spot and the areas that the rows state.
"""

import datetime
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TypeGuard
from weakref import WeakKeyDictionary

import numpy as np

from gazetteer.errors import InputError, NotFoundError
from gazetteer.geodesy import BoundingBox
from gazetteer.incidents import Incident, Incidents
from gazetteer.incidents.spots import area_chain
from gazetteer.lookups import Lookups
from gazetteer.near.areas import NO, OPEN, YES, DrawnArea, Verdicts
from gazetteer.near.pairs import between_m
from gazetteer.near.targets import area_named
from gazetteer.notation.dates import DayOrder, read_days
from gazetteer.points import Booleans, Floats, Integers, Points
from gazetteer.values import Place

#: Radius up to which the position alone tells the area: a town and its edge.
TOWN_RADIUS_M = 5_000.0
#: What stands for the number of an area: outside of all that are asked about, or not known.
ELSEWHERE, UNKNOWN = -2, -1
#: P-codes of areas, governorate first.
Chain = tuple[str, ...]
#: What lies round the positions of incidents, by gazetteer: each question asks it of the same incidents. A
#: position takes about 200 bytes; a gazetteer that is gone takes its own along.
_KNOWN: WeakKeyDictionary[Lookups, dict[tuple[float, float], Chain]] = WeakKeyDictionary()
_MAX_KNOWN = 200_000
#: How files with drawn areas end; a file with another ending is one where it is there.
_DRAWN = (".geojson", ".json", ".gpkg", ".parquet", ".kml", ".kmz")


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """The incidents asked for, by their numbers in `incidents`."""

    incidents: Incidents
    kept: Integers  # those in the area and the span of days
    open: Integers  # those that may be in them or not
    in_time: Verdicts  # of each incident
    timely: Integers  # those in the span of days and of the kind, wherever they are
    area: Place | DrawnArea | None = None

    @property
    def chosen(self) -> Incidents:
        """The incidents in the area and the span of days."""
        return self.incidents if len(self.kept) == len(self.incidents) else self.incidents.take(self.kept)

    def undecided(self, limit: int | None = None) -> list[tuple[Incident, str]]:
        """Return the open incidents, each with the reason in a few words; at most `limit` of them."""
        return with_reasons(self.incidents, self.open[:limit], self.in_time)


def select(
    incidents: Incidents,
    gazetteer: Lookups,
    *,
    area: str | Path | Place | DrawnArea | None = None,
    start: str | datetime.date | None = None,
    end: str | datetime.date | None = None,
    kind: str | None = None,
    kinds: Collection[str] = (),
    order: DayOrder | None = None,
) -> Selection:
    """Choose the incidents that lie in an area and between two days, both included, and are of a kind.

    Parameters
    ----------
    incidents, gazetteer
        Any incidents, and what tells the area of a position.
    area
        A name or P-code of an admin unit, or the path of a GeoJSON file with an area that was drawn; or one
        of these itself. None, here and below, asks for all.
    start, end
        A day; or a day, a month or a year in any notation, whose first day starts and last day ends.
    kind
        What happened, in the table's own words.
    kinds
        Kinds that may be asked for although no incident is of them, in lower case.
    order
        Whether day or month comes first in dates such as 05/06/2016.

    Raises
    ------
    InputError
        If one of them can't be read, the days run backwards, or there is no such kind.
    """
    first = read_days(start, order=order, parameter="from")[0] if isinstance(start, str) else start
    last = read_days(end, order=order, parameter="to")[1] if isinstance(end, str) else end
    if first and last and last < first:
        raise InputError(f"the dates run backwards: {first} is after {last}", parameter="to")
    if isinstance(area, (str, Path)):
        drawn = Path(area).suffix.lower() in _DRAWN or Path(area).is_file()
        area = DrawnArea.read(area) if drawn else area_named(gazetteer, str(area), parameter="area")
    in_time = between(incidents, first, last)
    in_area = np.full(len(incidents), YES) if area is None else inside(incidents, area, gazetteer)
    asked = np.ones(len(incidents), dtype=np.bool_) if kind is None else _of_kind(incidents, kind, kinds)
    possible = asked & (in_time != NO) & (in_area != NO)
    sure = (in_time == YES) & (in_area == YES)
    return Selection(
        incidents,
        np.flatnonzero(possible & sure),
        np.flatnonzero(possible & ~sure),
        in_time,
        np.flatnonzero(asked & (in_time == YES)),
        area,
    )


def with_reasons(incidents: Incidents, numbers: Integers, in_time: Verdicts) -> list[tuple[Incident, str]]:
    """Return open incidents, by number, each with why it is open; `in_time` is of all."""

    def reason(incident: Incident, verdict: np.int8) -> str:
        if verdict == YES:
            return "its place is not known well enough to tell the area"
        return "only some of its days are asked for" if incident.days else "no date that can be read"

    picked = incidents.picked(numbers.tolist())
    return [(one, reason(one, verdict)) for one, verdict in zip(picked, in_time[numbers], strict=True)]


def between(incidents: Incidents, start: datetime.date | None, end: datetime.date | None) -> Verdicts:
    """Tell which incidents lie between two days, both included; None leaves a side open."""
    verdicts = np.full(len(incidents), YES)
    if start is None and end is None:
        return verdicts
    begin = -np.inf if start is None else start.toordinal()
    finish = np.inf if end is None else end.toordinal()
    first, last = incidents.first_days, incidents.last_days
    verdicts[~((begin <= first) & (last <= finish))] = OPEN  # so is NaN, no date
    verdicts[(last < begin) | (first > finish)] = NO
    return verdicts


def _of_kind(incidents: Incidents, kind: str, kinds: Collection[str]) -> Booleans:
    known = sorted(frozenset(kinds).union(*incidents.kinds))
    if kind.strip().casefold() not in known and len(incidents):
        if not known:
            raise InputError(
                "the incidents have no kinds: no column is known to say what happened",
                parameter="kind",
            )
        raise InputError(
            f"no incident is of the kind {kind!r}; there are {', '.join(known)}", parameter="kind"
        )
    return incidents.of_kind(kind)


def in_box(incidents: Incidents, box: BoundingBox) -> Booleans:
    """Tell which incidents have their position in a box, borders included, whatever their radius."""
    points = incidents.spots.points
    north, east = points.latitudes, points.longitudes
    spots = (box.south <= north) & (north <= box.north) & (box.west <= east) & (east <= box.east)
    return np.append(spots, False)[incidents.spot]  # -1, without a position, is the last


def inside(incidents: Incidents, area: Place | DrawnArea, gazetteer: Lookups) -> Verdicts:
    """Tell which incidents lie in an area; open are those that are not known well enough.

    In an admin unit, what a row states decides where it reaches the level of the unit or names another area
    above it; else its position does. In a drawn area all of its disc must lie, and all of its several places.
    In a town or a quarter lies what its row names as that, and a disc that lies in that of the town.
    """
    each, firsts = incidents.situations
    if _is_unit(area):
        wanted = area_chain(area)
        return _in_unit(chains(incidents, firsts, gazetteer, len(wanted)), wanted)[each]
    spots, parts = incidents.spot[firsts], incidents.spots.parts
    verdicts = np.full(len(firsts), OPEN)
    placed = spots >= 0
    verdicts[placed] = _discs_inside(incidents, spots[placed], area)
    for at in np.flatnonzero(np.isin(spots, list(parts))).tolist():
        members = np.array(parts[int(spots[at])].spots, dtype=np.intp)
        each_of = np.unique(_discs_inside(incidents, members, area))
        verdicts[at] = each_of[0] if len(each_of) == 1 else OPEN
    if isinstance(area, Place):  # what states another area, and has no position, lies elsewhere
        stated = [incidents.areas[one] for one in incidents.area[firsts].tolist()]
        verdicts[~placed & (_in_unit(stated, area_chain(area)) == NO)] = NO
    return verdicts[each]


def _is_unit(area: Place | DrawnArea | None) -> TypeGuard[Place]:
    """Tell whether an area is an admin unit, which rows state and polygons tell."""
    return isinstance(area, Place) and area.kind.admin_level is not None


def _discs_inside(
    incidents: Incidents, spots: Integers, area: Place | DrawnArea, radii_m: Floats | None = None
) -> Verdicts:
    """Tell which spots lie in a drawn area or the disc of a town; without radii by their own."""
    points, radii = incidents.spots.points.take(spots), incidents.spots.radii_m[spots]
    radii = radii if radii_m is None else radii_m
    if isinstance(area, DrawnArea):
        return area.inside(points, radii)
    away_m = between_m(Points.of([area.position]), np.zeros_like(spots), points, np.arange(len(spots)))
    named = np.array([incidents.spots.places[spot] == area.id for spot in spots.tolist()], dtype=np.bool_)
    inside_it = named | (away_m + radii <= area.uncertainty_m)
    verdicts: Verdicts = np.where(inside_it, YES, np.where(away_m - radii <= area.uncertainty_m, OPEN, NO))
    return verdicts


def _in_unit(found: Iterable[Chain], wanted: Chain) -> Verdicts:
    """Tell which chains lie in the area of a chain of P-codes; open are those that don't reach its level."""

    def verdict(chain: Chain) -> np.int8:
        common = min(len(chain), len(wanted))
        if chain[:common] != wanted[:common]:
            return NO
        return YES if len(chain) >= len(wanted) else OPEN

    return np.array([verdict(chain) for chain in found], dtype=np.int8)


def chains(incidents: Incidents, numbers: Integers, gazetteer: Lookups, level: int) -> list[Chain]:
    """Return the chains of areas that some incidents lie in, as far as that is known.

    What a row states comes first. Where that doesn't reach `level`, the position adds to it, if its radius is
    that of a town at most and it doesn't contradict; not for several places, whose middle tells nothing.
    """
    found = [incidents.areas[one] for one in incidents.area[numbers].tolist()]
    spots = incidents.spot[numbers]
    narrow = np.append(incidents.spots.radii_m <= TOWN_RADIUS_M, False)  # -1, nowhere, is the last
    narrow[list(incidents.spots.parts)] = False
    short = [at for at in np.flatnonzero(narrow[spots]).tolist() if len(found[at]) < level]
    around = _areas_round(incidents.spots.points.take(spots[short]), gazetteer)
    for at, chain in zip(short, around, strict=True):
        if chain[: len(found[at])] == found[at]:
            found[at] = chain
    return found


def _chains_of_spots(incidents: Incidents, spots: Integers, gazetteer: Lookups) -> list[Chain]:
    """Return the chains of areas that spots lie in: those of their places, else round positions."""
    found: list[Chain] = []
    narrow = incidents.spots.radii_m[spots] <= TOWN_RADIUS_M
    around = _areas_round(incidents.spots.points.take(spots), gazetteer)
    for spot, exact, chain in zip(spots.tolist(), narrow.tolist(), around, strict=True):
        try:
            found.append(area_chain(gazetteer.place(incidents.spots.places[spot])))
        except NotFoundError:
            found.append(chain if exact else ())
    return found


def _areas_round(points: Points, gazetteer: Lookups) -> list[Chain]:
    """Return the P-codes of the areas round points, looked up once for each gazetteer."""
    known = _KNOWN.setdefault(gazetteer, {})
    spots = list(zip(points.latitudes.tolist(), points.longitudes.tolist(), strict=True))
    new = [spot for spot in dict.fromkeys(spots) if spot not in known]
    if new:
        if len(known) + len(new) > _MAX_KNOWN:
            known.clear()
            new = list(dict.fromkeys(spots))
        answer = gazetteer.areas_at([spot[0] for spot in new], [spot[1] for spot in new])
        codes = [tuple(unit.pcode for unit in chain) for chain in answer.chains]
        known.update((spot, codes[row]) for spot, row in zip(new, answer.rows.tolist(), strict=True))
    return [known[spot] for spot in spots]


def codes_at(found: Iterable[Chain], level: int) -> list[str]:
    """Return the P-code of a level in each chain; "" where it doesn't reach that."""
    return [chain[level - 1] if len(chain) >= level else "" for chain in found]


@dataclass(frozen=True, slots=True, eq=False)
class Where:
    """In which area incidents and candidates lie, by number; or `ELSEWHERE`, or `UNKNOWN`."""

    codes: list[str | None]  # P-codes of the areas, which rise; the first is "", for none that is known
    of_incident: Integers  # by what its row states and its position
    of_spot: Integers  # of each spot that a name may mean; the others are not looked at


def areas_of(
    incidents: Incidents,
    gazetteer: Lookups,
    *,
    area: Place | DrawnArea | None,
    level: int | None = None,
    candidates: bool = True,
) -> Where:
    """Return where incidents and their candidates lie, as far as they lie in `area`.

    `level`, 1 for governorates to 3 for sub-districts, tells areas apart; without it there is one code, None.
    The position of a candidate that is known as well as a town tells whether it lies in what is no unit.
    """
    each, firsts = incidents.situations
    spots = np.unique(incidents.meanings.spots[: None if candidates else 0])
    by_chain = level is not None or _is_unit(area)
    found = _chains_of_spots(incidents, spots, gazetteer) if by_chain else []
    codes: list[str | None] = [None]
    of_incident = np.zeros(len(incidents), dtype=np.intp)
    of_spots = np.zeros(len(spots), dtype=np.intp)
    if level is not None:
        of_rows = codes_at(chains(incidents, firsts, gazetteer, level), level)
        known = sorted({"", *of_rows, *codes_at(found, level)})
        numbers = {code: number for number, code in enumerate(known)}
        of_incident = np.array([numbers[code] for code in of_rows], dtype=np.intp)[each]
        of_spots[:] = [numbers[code] if code else UNKNOWN for code in codes_at(found, level)]
        codes = [*known]
    if area is not None:
        of_incident = _placed(of_incident, inside(incidents, area, gazetteer))
        if _is_unit(area):
            of_spots = _placed(of_spots, _in_unit(found, area_chain(area)))
        else:
            radii = incidents.spots.radii_m[spots]
            exact = np.where(radii <= TOWN_RADIUS_M, 0.0, radii)
            of_spots = _placed(of_spots, _discs_inside(incidents, spots, area, exact))
    of_spot = np.full(len(incidents.spots), UNKNOWN, dtype=np.intp)
    of_spot[spots] = of_spots
    return Where(codes, of_incident, of_spot)


def _placed(numbers: Integers, verdicts: Verdicts) -> Integers:
    """Return the numbers of what lies in the area that is asked about, and what stands for the rest."""
    return np.where(verdicts == YES, numbers, np.where(verdicts == NO, ELSEWHERE, UNKNOWN))


def governorates(incidents: Incidents, gazetteer: Lookups) -> Integers:
    """Return the number of each incident's governorate: as its row says, else of its likeliest candidate.

    Where neither tells, it is that of "not known".
    """
    meant = incidents.meanings
    likeliest = [
        int(meant.spots[start + meant.confidences[start:end].argmax()]) if start < end else -1
        for start, end in pairwise(meant.starts.tolist())
    ]
    spots = np.array(sorted({*likeliest, *incidents.spot.tolist()} - {-1}), dtype=np.intp)
    codes = codes_at(_chains_of_spots(incidents, spots, gazetteer), 1)
    of_spots = {-1: "", **dict(zip(spots.tolist(), codes, strict=True))}
    stated = codes_at(incidents.areas, 1)
    numbers = {code: number for number, code in enumerate(sorted({"", *stated, *codes}))}
    by_row = np.array([numbers[code] for code in stated], dtype=np.intp)[incidents.area]
    of_meaning = np.array([numbers[of_spots[spot]] for spot in [*likeliest, -1]], dtype=np.intp)
    by_position = np.array([numbers[of_spots[spot]] for spot in incidents.spot.tolist()], dtype=np.intp)
    by_name = np.where(incidents.meaning >= 0, of_meaning[incidents.meaning], by_position)
    return np.where(by_row == numbers[""], by_name, by_row)
