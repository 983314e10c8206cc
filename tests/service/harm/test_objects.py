"""What answers are made from, below tier full, holds no exact position: not to be shown, sorted or timed by.

A delay, an order, an error or a length can tell only of what takes part in making it. So this shows for all
of them at once, and for routes that nobody has written yet, that there is nothing to tell.
"""

import gc
import re
import types
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import shapely
from rtree.index import Index

from gazetteer import Gazetteer
from gazetteer.geodesy import LatLon
from gazetteer.points import Points
from gazetteer.privacy.tiers import Tier
from tests.service.asking import INCIDENTS, PLACES
from tests.service.harm.asks import Target, asks_for, sent
from tests.service.harm.clients import BELOW_FULL, client_at
from tests.service.harm.stores import a_full_store
from tests.service.harm.worlds import World, two_worlds

_WRITTEN = re.compile(r"\d{2}\.\d{3,}")
#: Routes that are asked first, so that what is made when it is first needed has been made.
_FIRST = (
    "/v1/resolve", "/v1/reverse", INCIDENTS, f"{INCIDENTS}/<path:id>", PLACES, "/v1/suggest",
    "/v1/ask", "/search",
)  # fmt: skip


def test_nothing_that_answers_are_made_from_holds_a_position(
    default: Gazetteer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    for tier in BELOW_FULL:
        world, _ = two_worlds(tmp_path_factory.mktemp("objects"), default, tier)
        store = a_full_store(world)
        places = world.secrets.values()
        degrees = {f"{n:.6f}" for p in places for n in (p.position.latitude, p.position.longitude)}
        metres = {f"{n:.6f}" for n in Points.of([p.position for p in places]).xyz_m.ravel()}
        below = set(numbers_behind(world, store, tier))
        assert set() == below & (degrees | metres)
        full = set(numbers_behind(world, store, "full"))
        assert degrees <= full
        assert metres & full  # those of camps, which are settlements: what is nearest is found by them


def numbers_behind(world: World, store: Any, tier: Tier) -> Iterator[str]:
    """Yield every number that the state of an application holds, once it has answered this and that."""
    client = client_at(tier, world.gazetteer, store=store)
    first = next(iter(world.secrets.values()))
    target = Target(first.id, first.name, LatLon(34.0, 38.0))
    for rule in _FIRST:
        for ask in asks_for(rule, "GET", target)[:6]:
            sent(client, ask)
    for one in reachable(client.application.extensions["gazetteer"].of(tier)):
        yield from (f"{number:.6f}" for number in numbers_in(one))


def numbers_in(one: object) -> Iterator[float]:
    """Yield the numbers in an object that hides them from the garbage collector, and a number itself."""
    match one:
        case float():
            yield one
        case str():
            yield from map(float, _WRITTEN.findall(one))
        case np.ndarray() if np.issubdtype(one.dtype, np.floating):
            yield from one.ravel().tolist()
        case np.floating():
            yield float(one)
        case Index():
            for item in one.intersection(one.bounds, objects=True):
                yield from item.bbox
        case shapely.Geometry():
            yield from shapely.get_coordinates(one).ravel().tolist()


#: What leads out of an application into the program: its modules and classes.
_PROGRAM = (types.ModuleType, type, types.CodeType, types.FrameType, types.BuiltinFunctionType)


def reachable(start: object) -> Iterator[object]:
    """Yield an object and all that it holds on to, each once.

    Modules and classes aren't followed, nor the globals of a function: only what it was made with.
    """
    seen: dict[int, object] = {}
    stack = [start]
    while stack:
        one = stack.pop()
        if id(one) in seen or isinstance(one, _PROGRAM):
            continue
        seen[id(one)] = one  # held, so that its number isn't given again
        yield one
        if isinstance(one, types.FunctionType):
            stack += [one.__closure__, one.__defaults__, one.__kwdefaults__, one.__dict__]
        else:
            stack += gc.get_referents(one)
