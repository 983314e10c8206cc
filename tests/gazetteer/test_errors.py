"""The error tree: as drawn, and nothing beside it."""

import re

import pytest

from gazetteer import errors
from gazetteer.errors import GazetteerError, InputError

LINE = re.compile(r"^ {4}(?P<indent>[│├└─ ]*)(?P<name>[A-Z]\w+Error)(?: \((?P<builtin>\w+)\))?(?: |$)")


DEFINED = sorted(n for n, v in vars(errors).items() if isinstance(v, type) and issubclass(v, Exception))


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
    for name in DEFINED:
        bases = [base.__name__ for base in getattr(errors, name).__bases__]
        ours = [base for base in bases if base in DEFINED]
        foreign = [base for base in bases if base not in DEFINED and base != "Exception"]
        real[name] = (ours[0] if ours else None, foreign[0] if foreign else None)
    assert real == drawn_tree()


@pytest.mark.parametrize("name", DEFINED)
def test_every_error_says_when_it_occurs_and_has_the_one_base(name: str) -> None:
    error = getattr(errors, name)
    assert issubclass(error, GazetteerError)
    assert error.__doc__


@pytest.mark.parametrize("name", [n for n in DEFINED if issubclass(getattr(errors, n), InputError)])
def test_an_input_error_carries_its_parameter(name: str) -> None:
    error = getattr(errors, name)("say what to do", parameter="within")
    assert ("say what to do", "within") == (str(error), error.parameter)
    assert getattr(errors, name)("no parameter").parameter is None
