"""The pages, the OpenAPI document, and what every response forbids."""

import json
import re

import pytest
from flask.testing import FlaskClient

from tests.service.asking import ENDPOINTS, a_client, get


def test_the_openapi_document_describes_every_endpoint_and_its_parameters() -> None:
    document = get(a_client(), "/v1/openapi.json")
    assert document["openapi"].startswith("3.1")
    paths = document["paths"]
    served = {re.sub("/(test:idlib|SY07)", "/{}", address.partition("?")[0]) for address in ENDPOINTS}
    assert served <= {re.sub(r"{\w+}", "{}", path) for path in paths}
    named = {p["name"] for p in paths["/v1/incidents"]["get"]["parameters"]}
    assert {"near", "within", "from", "to", "area", "bbox", "polygon", "kind", "limit", "cursor"} <= named
    for operation in (operation for path in paths.values() for operation in path.values()):
        assert ["application/problem+json"] == list(operation["responses"]["400"]["content"])
    known = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert set(re.findall(r'"(#/[^"]+)"', json.dumps(document))) <= known


@pytest.mark.parametrize("page", ["/", "/about", "/v1/swagger"])
def test_pages_use_only_this_servers_own_files_and_no_inline_script(page: str) -> None:
    client = a_client()
    html = client.get(page).text
    assert not re.findall(r"(?:src|href)=\"(?:https?:)?//", html)
    assert not re.findall(r"<script(?![^>]*\ssrc=)", html)
    sources = re.findall(r'<(?:script|link)[^>]* (?:src|href)="([^"]+)"', html)
    assert sources
    for source in sources:
        address = source if source.startswith("/") else "/v1/" + source
        with client.get(address) as response:
            assert 200 == response.status_code, address


def test_the_about_pages_examples_all_answer(client: FlaskClient) -> None:
    answered = {200, 404}  # the fake knows few names
    for address in re.findall(r'href="(/v1/[^"]+)"', client.get("/about").text):
        response = client.get(address.replace("&amp;", "&"))
        assert response.status_code in answered, response.text


def test_the_about_page_says_how_to_load_incidents_where_there_are_none() -> None:
    assert "gazetteer-serve --incidents TABLE" in a_client().get("/about").text.partition("Problems")[0]


@pytest.mark.parametrize("address", ["/", "/about", "/v1/swagger", "/v1/resolve?text=x", "/nothing"])
def test_every_response_forbids_content_from_elsewhere(address: str) -> None:
    headers = a_client().get(address).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "nosniff" == headers["X-Content-Type-Options"]
