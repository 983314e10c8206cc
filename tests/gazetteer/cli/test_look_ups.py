"""What people and machines read when a name or a position is looked up."""

from pathlib import Path
from typing import Any

import pytest
import typer.main

from gazetteer.answers import Query, Resolution
from gazetteer.cli.main import app
from gazetteer.cli.text import confidence_text, resolution
from tests.builders import a_gazetteer_file, a_source
from tests.gazetteer.cli.running import answer, refusal, run
from tests.gazetteer.tables.fake_gazetteer import FakeGazetteer

EXAMPLE = str(Path(__file__).resolve().parents[3] / "examples" / "incidents.csv")
COMMANDS = (
    "demo resolve reverse distance near count ask enrich evaluate calibrate geoparse info export leaks"
).split()


def test_every_command_is_there_and_takes_a_gazetteer_a_calibration_and_json() -> None:
    group: Any = typer.main.get_command(app)
    assert set(group.commands) == set(COMMANDS)
    for command in group.commands.values():
        options = {option for parameter in command.params for option in parameter.opts}
        assert {"--gazetteer", "--calibration", "--json"} <= options
        assert command.help


def test_a_resolved_name_is_shown_with_all_that_can_be_checked(fake: FakeGazetteer) -> None:
    result = run("resolve", "Idlib")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == (
        "Idlib  إدلب\n"
        "  kind        settlement (cg:idlib)\n"
        "  position    35.93062, 36.63393, within 4.0 km\n"
        "  area        Idleb sub-district (SY070100), Idleb district (SY0701), Idleb governorate (SY07); as\n"
        "              its source states\n"
        "  confidence  0.95, exact match with Idlib\n"
        "  because     the spelling is known\n"
    )


def test_an_ambiguous_name_lists_what_tells_its_candidates_apart(fake: FakeGazetteer) -> None:
    result = run("resolve", "Tell")
    assert result.exit_code == 0
    first, *candidates = result.stdout.splitlines()
    assert "“Tell” is ambiguous" in first
    assert candidates == [
        "  0.45  Tell One  تل  (cg:tell-one)",
        "        settlement, Idleb; 35.80000, 36.70000, within 4.0 km",
        "  0.44  Tell Two  تل  (cg:tell-two)",
        "        settlement, Al Bab, Aleppo; 36.50000, 37.50000, within 4.0 km",
    ]


def test_an_unresolved_name_is_an_answer_too(fake: FakeGazetteer) -> None:
    result = run("resolve", "Kafr Nowhere")
    said = "“Kafr Nowhere” is unresolved: nothing in the gazetteer is like it.\n"
    assert (result.exit_code, result.stdout) == (0, said)


def test_several_places_are_listed_in_their_order_with_words_left_and_the_country(
    fake: FakeGazetteer,
) -> None:
    fake.several = {"Aleppo and Idlib": [*fake.answers["Aleppo"], *fake.answers["Idlib"]]}
    result = run("resolve", "Aleppo and Idlib (outskirts) (damaged)")
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert "several places:" == lines[0]
    assert ["cg:aleppo", "cg:idlib"] == [line.split("(")[-1].rstrip(")") for line in lines[1:5:2]]
    assert ["", "not used: outskirts; damaged"] == lines[5:]
    abroad = Resolution(Query("Kilis, Turkey", "Kilis"), "unresolved", (), country="Turkey")
    assert ["", "country: Turkey"] == resolution(abroad).splitlines()[1:]


def test_resolve_in_json_has_the_promised_shape(fake: FakeGazetteer) -> None:
    found = answer("resolve", "Idlib")
    assert list(found) == ["query", "status", "matches", "places", "unread", "country"]
    (first,) = found["matches"]
    assert set(first) >= {
        "place", "confidence", "matched_name", "method", "geo_precision", "where_prec",
    }  # fmt: skip
    assert set(first["place"]) >= {
        "id", "name", "name_ar", "kind", "latitude", "longitude", "uncertainty_m",
        "admin", "admin_method", "sources",
    }  # fmt: skip
    assert first["place"]["admin"][0] == {"level": 1, "pcode": "SY07", "name": "Idleb", "name_ar": "إدلب"}


def test_resolve_hands_its_options_on(fake: FakeGazetteer) -> None:
    run("resolve", "Idlib", "--area", "SY07", "--area", "Ariha", "--kind", "settlement", "--limit", "3")
    assert fake.options == [{"area": ["SY07", "Ariha"], "kind": "settlement", "limit": 3}]


def test_an_unknown_area_is_wrong_use(fake: FakeGazetteer) -> None:
    assert refusal("resolve", "Idlib", "--area", "Atlantis") == "gazetteer: no area is named 'Atlantis'\n"


def test_reverse_tells_the_areas_and_the_nearest_settlement(fake: FakeGazetteer) -> None:
    assert run("reverse", "35.93", "36.63").stdout == (
        "35.93000, 36.63000\n"
        "  area     Idleb sub-district (SY070100), Idleb district (SY0701), Idleb governorate (SY07); "
        "of the\n"
        "           nearest known unit\n"
        "  nearest  Idlib  إدلب, settlement, 361 m away\n"
    )


def test_reverse_takes_negative_numbers_and_says_what_is_wrong_with_others(fake: FakeGazetteer) -> None:
    found = answer("reverse", "-33.5", "-18.25")
    assert (found["latitude"], found["longitude"]) == (-33.5, -18.25)
    for cells, words in (
        ("95 36", "the order may be swapped"),
        ("nan 36", "latitude must be a finite number, not nan"),
        ("north 36", "gazetteer reverse 35.93 36.63"),
        ("35 190", "longitude must lie between"),
    ):
        assert words in refusal("reverse", *cells.split())


def test_distance_says_where_the_end_lies_from_the_start(fake: FakeGazetteer) -> None:
    lines = run("distance", "Aleppo", "Idlib").stdout.splitlines()
    assert lines[0] == "Idlib lies 43.2-69.2 km southwest of Aleppo."
    assert lines[2] == "  bearing   237.9°, southwest"
    found = answer("distance", "Aleppo", "Idlib")
    assert (found["from"]["name"], found["to"]["name"], found["compass"]) == ("Aleppo", "Idlib", "southwest")
    assert refusal("distance", "Idlib", "X", code=1) == "gazetteer: no place named 'X' is known\n"


def test_a_distance_to_the_same_place_has_no_direction(fake: FakeGazetteer) -> None:
    lines = run("distance", "Idlib", "Idlib").stdout.splitlines()
    assert lines[0] == "Idlib has the position of Idlib."
    assert [line.split()[0] for line in lines[1:]] == ["distance", "from", "to"]
    found = answer("distance", "Idlib", "Idlib")
    assert (found["distance_m"], found["azimuth_deg"], found["compass"]) == (0.0, None, None)


def test_a_position_that_is_none_is_wrong_use_that_says_why(fake: FakeGazetteer) -> None:
    for text, words in (
        ("95.2, 36.1", "latitude must lie between -90 and 90, not 95.2; the order"),
        ("nan,36.1", "latitude must be a finite number"),
        ("35.9,inf", "longitude must be a finite number"),
    ):
        assert refusal("resolve", text).startswith(f"gazetteer: text '{text}': {words}")
    assert fake.asked == []


def test_ask_answers_what_needs_no_incidents(gazetteer_file: Path) -> None:
    result = run("ask", "nearest hospital to C3916", "--gazetteer", gazetteer_file)
    assert "Saraqib Hospital (cg:hospital) lies 0-2.9 km north of Saraqib," in result.stdout


def test_info_shows_counts_and_licences_and_an_address_where_there_is_one(
    gazetteer_file: Path, tmp_path: Path
) -> None:
    shown = run("info", "--gazetteer", gazetteer_file).stdout
    assert f"file            {gazetteer_file}\n" in shown
    assert "places          2: 1 hospital, 1 settlement\n" in shown
    assert "  test: Facts made up for a test, 1 row\n    CC0-1.0\n    Nobody\n    https://" in shown
    path = a_gazetteer_file(tmp_path / "g.gpkg", sources=[a_source(url="")])
    assert run("info", "--gazetteer", path).stdout.endswith("    CC0-1.0\n    Nobody\n")


def test_no_line_for_people_is_wider_than_a_hundred_columns() -> None:
    for words in (
        ("resolve", "Suran"),
        ("resolve", "Saraqeb, Idlib"),
        ("reverse", "35.93", "36.63"),
        ("distance", "al-Quds hospital, Aleppo", "Idlib national hospital"),
        ("ask", "nearest hospital to Kafranbel"),
        ("near", EXAMPLE, "--of", "hospital", "--within", "5km"),
        ("ask", "strikes within 5 km of a hospital in Idlib", "--incidents", EXAMPLE),
        ("info",),
    ):
        lines = run(*words).stdout.splitlines()
        named = [line for line in lines if not line.startswith("file ")]  # a path is not broken
        assert [line for line in named if len(line) > 100] == []
        assert len(named) > 1, words


def test_a_gazetteer_file_can_be_named_in_the_environment(
    gazetteer_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GAZETTEER_FILE", str(gazetteer_file))
    assert answer("info")["path"] == str(gazetteer_file)


def test_a_confidence_is_cut_and_not_rounded() -> None:
    written = {0.699: "0.69", 0.69999: "0.69", 0.7: "0.70", 0.29: "0.29", 1.0: "1.00", 0.0099: "<0.01"}
    assert written == {confidence: confidence_text(confidence) for confidence in written}


def test_reverse_hints_at_swapped_axes(gazetteer_file: Path) -> None:
    hint = "  hint     outside Syria; the order may be swapped: latitude comes first"
    assert hint in run("reverse", "36.799", "35.863", "--gazetteer", gazetteer_file).stdout.splitlines()
    assert "hint" not in run("reverse", "35.863", "36.799", "--gazetteer", gazetteer_file).stdout
    assert "hint" not in run("reverse", "51.5", "0.1", "--gazetteer", gazetteer_file).stdout
