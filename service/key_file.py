"""Keys in one file: who may ask at which tier, and whether they may write.

A key is handed over as a *token*: ``cgk_``, ten letters or digits that tell it from others, and 43 more that
nobody else knows, 256 random bits. The file has the SHA-256 of these, so whoever reads it can't ask with it.
A slow hash guards passwords, which can be found by trying; 256 random bits can't.

The file is JSON, for its owner's eyes only, and replaced as a whole. A server looks before each request with
a key whether another file has taken its place, so a key that is added or revoked counts at the next request.
A file that can't be read, or that others can read, lets nobody in.
"""

import hashlib
import hmac
import os
import re
import secrets
import string
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, StringConstraints, ValidationError

from gazetteer.errors import GazetteerError, InputError
from gazetteer.files import replacement
from service.tiers import TIERS, Tier

#: "write" may read too.
Scope = Literal["read", "write"]
KeyState = Literal["valid", "expired", "revoked"]
#: What the key in the environment variable GAZETTEER_API_KEY is called.
_TAKEN = "environment"
#: Plain, so that a name in a log or a table is only a name.
_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
_LETTERS = string.ascii_letters + string.digits
#: Of a token's two parts; 62^43 is more than 2^256.
_ID_LENGTH, _SECRET_LENGTH = 10, 43
_ID = rf"[A-Za-z0-9]{{{_ID_LENGTH}}}"
_TOKEN = re.compile(rf"cgk_({_ID})_([A-Za-z0-9]{{{_SECRET_LENGTH}}})")
#: Compared with where no key has the id, so that this takes as long.
_NOBODY = "0" * 64


class KeyFileError(GazetteerError):
    """The file of keys can't be read or written, or others can read it: nobody's key is accepted."""


@dataclass(frozen=True, slots=True)
class Key:
    """What a key allows: what its bearer sees, and whether they may write. Times are UTC.

    `id` is the part of the token that isn't secret, `digest` the SHA-256 of the part that is. No two keys
    have the same name, unless one is revoked.
    """

    #: A field that this version doesn't know might narrow what the key allows.
    __pydantic_config__: ClassVar = ConfigDict(extra="forbid")

    name: Annotated[str, StringConstraints(pattern=f"^{_NAME}$")]
    id: Annotated[str, StringConstraints(pattern=f"^{_ID}$")]
    tier: Tier
    scope: Scope
    created: AwareDatetime
    expires: AwareDatetime | None
    revoked: AwareDatetime | None
    digest: Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")] = field(repr=False)

    def state(self, now: datetime) -> KeyState:
        """Return whether the key counts at a moment."""
        if self.revoked is not None:
            return "revoked"
        return "valid" if self.expires is None or now < self.expires else "expired"


class _Content(BaseModel):
    """The file as it is written."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Literal[1] = 1
    keys: tuple[Key, ...] = ()


def default_key_file() -> Path:
    """Return where the keys of this user are, unless another file is named."""
    import platformdirs

    return Path(platformdirs.user_config_dir("conflict-gazetteer", appauthor=False)) / "keys.json"


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


class KeyFile:
    """The keys in a file, read again whenever another file has taken its place; safe for threads.

    The file needn't exist yet; a link is followed. All methods raise KeyFileError if it can't be used.
    Whether a key has expired is as true as the clock (UTC); a revocation holds whatever the clock says.
    """

    def __init__(self, path: Path, *, clock: Callable[[], datetime] = _now) -> None:
        self._path = path
        self._clock = clock
        self._read: tuple[tuple[int, ...], dict[str, Key]] = (), {}  # one value, for several threads read it

    def find(self, token: str) -> Key | None:
        """Return the key that a token stands for; None if it is unknown, expired or revoked."""
        key = self._with_secret(token)
        return key if key is not None and key.state(self._clock()) == "valid" else None

    def why_refused(self, token: str) -> str:
        """Say why a token isn't accepted; that it has expired is told only to a bearer of all of it."""
        key = self._with_secret(token)
        if key is not None and key.expires is not None and key.state(self._clock()) == "expired":
            return f"this key expired on {key.expires:%Y-%m-%d}: ask the server's operator for another"
        return "this key isn't known to the server: ask its operator for one"

    def listed(self) -> tuple[Key, ...]:
        """Return all keys, in the order in which they were made."""
        return tuple(self._current().values())

    def check(self) -> None:
        """Raise KeyFileError unless the file can be used. That nobody has made one yet is no fault."""
        self._current()

    def add(self, name: str, *, tier: Tier, scope: Scope, expires: datetime | None) -> tuple[str, Key]:
        """Make a key; return its token, which is nowhere kept, and the key.

        Raises
        ------
        InputError
            If the name isn't plain, another key has it, or one had it that saw more than the new one will;
            or `expires` has passed.
        """
        if not re.fullmatch(_NAME, name) or name == _TAKEN:
            why = "the name of the key in GAZETTEER_API_KEY" if name == _TAKEN else "no plain name"
            raise InputError(
                f"{name!r} is {why}: take up to 64 letters, digits, dots, hyphens and underscores, as in "
                "newsdesk-2",
                parameter="name",
            )
        now = self._clock()
        if expires is not None and expires <= now:
            raise InputError("a key can't expire in the past: choose a day to come", parameter="expires")
        with self._changing() as keys:
            if _named(name, keys):
                raise InputError(
                    f"there is a key {name!r} already: revoke it first, or choose another name",
                    parameter="name",
                )
            if any(key.name == name and TIERS.index(key.tier) < TIERS.index(tier) for key in keys.values()):
                raise InputError(
                    f"there was a key {name!r} that saw more, and what it stored is kept under that name: "
                    "choose another name",
                    parameter="name",
                )
            public, secret = _random(_ID_LENGTH), _random(_SECRET_LENGTH)
            keys[public] = Key(name, public, tier, scope, now, expires, None, _digest(secret))
        return f"cgk_{public}_{secret}", keys[public]

    def revoke(self, name: str) -> Key:
        """Revoke the key of a name, for good, and return it.

        Raises
        ------
        InputError
            If no key that isn't revoked has that name.
        """
        with self._changing() as keys:
            found = _named(name, keys)
            if found is None:
                raise InputError(
                    f"there is no key {name!r} to revoke: 'gazetteer-serve keys list' shows which there are",
                    parameter="name",
                )
            keys[found.id] = replace(found, revoked=self._clock())
        return keys[found.id]

    def _with_secret(self, token: str) -> Key | None:
        """Return the key whose secret a token has, whatever its state; as much work where there is none."""
        keys = self._current()
        parts = _TOKEN.fullmatch(token)
        public, secret = parts.groups() if parts else ("", token)
        key = keys.get(public)
        known = _NOBODY if key is None else key.digest
        return key if hmac.compare_digest(_digest(secret), known) else None

    def _current(self) -> dict[str, Key]:
        """Return the keys of the file as it is now."""
        seen, keys = self._read
        try:
            if _identity(self._path.stat()) == seen:
                return keys
        except FileNotFoundError as error:
            if not seen:
                return {}
            raise KeyFileError(f"the key file {self._path} has gone: put it back") from error
        except OSError as error:
            raise _unreadable(self._path, error) from error
        self._read = read = _read_keys(self._path)
        return read[1]

    @contextmanager
    def _changing(self) -> Iterator[dict[str, Key]]:
        """Give the keys to change, alone; they are written when the block ends well."""
        final = self._path.resolve()
        try:
            if self._path == default_key_file():
                final.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            elif not final.parent.is_dir():
                raise InputError(f"there is no folder {final.parent}: make it first", parameter="keys")
            with _alone_in(final.parent):
                keys = dict(_read_keys(final)[1]) if final.exists() else {}
                yield keys
                with replacement(final) as file:
                    _make_private(file.fileno(), like=final if final.exists() else final.parent)
                    file.write(_Content(keys=tuple(keys.values())).model_dump_json(indent=1).encode() + b"\n")
        except OSError as error:
            why = error.strerror or error
            raise KeyFileError(f"{self._path} can't be written: {why}; nothing was changed") from error


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Wait until no other command changes keys in a folder; on Windows, which can't lock one, don't."""
    if sys.platform == "win32":
        yield
        return
    import fcntl

    opened = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX)  # it ends with the process, and leaves no file
        yield
    finally:
        os.close(opened)


def _make_private(opened: int, *, like: Path) -> None:
    """Keep others from a file. One that root makes belongs to the user whom its server runs as."""
    if sys.platform != "win32":
        os.fchmod(opened, 0o600)
        if os.geteuid() == 0:
            owner = like.stat()
            os.fchown(opened, owner.st_uid, owner.st_gid)


def _read_keys(path: Path) -> tuple[tuple[int, ...], dict[str, Key]]:
    """Return what tells a file from another in its place, and its keys by their ids."""
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())  # of what is read, whatever takes its place meanwhile
            content = file.read()
    except OSError as error:
        raise _unreadable(path, error) from error
    if sys.platform != "win32":
        why = ""
        if os.geteuid() not in (0, status.st_uid):
            why = f"{path} belongs to another user: run this as its owner, or change that with chown"
        elif status.st_mode & 0o077:
            why = f"others can read {path}: take that away with 'chmod 600 {path}'"
        if why:
            raise KeyFileError(f"no key is accepted: {why}")
    keys = _parsed(path, content)
    by_id = {key.id: key for key in keys}
    names = [key.name for key in keys if key.revoked is None]
    if len(by_id) < len(keys) or len(set(names)) < len(names):
        raise _damaged(path, "two keys have the same id or name")
    return _identity(status), by_id


def _parsed(path: Path, content: bytes) -> tuple[Key, ...]:
    try:
        return _Content.model_validate_json(content).keys
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        why = ": ".join((*map(str, first["loc"]), first["msg"]))
    raise _damaged(path, why)  # outside: the other error quotes the file, and must lead to no log


def _identity(status: os.stat_result) -> tuple[int, ...]:
    """Return what differs between two files of one name, in whichever direction the clock was set."""
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _unreadable(path: Path, error: OSError) -> KeyFileError:
    return KeyFileError(f"the key file {path} can't be read: {error.strerror or error}")


def _damaged(path: Path, why: str) -> KeyFileError:
    return KeyFileError(f"the key file {path} is damaged ({why}): put a copy of it back, or make new keys")


def _named(name: str, keys: dict[str, Key]) -> Key | None:
    return next((key for key in keys.values() if key.name == name and key.revoked is None), None)


def _random(length: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(length))


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
