"""What goes into the gazetteer file: records, tables, their version, and the hash of what they say.

Rows are numbered from 1 without gaps: places in the order of their ids, spellings in the order of
their places. So the place of ``fid`` n is the n-th row that a reader sees, and nothing has to be
looked up while a name index is filled.

``adm1_pcode`` to ``adm3_pcode`` are the areas that a source states; ``computed_adm3_pcode`` is the
sub-district whose polygon holds the point, NULL in a file without polygons. They are kept apart, so
that a mismatch can be seen; ``admin_mismatch`` is 1 where both are known and differ. ``source_ids`` are the
ids of the place in all its sources, joined by "|", its own first. ``issues`` is what the build found.

A place that is more than a point has its line or polygon in ``shapes``; an admin unit has it in ``areas``.
"""

import hashlib
import json
import sqlite3
from dataclasses import dataclass
from typing import Final

from gazetteer.values import AdminMethod, Place, PositionBasis, Spelling

#: fid, id, name, name_ar, kind, latitude, longitude, uncertainty_m, population, adm1_pcode, adm2_pcode,
#: adm3_pcode, computed_adm3_pcode, admin_method, valid_from, valid_to, sensitive (0 or 1), sources
#: (joined by "|"), source_ids (joined by "|"), admin_mismatch (0 or 1), position_basis.
PlaceRow = tuple[
    int, str, str, str, str, float, float, float, int | None, str | None, str | None,
    str | None, str | None, AdminMethod, str | None, str | None, int, str, str, int, PositionBasis,
]  # fmt: skip
#: kind, subject, detail, where it was read.
IssueRow = tuple[str, str, str, str]
#: fid, place (its fid), text, folded, language, script, source, namesake (the id of a place, or "").
SpellingRow = tuple[int, int, str, str, str, str, str, str]
#: key, spelling (its fid).
NameKeyRow = tuple[str, int]
#: pcode, level, shape as WKB.
AreaRow = tuple[str, int, bytes]
#: id of a place, its line or polygon as WKB.
ShapeRow = tuple[str, bytes]


@dataclass(frozen=True, slots=True)
class PlaceRecord:
    """A place as it goes into the file."""

    #: Its facts. The chain in `place.admin` is not written: the P-codes below are.
    place: Place
    #: Every written form of its name, each text once, the display names among them.
    spellings: tuple[Spelling, ...]
    #: The areas that its source states. An admin unit states itself and those above it.
    adm1_pcode: str | None = None
    adm2_pcode: str | None = None
    adm3_pcode: str | None = None
    #: The sub-district whose polygon holds the position; None without polygons.
    computed_adm3_pcode: str | None = None
    #: In words, where the facts of this row come from; for people who open the file.
    source_note: str = ""
    #: The place's id in each source that has one, its own first ("C3871", "geonames:169389"). Empty means
    #: that it is known by its own id only.
    source_ids: tuple[str, ...] = ()
    #: The line or polygon of a place that is more than a point and no admin unit: two-dimensional WKB in
    #: degrees, x the longitude.
    shape_wkb: bytes | None = None

    @property
    def is_mismatch(self) -> bool:
        """Whether the stated sub-district is another than the computed one, both being known."""
        return None not in (self.adm3_pcode, self.computed_adm3_pcode) and (
            self.adm3_pcode != self.computed_adm3_pcode
        )


@dataclass(frozen=True, slots=True)
class AreaRecord:
    """The shape of an admin unit."""

    #: Which unit: 0 the country to 3 a sub-district.
    pcode: str
    level: int
    #: Polygon or multipolygon at full precision, two-dimensional WKB in degrees, x the longitude.
    wkb: bytes
    #: The same, simplified for maps; None leaves it out of ``areas_simple``.
    simple_wkb: bytes | None = None


#: Changes whenever a table or the meaning of a column changes. A reader knows exactly one version.
SCHEMA_VERSION: Final = 4

#: How to get a good file, as every message about a bad one ends.
REBUILD: Final = (
    "build it again with 'gazetteer-data build --from DIR -o FILE', or with 'gazetteer-data setup' if it is "
    "your default"
)

#: The tables of features and of attributes, as GeoPackage calls them, in the order they are made.
TABLES: Final = """
CREATE TABLE places (
    fid INTEGER PRIMARY KEY NOT NULL, geom POINT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL,
    name_ar TEXT NOT NULL, kind TEXT NOT NULL, latitude DOUBLE NOT NULL, longitude DOUBLE NOT NULL,
    uncertainty_m DOUBLE NOT NULL, population INTEGER, adm1_pcode TEXT, adm2_pcode TEXT, adm3_pcode TEXT,
    computed_adm3_pcode TEXT, admin_method TEXT NOT NULL, valid_from TEXT, valid_to TEXT,
    sensitive BOOLEAN NOT NULL, sources TEXT NOT NULL, source_note TEXT NOT NULL,
    source_ids TEXT NOT NULL, admin_mismatch BOOLEAN NOT NULL, position_basis TEXT NOT NULL
);
CREATE TABLE shapes (
    fid INTEGER PRIMARY KEY NOT NULL, geom GEOMETRY NOT NULL, id TEXT NOT NULL
);
CREATE TABLE areas (
    fid INTEGER PRIMARY KEY NOT NULL, geom MULTIPOLYGON NOT NULL, pcode TEXT NOT NULL,
    level INTEGER NOT NULL
);
CREATE TABLE areas_simple (
    fid INTEGER PRIMARY KEY NOT NULL, geom MULTIPOLYGON NOT NULL, pcode TEXT NOT NULL,
    level INTEGER NOT NULL
);
CREATE TABLE spellings (
    fid INTEGER PRIMARY KEY NOT NULL, place INTEGER NOT NULL REFERENCES places (fid), text TEXT NOT NULL,
    folded TEXT NOT NULL, language TEXT NOT NULL, script TEXT NOT NULL, source TEXT NOT NULL,
    namesake TEXT NOT NULL
);
CREATE TABLE sources (
    fid INTEGER PRIMARY KEY NOT NULL, id TEXT NOT NULL, title TEXT NOT NULL, url TEXT NOT NULL,
    licence TEXT NOT NULL, attribution TEXT NOT NULL, count INTEGER NOT NULL, release TEXT NOT NULL,
    date TEXT NOT NULL
);
CREATE TABLE manifest (
    fid INTEGER PRIMARY KEY NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL
);
CREATE TABLE issues (
    fid INTEGER PRIMARY KEY NOT NULL, kind TEXT NOT NULL, subject TEXT NOT NULL, detail TEXT NOT NULL,
    origin TEXT NOT NULL
);
CREATE TABLE name_keys (
    key TEXT NOT NULL, spelling INTEGER NOT NULL REFERENCES spellings (fid), PRIMARY KEY (key, spelling)
) WITHOUT ROWID;
CREATE UNIQUE INDEX places_id ON places (id);
CREATE INDEX spellings_place ON spellings (place);
"""

#: Tables with polygons: at full precision, and simplified for maps.
AREA_TABLES: Final = ("areas", "areas_simple")

#: Tables without a geometry that a GIS should list; name_keys is an index and stays unlisted.
ATTRIBUTE_TABLES: Final = {
    "spellings": "Every written form of a place's name; place is the fid in places",
    "sources": "Where the facts came from, with licence and attribution",
    "manifest": "How this file was built; values are JSON",
    "issues": "What the build found in the sources, repaired, or left alone",
}

_FACTS: Final = (
    "id, name, name_ar, kind, latitude, longitude, uncertainty_m, population, adm1_pcode, adm2_pcode,"
    " adm3_pcode, computed_adm3_pcode, admin_method, valid_from, valid_to, sensitive, sources"
)
_MORE: Final = "source_ids, admin_mismatch, position_basis"
_SPELLED: Final = (
    "SELECT p.id, s.text, s.language, s.script, s.source, s.namesake"
    " FROM spellings s JOIN places p ON p.fid = s.place"
)
_SOURCES: Final = "SELECT id, title, url, licence, attribution, count, release, date FROM sources"
#: What a reader asks: rows of `PlaceRow`, spellings after the id of their place, sources.
SELECT_PLACES: Final = f"SELECT fid, {_FACTS}, {_MORE} FROM places ORDER BY fid"  # nosec B608 # our own columns
SELECT_SPELLED: Final = f"{_SPELLED} ORDER BY s.fid"
SELECT_SOURCES: Final = f"{_SOURCES} ORDER BY fid"
# What the hash covers, in a fixed order. Row numbers, derived keys and simplified shapes are left out:
# they follow from the rest, the last one by way of a library whose version must not change the hash.
_HASHED: Final = (
    f"SELECT {_FACTS}, source_note, {_MORE} FROM places ORDER BY id",  # nosec B608 # our own columns
    "SELECT id, geom FROM shapes ORDER BY id",
    f"{_SPELLED} ORDER BY p.id, s.text",
    "SELECT pcode, level, geom FROM areas ORDER BY level, pcode",
    f"{_SOURCES} ORDER BY id",
)


def content_hash(connection: sqlite3.Connection) -> str:
    """Return the SHA-256 of what the file says: places, shapes, spellings, areas, sources, as 64 hex digits.

    The same records give the same hash, in any order and written at any time.
    """
    digest = hashlib.sha256()
    for query in _HASHED:
        for row in connection.execute(query):
            plain = [hashlib.sha256(v).hexdigest() if isinstance(v, bytes) else v for v in row]
            digest.update(json.dumps(plain, ensure_ascii=False).encode() + b"\n")
        digest.update(b"\f")
    return digest.hexdigest()
