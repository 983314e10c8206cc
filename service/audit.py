"""Who was told where a sensitive place is, and who changed what: a line in the audit log for each.

* A *read* at tier "full" whose answer tells of sensitive places where they are: of what kinds, and how many
  different ones. It is written before the answer goes out; of an answer in pieces, before the first piece
  that tells of one, and again with the sum when the last is out.
* A *write*, before it is done and again with what came of it.
* What was *refused* for want of a key. Anybody can cause that, so it goes into a file of its own: many
  refusals then push nothing else out.

Whoever can't be written down is not answered: where the log can't be written, the answer is a problem with
status 503 instead, and a write isn't begun. Only a write that is already done is answered as it is.

A line says who, when, by which route and with which result; never what was asked for, nor an id, a name, a
position or a source's label, any of which may tell what somebody works on. It has the request's id, under
which the other log has the rest.

Routes say what they tell: `State.attribution` does it for the places that an answer quotes sources for,
others call :func:`service.disclosures.disclosures`. An answer of which nobody has said it is not taken to
tell nothing: its line has "places": null.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from flask import Request, Response, current_app

from gazetteer.values import Place
from service.audit_log import AuditError, AuditLog, default_audit_file
from service.callers import Caller, caller_of
from service.disclosures import Disclosures, changes_of, disclosures, disclosures_of
from service.observing import request_id, route_of
from service.steps import After, Before

__all__ = ["Audit", "audit", "begin_write", "open_audit", "tell"]

_BEGUN = "gazetteer.write_begun"
#: Blueprints and endpoints whose answers never tell where a place is that can be sensitive.
_TELL_OF_NONE = frozenset(
    {"monitors", "openapi", "pages", "static", "swagger"}
    | {"nominatim.status", "places.areas", "places.info"}
    | {"reconcile.flyout", "reconcile.properties", "reconcile.suggest"}  # names, kinds and areas
)
_log = logging.getLogger(__name__)


def tell(places: Iterable[Place]) -> None:
    """Note that the current answer tells of these places."""
    disclosures().add(places)


@dataclass(frozen=True, slots=True)
class Audit:
    """The audit log of a server.

    Parameters
    ----------
    log
        Reads and writes.
    refusals
        What was refused for want of a key.
    """

    log: AuditLog
    refusals: AuditLog

    @classmethod
    def at(cls, path: Path) -> Self:
        """Return the log in a file, such as audit.jsonl, with refusals beside it in audit-refused.jsonl."""
        return cls(AuditLog(path), AuditLog(path.with_stem(f"{path.stem}-refused"), kept=1))

    def check(self) -> None:
        """Raise AuditError unless a line could be written to either now."""
        self.log.check()
        self.refusals.check()


def open_audit(path: Path) -> Audit:
    """Return the log in a file that can be written.

    Raises
    ------
    AuditError
        If it can't.
    """
    if path == default_audit_file():
        with suppress(OSError):  # the check says what is amiss
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    trail = Audit.at(path)
    trail.check()
    return trail


def begin_write(trail: Audit, is_write: Callable[[str | None], bool]) -> Before:
    """Return the step that writes down a write that may be done, before anything of it is.

    Parameters
    ----------
    trail
        Where to.
    is_write
        Whether an endpoint changes something.

    Raises
    ------
    AuditError
        By the step, if it can't be written down.
    """

    def begin(request: Request) -> None:
        if is_write(request.endpoint):
            trail.log.write(_line(request, "write", "begun"))
            request.environ[_BEGUN] = True

    return begin


def audit(trail: Audit, is_write: Callable[[str | None], bool]) -> After:
    """Return the step that writes down what became of a request; see `begin_write` for the parameters."""

    def told(request: Request, response: Response) -> Response:
        status = response.status_code
        if request.environ.get(_BEGUN):
            changes = {"changes": changes_of(request)} if status < 300 else {}
            _try(trail.log, _line(request, "write", "done", status=status, **changes))
        elif status in (401, 403) or (is_write(request.endpoint) and request.method != "OPTIONS"):
            _try(trail.refusals, _line(request, "refused", "done", status=status))
        elif status < 300 and _may_tell(request):
            return _told(trail.log, request, response)
        return response

    return told


def _may_tell(request: Request) -> bool:
    """Whether an answer may tell of a sensitive place where it is."""
    caller = _caller(request)
    if caller is None or caller.tier != "full" or request.method == "OPTIONS":
        return False
    return request.blueprint not in _TELL_OF_NONE and request.endpoint not in _TELL_OF_NONE


def _told(log: AuditLog, request: Request, response: Response) -> Response:
    """Return the answer, once it is written down what it tells; a problem where that can't be."""
    noted = disclosures_of(request)

    def line(stage: str) -> Mapping[str, Any]:
        return _line(request, "read", stage, status=response.status_code, places=noted.kinds)

    if response.is_streamed:
        _follow(response, noted, log, line)
        return response
    try:
        if noted.kinds != {}:
            log.write(line("done"))
    except AuditError as error:
        response.close()
        return current_app.make_response(current_app.handle_user_exception(error))
    return response


def _follow(
    response: Response, noted: Disclosures, log: AuditLog, line: Callable[[str], Mapping[str, Any]]
) -> None:
    """Write a line before the first piece that tells of a sensitive place, and one when all is sent.

    Where the first can't be written the answer breaks off.
    """

    def watched(pieces: Iterable[bytes]) -> Iterator[bytes]:
        begun = False
        for piece in pieces:
            if not begun and noted.kinds:
                log.write(line("begun"))
                begun = True
            yield piece

    def end() -> None:
        if noted.kinds != {}:
            _try(log, line("done"))

    response.direct_passthrough = False  # or the server would send a file past this
    pieces, inner = response.iter_encoded(), response.response
    response.response = watched(pieces)
    if hasattr(inner, "close"):
        response.call_on_close(inner.close)
    response.call_on_close(end)


def _try(log: AuditLog, line: Mapping[str, Any]) -> None:
    """Write a line of what has happened and can't be taken back; where that fails the other log says so."""
    try:
        log.write(line)
    except AuditError as error:
        _log.error("%s", error, extra={"fields": {"id": line["id"]}})


def _line(request: Request, what: str, stage: str, **rest: Any) -> Mapping[str, Any]:
    caller = _caller(request)
    return {
        "time": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z",
        "id": request_id(request),
        "what": what,
        "stage": stage,
        "who": "" if caller is None else caller.who,
        "address": request.environ.get("REMOTE_ADDR") or "",
        "method": request.method,
        "route": route_of(request),
        **rest,
    }


def _caller(request: Request) -> Caller | None:
    with suppress(KeyError):
        return caller_of(request)
    return None
