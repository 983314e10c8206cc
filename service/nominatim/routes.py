"""The routes."""

from flask import Blueprint

from service.state import State

__all__ = ["nominatim_routes"]


def nominatim_routes(state: State) -> Blueprint:
    """Return the routes."""
    return Blueprint("nominatim", __name__)
