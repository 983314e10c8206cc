"""The fuzz targets under hypothesis: any bytes, any text, heaps of words, and a corpus with changes.

libFuzzer looks deeper (`make fuzz`); here each change of the code is tried with a few dozen inputs a
target.
"""

from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.targets import TARGETS

CORPUS = Path(__file__).parent / "corpus"


@cache
def seeds(name: str) -> list[bytes]:
    return [path.read_bytes() for path in sorted((CORPUS / name).iterdir())]


def changed(seed: bytes, at: int, taken: int, put: bytes) -> bytes:
    """Return an input with some bytes taken out of it and others put there."""
    at %= len(seed) + 1
    return seed[:at] + put + seed[at + taken :]


def inputs(name: str) -> st.SearchStrategy[bytes]:
    words = st.sampled_from([word.encode("utf-8", "surrogatepass") for word in TARGETS[name].words])
    text = st.text(st.characters(), max_size=60).map(lambda one: one.encode("utf-8", "surrogatepass"))
    return st.one_of(
        st.binary(max_size=100),
        text,
        st.lists(words, max_size=12).map(b"".join),
        st.builds(
            changed,
            st.sampled_from(seeds(name)),
            st.integers(0, 4000),
            st.integers(0, 8),
            words | st.binary(max_size=3),
        ),
    )


@pytest.mark.parametrize("name", TARGETS)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_any_bytes_at_all_are_taken_or_refused_as_promised(name: str, data: st.DataObject) -> None:
    TARGETS[name].run(data.draw(inputs(name)))
