"""Asking an application that runs in this process, with a gazetteer in memory."""

import csv
import io
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from gazetteer.lookups import Lookups
from service.app import create_app
from service.settings import Settings
from tests.fakes import FakeGazetteer

#: The collections' items: what lists are read from.
COLLECTIONS = ("places", "facilities", "areas", "incidents")
PLACES, FACILITIES, AREAS, INCIDENTS = (f"/ogc/collections/{name}/items" for name in COLLECTIONS)
ENDPOINTS = (
    "/v1/resolve?text=Saraqeb",
    "/v1/reverse?latitude=35.93&longitude=36.63",
    "/v1/distance?from=Idlib&to=Aleppo",
    f"{INCIDENTS}?near=hospital&within=5km",
    "/v1/incidents/summary",
    "/v1/incidents/spots?near=hospital&within=5km",
    "/v1/ask?question=nearest+hospital+to+Kafranbel",
    "/v1/suggest?text=ida",
    "/v1/places/test:idlib",
    f"{PLACES}?area=Idlib",
    f"{AREAS}/SY07",
    AREAS,
    FACILITIES,
    "/ogc",
    "/ogc/conformance",
    "/ogc/collections",
    "/ogc/collections/areas",
    "/ogc/collections/areas/schema",
    "/v1/info",
    "/healthz",
    "/readyz",
    "/metrics",
)
#: The key of an application that takes writes, and the header that bears it.
KEY = "k" * 32
BEARER = {"Authorization": f"Bearer {KEY}"}


@cache
def an_app(**settings: Any) -> Flask:
    """Return the application with these settings, made once: to make one takes a tenth of a second."""
    return create_app(Settings(**settings), FakeGazetteer())


def a_client(gazetteer: Any = None, **settings: Any) -> FlaskClient:
    """Return a client; one that is to see a gazetteer of its own asks an application of its own."""
    app = an_app(**settings) if gazetteer is None else create_app(Settings(**settings), gazetteer)
    return app.test_client()


def a_client_of(rows: str, folder: Path, gazetteer: Lookups | None = None, **settings: Any) -> FlaskClient:
    """Return a client of a server that was started with a table, and takes writes."""
    table = folder / "incidents.csv"
    table.write_text(rows, encoding="utf-8")
    return a_client(gazetteer or FakeGazetteer(), incidents=table, api_key=KEY, **settings)


def get(client: FlaskClient, address: str, **more: Any) -> Any:
    response = client.get(address, **more)
    assert 200 == response.status_code, response.text
    return json.loads(response.text)


def problem(response: TestResponse) -> dict[str, Any]:
    assert "application/problem+json" == response.content_type
    body: dict[str, Any] = json.loads(response.text)
    assert response.status_code == body["status"]
    assert {"type", "title", "status", "detail", "instance"} <= body.keys()
    return body


def refused(response: TestResponse, status: int, parameter: str | None = None, words: str = "") -> None:
    """Hold an answer against the problem that it must be."""
    found = problem(response)
    assert (status, parameter) == (found["status"], found.get("parameter")), found
    assert words in found["detail"], found


def rows_of(response: TestResponse) -> list[dict[str, str]]:
    """Return the rows of an answer in CSV."""
    assert 200 == response.status_code, response.text
    return list(csv.DictReader(io.StringIO(response.text, newline="")))


def post(client: FlaskClient, address: str, body: Any) -> Any:
    response = client.post(address, json=body)
    assert 200 == response.status_code, response.text
    return json.loads(response.text)


def following(page: dict[str, Any]) -> str | None:
    """Return the address of the page after this one, from its path on; None after the last."""
    return next((path_of(one["href"]) for one in page["links"] if one["rel"] == "next"), None)


def path_of(address: str) -> str:
    """Return what is behind the host of a whole address."""
    return urlsplit(address)._replace(scheme="", netloc="").geturl()


def pages(client: FlaskClient, address: str) -> Iterator[Any]:
    """Yield a page and those that follow it."""
    after: str | None = address
    while after is not None:
        page = get(client, after)
        yield page
        after = following(page)


def timeless(body: bytes) -> bytes:
    """Return an answer without the time at which it was given, by which any two pages differ."""
    return re.sub(rb'"timeStamp":"[-0-9T:]+Z"', b'"timeStamp":""', body, count=1)


def for_3_1(schema: Any) -> Any:
    """Return a schema of OpenAPI 3.0 in the words of JSON Schema."""
    if isinstance(schema, list):
        return [for_3_1(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: for_3_1(one) for name, one in schema.items() if name != "nullable"}
    if made.get("exclusiveMinimum") is True:
        made["exclusiveMinimum"] = made.pop("minimum")
    return {"anyOf": [made, {"type": "null"}]} if schema.get("nullable") is True else made


def ids(collection: dict[str, Any]) -> list[str]:
    return [feature["id"] for feature in collection["features"]]
