"""A client of a small gazetteer that the golden values are made for."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from shapely import MultiPolygon, Polygon, box

from gazetteer import Gazetteer
from gazetteer.geodesy import LatLon
from gazetteer.kinds import PlaceKind
from gazetteer.store.schema import PlaceRecord
from service.app import create_app
from service.settings import Settings
from tests.builders import a_gazetteer_file, a_record, a_source, a_square, a_unit, an_area

_IDLEB, _ARIHA, _SARAQAB = "SY07", "SY0702", "SY070204"


def _at(latitude: float, longitude: float, governorate: str, **place: Any) -> PlaceRecord:
    """Return a place whose population is unknown, in a governorate alone."""
    values = {"uncertainty_m": 1000.0, "population": None, "adm2_pcode": None, "adm3_pcode": None, **place}
    return a_record(position=LatLon(latitude, longitude), adm1_pcode=governorate, **values)


_HOSPITAL = {"kind": PlaceKind.HOSPITAL, "name": "Mansura hospital", "name_ar": "مشفى المنصورة"}
_SUKKARI = {"kind": PlaceKind.NEIGHBOURHOOD, "name": "Sukkari", "name_ar": "السكري"}
_MANSURA = {"name": "Mansura", "name_ar": "المنصورة"}
#: The areas of Saraqib, a neighbourhood of Aleppo, and two villages of one name; positions are round numbers.
RECORDS = (
    a_unit(
        "SY",
        "Syrian Arab Republic",
        name_ar="الجمهورية العربية السورية",
        spellings=("Syria", "سوريا"),
        position=LatLon(35.0, 38.5),
        uncertainty_m=400_000.0,
    ),
    *(
        a_unit(pcode, name, name_ar=name_ar, position=LatLon(35.8, longitude))
        for pcode, name, name_ar, longitude in (
            (_IDLEB, "Idleb", "إدلب", 36.6),
            (_ARIHA, "Ariha", "أريحا", 36.6),
            (_SARAQAB, "Saraqab", "سراقب", 36.8),
            ("SY02", "Aleppo", "حلب", 37.6),
            ("SY12", "Daraa", "درعا", 40.5),
        )
    ),
    a_record(spellings=("Saraqeb",)),
    _at(36.17, 37.14, "SY02", id="N0342", uncertainty_m=800.0, **_SUKKARI),
    _at(35.5, 36.5, _IDLEB, id="C2364", **_MANSURA),
    _at(35.5, 37.5, "SY02", id="C5942", **_MANSURA),
    _at(35.5, 36.51, _IDLEB, id="cg:mansura-hospital", uncertainty_m=200.0, sensitive=True, **_HOSPITAL),
)
#: A square with a hole, whose rings run the other way round than RFC 7946 wants it, and a second square.
_HOLED = Polygon(box(40, 33, 42, 35, ccw=False).exterior, [box(41, 34, 41.5, 34.5).exterior])
_TWO = MultiPolygon([_HOLED, box(40, 32, 40.5, 32.5)]).wkb
AREAS = tuple(
    an_area(pcode=pcode, level=level, wkb=shape, simple_wkb=shape)
    for pcode, level, shape in (
        (_IDLEB, 1, a_square(36, 35)),
        (_ARIHA, 2, a_square(36, 35)),
        (_SARAQAB, 3, a_square(36.5, 35.5, 0.5)),
        ("SY02", 1, a_square(37, 35, 1.5)),
        ("SY12", 1, _TWO),
    )
)


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Gazetteer:
    path = tmp_path_factory.mktemp("nominatim") / "small.gpkg"
    source = a_source(attribution="Facts made up for a test.")
    return Gazetteer.open(a_gazetteer_file(path, RECORDS, sources=[source], areas=AREAS))


@pytest.fixture(scope="session")
def client(small: Gazetteer) -> FlaskClient:
    return create_app(Settings(), small).test_client()
