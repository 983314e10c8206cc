"""A real server with a file of keys: who is let in from request to request, and what logs never say."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from service.key_file import KeyFile
from tests.service.auditing import lines_in
from tests.service.serving import Server, serve

HOSPITAL = "/v1/places/cg:al-quds-hospital-aleppo"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
ROWS = b"id,date,place\npress-17,2016-05-30,Saraqeb\n"


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def a_token(path: Path, name: str, *, expired: bool = False, **changed: Any) -> str:
    values: dict[str, Any] = {"tier": "full", "scope": "read", "expires": None} | changed
    if expired:
        made = KeyFile(path, clock=lambda: LONG_AGO)
        return made.add(name, **{**values, "expires": LONG_AGO + timedelta(days=1)})[0]
    return KeyFile(path).add(name, **values)[0]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys")


@pytest.fixture(scope="module")
def keys(folder: Path) -> Path:
    a_token(folder / "keys.json", "first")
    return folder / "keys.json"


@pytest.fixture(scope="module")
def server(folder: Path, keys: Path) -> Iterator[Server]:
    options = ("--keys", str(keys), "--store", str(folder / "store.sqlite"), "--tier", "public")
    with serve(*options, folder=folder) as running:
        yield running


def precision_of(server: Server, token: str | None) -> float | None:
    """Return the side of the cell that a hospital is put in."""
    status, text = server.get(HOSPITAL, headers=bearer(token) if token else {})
    assert 200 == status, text
    degrees: float | None = json.loads(text).get("generalised_to_deg")
    return degrees


def test_each_key_is_answered_at_its_tier(server: Server, keys: Path) -> None:
    tokens = [a_token(keys, tier, tier=tier) for tier in ("full", "partner", "public")]
    assert [None, 0.01, 0.1, 0.1] == [precision_of(server, token) for token in (*tokens, None)]


def test_a_key_counts_and_counts_no_more_without_a_restart(server: Server, keys: Path) -> None:
    token = a_token(keys, "coming-and-going")
    assert {200} == {server.get(HOSPITAL, headers=bearer(token))[0] for _ in range(4)}
    KeyFile(keys).revoke("coming-and-going")
    assert {403} == {server.get(HOSPITAL, headers=bearer(token))[0] for _ in range(4)}
    expired = a_token(keys, "old", expired=True)
    told = {"this key expired on 2020-01-02": expired, "isn't known": expired[:-1] + "_"}
    for words, sent in told.items():  # only its bearer is told that it has expired
        status, text = server.get(HOSPITAL, headers=bearer(sent))
        assert (403, True) == (status, words in text), text


def test_a_damaged_file_lets_nobody_in_and_the_server_isnt_ready(server: Server, keys: Path) -> None:
    token = a_token(keys, "before-the-damage")
    whole = keys.read_bytes()
    assert 200 == server.get(HOSPITAL, headers=bearer(token))[0]
    try:
        keys.write_bytes(whole[:-20])
        assert {503} == {server.get(HOSPITAL, headers=bearer(token))[0] for _ in range(4)}
        status, text = server.get("/readyz")
        assert (503, True) == (status, "file of keys" in text)
        assert 200 == server.get(HOSPITAL)[0]  # whoever brings none is answered as before
    finally:
        keys.write_bytes(whole)
    assert 200 == server.get(HOSPITAL, headers=bearer(token))[0]
    assert 200 == server.get("/readyz")[0]


@pytest.mark.parametrize("level", ["debug", "info", "warning"])
def test_no_log_at_any_level_holds_a_key(tmp_path: Path, level: str) -> None:
    """Nor does any log above "debug" hold what was asked."""
    keys = tmp_path / "keys.json"
    right, writer = a_token(keys, "right"), a_token(keys, "writer", scope="write")
    revoked, old = a_token(keys, "revoked"), a_token(keys, "old", expired=True)
    KeyFile(keys).revoke("revoked")
    digests = [key.digest for key in KeyFile(keys).listed()]
    unknown, environment = right[:-8] + "abcdefgh", "0123456789abcdef0123456789abcdef"
    sent = {"right": right, "writer": writer, "revoked": revoked, "old": old, "unknown": unknown}
    sent |= {"environment": environment, "other": "a-key-of-another-service-altogether"}
    store = str(tmp_path / "store.sqlite")
    options = ("--keys", str(keys), "--log-level", level, "--store", store)
    redis = "redis://me:pass-of-redis@127.0.0.1:1"
    secret = {"GAZETTEER_API_KEY": environment, "GAZETTEER_RATE_LIMITS_AT": redis}
    with serve(*options, folder=tmp_path, **secret) as server:
        for token in sent.values():
            for target in (HOSPITAL, "/v1/resolve?text=Kafranbel", "/v1/resolve?wrong=Kafranbel", "/metrics"):
                server.get(target, headers=bearer(token))
            server.get("/v1/resolve?text=Kafranbel", headers={"Authorization": token})
            head = f"POST /v1/incidents HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
            rest = f"Content-Type: text/csv\r\nContent-Length: {len(ROWS)}\r\nConnection: close\r\n\r\n"
            server.raw(head.encode() + rest.encode() + ROWS)
            server.raw(head.encode() + b"Broken\r\n\r\n")
        keys.write_bytes(keys.read_bytes()[:-30])  # what is said of a damaged file mustn't quote it
        server.get(HOSPITAL, headers=bearer(right))
    said = {file.name: file.read_text("utf-8", "replace") for file in tmp_path.glob("*") if file != keys}
    said = {name: text for name, text in said.items() if "store.sqlite" not in name}
    assert {"server.log", "audit.jsonl", "audit-refused.jsonl"} <= said.keys()
    told_to = {line["who"] for line in lines_in(tmp_path / "audit.jsonl") if line["what"] == "read"}
    assert {"key right", "key writer", "key environment"} == told_to
    secrets = [*(token.rpartition("_")[2] for token in sent.values()), *digests, "pass-of-redis"]
    assert [] == [(name, text) for name, text in said.items() if any(one in text for one in secrets)]
    assert ("debug" == level) == ("Kafranbel" in said["server.log"])
    assert "key file" in said["server.log"]  # the failure itself is logged, at every level
    rest = "".join(text for name, text in said.items() if name != "server.log")
    assert not [text for text in ("Kafranbel", "al-quds", "press-17", "Saraqeb") if text in rest]
