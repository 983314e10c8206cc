"""Output that is there whole or not at all: written beside the target, flushed, then renamed over it.

Whatever ends the work early, an error or Ctrl-C, the unfinished file is removed and a target that was
there before stays as it was.
"""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TextIO

from gazetteer.errors import GazetteerError, TableError
from gazetteer.store.replacing import replacement

__all__ = ["check_target", "keep_from", "replacing", "replacing_bytes", "row_writer"]


@contextmanager
def replacing(
    target: str | Path, *, source: str | Path | None = None, encoding: str = "utf-8"
) -> Iterator[TextIO]:
    """Give a text file to write that becomes `target` when the block ends well.

    Parameters
    ----------
    target
        Where the output goes. A link is followed, so that the link itself stays.
    source
        The input, which must be another file.
    encoding
        Of the text; line ends are written as they are given.

    Raises
    ------
    TableError
        On entry if `target` is `source`, is a folder, or its folder is missing or not writable;
        later if the disk is full.
    """
    with replacing_bytes(target, source=source) as file:
        text = io.TextIOWrapper(file, encoding=encoding, newline="")
        yield text
        text.detach()  # which flushes it; the file itself is closed once it is on the disk


@contextmanager
def replacing_bytes(target: str | Path, *, source: str | Path | None = None) -> Iterator[BinaryIO]:
    """Give a file of bytes that becomes `target` when the block ends well; otherwise as :func:`replacing`."""
    named = Path(target)
    check_target(named, None if source is None else Path(source))
    try:
        with replacement(named.resolve()) as file:
            yield file
    except GazetteerError:  # a gazetteer file's trouble is an OSError too, but not the output's
        raise
    except OSError as error:
        message = f"{named} can't be written: {error.strerror or error}; nothing was changed"
        raise _refused(message) from error


def check_target(target: Path, source: Path | None) -> None:
    """Refuse an output that can't be, before any work.

    Raises
    ------
    TableError
        If `target` is `source`, a folder or a device, or its folder is missing.
    """
    if target.is_dir():
        raise _refused(f"{target} is a folder: name the file to write inside it")
    if target.exists() and not target.is_file():  # a file would take the device's place
        raise _refused(f"{target} is a device and no file: name a file, or - for standard output")
    if not target.resolve().parent.is_dir():
        raise _refused(f"there is no folder {target.resolve().parent} to write into: make it first")
    if source is not None and target.exists() and source.exists() and target.samefile(source):
        raise _refused(f"the output {target} is the input: give the output another name")


def keep_from(target: Path, gazetteer_file: Path) -> None:
    """Refuse an output that is the very file that the places come from.

    Raises
    ------
    TableError
        If both names lead to one file.
    """
    if target.exists() and gazetteer_file.exists() and target.samefile(gazetteer_file):
        raise _refused(f"the output {target} is the gazetteer file: give the output another name")


def row_writer(file: TextIO, *, delimiter: str) -> Callable[[Sequence[str]], object]:
    """Return a function that writes one row so that every cell reads back as it was.

    Rows end in a line feed. Cells are quoted where they must be; a row with a carriage return in it
    is quoted whole, because the csv module leaves a lone one bare (before Python 3.13).
    """
    plain = csv.writer(file, delimiter=delimiter, lineterminator="\n")
    quoted = csv.writer(file, delimiter=delimiter, lineterminator="\n", quoting=csv.QUOTE_ALL)

    def write(row: Sequence[str]) -> object:
        return (quoted if any("\r" in cell for cell in row) else plain).writerow(row)

    return write


def _refused(message: str) -> TableError:
    return TableError(message, parameter="output")
