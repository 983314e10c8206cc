"""Which incidents are found, in what form, counted, asked about in words, and a page at a time."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from gazetteer.values import Place
from tests.fakes import FakeGazetteer
from tests.service.asking import (
    BEARER,
    INCIDENTS,
    a_client,
    a_client_of,
    following,
    get,
    ids,
    pages,
    path_of,
    problem,
    refused,
    rows_of,
)

ROWS = """id,date,place,governorate,latitude,longitude,uncertainty_m,Event Type,notes
a,2016-05-30,Idlib,Idleb,35.93,36.63,0,Air strike,
b,2016-05-31,Aleppo,Aleppo,36.2,37.15,0,Shelling,=1+1
c,2016-06-20,Idlib,Idleb,35.94,36.64,4900,air strike,-3.5
d,2016-05-31,Nowhere,Idleb,,,,Shelling,"@x, y"
e,,Idlib,Idleb,35.9,36.9,60000,Air strike,+963
"""
SQUARE = [[36.5, 35.8], [36.8, 35.8], [36.8, 36.0], [36.5, 36.0], [36.5, 35.8]]
CROSSING = [[36, 35], [37, 36], [37, 35], [36, 36], [36, 35]]
VAST = [[-170, -80], [0, -80], [0, 80], [-170, 80], [-170, -80]]
NEAR = "near=hospital&within=5km"


class Sourced(FakeGazetteer):
    """A gazetteer whose places have a source to quote."""

    def places(self, **asked: Any) -> Iterator[Place]:
        return (replace(place, sources=("test",)) for place in super().places(**asked))


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    return a_client_of(ROWS, tmp_path_factory.mktemp("asked"), Sourced())


def polygon(corners: Any = SQUARE) -> str:
    return quote(json.dumps({"type": "Polygon", "coordinates": [corners]}))


#: What is asked, and the ids of those that are found.
CHOSEN = {
    "": "abcde",
    "bbox=36.6,35.9,36.65,36": "ac",
    "datetime=2016-05-30T23:00:00Z/2016-05-31T01:00:00Z&area=Idlib": "ad",
    "kind=AIR%20STRIKE": "ace",
    "kind=shelling&from=2016-05-31": "bd",
    "from=2016-05-01&to=2016-05-31&area=Idlib": "ad",
    f"polygon={polygon()}": "ac",
    "polygon=POLYGON((36.5+35.8,36.8+35.8,36.8+36,36.5+36,36.5+35.8))": "ac",
    NEAR: "acde",
    "near=Aleppo&within=1km&certainty=possible": "b",
    f"{NEAR}&certainty=certain": "a",
    f"{NEAR}&certainty=possible,certain": "ac",
    f"{NEAR}&certainty=unanswerable": "e",
    f"{NEAR}&certainty=without_position": "d",
    f"{NEAR}&certainty=no": "b",
    f"{NEAR}&area=Idlib&to=2016-05-31&bbox=36,35,37,36": "a",
    f"{NEAR}&kind=air+strike&certainty=certain,possible&from=2016-06-01": "c",
}


def test_incidents_are_chosen_by_every_parameter_and_all_together(asked: FlaskClient) -> None:
    for query, expected in CHOSEN.items():
        found = get(asked, f"{INCIDENTS}?{query}")
        assert (list(expected), len(expected)) == (ids(found), found["numberMatched"]), query


def test_what_is_computed_stands_under_one_prefix(asked: FlaskClient) -> None:
    names = "certainty", "probability", "count_certain", "count_possible", "nearest_id", "date", "place"
    found = get(asked, f"{INCIDENTS}?{NEAR}")["features"]
    first, possible, nowhere, vague = (
        [one["properties"][f"incident_{name}"] for name in names] for one in found
    )
    assert ["certain", 1.0, 1, 1, "test:national", "2016-05-30", "Idlib"] == first
    assert "possible" == possible[0]
    assert 0 < possible[1] < 1
    assert ["", None, 0, 0, None, "2016-05-31", "Nowhere"] == nowhere
    assert ("unanswerable", None) == (vague[0], vague[5])
    computed = set(found[0]["properties"]) - set(ROWS.splitlines()[0].split(","))
    assert all(name.startswith("incident_") for name in computed), computed


def test_the_summary_counts_what_was_asked_for_before_certainties_are_chosen(asked: FlaskClient) -> None:
    both = f"{INCIDENTS}?{NEAR}&from=2016-05-31"
    found = get(asked, both)["summary"]
    assert found == get(asked, f"{both}&certainty=no")["summary"]
    names = ("incidents", "certain", "possible", "no", "without_position", "undecided", "within_m")
    assert [3, 0, 1, 1, 1, 1, 5000] == [found[name] for name in names]


def test_what_may_lie_in_the_area_or_the_days_is_undecided(asked: FlaskClient) -> None:
    small = [[36.62, 35.92], [36.65, 35.92], [36.63, 35.95], [36.62, 35.92]]
    expected = {
        "from=2016-05-01": ["e"],
        f"polygon={polygon()}": ["d", "e"],
        f"polygon={polygon(small)}": ["c", "d", "e"],
    }
    for query, undecided in expected.items():
        found = get(asked, f"{INCIDENTS}?{query}")
        assert undecided == [one["id"] for one in found["undecided"]]
        assert len(undecided) == found["summary"]["undecided"]


def test_pages_follow_each_other_and_hold_every_incident_once(asked: FlaskClient) -> None:
    for query in ("limit=2", f"limit=2&{NEAR}", "limit=3&kind=air+strike"):
        whole = get(asked, f"{INCIDENTS}?{query.replace('limit=', 'limit=9')}")
        seen: list[str] = []
        for page in pages(asked, f"{INCIDENTS}?{query}"):
            assert (whole["numberMatched"], whole["summary"]) == (page["numberMatched"], page["summary"])
            assert (whole["undecided"] if not seen else []) == page["undecided"]
            seen += ids(page)
        assert ids(whole) == seen


def second_page(asked: FlaskClient) -> str:
    after = following(get(asked, f"{INCIDENTS}?limit=2"))
    assert after is not None
    return after


def test_a_cursor_is_a_410_once_the_incidents_have_changed(tmp_path: Path) -> None:
    asked = a_client_of(ROWS, tmp_path)
    after = second_page(asked)
    assert ["c", "d"] == ids(get(asked, after))
    assert 200 == asked.delete("/v1/incidents?id=a&everybody=true", headers=BEARER).status_code
    refused(asked.get(after), 410, "cursor")
    assert "Cursor outdated" == problem(asked.get(after))["title"]


def test_a_cursor_of_another_question_is_refused(asked: FlaskClient) -> None:
    after = second_page(asked)
    for change in (("limit=2", "limit=2&kind=shelling"), ("cursor=", "cursor=x")):
        refused(asked.get(after.replace(*change)), 400, "cursor")


def test_a_page_may_be_of_another_size_and_form_than_the_one_before(asked: FlaskClient) -> None:
    after = second_page(asked).replace("limit=2", "limit=9&f=csv")
    assert ["c", "d", "e"] == [row["id"] for row in rows_of(asked.get(after))]


def test_csv_has_the_columns_of_the_table_and_what_is_known(asked: FlaskClient) -> None:
    response = asked.get(f"{INCIDENTS}?{NEAR}&f=csv&limit=3")
    columns = ("id", "incident_latitude", "incident_uncertainty_m", "incident_certainty", "incident_areas")
    assert [
        ("a", "35.93", "0", "certain", "SY07"),
        ("c", "35.94", "4900", "possible", "SY07"),
        ("d", "", "", "", "SY07"),
    ] == [tuple(row[name] for name in columns) for row in rows_of(response)]
    (after,) = (one for one in response.headers.getlist("Link") if 'rel="next"' in one)
    assert ["e"] == [row["id"] for row in rows_of(asked.get(path_of(after.partition(">")[0][1:])))]
    assert "incidents.csv" in response.headers["Content-Disposition"]


def test_what_is_to_be_quoted_is_in_the_answer_or_its_header(asked: FlaskClient) -> None:
    assert ["Nobody"] == get(asked, f"{INCIDENTS}?{NEAR}")["attribution"]
    links = asked.get(f"{INCIDENTS}?{NEAR}&f=csv").headers.getlist("Link")
    assert "</v1/info>; rel=\"license\"; title*=UTF-8''Nobody" == links[0]
    assert "Nobody" in asked.get(f"{INCIDENTS}?{NEAR}&f=html").text


def test_the_summary_counts_each_area_month_and_facility(asked: FlaskClient) -> None:
    def counts(query: str, *names: str) -> list[tuple[Any, ...]]:
        found = get(asked, f"/v1/incidents/summary?{query}")["counts"]
        return [tuple(one[name] for name in names) for one in found]

    whole = [("SY02", "2016-05", 1), ("SY07", "", 1), ("SY07", "2016-05", 2), ("SY07", "2016-06", 1)]
    assert whole == counts("", "pcode", "month", "incidents")
    months = [("", 1), ("2016-05", 1), ("2016-06", 1)]
    assert months == counts("by=month&kind=air+strike", "month", "incidents")
    near = counts(f"{NEAR}&by=area", "pcode", "certain", "possible", "expected_low", "expected_high")
    assert [("SY07", 1, 1)] == [one[:3] for one in near]
    assert [("test:national", 1, 2)] == counts(f"{NEAR}&by=facility", "id", "certain", "possible")


def test_the_summary_tells_how_many_are_expected_near_and_in_an_area(asked: FlaskClient) -> None:
    for query in (NEAR, f"{NEAR}&impute=true", "area=Idlib"):
        found = get(asked, f"/v1/incidents/summary?{query}")["summary"]
        assert 1 <= found["expected_low"] <= found["expected"] <= found["expected_high"] <= 5, query
        assert found["unknown"] >= 0


def test_a_bad_parameter_of_the_summary_is_a_400_that_names_it(asked: FlaskClient) -> None:
    for query, (parameter, words) in {
        "by=week": ("by", "area,month"),
        f"{NEAR}&by=area,facility": ("by", "facility,month"),
        "by=facility": ("near", "by=facility"),
        "impute=true": ("near", "needed with impute"),
        f"{NEAR}&by=facility&impute=true": ("impute", "not at which place"),
        "limit=5": ("limit", "unknown parameter"),
    }.items():
        refused(asked.get(f"/v1/incidents/summary?{query}"), 400, parameter, words)


def test_each_position_comes_once_with_how_many_incidents_it_has(asked: FlaskClient) -> None:
    for query in ("", "area=Idlib", NEAR, "from=2016-05-31&to=2016-06-30"):
        spots, listed = (get(asked, f"{path}?{query}") for path in ("/v1/incidents/spots", INCIDENTS))
        columns, marks = spots["spots"], spots["marks"]
        assert len(columns["latitude"]) == len(columns["longitude"]) == len(columns["uncertainty_m"])
        assert len(listed["features"]) == sum(marks["incidents"]), query
        positions = {(*one["geometry"]["coordinates"],) for one in listed["features"] if one["geometry"]}
        assert positions == set(zip(columns["longitude"], columns["latitude"], strict=True)), query
        assert {-1, *range(len(columns["latitude"]))} >= set(marks["spot"])
        if query == NEAR:
            certainties = sorted(one["properties"]["incident_certainty"] for one in listed["features"])
            each = zip(marks["certainty"], marks["incidents"], strict=True)
            assert certainties == sorted(word for word, number in each for _ in range(number))


def test_of_what_is_known_to_no_better_than_25_km_the_smallest_area_is_told(asked: FlaskClient) -> None:
    found = get(asked, "/v1/incidents/spots")
    assert ["SY07"] == [area["pcode"] for area in found["areas"]]
    told = {
        found["spots"]["uncertainty_m"][spot]
        for spot, area in zip(found["marks"]["spot"], found["marks"]["area"], strict=True)
        if area >= 0
    }
    assert {60_000} == told


#: What is asked wrongly, the parameter that is named for it, and some words of what is said.
BAD = [
    ("kind=flood", "kind", "air strike, shelling"),
    ("near=hospital", "within", "needed with near"),
    ("within=5km", "near", "needed with within"),
    ("certainty=certain", "near", "needed with certainty"),
    (f"{NEAR}&certainty=sure", "certainty", "'sure' is no certainty"),
    ("near=hospital&within=-5km", "within", "zero or more"),
    ("near=hospital&within=5", "within", "unit"),
    ("near=hospital&within=501km", "within", "at most 500 km"),
    ("near=Nowhere&within=5km", "near", "nor a place that is known here"),
    ("near=95,36.1&within=5km", "near", "swapped"),
    ("near=Twin&within=5km", "near", "is ambiguous"),
    ("datetime=2016-06-01&to=2016-06-01", "datetime", "or from and to"),
    ("datetime=2016-06-01/2016-05-01", "datetime", "ends before it begins"),
    ("from=30/5/2016", "from", "2016-05-30"),
    ("to=1464566400", "to", "2016-05-30"),
    ("from=2016-06-01&to=2016-05-01", "to", "before"),
    ("area=Atlantis", "area", "Atlantis"),
    (f"polygon={polygon(CROSSING)}", "polygon", "not cross itself"),
    ("polygon=" + polygon([[3600, 35], [37, 36], [37, 35], [3600, 35]]), "polygon", "must be degrees"),
    ("polygon=" + polygon([[36], [37, 36], [37, 35], [36]]), "polygon", "can't be read"),
    (f"polygon={polygon(VAST)}", "polygon", "10,000 km"),
    ("polygon=POINT(36+35)", "polygon", "no polygon"),
    ("polygon=CURVEPOLYGON((36+35,37+35,37+36,36+35))", "polygon", "can't be read"),
    ("polygon=POLYGON((36+35,nan+36,37+35,36+35))", "polygon", "polygon"),
    ("polygon=%7B%22type%22%3A%22Polygon%22%7D", "polygon", "can't be read"),
    ("polygon=" + "x" * 6001, "polygon", "at most 6000"),
    ("polygon=%7B", "polygon", "can't be read"),
    ("polygon=" + "[" * 5000, "polygon", "can't be read"),
]


def test_a_bad_parameter_is_a_400_that_names_it(asked: FlaskClient) -> None:
    for query, parameter, words in BAD:
        refused(asked.get(f"{INCIDENTS}?{query}"), 400, parameter, words)


def test_kinds_of_incidents_that_have_none_are_refused(client: FlaskClient) -> None:
    refused(client.get(f"{INCIDENTS}?kind=shelling"), 400, "kind", "have no kinds")


def test_a_question_is_answered_with_how_it_was_read(client: FlaskClient) -> None:
    found = get(client, "/v1/ask?question=strikes+within+5+km+of+a+hospital+in+May+2016")
    assert "within 5.0 km of any hospital" in found["read_as"]
    assert [("a", 0.97), ("d", None)] == [(row["id"], row["probability"]) for row in found["rows"]]
    counted = get(client, "/v1/ask?question=how+many+strikes+in+May+2016")
    assert len(counted["rows"]) == counted["summary"]["incidents"] > 0


def test_without_a_table_nothing_is_said_of_incidents_and_all_else_is_answered() -> None:
    for address in (
        INCIDENTS,
        f"{INCIDENTS}?{NEAR}&f=html",
        f"{INCIDENTS}/a",
        "/ogc/collections/incidents",
        "/v1/incidents/summary",
        "/v1/ask?question=strikes+within+5+km+of+a+hospital",
        "/v1/ask?question=how+many+strikes+in+Idlib",
    ):
        found = problem(a_client().get(address))
        assert (503, "No incidents") == (found["status"], found["title"])
        advice = "Start gazetteer-serve with --incidents TABLE, or POST some to /v1/incidents."
        assert advice == found["detail"]
    assert get(a_client(), "/v1/ask?question=nearest+hospital+to+Kafranbel")["rows"]
    collections = get(a_client(), "/ogc/collections")["collections"]
    assert ["places", "facilities", "areas"] == [one["id"] for one in collections]


def test_a_table_without_rows_has_no_incidents(tmp_path: Path) -> None:
    client = a_client_of("date,place\n", tmp_path)
    assert [] == ids(get(client, INCIDENTS))
    assert "0 incidents are loaded" in client.get("/about").text


def test_a_column_named_as_one_of_ours_is_kept_under_another_name(tmp_path: Path) -> None:
    client = a_client_of("id,date,place\n", tmp_path)
    rows = [
        {"id": "a", "date": "2016-05-30", "incident_place": "Idlib", "incident_certainty": "12"},
        {"id": "b", "incident_date": "2016-05-07", "table_incident_date": "May"},
    ]
    rows = [{**row, "place": "Idlib"} for row in rows]
    assert 200 == client.post("/v1/incidents", json=rows, headers=BEARER).status_code
    first, second = (one["properties"] for one in get(client, INCIDENTS)["features"])
    assert "table_incident_place" not in first  # it says the same
    assert "12" == first["incident_certainty"]
    assert (None, "May") == (second["incident_date"], second["table_incident_date"])
    assert "2016-05-07" == second["table_table_incident_date"]
    near = get(client, f"{INCIDENTS}?{NEAR}")["features"][0]["properties"]
    assert ("12", "certain") == (near["table_incident_certainty"], near["incident_certainty"])
    table = rows_of(client.get(f"{INCIDENTS}?f=csv"))
    assert ["", "2016-05-07"] == [row["table_table_incident_date"] for row in table]


def test_a_radius_that_nothing_tells_is_null_and_not_0(tmp_path: Path) -> None:
    client = a_client_of("id,lat,lon,uncertainty_m\na,35.9,36.6,\nb,35.9,36.6,0\n", tmp_path)
    found = get(client, INCIDENTS)["features"]
    assert [None, 0] == [one["properties"]["incident_uncertainty_m"] for one in found]
    table = rows_of(client.get(f"{INCIDENTS}?f=csv"))
    assert ["", "0"] == [row["incident_uncertainty_m"] for row in table]


def test_a_saved_answer_brings_its_positions_and_radii(client: FlaskClient, tmp_path: Path) -> None:
    again = a_client_of(client.get(f"{INCIDENTS}?f=csv").text, tmp_path)
    before, after = (get(one, INCIDENTS)["features"] for one in (client, again))
    for one, other in zip(before, after, strict=True):
        assert (one["id"], one["geometry"]) == (other["id"], other["geometry"])
        radii = [each["properties"]["incident_uncertainty_m"] for each in (one, other)]
        assert radii[0] == radii[1]
