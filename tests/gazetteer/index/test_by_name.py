"""The name index: exact forms, shared skeletons, near skeletons, nothing else."""

import pytest
from rapidfuzz.distance import Indel

from gazetteer.index.names import NameIndex
from gazetteer.names import fold, search_keys

SPELLINGS = [
    (0, "Saraqib"),
    (0, "سراقب"),
    (1, "Kafr Nabl"),
    (1, "Kafranbel"),
    (2, "Hama"),
    (3, "SARAQIB"),
    (4, "Homs"),
]


def an_index() -> NameIndex:
    rows = [(place, text, fold(text)) for place, text in SPELLINGS]
    return NameIndex(rows, [(key, n) for n, (_, text) in enumerate(SPELLINGS) for key in search_keys(text)])


def test_exact_finds_every_spelling_of_one_folded_form() -> None:
    assert [0, 5] == list(an_index().exact("saraqib"))


@pytest.mark.parametrize("text", ["", "saraqeb", "Saraqib", "sara", "saraqib "])
def test_exact_finds_nothing_else(text: str) -> None:
    assert [] == list(an_index().exact(text))


def test_a_key_finds_every_spelling_that_has_it_in_both_scripts() -> None:
    assert [0, 1, 5] == list(an_index().by_key("srkb"))
    assert [2, 3] == list(an_index().by_key("kfrnbl"))


@pytest.mark.parametrize("key", ["", "srk", "zzz"])
def test_an_unknown_key_finds_nothing(key: str) -> None:
    assert [] == list(an_index().by_key(key))


def test_near_keys_come_most_alike_first_and_never_hold_the_key_itself() -> None:
    index = an_index()
    found = index.near_key("kfrnb", limit=10)
    assert "kfrnbl" == found[0][0]
    assert found == sorted(found, key=lambda item: -item[1])
    assert "kfrnbl" not in dict(index.near_key("kfrnbl", limit=10))


@pytest.mark.parametrize("near", ["srk", "srkbn", "srkm", "sarkb", "rskb", "srbk"])
def test_a_key_with_one_letter_missing_added_replaced_or_moved_is_near(near: str) -> None:
    ((key, score),) = an_index().near_key(near, limit=10)
    assert ("srkb", Indel.normalized_similarity(near, "srkb")) == (key, score)


@pytest.mark.parametrize("far", ["srkbnl", "slmb", "bkrs"])
def test_a_key_two_letters_away_is_not_near(far: str) -> None:
    assert [] == an_index().near_key(far, limit=10)


def test_near_keys_are_no_more_than_asked_for() -> None:
    index = NameIndex([(0, "a", "a"), (1, "b", "b")], [("srkb", 0), ("srkn", 1)])
    assert [1, 2] == [len(index.near_key("srkl", limit=limit)) for limit in (1, 10)]


def test_a_part_of_a_name_is_near_to_nothing() -> None:
    assert [] == NameIndex([(0, "a", "a")], [("~srkb", 0)]).near_key("srkbn", limit=10)


@pytest.mark.parametrize("key", ["", "s", "sr"])
def test_a_key_of_fewer_than_three_letters_is_near_to_nothing(key: str) -> None:
    assert [] == an_index().near_key(key, limit=10)


def test_an_empty_index_finds_nothing() -> None:
    index = NameIndex([], [])
    assert ([], [], []) == (
        list(index.exact("x")),
        list(index.by_key("x")),
        index.near_key("xxx", limit=5),
    )
