"""The report: whole, safe, and of bounded length."""

import html.parser
import re
from pathlib import Path
from typing import Any

import pytest

from gazetteer.geodesy import LatLon, distance_m
from gazetteer.kinds import PlaceKind
from gazetteer.review.tally import Tally
from gazetteer.values import ColumnChoice
from tests.builders import a_square
from tests.gazetteer.review.reviewing import decisions_file, gazetteer, reviewed
from tests.gazetteer.tables.fake_gazetteer import match, place


class Parsed(html.parser.HTMLParser):
    """Notes every tag and its attributes, and that tags close what they open."""

    VOID = frozenset({"meta"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert [] == self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert tag == self.open.pop()

    def handle_data(self, data: str) -> None:
        self.text += data


def report(folder: Path, text: str, **options: Any) -> Parsed:
    reviewed(folder, text, report="r.html", **options)
    return Parsed((folder / "r.html").read_text("utf-8"))


def test_it_says_how_many_rows_came_out_how(tmp_path: Path) -> None:
    page = report(tmp_path, "n,place\n" + "1,Idlib\n" * 1200 + "1,Tell\n2,Nowhere\n3,\n4,\n")
    said = re.sub(r"\s+", " ", page.text)
    for words in (
        "Places of in.csv",
        "1,200 of 1,204 rows have a place. 2 texts are left to decide, in 2 rows. 2 rows name no place.",
        "1,204rows",
        "1,200resolved, 99.7%",
    ):
        assert words in said
    assert "Tell One" in said


EVIL = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&\x00\x1b"


def test_nothing_of_a_table_becomes_markup(tmp_path: Path) -> None:
    cell = EVIL.replace('"', '""').replace("\x00", "")
    page = report(
        tmp_path, f'place,"<b>area</b>"\n"{cell}","<i>x"\n', columns=ColumnChoice(admin=("<b>area</b>",))
    )
    assert {"script", "img", "b", "a", "iframe"} & {tag for tag, _ in page.tags} == {"b"}  # the counts' own
    assert not [name for _, attrs in page.tags for name in attrs if name.startswith("on")]
    assert "<script>alert(1)</script>" in page.text and "<b>area</b>" in page.text
    assert "\x1b" not in page.text and "\ufffd" in page.text


def test_it_needs_nothing_but_itself(tmp_path: Path) -> None:
    page = report(tmp_path, "place\nIdlib\n")
    assert {"script", "link", "img", "iframe", "object"} & {tag for tag, _ in page.tags} == set()
    assert not [value for _, attrs in page.tags for name, value in attrs.items() if name in ("src", "href")]
    policy = next(attrs["content"] for _, attrs in page.tags if "http-equiv" in attrs)
    assert "default-src 'none'; style-src 'unsafe-inline'" == policy
    assert "url(" not in (tmp_path / "r.html").read_text("utf-8") and "@import" not in page.text


def test_arabic_keeps_its_direction(tmp_path: Path) -> None:
    report(tmp_path, 'place\n"تل رفعت, x"\n')
    assert '<bdi dir="auto">تل رفعت, x</bdi>' in (tmp_path / "r.html").read_text("utf-8").replace("\n", "")


def test_lists_are_cut_and_say_how_much_more_there_is(tmp_path: Path) -> None:
    page = report(tmp_path, "place\n" + "".join(f"Nowhere {n}\n" for n in range(73)) + "Nowhere 72\n")
    assert "… and 23 more distinct strings." in page.text
    assert page.text.index("Nowhere 72") < page.text.index("Nowhere 0")


def test_outlines_are_drawn_where_there_are_any_and_places_in_either_case(tmp_path: Path) -> None:
    fake = gazetteer()
    for outlines, paths, beyond in (
        ((), 0, ""),
        ((("SY07", a_square(36.0, 35.0)),), 1, "1 row beyond its edge"),  # Aleppo, east of the square
    ):
        fake.shapes = outlines
        page = report(tmp_path, "place\nIdlib\nAleppo\n", fake=fake)
        drawn = [tag for tag, _ in page.tags]
        dots = [attrs for tag, attrs in page.tags if tag == "circle" and attrs["class"] != "reach"]
        assert (paths, 2 - paths) == (drawn.count("path"), len(dots))
        assert beyond in page.text


def test_a_place_is_drawn_as_exactly_as_it_is_known_and_an_area_has_no_dot(tmp_path: Path) -> None:
    idlib = PlaceKind.GOVERNORATE
    for found, mark, tag in (
        (place("T", uncertainty_m=5_000.0), "dot", "circle"),
        (place("T", uncertainty_m=8_000.0), "ring", "circle"),
        (place("T", uncertainty_m=30_000.0), "wide", "circle"),
        (place("T", kind=idlib, uncertainty_m=4_000.0), "wide", "circle"),
        (place("T", id="SY07", kind=idlib, uncertainty_m=60_000.0), "wide", "path"),
    ):
        fake = gazetteer(T=[match(found)])
        fake.shapes = (("SY07", a_square(36.0, 35.0)),)
        page = report(tmp_path, "place\nT\n", fake=fake)
        drawn = [
            (attrs["class"], name)
            for name, attrs in page.tags
            if attrs.get("class") in ("dot", "ring", "wide")
        ]
        assert [(mark, tag)] == drawn, found


def test_what_is_open_stands_first_with_its_rows_and_both_scripts(tmp_path: Path) -> None:
    page = report(tmp_path, "id,place\na,Idlib\nb17,Tell\n")
    assert page.text.index("To decide") < page.text.index("Where") < page.text.index("How sure")
    assert "b17" in page.text and "تل" in page.text and "cg:tell-one" in page.text


def test_names_and_points_that_disagree_are_listed_with_the_distance(tmp_path: Path) -> None:
    apart_m = distance_m(place("Idlib").position, LatLon(33.5, 36.3))
    page = report(tmp_path, "place,lat,lon\nIdlib,35.93,36.63\nIdlib,33.5,36.3\n")
    assert "1 agree with the name, 1 disagree," in page.text and f"{apart_m / 1000:.1f} km" in page.text


def test_the_sources_that_were_used_are_quoted(tmp_path: Path) -> None:
    assert "Nobody" in report(tmp_path, "place\nIdlib\n").text
    assert "Nobody" not in report(tmp_path, "place\nNowhere\n").text


def test_decisions_are_counted_with_who_took_them(tmp_path: Path) -> None:
    decisions_file(tmp_path / "d.csv", ("Tell", "", "cg:tell-two", "Rana"))
    assert (
        "1 decision from d.csv, for 2 rows; decided by Rana."
        in report(tmp_path, "place\nTell\nTell\n", decisions="d.csv").text
    )


def test_a_table_without_places_has_a_report(tmp_path: Path) -> None:
    for text in ("place\n", "place\n\n"):
        assert "0resolved" in report(tmp_path, text).text


def test_counts_that_cannot_be_kept_are_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    tally = Tally()
    tally._database.execute("DROP TABLE doubts")
    with pytest.raises(ValueError, match="make room in the temporary folder"):
        tally.add([])
        tally._database.execute("BEGIN")
        tally.add([])
    tally.close()
