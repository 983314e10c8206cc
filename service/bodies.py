"""Bodies: how large they may be, how they may be packed, and that they have come whole.

There is one limit, `Settings.max_body_mb`, for every body: a form's wrapping counts too. A body that says
that it is too large is refused before a byte of it is read, and one that doesn't say how long it is (chunked)
as soon as there is more than may be. What is taken is read before any route is reached: a body that ends
before its told length is refused, since a table would lose its last rows without a word.
"""

from io import BytesIO
from typing import BinaryIO

from flask import Flask, Request, Response
from gunicorn.http.errors import ParseException
from werkzeug.exceptions import (
    ClientDisconnected,
    RequestEntityTooLarge,
    RequestTimeout,
    UnsupportedMediaType,
)

from service.settings import Settings
from service.steps import Before

__all__ = ["close_unread", "limit_bodies"]

_READ = "gazetteer.body_read"


def limit_bodies(app: Flask, settings: Settings) -> Before:
    """Return the step that reads the body, or refuses it: too large, compressed, or not whole."""
    most = settings.max_body_mb * 1_000_000
    app.config["MAX_FORM_MEMORY_SIZE"] = most  # fields of a form may be as large as any other body
    too_large = f"the body is too large: at most {settings.max_body_mb} MB are taken, so send it in parts"

    def check(request: Request) -> None:
        environ = request.environ
        if not _has_body(request):
            return
        chunked = "HTTP_TRANSFER_ENCODING" in environ
        told = 0 if chunked else request.content_length or 0
        if told > most:
            raise RequestEntityTooLarge(too_large)
        if environ.get("HTTP_CONTENT_ENCODING", "identity") != "identity":
            raise UnsupportedMediaType("send the body as it is, without a Content-Encoding")
        body = _read(environ["wsgi.input"], most + 1 if chunked else told)
        if len(body) > most:
            raise RequestEntityTooLarge(too_large)
        if len(body) < told:
            raise ClientDisconnected(
                f"the body ended after {len(body):,} of {told:,} bytes, so nothing was taken: send it again"
            )
        environ.pop("HTTP_TRANSFER_ENCODING", None)
        environ["CONTENT_LENGTH"] = str(len(body))
        environ["wsgi.input"] = BytesIO(body)
        environ["wsgi.input_terminated"] = environ[_READ] = True

    return check


def close_unread(request: Request, response: Response) -> Response:
    """Close the connection where a body is left on it: no next request can be found there. A step after."""
    if _has_body(request) and _READ not in request.environ:
        response.headers["Connection"] = "close"
    return response


def _has_body(request: Request) -> bool:
    environ = request.environ
    return environ.get("CONTENT_LENGTH", "0") not in ("0", "") or "HTTP_TRANSFER_ENCODING" in environ


def _read(stream: BinaryIO, most: int) -> bytes:
    """Return a body up to so many bytes.

    Raises
    ------
    RequestTimeout
        If the client falls silent.
    ClientDisconnected
        If the body can't be read to its end: it is cut off, or its chunks aren't as HTTP has them.
    """
    try:
        return stream.read(most)
    except BlockingIOError as error:  # a socket's own time limit (SO_RCVTIMEO)
        raise RequestTimeout("no more of the body came for too long: send it again") from error
    except (ParseException, OSError) as error:
        raise ClientDisconnected(
            "the body was cut off, or its chunks have a wrong length, so nothing was taken: send it again"
        ) from error
