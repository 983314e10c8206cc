"""What went wrong, as `application/problem+json` (RFC 9457): the one table from exception to status.

The library's errors know no HTTP, and routes catch nothing: everything ends here. A problem names
the offending `parameter` when there is one. What nobody foresaw is a 500 that tells the client
nothing of the inside; the log has the rest.

What HTTP itself has a status for (405, 406, 413, 415, 421…) is a problem of the type "about:blank", titled as
that status is. An exception with `errors`, a list of what is wrong row by row, has them in the problem.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from flask import Flask, Request, Response, current_app, json, request
from pydantic import BaseModel, Field, ValidationError
from werkzeug.exceptions import (
    ClientDisconnected,
    HTTPException,
    MethodNotAllowed,
    RequestEntityTooLarge,
    RequestTimeout,
    UnsupportedMediaType,
)

from gazetteer.errors import GazetteerError, GazetteerFileError, InputError, NotFoundError
from service.audit_log import AuditError
from service.incident_store.protocol import StoreError
from service.incidents.cursors import CursorOutdatedError
from service.key_records import KeyFileError
from service.keys import KeyMissingError, KeyRefusedError, WritesOffError
from service.observing import request_id, route_of
from service.state import NoIncidentsError, NotReadyError

__all__ = [
    "PROBLEMS",
    "Problem",
    "ProblemKind",
    "from_http",
    "from_validation",
    "refuse_repeated",
    "refuse_validation",
    "register_problems",
]


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """A kind of problem: its status, the anchor of its description, its title, and what it means.

    Where the server is at fault the answer says only the meaning, unless the kind `tells` more.
    """

    status: int
    slug: str
    title: str
    meaning: str
    tells: bool = False


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
_UNREADY = ProblemKind(
    503, "not-ready", "Not ready", "The server can't answer now; the detail says what is amiss.", tells=True
)
_NO_KEY = ProblemKind(
    401,
    "key-missing",
    "Key missing",
    "A write needs an API key, and so does a read from another machine. A browser sends none, so from there "
    "the map and this page open only where the server runs with --tier public.",
)
_WRONG_KEY = ProblemKind(403, "key-refused", "Key refused", "The API key isn't one that may do this.")
_NO_WRITES = ProblemKind(
    403, "no-writes", "No writes", "The server was started without an API key, so it takes no writes."
)
_NO_AUDIT = ProblemKind(
    503,
    "audit-log-unwritable",
    "Audit log unwritable",
    "The server can't write its audit log now; its log says why. What has to be written down there isn't "
    "answered, and nothing was stored.",
)
_NO_KEYS = ProblemKind(
    503,
    "keys-unreadable",
    "Keys unreadable",
    "The server can't read its file of keys now; its log says why. It accepts none of them.",
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
    NotReadyError: _UNREADY,
    KeyMissingError: _NO_KEY,
    KeyRefusedError: _WRONG_KEY,
    WritesOffError: _NO_WRITES,
    AuditError: _NO_AUDIT,
    KeyFileError: _NO_KEYS,
    GazetteerError: _INTERNAL,
}
#: pydantic's errors for a body that is no object, the last for a string of JSON.
_NO_OBJECT = frozenset({"model_type", "model_attributes_type", "json_invalid"})
#: pydantic names the alternatives of a union in a value's path by their types.
_ALTERNATIVES = frozenset({"bool", "date", "dict", "float", "int", "list", "str", "tuple"})
#: The library's names of values, where the parameter that carries them is called otherwise.
_PARAMETER_NAMES = {"latitude": "lat", "longitude": "lon", "start": "from", "end": "to"}
#: The same for what a body carries.
_FIELD_NAMES = {"table": "file"}
#: What is wrong with a body before anything in it can be.
_OF_BODIES = (ClientDisconnected, RequestEntityTooLarge, RequestTimeout)
#: Parameters that may be given several times.
_REPEATABLE = frozenset({"admin"})


class Problem(BaseModel):
    """A problem as it is sent."""

    type: str = Field(description="Where this kind of problem is described.")
    title: str
    status: int
    detail: str = Field(description="What is wrong, and what to do.")
    instance: str = Field(description="The path that was asked for.")
    parameter: str | None = Field(
        default=None, description='The offending parameter or field of the body, such as "queries[3].text".'
    )
    errors: list[dict[str, Any]] | None = Field(
        default=None, description="What is wrong row by row, where a table was sent."
    )


def register_problems(app: Flask) -> None:
    """Answer every exception of `app` with a problem."""

    def on_known(error: GazetteerError) -> Response:
        kind = next(PROBLEMS[cls] for cls in type(error).__mro__ if cls in PROBLEMS)
        if kind.status >= 500:
            _log(app, "cannot answer %s", error)
            return _respond(kind, str(error) if kind.tells else kind.meaning)
        parameter = error.parameter if isinstance(error, InputError) else None
        errors = getattr(error, "errors", None)
        response = _respond(kind, str(error), parameter=_as_sent(parameter), errors=errors)
        if kind.status == 401:
            response.headers["WWW-Authenticate"] = "Bearer"
        return response

    def on_unforeseen(error: Exception) -> Response:
        _log(app, "failed on %s", error)
        return _respond(_INTERNAL, _INTERNAL.meaning)

    app.register_error_handler(GazetteerError, on_known)
    app.register_error_handler(HTTPException, from_http)
    app.register_error_handler(Exception, on_unforeseen)


def from_http(error: HTTPException) -> Response:
    """Answer what HTTP has a status for."""
    status = error.code or 500
    if error.response is not None:  # made by `from_validation`, or a redirect
        return current_app.make_response(error.response)
    if status == 404:
        return _respond(_NOT_FOUND, f"there is nothing at {request.path}; /about lists what there is")
    detail = error.description or error.name
    if isinstance(error, MethodNotAllowed):
        detail = f"{request.method} isn't known here: use {', '.join(sorted(error.valid_methods or ()))}"
    kind = ProblemKind(status, "http", error.name, detail)
    response = _respond(kind, detail, parameter=_body_field() if isinstance(error, _OF_BODIES) else None)
    for name, value in error.get_headers():
        if name.lower() not in ("content-type", "content-length"):
            response.headers[name] = value
    return response


class _RefusedError(HTTPException):
    """Carries an answer that is made. Flask asks a handler only for an exception with a code."""

    code = 400


def refuse_validation(error: ValidationError) -> NoReturn:
    """Answer parameters that pydantic refused, from where an answer can't be returned."""
    raise _RefusedError(response=from_validation(error))


def from_validation(error: ValidationError) -> Response:
    """Answer parameters that pydantic refused; the first one is named, a field of a body by its path."""
    first = error.errors(include_url=False, include_input=False)[0]
    if not first["loc"] and first["type"] in _NO_OBJECT:
        return _no_object()
    where = [*first["loc"]]
    name = first.get("ctx", {}).get("name")
    if name is not None and where[-1:] != [name]:
        where.append(name)
    parameter = _path(where)
    message = first["msg"].removeprefix("Value error, ")  # pydantic's mark of a validator's own message
    own_words = not first["loc"] or message != first["msg"]
    detail = message if own_words else f"{parameter}: {message[:1].lower()}{message[1:]}"
    return _respond(_INVALID, detail, parameter=parameter)


def _body_field() -> str:
    """Return what a body as a whole is called."""
    return "file" if request.mimetype == "multipart/form-data" else "body"


def _no_object() -> Response:
    """Answer a body in which no JSON object was found."""
    if not request.is_json:
        return from_http(UnsupportedMediaType("send a JSON object, with Content-Type: application/json"))
    return _respond(_INVALID, "the body must be a JSON object, and isn't", parameter="body")


def _path(where: Sequence[str | int]) -> str | None:
    """Return the parameter, or the path in a body, such as "queries[3].text".

    pydantic's names of a union's alternatives are left out.
    """
    if where and where[0] in request.args:
        return str(where[0])
    path = ""
    for part in where:
        if isinstance(part, int):
            path += f"[{part}]"
        elif not path or (part.isidentifier() and part not in _ALTERNATIVES):
            path += f".{part}" if path else part
    return path or None


def refuse_repeated(request: Request) -> Response | None:
    """Refuse a request with a parameter that is given twice; a step before each."""
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


def _log(app: Flask, message: str, error: Exception) -> None:
    """Log what the server is at fault for, under the id that the answer has."""
    fields = {"id": request_id(request)}
    app.logger.error(message, route_of(request), exc_info=error, extra={"fields": fields})


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
