"""The only module that uses the network: one file from one address, with patience.

A file is received into a ``.part`` beside its final name, and a second file, ``.part.origin``, keeps the
address and the version that the server named. An attempt that breaks off leaves both; the next one, in
the same run or days later, asks for the rest with ``Range`` and ``If-Range``. When the server holds
another version by then, or cannot send parts, it starts afresh. Nothing here takes the place of a
finished file: that is the caller's step, after it has looked at what came.

What may pass is tried again, after a pause that doubles: 429 and 5xx, time-outs, connections that break,
answers that end early. What will not pass (no such host, 404, a bad certificate) is said at once.

The standard library's client is used: docs/decisions/0007-pull.md says why.
"""

import contextlib
import http.client
import json
import socket
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlsplit

from geodata.partial import Origin, Partial, Validators
from geodata.patience import (
    FetchError,
    NotThereError,
    PassingError,
    Patience,
    StatusError,
    UnreachableError,
    of_status,
    patiently,
)

__all__ = ["FetchError", "Fetcher", "NotThereError", "Patience", "Received", "UnreachableError"]

_CHUNK: Final = 1 << 16
_MOST_TEXT: Final = 32 << 20
_USER_AGENT: Final = "conflict-gazetteer (gazetteer-data pull)"
_NOT_MODIFIED, _PARTIAL = 304, 206
#: What a broken connection shows itself as, while it is opened or read.
_BROKEN: Final = (OSError, http.client.HTTPException)


@dataclass(frozen=True, slots=True)
class Received:
    """A whole answer on disk: where, which version, and whether an earlier part was gone on with."""

    path: Path
    validators: Validators
    resumed: bool


class Fetcher:
    """Fetches JSON and files over HTTP and HTTPS; remembers which servers cannot be reached.

    Parameters
    ----------
    patience
        How long and how often to try.
    on_bytes
        Called with the bytes on disk and, where the server says it, the bytes in all.
    """

    def __init__(
        self,
        patience: Patience | None = None,
        *,
        on_bytes: Callable[[int, int | None], None] = lambda done, total: None,
    ) -> None:
        self._patience = patience or Patience()
        self._on_bytes = on_bytes
        self._unreachable: dict[str, str] = {}
        self._opener = _opener()

    def json(self, url: str) -> Any:
        """Return what the JSON document at an address says.

        Raises
        ------
        FetchError
            If it cannot be had, or is not JSON.
        """
        text = self.text(url)
        try:
            return json.loads(text)
        except ValueError as error:
            raise FetchError(f"{url} did not answer with JSON{_LOGIN_HINT}") from error

    def text_if_there(self, url: str) -> str | None:
        """Return the document at an address, or None where the server has none; else as :meth:`text`."""
        try:
            return self.text(url)
        except NotThereError:
            return None

    def text(self, url: str) -> str:
        """Return the document at an address, which is UTF-8 and of at most 32 MB.

        Raises
        ------
        FetchError
            If it cannot be had.
        """

        def attempt() -> bytes:
            answer = self._open(url, {})
            with answer, _passing(url):
                body: bytes = answer.read(_MOST_TEXT)
            if len(body) < min(_MOST_TEXT, _length_of(answer.headers) or 0):
                raise PassingError(f"{url} ended early")
            return body

        try:
            return patiently(attempt, self._patience).decode("utf-8")
        except UnicodeDecodeError as error:
            raise FetchError(f"{url} did not answer with text{_LOGIN_HINT}") from error

    def file(self, url: str, part: Path, *, known: Validators | None = None) -> Received | None:
        """Receive a file into `part`, going on from what lies there.

        Parameters
        ----------
        url
            Its address.
        part
            Where to put it; the folder exists.
        known
            The version that is at hand already, to be told when it is still the current one.

        Returns
        -------
        Received or None
            None when the version at hand is current.

        Raises
        ------
        FetchError
            If it cannot be had whole. What came stays in `part` for another time.
        OSError
            If the disk does not take it.
        """
        partial = Partial(part)
        return patiently(lambda: self._receive(url, partial, known), self._patience, reached=partial.size)

    def _receive(self, url: str, partial: Partial, known: Validators | None) -> Received | None:
        origin = partial.origin_of(url)
        start = max(0, partial.size() - 1) if origin else 0  # one byte again, so that there is one to ask for
        headers = origin.range_headers(start) if origin and start else known.headers() if known else {}
        try:
            answer = self._open(url, headers)
        except StatusError as status:
            if status.code == _NOT_MODIFIED:
                return None
            partial.forget()
            raise PassingError(f"{_host(url)} does not go on from where the last attempt ended") from status
        with answer:
            resumed = answer.status == _PARTIAL
            here = Origin(url, _validators_of(answer.headers))
            # Some servers pass over If-Range and send the rest of another version.
            if resumed and not (origin and origin.may_be(here) and _start_of(answer.headers) == start):
                partial.forget()
                raise PassingError(f"{_host(url)} sent another part than the one asked for")
            start = start if resumed else 0
            length = _length_of(answer.headers)
            total = None if length is None else start + length
            with partial.open(start, None if resumed else here, total) as out:
                done = start
                self._on_bytes(done, total)
                while chunk := _read(answer, url):
                    out.write(chunk)
                    done += len(chunk)
                    self._on_bytes(done, total)
        if total is not None and done < total:
            raise PassingError(f"{url} ended after {done:,} of {total:,} bytes")
        return Received(partial.path, here.validators, resumed)

    def _open(self, url: str, headers: Mapping[str, str]) -> Any:
        try:
            host = _host(url)
            request = urllib.request.Request(quote(url, safe="%/:=&?~#+!$,;'@()*[]"))
        except ValueError as error:
            raise FetchError(f"{url!r} is not an address that can be fetched") from error
        if host in self._unreachable:
            raise UnreachableError(self._unreachable[host])
        # Accept-Encoding: a compressed answer would have another length and other parts.
        for name, value in {"User-Agent": _USER_AGENT, "Accept-Encoding": "identity", **headers}.items():
            request.add_header(name, value)
        try:
            return self._opener.open(request, timeout=self._patience.timeout_s)
        except urllib.error.HTTPError as error:
            with error:
                raise of_status(url, error.code, error.headers) from None
        except http.client.InvalidURL as error:
            raise FetchError(f"{url!r} is not an address that can be fetched") from error
        except _BROKEN as error:
            reason = error.reason if isinstance(error, urllib.error.URLError) else error
            raised = _of_reason(url, reason)
            if isinstance(raised, UnreachableError):
                self._unreachable[host] = str(raised)
            raise raised from error


_LOGIN_HINT: Final = ": it may be down, or this network may want you to log in first"


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects, but not from HTTPS to anything else."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: Any,
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        """Refuse to leave HTTPS; otherwise do as the standard library does."""
        if req.type == "https" and not newurl.startswith("https:"):
            raise FetchError(f"{req.full_url} leads away from HTTPS, to {newurl}: not followed")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _opener() -> urllib.request.OpenerDirector:
    """Return a client for HTTP and HTTPS alone: an address from a server never opens a local file."""
    opener = urllib.request.OpenerDirector()
    opener.addheaders = []
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.UnknownHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        _Redirects(),
        urllib.request.HTTPErrorProcessor(),
    ):
        opener.add_handler(handler)
    return opener


def _of_reason(url: str, reason: object) -> Exception:
    host = _host(url)
    if isinstance(reason, TimeoutError):
        return PassingError(f"{host} does not answer")
    if isinstance(reason, ssl.SSLCertVerificationError):
        return FetchError(f"{host} shows a certificate that cannot be trusted: {reason.verify_message}")
    if isinstance(reason, socket.gaierror):
        return UnreachableError(f"{host} cannot be found: connect to the internet, or name a --mirror")
    if isinstance(
        reason, (ConnectionResetError, ConnectionAbortedError, http.client.HTTPException, ssl.SSLError)
    ):
        return PassingError(f"the connection to {host} broke")
    return UnreachableError(f"{host} cannot be reached ({reason}): check the connection, or name a --mirror")


@contextlib.contextmanager
def _passing(url: str) -> Any:
    """Turn what breaks while an answer is read into something that is tried again."""
    try:
        yield
    except TimeoutError as error:
        raise PassingError(f"{_host(url)} stopped in the middle of its answer") from error
    except _BROKEN as error:
        raise PassingError(f"the connection to {_host(url)} broke") from error


def _read(answer: Any, url: str) -> bytes:
    """Return what has come by now, at most 64 KiB; empty at the end."""
    with _passing(url):
        chunk: bytes = answer.read1(_CHUNK)
        return chunk


def _validators_of(headers: Message) -> Validators:
    return Validators(headers.get("ETag", ""), headers.get("Last-Modified", ""))


def _start_of(headers: Message) -> int | None:
    unit, _, span = headers.get("Content-Range", "").partition(" ")
    start = span.partition("-")[0]
    return int(start) if unit == "bytes" and start.isdecimal() else None


def _length_of(headers: Message) -> int | None:
    length = headers.get("Content-Length", "")
    return int(length) if length.isdecimal() else None


def _host(url: str) -> str:
    return urlsplit(url).hostname or url
