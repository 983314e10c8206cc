"""Places are found by their id and by the ids of their sources."""

from pathlib import Path

from gazetteer.store.loading import ids_of_places, load_places
from gazetteer.store.reader import GazetteerReader
from tests.builders import a_gazetteer_file, a_record


def test_a_merged_place_is_found_by_the_id_of_each_source(tmp_path: Path) -> None:
    record = a_record(id="C3871", source_ids=("C3871", "geonames:169389"))
    reader = GazetteerReader(a_gazetteer_file(tmp_path / "g.gpkg", [record]))
    places = load_places(reader)
    assert {"C3871": places[0], "geonames:169389": places[0]} == ids_of_places(reader, places)
