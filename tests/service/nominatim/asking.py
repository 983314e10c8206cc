"""Asking in Nominatim's words."""

from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.service.asking import get


def search(client: FlaskClient, q: str | None = None, **parameters: Any) -> Any:
    """Return the answer of `/search`."""
    return get(client, "/search", query_string=parameters if q is None else {"q": q, **parameters})


def reverse(client: FlaskClient, latitude: float, longitude: float, **parameters: Any) -> Any:
    """Return the answer of `/reverse`, as JSON unless another format is given."""
    there = {"format": "jsonv2", "lat": latitude, "lon": longitude}
    return get(client, "/reverse", query_string={**there, **parameters})


def labels(answer: list[dict[str, Any]]) -> list[str]:
    return [record["display_name"] for record in answer]


def error_of(response: TestResponse, parameter: str | None = None, *, status: int = 400) -> str:
    """Return what an error says, once it is shaped as ours and as Nominatim's."""
    body = response.get_json()
    assert "application/json; charset=utf-8" == response.content_type
    assert (status, status, parameter) == (response.status_code, body["status"], body.get("parameter"))
    assert {"code": status, "message": body["detail"]} == body["error"]
    assert {"type", "title", "instance"} <= body.keys()
    return str(body["detail"])
