"""The example report of 31 May 2016, in English and Arabic: its places are found where they are named.

The embedded default gazetteer answers. The report gives 59 km from Idlib to Aleppo; the geodesic on WGS 84
between the points that GeoNames gives for the two cities is 56.2 km.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from gazetteer import Gazetteer, Place
from gazetteer.geodesy import distance_m

EXAMPLES = Path(__file__).resolve().parent.parent.parent / "examples"

IDLIB, ALEPPO = "geonames:169389", "geonames:170063"

#: The names of each telling as they stand in it, and their places.
TELLINGS = {
    "report-2016-05-31.txt": {
        "Idlib": IDLIB,
        "national hospital": "cg:idlib-national-hospital",
        "Ibn Sina hospital": "cg:ibn-sina-hospital-idlib",
        "Saraqeb": "geonames:164816",
        "Maarat al-Numan": "geonames:167611",
        "Kafranbel": "geonames:168661",
        "al-Quds hospital": "cg:al-quds-hospital-aleppo",
        "Aleppo": ALEPPO,
    },
    "report-2016-05-31.ar.txt": {
        "إدلب": IDLIB,
        "المشفى الوطني": "cg:idlib-national-hospital",
        "مشفى ابن سينا": "cg:ibn-sina-hospital-idlib",
        "سراقب": "geonames:164816",
        "معرة النعمان": "geonames:167611",
        "كفرنبل": "geonames:168661",
        "مستشفى القدس": "cg:al-quds-hospital-aleppo",
        "حلب": ALEPPO,
    },
}

Spans = dict[tuple[int, int], Place]


@pytest.fixture(scope="module")
def gazetteer() -> Iterator[Gazetteer]:
    with Gazetteer.open() as gazetteer:
        yield gazetteer


def text_of(telling: str) -> str:
    return (EXAMPLES / telling).read_text("utf-8")


def resolved_in(gazetteer: Gazetteer, telling: str) -> Spans:
    """Return the place of each resolved mention, by the span that it stands at; not the country's own."""
    mentions = gazetteer.geoparse(text_of(telling)).mentions
    best = {(mention.start, mention.end): mention.resolution.best for mention in mentions}
    return {
        span: match.place
        for span, match in best.items()
        if match is not None and match.place.kind != "country"
    }


def expected_in(telling: str) -> dict[tuple[int, int], str]:
    text = text_of(telling)
    return {
        found.span(): place for name, place in TELLINGS[telling].items() for found in re.finditer(name, text)
    }


@pytest.mark.parametrize("telling", TELLINGS)
def test_every_name_of_the_report_is_found_where_it_stands_and_nothing_else(
    gazetteer: Gazetteer, telling: str
) -> None:
    text, found = text_of(telling), resolved_in(gazetteer, telling)
    expected = [(*span, text[slice(*span)], place) for span, place in sorted(expected_in(telling).items())]
    assert expected == [(*span, text[slice(*span)], place.id) for span, place in sorted(found.items())]


@pytest.mark.parametrize("telling", TELLINGS)
def test_idlib_and_aleppo_as_found_lie_56_2_km_apart(gazetteer: Gazetteer, telling: str) -> None:
    at = {place.id: place.position for place in resolved_in(gazetteer, telling).values()}
    assert distance_m(at[IDLIB], at[ALEPPO]) / 1000 == pytest.approx(56.2, abs=0.1)


@pytest.mark.parametrize("telling", TELLINGS)
def test_the_report_names_idlib_and_aleppo_twice_and_the_others_once(telling: str) -> None:
    places = list(expected_in(telling).values())
    assert {place: 2 if place in {IDLIB, ALEPPO} else 1 for place in TELLINGS[telling].values()} == {
        place: places.count(place) for place in places
    }
