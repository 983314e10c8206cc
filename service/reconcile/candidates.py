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
from dataclasses import dataclass, replace
from typing import Any, Final

from gazetteer.answers import Match, Query, Resolution
from gazetteer.errors import InputError, NotFoundError
from gazetteer.geodesy import distance_m
from gazetteer.kinds import PlaceKind
from gazetteer.notation.positions import read_point
from gazetteer.values import Place
from service.disclosures import disclosures
from service.reconcile.entities import cell_words, find_entity, id_of, label, point_at
from service.reconcile.queries import PropertyValue, ReconQuery, finite
from service.reconcile.vocabulary import TYPES, types_of
from service.state import Catalogue

__all__ = ["MATCH", "candidates"]

#: The confidence from which a candidate may be matched without a person.
MATCH: Final = 0.9
#: What all others may weigh together beside a match. Confidence is that of being within 5 km, and a match
#: says more, "this one": two hospitals of a town share the confidence of their neighbourhood, and neither is
#: meant for sure. A judgement.
_RIVALS: Final = 0.25
#: How many candidates are weighed at least, so that rivals are seen that aren't shown.
_WEIGHED: Final = 10
#: How far "near" reaches, in metres. A judgement: a day's fighting round a town, and less than the way to
#: the next city.
_NEAR_M: Final = 20_000.0
#: The most candidates that a query gets, and how many are looked at when some may be moved or left out.
_MOST: Final = 40
#: Ways of matching that answer with a place stated or meant somewhere round the one named.
_STAND_INS: Final = ("fallback", "around")


@dataclass(frozen=True, slots=True)
class _Hints:
    """What the properties say.

    Parameters
    ----------
    within
        What names the areas that must hold the place, as the gazetteer takes it.
    areas
        Of each such property the codes of its areas: a place fits that lies in one of each.
    context
        Names that may help.
    near
        A place to be near to.
    all_read
        False when a value wasn't understood.
    """

    within: tuple[str, ...] = ()
    areas: tuple[frozenset[str], ...] = ()
    context: tuple[str, ...] = ()
    near: Place | None = None
    all_read: bool = True


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A match weighed against the query; None stands for what wasn't asked."""

    found: Match
    in_area: bool | None
    of_type: bool | None
    distance_m: float | None
    is_near: bool

    @property
    def fits(self) -> bool:
        return self.in_area is not False and self.of_type is not False and self.is_near

    @property
    def score(self) -> float:
        return self.found.confidence * (100.0 if self.is_near else 50.0)


def candidates(query: ReconQuery, gazetteer: Catalogue) -> list[dict[str, Any]]:
    """Return the candidates for a query as the specification writes them, best first."""
    text = (query.query or "").strip()
    if not text:
        disclosures().add(())
        return []
    hints = _hints(query, gazetteer)
    found = _find(text, query, hints, gazetteer)
    by_id: dict[str, Match] = {}
    for match in found.matches:  # two ways to one computed position are one candidate
        by_id.setdefault(id_of(match.place), match)
    weighed = sorted((_weigh(m, query, hints) for m in by_id.values()), key=lambda c: -c.score)
    sure = found.status == "resolved" and hints.all_read and _is_sure(weighed)
    shown = weighed[: min(query.limit, _MOST)]
    disclosures().add(c.found.place for c in shown)
    labels = [label(c.found.place) for c in shown]
    return [
        _as_json(
            c, name if labels.count(name) == 1 else f"{name} [{id_of(c.found.place)}]", sure and not rank
        )
        for rank, (c, name) in enumerate(zip(shown, labels, strict=True))
    ]


def _find(text: str, query: ReconQuery, hints: _Hints, gazetteer: Catalogue) -> Resolution:
    itself = find_entity(gazetteer, text)
    if itself is not None:
        return Resolution(Query(text, text), "resolved", (Match(itself, 1.0, text, "id", ("its id",)),))
    kind, kinds = _kinds(query)
    limit = _MOST if hints.near or kinds else min(max(query.limit, _WEIGHED), _MOST)
    options: dict[str, Any] = {"kind": kind, "limit": limit, "min_confidence": MATCH}
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
    if query.type == ("point",):
        return None, frozenset({PlaceKind.POINT})
    if len(query.type) == 1:
        return ("admin" if query.type[0] == "area" else query.type[0]), frozenset()
    return None, frozenset(kind for name in query.type for kind in TYPES[name].kinds)


def _hints(query: ReconQuery, gazetteer: Catalogue) -> _Hints:
    within, areas, context = list[str](), list[frozenset[str]](), list[str]()
    all_read = True
    for values in query.values("area"):
        named = [_area_named(value, gazetteer) for value in values]
        if None in named:
            all_read = False
            context += [value.text for value in values]
            continue
        areas.append(frozenset(code for _, code in filter(None, named)))
        (within if len(values) == 1 else context).extend(text for text, _ in filter(None, named))
    near, more, near_read = _near(query, gazetteer)
    return _Hints(tuple(within), tuple(areas), (*context, *more), near, all_read and near_read)


def _area_named(value: PropertyValue, gazetteer: Catalogue) -> tuple[str, str] | None:
    """Return what names the area to the gazetteer, its id where it was matched before, and its code."""
    for text in filter(None, (value.id, value.text)):
        try:
            return text, gazetteer.area(text).id
        except NotFoundError:
            continue
    return None


def _near(query: ReconQuery, gazetteer: Catalogue) -> tuple[Place | None, tuple[str, ...], bool]:
    """Return the place to be near to, names that help, and whether all was understood."""
    sides = [[v.text for values in query.values(role) for v in values] for role in ("latitude", "longitude")]
    values = [value for values in query.values("near") for value in values]
    if not any(sides) and not values:
        return None, (), True
    anchor = _position(sides, gazetteer) if any(sides) else None
    if anchor is None and not any(sides) and len(values) == 1:
        anchor = _place_meant(values[0], gazetteer)
    if anchor is None:
        return None, tuple(value.text for value in values), False
    district = [unit.pcode for unit in anchor.admin if unit.level <= 2]  # about as wide as "near" reaches
    return anchor, tuple(district[-1:]), True


def _position(sides: Sequence[Sequence[str]], gazetteer: Catalogue) -> Place | None:
    """Return the place at one latitude and one longitude, or None where that isn't what is written."""
    numbers = [finite(side[0]) for side in sides if len(side) == 1]
    if len(numbers) < 2 or None in numbers:
        return None
    return _point(", ".join(f"{number:.6f}" for number in numbers if number is not None), gazetteer)


def _place_meant(value: PropertyValue, gazetteer: Catalogue) -> Place | None:
    known = find_entity(gazetteer, value.id or value.text) or _point(value.text, gazetteer)
    return known or _named(value.text, gazetteer)


def _point(text: str, gazetteer: Catalogue) -> Place | None:
    try:
        position = read_point(text)
    except InputError:
        return None
    return None if position is None else point_at(position, gazetteer, uncertainty_m=1.0)


def _named(text: str, gazetteer: Catalogue) -> Place | None:
    try:
        best = gazetteer.resolve(text, limit=1).best
    except InputError:
        return None
    return best.place if best else None


def _weigh(match: Match, query: ReconQuery, hints: _Hints) -> _Candidate:
    place = match.place
    of_type = any(place.kind in TYPES[name].kinds for name in query.type) if query.type else None
    in_area = (
        all(any(place.lies_in(code) for code in codes) for codes in hints.areas) if hints.areas else None
    )
    metres, is_near = None, True
    if hints.near is not None:
        metres = distance_m(place.position, hints.near.position)
        is_near = metres - place.uncertainty_m - hints.near.uncertainty_m <= _NEAR_M
    return _Candidate(match, in_area, of_type, metres, is_near)


def _is_sure(weighed: Sequence[_Candidate]) -> bool:
    if not weighed:
        return False
    first = weighed[0]
    rivals = sum(other.found.confidence for other in weighed[1:])
    return (
        first.found.confidence >= MATCH
        and first.fits
        and rivals < _RIVALS
        and first.found.method not in _STAND_INS
    )


def _as_json(candidate: _Candidate, name: str, match: bool) -> dict[str, Any]:
    found = candidate.found
    place = found.place
    features: dict[str, float | bool | None] = {
        "confidence": round(found.confidence, 4),
        "uncertainty_m": round(place.uncertainty_m),
        "distance_m": None if candidate.distance_m is None else round(candidate.distance_m),
        "in_area": candidate.in_area,
        "of_type": candidate.of_type,
    }
    kinds = types_of(place)
    described = [place.name_ar, kinds[0]["name"].lower(), cell_words(place), *found.reasons]
    return {
        "id": id_of(place),
        "name": name,
        "description": "; ".join(part for part in described if part),
        "type": kinds,
        "score": round(candidate.score, 2),
        "match": match,
        "features": [{"id": key, "value": value} for key, value in features.items() if value is not None],
    }
