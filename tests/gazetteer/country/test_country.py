"""The country: its codes in every form, its names, and that they stand in one place."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

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


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("SY", "SY"),
        ("SY07", "SY07"),
        ("SY-07", "SY07"),
        ("sy 07", "SY07"),
        ("SY 070003", "SY070003"),
        ("SY-07-00-03", "SY070003"),
        ("(SY0704)", "SY0704"),
        ("SY٠٧", "SY07"),
        ("c 4126", "C4126"),
        ("N0006", "N0006"),
    ],
)
def test_a_pcode_is_read_in_the_forms_that_tables_have(text: str, code: str) -> None:
    assert code == read_pcode(text)


@pytest.mark.parametrize(
    "text", ["", "SY7", "SY070", "SY0700030", "TR07", "Idlib", "C41", "M4", "SY07 Idlib", "SY07" + " " * 99]
)
def test_what_is_no_pcode_is_not_read_as_one(text: str) -> None:
    assert read_pcode(text) is None


@pytest.mark.parametrize(
    ("code", "kind", "chain"),
    [
        ("SY", PlaceKind.COUNTRY, ()),
        ("SY07", PlaceKind.GOVERNORATE, ("SY07",)),
        ("SY0704", PlaceKind.DISTRICT, ("SY07", "SY0704")),
        ("SY070401", PlaceKind.SUBDISTRICT, ("SY07", "SY0704", "SY070401")),
        ("C4126", PlaceKind.SETTLEMENT, ()),
        ("N0006", PlaceKind.NEIGHBOURHOOD, ()),
        ("sy07", None, ()),
        ("cg:tishreen-dam", None, ()),
    ],
)
def test_a_code_says_what_it_is_of_and_the_areas_above(
    code: str, kind: PlaceKind | None, chain: tuple[str, ...]
) -> None:
    assert (kind, chain) == (pcode_kind(code), pcode_chain(code))


@pytest.mark.parametrize("text", ["Syria", "SYRIAN ARAB REPUBLIC", "syr", "SY", "سوريا", "سورية", "Sûriye"])
def test_the_country_is_known_by_its_names(text: str) -> None:
    assert is_country(text)


@pytest.mark.parametrize("text", ["", "Turkey", "Syria Turkey", "Damascus"])
def test_another_name_is_not_the_country(text: str) -> None:
    assert not is_country(text)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Turkish", "TR"), ("Türkiye", "TR"), ("التركية", "TR"), ("Iraqi", "IQ"), ("العراق", "IQ"),
        ("Lebanese", "LB"), ("لبنان", "LB"), ("Jordanian", "JO"), ("الأردن", "JO"), ("Israeli", "IL"),
    ],
)  # fmt: skip
def test_a_neighbour_is_known_by_its_name_and_its_people(text: str, code: str) -> None:
    found = find_neighbour(text)
    assert found is not None
    assert code == found.code


def test_the_country_is_no_neighbour_of_its_own() -> None:
    assert [None] * len(country().names) == [find_neighbour(name) for name in country().names]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Idlib", "SY07"),
        ("Idleb Governorate", "SY07"),
        ("محافظة إدلب", "SY07"),
        ("province of Aleppo", "SY02"),
        ("Rif Dimashq Governorate", "SY03"),
        ("ريف دمشق", "SY03"),
        ("Damascus", "SY01"),
        ("Deir Ezzor", "SY09"),
        ("Latakia", "SY06"),
        ("SY-14", "SY14"),
    ],
)
def test_a_governorate_is_known_by_its_usual_spellings(text: str, code: str) -> None:
    found = find_governorate(text)
    assert found is not None
    assert code == found.pcode


@pytest.mark.parametrize("text", ["", "Saraqib", "SY0704", "governorate", "Aleppo countryside"])
def test_another_name_is_no_governorate(text: str) -> None:
    assert find_governorate(text) is None


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
