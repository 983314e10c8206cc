"""What a fuzz target is: a function of bytes that may refuse them in the library's words, and nothing else.

A target raises nothing for an input that is taken or refused as it should be. Anything else that it raises
is a finding: an exception that isn't ours, or an `AssertionError` where a promise is broken. The same
functions are run by `scripts/fuzz.py` under libFuzzer, by hypothesis, and over the corpus in plain tests.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from flask.testing import FlaskClient
from pydantic import SecretStr

from gazetteer import Gazetteer, GazetteerError
from gazetteer.geodesy import LatLon
from service.app import create_app
from service.settings import Settings

#: Of who may upload.
KEY = "a-key-of-the-fuzzer"


@dataclass(frozen=True, slots=True)
class Target:
    """A function that takes any bytes."""

    run: Callable[[bytes], None]
    #: What inputs are made of; handed to libFuzzer as a dictionary, and heaped up by hypothesis.
    words: tuple[str, ...]
    #: The most bytes that libFuzzer makes of an input.
    longest: int


@cache
def default() -> Gazetteer:
    """Return the embedded default, opened once."""
    gazetteer = Gazetteer.open()
    gazetteer.warm()
    return gazetteer


@cache
def client() -> FlaskClient:
    """Return a client of the application with the embedded default and some incidents, made once."""
    incidents = Path(__file__).parents[2] / "examples/incidents.csv"
    app = create_app(Settings(incidents=incidents, api_key=SecretStr(KEY)), default())
    app.logger = logging.Logger("fuzz")  # of its own: the application's is shared with all others
    app.logger.addHandler(logging.NullHandler())
    return app.test_client()


def text_of(data: bytes) -> str:
    """Return bytes as text, by two rules that lose none: half characters come out where they can."""
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return data.decode("utf-8", "surrogateescape")


@contextmanager
def refusals_allowed() -> Iterator[None]:
    """Let the library refuse: a message of one sentence, and no other exception."""
    try:
        yield
    except GazetteerError as error:
        assert str(error).strip(), f"{type(error).__name__} says nothing"


def is_position(position: LatLon) -> bool:
    """Tell whether a position lies in range; a NaN doesn't."""
    return abs(position.latitude) <= 90 and abs(position.longitude) <= 180


def held_by(text: str, *, parts: int) -> list[str]:
    """Cut a text at line ends into so many parts, the last ones empty where there are fewer."""
    found = text.split("\n", parts - 1)
    return found + [""] * (parts - len(found))
