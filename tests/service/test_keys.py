"""Keys: who is let in from request to request, what logs never say, the file of keys, and the commands."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from gazetteer.errors import InputError
from service.cli import app, read_expiry
from service.key_file import Key, KeyFile, KeyFileError, default_key_file
from tests.service.auditing import lines_in
from tests.service.serving import Server, serve

HOSPITAL = "/v1/places/cg:al-quds-hospital-aleppo"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
ROWS = b"id,date,place\npress-17,2016-05-30,Saraqeb\n"


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def a_key(keys: KeyFile, name: str = "newsdesk", **changed: Any) -> tuple[str, Key]:
    values: dict[str, Any] = {"tier": "partner", "scope": "read", "expires": None} | changed
    return keys.add(name, **values)


def a_token(path: Path, name: str, *, expired: bool = False, **changed: Any) -> str:
    keys = KeyFile(path, clock=lambda: LONG_AGO if expired else datetime.now(UTC))
    expires = LONG_AGO + timedelta(days=1) if expired else None
    return a_key(keys, name, **{"tier": "full", "expires": expires, **changed})[0]


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("keys") / "keys.json"
    a_token(path, "first")
    return path


@pytest.fixture(scope="module")
def server(keys: Path) -> Iterator[Server]:
    options = ("--keys", str(keys), "--store", str(keys.with_name("store.sqlite")), "--tier", "public")
    with serve(*options, folder=keys.parent) as running:
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


# ------------------------------------------------------------------------------------------------- the file

NOON = datetime(2026, 5, 30, 12, tzinfo=UTC)
ADD_SOME = """
import sys
from pathlib import Path
from service.key_file import KeyFile

for number in range(10):
    KeyFile(Path(sys.argv[1])).add(f"{sys.argv[2]}-{number}", tier="public", scope="read", expires=None)
"""
UNKNOWN = "this key isn't known to the server: ask its operator for one"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys.json"


def test_a_token_finds_its_key_and_no_other_text_does(path: Path) -> None:
    keys = KeyFile(path)
    first, one = a_key(keys)
    second, two = a_key(keys, "another", tier="full", scope="write")
    assert [one, two] == [keys.find(first), keys.find(second)]
    swapped = first[: first.rindex("_")] + second[second.rindex("_") :]
    wrong = first[:-1] + ("a" if first[-1] != "a" else "b")
    for text in ("", "cgk_", wrong, swapped, first + "a", " " + first, one.id, one.digest, "\udcff"):
        assert (None, UNKNOWN) == (keys.find(text), keys.why_refused(text)), text


def test_nothing_in_the_file_lets_anybody_in_and_only_its_owner_may_read_it(path: Path) -> None:
    before = os.umask(0)
    try:
        token, key = a_key(KeyFile(path))
    finally:
        os.umask(before)
    secret = token.rpartition("_")[2]
    assert (64, False, True) == (len(secret), secret in path.read_text(), key.digest in path.read_text())
    assert key.digest not in repr(key)
    assert {"keys.json": 0o600} == {file.name: file.stat().st_mode & 0o777 for file in path.parent.iterdir()}


def test_what_another_process_changes_counts_at_the_next_request_whatever_the_clock(path: Path) -> None:
    server, operator = KeyFile(path), KeyFile(path)
    assert server.find("cgk_") is None
    for days in (-400, 0, 400):
        token, key = a_key(operator)
        assert key == server.find(token)
        operator.revoke("newsdesk")
        moved = path.stat().st_mtime + days * 86_400
        os.utime(path, (moved, moved))
        assert (None, UNKNOWN) == (server.find(token), server.why_refused(token)), days


def test_a_key_counts_until_it_expires_and_only_its_bearer_is_told_that_it_has(path: Path) -> None:
    times = [NOON]
    keys = KeyFile(path, clock=lambda: times[-1])
    token, key = a_key(keys, expires=NOON + timedelta(days=90))
    times.append(NOON + timedelta(days=90, seconds=-1))
    assert key == keys.find(token)
    times.append(NOON + timedelta(days=90))
    assert keys.find(token) is None
    assert keys.why_refused(token).startswith("this key expired on 2026-08-28: ")
    assert UNKNOWN == keys.why_refused(token[:-1] + "_")


def test_a_revoked_key_never_counts_again_but_its_name_is_free(path: Path) -> None:
    times = [NOON]
    keys = KeyFile(path, clock=lambda: times[-1])
    old, _ = a_key(keys)
    for name in ("newsdesk", "environment"):  # the other is that of the key in GAZETTEER_API_KEY
        with pytest.raises(InputError, match=f"there is a key '{name}' already: revoke it first"):
            a_key(keys, name)
    keys.revoke("newsdesk")
    times.append(NOON - timedelta(days=3650))
    new, key = a_key(keys)
    assert [None, key] == [keys.find(old), keys.find(new)]
    keys.revoke("newsdesk")
    assert ["revoked", "revoked"] == [one.state(NOON) for one in keys.listed()]
    with pytest.raises(InputError, match="keys list"):
        keys.revoke("newsdesk")


def test_a_name_that_isnt_plain_is_refused(path: Path) -> None:
    for name in ("", "two words", "-x", "a" * 65, "línea", "a\n", "a/b"):
        with pytest.raises(InputError, match="letters, digits, dots"):
            a_key(KeyFile(path), name)
    assert not path.exists()


def test_commands_at_once_lose_no_key(path: Path) -> None:
    running = [subprocess.Popen([sys.executable, "-c", ADD_SOME, str(path), name]) for name in "abcd"]
    assert [0] * 4 == [process.wait(60) for process in running]
    assert 40 == len({key.name for key in KeyFile(path).listed()})


#: What may be amiss with the keys in a file, and what is said of it.
AMISS: tuple[tuple[Callable[[list[dict[str, Any]]], Any], str], ...] = (
    (lambda keys: keys[0].pop("revoked"), "keys: 0"),
    (lambda keys: keys[0].pop("tier"), "keys: 0"),
    (lambda keys: keys[0].update(tier="everything"), "keys: 0"),
    (lambda keys: keys[0].update(digest=""), "keys: 0"),
    (lambda keys: keys[0].update(expires="2030-01-01T00:00:00"), "keys: 0"),
    (lambda keys: keys[0].update(only_from="192.0.2.7"), "keys: 0"),
    (lambda keys: keys.append(keys[0] | {"id": "0123456789"}), "two keys have the same id or name"),
    (lambda keys: keys.append(keys[0] | {"name": "other"}), "two keys have the same id or name"),
)


def test_a_file_with_anything_amiss_or_cut_short_lets_nobody_in_until_it_is_put_back(path: Path) -> None:
    keys = KeyFile(path)
    token, key = a_key(keys)
    whole = path.read_text()
    for change, why in AMISS:
        content = json.loads(whole)
        change(content["keys"])
        path.write_text(json.dumps(content))
        for ask in (lambda: keys.find(token), keys.listed, lambda: a_key(keys, "more")):
            with pytest.raises(KeyFileError, match=rf"damaged \({why}.*put a copy of it back") as told:
                ask()
            assert key.digest not in str(told.value)
            assert told.value.__context__ is None  # or a log of its causes would quote the file
        assert content == json.loads(path.read_text())
    for cut in (0, 1, -3):
        path.write_text(whole[:cut])
        with pytest.raises(KeyFileError, match="is damaged"):
            keys.find(token)
    path.write_text(whole)
    assert key == keys.find(token)


def test_a_file_that_others_may_use_lets_nobody_in(path: Path) -> None:
    keys = KeyFile(path)
    token, key = a_key(keys)
    for mode in (0o644, 0o640, 0o604, 0o620):
        path.chmod(mode)
        with pytest.raises(KeyFileError, match="chmod 600"):
            keys.find(token)
        path.chmod(0o600)
        assert key == keys.find(token)


def test_a_file_of_another_user_lets_nobody_in(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    token, _ = a_key(KeyFile(path))
    other = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: other)
    with pytest.raises(KeyFileError, match="belongs to another user"):
        KeyFile(path).find(token)


def test_what_root_writes_belongs_to_whom_the_folder_and_then_the_file_belongs(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "fchown", lambda _, user, group: given.append((user, group)))
    a_key(KeyFile(path))
    a_key(KeyFile(path), "another")
    assert [(owner.st_uid, owner.st_gid) for owner in (path.parent.stat(), path.stat())] == given


def test_no_file_is_no_fault_but_one_that_has_gone_is(path: Path) -> None:
    keys = KeyFile(path)
    assert () == keys.listed()
    token, _ = a_key(keys)
    assert keys.find(token)
    path.unlink()
    with pytest.raises(KeyFileError, match="has gone"):
        keys.find(token)


def test_where_it_cant_be_written_nothing_is_changed(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = KeyFile(path)
    a_key(keys)
    before = path.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(KeyFileError, match="No space left on device; nothing was changed"):
        a_key(keys, "more")
    assert before == path.read_bytes()
    assert ["keys.json"] == [file.name for file in path.parent.iterdir()]


def test_a_link_to_the_file_stays_a_link(path: Path, tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    path.symlink_to(tmp_path / "kept" / "real.json")
    token, key = a_key(KeyFile(path))
    assert path.is_symlink()
    assert key == KeyFile(tmp_path / "kept" / "real.json").find(token)


# ------------------------------------------------------------------------------------------- the commands


def run(*arguments: str, path: Path) -> Result:
    return CliRunner().invoke(app, ["keys", *arguments, "--keys", str(path)])


def test_a_new_keys_token_stands_alone_on_standard_output(path: Path) -> None:
    made = run("add", "newsdesk", "--tier", "partner", "--scope", "write", "--expires", "never", path=path)
    token = made.stdout.removesuffix("\n")
    key = KeyFile(path).find(token)
    assert key is not None
    assert ("newsdesk", "partner", "write", None) == (key.name, key.tier, key.scope, key.expires)
    assert token not in made.stderr
    assert "tier partner, scope write, valid until it is revoked." in made.stderr
    assert 0 == made.exit_code


def test_a_key_of_which_nothing_is_said_may_do_little_and_not_for_long(path: Path) -> None:
    key = KeyFile(path).find(run("add", "newsdesk", path=path).stdout.strip())
    assert key is not None
    assert key.expires is not None
    assert ("public", "read", 365) == (key.tier, key.scope, (key.expires - key.created).days)


def test_the_list_shows_what_each_key_is_and_nothing_that_lets_anybody_in(path: Path) -> None:
    tokens = [run("add", name, path=path).stdout.strip() for name in ("one", "two")]
    run("revoke", "one", path=path)
    for listed in (run("list", path=path), run("list", "--json", path=path)):
        assert 0 == listed.exit_code
        assert not [token for token in tokens if token[15:] in listed.output]
        assert not [key for key in KeyFile(path).listed() if key.digest in listed.output]
    rows = run("list", path=path).stdout.splitlines()
    assert ["name", "tier", "scope", "created", "expires", "state"] == rows[0].split()
    states = [("one", "revoked"), ("two", "valid")]
    assert states == [(row.split()[0], row.split()[-1]) for row in rows[2:]]
    listed_keys = json.loads(run("list", "--json", path=path).stdout)
    assert states == [(key["name"], key["state"]) for key in listed_keys]


def test_without_keys_the_list_says_how_to_make_one(path: Path) -> None:
    listed = run("list", path=path)
    assert (0, "", True) == (listed.exit_code, listed.stdout, "keys add NAME" in listed.stderr)
    assert "[]\n" == run("list", "--json", path=path).stdout


def test_what_cant_be_used_is_refused_in_one_line(path: Path) -> None:
    run("add", "taken", path=path)
    before = path.read_text()
    for arguments, said in {
        ("add", "two words"): "64 letters",
        ("add", "taken"): "revoke it first",
        ("add", "old", "--expires", "2020-01-01"): "choose a day to come",
        ("add", "old", "--expires", "tomorrow"): "write a day as 2027-01-01",
        ("revoke", "nobody"): "'gazetteer-serve keys list' shows which there are",
    }.items():
        refused = run(*arguments, path=path)
        assert (2, "", 1) == (refused.exit_code, refused.stdout, len(refused.stderr.splitlines()))
        assert said in refused.stderr
        assert before == path.read_text()


def test_a_folder_that_isnt_there_is_the_users_matter(tmp_path: Path) -> None:
    refused = run("add", "newsdesk", path=tmp_path / "nowhere" / "keys.json")
    assert (2, True) == (refused.exit_code, "make it first" in refused.stderr)


def test_a_damaged_file_is_a_failure_and_stays_as_it_is(path: Path) -> None:
    path.write_text("{}{")
    path.chmod(0o600)
    for arguments in (("add", "newsdesk"), ("list",), ("revoke", "newsdesk")):
        failed = run(*arguments, path=path)
        assert (1, "", 1) == (failed.exit_code, failed.stdout, len(failed.stderr.splitlines()))
        assert "is damaged" in failed.stderr
    assert "{}{" == path.read_text()


def test_the_users_own_folder_is_made_for_its_owner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))
    monkeypatch.setenv("HOME", str(tmp_path))
    made = CliRunner().invoke(app, ["keys", "add", "newsdesk"])
    assert 0 == made.exit_code, made.output
    assert tmp_path in default_key_file().parents
    assert 0o700 == default_key_file().parent.stat().st_mode & 0o777
    assert KeyFile(default_key_file()).find(made.stdout.strip())


def test_a_time_to_expire_is_a_day_or_so_many_days_from_now_or_never() -> None:
    for text, expected in {
        "never": None,
        "2027-01-01": datetime(2027, 1, 1, tzinfo=UTC),
        "90d": datetime(2026, 8, 28, 12, tzinfo=UTC),
        "1d": datetime(2026, 5, 31, 12, tzinfo=UTC),
    }.items():
        assert expected == read_expiry(text, now=NOON.replace(microsecond=5))
    for text in ("", "0d", "-1d", "999999d", "90", "Never", "2027-13-01", "2027", "d", "٩٠d x"):
        with pytest.raises(InputError, match="a number of days as 90d, or never"):
            read_expiry(text, now=NOON.replace(microsecond=5))
