"""Which incidents lie within a distance of which places, and how sure that is.

Both an incident and a place are known to a radius. With `d` the geodesic distance between the two
positions, `r1` and `r2` the radii and `R` the distance asked for:

* *certain*: every position inside both radii is within `R`, that is ``d + r1 + r2 <= R``;
* *possible*: some are, that is ``d - r1 - r2 <= R``;
* *no*: none are.

Both follow from the triangle inequality, which geodesic distance obeys. A strike on a hospital is at
that hospital, however roughly either is known: where the incident's place *is* the target (they have
one id), it is certain at 0 m, whatever the radii.

An incident's certainty is that of its best place. "Certain" is said only when one place alone makes
it so: a disc covered by several places together is still "possible". A place that existed only
between known dates is left out for an incident that is known to lie outside them.
"""

import calendar
import datetime
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from gazetteer.errors import InputError
from gazetteer.incidents import Incident
from gazetteer.places import Place
from gazetteer.proximity.pairs import Floats, distance_blocks

__all__ = ["Certainty", "NearAnswer", "NearRow", "NearSummary", "near"]

#: "" is for an incident without a position: nothing can be said.
Certainty = Literal["certain", "possible", "no", ""]


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
        Whether some place is within the distance: certain, possible, no, or "" without a position.
    count_within
        Number of places that are possibly within the distance; the certain ones are among them.
    count_certain
        Number of places that are certainly within it.
    """

    incident: Incident
    nearest: Place | None
    distance_m: float | None
    certainty: Certainty
    count_within: int
    count_certain: int


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
    incidents, with_position, certain, possible, no, without_position
        Numbers of incidents. `certain`, `possible` and `no` add up to `with_position`.
    without_date
        Incidents whose date is missing or unreadable: a place's own dates could not be held against them.
    taken_as_exact
        Incidents whose coordinates come without a radius. They are counted as if known to the metre.
    """

    within_m: float
    targets: int
    targets_without_position: int
    incidents: int
    with_position: int
    certain: int
    possible: int
    no: int
    without_position: int
    without_date: int
    taken_as_exact: int

    def as_json(self) -> dict[str, float]:
        """Return the counts by name."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class NearAnswer:
    """A row for every incident, in the order given, and the counts."""

    rows: tuple[NearRow, ...]
    summary: NearSummary

    def as_geojson(self) -> dict[str, Any]:
        """Return an RFC 7946 FeatureCollection, as :func:`gazetteer.proximity.feature_collection` does."""
        from gazetteer.proximity.writing import feature_collection

        return feature_collection(self)


def near(
    incidents: Sequence[Incident],
    targets: Sequence[Place],
    *,
    within_m: float,
    left_out: int = 0,
) -> NearAnswer:
    """Say for every incident whether it lies within a distance of any of some places.

    Parameters
    ----------
    incidents
        In any order; those without a position get a row too.
    targets
        The places. None at all is allowed: then no incident is near any.
    within_m
        The distance in metres, zero or more.
    left_out
        How many more targets there would be if their positions were known; the summary says it.

    Returns
    -------
    NearAnswer
        Exact for the positions and radii given: each pair is decided by its geodesic distance.

    Raises
    ------
    InputError
        If the distance is negative or not finite.
    """
    if not math.isfinite(within_m) or within_m < 0:
        raise InputError(f"the distance must be zero or more metres, not {within_m:g}", parameter="within")
    located = [
        (i, incident.position) for i, incident in enumerate(incidents) if incident.position is not None
    ]
    rows = [NearRow(incident, None, None, "", 0, 0) for incident in incidents]
    for block, distances in distance_blocks([p for _, p in located], [t.position for t in targets]):
        numbers = [i for i, _ in located[block]]
        for number, row in zip(
            numbers, _rows([incidents[i] for i in numbers], targets, distances, within_m), strict=True
        ):
            rows[number] = row
    return NearAnswer(tuple(rows), _summary(rows, targets, within_m, left_out))


def _rows(
    incidents: Sequence[Incident], targets: Sequence[Place], distances: Floats, within_m: float
) -> list[NearRow]:
    if not targets:
        return [NearRow(incident, None, None, "no", 0, 0) for incident in incidents]
    same = np.array([i.place_id for i in incidents])[:, None] == np.array([t.id for t in targets])
    slack = np.add.outer([i.uncertainty_m for i in incidents], [t.uncertainty_m for t in targets])
    slack[same] = 0.0
    there = _existing(incidents, targets)
    lengths = np.where(there, np.where(same, 0.0, distances), np.inf)
    certain = (lengths + slack <= within_m).sum(axis=1)
    possible = (lengths - slack <= within_m).sum(axis=1)
    nearest = np.where(there & same, -1.0, lengths).argmin(axis=1)  # its own place before others at 0 m
    rows = []
    for i, incident in enumerate(incidents):
        length = float(lengths[i, nearest[i]])
        found = math.isfinite(length)
        rows.append(
            NearRow(
                incident,
                targets[int(nearest[i])] if found else None,
                length if found else None,
                "certain" if certain[i] else "possible" if possible[i] else "no",
                int(possible[i]),
                int(certain[i]),
            )
        )
    return rows


def _existing(incidents: Sequence[Incident], targets: Sequence[Place]) -> npt.NDArray[np.bool_]:
    """Tell for each pair whether the place may have existed on the incident's date."""
    first = np.array([_day_number(t.valid_from, last=False) for t in targets])
    last = np.array([_day_number(t.valid_to, last=True) for t in targets])
    day = np.array([i.date.toordinal() if i.date else np.nan for i in incidents])[:, None]
    there: npt.NDArray[np.bool_] = ~((day < first) | (day > last))  # unknown dates (NaN) rule nothing out
    return there


def _day_number(text: str | None, *, last: bool) -> float:
    """Return the first or last day of "2016", "2016-05" or "2016-05-30"; NaN when unknown."""
    try:
        numbers = [int(part) for part in (text or "").split("-")]
        year, month, day = (*numbers, 0, 0)[:3]
        month = month or (12 if last else 1)
        day = day or (calendar.monthrange(year, month)[1] if last else 1)
        return datetime.date(year, month, day).toordinal()
    except ValueError:
        return math.nan


def _summary(
    rows: Sequence[NearRow], targets: Sequence[Place], within_m: float, left_out: int
) -> NearSummary:
    counts = {word: sum(row.certainty == word for row in rows) for word in ("certain", "possible", "no", "")}
    return NearSummary(
        within_m=within_m,
        targets=len(targets),
        targets_without_position=left_out,
        incidents=len(rows),
        with_position=len(rows) - counts[""],
        certain=counts["certain"],
        possible=counts["possible"],
        no=counts["no"],
        without_position=counts[""],
        without_date=sum(row.incident.date is None for row in rows),
        taken_as_exact=sum(
            row.incident.position is not None and not row.incident.uncertainty_m for row in rows
        ),
    )
