"""Where incidents are: positions that places gave, spots, and what names may mean.

A table names the same town again and again, and what geometry tells depends on the *spot* alone: a position,
its radius and the place that gave it. So each spot is there once.

A row may name several places. Then its spot is the smallest circle that holds them, and has *parts*: a spot
for each. What needs to know where it was asks the parts (:attr:`Spots.parts`); there are few such rows.

A name may mean one place or another. Its *meaning* is the list of its candidates, each with a confidence.
Rows of one name in one context have one meaning: it is right or wrong for all of them together. So each
meaning is there once too (:class:`Meanings`), and its candidates are spots.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal, NamedTuple

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
#: A degree of latitude is 110 km at least: two places farther apart are not within `RIGHT_M`.
_FAR_DEG: Final = RIGHT_M / 110_000.0


@dataclass(frozen=True, slots=True)
class Fix:
    """A position that a place gave.

    Parameters
    ----------
    position, uncertainty_m
        Where it is, and its radius in metres.
    admin
        P-codes of the areas that it lies in, governorate first.
    place_id
        The place.
    generalised_to_deg
        The side in degrees of the cell that the place was generalised to; None where it wasn't.
    kind
        What the place is; None where nothing tells.
    """

    position: LatLon
    uncertainty_m: float
    admin: tuple[str, ...] = ()
    place_id: str = ""
    generalised_to_deg: float | None = None
    kind: PlaceKind | None = None

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

    A confidence is the probability that what was meant lies within 5 km. So a candidate within 5 km of a
    surer one is counted in that one's already, and is left out.

    Parameters
    ----------
    candidates
        The surest first.
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
    """Positions that several places gave, for one incident.

    Parameters
    ----------
    fixes
        Two or more, in the order in which the row names them.
    either
        Whether it was at one of them and it isn't known at which ("A or B"), and not at each ("A, B").
    """

    fixes: tuple[Fix, ...]
    either: bool = False

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
    """Spots, each once.

    Parameters
    ----------
    points, radii_m
        Where each is, and its radius in metres.
    places
        The id of the place that gave each; empty where none did.
    parts
        Of a spot that is the circle round several places, the spots of these.
    has_middle
        Which are those of a named place with a middle, as far as candidates of names tell.
    """

    points: Points
    radii_m: Floats
    places: tuple[str, ...]
    parts: Mapping[int, Parts] = field(default_factory=dict)
    has_middle: frozenset[int] = frozenset()

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

        Parameters
        ----------
        latitudes, longitudes, radii_m
            Of each row; a latitude that is NaN means no position.
        place, places
            The number of the place that gave each row its position, among these ids; for several, what they
            are, which become spots after those of the rows.
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
        given = [places[number] for number in place[firsts].tolist()]
        ids = tuple(one if isinstance(one, str) else "" for one in given)
        parts: dict[int, Parts] = {}
        fixes: list[Fix] = []
        for number, one in enumerate(given):
            if isinstance(one, Several):
                start = len(given) + len(fixes)
                fixes += one.fixes
                parts[number] = Parts(tuple(range(start, len(given) + len(fixes))), one.either)
        whole = cls(points, radii_m[firsts], ids, parts)
        if not fixes:
            return whole, spot
        return whole.followed_by(cls._of(fixes)), spot

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
        known = {
            self._key(number): number for number, place in enumerate(self.places) if place
        }  # a spot without a place was no place's
        new: list[Fix] = []
        numbers = np.empty(len(fixes), dtype=np.intp)
        for at, fix in enumerate(fixes):
            key = (fix.position.latitude, fix.position.longitude, fix.uncertainty_m, fix.place_id)
            if key not in known:
                known[key] = len(self) + len(new)
                new.append(fix)
            numbers[at] = known[key]
        middles = {number for number, fix in zip(numbers.tolist(), fixes, strict=True) if fix.has_middle}
        grown = self.followed_by(self._of(new)) if new else self
        return replace(grown, has_middle=grown.has_middle | middles), numbers

    def _key(self, number: int) -> tuple[float, float, float, str]:
        """Return what tells the spot of a place from others."""
        points = self.points
        return (
            float(points.latitudes[number]),
            float(points.longitudes[number]),
            float(self.radii_m[number]),
            self.places[number],
        )

    def several(self, number: int, sides: Mapping[str, float | None]) -> Several | None:
        """Return the several places that a spot is the circle of, without areas; None for any other.

        `sides` has the cells that places were generalised to, by id.
        """
        if number not in self.parts:
            return None
        spots, either = self.parts[number]
        fixes = [
            Fix(
                self.points.at(one),
                float(self.radii_m[one]),
                (),
                self.places[one],
                sides.get(self.places[one]),
            )
            for one in spots
        ]
        return Several(tuple(fixes), either)

    def __len__(self) -> int:
        return len(self.radii_m)


class Meaning(NamedTuple):
    """What a name may mean, in its context.

    Parameters
    ----------
    name
        What tells the name and its context from others, in some way.
    candidates, manner
        Its candidates, and how they go together.
    in_area
        Whether an area stands beside it, in which it is whatever it means.
    """

    name: Hashable
    candidates: tuple[Candidate, ...]
    manner: Manner = "one"
    in_area: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Meanings:
    """What names may mean, each name with its context once.

    Parameters
    ----------
    every
        The meanings.
    starts
        Where in the other arrays the candidates of each begin, and where those of the last end.
    spots, confidences
        Of each candidate.
    """

    every: tuple[Meaning, ...]
    starts: Integers
    spots: Integers
    confidences: Floats

    @classmethod
    def among(cls, meanings: Sequence[Meaning], spots: Spots) -> tuple["Meanings", Spots]:
        """Return some meanings as arrays, and the spots with those of their candidates added."""
        each = [one for meaning in meanings for one in meaning.candidates]
        if each:
            spots, numbers = spots.with_fixes([one.fix for one in each])
        else:
            numbers = np.empty(0, dtype=np.intp)
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
