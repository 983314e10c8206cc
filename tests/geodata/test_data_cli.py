"""The command gazetteer-data: what it prints, where errors go, how it exits."""

import sys
from pathlib import Path

import pytest

from gazetteer.store import GazetteerReader
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


def test_the_command_fails_in_one_line_on_standard_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "build-default", "-o", str(tmp_path / "nowhere" / "g.gpkg")) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("gazetteer-data: ")
    assert err.count("\n") == 1
    assert "make it first" in err


def test_the_command_used_wrongly_stops_with_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "build-default") == 2
    assert run(monkeypatch, "build-defualt") == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "--output" in err
