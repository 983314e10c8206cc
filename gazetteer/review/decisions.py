"""What a person decided: read from a review file, applied to rows, compared with today's gazetteer.

A decision is for a string with the areas beside it, as the review file lists it. It wins over the ranker:
``gaz_status`` is "resolved", ``gaz_method`` "decision", and ``gaz_confidence`` is empty, because the ranker's
probability says nothing of a person's choice. A decision for "none" leaves the row "unresolved", without a
position. ``gaz_decided_by``, ``gaz_decided_on`` and ``gaz_decision_note`` say who, when and why.
"""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from gazetteer.errors import NotFoundError, TableError
from gazetteer.review.candidates import Reviewed
from gazetteer.review.review_table import then_columns, unguarded
from gazetteer.review.strings import Written, collapsed
from gazetteer.tables.reading import read_table
from gazetteer.tables.table import as_text
from gazetteer.values import Place

#: What stands for no place of the gazetteer.
NONE = "none"
_NEEDED = ("place", "areas", "decision", "decided_by")
#: How many places that changed are said one by one.
_SAID = 5
_MIDNIGHT = " 00:00:00"


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision, and the number of its line.

    Parameters
    ----------
    line
        As a person counts: the header is 1.
    place
        The place decided for; None for no place of the gazetteer.
    decided_by, decided_on, why
        As written; the last two may be empty.
    """

    line: int
    place: Place | None
    decided_by: str
    decided_on: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Decisions:
    """The decisions of a file.

    Parameters
    ----------
    name
        The file's name, without its folder.
    sha256
        Of its bytes.
    taken
        The decision for each string.
    notes
        What a person should know, in words: how the gazetteer changed since.
    """

    name: str
    sha256: str
    taken: Mapping[Written, Decision]
    notes: tuple[str, ...] = ()


def read_decisions(gazetteer: Reviewed, path: Path) -> Decisions:
    """Read a review file that was filled in: CSV in any encoding that tables may have, or a workbook.

    Raises
    ------
    TableError
        If it can't be read or lacks a column; if a decision is no place of the gazetteer, has no name in
        ``decided_by``, or contradicts another for the same string. The message says the line.
    """
    table = read_table(path)
    names = [column.strip().casefold() for column in table.columns]
    if missing := [name for name in _NEEDED if name not in names]:
        raise _refused(f"{path.name} has no column {missing[0]}: take a file that --review wrote")
    today = gazetteer.info().content_hash
    taken: dict[Written, Decision] = {}
    changes = _Changes(path.name, today)
    for line, cells in table.numbered_rows():
        row = {name: unguarded(collapsed(as_text(cell))) for name, cell in zip(names, cells, strict=True)}
        if not row["decision"]:
            continue
        decision = _decision(gazetteer, path.name, line, row, today)
        string = Written(row["place"], row["areas"])
        before = taken.setdefault(string, decision)
        if before.place != decision.place:
            raise _refused(
                f"{path.name}, line {line}: {string.text!r} is decided otherwise in line {before.line}: "
                "leave one of the two"
            )
        changes.compare(row, decision.place)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return Decisions(path.name, digest, taken, changes.notes())


def filled_in(path: Path) -> int:
    """Return how many decisions a file holds; 0 where it is no review file."""
    try:
        table = read_table(path)
        names = [column.strip().casefold() for column in table.columns]
        if "decision" not in names:
            return 0
        at = names.index("decision")
        return sum(bool(row[at].strip()) for row in table.rows())
    except TableError:
        return 0


def _decision(gazetteer: Reviewed, name: str, line: int, row: Mapping[str, str], today: str) -> Decision:
    if not row["decided_by"]:
        raise _refused(f"{name}, line {line}: a decision needs a name in decided_by: say who took it")
    place = None
    if row["decision"].casefold() != NONE:
        try:
            place = gazetteer.place(row["decision"])
        except NotFoundError as error:
            since = row.get("gazetteer", "")
            other = f" (the file was made with another one, {since[:12]})" if since not in ("", today) else ""
            raise _refused(
                f"{name}, line {line}: this gazetteer{other} has no place with the id {row['decision']!r}: "
                f"write the id of a place, or {NONE}"
            ) from error
    on = row.get("decided_on", "").removesuffix(_MIDNIGHT)  # a workbook keeps a day as a point in time
    return Decision(line, place, row["decided_by"], on, row.get("why", ""))


class _Changes:
    """Notes how decided places differ from what the review file showed of them."""

    def __init__(self, name: str, today: str) -> None:
        self._name = name
        self._today = today
        self._since = ""
        self._changed: dict[str, str] = {}

    def compare(self, row: Mapping[str, str], place: Place | None) -> None:
        if row.get("gazetteer", "") in ("", self._today):
            return
        self._since = row["gazetteer"]
        if place is None:
            return
        now = (place.name, f"{place.position.latitude:.5f}, {place.position.longitude:.5f}")
        for columns in then_columns():
            place_id, *then = (row.get(column, "") for column in columns)
            if place_id == place.id and tuple(then) != (collapsed(now[0]), now[1]):
                self._changed[place.id] = (
                    f"{place.id} was {then[0]} at {then[1]} and is {now[0]} at {now[1]} now"
                )

    def notes(self) -> tuple[str, ...]:
        if not self._since:
            return ()
        changed = list(self._changed.values())
        said = changed[:_SAID]
        if len(changed) > _SAID:
            said.append(f"{len(changed) - _SAID} more decided places have changed")
        return (
            f"the gazetteer has changed since {self._name} was made (it was {self._since[:12]} and is "
            f"{self._today[:12]}): look over its decisions",
            *said,
        )


def unmet(decisions: Decisions, met: Collection[Written]) -> tuple[str, ...]:
    """Say which decisions were for strings that the table doesn't have."""
    idle = [decision.line for string, decision in decisions.taken.items() if string not in met]
    if not idle:
        return ()
    lines = ", ".join(map(str, idle[:_SAID])) + (
        f" and {len(idle) - _SAID} more" if len(idle) > _SAID else ""
    )
    return (f"no row of the table has the place and areas of {decisions.name}, line {lines}",)


def _refused(message: str) -> TableError:
    return TableError(message, parameter="decisions")
