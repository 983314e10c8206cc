"""What can't be answered, as `application/problem+json`."""

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from gazetteer.answers import ReverseAnswer
from gazetteer.errors import TableError
from gazetteer.geodesy import LatLon
from service.app import create_app
from service.settings import Settings
from tests.fakes import FakeGazetteer
from tests.service.asking import ENDPOINTS, a_client, get, ids, problem


@pytest.mark.parametrize("address", [*ENDPOINTS, "/"])
def test_an_unknown_parameter_is_refused_and_named_everywhere(client: FlaskClient, address: str) -> None:
    found = problem(client.get(address + ("&" if "?" in address else "?") + "wihtin=x"))
    assert (400, "wihtin") == (found["status"], found["parameter"])
    assert "unknown parameter wihtin" in found["detail"]


@pytest.mark.parametrize(
    ("address", "parameter", "words"),
    [
        ("/v1/resolve", "text", "required"),
        ("/v1/resolve?text=", "text", "at least 1"),
        ("/v1/resolve?text=x&limit=0", "limit", "greater"),
        ("/v1/resolve?text=x&limit=many", "limit", "integer"),
        ("/v1/resolve?text=x&min_confidence=nan", "min_confidence", "finite"),
        ("/v1/resolve?text=x&text=y", "text", "2 times"),
        ("/v1/resolve?text=x&area=Atlantis", "area", "Atlantis"),
        ("/v1/reverse?lat=nan&lon=36", "lat", "finite"),
        ("/v1/reverse?lat=35&lon=inf", "lon", "finite"),
        ("/v1/reverse?lat=95&lon=36", "lat", "swapped"),
        ("/v1/reverse?lat=35&lon=200", "lon", "-180 and 180"),
        ("/v1/reverse?lat=35", "lon", "required"),
        ("/v1/distance?from=95,36&to=Idlib", "from", "swapped"),
        ("/v1/distance?from=Idlib&to=95,36", "to", "swapped"),
        ("/v1/incidents?near=hospital&within=-5km", "within", "zero or more"),
        ("/v1/incidents?near=hospital&within=5", "within", "unit"),
        ("/v1/incidents?near=hospital", "within", "needed with near"),
        ("/v1/incidents?within=5km", "near", "needed with within"),
        ("/v1/incidents?near=Nowhere&within=5km", "near", "was not found"),
        ("/v1/incidents?near=95,36.1&within=5km", "near", "swapped"),
        ("/v1/incidents?near=nan,36.1&within=5km", "near", "finite"),
        ("/v1/incidents?near=Twin&within=5km", "near", "is ambiguous"),
        ("/v1/resolve?text=95.2,36.1", "text", "swapped"),
        ("/v1/distance?from=nan,36.1&to=Idlib", "from", "finite"),
        ("/v1/distance?from=Idlib&to=35.9,inf", "to", "finite"),
        ("/v1/ask?question=incidents+within+5+km+of+95,36.1", "question", "swapped"),
        ("/v1/ask?question=nearest+hospital+to+95,36.1", "question", "swapped"),
        ("/v1/ask?question=nearest+hospital+to+Twin", "question", "is ambiguous"),
        ("/v1/incidents?from=30/5/2016", "from", "2016-05-30"),
        ("/v1/incidents?to=1464566400", "to", "2016-05-30"),
        ("/v1/incidents?from=2016-06-01&to=2016-05-01", "to", "before"),
        ("/v1/incidents?area=Atlantis", "area", "Atlantis"),
        ("/v1/ask?question=who+did+it", "question", "ask for example"),
        ("/v1/ask?question=strikes+within+5+km+of+a+hospital+in+Atlantis", "question", "Atlantis"),
    ],
)
def test_a_bad_parameter_is_a_400_that_names_it(
    client: FlaskClient, address: str, parameter: str, words: str
) -> None:
    found = problem(client.get(address))
    assert (400, parameter) == (found["status"], found["parameter"])
    assert words in found["detail"]
    assert "alue error" not in found["detail"]
    assert address.partition("?")[0] == found["instance"]


@pytest.mark.parametrize(
    "address", ["/v1/places/nothing", "/v1/distance?from=Nowhere&to=Idlib", "/v1/nothing", "/nothing"]
)
def test_what_is_not_there_is_a_404(address: str) -> None:
    assert "Not found" == problem(a_client().get(address))["title"]


def test_a_wrong_method_is_a_405_that_says_which_are_right() -> None:
    response = a_client().post("/v1/distance")
    assert 405 == problem(response)["status"]
    assert {"GET", "HEAD", "OPTIONS"} == set(response.headers["Allow"].split(", "))


def test_what_nobody_foresaw_is_a_500_that_says_nothing_of_the_inside() -> None:
    class Broken(FakeGazetteer):
        def reverse(self, position: LatLon) -> ReverseAnswer:
            raise RuntimeError("secret inside")

    response = a_client(Broken()).get("/v1/reverse?lat=35&lon=36")
    assert 500 == problem(response)["status"]
    assert not re.search("secret|Traceback|RuntimeError", response.text)


def test_problems_point_to_where_they_are_described() -> None:
    client = a_client()
    kind = problem(client.get("/v1/resolve"))["type"]
    assert f'id="{kind.removeprefix("/about#")}"' in client.get("/about").text


def test_an_incident_table_that_cannot_be_read_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=re.escape("nothing.csv")):
        create_app(Settings(incidents=tmp_path / "nothing.csv"), FakeGazetteer())


def test_two_applications_share_nothing(client: FlaskClient) -> None:
    assert 503 == a_client().get("/v1/incidents").status_code
    assert 5 == len(ids(get(client, "/v1/incidents")))


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:8000", 200),
        ("127.0.0.1:8000", 200),
        ("[::1]:8000", 200),
        ("evil.example:8000", 421),
        ("127.0.0.1.evil.example", 421),
    ],
)
def test_only_this_machines_names_are_answered(host: str, status: int) -> None:
    assert status == a_client().get("/healthz", headers={"Host": host}).status_code
