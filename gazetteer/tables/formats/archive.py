"""A zip file opened with care: what it says it unfolds to is added up before anything is unfolded.

A zip bomb is refused for its declared sizes. One that declares less than it holds gains nothing: never
more than the declared bytes of a part are unfolded, and a part that doesn't end there, or whose check sum
differs, is refused as damaged.
"""

import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from gazetteer.tables.table import Source, refused

__all__ = ["blocks_of", "opened_archive", "opened_part"]

_BLOCK_BYTES = 1 << 16
#: A workbook has a few dozen parts; ten thousand leave room for one picture a row.
_MOST_PARTS = 10_000
#: Parts that unfold to no more than this may be packed as tightly as they like.
_SMALL_BYTES = 64 << 20
#: Deflate packs at most 1032 bytes into one (zlib's "technical details"); sheets of data come to 5 to 40.
_MOST_RATIO = 200
#: How a workbook's parts are packed (ECMA-376 part 2, C.2): not at all, or by Deflate.
_PACKINGS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})


@contextmanager
def opened_archive(source: Source, *, limit: int) -> Iterator[zipfile.ZipFile]:
    """Open a zip file whose parts unfold to no more than `limit` bytes together.

    Raises
    ------
    TableError
        If it is too large unfolded, locked or damaged; also when the damage shows only inside the block.
    """
    with source.open() as file:
        try:
            with _index_read(file) as archive:
                _check(source.name, archive.infolist(), limit)
                yield archive
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
            why = str(error) or "it ends too early"
            raise refused(
                f"{source.name} is damaged or cut short ({why}): fetch it again, or open it in a spreadsheet "
                "program and save it as .xlsx"
            ) from error


def _check(name: str, parts: list[zipfile.ZipInfo], limit: int) -> None:
    total = sum(part.file_size for part in parts)
    packed = sum(part.compress_size for part in parts)
    if total > limit or len(parts) > _MOST_PARTS or (total > _SMALL_BYTES and total > packed * _MOST_RATIO):
        raise refused(
            f"{name} would unfold from {packed:,} to {total:,} bytes in {len(parts):,} parts, which is too "
            "much: save the sheet as CSV (UTF-8)"
        )
    if any(part.flag_bits & 1 for part in parts):
        raise refused(f"{name} is locked with a password: save it without one")
    if not _PACKINGS.issuperset(part.compress_type for part in parts):
        raise refused(f"{name} is packed as no Excel workbook is: save it again as .xlsx")


@contextmanager
def _damage_named() -> Iterator[None]:
    """Call damage by the one name: zipfile lets out whatever a wrong number in an archive leads to."""
    try:
        yield
    except (OSError, ValueError, OverflowError, RuntimeError, struct.error) as error:
        raise zipfile.BadZipFile(str(error)) from error


def _index_read(file: IO[bytes]) -> zipfile.ZipFile:
    """Return an archive, of which only the list of parts has been read."""
    with _damage_named():
        return zipfile.ZipFile(file)


def opened_part(archive: zipfile.ZipFile, part: str) -> IO[bytes]:
    """Open a part.

    Raises
    ------
    KeyError
        If there is none of this name.
    zipfile.BadZipFile
        If it isn't where the archive says, which :func:`opened_archive` answers.
    """
    with _damage_named():
        return archive.open(part)


def blocks_of(archive: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    """Yield the bytes of a part, unfolded, in blocks."""
    with opened_part(archive, part) as file:
        while block := file.read(_BLOCK_BYTES):
            yield block
