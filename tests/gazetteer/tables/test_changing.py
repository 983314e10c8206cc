"""A file with some cells changed is the same file otherwise, in every format."""

import json
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path
from typing import Any

import geopandas
import openpyxl
import pyarrow.parquet as pq
import pytest
import shapely
from openpyxl.comments import Comment
from openpyxl.styles import Font

from gazetteer.tables import RowsTable, read_table, write_table
from gazetteer.tables.formats import FORMATS
from gazetteer.tables.formats.xlsx_asides import pieces, without_copies
from gazetteer.tables.layout import Change
from gazetteer.tables.table import ReadOptions
from gazetteer.tables.writing import change_table
from tests.gazetteer.tables.workbooks import a_workbook, active, edited, with_shared_strings

SECRET = "35.92917, 36.63584"
SUFFIXES = [one.suffixes[0] for one in FORMATS.values() if one.suffixes]


def cut(text: str) -> str:
    return text.replace(SECRET, "removed")


def changed(source: Path, cells: dict[int, dict[str, Any]], *, added: str = "", **more: Any) -> Path:
    """Change cells of a file's table, and what else holds the secret."""
    target = source.with_stem("changed")
    table = read_table(source)
    change_table(target, table, Change({table.sheet or "": cells} | more, added, cut))
    return target


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_changed_cells_and_the_added_column_are_read_back_and_all_other_cells_stay(
    suffix: str, tmp_path: Path
) -> None:
    rows: list[list[Any]] = [["Idlib", 1.5], ["Saraqeb", None], ["Hama", 2.5]]
    write_table(tmp_path / f"in{suffix}", RowsTable(("place", "n"), rows))
    target = changed(
        tmp_path / f"in{suffix}", {1: {"place": "x"}, 3: {"n": 0.5, "radius_m": 7}}, added="radius_m"
    )
    table = read_table(target)
    assert ("place", "n", "radius_m") == table.columns
    told = [
        [float(cell) if cell not in ("x", "", "Saraqeb", "Hama") else cell for cell in row]
        for row in table.rows()
    ]
    assert [["x", 1.5, ""], ["Saraqeb", "", ""], ["Hama", 0.5, 7]] == told


def test_every_other_byte_of_a_text_stays(tmp_path: Path) -> None:
    for encoding, text in (
        ("utf-8-sig", '"a";"b"\r\n"x ""y""";"1,5"\r\n\r\n"سراقب";"2"\r\n'),
        ("cp1256", "المكان,lat\nسراقب ومدينة إدلب وحلب ودمشق,'x\nحماة,2"),
        ("utf-16", "a\tb\nIdlib\t1\nحماة\t2\n"),
        ("utf-8", 'sep=;\na;b\n"x\ny";2\nz;"3"'),
    ):
        source = tmp_path / ("in.tsv" if "\t" in text else "in.csv")
        source.write_bytes(text.encode(encoding))
        table = read_table(source)
        target = changed(source, {2: {table.columns[1]: "9"}})
        old = text.rstrip().rpartition(";" if ";" in text else "\t" if "\t" in text else ",")[2]
        new = text.rstrip().removesuffix(old) + ('"9"' if '"' in old else "9") + text[len(text.rstrip()) :]
        assert new.encode(encoding) == target.read_bytes(), encoding


def test_features_keep_their_ids_and_members_and_the_collection_its_own(tmp_path: Path) -> None:
    features = [
        {"type": "Feature", "id": n, "properties": {"place": "Idlib"}, "survey": {"by": 3},
         "geometry": {"type": "Point", "coordinates": [36.5, 35.5]}} for n in range(2)
    ]  # fmt: skip
    collection = {"type": "FeatureCollection", "name": "hits", "about": f"at {SECRET}", "features": features}
    source = tmp_path / "in.geojson"
    source.write_text(json.dumps(collection))
    told = json.loads(changed(source, {2: {"place": "x", "geometry": shapely.Point(1, 2)}}).read_text())
    features[1] |= {"properties": {"place": "x"}, "geometry": {"type": "Point", "coordinates": [1, 2]}}
    assert collection | {"about": "at removed"} == told


def test_parquet_keeps_its_metadata_and_types(tmp_path: Path) -> None:
    source = tmp_path / "in.parquet"
    frame = geopandas.GeoDataFrame({"n": [1, 2]}, geometry=[shapely.Point(36, 35)] * 2, crs="EPSG:32637")
    frame.to_parquet(source)
    table = pq.read_table(source)
    note = {**(table.schema.metadata or {}), b"note": SECRET.encode()}
    pq.write_table(table.replace_schema_metadata(note), source)
    target = changed(source, {1: {"n": 5, "geometry": shapely.Point(39, 35)}})
    schema = pq.read_schema(target)
    assert (table.schema.types, b"removed") == (schema.types, (schema.metadata or {})[b"note"])
    assert "bbox" not in json.loads((schema.metadata or {})[b"geo"])["columns"]["geometry"]
    known = geopandas.read_parquet(target)
    assert (frame.crs, [5, 2]) == (known.crs, known.n.tolist())
    assert round(known.geometry.x[0]) == 500_000  # 39° E is the middle of zone 37


def test_a_geopackage_keeps_its_layers_and_nothing_of_the_old_values_is_left_in_its_bytes(
    tmp_path: Path,
) -> None:
    source, point = tmp_path / "in.gpkg", shapely.Point(36.63584, 35.92917)
    for layer in ("hits", "other"):
        frame = geopandas.GeoDataFrame({"place": ["an old name", "b"]}, geometry=[point] * 2, crs=4326)
        frame.to_file(source, layer=layer, engine="pyogrio")
    with closing(sqlite3.connect(source)) as connection, connection:
        connection.execute("UPDATE gpkg_contents SET description = ?", (f"at {SECRET}",))
    new = {"place": "x", "geom": shapely.Point(36.65, 35.95)}
    target = changed(source, {1: new, 2: new}, other={1: new, 2: new})
    for layer in ("hits", "other"):
        told = geopandas.read_file(target, layer=layer, bbox=(36.6, 35.94, 36.7, 35.96))  # by its index
        assert (["x", "x"], 36.65) == (told.place.tolist(), told.geometry.x[0])
    assert all(one not in target.read_bytes() for one in (b"an old name", SECRET.encode(), point.wkb[5:]))


def test_a_workbook_keeps_sheets_styles_and_all_that_reveals_nothing(tmp_path: Path) -> None:
    source = a_workbook(tmp_path / "in.xlsx", [["place", "n"], ["Idlib", 1], ["Hama", 2]])
    book = openpyxl.load_workbook(source)
    sheet = active(book)
    sheet["A2"].font = Font(bold=True)
    sheet["B2"].font = Font(italic=True)
    for cell, words in (("A2", f"at {SECRET}"), ("A3", "all well")):
        sheet[cell].comment = Comment(words, "me")
    sheet["A2"].hyperlink, sheet["A3"].hyperlink = (
        f"https://maps.example/{SECRET}".replace(" ", ""),
        "https://a.example/",
    )
    sheet["B3"] = f'=HYPERLINK("{SECRET}","here")'
    for row in (["k", "v"], ["a", 1]):
        book.create_sheet("more").append(row) if "more" not in book.sheetnames else book["more"].append(row)
    book.properties.description, book.properties.title = f"at {SECRET}", "Hits"
    sheet.oddFooter.center.text = SECRET
    book.save(source)
    told = openpyxl.load_workbook(changed(source, {1: {"place": "x", "n": ""}}, more={1: {"v": 9}}))
    new: Any = active(told)
    assert [("place", "n"), ("x", None), ("Hama", None)] == list(new.iter_rows(values_only=True))
    assert (True, True) == (new["A2"].font.bold, new["B2"].font.italic)
    assert ["at removed", "all well"] == [new[cell].comment.text for cell in ("A2", "A3")]
    assert ("at removed", "Hits") == (told.properties.description, told.properties.title)
    assert ["k", "v", "a", 9] == [cell for row in told["more"].iter_rows(values_only=True) for cell in row]
    assert "removed" == new.oddFooter.center.text


def test_shared_strings_that_no_cell_has_any_more_are_emptied(tmp_path: Path) -> None:
    source = a_workbook(tmp_path / "in.xlsx", [["place"], ["Idlib"], ["Hama"]])
    strings = [b"place", SECRET.encode(), b"Hama"]

    def shared(name: str, content: bytes) -> bytes:
        for number, text in enumerate((b"place", b"Idlib", b"Hama")):
            content = content.replace(
                b't="inlineStr"><is><t>' + text + b"</t></is>", b't="s"><v>%d</v>' % number
            )
        return content

    edited(source, shared)
    texts = "".join(f"<si><t>{one.decode()}</t></si>" for one in strings)
    with_shared_strings(
        source, f'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{texts}</sst>'
    )
    assert [(SECRET,), ("Hama",)] == list(read_table(source).rows())
    target = changed(source, {1: {"place": "x"}})
    assert [("x",), ("Hama",)] == list(read_table(target).rows())
    with zipfile.ZipFile(target) as archive:
        assert all(SECRET.encode() not in archive.read(name) for name in archive.namelist())


def test_what_stands_beside_the_cells_is_told_with_where(tmp_path: Path) -> None:
    source = a_workbook(tmp_path / "in.xlsx", [["place", "n"], ["Idlib", 1]])
    book = openpyxl.load_workbook(source)
    active(book)["A2"].comment = Comment("a remark", "me")
    book.properties.description = "a description"
    book.save(source)
    told = {
        (one.where, one.row)
        for one in read_table(source).asides()
        if one.text in ("a remark", "a description")
    }
    assert {("place", 1), ("the workbook's properties", None)} == told


def test_added_points_are_the_table_s_own_where_that_is_asked_for(tmp_path: Path) -> None:
    from tests.gazetteer.tables.test_formats import WITH_SHAPES, with_points

    for suffix in WITH_SHAPES:
        path = with_points(tmp_path, suffix)
        own, every = read_table(path), read_table(path, ReadOptions(added=True))
        assert (None, True) == (own.geometry, every.geometry is not None), suffix


def test_copies_of_cells_in_pivot_tables_and_charts_go_with_the_cells() -> None:
    record = '<r><s v="clinic"/><n v="35.92917"/><n v="36.63584"/></r><r><s v="market"/><n v="7"/></r>'
    part = "xl/pivotCache/pivotCacheRecords1.xml"
    assert ["clinic 35.92917 36.63584", "market 7"] == [one.words for one in pieces(part, record)]
    assert record.replace("92917", "9").replace("63584", "6") == without_copies(part, record)
    chart = "<c:numRef><c:f>A1:A2</c:f><c:numCache><c:pt><c:v>35.92917</c:v></c:pt></c:numCache></c:numRef>"
    assert "<c:numRef><c:f>A1:A2</c:f></c:numRef>" == without_copies("xl/charts/chart1.xml", chart)


def test_a_file_of_which_nothing_is_changed_stays_byte_for_byte(tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_bytes(b'Hits in May,\r\na,"b"\r\n\r\n1,"2"\r\n"x\r\ny",3')
    assert source.read_bytes() == changed(source, {}).read_bytes()


def test_a_sheet_that_is_no_table_is_told_and_mended_row_by_row(tmp_path: Path) -> None:
    source = a_workbook(tmp_path / "in.xlsx", [["place"], ["Idlib"]])
    book = openpyxl.load_workbook(source)
    for row in ([None, "a"], [SECRET], ["b", None, "c"]):
        (book["notes"] if "notes" in book.sheetnames else book.create_sheet("notes")).append(row)
    book.save(source)
    assert ("sheet notes", SECRET) in {(one.where, one.text) for one in read_table(source).asides()}
    told = openpyxl.load_workbook(changed(source, {}))["notes"].iter_rows(values_only=True)
    assert [(None, "a", None), ("removed", None, None), ("b", None, "c")] == list(told)
