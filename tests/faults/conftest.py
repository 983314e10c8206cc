"""What the tests of faults share: the process that runs commands."""

from collections.abc import Iterator

import pytest

from tests.faults.killing import Commands


@pytest.fixture(scope="session")
def command() -> Iterator[Commands]:
    """Something that runs our commands, and ends them where it is told to."""
    commands = Commands()
    yield commands
    commands.close()
