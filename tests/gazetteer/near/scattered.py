"""Builders of point sets, on the whole globe and where it is hardest, and the plain way to measure them."""

from typing import Any

import numpy as np
import numpy.typing as npt
from hypothesis import strategies as st

from gazetteer.geodesy import geod
from gazetteer.points import Points

Floats = npt.NDArray[np.float64]

#: Coordinates that have surprised programs: poles, equator, antimeridian, prime meridian.
_LATITUDES = (-90.0, -89.999999, -45.0, -1e-9, 0.0, 1e-9, 35.93, 66.5, 89.999999, 90.0)
_LONGITUDES = (-180.0, -179.999999, -90.0, -1e-9, 0.0, 36.63, 90.0, 179.999999, 180.0)

NOWHERE = Points.from_degrees([], [])

_corners = st.tuples(st.sampled_from(_LATITUDES), st.sampled_from(_LONGITUDES))
_anywhere = st.tuples(st.floats(-90, 90), st.floats(-180, 180))


@st.composite
def point_sets(draw: st.DrawFn, *, most: int = 25) -> tuple[Points, Points]:
    """Two sets: corners of the globe, points anywhere, and points round some of them, near and antipodal."""
    centres = draw(st.lists(_corners | _anywhere, min_size=1, max_size=4))
    sets = []
    for _ in range(2):
        alone = draw(st.lists(_corners | _anywhere, max_size=most // 3))
        spread = draw(st.sampled_from([1e-6, 1e-3, 0.1, 3.0]))
        random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
        near = [
            (
                float(np.clip(latitude + random.normal(0, spread), -90, 90)),
                float((longitude + random.normal(0, spread) + 180) % 360 - 180),
            )
            for latitude, longitude in centres
            for _ in range(draw(st.integers(0, most // 5)))
        ]
        far = [
            (-latitude, longitude - 180 if longitude > 0 else longitude + 180)
            for latitude, longitude in centres
        ]
        rows = [*alone, *near, *centres, *far]
        sets.append(Points.from_degrees([row[0] for row in rows], [row[1] for row in rows]))
    return sets[0], sets[1]


def every_distance_m(left: Points, right: Points) -> Floats:
    """Each pair through `Geod`: exact by definition."""
    rows, columns = np.repeat(np.arange(len(left)), len(right)), np.tile(np.arange(len(right)), len(left))
    metres: Any = geod().inv(
        left.longitudes[rows], left.latitudes[rows], right.longitudes[columns], right.latitudes[columns]
    )[2]
    return np.asarray(metres, dtype=np.float64).reshape(len(left), len(right))


def clustered(count: int, *, seed: int, spread: float = 0.2) -> Points:
    """Points in Syria, round forty centres."""
    centres, random = np.random.default_rng(0), np.random.default_rng(seed)
    latitude, longitude = centres.uniform(33, 37, 40), centres.uniform(36, 42, 40)
    chosen = random.integers(0, 40, count)
    return Points.from_degrees(
        latitude[chosen] + random.normal(0, spread, count),
        longitude[chosen] + random.normal(0, spread, count),
    )


def some_radii(count: int, seed: int, widest_m: float) -> Floats:
    """Radii of which many are small, and three of ten nought."""
    random = np.random.default_rng(seed)
    return np.where(random.random(count) < 0.3, 0.0, widest_m * random.random(count) ** 4)
