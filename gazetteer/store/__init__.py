"""The gazetteer file: a GeoPackage that is written once, whole, and then only read.

``schema`` says which records go into which tables, ``geopackage`` knows the container, ``writer`` makes the
file, ``reader`` gives its rows back and ``contents`` holds them in memory as a view shows them. Reading
stands on the standard library's ``sqlite3``, so that opening a file costs milliseconds and needs no GIS
library; QGIS, GDAL and SQLite open the same file.
"""

from gazetteer.store.reader import GazetteerReader
from gazetteer.store.schema import SCHEMA_VERSION, AreaRecord, PlaceRecord, PlaceRow
from gazetteer.store.writer import write_gazetteer

__all__ = ["SCHEMA_VERSION", "AreaRecord", "GazetteerReader", "PlaceRecord", "PlaceRow", "write_gazetteer"]
