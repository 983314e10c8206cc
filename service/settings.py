"""What an operator may set. Values are checked when they are made and never change."""

import ipaddress
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, field_validator

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
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    workers: int = Field(default=2, ge=1, le=64)

    @field_validator("host")
    @classmethod
    def _only_loopback(cls, host: str) -> str:
        return check_host(host)
