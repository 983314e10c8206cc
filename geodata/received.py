"""Whether a file that came is whole and what it should be, before it takes the place of anything.

Three looks: is it the format that its name says (a network that wants a log-in answers everything with a
web page); does a zip, which every ``.xlsx`` is too, open and does each member match its own CRC-32; and
does it match the checksum that the publisher gives, where one is given.

What HDX publishes as ``hash``
------------------------------
Tools that upload to HDX write three things there, as its own library does (``hdx.utilities.file_hashing``
in hdx-python-utilities): the MD5 of the file; for a zip the CRC-32s of its members, XORed, as 8 hex digits;
for an ``.xlsx`` the MD5 of the cells as openpyxl reads them. All three are known here. The third needs
openpyxl; without it only the zip inside the workbook is checked.
"""

import hashlib
import re
import warnings
import zipfile
import zlib
from functools import reduce
from operator import xor
from pathlib import Path, PurePosixPath
from typing import Final

from gazetteer.errors import GazetteerError

__all__ = ["DamagedError", "check_received", "sha256_of"]

_ZIPS: Final = frozenset({".zip", ".xlsx", ".kmz"})
_MOST_UNPACKED: Final = 4 << 30
_BY_LENGTH: Final = {32: "md5", 40: "sha1", 64: "sha256"}
_CHECKSUM: Final = re.compile(r"(?:(md5|sha1|sha256|sha512)[:=])?([0-9a-f]+)", re.IGNORECASE)
_CRC_DIGITS: Final = 8
#: What openpyxl raises for a zip that is no workbook; a broken XML inside is a SyntaxError.
_NO_WORKBOOK: Final = (KeyError, ValueError, TypeError, AttributeError, IndexError, OSError, SyntaxError)


class DamagedError(GazetteerError):
    """What came is not the file that it should be."""


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    return _digest(path, "sha256")


def check_received(path: Path, *, name: str, checksum: str = "") -> None:
    """Check a file that came.

    Parameters
    ----------
    path
        Where it lies now.
    name
        The name that it will have; its ending says what it should be.
    checksum
        As published, with or without the name of the algorithm before it; empty, or of a kind that is
        not known, where there is nothing to compare with.

    Raises
    ------
    DamagedError
        If it is not whole, or not what it should be.
    """
    ending = PurePosixPath(name).suffix.casefold()
    with path.open("rb") as file:
        head = file.read(512).lstrip(b"\xef\xbb\xbf \t\r\n")
    if not head:
        raise DamagedError(f"{name} came empty: try again later")
    if ending in _ZIPS or ending in (".geojson", ".json", ".csv"):
        if head[:1] == b"<":
            raise DamagedError(f"{name} came as a web page: this network may want you to log in first")
        if ending in (".geojson", ".json") and head[:1] != b"{":
            raise DamagedError(f"{name} is not GeoJSON: try again later")
    if ending in _ZIPS:
        _check_zip(path, name)
    if checksum and not _matches(path, ending, checksum):
        raise DamagedError(
            f"{name} does not have the checksum that its publisher gives ({checksum}): it was damaged on the"
            " way, or is being replaced; try again, or take it as it is with --no-checksum"
        )


def _check_zip(path: Path, name: str) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if any(_leads_out(member.filename) for member in members):
                raise DamagedError(f"{name} has a member that leads out of its folder: it is not taken")
            if sum(member.file_size for member in members) > _MOST_UNPACKED:
                raise DamagedError(f"{name} would unpack to more than 4 GB: it is not taken")
            damaged = archive.testzip()
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise DamagedError(f"{name} is not a whole zip file ({error}): try again") from error
    if damaged:
        raise DamagedError(f"{name} is damaged: its member {damaged} does not match its CRC-32; try again")


def _leads_out(member: str) -> bool:
    path = PurePosixPath(member.replace("\\", "/"))
    return path.is_absolute() or ".." in path.parts or member[1:2] == ":"


def _matches(path: Path, ending: str, published: str) -> bool:
    """Whether a file has a published checksum; True where it cannot be told."""
    parts = _CHECKSUM.fullmatch(published.strip())
    if not parts:
        return True
    digits = parts[2].casefold()
    algorithm = (parts[1] or _BY_LENGTH.get(len(digits), "")).casefold()
    if algorithm:
        if _digest(path, algorithm) == digits:
            return True
        # Only a bare MD5 may be one of the cells.
        return ending == ".xlsx" and not parts[1] and algorithm == "md5" and _cells_match(path, digits)
    if len(digits) == _CRC_DIGITS and ending in _ZIPS:
        with zipfile.ZipFile(path) as archive:
            return f"{reduce(xor, (member.CRC for member in archive.infolist()), 0):08x}" == digits
    return True


def _cells_match(path: Path, digits: str) -> bool:
    try:
        import openpyxl
    except ImportError:
        return True
    digest = hashlib.md5(usedforsecurity=False)
    # As an open file: by its path openpyxl would refuse the ending ".part". Its warnings are of styles.
    with path.open("rb") as file, warnings.catch_warnings(action="ignore"):
        try:
            workbook = openpyxl.load_workbook(file, read_only=True, data_only=True)
            for sheet in workbook.worksheets:
                digest.update(sheet.title.encode())
                for row in sheet.iter_rows(values_only=True):
                    digest.update(str(row).encode())
        except _NO_WORKBOOK:
            return False
    return digest.hexdigest() == digits


def _digest(path: Path, algorithm: str) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.new(algorithm, usedforsecurity=False)).hexdigest()
