"""Relations, and their points and radii after GBIF's point-radius method."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gazetteer.geodesy import LatLon, azimuth_deg, destination, distance_m
from gazetteer.kinds import PlaceKind
from gazetteer.reading.relations import (
    COMPASS_DEG,
    Relation,
    common_place,
    find_relation,
    heading_error_m,
    offset_place,
    place_at,
)
from gazetteer.values import Place
from tests.builders import a_place

ANY_TEXT = st.text(st.characters(), max_size=200)


def relation_of(text: str) -> Relation:
    relation, _ = find_relation(text)
    assert relation is not None, text
    return relation


# GBIF, Georeferencing Best Practices (doi:10.15468/doc-gg7h-s853), precision of offsets, for the first three;
# the same rule on other numbers: trailing zeros but one count as written.
def test_the_precision_is_half_the_last_meaningful_digit() -> None:
    for written, precision_m in (
        ("15 km", 500.0), ("10.5 km", 250.0), ("1000 m", 50.0), ("5 km", 500.0), ("20 km", 500.0),
        ("100 km", 5000.0), ("2.3 km", 50.0), ("800 m", 5.0), ("4000 m", 50.0), ("٥ كم", 500.0),
        ("1 mile", 804.672),
    ):  # fmt: skip
        text = f"{written} شمال حاس" if "كم" in written else f"{written} north of Hass"
        assert precision_m == pytest.approx(relation_of(text).precision_m), written


def test_the_sixteen_abbreviations_are_22_and_a_half_degrees_apart() -> None:
    for n, short in enumerate("N NNE NE ENE E ESE SE SSE S SSW SW WSW W WNW NW NNW".split()):
        for text in (f"5 km {short} of Hass", f"5 km {short.lower()} of Hass"):
            assert n * 22.5 == relation_of(text).azimuth_deg, text


def test_every_english_compass_word_is_read_with_and_without_hyphens() -> None:
    for word in [w for w in COMPASS_DEG if w.isascii() and len(w) > 3]:
        first, *rest = re.findall("north|east|south|west", word)
        forms = {"-".join([first, *rest[:1]]) + "".join(rest[1:])}
        if len(rest) < 2:
            forms |= {word, word.title(), word.upper(), " ".join([first, *rest])}
        assert dict.fromkeys(forms, COMPASS_DEG[word]) == {
            form: relation_of(f"{form} of Hass").azimuth_deg for form in forms
        }, word


def test_arabic_directions_are_read() -> None:
    for words, azimuth in {
        "5 كم شمال": 0.0, "5 كم شمالي": 0.0, "5 كم شمال شرق": 45.0, "5 كم شمال شرقي": 45.0,
        "5 كم جنوب غرب": 225.0,
        "5 كم جنوب غربي": 225.0, "على بعد 5 كم إلى غرب": 270.0, "جنوب مدينة": 180.0,
    }.items():  # fmt: skip
        relation, name = find_relation(f"{words} حاس")
        assert relation is not None, words
        assert (azimuth, "حاس") == (relation.azimuth_deg, name), words


def test_an_impossible_offset_is_none() -> None:
    for text in ("5 parsecs north of Hass", "-5 km north of Hass"):
        relation, _ = find_relation(text)
        assert relation is None or relation.kind != "offset", text


def test_where_no_relation_ends_in_a_name_the_text_is_kept_whole() -> None:
    halves = (
        "",
        " ",
        "Hass",
        "5 km",
        "5 km north of",
        "between",
        "and",
        "between Hass and",
        "near",
        "Hass 2",
    )
    names = ("Aisha hospital east of Palmyra", "Tishreen Dam north of Manbij", "Kafr Nabl south of Idlib")
    cut_elsewhere = (
        "Hass and Idlib", "Hass & Idlib", "near Hass", "Hass–Idlib", "Hass to Idlib", "Hass - Idlib",
        "قرب حاس",
        "حاس وإدلب",
    )  # fmt: skip
    for text in (*halves, *names, *cut_elsewhere):
        assert (None, text) == find_relation(text)
    for text in ("Hass, 5 km north of Idlib", "Hass, 5 km"):
        assert find_relation(text)[0] is None, text


@given(ANY_TEXT)
def test_any_text_is_looked_through_without_an_error(text: str) -> None:
    relation, rest = find_relation(text)
    assert rest or not text
    assert relation is None or len(relation.anchors) != 1


@given(ANY_TEXT.map(lambda text: f"5 km north of {text}x"))
def test_an_offset_keeps_whatever_name_follows_on_the_line(text: str) -> None:
    relation, rest = find_relation(text)
    if relation is not None and relation.kind == "offset":
        assert text.endswith(rest)


def test_a_direction_without_a_distance_hangs_on_the_name_after_it() -> None:
    for name, azimuth, texts in (
        ("Hass", 0.0, (
            "north of Hass", "the north of Hass", "to the north of Hass", "northern of Hass",
            "the northern outskirts of Hass", "north side of Hass", "northern part of Hass",
        )),
        ("Palmyra", 90.0, ("Silos east of Palmyra", "silos, to the east of Palmyra")),
        ("Hass", 225.0, ("checkpoint south-west of Hass",)),
        ("Raqqa, Syria", 0.0, ("just north of Raqqa, Syria",)),
        ("تدمر", 0.0, ("شمال مدينة تدمر",)),
        ("حاس", 90.0, ("شرق قرية حاس",)),
    ):  # fmt: skip
        for text in texts:
            assert (Relation("direction", azimuth), name) == find_relation(text), text


def test_between_and_roads_have_the_two_ends_as_anchors() -> None:
    for anchors, texts in {
        ("Hass", "Idlib"): (
            "between Hass and Idlib", "Between the villages of Hass and Idlib", "Hass – Idlib road",
            "the Hass - Idlib highway", "Hass to Idlib road", "Road from Hass to Idlib",
            "the main road from Hass towards Idlib", "highway Hass - Idlib",
            "highway linking Hass with Idlib",
            "on the international highway leading from Hass to Idlib", "الطريق من Hass إلى Idlib",
        ),
        ("As Sukhnah", "Tadmur"): ("road between As Sukhnah and Tadmur",),
        ("كفرنبل", "حاس"): ("بين كفرنبل وحاس", "ما بين بلدتي كفرنبل و حاس"),
        ("دمشق", "حمص"): ("طريق دمشق – حمص", "اوتستراد دمشق - حمص"),
    }.items():  # fmt: skip
        for text in texts:
            assert (Relation("between", anchors=anchors), anchors[0]) == find_relation(text), text


def test_an_offset_may_follow_the_name() -> None:
    for text in (
        "Hass (5 km north)", "Hass, 5 km north", "Hass 5 km north", "Hass - 5 km to the north",
        "Hass, about 5km N", "Hass (5 كم شمال)", "Hass، 5 كم شمالاً", "Hass على بعد 5 كم إلى الشمال",
    ):  # fmt: skip
        assert (Relation("offset", 0.0, 5000.0, 500.0), "Hass") == find_relation(text), text


def test_what_follows_a_way_or_an_offset_is_context_of_its_places() -> None:
    for text, rest in {
        "Hass, 5 km north, Idlib": "Hass, Idlib",
        "between Hass and Kafranbel, Idlib": "Hass, Idlib",
        "Hass – Kafranbel road (Idlib)": "Hass, Idlib",
        "طريق حاس - كفرنبل، إدلب": "حاس, إدلب",
    }.items():
        assert rest == find_relation(text)[1], text


# ------------------------------------------------------------------------------- points and radii

IN_SYRIA = st.builds(LatLon, st.floats(32.3, 37.4), st.floats(35.6, 42.4))
ANCHORS = st.builds(
    lambda position, radius: a_place(position=position, uncertainty_m=radius), IN_SYRIA, st.floats(1, 60_000)
)
#: Half the width of each compass word: GBIF Georeferencing Best Practices (doi:10.15468/doc-gg7h-s853).
HALF_WIDTHS = {
    0.0: 45.0, 90.0: 45.0, 180.0: 45.0, 270.0: 45.0, 45.0: 22.5, 225.0: 22.5, 22.5: 11.25, 337.5: 11.25,
}  # fmt: skip


def test_ten_kilometres_northeast_errs_by_gbifs_3_90_km_from_the_heading_alone() -> None:
    # The worked value of GBIF, Georeferencing Best Practices, "Uncertainty due to heading".
    assert 3.90 == round(heading_error_m(10_000, 22.5) / 1000, 2)
    assert 0.0 == heading_error_m(10_000, 0.0)


def test_an_offset_lies_where_the_words_put_it() -> None:
    anchor = a_place()
    relation = Relation("offset", 45.0, 10_000.0, 500.0)
    place, reason = offset_place(anchor, relation, text="10 km NE of Saraqib")
    assert 10_000 == pytest.approx(distance_m(anchor.position, place.position), abs=0.01)
    assert 45.0 == pytest.approx(azimuth_deg(anchor.position, place.position), abs=0.001)
    assert (PlaceKind.POINT, "10 km NE of Saraqib") == (place.kind, place.name)
    assert "computed: 10.0 km northeast of Saraqib" == reason


def test_an_offset_from_an_exact_point_errs_by_the_heading() -> None:
    anchor = a_place(uncertainty_m=0.001)
    place, _ = offset_place(anchor, Relation("offset", 45.0, 10_000.0, 0.0), text="x")
    assert heading_error_m(10_000, 22.5) == pytest.approx(place.uncertainty_m, abs=0.1)


@given(
    anchor=ANCHORS, azimuth=st.sampled_from(sorted(HALF_WIDTHS)), metres=st.floats(100, 60_000),
    precision_m=st.floats(0, 5_000), turn=st.floats(-1, 1), stretch=st.floats(-1, 1),
)  # fmt: skip
def test_the_radius_of_an_offset_covers_every_heading_and_distance_that_the_words_can_mean(
    anchor: Place, azimuth: float, metres: float, precision_m: float, turn: float, stretch: float
) -> None:
    place, _ = offset_place(anchor, Relation("offset", azimuth, metres, precision_m), text="x")
    meant = destination(
        anchor.position,
        azimuth_deg=azimuth + turn * HALF_WIDTHS[azimuth],
        distance_m=max(0.0, metres + stretch * (precision_m + anchor.uncertainty_m)),
    )
    # The radius is reckoned on a plane; 0.6 % is what the ellipsoid and the convergence of meridians add.
    assert distance_m(place.position, meant) <= place.uncertainty_m * 1.006 + 0.01


def test_near_and_a_bare_direction_keep_the_position_and_widen_the_radius() -> None:
    for relation, reach_m in ((Relation("near"), 5_000), (Relation("direction", 90.0), 10_000)):
        anchor = a_place(uncertainty_m=2000.0)
        place, reason = offset_place(anchor, relation, text="near Saraqib")
        assert (anchor.position, 2000.0 + reach_m) == (place.position, place.uncertainty_m), relation
        assert "Saraqib" in reason, relation


@given(st.lists(ANCHORS, min_size=2, max_size=2))
def test_the_radius_of_a_common_place_covers_every_anchor_whole(places: list[Place]) -> None:
    place, reason = common_place(*places)
    for anchor in places:
        reach_m = distance_m(place.position, anchor.position) + anchor.uncertainty_m
        assert place.uncertainty_m >= reach_m - 1e-6
    assert math.isfinite(place.uncertainty_m)
    assert "common point" in reason


@given(ANCHORS, ANCHORS)
def test_between_two_places_is_half_way(a: Place, b: Place) -> None:
    place, _ = common_place(a, b)
    halves = [distance_m(place.position, a.position), distance_m(place.position, b.position)]
    assert halves[0] == pytest.approx(halves[1], abs=0.001)
    assert sum(halves) == pytest.approx(distance_m(a.position, b.position), abs=0.001)


def test_a_computed_place_is_a_point_with_a_stable_id() -> None:
    place = place_at(LatLon(35.93, 36.63), name="here", uncertainty_m=100.0)
    assert ("point:35.93000,36.63000", PlaceKind.POINT, "here") == (place.id, place.kind, place.name)
    assert (100.0, ()) == (place.uncertainty_m, place.admin)
