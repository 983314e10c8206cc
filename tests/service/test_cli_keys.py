"""`gazetteer-serve keys`: what it prints, and what it refuses in one line."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from gazetteer.errors import InputError
from service.cli import app, read_expiry
from service.key_file import KeyFile, default_key_file

NOON = datetime(2026, 5, 30, 12, 0, 0, 5, tzinfo=UTC)


def run(*arguments: str, path: Path) -> Result:
    return CliRunner().invoke(app, ["keys", *arguments, "--keys", str(path)])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys.json"


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
    assert [("one", "revoked"), ("two", "valid")] == [(row.split()[0], row.split()[-1]) for row in rows[2:]]
    assert [("one", "revoked"), ("two", "valid")] == [
        (key["name"], key["state"]) for key in json.loads(run("list", "--json", path=path).stdout)
    ]


def test_a_revoked_key_is_revoked_at_once(path: Path) -> None:
    token = run("add", "newsdesk", path=path).stdout.strip()
    server = KeyFile(path)
    assert server.find(token)
    assert 0 == run("revoke", "newsdesk", path=path).exit_code
    assert server.find(token) is None


def test_without_keys_the_list_says_how_to_make_one(path: Path) -> None:
    listed = run("list", path=path)
    assert (0, "", True) == (listed.exit_code, listed.stdout, "keys add NAME" in listed.stderr)
    assert "[]\n" == run("list", "--json", path=path).stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add", "two words"), "64 letters"),
        (("add", "taken"), "revoke it first"),
        (("add", "old", "--expires", "2020-01-01"), "choose a day to come"),
        (("add", "old", "--expires", "tomorrow"), "write a day as 2027-01-01"),
        (("revoke", "nobody"), "'gazetteer-serve keys list' shows which there are"),
    ],
)
def test_what_cant_be_used_is_refused_in_one_line(path: Path, arguments: tuple[str, ...], said: str) -> None:
    run("add", "taken", path=path)
    before = path.read_text()
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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("never", None),
        ("2027-01-01", datetime(2027, 1, 1, tzinfo=UTC)),
        ("90d", datetime(2026, 8, 28, 12, tzinfo=UTC)),
        ("1d", datetime(2026, 5, 31, 12, tzinfo=UTC)),
    ],
)
def test_a_time_to_expire_is_a_day_or_so_many_days_from_now(text: str, expected: datetime | None) -> None:
    assert expected == read_expiry(text, now=NOON)


@pytest.mark.parametrize(
    "text", ["", "0d", "-1d", "999999d", "90", "Never", "2027-13-01", "2027", "d", "٩٠d x"]
)
def test_any_other_time_to_expire_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="a number of days as 90d, or never"):
        read_expiry(text, now=NOON)
