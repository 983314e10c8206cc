"""An agent's door: its tools over both transports, what it refuses, and how much it may be told."""

import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from mcp import Client, StdioServerParameters
from mcp.types import CallToolResult
from typer.testing import CliRunner

from gazetteer.errors import InputError
from gazetteer.privacy.tiers import TIERS, Tier
from service.app import create_app
from service.mcp import TOKEN_VARIABLE, TOOLS, Door, RefusedError, app, door_here, door_to, server_of
from service.settings import Settings
from tests.fakes import FakeGazetteer
from tests.ports import free_port
from tests.service.conftest import TABLE
from tests.service.harm.clients import BELOW_FULL
from tests.service.harm.small_worlds import HOSPITAL, SmallWorld, a_small_world
from tests.service.serving import run_server, serve

OPEN = "from service.mcp import main; main()"
#: An argument list for each tool, and what its answer must have.
CALLS: list[tuple[str, dict[str, Any], str]] = [
    ("resolve", {"text": "Serakib", "area": "Idlib"}, "matches"),
    ("geoparse", {"text": "Shells fell on Saraqeb.", "local": True}, "mentions"),
    ("reverse", {"latitude": 35.93, "longitude": 36.63}, "areas"),
    ("distance", {"from": "Aleppo", "to": "Idlib"}, "min_m"),
    ("near", {"near": "hospital", "within": "5 km", "from": "2016-05-01"}, "incidents"),
    ("ask", {"question": "nearest hospital to Saraqeb"}, "read_as"),
]


def called(server: Any, *calls: tuple[str, dict[str, Any]]) -> list[CallToolResult]:
    """Ask a server, over whatever leads to it, by the SDK's own client."""

    async def ask() -> list[CallToolResult]:
        async with Client(server) as client:
            assert list(TOOLS) == [tool.name for tool in (await client.list_tools()).tools]
            return [await client.call_tool(name, given) for name, given in calls]

    with ThreadPoolExecutor(max_workers=1) as pool:  # the browser of other tests leaves a loop in this thread
        return pool.submit(anyio.run, ask).result()


def check_answers(server: Any) -> None:
    answers = called(server, *((name, given) for name, given, _ in CALLS))
    for (name, _, has), answer in zip(CALLS, answers, strict=True):
        found = answer.structured_content
        assert not answer.is_error and found, (name, answer)
        assert has in found and found["sources"], name
        assert found == json.loads(answer.content[0].text), name  # type: ignore[union-attr]


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("agents") / "incidents.csv"
    path.write_text(TABLE, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def door(table: Path) -> Door:
    return door_here(Settings(incidents=table, tier="public"))


def test_every_tool_answers_with_its_sources_over_standard_streams(table: Path) -> None:
    there = {"PYTHONPATH": os.pathsep.join(sys.path)} | {
        name: value for name, value in os.environ.items() if name.startswith("XDG_")
    }
    arguments = ["-c", OPEN, "--incidents", str(table)]
    check_answers(StdioServerParameters(command=sys.executable, args=arguments, env=there))


def test_every_tool_answers_with_its_sources_over_http(table: Path, tmp_path: Path) -> None:
    with run_server(OPEN, "--http", "0", "--incidents", str(table), folder=tmp_path) as server:
        check_answers(f"http://{server.address}/mcp")
        foreign = {"Host": "evil.example", "Content-Type": "application/json"}
        assert 421 == server.get("/mcp", foreign, "POST", b"{}")[0]


def test_a_running_service_is_asked_at_the_tier_of_its_keyless_requests(table: Path, tmp_path: Path) -> None:
    with serve("--incidents", str(table), "--tier", "public", folder=tmp_path) as service:
        door = door_to(f"http://{service.address}")
        with door.client:
            check_answers(server_of(door))


def test_a_match_has_confidence_radius_position_and_areas_and_no_more_than_asked_for(door: Door) -> None:
    found = door.call("resolve", {"text": "Serakib", "area": "Idlib", "limit": 1})
    assert "resolved" == found["status"]
    (match,) = found["matches"]
    assert {"id", "latitude", "longitude", "uncertainty_m", "confidence", "why"} <= set(match)
    assert match["areas"].startswith("Saraqab (SY070003), Idleb (SY0700)")


def test_what_cannot_be_answered_is_one_sentence_in_a_result_marked_as_an_error(door: Door) -> None:
    refused: list[tuple[str, dict[str, Any], str]] = [
        ("resolve", {}, "resolve needs 'text'"),
        ("resolve", {"text": "Idlib", "format": "csv"}, "resolve takes text, area, kind, limit"),
        ("resolve", {"text": "Idlib", "area": "Nowhereland"}, "no area is called 'Nowhereland'"),
        ("resolve", {"text": ["Idlib"]}, "text is one text or number"),
        ("resolve", {"text": "\ud800"}, "half of a character"),
        ("resolve", {"text": "Idlib", "limit": 0}, "limit"),
        ("geoparse", {"text": 3}, "text: input should be a valid string"),
        ("reverse", {"latitude": 91, "longitude": 0}, "latitude"),
        ("distance", {"from": "Atlantis", "to": "Idlib"}, "from 'Atlantis' was not found"),
        ("near", {"near": "hospital"}, "near needs 'within'"),
        ("near", {"near": "hospital", "within": "5"}, "5"),
        ("ask", {"question": "how high is it"}, "ask for example"),
        ("bomb", {}, "there is no tool 'bomb'"),
    ]
    for name, given, words in refused:
        with pytest.raises(RefusedError, match=re.escape(words)) as error:
            door.call(name, given)
        assert "\n" not in str(error.value), (name, given)
    (answer,) = called(server_of(door), ("ask", {"question": "how high is it"}))
    assert (True, None) == (answer.is_error, answer.structured_content)


def test_without_incidents_the_option_that_brings_them_is_named() -> None:
    transport = httpx.WSGITransport(app=create_app(Settings(), FakeGazetteer()))
    client = httpx.Client(transport=transport, base_url="http://localhost")
    for is_here, words in ((True, "start gazetteer-mcp with --incidents"), (False, "Start gazetteer-serve")):
        for name, given in (
            ("near", {"near": "hospital", "within": "5 km"}),
            ("ask", {"question": "how many incidents"}),
        ):
            with pytest.raises(RefusedError, match=words):
                Door(client, is_here=is_here).call(name, given)


# ------------------------------------------------------------------------------------- what is told


def asking(tier: Tier, most: Tier | None) -> Door:
    """Return a door that may tell so much, over a service that answers so."""
    transport = httpx.WSGITransport(app=create_app(Settings(tier=tier), FakeGazetteer()))
    return Door(httpx.Client(transport=transport, base_url="http://localhost"), most)


def test_a_service_that_tells_more_than_an_agent_may_know_is_not_asked() -> None:
    for tier in TIERS:
        for most in TIERS:
            door = asking(tier, most)
            if TIERS.index(tier) >= TIERS.index(most):
                assert "resolved" == door.call("resolve", {"text": "Idlib"})["status"]
                continue
            with pytest.raises(RefusedError, match=f"tier {tier}.*no more than {most}"):
                door.call("resolve", {"text": "Idlib"})


def test_without_a_key_and_a_tier_an_agent_is_told_what_is_public() -> None:
    url = "https://gazetteer.example"
    told: dict[Any, Tier | None] = {("", None): "public", ("key", None): None, ("key", "public"): "public"}
    for (token, tier), most in told.items():
        assert most == door_to(url, token=token, tier=tier).most


def test_a_file_is_told_of_at_tier_public_unless_the_command_says_otherwise(
    table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Any] = []
    monkeypatch.setattr("service.mcp._serve_streams", opened.append)
    monkeypatch.setenv("GAZETTEER_TIER", "full")  # which is for servers
    for given, degrees in (((), 0.1), (("--tier", "partner"), 0.01), (("--tier", "full"), None)):
        result = CliRunner().invoke(app, ["--incidents", str(table), *given])
        assert 0 == result.exit_code, result.output
        (answer,) = called(opened.pop(), ("resolve", {"text": "Idlib National Hospital"}))
        assert answer.structured_content
        assert degrees == answer.structured_content["matches"][0].get("generalised_to_deg")


def test_a_key_does_not_travel_unencrypted_and_an_address_is_one() -> None:
    for url in ("http://gazetteer.example", "gazetteer.example", "ftp://x", "http://[", ""):
        with pytest.raises(InputError, match=r"(use|write it as) https"):
            door_to(url, token="secret")


def test_what_is_no_service_is_said_to_be_none() -> None:
    answers: list[Callable[[httpx.Request], httpx.Response]] = [
        lambda _: httpx.Response(200, text="<html>"),
        lambda _: httpx.Response(200, json=[]),
        lambda _: httpx.Response(200, json={"tier": "public", "matches": 1}),
        lambda _: httpx.Response(200, json={"tier": "secret"}),
    ]
    for answer in answers:
        client = httpx.Client(transport=httpx.MockTransport(answer), base_url="http://localhost")
        with pytest.raises(RefusedError, match="no gazetteer service"):
            Door(client, "public").call("resolve", {"text": "Idlib"})


def test_wrong_use_of_the_command_ends_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(TOKEN_VARIABLE, raising=False)
    nobody = f"http://127.0.0.1:{free_port()}"
    wrong = {
        ("--tier", "secret"): (2, "'secret' is not one of full, partner, public"),
        ("--url", nobody): (1, "can't be asked"),
        ("--url", nobody, "--incidents", "x.csv"): (2, "leave one out"),
        ("--incidents", "missing.csv"): (2, "missing.csv"),
    }
    for given, (code, words) in wrong.items():
        result = CliRunner().invoke(app, given)
        assert code == result.exit_code, result.output
        assert result.output.startswith("gazetteer-mcp: ") and words in result.output
    monkeypatch.setitem(sys.modules, "mcp", None)  # as without the extra
    assert "pip install 'conflict-gazetteer[mcp]'" in CliRunner().invoke(app, []).output


@pytest.fixture(scope="module", params=BELOW_FULL)
def worlds(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Tier, tuple[SmallWorld, SmallWorld]]]:
    folder = tmp_path_factory.mktemp("worlds")
    one, other = (a_small_world(folder / f"{corner}", request.param, corner=corner) for corner in (-1, 1))
    yield request.param, (one, other)


def told_of(world: SmallWorld, tier: Tier, at: str) -> list[Any]:
    """Return what an agent hears that asks about a hospital by every tool, beside a position."""
    table = world.folder / "incidents.csv"
    places = ("Hidden Hospital", "2 km north of Hidden Hospital", "Hidden Clinic", "Saraqib")
    rows = [f"{n},2016-05-3{n % 2},{place}" for n, place in enumerate(places)]
    table.write_text("\n".join(["id,date,place", *rows, ""]), "utf-8")
    door = door_here(Settings(gazetteer=world.folder / "world.gpkg", incidents=table, tier=tier))
    latitude, longitude = map(float, at.split(","))
    names = ("Hidden Hospital", HOSPITAL, "2 km north of Hidden Hospital", "Hidden Clinic", at)
    calls: list[tuple[str, dict[str, Any]]] = [("reverse", {"latitude": latitude, "longitude": longitude})]
    for name in names:
        calls += [
            ("resolve", {"text": name}),
            ("geoparse", {"text": f"Shells fell on {name} and on Saraqib.", "local": True}),
            ("distance", {"from": name, "to": "Saraqib"}),
            ("distance", {"from": at, "to": name}),
            *(("near", {"near": name, "within": f"{km} km", "limit": 100}) for km in (1, 3, 6)),
            ("ask", {"question": f"strikes within 3 km of {name}"}),
            ("ask", {"question": f"distance from {name} to Idlib"}),
            ("ask", {"question": f"nearest hospital to {name}"}),
        ]
    heard: list[Any] = []
    for name, given in calls:
        try:
            heard.append(door.call(name, given))
        except RefusedError as error:
            heard.append(str(error))
    return heard


def test_two_worlds_that_differ_inside_cells_sound_alike_to_an_agent(
    worlds: tuple[Tier, tuple[SmallWorld, SmallWorld]],
) -> None:
    tier, (one, other) = worlds
    at = f"{one.hospital.latitude},{one.hospital.longitude}"
    for first, second in zip(told_of(one, tier, at), told_of(other, tier, at), strict=True):
        assert first == second
    assert told_of(one, "full", at) != told_of(other, "full", at)
