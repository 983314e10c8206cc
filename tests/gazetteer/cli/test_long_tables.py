"""`enrich` as a person watches it: the bar, what is said beside the answer, and how it is run."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.gazetteer.cli.running import answer, refusal, run
from tests.gazetteer.tables.fake_gazetteer import write_table


def test_several_processes_are_an_option(tmp_path: Path, gazetteer_file: Path) -> None:
    source, target = write_table(tmp_path / "in.csv", "place\nSaraqib\nNowhere\n"), tmp_path / "out.csv"
    for count in ("1", "2"):
        summary = answer("enrich", source, "-o", target, "--gazetteer", gazetteer_file, "--processes", count)
        assert (2, 1) == (summary["rows"], summary["resolved"])
        files = {"in.csv", "out.csv", "out.csv.provenance.json"}
        assert files == {path.name for path in tmp_path.iterdir()}


def test_options_that_make_no_sense_are_one_line(incidents: Path, tmp_path: Path) -> None:
    for options, words in (
        (("--engine", "spark"), "there is no engine 'spark': use local or dask"),
        (("--scheduler", "tcp://10.0.0.5:8786"), "a scheduler is Dask's: add --engine dask"),
    ):
        assert f"gazetteer: {words}\n" == refusal("enrich", incidents, "-o", tmp_path / "out.csv", *options)


def test_remarks_go_to_stderr_unless_quiet(incidents: Path, gazetteer_file: Path) -> None:
    words = ("enrich", incidents, "-o", incidents.with_name("out.csv"), "--gazetteer", gazetteer_file)
    for quiet, remarks in (((), 1), (("--quiet",), 0)):
        result = run(*words, "--resume", *quiet)
        assert (0, remarks) == (result.exit_code, result.stderr.count("there is no checkpoint for"))
        assert "Written to" in result.stdout


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals")
@pytest.mark.parametrize("quiet", [False, True])
def test_a_bar_on_a_terminal_shows_rows_rate_and_time_left(
    tmp_path: Path, gazetteer_file: Path, quiet: bool
) -> None:
    source = write_table(tmp_path / "in.csv", "place\n" + "".join(f"Tell {n}\n" for n in range(3000)))
    command = ["enrich", source, "-o", tmp_path / "out.csv", "--gazetteer", gazetteer_file]
    options = ["--quiet"] if quiet else []
    reading, terminal = os.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "gazetteer", *map(str, command), *options],
        stdout=subprocess.DEVNULL,
        stderr=terminal,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "120", "PYTHONPATH": os.pathsep.join(sys.path)},
    ) as process:
        os.close(terminal)
        shown = b""
        try:
            while block := os.read(reading, 4096):
                shown += block
        except OSError:  # Linux says so when the other side is closed
            pass
    os.close(reading)
    assert 0 == process.returncode
    for words in (b"Resolving places", b"3000/3000", b"/s", b"time left"):
        assert quiet != (words in shown)
