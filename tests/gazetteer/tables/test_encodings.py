"""Which encoding a text is in: on evidence, said aloud, and refused where there is none."""

from pathlib import Path

import pytest

from gazetteer.errors import TableError
from gazetteer.tables import ReadOptions, read_table, write_table

ARABIC = "place,n\nمدينة إدلب,1\nسراقب وريفها,2\nمعرة النعمان,3\nخان شيخون,4\n"
WESTERN = "place,n\nMünster,1\nGöteborg,2\nMálaga,3\nÅlesund,4\n"


def a_text(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def read(path: Path, **options: object) -> tuple[list[str], tuple[str, ...]]:
    table = read_table(path, ReadOptions(**options))  # type: ignore[arg-type] # as each test gives them
    return [row[0] for row in table.rows()], table.notes


@pytest.mark.parametrize(
    ("text", "encoding", "said"),
    [
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
    ],
)
def test_an_encoding_is_found_and_said(tmp_path: Path, text: str, encoding: str, said: str) -> None:
    path = a_text(tmp_path / "in.csv", text, encoding)
    names, notes = read(path)
    assert [line.rpartition(",")[0] for line in text.splitlines()[1:]] == names
    assert said in " ".join(notes)
    assert bool(said) == bool(notes)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("place,n\nسراقب,1\n".encode() + "حلب,2\n".encode("cp1256"), "not UTF-8 throughout: .* line 3"),
        (
            "place\nŞanlıurfa\nİskenderun\nDiyarbakır\n".encode("cp1254"),
            "can't be told: name it with --encoding",
        ),
        ("place\nЁЂ Москва\n".encode("iso8859-5"), "can't be told"),
        (b"place\n" + "\n".join(["من إلى", "ليس بعد"]).encode("iso8859-6"), "can't be told"),
    ],
)
def test_what_can_not_be_told_is_refused_with_what_to_do(tmp_path: Path, data: bytes, words: str) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(data)
    with pytest.raises(TableError, match=words) as caught:
        read_table(path)
    assert "\n" not in str(caught.value)


def test_the_gazetteer_is_asked_where_nothing_else_tells(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes("place,n\nحلب,1\nÄÖÜ,2\n".encode("cp1256", "replace").replace(b"???", b"\xc4\xd6\xdc"))
    with pytest.raises(TableError, match="can't be told"):
        read_table(path)
    names, notes = read(path, knows=lambda name: name == "حلب")
    assert ("حلب", True) == (names[0], "the gazetteer knows its names" in notes[0])


def test_an_encoding_that_is_named_is_taken(tmp_path: Path) -> None:
    path = a_text(tmp_path / "in.csv", "place\nŞanlıurfa\n", "cp1254")
    names, notes = read(path, encoding="Windows-1254")
    assert (["Şanlıurfa"], ("read as cp1254, as was asked",)) == (names, notes)


@pytest.mark.parametrize(
    ("encoding", "words"),
    [
        ("klingon", "there is no encoding 'klingon'"),
        ("hex", "there is no encoding 'hex'"),
        ("ascii", "not ascii throughout"),
    ],
)
def test_an_encoding_that_is_none_or_wrong_is_refused(tmp_path: Path, encoding: str, words: str) -> None:
    path = a_text(tmp_path / "in.csv", ARABIC)
    with pytest.raises(TableError, match=words):
        read_table(path, ReadOptions(encoding=encoding))


def test_the_output_of_a_code_page_is_utf8_with_the_mark_that_spreadsheets_look_for(tmp_path: Path) -> None:
    path = a_text(tmp_path / "in.csv", ARABIC, "cp1256")
    write_table(tmp_path / "out.csv", read_table(path))
    assert ("\ufeff" + ARABIC).encode() == (tmp_path / "out.csv").read_bytes()
