"""OSMnx: a name to a point, and an area to the polygon from which it would load streets."""

from typing import Any

import osmnx

from tests.clients.asking import Ask, raised, tell

ASKS: dict[str, Ask] = {
    "geocode": lambda ox: ((36.2, 37.2), tuple(round(n, 1) for n in ox.geocode("Haleb"))),
    "geocode what isn't known": lambda ox: (
        "InsufficientResponseError",
        raised(lambda: ox.geocode("dsadjkasdjasd")),
    ),
    "geocode_to_gdf": lambda ox: ("Polygon", area(ox, "Homs Governorate").geometry.geom_type),
    "geocode_to_gdf, structured": lambda ox: ("Homs", area(ox, {"state": "Homs", "country": "sy"})["name"]),
    "geocode_to_gdf, which_result": lambda ox: (
        "Point",
        area(ox, "Idlib", which_result=1).geometry.geom_type,
    ),
}


def area(ox: Any, query: str | dict[str, str], **options: Any) -> Any:
    return ox.geocode_to_gdf(query, **options).iloc[0]


def told(url: str) -> Any:
    osmnx.settings.nominatim_url = url
    osmnx.settings.use_cache = False
    return osmnx


if __name__ == "__main__":
    tell("osmnx", ASKS, told)
