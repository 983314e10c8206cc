"""The command `gazetteer-serve`: check, load once, then serve; and its `keys`: make, list and revoke them.

What is wrong is said in one line, before the server answers; :mod:`gazetteer.cli.running` says how a command
ends. A server that runs notices a change of its keys by itself. The token of a new key is all that `keys add`
writes to standard output, and is shown only then.
"""

import inspect
import json
import re
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Annotated, Any

import typer

from gazetteer.cli.running import application, remark
from gazetteer.errors import InputError
from service.key_file import Key, KeyFile, default_key_file
from service.settings import Settings, settings_of

app = application("gazetteer-serve")
keys_app = typer.Typer(help="Make, list and revoke the keys that a server accepts.", no_args_is_help=True)
app.add_typer(keys_app, name="keys")


def setting_option(name: str, one: Any) -> inspect.Parameter:
    """Return the option for a setting; what isn't given is left to the environment."""
    kind = {bool: bool, tuple: list[str]}.get(type(one.default), str)
    option = typer.Option(
        f"--{name.replace('_', '-')}",
        metavar=one.json_schema_extra["metavar"],
        help=f"{one.description} [default: {one.default}]" if one.default else one.description,
        show_default=False,
    )
    annotation: Any = Annotated[kind | None, option]
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)


def _serve(ctx: typer.Context, **given: Any) -> None:
    """Serve the gazetteer over HTTP, or look after the keys of those who ask."""
    given = {name: value for name, value in given.items() if value not in (None, [])}
    if ctx.invoked_subcommand is None:
        serve(settings_of(given))
    elif given:
        option = next(iter(given)).replace("_", "-")
        raise InputError(
            f"--{option} is for the server, which 'gazetteer-serve {ctx.invoked_subcommand}' doesn't start: "
            "leave it out"
        )


_parameters = [
    inspect.Parameter("ctx", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context),
    *(setting_option(name, one) for name, one in Settings.model_fields.items() if name != "api_key"),
]
_serve.__signature__ = inspect.Signature(_parameters)  # type: ignore[attr-defined]
_serve.__annotations__ = {one.name: one.annotation for one in _parameters}
app.callback(invoke_without_command=True)(_serve)


def serve(settings: Settings) -> None:
    """Serve until told to stop: the port is taken before the files are read."""
    from service.server import listen, run

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # until it serves: what is temporary is taken away
    with listen(settings.host.strip("[]"), settings.port) as listener:
        from service.app import create_app
        from service.telemetry import set_up_logs

        made = create_app(settings)
        if settings.keys is not None and not settings.keys.exists():
            remark(f"no key is accepted yet: {settings.keys} isn't there", program="gazetteer-serve")
        host = f"[{settings.host.strip('[]')}]" if ":" in settings.host else settings.host
        typer.echo(f"Serving on http://{host}:{listener.getsockname()[1]}/ (stop with Ctrl-C)")
        sys.stdout.flush()
        if which := made.extensions["gazetteer"].default_words:
            remark(which, program="gazetteer-serve")
        set_up_logs(settings.log_level)
        # While it serves already. No daemon: one that computes as Python ends brings it down (SIGABRT).
        Thread(target=made.extensions["gazetteer"].warm).start()
        run(made, listener, max_body_bytes=settings.max_body_mb * 1_000_000)


# ---------------------------------------------------------------------------------------------- keys

_Name = Annotated[str, typer.Argument(metavar="NAME", help="What you call it, such as newsdesk-2.")]
_File = Annotated[
    Path | None,
    typer.Option("--keys", metavar="FILE", help="The file of keys. [default: in the user's settings folder]"),
]


@keys_app.command()
def add(
    name: _Name,
    *,
    tier: Annotated[
        str, typer.Option("--tier", metavar="TIER", help="What it shows: full, partner or public.")
    ] = "public",
    scope: Annotated[
        str, typer.Option("--scope", metavar="SCOPE", help="read, or write, which may read too.")
    ] = "read",
    expires: Annotated[
        str,
        typer.Option(
            metavar="WHEN", help="A day such as 2027-01-01, a number of days such as 90d, or never."
        ),
    ] = "365d",
    keys: _File = None,
) -> None:
    """Make a key and print its token."""
    for value, known in ((tier, ("full", "partner", "public")), (scope, ("read", "write"))):
        if value not in known:
            raise InputError(f"{value!r} is not one of {', '.join(known)}")
    until = read_expiry(expires, now=datetime.now(UTC))
    token, key = _open(keys).add(name, tier=tier, scope=scope, expires=until)  # type: ignore[arg-type]
    valid = "until it is revoked" if key.expires is None else f"until {_shown(key.expires)}"
    typer.echo(token)
    typer.echo(
        f"This is the token of {key.name}: tier {key.tier}, scope {key.scope}, valid {valid}.\n"
        "It is shown only now. Requests carry it as the header 'Authorization: Bearer TOKEN'.",
        err=True,
    )


@keys_app.command("list")
def list_keys(
    *, keys: _File = None, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False
) -> None:
    """List the keys, also revoked and expired ones."""
    found, now = _open(keys).listed(), datetime.now(UTC)
    if as_json:
        typer.echo(json.dumps([_facts(key, now, datetime.isoformat) for key in found], indent=2))
    elif found:
        from gazetteer.cli.text import table

        rows = [_facts(key, now, _shown) for key in found]
        typer.echo(table([{name: cell or "never" for name, cell in row.items()} for row in rows]))
    else:
        typer.echo("There are no keys yet: make one with 'gazetteer-serve keys add NAME'.", err=True)


@keys_app.command()
def revoke(name: _Name, *, keys: _File = None) -> None:
    """Revoke a key for good."""
    key = _open(keys).revoke(name)
    typer.echo(f"{key.name} is revoked: servers accept it no longer.", err=True)


def read_expiry(text: str, *, now: datetime) -> datetime | None:
    """Return when a key ends: when a day begins (UTC), or days from now; None stands for "never"."""
    if text == "never":
        return None
    if days := re.fullmatch("([1-9][0-9]{0,4})d", text):
        return (now + timedelta(days=int(days[1]))).replace(microsecond=0)
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError as error:
        raise InputError(
            f"{text!r} is no time to expire: write a day as 2027-01-01, a number of days as 90d, or never"
        ) from error


def _open(path: Path | None) -> KeyFile:
    return KeyFile(path or default_key_file())


def _facts(key: Key, now: datetime, shown: Callable[[datetime], str]) -> dict[str, str | None]:
    facts = {"name": key.name, "tier": key.tier, "scope": key.scope, "created": shown(key.created)}
    return {**facts, "expires": shown(key.expires) if key.expires else None, "state": key.state(now)}


def _shown(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def main() -> None:
    """Run the command."""
    app(prog_name="gazetteer-serve")
