"""Stored rows that bring a hospital's exact position themselves, in every way that has got out before.

Two worlds hold them that differ only inside cells: a hospital stands in opposite corners of its cell, and so
does whatever the rows say of it. Below tier full both answer byte for byte alike, whatever is asked.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from gazetteer.enrich.enrich import enrich_table
from gazetteer.geodesy import LatLon, distance_m
from gazetteer.incidents import Incident, read_incidents
from service.key_file import KeyFile
from service.store import IncidentStore
from tests.service.asking import INCIDENTS, following, problem
from tests.service.harm.asks import FORMS, Ask, Target, asks_for, sent, table
from tests.service.harm.clients import WRITER, client_at
from tests.service.harm.reading import everything, text_of
from tests.service.harm.small_worlds import HOSPITAL, SmallWorld, a_small_world
from tests.service.harm.stores import same_changes

#: Farther than the next step of a radius is, from either corner.
FAR = LatLon(36.6, 36.65)
Row = dict[str, str]


def hostile(at: LatLon) -> Iterator[Row]:
    """Yield rows of every kind in cases/hostile.md, for a hospital that stands there; each is a table."""
    lat, lon = f"{at.latitude:.6f}", f"{at.longitude:.6f}"
    here = {"latitude": lat, "longitude": lon}
    dms = f"35°{(at.latitude - 35) * 60:.4f}'N 36°{(at.longitude - 36) * 60:.4f}'E"
    wide = str.maketrans("0123456789.", "０１２３４５６７８９．")
    arabic = str.maketrans("0123456789.", "٠١٢٣٤٥٦٧٨٩٫")
    # 1: what can't be read, in coordinates, dates and codes
    for first, second in (
        (lat.replace(".", ","), lon.replace(".", ",")),
        (f"{lat}NN", f"{lon}EE"),
        (dms, ""),
    ):
        yield {"place": "x", "latitude": first, "longitude": second, "date": dms, "geo_precision": lat}
    yield {"place": "Saraqib", "date": f"{lat} {lon}", "where_prec": lon}
    # 2: tables of Insecurity Insight, and places in other columns
    insecurity = {"SiND Event ID": "7", "Date": "2016-05-30", "Latitude": lat, "Longitude": lon}
    yield {**insecurity, "Location": "Health", "Health Building Affected": f"Hidden Hospital {lat}"}
    yield {"place": "", "target": f"Hidden Hospital {lat}", "facility_name": "M10", **here}
    # 3: columns of enriching that a person wrote
    yield {"place": "Hiden Hosptal", "gaz_place_id": HOSPITAL, "gaz_kind": "hospital", **here}
    yield {"place": "Hiden", "gaz_latitude": lat, "gaz_longitude": lon, "gaz_uncertainty_m": "100",
           "gaz_status": "resolved", "gaz_place_id": HOSPITAL, "gaz_confidence": "0.9"}  # fmt: skip
    found = {"place_id": HOSPITAL, "latitude": at.latitude, "longitude": at.longitude, "uncertainty_m": 9}
    listed = json.dumps([{**found, "name": "x", "kind": "hospital", "confidence": 0.4}])
    yield {"place": "Hiden", "gaz_latitude": "", "gaz_longitude": "", "gaz_status": "ambiguous",
           "gaz_alternatives": listed, "gaz_places": listed}  # fmt: skip
    # 4: the place and the id
    for text in (f"{lat}, {lon}", f"field hospital at {lat}, {lon}", f"Hidden Hospital {lat} {lon}", dms):
        yield {"id": f"{text} {lon}", "place": text}
        yield {"id": f"{text} {lat}", "place": text, **here}
    # 5: radii from the exact point
    for column in ("geo_precision", "where_prec", "gtd_specificity"):
        yield from ({"place": "Hidden Hospital", column: str(code), **here} for code in range(1, 7))
    yield {"place": "Hidden Hospital", "uncertainty_m": f"{distance_m(at, FAR):.1f}", **here}
    # 6 and 7: names without a word for it, and in other words
    words = "Dar al-Rahma,PHC Idlib,trauma centre M-10,hôpital de Idlib,Idlib hastane,دار الشفاء,Hidden,Idlib"
    yield from ({"place": word, "notes": f"{word}: {lat} {lon}", **here} for word in words.split(","))
    # 8: other columns and notations
    yield {
        "place": "Idlib", "easting": lon.replace(".", ""), "northing": lat.replace(".", ""), "خط العرض":
        lat.translate(arabic), "full": lat.translate(wide), "map": f"https://osm.org/#map=19/{lat}/{lon}",
        "wkt": f"POINT ({lon} {lat})", "lat_d": lat[:2], "lat_m": lat[3:], "killed": lat, "injured": lat[3:],
        "fatalities": lon, "kind": f"strike {lat}", "event_type": lon, "governorate": f"Idleb {lat}", **here,
    }  # fmt: skip
    computed = ("2 km north of {}", "1 m north of {}", "{} or Saraqib", "between {} and Saraqib", "{}")
    for name in (one.format("Hidden Hospital") for one in computed):
        yield {"id": f"by name {lat} {name}", "place": name}
        yield {"id": f"with coordinates {name}", "place": name, **here}


@dataclass(frozen=True)
class Held:
    """A world with a store that was filled at tier full."""

    world: SmallWorld
    store: Path
    below: FlaskClient
    full: FlaskClient


def held_by(world: SmallWorld, tier: Any, **settings: Any) -> Held:
    store = IncidentStore(world.folder / "store.sqlite")
    rows = [{"id": f"row {n}", "date": "2016-05-30", **row} for n, row in enumerate(hostile(world.hospital))]
    for number, row in enumerate(rows):
        plain = world.folder / "table.csv"
        plain.write_bytes(table([row]))
        files = [plain]
        if not any(name.startswith("gaz_") for name in row):  # 9: as they are enriched, and their geometry
            files += [world.folder / f"{number}.csv", world.folder / f"{number}.geojson"]
            for file in files[1:]:
                enrich_table(world.gazetteer, plain, file)
            files.append(own_point(world, row))
        for file in files:
            owner = "full" if number % 2 else ""
            store.upsert(read(world, file), owner=owner, source=f"{number}{file.name}")
    path = world.folder / "store.sqlite"
    below, full = (client_at(one, world.gazetteer, store=path, **settings) for one in (tier, "full"))
    saved = sent(full, Ask(f"{INCIDENTS}?f=csv&limit=10000"))
    (world.folder / "saved.csv").write_bytes(saved.data)
    store.upsert(read(world, world.folder / "saved.csv"), owner="again", source="saved")
    return Held(world, path, below, full)


def read(world: SmallWorld, file: Path) -> list[Incident]:
    """Return the incidents in a file, each with an id of its own."""
    found = enumerate(read_incidents(file, world.gazetteer))
    return [replace(one, id=f"{file.name} {one.id} {number}") for number, one in found]


def own_point(world: SmallWorld, row: Row) -> Path:
    """Return a feature that has the hospital's point for its geometry, beside cells that say so too."""
    point = {"type": "Point", "coordinates": [world.hospital.longitude, world.hospital.latitude]}
    ours = {"gaz_latitude": world.hospital.latitude, "gaz_longitude": world.hospital.longitude}
    properties = {**row, "id": f"drawn {row['id']}", **ours}
    file = world.folder / "drawn.geojson"
    feature = {"type": "Feature", "geometry": point, "properties": properties}
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
    return file


Pair = tuple[Held, Held]


# What is shown at tier public with names is between both; tests/fuzz/test_two_worlds.py asks it too.
@pytest.fixture(scope="module", params=[("partner", "shown"), ("public", "withheld")], ids=str)
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    tier, names = request.param
    folder = tmp_path_factory.mktemp("hostile")
    settings = {"withhold_names": (tier,)} if names == "withheld" else {}
    with pytest.MonkeyPatch.context() as patch:
        same_changes(patch)
        worlds = [a_small_world(folder / str(corner), tier, corner=corner) for corner in (-1, 1)]
        one, other = (held_by(world, tier, **settings) for world in worlds)
        yield one, other


def asks_of(world: SmallWorld) -> Iterator[Ask]:
    """Yield what is asked of incidents, at the borders that tell the corners of the cell apart too."""
    target = Target(HOSPITAL, "Hidden Hospital", world.centre)
    for rule in (
        INCIDENTS,
        f"{INCIDENTS}/<path:id>",
        "/v1/incidents/summary",
        "/v1/incidents/spots",
        "/v1/ask",
        "/about",
        "/readyz",
    ):
        yield from asks_for(rule, "GET", target)
    for rule in ("/ogc/collections", "/ogc/collections/<id>", "/ogc/collections/<id>/schema"):
        yield from asks_for(rule, "GET", target)
    north, east, half = world.centre.latitude, world.centre.longitude, world.degrees / 2
    queries = ["", "area=SY07", "area=SY0701", "area=Eastside", "kind=strike", "kind=other"]
    queries += [f"near={HOSPITAL}&within={within}" for within in ("300+m", "5+km", "20+km")]
    queries += ["near=hospital&within=5+km&certainty=certain,no,unanswerable,without_position"]
    for w, s, e, n in ((east - half, north - half, east, north), (east, north, east + half, north + half)):
        shape = quote(f"POLYGON (({w} {s}, {e} {s}, {e} {n}, {w} {n}, {w} {s}))")
        queries += [f"bbox={w:.6f},{s:.6f},{e:.6f},{n:.6f}", f"polygon={shape}"]
    for query in queries:
        yield from (Ask(f"{INCIDENTS}?{query}&limit=50&f={form}") for form in FORMS)
        if "certainty" not in query:
            yield from (Ask(f"/v1/incidents/summary?{query}&by={by}") for by in ("area,month", "month"))
    yield Ask("/v1/ask?question=how+many+strikes+in+Westside")
    yield Ask(f"{INCIDENTS}?kind=Hidden+Hospital")


def test_two_worlds_that_differ_only_inside_cells_answer_alike(pair: Pair) -> None:
    one = pair[0]
    secrets = [f"{value:.6f}"[:7] for value in (one.world.hospital.latitude, one.world.hospital.longitude)]
    listed = sent(one.below, Ask(f"{INCIDENTS}?limit=10000")).get_json()["features"]
    assert len(listed) > 200
    differ = set()
    asks = [replace(ask, statuses=(200, 400, 404)) for ask in asks_of(one.world)]
    while asks:
        ask = asks.pop()
        answers = [sent(each.below, ask) for each in pair]
        assert everything(answers[0]) == everything(answers[1]), ask.path
        text = text_of(answers[0])
        assert not [digits for digits in secrets if digits in text], ask.path
        if tag := answers[0].headers.get("ETag"):
            tried = replace(ask, headers={**ask.headers, "If-None-Match": tag}, statuses=(304,))
            assert [304, 304] == [sent(each.below, tried).status_code for each in pair]
            after = following(answers[0].get_json()) if "limit=50&f=json" in ask.path else None
            asks += [replace(ask, path=after)] if after else []
        if "cursor=" in ask.path:
            continue  # a cursor below full is none at full
        full = [everything(sent(each.full, ask))[2] for each in pair]
        if full[0] != full[1]:
            differ.add(ask.path.partition("?")[0])
    assert {INCIDENTS, "/v1/incidents/summary", "/v1/ask"} <= differ, "else this is no test"


def test_nothing_of_a_row_is_shown_but_what_is_on_the_allow_list(pair: Pair) -> None:
    one = pair[0]
    ours = {"kind", "killed", "injured"}
    for feature in sent(one.below, Ask(f"{INCIDENTS}?limit=10000")).get_json()["features"]:
        assert {name for name in feature["properties"] if not name.startswith("incident_")} == ours
        assert feature["id"].isdecimal() and "" == feature["properties"]["incident_place"]


def test_a_write_below_full_confirms_and_changes_nothing_of_another_key(pair: Pair) -> None:
    """Attack 10: a guessed row; and a row that was downloaded and is sent back."""
    one = pair[0]
    latitude, longitude = one.world.hospital.latitude, one.world.hospital.longitude

    def guess(at: float, row_id: str = "known") -> list[Row]:
        """Return a row as it was written and enriched, with a guess of where the hospital is."""
        here = {"latitude": f"{at:.6f}", "longitude": f"{longitude:.6f}"}
        row = {"id": row_id, "date": "2016-05-30", "place": "Hidden Hospital", "gaz_place_id": HOSPITAL}
        return [{**row, **here, **{f"gaz_{name}": value for name, value in here.items()}}]

    assert (1, 0, 0) == posted(one.full, guess(latitude))
    assert (0, 0, 1) == posted(one.full, guess(latitude), "?dry_run=true"), "else this is no test"
    assert (0, 1, 0) == posted(one.full, guess(latitude + 1e-5), "?dry_run=true"), "else this is no test"
    stored = kept(one.store)
    for at in (latitude, latitude + 1e-5, 35.0):
        assert (1, 0, 0) == posted(one.below, guess(at), "?dry_run=true"), at
        for query in ("?dry_run=true", ""):
            assert (1, 0, 0) == posted(one.below, guess(at, f"{at} {query}"), query), at
    listed = sent(one.below, Ask(f"{INCIDENTS}?limit=10000&f=csv")).data
    sent(one.below, Ask("/v1/incidents", "POST", WRITER, listed, "text/csv", statuses=(200, 400)))
    for query, status in (("source=upload&everybody=true", 403), ("id=row+0", 404), ("id=row+1", 404)):
        problem(sent(one.below, Ask(f"/v1/incidents?{query}", "DELETE", WRITER, statuses=(status,))))
    sent(one.below, Ask("/v1/incidents?source=upload", "DELETE", WRITER))
    assert stored == {key: incident for key, incident in kept(one.store).items() if key in stored}


def posted(client: FlaskClient, rows: list[Row], query: str = "") -> tuple[int, int, int]:
    """Store rows; return how many the server says it added, changed and left as they were."""
    body = json.dumps(rows).encode()
    told = sent(client, Ask(f"/v1/incidents{query}", "POST", WRITER, body, "application/json")).get_json()
    return told["added"], told["changed"], told["unchanged"]


def kept(store: Path) -> dict[tuple[str, str], tuple[Any, ...]]:
    """Return what a store holds, by owner and id."""
    rows = IncidentStore(store).read_since(0).rows
    return {(row.owner, row.incident.id): (row.number, row.incident) for row in rows}


def test_a_key_below_full_gets_no_name_under_which_one_that_saw_more_has_stored(tmp_path: Path) -> None:
    keys = KeyFile(tmp_path / "keys.json")
    keys.add("press", tier="full", scope="write", expires=None)
    keys.revoke("press")
    with pytest.raises(ValueError, match="saw more"):
        keys.add("press", tier="public", scope="write", expires=None)
    keys.add("press", tier="full", scope="write", expires=None)
