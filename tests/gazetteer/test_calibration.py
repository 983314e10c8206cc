"""The calibration: its curve, its radii, its file; and one that is given is answered by, and told."""

import json
import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gazetteer import Gazetteer
from gazetteer.answers import MIN_CONFIDENCE
from gazetteer.enrich import enrich_table
from gazetteer.errors import InputError
from gazetteer.kinds import PlaceKind
from gazetteer.reading.calibration import POOLED, UNCALIBRATED, groups_of, load_calibration
from gazetteer.reading.rank import load_weights
from gazetteer.review import Review
from gazetteer.values import AdminUnit
from tests.builders import a_gazetteer_file, a_place
from tests.gazetteer.cli.running import answer, refusal
from tests.gazetteer.tables.fake_gazetteer import write_table

ALEPPO = (AdminUnit(1, "SY02", "Aleppo", "حلب"),)


PACKAGED = load_calibration()
#: Says half of what the packaged one says.
HALVED = tuple(one / 2 for one in PACKAGED.confidence)
HALF = replace(PACKAGED, confidence=HALVED, draws=(), weights=load_weights().hash, names=321, rows=654)


def written(folder: Path, told: object) -> Path:
    path = folder / "mine.json"
    path.write_text(json.dumps(told), "utf-8")
    return path


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_gazetteer_file(tmp_path_factory.mktemp("g") / "small.gpkg")


@pytest.fixture(scope="module")
def half(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("c"), HALF.as_json())


def test_the_curve_is_linear_between_its_knots_and_flat_beyond() -> None:
    curve = replace(UNCALIBRATED, raw=(0.2, 0.6), confidence=(0.1, 0.5))
    for raw, told in {0.0: 0.1, 0.2: 0.1, 0.4: 0.3, 0.6: 0.5, 1.0: 0.5}.items():
        assert told == pytest.approx(curve.calibrated(raw)), raw


def test_the_curve_of_the_package_rises_without_a_shelf() -> None:
    curve = load_calibration()
    told = [curve.calibrated(n / 1000) for n in range(1001)]
    assert sorted(told) == told
    assert 0.0 == told[0] < MIN_CONFIDENCE < told[-1] < 1.0
    steps = np.diff([curve.calibrated(x) for x in np.linspace(0.2, 0.9, 8)])
    assert steps.min() > 0.03


def test_the_calibration_of_the_package_goes_with_its_weights() -> None:
    assert load_weights().hash == load_calibration().weights


def test_confidences_are_redrawn_along_the_curves_of_places_drawn_anew() -> None:
    curve = replace(UNCALIBRATED, confidence=(0.0, 0.8), draws=((0.0, 0.6), (0.0, 1.0)))
    found = [curve.redrawn(np.array([0.0, 0.4, 0.8, 1.0]), draw).round(6).tolist() for draw in (0, 1)]
    assert [[0.0, 0.3, 0.6, 1.0], [0.0, 0.5, 1.0, 1.0]] == found


def test_a_place_has_the_radius_of_the_narrowest_group_that_there_is() -> None:
    village = "settlement, size not known"
    quantiles = {POOLED: 2.0, village: 1.5, f"{village}, SY02": 1.2, "settlement, a town": 0.5}
    known = replace(UNCALIBRATED, radius_quantiles=quantiles)
    place = a_place(population=None, uncertainty_m=1000.0, admin=())
    for other, radius_m in (
        (place, 1500.0),
        (replace(place, admin=ALEPPO), 1200.0),
        (replace(place, population=50_000, admin=ALEPPO), 500.0),
        (replace(place, kind=PlaceKind.HOSPITAL), 2000.0),
    ):
        assert radius_m == known.radius_m(other), groups_of(other)


def test_areas_computed_points_and_cells_keep_their_own_radius() -> None:
    kinds = (PlaceKind.DISTRICT, PlaceKind.REGION, PlaceKind.POINT)
    for place in (*(a_place(kind=kind) for kind in kinds), a_place(generalised_to_deg=0.1)):
        assert load_calibration().radius_m(place) is None


def test_a_file_gives_back_what_was_written_into_it(tmp_path: Path) -> None:
    packaged, again = load_calibration(), load_calibration(written(tmp_path, load_calibration().as_json()))
    assert (packaged, packaged.hash) == (again, again.hash)


def test_what_is_no_calibration_is_refused_in_one_sentence(tmp_path: Path, file: Path) -> None:
    none = "is no calibration: make one with"
    changes: tuple[dict[str, Any], ...] = (
        {"raw": [0.0]}, {"raw": [0.5, 0.5]}, {"raw": None}, {"confidence": [0.5, 0.2]},
        {"confidence": [0.0, 2.0]}, {"draws": [[0.0]]}, {"inward": 10**400}, {"confidence": [0.0, 10**400]},
        {"radius_quantiles": {}}, {"radius_quantiles": {"all": 0}}, {"inward": 0},
    )  # fmt: skip
    bad = [({**UNCALIBRATED.as_json(), **change}, none) for change in changes]
    bad += [({**UNCALIBRATED.as_json(), "schema": 99}, "has schema 99, and this version reads 1"), ({}, none)]
    path = tmp_path / "mine.json"
    for text, words in [*((json.dumps(told), words) for told, words in bad), ("[1]", none), ("{", none)]:
        path.write_text(text, "utf-8")
        with pytest.raises(InputError, match=rf"mine\.json {words}"):
            load_calibration(path)
    assert none in refusal("info", "--gazetteer", file, "--calibration", path)
    path.unlink()
    with pytest.raises(InputError, match=r"mine\.json can't be read"):
        load_calibration(path)
    assert "can't be read" in refusal("info", "--gazetteer", file, "--calibration", path)


def test_a_calibration_says_all_that_the_contract_names() -> None:
    told = load_calibration().as_json()
    names = ("schema", "library", "gazetteer", "weights", "rows", "raw", "confidence", "radius_quantiles")
    assert [] == [name for name in names if not told[name]]


# ---------------------------------------------------------------------------- one that is given


def said(gazetteer: Gazetteer) -> float:
    return gazetteer.resolve("Saraqib").matches[0].confidence


def test_it_is_what_is_answered_by_in_every_copy_of_the_gazetteer(file: Path, half: Path) -> None:
    plain, given = Gazetteer.open(file), Gazetteer.open(file, calibration=half)
    assert (PACKAGED, HALF) == (plain.calibration, given.calibration)
    expected = pytest.approx(said(plain) / 2)
    copies = (
        given,
        plain.with_calibration(HALF),
        given.generalised(0.1),
        given.with_sensitive(["hospital"]),
        pickle.loads(pickle.dumps(given)),
        pickle.loads(pickle.dumps(given.generalised(0.1))),
    )
    for one in copies:
        assert HALF.hash == one.info().calibration_hash
        assert said(one) == expected


def test_without_the_prior_governorates_that_reports_name_more_often_are_not_favoured(
    default: Gazetteer,
) -> None:
    plain = default.with_calibration(replace(PACKAGED, prior=False))
    favoured, other = (
        {match.place.admin[0].pcode: match.confidence for match in one.resolve("Suran").matches[:2]}
        for one in (default, plain)
    )
    assert favoured["SY02"] > other["SY02"]  # more is reported of Aleppo than of Hama
    assert favoured["SY05"] < other["SY05"]


def test_the_environment_names_it_and_a_worker_takes_none_from_there(
    file: Path, half: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = pickle.dumps(Gazetteer.open(file))
    monkeypatch.setenv("GAZETTEER_CALIBRATION", str(half))
    assert HALF == Gazetteer.open(file).calibration
    assert PACKAGED == pickle.loads(plain).calibration


def test_one_for_other_weights_is_refused_in_a_sentence(file: Path, tmp_path: Path) -> None:
    other = replace(HALF, weights="f" * 64)
    path = written(tmp_path, other.as_json())
    words = "was made for other weights of the reader than this version has: make it again"
    with pytest.raises(InputError, match=words):
        Gazetteer.open(file, calibration=path)
    with pytest.raises(InputError, match=words):
        Gazetteer.open(file).with_calibration(other)
    assert words in refusal("resolve", "Saraqib", "--gazetteer", file, "--calibration", path)


def test_commands_take_it_and_info_and_provenance_tell_it(file: Path, half: Path, tmp_path: Path) -> None:
    options = ("--gazetteer", file, "--calibration", half)
    plain, halved = (
        answer("resolve", "Saraqib", *words)["matches"][0]["confidence"] for words in (options[:2], options)
    )
    assert plain / 2 == pytest.approx(halved, abs=1e-3)
    told = answer("info", *options)["calibration"]
    assert (HALF.hash, 321, 654) == (told["sha256"], told["names"], told["rows"])
    gazetteer = Gazetteer.open(file, calibration=half)
    table = write_table(tmp_path / "t.csv", "place\nSaraqib\n")
    with Review(gazetteer, tmp_path / "out.csv") as stage:
        enrich_table(gazetteer, table, tmp_path / "out.csv", stage=stage)
    facts = json.loads((tmp_path / "out.csv.provenance.json").read_text("utf-8"))
    assert {"sha256": HALF.hash} == facts["calibration"]
