"""Which incidents are found, in what form, and a page at a time."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from pydantic import SecretStr

from gazetteer.tables.formats.csv import neutralised
from gazetteer.values import Place
from service.app import create_app
from service.settings import Settings
from tests.fakes import FakeGazetteer
from tests.service.asking import get, ids, problem

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


class Sourced(FakeGazetteer):
    """A gazetteer whose places have a source to quote."""

    def places(self, **asked: Any) -> Iterator[Place]:
        return (replace(place, sources=("test",)) for place in super().places(**asked))


def a_client_of(path: Path) -> FlaskClient:
    path.write_text(ROWS, encoding="utf-8")
    settings = Settings(incidents=path, api_key=SecretStr("right"))
    return create_app(settings, Sourced()).test_client()


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    return a_client_of(tmp_path_factory.mktemp("asked") / "incidents.csv")


def polygon(corners: Any = SQUARE) -> str:
    return quote(json.dumps({"type": "Polygon", "coordinates": [corners]}))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", "abcde"),
        ("?bbox=36.6,35.9,36.65,36", "ac"),
        ("?bbox=36.63,35.93,36.63,35.93", "a"),
        ("?kind=AIR%20STRIKE", "ace"),
        ("?kind=shelling&from=2016-05-31", "bd"),
        (f"?polygon={polygon()}", "ac"),
        ("?polygon=POLYGON((36.5+35.8,36.8+35.8,36.8+36,36.5+36,36.5+35.8))", "ac"),
        ("?near=hospital&within=5km", "acde"),
        ("?near=hospital&within=5km&certainty=certain", "a"),
        ("?near=hospital&within=5km&certainty=possible,certain", "ac"),
        ("?near=hospital&within=5km&certainty=unanswerable", "e"),
        ("?near=hospital&within=5km&certainty=without_position", "d"),
        ("?near=hospital&within=5km&certainty=no", "b"),
        ("?near=hospital&within=5km&area=Idlib&to=2016-05-31&bbox=36,35,37,36", "a"),
        ("?near=hospital&within=5km&kind=air+strike&certainty=certain,possible&from=2016-06-01", "c"),
    ],
)
def test_incidents_are_chosen_by_every_parameter_and_all_together(
    asked: FlaskClient, query: str, expected: str
) -> None:
    found = get(asked, f"/v1/incidents{query}")
    assert list(expected) == ids(found)
    assert len(expected) == found["matched"]


def test_the_summary_counts_what_was_asked_for_before_certainties_are_chosen(asked: FlaskClient) -> None:
    both = "/v1/incidents?near=hospital&within=5km&from=2016-05-31"
    found = get(asked, both)["summary"]
    assert found == get(asked, f"{both}&certainty=no")["summary"]
    names = ("incidents", "certain", "possible", "no", "without_position", "undecided")
    assert [3, 0, 1, 1, 1, 1] == [found[name] for name in names]


def test_an_incident_that_lies_in_a_polygon_with_a_part_of_its_radius_is_undecided(
    asked: FlaskClient,
) -> None:
    found = get(asked, f"/v1/incidents?polygon={polygon()}")
    assert ["d", "e"] == [one["id"] for one in found["undecided"]]
    assert 2 == found["summary"]["undecided"]
    small = get(
        asked,
        f"/v1/incidents?polygon={polygon([[36.62, 35.92], [36.65, 35.92], [36.63, 35.95], [36.62, 35.92]])}",
    )
    assert (["a"], True) == (ids(small), "c" in [one["id"] for one in small["undecided"]])


def test_pages_follow_each_other_and_hold_every_incident_once(asked: FlaskClient) -> None:
    for query in ("limit=2", "limit=2&near=hospital&within=5km", "limit=3&kind=air+strike"):
        whole = get(asked, f"/v1/incidents?{query.replace('limit=', 'limit=9')}")
        seen: list[str] = []
        address = f"/v1/incidents?{query}"
        while address:
            page = get(asked, address)
            assert whole["matched"] == page["matched"]
            assert whole["summary"] == page["summary"]
            assert (whole["undecided"] if not seen else []) == page["undecided"]
            seen += ids(page)
            address = page["next"]
        assert ids(whole) == seen


def test_a_cursor_is_refused_once_the_incidents_have_changed(tmp_path: Path) -> None:
    asked = a_client_of(tmp_path / "incidents.csv")
    following = get(asked, "/v1/incidents?limit=2")["next"]
    assert ["c", "d"] == ids(get(asked, following))
    asked.delete("/v1/incidents?id=a", headers={"Authorization": "Bearer right"})
    found = problem(asked.get(following))
    assert (410, "Cursor outdated", "cursor") == (found["status"], found["title"], found["parameter"])


@pytest.mark.parametrize(
    "change", [("limit=2", "limit=2&kind=shelling"), ("cursor=", "cursor=x"), ("cursor=", "cursor=!")]
)
def test_a_cursor_of_another_question_is_refused(asked: FlaskClient, change: tuple[str, str]) -> None:
    following = get(asked, "/v1/incidents?limit=2")["next"].replace(*change)
    found = problem(asked.get(following))
    assert (400, "cursor") == (found["status"], found["parameter"])


def test_a_page_may_be_of_another_size_and_form_than_the_one_before(asked: FlaskClient) -> None:
    following = get(asked, "/v1/incidents?limit=2")["next"].replace("limit=2", "limit=9&format=csv")
    assert ["c", "d", "e"] == [row["id"] for row in rows(asked.get(following).text)]


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize(
    ("query", "accept", "expected"),
    [
        ("", None, "application/geo+json"),
        ("", "*/*", "application/geo+json"),
        ("", "application/json", "application/geo+json"),
        ("", "text/csv", "text/csv; charset=utf-8"),
        ("", "text/html, text/csv;q=0.9, */*;q=0.1", "text/csv; charset=utf-8"),
        ("?format=csv", "application/json", "text/csv; charset=utf-8"),
        ("?format=geojson", "text/csv", "application/geo+json"),
    ],
)
def test_the_form_is_that_of_the_parameter_and_else_of_the_header(
    asked: FlaskClient, query: str, accept: str | None, expected: str
) -> None:
    response = asked.get(f"/v1/incidents{query}", headers={"Accept": accept} if accept else {})
    assert (200, expected) == (response.status_code, response.content_type)


def test_a_form_that_there_is_not_is_a_406(asked: FlaskClient) -> None:
    found = problem(asked.get("/v1/incidents", headers={"Accept": "application/xml"}))
    assert (406, True) == (found["status"], "text/csv" in found["detail"])


def test_csv_has_the_columns_of_the_table_and_what_is_known(asked: FlaskClient) -> None:
    response = asked.get("/v1/incidents?near=hospital&within=5km&format=csv&limit=3")
    found = rows(response.text)
    assert ["a", "c", "d"] == [row["id"] for row in found]
    assert [("35.93", "0"), ("35.94", "4900"), ("", "")] == [
        (row["incident_latitude"], row["incident_uncertainty_m"]) for row in found
    ]
    assert ["certain", "possible", ""] == [row["certainty"] for row in found]
    links = response.headers.getlist("Link")
    assert 'rel="next"' in links[-1]
    assert ["e"] == [row["id"] for row in rows(asked.get(links[-1].partition(">")[0][1:]).text)]
    assert "incidents.csv" in response.headers["Content-Disposition"]


def test_what_is_to_be_quoted_is_in_the_answer_or_its_header(asked: FlaskClient) -> None:
    query = "/v1/incidents?near=hospital&within=5km"
    lines = get(asked, query)["attribution"]
    assert ["Nobody"] == lines
    links = asked.get(f"{query}&format=csv").headers.getlist("Link")
    assert [f"</v1/info>; rel=\"license\"; title*=UTF-8''{quote(line, safe='')}" for line in lines] == links


def test_a_spreadsheet_takes_no_cell_for_a_formula_where_that_is_asked_for(asked: FlaskClient) -> None:
    plain = [row["notes"] for row in rows(asked.get("/v1/incidents?format=csv").text)]
    assert ["", "=1+1", "-3.5", "@x, y", "+963"] == plain
    clean = [row["notes"] for row in rows(asked.get("/v1/incidents?format=csv&neutralise=true").text)]
    assert ["", "'=1+1", "-3.5", "'@x, y", "+963"] == clean


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("=cmd|'/C calc'!A0", "'=cmd|'/C calc'!A0"),
        ("-2+3", "'-2+3"),
        ("+1 963", "'+1 963"),
        ("\tx", "'\tx"),
        ("\rx", "'\rx"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-1e5", "-1e5"),
        ("+.5", "+.5"),
        ("a=b", "a=b"),
        ("", ""),
        ("-", "'-"),
    ],
)
def test_what_a_formula_may_begin_with_gets_an_apostrophe_unless_it_is_a_number(
    cell: str, expected: str
) -> None:
    assert expected == neutralised(cell)


def test_the_summary_counts_each_area_and_month(asked: FlaskClient) -> None:
    found = get(asked, "/v1/incidents/summary")
    assert [
        ("SY02", "2016-05", 1),
        ("SY07", "", 1),
        ("SY07", "2016-05", 2),
        ("SY07", "2016-06", 1),
    ] == [(one["pcode"], one["month"], one["incidents"]) for one in found["counts"]]
    by_month = get(asked, "/v1/incidents/summary?by=month&kind=air+strike")
    assert [("", 1), ("2016-05", 1), ("2016-06", 1)] == [
        (one["month"], one["incidents"]) for one in by_month["counts"]
    ]
    near = get(asked, "/v1/incidents/summary?near=hospital&within=5km&certainty=certain,possible&by=area")
    assert [("SY07", 2)] == [(one["pcode"], one["incidents"]) for one in near["counts"]]
    assert 5 == near["summary"]["incidents"]


@pytest.mark.parametrize(
    ("query", "parameter", "words"),
    [
        ("bbox=36,35,37", "bbox", "west,south,east,north"),
        ("bbox=37,35,36,36", "bbox", "west <= east"),
        ("bbox=36,35,37,nan", "bbox", "finite"),
        ("kind=flood", "kind", "air strike, shelling"),
        ("certainty=certain", "near", "needed with certainty"),
        ("near=hospital&within=5km&certainty=sure", "certainty", "'sure' is no certainty"),
        ("near=hospital&within=501km", "within", "at most 500 km"),
        ("limit=0", "limit", "greater"),
        ("limit=10001", "limit", "10000"),
        ("format=xml", "format", "geojson"),
        ("neutralise=yes", "neutralise", "true"),
        ("from=2016-02-30", "from", "not a date"),
        (
            f"polygon={polygon([[36, 35], [37, 36], [37, 35], [36, 36], [36, 35]])}",
            "polygon",
            "may not cross itself",
        ),
        (f"polygon={polygon([[3600, 35], [37, 36], [37, 35], [3600, 35]])}", "polygon", "must be degrees"),
        (f"polygon={polygon([[36], [37, 36], [37, 35], [36]])}", "polygon", "can't be read"),
        (
            f"polygon={polygon([[-170, -80], [0, -80], [0, 80], [-170, 80], [-170, -80]])}",
            "polygon",
            "10,000 km",
        ),
        ("polygon=POINT(36+35)", "polygon", "no polygon"),
        ("polygon=POLYGON+EMPTY", "polygon", "no polygon"),
        ("polygon=POLYGON((36+35,nan+36,37+35,36+35))", "polygon", "polygon"),
        ("polygon=%7B%22type%22%3A%22Polygon%22%7D", "polygon", "can't be read"),
        ("polygon=" + "x" * 6001, "polygon", "at most 6000"),
        ("polygon=%7B", "polygon", "can't be read"),
    ],
)
@pytest.mark.parametrize("path", ["/v1/incidents", "/v1/incidents/summary"])
def test_a_bad_parameter_is_a_400_that_names_it(
    asked: FlaskClient, path: str, query: str, parameter: str, words: str
) -> None:
    if path.endswith("summary") and parameter in ("limit", "format", "neutralise"):
        words = "unknown parameter"
    found = problem(asked.get(f"{path}?{query}"))
    assert (400, parameter) == (found["status"], found["parameter"])
    assert words in found["detail"]


def test_the_summary_can_be_counted_only_by_what_it_knows(asked: FlaskClient) -> None:
    found = problem(asked.get("/v1/incidents/summary?by=week"))
    assert (400, "by") == (found["status"], found["parameter"])


def test_kinds_of_incidents_that_have_none_are_refused(client: FlaskClient) -> None:
    assert "have no kinds" in problem(client.get("/v1/incidents?kind=shelling"))["detail"]


def test_answers_are_as_the_document_describes_them(asked: FlaskClient) -> None:
    from service.schemas.incidents import IncidentAnswer, IncidentCollection, IncidentSummary

    for query in ("", "?near=hospital&within=5km&limit=2", f"?polygon={polygon()}"):
        IncidentCollection.model_validate(get(asked, f"/v1/incidents{query}"))
    for query in ("", "?near=hospital&within=5km", "?by=month"):
        IncidentSummary.model_validate(get(asked, f"/v1/incidents/summary{query}"))
    for question in ("strikes+within+5+km+of+a+hospital", "nearest+hospital+to+Idlib", "how+many+strikes"):
        found = get(asked, f"/v1/ask?question={question}")
        IncidentAnswer.model_validate(found)


def test_a_column_named_as_one_of_ours_is_kept_under_another_name(tmp_path: Path) -> None:
    rows = [
        {"id": "a", "date": "2016-05-30", "place": "Idlib", "incident_place": "Idlib", "distance_m": "12"},
        {"id": "b", "incident_date": "2016-05-07", "place": "Idlib", "table_incident_date": "May"},
    ]
    settings = Settings(store=tmp_path / "store.sqlite", api_key=SecretStr("right"))
    client = create_app(settings, FakeGazetteer()).test_client()
    client.post("/v1/incidents", json=rows, headers={"Authorization": "Bearer right"})
    first, second = (one["properties"] for one in get(client, "/v1/incidents")["features"])
    assert "table_incident_place" not in first  # it says the same
    assert "12" == first["distance_m"]
    assert (None, "May", "2016-05-07") == (
        second["incident_date"],
        second["table_incident_date"],
        second["table_table_incident_date"],
    )
    near = get(client, "/v1/incidents?near=hospital&within=5km")["features"][0]["properties"]
    assert "12" == near["table_distance_m"]
    table = list(csv.DictReader(io.StringIO(client.get("/v1/incidents?format=csv").text)))
    assert ["", "2016-05-07"] == [row["table_table_incident_date"] for row in table]
    assert ["2016-05-30", ""] == [row["incident_date"] for row in table]


def test_a_radius_that_nothing_tells_is_null_and_not_0(tmp_path: Path) -> None:
    path = tmp_path / "incidents.csv"
    path.write_text("id,lat,lon,uncertainty_m\na,35.9,36.6,\nb,35.9,36.6,0\n", encoding="utf-8")
    client = create_app(Settings(incidents=path), FakeGazetteer()).test_client()
    found = get(client, "/v1/incidents")["features"]
    assert [None, 0] == [one["properties"]["incident_uncertainty_m"] for one in found]
    table = list(csv.DictReader(io.StringIO(client.get("/v1/incidents?format=csv").text)))
    assert ["", "0"] == [row["incident_uncertainty_m"] for row in table]


def test_a_saved_answer_brings_its_positions_and_radii(client: FlaskClient, tmp_path: Path) -> None:
    saved = tmp_path / "saved.csv"
    saved.write_bytes(client.get("/v1/incidents?format=csv").data)
    again = create_app(Settings(incidents=saved), FakeGazetteer()).test_client()

    def known(of: FlaskClient) -> list[Any]:
        return [
            (one["id"], one["geometry"], one["properties"]["incident_uncertainty_m"])
            for one in get(of, "/v1/incidents")["features"]
        ]

    assert known(client) == known(again)
