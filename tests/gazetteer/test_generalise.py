"""Sensitive places in the middle of cells: nothing precise can be got out, and what is said stays true."""

import math
from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np
import pytest

from gazetteer import Gazetteer, InputError, LatLon, Place, PlaceKind
from gazetteer.answers import AreasAnswer, place_as_json
from gazetteer.geodesy import distance_m
from gazetteer.privacy.cells import cell_centre, cell_radius_m, generalise
from gazetteer.values import AdminUnit
from tests.builders import a_gazetteer_file, a_place, a_record, a_unit, an_area
from tests.fakes import areas_everywhere

WEST = AdminUnit(1, "SY07", "Idleb", "")
PRECISE = LatLon(35.57123, 36.61456)


def in_the_west(_: list[float], longitudes: list[float]) -> AreasAnswer:
    rows = np.array(longitudes) >= 36.62
    return AreasAnswer(rows.astype(np.int32), ((WEST,), ()), "within", None)


def a_hospital(position: LatLon = PRECISE, **changes: object) -> Place:
    values = {"id": "cg:hospital", "name": "Hass hospital", "name_ar": "", "kind": PlaceKind.HOSPITAL}
    return a_place(**values, position=position, uncertainty_m=100.0, sensitive=True, **changes)


def moved(place: Place, degrees: float = 0.1) -> Place:
    [found] = generalise([place], degrees=degrees, areas_at=areas_everywhere(WEST))
    return found


@pytest.fixture(scope="module")
def precise(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gazetteer]:
    """A gazetteer of towns round a hospital, with a governorate's polygon."""
    hospital: dict[str, Any] = {
        "kind": PlaceKind.HOSPITAL,
        "position": PRECISE,
        "uncertainty_m": 100.0,
        "sensitive": True,
    }
    records = [
        a_unit("SY07", "Idleb", position=LatLon(35.5, 36.5)),
        a_record(position=LatLon(35.6, 36.6)),
        a_record(id="C4000", name="Hass", position=LatLon(35.57, 36.61)),
        a_record(id="cg:hospital", name="Hass hospital", **hospital),
    ]
    path = tmp_path_factory.mktemp("g") / "g.gpkg"
    with Gazetteer.open(a_gazetteer_file(path, records, areas=[an_area()])) as gazetteer:
        yield gazetteer


def test_distances_are_computed_from_the_cell(precise: Gazetteer) -> None:
    public = precise.generalised(0.1)
    at_it = f"{PRECISE.latitude},{PRECISE.longitude}"
    answer = public.distance(at_it, "cg:hospital")
    assert distance_m(PRECISE, LatLon(35.55, 36.65)) == pytest.approx(answer.distance_m)
    assert answer.min_m == 0.0 == precise.distance(at_it, "cg:hospital").distance_m


def test_the_true_position_lies_within_the_radius_which_reaches_the_farthest_corner() -> None:
    far = (LatLon(89.99, 179.99), LatLon(-90, -180), LatLon(90, 180))
    for position in (PRECISE, LatLon(0, 0), LatLon(-0.05, -0.05), *far):
        for degrees in (0.01, 0.1, 1.0):
            place = moved(a_hospital(position), degrees)
            assert distance_m(position, place.position) + 100.0 <= place.uncertainty_m + 1e-6, position
            assert distance_m(position, place.position) <= 1.5 * degrees * 111_700, position
    centre = cell_centre(PRECISE, degrees=0.1)
    sides = product(
        (centre.latitude - 0.05, centre.latitude + 0.05), (centre.longitude - 0.05, centre.longitude + 0.05)
    )
    corners_m = [distance_m(centre, LatLon(*corner)) for corner in sides]
    assert max(corners_m) == cell_radius_m(centre, degrees=0.1)


def test_a_position_on_a_border_is_in_the_cell_to_the_north_east() -> None:
    assert LatLon(35.65, 36.75) == cell_centre(LatLon(35.6, 36.7), degrees=0.1)
    assert LatLon(-0.05, -0.05) == cell_centre(LatLon(-1e-6, -1e-6), degrees=0.1)


def test_only_areas_that_hold_the_whole_cell_are_kept(precise: Gazetteer) -> None:
    whole = precise.generalised(0.1).place("cg:hospital")
    assert (("SY07",), "within") == (whole.pcodes, whole.admin_method)
    [cut] = generalise([a_hospital()], degrees=0.1, areas_at=in_the_west)
    assert ((), "unknown") == (cut.admin, cut.admin_method)


def test_a_place_in_a_larger_cell_stays_there(precise: Gazetteer) -> None:
    assert [*precise.generalised(0.1).places()] == [*precise.generalised(0.1).generalised(0.01).places()]


def test_places_that_are_not_sensitive_stay_as_they_are(precise: Gazetteer) -> None:
    def others(gazetteer: Gazetteer) -> list[Place]:
        return [place for place in gazetteer.places() if not place.sensitive]

    assert others(precise) == others(precise.generalised(0.1))
    assert math.isclose(35.57123, precise.place("cg:hospital").position.latitude)


def test_an_answer_says_that_a_place_was_generalised() -> None:
    assert 0.1 == place_as_json(moved(a_hospital()))["generalised_to_deg"]
    assert "generalised_to_deg" not in place_as_json(a_hospital())


def test_a_cell_that_is_none_is_refused(precise: Gazetteer) -> None:
    for degrees in (0.0, -1.0, 10.5, math.nan):
        with pytest.raises(InputError, match="cell"):
            precise.generalised(degrees)
