"""The same bytes however it is run: in processes, on a cluster that loses a worker, or after a stop."""

import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from gazetteer import Gazetteer
from gazetteer.enrich import Running, enrich_table
from gazetteer.enrich.checkpoint import checkpoint_of
from gazetteer.errors import GazetteerError, GazetteerFileError, InputError
from gazetteer.geodesy import LatLon
from tests.builders import a_gazetteer_file, a_record
from tests.gazetteer.tables.fake_gazetteer import FakeGazetteer, write_table

ROWS = 700
LONE = Running(processes=1)
on_unix = pytest.mark.skipif(os.name == "nt", reason="Windows has no signals to send to a process")


@pytest.fixture(scope="module")
def gazetteer_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    records = [
        a_record(id=f"cg:{n}", name=f"Tell {n}", name_ar="", position=LatLon(35 + n / 100, 36.7))
        for n in range(90)
    ]
    return a_gazetteer_file(tmp_path_factory.mktemp("running") / "small.gpkg", records)


def a_table(folder: Path) -> Path:
    """Write a table in which most rows say something new, and some bring points."""
    rows = []
    for n in range(ROWS):
        name = "" if n % 50 == 7 else f"Te{'l' * (n % 3 + 1)} {n}"
        point = f"35.{n % 100},36.7" if n % 4 else ","
        rows.append(f"{n},{name},Idleb,{point}")
    return write_table(folder / "in.csv", "\n".join(["n,place,governorate,lat,lon", *rows, *rows[:50], ""]))


def written(gazetteer: Gazetteer, source: Path, target: Path, running: Running = LONE) -> bytes:
    enrich_table(gazetteer, source, target, running=running)
    assert not checkpoint_of(target).exists()
    return target.read_bytes()


@pytest.mark.parametrize("suffix", [".csv", ".geojson", ".jsonl"])
def test_two_processes_write_what_one_writes(tmp_path: Path, gazetteer_file: Path, suffix: str) -> None:
    source = a_table(tmp_path)
    with Gazetteer.open(gazetteer_file) as gazetteer:
        one = written(gazetteer, source, tmp_path / f"one{suffix}")
        two = written(gazetteer, source, tmp_path / f"two{suffix}", Running(processes=2))
    assert one == two
    assert b"resolved" in one


@on_unix
def test_a_worker_that_is_ended_from_outside_is_one_sentence_and_its_answers_are_kept(tmp_path: Path) -> None:
    class Deadly(FakeGazetteer):
        parent = os.getpid()

        def resolve(self, text: str, **options: Any) -> Any:
            if text == "Aleppo" and os.getpid() != self.parent:
                os.kill(os.getpid(), signal.SIGKILL)
            return super().resolve(text, **options)

    names = [f"Tell {n}" for n in range(300)]
    source = write_table(tmp_path / "in.csv", "\n".join(["place", *names, "Aleppo", ""]))
    with pytest.raises(GazetteerError, match="a worker process was ended from outside"):
        enrich_table(Deadly(), source, tmp_path / "out.csv", running=Running(processes=2))
    resumed = FakeGazetteer()
    enrich_table(resumed, source, tmp_path / "out.csv", running=Running(processes=1, resume=True))
    assert len(resumed.asked) < 301
    assert resumed.asked[-1][0] == "Aleppo"


#: Each answer takes two thousandths of a second more, so that there is time to stop it, and is counted.
SLOW = """
import os, sys, time
from gazetteer import Gazetteer
from gazetteer.cli.main import main
quick = Gazetteer.resolve
def slow(self, text, **options):
    time.sleep(0.002)
    with open(os.environ.get("ASKED", os.devnull), "a") as asked:
        asked.write(".")
    return quick(self, text, **options)
Gazetteer.resolve = slow
sys.argv = ["gazetteer", *sys.argv[1:]]
main()
"""


def started(source: Path, target: Path, gazetteer_file: Path, *options: str) -> "subprocess.Popen[str]":
    """Start the command, slowed, in a process group of its own."""
    command = ["enrich", source, "-o", target, "--gazetteer", gazetteer_file, *options]
    return subprocess.Popen(
        [sys.executable, "-c", SLOW, *map(str, command)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "ASKED": str(source.with_name("asked"))},
    )


def wait_for_answers(source: Path, count: int) -> None:
    """Wait until so many answers are given."""
    path, until = source.with_name("asked"), time.monotonic() + 60
    while not path.exists() or path.stat().st_size <= count:
        assert time.monotonic() < until
        time.sleep(0.01)
    path.unlink()


@on_unix
def test_killed_with_kill_9_its_workers_end_and_its_answers_are_kept(
    tmp_path: Path, gazetteer_file: Path
) -> None:
    source, target = a_table(tmp_path), write_table(tmp_path / "out.csv", "older\n")
    with started(source, target, gazetteer_file, "--processes", "2") as running:
        wait_for_answers(source, 500)
        running.kill()
    assert "older\n" == target.read_text()
    until = time.monotonic() + 30
    while is_running(running.pid):
        assert time.monotonic() < until
        time.sleep(0.01)
    with Gazetteer.open(gazetteer_file) as gazetteer:
        unbroken = written(gazetteer, source, tmp_path / "unbroken.csv")
        asked = counting(gazetteer)
        assert unbroken == written(gazetteer, source, target, Running(processes=1, resume=True))
    # Of each process the last hundred may not have come back, and twenty not be on the disk.
    assert 0 < len(asked) <= ROWS - 500 + 100 * 2 + 20
    assert [] == list(tmp_path.glob("*.unfinished"))


def is_running(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def counting(gazetteer: Gazetteer) -> list[str]:
    """Return a list to which every name is added that the gazetteer is asked for, but for written points."""
    asked: list[str] = []
    resolve = gazetteer.text_reader.resolve

    def counted(text: str, **options: Any) -> Any:
        asked.extend([] if "," in text else [text])
        return resolve(text, **options)

    gazetteer.text_reader.resolve = counted  # type: ignore[method-assign]
    return asked


@on_unix
@pytest.mark.parametrize("processes", ["1", "2"])
def test_ctrl_c_says_how_to_go_on_and_the_same_command_with_resume_does(
    tmp_path: Path, gazetteer_file: Path, processes: str
) -> None:
    source, target = a_table(tmp_path), tmp_path / "out.csv"
    with started(source, target, gazetteer_file, "--processes", processes) as running:
        wait_for_answers(source, 300)
        os.killpg(running.pid, signal.SIGINT)
        said, errors = running.communicate(timeout=60)
    assert (130, "") == (running.returncode, said)
    to_go_on = "the answers so far are kept: to go on, run the same command again with --resume"
    assert f"\ngazetteer: stopped; {to_go_on}\n" == errors
    assert (False, True) == (target.exists(), checkpoint_of(target).exists())
    assert [] == list(tmp_path.glob("*.unfinished"))
    with started(source, target, gazetteer_file, "--processes", processes, "--resume") as running:
        assert "" == running.communicate(timeout=60)[1]
    assert 0 == running.returncode
    with Gazetteer.open(gazetteer_file) as gazetteer:
        assert target.read_bytes() == written(gazetteer, source, tmp_path / "unbroken.csv")


def test_a_cluster_of_two_processes_that_loses_one_writes_the_same(
    tmp_path: Path, gazetteer_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gazetteer.enrich.processes._LOT", 1)
    distributed: Any = pytest.importorskip("distributed")
    source = a_table(tmp_path)
    with Gazetteer.open(gazetteer_file) as gazetteer:
        one = written(gazetteer, source, tmp_path / "one.csv")
        with (
            distributed.LocalCluster(
                n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
            ) as cluster,
            distributed.Client(cluster) as client,
        ):
            workers: Sequence[int] = list(client.run(os.getpid).values())
            killed: list[int] = []

            def kill_one(done: int, total: int) -> None:
                if not killed:
                    killed.append(workers[0])
                    os.kill(workers[0], signal.SIGKILL)

            target = tmp_path / "dask.csv"
            there = Running(engine="dask", scheduler=cluster.scheduler_address)
            enrich_table(gazetteer, source, target, running=there, progress=kill_one)
    assert (2, 1) == (len(set(workers) - {os.getpid()}), len(killed))
    assert one == target.read_bytes()


def test_without_dask_or_its_scheduler_it_is_said_what_to_do(
    tmp_path: Path, gazetteer_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refusal(running: Running) -> str:
        with Gazetteer.open(gazetteer_file) as gazetteer, pytest.raises(InputError) as refused:
            enrich_table(gazetteer, a_table(tmp_path), tmp_path / "out.csv", running=running)
        assert ["in.csv"] == [path.name for path in tmp_path.iterdir()]
        return str(refused.value)

    monkeypatch.setattr("gazetteer.enrich.processes._PATIENCE_S", 1)
    said = refusal(Running(engine="dask", scheduler="tcp://127.0.0.1:9"))
    assert said.startswith("no Dask scheduler answers at tcp://127.0.0.1:9: start one")
    monkeypatch.setitem(sys.modules, "distributed", None)
    said = refusal(Running(engine="dask"))
    assert "the Dask engine isn't installed: pip install 'conflict-gazetteer[dask]'" == said


def test_a_gazetteer_is_sent_as_its_file_and_another_one_in_its_place_is_refused(tmp_path: Path) -> None:
    path = a_gazetteer_file(tmp_path / "sent.gpkg")
    with Gazetteer.open(path) as gazetteer:
        sent = pickle.dumps(gazetteer)
        assert gazetteer.info() == pickle.loads(sent).info()
    assert len(sent) < 1000
    a_gazetteer_file(path, [a_record(name="Another")])
    with pytest.raises(GazetteerFileError, match="another gazetteer than the one that is worked with"):
        pickle.loads(sent)


def test_what_makes_no_sense_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="processes must be 1 or more, not 0"):
        Running(processes=0)
    source = write_table(tmp_path / "in.csv", "place\nIdlib\n")
    with pytest.raises(InputError, match="only an output that is a file can be resumed"):
        enrich_table(FakeGazetteer(), source, "-", running=Running(resume=True))
