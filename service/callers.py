"""Who asks: found out once, before anything else is done with a request, and then never again.

A caller is known by a key or else by an address. What it may see and do hangs on nothing but this value.
"""

from dataclasses import dataclass
from typing import Literal

from flask import Request

from service.tiers import Tier

__all__ = ["Caller", "Scope", "caller_of", "name_caller"]

#: "write" may read too.
Scope = Literal["read", "write"]
_CALLER = "gazetteer.caller"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who a request comes from.

    Parameters
    ----------
    key
        The name of the key that it brought; "" for none.
    tier
        What it may see.
    scope
        What it may do.
    address
        The IP address that it comes from.
    is_local
        Whether it comes from this machine, and through no proxy.
    """

    key: str
    tier: Tier
    scope: Scope
    address: str
    is_local: bool

    @property
    def who(self) -> str:
        """What tells this caller from others: its key, else its address."""
        return f"key {self.key}" if self.key else f"address {self.address}"


def name_caller(request: Request, caller: Caller) -> None:
    """Note who a request comes from."""
    request.environ[_CALLER] = caller


def caller_of(request: Request) -> Caller:
    """Return who a request comes from.

    Raises
    ------
    KeyError
        If nobody has found out: without it nothing may be answered.
    """
    caller: Caller = request.environ[_CALLER]
    return caller
