"""The decisions that come back in a review file, and the cells of a decided row.

A decision is for a place string with the areas beside it, and wins over what was read: ``gaz_method`` is
"decision" and ``gaz_confidence`` empty. What it may be is in :mod:`gazetteer.review.choices`. "none" leaves
the row "unresolved", without a position. ``gaz_decided_by``, ``gaz_decided_on`` and ``gaz_decision_note`` say
who, when and why.
"""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
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
from gazetteer.errors import InputError, TableError
from gazetteer.geodesy import LatLon
from gazetteer.lookups import Lookups
from gazetteer.review.choices import ACCEPT, METHOD, choose
from gazetteer.review.review_file import ReviewRow, read_review
from gazetteer.review.tally import Cells, PlaceString, candidates, collapsed
from gazetteer.tables.layout import Column
from gazetteer.tables.table import ReadOptions, Source
from gazetteer.values import AdminUnit

#: Who decided, when and why.
DECIDED_COLUMNS = (
    Column("gaz_decided_by", "text", "#meta+decision+by"),
    Column("gaz_decided_on", "text", "#date+decision"),
    Column("gaz_decision_note", "text", "#meta+decision+note"),
)
#: How many changed places, wrong decisions, and lines without a row, are listed.
_LISTED = 5


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision, and the number of its line; the header is line 1."""

    line: int
    match: Match | None  # None for no place of the gazetteer
    decided_by: str
    decided_on: str
    why: str
    as_it_is: bool = False  # the several places of the answer were accepted


@dataclass(frozen=True, slots=True)
class Decisions:
    """The decisions of a file, by string, and in words how the gazetteer changed since."""

    name: str  # without its folder
    sha256: str
    taken: Mapping[PlaceString, Decision]
    rows: Mapping[PlaceString, ReviewRow]  # of the whole file
    notes: tuple[str, ...]

    def unmet(self, met: Collection[PlaceString]) -> tuple[str, ...]:
        """Return a note on the decisions for strings that the table doesn't have."""
        idle = [decision.line for string, decision in self.taken.items() if string not in met]
        if not idle:
            return ()
        return (f"no row of the table has the place and areas of {self.name}, {_lines(idle)}",)


def read_decisions(gazetteer: Lookups, source: Source, options: ReadOptions | None = None) -> Decisions:
    """Read a filled-in review file, as any table; TableError names the lines of wrong decisions."""
    name = Path(source.name).name
    today = gazetteer.info().content_hash
    taken: dict[PlaceString, Decision] = {}
    rows: dict[PlaceString, ReviewRow] = {}
    wrong: dict[int, str] = {}
    changed: dict[str, str] = {}
    since = ""
    for line, row in read_review(source, options):
        string = PlaceString(row["place"], row["areas"])
        if not row["decision"]:
            rows.setdefault(string, row)
            continue
        rows[string] = row
        try:
            decision = _decision(gazetteer, line, row)
            before = taken.setdefault(string, decision)
            if (before.match, before.as_it_is) != (decision.match, decision.as_it_is):
                raise InputError(
                    f"{string.text!r} is decided otherwise in line {before.line}: leave one of the two"
                )
        except InputError as error:
            wrong[line] = str(error)
            continue
        if row.get("gazetteer", "") not in ("", today):
            since = row["gazetteer"]
            changed |= _changed(row, decision.match)
    if wrong:
        first, *others = wrong
        more = f"; {_lines(others)} can't be used either" if others else ""
        raise TableError(f"{name}, line {first}: {wrong[first]}{more}", parameter="decisions")
    notes: tuple[str, ...] = ()
    if since:
        rest = len(changed) - _LISTED
        notes = (
            f"the gazetteer has changed since {name} was made (it was {since[:12]} and is "
            f"{today[:12]}): look over its decisions",
            *list(changed.values())[:_LISTED],
            *([f"{rest} more decided places have changed"] if rest > 0 else []),
        )
    with source.open_file() as opened:
        file: Any = opened
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Decisions(name, digest, taken, rows, notes)


def _lines(numbers: list[int]) -> str:
    more = f" and {len(numbers) - _LISTED} more" if len(numbers) > _LISTED else ""
    return f"line{'' if len(numbers) == 1 else 's'} {', '.join(map(str, numbers[:_LISTED]))}{more}"


def _decision(gazetteer: Lookups, line: int, row: ReviewRow) -> Decision:
    """Return the decision of a row, or raise InputError."""
    by = row.get("decided_by", "")
    if "decided_by" in row and not by:
        raise InputError("a decision needs a name in decided_by: say who took it")
    who = by, row.get("decided_on", ""), row.get("why", "")
    if row["decision"].casefold() == ACCEPT and row.get("status") == "several":
        return Decision(line, None, *who, as_it_is=True)
    try:
        match = choose(gazetteer, row["decision"], _candidates(row))
    except InputError as error:
        since = row.get("gazetteer", "")
        if since in ("", gazetteer.info().content_hash):
            raise
        raise InputError(f"{error} (the file was made with another gazetteer, {since[:12]})") from error
    return Decision(line, match, *who)


def _candidates(row: ReviewRow) -> list[str]:
    """Return the candidates of a row, each as a decision for it."""
    found = []
    for number in range(1, ALTERNATIVES + 1):
        place_id, position, radius_m = (
            row.get(f"candidate_{number}_{what}", "") for what in ("id", "position", "radius_m")
        )
        if place_id or position:
            point = ", ".join(position.split(", ")[:2])  # without the cell that it may be generalised to
            found.append(place_id or f"{point} within {radius_m} m")
    return found


def _changed(row: ReviewRow, match: Match | None) -> dict[str, str]:
    """Return, by its id, how a decided place differs from the review file's candidate."""
    if match is None:
        return {}
    place = match.place
    name, position = place.name, f"{place.position.latitude:.5f}, {place.position.longitude:.5f}"
    for number in range(1, ALTERNATIVES + 1):
        place_id, *then = (row.get(f"candidate_{number}_{what}", "") for what in ("id", "name", "position"))
        if place_id == place.id and then != [collapsed(name), position]:
            return {place_id: f"{place_id} was {then[0]} at {then[1]} and is {name} at {position} now"}
    return {}


def decided(cells: Cells, decision: Decision | None) -> dict[str, Any]:
    """Return a row's cells with its decision and :data:`DECIDED_COLUMNS`, blank without a decision."""
    new = {**cells, **dict.fromkeys(column.name for column in DECIDED_COLUMNS)}
    if decision is None:
        return new
    who = decision.decided_by or None, decision.decided_on or None, decision.why or None
    new |= zip((column.name for column in DECIDED_COLUMNS), who, strict=True)
    if decision.as_it_is:
        return {**new, "gaz_confidence": None, "gaz_method": METHOD}
    match = decision.match
    place = None if match is None else match.place
    answer = Resolution(Query("", ""), "resolved" if match else "unresolved", (match,) if match else ())
    new |= zip(GAZ_COLUMNS, name_values(answer), strict=True)
    new |= {name: cells[name] for name in ("gaz_unread", "gaz_country")}  # which are the text's
    new |= {"gaz_confidence": None, "gaz_matched_name": None, "gaz_method": METHOD}
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
