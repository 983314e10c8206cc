"""The file that a person reviews: each doubtful string once, the most frequent first, with its candidates.

It is CSV in UTF-8 with a byte order mark, because spreadsheet programs read it as another encoding without.
``decision`` takes the id of a place, or "none" where no place of the gazetteer is meant. ``gazetteer`` is the
hash of the gazetteer that the candidates come from.

A cell that a spreadsheet program would run as a formula stands behind an apostrophe, which is taken away
when the file is read (OWASP, "CSV Injection").
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import astuple
from itertools import islice
from pathlib import Path

from gazetteer.enrich.plan import ALTERNATIVES
from gazetteer.errors import TableError
from gazetteer.review.candidates import Reviewed, listed
from gazetteer.review.tally import Doubt
from gazetteer.tables.formats.csv import text_of
from gazetteer.tables.writing import replacing_bytes

_STRING = ("place", "areas", "rows", "status", "points_disagree")
_DECISION = ("decision", "decided_by", "decided_on", "why")
_CANDIDATE = ("id", "name", "kind", "area", "position", "confidence")
_HEADER = (
    *_STRING,
    *_DECISION,
    *(f"candidate_{number}_{what}" for number in range(1, ALTERNATIVES + 1) for what in _CANDIDATE),
    "gazetteer",
)
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_BLOCK_ROWS = 1000
_BOM = b"\xef\xbb\xbf"


def write_review(gazetteer: Reviewed, path: Path, doubts: Iterable[Doubt]) -> None:
    """Write the file.

    Raises
    ------
    TableError
        If it can't be written.
    """
    with replacing_bytes(path) as file:
        file.write(_BOM + text_of([_HEADER]).encode())
        rows = _rows(gazetteer, doubts)
        while block := list(islice(rows, _BLOCK_ROWS)):
            file.write(text_of(block, ",", guarded).encode())


def _rows(gazetteer: Reviewed, doubts: Iterable[Doubt]) -> Iterator[list[str]]:
    content_hash = gazetteer.info().content_hash
    for doubt in doubts:
        found = [cell for one in listed(gazetteer, doubt.candidates) for cell in astuple(one)]
        blank = [""] * (ALTERNATIVES * len(_CANDIDATE) - len(found))
        yield [
            *(doubt.text, doubt.areas, str(doubt.rows), doubt.status, str(doubt.disagree or "")),
            *[""] * len(_DECISION),
            *(*found, *blank, content_hash),
        ]


def then_columns() -> list[tuple[str, str, str]]:
    """Return the columns that hold id, name and position of each candidate."""
    return [
        (f"candidate_{n}_id", f"candidate_{n}_name", f"candidate_{n}_position")
        for n in range(1, ALTERNATIVES + 1)
    ]


def check_review_name(path: Path) -> None:
    """Refuse a name that doesn't end in .csv.

    Raises
    ------
    TableError
        If it doesn't.
    """
    if path.suffix.lower() != ".csv":
        raise TableError(
            f"{path} can't be written as a review file: end its name in .csv", parameter="review"
        )


def guarded(cell: str) -> str:
    """Return a cell that no spreadsheet program runs, and from which `unguarded` gets it back.

    Examples
    --------
    >>> guarded("=1+1"), guarded("'=1+1"), guarded("Idlib")
    ("'=1+1", "''=1+1", 'Idlib')
    """
    return f"'{cell}" if _FORMULA.match(cell) else cell


def unguarded(cell: str) -> str:
    """Return a cell as it was before `guarded`; one that a spreadsheet program bared stays as it is.

    Examples
    --------
    >>> unguarded("'=1+1"), unguarded("=1+1"), unguarded("'Ayn")
    ('=1+1', '=1+1', "'Ayn")
    """
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
