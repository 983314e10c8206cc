"""Pulling: brings the sources' files into a folder, and leaves alone what is current.

For each file: find its address (on HDX through its API, since each upload gets a new one), ask for it unless
the version at hand is current, receive it beside its place, look at it, and only then let it take the place
of the one before. The list is renewed after every file, so whatever stops a pull, a fault or Ctrl-C, leaves
finished files whole, the list true, and what was half received to go on from. A source that fails does not
stop the others. Files of another name that a pull did not bring are never touched.

A mirror is an address or a folder with the publishers' own paths below it, without scheme and host
(``BASE/export/dump/SY.zip``, ``BASE/api/3/action/package_show?id=cod-ab-syr``). A folder that was pulled
needs none: copy it, and build from the copy.
"""

import contextlib
import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path, PurePosixPath
from typing import Any, Final, Literal
from urllib.parse import quote, unquote, urljoin, urlsplit

from gazetteer.errors import GazetteerError, GazetteerFileError, InputError
from geodata import download
from geodata.download import LOG_IN, FetchError, Version, Web
from geodata.sources import HdxDataset, PulledFile, Upstream, read_pulled, write_pulled

_HDX: Final = "https://data.humdata.org"
_WEB: Final = ("http://", "https://")
#: How uploaders write the formats, or name their files.
_FORMATS: Final = {
    "shp": r"shp|shapefile",
    "geojson": "geojson",
    "gpkg": "gpkg|geopackage",
    "xlsx": "xlsx|excel",
    "csv": "csv",
}
_LONGEST_NAME: Final = 120


# ------------------------------------------------------------------- what there is of a source now


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file to bring: the publisher's address, our name of it, its checksum and day where published."""

    url: str
    name: str
    checksum: str = ""
    release: str = ""


def wanted_of(answer: Any, dataset: HdxDataset) -> tuple[Wanted, ...]:
    """Choose from HDX's answer about a dataset what is wanted of it: at least one file, ordered by name.

    Keys as in CKAN's API guide (``package_show``). The checksum of a file that lies elsewhere than on HDX is
    of the day when HDX last looked, and need not be that of today's file: it isn't used.
    """
    known: list[tuple[str, str, Wanted]] = []  # with format, and time of the last change
    try:
        if answer["success"] is not True:
            raise ValueError("success is not true")
        for row in answer["result"]["resources"]:
            url = urljoin(_HDX, row["url"])
            name = safe_name(urlsplit(url).path, otherwise=safe_name(str(row["id"]), otherwise="file"))
            form = _format(str(row.get("format") or ""), name)
            changed = str(row.get("last_modified") or row.get("created") or "")
            checksum = str(row.get("hash") or "") if row.get("url_type", "upload") == "upload" else ""
            day = changed[:10] if re.match(r"\d{4}-\d\d-\d\d", changed) else ""
            passed_over = any(word in name.casefold() for word in dataset.skip)
            if row.get("state", "active") == "active" and url.startswith(_WEB) and not passed_over:
                known.append((form, changed, Wanted(url, name, checksum, day)))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise FetchError(
            f"HDX's answer about {dataset.dataset} has another form than expected ({error!r}): see whether a"
            " newer conflict-gazetteer knows it"
        ) from error
    for form in dataset.formats:
        found = [one for one in known if one[0] == form]
        if found and dataset.take == "newest":
            return (max(found, key=lambda one: (one[1], one[2].name))[2],)
        if found:
            named: dict[str, Wanted] = {}
            for number, (_, _, one) in enumerate(found):
                name = f"{number}-{one.name}" if one.name in named else one.name
                named[name] = replace(one, name=name)
            return tuple(named[name] for name in sorted(named))
    there = ", ".join(sorted({one[0] for one in known})) or "nothing"
    raise FetchError(
        f"HDX's dataset {dataset.dataset} has no file as {' or '.join(dataset.formats)}, only {there}:"
        " download it by hand into the folder"
    )


def _format(written: str, name: str) -> str:
    """Return a file's format as it is written, and if that says nothing ("ZIP"), by its name."""
    for text in (written.casefold(), name.casefold()):
        for form, words in _FORMATS.items():
            if re.search(rf"(?<![a-z])({words})", text):
                return form
    return written.casefold()


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


def _wanted(source: Upstream, web: Web, mirror: str) -> tuple[Wanted, ...]:
    """Return the files of a source, at least one."""
    if not source.hdx:
        return tuple(Wanted(file.url, file.name) for file in source.files)
    address = _address(f"{_HDX}/api/3/action/package_show?id={quote(source.hdx.dataset, safe='')}", mirror)
    try:
        is_web = address.startswith(_WEB)
        text = web.text(address) if is_web else Path(address).read_text(encoding="utf-8")
        return wanted_of(json.loads(text), source.hdx)
    except FileNotFoundError as error:
        raise FetchError(f"the mirror has no {address}") from error
    except ValueError as error:
        raise FetchError(f"{address} did not answer with JSON: it may be down, or {LOG_IN}") from error


def _address(url: str, mirror: str) -> str:
    """Return where to take what a publisher has at `url`: an address or a path."""
    parts = urlsplit(url)
    if not mirror:
        if parts.scheme != "https":
            raise FetchError(f"{url} is not an HTTPS address: not taken")
        return url
    path = parts.path if mirror.startswith(_WEB) else unquote(parts.path)
    if ".." in path.replace("\\", "/").split("/"):
        raise FetchError(f"{url} leads out of the mirror's folder: not taken")
    return f"{mirror.rstrip('/')}{path}{f'?{parts.query}' if parts.query else ''}"


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

    Sources that have nothing to pull are passed over. `on_file` is called before a file is asked for. A list
    or a mirror that can't be used is an InputError; a folder that can't be written, or that another pull
    fills, is a GazetteerFileError.
    """
    if mirror and not mirror.startswith(_WEB) and not Path(mirror).is_dir():
        wrong = f"{mirror} is neither a folder nor an address that begins with https://"
        raise InputError(wrong, parameter="mirror")
    with _writing(into):
        into.mkdir(parents=True, exist_ok=True)
    with _alone(into):
        run = _Run(into, web, mirror or "", compare_checksums, on_file)
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

    def __init__(
        self, into: Path, web: Web, mirror: str, compare: bool, on_file: Callable[[str], None]
    ) -> None:
        self._into, self._web, self._mirror = into, web, mirror
        self._compare, self._on_file = compare, on_file
        self._list = {file.file: file for file in read_pulled(into)}

    def bring(self, source: Upstream) -> Iterator[Outcome]:
        files = {f"{source.id}/{one.name}": one for one in _wanted(source, self._web, self._mirror)}
        old = sorted({f.file for f in self._list.values() if f.source == source.id} - files.keys())
        for number, (file, wanted) in enumerate(files.items(), start=1):
            outcome = self._bring_file(source, file, wanted)
            yield replace(outcome, replaced=old[0]) if old and number == len(files) else outcome
        for file in old:  # which goes when the new one is there, and not before; off the list first
            del self._list[file]
            write_pulled(self._into, self._list.values())
            (self._into / file).unlink(missing_ok=True)

    def _bring_file(self, source: Upstream, file: str, wanted: Wanted) -> Outcome:
        target = self._into / file
        target.parent.mkdir(exist_ok=True)
        at_hand = self._at_hand(file, wanted.url)
        self._on_file(file)
        part, address = target.with_name(f"{target.name}.part"), _address(wanted.url, self._mirror)
        known = None
        if at_hand and at_hand.mirror == self._mirror and not part.exists():
            known = Version(address, at_hand.etag, at_hand.last_modified)
        version, day = self._receive(address, part, known), ""
        if version is None:
            assert at_hand  # only a file at hand can be current
            entry = replace(at_hand, release=wanted.release or at_hand.release)
            self._note(entry)
            return Outcome(entry, "current")
        try:
            download.check_received(part, name=file, checksum=wanted.checksum if self._compare else "")
        except FetchError:
            download.forget(part)
            raise
        with contextlib.suppress(ValueError):
            day = parsedate_to_datetime(version.last_modified).date().isoformat()
        entry = PulledFile(
            source=source.id,
            file=file,
            url=wanted.url,
            retrieved=datetime.now(UTC).isoformat(timespec="seconds"),
            sha256=download.digest_of(part),
            licence=source.licence,
            release=wanted.release or day,
            bytes=part.stat().st_size,
            etag=version.etag,
            last_modified=version.last_modified,
            mirror=self._mirror,
        )
        same = at_hand is not None and at_hand.sha256 == entry.sha256
        state: Literal["new", "updated"] = "updated" if target.exists() else "new"
        download.take(part, target)
        self._note(entry)
        return Outcome(entry, "current" if same else state)

    def _receive(self, address: str, part: Path, known: Version | None) -> Version | None:
        """Receive a file into `part`; None when the known version is current."""
        if address.startswith(_WEB):
            return self._web.file(address, part, known=known)
        download.forget(part)
        try:
            shutil.copyfile(address, part)
        except (FileNotFoundError, IsADirectoryError) as error:
            raise FetchError(f"the mirror has no {address}") from error
        return Version(address)

    def _at_hand(self, file: str, url: str) -> PulledFile | None:
        """Return the entry of a file that lies there as it was pulled; None if it must be brought."""
        entry, target = self._list.get(file), self._into / file
        whole = entry and entry.url == url and target.is_file() and target.stat().st_size == entry.bytes
        return entry if entry and whole and download.digest_of(target) == entry.sha256 else None

    def _note(self, entry: PulledFile) -> None:
        self._list[entry.file] = entry
        write_pulled(self._into, self._list.values())


@contextlib.contextmanager
def _alone(into: Path) -> Iterator[None]:
    """Keep other pulls out of a folder: two would write into one part, and each its own list."""
    if sys.platform == "win32":  # which locks no folders
        yield
        return
    import fcntl

    descriptor = os.open(into, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise GazetteerFileError(
                f"another pull is filling {into}: wait for its end, or take another folder"
            ) from error
        except OSError:  # a file system without locks
            pass
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
        raise GazetteerFileError(
            f"{error.filename or into} cannot be written ({error.strerror}): make room, or take another"
            " folder; the same command goes on from there"
        ) from error
