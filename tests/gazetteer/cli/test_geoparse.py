"""`geoparse`: a text for a person, for a program and as a table; and a table of texts."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gazetteer.cli.main import app
from tests.gazetteer.cli.running import answer, refusal, run
from tests.gazetteer.tables.fake_gazetteer import FakeGazetteer, write_table

REPORT = "Syria: strikes on Idlib.\n\nThen on Tell.\n"


@pytest.fixture
def text(tmp_path: Path) -> Path:
    return write_table(tmp_path / "report.txt", REPORT)


def test_a_person_is_shown_the_text_with_its_places_marked_and_listed(
    fake: FakeGazetteer, text: Path
) -> None:
    result = run("geoparse", text)
    assert (0, "") == (result.exit_code, result.stderr)
    assert result.stdout == (
        "Syria: strikes on [1: Idlib].\n"
        "\n"
        "Then on [2: Tell].\n"
        "\n"
        "About Syria: it names Syria.\n"
        "  1  Idlib (the place of the event)\n"
        "     Idlib  إدلب, settlement, Idleb; 35.93062, 36.63393, within 4.0 km\n"
        "     0.95; the spelling is known\n"
        "  2  Tell (ambiguous)\n"
        "     Tell One  تل, settlement, Idleb; 35.80000, 36.70000, within 4.0 km\n"
        "     0.45; the spelling is known\n"
    )


def test_standard_input_is_read_and_its_encoding_found(fake: FakeGazetteer) -> None:
    found = CliRunner().invoke(app, ["geoparse", "-", "--json"], input="سوريا Syria: Idlib".encode("cp1256"))
    (mention,) = json.loads(found.stdout)["mentions"]
    assert (13, 18, "Idlib", True) == tuple(mention[name] for name in ("start", "end", "mention", "main"))


def test_a_text_that_does_not_speak_of_the_country_says_what_can_be_done(
    fake: FakeGazetteer, tmp_path: Path
) -> None:
    source = write_table(tmp_path / "note.md", "Strikes on Idlib.")
    said = run("geoparse", source).stdout
    assert (
        "The text doesn't speak of Syria, so no places were looked for: use --local if it is about it.\n"
        == said
    )
    assert "[1: Idlib]" in run("geoparse", source, "--local").stdout
    named = run("geoparse", write_table(source, "Syria, nowhere.")).stdout
    assert "No place is named that the gazetteer knows (about Syria: it names Syria).\n" == named


def test_a_text_becomes_a_table_too(fake: FakeGazetteer, text: Path) -> None:
    target = text.with_name("out.geojson")
    result = run("geoparse", text, "-o", target)
    assert result.stdout == (
        "1 text: 1 with a main place, 0 without a place\n"
        f"2 mentions: 1 resolved, 1 ambiguous\nWritten to {target}\n"
    )
    assert 2 == len(json.loads(target.read_text("utf-8"))["features"])


def test_a_table_is_summed_up(fake: FakeGazetteer, tmp_path: Path) -> None:
    source = write_table(tmp_path / "in.csv", "n,note\n1,Idlib Syria\n2,Aleppo\n3,Tell\n4,\n")
    target = tmp_path / "out.csv"
    words = ("geoparse", source, "--text", "note", "--id", "n", "-o", target)
    assert run(*words).stdout == (
        "3 texts: 1 with a main place, 2 without a place (2 of these don't speak of Syria); empty cells: 1\n"
        f"1 mention: 1 resolved, 0 ambiguous\nWritten to {target}\n"
    )
    found = answer(*words, "--local")
    assert (3, 2, 1, True) == tuple(found[name] for name in ("mentions", "resolved", "ambiguous", "local"))
    written = run("geoparse", source, "--text", "note", "-o", "-")
    assert written.stdout.startswith("id,start,end,sentence,mention,main,gaz_status")
    assert "1 mention: 1 resolved" in written.stderr


def test_what_cannot_be_read_is_one_sentence(
    fake: FakeGazetteer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for content, words, sentence in (
        (b"a,b\n1,2\n", "in.csv", "is a table: name the column of its texts with --text; it has a, b"),
        (b'[{"a": "Idlib"}]', "in.txt", "is a table: name the column of its texts with --text; it has a"),
        (b"a\nIdlib\n", "in.csv --text a", "name the table to write with -o"),
        (b"a\nIdlib\n", "in.csv --text b -o out.csv", "there is no column 'b'; the table has the columns a"),
        (b"", "in.csv --text a -o out.csv", "in.csv is empty: a table needs a header line"),
        (b" \n", "in.txt", "in.txt is empty: there is no text to read"),
        (b"Idlib", "in.txt --id a", "--id and --sheet are for a table"),
        (b"Idlib", "in.txt --resume", "name the table to write with -o"),
        (b"Idlib", "in.txt -o out.doc", "out.doc can't be written as a table"),
        (b"Idlib", "no.txt", "there is no file no.txt: check the name and the folder"),
        (b"Idlib", ".", ". is a folder"),
        (b"Strikes on Idlib\0", "in.txt", "holds a NUL character on line 1"),
        (b"\x89PNG\r\n\x1a\n\xff\xfe\x81", "in.txt", "in.txt is not UTF-8"),
        (b"PK\3\4 and so on", "in.docx", "in.docx"),
    ):  # fmt: skip
        name = "in.docx" if "docx" in words else "in.txt" if "txt" in words else "in.csv"
        Path(name).write_bytes(content)
        assert sentence in refusal("geoparse", *words.split())
        assert [name] == [path.name for path in tmp_path.iterdir()]
        Path(name).unlink()
