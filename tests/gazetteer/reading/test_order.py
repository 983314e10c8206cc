"""Matches come the surest first, also where what was said of a place makes it less sure than its rank."""

import pytest

from gazetteer import Gazetteer


@pytest.mark.parametrize("text", ["north of Suran", "٥ كم شمال سرقب"])
def test_matches_come_the_surest_first(default: Gazetteer, text: str) -> None:
    confidences = [match.confidence for match in default.resolve(text, limit=50).matches]
    assert len(confidences) > 1
    assert sorted(confidences, reverse=True) == confidences


@pytest.mark.parametrize("text", ["north of Suran", "٥ كم شمال سرقب"])
def test_a_shorter_list_is_the_beginning_of_a_longer_one(default: Gazetteer, text: str) -> None:
    longer = default.resolve(text, limit=50).matches
    for limit in (1, 2, 5):
        assert longer[:limit] == default.resolve(text, limit=limit).matches
