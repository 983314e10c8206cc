"""A gazetteer's places as GeoJSON and as a table: read back, they are the places."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gazetteer import Gazetteer, InputError, TableError
from gazetteer.cli.main import app
from gazetteer.tables import read_table


@pytest.fixture(scope="module")
def default() -> Gazetteer:
    return Gazetteer.open()


def test_a_table_of_places_reads_back_as_the_places(default: Gazetteer, tmp_path: Path) -> None:
    for form in ("csv", "geojson"):
        path = tmp_path / f"places.{form}"
        count = default.export(path, format=form)
        table = read_table(path)
        ids = [row[table.columns.index("id")] for row in table.rows()]
        assert [place.id for place in default.places()] == ids
        assert count == len(ids)


def test_spellings_come_with_language_and_source(default: Gazetteer, tmp_path: Path) -> None:
    default.export(tmp_path / "places.geojson", format="geojson")
    found = json.loads((tmp_path / "places.geojson").read_text("utf-8"))
    town = next(
        one["properties"] for one in found["features"] if one["properties"]["id"] == "geonames:164816"
    )
    assert {"text": "سراقب", "language": "ar", "source": "geonames"} in town["spellings"]
    assert ("SY07", "Idleb", ["geonames:164816"]) == (
        town["adm1_pcode"],
        town["adm1_name"],
        town["source_ids"],
    )


def test_a_collection_says_what_it_is_made_of_and_whom_to_quote(default: Gazetteer, tmp_path: Path) -> None:
    for form in ("geojson", "lpf"):
        default.export(tmp_path / "places.json", format=form, tier="public")
        found = json.loads((tmp_path / "places.json").read_text("utf-8"))
        assert [one.attribution for one in default.info().sources] == found["citation"]
        made = found["provenance"]
        assert 0.1 == made["gazetteer"]["generalised_to_deg"] and made["notes"]
        assert {"CC BY 4.0", "CC BY 3.0 IGO"} <= {one["licence"] for one in made["sources"]}


def test_what_cannot_be_exported_leaves_the_file_as_it_was(default: Gazetteer, tmp_path: Path) -> None:
    path = tmp_path / "places.json"
    path.write_text("before", "utf-8")
    wrong = (
        ({"format": "kml"}, "use one of lpf, geojson, csv"),
        ({"tier": "secret"}, "use one of full, partner, public"),
        ({"withhold_names": True}, "below tier full only"),
    )
    for options, words in wrong:
        with pytest.raises(InputError, match=words):
            default.export(path, **options)
        assert "before" == path.read_text("utf-8")
    with pytest.raises(TableError, match="is the gazetteer file"):
        default.export(default.info().path)


def test_the_command_writes_to_standard_output_and_says_how_many_beside_a_file(tmp_path: Path) -> None:
    runner = CliRunner()
    written = runner.invoke(app, ["export", "-o", "-", "--format", "csv"])
    assert written.stdout.startswith("id,name,name_ar,kind,") and 1152 == written.stdout.count("\n")
    path = str(tmp_path / "places.json")
    assert f"1,151 places written to {path}\n" == runner.invoke(app, ["export", "-o", path]).stdout
    assert {"places": 1151} == json.loads(runner.invoke(app, ["export", "-o", path, "--json"]).stdout)
