"""The command `gazetteer-serve`: check, load once, then serve with gunicorn's workers.

What is wrong is said in one line, before any worker starts; :mod:`gazetteer.cli.running` says how a command
ends.
"""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from gazetteer.cli.running import application
from gazetteer.errors import InputError
from service import cli_keys
from service import cli_options as opt
from service.settings import DATABASES, Settings

if TYPE_CHECKING:
    from pydantic import ValidationError

__all__ = ["KEY_VARIABLE", "app", "main"]

#: The environment variable that holds the key; an option could be read by everybody on the machine.
KEY_VARIABLE = "GAZETTEER_API_KEY"
#: Shorter keys could be found by trying.
_SHORTEST_KEY = 16

app = application("gazetteer-serve")
app.add_typer(cli_keys.app, name="keys")


@app.callback(invoke_without_command=True)
def serve(
    ctx: typer.Context,
    *,
    host: opt.Host = "127.0.0.1",
    port: opt.Port = 8000,
    gazetteer: opt.GazetteerFile = None,
    calibration: opt.CalibrationFile = None,
    incidents: opt.IncidentTable = None,
    store: opt.Store = None,
    keys: opt.KeyFile = None,
    audit: opt.AuditLog = None,
    workers: opt.Workers = 2,
    max_body_mb: opt.MostMegabytes = 10,
    max_rows: opt.MostRows = 100_000,
    max_seconds: opt.MostSeconds = 60,
    max_at_once: opt.MostAtOnce = 8,
    rate_limit: opt.Rate = "300/minute",
    key_rate_limit: opt.KeyRate = "3000/minute",
    rate_limits_at: opt.RatesAt = None,
    trusted_proxies: opt.TrustedProxies = 0,
    tier: opt.WhichTier = "full",
    sensitive: opt.SensitiveKinds = None,
    withhold_names: opt.WithheldNames = None,
    tiles: opt.Tiles = None,
    tiles_attribution: opt.TilesAttribution = "",
    allow_origin: opt.AllowedOrigins = None,
    allowed_host: opt.AllowedHosts = None,
    log_level: opt.Level = "info",
) -> None:
    """Serve the gazetteer over HTTP, or look after the keys of those who ask."""
    if ctx.invoked_subcommand is not None:
        _refuse_options(ctx)
        return
    given = {
        "host": host,
        "port": port,
        "gazetteer": gazetteer,
        "calibration": calibration,
        "incidents": incidents,
        "store": store,
        "keys": keys,
        "audit": audit,
        "workers": workers,
        "max_body_mb": max_body_mb,
        "max_rows": max_rows,
        "max_seconds": max_seconds,
        "max_at_once": max_at_once,
        "rate_limit": rate_limit,
        "key_rate_limit": key_rate_limit,
        "rate_limits_at": rate_limits_at,
        "trusted_proxies": trusted_proxies,
        "tier": tier,
        "sensitive": tuple(sensitive or ()),
        "withhold_names": tuple(withhold_names or ()),
        "tiles": tiles,
        "tiles_attribution": tiles_attribution,
        "allow_origins": tuple(allow_origin or ()),
        "allowed_hosts": tuple(allowed_host or ()),
        "log_level": log_level,
    }
    _serve(_settings(given))


def _refuse_options(ctx: typer.Context) -> None:
    """Refuse options of the server before a command, which wouldn't heed them."""
    for name, parameter in ((p.name or "", p) for p in ctx.command.params):
        if str(ctx.get_parameter_source(name)) == "ParameterSource.COMMANDLINE":
            raise InputError(
                f"{parameter.opts[0]} is for the server, which 'gazetteer-serve {ctx.invoked_subcommand}' "
                "doesn't start: leave it out"
            )


def _settings(given: dict[str, Any]) -> Settings:
    """Return the settings, with the key from the environment.

    Raises
    ------
    InputError
        If they don't go together.
    """
    from pydantic import SecretStr, ValidationError

    from service.key_file import default_key_file

    key = os.environ.get(KEY_VARIABLE, "").strip() or None
    if key is not None and len(key) < _SHORTEST_KEY:
        raise InputError(
            f"the key in {KEY_VARIABLE} has fewer than {_SHORTEST_KEY} characters and could be guessed: "
            "make one with 'openssl rand -hex 32'"
        )
    if given["keys"] is None and default_key_file().exists():
        given["keys"] = default_key_file()
    if given["audit"] is None and (key or given["keys"]):
        given["audit"] = _audit_beside(given["store"])
    try:
        return Settings(**given, api_key=SecretStr(key) if key else None)
    except ValidationError as error:
        raise InputError(_first_of(error)) from error


def _audit_beside(store: str | None) -> Path:
    """Return where the audit log is unless a place is named: where a store can be, it can be too."""
    from service.audit_log import default_audit_file

    if store is None or store.startswith(DATABASES):
        return default_audit_file()
    return Path(store).with_name("audit.jsonl")


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
