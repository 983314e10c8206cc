"""From what an output was made: complete, without anything that differs between two runs."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

from gazetteer.enrich import enrich_table
from gazetteer.lookups import library_version
from gazetteer.review import Review
from tests.builders import a_source
from tests.gazetteer.review.reviewing import decisions_file, gazetteer, read_csv, reviewed
from tests.gazetteer.tables.fake_gazetteer import match, place, write_table

TABLE = "place\nIdlib\nTell\nNowhere\n"


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_it_stands_beside_the_output_with_checksums_counts_and_options(tmp_path: Path) -> None:
    reviewed(tmp_path, TABLE, min_confidence=0.6)
    facts = json.loads((tmp_path / "out.csv.provenance.json").read_text("utf-8"))
    assert {
        "name": "in.csv", "bytes": len(TABLE), "sha256": sha256(tmp_path / "in.csv"),
    } == facts["input"]  # fmt: skip
    assert ("out.csv", sha256(tmp_path / "out.csv")) == (facts["output"]["name"], facts["output"]["sha256"])
    assert {
        "rows": 3, "resolved": 1, "several": 0, "ambiguous": 1, "unresolved": 1, "invalid": 0,
    } == facts["counts"]  # fmt: skip
    assert (0.6, "place") == (facts["options"]["min_confidence"], facts["options"]["columns"]["place"])
    assert ("0" * 64, ["test"], ["Nobody"]) == (
        facts["gazetteer"]["content_hash"], [one["id"] for one in facts["sources"]], facts["attribution"],
    )  # fmt: skip
    assert {"name", "version", "python"} == set(facts["software"])


def test_it_has_sentences_to_paste_that_name_version_hash_releases_and_dates(tmp_path: Path) -> None:
    fake = gazetteer(Tell=[match(place("Tell", sources=("ocha-cod-ab", "test")))])
    ocha = a_source(id="ocha-cod-ab", release="v02", date="2020-12-17")
    about = replace(fake.info(), sources=(ocha, a_source(id="test", title="A list of wells")))
    fake.info = lambda: about  # type: ignore[method-assign]
    decisions_file(tmp_path / "d.csv", ("Nowhere", "", "Idlib", "Rana"))
    reviewed(tmp_path, TABLE, fake, decisions="d.csv")
    facts = json.loads((tmp_path / "out.csv.provenance.json").read_text("utf-8"))
    assert (
        f"Places were resolved with conflict-gazetteer {library_version()} (gazetteer 000000000000), from "
        "OCHA COD-AB Syria, v02, 2020-12-17; A list of wells, date not stated. "
        "1 of 3 rows was decided by hand, by Rana."
    ) == facts["cite"]


def test_two_runs_in_two_folders_give_the_same_bytes(tmp_path: Path) -> None:
    written = []
    for name in ("a", "b"):
        folder = tmp_path / name
        folder.mkdir()
        decisions_file(folder / "d.csv", ("Tell", "", "cg:tell-two", "Rana"))
        reviewed(folder, TABLE, report="r.html", review="v.csv", decisions="d.csv", append_provenance=True)
        written.append({path.name: path.read_bytes() for path in folder.iterdir()})
    assert written[0] == written[1]
    assert {"in.csv", "d.csv", "out.csv", "out.csv.provenance.json", "r.html", "v.csv"} == set(written[0])


def test_decisions_are_named_with_their_checksum(tmp_path: Path) -> None:
    decisions_file(tmp_path / "d.csv", ("Tell", "", "cg:tell-two", "Rana"))
    reviewed(tmp_path, TABLE + "Tell\n", decisions="d.csv")
    facts = json.loads((tmp_path / "out.csv.provenance.json").read_text("utf-8"))
    assert {
        "name": "d.csv",
        "sha256": sha256(tmp_path / "d.csv"),
        "strings": 1,
        "rows": 2,
        "decided_by": ["Rana"],
    } == facts["decisions"]


def test_it_can_be_appended_to_each_row_with_every_source_of_a_point_worked_out(tmp_path: Path) -> None:
    fake = gazetteer(North=[replace(match(place("North")), method="offset")])
    reviewed(tmp_path, TABLE + "North\n", fake, append_provenance=True)
    rows = read_csv(tmp_path / "out.csv")
    assert ["test", "", "", "test; other"] == [row["gaz_sources"] for row in rows]
    assert {"0" * 64} == {row["gaz_gazetteer"] for row in rows}
    assert {True} == {row["gaz_library"].startswith("conflict-gazetteer") for row in rows}


def test_without_the_option_the_output_is_what_it_was(tmp_path: Path) -> None:
    reviewed(tmp_path, TABLE)
    fake = gazetteer()
    enrich_table(fake, tmp_path / "in.csv", tmp_path / "plain.csv")
    assert (tmp_path / "plain.csv").read_bytes() == (tmp_path / "out.csv").read_bytes()


def test_standard_output_has_no_provenance_beside_it(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    source = write_table(tmp_path / "in.csv", TABLE)
    with Review(gazetteer(), "-") as stage:
        enrich_table(gazetteer(), source, "-", stage=stage)
    assert {"in.csv"} == {path.name for path in tmp_path.iterdir()}


def test_a_table_that_is_refused_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no column"):
        reviewed(tmp_path, "what\nx\n", report="r.html", review="v.csv")
    assert {"in.csv"} == {path.name for path in tmp_path.iterdir()}
