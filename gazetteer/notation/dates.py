"""Days as people write them, in tables, options and questions alike: first and last day, both counted.

Understood are dates in figures, months by name in English, Arabic (the Levant's, the Gulf's and the
Maghreb's), French and Turkish, months and years, and ranges of all of these. A month or a range never
becomes its first day, and a date needs its year. A time of day beside a date is passed over. Nothing here
knows the clock or a time zone: a day is the day that the source gives.

Whether 05/06/2016 is in May or June can't be told from it alone. One text raises
:class:`~gazetteer.errors.AmbiguousDateError`; in a column the other dates decide, where they agree.

Examples
--------
>>> first, last = read_days("28 May - 3 June 2016")
>>> print(first, last)
2016-05-28 2016-06-03
>>> column = read_date_column(["05/06/2016", "30/05/2016", "late May"])
>>> column.order, column.first - column.first[1], column.unreadable
('day', array([ 6.,  0., nan]), array([2]))
"""

import calendar
import datetime
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from gazetteer.errors import AmbiguousDateError, InputError
from gazetteer.names.fold import fold, strip_marks
from gazetteer.notation import plain
from gazetteer.notation.lengths import LENGTH_PATTERN

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

#: First and last day, both counted.
Days = tuple[datetime.date, datetime.date]
#: The same; None leaves that side open.
Span = tuple[datetime.date | None, datetime.date | None]
#: Which of the two comes first in 05/06/2016.
DayOrder = Literal["day", "month"]
_ORDERS: Final[tuple[DayOrder, DayOrder]] = ("day", "month")

#: No date and no question is written in more characters.
_LONGEST, _LONGEST_QUESTION = 100, 1000
_FORMS: Final = "write 2016-05-30, 30 May 2016, May 2016 or 2016"
#: A year of two digits lies in 1969 to 2068 (IEEE Std 1003.1, strptime).
_PIVOT: Final = 69
#: The names of each month, folded: English, French, Turkish | the Levant's, the Gulf's and the Maghreb's.
_MONTHS: Final = (
    ("january janvier ocak", "كانونثاني يناير جانفي"),
    ("february fevrier subat", "شباط فبراير فيفري"),
    ("march mars mart", "اذار مارس"),
    ("april avril nisan", "نيسان ابريل افريل"),
    ("may mai mayis", "ايار مايو ماي"),
    ("june juin haziran", "حزيران يونيو يونيه جوان"),
    ("july juillet temmuz", "تموز يوليو يوليه جويليه يوليوز"),
    ("august aout agustos", "اب اغسطس اوت غشت"),
    ("september septembre eylul", "ايلول سبتمبر شتنبر"),
    ("october octobre ekim", "تشريناول اكتوبر"),
    ("november novembre kasim", "تشرينثاني نوفمبر نونبر"),
    ("december decembre aralik", "كانوناول ديسمبر دجنبر"),
)
#: Four months of the Levant have two words, which are joined before they are looked up.
_TWO_WORDS = re.compile(r"(كانون|تشرين) ?(?:ال)?(اول|ثاني)")
_WORD = re.compile(r"[^\W\d_]+")
_TOKEN = re.compile(r"\d+|[^\W\d_]+|[^\s/.,()'-]")
_SLASH = re.compile(r" ?/ ?")
#: Words beside a date that change nothing: endings of ordinals, articles, days of the week, "day", "year".
_FILLERS: Final = (
    "st nd rd th er of the le mon monday tue tues tuesday wed wednesday thu thur thurs thursday fri friday "
    "sat saturday sun sunday lundi mardi mercredi jeudi vendredi samedi dimanche "
    "pazartesi sali carsamba persembe cuma cumartesi pazar "
    "الاثنين الثلاثا الاربعا الخميس الجمعه السبت الاحد يوم شهر عام لعام سنه م ص"
).split()
_FILLER = re.compile(rf"(?<![^\W\d_])(?:{'|'.join(_FILLERS)}|(?<=\d )من)(?![^\W\d_])")
_TIME = re.compile(
    r"(?:(?<=\d)t|(?<![\d:])(?:at )?)\d{1,2}:\d\d(?::\d\d(?:[.,]\d+)?)?(?![\d:])(?: ?[ap]\.?m\b\.?)?"
    r"(?: ?(?:z|utc|gmt)\b)?(?: ?(?:gmt|utc)?[-+]\d\d:?\d\d\b)?",
    re.I,
)
#: Dates in figures; "a" and "b" are a day and a month in either order. A year of two digits needs slashes or
#: points: 16-05-30 may begin with it.
_FIGURES: Final = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?P<year>\d{4})(?P<sign>[-/.])(?P<month>\d{1,2})(?P=sign)(?P<day>\d{1,2})",
        r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)",
        r"(?P<a>\d{1,2})(?P<sign>[-/.])(?P<b>\d{1,2})(?P=sign)(?P<year>\d{4})",
        r"(?P<a>\d{1,2})(?P<sign>[/.])(?P<b>\d{1,2})(?P=sign)(?P<year>\d\d)",
        r"(?P<year>\d{4})[-/](?P<month>\d{1,2})",
        r"(?P<month>\d{1,2})[-/.](?P<year>\d{4})",
        r"(?P<year>\d{4})",
        r"(?P<a>\d{1,2})[/.](?P<b>\d{1,2})",  # this and the next stand in ranges only: 28/05 - 03/06/2016
        r"(?P<day>\d{1,2})(?:,? (?P<year>\d{4}))?",
    )
)
#: Dates with the month by name: the order of day, month and year, of which "d" has at most two digits.
_SHAPES: Final = ("dmy", "mdy", "ymd", "dmd", "my", "ym", "dm", "md", "m")
_OPENING = re.compile(r"(?:(?P<both>between|entre|ما بين|بين)|from|du|من) ")
_TO = re.compile(r" ?[-/] ?| (?:to|until|till|through|au|الي|حتي|لغايه) ")
_AND = re.compile(r" (?:and|et) | و ?")
#: A date of a spreadsheet: days since 1899-12-30 in the 1900 date system (ECMA-376 part 1, 18.17.4.1).
_SERIAL = re.compile(r"\d{5}(?:\.\d+)?")
_SERIAL_ZERO: Final = datetime.date(1899, 12, 30).toordinal()
_SERIALS: Final = range(
    datetime.date(1990, 1, 1).toordinal() - _SERIAL_ZERO, datetime.date(2101, 1, 1).toordinal() - _SERIAL_ZERO
)
#: What the words before a date in a question do with it; "from A to B" is a range already.
_QUESTION_WORDS: Final = {
    **dict.fromkeys(("since", "from", "starting", "منذ", "من", "ابتداء من", "اعتبارا من"), "since"),
    **dict.fromkeys(("after", "بعد"), "after"),
    **dict.fromkeys(("until", "till", "up to", "through", "حتى", "لغاية", "إلى", "الى"), "until"),
    **dict.fromkeys(("before", "قبل"), "before"),
    **dict.fromkeys(
        ("in", "during", "on", "throughout", "over", "في", "خلال", "أثناء", "اثناء", "بتاريخ"), "within"
    ),
    **dict.fromkeys(("between", "ما بين", "بين"), "between"),
}
#: "على بعد" is "at a distance of".
_WORDS = "|".join(sorted(_QUESTION_WORDS, key=len, reverse=True)).replace("بعد", "(?<!على )بعد")
_QUESTION_WORD = re.compile(rf"(?:^|(?<=\s))(?:{_WORDS})(?=\s)", re.I)
#: These stand before dates alone: what follows is meant as one. After the others it is if it looks like one.
_BEFORE_DATES: Final = (
    "since",
    "after",
    "until",
    "till",
    "before",
    "during",
    "منذ",
    "حتى",
    "خلال",
    "أثناء",
    "بتاريخ",
)
_LIKE_A_DATE = re.compile(r"\b(?:19|20)\d\d\b|\d[/.-]\d+[/.-]\d")
#: A date in a question has at most so many words; and what goes on with it, where it is no range.
_MAX_WORDS: Final = 12
_LENGTH = re.compile(LENGTH_PATTERN)
_GOES_ON = re.compile(r"(?:to|until|till|through|and|or|-|إلى|الى|حتى|لغاية|أو|او|و|و\d.*)(?:\s|$)", re.I)
#: Where a text that can't be read is taken apart, to name the part that is wrong.
_APART = re.compile(r"(?:^|\s)(?:from|between|and|to|until|من|بين|و|إلى|الى|حتى)\s", re.I)


@dataclass(frozen=True, slots=True, eq=False)
class DateColumn:
    """The dates of many rows."""

    first: "npt.NDArray[np.float64]"  # ordinals of days; NaN where there is none
    last: "npt.NDArray[np.float64]"
    order: DayOrder | None  # as was given, or as the column itself shows
    undecided: "npt.NDArray[np.int64]"  # rows of dates that nothing tells that order of
    unreadable: "npt.NDArray[np.int64]"  # rows that hold something else than a date


class _Parts(NamedTuple):
    """What a date says."""

    year: int | None = None
    month: int | None = None
    day: int | None = None


@lru_cache(maxsize=16_384)
def iso_days(first: int, last: int) -> str:
    """Return ordinals of days as ISO 8601 has them: a day, or an interval ("2016-05-01/2016-05-31")."""
    begin, end = datetime.date.fromordinal(first).isoformat(), datetime.date.fromordinal(last).isoformat()
    return begin if begin == end else f"{begin}/{end}"


def read_days(text: str, *, order: DayOrder | None = None, parameter: str | None = None) -> Days:
    """Return the first and the last day of a date, a month, a year, or a range of them.

    Such as "2016-05-30", "30 May 2016", "30/05/2016", "20160530", "أيار 2016", "2016-05", "2016",
    "28-30 May 2016", "from 28 May to 3 June 2016" or "2016-05-28/2016-06-03". Without an `order` a date is
    read if only one makes a date of it, and AmbiguousDateError is raised if both do. What is no date, has no
    year, or is a range that runs backwards raises InputError.
    """
    by_day, by_month = _readings(text)
    if order is None and by_day and by_month and by_day != by_month:
        either = " or ".join(" to ".join(map(str, dict.fromkeys(days))) for days in (by_day, by_month))
        raise AmbiguousDateError(f"{text!r} may be {either}: write one of the two", parameter=parameter)
    found = _in_order(by_day, by_month, order)
    if found is None:
        raise InputError(_reason(text), parameter=parameter)
    return found


def read_date_column(cells: Sequence[str], *, order: DayOrder | None = None) -> DateColumn:
    """Read a column of dates, each cell as :func:`read_days` reads it, in the order given or shown.

    A date that is possible in one order only, such as 30/05/2016, shows the order. Where two dates show
    different orders, neither is taken. Numbers of days, as spreadsheets keep dates, are read where all
    filled cells are such numbers between 1990 and 2100.

    Nothing is raised for what can't be read; blank cells have no date.
    """
    import numpy as np

    # Without its time of day, one date is read for many cells.
    date_of = {cell: (":" in cell and _TIME.sub(" ", cell).strip()) or cell for cell in dict.fromkeys(cells)}
    dates = tuple(dict.fromkeys(date_of.values()))
    readings = _serials(dates) or {date: _readings(date) for date in dates}
    if order is None:
        shown: set[DayOrder] = {
            "day" if by_day else "month"
            for by_day, by_month in readings.values()
            if (by_day is None) != (by_month is None)
        }
        order = shown.pop() if len(shown) == 1 else None
    days = np.full((len(dates), 2), np.nan)
    undecided, unreadable = np.zeros((2, len(dates)), dtype=np.bool_)
    for number, date in enumerate(dates):
        by_day, by_month = readings.get(date, (None, None))
        if order is None and by_day and by_month and by_day != by_month:
            undecided[number] = True
        elif found := _in_order(by_day, by_month, order):
            days[number] = found[0].toordinal(), found[1].toordinal()
        else:
            unreadable[number] = bool(plain(date).strip())
    number_of = {date: number for number, date in enumerate(dates)}
    rows = np.array([number_of[date_of[cell]] for cell in cells], dtype=np.int64)
    first, last = days[rows].T
    return DateColumn(first, last, order, np.flatnonzero(undecided[rows]), np.flatnonzero(unreadable[rows]))


def _in_order(by_day: Days | None, by_month: Days | None, order: DayOrder | None) -> Days | None:
    return by_day if order == "day" else by_month if order == "month" else by_day or by_month


def split_span(text: str, *, order: DayOrder | None = None) -> tuple[str, Span]:
    """Take the days out of a question, wherever they stand ("... between A and B", "... since A until B").

    Returns what stands round them, and the span; the whole text and an open span where there are none. A date
    that can't be read raises as for :func:`read_days`, and so do two dates that both begin or end the span.
    """
    if len(text) > _LONGEST_QUESTION:
        raise InputError(f"{text[:20]!r}… is too long: a question has at most {_LONGEST_QUESTION} characters")
    first = last = None
    while (found := _next_span(text, order)) is not None:
        text, (begin, end) = found
        if (begin and first) or (end and last):
            raise InputError(f"{first or begin} and {begin or end} are two spans of days: ask for one")
        first, last = first or begin, last or end
    return text, (first, last)


def _next_span(text: str, order: DayOrder | None) -> tuple[str, Span] | None:
    """Return a question without the first date in it, and the span that this gives; None without a date."""
    problem = None
    for found in _QUESTION_WORD.finditer(text):
        word, end = found[0].casefold(), text[found.end() :].strip()
        length = next(_dates_before(word, end), 0)
        rest = " ".join(f"{text[: found.start()]} {end[length:]}".split()).strip(" ,")
        if not rest:
            continue
        if length:
            does, date = _QUESTION_WORDS[word], end[:length].strip(" ,")
            if does == "between" or any(_readings(f"{word} {date}")):
                does, date = "within", f"{word} {date}"
            return rest, _span(does, read_days(date, order=order), date)
        if word in _BEFORE_DATES or _LIKE_A_DATE.search(plain(end)) or _lacks_year(end):
            problem = _reason(f"{word} {end}" if _QUESTION_WORDS[word] == "between" else end)
    if problem:
        raise InputError(problem)
    return None


def _dates_before(word: str, text: str) -> Iterator[int]:
    """Yield how long the beginnings of a text are that are dates after a question's word, longest first."""
    ends = [found.end() for found in islice(re.finditer(r"\S+", text), _MAX_WORDS)]
    for end in reversed(ends):
        date = text[:end].strip(" ,")
        if _QUESTION_WORDS[word] == "between":
            date = f"{word} {date}"
        elif word not in ("since", "after") and _GOES_ON.match(text[end:].lstrip()):
            continue  # half of a range isn't its date
        if _LENGTH.match(plain(text[text.rfind(" ", 0, end) + 1 :]).casefold()):
            continue  # nor is "2000 m"
        if any(map(str.isdecimal, date)) and any(_readings(date)):
            yield end


def _span(does: str, days: Days, text: str) -> Span:
    """Return the days that a word of a question leaves; `text` is the date as written, for the error."""
    first, last = days
    try:
        if does == "after":
            return last + datetime.timedelta(days=1), None
        if does == "before":
            return None, first - datetime.timedelta(days=1)
    except OverflowError as error:
        raise InputError(f"{text!r} is out of the range of dates") from error
    return (first, None) if does == "since" else (None, last) if does == "until" else days


def _serials(cells: Iterable[str]) -> dict[str, tuple[Days | None, Days | None]]:
    """Return the dates of a spreadsheet's numbers of days; empty unless all filled cells are such numbers."""
    found: dict[str, tuple[Days | None, Days | None]] = {}
    for cell in cells:
        number = plain(cell).strip()
        if number:
            days = int(number[:5]) if _SERIAL.fullmatch(number) else 0
            if days not in _SERIALS:
                return {}
            day = datetime.date.fromordinal(_SERIAL_ZERO + days)
            found[cell] = (day, day), (day, day)
    return found


def _readings(text: str) -> tuple[Days | None, Days | None]:
    """Return what a text is with the day first, and what with the month first; None where that is no date."""
    if len(text) > _LONGEST:
        return None, None
    normal = _normal(text)
    by_day, by_month = (
        days if (days := _read(normal, order)) and days[0] <= days[1] else None for order in _ORDERS
    )
    return by_day, by_month


def _normal(text: str) -> str:
    """Return a text in small letters and plain signs, without time of day and words that change nothing."""
    text = plain(text).casefold()
    if not text.isascii():
        text = _WORD.sub(lambda found: fold(found[0]), strip_marks(text))
        text = _TWO_WORDS.sub(r"\1\2", text)
    text = _FILLER.sub(" ", _TIME.sub(" ", text))
    return _SLASH.sub("/", " ".join(text.split()).strip(" ,."))


def _read(text: str, order: DayOrder) -> Days | None:
    """Return the days of a text in normal form; a range may run backwards."""
    if opening := _OPENING.match(text):
        text = text[opening.end() :]
    elif days := _days(_parts(text, order)):
        return days
    for found in (_AND if opening and opening["both"] else _TO).finditer(text):
        left, right = _parts(text[: found.start()], order), _parts(text[found.end() :], order)
        if left is None or right is None:
            continue
        with_years = left.year is not None and right.year is not None
        # A slash is between dates, or between days before a month's name; elsewhere it is within a date.
        if "/" not in found[0] or with_years or _WORD.search(text, found.end()):
            ends = _filled(left, right), _filled(right, left)
            first, last = map(_days, ends)
            alike = [part is None for part in ends[0]] == [part is None for part in ends[1]]
            if first and last and (alike or with_years):
                return first[0], last[1]
    return None


def _filled(one: _Parts, other: _Parts) -> _Parts:
    """Return one end of a range with the month and year that only the other end has."""
    month = other.month if one.month is None and one.day is not None else one.month
    return _Parts(other.year if one.year is None else one.year, month, one.day)


def _days(parts: _Parts | None) -> Days | None:
    """Return the days of a date; None where it lacks the year, or there is no such day."""
    year, month, day = parts or _Parts()
    if year is None or month == 0 or (month is None and day is not None):
        return None
    try:
        last_day = day or calendar.monthrange(year, month or 12)[1]
        return datetime.date(year, month or 1, day or 1), datetime.date(year, month or 12, last_day)
    except ValueError:
        return None


def _parts(text: str, order: DayOrder) -> _Parts | None:
    """Return what one date in normal form says; None where it is no date."""
    text = text.strip(" ,.()")
    if _WORD.search(text):
        return _by_name(text)
    for pattern in _FIGURES:
        if found := pattern.fullmatch(text):
            parts = {name: int(part) for name, part in found.groupdict().items() if part and name != "sign"}
            if "a" in parts:
                a, b = parts["a"], parts["b"]
                parts["day"], parts["month"] = (a, b) if order == "day" else (b, a)
            if "year" in parts and len(found["year"]) == 2:
                parts["year"] = _full_year(parts["year"])
            return _Parts(parts.get("year"), parts.get("month"), parts.get("day"))
    return None


def _by_name(text: str) -> _Parts | None:
    """Return what a date says whose month stands by name, once or in two languages."""
    shape, month = "", None
    numbers: dict[str, list[int]] = {"d": [], "y": []}
    for word in _TOKEN.findall(text):
        if word[0].isdecimal():
            kind = "y" if len(word) == 4 else "d" if len(word) <= 2 else "?"
            numbers.setdefault(kind, []).append(int(word))
        elif shape.endswith("m") and _month_names().get(word) == month:
            continue
        else:
            kind, month = "m", _month_names().get(word)
            if month is None:
                return None
        shape += kind
    if shape not in _SHAPES:
        return None
    days, years = numbers["d"], numbers["y"]
    year = _full_year(days[1]) if len(days) > 1 else years[0] if years else None
    return _Parts(year, month, days[0] if days else None)


def _full_year(year: int) -> int:
    return year + (1900 if year >= _PIVOT else 2000)


@cache
def _month_names() -> dict[str, int]:
    """Return months by their folded names; Latin ones also cut to three letters or more."""
    found: dict[str, set[int]] = {}
    for number, (latin, arabic) in enumerate(_MONTHS, start=1):
        cut = (name[:length] for name in latin.split() for length in range(3, len(name) + 1))
        for name in (*arabic.split(), *cut):
            found.setdefault(name, set()).add(number)
    return {name: numbers.pop() for name, numbers in found.items() if len(numbers) == 1}


def _lacks_year(text: str) -> bool:
    """Whether a text that is no date would be one with a year."""
    if len(text) > _LONGEST:
        return False
    normal = _normal(text)
    parts = _parts(normal, "day")
    if parts is None:
        return bool(normal and _read(f"{normal} 2000", "day"))
    return parts.year is None and parts.month is not None


def _reason(text: str) -> str:
    """Return why a text is no date, in a sentence."""
    if len(text) > _LONGEST:
        return f"{text[:20]!r}… is not a date: {_FORMS}"
    for order in _ORDERS:
        days = _read(_normal(text), order)
        if days and days[0] > days[1]:
            return f"the dates run backwards: {days[0]} is after {days[1]}"
    if _lacks_year(text):
        return f"{text!r} is not a date without its year: {_FORMS}"
    wrong = (part.strip() for part in _APART.split(text) if part.strip() and not _is_date(part))
    return f"{next(wrong, text)!r} is not a date: {_FORMS}"


def _is_date(text: str) -> bool:
    """Whether a text is a date, or the part of one that may stand in a range."""
    readings = (_parts(_normal(text), order) for order in _ORDERS)
    return any(parts and (parts.year is None or _days(parts)) for parts in readings)
