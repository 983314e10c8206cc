"""A few hundred random requests; `make fuzz` asks twenty thousand."""

from pathlib import Path

import pytest

from tests.fuzz.two_worlds import STAGES, run


@pytest.mark.parametrize(("tier", "names"), STAGES)
def test_random_requests_below_full_are_answered_alike_in_two_worlds(
    tmp_path: Path, tier: str, names: str
) -> None:
    found = run(tmp_path, tier, names, requests=80)
    assert [] == found.wrong
    assert found.told_at_full > 5, "else these requests are no attack"
