"""What HOT's exports of OpenStreetMap hold beside health facilities: points of further kinds, and lines."""

from pathlib import Path
from typing import Any

import shapely

from gazetteer.kinds import PlaceKind
from geodata.importers import RawRecord
from geodata.importers.osm_lines import FORMS
from geodata.report import IssueKind, Report
from tests.upstream_builders import geojson, only_layer, osm_feature, osm_shape, records_of

ROADS, WATERWAYS = FORMS


def line(*points: tuple[float, float]) -> shapely.LineString:
    return shapely.LineString(points)


def joined(folder: Path, *features: dict[str, Any]) -> tuple[dict[str, RawRecord], list[tuple[str, str]]]:
    """The lines that a layer of segments holds, by key, and what is reported of it."""
    geojson(folder / "lines.geojson", features)
    layer, report = only_layer(folder), Report()
    form = next(form for form in FORMS if form.recognises(layer))
    segments = [one for row in layer.rows() if (one := form.record(layer, row))]
    assert form.joined is not None
    found = {one.key: one for one in form.joined(segments, report)}
    return found, [(issue.kind, issue.detail) for issue in report]


def road(shape: shapely.LineString | None, number: int, **tags: Any) -> dict[str, Any]:
    tags = {"highway": "trunk", "ref": None, **tags}
    return osm_shape(shape, osm_id=number, osm_type="ways_line", **tags)


def water(shape: Any, number: int, **tags: Any) -> dict[str, Any]:
    tags = {"waterway": None, "natural": None, "water": None, **tags}
    return osm_shape(shape, osm_id=number, osm_type="ways_line", **tags)


def texts(record: RawRecord) -> list[str]:
    return [name.text for name in record.names]


def test_a_tag_says_the_kind_of_a_point_with_a_name_or_without(tmp_path: Path) -> None:
    interest: dict[str, Any] = {"amenity": None, "shop": None, "tourism": None}
    found = {
        PlaceKind.MARKET: {"amenity": "marketplace"},
        PlaceKind.BAKERY: {"shop": "bakery"},
        PlaceKind.PRISON: {"amenity": "prison"},
        PlaceKind.SCHOOL: {"amenity": "school"},
        PlaceKind.MOSQUE: {"amenity": "place_of_worship", "name": "جامع النور"},
        None: {"amenity": "place_of_worship", "name": "كنيسة السيدة"},
    }
    features = [
        osm_feature(37.5, 35.5, osm_id=n, **{**interest, **tags}) for n, tags in enumerate(found.values())
    ]
    geojson(tmp_path / "poi.geojson", [*features, osm_feature(37.5, 35.5, osm_id=9, **interest)])
    records = records_of(tmp_path)["OpenStreetMap points of interest"]
    assert [kind for kind in found if kind] == [record.kind for record in records]
    assert all(record.uncertainty_m == 100.0 and not record.sensitive for record in records)


def test_schools_have_an_export_of_their_own(tmp_path: Path) -> None:
    tags = [{"amenity": "school"}, {"building": "school"}, {"amenity": "university"}]
    known = {"amenity": None, "building": None}
    geojson(tmp_path / "e.geojson", [osm_feature(37.5, 35.5, **{**known, **tag}) for tag in tags])
    [(read_as, records)] = records_of(tmp_path).items()
    assert ("OpenStreetMap education facilities", 2) == (read_as, len(records))


def test_segments_of_one_number_are_one_road_however_far_apart(tmp_path: Path) -> None:
    long: dict[str, Any] = {"ref": "M5", "name": "طريق حلب", "name:en": "Aleppo - Damascus Road"}
    found, report = joined(
        tmp_path,
        road(line((36.7, 35.0), (36.7, 35.4)), 1, **long),
        road(line((36.7, 35.4), (36.8, 35.8)), 2, **long),
        road(line((36.8, 35.8), (36.8, 35.81)), 3, ref="M5;M4", name="شارع المدينة"),
        road(line((37.1, 36.1), (37.2, 36.2)), 4, ref="M 5"),
        road(line((36.8, 35.81), (36.8, 35.82)), 5, name="طريق حلب", highway="primary"),
    )
    assert ["osm:road/M4", "osm:road/M5"] == list(found)
    assert ["M5", "Aleppo - Damascus Road", "طريق حلب"] == texts(found["osm:road/M5"])
    shape = found["osm:road/M5"].shape
    assert shape is not None
    assert ("MultiLineString", 2) == (shape.geom_type, len(shapely.get_parts(shape)))
    assert shape.covers(shapely.Point(36.8, 35.82))
    assert [] == report


def test_segments_of_one_name_are_one_road_only_where_they_lie_near_each_other(tmp_path: Path) -> None:
    found, _ = joined(
        tmp_path,
        road(line((36.0, 35.0), (36.1, 35.0)), 2, name="شارع الثورة"),
        road(line((36.12, 35.0), (36.2, 35.0)), 1, name="شارع الثورة"),
        road(line((37.0, 35.0), (37.1, 35.0)), 3, name="شارع الثورة"),
    )
    assert ["osm:way/1", "osm:way/3"] == sorted(found)


def test_of_roads_without_a_number_only_main_ones_with_a_name_count(tmp_path: Path) -> None:
    here = line((36.0, 35.0), (36.1, 35.0))
    found, report = joined(
        tmp_path,
        road(here, 1, name="شارع", highway="residential"),
        road(here, 2),
        road(here, 3, ref="5"),
        road(None, 4, ref="M4"),
    )
    assert {} == found
    skipped = IssueKind.SKIPPED_ROW
    assert {
        (skipped, "2 segments have neither a name nor a number"),
        (skipped, "the segment has no geometry"),
    } == set(report)


def test_rivers_wadis_and_lakes_are_told_apart(tmp_path: Path) -> None:
    here, pool = line((38.0, 36.0), (38.1, 36.0)), shapely.box(38.1, 35.9, 38.5, 36.1)
    found, _ = joined(
        tmp_path,
        water(here, 1, waterway="river", name="نهر الفرات", **{"name:en": "Euphrates River"}),
        water(line((38.1, 36.0), (38.2, 36.0)), 2, waterway="river", name="نهر الفرات"),
        water(here, 3, waterway="stream", name="وادي القرن"),
        water(here, 4, waterway="stream"),
        water(here, 5, waterway="canal", name="قناة"),
        water(pool, 6, natural="water", water="reservoir", name="بحيرة الأسد"),
        water(pool, 7, natural="water", water="river", name="نهر الفرات"),
    )
    assert {
        "osm:way/1": PlaceKind.RIVER,
        "osm:way/3": PlaceKind.VALLEY,
        "osm:way/6": PlaceKind.LAKE,
    } == {key: record.kind for key, record in found.items()}
    assert ["Euphrates River", "Euphrates", "نهر الفرات", "الفرات"] == texts(found["osm:way/1"])
    assert line((38.0, 36.0), (38.1, 36.0), (38.2, 36.0)).equals(found["osm:way/1"].shape)
    assert ["وادي القرن"] == texts(found["osm:way/3"])


def test_the_parts_of_a_name_are_no_names_of_a_road(tmp_path: Path) -> None:
    here = line((36.0, 35.0), (36.1, 35.0))
    found, _ = joined(tmp_path, road(here, 1, name="Aleppo - Idlib"))
    assert [True] == [name.is_label for name in found["osm:way/1"].names]
