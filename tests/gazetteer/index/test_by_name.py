"""Names by exact form, by skeleton and near it; and by their beginnings, for lists to choose from."""

from collections.abc import Collection

from rapidfuzz.distance import Indel

from gazetteer.index.names import NameIndex
from gazetteer.index.prefixes import PrefixIndex
from gazetteer.kinds import PlaceKind
from gazetteer.names import fold, keys, search_keys
from gazetteer.values import AdminUnit, Place
from tests.builders import a_place

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


# ------------------------------------------------------------------------------------- beginnings

IDLEB = AdminUnit(1, "SY07", "Idleb", "إدلب")


def an_index(*named: tuple[Place, str]) -> PrefixIndex:
    """Index places with their spellings, parted by "|"."""
    spellings = [(n, text, fold(text)) for n, (_, texts) in enumerate(named) for text in texts.split("|")]
    pairs = [(key, number) for number, (_, text, _) in enumerate(spellings) for key in keys(text)]
    return PrefixIndex(NameIndex(spellings, pairs), [place for place, _ in named])


def found(
    index: PrefixIndex, typed: str, *, kinds: Collection[PlaceKind] | None = None, limit: int = 10
) -> list[str]:
    return [place.id for place, _ in index.starting(fold(typed), kinds=kinds, limit=limit)]


def test_a_place_is_found_once_by_any_beginning_of_any_spelling_which_comes_with_it() -> None:
    index = an_index((a_place(), "Saraqib|Saraqeb|Sar Saraqib|Serakib|سراقب"))
    for typed, spelling in {
        "s": "Saraqib", "SARA": "Saraqib", "saraqib": "Saraqib", "Sarāq": "Saraqib", "ser": "Serakib",
        "سراق": "سراقب",
    }.items():  # fmt: skip
        assert [(a_place(), spelling)] == list(index.starting(fold(typed))), typed
    for typed in ("", " ", "aqib", "maraqib", "x"):
        assert [] == found(index, typed), typed
    assert [] == found(PrefixIndex(NameIndex([], []), []), "a")


def test_a_later_word_counts_after_every_first_word() -> None:
    index = an_index((a_place(id="big", population=900_000), "New Town"), (a_place(id="small"), "Townlet"))
    assert ["small", "big"] == found(index, "town")


def test_several_words_may_each_begin_a_word_and_the_name_that_starts_with_the_first_comes_first() -> None:
    index = an_index(
        (a_place(id="other"), "Ibn Sina Hospital, Idlib"), (a_place(id="own"), "Idlib National Hospital")
    )
    assert ["own", "other"] == found(index, "idlib hosp")
    assert [] == found(index, "idlib hotel")


def test_what_sounds_like_a_beginning_comes_after_what_is_one_in_either_script() -> None:
    index = an_index(
        (a_place(id="town", population=9_000), "Saraqib|سراقب"), (a_place(id="begun"), "Sarakel")
    )
    assert ["begun", "town"] == found(index, "sarak")
    assert ["town"] == found(index, "Serakib") == found(index, "سراكب")
    assert [] == found(index, "Serakon")


def test_the_arabic_article_may_be_left_out() -> None:
    index = an_index((a_place(id="bab", population=130_000), "الباب"), (a_place(id="other"), "بابيلا"))
    assert ["bab", "other"] == found(index, "باب")
    assert ["bab"] == found(index, "الباب")


def test_the_most_prominent_place_comes_first_and_equals_in_the_order_of_ids() -> None:
    index = an_index(
        (a_place(id="C2", population=None), "Hass"),
        (a_place(id="C1", population=None), "Hass"),
        (a_place(id="C3", population=50_000), "Hassan"),
    )
    assert ["C3", "C1", "C2"] == found(index, "has")
    assert ["C3"] == found(index, "has", limit=1)


def test_a_town_stands_before_the_area_that_is_named_after_it() -> None:
    governorate = a_place(id="SY07", kind=PlaceKind.GOVERNORATE, population=None)
    town = a_place(id="C3871", admin=(IDLEB,), population=None)
    hamlet = a_place(id="C1", population=None)  # of the same name, elsewhere
    big = a_place(id="C2", admin=(IDLEB,), population=50_000)  # in the area, with another name
    index = an_index((governorate, "Idleb|إدلب"), (town, "Idlib|إدلب"), (hamlet, "إدلب"), (big, "إدلبين"))
    assert ["C3871", "SY07", "C2", "C1"] == found(index, "إد")


def test_kinds_are_all_that_is_found() -> None:
    index = an_index((a_place(), "Saraqib"), (a_place(id="h", kind=PlaceKind.HOSPITAL), "Saraqib hospital"))
    assert ["h"] == found(index, "sar", kinds={PlaceKind.HOSPITAL})
    assert [] == found(index, "sar", kinds=set())
