"""Points and radii of relative places, after GBIF's point-radius method."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gazetteer.geodesy import LatLon, azimuth_deg, destination, distance_m
from gazetteer.kinds import PlaceKind
from gazetteer.reading.relations import Relation, common_place, heading_error_m, offset_place, place_at
from gazetteer.values import Place
from tests.builders import a_place

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


def test_the_radius_of_an_offset_covers_it_from_the_edge_of_the_place_named() -> None:
    anchor = a_place(uncertainty_m=3000.0)
    place, _ = offset_place(anchor, Relation("offset", 0.0, 5_000.0, 0.0), text="5 km north of Saraqib")
    edge = destination(anchor.position, azimuth_deg=112.5, distance_m=3000.0)
    meant = destination(edge, azimuth_deg=45.0, distance_m=5_000.0)
    assert place.uncertainty_m >= distance_m(place.position, meant)


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
