"""Where a request comes from, when proxies may stand between.

A proxy writes into ``X-Forwarded-For`` who asked it, behind what is there already. So of N proxies that an
operator trusts, the farthest wrote the Nth address from the right, as in werkzeug's ``ProxyFix``; what stands
left of that anybody may have written. A request that bears any header of a proxy is never taken for one of
this machine, whatever address it names.
"""

import ipaddress
from collections.abc import Mapping
from typing import Any

__all__ = ["where_from"]

#: Headers by which a proxy says that the request came from elsewhere. A client can only make itself a
#: stranger.
_FORWARDED = frozenset(
    {
        "HTTP_CF_CONNECTING_IP",
        "HTTP_FORWARDED",
        "HTTP_TRUE_CLIENT_IP",
        "HTTP_VIA",
        "HTTP_X_CLIENT_IP",
        "HTTP_X_FORWARDED",
        "HTTP_X_FORWARDED_FOR",
        "HTTP_X_FORWARDED_HOST",
        "HTTP_X_FORWARDED_PORT",
        "HTTP_X_CLUSTER_CLIENT_IP",
        "HTTP_X_ENVOY_EXTERNAL_ADDRESS",
        "HTTP_X_FORWARDED_PROTO",
        "HTTP_X_FORWARDED_SERVER",
        "HTTP_X_REAL_IP",
    }
)


def where_from(environ: Mapping[str, Any], *, trusted_proxies: int = 0) -> tuple[str, bool]:
    """Return the address that a request comes from, and whether that is this machine.

    Parameters
    ----------
    environ
        The request's WSGI environment.
    trusted_proxies
        How many proxies stand in front, each of which adds an address to ``X-Forwarded-For``. Where fewer
        addresses are given, the one that connected counts: it didn't come through all of them.
    """
    peer = environ.get("REMOTE_ADDR") or ""
    if not _FORWARDED.isdisjoint(environ):
        given = str(environ.get("HTTP_X_FORWARDED_FOR", "")).split(",")
        named = _address(given[-trusted_proxies]) if 0 < trusted_proxies <= len(given) else None
        return named or peer, False
    return peer, _is_loopback(peer)


def _address(text: str) -> str | None:
    """Return the IP address in an entry, which may have brackets and a port; None where it is none."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None


def _is_loopback(address: str) -> bool:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return (mapped or found).is_loopback
