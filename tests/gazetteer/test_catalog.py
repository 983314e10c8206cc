"""The gazetteer that users hold: opening, looking up, measuring, and what it says when it cannot."""

import json
import re
import shutil
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from gazetteer import (
    BoundingBox,
    Gazetteer,
    GazetteerFileError,
    LatLon,
    NotFoundError,
    PlaceKind,
    SchemaVersionError,
)
from gazetteer.geodesy import distance_m
from gazetteer.store import SCHEMA_VERSION
from gazetteer.store.geopackage import sealed
from tests.builders import a_gazetteer_file, a_record, a_source, a_unit, an_area


@pytest.fixture(scope="module")
def small_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A governorate, a sub-district, two towns and a hospital."""
    hospital: dict[str, Any] = {"kind": PlaceKind.HOSPITAL, "uncertainty_m": 100.0, "sensitive": True}
    at, beside = LatLon(35.57, 36.61), LatLon(35.571, 36.611)
    records = [
        a_unit("SY07", "Idleb", name_ar="إدلب", position=LatLon(35.8, 36.7)),
        a_unit("SY070204", "Saraqab", position=LatLon(35.87, 36.8)),
        a_record(spellings=("Saraqeb", "Serakib")),
        a_record(id="C4000", name="Hass", name_ar="حاس", position=at, population=None),
        a_record(
            id="cg:hospital", name="Hass hospital", name_ar="", position=beside, population=None, **hospital
        ),
    ]
    path = tmp_path_factory.mktemp("small") / "small.gpkg"
    return a_gazetteer_file(path, records, sources=[a_source(count=5)])


@pytest.fixture(scope="module")
def small(small_file: Path) -> Iterator[Gazetteer]:
    with Gazetteer.open(small_file) as gazetteer:
        yield gazetteer


def test_a_path_opens_that_file_before_the_one_that_the_environment_names(
    small_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GAZETTEER_FILE", str(small_file))
    other = a_gazetteer_file(tmp_path / "other.gpkg")
    for given, path in ((None, small_file), (other, other), (str(other), other)):
        with Gazetteer.open(given) as gazetteer:
            assert path == gazetteer.info().path
    assert "<Gazetteer small.gpkg: 5 places>" == repr(Gazetteer.open())


def test_without_path_and_environment_the_embedded_default_is_opened(
    default: Gazetteer, user_cache: Path
) -> None:
    assert user_cache in default.info().path.parents
    assert (14, 62, 272) == tuple(
        default.info().counts[k] for k in ("governorate", "district", "subdistrict")
    )


def test_what_is_no_gazetteer_file_is_one_sentence_that_names_it(
    small_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "broken.gpkg"
    cut_short = small_file.read_bytes()[:8192]
    for content in (None, b"", b"no gazetteer", b"SQLite format 3\0" + b"\0" * 200, cut_short):
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(GazetteerFileError, match=r"broken\.gpkg") as error:
            Gazetteer.open(path).resolve("Saraqib")
        assert "\n" not in str(error.value)
    with pytest.raises(GazetteerFileError):
        Gazetteer.open(tmp_path)
    monkeypatch.setenv("GAZETTEER_FILE", str(tmp_path / "nowhere.gpkg"))
    with pytest.raises(GazetteerFileError, match=r"nowhere\.gpkg"):
        Gazetteer.open()


def test_a_file_of_another_schema_version_is_refused(small_file: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(small_file, tmp_path / "future.gpkg"))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE manifest SET value = '999' WHERE key = 'schema_version'")
    path.write_bytes(sealed(path.read_bytes()))
    with pytest.raises(SchemaVersionError, match="999"):
        Gazetteer.open(path)


def test_a_place_has_one_id_and_its_spellings(small: Gazetteer) -> None:
    place = small.place("C3916")
    assert ("Saraqib", ("SY07", "SY070204")) == (place.name, place.pcodes)
    assert {"Saraqib", "سراقب", "Saraqeb", "Serakib"} == {s.text for s in small.spellings("C3916")}
    assert {"test"} == {s.source for s in small.spellings("C3916")}


def test_an_unknown_id_is_not_found(small: Gazetteer) -> None:
    for place_id in ("", "C0", "c3916", "Saraqib", "' OR 1=1 --"):
        for look_up in (small.place, small.spellings):
            with pytest.raises(NotFoundError, match=f"no place has the id '?\"?{re.escape(place_id)}"):
                look_up(place_id)


def test_an_area_is_found_by_any_name_or_code_and_a_kind_word_decides_the_level(default: Gazetteer) -> None:
    for code, texts in {
        "SY07": "Idlib|Idleb|Edlib|إدلب|ادلب|SY07|sy07|SY-07|Idlib governorate|Idlib province|محافظة إدلب",
        "SY0700": "Idlib district|sy0700|SY 0700",
        "SY01": "Damascus|Damascus governorate",
        "SY03": "Rural Damascus|Rural Damascus governorate|ريف دمشق",
    }.items():
        for text in texts.split("|"):
            assert code == default.area(text).id, text
    for governorate in default.places(kinds={PlaceKind.GOVERNORATE}):
        for text in (governorate.id, governorate.name, governorate.name_ar):
            assert governorate.id == default.area(text).id, text


def test_what_is_no_area_or_says_more_than_its_name_is_not_found(small: Gazetteer) -> None:
    others = "| |Hass|Narnia|Timbuktu|SY99|C3916|12345|😀|\0|<b>|35.9, 36.6".split("|")
    more = "Idlib city|northern Idlib|Idlib and Aleppo|Saraqib, Idlib|Atlantis, Idlib|near Idlib".split("|")
    for text in (*others, *more, "various locations in Idlib", "x" * 10_000):
        with pytest.raises(NotFoundError, match="use the name or P-code of a governorate, district or sub-"):
            small.area(text)


def test_places_come_in_the_order_of_their_ids_and_in_a_box_are_those_in_it(default: Gazetteer) -> None:
    places = list(default.places())
    assert sorted(place.id for place in places) == [place.id for place in places]
    box = BoundingBox(35.8, 36.5, 36.0, 37.0)
    assert [p for p in places if box.contains(p.position)] == list(default.places(bbox=box)) != []


def test_places_are_filtered_by_kind_area_and_box_together(small: Gazetteer) -> None:
    box = BoundingBox(south=35.5, west=36.5, north=35.6, east=36.7)
    assert ["C4000", "cg:hospital"] == [p.id for p in small.places(bbox=box)]
    assert ["cg:hospital"] == [p.id for p in small.places(bbox=box, kinds={PlaceKind.HOSPITAL})]
    assert ["C3916", "C4000"] == [p.id for p in small.places(kinds={PlaceKind.SETTLEMENT}, area="SY07")]
    assert [] == list(small.places(area="SY02"))
    assert [] == list(small.places(kinds=()))
    assert 5 == len(list(small.places(area="SY")))


def test_a_point_far_from_everything_is_in_no_area(default: Gazetteer) -> None:
    for point in (LatLon(0, 0), LatLon(90, 0), LatLon(-35.9, -143.4), LatLon(35.9, 180)):
        answer = default.reverse(point)
        assert ((), "unknown") == (answer.admin, answer.admin_method), point
        assert answer.nearest is not None, point


def test_every_settlement_lies_where_it_says_when_asked_back(default: Gazetteer) -> None:
    settlements = [p for p in default.places(kinds={PlaceKind.SETTLEMENT}) if p.admin]
    wrong = [p.id for p in settlements if default.reverse(p.position).admin[:1] != p.admin[:1]]
    assert [] == wrong


def test_a_distance_carries_both_radii(default: Gazetteer) -> None:
    answer = default.distance("Aleppo", "Idlib")
    slack = answer.start.uncertainty_m + answer.end.uncertainty_m
    assert answer.distance_m is not None
    # The article behind the example says 59 km southwest; between centres it is about 56.
    assert (56, "southwest") == (round(answer.distance_m / 1000), answer.compass)
    assert (answer.distance_m - slack, answer.distance_m + slack) == (answer.min_m, answer.max_m)
    back = default.distance("Idlib", "Aleppo")
    assert answer.distance_m == pytest.approx(back.distance_m)
    assert "northeast" == back.compass


def test_a_distance_may_be_between_written_positions(default: Gazetteer) -> None:
    answer = default.distance("35.93, 36.63", "36.20, 37.16")
    assert distance_m(LatLon(35.93, 36.63), LatLon(36.20, 37.16)) == answer.distance_m


def test_info_says_what_the_file_holds(small: Gazetteer) -> None:
    info = small.info()
    assert {"governorate": 1, "hospital": 1, "settlement": 2, "subdistrict": 1} == info.counts
    assert ["test"] == [source.id for source in info.sources]
    assert info.as_json() == json.loads(json.dumps(info.as_json()))
    assert (SCHEMA_VERSION, 64) == (info.schema_version, len(info.content_hash))


def test_suggestions_begin_with_the_city_and_are_limited_and_of_the_kinds_asked_for(
    default: Gazetteer,
) -> None:
    for typed, first in {
        "idl": "Idlib", "Ale": "Aleppo", "حلب": "Aleppo", "النعمان": "Ma‘arrat an Nu‘mān", "sarm": "Sarmīn",
    }.items():  # fmt: skip
        place, _ = default.suggest(typed)[0]
        assert (first, "settlement") == (place.name, place.kind.value), typed
    assert 3 == len(default.suggest("al", limit=3))
    found = default.suggest("idl", kinds={PlaceKind.GOVERNORATE, PlaceKind.PRISON})
    assert {"governorate", "prison"} == {place.kind.value for place, _ in found}
    assert () == default.suggest("")


def test_suggestions_are_found_by_likeness_where_no_name_begins_so(default: Gazetteer) -> None:
    for typed, meant in {
        "Serakib": "Saraqib", "سراكب": "Saraqib", "idlib hosp": "Idlib National Hospital",
        "maarat num": "Ma‘arrat an Nu‘mān", "Saraquib town": "Saraqib",
    }.items():  # fmt: skip
        assert meant in [place.name for place, _ in default.suggest(typed)[:3]], typed
    for typed in ("xqz", "95, 36", "5 km north of Idlib", "35.93, 36.63"):
        assert () == default.suggest(typed), typed


def test_threads_share_one_gazetteer_and_a_warm_one_answers_as_a_cold_one(small_file: Path) -> None:
    texts = (
        "Saraqeb|Sarakeeb|سراقب|Hass|Hass hospital|Idlib governorate|5 km north of Hass|nothing|35.87, 36.8"
    )

    def ask(gazetteer: Gazetteer, text: str) -> tuple[object, ...]:
        return gazetteer.resolve(text), gazetteer.reverse(LatLon(35.6, 36.6)), gazetteer.spellings("C3916")

    asked = texts.split("|") * 8
    with Gazetteer.open(small_file) as alone, Gazetteer.open(small_file) as shared:
        expected = [ask(alone, text) for text in asked]
        with ThreadPoolExecutor(8) as pool:
            assert expected == list(pool.map(lambda text: ask(shared, text), asked))
    with Gazetteer.open(small_file) as warm:
        warm.warm()
        assert expected == [ask(warm, text) for text in asked]


def lazy_parts(held: object, seen: set[int]) -> Iterator[tuple[str, bool]]:
    """Yield every cached property of the objects that an object holds, and whether it has been made."""
    if id(held) in seen or not type(held).__module__.startswith("gazetteer"):
        return
    seen.add(id(held))
    for name in dir(type(held)):
        if isinstance(getattr(type(held), name), cached_property):
            yield f"{type(held).__name__}.{name}", name in vars(held)
    for kept in getattr(held, "__dict__", {}).values():
        yield from lazy_parts(kept, seen)


def test_a_warm_gazetteer_has_nothing_left_to_make(tmp_path: Path) -> None:
    records = [a_record(), a_unit("SY07", "Idleb")]
    names = {f"Contents.{name}" for name in ("areas", "admin", "prefixes", "content_hash")}
    names |= {f"GazetteerReader.{name}" for name in ("_sources", "_spellings_by_id", "_shapes_by_id")}
    names |= {"NameIndex._by_shortened", "NameIndex._words", "Names.regions", "PositionIndex._chords"}
    names |= {"AdminIndex.settlements", "AdminIndex._units", "AdminIndex._stating"}
    for areas, parts in (([], names), ([an_area()], {*names, "AreaIndex._grid"})):
        path = a_gazetteer_file(tmp_path / f"{len(areas)}.gpkg", records, areas=areas)
        with Gazetteer.open(path) as gazetteer:
            assert not any(made for _, made in lazy_parts(gazetteer, set()))
            gazetteer.warm()
            assert dict.fromkeys(parts, True) == dict(lazy_parts(gazetteer, set()))
