"""What the names in a row mean: the answer to its place as written, with its notes where that leaves it open.

The cells come first: the first name that has an answer, with the areas beside it. Only where they leave the
place open, and the row is not abroad, the notes are read as a report is (:mod:`gazetteer.reading.geoparse`):

- An *ambiguous* name is resolved again, with the areas and towns of the notes beside it.
- Cells without a name ("unknown", "a hospital") or with only an *area* leave the place to the notes: it is
  that of the event that they describe, if it lies in the areas that the cells name.

The reason says what the notes did.
"""

import contextlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from gazetteer.answers import MIN_CONFIDENCE, Report, Resolution
from gazetteer.country import is_country, pcode_chain, read_pcode
from gazetteer.errors import NotFoundError
from gazetteer.incidents.row import Mention, is_home, is_name
from gazetteer.incidents.spots import Candidate, Fix, Several, area_chain, exclusive
from gazetteer.kinds import PlaceKind
from gazetteer.lookups import Lookups
from gazetteer.names.fold import fold
from gazetteer.notation.precision import TOWNS
from gazetteer.reading.features import may_lie_in
from gazetteer.values import Place

#: How many candidates of a name are looked at: as many as enriching lists.
_CANDIDATES: Final = 6
#: Groups of kinds that say where something else lies.
_SAYS_WHERE: Final = ("admin", "settlement")
#: Candidates of an unsure answer count from this confidence.
_LIKELY: Final = 0.1
#: What says that one of several places is meant, folded.
_OR: Final = frozenset({"or", "او", "either"})


def resolve_mention(
    gazetteer: Lookups,
    mention: Mention,
    *,
    limit: int = 5,
    min_confidence: float = MIN_CONFIDENCE,
    kinds: Sequence[PlaceKind] = (),
) -> Resolution | None:
    """Return the answer to the first name that has one, else that to the first name with any candidates.

    One place is an answer, and so are several that are each accepted. None where there is no name to look
    for. Of `kinds` only their places count, where any are given.
    """
    options: dict[str, Any] = {"context": mention.areas, "limit": limit, "min_confidence": min_confidence}
    if kinds:
        options["kind"] = kinds
    if not is_home(mention.country):
        options["country"] = mention.country
    answers = []
    for name in filter(is_name, mention.names):
        found = gazetteer.resolve(name, **options)
        if found.best is not None or found.status == "several":
            return found
        answers.append(found)
    return next((one for one in answers if one.matches), answers[0] if answers else None)


def is_either(mention: Mention) -> bool:
    """Tell whether a row that names several places says that it was at one of them, and not at each.

    Examples
    --------
    >>> [is_either(Mention((name,))) for name in ("Saraqib or Idlib", "سراقب أو إدلب", "Saraqib, Idlib")]
    [True, True, False]
    """
    return any(not _OR.isdisjoint(fold(name).split()) for name in mention.names)


class NamedPositions:
    """Where names lead with a gazetteer, each looked up once."""

    def __init__(self, gazetteer: Lookups) -> None:
        self._gazetteer = gazetteer
        self._found: dict[Mention, tuple[Fix | Several | str, tuple[Candidate, ...]]] = {}
        self._areas: dict[str, tuple[str, ...]] = {}
        self._extents: dict[str, float] = {"": 0.0}

    def look_up(self, mention: Mention) -> tuple[Fix | Several | str, tuple[Candidate, ...]]:
        """Return the position or the several of a mention, or why there is none; and what it may mean."""
        if mention not in self._found:
            self._found[mention] = self._resolved(mention)
        return self._found[mention]

    def _resolved(self, mention: Mention) -> tuple[Fix | Several | str, tuple[Candidate, ...]]:
        found = resolve_mention(self._gazetteer, mention, limit=_CANDIDATES)
        if found is None:
            return "the row has no coordinates and no place", ()
        matches = found.places if found.status == "several" else found.matches
        candidates = tuple(
            Candidate(Fix.of(one.place, radius_m=one.uncertainty_m), one.confidence) for one in matches
        )
        if found.status == "several":
            return Several(tuple(one.fix for one in candidates), is_either(mention)), candidates
        if found.best is None:
            return f"the place name is {found.status}", exclusive(candidates)
        return Fix.of(found.best.place, radius_m=found.best.uncertainty_m), exclusive(candidates)

    def towns(self, mention: Mention) -> tuple[Fix, ...]:
        """Return the towns that a mention may mean, where it means no area, the likeliest first."""
        found = resolve_mention(self._gazetteer, mention, limit=_CANDIDATES, kinds=TOWNS)
        return tuple(
            Fix.of(one.place, radius_m=one.uncertainty_m)
            for one in (found.matches if found else ())
            if one.place.kind in TOWNS and one.place.generalised_to_deg is None  # no point that was computed
        )

    def reach_m(self, place_id: str, radius_m: float) -> float:
        """Return the radius of a circle round a place that holds all of it, and no less than is stated."""
        if place_id not in self._extents:
            try:
                self._extents[place_id] = self._gazetteer.place(place_id).uncertainty_m
            except NotFoundError:  # of another gazetteer, or computed
                self._extents[place_id] = 0.0
        return max(radius_m, self._extents[place_id])

    def areas(self, cells: Iterable[str]) -> tuple[str, ...]:
        """Return the P-codes of the areas that cells name, each inside the one before it."""
        chain: tuple[str, ...] = ()
        for pcodes in sorted((self._area(cell.strip()) for cell in cells), key=len):
            if pcodes[: len(chain)] == chain:  # an area elsewhere of the same name is left out
                chain = pcodes
        return chain

    def _area(self, cell: str) -> tuple[str, ...]:
        if cell not in self._areas:
            chain = pcode_chain(read_pcode(cell) or "")
            if cell and not chain:
                with contextlib.suppress(NotFoundError):
                    chain = area_chain(self._gazetteer.area(cell))
            self._areas[cell] = chain
        return self._areas[cell]


@dataclass(frozen=True, slots=True)
class RowAnswer:
    """The answer to a row, and what its notes had to do with it."""

    answer: Resolution | None  # None where neither the cells nor the notes have a name
    words: str = ""  # of the notes that are taken as the place, as written
    reason: str = ""  # what the notes did, or why their place was not taken


def resolve_with_notes(
    gazetteer: Lookups, mention: Mention, *, limit: int = 5, min_confidence: float = MIN_CONFIDENCE
) -> RowAnswer:
    """Resolve what a row says of its place, with its notes where the cells leave it open.

    `limit` and `min_confidence` are those of :meth:`gazetteer.Gazetteer.resolve`; the confidence is also that
    of a place in the notes.
    """
    resolve = partial(resolve_mention, gazetteer, limit=limit, min_confidence=min_confidence)
    answer = resolve(mention)
    at_home = not mention.country or is_country(mention.country)
    if not mention.notes or not at_home or not _is_open(answer):
        return RowAnswer(answer)
    areas = _areas_in(gazetteer, mention.areas)
    before = _area_sentence([*areas, *(_areas_named(answer) or ())])
    report = gazetteer.geoparse(
        before + mention.notes, local=bool(mention.country or before), min_confidence=min_confidence
    )
    report = replace(report, mentions=tuple(one for one in report.mentions if one.start >= len(before)))
    reason = ""
    if answer is not None and answer.status == "ambiguous":
        answer, reason = _beside(answer, mention, report, resolve)
    named = _areas_named(answer)
    if named is None or not report.mentions:
        return RowAnswer(answer, reason=reason)
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
    return tuple(named) if named and all(one.kind.group == "admin" for one in named) else None


def _areas_in(gazetteer: Lookups, cells: Sequence[str]) -> list[Place]:
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
    says_where = (
        one.text
        for one in report.mentions
        if (best := one.resolution.best) and best.place.kind.group in _SAYS_WHERE
    )
    names = list(dict.fromkeys(text for text in says_where if fold(text) not in own))

    def place_beside(names: Sequence[str]) -> tuple[Resolution | None, str]:
        one = resolve(mention._replace(areas=(*mention.areas, *names)))
        return one, one.best.place.id if one is not None and one.best is not None else ""

    better, place = place_beside(names) if names else (None, "")
    if better is None or not place:
        return answer, ""
    deciding = [name for name in names if place_beside([name])[1] == place] or names
    return better, f"the notes name {' and '.join(map(repr, deciding))}"


def _area_sentence(areas: Sequence[Place]) -> str:
    """Return a sentence that says in which areas a row is, to be read before its notes; "" for none."""
    return f"In {', '.join(f'{area.name} {area.kind.value}' for area in areas)}. " if areas else ""


def _with_main(
    answer: Resolution | None, areas: Sequence[Place], named: Sequence[Place], report: Report
) -> RowAnswer:
    """Return the place of the event in the notes, if it lies where the cells say that the row is."""
    main = report.main
    if main is None or main.resolution.best is None:
        return RowAnswer(answer)
    best = main.resolution.best
    outside = [area for area in areas if not may_lie_in(best.place, area.id)]
    if not any(may_lie_in(best.place, area.id) for area in named):
        outside += named
    if outside:
        where = " or ".join(dict.fromkeys(area.name for area in outside))
        return RowAnswer(answer, reason=f"not taken from the notes: {main.text!r} is not in {where}")
    if any(best.place.uncertainty_m >= area.uncertainty_m for area in named):
        return RowAnswer(answer)
    why = f"from the notes: {main.text!r}, as the row names {'only an area' if named else 'no place'}"
    match = replace(best, method="text", reasons=(why, *best.reasons))
    taken = replace(main.resolution, matches=(match, *main.resolution.matches[1:]), unread=())
    return RowAnswer(taken, main.text, why)
