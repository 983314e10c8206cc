"""The command as a process of its own: how it starts, what it imports, how it ends."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest


def python(*arguments: str | Path, **options: Any) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, *(str(argument) for argument in arguments)]
    root = Path(__file__).resolve().parents[3]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    return subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", env=environment, check=False, **options
    )


def test_the_command_runs_as_a_module(gazetteer_file: Path) -> None:
    result = python("-m", "gazetteer", "resolve", "سراقب", "--gazetteer", gazetteer_file)
    assert (result.returncode, result.stderr) == (0, "")
    assert "35.86300, 36.79900" in result.stdout


def test_looking_a_name_up_imports_nothing_heavy(gazetteer_file: Path) -> None:
    code = (
        "import sys\nfrom gazetteer.cli.main import app\n"
        "app(['resolve', 'Saraqib', '--gazetteer', sys.argv[1], '--json'], standalone_mode=False)\n"
        "heavy = {'pandas', 'geopandas', 'shapely', 'pyproj', 'flask', 'rich', 'numpy'}\n"
        "sys.exit(' '.join(heavy & sys.modules.keys()) or None)"
    )
    result = python("-c", code, gazetteer_file)
    assert result.stderr == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device")
def test_an_answer_that_finds_no_room_is_one_sentence(gazetteer_file: Path) -> None:
    command = [sys.executable, "-m", "gazetteer", "info", "--gazetteer", str(gazetteer_file)]
    root = Path(__file__).resolve().parents[3]
    with Path("/dev/full").open("w") as full:
        result = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, text=True, cwd=root, check=False
        )
    expected = "gazetteer: the answer can't be written: No space left on device\n"
    assert (1, expected) == (result.returncode, result.stderr)


@pytest.mark.skipif(os.name == "nt", reason="a closed pipe is another error on Windows")
def test_a_reader_that_stops_early_is_no_traceback(gazetteer_file: Path) -> None:
    command = [sys.executable, "-m", "gazetteer", "info", "--gazetteer", str(gazetteer_file)]
    root = Path(__file__).resolve().parents[3]
    reading, writing = os.pipe()
    os.close(reading)
    result = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True, cwd=root, check=False)
    os.close(writing)
    assert (result.returncode, result.stderr) == (1, "")


def test_a_table_comes_and_goes_through_pipes_and_what_is_said_goes_to_stderr(gazetteer_file: Path) -> None:
    table = "place;n\nSaraqib;1\nKafr Nowhere;2\n"
    result = python("-m", "gazetteer", "enrich", "-", "-o", "-", "--gazetteer", gazetteer_file, input=table)
    assert (0, 3) == (result.returncode, len(result.stdout.splitlines()))
    assert result.stdout.startswith("place;n;gaz_status")
    assert "2 rows: 1 resolved" in result.stderr
    assert "Written" not in result.stderr
    empty = python("-m", "gazetteer", "enrich", "-", "-o", "-", "--gazetteer", gazetteer_file, input="")
    assert (2, "", "gazetteer: standard input is empty: a table needs a header line\n") == (
        empty.returncode, empty.stdout, empty.stderr,
    )  # fmt: skip


FULL = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
from gazetteer.cli.main import main
sys.argv = ["gazetteer", *sys.argv[1:]]
main()
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no limit on the size of a process's files")
@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".parquet", ".geojson", ".gpkg", ".jsonl"])
def test_a_disk_that_fills_is_one_sentence_and_leaves_everything_as_it_was(
    gazetteer_file: Path, tmp_path: Path, suffix: str
) -> None:
    source, target = tmp_path / "in.csv", tmp_path / f"out{suffix}"
    source.write_text("place,n\n" + "".join(f"Saraqib,{n * n}\n" for n in range(3000)))
    target.write_text("older")
    before = source.read_bytes()
    options = ("enrich", source, "-o", target, "--gazetteer", gazetteer_file)
    result = python("-c", FULL, *options)
    assert (2, "") == (result.returncode, result.stdout)
    assert "can't be written" in result.stderr
    assert (1, "older", before) == (result.stderr.count("\n"), target.read_text(), source.read_bytes())
    checkpoint = f".{target.name}.checkpoint"
    assert {"in.csv", target.name} == {path.name for path in tmp_path.iterdir()} - {checkpoint}
    kept = (tmp_path / checkpoint).exists()
    assert ("--resume" in result.stderr, kept) == (kept, suffix != ".gpkg")  # whose first bytes are too many
    assert 0 == python("-m", "gazetteer", *options, "--resume").returncode
    files = {"in.csv", target.name, f"{target.name}.provenance.json"}
    assert files == {path.name for path in tmp_path.iterdir()}
