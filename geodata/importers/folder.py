"""The files of a folder and of the folders in it, zip archives among them.

Archives are unpacked into a folder that is removed afterwards. What cannot be read is listed with its reason
and stops nothing.
"""

import contextlib
import errno
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gazetteer.errors import GazetteerError, GazetteerFileError
from geodata.importers.layers import Layer, is_workbook, layers_of

__all__ = ["Skipped", "open_layers"]

_SIDECARS: Final = frozenset((".shx", ".dbf", ".prj", ".cpg", ".sbn", ".sbx", ".qix", ".qmd", ".qpj", ".xml"))
_MOST_UNPACKED_BYTES: Final = 4 << 30
_DEEPEST_ARCHIVE: Final = 2
# Windows has no quotas of this kind.
_FULL: Final = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))


class _NoRoomError(GazetteerFileError):
    """The temporary folder is full."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that holds nothing we can read, and why."""

    shown: str
    reason: str


@contextlib.contextmanager
def open_layers(folder: Path) -> Iterator[tuple[list[Layer], list[Skipped]]]:
    """Give every layer of a folder and the folders in it, in the order of names.

    Raises
    ------
    GazetteerFileError
        If there is no such folder, or the temporary folder has no room for what archives hold.
    """
    if not folder.is_dir():
        raise GazetteerFileError(
            f"there is no folder {folder}: name the one that 'gazetteer-data pull' filled"
        )
    with tempfile.TemporaryDirectory(prefix="gazetteer-data-") as unpacked:
        found: list[Layer] = []
        skipped: list[Skipped] = []
        _walk(folder, "", Path(unpacked), 0, found, skipped)
        yield found, skipped


def _walk(
    folder: Path, shown: str, spare: Path, depth: int, found: list[Layer], skipped: list[Skipped]
) -> None:
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        name = shown + path.relative_to(folder).as_posix()
        if path.name.startswith(".") or path.suffix.lower() == ".part" or _is_sidecar(path):
            continue
        try:
            if not zipfile.is_zipfile(path) or is_workbook(path):
                found += layers_of(path, name)
            elif depth < _DEEPEST_ARCHIVE:
                inside = spare / f"{depth}-{len(found)}-{len(skipped)}-{path.name}"
                _unpack(path, inside)
                _walk(inside, f"{name}/", spare, depth + 1, found, skipped)
        except _NoRoomError:  # skipping the file would give a gazetteer without it
            raise
        except (GazetteerError, OSError, ValueError, RuntimeError, KeyError, zipfile.BadZipFile) as error:
            skipped.append(Skipped(name, " ".join(str(error).split())))


def _is_sidecar(path: Path) -> bool:
    return path.suffix.lower() in _SIDECARS and (
        path.with_suffix(".shp").is_file() or path.name.lower().endswith(".shp.xml")
    )


def _unpack(path: Path, into: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        if sum(item.file_size for item in archive.infolist()) > _MOST_UNPACKED_BYTES:
            raise GazetteerFileError(f"{path.name} unpacks to more than 4 GB")
        try:
            archive.extractall(into)  # zipfile itself strips ".." and absolute names
        except OSError as error:
            if error.errno not in _FULL:
                raise
            raise _NoRoomError(
                f"{path.name} has no room in {tempfile.gettempdir()} ({error.strerror}): make room there, or"
                " name another temporary folder with TMPDIR"
            ) from error
