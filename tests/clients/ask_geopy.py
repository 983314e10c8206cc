"""geopy: thirty asks after its own tests for Nominatim, with places in Syria, and six after its guide."""

import asyncio
from typing import Any

from geopy.adapters import AioHTTPAdapter, RequestsAdapter
from geopy.extra.rate_limiter import RateLimiter
from geopy.geocoders import Nominatim
from geopy.point import Point

from tests.clients.asking import Ask, raised, tell

IDLIB, FRANCE = (35.93, 36.63), (48.85, 2.35)
RAQQA = ((35.99, 38.96), (35.91, 39.07))  # two corners around the city
ALEPPO = ((36.5, 36.9), (35.9, 37.4))


def near(location: Any) -> tuple[float, float] | None:
    """Where a location is, to the tenth of a degree."""
    return location and (round(location.latitude, 1), round(location.longitude, 1))


def boxed(g: Any, box: Any) -> list[bool]:
    """Whether the first place of an ambiguous name is inside a box, and the last is outside."""
    found = g.geocode("Mansoura", viewbox=box, exactly_one=False)
    return [35.91 < one.latitude < 35.99 and 38.96 < one.longitude < 39.07 for one in (found[0], found[-1])]


def geometry(g: Any, kind: str, key: str) -> Any:
    return g.geocode({"state": "Idleb"}, geometry=kind).raw[key]


def with_and_without(ask: Any, key: str, **details: Any) -> list[bool]:
    """Whether a field comes when details are asked for, and when they are refused."""
    return [key in ask(**dict.fromkeys(details, on)).raw for on in (True, False)]


def many_at_once(g: Any, names: list[str]) -> list[Any]:
    async def ask() -> list[Any]:
        async with made(f"{g.scheme}://{g.domain}", adapter_factory=AioHTTPAdapter) as asynchronous:
            return list(await asyncio.gather(*map(asynchronous.geocode, names)))

    return asyncio.run(ask())


def made(url: str, **options: Any) -> Any:
    scheme, _, domain = url.partition("://")
    return Nominatim(domain=domain, scheme=scheme, user_agent="asks of conflict-gazetteer", **options)


ASKS: dict[str, Ask] = {
    "a name": lambda g: ((36.2, 37.2), near(g.geocode("Haleb"))),
    "no such name": lambda g: (None, g.geocode("dsadjkasdjasd")),
    "reverse where nothing is": lambda g: (None, g.reverse(Point(0.05, -0.15))),
    "limit=0": lambda g: ("ValueError", raised(lambda: g.geocode("x", limit=0, exactly_one=False))),
    "limit": lambda g: (2, len(g.geocode("Mansoura", limit=2, exactly_one=False))),
    "reverse": lambda g: ("Idlib, Idleb, Syria", g.reverse(Point(*IDLIB)).address),
    "reverse near zero": lambda g: (None, g.reverse(Point(31.0, -1.0e-5), language="en")),
    "structured": lambda g: (
        (36.9, 38.4),
        near(g.geocode({"country": "sy", "city": "Kobane", "state": "Aleppo"})),
    ),
    "postal code": lambda g: (
        "Idleb",
        g.geocode({"postalcode": 1, "city": "Idlib"}, addressdetails=True).raw["address"]["county"],
    ),
    "language": lambda g: (
        ["Syria", "سوريا"],
        [
            g.geocode("Idlib", addressdetails=True, language=one).raw["address"]["country"]
            for one in ("en", "ar")
        ],
    ),
    "reverse, language": lambda g: (
        ["Idlib", "إدلب"],
        [g.reverse("35.93, 36.63", language=one).raw["address"]["city"] for one in ("en", "ar")],
    ),
    "geometry=WKT": lambda g: ("POLYGON((", geometry(g, "WKT", "geotext")[:9]),
    "geometry=svg": lambda g: ("M 3", geometry(g, "svg", "svg")[:3]),
    "geometry=kml": lambda g: ("<Polygon>", geometry(g, "kml", "geokml")[:9]),
    "geometry=geojson": lambda g: ("Polygon", geometry(g, "geojson", "geojson")["type"]),
    "reverse, addressdetails": lambda g: (
        [True, False],
        with_and_without(lambda **d: g.reverse(IDLIB, **d), "address", addressdetails=1),
    ),
    "viewbox of tuples": lambda g: ([True, False], boxed(g, RAQQA)),
    "viewbox of points": lambda g: ([True, False], boxed(g, [Point(*corner) for corner in RAQQA])),
    "viewbox of text": lambda g: ([True, False], boxed(g, [[str(n) for n in corner] for corner in RAQQA])),
    "bounded": lambda g: (
        [(36.2, 37.2), None],
        [near(g.geocode("Aleppo", viewbox=box, bounded=True)) for box in (ALEPPO, RAQQA)],
    ),
    "extratags": lambda g: (
        [None, "SY070000"],
        [
            (g.geocode("Idlib", extratags=on).raw.get("extratags") or {}).get("adm3_pcode")
            for on in (False, True)
        ],
    ),
    "country codes, upper case": lambda g: (
        [(36.2, 37.2), None],
        [near(g.geocode("Aleppo", country_codes=one)) for one in ("SY", "US")],
    ),
    "country codes, one": lambda g: (None, g.geocode("Kobane", country_codes="tr")),
    "country codes, several": lambda g: ((36.9, 38.4), near(g.geocode("Kobane", country_codes=["tr", "sy"]))),
    "featuretype=country": lambda g: ((35.0, 38.5), near(g.geocode("Syria", featuretype="country"))),
    "featuretype=city": lambda g: ((36.2, 37.2), near(g.geocode("Aleppo", featuretype="city"))),
    "featuretype=state": lambda g: ((36.2, 37.6), near(g.geocode("Aleppo", featuretype="state"))),
    "featuretype=settlement": lambda g: ((35.9, 36.6), near(g.geocode("Idlib", featuretype="settlement"))),
    "namedetails": lambda g: (
        [True, False],
        with_and_without(lambda **d: g.geocode("Idlib", **d), "namedetails", namedetails=1),
    ),
    "reverse, zoom": lambda g: ("Idleb, Syria", g.reverse(IDLIB, zoom=5).address),
    # From here on after its guide.
    "a name in Arabic": lambda g: ((36.9, 38.4), near(g.geocode("كوباني"))),
    "an ambiguous name": lambda g: (
        [None, True],
        [g.geocode("Mansoura"), len(g.geocode("Mansoura", exactly_one=False)) > 1],
    ),
    "reverse, all results": lambda g: (
        [["Idlib, Idleb, Syria"], None],
        [
            found and [one.address for one in found]
            for found in (g.reverse(at, exactly_one=False) for at in (IDLIB, FRANCE))
        ],
    ),
    "a timeout": lambda g: ((36.2, 37.2), near(g.geocode("Aleppo", timeout=10))),
    "a column, one after another": lambda g: (
        [(36.2, 37.2), None],
        [*map(near, map(RateLimiter(g.geocode, min_delay_seconds=0.01), ("Aleppo", "dsadjkasdjasd")))],
    ),
    "many at once, asynchronously": lambda g: (
        [(36.2, 37.2), (35.9, 36.6), None],
        [*map(near, many_at_once(g, ["Aleppo", "Idlib", "dsadjkasdjasd"]))],
    ),
}

if __name__ == "__main__":
    tell("geopy", ASKS, lambda url: made(url, adapter_factory=RequestsAdapter))
