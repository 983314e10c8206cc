"""What is judged of incidents near places: each spot, at each moment when other places existed, once.

Places are points known to a radius (:mod:`~gazetteer.near.pairs`), or lines and polygons
(:mod:`~gazetteer.near.lines`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

import numpy as np

from gazetteer.incidents import Incidents
from gazetteer.incidents.spots import Parts, alike, distinct, expanded
from gazetteer.near.pairs import Allowed, Pairs, unanswerable
from gazetteer.near.targets import Targets
from gazetteer.points import Booleans, Floats, Integers, Points


@dataclass(frozen=True, slots=True, eq=False)
class Cases:
    """What must be judged apart of incidents near places: spots, at moments when other places existed."""

    incidents: Incidents
    places: Targets
    case: Integers  # of each incident; -1 without a position
    moment: Integers  # of each incident
    spots: Integers  # of each case; they don't fall
    moments: Integers  # of each case
    days: tuple[Floats, Floats] | None  # first and last day at each moment; None where dates don't count
    several: Mapping[int, Parts]  # of a case with several places the cases of these

    @classmethod
    def of(cls, incidents: Incidents, places: Targets, *, ignore_dates: bool) -> "Cases":
        """Return the cases of incidents, of their several places and of what their names may mean."""
        spot, parts, meanings = incidents.spot, incidents.spots.parts, incidents.meanings
        moment, days, count = np.zeros(len(incidents), dtype=np.intp), None, 1
        if not ignore_dates and places.have_dates:
            first, last = incidents.first_days, incidents.last_days
            one, moment, _ = alike(places.epochs(first), places.epochs(last))
            days, count = (first[one], last[one]), len(one)
        located, named = np.flatnonzero(spot >= 0), np.flatnonzero(incidents.meaning >= 0)
        own, _ = distinct(spot[located] * count + moment[located])
        meant, _ = distinct(incidents.meaning[named] * count + moment[named])
        whose, candidates = expanded(meanings.starts, meant // count)
        keys = [own, meanings.spots[candidates] * count + (meant % count)[whose]]
        circles = own[np.isin(own // count, list(parts))].tolist()
        keys += [np.array(parts[key // count].spots) * count + key % count for key in circles]
        each, _ = distinct(np.concatenate(keys))
        several = {}
        for key in circles:
            spots, either = parts[key // count]
            members = np.searchsorted(each, np.array(spots) * count + key % count)
            several[int(np.searchsorted(each, key))] = Parts(tuple(members.tolist()), either)
        case = np.full(len(incidents), -1, dtype=np.intp)
        case[located] = np.searchsorted(each, spot[located] * count + moment[located])
        return cls(incidents, places, case, moment, *np.divmod(each, count), days, several)

    def numbers(self, spots: Integers, moments: Integers) -> Integers:
        """Return the cases of some spots at some moments, which must be among them."""
        count = 1 if self.days is None else len(self.days[0])
        return np.searchsorted(self.spots * count + self.moments, spots * count + moments)

    @property
    def points(self) -> Points:
        """Where each case is."""
        return self.incidents.spots.points.take(self.spots)

    @property
    def radii_m(self) -> Floats:
        """The radius of each case."""
        return self.incidents.spots.radii_m[self.spots]

    @property
    def allowed(self) -> Allowed | None:
        """What tells which cases and places may have been there together; None where all may."""
        if self.days is None:
            return None
        first, last = (days[self.moments] for days in self.days)
        return lambda rows, numbers: self.places.existed(first[rows], last[rows], numbers)

    def own(self) -> Pairs:
        """Return the pairs of cases with the very places that gave their positions, while these existed."""
        case, place = own_places(self.incidents, self.places, self.spots)
        pairs = Pairs(case, place, np.ones(len(case), dtype=np.bool_))
        return pairs if self.allowed is None else pairs.take(self.allowed(case, place))

    def pairs(self, within_m: float) -> Iterator[Pairs]:
        """Yield the possible pairs of cases and places, each once; at its own place a case is certain.

        A place of several that is known too roughly for the distance counts only where it is a target itself.
        """
        whole = np.full(len(self.spots), -1)  # the case that each is a part of
        for case, (members, _) in self.several.items():
            whole[list(members)] = case
        clear = ~unanswerable(self.radii_m, within_m=within_m)
        of_parts = []
        for pairs in chain([self.own()], self._beside(within_m)):
            yield pairs
            if self.several:
                of_parts.append(pairs.take((whole[pairs.left] >= 0) & (pairs.certain | clear[pairs.left])))
        if self.several:
            yield self._together(Pairs(*map(np.concatenate, zip(*of_parts, strict=True))), whole)

    def _beside(self, within_m: float) -> Iterator[Pairs]:
        """Yield the possible pairs of cases with one place and places that are not their own."""
        places, radii, allowed, own = self.places, self.radii_m, self.allowed, self.own()
        ids: dict[str, int] = {}
        id_of_place = np.array([ids.setdefault(place.id, len(ids)) for place in places], dtype=np.intp)
        id_of_case = np.full(len(self.spots), -1)
        id_of_case[own.left] = id_of_place[own.right]
        alone = np.delete(np.arange(len(self.spots)), list(self.several))
        for pairs in places.pairs(self.points.take(alone), radii[alone], within_m=within_m):
            case, place = alone[pairs.left], pairs.right
            there = id_of_case[case] != id_of_place[place]
            if allowed is not None:
                there &= allowed(case, place)
            yield Pairs(case, place, pairs.certain).take(there)

    def _together(self, pairs: Pairs, whole: Integers) -> Pairs:
        """Return the pairs of cases with several places, from those of each place of theirs."""
        width = max(len(self.places), 1)
        found, at = np.unique(whole[pairs.left] * width + pairs.right, return_inverse=True)
        times = np.bincount(at[pairs.certain], minlength=len(found))
        case, place = np.divmod(found, width)
        enough = np.ones(len(self.spots), dtype=np.intp)  # near so many of its places it is certainly near
        for number, (members, either) in self.several.items():
            enough[number] = len(members) if either else 1
        return Pairs(case, place, times >= enough[case])

    def nearest(self) -> tuple[Integers, Booleans]:
        """Return for each case the nearest place, and whether it is its own."""
        found = self.places.nearest(self.points, allowed=self.allowed)
        at_own = np.zeros(len(found), dtype=np.bool_)
        case, place, _ = self.own()
        found[case[::-1]], at_own[case] = place[::-1], True  # of several of one id, the first
        return found, at_own


def nearest_m(points: Points, i: Integers, places: Targets, nearest: Integers, at_own: Booleans) -> Floats:
    """Return how far points are from their nearest places: 0 at their own, infinite without any (-1)."""
    metres = np.where(at_own, 0.0, np.inf)
    far = np.flatnonzero((nearest >= 0) & ~at_own)
    metres[far] = places.to_m(points.take(i[far]), nearest[far])
    return metres


def own_places(incidents: Incidents, places: Targets, spots: Integers) -> tuple[Integers, Integers]:
    """Return where in `spots`, which don't fall, is one that a place itself gave, and that place's number."""
    found = [
        (spot, number)
        for number, place in enumerate(places)
        for spot in incidents.spots_of_place.get(place.id, ())
    ]
    spot, number = np.array(found, dtype=np.intp).reshape(-1, 2).T
    whose, at = expanded(np.searchsorted(spots, np.arange(len(incidents.spots) + 1)), spot)
    return at, number[whose]
