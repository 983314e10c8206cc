"""How the command starts, what it imports, and how it ends: an exit code, and one line where it failed."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from gazetteer.cli.options import Session
from gazetteer.errors import GazetteerFileError
from tests.gazetteer.cli.running import refusal, run


def python(*arguments: str | Path, **options: Any) -> "subprocess.CompletedProcess[str]":
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[3])}
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        text=True, encoding="utf-8", env=environment, check=False, **(pipes | options),
    )  # fmt: skip


def test_the_command_runs_as_a_module(gazetteer_file: Path) -> None:
    result = python("-m", "gazetteer", "resolve", "سراقب", "--gazetteer", gazetteer_file)
    assert (result.returncode, result.stderr) == (0, "")
    assert "35.86300, 36.79900" in result.stdout


def test_looking_a_name_up_imports_nothing_heavy(gazetteer_file: Path) -> None:
    code = (
        "import sys\nfrom gazetteer.cli.main import app\n"
        "app(['resolve', 'Saraqib', '--gazetteer', sys.argv[1], '--json'], standalone_mode=False)\n"
        "heavy = {'pandas', 'geopandas', 'shapely', 'pyproj', 'flask', 'rich', 'numpy'}\n"
        "sys.exit(' '.join(heavy & sys.modules.keys()) or None)"
    )
    result = python("-c", code, gazetteer_file)
    assert result.stderr == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device")
def test_an_answer_that_finds_no_room_is_one_sentence(gazetteer_file: Path) -> None:
    expected = "gazetteer: the answer can't be written: No space left on device\n"
    for words in (("info", "--gazetteer", gazetteer_file), ("--version",), ("--help",), ("near", "--help")):
        with Path("/dev/full").open("w") as full:
            result = python("-m", "gazetteer", *words, stdout=full)
        assert (1, expected) == (result.returncode, result.stderr), words


@pytest.mark.skipif(os.name == "nt", reason="a closed pipe is another error on Windows")
def test_a_reader_that_stops_early_is_no_traceback(gazetteer_file: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    result = python("-m", "gazetteer", "info", "--gazetteer", gazetteer_file, stdout=writing)
    os.close(writing)
    assert (result.returncode, result.stderr) == (1, "")


def test_a_table_comes_and_goes_through_pipes_and_what_is_said_goes_to_stderr(gazetteer_file: Path) -> None:
    table = "place;n\nSaraqib;1\nKafr Nowhere;2\n"
    result = python("-m", "gazetteer", "enrich", "-", "-o", "-", "--gazetteer", gazetteer_file, input=table)
    assert (0, 3) == (result.returncode, len(result.stdout.splitlines()))
    assert result.stdout.startswith("place;n;gaz_status")
    assert "2 rows: 1 resolved" in result.stderr
    assert "Written" not in result.stderr
    empty = python("-m", "gazetteer", "enrich", "-", "-o", "-", "--gazetteer", gazetteer_file, input="")
    assert (2, "", "gazetteer: standard input is empty: a table needs a header line\n") == (
        empty.returncode, empty.stdout, empty.stderr,
    )  # fmt: skip


def test_every_failure_has_its_exit_code_and_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    failures: tuple[tuple[BaseException, int, str], ...] = (
        (GazetteerFileError("x.gpkg is bad:\nbuild it"), 1, "gazetteer: x.gpkg is bad: build it\n"),
        (PermissionError(13, "Permission denied"), 1, "gazetteer: [Errno 13] Permission denied\n"),
        (KeyboardInterrupt(), 130, "\ngazetteer: stopped\n"),
        (BrokenPipeError(), 1, ""),
    )
    for error, code, line in failures:
        monkeypatch.setattr(Session, "open", Mock(side_effect=error))
        result = run("info")
        assert (result.exit_code, result.stderr) == (code, line)


def test_wrong_use_exits_with_2() -> None:
    for words in ("resolve", "resolve x --witin y", "frobnicate", "reverse 1", "near t.csv"):
        assert run(*words.split()).exit_code == 2, words


def test_a_name_of_two_words_without_quotes_is_told_of_them() -> None:
    for words in (("resolve", "Serakib,", "Idlib"), ("ask", "strikes", "in", "Idlib")):
        result = run(*words)
        assert (2, True) == (result.exit_code, "put words that belong together in quotes" in result.stderr)


def test_what_is_missing_is_said_before_anything_is_opened() -> None:
    assert "write a number and a unit" in refusal("near", "t.csv", "--of", "hospital", "--within", "5")
    assert "--incidents TABLE" in refusal("ask", "strikes within 5 km of a hospital")
