"""What `scripts/soak.py` asks: the shares of each kind of request, and requests of each kind.

Names are the gazetteer's own spellings, Arabic ones too, of which every second has a slip; positions lie
round its settlements; incidents are generated from a seed. Nothing is taken from tables of real events.
"""

import json
import random
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from gazetteer import Gazetteer, Place
from scripts.bench_service import with_a_slip

__all__ = ["SHARES", "plan_of", "rows_of"]

SEED = 20160530
#: Of a hundred requests, how many are of each kind.
SHARES = {
    "resolve": 40, "reverse": 10, "suggest": 10, "places": 10, "incidents": 10, "others": 5, "page": 5,
    "enrich": 5, "write": 5,
}  # fmt: skip
#: Different requests of each kind, where there are as many names.
_MOST = 20_000
_FIRST_DAY, _DAYS = date(2012, 1, 1), 4700
_ENRICHED_ROWS = 20

#: Method, address, body, its media type, and what the answer must have.
_Request = tuple[str, str, str | None, str, dict[str, Any]]


def plan_of(gazetteer: Gazetteer, *, key: str, page: Sequence[str]) -> dict[str, Any]:
    """Return what the load has to know.

    Parameters
    ----------
    gazetteer
        The one that is served.
    key
        Comes with every request.
    page
        The addresses of the map and of the files that it names.
    """
    draw = random.Random(SEED)
    spellings = [text for _, text in gazetteer.names()]
    draw.shuffle(spellings)
    texts = [
        with_a_slip(text, draw) if n % 2 else text for n, text in enumerate(spellings) if 0 < len(text) <= 100
    ]
    texts = [text for text in texts if text.strip()][:_MOST]
    settlements = [place for place in gazetteer.places() if place.kind.group == "settlement"]
    areas = [place for place in gazetteer.places() if place.kind.group == "admin"]
    points = [_near(draw.choice(settlements), draw) for _ in range(5000)]
    requests = {
        "resolve": [_get("/v1/resolve", "matches", text=text) for text in texts],
        "reverse": [_get("/v1/reverse", "nearest", lat=lat, lon=lon) for lat, lon in points],
        "suggest": [_get("/v1/suggest", "suggestions", text=text[:3]) for text in texts],
        "places": [
            *(_get(f"/v1/places/{p.id}", "id", spellings="true") for p in draw.sample(settlements, 200)),
            *(_get("/v1/places", "places", area=area.id, limit=50) for area in areas),
            *(_get(f"/v1/areas/{area.id}", "pcode") for area in areas),
            _get("/v1/areas", "features", level=1),
        ],
        "incidents": _about_incidents(areas, draw),
        "others": [
            *(_get("/search", "", q=text, format="jsonv2") for text in texts[:1000]),
            *(_get("/reverse", "", lat=lat, lon=lon, format="jsonv2") for lat, lon in points[:1000]),
            *(_get("/reconcile", "q", queries=json.dumps({"q": {"query": text}})) for text in texts[:1000]),
        ],
        "page": [("GET", address, None, "", {}) for address in page],
        "enrich": [_enriched(draw.sample(texts, _ENRICHED_ROWS)) for _ in range(500)],
    }  # fmt: skip
    return {
        "seed": SEED,
        "shares": SHARES,
        "head": "Host: 127.0.0.1\r\n",
        "key": f"Authorization: Bearer {key}\r\n",
        "requests": requests,
        "writes": [_incident(settlements, texts, draw) for _ in range(2000)],
    }


def rows_of(gazetteer: Gazetteer, number: int) -> list[dict[str, Any]]:
    """Return incidents to begin with, each with its id."""
    draw = random.Random(SEED + 1)
    settlements = [place for place in gazetteer.places() if place.kind.group == "settlement"]
    texts = [place.name for place in settlements]
    return [{"id": f"first-{n}", **_incident(settlements, texts, draw)} for n in range(number)]


def _get(path: str, has: str, **query: Any) -> _Request:
    target = f"{path}?{urlencode(query)}" if query else path
    return "GET", target, None, "", {"has": has} if has else {}


def _near(place: Place, draw: random.Random) -> tuple[float, float]:
    at = place.position
    return round(at.latitude + draw.gauss(0, 0.03), 5), round(at.longitude + draw.gauss(0, 0.03), 5)


def _incident(settlements: Sequence[Place], texts: Sequence[str], draw: random.Random) -> dict[str, Any]:
    """Return a row: two of three with a position of their own, the others with a place to be resolved."""
    row: dict[str, Any] = {
        "date": str(_FIRST_DAY + timedelta(days=draw.randrange(_DAYS))),
        "place": draw.choice(texts),
        "kind": draw.choice(("shelling", "air strike", "other")),
        "note": "generated",
    }
    if draw.random() < 2 / 3:
        latitude, longitude = _near(draw.choice(settlements), draw)
        row |= {
            "latitude": latitude,
            "longitude": longitude,
            "uncertainty_m": draw.choice((0, 100, 500, 2000)),
        }
    return row


def _about_incidents(areas: Sequence[Place], draw: random.Random) -> list[_Request]:
    found = []
    for _ in range(500):
        first = _FIRST_DAY + timedelta(days=draw.randrange(_DAYS - 60))
        days = {"from": first, "to": first + timedelta(days=60)}
        area = draw.choice(areas).id
        found += [
            _get("/v1/incidents", "features", near="hospital", within="5km", **days),
            _get("/v1/incidents", "features", area=area, limit=100),
            _get("/v1/incidents/summary", "counts", by="area", area=area, **days),
            _get("/v1/ask", "read_as", question=f"how many strikes in {area} since {first}"),
            _get(
                "/v1/ask",
                "read_as",
                question=f"strikes within 2 km of a hospital from {first} to {days['to']}",
            ),
        ]
    return found


def _enriched(texts: Sequence[str]) -> _Request:
    cells = (text.replace('"', "").replace("\n", " ") for text in texts)
    body = "".join(f'{number},"{cell}"\n' for number, cell in enumerate(cells))
    return "POST", "/v1/enrich", f"number,place\n{body}", "text/csv", {"rows": len(texts)}
