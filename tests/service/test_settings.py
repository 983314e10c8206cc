import pytest
from pydantic import ValidationError

from service.settings import Settings, is_loopback


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "[::1]", "localhost"])
def test_this_machines_own_addresses_are_loopback(host: str) -> None:
    assert is_loopback(host)
    assert host == Settings(host=host).host


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.org", "localhost.example.org", ""])
def test_any_other_address_is_refused_with_the_reason(host: str) -> None:
    assert not is_loopback(host)
    with pytest.raises(ValidationError, match="sensitive"):
        Settings(host=host)


def test_unknown_settings_and_ports_out_of_range_are_refused() -> None:
    for values in ({"hots": "x"}, {"port": 70_000}, {"workers": 0}):
        with pytest.raises(ValidationError):
            Settings.model_validate(values)


def test_settings_never_change() -> None:
    with pytest.raises(ValidationError):
        Settings().port = 1
