"""Stored incidents as the running gazetteer sees them.

A store may have been filled by a server that shows more than this one, or with another gazetteer. So what a
gazetteer computed is not simply taken from it:

* `renewed`, at tier full: an incident whose position came from a place takes the position and the radius that
  the running gazetteer gives that place. Where that doesn't know the place, or the position was computed from
  one ("5 km north of X"), the incident stays where it was stored.
* `generalised`, at tiers that don't show all: a position stays only where the row brought its coordinates
  itself. Any other is found again with the running gazetteer, from the place that an enriched table names or
  else from the place name; where that gives none the incident has no position, and its problems say so. What
  was found at tier full counts for nothing, not even that nothing was: which of two hospitals a name means,
  and whether that can be told, depends on where they are. The columns that enriching and answers of ours have
  added are dropped, since they hold what a gazetteer computed.

Coordinates that the operator's own table brings are the operator's to publish, but for rows that say that
they are at a sensitive place: see :mod:`service.incident_store.own_positions`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from gazetteer.errors import NotFoundError
from gazetteer.incidents import Incident
from gazetteer.incidents.columns import (
    ANSWER_POSITION,
    GENERALISED_INCIDENT,
    THEIRS,
    is_gaz,
    is_of_an_answer,
    normal_name,
)
from gazetteer.incidents.names import NamedPositions
from gazetteer.incidents.row import Mention
from gazetteer.incidents.spots import Fix, Several
from gazetteer.lookups import Lookups
from gazetteer.near.near import GENERALISED_NEAREST, NEAR_COLUMNS
from gazetteer.values import Place
from service.incident_store.own_positions import SHAPES, Sensitive, in_its_cell, without_coordinates
from service.incident_store.rows import kept_cells

if TYPE_CHECKING:
    from service.state import Catalogue

__all__ = ["generalised", "renewed"]

_NO_POSITION = "no position: "


def renewed(
    stored: Iterable[Incident], gazetteer: Lookups, places: dict[str, Place | None]
) -> Iterator[Incident]:
    """Yield incidents with the positions that their places have now; `places` remembers those."""
    for incident in stored:
        if incident.several is not None:
            yield _renewed_several(incident, incident.several, gazetteer, places)
            continue
        place = _place(incident.place_id, gazetteer, places)
        is_there = place is None or place.position == incident.position
        if place is None or (is_there and place.uncertainty_m <= incident.uncertainty_m):
            yield incident
        elif is_there:
            yield replace(incident, uncertainty_m=place.uncertainty_m)
        else:
            now = _fix(place, gazetteer)
            yield replace(incident, position=now.position, uncertainty_m=now.uncertainty_m, candidates=())


def _fix(place: Place, gazetteer: Lookups) -> Fix:
    """Return the position that a place gives, with the radius of an answer."""
    return Fix.of(place, radius_m=gazetteer.calibration.radius_m(place) or 0.0)


def _renewed_several(
    incident: Incident, several: Several, gazetteer: Lookups, places: dict[str, Place | None]
) -> Incident:
    """Return an incident at several places, each of them where the gazetteer has it now."""
    fixes = tuple(
        _fix(place, gazetteer) if (place := _place(one.place_id, gazetteer, places)) else one
        for one in several.fixes
    )
    now = Several(fixes, several.either)
    around = now.around
    return replace(
        incident, position=around.position, uncertainty_m=around.uncertainty_m, several=now, candidates=()
    )


def generalised(
    stored: Iterable[Incident],
    gazetteer: "Catalogue",
    places: dict[str, Place | None],
    *,
    sensitive: Sensitive,
) -> Iterator[Incident]:
    """Yield incidents as far as a generalised gazetteer tells of them; `places` remembers its places."""
    named = NamedPositions(gazetteer)
    degrees = gazetteer.info().generalised_to_deg or 0.0
    for incident in stored:
        row, at_one = _without_ours(incident.properties), sensitive.has(incident)
        stated = named.areas(incident.context)
        if incident.origin == "coordinates" or _was_left_open(incident):
            shown = replace(incident, properties=row, admin=stated)
        else:
            shown = _found_again(incident, row, stated, named, gazetteer, places)
        shown = replace(shown, candidates=())  # found at tier full, where the places are
        if at_one and degrees and incident.origin == "coordinates":
            shown = in_its_cell(shown, degrees)
        if at_one or shown.generalised_to_deg is not None:
            shown = replace(shown, properties=without_coordinates(row))
        yield shown


def _found_again(
    incident: Incident,
    row: Mapping[str, str],
    stated: tuple[str, ...],
    named: NamedPositions,
    gazetteer: Lookups,
    places: dict[str, Place | None],
) -> Incident:
    """Return an incident where its place or its place's name leads to, or without a position."""
    enriched = incident.origin == "enriched"  # its table names the place, perhaps by a person's decision
    place = _place(incident.place_id, gazetteer, places) if enriched else None
    named_at = Mention(incident.names, incident.context, incident.country)
    found = _fix(place, gazetteer) if place else named.look_up(named_at)[0]
    problems = tuple(one for one in incident.problems if not one.startswith(_NO_POSITION))
    several = found if isinstance(found, Several) else None
    if several is not None:
        for one in several.fixes:
            _place(one.place_id, gazetteer, places)
        found = several.around
    if isinstance(found, Fix):
        _place(found.place_id, gazetteer, places)
        return replace(
            incident,
            position=found.position,
            uncertainty_m=found.uncertainty_m,
            admin=stated or found.admin,
            properties=row,
            problems=problems,
            place_id=found.place_id,
            radius_from="place",
            generalised_to_deg=found.generalised_to_deg,
            origin=incident.origin or "name",
            several=several,
        )
    why = f"{_NO_POSITION}at this tier none is shown that a gazetteer computed before, and {found}"
    return replace(
        incident,
        position=None,
        uncertainty_m=0.0,
        admin=stated,
        properties=row,
        problems=(*problems, why),
        place_id="",
        radius_from="",
        origin="",
        several=None,
    )


def _was_left_open(incident: Incident) -> bool:
    """Tell whether enriching, or a person afterwards, left a row open: its table says so."""
    if incident.position is not None:
        return False
    return any(cell and normal_name(name) == "gaz_status" for name, cell in incident.properties.items())


def _place(place_id: str, gazetteer: Lookups, places: dict[str, Place | None]) -> Place | None:
    if not place_id:
        return None
    if place_id not in places:
        try:
            places[place_id] = gazetteer.place(place_id)
        except NotFoundError:
            places[place_id] = None
    return places[place_id]


def _without_ours(row: Mapping[str, str]) -> Mapping[str, str]:
    """Return a row without the columns that a gazetteer's answers added to its table."""
    columns = tuple(row)
    kept = _kept(columns)
    return row if kept == columns else kept_cells(row, kept)


@lru_cache(maxsize=64)
def _kept(columns: tuple[str, ...]) -> tuple[str, ...]:
    names = {column: _first_name(column) for column in columns}
    ours: set[str] = {*ANSWER_POSITION, GENERALISED_INCIDENT}
    if "nearest_id" in names.values():
        ours.update((*(column.name for column in NEAR_COLUMNS), GENERALISED_NEAREST))
    if is_of_an_answer(columns) or any(map(is_gaz, columns)):  # the shape may be a point that was computed
        ours.update(SHAPES)
    return tuple(column for column, name in names.items() if name not in ours and not is_gaz(column))


def _first_name(column: str) -> str:
    """Return the name that a column had before an answer of ours renamed it."""
    name = normal_name(column)
    while name.startswith(THEIRS):
        name = name.removeprefix(THEIRS)
    return name
