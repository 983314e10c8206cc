"""All objects that can be reached from one, in memory, as the garbage collector sees them."""

import gc
import types
from collections.abc import Iterator

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
