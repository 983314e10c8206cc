"""The one place that a text must mean, where a list of candidates is no answer.

A distance needs two places, and "nearest hospital to X" needs one. So what is ambiguous elsewhere is an
error here, whose message lists the candidates with their ids, any of which may be given instead. So is a text
that names several places.
"""

import contextlib
from typing import Protocol

from gazetteer.answers import Resolution
from gazetteer.errors import InputError, NotFoundError
from gazetteer.notation.positions import read_point
from gazetteer.values import Place


class _Finds(Protocol):
    def resolve(self, text: str) -> Resolution: ...

    def place(self, place_id: str) -> Place: ...


def one_place(gazetteer: _Finds, text: str, *, parameter: str) -> Place:
    """Return the one place that a name, an id or a position means.

    Parameters
    ----------
    gazetteer
        Where to look.
    text
        A name, an id such as "geonames:169389", or "latitude, longitude".
    parameter
        What the text was given as, for the error.

    Raises
    ------
    NotFoundError
        If there is none.
    CoordinateError
        If it is a position that is out of range.
    InputError
        If it names several places, or several are meant equally well; the message lists them.
    """
    with contextlib.suppress(NotFoundError):
        return gazetteer.place(text.strip())
    read_point(text, parameter=parameter)  # raises for a position that is none; resolving reads the others
    found = gazetteer.resolve(text)
    if found.best is not None:
        return found.best.place
    if found.status == "several":
        places = "; ".join(_in_words(match.place) for match in found.places)
        raise InputError(
            f"{parameter} {text!r} names several places: give one of them, by name or id: {places}",
            parameter=parameter,
        )
    if found.status == "ambiguous":
        candidates = "; ".join(_in_words(match.place) for match in found.matches)
        raise InputError(
            f"{parameter} {text!r} is ambiguous: add an area, or use one of these ids: {candidates}",
            parameter=parameter,
        )
    raise NotFoundError(
        f"{parameter} {text!r} was not found: try another spelling, or add the area it lies in"
    )


def _in_words(place: Place) -> str:
    areas = dict.fromkeys(unit.name for unit in reversed(place.admin))
    words = ", ".join([place.name, place.kind.value.replace("_", " "), *areas])
    return f"{place.id} ({words})"
