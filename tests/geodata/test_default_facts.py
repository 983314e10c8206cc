"""The embedded facts: every row becomes a place, with its spellings, areas, radius and source."""

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pytest
import shapely

from gazetteer.errors import GazetteerFileError, InputError
from gazetteer.geodesy import LatLon, distance_m
from gazetteer.kinds import PlaceKind
from gazetteer.store import GazetteerReader
from geodata.assemble import build_from
from geodata.build import default_file
from geodata.importers import fact
from geodata.merge import settlement_radius_m
from geodata.readers import Row
from geodata.sources import read_sources
from tests.geodata.fact_tables import FACTS, TABLES, change_row, rows_of


@pytest.fixture(scope="module")
def reader(user_cache: Path) -> GazetteerReader:
    return GazetteerReader(default_file())


def test_the_default_holds_every_row_of_every_table(reader: GazetteerReader) -> None:
    rows = [row for name in TABLES for row in rows_of(name)]
    assert sorted(row["id"] for row in rows) == [row[1] for row in reader.places()]
    expected = {"country": 1, "governorate": 14, "district": 62, "subdistrict": 272}
    assert expected.items() <= reader.manifest["counts"].items()
    with closing(sqlite3.connect(default_file())) as connection:
        silent = connection.execute("SELECT id FROM places WHERE source_note = ''").fetchall()
    assert [] == silent, "every row says in words where it comes from"


def test_every_name_and_every_other_name_is_a_spelling_once(reader: GazetteerReader) -> None:
    ids = {row[0]: row[1] for row in reader.places()}
    found: Counter[tuple[str, str]] = Counter((ids[place], text) for _, place, text, *_ in reader.spellings())
    assert set(found.values()) == {1}
    for row in rows_of("settlements.csv"):
        for text in {row["name"], row["name_ar"], *row["spellings"].split("|")} - {""}:
            assert (row["id"], text) in found
    for row in [*rows_of("facilities.csv"), *rows_of("landmarks.csv")]:
        for text in {row["name_en"], row["name_ar"], *row["other_names"].split("|")} - {""}:
            assert (row["id"], text) in found


def test_an_admin_unit_states_itself_and_what_it_lies_in(reader: GazetteerReader) -> None:
    chains = {row[1]: row[9:12] for row in reader.places()}
    assert chains["SY"] == (None, None, None)
    assert chains["SY07"] == ("SY07", None, None)
    assert chains["SY0702"] == ("SY07", "SY0702", None)
    assert chains["SY070204"] == ("SY07", "SY0702", "SY070204")


def test_every_source_has_its_count_licence_and_attribution(reader: GazetteerReader) -> None:
    sources = {source.id: source for source in reader.sources()}
    assert list(sources) == ["curated", "geonames", "ocha-cod-ab"]
    assert sources["geonames"].count == len(rows_of("settlements.csv"))
    assert sources["ocha-cod-ab"].count == len(rows_of("admin_units.csv"))
    assert sources["curated"].count == len(rows_of("facilities.csv")) + len(rows_of("landmarks.csv"))
    assert all(source.licence and source.attribution and source.title for source in sources.values())


def test_languages_follow_the_source_and_the_script() -> None:
    others = "Idleb|ادلب|ئیدلب|Идлиб|Idlib|"
    values = {"id": "x", "name": "Idlib", "name_ar": "إدلب", "others": others, "latitude": 1, "longitude": 2}
    options: dict[str, Any] = {"name": "name", "others": "others", "language": "en", "labels_from": 2}
    found = fact(Row(1, values), PlaceKind.SETTLEMENT, **options)
    assert [(n.text, n.language, n.is_label) for n in found.names] == [
        ("Idlib", "en", False),
        ("إدلب", "ar", False),
        ("Idleb", "und", True),
        ("ادلب", "ar", True),
        ("ئیدلب", "und", True),
        ("Идлиб", "und", True),
    ]


def test_a_wrong_row_is_named_by_file_and_number(facts: Path, tmp_path: Path) -> None:
    for table, change, said in (
        ("settlements.csv", {"latitude": "north"}, "could not convert"),
        ("settlements.csv", {"kind": "castle"}, "castle"),
        ("settlements.csv", {"name": ""}, "has no name"),
        ("facilities.csv", {"sensitive": "perhaps"}, "yes or no"),
        ("admin_units.csv", {"level": "1", "pcode": "SY0101"}, "not a P-code of level 1"),
    ):
        right = (facts / table).read_bytes()
        change_row(facts / table, **change)
        with pytest.raises(InputError, match=rf"{table}, row 1 is wrong: .*{said}"):
            build_from(None, tmp_path / "g.gpkg")
        (facts / table).write_bytes(right)


def test_a_missing_table_is_said(facts: Path, cache: Path) -> None:
    (facts / "landmarks.csv").unlink()
    with pytest.raises(GazetteerFileError, match=r"landmarks\.csv is missing: install conflict-gazetteer"):
        default_file()


# --------------------------------------------------------------------------------------- radius


def test_a_settlements_radius_grows_with_its_people_and_stays_in_bounds() -> None:
    populations = [1, 500, 3_000, 30_000, 300_000, 3_000_000, 30_000_000]
    radii = [settlement_radius_m(population) for population in populations]
    assert radii == sorted(radii)
    assert radii[0] > 1_000
    assert radii[-1] == 12_000


def share_held(town: dict[str, str], area: Any) -> float:
    """Return how much of an area lies in a town's circle, by points 0.002 degrees apart."""
    west, south, east, north = area.bounds
    grid = shapely.points(
        *map(np.ravel, np.meshgrid(np.arange(west, east, 0.002), np.arange(south, north, 0.002)))
    )
    points = np.asarray(grid)[shapely.contains(area, grid)]
    centre = LatLon(float(town["latitude"]), float(town["longitude"]))
    radius_m = settlement_radius_m(int(town["population"]))
    held = [distance_m(centre, LatLon(point.y, point.x)) <= radius_m for point in points]
    return sum(held) / len(held)


def test_the_radius_holds_the_neighbourhoods_of_every_town_that_has_them(shared_upstream: Path) -> None:
    shapes = shared_upstream / "cod_ab_syr_20201217" / "syr_neighbourhoods_unocha_20201217.shp"
    towns = [row for row in rows_of("settlements.csv") if row["population"]]
    shares: dict[str, float] = {}
    for name, group in pyogrio.read_dataframe(shapes).groupby("ADM4_EN"):
        area = group.geometry.union_all()
        points = [shapely.Point(float(town["longitude"]), float(town["latitude"])) for town in towns]
        inside = [town for town, point in zip(towns, points, strict=True) if area.convex_hull.contains(point)]
        shares[str(name)] = share_held(max(inside, key=lambda town: int(town["population"])), area)
    assert len(shares) == 13
    assert min(shares.values()) >= 0.75, shares
    assert sum(share < 0.95 for share in shares.values()) <= 1, shares


def test_a_licence_is_said_in_the_same_words_in_the_file_and_in_the_texts() -> None:
    notes = [FACTS / "README.md", FACTS.parents[1] / "NOTICE"]
    readme, notice = (" ".join(note.read_text("utf-8").split()) for note in notes)
    embedded = [source for source in read_sources() if source.tables]
    assert [s.id for s in embedded if s.licence not in readme] == []
    (own,) = (s for s in embedded if s.id == "curated")
    assert own.licence in notice
