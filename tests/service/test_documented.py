"""What a real gazetteer answers has the schema that the OpenAPI document gives it."""

import json
from typing import Any

import jsonschema
import pytest
from flask.testing import FlaskClient

from gazetteer import Gazetteer
from tests.service.asking import a_client

ASKED: list[tuple[str, Any]] = [
    ("/v1/resolve?text=Saraqib", None),
    ("/v1/resolve?text=5+km+north+of+Idlib", None),
    ("/v1/resolve?text=35.9,36.6", None),
    ("/v1/resolve?text=xqzxqz", None),
    ("/v1/resolve", {"queries": [{"text": "Kafranbel"}, {"text": "x", "area": "Atlantis"}]}),
    ("/v1/reverse?lat=35.93&lon=36.63", None),
    ("/v1/reverse?lat=0&lon=0", None),
    ("/v1/reverse", {"points": [{"lat": 35.93, "lon": 36.63}, {"lat": 0, "lon": 0}]}),
    ("/v1/distance?from=Aleppo&to=Idlib", None),
    ("/v1/distance?from=Aleppo&to=Aleppo", None),
    ("/v1/suggest?text=al", None),
    ("/v1/places/SY?spellings=true", None),
    ("/v1/places/cg:abdin-cave-hospital", None),
    ("/v1/places?limit=1000", None),
    ("/v1/places?limit=1000&format=geojson", None),
    ("/v1/facilities?limit=5", None),
    ("/v1/areas/SY0702", None),
    ("/v1/areas?level=0", None),
    ("/v1/areas?level=3", None),
    ("/v1/info", None),
    ("/v1/info?x=1", None),
]


@pytest.fixture(scope="module")
def client(default: Gazetteer) -> FlaskClient:
    return a_client(default)


@pytest.mark.parametrize(("address", "body"), ASKED)
def test_an_answer_has_its_documented_schema(client: FlaskClient, address: str, body: Any) -> None:
    response = client.get(address) if body is None else client.post(address, json=body)
    document = json.loads(client.get("/v1/openapi.json").text)
    path = (
        address.partition("?")[0].replace("places/SY", "places/{id}").replace("areas/SY0702", "areas/{pcode}")
    )
    path = path.replace("places/cg:abdin-cave-hospital", "places/{id}")
    operation = document["paths"][path]["get" if body is None else "post"]
    described = operation["responses"][str(response.status_code)]["content"][response.content_type]
    schema = {**described["schema"], "components": document["components"]}
    jsonschema.Draft202012Validator(schema).validate(json.loads(response.text))
