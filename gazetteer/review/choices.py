"""What a person may decide of a place: one vocabulary, for the command, the library and the service.

- ``geonames:163915`` or ``C3871``: the place with this id.
- ``2``: the second of the listed candidates.
- ``accept``: the first of them, which is the answer where there is one.
- ``35.81, 36.60``: a position, in any form that :mod:`gazetteer.notation` reads. Its last digit says how
  exact it is, 1.4 km for two decimals, unless that is written: ``35.81, 36.60 within 500 m``.
- ``Suran, Azaz``: a name, with its area where others have it too. It must be spelled as the gazetteer knows
  it, since a likeness may be to another place.
- ``none``: no place of the gazetteer is meant.

Examples
--------
>>> from gazetteer import Gazetteer
>>> match = choose(Gazetteer.open(), "35.93, 36.63")
>>> match.place.admin[0].name, round(match.uncertainty_m)
('Idleb', 1432)
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from gazetteer.answers import Match
from gazetteer.country import country, read_pcode
from gazetteer.errors import CoordinateError, InputError, NotFoundError
from gazetteer.geodesy import LatLon
from gazetteer.lookups import Lookups, in_words
from gazetteer.notation import plain
from gazetteer.notation.grids import degrees_m
from gazetteer.notation.in_text import is_in_country, positions_in
from gazetteer.notation.lengths import read_length
from gazetteer.notation.positions import read_position
from gazetteer.reading.reader import COORDINATE_RADIUS_M
from gazetteer.reading.relations import place_at
from gazetteer.values import Place

#: The decision for no place of the gazetteer, and the one for what stands first.
NONE: Final = "none"
ACCEPT: Final = "accept"
#: What a decision may be, for messages.
FORMS: Final = f"an id, the number of a candidate, {ACCEPT}, a position, a name with its area, or {NONE}"
#: How the method of an answer is called that a person gave.
METHOD: Final = "decision"
_LONGEST: Final = 500
_ID = re.compile(r"[a-z]+:\S+")
_NUMBER = re.compile(r"\d{1,4}(?:\.0)?")  # "2.0" is what some programs make of 2
_WITHIN = re.compile(r"(?P<position>.*?),?\s*(?:\bwithin\b|±)(?P<radius>.*)", re.I | re.S)
#: How an answer matched that is like the text and not spelled so.
_LIKENESS: Final = ("skeleton", "fuzzy", "fallback")


def choose(gazetteer: Lookups, text: str, candidates: Sequence[str] = ()) -> Match | None:
    """Return the place that a decision means; None for none of the gazetteer's.

    Parameters
    ----------
    gazetteer
        An open gazetteer.
    text
        What was decided, in the vocabulary above.
    candidates
        The listed candidates, the best first, each as a decision for it: its id, or the position and radius
        of one that was computed.

    Returns
    -------
    Match or None
        The place, with the radius of a right answer; of a position its own. The method is "decision" and the
        confidence 1, since a person is sure.

    Raises
    ------
    InputError
        If it means no place, or more than one; the message says what to write instead.
    """
    text = text.strip()
    if len(text) > _LONGEST:
        raise _refused(f"a decision is no longer than {_LONGEST} characters: write {FORMS}")
    word = text.casefold()
    if word == NONE:
        return None
    if word == ACCEPT or _NUMBER.fullmatch(plain(word)):
        return choose(gazetteer, _candidate(word, candidates))
    place = _written_position(gazetteer, text) or _with_id(gazetteer, text) or _named(gazetteer, text)
    return Match(place, 1.0, place.name, METHOD, coverage_m=gazetteer.calibration.radius_m(place))


def _candidate(word: str, candidates: Sequence[str]) -> str:
    """Return a listed candidate as a decision for it."""
    number = 1 if word == ACCEPT else int(plain(word).partition(".")[0])
    if not candidates:
        raise _refused(f"{word!r} needs a candidate, and none is listed: write {FORMS}")
    if not 1 <= number <= len(candidates):
        listed = "1 is" if len(candidates) == 1 else f"1 to {len(candidates)} are"
        raise _refused(f"there is no candidate {number}: {listed} listed")
    return candidates[number - 1]


def _with_id(gazetteer: Lookups, text: str) -> Place | None:
    """Return the place with an id; None for a text that is no id."""
    if not (_ID.fullmatch(text) or read_pcode(text)):
        return None
    try:
        return gazetteer.place(read_pcode(text) or text)
    except NotFoundError as error:
        raise _refused(f"this gazetteer has no place with the id {text!r}: write {FORMS}") from error


def _written_position(gazetteer: Lookups, text: str) -> Place | None:
    """Return the place at a position, with its radius and the areas round it; None for what is none."""
    within = _WITHIN.fullmatch(text)
    try:
        found = _position(within["position"]) if within else _position(text)
    except CoordinateError as error:
        raise _refused(f"{text!r} is no position: {error}") from error
    if found is None:
        return None
    position, radius_m = found
    if within:
        radius_m = max(1.0, read_length(within["radius"].strip(), parameter="decision"))
    round_it = gazetteer.reverse(position)
    if round_it.hint:
        raise _refused(f"{text!r} lies {round_it.hint}")
    if round_it.outside_country or not is_in_country(position):
        raise _refused(f"{text!r} lies outside {country().name}: correct it, or write {NONE}")
    name = f"{position.latitude:.5f}, {position.longitude:.5f}"
    place = place_at(position, name=name, uncertainty_m=radius_m)
    return replace(place, admin=round_it.admin, admin_method=round_it.admin_method)


def _position(text: str) -> tuple[LatLon, float] | None:
    """Return a position and the radius that its digits leave, in metres.

    Coordinates may be cut off as well as rounded, and then lie a whole unit away on both axes (Wieczorek, Guo
    & Hijmans 2004, doi:10.1080/13658810412331280211, "coordinate precision").
    """
    if read := read_position(text):
        exact_m = 2 * degrees_m(read.unit_deg, read.position.latitude)
        return read.position, max(COORDINATE_RADIUS_M, exact_m)
    one, *others = positions_in(text) or (None,)
    if one is None or others or one.position is None or text[: one.start] + text[one.end :]:
        return None
    return one.position, max(COORDINATE_RADIUS_M, one.exact_m)


def _named(gazetteer: Lookups, text: str) -> Place:
    """Return the one place that has a name."""
    found = gazetteer.resolve(text)
    if found.status == "several":
        raise _refused(f"{text!r} names several places: decide for one of them")
    listed = "; ".join(in_words(match.place) for match in found.matches)
    if found.status == "ambiguous":
        raise _refused(f"{text!r} is ambiguous: add its area, or write one of these ids: {listed}")
    if found.best is None:
        raise _refused(f"this gazetteer has no place called {text!r}: write {FORMS}")
    if found.unread or found.best.method in _LIKENESS:
        raise _refused(
            f"no place is spelled {text!r}; if this one is meant, write its id: {in_words(found.best.place)}"
        )
    return found.best.place


def _refused(message: str) -> InputError:
    return InputError(message, parameter="decision")
