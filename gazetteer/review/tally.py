"""Counting what rows said and how it came out, for tables of any size.

Strings and places are counted in a temporary database of SQLite, which keeps to some 20 MB of memory and
writes the rest to the system's temporary folder; it is gone when the tally is closed. What there are only
few of, such as methods, is counted in memory.
"""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from gazetteer.enrich.cells import status_of
from gazetteer.enrich.plan import ANSWERED, GAZ_COLUMNS, POINT_COLUMNS
from gazetteer.errors import TableError
from gazetteer.review.candidates import candidates
from gazetteer.review.strings import LONGEST, Written, collapsed

#: How many bars the histogram of confidence has.
BINS = 20
_AT = {name: at for at, name in enumerate((*GAZ_COLUMNS, *(column.name for column in POINT_COLUMNS)))}
_CACHE_KIB = 20_000
_TABLES = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE doubts (text TEXT, areas TEXT, status TEXT, rows INTEGER, disagree INTEGER, candidates TEXT,
    PRIMARY KEY (text, areas)) WITHOUT ROWID;
CREATE TABLE apart (text TEXT, name TEXT, latitude REAL, longitude REAL, distance_m INTEGER, rows INTEGER,
    PRIMARY KEY (text, name, latitude, longitude)) WITHOUT ROWID;
CREATE TABLE places (id TEXT PRIMARY KEY, name TEXT, latitude REAL, longitude REAL, rows INTEGER)
    WITHOUT ROWID;
"""
_ADD_DOUBT = (
    "INSERT INTO doubts VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET rows = rows + excluded.rows,"
    " disagree = disagree + excluded.disagree"
)
_ADD_APART = (
    "INSERT INTO apart VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET rows = rows + excluded.rows"
)
_ADD_PLACE = "INSERT INTO places VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET rows = rows + excluded.rows"


@dataclass(frozen=True, slots=True)
class Doubt:
    """A string that a person should look at.

    Parameters
    ----------
    text, areas
        As rows write it.
    status
        As in ``gaz_status``.
    rows, disagree
        In how many rows it stands, and in how many of these the point disagrees with it.
    candidates
        As in ``gaz_alternatives``, the best first.
    """

    text: str
    areas: str
    status: str
    rows: int
    disagree: int
    candidates: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Apart:
    """A string whose place and whose rows' point disagree, with the metres between the two."""

    text: str
    name: str
    latitude: float
    longitude: float
    distance_m: int
    rows: int


@dataclass(frozen=True, slots=True)
class PlacedRows:
    """A place with how many rows are resolved to it, or name it among several."""

    id: str
    name: str
    latitude: float
    longitude: float
    rows: int


@dataclass
class Tally:
    """Counts. Close it when it is no longer needed.

    Attributes
    ----------
    methods, governorates
        Rows with an answer, one place or several, by ``gaz_method`` and by the governorate's name ("" where
        none is known, or not all places lie in one).
    confidence
        Rows by bar of the histogram and whether they have an answer.
    nameless
        Rows that name no place.
    """

    methods: Counter[str] = field(default_factory=Counter)
    governorates: Counter[str] = field(default_factory=Counter)
    confidence: Counter[tuple[int, bool]] = field(default_factory=Counter)
    nameless: int = 0

    def __post_init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)  # "" is a file of SQLite's own
        self._database.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        self._database.executescript(_TABLES)

    def close(self) -> None:
        """Forget everything."""
        self._database.close()

    def add(self, counted: Iterable[tuple[Written, tuple[Any, ...], int]]) -> None:
        """Count some distinct strings with their added values and number of rows.

        Raises
        ------
        TableError
            If the temporary folder is full.
        """
        doubts: list[tuple[Any, ...]] = []
        apart: list[tuple[Any, ...]] = []
        places: list[tuple[Any, ...]] = []
        for string, values, rows in counted:
            self._count(string, values, rows)
            if status_of(values) == "resolved":
                place_id, name, *position = (values[at] for at in _PLACE)
                places.append((place_id, collapsed(str(name)), *position, rows))
            for one in values[_AT["gaz_places"]] or ():
                position = [one["latitude"], one["longitude"]]
                places.append((one["place_id"], collapsed(one["name"]), *position, rows))
            disagrees = len(values) > _CHECK and values[_CHECK] == "disagrees"
            if disagrees:
                # A row that names no place has only an area to disagree with.
                names = (
                    (string.text, collapsed(str(values[_NAME] or ""))) if string.text else (string.areas, "")
                )
                apart.append((*names, *(values[at] for at in _POINT), rows))
            if _is_doubtful(string, values, disagrees=disagrees):
                found = json.dumps(candidates(values))
                doubts.append((*string, status_of(values), rows, rows if disagrees else 0, found))
        try:
            self._database.execute("BEGIN")
            self._database.executemany(_ADD_DOUBT, doubts)
            self._database.executemany(_ADD_APART, apart)
            self._database.executemany(_ADD_PLACE, places)
            self._database.execute("COMMIT")
        except sqlite3.OperationalError as error:
            raise TableError(
                f"the counts for the review can't be kept ({error}): make room in the temporary folder, or "
                "name another with TMPDIR",
                parameter="review",
            ) from error

    def _count(self, string: Written, values: tuple[object, ...], rows: int) -> None:
        if not string.text:
            self.nameless += rows
        if values[0] in ANSWERED:
            self.methods[str(values[_AT["gaz_method"]])] += rows
            self.governorates[str(values[_AT["gaz_adm1_name"]] or "")] += rows
        confidence = values[_AT["gaz_confidence"]]
        if isinstance(confidence, float):
            self.confidence[min(int(confidence * BINS), BINS - 1), values[0] in ANSWERED] += rows

    def doubts(self, status: str | None = None, *, limit: int = -1) -> Iterator[Doubt]:
        """Yield doubtful strings, the most frequent first; -1 is all of them."""
        query = (
            "SELECT * FROM doubts WHERE ?1 IS NULL OR status = ?1 ORDER BY rows DESC, text, areas LIMIT ?2"
        )
        for row in self._database.execute(query, (status, limit)):
            text, areas, status, rows, disagree, found = row
            yield Doubt(text, areas, status, rows, disagree, json.loads(found))

    def distinct_doubts(self, status: str) -> int:
        """Return how many doubtful strings of a status there are."""
        return self._number("SELECT count(*) FROM doubts WHERE status = ?", (status,))

    def apart(self, *, limit: int) -> list[Apart]:
        """Return strings whose point disagrees, the most frequent first."""
        query = (
            "SELECT * FROM apart ORDER BY rows DESC, distance_m DESC, text, name, latitude, longitude LIMIT ?"
        )
        return [Apart(*row) for row in self._database.execute(query, (limit,))]

    def distinct_apart(self) -> int:
        """Return how many different strings and points disagree."""
        return self._number("SELECT count(*) FROM apart", ())

    def places(self) -> Iterator[PlacedRows]:
        """Yield the places that rows are resolved to, those with most rows first."""
        for row in self._database.execute("SELECT * FROM places ORDER BY rows DESC, id"):
            yield PlacedRows(*row)

    def _number(self, query: str, values: tuple[object, ...]) -> int:
        return int(self._database.execute(query, values).fetchone()[0])


_PLACE = [_AT[name] for name in ("gaz_place_id", "gaz_name", "gaz_latitude", "gaz_longitude")]
_POINT = [_AT[name] for name in ("gaz_point_latitude", "gaz_point_longitude", "gaz_point_distance_m")]
_CHECK, _NAME = _AT["gaz_point_check"], _AT["gaz_name"]


def _is_doubtful(string: Written, values: tuple[object, ...], *, disagrees: bool) -> bool:
    """Whether a person could decide: for a name that isn't decided yet, and that isn't resolved well."""
    if not 0 < len(string.text) <= LONGEST or values[_AT["gaz_method"]] == "decision":
        return False
    return status_of(values) not in ANSWERED or disagrees
