"""ETag, Cache-Control and compression: what needn't be sent again, or sent whole.

An ETag names the version of the data (`State.version_of`) together with the address and the headers that
choose a representation. So it is known before anything is computed, and only an answer with status 200 ever
bore it: a request that brings it back is answered with 304 at once. It is weak, because an answer means the
same whether compressed or not.

At tier "public" anyone's cache may keep what is said of places for an hour, and must ask each time about
incidents. At the others no cache may keep an answer: a browser would leave positions of hospitals, and the
addresses that tell what was asked, on a disk that may be seized. A program that keeps answers of its own
accord can still ask with their ETag. Pages hold no data of their own, and may be kept.
"""

from hashlib import blake2b

from flask import Flask, Request, Response
from flask_compress import Compress

from service.state import State
from service.steps import After, Before
from service.views import Views

__all__ = ["answer_unchanged", "name_version", "shrink"]

_ETAG = "gazetteer.etag"

_VARY = "Accept, Accept-Encoding, Accept-Language, Authorization, Origin"
#: Seconds for which another's cache may keep what a public server says of places.
_PUBLIC_AGE_S = 3600
#: Below this many bytes compressing costs more than it saves.
_WORTH_COMPRESSING = 2000
_COMPRESSED = (
    "application/geo+json", "application/javascript", "application/json", "application/ld+json",
    "application/problem+json", "image/svg+xml", "text/css", "text/csv", "text/html", "text/javascript",
    "text/plain",
)  # fmt: skip


def answer_unchanged(views: Views) -> Before:
    """Return the step that names the version of the answer, and answers 304 where the client has it."""

    def check(request: Request) -> Response | None:
        if request.method not in ("GET", "HEAD") or request.blueprint in (None, "monitors"):
            return None
        environ = request.environ
        environ[_ETAG] = tag = _etag(views.here(), request)
        if "HTTP_IF_NONE_MATCH" not in environ or request.if_none_match.star_tag:
            return None
        return Response(status=304) if request.if_none_match.contains_weak(tag) else None

    return check


def name_version(views: Views) -> After:
    """Return the step that gives an answer its ETag, and says how long it may be kept."""

    def name(request: Request, response: Response) -> Response:
        headers = response.headers
        headers["Vary"] = _VARY
        if response.status_code in (200, 206, 304) and "ETag" in headers:  # a file, which has its own
            response.set_etag(response.get_etag()[0] or "", weak=True)
            headers.setdefault("Cache-Control", "no-cache")
        elif response.status_code in (200, 304) and (tag := request.environ.get(_ETAG)):
            headers["ETag"] = f'W/"{tag}"'
            headers.setdefault("Cache-Control", _kept(views.here(), request))
            if "HTTP_IF_NONE_MATCH" in request.environ and response.status_code == 200:
                response.make_conditional(request)  # "*", which any answer meets
        else:
            headers.setdefault("Cache-Control", "no-store")
        return response

    return name


def shrink(app: Flask) -> After:
    """Return the step that compresses what is worth it, for those who can read it; streams in pieces."""
    app.config.update(
        COMPRESS_REGISTER=False,
        COMPRESS_ALGORITHM=["br", "gzip"],
        COMPRESS_ALGORITHM_STREAMING=["gzip"],
        COMPRESS_MIMETYPES=list(_COMPRESSED),
        COMPRESS_MIN_SIZE=_WORTH_COMPRESSING,
        COMPRESS_LEVEL=5,
        COMPRESS_EVALUATE_CONDITIONAL_REQUEST=False,
    )
    compress = Compress(app)

    def compressed(request: Request, response: Response) -> Response:
        return compress.after_request(response) if "HTTP_ACCEPT_ENCODING" in request.environ else response

    return compressed


def _etag(state: State, request: Request) -> str:
    environ = request.environ
    parts = (
        state.version_of(request.blueprint),
        environ["PATH_INFO"],
        environ.get("QUERY_STRING", ""),
        environ.get("HTTP_ACCEPT", ""),
        environ.get("HTTP_ACCEPT_LANGUAGE", ""),
    )
    return blake2b("\n".join(parts).encode("utf-8", "surrogateescape"), digest_size=12).hexdigest()


def _kept(state: State, request: Request) -> str:
    if state.tier != "public":
        return "private, no-cache" if request.blueprint == "pages" else "no-store"
    keep = state.version_of(request.blueprint) == state.version_of("places")
    return f"public, max-age={_PUBLIC_AGE_S}" if keep else "public, no-cache"
