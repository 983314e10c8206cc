"""What went wrong, as `application/problem+json` (RFC 9457): the one table from exception to status.

The library's errors know no HTTP, and routes catch nothing: everything ends here. A problem names the
offending `parameter` when there is one. What nobody foresaw is a 500 that tells the client nothing of the
inside; the log has the rest. What HTTP itself has a status for (405, 413, 415…) is a problem of the type
"about:blank", titled as that status is. An exception with `errors`, a list of what is wrong row by row, has
them in the problem.
"""

from typing import Any, NamedTuple

from flask import Flask, Response, current_app, g, json, request
from pydantic import BaseModel, Field, ValidationError
from werkzeug.exceptions import HTTPException, MethodNotAllowed, RequestEntityTooLarge

from gazetteer.errors import GazetteerError, GazetteerFileError, InputError, NotFoundError
from service.access import KeyMissingError, KeyRefusedError, WritesOffError
from service.audit import AuditError
from service.cursors import CursorOutdatedError
from service.databases import StoreError
from service.key_file import KeyFileError
from service.telemetry import route_of
from service.tiers import NoIncidentsError


class NotReadyError(GazetteerError):
    """The server is up, and something that it answers from isn't as it was."""


class ProblemKind(NamedTuple):
    """A kind of problem; one that has a meaning is described on the page about the service.

    Where the server is at fault the answer says only the meaning, unless the kind `tells` more.
    """

    status: int
    title: str
    meaning: str = ""
    tells: bool = False

    @property
    def slug(self) -> str:
        """The kind's name in addresses."""
        return self.title.lower().replace(" ", "-")


_INVALID = ProblemKind(400, "Invalid parameter", "A parameter is unknown, missing or can't be used.")
_NOT_FOUND = ProblemKind(404, "Not found", "There is no place or area of that id or name, or no such page.")
_INTERNAL = ProblemKind(500, "Internal error", "The server failed; its log says how.")

#: From exceptions to problems; the nearest class in an exception's ancestry counts.
PROBLEMS: dict[type[Exception], ProblemKind] = {
    InputError: _INVALID,
    NotFoundError: _NOT_FOUND,
    GazetteerFileError: ProblemKind(503, "Gazetteer unreadable", "The server can't read its gazetteer file."),
    NoIncidentsError: ProblemKind(
        503,
        "No incidents",
        "Start gazetteer-serve with --incidents TABLE, or POST some to /v1/incidents.",
    ),
    StoreError: ProblemKind(
        503, "Store unusable", "The incident store can't be used; the log says why. Nothing was stored."
    ),
    CursorOutdatedError: ProblemKind(
        410, "Cursor outdated", "What is listed has changed since: begin again without the cursor."
    ),
    NotReadyError: ProblemKind(503, "Not ready", "The detail says what is amiss.", tells=True),
    KeyMissingError: ProblemKind(
        401,
        "Key missing",
        "A write needs an API key, and so does a read from another machine. A browser sends none, so from "
        "there the map and this page open only where the server runs with --tier public.",
    ),
    KeyRefusedError: ProblemKind(403, "Key refused", "The API key isn't one that may do this."),
    WritesOffError: ProblemKind(403, "No writes", "The server was started without keys: it takes no writes."),
    AuditError: ProblemKind(
        503,
        "Audit log unwritable",
        "The audit log can't be written; the log says why. What belongs there isn't answered, nor stored.",
    ),
    KeyFileError: ProblemKind(
        503, "Keys unreadable", "The file of keys can't be read; the log says why. No key is accepted."
    ),
    GazetteerError: _INTERNAL,
}
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
        default=None,
        exclude_if=lambda name: name is None,
        description='The offending parameter or field of the body, such as "queries[3].text".',
    )
    errors: list[dict[str, Any]] | None = Field(
        default=None,
        exclude_if=lambda errors: errors is None,
        description="What is wrong row by row, where a table was sent.",
    )


def problem(kind: ProblemKind, detail: str, **rest: Any) -> Problem:
    """Return a problem with the current request."""
    described = f"/about#{kind.slug}" if kind.meaning else "about:blank"
    return Problem(
        type=described, title=kind.title, status=kind.status, detail=detail, instance=request.path, **rest
    )


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
    text = first["msg"].partition(" or instance of ")[0]  # what follows is a name of ours
    message = text.removeprefix("Value error, ")  # pydantic's mark of a validator's own message
    own_words = name is None or message != text or "name" in first.get("ctx", {})
    detail = message if own_words else f"{name}: {message[:1].lower()}{message[1:]}"
    return _respond(_INVALID, detail, parameter=name)


def _on_http(error: HTTPException) -> Response:
    """Answer what HTTP has a status for."""
    if error.response is not None:  # a redirect
        return current_app.make_response(error.response)
    if error.code == 404:
        return _respond(_NOT_FOUND, f"there is nothing at {request.path}; /about lists what there is")
    detail, parameter = error.description or error.name, None
    if isinstance(error, MethodNotAllowed):
        detail = f"{request.method} isn't known here: use {', '.join(sorted(error.valid_methods or ()))}"
    elif isinstance(error, RequestEntityTooLarge):
        parameter = "file" if request.mimetype == "multipart/form-data" else "body"
        if detail == RequestEntityTooLarge.description:
            most = (current_app.config["MAX_CONTENT_LENGTH"] or 0) // 1_000_000
            detail = f"the body is too large: at most {most} MB are taken, so send it in parts"
    response = _respond(ProblemKind(error.code or 500, error.name), detail, parameter=parameter)
    response.headers.update(header for header in error.get_headers() if header[0] != "Content-Type")
    return response


def _on_unforeseen(error: Exception) -> Response:
    _log("failed on %s", error)
    return _respond(_INTERNAL, _INTERNAL.meaning)


def _as_sent(parameter: str | None) -> str | None:
    """Return the name under which a value was sent."""
    if parameter is None or parameter in request.args or request.method == "POST" or not request.args:
        return parameter
    return next(iter(request.args)) if len(request.args) == 1 else None  # a coordinate inside a question, say


def _log(message: str, error: Exception) -> None:
    """Log what the server is at fault for, under the id that the answer has."""
    fields = {"id": g.request_id}
    current_app.logger.error(message, route_of(), exc_info=error, extra={"fields": fields})


def _respond(kind: ProblemKind, detail: str, **rest: Any) -> Response:
    body = problem(kind, detail, **rest).model_dump()
    return Response(json.dumps(body), status=kind.status, content_type="application/problem+json")
