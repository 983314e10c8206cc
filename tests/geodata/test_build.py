"""The embedded default: built once, whole, wherever the user can write."""

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gazetteer.errors import GazetteerFileError
from gazetteer.store import GazetteerReader
from geodata import build
from geodata.build import default_file
from tests.geodata.fact_tables import FACTS, TABLES, change_row


def test_the_default_is_built_once_and_then_found(cache: Path) -> None:
    path = default_file()
    assert path.parent == cache
    built = path.stat().st_mtime_ns, path.stat().st_ino
    assert default_file() == path
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == built


def test_without_the_variable_the_cache_is_the_users_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GAZETTEER_CACHE", "")
    assert build.cache_folder().name == "conflict-gazetteer"
    assert build.cache_folder().is_absolute()


@pytest.mark.parametrize("table", TABLES)
def test_a_changed_table_gives_another_file(facts: Path, cache: Path, table: str) -> None:
    before = default_file()
    change_row(facts / table, longitude="36.5")
    after = default_file()
    assert before != after
    assert GazetteerReader(before).content_hash != GazetteerReader(after).content_hash


def test_two_processes_that_start_at_once_both_succeed(cache: Path) -> None:
    code = (
        "import sys\n"
        "from geodata.build import default_file\n"
        "from gazetteer.store import GazetteerReader\n"
        "print('ready', flush=True); sys.stdin.readline()\n"
        "path = default_file()\n"
        "print(path, len(GazetteerReader(path).places()))\n"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=FACTS.parent.parent,
        )
        for _ in range(2)
    ]
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = [process.communicate(timeout=60) for process in started]
    expected = f"{default_file()} {len(GazetteerReader(default_file()).places())}\n"
    assert answers == [(expected, ""), (expected, "")]
    assert [process.returncode for process in started] == [0, 0]
    assert len(list(cache.iterdir())) == 1


@pytest.mark.parametrize("content", [b"", b"SQLite format 3\x00", b"not a database at all" * 100])
def test_a_broken_file_in_the_cache_is_built_again(cache: Path, content: bytes) -> None:
    path = default_file()
    expected = GazetteerReader(path).content_hash
    path.write_bytes(content)
    assert GazetteerReader(default_file()).content_hash == expected


def test_a_cache_that_cannot_be_written_gives_way_to_a_temporary_folder_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    in_the_way = tmp_path / "a file, not a folder"
    in_the_way.touch()
    elsewhere = tmp_path / "tmp"
    elsewhere.mkdir()
    monkeypatch.setenv("GAZETTEER_CACHE", str(in_the_way))
    monkeypatch.setattr("tempfile.tempdir", str(elsewhere))
    with caplog.at_level(logging.WARNING):
        path = default_file()
    assert path.is_relative_to(elsewhere)
    assert path.parent.stat().st_mode & 0o077 == 0
    GazetteerReader(path).verify()
    [record] = caplog.records
    assert "Set GAZETTEER_CACHE to a folder that you can write." in record.getMessage()
    assert "\n" not in record.getMessage()
    assert default_file() == path


@pytest.mark.skipif(
    not hasattr(os, "symlink") or not hasattr(os, "getuid"), reason="needs POSIX owners and links"
)
def test_a_temporary_folder_that_somebody_else_prepared_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "in the way").touch()
    (tmp_path / "prepared").mkdir()
    (tmp_path / f"conflict-gazetteer-{os.getuid()}").symlink_to(tmp_path / "prepared")
    monkeypatch.setenv("GAZETTEER_CACHE", str(tmp_path / "in the way"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    path = default_file()
    assert not path.resolve().is_relative_to(tmp_path / "prepared")
    assert list((tmp_path / "prepared").iterdir()) == []


def test_nowhere_to_write_is_one_sentence_that_names_the_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.touch()
    monkeypatch.setenv("GAZETTEER_CACHE", str(in_the_way))
    monkeypatch.setattr("tempfile.tempdir", str(in_the_way))
    with pytest.raises(
        GazetteerFileError, match="set GAZETTEER_CACHE to a folder that you can write"
    ) as caught:
        default_file()
    assert "\n" not in str(caught.value)
