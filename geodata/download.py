"""One file from one address, with patience; the builder's only module that uses the network.

A file is received into a ``.part`` beside its final name. ``.part.origin`` notes which version of which
address it is a part of, so that a later attempt, in the same run or days after, asks for the rest with
``Range`` and ``If-Range`` (RFC 9110, sections 13.1.5 and 14.2). Where the server has another version by then,
or can't send parts, it starts afresh. What came is looked at before it takes the place of anything.

What may pass is tried again, after a pause that grows: 429 and 5xx, time-outs, connections that break,
answers that end early. What won't pass (no such host, 404, a bad certificate) is said at once.
"""

import contextlib
import hashlib
import json
import os
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Final, TypeVar
from urllib.parse import urlsplit

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_exponential

from gazetteer.errors import GazetteerError

_USER_AGENT: Final = "conflict-gazetteer (gazetteer-data pull)"
#: What is bigger is none of our sources.
_MOST_BYTES: Final = 2 << 30
_LONGEST_PAUSE_S: Final = 30.0
#: How many bytes more make an attempt count as progress, after which failures are counted anew.
_FURTHER: Final = 1 << 16
_PARTIAL, _NOT_MODIFIED, _BAD_RANGE, _TOO_MANY, _SERVER_ERROR = 206, 304, 416, 429, 500
LOG_IN: Final = "this network may want you to log in first"
_ZIPS: Final = frozenset((".zip", ".xlsx", ".kmz"))
_JSONS: Final = frozenset((".geojson", ".json"))
_BY_LENGTH: Final = {32: "md5", 40: "sha1", 64: "sha256"}

T = TypeVar("T")


class FetchError(GazetteerError):
    """A file could not be had, or is not what it should be; the message says what to do."""


class _PassingError(Exception):
    """Something that may be over in a moment."""


@dataclass(frozen=True, slots=True)
class Version:
    """Which version of which address: what the server calls it; either may be empty."""

    url: str
    etag: str = ""
    last_modified: str = ""

    def unless_current(self) -> dict[str, str]:
        """Return the request headers that ask for the file only if it is another version."""
        if self.etag:
            return {"If-None-Match": self.etag}
        return {"If-Modified-Since": self.last_modified} if self.last_modified else {}

    def rest(self, start: int) -> dict[str, str]:
        """Return the request headers for the rest, if the version has an exact name: no weak ETag."""
        exact = self.etag if self.etag and not self.etag.startswith("W/") else self.last_modified
        return {"Range": f"bytes={start}-", "If-Range": exact} if exact else {}

    def may_be(self, other: "Version") -> bool:
        """Tell whether another may be the same version: nothing that both of them name differs."""
        pairs = ((self.etag, other.etag), (self.last_modified, other.last_modified))
        return self.url == other.url and all(not (a and b) or a == b for a, b in pairs)


class Web:
    """Fetches texts and files over HTTP and HTTPS.

    It waits `timeout_s` for a silent server and tries `retries` times again what may pass. `on_bytes` is
    called with the bytes on disk and, where the server says it, the bytes in all.
    """

    def __init__(
        self,
        *,
        timeout_s: float = 30.0,
        retries: int = 3,
        pause_s: float = 1.0,
        on_bytes: Callable[[int, int | None], None] = lambda done, total: None,
    ) -> None:
        self._retries, self._on_bytes = retries, on_bytes
        self._pause = wait_exponential(multiplier=pause_s, max=_LONGEST_PAUSE_S)
        self._client = httpx.Client(
            timeout=timeout_s,
            follow_redirects=True,
            # A compressed answer would have another length and other parts.
            headers={"User-Agent": _USER_AGENT, "Accept-Encoding": "identity"},
            event_hooks={"response": [_stay_on_https]},
        )

    def text(self, url: str) -> str:
        """Return the document at an address, which is UTF-8."""

        def attempt() -> bytes:
            with _answer(self._client, url, {}) as answer:
                _check_status(url, answer)
                return answer.read()

        try:
            return self._patiently(attempt).decode("utf-8")
        except UnicodeDecodeError as error:
            raise FetchError(f"{url} did not answer with text: it may be down, or {LOG_IN}") from error

    def file(self, url: str, part: Path, *, known: Version | None = None) -> Version | None:
        """Receive a file into `part`, going on from what lies there; None when the known version is current.

        Of a FetchError what came stays for another time; what the disk doesn't take is an OSError.
        """
        return self._patiently(lambda: self._receive(url, part, known), reached=lambda: _size(part))

    def _receive(self, url: str, part: Path, known: Version | None) -> Version | None:
        begun = _version_of(part, url)
        start = max(0, _size(part) - 1) if begun else 0  # one byte again, so that there is one to ask for
        wanted = begun.rest(start) if begun and start else known.unless_current() if known else {}
        with _answer(self._client, url, wanted) as answer:
            if answer.status_code == _NOT_MODIFIED:
                return None
            resumed = answer.status_code == _PARTIAL
            here = Version(url, answer.headers.get("ETag", ""), answer.headers.get("Last-Modified", ""))
            span = answer.headers.get("Content-Range", "")
            # Some servers pass over If-Range and send the rest of another version.
            right = begun is not None and begun.may_be(here) and span.startswith(f"bytes {start}-")
            if answer.status_code == _BAD_RANGE or (resumed and not right):
                forget(part)
                raise _PassingError(f"{_host(url)} does not go on from where the last attempt ended")
            _check_status(url, answer)
            start = start if resumed else 0
            length = answer.headers.get("Content-Length", "")
            total = start + int(length) if length.isdecimal() else None
            if (total or 0) > _MOST_BYTES:
                raise FetchError(f"{url} has {total:,} bytes, which is more than any source that we know")
            with part.open("r+b" if resumed else "wb") as out:
                if not resumed:  # after the part is empty: it is never taken for a part of the new version
                    _note_of(part).write_text(json.dumps(asdict(here)), encoding="utf-8")
                out.truncate(start)
                out.seek(start)
                self._on_bytes(start, total)
                try:
                    for chunk in answer.iter_raw():
                        out.write(chunk)
                        self._on_bytes(out.tell(), total)
                        if out.tell() > _MOST_BYTES:
                            raise FetchError(f"{url} goes on without an end: not taken")
                except httpx.RemoteProtocolError as error:
                    of = f" of {total:,}" if total else ""
                    raise _PassingError(f"{url} ended after {out.tell():,}{of} bytes") from error
        return here

    def _patiently(self, attempt: Callable[[], T], *, reached: Callable[[], int] = lambda: 0) -> T:
        """Try until it works or patience ends.

        An attempt that got further than those before counts as the first again, so that a line which breaks
        every few hundred kilobytes still brings a whole file.
        """
        failures, furthest = 0, reached()

        def give_up(state: RetryCallState) -> bool:
            nonlocal failures, furthest
            failures = 1 if reached() >= furthest + _FURTHER else failures + 1
            furthest = max(furthest, reached())
            return failures > self._retries

        passing = retry_if_exception_type(_PassingError)
        try:
            return Retrying(retry=passing, stop=give_up, wait=self._pause, reraise=True)(attempt)
        except _PassingError as error:
            raise FetchError(f"{error}: run the same command again later") from error


@contextlib.contextmanager
def _answer(client: httpx.Client, url: str, headers: Mapping[str, str]) -> Iterator[httpx.Response]:
    """Give the answer to a question while it is read; its faults are said in our words."""
    host, opened = _host(url), False
    try:
        with client.stream("GET", url, headers=dict(headers)) as answer:
            opened = True
            yield answer
    except httpx.TimeoutException as error:
        what = "stopped in the middle of its answer" if opened else "does not answer"
        raise _PassingError(f"{host} {what}") from error
    except httpx.ConnectError as error:
        raise FetchError(
            f"{host} cannot be reached ({error}): connect to the internet, or name a --mirror"
        ) from error
    except (httpx.UnsupportedProtocol, httpx.InvalidURL, httpx.TooManyRedirects) as error:
        raise FetchError(f"{url!r} is not an address that can be fetched") from error
    except httpx.TransportError as error:
        raise _PassingError(f"the connection to {host} broke") from error


def _stay_on_https(answer: httpx.Response) -> None:
    if answer.has_redirect_location and answer.url.scheme == "https":
        goal = answer.url.join(answer.headers["Location"])
        if goal.scheme != "https":
            raise FetchError(f"{answer.url} leads away from HTTPS, to {goal}: not followed")


def _check_status(url: str, answer: httpx.Response) -> None:
    code = answer.status_code
    if code in (404, 410):
        raise FetchError(f"{url} is not there ({code}): it may have been renamed; see the source's page")
    if code == _TOO_MANY or code >= _SERVER_ERROR:
        raise _PassingError(f"{_host(url)} answers with an error of its own ({code})")
    if code not in (200, _PARTIAL):
        raise FetchError(f"{_host(url)} refuses {url} ({code})")


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or url
    except ValueError:
        return url


# ------------------------------------------------------------------------------ a part on the disk


def forget(part: Path) -> None:
    """Delete a part and the note beside it."""
    for path in (part, _note_of(part)):
        path.unlink(missing_ok=True)


def take(part: Path, target: Path) -> None:
    """Let a part, now whole, take the place of `target`."""
    os.replace(part, target)
    _note_of(part).unlink(missing_ok=True)


def _note_of(part: Path) -> Path:
    return part.with_name(f"{part.name}.origin")


def _size(part: Path) -> int:
    return part.stat().st_size if part.is_file() else 0


def _version_of(part: Path, url: str) -> Version | None:
    """Return what a part belongs to; None when that isn't known, or is another address."""
    try:
        version = Version(**json.loads(_note_of(part).read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        return None
    return version if version.url == url else None


# ------------------------------------------------------------------------------------- what came


def check_received(path: Path, *, name: str, checksum: str = "") -> None:
    """Raise FetchError unless a file that came is whole, and what its name says.

    A checksum of a kind that isn't known is passed over. HDX gives for a workbook sometimes the MD5 of its
    cells, so a workbook's bare MD5 says nothing; its zip has check sums of its own, as every zip.
    """
    ending = PurePosixPath(name).suffix.casefold()
    with path.open("rb") as file:
        head = file.read(512).lstrip(b"\xef\xbb\xbf \t\r\n")
    if not head:
        raise FetchError(f"{name} came empty: try again later")
    if head[:1] == b"<" and ending in {*_ZIPS, *_JSONS, ".csv"}:
        raise FetchError(f"{name} came as a web page: {LOG_IN}")
    if ending in _JSONS and head[:1] not in b"{[":
        raise FetchError(f"{name} is not GeoJSON: try again later")
    if ending in _ZIPS:
        try:
            with zipfile.ZipFile(path) as archive:
                damaged = archive.testzip()
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
            raise FetchError(f"{name} is not a whole zip file ({error}): try again") from error
        if damaged:
            raise FetchError(f"{name} is damaged: its member {damaged} does not match its CRC-32; try again")
    digits = checksum.strip().casefold().rpartition(":")[2]
    algorithm = _BY_LENGTH.get(len(digits))
    may_be_of_cells = ending == ".xlsx" and algorithm == "md5"
    if algorithm and not may_be_of_cells and digest_of(path, algorithm) != digits:
        raise FetchError(
            f"{name} does not have the checksum that its publisher gives ({checksum}): it was damaged on the"
            " way, or is being replaced; try again, or take it as it is with --no-checksum"
        )


def digest_of(path: Path, algorithm: str = "sha256") -> str:
    """Return a checksum of a file in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.new(algorithm, usedforsecurity=False)).hexdigest()
