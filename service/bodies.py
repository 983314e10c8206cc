"""Bodies: how large they may be, and how they may be packed.

A body that says that it is too large is refused before a byte of it is read. One that doesn't say how long
it is (chunked) is read up to the limit and refused if there is more: werkzeug would cut it there, and a
table would lose its last rows without a word.
"""

from io import BytesIO

from flask import Flask, Request
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from service.settings import Settings
from service.steps import Before

__all__ = ["limit_bodies"]

#: What a form may wrap round a file of the size that is taken, in bytes.
_WRAPPING = 65_536


def limit_bodies(app: Flask, settings: Settings) -> Before:
    """Return the step that refuses bodies too large or compressed; measure those without a length."""
    most = settings.max_body_mb * 1_000_000 + _WRAPPING
    app.config["MAX_CONTENT_LENGTH"] = most
    app.config["MAX_FORM_MEMORY_SIZE"] = most  # fields of a form may be as large as any other body

    def check(request: Request) -> None:
        environ = request.environ
        if "HTTP_TRANSFER_ENCODING" in environ:
            body = environ["wsgi.input"].read(most + 1)
            environ["wsgi.input"] = BytesIO(body)
            environ["CONTENT_LENGTH"] = str(len(body))
            del environ["HTTP_TRANSFER_ENCODING"]
        if environ.get("CONTENT_LENGTH") and (request.content_length or 0) > most:
            raise RequestEntityTooLarge
        if environ.get("HTTP_CONTENT_ENCODING", "identity") != "identity":
            raise UnsupportedMediaType("send the body as it is, without a Content-Encoding")

    return check
