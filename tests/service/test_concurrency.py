"""How much callers may ask at the same time, and that no place is lost, whatever becomes of a request."""

import gc
import random
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response
from werkzeug.test import TestResponse, run_wsgi_app

from tests.service.asking import problem
from tests.service.limiting import SERVE, an_app
from tests.service.serving import Server, run_server


def opened(app: Flask, address: str = "/stream", method: str = "GET", **headers: str) -> TestResponse:
    """Ask, and leave the answer open: as a server does while it sends it."""
    given = {f"X-{name.title()}": value for name, value in headers.items()}
    return app.test_client().open(address, method=method, headers=given, buffered=False)


def is_free(app: Flask, **headers: str) -> bool:
    with opened(app, "/quick", **headers) as answer:
        return answer.status_code == 200


def test_who_has_too_much_under_way_is_told_to_wait() -> None:
    app = an_app(at_once=2)
    with opened(app), opened(app):
        refused = opened(app, "/quick")
        assert (429, "1") == (refused.status_code, refused.headers["Retry-After"])
        detail = "2 requests of yours are under way: wait for one of them to end"
        assert detail == problem(refused)["detail"]
        assert is_free(app, Address="192.0.2.2")
    assert is_free(app)


def test_all_together_leave_room_for_this_machine_and_for_its_health() -> None:
    app = an_app(at_once=2, in_all=3)
    with ExitStack() as streams:
        for number in range(3):
            streams.enter_context(opened(app, Address=f"192.0.2.{number}"))
        refused = opened(app, "/quick", Address="192.0.2.9")
        assert (503, "1") == (refused.status_code, refused.headers["Retry-After"])
        assert "busy with others' requests" in problem(refused)["detail"]
        assert is_free(app, Address="local")
        with opened(app, "/healthz", Address="192.0.2.9") as healthy:
            assert 200 == healthy.status_code
    assert is_free(app, Address="192.0.2.9")


def test_a_key_and_its_address_hold_places_of_their_own() -> None:
    app = an_app(at_once=1)
    with opened(app), opened(app, Key="press"):
        assert [False, False, True] == [is_free(app), is_free(app, Key="press"), is_free(app, Key="other")]


def _one_to_its_end(app: Flask) -> None:
    with opened(app, "/quick") as answer:
        assert b"done" == answer.data


def _one_closed_before_its_first_byte(app: Flask) -> None:
    opened(app).close()


def _one_closed_in_the_middle(app: Flask) -> None:
    with opened(app) as answer:
        next(iter(answer.response))


def _one_closed_twice(app: Flask) -> None:
    answer = opened(app)
    answer.close()
    answer.close()


def _one_dropped_unclosed(app: Flask) -> None:
    opened(app)
    gc.collect()


def _a_head(app: Flask) -> None:
    opened(app, method="HEAD").close()


def _a_failure(app: Flask) -> None:
    with opened(app, "/fails") as answer:
        assert 500 == answer.status_code


def _one_without_a_route(app: Flask) -> None:
    with opened(app, "/nothing") as answer:
        assert 404 == answer.status_code


def _one_that_is_refused(app: Flask) -> None:
    with opened(app), opened(app, "/quick") as refused:
        assert 429 == refused.status_code


def _a_failure_of_a_step_after(app: Flask) -> None:
    def failing(_: Response) -> Response:
        raise SystemExit(1)

    app.after_request_funcs[None].append(failing)
    with pytest.raises(SystemExit):
        opened(app, "/quick")
    app.after_request_funcs[None].remove(failing)


def _a_stream_that_fails_when_it_is_closed(app: Flask) -> None:
    class Broken:
        def __iter__(self) -> Iterator[bytes]:
            return iter([b"x"])

        def close(self) -> None:
            raise OSError("on purpose")

    def broken() -> Response:
        return Response(Broken())

    app.view_functions["quick"] = broken
    pieces, _, _ = run_wsgi_app(app, _environ("/quick"))
    with pytest.raises(OSError, match="on purpose"):
        pieces.close()  # type: ignore[attr-defined] # an answer has it (PEP 3333)
    app.view_functions["quick"] = lambda: "done"


def _environ(path: str) -> dict[str, Any]:
    from werkzeug.test import EnvironBuilder

    return EnvironBuilder(path).get_environ()


@pytest.mark.parametrize(
    "ask",
    [
        _one_to_its_end, _one_closed_before_its_first_byte, _one_closed_in_the_middle, _one_closed_twice,
        _one_dropped_unclosed, _a_head,
        _a_failure, _one_without_a_route, _one_that_is_refused, _a_failure_of_a_step_after,
        _a_stream_that_fails_when_it_is_closed,
    ],
)  # fmt: skip
def test_a_place_is_given_back_after(ask: Any) -> None:
    app = an_app(at_once=1, in_all=1)
    for _ in range(3):
        ask(app)
        assert is_free(app)


def test_no_place_is_lost_or_won_by_many_threads() -> None:
    app = an_app(at_once=3, in_all=5)
    most = {"one": 0, "all": 0}
    held: list[str] = []
    lock = threading.Lock()

    def ask(seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(60):
            who = f"192.0.2.{chance.randrange(3)}"
            way = chance.choice(["/quick", "/stream", "/fails", "/nothing"])
            with opened(app, way, Address=who) as answer:
                if answer.status_code not in (429, 503):
                    with lock:
                        held.append(who)
                        most["one"] = max(most["one"], held.count(who))
                        most["all"] = max(most["all"], len(held))
                    time.sleep(0.0005)
                    with lock:
                        held.remove(who)

    threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {"one": 3, "all": 5} == most
    with ExitStack() as streams:
        for number in (0, 0, 0, 1, 1):
            streams.enter_context(opened(app, Address=f"192.0.2.{number}"))
        assert not is_free(app, Address="192.0.2.2")
    assert is_free(app, Address="192.0.2.2")


def _answered(server: Server) -> bool:
    return server.get("/quick")[0] == 200


def test_who_goes_away_in_the_middle_of_a_stream_gives_its_place_back(tmp_path: Path) -> None:
    with run_server(SERVE, "--at-once", "2", folder=tmp_path) as server:
        for _ in range(3):
            for _ in range(2):
                with server.connect() as connection:
                    connection.sendall(b"GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
                    assert connection.recv(10)
            # Once: the place of an answer is given back a moment after its last byte has come.
            until = time.monotonic() + 20
            while not (answered := _answered(server)) and time.monotonic() < until:
                time.sleep(0.05)
            assert answered
