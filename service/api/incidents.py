"""Which incidents are asked for, counts of them, and questions; the list is :mod:`service.ogc.incidents`."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date
from typing import Annotated, Any, Literal, Self, get_args

import numpy as np
from flask import Response
from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from gazetteer.ask import answer, parse_question
from gazetteer.errors import NotFoundError
from gazetteer.incidents.events import EventKind
from gazetteer.near import (
    DrawnArea,
    Selection,
    area_named,
    by_facility,
    count_chosen,
    near_counts,
    select,
    targets_named,
)
from gazetteer.near.areas import NO, OPEN, YES
from gazetteer.near.select import in_box, inside
from gazetteer.notation.lengths import read_length
from gazetteer.points import checked_within
from gazetteer.values import Place
from service.answers import Answer, Anything, Attribution, as_json
from service.api.names import swap_hint
from service.audit import tell, tell_incidents
from service.endpoint import Endpoints
from service.params import Box, Day, Flag, Name, NameOrPoint, Params, said
from service.snapshots import Snapshot
from service.tiers import Seen, seen

api = Endpoints("incidents", tag="Incidents")
#: How many rows of an answer to a question are listed, and how many undecided.
_LISTED = 1000


# ------------------------------------------------------------------------------------ what is asked for


class FilterParams(Params):
    """Which incidents."""

    near: NameOrPoint | None = said(
        "Only incidents near a kind of place, or near one place: a name, an id or a position. "
        "Needs `within`.",
        "hospital",
    )
    within: Name | None = said("A length with its unit, at most 500 km; needed with `near`.", "5km")
    start: Day | None = said("The first day, as 2016-05-01.", "2016-05-01", alias="from")
    end: Day | None = said("The last day, included.", "2016-06-30", alias="to")
    area: Name | None = said(
        "Only incidents in this area: a name or P-code. Incidents of which it isn't known are `undecided`.",
        "Idlib",
    )
    bbox: Box | None = said(
        "Only incidents whose position lies in this box, west,south,east,north in degrees, "
        "whatever their radius.",
        "36.5,35.8,37,36",
    )
    polygon: str | None = said(
        "Only incidents inside this polygon, in degrees with longitude first: a GeoJSON "
        "geometry of type Polygon, or WKT. Its lines are straight in degrees. Those that lie inside with a "
        "part of their radius are `undecided`.",
        "POLYGON ((36.5 35.8, 36.8 35.8, 36.8 36, 36.5 36, 36.5 35.8))",
        min_length=1,
        max_length=6000,
    )
    kind: Name | None = said(
        "Only incidents of this kind, in any case: below tier full strike, shelling, ground, "
        "explosive, chemical or other; at tier full as the table's own column says.",
        "strike",
    )

    @model_validator(mode="after")
    def _together(self) -> Self:
        for name, other in (("near", "within"), ("within", "near"), ("near", "certainty")):
            if getattr(self, name) is None and getattr(self, other, None) is not None:
                raise PydanticCustomError(
                    "missing", "{name} is needed with {other}", {"name": name, "other": other}
                )
        if self.start and self.end and self.end < self.start:
            raise PydanticCustomError("backwards", "{name} lies before from", {"name": "to"})
        return self

    @property
    def days(self) -> tuple[date | None, date | None]:
        """The first and the last day that were asked for."""
        return self.start, self.end


def chosen_by(query: FilterParams, snapshot: Snapshot, here: Seen) -> Selection:
    """Return the incidents that lie in the days, the area, the polygon and the box, and are of the kind."""
    area = area_named(here.gazetteer, query.area, parameter="area") if query.area else None
    drawn = DrawnArea.from_text(query.polygon, parameter="polygon") if query.polygon else None

    def choose() -> Selection:
        found = select(
            snapshot.incidents,
            here.gazetteer,
            area=area or drawn,
            start=query.days[0],
            end=query.days[1],
            kind=query.kind,
            kinds=() if here.tier == "full" else get_args(EventKind),
        )
        if area and drawn:
            also = inside(snapshot.incidents, drawn, here.gazetteer)
            open_ = np.union1d(found.open[also[found.open] != NO], found.kept[also[found.kept] == OPEN])
            found = replace(found, kept=found.kept[also[found.kept] == YES], open=open_)
        if query.bbox:
            held = np.logical_or.reduce([in_box(snapshot.incidents, box) for box in query.bbox])
            kept, open_, timely = (one[held[one]] for one in (found.kept, found.open, found.timely))
            found = replace(found, kept=kept, open=open_, timely=timely)
        return found

    which = query.model_dump_json(include={*FilterParams.model_fields, "datetime"})
    return snapshot.remember(("chosen", which), choose)


def within_m(query: FilterParams) -> float:
    """Return how far `near` reaches, in metres."""
    return checked_within(read_length(query.within or "", parameter="within"))


# ------------------------------------------------------------------------------------------- summary


class Expected(Answer):
    """How many incidents are expected, from what each name may mean and how exact it is."""

    expected: float | None = None
    expected_low: float | None = said("The lower end of its 90 % interval.")
    expected_high: float | None = said("The upper end.")
    unknown: float | None = said("How many of which nothing can be said.")


class IncidentCounts(Expected):
    """Counts of the incidents asked for; those from `within_m` on are only there with `near`."""

    incidents: int = Field(ge=0, description="In the days, the area and the rest.")
    undecided: int = Field(ge=0, description="Those that may be or may not: they are not in the others.")
    within_m: float | None = said("The distance asked for, in metres.")
    targets: int | None = said("Places that were looked at.")
    certain: int | None = None
    at_target: int | None = said("Those of the certain ones that name the very place.")
    possible: int | None = said("Possible and not certain.")
    no: int | None = None
    unanswerable: int | None = said("Radius over four times the distance.")
    without_position: int | None = None
    with_position: int | None = None
    without_date: int | None = Field(
        default=None, description="A place's own dates were not held against them."
    )
    taken_as_exact: int | None = Field(
        default=None, description="Coordinates without a radius, counted as known to the metre."
    )
    targets_without_position: int | None = None
    imputed: bool | None = Field(default=None, description="Whether what is unknown was imputed.")
    generalised_to_deg: float | None = Field(
        default=None, description="The side of the largest cell that a target was generalised to."
    )
    hint: str = Field(description="That the axes of `near` may be exchanged, if so; else empty.")


def _ways(text: str) -> str:
    ways = set(text.split(","))
    if not ways <= {"area", "month", "facility"} or ways >= {"area", "facility"}:
        raise ValueError(
            f"{text!r} is not something to count by: write area, month, or area,month; with near also "
            "facility, or facility,month"
        )
    return text


class SummaryParams(FilterParams):
    """Of `/v1/incidents/summary`."""

    by: Annotated[Name, AfterValidator(_ways)] = Field(
        default="area,month",
        description="What to count apart: area, month or both; with `near` also at each facility.",
        json_schema_extra={
            "example": "area,month",
            "pattern": "^(area|month|area,month|month,area|facility|facility,month|month,facility)$",
        },
    )
    impute: Flag = said(
        "With `near`: take what is unknown of an incident to be near as often as what is known "
        "of those of its governorate, in what is expected.",
        default=False,
    )

    @model_validator(mode="after")
    def _near_is_given(self) -> Self:
        if self.near is None and ("facility" in self.by or self.impute):
            other = "by=facility" if "facility" in self.by else "impute"
            raise PydanticCustomError(
                "missing", "{name} is needed with {other}", {"name": "near", "other": other}
            )
        if self.impute and "facility" in self.by:
            raise PydanticCustomError(
                "impute", "{name} tells how many there are, and not at which place", {"name": "impute"}
            )
        return self


class Count(Expected):
    """How many incidents in an area or at a facility, in a month; with `near`, how many are near."""

    pcode: str | None = said('Only when areas are told apart; "" if not known.')
    area: str | None = said("The area's name.")
    id: str | None = said("The facility, where each is counted.")
    name: str | None = said("Its name.")
    month: str | None = said('As "2016-05", only when months are told apart.')
    incidents: int | None = Field(default=None, ge=0)
    certain: int | None = said("Certainly near.", ge=0)
    possible: int | None = said("Possibly near; at a facility with the certain.", ge=0)
    position_basis: Literal["building", "quarter", "town", "area", ""] | None = said(
        "What the facility's position was taken from."
    )
    generalised_to_deg: float | None = None


class IncidentSummary(Answer):
    """Counts of incidents, in the order of P-codes and months, or facilities with most first."""

    counts: list[Count]
    summary: IncidentCounts
    attribution: Attribution


@api.get(
    "/v1/incidents/summary",
    "How many incidents, for each area and month.",
    media={"application/json": IncidentSummary},
    description="Areas are governorates, or with `area` the units one level below it. An area or a month "
    'that can\'t be told is "". What is expected counts what each name may mean and how exact it is.',
    made_of="incidents",
)
def count_incidents(query: SummaryParams) -> Response:
    """Count incidents."""
    here = seen()
    snapshot = here.snapshot()
    chosen = chosen_by(query, snapshot, here)
    ways = set(query.by.split(","))
    targets: Sequence[Place] = ()
    found: dict[str, Any]
    if query.near is None:
        counted = count_chosen(chosen, here.gazetteer, by=ways)
        found = counted.as_json()
        rows = counted.cells()
    else:
        targets, within = targets_named(here.gazetteer, query.near, parameter="near"), within_m(query)
        if "facility" in ways:
            at = by_facility(chosen.chosen, targets, within_m=within, by_month="month" in ways)
            tell(row.place for row in at.rows)
            found, rows = at.as_json(), [row.as_json() for row in at.rows]
        else:
            near_all = near_counts(
                chosen, targets, here.gazetteer, within_m=within, by=ways, impute=query.impute
            )
            found, rows = near_all.as_json(), near_all.cells()
    counts = {
        **found["summary"],
        "undecided": len(chosen.open),
        "hint": swap_hint(query.near),
    }
    counts.pop("notes", None)
    area = [chosen.area] if isinstance(chosen.area, Place) else []
    body = {"counts": rows, "summary": counts, "attribution": quoted(here, snapshot, (*targets, *area))}
    return Response(as_json(body), content_type="application/json")


# ----------------------------------------------------------------------------------------- questions


class AskParams(Params):
    """Of `/v1/ask`."""

    question: Name = said(
        "A question in English or Arabic, of the forms that `gazetteer ask` understands.",
        "strikes within 5 km of a hospital in Idlib between 2016-05-01 and 2016-06-30",
        default=...,
    )


class IncidentAnswer(Answer):
    """The answer to a question."""

    question: str
    read: Anything = Field(
        description="How it was read: relation, count, by, distance_m, target, area, from, to."
    )
    read_as: str = Field(description="The same in words.")
    summary: Anything = Field(description="Counts, and the places that names were taken for.")
    rows: list[Anything] = Field(description=f"An incident or a place each; the first {_LISTED:,}.")
    undecided: list[Anything] = Field(
        description=f"Incidents that may be asked for or not, and why; the first {_LISTED:,}."
    )
    attribution: Attribution


@api.get("/v1/ask", "A question in plain words.", IncidentAnswer, statuses=(404,), made_of="incidents")
def ask(query: AskParams) -> IncidentAnswer:
    """Answer a question."""
    here = seen()
    question = parse_question(query.question)
    snapshot = here.snapshot() if question.about_incidents else None
    found = answer(question, here.gazetteer, snapshot.incidents if snapshot else None)
    rows = list(found.listed(_LISTED))
    ids = dict.fromkeys(row.get("nearest_id") for row in rows)
    ids.update({part.get("id"): None for part in found.summary.values() if isinstance(part, dict)})
    places = []
    for place_id in filter(None, ids):
        with suppress(NotFoundError):  # a position is no place of the gazetteer's
            places.append(here.gazetteer.place(place_id))
    tell(places)
    if snapshot is not None:
        listed = {row.get("id") for row in rows}
        asked = found.selection.chosen if found.selection else ()
        tell_incidents(one for one in asked if one.id in listed)
    return IncidentAnswer(
        question=question.text,
        read=found.read.as_json(),
        read_as=found.read_as,
        summary=dict(found.summary),
        rows=[dict(row) for row in rows],
        undecided=[dict(row) for row in found.undecided[:_LISTED]],
        attribution=quoted(here, snapshot, places),
    )


def quoted(here: Seen, snapshot: Snapshot | None, places: Iterable[Place]) -> list[str]:
    """Return what to quote: the sources of the places that gave positions, and of those asked for."""
    of_all: list[str] = []
    if snapshot is not None and here.tier == "full":
        of_all = snapshot.remember("quoted", lambda: here.quoted(snapshot.places))
    elif snapshot is not None:  # which places gave positions isn't told
        of_all = [source.attribution for source in here.info.sources]
    return list(dict.fromkeys((*of_all, *here.quoted(places))))
