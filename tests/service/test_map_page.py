"""The pages without a browser: what they load, their policy, the map's weight, and its colours."""

import re
from pathlib import Path

import pytest

import service
from tests.service.asking import a_client

MAP = Path(service.__file__).parent / "static" / "map"
MODULES = sorted(MAP.glob("*.js"))
#: Bytes, uncompressed, of all that the empty page needs, as the issue asks; the areas come on top.
MOST_BYTES = 600_000
#: Colours, what they stand on, and the ratio that WCAG 2.1 (1.4.3, 1.4.11) asks: 4.5 for text, 3 for marks.
CONTRASTS = (
    ("ink muted accent good", "panel tint", 4.5),
    ("bad", "panel", 4.5),
    ("on-accent", "accent", 4.5),
    ("muted", "land", 4.5),
    ("field", "panel", 3.0),
    ("certain possible unsure facility", "land paper", 3.0),
    ("accent", "land", 3.0),
)


def palettes() -> dict[str, dict[str, str]]:
    light, dark = re.findall(r":root \{(.*?)\}", (MAP.parent / "style.css").read_text("utf-8"), re.S)[:2]
    found = {"light": dict(re.findall(r"--([\w-]+): (#\w{6});", light))}
    return found | {"dark": dict(re.findall(r"--([\w-]+): (#\w{6});", dark))}


def luminance(colour: str) -> float:
    """Relative luminance of "#rrggbb", as WCAG 2.1 defines it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_colours_stand_out_enough_and_dark_mode_has_every_one_of_its_own() -> None:
    assert 21 == pytest.approx(contrast("#000000", "#ffffff"))
    light, dark = palettes()["light"], palettes()["dark"]
    for scheme in (light, dark):
        for colours, grounds, least in CONTRASTS:
            for colour in colours.split():
                for ground in grounds.split():
                    assert contrast(scheme[colour], scheme[ground]) >= least, (colour, ground, scheme)
    assert light.keys() == dark.keys()
    assert not {name for name in light if light[name] == dark[name]}


def test_pages_use_only_this_servers_own_files_and_no_inline_script_and_the_map_is_light() -> None:
    client, sizes = a_client(), dict[str, int]()
    for page in ("/", "/about", "/v1/swagger"):
        html = client.get(page).text
        assert not re.findall(r"(?:src|href)=\"(?:https?:)?//", html)
        assert not re.findall(r"<script(?![^>]*\ssrc=)", html)
        files = set(re.findall(r'<(?:script|link)[^>]* (?:src|href)="([^"]+)"', html))
        assert files
        assert page != "/" or {f"/static/map/{path.name}" for path in MODULES} <= files
        sizes[page] = len(html.encode())
        for source in files:
            with client.get(source if source.startswith("/") else f"/v1/{source}") as response:
                assert 200 == response.status_code, source
                sizes[page] += len(response.data)
    print(f"the map without data: {sizes['/']} bytes")
    assert sizes["/"] <= MOST_BYTES


def test_the_map_and_the_about_page_lead_to_each_other_and_to_how_incidents_are_loaded() -> None:
    about = a_client().get("/about").text
    assert 'href="/about"' in a_client().get("/").text
    assert 'href="/"' in about
    assert "gazetteer-serve --incidents TABLE" in about.partition("Problems")[0]


def test_of_leaflet_only_what_is_needed_is_served() -> None:
    client = a_client()
    for name in ("leaflet-src.js", "images/layers.png", "..%2f__init__.py"):
        assert 404 == client.get(f"/static/leaflet/{name}").status_code


def test_tiles_that_the_operator_sets_may_be_shown_on_the_map_and_nothing_else_anywhere() -> None:
    for address, source in {
        "https://tiles.example.org/{z}/{x}/{y}.png": "https://tiles.example.org",
        "https://{s}.example.org/{z}/{x}/{y}.png": "https://*.example.org",
        "https://tile-{s}.example.org:8443/{z}/{x}/{y}.png": "https://*.example.org:8443",
        "https://{s}.eu.{s}x.maps.example.org/{z}/{x}/{y}.png": "https://*.maps.example.org",
        "http://127.0.0.1:8081/{z}/{x}/{y}.png": "http://127.0.0.1:8081",
    }.items():
        client = a_client(tiles=address, tiles_attribution="© Someone")
        page = client.get("/")
        assert f'data-tiles="{address}"' in page.text
        assert 'data-tiles-attribution="© Someone"' in page.text
        policy = dict(part.split(" ", 1) for part in page.headers["Content-Security-Policy"].split("; "))
        assert f"'self' data: {source}" == policy["img-src"]
        assert {"'self'"} == {policy[name] for name in ("script-src", "style-src", "connect-src")}
        assert source not in client.get("/about").headers["Content-Security-Policy"]


def test_without_tiles_the_policy_allows_no_inline_script_no_style_and_no_other_host() -> None:
    page = a_client().get("/")
    policy = page.headers["Content-Security-Policy"]
    assert not [word for word in ("unsafe", "data:", "http") if word in policy]
    assert "default-src 'none'" in policy
    assert "data-tiles" not in page.text


def test_a_module_opens_with_its_idea_stays_short_and_makes_no_markup_of_text() -> None:
    for path in MODULES:
        text = path.read_text("utf-8")
        assert text.startswith("/**\n"), path
        assert len(text.splitlines()) < 300, path
        assert not re.findall(r"innerHTML|insertAdjacentHTML|document\.write|\beval\(", text), path


def test_every_element_that_a_module_asks_for_is_in_the_page() -> None:
    html = a_client().get("/").text
    ids = set(re.findall(r'\bid="([\w-]+)"', html))
    asked = {name for path in MODULES for name in re.findall(r'byId\("([\w-]+)"\)', path.read_text("utf-8"))}
    assert asked
    assert set() == asked - ids
