"""Asking an application that runs in this process, with a gazetteer in memory."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from pydantic import SecretStr
from werkzeug.test import TestResponse

from gazetteer.lookups import Lookups
from service.app import create_app
from service.settings import Settings
from tests.fakes import FakeGazetteer

ENDPOINTS = (
    "/v1/resolve?text=Saraqeb",
    "/v1/reverse?latitude=35.93&longitude=36.63",
    "/v1/distance?from=Idlib&to=Aleppo",
    "/v1/incidents?near=hospital&within=5km",
    "/v1/incidents/summary",
    "/v1/ask?question=nearest+hospital+to+Kafranbel",
    "/v1/suggest?text=ida",
    "/v1/places/test:idlib",
    "/v1/places?area=Idlib",
    "/v1/areas/SY07",
    "/v1/areas",
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


def a_client(gazetteer: Any = None) -> FlaskClient:
    """Return a client; one that is to see a gazetteer of its own asks an application of its own."""
    app = an_app() if gazetteer is None else create_app(Settings(), gazetteer)
    return app.test_client()


def a_client_of(rows: str, folder: Path, gazetteer: Lookups | None = None, **settings: Any) -> FlaskClient:
    """Return a client of a server that was started with a table, and takes writes."""
    table = folder / "incidents.csv"
    table.write_text(rows, encoding="utf-8")
    made = Settings(incidents=table, api_key=SecretStr(KEY), **settings)
    return create_app(made, gazetteer or FakeGazetteer()).test_client()


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


def post(client: FlaskClient, address: str, body: Any) -> Any:
    response = client.post(address, json=body)
    assert 200 == response.status_code, response.text
    return json.loads(response.text)


def ids(collection: dict[str, Any]) -> list[str]:
    return [feature["id"] for feature in collection["features"]]
