"""Every answer over HTTP says what a facility's position was taken from; below tier full none does."""

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from gazetteer import Gazetteer
from gazetteer.privacy.tiers import TIERS
from service.app import create_app
from service.settings import Settings
from tests.builders import a_gazetteer_file, a_record
from tests.gazetteer.test_position_basis import HOSPITAL
from tests.service.asking import FACILITIES, PLACES, get

SHOWN = (
    "/v1/resolve?text=Hope+Hospital",
    "/v1/places/cg:h",
    "/v1/suggest?text=Hope",
    "/v1/distance?from=Hope+Hospital&to=Saraqib",
    "/v1/ask?question=nearest+hospital+to+Saraqib",
    "/v1/info",
    *(f"{items}?f={form}" for items in (PLACES, FACILITIES) for form in ("json", "csv", "html")),
    f"{FACILITIES}/cg:h",
    "/reconcile/preview?id=cg:h",
    '/reconcile?queries={"q":{"query":"Hope+Hospital"}}',
    "/search?q=Hope+Hospital&format=jsonv2&extratags=1",
    '/reconcile?extend={"ids":["cg:h"],"properties":[{"id":"position_basis"}]}',
)


@pytest.fixture(scope="module")
def clients(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[FlaskClient]]:
    records = [a_record(), a_record(**HOSPITAL, position_basis="quarter")]
    with Gazetteer.open(a_gazetteer_file(tmp_path_factory.mktemp("basis") / "g.gpkg", records)) as gazetteer:
        yield [create_app(Settings(tier=tier), gazetteer).test_client() for tier in TIERS]


def test_every_answer_says_the_basis_at_tier_full_alone(clients: list[FlaskClient]) -> None:
    for address in SHOWN:
        texts = [client.get(address).text for client in clients]
        assert [True, False, False] == ["quarter" in text for text in texts], address


def test_a_distance_is_null_where_only_its_range_is_known(clients: list[FlaskClient]) -> None:
    found = get(clients[0], "/v1/distance?from=Saraqib&to=Hope+Hospital")
    assert (None, None, None) == (found["distance_m"], found["azimuth_deg"], found["compass"])
    assert (0.0, 5411.1) == (found["min_m"], found["max_m"])
