"""OGC API - Features, Part 1: Core 1.0.1: what links lead to, which parameters there are, and pages."""

import datetime
from collections.abc import Iterator
from typing import Any

from flask.testing import FlaskClient

from tests.service.asking import (
    AREAS,
    COLLECTIONS,
    FACILITIES,
    INCIDENTS,
    PLACES,
    a_client,
    following,
    get,
    ids,
    pages,
    path_of,
    refused,
)

CONFORMANCE = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/"
ITEMS = (PLACES, FACILITIES, AREAS, INCIDENTS)


def every_page() -> Iterator[str]:
    """Yield what has links: the pages that lead to items, lists of items, and an item of each."""
    yield from ("/ogc", "/ogc/conformance", "/ogc/collections")
    yield from (f"/ogc/collections/{name}" for name in COLLECTIONS)
    yield from (f"{path}?limit=1" for path in ITEMS)
    yield from (f"{PLACES}/cg:h", f"{FACILITIES}/cg:h", f"{AREAS}/SY07", f"{INCIDENTS}/e/f", f"{INCIDENTS}/a")


def types_of(page: dict[str, Any]) -> dict[str, set[str]]:
    """Return the media types that a page links to, by relation."""
    found: dict[str, set[str]] = {}
    for link in page["links"]:
        found.setdefault(link["rel"], set()).add(link["type"])
    return found


def test_the_landing_page_leads_to_the_document_the_conformance_and_the_collections(
    full: FlaskClient,
) -> None:
    assert {
        "self": {"application/json"},
        "alternate": {"text/html"},
        "service-desc": {"application/vnd.oai.openapi+json;version=3.0"},
        "service-doc": {"text/html"},
        "conformance": {"application/json"},
        "data": {"application/json"},
    } == types_of(get(full, "/ogc"))


def test_it_conforms_to_core_geojson_html_and_openapi(full: FlaskClient) -> None:
    expected = [CONFORMANCE + name for name in ("core", "geojson", "html", "oas30")]
    assert expected == get(full, "/ogc/conformance")["conformsTo"]


def test_collections_say_what_they_are_and_lead_to_their_items(full: FlaskClient) -> None:
    page = get(full, "/ogc/collections")
    assert list(COLLECTIONS) == [one["id"] for one in page["collections"]]
    for one in page["collections"]:
        alone = get(full, f"/ogc/collections/{one['id']}")
        assert one == {**{key: alone[key] for key in one}, "links": one["links"]}
        assert {"application/geo+json", "text/html", "text/csv"} == types_of(one)["items"]
        assert one["links"] == [link for link in alone["links"] if link in one["links"]]
        assert "feature" == one["itemType"]
        [(west, south, east, north)] = one["extent"]["spatial"]["bbox"]
        assert -180 <= west <= east <= 180
        assert -90 <= south <= north <= 90
    incidents = page["collections"][-1]["extent"]["spatial"]["bbox"]
    assert [[36, 35, 37, 36]] == incidents, "round numbers, which tell no position"


def test_what_is_no_collection_is_not_found(full: FlaskClient) -> None:
    for more, words in (("", COLLECTIONS), ("/schema", COLLECTIONS), ("/items", ())):
        refused(full.get(f"/ogc/collections/nothing{more}"), 404, words=", ".join(words))


def test_every_link_of_every_page_leads_to_what_it_names(full: FlaskClient) -> None:
    seen: set[tuple[str, str]] = set()
    for address in every_page():
        page = get(full, address)
        own = {link["href"] for link in page["links"] if link["rel"] == "self"}
        assert {f"http://localhost{address}"} == own
        collections = page.get("collections", ())
        seen |= {(one["href"], one["type"]) for part in (page, *collections) for one in part["links"]}
    for address, media_type in seen:
        response = full.get(path_of(address))
        assert 200 == response.status_code, address
        assert media_type == response.content_type.removesuffix("; charset=utf-8"), address


def test_links_name_the_host_that_was_asked(full: FlaskClient) -> None:
    page = get(full, "/ogc", base_url="https://127.0.0.1:8000/")
    assert {"https://127.0.0.1:8000/ogc"} == {one["href"][:26] for one in page["links"]}


def test_a_trailing_slash_changes_nothing(full: FlaskClient) -> None:
    for path in ("/ogc", "/ogc/conformance", "/ogc/collections", "/ogc/collections/areas", PLACES):
        assert (200, 200) == tuple(full.get(one).status_code for one in (path, f"{path}/")), path


def test_an_unknown_parameter_is_refused_on_every_page(full: FlaskClient) -> None:
    for address in every_page():
        refused(full.get(f"{address}{'&' if '?' in address else '?'}crs=x"), 400, "crs")


def test_a_limit_over_the_maximum_is_the_maximum_and_one_below_1_is_refused(full: FlaskClient) -> None:
    for path in ITEMS:
        lists = [ids(get(full, f"{path}{query}")) for query in ("", "?limit=10000", "?limit=99999")]
        assert [lists[0]] * 3 == lists, path
        for limit in ("0", "-1", "x", "1.5"):
            refused(full.get(f"{path}?limit={limit}"), 400, "limit")


def test_next_links_lead_through_all_items_once_and_each_page_says_how_many_and_when(
    full: FlaskClient,
) -> None:
    for path in ITEMS:
        whole = get(full, path)
        assert following(whole) is None
        for limit in (1, 2):
            found = list(pages(full, f"{path}?limit={limit}"))
            assert ids(whole) == [one for page in found for one in ids(page)]
            assert {f"http://localhost{path}?limit={limit}&f={form}" for form in ("html", "csv")} == {
                one["href"] for page in found for one in page["links"] if one["rel"] == "alternate"
            }, "the other forms are of the whole list"
            for page in (whole, *found):
                assert "FeatureCollection" == page["type"]
                assert len(ids(whole)) == page["numberMatched"]
                assert len(ids(page)) == page["numberReturned"]
                age = datetime.datetime.now(datetime.UTC) - datetime.datetime.fromisoformat(page["timeStamp"])
                assert datetime.timedelta(0) <= age < datetime.timedelta(minutes=1)


def test_a_stale_cursor_is_gone_and_one_of_another_question_refused(full: FlaskClient) -> None:
    for path in ITEMS:
        after = following(get(full, f"{path}?limit=1"))
        refused(full.get(f"{after}&bbox=36,35,37,36"), 400, "cursor")
    stale = following(get(a_client(), f"{PLACES}?limit=1"))  # of another gazetteer
    refused(full.get(stale or ""), 410, "cursor")


def test_boxes_have_four_or_six_numbers_and_may_cross_the_antimeridian(full: FlaskClient) -> None:
    expected = {
        "36.6,35.9,36.65,36": (["C1000"], ["e/f"]),
        "36.6,35.9,-500,36.65,36,9000": (["C1000"], ["e/f"]),
        "36.63,35.93,36.63,35.93": (["C1000"], ["e/f"]),  # its borders count
        "170,-90,36.63,35.93": (["C1000", "C4000", "cg:c", "cg:h"], ["b", "c", "e/f"]),
        "170,-90,-170,90": ([], []),
    }
    for box, lists in expected.items():
        assert lists == tuple(ids(get(full, f"{path}?bbox={box}")) for path in (PLACES, INCIDENTS)), box
    areas = {
        "36.1,35.1,36.2,35.2": ["SY07"],
        "36.42,35.42,36.48,35.48": [],  # its hole
        "38,-90,35.1,90": ["SY07"],  # to the east of what lies between
    }
    assert areas == {box: ids(get(full, f"{AREAS}?bbox={box}")) for box in areas}
    bad = "36,35,37 1,2,3,4,5 36,35,37,36,1,2,3 a,b,c,d 36,37,37,36 -181,0,0,1 36,35,37,91".split()
    for box in ("", *bad):
        for path in ITEMS:
            refused(full.get(f"{path}?bbox={box}"), 400, "bbox")


def test_times_are_days_or_intervals_with_open_ends_and_places_existed_for_some(full: FlaskClient) -> None:
    expected = {
        "2016-05-30": ["a"],
        "2016-05-30T23:59:59Z": ["a"],
        "2016-05-30T00:00:00.5%2B03:00": ["a"],
        "2016-05-30/2016-05-31": ["a", "b"],
        "2016-05-31/..": ["b", "c"],
        "2016-05-31/": ["b", "c"],
        "../2016-05-31": ["a", "b", "e/f"],  # the last in May, on a day that isn't known
        "/2016-05-31T12:00:00Z": ["a", "b", "e/f"],
        "2017-01-01/2017-12-31": [],
    }
    assert expected == {time: ids(get(full, f"{INCIDENTS}?datetime={time}")) for time in expected}
    undecided = get(full, f"{INCIDENTS}?datetime=2016-05-31")["undecided"]
    assert ["d", "e/f"] == [one["id"] for one in undecided]
    existed = {"2016-05-31": True, "2016-06-01/..": False}
    assert existed == {time: "C1000" in ids(get(full, f"{PLACES}?datetime={time}")) for time in existed}
    bad = "x .. / ../.. 2016 2016-13-01 2016-05-30/2016-05-29 2016-05-30/2016-06-01/2016-07-01".split()
    for time in ("", *bad):
        for path in ITEMS:
            refused(full.get(f"{path}?datetime={time}"), 400, "datetime")


def test_head_answers_with_the_headers_of_get(full: FlaskClient) -> None:
    for path in ITEMS:
        for form in ("json", "html", "csv"):
            head, whole = (full.open(f"{path}?f={form}", method=way) for way in ("HEAD", "GET"))
            assert b"" == head.data
            for name in ("Content-Length", "Content-Type", "ETag", "Link", "Vary"):
                assert whole.headers.getlist(name) == head.headers.getlist(name), (path, form)
            assert len(whole.data) == head.content_length
