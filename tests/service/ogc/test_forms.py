"""Pages for browsers, tables for spreadsheets: which form is answered, and that neither does any harm."""

from html.parser import HTMLParser

import pytest
from flask.testing import FlaskClient

from gazetteer.privacy.tiers import TIERS
from tests.service.asking import AREAS, COLLECTIONS, FACILITIES, INCIDENTS, PLACES, path_of, refused, rows_of

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"}
LISTS = (PLACES, FACILITIES, AREAS, INCIDENTS)
ITEMS = (f"{PLACES}/C4000", f"{FACILITIES}/cg:h", f"{AREAS}/SY07", f"{INCIDENTS}/a", f"{INCIDENTS}/e/f")
LEADING = (
    "/ogc",
    "/ogc/conformance",
    "/ogc/collections",
    *(f"/ogc/collections/{one}" for one in COLLECTIONS),
)
EVERY = (*LEADING, *LISTS, *ITEMS)


class Page(HTMLParser):
    """The texts, the links and the elements of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.links: list[str] = []
        self.elements: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.links += [value for name, value in attrs if (tag, name) == ("a", "href") and value]

    def handle_data(self, data: str) -> None:
        self.texts.append(data.strip())


def test_a_browser_gets_pages_a_program_json_and_who_asks_for_them_tables(full: FlaskClient) -> None:
    for path in EVERY:
        json = "application/json" if path in LEADING else "application/geo+json"
        for accept in ("", "*/*", json, "application/json"):
            assert json == full.get(path, headers={"Accept": accept}).mimetype, (path, accept)
        response = full.get(path, headers=BROWSER)
        assert ("text/html", True) == (response.mimetype, "Accept" in response.headers["Vary"])
    for path in LISTS:
        assert "text/csv" == full.get(path, headers={"Accept": "text/csv"}).mimetype


def test_the_parameter_comes_before_the_header(full: FlaskClient) -> None:
    for path in EVERY:
        assert "text/html" == full.get(f"{path}?f=html", headers={"Accept": "application/json"}).mimetype
        assert "json" in full.get(f"{path}?f=json", headers=BROWSER).content_type
        refused(full.get(f"{path}?f=xml"), 400, "f")
    for path in LISTS:
        assert "text/csv" == full.get(f"{path}?f=csv", headers=BROWSER).mimetype


def test_a_page_escapes_what_a_table_or_a_name_says(full: FlaskClient) -> None:
    for path, texts in {
        INCIDENTS: ("<script>alert(1)</script>", "<i>Hass</i>", "@x, y"),
        f"{INCIDENTS}/a": ("<script>alert(1)</script>",),
        PLACES: ("Hass <b>", "حاس"),
        f"{PLACES}/C4000": ("Hass <b>",),
    }.items():
        page = Page(full.get(f"{path}?f=html").text)
        assert not {"script", "i", "b"} & page.elements
        assert not set(texts) - set(page.texts), path


def test_pages_run_no_script_take_nothing_from_elsewhere_and_lead_to_what_is_there(full: FlaskClient) -> None:
    links: set[str] = set()
    for path in EVERY:
        response = full.get(f"{path}?f=html")
        page = Page(response.text)
        links |= set(page.links)
        assert "script" not in page.elements
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert {f"{INCIDENTS}/a", f"{PLACES}/C4000", f"{AREAS}/SY07"} <= links
    assert [] == [one for one in links if full.get(path_of(one)).status_code != 200]


def test_a_page_shows_a_hundred_rows_unless_more_are_asked_for(full: FlaskClient) -> None:
    for query, shown in (("", "8 of 8 shown."), ("&limit=3", "3 of 8 shown.")):
        page = Page(full.get(f"{PLACES}?f=html{query}").text)
        assert shown in page.texts
        assert ("Next page" in page.texts) == ("3 of" in shown)


@pytest.mark.parametrize("tier", TIERS)
def test_a_table_has_a_row_for_each_item_and_a_column_for_each_property(
    clients: dict[str, FlaskClient], tier: str
) -> None:
    for path in LISTS:
        features = clients[tier].get(path).get_json()["features"]
        rows = rows_of(clients[tier].get(f"{path}?f=csv"))
        assert len(features) == len(rows)
        for feature, row in zip(features, rows, strict=True):
            assert feature["properties"].keys() <= row.keys()
            for name, value in feature["properties"].items():
                if isinstance(value, str | None):
                    assert (value or "") == row[name]
                elif isinstance(value, list) and all(isinstance(one, str) for one in value):
                    assert "; ".join(value) == row[name]


def test_a_spreadsheet_takes_no_cell_for_a_formula_where_that_is_asked_for(full: FlaskClient) -> None:
    expected = {"": ["=1+1", "@x, y", "-3.5"], "&neutralise=true": ["'=1+1", "'@x, y", "-3.5"]}
    for more, cells in expected.items():
        rows = rows_of(full.get(f"{INCIDENTS}?f=csv{more}"))
        assert cells == [row["notes"] for row in rows[1:] if row["notes"]]


def test_a_table_says_in_its_headers_what_comes_next_and_whom_to_quote(full: FlaskClient) -> None:
    for path in LISTS:
        response = full.get(f"{path}?f=csv&limit=1")
        assert "text/csv; charset=utf-8" == response.content_type
        links = response.headers.getlist("Link")
        relations = [one.partition('rel="')[2].partition('"')[0] for one in links]
        assert {"license", "next"} == set(relations) | {"next"}
        assert ("next" in relations) == (len(rows_of(full.get(f"{path}?f=csv"))) > 1)
        assert response.headers["Content-Disposition"].startswith("attachment; filename=")
