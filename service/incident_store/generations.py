"""How generations go on, and how far back a store tells what changed.

A generation is larger than the one before it by a random number. So where a store is set back to a backup,
what it goes through from there is nothing that it went through before, and nobody who read the store in
between takes one for the other.
"""

import secrets

__all__ = ["MOST_TOLD", "first_kept", "following"]

#: A write that deletes more than this many incidents is not told one by one: all is read anew.
MOST_TOLD = 1_000
#: The largest first generation, and the largest step. After 2**36 writes it would still be exact in JSON.
_FIRST, _STEP = 2**48, 2**16
#: About as many writes back changes are told.
_WRITES = 2_000


def following(generation: int) -> int:
    """Return the generation after this one; the first, after 0."""
    return generation + 1 + secrets.randbelow(_STEP) if generation else 1 + secrets.randbelow(_FIRST)


def first_kept(generation: int) -> int:
    """Return the generation from which on changes are told at this one."""
    return generation - _WRITES * _STEP // 2
