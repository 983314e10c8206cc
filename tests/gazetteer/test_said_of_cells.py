"""Every answer that a generalised place has a part in says so, in one wording; no other answer does."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from gazetteer import Gazetteer, LatLon, PlaceKind
from gazetteer.ask import answer, parse_question
from gazetteer.cli import text as in_words
from gazetteer.enrich import GAZ_COLUMNS, enrich_table
from gazetteer.incidents import Incidents, read_incidents
from gazetteer.near import by_facility, near
from gazetteer.privacy.cells import generalised_words
from gazetteer.review import Review
from gazetteer.tables import read_table
from gazetteer.tables.table import RowsTable
from tests.builders import a_gazetteer_file, a_record, a_unit
from tests.gazetteer.tables.fake_gazetteer import write_table

HOSPITAL = LatLon(35.571, 36.614)
WORDS = "generalised to 0.1°"
ROWS = "id,place\n1,Hass hospital\n2,Hass\n3,2 km north of Hass hospital\n4,Nowhere at all\n"


@pytest.fixture(scope="module")
def precise(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gazetteer]:
    special: dict[str, Any] = {"name_ar": "", "uncertainty_m": 100.0, "population": None, "sensitive": True}
    records = [
        a_unit("SY07", "Idleb"),
        a_record(id="C4000", name="Hass", position=LatLon(35.57, 36.61)),
        a_record(id="cg:h", name="Hass hospital", kind=PlaceKind.HOSPITAL, position=HOSPITAL, **special),
        a_record(id="cg:camp", name="Qah camp", kind=PlaceKind.CAMP, position=LatLon(35.9, 36.2), **special),
    ]
    path = a_gazetteer_file(tmp_path_factory.mktemp("g") / "g.gpkg", records)
    with Gazetteer.open(path) as gazetteer:
        yield gazetteer


@pytest.fixture
def public(precise: Gazetteer) -> Gazetteer:
    return precise.generalised(0.1)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_table(tmp_path / "in.csv", ROWS)


def one_line(text: str) -> str:
    return " ".join(text.split())


def incidents(gazetteer: Gazetteer) -> Incidents:
    return read_incidents(RowsTable.of([*csv.DictReader(io.StringIO(ROWS))]), gazetteer)


def csv_rows(path: Path) -> list[dict[str, str]]:
    return [*csv.DictReader(io.StringIO(path.read_text("utf-8")))]


def test_the_wording_is_one() -> None:
    assert (WORDS, "generalised to 0.01°") == (generalised_words(0.1), generalised_words(0.01))


def test_a_place_and_a_point_computed_from_it_say_so(precise: Gazetteer, public: Gazetteer) -> None:
    for text in (
        "Hass hospital", "2 km north of Hass hospital", "near Hass hospital",
        "between Hass hospital and Hass",
    ):  # fmt: skip
        [first, *_] = public.resolve(text).as_json()["matches"]
        assert 0.1 == first["place"]["generalised_to_deg"], text
        assert WORDS in in_words.resolution(public.resolve(text)), text
        assert "generalised" not in json.dumps(precise.resolve(text).as_json()), text
        assert "generalised" not in in_words.resolution(precise.resolve(text)), text


def test_distances_and_the_nearest_place_say_so(precise: Gazetteer, public: Gazetteer) -> None:
    found = public.distance("Hass", "cg:h")
    assert 0.1 == found.as_json()["to"]["generalised_to_deg"]
    assert WORDS in in_words.distance_answer(found)
    nearest = public.reverse(LatLon(35.9, 36.2))
    said = nearest.as_json()["nearest"]
    assert ("cg:camp", 0.1) == (said["id"], said["generalised_to_deg"])
    assert WORDS in in_words.reverse_answer(nearest)
    assert WORDS not in in_words.reverse_answer(precise.reverse(LatLon(35.9, 36.2)))


def test_what_is_near_says_so_in_rows_and_counts(public: Gazetteer, tmp_path: Path) -> None:
    targets = [*public.places(kinds=[PlaceKind.HOSPITAL])]
    found = near(incidents(public), targets, within_m=20_000.0)
    first, second, *_ = found.as_geojson()["features"]
    names = ("nearest_generalised_to_deg", "incident_generalised_to_deg")
    assert [(0.1, 0.1), (0.1, None)] == [
        tuple(one["properties"].get(name) for name in names) for one in (first, second)
    ]
    assert 0.1 == found.summary.as_json()["generalised_to_deg"]
    found.write(tmp_path / "near.csv")
    [one, two, *_] = csv_rows(tmp_path / "near.csv")
    assert list(names) == list(one)[-2:]
    assert [("0.1", "0.1"), ("0.1", "")] == [tuple(row[name] for name in names) for row in (one, two)]
    assert 0.1 == json.loads((tmp_path / "near.summary.json").read_text())["generalised_to_deg"]
    said = one_line(in_words.near_answer(found, of="hospital", limit=None))
    assert f"Distances are to places {WORDS}." in said


def test_what_is_near_is_as_it_was_where_nothing_is_generalised(precise: Gazetteer, tmp_path: Path) -> None:
    found = near(incidents(precise), [*precise.places(kinds=[PlaceKind.HOSPITAL])], within_m=20_000.0)
    found.write(tmp_path / "near.csv")
    said = in_words.near_answer(found, of="hospital", limit=None)
    for text in (json.dumps(found.as_geojson()), (tmp_path / "near.csv").read_text(), said):
        assert "generalised" not in text


def test_counts_by_facility_say_so(public: Gazetteer) -> None:
    chosen = incidents(public)
    found = by_facility(chosen, [*public.places(kinds=[PlaceKind.HOSPITAL])], within_m=20_000.0)
    assert [0.1] == [row["generalised_to_deg"] for row in found.as_json()["rows"]]
    written = in_words.facility_answer(found, of="hospital", within_m=20_000.0, limit=None)
    assert WORDS in one_line(written)


def test_answers_to_questions_say_so(precise: Gazetteer, public: Gazetteer) -> None:
    for question, name in (
        ("nearest hospital to Hass", "nearest_generalised_to_deg"),
        ("distance from Hass hospital to Hass", "from_generalised_to_deg"),
        ("distance from Hass to Hass hospital", "to_generalised_to_deg"),
        ("incidents within 20 km of hospitals", "nearest_generalised_to_deg"),
    ):
        found = answer(parse_question(question), public, incidents(public))
        assert 0.1 == found.as_json()["rows"][0][name], question
        assert WORDS in one_line(in_words.question_answer(found, limit=None)), question
        before = answer(parse_question(question), precise, incidents(precise))
        assert "generalised" not in json.dumps(before.as_json()) + in_words.question_answer(
            before, limit=None
        ), question


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".xlsx", ".jsonl", ".geojson", ".parquet", ".gpkg"])
def test_an_enriched_table_has_a_column_that_says_so(
    precise: Gazetteer, public: Gazetteer, source: Path, tmp_path: Path, suffix: str
) -> None:
    summary = enrich_table(public, source, tmp_path / f"public{suffix}", min_confidence=0.2)
    table = read_table(tmp_path / f"public{suffix}")
    at = table.columns.index("gaz_generalised_to_deg")
    assert ["0.1", "", "0.1", ""] == [row[at] for row in table.rows()][:4]
    assert (f"sensitive places are {WORDS}",) == summary.notes
    precise_summary = enrich_table(precise, source, tmp_path / f"precise{suffix}")
    assert () == precise_summary.notes
    assert "gaz_generalised_to_deg" not in read_table(tmp_path / f"precise{suffix}").columns


def test_the_column_is_the_last_with_points_and_without(
    public: Gazetteer, source: Path, tmp_path: Path
) -> None:
    target = tmp_path / "out.csv"
    enrich_table(public, source, target)
    header = target.read_text("utf-8").splitlines()[0].split(",")
    assert ["id", "place", *GAZ_COLUMNS, "gaz_generalised_to_deg"] == header
    write_table(source, "place,lat,lon\nHass hospital,35.6,36.6\n,35.6,36.6\n")
    enrich_table(public, source, target)
    named, bare = csv_rows(target)
    assert ["gaz_point_admin_method", "gaz_generalised_to_deg"] == list(named)[-2:]
    assert ("0.1", "") == (named["gaz_generalised_to_deg"], bare["gaz_generalised_to_deg"])
    assert "" != named["gaz_point_distance_m"]


def test_a_frame_has_the_column_and_the_note(precise: Gazetteer, public: Gazetteer) -> None:
    frame = pd.read_csv(io.StringIO(ROWS))
    found = public.enrich(frame, min_confidence=0.2)
    assert [0.1, None, 0.1] == [None if pd.isna(v) else v for v in found["gaz_generalised_to_deg"][:3]]
    assert [f"sensitive places are {WORDS}"] == found.attrs["gazetteer"]["notes"]
    assert "gaz_generalised_to_deg" not in precise.enrich(frame)


def test_report_review_and_provenance_say_so(public: Gazetteer, tmp_path: Path) -> None:
    source = write_table(tmp_path / "in.csv", ROWS + "6,Hass hospital 2\n")
    report, review = tmp_path / "report.html", tmp_path / "review.csv"
    with Review(public, source, report=report, review=review) as stage:
        enrich_table(public, source, tmp_path / "out.csv", stage=stage, min_confidence=0.99)
    [made] = tmp_path.glob("*.provenance.json")
    facts = json.loads(made.read_text("utf-8"))
    assert (0.1, False) == (facts["gazetteer"]["generalised_to_deg"], facts["gazetteer"]["names_withheld"])
    assert public.info().content_hash == facts["gazetteer"]["content_hash"]
    assert WORDS in report.read_text("utf-8")
    assert f"35.55000, 36.65000, {WORDS}" in review.read_text("utf-8-sig")


def test_a_decision_for_a_generalised_place_says_so(public: Gazetteer, tmp_path: Path) -> None:
    source = write_table(tmp_path / "in.csv", "place,lat,lon\nNowhere at all,35.6,36.6\n")
    target, header = tmp_path / "out.csv", "place,areas,decision,decided_by,decided_on,why"
    decided = write_table(tmp_path / "decided.csv", f"{header}\nNowhere at all,,cg:h,A. N. Other,,\n")
    with Review(public, source, decisions=decided) as stage:
        enrich_table(public, source, target, stage=stage)
    [row] = csv_rows(target)
    told = [row[f"gaz_{name}"] for name in ("place_id", "generalised_to_deg", "decided_by")]
    assert ["cg:h", "0.1", "A. N. Other"] == told


def test_info_says_what_is_hidden(precise: Gazetteer) -> None:
    assert "generalised_to_deg" not in precise.info().as_json()
    unnamed = precise.generalised(0.1, withhold_names=True).info()
    assert (0.1, True) == (unnamed.as_json()["generalised_to_deg"], unnamed.as_json()["names_withheld"])
    assert (f"sensitive places are {WORDS}, and their names withheld",) == unnamed.notes
