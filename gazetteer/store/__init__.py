"""The gazetteer file: a GeoPackage that is written once, whole, and then only read.

``schema`` says which tables there are, ``geopackage`` knows the container, ``writer`` makes the file
and ``reader`` gives its rows back. All of it stands on the standard library's ``sqlite3``, so that
opening a file costs milliseconds and needs no GIS library; QGIS, GDAL and SQLite open the same file.
"""

from gazetteer.store.reader import GazetteerReader
from gazetteer.store.records import AreaRecord, PlaceRecord
from gazetteer.store.schema import SCHEMA_VERSION, AreaRow, IssueRow, NameKeyRow, PlaceRow, SpellingRow
from gazetteer.store.writer import write_gazetteer

__all__ = [
    "SCHEMA_VERSION",
    "AreaRecord",
    "AreaRow",
    "GazetteerReader",
    "IssueRow",
    "NameKeyRow",
    "PlaceRecord",
    "PlaceRow",
    "SpellingRow",
    "write_gazetteer",
]
