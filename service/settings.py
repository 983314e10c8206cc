"""What an operator may set. Values are checked when they are made and never change."""

import ipaddress
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from gazetteer.errors import InputError

__all__ = ["Settings", "check_host", "is_loopback"]


def is_loopback(host: str) -> bool:
    """Tell whether a host name or address can only be reached from this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def check_host(host: str) -> str:
    """Return a host that may be listened on.

    Raises
    ------
    InputError
        If others than this machine could reach it.
    """
    if is_loopback(host):
        return host
    raise InputError(
        f"this version serves only this machine, and {host!r} would let others in, while positions of "
        "medical facilities are sensitive: use 127.0.0.1, with an SSH tunnel for a reader elsewhere",
        parameter="host",
    )


class Settings(BaseModel):
    """Settings of one server.

    Parameters
    ----------
    gazetteer
        The gazetteer file; None for ``GAZETTEER_FILE``, else the embedded default.
    incidents
        The incident table to load at start; None for none.
    store
        The file of the incident store. None puts it beside the gazetteer file; where `incidents` are named
        without a store, they are kept in one of their own that ends with the server.
    api_key
        The key that a write must bring; None refuses every write. It comes from the environment, never
        from the command line, which other users of a machine can read.
    tier
        "full" answers with every position; "public" generalises sensitive ones before anything is
        computed from them.
    tiles
        Address of map tiles with ``{z}``, ``{x}`` and ``{y}``; None draws the map from the gazetteer alone.
    tiles_attribution
        What the tiles' licence asks to be shown on the map.
    allow_origins
        Web origins, such as "https://example.org", whose pages may read answers; pages of this machine may.
    host
        The address to listen on. Only this machine's own is allowed: answers hold sensitive positions.
    port
        The TCP port; 0 lets the system choose one.
    workers
        Number of processes.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    gazetteer: Path | None = None
    incidents: Path | None = None
    store: Path | None = None
    api_key: SecretStr | None = None
    tier: Literal["full", "public"] = "full"
    tiles: str | None = None
    tiles_attribution: str = ""
    allow_origins: tuple[str, ...] = ()
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    workers: int = Field(default=2, ge=1, le=64)

    @field_validator("host")
    @classmethod
    def _only_loopback(cls, host: str) -> str:
        return check_host(host)
