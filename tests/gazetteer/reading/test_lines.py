"""Roads, rivers and borders that the gazetteer draws, and where they pass a place."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import shapely

from gazetteer import Gazetteer, LatLon, PlaceKind, Resolution
from gazetteer.geodesy import distance_m
from gazetteer.reading.relations import NEAR_REACH_M, find_relation
from gazetteer.store import PlaceRecord
from tests.builders import a_gazetteer_file, a_record, a_square, an_area

#: The stretch of the road in the governorate's square, and on to the south.
ROAD = shapely.LineString([(36.5, 34.5), (36.5, 35.5), (36.82, 35.87), (37.0, 35.95)])
RIVER = shapely.LineString([(38.0, 36.6), (39.0, 35.95), (40.0, 35.3)])
BORDER = shapely.LineString([(36.0, 36.3), (38.0, 36.7), (40.0, 36.8)])


def a_line(shape: shapely.LineString, kind: PlaceKind, *names: str) -> PlaceRecord:
    middle = shapely.get_coordinates(shape)[1]
    at, end = LatLon(middle[1], middle[0]), LatLon(*shape.coords[0][::-1])
    record = a_record(
        id=f"line:{names[0]}", name=names[0], name_ar=names[1], spellings=names, kind=kind, position=at,
        uncertainty_m=distance_m(at, end), population=None, adm1_pcode=None, adm2_pcode=None, adm3_pcode=None,
    )  # fmt: skip
    return replace(record, shape_wkb=shapely.to_wkb(shape))


def a_town(place_id: str, name: str, latitude: float, longitude: float, **changes: Any) -> PlaceRecord:
    return a_record(id=place_id, name=name, name_ar="", position=LatLon(latitude, longitude), **changes)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gazetteer]:
    quarter, nobody = PlaceKind.NEIGHBOURHOOD, {"population": None}
    border = ("Turkish border", "الحدود التركية", "Syrian-Turkish border", "border with Turkey")
    idlib: dict[str, Any] = {"kind": PlaceKind.GOVERNORATE, "adm2_pcode": None, "adm3_pcode": None, **nobody}
    records = [
        a_line(ROAD, PlaceKind.ROAD, "M5", "طريق دمشق حلب"),
        a_line(RIVER, PlaceKind.RIVER, "Euphrates", "الفرات", "نهر الفرات"),
        a_line(BORDER, PlaceKind.BORDER, *border),
        a_line(shapely.LineString([(36.2, 35.3), (36.3, 35.5)]), PlaceKind.RIVER, "Ghab", "الغاب"),
        a_record(),
        a_town("SY07", "Idlib", 35.5, 36.5, uncertainty_m=80_000.0, **idlib),
        a_town("C1", "Tayyiba", 35.5, 36.52),
        a_town("C2", "Tayyiba", 36.5, 39.9),
        a_town("C3", "Raqqa", 35.95, 39.01),
        a_town("C4", "Palmyra", 34.55, 38.27),
        a_town("C5", "Ghab", 35.4, 36.3),
        a_town("N1", "الفرات", 36.2, 37.2, kind=quarter, **nobody),
        a_town("cg:bridge", "Rastan Bridge", 35.87, 36.83, kind=PlaceKind.BRIDGE, **nobody),
    ]
    path = tmp_path_factory.mktemp("drawn") / "drawn.gpkg"
    with Gazetteer.open(
        a_gazetteer_file(path, records, areas=[an_area(wkb=a_square(36.0, 35.0))])
    ) as gazetteer:
        yield gazetteer


def ids(found: Resolution) -> list[str]:
    return [found.status, *(match.place.id for match in found.matches[:1])]


def test_a_line_is_found_by_its_number_its_names_and_the_word_for_it(drawn: Gazetteer) -> None:
    names = {
        "line:M5": "M5|the M5|M5 highway|the M5 international highway|طريق M5|الطريق الدولي M5",
        "line:Euphrates": "Euphrates|the Euphrates|Euphrates river|الفرات|نهر الفرات",
        "line:Turkish border": "Turkish border|the Turkish border|Syrian-Turkish border|Syrian–Turkish border"
        "|border with Turkey|الحدود التركية",
    }
    for place_id, texts in names.items():
        for text in texts.split("|"):
            found = drawn.resolve(text)
            assert (text, ["resolved", place_id]) == (text, ids(found))
            assert found.matches[0].uncertainty_m == drawn.place(place_id).uncertainty_m


def test_a_line_is_no_answer_where_something_else_is_asked_for_or_a_town_has_its_name(
    drawn: Gazetteer,
) -> None:
    for text in ("Euphrates bridge", "Ghab", "Euphrates hospital", "the border", "M5 valley", "M55"):
        place = getattr(drawn.resolve(text).best, "place", None)
        assert (text, True) == (text, place is None or place.kind is PlaceKind.SETTLEMENT)


def test_a_town_and_a_line_are_where_the_line_is_nearest_to_the_town(drawn: Gazetteer) -> None:
    town = drawn.place("C3916")
    texts = ("Saraqib, M5", "M5 near Saraqib", "M5 highway, Saraqib", "Saraqib - the M5", "سراقب، طريق M5")
    for text in texts:
        found = drawn.resolve(text)
        assert (text, "resolved", "near") == (text, found.status, found.query.relation)
        match = found.matches[0]
        spot = shapely.Point(match.place.position.longitude, match.place.position.latitude)
        assert ROAD.distance(spot) < 1e-6
        assert (
            abs(ROAD.distance(shapely.Point(36.799, 35.863)) - spot.distance(shapely.Point(36.799, 35.863)))
            < 2e-3
        )
        away = distance_m(match.place.position, town.position)
        assert match.uncertainty_m == pytest.approx(
            away + town.uncertainty_m + NEAR_REACH_M * ("near" in text)
        )
        assert {"C3916", "line:M5"} == {place.id for place in match.anchors}


def test_of_namesakes_the_one_that_the_line_passes_is_meant(drawn: Gazetteer) -> None:
    assert "ambiguous" == drawn.resolve("Tayyiba").status
    found = drawn.resolve("Tayyiba, M5")
    assert ("resolved", "C1") == (found.status, found.matches[0].anchors[0].id)


def test_a_line_and_an_area_are_the_stretch_in_it(drawn: Gazetteer) -> None:
    place = drawn.resolve("M5, Idlib governorate").matches[0].place
    assert 35.0 <= place.position.latitude <= 36.0
    assert place.uncertainty_m < drawn.place("line:M5").uncertainty_m + 60_000
    assert "SY07" in place.pcodes


def test_a_thing_on_a_line_stays_where_it_is(drawn: Gazetteer) -> None:
    assert ["resolved", "cg:bridge"] == ids(drawn.resolve("Rastan Bridge, M5"))


def test_a_line_with_a_place_that_it_does_not_pass_is_not_accepted(drawn: Gazetteer) -> None:
    for text in ("Palmyra, M5", "M5 near Palmyra", "M5 near Nowhereton", "Raqqa and the M5"):
        assert drawn.resolve(text).status in ("ambiguous", "unresolved"), text


def test_a_border_between_countries_is_no_way_between_towns() -> None:
    for text in ("Syrian–Turkish border", "Iraq / Syria border"):
        assert (None, text) == find_relation(text)
    relation, _ = find_relation("Azaz – Kilis border")
    assert relation is not None
    assert ("between", ("Azaz", "Kilis")) == (relation.kind, relation.anchors)
