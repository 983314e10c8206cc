"""Ask two worlds the same random requests: python -m tests.fuzz.two_worlds [REQUESTS] [SEED].

The worlds differ only in where, inside its cell, a hospital, a clinic, a camp and what incidents say of them
are (`tests/service/harm`). A request is one of those that every route is asked, about a place and a point in
or beside the cell, with some of its parameters, cells or bytes changed. Below tier full no answer has a
status of 500 or more, and both worlds answer alike: status, headers and bytes.
"""

import json
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

import pytest
from flask.testing import FlaskClient

from gazetteer.geodesy import LatLon
from tests.fuzz.damaged import damaged
from tests.fuzz.targets import TARGETS
from tests.service.harm.asks import ROUTES, Ask, Excluded, Target, asks_for
from tests.service.harm.reading import everything
from tests.service.harm.small_worlds import ADDRESSES, CAMP, CLINIC, HOSPITAL, SmallWorld, a_small_world
from tests.service.harm.stores import same_changes
from tests.service.harm.test_hostile import held_by

#: The tiers below full, and whether they show names.
STAGES = (("partner", "shown"), ("public", "shown"), ("public", "withheld"))
#: Figures are of requests and of the time they take.
_ASKED = sorted(
    route for route, asks in ROUTES.items() if not isinstance(asks, Excluded) and route[1] != "/metrics"
)
_PLACES = {
    HOSPITAL: "Hidden Hospital", CLINIC: "Hidden Clinic", CAMP: "Hidden Camp",
    "cg:far-hospital": "Far Hospital", "C1": "Saraqib", "SY0702": "Eastside", ADDRESSES[0]: "Veiled Clinic",
}  # fmt: skip
_TEXTS = (
    "{}", "2 km north of {}", "near {}", "{} or Saraqib", "between {} and Idlib", "strikes within 3 km of {}",
    "nearest hospital to {}", "distance from {} to Saraqib", "{}, Westside",
    "how many strikes near {} in May 2016",
)  # fmt: skip
_WORDS = [word for name in ("parameters", "nominatim", "reconcile") for word in TARGETS[name].words]
_HEADERS = {
    "Accept": ("text/html", "text/csv", "application/geo+json", "application/json;q=0.1", "*/*", "x"),
    "Accept-Language": ("ar", "en;q=0.1,ar", "x"),
    "Accept-Encoding": ("gzip", "br", "identity;q=0"),
    "If-None-Match": ("*", '"x"'),
    "Range": ("bytes=0-20",),
    "Origin": ("https://example.org",),
}


class Asker:
    """Makes random requests about the cell of a world."""

    def __init__(self, chance: random.Random, world: SmallWorld) -> None:
        self._chance, self._world = chance, world
        target = Target(HOSPITAL, "Hidden Hospital", world.centre)
        queries = (
            ask.path.partition("?")[2] for route in _ASKED for ask in asks_for(route[1], route[0], target)
        )
        self._names = sorted({name for query in queries for name, _ in parse_qsl(query)})

    def ask(self) -> Ask:
        """Return a request of some route, as it is or changed."""
        chance = self._chance
        method, rule = chance.choice(_ASKED)
        place_id, name = chance.choice([*_PLACES.items()])
        ask = chance.choice(asks_for(rule, method, Target(place_id, name, self._point())))
        headers = {name: chance.choice(_HEADERS[name]) for name in _HEADERS if chance.random() < 0.1}
        path, _, query = ask.path.partition("?")
        if "/" in path[1:] and chance.random() < 0.05:
            path = f"{path.rpartition('/')[0]}/{quote(self._value(), safe='')}"
        if chance.random() < 0.7:
            query = self._changed(query)
        body = self._body(ask) if ask.body and chance.random() < 0.6 else ask.body
        return replace(ask, path=f"{path}?{query}", headers={**headers, **ask.headers}, body=body)

    def _point(self) -> LatLon:
        """Return a point in or beside the cell; often where something stands in one of the worlds."""
        chance, centre, side = self._chance, self._world.centre, self._world.degrees
        spots = (chance.uniform(-1, 1), chance.uniform(-0.5, 0.5), chance.choice((-1, 1)) * 0.4137, 0.5, 0.0)
        north, east = (chance.choice(spots) * side for _ in "ne")
        digits = chance.choice((2, 4, 6))
        return LatLon(round(centre.latitude + north, digits), round(centre.longitude + east, digits))

    def _value(self) -> str:
        """Return what a parameter or a cell may be."""
        chance, at = self._chance, self._point()
        place_id, name = chance.choice([*_PLACES.items()])
        half = chance.choice((0.0005, 0.01, 0.1))
        w, s, e, n = (
            round(one, 6) for one in (at.longitude - half, at.latitude - half, at.longitude, at.latitude)
        )
        return chance.choice(
            (
                place_id, name, chance.choice(_TEXTS).format(name), chance.choice(_TEXTS).format(place_id),
                f"{at.latitude},{at.longitude}", str(at.latitude), str(at.longitude), f"{w},{s},{e},{n}",
                f"POLYGON (({w} {s}, {e} {s}, {e} {n}, {w} {s}))", str(chance.randrange(-1, 60)),
                f"{chance.choice((1, 30, 500))} {chance.choice(('m', 'km', 'miles'))}", chance.choice(_WORDS),
                f"2016-05-{chance.randrange(1, 32):02}", chance.choice(("hospital", "camp", "facility")),
                chance.choice(("certain", "possible,no", "area,month", "SY07", "Westside", "true", "")),
                "".join(chance.choices("aب\0é5٣,.;:/%&=-'\"<", k=chance.randrange(8))),
            )
        )  # fmt: skip

    def _changed(self, query: str) -> str:
        """Return a query with some of its parameters changed, dropped, doubled or added."""
        chance, pairs = self._chance, parse_qsl(query, keep_blank_values=True)
        for _ in range(chance.choice((0, 1, 1, 2, 4))):
            at = chance.randrange(len(pairs) + 1)
            new = chance.choice(self._names), self._value()
            match chance.randrange(5):
                case 0 if pairs:
                    del pairs[at - 1]
                case 1 if pairs:
                    pairs.insert(at, chance.choice(pairs))
                case 2 | 3 if pairs:
                    pairs[at - 1] = pairs[at - 1][0], new[1]
                case _:
                    pairs.insert(at, new)
        return urlencode(pairs)

    def _body(self, ask: Ask) -> bytes:
        """Return the body of a request with a value or some bytes changed."""
        body = ask.body or b""
        if self._chance.random() < 0.3:
            return damaged(body, self._chance)
        if "urlencoded" in (ask.media_type or ""):
            (name, text), *_ = parse_qsl(body.decode())
            return urlencode({name: self._changed_json(text)}).encode()
        if "json" in (ask.media_type or ""):
            return self._changed_json(body.decode()).encode()
        if body.startswith((b"PK", b"--")):
            return body
        cells = body.decode().split(",")
        cells[self._chance.randrange(len(cells))] = self._value().replace("\n", " ").replace(",", " ")
        return ",".join(cells).encode()

    def _changed_json(self, text: str) -> str:
        """Return JSON with one of its values changed."""
        whole = json.loads(text)
        places = [*_members(whole)]
        if places:
            held, key = self._chance.choice(places)
            held[key] = self._chance.choice((self._value(), None, [], {}, 1e300, -1, True, self._value()))
        return json.dumps(whole)


def _members(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every list and object of a value with each of its keys."""
    if isinstance(value, dict | list):
        for key in [*value] if isinstance(value, dict) else range(len(value)):
            yield value, key
            yield from _members(value[key])


@dataclass
class Found:
    """What came of random requests."""

    statuses: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    #: How many tell the worlds apart at tier full: such requests are attacks.
    told_at_full: int = 0


def run(folder: Path, tier: Any, names: str, *, requests: int, seed: str = "") -> Found:
    """Ask both worlds so many requests."""
    settings = {"withhold_names": (tier,)} if names == "withheld" else {}
    found = Found()
    with pytest.MonkeyPatch.context() as patch:
        same_changes(patch)
        worlds = [a_small_world(folder / str(corner), tier, corner=corner) for corner in (-1, 1)]
        held = [held_by(world, tier, **settings) for world in worlds]
        asker = Asker(random.Random(f"{tier} {names} {seed}"), worlds[0])
        for _ in range(requests):
            ask = asker.ask()
            full = [_answer(each.full, ask) for each in held] if ask.method == "GET" else [None, None]
            one, other = (_answer(each.below, ask) for each in held)
            found.statuses[one[0]] += 1
            found.told_at_full += full[0] != full[1]
            if one != other or one[0] >= 500:
                found.wrong.append(f"{ask}\n  {one}\n  {other}")
    return found


def _answer(client: FlaskClient, ask: Ask) -> tuple[int, tuple[tuple[str, str], ...], bytes]:
    headers = {"X-Request-ID": "same", **ask.headers}
    return everything(
        client.open(ask.path, method=ask.method, headers=headers, data=ask.body, content_type=ask.media_type)
    )


if __name__ == "__main__":
    requests, seed = (*sys.argv[1:], *("20000", "")[len(sys.argv) - 1 :])
    wrong = 0
    for number, (tier, names) in enumerate(STAGES):
        share = (int(requests) + number) // len(STAGES)
        with tempfile.TemporaryDirectory() as folder:
            found = run(Path(folder), tier, names, requests=share, seed=seed)
        print(f"{tier}, names {names}: {share} requests, {dict(found.statuses.most_common())};", end=" ")
        print(
            f"{found.told_at_full} tell the worlds apart at tier full, {len(found.wrong)} below", flush=True
        )
        print(*found.wrong[:20], sep="\n", end="\n" if found.wrong else "")
        wrong += len(found.wrong)
    sys.exit(wrong > 0)
