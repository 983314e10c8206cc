"""Asking in Nominatim's words."""

from typing import Any
from urllib.parse import urlencode

from flask.testing import FlaskClient

from tests.service.asking import get


def search(client: FlaskClient, q: str | None = None, **parameters: Any) -> Any:
    """Return the answer of `/search`, of which `accept_language` stands for "accept-language"."""
    return _asked(client, "/search", parameters if q is None else {"q": q, **parameters})


def reverse(client: FlaskClient, latitude: float, longitude: float, **parameters: Any) -> Any:
    return _asked(client, "/reverse", {"lat": latitude, "lon": longitude, **parameters})


def labels(answer: list[dict[str, Any]]) -> list[str]:
    return [record["display_name"] for record in answer]


def _asked(client: FlaskClient, path: str, parameters: dict[str, Any]) -> Any:
    named = {name.replace("accept_language", "accept-language"): v for name, v in parameters.items()}
    return get(client, f"{path}?{urlencode(named)}")
