"""Measure whether expected counts hold against the truth that was hidden from them.

    python -m scripts.measure_expected --gazetteer gazetteer.gpkg enriched.csv [more.csv]

Each table is a labelled one that was enriched: beside the ``gaz_`` columns it has ``true_latitude``,
``true_longitude``, ``true_adm1`` and ``date``. These but the date are hidden, and the public calls are asked
how many incidents lie within 5 km of a hospital, of 200 points anywhere in the country, and of the border,
by governorate and month. Of the cells in which one or more are or are expected, the share is told whose true
number lies in the interval, and so whether the sum of all does; for those that impute nothing also in the
*band*, the interval with what is unknown added to its upper end. To be fair to the confidences, a table
should have been enriched with weights that hadn't seen its places.

Where the coder knew a district only or less, the point is the middle of an area, and no truth about 5 km. So
each table is asked twice: as it is, and without those rows (UCDP's ``where_prec``, Airwars'
``coded_accuracy``). ``scripts/measure_accuracy.py`` asks the same of rows that were answered out of fold.
"""

import argparse
import datetime
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

import numpy as np
import shapely

from gazetteer import Gazetteer
from gazetteer.geodesy import LatLon
from gazetteer.incidents import ColumnChoice, Incident, read_incidents
from gazetteer.kinds import PlaceKind
from gazetteer.lookups import Lookups
from gazetteer.near import Expected, Targets, near, near_counts, select, targets_for
from gazetteer.points import Floats
from gazetteer.values import Place
from scripts.figures import Row, read_rows, write_rows

WITHIN_M = 5_000.0
POINTS = 200
#: Half a kilometre, in degrees.
APART_DEG = 0.005
#: Cells in which fewer are and are expected say nothing.
COUNTED = 1.0
#: UCDP's code of precision from which on a point is the middle of an area, and Airwars' words for one.
AREA_CODE = 3.0
AREA_WORDS = frozenset({"subdistrict", "district", "province_governorate"})
NOTHING = Expected(0.0, 0.0, 0.0, 0.0)
Cell = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Figures:
    """How expected numbers of one table hold.

    Parameters
    ----------
    table, near, imputed
        Which table, near what, and whether what is unknown was imputed.
    cells, held, in_band
        How many cells there are, and the shares of them whose true number lies in the interval, in the band.
    true, expected, low, high, unknown
        The sum of all cells, and what was expected of it.
    """

    table: str
    near: str
    imputed: bool
    cells: int
    held: float
    in_band: float
    true: int
    expected: float
    low: float
    high: float
    unknown: float

    def __str__(self) -> str:
        held = "in" if self.low <= self.true <= self.high else "NOT in"
        band = "in" if self.low <= self.true <= self.high + self.unknown else "NOT in"
        told = (
            f"{self.table:24} {self.near:9} {'imputed' if self.imputed else '':7} {self.cells:4} cells: "
            f"{self.held:.3f} held"
        )
        total = f"sum {self.true} {held} {self.low:.0f}-{self.high:.0f} (expected {self.expected:.1f}"
        if self.imputed:
            return f"{told}; {total})"
        return f"{told}, {self.in_band:.3f} in band; {total}, {band} the band; unknown {self.unknown:.1f})"


def measure(tables: Sequence[Path], gazetteer: Gazetteer) -> Iterator[Figures]:
    """Yield the figures of enriched labelled tables, near hospitals and near random points."""
    targets = targets_in(gazetteer)
    for table in tables:
        every = read_rows(table)
        placed = [row for row in every if is_placed(row)]
        yield from measured(table.stem, every, gazetteer, targets)
        if len(placed) < len(every):
            yield from measured(f"{table.stem}, placed", placed, gazetteer, targets)


def targets_in(gazetteer: Gazetteer) -> dict[str, Targets]:
    """Return what is asked about: the hospitals, points that stand on no settlement, and the border."""
    return {
        "hospitals": targets_for(gazetteer, "hospital"),
        "points": Targets(random_points(gazetteer)),
        "border": Targets(border_points(gazetteer)),
    }


def is_placed(row: Row) -> bool:
    """Tell whether the coder knew more of a row than its area."""
    return float(row.get("where_prec") or 1) < AREA_CODE and row.get("coded_accuracy") not in AREA_WORDS


def measured(
    table: str,
    rows: Sequence[Row],
    gazetteer: Lookups,
    targets: Mapping[str, Targets],
    *,
    columns: ColumnChoice | None = None,
) -> Iterator[Figures]:
    """Yield the figures of the rows of a table."""
    with tempfile.TemporaryDirectory() as folder:
        hidden = Path(folder, "hidden.csv")
        write_rows(hidden, [name for name in rows[0] if not name.startswith("true_")], rows)
        chosen = select(read_incidents(hidden, gazetteer, columns=columns), gazetteer)
        for name, places in targets.items():
            true = true_counts(rows, places)
            for impute in (False, True):
                found = near_counts(
                    chosen, places, gazetteer, within_m=WITHIN_M, by=("area", "month"), impute=impute
                )
                cells = {(row.pcode or "", row.month or ""): row.expected for row in found.rows if row.pcode}
                asked = [
                    (true[cell], cells.get(cell, NOTHING))
                    for cell in {*cells, *true}
                    if max(true[cell], cells.get(cell, NOTHING).number) >= COUNTED
                ]
                total = found.answer.expected
                assert total is not None
                yield Figures(
                    table,
                    name,
                    impute,
                    len(asked),
                    mean(one.low <= number <= one.high for number, one in asked),
                    mean(one.low <= number <= one.high + one.unknown for number, one in asked),
                    true.total(),
                    total.number,
                    total.low,
                    total.high,
                    total.unknown,
                )


def true_counts(rows: Sequence[Row], targets: Targets) -> Counter[Cell]:
    """Count the rows that are truly within the distance, by governorate and month."""
    incidents = [
        Incident(
            id=str(number),
            date=datetime.date.fromisoformat(row["date"]),
            position=LatLon(float(row["true_latitude"]), float(row["true_longitude"])),
            uncertainty_m=0.0,
            admin=(row["true_adm1"],),
            properties={},
            radius_from="column",
        )
        for number, row in enumerate(rows)
    ]
    shares = near(incidents, targets, within_m=WITHIN_M).probabilities
    found = (row for row, share in zip(rows, shares.tolist(), strict=True) if share == 1.0)
    return Counter((row["true_adm1"], row["date"][:7]) for row in found)


def random_points(gazetteer: Gazetteer) -> tuple[Place, ...]:
    """Return points anywhere in the country, always the same."""
    spots = [place.position for place in gazetteer.places()]
    norths, easts = [one.latitude for one in spots], [one.longitude for one in spots]
    random = np.random.default_rng(1)
    latitudes = random.uniform(min(norths), max(norths), 20 * POINTS)
    longitudes = random.uniform(min(easts), max(easts), 20 * POINTS)
    outside = gazetteer.areas_at(latitudes, longitudes).outside_country
    if outside is None:
        raise SystemExit("the gazetteer has no boundaries to tell what lies in the country")
    inside = np.flatnonzero(~np.asarray(outside))[:POINTS]
    return points_at(longitudes[inside], latitudes[inside])


def border_points(gazetteer: Gazetteer) -> tuple[Place, ...]:
    """Return points along the country's border, some 500 m from each other."""
    ((_, outline),) = gazetteer.outlines(level=0, simplified=False)
    line = shapely.segmentize(shapely.boundary(shapely.from_wkb(outline)), APART_DEG)
    return points_at(*shapely.get_coordinates(line).T)


def points_at(longitudes: Floats, latitudes: Floats) -> tuple[Place, ...]:
    return tuple(
        Place(f"point:{n}", f"point {n}", "", PlaceKind.POINT, LatLon(north, east), uncertainty_m=1.0)
        for n, (east, north) in enumerate(zip(longitudes.tolist(), latitudes.tolist(), strict=True))
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("tables", nargs="+", type=Path)
    parser.add_argument("--gazetteer", type=Path, required=True)
    given = parser.parse_args()
    with Gazetteer.open(given.gazetteer) as gazetteer:
        for figures in measure(given.tables, gazetteer):
            print(figures)


if __name__ == "__main__":
    main()
