"""Accuracy on labelled names, cross-validated by place, may not fall.

Needs ``../shared``: takes the gazetteer of the publishers' files there, runs
``scripts/measure_accuracy.py`` once, and holds its figures against what was promised. What is not reached
yet is held at the level it has, less a hundredth; ``docs/accuracy.md`` shows it as missed.
"""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from geodata.assemble import Built

ROOT = Path(__file__).resolve().parent.parent
NO_AREA, GIVEN = "Airwars English, no area", "Airwars English, governorate given"
ARABIC = "Airwars Arabic, no area"
UCDP, UCDP_GIVEN = "UCDP (where_prec 1-2), no area", "UCDP (1-2), governorate and district given"
AREAS = "UCDP (where_prec 3, 4, 6), areas"
SHARES = ("within_5_km", "accepted", "accepted_precision_5_km")
#: Promised at least: within 5 km, accepted, precision of the accepted.
PROMISED: Final = {
    NO_AREA: (0.70, 0.45, 0.93),
    GIVEN: (0.76, 0.55, 0.95),
    ARABIC: (0.70, 0.45, 0.93),
    UCDP: (0.82, 0.60, 0.95),
    UCDP_GIVEN: (0.87, 0.75, 0.96),
}
#: Promised at least of the accepted rows of every table: governorate, district, sub-district right.
ADMIN: Final = {"accepted_adm1_right": 0.99, "accepted_adm2_right": 0.97, "accepted_adm3_right": 0.93}
CALIBRATION_ERROR: Final = 0.05
#: Promised at least of rows that mean an area: the share resolved to just that area.
WIDE: Final = {"the country (where_prec 6)": 0.95, "a governorate (where_prec 4)": 0.95}
#: What is not reached yet, at the level it has less a hundredth.
NOT_YET: Final = {
    (GIVEN, "accepted_precision_5_km"): 0.934,
    (NO_AREA, "accepted_adm1_right"): 0.968,
    (NO_AREA, "accepted_adm2_right"): 0.957,
    (ARABIC, "accepted_adm1_right"): 0.978,
    (UCDP, "accepted_adm1_right"): 0.979,
}
LEAST: Final = {
    **{
        (table, share): least
        for table, all_ in PROMISED.items()
        for share, least in zip(SHARES, all_, strict=True)
    },
    **{(table, share): least for table in PROMISED for share, least in ADMIN.items()},
    **{(AREAS, share): least for share, least in WIDE.items()},
    **NOT_YET,
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the script measured, and what it made of a document."""

    figures: dict[str, dict[str, float]]
    document: str


@pytest.fixture(scope="module")
def outcome(
    shared: Path, full_gazetteer: tuple[Path, Built], tmp_path_factory: pytest.TempPathFactory
) -> Outcome:
    labelled, score = shared / "data" / "labelled", shared / "tools" / "score.py"
    if not labelled.is_dir() or not score.is_file():
        pytest.skip("needs ../shared/data/labelled and ../shared/tools/score.py, which are not here")
    folder = tmp_path_factory.mktemp("accuracy")
    command = [sys.executable, str(ROOT / "scripts" / "measure_accuracy.py"), "--no-peers"]
    command += ["--gazetteer", str(full_gazetteer[0]), "--labelled", str(labelled)]
    command += ["--score", str(score), "--json", str(folder / "figures.json")]
    command += ["--markdown", str(a_document(folder / "accuracy.md"))]
    subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
    figures = json.loads((folder / "figures.json").read_text("utf-8"))
    return Outcome(figures, (folder / "accuracy.md").read_text("utf-8"))


@pytest.fixture
def figures(outcome: Outcome) -> dict[str, dict[str, float]]:
    return outcome.figures


def a_document(path: Path) -> Path:
    path.write_text("above\n\n<!-- figures: begin -->\nold\n<!-- figures: end -->\n\nbelow\n", "utf-8")
    return path


@pytest.mark.parametrize(("table", "share"), LEAST, ids=" / ".join)
def test_a_share_is_no_less_than_promised_or_than_it_was(
    figures: dict[str, dict[str, float]], table: str, share: str
) -> None:
    assert figures[table][share] >= LEAST[table, share]


@pytest.mark.parametrize("table", PROMISED)
def test_confidence_is_the_share_that_is_right(figures: dict[str, dict[str, float]], table: str) -> None:
    assert figures[table]["calibration_error"] <= CALIBRATION_ERROR


def test_a_governorate_given_helps(figures: dict[str, dict[str, float]]) -> None:
    for share in ("within_5_km", "accepted"):
        assert figures[GIVEN][share] > figures[NO_AREA][share]
        assert figures[UCDP_GIVEN][share] > figures[UCDP][share]


def test_the_document_is_renewed_between_its_marks_and_nowhere_else(outcome: Outcome) -> None:
    text = outcome.document
    assert text.startswith("above\n\n<!-- figures: begin -->\n")
    assert text.endswith("<!-- figures: end -->\n\nbelow\n")
    assert "old" not in text.split()
    assert all(f"| {table} |" in text for table in PROMISED)
