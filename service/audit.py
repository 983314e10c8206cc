"""Who was told where a sensitive place is, and who changed what: a line in the audit log for each.

* A *read* at tier "full" whose answer tells of sensitive places where they are: of what kinds, and how many
  different ones. It is written before the answer goes out; of an answer in pieces, before the first piece
  that tells of one, and again with the sum when the last is out.
* A *write*, before it is done and again with what came of it.
* What was *refused* for want of a key. Anybody can cause that, so it goes into a file of its own: many
  refusals then push nothing else out.

Where the log can't be written, nothing is told and no write is begun: the answer is a problem with status
503. Only a write that is already done is answered as it is.

A line says who, when, by which route and with which result; never what was asked for, nor an id, a name, a
position or a source's label, any of which may tell what somebody works on.

What is told is noted by :class:`Telling`, the gazetteer of tier "full", for everything that names are asked
for; routes that list places call :func:`tell`. The file is for one server: it is turned over by size
(:class:`logging.handlers.RotatingFileHandler`).
"""

import json
import logging
import os
import re
import shutil
import sys
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any, cast

from flask import Flask, Response, current_app, g, has_request_context, request

from gazetteer.answers import DistanceAnswer, Report, Resolution, ReverseAnswer
from gazetteer.errors import GazetteerError, NotFoundError
from gazetteer.geodesy import LatLon
from gazetteer.incidents import Incident
from gazetteer.incidents.columns import THEIRS, normal_name
from gazetteer.incidents.names import resolve_mention
from gazetteer.incidents.row import Mention
from gazetteer.lookups import Kinds, Lookups
from gazetteer.near.targets import measured
from gazetteer.values import Place
from service.access import caller
from service.endpoint import declared
from service.telemetry import follow, route_of
from service.tiers import seen

#: Bytes of a file, and how many full ones are kept: of lines of 300 bytes some 350,000.
_MOST_BYTES, _KEPT = 10_000_000, 10
#: A disk with less room than this is taken to be full: a page is what file systems give at least.
_ROOM_BYTES = 65_536
#: Names of which it is remembered what positions were computed from.
_NAMES = 16_384
#: The columns in which enriching writes ids, alone or in lists of places as JSON.
_WITH_IDS = frozenset({"gaz_place_id", "gaz_alternatives", "gaz_places"})
_LISTED_ID = re.compile(r'"place_id":\s*"([^"]*)"')
_RENAMED = re.compile(f"^(?:{THEIRS})+")
_log = logging.getLogger(__name__)


class AuditError(GazetteerError):
    """The audit log can't be written, so what it would have to tell of can't be done."""


def default_audit_file() -> Path:
    """Return where the audit log of this user's servers is, unless another file is named."""
    import platformdirs

    return Path(platformdirs.user_state_dir("conflict-gazetteer", appauthor=False)) / "audit.jsonl"


# ------------------------------------------------------------------------------- what an answer tells


def tell(places: Iterable[Place]) -> None:
    """Note that the current answer tells of these places; generalised ones don't count, nor plain ones."""
    told: dict[str, str] = g.setdefault("told", {})
    for place in places:
        if place.sensitive and place.generalised_to_deg is None:
            told[place.id] = place.kind.value


def tell_incidents(listed: Iterable[Incident]) -> None:
    """Note that the current answer shows these incidents, and so tells of the places in their rows."""
    gazetteer = seen().gazetteer
    if isinstance(gazetteer, Telling):  # below tier full no place put them where they are
        tell(place for incident in listed for place in gazetteer.behind(incident))


def wrote(**counts: int) -> None:
    """Note what the current write has done, such as ``added=3``."""
    g.wrote = counts


class Telling:
    """A gazetteer that notes of which places it tells while a request is answered; otherwise as it was."""

    def __init__(self, gazetteer: Lookups) -> None:
        self._held = gazetteer
        self._meant = lru_cache(_NAMES)(self._meant_by)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._held, name)

    def resolve(self, text: str, **options: Any) -> Resolution:
        """Resolve a text."""
        found = self._held.resolve(text, **options)
        _tell_of(found)
        return found

    def geoparse(self, text: str, **options: Any) -> Report:
        """Find the places in a text."""
        found = self._held.geoparse(text, **options)
        for mention in found.mentions:
            _tell_of(mention.resolution)
        return found

    def suggest(self, text: str, *, kinds: Kinds = None, limit: int = 10) -> tuple[tuple[Place, str], ...]:
        """Suggest places."""
        found = self._held.suggest(text, kinds=kinds, limit=limit)
        _note(place for place, _ in found)
        return found

    def reverse(self, position: LatLon) -> ReverseAnswer:
        """Return the areas round a position."""
        found = self._held.reverse(position)
        _note(() if found.nearest is None else (found.nearest,))
        return found

    def one_place(self, text: str, *, parameter: str) -> Place:
        """Return the one place that is meant."""
        found = Lookups.one_place(cast(Lookups, self), text, parameter=parameter)
        _note((found,))
        return found

    def distance(self, from_: str, to: str) -> DistanceAnswer:
        """Return the distance between two places."""
        start, end = (self.one_place(text, parameter=name) for text, name in ((from_, "from"), (to, "to")))
        return measured(self._held, start, end)

    def behind(self, incident: Incident) -> Iterator[Place]:
        """Yield the places that an incident's position comes from, and those in the cells of enriching.

        Where a position bears the id of no place ("1 m north of X", a saved answer) its name is read again.
        """
        ids = [*incident.place_ids, *_ids_in(incident.properties)]
        unknown = not ids and incident.position is not None and incident.origin != "coordinates"
        for place_id in ids:
            try:
                yield self._held.place(place_id)
            except NotFoundError:
                unknown = True
        if unknown:
            yield from self._meant(Mention(incident.names, incident.context, incident.country))

    def _meant_by(self, mention: Mention) -> tuple[Place, ...]:
        found = resolve_mention(self._held, mention)
        return () if found is None else tuple(_told_by(found))


def _ids_in(cells: Mapping[str, str]) -> Iterator[str]:
    """Yield the ids of places that enriching wrote into a row."""
    for name in _gaz_columns(tuple(cells)):
        text = cells[name].strip()
        yield from _LISTED_ID.findall(text) if text.startswith("[") else filter(None, (text,))


@lru_cache(maxsize=256)
def _gaz_columns(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the columns that hold ids of places, or lists of places; an answer may have renamed them."""
    return tuple(name for name in names if _RENAMED.sub("", normal_name(name)) in _WITH_IDS)


def _tell_of(found: Resolution) -> None:
    _note(_told_by(found))


def _told_by(found: Resolution) -> Iterator[Place]:
    for match in (*found.matches, *found.places):
        yield from (match.place, *match.anchors)


def _note(places: Iterable[Place]) -> None:
    if has_request_context():  # else something is made ready, and nobody is told
        tell(places)


# --------------------------------------------------------------------------------------- the hooks


def init_audit(app: Flask, log: "AuditLog | None", *, silent: Collection[str] = ()) -> None:
    """Write down writes before they are done, and what became of every request.

    `silent` names routes without a declaration whose answers have no positions.
    """
    if log is None:
        return

    @app.before_request
    def begin() -> None:
        if request.endpoint is not None and declared().writes and request.method != "OPTIONS":
            log.write(_line("write", "begun"))
            g.write_begun = True

    @app.after_request
    def told(response: Response) -> Response:
        status = response.status_code
        if "write_begun" in g:
            changes = {"changes": g.get("wrote")} if status < 300 else {}
            log.try_to_write(_line("write", "done", status=status, **changes))
        elif status in (401, 403):
            log.try_to_write(_line("refused", "done", status=status), refused=True)
        elif status < 500 and caller().tier == "full" and declared().tells and request.endpoint not in silent:
            return _written_down(log, response)  # a refusal may list what a name could mean
        return response


def _written_down(log: "AuditLog", response: Response) -> Response:
    """Return the answer, once it is written down what it tells; a problem where that can't be."""
    if response.is_streamed:
        _follow(log, response)
        return response
    try:
        if told := g.get("told"):
            log.write(_read("done", response.status_code, told))
    except AuditError as error:
        response.close()
        return current_app.make_response(current_app.handle_user_exception(error))
    return response


def _follow(log: "AuditLog", response: Response) -> None:
    """Write a line before the first piece that tells of a sensitive place, and one when all is sent.

    Where the first can't be written the answer breaks off.
    """
    told: dict[str, str] = g.setdefault("told", {})
    line = _read("", response.status_code, told)

    def watched(pieces: Iterable[bytes]) -> Iterator[bytes]:
        begun = False
        for piece in pieces:
            if not begun and told:
                log.write({**line, "stage": "begun", "places": _counted(told)})
                begun = True
            yield piece

    def end() -> None:
        if told:
            log.try_to_write({**line, "stage": "done", "places": _counted(told)})

    follow(response, watched, end)


def _counted(told: dict[str, str]) -> dict[str, int]:
    return dict(sorted(Counter(told.values()).items()))


def _read(stage: str, status: int, told: dict[str, str]) -> dict[str, Any]:
    return _line("read", stage, status=status, places=_counted(told))


def _line(what: str, stage: str, **rest: Any) -> dict[str, Any]:
    return {
        "time": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z",
        "id": g.request_id,
        "what": what,
        "stage": stage,
        "who": caller().who,
        "address": request.environ.get("REMOTE_ADDR") or "",
        "method": request.method,
        "route": route_of(),
        **rest,
    }


# ----------------------------------------------------------------------------------------- the file


class AuditLog:
    """The audit log in a file, such as audit.jsonl, with refusals beside it in audit-refused.jsonl.

    Raises
    ------
    AuditError
        If it can't be written.
    """

    def __init__(self, path: Path, *, most_bytes: int = _MOST_BYTES, kept: int = _KEPT) -> None:
        if path == default_audit_file():
            with suppress(OSError):  # the check says what is amiss
                path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._log = _Handler(path, maxBytes=most_bytes, backupCount=kept)
        self._refusals = _Handler(path.with_stem(f"{path.stem}-refused"), maxBytes=most_bytes, backupCount=1)
        self.check()

    def write(self, line: dict[str, Any], *, refused: bool = False) -> None:
        """Append a line; raise AuditError where that can't be done."""
        handler = self._refusals if refused else self._log
        text = json.dumps(line, ensure_ascii=False, separators=(",", ":"))
        handler.handle(logging.LogRecord("audit", logging.INFO, "", 0, text, None, None))

    def try_to_write(self, line: dict[str, Any], *, refused: bool = False) -> None:
        """Append a line of what can't be taken back; where that fails the other log says so."""
        try:
            self.write(line, refused=refused)
        except AuditError as error:
            _log.error("%s", error, extra={"fields": {"id": line["id"]}})

    def check(self) -> None:
        """Raise AuditError unless a line could be written now, as far as can be told without writing one."""
        for handler in (self._log, self._refusals):
            handler.check()

    def close(self) -> None:
        """Close the files."""
        self._log.close()
        self._refusals.close()


class _Handler(RotatingFileHandler):
    """Appends lines to a file that only its owner may read, and raises AuditError where it can't."""

    def __init__(self, path: Path, **options: Any) -> None:
        super().__init__(path, encoding="utf-8", delay=True, **options)

    def check(self) -> None:
        try:
            with self._open():
                room = shutil.disk_usage(Path(self.baseFilename).parent).free
        except OSError as error:
            raise self._unwritable(error.strerror or str(error)) from error
        if room < _ROOM_BYTES:
            raise self._unwritable("there is no room on its disk")

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line, and let go of the file: another that takes its place gets the next one."""
        super().emit(record)
        if self.stream is not None:
            stream, self.stream = self.stream, None
            stream.close()

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Raise what went wrong: logging would go on without the line."""
        error = sys.exception()
        if self.stream is not None:
            stream, self.stream = self.stream, None
            with suppress(OSError, ValueError):  # what could not be written is given up
                stream.close()
        if isinstance(error, AuditError):
            raise error
        why = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise self._unwritable(why) from error

    def _open(self) -> TextIOWrapper:
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
        opened = os.open(self.baseFilename, flags, 0o600)
        status = os.fstat(opened)
        if os.name == "posix" and status.st_mode & 0o077:
            os.close(opened)
            path = self.baseFilename
            raise self._unwritable(f"others can read it: take that away with 'chmod 600 {path}'")
        if status.st_size:
            os.lseek(opened, -1, os.SEEK_END)
            if os.read(opened, 1) != b"\n":
                os.write(opened, b"\n")  # a line that was torn ends where it is
        return open(opened, "a", encoding="utf-8")  # noqa: PTH123 - a descriptor has no path

    def _unwritable(self, why: str) -> AuditError:
        return AuditError(f"the audit log {self.baseFilename} can't be written: {why}")
