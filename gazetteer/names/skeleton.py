"""The consonant skeleton: one code for a name in every romanisation and in Arabic script.

Romanisations disagree on vowels, on doubling, on which Latin letters stand for the Arabic consonants,
and on the article; they agree on the sequence of consonants. The skeleton keeps that sequence in a
small alphabet into which both scripts are mapped::

    b t j h d z r s S G f k l m n   and, at the start of a word only, w y

Letters that reporters confuse share a code: h is ه ح خ, k is ق ك, t is ت ط ث, s is س ص, S is ش (sh,
ch), G is غ (gh). Where a letter may stand for several consonants (Turkish "c", "g", French "ch", "th",
"z" for ظ, a final ta marbuta), the spelling has several skeletons; two spellings are candidates for
each other when they share one.

Equal skeletons make a candidate, never an answer: Hama, Hom and Hayma share one.

The tables follow the consonant tables of BGN/PCGN 1956 (Arabic), ALA-LC 2012, ISO 233 and UN 2017, and
the Turkish and Kurdish (Hawar) alphabets; the groups are what those systems map to different letters.

Examples
--------
>>> skeleton("Kafranbel"), skeleton("Kafr Nubl"), skeleton("كفرنبل")
('kfrnbl', 'kfrnbl', 'kfrnbl')
>>> skeleton("Deir ez-Zor") == skeleton("Dayr az Zawr") == skeleton("دير الزور")
True
"""

import itertools
import re
from functools import lru_cache
from typing import Final

from gazetteer.names.fold import fold, strip_marks

#: A spelling of many doubtful letters has at most this many skeletons: the likeliest readings come first.
MAX_KEYS: Final = 12

_Options = tuple[str, ...]
# What a group of Latin letters can stand for, likeliest first. Longest groups are tried first.
_LATIN: Final[dict[str, _Options]] = {
    "dsch": ("j",), "tch": ("S",), "sch": ("S",),
    "sh": ("S",), "ch": ("S",), "kh": ("h",), "gh": ("G",), "ph": ("f",), "dj": ("j",),
    "th": ("t", "d"), "dh": ("d", "z"), "zh": ("j", "z", "d"),
    "b": ("b",), "p": ("b",), "t": ("t",), "j": ("j",), "x": ("h",), "d": ("d",), "r": ("r",), "z": ("z",),
    "s": ("s",), "f": ("f",), "q": ("k",), "k": ("k",), "l": ("l",), "m": ("m",), "n": ("n",), "h": ("h",),
    "g": ("j", "k", "G"), "c": ("k", "j"), "v": ("f", ""),
}  # fmt: skip
_LATIN_GROUP: Final = re.compile("|".join(sorted(_LATIN, key=len, reverse=True)) + "|.")
# Latin letters whose mark changes the consonant: read both with the mark and without it.
_MARKED: Final = str.maketrans(
    {"ş": "sh", "š": "sh", "ș": "sh", "ŝ": "sh", "ç": "ch", "č": "ch", "ğ": "gh", "ġ": "gh", "ĝ": "gh", "ḡ": "gh",
     "ḏ": "dh", "ṯ": "th", "ḫ": "kh", "ẖ": "kh", "ḵ": "kh", "ẋ": "kh", "ẍ": "gh", "ǧ": "j", "ǰ": "j", "ž": "j"}
)  # fmt: skip
_ARABIC: Final[dict[str, _Options]] = {
    "ب": ("b",), "ت": ("t",), "ط": ("t",), "ث": ("t",), "ج": ("j",), "ح": ("h",), "خ": ("h",), "ه": ("h",),
    "د": ("d",), "ض": ("d",), "ذ": ("d", "z"), "ظ": ("z", "d"), "ر": ("r",), "ز": ("z",), "س": ("s",), "ص": ("s",),
    "ش": ("S",), "غ": ("G",), "ف": ("f",), "ق": ("k",), "ك": ("k",), "ل": ("l",), "م": ("m",), "ن": ("n",),
}  # fmt: skip

_PLAIN_ARTICLES: Final = frozenset(("al", "el", "il", "ul", "ال", "l"))
_SUN_ARTICLE: Final = re.compile(r"[aeiu](sh|ch|th|dh|[tdrzsnl])")
_LONGEST_ARTICLE: Final = 3


def _is_article(word: str, following: str) -> bool:
    """Tell whether `word` is an article before `following`: "al" always, "an" only before an n."""
    if word in _PLAIN_ARTICLES:
        return True
    sun = _SUN_ARTICLE.fullmatch(word) if len(word) <= _LONGEST_ARTICLE else None
    return bool(sun) and following.startswith(sun[1])  # type: ignore[index]


def without_articles(words: list[str]) -> list[str]:
    """Return folded words without detached articles; an attached Arabic article is removed too.

    The last word always stays, whatever it is.
    """
    if len(words) > 1:
        words = _without_detached(words)
    return [w[2:] if w.startswith("ال") and len(w) >= 4 else w for w in words]


def _without_detached(words: list[str]) -> list[str]:
    return [
        w
        for w, following in itertools.zip_longest(words, words[1:], fillvalue="")
        if not following or not _is_article(w, following)
    ]


def _latin_options(word: str, *, last: bool) -> list[_Options]:
    options: list[_Options] = []
    if word[0] == "w" or (word.startswith("ou") and word[2:3] in ("a", "e", "i")):
        options.append(("w",))
    elif word[0] == "y":
        options.append(("y", ""))
    body = word
    if body.endswith(("ah", "eh")) and len(body) > 2:
        body = body[:-1]
        tail: _Options = ("", "h")
    elif body.endswith(("at", "et")) and len(body) > 3:
        body = body[:-1]
        tail = ("t", "")
    else:
        tail = ()
    if len(word) >= 5 and word.startswith(("al", "el")):
        options.append(("", "l"))
        body = body[2:]
    options.extend(_LATIN.get(group) or _other(group) for group in _LATIN_GROUP.findall(body))
    return [*options, tail]


def _arabic_options(word: str, *, last: bool) -> list[_Options]:
    options: list[_Options] = []
    if word[0] == "و":
        options.append(("w",))
    elif word[0] == "ي":
        options.append(("y", ""))
    tail: _Options = ()
    if word.endswith("ه") and len(word) > 1:
        word = word[:-1]
        tail = ("", "h") if last else ("t", "", "h")
    for c in word:
        # Two equal letters side by side are two: a doubled one is written once, with a shadda or without.
        options += [_ARABIC.get(c) or _other(c), _VOWEL]
    return [*options, tail]


def _other(letter: str) -> _Options:
    """Return what a letter that is no consonant stands for: a digit itself, anything else a vowel."""
    return (letter,) if letter.isdigit() else _VOWEL


@lru_cache(maxsize=8192)  # names are many, but most are made of the same words
def _options(word: str, *, last: bool) -> tuple[_Options, ...]:
    """Return what each letter of a word may stand for, and a boundary at its end."""
    read = _arabic_options if "\u0600" <= word[0] <= "\u06ff" else _latin_options
    return (*(options for options in read(word, last=last) if options), _BOUNDARY)


def _squeeze(code: str) -> str:
    """Collapse runs and drop the marks: doubling is written or not, and an article leaves a doubled letter."""
    return "".join(_RUN.findall(code)).translate(_MARKS)


_BOUNDARY: Final = ("|",)
# A vowel between two equal letters keeps them apart: Buleil is b-l-l.
_VOWEL: Final = ("-",)
_MARKS: Final = str.maketrans("", "", "|-")
_RUN: Final = re.compile(r"(.)\1*")


@lru_cache(maxsize=2048)  # whole names come again in a table, and hardly in a server
def _readings(folded: str) -> tuple[str, ...]:
    words = without_articles(folded.split())
    slots: list[_Options] = []
    for i, word in enumerate(words):
        slots.extend(_options(word, last=i == len(words) - 1))
    codes = ["".join(c) for c in itertools.islice(itertools.product(*slots), MAX_KEYS * 4)]
    # Within a word a doubled letter is one; "Umm Mayadin" keeps both unless it is written as one word.
    apart = [_squeeze(code) for code in codes]
    together = [_squeeze(code.replace("|", "")) for code in codes] if len(words) > 1 else []
    return tuple(dict.fromkeys((*apart, *together)))


@lru_cache(maxsize=2048)
def keys(text: str) -> tuple[str, ...]:
    """Return every skeleton of a spelling, the plainest reading first.

    Parameters
    ----------
    text
        A name as written.

    Returns
    -------
    tuple of str
        At most 12 codes, at least one consonant each; empty for a text without consonants.
    """
    plain = fold(text)
    if not plain:
        return ()
    found = list(_readings(plain))
    if not text.isascii():
        marked = strip_marks(text.casefold().translate(_MARKED))
        if (hinted := fold(marked)) != plain:
            found[1:1] = _readings(hinted)
    return tuple(dict.fromkeys(code for code in found if code))[:MAX_KEYS]


def skeleton(text: str) -> str:
    """Return the plainest skeleton of a spelling; empty when it has no consonant.

    Adding an article, an apostrophe or a diacritic never changes it.
    """
    return next(iter(keys(text)), "")
