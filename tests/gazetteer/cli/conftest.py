"""What the commands look into: a gazetteer in memory, or a small file."""

from pathlib import Path

import pytest

from gazetteer.cli.options import Session
from gazetteer.geodesy import LatLon
from gazetteer.kinds import PlaceKind
from gazetteer.values import AdminUnit
from tests.builders import a_gazetteer_file, a_record
from tests.gazetteer.tables.fake_gazetteer import FakeGazetteer, match, place, write_table

TELL_IDLIB = place("Tell One", name_ar="تل", position=LatLon(35.8, 36.7))
TELL_ALEPPO = place(
    "Tell Two",
    name_ar="تل",
    position=LatLon(36.5, 37.5),
    admin=(AdminUnit(1, "SY02", "Aleppo", "حلب"), AdminUnit(2, "SY0204", "Al Bab", "الباب")),
)


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeGazetteer:
    """Every command opens this one."""
    gazetteer = FakeGazetteer()
    tell = [match(TELL_IDLIB, 0.45), match(TELL_ALEPPO, 0.44)]
    gazetteer.answers = {**gazetteer.answers, "Tell": tell}
    monkeypatch.setattr(Session, "open", lambda session: gazetteer)
    return gazetteer


@pytest.fixture(scope="module")
def gazetteer_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    hospital = a_record(
        id="cg:hospital",
        name="Saraqib Hospital",
        name_ar="مشفى سراقب",
        kind=PlaceKind.HOSPITAL,
        position=LatLon(35.87, 36.80),
        uncertainty_m=100.0,
    )
    return a_gazetteer_file(tmp_path_factory.mktemp("cli") / "small.gpkg", [a_record(), hospital])


@pytest.fixture
def incidents(tmp_path: Path) -> Path:
    rows = "2016-05-31,Saraqib\n2016-05-31,\n"
    return write_table(tmp_path / "incidents.csv", f"date,place\n{rows}")
