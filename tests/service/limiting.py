"""An application with the limits alone: who asks is told by a header, and what is asked by the address.

Run as a program it serves that with gunicorn, on a port that it prints: ``python -c "…; limiting.main()"
OPTIONS``.
"""

import argparse
import time
from collections.abc import Iterator
from typing import Any

from flask import Flask, Request, Response
from flask.testing import FlaskClient
from service.callers import Caller, name_caller
from service.concurrency import limit_at_once
from service.deadlines import start_clock, streamed, within_time
from service.limits import limit_rate
from service.metrics import Metrics
from service.observing import begin, finish
from service.problems import register_problems
from service.steps import Before, add_steps

__all__ = ["SERVE", "a_client", "an_app", "main"]

#: The program, for `tests.service.serving.run_server`.
SERVE = "from tests.service.limiting import main; main()"


def an_app(
    *,
    per_address: str | None = None,
    per_key: str | None = None,
    kept_at: str | None = None,
    at_once: int = 8,
    in_all: int = 12,
    most_s: float = 60,
) -> Flask:
    """Return an application that takes `X-Key` for a key's name and `X-Address` for an address."""
    app = Flask("limited", static_folder=None)
    metrics = Metrics()
    register_problems(app)
    limits: tuple[Before, ...] = (
        limit_rate(per_address=per_address, per_key=per_key, kept_at=kept_at),
        limit_at_once(app, per_caller=at_once, in_all=in_all),
        start_clock(most_s),
    )
    add_steps(app, before=(begin(metrics), _identify, *limits), after=(finish(metrics),))
    app.add_url_rule("/quick", "quick", lambda: "done")
    app.add_url_rule("/healthz", "monitors.healthz", lambda: "up")
    app.add_url_rule("/fails", "fails", _fail)
    app.add_url_rule("/slow", "slow", _slow)
    app.add_url_rule("/stream", "stream", _stream)
    return app


def a_client(**options: Any) -> FlaskClient:
    return an_app(**options).test_client()


def _identify(request: Request) -> None:
    address = request.headers.get("X-Address", "192.0.2.1")
    local = address == "local"
    name_caller(request, Caller(request.headers.get("X-Key", ""), "full", "read", address, local))


def _fail() -> str:
    raise RuntimeError("on purpose")


def _slow() -> str:
    """Work on ten pieces, a tenth of a second each."""
    return "".join(str(piece) for piece in within_time(_pieces()))


def _stream() -> Response:
    return Response(streamed(b"%d\n" % piece for piece in _pieces()), content_type="text/plain")


def _pieces() -> Iterator[int]:
    for piece in range(10):
        yield piece
        time.sleep(0.1)


def main() -> None:
    """Serve with gunicorn until stopped."""
    from service.logs import set_up_logs

    from service.server import figures_folder, listen, run
    from service.settings import Settings

    parser = argparse.ArgumentParser()
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--most-s", type=float, default=60)
    parser.add_argument("--per-address")
    parser.add_argument("--at-once", type=int, default=8)
    options = vars(parser.parse_args())
    workers = options.pop("workers")
    listener = listen("127.0.0.1", 0)
    with listener, figures_folder():
        app = an_app(**options)
        print(f"Serving on http://127.0.0.1:{listener.getsockname()[1]}/", flush=True)
        set_up_logs("info")
        run(app, listener.detach(), Settings(workers=workers))
