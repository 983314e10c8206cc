"""What a row's notes add to what its cells say of its place.

The cells come first. Where they leave the place open the notes are read as a report is
(:mod:`gazetteer.reading.geoparse`), and only then:

- An *ambiguous* name is resolved again, with the areas and towns that the notes name beside it. It counts
  where that makes it sure.
- Cells that name *nothing in particular* (none, "unknown", "a hospital") or only an *area* leave the place to
  the notes: it is that of the event that they tell of, if it lies in the areas that the cells name. The
  notes are read as said in those areas.

Any other row is not changed by its notes: not one that names a place, known or unknown, and not one that is
abroad. What the notes did is said in the row.
"""

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, Protocol

from gazetteer.answers import MIN_CONFIDENCE, MIN_CONFIDENCE_IN_TEXT, Report, Resolution
from gazetteer.country import is_country
from gazetteer.errors import NotFoundError
from gazetteer.incidents.row import Mention, Resolves, resolve_mention
from gazetteer.kinds import PlaceKind
from gazetteer.names.fold import fold
from gazetteer.reading.features import may_lie_in
from gazetteer.values import Place

#: The method of a match that is the notes'.
METHOD: Final = "text"
#: Groups of kinds that say where something else lies.
_SAYS_WHERE: Final = ("admin", "settlement")
#: Candidates of an unsure answer count from this confidence.
_LIKELY: Final = 0.1


class Geoparses(Resolves, Protocol):
    """The part of a gazetteer that reads notes; an open ``Gazetteer`` is one."""

    def area(self, text: str) -> Place:
        """Return an admin unit by name or P-code, or raise NotFoundError."""

    def geoparse(
        self, text: str, *, local: bool = False, min_confidence: float = MIN_CONFIDENCE_IN_TEXT
    ) -> Report:
        """Return the places that a text names."""


@dataclass(frozen=True, slots=True)
class Noted:
    """The answer to a row, and what its notes had to do with it.

    Parameters
    ----------
    answer
        The answer; None where neither the cells nor the notes have a name.
    words
        The words of the notes that are taken as the place, as written; "" where none are.
    reason
        What the notes did, or why their place was not taken; "" where they did nothing.
    """

    answer: Resolution | None
    words: str = ""
    reason: str = ""


def resolve_with_notes(
    gazetteer: Geoparses, mention: Mention, *, limit: int = 5, min_confidence: float = MIN_CONFIDENCE
) -> Noted:
    """Resolve what a row says of its place, with its notes where the cells leave it open.

    Parameters
    ----------
    gazetteer
        Resolves names, and reads notes.
    mention
        What the row says.
    limit, min_confidence
        As for :meth:`gazetteer.Gazetteer.resolve`; the confidence is also that of a place in the notes.
    """
    answer = resolve_mention(gazetteer, mention, limit=limit, min_confidence=min_confidence)
    is_home = not mention.country or is_country(mention.country)
    if not mention.notes or not is_home or not _is_open(answer):
        return Noted(answer)
    areas = _areas(gazetteer, mention.areas)
    before = _said_before([*areas, *(_areas_named(answer) or ())])
    report = gazetteer.geoparse(
        before + mention.notes, local=bool(mention.country or before), min_confidence=min_confidence
    )
    report = replace(report, mentions=tuple(one for one in report.mentions if one.start >= len(before)))
    reason = ""
    if answer is not None and answer.status == "ambiguous":
        resolve = partial(resolve_mention, gazetteer, limit=limit, min_confidence=min_confidence)
        answer, reason = _beside(answer, mention, report, resolve)
    named = _areas_named(answer)
    if named is None or not report.mentions:
        return Noted(answer, reason=reason)
    noted = _with_main(answer, areas, named, report)
    return noted if noted.reason else replace(noted, reason=reason)


def _is_open(answer: Resolution | None) -> bool:
    """Tell whether the cells leave the place open."""
    if answer is not None and answer.country:
        return False
    return answer is None or answer.status == "ambiguous" or _areas_named(answer) is not None


def _areas_named(answer: Resolution | None) -> tuple[Place, ...] | None:
    """Return the areas, where a cell names no place: () where it names nothing; None where it names one."""
    if answer is None or not (answer.matches or answer.unread):
        return ()
    named = [answer.best.place] if answer.best else []
    if answer.status == "ambiguous":
        named = [match.place for match in answer.matches if match.confidence >= _LIKELY]
    return tuple(named) if named and all(map(_is_area, named)) else None


def _is_area(place: Place) -> bool:
    return place.kind.group == "admin" or place.kind is PlaceKind.COUNTRY


def _areas(gazetteer: Geoparses, cells: Sequence[str]) -> list[Place]:
    """Return the areas that cells name, as far as they are known."""
    found = []
    for cell in cells:
        with contextlib.suppress(NotFoundError):
            found.append(gazetteer.area(cell))
    return found


def _beside(
    answer: Resolution, mention: Mention, report: Report, resolve: Callable[[Mention], Resolution | None]
) -> tuple[Resolution, str]:
    """Resolve an ambiguous name beside the areas and settlements that the notes name; say which decided."""
    own = {fold(name) for name in mention.names}
    names = list(
        dict.fromkeys(
            one.text
            for one in report.mentions
            if (best := one.resolution.best) and best.place.kind.group in _SAYS_WHERE
            if fold(one.text) not in own
        )
    )

    def place_beside(names: Sequence[str]) -> tuple[Resolution | None, str]:
        one = resolve(mention._replace(areas=(*mention.areas, *names)))
        return one, one.best.place.id if one is not None and one.best is not None else ""

    better, place = place_beside(names) if names else (None, "")
    if better is None or not place:
        return answer, ""
    deciding = [name for name in names if place_beside([name])[1] == place] or names
    return better, f"the notes name {' and '.join(map(repr, deciding))}"


def _said_before(areas: Sequence[Place]) -> str:
    """Return a sentence that says in which areas a row is, to be read before its notes; "" for none."""
    return f"In {', '.join(f'{area.name} {area.kind.value}' for area in areas)}. " if areas else ""


def _with_main(
    answer: Resolution | None, areas: Sequence[Place], named: Sequence[Place], report: Report
) -> Noted:
    """Return the place of the event in the notes, if it lies where the cells say that the row is."""
    main = report.main
    if main is None or main.resolution.best is None:
        return Noted(answer)
    best = main.resolution.best
    outside = [area for area in areas if not may_lie_in(best.place, area.id)]
    if not any(may_lie_in(best.place, area.id) for area in named):
        outside += named
    if outside:
        where = " or ".join(dict.fromkeys(area.name for area in outside))
        return Noted(answer, reason=f"not taken from the notes: {main.text!r} is not in {where}")
    if any(best.place.uncertainty_m >= area.uncertainty_m for area in named):
        return Noted(answer)
    why = f"from the notes: {main.text!r}, as the row names {'only an area' if named else 'no place'}"
    match = replace(best, method=METHOD, reasons=(why, *best.reasons))
    taken = replace(main.resolution, matches=(match, *main.resolution.matches[1:]), unread=())
    return Noted(taken, main.text, why)
