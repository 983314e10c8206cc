"""OWSLib: the collections, all pages of one, and what its filters leave."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

from owslib.ogcapi.features import Features

from tests.clients.asking import Ask, tell
from tests.clients.table import IN_MARCH, NEAR_KOBANI, ROWS


def pages(features: Any, collection: str, **filters: Any) -> list[Any]:
    """Follow the links to each next page, as a user of OWSLib has to do alone."""
    found: list[Any] = []
    while True:
        page = features.collection_items(collection, **filters)
        found += page["features"]
        following = [link["href"] for link in page["links"] if link["rel"] == "next"]
        if not following:
            return found
        filters = dict(parse_qsl(urlsplit(following[0]).query))
        if "bbox" in filters:
            filters["bbox"] = filters["bbox"].split(",")  # OWSLib takes a list alone


ASKS: dict[str, Ask] = {
    "collections": lambda f: (
        ["areas", "facilities", "incidents", "places"],
        sorted(f.feature_collections()),
    ),
    "conformance": lambda f: (
        True,
        "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core" in f.conformance()["conformsTo"],
    ),
    "the API's document": lambda f: (True, any("/items" in path for path in f.api()["paths"])),
    "a collection's extent": lambda f: (
        True,
        35 < f.collection("incidents")["extent"]["spatial"]["bbox"][0][0] < 43,
    ),
    "1,500 incidents, all pages": lambda f: (
        sorted(row["id"] for row in ROWS),
        sorted(one["properties"]["id"] for one in pages(f, "incidents", limit=400)),
    ),
    "numberMatched": lambda f: (
        (1500, 10),
        tuple(f.collection_items("incidents", limit=10)[key] for key in ("numberMatched", "numberReturned")),
    ),
    "bbox": lambda f: (NEAR_KOBANI, len(pages(f, "incidents", bbox=[38.2, 36.7, 38.5, 37.0], limit=100))),
    "datetime": lambda f: (
        IN_MARCH,
        len(pages(f, "incidents", datetime_="2016-03-01/2016-03-31", limit=100)),
    ),
    "datetime, open": lambda f: (1500, len(pages(f, "incidents", datetime_="2016-01-01/..", limit=1000))),
    "one by id": lambda f: first_and_by_its_id(f, "incidents"),
    "one area by id": lambda f: first_and_by_its_id(f, "areas"),
}


def first_and_by_its_id(features: Any, collection: str) -> tuple[object, object]:
    """Return a collection's first feature, and what comes for its id without what only that answer has."""
    [first] = features.collection_items(collection, limit=1)["features"]
    alone = features.collection_item(collection, first["id"])
    return first, {key: alone.get(key) for key in first}


if __name__ == "__main__":
    tell("OWSLib", ASKS, lambda url: Features(f"{url}/ogc"))
