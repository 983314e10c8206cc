"""Places by id, in boxes and areas, a page at a time."""

from pathlib import Path

from gazetteer import Gazetteer
from gazetteer.lookups import GazetteerInfo
from tests.builders import a_gazetteer_file, a_record, a_source
from tests.fakes import FakeGazetteer
from tests.service.asking import PLACES, a_client, following, get, ids, pages, problem


def listed(address: str) -> list[str]:
    return ids(get(a_client(), address))


def second_page(address: str) -> str:
    after = following(get(a_client(), address))
    assert after is not None
    return after


def test_a_place_has_its_spellings_and_their_sources_where_asked_for() -> None:
    client = a_client()
    for address in ("/v1/places/test:idlib", "/v1/places/test:idlib?spellings=false"):
        assert "spellings" not in get(client, address)
    found = get(client, "/v1/places/test:idlib?spellings=true")["spellings"]
    assert [{"text": "Idlib", "language": "en", "script": "Latn", "source": "test"}] == found


def test_a_place_known_by_another_sources_id_is_found_with_its_spellings(tmp_path: Path) -> None:
    path = a_gazetteer_file(tmp_path / "a.gpkg", [a_record(source_ids=("C3916", "geonames:164816"))])
    with Gazetteer.open(path) as gazetteer:
        found = get(a_client(gazetteer), "/v1/places/geonames:164816?spellings=true")
    assert ("C3916", ["Saraqib", "سراقب"]) == (found["id"], [s["text"] for s in found["spellings"]])


def test_places_are_chosen_by_kind_area_and_box() -> None:
    settlements = ["test:aleppo", "test:idlib", "test:kafranbel", "test:saraqeb"]
    expected = {
        "kind=settlement": settlements,
        "kind=Settlements": settlements,
        "kind=facility": ["test:national", "test:old"],
        "kind=hospital&bbox=36.6,35.9,36.7,36": ["test:national"],
        "kind=clinic": [],
        "bbox=37,36,38,37": ["test:aleppo"],
        "bbox=36.63,35.93,36.63,35.93": ["test:idlib"],  # its borders count
        "kind=settlement&area=Idlib": settlements[1:],
        "bbox=37,35,36.56,36.1": ["test:kafranbel", "test:old"],  # across the antimeridian
        "bbox=36.6,35.9,-50,36.7,36,9000&kind=hospital": ["test:national"],  # with heights
        "kind=hospital&datetime=2016-01-01/..": ["test:national"],  # the old one was gone
        "kind=hospital&datetime=2015-12-31T10:00:00Z": ["test:national", "test:old"],
        "limit=2&area=SY07&bbox=36,35,37,36": ["SY07", "test:idlib"],
    }
    assert expected == {query: listed(f"{PLACES}?{query}") for query in expected}


def test_pages_hold_every_place_once_in_the_order_of_ids() -> None:
    for limit in (1, 3, 7, 100):
        found = list(pages(a_client(), f"{PLACES}?limit={limit}"))
        assert sorted(listed(PLACES)) == [place for page in found for place in ids(page)]
        assert -(-7 // limit) == len(found)


def test_the_next_page_keeps_what_was_asked_and_holds_in_another_process() -> None:
    address = f"{PLACES}?kind=settlement&area=Idlib&limit=1&bbox=36,35,37,36"
    found = [place for page in pages(a_client(), address) for place in ids(page)]
    assert ["test:idlib", "test:kafranbel", "test:saraqeb"] == found
    after = second_page(f"{PLACES}?limit=6")
    assert ["test:saraqeb"] == ids(get(a_client(FakeGazetteer()), after))


def test_a_cursor_of_another_version_is_a_410_and_of_another_question_a_400() -> None:
    class Newer(FakeGazetteer):
        def info(self) -> GazetteerInfo:
            return GazetteerInfo(Path("test.gpkg"), 2, "1" * 64, {}, (a_source(),))

    after = second_page(f"{PLACES}?limit=1")
    found = problem(a_client(Newer()).get(after))
    assert (410, "Cursor outdated", "cursor") == (found["status"], found["title"], found["parameter"])
    other = problem(a_client().get(f"{after}&kind=settlement"))
    assert (400, True) == (other["status"], "another question" in other["detail"])


def test_what_is_no_cursor_is_refused() -> None:
    for cursor in ("x", "abcd", "W10", "bnVsbA", "WzEsMl0", "%C3%A9", "!!!!", "e30"):
        found = problem(a_client().get(f"{PLACES}?cursor={cursor}"))
        assert (400, "cursor") == (found["status"], found["parameter"])
        assert "leave it out" in found["detail"]


def test_geojson_has_longitude_first_and_what_to_quote() -> None:
    response = a_client().get(f"{PLACES}?bbox=36.6,35.9,36.632,36")
    assert "application/geo+json" == response.content_type
    found = response.get_json()
    assert ["test:idlib"] == ids(found)
    (feature,) = found["features"]
    assert {"type": "Point", "coordinates": [36.63, 35.93]} == feature["geometry"]
    names = ("id", "name", "latitude", "longitude", "adm1_pcode", "adm2_name", "adm3_pcode")
    known = ["test:idlib", "Idlib", 35.93, 36.63, "SY07", "Idleb", None]
    assert known == [feature["properties"][name] for name in names]
    assert [] == found["attribution"]
