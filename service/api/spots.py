"""Where incidents are, for a map: each position once, and how many incidents it has.

A list of twenty thousand incidents is megabytes; what a map draws of them is a twentieth of that. Columns are
arrays, because names of fields would outweigh the numbers. What an incident is, its list tells.
"""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Literal

import numpy as np
from flask import Response
from pydantic import Field

from gazetteer.errors import NotFoundError
from gazetteer.incidents import Incidents
from gazetteer.incidents.spots import alike, distinct
from gazetteer.near import CERTAINTIES, near_counts, targets_named
from gazetteer.near.count import months_of
from gazetteer.near.targets import Targets
from gazetteer.points import Booleans, Floats, Integers
from gazetteer.values import Place
from service.answers import Answer, Attribution, Degrees, Radius_m, as_json
from service.api.incidents import FilterParams, IncidentCounts, chosen_by, quoted, within_m
from service.api.names import swap_hint
from service.audit import tell, tell_incidents
from service.endpoint import Endpoints
from service.tiers import Seen, seen

api = Endpoints("spots", tag="Incidents")
#: A position with a larger radius is no point to look at: its area is told instead.
WIDE_M = 25_000


class Spots(Answer):
    """Positions, a column for each fact."""

    latitude: list[Degrees]
    longitude: list[Degrees]
    uncertainty_m: list[Radius_m] = Field(description="0 where nothing tells how exact the position is.")


class WideArea(Answer):
    """An area that incidents are known to lie in, and no more of them."""

    pcode: str
    name: str
    name_ar: str
    latitude: Degrees
    longitude: Degrees


class Marks(Answer):
    """Incidents that are alike, a column for each fact; numbers are those of other lists, from 0."""

    spot: list[int] = Field(description="The number of the spot; -1 without a position.")
    month: list[int] = Field(description="The number of the month.")
    area: list[int] = Field(
        description=f"Where the radius is over {WIDE_M // 1000} km, the number of the smallest area known; "
        "else -1."
    )
    certainty: list[Literal["certain", "possible", "unanswerable", ""]] = Field(
        description='With `near` as in the list, without "no"; else empty.'
    )
    incidents: list[int] = Field(description="How many there are.")


class IncidentSpots(Answer):
    """Where the incidents asked for are."""

    spots: Spots
    months: list[str] = Field(description='As "2016-05", in order; "" for no month, or days in two.')
    areas: list[WideArea]
    marks: Marks
    lines: list[str] = Field(
        description="With `near`: ids of the places among those asked for that are lines or outlines."
    )
    summary: IncidentCounts
    attribution: Attribution


@api.get(
    "/v1/incidents/spots",
    "Where incidents are, each position once, for a map.",
    media={"application/json": IncidentSpots},
    description="Takes the same questions as the list of incidents. All incidents are in it, however many.",
    made_of="incidents",
)
def incident_spots(query: FilterParams) -> Response:
    """Return where incidents are."""
    here = seen()
    snapshot = here.snapshot()
    chosen = chosen_by(query, snapshot, here)
    kept, certainty = chosen.kept, np.empty(0, dtype=np.intp)
    targets = Targets(())
    summary: dict[str, Any] = {"incidents": len(kept)}
    if query.near is not None:
        targets, within = targets_named(here.gazetteer, query.near, parameter="near"), within_m(query)
        near = near_counts(chosen, targets, here.gazetteer, within_m=within).answer
        summary = near.as_json()
        summary.pop("notes")
        shown = near.certainties != CERTAINTIES.index("no")
        kept, certainty = kept[shown], near.certainties[shown]
    summary |= {"undecided": len(chosen.open), "hint": swap_hint(query.near)}
    found = chosen.incidents.take(kept)
    tell_incidents(found)
    shapes = [targets[number] for number in targets.shapes]
    tell(shapes)
    asked = [chosen.area] if isinstance(chosen.area, Place) else []
    body = {
        **_columns(found, certainty if query.near else None, here),
        "lines": [place.id for place in shapes],
        "summary": summary,
        "attribution": quoted(here, snapshot, (*targets, *asked)),
    }
    return Response(as_json(body), content_type="application/json")


def _columns(incidents: Incidents, certainty: Integers | None, here: Seen) -> dict[str, Any]:
    """Return the spots of incidents, and how many there are of each kind at each."""
    positions, spot = _positions(incidents)
    wide = np.append(positions[2] > WIDE_M, False)[spot]
    codes = [chain[-1] if chain else "" for chain in incidents.areas]
    areas, area = _areas(here, codes, incidents.area, wide)
    months, month = months_of(incidents)
    first, _, counts = alike(spot, month, area, *(() if certainty is None else (certainty,)))
    columns = {name: of[first].tolist() for name, of in {"spot": spot, "month": month, "area": area}.items()}
    words = [] if certainty is None else [CERTAINTIES[one] for one in certainty[first].tolist()]
    return {
        "spots": {
            "latitude": positions[0].round(5).tolist(),
            "longitude": positions[1].round(5).tolist(),
            "uncertainty_m": positions[2].round().astype(int).tolist(),
        },
        "months": months,
        "areas": areas,
        "marks": {**columns, "certainty": words, "incidents": counts.tolist()},
    }


def _positions(incidents: Incidents) -> tuple[Floats, Integers]:
    """Return latitudes, longitudes and radii, each once, and the number of each incident's; -1 for none."""
    used, spot = distinct(incidents.spot[incidents.spot >= 0])
    points, radii_m = incidents.spots.points, incidents.spots.radii_m
    every = [points.latitudes[used], points.longitudes[used], radii_m[used]]
    first, number, _ = alike(*(np.unique(one, return_inverse=True)[1] for one in every))
    numbers = np.full(len(incidents), -1)
    numbers[incidents.spot >= 0] = number[spot]
    return np.stack(every)[:, first], numbers


def _areas(
    here: Seen, codes: Sequence[str], each: Integers, wide: Booleans
) -> tuple[list[dict[str, Any]], Integers]:
    """Return the areas of those that are known only widely, and the number of each one's; -1 for none."""
    areas: list[dict[str, Any]] = []
    numbers = np.full(len(codes), -1)
    for number in np.unique(each[wide]).tolist():
        with suppress(NotFoundError):  # none is stated, or one of another gazetteer
            place = here.gazetteer.place(codes[number])
            numbers[number] = len(areas)
            at = {"latitude": place.position.latitude, "longitude": place.position.longitude}
            areas.append({"pcode": place.id, "name": place.name, "name_ar": place.name_ar, **at})
    return areas, np.where(wide, np.append(numbers, -1)[each], -1)
