"""The command `gazetteer-serve`: check, load once, then serve with gunicorn's workers.

What is wrong is said in one line, before any worker starts. Exit codes: 2 for wrong use, 1 for failure.
"""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gazetteer.errors import GazetteerError, InputError
from service.settings import LogLevel, Settings, Tier

if TYPE_CHECKING:
    from pydantic import ValidationError

__all__ = ["KEY_VARIABLE", "app", "main"]

#: The environment variable that holds the key; an option could be read by everybody on the machine.
KEY_VARIABLE = "GAZETTEER_API_KEY"
#: Shorter keys could be found by trying.
_SHORTEST_KEY = 16

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command()
def serve(
    *,
    host: Annotated[
        str,
        typer.Option(
            help="The address to listen on. Any but this machine's own needs a key in $GAZETTEER_API_KEY, "
            "or --tier public."
        ),
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port; 0 for any free one.", min=0, max=65535)] = 8000,
    gazetteer: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="The gazetteer file. [default: $GAZETTEER_FILE, else the embedded one]"
        ),
    ] = None,
    incidents: Annotated[
        Path | None, typer.Option(metavar="TABLE", help="An incident table to load.")
    ] = None,
    store: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where incidents are kept; made if it isn't there.")
    ] = None,
    workers: Annotated[int, typer.Option(help="How many processes.", min=1, max=64)] = 2,
    max_body_mb: Annotated[
        int, typer.Option(metavar="MB", help="The largest body that is taken: a table.", min=1, max=1000)
    ] = 10,
    tier: Annotated[
        Tier, typer.Option(help="full: every position; public: sensitive ones only to 0.1 degrees.")
    ] = "full",
    tiles: Annotated[
        str | None, typer.Option(metavar="URL", help="Map tiles, with {z}, {x} and {y} in the address.")
    ] = None,
    tiles_attribution: Annotated[
        str, typer.Option(metavar="TEXT", help="What the licence of the tiles asks to be shown.")
    ] = "",
    allow_origin: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ORIGIN", help="A web origin whose pages may read, as https://example.org; repeatable."
        ),
    ] = None,
    allowed_host: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A name that the server is reached by; repeatable."),
    ] = None,
    log_level: Annotated[
        LogLevel, typer.Option(help="debug also logs what was asked, which is sensitive.")
    ] = "info",
) -> None:
    """Serve the gazetteer over HTTP."""
    options = {
        "host": host,
        "port": port,
        "gazetteer": gazetteer,
        "incidents": incidents,
        "store": store,
        "workers": workers,
        "max_body_mb": max_body_mb,
        "tier": tier,
        "tiles": tiles,
        "tiles_attribution": tiles_attribution,
        "allow_origins": tuple(allow_origin or ()),
        "allowed_hosts": tuple(allowed_host or ()),
        "log_level": log_level,
    }
    try:
        _serve(_settings(options))
    except (GazetteerError, OSError) as error:
        typer.echo(f"gazetteer-serve: {' '.join(str(error).split())}", err=True)
        raise typer.Exit(2 if isinstance(error, InputError) else 1) from error


def _settings(options: dict[str, Any]) -> Settings:
    """Return the settings, with the key from the environment.

    Raises
    ------
    InputError
        If they don't go together.
    """
    from pydantic import SecretStr, ValidationError

    key = os.environ.get(KEY_VARIABLE, "").strip() or None
    if key is not None and len(key) < _SHORTEST_KEY:
        raise InputError(
            f"the key in {KEY_VARIABLE} has fewer than {_SHORTEST_KEY} characters and could be guessed: "
            "make one with 'openssl rand -hex 32'"
        )
    try:
        return Settings(**options, api_key=SecretStr(key) if key else None)
    except ValidationError as error:
        raise InputError(_first_of(error)) from error


def _first_of(error: "ValidationError") -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    message = first["msg"].removeprefix("Value error, ")
    return message if message != first["msg"] else f"{first['loc'][0]}: {message}"


def _serve(settings: Settings) -> None:
    from service.server import figures_folder, listen, run

    listener = listen(settings.host.strip("[]"), settings.port)
    with listener, figures_folder():
        from service.app import create_app
        from service.logs import set_up_logs

        application = create_app(settings)
        address = f"http://{_bracketed(settings.host)}:{listener.getsockname()[1]}/"
        typer.echo(f"Serving on {address} (stop with Ctrl-C)")
        sys.stdout.flush()
        set_up_logs(settings.log_level)
        run(application, listener.detach(), settings)


def _bracketed(host: str) -> str:
    return f"[{host.strip('[]')}]" if ":" in host else host


def main() -> None:
    """Run the command."""
    app(prog_name="gazetteer-serve")
