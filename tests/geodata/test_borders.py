"""The borders that are cut from the country's outline, and what they are called."""

from collections.abc import Mapping
from itertools import pairwise

import shapely
from shapely.geometry.base import BaseGeometry

from gazetteer.country import country, find_neighbour
from gazetteer.kinds import PlaceKind
from geodata.areas import AreaSet
from geodata.borders import border_names, border_records
from geodata.importers import RawRecord


def corners() -> list[tuple[float, float]]:
    """The ends of the borders as the corners of a country, going round it."""
    return [(end.longitude, end.latitude) for end in country().border_ends]


def borders_of(outline: BaseGeometry, *, without: str = "") -> Mapping[str, RawRecord]:
    """The borders of a country whose governorates are all its whole but one part, by key."""
    codes = [one.pcode for one in country().governorates if one.pcode != without]
    return {record.key: record for record in border_records(AreaSet(dict.fromkeys(codes, outline)))}


def test_the_outline_is_cut_into_a_line_a_neighbour_and_the_coast_is_none() -> None:
    ring = shapely.LinearRing(corners())
    for turned in (ring, ring.reverse()):
        found = borders_of(shapely.Polygon(turned))
        assert [f"cg:border-{name}" for name in ("turkey", "iraq", "lebanon", "jordan", "israel")] == list(
            found
        )
        names = ("turkey", "iraq", "jordan", "israel", "lebanon")
        for name, (start, end) in zip(names, pairwise(corners()), strict=True):
            shape = found[f"cg:border-{name}"].shape
            assert shape is not None
            assert shape.hausdorff_distance(shapely.LineString([start, end])) < 1e-9


def test_a_border_begins_at_the_point_of_the_outline_that_is_nearest_to_its_end() -> None:
    outline = shapely.Polygon(corners()).buffer(0.01)
    shape = borders_of(outline)["cg:border-jordan"].shape
    assert shape is not None
    ends = [shapely.Point(corners()[number]) for number in (2, 3)]
    assert all(0.0 < end.distance(shape.boundary) < 0.03 for end in ends)


def test_without_the_polygons_of_all_governorates_there_are_no_borders() -> None:
    assert {} == borders_of(shapely.Polygon(corners()), without="SY03")


def test_a_border_is_called_by_adjective_and_by_name_in_both_languages() -> None:
    neighbour = find_neighbour("Turkey")
    assert neighbour is not None
    names = [text for text, _ in border_names(neighbour)]
    assert ["Turkish border", "border with Turkey"] == names[:2]
    assert {
        "Syrian-Turkish border", "Turkish-Syrian border", "Syria-Turkey border", "الحدود التركية",
        "الحدود السورية التركية", "الحدود مع تركيا",
    } <= {*names}  # fmt: skip
    assert not any("TUR" in name for name in names)


def test_every_neighbour_has_two_ends_and_each_end_a_source() -> None:
    ends = country().border_ends
    for neighbour in country().neighbours:
        assert 2 == sum(neighbour.code in end.neighbours for end in ends)
    assert all(end.source for end in ends)
    assert PlaceKind.BORDER.group == "landmark"
