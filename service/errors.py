"""What went wrong, as `application/problem+json` (RFC 9457): the one table from exception to status.

The library's errors know no HTTP, and routes catch nothing: everything ends here. A problem names the
offending `parameter` when there is one. What nobody foresaw is a 500 that tells the client nothing of the
inside; the log has the rest. What HTTP itself has a status for (405, 413, 415…) is a problem of the type
"about:blank", titled as that status is. An exception with `errors`, a list of what is wrong row by row, has
them in the problem.
"""

from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, current_app, json, request
from pydantic import BaseModel, Field, ValidationError
from werkzeug.exceptions import HTTPException, MethodNotAllowed, RequestEntityTooLarge, SecurityError

from gazetteer.errors import GazetteerError, GazetteerFileError, InputError, NotFoundError
from service.access import KeyMissingError, KeyRefusedError, WritesOffError
from service.audit import AuditError
from service.cursors import CursorOutdatedError
from service.databases import StoreError
from service.key_file import KeyFileError
from service.telemetry import request_id, route_of
from service.tiers import NoIncidentsError


class NotReadyError(GazetteerError):
    """The server is up, and something that it answers from isn't as it was."""


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """A kind of problem, described on the page about the service.

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
_INTERNAL = ProblemKind(500, "internal-error", "Internal error", "The server failed; its log says how.")

#: From exceptions to problems; the nearest class in an exception's ancestry counts.
PROBLEMS: dict[type[Exception], ProblemKind] = {
    InputError: _INVALID,
    NotFoundError: _NOT_FOUND,
    GazetteerFileError: ProblemKind(
        503, "gazetteer-unreadable", "Gazetteer unreadable", "The server can't read its gazetteer file."
    ),
    NoIncidentsError: ProblemKind(
        503,
        "no-incidents",
        "No incidents loaded",
        "No incident table is loaded, so nothing can be said of incidents: start the server with "
        "gazetteer-serve --incidents TABLE.",
    ),
    StoreError: ProblemKind(
        503,
        "store-unusable",
        "Incident store unusable",
        "The server can't read or write its incident store now; its log says why. Nothing was stored.",
    ),
    CursorOutdatedError: ProblemKind(
        410,
        "cursor-outdated",
        "Cursor outdated",
        "What is listed has changed since the cursor was given: begin again without it.",
    ),
    NotReadyError: ProblemKind(
        503,
        "not-ready",
        "Not ready",
        "The server can't answer now; the detail says what is amiss.",
        tells=True,
    ),
    KeyMissingError: ProblemKind(
        401,
        "key-missing",
        "Key missing",
        "A write needs an API key, and so does a read from another machine. A browser sends none, so from "
        "there the map and this page open only where the server runs with --tier public.",
    ),
    KeyRefusedError: ProblemKind(
        403, "key-refused", "Key refused", "The API key isn't one that may do this."
    ),
    WritesOffError: ProblemKind(
        403, "no-writes", "No writes", "The server was started without an API key, so it takes no writes."
    ),
    AuditError: ProblemKind(
        503,
        "audit-log-unwritable",
        "Audit log unwritable",
        "The server can't write its audit log now; its log says why. What has to be written down there isn't "
        "answered, and nothing was stored.",
    ),
    KeyFileError: ProblemKind(
        503,
        "keys-unreadable",
        "Keys unreadable",
        "The server can't read its file of keys now; its log says why. It accepts none of them.",
    ),
    GazetteerError: _INTERNAL,
}
#: The library's names of values, where the parameter that carries them is called otherwise.
_PARAMETER_NAMES = {"start": "from", "end": "to", "latitude": "lat", "longitude": "lon"}
#: pydantic names the alternatives of a union in a value's path by their types.
_ALTERNATIVES = frozenset({"bool", "date", "dict", "float", "int", "list", "str", "tuple"})


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


def problem(
    kind: ProblemKind,
    detail: str,
    *,
    parameter: str | None = None,
    errors: list[dict[str, Any]] | None = None,
) -> Problem:
    """Return a problem with the current request."""
    return Problem(
        type="about:blank" if kind.slug == "http" else f"/about#{kind.slug}",
        title=kind.title,
        status=kind.status,
        detail=detail,
        instance=request.path,
        parameter=parameter,
        errors=errors,
    )


def of_input(error: InputError, parameter: str | None) -> Problem:
    """Return the problem with one of many questions in a body."""
    return problem(_INVALID, str(error), parameter=parameter)


def init_errors(app: Flask) -> None:
    """Answer every exception with a problem."""
    app.register_error_handler(GazetteerError, _on_known)
    app.register_error_handler(ValidationError, _on_validation)
    app.register_error_handler(HTTPException, _on_http)
    app.register_error_handler(Exception, _on_unforeseen)


def _on_known(error: GazetteerError) -> Response:
    kind = next(PROBLEMS[cls] for cls in type(error).__mro__ if cls in PROBLEMS)
    if kind.status >= 500:
        _log("cannot answer %s", error)
        return _respond(kind, str(error) if kind.tells else kind.meaning)
    parameter = error.parameter if isinstance(error, InputError) else None
    errors = getattr(error, "errors", None)
    response = _respond(kind, str(error), parameter=_as_sent(parameter), errors=errors)
    if kind.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _on_validation(error: ValidationError) -> Response:
    """Answer parameters that a model refused; the first one is named."""
    first = error.errors(include_url=False, include_input=False)[0]
    where = [str(part) for part in first["loc"] if part not in _ALTERNATIVES]
    name = first.get("ctx", {}).get("name") or (where[0] if where else None)
    message = first["msg"].removeprefix("Value error, ")  # pydantic's mark of a validator's own message
    own_words = name is None or message != first["msg"]
    detail = message if own_words else f"{name}: {message[:1].lower()}{message[1:]}"
    return _respond(_INVALID, detail, parameter=name)


def _on_http(error: HTTPException) -> Response:
    """Answer what HTTP has a status for."""
    status = error.code or 500
    if error.response is not None:  # a redirect
        return current_app.make_response(error.response)
    if status == 404:
        return _respond(_NOT_FOUND, f"there is nothing at {request.path}; /about lists what there is")
    detail = error.description or error.name
    if isinstance(error, MethodNotAllowed):
        detail = f"{request.method} isn't known here: use {', '.join(sorted(error.valid_methods or ()))}"
    if isinstance(error, SecurityError):
        detail = (
            "this server doesn't answer to the name in the Host header: ask for localhost, or start "
            "gazetteer-serve with --allowed-host and the name that it is reached by"
        )
    parameter = None
    if isinstance(error, RequestEntityTooLarge):
        parameter = "file" if request.mimetype == "multipart/form-data" else "body"
        most = (current_app.config["MAX_CONTENT_LENGTH"] or 0) // 1_000_000
        if error.description == RequestEntityTooLarge.description:
            detail = f"the body is too large: at most {most} MB are taken, so send it in parts"
    response = _respond(ProblemKind(status, "http", error.name, detail), detail, parameter=parameter)
    for name, value in error.get_headers():
        if name.lower() not in ("content-type", "content-length"):
            response.headers[name] = value
    return response


def _on_unforeseen(error: Exception) -> Response:
    _log("failed on %s", error)
    return _respond(_INTERNAL, _INTERNAL.meaning)


def _as_sent(parameter: str | None) -> str | None:
    """Return the name under which a value was sent."""
    if parameter is None or parameter in request.args or request.method == "POST" or not request.args:
        return parameter
    if (sent := _PARAMETER_NAMES.get(parameter, parameter)) in request.args:
        return sent
    return next(iter(request.args)) if len(request.args) == 1 else None  # a coordinate inside a question, say


def _log(message: str, error: Exception) -> None:
    """Log what the server is at fault for, under the id that the answer has."""
    fields = {"id": request_id()}
    current_app.logger.error(message, route_of(), exc_info=error, extra={"fields": fields})


def _respond(kind: ProblemKind, detail: str, **rest: Any) -> Response:
    body = problem(kind, detail, **rest).model_dump(exclude_none=True)
    return Response(json.dumps(body), status=kind.status, content_type="application/problem+json")
