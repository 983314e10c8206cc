"""The routes."""

from flask import Blueprint

from service.state import State

__all__ = ["reconcile_routes"]


def reconcile_routes(state: State) -> Blueprint:
    """Return the routes."""
    return Blueprint("reconcile", __name__)
