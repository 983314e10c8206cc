"""Targets that read a table: uploads of incidents, every table format, workbooks part by part, and enrich.

libFuzzer can't guess checksums, so a workbook's parts come in plain text and are packed here.
"""

import io
import zipfile

from gazetteer.tables.reading import read_table
from gazetteer.tables.table import ReadOptions, Source
from service.answers import CSV, GEOJSON
from tests.fuzz.target import KEY, Target, client, refusals_allowed

#: What a table may unfold to here: enough for any honest one of this size.
_INFLATED = 4 << 20
#: More rows than any input here can honestly hold: each takes at least a byte.
_MOST_ROWS = 2_000_000
#: What stands between the parts of a workbook in an input.
_BETWEEN = b"\n%%\n"
_MEDIA = (CSV, "application/json", GEOJSON)
_WRITER = {"Authorization": f"Bearer {KEY}"}
_NS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_ROOT = (
    f'<Relationships xmlns="{_PACKAGE}">'
    f'<Relationship Id="r" Type="{_OFFICE}/officeDocument" Target="w.xml"/></Relationships>'
)
_WORKBOOK = (
    f'<workbook {_NS} xmlns:r="{_OFFICE}"><sheets><sheet name="S" sheetId="1" r:id="s"/></sheets></workbook>'
)
_RELATED = (
    f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="s" Type="{_OFFICE}/worksheet" Target="s.xml"/>'
    f'<Relationship Id="t" Type="{_OFFICE}/sharedStrings" Target="t.xml"/>'
    f'<Relationship Id="y" Type="{_OFFICE}/styles" Target="y.xml"/></Relationships>'
)


def uploads(data: bytes) -> None:
    """Post incidents; the first byte chooses the media type. They are taken, or refused in a sentence."""
    media_type = _MEDIA[data[0] % 3] if data else CSV
    response = client().post(
        "/v1/incidents?dry_run=true", data=data[1:], content_type=media_type, headers=_WRITER
    )
    assert response.status_code in {200, 400}, response.status
    body = response.get_json()
    assert body["added"] > 0 if response.status_code == 200 else body["detail"]


def tables(data: bytes) -> None:
    """Read a table in whatever format it is: the same rows in any chunks, and each as wide as the header."""
    with refusals_allowed():
        table = read_table(Source("the table", data=data), ReadOptions(inflated_limit=_INFLATED, knows=bool))
        width = len(table.columns)
        assert width
        assert len(set(table.columns)) == width
        counted = table.check()
        assert counted <= _MOST_ROWS, f"{counted} rows out of {len(data)} bytes"
        rows = list(table.rows())
        assert len(rows) == counted
        assert all(len(row) == width for row in rows)
        assert sum(len(chunk) for chunk in table.chunks(3)) == counted


def packed(parts: dict[str, bytes]) -> bytes:
    """Return an archive with these parts."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return held.getvalue()


def workbook_of(data: bytes) -> bytes:
    """Return a workbook of the parts in an input: the sheet, strings, styles, relations, the workbook."""
    given = [*data.split(_BETWEEN, 4), b"", b"", b"", b""][:5]
    usual = (
        b"",
        f"<sst {_NS}/>".encode(),
        f"<styleSheet {_NS}/>".encode(),
        _RELATED.encode(),
        _WORKBOOK.encode(),
    )
    sheet, strings, styles, related, workbook = (
        one or other for one, other in zip(given, usual, strict=True)
    )
    return packed(
        {
            "_rels/.rels": _ROOT.encode(),
            "w.xml": workbook,
            "_rels/w.xml.rels": related,
            "s.xml": sheet,
            "t.xml": strings,
            "y.xml": styles,
        }
    )


def workbooks(data: bytes) -> None:
    """Read a workbook whose parts are given one by one."""
    tables(workbook_of(data))


def enrich(data: bytes) -> None:
    """Send a table to be enriched: every row comes back, or one sentence says why none does."""
    line, _, body = data.partition(b"\n")
    target = "/v1/enrich?format=" + ("csv", "xlsx", "geojson")[line[0] % 3] if line else "/v1/enrich"
    response = client().post(target, data=body, content_type="text/csv")
    answered = response.get_data()  # streamed: an error here would cut an answer that said it was good
    response.close()
    assert response.status_code in {200, 400, 413}, response.status
    if response.status_code != 200:
        assert response.json is not None
        assert response.json["detail"]
    elif "csv" in target or "xlsx" in target:
        sent = read_table(Source("sent", data=body), ReadOptions(inflated_limit=_INFLATED)).check()
        back = read_table(Source("back", data=answered), ReadOptions(inflated_limit=64 << 20)).check()
        assert sent == back, f"{sent} rows were sent, {back} came back"


_CELLS = (
    "id,date,place,latitude,longitude\n", "place\n", "Idlib", "إدلب", ",", ";", "\t", "\n", "\r\n", "\r", '"',
    '""', "\0", "\ufeff", "2016-05-30", "35.93", "36.63", "nan", "1e999", "gaz_latitude", "gaz_place_id",
    "uncertainty_m", "#adm1+name", "#geo+lat", "=1+1", "geo_precision", "where_prec", "radius", "text",
    "sep=;\n",
)  # fmt: skip
_JSON = (
    '[{"id":', '"a"', '"place"', ":", ",", "{", "}", "[", "]", "null", "true", "1e999", "-0", "9" * 40,
    '"\\ud800"', '"\\u0000"', '{"type":"FeatureCollection","features":[', '{"type":"Feature","geometry":',
    '"properties"', '"coordinates"', '{"type":"Point","coordinates":[36.6,35.9]}', '"latitude"',
    '"gaz_alternatives"', '"crs"', '"id"', "NaN", "\x1e", '"EPSG:32637"',
)  # fmt: skip
_SHEET = (
    "<worksheet>", "<sheetData>", "</sheetData>", "</worksheet>", '<row r="1">', '<row r="2">',
    '<row r="99999999">', "</row>", '<c r="A1" t="inlineStr"><is><t>place</t></is></c>',
    '<c r="A2" t="s"><v>0</v></c>', '<c r="B2" s="1"><v>43000</v></c>', '<c r="ZZZZZZ9">', '<c r="',
    '" t="b">', "<v>", "</v>", "</c>", "<f>", "<rPh>", '<mergeCell ref="A2:A3"/>', "-1", "1e309", "nan",
    "_xD800_", "%%", "<sst><si><t>Idlib</t></si></sst>", "<!DOCTYPE x>", "&x;",
    '<styleSheet><numFmts><numFmt numFmtId="200" formatCode="yyyy"/></numFmts><cellXfs><xf numFmtId="200"/>',
    "</cellXfs></styleSheet>",
)  # fmt: skip

TARGETS = {
    "uploads": Target(uploads, _CELLS + _JSON, 2000),
    "tables": Target(tables, _CELLS + _JSON, 4000),
    "workbooks": Target(workbooks, _SHEET, 4000),
    "enrich": Target(enrich, _CELLS + _JSON, 2000),
}
