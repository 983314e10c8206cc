"""The review file: each doubtful string once, with what a person needs to decide, and room for the decision.

It is CSV in UTF-8, with the byte order mark that spreadsheet programs need, or a workbook. The string that
decides most rows stands first. ``decision`` takes what :mod:`gazetteer.review.choices` says. A cell that a
spreadsheet program would run as a formula has an apostrophe before it, which reading takes away (OWASP, "CSV
Injection").

What a person wrote into an earlier file is kept: decisions, notes and columns of their own. Strings that are
decided stand last.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Final

from gazetteer.enrich.plan import ALTERNATIVES
from gazetteer.errors import TableError
from gazetteer.lookups import Lookups
from gazetteer.review.tally import EXAMPLES, Candidate, Doubt, PlaceString, collapsed
from gazetteer.tables.formats.csv import text_of
from gazetteer.tables.reading import read_table
from gazetteer.tables.table import ReadOptions, RowsTable, Source, as_text
from gazetteer.tables.writing import replacing_bytes, write_table
from gazetteer.values import counted

#: A row of a review file by its columns.
ReviewRow = Mapping[str, str]
#: The columns that a person fills in.
THEIRS: Final = ("decision", "decided_by", "decided_on", "why")
#: Those without which a file is no review file.
NEEDED: Final = ("place", "areas", "decision")
_ROWS: Final = ("row_ids", "dates", "notes")
_CANDIDATES: Final = tuple(
    f"candidate_{number}_{what}" for number in range(1, ALTERNATIVES + 1) for what in Candidate._fields
)
_HEADER: Final = (
    *("place", "areas", "rows", "status", "points_disagree"),
    *THEIRS,
    *_ROWS,
    *_CANDIDATES,
    "gazetteer",
)
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_BLOCK_ROWS = 1000
_BOM = b"\xef\xbb\xbf"
#: How much of a row's note is shown.
_NOTE_CHARACTERS = 300
_SUFFIXES = (".csv", ".xlsx")


def review_rows(
    gazetteer: Lookups, doubts: Iterable[Doubt], earlier: Mapping[PlaceString, ReviewRow]
) -> Iterator[list[str]]:
    """Yield the header and the rows of a review file; `earlier` has the rows of the file before."""
    own = tuple(dict.fromkeys(name for row in earlier.values() for name in row if name not in _HEADER))
    header = (*_HEADER, *own)
    yield list(header)
    met = set[PlaceString]()
    for doubt in doubts:
        string = PlaceString(doubt.text, doubt.areas)
        met.add(string)
        before = earlier.get(string, {})
        row = {name: before.get(name, "") for name in (*THEIRS, *own)} | _of_doubt(gazetteer, doubt)
        yield [row.get(name, "") for name in header]
    for string, before in earlier.items():
        if string not in met and any(before.get(name) for name in (*THEIRS, *own)):
            yield [before.get(name, "") for name in header]


def _of_doubt(gazetteer: Lookups, doubt: Doubt) -> dict[str, str]:
    """Return what a review file says of a string."""
    found = [cell for one in doubt.candidates for cell in Candidate.of(gazetteer, one)]
    ids = [one.id or str(one.number) for one in doubt.examples]
    dates, notes = (list(dict.fromkeys(filter(None, some))) for some in (
        (one.date for one in doubt.examples), (_cut(one.note) for one in doubt.examples)
    ))  # fmt: skip
    return {
        "place": doubt.text,
        "areas": doubt.areas,
        "rows": str(doubt.rows),
        "status": doubt.status,
        "points_disagree": str(doubt.disagree or ""),
        "row_ids": "; ".join([*ids, *(["…"] if doubt.rows > EXAMPLES else [])]),
        "dates": "; ".join(dates),
        "notes": " | ".join(notes),
        **dict(zip(_CANDIDATES, found, strict=False)),
        "gazetteer": gazetteer.info().content_hash,
    }


def _cut(note: str) -> str:
    return note if len(note) <= _NOTE_CHARACTERS else f"{note[:_NOTE_CHARACTERS]}…"


def review_csv(rows: Iterator[list[str]]) -> Iterator[bytes]:
    """Yield a review file as CSV."""
    yield _BOM
    while block := list(islice(rows, _BLOCK_ROWS)):
        yield text_of(block, ",", guarded).encode()


def write_review(path: Path, rows: Iterator[list[str]]) -> None:
    """Write a review file, as its name ends, or raise TableError."""
    if path.suffix.lower() == ".xlsx":
        header, *cells = ([guarded(cell) for cell in row] for row in rows)
        write_table(path, RowsTable(tuple(header), cells))
        return
    with replacing_bytes(path) as file:
        file.writelines(review_csv(rows))


def check_review(path: Path, decisions: Path | None) -> None:
    """Refuse a name of another format, and to write over a reviewer's work that wasn't read."""
    if path.suffix.lower() not in _SUFFIXES:
        raise TableError(
            f"{path} can't be written as a review file: end its name in {' or '.join(_SUFFIXES)}",
            parameter="review",
        )
    is_read = decisions is not None and decisions.resolve() == path.resolve()
    if path.exists() and not is_read and (filled := _filled_in(path)):
        raise TableError(
            f"{path} holds {counted(filled, 'decision')} that would be lost: to keep them, hand it in with "
            f"--decisions {path} too, or give --review another name",
            parameter="review",
        )


def _filled_in(path: Path) -> int:
    """Return how many rows of a file have a decision; 0 where it is no review file."""
    try:
        return sum(bool(row["decision"]) for _, row in read_review(Source(str(path), path)))
    except TableError:
        return 0


def read_review(source: Source, options: ReadOptions | None = None) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the rows of a review file, whatever its format, each with the number of its line."""
    table = read_table(source, options)
    names = [column.strip() for column in table.columns]
    names = [name.casefold() if name.casefold() in _HEADER else unguarded(name) for name in names]
    if missing := [name for name in NEEDED if name not in names]:
        raise TableError(
            f"{Path(source.name).name} has no column {missing[0]}: take a file that --review wrote",
            parameter="decisions",
        )
    for line, cells in table.numbered_rows():
        row = {name: unguarded(collapsed(as_text(cell))) for name, cell in zip(names, cells, strict=True)}
        if day := row.get("decided_on"):
            row["decided_on"] = day.removesuffix(" 00:00:00")  # a workbook keeps a day as a point in time
        yield line, row


def guarded(cell: str) -> str:
    """Return a cell that no spreadsheet program runs: "=1+1" becomes "'=1+1", and that "''=1+1"."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def unguarded(cell: str) -> str:
    """Return a cell as it was before `guarded`; one whose apostrophe a program removed stays as it is."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
