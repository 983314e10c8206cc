"""What must not change an answer: order, punctuation, script, blanks, case, joiners; and nothing may raise.

Tried on settlements of the embedded default whose names are theirs alone in both scripts and which each of
the two names finds. Such a settlement must stay the answer with its own governorate beside it, however the
two are put together: nothing that is said then is wrong or leaves a choice.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from itertools import combinations, permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from gazetteer import Gazetteer, Place, PlaceKind
from gazetteer.names import fold, skeleton
from gazetteer.reading.spans import MAX_CHARACTERS

SIGNS = (", ", " - ", " – ", "/", " / ", "\n", " | ", ": ", " (")
JOINERS = ("; ", " and ", " & ", " + ", " or ", ", and ")
ARABIC_JOINERS = ("؛ ", " و", " و ", " أو ")
MARKS = ("\u200f", "\u200e", "\u202b", "\u202c", "\u2067", "\u2069", "\u200b", "\ufeff")


@cache
def opened() -> Gazetteer:
    """Return the default, opened once: hypothesis frowns on fixtures that outlive an example."""
    return Gazetteer.open()


@cache
def clear() -> tuple[Place, ...]:
    """Return the settlements whose two names are no other place's and each the settlement's, surely."""
    places = list(opened().places())
    named = Counter(fold(name) for place in places for name in {place.name, place.name_ar})
    return tuple(
        place
        for place in places
        if place.kind is PlaceKind.SETTLEMENT
        and place.admin
        and named[fold(place.name)] == named[fold(place.name_ar)] == 1
        and answer(place.name) == answer(place.name_ar) == ("resolved", (place.id,))
    )


@cache
def neighbours() -> tuple[tuple[Place, Place], ...]:
    """Return pairs of clear settlements of one district, neither with the name of an area of the other."""

    def may_be_its_area(one: Place, other: Place) -> bool:
        return any(skeleton(unit.name) == skeleton(one.name) for unit in other.admin)

    return tuple(
        (a, b)
        for a, b in combinations(clear(), 2)
        if [u.pcode for u in a.admin[:2]] == [u.pcode for u in b.admin[:2]]
        and not may_be_its_area(a, b)
        and not may_be_its_area(b, a)
    )


def answer(text: str, **options: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """Return the status and the places that are the answer."""
    found = opened().resolve(text, **options)  # type: ignore[arg-type]
    best = (found.best,) if found.best else found.places
    return found.status, tuple(match.place.id for match in best)


def put(first: str, sign: str, second: str) -> str:
    return f"{first}{sign}{second})" if sign == " (" else f"{first}{sign}{second}"


def wrong(texts: Callable[[Place], Sequence[str]]) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Return the texts of clear settlements that are not answered by them, with the answers."""
    asked = {text: place.id for place in clear() for text in texts(place)}
    return {
        text: got for text, place_id in asked.items() if (got := answer(text)) != ("resolved", (place_id,))
    }


def test_there_are_settlements_and_pairs_to_try() -> None:
    assert len(clear()) > 30
    assert len(neighbours()) > 3
    assert len(towns()) > 200


def test_the_governorate_may_stand_before_or_after_in_either_script() -> None:
    def texts(place: Place) -> list[str]:
        area = place.admin[0]
        pairs = [(place.name, area.name), (place.name_ar, area.name_ar)]
        mixed = [(place.name, area.name_ar), (area.name, place.name_ar)]
        pairs += [pair[::-1] for pair in pairs]
        return [
            *(put(a, sign, b) for sign in SIGNS for a, b in (*pairs, *mixed)),
            *(f"{a} {b}" for a, b in pairs),
        ]

    assert {} == wrong(texts)


def test_a_preposition_is_as_good_as_a_comma() -> None:
    def texts(place: Place) -> list[str]:
        pairs = (place.name, place.admin[0].name), (place.name_ar, place.admin[0].name_ar)
        return [word.join(pair) for word in (" in ", ", in ", " في ", " within ") for pair in pairs]

    assert {} == wrong(texts)


def test_both_names_of_a_settlement_are_as_good_as_one() -> None:
    def texts(place: Place) -> list[str]:
        both = (place.name, place.name_ar), (place.name_ar, place.name)
        return [put(a, sign, b) for sign in (*SIGNS, " ") for a, b in both]

    assert {} == wrong(texts)


def test_areas_may_stand_in_any_order() -> None:
    def texts(place: Place) -> list[str]:
        district = [f"{unit.name} district" for unit in place.admin[1:2]]
        return [", ".join(names) for names in permutations([place.name, *district, place.admin[0].name])]

    assert {} == wrong(texts)


def test_a_column_for_the_governorate_is_as_good_as_the_text() -> None:
    asked = [
        (p.id, p.name, area)
        for p in clear()
        for area in (p.admin[0].name, p.admin[0].name_ar, p.admin[0].pcode)
    ]
    assert [] == [row for row in asked if answer(row[1], context=(row[2],)) != ("resolved", (row[0],))]


def test_case_does_not_matter() -> None:
    assert {} == wrong(
        lambda p: [p.name.upper(), p.name.lower(), p.name.title(), f"{p.name}, {p.admin[0].name}".upper()]
    )


def test_what_stands_round_a_name_does_not_matter() -> None:
    frames = ' {} |\n{}\n|{}.|{},|({})|«{}»|"{}"|“{}”|#{}|- {}|• {}|<b>{}</b>|{}?|[{}]|the {}'.split("|")
    assert {} == wrong(lambda p: [frame.format(name) for frame in frames for name in (p.name, p.name_ar)])


@settings(max_examples=200)
@given(st.data())
def test_marks_without_width_and_blanks_between_words_do_not_matter(data: st.DataObject) -> None:
    place = data.draw(st.sampled_from(clear()))
    area = place.admin[0]
    texts = [place.name_ar, f"{place.name_ar}، {area.name_ar}", f"{place.name}, {area.name}"]
    before, after = st.sampled_from(["", *MARKS]), st.sampled_from(["", " ", "  ", "\u00a0", *MARKS])
    words = data.draw(st.sampled_from(texts)).split(" ")
    text = " ".join(data.draw(before) + word + data.draw(after) for word in words)
    assert ("resolved", (place.id,)) == answer(text)


def test_a_list_does_not_hang_on_its_joiner_or_its_order() -> None:
    for a, b in neighbours():
        for joiners, names in (
            (JOINERS, {a.id: a.name, b.id: b.name}),
            (ARABIC_JOINERS, {a.id: a.name_ar, b.id: b.name_ar}),
        ):
            status, _ = answer(joiners[0].join(names.values()))
            for ids in permutations(names):
                for joiner in joiners:
                    text = joiner.join(names[place_id] for place_id in ids)
                    assert (status, ids if status == "several" else ()) == answer(text), text


@given(st.text(st.characters(), max_size=200))
def test_what_follows_after_three_hundred_characters_is_not_read(more: str) -> None:
    text = f"Saraqib, Idlib{' ' * MAX_CHARACTERS}"
    assert opened().resolve(text).matches == opened().resolve(text + more).matches


# -------------------------------------------------------- less of a name is never surer


@cache
def towns() -> tuple[tuple[str, str, float], ...]:
    """Return id, spelling and confidence of each town that its own name resolves to."""
    found = []
    for place in opened().places(kinds={PlaceKind.SETTLEMENT}):
        best = opened().resolve(place.name).best
        if best and best.place.id == place.id:
            whole = opened().resolve(best.matched_name).matches[0]
            if whole.place.id == place.id:
                found.append((place.id, best.matched_name, whole.confidence))
    return tuple(found)


def confidence_in(place_id: str, text: str) -> float:
    matches = opened().resolve(text, limit=50).matches
    return next((m.confidence for m in matches if m.place.id == place_id), 0.0)


@settings(max_examples=200)
@given(st.data())
def test_confidence_falls_or_stays_when_a_spelling_loses_its_last_letters(data: st.DataObject) -> None:
    place_id, spelling, whole = data.draw(st.sampled_from(towns()))
    shorter = spelling[: data.draw(st.integers(0, len(spelling)))]
    # Forgiven, for the beginning may be a spelling in its own right ("Damas", "Alep"), and homonyms of the
    # whole name may no longer be homonyms of its beginning.
    assert confidence_in(place_id, shorter) <= whole + 0.1


@settings(max_examples=100)
@given(st.data(), st.sampled_from([*"'’ʿ`ʾ\u0301\u0640", *MARKS]))
def test_a_mark_put_into_a_name_changes_neither_the_place_nor_the_status(
    data: st.DataObject, mark: str
) -> None:
    place_id, spelling, _ = data.draw(st.sampled_from(towns()))
    at = data.draw(st.integers(1, len(spelling)))
    plain = opened().resolve(spelling)
    marked = opened().resolve(spelling[:at] + mark + spelling[at:])
    assert (plain.status, place_id) == (marked.status, marked.matches[0].place.id)
