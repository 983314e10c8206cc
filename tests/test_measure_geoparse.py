"""What the figures of `scripts/measure_geoparse.py` count, on invented texts."""

from pathlib import Path

import pytest

from gazetteer.names.similarity import sound
from scripts.measure_geoparse import (
    Article,
    Mention,
    Point,
    Report,
    Toponym,
    ceiling,
    holds_one_of,
    news_figures,
    read_mentions,
    read_news,
    report_figures,
)

HERE, BESIDE, AWAY = (35.0, 37.0), (35.04, 37.0), (35.5, 37.0)  # 4.4 and 56 km away


def a_mention(
    text: str,
    point: Point | None = HERE,
    *,
    at: int = 0,
    kind: str = "settlement",
    radius_m: float = 1_000.0,
    main: bool = False,
) -> Mention:
    return Mention(at, at + len(text), text, main, point, radius_m, kind)


def a_report(number: int, text: str = "Fire in Arda.", point: Point = HERE) -> Report:
    return Report(f"{number}", "en", text, point)


def an_article(text: str, *named: str, point: Point = HERE, is_country: bool = False) -> Article:
    starts = [(text.index(name), len(name)) for name in named]
    return Article("1", text, tuple(Toponym(at, at + size, point, is_country) for at, size in starts))


def test_found_counts_texts_with_a_place_near_the_true_point() -> None:
    points = (BESIDE, AWAY, None)
    mentions = {f"{number}": [a_mention("Arda", point)] for number, point in enumerate(points)}
    figures = report_figures([a_report(number) for number in range(len(points))], mentions)
    assert figures["found"] == pytest.approx(1 / 3)


def test_an_area_is_good_where_it_holds_the_true_point_but_finds_nothing() -> None:
    for point, radius_m, good in ((BESIDE, 1_000.0, 1.0), (AWAY, 60_000.0, 1.0), (AWAY, 50_000.0, 0.0)):
        area = a_mention("Arda", point, kind="district", radius_m=radius_m)
        figures = report_figures([a_report(0)], {"0": [area]})
        assert (figures["found"], figures["good"], figures["good_points"]) == (0.0, good, 0.0)


def test_good_is_a_share_of_the_resolved_mentions() -> None:
    mentions = [a_mention("Arda"), a_mention("Arda", AWAY), a_mention("Arda", None)]
    assert report_figures([a_report(0)], {"0": mentions})["good"] == 0.5


def test_main_of_found_leaves_out_texts_without_a_place() -> None:
    mentions = {"0": [a_mention("Arda", main=True)], "1": [a_mention("Arda")]}
    figures = report_figures([a_report(number) for number in range(4)], mentions)
    assert (figures["found"], figures["main"], figures["main_of_found"]) == (0.5, 0.25, 0.5)


def test_spans_compare_every_mention_with_the_text_at_its_offsets() -> None:
    mentions = [a_mention("Arda", at=8), a_mention("Arda", None, at=7)]
    assert report_figures([a_report(0)], {"0": mentions})["spans"] == 0.5


def test_each_place_weighs_the_same_in_the_average() -> None:
    reports = [*(a_report(number) for number in range(9)), a_report(9, point=AWAY)]
    figures = report_figures(reports, {"9": [a_mention("Arda", AWAY)]})
    assert (figures["found"], figures["found_by_place"]) == (0.1, 0.5)
    assert (figures["low"], figures["high"]) == (0.0, 1.0)


def test_the_ceiling_asks_for_a_spelling_near_the_true_point() -> None:
    for at, expected in ((BESIDE, 1.0), (AWAY, 0.0)):
        assert ceiling([a_report(0, "Fire in Kafr Arda")], [(at, "Kefer Arda")]) == expected


def test_a_spelling_is_found_in_a_run_of_words_and_behind_an_attached_letter() -> None:
    texts = {
        "A raid on Ma'arrat an-Nu'man today": True,
        "غارة على معرة النعمان": True,
        "غارة ومعرة النعمان": True,
        "A raid on the town": False,
        "": False,
    }
    sounds = [sound("Maarrat al Numan"), sound("معرة النعمان")]
    assert {text: holds_one_of(text, sounds) for text in texts} == texts


def test_where_the_country_is_not_named_every_resolved_mention_is_false() -> None:
    article = Article("1", "Arda is a band.", ())
    figures = news_figures([article], {"1": [a_mention("Arda"), a_mention("band", None)]})
    assert (figures["abroad"], figures["false_abroad"], figures["false_here"]) == (1, 100.0, 0.0)


def test_a_mention_is_false_unless_it_overlaps_a_toponym_that_is_near_or_inside() -> None:
    article = an_article("Fire in Arda, Syria.", "Arda")
    region = a_mention("Arda", AWAY, at=8, kind="region", radius_m=60_000.0)
    cases = (
        (a_mention("Arda", BESIDE, at=8), 0.0, 1.0),
        (region, 0.0, 1.0),
        (a_mention("Arda", AWAY, at=8), 100.0, 0.0),
        (a_mention("Fire", HERE), 100.0, 0.0),
    )
    for mention, false, found in cases:
        figures = news_figures([article], {"1": [mention]})
        assert (figures["false_here"], figures["found"]) == (false, found), mention


def test_the_country_is_right_where_it_is_found_but_not_asked_for() -> None:
    article = an_article("The Syrian coast", "Syrian", is_country=True)
    country = a_mention("Syrian", AWAY, at=4, kind="country", radius_m=400_000.0)
    figures = news_figures([article], {"1": [country]})
    assert (figures["abroad"], figures["toponyms"], figures["false_here"]) == (0, 0, 0.0)


def test_mentions_of_the_country_do_not_hide_false_ones() -> None:
    article = an_article("Arda, a Syrian band", "Syrian", is_country=True)
    country = a_mention("Syrian", AWAY, at=8, kind="country", radius_m=400_000.0)
    figures = news_figures([article], {"1": [country, a_mention("Arda")]})
    assert (figures["false_here"], figures["false_within"]) == (50.0, 100.0)


def test_news_are_read_with_the_toponyms_that_lie_inside(tmp_path: Path) -> None:
    def ours(name: str, latitude: str) -> str:
        fields = (
            f"<normalisedName>{name}</normalisedName><latitude>{latitude}</latitude><longitude>37</longitude>"
        )
        return f"<toponym><start>0</start><end>4</end>{fields}</toponym>"

    def theirs(name: str) -> str:
        tag = f"<gaztag><name>{name}</name><lat>35</lat><lon>37</lon></gaztag>"
        return f"<toponym><start>0</start><end>4</end>{tag}</toponym>"

    found = [ours("Arda", "35"), ours("Rome", "41"), ours("", ""), ours("Middle East", "35")]
    article = "<articles><article {}='7'><text>Arda burns.</text><toponyms>{}</toponyms></article></articles>"
    (tmp_path / "data" / "Corpora").mkdir(parents=True)
    (tmp_path / "data" / "GWN.xml").write_text(article.format("file", "".join(found)))
    (tmp_path / "data" / "Corpora" / "TR-News.xml").write_text(article.format("docid", theirs("Syria")))
    assert read_news(tmp_path, lambda point: point[0] < 40) == [
        Article("GeoWebNews 7", "Arda burns.", (Toponym(0, 4, HERE, False),)),
        Article("TR-News 7", "Arda burns.", (Toponym(0, 4, HERE, True),)),
    ]


def test_a_row_without_a_sure_position_is_a_mention_without_a_point(tmp_path: Path) -> None:
    path = tmp_path / "mentions.csv"
    path.write_text(
        "id,start,end,mention,main,gaz_status,gaz_latitude,gaz_longitude,gaz_uncertainty_m,gaz_kind\n"
        "1,0,4,Arda,true,resolved,35.0,37.0,1000,settlement\n"
        "1,5,9,Aram,false,ambiguous,35.0,37.0,1000,settlement\n"
        "2,5,9,Aram,false,unresolved,,,,\n"
    )
    expected = {
        "1": [a_mention("Arda", main=True), a_mention("Aram", None, at=5)],
        "2": [a_mention("Aram", None, at=5, kind="", radius_m=0.0)],
    }
    assert read_mentions(path) == expected
