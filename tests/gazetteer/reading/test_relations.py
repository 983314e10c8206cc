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
ABBREVIATIONS = "N NNE NE ENE E ESE SE SSE S SSW SW WSW W WNW NW NNW".split()


def relation_of(text: str) -> Relation:
    relation, _ = find_relation(text)
    assert relation is not None, text
    return relation


# GBIF, Georeferencing Best Practices (doi:10.15468/doc-gg7h-s853), precision of offsets, for the first three;
# the same rule on other numbers: trailing zeros but one count as written.
@pytest.mark.parametrize(("written", "precision_m"), [
    ("15 km", 500.0), ("10.5 km", 250.0), ("1000 m", 50.0), ("5 km", 500.0), ("20 km", 500.0),
    ("100 km", 5000.0), ("2.3 km", 50.0), ("800 m", 5.0), ("4000 m", 50.0), ("٥ كم", 500.0),
    ("1 mile", 804.672),
])  # fmt: skip
def test_the_precision_is_half_the_last_meaningful_digit(written: str, precision_m: float) -> None:
    text = f"{written} شمال حاس" if "كم" in written else f"{written} north of Hass"
    assert precision_m == pytest.approx(relation_of(text).precision_m)


@pytest.mark.parametrize(("short", "azimuth"), [(a, n * 22.5) for n, a in enumerate(ABBREVIATIONS)])
def test_the_sixteen_abbreviations_are_22_and_a_half_degrees_apart(short: str, azimuth: float) -> None:
    assert azimuth == relation_of(f"5 km {short} of Hass").azimuth_deg
    assert azimuth == relation_of(f"5 km {short.lower()} of Hass").azimuth_deg


@pytest.mark.parametrize("word", [w for w in COMPASS_DEG if w.isascii() and len(w) > 3])
def test_every_english_compass_word_is_read_with_and_without_hyphens(word: str) -> None:
    first, *rest = re.findall("north|east|south|west", word)
    forms = {"-".join([first, *rest[:1]]) + "".join(rest[1:])}
    if len(rest) < 2:
        forms |= {word, word.title(), word.upper(), " ".join([first, *rest])}
    assert dict.fromkeys(forms, COMPASS_DEG[word]) == {
        form: relation_of(f"{form} of Hass").azimuth_deg for form in forms
    }


@pytest.mark.parametrize(("text", "azimuth"), [
    ("5 كم شمال حاس", 0.0), ("5 كم شمالي حاس", 0.0), ("5 كم شمال شرق حاس", 45.0),
    ("5 كم شمال شرقي حاس", 45.0), ("5 كم جنوب غرب حاس", 225.0), ("5 كم جنوب غربي حاس", 225.0),
    ("على بعد 5 كم إلى غرب حاس", 270.0), ("جنوب مدينة حاس", 180.0),
])  # fmt: skip
def test_arabic_directions_are_read(text: str, azimuth: float) -> None:
    relation, name = find_relation(text)
    assert relation is not None
    assert (azimuth, "حاس") == (relation.azimuth_deg, name)


@pytest.mark.parametrize(
    "text", ["north of Hass", "the north of Hass", "to the north of Hass", "northern of Hass"]
)
def test_a_direction_without_a_distance_has_none(text: str) -> None:
    assert Relation("direction", 0.0) == relation_of(text)


@pytest.mark.parametrize("text", ["5 parsecs north of Hass", "-5 km north of Hass"])
def test_an_impossible_offset_is_none(text: str) -> None:
    relation, _ = find_relation(text)
    assert relation is None or relation.kind != "offset"


@pytest.mark.parametrize(
    "text", ["", " ", "Hass", "5 km", "5 km north of", "between", "and", "between Hass and", "near"]
)
def test_half_a_relation_is_no_relation(text: str) -> None:
    assert (None, text) == find_relation(text)


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


@pytest.mark.parametrize(("text", "azimuth", "name"), [
    ("Silos east of Palmyra", 90.0, "Palmyra"), ("silos, to the east of Palmyra", 90.0, "Palmyra"),
    ("checkpoint south-west of Hass", 225.0, "Hass"), ("just north of Raqqa, Syria", 0.0, "Raqqa, Syria"),
    ("شمال مدينة تدمر", 0.0, "تدمر"), ("شرق قرية حاس", 90.0, "حاس"),
])  # fmt: skip
def test_a_thing_in_a_direction_hangs_on_the_name_after_it(text: str, azimuth: float, name: str) -> None:
    assert (Relation("direction", azimuth), name) == find_relation(text)


@pytest.mark.parametrize("text", [
    "Aisha hospital east of Palmyra", "Tishreen Dam north of Manbij", "Kafr Nabl south of Idlib",
])  # fmt: skip
def test_a_name_of_its_own_before_a_direction_is_not_thrown_away(text: str) -> None:
    assert (None, text) == find_relation(text)


@pytest.mark.parametrize(("text", "anchors"), [
    ("between Kafranbel and Hass", ("Kafranbel", "Hass")),
    ("Between the villages of Kafranbel and Hass", ("Kafranbel", "Hass")),
    ("road between As Sukhnah and Tadmur", ("As Sukhnah", "Tadmur")),
    ("highway linking Homs with Hama", ("Homs", "Hama")), ("Damascus – Homs road", ("Damascus", "Homs")),
    ("the Damascus - Homs highway", ("Damascus", "Homs")), ("Damascus to Homs road", ("Damascus", "Homs")),
    ("بين كفرنبل وحاس", ("كفرنبل", "حاس")), ("ما بين بلدتي كفرنبل و حاس", ("كفرنبل", "حاس")),
    ("طريق دمشق – حمص", ("دمشق", "حمص")), ("اوتستراد دمشق - حمص", ("دمشق", "حمص")),
])  # fmt: skip
def test_between_and_roads_have_the_two_ends_as_anchors(text: str, anchors: tuple[str, str]) -> None:
    assert (Relation("between", anchors=anchors), anchors[0]) == find_relation(text)


@pytest.mark.parametrize("text", [
    "Hass (5 km north)", "Hass, 5 km north", "Hass 5 km north", "Hass - 5 km to the north",
    "Hass, about 5km N", "Hass (5 كم شمال)", "Hass، 5 كم شمالاً", "Hass على بعد 5 كم إلى الشمال",
])  # fmt: skip
def test_an_offset_may_follow_the_name(text: str) -> None:
    assert (Relation("offset", 0.0, 5000.0, 500.0), "Hass") == find_relation(text)


def test_what_follows_an_offset_after_the_name_is_context() -> None:
    assert "Hass, Idlib" == find_relation("Hass, 5 km north, Idlib")[1]


@pytest.mark.parametrize("text", ["Hass, 5 km north of Idlib", "Hass 2", "Hass, 5 km"])
def test_where_no_direction_ends_the_text_there_is_no_offset_from_the_name(text: str) -> None:
    assert find_relation(text)[0] is None


@pytest.mark.parametrize("text", [
    "Road from Hass to Idlib", "the main road from Hass towards Idlib", "highway Hass - Idlib",
    "on the international highway leading from Hass to Idlib", "الطريق من Hass إلى Idlib",
])  # fmt: skip
def test_a_road_lies_between_its_ends(text: str) -> None:
    assert Relation("between", anchors=("Hass", "Idlib")) == relation_of(text)


@pytest.mark.parametrize(
    "text", ["the northern outskirts of Hass", "north side of Hass", "northern part of Hass"]
)
def test_a_side_of_a_town_is_a_direction(text: str) -> None:
    assert (Relation("direction", 0.0), "Hass") == find_relation(text)


@pytest.mark.parametrize("text", [
    "Hass and Idlib", "Hass & Idlib", "near Hass", "Hass–Idlib", "Hass to Idlib", "Hass - Idlib", "قرب حاس",
    "حاس وإدلب",
])  # fmt: skip
def test_what_is_cut_or_a_small_word_needs_no_pattern(text: str) -> None:
    assert (None, text) == find_relation(text)


@pytest.mark.parametrize(("text", "rest"), [
    ("between Hass and Kafranbel, Idlib", "Hass, Idlib"), ("Hass – Kafranbel road (Idlib)", "Hass, Idlib"),
    ("طريق حاس - كفرنبل، إدلب", "حاس, إدلب"),
])  # fmt: skip
def test_what_follows_a_way_in_brackets_or_after_a_comma_is_context_of_both_ends(
    text: str, rest: str
) -> None:
    assert rest == find_relation(text)[1]


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


def test_an_exact_heading_does_not_err() -> None:
    assert 0.0 == heading_error_m(10_000, 0.0)


def test_an_offset_lies_where_the_words_put_it() -> None:
    anchor = a_place()
    place, reason = offset_place(
        anchor, Relation("offset", 45.0, 10_000.0, 500.0), text="10 km NE of Saraqib"
    )
    assert 10_000 == pytest.approx(distance_m(anchor.position, place.position), abs=0.01)
    assert 45.0 == pytest.approx(azimuth_deg(anchor.position, place.position), abs=0.001)
    assert (PlaceKind.POINT, "10 km NE of Saraqib") == (place.kind, place.name)
    assert "computed: 10.0 km northeast of Saraqib" == reason


def test_an_offset_from_an_exact_point_errs_by_the_heading() -> None:
    anchor = a_place(uncertainty_m=0.001)
    place, _ = offset_place(anchor, Relation("offset", 45.0, 10_000.0, 0.0), text="x")
    assert heading_error_m(10_000, 22.5) == pytest.approx(place.uncertainty_m, abs=0.1)


@given(
    ANCHORS,
    st.sampled_from(sorted(HALF_WIDTHS)),
    st.floats(100, 60_000),
    st.floats(0, 5_000),
    st.floats(-1, 1),
    st.floats(-1, 1),
)
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


@pytest.mark.parametrize(
    ("relation", "reach_m"), [(Relation("near"), 5_000), (Relation("direction", 90.0), 10_000)]
)
def test_near_and_a_bare_direction_keep_the_position_and_widen_the_radius(
    relation: Relation, reach_m: float
) -> None:
    anchor = a_place(uncertainty_m=2000.0)
    place, reason = offset_place(anchor, relation, text="near Saraqib")
    assert (anchor.position, 2000.0 + reach_m) == (place.position, place.uncertainty_m)
    assert "Saraqib" in reason


@given(st.lists(ANCHORS, min_size=2, max_size=2))
def test_the_radius_of_a_common_place_covers_every_anchor_whole(places: list[Place]) -> None:
    place, reason = common_place(*places)
    for anchor in places:
        assert (
            place.uncertainty_m >= distance_m(place.position, anchor.position) + anchor.uncertainty_m - 1e-6
        )
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
    assert ("point:35.93000,36.63000", PlaceKind.POINT, "here", 100.0, ()) == (
        place.id,
        place.kind,
        place.name,
        place.uncertainty_m,
        place.admin,
    )
