import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
from typer.testing import CliRunner, Result

from gazetteer import cli
from gazetteer.cli import app
from gazetteer.coords import LatLon
from gazetteer.errors import GazetteerFileError
from gazetteer.places import AdminUnit, PlaceKind
from tests.builders import a_gazetteer_file, a_record
from tests.gazetteer.tables.fake_gazetteer import FakeGazetteer, match, place, write_table

COMMANDS = ("resolve", "reverse", "distance", "near", "ask", "enrich", "evaluate", "info")
TELL_IDLIB = place("Tell One", name_ar="تل", position=LatLon(35.8, 36.7))
TELL_ALEPPO = place(
    "Tell Two",
    name_ar="تل",
    position=LatLon(36.5, 37.5),
    admin=(AdminUnit(1, "SY02", "Aleppo", "حلب"), AdminUnit(2, "SY0204", "Al Bab", "الباب")),
)


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeGazetteer]:
    """Every command opens this one."""
    gazetteer = FakeGazetteer()
    gazetteer.answers = {
        **gazetteer.answers,
        "Tell": [match(TELL_IDLIB, 0.45), match(TELL_ALEPPO, 0.44)],
    }
    monkeypatch.setattr(cli, "open_gazetteer", lambda path: gazetteer)
    yield gazetteer


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def answer(*arguments: str | Path) -> Any:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def refusal(*arguments: str | Path, code: int = 2) -> str:
    """The one line that a command ends with; nothing else was printed."""
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (code, "")
    assert result.stderr.count("\n") == 1
    return result.stderr


def test_every_command_is_there_and_takes_a_gazetteer_and_json() -> None:
    group: Any = typer.main.get_command(app)
    assert set(group.commands) == set(COMMANDS)
    for command in group.commands.values():
        options = {option for parameter in command.params for option in parameter.opts}
        assert {"--gazetteer", "--json"} <= options
        assert command.help


def test_a_resolved_name_is_shown_with_all_that_can_be_checked(fake: FakeGazetteer) -> None:
    result = run("resolve", "Idlib")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == (
        "Idlib  إدلب\n"
        "  kind        settlement (cg:idlib)\n"
        "  position    35.93062, 36.63393, within 4.0 km\n"
        "  area        Idleb sub-district (SY070100), Idleb district (SY0701), Idleb governorate (SY07); "
        "as its source states\n"
        "  confidence  0.95, exact match with Idlib\n"
        "  because     the spelling is known\n"
    )


def test_an_ambiguous_name_lists_what_tells_its_candidates_apart(fake: FakeGazetteer) -> None:
    result = run("resolve", "Tell")
    assert result.exit_code == 0
    first, header, _, one, two = result.stdout.splitlines()
    assert "“Tell” is ambiguous" in first
    assert header.split() == "confidence name Arabic kind district governorate position radius id".split()
    assert (
        one.split() == "0.45 Tell One تل settlement Idleb Idleb 35.80000, 36.70000 4.0 km cg:tell-one".split()
    )
    assert two.split()[5:8] == ["Al", "Bab", "Aleppo"]


def test_an_unresolved_name_is_an_answer_too(fake: FakeGazetteer) -> None:
    result = run("resolve", "Kafr Nowhere")
    assert result.exit_code == 0
    assert result.stdout == "“Kafr Nowhere” is unresolved: nothing in the gazetteer is like it.\n"


def test_resolve_in_json_has_the_promised_shape(fake: FakeGazetteer) -> None:
    found = answer("resolve", "Idlib")
    assert list(found) == ["query", "status", "matches"]
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
    run("resolve", "Idlib", "--within", "SY07", "--within", "Ariha", "--kind", "settlement", "--limit", "3")
    assert fake.options == [{"within": ["SY07", "Ariha"], "kind": "settlement", "limit": 3}]


def test_an_unknown_area_is_wrong_use(fake: FakeGazetteer) -> None:
    assert refusal("resolve", "Idlib", "--within", "Atlantis") == "gazetteer: no area is named 'Atlantis'\n"


def test_reverse_takes_negative_numbers(fake: FakeGazetteer) -> None:
    found = answer("reverse", "-33.5", "-18.25")
    assert (found["latitude"], found["longitude"]) == (-33.5, -18.25)


def test_reverse_tells_the_areas_and_the_nearest_settlement(fake: FakeGazetteer) -> None:
    assert run("reverse", "35.93", "36.63").stdout == (
        "35.93000, 36.63000\n"
        "  area     Idleb sub-district (SY070100), Idleb district (SY0701), Idleb governorate (SY07); "
        "of the nearest known unit\n"
        "  nearest  Idlib  إدلب, settlement, 361 m away\n"
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("95", "36"), "the order may be swapped"),
        (("nan", "36"), "is not a position"),
        (("north", "36"), "gazetteer reverse 35.93 36.63"),
        (("35", "190"), "longitude must lie between"),
    ],
)
def test_reverse_says_what_is_wrong_with_a_position(
    fake: FakeGazetteer, arguments: tuple[str, str], words: str
) -> None:
    assert words in refusal("reverse", *arguments)


def test_distance_says_where_the_end_lies_from_the_start(fake: FakeGazetteer) -> None:
    lines = run("distance", "Aleppo", "Idlib").stdout.splitlines()
    assert lines[0] == "Idlib lies 56.2 km southwest of Aleppo."
    assert lines[2] == "  bearing   237.9°, southwest"
    found = answer("distance", "Aleppo", "Idlib")
    assert (found["from"]["name"], found["to"]["name"], found["compass"]) == ("Aleppo", "Idlib", "southwest")


def test_a_distance_to_nowhere_is_a_failure(fake: FakeGazetteer) -> None:
    assert refusal("distance", "Idlib", "Nowhere", code=1) == "gazetteer: no place is named 'Nowhere'\n"


def test_enrich_writes_the_table_and_says_what_it_took(fake: FakeGazetteer, tmp_path: Path) -> None:
    source = write_table(tmp_path / "in.csv", "place,area\nIdlib,x\n,x\n")
    result = run("enrich", source, "-o", tmp_path / "out.csv")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == (
        "2 rows: 1 resolved, 0 ambiguous, 0 unresolved, 1 invalid (places in place, areas in area)\n"
        f"Written to {tmp_path / 'out.csv'}\n"
    )
    assert (tmp_path / "out.csv").read_text().startswith("place,area,gaz_status,gaz_confidence")


def test_enrich_takes_columns_by_name(fake: FakeGazetteer, tmp_path: Path) -> None:
    source = write_table(tmp_path / "in.csv", "spot,one,two\nIdlib,x,y\n")
    options = ("--place", "spot", "--admin", "one", "--admin", "two", "--min-confidence", "0.99")
    found = answer("enrich", source, "-o", tmp_path / "out.csv", *options)
    assert found["columns"] == {"place": "spot", "place_ar": None, "admin": ["one", "two"]}
    assert (found["ambiguous"], fake.asked) == (1, [("Idlib", ("x", "y"))])


def test_enrich_notes_a_table_without_rows(fake: FakeGazetteer, tmp_path: Path) -> None:
    source = write_table(tmp_path / "in.csv", "place,n\n")
    result = run("enrich", source, "-o", tmp_path / "out.csv", "--json")
    assert (result.exit_code, json.loads(result.stdout)["rows"]) == (0, 0)
    assert "has no rows" in result.stderr


@pytest.mark.parametrize(
    ("content", "output", "words"),
    [
        (None, "out.csv", "there is no file"),
        (b"", "out.csv", "is empty"),
        (b"what,when\nx,y\n", "out.csv", "the columns what, when: name the right one with --place COLUMN"),
        (b"place,n\ncaf\xe9,1\n", "out.csv", "not UTF-8 throughout: byte 0xE9 on line 2"),
        (b"place,place\nx,y\n", "out.csv", "more than one column named 'place'"),
        (b"place,n\nx\n", "out.csv", "line 2"),
        (b"place,n\nx,1\n", "in.csv", "is the input"),
        (b"place,n\nx,1\n", "no/out.csv", "there is no folder"),
        (b"place,n\nx,1\n", "out.xlsx", ".csv or .tsv"),
    ],
)
def test_a_bad_table_is_one_line_and_nothing_is_written(
    fake: FakeGazetteer, tmp_path: Path, content: bytes | None, output: str, words: str
) -> None:
    source = tmp_path / "in.csv"
    if content is not None:
        source.write_bytes(content)
    before = list(tmp_path.iterdir())
    assert words in refusal("enrich", source, "-o", tmp_path / output)
    assert list(tmp_path.iterdir()) == before


def test_evaluate_prints_a_table_of_its_figures(fake: FakeGazetteer, tmp_path: Path) -> None:
    table = write_table(tmp_path / "t.csv", "place,lat,lon\nIdlib,35.93,36.63\nNowhere,35,36\nIdlib,,\n")
    arguments = ("evaluate", table, "--true-lat", "lat", "--true-lon", "lon")
    shown = run(*arguments).stdout
    assert [line.split()[-1] for line in shown.splitlines()[2:]] == [
        "2", "1", "50.0%", "50.0%", "50.0%", "50.0%", "50.0%", "50.0%", "100.0%", "0.0500",
    ]  # fmt: skip
    assert answer(*arguments)["accepted_precision_5_km"] == 1.0


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (
            GazetteerFileError("x.gpkg is damaged:\nbuild it again"),
            1,
            "gazetteer: x.gpkg is damaged: build it again\n",
        ),
        (PermissionError(13, "Permission denied"), 1, "gazetteer: [Errno 13] Permission denied\n"),
        (KeyboardInterrupt(), 130, "\ngazetteer: stopped\n"),
        (BrokenPipeError(), 1, ""),
    ],
)
def test_every_failure_has_its_exit_code_and_one_line(
    monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, line: str
) -> None:
    def fail(path: Path | None) -> None:
        raise error

    monkeypatch.setattr(cli, "open_gazetteer", fail)
    result = run("info")
    assert (result.exit_code, result.stderr) == (code, line)


@pytest.mark.parametrize(
    "arguments",
    [("resolve",), ("resolve", "x", "--witin", "y"), ("frobnicate",), ("reverse", "1"), ("near", "t.csv")],
)
def test_wrong_use_exits_with_2(arguments: tuple[str, ...]) -> None:
    assert run(*arguments).exit_code == 2


def test_a_length_without_a_unit_is_refused_before_anything_is_opened(tmp_path: Path) -> None:
    assert "write a number and a unit" in refusal("near", "t.csv", "--of", "hospital", "--within", "5")


def test_a_question_about_incidents_needs_their_table() -> None:
    assert "--incidents TABLE" in refusal("ask", "strikes within 5 km of a hospital")


# From here on with a real gazetteer file.


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


def test_near_prints_a_table_and_writes_what_is_asked_for(
    gazetteer_file: Path, incidents: Path, tmp_path: Path
) -> None:
    arguments = ("near", incidents, "--of", "hospital", "--within", "5km", "--gazetteer", gazetteer_file)
    result = run(*arguments, "-o", tmp_path / "near.geojson")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[2].split() == "2016-05-31 Saraqib Saraqib Hospital 782 m certain 1".split()
    assert "Of 2 incidents, 1 are certainly and 0 possibly within 5.0 km of any hospital" in result.stdout
    assert lines[-1] == f"Written to {tmp_path / 'near.geojson'}"
    written = json.loads((tmp_path / "near.geojson").read_text())
    assert (written["type"], len(written["features"])) == ("FeatureCollection", 2)
    assert answer(*arguments) == written


def test_ask_says_how_it_read_the_question_and_answers(gazetteer_file: Path, incidents: Path) -> None:
    question = "strikes within 5 km of a hospital since May 2016"
    result = run("ask", question, "--incidents", incidents, "--gazetteer", gazetteer_file)
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("Read as: incidents")
    assert "1 are certainly and 0 possibly" in result.stdout


def test_ask_answers_what_needs_no_incidents(gazetteer_file: Path) -> None:
    result = run("ask", "nearest hospital to C3916", "--gazetteer", gazetteer_file)
    assert "Saraqib Hospital (cg:hospital) lies 782 m north of Saraqib" in result.stdout


def test_info_shows_counts_and_licences(gazetteer_file: Path) -> None:
    shown = run("info", "--gazetteer", gazetteer_file).stdout
    assert f"file            {gazetteer_file}\n" in shown
    assert "places          2: 1 hospital, 1 settlement\n" in shown
    assert "    CC0-1.0; Nobody\n" in shown


def test_a_gazetteer_file_can_be_named_in_the_environment(
    gazetteer_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GAZETTEER_FILE", str(gazetteer_file))
    assert answer("info")["path"] == str(gazetteer_file)


@pytest.mark.parametrize("content", [None, b"", b"not a database", b"SQLite format 3\0" + b"x" * 200])
def test_a_file_that_is_no_gazetteer_is_a_failure_in_one_line(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "broken.gpkg"
    if content is not None:
        path.write_bytes(content)
    assert str(path) in refusal("info", "--gazetteer", path, code=1)


def python(*arguments: str | Path, **options: Any) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, *(str(argument) for argument in arguments)]
    root = Path(__file__).resolve().parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    return subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", env=environment, check=False, **options
    )


def test_the_command_runs_as_a_module(gazetteer_file: Path) -> None:
    result = python("-m", "gazetteer", "resolve", "سراقب", "--gazetteer", gazetteer_file)
    assert (result.returncode, result.stderr) == (0, "")
    assert "35.86300, 36.79900" in result.stdout


def test_looking_a_name_up_imports_nothing_heavy(gazetteer_file: Path) -> None:
    code = (
        "import sys\nfrom gazetteer.cli import app\n"
        "app(['resolve', 'Saraqib', '--gazetteer', sys.argv[1], '--json'], standalone_mode=False)\n"
        "heavy = {'pandas', 'geopandas', 'shapely', 'pyproj', 'flask', 'rich', 'numpy'}\n"
        "sys.exit(' '.join(heavy & sys.modules.keys()) or None)"
    )
    result = python("-c", code, gazetteer_file)
    assert result.stderr == ""


@pytest.mark.skipif(os.name == "nt", reason="a closed pipe is another error on Windows")
def test_a_reader_that_stops_early_is_no_traceback(gazetteer_file: Path) -> None:
    command = [sys.executable, "-m", "gazetteer", "info", "--gazetteer", str(gazetteer_file)]
    root = Path(__file__).resolve().parents[2]
    reading, writing = os.pipe()
    os.close(reading)
    result = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True, cwd=root, check=False)
    os.close(writing)
    assert (result.returncode, result.stderr) == (1, "")


def test_the_example_table_keeps_its_reports_and_hard_cases(tmp_path: Path, fake: FakeGazetteer) -> None:
    example = Path(__file__).resolve().parents[2] / "examples" / "incidents.csv"
    found = answer("enrich", example, "-o", tmp_path / "out.csv")
    assert found["columns"] == {"place": "place", "place_ar": None, "admin": ["area"]}
    assert (found["rows"], found["invalid"]) == (15, 1)
