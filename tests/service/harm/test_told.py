"""At tier full the audit log counts every sensitive place whose position an answer tells.

Every sensitive place is asked about on every third route, and the next place on another third. An answer
tells of a place if it has its latitude and its longitude, which no other place has. A position that lies
elsewhere in a world in which the sensitive places stand elsewhere was computed from one.
"""

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from gazetteer import Gazetteer
from service.app import SILENT
from tests.service.auditing import lines_in
from tests.service.harm.asks import Ask, Target, one_of_each_route, sent, table
from tests.service.harm.clients import WRITER, client_at
from tests.service.harm.reading import asked, numbers_in, text_of
from tests.service.harm.stores import a_full_store
from tests.service.harm.worlds import World, two_worlds, written

_COUNTS = {"/v1/reverse"}  # POST, which gives areas alone


@dataclass(frozen=True)
class Told:
    """What was answered to a request, and what the log says of it."""

    rule: str
    ask: Ask
    numbers: set[str]
    logged: dict[str, int]


@dataclass(frozen=True)
class Walk:
    world: World
    other: FlaskClient  # of the other world
    answers: list[Told]
    tells: dict[str, bool]  # by rule, as it is declared


def a_client(world: World, folder: Path) -> FlaskClient:
    """Return a client at tier full, with incidents computed from each sensitive place."""
    folder.mkdir()
    store = a_full_store(world, audit=folder / "audit.jsonl")
    full = client_at("full", world.gazetteer, store=store)
    names = [place.name for place in world.secrets.values()]
    every = [text.format(name) for name in names for text in ("1 m north of {}", "between {} and Aleppo")]
    rows = [{"id": f"computed {n}", "date": "2016-05-30", "place": text} for n, text in enumerate(every)]
    stored = full.post("/v1/incidents", data=table(rows), content_type="text/csv", headers=WRITER)
    assert 200 == stored.status_code
    return full


@pytest.fixture(scope="module")
def walk(default: Gazetteer, tmp_path_factory: pytest.TempPathFactory) -> Walk:
    worlds = two_worlds(tmp_path_factory.mktemp("told"), default, "public")
    log = tmp_path_factory.mktemp("log")
    client, other = (a_client(world, log / str(n)) for n, world in enumerate(worlds))
    answers: list[Told] = []
    for number, place in enumerate(worlds[0].secrets.values()):
        target = Target(place.id, place.name, worlds[0].beside(place.id))
        for rule, ask in list(one_of_each_route(target, number))[number % 3 :: 3]:
            named = replace(ask, headers={**ask.headers, "X-Request-ID": f"ask-{len(answers)}"})
            answers.append(Told(rule, ask, numbers_in(text_of(sent(client, named))), {}))
    for line in lines_in(log / "0" / "audit.jsonl"):
        what, _, asked_as = line["id"].partition("-")
        if (what, line["what"], line["stage"]) == ("ask", "read", "done"):
            answers[int(asked_as)].logged.update(line["places"])
    return Walk(worlds[0], other, answers, declared_to_tell(client.application))


def declared_to_tell(app: Any) -> dict[str, bool]:
    silent = SILENT | {one.name for one in app.extensions["gazetteer.endpoints"].values() if not one.tells}
    rules = sorted(app.url_map.iter_rules(), key=lambda rule: rule.endpoint in silent)
    return {rule.rule: rule.endpoint not in silent for rule in reversed(rules)}


def test_every_sensitive_place_whose_position_is_told_is_counted(walk: Walk) -> None:
    digits = {
        place: [written(one) for one in (place.position.latitude, place.position.longitude)]
        for place in walk.world.secrets.values()
    }
    told_of, uncounted = set(), []
    for one in walk.answers:
        found = one.numbers - numbers_in(asked(one.ask))
        places = [place for place, both in digits.items() if all(found & either for either in both)]
        told_of |= {place.id for place in places}
        kinds = Counter(place.kind.value for place in places)
        if any(one.logged.get(kind, 0) < count for kind, count in kinds.items()):
            uncounted.append((one.ask, kinds, one.logged))
    assert [] == uncounted
    assert walk.world.secrets.keys() == told_of, "else the requests here are no test"


def test_every_answer_with_a_position_computed_from_a_sensitive_place_has_a_line(walk: Walk) -> None:
    open_ = (place.position for place in walk.world.gazetteer.places() if not place.sensitive)
    plain = {text for at in open_ for number in (at.latitude, at.longitude) for text in written(number)}
    silent = [one for one in walk.answers if one.numbers and not one.logged]
    there = [numbers_in(text_of(sent(walk.other, one.ask))) for one in silent]
    computed = [one.numbers - also - plain for one, also in zip(silent, there, strict=True)]
    assert [] == [(one.ask, found) for one, found in zip(silent, computed, strict=True) if found]


def test_a_route_has_lines_unless_it_is_declared_to_tell_of_none(walk: Walk) -> None:
    logged = {one.rule for one in walk.answers if one.logged}
    assert {rule for rule in {one.rule for one in walk.answers} if walk.tells[rule]} - logged <= _COUNTS
    assert not {rule for rule in logged if not walk.tells[rule]}
