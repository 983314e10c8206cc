"""What there is of a source now: from its row in the table of sources to the files to bring.

A fixed address is taken as it is, a dataset on HDX is looked up, and a mirror that is a pulled folder is
asked for what its list has of the source.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geodata.ckan import package_address, safe_name, wanted_resources
from geodata.fetch import Fetcher, FetchError
from geodata.mirror import Mirror
from geodata.pulled import PulledFile
from geodata.sources import HdxDataset, Upstream

__all__ = ["Finder", "Wanted"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file to bring.

    Parameters
    ----------
    source
        Whose it is.
    url
        The publisher's address of it.
    address
        Where to take it: that address, or a mirror's, or a path.
    file
        What it is called in the folder, with "/" between the parts.
    checksum
        As published; empty where none is.
    release
        Day of the release, ISO; empty where it is not known yet.
    """

    source: Upstream
    url: str
    address: str | Path
    file: str
    checksum: str = ""
    release: str = ""


class Finder:
    """Finds the files of sources, at the publishers or at a mirror."""

    def __init__(self, fetcher: Fetcher, mirror: Mirror) -> None:
        self._fetcher, self._mirror = fetcher, mirror
        self._list: tuple[PulledFile, ...] | None = None

    def __call__(self, source: Upstream) -> tuple[Wanted, ...]:
        """Return the files of a source, at least one.

        Raises
        ------
        FetchError
            If they cannot be found.
        InputError
            If the mirror's list cannot be read.
        """
        if self._list is None:
            self._list = self._mirror.pulled(self._fetcher)
        if self._list:
            return self._in_pulled_folder(source, self._list)
        if source.hdx:
            return self._on_hdx(source, source.hdx)
        return tuple(
            Wanted(source, file.url, self._mirror.address(file.url), f"{source.id}/{file.name}")
            for file in source.files
        )

    def _in_pulled_folder(self, source: Upstream, files: Sequence[PulledFile]) -> tuple[Wanted, ...]:
        found = tuple(
            Wanted(
                source,
                file.url,
                self._mirror.pulled_address(file.file),
                f"{source.id}/{safe_name(file.file, otherwise='file')}",
                f"sha256:{file.sha256}",
                file.release,
            )
            for file in files
            if file.source == source.id
        )
        if not found:
            raise FetchError(f"the mirror {self._mirror.name} does not have it")
        return found

    def _on_hdx(self, source: Upstream, wanted: HdxDataset) -> tuple[Wanted, ...]:
        answer = self._json(self._mirror.address(package_address(wanted.dataset)))
        return tuple(
            Wanted(
                source,
                resource.url,
                self._mirror.address(resource.url),
                f"{source.id}/{resource.name}",
                resource.checksum,
                resource.release,
            )
            for resource in wanted_resources(answer, wanted)
        )

    def _json(self, address: str | Path) -> Any:
        if isinstance(address, str):
            return self._fetcher.json(address)
        try:
            return json.loads(address.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise FetchError(f"the mirror has no {address}") from error
        except ValueError as error:
            raise FetchError(f"{address} is not JSON") from error
