"""A server with the embedded gazetteer, and a client of a small one that the golden values are made for."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from gazetteer import Gazetteer
from gazetteer.geodesy import LatLon
from gazetteer.kinds import PlaceKind
from service.app import create_app
from service.settings import Settings
from tests.builders import a_gazetteer_file, a_record, a_source, a_square, an_area

#: The areas of Saraqib, a neighbourhood of Aleppo, and two villages of one name; positions are round numbers.
RECORDS = (
    a_record(
        id="SY",
        name="Syrian Arab Republic",
        name_ar="الجمهورية العربية السورية",
        spellings=("Syria", "سوريا"),
        kind=PlaceKind.COUNTRY,
        position=LatLon(35.0, 38.5),
        uncertainty_m=400_000.0,
        population=None,
        adm1_pcode=None,
        adm2_pcode=None,
        adm3_pcode=None,
    ),
    *(
        a_record(
            id=pcode,
            name=name,
            name_ar=name_ar,
            kind=kind,
            position=LatLon(35.8, longitude),
            uncertainty_m=60_000.0,
            population=None,
            adm1_pcode=pcode[:4],
            adm2_pcode=pcode[:6] if len(pcode) > 4 else None,
            adm3_pcode=pcode if len(pcode) > 6 else None,
        )
        for pcode, name, name_ar, kind, longitude in (
            ("SY07", "Idleb", "إدلب", PlaceKind.GOVERNORATE, 36.6),
            ("SY0702", "Ariha", "أريحا", PlaceKind.DISTRICT, 36.6),
            ("SY070204", "Saraqab", "سراقب", PlaceKind.SUBDISTRICT, 36.8),
            ("SY02", "Aleppo", "حلب", PlaceKind.GOVERNORATE, 37.6),
        )
    ),
    a_record(spellings=("Saraqeb",)),
    a_record(
        id="N0342",
        name="Sukkari",
        name_ar="السكري",
        kind=PlaceKind.NEIGHBOURHOOD,
        position=LatLon(36.17, 37.14),
        uncertainty_m=800.0,
        population=None,
        adm1_pcode="SY02",
        adm2_pcode=None,
        adm3_pcode=None,
    ),
    *(
        a_record(
            id=place_id,
            name="Mansura",
            name_ar="المنصورة",
            position=LatLon(35.5, longitude),
            uncertainty_m=1000.0,
            population=None,
            adm1_pcode=adm1_pcode,
            adm2_pcode=None,
            adm3_pcode=None,
        )
        for place_id, longitude, adm1_pcode in (("C2364", 36.5, "SY07"), ("C5942", 37.5, "SY02"))
    ),
    a_record(
        id="cg:mansura-hospital",
        name="Mansura hospital",
        name_ar="مشفى المنصورة",
        kind=PlaceKind.HOSPITAL,
        position=LatLon(35.5, 36.51),
        uncertainty_m=200.0,
        population=None,
        adm1_pcode="SY07",
        adm2_pcode=None,
        adm3_pcode=None,
        sensitive=True,
    ),
)
AREAS = tuple(
    an_area(pcode=pcode, level=level, wkb=shape, simple_wkb=shape)
    for pcode, level, shape in (
        ("SY07", 1, a_square(36, 35)),
        ("SY0702", 2, a_square(36, 35)),
        ("SY070204", 3, a_square(36.5, 35.5, 0.5)),
        ("SY02", 1, a_square(37, 35, 1.5)),
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


@pytest.fixture(scope="session")
def address(user_cache: Path) -> Iterator[str]:
    """Serve the embedded gazetteer from a thread, as "host:port"."""
    server = make_server("127.0.0.1", 0, create_app(Settings()), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(timeout=10)
    server.server_close()
