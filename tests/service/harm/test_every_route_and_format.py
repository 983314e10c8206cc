"""No route, in no format, tells more of a sensitive place than its cell.

Two ways to show it. The first looks for the digits of every sensitive place's position, and of positions
computed from it, in all that is answered. The second needs no idea of what a leak would look like: two worlds
in which the sensitive places stand elsewhere in their cells must give the same answers byte for byte, each
header and error included. Whoever gets the same from both can't tell in which one they are.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from gazetteer import Gazetteer
from gazetteer.geodesy import destination
from gazetteer.kinds import PlaceKind
from gazetteer.privacy.tiers import Tier
from gazetteer.values import Place
from tests.service.asking import FACILITIES, INCIDENTS, PLACES, following, timeless
from tests.service.harm.asks import ROUTES, Ask, Excluded, Target, asks_for, sent
from tests.service.harm.clients import BELOW_FULL, client_at
from tests.service.harm.reading import asked, everything, numbers_in, text_of
from tests.service.harm.stores import a_full_store, same_changes
from tests.service.harm.worlds import World, two_worlds, written

#: Routes whose answers hang on positions: at tier full they must differ between the worlds, or the requests
#: here are no attack.
_TELLING = {
    ("GET", "/v1/resolve"), ("POST", "/v1/resolve"), ("POST", "/v1/geoparse"), ("GET", "/v1/distance"),
    ("GET", "/v1/suggest"), ("GET", "/v1/decision"), ("GET", "/v1/places/<id>"),
    ("GET", PLACES), ("GET", INCIDENTS),
    ("GET", f"{PLACES}/<path:id>"), ("GET", FACILITIES), ("GET", f"{FACILITIES}/<id>"),
    ("GET", f"{INCIDENTS}/<path:id>"),
    ("GET", "/v1/incidents/summary"), ("GET", "/v1/incidents/spots"), ("GET", "/v1/ask"),
    ("POST", "/v1/enrich"), ("GET", "/search"),
    ("GET", "/search.php"), ("GET", "/reverse"), ("GET", "/reverse.php"), ("GET", "/v1/reverse"),
    ("GET", "/reconcile"), ("POST", "/reconcile"), ("GET", "/reconcile/preview"),
}  # fmt: skip


@dataclass(frozen=True)
class Stage:
    """The two worlds at a tier, and at tier full: a client of each, on stores that were filled at full."""

    tier: Tier
    worlds: tuple[World, World]
    below: tuple[FlaskClient, FlaskClient]
    full: tuple[FlaskClient, FlaskClient]

    @property
    def targets(self) -> list[Target]:
        """Return a sensitive place of each kind to ask about, beside where each is in either world."""
        found = self.worlds[0].secrets.values()
        kinds = (PlaceKind.HOSPITAL, PlaceKind.CAMP, PlaceKind.CLINIC)
        chosen = [next(place for place in found if place.kind is kind) for kind in kinds]
        return [Target(one.id, one.name, w.beside(one.id)) for w in self.worlds for one in chosen]


@pytest.fixture(scope="module", params=BELOW_FULL)
def stage(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, default: Gazetteer
) -> Iterator[Stage]:
    tier: Tier = request.param
    with pytest.MonkeyPatch.context() as patch:
        same_changes(patch)
        worlds = two_worlds(tmp_path_factory.mktemp("worlds"), default, tier)
        stores = [a_full_store(world) for world in worlds]
        full, below = (
            [client_at(t, w.gazetteer, store=s) for w, s in zip(worlds, stores, strict=True)]
            for t in ("full", tier)
        )
        yield Stage(tier, worlds, (below[0], below[1]), (full[0], full[1]))


def routes_of(app: Flask) -> set[tuple[str, str]]:
    return {
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def test_every_route_is_asked_or_has_a_reason_not_to_be(stage: Stage) -> None:
    app = stage.below[0].application
    assert routes_of(app) == set(ROUTES)
    adapter = app.url_map.bind("localhost")
    for (method, rule), asks in ROUTES.items():
        if isinstance(asks, Excluded):
            assert asks.reason
            continue
        for ask in asks(stage.targets[0]):
            found, _ = adapter.match(ask.path.partition("?")[0], method=ask.method, return_rule=True)
            assert (rule, method) == (found.rule, ask.method)


def test_every_format_that_is_described_is_asked_for(stage: Stage) -> None:
    target = stage.targets[0]
    for address, root in (("/v1/openapi.json", ""), ("/ogc/openapi", "/ogc")):
        document = stage.below[0].get(address).get_json(force=True)
        for path, operations in document["paths"].items():
            for method, operation in operations.items():
                rule = f"{root}{path}".replace("{", "<").replace("}", ">").rstrip("/") or "/"
                for items in (INCIDENTS, PLACES):  # whose ids may have slashes
                    rule = rule.replace(f"{items}/<id>", f"{items}/<path:id>")
                if isinstance(ROUTES[method.upper(), rule], Excluded):
                    continue
                asks = asks_for(rule, method.upper(), target)
                given = {sent(c, ask).mimetype for ask in asks for c in stage.below}
                _check_formats(operation, asks, given, f"{method} {path}")


def _check_formats(operation: Any, asks: list[Ask], given: Collection[str | None], what: str) -> None:
    described = set(operation["responses"]["200"].get("content", {}))
    assert described <= set(given), what
    for parameter in operation.get("parameters", ()):
        if (name := parameter["name"]) in ("format", "f"):
            words = parameter["schema"]["enum"]
            assert not [w for w in words if not any(f"{name}={w}" in ask.path for ask in asks)], what
    for taken in operation.get("requestBody", {}).get("content", {}):
        assert any((ask.media_type or "").startswith(taken) for ask in asks), (what, taken)


def digits_not_to_be_told(places: Iterable[Place]) -> frozenset[str]:
    """Return latitudes and longitudes of places, and latitudes 2 km north of them, as text."""
    numbers = set()
    for place in places:
        north = destination(place.position, azimuth_deg=0, distance_m=2000)
        numbers |= {place.position.latitude, place.position.longitude, north.latitude}
    return frozenset(text for number in numbers for text in written(number))


#: The routes on which each sensitive place is asked about, and how many of their requests are made.
_ABOUT_EACH = {
    ("GET", "/v1/places/<id>"): 1,
    ("GET", "/v1/resolve"): 5,
    ("GET", "/search"): 2,
    ("GET", "/reconcile"): 3,
    ("GET", "/reconcile/preview"): 1,
    ("GET", f"{PLACES}/<path:id>"): 3,
    ("GET", f"{FACILITIES}/<id>"): 3,
    ("GET", FACILITIES): 6,
    ("GET", INCIDENTS): 3,
    ("POST", "/v1/enrich"): 1,
}


def test_no_answer_about_any_sensitive_place_has_its_digits(stage: Stage) -> None:
    """That such requests bring out every position at tier full is shown in `test_told.py`."""
    world = stage.worlds[0]
    for number, place in enumerate(world.secrets.values()):
        secret = digits_not_to_be_told([place])
        target = Target(place.id, place.name, world.beside(place.id))
        asks = [a for (m, rule), count in _ABOUT_EACH.items() for a in asks_for(rule, m, target)[:count]]
        packing = {"Accept-Encoding": ("", "br", "gzip")[number % 3]}
        for ask in asks:
            packed = replace(ask, headers={**ask.headers, **packing})
            found = numbers_in(text_of(sent(stage.below[0], packed))) - numbers_in(asked(ask))
            assert set() == found & secret, ask


@pytest.mark.parametrize(("method", "rule"), sorted(ROUTES), ids=str)
def test_two_worlds_give_the_same_answers_and_no_digits(stage: Stage, method: str, rule: str) -> None:
    secret = digits_not_to_be_told(stage.worlds[0].secrets.values())
    for number, target in enumerate(stage.targets):
        for ask in asks_for(rule, method, target):
            one, other = (sent(client, ask) for client in stage.below)
            assert comparable(everything(one), rule) == comparable(everything(other), rule), ask
            assert set() == (numbers_in(text_of(one)) & secret) - numbers_in(asked(ask)), ask
            if ask.method == "GET" and not number and rule != "/metrics":
                for way in ("HEAD", "OPTIONS"):
                    tried = replace(ask, method=way, statuses=_ANY)
                    first, second = (everything(sent(client, tried)) for client in stage.below)
                    assert first == second, (way, ask)


_ANY = tuple(range(200, 500))
_FIGURES = re.compile(rb"^(# \w+ )?gazetteer_request.*\n", re.M)


def comparable(answer: tuple[int, Any, bytes], rule: str) -> Any:
    """Return an answer without what isn't of the gazetteer: how many requests there were and how long."""
    return (answer[0], _FIGURES.sub(b"", answer[2])) if rule == "/metrics" else answer


def test_at_tier_full_the_worlds_are_told_apart_by_each_route_that_has_positions(stage: Stage) -> None:
    def is_telling(method: str, rule: str) -> bool:
        asks = (ask for target in stage.targets for ask in asks_for(rule, method, target))
        answers = ([timeless(sent(client, ask).data) for client in stage.full] for ask in asks)
        return any(one != other for one, other in answers)

    assert set() == {route for route in _TELLING if not is_telling(*route)}


def test_ranges_and_old_tags_tell_no_more(stage: Stage) -> None:
    def same(ask: Ask) -> TestResponse:
        one, other = (sent(client, ask) for client in stage.below)
        assert everything(one) == everything(other), ask
        return one

    target = stage.targets[0]
    for rule in ("/v1/places/<id>", INCIDENTS, f"{PLACES}/<path:id>", FACILITIES, "/v1/resolve"):
        ask = asks_for(rule, "GET", target)[0]
        for headers in ({"Range": "bytes=0-20"}, {"If-None-Match": "*"}, {"If-Match": '"x"'}):
            same(replace(ask, headers=headers, statuses=_ANY))
        for tag in (sent(client, ask).headers["ETag"] for client in stage.full):
            assert 200 == same(replace(ask, headers={"If-None-Match": tag})).status_code, "no tag here"
    for path in (INCIDENTS, FACILITIES, f"{PLACES}?kind=hospital"):
        page = same(Ask(f"{path}{'&' if '?' in path else '?'}limit=1"))
        same(Ask(following(page.get_json()) or ""))
