"""Where files are taken from: the publishers, or a mirror in their place.

A mirror is a folder, or the address of one, in either of two layouts:

- a folder that ``gazetteer-data pull`` filled, with its ``pull.json``: copied to a stick, or put on any
  web server as it is. Its checksums are compared;
- the publishers' own paths below one base, without scheme and host:
  ``BASE/export/dump/SY.zip``, ``BASE/api/3/action/package_show?id=cod-ab-syr``. In a folder the last is
  the file ``package_show?id=cod-ab-syr``, which is how ``wget`` names it.
"""

from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote, urlsplit

from gazetteer.errors import InputError
from geodata.fetch import Fetcher, FetchError
from geodata.pulled import PULLED_NAME, PulledFile, parse_pulled, read_pulled

__all__ = ["Mirror"]

_WEB: Final = ("http://", "https://")


class Mirror:
    """The place that stands in for the publishers; without a base, the publishers themselves.

    Parameters
    ----------
    base
        An address, a folder, or None for the publishers.

    Raises
    ------
    InputError
        If `base` is neither an address nor a folder that exists.
    """

    def __init__(self, base: str | None) -> None:
        self.name = base or ""
        self._url = base.rstrip("/") if base and base.casefold().startswith(_WEB) else None
        self._folder = Path(base) if base and not self._url else None
        if self._folder and not self._folder.is_dir():
            raise InputError(
                f"{base} is neither a folder nor an address that begins with https://", parameter="mirror"
            )

    def pulled(self, fetcher: Fetcher) -> tuple[PulledFile, ...]:
        """Return the list of a mirror that is a pulled folder; empty for the other layout, and for none.

        Raises
        ------
        InputError
            If there is such a list and it cannot be read.
        UnreachableError
            If the mirror cannot be reached.
        """
        if self._folder:
            return read_pulled(self._folder)
        if not self._url:
            return ()
        address = f"{self._url}/{PULLED_NAME}"
        text = fetcher.text_if_there(address)
        return parse_pulled(text, address) if text is not None else ()

    def pulled_address(self, file: str) -> str | Path:
        """Return where a file of a pulled folder lies: an address or a path."""
        return self._folder / file if self._folder else f"{self._url}/{quote(file)}"

    def address(self, url: str) -> str | Path:
        """Return where to take what a publisher has at `url`: an address or a path.

        Raises
        ------
        FetchError
            If it is not an HTTPS address of a publisher, or leads out of the mirror's folder.
        """
        parts = urlsplit(url)
        query = f"?{parts.query}" if parts.query else ""
        if self._url:
            return url if url.startswith(f"{self._url}/") else f"{self._url}{parts.path}{query}"
        if self._folder:
            inside = unquote(parts.path).lstrip("/")
            if ".." in inside.replace("\\", "/").split("/"):
                raise FetchError(f"{url} leads out of the mirror's folder: not taken")
            return self._folder / f"{inside}{query}"
        if parts.scheme != "https":
            raise FetchError(f"{url} is not an HTTPS address: not taken")
        return url
