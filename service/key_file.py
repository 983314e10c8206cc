"""Keys in one file: who may ask at which tier, and whether they may write.

A key is handed over as a *token*, ``cgk_`` with ten letters or digits that tell it from others, and 43 more
that nobody else knows: 256 random bits. The file has the SHA-256 of these, so whoever reads it can't ask with
it. A slow hash (scrypt, argon2) guards passwords, which can be found by trying those that people choose; of
256 random bits nobody can try a share worth naming, so it would only make each request slow.

The file is JSON, for its owner's eyes only, and replaced as a whole; commands take turns. A server looks
before each request with a key whether the file is another one than before, so a key that is added or revoked
counts at the next request. A file that can't be read, or that others can read, lets nobody in.

Whether a key has expired is told by the machine's clock, and so is only as true as that; whether it was
revoked is not.

Example::

    keys = KeyFile(Path("keys.json"))
    token, key = keys.add("newsdesk", tier="partner", scope="read", expires=None)
    assert keys.find(token) == key
"""

import hashlib
import hmac
import os
import re
import secrets
import string
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from gazetteer.errors import InputError
from service.callers import Scope
from service.key_records import ID_LENGTH, NAME, Key, KeyFileError, Seen, read_keys, seen, unreadable, written
from service.private_files import alone_with, open_private, replace_private
from service.tiers import Tier

__all__ = ["Key", "KeyFile", "KeyFileError", "default_key_file"]

#: What the key in the environment is called.
_TAKEN = "environment"
_LETTERS = string.ascii_letters + string.digits
#: 62^43 is more than 2^256.
_SECRET_LENGTH = 43
_TOKEN = re.compile(rf"cgk_([A-Za-z0-9]{{{ID_LENGTH}}})_([A-Za-z0-9]{{{_SECRET_LENGTH}}})")
#: Compared with where no key has the id, so that this takes as long.
_NOBODY = "0" * 64
#: Seconds that a command waits for another.
_PATIENCE_S = 10.0


def default_key_file() -> Path:
    """Return where the keys of this user are, unless another file is named."""
    import platformdirs

    return Path(platformdirs.user_config_dir("conflict-gazetteer", appauthor=False)) / "keys.json"


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


class KeyFile:
    """The keys in a file, read again whenever another file has taken its place; safe for threads and forks.

    Parameters
    ----------
    path
        The file; it needn't exist yet. A link is followed.
    clock
        Tells the time, UTC.
    """

    def __init__(self, path: Path, *, clock: Callable[[], datetime] = _now) -> None:
        self._path = path
        self._clock = clock
        self._held: tuple[Seen | None, dict[str, Key]] = None, {}  # in one, for several threads read it

    def find(self, token: str) -> Key | None:
        """Return the key that a token stands for; None if it is unknown, expired or revoked.

        Raises
        ------
        KeyFileError
            If the file can't be read, or others can read it.
        """
        key = self._with_secret(token)
        return key if key is not None and key.state(self._clock()) == "valid" else None

    def why_refused(self, token: str) -> str:
        """Say why a token isn't accepted: that it has expired is told only to whoever has all of it."""
        key = self._with_secret(token)
        if key is not None and key.expires is not None and key.state(self._clock()) == "expired":
            return f"this key expired on {key.expires:%Y-%m-%d}: ask the server's operator for another"
        return "this key isn't known to the server: ask its operator for one"

    def listed(self) -> tuple[Key, ...]:
        """Return all keys, in the order in which they were made.

        Raises
        ------
        KeyFileError
            As `find`.
        """
        return tuple(self._current().values())

    def check(self) -> None:
        """Raise KeyFileError unless the file can be used. That nobody has made one yet is no fault."""
        self._current()

    def add(self, name: str, *, tier: Tier, scope: Scope, expires: datetime | None) -> tuple[str, Key]:
        """Make a key; return its token, which is nowhere kept, and the key.

        Parameters
        ----------
        name
            Up to 64 letters, digits, dots, hyphens and underscores, the first a letter or digit.
        tier, scope
            What it may see and do.
        expires
            From when on it isn't accepted, with a time zone; None for never.

        Raises
        ------
        InputError
            If the name isn't plain or another key has it, or `expires` has passed.
        KeyFileError
            If the file can't be read or written; nothing was changed.
        """
        if not re.fullmatch(NAME, name) or name == _TAKEN:
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
            if any(key.name == name and key.revoked is None for key in keys.values()):
                raise InputError(
                    f"there is a key {name!r} already: revoke it first, or choose another name",
                    parameter="name",
                )
            public, secret = _random(ID_LENGTH), _random(_SECRET_LENGTH)
            while public in keys:
                public = _random(ID_LENGTH)
            key = Key(name, public, tier, scope, now, expires, None, _digest(secret))
            keys[public] = key
        return f"cgk_{public}_{secret}", key

    def revoke(self, name: str) -> Key:
        """Revoke the key of a name, for good, and return it.

        Raises
        ------
        InputError
            If no key that isn't revoked has that name.
        KeyFileError
            As `add`.
        """
        with self._changing() as keys:
            found = next((key for key in keys.values() if key.name == name and key.revoked is None), None)
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
        held, keys = self._held
        try:
            if seen(self._path.stat()) == held:
                return keys
        except FileNotFoundError as error:
            if held is None:
                return {}
            raise KeyFileError(f"the key file {self._path} has gone: put it back") from error
        except OSError as error:
            raise unreadable(self._path, error) from error
        self._held = read = read_keys(self._path)
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
            with _turn(final):
                keys = dict(read_keys(final)[1]) if final.exists() else {}
                yield keys
                replace_private(final, written(keys.values()))
        except OSError as error:
            why = error.strerror or error
            raise KeyFileError(f"{self._path} can't be written: {why}; nothing was changed") from error


@contextmanager
def _turn(final: Path) -> Iterator[None]:
    """Wait until nobody else changes the keys. The lock is a file of its own: that of keys is replaced."""
    lock = open_private(final.with_name(f".{final.name}.lock"), os.O_RDWR | os.O_CREAT, like=final)
    try:
        with alone_with(lock, seconds=_PATIENCE_S):
            yield
    finally:
        os.close(lock)


def _random(length: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(length))


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
