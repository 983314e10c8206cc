"""The map in a real browser: search, ask, enrich, download, at two widths."""

import csv
import io
from pathlib import Path

import pandas
import pytest
from playwright.sync_api import Page, expect

from tests.conftest import ROOT
from tests.service.browser.watching import Watch, downloaded, drop, rows_in
from tests.service.serving import serve

EXAMPLE = ROOT / "examples" / "incidents.csv"


def search_in_arabic(page: Page) -> None:
    box = page.get_by_role("combobox", name="A place, as it was written")
    box.press_sequentially("سراق")
    suggestions = page.get_by_role("listbox", name="Suggestions")
    expect(suggestions.get_by_role("option").first).to_contain_text("سراقب")
    assert "rtl" == box.evaluate("box => getComputedStyle(box).direction")
    box.press_sequentially("ب")
    box.press("Enter")
    expect(page.locator("#place-status")).to_contain_text("Resolved: Saraqib")
    expect(page.locator("#place-status")).to_contain_text("Confidence")


def choose_a_candidate(page: Page) -> None:
    box = page.get_by_role("combobox", name="A place, as it was written")
    box.fill("national hospital")
    page.get_by_role("button", name="Look up").click()
    expect(page.locator("#place-status")).to_contain_text("Ambiguous")
    candidates = page.locator("#candidates button")
    expect(page.locator("#map path.disc")).to_have_count(0)
    candidates.nth(1).click()
    expect(candidates.nth(1)).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#map path.disc")).to_have_count(1)


def ask_near_hospital(page: Page) -> None:
    page.get_by_role("tab", name="Incidents").click()
    page.get_by_label("Within").fill("5 km")
    page.get_by_label("of", exact=True).fill("hospital")
    page.get_by_role("button", name="Show", exact=True).click()
    status = page.locator("#incident-status")
    expect(status).to_contain_text("of 15 incidents were certainly within 5 km of a hospital.")
    certain = int(status.inner_text().partition(" ")[0])
    assert 15 == certain + sum(map(int, page.locator("#counts dd").all_inner_texts()))  # each fact once
    assert certain
    marks, counts = page.locator("#map .mark:is(.certain, .possible)"), page.locator("#map .count")
    assert marks.count() + sum(map(int, counts.all_inner_texts())) == 15 - 3  # three have no position
    slider = page.get_by_role("slider", name="Month")
    slider.focus()
    slider.press("ArrowRight")
    expect(page.locator("#month-text")).to_have_text("April 2016: 1 incident")
    slider.press("Home")
    expect(page.locator("#month-text")).to_contain_text("All months: 15 incidents")


def enrich_by_drop(page: Page) -> list[dict[str, str]]:
    text = EXAMPLE.read_text("utf-8") + "2016-06-01,=1+1,Idlib,,,,made up,a formula\n"
    drop(page, "reports.csv", text)
    expect(page.get_by_role("tab", name="Table")).to_have_attribute("aria-selected", "true")
    expect(page.locator("#table-status")).to_contain_text("16 rows: ")
    page.locator("#open-list").get_by_role("button", name="national hospital").click()
    page.get_by_role("button", name="Raqqa National Hospital").click()
    expect(page.locator("#decided-status")).to_contain_text("1 of 3 open names decided, in 1 row.")
    name, text = downloaded(page.get_by_role("button", name="Download the result"))
    assert "reports.enriched.csv" == name
    return rows_in(text)


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (360, 740)])
def test_search_ask_enrich_and_download(server: str, watch: Watch, width: int, height: int) -> None:
    page = watch(server, width=width, height=height).open()
    search_in_arabic(page)
    choose_a_candidate(page)
    ask_near_hospital(page)
    _, found = downloaded(page.get_by_role("link", name="CSV"))
    assert {"certain", "possible"} <= {row["incident_certainty"] for row in rows_in(found)}
    assert '"FeatureCollection"' in downloaded(page.get_by_role("link", name="GeoJSON"))[1]
    rows = enrich_by_drop(page)
    given = rows_in(EXAMPLE.read_text("utf-8"))
    assert given == [{name: row[name] for name in given[0]} for row in rows[:-1]]
    [chosen] = [row for row in rows if row["place"] == "national hospital"]
    assert {
        "gaz_status": "resolved",
        "gaz_place_id": "cg:raqqa-national-hospital",
        "gaz_method": "decision",
        "gaz_adm1_pcode": "SY11",
    }.items() <= chosen.items()
    assert float(chosen["gaz_uncertainty_m"]) > 0
    assert "cg:raqqa-national-hospital" not in chosen["gaz_alternatives"]
    assert "'=1+1" == rows[-1]["place"]
    overflow = page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
    assert overflow <= 0


def test_it_all_works_by_keyboard(server: str, watch: Watch) -> None:
    page = watch(server).open()
    keys = page.keyboard

    def tab_to(selector: str) -> None:
        for _ in range(30):
            keys.press("Tab")
            if page.evaluate("selector => document.activeElement.matches(selector)", selector):
                outline = page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle")
                assert "none" != outline, selector
                return
        pytest.fail(f"{selector} can't be reached")

    tab_to("#search")
    keys.type("Sara")
    expect(page.locator("#suggestions li").first).to_be_visible()
    keys.press("ArrowDown")
    keys.press("ArrowDown")
    expect(page.locator("#suggestions li").nth(1)).to_have_attribute("aria-selected", "true")
    assert "suggestion-1" == page.locator("#search").get_attribute("aria-activedescendant")
    keys.press("Escape")
    expect(page.locator("#suggestions")).to_be_hidden()
    keys.type("qeb")
    expect(page.locator("#suggestions li").first).to_be_visible()
    keys.press("ArrowDown")
    keys.press("Enter")
    expect(page.locator("#place-status")).to_contain_text("Chosen: ")
    for _ in range(10):
        keys.press("Shift+Tab")
        if page.evaluate("() => document.activeElement.id") == "tab-place":
            break
    keys.press("ArrowRight")
    expect(page.locator("#pane-incidents")).to_be_visible()
    tab_to("#near")
    keys.press("Enter")
    expect(page.locator("#incident-status")).to_contain_text("certainly")
    tab_to("#incident-list button")
    keys.press("Enter")
    expect(page.locator("#map path.disc")).to_have_count(1)
    tab_to("#map")


def test_a_link_restores_the_view(server: str, watch: Watch) -> None:
    first = watch(server).open()
    search_in_arabic(first)
    first.get_by_role("tab", name="Incidents").click()
    first.get_by_label("In the area").fill("Idlib")
    first.get_by_label("From").fill("2016-05-01")
    first.get_by_role("button", name="Show", exact=True).click()
    expect(first.locator("#incident-status")).to_contain_text("certainly")
    first.get_by_role("checkbox", name="Facilities").uncheck()
    said = first.locator("#incident-status").inner_text()
    first.wait_for_timeout(500)  # the map comes to rest
    fragment = first.evaluate("() => location.hash")

    second = watch(server).open(fragment)
    expect(second.locator("#incident-status")).to_have_text(said)
    expect(second.locator("#pane-incidents")).to_be_visible()
    expect(second.get_by_label("From")).to_have_value("2016-05-01")
    expect(second.get_by_role("checkbox", name="Facilities")).not_to_be_checked()
    expect(second.locator("#place-status")).to_contain_text("Resolved: Saraqib")
    expect(second.locator("#search")).to_have_value("سراقب")


def test_every_cell_of_a_table_comes_back_as_it_was(server: str, watch: Watch) -> None:
    page = watch(server).open()
    cells = ['say "here"', "two\nlines", "a, b", "سراقب", " padded "]
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=";").writerows([["place", *"12345"], ["Saraqeb", *cells]])
    drop(page, "semicolons.csv", buffer.getvalue())
    expect(page.locator("#table-status")).to_have_text("1 row: 1 has its place.")
    expect(page.locator("#open-names")).to_be_hidden()
    _, text = downloaded(page.get_by_role("button", name="Download the result"))
    [row] = csv.DictReader(io.StringIO(text, newline=""), delimiter=";")
    assert ["Saraqeb", *cells] == list(row.values())[:6]
    assert "resolved" == row["gaz_status"]


def test_a_workbook_is_enriched_too_and_its_column_of_places_can_be_named(
    server: str, watch: Watch, tmp_path: Path
) -> None:
    pandas.DataFrame({"number": [7], "رقم ١": ["سراقب"]}).to_excel(tmp_path / "sheet.xlsx", index=False)
    page = watch(server).open("#tab=table")
    page.get_by_text("Options", exact=True).click()
    page.get_by_label("Column of places, if").fill("رقم ١")
    page.get_by_label("A CSV or XLSX table").set_input_files(tmp_path / "sheet.xlsx")
    expect(page.locator("#table-status")).to_have_text("1 row: 1 has its place.")
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Download the result").click()
    assert "sheet.enriched.xlsx" == downloading.value.suggested_filename
    assert ["Saraqib"] == list(pandas.read_excel(downloading.value.path(), engine="openpyxl")["gaz_name"])


def test_what_is_wrong_is_said_in_the_services_own_words(server: str, watch: Watch) -> None:
    watched = watch(server)
    page = watched.open()
    page.get_by_role("tab", name="Incidents").click()
    page.get_by_label("Within").fill("5 parsecs")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator("#incident-status")).to_contain_text("parsecs")
    expect(page.locator("#incident-results")).to_be_hidden()
    drop(page, "numbers.csv", "a,b\n1,2\n")
    expect(page.locator("#table-status")).to_contain_text("column")
    expect(page.locator("#table-results")).to_be_hidden()
    page.get_by_role("tab", name="Place").click()
    page.get_by_role("combobox", name="A place, as it was written").fill("95, 36")
    page.get_by_role("button", name="Look up").click()
    expect(page.locator("#place-status")).to_contain_text("latitude")
    assert watched.complaints  # the browser notes each refused request; nothing else is noted
    assert all("400 (BAD REQUEST)" in text for text in watched.complaints)
    watched.complaints.clear()


@pytest.mark.parametrize(
    ("tier", "name", "discs"), [("full", "Saraqib and Ariha", 2), ("public", "strike", 1)]
)
def test_an_incident_is_shown_as_far_as_its_tier_knows_it(
    watch: Watch, tmp_path: Path, tier: str, name: str, discs: int
) -> None:
    table = tmp_path / "several.csv"
    table.write_text(
        "id,date,place,type,killed\na,2016-05-30,Saraqib and Ariha,Air/drone strike,3\n", "utf-8"
    )
    with serve("--incidents", str(table), "--tier", tier, folder=tmp_path) as server:
        page = watch(server.address).open("#tab=incidents")
        row = page.locator("#incident-list button")
        expect(row.locator(".name")).to_have_text(name)
        expect(row).to_contain_text("3 killed")
        row.click()
        expect(page.locator("#map path.disc")).to_have_count(discs)
        assert ("Saraqib" in page.locator("#pane-incidents").inner_text()) == (tier == "full")
