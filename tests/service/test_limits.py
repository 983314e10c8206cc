"""Bodies that are too large or packed, and how a problem names what is wrong in a body."""

import io
from typing import Any

import pytest
from flask import request
from flask.testing import FlaskClient
from flask_openapi3.openapi import OpenAPI
from gunicorn.http.errors import InvalidChunkSize, NoMoreData
from pydantic import BaseModel, SecretStr
from werkzeug.test import TestResponse

from gazetteer.errors import InputError
from service.app import create_app
from service.settings import Settings
from tests.fakes import FakeGazetteer
from tests.service.asking import problem

LIMIT = 1_000_000
CUT = {"wsgi.input_terminated": True, "CONTENT_LENGTH": "100"}
CHUNKED = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}


class Query(BaseModel):
    text: str
    within: str | list[str] = ""


class Queries(BaseModel):
    queries: list[Query]


class RowsError(InputError):
    errors = ({"row": 3, "detail": "no date"},)


def an_app() -> OpenAPI:
    """Return an application that takes bodies of 1 MB."""
    app = create_app(Settings(max_body_mb=1, api_key=SecretStr("right")), FakeGazetteer())

    @app.post("/many")
    def many(body: Queries) -> dict[str, int]:
        return {"queries": len(body.queries)}

    @app.post("/raw")
    def raw() -> dict[str, int]:
        return {"bytes": len(request.get_data())}

    @app.post("/form")
    def form() -> dict[str, int]:
        return {"bytes": len(request.files["file"].read())}

    @app.post("/rows")
    def rows() -> dict[str, int]:
        raise RowsError("1 row can't be stored", parameter="body")

    return app


@pytest.fixture(scope="module")
def app() -> OpenAPI:
    return an_app()


@pytest.fixture
def client(app: OpenAPI) -> FlaskClient:
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = "Bearer right"
    return client


class Unread(io.BytesIO):
    def read(self, *_: Any) -> bytes:
        raise AssertionError("read before it was refused")


def test_a_body_that_says_it_is_too_large_is_refused_before_it_is_read(client: FlaskClient) -> None:
    length = {"CONTENT_LENGTH": str(LIMIT + 1)}
    response = client.post("/raw", input_stream=Unread(), environ_overrides=length)
    assert (413, "the body is too large: at most 1 MB are taken, so send it in parts") == (
        response.status_code,
        problem(response)["detail"],
    )


def test_a_body_without_a_length_is_refused_once_it_is_too_large(client: FlaskClient) -> None:
    class Endless(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            assert size == LIMIT + 1, "read on after it was too large"
            return b"x" * size

    chunked = {"wsgi.input": Endless(), "wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    assert 413 == problem(client.post("/raw", environ_overrides=chunked))["status"]


def test_a_body_without_a_length_is_read_whole(client: FlaskClient) -> None:
    body = io.BytesIO(b"x" * LIMIT)
    chunked = {"wsgi.input": body, "wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    assert {"bytes": LIMIT} == client.post("/raw", environ_overrides=chunked).get_json()


def test_a_body_of_the_size_that_is_taken_is_taken(client: FlaskClient) -> None:
    assert {"bytes": LIMIT} == client.post("/raw", data=b"x" * LIMIT).get_json()


def test_a_form_of_the_size_that_is_taken_is_taken_and_a_larger_one_names_the_file(
    client: FlaskClient,
) -> None:
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="in.csv"\r\n\r\n'
    room = LIMIT - len(head) - len(b"\r\n--x--\r\n")

    def sent(size: int, **environ: Any) -> TestResponse:
        body = head + b"x" * size + b"\r\n--x--\r\n"
        kind = "multipart/form-data; boundary=x"
        return client.post("/form", data=body, content_type=kind, environ_overrides=environ)

    assert {"bytes": room} == sent(room).get_json()
    assert {"bytes": room} == sent(room, **{"wsgi.input_terminated": True}).get_json()
    found = problem(sent(room + 1))
    assert (413, "file") == (found["status"], found["parameter"])


@pytest.mark.parametrize(
    "address", ["/raw", "/form", "/v1/enrich", "/v1/incidents", "/v1/resolve", "/reconcile"]
)
def test_every_route_has_the_same_limit(client: FlaskClient, address: str) -> None:
    told = {"CONTENT_LENGTH": str(LIMIT + 1)}
    chunked = {**CHUNKED, "wsgi.input": io.BytesIO(b" " * (LIMIT + 1))}
    found = [problem(client.post(address, environ_overrides=environ)) for environ in (told, chunked)]
    assert [(413, "body")] * 2 == [(one["status"], one["parameter"]) for one in found]


@pytest.mark.parametrize("address", ["/raw", "/v1/enrich", "/v1/incidents", "/v1/resolve", "/reconcile"])
def test_a_body_shorter_than_it_was_told_to_be_is_a_400(client: FlaskClient, address: str) -> None:
    short = {**CUT, "wsgi.input": io.BytesIO(b"place\nIdl")}
    found = problem(client.post(address, environ_overrides=short, content_type="text/csv"))
    assert (400, "body") == (found["status"], found["parameter"])
    assert "ended after 9 of 100 bytes" in found["detail"]


@pytest.mark.parametrize(
    ("error", "status"),
    [(InvalidChunkSize(b"ZZ"), 400), (NoMoreData(), 400), (BlockingIOError(), 408)],
)
def test_a_body_that_cannot_be_read_to_its_end_is_the_clients_fault(
    client: FlaskClient, error: Exception, status: int
) -> None:
    class Broken(io.BytesIO):
        def read(self, *_: Any) -> bytes:
            raise error

    response = client.post("/raw", environ_overrides={**CHUNKED, "wsgi.input": Broken()})
    found = problem(response)
    assert (status, "body") == (found["status"], found["parameter"])
    assert "close" == response.headers["Connection"]


def test_a_connection_is_closed_only_where_a_body_is_left_on_it(client: FlaskClient) -> None:
    refused = client.post("/raw", environ_overrides={"CONTENT_LENGTH": str(LIMIT + 1)})
    elsewhere = client.post("/raw", data=b"x", base_url="http://elsewhere.example")
    assert ["close"] * 2 == [one.headers.get("Connection") for one in (refused, elsewhere)]
    for kept in (client.post("/raw", data=b"x"), client.post("/none", data=b"x"), client.get("/healthz")):
        assert "Connection" not in kept.headers


def test_a_packed_body_is_a_415(client: FlaskClient) -> None:
    response = client.post("/raw", data=b"x", headers={"Content-Encoding": "gzip"})
    assert 415 == problem(response)["status"]


@pytest.mark.parametrize(
    ("body", "parameter"),
    [
        ({"queries": [{"text": "a"}, {"text": 5}]}, "queries[1].text"),
        ({"queries": [{}]}, "queries[0].text"),
        ({"queries": [{"text": "a", "within": 5}]}, "queries[0].within"),
        ({"queries": [{"text": "a", "within": ["a", 5]}]}, "queries[0].within"),
        ({}, "queries"),
        ([], "body"),
        ("Idlib", "body"),
    ],
)
def test_a_field_of_a_body_is_named_by_its_path(client: FlaskClient, body: object, parameter: str) -> None:
    found = problem(client.post("/many", json=body))
    assert (400, parameter) == (found["status"], found["parameter"])


def test_a_body_that_is_no_json_is_refused(client: FlaskClient) -> None:
    broken = client.post("/many", data="{", content_type="application/json")
    other = client.post("/many", data="a,b", content_type="text/csv")
    assert (400, 415) == (problem(broken)["status"], problem(other)["status"])
    assert "Content-Type: application/json" in problem(other)["detail"]


def test_what_is_wrong_row_by_row_is_listed(client: FlaskClient) -> None:
    found = problem(client.post("/rows"))
    assert ([{"row": 3, "detail": "no date"}], "body") == (found["errors"], found.get("parameter", "body"))
