"""The application that requests are sent to: the embedded default, and some incidents."""

import logging
from functools import cache
from pathlib import Path

from flask import Flask
from pydantic import SecretStr

from service.app import create_app
from service.settings import Settings
from tests.fuzz.target import default

__all__ = ["KEY", "application"]

KEY = "a-key-of-the-fuzzer"

_INCIDENTS = Path(__file__).parents[2] / "examples/incidents.csv"


@cache
def application() -> Flask:
    """Return the application, made once; it keeps its log to itself."""
    app = create_app(Settings(incidents=_INCIDENTS, api_key=SecretStr(KEY)), default())
    app.logger = logging.Logger("fuzz")  # of its own: the application's is shared with all others
    app.logger.addHandler(logging.NullHandler())
    return app
