"""Which places are near an incident that names several.

Each of its places is judged as an incident with one is. Where the incident was at each of them ("A, B"), it
is certainly near what one of them is certainly near. Where it was at one of them and it isn't known at which
("A or B"), it is certainly near only what all of them are certainly near. It is possibly near what one of
them possibly is.
"""

from collections.abc import Sequence

import numpy as np

from gazetteer.incidents.spots import Parts, Spots
from gazetteer.near.pairs import disc_pairs, unanswerable
from gazetteer.near.targets import Targets
from gazetteer.points import Booleans, Integers


def pairs_of_several(
    spots: Spots, several: Sequence[Parts], places: Targets, *, within_m: float
) -> tuple[Integers, Integers, Booleans]:
    """Return the possible pairs of incidents with several places and places, and which are certain.

    Parameters
    ----------
    spots
        Where the places of the incidents are.
    several
        Those of each incident.
    places
        What may be near.
    within_m
        The distance in metres. A place of an incident that is known too roughly for it counts only where it
        is one of `places` itself.

    Returns
    -------
    tuple of arrays
        Numbers in `several`, numbers in `places`, and whether the pair is certain; each pair once.
    """
    part = np.array([spot for one in several for spot in one.spots], dtype=np.intp)
    sizes = np.array([len(one.spots) for one in several], dtype=np.intp)
    whose = np.repeat(np.arange(len(several)), sizes)
    radii = spots.radii_m[part]
    clear = np.flatnonzero(~unanswerable(radii, within_m=within_m))
    own = _own(spots, part, places)
    lefts, rights, sure = [own[0]], [own[1]], [np.ones(len(own[0]), dtype=np.bool_)]
    for pairs in disc_pairs(
        spots.points.take(part[clear]), radii[clear], places.points, places.radii_m, within_m=within_m
    ):
        lefts.append(clear[pairs.left])
        rights.append(pairs.right)
        sure.append(pairs.certain)
    width = max(len(places), 1)
    # A part at its own place may be there twice: it is certain if either says so.
    each, at = np.unique(np.concatenate(lefts) * width + np.concatenate(rights), return_inverse=True)
    certain = np.zeros(len(each), dtype=np.bool_)
    certain[at[np.concatenate(sure)]] = True
    left, right = np.divmod(each, width)
    found, at = np.unique(whose[left] * width + right, return_inverse=True)
    times = np.bincount(at[certain], minlength=len(found))
    incident, place = np.divmod(found, width)
    either = np.array([one.either for one in several], dtype=np.bool_)[incident]
    return incident, place, np.where(either, times == sizes[incident], times > 0)


def _own(spots: Spots, part: Integers, places: Targets) -> tuple[Integers, Integers]:
    """Return the pairs of parts with the very places that gave them."""
    by_id: dict[str, list[int]] = {}
    for number, place in enumerate(places):
        by_id.setdefault(place.id, []).append(number)
    pairs = [
        (at, number)
        for at, spot in enumerate(part.tolist())
        if spots.places[spot]
        for number in by_id.get(spots.places[spot], ())
    ]
    left, right = np.array(pairs, dtype=np.intp).reshape(-1, 2).T
    return left, right
