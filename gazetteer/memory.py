"""How the garbage collector is kept from looking at what stays: a table's rows are millions of objects."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_collection() -> Iterator[None]:
    """Keep the garbage collector still while many objects are made, none of them in a circle.

    It looks at all objects again and again while their number grows, which takes up to half the time.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
