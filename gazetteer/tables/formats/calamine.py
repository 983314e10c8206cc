"""Sheets as calamine reads them, whole and at once: a .xls in a process of its own.

calamine trusts what a file says of its own sizes, and where it can't have the memory that a damaged .xls asks
for, it ends the process. So that process is none of ours: this file, run alone, takes a workbook at standard
input and gives a :class:`Book` at standard output. Where it ends otherwise, or takes too long, the book is
refused in one sentence. It imports nothing of ours, and so starts in some hundredths of a second.
"""

import io
import os
import pickle  # nosec B403 # what is read with it was written by the process that this one started
import subprocess  # nosec B404 # runs this module, by this Python
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any, BinaryIO, Final, NamedTuple

if TYPE_CHECKING:
    from gazetteer.tables.table import Source

#: Cells of a sheet, empty ones among them: a full .xls of sixty columns has 4 million.
_MAX_AREA: Final = 5_000_000
#: The seconds and bytes of memory that reading a .xls may take.
_MAX_S: Final = 60.0
_MAX_BYTES: Final = 2 << 30


class Book(NamedTuple):
    """A workbook, with the cells of one sheet."""

    sheets: dict[str, bool]  # those with cells, by name, and whether each is shown
    first: tuple[int, int]  # the row and the column of the first cell, from 0
    rows: list[list[Any]] | None  # None where the cells are so far apart that they aren't read
    merged: list[tuple[tuple[int, int], tuple[int, int]]]  # the first and the last cell, from 0


def read_book(source: "Source", sheet: str | None, *, apart: bool) -> Book:
    """Return a workbook with the cells of the sheet of this name, or of the first that is shown.

    Raises
    ------
    TableError
        If it can't be read.
    """
    from gazetteer.tables.table import refused

    with source.open() as file:
        try:
            return _asked(file.read(), sheet) if apart else _read(file, sheet)
        except subprocess.TimeoutExpired as error:
            raise refused(
                f"{source.name} takes longer than {_MAX_S:.0f} s to read: save it as .xlsx or .csv"
            ) from error
        except BaseException as error:
            if not _is_damage(error):
                raise
            raise refused(
                f"{source.name} is a spreadsheet that can't be read, damaged or locked with a password: save "
                "it as .xlsx, without a password"
            ) from error


def _is_damage(error: BaseException) -> bool:
    """Whether an error is calamine's, or of a process that it ended."""
    from python_calamine import CalamineError

    known = (CalamineError, subprocess.SubprocessError)
    return isinstance(error, known) or type(error).__name__ == "PanicException"


def _read(file: BinaryIO, sheet: str | None) -> Book:
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    with CalamineWorkbook.from_filelike(file) as book:
        sheets = {
            one.name: one.visible is SheetVisibleEnum.Visible
            for one in book.sheets_metadata
            if one.typ is SheetTypeEnum.WorkSheet
        }
        name = sheet or next((one for one, is_shown in sheets.items() if is_shown), next(iter(sheets), ""))
        if name not in sheets:
            return Book(sheets, (0, 0), [], [])
        found = book.get_sheet_by_name(name)
        is_far_apart = found.total_height * found.total_width > _MAX_AREA
        rows = None if is_far_apart else found.to_python()
        return Book(sheets, found.start or (0, 0), rows, found.merged_cell_ranges or [])


def _asked(content: bytes, sheet: str | None) -> Book:
    """Return what another process reads; SubprocessError where it ends otherwise."""
    # It finds calamine where this process does, and nothing in the folders of the user or of this file.
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    ended = subprocess.run(  # nosec B603 # no word of it is of others
        [sys.executable, "-P", __file__],
        input=pickle.dumps((content, sheet)),
        capture_output=True,
        env=environment,
        timeout=_MAX_S,
        check=True,
    )
    return Book(*pickle.loads(ended.stdout))  # nosec B301 # see above


def _answer() -> None:
    """Read the workbook at standard input."""
    with suppress(ImportError, ValueError, OSError):  # where the system has such limits
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MAX_BYTES, _MAX_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    content, sheet = pickle.load(sys.stdin.buffer)  # nosec B301 # see above
    sys.stdout.buffer.write(pickle.dumps(tuple(_read(io.BytesIO(content), sheet))))


if __name__ == "__main__":
    _answer()
