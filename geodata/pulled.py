"""``pull.json``: what was pulled into a folder, from where, when, and with which checksum.

It lies in the folder beside one sub-folder a source. A pull reads it to leave alone what is current, a
build copies it into the manifest of the gazetteer file, and another pull takes the whole folder as its
mirror. It is replaced as one, so that an interrupted pull leaves the one before.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path, PurePosixPath
from typing import Any, Final

from gazetteer.errors import InputError
from gazetteer.files import replacement

__all__ = ["PULLED_NAME", "PulledFile", "parse_pulled", "read_pulled", "write_pulled"]

#: The name of the list inside the folder.
PULLED_NAME: Final = "pull.json"
_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class PulledFile:
    """One file as it was pulled.

    Parameters
    ----------
    source
        Id of its source.
    file
        Where it lies, relative to the folder, with "/" between the parts.
    url
        The publisher's address of it, also where a mirror gave it.
    retrieved
        When, in UTC, as ISO 8601.
    sha256
        Its checksum as stored.
    licence
        Its licence.
    release
        The day of its release as the publisher states it, ISO; empty where it does not.
    bytes
        Its size.
    etag, last_modified
        What the server said of this version, to ask for a newer one; may be empty.
    mirror
        The mirror that gave it; empty for the publisher.
    """

    source: str
    file: str
    url: str
    retrieved: str
    sha256: str
    licence: str
    release: str
    bytes: int
    etag: str = ""
    last_modified: str = ""
    mirror: str = ""

    def __post_init__(self) -> None:
        """Refuse a path that leads out of the folder: the list may come from a mirror."""
        path = PurePosixPath(self.file)
        if path.is_absolute() or ".." in path.parts or "\\" in self.file or ":" in self.file or not path.name:
            raise ValueError(f"{self.file!r} is not a path inside the folder")


def read_pulled(folder: Path) -> tuple[PulledFile, ...]:
    """Read the list of a folder; empty where there is none.

    Raises
    ------
    InputError
        If the list cannot be read.
    """
    path = folder / PULLED_NAME
    try:
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return ()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read ({error}): delete it and pull again") from error
    return parse_pulled(text, str(path))


def parse_pulled(text: str, where: str) -> tuple[PulledFile, ...]:
    """Read a list from its text; `where` names it in messages. Keys that are not known are passed over.

    Raises
    ------
    InputError
        If it is not such a list.
    """
    try:
        table = json.loads(text)
        if table["version"] != _VERSION:
            raise ValueError(f"version {table['version']} is not known")
        return tuple(_file(row) for row in table["files"])
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{where} is not a list of pulled files ({error}): delete it and pull again"
        ) from error


def write_pulled(folder: Path, files: Iterable[PulledFile]) -> None:
    """Replace the list of a folder, sorted by file, so that equal pulls give equal lists."""
    rows = [asdict(file) for file in sorted(files, key=lambda file: file.file)]
    text = json.dumps({"version": _VERSION, "files": rows}, indent=2, ensure_ascii=False) + "\n"
    with replacement(folder / PULLED_NAME) as file:
        file.write(text.encode())


def _file(row: dict[str, Any]) -> PulledFile:
    known = {field.name: field.type for field in fields(PulledFile)}
    values = {key: value for key, value in row.items() if key in known}
    for key, value in values.items():
        if not isinstance(value, int if key == "bytes" else str):
            raise ValueError(f"{key!r} is {value!r}")
    return PulledFile(**values)
