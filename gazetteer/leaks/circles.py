"""Distances from one unknown place to several known ones: where their circles meet, and how exactly.

Two distances leave two spots, three leave one. Each circle is as wide as its distance was written: "3.2 km"
is between 3.15 and 3.25. What is left is searched for along the narrowest circle, on the ellipsoid.
"""

import math
import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np

from gazetteer.errors import UnitError
from gazetteer.geodesy import LatLon, distance_m, geod
from gazetteer.incidents.columns import normal_name
from gazetteer.leaks.about import Subject, Subjects, names_facility
from gazetteer.leaks.rows import DISTANCES, Clue, distances_in
from gazetteer.names.fold import fold
from gazetteer.notation.lengths import METRES_PER_UNIT, read_length
from gazetteer.notation.precision import stated_radius
from gazetteer.points import Floats
from gazetteer.tables.table import Table
from gazetteer.values import Place

#: How many directions along a circle are tried, and how often: each time only where others meet it.
_TRIED: Final = 1_800
_ROUNDS: Final = 3
#: Places nearer to each other than this are one place, in metres.
_SAME_M: Final = 200.0
#: Up to how many circles of a row are tried without one of them.
_FEW: Final = 6


class Circle(NamedTuple):
    """A distance to a known place, and how far off it may be as it was written, both in metres."""

    centre: LatLon
    distance_m: float
    tolerance_m: float


def tolerance_m(number: str, metres_per_unit: float) -> float:
    """Return half of the last meaningful digit of a number in metres: 50 for "3.2" kilometres.

    Zeros at the end of a whole number mean nothing.
    """
    whole, _, decimals = number.replace(",", ".").partition(".")
    zeros = len(whole) - len(whole.rstrip("0")) if not decimals else 0
    digit: float = 10.0 ** (zeros - len(decimals))
    return digit / 2 * metres_per_unit


def meeting_m(circles: Sequence[Circle]) -> float | None:
    """Return how exactly circles say where something is, in metres; None where that can't be told from them.

    This is the radius of the largest spot in which they meet. Fewer than two places tell nothing, and neither
    do circles that don't meet.
    """
    apart: list[Circle] = []
    for one in sorted(circles, key=lambda circle: circle.tolerance_m):
        if all(distance_m(one.centre, other.centre) > _SAME_M for other in apart):
            apart.append(one)
    if len(apart) < 2:
        return None
    spots = [(0.0, 360.0)]
    for _ in range(_ROUNDS):
        spots = [spot for start, end in spots for spot in _spots(np.linspace(start, end, _TRIED), apart)]
    widest_deg = max((end - start for start, end in spots), default=None)
    if widest_deg is None:
        return None
    return math.hypot(math.radians(widest_deg) * apart[0].distance_m / 2, apart[0].tolerance_m)


def _spots(azimuths: Floats, circles: Sequence[Circle]) -> list[tuple[float, float]]:
    """Return between which azimuths of the first circle all others meet it, of those that are tried."""
    first, *others = circles
    step_deg = float(np.diff(azimuths[:2])[0])
    slack_m = math.radians(step_deg) * first.distance_m
    left = np.ones(len(azimuths), dtype=bool)
    for other in others:
        within = np.zeros(len(azimuths), dtype=bool)
        for length_m in first.distance_m + first.tolerance_m * np.array((-1.0, 0.0, 1.0)):
            same = np.ones(len(azimuths))
            longitudes, latitudes, _ = geod().fwd(
                same * first.centre.longitude, same * first.centre.latitude, azimuths, same * length_m
            )
            _, _, away_m = geod().inv(
                longitudes, latitudes, same * other.centre.longitude, same * other.centre.latitude
            )
            within |= np.abs(away_m - other.distance_m) <= other.tolerance_m + slack_m
        left &= within
    at = np.flatnonzero(left)
    if not len(at):
        return []
    runs = np.split(at, np.flatnonzero(np.diff(at) > 1) + 1)
    return [(float(azimuths[run[0]]) - step_deg, float(azimuths[run[-1]]) + step_deg) for run in runs]


# --------------------------------------------------------------------------------------- rows that have them

_IS_DISTANCE: Final = frozenset("distance dist away to from km m مسافه المسافه بعد".split())
#: Columns that name from where a distance is told, and in which direction.
_FROM: Final = re.compile(
    r"(?:^|_)(?:from|ref|reference|nearest|relative|town|city|village|settlement|landmark|ville|yer|البلده|المدينه|اقرب)"
)
_TURKISH_ENDING: Final = re.compile(r"['’](?:y?[ea]|[dt][ea]n|n?[iıuü]n)$")  # "Saraqib'e", to Saraqib
_BEARING: Final = re.compile(r"bearing|azimuth|heading")
#: The levels of areas that a code of precision may mean.
_LEVELS: Final = {"governorate": 1, "district": 2}
_NEAREST: Final = frozenset({"nearest_id", "nearest_name", "nearest", "nearest_hospital", "distance_m"})


#: A row, its column, and the circle that it tells; and what circles tell of a row.
_Known = tuple[int, str, Circle]
_Met = tuple[int, Clue, Subject]


class Circles:
    """Circles round known places, by what they are about."""

    def __init__(self) -> None:
        self._of: dict[str, list[_Known]] = {}
        self._subjects: dict[str, Subject] = {}

    def add(self, subject: Subject, row: int, column: str, circle: Circle) -> None:
        """Add a circle round which a place is, by the row and the column that tell so."""
        self._subjects.setdefault(subject.key, subject)
        self._of.setdefault(subject.key, []).append((row, column, circle))

    def meeting(self) -> Iterator[_Met]:
        """Yield a clue a row for each place whose circles meet.

        Where not all do, those of a row may, or all but one, which is of another place of its name.
        """
        for key, known in self._of.items():
            told = self._met(key, known)
            for row in () if told else dict.fromkeys(row for row, _, _ in known):
                told += self._met_but_one(key, [one for one in known if one[0] == row])
            yield from told

    def _met_but_one(self, key: str, known: Sequence[_Known]) -> list[_Met]:
        """Return what a row's circles tell, or all but one of them."""
        fewer = [[*known[:n], *known[n + 1 :]] for n in range(len(known))] if 3 <= len(known) <= _FEW else []
        return next(filter(None, (self._met(key, some) for some in (known, *fewer))), [])

    def _met(self, key: str, known: Sequence[_Known]) -> list[_Met]:
        exact_m = meeting_m([circle for _, _, circle in known])
        if exact_m is None:
            return []
        columns: dict[int, dict[str, None]] = {}
        for row, column, _ in known:
            columns.setdefault(row, {})[column] = None
        return [
            (row, Clue(tuple(names), DISTANCES, exact_m), self._subjects[key])
            for row, names in columns.items()
        ]


class Distances:
    """Reads the distances of rows: in columns that name a place, in texts, and to what is nearest."""

    def __init__(self, table: Table, subjects: Subjects) -> None:
        self._subjects, self._columns = subjects, table.columns
        names = [normal_name(name) for name in table.columns]
        self._to: list[tuple[int, Place, float]] = []
        self._beside: list[tuple[int, int, float]] = []  # a place, and the distance from it
        self._bearing = next((n for n, name in enumerate(names) if _BEARING.search(name)), None)
        self._nearest = {name: n for n, name in enumerate(names) if name in _NEAREST}
        self._unit, self._of_kind = 1.0, False  # of the distance to what is nearest
        read, at = subjects.columns, {name: n for n, name in enumerate(table.columns)}
        self._radius, self._precision = (at.get(one or "") for one in (read.uncertainty, read.precision))
        for n, name in enumerate(names):
            words = [word for word in name.split("_") if word]
            if not _IS_DISTANCE & {re.sub(r"\d", "", word) for word in words} or name in _NEAREST:
                continue
            unit = next(
                (METRES_PER_UNIT[word] for word in reversed(words) if word in METRES_PER_UNIT), 1000.0
            )
            left = " ".join(
                word
                for word in words
                if not {re.sub(r"\d", "", word), ""} & {*_IS_DISTANCE, *METRES_PER_UNIT}
            )
            same = [m for m in range(len(names)) if names[m] == left.replace(" ", "_")]
            if same or not re.sub(r"\d", "", left):
                before = same or [m for m in range(n) if _FROM.search(names[m])]
                self._beside += [(before[-1], n, unit)] if before else []
                continue
            place = subjects.place(left)
            if place is not None and not place.sensitive and place.kind.admin_level is None:
                self._to.append((n, place, unit))
            elif (place is not None and place.sensitive) or names_facility(left):
                self._nearest.setdefault("distance_m", n)
                self._unit, self._of_kind = unit, True

    @property
    def has_nearest(self) -> bool:
        """Whether rows may have the distance to what is nearest."""
        return "distance_m" in self._nearest

    def of(
        self, texts: Sequence[str], subject: Subject | None, own: LatLon | None
    ) -> Iterator[tuple[Subject, str, Circle]]:
        """Yield whose distance a row has, in which column, and the circle."""
        nearest = self.nearest(texts, own)
        if nearest is not None and nearest[0].key:
            yield nearest
        if subject is None:
            return
        yield from self._radii(texts, subject)
        for n, told in self._in_columns(texts):
            yield subject, self._columns[n], told
        for n, text in enumerate(texts):
            for found in distances_in(text):
                known, metres = self._named(found["name"]), METRES_PER_UNIT.get(fold(found["unit"]))
                if known and metres and (circle := _circle(found["number"], known, metres)):
                    yield subject, self._columns[n], circle

    def _in_columns(self, texts: Sequence[str]) -> Iterator[tuple[int, Circle]]:
        """Yield the circles of columns that are called after a place, or stand behind one that names it."""
        named = (
            (n, self._named(texts[at].strip()), unit) for at, n, unit in self._beside if texts[n].strip()
        )
        for n, place, unit in (*self._to, *named):
            if place is not None and (circle := _circle(texts[n], place, unit)) is not None:
                yield n, circle

    def along(self, texts: Sequence[str]) -> Iterator[Clue]:
        """Yield the distances that have a bearing beside them, which both together are a position."""
        bearing = texts[self._bearing].strip() if self._bearing is not None else ""
        for n, circle in self._in_columns(texts) if _is_number(bearing) else ():
            aside_m = math.radians(tolerance_m(bearing, 1.0)) * circle.distance_m
            columns = self._columns[n], self._columns[self._bearing or 0]
            yield Clue(columns, DISTANCES, math.hypot(aside_m, circle.tolerance_m))

    def _radii(self, texts: Sequence[str], subject: Subject) -> Iterator[tuple[Subject, str, Circle]]:
        """Yield the circles that follow from a radius which reaches to the far side of an area."""
        if self._radius is None or self._precision is None:
            return
        code = stated_radius(texts[self._precision], column=self._columns[self._precision])
        level, text = _LEVELS.get(str(code)), texts[self._radius].strip()
        if level is None or not _is_number(text):
            return
        for area in self._subjects.areas(texts):
            reach_m = float(text.replace(",", ".")) - area.uncertainty_m
            if area.kind.admin_level == level and reach_m > 0:
                yield (
                    subject,
                    self._columns[self._radius],
                    Circle(area.position, reach_m, tolerance_m(text, 1.0)),
                )

    def _named(self, name: str) -> Place | None:
        """Return the open place that a name, or its first words, means."""
        written = name.split()
        for words in (written, [_TURKISH_ENDING.sub("", word) for word in written]):
            for count in range(len(words), 0, -1):
                place = self._subjects.place(" ".join(words[:count]))
                if place is not None and not place.sensitive and place.kind.value != "point":
                    return place
        return None

    def nearest(self, texts: Sequence[str], own: LatLon | None) -> tuple[Subject, str, Circle] | None:
        """Return the distance from where a row is to a sensitive place that it calls nearest.

        Where only its kind is known, the subject has no key.
        """
        column = self._nearest.get("distance_m")
        if column is None or own is None or not _is_number(text := texts[column].strip()):
            return None
        circle = Circle(
            own, float(text.replace(",", ".")) * self._unit, max(1.0, tolerance_m(text, self._unit))
        )
        for name, n in self._nearest.items():
            place = None
            if name != "distance_m" and (named := texts[n].strip()):
                place = self._subjects.by_id(named) or self._subjects.place(named)
            if place is not None and place.sensitive:
                return Subject(place.id, place.id, place.name), self._columns[column], circle
        return (Subject("", "", ""), self._columns[column], circle) if self._of_kind else None


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).replace(",", "", 1).isdigit()


def _circle(text: str, place: Place, unit: float) -> Circle | None:
    """Return the circle round a place that a number, or a length, gives."""
    text = text.strip()
    if unit == 1.0:
        text = re.sub(r",(?=\d{3}$)", "", text)  # thousands of metres
    if _is_number(text):
        number = text.replace(",", ".")
        return Circle(place.position, float(number) * unit, tolerance_m(number, unit))
    try:
        length_m = read_length(text)
    except UnitError:
        return None
    return Circle(place.position, length_m, max(0.5, length_m * 0.01))
