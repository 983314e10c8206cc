"""What a person decided wins, is recorded, and is compared with the gazetteer of today."""

import csv
import json
from pathlib import Path

import pytest

from gazetteer.errors import TableError
from gazetteer.geodesy import LatLon, distance_m
from gazetteer.review.review_file import read_review
from gazetteer.tables.table import RowsTable, Source
from gazetteer.tables.writing import write_table
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


def test_a_review_is_kept_when_the_table_is_enriched_again(tmp_path: Path) -> None:
    rows = [("Nowhere", "", "none", "Rana", "2026-05-01", "a typo"), ("Tell", "", "cg:tell-one", "Rana")]
    gone = ("No longer there", "", "none", "Rana")
    for review in ("next.csv", "d.csv", "next.xlsx"):
        decisions_file(tmp_path / "d.csv", *rows, gone)
        before = (tmp_path / "d.csv").read_text("utf-8").splitlines()
        own = (
            before[0] + ",mine",
            *(f"{line},{at}" for at, line in enumerate(before[1:])),
            "Tell,Idlib,,,,ask Ali,,,,,x",
        )
        (tmp_path / "d.csv").write_text("\n".join(own) + "\n", "utf-8")
        reviewed(tmp_path, TABLE, decisions="d.csv", review=review)
        kept = [row for _, row in read_review(Source(review, tmp_path / review))]
        assert [
            ("Tell", "Idlib", "", "", "", "ask Ali", "x"),
            ("Nowhere", "", "none", "Rana", "2026-05-01", "a typo", "0"),
            ("Tell", "", "cg:tell-one", "Rana", "", "", "1"),
            ("No longer there", "", "none", "Rana", "", "", "2"),
        ] == [
            tuple(row[name] for name in "place areas decision decided_by decided_on why mine".split())
            for row in kept
        ], review
        assert "cg:tell-one" == kept[0]["candidate_1_id"]  # which is asked still


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


def test_each_form_of_a_decision_comes_back_from_csv_and_from_a_workbook(tmp_path: Path) -> None:
    text = "id,place,date,notes\na,Tell,2016-05-30,by the mill\nb,Nowhere,2016-05-31,\n"
    for review in ("review.csv", "review.xlsx"):
        for decision, place_id, radius_m in (
            ("cg:tell-two", "cg:tell-two", ""),
            ("2", "cg:tell-two", ""),
            ("Accept", "cg:tell-one", ""),
            ("35.81, 36.60 within 500 m", "point:35.81000,36.60000", "500"),
            ("35.81, 36.60", "point:35.81000,36.60000", "1433"),
            ("Idlib", "cg:idlib", ""),
            ("none", "", ""),
        ):
            (tmp_path / review).unlink(missing_ok=True)
            reviewed(tmp_path, text, review=review)
            rows = [row for _, row in read_review(Source(review, tmp_path / review))]
            (row,) = (row for row in rows if row["place"] == "Tell")
            assert ("a", "2016-05-30", "by the mill") == (row["row_ids"], row["dates"], row["notes"])
            row |= {"decision": decision, "decided_by": "Rana", "why": "the map"}
            write_table(tmp_path / review, RowsTable.of(rows))
            reviewed(tmp_path, text, decisions=review)
            found, other = read_csv(tmp_path / "out.csv")
            assert (place_id, "decision", "Rana", "the map") == tuple(
                found[f"gaz_{name}"] for name in ("place_id", "method", "decided_by", "decision_note")
            )
            assert ("unresolved" if decision == "none" else "resolved") == found["gaz_status"]
            assert radius_m in ("", found["gaz_uncertainty_m"])
            assert ("SY07" if place_id.startswith("point") else found["gaz_adm1_pcode"]) == found[
                "gaz_adm1_pcode"
            ]
            assert "" == other["gaz_decided_by"]


def test_several_places_are_accepted_as_they_are(tmp_path: Path) -> None:
    fake = gazetteer()
    fake.several = {"Tells": [match(ONE), match(TWO)]}
    text = "place,lat,lon\nTells,33.5,36.3\n"
    reviewed(tmp_path, text, fake, review="r.csv")
    (row,) = read_csv(tmp_path / "r.csv")
    write_table(tmp_path / "r.csv", RowsTable.of([{**row, "decision": "accept", "decided_by": "Rana"}]))
    reviewed(tmp_path, text, fake, decisions="r.csv")
    (found,) = read_csv(tmp_path / "out.csv")
    assert ("several", "decision", "", "Rana") == tuple(
        found[f"gaz_{name}"] for name in ("status", "method", "confidence", "decided_by")
    )
    assert ["cg:tell-one", "cg:tell-two"] == [one["place_id"] for one in json.loads(found["gaz_places"])]


def test_what_is_wrong_with_decisions_is_said_with_its_line_before_any_work(tmp_path: Path) -> None:
    one = ("Tell", "", "cg:tell-one", "A")
    for rows, gazetteer_hash, said in (
        ([("Tell", "", "cg:nowhere", "R")], "", "d.csv, line 2: this gazetteer has no place with the id"),
        (
            [("Tell", "", "cg:gone", "R")],
            "f" * 64,
            r"\(the file was made with another gazetteer, ffffffffffff\)",
        ),
        ([("x", "", "", ""), (*one[:3], "")], "", "d.csv, line 3: a decision needs a name"),
        (
            [one, ("Tell", "", "cg:tell-two", "B")],
            "",
            "d.csv, line 3: 'Tell' is decided otherwise in line 2: leave one of the two",
        ),
        ([one, ("Tell", "", "none", "B")], "", "is decided otherwise in line 2"),
        (
            [one, ("Nowhere", "", "Tell", "B"), ("Idlib", "", "Suran", "B"), ("x", "", "9", "B")],
            "",
            r"line 3: 'Tell' is ambiguous: add its area, or write one of these ids: cg:tell-one \(.*\); "
            r"cg:tell-two \(.*\); lines 4, 5 can't be used either",
        ),
    ):
        decisions_file(tmp_path / "d.csv", *rows, gazetteer=gazetteer_hash)
        fake = gazetteer()
        with pytest.raises(TableError, match=said):
            reviewed(tmp_path, TABLE, fake, decisions="d.csv")
        assert not (tmp_path / "out.csv").exists() and ("Idlib", ()) not in fake.asked
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
