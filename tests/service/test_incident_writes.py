"""Storing and deleting incidents: who may, what is refused row by row, and that it is all or nothing."""

import json
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from gazetteer.enrich.enrich import enrich_table
from gazetteer.privacy.tiers import Tier
from service.key_file import KeyFile
from tests.fakes import FakeGazetteer
from tests.service.asking import BEARER, INCIDENTS, KEY, a_client, get, ids, problem, refused, timeless

TABLE = "id,date,place,governorate\na,2016-05-30,Idlib,Idleb\nb,2016-05-31,Aleppo,Aleppo\n"
GEOJSON = "application/geo+json"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store.sqlite"


@pytest.fixture
def writer(store: Path) -> FlaskClient:
    """Return a client of a server that takes writes and has stored nothing yet."""
    return a_client(FakeGazetteer(), store=store, api_key=KEY)


def post(client: FlaskClient, body: Any, media_type: str = "text/csv", query: str = "") -> TestResponse:
    data = body if isinstance(body, str | bytes) else json.dumps(body)
    return client.post(f"/v1/incidents{query}", data=data, content_type=media_type, headers=BEARER)


def stored(response: TestResponse) -> dict[str, Any]:
    assert 200 == response.status_code, response.text
    found: dict[str, Any] = response.get_json()
    return found


def counts(response: TestResponse) -> tuple[int, int, int]:
    found = stored(response)
    return found["added"], found["changed"], found["unchanged"]


def test_a_table_is_stored_once_however_often_it_is_sent(writer: FlaskClient) -> None:
    assert (2, 0, 0) == counts(post(writer, TABLE))
    tag = writer.get(INCIDENTS).headers["ETag"]
    assert (0, 0, 2) == counts(post(writer, TABLE))
    assert tag == writer.get(INCIDENTS).headers["ETag"]
    changed = TABLE.replace("b,2016-05-31", "b,2016-06-01").replace("\na", "\nc")
    assert (1, 1, 0) == counts(post(writer, changed))
    assert tag != writer.get(INCIDENTS).headers["ETag"]
    assert ["a", "b", "c"] == ids(get(writer, INCIDENTS))


def test_positions_are_resolved_and_what_has_none_is_kept_and_noted(writer: FlaskClient) -> None:
    found = stored(post(writer, TABLE + "c,2016-05-31,Nowhere,Idleb\nd,2016-05-31,Twin,Idleb\n"))
    assert (4, 2) == (found["added"], found["without_position"])
    assert [
        {"row": 3, "id": "c", "detail": "no position: the place name is unresolved"},
        {"row": 4, "id": "d", "detail": "no position: the place name is ambiguous"},
    ] == found["notes"]
    features = get(writer, INCIDENTS)["features"]
    assert [36.63, 35.93] == features[0]["geometry"]["coordinates"]
    assert [None, None] == [feature["geometry"] for feature in features[2:]]


def test_several_places_of_a_row_are_one_incident_whether_named_or_in_rows_of_their_own(
    writer: FlaskClient, tmp_path: Path
) -> None:
    named = "id,date,place\na,2016-05-30,Idlib + Kafranbel\nb,2016-05-30,Aleppo\nc,yesterday,Aleppo\n"
    (tmp_path / "in.csv").write_text(named, "utf-8")
    enrich_table(FakeGazetteer(), tmp_path / "in.csv", tmp_path / "out.csv", explode=True)
    refused = post(writer, (tmp_path / "out.csv").read_bytes())
    assert [(4, "c")] == [(one["row"], one["id"]) for one in problem(refused)["errors"]]
    kept = (tmp_path / "out.csv").read_text("utf-8").splitlines(keepends=True)[:-1]
    for body in ("".join(kept), named.rpartition("c,")[0].replace("\na,", "\nz,")):
        stored(post(writer, body))
    near = get(writer, f"{INCIDENTS}?near=Kafranbel&within=5km&certainty=certain")["features"]
    assert ["a", "z"] == [one["id"] for one in near]
    for one in near:
        places = one["properties"]["incident_places"]
        assert ["test:idlib", "test:kafranbel"] == [place["place_id"] for place in places]


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
    assert (2, 0, 0) == counts(post(writer, collection, GEOJSON))
    assert (0, 0, 2) == counts(post(writer, collection, "application/json"))
    found = get(writer, INCIDENTS)["features"]
    assert ["a", "b", "f", "7"] == [feature["id"] for feature in found]
    assert point == found[2]["geometry"]
    assert ("3", "") == (found[2]["properties"]["dead"], found[2]["properties"]["x"])


def test_a_table_as_wide_as_one_that_is_enriched_is_stored(writer: FlaskClient) -> None:
    names = ["id", "place", *(f"c{n}" for n in range(254))]
    assert (1, 0, 0) == counts(post(writer, f"{','.join(names)}\nwide,Idlib{',' * 254}\n"))


def test_a_dry_run_says_what_would_happen_and_stores_nothing(writer: FlaskClient, store: Path) -> None:
    assert (2, 0, 0) == counts(post(writer, TABLE, query="?dry_run=true"))
    assert not store.exists()
    assert 503 == writer.get(INCIDENTS).status_code


def test_one_bad_row_stops_all_and_each_is_listed(writer: FlaskClient) -> None:
    post(writer, TABLE)
    before = timeless(writer.get(INCIDENTS).data)
    rows = (
        "n,2016-05-30,Idlib,35.9,36.6,100",
        ",2016-05-30,Idlib,,,",
        "n,2016-05-30,Idlib,,,",
        "x,30 of May,Idlib,,,",
        "y,2016-05-30,Idlib,95,36,wide",
        "z,2016-05-30,Idlib,35,,",
        "i" * 301 + ",2016-05-30,Idlib,,,",
    )
    found = problem(post(writer, "id,date,place,latitude,longitude,uncertainty_m\n" + "\n".join(rows)))
    assert (400, "body") == (found["status"], found["parameter"])
    assert "nothing was stored: 7 things are wrong" in found["detail"]
    expected = [
        (2, None, "no id"),
        (3, "n", "row 1 has the same id"),
        (4, "x", "'30 of May' is not a date"),
        (5, "y", "latitude"),
        (5, "y", "'wide' is no radius"),
        (6, "z", "longitude"),
        (7, "i" * 301, "longer than 300"),
    ]
    for (row, own, words), error in zip(expected, found["errors"], strict=True):
        assert (row, own, True) == (error["row"], error["id"], words in error["detail"]), error
    assert before == timeless(writer.get(INCIDENTS).data)


def test_only_the_first_hundred_errors_are_listed(writer: FlaskClient) -> None:
    sent = post(writer, "id,date,place\n" + ",,Idlib\n" * 150)
    refused(sent, 400, "body", "150 things are wrong")
    assert 100 == len(problem(sent)["errors"])


#: Bodies, their media types, and some words of what is wrong with them.
UNREADABLE: list[tuple[str | bytes, str, str]] = [
    ("", "text/csv", "empty"),
    ("id,date,place\n", "text/csv", "no rows"),
    ("date,place\n2016-05-30,Idlib\n", "text/csv", "add a column id"),
    ("id,date\na,2016-05-30\n", "text/csv", "neither positions nor places"),
    ("id,place,Place\na,Idlib,Idlib\n", "text/csv", "may hold the places: rename all but one"),
    (b"id,place\na,\xff\n", "text/csv", "not UTF-8"),
    ('[{"id": "a", "place": "Idlib"}]', "text/csv", "sent as text/csv and is something else"),
    (b"\x1f\x8b\x08\x00", "text/csv", "something else"),
    (b"PK\x03\x04", "text/csv", "something else"),
    (",".join(f"c{n}" for n in range(300)) + "\n" + ",".join("x" * 300), "text/csv", "300 columns"),
    ("{", "application/json", "JSON"),
    ("[" * 100_000, "application/json", "something else"),
    ('[{"id": "a", "latitude": NaN, "longitude": 36}]', "application/json", "1 thing is wrong"),
    (b'[{"id": "\xff"}]', "application/json", "UTF-8"),
    ('["text"]', "application/json", "something else"),
    (b'[{"id": "a", "place": "Id\\u0000lib"}]', "application/json", "NUL"),
    ('[{"id": "a", "place": "\\ud800"}]', "application/json", "half of one"),
    ('{"type": "FeatureCollection", "features": [1]}', GEOJSON, "feature"),
    ('{"type": "FeatureCollection", "features": []}', GEOJSON, "no rows"),
]


def test_a_body_that_can_not_be_read_is_refused_whole(writer: FlaskClient) -> None:
    for body, media_type, words in UNREADABLE:
        sent = post(writer, body, media_type)
        refused(sent, 400, "body", words)
        assert sent.get_json(force=True)["detail"].startswith("nothing was stored: ")
    assert 503 == writer.get(INCIDENTS).status_code


def test_a_geometry_that_can_not_be_read_is_named_by_its_number_and_a_line_has_a_circle(
    writer: FlaskClient,
) -> None:
    def sent(geometry: Any) -> TestResponse:
        feature = {"type": "Feature", "id": "a", "geometry": geometry, "properties": {}}
        return post(writer, {"type": "FeatureCollection", "features": [feature]}, GEOJSON)

    refused(sent({"type": "Point"}), 400, "body", "the geometry of feature 1 can't be read")
    line = sent({"type": "LineString", "coordinates": [[36, 35], [37, 36]]})
    assert 0 == stored(line)["without_position"]


def test_numbers_are_stored_as_they_were_written_and_no_key_that_comes_twice_is_lost(
    writer: FlaskClient,
) -> None:
    def sent(id_: str, more: str) -> TestResponse:
        own = f'"id": "{id_}", "geometry": null, "properties": {{"place": "Idlib", {more}}}'
        body = f'{{"type": "Feature", {own}}}'
        return post(writer, f'{{"type": "FeatureCollection", "features": [{body}]}}', GEOJSON)

    for number, digits in enumerate(("123456789012345678.25", "1E-400", "1.50")):
        stored(sent(f"n{number}", f'"n": {digits}, "deep": [{digits}]'))
        found = get(writer, f"{INCIDENTS}/n{number}")["properties"]
        assert (digits, f"[{digits}]") == (found["n"], found["deep"])
    refused(sent("twice", '"n": 1, "n": 2'), 400, "body", "the key 'n' comes twice")


def test_every_write_needs_the_key(writer: FlaskClient) -> None:
    for title, header in (
        ("Key missing", {}),
        ("Key missing", {"Authorization": f"Basic {KEY}"}),
        ("Key refused", {"Authorization": "Bearer x"}),
    ):
        sent = writer.post("/v1/incidents", data=TABLE, content_type="text/csv", headers=header)
        deleted = writer.delete("/v1/incidents?id=a", headers=header)
        assert [title, title] == [problem(sent)["title"], problem(deleted)["title"]]
    assert 503 == writer.get(INCIDENTS).status_code


def test_a_server_without_a_key_takes_no_writes(client: FlaskClient) -> None:
    assert "No writes" == problem(post(client, TABLE))["title"]
    assert "No writes" == problem(client.delete("/v1/incidents?id=a", headers=BEARER))["title"]
    assert "Key refused" == problem(client.get(INCIDENTS, headers=BEARER))["title"]


def test_a_body_of_another_type_is_a_415(writer: FlaskClient) -> None:
    refused(post(writer, TABLE, "application/xml"), 415, words="text/csv, application/json or")


def test_a_table_with_more_rows_than_are_taken_is_not_stored() -> None:
    client = a_client(max_rows=3, api_key=KEY)
    for number in (3, 4):
        rows = [{"id": str(n), "place": "Idlib"} for n in range(number)]
        table = "id,place\n" + "".join(f"{row['id']},Idlib\n" for row in rows)
        for body, kind in ((table, "text/csv"), (json.dumps(rows), "application/json")):
            answer = post(client, body, kind, "?dry_run=true")
            if number == 3:
                assert (3, 0, 0) == counts(answer)
            else:
                refused(answer, 413, "body", "has more than 3 rows: send it in parts")


def test_objects_with_a_column_each_are_refused_before_each_gets_a_cell_for_all() -> None:
    """30,000 rows with 30,000 columns would be 9 × 10^8 cells, from a body of half a megabyte."""
    rows = [{"id": str(number), f"c{number}": 1} for number in range(30_000)]
    sent = post(a_client(max_rows=50_000, api_key=KEY), rows, "application/json")
    refused(sent, 400, "body", "it has 30001 columns, more than the 256 that are taken")


def test_an_incident_is_deleted_by_its_id_and_a_source_at_once(writer: FlaskClient) -> None:
    def delete(query: str) -> dict[str, Any]:
        return stored(writer.delete(f"/v1/incidents?{query}", headers=BEARER))

    post(writer, TABLE, query="?source=first")
    post(writer, TABLE.replace("\na", "\nc").replace("\nb", "\nd/e"), query="?source=second")
    assert {"deleted": 1} == delete("id=a") == delete("id=d/e")
    assert ["b", "c"] == ids(get(writer, INCIDENTS))
    assert {"deleted": 1} == delete("source=second")
    assert ["b"] == ids(get(writer, INCIDENTS))
    delete("id=b")
    assert [] == ids(get(writer, INCIDENTS))  # emptied, and not "never loaded"


def test_a_delete_that_hits_nothing_or_says_nothing_is_refused(writer: FlaskClient) -> None:
    post(writer, TABLE)
    nothing_there, nothing_said = ("id=x", "source=x"), ("", "id=a&source=upload", "ids=a", "id=a&x=1")
    for status, queries in ((404, nothing_there), (400, nothing_said)):
        for query in queries:
            sent = writer.delete(f"/v1/incidents?{query}", headers=BEARER)
            assert status == problem(sent)["status"], query
    assert ["a", "b"] == ids(get(writer, INCIDENTS))


def test_ids_live_in_the_namespace_of_the_key_that_wrote_them(tmp_path: Path) -> None:
    keys = KeyFile(tmp_path / "keys.json")
    tiers: dict[str, Tier] = {"desk": "full", "field": "full", "friend": "public"}
    tokens = {name: keys.add(name, tier=tier, scope="write", expires=None)[0] for name, tier in tiers.items()}
    client = a_client(FakeGazetteer(), store=tmp_path / "store.sqlite", keys=tmp_path / "keys.json")

    def ask(method: str, name: str, query: str = "", body: str | None = None) -> TestResponse:
        header = {"Authorization": f"Bearer {tokens[name]}"}
        kind = None if body is None else "text/csv"
        address = INCIDENTS if method == "GET" else f"/v1/incidents{query}"
        return client.open(address, method=method, data=body, headers=header, content_type=kind)

    for name in tokens:
        assert (2, 0, 0) == counts(ask("POST", name, body=TABLE)), name
    assert 6 == len(ids(ask("GET", "desk").get_json()))
    assert {"deleted": 1} == stored(ask("DELETE", "friend", "?id=a"))
    assert 404 == ask("DELETE", "friend", "?id=a").status_code
    assert 403 == ask("DELETE", "friend", "?id=a&everybody=true").status_code
    assert {"deleted": 2} == stored(ask("DELETE", "desk", "?id=a&everybody=true"))
    assert ["b", "b", "b"] == ids(ask("GET", "field").get_json())


def test_a_column_that_is_public_already_is_shown_below_tier_full(store: Path) -> None:
    client = a_client(FakeGazetteer(), store=store, api_key=KEY, tier="public")
    rows = TABLE.replace("governorate", "url").replace("Idleb", "https://example.org/1")
    for query, shown in (("", set()), ("?publish=url", {"url"}), ("?publish=*", {"url", "place"})):
        stored(post(client, rows, query=query))
        properties = get(client, INCIDENTS)["features"][0]["properties"]
        assert shown == {"url", "place"} & set(properties), query
    refused(post(client, rows, query="?publish=link"), 400, "publish")


def test_two_servers_on_one_store_see_each_others_writes(writer: FlaskClient, store: Path) -> None:
    other = a_client(FakeGazetteer(), store=store)
    assert 503 == other.get(INCIDENTS).status_code
    post(writer, TABLE)
    assert ["a", "b"] == ids(get(other, INCIDENTS))
    writer.delete("/v1/incidents?id=a", headers=BEARER)
    assert ["b"] == ids(get(other, INCIDENTS))
