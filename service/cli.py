"""The command `gazetteer-serve`: check, load once, then serve with gunicorn's workers.

The port is taken and the files are read before any worker starts, so what is wrong is said in one
line. Workers are forked from the loaded process and share its pages. Ctrl-C or SIGTERM lets running
requests end. Exit codes: 2 for wrong use, 1 for failure.
"""

import socket  # noqa: TID251 - the port must be taken before the files are read; nothing is connected to
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from gazetteer.errors import GazetteerError, InputError

__all__ = ["app", "main"]

#: Seconds that a running request may take to end when the server is stopped.
_GRACE_S = 10
#: Connections that wait while all workers are busy; Linux's own limit is 4096 (tcp(7), somaxconn).
_BACKLOG = 512
#: Threads in each worker, so that a browser's idle connection holds up nobody.
_THREADS = 4

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command()
def serve(
    host: Annotated[
        str, typer.Option(help="The address to listen on: one of this machine only.")
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
) -> None:
    """Serve the gazetteer over HTTP to this machine."""
    try:
        _serve(host, port, gazetteer, incidents)
    except (GazetteerError, OSError) as error:
        typer.echo(f"gazetteer-serve: {' '.join(str(error).split())}", err=True)
        raise typer.Exit(2 if isinstance(error, InputError) else 1) from error


def _serve(host: str, port: int, gazetteer: Path | None, incidents: Path | None) -> None:
    from service.settings import Settings, check_host

    settings = Settings(host=check_host(host), port=port, gazetteer=gazetteer, incidents=incidents)
    listener = _listen(settings.host.strip("[]"), settings.port)
    with listener:
        from service.app import create_app

        application = create_app(settings)
        address = f"http://{_bracketed(settings.host)}:{listener.getsockname()[1]}/"
        typer.echo(f"Serving on {address} (stop with Ctrl-C)")
        sys.stdout.flush()
        _run(application, listener.detach(), settings.workers)


def _listen(host: str, port: int) -> socket.socket:
    """Take the port, or say why not."""
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        reason = error.strerror or str(error)
        raise OSError(
            f"can't listen on {host} port {port} ({reason}): is it in use? Choose another with --port"
        ) from error
    return listener


def _bracketed(host: str) -> str:
    return f"[{host.strip('[]')}]" if ":" in host else host


def _run(application: Any, listener_fd: int, workers: int) -> None:
    from gunicorn.app.base import BaseApplication

    options = {
        "bind": f"fd://{listener_fd}",
        "workers": workers,
        "threads": _THREADS,
        "worker_class": "gthread",
        "preload_app": True,
        "graceful_timeout": _GRACE_S,
        "loglevel": "warning",
        "control_socket_disable": True,  # gunicorn 25 and later would open one in the user's home
    }

    class Server(BaseApplication):
        def load_config(self) -> None:
            for name, value in options.items():
                if name in self.cfg.settings:
                    self.cfg.set(name, value)

        def load(self) -> Any:
            return application

    Server().run()


def main() -> None:
    """Run the command."""
    app(prog_name="gazetteer-serve")
