"""A query to its candidates: what the gazetteer answers, and what the properties beside the name make of it.

*Areas* that are known restrict the search; where nothing of the name lies in them, they are only hints, and
what is found elsewhere is shown but never matched. *Near* a place or position: its district is a hint, and a
candidate that cannot lie within 20 km of it counts half and is never matched. Of several *types* a candidate
may be of any.

``score`` is the confidence in percent, halved as above. ``match`` is true only for a best candidate that the
gazetteer calls resolved at a confidence of 0.9 with no rivals, that fits every type and property of the
query, and that is what was named, not a place stated round it. A type, a property or a value that isn't known
leaves the match to a person; a query that has no name, or isn't one at all, has no candidates.
"""

from contextlib import suppress
from dataclasses import replace
from typing import Annotated, Any, Final, NamedTuple

from pydantic import BaseModel, BeforeValidator, Field, StringConstraints, ValidationError, model_validator

from gazetteer.answers import Match, Query, Resolution
from gazetteer.errors import InputError, NotFoundError
from gazetteer.geodesy import distance_m
from gazetteer.lookups import Lookups
from gazetteer.notation.positions import read_pair, read_point
from gazetteer.values import Place
from service.audit import tell
from service.reconcile.vocabulary import TYPES, find_entity, listed, point_at, property_of, types_of

#: The confidence from which a candidate may be matched without a person, and what all others may weigh beside
#: it: confidence is that of being within 5 km, which two hospitals of a town share. A judgement.
_MATCH, _RIVALS = 0.9, 0.25
#: How many candidates are weighed at least, so that rivals are seen that aren't shown; and at most.
_WEIGHED: Final = (10, 40)
#: How far "near" reaches, in metres. A judgement: less than the way to the next city.
_NEAR_M: Final = 20_000.0
#: The most types, properties and values that a query names.
_MAX_HINTS: Final = 50
_LONGEST: Final = 1000


#: With a bound, pydantic lets no half characters in, which no answer could quote and no index look up.
Text = Annotated[str, Field(max_length=_LONGEST)]


def _listed(given: Any) -> list[Any]:
    return [one for one in (given if isinstance(given, list) else [given]) if one not in (None, "")]


class PropertyValue(BaseModel, frozen=True):
    """A value of a property in a query: what is written, and the entity's id where it was matched before."""

    text: Text
    id: Text = ""

    @model_validator(mode="before")
    @classmethod
    def _read(cls, given: Any) -> dict[str, Any]:
        entity = given if isinstance(given, dict) else {}
        entity_id = str(entity.get("id") or "")
        text = str(entity.get("name") or entity_id or given).strip()
        return {"text": text[:_LONGEST], "id": entity_id[:_LONGEST]}  # what is cut isn't understood, either


class PropertyHint(BaseModel, frozen=True):
    """What a query says of a property."""

    pid: Text
    v: Annotated[tuple[PropertyValue, ...], BeforeValidator(_listed)] = Field(
        default=(), max_length=_MAX_HINTS
    )


class ReconQuery(BaseModel, frozen=True):
    """One query, of which fields that aren't known, and those that are null, say nothing."""

    query: Annotated[Text, StringConstraints(strip_whitespace=True, min_length=1)]
    type: Annotated[tuple[Text, ...], BeforeValidator(_listed)] = Field(default=(), max_length=_MAX_HINTS)
    limit: int = Field(default=5, ge=1)
    properties: tuple[PropertyHint, ...] = Field(default=(), max_length=_MAX_HINTS)

    @model_validator(mode="before")
    @classmethod
    def _filled(cls, given: Any) -> Any:
        filled = given.items() if isinstance(given, dict) else ()
        return {name: value for name, value in filled if value is not None}

    def values(self, role: str) -> list[tuple[PropertyValue, ...]]:
        """Return the values of each property with a role, or of those with none; empty ones left out."""
        hints = (hint for hint in self.properties if property_of(hint.pid).role == role)
        return [filled for hint in hints if (filled := tuple(value for value in hint.v if value.text))]


class _Hints(NamedTuple):
    """What the properties say: areas to search in, the codes of which one of each must hold, and names."""

    within: tuple[str, ...]
    areas: tuple[set[str], ...]
    context: tuple[str, ...]
    near: Place | None
    all_read: bool  # false when a value wasn't understood


class _Candidate(NamedTuple):
    """A match weighed against the query, and whether it fits and is sure by itself."""

    match: Match
    score: float
    fits: bool
    features: dict[str, float | bool]


def candidates(asked: Any, gazetteer: Lookups) -> list[dict[str, Any]]:
    """Return the candidates for what should be a query as the specification writes them, best first."""
    try:
        query = ReconQuery.model_validate(asked)
    except ValidationError:  # clients send cells as they are, and one that is odd costs no other its answer
        return []
    hints = _hints(query, gazetteer)
    found = _find(query, hints, gazetteer)
    by_id: dict[str, Match] = {}
    for match in found.matches:  # two ways to one computed position are one candidate
        by_id.setdefault(match.place.id, match)
    weighed = sorted((_weigh(m, query, hints) for m in by_id.values()), key=lambda c: -c.score)
    rivals = sum(c.match.confidence for c in weighed[1:])
    sure = found.status == "resolved" and hints.all_read and rivals < _RIVALS
    shown = weighed[: min(query.limit, _WEIGHED[1])]
    near = [hints.near] if hints.near and shown else []  # a distance to it tells where it is
    tell([*(c.match.place for c in shown), *near])
    rows = [listed(c.match.place, "type", *c.match.reasons) for c in shown]
    names = [row["name"] for row in rows]
    for rank, (row, c) in enumerate(zip(rows, shown, strict=True)):
        if names.count(row["name"]) > 1:
            row["name"] += f" [{row['id']}]"
        features = [{"id": key, "value": value} for key, value in c.features.items()]
        row |= {"score": round(c.score, 2), "match": sure and c.fits and rank == 0, "features": features}
    return rows


def _find(query: ReconQuery, hints: _Hints, gazetteer: Lookups) -> Resolution:
    text = query.query
    itself = find_entity(gazetteer, text)
    if itself is not None:
        return Resolution(Query(text, text), "resolved", (Match(itself, 1.0, text, "id", ("its id",)),))
    kinds = ["admin" if one == "area" else one for one in query.type if one in TYPES]
    if "point" in kinds:  # it is computed from places of any kind
        kinds = []
    limit = _WEIGHED[1] if hints.near else min(max(query.limit, _WEIGHED[0]), _WEIGHED[1])
    options: dict[str, Any] = {"kind": kinds, "limit": limit, "min_confidence": _MATCH}
    try:
        found = gazetteer.resolve(text, area=hints.within or None, context=hints.context, **options)
        if not found.matches and hints.within:
            found = gazetteer.resolve(text, context=(*hints.within, *hints.context), **options)
    except InputError:  # a cell such as "95, 36": no position, and no place
        return Resolution(Query(text, text), "unresolved", ())
    if found.status == "several":  # a cell is matched to one thing, so its places are candidates
        return replace(found, status="ambiguous", matches=found.places, places=())
    return found


def _hints(query: ReconQuery, gazetteer: Lookups) -> _Hints:
    near, all_read = _near(query, gazetteer)
    all_read = all_read and not query.values("")
    within, areas, context = list[str](), list[set[str]](), list[str]()
    for values in query.values("area"):
        named = [found for value in values if (found := _area(value, gazetteer))]
        if len(named) < len(values):
            all_read = False
            context += [value.text for value in values]
            continue
        areas.append({code for _, code in named})
        (within if len(values) == 1 else context).extend(text for text, _ in named)
    if near:
        context += [unit.pcode for unit in near.admin if unit.level <= 2][-1:]  # as wide as "near" reaches
    else:
        context += [value.text for values in query.values("near") for value in values]
    return _Hints(tuple(within), tuple(areas), tuple(context), near, all_read)


def _area(value: PropertyValue, gazetteer: Lookups) -> tuple[str, str] | None:
    """Return what names the area to the gazetteer, its id where it was matched before, and its code."""
    for text in filter(None, (value.id, value.text)):
        with suppress(NotFoundError):
            return text, gazetteer.area(text).id
    return None


def _near(query: ReconQuery, gazetteer: Lookups) -> tuple[Place | None, bool]:
    """Return the one place or position to be near to, if there is one, and whether all was understood."""
    roles = ("near", "latitude", "longitude")
    near, *sides = ([value for values in query.values(role) for value in values] for role in roles)
    with suppress(InputError):
        if not any(sides) and len(near) == 1:
            if place := find_entity(gazetteer, near[0].id or near[0].text):
                return place, True
            at = read_point(near[0].text)
            if at is None and (best := gazetteer.resolve(near[0].text, limit=1).best):
                return best.place, True
        else:
            pair = read_pair(*(side[0].text for side in sides)) if [*map(len, sides)] == [1, 1] else None
            at = pair.position if pair else None
        if at is not None:
            return point_at(gazetteer, at, uncertainty_m=1.0), True
    return None, not (near or any(sides))


def _weigh(match: Match, query: ReconQuery, hints: _Hints) -> _Candidate:
    place, score, is_near = match.place, 100.0 * match.confidence, True
    features = {"confidence": round(match.confidence, 4), "uncertainty_m": round(place.uncertainty_m)}
    if hints.near is not None:
        metres = distance_m(place.position, hints.near.position)
        features["distance_m"] = round(metres)
        is_near = metres - place.uncertainty_m - hints.near.uncertainty_m <= _NEAR_M
    if hints.areas:
        features["in_area"] = all(any(map(place.lies_in, codes)) for codes in hints.areas)
    if query.type:
        features["of_type"] = not set(query.type).isdisjoint(types_of(place))
    fits = (
        match.confidence >= _MATCH
        and match.method not in ("fallback", "around")  # a place stated or meant round the one named
        and is_near
        and features.get("in_area", True)
        and features.get("of_type", True)
    )
    return _Candidate(match, score if is_near else score / 2.0, bool(fits), features)
