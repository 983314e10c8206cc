"""Incidents of one area and one span of days, with what could not be decided kept apart.

An incident without a date is neither in a span of days nor outside it, nor is one of which only the month is
known where a part of that month is asked for. One that is known only to a wide radius is neither in a small
area nor outside it. Such incidents are not counted in, and not lost either: they are listed as undecided,
each with the reason.
"""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from gazetteer.coords import LatLon
from gazetteer.incidents import Incident, Lookups, area_chain
from gazetteer.places import Place
from gazetteer.proximity.drawn import DrawnArea

__all__ = ["TOWN_RADIUS_M", "Selection", "lies_in", "select"]

#: Radius up to which the position alone tells the area: a town and its edge, as in `gazetteer.precision`.
TOWN_RADIUS_M = 5_000.0
#: What lies round the positions of incidents, by gazetteer: each question asks it of the same incidents. A
#: position takes about 200 bytes; a gazetteer that is gone takes its own along.
_KNOWN: WeakKeyDictionary[Lookups, dict[LatLon, tuple[str, ...]]] = WeakKeyDictionary()
_MOST_KNOWN = 200_000


@dataclass(frozen=True, slots=True)
class Selection:
    """The incidents asked for, in order.

    Parameters
    ----------
    kept
        Those in the area and the span of days.
    undecided
        Those that may be or may not, each with the reason in a few words.
    """

    kept: tuple[Incident, ...]
    undecided: tuple[tuple[Incident, str], ...]


def select(
    incidents: Iterable[Incident],
    gazetteer: Lookups,
    *,
    area: Place | DrawnArea | None = None,
    start: datetime.date | None = None,
    end: datetime.date | None = None,
) -> Selection:
    """Keep the incidents that lie in an area and between two days, both included.

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
    """
    kept: list[Incident] = []
    undecided: list[tuple[Incident, str]] = []
    in_time_or_open = [i for i in incidents if _lies_between(i, start, end) is not False]
    drawn = area.verdicts(in_time_or_open) if isinstance(area, DrawnArea) else None
    for number, incident in enumerate(in_time_or_open):
        in_time = _lies_between(incident, start, end)
        if drawn is not None:
            in_area = drawn[number]
        else:
            in_area = True if not isinstance(area, Place) else lies_in(incident, area, gazetteer)
        if in_area is False:
            continue
        if in_time is None:
            partly = "its month or year is only partly asked for"
            undecided.append((incident, partly if incident.days else "no date that can be read"))
        elif in_area is None:
            undecided.append((incident, "its place is not known well enough to tell the area"))
        else:
            kept.append(incident)
    return Selection(tuple(kept), tuple(undecided))


def lies_in(incident: Incident, area: Place, gazetteer: Lookups) -> bool | None:
    """Tell whether an incident lies in an admin unit; None when that can't be told.

    What the incident states decides where it reaches the level of `area` or names another area
    above it. Otherwise its position decides, if its radius is that of a town (5 km) at most.
    """
    wanted = area_chain(area)
    if not wanted:  # the country: every incident of this gazetteer lies in it
        return True
    stated = incident.admin
    common = min(len(stated), len(wanted))
    if stated[:common] != wanted[:common]:
        return False
    if len(stated) >= len(wanted):
        return True
    if incident.position is None or incident.uncertainty_m > TOWN_RADIUS_M:
        return None
    found = _areas_round(incident.position, gazetteer)
    if len(found) < len(wanted) and found == wanted[: len(found)]:
        return None
    return found[: len(wanted)] == wanted


def _areas_round(position: LatLon, gazetteer: Lookups) -> tuple[str, ...]:
    """Return the P-codes of the areas round a position, looked up once for each gazetteer."""
    known = _KNOWN.setdefault(gazetteer, {})
    codes = known.get(position)
    if codes is None:
        if len(known) >= _MOST_KNOWN:
            known.clear()
        codes = known[position] = tuple(unit.pcode for unit in gazetteer.reverse(position).admin)
    return codes


def _lies_between(incident: Incident, start: datetime.date | None, end: datetime.date | None) -> bool | None:
    if start is None and end is None:
        return True
    first, last = incident.days or (incident.date, incident.date)
    if first is None or last is None:
        return None
    if (start is None or start <= first) and (end is None or last <= end):
        return True
    overlaps = (start is None or start <= last) and (end is None or first <= end)
    return None if overlaps else False
