"""The questions that are understood, as values; each says in words how it was read."""

import datetime
from dataclasses import dataclass

from gazetteer.kinds import kinds_meant_by
from gazetteer.notation.lengths import format_length


@dataclass(frozen=True, slots=True)
class Question:
    """A question that was understood; `text` is as it was asked."""

    text: str

    def describe(self) -> str:
        """Return how the question was read, in words."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class NearQuestion(Question):
    """Which incidents lie within `within_m` metres of `target`, in an area, from `start` to `end`."""

    what: str
    within_m: float
    target: str
    area: str | None = None
    start: datetime.date | None = None
    end: datetime.date | None = None

    def describe(self) -> str:
        """Return how the question was read, in words."""
        kinds = " or ".join(sorted(kind.value.replace("_", " ") for kind in kinds_meant_by(self.target)))
        words = [
            f'incidents (every row; "{self.what}" does not choose among them) within '
            f"{format_length(self.within_m)} of "
            + (f"any {kinds}" if kinds else f'the place "{self.target}"')
        ]
        return ", ".join([*words, *_limits(self.area, self.start, self.end)])


@dataclass(frozen=True, slots=True)
class CountQuestion(Question):
    """How many incidents there are, in an area, from `start` to `end`."""

    what: str
    area: str | None = None
    start: datetime.date | None = None
    end: datetime.date | None = None

    def describe(self) -> str:
        """Return how the question was read, in words."""
        words = f'the number of incidents (every row; "{self.what}" does not choose among them)'
        return ", ".join([words, *_limits(self.area, self.start, self.end)])


@dataclass(frozen=True, slots=True)
class NearestQuestion(Question):
    """Which place of a kind is nearest to a place."""

    kind: str
    place: str

    def describe(self) -> str:
        """Return how the question was read, in words."""
        return f'the {self.kind} at the least distance from the place "{self.place}"'


@dataclass(frozen=True, slots=True)
class DistanceQuestion(Question):
    """How far one place is from another."""

    start: str
    end: str

    def describe(self) -> str:
        """Return how the question was read, in words."""
        return f'the distance from the place "{self.start}" to the place "{self.end}"'


def _limits(area: str | None, start: datetime.date | None, end: datetime.date | None) -> list[str]:
    words = [f"in {area}"] if area else []
    if start and end:
        words.append(f"from {start} to {end}")
    elif start or end:
        words.append(f"since {start}" if start else f"until {end}")
    return words
