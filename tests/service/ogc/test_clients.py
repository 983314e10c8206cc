"""GDAL's driver for OGC API - Features and geopandas read every collection from a server, page after page."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas
import pyogrio
import pytest

from tests.service.asking import COLLECTIONS, INCIDENTS, KEY
from tests.service.serving import Server, serve

COUNT = 1500
PLACES = ("Saraqib", "Idlib", "Nowhere at all")
BOX = (36.6, 35.9, 36.7, 36.0)


def rows() -> list[dict[str, Any]]:
    """Return incidents of which only the last hundred have the columns `late` and `note`."""
    found: list[dict[str, Any]] = []
    for number in range(COUNT):
        day = f"2016-{1 + number % 12:02}-{1 + number % 28:02}"
        late = {"late": day, "note": f"no. {number}"} if number >= COUNT - 100 else {}
        found.append(
            {"id": f"i{number}", "date": day, "place": PLACES[number % 3], "killed": number % 7, **late}
        )
    return found


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, shaped_file: Path) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("clients")
    options = ("--store", str(folder / "store.sqlite"), "--gazetteer", str(shaped_file))
    with serve(*options, folder=folder, GAZETTEER_API_KEY=KEY) as running:
        body, headers = json.dumps(rows()).encode(), {"Authorization": f"Bearer {KEY}"}
        status, answer = running.get(
            "/v1/incidents", {**headers, "Content-Type": "application/json"}, "POST", body
        )
        assert (200, COUNT) == (status, json.loads(answer)["added"])
        yield running


def read(server: Server, layer: str, **options: Any) -> geopandas.GeoDataFrame:
    found: geopandas.GeoDataFrame = pyogrio.read_dataframe(
        f"OAPIF:http://{server.address}/ogc", layer=layer, **options
    )
    return found


def test_gdal_lists_the_collections_with_their_geometries(server: Server) -> None:
    layers = dict(pyogrio.list_layers(f"OAPIF:http://{server.address}/ogc").tolist())
    assert list(COLLECTIONS) == list(layers)
    assert {"Point"} == {layers[name] for name in COLLECTIONS if name != "areas"}


def test_gdal_reads_all_incidents_in_one_page_or_many(server: Server) -> None:
    expected = [f"i{number}" for number in range(COUNT)]
    for options in ({}, {"PAGE_SIZE": 400}):
        assert expected == read(server, "incidents", **options)["id"].tolist(), options


def test_geopandas_reads_all_incidents_by_their_address_alone(server: Server) -> None:
    found = geopandas.read_file(f"http://{server.address}{INCIDENTS}")
    assert [f"i{number}" for number in range(COUNT)] == found["id"].tolist()
    assert COUNT // 3 == found.geometry.isna().sum(), "those of an unknown place"


def test_gdal_reads_what_lies_in_a_box(server: Server) -> None:
    assert {"Idlib"} == set(read(server, "incidents", bbox=BOX, PAGE_SIZE=300)["incident_place"])
    assert ["C1000"] == read(server, "places", bbox=BOX).query("kind == 'settlement'")["id"].tolist()


def test_columns_have_types_and_those_of_late_rows_are_there(server: Server) -> None:
    found = read(server, "incidents", PAGE_SIZE=400)
    kinds = {name: found[name].dtype.kind for name in found.columns if name != "geometry"}
    dates = {name for name, kind in kinds.items() if kind == "M"}
    assert {"date", "incident_date", "late"} == dates
    assert ("f", "f") == (kinds["incident_latitude"], kinds["incident_uncertainty_m"])
    assert (100, "no. 1499") == (found["late"].notna().sum(), found["note"].iloc[-1])
    assert [str(row["killed"]) for row in rows()] == found["killed"].tolist(), (
        "cells are as they were written"
    )


def test_gdal_reads_as_many_places_facilities_and_areas_as_there_are(server: Server) -> None:
    for name in ("places", "facilities", "areas"):
        whole = json.loads(server.get(f"/ogc/collections/{name}/items")[1])
        found = read(server, name, PAGE_SIZE=2)
        assert [one["id"] for one in whole["features"]] == found["id"].tolist()
        assert whole["numberMatched"] == len(found)
        assert "EPSG:4326" == found.crs
        assert "f" == found["population"].dtype.kind
        assert "f" == found["latitude"].dtype.kind


def test_gdal_reads_the_shapes_of_areas(server: Server) -> None:
    found = read(server, "areas").set_index("id")
    shapes = [found.geometry[code] for code in ("SY07", "SY0702", "SY02")]
    assert ["MultiPolygon", "MultiPolygon", None] == [shape and shape.geom_type for shape in shapes]
    assert 1 - 0.01 + 0.0123457 == pytest.approx(shapes[0].area, abs=1e-6)
    assert [1, 2] == [found["level"][code] for code in ("SY07", "SY0702")]
