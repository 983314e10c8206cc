"""The command gazetteer-data: what it prints, where errors go, how it exits."""

import sys
from pathlib import Path

import pytest

from gazetteer.errors import GazetteerFileError
from gazetteer.store import GazetteerReader
from geodata import cli
from geodata.cli import main


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["gazetteer-data", *arguments])
    with pytest.raises(SystemExit) as stopped:
        main()
    return int(stopped.value.code or 0)


def test_the_command_writes_the_default_and_says_how_many_places(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "g.gpkg"
    assert run(monkeypatch, "build-default", "-o", str(path)) == 0
    reader = GazetteerReader(path)
    expected = f"Wrote {path}: {len(reader.places())} places, content {reader.content_hash[:16]}.\n"
    assert capsys.readouterr() == (expected, "")


@pytest.mark.parametrize("output", ["nowhere/g.gpkg", "."])
def test_an_output_that_can_be_no_file_is_wrong_use_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], output: str
) -> None:
    assert run(monkeypatch, "build-default", "-o", str(tmp_path / output)) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("gazetteer-data: ")
    assert err.count("\n") == 1
    assert "make it first" in err


def test_a_failure_is_one_line_on_standard_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(folder: None, path: Path) -> None:
        raise GazetteerFileError("the disk is full:\nfree some of it")

    monkeypatch.setattr(cli, "build_from", fail)
    assert run(monkeypatch, "build-default", "-o", str(tmp_path / "g.gpkg")) == 1
    assert capsys.readouterr() == ("", "gazetteer-data: the disk is full: free some of it\n")


def test_the_command_used_wrongly_stops_with_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "build-default") == 2
    assert run(monkeypatch, "build-defualt") == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "--output" in err
