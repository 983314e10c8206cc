"""ETag, 304, Cache-Control and compression."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import brotli
import pytest
from flask import Response
from flask.testing import FlaskClient
from pydantic import SecretStr

from gazetteer.lookups import GazetteerInfo
from service.app import create_app
from service.settings import Settings
from tests.fakes import FakeGazetteer
from tests.service.asking import BEARER, ENDPOINTS, INCIDENTS, KEY, a_client, an_app, problem

PLACE = "/v1/places/test:idlib"


class Rebuilt(FakeGazetteer):
    def info(self) -> GazetteerInfo:
        old = super().info()
        return GazetteerInfo(old.path, old.schema_version, "1" * 64, old.counts, old.sources)


def tag(address: str, client: FlaskClient | None = None, headers: dict[str, str] | None = None) -> str:
    etag = (client or a_client()).get(address, headers=headers).headers["ETag"]
    assert etag.startswith('W/"')
    return etag


def public() -> FlaskClient:
    return an_app(tier="public").test_client()


def test_a_304_is_without_a_body_and_known_before_anything_is_computed() -> None:
    gazetteer = FakeGazetteer()
    client = a_client(gazetteer)
    etag = tag("/v1/resolve?text=Saraqeb&limit=40", client)
    for sent in (etag, f'"other", {etag}', "*"):
        response = client.get("/v1/resolve?text=Saraqeb&limit=40", headers={"If-None-Match": sent})
        assert (304, b"", etag) == (response.status_code, response.data, response.headers["ETag"])
        assert "Vary" in response.headers
    assert 1 == len(gazetteer.resolved)


def test_an_etag_is_of_one_address_one_representation_and_one_version_of_the_data() -> None:
    tags = [
        tag(PLACE),
        tag("/v1/places/SY07"),
        tag(PLACE, headers={"Accept-Language": "ar"}),
        tag(PLACE, a_client(Rebuilt())),
        tag(PLACE, public()),
    ]
    assert len(tags) == len(set(tags))
    assert tag(PLACE) == tag(PLACE, a_client(FakeGazetteer()))


def test_a_damaged_store_takes_neither_the_map_nor_its_files_with_it(tmp_path: Path) -> None:
    store = tmp_path / "store.sqlite"
    client = create_app(Settings(store=store, api_key=SecretStr(KEY)), FakeGazetteer()).test_client()
    store.write_bytes(b"no store at all, " * 400)
    addresses = ("/", "/about", "/static/leaflet/leaflet.js", "/v1/places/SY07", INCIDENTS)
    statuses = []
    for address in addresses:
        with client.get(address) as response:
            statuses.append(response.status_code)
    assert [200, 200, 200, 200, 503] == statuses
    assert "store can't be read" in client.get("/about").text
    found = problem(client.post("/v1/incidents", json=[{"id": "a", "place": "Idlib"}], headers=BEARER))
    assert (503, "Store unusable") == (found["status"], found["title"])
    assert str(tmp_path) not in found["detail"]


def test_an_etag_does_not_hide_a_problem() -> None:
    missing = "/v1/places/nothing"
    response = a_client().get(missing, headers={"If-None-Match": tag(PLACE)})
    assert (404, "no-store", None) == (
        response.status_code,
        response.headers["Cache-Control"],
        response.headers.get("ETag"),
    )
    assert 404 == a_client().get(missing, headers={"If-None-Match": "*"}).status_code


def test_no_cache_keeps_an_answer_unless_the_tier_is_public() -> None:
    assert {"no-store"} == {
        a_client().get(address).headers["Cache-Control"]
        for address in ENDPOINTS
        if address.startswith("/v1/")
    }
    assert "private, no-cache" == a_client().get("/").headers["Cache-Control"]
    assert "public, max-age=3600" == public().get(PLACE).headers["Cache-Control"]
    assert "public, no-cache" == public().get("/").headers["Cache-Control"]


def test_what_monitors_ask_is_never_kept() -> None:
    for address in ("/healthz", "/readyz", "/metrics"):
        headers = public().get(address).headers
        assert ("no-store", False) == (headers["Cache-Control"], "ETag" in headers)


def test_a_file_of_the_page_is_asked_for_again_and_not_sent_again() -> None:
    client = a_client()
    with client.get("/static/swagger-start.js", headers={"Accept-Encoding": "gzip"}) as first:
        etag = first.headers["ETag"]
        assert ("no-cache", 'W/"') == (first.headers["Cache-Control"], etag[:3])
    with client.get("/static/swagger-start.js", headers={"If-None-Match": etag}) as second:
        assert 304 == second.status_code
    with client.get("/static/swagger-start.js", headers={"Range": "bytes=0-3"}) as part:
        assert (206, etag, "no-cache") == (
            part.status_code,
            part.headers["ETag"],
            part.headers["Cache-Control"],
        )


def test_a_large_answer_is_compressed_for_those_who_can_read_it() -> None:
    client = a_client()
    plain, zipped, packed = (
        client.get("/v1/openapi.json", headers={"Accept-Encoding": encoding})
        for encoding in ("identity", "gzip", "gzip, br")
    )
    assert [None, "gzip", "br"] == [one.headers.get("Content-Encoding") for one in (plain, zipped, packed)]
    assert plain.data == gzip.decompress(zipped.data) == brotli.decompress(packed.data)
    assert plain.headers["ETag"] == zipped.headers["ETag"] == packed.headers["ETag"]
    assert len(zipped.data) == zipped.content_length


def test_a_small_answer_is_not_compressed() -> None:
    assert "Content-Encoding" not in a_client().get(PLACE, headers={"Accept-Encoding": "gzip"}).headers


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_a_stream_goes_on_streaming(encoding: str) -> None:
    made = 0

    def pieces() -> Iterator[bytes]:
        nonlocal made
        for _ in range(50):
            made += 1
            yield bytes(range(256)) * 400

    app = create_app(Settings(), FakeGazetteer())
    app.add_url_rule("/stream", view_func=lambda: Response(pieces(), content_type="text/csv"))
    response = app.test_client().get("/stream", headers={"Accept-Encoding": encoding})
    received = iter(response.iter_encoded())
    begun = next(received)
    assert made < 50
    body = begun + b"".join(received)
    assert 50 * 400 * 256 == len(gzip.decompress(body) if encoding == "gzip" else body)
    response.close()
