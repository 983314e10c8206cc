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
    15 nm (Karney, J. Geod. 87 (2013), 43-55). `_MARGIN_M`, a micrometre, is set aside for both, so that the
    decision agrees with what `Geod` *computes*, not just with the truth.

Examples
--------
>>> low, high = geodesic_limits_m(np.array([5000.0]))
>>> float((high - low)[0]) < 1e-5
True
>>> longest_chord_m(np.array([5000.0])).round(6).tolist()
[4999.999874]
"""

import math

import numpy as np

from gazetteer.points import EQUATORIAL_M, FLATTENING, Floats

_POLAR_M = EQUATORIAL_M * (1.0 - FLATTENING)

#: The least and the greatest radius of normal curvature, b²/a and a²/b.
LEAST_RADIUS_M = _POLAR_M**2 / EQUATORIAL_M
GREATEST_RADIUS_M = EQUATORIAL_M**2 / _POLAR_M

#: No two points are farther apart: half a meridian is 20,003,931.459 m.
_LONGEST_M = 20_003_932.0
#: A longer chord may belong to a geodesic longer than pi times the least radius ("Far apart" above).
_LONGEST_CHORD_M = 2.0 * LEAST_RADIUS_M - 101_000.0
#: Set aside for rounding, in coordinates and in `Geod`.
_MARGIN_M = 1e-6


def geodesic_limits_m(chords_m: Floats) -> tuple[Floats, Floats]:
    """Return the least and the greatest geodesic distance that each chord may belong to, in metres."""
    low = 2.0 * GREATEST_RADIUS_M * np.arcsin(np.minimum(chords_m / (2.0 * GREATEST_RADIUS_M), 1.0))
    high = 2.0 * LEAST_RADIUS_M * np.arcsin(np.minimum(chords_m / (2.0 * LEAST_RADIUS_M), 1.0))
    high = np.where(chords_m < _LONGEST_CHORD_M, high, _LONGEST_M)
    return np.maximum(low - _MARGIN_M, 0.0), high + _MARGIN_M


def longest_chord_m(geodesics_m: Floats) -> Floats:
    """Return the longest chord that each geodesic distance may belong to, in metres."""
    angles = np.minimum(geodesics_m / (2.0 * GREATEST_RADIUS_M), math.pi / 2)
    chords: Floats = 2.0 * GREATEST_RADIUS_M * np.sin(angles) + _MARGIN_M
    return chords
