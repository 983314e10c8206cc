"""Counts of rows and of their answers, for the report and the review file.

A *string*, on which decisions are taken, is a place as rows write it and the area cells beside it, with
single spaces. Strings and places are counted in a temporary database of SQLite, with 20 MB of memory and the
rest in the system's temporary folder, so that a table may have any size.
"""

import json
import math
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from gazetteer.enrich.cells import known_place
from gazetteer.enrich.plan import ALTERNATIVES, ANSWERED
from gazetteer.errors import TableError
from gazetteer.incidents.row import Mention
from gazetteer.lookups import Lookups
from gazetteer.privacy.cells import generalised_words
from gazetteer.review.choices import METHOD
from gazetteer.values import PositionBasis, basis_words

#: The values that were added to a row, by the name of their column.
Cells = Mapping[str, Any]
#: How many bars the histogram of confidence has.
BINS = 20
#: How many rows of a string are named.
EXAMPLES = 5
#: A longer cell is a report, not the name of a place; it is counted, but not listed.
_LONGEST = 500
_CACHE_KIB = 20_000
_TABLES = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE doubts (text TEXT, areas TEXT, status TEXT, rows INTEGER, disagree INTEGER, candidates TEXT,
    PRIMARY KEY (text, areas)) WITHOUT ROWID;
CREATE TABLE examples (text TEXT, areas TEXT, number INTEGER, id TEXT, date TEXT, note TEXT,
    PRIMARY KEY (text, areas, number)) WITHOUT ROWID;
CREATE TABLE apart (text TEXT, name TEXT, latitude REAL, longitude REAL, distance_m INTEGER, rows INTEGER,
    PRIMARY KEY (text, name, latitude, longitude)) WITHOUT ROWID;
CREATE TABLE places (id TEXT, name TEXT, kind TEXT, latitude REAL, longitude REAL, radius_m REAL,
    rows INTEGER, PRIMARY KEY (id, radius_m)) WITHOUT ROWID;
"""
_SUM_ROWS = "ON CONFLICT DO UPDATE SET rows = rows + excluded.rows"
_ADD_DOUBT = (
    f"INSERT INTO doubts VALUES (?, ?, ?, ?, ?, ?) {_SUM_ROWS}, disagree = disagree + excluded.disagree"  # nosec B608 # our own words
)
_ADD_EXAMPLE = (
    "INSERT INTO examples SELECT ?1, ?2, ?3, ?4, ?5, ?6 "
    f"WHERE (SELECT count(*) FROM examples WHERE text = ?1 AND areas = ?2) < {EXAMPLES}"  # nosec B608 # our own words
)
_ADD_APART = f"INSERT INTO apart VALUES (?, ?, ?, ?, ?, ?) {_SUM_ROWS}"  # nosec B608 # our own words
_ADD_PLACE = f"INSERT INTO places VALUES (?, ?, ?, ?, ?, ?, ?) {_SUM_ROWS}"  # nosec B608 # our own words


class PlaceString(NamedTuple):
    """A string: a place as written, and the areas beside it."""

    text: str
    areas: str

    @classmethod
    def of(cls, mention: Mention) -> "PlaceString":
        """Return a row's string, as in a review file."""
        return cls(" / ".join(map(collapsed, mention.names)), " | ".join(map(collapsed, mention.areas)))


class Example(NamedTuple):
    """One of a string's rows: its number, from 1, and its id, date and note, "" where it has none."""

    number: int
    id: str
    date: str
    note: str


class Counted(NamedTuple):
    """A string with the cells of some rows that share them, and how many rows these are."""

    string: PlaceString
    cells: Cells
    rows: int
    examples: Iterable[Example] = ()  # read only where the string is doubtful


class Doubt(NamedTuple):
    """A string to review, with its candidates as in ``gaz_alternatives``."""

    text: str
    areas: str
    status: str
    rows: int
    disagree: int  # in how many of these rows the point disagrees with the name
    candidates: list[dict[str, Any]]
    examples: list[Example]  # at most five of the rows


class Disagreement(NamedTuple):
    """A string whose place disagrees with its rows' point, and the metres between the two."""

    text: str
    name: str
    latitude: float
    longitude: float
    distance_m: int
    rows: int


class PlaceCount(NamedTuple):
    """A place within a radius, and how many rows are resolved to it or name it among several."""

    id: str
    name: str
    kind: str
    latitude: float
    longitude: float
    radius_m: float
    rows: int


class Candidate(NamedTuple):
    """A candidate in words; a point that was computed has no id."""

    id: str
    name: str
    name_ar: str
    kind: str
    area: str
    position: str
    radius_m: str
    confidence: str

    @classmethod
    def of(cls, gazetteer: Lookups, one: Mapping[str, Any]) -> "Candidate":
        """Return one of ``gaz_alternatives`` in words."""
        place = known_place(gazetteer, one["place_id"])
        side = one.get("generalised_to_deg") if place is None else place.generalised_to_deg
        position = f"{one['latitude']:.5f}, {one['longitude']:.5f}"
        position += "" if side is None else f", {generalised_words(side)}"
        # Cut and not rounded: 0.699 is short of the limit of 0.70.
        sure = "" if one["confidence"] is None else f"{math.floor(one['confidence'] * 100 + 1e-9) / 100:.2f}"
        radius_m = str(one["uncertainty_m"])
        if place is None:
            return cls("", collapsed(one["name"]), "", "point", "", position, radius_m, sure)
        areas = dict.fromkeys(unit.name for unit in reversed(place.admin) if unit.pcode != place.id)
        kind = ", ".join(filter(None, (place.kind.value, basis_words(place.position_basis))))
        names = collapsed(one["name"]), collapsed(place.name_ar)
        return cls(place.id, *names, kind, ", ".join(areas), position, radius_m, sure)


def collapsed(text: str) -> str:
    """Return a text with single spaces, as spreadsheet programs do; a lone surrogate becomes "?"."""
    return " ".join(text.split()).encode("utf-8", "replace").decode("utf-8")


def candidates(cells: Cells) -> list[dict[str, Any]]:
    """Return at most five places that a row may mean, the best first, as in ``gaz_alternatives``."""
    best: list[dict[str, Any]] = list(cells["gaz_places"] or ())
    if not best and cells["gaz_place_id"] is not None:
        names = ("place_id", "name", "kind", "latitude", "longitude", "uncertainty_m", "confidence")
        basis = {"position_basis": found} if (found := cells["gaz_position_basis"]) else {}
        best = [{**{name: cells[f"gaz_{name}"] for name in names}, **basis}]
    ids = {one["place_id"] for one in best}
    others = (one for one in cells["gaz_alternatives"] or () if one["place_id"] not in ids)
    return [*best, *others][:ALTERNATIVES]


class Tally:
    """The counts of one table; to be closed in the end."""

    def __init__(self) -> None:
        #: Rows with an answer, one place or several, by gaz_method, and by the governorate's name ("" where
        #: none is known, or not all places lie in one).
        self.methods: Counter[str] = Counter()
        self.governorates: Counter[str] = Counter()
        #: Rows with a facility as their answer, by what its position was taken from.
        self.bases: Counter[PositionBasis] = Counter()
        #: Rows by bar of the histogram and whether they have an answer.
        self.confidence: Counter[tuple[int, bool]] = Counter()
        #: Rows that name no place.
        self.nameless = 0
        self._database = sqlite3.connect("", isolation_level=None)  # "" is a file of SQLite's own
        self._database.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        self._database.executescript(_TABLES)

    def close(self) -> None:
        """Drop the counts."""
        self._database.close()

    def add(self, counted: Iterable[Counted]) -> None:
        """Count strings; TableError if the disk is full."""
        examples: list[tuple[Any, ...]] = []
        doubts: list[tuple[Any, ...]] = []
        apart: list[tuple[Any, ...]] = []
        places: list[tuple[Any, ...]] = []
        for string, cells, rows, some in counted:
            self._count(string, cells, rows)
            if cells["gaz_status"] in ANSWERED:
                for one in cells["gaz_places"] or candidates(cells)[:1]:
                    at = one["latitude"], one["longitude"], one["uncertainty_m"]
                    places.append((one["place_id"], collapsed(one["name"]), one["kind"], *at, rows))
            disagrees = cells.get("gaz_point_check") == "disagrees"
            if disagrees:
                # A row that names no place has only an area to disagree with.
                name = collapsed(cells["gaz_name"] or "") if string.text else ""
                point = (cells[f"gaz_point_{what}"] for what in ("latitude", "longitude", "distance_m"))
                apart.append((string.text or string.areas, name, *point, rows))
            if _is_doubtful(string, cells, disagrees=disagrees):
                found = json.dumps(candidates(cells))
                doubts.append((*string, cells["gaz_status"], rows, rows * disagrees, found))
                examples += [(*string, *one) for one in some]
        try:
            self._database.execute("BEGIN")
            self._database.executemany(_ADD_DOUBT, doubts)
            self._database.executemany(_ADD_EXAMPLE, examples)
            self._database.executemany(_ADD_APART, apart)
            self._database.executemany(_ADD_PLACE, places)
            self._database.execute("COMMIT")
        except sqlite3.OperationalError as error:
            raise TableError(
                f"the counts for the review can't be kept ({error}): make room in the temporary folder, or "
                "name another with TMPDIR",
                parameter="review",
            ) from error

    def _count(self, string: PlaceString, cells: Cells, rows: int) -> None:
        answered = cells["gaz_status"] in ANSWERED
        if not string.text:
            self.nameless += rows
        if answered:
            self.methods[cells["gaz_method"]] += rows
            self.governorates[cells["gaz_adm1_name"] or ""] += rows
            if basis := cells["gaz_position_basis"]:
                self.bases[basis] += rows
        if cells["gaz_confidence"] is not None:
            self.confidence[min(int(cells["gaz_confidence"] * BINS), BINS - 1), answered] += rows

    def doubts(self, status: str | None = None, *, limit: int = -1) -> Iterator[Doubt]:
        """Yield doubtful strings, the most frequent first; -1 is all of them."""
        query = (
            "SELECT * FROM doubts WHERE ?1 IS NULL OR status = ?1 ORDER BY rows DESC, text, areas LIMIT ?2"
        )
        examples = "SELECT number, id, date, note FROM examples WHERE text = ? AND areas = ? ORDER BY number"
        for row in self._database.execute(query, (status, limit)):
            some = map(Example._make, self._database.execute(examples, row[:2]))
            yield Doubt._make((*row[:-1], json.loads(row[-1]), list(some)))

    def apart(self, *, limit: int) -> list[Disagreement]:
        """Return strings whose point disagrees, the most frequent first."""
        query = (
            "SELECT * FROM apart ORDER BY rows DESC, distance_m DESC, text, name, latitude, longitude LIMIT ?"
        )
        return [Disagreement(*row) for row in self._database.execute(query, (limit,))]

    def places(self) -> Iterator[PlaceCount]:
        """Yield the places that rows are resolved to, those with most rows first."""
        rows = self._database.execute("SELECT * FROM places ORDER BY rows DESC, id, radius_m")
        return (PlaceCount(*row) for row in rows)

    def open_rows(self) -> int:
        """Return how many rows have a doubtful string and no answer."""
        query = "SELECT coalesce(sum(rows), 0) FROM doubts WHERE status NOT IN (?, ?)"
        return int(self._database.execute(query, ANSWERED).fetchone()[0])

    def distinct(self) -> dict[str, int]:
        """Return how many doubtful strings there are by status, and how many disagree, as "apart"."""
        query = (
            "SELECT status, count(*) FROM doubts GROUP BY status UNION SELECT 'apart', count(*) FROM apart"
        )
        return dict(self._database.execute(query))


def _is_doubtful(string: PlaceString, cells: Cells, *, disagrees: bool) -> bool:
    """Whether a string needs review: it is a name, undecided, and isn't resolved or disagrees."""
    if not 0 < len(string.text) <= _LONGEST or cells["gaz_method"] == METHOD:
        return False
    return disagrees or cells["gaz_status"] not in ANSWERED
