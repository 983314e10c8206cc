"""What an ask is, and how a client makes all of its own.

An ask is what a user of a client would do: a function that takes what the client needs and returns a pair,
what that user expects and what came. Modules named ``ask_…`` hold those of one client each, and print what
became of them: ``python -m tests.clients.ask_geopy http://127.0.0.1:8000``. Some clients have a Python of
their own, so this module imports the standard library alone.
"""

import json
import sys
from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import Any

__all__ = ["Ask", "answers", "raised", "tell"]

Ask = Callable[[Any], tuple[object, object]]


def answers(asks: Mapping[str, Ask], given: Any) -> dict[str, str]:
    """Make each ask, whatever became of those before it; return what was wrong, "" where nothing was."""
    found = {}
    for name, ask in asks.items():
        try:
            expected, got = ask(given)
        except Exception as error:  # noqa: BLE001 # whatever a client raises is what its user gets
            found[name] = f"{type(error).__name__}: {error}"
        else:
            found[name] = "" if expected == got else f"expected {expected!r}, got {got!r}"
    return found


def raised(call: Callable[[], object]) -> str:
    """Return the name of what a call raises, "" if it raises nothing."""
    try:
        call()
    except Exception as error:  # noqa: BLE001 # its name is compared
        return type(error).__name__
    return ""


def tell(package: str, asks: Mapping[str, Ask], make: Callable[[str], Any]) -> None:
    """Make all asks of the server named in the command, with what `make` makes of its address."""
    found = answers(asks, make(sys.argv[1]))
    print(json.dumps({"version": version(package), "asks": found}))
