"""Candidates in a real browser: suggested while one types, listed, pinned, chosen from either."""

from playwright.sync_api import expect

from tests.service.browser.watching import Watch


def test_what_is_typed_in_another_spelling_is_suggested(server: str, watch: Watch) -> None:
    page = watch(server).open()
    box = page.get_by_role("combobox", name="A place, as it was written")
    options = page.get_by_role("listbox", name="Suggestions").get_by_role("option")
    for typed, meant in {
        "Serakib": "Saraqib", "سراكب": "Saraqib", "idlib hosp": "Idlib National Hospital",
    }.items():  # fmt: skip
        box.fill(typed)
        expect(options.first).to_contain_text(meant)


def test_candidates_are_numbered_alike_in_the_list_and_on_the_map_and_all_in_view(
    server: str, watch: Watch
) -> None:
    for width, height in ((1400, 900), (390, 844)):
        page = watch(server, width=width, height=height).open("#q=national+hospital")
        expect(page.locator("#place-status")).to_contain_text("Ambiguous")
        page.wait_for_timeout(500)  # the map comes to rest
        pins = page.locator(".pin")
        numbers = page.locator("#candidates .number").all_inner_texts()
        assert numbers == pins.all_inner_texts() == [str(one + 1) for one in range(len(numbers))]
        box = page.locator("#map").bounding_box()
        assert box
        for pin in pins.all():
            place = pin.bounding_box()
            assert place
            assert box["x"] <= place["x"] <= box["x"] + box["width"]
            assert box["y"] <= place["y"] <= box["y"] + box["height"]


def test_a_click_on_a_pin_chooses_its_candidate(server: str, watch: Watch) -> None:
    page = watch(server).open("#q=national+hospital")
    page.locator(".pin", has_text="2").click()
    second = page.locator("#candidates button").nth(1)
    expect(second).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".pin.chosen")).to_have_text("2")
    expect(page.locator("#map path.disc")).to_have_count(1)
    expect(page.locator("#place-status")).to_contain_text("Chosen: ")


def test_reasons_are_told_when_asked_for(server: str, watch: Watch) -> None:
    page = watch(server).open("#q=Serakib")
    expect(page.locator("#place-status")).to_contain_text("Resolved: Saraqib")
    reasons = page.locator("#candidates .reasons").first
    expect(reasons.locator("li").first).to_be_hidden()
    assert "skeleton" not in page.locator("#pane-place").inner_text()
    reasons.get_by_text("Why").click()
    expect(reasons.locator("li").first).to_be_visible()
