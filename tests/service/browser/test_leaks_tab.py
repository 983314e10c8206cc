"""What a table gives away, in a real browser: told at tier full, and no tab for it below."""

from pathlib import Path

from playwright.sync_api import expect

from tests.service.browser.watching import Watch, downloaded, rows_in
from tests.service.serving import serve

TABLE = "place,note\nIdlib National Hospital,hit at 35.9297 36.6317\nSaraqib,shelling\n"


def test_what_a_table_gives_away_is_told_in_words_with_what_to_change(
    server: str, watch: Watch, tmp_path: Path
) -> None:
    table = tmp_path / "t.csv"
    page = watch(server).open("#tab=leaks")
    table.write_text(TABLE, "utf-8")
    page.get_by_label("A table to look through").set_input_files(table)
    expect(page.locator("#leaks-status")).to_have_text(
        "1 of 2 rows would tell the public where a sensitive place is. The worst stands first."
    )
    [line] = page.locator("#leaks-list li").all_inner_texts()
    assert ["Row 1: note", "Idlib National Hospital", "take it out"] == [
        words for words in ("Row 1: note", "Idlib National Hospital", "take it out") if words in line
    ]
    name, text = downloaded(page.get_by_role("button", name="Download this list"))
    assert ("t.leaks.csv", "note") == (name, rows_in(text)[0]["column"])
    table.write_text("place\nSaraqib\n", "utf-8")
    page.get_by_label("A table to look through").set_input_files(table)
    expect(page.locator("#leaks-status")).to_contain_text("Nothing found in 1 row")


def test_below_tier_full_there_is_no_such_tab(watch: Watch, tmp_path: Path) -> None:
    with serve("--tier", "public", folder=tmp_path) as server:
        watched = watch(server.address)
        page = watched.open()
        expect(page.get_by_role("tab")).to_have_text(["Place", "Incidents", "Table", "Report"])
        expect(page.locator("#pane-leaks")).to_have_count(0)
        watched.complaints.clear()  # there are no incidents, which the browser notes
