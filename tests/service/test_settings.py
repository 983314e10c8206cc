import pytest
from pydantic import SecretStr, ValidationError

from service.settings import Settings, is_loopback, network_of


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "[::1]", "localhost", "::ffff:127.0.0.1"])
def test_this_machines_own_addresses_are_loopback(host: str) -> None:
    assert is_loopback(host)
    assert host == Settings(host=host).host


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
    ],
)
def test_an_ipv6_network_counts_as_one_address(address: str, counted: str) -> None:
    assert counted == network_of(address)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.org", "localhost.example.org", ""])
def test_any_other_address_needs_a_key_or_the_tier_public(host: str) -> None:
    assert not is_loopback(host)
    with pytest.raises(ValidationError, match="sensitive"):
        Settings(host=host)
    assert Settings(host=host, tier="public").is_exposed
    assert Settings(host=host, api_key=SecretStr("k" * 32)).is_exposed


def test_a_name_that_others_use_needs_a_key_or_the_tier_public_too() -> None:
    with pytest.raises(ValidationError, match=r"places\.example\.org"):
        Settings(allowed_hosts=("places.example.org",))
    assert not Settings(allowed_hosts=("localhost",)).is_exposed


@pytest.mark.parametrize(
    "host",
    ["{s}", "{s}.org", "tile-{s}.org", "tiles.{s}", "{z}.example.org", "a@example.org", "خريطة.example"],
)
def test_tiles_from_hosts_that_a_policy_cannot_name_are_refused(host: str) -> None:
    with pytest.raises(ValidationError, match=r"tile-\{s\}\.example\.org"):
        Settings(tiles=f"https://{host}/{{z}}/{{x}}/{{y}}.png")


def test_a_key_is_not_shown() -> None:
    assert "secret" not in repr(Settings(api_key=SecretStr("secret" * 4)))


def test_unknown_settings_and_ports_out_of_range_are_refused() -> None:
    for values in ({"hots": "x"}, {"port": 70_000}, {"workers": 0}):
        with pytest.raises(ValidationError):
            Settings.model_validate(values)


def test_settings_never_change() -> None:
    with pytest.raises(ValidationError):
        Settings().port = 1
