"""Where incidents are: positions that places gave, spots, and what names may mean.

A table names the same town again and again, and what geometry tells depends on the *spot* alone: a position,
its radius and the place that gave it. So each spot is there once.

A row may name several places. Then its spot is the smallest circle that holds them, and has *parts*: a spot
for each. What needs to know where it was asks the parts (:attr:`Spots.parts`); there are few such rows.

A name may mean one place or another. Its *meaning* is the list of its candidates, each with a confidence.
Rows of one name in one context have one meaning: it is right or wrong for all of them together. So each
meaning is there once too (:class:`Meanings`), and its candidates are spots.

What is alike stands in arrays as one number (:class:`Numbering`, :func:`distinct`, :func:`alike`).
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal, NamedTuple

import numpy as np

from gazetteer.geodesy import LatLon, distance_m
from gazetteer.kinds import REGIONS, PlaceKind
from gazetteer.points import Floats, Integers, Points, smallest_circle
from gazetteer.reading.calibration import RIGHT_M
from gazetteer.values import Place, common_start

#: How the candidates of a name go together: "one" of them is meant at most; "or", it was at one of several
#: places; "and", it was at each of several.
Manner = Literal["one", "or", "and"]

#: Groups of kinds whose places have a middle that people mean: points in their discs lie towards it.
_WITH_A_MIDDLE: Final = frozenset({"settlement", "neighbourhood", "facility", "landmark"})
#: A table of all numbers may have so many entries for each that there is, and so many in any case.
_SPARSE, _SMALL = 16, 1_000_000
#: A degree of latitude is 110 km at least: two places farther apart are not within `RIGHT_M`.
_FAR_DEG: Final = RIGHT_M / 110_000.0


@dataclass(frozen=True, slots=True)
class Fix:
    """A position that a place gave."""

    position: LatLon
    uncertainty_m: float
    admin: tuple[str, ...] = ()  # P-codes of the areas that it lies in, governorate first
    place_id: str = ""
    generalised_to_deg: float | None = None  # the side of the cell that the place was generalised to
    kind: PlaceKind | None = None  # of the place, where anything tells

    @classmethod
    def of(cls, place: Place, *, radius_m: float = 0.0) -> "Fix":
        """Return the position that a place gives; its circle holds all of it, and has `radius_m` at least."""
        return cls(
            place.position,
            max(radius_m, place.uncertainty_m),
            area_chain(place),
            place.id,
            place.generalised_to_deg,
            place.kind,
        )

    @property
    def fixes(self) -> "tuple[Fix, ...]":
        """Itself: beside :class:`Several`, one place."""
        return (self,)

    @property
    def around(self) -> "Fix":
        """Itself."""
        return self

    @property
    def manner(self) -> Manner:
        """That of a name that means one place at most."""
        return "one"

    @property
    def has_middle(self) -> bool:
        """Whether it is a named place with a middle: no area, no point that was computed, no cell."""
        if self.kind is None or self.generalised_to_deg is not None:
            return False
        return self.kind.group in _WITH_A_MIDDLE and self.kind not in REGIONS


class Candidate(NamedTuple):
    """A place that a name may mean, and the probability that it does, 0 to 1."""

    fix: Fix
    confidence: float


def exclusive(candidates: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """Return candidates of which one at most is meant, so that their confidences add up to at most 1.

    The surest come first. A confidence is the probability that what was meant lies within 5 km. So a
    candidate within 5 km of a surer one is counted in that one's already, and is left out.
    """
    kept: list[Candidate] = []
    left = 1.0
    for fix, confidence in candidates:
        share = min(confidence, left)
        if share > 0.0 and not any(_one_answer(fix.position, one.fix.position) for one in kept):
            kept.append(Candidate(fix, share))
            left -= share
    return tuple(kept)


def _one_answer(a: LatLon, b: LatLon) -> bool:
    return abs(a.latitude - b.latitude) <= _FAR_DEG and distance_m(a, b) <= RIGHT_M


def area_chain(place: Place) -> tuple[str, ...]:
    """Return the P-codes of the areas that a place lies in or is, governorate first."""
    if place.kind.admin_level and place.id not in place.pcodes:
        return (*place.pcodes, place.id)
    return place.pcodes


@dataclass(frozen=True, slots=True)
class Several:
    """Positions that several places gave, for one incident, in the order in which the row names them."""

    fixes: tuple[Fix, ...]
    either: bool = False  # at one of them, and it isn't known at which ("A or B"); else at each ("A, B")

    @property
    def manner(self) -> Manner:
        """How its places go together."""
        return "or" if self.either else "and"

    @property
    def around(self) -> Fix:
        """The smallest circle that holds all, and the areas that hold all."""
        centre, radius_m = smallest_circle([(one.position, one.uncertainty_m) for one in self.fixes])
        chain = self.fixes[0].admin
        for one in self.fixes[1:]:
            chain = chain[: common_start(chain, one.admin)]
        return Fix(centre, radius_m, chain, "", self.generalised_to_deg)

    @property
    def generalised_to_deg(self) -> float | None:
        """The side of the largest cell that one of them was generalised to; None where none was."""
        sides = [side for one in self.fixes if (side := one.generalised_to_deg) is not None]
        return max(sides, default=None)


class Parts(NamedTuple):
    """The spots of several places, by number, and whether one of them is meant and not each."""

    spots: tuple[int, ...]
    either: bool


@dataclass(frozen=True, slots=True, eq=False)
class Spots:
    """Spots, each once: where it is, its radius in metres, and the id of the place that gave it."""

    points: Points
    radii_m: Floats
    places: tuple[str, ...]
    parts: Mapping[int, Parts] = field(default_factory=dict)  # of the circles round several places
    has_middle: frozenset[int] = frozenset()  # of a named place with a middle, as far as candidates tell

    @classmethod
    def among(
        cls,
        latitudes: Floats,
        longitudes: Floats,
        radii_m: Floats,
        place: Integers,
        places: Sequence["str | Several"],
    ) -> tuple["Spots", Integers]:
        """Return the spots of some rows, and for each row the number of its own; -1 without a position.

        A latitude that is NaN means no position. `place` is the number among `places` of what gave a row its
        position: the id of a place, or several, which become spots after those of the rows.
        """
        spot = np.full(len(latitudes), -1, dtype=np.intp)
        rows = np.flatnonzero(~np.isnan(latitudes))
        keys = (place[rows], radii_m[rows], longitudes[rows], latitudes[rows])
        order = np.lexsort(keys)
        begins = np.zeros(len(rows), dtype=np.bool_)
        begins[:1] = True
        for key in keys:
            begins[1:] |= np.diff(key[order]) != 0
        spot[rows[order]] = np.cumsum(begins) - 1
        firsts = rows[order[begins]]
        points = Points.from_degrees(latitudes[firsts], longitudes[firsts])
        several = {number: one for number, one in enumerate(places) if isinstance(one, Several)}
        parts: dict[int, Parts] = {}
        fixes: list[Fix] = []
        for number in np.flatnonzero(np.isin(place[firsts], list(several))).tolist():
            one = several[int(place[firsts[number]])]
            start = len(firsts) + len(fixes)
            fixes += one.fixes
            parts[number] = Parts(tuple(range(start, start + len(one.fixes))), one.either)
        ids_of = [one if isinstance(one, str) else "" for one in places]
        ids = tuple(ids_of[number] for number in place[firsts].tolist())
        return cls(points, radii_m[firsts], ids, parts).followed_by(cls._of(fixes)), spot

    @classmethod
    def _of(cls, fixes: Sequence[Fix]) -> "Spots":
        radii_m = np.array([one.uncertainty_m for one in fixes], dtype=np.float64)
        return cls(Points.of([one.position for one in fixes]), radii_m, tuple(one.place_id for one in fixes))

    def followed_by(self, others: "Spots") -> "Spots":
        """Return these spots and then the others."""
        count = len(self)
        moved = {
            number + count: Parts(tuple(one + count for one in parts.spots), parts.either)
            for number, parts in others.parts.items()
        }
        return Spots(
            self.points.followed_by(others.points),
            np.concatenate([self.radii_m, others.radii_m]),
            (*self.places, *others.places),
            {**self.parts, **moved},
            self.has_middle | {number + count for number in others.has_middle},
        )

    def with_fixes(self, fixes: Sequence[Fix]) -> tuple["Spots", Integers]:
        """Return the spots with those of places added, and the number of each place's; known ones stay."""
        if not fixes:
            return self, np.empty(0, dtype=np.intp)
        cells = (self.points.latitudes, self.points.longitudes, self.radii_m)
        keys = zip(*(one.tolist() for one in cells), self.places, strict=True)
        known = {key: number for number, key in enumerate(keys) if key[-1]}  # else it was no place's
        new: list[Fix] = []
        numbers = np.empty(len(fixes), dtype=np.intp)
        for at, fix in enumerate(fixes):
            key = (fix.position.latitude, fix.position.longitude, fix.uncertainty_m, fix.place_id)
            if key not in known:
                known[key] = len(self) + len(new)
                new.append(fix)
            numbers[at] = known[key]
        middles = {number for number, fix in zip(numbers.tolist(), fixes, strict=True) if fix.has_middle}
        grown = self.followed_by(self._of(new))
        return replace(grown, has_middle=grown.has_middle | middles), numbers

    def several(self, number: int, sides: Mapping[str, float | None]) -> Several | None:
        """Return the several places that a spot is the circle of, without areas; None for any other.

        `sides` has the cells that places were generalised to, by id.
        """
        if number not in self.parts:
            return None
        spots, either = self.parts[number]
        ids = [self.places[one] for one in spots]
        fixes = (
            Fix(self.points.at(one), float(self.radii_m[one]), (), place_id, sides.get(place_id))
            for one, place_id in zip(spots, ids, strict=True)
        )
        return Several(tuple(fixes), either)

    def __len__(self) -> int:
        return len(self.radii_m)


class Meaning(NamedTuple):
    """What a name may mean, in its context."""

    name: Hashable  # what tells the name and its context from others, in some way
    candidates: tuple[Candidate, ...]
    manner: Manner = "one"
    in_area: bool = False  # the row names an area, which holds for all candidates


@dataclass(frozen=True, slots=True, eq=False)
class Meanings:
    """What names may mean, each name with its context once."""

    every: tuple[Meaning, ...]
    starts: Integers  # where in the next two the candidates of each begin, and where those of the last end
    spots: Integers  # of each candidate
    confidences: Floats

    @classmethod
    def among(cls, meanings: Sequence[Meaning], spots: Spots) -> tuple["Meanings", Spots]:
        """Return some meanings as arrays, and the spots with those of their candidates added."""
        each = [one for meaning in meanings for one in meaning.candidates]
        spots, numbers = spots.with_fixes([one.fix for one in each])
        confidences = np.array([one.confidence for one in each], dtype=np.float64)
        sizes = [0, *(len(meaning.candidates) for meaning in meanings)]
        return cls(tuple(meanings), np.cumsum(sizes, dtype=np.intp), numbers, confidences), spots

    def followed_by(self, others: "Meanings", *, spots: int) -> "Meanings":
        """Return these meanings and then the others, whose spots come after the first `spots`."""
        return Meanings(
            (*self.every, *others.every),
            np.concatenate([self.starts[:-1], others.starts + self.starts[-1]]),
            np.concatenate([self.spots, others.spots + spots]),
            np.concatenate([self.confidences, others.confidences]),
        )

    def __len__(self) -> int:
        return len(self.every)


class Numbering(dict[Any, int]):
    """Values and their numbers, in the order in which they are first asked for."""

    def __missing__(self, value: Hashable) -> int:
        number = self[value] = len(self)
        return number

    def numbers(self, values: Iterable[Hashable]) -> Integers:
        """Return the number of each value."""
        return np.fromiter(map(self.__getitem__, values), dtype=np.intp)


def distinct(numbers: Integers) -> tuple[Integers, Integers]:
    """Return the numbers that there are, which rise, and for each number which of them it is.

    They are 0 or more. Small and dense ones are found in a table of all, which is quicker than sorting.

    Examples
    --------
    >>> [found.tolist() for found in distinct(np.array([7, 3, 7]))]
    [[3, 7], [1, 0, 1]]
    """
    size = int(numbers.max(initial=-1)) + 1
    if size > max(_SPARSE * len(numbers), _SMALL):
        return np.unique(numbers, return_inverse=True)
    there = np.zeros(size, dtype=np.bool_)
    there[numbers] = True
    return np.flatnonzero(there), (np.cumsum(there) - 1)[numbers]


def alike(*keys: Integers) -> tuple[Integers, Integers, Integers]:
    """Return one of each that are alike in all keys, to which of these each is alike, and how many are.

    Examples
    --------
    >>> [found.tolist() for found in alike(np.array([5, 5, 5]), np.array([-1, 2, -1]))]
    [[0, 1], [0, 1, 0], [2, 1]]
    """
    key = np.zeros(len(keys[0]), dtype=np.intp)
    for one in keys:
        low, high = int(one.min(initial=0)), int(one.max(initial=0))
        key = key * (high - low + 1) + (one - low)
    values, which = distinct(key)
    first = np.empty(len(values), dtype=np.intp)
    first[which[::-1]] = np.arange(len(key))[::-1]
    return first, which, np.bincount(which, minlength=len(values))


def expanded(starts: Integers, numbers: Integers) -> tuple[Integers, Integers]:
    """Return the members of some groups, of which `starts` has where each begins and the last ends.

    For each member these are which of `numbers` it belongs to, and its own number.

    Examples
    --------
    >>> [found.tolist() for found in expanded(np.array([0, 2, 2, 5]), np.array([2, 0]))]
    [[0, 0, 0, 1, 1], [2, 3, 4, 0, 1]]
    """
    sizes = starts[numbers + 1] - starts[numbers]
    whose = np.repeat(np.arange(len(numbers)), sizes)
    steps = np.arange(len(whose)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return whose, starts[numbers][whose] + steps
