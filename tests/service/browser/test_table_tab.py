"""Open names of a table in a real browser: decided, undone, kept, handed on."""

from pathlib import Path

from playwright.sync_api import Page, expect

from gazetteer import Gazetteer
from tests.service.browser.watching import Watch, downloaded, drop, rows_in

TABLE = """id,place,governorate
1,national hospital,
2,national hospital,
3,Kafr Nowhere,Idlib
4,Saraqib,Idlib
"""


def opened(page: Page, name: str) -> None:
    """Drop the table, and look at one of its open names."""
    drop(page, "t.csv", TABLE)
    page.locator("#open-list").get_by_role("button", name=name).first.click()


def result(page: Page) -> dict[str, dict[str, str]]:
    return {
        row["id"]: row
        for row in rows_in(downloaded(page.get_by_role("button", name="Download the result"))[1])
    }


def test_a_table_is_counted_in_words_and_each_open_name_stands_there_once(server: str, watch: Watch) -> None:
    page = watch(server).open()
    drop(page, "t.csv", TABLE)
    expect(page.locator("#table-status")).to_have_text(
        "4 rows: 1 has its place, 2 may mean more than one, 1 names nothing that the gazetteer knows."
    )
    expect(page.locator("#open-list > li")).to_have_count(2)
    expect(page.locator("#open-list > li").first).to_contain_text("2 rows · ambiguous")


def test_a_name_is_decided_by_pin_number_line_position_name_and_none(server: str, watch: Watch) -> None:
    page = watch(server).open()
    opened(page, "national hospital")
    verdict = page.locator("#open-list .decided").first
    candidates = page.get_by_role("group", name="What does national hospital mean?").get_by_role("button")
    second = candidates.nth(1).locator(".name").inner_text()
    page.locator(".pins:not([hidden]) .pin", has_text="2").click()
    expect(verdict).to_contain_text(f"Decided: {second}")
    candidates.first.focus()
    page.keyboard.press("3")
    expect(verdict).to_contain_text(candidates.nth(2).locator(".name").inner_text())
    candidates.first.click()
    expect(verdict).to_contain_text(candidates.first.locator(".name").inner_text())
    written = page.get_by_label("Another place")
    for text, meant in {
        "35.81, 36.60 within 500 m": "35.81000, 36.60000, within 500 m",
        "Sarmin, Idlib": "Sarmīn, settlement in",
    }.items():
        written.fill(text)
        written.press("Enter")
        expect(verdict).to_contain_text(f"Decided: {meant}")
    page.get_by_role("button", name="None of these").click()
    expect(verdict).to_contain_text("none of the gazetteer's places")
    assert ["unresolved"] * 2 == [result(page)[one]["gaz_status"] for one in "12"]


def test_a_position_can_be_pointed_at_with_the_radius_of_the_aim(server: str, watch: Watch) -> None:
    page = watch(server).open()
    opened(page, "Kafr Nowhere")
    page.get_by_role("button", name="Point on the map").click()
    page.locator("#map").click(position={"x": 300, "y": 300})
    expect(page.locator("#open-list .decided").last).to_contain_text("within")
    row = result(page)["3"]
    assert ("resolved", "decision") == (row["gaz_status"], row["gaz_method"])
    assert float(row["gaz_uncertainty_m"]) > 100


def test_what_means_no_place_or_several_is_told_and_decides_nothing(server: str, watch: Watch) -> None:
    watched = watch(server)
    page = watched.open()
    opened(page, "Kafr Nowhere")
    written = page.get_by_label("Another place")
    for text, words in {"12, 13": "outside Syria", "geonames:1": "no place with the id"}.items():
        written.fill(text)
        written.press("Enter")
        expect(page.locator("#open-list .status")).to_contain_text(words)
    expect(page.locator("#open-list .decided").last).to_be_empty()
    assert all("400 (BAD REQUEST)" in text for text in watched.complaints)
    watched.complaints.clear()


def test_a_decision_can_be_undone_and_survives_a_reload_until_it_is_forgotten(
    server: str, watch: Watch
) -> None:
    page = watch(server).open()
    opened(page, "national hospital")
    for number in (1, 0):
        page.get_by_role("group").get_by_role("button").nth(number).click()
    first, second = page.get_by_role("group").locator(".name").all_inner_texts()[:2]
    verdict = page.locator("#open-list .decided").first
    expect(verdict).to_contain_text(first)
    page.get_by_role("button", name="Undo").click()
    expect(verdict).to_contain_text(second)
    page.reload()
    expect(page.locator("#kept-status")).to_contain_text("1 decision from before")
    drop(page, "t.csv", TABLE)
    expect(verdict).to_contain_text(second)
    page.get_by_role("button", name="Forget all").click()
    expect(verdict).to_be_empty()
    assert {} == page.evaluate("() => ({ ...sessionStorage })")


def test_the_review_file_says_who_decided_what_and_why_and_the_library_takes_it(
    server: str, watch: Watch, tmp_path: Path
) -> None:
    page = watch(server).open()
    drop(page, "t.csv", TABLE)
    page.get_by_label("Your name").fill("R. Viewer")
    page.locator("#open-list").get_by_role("button", name="national hospital").click()
    page.get_by_label("Why, if").fill("the photographs")
    page.get_by_role("button", name="Raqqa National Hospital").click()
    name, text = downloaded(page.get_by_role("button", name="Download the review file"))
    assert "t.review.csv" == name
    [decided] = [row for row in rows_in(text) if row["decision"]]
    assert ("cg:raqqa-national-hospital", "R. Viewer", "the photographs") == tuple(
        decided[one] for one in ("decision", "decided_by", "why")
    )
    table, review, output = (tmp_path / one for one in ("t.csv", "review.csv", "out.csv"))
    table.write_text(TABLE, "utf-8")
    review.write_text(text, "utf-8")
    Gazetteer.open().enrich_file(table, output, place="place", decisions=review)
    rows = rows_in(output.read_text("utf-8-sig"))
    assert ["cg:raqqa-national-hospital"] * 2 == [row["gaz_place_id"] for row in rows[:2]]
    own = result(page)["1"]
    assert {name: own[name] for name in rows[0]} == rows[0]
