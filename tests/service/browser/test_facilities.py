"""Facilities on the map in a real browser."""

from playwright.sync_api import expect

from tests.service.browser.watching import Watch


def test_a_facility_that_is_known_only_by_its_town_has_a_ring_and_says_so(server: str, watch: Watch) -> None:
    page = watch(server).open()
    around = page.locator("#map .mark.facility.around")
    expect(around.first).to_be_attached()
    assert around.count() == page.locator("#map .ring").count() < page.locator("#map .mark.facility").count()
    around.first.dispatch_event("click")
    expect(page.locator(".leaflet-popup .detail")).to_contain_text("known only by its")
