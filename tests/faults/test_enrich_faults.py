"""Enriching: killed at each step, on a full disk, two at once, and by a wrong clock."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from gazetteer.enrich.checkpoint import checkpoint_of
from gazetteer.tables.writing import replacing
from tests.faults.inputs import a_small_gazetteer, a_table, contents, is_left_over, one_sentence
from tests.faults.killing import Commands, Run
from tests.faults.small_disk import small_disk

FORMATS = ["csv", "tsv", "jsonl", "geojson", "xlsx", "parquet", "gpkg"]
DECADES_S = 40 * 365.25 * 86_400


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_small_gazetteer(tmp_path_factory.mktemp("places") / "g.gpkg")


class Scene:
    """A table to enrich into a folder, the command that does, and what it writes undisturbed."""

    def __init__(
        self,
        folder: Path,
        places: Path,
        command: Commands,
        *,
        form: str = "csv",
        filling: int = 0,
        beside: bool = False,
    ) -> None:
        self.table = a_table(folder / "in.csv", filling=filling)
        self.folder = folder / "out"
        self.target = self.folder / f"out.{form}"
        self.places, self._command = places, command
        report, review = self.folder / "report.html", self.folder / "review.csv"
        self._beside = (f"--report={report}", f"--review={review}") if beside else ()
        self._before = self.table.read_bytes()
        self.folder.mkdir(exist_ok=True)
        assert 0 == command(*self.enrich()).code
        self.whole = contents(self.folder)
        self.forget()

    def enrich(self, *options: str) -> tuple[str, ...]:
        return (
            *("gazetteer", "enrich", str(self.table), "--output", str(self.target)),
            *("--gazetteer", str(self.places), *self._beside, *options),
        )

    def forget(self) -> None:
        """Leave nothing there but an older output."""
        for path in self.folder.iterdir():
            path.unlink()
        self.target.write_text("older")

    def check_nothing_is_half(self) -> None:
        """Every file under its final name is as before or as it is to be; the input is as it was."""
        found = contents(self.folder)
        assert found.pop(self.target.name) in (b"older", self.whole[self.target.name])
        for name, content in found.items():
            assert content == self.whole.get(name) or is_left_over(name, *self.whole)
        assert self._before == self.table.read_bytes()

    def check_it_goes_on(self) -> None:
        """The same command with --resume gives what an undisturbed run gives, and nothing else."""
        assert 0 == self._command(*self.enrich("--resume")).code
        assert self.whole == contents(self.folder)


@pytest.mark.parametrize(("form", "beside"), [("csv", True), ("xlsx", False), ("gpkg", False)])
def test_killed_before_any_step_it_leaves_whole_files_and_goes_on_to_the_same_bytes(
    tmp_path: Path, places: Path, command: Commands, form: str, beside: bool
) -> None:
    scene = Scene(tmp_path, places, command, form=form, beside=beside)
    assert len(scene.whole) == (4 if beside else 2)
    steps = command(*scene.enrich(), watched=str(scene.folder)).steps
    assert len(steps) >= 8
    for step in range(1, len(steps) + 1):
        scene.forget()
        assert command(*scene.enrich(), watched=str(scene.folder), die_before=step).was_killed
        scene.check_nothing_is_half()
        scene.check_it_goes_on()


@pytest.mark.parametrize("processes", ["1", "2"])
@pytest.mark.parametrize("sizes", [(5000,), (20_000,), (20_000, 40_000), (100_000,)])
def test_ended_amid_a_write_once_or_twice_it_goes_on_to_the_same_bytes(
    tmp_path: Path, places: Path, command: Commands, sizes: tuple[int, ...], processes: str
) -> None:
    scene = Scene(tmp_path, places, command, filling=8000)
    resume: tuple[str, ...] = ()
    for size in sizes:  # the first three within the checkpoint, the last within the output
        assert command(*scene.enrich("--processes", processes, *resume), die_beyond=size).was_killed
        scene.check_nothing_is_half()
        assert size >= checkpoint_of(scene.target).stat().st_size > 0
        resume = ("--resume",)
    scene.check_it_goes_on()


def test_begun_anew_after_a_kill_it_gives_the_same_bytes_and_says_so(
    tmp_path: Path, places: Path, command: Commands
) -> None:
    scene = Scene(tmp_path, places, command)
    assert command(*scene.enrich(), die_beyond=20_000).was_killed
    ended = command(*scene.enrich())
    assert 0 == ended.code
    assert "its checkpoint is replaced, as --resume was not given" in one_sentence(ended.errors)
    assert scene.whole == contents(scene.folder)


@pytest.mark.parametrize("form", FORMATS)
def test_a_full_disk_leaves_the_old_output_one_sentence_and_the_answers(
    tmp_path: Path, places: Path, command: Commands, form: str
) -> None:
    with small_disk(tmp_path / "out", kib=128) as disk:
        disk.grow(4000)
        scene = Scene(tmp_path, places, command, form=form, filling=8000)
        disk.grow(128)
        assert len(scene.whole[scene.target.name]) > 128 * 1024
        ended = command(*scene.enrich())
        assert 2 == ended.code
        said = one_sentence(ended.errors)
        assert f"{scene.target} can't be written: No space left on device; that file is as it was" in said
        assert "make room, then run the same command again with --resume" in said
        assert {scene.target.name, checkpoint_of(scene.target).name} == contents(disk.path).keys()
        scene.check_nothing_is_half()
        disk.grow(4000)
        scene.check_it_goes_on()


@pytest.mark.parametrize("leave", [0, 8192, 24_576])
def test_a_disk_without_room_for_the_checkpoint_is_one_sentence(
    tmp_path: Path, places: Path, command: Commands, leave: int
) -> None:
    with small_disk(tmp_path / "out", kib=256) as disk:
        scene = Scene(tmp_path, places, command)
        in_the_way = disk.fill(leave=leave)
        ended = command(*scene.enrich())
        assert 2 == ended.code
        said = one_sentence(ended.errors)
        assert f"{scene.target} can't be written: No space left on device; that file is as it was" in said
        left = contents(disk.path).keys() - {in_the_way.name, scene.target.name}
        assert all(is_left_over(name, scene.target.name) for name in left)
        assert bool(left) == (leave > 8192)
        in_the_way.unlink()
        scene.check_it_goes_on()


def test_a_full_temporary_folder_is_named(tmp_path: Path, places: Path, command: Commands) -> None:
    scene = Scene(tmp_path, places, command, form="gpkg", filling=8000)
    with small_disk(tmp_path / "tmp", kib=64) as disk:
        full = {"TMPDIR": str(disk.path)}
        ended = command(*scene.enrich(), environment=full)
        assert 2 == ended.code
        assert f"the GeoPackage has no room in {disk.path} (" in one_sentence(ended.errors)
        table, scene.table = scene.table, Path("-")
        ended = command(*scene.enrich(), environment=full, stdin=str(table))
        assert 2 == ended.code
        assert f"standard input has no room in {disk.path} (" in one_sentence(ended.errors)
        scene.table = table
        assert {} == contents(disk.path)
    scene.check_nothing_is_half()
    scene.check_it_goes_on()


def test_a_disk_without_room_for_the_report_leaves_the_output_whole_the_old_report_and_the_answers(
    tmp_path: Path, places: Path, command: Commands
) -> None:
    scene = Scene(tmp_path, places, command)
    with small_disk(tmp_path / "disk", kib=64) as disk:
        report = disk.path / "report.html"
        report.write_text("older")
        in_the_way = disk.fill(leave=4096)
        ended = command(*scene.enrich(f"--report={report}"))
        assert 2 == ended.code
        assert f"{report} can't be written: No space left on device" in one_sentence(ended.errors)
        assert {in_the_way.name, report.name} == contents(disk.path).keys()
        assert "older" == report.read_text()
    found = contents(scene.folder)
    assert scene.whole[scene.target.name] == found.pop(scene.target.name)
    assert [checkpoint_of(scene.target).name] == [*found]
    scene.check_it_goes_on()


def test_two_runs_into_one_output_at_once_give_one_of_both_whole(
    tmp_path: Path, places: Path, command: Commands
) -> None:
    scene = Scene(tmp_path, places, command)
    other = a_table(tmp_path / "other.csv", rows=30)
    alone = tmp_path / "alone.csv"
    arguments = ("enrich", str(other), "--gazetteer", str(places), "--output")
    assert 0 == command("gazetteer", *arguments, alone).code
    wholes = {scene.whole[scene.target.name], alone.read_bytes()}
    refused = 0
    for _ in range(5):
        runs = [Run("gazetteer", scene.enrich()[1:]), Run("gazetteer", [*arguments, str(scene.target)])] * 2
        ended = command.together(*runs)
        assert 0 in {one.code for one in ended}
        for one in ended:
            if one.code:
                refused += 1
                assert "another run is writing" in one_sentence(one.errors)
        found = contents(scene.folder)
        assert scene.whole.keys() == found.keys()
        output = found[scene.target.name]
        assert output in wholes
        facts = json.loads(found[f"{scene.target.name}.provenance.json"])
        assert hashlib.sha256(output).hexdigest() == facts["output"]["sha256"]
        assert (scene.table if output in scene.whole.values() else other).name == facts["input"]["name"]
    assert refused


def test_two_writers_without_a_checkpoint_never_share_a_file(tmp_path: Path) -> None:
    target = tmp_path / "near.csv"
    with replacing(target) as first:
        first.write("first\n")
        with replacing(target) as second:
            second.write("second\n")
        assert "second\n" == target.read_text()
        first.write("to its end\n")
    assert {"near.csv": b"first\nto its end\n"} == contents(tmp_path)


@pytest.mark.parametrize("clock_s", [-DECADES_S, DECADES_S])
def test_a_wrong_clock_changes_no_byte(
    tmp_path: Path, places: Path, command: Commands, clock_s: float
) -> None:
    for form in FORMATS:
        scene = Scene(tmp_path, places, command, form=form)
        assert 0 == command(*scene.enrich(), clock_s=clock_s).code
        assert scene.whole == contents(scene.folder)
        shutil.rmtree(scene.folder)
