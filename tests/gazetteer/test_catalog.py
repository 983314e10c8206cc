"""The gazetteer that users hold: opening, looking up, measuring, and what it says when it cannot."""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path

import pytest

from gazetteer import (
    BoundingBox,
    Gazetteer,
    GazetteerFileError,
    InputError,
    LatLon,
    NotFoundError,
    PlaceKind,
    SchemaVersionError,
)
from gazetteer.geodesy import distance_m
from gazetteer.store import SCHEMA_VERSION, AreaRecord
from gazetteer.store.geopackage import sealed
from tests.builders import a_gazetteer_file, a_record, a_source, an_area


@pytest.fixture(scope="module")
def default() -> Iterator[Gazetteer]:
    with Gazetteer.open() as gazetteer:
        yield gazetteer


@pytest.fixture(scope="module")
def small_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A governorate, a sub-district, two towns and a hospital."""
    records = [
        a_record(
            id="SY07", name="Idleb", name_ar="إدلب", kind=PlaceKind.GOVERNORATE, position=LatLon(35.8, 36.7),
            uncertainty_m=60_000.0, adm2_pcode=None, adm3_pcode=None,
        ),
        a_record(
            id="SY070204", name="Saraqab", kind=PlaceKind.SUBDISTRICT, position=LatLon(35.87, 36.8),
            uncertainty_m=15_000.0,
        ),
        a_record(spellings=("Saraqeb", "Serakib")),
        a_record(id="C4000", name="Hass", name_ar="حاس", position=LatLon(35.57, 36.61), population=None),
        a_record(
            id="cg:hass-hospital", name="Hass hospital", name_ar="", kind=PlaceKind.HOSPITAL,
            position=LatLon(35.571, 36.611), uncertainty_m=100.0, sensitive=True, population=None,
        ),
    ]  # fmt: skip
    return a_gazetteer_file(
        tmp_path_factory.mktemp("small") / "small.gpkg", records, sources=[a_source(count=5)]
    )


@pytest.fixture(scope="module")
def small(small_file: Path) -> Iterator[Gazetteer]:
    with Gazetteer.open(small_file) as gazetteer:
        yield gazetteer


def test_a_path_opens_that_file(small_file: Path) -> None:
    for path in (small_file, str(small_file)):
        with Gazetteer.open(path) as gazetteer:
            assert small_file == gazetteer.info().path
            assert "<Gazetteer small.gpkg: 5 places>" == repr(gazetteer)


def test_the_environment_names_the_file_and_a_path_goes_before_it(
    small_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = a_gazetteer_file(tmp_path / "other.gpkg")
    monkeypatch.setenv("GAZETTEER_FILE", str(small_file))
    assert small_file == Gazetteer.open().info().path
    assert other == Gazetteer.open(other).info().path


def test_without_path_and_environment_the_embedded_default_is_opened(
    default: Gazetteer, user_cache: Path
) -> None:
    assert user_cache in default.info().path.parents
    assert (14, 62, 272) == tuple(
        default.info().counts[k] for k in ("governorate", "district", "subdistrict")
    )


@pytest.mark.parametrize("content", [None, b"", b"no gazetteer", b"SQLite format 3\0" + b"\0" * 200])
def test_a_missing_or_broken_file_is_one_sentence(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "broken.gpkg"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(GazetteerFileError, match=r"broken\.gpkg") as error:
        Gazetteer.open(path)
    assert 1 == len(str(error.value).splitlines())


def test_a_file_cut_short_is_one_sentence(small_file: Path, tmp_path: Path) -> None:
    path = tmp_path / "short.gpkg"
    path.write_bytes(small_file.read_bytes()[:8192])
    with pytest.raises(GazetteerFileError, match=r"short\.gpkg") as error:
        Gazetteer.open(path).resolve("Saraqib")
    assert 1 == len(str(error.value).splitlines())


def test_a_missing_file_named_by_the_environment_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GAZETTEER_FILE", str(tmp_path / "nowhere.gpkg"))
    with pytest.raises(GazetteerFileError, match=r"nowhere\.gpkg"):
        Gazetteer.open()


def test_a_folder_is_no_gazetteer_file(tmp_path: Path) -> None:
    with pytest.raises(GazetteerFileError):
        Gazetteer.open(tmp_path)


def test_a_file_of_another_schema_version_is_refused(small_file: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(small_file, tmp_path / "future.gpkg"))
    connection = sqlite3.connect(path)
    connection.execute("UPDATE manifest SET value = '999' WHERE key = 'schema_version'")
    connection.commit()
    connection.close()
    path.write_bytes(sealed(path.read_bytes()))
    with pytest.raises(SchemaVersionError, match="999"):
        Gazetteer.open(path)


def test_a_place_has_one_id_and_its_spellings(small: Gazetteer) -> None:
    place = small.place("C3916")
    assert ("Saraqib", ("SY07", "SY070204")) == (place.name, place.pcodes)
    assert {"Saraqib", "سراقب", "Saraqeb", "Serakib"} == {s.text for s in small.spellings("C3916")}
    assert {"test"} == {s.source for s in small.spellings("C3916")}


@pytest.mark.parametrize("place_id", ["", "C0", "c3916", "Saraqib", "' OR 1=1 --"])
def test_an_unknown_id_is_not_found(small: Gazetteer, place_id: str) -> None:
    for look_up in (small.place, small.spellings):
        with pytest.raises(NotFoundError, match="no place has the id"):
            look_up(place_id)


@pytest.mark.parametrize(
    "text", ["Idlib", "Idleb", "إدلب", "SY07", "sy07", "Idlib governorate", "محافظة إدلب"]
)
def test_an_area_is_found_by_any_name_or_code(small: Gazetteer, text: str) -> None:
    assert "SY07" == small.area(text).id


NO_AREAS = "||Hass|Narnia|SY99|C3916|😀|Idlib city|northern Idlib|Idlib and Aleppo|Atlantis, Idlib"


@pytest.mark.parametrize("text", NO_AREAS.split("|")[1:])
def test_what_is_no_area_is_not_found(small: Gazetteer, text: str) -> None:
    with pytest.raises(
        NotFoundError, match="use the name or P-code of a governorate, district or sub-district"
    ):
        small.area(text)


def test_every_governorate_is_found_by_its_name_in_both_scripts_and_by_its_code(default: Gazetteer) -> None:
    found = {
        p.id: [default.area(text).id for text in (p.id, p.name_ar, f"{p.name}")]
        for p in default.places(kinds={PlaceKind.GOVERNORATE})
        if p.id != "SY03"
    }
    assert {code: [code] * 3 for code in found} == found


@pytest.mark.parametrize("text", ["Rural Damascus", "Rural Damascus governorate"])
def test_rural_damascus_is_rural_damascus(default: Gazetteer, text: str) -> None:
    assert "SY03" == default.area(text).id


def test_places_come_in_the_order_of_their_ids(default: Gazetteer, small: Gazetteer) -> None:
    for gazetteer in (default, small):
        ids = [place.id for place in gazetteer.places()]
        assert sorted(ids) == ids


def test_places_are_filtered_by_kind_area_and_box_together(small: Gazetteer) -> None:
    box = BoundingBox(south=35.5, west=36.5, north=35.6, east=36.7)
    assert ["C4000", "cg:hass-hospital"] == [p.id for p in small.places(bbox=box)]
    assert ["cg:hass-hospital"] == [p.id for p in small.places(bbox=box, kinds={PlaceKind.HOSPITAL})]
    assert ["C3916", "C4000"] == [p.id for p in small.places(kinds={PlaceKind.SETTLEMENT}, area="SY07")]
    assert [] == list(small.places(area="SY02"))
    assert [] == list(small.places(kinds=()))
    assert 5 == len(list(small.places(area="SY")))


def test_a_point_has_its_areas_and_its_nearest_settlement(small: Gazetteer) -> None:
    answer = small.reverse(LatLon(35.862, 36.8))
    assert answer.nearest is not None
    assert ("C3916", "nearest") == (answer.nearest.id, answer.admin_method)
    assert ["SY07", "SY070204"] == [unit.pcode for unit in answer.admin]
    expected = distance_m(LatLon(35.862, 36.8), answer.nearest.position)
    assert expected == answer.nearest_distance_m


@pytest.mark.parametrize("point", [LatLon(0, 0), LatLon(90, 0), LatLon(-35.9, -143.4), LatLon(35.9, 180)])
def test_a_point_far_from_everything_is_in_no_area(default: Gazetteer, point: LatLon) -> None:
    answer = default.reverse(point)
    assert ((), "unknown") == (answer.admin, answer.admin_method)
    assert answer.nearest is not None


def test_every_settlement_lies_where_it_says_when_asked_back(default: Gazetteer) -> None:
    settlements = [p for p in default.places(kinds={PlaceKind.SETTLEMENT}) if p.admin]
    wrong = [p.id for p in settlements if default.reverse(p.position).admin[:1] != p.admin[:1]]
    assert [] == wrong


def test_a_distance_carries_both_radii(default: Gazetteer) -> None:
    answer = default.distance("Aleppo", "Idlib")
    slack = answer.start.uncertainty_m + answer.end.uncertainty_m
    # The article behind the example says 59 km southwest; between centres it is about 56.
    assert (56, "southwest") == (round(answer.distance_m / 1000), answer.compass)
    assert (answer.distance_m - slack, answer.distance_m + slack) == (answer.min_m, answer.max_m)
    back = default.distance("Idlib", "Aleppo")
    assert answer.distance_m == pytest.approx(back.distance_m)
    assert "northeast" == back.compass


def test_a_distance_between_written_positions_and_to_itself(default: Gazetteer) -> None:
    answer = default.distance("35.93, 36.63", "36.20, 37.16")
    assert distance_m(LatLon(35.93, 36.63), LatLon(36.20, 37.16)) == answer.distance_m
    same = default.distance("Idlib", "Idlib")
    assert (0.0, 0.0) == (same.distance_m, same.min_m)


def test_info_says_what_the_file_holds(small: Gazetteer) -> None:
    info = small.info()
    assert {"governorate": 1, "hospital": 1, "settlement": 2, "subdistrict": 1} == info.counts
    assert ["test"] == [source.id for source in info.sources]
    assert info.as_json() == json.loads(json.dumps(info.as_json()))
    assert (SCHEMA_VERSION, 64) == (info.schema_version, len(info.content_hash))


def test_what_is_wrong_in_a_question_is_named(default: Gazetteer) -> None:
    wrong = {"area": "Narnia", "kind": "shop", "limit": 0, "min_confidence": 2.0}
    named = {}
    for parameter, value in wrong.items():
        with pytest.raises(InputError) as error:
            default.resolve("Idlib", **{parameter: value})  # type: ignore[arg-type]
        named[error.value.parameter] = value
    assert wrong == named


def test_threads_share_one_gazetteer(small_file: Path) -> None:
    texts = "Saraqeb|سراقب|Hass|Hass hospital|Idlib governorate|5 km north of Saraqeb|nothing".split("|") * 8
    with Gazetteer.open(small_file) as alone:
        expected = [
            (alone.resolve(t), alone.reverse(LatLon(35.6, 36.6)), alone.spellings("C3916")) for t in texts
        ]
    with Gazetteer.open(small_file) as shared, ThreadPoolExecutor(8) as pool:
        found = list(
            pool.map(
                lambda t: (shared.resolve(t), shared.reverse(LatLon(35.6, 36.6)), shared.spellings("C3916")),
                texts,
            )
        )
    assert expected == found


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


@pytest.mark.parametrize("areas", [(), (an_area(),)], ids=["without polygons", "with polygons"])
def test_a_warm_gazetteer_has_nothing_left_to_make(
    tmp_path: Path, areas: tuple[AreaRecord, ...], small_file: Path
) -> None:
    records = [
        a_record(),
        a_record(id="SY07", name="Idleb", kind=PlaceKind.GOVERNORATE, adm2_pcode=None, adm3_pcode=None),
    ]
    with Gazetteer.open(a_gazetteer_file(tmp_path / "g.gpkg", records, areas=areas)) as gazetteer:
        assert not any(made for _, made in lazy_parts(gazetteer, set()))
        gazetteer.warm()
        parts = dict(lazy_parts(gazetteer, set()))
    of_gazetteer = {f"Contents.{name}" for name in ("areas", "admin", "prefixes", "content_hash")}
    of_reader = {"GazetteerReader._sources", "GazetteerReader._spellings_by_id"}
    names = {*of_gazetteer, *of_reader, "NameIndex._by_shortened", "NameIndex._words", "Names.regions"}
    names |= {"AdminIndex.settlements", "AdminIndex._units", "AdminIndex._stating", "PositionIndex._chords"}
    names |= {"AreaIndex._grid"} if areas else set()
    assert names == set(parts)
    assert all(parts.values())


def test_a_warm_gazetteer_answers_as_a_cold_one(small_file: Path) -> None:
    with Gazetteer.open(small_file) as cold, Gazetteer.open(small_file) as warm:
        warm.warm()
        for text in ("Saraqeb", "Sarakeeb", "5 km north of Hass", "35.87, 36.8"):
            assert cold.resolve(text) == warm.resolve(text)
