"""A query to its candidates: what the gazetteer answers, and what the properties beside the name make of it.

*Areas* (governorate, district and so on) that are known restrict the search; where nothing of the name lies
in them, they are only hints, and what is found elsewhere is shown but never matched. *Near* a place or
position: its district is a hint, and a candidate that cannot lie within 20 km of it counts half and is never
matched.

``score`` is the confidence in percent, halved as above. ``match`` is true only for a best candidate that the
gazetteer calls resolved at a confidence of 0.9 with no rivals, that fits every type and property of the
query, and that stands for itself and not for a place stated round the one that was meant. A property that
can't be understood leaves the match to a person.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final

from gazetteer.answers import Match, Query, Resolution
from gazetteer.errors import InputError, NotFoundError
from gazetteer.geodesy import distance_m
from gazetteer.kinds import PlaceKind
from gazetteer.lookups import Lookups
from gazetteer.notation.positions import read_pair, read_point
from gazetteer.values import Place
from service.audit import tell
from service.reconcile.queries import PropertyValue, ReconQuery
from service.reconcile.vocabulary import TYPES, cell_words, find_entity, id_of, label, point_at, types_of

#: The confidence from which a candidate may be matched without a person.
_MATCH: Final = 0.9
#: What all others may weigh together beside a match. Confidence is that of being within 5 km, and a match
#: says more, "this one": two hospitals of a town share the confidence of their neighbourhood, and neither is
#: meant for sure. A judgement.
_RIVALS: Final = 0.25
#: How many candidates are weighed at least, so that rivals are seen that aren't shown; and at most.
_WEIGHED: Final = (10, 40)
#: How far "near" reaches, in metres. A judgement: a day's fighting round a town, and less than the way to
#: the next city.
_NEAR_M: Final = 20_000.0


@dataclass(frozen=True, slots=True)
class _Hints:
    """What the properties say."""

    #: What names the areas that must hold the place, as the gazetteer takes it.
    within: tuple[str, ...]
    #: Of each property of areas their codes: a place fits that lies in one of each.
    areas: tuple[frozenset[str], ...]
    #: Names that may help.
    context: tuple[str, ...]
    near: Place | None
    #: False when a value wasn't understood.
    all_read: bool


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A match weighed against the query; None stands for what wasn't asked."""

    found: Match
    in_area: bool | None
    of_type: bool | None
    distance_m: float | None
    is_near: bool

    @property
    def score(self) -> float:
        return self.found.confidence * (100.0 if self.is_near else 50.0)


def candidates(query: ReconQuery, gazetteer: Lookups) -> list[dict[str, Any]]:
    """Return the candidates for a query as the specification writes them, best first."""
    text = (query.query or "").strip()
    if not text:
        tell(())
        return []
    hints = _hints(query, gazetteer)
    found = _find(text, query, hints, gazetteer)
    by_id: dict[str, Match] = {}
    for match in found.matches:  # two ways to one computed position are one candidate
        by_id.setdefault(id_of(match.place), match)
    weighed = sorted((_weigh(m, query, hints) for m in by_id.values()), key=lambda c: -c.score)
    sure = found.status == "resolved" and hints.all_read and _is_sure(weighed)
    shown = weighed[: min(query.limit, _WEIGHED[1])]
    tell(c.found.place for c in shown)
    tell((hints.near,) if hints.near and shown else ())  # a distance to it tells where it is
    labels = [label(c.found.place) for c in shown]
    names = [
        name if labels.count(name) == 1 else f"{name} [{id_of(c.found.place)}]"
        for name, c in zip(labels, shown, strict=True)
    ]
    return [_as_json(c, names[rank], match=sure and rank == 0) for rank, c in enumerate(shown)]


def _find(text: str, query: ReconQuery, hints: _Hints, gazetteer: Lookups) -> Resolution:
    itself = find_entity(gazetteer, text)
    if itself is not None:
        return Resolution(Query(text, text), "resolved", (Match(itself, 1.0, text, "id", ("its id",)),))
    kind, kinds = _kinds(query)
    limit = _WEIGHED[1] if hints.near or kinds else min(max(query.limit, _WEIGHED[0]), _WEIGHED[1])
    options: dict[str, Any] = {"kind": kind, "limit": limit, "min_confidence": _MATCH}
    try:
        found = gazetteer.resolve(text, area=hints.within or None, context=hints.context, **options)
        if not found.matches and hints.within:
            found = gazetteer.resolve(text, context=(*hints.within, *hints.context), **options)
    except InputError:  # a cell such as "95, 36": no position, and no place
        return Resolution(Query(text, text), "unresolved", ())
    if found.status == "several":  # a cell is matched to one thing, so its places are candidates
        found = replace(found, status="ambiguous", matches=found.places, places=())
    if not kinds:
        return found
    return replace(found, matches=tuple(m for m in found.matches if m.place.kind in kinds))


def _kinds(query: ReconQuery) -> tuple[str | None, frozenset[PlaceKind]]:
    """Return the word that makes the gazetteer search one type alone, or the kinds of several types."""
    if len(query.type) == 1 and query.type != ("point",):
        return ("admin" if query.type[0] == "area" else query.type[0]), frozenset()
    return None, frozenset(kind for name in query.type for kind in TYPES[name].kinds)


def _hints(query: ReconQuery, gazetteer: Lookups) -> _Hints:
    within, areas, context = list[str](), list[frozenset[str]](), list[str]()
    near, all_read = _near(query, gazetteer)
    for values in query.values("area"):
        named = [found for value in values if (found := _area(value, gazetteer))]
        if len(named) < len(values):
            all_read = False
            context += [value.text for value in values]
            continue
        areas.append(frozenset(code for _, code in named))
        (within if len(values) == 1 else context).extend(text for text, _ in named)
    if near:
        district = [unit.pcode for unit in near.admin if unit.level <= 2]  # about as wide as "near" reaches
        context += district[-1:]
    else:
        context += [value.text for values in query.values("near") for value in values]
    return _Hints(tuple(within), tuple(areas), tuple(context), near, all_read)


def _area(value: PropertyValue, gazetteer: Lookups) -> tuple[str, str] | None:
    """Return what names the area to the gazetteer, its id where it was matched before, and its code."""
    for text in filter(None, (value.id, value.text)):
        try:
            return text, gazetteer.area(text).id
        except NotFoundError:
            continue
    return None


def _near(query: ReconQuery, gazetteer: Lookups) -> tuple[Place | None, bool]:
    """Return the one place or position to be near to, if there is one, and whether all was understood."""
    roles = ("near", "latitude", "longitude")
    near, *sides = ([value for values in query.values(role) for value in values] for role in roles)
    if not near and not any(sides):
        return None, True
    place: Place | None = None
    with suppress(InputError):
        if any(sides) and max(map(len, sides)) == 1:
            pair = read_pair(*(side[0].text if side else "" for side in sides))
            place = point_at(gazetteer, pair.position, uncertainty_m=1.0) if pair else None
        elif not any(sides) and len(near) == 1:
            place = _place_meant(near[0], gazetteer)
    return place, place is not None


def _place_meant(value: PropertyValue, gazetteer: Lookups) -> Place | None:
    if known := find_entity(gazetteer, value.id or value.text):
        return known
    if position := read_point(value.text):
        return point_at(gazetteer, position, uncertainty_m=1.0)
    best = gazetteer.resolve(value.text, limit=1).best
    return best.place if best else None


def _weigh(match: Match, query: ReconQuery, hints: _Hints) -> _Candidate:
    place, metres, is_near = match.place, None, True
    of_type = any(place.kind in TYPES[name].kinds for name in query.type) if query.type else None
    in_area = (
        all(any(place.lies_in(code) for code in codes) for codes in hints.areas) if hints.areas else None
    )
    if hints.near is not None:
        metres = distance_m(place.position, hints.near.position)
        is_near = metres - place.uncertainty_m - hints.near.uncertainty_m <= _NEAR_M
    return _Candidate(match, in_area, of_type, metres, is_near)


def _is_sure(weighed: Sequence[_Candidate]) -> bool:
    if not weighed:
        return False
    first, *others = weighed
    return (
        first.found.confidence >= _MATCH
        and first.in_area is not False
        and first.of_type is not False
        and first.is_near
        and sum(other.found.confidence for other in others) < _RIVALS
        and first.found.method not in ("fallback", "around")  # a place stated or meant round the one named
    )


def _as_json(candidate: _Candidate, name: str, *, match: bool) -> dict[str, Any]:
    found, place, kinds = candidate.found, candidate.found.place, types_of(candidate.found.place)
    features: dict[str, float | bool | None] = {
        "confidence": round(found.confidence, 4),
        "uncertainty_m": round(place.uncertainty_m),
        "distance_m": None if candidate.distance_m is None else round(candidate.distance_m),
        "in_area": candidate.in_area,
        "of_type": candidate.of_type,
    }
    described = [place.name_ar, kinds[0]["name"].lower(), cell_words(place), *found.reasons]
    return {
        "id": id_of(place),
        "name": name,
        "description": "; ".join(filter(None, described)),
        "type": kinds,
        "score": round(candidate.score, 2),
        "match": match,
        "features": [{"id": key, "value": value} for key, value in features.items() if value is not None],
    }
