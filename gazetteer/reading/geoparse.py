"""From a running text to its places: what is named, how sure that is, and which is the place of the event.

A logistic model, one for each script, tells from what is seen of a stretch and of its answer
(:mod:`gazetteer.reading.evidence`, :mod:`gazetteer.reading.together`) how likely the answer is right. Its
weights are `geoparse_weights.json`, made by ``scripts/train_geoparse.py``: on features, never on words, and
scaled so that the confidences hold on places that were not fitted on (Platt 1999). A word that may as well be
a common word or somebody's name needs more, whatever the model says.

A text must speak of the country: it names the country or its people, or a place that is surely there. In
general news almost every other hit is false. A caller who knows that a text is about the country says so.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Final

from gazetteer.answers import Match, Mention, Report, Status
from gazetteer.country import find_governorate, is_country
from gazetteer.names import fold
from gazetteer.reading.abroad import other_country
from gazetteer.reading.evidence import PLACED, is_elsewhere, said_by
from gazetteer.reading.features import Features, flat_distance_m
from gazetteer.reading.mentions import Document, document_of
from gazetteer.reading.rank import SAME_ANSWER_M
from gazetteer.reading.reader import Reader
from gazetteer.reading.together import SOMEBODY, Found, found_in, is_well_known
from gazetteer.reading.tokens import Token, tokens

#: For each script ("Latn", "Arab"), the weight of each feature.
TextWeights = Mapping[str, Mapping[str, float]]

#: From this probability a name is surely a place of the country.
_SURE: Final = 0.8
#: Below this a stretch names no place, and is not shown.
_SHOWN: Final = 0.3
#: No mention is surer: one in fifty is wrong however much speaks for it (``scripts/train_geoparse.py``).
_SUREST: Final = 0.98
_NAMED_AS_PLACE: Final = PLACED | {"area_kind", "other_kind", "list_of_places"}
_PERSONAL: Final = frozenset({"given", "beside_given"})
_SET_APART: Final = frozenset({"beside_its_area", "area_of_others", "alone", "listed", "hashtag"})
_TOGETHER: Final = frozenset({"held_in_sentence", "near_in_sentence", "held", "near", "area_of_others"})
#: What makes a common word a name that tells which country a text is about.
_SUPPORT: Final = frozenset(
    {"kind_beside", "area_kind", "held_in_sentence", "near_in_sentence", "area_of_others", "after_in"}
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
def load_text_weights() -> TextWeights:
    """Return the weights that the package carries."""
    raw = json.loads(files("gazetteer.reading").joinpath("geoparse_weights.json").read_text("utf-8"))
    return {script: dict(weights) for script, weights in raw["scripts"].items()}


def geoparse(text: str, reader: Reader, *, local: bool, min_confidence: float) -> Report:
    """Find the places that a text names. See :meth:`gazetteer.Gazetteer.geoparse`."""
    document = document_of(text)
    scored = _in_one_sense([(one, _confidence(one)) for one in found_in(document, reader)])
    about = "the caller says so" if local else _speaks_of_country(document, scored)
    if not about:
        return Report(text, ())
    shown = [
        (one, confidence)
        for one, confidence in scored
        if confidence >= _SHOWN and one.resolution.matches and not is_country(one.stretch.asked)
    ]
    main = _place_of_event([(one, confidence) for one, confidence in shown if confidence >= min_confidence])
    sentence = cache(document.sentence)  # its mentions share one copy
    mentions = (
        _mention(one, c, text, sentence(one.stretch.sentence), min_confidence, main=one is main)
        for one, c in shown
    )
    return Report(text, tuple(mentions), about)


# ---------------------------------------------------------------------------------------- how sure


def _confidence(one: Found) -> float:
    """Return how likely it is that the stretch names the place that it is read as."""
    best = next(iter(one.resolution.matches), None)
    if best is None:
        return 0.0
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
    return min(1.0 / (1.0 + math.exp(-max(-50.0, utility))), _share_of_best(one.resolution.matches), _SUREST)


def _share_of_best(matches: Sequence[Match]) -> float:
    """Return what the likeliest of the namesakes is worth beside the others: no evidence tells them apart."""
    first, *others = matches
    elsewhere = math.fsum(
        match.confidence
        for match in others
        if flat_distance_m(match.place.position, first.place.position) > SAME_ANSWER_M
    )
    return first.confidence / max(first.confidence + elsewhere, 1e-9)


def _could_be_anything(one: Found) -> bool:
    """Tell whether a word may as well be a common word or somebody's name.

    A common word, and a name that persons have, need a kind word or a preposition, and another place that
    agrees. Any other single word with a capital, as persons have it, needs one of them or its place's very
    spelling.
    """
    seen = one.features
    placed = not _NAMED_AS_PLACE.isdisjoint(seen)
    if not _PERSONAL.isdisjoint(seen) and "beside_its_area" not in seen:  # "Omar mosque" is no town
        return not placed or "other_kind" in seen or _TOGETHER.isdisjoint(seen)
    if "several_words" in seen or _is_well_known(one):
        return False
    if "common" in seen:
        return "beside_its_area" not in seen and (not placed or _TOGETHER.isdisjoint(seen))
    plain = placed or "rare_and_spelled" in seen or not _SET_APART.isdisjoint(seen)
    return one.stretch.script == "Latn" and not plain


def _in_one_sense(scored: Sequence[tuple[Found, float]]) -> list[tuple[Found, float]]:
    """Make a name as sure throughout a text as where it is surest, unless it may be somebody's there."""
    surest: dict[tuple[str, str], float] = {}
    for one, confidence in scored:
        if (sense := _sense(one)) is not None:
            surest[sense] = max(confidence, surest.get(sense, 0.0))
    return [
        (one, confidence if sense is None or _may_mean_other(one) else surest[sense])
        for one, confidence in scored
        for sense in (_sense(one),)
    ]


def _may_mean_other(one: Found) -> bool:
    """Tell whether what is a name elsewhere in the text may be a word or a person here."""
    common = "common" in one.features and find_governorate(one.stretch.name) is None
    return common or "abroad" in one.features or not SOMEBODY.isdisjoint(one.features)


def _sense(one: Found) -> tuple[str, str] | None:
    matches = one.resolution.matches
    return (fold(one.stretch.name), matches[0].place.id) if matches else None


# ------------------------------------------------------------------------------ is it about the country


def _speaks_of_country(document: Document, scored: Sequence[tuple[Found, float]]) -> str:
    """Return why a text is taken to be about the country; "" where it isn't.

    Small places have namesakes in other countries: two of them prove something where they are neighbours. And
    two names are asked for where another country is named.
    """
    for word in document.words:
        if word.does == "nationals" or is_country(word.text):
            return f"it names {word.text}"
    sure = [one for one, confidence in scored if confidence >= _SURE and _is_plainly_named(one)]
    known = [one for one in sure if _is_well_known(one)]
    large = [*_governorate_named(document), *(one.stretch.name for one in known)]
    neighbours = [one.stretch.name for one in sure if not _TOGETHER.isdisjoint(one.features)]
    abroad = any(other_country(word.text) for word in document.words)
    for names, needed in ((large, 1 + abroad), ([*large, *neighbours], 2)):
        if len(different := list(dict.fromkeys(names))) >= needed:
            return f"it names {' and '.join(different[:needed])}"
    return ""


def _governorate_named(document: Document) -> list[str]:
    """Return the first governorate that is named in Latin letters; its words mean other things in Arabic."""
    words = document.words
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
    return not (words[last].does or said_by(words[last : last + 1]) or find_governorate(words[last].text))


def _is_well_known(one: Found) -> bool:
    place = one.resolution.matches[0].place
    return is_well_known(place, one.stretch.name) or is_well_known(place, one.stretch.asked)


def _is_plainly_named(one: Found) -> bool:
    seen = one.features
    plain = "matched_exactly" in seen and SOMEBODY.isdisjoint(seen)
    return plain and ("common" not in seen or not _SUPPORT.isdisjoint(seen))


# ---------------------------------------------------------------------------------------- answers


def _place_of_event(sure: Sequence[tuple[Found, float]]) -> Found | None:
    """Return the place that the event is told of: no area where a place is named, and the first of equals."""
    return max(sure, key=lambda item: _told_of(*item), default=(None, 0.0))[0]


def _told_of(one: Found, confidence: float) -> float:
    told = sum(worth for name, worth in _EVENT.items() if name in one.features)
    return told + confidence - _LATER * min(one.stretch.sentence, _LATEST)


def _mention(
    one: Found, confidence: float, text: str, sentence: str, min_confidence: float, *, main: bool
) -> Mention:
    stretch, (first, *others) = one.stretch, one.resolution.matches
    # The others share what the first leaves.
    left = (1.0 - confidence) / max(1.0 - first.confidence, sum(match.confidence for match in others), 1e-9)
    reasons = (*_why(one.features, main=main), *first.reasons)
    matches = (
        replace(first, confidence=confidence, reasons=reasons),
        *(replace(match, confidence=match.confidence * min(left, 1.0)) for match in others),
    )
    status: Status = "resolved" if confidence >= min_confidence else "ambiguous"
    return Mention(
        start=stretch.start,
        end=stretch.end,
        text=text[stretch.start : stretch.end],
        sentence=sentence,
        resolution=replace(one.resolution, status=status, matches=matches),
        main=main,
    )


def _why(features: Features, *, main: bool) -> list[str]:
    said = [reason for name, reason in _REASONS.items() if name in features]
    if not main:
        return said
    area = not {"area", "region"}.isdisjoint(features)
    return [
        "the place of the event, for no place in it is named" if area else "the place of the event",
        *said,
    ]
