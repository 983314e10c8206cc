"""What stored incidents show at each tier.

At tier full each stands where the running gazetteer has its place now (:func:`current`). Below full each is
built anew from an allow-list (:func:`shown`), so nothing else that a row holds can get out: an id of the
store's own, the day, the kind from a closed list, the killed and injured, the middle of a cell with a radius,
and the areas that hold the whole cell. Nobody guesses which rows are at a hospital.

Columns that the uploader or the operator declared public are shown as they are written, but for those that a
gazetteer's answer added: the positions that a gazetteer gives start from the cell at these tiers.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from typing import Final, NamedTuple

from gazetteer.errors import CoordinateError, NotFoundError, TableError
from gazetteer.geodesy import LatLon, distance_m
from gazetteer.incidents import Incident
from gazetteer.incidents.columns import (
    ANSWER_POSITION,
    GENERALISED_INCIDENT,
    THEIRS,
    TableColumns,
    find_columns,
    is_gaz,
    is_of_an_answer,
    kept_beside,
    normal_name,
    own_columns,
)
from gazetteer.incidents.events import INJURED, KILLED, event_kind, people
from gazetteer.incidents.names import NamedPositions
from gazetteer.incidents.row import Mention
from gazetteer.incidents.spots import Fix, Several
from gazetteer.lookups import Lookups
from gazetteer.near.near import GENERALISED_NEAREST, NEAR_COLUMNS
from gazetteer.near.select import TOWN_RADIUS_M
from gazetteer.notation.positions import read_pair
from gazetteer.notation.precision import AREA_RADII_M, StatedRadius, stated_radius
from gazetteer.privacy.cells import areas_of_cells, cell_centre, cell_radius_m
from gazetteer.values import Place, common_start
from service.store import Stored

#: To which of these a radius is rounded up, in metres; the last holds the globe.
_STEPS_M: Final = (0.0, 1_000.0, 5_000.0, 25_000.0, 100_000.0, 500_000.0, 20_100_000.0)
_LEVELS: Final = {"governorate": 1, "district": 2}
#: What stands before the name of a column that an answer of ours renamed.
_RENAMED: Final = re.compile(f"^(?:{THEIRS})+")
#: How formats and programs call the column of a feature's shape.
_SHAPES: Final = ("geometry", "feature_geometry", "geom", "the_geom", "wkb_geometry", "wkt", "shape")


def current(stored: Iterable[Stored], gazetteer: Lookups) -> Iterator[Incident]:
    """Yield what tier full sees: incidents with the positions and radii that their places have now.

    An incident whose place the gazetteer doesn't know stays where it was stored.
    """
    for incident in (one.incident for one in stored):
        place = _place(incident.place_id, gazetteer)
        if incident.several is not None:
            places = ((_place(fix.place_id, gazetteer), fix) for fix in incident.several.fixes)
            fixes = tuple(_fix(place, gazetteer) if place else fix for place, fix in places)
            several = Several(fixes, incident.several.either)
            yield _moved(incident, several.around, several)
        elif place and place.position != incident.position:
            yield _moved(incident, _fix(place, gazetteer))
        elif place and place.uncertainty_m > incident.uncertainty_m:
            yield replace(incident, uncertainty_m=place.uncertainty_m)
        else:
            yield incident


def _moved(incident: Incident, to: Fix, several: Several | None = None) -> Incident:
    return replace(
        incident, position=to.position, uncertainty_m=to.uncertainty_m, several=several, candidates=()
    )


def _place(place_id: str, gazetteer: Lookups) -> Place | None:
    with suppress(NotFoundError):
        return gazetteer.place_in_file(place_id) if place_id else None
    return None


def _fix(place: Place, gazetteer: Lookups) -> Fix:
    return Fix.of(place, radius_m=gazetteer.calibration.radius_m(place) or 0.0)


class _Where(NamedTuple):
    """Where an incident was, as far as a tier may know."""

    centre: LatLon  # the middle of its cell
    reach: StatedRadius  # how far it may be beyond the cell: metres, or anywhere in an area of a kind
    admin: tuple[str, ...]  # the areas that its row or its place states
    side_deg: float


def shown(stored: Iterable[Stored], gazetteer: Lookups, *, degrees: float) -> Iterator[Incident]:
    """Yield what a tier below full sees of each row, in order.

    The gazetteer is what this tier sees: generalised to these degrees, the side of its cells, at least.
    """
    named = NamedPositions(gazetteer)
    rows = [(one, _where(one.incident, named, gazetteer, degrees)) for one in stored]
    centres = {where.centre for _, where in rows if where}
    areas = areas_of_cells(centres, degrees=degrees, areas_at=gazetteer.areas_at)
    cells = {
        centre: (cell_radius_m(centre, degrees=degrees), tuple(unit.pcode for unit in units))
        for centre, (units, _) in areas.items()
    }
    for one, where in rows:
        radius_m, admin = _known(where, *cells[where.centre], gazetteer) if where else (0.0, ())
        yield _built(one, where, radius_m, admin)


def _built(one: Stored, where: _Where | None, radius_m: float, admin: tuple[str, ...]) -> Incident:
    """Build an incident of what may be shown, and of nothing else."""
    incident, public = one.incident, one.published
    row, whole = dict(incident.properties.items()), "*" in public
    columns = tuple(row)
    published = {name: row[name] for name in _publishable(columns) if whole or name in public}
    ours = {"kind": event_kind(row), "killed": people(row, KILLED), "injured": people(row, INJURED)}
    has_place = whole or published.get(_columns(columns).place or "") == incident.place
    is_exact = _states_position(published, incident, whole=whole)
    return Incident(
        id=str(one.number),
        date=incident.date,
        days=incident.days,
        position=incident.position if is_exact else where and where.centre,
        uncertainty_m=incident.uncertainty_m if is_exact else radius_m,
        radius_from=incident.radius_from if is_exact else "column" if where else "",
        generalised_to_deg=where.side_deg if where and not is_exact else None,
        admin=admin,
        place=incident.place if has_place else "",
        properties={**ours, **kept_beside(published, ours)},
    )


def _where(incident: Incident, named: NamedPositions, gazetteer: Lookups, degrees: float) -> _Where | None:
    """Return where an incident was as far as the tier may know it; None where nothing tells."""
    if incident.position is not None and _brings_position(incident):
        centre = cell_centre(incident.position, degrees=degrees)
        return _Where(centre, _reach(incident), named.areas(incident.context), degrees)
    found = _found(incident, named, gazetteer)
    if found is None:
        return None
    centre, reach_m = cell_centre(found.position, degrees=degrees), found.uncertainty_m
    side_deg = found.generalised_to_deg
    if side_deg is not None:  # its radius holds that of a cell already, and it was computed from the cell
        beyond_m = reach_m + distance_m(centre, found.position) - cell_radius_m(centre, degrees=degrees)
        reach_m = max(0.0, round(beyond_m, 3))
    return _Where(centre, reach_m, found.admin, max(degrees, side_deg or 0.0))


def _brings_position(incident: Incident) -> bool:
    """Tell whether a row brings its position itself: no gazetteer can have put it there.

    The point of a feature that was enriched, or saved from an answer, is taken to be computed, unless columns
    of its own state it: of a name at an exact place the cell would tell in which part of its cell that is.
    """
    if incident.origin != "coordinates":
        return False
    cells = incident.properties
    return not _is_answered(tuple(cells)) or _states_position(dict(cells.items()), incident, whole=False)


def _found(incident: Incident, named: NamedPositions, gazetteer: Lookups) -> Fix | None:
    """Find a place again with a gazetteer that knows no more than the tier may.

    What was found at tier full counts for nothing: which of two hospitals a name means depends on where they
    are. But an enriched table names its place itself, perhaps by a person's decision, or leaves it open.
    """
    if incident.origin == "enriched" and (place := _place(incident.place_id, gazetteer)):
        return _fix(place, gazetteer)
    row = incident.properties
    if incident.position is None and any(row[name] and normal_name(name) == "gaz_status" for name in row):
        return None
    found, _ = named.look_up(Mention(incident.names, incident.context, incident.country))
    return None if isinstance(found, str) else found.around


def _reach(incident: Incident) -> StatedRadius:
    """Return the radius that a row with coordinates states.

    The radius that was made of a code of precision won't do: it is the distance from the exact point to the
    far side of a known area, and two of them give the point away. The code itself says nothing of the point.
    """
    if incident.radius_from != "precision":
        return incident.uncertainty_m
    column = _columns(tuple(incident.properties)).precision
    code = stated_radius(incident.properties[column], column=column) if column else None
    if code == "town":  # whose own radius tells which it is
        return AREA_RADII_M[code]
    return "country" if code is None else code


def _known(
    where: _Where, cell_m: float, chain: tuple[str, ...], gazetteer: Lookups
) -> tuple[float, tuple[str, ...]]:
    """Return the radius round the middle of a cell that holds the incident, and the areas that do.

    The radius of the row or its place is rounded up to a few steps, since it may be as good as a name: only
    one place has 2,431 m. A step is too coarse to tell where in the cell the point is.
    """
    reach = where.reach
    if isinstance(reach, str):  # from the middle of the cell to the far side of the smallest area
        chain = chain[: _LEVELS.get(reach, 0)]
        area = _place(chain[-1] if chain else "", gazetteer)
        country_m = AREA_RADII_M["country"]
        reach = area.uncertainty_m + distance_m(where.centre, area.position) if area else country_m
    elif reach > TOWN_RADIUS_M:  # it may lie in other areas than its cell does
        chain = chain[: common_start(chain, where.admin)]
    return cell_m + next((one for one in _STEPS_M if reach <= one), _STEPS_M[-1]), chain


def _states_position(published: Mapping[str, str], incident: Incident, *, whole: bool) -> bool:
    """Tell whether the published cells of a row state its own position."""
    if incident.origin != "coordinates" or incident.position is None:
        return False
    columns = _columns(tuple(published))
    if columns.latitude is not None and columns.longitude is not None:
        with suppress(CoordinateError):
            read = read_pair(published[columns.latitude], published[columns.longitude])
            own = incident.position.latitude, incident.position.longitude
            found = read and (read.position.latitude, read.position.longitude)
            if found in (own, own[::-1]):  # swapped axes were put right when the row was read
                return True
    # A feature's point is public with its table, unless a gazetteer may have put it there.
    return whole and len(published) == len(incident.properties)


@lru_cache(maxsize=256)
def _columns(names: tuple[str, ...]) -> TableColumns:
    with suppress(TableError):  # two columns may hold the place; a person has said which
        return find_columns(own_columns(names))
    return TableColumns()


@lru_cache(maxsize=256)
def _is_answered(names: tuple[str, ...]) -> bool:
    """Tell whether columns are those of an enriched table or a saved answer."""
    return is_of_an_answer(names) or any(is_gaz(_RENAMED.sub("", normal_name(name))) for name in names)


@lru_cache(maxsize=256)
def _publishable(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the columns of a row that no answer of a gazetteer added."""
    before = {name: _RENAMED.sub("", normal_name(name)) for name in names}
    ours = {*ANSWER_POSITION, GENERALISED_INCIDENT}
    if "nearest_id" in before.values():
        ours |= {*(column.name for column in NEAR_COLUMNS), GENERALISED_NEAREST}
    is_answered = _is_answered(names)
    if is_answered:
        ours |= {*_SHAPES}  # may be a point that was computed
    return tuple(
        name
        for name, first in before.items()
        if first not in ours and not is_gaz(first) and not (is_answered and first.startswith("incident_"))
    )
