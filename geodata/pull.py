"""Pulling: brings the sources' files into a folder, and leaves alone what is current.

For each file: find its address (on HDX through its API, since each upload gets a new one), ask for it unless
the version at hand is current, receive it beside its place, look at it, and only then let it take the place
of the one before. ``pull.json`` lists what was pulled, from where, when and with which checksum. It is
renewed after every file, so whatever stops a pull, a fault or Ctrl-C, leaves finished files whole, the list
true, and what was half received to go on from. A build copies it into its manifest.

A source that fails does not stop the others. A file that the publisher has under a new name takes the place
of the old one, so that a build never sees two releases; files that a pull did not bring are never touched.

A mirror is a folder, or the address of one: either a folder that ``pull`` filled, whose checksums are
compared, or the publishers' own paths below one base, without scheme and host (``BASE/export/dump/SY.zip``,
``BASE/api/3/action/package_show?id=cod-ab-syr``).
"""

import contextlib
import errno
import json
import os
import re
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path, PurePosixPath
from typing import Any, Final, Literal
from urllib.parse import quote, unquote, urljoin, urlsplit

from gazetteer.errors import GazetteerError, GazetteerFileError, InputError
from geodata import download
from geodata.download import FetchError, NotThereError, Received, Version, Web
from geodata.sources import (
    PULLED_NAME,
    HdxDataset,
    PulledFile,
    Upstream,
    parse_pulled,
    read_pulled,
    write_pulled,
)

_HDX: Final = "https://data.humdata.org"
_WEB: Final = ("http://", "https://")
_ENDINGS: Final = {"shp": "zip", "geojson": "geojson", "gpkg": "gpkg", "xlsx": "xlsx", "csv": "csv"}
#: How uploaders write the formats, once "zipped" and punctuation are gone.
_FORMATS: Final = {
    "shapefile": "shp",
    "shapefiles": "shp",
    "esri shapefile": "shp",
    "geopackage": "gpkg",
    "excel": "xlsx",
}
_LONGEST_NAME: Final = 120
# Windows has no quotas of this kind.
_FULL: Final = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))


# ------------------------------------------------------------------- what there is of a source now


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file to bring."""

    #: The publisher's address of it, and what it is called here.
    url: str
    name: str
    #: As published; empty where none is.
    checksum: str = ""
    #: The day of the release, ISO; empty where it is not known yet.
    release: str = ""
    #: Where it lies in a mirror that is a pulled folder; empty for the publisher's path.
    file: str = ""


def wanted_of(answer: Any, dataset: HdxDataset) -> tuple[Wanted, ...]:
    """Choose from HDX's answer about a dataset what is wanted of it: at least one file, ordered by name.

    Keys as in CKAN's API guide (``package_show``). The checksum of a file that lies elsewhere than on HDX is
    of the day when HDX last looked, and need not be that of today's file: it isn't used.
    """
    try:
        if answer["success"] is not True:
            raise ValueError("success is not true")
        rows = [r for r in answer["result"]["resources"] if r.get("state", "active") == "active"]
        known = [_resource(row) for row in rows]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise FetchError(
            f"HDX's answer about {dataset.dataset} has another form than expected ({error!r}): see whether a"
            " newer conflict-gazetteer knows it"
        ) from error
    known = [r for r in known if not any(word in r[3].name.casefold() for word in dataset.skip)]
    known = [r for r in known if r[3].url.startswith(_WEB)]
    for form in dataset.formats:
        found = [r for r in known if r[0] == form]
        if found and dataset.take == "newest":
            return (max(found, key=lambda r: (r[1], r[3].name))[3],)
        if found:
            seen = Counter(r[3].name.casefold() for r in found)  # two of one name get their ids as well
            named = [
                replace(w, name=f"{key}-{w.name}") if seen[w.name.casefold()] > 1 else w
                for *_, key, w in found
            ]
            return tuple(sorted(named, key=lambda w: w.name))
    there = ", ".join(sorted({r[0] for r in known})) or "nothing"
    raise FetchError(
        f"HDX's dataset {dataset.dataset} has no file as {' or '.join(dataset.formats)}, only {there}:"
        " download it by hand into the folder"
    )


def _resource(row: Mapping[str, Any]) -> tuple[str, str, str, Wanted]:
    """Return format, time of the last change, the beginning of the id, and the file itself."""
    url = urljoin(_HDX, row["url"])
    path = urlsplit(url).path
    form = _format(str(row.get("format") or ""), path)
    changed = str(row.get("last_modified") or row.get("created") or "")
    key = safe_name(str(row["id"]), otherwise="file")[:8]
    hosted = str(row.get("url_type") or "upload") == "upload"
    wanted = Wanted(
        url,
        safe_name(path, otherwise=f"{key}.{_ENDINGS.get(form, form)}"),
        str(row.get("hash") or "") if hosted else "",
        changed[:10] if re.match(r"\d{4}-\d\d-\d\d", changed) else "",
    )
    return form, changed, key, wanted


def _format(written: str, path: str) -> str:
    plain = " ".join(re.sub(r"\bzip(ped)?\b|[^a-z ]", " ", written.casefold()).split())
    if plain:
        return _FORMATS.get(plain, plain)
    name = PurePosixPath(path).name.casefold()  # "zip", or nothing: the file name says more
    return next((known for known in _ENDINGS if re.search(rf"[._]{known}\b", name)), "zip")


def safe_name(text: str, *, otherwise: str) -> str:
    """Return a file name without folders, made from the last part of a path that a server gave.

    >>> safe_name("/download/../..%2Fetc/pass wd?.zip", otherwise="x.zip")
    'pass wd_.zip'
    """
    last = PurePosixPath(unquote(text).replace("\\", "/")).name
    name = re.sub(r"[^\w .()+-]", "_", last).strip(" .")
    if len(name) > _LONGEST_NAME:
        name = name[: _LONGEST_NAME // 2] + name[-_LONGEST_NAME // 2 :]
    return name or otherwise


class _Place:
    """Where files are taken from: the publishers, or a mirror in their place."""

    def __init__(self, web: Web, mirror: str | None) -> None:
        self.web, self.name = web, mirror or ""
        self._base = self.name.rstrip("/") if self.name.casefold().startswith(_WEB) else self.name
        if self._base and not self._base.startswith(_WEB) and not Path(self._base).is_dir():
            raise InputError(
                f"{mirror} is neither a folder nor an address that begins with https://", parameter="mirror"
            )
        self._list: tuple[PulledFile, ...] | None = None if mirror else ()

    def wanted(self, source: Upstream) -> tuple[Wanted, ...]:
        """Return the files of a source, at least one."""
        if self._list is None:
            address = f"{self._base}/{PULLED_NAME}"
            try:
                self._list = parse_pulled(self.text(address), address)
            except NotThereError:
                self._list = ()
        if self._list:
            found = tuple(
                Wanted(f.url, safe_name(f.file, otherwise="file"), f"sha256:{f.sha256}", f.release, f.file)
                for f in self._list
                if f.source == source.id
            )
            if not found:
                raise FetchError(f"the mirror {self.name} does not have it")
            return found
        if not source.hdx:
            return tuple(Wanted(file.url, file.name) for file in source.files)
        question = f"{_HDX}/api/3/action/package_show?id={quote(source.hdx.dataset, safe='')}"
        text = self.text(self.address(Wanted(question, "")))
        try:
            return wanted_of(json.loads(text), source.hdx)
        except ValueError as error:
            raise FetchError(
                f"{question} did not answer with JSON: it may be down, or this network may want you to log in"
            ) from error

    def address(self, wanted: Wanted) -> str:
        """Return where to take a file: an address or a path."""
        parts = urlsplit(wanted.url)
        if not self._base:
            if parts.scheme != "https":
                raise FetchError(f"{wanted.url} is not an HTTPS address: not taken")
            return wanted.url
        is_web = self._base.startswith(_WEB)
        if wanted.file:
            return f"{self._base}/{quote(wanted.file) if is_web else wanted.file}"
        path = parts.path if is_web else unquote(parts.path)
        if ".." in path.replace("\\", "/").split("/"):
            raise FetchError(f"{wanted.url} leads out of the mirror's folder: not taken")
        return f"{self._base}{path}{f'?{parts.query}' if parts.query else ''}"

    def text(self, address: str) -> str:
        """Return a document."""
        if address.startswith(_WEB):
            return self.web.text(address)
        try:
            return Path(address).read_text(encoding="utf-8")
        except FileNotFoundError as error:
            raise NotThereError(f"the mirror has no {address}") from error

    def file(self, address: str, part: Path, known: Version | None) -> Received | None:
        """Receive a file into `part`."""
        if address.startswith(_WEB):
            return self.web.file(address, part, known=known)
        download.forget(part)
        try:
            shutil.copyfile(address, part)
        except (FileNotFoundError, IsADirectoryError) as error:
            raise FetchError(f"the mirror has no {address}") from error
        return Received(Version(address), resumed=False)


# ------------------------------------------------------------------------------------- one pull


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file; `replaced` names the file of an earlier release that it stands for."""

    file: PulledFile
    state: Literal["new", "updated", "current"]
    replaced: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a source could not be pulled, in a sentence."""

    source: str
    reason: str


def pull(
    sources: Sequence[Upstream],
    into: Path,
    *,
    web: Web,
    mirror: str | None = None,
    compare_checksums: bool = True,
    on_file: Callable[[str], None] = lambda file: None,
) -> Iterator[Outcome | Failure]:
    """Bring the files of sources into a folder: an outcome for each file, a failure for each source without.

    Sources that have nothing to pull are passed over. `on_file` is called with a file's name before it is
    asked for. A list or a mirror that can't be used is an InputError; a folder that can't be written, that
    another pull fills, or a full disk is a GazetteerFileError: no source could be pulled then.
    """
    place = _Place(web, mirror)
    with _writing(into):
        into.mkdir(parents=True, exist_ok=True)
    with _alone(into):
        run = _Run(into, place, compare_checksums, on_file)
        for source in sources:
            if not (source.hdx or source.files):
                continue
            try:
                with _writing(into):
                    yield from run.bring(source)
            except FetchError as error:
                yield Failure(source.id, str(error))


class _Run:
    """One pull: the folder, its list as it is now, and where files come from."""

    def __init__(self, into: Path, place: _Place, compare: bool, on_file: Callable[[str], None]) -> None:
        self._into, self._place, self._compare, self._on_file = into, place, compare, on_file
        self._list = {file.file: file for file in read_pulled(into)}

    def bring(self, source: Upstream) -> Iterator[Outcome]:
        wanted = self._place.wanted(source)
        files = {f"{source.id}/{one.name}": one for one in wanted}
        old = sorted({f.file for f in self._list.values() if f.source == source.id} - files.keys())
        for number, (file, one) in enumerate(files.items(), start=1):
            outcome = self._bring_file(source, file, one)
            # The old release goes when the new one is there, and not before.
            replaced = old[0] if old and number == len(files) else ""
            yield replace(outcome, replaced=replaced)
        for file in old:  # off the list first
            del self._list[file]
            write_pulled(self._into, self._list.values())
            (self._into / file).unlink(missing_ok=True)

    def _bring_file(self, source: Upstream, file: str, wanted: Wanted) -> Outcome:
        target = self._into / file
        target.parent.mkdir(exist_ok=True)
        at_hand = self._at_hand(file, wanted.url)
        if at_hand and wanted.checksum == f"sha256:{at_hand.sha256}":
            return Outcome(at_hand, "current")
        self._on_file(file)
        part = target.with_name(f"{target.name}.part")
        received = self._received(wanted, file, part, at_hand)
        if received is None:
            assert at_hand  # only a file at hand can be current
            entry = replace(at_hand, release=wanted.release or at_hand.release)
            self._note(entry)
            return Outcome(entry, "current")
        entry = PulledFile(
            source=source.id,
            file=file,
            url=wanted.url,
            retrieved=datetime.now(UTC).isoformat(timespec="seconds"),
            sha256=download.digest_of(part),
            licence=source.licence,
            release=wanted.release or _day_of(received.version.last_modified),
            bytes=part.stat().st_size,
            etag=received.version.etag,
            last_modified=received.version.last_modified,
            mirror=self._place.name,
        )
        same = at_hand is not None and at_hand.sha256 == entry.sha256
        state: Literal["new", "updated", "current"] = "updated" if target.exists() else "new"
        download.take(part, target)
        self._note(entry)
        return Outcome(entry, "current" if same else state)

    def _at_hand(self, file: str, url: str) -> PulledFile | None:
        """Return the entry of a file that lies there as it was pulled; None if it must be brought."""
        entry, target = self._list.get(file), self._into / file
        whole = entry and entry.url == url and target.is_file() and target.stat().st_size == entry.bytes
        return entry if entry and whole and download.digest_of(target) == entry.sha256 else None

    def _received(self, wanted: Wanted, file: str, part: Path, at_hand: PulledFile | None) -> Received | None:
        """Receive and check a file; a part that was gone on with may be bad, so then once more afresh."""
        address = self._place.address(wanted)
        known = None
        if at_hand and at_hand.mirror == self._place.name and not part.exists():
            known = Version(address, at_hand.etag, at_hand.last_modified)
        while received := self._place.file(address, part, known):
            try:
                download.check_received(part, name=file, checksum=wanted.checksum if self._compare else "")
            except FetchError:
                download.forget(part)
                if not received.resumed:
                    raise
            else:
                return received
        return None

    def _note(self, entry: PulledFile) -> None:
        self._list[entry.file] = entry
        write_pulled(self._into, self._list.values())


def _day_of(last_modified: str) -> str:
    """Return the day of an HTTP date, ISO; empty if there is none."""
    try:
        return parsedate_to_datetime(last_modified).date().isoformat()
    except ValueError:
        return ""


@contextlib.contextmanager
def _alone(into: Path) -> Iterator[None]:
    """Keep other pulls out of a folder: two would write into one part, and each its own list."""
    if sys.platform == "win32":  # which locks no folders
        yield
        return
    import fcntl

    descriptor = os.open(into, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise GazetteerFileError(
            f"another pull is filling {into}: wait for its end, or name another folder with --into"
        ) from error
    except OSError:  # a file system without locks
        pass
    try:
        yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _writing(into: Path) -> Iterator[None]:
    """Say in a sentence why a folder cannot be written."""
    try:
        yield
    except GazetteerError:
        raise
    except OSError as error:
        if error.errno in _FULL:
            raise GazetteerFileError(
                f"The disk that holds {into} is full: make room and run the same command again, which goes on"
                " from there"
            ) from error
        if isinstance(error, (NotADirectoryError, FileExistsError)):
            raise InputError(f"{into} is not a folder: name another with --into", parameter="into") from error
        raise GazetteerFileError(
            f"{error.filename or into} cannot be used ({error.strerror}): name another folder with --into"
        ) from error
