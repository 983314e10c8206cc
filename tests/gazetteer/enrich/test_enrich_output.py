"""The enriched file: there whole or not at all, in the input's manner, the input's columns unchanged."""

import csv
import io
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gazetteer.enrich import GAZ_COLUMNS, enrich_table
from gazetteer.errors import TableError
from tests.gazetteer.tables.fake_gazetteer import FakeGazetteer, write_table


@pytest.mark.parametrize(
    ("text", "encoding", "target", "start"),
    [
        ("place,n\nIdlib,1\n", "utf-8", "out.csv", b"place,n,gaz_status"),
        ("place,n\nIdlib,1\n", "utf-8-sig", "out.csv", b"\xef\xbb\xbfplace,n,gaz_status"),
        ("place\tn\nIdlib\t1\n", "utf-16", "out.csv", b"\xef\xbb\xbfplace,n,gaz_status"),
        ("place;n\nIdlib;1\n", "utf-8", "out.csv", b"place;n;gaz_status"),
        ("place,n\nIdlib,1\n", "utf-8", "out.tsv", b"place\tn\tgaz_status"),
    ],
)
def test_the_output_is_utf8_in_the_inputs_manner(
    tmp_path: Path, text: str, encoding: str, target: str, start: bytes
) -> None:
    source = write_table(tmp_path / "in.csv", text, encoding)
    enrich_table(FakeGazetteer(), source, tmp_path / target)
    assert (tmp_path / target).read_bytes().startswith(start)


@pytest.mark.parametrize(
    ("text", "target", "words"),
    [
        ("what,when\nx,y\n", "out.csv", "the columns what, when: name the right one with --place COLUMN"),
        ("place,gaz_status\nx,y\n", "out.csv", "already has the column gaz_status"),
        ("place,GAZ_Name\nx,y\n", "out.csv", "already has the column GAZ_Name"),
        ("place,n\nIdlib\n", "out.csv", "line 2: 1 cells"),
        ("place\nx\n", "in.csv", "is the input"),
        ("place\nx\n", "link.csv", "is the input"),
        (
            "place\nx\n",
            "out.ods",
            "end its name in .csv, .tsv, .csv.gz, .tsv.gz, .xlsx, .parquet, .geoparquet, .geojson, .gpkg, ",
        ),
        ("place\nx\n", "missing/out.csv", "there is no folder"),
        ("place\nx\n", "folder.csv", "is a folder"),
    ],
)
def test_bad_input_is_one_sentence_and_nothing_is_written(
    tmp_path: Path, text: str, target: str, words: str
) -> None:
    source = write_table(tmp_path / "in.csv", text)
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "link.csv").symlink_to(source)
    gazetteer = FakeGazetteer()
    with pytest.raises(TableError) as caught:
        enrich_table(gazetteer, source, tmp_path / target)
    assert words in str(caught.value)
    assert gazetteer.asked == []
    assert {path.name for path in tmp_path.iterdir()} == {"in.csv", "folder.csv", "link.csv"}
    assert source.read_text() == text


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs a folder in which nobody may write")
def test_a_folder_that_is_not_writable_is_found_before_any_work(tmp_path: Path) -> None:
    source, gazetteer = write_table(tmp_path / "in.csv", "place\nIdlib\n"), FakeGazetteer()
    with pytest.raises(TableError, match=r"/proc/self/out\.csv can't be written"):
        enrich_table(gazetteer, source, "/proc/self/out.csv")
    assert [] == gazetteer.asked


@pytest.mark.parametrize("trouble", [KeyboardInterrupt, RuntimeError, OSError(28, "No space left on device")])
def test_stopping_half_way_leaves_an_older_output_as_it_was(
    tmp_path: Path, trouble: BaseException | type[BaseException]
) -> None:
    class Stopped(FakeGazetteer):
        def resolve(self, text: str, **options: Any) -> Any:
            if text == "Aleppo":
                raise trouble
            return super().resolve(text, **options)

    source = write_table(tmp_path / "in.csv", "place\nIdlib\nAleppo\n")
    target = write_table(tmp_path / "out.csv", "older\n")
    expected = TableError if isinstance(trouble, OSError) else trouble
    with pytest.raises(expected):  # type: ignore[arg-type]  # a class either way
        enrich_table(Stopped(), source, target)
    assert target.read_text() == "older\n"
    assert {path.name for path in tmp_path.iterdir()} == {"in.csv", "out.csv", ".out.csv.checkpoint"}


cells = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)
names = st.sampled_from(["Idlib", "Aleppo", "سراقب", "", "5 km north of X", '"quoted"', "a\rb", "a\r\nb"])


@given(
    rows=st.integers(0, 3).flatmap(
        lambda n: st.lists(st.tuples(names | cells, *[cells] * n).map(list), max_size=6)
    ),
    suffix=st.sampled_from([".csv", ".tsv"]),
    delimiter=st.sampled_from(",;\t"),
)
def test_the_input_columns_come_back_unchanged_in_order_and_number(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], suffix: str, delimiter: str
) -> None:
    folder = tmp_path_factory.getbasetemp()
    width = len(rows[0]) if rows else 2
    header = ["place", *(f"column {n}" for n in range(1, width))]
    text = io.StringIO(newline="")
    # A header of one cell shows no delimiter, and is taken to be split by commas.
    csv.writer(text, delimiter=delimiter if width > 1 else ",").writerows([header, *rows])
    source = write_table(folder / "any-in.csv", text.getvalue())
    target = folder / f"any-out{suffix}"
    summary = enrich_table(FakeGazetteer(), source, target)
    with target.open(newline="", encoding="utf-8") as file:
        between = "\t" if suffix == ".tsv" else ";" if delimiter == ";" and width > 1 else ","
        written = list(csv.reader(file, delimiter=between))
    assert [row[:width] for row in written] == [header, *rows]
    assert {len(row) for row in written} == {width + len(GAZ_COLUMNS)}
    assert summary.rows == sum(summary.statuses.values()) == len(rows)


SLOW = """
import sys, time
from tests.gazetteer.tables.fake_gazetteer import FakeGazetteer
from gazetteer.enrich import enrich_table
class Slow(FakeGazetteer):
    def resolve(self, text, **options):
        print("started", flush=True)
        time.sleep(60)
enrich_table(Slow(), sys.argv[1], sys.argv[2])
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT to send to a process")
def test_ctrl_c_leaves_no_file_behind(tmp_path: Path) -> None:
    source = write_table(tmp_path / "in.csv", "place\nIdlib\n")
    command = [sys.executable, "-c", SLOW, str(source), str(tmp_path / "out.csv")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "started\n"
        assert len(list(tmp_path.iterdir())) > 2  # the output and its checkpoint are being prepared
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_device_is_no_output_and_stays_what_it_is_and_a_pipe_is_no_input(tmp_path: Path) -> None:
    source, pipe = write_table(tmp_path / "in.csv", "place\nIdlib\n"), tmp_path / "out.csv"
    os.mkfifo(pipe)
    with pytest.raises(TableError, match="is a device and no file"):
        enrich_table(FakeGazetteer(), source, pipe)
    assert pipe.is_fifo()
    with pytest.raises(TableError, match="hand it in as -"):
        enrich_table(FakeGazetteer(), pipe, tmp_path / "other.csv")


def test_the_gazetteer_file_is_no_output(tmp_path: Path) -> None:
    source, gazetteer = write_table(tmp_path / "in.csv", "place\nIdlib\n"), FakeGazetteer()
    file = write_table(tmp_path / "syria.gpkg", "the gazetteer")
    held = replace(gazetteer.info(), path=file)
    gazetteer.info = lambda: held  # type: ignore[method-assign]
    with pytest.raises(TableError, match="is the gazetteer file"):
        enrich_table(gazetteer, source, file)
    assert "the gazetteer" == file.read_text()
