"""A text in words, with what stands between them, and the small words by what they do.

Nothing is looked up in the gazetteer here, and no word gets a role: a token says how its word is written,
which punctuation stands before it, and whether it is one of the small words ("in", "and", "near", "قرب")
that the files in ``words/`` list, one for each language.

Examples
--------
>>> [(token.folded, token.gap, token.does) for token in tokens("Jarjnaz, in Idlib")]
[('jarjnaz', '', ''), ('in', ',', 'in'), ('idlib', ' ', '')]
"""

import re
import tomllib
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Final, NamedTuple

from gazetteer.kinds import PlaceKind
from gazetteer.names import fold, script_of
from gazetteer.names.words import KIND_WORDS, kinds_in_words, modifiers_of

#: The languages of the small words, a file each.
_LANGUAGES: Final = ("en", "ar")
#: Written in a word and dropped by folding: marks, signs for ayn and hamza, characters without width, among
#: them the soft hyphen.
_INSIDE: Final = (
    "\u00ad\u0300-\u036f\u0610-\u061a\u061c\u0640\u064b-\u065f\u0670\u06d6-\u06ed\u200b-\u200f\u202a-\u202e"
    "\u2060-\u2064\u2066-\u2069\ufeff"
    "'’‘‛`´ʻʼʽʾʿˈʹ′ˊˋ＇"
)
_WORD: Final = re.compile(rf"[^\W_](?:[^\W_]|[{_INSIDE}])*")
_LINE: Final = re.compile(r"[\n\r\t|\v\f\x85\u2028\u2029]")
#: What may stand between two words, the strongest first; a gap of many is the first of them that it holds.
_GAPS: Final = (
    (";", re.compile(r"[;؛•]")),
    ("+", re.compile(r"[&+]")),
    ("/", re.compile(r"[/\\]")),
    ("-", re.compile(r"\s[-−]+\s|[–—]|->|→")),
    (":", re.compile(r":")),
    ("(", re.compile(r"[(\[{<]")),
    (",", re.compile(r"[,،]")),
    ("\n", _LINE),
    (")", re.compile(r"[)\]}>]")),
    ("#", re.compile(r"#")),
    (".", re.compile(r"[.!?؟]\s")),
    ("~", re.compile(r"[-‐‑]")),
)


class Token(NamedTuple):
    """A word of a text."""

    text: str
    folded: str  # one word or (rarely) more
    start: int
    end: int
    # What stands before it: ; + / - : ( ) , # . or a line break; "~" for a hyphen inside a name, " " for a
    # blank or an underscore, "" for nothing.
    gap: str
    script: str  # Latn, Arab, or Zyyy for digits and others
    # What a small word does: the list of words/*.toml that has it, or "kind" for a kind of two words.
    does: str = ""
    opens: int = 1  # how many words the small word has of which this is the first


def tokens(text: str) -> list[Token]:
    """Return the words of a text."""
    found: list[Token] = []
    before = 0
    for match in _WORD.finditer(text):
        if folded := fold(match[0]):
            between = text[before : match.start()]
            if between.isspace() or not between:
                gap = "\n" if _LINE.search(between) else between[:1] and " "
            else:
                gap = next((sign for sign, pattern in _GAPS if pattern.search(between)), " ")
            found.append(Token(match[0], folded, match.start(), match.end(), gap, script_of(match[0])))
            before = match.end()
    number = 0
    while number < len(found):
        length = 1
        for phrase, does in _phrases().get(found[number].folded, ()):
            run = found[number : number + len(phrase)]
            if tuple(token.folded for token in run) == phrase and all(t.gap in (" ", "~") for t in run[1:]):
                length = len(phrase)
                run[0] = run[0]._replace(opens=length)
                found[number : number + length] = [token._replace(does=does) for token in run]
                break
        number += length
    return found


def says_no_name(token: Token) -> bool:
    """Tell whether a word by itself names nothing: a kind, a compass word, a number or a small word."""
    return bool(token.does) or _is_generic(token.folded)


@lru_cache(maxsize=16384)
def _is_generic(folded: str) -> bool:
    bare = folded.removeprefix("ال")
    kinds = folded in KIND_WORDS or bare in KIND_WORDS or kinds_in_words((folded,)) or kinds_in_words((bare,))
    return bool(kinds) or folded.isdigit() or bool(modifiers_of((folded,)))


# ----------------------------------------------------------------------------------- lists of words


@cache
def small_words() -> Mapping[tuple[str, ...], str]:
    """Return what each small word or phrase does, by its folded words."""
    found: dict[tuple[str, ...], str] = {}
    for language in _LANGUAGES:
        for does, phrases in _lists(language).items():
            for phrase in phrases if isinstance(phrases, list) else ():
                found.setdefault(tuple(fold(phrase).split()), does)
    for kind in PlaceKind:  # those of two words: "air base"
        for pair in (*kind.words, *kind.name_words, *kind.loose_words):
            if " " in pair and tuple(pair.split()[:1]) not in found:  # "national" says more than a kind
                found.setdefault(tuple(pair.split()), "kind")
    return found


@cache
def _phrases() -> Mapping[str, list[tuple[tuple[str, ...], str]]]:
    """Return the small words by their first word, the longest first."""
    found: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for phrase, does in sorted(small_words().items(), key=lambda item: -len(item[0])):
        found.setdefault(phrase[0], []).append((phrase, does))
    return found


@cache
def report_words() -> Mapping[str, frozenset[str]]:
    """Return what words beside a name say of it in a report ("agency", "person", "fighters", "towards")."""
    found: dict[str, frozenset[str]] = {}
    for language in _LANGUAGES:
        for does, words in _lists(language)["report"].items():
            for word in words:
                found[fold(word)] = found.get(fold(word), frozenset()) | {does}
    return found


def _lists(language: str) -> Mapping[str, Any]:
    return tomllib.loads(files("gazetteer.reading").joinpath(f"words/{language}.toml").read_text("utf-8"))
