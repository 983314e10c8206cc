"""The embedded default: built once, whole, wherever the user can write; and the command that writes it."""

import logging
import os
from pathlib import Path

import pytest

from gazetteer.errors import GazetteerFileError
from gazetteer.store import GazetteerReader
from geodata import build, cli
from geodata.build import default_file
from tests.geodata.fact_tables import TABLES, change_row
from tests.geodata.running import run


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


def test_a_changed_table_gives_another_file(facts: Path, cache: Path) -> None:
    hashes = {default_file(): GazetteerReader(default_file()).content_hash}
    for table in TABLES:
        change_row(facts / table, longitude="36.5")
        path = default_file()
        assert path not in hashes, table
        hashes[path] = GazetteerReader(path).content_hash
    assert len(set(hashes.values())) == 1 + len(TABLES)


def test_a_broken_file_in_the_cache_is_built_again(cache: Path) -> None:
    path = default_file()
    whole = path.read_bytes()
    flipped = [whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :] for at in (len(whole) // 3, -4000)]
    for content in (b"", b"SQLite format 3\x00", b"not a database at all" * 100, *flipped):
        path.write_bytes(content)
        assert default_file() == path
        assert path.read_bytes() == whole


@pytest.fixture
def no_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file where the folder of the cache should be, and an empty folder for temporary files beside it."""
    (tmp_path / "in the way").touch()
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("GAZETTEER_CACHE", str(tmp_path / "in the way"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    return tmp_path / "in the way"


def test_a_cache_that_cannot_be_written_gives_way_to_a_temporary_folder_and_says_so(
    no_cache: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        path = default_file()
    assert path.is_relative_to(no_cache.with_name("tmp"))
    assert path.parent.stat().st_mode & 0o077 == 0
    GazetteerReader(path).verify()
    [record] = caplog.records
    assert "Set GAZETTEER_CACHE to a folder that you can write." in record.getMessage()
    assert "\n" not in record.getMessage()
    assert default_file() == path


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="needs POSIX owners and links")
def test_a_temporary_folder_that_somebody_else_prepared_is_not_used(no_cache: Path) -> None:
    prepared = no_cache.with_name("prepared")
    prepared.mkdir()
    (no_cache.with_name("tmp") / f"conflict-gazetteer-{os.getuid()}").symlink_to(prepared)
    assert not default_file().resolve().is_relative_to(prepared)
    assert list(prepared.iterdir()) == []


def test_nowhere_to_write_is_one_sentence_that_names_the_variable(
    no_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(no_cache))
    with pytest.raises(
        GazetteerFileError, match=r"^[^\n]*set GAZETTEER_CACHE to a folder that you can write[^\n]*$"
    ):
        default_file()


def test_the_command_writes_the_default_and_says_how_many_places(tmp_path: Path) -> None:
    path = tmp_path / "g.gpkg"
    done = run("build-default", "-o", path)
    reader = GazetteerReader(path)
    expected = f"Wrote {path}: {len(reader.places()):,} places, content {reader.content_hash[:16]}.\n"
    assert (done.exit_code, done.stdout, done.stderr) == (0, expected, "")


def test_what_the_command_cannot_do_is_one_line_on_standard_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(folder: None, path: Path) -> None:
        raise GazetteerFileError("the disk is full:\nfree some of it")

    monkeypatch.setattr(cli, "build_from", fail)
    for output, code, said in (
        ("nowhere/g.gpkg", 2, "make it first"),
        (".", 2, "make it first"),
        ("g.gpkg", 1, "gazetteer-data: the disk is full: free some of it\n"),
    ):
        done = run("build-default", "-o", tmp_path / output)
        assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (code, "", 1), output
        assert done.stderr.startswith("gazetteer-data: "), output
        assert said in done.stderr, output
    for wrong in ("build-default", "build-defualt"):
        done = run(wrong)
        assert (done.exit_code, done.stdout) == (2, ""), wrong
    assert "--output" in run("build-default").stderr
