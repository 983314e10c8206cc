"""Keys in one file: who may ask at which tier, and whether they may write.

A key is handed over as a *token*: ``cgk_``, ten hexadecimal digits that tell it from others, and 64 more that
nobody else knows, 256 random bits. The file has the SHA-256 of these, so whoever reads it can't ask with it.
(A slow hash is for passwords, which can be found by trying.) The file is JSON, and replaced as a whole. A
server looks into it for each request with a key, so a key that is added or revoked counts at the next
request. A file that can't be read, or that others can read, lets nobody in.
"""

import hashlib
import hmac
import os
import re
import secrets
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, ClassVar, Literal

import platformdirs
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from gazetteer.errors import GazetteerError, InputError
from gazetteer.files import replacement
from gazetteer.privacy.tiers import TIERS, Tier

#: "write" may read too.
Scope = Literal["read", "write"]
#: Plain, so that a name in a log or a table is only a name.
_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
_TOKEN = re.compile(r"cgk_([0-9a-f]{10})_([0-9a-f]{64})")


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

    name: Annotated[str, Field(pattern=f"^{_NAME}$")]
    id: Annotated[str, Field(pattern="^[0-9a-f]{10}$")]
    tier: Tier
    scope: Scope
    created: AwareDatetime
    expires: AwareDatetime | None
    revoked: AwareDatetime | None
    digest: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] = field(repr=False)

    def state(self, now: datetime) -> Literal["valid", "expired", "revoked"]:
        """Return whether the key counts at a moment."""
        if self.revoked is not None:
            return "revoked"
        return "valid" if self.expires is None or now < self.expires else "expired"


class _Content(BaseModel, extra="forbid"):
    """The file as it is written."""

    version: Literal[1] = 1
    keys: tuple[Key, ...] = ()


def default_key_file() -> Path:
    """Return where the keys of this user are, unless another file is named."""
    return platformdirs.user_config_path("conflict-gazetteer", appauthor=False) / "keys.json"


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


class KeyFile:
    """The keys in a file, as it is at the moment; safe for threads.

    The file needn't exist yet; a link is followed. All methods raise KeyFileError if it can't be used.
    Whether a key has expired is as true as the clock (UTC); a revocation holds whatever the clock says.
    """

    def __init__(self, path: Path, *, clock: Callable[[], datetime] = _now) -> None:
        self._path = path
        self._clock = clock
        self._read: tuple[bytes | None, dict[str, Key]] = None, {}  # one value, for several threads read it

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

    def add(self, name: str, *, tier: Tier, scope: Scope, expires: datetime | None) -> tuple[str, Key]:
        """Make a key; return its token, which is nowhere kept, and the key.

        Raises InputError if the name isn't plain, another key has it, or one had it that saw more than the
        new one will; or `expires` has passed.
        """
        if not re.fullmatch(_NAME, name):
            raise InputError(
                f"{name!r} is no plain name: take up to 64 letters, digits, dots, hyphens and underscores"
            )
        now = self._clock()
        if expires is not None and expires <= now:
            raise InputError("a key can't expire in the past: choose a day to come")
        public, secret = secrets.token_hex(5), secrets.token_hex(32)
        key = Key(name, public, tier, scope, now, expires, None, _digest(secret))
        with self._changing() as keys:
            if name == "environment" or _named(name, keys):  # as the one in GAZETTEER_API_KEY is called
                raise InputError(f"there is a key {name!r} already: revoke it first, or choose another name")
            if any(one.name == name and TIERS.index(one.tier) < TIERS.index(tier) for one in keys.values()):
                raise InputError(
                    f"there was a key {name!r} that saw more, and what it stored is kept under that name: "
                    "choose another name"
                )
            keys[public] = key
        return f"cgk_{public}_{secret}", key

    def revoke(self, name: str) -> Key:
        """Revoke the key of a name, for good, and return it; raise InputError if none has that name."""
        with self._changing() as keys:
            found = _named(name, keys)
            if found is None:
                raise InputError(
                    f"there is no key {name!r} to revoke: 'gazetteer-serve keys list' shows which there are"
                )
            keys[found.id] = revoked = replace(found, revoked=self._clock())
        return revoked

    def _with_secret(self, token: str) -> Key | None:
        """Return the key whose secret a token has, whatever its state; as much work where there is none."""
        keys = self._current()
        parts = _TOKEN.fullmatch(token)
        public, secret = parts.groups() if parts else ("", token)
        key = keys.get(public)
        known = "0" * 64 if key is None else key.digest
        return key if hmac.compare_digest(_digest(secret), known) else None

    def _current(self) -> dict[str, Key]:
        """Return the keys of the file as it is now."""
        seen, keys = self._read
        try:
            content = _private_content(self._path)
        except FileNotFoundError as error:
            if seen is None:
                return {}
            raise KeyFileError(f"the key file {self._path} has gone: put it back") from error
        except OSError as error:
            why = error.strerror or error
            raise KeyFileError(f"the key file {self._path} can't be read: {why}") from error
        if content != seen:
            keys = _parsed(self._path, content)
            self._read = content, keys
        return keys

    @contextmanager
    def _changing(self) -> Iterator[dict[str, Key]]:
        """Give the keys to change, alone; they are written when the block ends well."""
        final = self._path.resolve()
        try:
            if self._path == default_key_file():
                final.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            elif not final.parent.is_dir():
                raise InputError(f"there is no folder {final.parent}: make it first")
            with ExitStack() as held:
                if sys.platform != "win32":  # Windows can't lock a folder
                    import fcntl

                    opened = os.open(final.parent, os.O_RDONLY | os.O_CLOEXEC)
                    held.callback(os.close, opened)
                    fcntl.flock(opened, fcntl.LOCK_EX)  # it ends with the process, and leaves no file
                keys = dict(self._current())
                yield keys
                with replacement(final) as file:
                    _make_private(file.fileno(), like=final if final.exists() else final.parent)
                    file.write(_Content(keys=tuple(keys.values())).model_dump_json(indent=1).encode() + b"\n")
        except OSError as error:
            why = error.strerror or error
            raise KeyFileError(f"{self._path} can't be written: {why}; nothing was changed") from error


def _make_private(opened: int, *, like: Path) -> None:
    """Keep others from a file. One that root makes belongs to the user whom its server runs as."""
    if sys.platform != "win32":
        os.fchmod(opened, 0o600)
        if os.geteuid() == 0:
            owner = like.stat()
            os.fchown(opened, owner.st_uid, owner.st_gid)


def _private_content(path: Path) -> bytes:
    """Return what is in a file that others can't read."""
    with path.open("rb") as file:
        status, content = os.fstat(file.fileno()), file.read()
    why = ""
    if sys.platform != "win32" and status.st_mode & 0o077:
        why = f"others can read {path}: take that away with 'chmod 600 {path}'"
    if sys.platform != "win32" and os.geteuid() not in (0, status.st_uid):
        why = f"{path} belongs to another user: run this as its owner, or change that with chown"
    if why:
        raise KeyFileError(f"no key is accepted: {why}")
    return content


def _parsed(path: Path, content: bytes) -> dict[str, Key]:
    """Return keys by their ids."""
    why, keys = "", tuple[Key, ...]()
    try:
        keys = _Content.model_validate_json(content).keys
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        why = ": ".join((*map(str, first["loc"]), first["msg"]))
    by_id = {key.id: key for key in keys}
    names = [key.name for key in keys if key.revoked is None]
    if len(by_id) < len(keys) or len(set(names)) < len(names):
        why = "two keys have the same id or name"
    if why:  # not before: the other error quotes the file, and must lead to no log
        raise KeyFileError(f"the key file {path} is damaged ({why}): put a copy of it back, or make new keys")
    return by_id


def _named(name: str, keys: dict[str, Key]) -> Key | None:
    return next((key for key in keys.values() if key.name == name and key.revoked is None), None)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
