"""The country: its codes in every form, its names, and that they stand in one place."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from gazetteer.country import (
    country,
    find_governorate,
    find_neighbour,
    is_country,
    pcode_chain,
    pcode_kind,
    read_pcode,
)
from gazetteer.geodesy import BoundingBox, LatLon
from gazetteer.kinds import PlaceKind
from gazetteer.store import GazetteerReader
from geodata.build import default_file

ROOT = Path(__file__).resolve().parents[3]


def test_a_pcode_is_read_in_the_forms_that_tables_have_and_nothing_else_is_one() -> None:
    for code, texts in {
        "SY": ("SY",),
        "SY07": ("SY07", "SY-07", "sy 07", "SY٠٧"),
        "SY0704": ("(SY0704)",),
        "SY070003": ("SY 070003", "SY-07-00-03"),
        "C4126": ("c 4126",),
        "N0006": ("N0006",),
        None: (
            "",
            "SY7",
            "SY070",
            "SY0700030",
            "TR07",
            "Idlib",
            "C41",
            "M4",
            "SY07 Idlib",
            "SY07" + " " * 99,
        ),
    }.items():
        assert dict.fromkeys(texts, code) == {text: read_pcode(text) for text in texts}


def test_a_code_says_what_it_is_of_and_the_areas_above() -> None:
    for code, kind, chain in (
        ("SY", PlaceKind.COUNTRY, ()),
        ("SY07", PlaceKind.GOVERNORATE, ("SY07",)),
        ("SY0704", PlaceKind.DISTRICT, ("SY07", "SY0704")),
        ("SY070401", PlaceKind.SUBDISTRICT, ("SY07", "SY0704", "SY070401")),
        ("C4126", PlaceKind.SETTLEMENT, ()),
        ("N0006", PlaceKind.NEIGHBOURHOOD, ()),
        ("sy07", None, ()),
        ("cg:tishreen-dam", None, ()),
    ):
        assert (kind, chain) == (pcode_kind(code), pcode_chain(code)), code


def test_the_country_is_known_by_its_names_and_is_no_neighbour_of_its_own() -> None:
    for text in ("Syria", "SYRIAN ARAB REPUBLIC", "syr", "SY", "سوريا", "سورية", "Sûriye"):
        assert is_country(text), text
    for text in ("", "Turkey", "Syria Turkey", "Damascus"):
        assert not is_country(text), text
    assert [None] * len(country().names) == [find_neighbour(name) for name in country().names]


def test_a_neighbour_is_known_by_its_name_and_its_people() -> None:
    for code, texts in {
        "TR": ("Turkish", "Türkiye", "التركية"),
        "IQ": ("Iraqi", "العراق"),
        "LB": ("Lebanese", "لبنان"),
        "JO": ("Jordanian", "الأردن"),
        "IL": ("Israeli",),
    }.items():
        assert [code] * len(texts) == [one and one.code for one in map(find_neighbour, texts)]


def test_a_governorate_is_known_by_its_usual_spellings_and_nothing_else_is_one() -> None:
    for code, texts in {
        "SY07": ("Idlib", "Idleb Governorate", "محافظة إدلب"),
        "SY02": ("province of Aleppo",),
        "SY03": ("Rif Dimashq Governorate", "ريف دمشق"),
        "SY01": ("Damascus",),
        "SY09": ("Deir Ezzor",),
        "SY06": ("Latakia",),
        "SY14": ("SY-14",),
        None: ("", "Saraqib", "SY0704", "governorate", "Aleppo countryside"),
    }.items():
        assert [code] * len(texts) == [one and one.pcode for one in map(find_governorate, texts)]


def test_governorates_are_those_of_the_default_file() -> None:
    places = GazetteerReader(default_file()).places()
    known = [row[1:4] for row in places if row[4] == PlaceKind.GOVERNORATE.value]
    assert known == [(one.pcode, one.name, one.name_ar) for one in country().governorates]


def test_the_box_holds_the_country_and_grows_by_a_margin() -> None:
    assert country().box.contains(LatLon(35.93, 36.63))
    assert BoundingBox(31.3, 34.6, 38.4, 43.4) == country().box_with(1.0)
    assert BoundingBox(32.1, 35.4, 37.6, 42.6) == country().box_with(0.2)


def test_importing_reads_no_file() -> None:
    script = "import gazetteer.country as c; assert not c.country.cache_info().currsize"
    subprocess.run([sys.executable, "-c", script], check=True, cwd=ROOT)


# ------------------------------------------------------------------------- one place for the country

#: Modules whose code names the country all the same, and what they need it for.
ALLOWED = {
    "gazetteer/ask/grammar.py": "an example of a question",
    "gazetteer/leaks/about.py": "a word that titles of lists have",
    "service/mcp.py": "what agents are told of the service",
    "gazetteer/reading/abroad.py": "names of other countries that CLDR leaves out",
    "geodata/importers/open_syria.py": "the name of a publisher",
    "service/params.py": "an example in the API's document",
    "service/api/pages.py": "an example on the page about the API",
}


def naming() -> re.Pattern[str]:
    """What names the country, a code of it or a neighbour."""
    round_it = [text for one in country().neighbours for text in (one.name, one.name_ar, *one.demonyms)]
    long = "|".join(re.escape(text) for text in (*country().names, *round_it) if len(text) > 3)
    code, code3 = country().code, country().code3
    return re.compile(rf"(?i:{long})|\b{code}(?![A-Za-z])|\b{code3}\b|(?i:^{code}$|\b{code},)")


def literals(path: Path) -> Iterator[str]:
    """Texts in a module's code, without docstrings."""
    tree = ast.parse(path.read_text("utf-8"))
    documentation = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
            yield node.value


def test_no_other_module_names_the_country_its_codes_or_its_neighbours() -> None:
    names = naming()
    found = {
        str(path.relative_to(ROOT))
        for package in ("gazetteer", "geodata", "service")
        for path in (ROOT / package).rglob("*.py")
        if any(map(names.search, literals(path)))
    }
    assert set(ALLOWED) == {path for path in found if not path.startswith("gazetteer/country/")}
