"""Wrong use and failures: one line, an exit code, and nothing else."""

from unittest.mock import Mock

import pytest

from gazetteer.cli.options import Session
from gazetteer.errors import GazetteerFileError
from tests.gazetteer.cli.running import refusal, run


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


def test_what_is_missing_is_said_before_anything_is_opened() -> None:
    assert "write a number and a unit" in refusal("near", "t.csv", "--of", "hospital", "--within", "5")
    assert "--incidents TABLE" in refusal("ask", "strikes within 5 km of a hospital")
