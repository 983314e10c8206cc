"""How alike two spellings sound, 0 to 1, across romanisations and scripts.

A spelling is first written as *sound*: the consonants of the skeleton with the vowels kept in three
classes (a; i, e, y; o, u, w), articles dropped, words run together. "Saraqeb", "Sarāqib" and "Saraqib"
all sound ``sarakib``; the Arabic "سراقب" sounds ``srakb``, since Arabic writes only long vowels. Two
sounds are compared by Indel similarity (twice the common subsequence over both lengths; rapidfuzz's
``ratio``), which forgives a missing vowel at half the price of a wrong letter.

Examples
--------
>>> similarity("Saraqeb", "Saraqib")
1.0
>>> similarity("Kafranbel", "Kafr Nubl") > similarity("Kafranbel", "Kafr Takharim")
True
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from rapidfuzz.fuzz import ratio

from gazetteer.names.fold import fold
from gazetteer.names.skeleton import without_articles

_SOUNDS: Final[dict[str, str]] = {
    "tch": "S", "sch": "S", "sh": "S", "ch": "S", "kh": "h", "gh": "G", "ph": "f", "dj": "j", "th": "t", "dh": "d",
    "x": "h", "q": "k", "c": "k", "p": "b", "v": "f", "e": "i", "y": "i", "o": "u", "w": "u",
    "ا": "a", "و": "u", "ي": "i", "ع": "", "ب": "b", "ت": "t", "ط": "t", "ث": "t", "ج": "j", "ح": "h", "خ": "h", "ه": "h",
    "د": "d", "ض": "d", "ذ": "d", "ظ": "z", "ر": "r", "ز": "z", "س": "s", "ص": "s", "ش": "S", "غ": "G", "ف": "f", "ق": "k",
    "ك": "k", "ل": "l", "م": "m", "ن": "n",
}  # fmt: skip
_VOWELS: Final = frozenset("aiu")
#: The consonant that a name begins with whose first letter is a vowel: Arabic writes one there, always.
_STOP: Final = "'"
_GROUP: Final = re.compile("tch|sch|[sckgptd]h|dj|.")
_RUN: Final = re.compile(r"(.)\1*")
#: An article written as one with its word, "aldana" and "addana": the word must be long enough to have one.
_ATTACHED: Final = re.compile(r"(?:[ae]l(?=[^aeiouyl]..)|[aeiu](?:(sh|th|dh|[tdrzsn])(?=\1..)))")


@lru_cache(maxsize=16384)  # names are many, but most are made of the same words
def _word_sound(word: str) -> str:
    word = _ATTACHED.sub("", word, count=1) if _ATTACHED.match(word) else word
    if len(word) > 2 and word[-1] in "hه" and word[-2] not in "iou":
        word = word[:-1] + ("a" if word[-1] == "ه" else "")
    return "".join(_SOUNDS.get(g, g) for g in _GROUP.findall(word))


@lru_cache(maxsize=8192)
def sound(text: str) -> str:
    """Return what a spelling sounds like: consonant codes and vowel classes, in one run."""
    return sound_of_words(fold(text).split())


def sound_of_words(folded: Iterable[str]) -> str:
    """Return the sound of words that are folded already."""
    words = without_articles(list(folded))
    run = "".join(_RUN.findall("".join(map(_word_sound, words))))
    return _STOP + run if run and (run[0] in _VOWELS or words[0][0] == "ع") else run


def sound_similarity(a: str, b: str) -> float:
    """Return the similarity of two sounds, 0 to 1; two empty sounds are unlike."""
    return ratio(a, b) / 100.0 if a and b else 0.0


def similarity(a: str, b: str) -> float:
    """Return how alike two spellings sound, 0 to 1."""
    return sound_similarity(sound(a), sound(b))
