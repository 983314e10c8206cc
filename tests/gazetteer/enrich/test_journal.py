"""The checkpoint: what it keeps, what it drops, and which runs may go on from it."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import pytest

from gazetteer.enrich import journal as journals
from gazetteer.enrich.journal import Journal, checkpoint_of, description_of, open_journal
from gazetteer.enrich.plan import Plan
from gazetteer.errors import InputError, TableError
from gazetteer.incidents.columns import TableColumns
from gazetteer.incidents.row import Mention
from gazetteer.lookups import GazetteerInfo
from gazetteer.reading.calibration import Calibration, load_calibration
from gazetteer.tables.table import Source
from gazetteer.tables.writing import replacing

MENTIONS = [Mention((f"Tell {n}",), ("Idlib",)) for n in range(5)]
ANSWERS = [f'["answer {n}\\u062a",null]' for n in range(5)]
PLAN = Plan(kept=("place",), added=(), columns=TableColumns(place="place"))
STRICTER = replace(PLAN, min_confidence=0.5)


class StopError(Exception):
    """What ends a run in these tests."""


def described(
    content: bytes = b"place\n",
    gazetteer: str = "a hash",
    plan: Plan = PLAN,
    calibration: Calibration | None = None,
) -> str:
    about = GazetteerInfo(Path("g.gpkg"), 3, gazetteer, {}, (), calibration=calibration)
    return description_of(about, Source("in.csv", data=content), plan)


@contextmanager
def journal(target: Path, description: str = "", **options: object) -> Iterator[Journal]:
    said: list[str] = []
    resume = bool(options.get("resume", True))
    with open_journal(target, description or described(), resume=resume, say=said.append) as opened:
        yield opened


def a_checkpoint(target: Path, count: int = 5) -> Path:
    """Leave the checkpoint of a run that was stopped after so many answers."""
    with pytest.raises(StopError), journal(target, resume=False) as opened:
        for mention, answer in zip(MENTIONS[:count], ANSWERS, strict=False):
            opened.add(mention, answer)
        raise StopError
    return checkpoint_of(target)


def test_answers_come_back_in_the_order_in_which_they_were_kept(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    assert tmp_path / ".out.csv.checkpoint" == a_checkpoint(target)
    with journal(target) as opened:
        assert ANSWERS[:2] == list(opened.kept(MENTIONS[:2]))
        assert ANSWERS[2:] == list(opened.kept(MENTIONS[2:]))
        assert [] == list(opened.kept([Mention(("another",))]))
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("cut", [1, 2, 10, 30])
def test_a_torn_last_line_is_dropped_and_written_again(tmp_path: Path, cut: int) -> None:
    target = tmp_path / "out.csv"
    path = a_checkpoint(target)
    whole = path.read_bytes()
    path.write_bytes(whole[:-cut])
    with pytest.raises(StopError), journal(target) as opened:
        assert ANSWERS[:4] == list(opened.kept(MENTIONS))
        opened.add(MENTIONS[4], ANSWERS[4])
        raise StopError
    assert whole == path.read_bytes()


def test_what_follows_a_damaged_line_is_dropped(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    path = a_checkpoint(target)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:3], lines[3].replace(b"answer", b"Answer"), *lines[4:]]))
    with pytest.raises(StopError), journal(target) as opened:
        assert ANSWERS[:2] == list(opened.kept(MENTIONS))
        raise StopError
    assert lines[:3] == path.read_bytes().splitlines(keepends=True)


def test_an_answer_to_another_question_is_not_taken(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    a_checkpoint(target)
    with journal(target) as opened:
        assert ANSWERS[:1] == list(opened.kept([MENTIONS[0], MENTIONS[2]]))


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (described(b"place\nIdlib\n"), "of another input"),
        (described(gazetteer="another hash"), "of a run with another gazetteer"),
        (described(calibration=load_calibration()), "of a run with another calibration"),
        (
            described(
                plan=Plan(kept=("place",), added=(), columns=TableColumns(place="place"), min_confidence=0.5)
            ),
            "of a run with other options",
        ),
    ],
)
def test_a_checkpoint_of_another_run_is_refused_in_one_sentence_and_kept(
    tmp_path: Path, other: str, words: str
) -> None:
    target = tmp_path / "out.csv"
    path = a_checkpoint(target)
    before = path.read_bytes()
    with pytest.raises(InputError) as refused, journal(target, other):
        pass
    assert f"the checkpoint for {target} is {words}: run again without --resume to begin anew" == str(
        refused.value
    )
    assert before == path.read_bytes()


@pytest.mark.parametrize(("is_there", "resume"), [(True, False), (False, True)])
def test_it_is_said_when_a_checkpoint_is_replaced_or_missing(
    tmp_path: Path, is_there: bool, resume: bool
) -> None:
    target, said = tmp_path / "out.csv", list[str]()
    if is_there:
        a_checkpoint(target)
    with open_journal(target, described(), resume=resume, say=said.append) as opened:
        assert [] == list(opened.kept(MENTIONS))
    (sentence,) = said
    assert ("is replaced" if is_there else "there is no checkpoint") in sentence


def test_a_run_that_answered_nothing_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(StopError), journal(tmp_path / "out.csv", resume=False):
        raise StopError
    assert [] == list(tmp_path.iterdir())


def test_going_on_and_stopping_at_once_loses_nothing(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    path = a_checkpoint(target)
    before = path.read_bytes()
    with pytest.raises(StopError), journal(target):
        raise StopError
    assert before == path.read_bytes()


def test_what_kill_9_left_of_an_output_is_removed_by_the_next_that_writes_it(tmp_path: Path) -> None:
    (tmp_path / ".out.csv.4711.unfinished").write_text("half")
    (tmp_path / ".other.csv.4711.unfinished").write_text("not ours")
    with journal(tmp_path / "out.csv", resume=False), replacing(tmp_path / "out.csv") as file:
        file.write("whole")
    assert {".other.csv.4711.unfinished", "out.csv"} == {path.name for path in tmp_path.iterdir()}


def test_a_run_that_begins_lets_one_that_is_at_its_last_files_finish_them(tmp_path: Path) -> None:
    beside = tmp_path / "out.csv.provenance.json"
    with replacing(beside) as file:
        file.write("whole")
        with journal(tmp_path / "out.csv", resume=False), replacing(tmp_path / "out.csv"):
            pass
    assert "whole" == beside.read_text()


HOLDS = """
import sys
from pathlib import Path
from gazetteer.enrich.journal import open_journal
with open_journal(Path(sys.argv[1]), "{}", resume=False, say=print):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such locks")
def test_an_output_that_another_run_is_writing_is_refused(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    command = [sys.executable, "-c", HOLDS, str(target)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert "held\n" == other.stdout.readline()
        with pytest.raises(TableError, match="another run is writing"), journal(target):
            pass
        assert checkpoint_of(target).exists()
        other.communicate()
    assert 0 == other.returncode


def test_a_run_that_comes_as_another_ends_has_a_checkpoint_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, locks = tmp_path / "out.csv", list[int]()
    lock = journals._lock

    def lock_late(file: BinaryIO) -> None:
        if not locks:  # between opening and locking, the other run removes what is opened here
            checkpoint_of(target).unlink()
        locks.append(file.fileno())
        lock(file)

    monkeypatch.setattr(journals, "_lock", lock_late)
    with pytest.raises(StopError), journal(target, resume=False) as opened:
        opened.add(MENTIONS[0], ANSWERS[0])
        raise StopError
    monkeypatch.undo()
    assert 2 == len(locks)
    with journal(target) as opened:
        assert ANSWERS[:1] == list(opened.kept(MENTIONS))
