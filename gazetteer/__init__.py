"""Resolve place names of the Syrian conflict, and answer distances that carry their uncertainty.

Import from here; everything else is private and may move::

    from gazetteer import Gazetteer
"""

from gazetteer.catalog import Gazetteer
from gazetteer.coords import BoundingBox, LatLon, read_point
from gazetteer.errors import (
    CoordinateError,
    GazetteerError,
    GazetteerFileError,
    InputError,
    NotFoundError,
    QuestionError,
    SchemaVersionError,
    TableError,
    UnitError,
)
from gazetteer.info import GazetteerInfo
from gazetteer.places import AdminUnit, Place, PlaceKind, Source, Spelling
from gazetteer.results import DistanceAnswer, Match, Query, Resolution, ReverseAnswer
from gazetteer.units import read_length

__all__ = [
    "AdminUnit",
    "BoundingBox",
    "CoordinateError",
    "DistanceAnswer",
    "Gazetteer",
    "GazetteerError",
    "GazetteerFileError",
    "GazetteerInfo",
    "InputError",
    "LatLon",
    "Match",
    "NotFoundError",
    "Place",
    "PlaceKind",
    "Query",
    "QuestionError",
    "Resolution",
    "ReverseAnswer",
    "SchemaVersionError",
    "Source",
    "Spelling",
    "TableError",
    "UnitError",
    "read_length",
    "read_point",
]
