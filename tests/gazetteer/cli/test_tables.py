"""Commands that take a table of incidents."""

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest

from gazetteer import Gazetteer, TableError
from gazetteer.tables import read_table
from tests.gazetteer.cli.running import answer, refusal, run
from tests.gazetteer.tables.fake_gazetteer import FakeGazetteer, write_table
from tests.gazetteer.tables.workbooks import a_workbook


def test_enrich_writes_the_table_and_says_what_it_took(fake: FakeGazetteer, tmp_path: Path) -> None:
    source = write_table(tmp_path / "in.csv", "place,area\nIdlib,x\n,x\n")
    result = run("enrich", source, "-o", tmp_path / "out.csv")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == (
        "2 rows: 1 resolved, 0 ambiguous, 0 unresolved, 1 invalid (places in place, areas in area)\n"
        f"Written to {tmp_path / 'out.csv'}\n"
    )
    assert (tmp_path / "out.csv").read_text().startswith("place,area,gaz_status,gaz_confidence")


def test_enrich_explodes_several_places_where_asked(fake: FakeGazetteer, tmp_path: Path) -> None:
    fake.several = {"Aleppo and Idlib": [*fake.answers["Aleppo"], *fake.answers["Idlib"]]}
    source = write_table(tmp_path / "in.csv", "place\nAleppo and Idlib\nIdlib\n")
    result = run("enrich", source, "-o", tmp_path / "out.csv", "--explode")
    assert "2 rows: 1 resolved, 1 several, 0 ambiguous" in result.stdout
    with (tmp_path / "out.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [("1", "Aleppo"), ("1", "Idlib"), ("2", "Idlib")] == [(r["gaz_row"], r["gaz_name"]) for r in rows]


def chosen(found: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(found["columns"][name] for name in ("place", "place_ar", "admin"))


def test_enrich_takes_every_column_by_name_and_says_what_it_took(fake: FakeGazetteer, tmp_path: Path) -> None:
    source = write_table(tmp_path / "in.csv", "p,q,a,b,c,y,x,d\nIdlib,إدلب,1,2,3,35.94,36.64,2016-05-30\n")
    named = {"place": "p", "place-ar": "q", "admin1": "a", "admin2": "b", "admin3": "c"}
    named |= {"lat": "y", "lon": "x", "date": "d"}
    options = [part for option, column in named.items() for part in (f"--{option}", column)]
    found = answer("enrich", source, "-o", tmp_path / "out.csv", *options)
    columns = found["columns"]
    assert ("p", "q", ["c", "b", "a"]) == chosen(found)
    assert ("y", "x", "d") == (columns["latitude"], columns["longitude"], columns["date"])
    assert [("Idlib", ("3", "2", "1"))] == fake.asked
    said = " ".join(run("enrich", source, "-o", tmp_path / "out.csv", *options).stdout.split())
    assert "(places in p or q, areas in c, b, a, positions in y and x)" in said
    assert "1 agree with the name, 0 disagree, 0 have no name to compare, 0 can't be read" in said
    areas = ("--admin", "a", "--admin", "b", "--min-confidence", "0.99")
    found = answer("enrich", source, "-o", tmp_path / "out.csv", "--place", "p", *areas)
    assert (["a", "b"], 1) == (found["columns"]["admin"], found["ambiguous"])


def test_enrich_says_what_it_took_a_table_for_and_what_it_chose(fake: FakeGazetteer, tmp_path: Path) -> None:
    text = "event_id_cnty,event_date,location\nSYR1,2016-05-30,مدينة إدلب القديمة\n"
    source = write_table(tmp_path / "in.csv", text, "cp1256")
    said = " ".join(run("enrich", source, "-o", tmp_path / "out.xlsx").stdout.split())
    assert "(a table of ACLED: places in location)" in said
    assert "Note: read as Windows-1256" in said
    assert (
        "read as Windows-1256, as was asked"
        in run("enrich", source, "-o", tmp_path / "out.csv", "--encoding", "cp1256").stdout
    )


def test_enrich_takes_a_sheet_by_name_and_replaces_columns_when_told_to(
    fake: FakeGazetteer, tmp_path: Path
) -> None:
    book = a_workbook(tmp_path / "in.xlsx", [["place"], ["Idlib"]], sheet="Strikes")
    out = tmp_path / "out.xlsx"
    assert 1 == answer("enrich", book, "-o", out, "--sheet", "Strikes")["resolved"]
    assert "has no sheet 'Nope'" in refusal("enrich", book, "-o", tmp_path / "x.csv", "--sheet", "Nope")
    assert "--overwrite" in refusal("enrich", out, "-o", tmp_path / "x.csv")
    assert 1 == answer("enrich", out, "-o", tmp_path / "x.csv", "--overwrite")["resolved"]


def test_enrich_notes_a_table_without_rows(fake: FakeGazetteer, tmp_path: Path) -> None:
    source = write_table(tmp_path / "in.csv", "place,n\n")
    result = run("enrich", source, "-o", tmp_path / "out.csv", "--json")
    assert (result.exit_code, json.loads(result.stdout)["rows"]) == (0, 0)
    assert "has no rows" in result.stderr


def test_a_bad_table_is_one_line_and_nothing_is_written(fake: FakeGazetteer, tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    assert "there is no file" in refusal("enrich", source, "-o", tmp_path / "out.csv")
    said = refusal("enrich", tmp_path, "-o", tmp_path / "out.csv")
    assert "is a folder: name the table inside it" in said
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "link.csv").symlink_to(source)
    for content, output, words in (
        (b"", "out.csv", "is empty"),
        (b"PK\x03\x04rest of a zip", "out.csv", "is damaged or cut short"),
        (b"place,Place\nx,y\n", "out.csv", "the columns place, Place may hold the places: say which with --"),
        (b"what,when\nx,y\n", "out.csv", "the columns what, when: name the right one with --place COLUMN"),
        ("place,n\nإدلب".encode() + b"\xe9,1\n", "out.csv", "not UTF-8 throughout: byte 0xE9 on line 2"),
        (b"place,place\nx,y\n", "out.csv", "more than one column named 'place'"),
        (b"place,n\nx\n", "out.csv", "line 2: 1 cells"),
        (b"place,gaz_status\nx,y\n", "out.csv", "already has the column gaz_status"),
        (b"place,GAZ_Name\nx,y\n", "out.csv", "already has the column GAZ_Name"),
        (b"place,n\nx,1\n", "in.csv", "is the input"),
        (b"place,n\nx,1\n", "link.csv", "is the input"),
        (b"place,n\nx,1\n", "folder.csv", "is a folder"),
        (b"place,n\nx,1\n", "no/out.csv", "there is no folder"),
        (b"place,n\nx,1\n", "out.ods", "end its name in .csv, .tsv, .csv.gz, .tsv.gz, .xlsx, .parquet, "),
    ):
        source.write_bytes(content)
        assert words in refusal("enrich", source, "-o", tmp_path / output)
        assert ([], content) == (fake.asked, source.read_bytes())
        assert {"in.csv", "folder.csv", "link.csv"} == {path.name for path in tmp_path.iterdir()}


def test_evaluate_prints_a_table_of_its_figures(fake: FakeGazetteer, tmp_path: Path) -> None:
    table = write_table(tmp_path / "t.csv", "place,lat,lon\nIdlib,35.93,36.63\nNowhere,35,36\nIdlib,,\n")
    arguments = ("evaluate", table, "--true-lat", "lat", "--true-lon", "lon")
    shown = run(*arguments).stdout
    figures, words = shown.split("\n\n")
    assert "Confidence: can't be told from 1 name: it takes 30.\nRadius: can't" == words[:65]
    assert [line.split()[-1] for line in figures.splitlines()[2:]] == [
        "2", "1", "50.0%", "50.0%", "50.0%", "50.0%", "50.0%", "50.0%", "100.0%", "0.0500",
    ]  # fmt: skip
    assert answer(*arguments)["accepted_precision_5_km"] == 1.0


def test_evaluate_says_how_to_name_the_columns_that_it_misses(fake: FakeGazetteer, tmp_path: Path) -> None:
    table = write_table(tmp_path / "t.csv", "place,north,east\nIdlib,35.93,36.63\n")
    assert refusal("evaluate", table) == (
        "gazetteer: there is no column 'true_latitude'; the table has the columns place, north, east: "
        "name the right one with --true-lat COLUMN\n"
    )


def test_near_prints_a_table_and_writes_what_is_asked_for(
    gazetteer_file: Path, incidents: Path, tmp_path: Path
) -> None:
    arguments = ("near", incidents, "--of", "hospital", "--within", "5km", "--gazetteer", gazetteer_file)
    result = run(*arguments, "-o", tmp_path / "near.geojson")
    assert result.exit_code == 0, result.output
    lines = run(*arguments).stdout.splitlines()
    *cells, share, counts = lines[2].split()
    assert ("2016-05-31 Saraqib Saraqib Hospital 0-2.9 km certain".split(), "1/1") == (cells, counts)
    assert 0.8 < float(share) < 1.0  # the name is doubted, and nothing else
    words = " ".join(result.stdout.split())
    assert words.startswith(
        "1 of 2 incidents was certainly within 5.0 km of a hospital. 0 more possibly were"
    )
    assert re.search(r"; unknown: [\d.]+ of 2 rows\.", words)
    assert result.stdout.splitlines()[-1] == f"Written to {tmp_path / 'near.geojson'}"
    written, shown = json.loads((tmp_path / "near.geojson").read_text()), answer(*arguments)
    assert ("FeatureCollection", 2, 2) == (
        written["type"], len(written["features"]), len(shown["features"]),
    )  # fmt: skip


def test_near_in_csv_has_its_counts_beside_it(gazetteer_file: Path, incidents: Path, tmp_path: Path) -> None:
    arguments = ("near", incidents, "--of", "hospital", "--within", "5km", "--gazetteer", gazetteer_file)
    said = run(*arguments, "-o", tmp_path / "near.csv").stdout.splitlines()[-1]
    assert said == f"Written to {tmp_path / 'near.csv'} and {tmp_path / 'near.summary.json'}"
    counts = json.loads((tmp_path / "near.summary.json").read_text())
    assert counts == answer(*arguments, "-o", tmp_path / "again.csv")
    assert (counts["incidents"], counts["certain"], counts["without_position"]) == (2, 1, 1)


def test_an_enriched_table_is_a_table_of_places_and_its_rows_without_a_position_are_counted(
    gazetteer_file: Path, incidents: Path, tmp_path: Path
) -> None:
    enriched = tmp_path / "enriched.csv"
    run("enrich", incidents, "-o", enriched, "--gazetteer", gazetteer_file)
    result = run("near", incidents, "--of", enriched, "--within", "5km", "--gazetteer", gazetteer_file)
    assert result.exit_code == 0, result.output
    assert "1 of 2 rows of" in result.stdout
    assert "have no position and were left out." in " ".join(result.stdout.split())


def test_ask_says_how_it_read_the_question_and_answers(gazetteer_file: Path, incidents: Path) -> None:
    question = "strikes within 5 km of a hospital since May 2016"
    result = run("ask", question, "--incidents", incidents, "--gazetteer", gazetteer_file)
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("Read as: incidents")
    assert "was certainly within 5.0 km. 0 more possibly" in result.stdout


def test_the_example_table_keeps_its_reports_and_hard_cases(tmp_path: Path, fake: FakeGazetteer) -> None:
    example = Path(__file__).resolve().parents[3] / "examples" / "incidents.csv"
    found = answer("enrich", example, "-o", tmp_path / "out.csv")
    assert ("place", None, ["area"]) == chosen(found)
    assert (found["rows"], found["invalid"]) == (15, 1)


def test_near_counts_by_facility_and_month(gazetteer_file: Path, incidents: Path) -> None:
    common = ("near", incidents, "--of", "hospital", "--within", "5km", "--gazetteer", gazetteer_file)
    lines = run(*common, "--by", "facility", "--by", "month").stdout.splitlines()
    assert "Saraqib Hospital 2016-05 1 1".split() == lines[2].split()[:5]
    found = answer(*common, "--by", "facility")
    (row,) = found["rows"]
    assert {
        "id": "cg:hospital",
        "name": "Saraqib Hospital",
        "certain": 1,
        "possible": 1,
    }.items() <= row.items()
    assert {"expected", "expected_low", "expected_high"} <= row.keys()
    summary = {"targets": 1, "incidents": 2, "unanswerable": 0, "without_position": 1}
    assert summary == {name: count for name, count in found["summary"].items() if name != "unknown"}


def test_near_counts_by_area_and_month_and_imputes(gazetteer_file: Path, incidents: Path) -> None:
    common = ("near", incidents, "--of", "hospital", "--within", "5km", "--gazetteer", gazetteer_file)
    by = ("--by", "area", "--by", "month")
    lines = run(*common, *by).stdout.splitlines()
    assert "area month certain possible expected 90 % interval unknown".split() == lines[0].split()
    plain, imputed = answer(*common, *by), answer(*common, *by, "--impute")
    assert (False, True) == (plain["summary"]["imputed"], imputed["summary"]["imputed"])
    assert plain["summary"]["expected"] < imputed["summary"]["expected"]
    words = " ".join(run(*common, "--impute").stdout.split())
    assert "unknown: 1 of 2 rows, imputed from their governorates." in words


def test_near_refuses_what_it_cannot_count_by(gazetteer_file: Path, incidents: Path) -> None:
    common = ("near", incidents, "--of", "hospital", "--within", "5km", "--gazetteer", gazetteer_file)
    for options, words in (
        ("--by area --by facility", "--by takes area, month or both"),
        ("--by week", "--by takes area, month or both"),
        ("--by facility --impute", "leave --by facility out"),
        ("--area Atlantis", "no area is called 'Atlantis'"),
        ("--from 05/06/2016", "may be 2016-06-05 or 2016-05-06"),
    ):
        assert words in refusal(*common, *options.split())


def test_near_reads_coordinates_without_a_place_and_says_what_it_took_as_exact(
    gazetteer_file: Path, tmp_path: Path
) -> None:
    common = ("--of", "hospital", "--within", "5km", "--gazetteer", gazetteer_file)
    exact = write_table(tmp_path / "exact.csv", "date,lat,lon\n2016-05-31,35.87,36.80\n")
    said = " ".join(run("near", exact, *common).stdout.split())
    assert "1 has coordinates without a radius or a code of precision: taken as exact" in said
    coded = write_table(tmp_path / "coded.csv", "Geo Precision,lat,lon\n(2) 25 km Precision,35.87,36.80\n")
    said = " ".join(run("near", coded, *common).stdout.split())
    assert "1 is known too roughly to say (unanswerable)" in said
    assert "taken as exact" not in said


def test_near_and_ask_ignore_dates_when_told_to(tmp_path: Path, gazetteer_file: Path) -> None:
    places = write_table(tmp_path / "of.csv", "name,lat,lon,valid_to\nGone,35.87,36.80,2010\n")
    table = write_table(tmp_path / "in.csv", "date,lat,lon\n2016-05-31,35.87,36.80\n")
    common = ("near", table, "--of", places, "--within", "5km", "--gazetteer", gazetteer_file)
    heeded, ignored = (answer(*common, *more)["summary"] for more in ((), ("--ignore-dates",)))
    assert ((0, 1), (1, 0)) == ((heeded["certain"], heeded["no"]), (ignored["certain"], ignored["no"]))
    question = ("ask", "strikes within 5 km of a hospital", "--incidents", table, "--ignore-dates")
    assert 1 == answer(*question, "--gazetteer", gazetteer_file)["summary"]["certain"]


def test_count_counts_between_days_by_month(gazetteer_file: Path, tmp_path: Path) -> None:
    rows = "2016-05-31,35.87,36.80\n2016-06-01,35.87,36.80\n,35.87,36.80\n2015-01-01,35.87,36.80\n"
    table = write_table(tmp_path / "in.csv", f"date,lat,lon\n{rows}")
    common = ("count", table, "--from", "May 2016", "--to", "2016", "--gazetteer", gazetteer_file)
    found = answer(*common, "--by", "month")
    assert [("2016-05", 1), ("2016-06", 1)] == [(r["month"], r["incidents"]) for r in found["rows"]]
    assert {"incidents": 2, "undecided": 1} == found["summary"]
    lines = run(*common, "--by", "month").stdout.splitlines()
    assert ["2016-05", "1"] == lines[2].split()
    assert run(*common).stdout.startswith("2 incidents are counted. For 1 other ")


def test_count_takes_a_drawn_polygon(gazetteer_file: Path, tmp_path: Path) -> None:
    table = write_table(tmp_path / "in.csv", "date,lat,lon\n2016-05-31,35.87,36.80\n2016-05-31,34,36.80\n")
    ring = [[36, 35], [37, 35], [37, 36], [36, 36], [36, 35]]
    area = tmp_path / "area.geojson"
    area.write_text(json.dumps({"type": "Polygon", "coordinates": [ring]}))
    found = answer("count", table, "--area", area, "--gazetteer", gazetteer_file)
    expected = {"expected": 1.0, "expected_low": 1.0, "expected_high": 1.0, "unknown": 0.0}
    assert [{"incidents": 1, **expected}] == found["rows"]
    assert {"incidents": 1, **expected, "undecided": 0} == found["summary"]


def test_count_says_what_is_wrong(gazetteer_file: Path, incidents: Path) -> None:
    for options, words in (
        ("--by week", "'week' is not something to count by"),
        ("--area Atlantis", "no area is called 'Atlantis'"),
        ("--area none.geojson", "there is no file none.geojson"),
        ("--from 2017 --to 2016", "the dates run backwards"),
        ("--from soon", "'soon' is not a date: write 2016-05-30"),
        ("--to 05/06/2016", "may be 2016-06-05 or 2016-05-06"),
    ):
        assert words in refusal("count", incidents, *options.split(), "--gazetteer", gazetteer_file)


def test_count_does_not_say_counted_for_what_has_no_month_or_area(
    gazetteer_file: Path, tmp_path: Path
) -> None:
    rows = "2016-05-31,Saraqib\n,Saraqib\n2016-05,Saraqib\n2016,Saraqib\n"
    table = write_table(tmp_path / "incidents.csv", f"date,place\n{rows}")
    lines = run("count", table, "--by", "month", "--gazetteer", gazetteer_file).stdout.splitlines()
    assert ["no date  2", "2016-05  2"] == lines[2:4]
    assert lines[5].startswith("2 incidents are counted. For 2 more the month is not known.")


def test_near_and_count_say_how_many_positions_were_swapped(gazetteer_file: Path, tmp_path: Path) -> None:
    table = write_table(tmp_path / "incidents.csv", "latitude,longitude\n36.799,35.863\n35.863,36.799\n")
    options = ("--gazetteer", gazetteer_file)
    for command in (("near", table, "--of", "hospital", "--within", "5 km"), ("count", table)):
        words = " ".join(run(*command, *options).stdout.split())
        assert "Note: latitude and longitude were swapped in 1 row, and have been corrected" in words


def test_near_shows_fifty_rows_unless_all_are_asked_for(gazetteer_file: Path, tmp_path: Path) -> None:
    table = write_table(tmp_path / "incidents.csv", "place\n" + "Saraqib\n" * 60)
    common = (table, "--of", "hospital", "--within", "5km", "--gazetteer", gazetteer_file)
    some, every = run("near", *common).stdout, run("near", *common, "--all").stdout
    assert (50, 60) == (some.count("Saraqib Hospital"), every.count("Saraqib Hospital"))
    assert "The first 50 of 60 rows are shown; --all shows all." in some
    assert "--all" not in every


def test_near_chooses_by_area_days_and_kind_as_count_does(gazetteer_file: Path, tmp_path: Path) -> None:
    rows = "2016-05-31,Airstrike\n2016-05-31,Shelling\n2016-06-01,Airstrike\n,Airstrike\n"
    table = write_table(tmp_path / "in.csv", "date,type,place\n" + rows.replace("\n", ",Saraqib\n"))
    common = ("--to", "May 2016", "--kind", "airstrike", "--gazetteer", gazetteer_file)
    near = ("near", table, "--of", "hospital", "--within", "5km", "-o", tmp_path / "near.csv", *common)
    for found in (answer("count", table, *common)["summary"], answer(*near)):
        assert (1, 1) == (found["incidents"], found["undecided"])
    assert 2 == len((tmp_path / "near.csv").read_text().splitlines())
    assert "there are airstrike, shelling" in refusal(*near, "--kind", "clash")


def test_counts_are_written_in_every_format(gazetteer_file: Path, incidents: Path, tmp_path: Path) -> None:
    common = ("--gazetteer", gazetteer_file)
    for suffix in (".csv", ".xlsx", ".jsonl"):
        out = tmp_path / f"counts{suffix}"
        run("count", incidents, "--by", "month", "-o", out, *common)
        assert ["month", "incidents"] == list(read_table(out).columns)
        run("near", incidents, "--of", "hospital", "--within", "5km", "--by", "facility", "-o", out, *common)
        assert {"id", "name", "certain", "possible"} <= set(read_table(out).columns)


def test_an_answer_never_takes_the_place_of_what_it_was_made_from(
    gazetteer_file: Path, incidents: Path, tmp_path: Path
) -> None:
    area = write_table(
        tmp_path / "area.geojson",
        '{"type": "Polygon", "coordinates": [[[36, 35], [37, 35], [37, 36], [36, 36], [36, 35]]]}',
    )
    inputs = {file: file.read_bytes() for file in (gazetteer_file, incidents, area)}
    chosen = (incidents, "--area", area, "--gazetteer", gazetteer_file)
    for command in (["count"], ["near", "--of", "hospital", "--within", "5km"]):
        for file in inputs:
            assert "give the output another name" in refusal(*command, *chosen, "-o", file)
    opened = Gazetteer.open(gazetteer_file)
    for made in (
        opened.count(incidents, by=["month"]),
        opened.near(incidents, of="hospital", within="5 km"),
        opened.count_near(incidents, of="hospital", within="5 km", by="facility"),
    ):
        with pytest.raises(TableError, match="is the input"):
            made.write(incidents)
    places = write_table(tmp_path / "of.csv", "place,lat,lon\nX,35.87,36.80\n")
    with pytest.raises(TableError, match="is the input"):
        opened.near(incidents, of=places, within="5 km").write(places)
    assert inputs == {file: file.read_bytes() for file in inputs}


def test_every_column_of_both_tables_can_be_named(gazetteer_file: Path, tmp_path: Path) -> None:
    table = write_table(tmp_path / "in.csv", "a,b,c,d\n30/05/2016,35.87,36.80,100\n")
    places = write_table(tmp_path / "of.csv", "e;f;g;h\nX;35,87;36,80;1 km\n")
    named = ("--date", "a", "--lat", "b", "--lon", "c", "--radius", "d")
    of = ("--of-place", "e", "--of-lat", "f", "--of-lon", "g", "--of-radius", "h")
    found = answer(
        "near", table, "--of", places, "--within", "5km", *named, *of, "--gazetteer", gazetteer_file
    )
    (feature,) = found["features"]
    assert ("X", "certain", "2016-05-30", 100) == tuple(
        feature["properties"][name]
        for name in ("nearest_name", "certainty", "incident_date", "incident_uncertainty_m")
    )


def test_what_decides_no_order_of_day_and_month_is_said_and_can_be_given(
    gazetteer_file: Path, tmp_path: Path
) -> None:
    table = write_table(tmp_path / "in.csv", "date,place\n05/06/2016,Saraqib\n")
    common = ("count", table, "--from", "2016-06-01", "--gazetteer", gazetteer_file)
    words = " ".join(run(*common).stdout.split())
    assert "1 of 1 dates, such as '05/06/2016', may have the day or the month first" in words
    assert [{"incidents": 1}] == answer(*common, "--dayfirst")["rows"]
    assert [{"incidents": 0}] == answer(*common, "--monthfirst")["rows"]


def test_a_sheet_without_places_lists_the_others(gazetteer_file: Path, tmp_path: Path) -> None:
    book = a_workbook(tmp_path / "in.xlsx", [["note", "by"], ["x", "y"]], sheet="About")
    words = refusal("near", book, "--of", "hospital", "--within", "5km", "--gazetteer", gazetteer_file)
    assert "name the right one with --place COLUMN" in words


def test_draws_refuse_what_is_of_an_enriched_table(fake: FakeGazetteer, tmp_path: Path) -> None:
    table = write_table(tmp_path / "t.csv", "place\nIdlib\n")
    for options, words in (
        ("--draws 2 --explode", "--draws writes no enriched table: leave out --explode, or run once"),
        ("--draws 2 --report r.html --review r.csv", "leave out --report and --review, or"),
        ("--draws 2 --append-provenance", "leave out --append-provenance, or run once for each"),
        ("--seed 2", "--seed is of draws: say how many with --draws"),
    ):
        assert words in refusal("enrich", table, "-o", tmp_path / "out.csv", *options.split())
    assert {"t.csv"} == {path.name for path in tmp_path.iterdir()}


def test_draws_are_written_and_told(fake: FakeGazetteer, tmp_path: Path) -> None:
    table, out = write_table(tmp_path / "t.csv", "place\nIdlib\n"), tmp_path / "out.csv"
    found = answer("enrich", table, "-o", out, "--draws", "3", "--seed", "5")
    assert {"number": 3, "seed": 5} == found["draws"]
    assert 4 == len(out.read_text("utf-8").splitlines())
    assert "3 draws of each row with seed 0" in run("enrich", table, "-o", out, "--draws", "3").stdout
