"""Positions: what is one, what is not, and how people write them."""

import math

import pytest

from gazetteer.coords import BoundingBox, LatLon, read_point
from gazetteer.errors import CoordinateError

NEAR_IDLIB = LatLon(35.93, 36.63)


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [(90.0, 0.0), (-90.0, 0.0), (0.0, 180.0), (0.0, -180.0), (90.0, 180.0), (0.0, 0.0)],
)
def test_poles_and_the_antimeridian_are_positions(latitude: float, longitude: float) -> None:
    assert (latitude, longitude) == (
        LatLon(latitude, longitude).latitude,
        LatLon(latitude, longitude).longitude,
    )


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_refused_and_named(bad: float) -> None:
    with pytest.raises(CoordinateError, match="latitude must be a finite number") as latitude:
        LatLon(bad, 36.0)
    with pytest.raises(CoordinateError, match="longitude must be a finite number") as longitude:
        LatLon(35.0, bad)
    assert ("latitude", "longitude") == (latitude.value.parameter, longitude.value.parameter)


@pytest.mark.parametrize(
    ("latitude", "longitude"), [(95.0, 36.0), (-95.0, 36.0), (136.0, 35.0), (180.0, -90.0)]
)
def test_an_error_hints_at_swapped_order_where_swapping_mends_it(latitude: float, longitude: float) -> None:
    with pytest.raises(CoordinateError, match="the order may be swapped: latitude comes first") as error:
        LatLon(latitude, longitude)
    assert "latitude" == error.value.parameter


@pytest.mark.parametrize(
    ("latitude", "longitude", "parameter"),
    [
        (95.0, 100.0, "latitude"),
        (200.0, 36.0, "latitude"),
        (36.0, 180.1, "longitude"),
        (90.0001, 91.0, "latitude"),
    ],
)
def test_no_swap_is_hinted_at_where_it_would_not_help(
    latitude: float, longitude: float, parameter: str
) -> None:
    with pytest.raises(CoordinateError, match=f"^{parameter} must lie between -.* and .*, not ") as error:
        LatLon(latitude, longitude)
    assert parameter == error.value.parameter
    assert "swapped" not in str(error.value)


@pytest.mark.parametrize(
    "text",
    [
        "35.93, 36.63",
        "35.93,36.63",
        "35.93 36.63",
        "  35.93;36.63 ",
        "(35.93, 36.63)",
        "35.93°, 36.63°",
        "35.93N 36.63E",
        "35.93° N, 36.63° E",
        "35.93n, 36.63e",
        "+35.93, +36.63",
        "٣٥.٩٣, ٣٦.٦٣",
        "٣٥٫٩٣، ٣٦٫٦٣",
        "۳۵.۹۳, ۳۶.۶۳",
        "35°55'48\"N 36°37'48\"E",
        "35° 55' 48\" N, 36° 37' 48\" E",
        "35°55′48″N 36°37′48″E",
        "35°55'48''N 36°37'48''E",
        "35d55m48sN 36d37m48sE",
    ],
)
def test_a_position_is_read_however_it_is_written(text: str) -> None:
    assert NEAR_IDLIB == read_point(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("35.93S 36.63E", LatLon(-35.93, 36.63)),
        ("35.93N 36.63W", LatLon(35.93, -36.63)),
        ("-35.93, −36.63", LatLon(-35.93, -36.63)),
        ("35°55'48\"S 36°37'48\"W", LatLon(-35.93, -36.63)),
        ("35°30'N 36°15'E", LatLon(35.5, 36.25)),
        ("90, 180", LatLon(90.0, 180.0)),
        ("-90 -180", LatLon(-90.0, -180.0)),
        ("0, 0", LatLon(0.0, 0.0)),
    ],
)
def test_hemispheres_signs_and_borders_are_kept(text: str, expected: LatLon) -> None:
    assert expected == read_point(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "Idlib",
        "35.93",
        "35.93,",
        ", 36.63",
        "1e2, 3",
        "35.93, 36.63, 12",
        "5 km, 3",
        "Hilla 2",
        "35.93, 36.63" + " " * 80,
        "36°37'48\"E 35°55'48\"N",
        "1234, 5678",
        "2016-05-30",
    ],
)
def test_what_does_not_look_like_a_position_is_none(text: str) -> None:
    assert read_point(text) is None


@pytest.mark.parametrize(
    ("text", "parameter"),
    [
        ("95, 36", "latitude"),
        ("36, 181", "longitude"),
        ("٩٥، ٣٦", "latitude"),
        ("95°00'N 36°00'E", "latitude"),
        ("nan, nan", "latitude"),
        ("35.9, inf", "longitude"),
    ],
)
def test_what_looks_like_a_position_but_is_out_of_range_is_an_error(text: str, parameter: str) -> None:
    with pytest.raises(CoordinateError) as error:
        read_point(text)
    assert parameter == error.value.parameter


@pytest.mark.parametrize("text", ["35°75'00\"N 36°37'48\"E", "35°55'75\"N 36°37'48\"E", "35°60'N 36°00'E"])
def test_more_than_sixty_minutes_or_seconds_are_not_read_as_more_degrees(text: str) -> None:
    with pytest.raises(CoordinateError):
        read_point(text)


def test_a_minus_and_a_hemisphere_do_not_cancel_each_other() -> None:
    # Twice south is south, or a contradiction that is refused or not recognised; never north.
    try:
        point = read_point("-35.93 S, 36.63 E")
    except CoordinateError:
        return
    assert point is None or point.latitude == -35.93


def test_a_box_holds_its_borders_and_nothing_beyond() -> None:
    box = BoundingBox(south=35.0, west=36.0, north=36.0, east=37.0)
    corners = [LatLon(35.0, 36.0), LatLon(36.0, 37.0), LatLon(35.5, 36.5)]
    beyond = [LatLon(34.999, 36.5), LatLon(36.001, 36.5), LatLon(35.5, 35.999), LatLon(35.5, 37.001)]
    assert [True] * 3 + [False] * 4 == [box.contains(p) for p in corners + beyond]


@pytest.mark.parametrize(
    "corners", [(36.0, 36.0, 35.0, 37.0), (35.0, 37.0, 36.0, 36.0), (35.0, 170.0, 36.0, -170.0)]
)
def test_a_box_with_its_corners_in_the_wrong_order_is_refused(
    corners: tuple[float, float, float, float],
) -> None:
    with pytest.raises(CoordinateError, match="south <= north and west <= east") as error:
        BoundingBox(*corners)
    assert "bbox" == error.value.parameter


def test_a_box_with_an_impossible_corner_is_refused() -> None:
    with pytest.raises(CoordinateError, match="latitude must lie between"):
        BoundingBox(south=-100.0, west=0.0, north=0.0, east=100.0)
