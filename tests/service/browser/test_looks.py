"""The map in a real browser: dark, narrow, labelled, light, and honest where there is nothing to show."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.service.browser.watching import KeepPicture, Watch
from tests.service.serving import serve

SHOW_ALL = """() => {
  for (const one of document.querySelectorAll('[role=tabpanel], #incident-results')) one.hidden = false;
}"""
UNNAMED = """() => [...document.querySelectorAll('button, a[href], input, select, textarea, [role]')]
  .filter((one) => !one.closest('[aria-hidden="true"]'))
  .filter((one) => !(one.getAttribute('aria-label') || one.getAttribute('title') || one.labels?.length
    || one.textContent.trim() || document.getElementById(one.getAttribute('aria-labelledby'))))
  .filter((one) => !['status', 'option'].includes(one.getAttribute('role')))
  .map((one) => one.outerHTML.slice(0, 120))"""
#: Elements with text of their own whose contrast with what lies behind them is under 4.5 (WCAG 2.1, 1.4.3).
FAINT = """() => {
  const parse = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] > 0.9) return colour;
    }
    return [255, 255, 255];
  };
  return [...document.querySelectorAll('#panel *, #legend *, #sources *')]
    .filter((one) => one.checkVisibility() && !one.closest('.unseen'))
    .filter((one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
    .map((one) => [parse(getComputedStyle(one).color), ground(one), one.outerHTML.slice(0, 100)])
    .map(([colour, behind, html]) => [light(colour), light(behind), html])
    .map(([a, b, html]) => [(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), html])
    .filter(([ratio]) => ratio < 4.5);
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_every_control_has_a_name_and_all_text_stands_out(
    server: str, watch: Watch, keep_picture: KeepPicture, scheme: str, width: int
) -> None:
    page = watch(server, width=width, color_scheme=scheme).open()
    ground = page.evaluate("() => getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, ground[4:-1].split(","))) < 3 * 128) == (scheme == "dark")
    keep_picture(page, f"start-{width}-{scheme}")
    page.get_by_role("combobox", name="A place, as it was written").fill("national hospital")
    page.get_by_role("button", name="Look up").click()
    expect(page.locator("#candidates li").first).to_be_visible()
    page.evaluate(SHOW_ALL)
    assert [] == page.evaluate(UNNAMED)
    assert [] == page.evaluate(FAINT)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width


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
    page = watch(server, reduced_motion="reduce").open()
    assert not page.evaluate("() => document.getElementById('map').classList.contains('leaflet-fade-anim')")
    assert (
        page.locator("#map .leaflet-zoom-animated").count()
        == page.locator("#map svg.leaflet-zoom-animated").count()
    )


def test_the_page_weighs_at_most_600_kilobytes(server: str, watch: Watch) -> None:
    watched, sizes = watch(server), list[int]()
    watched.page.on("requestfinished", lambda asked: sizes.append(asked.sizes()["responseBodySize"]))
    page = watched.open()
    page.wait_for_load_state("networkidle")
    usable_ms = page.evaluate("() => performance.getEntriesByName('usable')[0].startTime")
    print(f"{len(sizes)} requests, {sum(sizes)} bytes sent, usable after {usable_ms:.0f} ms")
    assert len(sizes) > 10
    assert sum(sizes) <= 600_000
