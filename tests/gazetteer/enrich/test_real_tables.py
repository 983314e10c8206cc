"""Tables that people made go through with no option but the output's name, and come back as they were."""

import csv
from pathlib import Path

import pytest

from gazetteer.enrich import enrich_table
from gazetteer.tables import read_table
from tests.gazetteer.tables.fake_gazetteer import FakeGazetteer

TABLES = {
    "labelled/airwars_dev.csv": "Airwars",
    "labelled/ucdp_dev.csv": "plain",
    "incidents/attacks_on_healthcare_SYR.csv": "Insecurity Insight",
}


@pytest.mark.parametrize("name", TABLES)
def test_a_real_table_goes_through_every_format_and_comes_back(
    shared: Path, tmp_path: Path, name: str
) -> None:
    source = shared / "data" / name
    with source.open(newline="", encoding="utf-8-sig") as file:
        expected = [tuple(row) for row in csv.reader(file)]
    width, step = len(expected[0]), source
    for suffix in (".xlsx", ".parquet", ".jsonl", ".geojson", ".gpkg", ".xlsx", ".csv"):
        target = tmp_path / f"{len(list(tmp_path.iterdir()))}{suffix}"
        summary = enrich_table(FakeGazetteer(), step, target, overwrite=step != source)
        assert (TABLES[name], len(expected) - 1) == (summary.columns.dataset, summary.rows)
        step = target
    table = read_table(step)
    assert expected == [table.columns[:width], *(row[:width] for row in table.rows())]
