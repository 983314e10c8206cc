"""The batch script shows how the library does what the command does, from a checkout."""

import subprocess
import sys
from pathlib import Path

from tests.builders import a_gazetteer_file
from tests.gazetteer.cli.running import run
from tests.gazetteer.tables.fake_gazetteer import write_table

SCRIPT = Path(__file__).resolve().parent.parent / "scripts" / "enrich_incidents.py"


def test_the_script_writes_what_the_command_writes(tmp_path: Path) -> None:
    source = write_table(tmp_path / "in.csv", "place\nSaraqib\nNowhere\n")
    options = ["--gazetteer", str(a_gazetteer_file(tmp_path / "small.gpkg"))]
    command = [sys.executable, str(SCRIPT), str(source), "-o", str(tmp_path / "a.csv"), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert ("", 0) == (done.stderr, done.returncode)
    assert 0 == run("enrich", source, "-o", tmp_path / "b.csv", *options).exit_code
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_the_script_ends_with_one_sentence_where_it_cannot(tmp_path: Path) -> None:
    command = [sys.executable, str(SCRIPT), str(tmp_path / "none.csv"), "-o", str(tmp_path / "a.csv")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (1, 1) == (done.returncode, done.stderr.count("\n"))
    assert "there is no file" in done.stderr
