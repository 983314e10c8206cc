r"""Rows put in order: mis-decoded text, swapped coordinates, several lines, several names in one field.

A repair is made only where it is certain, and always reported; a suspicion is reported and left alone.

OCHA's fields hold "A - B", "A / B", "A \ B", "A_B" and "A (B)". B is either a further name of the same place
("Hjeij - Haji Kanli") or an area that tells namesakes apart ("Hjeileh - Elbab", at Al-Bab). A further name
becomes a spelling; an area's name never does, nor does a word that every other place has too ("Wadi").

>>> split_field("Hjeij - Haji Kanli"), split_field("Deir-ez-Zor"), split_field("Al- Thawrah")
(('Hjeij', 'Haji Kanli'), ('Deir-ez-Zor',), ('Al-Thawrah',))
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

import ftfy

from gazetteer.country import country
from gazetteer.errors import CoordinateError
from gazetteer.geodesy import LatLon
from gazetteer.kinds import PlaceKind
from gazetteer.names import fold, keys, script_of
from gazetteer.names.similarity import sound, sound_similarity
from gazetteer.names.skeleton import without_articles
from gazetteer.names.words import KIND_WORDS, modifiers_of
from geodata.areas import AreaSet
from geodata.importers import RawName, RawRecord
from geodata.report import IssueKind, Report

# ------------------------------------------------------------- names in fields

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
    """A field taken apart: what people use, further names and the field, what only tells namesakes apart."""

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
    """The names of some areas, given with their P-codes, to tell whether a text is one of them."""

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

    Parts that name one of the areas round the place tell namesakes apart. `neighbours` are folded names of
    other settlements nearby: a part that is one of them may mean that place, so it does not become a
    spelling.
    """
    whole, parts = tidy(text), split_field(text)
    if len(parts) == 1:
        # "A / A" says A.
        return Reduced(parts[0], () if parts[0] == whole else (whole,))
    head, *tail = parts
    # "Non-Official Pr Camp" describes the place instead of naming it.
    kinds = [p for p in tail if not KIND_WORDS.keys().isdisjoint(fold(p).split())]
    remarks = [p for p in kinds if "official" in fold(p).split() or is_generic(p)]
    dropped = [p for p in tail if areas.has(p) or p in remarks]
    further = [p for p in tail if p not in dropped and not is_generic(p) and fold(p) not in neighbours]
    left = len(tail) - len(dropped) - len(further)
    display = whole if is_generic(head) or left else head
    spellings = dict.fromkeys((head, *further, whole) if not is_generic(head) else (*further, whole))
    spellings.pop(display, None)
    return Reduced(display, tuple(spellings), tuple(dropped))


def without_area(text: str, *, areas: AreaNames, stated: Collection[str]) -> str | None:
    """Return a name without the name of its own area that ends it; None where it does not end with one.

    OCHA tells namesakes apart this way too, without a sign: "Tal Khatun Qahtaniya", "تل خاتون قحطانية". What
    is left must be a name: no bare element ("Kafr Aleppo"), modifier ("Lower Jrables") or construct state.
    `stated` are the P-codes of the areas that the place lies in.
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


# ------------------------------------------------------------------ single rows

#: Degrees, some 20 km: so far outside the country's box a position isn't suspect before any polygon is asked.
_MARGIN_DEG: Final = 0.2
_NO_NAME: Final = re.compile(r"[\W\d_]*")


@dataclass(frozen=True, slots=True)
class NameContext:
    """The names of the areas in the governorate that a row states, and folded those of settlements there."""

    areas: AreaNames = field(default_factory=AreaNames)
    neighbours: frozenset[str] = frozenset()


def repair_position(record: RawRecord, areas: AreaSet | None, report: Report) -> LatLon | None:
    """Return a row's position, with latitude and longitude put right where they are certainly swapped.

    Certain is: the point as given lies outside the country and the swapped one inside the sub-district (or
    whatever area is the deepest) that the row states; or, for a row that states none, the point as given lies
    far from Syria and the swapped one in it.
    """
    if record.latitude is None or record.longitude is None:
        return None
    given = _point(record.latitude, record.longitude)
    turned = _point(record.longitude, record.latitude)
    if given is not None and _in_country(given, areas):
        return given
    shown = f"{record.latitude:g}, {record.longitude:g}"
    if turned is not None and _in_country(turned, areas):
        stated = record.stated[-1] if record.stated else None
        by_area = bool(areas and stated and stated in areas and areas.holds(stated, turned))
        far = given is None or not country().box_with(_MARGIN_DEG).contains(given)
        if by_area or (far and not (areas and stated)):
            report.row(record, IssueKind.SWAPPED, f"{shown} was read the other way round")
            return turned
        report.row(record, IssueKind.MAYBE_SWAPPED, f"{shown} lies in the country the other way round")
    if given is None:
        report.row(record, IssueKind.SKIPPED_ROW, f"{shown} is no position")
        return None
    if areas is not None or not country().box_with(_MARGIN_DEG).contains(given):
        away = f", {areas.metres_outside(given) / 1000:.1f} km from it" if areas else ""
        report.row(record, IssueKind.OUTSIDE_COUNTRY, f"{shown} lies outside{away}")
    return given


def _point(latitude: float, longitude: float) -> LatLon | None:
    try:
        # 0, 0 is what a program writes when it has nothing to write.
        return LatLon(latitude, longitude) if (latitude, longitude) != (0.0, 0.0) else None
    except CoordinateError:
        return None


def _in_country(point: LatLon, areas: AreaSet | None) -> bool:
    return areas.in_country(point) if areas else country().box_with(_MARGIN_DEG).contains(point)


def repair_names(record: RawRecord, context: NameContext, report: Report) -> RawRecord:
    """Return the row with clean names: display names first, then further ones, then labels."""
    decoded = [replace(n, text=_decode(n.text, record, report)) for n in record.names]
    single = list(_single_lines(decoded, record, report))
    display: list[RawName] = []
    further: list[RawName] = []
    for name in single:
        if name.is_label:
            if _NO_NAME.fullmatch(name.text):
                report.row(record, IssueKind.BAD_NAME, f"{name.text!r}")
            else:
                further.append(replace(name, text=tidy(name.text)))
            continue
        others = context.neighbours - {fold(name.text)}
        reduced = reduce_field(name.text, areas=context.areas, neighbours=others)
        _note(name.text, reduced, record, report)
        display.append(replace(name, text=reduced.display))
        further += [replace(name, text=text) for text in reduced.others]
        bare = without_area(reduced.display, areas=context.areas, stated=record.stated)
        if bare and record.kind is PlaceKind.SETTLEMENT:
            report.row(record, IssueKind.AREA_AT_END, f"{reduced.display!r} is {bare!r} too")
            further.append(replace(name, text=bare))
    names: dict[str, RawName] = {}
    for name in (*display, *further):
        if name.text:
            names.setdefault(name.text, name)
    return replace(record, names=tuple(names.values()))


def _decode(text: str, record: RawRecord, report: Report) -> str:
    """Return the text that was meant where UTF-8 was read in another encoding, if no byte is lost."""
    if "\ufffd" in text:
        report.row(record, IssueKind.MAYBE_MOJIBAKE, f"{text!r}")
        return text
    mended = ftfy.fix_encoding(text)
    if mended != text:
        report.row(record, IssueKind.MOJIBAKE, f"{text!r} is {mended!r}")
    return mended


def _single_lines(names: Iterable[RawName], record: RawRecord, report: Report) -> Iterator[RawName]:
    """Put names on one line: the first says it; a further line counts unless it repeats or breaks off."""
    for name in names:
        lines = [line.strip() for line in name.text.splitlines() if line.strip()]
        kept = [n for n, line in enumerate(lines) if n == 0 or not any(e.startswith(line) for e in lines[:n])]
        if len(lines) > 1:
            report.row(record, IssueKind.SEVERAL_LINES, f"{' | '.join(lines)!r} is {lines[0]!r}")
        yield from (replace(name, text=lines[n]) for n in kept)


def _note(text: str, reduced: Reduced, record: RawRecord, report: Report) -> None:
    whole = reduced.display == tidy(text)
    if reduced.dropped and not whole:
        report.row(record, IssueKind.DISAMBIGUATED, f"{text!r} is {reduced.display!r}")
    elif reduced.others and not whole:
        shown = (repr(t) for t in (reduced.display, *reduced.others) if t != tidy(text))
        report.row(record, IssueKind.SEVERAL_NAMES, f"{text!r} is {' and '.join(shown)}")
    elif reduced.others or (whole and len(split_field(text)) > 1):
        report.row(record, IssueKind.UNSPLIT, f"{text!r}")
