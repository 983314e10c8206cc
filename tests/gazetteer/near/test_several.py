"""Incidents that name several places: at each of them, or at one of them and it isn't known at which."""

import csv
import datetime
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from shapely import box

from gazetteer.enrich.enrich import enrich_table
from gazetteer.geodesy import LatLon, distance_m
from gazetteer.incidents import Incidents, read_incidents
from gazetteer.incidents.spots import Fix, Several
from gazetteer.kinds import PlaceKind
from gazetteer.near import NearRow, by_facility, count_incidents, near, select
from gazetteer.near.areas import DrawnArea
from gazetteer.tables.table import RowsTable
from gazetteer.values import Place
from tests.fakes import PLACES, FakeGazetteer, a_place, an_incident

_HOSPITAL = a_place(
    "H", id="test:h", kind=PlaceKind.HOSPITAL, position=LatLon(35.93, 36.63), uncertainty_m=0.0
)
_AT, _BESIDE, _FAR = LatLon(35.93, 36.63), LatLon(35.93, 36.6655), LatLon(35.3, 36.63)


def _incident(*fixes: tuple[LatLon, float], either: bool = False, **changed: Any) -> Incidents:
    several = Several(tuple(Fix(position, radius_m) for position, radius_m in fixes), either)
    around = several.around
    one = an_incident(
        position=around.position, uncertainty_m=around.uncertainty_m, several=several, admin=(), **changed
    )
    return Incidents.of([an_incident(id="0", position=_FAR), one])


def _near(incidents: Incidents, *targets: Place, within_m: float = 3000.0) -> NearRow:
    return near(incidents, targets or [_HOSPITAL], within_m=within_m).rows[1]


_CERTAIN, _POSSIBLE, _NO, _VAGUE = (_AT, 100.0), (_BESIDE, 500.0), (_FAR, 100.0), (_FAR, 50_000.0)


@pytest.mark.parametrize(
    ("fixes", "each", "one"),
    [
        ((_CERTAIN, _CERTAIN), "certain", "certain"),
        ((_CERTAIN, _NO), "certain", "possible"),
        ((_NO, _CERTAIN), "certain", "possible"),
        ((_POSSIBLE, _NO), "possible", "possible"),
        ((_CERTAIN, _POSSIBLE), "certain", "possible"),
        ((_NO, _NO), "no", "no"),
        ((_VAGUE, _CERTAIN), "certain", "possible"),
        ((_VAGUE, _NO), "unanswerable", "unanswerable"),
    ],
)
def test_each_is_as_certain_as_the_surest_and_one_of_them_if_all_are(
    fixes: tuple[tuple[LatLon, float], ...], each: str, one: str
) -> None:
    assert (each, one) == (
        _near(_incident(*fixes)).certainty,
        _near(_incident(*fixes, either=True)).certainty,
    )


def test_targets_near_several_places_of_an_incident_count_once() -> None:
    row = _near(_incident(_CERTAIN, _CERTAIN, _NO))
    assert (1, 1) == (row.count_certain, row.count_possible)


def test_where_one_is_meant_a_target_counts_as_certain_that_is_near_each() -> None:
    other = a_place("O", id="test:o", position=_BESIDE, uncertainty_m=0.0)
    row = _near(_incident(_CERTAIN, (_BESIDE, 100.0), either=True), _HOSPITAL, other, within_m=3000.0)
    assert ("certain", 0, 2) == (row.certainty, row.count_certain, row.count_possible)


def test_the_distance_is_that_from_the_place_which_is_nearest() -> None:
    row = _near(_incident(_NO, (_BESIDE, 100.0)))
    assert row.distance_m == pytest.approx(distance_m(_BESIDE, _HOSPITAL.position))


def test_the_probability_is_that_of_any_or_the_mean_where_one_is_meant() -> None:
    part = _near(_incident(_POSSIBLE, _NO, either=False)).probability
    assert part is not None and 0.0 < part < 1.0
    assert _near(_incident(_POSSIBLE, _NO, either=True)).probability == pytest.approx(part / 2)
    assert _near(_incident(_VAGUE, _NO)).probability is None


def test_one_of_several_places_may_be_the_target_itself() -> None:
    several = Several((Fix(_FAR, 100.0), Fix(_AT, 90_000.0, (), "test:h")))
    around = several.around
    incidents = Incidents.of(
        [an_incident(position=around.position, uncertainty_m=around.uncertainty_m, several=several)]
    )
    (row,) = near(incidents, [_HOSPITAL], within_m=3000.0).rows
    assert ("certain", True, 1) == (row.certainty, row.at_target, row.count_certain)
    either = Incidents.of([replace(incidents[0], several=replace(several, either=True))])
    (open_row,) = near(either, [_HOSPITAL], within_m=3000.0).rows
    assert ("possible", False) == (open_row.certainty, open_row.at_target)
    found = by_facility(incidents, [_HOSPITAL], within_m=3000.0)
    assert [(1, 1)] == [(one.certain, one.possible) for one in found.rows]
    assert found.unanswerable == 0


@pytest.mark.parametrize(("day", "certainty"), [("2016-05-30", "no"), ("2015-05-30", "certain")])
def test_a_target_counts_only_on_days_when_it_existed(day: str, certainty: str) -> None:
    old = a_place("Old", id="test:o", position=_AT, uncertainty_m=0.0, valid_to="2015-12")
    incidents = _incident(_CERTAIN, _NO, date=datetime.date.fromisoformat(day))
    row = _near(incidents, old)
    assert (certainty, int(certainty == "certain")) == (row.certainty, row.count_possible)
    found = by_facility(incidents, [old], within_m=3000.0)
    assert [1] * (certainty == "certain") == [one.certain for one in found.rows]


def test_an_incident_counts_once_at_a_target_that_is_near_several_of_its_places() -> None:
    found = by_facility(_incident(_CERTAIN, _POSSIBLE), [_HOSPITAL], within_m=3000.0)
    assert [(1, 1)] == [(one.certain, one.possible) for one in found.rows]
    found = by_facility(_incident(_CERTAIN, _NO, either=True), [_HOSPITAL], within_m=3000.0)
    assert [(0, 1)] == [(one.certain, one.possible) for one in found.rows]


def test_other_incidents_are_answered_as_without_it() -> None:
    alone = near(Incidents.of([an_incident(), an_incident(position=None)]), [_HOSPITAL], within_m=3000.0)
    several = _incident(_CERTAIN, _NO)[1]
    among = near([an_incident(), an_incident(position=None), several], [_HOSPITAL], within_m=3000.0)
    assert alone.rows == among.rows[:2]
    assert among.take(among.numbers_of("certain")).rows == (among.rows[0], among.rows[2])


_DRAWN = DrawnArea.from_geometry(box(36.5, 35.9, 36.7, 36.0), name="drawn")


@pytest.mark.parametrize(
    ("fixes", "kept", "undecided"),
    [((_CERTAIN, (_BESIDE, 100.0)), 1, 0), ((_CERTAIN, _NO), 0, 1), ((_NO, _NO), 0, 0)],
)
def test_an_incident_is_in_a_drawn_area_if_all_its_places_are(
    fixes: tuple[tuple[LatLon, float], ...], kept: int, undecided: int
) -> None:
    chosen = select(_incident(*fixes).take(np.array([1])), FakeGazetteer(), area=_DRAWN)
    assert (kept, undecided) == (len(chosen.kept), len(chosen.open))


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The same incidents as names, in an enriched table, and in one with a row a place."""
    folder = tmp_path_factory.mktemp("several")
    names = ("place", "Idlib + Kafranbel", "Idlib or Kafranbel", "Idlib + Aleppo", "Idlib")
    (folder / "plain.csv").write_text("".join(f"{name}\n" for name in names), "utf-8")
    for name, explode in (("enriched", False), ("exploded", True)):
        enrich_table(FakeGazetteer(), folder / "plain.csv", folder / f"{name}.csv", explode=explode)
    return {name: folder / f"{name}.csv" for name in ("plain", "enriched", "exploded")}


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_names_an_enriched_and_an_exploded_table_give_the_same_incidents(tables: dict[str, Path]) -> None:
    found = {}
    for name, path in tables.items():
        incidents = read_incidents(path, FakeGazetteer())
        rows = near(incidents, [PLACES["test:national"]], within_m=5000.0).rows
        found[name] = [
            (row.incident.id, row.certainty, row.count_possible, row.incident.admin[:1], row.incident.place)
            for row in rows
        ]
        assert [2, 2, 2, None] == [one.several and len(one.several.fixes) for one in incidents]
        assert [False, True, False, None] == [one.several and one.several.either for one in incidents]
        counts = count_incidents(incidents, FakeGazetteer(), by=("area",))  # the areas that hold all places
        assert [("", 1), ("SY07", 3)] == [(one.pcode, one.incidents) for one in counts]
    assert found["plain"] == found["enriched"] == found["exploded"]
    assert ["certain", "possible", "certain", "certain"] == [one[1] for one in found["plain"]]


def test_exploded_rows_are_one_incident_each_in_any_order_and_that_is_said(
    tables: dict[str, Path], tmp_path: Path
) -> None:
    rows = _rows(tables["exploded"])
    incidents = read_incidents(tables["exploded"], FakeGazetteer())
    note = "3 rows with a further place of an incident: rows with the same gaz_row are counted once"
    assert note in incidents.notes
    near(incidents, [_HOSPITAL], within_m=3000.0).write(tmp_path / "near.csv")
    assert ["1", "2", "3", "4"] == [row["gaz_row"] for row in _rows(tmp_path / "near.csv")]
    mixed = RowsTable.of(sorted(rows, key=lambda row: row["gaz_name"]))
    assert {"1", "2", "3", "4"} == {one.id for one in read_incidents(mixed, FakeGazetteer())}
    (left,) = read_incidents(RowsTable.of(rows[:1]), FakeGazetteer())
    assert (None, "test:idlib") == (left.several, left.place_id)


def test_coordinates_of_a_rows_own_stay_first(tmp_path: Path) -> None:
    plain = tmp_path / "in.csv"
    plain.write_text("place,lat,lon\nIdlib + Kafranbel,35.0,36.0\n", "utf-8")
    enrich_table(FakeGazetteer(), plain, tmp_path / "out.csv", explode=True)
    (one,) = read_incidents(tmp_path / "out.csv", FakeGazetteer())
    assert (None, LatLon(35.0, 36.0), "coordinates") == (one.several, one.position, one.origin)


@pytest.mark.parametrize(
    "cell", ["no list", "[1, 2]", '[{"place_id": "x"}]', "{}", '[{"latitude": 99, "longitude": 1}, {}]']
)
def test_a_list_of_places_that_is_none_is_said_and_leaves_the_circle(tmp_path: Path, cell: str) -> None:
    row = {
        "gaz_status": "several",
        "gaz_place_id": "",
        "gaz_latitude": "35.9",
        "gaz_longitude": "36.6",
        "gaz_uncertainty_m": "9000",
        "gaz_places": cell,
    }
    (one,) = read_incidents(RowsTable.of([row]), FakeGazetteer())
    assert (None, 9000.0) == (one.several, one.uncertainty_m)
    assert ("gaz_places holds no list of places",) == one.problems or json.loads(cell) == {}


def test_several_places_are_generalised_to_the_largest_of_their_cells() -> None:
    seen = FakeGazetteer().generalised(0.2)
    (one,) = read_incidents(RowsTable.of([{"place": "National hospital + Idlib"}]), seen)
    assert one.generalised_to_deg == 0.2
    true = PLACES["test:national"].position
    assert one.several is not None
    assert all(fix.position != true for fix in one.several.fixes)
