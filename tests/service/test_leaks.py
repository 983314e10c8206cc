"""POST /v1/leaks: what a table gives away, told at tier full only."""

import io
import json

from gazetteer.leaks import find_leaks
from gazetteer.tables.reading import read_table
from gazetteer.tables.table import Source
from gazetteer.values import Reading
from service.api.tables import XLSX
from tests.fakes import FakeGazetteer
from tests.service.asking import a_client, refused

TABLE = "place,lat,lon\nNational hospital,35.92917,36.63584\nIdlib,35.92917,36.63584\n"
CSV = {"content_type": "text/csv"}


def test_the_answer_is_the_library_s() -> None:
    answer = a_client().post("/v1/leaks", data=TABLE, **CSV)
    found = find_leaks(
        FakeGazetteer(), read_table(Source("t", data=TABLE.encode())), reading=Reading.of({})
    ).as_json()
    assert (200, 1, 2) == (answer.status_code, len(found["leaks"]), answer.get_json()["rows"])
    assert found["leaks"] == json.loads(answer.text)["leaks"]


def test_below_tier_full_it_is_refused_whatever_the_table_holds() -> None:
    for tier in ("partner", "public"):
        for table in (TABLE, "place\nIdlib\n"):
            answer = a_client(tier=tier).post("/v1/leaks", data=table, **CSV)
            refused(answer, 403, words="tier full")


def test_what_is_no_table_or_tier_is_refused_in_one_sentence() -> None:
    client = a_client()
    refused(client.post("/v1/leaks?tier=full", data=TABLE, **CSV), 400, "tier", words="public")
    refused(client.post("/v1/leaks", data='{"a": 1}', **CSV), 400, "file", words="neither CSV nor XLSX")
    refused(
        client.post("/v1/leaks", data=io.BytesIO(b"PK\x03\x04"), content_type=XLSX),
        400,
        "file",
        words="the table",
    )
