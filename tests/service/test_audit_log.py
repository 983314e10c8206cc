"""The file of the audit log: no line is lost or torn, and nobody else can read it."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from service import audit_log
from service.audit_log import AuditError, AuditLog

WRITE_MANY = """
import sys
from pathlib import Path
from service.audit_log import AuditLog

log = AuditLog(Path(sys.argv[1]), most_bytes=2000, kept=1000)
for number in range(400):
    log.write({"from": sys.argv[2], "number": number})
"""
HOLD = """
import fcntl, sys, time
file = open(sys.argv[1], "a")
fcntl.flock(file, fcntl.LOCK_EX)
print("held", flush=True)
time.sleep(60)
"""


def files_of(path: Path) -> list[Path]:
    """Return the files of a log, the oldest first."""
    full = sorted(path.parent.glob(f"{path.name}.*"), key=lambda file: -int(file.suffix[1:]))
    return [*full, path]


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for file in files_of(path) for line in file.read_text().splitlines()]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "audit.jsonl"


def test_processes_that_write_at_once_lose_no_line_when_files_are_full(path: Path) -> None:
    running = [subprocess.Popen([sys.executable, "-c", WRITE_MANY, str(path), name]) for name in "abcd"]
    assert [0] * 4 == [process.wait(120) for process in running]
    found = lines_of(path)
    assert len(files_of(path)) > 10
    for name in "abcd":  # each writer's lines in its order, whichever file they are in
        assert list(range(400)) == [line["number"] for line in found if line["from"] == name]
    assert {True} == {file.stat().st_size <= 2000 for file in files_of(path)}


def test_a_writer_that_is_killed_tears_no_line_and_holds_up_nobody(path: Path) -> None:
    for _ in range(3):
        victim = subprocess.Popen([sys.executable, "-c", WRITE_MANY, str(path), "victim"])
        deadline = time.monotonic() + 30
        while not path.exists() or not path.stat().st_size:
            assert time.monotonic() < deadline
        victim.send_signal(signal.SIGKILL)
        victim.wait()
        AuditLog(path).write({"from": "survivor"})
    assert 3 == sum(line["from"] == "survivor" for line in lines_of(path))


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
    assert {(name, number) for name in range(8) for number in range(50)} == {
        (line["from"], line["number"]) for line in lines_of(path)
    }


def test_only_the_last_full_files_are_kept(path: Path) -> None:
    log = AuditLog(path, most_bytes=100, kept=2)
    for number in range(100):
        log.write({"number": number, "text": "x" * 60})
    assert ["audit.jsonl.2", "audit.jsonl.1", "audit.jsonl"] == [file.name for file in files_of(path)]
    assert [97, 98, 99] == [line["number"] for line in lines_of(path)]


def test_a_rotation_that_was_killed_half_way_deletes_nothing_more(path: Path) -> None:
    log = AuditLog(path, most_bytes=100, kept=3)
    for number in range(4):
        log.write({"number": number, "text": "x" * 60})
    os.replace(f"{path}.3", f"{path}.9")  # out of the way: as if .2 had been renamed and .1 not yet
    os.replace(f"{path}.2", f"{path}.3")
    log.write({"number": 4, "text": "x" * 60})
    assert [1, 2, 3, 4] == [
        json.loads(file.read_text())["number"] for file in files_of(path) if file.suffix != ".9"
    ]


def test_a_line_longer_than_a_file_stands_in_one_of_its_own(path: Path) -> None:
    log = AuditLog(path, most_bytes=100)
    for number in range(3):
        log.write({"number": number, "text": "x" * 500})
    assert [0, 1, 2] == [line["number"] for line in lines_of(path)]


def test_only_its_owner_may_read_the_log_and_full_files(path: Path) -> None:
    before = os.umask(0)
    try:
        for number in range(2):
            AuditLog(path, most_bytes=10).write({"number": number})
    finally:
        os.umask(before)
    assert [0o600, 0o600] == [file.stat().st_mode & 0o777 for file in files_of(path)]


def test_a_log_that_others_can_read_isnt_written(path: Path) -> None:
    log = AuditLog(path)
    log.write({"number": 0})
    path.chmod(0o644)
    with pytest.raises(AuditError, match="chmod 600"):
        log.write({"number": 1})
    with pytest.raises(AuditError, match="chmod 600"):
        log.check()
    path.chmod(0o600)
    log.check()
    assert [{"number": 0}] == lines_of(path)


def test_a_line_isnt_written_through_a_link(path: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").touch(0o600)
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(AuditError, match="can't be written"):
        AuditLog(path).write({"number": 0})
    assert "" == (tmp_path / "elsewhere").read_text()


def test_without_its_folder_the_log_cant_be_written_until_that_is_back(path: Path) -> None:
    log = AuditLog(path.parent / "gone" / path.name)
    with pytest.raises(AuditError, match="can't be written: No such file or directory"):
        log.write({})
    with pytest.raises(AuditError, match="can't be written: No such file or directory"):
        log.check()
    (path.parent / "gone").mkdir()
    log.check()
    log.write({"number": 0})
    assert [{"number": 0}] == lines_of(path.parent / "gone" / path.name)


def test_a_disk_that_fills_up_in_the_middle_of_a_line_leaves_no_part_of_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = AuditLog(path)
    log.write({"number": 0})
    write = os.write
    monkeypatch.setattr(os, "write", lambda file, data: write(file, data[:5]))
    with pytest.raises(AuditError, match="only a part"):
        log.write({"number": 1})
    monkeypatch.undo()
    log.write({"number": 2})
    assert [{"number": 0}, {"number": 2}] == lines_of(path)


def test_a_full_disk_is_told_before_anything_is_written(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = AuditLog(path)
    log.check()
    room = os.statvfs_result((4096, 4096, 1000, 0, 0, 10, 10, 10, 0, 255))
    monkeypatch.setattr(os, "fstatvfs", lambda _: room)
    with pytest.raises(AuditError, match="no room on its disk"):
        log.check()


def test_what_a_power_cut_has_torn_off_spoils_only_its_own_line(path: Path) -> None:
    path.touch(0o600)
    path.write_text('{"number":0}\n{"numb')
    AuditLog(path).write({"number": 1})
    assert ['{"number":0}', '{"numb', '{"number":1}'] == path.read_text().splitlines()


def test_a_process_that_never_lets_go_holds_up_nobody_for_ever(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_log, "_PATIENCE_S", 0.05)
    path.touch(0o600)
    with subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout
        assert b"held\n" == holder.stdout.readline()
        with pytest.raises(AuditError, match="another process has held it"):
            AuditLog(path).write({"number": 0})
        holder.kill()
    AuditLog(path).write({"number": 1})
    assert [{"number": 1}] == lines_of(path)
