"""Incidents counted at each place: `near` turned round.

For each place, how many incidents are certainly and how many possibly within a distance of it, and how many
are expected to be: also of those whose name may mean a place near it or another one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from gazetteer.answers import said_of_cell
from gazetteer.incidents import Incident, Incidents
from gazetteer.incidents.groups import alike, distinct, expanded
from gazetteer.near.count import TOLD, months_of
from gazetteer.near.expected import Chances, Expected, Lots, Outcomes
from gazetteer.near.near import inward, own_places
from gazetteer.near.pairs import disc_pairs, unanswerable
from gazetteer.near.probability import pair_shares
from gazetteer.near.select import Selection
from gazetteer.near.several import pairs_of_several
from gazetteer.near.targets import Targets
from gazetteer.points import Booleans, Floats, Integers, checked_within
from gazetteer.tables.table import RowsTable
from gazetteer.tables.writing import write_table
from gazetteer.values import Place

_COLUMNS: Final = (
    "id", "name", "certain", "possible", "expected", "expected_low", "expected_high", "latitude", "longitude",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class FacilityCount:
    """How many incidents are near one place, in one month or altogether.

    Parameters
    ----------
    place
        The place.
    month
        As "2016-05"; "" for incidents without a date; None when months are not told apart.
    certain, possible
        How many incidents are certainly, and possibly, within the distance; the certain ones are among the
        possible ones.
    expected
        How many are expected to be. What is unknown is told for all places together.
    """

    place: Place
    month: str | None
    certain: int
    possible: int
    expected: Expected

    def as_json(self) -> dict[str, Any]:
        """Return the count with the place's id and name; `month` only where months are told apart."""
        row: dict[str, Any] = {"id": self.place.id, "name": self.place.name}
        if self.month is not None:
            row["month"] = self.month
        expected = self.expected.as_json()
        del expected["unknown"]
        counts = {"certain": self.certain, "possible": self.possible, **expected}
        return {**row, **counts, **said_of_cell(self.place)}


@dataclass(frozen=True, slots=True)
class FacilityAnswer:
    """Places with incidents near them, those with most first.

    Parameters
    ----------
    rows
        One for each place, and month where asked for, with an incident possibly near, or expected to be.
    targets
        How many places were looked at.
    incidents, unanswerable, without_position
        How many incidents there are; of these, how many are known too roughly for the distance and
        how many have no position. Neither are counted in the rows, but for what is expected.
    unknown
        The expected number of incidents of which nothing can be said.
    selection
        The incidents that were asked about, where they were chosen.
    """

    rows: tuple[FacilityCount, ...]
    targets: int
    incidents: int
    unanswerable: int
    without_position: int
    unknown: float
    selection: Selection | None = None

    def write(self, path: str | Path) -> tuple[Path, ...]:
        """Write a table of the rows, in any format that tables have; return the file."""
        places = [
            {
                "latitude": round(row.place.position.latitude, 6),
                "longitude": round(row.place.position.longitude, 6),
            }
            for row in self.rows
        ]
        rows = [{**row.as_json(), **place} for row, place in zip(self.rows, places, strict=True)]
        write_table(path, RowsTable.of(rows, _COLUMNS))
        return (Path(path),)

    def as_json(self) -> dict[str, Any]:
        """Return the rows and the counts in plain JSON types."""
        counts = ("targets", "incidents", "unanswerable", "without_position")
        return {
            "summary": {
                **{name: getattr(self, name) for name in counts},
                "unknown": round(self.unknown, 2),
            },
            "rows": [row.as_json() for row in self.rows],
        }


def by_facility(
    incidents: Iterable[Incident],
    targets: Sequence[Place],
    *,
    within_m: float,
    by_month: bool = False,
    ignore_dates: bool = False,
) -> FacilityAnswer:
    """Count for each place the incidents near it.

    Parameters
    ----------
    incidents, targets, within_m, ignore_dates
        As for :func:`~gazetteer.near.near`. An incident whose own place is the target is certain.
    by_month
        True counts each month apart.

    Raises
    ------
    InputError
        If the distance is negative, not finite or over 500 km.
    """
    within_m = checked_within(within_m)
    asked, places = Incidents.of(incidents), Targets.of(targets)
    located = np.flatnonzero(asked.spot >= 0)
    spots = asked.spot[located]
    names, month = months_of(asked) if by_month else ([""], np.zeros(len(asked), dtype=np.intp))
    certain = np.zeros((len(places), len(names)), dtype=np.intp)
    possible = np.zeros_like(certain)
    points, radii = asked.spots.points.take(spots), asked.spots.radii_m[spots]
    vague = unanswerable(radii, within_m=within_m)
    parts = asked.spots.parts
    of_several = np.flatnonzero(np.isin(spots, list(parts)))
    several = [parts[spot] for spot in spots[of_several].tolist()]
    vague[of_several] = True
    clear = np.flatnonzero(~vague)
    vague[of_several] = [
        bool(unanswerable(asked.spots.radii_m[list(one.spots)], within_m=within_m).all()) for one in several
    ]
    ids, own_ids = np.array([p.id for p in places], object), np.array([*asked.spots.places, ""], object)

    def add(rows: Integers, numbers: Integers, sure: Booleans) -> None:
        if not ignore_dates:
            there = places.existed(asked.first_days[rows], asked.last_days[rows], numbers)
            rows, numbers, sure = rows[there], numbers[there], sure[there]
        np.add.at(possible, (numbers, month[rows]), 1)
        np.add.at(certain, (numbers[sure], month[rows[sure]]), 1)

    for pairs in disc_pairs(
        points.take(clear), radii[clear], places.points, places.radii_m, within_m=within_m
    ):
        rows = located[clear[pairs.left]]
        other = own_ids[asked.spot[rows]] != ids[pairs.right]
        add(rows[other], pairs.right[other], pairs.certain[other])
    own, numbers = own_places(asked, places, spots)
    add(located[own], numbers, np.ones(len(own), dtype=np.bool_))
    if several:
        at, near_one, sure = pairs_of_several(asked.spots, several, places, within_m=within_m)
        add(located[of_several[at]], near_one, sure)
        own = np.append(own, of_several[at])  # a place too rough to answer about is near itself alone
    expected, unknown = _expected_at(asked, places, month, len(names), within_m, ignore_dates=ignore_dates)
    number = np.array([one.number for one in expected]).reshape(possible.shape)
    found = [
        FacilityCount(
            places[n],
            names[m] if by_month else None,
            int(certain[n, m]),
            int(possible[n, m]),
            expected[n * len(names) + m],
        )
        for n, m in np.argwhere((possible > 0) | (number >= TOLD)).tolist()
    ]
    total = possible.sum(axis=1).tolist()
    order = {place.id: (-total[number], number) for number, place in enumerate(places)}
    at_own = np.isin(np.flatnonzero(vague), own)
    return FacilityAnswer(
        rows=tuple(sorted(found, key=lambda one: (*order[one.place.id], one.month or ""))),
        targets=len(places),
        incidents=len(asked),
        unanswerable=int(vague.sum() - at_own.sum()),
        without_position=len(asked) - len(located),
        unknown=unknown,
    )


def _expected_at(
    incidents: Incidents,
    places: Targets,
    month: Integers,
    months: int,
    within_m: float,
    *,
    ignore_dates: bool,
) -> tuple[list[Expected], float]:
    """Return the expected number of incidents at each place and month, and of those that are unknown."""
    lots = Lots.among(incidents)
    begun, ended = incidents.first_days, incidents.last_days
    first, _, times = alike(lots.of, month, places.epochs(begun), places.epochs(ended))
    spots, each_spot = distinct(lots.spots)
    disc, place, share = _at_places(incidents, places, spots, within_m)
    order = np.argsort(disc, kind="stable")
    place, share = place[order], share[order]
    starts = np.searchsorted(disc[order], np.arange(len(spots) + 1))
    whose, slot = expanded(lots.starts, lots.of[first])
    each, pair = expanded(starts, each_spot[slot])
    whose, slot = whose[each], slot[each]
    if not ignore_dates:
        there = places.existed(begun[first][whose], ended[first][whose], place[pair])
        whose, slot, pair = whose[there], slot[there], pair[there]
    cell = place[pair] * months + month[first][whose]
    outcomes = Outcomes.of(lots.of[first][whose], slot, share[pair], cell, times[whose])
    none = np.zeros(len(places) * months)
    expected = outcomes.expected(lots, cells=len(none), unknown=none, calibration=incidents.calibration)
    at_own = np.unique(spots[disc[share >= 1.0]])
    vague = unanswerable(incidents.spots.radii_m, within_m=within_m)
    vague[at_own] = False
    said = Chances.among(
        incidents, np.zeros_like(month), lambda spots, _: np.where(vague[spots], np.nan, 0.0)
    )
    return expected, float(said.summed()[1].sum())


def _at_places(
    incidents: Incidents, places: Targets, spots: Integers, within_m: float
) -> tuple[Integers, Integers, Floats]:
    """Return pairs of spots and places, and the share of each spot's disc near the place; each once."""
    disc, place, share = pair_shares(
        incidents.spots.points.take(spots),
        incidents.spots.radii_m[spots],
        places.points,
        within_m=within_m,
        inward=inward(incidents)[spots],
    )
    own, at = own_places(incidents, places, spots)
    width = max(len(places), 1)
    keys = np.concatenate([disc * width + place, own * width + at])
    each, which = np.unique(keys, return_inverse=True)
    shares = np.zeros(len(each))
    np.maximum.at(shares, which, np.concatenate([share, np.ones(len(own))]))
    return *np.divmod(each, width), shares
