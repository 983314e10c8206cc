"""What is done for every request: a step before, a step after, each a function of the request.

`add_steps` runs them in the order in which they are given, so that the order can be read in one place
(`service.app`). One hook runs them all, and hands them the request itself: looking at a dozen hooks and
proxies took longer than what they do.
"""

from collections.abc import Callable, Sequence

from flask import Flask, Request, Response, request

__all__ = ["After", "Before", "add_steps"]

#: Looks at a request, and may answer it at once.
Before = Callable[[Request], Response | None]
#: Changes an answer, or gives another.
After = Callable[[Request, Response], Response]


def add_steps(app: Flask, *, before: Sequence[Before], after: Sequence[After]) -> None:
    """Run these steps for every request of an application, whatever its answer."""

    def run_before() -> Response | None:
        asked = _current()
        for step in before:
            answer = step(asked)
            if answer is not None:
                return answer
        return None

    def run_after(response: Response) -> Response:
        asked = _current()
        for step in after:
            response = step(asked, response)
        return response

    app.before_request(run_before)
    app.after_request(run_after)


def _current() -> Request:
    """Return the request that stands behind the proxy."""
    current: Request = request._get_current_object()  # type: ignore[attr-defined]
    return current
