"""Below tier full no id is an address in somebody else's table, whatever is asked, and none is an answer."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import quote, quote_plus

import pytest
from flask.testing import FlaskClient

from gazetteer.privacy.tiers import CELL_DEG, Tier
from service.answers import CSV
from tests.service.asking import FACILITIES, INCIDENTS, PLACES
from tests.service.harm.asks import ROUTES, Ask, Target, asks_for, one_of_each_route, table
from tests.service.harm.clients import BELOW_FULL, WRITER, client_at
from tests.service.harm.reading import text_of
from tests.service.harm.small_worlds import ADDRESSES, CAMP, CLINIC, HOSPITAL, SmallWorld, a_small_world

#: The parts of ids that lead to a record.
_NUMBERS = [one.rpartition(":")[2] for one in ADDRESSES]
#: The hash of an answer, which repeats the question.
_TAG = re.compile(r"(?m)^ETag: .*$")


@dataclass(frozen=True)
class Told:
    """A world whose clinic an enriched row names by its id, and clients of two tiers."""

    world: SmallWorld
    tier: Tier
    below: FlaskClient
    full: FlaskClient

    def targets(self, client: FlaskClient) -> list[Target]:
        """Return the places in the cell as a client knows them."""
        found = client.get(f"{PLACES}?f=json&limit=100").get_json()["features"]
        names = {one["properties"]["name"]: one["id"] for one in found}
        hidden = ("Hidden Hospital", "Hidden Clinic", "Hidden Camp")
        return [Target(names[name], name, self.world.centre) for name in hidden]


@pytest.fixture(scope="module", params=BELOW_FULL)
def told(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    world = a_small_world(tmp_path_factory.mktemp("ids") / "world", request.param, corner=1)
    store = world.folder / "store.sqlite"
    below, full = (client_at(tier, world.gazetteer, store=store) for tier in (request.param, "full"))
    rows = [{"id": "by id", "date": "2016-05-30", "place": "Hidden Clinic"}]
    rich = full.post("/v1/enrich", data=table(rows), content_type=CSV).data
    assert CLINIC in rich.decode()
    unknown = rich.replace(b"by id,2016-05-30,Hidden Clinic", b"by id,2016-05-30,as a person decided")
    assert 200 == full.post("/v1/incidents", data=unknown, content_type=CSV, headers=WRITER).status_code
    yield Told(world, request.param, below, full)


def answer(client: FlaskClient, ask: Ask) -> str:
    headers = {"X-Request-ID": "same", **ask.headers}
    return text_of(
        client.open(ask.path, method=ask.method, headers=headers, data=ask.body, content_type=ask.media_type)
    )


def told_in(client: FlaskClient, asks: Iterable[Ask]) -> set[str]:
    return {number for ask in asks for number in _NUMBERS if number in answer(client, ask)}


def test_no_route_tells_an_id_that_others_use(told: Told) -> None:
    _, known, _ = told.targets(told.full)
    each = (ask for _, ask in one_of_each_route(known, 0))
    assert {CLINIC.rpartition(":")[2], CAMP} <= told_in(told.full, each), "else this is no test"
    _, clinic, _ = told.targets(told.below)
    for method, rule in ROUTES:
        if method != "DELETE":
            assert set() == told_in(told.below, asks_for(rule, method, clinic)), rule


def test_an_id_that_others_use_is_answered_as_one_that_nobody_has(told: Told) -> None:
    asks = ["/v1/places/{}", f"{PLACES}/{{}}", f"{FACILITIES}/{{}}", "/v1/resolve?text={}"]
    asks += ["/v1/distance?from={}&to=Saraqib", "/v1/suggest?text={}", "/search?q={}&format=jsonv2"]
    asks += [f"{INCIDENTS}?near={{}}&within=5km", "/v1/ask?question=nearest+hospital+to+{}"]
    asks += ["/reconcile?queries=%7B%22q%22%3A%7B%22query%22%3A%22{}%22%7D%7D", "/reconcile/preview?id={}"]
    asks += ["/reconcile?extend=%7B%22ids%22%3A%5B%22{}%22%5D%2C%22properties%22%3A%5B%5D%7D"]
    for address in ADDRESSES:
        digits = re.sub(r"\D", "", address)
        nobody = address.replace(digits, digits[::-1])
        for ask in asks:
            quoted = quote_plus if "?" in ask else quote
            known, unknown = (answer(told.below, Ask(ask.format(quoted(one)))) for one in (address, nobody))
            known = known.replace(digits, digits[::-1])
            assert _TAG.sub("", unknown) == _TAG.sub("", known), ask


def test_a_place_has_an_id_of_its_cell_its_names_and_its_spellings(told: Told) -> None:
    hospital, clinic, camp = told.targets(told.below)
    latitude, longitude = told.world.centre.latitude, told.world.centre.longitude
    assert HOSPITAL == hospital.id
    assert f"cell:clinic:{latitude:g}:{longitude:g}:1" == clinic.id
    assert f"cell:camp:{latitude:g}:{longitude:g}:1" == camp.id
    found = told.below.get(f"/v1/places/{clinic.id}?spellings=true").get_json()
    assert {"Hidden Clinic", "Veiled Clinic"} == {one["text"] for one in found["spellings"]}
    best = told.below.get("/v1/resolve?text=Veiled+Clinic").get_json()["matches"][0]
    assert clinic.id == best["place"]["id"]


def test_a_stored_row_that_names_its_place_by_such_an_id_stays_in_the_cell(told: Told) -> None:
    (row,) = told.below.get(f"{INCIDENTS}?limit=1").get_json()["features"]
    centre = told.world.centre
    assert [centre.longitude, centre.latitude] == row["geometry"]["coordinates"]
    assert CELL_DEG[told.tier] == row["properties"]["incident_generalised_to_deg"]
