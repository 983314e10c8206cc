"""The commands `gazetteer-serve keys`: make, list and revoke the keys that a server accepts.

A server that runs notices by itself. The token of a new key is all that `add` writes to standard output, and
is shown only then; what is said about it goes to standard error.
"""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gazetteer.errors import InputError
from service.callers import Scope
from service.tiers import Tier

if TYPE_CHECKING:
    from service.key_file import Key, KeyFile

__all__ = ["app", "read_expiry"]

#: More days than any key should live for.
_MOST_DAYS = 36_500
_DAYS = re.compile(r"(\d{1,6})d")


app = typer.Typer(help="Make, list and revoke the keys that a server accepts.", no_args_is_help=True)

_Name = Annotated[str, typer.Argument(metavar="NAME", help="What you call it, such as newsdesk-2.")]
_File = Annotated[
    Path | None,
    typer.Option("--keys", metavar="FILE", help="The file of keys. [default: in the user's settings folder]"),
]
_Tier = Annotated[Tier, typer.Option(help="What whoever brings it may see.")]
_Scope = Annotated[Scope, typer.Option(help="What they may do; write may read too.")]
_Expires = Annotated[
    str, typer.Option(metavar="WHEN", help="A day (2027-01-01), a number of days (90d), or never.")
]
_AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def add(
    name: _Name,
    *,
    tier: _Tier = "public",
    scope: _Scope = "read",
    expires: _Expires = "365d",
    keys: _File = None,
) -> None:
    """Make a key and print its token."""
    until = read_expiry(expires, now=datetime.now(UTC))
    token, key = _open(keys).add(name, tier=tier, scope=scope, expires=until)
    valid = "until it is revoked" if key.expires is None else f"until {_shown(key.expires)}"
    typer.echo(token)
    typer.echo(
        f"This is the token of {key.name}: tier {key.tier}, scope {key.scope}, valid {valid}.\n"
        "It is shown only now. Whoever has it sends it as the header 'Authorization: Bearer TOKEN'.",
        err=True,
    )


@app.command("list")
def list_keys(*, keys: _File = None, as_json: _AsJson = False) -> None:
    """List the keys, also those that no longer count."""
    now = datetime.now(UTC)
    found = _open(keys).listed()
    if as_json:
        typer.echo(json.dumps([_facts(key, now) for key in found], indent=2))
    elif found:
        from gazetteer.cli.text import table

        typer.echo(table([_cells(key, now) for key in found]))
    else:
        typer.echo("There are no keys yet: make one with 'gazetteer-serve keys add NAME'.", err=True)


@app.command()
def revoke(name: _Name, *, keys: _File = None) -> None:
    """Revoke a key for good."""
    key = _open(keys).revoke(name)
    typer.echo(f"{key.name} is revoked: servers accept it no longer.", err=True)


def read_expiry(text: str, *, now: datetime) -> datetime | None:
    """Return the moment from which on a key isn't accepted: the beginning of a day, UTC, or days from now.

    None stands for "never".

    Raises
    ------
    InputError
        If it is none of these.
    """
    if text == "never":
        return None
    if (days := _DAYS.fullmatch(text)) and 0 < int(days[1]) <= _MOST_DAYS:
        return (now + timedelta(days=int(days[1]))).replace(microsecond=0)
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError as error:
        raise InputError(
            f"{text!r} is no time to expire: write a day as 2027-01-01, a number of days as 90d, or never",
            parameter="expires",
        ) from error


def _open(path: Path | None) -> "KeyFile":
    from service.key_file import KeyFile, default_key_file

    return KeyFile(path or default_key_file())


def _facts(key: "Key", now: datetime) -> dict[str, str | None]:
    """Return what may be told of a key."""
    return {
        "name": key.name,
        "tier": key.tier,
        "scope": key.scope,
        "created": key.created.isoformat(),
        "expires": None if key.expires is None else key.expires.isoformat(),
        "state": key.state(now),
    }


def _cells(key: "Key", now: datetime) -> dict[str, str]:
    return {
        "name": key.name,
        "tier": key.tier,
        "scope": key.scope,
        "created": _shown(key.created),
        "expires": "never" if key.expires is None else _shown(key.expires),
        "state": key.state(now),
    }


def _shown(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
