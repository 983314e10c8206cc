"""Tier public on a store that was filled at tier full: what a gazetteer computed then isn't shown now.

The positions that must not come out are those of every sensitive place in the embedded default.
"""

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from pydantic import SecretStr

from gazetteer import Gazetteer
from gazetteer.enrich.enrich import enrich_table
from gazetteer.incidents import Incident
from service.app import create_app
from service.incident_store import SqliteStore
from service.settings import Settings
from tests.service.asking import get

HOSPITAL = "Idlib national hospital"
PLAIN = f"id,date,place\nplain-1,2016-05-30,{HOSPITAL}\nplain-2,2016-05-31,2 km north of {HOSPITAL}\n"
TO_ENRICH = f"id,date,place\nrich-1,2016-05-30,{HOSPITAL}\nrich-2,2016-05-30,Bab al-Hawa Hospital\n"
TO_SAVE = f"id,date,place\nsaved-1,2016-05-30,{HOSPITAL}\nsaved-2,2016-05-30,2 km north of {HOSPITAL}\n"
AT = "35.91234,36.61234"
OWN = f"id,date,place,latitude,longitude\nown-1,2016-05-30,{HOSPITAL},{AT}\n"
OTHERS = f"town-1,,Idlib,{AT}\n"
KEY = {"Authorization": "Bearer right"}
ADDRESSES = (
    "/v1/incidents",
    "/v1/incidents?format=csv",
    "/v1/incidents?near=hospital&within=20km",
    "/v1/incidents?near=hospital&within=20km&format=csv",
    "/v1/incidents?bbox=35,35,38,37",
    "/v1/incidents?area=Idlib&from=2016-05-01",
    "/v1/incidents/summary",
    "/v1/incidents/summary?near=hospital&within=20km",
    "/v1/ask?question=strikes+within+20+km+of+a+hospital",
    "/v1/ask?question=strikes+within+20+km+of+a+hospital+in+Idlib",
    "/about",
)


def read_csv(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def as_csv(rows: list[dict[str, str]]) -> str:
    file = io.StringIO()
    writer = csv.DictWriter(file, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()


def renumbered(features: list[dict[str, Any]], prefix: str) -> list[dict[str, Any]]:
    for number, feature in enumerate(features):
        feature["id"] = feature["properties"]["id"] = f"{prefix}-{number}"
    return features


def posted(client: FlaskClient, body: str, media_type: str = "text/csv") -> None:
    response = client.post("/v1/incidents", data=body, content_type=media_type, headers=KEY)
    assert 200 == response.status_code, response.text


def a_full_store(folder: Path, default: Gazetteer) -> Path:
    """Return a store filled at tier full, in every way that brings positions of hospitals into it."""
    path = folder / "store.sqlite"
    full = create_app(Settings(store=path, api_key=SecretStr("right")), default).test_client()
    (folder / "plain.csv").write_text(TO_ENRICH, encoding="utf-8")
    enrich_table(default, folder / "plain.csv", folder / "rich.csv")
    enrich_table(default, folder / "plain.csv", folder / "rich.geojson")
    enriched = read_csv((folder / "rich.csv").read_text(encoding="utf-8"))
    posted(full, as_csv(enriched))
    posted(full, as_csv([{**row, "id": f"no-{row['id']}", "gaz_place_id": ""} for row in enriched]))
    posted(
        full, as_csv([{name.replace("gaz_l", " GAZ L"): c for name, c in r.items()} for r in enriched[:1]])
    )
    features = json.loads((folder / "rich.geojson").read_text(encoding="utf-8"))["features"]
    posted(full, json.dumps(renumbered(features, "drawn")), "application/geo+json")
    posted(full, TO_SAVE)
    for query in ("?format=csv", "?near=hospital&within=20km&format=csv"):
        saved = read_csv(full.get(f"/v1/incidents{query}").text)
        posted(full, as_csv([{**row, "id": f"again-{len(query)}-{row['id']}"} for row in saved]))
    features = get(full, "/v1/incidents?near=hospital&within=20km")["features"]
    posted(full, json.dumps(renumbered(features, "map")), "application/geo+json")
    posted(full, PLAIN)
    posted(full, OWN + OTHERS)
    return path


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, default: Gazetteer) -> Path:
    return a_full_store(tmp_path_factory.mktemp("store"), default)


@pytest.fixture(scope="module")
def public(filled: Path, default: Gazetteer) -> FlaskClient:
    return create_app(Settings(store=filled, tier="public"), default).test_client()


@pytest.fixture(scope="module")
def secret(default: Gazetteer, filled: Path) -> re.Pattern[str]:
    """Return what finds a latitude or longitude of a sensitive place, or what was computed from one."""
    positions = [place.position for place in default.places() if place.sensitive]
    positions += [
        one.position for one in SqliteStore(filled).read()[1] if one.position and one.origin != "coordinates"
    ]
    numbers = {number for one in positions for number in (one.latitude, one.longitude)}
    cut = {f"{number:.7f}"[:-3] for number in numbers} | {f"{number:.4f}" for number in numbers}
    # A number of a generalised place ends after two decimals: these are found by two more.
    written = {text for text in cut if not text.endswith("00")}
    assert len(written) > 50
    return re.compile(rf"(?<![\d.])(?:{'|'.join(map(re.escape, sorted(written)))})")


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_answer_tells_what_was_computed_at_tier_full(
    public: FlaskClient, secret: re.Pattern[str], address: str
) -> None:
    response = public.get(address)
    assert 200 == response.status_code, response.text
    assert [] == secret.findall(response.text)


def test_what_must_not_come_out_comes_out_at_tier_full(
    filled: Path, default: Gazetteer, secret: re.Pattern[str]
) -> None:
    full = create_app(Settings(store=filled), default).test_client()
    found = secret.findall(full.get("/v1/incidents").text)
    assert len(found) > 20


def test_incidents_stand_where_the_generalised_places_are(public: FlaskClient) -> None:
    found = {one["id"]: one["geometry"] for one in get(public, "/v1/incidents")["features"]}
    place = get(public, "/v1/places/cg:idlib-national-hospital")
    there = [place["longitude"], place["latitude"]]
    for named in ("plain-1", "rich-1", "no-rich-1", "saved-1", "drawn-0"):
        assert there == found[named]["coordinates"], named
    longitude, latitude = found["plain-2"]["coordinates"]
    assert longitude == pytest.approx(there[0], abs=1e-6)
    assert 0.017 < latitude - there[1] < 0.019  # 2 km north of the middle of the cell


def test_columns_that_answers_added_are_not_shown_and_others_are(public: FlaskClient) -> None:
    for feature in get(public, "/v1/incidents")["features"]:
        names = set(feature["properties"])
        assert {"id", "place", "incident_uncertainty_m"} <= names
        assert set() == {name for name in names if "gaz" in name.casefold() or name.startswith("nearest")}
        assert set() == names & {"incident_latitude", "incident_longitude", "distance_m", "geometry"}


def test_coordinates_of_a_row_that_names_a_town_are_the_operators_to_publish(public: FlaskClient) -> None:
    [own] = [one for one in get(public, "/v1/incidents")["features"] if one["id"] == "town-1"]
    assert [36.61234, 35.91234] == own["geometry"]["coordinates"]
    assert "35.91234" == own["properties"]["latitude"]


AT_ONE = (
    HOSPITAL, "Field hospital no. 7", "مشفى الرحمة", "National hospital, Idlib governorate", "M10, Aleppo",
    "Al-Quds Hospital, Sukkari neighbourhood", "Hospital, Saraqib market", "المشفى الوطني بإدلب",
    "المستوصف في كفرنبل", "Idlib health centre", "Islamic Medical Complex, Binnish",
    "نقطة طبية", "Hospital and school", "Adra prison",
)  # fmt: skip
COLUMNS = {
    "latitude,longitude": ("35.91234", "36.61234"),
    "lat_wgs84,gps": ("35.91234", "at 35.91234 36.61234"),
    "geometry,note": ("POINT(36.61234 35.91234)", "see https://example.org/@35.91234"),
    "latitude,lon": ("35.91234N", "36.61234E"),
}


def shown_at_public(folder: Path, default: Gazetteer, rows: list[dict[str, str]]) -> list[dict[str, Any]]:
    (folder / "t.csv").write_text(as_csv(rows), encoding="utf-8")
    settings = Settings(incidents=folder / "t.csv", tier="public", sensitive=("prison",))
    found: list[dict[str, Any]] = get(create_app(settings, default).test_client(), "/v1/incidents")[
        "features"
    ]
    assert len(rows) == len(found)
    return found


@pytest.mark.parametrize("header", COLUMNS)
def test_coordinates_of_a_row_that_names_a_hospital_are_those_of_its_cell(
    tmp_path: Path, default: Gazetteer, header: str
) -> None:
    sensitive = [text for place, text in default.names() if place.sensitive]
    assert len(sensitive) > 100
    cells = dict(zip(header.split(","), COLUMNS[header], strict=True))
    rows = [{"id": str(n), "place": name, **cells} for n, name in enumerate((*AT_ONE, *sensitive))]
    for feature in shown_at_public(tmp_path, default, rows):
        assert not re.search(r"3[56]\.61234|35\.91234", json.dumps(feature)), feature
        if header == "latitude,longitude":
            assert [36.65, 35.95] == feature["geometry"]["coordinates"]
            assert 0.1 == feature["properties"]["incident_generalised_to_deg"]


def test_coordinates_of_a_row_that_names_a_town_are_shown(tmp_path: Path, default: Gazetteer) -> None:
    towns = ("Idlib", "Idlib city", "Hass village", "مدينة سراقب", "Bridge, Manbij", "Saraqib countryside")
    rows = [
        {"id": str(n), "place": name, "latitude": "35.91234", "longitude": "36.61234"}
        for n, name in enumerate(towns)
    ]
    for feature in shown_at_public(tmp_path, default, rows):
        assert [36.61234, 35.91234] == feature["geometry"]["coordinates"], feature


def test_what_cannot_be_read_again_has_no_position_and_says_so(tmp_path: Path, default: Gazetteer) -> None:
    store = SqliteStore(tmp_path / "store.sqlite")
    [exact] = [place for place in default.places() if place.id == "cg:idlib-national-hospital"]
    store.upsert(
        [
            Incident(
                id="gone",
                date=None,
                position=exact.position,
                uncertainty_m=100.0,
                admin=exact.pcodes,
                properties={"place": "Nowhereville"},
                place="Nowhereville",
                place_id="gone:1",
                origin="enriched",
                names=("Nowhereville",),
            )
        ],
        source="x",
    )
    public = create_app(Settings(store=store.path, tier="public"), default).test_client()
    [feature] = get(public, "/v1/incidents?near=hospital&within=5km")["features"]
    assert feature["geometry"] is None
    assert feature["properties"]["near_problems"].startswith("no position: at this tier none is shown")


@pytest.mark.parametrize("suffix", [".csv", ".geojson", ".xlsx", ".gpkg"])
def test_an_enriched_table_loaded_at_tier_public_tells_no_more(
    tmp_path: Path, default: Gazetteer, secret: re.Pattern[str], suffix: str
) -> None:
    (tmp_path / "plain.csv").write_text(TO_ENRICH, encoding="utf-8")
    enrich_table(default, tmp_path / "plain.csv", tmp_path / f"rich{suffix}")
    settings = Settings(incidents=tmp_path / f"rich{suffix}", tier="public")
    client = create_app(settings, default).test_client()
    for address in ADDRESSES:
        assert [] == secret.findall(client.get(address).text), address


def test_a_saved_map_loaded_at_tier_public_tells_no_more(
    tmp_path: Path, filled: Path, default: Gazetteer, secret: re.Pattern[str]
) -> None:
    full = create_app(Settings(store=filled), default).test_client()
    saved = tmp_path / "saved.geojson"
    saved.write_bytes(full.get("/v1/incidents?near=hospital&within=20km").data)
    client = create_app(Settings(incidents=saved, tier="public"), default).test_client()
    for address in ADDRESSES:
        assert [] == secret.findall(client.get(address).text), address


def test_an_enriched_table_is_not_enriched_again_at_tier_public(
    tmp_path: Path, default: Gazetteer, public: FlaskClient
) -> None:
    table = OWN + f"own-9,2016-05-30,{HOSPITAL},,\n"
    (tmp_path / "plain.csv").write_text(table, encoding="utf-8")
    enrich_table(default, tmp_path / "plain.csv", tmp_path / "rich.csv")
    rich = (tmp_path / "rich.csv").read_bytes()
    assert b"gaz_point_distance_m" in rich
    assert 400 == public.post("/v1/enrich", data=rich, content_type="text/csv").status_code
