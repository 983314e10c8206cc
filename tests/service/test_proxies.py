"""Which address a request comes from when proxies stand between, and what never counts as this machine."""

import pytest
from service.proxies import where_from

PROXY = {"REMOTE_ADDR": "127.0.0.1"}


@pytest.mark.parametrize(
    ("trusted", "given", "address"),
    [
        (0, "192.0.2.1", "127.0.0.1"),
        (1, "192.0.2.1", "192.0.2.1"),
        (1, "198.51.100.9, 192.0.2.1", "192.0.2.1"),
        (2, "198.51.100.9, 192.0.2.1, 10.0.0.1", "192.0.2.1"),
        (2, "192.0.2.1", "127.0.0.1"),
        (1, "2001:db8::1", "2001:db8::1"),
        (1, "[2001:db8::1]:443", "2001:db8::1"),
        (1, "192.0.2.1:50000", "192.0.2.1"),
        (1, "unknown", "127.0.0.1"),
        (1, "", "127.0.0.1"),
        (1, "a" * 9000, "127.0.0.1"),
    ],
)
def test_the_address_is_the_one_that_the_farthest_trusted_proxy_wrote(
    trusted: int, given: str, address: str
) -> None:
    environ = {**PROXY, "HTTP_X_FORWARDED_FOR": given}
    assert (address, False) == where_from(environ, trusted_proxies=trusted)


def test_what_left_of_the_trusted_ones_is_written_is_not_believed() -> None:
    for forged in ("127.0.0.1", "127.0.0.1, 127.0.0.1", "::1"):
        environ = {**PROXY, "HTTP_X_FORWARDED_FOR": f"{forged}, 192.0.2.1"}
        assert ("192.0.2.1", False) == where_from(environ, trusted_proxies=1)


@pytest.mark.parametrize("trusted", [0, 1, 2])
@pytest.mark.parametrize(
    "header",
    [
        "X-Forwarded-For",
        "Forwarded",
        "X-Real-IP",
        "Via",
        "X-Forwarded-Host",
        "X-Forwarded-Proto",
        "X-Client-IP",
    ],
)
def test_what_came_through_a_proxy_is_never_of_this_machine(header: str, trusted: int) -> None:
    name = f"HTTP_{header.upper().replace('-', '_')}"
    for value in ("127.0.0.1", "::1", "localhost", ""):
        assert not where_from({**PROXY, name: value}, trusted_proxies=trusted)[1]


@pytest.mark.parametrize(
    ("peer", "is_local"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("192.0.2.1", False),
        ("::ffff:192.0.2.1", False),
        ("", False),
        ("localhost", False),
    ],
)
def test_only_loopback_is_this_machine(peer: str, is_local: bool) -> None:
    assert (peer, is_local) == where_from({"REMOTE_ADDR": peer}, trusted_proxies=1)
