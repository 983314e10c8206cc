"""Coordinates that a table brings, of a row that says that it is at a sensitive place.

"National hospital, Idlib" with coordinates is the position of a hospital, whoever wrote it down. Below tier
full such a row stands in the middle of its cell, as the place itself does, and without the columns that hold
coordinates. Whether a row is one hangs on its words alone and never on where the gazetteer has a hospital, or
somebody who may store rows could find one by seeing which of them are moved.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import lru_cache

from gazetteer.generalise import cell_centre, cell_radius_m
from gazetteer.incident_columns import own_columns
from gazetteer.incidents import Incident
from gazetteer.names.fold import fold
from gazetteer.names.words import split_kind_words
from gazetteer.places import PlaceKind, kinds_meant_by
from gazetteer.tables.columns import find_columns, normal_name
from service.incident_store.rows import kept_cells

__all__ = ["SHAPES", "at_sensitive_place", "generalised_row"]

#: How formats and programs call the column of a feature's shape.
SHAPES = ("geometry", "feature_geometry", "geom", "the_geom", "wkb_geometry", "wkt", "shape")
#: How tables call columns of coordinates beside latitude and longitude.
_COORDINATES = frozenset(
    {*SHAPES, "coordinates", "coords", "gps", "lat", "latitude", "latlon", "lat_lon", "lng", "location_link"}
    | {"lon", "long", "longitude", "map", "map_link", "mgrs", "plus_code", "point", "utm", "x", "y"}
)


def at_sensitive_place(incident: Incident, kinds: Collection[PlaceKind]) -> bool:
    """Tell whether a row brings coordinates of its own and says that it is at a place of these kinds."""
    if incident.origin != "coordinates" or incident.position is None:
        return False
    return any(not _kinds_in(name).isdisjoint(kinds) for name in (*incident.names, incident.place))


def generalised_row(incident: Incident, degrees: float) -> Incident:
    """Return an incident in the middle of its cell, without the columns that say where it was."""
    if incident.position is None:
        return incident
    centre = cell_centre(incident.position, degrees=degrees)
    return replace(
        incident,
        position=centre,
        uncertainty_m=incident.uncertainty_m + cell_radius_m(centre, degrees=degrees),
        properties=_without_coordinates(incident.properties),
        generalised_to_deg=degrees,
        radius_known=True,
    )


@lru_cache(maxsize=8192)
def _kinds_in(name: str) -> frozenset[PlaceKind]:
    """Return the kinds that a name's words tell of: "Al-Quds Hospital, Aleppo" of a hospital."""
    word = split_kind_words(fold(name))[1]
    return kinds_meant_by(word) if word else frozenset()


def _without_coordinates(row: Mapping[str, str]) -> Mapping[str, str]:
    columns = tuple(row)
    return kept_cells(row, [column for column in columns if column not in _of_coordinates(columns)])


@lru_cache(maxsize=64)
def _of_coordinates(columns: tuple[str, ...]) -> frozenset[str]:
    found = find_columns(own_columns(columns))
    named = {name for name in (found.latitude, found.longitude) if name is not None}
    return frozenset(named | {column for column in columns if normal_name(column) in _COORDINATES})
