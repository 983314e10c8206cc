"""The error tree: as drawn, and nothing beside it."""

import re

import pytest

from gazetteer import errors
from gazetteer.errors import GazetteerError, InputError

LINE = re.compile(r"^ {4}(?P<indent>[│├└─ ]*)(?P<name>[A-Z]\w+Error)(?: \((?P<builtin>\w+)\))?(?: |$)")


def drawn_tree() -> dict[str, tuple[str | None, str | None]]:
    """Read the drawing in the module's docstring: name -> (parent, builtin)."""
    found: dict[str, tuple[str | None, str | None]] = {}
    above: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        if match := LINE.match(line):
            depth = len(match["indent"]) // 4
            above[depth:] = [match["name"]]
            found[match["name"]] = (above[depth - 1] if depth else None, match["builtin"])
    return found


def test_the_tree_drawn_is_the_tree_that_is() -> None:
    real = {}
    for name in errors.__all__:
        bases = [base.__name__ for base in getattr(errors, name).__bases__]
        ours = [base for base in bases if base in errors.__all__]
        foreign = [base for base in bases if base not in errors.__all__ and base != "Exception"]
        real[name] = (ours[0] if ours else None, foreign[0] if foreign else None)
    assert real == drawn_tree()


def test_every_error_defined_is_public() -> None:
    defined = {n for n, v in vars(errors).items() if isinstance(v, type) and issubclass(v, Exception)}
    assert sorted(defined) == sorted(errors.__all__)


@pytest.mark.parametrize("name", errors.__all__)
def test_every_error_says_when_it_occurs_and_has_the_one_base(name: str) -> None:
    error = getattr(errors, name)
    assert issubclass(error, GazetteerError)
    assert error.__doc__


@pytest.mark.parametrize("name", [n for n in errors.__all__ if issubclass(getattr(errors, n), InputError)])
def test_an_input_error_carries_its_parameter(name: str) -> None:
    error = getattr(errors, name)("say what to do", parameter="within")
    assert ("say what to do", "within") == (str(error), error.parameter)
    assert getattr(errors, name)("no parameter").parameter is None
