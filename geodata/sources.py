"""What the gazetteer can be made from, ``sources.toml``, and what was pulled of it, ``pull.json``.

One table names every source with its licence, the words to quote and where its files are. What a source says,
those after it don't change: the order decides names and positions, and who is joined to whom. A pull reads
its list to leave alone what is current, and a build copies it into its manifest.
"""

import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path, PurePosixPath
from typing import Any, Final, Literal

from gazetteer.errors import GazetteerFileError, InputError
from gazetteer.files import replacement
from gazetteer.values import Source

#: The name of the list inside the folder.
PULLED_NAME: Final = "pull.json"
_VERSION: Final = 1
_TABLE: Final = Path(__file__).parent / "sources.toml"


@dataclass(frozen=True, slots=True)
class FileAddress:
    """A file with a fixed address, and the name that it gets on disk."""

    url: str
    name: str


@dataclass(frozen=True, slots=True)
class HdxDataset:
    """A dataset on the Humanitarian Data Exchange, by its name in the API, and what of it is wanted."""

    dataset: str
    #: The preferred one first.
    formats: Sequence[str]
    #: The resource of that format that was changed last, or every one of that format.
    take: Literal["newest", "all"]
    #: Words, in lower case, that the file name of a wanted resource does not contain.
    skip: Sequence[str]


@dataclass(frozen=True, slots=True)
class Embedded:
    """A table of facts in ``geodata/default``."""

    name: str
    #: What it was made from, and the day of that, ISO; empty where it has none.
    release: str = ""
    date: str = ""
    #: Whether it only stands in for the source: it is left out where the source's own files are at hand.
    stands_in: bool = False


@dataclass(frozen=True, slots=True)
class Upstream:
    """One source: what it gives, what its licence asks, and where its files are."""

    id: str
    title: str
    gives: str
    licence: str
    licence_url: str
    attribution: str
    asks: str
    address: str
    size: str
    #: Whether the licence binds what is built with it, as the ODbL does.
    share_alike: bool = False
    hdx: HdxDataset | None = None
    files: tuple[FileAddress, ...] = ()
    tables: tuple[Embedded, ...] = ()

    def as_source(self, count: int) -> Source:
        """Return it as the gazetteer file names it."""
        return Source(self.id, self.title, self.address, self.licence, self.attribution, count)

    def as_json(self) -> dict[str, str]:
        """Return what ``gazetteer-data sources --json`` prints of it."""
        return {key: value for key, value in asdict(self).items() if isinstance(value, str)}


def read_sources(path: Path = _TABLE) -> tuple[Upstream, ...]:
    """Read the table of sources; one that is missing or has a wrong entry is a GazetteerFileError."""
    try:
        with path.open("rb") as file:
            return tuple(_source(row) for row in tomllib.load(file)["source"])
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise GazetteerFileError(f"{path} cannot be used as the table of sources: {error}") from error


def choose_sources(
    sources: Sequence[Upstream], wanted: Sequence[str], *, share_alike: bool = False
) -> tuple[Upstream, ...]:
    """Return the sources with these ids, each once, in the table's order.

    Where none is named it is all that can be pulled, with `share_alike` also those that bind what is built
    with them.
    """
    known = [source.id for source in sources]
    for name in wanted:
        if name not in known:
            raise InputError(f"There is no source {name!r}; there are {', '.join(known)}", parameter="source")
    if wanted:
        return tuple(source for source in sources if source.id in wanted)
    return tuple(one for one in sources if (one.hdx or one.files) and (share_alike or not one.share_alike))


def _source(row: Mapping[str, Any]) -> Upstream:
    words = {key: value for key, value in row.items() if key not in ("hdx", "file", "table")}
    hdx = row.get("hdx")
    return Upstream(
        **words,
        hdx=HdxDataset(**hdx) if hdx else None,
        files=tuple(FileAddress(**file) for file in row.get("file", ())),
        tables=tuple(Embedded(**table) for table in row.get("table", ())),
    )


# ------------------------------------------------------------------------------- what was pulled


@dataclass(frozen=True, slots=True)
class PulledFile:
    """One file as it was pulled; its `url` is the publisher's, also where a mirror gave it."""

    source: str
    #: Where it lies, relative to the folder, with "/" between the parts.
    file: str
    url: str
    #: When, in UTC, as ISO 8601.
    retrieved: str
    sha256: str
    licence: str
    #: The day of its release as the publisher states it, ISO; empty where it does not.
    release: str
    bytes: int
    #: What the server said of this version, to ask for a newer one; may be empty.
    etag: str = ""
    last_modified: str = ""
    mirror: str = ""

    def __post_init__(self) -> None:
        # The list may come from somebody else: no path leads out of the folder.
        path = PurePosixPath(self.file)
        if path.is_absolute() or ".." in path.parts or "\\" in self.file or ":" in self.file or not path.name:
            raise ValueError(f"{self.file!r} is not a path inside the folder")


def read_pulled(folder: Path) -> tuple[PulledFile, ...]:
    """Read the list of a folder, empty where there is none; keys that are not known are passed over."""
    path = folder / PULLED_NAME
    known = {field.name: field.type for field in fields(PulledFile)}
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
        if table["version"] != _VERSION:
            raise ValueError(f"version {table['version']} is not known")
        rows = [{key: row[key] for key in row if key in known} for row in table["files"]]
        for key, value in ((key, value) for row in rows for key, value in row.items()):
            if not isinstance(value, int if key == "bytes" else str):
                raise ValueError(f"{key!r} is {value!r}")
        return tuple(PulledFile(**row) for row in rows)
    except (FileNotFoundError, NotADirectoryError):
        return ()
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path} cannot be read ({error}): delete it and pull again") from error


def write_pulled(folder: Path, files: Iterable[PulledFile]) -> None:
    """Replace the list of a folder, sorted by file, so that equal pulls give equal lists."""
    rows = [asdict(file) for file in sorted(files, key=lambda file: file.file)]
    text = json.dumps({"version": _VERSION, "files": rows}, indent=2, ensure_ascii=False) + "\n"
    with replacement(folder / PULLED_NAME) as file:
        file.write(text.encode())
