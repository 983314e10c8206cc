"""The checkpoint: what it keeps, what it drops, and which runs may go on from it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import pytest

from gazetteer.enrich import checkpoint as checkpoints
from gazetteer.enrich.checkpoint import Checkpoint, checkpoint_of, description_of, open_checkpoint
from gazetteer.enrich.plan import Plan
from gazetteer.errors import InputError
from gazetteer.incidents.columns import TableColumns
from gazetteer.incidents.row import Mention
from gazetteer.lookups import GazetteerInfo
from gazetteer.reading.calibration import Calibration, load_calibration
from gazetteer.tables.table import Source
from gazetteer.tables.writing import replacing

MENTIONS = [Mention((f"Tell {n} \ud800",), ("Idlib",)) for n in range(45)]
PLAN = Plan(kept=("place",), added=(), columns=TableColumns(place="place"))


class StopError(Exception):
    """What ends a run in these tests."""


def described(
    content: bytes = b"place\n",
    gazetteer: str = "a hash",
    plan: Plan = PLAN,
    calibration: Calibration | None = None,
) -> dict[str, str]:
    about = GazetteerInfo(Path("g.gpkg"), 3, gazetteer, {}, (), calibration=calibration)
    return description_of(about, Source("in.csv", data=content), plan)


@contextmanager
def opened(target: Path, run: dict[str, str] | None = None, *, resume: bool = True) -> Iterator[Checkpoint]:
    with open_checkpoint(target, run or described(), resume=resume, say=lambda sentence: None) as checkpoint:
        yield checkpoint


def a_checkpoint(target: Path) -> Path:
    """Leave the checkpoint of a run that was stopped after 45 answers."""
    with pytest.raises(StopError), opened(target, resume=False) as checkpoint:
        for number, mention in enumerate(MENTIONS):
            checkpoint.add(mention, [f"answer {number} \ud800", None])
        raise StopError
    return checkpoint_of(target)


def test_answers_are_kept_for_a_run_that_goes_on_and_removed_when_it_ends_well(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    assert tmp_path / ".out.csv.checkpoint" == a_checkpoint(target)
    for _ in range(2):
        with pytest.raises(StopError), opened(target) as checkpoint:
            raise StopError
    with opened(target) as checkpoint:
        expected = [[f"answer {number} \ud800", None] for number in range(45)]
        assert expected == [checkpoint.kept(mention) for mention in MENTIONS]
        assert checkpoint.kept(Mention(("another",))) is None
    assert [] == list(tmp_path.iterdir())


def test_a_checkpoint_of_another_run_is_refused_in_one_sentence_and_kept(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    path = a_checkpoint(target)
    for other, words in (
        (described(b"place\nIdlib\n"), "of another input"),
        (described(gazetteer="another hash"), "of a run with another gazetteer"),
        (described(calibration=load_calibration()), "of a run with another calibration"),
        (described(plan=replace(PLAN, min_confidence=0.5)), "of a run with other options"),
    ):
        with pytest.raises(InputError) as refused, opened(target, other):
            pass
        said = f"the checkpoint for {target} is {words}: run again without --resume to begin anew"
        assert said == str(refused.value)
    with closing(sqlite3.connect(path)) as database:
        assert (45,) == database.execute("SELECT count(*) FROM answers").fetchone()


def test_it_is_said_when_a_checkpoint_is_missing_or_replaced(tmp_path: Path) -> None:
    target, said = tmp_path / "out.csv", list[str]()
    for resume, words in ((True, "there is no checkpoint"), (False, "is replaced")):
        with (
            pytest.raises(StopError),
            open_checkpoint(target, described(), resume=resume, say=said.append) as checkpoint,
        ):
            assert checkpoint.kept(MENTIONS[0]) is None
            raise StopError  # without an answer, so nothing is left
        assert [] == list(tmp_path.iterdir())
        assert words in said.pop()
        a_checkpoint(target)


def test_a_damaged_one_is_refused_and_one_that_is_none_is_replaced(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    path = a_checkpoint(target)
    whole = path.read_bytes()
    path.write_bytes(whole[:1024] + b"\xff" * (len(whole) - 1024))
    with pytest.raises(InputError, match="is damaged: run again without --resume"), opened(target):
        pass
    path.write_text("a journal of an older version\n")
    with opened(target) as checkpoint:
        assert checkpoint.kept(MENTIONS[0]) is None


def test_what_kill_9_left_of_an_output_is_removed_by_the_next_that_writes_it(tmp_path: Path) -> None:
    (tmp_path / ".out.csv.4711.unfinished").write_text("half")
    (tmp_path / ".other.csv.4711.unfinished").write_text("not ours")
    with opened(tmp_path / "out.csv", resume=False), replacing(tmp_path / "out.csv") as file:
        file.write("whole")
    assert {".other.csv.4711.unfinished", "out.csv"} == {path.name for path in tmp_path.iterdir()}


def test_a_run_that_begins_lets_one_that_is_at_its_last_files_finish_them(tmp_path: Path) -> None:
    beside = tmp_path / "out.csv.provenance.json"
    with replacing(beside) as file:
        file.write("whole")
        with opened(tmp_path / "out.csv", resume=False), replacing(tmp_path / "out.csv"):
            pass
    assert "whole" == beside.read_text()


def test_a_run_that_comes_as_another_ends_has_a_checkpoint_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, locks = tmp_path / "out.csv", list[int]()
    lock = checkpoints._lock

    def lock_late(file: BinaryIO) -> None:
        if not locks:  # between opening and locking, the other run removes what is opened here
            checkpoint_of(target).unlink()
        locks.append(file.fileno())
        lock(file)

    monkeypatch.setattr(checkpoints, "_lock", lock_late)
    with pytest.raises(StopError), opened(target, resume=False) as checkpoint:
        checkpoint.add(MENTIONS[0], ["an answer"])
        raise StopError
    monkeypatch.undo()
    assert 2 == len(locks)
    with opened(target) as checkpoint:
        assert ["an answer"] == checkpoint.kept(MENTIONS[0])
