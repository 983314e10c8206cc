"""Text to query: what in a cell is the name, what is context, and how they relate.

A cell is read in three steps, each by a table of patterns:

1. a *relation* at the head or inside ("5 km north of X", "near X", "between X and Y", "X – Y road",
   "X and Y");
2. *parts*: "X, Y" and "X (Y)", "X/Y", "X - Y", "Y: X". The first part is the main name, an aside may be
   another spelling or the area, what follows a comma is context;
3. in each part, *kind words* ("city", "حي") are set aside.

Nothing is looked up here: whether "Afrin" in "Rajo (Afrin)" is a spelling or an area is decided by what
the gazetteer holds.

Examples
--------
>>> parsed = parse("5 km north of Saraqeb, Idlib")
>>> parsed.relation.kind, parsed.relation.distance_m, parsed.relation.azimuth_deg
('offset', 5000.0, 0.0)
>>> [(part.text, part.role) for part in parsed.parts]
[('Saraqeb', 'main'), ('Idlib', 'context')]
"""

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final, Literal

from gazetteer.errors import CoordinateError
from gazetteer.names import fold
from gazetteer.names.words import (
    DIRECTIONS,
    KIND_WORDS,
    NO_PLACE_WORDS,
    core_words,
    modifiers_of,
    split_kind_words,
)
from gazetteer.notation.positions import read_point
from gazetteer.resolve.relations import Relation, find_pair, find_relation
from gazetteer.values import LatLon

__all__ = ["NamePart", "ParsedText", "parse"]

#: Nobody writes a place in more; the rest of a pasted paragraph is not read.
_MAX_CHARACTERS: Final = 300
_MAX_PARTS: Final = 6

_FACILITIES: Final = frozenset({"hospital", "clinic"})
# What else may stand in a facility that has no name of its own.
_BARE_WORDS: Final = frozenset("the a national field public general main central وطني ميداني عام".split())
Role = Literal["main", "aside", "context"]

_PCODE: Final = re.compile(r"SY\d{0,6}|[CN]\d{4,5}", re.I)
_COUNTRY: Final = re.compile(r"[\s,،(-]+(syria|syrian arab republic|سوريا|سورية|سوريه)[\s).]*$", re.I)
_INSIDE: Final = re.compile(r"^(?:in|at|inside|within|داخل|في|فى)\s+(?:the\s+)?", re.I)
_LEADING: Final = re.compile(
    r"^(?:(?:various|multiple|several|unknown|different)\s+(?:locations?|areas?|places?|targets?|sites?)\s+(?:in|of|across|around|near)\s+)",
    re.I,
)
_ASIDE: Final = re.compile(r"[(\[{]([^()\[\]{}]*)[)\]}]?")
_DASH: Final = re.compile(r"\s+[-–—]+\s+|\s*[–—]\s*")
_COMMA: Final = re.compile(r"\s*[,،;؛|\n\r\t]+\s*")
_NEARNESS: Final = re.compile(
    r"^(?:near|around|close to|next to|in|at|from|of|قرب|بالقرب من|في|جنوب|شمال|شرق|غرب)\s+", re.I
)
# The neighbours, whose places are not in the gazetteer.
_ABROAD: Final = re.compile(
    r"[,،;(]\s*(?:iraq|turkey|türkiye|turkiye|lebanon|jordan|israel|العراق|تركيا|لبنان|الأردن|الاردن|إسرائيل|اسرائيل)"
    r"\s*[).]*\s*$",
    re.I,
)
_TAG: Final = re.compile(r"</?[a-z][^<>]{0,60}>", re.I)
_BLANKS: Final = re.compile(r"\s+")
_TRIM: Final = " .,،;:؛-–—/\\|\"'“”«»*#"


@dataclass(frozen=True, slots=True)
class NamePart:
    """One name in a cell.

    Parameters
    ----------
    text
        As written, trimmed.
    role
        "main", "aside" (a bracket, the other side of a dash or slash) or "context".
    words
        Folded words without articles, kind words and modifiers.
    modifiers
        "upper", "east", "2" ... found in it.
    kind
        The kind that a kind word asked for.
    name
        The text without its kind words, folded, or as written when there were none.
    """

    text: str
    role: Role
    words: tuple[str, ...]
    modifiers: frozenset[str]
    kind: str | None
    name: str


@dataclass(frozen=True, slots=True)
class ParsedText:
    """A cell, read. At most one of `point` and `pcode` is set, and then `parts` is empty.

    `pair` holds the two names of "X–Y", which are the ends of a road if both turn out to be towns.
    """

    text: str
    parts: tuple[NamePart, ...] = ()
    relation: Relation | None = None
    pair: tuple[str, str] | None = None
    point: LatLon | None = None
    pcode: str | None = None


def _split(text: str) -> list[tuple[str, Role]]:
    """Cut a cell into texts with roles."""
    pieces: list[tuple[str, Role]] = []
    asides = [(a, "aside") for a in _ASIDE.findall(text)]
    text = _ASIDE.sub(" ", text)
    first, *rest = _COMMA.split(text)
    if ":" in first:  # "Y: X" names the area first
        area, _, first = first.partition(":")
        rest = [area, *rest]
    dashed = [d for d in _DASH.split(first) if fold(d)]
    for position, piece in enumerate(dashed):
        halves = [h for h in piece.split("/") if fold(h)]
        pieces.extend((h, "main" if position == 0 and n == 0 else "aside") for n, h in enumerate(halves))
    pieces.extend((a, "aside") for a, _ in asides)
    pieces.extend((r, "context") for r in rest)
    return pieces


@lru_cache(maxsize=2048)
def _part(text: str, role: Role) -> NamePart | None:
    text = _NEARNESS.sub("", text.strip(_TRIM)) if role == "context" else text.strip(_TRIM)
    folded = fold(text)
    if not folded:
        return None
    words, kind = split_kind_words(folded)
    name = text if len(words) == len(folded.split()) else " ".join(words)
    return NamePart(text, role, core_words(words), modifiers_of(words), kind, name)


def _parts(text: str) -> tuple[NamePart, ...]:
    found: list[NamePart] = []
    for piece, role in _split(text):
        # A cell that opens with a separator has no main name yet: the first name found is it.
        part = _part(piece, role if found else "main")
        if part and all(part.words != other.words or part.kind != other.kind for other in found):
            found.append(part)
    return _facility_first(_with_direction(tuple(found[:_MAX_PARTS])))


def _with_direction(parts: tuple[NamePart, ...]) -> tuple[NamePart, ...]:
    """Give a direction that stands alone to the main name: "Aleppo (east)" is "Aleppo east"."""
    alone = [p for p in parts[1:] if _only_directions(fold(p.text))]
    main = _part(" ".join(p.text for p in (*parts[:1], *alone)), "main") if alone else None
    return (main, *(p for p in parts[1:] if p not in alone)) if main else parts


def _only_directions(folded: str) -> bool:
    return all(modifiers_of((word,)) & DIRECTIONS for word in folded.split())


def _facility_first(parts: tuple[NamePart, ...]) -> tuple[NamePart, ...]:
    """Put a facility in front: in "Idlib, national hospital" the town is the context of the hospital.

    A facility that is only kind words takes the town's name: "Idlib national hospital".
    """
    facility = next((p for p in parts if p.kind in _FACILITIES), None)
    if facility is None or len(parts) == 1:
        return parts
    others = [p for p in parts if p is not facility]
    bare = all(word in KIND_WORDS or word in _BARE_WORDS for word in facility.words)
    if bare:
        named = _part(f"{others[0].text} {facility.text}", "main")
    elif facility.role == "main" or parts[0].kind is not None:
        return parts
    else:
        named = replace(facility, role="main")
    context = [replace(p, role="context") for p in others]
    return (named, *context) if named else parts


def _one_blank(run: re.Match[str]) -> str:
    """Return one blank for many, which patterns would try one by one; a line break or tab stays one."""
    return " " if set(run[0]).isdisjoint("\n\r\t") else "\n"


@lru_cache(maxsize=2048)
def parse(text: str) -> ParsedText:
    """Read a cell.

    Parameters
    ----------
    text
        Anything; only the first 300 characters are read.

    Returns
    -------
    ParsedText
        Without parts, point and P-code when there is nothing to look up.
    """
    text = text[:_MAX_CHARACTERS].strip()
    try:
        if point := read_point(text):
            return ParsedText(text, point=point)
    except CoordinateError:
        return ParsedText(text)
    if _PCODE.fullmatch(text):
        return ParsedText(text, pcode=text.upper())
    untagged = _BLANKS.sub(_one_blank, _TAG.sub(" ", text))
    if _ABROAD.search(untagged) or all(word in NO_PLACE_WORDS for word in fold(untagged).split()):
        return ParsedText(text)
    bare = _COUNTRY.sub("", untagged)
    if not bare or _only_directions(fold(bare)):  # "northern Syria" is a part of the country
        bare = untagged
    scattered = _LEADING.sub("", bare)
    relation, rest = find_relation(_INSIDE.sub("", scattered) or bare)
    if scattered != bare and relation is None:  # "various locations in Aleppo": somewhere about it
        relation = Relation("near")
    pair = None if relation else find_pair(rest)
    return ParsedText(text, parts=_parts(rest), relation=relation, pair=pair)
