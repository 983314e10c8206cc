"""What is appended to each row, and what the summary says."""

import json
from pathlib import Path

import pytest

from gazetteer.enrich import GAZ_COLUMNS, enrich_table
from gazetteer.errors import InputError
from gazetteer.geodesy import LatLon
from gazetteer.kinds import PlaceKind
from tests.gazetteer.tables.fake_gazetteer import FakeGazetteer, enriched, match, place, write_table

ISSUE_ORDER = (
    "gaz_status gaz_confidence gaz_place_id gaz_name gaz_kind gaz_latitude gaz_longitude gaz_uncertainty_m "
    "gaz_matched_name gaz_method gaz_adm1_pcode gaz_adm1_name gaz_adm2_pcode gaz_adm2_name gaz_adm3_pcode "
    "gaz_adm3_name gaz_admin_method gaz_geo_precision gaz_where_prec gaz_alternatives "
    "gaz_places gaz_unread gaz_country gaz_position_basis"
)


def test_the_columns_are_appended_in_their_order(tmp_path: Path) -> None:
    source, target = write_table(tmp_path / "empty.csv", "n,place\n"), tmp_path / "empty.out.csv"
    assert enrich_table(FakeGazetteer(), source, target).rows == 0
    assert target.read_text() == f"n,place,{','.join(GAZ_COLUMNS)}\n"
    assert list(GAZ_COLUMNS) == ISSUE_ORDER.split()


def test_a_resolved_row_has_everything(tmp_path: Path) -> None:
    (row,) = enriched(tmp_path, "place\nIdlib\n")
    assert row == {
        "place": "Idlib", "gaz_status": "resolved", "gaz_confidence": "0.95", "gaz_place_id": "cg:idlib",
        "gaz_name": "Idlib", "gaz_kind": "settlement",
        "gaz_latitude": "35.93062", "gaz_longitude": "36.63393",
        "gaz_uncertainty_m": "4000", "gaz_matched_name": "Idlib", "gaz_method": "exact",
        "gaz_adm1_pcode": "SY07", "gaz_adm1_name": "Idleb", "gaz_adm2_pcode": "SY0701",
        "gaz_adm2_name": "Idleb", "gaz_adm3_pcode": "SY070100", "gaz_adm3_name": "Idleb",
        "gaz_admin_method": "stated", "gaz_geo_precision": "1", "gaz_where_prec": "1",
        "gaz_alternatives": "[]", "gaz_places": "[]", "gaz_unread": "", "gaz_country": "",
        "gaz_position_basis": "",
    }  # fmt: skip


def test_an_ambiguous_row_has_candidates_and_no_position(tmp_path: Path) -> None:
    two = [match(place("Tell One"), 0.5), match(place("Tell Two", position=LatLon(36.5, 37.5)), 0.45)]
    (row,) = enriched(tmp_path, "place\nTell\n", FakeGazetteer({"Tell": two}))
    filled = {name for name in GAZ_COLUMNS if row[name]}
    assert filled == {"gaz_status", "gaz_confidence", "gaz_alternatives", "gaz_places"}
    assert (row["gaz_status"], row["gaz_confidence"]) == ("ambiguous", "0.5")
    assert json.loads(row["gaz_alternatives"]) == [
        {
            "place_id": place_id, "name": name, "kind": "settlement", "latitude": latitude,
            "longitude": longitude, "uncertainty_m": 4000, "confidence": confidence,
        }
        for place_id, name, latitude, longitude, confidence in (
            ("cg:tell-one", "Tell One", 35.93062, 36.63393, 0.5),
            ("cg:tell-two", "Tell Two", 36.5, 37.5, 0.45),
        )
    ]  # fmt: skip


def test_a_resolved_row_lists_at_most_five_others_best_first(tmp_path: Path) -> None:
    many = [match(place(f"P{n}"), 0.9 if n == 0 else 0.3 - n / 100) for n in range(9)]
    (row,) = enriched(tmp_path, "place\nP\n", FakeGazetteer({"P": many}))
    assert row["gaz_name"] == "P0"
    assert [other["name"] for other in json.loads(row["gaz_alternatives"])] == ["P1", "P2", "P3", "P4", "P5"]


def test_an_area_leaves_the_narrower_levels_blank(tmp_path: Path) -> None:
    area = place("Idlib", kind=PlaceKind.GOVERNORATE, admin=place().admin[:1], uncertainty_m=60_000.0)
    (row,) = enriched(tmp_path, "place\nIdlib\n", FakeGazetteer({"Idlib": [match(area)]}))
    assert (row["gaz_adm1_pcode"], row["gaz_adm2_pcode"], row["gaz_where_prec"]) == ("SY07", "", "4")


def test_a_cell_without_a_name_is_invalid_and_kept(tmp_path: Path) -> None:
    for cell in ("", "   ", "-", "???", "a\x07b", "\x1b[0m", "x" * 501, '"95.2, 36.1"', "nan;36"):
        (row,) = enriched(tmp_path, f"n,place\n1,{cell}\n")
        assert (cell.strip('"'), "invalid", "[]", "") == tuple(
            row[name] for name in ("place", "gaz_status", "gaz_alternatives", "gaz_confidence")
        )


def test_min_confidence_decides_what_is_resolved_and_must_be_a_probability(tmp_path: Path) -> None:
    rows = enriched(tmp_path, "place\nIdlib\nKafr Nowhere\n", min_confidence=0.99)
    assert [row["gaz_status"] for row in rows] == ["ambiguous", "unresolved"]
    for value in (-0.1, 1.5, float("nan")):
        with pytest.raises(InputError, match="min_confidence must lie between 0 and 1"):
            enriched(tmp_path, "place\nIdlib\n", min_confidence=value)


def test_area_cells_are_hints_narrowest_first_and_empty_ones_are_none(tmp_path: Path) -> None:
    gazetteer = FakeGazetteer()
    enriched(tmp_path, "place,governorate,district\nIdlib,North,\nIdlib,North,Middle\n", gazetteer)
    assert gazetteer.asked == [("Idlib", ("North",)), ("Idlib", ("Middle", "North"))]


def test_the_arabic_place_is_used_where_the_other_is_empty(tmp_path: Path) -> None:
    gazetteer = FakeGazetteer()
    enriched(tmp_path, "place,place_ar\nIdlib,حلب\n,حلب\n", gazetteer)
    assert [text for text, _ in gazetteer.asked] == ["Idlib", "حلب"]


def test_each_distinct_place_is_resolved_once_and_progress_counts_rows(tmp_path: Path) -> None:
    gazetteer, steps = FakeGazetteer(), list[tuple[int, int]]()
    text = "place,lat,lon\n" + "Idlib,35,36\nAleppo,36,37\n Idlib ,37,36\n" * 50
    rows = enriched(tmp_path, text, gazetteer, progress=lambda done, total: steps.append((done, total)))
    assert (len(rows), len(gazetteer.asked), steps) == (150, 2, [(150, 150)])


def test_the_summary_counts_every_status(tmp_path: Path) -> None:
    source = write_table(tmp_path / "in.csv", "Place;Area\nIdlib;x\n;x\nNowhere;\n")
    summary = enrich_table(FakeGazetteer(), source, tmp_path / "out.csv")
    assert summary.as_json() == {
        "rows": 3, "resolved": 1, "several": 0, "ambiguous": 0, "unresolved": 1, "invalid": 1,
        "columns": {
            "dataset": "plain", "place": "Place", "place_ar": None, "admin": ["Area"],
            "latitude": None, "longitude": None, "date": None,
        },
        "notes": [], "output": str(tmp_path / "out.csv"),
    }  # fmt: skip
