import datetime

import pytest

from gazetteer.dates import read_date, read_month, read_span, split_span
from gazetteer.errors import InputError


def day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


@pytest.mark.parametrize("text", ["2016-05-30", "2016-05-30 00:00:00", "2016-05-30T21:10:00Z", " 2016-5-30 "])
def test_an_iso_date_is_read_with_or_without_a_time(text: str) -> None:
    assert day("2016-05-30") == read_date(text)


@pytest.mark.parametrize("text", ["", "30/05/2016", "2016-02-30", "late May", "2016-05-30x", "20160530"])
def test_what_is_not_an_iso_date_is_none(text: str) -> None:
    assert read_date(text) is None


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2016-05-30", "2016-05-30", "2016-05-30"),
        ("30 May 2016", "2016-05-30", "2016-05-30"),
        ("May 30, 2016", "2016-05-30", "2016-05-30"),
        ("1 sept 2016", "2016-09-01", "2016-09-01"),
        ("February 2016", "2016-02-01", "2016-02-29"),
        ("2015-02", "2015-02-01", "2015-02-28"),
        ("2016", "2016-01-01", "2016-12-31"),
    ],
)
def test_a_day_month_or_year_is_a_span_of_whole_days(text: str, first: str, last: str) -> None:
    assert (day(first), day(last)) == read_span(text)


@pytest.mark.parametrize("text", ["2016-02-31", "31 June 2016", "Ramadan 2016", "2016-13", "0000"])
def test_a_day_that_does_not_exist_is_refused_with_its_text(text: str) -> None:
    with pytest.raises(InputError, match=text):
        read_span(text)


@pytest.mark.parametrize(
    ("words", "start", "end"),
    [
        ("between 2016-05-01 and 2016-06-30", "2016-05-01", "2016-06-30"),
        ("from May 2016 to June 2016", "2016-05-01", "2016-06-30"),
        ("since 2016", "2016-01-01", None),
        ("from 30 May 2016", "2016-05-30", None),
        ("after May 2016", "2016-06-01", None),
        ("until May 2016", None, "2016-05-31"),
        ("before May 2016", None, "2016-04-30"),
        ("in 2016", "2016-01-01", "2016-12-31"),
        ("during May 2016", "2016-05-01", "2016-05-31"),
        ("on 2016-05-30", "2016-05-30", "2016-05-30"),
    ],
)
def test_the_words_round_a_date_open_or_close_the_span(
    words: str, start: str | None, end: str | None
) -> None:
    expected = ("strikes in Idlib", (start and day(start), end and day(end)))
    assert expected == split_span(f"strikes in Idlib {words}")


def test_a_text_without_dates_keeps_all_its_words() -> None:
    assert ("strikes in Idlib", (None, None)) == split_span("strikes in Idlib")


def test_dates_that_run_backwards_are_refused() -> None:
    with pytest.raises(InputError, match="backwards"):
        split_span("strikes between 2016-06-30 and 2016-05-01")


@pytest.mark.parametrize("words", ["after 9999", "before 0001"])
def test_a_span_beyond_the_calendar_is_refused(words: str) -> None:
    with pytest.raises(InputError, match="range"):
        split_span(f"strikes {words}")


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2016-02", "2016-02-01", "2016-02-29"),
        ("May 2016", "2016-05-01", "2016-05-31"),
        (" Sept. 2016 ", "2016-09-01", "2016-09-30"),
        ("2016", "2016-01-01", "2016-12-31"),
    ],
)
def test_a_month_or_a_year_has_a_first_and_a_last_day(text: str, first: str, last: str) -> None:
    assert (day(first), day(last)) == read_month(text)


@pytest.mark.parametrize(
    "text", ["", "2016-05-30", "30 May 2016", "2016-13", "5", "late May", "Maay 2016", "0000"]
)
def test_what_is_no_month_is_none(text: str) -> None:
    assert read_month(text) is None


@pytest.mark.parametrize("year", ["9992199921", "9" * 400])
def test_a_year_beyond_every_calendar_is_no_date(year: str) -> None:
    with pytest.raises(InputError, match="is not a date"):
        split_span(f"strikes since {year}")


def test_no_span_is_looked_for_in_a_text_longer_than_any_question() -> None:
    with pytest.raises(InputError, match="too long"):
        split_span("strikes" + " in May" * 200)
