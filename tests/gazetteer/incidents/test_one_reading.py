"""One row, in every notation and format, is one reading for all that reads rows."""

import datetime
import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr
from shapely import Point

from gazetteer import Gazetteer
from gazetteer.enrich import enrich_table
from gazetteer.incidents import Incidents
from gazetteer.near import targets_for
from gazetteer.tables.reading import read_table
from gazetteer.tables.table import RowsTable
from gazetteer.tables.writing import write_table
from service.app import create_app
from service.settings import Settings
from tests.builders import a_gazetteer_file, a_square

#: Latitude, longitude, radius in metres, first and last day.
Reading = tuple[float, float, float, datetime.date, datetime.date]

LATITUDE, LONGITUDE = 35.93, 36.63
DAY = datetime.date(2016, 5, 30)
EXPECTED: Reading = (LATITUDE, LONGITUDE, 500.0, DAY, DAY)
TWO_CELLS = [
    ("35.93", "36.63"), ("35,93", "36,63"), ("N 35.93", "E 36.63"), ("35.93N", "36.63E"),
    ("35°55'48\"N", "36°37'48\"E"), ("35°55.8′", "36°37.8′"), ("35 55 48 N", "36 37 48 E"),
    ("٣٥٫٩٣", "٣٦٫٦٣"), ("\u200e35.93", "36.63\u200f"), ("36.63E", "35.93N"), (LATITUDE, LONGITUDE),
]  # fmt: skip
ONE_CELL = [
    "35.93, 36.63", "35,93; 36,63", "[35.93, 36.63]", "(35.93; 36.63)", "N 35°55.8′, E 36°37.8′",
    "35 55 48 N 36 37 48 E", "N 35.93° E 36.63°", "٣٥٫٩٣، ٣٦٫٦٣", "35°55'48\"N 36°37'48\"E",
]  # fmt: skip
DATES = [
    "2016-05-30", "2016-05-30T14:00:00", "30 May 2016", "30-May-16", "May 30, 2016", "30/05/2016",
    "2016/05/30", "30.5.2016", "٣٠/٠٥/٢٠١٦", "30 أيار 2016", "٣٠ مايو ٢٠١٦", "30 mai 2016", "30 Mayıs 2016",
]  # fmt: skip
RADII = ["500", "500 m", "0.5 km", "٥٠٠ م", 500]
SUFFIXES = [".csv", ".tsv", ".xlsx", ".parquet", ".gpkg", ".jsonl"]


@pytest.fixture(scope="module")
def gazetteer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gazetteer]:
    with Gazetteer.open(a_gazetteer_file(tmp_path_factory.mktemp("g") / "g.gpkg")) as opened:
        yield opened


def cells(position: Any, date: str, radius: Any) -> dict[str, Any]:
    where = (
        {"lat": position[0], "lon": position[1]} if isinstance(position, tuple) else {"coordinates": position}
    )
    return {"id": "1", "place": "Nowhere at all", "date": date, **where, "uncertainty": radius}


def of_incidents(found: Incidents) -> Reading:
    (incident,) = found
    first, last = incident.days or (incident.date, incident.date)
    assert incident.position is not None
    assert first is not None
    assert last is not None
    at = incident.position
    return round(at.latitude, 6), round(at.longitude, 6), incident.uncertainty_m, first, last


def rows_of(path: Path) -> list[dict[str, str]]:
    table = read_table(path)
    return [dict(zip(table.columns, row, strict=True)) for row in table.rows()]


def numbers(row: Any, prefix: str) -> tuple[float, float, float]:
    latitude, longitude, radius_m = (
        float(row[f"{prefix}_{name}"]) for name in ("latitude", "longitude", "uncertainty_m")
    )
    return latitude, longitude, radius_m


def of_enrich(gazetteer: Gazetteer, path: Path, out: Path) -> Reading:
    enrich_table(gazetteer, path, out)
    (row,) = rows_of(out)
    return *numbers(row, "gaz_point"), DAY, DAY


def of_near(gazetteer: Gazetteer, path: Path, out: Path) -> Reading:
    gazetteer.near(path, of="settlement", within="5 km").write(out)
    (row,) = rows_of(out)
    day = datetime.date.fromisoformat(row["incident_date"])
    return *numbers(row, "incident"), day, day


def of_questions(gazetteer: Gazetteer, path: Path) -> Reading:
    """Read only the day: whether the row is counted on it, and on no other."""
    area = path.with_name("area.geojson")
    area.write_text(shapely.to_geojson(shapely.from_wkb(a_square(36.6, 35.9, 0.06))))
    counted = [
        gazetteer.count(path, area=area, from_=day, to=day).rows[0].incidents
        for day in (DAY, DAY + datetime.timedelta(1))
    ]
    asked = gazetteer.ask(f"how many incidents on {DAY}", path).summary["incidents"]
    assert ([1, 0], 1) == (counted, asked)
    return EXPECTED


def of_places(gazetteer: Gazetteer, path: Path) -> Reading:
    (place,) = targets_for(gazetteer, str(path))
    at = place.position
    return round(at.latitude, 6), round(at.longitude, 6), place.uncertainty_m, DAY, DAY


def of_frame(gazetteer: Gazetteer, frame: pd.DataFrame) -> Reading:
    enriched = gazetteer.enrich(frame).iloc[0]
    found = of_incidents(gazetteer.read_incidents(frame))
    assert found[:3] == numbers(enriched, "gaz_point")
    return found


def of_upload(gazetteer: Gazetteer, body: bytes, media_type: str) -> Reading:
    with TemporaryDirectory() as folder:
        app = create_app(Settings(store=Path(folder) / "s.sqlite", api_key=SecretStr("k" * 16)), gazetteer)
        key = {"Authorization": f"Bearer {'k' * 16}"}
        sent = app.test_client().post("/v1/incidents", data=body, content_type=media_type, headers=key)
        assert 200 == sent.status_code, sent.text
        store = app.extensions["gazetteer"].of("full").incidents.store
        return of_incidents(Incidents.of(row.incident for row in store.read_since(0).rows))


def readings(gazetteer: Gazetteer, path: Path) -> dict[str, Reading]:
    return {
        "incidents": of_incidents(gazetteer.read_incidents(path)),
        "enrich": of_enrich(gazetteer, path, path.with_name("enriched.csv")),
        "near": of_near(gazetteer, path, path.with_name("near.csv")),
        "count and ask": of_questions(gazetteer, path),
        "facilities": of_places(gazetteer, path),
    }


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    position=st.sampled_from([*TWO_CELLS, *ONE_CELL]),
    date=st.sampled_from(DATES),
    radius=st.sampled_from(RADII),
    suffix=st.sampled_from(SUFFIXES),
)
def test_a_row_is_read_alike_in_every_notation_and_format(
    gazetteer: Gazetteer, tmp_path: Path, position: Any, date: str, radius: Any, suffix: str
) -> None:
    row = cells(position, date, radius)
    path = tmp_path / f"rows{suffix}"
    write_table(path, RowsTable.of([row]))
    assert dict.fromkeys(readings(gazetteer, path), EXPECTED) == readings(gazetteer, path)
    assert EXPECTED == of_frame(gazetteer, pd.DataFrame([row]))
    assert EXPECTED == of_upload(gazetteer, json.dumps([row]).encode(), "application/json")
    text = tmp_path / "upload.csv"
    write_table(text, RowsTable.of([row]))
    assert EXPECTED == of_upload(gazetteer, text.read_bytes(), "text/csv")


def test_a_point_that_a_format_keeps_is_read_alike_in_every_crs(gazetteer: Gazetteer, tmp_path: Path) -> None:
    row = {"id": "1", "place": "Nowhere at all", "date": "30 May 2016", "uncertainty": "500"}
    frame = gpd.GeoDataFrame([row], geometry=[Point(LONGITUDE, LATITUDE)], crs=4326)
    for suffix in (".gpkg", ".parquet", ".geojson"):
        for crs in (4326, 32637, 3857):
            path = tmp_path / f"points-{crs}{suffix}"
            there = frame.to_crs(crs)
            there.to_parquet(path) if suffix == ".parquet" else there.to_file(path, engine="pyogrio")
            found = readings(gazetteer, path)
            assert dict.fromkeys(found, EXPECTED) == found, path.name
    assert EXPECTED == of_frame(gazetteer, frame.to_crs(32637))
    feature = {"type": "FeatureCollection", "features": json.loads(frame.to_json())["features"]}
    assert EXPECTED == of_upload(gazetteer, json.dumps(feature).encode(), "application/geo+json")


def test_other_makes_of_a_table_are_read_alike(gazetteer: Gazetteer, tmp_path: Path) -> None:
    row = cells((str(LATITUDE), str(LONGITUDE)), "2016-05-30", "500")
    text = ";".join(row) + "\n" + ";".join(map(str, row.values())) + "\n"
    feature = {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [LONGITUDE, LATITUDE]},
        "properties": {name: row[name] for name in ("id", "place", "date", "uncertainty")},
    }
    write_table(tmp_path / "packed.csv.gz", RowsTable.of([row]))
    contents = {
        "title.csv": f"Strikes;;;;;\n{text}",
        "sep.csv": f"sep=;\n{text}",
        "array.json": json.dumps([row]),
        "feature.geojson": json.dumps(feature),
        "sequence.geojsons": f"\x1e{json.dumps(feature)}\n",
    }
    for name, content in contents.items():
        (tmp_path / name).write_text(content, "utf-8")
    for name in ("packed.csv.gz", *contents):
        found = readings(gazetteer, tmp_path / name)
        assert dict.fromkeys(found, EXPECTED) == found, name
