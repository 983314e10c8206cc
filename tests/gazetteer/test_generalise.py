"""Sensitive places in the middle of cells: nothing precise can be got out, and what is said stays true."""

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from gazetteer import Gazetteer, InputError, LatLon, Place, PlaceKind
from gazetteer.answers import AreasAnswer, place_as_json
from gazetteer.geodesy import distance_m
from gazetteer.privacy.cells import cell_centre, cell_radius_m, generalise
from gazetteer.values import AdminUnit
from tests.builders import a_gazetteer_file, a_place, a_record, an_area
from tests.fakes import areas_everywhere
from tests.gazetteer.asking import everything_said

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
    """A gazetteer of towns round two hospitals, with a governorate's polygon."""
    records = [
        a_record(
            id="SY07", name="Idleb", kind=PlaceKind.GOVERNORATE, position=LatLon(35.5, 36.5),
            uncertainty_m=60_000.0, adm2_pcode=None, adm3_pcode=None,
        ),
        a_record(position=LatLon(35.6, 36.6)),
        a_record(id="C4000", name="Hass", position=LatLon(35.57, 36.61)),
        a_record(
            id="cg:hospital", name="Hass hospital", name_ar="مشفى حاس", kind=PlaceKind.HOSPITAL,
            position=PRECISE, uncertainty_m=100.0, sensitive=True,
        ),
        a_record(
            id="cg:clinic", name="Clinic of the east", kind=PlaceKind.CLINIC, uncertainty_m=100.0,
            position=LatLon(35.4321, 36.987), sensitive=True,
        ),
    ]  # fmt: skip
    path: Path = tmp_path_factory.mktemp("g") / "g.gpkg"
    with Gazetteer.open(a_gazetteer_file(path, records, areas=[an_area()])) as gazetteer:
        yield gazetteer


def test_no_public_method_tells_where_a_sensitive_place_is(precise: Gazetteer) -> None:
    exact = ("35.57123", "36.61456", "35.4321", "36.987")
    said = everything_said(precise)
    assert [True] * 4 == [number in said for number in exact]
    said = everything_said(precise.generalised(0.1))
    assert [False] * 4 == [number in said for number in exact]


def test_all_that_is_said_is_the_same_for_every_position_in_the_cell() -> None:
    corners = [LatLon(35.5, 36.6), LatLon(35.59999, 36.69999), LatLon(35.5, 36.69999), PRECISE]
    assert 1 == len({moved(a_hospital(position, admin=())) for position in corners})
    assert moved(a_hospital(admin=(WEST,))) == moved(a_hospital(admin=()))


def test_distances_are_computed_from_the_cell(precise: Gazetteer) -> None:
    public = precise.generalised(0.1)
    at_it = f"{PRECISE.latitude},{PRECISE.longitude}"
    answer = public.distance(at_it, "cg:hospital")
    assert distance_m(PRECISE, LatLon(35.55, 36.65)) == pytest.approx(answer.distance_m)
    assert answer.min_m == 0.0 == precise.distance(at_it, "cg:hospital").distance_m


@pytest.mark.parametrize("degrees", [0.01, 0.1, 1.0])
@pytest.mark.parametrize(
    "position",
    [PRECISE, LatLon(0, 0), LatLon(-0.05, -0.05), LatLon(89.99, 179.99), LatLon(-90, -180), LatLon(90, 180)],
)
def test_the_true_position_lies_within_the_radius(position: LatLon, degrees: float) -> None:
    place = moved(a_hospital(position), degrees)
    assert distance_m(position, place.position) + 100.0 <= place.uncertainty_m + 1e-6
    assert distance_m(position, place.position) <= 1.5 * degrees * 111_700


def test_the_radius_reaches_the_farthest_corner() -> None:
    centre = cell_centre(PRECISE, degrees=0.1)
    corners = [
        LatLon(centre.latitude + n * 0.05, centre.longitude + e * 0.05) for n in (-1, 1) for e in (-1, 1)
    ]
    assert max(distance_m(centre, corner) for corner in corners) == cell_radius_m(centre, degrees=0.1)


def test_a_position_on_a_border_is_in_the_cell_to_the_north_east() -> None:
    assert LatLon(35.65, 36.75) == cell_centre(LatLon(35.6, 36.7), degrees=0.1)
    assert LatLon(-0.05, -0.05) == cell_centre(LatLon(-1e-6, -1e-6), degrees=0.1)


def test_only_areas_that_hold_the_whole_cell_are_kept(precise: Gazetteer) -> None:
    public = precise.generalised(0.1)
    assert (("SY07",), "within") == (
        public.place("cg:hospital").pcodes,
        public.place("cg:hospital").admin_method,
    )
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


@pytest.mark.parametrize("degrees", [0.0, -1.0, 10.5, math.nan])
def test_a_cell_that_is_none_is_refused(precise: Gazetteer, degrees: float) -> None:
    with pytest.raises(InputError, match="cell"):
        precise.generalised(degrees)
