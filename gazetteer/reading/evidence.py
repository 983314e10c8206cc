"""What is seen of a stretch of text, as numbers: how it is spelled, and what stands round it.

Words are looked at by what they do and by how common they are in their language (wordfreq, which Speer 2022
describes); no feature is of a certain word.
"""

from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from gazetteer.kinds import PlaceKind
from gazetteer.names import keys
from gazetteer.names.words import kinds_in_words
from gazetteer.reading.abroad import other_country
from gazetteer.reading.spans import PREFIXES
from gazetteer.reading.tokens import Token, report_words

#: Romanised articles, which stand as words of their own before a name.
ARTICLES: Final = frozenset("al el ad an ar as at az ash ath ed en er es et ez".split())
_SHORT_KEY: Final = 2
_REACH: Final = 2
#: "a small town in" stands between a name and where it is.
_FURTHER: Final = 4
_PLACING: Final = frozenset({"filler", "in", "of"})
#: Zipf's scale: a rarer word is hardly used but as a name; one that is used twice as often is a common word.
_RARE: Final = 2.7
COMMON: Final = 3.0
_INSIDE: Final = frozenset({"", " ", "~"})
#: The gap before a word that followed at once, an Arabic prefix taken off or not.
_PREFIXED: Final = frozenset({"", "in", "and"})
#: What stands between a place and what happened there: "Idlib: ...", "Idlib | ...".
_AFTER_HEADER: Final = frozenset({":", "-", "\n", "/"})
_ON: Final = frozenset({"on", "علي"})


class Run(NamedTuple):
    """Words of a sentence that are taken for a name.

    Parameters
    ----------
    first, last
        The first of them, and the one after the last.
    likeness
        How alike they are to a spelling, 0 to 1; 0 where a kind word calls for an unknown name.
    prefix
        What an Arabic prefix on the first of them does: "and", "in"; else "".
    role
        Whether they say what a facility is to its town, and name nothing: "national hospital".
    """

    first: int
    last: int
    likeness: float
    prefix: str = ""
    role: bool = False


def evidence_of(
    words: Sequence[Token], run: Run, left: int, right: int, *, names: Collection[int], titled: bool
) -> dict[str, float]:
    """Return the features of a stretch; what is 0 is left out.

    Parameters
    ----------
    words
        Those of its sentence.
    run
        The name.
    left, right
        Its first word and the one after its last, with the kind words that go with it.
    names
        The words of the sentence that are taken for names.
    titled
        Whether capitals tell nothing in the sentence.
    """
    name = words[run.first : run.last]
    kinds = kinds_of((*words[left : run.first], *words[run.last : right]))
    values = {
        "bias": 1.0,
        "role": float(run.role),
        **_spelling(run, name),
        **_kinds(kinds | ({"settlement"} if _is_dual(words, left) else set())),
        **_place_in_sentence(words, run, left, right),
        **_neighbours(words, left, right),
        "abroad": float(_is_abroad(words, right)),
    }
    if name[0].script == "Latn":
        values |= _capitals(words, run, left, right, names=names, titled=titled)
    if kinds:
        values["common_with_kind"] = values["common"]
    if values.get("kind_beside"):
        values["kind_and_likeness"] = run.likeness
    return {feature: value for feature, value in values.items() if value}


def _spelling(run: Run, name: Sequence[Token]) -> dict[str, float]:
    folded = " ".join(word.folded for word in name)
    key = next(iter(keys(folded[1:] if run.prefix else folded)), "")
    spoken = [word for word in name if word.folded not in ARTICLES] or name
    zipf = min(map(commonness, spoken))
    return {
        "exact": float(run.likeness == 1.0),
        "likeness": run.likeness,
        "called_for": float(run.likeness == 0.0),
        "several_words": float(len(name) > 1),
        "key_length": min(len(key), 8) / 8,
        "short_key": float(len(key) <= _SHORT_KEY),
        "used": zipf / 5,
        "common": max(0.0, zipf - COMMON) / 2,
        "rare_and_spelled": float(zipf < _RARE and run.likeness == 1.0),
        "rare_and_alike": float(zipf < _RARE and 0.0 < run.likeness < 1.0),
    }


def _kinds(kinds: Collection[str]) -> dict[str, float]:
    groups = {PlaceKind(kind).group for kind in kinds if kind != "region"}
    return {
        "kind_beside": float(not {"settlement", "neighbourhood", "camp"}.isdisjoint(kinds)),
        "area_kind": float(not {"governorate", "district", "subdistrict", "region"}.isdisjoint(kinds)),
        "other_kind": float(not {"facility", "landmark"}.isdisjoint(groups)),
    }


def _is_dual(words: Sequence[Token], left: int) -> bool:
    """Tell whether a word for two towns stands before a name, or before the one that it is joined to."""
    return left > 0 and "pair" in said_by(words[left - 1 : left])


def _place_in_sentence(words: Sequence[Token], run: Run, left: int, right: int) -> dict[str, float]:
    gap = words[left].gap
    joined = left > 0 and gap in (" ", "~", "#")
    before = words[left - 1] if joined else None
    does = run.prefix or next((d for d in ("in", "and") if gap.endswith(d)), "")
    opens = left == 0 or gap.removesuffix(does if gap.endswith(does) else "") not in {*_INSIDE, "#", ")"}
    closes = right == len(words) or not (
        words[right].gap.startswith((" ", "~")) or words[right].gap in _PREFIXED
    )
    return {
        "after_in": float(does == "in" or bool(before and before.does == "in")),
        "after_near": float(bool(before and before.does == "near")),
        "after_on": float(bool(before and before.folded in _ON)),
        "hashtag": float(gap == "#"),
        "alone": float(opens and closes),
        "header": float(opens and right < len(words) and words[right].gap in _AFTER_HEADER),
        "opens": float(opens and not closes),
        "closes": float(closes and not opens),
    }


def _neighbours(words: Sequence[Token], left: int, right: int) -> dict[str, float]:
    """Look two words far, not past a sign."""
    first, last = left, right
    while first and left - first < _REACH and words[first].gap in _INSIDE:
        first -= 1
    while last < len(words) and last - right < _REACH and words[last].gap in _INSIDE:
        last += 1
    before, after = said_by(words[first:left]), said_by(words[right:last])
    joined = (
        *(words[left - 1 : left] if left > first else ()),
        *(words[right : right + 1] if right < last else ()),
    )
    return {
        "given": float(right - left == 1 and "given" in said_by(words[left:right])),
        "beside_given": float("given" in said_by(joined)),
        "aside": float("aside" in before),
        "agency": float("agency" in before | after),
        "person": float("person" in before),
        "fighters": float("fighters" in before | after),
        "towards": float("towards" in before),
    }


def _capitals(
    words: Sequence[Token], run: Run, left: int, right: int, *, names: Collection[int], titled: bool
) -> dict[str, float]:
    first = next((w for w in words[run.first : run.last] if w.folded not in ARTICLES), words[run.first])
    capital = first.text[0].isupper() or words[run.first].text[0].isupper()
    opens = left == 0 or words[left].gap not in {*_INSIDE, "#", ")"}
    beside = [n for n in (left - 1, right) if 0 <= n < len(words) and words[max(n, left)].gap in _INSIDE]
    strangers = [n for n in beside if n not in names and words[n].text[0].isupper() and not words[n].does]
    namesakes = [n for n in beside if n in names and words[n].text[0].isupper()]
    return {
        "lower": float(not capital),
        "titled": float(titled),
        "capital_in_sentence": float(capital and not opens and not titled),
        "in_capitals": 0.0 if titled else float(len(strangers)),
        "beside_name": float(len(namesakes)),
        "comma_and_stranger": float(not titled and is_elsewhere(words, right, names)),
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
    n = right
    if n >= len(words) or words[n].gap != ",":
        return False
    while n < len(words) - 1 and n - right < _FURTHER and (words[n].does in _PLACING or _is_kind(words[n])):
        n += 1
    return n not in names and words[n].text[0].isupper() and not (words[n].does or _is_kind(words[n]))


def _is_kind(word: Token) -> bool:
    return bool(kinds_in_words((word.folded,)))


def kinds_of(words: Sequence[Token]) -> frozenset[str]:
    """Return the kinds that words tell of, with an article or without."""
    return kinds_in_words(tuple(word.folded.removeprefix("ال") for word in words))


def is_titled(words: Sequence[Token]) -> bool:
    """Tell whether a sentence is written with capitals throughout, or without any."""
    plain = [word for word in words if word.script == "Latn" and len(word.text) > 3 and not word.does]
    capital = sum(word.text[0].isupper() for word in plain)
    return len(plain) > 2 and (capital > 0.7 * len(plain) or capital == 0)


def said_by(words: Sequence[Token]) -> frozenset[str]:
    """Return what words say of a name beside them: "agency", "person", "fighters", "towards" ..."""
    return frozenset(does for word in words for does in said_by_word(word.folded))


@lru_cache(maxsize=16384)
def said_by_word(folded: str) -> frozenset[str]:
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
