"""Positions: what is one, what is not, and how people write them."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gazetteer.errors import CoordinateError
from gazetteer.geodesy import BoundingBox, LatLon
from gazetteer.notation.positions import (
    Notation,
    ReadPosition,
    read_pair,
    read_pairs,
    read_point,
    read_position,
)

NEAR_IDLIB = LatLon(35.93, 36.63)
DMS_IDLIB = "35°55'48\"N 36°37'48\"E"


def error_of(latitude: Any, longitude: Any) -> CoordinateError:
    with pytest.raises(CoordinateError) as error:
        LatLon(latitude, longitude)
    return error.value


def test_poles_and_the_antimeridian_are_positions() -> None:
    for latitude, longitude in [(90.0, 0.0), (-90.0, 0.0), (0.0, 180.0), (0.0, -180.0), (0.0, 0.0)]:
        position = LatLon(latitude, longitude)
        assert (latitude, longitude) == (position.latitude, position.longitude)


def test_what_is_not_finite_is_refused_and_named() -> None:
    for bad in (math.nan, math.inf, -math.inf):
        first, second = error_of(bad, 36.0), error_of(35.0, bad)
        assert ("latitude", "longitude") == (first.parameter, second.parameter)
        assert str(first).startswith("latitude must be a finite number")
        assert str(second).startswith("longitude must be a finite number")


def test_an_error_hints_at_swapped_order_where_swapping_mends_it() -> None:
    for latitude, longitude in [(95.0, 36.0), (-95.0, 36.0), (136.0, 35.0), (180.0, -90.0)]:
        error = error_of(latitude, longitude)
        assert "the order may be swapped: latitude comes first" in str(error)
        assert "latitude" == error.parameter


def test_no_swap_is_hinted_at_where_it_would_not_help() -> None:
    for latitude, longitude, parameter in [
        (95.0, 100.0, "latitude"),
        (200.0, 36.0, "latitude"),
        (36.0, 180.1, "longitude"),
        (90.0001, 91.0, "latitude"),
    ]:
        error = error_of(latitude, longitude)
        assert str(error).startswith(f"{parameter} must lie between -")
        assert (parameter, False) == (error.parameter, "swapped" in str(error))


def test_a_box_holds_its_borders_and_nothing_beyond() -> None:
    box = BoundingBox(south=35.0, west=36.0, north=36.0, east=37.0)
    corners = [LatLon(35.0, 36.0), LatLon(36.0, 37.0), LatLon(35.5, 36.5)]
    beyond = [LatLon(34.999, 36.5), LatLon(36.001, 36.5), LatLon(35.5, 35.999), LatLon(35.5, 37.001)]
    assert [True] * 3 + [False] * 4 == [box.contains(p) for p in corners + beyond]


def test_a_box_with_its_corners_in_the_wrong_order_or_nowhere_is_refused() -> None:
    for corners in [(36.0, 36.0, 35.0, 37.0), (35.0, 37.0, 36.0, 36.0), (35.0, 170.0, 36.0, -170.0)]:
        with pytest.raises(CoordinateError, match="south <= north and west <= east") as error:
            BoundingBox(*corners)
        assert "bbox" == error.value.parameter
    with pytest.raises(CoordinateError, match="latitude must lie between"):
        BoundingBox(-100.0, 0.0, 0.0, 100.0)


def test_decimal_degrees_are_read_however_they_are_written() -> None:
    texts = """35.93, 36.63|35.93,36.63|35.93 36.63|  35.93;36.63 |+35.93, +36.63|35.93°, 36.63°
    35,93 36,63|35,93; 36,63|35,93, 36,63|35.93N 36.63E|35.93° N, 36.63° E|35.93n, 36.63e
    N 35.93° E 36.63°|N35.93E36.63|35.93N36.63E|35.93N, 36.63|35.93 north, 36.63 east
    35.93 degrees N, 36.63 degrees E|lat 35.93 lon 36.63|Latitude: 35.93, Longitude: 36.63|[35.93,36.63]
    (35.93, 36.63)|(35.93; 36.63)|geo:35.93,36.63|geo:35.93,36.63,120;u=35|POINT(36.63 35.93)
    POINT Z (36.63 35.93 120)|SRID=4326;POINT(36.63 35.93)|٣٥.٩٣, ٣٦.٦٣|٣٥٫٩٣، ٣٦٫٦٣|۳۵.۹۳, ۳۶.۶۳
    ３５．９３，３６．６３|٣٥٫٩٣ شمال ٣٦٫٦٣ شرق|٣٥٫٩٣ ش، ٣٦٫٦٣ ق"""
    for text in [*texts.replace("\n    ", "|").split("|"), "\u200e35.93,\u00a036.63\u200f"]:
        assert ReadPosition(NEAR_IDLIB, "decimal") == read_position(text), text


def test_degrees_and_minutes_are_read_however_they_are_written() -> None:
    texts = """35°55'48"N 36°37'48"E|35° 55' 48" N, 36° 37' 48" E|35°55′48″N 36°37′48″E
    35°55’48”N36°37’48”E|35°55'48''N 36°37'48''E|35d55m48sN 36d37m48sE
    35 deg 55 min 48 sec N, 36 deg 37 min 48 sec E|35 55 48 N 36 37 48 E|N 35 55 48 E 36 37 48
    35:55:48N 36:37:48E|35°55'48" 36°37'48"|35d55m48s 36d37m48s|35°55.8'N 36°37.8'E
    N 35°55.8′, E 36°37.8′|35°55,8'N 36°37,8'E|35°55.8' 36°37.8'|٣٥°٥٥′٤٨″ ش ٣٦°٣٧′٤٨″ ق"""
    for text in texts.replace("\n    ", "|").split("|"):
        assert ReadPosition(NEAR_IDLIB, "dms") == read_position(text), text


def test_hemispheres_signs_and_borders_are_kept() -> None:
    expected = {
        "35.93S 36.63E": LatLon(-35.93, 36.63),
        "35.93N 36.63W": LatLon(35.93, -36.63),
        "-35.93, −36.63": LatLon(-35.93, -36.63),
        "lat -35.93 lon 36.63": LatLon(-35.93, 36.63),
        "POINT(-36.63 -35.93)": LatLon(-35.93, -36.63),
        "35°55'48\"S 36°37'48\"W": LatLon(-35.93, -36.63),
        "35°55'48S 36°37'48W": LatLon(-35.93, -36.63),
        "35d55m48s S 36d37m48s W": LatLon(-35.93, -36.63),
        "35°30'N 36°15'E": LatLon(35.5, 36.25),
        "35,36": LatLon(35.0, 36.0),
        "35 36": LatLon(35.0, 36.0),
        "90, 180": LatLon(90.0, 180.0),
        "-90 -180": LatLon(-90.0, -180.0),
        "0, 0": LatLon(0.0, 0.0),
    }
    assert expected == {text: read_point(text) for text in expected}


def test_hemispheres_that_turn_the_order_are_believed_and_reported() -> None:
    turned: dict[str, Notation] = {
        "36.63E 35.93N": "decimal",
        "E36.63 N35.93": "decimal",
        "36.63E, 35.93": "decimal",
        "lon 36.63 lat 35.93": "decimal",
        "36°37'48\"E 35°55'48\"N": "dms",
    }
    for text, notation in turned.items():
        assert ReadPosition(NEAR_IDLIB, notation, swapped=True) == read_position(text), text


def test_names_dates_codes_and_numbers_are_no_positions() -> None:
    texts = """| |Idlib|35.93|35.93,|, 36.63|35.93N|1e2, 3|1234, 5678|35.93, 36.63, 12|35, 36, 37
    35,93,36,63|35,93, 36|36.5,35.8,37,36|5 km|5 km, 3|Hilla 2|Area 51, 12|M5, 12|N 12 road|Nan Inn
    information, 36|SY0701|SY070100|30/05/2016|2016-05-30|16-05-30|30.5.2016|28-30 May 2016|30 05 2016
    2016|2016-05|20160530|10:30 11:45|10:30, 11:45|+963 11 212 3456|0933 123 456|011-2123456|35 26 36 58
    35 26 46 36 58 56|35°30' 36|35.93 E36.63|POINT EMPTY|()"""
    for text in [*texts.replace("\n    ", "|").split("|"), "35.93, 36.63" + " " * 100]:
        assert read_position(text) is None, text


def test_what_looks_like_a_position_but_can_not_be_one_says_why() -> None:
    problems = {
        "95, 36": "latitude must lie between -90 and 90, not 95; the order may be swapped",
        "136.63, 35.93": "latitude must lie between -90 and 90, not 136.63; the order may be swapped",
        "36, 181": "longitude must lie",
        "٩٥، ٣٦": "latitude must lie",
        "95°00'N 36°00'E": "latitude must lie",
        "POINT(36 95)": "latitude must lie",
        "geo:95,36": "latitude must lie",
        "nan,36.1": "latitude must be a finite number",
        "35.9, inf": "longitude must be a finite number",
        "35°75'00\"N 36°37'48\"E": "75 minutes 00 seconds: both must be below 60",
        "35°55'75\"N 36°37'48\"E": "both must be below 60",
        "35°60'N 36°00'E": "both must be below 60",
        "35.5°30' 36.5°30'": "only the last number may have decimals",
        "-35.93 S, 36.63 E": "a minus and a hemisphere",
        "35.93N 36.63N": "both are latitudes",
        "35.93E 36.63E": "both are longitudes",
    }
    for text, words in problems.items():
        with pytest.raises(CoordinateError) as error:
            read_position(text)
        assert words in str(error.value), text


def test_a_position_in_two_cells_is_read_however_it_is_written() -> None:
    idlib, turned = ReadPosition(NEAR_IDLIB, "decimal"), ReadPosition(NEAR_IDLIB, "decimal", swapped=True)
    in_minutes = ReadPosition(NEAR_IDLIB, "dms")
    expected = {
        ("35.93", "36.63"): idlib,
        (" 35,93 ", "+36,63"): idlib,
        ("3593e-2", "3.663E1"): idlib,
        ("٣٥٫٩٣", "٣٦٫٦٣"): idlib,
        ("35.93 N", "E 36.63°"): idlib,
        ("35.93", "36.63 E"): idlib,
        ("-33.9", "−70"): ReadPosition(LatLon(-33.9, -70.0), "decimal"),
        ("33.9S", "70W"): ReadPosition(LatLon(-33.9, -70.0), "decimal"),
        ("35.", ".5"): ReadPosition(LatLon(35.0, 0.5), "decimal"),
        ("35.93", "35.93"): ReadPosition(LatLon(35.93, 35.93), "decimal"),
        ("35,93", "35,93"): ReadPosition(LatLon(35.93, 35.93), "decimal"),
        ("35°55'48\"N", "36°37'48\"E"): in_minutes,
        ("35 55 48", "36 37 48"): in_minutes,
        ("35:55:48", "36:37:48"): in_minutes,
        ("35d55m48s", "36d37m48s"): in_minutes,
        ("35° 55.8'", "36.63"): in_minutes,
        ("36.63E", "35.93N"): turned,
        ("36.63", "35.93N"): turned,
        ("136.63", "35.93"): ReadPosition(LatLon(35.93, 136.63), "decimal", swapped=True),
        ("35.93, 36.63", "35.93, 36.63"): idlib,
        ("35.93, 36.63", ""): idlib,
        (" ", "POINT(36.63 35.93)"): idlib,
        (DMS_IDLIB, DMS_IDLIB): in_minutes,
        ("", ""): None,
        (" ", "\u200b"): None,
    }
    assert expected == {cells: read_pair(*cells) for cells in expected}


def test_two_cells_that_hold_no_position_say_why() -> None:
    problems = {
        ("35.93", ""): "'35.93', '' is not a position in degrees",
        ("", "36.63"): "'', '36.63' is not a position in degrees",
        ("north", "east"): "'north', 'east' is not a position in degrees",
        ("1_0", "36"): "'1_0', '36' is not a position in degrees",
        ("x" * 200, "36"): f"'{'x' * 100}…', '36' is not",
        ("nan", "36"): "latitude must be a finite number",
        ("195", "100"): "latitude must lie between -90 and 90, not 195",
        ("1e999", "36"): "latitude must be a finite number",
        ("35.93N", "36.63N"): "both are latitudes",
        ("-35.93N", "36.63"): "a minus and a hemisphere",
        ("35.5°30'", "36.63"): "only the last number may have decimals",
        ("35°61'", "36°"): "both must be below 60",
    }
    for cells, words in problems.items():
        with pytest.raises(CoordinateError) as error:
            read_pair(*cells)
        assert words in str(error.value), cells


_NUMBERS = st.floats(-200, 200).map(str) | st.decimals(-99, 99, places=3).map(str)
_CELLS = (
    _NUMBERS
    | st.sampled_from(
        ["", " ", "nan", "inf", "x", "35,5", "١٢٫٥", "36°30'", "12N", "1_0", "35.93, 36.63", "1e1", "+7."]
    )
    | st.text("0123456789.+-eE_,° NSE'", max_size=8)
)


@given(st.lists(st.tuples(_CELLS, _CELLS), max_size=8), st.booleans())
def test_columns_are_read_as_their_cells_are(pairs: list[tuple[str, str]], twice: bool) -> None:
    pairs = pairs * (1 + twice)
    found = read_pairs([latitude for latitude, _ in pairs], [longitude for _, longitude in pairs])
    for row, cells in enumerate(pairs):
        try:
            expected, problem = read_pair(*cells), None
        except CoordinateError as error:
            expected, problem = None, str(error)
        assert problem == found.unread.get(row)
        if expected is None:
            assert np.isnan([found.latitudes[row], found.longitudes[row]]).all()
        else:
            position = LatLon(float(found.latitudes[row]), float(found.longitudes[row]))
            notation = found.notations.get(row, "decimal")
            assert expected == ReadPosition(position, notation, bool(found.swapped[row]))
