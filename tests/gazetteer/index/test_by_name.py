"""The name index: exact forms, shared skeletons, near skeletons, nothing else."""

import pytest
from rapidfuzz.distance import Indel

from gazetteer.index.by_name import NameIndex
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
    found = index.near_key("kfrnb", cutoff=0.5, limit=10)
    assert "kfrnbl" == found[0][0]
    assert found == sorted(found, key=lambda item: -item[1])
    assert "kfrnbl" not in dict(index.near_key("kfrnbl", cutoff=0.1, limit=10))


@pytest.mark.parametrize("cutoff", [0.3, 0.6, 0.9])
def test_a_near_key_is_as_alike_as_indel_says_and_above_the_cutoff(cutoff: float) -> None:
    for key, score in an_index().near_key("srkbn", cutoff=cutoff, limit=10):
        assert Indel.normalized_similarity("srkbn", key) == pytest.approx(score)
        assert score >= cutoff


def test_near_keys_are_no_more_than_asked_for() -> None:
    assert 1 == len(an_index().near_key("srkbnl", cutoff=0.1, limit=1))


@pytest.mark.parametrize("key", ["", "s", "sr"])
def test_a_key_of_fewer_than_three_letters_is_near_to_nothing(key: str) -> None:
    assert [] == an_index().near_key(key, cutoff=0.0, limit=10)


def test_an_empty_index_finds_nothing() -> None:
    index = NameIndex([], [])
    assert ([], [], []) == (
        list(index.exact("x")),
        list(index.by_key("x")),
        index.near_key("xxx", cutoff=0, limit=5),
    )
