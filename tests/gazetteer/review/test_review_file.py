"""The file that a person reviews: what is in it, in which order, and that it is safe to open."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gazetteer.enrich import enrich_table
from gazetteer.errors import TableError
from gazetteer.review import Review
from gazetteer.review.review_file import guarded, unguarded
from gazetteer.tables.table import RowsTable
from gazetteer.tables.writing import write_table
from tests.gazetteer.review.reviewing import gazetteer, read_csv, reviewed
from tests.gazetteer.tables.fake_gazetteer import match, place


def test_each_doubtful_string_stands_once_the_most_frequent_first(tmp_path: Path) -> None:
    reviewed(tmp_path, "place\nNowhere\nTell\nIdlib\nTell\nNowhere\nNowhere\n\n", review="review.csv")
    rows = read_csv(tmp_path / "review.csv")
    assert [("Nowhere", "3", "unresolved"), ("Tell", "2", "ambiguous")] == [
        (row["place"], row["rows"], row["status"]) for row in rows
    ]


def test_a_string_is_decided_beside_its_areas(tmp_path: Path) -> None:
    reviewed(tmp_path, "place,district,governorate\nTell,A,B\nTell,,B\nTell,A,B\n", review="review.csv")
    rows = read_csv(tmp_path / "review.csv")
    assert [("Tell", "A | B", "2"), ("Tell", "B", "1")] == [
        (row["place"], row["areas"], row["rows"]) for row in rows
    ]


def test_candidates_come_with_what_a_person_needs(tmp_path: Path) -> None:
    fake = gazetteer()
    reviewed(tmp_path, "place\nTell\n", fake, review="review.csv")
    (row,) = read_csv(tmp_path / "review.csv")
    found = ["cg:tell-one", "Tell One", "تل", "settlement", "Idleb", "35.80000, 36.70000", "4000", "0.45"]
    assert found == [
        row[f"candidate_1_{what}"]
        for what in "id name name_ar kind area position radius_m confidence".split()
    ]
    assert ["cg:tell-two", "", fake.content_hash] == [
        row["candidate_2_id"], row["candidate_3_id"], row["gazetteer"],
    ]  # fmt: skip
    assert [""] * 4 == [row[name] for name in ("decision", "decided_by", "decided_on", "why")]


def test_a_computed_candidate_is_decided_for_by_its_number(tmp_path: Path) -> None:
    computed = match(place("north of Idlib", id="point:36.0,36.6"), 0.5)
    fake = gazetteer(North=[computed])
    known = fake.place
    fake.place = lambda place_id: known("?" if place_id.startswith("point:") else place_id)  # type: ignore[method-assign]
    reviewed(tmp_path, "place\nNorth\n", fake, review="review.csv")
    (row,) = read_csv(tmp_path / "review.csv")
    assert ("", "north of Idlib", "point") == (
        row["candidate_1_id"], row["candidate_1_name"], row["candidate_1_kind"],
    )  # fmt: skip
    decisions = [{**row, "decision": "1", "decided_by": "Rana"}]
    write_table(tmp_path / "d.csv", RowsTable.of(decisions))
    reviewed(tmp_path, "place\nNorth\n", fake, decisions="d.csv")
    (found,) = read_csv(tmp_path / "out.csv")
    assert ("point:35.93062,36.63393", "4000", "SY07") == (
        found["gaz_place_id"], found["gaz_uncertainty_m"], found["gaz_adm1_pcode"],
    )  # fmt: skip


def test_the_rows_of_a_string_are_told_by_id_or_number_with_dates_and_notes(tmp_path: Path) -> None:
    rows = "".join(f"N{n},Tell,2016-05-0{n},{'note' if n < 3 else ''}\n" for n in range(1, 8))
    reviewed(tmp_path, f"id,place,date,notes\n{rows}", review="review.csv")
    reviewed(tmp_path, "place\nIdlib\nTell\nTell\n", review="numbers.csv")
    (row,), (by_number,) = read_csv(tmp_path / "review.csv"), read_csv(tmp_path / "numbers.csv")
    assert ("N1; N2; N3; N4; N5; …", "note", "2; 3") == (row["row_ids"], row["notes"], by_number["row_ids"])
    assert "2016-05-01; 2016-05-02; 2016-05-03; 2016-05-04; 2016-05-05" == row["dates"]


def test_a_name_whose_point_disagrees_is_doubtful_too(tmp_path: Path) -> None:
    reviewed(
        tmp_path, "place,lat,lon\nIdlib,35.93,36.63\nIdlib,33.5,36.3\nAleppo,36.2,37.1\n", review="review.csv"
    )
    (row,) = read_csv(tmp_path / "review.csv")
    assert ("Idlib", "resolved", "1", "1", "cg:idlib") == (
        row["place"], row["status"], row["rows"], row["points_disagree"], row["candidate_1_id"],
    )  # fmt: skip


def test_it_opens_in_arabic_runs_no_formula_and_lists_no_cell_too_long_for_a_name(tmp_path: Path) -> None:
    cells = f'"=HYPERLINK(""x"")",+1 cmd\n{"a" * 501},\n'
    reviewed(tmp_path, f"place,area\n{cells}", review="review.csv")
    (row,) = read_csv(tmp_path / "review.csv")
    assert ('\'=HYPERLINK("x")', "'+1 cmd") == (row["place"], row["areas"])
    assert (tmp_path / "review.csv").read_bytes().startswith(b"\xef\xbb\xbfplace,")


@given(st.text())
def test_a_guarded_cell_reads_back_as_it_was(cell: str) -> None:
    assert cell == unguarded(guarded(cell))
    assert not guarded(cell).startswith(("=", "+", "-", "@", "\t", "\r"))


def test_a_review_is_written_over_unless_it_is_filled(tmp_path: Path) -> None:
    for place_name in ("Tell", "Nowhere"):
        reviewed(tmp_path, f"place\n{place_name}\n", review="review.csv")
        assert [place_name] == [row["place"] for row in read_csv(tmp_path / "review.csv")]
    before = (tmp_path / "out.csv").read_bytes()
    (tmp_path / "review.csv").write_text("place,areas,decision,decided_by\nTell,,cg:tell-one,Rana\n")
    with pytest.raises(
        TableError, match="holds 1 decision that would be lost: to keep them, hand it in with"
    ):
        reviewed(tmp_path, "place\nTell\n", review="review.csv")
    assert before == (tmp_path / "out.csv").read_bytes()


def test_a_file_that_cannot_be_is_found_before_any_work(tmp_path: Path) -> None:
    fake = gazetteer()
    for options, said in (
        ({"review": "out.csv"}, "is named twice: give each file its own name"),
        ({"review": "review.csv", "report": "review.csv"}, "is named twice"),
        ({"review": "in.csv"}, "the output .* is the input"),
        ({"review": "review.ods"}, "end its name in .csv or .xlsx"),
        ({"report": "nowhere/report.html"}, "there is no folder"),
        ({"report": "out.csv.provenance.json"}, "is named twice"),
    ):
        with pytest.raises(TableError, match=said):
            reviewed(tmp_path, "place\nTell\n", fake, **options)
        assert ([], {"in.csv"}) == (fake.asked, {path.name for path in tmp_path.iterdir()})


def test_half_of_a_character_stops_nothing(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text('{"place": "Nowhere \\ud800", "\\udc00": 1}\n', "utf-8")
    fake = gazetteer()
    review, report = tmp_path / "review.csv", tmp_path / "report.html"
    with Review(fake, tmp_path / "out.jsonl", review=review, report=report) as stage:
        enrich_table(fake, source, tmp_path / "out.jsonl", stage=stage)
    assert ["Nowhere ?"] == [row["place"] for row in read_csv(review)]
    assert "Nowhere ?" in report.read_text("utf-8")
