"""Attacks that really run: from HTTP alone, can the true position be found better than its cell?

Each attack knows the grid and every formula, may store incidents where it likes, and returns its best
estimate of where the hospital is. It is run three times. At tier full it must find the hospital, or it is no
attack. Below, it is run in two worlds, with the hospital in opposite corners of the cell, and must see the
same bytes in both. Then it can't tell the two apart, and whatever it concludes is off by at least half of
what lies between them in one of the two.

Time is no other channel: what the application can reach holds no exact position from which an answer, an
order or a delay could be made: see `test_objects.py`.
"""

import base64
import json
import logging
import math
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from gazetteer.geodesy import LatLon, azimuth_deg, destination, distance_m
from gazetteer.privacy.tiers import Tier
from gazetteer.store.schema import content_hash
from service.answers import CSV
from service.store import IncidentStore
from tests.service.asking import AREAS, FACILITIES, INCIDENTS, PLACES, following, ids
from tests.service.harm.clients import BELOW_FULL, WRITER, client_at
from tests.service.harm.reading import everything, text_of
from tests.service.harm.small_worlds import HOSPITAL, SmallWorld, a_small_world
from tests.service.harm.stores import same_changes

#: How near an attack must come at tier full, in metres.
_FOUND_M = 60.0


class Attacker:
    """Somebody with a client of a tier, a key to write with, and the cell that the answers tell.

    All that is asked and all that comes back is kept, so that two runs can be compared byte for byte.
    """

    def __init__(self, client: FlaskClient, centre: LatLon, degrees: float) -> None:
        self._client = client
        self.centre = centre
        self.degrees = degrees
        self.transcript: list[object] = []

    def send(self, path: str, method: str = "GET", **more: Any) -> TestResponse:
        """Send a request and keep it with its answer."""
        headers = {"X-Request-ID": "same", **more.pop("headers", {})}
        response = self._client.open(path, method=method, headers=headers, **more)
        self.transcript.append((method, path, more.get("data"), everything(response)))
        return response

    def get(self, path: str, **query: Any) -> Any:
        """Return the JSON of an answer."""
        address = f"{path}?{urlencode({name.rstrip('_'): value for name, value in query.items()})}"
        return json.loads(self.send(address).data)

    def post_probes(self, points: Sequence[LatLon], *, place: str = "") -> list[str]:
        """Store incidents where the attacker wants them, each of a day of its own; return the days.

        They are declared public, so that they stand where they are at any tier.
        """
        days = [f"2016-03-{n:02}" for n, _ in enumerate(points, start=1)]
        exact = {"place": place, "uncertainty_m": 0}
        self.post(
            [
                {"id": day, "date": day, "latitude": at.latitude, "longitude": at.longitude, **exact}
                for day, at in zip(days, points, strict=True)
            ]
        )
        return days

    def post(self, rows: list[dict[str, Any]]) -> None:
        """Store rows, whose columns are all declared public."""
        response = self.send("/v1/incidents?publish=*", "POST", headers=WRITER, json=rows)
        assert 200 == response.status_code, response.text

    def stated(self, **query: Any) -> dict[str, float]:
        """Return the distances that the answer about incidents states, by the ids of the attacker's rows."""
        found = [one["properties"] for one in self.get(INCIDENTS, **query)["features"]]
        return {one.get("id", ""): one["incident_distance_m"] for one in found}


def ring(centre: LatLon, *, radius_m: float, count: int) -> list[LatLon]:
    """Return points round another."""
    around = (
        destination(centre, azimuth_deg=360 * n / count, distance_m=radius_m * (1 + n % 3 / 5))
        for n in range(count)
    )
    return [LatLon(round(point.latitude, 6), round(point.longitude, 6)) for point in around]


def located(points: Sequence[LatLon], distances_m: Sequence[float], start: LatLon) -> LatLon:
    """Return the position with about these distances to points: least squares by Gauss and Newton."""
    here = start
    for _ in range(30):
        off = np.array([distance_m(here, p) - d for p, d in zip(points, distances_m, strict=True)])
        ways = [math.radians(azimuth_deg(here, p)) for p in points]
        slopes = np.array([[math.cos(way), math.sin(way)] for way in ways])
        (north, east), *_ = np.linalg.lstsq(slopes, off, rcond=None)
        step = math.hypot(north, east)
        if step < 0.01:
            break
        way = math.degrees(math.atan2(east, north)) % 360
        here = destination(here, azimuth_deg=way, distance_m=min(step, 20_000.0))
    return here


Attack = Callable[[Attacker], LatLon]


@dataclass(frozen=True)
class Stage:
    """Two worlds, of opposite corners, for attacks at a tier."""

    tier: Tier
    worlds: tuple[SmallWorld, SmallWorld]

    def attacker(self, world: SmallWorld, tier: Tier) -> Attacker:
        """Return an attacker whose store holds no more than what a user of tier full has stored before.

        Each tier has a store, and so an application, of its own: below full the same is asked of both worlds.
        """
        path = world.folder / f"{tier}.sqlite"
        store = IncidentStore(path)
        store.delete(owner=None, ids=[row.incident.id for row in store.read_since(0).rows])
        full = client_at("full", world.gazetteer, store=path)
        rows = (
            "id,date,place\nold-1,2016-05-30,Hidden Hospital\nold-2,2016-05-30,2 km north of Hidden Clinic\n"
        )
        assert 200 == full.post("/v1/incidents", data=rows, content_type=CSV, headers=WRITER).status_code
        return Attacker(client_at(tier, world.gazetteer, store=path), world.centre, world.degrees)


@pytest.fixture(scope="module", params=BELOW_FULL)
def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder, tier = tmp_path_factory.mktemp("attacks"), request.param
    with pytest.MonkeyPatch.context() as patch:
        same_changes(patch)
        worlds = [a_small_world(folder / f"{corner}", tier, corner=corner) for corner in (-1, 1)]
        yield Stage(tier, (worlds[0], worlds[1]))


def by_certainty(attacker: Attacker) -> LatLon:
    """Look for the radii at which each of many incidents begins to be possibly, and certainly, near."""
    points = ring(attacker.centre, radius_m=9000, count=5)
    days = attacker.post_probes(points)

    def smallest(day: str, words: str) -> float:
        low, high = 0.0, 60_000.0
        while high - low > 15:
            within = (low + high) / 2
            asked = {"near": HOSPITAL, "within": f"{within:.2f} m", "from": day, "to": day}
            found = attacker.get(INCIDENTS, certainty=words, **asked)
            low, high = (low, within) if found["numberMatched"] else (within, high)
        return high

    spans = [(smallest(day, "certain,possible"), smallest(day, "certain")) for day in days]
    return located(points, [(low + high) / 2 for low, high in spans], attacker.centre)


def by_stated_distance(attacker: Attacker) -> LatLon:
    """Take the distances that answers about incidents state, of a kind of place and of the place."""
    points = ring(attacker.centre, radius_m=4000, count=12)
    days = attacker.post_probes(points)
    stated = {}
    for near in ("hospital", "facility", "clinic", "camp", HOSPITAL):
        attacker.send(f"{INCIDENTS}?near={near}&within=500km&f=csv")
        for by in ("area,month", "facility"):
            attacker.get("/v1/incidents/summary", near=near, within="3km", by=by)
        stated = attacker.stated(near=near, within="500km")
    return located(points, [stated[day] for day in days], attacker.centre)


def by_probability(attacker: Attacker) -> LatLon:
    """Store incidents with large radii and take the share of their discs that is near, then the distances."""
    points = ring(attacker.centre, radius_m=2500, count=9)
    discs = [
        {"id": f"disc {n}", "latitude": p.latitude, "longitude": p.longitude, "uncertainty_m": 900 * n}
        for n, p in enumerate(points)
    ]
    attacker.post(discs)
    stated: dict[str, float] = {}
    for within in ("500m", "2km", "3km", "5km", "8km", "13km"):
        stated = attacker.stated(near=HOSPITAL, within=within, certainty="certain,possible,no,unanswerable")
    return located(points, [stated[str(disc["id"])] for disc in discs], attacker.centre)


def by_shrinking_boxes(attacker: Attacker) -> LatLon:
    """Halve a box round the cell until it holds the hospital alone, in lists of places."""

    def is_in(box: list[float]) -> bool:
        text = ",".join(f"{edge:.7f}" for edge in box)
        found = attacker.get(PLACES, kind="hospital", bbox=text)
        attacker.send(f"{FACILITIES}?bbox={text}&f=csv")
        attacker.get(INCIDENTS, bbox=text)
        return HOSPITAL in ids(found)

    return _halved(attacker, is_in)


def by_shrinking_polygons(attacker: Attacker) -> LatLon:
    """Store an incident by the hospital's name, and halve a polygon round the cell down to it."""
    attacker.post([{"id": "there", "date": "2016-04-01", "place": "Hidden Hospital"}])

    def is_in(box: list[float]) -> bool:
        w, s, e, n = (f"{edge:.7f}" for edge in box)
        shape = f"POLYGON (({w} {s}, {e} {s}, {e} {n}, {w} {n}, {w} {s}))"
        attacker.get("/v1/incidents/summary", polygon=shape)
        found = attacker.get(INCIDENTS, polygon=shape, from_="2016-04-01", to="2016-04-01")
        return found["numberMatched"] > 0 or bool(found["undecided"])

    return _halved(attacker, is_in)


def _halved(attacker: Attacker, is_in: Callable[[list[float]], bool]) -> LatLon:
    """Return the middle of the smallest box that something is found in; west, south, east, north."""
    half, here = attacker.degrees / 2, attacker.centre
    box = [here.longitude - half, here.latitude - half, here.longitude + half, here.latitude + half]
    for step in range(22):
        edge = step % 2  # west and east, then south and north
        middle = (box[edge] + box[edge + 2]) / 2
        lower = [*box]
        lower[edge + 2] = middle
        if is_in(lower):
            box = lower
        else:
            box[edge] = middle
    return LatLon((box[1] + box[3]) / 2, (box[0] + box[2]) / 2)


def by_distances_between_names(attacker: Attacker) -> LatLon:
    """Ask how far it is from points to the hospital, in every shape that such a question has."""
    points = ring(attacker.centre, radius_m=3000, count=8)
    metres = []
    for text in (f"{p.latitude},{p.longitude}" for p in points):
        metres.append(attacker.get("/v1/distance", from_=text, to=HOSPITAL)["distance_m"])
        attacker.get("/v1/distance", from_=text, to="5 km north of Hidden Hospital")
        attacker.get("/v1/distance", from_=HOSPITAL, to="cg:far-hospital")
        attacker.get("/v1/ask", question=f"nearest hospital to {text}")
        attacker.get("/v1/ask", question=f"distance from {text} to Hidden Hospital")
        attacker.get("/v1/resolve", text=f"between Hidden Hospital and {text}")
    return located(points, metres, attacker.centre)


def by_enriching(attacker: Attacker) -> LatLon:
    """Enrich tables of points beside the hospital's name, and take the distance between the two."""
    points = ring(attacker.centre, radius_m=3000, count=8)
    rows = [f"{n},Hidden Hospital,{p.latitude},{p.longitude}" for n, p in enumerate(points)]
    table = "\n".join(["id,place,latitude,longitude", *rows, "9,4 km east of Hidden Hospital,,", ""])
    for form in ("xlsx", "geojson"):
        attacker.send(f"/v1/enrich?format={form}", "POST", data=table, content_type=CSV)
    answer = attacker.send("/v1/enrich", "POST", data=table, content_type=CSV)
    lines = [line.split(",") for line in answer.text.splitlines()]
    column = lines[0].index("gaz_point_distance_m")
    return located(points, [float(line[column]) for line in lines[1:9]], attacker.centre)


def by_reverse(attacker: Attacker) -> LatLon:
    """Ask what is nearest at each point of a fine grid over the cell, for the camp; the hospital is by it."""
    steps = [(n / 10 - 0.5) * attacker.degrees for n in range(11)]
    here = attacker.centre
    grid = [LatLon(here.latitude + north, here.longitude + east) for north in steps for east in steps]
    found = []
    for point in grid:
        answer = attacker.get("/v1/reverse", latitude=point.latitude, longitude=point.longitude)
        there = {"lat": point.latitude, "lon": point.longitude, "format": "jsonv2"}
        attacker.get("/reverse", **there, extratags=1, zoom=18)
        if answer["nearest"]["name"] == "Hidden Camp":
            found.append((point, answer["nearest_distance_m"]))
    body = {"points": [{"latitude": p.latitude, "longitude": p.longitude} for p in grid]}
    attacker.send("/v1/reverse", "POST", json=body)
    return located([p for p, _ in found], [metres for _, metres in found], here)


def by_reconciling(attacker: Attacker) -> LatLon:
    """Reconcile the name beside points, with the distance as a feature of the candidates."""
    points = ring(attacker.centre, radius_m=3000, count=8)
    metres = []
    for p in points:
        near = [{"pid": "near", "v": f"{p.latitude},{p.longitude}"}]
        queries = json.dumps({"q": {"query": "Hidden Hospital", "properties": near}})
        [first, *_] = attacker.get("/reconcile", queries=queries)["q"]["result"]
        metres.append(next(one["value"] for one in first["features"] if one["id"] == "distance_m"))
    return located(points, metres, attacker.centre)


ATTACKS: dict[Attack, float] = {
    by_certainty: _FOUND_M,
    by_stated_distance: _FOUND_M,
    by_probability: _FOUND_M,
    by_shrinking_boxes: _FOUND_M,
    by_shrinking_polygons: 150.0,  # what may lie in the polygon with a part of its radius counts as in it
    by_distances_between_names: _FOUND_M,
    by_enriching: _FOUND_M,
    by_reconciling: _FOUND_M,
    by_reverse: 1500.0,  # it finds the camp, which is that near
}


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
def test_an_attack_finds_the_hospital_at_tier_full_and_only_its_cell_below(
    stage: Stage, attack: Attack
) -> None:
    world = stage.worlds[0]
    error = distance_m(world.hospital, attack(stage.attacker(world, "full")))
    assert error < ATTACKS[attack], f"no attack: {error:.0f} m off at tier full"

    attackers = [stage.attacker(each, stage.tier) for each in stage.worlds]
    estimates = [attack(attacker) for attacker in attackers]
    assert attackers[0].transcript == attackers[1].transcript
    assert estimates[0] == estimates[1]
    errors = [distance_m(w.hospital, e) for w, e in zip(stage.worlds, estimates, strict=True)]
    assert max(errors) >= distance_m(*(w.hospital for w in stage.worlds)) / 2


def by_reading_errors(attacker: Attacker) -> None:
    """Send what can't be answered, for what the refusals quote."""
    for path in (
        "/v1/resolve?text=Hidden+Hospital&area=Nowhere",
        "/v1/resolve?text=Hidden&min_confidence=2",
        "/v1/distance?from=Hidden&to=Hidden+Hospital",
        f"{INCIDENTS}?near=Hidden&within=1km",
        f"{INCIDENTS}?near=Hidden+Hospital&within=1e9km",
        f"{INCIDENTS}?area=Hidden+Hospital",
        f"{AREAS}/{HOSPITAL}",
        f"{PLACES}/{HOSPITAL}?f=csv",
        f"{FACILITIES}/{HOSPITAL}x",
        f"{INCIDENTS}/Hidden+Hospital",
        f"{INCIDENTS}?near=Hidden&within=1km&f=html",
        "/ogc/collections/Hidden",
        f"/v1/places/{HOSPITAL}%00",
        "/v1/ask?question=strikes+within+5+km+of+Hidden",
        "/v1/ask?question=how+far+is+Hidden+Hospital",
        "/search?q=Hidden&debug=1",
        "/reconcile?queries=%7B%22a%22%3A%7B%22query%22%3A%22Hidden%22%2C%22limit%22%3A0%7D%7D",
        "/reconcile?queries=Hidden&extend=Hidden",
        "/reconcile/preview?id=Hidden",
        f"{PLACES}?kind=hospital&cursor=abc",
    ):
        for method in ("GET", "HEAD", "OPTIONS", "PUT"):
            attacker.send(path, method)
    bad = [{"id": "x", "place": "Hidden", "latitude": "a", "longitude": ""}, {"id": "x", "place": "Hidden"}]
    attacker.send("/v1/incidents", "POST", headers=WRITER, json=bad)


def by_counting(attacker: Attacker) -> None:
    """Compare counts and lists with and without kinds, areas, certainties: differences, orders, lengths."""
    attacker.post_probes(ring(attacker.centre, radius_m=4000, count=10), place="Hidden Camp")
    for near in ("hospital", "clinic", "facility", "camp", "settlement"):
        for area in ("SY07", "SY0701", "SY0702"):
            for path in (INCIDENTS, "/v1/incidents/summary"):
                attacker.get(path, near=near, within="4km", area=area)
            attacker.get(PLACES, kind=near, area=area)
            attacker.get("/v1/resolve", text="Hidden", kind=near, area=area, limit=40)
    for text in ("Hidden", "hospital", "hid"):
        attacker.get("/v1/suggest", text=text, limit=50)


@pytest.mark.parametrize("probe", [by_reading_errors, by_counting], ids=lambda probe: probe.__name__)
def test_errors_counts_and_headers_are_the_same_wherever_the_hospital_is(
    stage: Stage, probe: Callable[[Attacker], None]
) -> None:
    attackers = [stage.attacker(world, stage.tier) for world in stage.worlds]
    for attacker in attackers:
        probe(attacker)
    assert len(attackers[0].transcript) > 10
    assert attackers[0].transcript == attackers[1].transcript


def test_no_version_that_is_shown_confirms_a_guess_of_a_position(stage: Stage, tmp_path: Path) -> None:
    """Somebody who knows all else that is in the file writes it anew with guesses, and compares hashes."""
    world = stage.worlds[0]
    below = client_at(stage.tier, world.gazetteer, store=tmp_path / "s.sqlite")
    guessed = tmp_path / "guess.gpkg"
    shutil.copy(world.folder / "world.gpkg", guessed)
    paths = ("/v1/info", "/status?format=json", "/metrics", f"{PLACES}?limit=1")
    shown = "".join(text_of(below.get(path)) for path in paths)
    after = following(below.get(f"{PLACES}?limit=1").get_json()) or ""
    cursor = after.partition("cursor=")[2]
    shown += base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    hashes = []
    with closing(sqlite3.connect(guessed)) as file:
        for step in range(-20, 21):
            latitude = round(world.hospital.latitude + step / 1_000_000, 6)
            file.execute("UPDATE places SET latitude = ? WHERE id = ?", (latitude, HOSPITAL))
            hashes.append(content_hash(file))
    assert world.gazetteer.info().content_hash in hashes  # at tier full the guess is confirmed
    assert [] == [one for one in hashes if one[:16] in shown]


def test_what_is_certain_is_true_and_what_is_not_possible_is_not(stage: Stage) -> None:
    for world in stage.worlds:
        attacker = stage.attacker(world, stage.tier)
        points = ring(world.centre, radius_m=500, count=6) + ring(world.centre, radius_m=9000, count=12)
        days = attacker.post_probes(points)
        truth = {day: distance_m(p, world.hospital) for day, p in zip(days, points, strict=True)}
        seen = set()
        for within in (100, 900, 1500, 4000, 8000, 12_000, 20_000, 30_000):
            found = attacker.get(
                INCIDENTS, near=HOSPITAL, within=f"{within} m", certainty="certain,possible,no"
            )
            for one in found["features"]:
                certainty = one["properties"]["incident_certainty"]
                mine = truth.get(one["properties"].get("id", ""))
                if mine is not None and certainty in ("certain", "no"):
                    seen.add(certainty)
                    assert (mine <= within) == (certainty == "certain")
        assert {"certain", "no"} == seen


def test_the_log_says_the_same_wherever_the_hospital_is(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    lines = []
    for world in stage.worlds:
        attacker = stage.attacker(world, stage.tier)
        caplog.clear()
        with caplog.at_level(logging.INFO, logger="service"):
            by_reading_errors(attacker)
            attacker.get(INCIDENTS, near=HOSPITAL, within="3km")
        records = [vars(record) for record in caplog.records]
        said = [(r["msg"], {k: v for k, v in r.get("fields", {}).items() if k != "ms"}) for r in records]
        assert len(said) > 50
        lines.append(said)
    assert lines[0] == lines[1]
