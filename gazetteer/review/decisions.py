"""The review file, the decisions that a person writes into it, and the cells of a decided row.

The review file is CSV in UTF-8, with the byte order mark that spreadsheet programs need: each doubtful string
once, the most frequent first, with its candidates. ``decision`` takes the id of a place, or "none" where no
place of the gazetteer is meant; ``gazetteer`` is the hash of the gazetteer. A cell that a spreadsheet program
would run as a formula has an apostrophe before it, which reading takes away (OWASP, "CSV Injection").

A decision is for a place string with the areas beside it, and wins over the ranker: ``gaz_method`` is
"decision" and ``gaz_confidence`` empty. "none" leaves the row "unresolved", without a position.
``gaz_decided_by``, ``gaz_decided_on`` and ``gaz_decision_note`` say who, when and why.
"""

import hashlib
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from gazetteer.answers import Match, Query, Resolution
from gazetteer.enrich.cells import RowPoint, Spot, name_values, point_values
from gazetteer.enrich.plan import (
    ALTERNATIVES,
    GAZ_COLUMNS,
    GENERALISED,
    GEOMETRY,
    POINT_COLUMNS,
    TEXT_COLUMNS,
)
from gazetteer.errors import NotFoundError, TableError
from gazetteer.geodesy import LatLon
from gazetteer.lookups import Lookups
from gazetteer.review.tally import Candidate, Cells, Doubt, PlaceString, candidates, collapsed
from gazetteer.tables.formats.csv import text_of
from gazetteer.tables.layout import Column
from gazetteer.tables.reading import read_table
from gazetteer.tables.table import as_text
from gazetteer.tables.writing import replacing_bytes
from gazetteer.values import AdminUnit, Place

#: Who decided, when and why.
DECIDED_COLUMNS = (
    Column("gaz_decided_by", "text", "#meta+decision+by"),
    Column("gaz_decided_on", "text", "#date+decision"),
    Column("gaz_decision_note", "text", "#meta+decision+note"),
)
#: The decision for no place of the gazetteer.
_NONE = "none"
_NEEDED = ("place", "areas", "decision", "decided_by")
_HEADER = (
    *("place", "areas", "rows", "status", "points_disagree"),
    *("decision", "decided_by", "decided_on", "why"),
    *(f"candidate_{number}_{what}" for number in range(1, ALTERNATIVES + 1) for what in Candidate._fields),
    "gazetteer",
)
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_BLOCK_ROWS = 1000
_BOM = b"\xef\xbb\xbf"
#: How many changed places, and lines without a row, are listed.
_LISTED = 5


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision, and the number of its line; the header is line 1."""

    line: int
    place: Place | None  # None for no place of the gazetteer
    decided_by: str
    decided_on: str
    why: str


@dataclass(frozen=True, slots=True)
class Decisions:
    """The decisions of a file, by string, and in words how the gazetteer changed since."""

    name: str  # without its folder
    sha256: str
    taken: Mapping[PlaceString, Decision]
    notes: tuple[str, ...]

    def unmet(self, met: Collection[PlaceString]) -> tuple[str, ...]:
        """Return a note on the decisions for strings that the table doesn't have."""
        idle = [decision.line for string, decision in self.taken.items() if string not in met]
        if not idle:
            return ()
        more = f" and {len(idle) - _LISTED} more" if len(idle) > _LISTED else ""
        lines = ", ".join(map(str, idle[:_LISTED]))
        return (f"no row of the table has the place and areas of {self.name}, line {lines}{more}",)


def write_review(gazetteer: Lookups, path: Path, doubts: Iterable[Doubt]) -> None:
    """Write the review file, or raise TableError."""
    with replacing_bytes(path) as file:
        file.write(_BOM + text_of([_HEADER]).encode())
        rows = _rows(gazetteer, doubts)
        while block := list(islice(rows, _BLOCK_ROWS)):
            file.write(text_of(block, ",", guarded).encode())


def _rows(gazetteer: Lookups, doubts: Iterable[Doubt]) -> Iterator[list[str]]:
    content_hash = gazetteer.info().content_hash
    blank = [""] * len(Candidate._fields)
    for doubt in doubts:
        found = [Candidate.of(gazetteer, one) for one in doubt.candidates]
        yield [
            *(doubt.text, doubt.areas, str(doubt.rows), doubt.status, str(doubt.disagree or "")),
            *("", "", "", ""),
            *(cell for one in found for cell in one),
            *blank * (ALTERNATIVES - len(found)),
            content_hash,
        ]


def check_review(path: Path) -> None:
    """Refuse a name that doesn't end in .csv, and to write over the work of a reviewer."""
    if path.suffix.lower() != ".csv":
        raise TableError(
            f"{path} can't be written as a review file: end its name in .csv", parameter="review"
        )
    if path.exists() and (filled := _filled_in(path)):
        words = "1 decision" if filled == 1 else f"{filled} decisions"
        raise TableError(
            f"{path} holds {words} that would be lost: hand it in with --decisions, and give "
            "--review another name",
            parameter="review",
        )


def _filled_in(path: Path) -> int:
    """Return how many decisions a file holds; 0 where it is no review file."""
    try:
        table = read_table(path)
        at = _names(table.columns).index("decision")
        return sum(bool(row[at].strip()) for row in table.rows())
    except (TableError, ValueError):
        return 0


def _names(columns: Iterable[str]) -> list[str]:
    return [column.strip().casefold() for column in columns]


def guarded(cell: str) -> str:
    """Return a cell that no spreadsheet program runs: "=1+1" becomes "'=1+1", and that "''=1+1"."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def unguarded(cell: str) -> str:
    """Return a cell as it was before `guarded`; one whose apostrophe a program removed stays as it is."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def read_decisions(gazetteer: Lookups, path: Path) -> Decisions:
    """Read a filled-in review file, as any table; TableError names the line of a wrong decision."""
    table = read_table(path)
    names = _names(table.columns)
    if missing := [name for name in _NEEDED if name not in names]:
        raise _refused(f"{path.name} has no column {missing[0]}: take a file that --review wrote")
    today = gazetteer.info().content_hash
    taken: dict[PlaceString, Decision] = {}
    changed: dict[str, str] = {}
    since = ""
    for line, cells in table.numbered_rows():
        row = {name: unguarded(collapsed(as_text(cell))) for name, cell in zip(names, cells, strict=True)}
        if not row["decision"]:
            continue
        decision = _decision(gazetteer, f"{path.name}, line {line}", line, row)
        string = PlaceString(row["place"], row["areas"])
        before = taken.setdefault(string, decision)
        if before.place != decision.place:
            raise _refused(
                f"{path.name}, line {line}: {string.text!r} is decided otherwise in line {before.line}: "
                "leave one of the two"
            )
        if row.get("gazetteer", "") not in ("", today):
            since = row["gazetteer"]
            changed |= _changed(row, decision.place)
    notes: tuple[str, ...] = ()
    if since:
        rest = len(changed) - _LISTED
        notes = (
            f"the gazetteer has changed since {path.name} was made (it was {since[:12]} and is "
            f"{today[:12]}): look over its decisions",
            *list(changed.values())[:_LISTED],
            *([f"{rest} more decided places have changed"] if rest > 0 else []),
        )
    return Decisions(path.name, hashlib.sha256(path.read_bytes()).hexdigest(), taken, notes)


def _decision(gazetteer: Lookups, where: str, line: int, row: Mapping[str, str]) -> Decision:
    if not row["decided_by"]:
        raise _refused(f"{where}: a decision needs a name in decided_by: say who took it")
    place = None
    if row["decision"].casefold() != _NONE:
        try:
            place = gazetteer.place(row["decision"])
        except NotFoundError as error:
            since = row.get("gazetteer", "")
            is_other = since not in ("", gazetteer.info().content_hash)
            other = f" (the file was made with another one, {since[:12]})" if is_other else ""
            raise _refused(
                f"{where}: this gazetteer{other} has no place with the id {row['decision']!r}: "
                f"write the id of a place, or {_NONE}"
            ) from error
    on = row.get("decided_on", "").removesuffix(" 00:00:00")  # a workbook keeps a day as a point in time
    return Decision(line, place, row["decided_by"], on, row.get("why", ""))


def _changed(row: Mapping[str, str], place: Place | None) -> dict[str, str]:
    """Return, by its id, how a decided place differs from the review file's candidate."""
    if place is None:
        return {}
    name, position = place.name, f"{place.position.latitude:.5f}, {place.position.longitude:.5f}"
    for number in range(1, ALTERNATIVES + 1):
        place_id, *then = (row.get(f"candidate_{number}_{what}", "") for what in ("id", "name", "position"))
        if place_id == place.id and then != [collapsed(name), position]:
            return {place_id: f"{place_id} was {then[0]} at {then[1]} and is {name} at {position} now"}
    return {}


def _refused(message: str) -> TableError:
    return TableError(message, parameter="decisions")


def decided(cells: Cells, decision: Decision | None) -> dict[str, Any]:
    """Return a row's cells with its decision and :data:`DECIDED_COLUMNS`, blank without a decision."""
    new = {**cells, **dict.fromkeys(column.name for column in DECIDED_COLUMNS)}
    if decision is None:
        return new
    place = decision.place
    matches = () if place is None else (Match(place, 1.0, place.name, "decision"),)
    answer = Resolution(Query("", ""), "resolved" if matches else "unresolved", matches)
    new |= zip(GAZ_COLUMNS, name_values(answer), strict=True)
    new |= {name: cells[name] for name in ("gaz_unread", "gaz_country")}  # which are the text's
    new |= {"gaz_confidence": None, "gaz_matched_name": None, "gaz_method": "decision"}
    others = [one for one in candidates(cells) if place is None or one["place_id"] != place.id]
    new["gaz_alternatives"] = others
    new[GEOMETRY.name] = None if place is None else (new["gaz_longitude"], new["gaz_latitude"])
    new |= {column.name: None for column in TEXT_COLUMNS if column.name in cells}
    if GENERALISED.name in cells:
        new[GENERALISED.name] = None if place is None else place.generalised_to_deg
    if cells.get("gaz_point_latitude") is not None:
        named = () if place is None else (Spot.of(place),)
        values = point_values(_point_of(cells), named)
        new |= zip((column.name for column in POINT_COLUMNS), values, strict=True)
    new |= {
        "gaz_decided_by": decision.decided_by,
        "gaz_decided_on": decision.decided_on or None,
        "gaz_decision_note": decision.why or None,
    }
    return new


def _point_of(cells: Cells) -> RowPoint:
    """Return the row's own point from its cells."""
    return RowPoint(
        LatLon(cells["gaz_point_latitude"], cells["gaz_point_longitude"]),
        cells["gaz_point_reading"],
        cells["gaz_point_uncertainty_m"],
        tuple(
            AdminUnit(level, cells[f"gaz_point_adm{level}_pcode"], cells[f"gaz_point_adm{level}_name"], "")
            for level in (1, 2, 3)
            if cells[f"gaz_point_adm{level}_pcode"] is not None
        ),
        cells["gaz_point_admin_method"],
    )
