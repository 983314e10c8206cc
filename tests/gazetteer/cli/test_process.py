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
        "import sys\nfrom gazetteer.cli import app\n"
        "app(['resolve', 'Saraqib', '--gazetteer', sys.argv[1], '--json'], standalone_mode=False)\n"
        "heavy = {'pandas', 'geopandas', 'shapely', 'pyproj', 'flask', 'rich', 'numpy'}\n"
        "sys.exit(' '.join(heavy & sys.modules.keys()) or None)"
    )
    result = python("-c", code, gazetteer_file)
    assert result.stderr == ""


@pytest.mark.skipif(os.name == "nt", reason="a closed pipe is another error on Windows")
def test_a_reader_that_stops_early_is_no_traceback(gazetteer_file: Path) -> None:
    command = [sys.executable, "-m", "gazetteer", "info", "--gazetteer", str(gazetteer_file)]
    root = Path(__file__).resolve().parents[3]
    reading, writing = os.pipe()
    os.close(reading)
    result = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True, cwd=root, check=False)
    os.close(writing)
    assert (result.returncode, result.stderr) == (1, "")
