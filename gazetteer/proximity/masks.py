"""What holds for each of many incidents, as an array: so that a hundred thousand are sorted in milliseconds.

The answers are those of :func:`~gazetteer.proximity.select`, which asks one incident after the other. An
area is decided once for every *situation*, a spot and the areas that the rows state, of which there are few.

Examples
--------
>>> import datetime
>>> days = between(LoadedIncidents([]), datetime.date(2016, 5, 1), None)
>>> days.tolist()
[]
"""

import datetime

import numpy as np
import numpy.typing as npt

from gazetteer.coords import BoundingBox
from gazetteer.incidents import Lookups
from gazetteer.places import Place
from gazetteer.proximity.drawn import DrawnArea
from gazetteer.proximity.loaded import LoadedIncidents
from gazetteer.proximity.points import Booleans
from gazetteer.proximity.selection import lies_in

__all__ = ["NO", "OPEN", "YES", "Verdicts", "between", "in_box", "inside"]

#: For each incident: it does, it doesn't, or that can't be told.
Verdicts = npt.NDArray[np.int8]
YES, NO, OPEN = np.int8(1), np.int8(0), np.int8(-1)


def between(incidents: LoadedIncidents, start: datetime.date | None, end: datetime.date | None) -> Verdicts:
    """Tell which incidents lie between two days, both included.

    Open are those without a date, and those of a month or year that lies there only in part. None leaves a
    side open; with neither, all lie there.
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


def inside(incidents: LoadedIncidents, area: Place | DrawnArea, gazetteer: Lookups) -> Verdicts:
    """Tell which incidents lie in an area; open are those that are not known well enough."""
    each, situations = incidents.situations
    if isinstance(area, DrawnArea):
        said = area.verdicts(situations)
    else:
        said = [lies_in(incident, area, gazetteer) for incident in situations]
    verdicts = np.array([OPEN if one is None else YES if one else NO for one in said], dtype=np.int8)
    found: Verdicts = verdicts[each]
    return found


def in_box(incidents: LoadedIncidents, box: BoundingBox) -> Booleans:
    """Tell which incidents have their position in a box, borders included, whatever their radius."""
    north, east = incidents.points.latitudes, incidents.points.longitudes
    spots = (box.south <= north) & (north <= box.north) & (box.west <= east) & (east <= box.east)
    return np.append(spots, False)[incidents.spot]  # -1, without a position, is the last
