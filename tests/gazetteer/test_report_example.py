"""The example report of 31 May 2016, in English and Arabic: its places are found where they are named.

The embedded default gazetteer answers. The report gives 59 km from Idlib to Aleppo; the geodesic on WGS 84
between the points that GeoNames gives for the two cities is 56.2 km.
"""

import re
from pathlib import Path

import pytest

from gazetteer import Gazetteer
from gazetteer.geodesy import distance_m

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
IDLIB, ALEPPO = "geonames:169389", "geonames:170063"
#: Each place, and how it is called in the two tellings.
NAMES = {
    IDLIB: ("Idlib", "إدلب"),
    ALEPPO: ("Aleppo", "حلب"),
    "cg:idlib-national-hospital": ("national hospital", "المشفى الوطني"),
    "cg:ibn-sina-hospital-idlib": ("Ibn Sina hospital", "مشفى ابن سينا"),
    "geonames:164816": ("Saraqeb", "سراقب"),
    "geonames:167611": ("Maarat al-Numan", "معرة النعمان"),
    "geonames:168661": ("Kafranbel", "كفرنبل"),
    "cg:al-quds-hospital-aleppo": ("al-Quds hospital", "مستشفى القدس"),
}


def test_every_name_of_the_report_is_found_where_it_stands_and_nothing_else(default: Gazetteer) -> None:
    for language, telling in enumerate(("report-2016-05-31.txt", "report-2016-05-31.ar.txt")):
        text = (EXAMPLES / telling).read_text("utf-8")
        expected = {
            found.span(): place
            for place, names in NAMES.items()
            for found in re.finditer(names[language], text)
        }
        twice = [place for place in NAMES if list(expected.values()).count(place) == 2]
        assert (10, [IDLIB, ALEPPO]) == (len(expected), twice), telling
        best = {(one.start, one.end): one.resolution.best for one in default.geoparse(text).mentions}
        found = {at: match.place for at, match in best.items() if match and match.place.kind != "country"}
        assert expected == {at: place.id for at, place in found.items()}, telling
        positions = {place.id: place.position for place in found.values()}
        apart_km = distance_m(positions[IDLIB], positions[ALEPPO]) / 1000
        assert 56.2 == pytest.approx(apart_km, abs=0.1), telling
