"""A table of texts becomes a table of mentions, the same however it is run."""

import json
from pathlib import Path
from typing import Any

import pytest

from gazetteer.answers import MIN_CONFIDENCE, Report
from gazetteer.enrich import GAZ_COLUMNS, MENTION_COLUMNS, GeoparseSummary, Running, geoparse_table
from gazetteer.enrich.checkpoint import checkpoint_of
from gazetteer.errors import InputError, TableError
from gazetteer.tables import read_table
from tests.gazetteer.tables.fake_gazetteer import FakeGazetteer, match, place, read_csv, write_table
from tests.gazetteer.tables.workbooks import a_workbook

Row = dict[str, str]


class Stopped(FakeGazetteer):
    """One that is stopped after so many texts."""

    def __init__(self, texts: int) -> None:
        super().__init__()
        self.left = texts

    def geoparse(self, text: str, *, local: bool = False, min_confidence: float = MIN_CONFIDENCE) -> Report:
        self.left -= 1
        if self.left < 0:
            raise KeyboardInterrupt
        return super().geoparse(text, local=local, min_confidence=min_confidence)


def geoparsed(
    folder: Path, table: str, gazetteer: FakeGazetteer | None = None, **options: Any
) -> tuple[list[Row], GeoparseSummary]:
    source = write_table(folder / "in.csv", table)
    summary = geoparse_table(
        gazetteer or FakeGazetteer(), read_table(source), folder / "out.csv", **{"text": "text", **options}
    )
    return read_csv(folder / "out.csv"), summary


def a_long_table(folder: Path, *, speaking: int = 3) -> Path:
    """Write 2,500 texts, some of them twice and some empty; one in so many speaks of Syria."""
    texts = (
        "" if n % 50 == 7 else f"Idlib {n % 1900} {'Syria' if n % speaking == 0 else ''}" for n in range(2500)
    )
    return write_table(folder / "long.csv", "\n".join(["text,n", *(f"{text},1" for text in texts), ""]))


def test_a_mention_is_a_row_with_the_columns_that_are_promised(tmp_path: Path) -> None:
    fake, whole = FakeGazetteer(), "Tell and Idlib, Syria"
    fake.answers = {**fake.answers, "Tell": [match(place("Tell"), 0.45), match(place("Tell Two"), 0.44)]}
    (first, second), _ = geoparsed(tmp_path, f'text,key\n"{whole}",a7\n', fake, id="key")
    assert ["id", "start", "end", "sentence", "mention", "main", *GAZ_COLUMNS] == list(first)
    assert tuple(first) == MENTION_COLUMNS
    assert ["a7", "0", "4", whole, "Tell", "false", "ambiguous", "0.45", ""] == list(first.values())[:9]
    assert ("", "[]") == (first["gaz_latitude"], first["gaz_places"])
    assert 2 == len(json.loads(first["gaz_alternatives"]))
    found = list(second.values())[:9]
    assert ["a7", "9", "14", whole, "Idlib", "true", "resolved", "0.95", "cg:idlib"] == found
    cells = [second[f"gaz_{name}"] for name in ("latitude", "uncertainty_m", "adm1_pcode")]
    assert ["35.93062", "4000", "SY07"] == cells


def test_start_and_end_are_code_points_of_the_cell_as_it_is_read(tmp_path: Path) -> None:
    cells = ["  😀 Idlib, Syria", "سوريا\r\nIdlib Syria", 'e\u0301 "Aleppo" Syria ']
    quoted = ('"' + cell.replace('"', '""') + '"' for cell in cells)
    found, _ = geoparsed(tmp_path, "text\n" + "\n".join(quoted) + "\n")
    assert ["Idlib", "Idlib", "Aleppo"] == [
        cells[n][int(r["start"]) : int(r["end"])] for n, r in enumerate(found)
    ]
    assert ["1", "2", "3"] == [row["id"] for row in found]


def test_the_summary_counts_texts_and_mentions(tmp_path: Path) -> None:
    table = "text\nIdlib Aleppo Syria\nSyria\nIdlib\n \n...\n"
    found, summary = geoparsed(tmp_path, table, local=False)
    assert 2 == len(found)
    assert {
        "texts": 3, "empty": 2, "with_main": 1, "without_mentions": 2, "not_about_country": 1,
        "mentions": 2, "resolved": 2, "ambiguous": 0,
        "local": False, "notes": [], "output": str(tmp_path / "out.csv"),
    } == summary.as_json()  # fmt: skip


def test_all_texts_are_about_the_country_where_half_of_the_first_say_so(tmp_path: Path) -> None:
    for speaking, of, local, mentions, note in (
        (2, 4, None, 4, "2 of the first 4 texts speak of Syria, so all are read as about it"),
        (1, 4, None, 1, ""),
        (1, 4, True, 4, ""),
        (2, 4, False, 2, ""),
        (0, 4, None, 0, ""),
        (100, 300, None, 300, "100 of the first 200 texts speak of Syria, so all are read as about it"),
        (99, 300, None, 99, ""),
    ):
        texts = [f"Idlib {n} {'Syria' if n < speaking else ''}" for n in range(of)]
        found, summary = geoparsed(tmp_path, "\n".join(["text", *texts, ""]), local=local)
        assert (mentions, note) == (len(found), "".join(summary.notes)), (speaking, of, local)
        assert summary.local == (local is True or bool(note))


def test_two_processes_write_what_one_writes(tmp_path: Path) -> None:
    source = a_long_table(tmp_path)
    target, written = tmp_path / "out.csv", []
    for processes in (1, 2, None):
        geoparse_table(
            FakeGazetteer(), read_table(source), target, text="text", running=Running(processes=processes)
        )
        written.append(target.read_bytes())
    assert written[0] == written[1] == written[2]
    ids = [int(row["id"]) for row in read_csv(target)]
    assert sorted(ids) == ids


@pytest.mark.parametrize(("texts", "speaking"), [(5, 2), (250, 2), (1900, 2), (1900, 3)])
def test_stopped_anywhere_it_goes_on_to_the_same_bytes(tmp_path: Path, texts: int, speaking: int) -> None:
    source, target = read_table(a_long_table(tmp_path, speaking=speaking)), tmp_path / "out.csv"
    whole = FakeGazetteer()
    geoparse_table(whole, source, tmp_path / "unbroken.csv", text="text")
    with pytest.raises(KeyboardInterrupt, match="run the same command again with --resume"):
        geoparse_table(Stopped(texts), source, target, text="text")
    assert not target.exists()
    with pytest.raises(InputError, match="of a run with other options"):
        geoparse_table(whole, source, target, text="text", local=True, running=Running(resume=True))
    rest = FakeGazetteer()
    geoparse_table(rest, source, target, text="text", running=Running(processes=1, resume=True))
    assert (tmp_path / "unbroken.csv").read_bytes() == target.read_bytes()
    assert whole.read[texts:] == rest.read
    assert not checkpoint_of(target).exists()


def test_geojson_has_the_points_of_the_mentions(tmp_path: Path) -> None:
    source = write_table(tmp_path / "in.csv", "text\nIdlib Tell Syria\n")
    fake = FakeGazetteer()
    fake.answers = {**fake.answers, "Tell": [match(place("Tell"), 0.45)]}
    geoparse_table(fake, read_table(source), tmp_path / "out.geojson", text="text")
    first, second = json.loads((tmp_path / "out.geojson").read_text("utf-8"))["features"]
    assert ([36.63393, 35.93062], None) == (first["geometry"]["coordinates"], second["geometry"])
    assert (1, 0, True) == tuple(first["properties"][name] for name in ("id", "start", "main"))


def test_any_format_is_read_and_written(tmp_path: Path) -> None:
    source = a_workbook(tmp_path / "in.xlsx", [["note", "key"], ["Idlib Syria", 7], ["Aleppo", 8], [None, 9]])
    for suffix in (".xlsx", ".parquet", ".gpkg", ".jsonl"):
        target = tmp_path / f"out{suffix}"
        geoparse_table(FakeGazetteer(), read_table(source), target, text="Note", id="key")
        (chunk,) = read_table(target).chunks()
        for name, values in {"id": [7, 8], "start": [0, 0], "main": [True, True]}.items():
            assert values == chunk.values(name), suffix
        assert ["Idlib", "Aleppo"] == chunk.texts("gaz_name")


def test_a_column_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    for role in ("text", "id"):
        words = f"no column 'b'; the table has the columns text: name the right one with --{role}"
        named: dict[str, Any] = {role: "b"}
        with pytest.raises(TableError, match=words):
            geoparsed(tmp_path, "text\nIdlib\n", **named)
    assert ["in.csv"] == [path.name for path in tmp_path.iterdir()]
