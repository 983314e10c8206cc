"""What the gazetteer can be made from: ``sources.toml`` as typed values.

One table names every upstream source with its licence, the words to quote and where its files are. The
commands ``gazetteer-data sources``, ``pull`` and ``build`` all read it here, so none has an address or a
licence of its own.

>>> [source.id for source in read_sources()][:2]
['ocha-cod-ab', 'ocha-populated-places']
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Literal

from gazetteer.errors import GazetteerFileError, InputError
from gazetteer.values import Source

__all__ = ["FileAddress", "HdxDataset", "Upstream", "choose_sources", "read_sources"]

_TABLE: Final = Path(__file__).parent / "sources.toml"


@dataclass(frozen=True, slots=True)
class FileAddress:
    """A file with a fixed address, and the name that it gets on disk."""

    url: str
    name: str


@dataclass(frozen=True, slots=True)
class HdxDataset:
    """A dataset on the Humanitarian Data Exchange, and which of its resources are wanted.

    Parameters
    ----------
    dataset
        Its name in the CKAN API.
    formats
        Wanted formats ("shp", "geojson", "gpkg", "xlsx", "csv"), the preferred one first.
    take
        "newest": the resource of that format that was changed last; "all": every one of that format.
    skip
        Words, in lower case, that the file name of a wanted resource does not contain.
    """

    dataset: str
    formats: tuple[str, ...]
    take: Literal["newest", "all"]
    skip: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Upstream:
    """One source: what it gives, what its licence asks, and where its files are.

    Without `hdx` and without `files` it comes with the program and there is nothing to pull.
    """

    id: str
    title: str
    gives: str
    licence: str
    licence_url: str
    attribution: str
    asks: str
    address: str
    size: str
    hdx: HdxDataset | None = None
    files: tuple[FileAddress, ...] = ()

    @property
    def is_embedded(self) -> bool:
        """Whether it comes with the program."""
        return self.hdx is None and not self.files

    def as_source(self, count: int) -> Source:
        """Return it as the gazetteer file names it, with the number of places that it knows."""
        return Source(
            id=self.id,
            title=self.title,
            url=self.address,
            licence=self.licence,
            attribution=self.attribution,
            count=count,
        )

    def as_json(self) -> dict[str, str]:
        """Return what ``gazetteer-data sources --json`` prints of it."""
        return {key: value for key, value in asdict(self).items() if isinstance(value, str)}


def read_sources(path: Path = _TABLE) -> tuple[Upstream, ...]:
    """Read the table of sources.

    Raises
    ------
    GazetteerFileError
        If the table is missing or has a wrong entry; the message names it.
    """
    try:
        with path.open("rb") as file:
            table = tomllib.load(file)
        return tuple(_source(row) for row in table["source"])
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise GazetteerFileError(f"{path} cannot be used as the table of sources: {error}") from error


def choose_sources(sources: Sequence[Upstream], wanted: Sequence[str]) -> tuple[Upstream, ...]:
    """Return the sources with these ids, all where none is named; each once, in the table's order.

    Raises
    ------
    InputError
        If there is no source of that id.
    """
    known = [source.id for source in sources]
    for name in wanted:
        if name not in known:
            raise InputError(f"There is no source {name!r}; there are {', '.join(known)}", parameter="source")
    return tuple(source for source in sources if not wanted or source.id in wanted)


def _source(row: Mapping[str, Any]) -> Upstream:
    words = {key: value for key, value in row.items() if key not in ("hdx", "file")}
    hdx = row.get("hdx")
    return Upstream(
        **words,
        hdx=_dataset(hdx) if hdx else None,
        files=tuple(FileAddress(**file) for file in row.get("file", ())),
    )


def _dataset(row: Mapping[str, Any]) -> HdxDataset:
    if row["take"] not in ("newest", "all"):
        raise TypeError(f"'take' is 'newest' or 'all', not {row['take']!r}")
    return HdxDataset(
        dataset=row["dataset"], formats=tuple(row["formats"]), take=row["take"], skip=tuple(row["skip"])
    )
