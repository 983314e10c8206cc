"""The application that requests are sent to: the embedded default, and some incidents."""

import logging
from functools import cache
from pathlib import Path

from flask import Flask

from service.app import create_app
from service.settings import Settings
from tests.fuzz.target import default

__all__ = ["application"]

_INCIDENTS = Path(__file__).parents[2] / "examples/incidents.csv"


@cache
def application() -> Flask:
    """Return the application, made once; it keeps its log to itself."""
    app = create_app(Settings(incidents=_INCIDENTS), default())
    app.logger = logging.Logger("fuzz")  # of its own: the application's is shared with all others
    app.logger.addHandler(logging.NullHandler())
    return app
