"""What speaks for and against a reading: every fact is known, small, and says what it says."""

from collections.abc import Sequence

import pytest

from gazetteer import Gazetteer
from gazetteer.geodesy import LatLon, distance_m
from gazetteer.kinds import PlaceKind
from gazetteer.reading.features import (
    CANDIDATE_FEATURES,
    NONE_FEATURES,
    ROLE_FEATURES,
    Features,
    flat_distance_m,
    may_lie_in,
    place_roles,
)
from gazetteer.reading.interpret import Star, listing_of, stars_of
from gazetteer.reading.reader import Reading
from gazetteer.values import AdminUnit
from tests.builders import a_place

IDLIB, DISTRICT = AdminUnit(1, "SY07", "Idleb", "إدلب"), AdminUnit(2, "SY0702", "Ma'ra", "المعرة")
SUBDISTRICT = AdminUnit(3, "SY070204", "Saraqab", "سراقب")
TOWN = a_place(admin=(IDLIB, DISTRICT, SUBDISTRICT))
TEXTS = (
    "Saraqib", "Upper Hass camp 2", "Saraqib, Idlib", "Saraqib and Azaz", "near Xyzzyville (Idlib)",
    "حي القصور، حلب", "Suran / صوران, Aleppo", "Idlib governorate", "5 km north of Suran",
)  # fmt: skip


def stars_in(gazetteer: Gazetteer, reading: Reading) -> list[Star]:
    return stars_of(reading.known, reading.stated, reading.features, gazetteer.text_reader.names)


def test_every_fact_is_a_known_feature_and_a_small_number_and_every_name_may_be_none(
    default: Gazetteer,
) -> None:
    for text in TEXTS:
        reading = default.text_reader.read(text, hints=("Idlib", "Aleppo"))
        stars = stars_in(default, reading)
        rows: list[tuple[Features, Sequence[str]]] = [(reading.features, NONE_FEATURES)]
        rows += [(known.none, NONE_FEATURES) for known in reading.known]
        rows += [(features, CANDIDATE_FEATURES) for known in reading.known for features in known.features]
        rows += [(star.roles, ROLE_FEATURES) for star in stars]
        for features, names in rows:
            assert set(features) <= set(names), text
            assert all(-1.0 <= value <= 6.0 for value in features.values()), text
        assert list(range(len(reading.known))) == [star.span for star in stars if star.candidate < 0], text


def test_fewer_than_two_places_are_no_list(default: Gazetteer) -> None:
    reader = default.text_reader
    for text in ("Saraqib", "Saraqib, Idlib", "Saraqib سراقب", "Idlib governorate", "Xyzzyville"):
        reading = reader.read(text)
        assert listing_of(reading.known, reading.stated, reading.features, reader.names) is None, text


def test_an_area_holds_a_place_or_not_at_each_level() -> None:
    for codes, roles in (
        ({"SY07"}, {"in_governorate": 1.0}), ({"SY0702"}, {"in_governorate": 1.0, "in_district": 1.0}),
        ({"SY070204"}, {"in_governorate": 1.0, "in_district": 1.0, "in_subdistrict": 1.0}),
        ({"SY02"}, {"out_of_governorate": 1.0}), ({"SY0700"}, {"out_of_district": 1.0}), ({"SY"}, {}),
        ({"SY070200"}, {"out_of_subdistrict": 1.0}), ({"SY02", "SY07"}, {"in_governorate": 1.0}),
    ):  # fmt: skip
        assert roles == place_roles(TOWN, (frozenset(codes),), ()), codes


def test_of_a_place_whose_district_is_not_known_nothing_is_said_about_districts_of_its_governorate() -> None:
    dam = a_place(kind=PlaceKind.DAM, admin=(IDLIB,))
    assert ({}, {"out_of_district": 1.0}) == tuple(
        place_roles(dam, (frozenset({c}),), ()) for c in ("SY0702", "SY0205")
    )
    assert (True, False) == (may_lie_in(dam, "SY0702"), may_lie_in(dam, "SY0205"))


def test_of_a_place_without_any_area_nothing_is_said() -> None:
    assert {} == place_roles(a_place(admin=()), (frozenset({"SY07"}),), ())


def test_another_place_helps_by_being_near_and_speaks_against_by_being_far() -> None:
    here, beside, far = TOWN.position, LatLon(35.9, 36.8), LatLon(33.5, 40.0)
    assert 1.0 == place_roles(TOWN, (), (here,))["near_anchor"]
    assert 0.5 < place_roles(TOWN, (), (beside,))["near_anchor"] < 1.0
    assert (0.0, 1.0) == tuple(place_roles(TOWN, (), (a,))["far_from_anchors"] for a in (beside, far))


def test_a_place_is_reported_in_its_governorate_where_no_area_is_stated(default: Gazetteer) -> None:
    stars = stars_in(default, default.text_reader.read("Saraqib"))
    best = max((star for star in stars if star.candidate >= 0), key=lambda star: star.utility)
    assert {"reported_in_07": 1.0} == best.roles


def test_the_distance_on_a_plane_is_right_within_a_hundredth() -> None:
    for other in (LatLon(35.9, 37.5), LatLon(36.6, 36.8), LatLon(35.2, 36.1)):
        exact_m = distance_m(TOWN.position, other)
        assert exact_m == pytest.approx(flat_distance_m(TOWN.position, other), rel=0.01)
