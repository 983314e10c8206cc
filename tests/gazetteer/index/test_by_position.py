"""The position index against brute force by pyproj, anywhere on the globe."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pyproj import Geod

from gazetteer.geodesy import LatLon, destination
from gazetteer.index.positions import PositionIndex
from gazetteer.points import Points
from gazetteer.values import Place
from tests.builders import a_place

ROOT = Path(__file__).parents[3]
GEOD = Geod(ellps="WGS84")
SPECIAL = st.sampled_from([LatLon(90, 0), LatLon(-90, 0), LatLon(0, 180), LatLon(0, -180), LatLon(0, 0)])
ANYWHERE = st.one_of(SPECIAL, st.builds(LatLon, st.floats(-90, 90), st.floats(-180, 180)))
IN_SYRIA = st.builds(LatLon, st.floats(32.3, 37.4), st.floats(35.6, 42.4))


def places_at(positions: list[LatLon]) -> list[Place]:
    return [a_place(id=f"C{n:04}", position=position) for n, position in enumerate(positions)]


def nearest_by_brute_force(position: LatLon, places: list[Place]) -> float:
    lengths = [
        GEOD.inv(position.longitude, position.latitude, p.position.longitude, p.position.latitude)[2]
        for p in places
    ]
    return float(min(lengths))


@given(ANYWHERE | IN_SYRIA, st.lists(ANYWHERE | IN_SYRIA, min_size=1, max_size=60))
@example(LatLon(89.999, 0), [LatLon(89.999, 180), LatLon(89.9, 0)])
@example(LatLon(10, 179.99), [LatLon(10, -179.99), LatLon(10, 179.9)])
@example(LatLon(0, 0), [LatLon(0, 180), LatLon(0, -180), LatLon(90, 0)])
def test_the_nearest_place_on_the_globe_is_the_one_brute_force_finds(
    position: LatLon, positions: list[LatLon]
) -> None:
    places = places_at(positions)
    found = PositionIndex(places).nearest(position)
    assert found is not None
    assert nearest_by_brute_force(position, places) == pytest.approx(found[1], rel=0, abs=1e-5)


@given(st.lists(ANYWHERE, max_size=20), st.lists(ANYWHERE, min_size=1, max_size=20))
def test_many_at_once_are_answered_as_each_alone(here: list[LatLon], positions: list[LatLon]) -> None:
    index = PositionIndex(places_at(positions))
    found = [index.nearest(position) for position in here]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gazetteer.index.positions._MANY", 0)
        numbers, metres = index.nearest_many(Points.of(here))
    assert found == [(index.places[n], m) for n, m in zip(numbers.tolist(), metres.tolist(), strict=True)]


def test_of_many_places_about_as_far_away_the_nearest_is_found() -> None:
    # 8 000 km away chord and geodesic rank a ring of places differently: the fast filter has to be exact.
    centre = LatLon(33.0, 36.0)
    for step_m in (10_000.0, 10.0):
        lengths = [8_000_000 + n * step_m for n in range(40)]
        places = places_at(
            [destination(centre, azimuth_deg=n * 9.0, distance_m=m) for n, m in enumerate(lengths)]
        )
        found = PositionIndex(places).nearest(centre)
        assert found is not None, step_m
        assert nearest_by_brute_force(centre, places) == pytest.approx(found[1], rel=0, abs=1e-3), step_m


def test_of_places_at_the_same_position_the_first_id_is_found() -> None:
    here = LatLon(35.0, 36.0)
    for names in (["C3", "C1", "C2"], [f"C{n}" for n in range(30, 0, -1)]):
        index = PositionIndex(a_place(id=name, position=here) for name in names)
        for asked in (here, LatLon(35.1, 36.0)):
            found = index.nearest(asked)
            assert found is not None
            assert "C1" == found[0].id


def test_an_empty_index_has_no_nearest() -> None:
    assert PositionIndex([]).nearest(LatLon(35, 36)) is None


#: A crash of the tree's own code would take the tests along, so this runs in a process of its own.
THREADS = """
import random
from concurrent.futures import ThreadPoolExecutor
from gazetteer.values import LatLon
from gazetteer.index.positions import PositionIndex
from tests.fakes import a_place

draw = random.Random(1)
spots = [LatLon(draw.uniform(32, 37), draw.uniform(36, 42)) for _ in range(8000)]
index = PositionIndex(a_place(id=str(n), position=spot) for n, spot in enumerate(spots))
with ThreadPoolExecutor(16) as threads:
    found = list(threads.map(lambda spot: index.nearest(spot)[1], spots))
assert found == [0.0] * len(spots)
"""


def test_many_threads_may_ask_at_once() -> None:
    command = [sys.executable, "-c", THREADS]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stderr
