"""What the map draws, in a real browser: towns, lines, and incidents as what they are."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import shapely
from playwright.sync_api import Locator, expect

from gazetteer.geodesy import LatLon
from gazetteer.kinds import PlaceKind
from tests.builders import a_gazetteer_file, a_record, a_unit, an_area
from tests.service.browser.watching import Watch
from tests.service.serving import serve

#: Three corners that a map of the country doesn't need, and one that it does.
BUMP = [(36.499, 35.5), (36.5, 35.5015), (36.501, 35.5)]
ROAD = shapely.LineString([(36.2, 35.5), *BUMP, (36.8, 35.5), (36.9, 35.8)])
OUTLINE = shapely.Polygon([(36, 35), (36.5, 34.999), (37, 35), (37, 36), (36, 36)])
ROWS = """id,date,place,area,latitude,longitude,uncertainty_m
1,2016-05-01,,,35.51,36.4,100
2,2016-05-01,,,35.6,36.4,100
3,2016-05-02,,,35.6,36.4,100
4,2016-05-02,Idlib governorate,,,,
5,2016-05-02,,,35.2,36.8,40000
"""


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with an area, a road, two towns, and incidents that are exact, rough and hardly known."""
    folder = tmp_path_factory.mktemp("drawn")
    line: dict[str, Any] = {"kind": PlaceKind.ROAD, "uncertainty_m": 20_000.0, "population": None}
    records = [
        a_unit("SY07", "Idlib"),
        a_record(id="C1", name="Idlib", position=LatLon(35.93, 36.63), population=100_000),
        a_record(id="C2", name="Sarmin", position=LatLon(35.931, 36.631), population=9),
        replace(
            a_record(id="osm:road/M5", name="M5", name_ar="", position=LatLon(35.5, 36.5), **line),
            shape_wkb=ROAD.wkb,
        ),
    ]
    simple = shapely.box(36, 35, 37, 36).wkb
    path = a_gazetteer_file(folder / "g.gpkg", records, areas=[an_area(wkb=OUTLINE.wkb, simple_wkb=simple)])
    (folder / "incidents.csv").write_text(ROWS, "utf-8")
    options = ("--gazetteer", str(path), "--incidents", str(folder / "incidents.csv"))
    with serve(*options, folder=folder) as server:
        yield server.address


def corners(path: Locator) -> int:
    return (path.get_attribute("d") or "").replace("M", "L").count("L")


def test_no_name_lies_on_another_and_the_more_important_stays(drawn: str, server: str, watch: Watch) -> None:
    names = watch(drawn).open("#map=8/35.6/36.6").locator("#map .map-label.town")
    expect(names.filter(has_text="Sarmin")).to_have_class(re.compile("hidden"))
    expect(names.filter(has_text="Idlib")).not_to_have_class(re.compile("hidden"))
    page = watch(server).open()
    shown = page.locator("#map .map-label:not(.hidden) > span")
    expect(page.locator("#map .map-label.city").first).to_be_attached()
    page.wait_for_timeout(300)  # names are thinned out once all are there
    boxes = [shapely.box(x, y, x + w, y + h) for x, y, w, h in (box_of(one) for one in shown.all())]
    assert len(boxes) > 15
    assert not [1 for at, one in enumerate(boxes) for other in boxes[:at] if one.overlaps(other)]


def box_of(one: Locator) -> tuple[float, float, float, float]:
    box = one.bounding_box()
    assert box
    return box["x"], box["y"], box["width"], box["height"]


def test_what_is_known_to_no_better_than_25_km_is_a_count_and_never_a_mark(drawn: str, watch: Watch) -> None:
    page = watch(drawn).open("#map=9/35.5/36.5")
    expect(page.locator("#map .somewhere")).to_have_text(["1 known only to 40 km", "1 in Idlib"])
    expect(page.locator("#map .halo.wide")).to_have_count(1)
    expect(page.locator("#map .mark.incident")).to_have_count(1)
    expect(page.locator("#map .count")).to_have_text(["2"])
    page.locator("#map .somewhere > span").last.click()
    expect(page.locator(".leaflet-popup")).to_contain_text("known only to lie somewhere in Idlib")


def test_several_close_together_are_one_count_that_a_click_takes_apart(drawn: str, watch: Watch) -> None:
    page = watch(drawn).open("#map=6/35.5/36.5")
    expect(page.locator("#map .count")).to_have_text(["3"])
    expect(page.locator("#map .mark.incident")).to_have_count(0)
    page.locator("#map .count").dispatch_event("click")  # a count of its area may lie over it
    expect(page.locator("#map .mark.incident")).to_have_count(1)


def test_a_road_is_a_line_and_so_is_one_that_was_asked_for(drawn: str, watch: Watch) -> None:
    page = watch(drawn).open("#map=9/35.5/36.5&tab=incidents&near=M5&within=2+km")
    expect(page.get_by_role("checkbox", name="Roads and rivers")).to_be_visible()
    road = page.locator("#map .line.road")
    assert 3 == corners(road)
    expect(page.locator("#map .target")).to_have_count(1)
    expect(page.locator("#incident-status")).to_contain_text(
        "1 of 5 incidents was certainly within 2 km of M5."
    )


def test_borders_and_roads_have_every_corner_when_one_comes_closer(drawn: str, watch: Watch) -> None:
    far, close = watch(drawn), watch(drawn)
    far.open("#map=9/35.5/36.5").wait_for_load_state("networkidle")
    assert not [url for url in far.requests if "shape=full" in url]
    page = close.open("#map=14/35.5/36.5")
    page.wait_for_load_state("networkidle")
    whole = {url.rpartition("/")[2] for url in close.requests if "shape=full" in url}
    assert {"SY07?shape=full", "osm%3Aroad%2FM5?shape=full"} == whole
    assert len(BUMP) + 2 == corners(page.locator("#map .line.road"))  # two more at the ends of the view


@pytest.mark.parametrize("width", [1400, 390])
def test_nothing_covers_the_map_but_its_own_buttons(server: str, watch: Watch, width: int) -> None:
    page = watch(server, width=width, height=844).open()
    page.locator("#legend").evaluate("legend => { legend.open = true; }")
    _, top, _, height = box_of(page.locator("#map"))
    for part in ("#legend", "#sources"):
        _, y, _, its_height = box_of(page.locator(part))
        assert y + its_height <= top + 1 or y >= top + height - 1, part
    assert height > 120
