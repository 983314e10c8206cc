"""Pulling: brings the sources' files into a folder, and leaves alone what is current.

For each file: find its address (for HDX through the API), ask for it unless the version at hand is
current, receive it beside its place, look at it (:mod:`geodata.received`), and only then let it take
the place of the one before. ``pull.json`` is renewed after every file. Whatever stops a pull, a fault or
Ctrl-C, leaves finished files whole, the list true, and what was half received to go on from.

A source that fails does not stop the others. A file that the publisher has under a new name takes the
place of the old one, so that a build never sees two releases; files that a pull did not bring are never
touched.
"""

import contextlib
import errno
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Final, Literal

from gazetteer.errors import GazetteerError, GazetteerFileError, InputError
from geodata.fetch import Fetcher, FetchError, Received
from geodata.find import Finder, Wanted
from geodata.mirror import Mirror
from geodata.partial import Partial, Validators
from geodata.pulled import PulledFile, read_pulled, write_pulled
from geodata.received import DamagedError, check_received, sha256_of
from geodata.sources import Upstream

__all__ = ["Failure", "Outcome", "pull"]

# Windows has no quotas of this kind.
_FULL: Final = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))


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
    fetcher: Fetcher,
    mirror: str | None = None,
    compare_checksums: bool = True,
    on_file: Callable[[str], None] = lambda file: None,
) -> Iterator[Outcome | Failure]:
    """Bring the files of sources into a folder, one after the other.

    Parameters
    ----------
    sources
        Which; those that come with the program are passed over.
    into
        The folder; it is made where it does not exist.
    fetcher
        What fetches.
    mirror
        A folder or an address to take them from instead of the publishers; see :mod:`geodata.mirror`.
    compare_checksums
        Whether a file that does not have its published checksum is refused.
    on_file
        Called with a file's name before it is asked for.

    Yields
    ------
    Outcome or Failure
        An outcome for each file, a failure for each source that could not be pulled whole.

    Raises
    ------
    InputError
        If the folder's list, or the mirror, cannot be used.
    GazetteerFileError
        If the folder cannot be written, another pull fills it, or the disk is full: no source could be pulled
        then.
    """
    where = Mirror(mirror)
    with _writing(into):
        into.mkdir(parents=True, exist_ok=True)
    with _alone(into):
        run = _Run(into, fetcher, where, compare_checksums, on_file)
        for source in sources:
            if source.is_embedded:
                continue
            try:
                with _writing(into):
                    yield from run.bring(source)
            except (FetchError, DamagedError) as error:
                yield Failure(source.id, str(error))


class _Run:
    """One pull: the folder, its list as it is now, and where files come from."""

    def __init__(
        self, into: Path, fetcher: Fetcher, mirror: Mirror, compare: bool, on_file: Callable[[str], None]
    ) -> None:
        self._into, self._fetcher, self._mirror = into, fetcher, mirror
        self._compare, self._on_file = compare, on_file
        self._list = {file.file: file for file in read_pulled(into)}
        self._find = Finder(fetcher, mirror)

    def bring(self, source: Upstream) -> Iterator[Outcome]:
        wanted = self._find(source)
        before = {file.file for file in self._list.values() if file.source == source.id}
        old = sorted(before - {one.file for one in wanted})
        for one in wanted:
            outcome = self._bring_file(one)
            # The old release goes when the new one is there, and not before.
            replaced = self._drop(old.pop(0)) if old and one is wanted[-1] else ""
            yield replace(outcome, replaced=replaced)
        for file in old:
            self._drop(file)

    def _bring_file(self, wanted: Wanted) -> Outcome:
        target = self._into / wanted.file
        target.parent.mkdir(exist_ok=True)
        at_hand = self._at_hand(wanted)
        if at_hand and wanted.checksum == f"sha256:{at_hand.sha256}":
            return Outcome(at_hand, "current")
        self._on_file(wanted.file)
        partial = Partial(target.with_name(f"{target.name}.part"))
        received = self._receive(wanted, partial, at_hand)
        if received is None:
            assert at_hand  # only a file at hand can be current
            current = replace(at_hand, release=wanted.release or at_hand.release)
            self._note(current)
            return Outcome(current, "current")
        existed = target.exists()
        entry = self._entry(wanted, received)
        same = at_hand is not None and at_hand.sha256 == entry.sha256
        partial.take(target)
        self._note(entry)
        return Outcome(entry, "current" if same else "updated" if existed else "new")

    def _at_hand(self, wanted: Wanted) -> PulledFile | None:
        """Return the entry of a file that lies there as it was pulled; None if it must be brought."""
        entry = self._list.get(wanted.file)
        if not entry or entry.url != wanted.url:
            return None
        target = self._into / wanted.file
        whole = (
            target.is_file() and target.stat().st_size == entry.bytes and sha256_of(target) == entry.sha256
        )
        return entry if whole else None

    def _receive(self, wanted: Wanted, partial: Partial, at_hand: PulledFile | None) -> Received | None:
        """Receive and check a file; a part that was gone on with may be bad, so then once more afresh."""
        known = None
        if at_hand and at_hand.mirror == self._mirror.name and not partial.size():
            known = Validators(at_hand.etag, at_hand.last_modified)
        for _ in range(2):
            if isinstance(wanted.address, str):
                received = self._fetcher.file(wanted.address, partial.path, known=known)
            else:
                received = _copy(wanted.address, partial)
            if received is None:
                return None
            try:
                check_received(
                    partial.path, name=wanted.file, checksum=wanted.checksum if self._compare else ""
                )
            except DamagedError:
                partial.forget()
                if not received.resumed:
                    raise
            else:
                return received
        raise AssertionError("an answer from the first byte on was not resumed")  # pragma: no cover

    def _entry(self, wanted: Wanted, received: Received) -> PulledFile:
        return PulledFile(
            source=wanted.source.id,
            file=wanted.file,
            url=wanted.url,
            retrieved=datetime.now(UTC).isoformat(timespec="seconds"),
            sha256=sha256_of(received.path),
            licence=wanted.source.licence,
            release=wanted.release or _day_of(received.validators.last_modified),
            bytes=received.path.stat().st_size,
            etag=received.validators.etag,
            last_modified=received.validators.last_modified,
            mirror=self._mirror.name,
        )

    def _note(self, entry: PulledFile) -> None:
        self._list[entry.file] = entry
        write_pulled(self._into, self._list.values())

    def _drop(self, file: str) -> str:
        """Delete a file of an earlier release, off the list first."""
        del self._list[file]
        write_pulled(self._into, self._list.values())
        (self._into / file).unlink(missing_ok=True)
        return file


def _copy(path: Path, partial: Partial) -> Received:
    """Receive a file of a mirror that is a folder."""
    partial.forget()
    try:
        size = path.stat().st_size
        with path.open("rb") as file, partial.open(0, None, size) as out:
            shutil.copyfileobj(file, out)
    except (FileNotFoundError, IsADirectoryError) as error:
        raise FetchError(f"the mirror has no {path}") from error
    return Received(partial.path, Validators(), resumed=False)


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
