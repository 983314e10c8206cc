"""The answer to what lies near: a row for every incident, and the counts.

The rows are made when they are asked for, since a hundred thousand of them take longer to make than to
decide.
"""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np

from gazetteer.incidents import Incident
from gazetteer.places import Place
from gazetteer.proximity.bounds import Floats
from gazetteer.proximity.join import geodesics_m
from gazetteer.proximity.loaded import LoadedIncidents
from gazetteer.proximity.points import Integers, Points

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
    generalised_to_deg
        The side in degrees of the largest cell that a target was generalised to; None where none was.
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
    generalised_to_deg: float | None = None

    @classmethod
    def of(
        cls,
        incidents: LoadedIncidents,
        certainties: Integers,
        *,
        within_m: float,
        targets: int,
        left_out: int,
        generalised_to_deg: float | None,
    ) -> "NearSummary":
        """Count `certainties`, a number in the order of the words above for each incident."""
        counts = np.bincount(certainties, minlength=len(CERTAINTIES)).tolist()
        return cls(
            within_m=within_m,
            targets=targets,
            targets_without_position=left_out,
            incidents=len(incidents),
            with_position=len(incidents) - counts[NOWHERE],
            certain=counts[CERTAIN],
            possible=counts[POSSIBLE],
            no=counts[NO],
            unanswerable=counts[UNANSWERABLE],
            without_position=counts[NOWHERE],
            without_date=int(np.isnan(incidents.days).sum()),
            taken_as_exact=int(incidents.taken_as_exact.sum()),
            generalised_to_deg=generalised_to_deg,
        )

    def as_json(self) -> dict[str, float]:
        """Return the counts by name; what was generalised only where something was."""
        counts = asdict(self)
        if self.generalised_to_deg is None:
            del counts["generalised_to_deg"]
        return counts


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
        a distance infinite. The distances here are as their chords tell them, 1.3 m off at 500 km;
        the rows measure theirs exactly, which takes longer than all the rest.
    summary
        The counts.
    """

    incidents: LoadedIncidents
    targets: Sequence[Place]
    certainties: Integers
    counts_possible: Integers
    counts_certain: Integers
    probabilities: Floats
    nearest: Integers
    distances_m: Floats
    summary: NearSummary

    def take(self, rows: Integers) -> "NearAnswer":
        """Return the answer about some of the incidents, by number from 0, as `near` would give it."""
        incidents, certainties, said = self.incidents.take(rows), self.certainties[rows], self.summary
        return NearAnswer(
            incidents,
            self.targets,
            certainties,
            self.counts_possible[rows],
            self.counts_certain[rows],
            self.probabilities[rows],
            self.nearest[rows],
            self.distances_m[rows],
            NearSummary.of(
                incidents,
                certainties,
                within_m=said.within_m,
                targets=said.targets,
                left_out=said.targets_without_position,
                generalised_to_deg=said.generalised_to_deg,
            ),
        )

    @cached_property
    def rows(self) -> tuple[NearRow, ...]:
        """The answer as a row for each incident; made when it is first asked for."""
        columns = (
            self.certainties,
            self.counts_possible,
            self.counts_certain,
            self.probabilities,
            self.nearest,
            self._measured_m(),
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

    def _measured_m(self) -> Floats:
        """Return the exact distances; 0 stays 0, as an incident's own place is."""
        metres = self.distances_m.copy()
        rows = np.flatnonzero((self.nearest >= 0) & (metres > 0))
        spots, others = self.incidents.spot[rows], self.nearest[rows]
        here, there = self.incidents.points, Points.of([place.position for place in self.targets])
        metres[rows] = geodesics_m(
            here.latitudes[spots], here.longitudes[spots], there.latitudes[others], there.longitudes[others]
        )
        return metres

    def as_geojson(self) -> dict[str, Any]:
        """Return an RFC 7946 FeatureCollection, as :func:`gazetteer.proximity.feature_collection` does."""
        from gazetteer.proximity.writing import feature_collection

        return feature_collection(self)
