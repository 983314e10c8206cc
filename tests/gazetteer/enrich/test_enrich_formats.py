"""Enriching in every format: the same columns, in files that are never taken for tables of one's own."""

import csv
import json
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from gazetteer.enrich import GAZ_COLUMNS, enrich_table
from gazetteer.errors import TableError
from gazetteer.tables import read_table
from tests.gazetteer.tables.fake_gazetteer import FakeGazetteer, write_table

ENRICHED = (".csv", ".tsv", ".csv.gz", ".xlsx", ".parquet", ".geojson", ".gpkg", ".jsonl")


def enriched(source: Path, target: Path, **options: Any) -> list[tuple[str, ...]]:
    """Enrich a table and return what was written, header first, as text."""
    enrich_table(FakeGazetteer(), source, target, **options)
    table = read_table(target)
    return [table.columns, *table.rows()]


@pytest.mark.parametrize("suffix", ENRICHED)
def test_an_enriched_table_is_enriched_anew_only_when_asked_and_never_into_itself(
    tmp_path: Path, suffix: str
) -> None:
    source = write_table(tmp_path / "in.csv", "place,n\nIdlib,1\nNowhere,\n")
    once = tmp_path / f"once{suffix}"
    rows = enriched(source, once)
    assert ("place", "n", *GAZ_COLUMNS) == rows[0]
    assert [("Idlib", "1", "resolved"), ("Nowhere", "", "unresolved")] == [row[:3] for row in rows[1:]]
    before = once.read_bytes()
    with pytest.raises(TableError, match=r"already has the column gaz_status.*--overwrite"):
        enriched(once, tmp_path / f"twice{suffix}")
    with pytest.raises(TableError, match="is the input"):
        enriched(once, once, overwrite=True)
    for target in (f"twice{suffix}", "again.csv", "again.geojson"):
        assert rows == enriched(once, tmp_path / target, overwrite=True)
    assert before == once.read_bytes()
    stopped = FakeGazetteer()
    stopped.resolve = Mock(side_effect=KeyboardInterrupt)  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        enrich_table(stopped, source, tmp_path / f"stopped{suffix}")
    assert [] == [path.name for path in tmp_path.iterdir() if "stopped" in path.name]


def test_shapes_that_a_table_brings_are_checked_and_stay(tmp_path: Path) -> None:
    shapes = [
        {"type": "Point", "coordinates": [36.63, 35.93, 120.5]},
        None,
        {"type": "LineString", "coordinates": [[36.6, 35.9], [36.7, 35.9]]},
    ]
    features = [{"type": "Feature", "geometry": one, "properties": {"place": "Idlib"}} for one in shapes]
    collection = json.dumps({"type": "FeatureCollection", "features": features})
    source = write_table(tmp_path / "in.geojson", collection)
    enriched(source, tmp_path / "out.geojson")
    found = json.loads((tmp_path / "out.geojson").read_text())
    assert shapes == [feature["geometry"] for feature in found["features"]]
    checks = [feature["properties"]["gaz_point_check"] for feature in found["features"]]
    assert ["agrees", None, None] == checks
    rows = enriched(source, tmp_path / "out.csv")
    assert ("Idlib", "POINT Z (36.63 35.93 120.5)") == rows[1][:2]


def test_added_positions_are_the_shapes_of_a_table_without(tmp_path: Path) -> None:
    source = write_table(tmp_path / "in.csv", "place\nIdlib\nNowhere\n")
    enriched(source, tmp_path / "out.geojson")
    found = json.loads((tmp_path / "out.geojson").read_text())
    point = {"type": "Point", "coordinates": [36.63393, 35.93062]}
    assert ("gaz_geometry", [point, None]) == (
        found["added_points"],
        [feature["geometry"] for feature in found["features"]],
    )
    assert [] == found["features"][0]["properties"]["gaz_alternatives"]


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
