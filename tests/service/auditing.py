"""What stands in an audit log."""

import json
from pathlib import Path
from typing import Any


def lines_in(path: Path) -> list[dict[str, Any]]:
    """Return the lines of a log, and none if there is no file yet."""
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def refusals_in(path: Path) -> list[dict[str, Any]]:
    return lines_in(path.with_stem(f"{path.stem}-refused"))
