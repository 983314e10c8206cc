r"""What a straight line through the earth tells of the distance along its surface: bounds, proven.

Write `c` for the chord between two points of the WGS 84 ellipsoid, the straight line between them,
and `s` for their geodesic distance. `c` costs three subtractions; `s` costs a microsecond. Between
them, for ``s <= pi r``::

    2 r sin(s / 2r)  <=  c  <=  2 R sin(s / 2R),      r = b²/a = 6,335,439 m,   R = a²/b = 6,399,594 m

`r` and `R` are the least and the greatest radius of normal curvature anywhere on the ellipsoid: that
of the meridian at the equator, and that of every direction at a pole. (Normal curvature lies between
the principal ones, Euler's theorem; those are 1/M along the meridian and 1/N across it, and
``r <= M <= N <= R``.) The two sides differ by about ``s³ (1/r² - 1/R²) / 24``: 3 µm at 5 km, 2.6 m at
500 km. So nearly every pair is decided by its chord; only those in that band need the geodesic.

Proof of the left side
    A geodesic of a surface has no geodesic curvature, so its curvature as a curve in space is the
    normal curvature in its direction, at most ``1/r``. Schur's comparison theorem: of two arcs of equal
    length, where one is plane and convex with its chord and the other, in space, is nowhere more
    curved, the second has the longer chord or an equal one. Take for the first an arc of a circle of
    radius `r` and length ``s <= pi r``, whose chord is ``2 r sin(s / 2r)``. (A. Schur, Math. Ann. 83
    (1921), 143-148; S. S. Chern, "Curves and surfaces in Euclidean space", in Studies in Global
    Geometry and Analysis, MAA 1967, section 5.)

Proof of the right side
    All normal curvatures are at least ``1/R``, so at each of its points the solid ellipsoid lies inside
    the ball of radius `R` that touches it there (Blaschke's rolling theorem: W. Blaschke, Kreis und
    Kugel, 1916, section 24; J. Rauch, J. Differential Geom. 9 (1974), 501-505), and it is the
    intersection of these balls. Each of them holds both points, so the ellipsoid contains the
    intersection `K` of *all* balls of radius `R` that hold both points: the spindle that an arc of
    radius `R` over the chord sweeps when it turns about the chord. The geodesic runs on the ellipsoid's
    surface, hence nowhere inside `K`. The nearest-point projection to a convex set lengthens no curve
    and leaves the two ends, which are in `K`, where they are; so some curve on the surface of `K` from
    one tip to the other is no longer than the geodesic. On that surface of revolution no curve from tip
    to tip is shorter than the meridian, which is the arc: ``s >= 2 R asin(c / 2R)``.

Far apart
    For ``s > pi r`` (19,903 km) the chord cannot be short either: along the shortest geodesic it is at
    least ``2 r`` at length ``pi r`` and changes by at most the length that follows, which is at most
    20,003,932 m (half a meridian, the greatest distance there is) less ``pi r``: at most 101 km. So a
    chord below ``2 r - 101 km`` belongs to ``s <= pi r``.

Rounding
    Coordinates here are good to a few nanometres (an ulp of 6,378 km is 0.9 nm), `pyproj.Geod` to about
    15 nm (Karney, J. Geod. 87 (2013), 43-55). `MARGIN_M`, a micrometre, is set aside for both, so that the
    decision agrees with what `Geod` *computes*, not just with the truth.

Examples
--------
>>> chord_limits(5000.0)
ChordLimits(surely_m=4999.999869238668, possibly_m=4999.999873827276)
>>> low, high = geodesic_limits(np.array([4999.99987]))
>>> float(high[0] - low[0]) < 1e-5
True
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = [
    "EQUATORIAL_M",
    "ESQUARED",
    "GREATEST_RADIUS_M",
    "LEAST_RADIUS_M",
    "LONGEST_M",
    "MARGIN_M",
    "ChordLimits",
    "Floats",
    "chord_limits",
    "earth_centred_m",
    "geodesic_limits",
    "possibly_within_m",
    "surely_within_m",
]

Floats = npt.NDArray[np.float64]

#: Semi-major axis and flattening of WGS 84: NIMA TR8350.2 (2000), table 3.1.
EQUATORIAL_M = 6_378_137.0
_FLATTENING = 1.0 / 298.257223563
ESQUARED = _FLATTENING * (2.0 - _FLATTENING)
_POLAR_M = EQUATORIAL_M * (1.0 - _FLATTENING)

#: The least and the greatest radius of normal curvature, b²/a and a²/b.
LEAST_RADIUS_M = _POLAR_M**2 / EQUATORIAL_M
GREATEST_RADIUS_M = EQUATORIAL_M**2 / _POLAR_M

#: No two points are farther apart: half a meridian is 20,003,931.459 m.
LONGEST_M = 20_003_932.0
#: A longer chord may belong to a geodesic longer than pi times the least radius ("Far apart" above).
_LONGEST_CHORD_M = 2.0 * LEAST_RADIUS_M - 101_000.0
#: Set aside for rounding, in coordinates and in `Geod`.
MARGIN_M = 1e-6


@dataclass(frozen=True, slots=True)
class ChordLimits:
    """What chords say of one distance.

    Parameters
    ----------
    surely_m
        A chord of at most this length belongs to points within the distance. Negative when no chord
        is short enough to tell.
    possibly_m
        A longer chord belongs to points that are farther apart.
    """

    surely_m: float
    possibly_m: float


def chord_limits(within_m: float) -> ChordLimits:
    """Return what chords say of a geodesic distance in metres, zero or more."""
    limit = np.array([within_m])
    return ChordLimits(float(surely_within_m(limit)[0]), float(possibly_within_m(limit)[0]))


def surely_within_m(within_m: Floats) -> Floats:
    """Return for each distance the chord up to which two points are within it; negative when none is."""
    angles = np.clip(within_m / (2.0 * LEAST_RADIUS_M), -1.0, math.pi / 2)
    chords: Floats = np.minimum(2.0 * LEAST_RADIUS_M * np.sin(angles), _LONGEST_CHORD_M) - MARGIN_M
    return np.where(within_m >= LONGEST_M, np.inf, chords)


def possibly_within_m(within_m: Floats) -> Floats:
    """Return for each distance the chord beyond which no two points are within it; negative for none."""
    angles = np.clip(within_m / (2.0 * GREATEST_RADIUS_M), -1.0, math.pi / 2)
    chords: Floats = 2.0 * GREATEST_RADIUS_M * np.sin(angles) + MARGIN_M
    return np.where(within_m < -MARGIN_M, -1.0, chords)


def geodesic_limits(chords_m: Floats) -> tuple[Floats, Floats]:
    """Return the least and the greatest geodesic distance that each chord may belong to, in metres."""
    low = 2.0 * GREATEST_RADIUS_M * np.arcsin(np.minimum(chords_m / (2.0 * GREATEST_RADIUS_M), 1.0))
    high = 2.0 * LEAST_RADIUS_M * np.arcsin(np.minimum(chords_m / (2.0 * LEAST_RADIUS_M), 1.0))
    high = np.where(chords_m < _LONGEST_CHORD_M, high, LONGEST_M)
    return np.maximum(low - MARGIN_M, 0.0), high + MARGIN_M


def earth_centred_m(latitudes: Floats, longitudes: Floats) -> Floats:
    """Return earth-centred, earth-fixed coordinates (EPSG:4978) of points on the ellipsoid.

    Parameters
    ----------
    latitudes, longitudes
        Degrees, of the same length.

    Returns
    -------
    array of shape (n, 3)
        x, y and z in metres.
    """
    latitude, longitude = np.radians(latitudes), np.radians(longitudes)
    sine, cosine = np.sin(latitude), np.cos(latitude)
    normal = EQUATORIAL_M / np.sqrt(1.0 - ESQUARED * sine * sine)
    xyz = np.empty((len(latitude), 3))
    cosine *= normal
    np.multiply(cosine, np.cos(longitude), out=xyz[:, 0])
    np.multiply(cosine, np.sin(longitude), out=xyz[:, 1])
    np.multiply((1.0 - ESQUARED) * normal, sine, out=xyz[:, 2])
    return xyz
