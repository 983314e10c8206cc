"""Text: cells in and out as written, delimiters, titles, broken rows; encodings on evidence or refused."""

import codecs
import gzip
from pathlib import Path

import pytest

from gazetteer.errors import TableError
from gazetteer.tables import Column, Layout, Part, ReadOptions, WriteOptions, read_table, write_table
from gazetteer.tables.formats.csv import TextTable, neutralised, text_of


def table(folder: Path, content: bytes | str) -> Path:
    path = folder / "table.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def text_table(path: Path) -> TextTable:
    found = read_table(path)
    assert isinstance(found, TextTable)
    return found


def test_a_sheet_of_a_table_that_has_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"table\.csv has no sheets: leave --sheet out"):
        read_table(table(tmp_path, "place\nIdlib\n"), ReadOptions(sheet="Strikes"))


def test_the_delimiter_is_the_one_that_splits_the_header(tmp_path: Path) -> None:
    for text, delimiter, columns in (
        ("place,area\nx,y\n", ",", ("place", "area")),
        ("place;area\nx;y\n", ";", ("place", "area")),
        ("place\tarea\nx\ty\n", "\t", ("place", "area")),
        ("place;killed, injured\nx;1, 2\n", ";", ("place", "killed, injured")),
        ("place;notes\nx, y, z;1\n", ";", ("place", "notes")),
        ('"place, as written";area\nx;y\n', ";", ("place, as written", "area")),
        ("place\nx\n", ",", ("place",)),
        ("place,area\nx,y\nonly one\n", ",", ("place", "area")),
    ):
        read = text_table(table(tmp_path, text))
        assert (read.delimiter, read.columns) == (delimiter, columns), text


def test_a_first_line_for_excel_names_the_delimiter_and_is_no_row(tmp_path: Path) -> None:
    for text in ("sep=;\nplace, as written;n\nx;1\n", '"sep=;"\r\nplace, as written;n\r\nx;1\r\n'):
        read = text_table(table(tmp_path, text))
        assert (";", ("place, as written", "n")) == (read.delimiter, read.columns)
        assert [(3, ("x", "1"))] == list(read.numbered_rows())
        write_table(tmp_path / "out.csv", read)
        assert "place, as written;n\nx;1\n" == (tmp_path / "out.csv").read_text()


TAGS = "#loc+name,#affected+killed"


def test_titles_are_passed_over_and_tags_stand_on_either_side_of_the_header(tmp_path: Path) -> None:
    titles = ("1 row above the header: skipped",)
    for above, tags, notes in (
        ("place,n", "", ()),
        ("Strikes on Idlib\nplace,n", "", titles),
        ("Strikes on Idlib,\n\nplace,n", "", titles),
        (f"place,n\n{TAGS}", TAGS, ()),
        (f"{TAGS}\nplace,n", TAGS, ()),
        (f"Strikes,\n{TAGS}\nplace,n", TAGS, titles),
        (f"Strikes\n\nplace,n\n{TAGS}", TAGS, titles),
    ):
        read = read_table(table(tmp_path, f"{above}\na,1\nb,2\n"))
        assert (("place", "n"), tags, notes) == (read.columns, ",".join(read.tags), read.notes)
        first = above.count("\n") + 2
        assert [(first, ("a", "1")), (first + 1, ("b", "2"))] == list(read.numbered_rows())
        assert [1, 1] == [len(chunk) for chunk in read.chunks(1)]
        write_table(tmp_path / "out.csv", read)
        expected = "\n".join(filter(None, ["place,n", tags, "a,1", "b,2"])) + "\n"
        assert expected == (tmp_path / "out.csv").read_text()


def test_a_name_above_other_cells_is_no_title_unless_a_table_stands_below(tmp_path: Path) -> None:
    for text, columns in (
        (",place\n0,Idlib\n1,Aleppo\n", ("", "place")),  # as pandas writes it
        ("place,\nIdlib,3\nAleppo,5\n", ("place", "")),
        ("place\nIdlib;Ariha\nAleppo;Manbij\n", ("place",)),
        ("place\nIdlib\tx\nAleppo\ty\n", ("place",)),
        ("place\nIdlib, north\nAleppo, south\n", ("place",)),
        ("#loc+name,#adm1+name\nIdlib,Idleb\nAleppo,Aleppo\n", ("#loc+name", "#adm1+name")),
        ("#loc+name\nIdlib\n", ("#loc+name",)),
    ):
        assert columns == read_table(table(tmp_path, text)).columns, text


def test_packed_text_is_read_and_written_and_no_bomb_goes_off(tmp_path: Path) -> None:
    (tmp_path / "in.gz").write_bytes(gzip.compress(b"place;n\nIdlib;1\n"))
    read = read_table(tmp_path / "in.gz")
    assert [("Idlib", "1")] == list(read.rows())
    write_table(tmp_path / "out.csv.gz", read)
    assert b"place;n\nIdlib;1\n" == gzip.decompress((tmp_path / "out.csv.gz").read_bytes())
    for data, words in (
        (gzip.compress(b"place,n\n" + b"\0" * 10_000_000), "unfolds to more than 1,000,000 bytes"),
        (gzip.compress(b"place,n\nIdlib,1\n")[:-6], "damaged or cut short"),
        (b"\x1f\x8bplace,n\n", "damaged or cut short"),
        (gzip.compress(gzip.compress(b"place,n\n")), "packed by gzip: unpack it first"),
        (gzip.compress(b"SQLite format 3\0"), "packed by gzip: unpack it first"),
    ):
        (tmp_path / "in.gz").write_bytes(data)
        with pytest.raises(TableError, match=words):
            read_table(tmp_path / "in.gz", ReadOptions(inflated_limit=1_000_000))


def test_added_cells_that_rows_share_stand_in_each_of_them(tmp_path: Path) -> None:
    read = read_table(table(tmp_path, "place,n\na,1\nb,2\nc,3\n"))
    shared = ("x, y", None)
    layout = Layout(("n",), (Column("word", "text"), Column("where", "point")))
    parts = [Part(chunk, [shared, ("z", None), shared]) for chunk in read.chunks()]
    write_table(tmp_path / "out.csv", read, layout, parts)
    assert 'n,word\n1,"x, y"\n2,z\n3,"x, y"\n' == (tmp_path / "out.csv").read_text()
    assert parts[0].added == parts[0].changed(lambda values: (*values,)).added
    assert 2 == len(parts[0].distinct())


def test_cells_that_a_spreadsheet_would_run_get_an_apostrophe_where_it_is_asked_for(tmp_path: Path) -> None:
    read = read_table(table(tmp_path, "place,n\n=1+1,-3.5\n"))
    write_table(tmp_path / "out.csv", read, options=WriteOptions(neutralise=True))
    assert "place,n\n'=1+1,-3.5\n" == (tmp_path / "out.csv").read_text()
    assert ["'@x", "+1e5", "x"] == [neutralised(cell) for cell in ("@x", "+1e5", "x")]
    assert 'a,"b\rc"\n' == text_of([["a", "b\rc"]])


def test_a_cell_of_a_megabyte_is_read(tmp_path: Path) -> None:
    long = "x" * 1_000_000
    assert list(read_table(table(tmp_path, f"place,n\n{long},1\n")).rows()) == [(long, "1")]


def test_what_is_no_table_is_refused_with_a_sentence_that_says_where(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    for content, words in (
        (b"", ["empty", "header"]),
        (b"\n\n", ["empty", "header"]),
        (codecs.BOM_UTF8, ["empty", "header"]),
        (
            "place,n\nسراقب,1\nCaf".encode() + b"\xe9,1\n",
            ["not UTF-8", "0xE9", "line 3", "byte 25", "save it in UTF-8"],
        ),
        ("place,n\nسراقب,1\n".encode() + "حلب,2\n".encode("cp1256"), ["not UTF-8 throughout", "line 3"]),
        ("place,n\nسراقب".encode()[:-1], ["breaks off"]),
        (codecs.BOM_UTF16_LE + "place\n".encode("utf-16-le") + b"\x00\xd8\x41\x00", ["not UTF-16", "line 2"]),
        (b"place,n\na,1\nb\x00,2\n", ["NUL", "line 3"]),
        (b"place,n,place\n", ["more than one column named 'place'"]),
        (b"place,n,,\n", ["2 columns", "no name"]),
    ):
        path.write_bytes(content)
        with pytest.raises(TableError) as caught:
            read_table(path)
        message = str(caught.value)
        assert [word for word in words if word not in message] == []
        assert "\n" not in message


def test_the_byte_named_is_counted_from_the_start_of_the_file_across_blocks(tmp_path: Path) -> None:
    start = codecs.BOM_UTF8 + b"place\n" + "س\n".encode() * 700_000
    with pytest.raises(TableError, match=f"line 700002 .byte {len(start) + 1} of the file"):
        read_table(table(tmp_path, start + b"\xff\n"))


def test_a_broken_row_is_named_by_its_line(tmp_path: Path) -> None:
    for text, words in (
        ("place,n\na,1\nb,2,3\n", ["line 3", "3 cells", "header has 2", "too many"]),
        ("place,n\na,1\nb\n", ["line 3", "1 cells", "header has 2", "too few"]),
        ('place,n\n"a\nb",1\nc\n', ["line 4", "too few"]),
        ('place,n\na,1\n"b,2\nc,3\n', ["line 3", "never closed"]),
        ('place,n\na,1\n"b"x,2\n', ["line 3", "quotes"]),
    ):
        read = read_table(table(tmp_path, text))
        with pytest.raises(TableError) as caught:
            list(read.rows())
        assert [word for word in words if word not in str(caught.value)] == []


def test_blank_lines_are_rows_only_between_rows_of_one_column(tmp_path: Path) -> None:
    for text, rows in (
        ("\nplace,n\n\na,1\n\n\n", [("a", "1")]),
        ("place\na\n\nb\n\n\n", [("a",), ("",), ("b",)]),
    ):
        read = read_table(table(tmp_path, text))
        assert rows == list(read.rows()) == list(read.rows())


# ---------------------------------------------------------------------------- encodings

ARABIC = "place,n\nمدينة إدلب,1\nسراقب وريفها,2\nمعرة النعمان,3\nخان شيخون,4\n"
WESTERN = "place,n\nMünster,1\nGöteborg,2\nMálaga,3\nÅlesund,4\n"


def names_and_notes(path: Path, **options: object) -> tuple[list[str], tuple[str, ...]]:
    read = read_table(path, ReadOptions(**options))  # type: ignore[arg-type] # as each test gives them
    return [row[0] for row in read.rows()], read.notes


def test_an_encoding_is_found_and_said(tmp_path: Path) -> None:
    for text, encoding, said in (
        (ARABIC, "utf-8", ""),
        (ARABIC, "utf-8-sig", ""),
        (ARABIC, "utf-16", "UTF-16"),
        (ARABIC, "utf-16-le", "UTF-16, which has no byte order mark"),
        (ARABIC, "utf-16-be", "UTF-16, which has no byte order mark"),
        (ARABIC, "cp1256", "Windows-1256: 8 of its words are Arabic so; --encoding chooses another"),
        (WESTERN, "cp1252", "Windows-1252: 3 of its words have accented letters so"),
        ("place,n\nCafé,1\n", "cp1252", "are the same in Windows-1252 and Windows-1256"),
        (ARABIC + "Médecins sans frontières,5\n", "cp1256", "Windows-1256"),
        (ARABIC.replace(",", "؛,"), "cp1256", "Windows-1256"),
    ):
        names, notes = names_and_notes(table(tmp_path, text.encode(encoding)))
        assert [line.rpartition(",")[0] for line in text.splitlines()[1:]] == names
        assert said in " ".join(notes)
        assert bool(said) == bool(notes), (encoding, notes)


def test_what_can_not_be_told_is_refused_with_what_to_do(tmp_path: Path) -> None:
    for text, encoding in (
        ("Şanlıurfa\nİskenderun\nDiyarbakır\n", "cp1254"),
        ("ЁЂ Москва\n", "iso8859-5"),
        ("من إلى\nليس بعد", "iso8859-6"),
    ):
        with pytest.raises(TableError, match="can't be told: name it with --encoding") as caught:
            read_table(table(tmp_path, f"place\n{text}".encode(encoding)))
        assert "\n" not in str(caught.value)


def test_the_gazetteer_is_asked_where_nothing_else_tells(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes("place,n\nحلب,1\nÄÖÜ,2\n".encode("cp1256", "replace").replace(b"???", b"\xc4\xd6\xdc"))
    with pytest.raises(TableError, match="can't be told"):
        read_table(path)
    names, notes = names_and_notes(path, knows=lambda name: name == "حلب")
    assert ("حلب", True) == (names[0], "the gazetteer knows its names" in notes[0])


def test_a_picture_is_told_from_a_text_in_an_unknown_encoding(tmp_path: Path) -> None:
    path = tmp_path / "map.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\xff")
    with pytest.raises(TableError, match=r"map\.png is no text, and no table that is read here"):
        read_table(path)


def test_an_encoding_that_is_named_is_taken_if_it_is_one_and_the_right_one(tmp_path: Path) -> None:
    path = table(tmp_path, "place\nŞanlıurfa\n".encode("cp1254"))
    names, notes = names_and_notes(path, encoding="Windows-1254")
    assert (["Şanlıurfa"], ("read as cp1254, as was asked",)) == (names, notes)
    for encoding, words in (
        ("klingon", "there is no encoding 'klingon'"),
        ("hex", "there is no encoding 'hex'"),
        ("ascii", "not ascii throughout"),
    ):
        with pytest.raises(TableError, match=words):
            read_table(path, ReadOptions(encoding=encoding))


def test_the_output_of_a_code_page_is_utf8_with_the_mark_that_spreadsheets_look_for(tmp_path: Path) -> None:
    path = table(tmp_path, ARABIC.encode("cp1256"))
    write_table(tmp_path / "out.csv", read_table(path))
    assert ("\ufeff" + ARABIC).encode() == (tmp_path / "out.csv").read_bytes()
