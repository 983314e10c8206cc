"""Which incidents lie in an area and a span of days, and of which that can't be told.

An incident without a date is neither in a span of days nor outside it, nor is one that is known to several
days of which some are asked for. One that is known only to a wide radius is neither in a small area nor
outside it. Such incidents are not counted in, and not lost either: they are *open*, each with the reason.

Everything is decided for all incidents at once; an area is decided once for every *situation*, a spot and the
areas that the rows state, of which there are few.
"""

import datetime
from dataclasses import dataclass
from pathlib import Path
from weakref import WeakKeyDictionary

import numpy as np

from gazetteer.errors import InputError
from gazetteer.geodesy import BoundingBox
from gazetteer.incidents import Incident, Incidents
from gazetteer.incidents.spots import area_chain
from gazetteer.lookups import Lookups
from gazetteer.near.areas import NO, OPEN, YES, DrawnArea, Verdicts
from gazetteer.near.targets import area_named
from gazetteer.notation.dates import DayOrder, read_days
from gazetteer.points import Booleans, Integers, Points
from gazetteer.values import Place

#: Radius up to which the position alone tells the area: a town and its edge.
TOWN_RADIUS_M = 5_000.0
#: What lies round the positions of incidents, by gazetteer: each question asks it of the same incidents. A
#: position takes about 200 bytes; a gazetteer that is gone takes its own along.
_KNOWN: WeakKeyDictionary[Lookups, dict[tuple[float, float], tuple[str, ...]]] = WeakKeyDictionary()
_MAX_KNOWN = 200_000


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """The incidents asked for.

    Parameters
    ----------
    incidents
        All that were asked about.
    kept
        The numbers of those in the area and the span of days.
    open
        The numbers of those that may be in them or not.
    in_time
        For each incident whether it lies in the span of days.
    timely
        The numbers of those in the span of days and of the kind, wherever they are.
    area
        The area, where one was asked for.
    """

    incidents: Incidents
    kept: Integers
    open: Integers
    in_time: Verdicts
    timely: Integers
    area: Place | DrawnArea | None = None

    @property
    def chosen(self) -> Incidents:
        """The incidents in the area and the span of days."""
        return self.incidents if len(self.kept) == len(self.incidents) else self.incidents.take(self.kept)

    def undecided(self, limit: int | None = None) -> list[tuple[Incident, str]]:
        """Return the open incidents, each with the reason in a few words; at most `limit` of them."""
        numbers = self.open[:limit].tolist()
        return [
            (one, reason_open(one, in_time=bool(self.in_time[number] == YES)))
            for number, one in zip(numbers, self.incidents.picked(numbers), strict=True)
        ]


def select(
    incidents: Incidents,
    gazetteer: Lookups,
    *,
    area: Place | DrawnArea | None = None,
    start: datetime.date | None = None,
    end: datetime.date | None = None,
    kind: str | None = None,
) -> Selection:
    """Choose the incidents that lie in an area and between two days, both included, and are of a kind.

    Parameters
    ----------
    incidents
        Any incidents.
    gazetteer
        Tells the area of a position where the incident states none.
    area
        An admin unit, or an area that was drawn; None for everywhere.
    start, end
        First and last day; None leaves that side open.
    kind
        What happened, in the table's own words; None for everything.

    Raises
    ------
    InputError
        If no incident is of that kind; the message lists those that there are.
    """
    in_time = between(incidents, start, end)
    in_area = np.full(len(incidents), YES) if area is None else inside(incidents, area, gazetteer)
    asked = np.ones(len(incidents), dtype=np.bool_) if kind is None else _of_kind(incidents, kind)
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


def select_given(
    incidents: Incidents,
    gazetteer: Lookups,
    *,
    area: str | Path | Place | DrawnArea | None = None,
    start: str | datetime.date | None = None,
    end: str | datetime.date | None = None,
    kind: str | None = None,
    order: DayOrder | None = None,
) -> Selection:
    """Choose incidents as :func:`select` does, by an area and days as people write them.

    Parameters
    ----------
    area
        A name or P-code of an admin unit, or the path of a GeoJSON file with an area that was drawn.
    start, end
        A day, a month or a year in any notation; its first day starts, its last day ends.
    order
        Whether day or month comes first in dates such as 05/06/2016.

    Raises
    ------
    InputError
        If one of them can't be read, or the days run backwards.
    """
    first = read_days(start, order=order, parameter="from")[0] if isinstance(start, str) else start
    last = read_days(end, order=order, parameter="to")[1] if isinstance(end, str) else end
    if first and last and last < first:
        raise InputError(f"the dates run backwards: {first} is after {last}", parameter="to")
    if isinstance(area, (str, Path)):
        drawn = Path(area).suffix.lower() in (".geojson", ".json")
        area = DrawnArea.read(area) if drawn else area_named(gazetteer, str(area), parameter="area")
    return select(incidents, gazetteer, area=area, start=first, end=last, kind=kind)


def reason_open(incident: Incident, *, in_time: bool) -> str:
    """Return why it can't be told whether an incident is asked for."""
    if in_time:
        return "its place is not known well enough to tell the area"
    return "only some of its days are asked for" if incident.days else "no date that can be read"


def between(incidents: Incidents, start: datetime.date | None, end: datetime.date | None) -> Verdicts:
    """Tell which incidents lie between two days, both included.

    Open are those without a date, and those of several days of which only some lie there. None leaves a side
    open; with neither, all lie there.

    Examples
    --------
    >>> between(Incidents.of([]), datetime.date(2016, 5, 1), None).tolist()
    []
    """
    verdicts = np.full(len(incidents), YES)
    if start is None and end is None:
        return verdicts
    begin = -np.inf if start is None else start.toordinal()
    finish = np.inf if end is None else end.toordinal()
    first, last = incidents.first_days, incidents.last_days
    verdicts[~((begin <= first) & (last <= finish))] = OPEN  # so is NaN, no date
    verdicts[(last < begin) | (first > finish)] = NO
    return verdicts


def inside(incidents: Incidents, area: Place | DrawnArea, gazetteer: Lookups) -> Verdicts:
    """Tell which incidents lie in an area; open are those that are not known well enough.

    In an admin unit: what the incident states decides where it reaches the level of the unit or names
    another area above it. Otherwise its position decides, as :func:`chains` tells.
    """
    each, firsts = incidents.situations
    if isinstance(area, DrawnArea):
        verdicts = _inside_drawn(incidents, firsts, area)
    else:
        verdicts = _inside_unit(incidents, firsts, area_chain(area), gazetteer)
    return verdicts[each]


def in_box(incidents: Incidents, box: BoundingBox) -> Booleans:
    """Tell which incidents have their position in a box, borders included, whatever their radius."""
    points = incidents.spots.points
    north, east = points.latitudes, points.longitudes
    spots = (box.south <= north) & (north <= box.north) & (box.west <= east) & (east <= box.east)
    return np.append(spots, False)[incidents.spot]  # -1, without a position, is the last


def areas_round(points: Points, gazetteer: Lookups) -> list[tuple[str, ...]]:
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


def chains(incidents: Incidents, numbers: Integers, gazetteer: Lookups, level: int) -> list[tuple[str, ...]]:
    """Return the chains of areas that some incidents lie in, as far as that is known.

    What a row states comes first. Where that doesn't reach `level`, the position adds to it, if its radius is
    that of a town (5 km) at most and it doesn't contradict; not for several places, whose middle tells
    nothing.
    """
    found = [incidents.areas[one] for one in incidents.area[numbers].tolist()]
    spots = incidents.spot[numbers]
    narrow = np.append(incidents.spots.radii_m <= TOWN_RADIUS_M, False)  # -1, nowhere, is the last
    narrow[list(incidents.spots.parts)] = False
    exact = narrow[spots]
    short = [at for at in np.flatnonzero(exact).tolist() if len(found[at]) < level]
    for at, chain in zip(
        short, areas_round(incidents.spots.points.take(spots[short]), gazetteer), strict=True
    ):
        if chain[: len(found[at])] == found[at]:
            found[at] = chain
    return found


def _inside_unit(
    incidents: Incidents, numbers: Integers, wanted: tuple[str, ...], gazetteer: Lookups
) -> Verdicts:
    """Tell which incidents lie in the area of a chain of P-codes."""
    verdicts = np.full(len(numbers), OPEN)
    for at, chain in enumerate(chains(incidents, numbers, gazetteer, len(wanted))):
        common = min(len(chain), len(wanted))
        if chain[:common] != wanted[:common]:
            verdicts[at] = NO
        elif len(chain) >= len(wanted):
            verdicts[at] = YES
    return verdicts


def _inside_drawn(incidents: Incidents, numbers: Integers, area: DrawnArea) -> Verdicts:
    spots = incidents.spot[numbers]
    verdicts = np.full(len(numbers), OPEN)
    placed = spots >= 0
    verdicts[placed] = _discs_inside(incidents, spots[placed], area)
    for at in np.flatnonzero(np.isin(spots, list(incidents.spots.parts))).tolist():
        parts = np.array(incidents.spots.parts[int(spots[at])].spots, dtype=np.intp)
        each = np.unique(_discs_inside(incidents, parts, area))
        verdicts[at] = each[0] if len(each) == 1 else OPEN
    return verdicts


def _discs_inside(incidents: Incidents, spots: Integers, area: DrawnArea) -> Verdicts:
    return area.inside(incidents.spots.points.take(spots), incidents.spots.radii_m[spots])


def _of_kind(incidents: Incidents, kind: str) -> Booleans:
    known = sorted(frozenset[str]().union(*incidents.kinds))
    if kind.strip().casefold() not in known and len(incidents):
        if not known:
            raise InputError(
                "the incidents have no kinds: name the column that has them with --kind-column",
                parameter="kind",
            )
        raise InputError(
            f"no incident is of the kind {kind!r}; there are {', '.join(known)}", parameter="kind"
        )
    return incidents.of_kind(kind)
