"""The embedded default, opened once for all tests of these folders."""

from collections.abc import Iterator

import pytest

from gazetteer import Gazetteer


@pytest.fixture(scope="session")
def default() -> Iterator[Gazetteer]:
    with Gazetteer.open() as gazetteer:
        yield gazetteer
