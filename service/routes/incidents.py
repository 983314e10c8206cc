"""Incidents as GeoJSON or CSV, counted, and questions about them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal
from urllib.parse import quote, urlencode

from flask import Response, request
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from werkzeug.exceptions import NotAcceptable

from gazetteer.ask import QuestionAnswer, answer, parse_question
from gazetteer.errors import NotFoundError
from gazetteer.incidents import Incident
from gazetteer.near import NearRow, count_incidents
from gazetteer.values import Place
from service.deadlines import streamed
from service.disclosures import Disclosures, disclosures
from service.incident_store import Snapshot
from service.incidents.cursors import cursor_after, number_in_cursor
from service.incidents.output import Page, as_csv, as_geojson
from service.incidents.selection import Found, Question, find, read_question
from service.media import CSV, GEOJSON, JSON
from service.params.incidents import AskParams, IncidentsParams, SummaryParams
from service.routes.answers import answers, describe, problem_answer, respond, written
from service.routes.incident_writes import add_write_routes
from service.schemas.incidents import CsvText, IncidentAnswer, IncidentCollection, IncidentSummary
from service.state import State
from service.views import Views

__all__ = ["incident_routes"]

#: Of a page and not of a question: the next page may have another of each.
_OF_A_PAGE = {"limit", "cursor", "format", "neutralise"}


def incident_routes(views: Views) -> APIBlueprint:
    """Return the routes for incidents."""
    api = APIBlueprint("incidents", __name__, url_prefix="/v1", abp_tags=[Tag(name="Incidents")])
    describe(api, IncidentCollection, CsvText, IncidentSummary, IncidentAnswer)

    _add_listing(api, views)
    _add_summary(api, views)
    _add_question(api, views)
    add_write_routes(api, views)
    return api


def _add_listing(api: APIBlueprint, views: Views) -> None:
    listing = answers(
        "A page of incidents, with a summary of all that were asked for.",
        IncidentCollection,
        media_type=GEOJSON,
        also={CSV: CsvText},
        incidents=True,
    )
    listing["406"] = problem_answer("Incidents are given as GeoJSON and as CSV.")
    listing["410"] = problem_answer("The incidents have changed since the cursor was given.")

    @api.get(
        "/incidents",
        summary="Incidents, between days, in an area, near something.",
        description="With `near`: those certainly or possibly within the distance, those known too roughly "
        'to say ("unanswerable"), and those without a position (certainty ""). The summary counts the '
        "others. `undecided` lists incidents whose date or area isn't known well enough to say whether they "
        "were asked for.",
        responses=listing,
    )
    def incidents(query: IncidentsParams) -> Response:
        return _listed(views.here(), query)


def _add_summary(api: APIBlueprint, views: Views) -> None:
    @api.get(
        "/incidents/summary",
        summary="How many incidents, for each area and month.",
        description="Areas are governorates, or with `area` the units one level below it. An area or a month "
        'that can\'t be told is "".',
        responses=answers("A count for each, and of all.", IncidentSummary, incidents=True),
    )
    def summary(query: SummaryParams) -> Response:
        state = views.here()
        snapshot = state.known_snapshot()
        question = read_question(query, snapshot, state.gazetteer)
        found = find(question, snapshot, state.gazetteer)
        counts = count_incidents(
            snapshot.incidents.take(found.numbers),
            state.gazetteer,
            by=query.by.split(","),
            below=question.area,
        )
        body = {
            "counts": [count.as_json() for count in counts],
            "summary": found.summary,
            "attribution": _quoted(state, snapshot, question),
        }
        disclosures().add(())  # counts tell of no place
        return respond(written(body))


def _add_question(api: APIBlueprint, views: Views) -> None:
    @api.get(
        "/ask",
        summary="A question in plain words.",
        responses=answers(
            "How the question was read, and the answer.", IncidentAnswer, not_found=True, incidents=True
        ),
    )
    def ask(query: AskParams) -> Response:
        state = views.here()
        question = parse_question(query.question)
        snapshot = state.known_snapshot() if question.about_incidents else None
        found = answer(question, state.gazetteer, snapshot.incidents if snapshot else None)
        return respond(written({**found.as_json(), "attribution": _quoted_in(state, snapshot, found)}))


@dataclass(frozen=True, slots=True)
class _Pages:
    """What makes the pages of one answer."""

    state: State
    snapshot: Snapshot
    question: Question
    query: IncidentsParams
    after: int
    address: Callable[[str], str]
    told: Disclosures

    @property
    def key(self) -> str:
        """What tells the question from others, and the gazetteer that it is put to."""
        asked = self.query.model_dump_json(exclude=_OF_A_PAGE)
        return f"{self.state.info.content_hash} {self.state.tier} {asked}"

    def make(self) -> Page:
        found = find(self.question, self.snapshot, self.state.gazetteer)
        numbers = found.numbers[found.numbers > self.after]
        shown = numbers[: self.query.limit]
        if found.near is None:
            rows: list[Any] = [(incident, None) for incident in self.snapshot.incidents.take(shown)]
        else:
            rows = [(row.incident, row) for row in found.near.take(shown).rows]
        self.told.add(_places_in(rows, self.snapshot))
        following = None
        if len(shown) < len(numbers):
            cursor = cursor_after(int(shown[-1]), generation=self.snapshot.generation, question=self.key)
            following = self.address(cursor)
        rest = {
            "matched": len(found.numbers),
            "summary": found.summary,
            "undecided": _undecided(found) if self.after < 0 else [],
            "next": following,
        }
        generalises = self.state.info.generalised_to_deg is not None
        return Page(rows, found.near is not None, rest, generalises)


def _listed(state: State, query: IncidentsParams) -> Response:
    media_type = _media_type(query.format)
    snapshot = state.known_snapshot()
    question = read_question(query, snapshot, state.gazetteer)
    address, told = partial(_next, request.path, request.args.to_dict()), disclosures()
    pages = _Pages(state, snapshot, question, query, -1, address, told)
    if query.cursor:
        after = number_in_cursor(query.cursor, generation=snapshot.generation, question=pages.key)
        pages = _Pages(state, snapshot, question, query, after, address, told)
    quoted = _quoted(state, snapshot, question)
    if media_type != CSV:
        return Response(streamed(as_geojson(quoted, pages.make)), content_type=media_type)
    page = pages.make()
    rows = streamed(as_csv(page, neutralise=query.neutralise))
    response = Response(rows, content_type=f"{CSV}; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="incidents.csv"'
    for line in quoted:  # RFC 8288 and RFC 8187: a header holds no other letters
        response.headers.add("Link", f"</v1/info>; rel=\"license\"; title*=UTF-8''{quote(line, safe='')}")
    if page.rest["next"]:
        response.headers.add("Link", f'<{page.rest["next"]}>; rel="next"')
    return response


def _media_type(format_: Literal["geojson", "csv"] | None) -> str:
    """Return what to send: what the parameter says, else what the header Accept prefers."""
    if format_ is not None:
        return CSV if format_ == "csv" else GEOJSON
    accepted = request.accept_mimetypes
    found = accepted.best_match([GEOJSON, CSV, JSON]) if accepted else GEOJSON
    if found is None:
        raise NotAcceptable(f"incidents are given as {GEOJSON} and as {CSV}")
    return CSV if found == CSV else GEOJSON  # GeoJSON is JSON, and says so


def _next(path: str, arguments: dict[str, str], cursor: str) -> str:
    return f"{path}?{urlencode({**arguments, 'cursor': cursor})}"


def _quoted(state: State, snapshot: Snapshot, question: Question) -> list[str]:
    """Return what to quote: the sources of the places that gave positions, and of those asked for."""
    places = question.nearness.targets.places if question.nearness else ()
    areas = (question.area,) if question.area else ()
    of_all = snapshot.remember("attribution", lambda: state.quoted(snapshot.places))
    return list(dict.fromkeys((*of_all, *state.quoted((*places, *areas)))))


def _places_at(rows: Iterable[Mapping[str, Any]], snapshot: Snapshot) -> Iterator[Place]:
    """Yield the places that put the incidents of these rows where they are."""
    known = snapshot.remember("places", lambda: {place.id: place for place in snapshot.places})
    at = snapshot.remember("place ids", lambda: {one.id: one.place_ids for one in snapshot.incidents})
    for row in rows:
        for place_id in at.get(row.get("id", ""), ()):
            if place_id in known:
                yield known[place_id]


def _quoted_in(state: State, snapshot: Snapshot | None, found: QuestionAnswer) -> list[str]:
    """Return what to quote for an answer to a question: the same, as far as it names places by id."""
    ids = dict.fromkeys(row.get("nearest_id") for row in found.rows)
    ids.update({part.get("id"): None for part in found.summary.values() if isinstance(part, dict)})
    places = []
    for place_id in filter(None, ids):
        with suppress(NotFoundError):  # a position has no source
            places.append(state.gazetteer.place(place_id))
    told = disclosures()
    told.add(places)
    if snapshot is not None and state.tier == "full":
        told.add(_places_at(found.rows, snapshot))
    return state.quoted((*places, *(snapshot.places if snapshot else ())))


def _places_in(rows: Iterable[tuple[Incident, NearRow | None]], snapshot: Snapshot) -> Iterator[Place]:
    """Yield the places that rows tell of: those that gave positions, and the nearest ones."""
    known = snapshot.remember("places", lambda: {place.id: place for place in snapshot.places})
    for incident, row in rows:
        for place_id in incident.place_ids:
            if place_id in known:
                yield known[place_id]
        if row is not None and row.nearest is not None:
            yield row.nearest


def _undecided(found: Found) -> list[dict[str, str]]:
    return [{"id": one.id, "place": one.place, "why": why} for one, why in found.undecided]
