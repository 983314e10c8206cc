"""Incidents as GeoJSON or CSV, counted, and questions about them."""

import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Annotated, Any, Literal, Self, get_args
from urllib.parse import quote, urlencode

import numpy as np
from flask import Response, request
from pydantic import AfterValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from gazetteer.ask import answer, parse_question
from gazetteer.errors import NotFoundError
from gazetteer.incidents import Incident
from gazetteer.incidents.columns import kept_beside
from gazetteer.incidents.events import EventKind
from gazetteer.near import (
    CERTAINTIES,
    DrawnArea,
    NearAnswer,
    NearRow,
    Selection,
    area_named,
    by_facility,
    count_chosen,
    near,
    near_counts,
    select,
    targets_named,
)
from gazetteer.near.areas import NO, OPEN, YES
from gazetteer.near.near import near_properties
from gazetteer.near.select import in_box, inside
from gazetteer.notation.dates import iso_days
from gazetteer.notation.lengths import read_length
from gazetteer.points import checked_within
from gazetteer.tables.formats.csv import neutralised, text_of
from gazetteer.values import Place
from service.answers import CSV, GEOJSON, Answer, Anything, Attribution, Point
from service.api.names import swap_hint
from service.audit import tell, tell_incidents
from service.cursors import cursor_after, held_in
from service.endpoint import Endpoints
from service.params import Box, Day, Flag, Name, NameOrPoint, Params, Whole, said
from service.snapshots import Snapshot
from service.tiers import Seen, seen

api = Endpoints("incidents", tag="Incidents")
#: What may be asked for, and the certainty that it is in an answer.
_CERTAINTIES = {
    "certain": "certain",
    "possible": "possible",
    "unanswerable": "unanswerable",
    "no": "no",
    "without_position": "",
}
_WORDS = "|".join(_CERTAINTIES)
#: How many of the undecided are listed, and how many rows of an answer to a question.
_LISTED = 1000
#: What stands before each name of what was computed: the other columns are the row's own.
COMPUTED = "incident_"


# ------------------------------------------------------------------------------------ what is asked for


def _certainties(text: str) -> str:
    for word in text.split(","):
        if word not in _CERTAINTIES:
            listed = ", ".join(_CERTAINTIES)
            raise ValueError(
                f"{word!r} is no certainty: write one or several of {listed}, with commas between"
            )
    return text


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
        "Only incidents in this area: a name or P-code. Those of which that can't be told are `undecided`.",
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
    def question(self) -> str:
        """What tells the question from others, whatever page of its answer is asked for."""
        return self.model_dump_json(include=set(FilterParams.model_fields))


def _chosen(query: FilterParams, snapshot: Snapshot, here: Seen) -> Selection:
    """Return the incidents that lie in the days, the area, the polygon and the box, and are of the kind."""
    area = area_named(here.gazetteer, query.area, parameter="area") if query.area else None
    drawn = DrawnArea.from_text(query.polygon, parameter="polygon") if query.polygon else None

    def choose() -> Selection:
        found = select(
            snapshot.incidents,
            here.gazetteer,
            area=area or drawn,
            start=query.start,
            end=query.end,
            kind=query.kind,
            kinds=() if here.tier == "full" else get_args(EventKind),
        )
        if area and drawn:
            also = inside(snapshot.incidents, drawn, here.gazetteer)
            open_ = np.union1d(found.open[also[found.open] != NO], found.kept[also[found.kept] == OPEN])
            found = replace(found, kept=found.kept[also[found.kept] == YES], open=open_)
        if query.bbox:
            held = in_box(snapshot.incidents, query.bbox)
            kept, open_, timely = (one[held[one]] for one in (found.kept, found.open, found.timely))
            found = replace(found, kept=kept, open=open_, timely=timely)
        return found

    return snapshot.remember(("chosen", query.question), choose)


def _within_m(query: FilterParams) -> float:
    return checked_within(read_length(query.within or "", parameter="within"))


# --------------------------------------------------------------------------------------------- list


class IncidentsParams(FilterParams):
    """Of `/v1/incidents`."""

    certainty: Annotated[Name, AfterValidator(_certainties)] | None = Field(
        default=None,
        description="With `near`: only incidents of these certainties, with commas between. `certain`: "
        "within the distance wherever in its radius the incident was; `possible`: somewhere in it; "
        "`unanswerable`: its radius is more than four times the distance; `without_position`; `no`. All "
        "but `no` where it is left out.",
        json_schema_extra={"example": "certain,possible", "pattern": f"^({_WORDS})(,({_WORDS}))*$"},
    )
    limit: Whole = said("The most incidents in one page.", default=1000, ge=1, le=10_000)
    cursor: Name | None = said(
        "From where on, as `next` of the page before has it. Once the incidents change it is "
        "refused with 410, so that no page is shifted unseen."
    )
    format: Literal["geojson", "csv"] = said("How incidents are written.", default="geojson")
    neutralise: Flag = said(
        "For CSV: whether to put an apostrophe before a cell that a spreadsheet would take for a formula.",
        default=False,
    )


class IncidentProperties(Answer):
    """The cells of the incident's own row by column, and what is known of it under `incident_`.

    Below tier full the row's own are `kind`, `killed` and `injured`, and columns that are published. A cell
    in a column that has one of these names, and says something else, comes as `table_` and the name. Those
    from `incident_nearest_id` on are only there with `near`.
    """

    model_config = ConfigDict(extra="allow")

    incident_date: str | None = Field(description="The day or the days; null where it isn't known.")
    incident_place: str = Field(description="The place as written; empty below tier full.")
    incident_uncertainty_m: int | None = Field(
        description="Radius in metres round the position that holds the true point; null without a position "
        "and where nothing tells it."
    )
    incident_places: list[Anything] = Field(
        description="Where the row names several places: each with its position and radius; else empty."
    )
    incident_areas: list[str] = Field(
        description="P-codes of the areas that it is known to lie in, governorate first; below tier full of "
        "those that hold its whole cell."
    )
    incident_generalised_to_deg: float | None = said("Side of the cell in whose middle it is shown.")
    incident_nearest_id: str | None = said("The nearest of the places asked for.")
    incident_nearest_name: str | None = None
    incident_distance_m: float | None = said("Metres to it, between the two positions.")
    incident_certainty: Literal["certain", "possible", "no", "unanswerable", ""] | None = said(
        '"" without a position.'
    )
    incident_count_certain: int | None = said("Places certainly within the distance.")
    incident_count_possible: int | None = said("Places possibly within it.")
    incident_probability: float | None = said(
        "That the incident lies within the distance of any of the places; null where nothing can be said."
    )
    incident_unknown: float | None = said("The share of which nothing can be said.")
    incident_problems: str | None = said("What couldn't be read in the row.")
    incident_nearest_generalised_to_deg: float | None = None


class IncidentFeature(Answer):
    """An incident as GeoJSON; without a position its geometry is null."""

    type: Literal["Feature"]
    id: str
    geometry: Point | None
    properties: IncidentProperties


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


class Undecided(Answer):
    """An incident that may be asked for or not."""

    id: str
    place: str
    why: str


class IncidentCollection(Answer):
    """A page of incidents as GeoJSON, in the order in which they were first stored."""

    type: Literal["FeatureCollection"]
    attribution: Attribution
    features: list[IncidentFeature]
    matched: int = Field(ge=0, description="How many features all pages have.")
    summary: IncidentCounts
    undecided: list[Undecided] = Field(
        max_length=1000, description="The first thousand; on the first page only."
    )
    next: str | None = Field(description="The address of the next page; null on the last.")


@api.get(
    "/v1/incidents",
    "Incidents, between days, in an area, near something.",
    media={GEOJSON: IncidentCollection, CSV: str},
    description="With `near`: those certainly or possibly within the distance, those known too roughly "
    'to say ("unanswerable"), and those without a position (certainty ""). The summary counts the '
    "others. `undecided` lists incidents whose date or area isn't known well enough to say whether they "
    "were asked for.",
    statuses=(410,),
    made_of="incidents",
)
def list_incidents(query: IncidentsParams) -> Response:
    """List incidents."""
    here = seen()
    snapshot = here.snapshot()
    chosen = _chosen(query, snapshot, here)
    summary: dict[str, Any] = {"incidents": len(chosen.kept)}
    numbers, found = chosen.kept, None
    targets: Sequence[Place] = ()
    if query.near is not None:
        targets = targets_named(here.gazetteer, query.near, parameter="near")
        within_m = _within_m(query)
        found = snapshot.remember(
            ("near", query.near, within_m), lambda: near(snapshot.incidents, targets, within_m=within_m)
        )
        whole = len(chosen.kept) == len(snapshot.incidents)
        summary = (found if whole else found.take(chosen.kept)).summary.as_json()
        asked = query.certainty or "certain,possible,unanswerable,without_position"
        words = [CERTAINTIES.index(_CERTAINTIES[word]) for word in asked.split(",")]
        numbers = chosen.kept[np.isin(found.certainties[chosen.kept], words)]
    summary |= {"undecided": len(chosen.open), "hint": swap_hint(query.near)}
    listed = f"{here.version} {snapshot.change}"
    question = f"{query.question} {query.certainty}"
    after = held_in(query.cursor, int, listed=listed, question=question) if query.cursor else -1
    left = numbers[numbers > after]
    shown = left[: query.limit]
    rows = _rows(snapshot, found, shown.tolist())
    following = None
    if len(shown) < len(left):
        cursor = cursor_after(int(shown[-1]), listed=listed, question=question)
        following = f"{request.path}?{urlencode({**request.args.to_dict(), 'cursor': cursor})}"
    tell_incidents(one for one, _ in rows)
    tell(row.nearest for _, row in rows if row is not None and row.nearest is not None)
    quoted = _quoted(here, snapshot, (*targets, *([chosen.area] if isinstance(chosen.area, Place) else [])))
    if query.format == "csv":
        return _csv(rows, quoted, following, guard=query.neutralise)
    undecided = [] if query.cursor else [_undecided(*pair) for pair in chosen.undecided(_LISTED)]
    body = {
        "type": "FeatureCollection",
        "attribution": quoted,
        "features": [_feature(*row) for row in rows],
        "matched": len(numbers),
        "summary": summary,
        "undecided": undecided,
        "next": following,
    }
    return Response(_json(body), content_type=GEOJSON)


Rows = list[tuple[Incident, NearRow | None]]


def _rows(snapshot: Snapshot, found: NearAnswer | None, numbers: Sequence[int]) -> Rows:
    if found is None:
        return [(one, None) for one in snapshot.incidents.picked(numbers)]
    return [(row.incident, row) for row in found.picked(numbers)]


def _feature(incident: Incident, row: NearRow | None) -> dict[str, Any]:
    at, known = incident.position, _known(incident, row)
    point = at and {"type": "Point", "coordinates": [round(at.longitude, 7), round(at.latitude, 7)]}
    properties = {**kept_beside(incident.properties, known), **known}
    return {"type": "Feature", "id": incident.id, "geometry": point, "properties": properties}


def _known(incident: Incident, row: NearRow | None) -> dict[str, Any]:
    """Return what is known of an incident, under our prefix."""
    first, last = incident.days or (incident.date, incident.date)
    exact = incident.position is not None and incident.radius_known
    known = {
        "date": first and last and iso_days(first.toordinal(), last.toordinal()),
        "place": incident.place,
        "uncertainty_m": round(incident.uncertainty_m) if exact else None,
        "places": [
            {
                "place_id": one.place_id,
                "latitude": round(one.position.latitude, 6),
                "longitude": round(one.position.longitude, 6),
                "uncertainty_m": round(one.uncertainty_m),
            }
            for one in (incident.several.fixes if incident.several else ())
        ],
        "areas": list(incident.admin),
        "generalised_to_deg": incident.generalised_to_deg,
    }
    if row is not None:
        found = {"nearest_generalised_to_deg": None, **near_properties(row)}
        known |= {name.removeprefix("near_"): value for name, value in found.items()}
    return {COMPUTED + name: value for name, value in known.items()}


def _csv(rows: Rows, quoted: Sequence[str], following: str | None, *, guard: bool) -> Response:
    """Return a page as a table: the columns of the rows, then what is known of each incident."""
    own, known = [], []
    for incident, row in rows:
        at, cells = incident.position, _known(incident, row)
        cells[f"{COMPUTED}places"] = _json(cells[f"{COMPUTED}places"]).decode().strip()
        ours = {
            f"{COMPUTED}id": incident.id,
            f"{COMPUTED}latitude": round(at.latitude, 7) if at else None,
            f"{COMPUTED}longitude": round(at.longitude, 7) if at else None,
        }
        known.append(ours | cells)
        own.append(kept_beside(incident.properties, ours | cells))
    columns = [list(dict.fromkeys(name for cells in part for name in cells)) for part in (own, known)]
    lines = [
        [_cell(cells.get(name)) for names, cells in zip(columns, both, strict=True) for name in names]
        for both in zip(own, known, strict=True)
    ]
    text = text_of([[*columns[0], *columns[1]], *lines], guard=neutralised if guard else None)
    response = Response(text.encode(), content_type=f"{CSV}; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="incidents.csv"'
    for line in quoted:  # RFC 8288 and RFC 8187: a header holds no other letters
        response.headers.add("Link", f"</v1/info>; rel=\"license\"; title*=UTF-8''{quote(line, safe='')}")
    if following:
        response.headers.add("Link", f'<{following}>; rel="next"')
    return response


def _cell(value: Any) -> str:
    return "" if value is None else str(value)


def _undecided(incident: Incident, why: str) -> dict[str, str]:
    return {"id": incident.id, "place": incident.place, "why": why}


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode() + b"\n"


# ------------------------------------------------------------------------------------------- summary


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
    chosen = _chosen(query, snapshot, here)
    ways = set(query.by.split(","))
    targets: Sequence[Place] = ()
    found: dict[str, Any]
    if query.near is None:
        counted = count_chosen(chosen, here.gazetteer, by=ways)
        found = counted.as_json()
        rows = counted.cells()
    else:
        targets, within_m = targets_named(here.gazetteer, query.near, parameter="near"), _within_m(query)
        if "facility" in ways:
            at = by_facility(chosen.chosen, targets, within_m=within_m, by_month="month" in ways)
            tell(row.place for row in at.rows)
            found, rows = at.as_json(), [row.as_json() for row in at.rows]
        else:
            near_all = near_counts(
                chosen, targets, here.gazetteer, within_m=within_m, by=ways, impute=query.impute
            )
            found, rows = near_all.as_json(), near_all.cells()
    counts = {
        **found["summary"],
        "undecided": len(chosen.open),
        "hint": swap_hint(query.near),
    }
    counts.pop("notes", None)
    area = [chosen.area] if isinstance(chosen.area, Place) else []
    quoted = _quoted(here, snapshot, (*targets, *area))
    body = {"counts": rows, "summary": counts, "attribution": quoted}
    return Response(_json(body), content_type="application/json")


# ----------------------------------------------------------------------------------------- questions


class AskParams(Params):
    """Of `/v1/ask`."""

    question: Name = said(
        "A question in the small English that `gazetteer ask` understands.",
        "strikes within 5 km of a hospital in Idlib between 2016-05-01 and 2016-06-30",
        default=...,
    )


class IncidentAnswer(Answer):
    """The answer to a question."""

    question: str
    read_as: str = Field(description="How it was read.")
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
        read_as=question.describe(),
        summary=dict(found.summary),
        rows=[dict(row) for row in rows],
        undecided=[dict(row) for row in found.undecided[:_LISTED]],
        attribution=_quoted(here, snapshot, places),
    )


def _quoted(here: Seen, snapshot: Snapshot | None, places: Iterable[Place]) -> list[str]:
    """Return what to quote: the sources of the places that gave positions, and of those asked for."""
    of_all: list[str] = []
    if snapshot is not None and here.tier == "full":
        of_all = snapshot.remember("quoted", lambda: here.quoted(snapshot.places))
    elif snapshot is not None:  # which places gave positions isn't told
        of_all = [source.attribution for source in here.info.sources]
    return list(dict.fromkeys((*of_all, *here.quoted(places))))
