"""POST /v1/enrich: a table in, the same table with coordinates, areas and codes out."""

import csv
import gzip
import io
import json
import zipfile
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from threading import Event, Semaphore
from typing import Any
from urllib.parse import quote, unquote

from flask.testing import FlaskClient
from werkzeug.http import parse_options_header

from gazetteer.enrich.enrich import enrich_table
from service.api.tables import XLSX
from tests.fakes import FakeGazetteer
from tests.gazetteer.tables.workbooks import a_workbook, sheet_values
from tests.service.asking import a_client, problem, refused, rows_of

TABLE = "n,place,governorate\n1,Idlib,Idleb\n2,Nowhere,\n3,,\n4,Idlib + Aleppo,Idleb\n"
FORM = "multipart/form-data"


def sent(body: Any, query: str = "", *, client: FlaskClient | None = None, **more: Any) -> Any:
    more = {"content_type": "text/csv", "buffered": True, **more}
    return (client or a_client()).post(f"/v1/enrich{query}", data=body, **more)


def test_a_table_comes_back_as_the_library_enriches_it(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text(TABLE, encoding="utf-8")
    enrich_table(FakeGazetteer(), tmp_path / "in.csv", tmp_path / "out.csv")
    response = sent(TABLE)
    assert (tmp_path / "out.csv").read_bytes() == response.data
    rows = rows_of(response)
    assert ["1", "2", "3", "4"] == [row["n"] for row in rows]
    assert ["resolved", "unresolved", "invalid", "several"] == [row["gaz_status"] for row in rows]
    assert ["test:idlib", "test:aleppo"] == [one["place_id"] for one in json.loads(rows[3]["gaz_places"])]
    assert {"gaz_unread", "gaz_country", "gaz_alternatives"} <= rows[0].keys()
    assert {
        "Content-Type": "text/csv; charset=utf-8",
        "Content-Disposition": "attachment; filename=table.enriched.csv",
        "X-Attribution": "Nobody",
        "X-Place-Columns": "place",
    }.items() <= dict(response.headers).items()


def test_the_first_rows_are_sent_before_the_last_are_resolved() -> None:
    gazetteer = FakeGazetteer()
    client = a_client(gazetteer)
    body = "place\n" + "".join(f"Place {n}\n" for n in range(2000))
    with sent(body, client=client, buffered=False) as response:
        blocks = iter(response.response)
        assert (b"place,gaz_status", 0) == (next(blocks)[:16], len(gazetteer.resolved))
        first = next(blocks)
        assert (True, 500) == (first.startswith(b"Place 0,unresolved"), len(gazetteer.resolved))
        whole = first + b"".join(blocks)
        assert 2000 == len(whole.splitlines())
    gazetteer.resolved.clear()
    with sent(body, client=client, buffered=False, headers={"Accept-Encoding": "gzip"}) as response:
        packed = iter(response.iter_encoded())
        begun = next(packed)
        assert len(gazetteer.resolved) < 2000
        assert gzip.decompress(begun + b"".join(packed)).endswith(whole)


def test_four_tables_are_worked_on_at_a_time_six_wait_and_more_are_to_come_again() -> None:
    begun, may_end = Semaphore(0), Event()

    class Slow(FakeGazetteer):
        def resolve(self, text: str, **options: Any) -> Any:
            if text == "slow":
                begun.release()
                assert may_end.wait(30)
            return super().resolve(text, **options)

    client = a_client(Slow())
    table: dict[str, Any] = {"data": "place\nslow\n", "content_type": "text/csv", "buffered": True}
    with ThreadPoolExecutor(11) as pool:
        sent_ = [pool.submit(client.post, "/v1/enrich", **table) for _ in range(6)]
        sent_ += [
            pool.submit(client.post, "/v1/resolve", json={"queries": [{"text": "slow"}]}) for _ in range(5)
        ]
        first = next(as_completed(sent_, timeout=30)).result()
        assert (503, True) == (problem(first)["status"], int(first.headers["Retry-After"]) > 0)
        assert all(begun.acquire(timeout=30) for _ in range(4))
        assert not begun.acquire(timeout=0.2)
        assert 200 == client.get("/v1/resolve?text=Idlib").status_code
        may_end.set()
        assert [200] * 10 + [503] == sorted(one.result().status_code for one in sent_)
    for _ in range(11):  # neither an answer nor a refusal keeps a place
        assert [200, 400] == [sent(body, client=client).status_code for body in (TABLE, "")]


def test_a_mention_is_resolved_once() -> None:
    gazetteer = FakeGazetteer()
    rows_of(sent("place\n" + "Idlib\nAleppo\n" * 2000, client=a_client(gazetteer)))
    assert ["Idlib", "Aleppo"] == [text for text, _ in gazetteer.resolved]


def test_a_table_comes_back_in_its_own_format_or_in_the_chosen_one(tmp_path: Path) -> None:
    book = a_workbook(tmp_path / "in.xlsx", [["n", "place"], [1, "Idlib"]]).read_bytes()
    response = sent(book, content_type=XLSX)
    assert (200, XLSX) == (response.status_code, response.content_type)
    (tmp_path / "out.xlsx").write_bytes(response.data)
    assert (1, "Idlib", "resolved") == sheet_values(tmp_path / "out.xlsx")[1][:3]
    assert "resolved" == rows_of(sent(book, "?format=csv", content_type=XLSX))[0]["gaz_status"]
    (tmp_path / "out.xlsx").write_bytes(sent(TABLE, "?format=xlsx").data)
    assert ("1", "Idlib", "Idleb", "resolved", 0.97) == sheet_values(tmp_path / "out.xlsx")[1][:5]
    first, second = json.loads(sent(TABLE, "?format=geojson").text)["features"][:2]
    assert {"type": "Point", "coordinates": [36.63, 35.93]} == first["geometry"]
    assert (None, "unresolved") == (second["geometry"], second["properties"]["gaz_status"])
    assert sent("place\tn\nIdlib\t1\n").text.startswith("place\tn\tgaz_status")


def test_the_answer_is_called_after_the_file_that_was_sent_in_any_script() -> None:
    for name, ascii_name, whole_name in (
        ("strikes.csv", "strikes", None),
        ("of  2016/../strikes.csv", "strikes", None),
        ("حوادث.csv", "table", "حوادث"),
        ("événements 2016.csv", "evenements_2016", "événements_2016"),
        ('a\u202etxt".csv', "atxt", None),
        ("C:books|../.raids.csv", "raids", None),
        ("C:books|a.csv", "C_books_a", None),
        (".csv", "csv", None),
        ("..", "table", None),
    ):
        response = sent({"file": (io.BytesIO(TABLE.encode()), name)}, content_type=FORM)
        header = response.headers["Content-Disposition"]
        _, given = parse_options_header(header)
        assert f"{whole_name or ascii_name}.enriched.csv" == given["filename"]
        assert f"filename={ascii_name}.enriched.csv" in header
        assert (whole_name is not None) == ("filename*=UTF-8''" in header)


def test_nothing_that_a_form_holds_beside_the_table_is_passed_over() -> None:
    def table(name: str = "a.csv") -> tuple[io.BytesIO, str]:
        return io.BytesIO(TABLE.encode()), name

    no_file = "no file in a field called file"
    for form, parameter, words in (
        ({"file": [table(), table("b.csv")]}, "file", "2 files in file: send one at a time"),
        ({"file": table(), "decisions": "x"}, "decisions", "no file in a field called decisions"),
        ({"file": table(), "other": table()}, "other", "only file and decisions are read"),
        ({"file": table(), "neutralise": "true"}, "neutralise", "as in /v1/enrich?neutralise=true"),
        ({"file": "place"}, "file", no_file),
        ({}, "file", no_file),
    ):
        refused(sent(form, content_type=FORM), 400, parameter, words)


def test_columns_may_be_named() -> None:
    expected = {
        "?place=spot&admin=one&admin=two": ("x", "y"),
        "?place=spot&admin=one,two": ("x", "y"),
        "?place=spot&admin=a,%20b": ("z",),
        "?place=spot": (),
    }
    for query, context in expected.items():
        gazetteer = FakeGazetteer()
        rows_of(sent('spot,one,two,"a, b"\nIdlib,x,y,z\n', query, client=a_client(gazetteer)))
        assert [("Idlib", context)] == gazetteer.resolved


def test_formulas_are_neutralised_when_asked_and_only_then() -> None:
    formulas = ("=cmd|' /C calc'!A0", "+1 (555)", "@SUM(1)", "-x", "-2+3", "-", "\tx", "\rx", "\n=x")
    for cell in (*formulas, "-3.5", "+2e5", "+.5", "Idlib", "a=b", ""):
        text = io.StringIO(newline="")
        csv.writer(text).writerows([["place", "=note"], ["Idlib", cell]])
        (kept,) = rows_of(sent(text.getvalue()))
        (guarded,) = rows_of(sent(text.getvalue(), "?neutralise=true"))
        assert cell == kept["=note"]
        assert (f"'{cell}" if cell in formulas else cell) == guarded["'=note"]


WIDE = "place," + ",".join(f"c{n}" for n in range(299)) + "\n"


#: Tables, how they are sent, the field that is named for what is wrong, and some words of that.
WRONG: list[tuple[str | bytes, str, str, str]] = [
    ("", "", "file", "is empty"),
    (WIDE, "", "file", "has 300 columns, and at most 256"),
    (b"place\ncaf\xe9\xff\n\xc3\xa9\xc3\xa9", "", "file", "not UTF-8"),
    ("place,place\nx,y\n", "", "file", "more than one column named 'place'"),
    ("place,gaz_status\nx,y\n", "", "file", "already has the column gaz_status"),
    (b"PK\x03\x04 no archive", "", "file", "damaged"),
    ('{"place": "Idlib"}', "", "file", "neither CSV nor XLSX"),
    ("what,when\nx,y\n", "", "place", "name the right one with place=COLUMN"),
    (TABLE, "?place=spot", "place", "there is no column 'spot'"),
    (TABLE, "?admin=spot", "admin", "name the right one with admin=COLUMN"),
    (TABLE, "?sheet=Strikes", "sheet", "the table has no sheets: leave sheet out"),
    (TABLE, "?format=parquet", "format", "'csv', 'xlsx', 'geojson' or 'review'"),
    (TABLE, "?min_confidence=2", "min_confidence", "less than or equal to 1"),
    (TABLE, "?neutralise=perhaps", "neutralise", "neither true nor false"),
    (TABLE, "?plaec=n", "plaec", "unknown parameter"),
]


def test_what_is_wrong_is_said_before_anything_is_sent_and_names_the_field() -> None:
    for body, query, parameter, words in WRONG:
        answer = sent(body, query)
        refused(answer, 400, parameter, words)
        assert "--" not in answer.text  # an option of the command line


def test_a_zip_bomb_and_a_sheet_that_is_not_there_are_refused(tmp_path: Path) -> None:
    path = a_workbook(tmp_path / "in.xlsx", [["place"], ["Idlib"]])
    refused(sent(path.read_bytes(), "?sheet=Nope", content_type=XLSX), 400, "sheet")
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet2.xml", b" " * (150 << 20))
    refused(sent(path.read_bytes(), content_type=XLSX), 400, "file", "would unfold")


def test_a_table_of_too_many_rows_is_sent_in_parts_or_to_the_command() -> None:
    found = problem(sent("place\n" + "Idlib\n" * 20_001))
    assert (413, True) == (found["status"], "'gazetteer enrich'" in found["detail"])


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


def test_a_body_that_is_no_table_is_a_415() -> None:
    answer = sent("place=x", content_type="application/x-www-form-urlencoded")
    refused(answer, 415, words="Content-Type: text/csv")


def a_form(**files: str) -> dict[str, Any]:
    return {name: (io.BytesIO(text.encode()), f"{name}.csv") for name, text in files.items()}


def test_what_is_open_comes_as_a_review_file_whose_decisions_come_back() -> None:
    table = "n,place,governorate\n1,Twin,Idleb\n2,Nowhere,\n3,Nowhere,\n"
    answer = sent(table, "?format=review")
    assert "attachment; filename=table.review.csv" == answer.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert [("Nowhere", "", "2", "2; 3"), ("Twin", "Idleb", "1", "1")] == [
        (row["place"], row["areas"], row["rows"], row["row_ids"]) for row in rows
    ]
    decisions = 'place,areas,decision,decided_by\nNowhere,,"35.81, 36.60",Rana\nTwin,Idleb,Idlib,Rana\n'
    decided = sent(a_form(file=table, decisions=decisions), content_type=FORM)
    assert [("test:idlib", "Rana"), *[("point:35.81000,36.60000", "Rana")] * 2] == [
        (row["gaz_place_id"], row["gaz_decided_by"]) for row in rows_of(decided)
    ]
    again = sent(a_form(file=table, decisions=decisions), "?format=review", content_type=FORM)
    assert ["35.81, 36.60", "Idlib"] == [
        row["decision"] for row in csv.DictReader(io.StringIO(again.data.decode("utf-8-sig")))
    ]


def test_a_wrong_decision_is_refused_with_its_line() -> None:
    decisions = "place,areas,decision,decided_by\nNowhere,,3,Rana\n"
    answer = sent(a_form(file=TABLE, decisions=decisions), content_type=FORM)
    refused(answer, 400, "decisions", "decisions.csv, line 2: '3' needs a candidate")
