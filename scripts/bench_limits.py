"""Time what the limits cost each request, beside flask-limiter's own way of asking it, by a decorator.

python scripts/bench_limits.py
python scripts/bench_limits.py --redis redis://127.0.0.1:6379
"""

import argparse
import statistics
import time
from collections.abc import Callable

from flask import Flask, Request, request
from flask_limiter import Limiter

from service.callers import Caller, caller_of, name_caller
from service.concurrency import limit_at_once
from service.limits import limit_rate

RATE = "100000000/minute"
TIMES = 5000


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--redis", help="also time counting in this Redis")
    given = parser.parse_args()
    app = Flask("bench")
    app.add_url_rule("/", "index", lambda: "")
    rate = limit_rate(per_address=RATE, per_key=RATE, kept_at=None)
    at_once = limit_at_once(app, per_caller=10 * TIMES, in_all=10 * TIMES)
    tell(
        "a program of this machine, both limits", app, lambda asked: (rate(asked), at_once(asked)), local=True
    )
    tell("another caller, rate", app, rate)
    tell("another caller, places at once", app, at_once)
    tell("another caller, rate by flask-limiter's decorator", app, decorated(app))
    if given.redis:
        tell(
            "another caller, rate in Redis",
            app,
            limit_rate(per_address=RATE, per_key=RATE, kept_at=given.redis),
        )


def decorated(app: Flask) -> Callable[[Request], object]:
    limiter = Limiter(
        lambda: caller_of(request).who, app=app, storage_uri="memory://", strategy="sliding-window-counter"
    )

    @limiter.shared_limit(RATE, scope="all")
    def count() -> None:
        pass

    return lambda _: count()


def tell(what: str, app: Flask, check: Callable[[Request], object], *, local: bool = False) -> None:
    """Print the median of many requests, each in a context of its own as in a server."""
    took = []
    for _ in range(TIMES):
        with app.test_request_context("/"):
            asked: Request = request._get_current_object()  # type: ignore[attr-defined]
            name_caller(asked, Caller("", "full", "read", "192.0.2.1", local))
            began = time.perf_counter()
            check(asked)
            took.append(time.perf_counter() - began)
    print(f"{what:<50} {statistics.median(took) * 1e6:8.1f} µs")


if __name__ == "__main__":
    main()
