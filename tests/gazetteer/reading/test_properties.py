"""Properties of resolving: the same answer every time, and less of a name is never surer.

"Surer" is measured on prefixes of the spelling under which a town of the embedded default is found: its
confidence for the first letters of that spelling may not pass the confidence for all of it. Two things are
forgiven, by a tenth: a shorter form may be a spelling in its own right ("Damas", "Alep"), and homonyms of
the whole name may no longer be homonyms of its beginning.
"""

from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from gazetteer import Gazetteer, PlaceKind

FORGIVEN = 0.1


@cache
def opened() -> Gazetteer:
    """Return the default, opened once: hypothesis frowns on fixtures that outlive an example."""
    return Gazetteer.open()


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


def test_there_are_towns_to_try() -> None:
    assert len(towns()) > 200


@settings(max_examples=200)
@given(st.data())
def test_confidence_falls_or_stays_when_a_spelling_loses_its_last_letters(data: st.DataObject) -> None:
    place_id, spelling, whole = data.draw(st.sampled_from(towns()))
    shorter = spelling[: data.draw(st.integers(0, len(spelling)))]
    assert confidence_in(place_id, shorter) <= whole + FORGIVEN


@settings(max_examples=100)
@given(st.text(st.characters(), max_size=60))
def test_the_same_text_has_the_same_answer(text: str) -> None:
    assert opened().resolve(text) == opened().resolve(text)


@settings(max_examples=100)
@given(st.data(), st.sampled_from("'’ʿ\u0301\u200f\u0640"))
def test_a_mark_put_into_a_name_changes_neither_the_place_nor_the_status(
    data: st.DataObject, mark: str
) -> None:
    place_id, spelling, _ = data.draw(st.sampled_from(towns()))
    at = data.draw(st.integers(1, len(spelling)))
    plain = opened().resolve(spelling)
    marked = opened().resolve(spelling[:at] + mark + spelling[at:])
    assert (plain.status, place_id) == (marked.status, marked.matches[0].place.id)
