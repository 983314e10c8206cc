"""Finding the embedded default: by the entry point, or one sentence that says what to do."""

import sys
import tomllib
from pathlib import Path

import pytest

from gazetteer.errors import GazetteerFileError
from gazetteer.store.reader import find_default_file
from geodata.build import default_file

ROOT = Path(__file__).resolve().parent.parent.parent


def install(folder: Path, monkeypatch: pytest.MonkeyPatch, entry_points: str) -> None:
    """Put on the path a folder that holds an installed conflict-gazetteer with these entry points."""
    info = folder / "conflict_gazetteer-0.0.1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: conflict-gazetteer\nVersion: 0.0.1\n", "utf-8"
    )
    (info / "entry_points.txt").write_text(entry_points, "utf-8")
    monkeypatch.syspath_prepend(folder)


def test_the_library_finds_the_default_by_the_entry_point_that_the_project_declares(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert {"embedded": "geodata.build:default_file"} == project["entry-points"]["gazetteer.default_file"]
    assert "geodata.cli:main" == project["scripts"]["gazetteer-data"]
    entry_points = "[gazetteer.default_file]\nembedded = geodata.build:default_file\n"
    install(tmp_path, monkeypatch, entry_points)
    assert default_file() == find_default_file()


def test_without_the_entry_point_the_library_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, monkeypatch, "")
    with pytest.raises(GazetteerFileError, match="name a gazetteer file with --gazetteer or GAZETTEER_FILE"):
        find_default_file()


def test_without_an_installation_the_library_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    with pytest.raises(GazetteerFileError, match="install conflict-gazetteer with pip"):
        find_default_file()
