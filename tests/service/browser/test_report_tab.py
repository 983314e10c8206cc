"""A pasted report in a real browser: its places in the text, in a list and on the map."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import ROOT
from tests.service.browser.watching import Watch

ENGLISH, ARABIC = (
    (ROOT / "examples" / f"report-2016-05-31{ending}.txt").read_text("utf-8") for ending in ("", ".ar")
)
POINTED = re.compile(r"\bpointed\b")


def read(page: Page, text: str) -> None:
    page.get_by_label("A report, in English or Arabic").fill(text)
    page.get_by_role("button", name="Find its places").click()


@pytest.mark.parametrize(("text", "direction"), [(ENGLISH, "ltr"), (ARABIC, "rtl")])
def test_a_report_comes_back_as_it_was_with_its_places_marked(
    server: str, watch: Watch, text: str, direction: str
) -> None:
    page = watch(server).open("#tab=report")
    read(page, text)
    expect(page.locator("#report-status")).to_contain_text("The place of the event: Idlib")
    shown = page.locator("#report-text")
    written = shown.evaluate(
        "box => [...box.childNodes].map(n => n.nodeType === 3 ? n.data : n.firstChild.data).join('')"
    )
    assert text == written
    assert direction == shown.evaluate("box => getComputedStyle(box).direction")
    marks = shown.get_by_role("button")
    assert {"Saraqeb", "سراقب"} & {one.inner_text().rstrip("0123456789") for one in marks.all()}
    numbers = page.locator("#report-places .number").all_inner_texts()
    assert set(numbers) == set(shown.locator("sup").all_inner_texts())
    assert set(numbers) == set(page.locator(".pins:not([hidden]) .pin").all_inner_texts())


def test_text_list_and_map_lead_to_each_other(server: str, watch: Watch) -> None:
    page = watch(server).open("#tab=report")
    read(page, "Shelling hit Saraqib and Maarat al-Numan in Idlib, Syria. Saraqib was hit twice.")
    marks, lines = page.locator("#report-text mark"), page.locator("#report-places button")
    expect(marks.first).to_be_visible()
    page.wait_for_timeout(500)  # the map comes to rest
    number = marks.first.locator("sup").inner_text()
    pin = page.locator(".pins:not([hidden]) .pin", has_text=number)
    line = lines.filter(has=page.locator(".number", has_text=number))
    marks.first.hover()
    for one in (line, pin):
        expect(one).to_have_class(POINTED)
    pin.hover()
    for one in (line, marks.first, marks.last):
        expect(one).to_have_class(POINTED)
    line.focus()
    expect(pin).to_have_class(POINTED)
    marks.first.press("Enter")
    for one in (line, marks.first, marks.last):
        expect(one).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#map path.disc")).to_have_count(1)


def test_a_report_about_another_country_is_not_read_unless_one_says_so(server: str, watch: Watch) -> None:
    page = watch(server).open("#tab=report")
    text = "A school in Sarmin was hit."
    read(page, text)
    expect(page.locator("#report-status")).to_contain_text("Nothing in it says that it is about Syria")
    expect(page.locator("#report-results")).to_be_hidden()
    page.get_by_label("It is about Syria").check()
    read(page, text)
    expect(page.locator("#report-places li")).to_have_count(1)


def test_what_is_pasted_is_kept_nowhere(server: str, watch: Watch) -> None:
    page = watch(server).open("#tab=report")
    read(page, ENGLISH)
    expect(page.locator("#report-places li").first).to_be_visible()
    kept = page.evaluate(
        "() => [location.href, ...Object.values(sessionStorage), ...Object.values(localStorage)]"
    )
    assert not any("Saraqeb" in one for one in kept)
