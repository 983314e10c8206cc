"""Clients of each tier: the one place that knows how a tier is asked for.

All tiers of one gazetteer and store are served by one application, so that what it makes or keeps for one
tier could come out at another. At tier public nobody brings a key but to write.
"""

from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import Headers
from werkzeug.test import TestResponse

from gazetteer.privacy.tiers import TIERS, Tier
from service.app import create_app
from service.key_file import KeyFile
from service.settings import Settings

#: The tiers that generalise.
BELOW_FULL: tuple[Tier, ...] = TIERS[1:]
#: What a write brings; the client puts the key of its tier there.
WRITER = {"Authorization": "Bearer mine"}

_apps: WeakKeyDictionary[Any, dict[Path, tuple[Flask, dict[Tier, str]]]] = WeakKeyDictionary()


class _Client(FlaskClient):
    """A client that brings the key of its tier."""

    tier: Tier = "public"
    token = ""

    def open(self, *args: Any, **more: Any) -> TestResponse:
        headers = Headers(more.pop("headers", None))
        if self.tier != "public" or "Authorization" in headers:
            headers["Authorization"] = f"Bearer {self.token}"
        return super().open(*args, headers=headers, **{"buffered": True, **more})


def client_at(tier: Tier, gazetteer: Any, *, store: Path, **settings: Any) -> FlaskClient:
    """Return a client whose requests are answered at this tier, and that may write with `WRITER`."""
    apps = _apps.setdefault(gazetteer, {})
    if store not in apps:
        keys = KeyFile(store.with_suffix(".keys.json"))
        tokens = {one: keys.add(one, tier=one, scope="write", expires=None)[0] for one in TIERS}
        # An attacker with time enough is stopped by no limit.
        given = {"tier": "public", "rate_limit": "none", "key_rate_limit": "none", **settings}
        made = Settings(store=store, keys=store.with_suffix(".keys.json"), **given)
        apps[store] = create_app(made, gazetteer), tokens
    app, tokens = apps[store]
    client = _Client(app, app.response_class)
    client.tier, client.token = tier, tokens[tier]
    return client
