"""What a person decided wins, is recorded, and is compared with the gazetteer of today."""

import csv
from pathlib import Path

import pytest

from gazetteer.errors import TableError
from gazetteer.geodesy import LatLon, distance_m
from tests.gazetteer.review.reviewing import ONE, TWO, decisions_file, gazetteer, read_csv, reviewed
from tests.gazetteer.tables.fake_gazetteer import match, place
from tests.gazetteer.tables.workbooks import a_workbook

TABLE = "place,area\nTell,Idlib\nTell,\nIdlib,\nNowhere,\n"


def test_a_decision_wins_and_is_recorded(tmp_path: Path) -> None:
    decisions_file(
        tmp_path / "d.csv", ("Tell", "Idlib", "cg:tell-two", "Rana", "2026-05-01", "the report's map")
    )
    summary = reviewed(tmp_path, TABLE, decisions="d.csv")
    decided, other, *_ = read_csv(tmp_path / "out.csv")
    assert ("resolved", "decision", "cg:tell-two", "36.5", "", "") == tuple(
        decided[f"gaz_{name}"]
        for name in ("status", "method", "place_id", "latitude", "confidence", "matched_name")
    )
    assert ("Rana", "2026-05-01", "the report's map") == tuple(
        decided[name] for name in ("gaz_decided_by", "gaz_decided_on", "gaz_decision_note")
    )
    assert ("ambiguous", "", "") == (other["gaz_status"], other["gaz_method"], other["gaz_decided_by"])
    assert {"resolved": 2, "several": 0, "ambiguous": 1, "unresolved": 1, "invalid": 0} == dict(
        summary.statuses
    )


def test_a_decision_wins_over_a_resolved_name_which_stays_an_alternative(tmp_path: Path) -> None:
    names = ("status", "method", "place_id", "latitude", "decided_by", "decision_note")
    for decision, expected in (
        ("cg:aleppo", ("resolved", "decision", "cg:aleppo", "36.20124", "Rana", "another Idlib")),
        ("None", ("unresolved", "decision", "", "", "Rana", "another Idlib")),
    ):
        decisions_file(tmp_path / "d.csv", ("Idlib", "", decision, "Rana", "", "another Idlib"))
        reviewed(tmp_path, TABLE, decisions="d.csv")
        row = read_csv(tmp_path / "out.csv")[2]
        assert expected == tuple(row[f"gaz_{name}"] for name in names)
        assert '"cg:idlib"' in row["gaz_alternatives"]


def test_what_is_decided_is_not_asked_again(tmp_path: Path) -> None:
    decisions_file(tmp_path / "d.csv", ("Nowhere", "", "none", "Rana"), ("Tell", "", "cg:tell-one", "Rana"))
    reviewed(tmp_path, TABLE, decisions="d.csv", review="next.csv")
    assert [("Tell", "Idlib")] == [(row["place"], row["areas"]) for row in read_csv(tmp_path / "next.csv")]


def test_a_point_is_compared_with_the_place_decided_for(tmp_path: Path) -> None:
    decisions_file(tmp_path / "d.csv", ("Tell", "", "cg:tell-two", "Rana"))
    reviewed(tmp_path, "place,lat,lon\nTell,36.5,37.5\nTell,35.8,36.7\nTell,,\n", decisions="d.csv")
    rows = read_csv(tmp_path / "out.csv")
    assert [("agrees", "0"), ("disagrees", str(round(distance_m(ONE.position, TWO.position)))), ("", "")] == [
        (row["gaz_point_check"], row["gaz_point_distance_m"]) for row in rows
    ]
    assert ("decimal", "SY07") == (rows[0]["gaz_point_reading"], rows[0]["gaz_point_adm1_pcode"])


def test_a_review_file_comes_back_as_it_was_written(tmp_path: Path) -> None:
    text = 'place,area\n"=1+1","a  b\nc"\n"\'=1+1",x\nTell,+y\n'
    reviewed(tmp_path, text, review="review.csv")
    rows = read_csv(tmp_path / "review.csv")
    assert 3 == len(rows)
    with (tmp_path / "filled.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=";")
        writer.writeheader()
        writer.writerows({**row, "decision": "none", "decided_by": "Rana"} for row in rows)
    summary = reviewed(tmp_path, text, decisions="filled.csv")
    assert ((), ["decision"] * 3) == (
        summary.notes, [row["gaz_method"] for row in read_csv(tmp_path / "out.csv")],
    )  # fmt: skip


def test_a_workbook_of_decisions_is_read(tmp_path: Path) -> None:
    header = ["place", "areas", "decision", "decided_by", "decided_on"]
    a_workbook(tmp_path / "d.xlsx", [header, ["Tell", None, "cg:tell-one", "Rana", "2026-05-01"]])
    reviewed(tmp_path, TABLE, decisions="d.xlsx")
    assert "2026-05-01" == read_csv(tmp_path / "out.csv")[1]["gaz_decided_on"]


def test_what_is_wrong_with_decisions_is_said_with_its_line_before_any_work(tmp_path: Path) -> None:
    one = ("Tell", "", "cg:tell-one", "A")
    for rows, gazetteer_hash, said in (
        ([("Tell", "", "cg:nowhere", "R")], "", "d.csv, line 2: this gazetteer has no place with the id"),
        ([("Tell", "", "cg:gone", "R")], "f" * 64, r"\(the file was made with another one, ffffffffffff\)"),
        ([("x", "", "", ""), (*one[:3], "")], "", "d.csv, line 3: a decision needs a name"),
        (
            [one, ("Tell", "", "cg:tell-two", "B")],
            "",
            "d.csv, line 3: 'Tell' is decided otherwise in line 2: leave one of the two",
        ),
        ([one, ("Tell", "", "none", "B")], "", "is decided otherwise in line 2"),
    ):
        decisions_file(tmp_path / "d.csv", *rows, gazetteer=gazetteer_hash)
        fake = gazetteer()
        with pytest.raises(TableError, match=said):
            reviewed(tmp_path, TABLE, fake, decisions="d.csv")
        assert ([], False) == (fake.asked, (tmp_path / "out.csv").exists())
    (tmp_path / "d.csv").write_text("place,areas\nTell,\n")
    with pytest.raises(TableError, match="has no column decision: take a file that --review wrote"):
        reviewed(tmp_path, TABLE, decisions="d.csv")


def test_a_gazetteer_that_changed_since_is_said_with_what_changed(tmp_path: Path) -> None:
    row = ("Tell", "", "cg:tell-two", "Rana", "", "", "cg:tell-two", "Tell 2", "36.40000, 37.50000")
    decisions_file(tmp_path / "d.csv", row, gazetteer="f" * 64)
    summary = reviewed(tmp_path, TABLE, decisions="d.csv")
    assert (
        "the gazetteer has changed since d.csv was made (it was ffffffffffff and is 000000000000): look over "
        "its decisions",
        "cg:tell-two was Tell 2 at 36.40000, 37.50000 and is Tell Two at 36.50000, 37.50000 now",
    ) == summary.notes


def test_a_decision_for_a_string_that_no_row_has_is_said(tmp_path: Path) -> None:
    decisions_file(tmp_path / "d.csv", ("Elsewhere", "", "none", "Rana"))
    summary = reviewed(tmp_path, TABLE, decisions="d.csv")
    assert ("no row of the table has the place and areas of d.csv, line 2",) == summary.notes


def test_many_changed_places_are_counted_after_the_first(tmp_path: Path) -> None:
    many = {f"T{n}": [match(place(f"T{n}", position=LatLon(35.0, 36.0)))] for n in range(8)}
    rows = [
        (name, "", f"cg:{name.lower()}", "R", "", "", f"cg:{name.lower()}", name, "1, 1") for name in many
    ]
    decisions_file(tmp_path / "d.csv", *rows, gazetteer="f" * 64)
    notes = reviewed(tmp_path, "place\n" + "\n".join(many) + "\n", gazetteer(**many), decisions="d.csv").notes
    assert (7, "3 more decided places have changed") == (len(notes), notes[-1])
    assert TWO.name not in notes[1]
