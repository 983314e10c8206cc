"""What a key is, and how a file of them is read and written."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, StringConstraints, ValidationError

from gazetteer.errors import GazetteerError
from service.callers import Scope
from service.private_files import why_not_private
from service.tiers import Tier

__all__ = [
    "ID_LENGTH",
    "NAME",
    "Key",
    "KeyFileError",
    "KeyState",
    "Seen",
    "read_keys",
    "seen",
    "unreadable",
    "written",
]

KeyState = Literal["valid", "expired", "revoked"]
#: Plain, so that a name in a log or a table is only a name.
NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
#: Letters and digits of a key's id.
ID_LENGTH = 10
#: What tells one file from another that took its place.
Seen = tuple[int, int, int, int, int]


class KeyFileError(GazetteerError):
    """The file of keys can't be read or written, or others can read it: nobody's key is accepted."""


@dataclass(frozen=True, slots=True)
class Key:
    """What a key says of whoever brings it.

    Parameters
    ----------
    name
        What its operator calls it; no two that aren't revoked have the same.
    id
        The part of the token that isn't secret.
    tier
        What it may see.
    scope
        What it may do.
    created
        When it was made, UTC.
    expires
        From when on it isn't accepted, UTC; None for never.
    revoked
        Since when it isn't accepted, UTC; None if it wasn't revoked.
    digest
        SHA-256 of the token's secret, in hexadecimal digits.
    """

    #: A field that this version doesn't know might narrow what the key allows.
    __pydantic_config__: ClassVar = ConfigDict(extra="forbid")

    name: Annotated[str, StringConstraints(pattern=f"^{NAME}$")]
    id: Annotated[str, StringConstraints(pattern=f"^[A-Za-z0-9]{{{ID_LENGTH}}}$")]
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


class _Written(BaseModel):
    """The file as it is written."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Literal[1] = 1
    keys: tuple[Key, ...] = ()


def seen(status: os.stat_result) -> Seen:
    """Return what tells a file from others.

    The inode is another for each file that takes the place of one; the times tell where a number is used
    again, and differ in either direction when the clock was set.
    """
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def read_keys(path: Path) -> tuple[Seen, dict[str, Key]]:
    """Return the keys of a file by their ids, and what tells the file from others.

    Raises
    ------
    KeyFileError
        If it can't be read, others can read it, or it holds anything else than keys.
    """
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())  # of what is read, whatever takes its place meanwhile
            content = file.read()
    except OSError as error:
        raise unreadable(path, error) from error
    if amiss := why_not_private(path, status):
        raise KeyFileError(f"no key is accepted: {amiss}")
    keys = _parsed(path, content)
    by_id = {key.id: key for key in keys}
    names = [key.name for key in keys if key.revoked is None]
    if len(by_id) < len(keys) or len(set(names)) < len(names):
        raise _damaged(path, "two keys have the same id or name")
    return seen(status), by_id


def unreadable(path: Path, error: OSError) -> KeyFileError:
    """Return what is said of a file that the system doesn't give."""
    return KeyFileError(f"the key file {path} can't be read: {error.strerror or error}")


def written(keys: Iterable[Key]) -> str:
    """Return the text of a file with these keys."""
    return _Written(keys=tuple(keys)).model_dump_json(indent=1) + "\n"


def _damaged(path: Path, why: str) -> KeyFileError:
    return KeyFileError(f"the key file {path} is damaged ({why}): put a copy of it back, or make new keys")


def _parsed(path: Path, content: bytes) -> tuple[Key, ...]:
    try:
        return _Written.model_validate_json(content).keys
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        why = ": ".join((*map(str, first["loc"]), first["msg"]))
    raise _damaged(path, why)  # outside: the other error quotes the file, and must lead to no log
