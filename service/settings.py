"""What an operator may set: one class, for environment variables and the options of `gazetteer-serve`.

A server that others can reach answers in full only to those with a key: `Settings` refuses to be made
otherwise, so no way of starting the application can forget it.
"""

import ipaddress
import os
import re
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from gazetteer.errors import InputError
from gazetteer.privacy.tiers import Tier
from gazetteer.privacy.view import sensitive_kinds
from service.key_file import default_key_file

LogLevel = Literal["debug", "info", "warning"]
#: How the address of a database begins (libpq's manual, 34.1.1.2).
DATABASES = ("postgresql://", "postgres://")
#: Where map tiles come from. In a host's name Leaflet puts "a", "b" or "c" for {s}; in a policy a star stands
#: for whole labels, leftmost (CSP 3, 2.3.1), and what follows it must be a domain of its own.
_TILES = re.compile(
    r"(?=.*\{z\})(?=.*\{x\})(?=.*\{y\})(?P<scheme>https?://)"
    r"((?P<host>[\w.-]+)|([\w.-]|\{s\})*\{s\}[\w-]*\.(?P<domain>[\w-]+\.[\w.-]+))(?P<port>:\d{1,5})?/.*",
    re.ASCII,
)
_RATE = "[1-9][0-9]*/(second|minute|hour|day)"
_RATES = f"{_RATE}(;{_RATE})*|none"
_HOST_NAME = r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\]"
#: As browsers send it (RFC 6454, 6.2): no path, no wildcard.
_ORIGIN = r"https?://[^/\s*?#@]+"
#: What values look like, and what is wrong with one that doesn't.
_SHAPES: dict[str, tuple[str | re.Pattern[str], str]] = {
    "rate_limit": (_RATES, "no rate: write it as 300/minute or 10/second;300/minute, or none"),
    "allow_origin": (_ORIGIN, "no web origin: write it as https://example.org, without a path"),
    "allowed_host": (_HOST_NAME, "no host name: write it as example.org, without scheme and port"),
    "tiles": (
        _TILES,
        "no address of tiles: write it as https://example.org/{z}/{x}/{y}.png, or "
        "https://tile-{s}.example.org/… for several hosts of one domain",
    ),
}
#: Several values: repeated on the command line, with commas between them in a variable.
_Several = Annotated[tuple[str, ...], NoDecode]


@lru_cache(maxsize=1024)  # asked with every request
def is_loopback(host: str) -> bool:
    """Tell whether a host name or address can only be reached from this machine."""
    try:
        return host == "localhost" or _address(host).is_loopback
    except ValueError:
        return False


def network_of(address: str) -> str:
    """Return what limits take for one address: of IPv6 the network of one customer (RFC 6177, 2)."""
    found = _address(address)
    return str(ipaddress.ip_network((found, 64), strict=False)) if found.version == 6 else str(found)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Read an address; of one of IPv4 that is written as IPv6, the former."""
    found = ipaddress.ip_address(text.strip("[]").partition("%")[0])
    return getattr(found, "ipv4_mapped", None) or found


def _option(default: Any, description: str, metavar: str = "FILE", **rest: Any) -> Any:
    """Return a field that is an option as well; a description in ``[…]`` says what stands in for None."""
    return Field(default, description=description, json_schema_extra={"metavar": metavar}, **rest)


class Settings(BaseSettings):
    """Settings of one server: options, else variables such as ``GAZETTEER_TIER``, else defaults.

    `api_key` comes from the environment alone, since other users of a machine can read its command lines.
    """

    model_config = SettingsConfigDict(frozen=True, extra="forbid", env_prefix="GAZETTEER_")

    host: str = _option(
        "127.0.0.1", "The address to listen on; any but loopback needs keys, or --tier public.", "HOST"
    )
    port: int = _option(8000, "The port; 0 for any free one.", "PORT", ge=0, le=65535)
    gazetteer: Path | None = _option(
        None, "The gazetteer file. [default: $GAZETTEER_FILE, else your own, else the embedded one]"
    )
    calibration: Path | None = _option(
        None, "A file made by 'gazetteer calibrate'. [default: $GAZETTEER_CALIBRATION, else the packaged one]"
    )
    incidents: Path | None = _option(None, "A table of incidents to load.", "TABLE")
    publish: _Several = _option(
        (), "A column of --incidents that is already public: shown at every tier. Repeatable.", "COLUMN"
    )
    public_table: bool = _option(False, "All of --incidents is already public: shown as it is at every tier.")
    store: Path | SecretStr | None = _option(
        None, "Where incidents are kept; made if it isn't there. Or a database: postgresql://…"
    )
    keys: Path | None = _option(
        None, "The file of keys. [default: that in your settings folder, if there is one]"
    )
    audit: Path | None = _option(
        None,
        "The audit log: who wrote, and who was shown where sensitive places are. [default with keys: "
        "audit.jsonl next to the store, else in your state folder]",
    )
    max_body_mb: int = _option(10, "Largest body of a request, such as a table.", "MB", ge=1, le=1000)
    max_rows: int = _option(20_000, "Largest number of rows of a table.", "ROWS", ge=1)
    rate_limit: str = _option("300/minute", "How often an address may ask without a key, or none.", "RATE")
    key_rate_limit: str = _option("3000/minute", "How often a key may ask, or none.", "RATE")
    rate_limits_at: SecretStr | None = _option(
        None,
        "A Redis in which several servers count together: redis://host:6379. [default: each for itself]",
        "URL",
    )
    trusted_proxies: int = _option(0, "How many proxies in front add to X-Forwarded-For.", "N", ge=0, le=10)
    tier: Tier = _option(
        "full",
        "How exact sensitive places are without a key: full, where they are; partner, cells of 0.01 degrees; "
        "public, cells of 0.1 degrees. From other machines, only public works without a key.",
        "TIER",
    )
    sensitive: _Several = _option(
        (), "Another kind of place that is sensitive, such as school. Repeatable.", "KIND"
    )
    withhold_names: Annotated[tuple[Literal["partner", "public"], ...], NoDecode] = _option(
        (), "A tier that doesn't see the names of sensitive places either. Repeatable.", "TIER"
    )
    tiles: str | None = _option(None, "Map tiles, with {z}, {x} and {y} in the address.", "URL")
    tiles_attribution: str = _option("", "What the licence of the tiles asks to be shown.", "TEXT")
    allow_origin: _Several = _option(
        (), "A web site whose pages may read, such as https://example.org. Repeatable.", "ORIGIN"
    )
    allowed_host: _Several = _option((), "A host name of this server. Repeatable.", "NAME")
    log_level: LogLevel = _option(
        "info", "debug, info or warning; debug also logs what was asked, which is sensitive.", "LEVEL"
    )
    api_key: SecretStr | None = None

    @property
    def has_keys(self) -> bool:
        """Whether anybody can have a key."""
        return self.api_key is not None or (self.keys is not None and self.keys.exists())

    @property
    def is_exposed(self) -> bool:
        """Whether others than this machine can reach the server, as far as the settings tell."""
        return any(not is_loopback(name) for name in (self.host, *self.allowed_host))

    @property
    def tiles_source(self) -> str | None:
        """Whom a content security policy must name for the tiles to be shown; None without tiles."""
        parts = _TILES.fullmatch(self.tiles or "")
        return parts and f"{parts['scheme']}{parts['host'] or '*.' + parts['domain']}{parts['port'] or ''}"

    @field_validator("publish", "sensitive", "withhold_names", "allow_origin", "allowed_host", mode="before")
    @classmethod
    def _are_several(cls, given: object) -> object:
        return tuple(filter(None, map(str.strip, given.split(",")))) if isinstance(given, str) else given

    @field_validator("store", mode="before")
    @classmethod
    def _is_file_or_database(cls, store: object) -> object:
        if not isinstance(store, str):
            return store
        return SecretStr(store) if store.startswith(DATABASES) else Path(store)

    @field_validator("rate_limit", "key_rate_limit", "allow_origin", "allowed_host", "tiles")
    @classmethod
    def _looks_right(cls, given: Any, info: ValidationInfo) -> Any:
        pattern, wrong = _SHAPES[str(info.field_name).removeprefix("key_")]
        for one in (given,) if isinstance(given, str) else given or ():
            if not re.fullmatch(pattern, one):
                raise ValueError(f"{one!r} is {wrong}")
        return given

    @field_validator("api_key")
    @classmethod
    def _is_long(cls, key: SecretStr | None) -> SecretStr | None:
        bare = "" if key is None else key.get_secret_value().strip()
        if 0 < len(bare) < 16:
            raise ValueError(
                "the key in GAZETTEER_API_KEY has fewer than 16 characters and could be guessed: make one "
                "with 'openssl rand -hex 32'"
            )
        return SecretStr(bare) if bare else None

    @model_validator(mode="after")
    def _goes_together(self) -> Self:
        sensitive_kinds(self.sensitive)  # raises InputError, a ValueError, for a kind that can't be
        if self.is_exposed and self.tier != "public" and not self.has_keys:
            name = next(name for name in (self.host, *self.allowed_host) if not is_loopback(name))
            raise ValueError(
                f"{name!r} would let others in, while positions of medical facilities are sensitive: "
                "make a key with 'gazetteer-serve keys add NAME', set one in GAZETTEER_API_KEY, or choose "
                "--tier public"
            )
        if (self.publish or self.public_table) and self.incidents is None:
            raise ValueError("--publish and --public-table tell of the table of --incidents: name it")
        return self


def settings_of(given: dict[str, Any]) -> Settings:
    """Return what options, the environment and the user's folders set, or raise InputError."""
    from service.audit import default_audit_file

    own_keys = default_key_file()
    if "keys" not in given and "GAZETTEER_KEYS" not in os.environ and own_keys.exists():
        given = given | {"keys": own_keys}
    try:
        settings = Settings(**given)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        message = first["msg"].removeprefix("Value error, ")
        option = f"--{str(first['loc'][0]).replace('_', '-')}" if first["loc"] else ""
        said = message if message != first["msg"] else f"{option}: {message[:1].lower()}{message[1:]}"
        raise InputError(said) from None
    if settings.audit is None and (settings.api_key or settings.keys):  # where a store can be, it can be too
        store = settings.store
        audit = store.with_name("audit.jsonl") if isinstance(store, Path) else default_audit_file()
        settings = settings.model_copy(update={"audit": audit})
    return settings
