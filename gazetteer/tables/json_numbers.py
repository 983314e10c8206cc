"""JSON whose numbers come out as they were written.

Python reads 1E-400 as zero, 123456789012345678.25 as another number, and writes 1.50 as 1.5. Here a number is
a float that keeps its digits where Python would write others.

Examples
--------
>>> json_text([number_of("1.50"), number_of("1E-400")])
'[1.50, 1E-400]'
"""

import json
import math
import re
import secrets
from collections.abc import Callable
from typing import Any

#: Stands before the digits until a value is JSON; no text of anybody's has it.
_MARK = secrets.token_hex(16)
_MARKED = re.compile(f'"{_MARK}([^"]*)"')


class JsonNumber(float):
    """A number that Python would write in another way."""

    digits: str

    def __repr__(self) -> str:
        return self.digits


def number_of(digits: str) -> float:
    """Return a number of JSON that has a fraction or an exponent; ValueError where it is beyond a double."""
    if math.isinf(value := float(digits)):  # it would come out as Infinity, which is no JSON
        raise ValueError(f"{digits} is larger than a number can be here")
    if repr(value) == digits:
        return value
    number = JsonNumber(value)
    number.digits = digits
    return number


def keeps_digits(number: float) -> bool:
    """Whether a double holds all digits that were written, which are at most 17 (IEEE 754, 5.12.2)."""
    if not isinstance(number, JsonNumber):
        return True
    mantissa = number.digits.lower().partition("e")[0]
    significant = mantissa.lstrip("-").replace(".", "").strip("0")
    return len(significant) <= 17 and (bool(number) or not significant)


def unlike(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object; ValueError where a key comes twice, as one of its values would be lost."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"the key {name!r} comes twice")
        found[name] = value
    return found


def json_text(value: Any, *, ascii_only: bool = False, default: Callable[[Any], Any] | None = None) -> str:
    """Return a value as JSON; `default` is asked for what JSON has no form for."""
    text = json.dumps(_marked(value), ensure_ascii=ascii_only, default=default)
    return _MARKED.sub(r"\1", text) if _MARK in text else text


def _marked(value: Any) -> Any:
    """Return a value with its written numbers as marked text: the json module has no hook for them."""
    if isinstance(value, dict):
        return {name: _marked(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_marked(one) for one in value]
    return f"{_MARK}{value.digits}" if isinstance(value, JsonNumber) else value
