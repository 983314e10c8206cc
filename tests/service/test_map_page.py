"""The map page without a browser: its parts, its policy, its weight, and its colours."""

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

import service
from tests.service.asking import a_client, an_app

MAP = Path(service.__file__).parent / "static" / "map"
MODULES = sorted(MAP.glob("*.js"))
#: Bytes, uncompressed, of all that the empty page needs, as the issue asks; the areas come on top.
MOST_BYTES = 600_000
#: Text and what it stands on, and the ratio that WCAG 2.1 (1.4.3, 1.4.11) asks: 4.5 for text, 3 for marks.
PAIRS = [
    *((colour, ground, 4.5) for colour in ("ink", "muted", "accent", "good") for ground in ("panel", "tint")),
    ("bad", "panel", 4.5),
    ("on-accent", "accent", 4.5),
    ("muted", "land", 4.5),
    ("field", "panel", 3.0),
    *(
        (mark, ground, 3.0)
        for mark in ("certain", "possible", "unsure", "facility")
        for ground in ("land", "paper")
    ),
    ("accent", "land", 3.0),
]


def with_tiles(address: str) -> FlaskClient:
    return an_app(tiles=address, tiles_attribution="© Someone").test_client()


def addresses(html: str) -> list[str]:
    return re.findall(r'<(?:script|link)[^>]* (?:src|href)="([^"]+)"', html)


def palettes() -> dict[str, dict[str, str]]:
    light, dark = re.findall(r":root \{(.*?)\}", (MAP / "map.css").read_text("utf-8"), re.S)[:2]
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


def test_the_contrast_of_black_on_white_is_21() -> None:
    assert 21 == pytest.approx(contrast("#000000", "#ffffff"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("colour", "ground", "least"), PAIRS)
def test_colours_stand_out_enough(scheme: str, colour: str, ground: str, least: float) -> None:
    palette = palettes()[scheme]
    assert contrast(palette[colour], palette[ground]) >= least


def test_dark_mode_has_every_colour_of_its_own() -> None:
    light, dark = palettes()["light"], palettes()["dark"]
    assert light.keys() == dark.keys()
    assert not {name for name in light if light[name] == dark[name]}


def test_all_that_the_page_needs_is_served_here_and_light_enough() -> None:
    client = a_client()
    page = client.get("/")
    needed = set(addresses(page.text))
    assert {f"/static/map/{path.name}" for path in MODULES} <= needed
    total = len(page.data)
    for address in needed:
        with client.get(address) as response:
            assert 200 == response.status_code, address
            total += len(response.data)
    print(f"the page without data: {total} bytes")
    assert total <= MOST_BYTES


def test_of_leaflet_only_what_is_needed_is_served() -> None:
    client = a_client()
    for name in ("leaflet-src.js", "images/layers.png", "..%2f__init__.py"):
        assert 404 == client.get(f"/static/leaflet/{name}").status_code


def test_the_policy_allows_no_inline_script_no_style_and_no_other_host() -> None:
    policy = a_client().get("/").headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "data:" not in policy
    assert "http" not in policy
    assert "default-src 'none'" in policy


@pytest.mark.parametrize(
    ("address", "source"),
    [
        ("https://tiles.example.org/{z}/{x}/{y}.png", "https://tiles.example.org"),
        ("https://{s}.example.org/{z}/{x}/{y}.png", "https://*.example.org"),
        ("https://tile-{s}.example.org:8443/{z}/{x}/{y}.png", "https://*.example.org:8443"),
        ("https://{s}.eu.{s}x.maps.example.org/{z}/{x}/{y}.png", "https://*.maps.example.org"),
        ("http://127.0.0.1:8081/{z}/{x}/{y}.png", "http://127.0.0.1:8081"),
    ],
)
def test_tiles_that_the_operator_sets_may_be_shown_and_nothing_else(address: str, source: str) -> None:
    page = with_tiles(address).get("/")
    assert f'data-tiles="{address}"' in page.text
    assert 'data-tiles-attribution="© Someone"' in page.text
    policy = dict(part.split(" ", 1) for part in page.headers["Content-Security-Policy"].split("; "))
    assert f"'self' data: {source}" == policy["img-src"]
    assert {"'self'"} == {policy[name] for name in ("script-src", "style-src", "connect-src")}


def test_only_the_map_may_ask_the_host_of_the_tiles() -> None:
    about = with_tiles("https://tile-{s}.example.org/{z}/{x}/{y}.png").get("/about")
    assert "example.org" not in about.headers["Content-Security-Policy"]


def test_without_tiles_the_page_names_none() -> None:
    assert "data-tiles" not in a_client().get("/").text


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_a_module_opens_with_its_idea_stays_short_and_makes_no_markup_of_text(path: Path) -> None:
    text = path.read_text("utf-8")
    assert text.startswith("/**\n")
    assert len(text.splitlines()) < 300
    assert not re.findall(r"innerHTML|insertAdjacentHTML|document\.write|\beval\(", text)


def test_every_element_that_a_module_asks_for_is_in_the_page() -> None:
    html = a_client().get("/").text
    ids = set(re.findall(r'\bid="([\w-]+)"', html))
    asked = {name for path in MODULES for name in re.findall(r'byId\("([\w-]+)"\)', path.read_text("utf-8"))}
    assert asked
    assert set() == asked - ids


def test_every_control_of_the_page_has_a_label() -> None:
    html = a_client().get("/").text
    labelled = set(re.findall(r'<label[^>]* for="([\w-]+)"', html))
    wrapped = re.findall(r"<label[^>]*>\s*<input[^>]* id=\"([\w-]+)\"", html)
    controls = re.findall(r'<input[^>]* id="([\w-]+)"', html)
    assert controls
    assert set() == set(controls) - labelled - set(wrapped)


def test_the_map_and_the_about_page_lead_to_each_other() -> None:
    client = a_client()
    assert 'href="/about"' in client.get("/").text
    assert 'href="/"' in client.get("/about").text
