"""What is seen of a stretch of text, as numbers: how it is spelled, and what stands round it.

Words are looked at by what they do and by how common they are in their language (wordfreq, which Speer 2022
describes); no feature is of a certain word.
"""

from collections.abc import Collection, Sequence
from functools import lru_cache
from itertools import takewhile
from typing import Final, NamedTuple

from gazetteer.kinds import PlaceKind
from gazetteer.names import keys
from gazetteer.names.words import kinds_in_words
from gazetteer.reading.abroad import other_country
from gazetteer.reading.spans import PREFIXES
from gazetteer.reading.tokens import Token, report_words

#: Kinds of towns and of their parts, and kinds of areas.
TOWN_KINDS: Final = frozenset({"settlement", "neighbourhood", "camp"})
AREA_KINDS: Final = frozenset({"governorate", "district", "subdistrict", "region"})
THING_GROUPS: Final = frozenset({"facility", "landmark"})
#: What stands beside a name and says that it is one of a place.
PLACED: Final = frozenset({"kind_beside", "after_in", "after_on", "after_near"})
#: Zipf's scale: a word that is used more is a common word; one that is used half as often is hardly used but
#: as a name.
COMMON: Final = 3.0
_RARE: Final = 2.7
#: Romanised articles, which stand as words of their own before a name.
ARTICLES: Final = frozenset("al el ad an ar as at az ash ath ed en er es et ez".split())
_SHORT_KEY: Final = 2
#: So many words beside a name are looked at, and more where it is told of as "a small town in" somewhere.
_REACH: Final = 2
_FURTHER: Final = 4
_PLACING: Final = frozenset({"filler", "in", "of"})
_INSIDE: Final = frozenset({"", " ", "~"})
#: What stands before the first word of a clause, if anything does, besides the signs that end the last.
_OPENING: Final = _INSIDE | {"#", ")"}
#: The gap before a word that followed at once, an Arabic prefix taken off or not.
_PREFIXED: Final = frozenset({"", "in", "and"})
#: What stands between a place and what happened there: "Idlib: ...", "Idlib | ...".
_AFTER_HEADER: Final = frozenset({":", "-", "\n", "/"})
_ON: Final = frozenset({"on", "علي"})


class Run(NamedTuple):
    """Words of a sentence that are taken for a name, by number; every end is exclusive."""

    first: int
    last: int
    likeness: float  # to a spelling, 0 to 1; 0 where a kind word calls for an unknown name
    prefix: str = ""  # what an Arabic prefix on the first word does: "and", "in"
    role: bool = False  # they say what a facility is to its town, and name nothing: "national hospital"
    left: int = 0  # with the kind and compass words that go with it
    right: int = 0


def evidence_of(
    words: Sequence[Token], run: Run, *, names: Collection[int], titled: bool
) -> dict[str, float]:
    """Return the features of a run; `names` are words of names, and where `titled`, capitals tell nothing."""
    name = words[run.first : run.last]
    kinds = kinds_of((*words[run.left : run.first], *words[run.last : run.right]))
    # A word for two towns stands before a name, or before the one that it is joined to.
    dual = run.left > 0 and "pair" in cues_of(words[run.left - 1 : run.left])
    values: dict[str, float] = {
        "bias": 1.0,
        "role": run.role,
        **_spelling(run, name),
        "kind_beside": dual or not TOWN_KINDS.isdisjoint(kinds),
        "area_kind": not AREA_KINDS.isdisjoint(kinds),
        "other_kind": any(PlaceKind(kind).group in THING_GROUPS for kind in kinds if kind != "region"),
        **_position(words, run),
        **_neighbours(words, run),
        "abroad": _is_abroad(words, run.right),
    }
    if name[0].script == "Latn":
        values |= _capitals(words, run, names=names, titled=titled)
    if kinds:
        values["common_with_kind"] = values["common"]
    if values["kind_beside"]:
        values["kind_and_likeness"] = run.likeness
    return {feature: float(value) for feature, value in values.items() if value}


def _spelling(run: Run, name: Sequence[Token]) -> dict[str, float]:
    folded = " ".join(word.folded for word in name)
    key = next(iter(keys(folded[1:] if run.prefix else folded)), "")
    zipf = min(map(commonness, [word for word in name if word.folded not in ARTICLES] or name))
    return {
        "exact": run.likeness == 1.0,
        "likeness": run.likeness,
        "called_for": run.likeness == 0.0,
        "several_words": len(name) > 1,
        "key_length": min(len(key), 8) / 8,
        "short_key": len(key) <= _SHORT_KEY,
        "used": zipf / 5,
        "common": max(0.0, zipf - COMMON) / 2,
        "rare_and_spelled": zipf < _RARE and run.likeness == 1.0,
        "rare_and_alike": zipf < _RARE and 0.0 < run.likeness < 1.0,
    }


def _position(words: Sequence[Token], run: Run) -> dict[str, float]:
    """Say where in its sentence a run stands, and after which small word."""
    left, right, gap = run.left, run.right, words[run.left].gap
    before = words[left - 1] if left > 0 and gap in (" ", "~", "#") else None
    does = run.prefix or next((d for d in ("in", "and") if gap.endswith(d)), "")
    opens = left == 0 or gap.removesuffix(does) not in _OPENING
    after = words[right].gap if right < len(words) else None
    closes = after is None or not (after.startswith((" ", "~")) or after in _PREFIXED)
    return {
        "after_in": does == "in" or (before is not None and before.does == "in"),
        "after_near": before is not None and before.does == "near",
        "after_on": before is not None and before.folded in _ON,
        "hashtag": gap == "#",
        "alone": opens and closes,
        "header": opens and after in _AFTER_HEADER,
        "opens": opens and not closes,
        "closes": closes and not opens,
    }


def _neighbours(words: Sequence[Token], run: Run) -> dict[str, float]:
    """Look two words far, not past a sign."""
    first, last = left, right = run.left, run.right
    while first and left - first < _REACH and words[first].gap in _INSIDE:
        first -= 1
    while last < len(words) and last - right < _REACH and words[last].gap in _INSIDE:
        last += 1
    before, after = cues_of(words[first:left]), cues_of(words[right:last])
    beside = (*words[max(first, left - 1) : left], *words[right : min(last, right + 1)])
    return {
        "given": right - left == 1 and "given" in cues_of(words[left:right]),
        "beside_given": "given" in cues_of(beside),
        "aside": "aside" in before,
        "agency": "agency" in before | after,
        "person": "person" in before,
        "fighters": "fighters" in before | after,
        "towards": "towards" in before,
    }


def _capitals(words: Sequence[Token], run: Run, *, names: Collection[int], titled: bool) -> dict[str, float]:
    left, right = run.left, run.right
    capital = has_capital(words[run.first : run.last])
    opens = left == 0 or words[left].gap not in _OPENING
    beside = [n for n in (left - 1, right) if 0 <= n < len(words) and words[max(n, left)].gap in _INSIDE]
    capitals = [n for n in beside if words[n].text[0].isupper()]
    return {
        "lower": not capital,
        "titled": titled,
        "capital_in_sentence": capital and not opens and not titled,
        "in_capitals": 0 if titled else sum(n not in names and not words[n].does for n in capitals),
        "beside_name": sum(n in names for n in capitals),
        "comma_and_stranger": not titled and is_elsewhere(words, right, names),
    }


def _is_abroad(words: Sequence[Token], right: int) -> bool:
    """Tell whether a name is followed by another country: "Salamiyah, Iraq", "X in the United States"."""
    n = right
    while n < len(words) and n - right < _REACH and words[n].does in _PLACING:
        n += 1
    if n == len(words) or (n == right and words[n].gap != ","):
        return False
    return any(other_country(" ".join(w.text for w in words[n:last])) for last in (n + 1, n + 2))


def is_elsewhere(words: Sequence[Token], right: int, names: Collection[int] = ()) -> bool:
    """Tell whether a name that ends before `right` is placed in a stranger: "Hama, a town in Japan"."""
    if right >= len(words) or words[right].gap != ",":
        return False
    last = min(len(words) - 1, right + _FURTHER)
    placing = (word.does in _PLACING or is_kind(word.folded) for word in words[right:last])
    n = right + sum(takewhile(bool, placing))
    return n not in names and words[n].text[0].isupper() and not (words[n].does or is_kind(words[n].folded))


@lru_cache(maxsize=4096)
def is_kind(folded: str) -> bool:
    """Tell whether a folded word tells of a kind."""
    return bool(kinds_in_words((folded,)))


def kinds_of(words: Sequence[Token]) -> frozenset[str]:
    """Return the kinds that words tell of, with an article or without."""
    return kinds_in_words(tuple(word.folded.removeprefix("ال") for word in words))


def is_titled(words: Sequence[Token]) -> bool:
    """Tell whether a sentence is written with capitals throughout, or without any."""
    plain = [word for word in words if word.script == "Latn" and len(word.text) > 3 and not word.does]
    capital = sum(word.text[0].isupper() for word in plain)
    return len(plain) > 2 and (capital > 0.7 * len(plain) or capital == 0)


def has_capital(name: Sequence[Token]) -> bool:
    """Tell whether a name begins with a capital, with its article or without."""
    first = next((word for word in name if word.folded not in ARTICLES), name[0])
    return name[0].text[0].isupper() or first.text[0].isupper()


def cues_of(words: Sequence[Token]) -> frozenset[str]:
    """Return what words say of a name beside them: "agency", "person", "fighters", "towards" ..."""
    return frozenset(does for word in words for does in cues_of_word(word.folded))


@lru_cache(maxsize=16384)
def cues_of_word(folded: str) -> frozenset[str]:
    """Return what a folded word says, with an Arabic prefix or without: "and the army of X"."""
    said = report_words().get(folded)
    if said is None and folded[:1] in PREFIXES:
        said = report_words().get(folded[1:])
    return said or frozenset()


def commonness(word: Token) -> float:
    """Return how common a word is in its language, in Zipf's scale: 3 is once in a million words."""
    return _zipf(word.text, "ar" if word.script == "Arab" else "en")


@lru_cache(maxsize=65536)
def _zipf(word: str, language: str) -> float:
    from wordfreq import zipf_frequency  # its lists are read when the first word is asked for

    return zipf_frequency("".join(filter(str.isalnum, word)), language)
