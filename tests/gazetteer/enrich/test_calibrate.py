"""A calibration of one's own: from which rows, what it says of itself, and that every command takes it."""

import json
from collections.abc import Iterator
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gazetteer.answers import Resolution
from gazetteer.enrich import Calibrated, calibrate
from gazetteer.enrich.calibrate import check_calibration_target
from gazetteer.errors import TableError
from gazetteer.geodesy import LatLon, destination
from gazetteer.reading.calibration import Calibration, load_calibration
from gazetteer.reading.rank import load_weights
from tests.gazetteer.tables.fake_gazetteer import FakeGazetteer, match, place, write_table

TRUTH = LatLon(35.9, 36.6)


class RawGazetteer(FakeGazetteer):
    """Its answers' confidences are raw; what it says is calibrated."""

    calibration = load_calibration()

    def with_calibration(self, calibration: Calibration) -> "RawGazetteer":
        other = copy(self)
        other.calibration = calibration
        return other

    def resolve(self, text: str, **options: Any) -> Resolution:
        found = super().resolve(text, **options)
        say = self.calibration.calibrated
        matches = (replace(one, confidence=say(one.confidence)) for one in found.matches)
        return found.with_matches(matches, min_confidence=0.8)


def labelled(folder: Path, names: int, *, rows: int = 2, wrong: float = 0.5) -> tuple[RawGazetteer, Path]:
    """Names that are answered 0.9 to 0.99 sure, of which a share is wrong."""
    fake, lines = RawGazetteer({}), []
    for name in range(names):
        metres = 50_000.0 if name < wrong * names else 300.0 + 10.0 * name
        raw = 0.9 + 0.09 * (name % 7) / 6
        at = destination(TRUTH, azimuth_deg=70.0, distance_m=metres)
        fake.answers = {**fake.answers, f"N{name}": [match(place(f"N{name}", position=at), raw)]}
        lines += [f"N{name},{TRUTH.latitude},{TRUTH.longitude}\n"] * rows
    text = "place,true_latitude,true_longitude\n" + "".join(lines)
    return fake, write_table(folder / "labelled.csv", text)


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Calibrated]:
    yield calibrate(*labelled(tmp_path, 60))


def test_what_is_said_too_surely_is_said_less_surely_and_that_is_better(made: Calibrated) -> None:
    before, after = (one.calibrated(0.97) for one in (made.before, made.calibration))
    assert after < before - 0.1
    assert ("better", True) == (made.verdict, made.difference.high < 0)
    assert (0.5, 60, 120) == (made.right, made.calibration.names, made.calibration.rows)
    said = " ".join(made.words)
    assert "120 rows of 60 names were fitted." in said
    assert "0.80 is now" in said
    assert "On names that it had not seen it is better than the one before: squared error" in said


def test_one_that_is_no_better_says_so(tmp_path: Path) -> None:
    found = calibrate(*labelled(tmp_path, 60, wrong=0.05))
    assert "no better" == found.verdict
    assert found.words[-1].endswith("More rows may help.")


def test_it_knows_what_it_was_made_with_and_reads_back_as_itself(made: Calibrated, tmp_path: Path) -> None:
    made.write(tmp_path / "mine.json")
    again = load_calibration(tmp_path / "mine.json")
    assert (made.calibration, made.calibration.hash) == (again, again.hash)
    document = json.loads((tmp_path / "mine.json").read_text("utf-8"))
    assert (1, "0" * 64, load_weights().hash) == (
        document["schema"], document["gazetteer"], document["weights"],
    )  # fmt: skip
    assert again.hash == made.as_json()["sha256"]


def test_the_same_rows_give_the_same_calibration(tmp_path: Path) -> None:
    one, other = (calibrate(*labelled(tmp_path, 40)) for _ in range(2))
    assert (one.calibration, one.words) == (other.calibration, other.words)


def test_too_few_rows_are_refused_in_a_sentence(tmp_path: Path) -> None:
    for names, rows, words in (
        (24, 2, "labelled.csv has 48 rows of 24 different names that are answered"),
        (29, 3, "87 rows of 29 different names"),
        (40, 1, "a calibration takes 50 rows of 30 names, so add rows"),
    ):
        with pytest.raises(TableError, match=words):
            calibrate(*labelled(tmp_path, names, rows=rows))


def test_rows_that_say_nothing_of_a_name_are_left_out(tmp_path: Path) -> None:
    fake, table = labelled(tmp_path, 60)
    computed = ("offset", "between", "fallback", "coordinates", "pcode")
    for n, method in enumerate(computed):
        fake.answers = {**fake.answers, f"N{n}": [replace(fake.answers[f"N{n}"][0], method=method)]}
    fake.several = {"N5": [match(place("A")), match(place("B"))]}
    assert 60 - len(computed) - 1 == calibrate(fake, table).calibration.names


def test_an_output_that_would_destroy_something_is_refused(tmp_path: Path) -> None:
    fake, table = labelled(tmp_path, 3)
    for target, words in ((table, "is the input"), (Path("-"), "name it with -o"), (tmp_path, "is a folder")):
        with pytest.raises(TableError, match=words):
            check_calibration_target(target, table, fake)
