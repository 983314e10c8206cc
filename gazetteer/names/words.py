"""Words round a name that are not the name: kinds ("city", "قرية") and modifiers ("Upper", "غربي").

A kind word says what sort of place is meant; it is set aside before names are compared, and compared
with the kind of the candidate instead. A modifier tells namesakes apart (Upper and Lower Bab, East
and West): it is compared as a word of its own, in any of the four languages people use.

Examples
--------
>>> split_kind_words("idlib city")
(('idlib',), 'settlement')
>>> modifiers_of(("tall", "kabir")), modifiers_of(("great", "tall"))
(frozenset({'big'}), frozenset({'big'}))
"""

from functools import lru_cache
from itertools import pairwise
from typing import Final

from gazetteer.kinds import PlaceKind
from gazetteer.names.fold import fold
from gazetteer.names.skeleton import keys, skeleton, without_articles

#: What people put where no place is known, folded.
NO_PLACE_WORDS: Final = frozenset(
    "na n a none no nil null nan ditto same unknown various other multiple tbd not available not known"
    " unspecified undisclosed information غير معروف محدد لا يوجد مجهول".split()
)

#: Words that are set aside and say nothing of the kind.
_NO_KIND: Final = "area outskirts surroundings vicinity محيط اطراف".split()
_SET_ASIDE: Final = {
    word: kind.value for kind in PlaceKind for word in (*kind.words, *kind.loose_words)
} | dict.fromkeys(_NO_KIND, "")
#: Folded word -> the kind it asks for; "" for words that say nothing of the kind.
KIND_WORDS: Final[dict[str, str]] = {word: kind for word, kind in _SET_ASIDE.items() if " " not in word}
#: Two-word forms, folded, that mean a kind.
_PHRASES: Final[dict[tuple[str, ...], str]] = {
    tuple(words.split()): kind for words, kind in _SET_ASIDE.items() if " " in words
}
#: Words and pairs that mean a kind and belong to the names that have them: they are never set aside.
_NAME_WORDS: Final[dict[tuple[str, ...], str]] = {
    tuple(words.split()): kind.value for kind in PlaceKind for words in kind.name_words
}
#: A name without any of these asks for no kind.
_OPENING_KINDS: Final = frozenset((*KIND_WORDS, *(pair[0] for pair in _PHRASES)))
# Words that are kinds in some names and part of others: "Jisr al-Shughur", "Jabal Saman", "Sadd".
_PART_OF_NAMES: Final = frozenset(
    "جسر جبل سد مطار hay matar tax rif reef farm farms مزرعه مزارع hill mills mill سوق جامع".split()
)

#: The modifiers that may mean a part of a place, where they are not part of its name.
DIRECTIONS: Final = frozenset({"north", "south", "east", "west"})
_FOREIGN_MODIFIERS: Final[dict[str, str]] = {
    word: modifier
    for modifier, words in {
        "north": "north northern kuzey bakur shimali",
        "south": "south southern guney basur qibli قبلي",
        "east": "east eastern dogu rojhilat",
        "west": "west western bati rojava xerbi",
        "upper": "upper yukari jorin فوقا فوقه",
        "lower": "lower asagi jerin تحتا",
        "big": "big great greater large buyuk mezin grand kubra كبري",
        "small": "small little lesser kucuk bicuk sughra صغري zghir zgir",
        "middle": "middle central orta wusta وسطي وسطه wustani وسطاني",
        "north east": "northeast northeastern",
        "north west": "northwest northwestern",
        "south east": "southeast southeastern",
        "south west": "southwest southwestern",
    }.items()
    for word in words.split()
}
# Arabic modifiers by skeleton, so that every romanisation and both genders are covered at once.
_ARABIC_MODIFIERS: Final[dict[str, str]] = {
    "Sml": "north",
    "jnb": "south",
    "Srk": "east",
    "Grb": "west",
    "fkn": "upper",
    "thtn": "lower",
    "kbr": "big",
    "sGr": "small",
}
# How those words begin; the consonants alone would make "upper" of Avicenna.
_BEGINNINGS: Final[dict[str, tuple[str, ...]]] = {
    "north": ("sh", "ch", "s", "ش"),
    "south": ("j", "dj", "g", "c", "ج"),
    "east": ("sh", "ch", "s", "ش"),
    "west": ("gh", "g", "غ"),
    "upper": ("f", "ف"),
    "lower": ("t", "ت"),
    "big": ("k", "ك"),
    "small": ("s", "z", "ص"),
}
_ANY_BEGINNING: Final = tuple({start for starts in _BEGINNINGS.values() for start in starts})
# Consonants and beginning alike, but other words.
_NOT_MODIFIERS: Final = frozenset("ghurab gharib غراب غريب".split())


#: Names of more words than this are sentences; their parts are not looked at.
_MOST_WORDS: Final = 6
_SHORTEST_PART: Final = 3


@lru_cache(maxsize=16384)  # names are many, but most are made of the same words
def _modifier(word: str) -> str | None:
    if word in _NOT_MODIFIERS:
        return None
    if word.isdigit():
        return word.lstrip("0") or "0"
    if word in _FOREIGN_MODIFIERS:
        return _FOREIGN_MODIFIERS[word]
    bare = word.removeprefix("ال")
    if len(word) <= 3 or not bare.startswith(_ANY_BEGINNING):
        return None
    meant = _ARABIC_MODIFIERS.get(skeleton(word))
    return meant if meant and bare.startswith(_BEGINNINGS[meant]) else None


def modifiers_of(words: tuple[str, ...]) -> frozenset[str]:
    """Return the modifiers among folded words ("big", "upper", "2"), the same for every language."""
    return frozenset(m for word in words for m in (_modifier(word) or "").split())


def core_words(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return folded words without articles and modifiers; all words when nothing else would be left."""
    bare = without_articles(list(words))
    return tuple(w for w in bare if not _modifier(w)) or tuple(bare)


def kinds_in_words(words: tuple[str, ...]) -> frozenset[str]:
    """Return every kind that folded words tell of, by single words and by pairs."""
    found = {KIND_WORDS.get(word, "") for word in words}
    for run in (*((word,) for word in words), *pairwise(words)):
        found |= {_PHRASES.get(run, ""), _NAME_WORDS.get(run, "")}
    return frozenset(found - {""})


@lru_cache(maxsize=8192)
def split_kind_words(folded: str) -> tuple[tuple[str, ...], str | None]:
    """Set kind words aside.

    Parameters
    ----------
    folded
        A folded name.

    Returns
    -------
    words : tuple of str
        The words that are left; all of them when only kind words are there.
    kind : str or None
        The kind that the words set aside ask for; the last one wins.
    """
    words = tuple(folded.split())
    if _OPENING_KINDS.isdisjoint(words):
        return words, None
    kept: list[str] = []
    kind: str | None = None
    skip = False
    for i, word in enumerate(words):
        if skip:
            skip = False
            continue
        pair = words[i : i + 2]
        if pair in _PHRASES:
            kind, skip = _PHRASES[pair], True
        elif word in KIND_WORDS and (word not in _PART_OF_NAMES or i == len(words) - 1):
            kind = KIND_WORDS[word] or kind or ""
        else:
            kept.append(word)
    if kind is None or not kept:
        return words, kind or None
    kept = [w for w in kept if w not in ("of", "the", "in", "at")] or kept
    return tuple(kept), kind or None


def search_keys(text: str) -> tuple[str, ...]:
    """Return the skeletons under which a spelling is filed: of the whole, and of its core.

    The core leaves out kind words and modifiers, so that "Shuyukh Tahtani" is found for "Lower Shuyukh".
    """
    words, _ = split_kind_words(fold(text))
    return tuple(dict.fromkeys((*keys(text), *keys(" ".join(words)), *keys(" ".join(core_words(words))))))


def word_runs(words: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Return the proper runs of neighbouring words of a name, longest first; none for more than six words."""
    n = len(words)
    if n > _MOST_WORDS:
        return []
    return [words[i : i + length] for length in range(n - 1, 0, -1) for i in range(n - length + 1)]


def part_keys(text: str) -> tuple[str, ...]:
    """Return the skeletons of parts of a spelling, each marked with "~".

    "Qetet Elbuleil" is filed under "~bll" as well, since reports leave out what maps put in front. Parts
    of fewer than three consonants are left out: they are in every other name.
    """
    words = tuple(fold(text).split())
    runs = (*word_runs(core_words(words)), *word_runs(core_words(split_kind_words(fold(text))[0])))
    found = (keys(" ".join(run))[:1] for run in dict.fromkeys(runs))
    return tuple(dict.fromkeys("~" + key for pair in found for key in pair if len(key) >= _SHORTEST_PART))
