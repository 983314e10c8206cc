"""What a column of notes does to a row, and what it leaves alone."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from gazetteer import Gazetteer
from gazetteer.answers import Match
from gazetteer.enrich import GAZ_COLUMNS, Running
from gazetteer.enrich.checkpoint import checkpoint_of
from gazetteer.errors import InputError
from gazetteer.geodesy import LatLon
from gazetteer.incidents import ColumnChoice
from gazetteer.kinds import PlaceKind
from gazetteer.values import AdminUnit
from tests.gazetteer.review.reviewing import decisions_file, reviewed
from tests.gazetteer.tables.fake_gazetteer import FakeGazetteer, enriched, match, place, read_csv

HAMA = place("Hama", id="cg:hama", admin=(AdminUnit(1, "SY05", "Hama", "حماة"),))
IDLEB = place("Idleb", id="SY07", kind=PlaceKind.GOVERNORATE, uncertainty_m=60_000.0)
NOTES = ColumnChoice(text="notes")


def the_gazetteer(**answers: list[Match]) -> FakeGazetteer:
    """Know Idlib and its governorate, and Hama, which is elsewhere."""
    known = {"Idlib": [match(place())], "Hama": [match(HAMA)], "Idlib governorate": [match(IDLEB)]}
    return FakeGazetteer({**known, **answers})


def noted(
    folder: Path, *rows: str, fake: Any = None, header: str = "place,governorate,notes", **options: Any
) -> list[dict[str, str]]:
    text = "\n".join([header, *rows, ""])
    return enriched(folder, text, fake or the_gazetteer(), **{"columns": NOTES, **options})


def test_the_notes_give_the_place_where_the_row_names_none(tmp_path: Path) -> None:
    for cell in ("", "unknown", "-", "x" * 501, "a hospital"):
        (row,) = noted(tmp_path, f"{cell},SY07,Idlib was hit")
        assert ("resolved", "Idlib", "text", "0.95") == (
            row["gaz_status"], row["gaz_name"], row["gaz_method"], row["gaz_confidence"],
        ), cell  # fmt: skip
        assert ("Idlib", "from the notes: 'Idlib', as the row names no place") == (
            row["gaz_from_text"], row["gaz_text_reason"],
        ), cell  # fmt: skip


def test_a_row_that_is_resolved_or_names_something_unknown_is_not_read_further(tmp_path: Path) -> None:
    fake = the_gazetteer()
    rows = noted(tmp_path, "Idlib,,Hama was hit", "Nowhere (Nowhere),,Hama was hit", fake=fake)
    assert [] == fake.read
    assert ["resolved", "unresolved"] == [row["gaz_status"] for row in rows]
    assert {""} == {row["gaz_from_text"] + row["gaz_text_reason"] for row in rows}


def test_a_place_outside_the_areas_of_the_row_is_not_taken_and_that_is_said(tmp_path: Path) -> None:
    for cells in (",SY07", "Idlib governorate,"):
        (row,) = noted(tmp_path, f"{cells},Hama was hit")
        assert "not taken from the notes: 'Hama' is not in Idleb" == row["gaz_text_reason"], cells
        assert ("", ["invalid", "resolved"][cells.startswith("Idlib")]) == (
            row["gaz_from_text"], row["gaz_status"],
        ), cells  # fmt: skip


def test_a_row_that_names_only_an_area_gets_the_place_in_it(tmp_path: Path) -> None:
    rows = noted(tmp_path, "Idlib governorate,,Idlib was hit", "Idlib governorate,,a town was hit")
    assert ["Idlib", "Idleb"] == [row["gaz_name"] for row in rows]
    assert "from the notes: 'Idlib', as the row names only an area" == rows[0]["gaz_text_reason"]


def test_a_row_that_is_abroad_takes_nothing_from_its_notes(tmp_path: Path) -> None:
    fake = the_gazetteer()
    (row,) = noted(tmp_path, ",Turkey,Idlib was hit", fake=fake, header="place,country,notes")
    assert ([], "invalid", "") == (fake.read, row["gaz_status"], row["gaz_from_text"])


def test_notes_are_read_as_about_the_country_only_if_country_or_areas_say_so_and_as_said_in_those(
    tmp_path: Path,
) -> None:
    fake = the_gazetteer()
    rows = [",,,Idlib 1", ",SY07,,Idlib 2", ",,Syria,Idlib 3", ",Atlantis,,Idlib 4"]
    noted(tmp_path, *rows, fake=fake, header="place,governorate,country,notes")
    in_area = "In Idleb governorate. Idlib 2"
    assert [("Idlib 1", False), (in_area, True), ("Idlib 3", True), ("Idlib 4", False)] == fake.read


def test_a_row_with_a_point_and_no_name_stays_where_its_point_is(tmp_path: Path) -> None:
    rows = [",35.5,36.5,Idlib was hit", ",,,Idlib in Syria was hit"]
    fake = the_gazetteer(**{"35.5, 36.5": [match(place("point", position=LatLon(35.5, 36.5)))]})
    beside, without = noted(tmp_path, *rows, header="place,lat,lon,notes", fake=fake)
    assert ("35.5", "") == (beside["gaz_latitude"], beside["gaz_from_text"])
    assert ("35.93062", "Idlib") == (without["gaz_latitude"], without["gaz_from_text"])


def test_the_columns_are_there_only_where_notes_are_read_and_come_last(tmp_path: Path) -> None:
    columns = list(noted(tmp_path, "Idlib,,")[0])
    plain = list(noted(tmp_path, "Idlib,,", columns=None)[0])
    assert [*plain, "gaz_from_text", "gaz_text_reason"] == columns
    assert list(GAZ_COLUMNS) == plain[3:]


def test_a_table_needs_no_column_of_places_beside_its_notes(tmp_path: Path) -> None:
    (row,) = noted(tmp_path, "7,In Syria: Idlib", header="n,notes")
    assert "Idlib" == row["gaz_name"]


def test_rows_are_one_question_only_if_their_notes_are_the_same(tmp_path: Path) -> None:
    fake = the_gazetteer()
    rows = noted(tmp_path, *(f",,In Syria: {name}" for name in ("Idlib", "Hama", "Idlib")), fake=fake)
    assert ["Idlib", "Hama", "Idlib"] == [row["gaz_name"] for row in rows]
    assert [("In Syria: Idlib", False), ("In Syria: Hama", False)] == fake.read


def test_a_checkpoint_without_notes_is_of_other_options(tmp_path: Path) -> None:
    class Stopped(FakeGazetteer):
        def resolve(self, text: str, **options: Any) -> Any:
            if text == "Hama":
                raise KeyboardInterrupt
            return super().resolve(text, **options)

    lone = Running(processes=1)
    with pytest.raises(KeyboardInterrupt):
        noted(tmp_path, "Idlib,,a", "Hama,,b", fake=Stopped(), running=lone)
    assert checkpoint_of(tmp_path / "out.csv").exists()
    resumed = Running(processes=1, resume=True)
    with pytest.raises(InputError, match="of a run with other options"):
        noted(tmp_path, "Idlib,,a", "Hama,,b", fake=Stopped(), running=resumed, columns=None)


def test_a_decision_wins_over_the_notes(tmp_path: Path) -> None:
    decisions_file(tmp_path / "decided.csv", ("a hospital", "", "cg:aleppo", "R. Reviewer"))
    text = "place,notes\na hospital,Idlib was hit\n"
    reviewed(tmp_path, text, decisions="decided.csv", columns=NOTES)
    (row,) = read_csv(tmp_path / "out.csv")
    assert ("Aleppo", "decision", "", "", "R. Reviewer") == tuple(
        row[name] for name in ("gaz_name", "gaz_method", "gaz_from_text", "gaz_text_reason", "gaz_decided_by")
    )


@pytest.fixture(scope="module")
def default() -> Gazetteer:
    return Gazetteer.open()


def test_an_ambiguous_name_is_decided_by_the_areas_that_the_notes_name(default: Gazetteer) -> None:
    notes = {
        "Shells fell on Suran, in the countryside of Hama, Syria.": ("SY05", "'countryside of Hama'"),
        "Shells fell on Suran, in Aleppo governorate, Syria.": ("SY02", "'Aleppo governorate'"),
        "Shells fell on Suran.": (None, None),
    }
    found = default.enrich(pd.DataFrame({"place": "Suran", "notes": list(notes)}), text="notes")
    for (code, words), (_, row) in zip(notes.values(), found.iterrows(), strict=True):
        said = (None, pd.NA) if code is None else (code, f"the notes name {words}")
        assert str(said[1]) == str(row["gaz_text_reason"])
        assert str(code or pd.NA) == str(row["gaz_adm1_pcode"])
        assert pd.isna(row["gaz_from_text"])


def test_the_areas_of_the_row_tell_which_place_the_notes_name(default: Gazetteer) -> None:
    text = "Shells fell on Suran."
    frame = pd.DataFrame({"place": "", "governorate": ["Hama", "Aleppo"], "notes": text})
    found = default.enrich(frame, text="notes")
    assert [["SY05", "Suran"], ["SY02", "Suran"]] == found[
        ["gaz_adm1_pcode", "gaz_from_text"]
    ].values.tolist()


def test_notes_without_a_word_say_nothing(default: Gazetteer) -> None:
    found = default.enrich(pd.DataFrame({"place": "", "notes": ["ـ", "...", "7", None]}), text="notes")
    assert {"invalid"} == set(found["gaz_status"])
