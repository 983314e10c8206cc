"""Storing and deleting incidents: who may, what is refused row by row, and that it is all or nothing."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from pydantic import SecretStr
from werkzeug.test import TestResponse

from gazetteer.enrich.enrich import enrich_table
from service.app import create_app
from service.incident_store import SqliteStore
from service.settings import Settings
from tests.fakes import FakeGazetteer
from tests.service.asking import get, ids, problem

KEY = {"Authorization": "Bearer right"}
TABLE = "id,date,place,governorate\na,2016-05-30,Idlib,Idleb\nb,2016-05-31,Aleppo,Aleppo\n"


@pytest.fixture
def store(tmp_path: Path) -> SqliteStore:
    return SqliteStore(tmp_path / "store.sqlite")


@pytest.fixture
def writer(store: SqliteStore) -> FlaskClient:
    """Return a client of a server that takes writes and has stored nothing yet."""
    return create_app(Settings(store=store.path, api_key=SecretStr("right")), FakeGazetteer()).test_client()


def post(client: FlaskClient, body: Any, media_type: str = "text/csv", query: str = "") -> TestResponse:
    data = body if isinstance(body, str | bytes) else json.dumps(body)
    return client.post(f"/v1/incidents{query}", data=data, content_type=media_type, headers=KEY)


def stored(response: TestResponse) -> dict[str, Any]:
    assert 200 == response.status_code, response.text
    found: dict[str, Any] = json.loads(response.text)
    return found


def counts(response: TestResponse) -> tuple[int, int, int]:
    found = stored(response)
    return found["added"], found["changed"], found["unchanged"]


def test_a_table_is_stored_once_however_often_it_is_sent(writer: FlaskClient, store: SqliteStore) -> None:
    assert (2, 0, 0) == counts(post(writer, TABLE))
    generation = store.generation()
    assert (0, 0, 2) == counts(post(writer, TABLE))
    assert generation == store.generation()
    assert (1, 1, 0) == counts(
        post(writer, TABLE.replace("b,2016-05-31", "b,2016-06-01").replace("\na", "\nc"))
    )
    assert ["a", "b", "c"] == ids(get(writer, "/v1/incidents"))


def test_positions_are_resolved_and_what_has_none_is_kept_and_noted(writer: FlaskClient) -> None:
    found = stored(post(writer, TABLE + "c,2016-05-31,Nowhere,Idleb\nd,2016-05-31,Twin,Idleb\n"))
    assert (4, 2) == (found["added"], found["without_position"])
    assert [
        {"row": 3, "id": "c", "detail": "no position: the place name is unresolved"},
        {"row": 4, "id": "d", "detail": "no position: the place name is ambiguous"},
    ] == found["notes"]
    features = get(writer, "/v1/incidents")["features"]
    assert [36.63, 35.93] == features[0]["geometry"]["coordinates"]
    assert [None, None] == [feature["geometry"] for feature in features[2:]]


def test_rows_of_one_gaz_row_are_stored_as_one_incident_at_all_its_places(
    writer: FlaskClient, tmp_path: Path
) -> None:
    (tmp_path / "in.csv").write_text(
        "id,date,place\na,2016-05-30,Idlib + Kafranbel\nb,2016-05-30,Aleppo\nc,yesterday,Aleppo\n", "utf-8"
    )
    enrich_table(FakeGazetteer(), tmp_path / "in.csv", tmp_path / "out.csv", explode=True)
    refused = post(writer, (tmp_path / "out.csv").read_bytes())
    assert [(4, "c")] == [(one["row"], one["id"]) for one in problem(refused)["errors"]]
    kept = (tmp_path / "out.csv").read_text("utf-8").splitlines(keepends=True)[:-1]
    assert (2, 0, 0) == counts(post(writer, "".join(kept)))
    near = get(writer, "/v1/incidents?near=Kafranbel&within=5km")["features"]
    assert [("a", "certain")] == [(one["id"], one["properties"]["certainty"]) for one in near]


def test_json_and_geojson_are_taken_as_the_table_is(writer: FlaskClient) -> None:
    rows = [
        {"id": "a", "date": "2016-05-30", "place": "Idlib", "governorate": "Idleb"},
        {"id": "b", "date": "2016-05-31", "place": "Aleppo", "governorate": "Aleppo"},
    ]
    post(writer, TABLE)
    assert (0, 0, 2) == counts(post(writer, rows, "application/json"))
    point = {"type": "Point", "coordinates": [36.7, 35.8]}
    features = [
        {
            "type": "Feature",
            "id": "f",
            "geometry": point,
            "properties": {"date": "2016-05-30", "dead": 3, "x": None},
        },
        {"type": "Feature", "geometry": None, "properties": {"id": 7, "place": "Idlib"}},
    ]
    collection = {"type": "FeatureCollection", "features": features}
    assert (2, 0, 0) == counts(post(writer, collection, "application/geo+json"))
    assert (0, 0, 2) == counts(post(writer, collection, "application/json"))
    found = get(writer, "/v1/incidents")["features"]
    assert ["a", "b", "f", "7"] == [feature["id"] for feature in found]
    assert point == found[2]["geometry"]
    assert ("3", "") == (found[2]["properties"]["dead"], found[2]["properties"]["x"])


def test_a_table_as_wide_as_one_that_is_enriched_is_stored(writer: FlaskClient) -> None:
    names = ["id", "place", *(f"c{n}" for n in range(254))]
    table = f"{','.join(names)}\nwide,Idlib{',' * 254}\n"
    assert (1, 0, 0) == counts(post(writer, table))


def test_a_dry_run_says_what_would_happen_and_stores_nothing(writer: FlaskClient, store: SqliteStore) -> None:
    assert (2, 0, 0) == counts(post(writer, TABLE, query="?dry_run=true"))
    assert not store.path.exists()
    assert 503 == writer.get("/v1/incidents").status_code


def test_one_bad_row_stops_all_and_each_is_listed(writer: FlaskClient, store: SqliteStore) -> None:
    post(writer, TABLE)
    before = store.read()
    rows = (
        "n,2016-05-30,Idlib,35.9,36.6,100",
        ",2016-05-30,Idlib,,,",
        "n,2016-05-30,Idlib,,,",
        "x,30 of May,Idlib,,,",
        "y,2016-05-30,Idlib,95,36,wide",
        "z,2016-05-30,Idlib,35,,",
    )
    response = post(writer, "id,date,place,latitude,longitude,uncertainty_m\n" + "\n".join(rows))
    found = problem(response)
    assert (400, "body") == (found["status"], found["parameter"])
    assert "nothing was stored: 6 things are wrong" in found["detail"]
    said = [(error["row"], error["id"]) for error in found["errors"]]
    assert [(2, None), (3, "n"), (4, "x"), (5, "y"), (5, "y"), (6, "z")] == said
    words = [
        "no id",
        "row 1 has the same id",
        "'30 of May' is not a date",
        "a latitude lies between",
        "'wide' is no radius",
        "''",
    ]
    assert all(word in error["detail"] for word, error in zip(words, found["errors"], strict=True)), found
    assert before == store.read()


def test_only_the_first_hundred_errors_are_listed(writer: FlaskClient) -> None:
    found = problem(post(writer, "id,date,place\n" + ",,Idlib\n" * 150))
    assert (100, True) == (len(found["errors"]), "150 things are wrong" in found["detail"])


@pytest.mark.parametrize(
    ("body", "media_type", "words"),
    [
        ("", "text/csv", "empty"),
        ("id,date,place\n", "text/csv", "no rows"),
        ("date,place\n2016-05-30,Idlib\n", "text/csv", "add a column id"),
        ("id,date\na,2016-05-30\n", "text/csv", "neither positions nor places"),
        ("id,place,Place\na,Idlib,Idlib\n", "text/csv", "may hold the places: rename"),
        ("id,place\na,Idlib,more\n", "text/csv", "the table, line 2: 3 cells"),
        (b"id,place\na,\xff\n", "text/csv", "not UTF-8"),
        ('[{"id": "a", "place": "Idlib"}]', "text/csv", "sent as CSV and is something else"),
        (b"\x1f\x8b\x08\x00", "text/csv", "packed by gzip"),
        (",".join(f"c{n}" for n in range(300)) + "\n" + ",".join("x" * 300), "text/csv", "300 columns"),
        ("{", "application/json", "not JSON"),
        ('{"id": 1}', "application/json", "must be a JSON list"),
        ("[]", "application/json", "no rows"),
        ("[" * 100_000, "application/json", "not JSON"),
        ('[{"id": "a", "place": "\\ud800"}]', "application/json", "not JSON"),
        ('[{"id": "a", "latitude": NaN}]', "application/json", "NaN is no JSON number"),
        (b'[{"id": "\xff"}]', "application/json", "not JSON"),
    ],
)
def test_a_body_that_can_not_be_read_is_refused_whole(
    writer: FlaskClient, store: SqliteStore, body: Any, media_type: str, words: str
) -> None:
    found = problem(post(writer, body, media_type))
    assert (400, "body") == (found["status"], found["parameter"])
    assert words in found["detail"]
    assert "gazetteer-serve-" not in found["detail"]  # no path of the server
    assert not store.path.exists()


@pytest.mark.parametrize(
    ("item", "words"),
    [
        ("text", "no JSON object"),
        ({"id": "a", "place": ["Idlib"]}, "place holds a list"),
        ({"id": "a", "place": "Id\0lib"}, "NUL"),
        ({"type": "Feature", "geometry": {"type": "LineString", "coordinates": []}}, "no Point"),
        ({"type": "Feature", "geometry": {"type": "Point", "coordinates": ["36", "35"]}}, "no Point"),
        ({"type": "Feature", "geometry": None, "properties": [1]}, "properties"),
    ],
)
def test_an_object_that_is_no_row_is_named_by_its_number(writer: FlaskClient, item: Any, words: str) -> None:
    found = problem(post(writer, [{"id": "ok", "place": "Idlib"}, item], "application/json"))
    assert [2] == [error["row"] for error in found["errors"]]
    assert words in found["errors"][0]["detail"]


@pytest.mark.parametrize(
    ("header", "status", "title"),
    [
        ({}, 401, "Key missing"),
        ({"Authorization": "Basic right"}, 401, "Key missing"),
        ({"Authorization": "Bearer wrong"}, 403, "Key refused"),
    ],
)
def test_every_write_needs_the_key(
    writer: FlaskClient, header: dict[str, str], status: int, title: str
) -> None:
    post(writer, TABLE)
    for response in (
        writer.post("/v1/incidents", data=TABLE, content_type="text/csv", headers=header),
        writer.delete("/v1/incidents?id=a", headers=header),
    ):
        found = problem(response)
        assert (status, title) == (found["status"], found["title"])
    assert ["a", "b"] == ids(get(writer, "/v1/incidents"))


def test_a_server_without_a_key_takes_no_writes(client: FlaskClient) -> None:
    assert "No writes" == problem(post(client, TABLE))["title"]
    assert "No writes" == problem(client.delete("/v1/incidents?id=a", headers=KEY))["title"]
    assert "Key refused" == problem(client.get("/v1/incidents", headers=KEY))["title"]


def test_a_body_of_another_type_is_a_415(writer: FlaskClient) -> None:
    assert 415 == problem(post(writer, TABLE, "application/xml"))["status"]


def test_a_body_that_says_it_is_too_large_is_refused_before_it_is_read(writer: FlaskClient) -> None:
    class Unread(io.BytesIO):
        def read(self, *_: Any) -> bytes:
            raise AssertionError("the body was read")

    response = writer.post(
        "/v1/incidents",
        input_stream=Unread(),
        content_type="text/csv",
        headers=KEY,
        environ_overrides={"CONTENT_LENGTH": str(11 * 1024 * 1024)},
    )
    assert 413 == problem(response)["status"]


def test_a_body_that_turns_out_too_large_is_refused(writer: FlaskClient, store: SqliteStore) -> None:
    body = io.BytesIO(b"id,place\n" + b"a,Idlib\n" * 1_500_000)
    response = writer.post(
        "/v1/incidents",
        input_stream=body,
        content_type="text/csv",
        headers={**KEY, "Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert 413 == problem(response)["status"]
    assert not store.path.exists()


def test_an_incident_is_deleted_by_its_id_and_a_source_at_once(writer: FlaskClient) -> None:
    post(writer, TABLE, query="?source=first")
    post(writer, TABLE.replace("\na", "\nc").replace("\nb", "\nd/e"), query="?source=second")
    assert {"deleted": 1} == stored(writer.delete("/v1/incidents?id=a", headers=KEY))
    assert {"deleted": 1} == stored(writer.delete("/v1/incidents?id=d/e", headers=KEY))
    assert ["b", "c"] == ids(get(writer, "/v1/incidents"))
    assert {"deleted": 1} == stored(writer.delete("/v1/incidents?source=second", headers=KEY))
    assert ["b"] == ids(get(writer, "/v1/incidents"))
    stored(writer.delete("/v1/incidents?id=b", headers=KEY))
    assert [] == ids(get(writer, "/v1/incidents"))  # emptied, and not "never loaded"


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/v1/incidents?id=x", 404),
        ("/v1/incidents?source=x", 404),
        ("/v1/incidents", 400),
        ("/v1/incidents?id=a&source=b", 400),
        ("/v1/incidents?ids=a", 400),
        ("/v1/incidents?id=a&x=1", 400),
    ],
)
def test_a_delete_that_hits_nothing_or_says_nothing_is_refused(
    writer: FlaskClient, address: str, status: int
) -> None:
    post(writer, TABLE)
    assert status == problem(writer.delete(address, headers=KEY))["status"]
    assert ["a", "b"] == ids(get(writer, "/v1/incidents"))


def test_a_store_that_fails_is_a_503_that_says_nothing_of_the_inside(
    writer: FlaskClient, store: SqliteStore
) -> None:
    store.path.write_bytes(b"no database at all, though it is long enough to be one" * 20)
    found = problem(post(writer, TABLE))
    assert (503, "Incident store unusable") == (found["status"], found["title"])
    assert str(store.path.parent) not in found["detail"]


def test_two_servers_on_one_store_see_each_others_writes(writer: FlaskClient, store: SqliteStore) -> None:
    other = create_app(Settings(store=store.path), FakeGazetteer()).test_client()
    assert 503 == other.get("/v1/incidents").status_code
    post(writer, TABLE)
    assert ["a", "b"] == ids(get(other, "/v1/incidents"))
    writer.delete("/v1/incidents?id=a", headers=KEY)
    assert ["b"] == ids(get(other, "/v1/incidents"))
