"""What is refused rather than answered for something else than was asked."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gazetteer import Gazetteer
from gazetteer.cli.main import app
from gazetteer.incidents import read_incidents


@pytest.fixture(scope="module")
def gazetteer() -> Iterator[Gazetteer]:
    with Gazetteer.open() as opened:
        yield opened


@pytest.mark.parametrize("text", ["no", "n/a", "None", "ditto", "unknown", "غير معروف"])
def test_a_word_for_no_place_is_no_place(gazetteer: Gazetteer, text: str) -> None:
    assert ("unresolved", ()) == (gazetteer.resolve(text).status, gazetteer.resolve(text).matches)


@pytest.mark.parametrize("text", ["Saraqib, Iraq", "Aleppo (Turkey)", "سراقب، العراق"])
def test_a_place_abroad_is_not_its_namesake_here(gazetteer: Gazetteer, text: str) -> None:
    assert "unresolved" == gazetteer.resolve(text).status


def test_a_written_position_outside_the_country_says_so_where_polygons_are_known() -> None:
    with Gazetteer.open() as default:  # without polygons nobody knows, and nothing is claimed
        assert ("a written position",) == default.resolve("0,0").matches[0].reasons


@pytest.mark.parametrize("radius", ["-5", "abc", "inf"])
def test_a_bad_radius_is_never_taken_for_exact(gazetteer: Gazetteer, tmp_path: Path, radius: str) -> None:
    table = tmp_path / "a.csv"
    table.write_text(f"id,latitude,longitude,uncertainty_m\n1,35.9,36.6,{radius}\n", encoding="utf-8")
    (incident,) = read_incidents(table, gazetteer)
    assert (400_000.0, 1) == (incident.uncertainty_m, len(incident.problems))


def test_near_never_writes_over_the_table_of_places(tmp_path: Path) -> None:
    table, places = tmp_path / "a.csv", tmp_path / "f.csv"
    table.write_text("id,latitude,longitude\n1,35.9,36.6\n", encoding="utf-8")
    places.write_text("name,latitude,longitude\nx,35.9,36.6\n", encoding="utf-8")
    before = places.read_bytes()
    words = ["near", str(table), "--of", str(places), "--within", "5km", "-o", str(places)]
    assert 2 == CliRunner().invoke(app, words).exit_code
    assert before == places.read_bytes()
