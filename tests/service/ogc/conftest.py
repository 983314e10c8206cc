"""A gazetteer whose areas have shapes of every sort, and clients of it at each tier, with a few incidents."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import shapely
from flask.testing import FlaskClient

from gazetteer import Gazetteer, LatLon, PlaceKind
from gazetteer.privacy.tiers import TIERS
from service.app import create_app
from service.settings import Settings
from tests.builders import a_gazetteer_file, a_record, a_unit, an_area

TABLE = """id,date,place,latitude,longitude,url,notes
a,2016-05-30,Saraqib,,,https://example.org/1,<script>alert(1)</script>
b,2016-05-31,<i>Hass</i>,35.5712345,36.6112345,,=1+1
c,2016-06-20,Hass hospital,,,,
d,,Nowhere,,,,"@x, y"
e/f,2016-05,Idlib,35.93,36.63,,-3.5
"""


def a_shape() -> shapely.Geometry:
    """Return two polygons, one with a hole, all of whose rings run the wrong way."""
    outer, hole = shapely.box(36, 35, 37, 36, ccw=False), shapely.box(36.4, 35.4, 36.5, 35.5, ccw=True)
    holed = shapely.Polygon(outer.exterior, [hole.exterior])
    return shapely.MultiPolygon([holed, shapely.box(38, 35, 38.123456789, 35.1, ccw=False)])


def a_shaped_file(folder: Path) -> Path:
    """Write a gazetteer of two governorates, one with a shape, a district, settlements and facilities."""
    hidden: dict[str, Any] = {"name_ar": "", "uncertainty_m": 100.0, "population": None, "sensitive": True}
    hospital, clinic = PlaceKind.HOSPITAL, PlaceKind.CLINIC
    records = [
        a_unit("SY02", "Aleppo"),
        a_unit("SY07", "Idleb", position=LatLon(35.8, 36.7)),
        a_unit("SY0702", "Al Ma'ra"),
        a_record(spellings=["Saraqeb"]),
        a_record(id="C4000", name="Hass <b>", name_ar="حاس", position=LatLon(35.57, 36.61)),
        a_record(id="C1000", name="Idlib", name_ar="إدلب", position=LatLon(35.93, 36.63), valid_to="2016-05"),
        a_record(
            id="cg:h", name="Hass hospital", kind=hospital, position=LatLon(35.5714321, 36.61), **hidden
        ),
        a_record(id="cg:c", name="Qah clinic", kind=clinic, position=LatLon(35.9, 36.2), **hidden),
    ]
    shapes = {"SY07": a_shape(), "SY0702": shapely.box(36.5, 35.5, 37, 36)}
    wkb = {code: shapely.to_wkb(shape) for code, shape in shapes.items()}
    areas = [
        an_area(pcode=code, level=len(code) // 2 - 1, wkb=one, simple_wkb=one) for code, one in wkb.items()
    ]
    return a_gazetteer_file(folder / "shaped.gpkg", records, areas=areas)


@pytest.fixture(scope="session")
def clients(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, FlaskClient]]:
    """A client of each tier."""
    folder = tmp_path_factory.mktemp("ogc")
    table = folder / "incidents.csv"
    table.write_text(TABLE, encoding="utf-8")
    with Gazetteer.open(a_shaped_file(folder)) as gazetteer:
        made = (Settings(incidents=table, tier=tier, rate_limit="none") for tier in TIERS)
        yield {one.tier: create_app(one, gazetteer).test_client() for one in made}


@pytest.fixture
def full(clients: dict[str, FlaskClient]) -> FlaskClient:
    return clients["full"]
