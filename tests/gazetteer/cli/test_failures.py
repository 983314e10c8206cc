"""Wrong use and failures: one line, an exit code, and nothing else."""

from pathlib import Path

import pytest

from gazetteer.cli.options import Session
from gazetteer.errors import GazetteerFileError
from tests.gazetteer.cli.running import refusal, run


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (
            GazetteerFileError("x.gpkg is damaged:\nbuild it again"),
            1,
            "gazetteer: x.gpkg is damaged: build it again\n",
        ),
        (PermissionError(13, "Permission denied"), 1, "gazetteer: [Errno 13] Permission denied\n"),
        (KeyboardInterrupt(), 130, "\ngazetteer: stopped\n"),
        (BrokenPipeError(), 1, ""),
    ],
)
def test_every_failure_has_its_exit_code_and_one_line(
    monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, line: str
) -> None:
    def fail(session: Session) -> None:
        raise error

    monkeypatch.setattr(Session, "open", fail)
    result = run("info")
    assert (result.exit_code, result.stderr) == (code, line)


@pytest.mark.parametrize(
    "arguments",
    [("resolve",), ("resolve", "x", "--witin", "y"), ("frobnicate",), ("reverse", "1"), ("near", "t.csv")],
)
def test_wrong_use_exits_with_2(arguments: tuple[str, ...]) -> None:
    assert run(*arguments).exit_code == 2


def test_a_length_without_a_unit_is_refused_before_anything_is_opened(tmp_path: Path) -> None:
    assert "write a number and a unit" in refusal("near", "t.csv", "--of", "hospital", "--within", "5")


def test_a_question_about_incidents_needs_their_table() -> None:
    assert "--incidents TABLE" in refusal("ask", "strikes within 5 km of a hospital")


@pytest.mark.parametrize("content", [None, b"", b"not a database", b"SQLite format 3\0" + b"x" * 200])
def test_a_file_that_is_no_gazetteer_is_a_failure_in_one_line(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "broken.gpkg"
    if content is not None:
        path.write_bytes(content)
    assert str(path) in refusal("info", "--gazetteer", path, code=1)
