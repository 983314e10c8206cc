"""Draws: by confidence, within the radius, alike for rows that say the same, and the same every time."""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from gazetteer import Gazetteer
from gazetteer.answers import Resolution
from gazetteer.enrich import Draws, Running, enrich_table
from gazetteer.errors import InputError, TableError
from gazetteer.geodesy import LatLon, distance_m
from gazetteer.incidents import read_incidents
from gazetteer.kinds import PlaceKind
from gazetteer.reading.calibration import load_calibration
from gazetteer.review import Review
from gazetteer.review.frames import draws_frame
from gazetteer.tables import read_table
from gazetteer.values import ColumnChoice
from tests.gazetteer.review import reviewing
from tests.gazetteer.review.reviewing import decisions_file
from tests.gazetteer.tables.fake_gazetteer import FakeGazetteer, enriched, match, place, write_table

ONE, TWO = reviewing.ONE.position, reviewing.TWO.position
TELL = [match(reviewing.ONE, 0.5), match(reviewing.TWO, 0.3)]
AREA = place("Idleb", id="SY07", kind=PlaceKind.GOVERNORATE, position=ONE, uncertainty_m=60_000.0)


def a_gazetteer(**answers: Sequence[Any]) -> FakeGazetteer:
    fake = FakeGazetteer()
    fake.answers = {**fake.answers, "Tell": TELL, "Area": [match(AREA, 1.0)], **answers}
    fake.several = {
        text: [match(place("Idlib"), 0.9), match(place("Two", position=TWO), 0.8)]
        for text in ("Idlib, Two", "Idlib or Two")
    }
    return fake


def drawn(
    folder: Path, text: str, draws: Draws, fake: FakeGazetteer | None = None, **options: Any
) -> list[dict[str, str]]:
    return enriched(folder, text, fake or a_gazetteer(), draws=draws, **options)


def position(row: dict[str, str]) -> LatLon:
    return LatLon(float(row["gaz_latitude"]), float(row["gaz_longitude"]))


def test_each_row_has_all_draws_in_order_with_its_id(tmp_path: Path) -> None:
    rows = drawn(tmp_path, "id,place\na,Idlib\nb,Nowhere\n", Draws(3))
    assert list(rows[0]) == [
        "id", "gaz_row", "draw", "gaz_place_number", "gaz_place_id", "gaz_latitude", "gaz_longitude",
        "gaz_adm1_pcode", "gaz_adm2_pcode", "gaz_adm3_pcode",
    ]  # fmt: skip
    assert [(row["id"], row["gaz_row"], row["draw"]) for row in rows] == [
        (name, str(number), str(draw)) for number, name in ((1, "a"), (2, "b")) for draw in (1, 2, 3)
    ]
    assert {"", "cg:idlib"} == {row["gaz_place_id"] for row in rows}
    assert {("",) * 6} == {tuple(list(row.values())[4:]) for row in rows if row["id"] == "b"}


def test_candidates_are_drawn_by_confidence_and_the_rest_is_unknown(tmp_path: Path) -> None:
    rows = drawn(tmp_path, "place\nTell\n", Draws(1_000))
    shares = Counter(row["gaz_place_id"] for row in rows)
    expected = {"cg:tell-one": 0.5, "cg:tell-two": 0.3, "": 0.2}
    for name, share in expected.items():
        assert abs(shares[name] / 1_000 - share) < 4 * math.sqrt(share * (1 - share) / 1_000), name


@pytest.mark.parametrize(("name", "radius_m", "even"), [("Idlib", 4_000.0, False), ("Area", 60_000.0, True)])
def test_positions_lie_in_the_radius_and_named_places_towards_its_middle(
    tmp_path: Path, name: str, radius_m: float, even: bool
) -> None:
    rows = drawn(tmp_path, f"place\n{name}\n", Draws(1_000))
    middle = ONE if even else place("Idlib").position
    away = [distance_m(middle, position(row)) / radius_m for row in rows if row["gaz_place_id"]]
    inward = 2.0 if even else load_calibration().inward
    assert max(away) <= 1.0001
    for share in (0.25, 0.5, 0.75):
        inside = float(np.mean([one <= share for one in away]))
        assert abs(inside - share**inward) < 0.06, share
    areas = {row["gaz_adm1_pcode"] for row in rows if row["gaz_place_id"]}
    assert "SY07" in areas  # those of the sampled position, not of the place
    assert ("" in areas) == any(position(row).latitude < 35 for row in rows if row["gaz_place_id"])


def test_rows_that_say_the_same_are_drawn_alike_whatever_stands_round_them(tmp_path: Path) -> None:
    rows = drawn(tmp_path, "place,n\nIdlib,1\nTell,2\nIdlib,3\n", Draws(5))
    by_row = defaultdict(list)
    for row in rows:
        by_row[row["gaz_row"]].append(tuple(list(row.values())[2:]))
    assert by_row["1"] == by_row["3"]
    assert len(set(by_row["1"])) > 1
    alone = drawn(tmp_path, "place\nTell\n", Draws(5))
    assert by_row["2"] == [tuple(list(row.values())[2:]) for row in alone]


def test_the_seed_decides_and_the_number_of_processes_does_not(tmp_path: Path) -> None:
    text = "place\n" + "".join(f"{name}\n" for name in ("Idlib", "Tell", "Area") * 5)
    written = []
    for seed, processes in ((0, 1), (0, 2), (1, 1)):
        drawn(tmp_path, text, Draws(4, seed), running=Running(processes=processes))
        written.append((tmp_path / "out.csv").read_bytes())
    assert written[0] == written[1]
    assert written[0] != written[2]


def test_a_position_of_the_row_stays_first_and_is_drawn_in_its_own_radius(tmp_path: Path) -> None:
    text = "place,lat,lon,radius_m\nIdlib,36.5,37.5,500\nTell,36.5,37.5,\n,36.5,37.5,\n"
    rows = drawn(tmp_path, text, Draws(200))
    away: dict[str, list[float]] = {name: [] for name in "123"}
    for row in rows:
        away[row["gaz_row"]].append(distance_m(TWO, position(row)))
    assert 300 < np.median(away["1"]) < 410  # of an even spread, 354
    assert max(away["1"]) <= 500.1
    assert [0.0] * 400 == away["2"] + away["3"]
    assert {"point:36.50000,37.50000"} == {row["gaz_place_id"] for row in rows}


def test_of_several_places_each_is_drawn_and_of_either_one(tmp_path: Path) -> None:
    both = drawn(tmp_path, 'place\n"Idlib, Two"\n', Draws(400))
    assert [("1", "1"), ("1", "2"), ("2", "1"), ("2", "2")] == [
        (row["draw"], row["gaz_place_number"]) for row in both[:4]
    ]
    share = Counter((row["gaz_place_number"], row["gaz_place_id"]) for row in both)
    assert {("1", "cg:idlib"), ("1", ""), ("2", "cg:two"), ("2", "")} == set(share)
    assert abs(share["2", "cg:two"] / 400 - 0.8) < 0.08
    either = drawn(tmp_path, "place\nIdlib or Two\n", Draws(400))
    shares = Counter(row["gaz_place_id"] for row in either)
    assert (400, {"1"}) == (len(either), {row["gaz_place_number"] for row in either})
    assert abs(shares["cg:idlib"] / 400 - 0.45) < 0.1
    assert abs(shares["cg:two"] / 400 - 0.4) < 0.1


def test_what_a_person_decided_is_sure(tmp_path: Path) -> None:
    fake = a_gazetteer()
    decisions_file(tmp_path / "d.csv", ("Tell", "", "cg:tell-two", "Rana"), ("Idlib", "", "none", "Rana"))
    with Review(fake, tmp_path / "out.csv", decisions=tmp_path / "d.csv") as stage:
        rows = drawn(tmp_path, "place\nTell\nIdlib\n", Draws(50), fake, stage=stage)
    assert ["cg:tell-two"] * 50 + [""] * 50 == [row["gaz_place_id"] for row in rows]


@pytest.mark.parametrize("suffix", [".parquet", ".geojson", ".gpkg", ".xlsx", ".jsonl", ".tsv"])
def test_every_format_can_hold_them(tmp_path: Path, suffix: str) -> None:
    source, target = write_table(tmp_path / "in.csv", "place\nIdlib\nTell\n"), tmp_path / f"out{suffix}"
    enrich_table(a_gazetteer(), source, target, draws=Draws(2))
    rows = [tuple(one[:3]) for one in read_table(target).rows()]
    assert [("1", "1", "1"), ("1", "2", "1"), ("2", "1", "1"), ("2", "2", "1")] == rows


def test_a_table_with_shapes_and_one_in_a_workbook_become_long_ones(tmp_path: Path) -> None:
    first = tmp_path / "first.geojson"
    enrich_table(a_gazetteer(), write_table(tmp_path / "in.csv", "id,place\n7,Idlib\n"), first)
    for suffix in (".geojson", ".xlsx", ".gpkg", ".parquet"):
        own, target = tmp_path / f"own{suffix}", tmp_path / f"out{suffix}"
        enrich_table(a_gazetteer(), first, own, overwrite=True)
        summary = enrich_table(a_gazetteer(), own, target, overwrite=True, draws=Draws(3))
        assert (1, {"number": 3, "seed": 0}) == (summary.rows, summary.as_json()["draws"])


def test_what_was_drawn_is_said_and_stands_in_the_provenance(tmp_path: Path) -> None:
    fake, source = a_gazetteer(), write_table(tmp_path / "in.csv", "place\nArea\nNowhere\n")
    with Review(fake, tmp_path / "out.csv") as stage:
        summary = enrich_table(fake, source, tmp_path / "out.csv", draws=Draws(2, 7), stage=stage)
    assert "2 draws of each row with seed 7: 4 rows, 2 without a position" in summary.notes
    facts = pd.read_json(tmp_path / "out.csv.provenance.json", typ="series")
    assert {"number": 2, "seed": 7} == facts["options"]["draws"]
    assert ["test", "other"] == [one["id"] for one in facts["sources"]]  # of any candidate


def test_numbers_out_of_range_are_refused() -> None:
    for numbers, words in (
        ((0,), "draws must be between 1 and 1,000, not 0"),
        ((1_001,), "draws must be between 1 and 1,000, not 1001"),
        ((1, -1), "the seed must be 0 or more, not -1"),
    ):
        with pytest.raises(InputError) as refused:
            Draws(*numbers)
        assert words == str(refused.value)


def test_what_makes_no_sense_is_refused_and_nothing_written(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="leave out --explode or --draws"):
        drawn(tmp_path, "place\nIdlib\n", Draws(1), explode=True)
    with pytest.raises(TableError, match="'draw' of ids has the name of a column of draws"):
        drawn(tmp_path, "place,draw\nIdlib,1\n", Draws(1), columns=ColumnChoice(id="draw"))
    assert {"in.csv"} == {path.name for path in tmp_path.iterdir()}


def test_a_frame_is_drawn_as_a_file_is(tmp_path: Path) -> None:
    rows = drawn(tmp_path, "id,place\na,Idlib\nb,Tell\n", Draws(4, 3))
    frame = pd.DataFrame({"id": ["a", "b"], "place": ["Idlib", "Tell"]}, index=[5, 9])
    found = draws_frame(a_gazetteer(), frame, Draws(4, 3), columns=ColumnChoice())
    assert list(rows[0]) == list(found.columns)
    for name in ("id", "gaz_place_id", "gaz_adm3_pcode"):
        assert [row[name] for row in rows] == found[name].fillna("").tolist()
    given = [float(row["gaz_latitude"] or "nan") for row in rows]
    assert np.allclose(given, found["gaz_latitude"].astype("float64"), equal_nan=True)


def test_notes_that_change_nothing_part_no_rows(tmp_path: Path) -> None:
    text = "place,notes\nTell,a market was hit\nTell,a school was hit\n"
    rows = drawn(tmp_path, text, Draws(5), columns=ColumnChoice(text="notes"))
    cells = [tuple(list(row.values())[1:]) for row in rows]
    assert cells[:5] == cells[5:]


def test_an_answer_that_differs_is_drawn_anew() -> None:
    one, other = a_gazetteer(), a_gazetteer()
    other.answers = {**other.answers, "Tell": [replace(TELL[0], confidence=0.51), TELL[1]]}
    frame = pd.DataFrame({"place": ["Tell"]})
    drawn_ = [draws_frame(g, frame, Draws(5), columns=ColumnChoice()) for g in (one, other)]
    assert not drawn_[0].equals(drawn_[1])


def test_several_draws_of_a_row_are_no_incident_and_one_draw_is(tmp_path: Path) -> None:
    fake: Any = a_gazetteer()
    drawn(tmp_path, "place\nIdlib\nTell\n", Draws(3), fake)
    with pytest.raises(TableError, match="holds several draws of each row: hand in one draw at a time"):
        read_incidents(tmp_path / "out.csv", fake)
    frame = pd.read_csv(tmp_path / "out.csv")
    frame[frame["draw"] == 2].to_csv(tmp_path / "two.csv", index=False)
    assert 2 == len(read_incidents(tmp_path / "two.csv", fake))


def test_a_stopped_run_goes_on_to_the_same_bytes(tmp_path: Path) -> None:
    class Stopped(FakeGazetteer):
        def resolve(self, text: str, **options: Any) -> Resolution:
            if text == "Area":
                raise KeyboardInterrupt
            return super().resolve(text, **options)

    text, target = "place\nIdlib\nTell\nArea\nAleppo\n", tmp_path / "out.csv"
    whole = drawn(tmp_path, text, Draws(3))
    target.unlink()
    with pytest.raises(KeyboardInterrupt, match="the answers so far are kept"):
        drawn(tmp_path, text, Draws(3), Stopped(a_gazetteer().answers))
    assert not target.exists()
    fake = a_gazetteer()
    assert whole == drawn(tmp_path, text, Draws(3), fake, running=Running(processes=1, resume=True))
    assert ["Area", "Aleppo"] == [name for name, _ in fake.asked]


def test_rows_without_any_place_are_drawn_as_nothing() -> None:
    with Gazetteer.open() as gazetteer:
        found = gazetteer.draws(pd.DataFrame({"place": ["", "hospital"]}), 2)
        assert ([1, 1, 2, 2], [1, 2, 1, 2]) == (found["gaz_row"].tolist(), found["draw"].tolist())
        assert found["gaz_latitude"].isna().all()
        assert gazetteer.draws(pd.DataFrame({"place": []}), 2).empty


def test_what_is_answered_by_an_area_is_drawn_inside_it() -> None:
    frame = pd.DataFrame({"place": ["Idlib governorate", "SY0700"]})
    drawn = Gazetteer.open().draws(frame, 50)
    placed = drawn[drawn.gaz_place_id.notna()]
    assert len(placed) > 90
    assert {"SY07"} == set(placed.gaz_adm1_pcode)
    assert {"SY0700"} == set(placed[placed.gaz_place_id == "SY0700"].gaz_adm2_pcode)
