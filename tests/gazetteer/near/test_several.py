"""Incidents that name several places: at each of them, or at one of them and it isn't known at which."""

import csv
import datetime
import io
import json
from collections.abc import Iterator
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
        _near(_incident(*fixes)).certainty, _near(_incident(*fixes, either=True)).certainty,
    )  # fmt: skip


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
    assert ("certain", 0.0, 1) == (row.certainty, row.distance_m, row.count_certain)
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


_NAMES = "".join(
    f"{row}\n" for row in ("place", "Idlib + Kafranbel", "Idlib or Kafranbel", "Idlib + Aleppo", "Idlib")
)


def _tables(folder: Path) -> Iterator[tuple[str, Path]]:
    plain = folder / "plain.csv"
    plain.write_text(_NAMES, "utf-8")
    yield "plain", plain
    for name, explode in (("enriched", False), ("exploded", True)):
        enrich_table(FakeGazetteer(), plain, folder / f"{name}.csv", explode=explode)
        yield name, folder / f"{name}.csv"


def test_a_name_an_enriched_and_an_exploded_table_give_the_same_incidents(tmp_path: Path) -> None:
    found = {}
    for name, path in _tables(tmp_path):
        incidents = read_incidents(path, FakeGazetteer())
        rows = near(incidents, [PLACES["test:national"]], within_m=5000.0).rows
        found[name] = [
            (row.incident.id, row.certainty, row.count_possible, row.incident.admin[:1], row.incident.place)
            for row in rows
        ]
        assert [2, 2, 2, None] == [one.several and len(one.several.fixes) for one in incidents]
        assert [False, True, False, None] == [one.several and one.several.either for one in incidents]
    assert found["plain"] == found["enriched"] == found["exploded"]
    assert ["certain", "possible", "certain", "certain"] == [one[1] for one in found["plain"]]


@pytest.mark.parametrize("name", ["plain", "enriched", "exploded"])
def test_an_incident_counts_once_and_in_the_areas_that_hold_all_its_places(tmp_path: Path, name: str) -> None:
    path = dict(_tables(tmp_path))[name]
    counts = count_incidents(read_incidents(path, FakeGazetteer()), FakeGazetteer(), by=("area",))
    assert [("", 1), ("SY07", 3)] == [(one.pcode, one.incidents) for one in counts]


def test_it_is_said_that_rows_of_one_gaz_row_are_one_incident(tmp_path: Path) -> None:
    incidents = read_incidents(dict(_tables(tmp_path))["exploded"], FakeGazetteer())
    note = "3 rows are further places of an incident: rows with the same gaz_row are counted once"
    assert note in incidents.notes


def test_exploded_rows_in_another_order_are_one_incident_all_the_same(tmp_path: Path) -> None:
    with dict(_tables(tmp_path))["exploded"].open(newline="", encoding="utf-8") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: row["gaz_name"])
    incidents = read_incidents(RowsTable.of(rows), FakeGazetteer())
    assert {"1", "2", "3", "4"} == {one.id for one in incidents}


def test_an_incident_of_which_one_exploded_row_is_left_has_one_place(tmp_path: Path) -> None:
    with dict(_tables(tmp_path))["exploded"].open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))[:1]
    (one,) = read_incidents(RowsTable.of(rows), FakeGazetteer())
    assert (None, "test:idlib") == (one.several, one.place_id)


def test_the_answer_is_written_with_a_row_an_incident(tmp_path: Path) -> None:
    incidents = read_incidents(dict(_tables(tmp_path))["exploded"], FakeGazetteer())
    near(incidents, [_HOSPITAL], within_m=3000.0).write(tmp_path / "near.csv")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "near.csv").read_text("utf-8"))))
    assert ["1", "2", "3", "4"] == [row["gaz_row"] for row in rows]


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
        "gaz_status": "several", "gaz_place_id": "", "gaz_latitude": "35.9", "gaz_longitude": "36.6",
        "gaz_uncertainty_m": "9000", "gaz_places": cell,
    }  # fmt: skip
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
