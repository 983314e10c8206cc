"""From a running text to its places: what is named, how sure that is, and which is the place of the event.

*Together.* A name is resolved with the areas and places that are named round it, as far as they agree with
one of its places: "Idlib" says where Saraqeb lies, and nothing of Douma. A governorate's name is that of its
city where a quarter is named with it, and that of the area where it stands before what happened in it ("Homs:
Talbiseh ..."). "The national hospital" is that of the town beside it, and "Ghouta" the region where places
near it are named.

*How sure.* A logistic model, one for each script, tells from what is seen of a stretch and of its answer how
likely the answer is right. Its weights are `geoparse_weights.json`, made by ``scripts/train_geoparse.py``: on
features, never on words, and scaled so that the confidences hold on places that were not fitted on (Platt
1999). A word that may as well be a common word or somebody's name needs more, whatever the model says.

*Whether at all.* A text must speak of the country: it names the country, its people, or a place that is
surely there. In general news almost every other hit is false.
"""

import json
import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple, Self

from gazetteer.answers import Mention, Report, Resolution, Status
from gazetteer.country import find_governorate, is_country, pcode_kind
from gazetteer.geodesy import LatLon
from gazetteer.kinds import REGIONS, PlaceKind
from gazetteer.names import fold, keys, skeleton
from gazetteer.reading.abroad import other_country
from gazetteer.reading.calibration import RIGHT_M
from gazetteer.reading.evidence import PLACED, cues_of, is_elsewhere
from gazetteer.reading.features import Features, flat_distance_m
from gazetteer.reading.interpret import Context, Toponym
from gazetteer.reading.mentions import Document, Stretch, document_of, stretches_of
from gazetteer.reading.reader import Reader
from gazetteer.reading.spans import span_of
from gazetteer.reading.tokens import Token, tokens
from gazetteer.values import Place

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

#: From this probability a name is surely a place of the country.
_SURE: Final = 0.8
#: Below this a stretch names no place, and is not shown.
_SHOWN: Final = 0.3
#: No mention is surer: one in fifty is wrong however much speaks for it (``scripts/train_geoparse.py``).
_SUREST: Final = 0.98

#: Features of a name that may be a person's or an agency's.
SOMEBODY: Final = frozenset(
    {"agency", "person", "given", "beside_given", "in_capitals", "comma_and_stranger"}
)
_PERSONAL: Final = frozenset({"given", "beside_given"})
_NAMED_AS_PLACE: Final = PLACED | {"area_kind", "other_kind", "list_of_places"}
_SET_APART: Final = frozenset({"beside_its_area", "area_of_others", "alone", "listed", "hashtag"})
_TOGETHER: Final = frozenset({"held_in_sentence", "near_in_sentence", "held", "near", "area_of_others"})
#: What makes a common word a name that tells which country a text is about.
_SUPPORT: Final = frozenset(
    "kind_beside area_kind held_in_sentence near_in_sentence area_of_others after_in".split()
)
#: What speaks for a mention, in words.
_REASONS: Final = {
    "kind_beside": "a kind word stands beside it",
    "area_kind": "it is named as an area",
    "after_in": "it stands after a word for 'in'",
    "after_on": "it stands after 'on'",
    "held_in_sentence": "an area named in the sentence holds it",
    "near_in_sentence": "a place nearby is named in the sentence",
    "area_of_others": "it is named before the places in it",
}
#: How much what is seen of a name tells that the event was there: this project's choice.
_EVENT: Final = {
    "area": -4.0,
    "region": -4.0,
    "towards": -2.0,
    "aside": -3.0,
    "agency": -2.0,
    "kind_beside": 1.5,
    "facility": 3.0,
    "after_on": 1.5,
    "after_in": 0.5,
    "held_in_sentence": 1.0,
}
#: The event is told first: what a sentence further is worth, and after how many it makes no difference.
_LATER: Final = 0.75
_LATEST: Final = 6


@cache
def load_text_weights() -> Mapping[str, Mapping[str, float]]:
    """Return the weights that the package carries: for each script ("Latn", "Arab"), of each feature."""
    raw = files("gazetteer.reading").joinpath("geoparse_weights.json").read_text("utf-8")
    weights: Mapping[str, Mapping[str, float]] = json.loads(raw)["scripts"]
    return weights


def geoparse(text: str, reader: Reader, *, local: bool, min_confidence: float) -> Report:
    """Find the places that a text names. See :meth:`gazetteer.Gazetteer.geoparse`."""
    document = document_of(text)
    found = _in_one_sense([one._replace(confidence=_confidence(one)) for one in found_in(document, reader)])
    about = "the caller says so" if local else _speaks_of_country(document, found)
    if not about:
        return Report(text, ())
    shown = [one for one in found if one.confidence >= _SHOWN and not is_country(one.stretch.asked)]
    sure = [one for one in shown if one.confidence >= min_confidence]
    main = max(sure, key=_event_score, default=None)
    sentence = cache(document.sentence)  # its mentions share one copy
    mentions = (
        Mention(
            start=one.stretch.start,
            end=one.stretch.end,
            text=text[one.stretch.start : one.stretch.end],
            sentence=sentence(one.stretch.sentence),
            resolution=_resolution(one, min_confidence, main=one is main),
            main=one is main,
        )
        for one in shown
    )
    return Report(text, tuple(mentions), about)


# ----------------------------------------------------------------------------- names, together


class Finding(NamedTuple):
    """A stretch with the answer of the reader of cells, and what speaks for both."""

    stretch: Stretch
    resolution: Resolution
    features: Features
    confidence: float = 0.0  # set once all of a text are found


class _Name(NamedTuple):
    """A stretch, its number in the text, and what the gazetteer knows of its name."""

    number: int
    stretch: Stretch
    known: Toponym
    governorates: frozenset[str]  # that it may be
    is_sure: bool  # so surely a name that it says where others lie

    @classmethod
    def of(cls, number: int, stretch: Stretch, known: Toponym) -> Self:
        seen = stretch.evidence
        governorates = frozenset(c for c in known.areas if pcode_kind(c) is PlaceKind.GOVERNORATE)
        if stretch.script == "Arab" and "exact" not in seen:
            governorates = frozenset()  # an Arabic word has to be spelled so
        plain = seen.get("likeness", 0.0) > _SURELY_ALIKE and "common" not in seen and "lower" not in seen
        if "named_after" in seen:
            is_sure = bool(governorates)
        elif "abroad" in seen or not SOMEBODY.isdisjoint(seen):
            is_sure = False
        else:
            area = "area_kind" in seen or bool(governorates or known.regions)
            is_sure = area or "kind_beside" in seen or plain
        return cls(number, stretch, known, governorates, is_sure)

    def is_in_sentence_of(self, other: "_Name") -> bool:
        same = self.stretch.sentence == other.stretch.sentence
        return same and "named_after" not in self.stretch.evidence

    def holding(self, alike: Sequence[Place]) -> frozenset[str]:
        """Return the areas that it may be and that hold one of these places."""
        return frozenset(
            code for code in self.known.areas if any(code != p.id and p.lies_in(code) for p in alike)
        )

    def near(self, alike: Sequence[Place]) -> list[LatLon]:
        """Return where it may be, as far as one of these places lies near."""
        reaches = [*((anchor, _NEAR_M) for anchor in self.known.anchors), *self.known.regions]
        return [
            position
            for position, reach_m in reaches
            if any(flat_distance_m(place.position, position) < reach_m for place in alike)
        ]


def found_in(document: Document, reader: Reader) -> list[Finding]:
    """Resolve every stretch of a text that may name a place."""

    @cache
    def answer_to(asked: str, stated: Context, kinds: tuple[PlaceKind, ...]) -> Resolution:
        return reader.resolve(asked, beside=stated, kinds=kinds, min_confidence=0.0)

    places = reader.names.places
    stretches = [(s, span) for s in stretches_of(document, reader.names.index) if (span := span_of(s.asked))]
    names = [_Name.of(n, s, reader.names.look_up(span)) for n, (s, span) in enumerate(stretches)]
    names = [_as_region(one, _round(one, names), reader) for one in names]
    times = Counter(fold(one.stretch.name) for one in names)
    found = []
    for one in names:
        if "named_after" in one.stretch.evidence:  # no mention; it may still say where others are
            continue
        others = _round(one, names)
        stated, context = _context(one, others, places)
        kinds = _kinds(one, others, places)
        asked = _of_its_town(one, others) if "role" in one.stretch.evidence else one.stretch.asked
        answer = answer_to(asked, stated, kinds)
        features = {
            **one.stretch.evidence,
            **context,
            **_of_answer(answer, one.stretch),
            "again": times[fold(one.stretch.name)] > 1,
            "area_of_others": kinds == (PlaceKind.GOVERNORATE,),
        }
        _set_commonness(features, answer, one.stretch)
        found.append(Finding(one.stretch, answer, {name: float(v) for name, v in features.items() if v}))
    return found


def _round(one: _Name, names: Sequence[_Name]) -> list[_Name]:
    """Return the names round one."""
    n = one.number
    return [*names[max(0, n - _REACH) : n], *names[n + 1 : n + _REACH + 1]]


def _as_region(one: _Name, others: Sequence[_Name], reader: Reader) -> _Name:
    """Read a region's name without its compass word where the text tells of places near it: "Ghouta"."""
    if one.known.span.kind is None and "likeness" in one.stretch.evidence:
        for region in reader.names.regions.get(skeleton(one.stretch.name), ()):
            span = span_of(region.name)
            if span and any(other.is_sure and other.near([region]) for other in others):
                stretch = one.stretch._replace(asked=region.name)
                return _Name.of(one.number, stretch, reader.names.look_up(span))
    return one


# ----------------------------------------------------------------------------- what others say of a name


def _context(
    one: _Name, others: Sequence[_Name], places: Sequence[Place]
) -> tuple[Context, dict[str, float]]:
    """Return what the other names say of where a name lies, as far as it agrees with one of its places."""
    numbers = {*one.known.alike, *(c.place for c in one.known.candidates[:_LIKELY])}
    alike = [places[number] for number in sorted(numbers)]
    areas: dict[frozenset[str], None] = {}  # in their order, each once
    anchors: dict[LatLon, None] = {}
    values: dict[str, float] = {}
    for other in others:
        if other.known.span.name == one.known.span.name or not other.is_sure:
            continue
        same = "_in_sentence" if other.is_in_sentence_of(one) else ""
        listed = "listed" in max(one, other).stretch.evidence  # that of the later one
        if holding := other.holding(alike):
            areas[holding] = None
            values[f"held{same}"] = 1.0
            if same and max(one, other).stretch.start - min(one, other).stretch.end <= _BESIDE:
                values["beside_its_area"] = 1.0
        elif near := other.near(alike):
            anchors |= dict.fromkeys(near)
            values[f"near{same}"] = 1.0
        elif same and other.known.areas and abs(other.number - one.number) == 1 and not listed:
            values["not_in_area_beside"] = 1.0
    return Context(tuple(areas), tuple(anchors)), values


def _kinds(one: _Name, others: Sequence[_Name], places: Sequence[Place]) -> tuple[PlaceKind, ...]:
    """Return which of the city and the area a governorate's name is, where that is clear; else nothing."""
    kind = one.known.span.kind
    if not one.governorates:
        return ()
    quarters = (other for other in others if other.known.span.kind == "neighbourhood")
    if kind is None and any(quarter.is_in_sentence_of(one) for quarter in quarters):
        return (PlaceKind.SETTLEMENT,)
    header = kind is None and "header" in one.stretch.evidence
    if header or (kind != "settlement" and _is_area_of_others(one, others, places)):
        return (PlaceKind.GOVERNORATE,)
    return ()


def _is_area_of_others(one: _Name, others: Sequence[_Name], places: Sequence[Place]) -> bool:
    """Tell whether other places of a name's sentence lie in its governorate, and not in its city."""
    governorates = one.governorates
    towns = [places[number] for number in one.known.alike if places[number].kind.group == "settlement"]
    return any(
        place.kind.group in ("settlement", "admin")
        and place.id not in governorates
        and any(map(place.lies_in, governorates))
        and all(flat_distance_m(place.position, town.position) > _OF_THE_CITY_M for town in towns)
        for other in others
        if other.stretch.sentence == one.stretch.sentence
        for place in (places[number] for number in other.known.alike)
    )


def _of_its_town(role: _Name, others: Sequence[_Name]) -> str:
    """Return "the national hospital" as that of a town: of its sentence, else the last one named before."""
    sentence, number = role.stretch.sentence, role.number
    towns = [
        other
        for other in others
        if other.is_sure
        and (other.known.anchors or other.governorates)
        and (other.stretch.sentence == sentence or other.number < number)
    ]
    if not towns:
        return role.stretch.name
    town = min(towns, key=lambda o: (o.stretch.sentence != sentence, abs(o.number - number)))
    return f"{town.stretch.name}, {role.stretch.name}"


# ----------------------------------------------------------------------------- what the answer is like


def _of_answer(answer: Resolution, stretch: Stretch) -> dict[str, float]:
    if not answer.matches:
        return {"nothing": 1.0}
    best = answer.matches[0]
    place, group = best.place, best.place.kind.group
    confidence = min(max(best.confidence, 0.01), 0.99)
    name, matched = (fold(text).replace(" ", "") for text in (stretch.name, best.matched_name))
    exact = best.method == "exact" or matched in (name, f"ال{name}")
    return {
        "matched_exactly": exact,
        "area_inexact": group == "admin" and not exact,
        "odds": math.log(confidence / (1.0 - confidence)) / 4,
        "area": group == "admin",
        "governorate": place.kind is PlaceKind.GOVERNORATE,
        "region": place.kind in REGIONS,
        "facility": group in ("facility", "landmark") and place.kind not in REGIONS,
        "neighbourhood": group == "neighbourhood",
        "population_log": math.log10(place.population) / 5 if place.population else 0.0,
        "fallback": best.method == "fallback",
    }


def _set_commonness(features: dict[str, float], answer: Resolution, stretch: Stretch) -> None:
    """Tell a common word beside others that agree, and one that is common because of its place."""
    if any(name.endswith("in_sentence") for name in features):
        features["common_with_others"] = features.get("common", 0.0)
    exact = features.get("matched_exactly") and stretch.script == "Latn"  # Arabic names are words, too
    if exact and is_well_known(answer.matches[0].place, stretch.name):
        for name in ("used", "common"):
            features[f"{name}_and_known"] = features.pop(name, 0.0)


def is_well_known(place: Place, *names: str) -> bool:
    """Tell whether a governorate or a large town is called by its own name."""
    if place.kind is not PlaceKind.GOVERNORATE and (place.population or 0) < _LARGE:
        return False
    own = {*keys(place.name), *keys(place.name_ar)}
    return any(not own.isdisjoint(keys(name)) for name in names)


# ---------------------------------------------------------------------------------------- how sure


def _confidence(one: Finding) -> float:
    """Return how likely it is that the stretch names the place that it is read as."""
    if not one.resolution.matches:
        return 0.0
    best, *others = one.resolution.matches
    if "role" in one.features:  # it has no name of its own: the reader of cells has judged its town's
        return best.confidence if best.place.kind.group == "facility" else 0.0
    if "area_inexact" in one.features and one.stretch.script == "Arab":
        return 0.0  # too many Arabic words are like an area's name
    if "abroad" in one.features or _could_be_anything(one):
        return 0.0
    if best.method == "part" and tokens(one.stretch.name)[0].does == "generic":
        return 0.0  # "the village of Kafr Qasim" is not Qasim
    weights = load_text_weights()[one.stretch.script]
    utility = math.fsum(weights.get(name, 0.0) * value for name, value in one.features.items())
    # No evidence tells namesakes apart: it is the likeliest as often as it is likelier than the others.
    elsewhere = math.fsum(
        other.confidence
        for other in others
        if flat_distance_m(other.place.position, best.place.position) > RIGHT_M
    )
    share = best.confidence / max(best.confidence + elsewhere, 1e-9)
    return min(1.0 / (1.0 + math.exp(-max(-50.0, utility))), share, _SUREST)


def _could_be_anything(one: Finding) -> bool:
    """Tell whether a word may as well be a common word or somebody's name."""
    seen = one.features
    # The first two need a kind word or a preposition, and another place that agrees; any other single word
    # with a capital, as persons have it, one of them or its place's very spelling.
    placed = not _NAMED_AS_PLACE.isdisjoint(seen)
    alone = not placed or _TOGETHER.isdisjoint(seen)
    if not _PERSONAL.isdisjoint(seen) and "beside_its_area" not in seen:
        return alone or "other_kind" in seen  # "Omar mosque" is no town
    if "several_words" in seen or _is_well_known(one):
        return False
    if "common" in seen:
        return alone and "beside_its_area" not in seen
    plain = placed or "rare_and_spelled" in seen or not _SET_APART.isdisjoint(seen)
    return one.stretch.script == "Latn" and not plain


def _in_one_sense(found: Sequence[Finding]) -> list[Finding]:
    """Make a name as sure throughout a text as where it is surest, unless it may be something else there."""
    senses = [
        (fold(one.stretch.name), *(match.place.id for match in one.resolution.matches[:1])) for one in found
    ]
    surest: dict[tuple[str, ...], float] = defaultdict(float)
    for one, sense in zip(found, senses, strict=True):
        surest[sense] = max(one.confidence, surest[sense])
    settled = []
    for one, sense in zip(found, senses, strict=True):
        common = "common" in one.features and find_governorate(one.stretch.name) is None
        other = common or "abroad" in one.features or not SOMEBODY.isdisjoint(one.features)
        settled.append(one if other else one._replace(confidence=surest[sense]))
    return settled


# ------------------------------------------------------------------------------ is it about the country


def _speaks_of_country(document: Document, found: Sequence[Finding]) -> str:
    """Return why a text is taken to be about the country; "" where it isn't."""
    for word in document.words:
        if word.does == "nationals" or is_country(word.text):
            return f"it names {word.text}"
    sure = [
        one
        for one in found
        if one.confidence >= _SURE
        and "matched_exactly" in one.features
        and SOMEBODY.isdisjoint(one.features)
        and not ("common" in one.features and _SUPPORT.isdisjoint(one.features))
    ]
    large = [*_governorate_named(document.words), *(one.stretch.name for one in sure if _is_well_known(one))]
    neighbours = [one.stretch.name for one in sure if not _TOGETHER.isdisjoint(one.features)]
    abroad = any(other_country(word.text) for word in document.words)
    # Small places have namesakes abroad: two prove something where they are neighbours.
    for names, needed in ((large, 1 + abroad), ([*large, *neighbours], 2)):
        if len(different := list(dict.fromkeys(names))) >= needed:
            return f"it names {' and '.join(different[:needed])}"
    return ""


def _governorate_named(words: Sequence[Token]) -> list[str]:
    """Return the first governorate that is named in Latin letters; its words mean other things in Arabic."""
    for n, word in enumerate(words):
        if word.script == "Latn" and word.text[0].isupper():
            for last in (n + 2, n + 1):
                name = " ".join(w.text for w in words[n:last])
                if find_governorate(name) and not (is_elsewhere(words, last) or _goes_on(words, last)):
                    return [name]
    return []


def _goes_on(words: Sequence[Token], last: int) -> bool:
    """Tell whether a name goes on with a capital: "Aleppo Smith", but not "Aleppo Media Centre"."""
    if last >= len(words) or words[last].gap not in (" ", "~") or not words[last].text[0].isupper():
        return False
    return not (words[last].does or cues_of(words[last : last + 1]) or find_governorate(words[last].text))


def _is_well_known(one: Finding) -> bool:
    return is_well_known(one.resolution.matches[0].place, one.stretch.name, one.stretch.asked)


# ---------------------------------------------------------------------------------------- answers


def _event_score(one: Finding) -> float:
    """Return how much tells that the event was there: in no area where a place is named, and told first."""
    told = sum(worth for name, worth in _EVENT.items() if name in one.features)
    return told + one.confidence - _LATER * min(one.stretch.sentence, _LATEST)


def _resolution(one: Finding, min_confidence: float, *, main: bool) -> Resolution:
    """Return the answer with the confidence of the mention; other places share what it leaves."""
    seen, confidence, (first, *others) = one.features, one.confidence, one.resolution.matches
    left = (1.0 - confidence) / max(1.0 - first.confidence, sum(match.confidence for match in others), 1e-9)
    reasons = [reason for name, reason in _REASONS.items() if name in seen]
    if main:
        area = ", for no place in it is named" if "area" in seen or "region" in seen else ""
        reasons.insert(0, f"the place of the event{area}")
    matches = (
        replace(first, confidence=confidence, reasons=(*reasons, *first.reasons)),
        *(replace(match, confidence=match.confidence * min(left, 1.0)) for match in others),
    )
    status: Status = "resolved" if confidence >= min_confidence else "ambiguous"
    return replace(one.resolution, status=status, matches=matches)
