"""ACLED's code 1 means the named town, whose own radius its coordinates have; 2 and 3 are wider."""

from pathlib import Path
from typing import Any

import pytest

from gazetteer import Gazetteer, LatLon, PlaceKind
from gazetteer.geodesy import distance_m
from gazetteer.incidents import Incidents, read_incidents
from tests.builders import a_gazetteer_file, a_place, a_record
from tests.gazetteer.cli.running import run

HEAD = "event_id_cnty,event_date,event_type,admin1,admin2,admin3,location,latitude,longitude,geo_precision\n"
TOWN = a_place()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    hospital: dict[str, Any] = {
        "id": "cg:h", "name": "Hope Hospital", "name_ar": "", "kind": PlaceKind.HOSPITAL,
        "position": TOWN.position, "uncertainty_m": 300.0, "position_basis": "building",
    }  # fmt: skip
    district: dict[str, Any] = {
        "id": "SY0702",
        "name": "Saraqib",
        "kind": PlaceKind.DISTRICT,
        "uncertainty_m": 20_000.0,
    }
    return a_gazetteer_file(tmp_path / "g.gpkg", [a_record(), a_record(**hospital), a_record(**district)])


def table(folder: Path, *rows: str) -> Path:
    """Write rows: the place as written, latitude, longitude and code."""
    lines = (f"SYR{number},2016-05-31,Airstrike,,,,{row}\n" for number, row in enumerate(rows, start=1))
    written = folder / "acled.csv"
    written.write_text(HEAD + "".join(lines), encoding="utf-8")
    return written


def read(path: Path, *rows: str) -> Incidents:
    with Gazetteer.open(path) as gazetteer:
        return read_incidents(table(path.parent, *rows), gazetteer)


def test_a_row_that_names_the_town_at_its_coordinates_has_the_towns_radius(path: Path) -> None:
    away_m = distance_m(TOWN.position, LatLon(35.87, 36.8))
    expected = {
        "Saraqib,35.863,36.799,1": TOWN.uncertainty_m,  # and not that of the district of this name
        "Saraqib,35.87,36.8,1": TOWN.uncertainty_m + away_m,  # the town lies in it
        "Saraqib,35.5,36.6,1": 5_000.0,  # another town of this name
        "Hope Hospital,35.863,36.799,1": 5_000.0,  # no town
        "Nowhere at all,35.863,36.799,1": 5_000.0,
        "Saraqib,35.863,36.799,2": 25_000.0,
        "Saraqib,35.863,36.799,3": 100_000.0,
    }
    found = read(path, *expected)
    assert expected == dict(zip(expected, (one.uncertainty_m for one in found), strict=True))
    assert {"precision"} == {one.radius_from for one in found}


def test_it_can_be_certain_that_a_row_is_near_a_hospital(path: Path) -> None:
    rows = table(path.parent, *(f"Saraqib,35.863,36.799,{code}" for code in (1, 2)))
    shown = run("near", rows, "--of", "hospital", "--within", "5km", "--gazetteer", path).stdout
    assert "1 of 2 incidents was certainly" in " ".join(shown.split())


def test_a_camp_that_is_shown_by_a_cell_lends_no_radius(tmp_path: Path) -> None:
    camp = a_gazetteer_file(tmp_path / "c.gpkg", [a_record(kind=PlaceKind.CAMP, sensitive=True)])
    rows = table(tmp_path, "Saraqib,35.863,36.799,1")
    with Gazetteer.open(camp) as full:
        for gazetteer, radius_m in ((full, TOWN.uncertainty_m), (full.generalised(0.1), 5_000.0)):
            assert [radius_m] == [one.uncertainty_m for one in read_incidents(rows, gazetteer)]
