"""The PyPI package geocoder, in an environment of its own: its provider osm with `url`."""

from typing import Any

import geocoder

from tests.clients.asking import Ask, tell


def osm(url: str, query: Any, **options: Any) -> Any:
    """Ask; say what went wrong, which this client only logs."""
    found = geocoder.osm(query, url=f"{url}/search", **options)
    if found.error:
        raise RuntimeError(found.error)
    return found


ASKS: dict[str, Ask] = {
    "a name": lambda url: ([35.9, 36.6], [round(n, 1) for n in osm(url, "Idlib").latlng]),
    "a name in Arabic": lambda url: ("Aleppo", osm(url, "حلب").city),
    "the parts of an address": lambda url: (
        ("Idlib", "Idleb", "Syria", "sy"),
        tuple(osm(url, "Idlib").json[key] for key in ("city", "state", "country", "country_code")),
    ),
    "several results": lambda url: (True, len(osm(url, "Mansoura", maxRows=5)) > 1),
    "structured": lambda url: (
        "Saraqib",
        osm(url, None, method="details", city="Saraqib", state="Idlib", maxRows=1).city,
    ),
    "no such name": lambda url: (False, osm(url, "dsadjkasdjasd").ok),
    "GeoJSON": lambda url: ("Point", osm(url, "Idlib").geojson["features"][0]["geometry"]["type"]),
    "reverse": lambda url: ("Idlib", osm(url, [35.93, 36.63], method="reverse").city),
}

if __name__ == "__main__":
    tell("geocoder", ASKS, str)
