"""An application whose requests come from a caller of the test's choice and are written down."""

import json
from pathlib import Path
from typing import Any

from flask import Flask, Request

from service.audit import Audit, audit, begin_write
from service.callers import Caller, name_caller
from service.headers import is_write
from service.steps import add_steps

__all__ = ["FULL", "add_audit", "lines_in", "refusals_in"]

FULL = Caller("newsdesk", "full", "write", "192.0.2.7", is_local=False)


def add_audit(app: Flask, path: Path, caller: Caller = FULL) -> Flask:
    """Write down what is asked of an application, as if one caller asked it all."""
    trail = Audit.at(path)

    def name(request: Request) -> None:
        name_caller(request, caller)

    add_steps(app, before=(name, begin_write(trail, is_write)), after=(audit(trail, is_write),))
    return app


def lines_in(path: Path) -> list[dict[str, Any]]:
    """Return the lines of a log, and none if there is no file yet."""
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def refusals_in(path: Path) -> list[dict[str, Any]]:
    return lines_in(path.with_stem(f"{path.stem}-refused"))
