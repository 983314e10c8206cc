"""What went wrong, as `application/problem+json` (RFC 9457): the one table from exception to status.

The library's errors know no HTTP, and routes catch nothing: everything ends here. A problem names
the offending `parameter` when there is one. What nobody foresaw is a 500 that tells the client
nothing of the inside; the log has the rest.
"""

from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, current_app, json, request
from pydantic import BaseModel, Field, ValidationError
from werkzeug.exceptions import HTTPException

from gazetteer.errors import GazetteerError, GazetteerFileError, InputError, NotFoundError
from service.incident_store.protocol import StoreError
from service.incidents.cursors import CursorOutdatedError
from service.keys import KeyMissingError, KeyRefusedError, WritesOffError
from service.state import NoIncidentsError

__all__ = ["PROBLEMS", "Problem", "ProblemKind", "from_validation", "register_problems"]


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """A kind of problem: its status, the anchor of its description, its title, and what it means."""

    status: int
    slug: str
    title: str
    meaning: str


_INVALID = ProblemKind(
    400,
    "invalid-parameter",
    "Invalid parameter",
    "A parameter is unknown, missing or has a value that can't be used.",
)
_NOT_FOUND = ProblemKind(
    404, "not-found", "Not found", "There is no place or area of that id or name, or no such page."
)
_NOT_READY = ProblemKind(
    503, "gazetteer-unreadable", "Gazetteer unreadable", "The server can't read its gazetteer file."
)
_NO_INCIDENTS = ProblemKind(
    503,
    "no-incidents",
    "No incidents loaded",
    "No incident table is loaded, so nothing can be said of incidents: start the server with "
    "gazetteer-serve --incidents TABLE.",
)
_NO_STORE = ProblemKind(
    503,
    "store-unusable",
    "Incident store unusable",
    "The server can't read or write its incident store now; its log says why. Nothing was stored.",
)
_OLD_CURSOR = ProblemKind(
    410,
    "cursor-outdated",
    "Cursor outdated",
    "The incidents have changed since the cursor was given: begin again without it.",
)
_NO_KEY = ProblemKind(401, "key-missing", "Key missing", "A write needs an API key.")
_WRONG_KEY = ProblemKind(403, "key-refused", "Key refused", "The API key isn't one that may do this.")
_NO_WRITES = ProblemKind(
    403, "no-writes", "No writes", "The server was started without an API key, so it takes no writes."
)
_INTERNAL = ProblemKind(500, "internal-error", "Internal error", "The server failed; its log says how.")

#: From the library's exceptions to problems; the nearest class in an exception's ancestry counts.
PROBLEMS: dict[type[Exception], ProblemKind] = {
    InputError: _INVALID,
    NotFoundError: _NOT_FOUND,
    GazetteerFileError: _NOT_READY,
    NoIncidentsError: _NO_INCIDENTS,
    StoreError: _NO_STORE,
    CursorOutdatedError: _OLD_CURSOR,
    KeyMissingError: _NO_KEY,
    KeyRefusedError: _WRONG_KEY,
    WritesOffError: _NO_WRITES,
    GazetteerError: _INTERNAL,
}
#: The library's names of values, where the parameter that carries them is called otherwise.
_PARAMETER_NAMES = {"latitude": "lat", "longitude": "lon", "start": "from", "end": "to"}
#: The same for what a body carries.
_FIELD_NAMES = {"table": "file"}
#: Parameters that may be given several times.
_REPEATABLE = frozenset({"admin"})


class Problem(BaseModel):
    """A problem as it is sent."""

    type: str = Field(description="Where this kind of problem is described.")
    title: str
    status: int
    detail: str = Field(description="What is wrong, and what to do.")
    instance: str = Field(description="The path that was asked for.")
    parameter: str | None = Field(default=None, description="The offending parameter, when there is one.")
    errors: list[dict[str, Any]] | None = Field(
        default=None, description="What is wrong row by row, where a table was sent."
    )


def register_problems(app: Flask) -> None:
    """Answer every exception of `app` with a problem."""

    def on_known(error: GazetteerError) -> Response:
        kind = next(PROBLEMS[cls] for cls in type(error).__mro__ if cls in PROBLEMS)
        if kind.status >= 500:
            app.logger.error("cannot answer %s: %s", request.path, error)
            return _respond(kind, kind.meaning)
        parameter = error.parameter if isinstance(error, InputError) else None
        errors = getattr(error, "errors", None)
        return _respond(kind, str(error), parameter=_as_sent(parameter), errors=errors)

    def on_http(error: HTTPException) -> Response:
        status = error.code or 500
        if error.response is not None:  # made by `from_validation`, or a redirect
            return current_app.make_response(error.response)
        if status == 404:
            return _respond(_NOT_FOUND, f"there is nothing at {request.path}; /about lists what there is")
        kind = ProblemKind(status, "http", error.name, error.description or error.name)
        response = _respond(kind, kind.meaning)
        for name, value in error.get_headers():
            if name.lower() not in ("content-type", "content-length"):
                response.headers[name] = value
        return response

    def on_unforeseen(error: Exception) -> Response:
        app.logger.error("failed on %s", request.path, exc_info=error)
        return _respond(_INTERNAL, _INTERNAL.meaning)

    app.register_error_handler(GazetteerError, on_known)
    app.register_error_handler(HTTPException, on_http)
    app.register_error_handler(Exception, on_unforeseen)
    app.before_request(_refuse_repeated)


def from_validation(error: ValidationError) -> Response:
    """Answer parameters that pydantic refused; the first one is named."""
    first = error.errors(include_url=False, include_input=False)[0]
    where = [str(part) for part in first["loc"]]
    parameter = where[0] if where else first.get("ctx", {}).get("name")
    message = first["msg"].removeprefix("Value error, ")  # pydantic's mark of a validator's own message
    own_words = not where or message != first["msg"]
    detail = message if own_words else f"{parameter}: {message[:1].lower()}{message[1:]}"
    return _respond(_INVALID, detail, parameter=parameter)


def _refuse_repeated() -> Response | None:
    for name, values in request.args.lists():
        if len(values) > 1 and name not in _REPEATABLE:
            return _respond(_INVALID, f"{name} is given {len(values)} times; give it once", parameter=name)
    return None


def _as_sent(parameter: str | None) -> str | None:
    if parameter is None or parameter in request.args:
        return parameter
    if request.method == "POST":  # a field of the body
        return _FIELD_NAMES.get(parameter, parameter)
    if not request.args:
        return parameter
    if (sent := _PARAMETER_NAMES.get(parameter, parameter)) in request.args:
        return sent
    return next(iter(request.args)) if len(request.args) == 1 else None  # a coordinate inside a question, say


def _respond(
    kind: ProblemKind,
    detail: str,
    *,
    parameter: str | None = None,
    errors: list[dict[str, Any]] | None = None,
) -> Response:
    body: dict[str, Any] = Problem(
        type="about:blank" if kind.slug == "http" else f"/about#{kind.slug}",
        title=kind.title,
        status=kind.status,
        detail=detail,
        instance=request.path,
        parameter=parameter,
        errors=errors,
    ).model_dump(exclude_none=True)
    return Response(json.dumps(body), status=kind.status, content_type="application/problem+json")
