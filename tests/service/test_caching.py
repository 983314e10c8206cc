"""ETag, 304, Cache-Control and compression."""

import gzip
from collections.abc import Iterator

import brotli
from flask import Response
from flask.testing import FlaskClient

from gazetteer.lookups import GazetteerInfo
from service.app import create_app
from service.settings import Settings
from tests.fakes import FakeGazetteer
from tests.service.asking import ENDPOINTS, a_client

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
    return a_client(tier="public")


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


def test_an_etag_does_not_hide_a_problem() -> None:
    missing = "/v1/places/nothing"
    response = a_client().get(missing, headers={"If-None-Match": tag(PLACE)})
    assert (404, "no-store") == (response.status_code, response.headers["Cache-Control"])
    assert "ETag" not in response.headers
    assert 404 == a_client().get(missing, headers={"If-None-Match": "*"}).status_code


def test_no_cache_keeps_an_answer_unless_the_tier_is_public_and_none_what_monitors_ask() -> None:
    kept = {a_client().get(one).headers["Cache-Control"] for one in ENDPOINTS if one.startswith("/v1/")}
    assert {"no-store"} == kept
    assert "private, no-cache" == a_client().get("/").headers["Cache-Control"]
    assert "public, max-age=3600" == public().get(PLACE).headers["Cache-Control"]
    assert "public, no-cache" == public().get("/").headers["Cache-Control"]
    for address in ("/healthz", "/readyz", "/metrics"):
        headers = public().get(address).headers
        assert ("no-store", False) == (headers["Cache-Control"], "ETag" in headers)


def test_a_file_of_the_page_is_asked_for_again_and_not_sent_again() -> None:
    client = a_client()
    with client.get("/static/swagger-start.js", headers={"Accept-Encoding": "gzip"}) as first:
        etag = first.headers["ETag"]
        assert ("no-cache", 'W/"') == (first.headers["Cache-Control"], etag[:3])
    for sent, status in (({"If-None-Match": etag}, 304), ({"Range": "bytes=0-3"}, 206)):
        with client.get("/static/swagger-start.js", headers=sent) as again:
            assert (status, etag) == (again.status_code, again.headers["ETag"])
            assert "no-cache" == again.headers["Cache-Control"]


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
    small = client.get(PLACE, headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in small.headers


def test_a_stream_goes_on_streaming() -> None:
    made = 0

    def pieces() -> Iterator[bytes]:
        nonlocal made
        for _ in range(50):
            made += 1
            yield bytes(range(256)) * 400

    app = create_app(Settings(), FakeGazetteer())
    app.add_url_rule("/stream", view_func=lambda: Response(pieces(), content_type="text/csv"))
    for encoding in ("gzip", "identity"):
        made = 0
        with app.test_client().get("/stream", headers={"Accept-Encoding": encoding}) as response:
            received = iter(response.iter_encoded())
            begun = next(received)
            assert 0 < made < 50, encoding
            body = begun + b"".join(received)
            assert 50 * 400 * 256 == len(gzip.decompress(body) if encoding == "gzip" else body)
