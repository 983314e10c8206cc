"""An attacker: HTTP alone, knowledge of the grid and of every formula, and patience.

All that is asked and all that comes back is kept, so that two runs can be compared byte for byte.
"""

import json
import math
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

import numpy as np
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from gazetteer.geodesy import LatLon, azimuth_deg, destination, distance_m
from tests.service.asking import INCIDENTS
from tests.service.harm.clients import WRITER
from tests.service.harm.reading import everything


class Attacker:
    """Somebody with a client of a tier and a key of that tier to write with.

    Parameters
    ----------
    client
        All that the attacker can reach.
    centre, degrees
        The cell that the answers tell, which is known from the start.
    """

    def __init__(self, client: FlaskClient, centre: LatLon, degrees: float) -> None:
        self._client = client
        self.centre = centre
        self.degrees = degrees
        self.transcript: list[object] = []

    def send(self, path: str, method: str = "GET", **more: Any) -> TestResponse:
        """Send a request and keep it with its answer."""
        headers = {"X-Request-ID": "same", **more.pop("headers", {})}
        response = self._client.open(path, method=method, headers=headers, **more)
        self.transcript.append((method, path, more.get("data"), everything(response)))
        return response

    def get(self, path: str, **query: Any) -> Any:
        """Return the JSON of an answer."""
        address = f"{path}?{urlencode({name.rstrip('_'): value for name, value in query.items()})}"
        return json.loads(self.send(address).data)

    def post_probes(self, points: Sequence[LatLon], *, place: str = "") -> list[str]:
        """Store incidents where the attacker wants them, each of a day of its own; return the days.

        They are declared public, so that they stand where they are at any tier.
        """
        days = [f"2016-03-{n:02}" for n, _ in enumerate(points, start=1)]
        rows = [
            {
                "id": day,
                "date": day,
                "place": place,
                "latitude": point.latitude,
                "longitude": point.longitude,
                "uncertainty_m": 0,
            }
            for day, point in zip(days, points, strict=True)
        ]
        self.post(rows)
        return days

    def post(self, rows: list[dict[str, Any]], query: str = "?publish=*") -> Any:
        """Store rows and return what the server says of it."""
        response = self.send(f"/v1/incidents{query}", "POST", headers=WRITER, json=rows)
        assert 200 == response.status_code, response.text
        return response.get_json()

    def stated(self, **query: Any) -> dict[str, float]:
        """Return the distances that the answer about incidents states, by the ids of the attacker's rows."""
        found = self.get(INCIDENTS, **query)["features"]
        mine = ((one["properties"].get("id", ""), one["properties"]["incident_distance_m"]) for one in found)
        return dict(mine)


def ring(centre: LatLon, *, radius_m: float, count: int) -> list[LatLon]:
    """Return points round another."""
    around = (
        destination(centre, azimuth_deg=360 * n / count, distance_m=radius_m * (1 + n % 3 / 5))
        for n in range(count)
    )
    return [LatLon(round(point.latitude, 6), round(point.longitude, 6)) for point in around]


def located(points: Sequence[LatLon], distances_m: Sequence[float], start: LatLon) -> LatLon:
    """Return the position with about these distances to points: least squares by Gauss and Newton."""
    here = start
    for _ in range(30):
        off = np.array([distance_m(here, p) - d for p, d in zip(points, distances_m, strict=True)])
        ways = [math.radians(azimuth_deg(here, p)) for p in points]
        slopes = np.array([[math.cos(way), math.sin(way)] for way in ways])
        (north, east), *_ = np.linalg.lstsq(slopes, off, rcond=None)
        step = math.hypot(north, east)
        if step < 0.01:
            break
        way = math.degrees(math.atan2(east, north)) % 360
        here = destination(here, azimuth_deg=way, distance_m=min(step, 20_000.0))
    return here
