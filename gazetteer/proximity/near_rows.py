"""The answer to what lies near: a row for every incident, and the counts.

The rows are made when they are asked for, since a hundred thousand of them take longer to make than to
decide.
"""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Literal

from gazetteer.incidents import Incident
from gazetteer.places import Place
from gazetteer.proximity.bounds import Floats
from gazetteer.proximity.points import Integers

__all__ = ["CERTAINTIES", "Certainty", "NearAnswer", "NearRow", "NearSummary"]

#: "" is for an incident without a position: nothing can be said.
Certainty = Literal["certain", "possible", "no", "unanswerable", ""]
CERTAINTIES: tuple[Certainty, ...] = ("certain", "possible", "no", "unanswerable", "")
CERTAIN, POSSIBLE, NO, UNANSWERABLE, NOWHERE = range(5)


@dataclass(frozen=True, slots=True)
class NearRow:
    """One incident, and what is near it.

    Parameters
    ----------
    incident
        The incident.
    nearest
        The place at the least distance, whether or not that is within the distance asked for; of several
        at the same one, that which the incident names, else the first given. None
        when the incident has no position or no place existed at its date.
    distance_m
        Metres to it, between the two positions; 0 if it is the incident's own place.
    certainty
        Whether some place is within the distance: certain, possible, no, unanswerable when its radius is
        more than four times the distance, or "" without a position.
    count_possible
        Number of places that are possibly within the distance; the certain ones are among them.
    count_certain
        Number of places that are certainly within it.
    probability
        The share of the incident's disc that lies within the distance of any of the places, 0 to 1, to
        0.01; None when that is unanswerable or there is no position.
    """

    incident: Incident
    nearest: Place | None
    distance_m: float | None
    certainty: Certainty
    count_possible: int
    count_certain: int
    probability: float | None

    @property
    def count_within(self) -> int:
        """Another name of `count_possible`."""
        return self.count_possible

    @property
    def unanswerable(self) -> bool:
        """Whether the radius is too large for the distance asked about."""
        return self.certainty == "unanswerable"


@dataclass(frozen=True, slots=True)
class NearSummary:
    """Counts over all rows.

    Parameters
    ----------
    within_m
        The distance asked for, in metres.
    targets
        Number of places that were looked at.
    targets_without_position
        Number of rows in the table of places that have no position and were left out.
    incidents, with_position, certain, possible, no, unanswerable, without_position
        Numbers of incidents. `certain`, `possible`, `no` and `unanswerable` add up to `with_position`.
    without_date
        Incidents whose date is missing or unreadable: a place's own dates could not be held against them.
    taken_as_exact
        Incidents whose coordinates come without a radius, in a table without a column of precision. They
        are counted as if known to the metre.
    """

    within_m: float
    targets: int
    targets_without_position: int
    incidents: int
    with_position: int
    certain: int
    possible: int
    no: int
    unanswerable: int
    without_position: int
    without_date: int
    taken_as_exact: int

    def as_json(self) -> dict[str, float]:
        """Return the counts by name."""
        return asdict(self)


@dataclass(frozen=True, eq=False)
class NearAnswer:
    """A row for every incident, in the order given, and the counts.

    Parameters
    ----------
    incidents, targets
        What was asked about.
    certainties, counts_possible, counts_certain, probabilities, nearest, distances_m
        What the rows say, as arrays with a number for each incident: `certainties` are numbers in the
        order of the words above, `nearest` numbers of targets (-1 for none); a probability may be NaN and
        a distance infinite.
    summary
        The counts.
    """

    incidents: Sequence[Incident]
    targets: Sequence[Place]
    certainties: Integers
    counts_possible: Integers
    counts_certain: Integers
    probabilities: Floats
    nearest: Integers
    distances_m: Floats
    summary: "NearSummary"

    @cached_property
    def rows(self) -> tuple[NearRow, ...]:
        """The answer as a row for each incident; made when it is first asked for."""
        columns = (
            self.certainties,
            self.counts_possible,
            self.counts_certain,
            self.probabilities,
            self.nearest,
            self.distances_m,
        )
        return tuple(
            NearRow(
                incident=incident,
                nearest=self.targets[number] if number >= 0 else None,
                distance_m=metres if number >= 0 else None,
                certainty=CERTAINTIES[word],
                count_possible=possible,
                count_certain=certain,
                probability=None if math.isnan(share) else share,
            )
            for incident, word, possible, certain, share, number, metres in zip(
                self.incidents, *(column.tolist() for column in columns), strict=True
            )
        )

    def as_geojson(self) -> dict[str, Any]:
        """Return an RFC 7946 FeatureCollection, as :func:`gazetteer.proximity.feature_collection` does."""
        from gazetteer.proximity.writing import feature_collection

        return feature_collection(self)
