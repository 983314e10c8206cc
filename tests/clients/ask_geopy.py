"""geopy: asks after its own tests for Nominatim, with places in Syria, and after its guide."""

import asyncio
from typing import Any

from geopy.adapters import AioHTTPAdapter, RequestsAdapter
from geopy.extra.rate_limiter import RateLimiter
from geopy.geocoders import Nominatim
from geopy.point import Point

from tests.clients.asking import Ask, tell

HERE = (35.93, 36.63)
#: Two corners around a city.
AROUND_RAQQA, AROUND_ALEPPO = ((35.99, 38.96), (35.91, 39.07)), ((36.5, 36.9), (35.9, 37.4))
#: Where they are, to the tenth of a degree.
ALEPPO, IDLIB, KOBANI = (36.2, 37.2), (35.9, 36.6), (36.9, 38.4)


def near(location: Any) -> tuple[float, float] | None:
    """Where a location is, to the tenth of a degree."""
    return location and (round(location.latitude, 1), round(location.longitude, 1))


def boxed(g: Any, box: Any) -> list[bool]:
    """Whether the first place of an ambiguous name is inside a box, and the last is outside."""
    found = g.geocode("Mansoura", viewbox=box, exactly_one=False)
    return [35.91 < one.latitude < 35.99 and 38.96 < one.longitude < 39.07 for one in (found[0], found[-1])]


def with_each(g: Any, name: str, option: str, values: list[Any]) -> list[Any]:
    """Where a name is, asked for with each value of an option."""
    return [near(g.geocode(name, **{option: value})) for value in values]


def geometries(g: Any) -> list[Any]:
    """How the outline of an area begins, in each form that it is asked for."""
    fields = {"WKT": "geotext", "svg": "svg", "kml": "geokml", "geojson": "geojson"}
    found = [g.geocode({"state": "Idleb"}, geometry=form).raw[key] for form, key in fields.items()]
    return [found[0][:9], found[1][:3], found[2][:9], found[3]["type"]]


def addresses(g: Any, name: str, key: str) -> list[str]:
    """A part of a place's address in English and in Arabic."""
    found = [g.geocode(name, addressdetails=True, language=language).raw for language in ("en", "ar")]
    return [one["address"][key] for one in found]


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
    "a name": lambda g: (ALEPPO, near(g.geocode("Haleb"))),
    "no such name": lambda g: (None, g.geocode("dsadjkasdjasd")),
    "reverse where nothing is": lambda g: (None, g.reverse(Point(0.05, -0.15))),
    "reverse near zero": lambda g: (None, g.reverse(Point(31.0, -1.0e-5), language="en")),
    "limit": lambda g: (2, len(g.geocode("Mansoura", limit=2, exactly_one=False))),
    "reverse": lambda g: ("Idlib, Idleb, Syria", g.reverse(Point(*HERE)).address),
    "structured": lambda g: (KOBANI, near(g.geocode({"country": "sy", "city": "Kobane", "state": "Aleppo"}))),
    "postal code": lambda g: (IDLIB, near(g.geocode({"postalcode": 1, "city": "Idlib"}))),
    "language": lambda g: (["Syria", "سوريا"], addresses(g, "Idlib", "country")),
    "reverse, language": lambda g: (
        ["Idlib", "إدلب"],
        [g.reverse("35.93, 36.63", language=one).raw["address"]["city"] for one in ("en", "ar")],
    ),
    "geometry": lambda g: (["POLYGON((", "M 3", "<Polygon>", "Polygon"], geometries(g)),
    "reverse, addressdetails": lambda g: (
        [True, False],
        with_and_without(lambda **d: g.reverse(HERE, **d), "address", addressdetails=1),
    ),
    "viewbox": lambda g: ([True, False], boxed(g, AROUND_RAQQA)),
    "bounded": lambda g: (
        [ALEPPO, None],
        [near(g.geocode("Aleppo", viewbox=box, bounded=True)) for box in (AROUND_ALEPPO, AROUND_RAQQA)],
    ),
    "extratags": lambda g: (
        [None, "SY070000"],
        [
            (g.geocode("Idlib", extratags=on).raw.get("extratags") or {}).get("adm3_pcode")
            for on in (False, True)
        ],
    ),
    "country codes": lambda g: (
        [KOBANI, None, None, KOBANI],
        with_each(g, "Kobane", "country_codes", ["SY", "US", "tr", ["tr", "sy"]]),
    ),
    "featuretype": lambda g: (
        [ALEPPO, ALEPPO, (36.2, 37.6)],
        with_each(g, "Aleppo", "featuretype", ["city", "settlement", "state"]),
    ),
    "featuretype=country": lambda g: ((35.0, 38.5), near(g.geocode("Syria", featuretype="country"))),
    "namedetails": lambda g: (
        [True, False],
        with_and_without(lambda **d: g.geocode("Idlib", **d), "namedetails", namedetails=1),
    ),
    "reverse, zoom": lambda g: ("Idleb, Syria", g.reverse(HERE, zoom=5).address),
    # From here on after its guide.
    "a name in Arabic": lambda g: (KOBANI, near(g.geocode("كوباني"))),
    "an ambiguous name": lambda g: (
        [None, True],
        [g.geocode("Mansoura"), len(g.geocode("Mansoura", exactly_one=False)) > 1],
    ),
    "reverse, all results": lambda g: (
        ["Idlib, Idleb, Syria"],
        [one.address for one in g.reverse(HERE, exactly_one=False)],
    ),
    "a column, one after another": lambda g: (
        [ALEPPO, None],
        [*map(near, map(RateLimiter(g.geocode, min_delay_seconds=0.01), ("Aleppo", "dsadjkasdjasd")))],
    ),
    "many at once, asynchronously": lambda g: (
        [ALEPPO, IDLIB, None],
        [*map(near, many_at_once(g, ["Aleppo", "Idlib", "dsadjkasdjasd"]))],
    ),
}

if __name__ == "__main__":
    tell("geopy", ASKS, lambda url: made(url, adapter_factory=RequestsAdapter))
