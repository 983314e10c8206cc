"""What an operator may set, by options, the environment and the user's folders, and what is refused."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from gazetteer.errors import InputError
from service.key_file import KeyFile, default_key_file
from service.settings import Settings, is_loopback, settings_of
from tests.service.asking import KEY


def test_an_address_that_others_reach_needs_a_key_or_the_tier_public() -> None:
    for host in ("127.0.0.1", "127.1.2.3", "::1", "[::1]", "localhost", "::ffff:127.0.0.1"):
        assert is_loopback(host)
        assert not Settings(host=host, allowed_host=("localhost",)).is_exposed
    for host in ("0.0.0.0", "::", "192.168.1.5", "example.org", "localhost.example.org", ""):
        assert not is_loopback(host)
        with pytest.raises(ValidationError, match="sensitive"):
            Settings(host=host)
        assert Settings(host=host, tier="public").is_exposed
        assert Settings(host=host, api_key=SecretStr(KEY)).is_exposed
    with pytest.raises(ValidationError, match=r"places\.example\.org"):
        Settings(allowed_host=("places.example.org",))


def test_the_environment_sets_what_no_option_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GAZETTEER_PORT", "8081")
    monkeypatch.setenv("GAZETTEER_TIER", "public")
    monkeypatch.setenv("GAZETTEER_ALLOWED_HOST", "a.example, B.example")
    monkeypatch.setenv("GAZETTEER_API_KEY", f" {KEY} ")
    found = settings_of({"port": "8082"})
    assert (8082, "public", ("a.example", "B.example")) == (found.port, found.tier, found.allowed_host)
    assert found.api_key is not None
    assert KEY == found.api_key.get_secret_value()


def test_the_users_keys_are_taken_and_a_server_with_keys_writes_an_audit_log(tmp_path: Path) -> None:
    assert (None, None) == (settings_of({}).keys, settings_of({}).audit)
    KeyFile(default_key_file()).add("desk", tier="public", scope="read", expires=None)
    found = settings_of({"store": str(tmp_path / "store.sqlite")})
    assert (default_key_file(), tmp_path / "audit.jsonl") == (found.keys, found.audit)
    assert "audit.jsonl" == str(settings_of({}).audit and settings_of({}).audit.name)  # type: ignore[union-attr]
    default_key_file().unlink()


def test_secrets_are_not_shown() -> None:
    secret = "secret" * 4
    shown = Settings(api_key=SecretStr(secret), store=f"postgresql://me:{secret}@host/db")  # type: ignore[arg-type]
    assert "secret" not in repr(shown)


def test_what_can_not_be_used_is_refused_in_a_sentence() -> None:
    refused: dict[str, list[Any]] = {
        "hots": ["x"],
        "port": [70_000, -1],
        "max_body_mb": [0],
        "max_rows": [0],
        "trusted_proxies": [11],
        "tier": ["secret"],
        "rate_limit": ["300", "0/minute", "300/fortnight", "-1/second", "many", "1/minute;x"],
        "key_rate_limit": ["300"],
        "sensitive": [("governorate",), ("elf",)],
        "withhold_names": [("full",), ("all",)],
        "allow_origin": [("*",), ("https://example.org/path",), ("example.org",)],
        "allowed_host": [("https://example.org",), ("example.org:80",), ("*.example.org",)],
        "publish": [("url",)],
        "public_table": [True],
        "api_key": ["hunter2"],
        "tiles": [
            f"https://{host}/{{z}}/{{x}}/{{y}}.png"
            for host in ("{s}", "{s}.org", "tiles.{s}", "{z}.example.org", "a@example.org", "خريطة.example")
        ],
    }
    for name, values in refused.items():
        for value in values:
            with pytest.raises(InputError) as caught:
                settings_of({"tier": "public", name: value})
            assert 1 == len(str(caught.value).splitlines()), name
            assert ("write it as 300/minute" in str(caught.value)) == name.endswith("rate_limit")
            assert "hunter2" not in str(caught.value)


def test_settings_never_change() -> None:
    with pytest.raises(ValidationError):
        Settings().port = 1
