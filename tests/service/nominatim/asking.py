"""Asking in Nominatim's words."""

from typing import Any
from urllib.parse import urlencode

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.service.asking import get


def search(client: FlaskClient, q: str | None = None, **parameters: Any) -> Any:
    """Return the answer of `/search`, of which `accept_language` stands for "accept-language"."""
    return _asked(client, "/search", parameters if q is None else {"q": q, **parameters})


def reverse(client: FlaskClient, latitude: float, longitude: float, **parameters: Any) -> Any:
    """Return the answer of `/reverse`, as JSON unless another format is given."""
    return _asked(client, "/reverse", {"format": "jsonv2", "lat": latitude, "lon": longitude, **parameters})


def labels(answer: list[dict[str, Any]]) -> list[str]:
    return [record["display_name"] for record in answer]


def _asked(client: FlaskClient, path: str, parameters: dict[str, Any]) -> Any:
    named = {name.replace("accept_language", "accept-language"): v for name, v in parameters.items()}
    return get(client, f"{path}?{urlencode(named)}")


def error_of(response: TestResponse, parameter: str | None = None, *, status: int = 400) -> str:
    """Return what an error says, once it is shaped as ours and as Nominatim's."""
    body = response.get_json()
    assert "application/json; charset=utf-8" == response.content_type
    assert (status, status, parameter) == (response.status_code, body["status"], body.get("parameter"))
    assert {"code": status, "message": body["detail"]} == body["error"]
    assert {"type", "title", "instance"} <= body.keys()
    return str(body["detail"])
