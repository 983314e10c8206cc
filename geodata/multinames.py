r"""Several names in one field, and names that a publisher made unique.

OCHA's fields hold "A - B", "A / B", "A \ B", "A_B" and "A (B)". B is either a further name of the same
place ("Hjeij - Haji Kanli": the Arabic name and the older one) or an area that tells namesakes apart
("Hjeileh - Elbab", at Al-Bab). A further name becomes a spelling of its own; an area's name never does, nor
does a word that every other place has too ("Wadi", "Koy"). The field as published stays a spelling as well.

Examples
--------
>>> split_field("Hjeij - Haji Kanli"), split_field("Deir-ez-Zor"), split_field("Al- Thawrah")
(('Hjeij', 'Haji Kanli'), ('Deir-ez-Zor',), ('Al-Thawrah',))
>>> split_field("Mseibin(Al-Bab)"), split_field("الاشرفية-دويعر")
(('Mseibin', 'Al-Bab'), ('الاشرفية', 'دويعر'))
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from gazetteer.names import fold, keys, script_of
from gazetteer.names.similarity import sound, sound_similarity
from gazetteer.names.skeleton import without_articles
from gazetteer.names.words import KIND_WORDS, modifiers_of

__all__ = ["AreaNames", "Reduced", "is_generic", "reduce_field", "split_field", "tidy", "without_area"]

# An article that a typist cut off: "Al- Thawrah", "Ar - Rashidiyah".
_LOOSE_ARTICLE: Final = re.compile(
    r"(?i)\b(al|el|as|ash|ar|an|at|ath|ad|adh|az|es|er|en|et|ed|ez)\s?-\s+(?=\w)"
)
_SEPARATORS: Final = re.compile(r"\s*[/\\_;]\s*|\s+[-–—]+\s*|\s*[-–—]+\s+")
_ARABIC_SEPARATORS: Final = re.compile(r"\s*[/\\_;–—-]+\s*")
_BRACKETS: Final = re.compile(r"[()\[\]]+")
#: Sound similarity from which a text with the skeleton of an area's name counts as that name.
_ALIKE: Final = 0.75
# "Samuqet Manbaj": a first word in the construct state belongs to what follows.
_CONSTRUCT: Final = re.compile(r"(?i)\w+[aei]t")
_LEAST_NAME: Final = 3
_ARTICLES: Final = frozenset("al el as ash ar an at ath ad adh az es er en et ed ez ال".split())
# Ends of Turkish village names ("its camp", "well").
_ENDINGS: Final = frozenset(("oba", "si", "qoyo", "اوبه", "سي", "قويو"))
# First elements of hundreds of names: alone they name no place. Folded, without article.
_ELEMENTS: Final = _ENDINGS | frozenset(
    "wadi tal tall tell tel ras ein ain ayn deir dayr kafr kafar kfar khirbet kherbet khirbat khirba kherba"
    " bir jeb jib jubb jabal jebel um umm abu abo rasm beit bayt burj qasr khan hosh nahr jisr mazraa mazraat"
    " sheikh"
    " وادي تل راس عين دير كفر خربه بير جب جبل ام ابو رسم بيت برج قصر خان حوش نهر جسر مزرعه شيخ".split()
)


@dataclass(frozen=True, slots=True)
class Reduced:
    """A field taken apart.

    Parameters
    ----------
    display
        What people use.
    others
        Further names, and the field as published where it differs from `display`.
    dropped
        Parts that only tell namesakes apart.
    """

    display: str
    others: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()


def tidy(text: str) -> str:
    """Return a name on one line, with single spaces and without a loose article or edge signs."""
    text = " ".join(text.split())
    return _LOOSE_ARTICLE.sub(lambda found: f"{found[1]}-", text).strip(" -–—/\\_,;")


def split_field(text: str) -> tuple[str, ...]:
    """Return the names in a field, in its order, each once; one where there is nothing to split."""
    plain = tidy(text)
    separators = _ARABIC_SEPARATORS if script_of(plain) == "Arab" else _SEPARATORS
    parts = (tidy(part) for piece in _BRACKETS.split(plain) for part in separators.split(piece))
    return tuple(dict.fromkeys(part for part in parts if any(c.isalpha() for c in part))) or (plain,)


def is_generic(text: str) -> bool:
    """Tell whether a name is only words that many places share ("Wadi", "Upper", "camp")."""
    words = without_articles(fold(text).split())
    named = [w for w in words if not modifiers_of((w,))]
    # Two elements are a name ("Ras al-Ein"); one, or one with a modifier, is not.
    if len(named) > 1 and not all(w in KIND_WORDS or w in _ENDINGS for w in named):
        return False
    return all(
        w in _ELEMENTS or w in KIND_WORDS or w.isdigit() or len(w) < 2 or bool(modifiers_of((w,)))
        for w in words
    )


class AreaNames:
    """The names of some areas, to tell whether a text is one of them.

    Parameters
    ----------
    names
        ``(P-code, name)`` of the areas, in any spelling.
    """

    def __init__(self, names: Iterable[tuple[str, str]] = ()) -> None:
        self._sounds: dict[str, dict[tuple[str, str], None]] = {}
        for code, name in names:
            for key in keys(name):
                self._sounds.setdefault(key, {})[code, sound(name)] = None

    def has(self, text: str, *, among: Collection[str] | None = None) -> bool:
        """Tell whether a text is a name of one of the areas, of those in `among` where it is given."""
        heard = sound(text)
        return any(
            (among is None or code in among) and sound_similarity(heard, other) >= _ALIKE
            for key in keys(text)
            for code, other in self._sounds.get(key, ())
        )


def reduce_field(text: str, *, areas: AreaNames, neighbours: frozenset[str] = frozenset()) -> Reduced:
    """Take a field apart.

    Parameters
    ----------
    text
        The field.
    areas
        The areas that the place lies in or near: parts that name one tell namesakes apart.
    neighbours
        Folded names of other settlements nearby: a part that is one of them may mean that place, so it
        does not become a spelling.
    """
    whole, parts = tidy(text), split_field(text)
    if len(parts) == 1:
        # "A / A" says A.
        return Reduced(parts[0], () if parts[0] == whole else (whole,))
    head, *tail = parts
    dropped = [p for p in tail if areas.has(p) or _is_remark(p)]
    further = [p for p in tail if p not in dropped and not is_generic(p) and fold(p) not in neighbours]
    left = len(tail) - len(dropped) - len(further)
    display = whole if is_generic(head) or left else head
    spellings = dict.fromkeys((head, *further, whole) if not is_generic(head) else (*further, whole))
    spellings.pop(display, None)
    return Reduced(display, tuple(spellings), tuple(dropped))


def _is_remark(part: str) -> bool:
    """Tell whether a part describes the place instead of naming it ("Non-Official Pr Camp")."""
    words = fold(part).split()
    return any(word in KIND_WORDS for word in words) and ("official" in words or is_generic(part))


def without_area(text: str, *, areas: AreaNames, stated: Collection[str]) -> str | None:
    """Return a name without the name of its own area that ends it; None where it does not end with one.

    OCHA tells namesakes apart this way too, without a sign: "Tal Khatun Qahtaniya", "تل خاتون قحطانية". What
    is left must be a name: no bare element ("Kafr Aleppo"), modifier ("Lower Jrables") or construct state.

    Parameters
    ----------
    text
        A name without signs that separate.
    areas, stated
        The names of areas, and the P-codes of those that the place lies in.
    """
    words = tidy(text).split()
    for n in range(1, len(words)):
        head, tail = words[:n], " ".join(words[n:])
        rest = " ".join(head)
        is_name = len(fold(rest)) >= _LEAST_NAME and not is_generic(rest)
        if _CONSTRUCT.fullmatch(head[-1]) or fold(head[-1]) in _ARTICLES:
            continue
        if is_name and areas.has(tail, among=stated):
            return rest
    return None
