import datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gazetteer.errors import AmbiguousDateError, InputError
from gazetteer.notation.dates import DayOrder, read_date_column, read_days, split_span

MAY_30 = "2016-05-30", "2016-05-30"
MAY = "2016-05-01", "2016-05-31"
WEEK = "2016-05-28", "2016-06-03"


def days(text: str, order: DayOrder | None = None) -> tuple[str, str]:
    first, last = read_days(text, order=order)
    return str(first), str(last)


def refusal(text: str, order: DayOrder | None = None) -> str:
    with pytest.raises(InputError) as error:
        read_days(text, order=order)
    return str(error.value)


def listed(texts: str) -> list[str]:
    return texts.replace("\n    ", "|").split("|")


def test_a_day_is_read_however_it_is_written() -> None:
    texts = """2016-05-30|2016-5-30|2016/05/30|2016.05.30|20160530|30/05/2016|30.5.2016|30-05-2016
    05/30/2016|30/05/16|30 May 2016|30-May-16|30-May-2016|30/May/2016|May 30, 2016|May 30th 2016
    30th of May 2016|2016-May-30|30. Mai 2016|Mon 30 May 2016|Monday, 30 May 2016|Mon. 30 May 2016
    30 mai 2016|lundi 30 mai 2016|30 Mayıs 2016 Pazartesi|٣٠/٠٥/٢٠١٦|٢٠١٦/٠٥/٣٠|٣٠ أيار ٢٠١٦
    30 ايار 2016|30 أيّار 2016|30 مايو 2016|30 ماي 2016|30 أيار/مايو 2016|30 أيار (مايو) 2016
    الإثنين 30 أيار 2016|30 من أيار 2016|30/5/2016م|\u200f30/05/2016\u200e|30\u00a0May\u00a02016"""
    for text in listed(texts):
        assert days(text) == MAY_30, text


def test_a_time_of_day_beside_a_date_changes_nothing() -> None:
    texts = """2016-05-30T14:00:00Z|2016-05-30 00:00:00|2016-05-30 00:00:00+00:00
    2016-05-30T21:10:00.123+0300|30 May 2016 at 9:30 pm|9:30pm, 30 May 2016|5/30/2016 0:00
    30/05/2016 21:10 UTC|Mon May 30 2016 10:00:00 GMT+0300|٢٠١٦-٠٥-٣٠ ٢١:١٠|30 May 2016, 21:00-22:00"""
    for text in listed(texts):
        assert days(text) == MAY_30, text


def test_every_month_is_known_by_its_names() -> None:
    names = {
        1: "January Jan janvier Ocak كانون-الثاني كانون-ثاني يناير جانفي",
        2: "February Feb février fév Şubat شباط فبراير فيفري",
        3: "March Mar mars Mart آذار اذار مارس",
        4: "April Apr avril avr. Nisan نيسان أبريل ابريل أفريل",
        5: "May mai Mayıs أيار ايار مايو ماي",
        6: "June Jun juin Haziran حزيران يونيو يونيه جوان",
        7: "July Jul juillet juil. Temmuz تموز يوليو يوليوز جويلية",
        8: "August Aug août aout Ağustos آب اب أغسطس اغسطس أوت غشت",
        9: "September Sept. Sep septembre Eylül أيلول سبتمبر شتنبر",
        10: "October Oct octobre Ekim تشرين-الأول تشرين-اول أكتوبر اكتوبر",
        11: "November Nov novembre Kasım تشرين-الثاني نوفمبر نونبر",
        12: "December Dec décembre Aralık كانون-الأول ديسمبر دجنبر",
    }
    for month, words in names.items():
        for name in words.replace("-", "\u00a0").split(" "):
            assert days(f"7 {name} 2016") == (f"2016-{month:02}-07",) * 2, name


def test_a_month_or_a_year_is_all_its_days() -> None:
    texts = "2016-05|2016/05|05/2016|May 2016|2016 May|mai 2016|أيار 2016|شهر أيار 2016|أيار/مايو ٢٠١٦"
    for text in texts.split("|"):
        assert days(text) == MAY, text
    assert ("2016-02-01", "2016-02-29") == days("février 2016")
    assert ("2015-02-01", "2015-02-28") == days("2015-02")
    assert ("2016-01-01", "2016-12-31") == days("2016") == days("عام 2016")


def test_a_range_is_all_its_days_and_never_its_first() -> None:
    texts = """2016-05-28 to 2016-06-03|2016-05-28/2016-06-03|2016-05-28 - 2016-06-03
    2016-05-28T10:00/2016-06-03T12:00|28 May - 3 June 2016|28 May – 3 June 2016
    from 28 May to 3 June 2016|between 28 May and 3 June 2016|28/05/2016 - 03/06/2016
    28/05/2016-03/06/2016|28/05 - 03/06/2016|May 28 - June 3, 2016|28 May to 3 June, 2016
    Sat, 28 May - Fri, 3 June 2016|du 28 mai au 3 juin 2016|من 28 أيار إلى 3 حزيران 2016
    من ٢٨ أيار حتى ٣ حزيران ٢٠١٦|بين 28 أيار و3 حزيران 2016|28 أيار/مايو - 3 حزيران/يونيو 2016"""
    for text in listed(texts):
        assert days(text) == WEEK, text
    others = {
        "28-30 May 2016": ("2016-05-28", "2016-05-30"),
        "28/29 May 2016": ("2016-05-28", "2016-05-29"),
        "28-30/05/2016": ("2016-05-28", "2016-05-30"),
        "May 28-30, 2016": ("2016-05-28", "2016-05-30"),
        "28-30 أيار 2016": ("2016-05-28", "2016-05-30"),
        "28 Dec 2016 - 3 Jan 2017": ("2016-12-28", "2017-01-03"),
        "May-June 2016": ("2016-05-01", "2016-06-30"),
        "05/2016 - 06/2016": ("2016-05-01", "2016-06-30"),
        "2016-2017": ("2016-01-01", "2017-12-31"),
        "28 May 2016 - 2017": ("2016-05-28", "2017-12-31"),
    }
    assert others == {text: days(text) for text in others}


def test_two_digits_of_a_year_are_read_as_posix_reads_them() -> None:
    assert ["1969-05-30", "1999-05-30", "2000-05-30", "2068-05-30"] == [
        days(f"30/05/{year}")[0] for year in ("69", "99", "00", "68")
    ]


def test_what_is_no_date_is_refused_with_its_text() -> None:
    texts = """|soon|late May 2016|Ramadan 2016|2016-02-30|31 June 2016|29/02/2015|2016-13|2016-13-05
    2016-05-32|30/13/2016|0000|20161301|16-05-30|2016-17|2016-05-30x|May 30, 16|30 2016|5|-|/|n/a|14:00
    since 2016|from 30 May 2016|to 2016|between 28 May to 3 June 2016|28 and 30 May 2016
    30 May June 2016|9992199921|Maay 2016|35.93, 36.63|SY070100"""
    for text in listed(texts):
        assert refusal(text).startswith(
            f"{text!r} is not a date: write 2016-05-30, 30 May 2016, May 2016 or 2016"
        )
    assert "'now' is not a date" in refusal("from 2016-05-01 to now")
    assert refusal("2016 " * 100).startswith("'2016 2016 2016 2016 '… is not a date")


def test_a_date_without_its_year_is_refused_for_that() -> None:
    for text in "30 May|٣٠ مايو|May|30/05|28-30 May|28 May - 3 June|May-16".split("|"):
        assert f"{text!r} is not a date without its year" in refusal(text)


def test_a_range_that_runs_backwards_is_refused() -> None:
    for text in ("2016-06-03 to 2016-05-28", "30-28 May 2016", "28 Dec - 3 Jan 2017"):
        assert "the dates run backwards" in refusal(text)


def test_day_or_month_first_is_asked_for_where_nothing_tells() -> None:
    for text in ("05/06/2016", "5.6.2016", "10-12-2016", "05/06/16", "01/02/2016 - 03/02/2016"):
        with pytest.raises(AmbiguousDateError, match=r"may be .* or .*: write one of the two"):
            read_days(text)
    with pytest.raises(AmbiguousDateError, match="'05/06/2016' may be 2016-06-05 or 2016-05-06") as error:
        read_days("05/06/2016", parameter="from")
    assert "from" == error.value.parameter
    assert ("2016-06-05", "2016-05-06") == (days("05/06/2016", "day")[0], days("05/06/2016", "month")[0])
    assert ("2016-05-05", "2016-05-05") == days("05/05/2016")
    assert MAY_30 == days("30/05/2016") == days("2016-05-30", "month")
    assert "is not a date" in refusal("30/05/2016", "month")


def column(*cells: str, order: DayOrder | None = None) -> list[str]:
    """Return the first day of each row, "?" where day and month are open, "!" where there is no date."""
    found = read_date_column(cells, order=order)
    read = [
        "" if np.isnan(first) else str(datetime.date.fromordinal(int(first)))
        for first in found.first.tolist()
    ]
    for row in found.undecided.tolist():
        read[row] += "?"
    for row in found.unreadable.tolist():
        read[row] += "!"
    return read


def test_a_column_is_read_in_the_order_that_it_shows() -> None:
    assert ["2016-06-05", "2016-05-30", ""] == column("05/06/2016", "30/05/2016", "")
    assert ["2016-05-06", "2016-05-30", "!"] == column("05/06/2016", "05/30/2016", "late May")
    assert ["2016-06-05", "2016-05-28"] == column("05/06/2016", "28/05/2016 - 03/06/2016")


def test_a_column_that_shows_no_order_or_two_leaves_open_what_hangs_on_it() -> None:
    assert ["?", "2016-05-05", "2016-05-30"] == column("05/06/2016", "05/05/2016", "2016-05-30")
    assert ["?", "2016-05-30", "2016-05-31"] == column("05/06/2016", "30/05/2016", "05/31/2016")


def test_an_order_that_is_given_is_kept() -> None:
    assert ["2016-05-06", "!", "2016-05-30"] == column(
        "05/06/2016", "30/05/2016", "30 May 2016", order="month"
    )
    assert ["month", "day", None] == [
        read_date_column(["05/06/2016"], order="month").order,
        read_date_column(["05/06/2016", "30/05/2016"]).order,
        read_date_column(["2016-05-30"]).order,
    ]


def test_a_month_in_a_column_keeps_its_last_day() -> None:
    found = read_date_column(["2016-05", "", "28 May - 3 June 2016"])
    assert [30.0, 6.0] == (found.last - found.first)[[0, 2]].tolist()
    assert np.isnan([found.first[1], found.last[1]]).all()


def test_numbers_of_days_are_dates_only_where_all_cells_are_such() -> None:
    # 42520 is 2016-05-30: ECMA-376 part 1, 18.17.4.1, with 1 for 1900-01-01 and a 29th of February in 1900.
    assert ["2016-05-30", "2016-05-30", "", "1990-01-01", "2100-12-31"] == column(
        "42520", "42520.75", " ", "32874", "73415"
    )
    assert ["!", "2016-05-30"] == column("42520", "2016-05-30")
    assert ["!", "!"] == column("42520", "73416")


def test_a_column_may_be_empty() -> None:
    assert [] == column()
    assert ["", "", ""] == column("", "  ", "\u200b")


_1990 = datetime.datetime(1990, 1, 1)  # noqa: DTZ001 # tables write no zone
_CELL = st.one_of(
    st.dates(datetime.date(1990, 1, 1)).map(str),
    st.datetimes(_1990).map(str),
    st.datetimes(_1990).map(lambda when: when.strftime("%d/%m/%Y %H:%M")),
    st.dates().map(lambda date: date.strftime("%m/%d/%Y")),
    st.sampled_from(
        ["", " ", "30/05/2016", "5/6/2016", "May 2016", "30 May", "28-30 May 2016", "x", "14:00"]
    ),
    st.text("0123456789-/.:T May", max_size=12),
)


@given(st.lists(_CELL, max_size=8), st.sampled_from(["day", "month", None]))
def test_a_column_is_read_as_its_cells_are(cells: list[str], order: DayOrder | None) -> None:
    found = read_date_column([*cells, "no serials"], order=order)
    for row, cell in enumerate(cells):
        expected, state = (np.nan, np.nan), ""
        try:
            first, last = read_days(cell, order=found.order)
            expected = float(first.toordinal()), float(last.toordinal())
        except AmbiguousDateError:
            state = "undecided"
        except InputError:
            state = "unreadable" if cell.strip() else ""
        np.testing.assert_equal((found.first[row], found.last[row]), expected)
        assert state == (
            "undecided" if row in found.undecided else "unreadable" if row in found.unreadable else ""
        )


_FORMS = ["%Y-%m-%d", "%Y%m%d", "%d %B %Y", "%d-%b-%Y", "%A, %d %B %Y", "%Y/%m/%d"]


@given(st.dates(), st.sampled_from(_FORMS))
def test_a_date_that_is_written_is_read_again(date: datetime.date, form: str) -> None:
    written = date.strftime(form.replace("%Y", f"{date.year:04}"))
    assert (date, date) == read_days(written)


@given(st.text(max_size=40) | st.text("0123456789-/. MayJune", max_size=40))
def test_any_text_is_a_date_or_an_input_error(text: str) -> None:
    try:
        first, last = read_days(text)
    except InputError as error:
        assert [str(error)] == str(error).splitlines()
    else:
        assert first <= last


def test_the_words_round_a_date_open_or_close_the_span() -> None:
    spans = {
        "between 2016-05-01 and 2016-06-30": ("2016-05-01", "2016-06-30"),
        "between 30/05/2016 and 5/6/2016": ("2016-05-30", "2016-06-05"),
        "from May 2016 to June 2016": ("2016-05-01", "2016-06-30"),
        "from 28 to 30 May 2016": ("2016-05-28", "2016-05-30"),
        "since 2016": ("2016-01-01", None),
        "since 30/05/2016": ("2016-05-30", None),
        "from 30 May 2016": ("2016-05-30", None),
        "after May 2016": ("2016-06-01", None),
        "until May 2016": (None, "2016-05-31"),
        "before May 2016": (None, "2016-04-30"),
        "in 2016": ("2016-01-01", "2016-12-31"),
        "in 05/2016": MAY,
        "during May 2016": MAY,
        "on 2016-05-30": MAY_30,
        "On 30th of May, 2016": MAY_30,
        "في أيار 2016": MAY,
        "منذ ٣٠ أيار ٢٠١٦": ("2016-05-30", None),
        "بين 28 أيار و3 حزيران 2016": WEEK,
        "من 28 أيار إلى 3 حزيران 2016": WEEK,
    }
    for words, (start, end) in spans.items():
        rest, span = split_span(f"strikes on Idlib {words}")
        assert ("strikes on Idlib", start, end) == (rest, *(day and str(day) for day in span)), words


def test_a_text_without_dates_keeps_all_its_words() -> None:
    texts = "strikes in Idlib|strikes within 5 km from Idlib|distance from Idlib to Aleppo|since 2016"
    for text in texts.split("|"):
        assert (text, (None, None)) == split_span(text)


def test_what_can_only_be_meant_as_a_date_is_refused_where_it_is_none() -> None:
    refusals = {
        "between 2016-06-30 and 2016-05-01": "the dates run backwards: 2016-06-30 is after 2016-05-01",
        "from 2016-06-30 to 2016-05-01": "backwards",
        "between 05/06/2016 and 7/6/2016": "may be 2016-06-05 to 2016-06-07 or",
        "on 05/06/2016": "'05/06/2016' may be 2016-06-05 or 2016-05-06",
        "since yesterday": "'yesterday' is not a date",
        "from 2016-05-01 to now": "'now' is not a date",
        "between 2016-05-01 and then": "'then' is not a date",
        "in Ramadan 2016": "'Ramadan 2016' is not a date",
        "in May": "'May' is not a date without its year",
        "from 28 May to 3 June": "without its year",
        "since 9992199921": "is not a date",
        f"since {'9' * 400}": "is not a date",
        "after 9999": "'9999' is out of the range of dates",
        "before 0001": "'0001' is out of the range of dates",
    }
    for words, reason in refusals.items():
        with pytest.raises(InputError) as error:
            split_span(f"strikes {words}")
        assert reason in str(error.value), words


def test_no_span_is_looked_for_in_a_text_longer_than_any_question() -> None:
    with pytest.raises(InputError, match="too long"):
        split_span("strikes" + " in May" * 200)
