"""The names of a text resolved together: each with the areas and places that are named round it.

What others say of a name counts as far as it agrees with one of its places: "Idlib" says where Saraqeb lies,
and nothing of Douma. A governorate's name is that of its city where a quarter is named with it, and that of
the area where it stands before what happened in it ("Homs: Talbiseh ..."). "The national hospital" is that of
the town in question, and "Ghouta" the region where places near it are named.
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from operator import itemgetter
from typing import Final, NamedTuple

from gazetteer.answers import Resolution
from gazetteer.country import pcode_kind
from gazetteer.geodesy import LatLon
from gazetteer.kinds import REGIONS, PlaceKind
from gazetteer.names import fold, keys, skeleton
from gazetteer.reading.features import Features, flat_distance_m
from gazetteer.reading.interpret import Known, Stated
from gazetteer.reading.mentions import Document, Stretch, stretches_of
from gazetteer.reading.reader import Reader
from gazetteer.reading.spans import span_of
from gazetteer.values import Place

#: A name that may be a person's or an agency's.
SOMEBODY: Final = frozenset(
    {"agency", "person", "given", "beside_given", "in_capitals", "comma_and_stranger"}
)
#: So many names before and after one may say where it is.
_REACH: Final = 25
#: Places this near are told of together: half an hour's drive.
_NEAR_M: Final = 40_000.0
#: Characters between a name and its area beside it: a sign, or a word such as "in" or "town".
_BESIDE: Final = 10
#: So many of a name's candidates may be meant besides those of that very name.
_LIKELY: Final = 3
#: A place this near to the middle of a governorate's capital is part of that city.
_OF_THE_CITY_M: Final = 6_000.0
#: Inhabitants of a town that is known abroad.
_LARGE: Final = 20_000
_SURELY_ALIKE: Final = 0.9


class Found(NamedTuple):
    """A stretch with the answer of the reader of cells, and what speaks for both."""

    stretch: Stretch
    resolution: Resolution
    features: Features


class _Named(NamedTuple):
    """A stretch with what is known of its name, the governorates that it may be, and whether it is sure.

    What is surely a name says where others lie.
    """

    stretch: Stretch
    known: Known
    governorates: frozenset[str]
    is_sure: bool


def found_in(document: Document, reader: Reader) -> list[Found]:
    """Resolve every stretch of a text that may name a place.

    Parameters
    ----------
    document
        The text.
    reader
        The reader of cells.
    """
    places = reader.names.places
    named = [
        _named(stretch, reader.names.known(span))
        for stretch in stretches_of(document, reader.names.index)
        if (span := span_of(stretch.asked)) is not None
    ]
    named = [_as_region(n, named, reader) for n in range(len(named))]
    times = Counter(fold(one.stretch.name) for one in named)
    answers: dict[tuple[str, Stated, tuple[PlaceKind, ...]], Resolution] = {}
    found = []
    for n, one in enumerate(named):
        stretch = one.stretch
        if "named_after" in stretch.evidence:  # no mention; what it is named after may say where others are
            continue
        stated, context = _context(n, named, places)
        kinds = _kinds(n, named, places)
        asked = _of_its_town(n, named) if "role" in stretch.evidence else stretch.asked
        if (key := (asked, stated, kinds)) not in answers:
            answers[key] = reader.resolve(asked, beside=stated, kinds=kinds, min_confidence=0.0)
        features = {
            **stretch.evidence,
            **context,
            **_of_answer(answers[key], stretch),
            "again": float(times[fold(stretch.name)] > 1),
            "area_of_others": float(kinds == (PlaceKind.GOVERNORATE,)),
        }
        _set_commonness(features, answers[key], stretch)
        found.append(Found(stretch, answers[key], {name: v for name, v in features.items() if v}))
    return found


def _named(stretch: Stretch, known: Known) -> _Named:
    governorates = _governorates(stretch, known)
    return _Named(stretch, known, governorates, _is_sure(stretch, known, governorates))


def _round(n: int, named: Sequence[_Named]) -> Iterator[tuple[int, _Named]]:
    """Yield the names round one, with their numbers."""
    for m in range(max(0, n - _REACH), min(len(named), n + _REACH + 1)):
        if m != n:
            yield m, named[m]


def _as_region(n: int, named: Sequence[_Named], reader: Reader) -> _Named:
    """Read a region's name without its compass word where the text tells of places near it: "Ghouta"."""
    one = named[n]
    regions = reader.names.regions.get(skeleton(one.stretch.name), ())
    for region in regions if one.known.span.kind is None and "likeness" in one.stretch.evidence else ():
        span = span_of(region.name)
        if span and any(other.is_sure and _near(other, [region]) for _, other in _round(n, named)):
            return _named(one.stretch._replace(asked=region.name), reader.names.known(span))
    return one


def _governorates(stretch: Stretch, known: Known) -> frozenset[str]:
    """Return the governorates that a name may be; an Arabic word has to be spelled so."""
    if stretch.script == "Arab" and "exact" not in stretch.evidence:
        return frozenset()
    return frozenset(code for code in known.areas if pcode_kind(code) is PlaceKind.GOVERNORATE)


def _context(n: int, named: Sequence[_Named], places: Sequence[Place]) -> tuple[Stated, Features]:
    """Return what the other names say of where a name lies, as far as it agrees with one of its places."""
    one = named[n]
    numbers = {*one.known.alike, *(c.place for c in one.known.candidates[:_LIKELY])}
    alike = [places[number] for number in sorted(numbers)]
    areas: list[frozenset[str]] = []
    anchors: list[LatLon] = []
    values: dict[str, float] = {}
    for m, other in _round(n, named):
        if not other.is_sure or other.known.span.name == one.known.span.name:
            continue
        same = "_in_sentence" if _in_sentence(one, other) else ""
        if holding := _holding(other, alike):
            areas.append(holding)
            values[f"held{same}"] = 1.0
            if same and _between(other.stretch, one.stretch) <= _BESIDE:
                values["beside_its_area"] = 1.0
        elif near := _near(other, alike):
            anchors += near
            values[f"near{same}"] = 1.0
        elif same and other.known.areas and abs(m - n) == 1 and not _are_listed(named[max(m, n)]):
            values["not_in_area_beside"] = 1.0
    return Stated(tuple(dict.fromkeys(areas)), tuple(dict.fromkeys(anchors))), values


def _are_listed(later: _Named) -> bool:
    return "listed" in later.stretch.evidence


def _is_sure(stretch: Stretch, known: Known, governorates: frozenset[str]) -> bool:
    """Tell whether words are so surely a name that they say where others lie."""
    seen = stretch.evidence
    if "named_after" in seen:
        return bool(governorates)
    if "abroad" in seen or not SOMEBODY.isdisjoint(seen):
        return False
    if not {"kind_beside", "area_kind"}.isdisjoint(seen) or governorates or known.regions:
        return True
    return seen.get("likeness", 0.0) > _SURELY_ALIKE and "common" not in seen and "lower" not in seen


def _in_sentence(one: _Named, other: _Named) -> bool:
    return one.stretch.sentence == other.stretch.sentence and "named_after" not in other.stretch.evidence


def _holding(other: _Named, alike: Sequence[Place]) -> frozenset[str]:
    return frozenset(
        code for code in other.known.areas if any(code != place.id and place.lies_in(code) for place in alike)
    )


def _near(other: _Named, alike: Sequence[Place]) -> list[LatLon]:
    reaches = [*((anchor, _NEAR_M) for anchor in other.known.anchors), *other.known.regions]
    return [
        position
        for position, reach_m in reaches
        if any(flat_distance_m(place.position, position) < reach_m for place in alike)
    ]


def _between(a: Stretch, b: Stretch) -> int:
    return max(a.start, b.start) - min(a.end, b.end)


def _kinds(n: int, named: Sequence[_Named], places: Sequence[Place]) -> tuple[PlaceKind, ...]:
    """Return which of the city and the area a governorate's name is, where that is clear; else nothing."""
    one = named[n]
    kind = one.known.span.kind
    if not one.governorates:
        return ()
    if kind is None and any(
        other.known.span.kind == "neighbourhood" and _in_sentence(one, other) for _, other in _round(n, named)
    ):
        return (PlaceKind.SETTLEMENT,)
    header = kind is None and "header" in one.stretch.evidence
    if header or (kind != "settlement" and _is_area_of_others(n, named, places)):
        return (PlaceKind.GOVERNORATE,)
    return ()


def _is_area_of_others(n: int, named: Sequence[_Named], places: Sequence[Place]) -> bool:
    """Tell whether other places of a name's sentence lie in its governorate, and not in its city."""
    one = named[n]
    towns = [places[number] for number in one.known.alike if places[number].kind.group == "settlement"]
    return any(
        place.kind.group in ("settlement", "admin")
        and place.id not in one.governorates
        and any(map(place.lies_in, one.governorates))
        and all(flat_distance_m(place.position, town.position) > _OF_THE_CITY_M for town in towns)
        for _, other in _round(n, named)
        if other.stretch.sentence == one.stretch.sentence
        for place in (places[number] for number in other.known.alike)
    )


def _of_its_town(n: int, named: Sequence[_Named]) -> str:
    """Return "the national hospital" as that of a town: of its sentence, else the last one named before."""
    role = named[n].stretch
    towns = [(m, o) for m, o in _round(n, named) if o.is_sure and (o.known.anchors or o.governorates)]
    same = [(abs(m - n), o) for m, o in towns if o.stretch.sentence == role.sentence]
    before = [(n - m, o) for m, o in towns if m < n]
    if not (same or before):
        return role.name
    town = min(same or before, key=itemgetter(0))[1]
    return f"{town.stretch.name}, {role.name}"


# ----------------------------------------------------------------------------- what the answer is like


def _of_answer(answer: Resolution, stretch: Stretch) -> dict[str, float]:
    if not answer.matches:
        return {"nothing": 1.0}
    best = answer.matches[0]
    place = best.place
    confidence = min(max(best.confidence, 0.01), 0.99)
    name = _joined(stretch.name)
    exact = best.method == "exact" or _joined(best.matched_name) in (name, f"ال{name}")
    return {
        "matched_exactly": float(exact),
        "area_inexact": float(place.kind.group == "admin" and not exact),
        "odds": math.log(confidence / (1.0 - confidence)) / 4,
        "area": float(place.kind.group == "admin"),
        "governorate": float(place.kind is PlaceKind.GOVERNORATE),
        "region": float(place.kind in REGIONS),
        "facility": float(place.kind.group in ("facility", "landmark") and place.kind not in REGIONS),
        "neighbourhood": float(place.kind.group == "neighbourhood"),
        "population_log": math.log10(place.population) / 5 if place.population else 0.0,
        "fallback": float(best.method == "fallback"),
    }


def _joined(name: str) -> str:
    return fold(name).replace(" ", "")


def _set_commonness(features: dict[str, float], answer: Resolution, stretch: Stretch) -> None:
    """Tell a common word beside others that agree, and one that is common because of its place."""
    if any(name.endswith("in_sentence") for name in features):
        features["common_with_others"] = features.get("common", 0.0)
    exact = features.get("matched_exactly") and stretch.script == "Latn"  # Arabic names are words, too
    if exact and is_well_known(answer.matches[0].place, stretch.name):
        for name in ("used", "common"):
            features[f"{name}_and_known"] = features.pop(name, 0.0)


def is_well_known(place: Place, name: str) -> bool:
    """Tell whether a governorate or a large town is called by its own name."""
    own = {key for own in (place.name, place.name_ar) for key in keys(own)}
    large = place.kind is PlaceKind.GOVERNORATE or (place.population or 0) >= _LARGE
    return large and not own.isdisjoint(keys(name))
