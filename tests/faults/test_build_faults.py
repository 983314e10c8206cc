"""Building and pulling: killed at each step, on a full disk, two at once, and by a wrong clock."""

import fcntl
import json
import os
import shutil
import time
from dataclasses import replace
from pathlib import Path

import pytest

from gazetteer.store import GazetteerReader
from tests.conftest import DEFAULT_ANSWERED
from tests.faults.inputs import a_small_gazetteer, an_upstream, contents, is_left_over, one_sentence
from tests.faults.killing import Commands, Run
from tests.faults.small_disk import small_disk
from tests.geodata.http_server import zipped

TOWNS, NAMES = zipped(SY__txt="1\ttown\n"), zipped(SY__txt="1\tname\n")
#: What a pull of them brings.
PULLED = {"geonames/SY.zip": TOWNS, "geonames/alternatenames-SY.zip": NAMES}
DECADES_S = 40 * 365.25 * 86_400


@pytest.fixture(scope="module")
def upstream(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return an_upstream(tmp_path_factory.mktemp("upstream") / "files")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, upstream: Path, command: Commands) -> bytes:
    """What an undisturbed build writes."""
    path = tmp_path_factory.mktemp("built") / "g.gpkg"
    assert 0 == command("gazetteer-data", "build", "--from", upstream, "-o", path).code
    return path.read_bytes()


def test_a_build_killed_before_any_step_leaves_the_old_file_or_the_new_one_and_can_be_run_again(
    tmp_path: Path, upstream: Path, built: bytes, command: Commands
) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    path = folder / "g.gpkg"
    old = a_small_gazetteer(path).read_bytes()
    build = ("gazetteer-data", "build", "--from", upstream, "-o", path)
    steps = command(*build, watched=str(folder)).steps
    states = []
    for step in range(1, len(steps) + 1):
        path.write_bytes(old)
        assert command(*build, watched=str(folder), die_before=step).was_killed
        states.append(path.read_bytes())
        GazetteerReader(path)
        assert all(is_left_over(name, "g.gpkg") for name in contents(folder).keys() - {"g.gpkg"})
    assert {old, built} == set(states)
    assert len(states) >= 4
    assert 0 == command(*build).code
    assert {"g.gpkg": built} == contents(folder)  # what the others left is gone


def failed(errors: str) -> str:
    """Return what was said of a failure, without which gazetteer answered."""
    return DEFAULT_ANSWERED.sub("", errors)


def test_a_build_that_dies_while_it_writes_leaves_the_old_file(
    tmp_path: Path, upstream: Path, built: bytes, command: Commands
) -> None:
    path = tmp_path / "g.gpkg"
    build = ("gazetteer-data", "build", "--from", upstream, "-o", path)
    for size in (4096, 1_000_000):
        assert size < len(built)
        old = a_small_gazetteer(path).read_bytes()
        assert command(*build, die_beyond=size, environment={"TMPDIR": "/tmp"}).was_killed
        found = contents(tmp_path)
        assert old == found.pop("g.gpkg")
        [left] = found
        assert is_left_over(left, "g.gpkg")
        assert 0 == command(*build).code
        assert {"g.gpkg": built} == contents(tmp_path)


def test_the_default_killed_before_any_step_of_its_first_use_is_built_by_the_next(
    tmp_path: Path, command: Commands
) -> None:
    cache = tmp_path / "cache"
    show = Run("gazetteer", ["info"], watched=str(tmp_path), environment={"GAZETTEER_CACHE": str(cache)})
    [ended] = command.together(show)
    [(name, whole)] = contents(cache).items()
    (cache / name).unlink()
    cache.rmdir()
    for step in range(1, len(ended.steps) + 1):
        [killed] = command.together(replace(show, die_before=step))
        assert killed.was_killed
        found = contents(cache)
        assert whole == found.pop(name, whole)
        assert all(is_left_over(left, name) for left in found)
        (cache / name).unlink(missing_ok=True)
    # Two at once come to what is there.
    assert [(0, "")] * 2 == [(one.code, failed(one.errors)) for one in command.together(show, show)]
    assert {name: whole} == contents(cache)
    assert len(ended.steps) >= 5


def test_two_builds_of_one_file_at_once_give_one_of_both_whole(
    tmp_path: Path, upstream: Path, built: bytes, command: Commands
) -> None:
    other = an_upstream(tmp_path / "other", town="Serakib")
    folder = tmp_path / "out"
    folder.mkdir()
    path = folder / "g.gpkg"
    assert 0 == command("gazetteer-data", "build", "--from", other, "-o", path).code
    wholes = {built, path.read_bytes()}
    assert 2 == len(wholes)
    for _ in range(2):
        runs = [
            Run("gazetteer-data", ["build", "--from", str(one), "-o", str(path)]) for one in (upstream, other)
        ]
        assert [0, 0] == [ended.code for ended in command.together(*runs)]
        assert path.read_bytes() in wholes
        assert ["g.gpkg"] == list(contents(folder))


def test_a_full_disk_leaves_the_old_file_and_one_sentence(
    tmp_path: Path, upstream: Path, built: bytes, command: Commands
) -> None:
    with small_disk(tmp_path / "disk", kib=1000) as disk:
        path = disk.path / "g.gpkg"
        old = a_small_gazetteer(path).read_bytes()
        build = ("gazetteer-data", "build", "--from", upstream, "-o", path)
        ended = command(*build)
        assert 1 == ended.code
        sentence = f"gazetteer-data: {path} cannot be written: No space left on device\n"
        assert sentence == one_sentence(ended.errors)
        assert {"g.gpkg": old} == contents(disk.path)
        disk.grow(8000)
        assert 0 == command(*build).code
        assert {"g.gpkg": built} == contents(disk.path)


def test_a_full_temporary_folder_stops_a_build_instead_of_leaving_sources_out(
    tmp_path: Path, upstream: Path, command: Commands
) -> None:
    with small_disk(tmp_path / "disk", kib=64) as disk:
        disk.fill(leave=4096)  # for what Python writes there to see whether it can
        path = tmp_path / "g.gpkg"
        build = ("gazetteer-data", "build", "--from", upstream, "-o", path)
        ended = command(*build, environment={"TMPDIR": str(disk.path)})
        assert (1, "") == (ended.code, ended.said)
        assert f"SY.zip has no room in {disk.path} (No space left on device)" in one_sentence(ended.errors)
        assert not path.exists()
        assert ["in the way"] == list(contents(disk.path))


def test_a_cache_on_a_full_disk_gives_way_to_the_temporary_folder_and_both_full_is_one_sentence(
    tmp_path: Path, command: Commands
) -> None:
    with small_disk(tmp_path / "disk", kib=64) as disk:
        spare = tmp_path / "spare"
        spare.mkdir()
        cache = disk.path / "cache"
        full = {"GAZETTEER_CACHE": str(cache)}
        ended = command("gazetteer", "info", environment={**full, "TMPDIR": str(spare)})
        assert 0 == ended.code
        assert "No space left on device; using" in one_sentence(failed(ended.errors))
        ended = command("gazetteer", "info", environment={**full, "TMPDIR": str(disk.path)})
        assert 1 == ended.code
        assert "set GAZETTEER_CACHE to a folder that you can write" in one_sentence(ended.errors)
        assert [] == [path for path in disk.path.rglob("*") if path.is_file()]


def a_mirror(folder: Path) -> Path:
    """GeoNames' two files, under their publisher's paths."""
    for name, content in (("SY.zip", TOWNS), ("alternatenames/SY.zip", NAMES)):
        path = folder / "export" / "dump" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def test_a_pull_killed_before_any_step_leaves_whole_files_and_goes_on(
    tmp_path: Path, command: Commands
) -> None:
    mirror, into = a_mirror(tmp_path / "mirror"), tmp_path / "data"
    pull = ("gazetteer-data", "pull", "geonames", "--into", into, "--mirror", mirror)
    steps = command(*pull, watched=str(tmp_path)).steps
    for step in range(1, len(steps) + 1):
        shutil.rmtree(into)
        assert command(*pull, watched=str(tmp_path), die_before=step).was_killed
        for name, content in contents(into).items():
            assert name not in PULLED or PULLED[name] == content
            assert name in PULLED or name.endswith((".part", ".part.origin", "pull.json", ".unfinished"))
        assert 0 == command(*pull).code
        found = contents(into)
        assert [*PULLED] == [file["file"] for file in json.loads(found.pop("pull.json"))["files"]]
        assert PULLED == found
    assert len(steps) >= 8


def test_two_pulls_into_one_folder_at_once_bring_it_whole_or_the_second_is_refused(
    tmp_path: Path, command: Commands
) -> None:
    mirror, into = a_mirror(tmp_path / "mirror"), tmp_path / "data"
    arguments = ["pull", "geonames", "--into", str(into), "--mirror", str(mirror)]
    refusal = f"another pull is filling {into}: wait for its end"
    for _ in range(4):
        shutil.rmtree(into, ignore_errors=True)
        for ended in command.together(*[Run("gazetteer-data", arguments)] * 3):
            assert not ended.code or refusal in one_sentence(ended.errors)
        found = contents(into)
        assert 2 == len(json.loads(found.pop("pull.json"))["files"])
        assert PULLED == found
    held = os.open(into, os.O_RDONLY)  # as by a pull that lasts, where those above may miss each other
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert refusal in one_sentence(command("gazetteer-data", *arguments).errors)
    finally:
        os.close(held)


@pytest.mark.parametrize("clock_s", [-DECADES_S, DECADES_S])
def test_a_wrong_clock_changes_no_byte_of_a_build(
    tmp_path: Path, upstream: Path, built: bytes, command: Commands, clock_s: float
) -> None:
    mirror, into, cache = a_mirror(tmp_path / "mirror"), tmp_path / "data", tmp_path / "cache"
    pull = ("gazetteer-data", "pull", "geonames", "--into", into, "--mirror", mirror)
    environment = {"GAZETTEER_CACHE": str(cache)}
    for each in (pull, ("gazetteer", "info")):
        assert 0 == command(*each, environment=environment).code
    [default] = cache.iterdir()
    before = default.stat().st_ino, default.read_bytes()
    for folder in (upstream, into, cache):
        for file in folder.rglob("*"):
            os.utime(file, (time.time() - clock_s,) * 2)
    for each in (pull, ("gazetteer", "info")):
        ended = command(*each, environment=environment, clock_s=clock_s)
        assert (0, "") == (ended.code, failed(ended.errors))
    assert PULLED.items() <= contents(into).items()
    assert [default] == [*cache.iterdir()]
    assert before == (default.stat().st_ino, default.read_bytes())
    path = tmp_path / "g.gpkg"
    assert 0 == command("gazetteer-data", "build", "--from", upstream, "-o", path, clock_s=clock_s).code
    assert built == path.read_bytes()
