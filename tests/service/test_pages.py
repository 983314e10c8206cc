"""The pages: what they load, and that their examples answer."""

import re

import pytest

from tests.service.asking import a_client


@pytest.mark.parametrize("page", ["/", "/about", "/v1/swagger"])
def test_pages_use_only_this_servers_own_files_and_no_inline_script(page: str) -> None:
    client = a_client()
    html = client.get(page).text
    assert not re.findall(r"(?:src|href)=\"(?:https?:)?//", html)
    assert not re.findall(r"<script(?![^>]*\ssrc=)", html)
    sources = re.findall(r'<(?:script|link)[^>]* (?:src|href)="([^"]+)"', html)
    assert sources
    for source in sources:
        address = source if source.startswith("/") else "/v1/" + source
        with client.get(address) as response:
            assert 200 == response.status_code, address


def test_the_about_page_says_how_to_load_incidents_where_there_are_none() -> None:
    assert "gazetteer-serve --incidents TABLE" in a_client().get("/about").text.partition("Problems")[0]
