"""Resolve place names of the Syrian conflict, and answer distances that carry their uncertainty.

Import from here; everything else is private and may move::

    from gazetteer import Gazetteer

``gazetteer.__version__`` is the version.
"""

import typing

from gazetteer.answers import DistanceAnswer, Match, Mention, Query, Report, Resolution, ReverseAnswer
from gazetteer.errors import (
    AmbiguousDateError,
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
from gazetteer.gazetteer import Gazetteer
from gazetteer.geodesy import BoundingBox, LatLon
from gazetteer.kinds import PlaceKind
from gazetteer.lookups import GazetteerInfo
from gazetteer.notation.lengths import read_length
from gazetteer.notation.positions import read_point
from gazetteer.values import AdminUnit, ColumnChoice, Place, SelectionOptions, Source, Spelling, TableOptions

__all__ = [
    "AdminUnit",
    "AmbiguousDateError",
    "BoundingBox",
    "ColumnChoice",
    "CoordinateError",
    "DistanceAnswer",
    "Gazetteer",
    "GazetteerError",
    "GazetteerFileError",
    "GazetteerInfo",
    "InputError",
    "LatLon",
    "Match",
    "Mention",
    "NotFoundError",
    "Place",
    "PlaceKind",
    "Query",
    "QuestionError",
    "Report",
    "Resolution",
    "ReverseAnswer",
    "SchemaVersionError",
    "SelectionOptions",
    "Source",
    "Spelling",
    "TableError",
    "TableOptions",
    "UnitError",
    "read_length",
    "read_point",
]

if typing.TYPE_CHECKING:
    __version__: str
else:

    def __getattr__(name):  # importing reads no file
        if name == "__version__":
            from gazetteer.lookups import library_version

            return library_version()
        raise AttributeError(f"module 'gazetteer' has no attribute {name!r}")
