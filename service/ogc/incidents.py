"""The collection of incidents: in an area, between days, near something, with how sure each of that is.

The cells of an incident's own row come as they are, what is known of it under names that begin with
``incident_``.
"""

from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Literal, Self

import numpy as np
from flask import Response
from pydantic import AfterValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from gazetteer.errors import InputError, NotFoundError
from gazetteer.incidents import Incident
from gazetteer.incidents.columns import kept_beside
from gazetteer.near import CERTAINTIES, NearRow, near, targets_named
from gazetteer.near.near import near_properties
from gazetteer.notation.dates import iso_days
from gazetteer.values import Place
from service.answers import GEOJSON, Answer, Anything, Degrees, Point
from service.api.incidents import FilterParams, IncidentCounts, chosen_by, quoted, within_m
from service.api.names import swap_hint
from service.audit import tell, tell_incidents
from service.endpoint import Endpoints
from service.ogc.items import (
    FORMS,
    HTML,
    Items,
    ItemsParams,
    OgcBox,
    One,
    OneParams,
    Page,
    span,
    written,
    written_alone,
)
from service.params import Name, said
from service.tiers import seen

api = Endpoints("ogc_incidents", tag="Incidents")
#: What may be asked for, and the certainty that it is in an answer.
_CERTAINTIES = {name: name for name in ("certain", "possible", "unanswerable", "no")} | {
    "without_position": ""
}
_WORDS = "|".join(_CERTAINTIES)
#: How many of the undecided are listed.
_LISTED = 1000
#: What stands before each name of what was computed: the other columns are the row's own.
COMPUTED = "incident_"


IncidentId = Annotated[str, said("An incident's id.", "1", default=..., min_length=1)]


def _certainties(text: str) -> str:
    for word in text.split(","):
        if word not in _CERTAINTIES:
            known = ", ".join(_CERTAINTIES)
            raise ValueError(
                f"{word!r} is no certainty: write one or several of {known}, with commas between"
            )
    return text


class IncidentsParams(FilterParams, ItemsParams):
    """Which incidents."""

    bbox: OgcBox | None = said(
        "Only incidents whose position lies in this box, whatever their radius.", [36.5, 35.8, 37, 36]
    )
    certainty: Annotated[Name, AfterValidator(_certainties)] | None = Field(
        default=None,
        description="With `near`: only incidents of these certainties, with commas between. `certain`: "
        "within the distance wherever in its radius the incident was; `possible`: somewhere in it; "
        "`unanswerable`: its radius is more than four times the distance; `without_position`; `no`. All "
        "but `no` where it is left out.",
        json_schema_extra={"example": "certain,possible", "pattern": f"^({_WORDS})(,({_WORDS}))*$"},
    )

    @model_validator(mode="after")
    def _one_way_to_say_when(self) -> Self:
        if self.datetime and (self.start or self.end):
            raise PydanticCustomError("twice", "give {name}, or from and to, not both", {"name": "datetime"})
        return self

    @property
    def days(self) -> Any:
        """The first and the last day that were asked for."""
        return self.datetime or super().days


class IncidentProperties(Answer):
    """The cells of the incident's own row by column, and what is known of it under `incident_`.

    Below tier full the row's own are `kind`, `killed` and `injured`, and columns that are published. A cell
    in a column that has one of these names, and says something else, comes as `table_` and the name. Those
    from `incident_nearest_id` on are only there with `near`.
    """

    model_config = ConfigDict(extra="allow")

    incident_id: str
    incident_latitude: Degrees | None
    incident_longitude: Degrees | None
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
    incident_generalised_to_deg: float | None = Field(
        description="Side of the cell in whose middle it is shown."
    )
    incident_nearest_id: str | None = said("The nearest of the places asked for.")
    incident_nearest_name: str | None = None
    incident_nearest_position_basis: Literal["building", "quarter", "town", "area", ""] | None = said(
        "What the position of that place was taken from."
    )
    incident_distance_m: float | None = said(
        "Metres to it, between the two positions; null at the place itself, and where that is known only by "
        "its town, quarter or area and may be at the very spot."
    )
    incident_min_m: float | None = said("The least that it may be, given both radii.")
    incident_max_m: float | None = said("The most that it may be.")
    incident_certainty: Literal["certain", "possible", "no", "unanswerable", ""] | None = said(
        '"" without a position.'
    )
    incident_at_target: bool | None = said("Whether the row names that place: it is certain.")
    incident_count_certain: int | None = said("Places certainly within the distance.")
    incident_count_possible: int | None = said("Places possibly within it.")
    incident_probability: float | None = said(
        "That the incident lies within the distance of any of the places; null where nothing can be said."
    )
    incident_unknown: float | None = said("The share of which nothing can be said.")
    incident_problems: str | None = said("What couldn't be read in the row.")
    incident_nearest_generalised_to_deg: float | None = None


class IncidentFeature(One):
    """An incident as GeoJSON; without a position its geometry is null."""

    type: Literal["Feature"]
    id: str
    geometry: Point | None
    properties: IncidentProperties


class Undecided(Answer):
    """An incident that may be asked for or not."""

    id: str
    place: str
    why: str


class IncidentItems(Items[IncidentFeature]):
    """A page of incidents, in the order in which they were first stored."""

    summary: IncidentCounts
    undecided: list[Undecided] = Field(
        max_length=_LISTED, description="The first thousand; on the first page only."
    )


@api.get(
    "/ogc/collections/incidents/items",
    "Incidents, between days, in an area, near something.",
    media={GEOJSON: IncidentItems, **FORMS},
    description="With `near`: those certainly or possibly within the distance, those known too roughly "
    'to say ("unanswerable"), and those without a position (certainty ""). The summary counts the '
    "others. `undecided` lists incidents whose date or area isn't known well enough to say whether they "
    "were asked for.",
    statuses=(410,),
    made_of="incidents",
)
def incidents(query: IncidentsParams) -> Response:
    """List incidents."""
    here = seen()
    snapshot = here.snapshot()
    chosen = chosen_by(query, snapshot, here)
    summary: dict[str, Any] = {"incidents": len(chosen.kept)}
    numbers, found = chosen.kept, None
    targets: Sequence[Place] = ()
    if query.near is not None:
        targets = targets_named(here.gazetteer, query.near, parameter="near")
        within = within_m(query)
        found = snapshot.remember(
            ("near", query.near, within), lambda: near(snapshot.incidents, targets, within_m=within)
        )
        whole = len(chosen.kept) == len(snapshot.incidents)
        summary = (found if whole else found.take(chosen.kept)).summary.as_json()
        asked = query.certainty or "certain,possible,unanswerable,without_position"
        words = [CERTAINTIES.index(_CERTAINTIES[word]) for word in asked.split(",")]
        numbers = chosen.kept[np.isin(found.certainties[chosen.kept], words)]
    summary |= {"undecided": len(chosen.open), "hint": swap_hint(query.near)}
    part, after = span(query, len(numbers), listed=f"{here.version} {snapshot.change}")
    picked = numbers[part].tolist()
    rows: list[tuple[Incident, NearRow | None]]
    if found is None:
        rows = [(one, None) for one in snapshot.incidents.picked(picked)]
    else:
        rows = [(row.incident, row) for row in found.picked(picked)]
    tell_incidents(one for one, _ in rows)
    tell(row.nearest for _, row in rows if row is not None and row.nearest is not None)
    undecided = [] if query.cursor else [_undecided(*pair) for pair in chosen.undecided(_LISTED)]
    area = [chosen.area] if isinstance(chosen.area, Place) else []
    page = Page(
        [feature_of(*row) for row in rows],
        len(numbers),
        after,
        quoted(here, snapshot, (*targets, *area)),
        {"summary": summary, "undecided": undecided},
    )
    return written(query, page, title="Incidents", prefix=COMPUTED)


@api.get(
    "/ogc/collections/incidents/items/<path:id>",
    "An incident.",
    media={GEOJSON: IncidentFeature, HTML: str},
    statuses=(404,),
    made_of="incidents",
)
def incident(id: IncidentId, query: OneParams) -> Response:
    """Return an incident."""
    here = seen()
    snapshot = here.snapshot()
    numbers = snapshot.remember("ids", lambda: _by_id(snapshot.incidents)).get(id, ())
    if not numbers:
        raise NotFoundError(f"there is no incident {id!r}")
    if len(numbers) > 1:
        raise InputError(f"{len(numbers)} incidents, of different keys, have the id {id!r}: ask for the list")
    (found,) = snapshot.incidents.picked(numbers)
    tell_incidents((found,))
    return written_alone(query, feature_of(found), quoted(here, snapshot, ()))


def _by_id(incidents: Iterable[Incident]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for number, one in enumerate(incidents):
        found.setdefault(one.id, []).append(number)
    return found


def feature_of(incident: Incident, row: NearRow | None = None) -> dict[str, Any]:
    """Return an incident as GeoJSON, with what is near it where that was asked for."""
    at, known = incident.position, _known(incident, row)
    point = at and {"type": "Point", "coordinates": [round(at.longitude, 7), round(at.latitude, 7)]}
    properties = {**kept_beside(incident.properties, known), **known}
    return {"type": "Feature", "id": incident.id, "geometry": point, "properties": properties}


def date_of(incident: Incident) -> str | None:
    """Return the day or the days of an incident, where they are known."""
    first, last = incident.days or (incident.date, incident.date)
    return iso_days(first.toordinal(), last.toordinal()) if first and last else None


def _known(incident: Incident, row: NearRow | None) -> dict[str, Any]:
    """Return what is known of an incident, under our prefix."""
    exact = incident.position is not None and incident.radius_known
    at = incident.position
    known = {
        "id": incident.id,
        "latitude": round(at.latitude, 7) if at else None,
        "longitude": round(at.longitude, 7) if at else None,
        "date": date_of(incident),
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


def _undecided(incident: Incident, why: str) -> dict[str, str]:
    return {"id": incident.id, "place": incident.place, "why": why}
