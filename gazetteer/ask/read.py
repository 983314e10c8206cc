"""What a question means in a gazetteer: its names as places, and the relation that these allow.

"In Saraqib" and "at Saraqib" ask for what lies in it, "in the national hospital" and "at" it for what names
it, "on the M5" for what lies along it: what the name is decides. An area comes before the town of the same
name, as it does everywhere; "Saraqib city" is the town. A name that means several places is an error that
lists them.
"""

import contextlib
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from gazetteer.ask.grammar import ALONG_M, Question
from gazetteer.country import find_neighbour
from gazetteer.errors import InputError, NotFoundError
from gazetteer.kinds import LINES, REGIONS, PlaceKind, kinds_meant_by
from gazetteer.lookups import Lookups
from gazetteer.near.targets import Targets, check_kind, targets_named
from gazetteer.notation.lengths import format_length
from gazetteer.values import Place

#: What incidents are counted by in an area of a level, None for the whole country.
_PARTS: Final = {
    None: PlaceKind.GOVERNORATE,
    0: PlaceKind.GOVERNORATE,
    1: PlaceKind.DISTRICT,
    2: PlaceKind.SUBDISTRICT,
}


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """A question whose names are places."""

    question: Question
    targets: Targets | None = None  # what the incidents are near, or at; or the kind that is looked for
    area: Place | None = None
    places: tuple[Place, ...] = ()  # the ends of a distance or of "between", or what something is nearest to

    def as_json(self) -> dict[str, Any]:
        """Return how the question was read in plain JSON types.

        `relation` is near, not near, in, at, between, nearest or distance; `count` whether a number is asked
        for; `by` month, area or None; `distance_m` metres; `target` a kind, a place's id, a line's name or a
        position; `area` a P-code or a place's id; `from` and `to` the first and last day as ISO 8601, or the
        places of a distance, `from` alone that of "nearest".
        """
        question, ends = self.question, [_known_as(place) for place in self.places]
        days = [day and day.isoformat() for day in (question.start, question.end)]
        between = question.relation == "between"
        from_, to = days if question.about_incidents else [*ends, None][:2]
        return {
            "relation": question.relation,
            "count": question.count,
            "by": question.by and question.by.what,
            "distance_m": question.within_m,
            "target": " and ".join(ends) if between else self._target(_known_as) or None,
            "area": self.area and self.area.id,
            "from": from_,
            "to": to,
        }

    def _target(self, of_place: Callable[[Place], str]) -> str:
        """Return the kind that is asked about, or what is said of the one place."""
        question = self.question
        if kinds := kinds_meant_by(question.target):
            (first, *others) = kinds
            return first.group if others else first.value
        return of_place(self.targets[0]) if self.targets else ""

    def describe(self) -> str:
        """Return how the question was read, in words."""
        question = self.question
        ends = [_described(place) for place in self.places]
        target = self._target(_described).replace("_", " ")
        if question.relation == "distance":
            return f"the distance from {ends[0]} to {ends[1]}"
        if question.relation == "nearest":
            return f"the {target} at the least distance from {ends[0]}"
        if kinds_meant_by(question.target):
            target = f"any {target}"
        chooses = f'; "{question.what}" does not choose among them' if question.what else ""
        words = f"incidents (every row{chooses})"
        if question.within_m is not None:
            words += (
                f" {'not ' * (question.relation == 'not near')}within {format_length(question.within_m)} of "
            )
            words += f"the straight line between {' and '.join(ends)}" if ends else target
            words += " (no length was given)" if question.assumed else ""
        elif question.relation == "at":
            words += f" whose text names {target}"
        words += f", in {_described(self.area)}" if self.area else ""
        start, end = question.start, question.end
        words += f", from {start} to {end}" if start and end else ""
        words += f", since {start}" if start and not end else f", until {end}" if end and not start else ""
        return f"{'the number of ' * question.count}{words}{self._by()}"

    def _by(self) -> str:
        by = self.question.by
        if by is None or by.what == "month":
            return ", by month" if by else ""
        part = _PARTS[self.area.kind.admin_level if self.area else None]
        words = f", by {part.value}"
        if kinds_meant_by(by.word) not in (frozenset(), {part}):
            words += f" (only the parts one level below an area are told apart, so not by {by.word})"
        return words


def read(question: Question, gazetteer: Lookups) -> Read:
    """Return what a question means in a gazetteer.

    Raises
    ------
    InputError, NotFoundError
        If a name has no answer, or more than one; the message says which it could be.
    """
    if question.places:
        return Read(question, area=_area(gazetteer, question.area), places=_ends(gazetteer, question))
    kinds = kinds_meant_by(question.target)
    if question.relation == "at" and kinds and kinds <= LINES:  # "at the border"
        question = replace(question, relation="near", within_m=ALONG_M, assumed=True)
    if question.target and (question.relation != "at" or kinds):
        return Read(question, _targets(gazetteer, question), _area(gazetteer, question.area))
    return _in_or_at(question, gazetteer)


def _ends(gazetteer: Lookups, question: Question) -> tuple[Place, ...]:
    """Return the places that a distance is measured between."""
    try:
        ends = tuple(gazetteer.one_place(name, parameter="place") for name in question.places)
    except NotFoundError as error:
        if question.about_incidents:
            raise InputError(str(error), parameter="place") from error
        raise
    lines = [one.name for one in ends if one.kind in LINES and question.relation == "between"]
    if lines:
        raise InputError(
            f"{lines[0]} is a line: name a place on it, or ask what is 'near' it", parameter="place"
        )
    return ends


def _in_or_at(question: Question, gazetteer: Lookups) -> Read:
    """Return what "in" or "at" a name means, by what the name is that of."""
    name, area = question.target or question.area, question.area if question.target else ""
    if not name:
        return Read(question)
    found = _area_or_place(gazetteer, name, beside=area)
    if _has_inside(found):
        question = replace(question, relation="in", target="")
        return Read(question, area=_area(gazetteer, ", ".join(filter(None, (name, area)))))
    if found.kind in LINES:
        question = replace(question, relation="near", within_m=ALONG_M, assumed=True)
    elif found.kind.group not in ("facility", "landmark") or found.kind in REGIONS:
        raise InputError(_no_inside(name, found), parameter="area")
    else:
        question = replace(question, relation="at")
    question = replace(question, target=found.id)
    return Read(question, targets_named(gazetteer, found.id, parameter="place"), _area(gazetteer, area))


def _targets(gazetteer: Lookups, question: Question) -> Targets:
    """Return the places of a kind, or the one of a name, to which the area of the question may help."""
    try:
        found = targets_named(gazetteer, question.target, parameter="place")
    except InputError as error:
        if not question.area:
            raise
        try:
            found = targets_named(gazetteer, f"{question.target}, {question.area}", parameter="place")
        except InputError:
            raise error from None
    if question.along and not all(place.kind in LINES for place in found):  # a namesake, such as a quarter
        raise InputError(
            f"the gazetteer knows no road, river or border that is called {question.target!r}: bring it with "
            "'gazetteer-data pull' and build the gazetteer anew",
            parameter="place",
        )
    return found


def _area(gazetteer: Lookups, text: str) -> Place | None:
    """Return the area, town or neighbourhood of a name; None for none."""
    if not text:
        return None
    found = _area_or_place(gazetteer, text)
    if not _has_inside(found):
        raise InputError(_no_inside(text, found), parameter="area")
    return found


def _area_or_place(gazetteer: Lookups, text: str, *, beside: str = "") -> Place:
    """Return the area of a name, else the place, which may be told apart by the area beside it."""
    with contextlib.suppress(NotFoundError):
        return gazetteer.area(text)
    try:
        found = gazetteer.one_place(text, parameter="area")
    except NotFoundError as error:
        check_kind(gazetteer, text, None, parameter="area")
        message = f"no area or town is called {text!r}: try another spelling, or its P-code"
        raise InputError(message, parameter="area") from error
    except InputError:
        if not beside:
            raise
        return _area_or_place(gazetteer, f"{text}, {beside}")
    check_kind(gazetteer, text, found, parameter="area")
    if found.kind.admin_level is not None:  # "rural Idlib" has no border
        raise InputError(_no_inside(text, found), parameter="area")
    return found


def _has_inside(place: Place) -> bool:
    return place.kind.admin_level is not None or place.kind.group in ("settlement", "neighbourhood")


def _no_inside(text: str, place: Place) -> str:
    return (
        f"{text!r} means {_described(place)}, which is no area or town: ask what is 'near' it, or in an area"
    )


def _known_as(place: Place) -> str:
    """Return what scripts know a place by."""
    if place.kind is PlaceKind.POINT:
        return f"{place.position.latitude}, {place.position.longitude}"
    if place.kind is PlaceKind.BORDER:
        beyond = next(filter(None, map(find_neighbour, re.split(r"[\s-]+", place.name))), None)
        return f"border with {beyond.name}" if beyond else place.name
    return place.name if place.kind in LINES else place.id


def _described(place: Place) -> str:
    """Return what people know a place by."""
    if place.kind is PlaceKind.POINT or place.kind in LINES:
        return place.name
    return f"{place.name} ({place.kind.value.replace('_', ' ')}, {place.id})"
