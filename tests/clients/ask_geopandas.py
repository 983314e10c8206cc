"""geopandas: a column of names to points, and points to addresses, with its own geocoding tools."""

from typing import Any

from geopandas.tools import geocode, reverse_geocode
from shapely import Point

from tests.clients.asking import Ask, tell

ASKS: dict[str, Ask] = {
    "geocode a column": lambda told: (
        ["Aleppo, Jebel Saman, Aleppo, Syria", "Idlib, Idleb, Syria"],
        [*geocode(["حلب", "Idlib"], **told).address],
    ),
    "geocode what isn't known": lambda told: (
        [False, True],
        [*geocode(["Idlib", "dsadjkasdjasd"], **told).geometry.is_empty],
    ),
    "geocode an ambiguous name": lambda told: ([True], [*geocode(["Mansoura"], **told).geometry.is_empty]),
    "reverse_geocode": lambda told: (
        ["Idlib, Idleb, Syria"],
        [*reverse_geocode([Point(36.63, 35.93)], **told).address],
    ),
}


def told(url: str) -> dict[str, Any]:
    scheme, _, domain = url.partition("://")
    return {"provider": "nominatim", "domain": domain, "scheme": scheme, "user_agent": "conflict-gazetteer"}


if __name__ == "__main__":
    tell("geopandas", ASKS, told)
