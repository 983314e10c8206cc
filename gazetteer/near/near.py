"""Which incidents lie within a distance of which places, and how sure that is.

:mod:`gazetteer.near.pairs` decides whether an incident and a place are *certainly*, *possibly* or *not*
within the distance, or whether that is *unanswerable*. Where the incident's place *is* the target (they have
one id), it is certain at 0 m, however roughly either is known. A place that existed only between known dates
is left out for an incident that is known to lie outside them on all of its days.

An incident's certainty is that of its best place, for the place that the row is taken to name: a disc covered
by several places together is still "possible", and a name that was left open has no certainty. Its
*probability* doubts the name too (:mod:`gazetteer.near.probability`).

At each of several places ("A, B") an incident is as certain as the surest; at one of them ("A or B") it is
certain if all are, and possible if any is. Its probability is that of any, or the mean where one is meant.

Written as a table, an answer keeps the incidents' own columns; one that has a name of ours is renamed
("table_distance_m"). The counts are a member ``summary`` of a GeoJSON collection, and a file beside any other
output: ``near.csv`` has ``near.summary.json``.
"""

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Literal, Self

import numpy as np

from gazetteer.answers import cell_as_json
from gazetteer.incidents import Incident, Incidents
from gazetteer.incidents.columns import GENERALISED_INCIDENT, kept_beside, renamed_beside
from gazetteer.near.cases import Cases, nearest_m
from gazetteer.near.pairs import unanswerable
from gazetteer.near.probability import Chances, Expected, inward, near_shapes, probability
from gazetteer.near.select import Selection
from gazetteer.near.targets import Targets
from gazetteer.notation.dates import iso_days
from gazetteer.points import Booleans, Floats, Integers, checked_within
from gazetteer.privacy.cells import largest_cell
from gazetteer.tables.layout import Column, Layout, Part, WriteOptions
from gazetteer.tables.table import Table
from gazetteer.tables.writing import STANDARD, check_target, replacing, write_table
from gazetteer.values import Place

#: "" is for an incident without a position.
Certainty = Literal["certain", "possible", "no", "unanswerable", ""]
CERTAINTIES: tuple[Certainty, ...] = ("certain", "possible", "no", "unanswerable", "")
_CERTAIN, _POSSIBLE, _NO, _UNANSWERABLE, _NOWHERE = range(5)

#: What an answer adds to each incident.
NEAR_COLUMNS: Final = (
    Column("nearest_id", "text", "#loc+code+nearest"),
    Column("nearest_name", "text", "#loc+name+nearest"),
    Column("nearest_position_basis", "text", "#loc+basis+nearest"),
    Column("distance_m", "number", "#geo+distance+m+nearest"),
    Column("min_m", "number", "#geo+distance+m+min+nearest"),
    Column("max_m", "number", "#geo+distance+m+max+nearest"),
    Column("certainty", "text", "#status+near"),
    Column("at_target", "boolean", "#status+at"),
    Column("count_certain", "integer", "#indicator+count+certain"),
    Column("count_possible", "integer", "#indicator+count+possible"),
    Column("probability", "number", "#indicator+probability+num"),
    Column("unknown", "number", "#indicator+unknown+num"),
    Column("near_problems", "text", "#meta+problems"),
)
#: The column after these, where a gazetteer generalises: to how many degrees the nearest place was.
GENERALISED_NEAREST: Final = "nearest_generalised_to_deg"
#: Where and when an incident was, as it was read.
_INCIDENT_COLUMNS: Final = (
    Column("incident_date", "text", "#date+occurred+read"),
    Column("incident_latitude", "number", "#geo+lat+read"),
    Column("incident_longitude", "number", "#geo+lon+read"),
    Column("incident_uncertainty_m", "integer", "#geo+uncertainty+m+read"),
)
_POINT: Final = Column("incident_geometry", "point")
_GENERALISED: Final = (
    Column(GENERALISED_NEAREST, "number", "#geo+generalised+deg+nearest"),
    Column(GENERALISED_INCIDENT, "number", "#geo+generalised+deg"),
)


@dataclass(frozen=True, slots=True)
class NearRow:
    """One incident, and what is near it."""

    incident: Incident
    #: The nearest place, however far: of several the incident's own, else the first given. None without a
    #: position, or where no place existed at its date.
    nearest: Place | None
    #: Metres between both positions; None at the place, and where it is known only by its town, quarter or
    #: area and may be at the incident's very spot.
    distance_m: float | None
    #: The least and the most that the two may be apart, given both radii.
    min_m: float | None
    max_m: float | None
    certainty: Certainty
    #: Whether its text names that place: it is certain, and has no distance.
    at_target: bool
    #: How many places are possibly within the distance, and how many of these certainly (where one of several
    #: places of the incident is meant, within it of each).
    count_possible: int
    count_certain: int
    #: That it lies within the distance of any, 0 to 1, good to 0.01; None where all is unknown.
    probability: float | None
    #: The share of the probability that is unknown, 0 to 1.
    unknown: float


@dataclass(frozen=True, slots=True)
class NearSummary:
    """Counts over all incidents; the four with a certainty add up to `with_position`."""

    within_m: float
    targets: int
    targets_without_position: int  # rows of the table of places that were left out
    incidents: int
    with_position: int
    certain: int
    at_target: int  # of the certain ones
    possible: int
    no: int
    unanswerable: int
    without_position: int
    without_date: int  # a place's own dates could not be held against them
    taken_as_exact: int  # coordinates without a radius or a code of precision
    generalised_to_deg: float | None  # the side of the largest cell that a target was generalised to

    def as_json(self) -> dict[str, float]:
        """Return the counts by name; what was generalised only where something was."""
        counts = asdict(self)
        if self.generalised_to_deg is None:
            del counts["generalised_to_deg"]
        return counts


@dataclass(frozen=True, eq=False, repr=False)
class NearAnswer:
    """What is near each incident, in the order given: arrays with a number for each, and the counts."""

    incidents: Incidents
    targets: Targets
    within_m: float
    certainties: Integers  # in the order of `CERTAINTIES`
    counts_possible: Integers
    counts_certain: Integers
    probabilities: Floats
    unknown: Floats
    nearest: Integers  # numbers of targets; -1 for none
    starts: Integers  # the spot that is measured from: its own, or of several that which is nearest
    at_target: Booleans  # whether its text names the nearest: that is the incident's own place
    chances: Chances  # what the probabilities are made of
    selection: Selection | None = None  # which of all incidents were asked about
    expected: Expected | None = None  # how many lie within the distance, where it was asked for
    imputed: bool = False  # whether what is unknown was imputed in it

    def __repr__(self) -> str:
        return f"<NearAnswer: {self.summary}>"

    @cached_property
    def summary(self) -> NearSummary:
        """The counts."""
        counts = np.bincount(self.certainties, minlength=len(CERTAINTIES)).tolist()
        return NearSummary(
            within_m=self.within_m,
            targets=len(self.targets),
            targets_without_position=self.targets.without_position,
            incidents=len(self.incidents),
            with_position=len(self.incidents) - counts[_NOWHERE],
            certain=counts[_CERTAIN],
            at_target=int(self.at_target.sum()),
            possible=counts[_POSSIBLE],
            no=counts[_NO],
            unanswerable=counts[_UNANSWERABLE],
            without_position=counts[_NOWHERE],
            without_date=int(np.isnan(self.incidents.first_days).sum()),
            taken_as_exact=int(self.incidents.radius_assumed.sum()),
            generalised_to_deg=largest_cell(self.targets),
        )

    def take(self, numbers: Integers) -> Self:
        """Return the answer about some incidents, by rising numbers from 0, as `near` would give it."""
        arrays = "certainties counts_possible counts_certain probabilities unknown nearest starts at_target"
        return replace(
            self,
            incidents=self.incidents.take(numbers),
            chances=self.chances.take(numbers),
            selection=None,
            expected=None,
            imputed=False,
            **{name: getattr(self, name)[numbers] for name in arrays.split()},
        )

    def numbers_of(self, *certainties: Certainty) -> Integers:
        """Return the numbers of the incidents with one of these certainties."""
        wanted = [CERTAINTIES.index(one) for one in certainties]
        return np.flatnonzero(np.isin(self.certainties, wanted))

    @cached_property
    def distances_m(self) -> Floats:
        """The geodesic distances in metres; 0 where the place is the incident's own, infinite without one.

        Between positions as they are known: :attr:`ranges_m` says how much that tells.
        """
        return nearest_m(self.incidents.spots.points, self.starts, self.targets, self.nearest, self.at_target)

    @cached_property
    def metres(self) -> tuple[Floats, Floats, Floats]:
        """The distances as they are told, and the least and the most that they may be, given both radii.

        NaN at the incident's own place, which has no distance. One that is known only by its town, quarter or
        area has none from where it may stand itself.
        """
        radii = np.append(self.incidents.spots.radii_m, 0.0)[self.starts]
        radii += np.append(self.targets.radii_m, 0.0)[self.nearest]
        told = np.where(self.at_target, np.nan, self.distances_m)
        low, high = np.maximum(told - radii, 0.0), told + radii
        rough = np.array([*(not place.has_own_position for place in self.targets), False])[self.nearest]
        return np.where(rough & (low == 0.0), np.nan, told), low, high

    @cached_property
    def rows(self) -> tuple[NearRow, ...]:
        """A row for each incident."""
        return tuple(self._row(number, one) for number, one in enumerate(self.incidents))

    def picked(self, numbers: Iterable[int]) -> list[NearRow]:
        """Return some rows, by numbers in any order; no others are made."""
        wanted = list(numbers)
        return [self._row(*pair) for pair in zip(wanted, self.incidents.picked(wanted), strict=True)]

    def _row(self, number: int, incident: Incident) -> NearRow:
        target, unknown = int(self.nearest[number]), float(self.unknown[number])
        one = np.array([number])
        (stated,), (low,), (high,) = (_or_none(each[one]) for each in self.metres)
        return NearRow(
            incident=incident,
            nearest=self.targets[target] if target >= 0 else None,
            distance_m=stated,
            min_m=low,
            max_m=high,
            certainty=CERTAINTIES[self.certainties[number]],
            at_target=bool(self.at_target[number]),
            count_possible=int(self.counts_possible[number]),
            count_certain=int(self.counts_certain[number]),
            probability=None if unknown >= 1.0 else float(self.probabilities[number]),
            unknown=unknown,
        )

    def as_json(self) -> dict[str, Any]:
        """Return the counts, how many incidents are undecided, and notes, in plain JSON types."""
        notes = dict.fromkeys((*self.incidents.notes, *self.targets.notes, *self.targets.bases))
        undecided = 0 if self.selection is None else len(self.selection.open)
        expected = {} if self.expected is None else {**self.expected.as_json(), "imputed": self.imputed}
        return {**self.summary.as_json(), **expected, "undecided": undecided, "notes": list(notes)}

    def as_geojson(self) -> dict[str, Any]:
        """Return an RFC 7946 FeatureCollection with a feature for each incident, and the summary."""
        return {
            "type": "FeatureCollection",
            "summary": self.as_json(),
            "features": [feature(row.incident, near_properties(row)) for row in self.rows],
        }

    def write(self, path: str | Path) -> tuple[Path, ...]:
        """Write the table of the incidents with what is near each, in any format that tables have.

        Returns the files written: the table, and the summary where the format has no room for it. Raises
        TableError if the format isn't known or the file can't be written; nothing is half-written.
        """
        path, added = Path(path), (*_added(self), _POINT)
        if str(path) != STANDARD:
            check_target(path, self.targets.source)
        table = renamed_beside(self.incidents.source.table(), [one.name for one in added])
        layout = Layout(table.columns, added)
        options = WriteOptions(
            whole=len(self.incidents) == self.incidents.source.count(), members={"summary": self.as_json()}
        )
        if path.suffix.lower() == ".geojson" or str(path) == STANDARD:
            write_table(path, table, layout, _parts(self, table), options)
            return (path,)
        beside = path.with_name(f"{Path(path.name.removesuffix('.gz')).stem}.summary.json")
        with replacing(beside, source=table.source.path) as counts:
            write_table(path, table, layout, _parts(self, table), options)
            json.dump(self.as_json(), counts, ensure_ascii=False, allow_nan=False, indent=1)
            counts.write("\n")
        return path, beside


def near(
    incidents: Iterable[Incident], targets: Sequence[Place], *, within_m: float, ignore_dates: bool = False
) -> NearAnswer:
    """Tell for every incident whether it lies within a distance of any of some places.

    Parameters
    ----------
    incidents, targets
        In any order, and none at all are allowed; incidents without a position get a row too.
    within_m
        The distance in metres, 0 to 500,000; InputError for another.
    ignore_dates
        True counts every place, whether or not it existed on the day of the incident.

    Returns
    -------
    NearAnswer
        Exact for the positions and radii given: each pair is decided as its geodesic distance would.
    """
    within_m = checked_within(within_m)
    asked, places = Incidents.of(incidents), Targets.of(targets)
    cases = Cases.of(asked, places, ignore_dates=ignore_dates)
    certain, possible = np.zeros((2, len(cases.spots)), dtype=np.intp)
    for pairs in cases.pairs(within_m):
        np.add.at(possible, pairs.left, 1)
        np.add.at(certain, pairs.left[pairs.certain], 1)
    words = np.where(certain > 0, _CERTAIN, np.where(possible > 0, _POSSIBLE, _NO))
    words[unanswerable(cases.radii_m, within_m=within_m) & (certain == 0)] = _UNANSWERABLE
    shares = _shares(cases, words, within_m)
    first, at_own = cases.nearest()
    starts, points = cases.spots.copy(), asked.spots.points
    for case, (parts, either) in cases.several.items():
        words[case] = _word(words[list(parts)].tolist(), either=either)
        some = np.array(parts)
        part = some[nearest_m(points, cases.spots[some], places, first[some], at_own[some]).argmin()]
        first[case], starts[case] = first[part], cases.spots[part]
        at_own[case] = at_own[part] and words[case] == _CERTAIN  # "A or B" is at none of them for sure
    chances = Chances.among(asked, cases.moment, lambda spots, moments: shares[cases.numbers(spots, moments)])

    def spread(values: Any, otherwise: int) -> Any:
        """Return the value of each incident's case; those without a position, -1, have the last."""
        return np.append(values, values.dtype.type(otherwise))[cases.case]

    return NearAnswer(
        asked,
        places,
        within_m,
        spread(words, _NOWHERE),
        spread(possible, 0),
        spread(certain, 0),
        *chances.summed(),
        spread(first, -1),
        spread(starts, -1),
        spread(at_own, False),
        chances,
    )


def _shares(cases: Cases, words: Integers, within_m: float) -> Floats:
    """Return for each case the share of its disc that is near; NaN where it is unanswerable."""
    shares = np.where(words == _CERTAIN, 1.0, 0.0)
    shares[words == _UNANSWERABLE] = math.nan
    between = np.flatnonzero(words == _POSSIBLE)  # the others need no more geometry
    allowed = cases.allowed
    discs = cases.points.take(between), cases.radii_m[between]
    powers = inward(cases.incidents)[cases.spots[between]]
    there = allowed and (lambda rows, others: allowed(between[rows], others))
    some, points = cases.places.points
    of_points = there and (lambda rows, others: there(rows, some[others]))
    shares[between] = probability(*discs, points, within_m=within_m, allowed=of_points, inward=powers)
    if cases.places.shapes:
        drawn = near_shapes(*discs, cases.places, within_m=within_m, allowed=there, inward=powers)
        shares[between] = np.fmax(shares[between], drawn)
    return shares


def _word(words: Sequence[int], *, either: bool) -> int:
    """Return the certainty of several places together, from that of each."""
    if either and _CERTAIN in words and set(words) != {_CERTAIN}:
        return _POSSIBLE
    return next(one for one in (_CERTAIN, _POSSIBLE, _UNANSWERABLE, _NO) if one in words)


# ------------------------------------------------------------------------------ rows as people get them


def near_properties(row: NearRow) -> dict[str, Any]:
    """Return what is near one incident: distance to the decimetre, None for what is unknown.

    :data:`GENERALISED_NEAREST` is there only where the nearest place was generalised.
    """
    return {
        "nearest_id": row.nearest.id if row.nearest else None,
        "nearest_name": row.nearest.name if row.nearest else None,
        "nearest_position_basis": row.nearest.position_basis if row.nearest else None,
        "distance_m": None if row.distance_m is None else round(row.distance_m, 1),
        "min_m": None if row.min_m is None else round(row.min_m, 1),
        "max_m": None if row.max_m is None else round(row.max_m, 1),
        "certainty": row.certainty,
        "at_target": row.at_target,
        "count_certain": row.count_certain,
        "count_possible": row.count_possible,
        "probability": None if row.probability is None else round(row.probability, 3),
        "unknown": round(row.unknown, 3),
        "near_problems": "; ".join(row.incident.problems),
        **cell_as_json(row.nearest, "nearest_"),
    }


def feature(incident: Incident, properties: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return an incident as a GeoJSON feature: its row, what is known of it, and `properties`."""
    position = incident.position
    known = position is not None and incident.radius_known
    first, last = incident.days or (incident.date, incident.date)
    ours = {
        "incident_date": first and last and iso_days(first.toordinal(), last.toordinal()),
        "incident_place": incident.place,
        "incident_uncertainty_m": round(incident.uncertainty_m) if known else None,
        **incident_cell(incident),
        **(properties or {}),
    }
    return {
        "type": "Feature",
        "id": incident.id,
        "geometry": None
        if position is None
        else {"type": "Point", "coordinates": [round(position.longitude, 7), round(position.latitude, 7)]},
        "properties": {**kept_beside(incident.properties, ours), **ours},
    }


def incident_cell(incident: Incident) -> dict[str, float]:
    """Return to how many degrees an incident's place was generalised; nothing where it wasn't."""
    side = incident.generalised_to_deg
    return {} if side is None else {GENERALISED_INCIDENT: side}


def _added(answer: NearAnswer) -> tuple[Column, ...]:
    """Return the columns that an answer adds; those of generalising only where something is generalised."""
    generalised = answer.summary.generalised_to_deg is not None or bool(answer.incidents.source.sides())
    return (*NEAR_COLUMNS, *_INCIDENT_COLUMNS, *(_GENERALISED if generalised else ()))


def _parts(answer: NearAnswer, table: Table) -> Iterator[Part]:
    """Yield the rows of the incidents with the values of the added columns."""
    rows = answer.incidents.rows
    start = first = 0
    for chunk in table.chunks():
        after = int(np.searchsorted(rows, start + len(chunk)))
        numbers = np.arange(first, after)
        if len(numbers):
            some = chunk if len(numbers) == len(chunk) else chunk.take((rows[first:after] - start).tolist())
            yield Part(some, _values(answer, numbers))
        start, first = start + len(chunk), after


def _values(answer: NearAnswer, numbers: Integers) -> list[tuple[object, ...]]:
    """Return the values of the added columns for some incidents."""
    incidents, targets = answer.incidents, answer.targets
    spots, spot, nearest = incidents.spots, incidents.spot[numbers], answer.nearest[numbers]
    unknown = answer.unknown[numbers]
    ids, names, bases = (
        [getattr(place, name) for place in targets] + [None] for name in ("id", "name", "position_basis")
    )
    problems = incidents.source.problems(incidents.rows[numbers])
    days = zip(incidents.first_days[numbers].tolist(), incidents.last_days[numbers].tolist(), strict=True)
    norths = _or_none(np.round(np.append(spots.points.latitudes, np.nan)[spot], 7))
    easts = _or_none(np.round(np.append(spots.points.longitudes, np.nan)[spot], 7))
    radii: Floats = np.round(np.append(spots.radii_m, np.nan)[spot])
    radii[incidents.radius_assumed[numbers]] = np.nan
    columns: list[Sequence[object]] = [
        [ids[number] for number in nearest.tolist()],
        [names[number] for number in nearest.tolist()],
        [bases[number] for number in nearest.tolist()],
        *(_or_none(np.round(each[numbers], 1)) for each in answer.metres),
        [CERTAINTIES[number] for number in answer.certainties[numbers].tolist()],
        answer.at_target[numbers].tolist(),
        answer.counts_certain[numbers].tolist(),
        answer.counts_possible[numbers].tolist(),
        _or_none(np.where(unknown < 1.0, np.round(answer.probabilities[numbers], 3), np.nan)),
        np.round(unknown, 3).tolist(),
        [problems.get(row, "") for row in incidents.rows[numbers].tolist()],
        [None if math.isnan(first) else iso_days(int(first), int(last)) for first, last in days],
        norths,
        easts,
        [None if radius is None else int(radius) for radius in _or_none(radii)],
    ]
    if len(_added(answer)) > len(columns):
        sides = incidents.source.sides()
        columns.append([targets[number].generalised_to_deg if number >= 0 else None for number in nearest])
        columns.append([_side(incidents, number, sides) for number in spot.tolist()])
    points = [None if north is None else (east, north) for north, east in zip(norths, easts, strict=True)]
    return list(zip(*columns, points, strict=True))


def _side(incidents: Incidents, spot: int, sides: Mapping[str, float | None]) -> float | None:
    """Return to how many degrees the place of a spot was generalised, or the largest of several."""
    if several := incidents.spots.several(spot, sides):
        return several.generalised_to_deg
    return sides.get(incidents.spots.places[spot]) if spot >= 0 else None


def _or_none(values: Floats) -> list[float | None]:
    """Return numbers as Python has them, None for NaN and infinity."""
    found: list[float | None] = values.tolist()
    for at in np.flatnonzero(~np.isfinite(values)).tolist():
        found[at] = None
    return found
