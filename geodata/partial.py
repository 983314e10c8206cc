"""A file that is being received: the part on disk, and which version of which address it is a part of.

The part may be gone on with only if the server can be asked for exactly that version, by a strong ETag
or a date (RFC 9110, sections 13.1.5 and 14.2). Both files lie beside the place of the finished one.
"""

import contextlib
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO, Final

from gazetteer.errors import GazetteerFileError

__all__ = ["DiskFullError", "Origin", "Partial", "Validators"]

# What is left free beside the file itself: the list of pulled files and the file system's own needs.
_SPARE_BYTES: Final = 1 << 20


class DiskFullError(GazetteerFileError):
    """There is no room for a file."""


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server calls one version of a file; either may be empty."""

    etag: str = ""
    last_modified: str = ""

    def headers(self) -> dict[str, str]:
        """Return the request headers that ask for the file only if it is another version."""
        if self.etag:
            return {"If-None-Match": self.etag}
        return {"If-Modified-Since": self.last_modified} if self.last_modified else {}


@dataclass(frozen=True, slots=True)
class Origin:
    """The address and the version that a part belongs to."""

    url: str
    validators: Validators

    def range_headers(self, start: int) -> dict[str, str]:
        """Return the request headers for the rest from byte `start`, if it is still this version.

        Empty when the version has no name that is exact: a weak ETag may be shared by files that differ.
        """
        etag = self.validators.etag
        version = etag if etag and not etag.startswith("W/") else self.validators.last_modified
        return {"Range": f"bytes={start}-", "If-Range": version} if version else {}

    def may_be(self, other: "Origin") -> bool:
        """Whether another answer may be of this version: nothing that both of them name differs."""
        mine, theirs = self.validators, other.validators
        same_tag = not (mine.etag and theirs.etag) or mine.etag == theirs.etag
        same_day = (
            not (mine.last_modified and theirs.last_modified) or mine.last_modified == theirs.last_modified
        )
        return self.url == other.url and same_tag and same_day


class Partial:
    """A ``.part`` file and the note beside it, ``.part.origin``."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._note = path.with_name(f"{path.name}.origin")

    def size(self) -> int:
        """Return how many bytes are there."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    def origin_of(self, url: str) -> Origin | None:
        """Return what the part belongs to; None when it is not known, or is another address."""
        try:
            note = json.loads(self._note.read_text(encoding="utf-8"))
            origin = Origin(note["url"], Validators(**note["validators"]))
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None
        return origin if origin.url == url else None

    def forget(self) -> None:
        """Delete both files."""
        for path in (self.path, self._note):
            path.unlink(missing_ok=True)

    def take(self, target: Path) -> None:
        """Let the part, now whole, take the place of `target`."""
        os.replace(self.path, target)
        self._note.unlink(missing_ok=True)

    @contextlib.contextmanager
    def open(self, start: int, origin: Origin | None, total: int | None) -> Iterator[BinaryIO]:
        """Open the part for what comes from byte `start` on.

        Parameters
        ----------
        start
            Where the answer begins; what the part has beyond is dropped.
        origin
            What the part belongs to from now on; None when that stays.
        total
            Size of the whole file, if known, to see in time that it will not fit.

        Raises
        ------
        DiskFullError
            If the whole file does not fit on the disk.
        """
        if total is not None:
            free = shutil.disk_usage(self.path.parent).free
            if total - start + _SPARE_BYTES > free:
                raise DiskFullError(
                    f"{self.path.parent} has room for {free:,} more bytes, and {total - start:,} are to come:"
                    " make room, or name another folder with --into"
                )
        with self.path.open("r+b" if start else "wb") as out:
            if origin:  # after the part is empty: it is never taken for a part of the new version
                self._note.write_text(json.dumps(asdict(origin)), encoding="utf-8")
            out.truncate(start)
            out.seek(start)
            yield out
