"""The name index: exact forms, shared skeletons, near skeletons, nothing else."""

from rapidfuzz.distance import Indel

from gazetteer.index.names import NameIndex
from gazetteer.names import fold, search_keys

SPELLINGS = ("Saraqib", "سراقب", "Kafr Nabl", "Kafranbel", "Hama", "SARAQIB", "Homs")
INDEX = NameIndex(
    [(n, text, fold(text)) for n, text in enumerate(SPELLINGS)],
    [(key, n) for n, text in enumerate(SPELLINGS) for key in search_keys(text)],
)


def test_exact_finds_every_spelling_of_one_folded_form_and_nothing_else() -> None:
    assert [0, 5] == list(INDEX.exact("saraqib"))
    for text in ("", "saraqeb", "Saraqib", "sara", "saraqib "):
        assert [] == list(INDEX.exact(text)), text


def test_a_key_finds_every_spelling_that_has_it_in_both_scripts() -> None:
    for key, rows in {"srkb": [0, 1, 5], "kfrnbl": [2, 3], "": [], "srk": [], "zzz": []}.items():
        assert rows == list(INDEX.by_key(key)), key


def test_near_keys_come_most_alike_first_and_never_hold_the_key_itself() -> None:
    found = INDEX.near_key("kfrnb", limit=10)
    assert "kfrnbl" == found[0][0]
    assert found == sorted(found, key=lambda item: -item[1])
    assert "kfrnbl" not in dict(INDEX.near_key("kfrnbl", limit=10))


def test_a_key_with_one_letter_missing_added_replaced_or_moved_is_near() -> None:
    for near in ("srk", "srkbn", "srkm", "sarkb", "rskb", "srbk"):
        assert [("srkb", Indel.normalized_similarity(near, "srkb"))] == INDEX.near_key(near, limit=10), near


def test_a_key_two_letters_away_or_shorter_than_three_or_a_part_of_a_name_is_near_to_nothing() -> None:
    for far in ("srkbnl", "slmb", "bkrs", "", "s", "sr"):
        assert [] == INDEX.near_key(far, limit=10), far
    assert [] == NameIndex([(0, "a", "a")], [("~srkb", 0)]).near_key("srkbn", limit=10)


def test_near_keys_are_no_more_than_asked_for() -> None:
    index = NameIndex([(0, "a", "a"), (1, "b", "b")], [("srkb", 0), ("srkn", 1)])
    assert [1, 2] == [len(index.near_key("srkl", limit=limit)) for limit in (1, 10)]


def test_an_empty_index_finds_nothing() -> None:
    index = NameIndex([], [])
    assert [[], [], []] == [[*index.exact("x")], [*index.by_key("x")], index.near_key("xxx", limit=5)]
