"""POST /v1/enrich: a table in, the same table with coordinates, areas and codes out."""

import csv
import io
import json
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.http import parse_options_header

from service.media import XLSX
from tests.fakes import FakeGazetteer
from tests.gazetteer.tables.workbooks import a_workbook, sheet_values
from tests.service.asking import a_client, get, problem

TABLE = "n,place,governorate\n1,Idlib,Idleb\n2,Nowhere,\n3,,\n4,Idlib,Idleb\n"


def sent(body: str | bytes, query: str = "", *, client: FlaskClient | None = None, **more: Any) -> Any:
    more = {"content_type": "text/csv", **more}
    return (client or a_client()).post(f"/v1/enrich{query}", data=body, **more)


def rows_of(response: Any) -> list[dict[str, str]]:
    assert 200 == response.status_code, response.text
    return list(csv.DictReader(io.StringIO(response.text, newline="")))


def test_every_row_comes_back_in_order_with_its_columns_and_ours() -> None:
    response = sent(TABLE)
    rows = rows_of(response)
    assert [("1", "Idlib"), ("2", "Nowhere"), ("3", ""), ("4", "Idlib")] == [
        (r["n"], r["place"]) for r in rows
    ]
    assert ["resolved", "unresolved", "invalid", "resolved"] == [row["gaz_status"] for row in rows]
    assert ("35.93", "36.63") == (rows[0]["gaz_latitude"], rows[0]["gaz_longitude"])
    assert "text/csv; charset=utf-8" == response.content_type
    assert "attachment; filename=table.enriched.csv" == response.headers["Content-Disposition"]
    assert "Nobody" == response.headers["X-Attribution"]
    assert "place" == response.headers["X-Place-Columns"]


def test_the_first_rows_are_sent_before_the_last_are_resolved() -> None:
    gazetteer = FakeGazetteer()
    body = "place\n" + "".join(f"Place {n}\n" for n in range(2000))
    response = sent(body, client=a_client(gazetteer), buffered=False)
    blocks = iter(response.response)
    assert (b"place,gaz_status", 0) == (next(blocks)[:16], len(gazetteer.resolved))
    first = next(blocks)
    assert (True, 500) == (first.startswith(b"Place 0,unresolved"), len(gazetteer.resolved))
    assert 2000 == len((first + b"".join(blocks)).splitlines())


def test_a_mention_is_resolved_once() -> None:
    gazetteer = FakeGazetteer()
    rows_of(sent("place\n" + "Idlib\nAleppo\n" * 2000, client=a_client(gazetteer)))
    assert ["Idlib", "Aleppo"] == [text for text, _ in gazetteer.resolved]


def test_a_workbook_comes_back_as_a_workbook(tmp_path: Path) -> None:
    path = a_workbook(tmp_path / "strikes.xlsx", [["n", "place"], [1, "Idlib"]])
    response = sent(path.read_bytes(), content_type=XLSX)
    assert (200, XLSX) == (response.status_code, response.content_type)
    (tmp_path / "out.xlsx").write_bytes(response.data)
    assert (1, "Idlib", "resolved") == sheet_values(tmp_path / "out.xlsx")[1][:3]


def test_a_form_carries_the_file_and_its_name(tmp_path: Path) -> None:
    path = a_workbook(tmp_path / "strikes.xlsx", [["n", "place"], [1, "Idlib"]])
    for body, query, name in (
        (path.read_bytes(), "", "strikes.xlsx"),
        (TABLE.encode(), "", "of  2016/../strikes.csv"),
    ):
        response = sent(
            {"file": (io.BytesIO(body), name)},  # type: ignore[arg-type] # a form is a dictionary here
            query,
            content_type="multipart/form-data",
        )
        assert (200, True) == (response.status_code, bool(response.data))
        suffix = name.rpartition(".")[2]
        assert f"filename=strikes.enriched.{suffix}" in response.headers["Content-Disposition"]


@pytest.mark.parametrize(
    ("name", "ascii_name", "whole_name"),
    [
        ("حوادث.csv", "table", "حوادث"),
        ("événements 2016.csv", "evenements_2016", "événements_2016"),
        ('a\u202etxt".csv', "atxt", None),
        ("C:books|../.raids.csv", "raids", None),
        ("C:books|a.csv", "C_books_a", None),
        (".csv", "csv", None),
        ("..", "table", None),
    ],
)
def test_the_answer_is_called_after_the_file_that_was_sent_in_any_script(
    name: str, ascii_name: str, whole_name: str | None
) -> None:
    response = sent(
        {"file": (io.BytesIO(TABLE.encode()), name)},  # type: ignore[arg-type] # a form is a dictionary here
        content_type="multipart/form-data",
    )
    _, given = parse_options_header(response.headers["Content-Disposition"])
    assert f"{whole_name or ascii_name}.enriched.csv" == given["filename"]
    assert f"filename={ascii_name}.enriched.csv" in response.headers["Content-Disposition"]
    assert (whole_name is not None) == ("filename*=UTF-8''" in response.headers["Content-Disposition"])


@pytest.mark.parametrize(
    ("form", "parameter", "words"),
    [
        ({"file": 2}, "file", "2 files: send one table at a time"),
        ({"file": 1, "other": 1}, "other", "only its field file is read"),
        ({"file": 1, "neutralise": "true"}, "neutralise", "as in /v1/enrich?neutralise=true"),
        ({"neutralise": "true"}, "neutralise", "parameters stand in the address"),
        ({"file": "place"}, "file", "no file in a field called file"),
    ],
)
def test_nothing_that_a_form_holds_beside_the_table_is_passed_over(
    form: dict[str, Any], parameter: str, words: str
) -> None:
    data: Any = {
        name: [(io.BytesIO(TABLE.encode()), f"{n}.csv") for n in range(given)] if given in (1, 2) else given
        for name, given in form.items()
    }
    found = problem(sent(data, content_type="multipart/form-data"))
    assert (400, parameter) == (found["status"], found["parameter"])
    assert words in found["detail"]


def test_a_sheet_of_a_table_that_has_none_is_refused() -> None:
    found = problem(sent(TABLE, "?sheet=Strikes"))
    assert (400, "sheet") == (found["status"], found["parameter"])
    assert "the table has no sheets: leave sheet out" == found["detail"]


def test_the_format_may_be_chosen(tmp_path: Path) -> None:
    collection = json.loads(sent(TABLE, "?format=geojson").text)
    first, second = collection["features"][:2]
    assert {"type": "Point", "coordinates": [36.63, 35.93]} == first["geometry"]
    assert (None, "unresolved") == (second["geometry"], second["properties"]["gaz_status"])
    (tmp_path / "out.xlsx").write_bytes(sent(TABLE, "?format=xlsx").data)
    assert ("1", "Idlib", "Idleb", "resolved", 0.97) == sheet_values(tmp_path / "out.xlsx")[1][:5]
    book = a_workbook(tmp_path / "in.xlsx", [["place"], ["Idlib"]]).read_bytes()
    assert "resolved" == rows_of(sent(book, "?format=csv", content_type=XLSX))[0]["gaz_status"]
    assert "place\tgaz_status" in sent("place\tn\nIdlib\t1\n").text.replace("\tn", "")


@pytest.mark.parametrize(
    ("query", "context"),
    [
        ("?place=spot&admin=one&admin=two", ("x", "y")),
        ("?place=spot&admin=one,two", ("x", "y")),
        ("?place=spot&admin=a,%20b", ("z",)),
        ("?place=spot", ()),
    ],
)
def test_columns_may_be_named(query: str, context: tuple[str, ...]) -> None:
    gazetteer = FakeGazetteer()
    body = 'spot,one,two,"a, b"\nIdlib,x,y,z\n'
    assert 1 == len(rows_of(sent(body, query, client=a_client(gazetteer))))
    assert [("Idlib", context)] == gazetteer.resolved


def test_min_confidence_is_passed_on() -> None:
    class Asked(FakeGazetteer):
        def resolve(self, text: str, **options: Any) -> Any:
            self.least = options["min_confidence"]
            return super().resolve(text, **options)

    gazetteer = Asked()
    rows_of(sent("place\nIdlib\n", "?min_confidence=0.9", client=a_client(gazetteer)))
    assert 0.9 == gazetteer.least


@pytest.mark.parametrize(
    ("cell", "safe"),
    [
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("+1 (555)", "'+1 (555)"),
        ("@SUM(1)", "'@SUM(1)"),
        ("-x", "'-x"),
        ("\tx", "'\tx"),
        ("\rx", "'\rx"),
        ("\n=x", "'\n=x"),
        ("-3.5", "-3.5"),
        ("+2e5", "+2e5"),
        ("Idlib", "Idlib"),
        ("a=b", "a=b"),
    ],
)
def test_formulas_are_neutralised_when_asked_and_only_then(cell: str, safe: str) -> None:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([["place", "=note"], ["Idlib", cell]])
    (kept,) = rows_of(sent(text.getvalue()))
    (guarded,) = rows_of(sent(text.getvalue(), "?neutralise=true"))
    assert (cell, safe) == (kept["=note"], guarded["'=note"])


WIDE = "place," + ",".join(f"c{n}" for n in range(299)) + "\n"


@pytest.mark.parametrize(
    ("body", "query", "parameter", "words"),
    [
        ("", "", "file", "is empty"),
        (WIDE, "", "file", "has 300 columns, and at most 256"),
        (b"place\ncaf\xe9\xff\n\xc3\xa9\xc3\xa9", "", "file", "not UTF-8"),
        ("place,n\nx,1\ny\n", "", "file", "line 3: 1 cells"),
        ("place,place\nx,y\n", "", "file", "more than one column named 'place'"),
        ("place,gaz_status\nx,y\n", "", "file", "already has the column gaz_status"),
        (b"place\nx\x00\n", "", "file", "NUL"),
        (b"PK\x03\x04 no archive", "", "file", "damaged"),
        ("what,when\nx,y\n", "", "place", "name the right one with place=COLUMN"),
        ("what,when\nx,y\n", "?format=csv", "place", "name the right one with place=COLUMN"),
        (TABLE, "?place=spot", "place", "there is no column 'spot'"),
        (TABLE, "?admin=spot", "admin", "name the right one with admin=COLUMN"),
        (TABLE, "?format=parquet", "format", "'csv', 'xlsx' or 'geojson'"),
        (TABLE, "?min_confidence=2", "min_confidence", "less than or equal to 1"),
        (TABLE, "?neutralise=perhaps", "neutralise", "neither true nor false"),
        (TABLE, "?neutralise=1", "neutralise", "neither true nor false"),
        (TABLE, "?place=n&place=place", "place", "2 times"),
        (TABLE, "?plaec=n", "plaec", "unknown parameter"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_sent_and_names_the_field(
    body: str | bytes, query: str, parameter: str, words: str
) -> None:
    found = problem(sent(body, query))
    assert (400, parameter) == (found["status"], found["parameter"])
    assert words in found["detail"]


def test_a_sheet_that_is_not_there_is_named(tmp_path: Path) -> None:
    body = a_workbook(tmp_path / "in.xlsx", [["place"], ["Idlib"]]).read_bytes()
    found = problem(sent(body, "?sheet=Nope", content_type=XLSX))
    assert (400, "sheet") == (found["status"], found["parameter"])


def test_a_zip_bomb_is_refused_before_it_is_unfolded(tmp_path: Path) -> None:
    path = a_workbook(tmp_path / "in.xlsx", [["place"], ["Idlib"]])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet2.xml", b" " * (150 << 20))
    found = problem(sent(path.read_bytes(), content_type=XLSX))
    assert (400, "file", True) == (found["status"], found["parameter"], "would unfold" in found["detail"])


class Watched(io.BytesIO):
    """A body that notes how much of it is read."""

    taken = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.taken += len(data)
        return data

    def readinto(self, buffer: Any, /) -> int:
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def test_an_oversized_body_is_a_413_and_is_not_read() -> None:
    body = Watched(b"place\n" + b"Idlib\n" * 2_000_000)
    response = a_client().post(
        "/v1/enrich", input_stream=body, content_length=12_000_006, content_type="text/csv"
    )
    assert (413, 0) == (problem(response)["status"], body.taken)
    assert "at most 10 MB" in problem(response)["detail"]


def test_an_oversized_body_that_does_not_say_its_length_is_read_no_further_than_the_limit() -> None:
    body = Watched(b"place\n" + b"Idlib\n" * 5_000_000)
    response = a_client().post(
        "/v1/enrich",
        input_stream=body,
        content_type="text/csv",
        headers={"Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert (413, True) == (problem(response)["status"], body.taken <= 10_100_000)


def test_an_oversized_file_in_a_form_is_a_413() -> None:
    head = '--x\r\nContent-Disposition: form-data; name="file"; filename="in.csv"\r\n\r\n'
    body = head.encode() + b"place\n" + b"Idlib\n" * 2_000_000 + b"\r\n--x--\r\n"
    response = a_client().post("/v1/enrich", data=body, content_type="multipart/form-data; boundary=x")
    assert 413 == problem(response)["status"]


def test_a_client_that_goes_away_in_the_middle_leaves_nothing_open(tmp_path: Path) -> None:
    book = a_workbook(tmp_path / "in.xlsx", [["place"], *[["Idlib"]] * 3000]).read_bytes()
    for body, kind in ((book, XLSX), (b"place\n" + b"Idlib\n" * 3000, "text/csv")):
        for query in ("?format=xlsx", "?format=csv", "?format=geojson"):
            response = sent(body, query, content_type=kind, buffered=False)
            assert next(iter(response.response))
            response.close()


def test_a_header_says_which_columns_the_places_were_read_from_in_any_script() -> None:
    response = sent("المكان, x\nIdlib,y\n".encode(), "?place=" + quote("المكان"))
    assert "المكان" == unquote(response.headers["X-Place-Columns"])


def test_a_form_without_the_field_and_a_body_that_is_no_table_are_refused() -> None:
    body = {"table": (io.BytesIO(b"place\n"), "in.csv")}
    found = problem(a_client().post("/v1/enrich", data=body, content_type="multipart/form-data"))
    assert (400, "file") == (found["status"], found["parameter"])
    found = problem(sent("place=x", content_type="application/x-www-form-urlencoded"))
    assert (415, True) == (found["status"], "Content-Type: text/csv" in found["detail"])


def test_the_openapi_document_says_what_a_body_may_be() -> None:
    operation = get(a_client(), "/v1/openapi.json")["paths"]["/v1/enrich"]["post"]
    content = operation["requestBody"]["content"]
    assert {"text/csv", XLSX, "multipart/form-data"} == set(content)
    assert ["file"] == content["multipart/form-data"]["schema"]["required"]
    assert {"200", "400", "413", "415", "429"} == set(operation["responses"])


cells = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=6)


@given(rows=st.lists(st.tuples(st.sampled_from(["Idlib", "", "x"]), cells), min_size=1, max_size=5))
def test_one_row_for_each_row_always(rows: list[tuple[str, str]]) -> None:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([("place", "other"), *rows])
    found = rows_of(sent(text.getvalue().encode()))
    assert rows == [(row["place"], row["other"]) for row in found]
