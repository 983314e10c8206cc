"""Old Excel workbooks, OpenDocument sheets and KML: read, and written as something else."""

import datetime
import struct
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from gazetteer.errors import TableError
from gazetteer.tables import ReadOptions, Source, read_table, write_table
from gazetteer.tables.formats.calamine import read_book

DAY = datetime.date(2016, 5, 30)
OFFICE = "urn:oasis:names:tc:opendocument:xmlns:"
ROWS: list[list[Any]] = [["place", "n", "x", "day", "yes"], ["سراقب", 7, 2.5, DAY, True], ["Idlib", None]]
EXPECTED = [("سراقب", "7", "2.5", "2016-05-30", "true"), ("Idlib", "", "", "", "")]


def an_ods(path: Path, sheets: dict[str, list[list[Any]]]) -> Path:
    def cell(value: Any) -> str:
        if value is None:
            return "<table:table-cell/>"
        kind, attribute = "string", ""
        if isinstance(value, bool):
            kind, attribute = "boolean", f' office:boolean-value="{str(value).lower()}"'
        elif isinstance(value, (int, float)):
            kind, attribute = "float", f' office:value="{value}"'
        elif isinstance(value, datetime.date):
            kind, attribute = "date", f' office:date-value="{value}"'
        text = f"<text:p>{value}</text:p>"
        return f'<table:table-cell office:value-type="{kind}"{attribute}>{text}</table:table-cell>'

    tables = "".join(
        f'<table:table table:name="{name}">'
        + "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows)
        + "</table:table>"
        for name, rows in sheets.items()
    )
    content = (
        f'<office:document-content xmlns:office="{OFFICE}office:1.0" xmlns:table="{OFFICE}table:1.0" '
        f'xmlns:text="{OFFICE}text:1.0"><office:body><office:spreadsheet>{tables}</office:spreadsheet>'
        "</office:body></office:document-content>"
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>", zipfile.ZIP_DEFLATED)
        archive.writestr("content.xml", content, zipfile.ZIP_DEFLATED)
    return path


def record(number: int, data: bytes) -> bytes:
    return struct.pack("<HH", number, len(data)) + data


def unicode(text: str, length: str) -> bytes:
    return struct.pack(length, len(text)) + b"\1" + text.encode("utf-16-le")


def an_xls(path: Path, sheets: dict[str, Sequence[Sequence[Any]]]) -> Path:
    """A workbook of BIFF8 records (MS-XLS 2.4) in a compound file (MS-CFB 2) of one stream."""
    beginning, end = struct.pack("<6H", 0x0600, 5, 0, 0, 0, 0), record(0x000A, b"")
    formats = record(0x041E, struct.pack("<H", 164) + unicode("yyyy-mm-dd", "<H"))
    formats += b"".join(record(0x00E0, struct.pack("<HH", 0, number) + bytes(16)) for number in (0, 164))
    streams = []
    for rows in sheets.values():
        stream = record(0x0809, struct.pack("<6H", 0x0600, 16, 0, 0, 0, 0))
        for row, values in enumerate(rows):
            for column, value in enumerate(values):
                at = struct.pack("<HHH", row, column, isinstance(value, datetime.date))
                if isinstance(value, bool):
                    stream += record(0x0205, at + struct.pack("<BB", value, 0))
                elif isinstance(value, str):
                    stream += record(0x0204, at + unicode(value, "<H"))
                elif value is not None:
                    days = (value - datetime.date(1899, 12, 30)).days if value == DAY else value
                    stream += record(0x0203, at + struct.pack("<d", days))
        streams.append(stream + end)
    start = record(0x0809, beginning) + formats
    offset = len(start) + sum(4 + 6 + 2 + 2 * len(name) for name in sheets) + len(end)
    for name, stream in zip(sheets, streams, strict=True):
        start += record(0x0085, struct.pack("<LBB", offset, 0, 0) + unicode(name, "<B"))
        offset += len(stream)
    book = b"".join([start, end, *streams]).ljust(4096, b"\0")
    sectors = -(-len(book) // 512)
    table = [0xFFFFFFFD, 0xFFFFFFFE, *range(3, sectors + 2), 0xFFFFFFFE]
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
    header += bytes(6) + struct.pack("<9L", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header += struct.pack("<L", 0) + b"\xff" * (4 * 108)
    entries = b""
    for name, kind, child, first, size in (
        ("Root Entry", 5, 1, 0xFFFFFFFE, 0),
        ("Workbook", 2, 0xFFFFFFFF, 2, len(book)),
    ):
        text = name.encode("utf-16-le")
        entries += text.ljust(64, b"\0") + struct.pack("<HBB", len(text) + 2, kind, 1)
        entries += (
            struct.pack("<LLL", 0xFFFFFFFF, 0xFFFFFFFF, child) + bytes(36) + struct.pack("<LQ", first, size)
        )
    fat = struct.pack(f"<{len(table)}L", *table).ljust(512, b"\xff")
    path.write_bytes(header + fat + entries.ljust(512, b"\0") + book.ljust(sectors * 512, b"\0"))
    return path


def test_sheets_are_read_with_their_types_and_written_as_a_new_workbook(tmp_path: Path) -> None:
    more: list[list[Any]] = [["place", "m"], ["Aleppo", 1]]
    for path in (
        an_ods(tmp_path / "in.ods", {"Data": [["Strikes"], *ROWS], "More": more}),
        an_xls(tmp_path / "in.xls", {"Data": [["Strikes"], *ROWS], "More": more}),
    ):
        table = read_table(path)
        assert (tuple(ROWS[0]), EXPECTED) == (table.columns, list(table.rows()))
        assert ("Data", ("Data", "More"), 3) == (table.sheet, table.sheets, next(table.numbered_rows())[0])
        assert (
            "sheet 'Data' was read; there are also More",
            "1 row above the header: skipped",
        ) == table.notes
        values = [type(value) for value in next(table.chunks()).rows[0]]
        assert [str, int, float, datetime.date, bool] == values
        other = read_table(path, ReadOptions(sheet="More"))
        assert [("Aleppo", "1")] == list(other.rows())
        with pytest.raises(TableError, match="has no sheet 'Nope'; it has 'Data', 'More'"):
            read_table(path, ReadOptions(sheet="Nope"))
        write_table(tmp_path / "out.xlsx", table)
        assert EXPECTED == list(read_table(tmp_path / "out.xlsx").rows())


def test_a_spoilt_spreadsheet_is_refused_with_one_sentence(tmp_path: Path) -> None:
    ods = an_ods(tmp_path / "in.ods", {"Data": ROWS}).read_bytes()
    xls = an_xls(tmp_path / "in.xls", {"Data": ROWS}).read_bytes()
    bomb = an_ods(tmp_path / "in.ods", {"Data": [["place"], ["x" * 2_000_000]]}).read_bytes()
    for data, words in (
        (ods[:-200], "damaged or cut short"),
        (ods.replace(b"content.xml", b"other00.xml"), "can't be read"),
        (bomb, "would unfold from .* to 2,0"),
        (xls[:600], "can't be read"),
        (xls[:512], "can't be read"),
        (xls[:512] + bytes(4000), "a damaged spreadsheet"),  # where each sector follows itself
        (an_ods(tmp_path / "in.ods", {"Data": []}).read_bytes(), "nothing in this sheet"),
    ):
        (tmp_path / "in.bin").write_bytes(data)
        with pytest.raises(TableError, match=words) as caught:
            read_table(tmp_path / "in.bin", ReadOptions(inflated_limit=1_000_000))
        assert "\n" not in str(caught.value)


def test_a_sheet_with_cells_far_apart_is_refused_before_it_fills_the_memory(tmp_path: Path) -> None:
    path = an_xls(tmp_path / "in.xls", {"Data": [["place"], ["Idlib"]]})
    at = struct.pack("<HHH", 1, 0, 0) + unicode("Idlib", "<H")
    whole = path.read_bytes()
    for column, words in ((200, "has cells far apart"), (65_000, "has cells beyond the columns")):
        far = struct.pack("<HHH", 65_000, column, 0) + unicode("Idlib", "<H")
        path.write_bytes(whole.replace(at, far))
        with pytest.raises(TableError, match=words):
            read_table(path)


@pytest.mark.skipif(sys.platform != "linux", reason="no limit on memory is kept here")
def test_a_file_at_which_calamine_ends_its_process_is_refused_with_one_sentence(tmp_path: Path) -> None:
    path = an_xls(tmp_path / "in.xls", {"Data": [["place"], ["Idlib"]]})
    at, far = (
        struct.pack("<HHH", row, column, 0) + unicode("Idlib", "<H")
        for row, column in ((1, 0), (65_000, 65_000))
    )
    path.write_bytes(path.read_bytes().replace(at, far))
    with pytest.raises(TableError, match="can't be read, damaged or locked"):
        read_book(Source("in.xls", path), None, apart=True)


PLACEMARKS = """<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2"><Document>
<Folder><name>Strikes</name>
<Placemark><name>سراقب</name><description>hit</description>
<ExtendedData><Data name="killed"><value>3</value></Data></ExtendedData>
<Point><coordinates>36.8,35.86</coordinates></Point></Placemark>
<Placemark><name>Idlib</name><TimeStamp><when>2016-05-30</when></TimeStamp></Placemark></Folder>
<Folder><name>Roads</name><Placemark><name>M5</name>
<LineString><coordinates>36,35 37,36</coordinates></LineString></Placemark></Folder></Document></kml>"""


def test_placemarks_are_rows_and_folders_are_layers(tmp_path: Path) -> None:
    (tmp_path / "in.kml").write_text(PLACEMARKS, "utf-8")
    with zipfile.ZipFile(tmp_path / "in.kmz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("doc.kml", PLACEMARKS)
    for path in (tmp_path / "in.kml", tmp_path / "in.kmz"):
        table = read_table(path)
        assert ("Name", "description", "timestamp", "killed", "geometry") == table.columns
        assert [
            ("سراقب", "hit", "", "3", "POINT (36.8 35.86)"),
            ("Idlib", "", "2016-05-30", "", ""),
        ] == list(table.rows())
        assert ("geometry", "Strikes", ("Strikes", "Roads")) == (table.geometry, table.sheet, table.sheets)
        roads = read_table(path, ReadOptions(sheet="Roads"))
        assert [("M5", "LINESTRING (36 35, 37 36)")] == list(roads.rows())
        write_table(tmp_path / "out.geojson", table)
        assert '"coordinates": [36.8, 35.86' in (tmp_path / "out.geojson").read_text()


def test_a_document_without_a_name_or_folders_is_a_layer() -> None:
    place = "<Placemark><name>Idlib</name><Point><coordinates>36.6,35.9</coordinates></Point></Placemark>"
    document = f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{place}</Document></kml>'
    table = read_table(Source("in.kml", data=document.encode()))
    assert ("in.kml", [("Idlib", "POINT (36.6 35.9)")]) == (table.sheet, list(table.rows()))


def test_what_is_no_kml_is_refused_with_one_sentence(tmp_path: Path) -> None:
    for text in (PLACEMARKS[:300], "<kml/>", '<?xml version="1.0"?>\n<!-- no -->\n<kml xmlns="x"/>'):
        (tmp_path / "in.kml").write_text(text, "utf-8")
        with pytest.raises(TableError, match="no KML or shapefile that can be read"):
            read_table(tmp_path / "in.kml")
