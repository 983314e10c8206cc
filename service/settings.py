"""What an operator may set. Values are checked when they are made and never change.

A server that others can reach answers in full only to those with a key: `Settings` refuses to be made
otherwise, so no way of starting the application can forget it.
"""

import ipaddress
import re
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from gazetteer.privacy.view import sensitive_kinds
from service.tiers import Tier

__all__ = ["DATABASES", "LogLevel", "Settings", "is_address", "is_loopback"]

LogLevel = Literal["debug", "info", "warning"]
#: A web origin as browsers send it (RFC 6454, 6.2): no path, no wildcard.
_ORIGIN = re.compile(r"https?://[^/\s*?#@]+")
#: Where map tiles come from. In a host's name Leaflet puts "a", "b" or "c" for {s}.
_TILES = re.compile(r"(?P<scheme>https?)://(?P<host>([A-Za-z0-9._-]|\{s\})+)(?P<port>:\d{1,5})?/")
#: How the address of a database begins (libpq's manual, 34.1.1.2).
DATABASES = ("postgresql://", "postgres://")
#: A host name without port.
_HOST_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")


def is_loopback(host: str) -> bool:
    """Tell whether a host name or address can only be reached from this machine."""
    return host == "localhost" or (is_address(host) and ipaddress.ip_address(host.strip("[]")).is_loopback)


def is_address(host: str) -> bool:
    """Tell whether a host is written as an IP address, in brackets or not."""
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


class Settings(BaseModel):
    """Settings of one server.

    Parameters
    ----------
    gazetteer
        The gazetteer file; None for ``GAZETTEER_FILE``, else the embedded default.
    calibration
        The calibration of confidence and radius; None for ``GAZETTEER_CALIBRATION``, else the packaged one.
    incidents
        The incident table to load at start; None for none.
    store
        The file of the incident store; or, as ``postgresql://…``, the address of a database, which may hold a
        password and is shown nowhere. None puts it beside the gazetteer file; where `incidents` are named
        without a store, they are kept in one of their own that ends with the server.
    api_key
        A key of tier "full" that may write. It comes from the environment, never from the command line, which
        other users of a machine can read.
    keys
        The file of keys, which `gazetteer-serve keys` writes; None for none. It needn't exist yet.
    audit
        The audit log; None for none.
    tier
        What a request that brings no key may see. From elsewhere such a request is answered at tier "public"
        alone: at the others it is refused.
    sensitive
        Kinds whose places are sensitive beside those that the gazetteer file marks, such as "camp".
    withhold_names
        Tiers at which sensitive places have no names either; never "full".
    tiles
        Address of map tiles with ``{z}``, ``{x}`` and ``{y}``; None draws the map from the gazetteer alone.
    tiles_attribution
        What the tiles' licence asks to be shown on the map.
    allow_origins
        Web origins, such as "https://example.org", whose pages may read answers; pages of this machine may,
        and where `tier` is "public" any page may.
    allowed_hosts
        Names under which others reach this server, such as "gazetteer.example.org"; a request for another
        name is refused.
    host
        The address to listen on. Anything but this machine's own needs a key or the tier "public".
    port
        The TCP port; 0 lets the system choose one.
    workers
        Number of processes.
    max_body_mb
        The largest body that is taken, in megabytes (10^6 bytes): the one limit for tables, forms and JSON.
    max_rows
        The most rows of a table that is enriched or stored.
    max_seconds
        Seconds that an answer may be computed.
    max_at_once
        Requests that one caller may have under way in a worker, which answers 12 of all others' at a time.
    rate_limit, key_rate_limit
        What an address without a key, and what a key, may ask, such as "300/minute"; None for no limit. It
        holds for all workers together. Programs of this machine without a key aren't limited.
    rate_limits_at
        The address of a Redis in which several servers count together; None counts in this one. It may hold a
        password.
    trusted_proxies
        How many proxies stand in front, each of which adds an address to ``X-Forwarded-For``.
    log_level
        "info" logs a line for each request without what was asked; only "debug" logs that too.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    gazetteer: Path | None = None
    calibration: Path | None = None
    incidents: Path | None = None
    store: Path | SecretStr | None = None
    api_key: SecretStr | None = None
    keys: Path | None = None
    audit: Path | None = None
    tier: Tier = "full"
    sensitive: tuple[str, ...] = ()
    withhold_names: tuple[Tier, ...] = ()
    tiles: str | None = None
    tiles_attribution: str = ""
    allow_origins: tuple[str, ...] = ()
    allowed_hosts: tuple[str, ...] = ()
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    workers: int = Field(default=2, ge=1, le=64)
    max_body_mb: int = Field(default=10, ge=1, le=1000)
    max_rows: int = Field(default=100_000, ge=1)
    max_seconds: float = Field(default=60, gt=0, allow_inf_nan=False)
    max_at_once: int = Field(default=8, ge=1, le=12)
    rate_limit: str | None = "300/minute"
    key_rate_limit: str | None = "3000/minute"
    rate_limits_at: SecretStr | None = None
    trusted_proxies: int = Field(default=0, ge=0, le=10)
    log_level: LogLevel = "info"

    @property
    def has_keys(self) -> bool:
        """Whether anybody can have a key."""
        return self.api_key is not None or (self.keys is not None and self.keys.exists())

    @property
    def is_exposed(self) -> bool:
        """Whether others than this machine can reach the server, as far as the settings tell."""
        return not is_loopback(self.host) or any(not is_loopback(name) for name in self.allowed_hosts)

    @property
    def tiles_source(self) -> str | None:
        """Whom a content security policy must name for the tiles to be shown; None without tiles."""
        return None if self.tiles is None else _source_of(self.tiles)

    @field_validator("sensitive")
    @classmethod
    def _can_be_sensitive(cls, kinds: tuple[str, ...]) -> tuple[str, ...]:
        sensitive_kinds(kinds)  # raises InputError, a ValueError, for a kind that can't be
        return kinds

    @field_validator("withhold_names")
    @classmethod
    def _are_generalised(cls, tiers: tuple[Tier, ...]) -> tuple[Tier, ...]:
        if "full" in tiers:
            raise ValueError("at tier full nothing is withheld: name partner or public")
        return tiers

    @field_validator("store", mode="before")
    @classmethod
    def _is_file_or_database(cls, store: object) -> object:
        if not isinstance(store, str):
            return store
        return SecretStr(store) if store.startswith(DATABASES) else Path(store)

    @field_validator("rate_limit", "key_rate_limit")
    @classmethod
    def _is_rate(cls, rate: str | None) -> str | None:
        from service.limits import check_rate

        return None if rate is None else check_rate(rate)

    @field_validator("allow_origins")
    @classmethod
    def _are_origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        for origin in origins:
            if not _ORIGIN.fullmatch(origin):
                raise ValueError(
                    f"{origin!r} is no web origin: write it as https://example.org, without a path"
                )
        return origins

    @field_validator("allowed_hosts")
    @classmethod
    def _are_host_names(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if not _HOST_NAME.fullmatch(name):
                raise ValueError(
                    f"{name!r} is no host name: write it as example.org, without scheme and port"
                )
        return tuple(name.casefold() for name in names)

    @field_validator("tiles")
    @classmethod
    def _is_template(cls, tiles: str | None) -> str | None:
        if tiles is not None and not (
            _source_of(tiles) and all(part in tiles for part in ("{z}", "{x}", "{y}"))
        ):
            raise ValueError(
                f"{tiles!r} is no address of tiles: write it as https://example.org/{{z}}/{{x}}/{{y}}.png, "
                "or https://tile-{s}.example.org/… for several hosts of one domain"
            )
        return tiles

    @model_validator(mode="after")
    def _no_sensitive_answers_to_anybody(self) -> Self:
        if self.is_exposed and self.tier != "public" and not self.has_keys:
            name = next(name for name in (self.host, *self.allowed_hosts) if not is_loopback(name))
            raise ValueError(
                f"{name!r} would let others in, while positions of medical facilities are sensitive: "
                "make a key with 'gazetteer-serve keys add NAME', set one in GAZETTEER_API_KEY, or choose "
                "--tier public"
            )
        return self


def _source_of(tiles: str) -> str | None:
    """Return the origin of tiles; None where they have none that a policy could name.

    A policy's star stands for whole labels, leftmost (CSP 3, 2.3.1): for the one with {s} and all before.
    """
    parts = _TILES.match(tiles)
    if parts is None:
        return None
    host = parts["host"]
    if "{s}" in host:
        domain = host.rpartition("{s}")[2].partition(".")[2]
        if "." not in domain:  # the policy would name all hosts of "org"
            return None
        host = f"*.{domain}"
    return f"{parts['scheme']}://{host}{parts['port'] or ''}"
