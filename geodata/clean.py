r"""Rows put in order: mis-decoded text, swapped coordinates, several lines, several names in one field.

A repair is made only where it is certain, and always reported; a suspicion is reported and left alone.

OCHA's fields hold "A - B", "A / B", "A \ B", "A_B" and "A (B)". B is either a further name of the same
place ("Hjeij - Haji Kanli": the Arabic name and the older one) or an area that tells namesakes apart
("Hjeileh - Elbab", at Al-Bab). A further name becomes a spelling of its own; an area's name never does, nor
does a word that every other place has too ("Wadi", "Koy"). The field as published stays a spelling as well.

>>> split_field("Hjeij - Haji Kanli"), split_field("Deir-ez-Zor"), split_field("Al- Thawrah")
(('Hjeij', 'Haji Kanli'), ('Deir-ez-Zor',), ('Al-Thawrah',))
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final

from gazetteer.country import country
from gazetteer.errors import CoordinateError
from gazetteer.geodesy import BoundingBox, LatLon
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
    """A field taken apart."""

    #: What people use.
    display: str
    #: Further names, and the field as published where it differs from `display`.
    others: tuple[str, ...] = ()
    #: Parts that only tell namesakes apart.
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
# What the bytes of an Arabic letter, an accented letter or a typographic sign look like when UTF-8 is read as
# Windows-1252: a lead byte (Â Ã Ä Å Ø Ù Ú Û, or â for three bytes) and a continuation byte as a sign.
_SUSPECT: Final = re.compile("[ÂÃÄÅØÙÚÛâ][\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]")
_MOST_TURNS: Final = 2  # text can be mis-decoded twice
_NO_NAME: Final = re.compile(r"[\W\d_]*")


@dataclass(frozen=True, slots=True)
class NameContext:
    """What is known round a row while its names are read."""

    #: Names of the areas in the governorate that the row states.
    areas: AreaNames = field(default_factory=AreaNames)
    #: Folded names of other settlements in the same governorate.
    neighbours: frozenset[str] = frozenset()


def undo_mojibake(text: str) -> str | None:
    """Return what a text says that was UTF-8 and was read as Windows-1252; None when it isn't such a text.

    >>> undo_mojibake("Ù…Ø¹Ø§Ø°"), undo_mojibake("muâ€™ath"), undo_mojibake("Qenterê")
    ('معاذ', 'mu’ath', None)
    """
    found = None
    for _ in range(_MOST_TURNS):
        if not _SUSPECT.search(found or text):
            break
        try:
            found = b"".join(map(_byte, found or text)).decode("utf-8")
        except (UnicodeDecodeError, UnicodeEncodeError):
            break
    return found


def _byte(character: str) -> bytes:
    try:
        return character.encode("cp1252")
    except UnicodeEncodeError:
        # Five bytes have no sign in Windows-1252; programs pass them through.
        return character.encode("latin-1")


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
    subject = record.key or record.origin.file
    shown = f"{record.latitude:g}, {record.longitude:g}"
    if turned is not None and _in_country(turned, areas):
        stated = record.stated[-1] if record.stated else None
        by_area = bool(areas and stated and stated in areas and areas.holds(stated, turned))
        far = given is None or not _country_box().contains(given)
        if by_area or (far and not (areas and stated)):
            report.add(IssueKind.SWAPPED, subject, f"{shown} was read the other way round", record.origin)
            return turned
        report.add(
            IssueKind.MAYBE_SWAPPED,
            subject,
            f"{shown} lies in the country the other way round",
            record.origin,
        )
    if given is None:
        report.add(IssueKind.SKIPPED_ROW, subject, f"{shown} is no position", record.origin)
        return None
    if areas is not None or not _country_box().contains(given):
        away = f", {areas.metres_outside(given) / 1000:.1f} km from it" if areas else ""
        report.add(IssueKind.OUTSIDE_COUNTRY, subject, f"{shown} lies outside{away}", record.origin)
    return given


def _point(latitude: float, longitude: float) -> LatLon | None:
    try:
        # 0, 0 is what a program writes when it has nothing to write.
        return LatLon(latitude, longitude) if (latitude, longitude) != (0.0, 0.0) else None
    except CoordinateError:
        return None


def _in_country(point: LatLon, areas: AreaSet | None) -> bool:
    return areas.in_country(point) if areas else _country_box().contains(point)


def repair_names(record: RawRecord, context: NameContext, report: Report) -> RawRecord:
    """Return the row with clean names: display names first, then further ones, then labels."""
    decoded = [replace(n, text=_decode(n.text, record, report)) for n in record.names]
    single = list(_single_lines(decoded, record, report))
    display: list[RawName] = []
    further: list[RawName] = []
    for name in single:
        if name.is_label:
            if _NO_NAME.fullmatch(name.text):
                report.add(IssueKind.BAD_NAME, record.key, f"{name.text!r}", record.origin)
            else:
                further.append(replace(name, text=tidy(name.text)))
            continue
        reduced = reduce_field(
            name.text, areas=context.areas, neighbours=context.neighbours - {fold(name.text)}
        )
        _note(name.text, reduced.display, reduced.others, reduced.dropped, record, report)
        display.append(replace(name, text=reduced.display))
        further += [replace(name, text=text) for text in reduced.others]
        bare = without_area(reduced.display, areas=context.areas, stated=record.stated)
        if bare and record.kind is PlaceKind.SETTLEMENT:
            report.add(
                IssueKind.AREA_AT_END, record.key, f"{reduced.display!r} is {bare!r} too", record.origin
            )
            further.append(replace(name, text=bare))
    names: dict[str, RawName] = {}
    for name in (*display, *further):
        if name.text:
            names.setdefault(name.text, name)
    return replace(record, names=tuple(names.values()))


def _decode(text: str, record: RawRecord, report: Report) -> str:
    mended = undo_mojibake(text)
    if mended is not None:
        report.add(IssueKind.MOJIBAKE, record.key, f"{text!r} is {mended!r}", record.origin)
        return mended
    if len(_SUSPECT.findall(text)) > 1 or "\ufffd" in text:
        report.add(IssueKind.MAYBE_MOJIBAKE, record.key, f"{text!r}", record.origin)
    return text


def _single_lines(names: Iterable[RawName], record: RawRecord, report: Report) -> Iterator[RawName]:
    """Put names on one line: the first says it; a further line counts unless it repeats or breaks off."""
    for name in names:
        lines = [line.strip() for line in name.text.splitlines() if line.strip()]
        kept = [n for n, line in enumerate(lines) if n == 0 or not any(e.startswith(line) for e in lines[:n])]
        if len(lines) > 1:
            report.add(
                IssueKind.SEVERAL_LINES, record.key, f"{' | '.join(lines)!r} is {lines[0]!r}", record.origin
            )
        yield from (replace(name, text=lines[n]) for n in kept)


def _note(
    text: str,
    display: str,
    others: tuple[str, ...],
    dropped: tuple[str, ...],
    record: RawRecord,
    report: Report,
) -> None:
    if dropped and display != tidy(text):
        report.add(IssueKind.DISAMBIGUATED, record.key, f"{text!r} is {display!r}", record.origin)
    elif others and display != tidy(text):
        shown = " and ".join(repr(t) for t in (display, *others) if t != tidy(text))
        report.add(IssueKind.SEVERAL_NAMES, record.key, f"{text!r} is {shown}", record.origin)
    elif others or (display == tidy(text) and len(split_field(text)) > 1):
        report.add(IssueKind.UNSPLIT, record.key, f"{text!r}", record.origin)


@lru_cache(maxsize=1)
def _country_box() -> BoundingBox:
    return country().box_with(_MARGIN_DEG)
