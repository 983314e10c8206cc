"""What the commands look into: a gazetteer in memory, or a small file."""

from pathlib import Path

import pytest

from gazetteer.cli.options import Session
from gazetteer.geodesy import LatLon
from gazetteer.kinds import PlaceKind
from tests.builders import a_gazetteer_file, a_record
from tests.gazetteer.review.reviewing import gazetteer
from tests.gazetteer.tables.fake_gazetteer import FakeGazetteer, write_table


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeGazetteer:
    """Every command opens this one."""
    found = gazetteer()
    monkeypatch.setattr(Session, "open", lambda session: found)
    return found


@pytest.fixture(scope="module")
def gazetteer_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    hospital = a_record(
        id="cg:hospital", name="Saraqib Hospital", name_ar="مشفى سراقب", kind=PlaceKind.HOSPITAL,
        position=LatLon(35.87, 36.80), uncertainty_m=100.0,
    )  # fmt: skip
    return a_gazetteer_file(tmp_path_factory.mktemp("cli") / "small.gpkg", [a_record(), hospital])


@pytest.fixture
def incidents(tmp_path: Path) -> Path:
    rows = "2016-05-31,Saraqib\n2016-05-31,\n"
    return write_table(tmp_path / "incidents.csv", f"date,place\n{rows}")
