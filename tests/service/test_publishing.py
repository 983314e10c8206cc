"""Below tier full a stored row shows what is on an allow-list, whatever it holds."""

import datetime
import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gazetteer import Gazetteer, LatLon
from gazetteer.enrich.enrich import enrich_table
from gazetteer.geodesy import distance_m
from gazetteer.incidents import ColumnChoice, Incident, Incidents, read_incidents
from gazetteer.incidents.spots import Fix, Several
from gazetteer.lookups import Lookups
from gazetteer.privacy.cells import cell_centre, cell_radius_m
from gazetteer.reading.calibration import load_calibration
from gazetteer.values import Place
from service.publishing import current, shown
from service.store import Stored
from tests.fakes import PLACES, FakeGazetteer, an_incident
from tests.service.harm.small_worlds import SmallWorld, a_small_world
from tests.service.harm.test_hostile import hostile

#: An invented position of a hospital, and its cell at tier public.
LAT, LON = "35.929170", "36.635840"
EXACT, CELL = LatLon(float(LAT), float(LON)), LatLon(35.95, 36.65)
CELL_M = cell_radius_m(CELL, degrees=0.1)
KINDS = {"strike", "shelling", "ground", "explosive", "chemical", "other", ""}
HERE = {"lat": LAT, "lon": LON}


def rows_of(incidents: Iterable[Incident], *published: str) -> list[Stored]:
    return [Stored(n, "a key", "t.csv", published, one) for n, one in enumerate(incidents, start=41)]


def read(
    gazetteer: Lookups, folder: Path, *rows: dict[str, Any], point: bool = False, **choice: Any
) -> Incidents:
    """Return rows as they are read at tier full, from features that have a point or none."""
    geometry = {"type": "Point", "coordinates": [EXACT.longitude, EXACT.latitude]} if point else None
    features = [{"type": "Feature", "geometry": geometry, "properties": row} for row in rows]
    (folder / "t.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return read_incidents(folder / "t.geojson", gazetteer, columns=ColumnChoice(**choice))


def public(rows: Sequence[Stored], gazetteer: Lookups) -> list[Incident]:
    found = list(shown(rows, gazetteer, degrees=0.1))
    assert [str(row.number) for row in rows] == [one.id for one in found]
    return found


@pytest.fixture(scope="module")
def show(default: Gazetteer, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., list[Incident]]:
    """Return what reads rows at tier full and shows them as tier public sees them."""
    folder, seen = tmp_path_factory.mktemp("show"), default.generalised(0.1, withhold_names=True)
    return lambda *rows, published=(), **how: public(
        rows_of(read(default, folder, *rows, **how), *published), seen
    )


Show = Callable[..., list[Incident]]


def test_nothing_but_the_allow_list_is_shown_of_a_hostile_row(show: Show) -> None:
    known = {"place": "Mashfaa Idlib al-Watani", "gaz_place_id": "cg:idlib-national-hospital", **HERE}
    for row in (*hostile(EXACT), known, {**known, "place": "Idlib National Hospital"}):
        [found] = show(row)
        assert_on_the_allow_list(found)
        if (row.get("latitude"), row.get("longitude")) == (LAT, LON):
            assert CELL == found.position, row


def test_nothing_but_the_allow_list_is_shown_of_a_feature(show: Show) -> None:
    """Attack 9: the geometry of an enriched table passes as the row's own."""
    for ours in ({}, {"gaz_latitude": float(LAT), "gaz_longitude": float(LON)}):
        [found] = show(
            {"place": "Idlib National Hospital", "wkt": f"POINT ({LON} {LAT})", **ours}, point=True
        )
        assert_on_the_allow_list(found)
        assert CELL == found.position


def assert_on_the_allow_list(found: Incident) -> None:
    is_placed = found.position is not None
    if found.position is not None:
        assert cell_centre(found.position, degrees=0.1) == found.position
        step_m = found.uncertainty_m - cell_radius_m(found.position, degrees=0.1)
        assert round(step_m) in {0, 1_000, 5_000, 25_000, 100_000, 500_000}
    assert all(re.fullmatch("SY[0-9]{2,6}", code) for code in found.admin)
    assert {"kind", "killed", "injured"} == found.properties.keys()
    assert found.properties["kind"] in KINDS
    assert {found.properties["killed"], found.properties["injured"]} <= {"", *map(str, range(10_000))}
    shown_only = {
        name: getattr(found, name) for name in "id date days position uncertainty_m admin properties".split()
    }
    assert found == Incident(
        **shown_only, radius_from="column" if is_placed else "", generalised_to_deg=0.1 if is_placed else None
    )


def test_the_day_the_kind_and_the_counts_are_shown(show: Show) -> None:
    row = {"event_date": "2016-05-30", "sub_event_type": "Air/drone strike", "fatalities": "4", **HERE}
    one, several = show(row, {**row, "event_date": "2016-05", "fatalities": "many"})
    assert (CELL, CELL_M, datetime.date(2016, 5, 30)) == (one.position, one.uncertainty_m, one.date)
    assert {"kind": "strike", "killed": "4", "injured": ""} == one.properties
    assert (datetime.date(2016, 5, 1), datetime.date(2016, 5, 31)) == several.days


# ------------------------------------------------------------------------------------ two worlds


@pytest.fixture(scope="module", params=["public", "partner"])
def worlds(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[SmallWorld]:
    folder = tmp_path_factory.mktemp("worlds")
    return [a_small_world(folder / str(corner), request.param, corner=corner) for corner in (-1, 1)]


def everything_in(world: SmallWorld) -> list[Incident]:
    """Return what is shown of rows of every kind, stored at tier full, as they are sent and enriched."""
    incidents: list[Incident] = []
    for row in hostile(world.hospital):
        incidents += read(world.gazetteer, world.folder, row)
        if not any(name.startswith("gaz_") for name in row):
            enrich_table(world.gazetteer, world.folder / "t.geojson", world.folder / "rich.geojson")
            incidents += read_incidents(world.folder / "rich.geojson", world.gazetteer)
    seen = world.gazetteer.generalised(world.degrees)
    return list(shown(rows_of(incidents), seen, degrees=world.degrees))


def test_two_worlds_that_differ_inside_cells_show_the_same(worlds: list[SmallWorld]) -> None:
    one, other = map(everything_in, worlds)
    assert len(one) > 100
    assert one == other


def test_the_true_position_lies_within_what_is_shown(worlds: list[SmallWorld]) -> None:
    for world in worlds:
        at_it = [one for one in everything_in(world) if one.position == world.centre]
        assert len(at_it) > 10
        for one in at_it:
            assert distance_m(world.centre, world.hospital) <= one.uncertainty_m
            assert one.admin in {("SY07",), ()}, "the border of districts runs through the cell"


# ------------------------------------------------------------------------------------ radii, areas, places

DISTRICT, GOVERNORATE = ("SY07", "SY0700"), ("SY07",)


def test_a_radius_is_rounded_up_and_by_a_code_starts_from_the_cell() -> None:
    for metres, code, step_m, admin in (
        (0.0, None, 0.0, DISTRICT), (1.0, None, 1e3, DISTRICT), (1e3, None, 1e3, DISTRICT),
        (4_321.0, None, 5e3, DISTRICT), (5_000.5, None, 25e3, ()), (99_999.0, None, 100e3, ()),
        (400_000.0, None, 500e3, ()), (1e12, None, 20_100e3, ()),
        (12_345.6, "1", 5e3, DISTRICT), (12_345.6, "2", 25e3, ()), (12_345.6, "3", 100e3, GOVERNORATE),
        (1.0, "3", 100e3, GOVERNORATE), (12_345.6, "unknown", 500e3, ()),
    ):  # fmt: skip
        row = {"geo_precision": code or "3", "latitude": LAT, "longitude": LON}
        stated: Any = {"uncertainty_m": metres, "radius_from": "precision" if code else "column"}
        incident = an_incident(origin="coordinates", properties=row, **stated)
        [found] = public(rows_of([incident]), FakeGazetteer())
        assert pytest.approx(CELL_M + step_m) == found.uncertainty_m, (metres, code)
        assert admin == found.admin, (metres, code)


def test_areas_are_those_that_hold_the_whole_cell() -> None:
    at_border = an_incident(origin="coordinates", position=LatLon(36.2, 36.99), admin=("SY07", "SY0700"))
    inside = an_incident(origin="coordinates", admin=("SY99",))
    found = public(rows_of([at_border, inside]), FakeGazetteer())
    assert [(), DISTRICT] == [one.admin for one in found]


def test_a_place_is_found_again_with_the_gazetteer_of_the_tier() -> None:
    def stored(name: str, origin: str, **changed: Any) -> Incident:
        full = {"position": LatLon(33.0, 38.0), "place_id": "test:national", "admin": ("SY99",), **changed}
        return an_incident(names=(name,), origin=origin, **full)

    incidents = [
        stored("National hospital", "name"), stored("Aleppo", "enriched"), stored("Aleppo", "name"),
        stored("Nowhere", "name"), stored("National hospital", "answer"),
        stored("Aleppo", "", position=None, properties={"GAZ status": "ambiguous"}),  # enriching left it open
    ]  # fmt: skip
    found = public(rows_of(incidents), FakeGazetteer().generalised(0.1))
    aleppo = cell_centre(PLACES["test:aleppo"].position, degrees=0.1)
    assert [CELL, CELL, aleppo, None, CELL, None] == [one.position for one in found]
    assert pytest.approx(CELL_M + 1_000.0) == found[0].uncertainty_m


def test_several_places_are_one_circle_that_holds_them() -> None:
    fixes = Fix(LatLon(33.0, 38.0), 9.0, (), "test:idlib"), Fix(LatLon(33.1, 38.0), 9.0, (), "test:aleppo")
    row = an_incident(names=("Idlib or Aleppo",), several=Several(fixes, either=True), origin="name")
    gazetteer = FakeGazetteer().generalised(0.1)
    [found] = public(rows_of([row]), gazetteer)
    assert found.several is None and found.position is not None
    assert cell_centre(found.position, degrees=0.1) == found.position
    for place in ("test:idlib", "test:aleppo"):
        place_m = distance_m(found.position, PLACES[place].position)
        assert place_m + PLACES[place].uncertainty_m <= found.uncertainty_m


# ------------------------------------------------------------------------------------ what is public


def test_a_published_column_is_shown_as_written_beside_ours(show: Show) -> None:
    row = {"place": "Idlib", "governorate": "Idleb", "note": LAT, "kind": "Barrel bomb", **HERE}
    [found] = show(row, published=("place", "kind"))
    ours = {"kind": "strike", "killed": "", "injured": ""}
    assert {**ours, "place": "Idlib", "table_kind": "Barrel bomb"} == found.properties
    assert ("Idlib", CELL) == (found.place, found.position)


def test_a_position_is_exact_where_the_public_cells_state_it(show: Show) -> None:
    row = {"place": "Idlib", "x": "36.70001", "y": "35.90001", "uncertainty_m": "120", **HERE}
    for published in (("lat", "lon"), ("*",)):
        [found] = show(row, published=published)
        assert (EXACT, 120.0, None) == (found.position, found.uncertainty_m, found.generalised_to_deg)
    for published in (("lat",), ("place", "lon"), ("LAT", "LON")):
        assert [CELL] == [one.position for one in show(row, published=published)]
    others = show(row, published=("lat", "lon"), latitude="y", longitude="x")
    assert [LatLon(35.95, 36.75)] == [one.position for one in others]


def test_the_point_of_a_public_feature_is_exact_unless_a_gazetteer_may_have_put_it_there(show: Show) -> None:
    for ours, there in (({}, EXACT), ({"gaz_latitude": 35.9}, CELL)):
        [found] = show({"place": "Idlib", **ours}, point=True, published=["*"])
        assert there == found.position


def test_what_a_saved_answer_says_of_the_exact_position_is_shown_in_no_public_table(show: Show) -> None:
    ours = {"gaz_status": "resolved", "incident_areas": f"SY {LAT}", "incident_anything_new": LAT}
    [found] = show({"place": "Idlib", "note": "by hand", **ours}, published=["*"])
    assert LAT not in str(found)
    assert "by hand" == found.properties["note"]


def test_positions_that_a_gazetteer_gave_start_from_the_cell_in_a_public_table_too(
    default: Gazetteer, tmp_path: Path
) -> None:
    exact = default.place("cg:idlib-national-hospital").position
    read(default, tmp_path, {"place": "Idlib National Hospital"})
    for name in ("rich.csv", "rich.geojson"):
        enrich_table(default, tmp_path / "t.geojson", tmp_path / name)
        rows = rows_of(read_incidents(tmp_path / name, default), "*", "gaz_latitude")
        [found] = public(rows, default.generalised(0.1))
        assert "Idlib National Hospital" == found.place == found.properties["place"]
        assert cell_centre(exact, degrees=0.1) == found.position
        for secret in (f"{exact.latitude:.3f}", f"{exact.longitude:.3f}"):
            assert secret not in str(found.properties)


def test_a_table_whose_columns_a_person_chose_is_shown_too() -> None:
    row = an_incident(origin="coordinates", properties={"Place": "a", "place": "b", "latitude": LAT})
    [found] = public(rows_of([row], "Place"), FakeGazetteer())
    assert ("a", CELL) == (found.properties["Place"], found.position)


# ------------------------------------------------------------------------------------ tier full


def test_at_tier_full_an_incident_stands_where_its_place_is_now() -> None:
    class Moved(FakeGazetteer):
        def place(self, place_id: str) -> Place:
            return replace(super().place(place_id), position=LatLon(35.0, 36.0), uncertainty_m=7_200.0)

    fixes = Fix(LatLon(35.0, 36.5), 9.0, (), "test:idlib"), Fix(LatLon(35.7, 36.7), 100.0)
    stored = [
        an_incident(place_id="test:idlib", uncertainty_m=9.0),
        an_incident(place_id="test:idlib", position=LatLon(35.0, 36.0), uncertainty_m=9_000.0),
        an_incident(place_id="gone"),
        an_incident(several=Several(fixes, either=True)),
    ]
    *found, several = current(rows_of(stored), Moved())
    promised_m = load_calibration().radius_m(Moved().place("test:idlib"))
    assert [(35.0, promised_m), (35.0, 9_000.0), (35.93, 0.0)] == [
        (one.position.latitude, one.uncertainty_m) for one in found if one.position
    ]
    assert several.several is not None and several.several.either
    assert [LatLon(35.0, 36.0), fixes[1].position] == [one.position for one in several.several.fixes]
    assert stored[2] == found[2]
