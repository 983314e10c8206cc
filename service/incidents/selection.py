"""Which incidents a request asks for: read whole and checked first, then found by arrays.

Everything that can be wrong with a question is said by :func:`read_question`; what follows can't be refused,
so an answer may begin before it is known.
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gazetteer.errors import InputError
from gazetteer.geodesy import BoundingBox
from gazetteer.incidents import Incident
from gazetteer.near import CERTAINTIES, DrawnArea, NearAnswer, Targets, area_named, near, targets_named
from gazetteer.near.areas import NO, OPEN, YES, Verdicts
from gazetteer.near.select import between, in_box, inside, with_reasons
from gazetteer.notation.lengths import read_length
from gazetteer.points import Booleans, Integers, checked_within
from gazetteer.values import Place
from service.incident_store import Snapshot
from service.incidents.polygons import read_polygon
from service.params.incidents import FilterParams
from service.state import Catalogue

__all__ = ["Found", "Nearness", "Question", "find", "read_question"]

#: How many kinds are named where one is asked for that there isn't.
_SHOWN_KINDS = 20
#: How many of the undecided are listed.
_LISTED = 1000


@dataclass(frozen=True, slots=True)
class Nearness:
    """Near what, how near, and how surely."""

    text: str
    targets: Targets
    within_m: float
    certainties: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """Which incidents; None asks for all of them in that respect."""

    nearness: Nearness | None
    area: Place | None
    polygon: tuple[str, DrawnArea] | None
    box: BoundingBox | None
    start: datetime.date | None
    end: datetime.date | None
    kind: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """The incidents asked for.

    Parameters
    ----------
    numbers
        Their numbers in the snapshot, in its order.
    near
        What is near all incidents of the snapshot, where that was asked.
    summary
        Counts, before only some certainties are kept.
    undecided
        The first thousand incidents that may be asked for or not, each with the reason; the summary counts
        all.
    """

    numbers: Integers
    near: NearAnswer | None
    summary: dict[str, Any]
    undecided: Sequence[tuple[Incident, str]]


def read_question(query: FilterParams, snapshot: Snapshot, gazetteer: Catalogue) -> Question:
    """Return what is asked.

    Raises
    ------
    InputError
        If a name, a length or a shape can't be used, or no incident has such a kind; it names the parameter.
    """
    return Question(
        nearness=_nearness(query, gazetteer),
        area=area_named(gazetteer, query.area, parameter="area") if query.area else None,
        polygon=(query.polygon, read_polygon(query.polygon)) if query.polygon else None,
        box=query.bbox,
        start=query.start,
        end=query.end,
        kind=_kind(query.kind, snapshot) if query.kind else None,
    )


def _nearness(query: FilterParams, gazetteer: Catalogue) -> Nearness | None:
    if query.near is None or query.within is None:
        return None
    within_m = checked_within(read_length(query.within, parameter="within"))
    targets = targets_named(gazetteer, query.near, parameter="near")
    words = query.certainties()
    certainties = tuple(number for number, word in enumerate(CERTAINTIES) if word in words)
    return Nearness(query.near, targets, within_m, certainties)


def _kind(text: str, snapshot: Snapshot) -> str | None:
    wanted, known = text.strip().casefold(), snapshot.kinds
    if wanted in known or not len(snapshot.incidents):
        return wanted
    if not known:
        raise InputError(
            "the incidents have no kinds: no column is named event_type, type, kind or the like",
            parameter="kind",
        )
    shown = ", ".join(list(known)[:_SHOWN_KINDS]) + (" and others" if len(known) > _SHOWN_KINDS else "")
    raise InputError(f"no incident is of the kind {text!r}; there are {shown}", parameter="kind")


def find(question: Question, snapshot: Snapshot, gazetteer: Catalogue) -> Found:
    """Return the incidents asked for; see :class:`Found`."""
    in_time, in_place = _verdicts(question, snapshot, gazetteer)
    possible = (in_time != NO) & (in_place != NO) & _surely(question, snapshot)
    kept = np.flatnonzero(possible & (in_time == YES) & (in_place == YES))
    open_ = np.flatnonzero(possible & ((in_time == OPEN) | (in_place == OPEN)))
    undecided = with_reasons(snapshot.incidents, open_[:_LISTED], in_time)
    if question.nearness is None:
        return Found(kept, None, {"incidents": len(kept), "undecided": len(open_)}, undecided)
    asked = question.nearness
    answer = snapshot.remember(
        ("near", asked.text, asked.within_m),
        lambda: near(snapshot.incidents, asked.targets, within_m=asked.within_m),
    )
    counts = answer.summary if len(kept) == len(snapshot.incidents) else answer.take(kept).summary
    listed = kept[np.isin(answer.certainties[kept], asked.certainties)]
    return Found(listed, answer, {**counts.as_json(), "undecided": len(open_)}, undecided)


def _verdicts(question: Question, snapshot: Snapshot, gazetteer: Catalogue) -> tuple[Verdicts, Verdicts]:
    """Tell which incidents lie in the days, and which in the area and the polygon."""
    incidents = snapshot.incidents
    in_place = np.full(len(incidents), YES)
    areas: list[tuple[str, Place | DrawnArea]] = []
    if question.area is not None:
        areas.append((question.area.id, question.area))
    if question.polygon is not None:
        areas.append(question.polygon)
    for key, area in areas:

        def decide(area: Place | DrawnArea = area) -> Verdicts:
            return inside(incidents, area, gazetteer)

        verdicts = snapshot.remember(("inside", key), decide)
        both_open = np.where((in_place == NO) | (verdicts == NO), NO, OPEN)
        in_place = np.where((in_place == YES) & (verdicts == YES), YES, both_open)
    return between(incidents, question.start, question.end), in_place


def _surely(question: Question, snapshot: Snapshot) -> Booleans:
    """Tell which incidents are in the box and of the kind: of that there is no doubt."""
    if question.box is None:
        kept = np.ones(len(snapshot.incidents), dtype=np.bool_)
    else:
        kept = in_box(snapshot.incidents, question.box)
    if question.kind is not None:
        of_kind = np.zeros(len(kept), dtype=np.bool_)
        of_kind[snapshot.kinds.get(question.kind, [])] = True
        kept &= of_kind
    return kept
