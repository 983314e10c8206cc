"""Groups in arrays: what is alike as one number, and the members of groups as one list.

Numbers here are small and dense, so a table of all of them is quicker than sorting.
"""

import numpy as np

from gazetteer.points import Integers

#: A table of all numbers may have so many entries for each that there is, and so many in any case.
_SPARSE, _SMALL = 16, 1_000_000


def distinct(numbers: Integers) -> tuple[Integers, Integers]:
    """Return the numbers that there are, which rise, and for each number which of them it is.

    Parameters
    ----------
    numbers
        0 or more.

    Examples
    --------
    >>> [found.tolist() for found in distinct(np.array([7, 3, 7]))]
    [[3, 7], [1, 0, 1]]
    """
    size = int(numbers.max(initial=-1)) + 1
    if size > max(_SPARSE * len(numbers), _SMALL):
        return np.unique(numbers, return_inverse=True)
    there = np.zeros(size, dtype=np.bool_)
    there[numbers] = True
    return np.flatnonzero(there), (np.cumsum(there) - 1)[numbers]


def alike(*keys: Integers) -> tuple[Integers, Integers, Integers]:
    """Return one of each that are alike in all keys, to which of these each is alike, and how many are.

    Examples
    --------
    >>> [found.tolist() for found in alike(np.array([5, 5, 5]), np.array([-1, 2, -1]))]
    [[0, 1], [0, 1, 0], [2, 1]]
    """
    key = np.zeros(len(keys[0]), dtype=np.intp)
    for one in keys:
        low, high = int(one.min(initial=0)), int(one.max(initial=0))
        key = key * (high - low + 1) + (one - low)
    values, which = distinct(key)
    first = np.empty(len(values), dtype=np.intp)
    first[which[::-1]] = np.arange(len(key))[::-1]
    return first, which, np.bincount(which, minlength=len(values))


def expanded(starts: Integers, numbers: Integers) -> tuple[Integers, Integers]:
    """Return the members of some groups, of which `starts` has where each begins and the last ends.

    Returns
    -------
    tuple of arrays
        For each member which of `numbers` it belongs to, and its own number.

    Examples
    --------
    >>> [found.tolist() for found in expanded(np.array([0, 2, 2, 5]), np.array([2, 0]))]
    [[0, 0, 0, 1, 1], [2, 3, 4, 0, 1]]
    """
    sizes = starts[numbers + 1] - starts[numbers]
    whose = np.repeat(np.arange(len(numbers)), sizes)
    steps = np.arange(len(whose)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return whose, starts[numbers][whose] + steps
