"""Repairs of single rows: mis-decoded text, swapped coordinates, several lines, several names.

A repair is made only where it is certain, and always reported; a suspicion is reported and left alone.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final

from gazetteer.country import country
from gazetteer.errors import CoordinateError
from gazetteer.geodesy import BoundingBox, LatLon
from gazetteer.kinds import PlaceKind
from gazetteer.names import fold
from geodata.areas import AreaSet
from geodata.importers.records import RawName, RawRecord
from geodata.multinames import AreaNames, reduce_field, split_field, tidy, without_area
from geodata.report import IssueKind, Report

__all__ = ["NameContext", "repair_names", "repair_position", "undo_mojibake"]

#: Degrees, some 20 km: so far outside the country's box a position isn't suspect before any polygon is asked.
_MARGIN_DEG: Final = 0.2
# What the bytes of an Arabic letter, an accented letter or a typographic sign look like when UTF-8 is read as
# Windows-1252: a lead byte (Â Ã Ä Å Ø Ù Ú Û, or â for three bytes) and a continuation byte as a sign.
_SUSPECT: Final = re.compile("[ÂÃÄÅØÙÚÛâ][\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]")
_MOST_TURNS: Final = 2  # text can be mis-decoded twice
_NO_NAME: Final = re.compile(r"[\W\d_]*")


@dataclass(frozen=True, slots=True)
class NameContext:
    """What is known round a row while its names are read.

    Parameters
    ----------
    areas
        Names of the areas in the governorate that the row states.
    neighbours
        Folded names of other settlements in the same governorate.
    """

    areas: AreaNames = field(default_factory=AreaNames)
    neighbours: frozenset[str] = frozenset()


def undo_mojibake(text: str) -> str | None:
    """Return what a text says that was UTF-8 and was read as Windows-1252; None when it isn't such a text.

    Examples
    --------
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
