"""Days and spans of days, as tables and people write them.

Tables hold ISO 8601 dates, with or without a time of day. People also write months and years, and
words round them; those are spans whose first and last day both count. Months are English. Nothing
here knows the clock or a time zone: a day is the day that the source gives.

Examples
--------
>>> read_date("2016-05-30 00:00:00")
datetime.date(2016, 5, 30)
>>> read_date("late May") is None
True
>>> first, last = read_span("May 2016")
>>> print(first, last)
2016-05-01 2016-05-31
"""

import calendar
import datetime
import re

from gazetteer.errors import InputError

__all__ = ["Span", "read_date", "read_month", "read_span", "split_span"]

#: First and last day, both counted; None leaves that side open.
Span = tuple[datetime.date | None, datetime.date | None]

#: A month or a year, as tables hold them.
_MONTH = re.compile(r"\d{4}(?:-\d{1,2})?|[a-z]{3,9}\.?,?\s+\d{4}", re.I)
_ISO_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ].*)?")
_MONTHS = {
    name[:length]: number
    for number, name in enumerate(
        "january february march april may june july august september october november december".split(),
        start=1,
    )
    for length in (3, 4, len(name))
}
_DATE = (
    r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}\s+[a-z]{3,9}\s+\d{4}|[a-z]{3,9}\s+\d{1,2},?\s+\d{4}"
    r"|[a-z]{3,9}\s+\d{4}|\d{4}-\d{1,2}|\d{4}"
)
_SPAN = re.compile(
    rf"(?P<rest>.+?)\s+(?:between\s+(?P<a>{_DATE})\s+and\s+(?P<b>{_DATE})"
    rf"|from\s+(?P<c>{_DATE})\s+to\s+(?P<d>{_DATE})"
    rf"|(?P<word>since|from|after|until|before|in|during|on)\s+(?P<e>{_DATE}))",
    re.I,
)

#: The longest text that dates are looked for at the end of: patterns try its words pair by pair.
_LONGEST = 1000

#: The end of a text that can only be meant as a date, where `_SPAN` can't read it.
_UNREAD = re.compile(
    r".+\s(?:(?:since|after|until|before|during|on|between)\s+(?P<a>.+)"
    r"|(?:in|from)\s+(?P<b>.*(?:\b(?:19|20)\d\d\b|\d[/.-]\d+[/.-]\d).*)"
    rf"|in\s+(?P<c>{'|'.join(_MONTHS)}))",
    re.I,
)


def read_date(text: str) -> datetime.date | None:
    """Return the day of an ISO 8601 date, with or without a time; None when it is not one."""
    found = _ISO_DATE.fullmatch(text.strip())
    if not found:
        return None
    try:
        return datetime.date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None


def read_month(text: str) -> tuple[datetime.date, datetime.date] | None:
    """Return the first and last day of a month or year ("2016-05", "May 2016", "2016"); None for others."""
    found = _MONTH.fullmatch(text.strip())
    try:
        return read_span(found[0].replace(".", "")) if found else None
    except InputError:
        return None


def read_span(text: str) -> tuple[datetime.date, datetime.date]:
    """Return the first and last day of a day, month or year.

    Parameters
    ----------
    text
        "2016-05-30", "30 May 2016", "May 30, 2016", "May 2016", "2016-05" or "2016".

    Raises
    ------
    InputError
        If it is none of these, or there is no such day.
    """
    words = text.casefold().replace(",", "").split()
    names = [word for word in words if word.isalpha()]
    if names and names[0] not in _MONTHS:
        raise InputError(f"{names[0]!r} in {text!r} is not a month")
    try:
        if names:
            numbers = [
                int(words[-1]),
                _MONTHS[names[0]],
                *(int(word) for word in words[:-1] if word.isdigit()),
            ]
        else:
            numbers = [int(part) for part in text.split("-")]
        year, month, day = (*numbers, 0, 0)[:3]
        last_day = day or calendar.monthrange(year, month or 12)[1]
        return datetime.date(year, month or 1, day or 1), datetime.date(year, month or 12, last_day)
    except (ValueError, IndexError, OverflowError) as error:  # the last for a year like 9992199921
        raise _not_a_date(text) from error


def _not_a_date(text: str) -> InputError:
    return InputError(f"{text!r} is not a date: write 2016-05-30, 30 May 2016, May 2016 or 2016")


def _unreadable(text: str) -> InputError:
    """Return an error that names the first date of a text that can't be read."""
    for date in re.split(r"\s+(?:and|to)\s+", text):
        try:
            read_span(date)
        except InputError:
            return _not_a_date(date)
    return _not_a_date(text)


def split_span(text: str) -> tuple[str, Span]:
    """Take a span of days off the end of a text ("... between A and B", "... since A", "... in A").

    Returns
    -------
    tuple
        What stands before it, and the span; the whole text and an open span when it ends in none.

    Raises
    ------
    InputError
        If a date is not one, or the two run backwards.
    """
    if len(text) > _LONGEST:
        raise InputError(f"{text[:20]!r}… is too long: a question has at most {_LONGEST} characters")
    found = _SPAN.fullmatch(text)
    if not found:
        if unread := _UNREAD.fullmatch(text):
            raise _unreadable(unread["a"] or unread["b"] or unread["c"])
        return text, (None, None)
    if found["word"] is None:
        start, end = read_span(found["a"] or found["c"])[0], read_span(found["b"] or found["d"])[1]
        if end < start:
            raise InputError(f"the dates run backwards: {start} is after {end}")
        return found["rest"], (start, end)
    first, last = read_span(found["e"])
    try:
        spans: dict[str, Span] = {
            "since": (first, None),
            "from": (first, None),
            "after": (last + datetime.timedelta(days=1), None),
            "until": (None, last),
            "before": (None, first - datetime.timedelta(days=1)),
        }
    except OverflowError as error:
        raise InputError(f"{found['e']!r} is out of the range of dates") from error
    return found["rest"], spans.get(found["word"].casefold(), (first, last))
