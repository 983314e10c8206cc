"""Clients of each tier: the one place that knows how a tier is asked for.

All tiers of one gazetteer and store are served by one application, so that what it makes or keeps for one
tier could come out at another. At tier public nobody brings a key but to write.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch
from weakref import WeakKeyDictionary

from flask import Flask
from flask.testing import FlaskClient
from pydantic import SecretStr
from werkzeug.datastructures import Headers
from werkzeug.test import TestResponse

from service.app import create_app
from service.callers import Scope
from service.settings import Settings
from service.state import State
from service.tiers import TIERS, Tier
from service.views import Views
from tests.service.harm.objects import reachable

__all__ = ["BELOW_FULL", "WRITER", "client_at", "state_behind"]

#: The tiers that generalise.
BELOW_FULL: tuple[Tier, ...] = TIERS[1:]
#: What a write brings; the client puts the key of its tier there.
WRITER = {"Authorization": "Bearer mine"}

_apps: WeakKeyDictionary[Any, dict[Path, Flask]] = WeakKeyDictionary()


@dataclass(frozen=True)
class _Key:
    name: str
    tier: Tier
    scope: Scope = "write"


class _Client(FlaskClient):
    """A client that brings the key of its tier."""

    tier: Tier = "public"

    def open(self, *args: Any, **more: Any) -> TestResponse:
        headers = Headers(more.pop("headers", None))
        if self.tier != "public" or "Authorization" in headers:
            headers["Authorization"] = f"Bearer {self.tier}"
        return super().open(*args, headers=headers, **more)


def client_at(tier: Tier, gazetteer: Any, *, store: Path) -> FlaskClient:
    """Return a client whose requests are answered at this tier, and that may write with `WRITER`."""
    apps = _apps.setdefault(gazetteer, {})
    if store not in apps:
        with patch("service.app.find_key", lambda *_: {one: _Key(one, one) for one in TIERS}.get):
            # An attacker with time enough is stopped by no limit.
            settings = Settings(
                tier="public", store=store, api_key=SecretStr("unused"), rate_limit=None, key_rate_limit=None
            )
            apps[store] = create_app(settings, gazetteer)
    client = _Client(apps[store], apps[store].response_class)
    client.tier = tier
    return client


def state_behind(client: FlaskClient, tier: Tier) -> State:
    """Return what the routes of an application answer from at a tier."""
    [views] = [one for one in reachable(client.application.view_functions) if isinstance(one, Views)]
    return views.of(tier)
