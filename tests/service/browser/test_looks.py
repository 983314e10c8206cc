"""The map in a real browser: light, and honest where there is nothing to show."""

import re
from pathlib import Path

from playwright.sync_api import expect

from tests.service.browser.watching import Watch
from tests.service.serving import serve


def test_without_incidents_the_page_says_how_to_load_them_and_counts_none(
    watch: Watch, tmp_path: Path
) -> None:
    with serve(folder=tmp_path) as server:
        watched = watch(server.address)
        page = watched.open()
        page.get_by_role("tab", name="Incidents").click()
        expect(page.locator("#incident-status")).to_contain_text("gazetteer-serve")
        expect(page.locator("#incident-results")).to_be_hidden()
        assert "0" not in page.locator("#pane-incidents").inner_text()
        assert ["503"] == [word for text in watched.complaints for word in text.split() if word == "503"]
        watched.complaints.clear()


def test_marks_of_different_certainty_differ_in_shape(server: str, watch: Watch) -> None:
    question = "#tab=incidents&near=hospital&within=5+km&map=12"
    shapes = set[str]()
    for kind, spot in {
        "certain": "36.18/37.14",
        "possible": "35.91/36.81",
        "facility": "35.93/36.63",
    }.items():
        page = watch(server).open(f"{question}/{spot}")
        drawn = page.locator(f"#map .mark.{kind}").first
        expect(drawn).to_be_attached()
        shapes.add(re.sub(r"[-\d.,\s]+", "", drawn.get_attribute("d") or ""))
    assert 3 == len(shapes)


def test_the_areas_are_drawn_as_labels_over_a_graticule_where_there_are_no_polygons(
    server: str, watch: Watch
) -> None:
    page = watch(server).open()
    expect(page.locator("#map .map-label.level-1:not(.hidden) > span").first).to_be_visible()
    assert page.locator("#map .graticule").count() > 4
    assert 14 == page.locator("#map .map-label.level-1").count()
    page.get_by_role("checkbox", name="Areas").uncheck()
    expect(page.locator("#map .map-label.level-1")).to_have_count(0)
    page.get_by_role("checkbox", name="Areas").check()
    expect(page.locator("#map .map-label.level-1")).to_have_count(14)
    expect(page.locator("#sources li")).to_have_count(3)


def test_motion_is_reduced_where_the_reader_asks_for_it(server: str, watch: Watch) -> None:
    page = watch(server).open()
    assert not page.evaluate("() => document.getElementById('map').classList.contains('leaflet-fade-anim')")
    assert (
        page.locator("#map .leaflet-zoom-animated").count()
        == page.locator("#map svg.leaflet-zoom-animated").count()
    )


def test_the_page_weighs_at_most_300_kilobytes(server: str, watch: Watch) -> None:
    watched, sizes = watch(server), list[int]()
    watched.page.on("requestfinished", lambda asked: sizes.append(asked.sizes()["responseBodySize"]))
    page = watched.open()
    page.wait_for_load_state("networkidle")
    usable_ms = page.evaluate("() => performance.getEntriesByName('usable')[0].startTime")
    print(f"{len(sizes)} requests, {sum(sizes)} bytes sent, usable after {usable_ms:.0f} ms")
    assert len(sizes) > 10
    assert sum(sizes) <= 300_000
