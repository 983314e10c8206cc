"""Of which kinds incidents are, by the columns that tables have for what happened.

Telling it takes reading every row once: half a second for a hundred thousand. So it is kept, and only new
rows are read when some have changed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gazetteer.incidents import Incident
from gazetteer.incidents.columns import KIND_COLUMNS, normal_name
from gazetteer.points import Integers

__all__ = ["Kinds", "put"]

_Set = frozenset[str]


@dataclass(frozen=True, slots=True, eq=False)
class Kinds:
    """The kinds of incidents, case-folded.

    Parameters
    ----------
    each
        For each incident the number of its set of kinds.
    sets
        The sets; some may be no incident's any more.
    """

    each: Integers
    sets: tuple[_Set, ...]

    @classmethod
    def of(cls, incidents: Iterable[Incident]) -> "Kinds":
        """Return those of some incidents."""
        numbers: dict[_Set, int] = {}
        columns: dict[tuple[str, ...], list[str]] = {}
        each = []
        for incident in incidents:
            row = dict(incident.properties.items())
            names = tuple(row)
            if names not in columns:
                columns[names] = [name for name in names if normal_name(name) in KIND_COLUMNS]
            kinds = frozenset(row[name].strip().casefold() for name in columns[names]) - {""}
            each.append(numbers.setdefault(kinds, len(numbers)))
        return cls(np.array(each, dtype=np.intp), tuple(numbers))

    def updated(self, incidents: Sequence[Incident], at: Integers, dropped: Integers) -> "Kinds":
        """Return them after some incidents were put in places, and others dropped."""
        fresh = Kinds.of(incidents)
        numbers = {kinds: number for number, kinds in enumerate(self.sets)}
        here = [numbers.setdefault(kinds, len(numbers)) for kinds in fresh.sets]
        each = put(self.each, at, np.array(here, dtype=np.intp)[fresh.each], dropped)
        used = np.unique(each)
        sets = tuple(numbers)
        return Kinds(np.searchsorted(used, each), tuple(sets[number] for number in used.tolist()))

    def numbers(self) -> dict[str, Integers]:
        """Return the incidents of each kind, by number; kinds in the order of the alphabet."""
        found = {}
        for kind in sorted(frozenset[str]().union(*self.sets)):
            having = np.array([kind in kinds for kinds in self.sets])
            found[kind] = np.flatnonzero(having[self.each])
        return found


def put(
    column: npt.NDArray[Any], at: Integers, values: npt.NDArray[Any], dropped: Integers
) -> npt.NDArray[Any]:
    """Return a column of values with some replaced, added at the end, or dropped."""
    changed = np.append(column, np.empty(int((at >= len(column)).sum()), dtype=column.dtype))
    changed[at] = values
    return np.delete(changed, dropped) if len(dropped) else changed
