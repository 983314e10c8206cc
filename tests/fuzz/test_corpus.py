"""Every input of the corpus, and every flood, is taken or refused as promised; this needs no atheris."""

from pathlib import Path

import pytest

from tests.fuzz.floods import FLOODS
from tests.fuzz.targets import TARGETS

CORPUS = Path(__file__).parent / "corpus"
INPUTS = sorted(path for path in CORPUS.glob("*/*") if path.is_file())
FLOODED = [(target, name) for target, floods in FLOODS.items() for name in floods]
#: Bytes of a flood: where work grows with the square of the size, a test of this many is seen to hang.
SIZE = 100_000
#: What a request's line and headers may have; longer ones never reach the application.
LONGEST_ADDRESS = 8000


@pytest.mark.parametrize("path", INPUTS, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_every_input_of_the_corpus_is_taken_or_refused_as_promised(path: Path) -> None:
    TARGETS[path.parent.name].run(path.read_bytes())


@pytest.mark.parametrize(("target", "name"), FLOODED)
def test_a_flood_is_taken_or_refused_as_promised(target: str, name: str) -> None:
    size = LONGEST_ADDRESS if target in {"parameters", "nominatim"} else SIZE
    TARGETS[target].run(FLOODS[target][name](size))


def test_every_target_has_a_small_corpus_and_floods_and_every_corpus_a_target() -> None:
    assert set(TARGETS) == {folder.name for folder in CORPUS.iterdir()} == set(FLOODS)
    assert all(FLOODS.values())
    assert sum(path.stat().st_size for path in INPUTS) < 200_000
