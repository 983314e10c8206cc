"""A calibration that is given: it is what is answered by, wherever that is, and told."""

import json
import pickle
from dataclasses import replace
from pathlib import Path

import pytest

from gazetteer import Gazetteer
from gazetteer.enrich import enrich_table
from gazetteer.errors import InputError
from gazetteer.reading.calibration import load_calibration
from gazetteer.reading.rank import load_weights
from gazetteer.review import Review
from tests.builders import a_gazetteer_file
from tests.gazetteer.cli.running import answer, refusal
from tests.gazetteer.tables.fake_gazetteer import write_table

PACKAGED = load_calibration()
#: Says half of what the packaged one says.
HALF = replace(
    PACKAGED,
    confidence=tuple(one / 2 for one in PACKAGED.confidence),
    draws=(),
    weights=load_weights().hash,
    names=321,
    rows=654,
)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_gazetteer_file(tmp_path_factory.mktemp("g") / "small.gpkg")


@pytest.fixture(scope="module")
def half(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("c") / "half.json"
    path.write_text(json.dumps(HALF.as_json()), "utf-8")
    return path


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


def test_without_the_prior_governorates_that_reports_name_more_often_are_not_favoured() -> None:
    default = Gazetteer.open()
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
    path = tmp_path / "other.json"
    path.write_text(json.dumps(other.as_json()), "utf-8")
    words = "was made for other weights of the reader than this version has: make it again"
    with pytest.raises(InputError, match=words):
        Gazetteer.open(file, calibration=path)
    with pytest.raises(InputError, match=words):
        Gazetteer.open(file).with_calibration(other)
    assert words in refusal("resolve", "Saraqib", "--gazetteer", file, "--calibration", path)


@pytest.mark.parametrize(
    ("text", "words"),
    [(None, "can't be read"), ("{", "is no calibration"), ("{}", "is no calibration"), ("[]", "is no")],
)
def test_what_is_no_calibration_is_refused(file: Path, tmp_path: Path, text: str | None, words: str) -> None:
    path = tmp_path / "c.json"
    if text is not None:
        path.write_text(text, "utf-8")
    assert words in refusal("info", "--gazetteer", file, "--calibration", path)


def test_commands_take_it_and_info_and_provenance_tell_it(file: Path, half: Path, tmp_path: Path) -> None:
    options = ("--gazetteer", file, "--calibration", half)
    halves = answer("resolve", "Saraqib", *options)["matches"][0]["confidence"]
    assert halves == pytest.approx(
        answer("resolve", "Saraqib", "--gazetteer", file)["matches"][0]["confidence"] / 2, abs=1e-3
    )
    told = answer("info", *options)["calibration"]
    assert (HALF.hash, 321, 654) == (told["sha256"], told["names"], told["rows"])
    gazetteer, table = (
        Gazetteer.open(file, calibration=half),
        write_table(tmp_path / "t.csv", "place\nSaraqib\n"),
    )
    with Review(gazetteer, tmp_path / "out.csv") as stage:
        enrich_table(gazetteer, table, tmp_path / "out.csv", stage=stage)
    facts = json.loads((tmp_path / "out.csv.provenance.json").read_text("utf-8"))
    assert {"sha256": HALF.hash} == facts["calibration"]
