"""The file of keys: who is let in, who isn't, and that it never lets anybody in by mistake."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gazetteer.errors import InputError
from service.key_file import Key, KeyFile, KeyFileError

NOON = datetime(2026, 5, 30, 12, tzinfo=UTC)
ADD_SOME = """
import sys
from pathlib import Path
from service.key_file import KeyFile

for number in range(10):
    KeyFile(Path(sys.argv[1])).add(f"{sys.argv[2]}-{number}", tier="public", scope="read", expires=None)
"""
UNKNOWN = "this key isn't known to the server: ask its operator for one"


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


def a_key(keys: KeyFile, name: str = "newsdesk", **changed: Any) -> tuple[str, Key]:
    values: dict[str, Any] = {"tier": "partner", "scope": "read", "expires": None} | changed
    return keys.add(name, **values)


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


@pytest.mark.parametrize("days", [-400, 0, 400])
def test_what_another_process_changes_counts_at_the_next_request_whatever_the_clock(
    path: Path, days: int
) -> None:
    server, operator = KeyFile(path), KeyFile(path)
    assert server.find("cgk_") is None
    token, key = a_key(operator)
    assert key == server.find(token)
    operator.revoke("newsdesk")
    moved = path.stat().st_mtime + days * 86_400
    os.utime(path, (moved, moved))
    assert (None, UNKNOWN) == (server.find(token), server.why_refused(token))


def test_a_key_counts_until_it_expires_and_only_its_bearer_is_told_that_it_has(path: Path) -> None:
    keys = KeyFile(path, clock=(clock := Clock()))
    token, key = a_key(keys, expires=NOON + timedelta(days=90))
    clock.now = NOON + timedelta(days=90, seconds=-1)
    assert key == keys.find(token)
    clock.now = NOON + timedelta(days=90)
    assert keys.find(token) is None
    assert keys.why_refused(token).startswith("this key expired on 2026-08-28: ")
    assert UNKNOWN == keys.why_refused(token[:-1] + "_")


def test_a_revoked_key_never_counts_again_but_its_name_is_free(path: Path) -> None:
    keys = KeyFile(path, clock=(clock := Clock()))
    old, _ = a_key(keys)
    for name in ("newsdesk", "environment"):  # the other is that of the key in GAZETTEER_API_KEY
        with pytest.raises(InputError, match=f"there is a key '{name}' already: revoke it first"):
            a_key(keys, name)
    keys.revoke("newsdesk")
    clock.now = NOON - timedelta(days=3650)
    new, key = a_key(keys)
    assert [None, key] == [keys.find(old), keys.find(new)]
    keys.revoke("newsdesk")
    assert ["revoked", "revoked"] == [one.state(NOON) for one in keys.listed()]
    with pytest.raises(InputError, match="keys list"):
        keys.revoke("newsdesk")


@pytest.mark.parametrize("name", ["", "two words", "-x", "a" * 65, "línea", "a\n", "a/b"])
def test_a_name_that_isnt_plain_is_refused(path: Path, name: str) -> None:
    with pytest.raises(InputError, match="letters, digits, dots"):
        a_key(KeyFile(path), name)
    assert not path.exists()


def test_a_key_that_has_expired_already_is_refused(path: Path) -> None:
    with pytest.raises(InputError, match="in the past"):
        a_key(KeyFile(path, clock=Clock()), expires=NOON)


def test_commands_at_once_lose_no_key(path: Path) -> None:
    running = [subprocess.Popen([sys.executable, "-c", ADD_SOME, str(path), name]) for name in "abcd"]
    assert [0] * 4 == [process.wait(60) for process in running]
    assert 40 == len({key.name for key in KeyFile(path).listed()})


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda keys: keys[0].pop("revoked"), "keys: 0"),
        (lambda keys: keys[0].pop("tier"), "keys: 0"),
        (lambda keys: keys[0].update(tier="everything"), "keys: 0"),
        (lambda keys: keys[0].update(digest=""), "keys: 0"),
        (lambda keys: keys[0].update(expires="2030-01-01T00:00:00"), "keys: 0"),
        (lambda keys: keys[0].update(only_from="192.0.2.7"), "keys: 0"),
        (lambda keys: keys.append(keys[0] | {"id": "0123456789"}), "two keys have the same id or name"),
        (lambda keys: keys.append(keys[0] | {"name": "other"}), "two keys have the same id or name"),
    ],
)
def test_a_file_with_anything_amiss_lets_nobody_in(
    path: Path, change: Callable[[list[dict[str, Any]]], Any], why: str
) -> None:
    keys = KeyFile(path)
    token, key = a_key(keys)
    content = json.loads(path.read_text())
    change(content["keys"])
    path.write_text(json.dumps(content))
    for ask in (lambda: keys.find(token), keys.listed, lambda: a_key(keys, "more")):
        with pytest.raises(
            KeyFileError, match=rf"keys.json is damaged \({why}.*put a copy of it back"
        ) as told:
            ask()
        assert key.digest not in str(told.value)
        assert told.value.__context__ is None  # or a log of its causes would quote the file
    assert content == json.loads(path.read_text())


@pytest.mark.parametrize("cut", [0, 1, -3])
def test_a_file_cut_short_lets_nobody_in_until_it_is_put_back(path: Path, cut: int) -> None:
    keys = KeyFile(path)
    token, key = a_key(keys)
    whole = path.read_bytes()
    path.write_bytes(whole[:cut])
    with pytest.raises(KeyFileError, match="is damaged"):
        keys.find(token)
    path.write_bytes(whole)
    assert key == keys.find(token)


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620])
def test_a_file_that_others_may_use_lets_nobody_in(path: Path, mode: int) -> None:
    keys = KeyFile(path)
    token, key = a_key(keys)
    assert keys.find(token)
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
