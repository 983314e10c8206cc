"""The file of the audit log: no line is lost or torn, and nobody else can read it."""

import errno
import json
import os
import shutil
import threading
from pathlib import Path
from typing import Any

import pytest

from service.audit import AuditError, AuditLog

LONG = "x" * 60


def files_of(path: Path) -> list[Path]:
    """Return the files of a log, the oldest first."""
    full = sorted(path.parent.glob(f"{path.name}.*"), key=lambda file: -int(file.suffix[1:]))
    return [*full, path]


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for file in files_of(path) for line in file.read_text().splitlines()]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "audit.jsonl"


def test_threads_that_write_at_once_lose_no_line(path: Path) -> None:
    log = AuditLog(path, most_bytes=1000, kept=1000)

    def write(name: int) -> None:
        for number in range(50):
            log.write({"from": name, "number": number})

    threads = [threading.Thread(target=write, args=(name,)) for name in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(files_of(path)) > 5
    assert {(name, number) for name in range(8) for number in range(50)} == {
        (line["from"], line["number"]) for line in lines_of(path)
    }


def test_only_the_last_full_files_are_kept_and_refusals_push_none_out(path: Path) -> None:
    log = AuditLog(path, most_bytes=100, kept=2)
    for number in range(50):
        log.write({"number": number, "text": LONG})
        log.write({"text": LONG}, refused=True)
    assert ["audit.jsonl.2", "audit.jsonl.1", "audit.jsonl"] == [file.name for file in files_of(path)]
    assert [47, 48, 49] == [line["number"] for line in lines_of(path)]


def test_a_log_goes_on_where_a_server_before_has_left_it(path: Path) -> None:
    for number in range(3):
        log = AuditLog(path)
        log.write({"number": number})
        log.close()
    assert [0, 1, 2] == [line["number"] for line in lines_of(path)]


def test_only_its_owner_may_read_the_log_and_full_files(path: Path) -> None:
    before = os.umask(0)
    try:
        log = AuditLog(path, most_bytes=10)
        for number in range(3):
            log.write({"number": number})
    finally:
        os.umask(before)
    assert [0o600] * len(files_of(path)) == [file.stat().st_mode & 0o777 for file in files_of(path)]


def test_a_log_that_others_can_read_isnt_written_from_the_next_line_on(path: Path) -> None:
    log = AuditLog(path)
    log.write({"number": 0})
    path.chmod(0o644)
    for attempt in (log.check, lambda: log.write({"number": 1}), lambda: AuditLog(path)):
        with pytest.raises(AuditError, match="chmod 600"):
            attempt()
    path.chmod(0o600)
    log.write({"number": 2})
    assert [{"number": 0}, {"number": 2}] == lines_of(path)


def test_a_line_isnt_written_through_a_link(path: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").touch(0o600)
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(AuditError, match="can't be written"):
        AuditLog(path).write({"number": 0})
    assert "" == (tmp_path / "elsewhere").read_text()


def test_what_takes_the_files_place_while_the_server_runs_is_noticed(path: Path) -> None:
    """Lines that go into a file that was deleted or moved away are lost for whoever looks for them."""
    log = AuditLog(path)
    log.write({"number": 0})
    path.rename(path.with_name("moved"))
    log.write({"number": 1})
    assert [{"number": 1}] == lines_of(path)
    path.rename(path.with_name("moved too"))
    path.mkdir()
    with pytest.raises(AuditError, match="can't be written"):
        log.write({"number": 2})


def test_without_its_folder_the_log_cant_be_written_until_that_is_back(path: Path) -> None:
    folder = path.parent / "logs"
    folder.mkdir()
    log = AuditLog(folder / path.name)
    log.write({"number": 0})
    folder.rename(path.parent / "gone")
    for attempt in (log.check, lambda: log.write({"number": 1})):
        with pytest.raises(AuditError, match="can't be written: No such file or directory"):
            attempt()
    (path.parent / "gone").rename(folder)
    log.write({"number": 2})
    assert [{"number": 0}, {"number": 2}] == lines_of(folder / path.name)


def test_a_disk_that_fills_up_in_the_middle_of_a_line_spoils_only_that_line(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = AuditLog(path)
    log.write({"number": 0})

    def full(*_: object) -> None:
        with path.open("a") as file:
            file.write('{"numb')
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("service.audit._Handler.flush", full)
    with pytest.raises(AuditError, match="No space left on device"):
        log.write({"number": 1})
    monkeypatch.undo()
    log.write({"number": 2})
    assert [{"number": 0}, {"number": 2}] == [json.loads(line) for line in whole_lines(path)]


def whole_lines(path: Path) -> list[str]:
    return [line for line in path.read_text().splitlines() if line.endswith("}") and "1" not in line]


def test_a_full_disk_is_told_before_anything_is_written(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = AuditLog(path)
    log.check()
    usage = shutil.disk_usage(path.parent)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=10_000))
    with pytest.raises(AuditError, match="no room on its disk"):
        log.check()


def test_what_a_power_cut_has_torn_off_spoils_only_its_own_line(path: Path) -> None:
    path.touch(0o600)
    path.write_text('{"number":0}\n{"numb')
    AuditLog(path).write({"number": 1})
    assert ['{"number":0}', '{"numb', '{"number":1}'] == path.read_text().splitlines()
