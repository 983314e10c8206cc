"""Sampled positions of the rows of a table, as multiple imputations for models: a long table, a row a draw.

Each draw takes one candidate by confidence (as one draw of the calibration gives it), or none, and a position
round it at the distance ``radius * u ** (1 / inward)``, `u` uniform and `inward` the calibration's, so that
points lie towards the middle as coders' points do. In generalised cells, and round computed points, positions
are uniform over the disc; in areas over the part of the disc inside the area. A row's own point is drawn
uniformly over its own radius, and a person's decision is certain. "A, B" is drawn at each place, in a row
each; "A or B" at one of them.

A draw depends on the seed, the row's mention and its answer alone, not on other rows, their order or the
processes: rows with the same mention and answer get the same positions. Results of models are pooled by
Rubin's rules ("Multiple Imputation for Nonresponse in Surveys", 1987, section 3.1).
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, Final, NamedTuple

import numpy as np

from gazetteer.enrich.cells import known_place
from gazetteer.enrich.plan import GEOMETRY, NAME_COLUMNS, ROW, Plan
from gazetteer.errors import InputError, TableError
from gazetteer.geodesy import LatLon, geod
from gazetteer.incidents.names import is_either
from gazetteer.incidents.row import Mention, mention_cells, mention_of
from gazetteer.incidents.spots import Candidate, Fix, exclusive
from gazetteer.lookups import Lookups
from gazetteer.points import Floats
from gazetteer.reading.calibration import Calibration
from gazetteer.tables.layout import Column, Layout, Part
from gazetteer.tables.table import Chunk
from gazetteer.values import counted

#: More draws add no information, and make a table too long to use.
MAX_DRAWS: Final = 1_000
_AREAS: Final = ("gaz_adm1_pcode", "gaz_adm2_pcode", "gaz_adm3_pcode")
_LIKE_NAMES: Final = {column.name: column for column in NAME_COLUMNS}
#: The columns of the long table, after that of the row's own id.
DRAW_COLUMNS: Final = (
    ROW,
    Column("draw", "integer", "#meta+draw+num"),
    Column("gaz_place_number", "integer", "#meta+place+num"),
    *(_LIKE_NAMES[name] for name in ("gaz_place_id", "gaz_latitude", "gaz_longitude", *_AREAS)),
    GEOMETRY,
)
#: The exponent of positions that are spread evenly over a disc.
_EVEN: Final = 2.0
#: How often a position is thrown that has to lie in an area.
_THROWS: Final = 40
#: Rows that are drawn at once, and how many drawn positions and how many mentions are remembered.
_ROWS: Final = 500
_REMEMBERED: Final = 400_000
_CELLS: Final = ("place_id", "latitude", "longitude", "uncertainty_m")

Cells = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Draws:
    """How many draws of each row, 1 to 1,000; the same seed, 0 or more, gives the same draws."""

    number: int
    seed: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.number <= MAX_DRAWS:
            raise InputError(
                f"draws must be between 1 and {MAX_DRAWS:,}, not {self.number}", parameter="draws"
            )
        if self.seed < 0:
            raise InputError(f"the seed must be 0 or more, not {self.seed}", parameter="seed")

    def as_json(self) -> dict[str, int]:
        """Return it in plain JSON types."""
        return {"number": self.number, "seed": self.seed}


class _Candidate(NamedTuple):
    """A place that may be meant: its id, its disc, and how likely it is, 0 to 1."""

    id: str
    latitude: float
    longitude: float
    radius_m: float
    share: float


class _Unknown(NamedTuple):
    """The unknown that rows share: their mention, and the candidates for each place that it names."""

    names: tuple[str, ...]
    areas: tuple[str, ...]
    country: str
    places: tuple[tuple[_Candidate, ...], ...]


class _Throw(NamedTuple):
    """A position to draw round a candidate."""

    candidate: _Candidate
    reach_m: float  # the largest distance
    inward: float  # the exponent of distances
    far: float  # 0 to 1, for the distance
    turn: float  # 0 to 1, for the direction
    dice: np.random.Generator  # for another throw


class Drawing:
    """Makes the long table of enriched rows; `plan` has their columns."""

    def __init__(self, gazetteer: Lookups, plan: Plan, draws: Draws, calibration: Calibration) -> None:
        kept = () if plan.columns.id is None else (plan.columns.id,)
        self.layout = Layout(kept=kept, added=DRAW_COLUMNS)
        if taken := set(kept) & set(self.layout.added_names):
            raise TableError(
                f"the column {taken.pop()!r} of ids has the name of a column of draws: rename it, or name "
                "another with --id",
                parameter="id",
            )
        self._gazetteer, self._plan, self._draws, self._calibration = gazetteer, plan, draws, calibration
        self._drawn: dict[_Unknown, list[tuple[Cells, ...]]] = {}
        self._mention = lru_cache(_REMEMBERED)(mention_of)
        self._place = lru_cache(_REMEMBERED)(partial(known_place, gazetteer))
        self.rows = self.empty = 0

    @property
    def note(self) -> str:
        """How many rows were written, and how many have no position."""
        return (
            f"{counted(self._draws.number, 'draw')} of each row with seed {self._draws.seed}: "
            f"{counted(self.rows, 'row')}, {self.empty:,} without a position"
        )

    def parts(self, parts: Iterable[Part]) -> Iterator[Part]:
        """Yield the draws of all rows, in their order."""
        before = 0
        for part in parts:
            for start in range(0, len(part.chunk), _ROWS):
                at = range(start, min(start + _ROWS, len(part.chunk)))
                yield self._part(part.chunk.take(at), [part.added[row] for row in at], before + start)
            before += len(part.chunk)

    def _part(self, chunk: Chunk, added: Sequence[Cells], before: int) -> Part:
        unknown = self._unknown_in(chunk, added)
        self._draw(dict.fromkeys(unknown))
        places: list[int] = []
        drawn: list[Cells] = []
        for row, one in enumerate(unknown):
            for draw, positions in enumerate(self._drawn[one], start=1):
                for number, position in enumerate(positions, start=1):
                    places.append(row)
                    drawn.append((before + row + 1, draw, number, *position))
                    self.empty += position[0] is None
        self.rows += len(drawn)
        return Part(chunk.take(places), drawn)

    def _unknown_in(self, chunk: Chunk, added: Sequence[Cells]) -> list[_Unknown]:
        """Return the unknown of each row."""
        known: dict[tuple[Mention, int], _Unknown] = {}
        found = []
        for written, values in zip(mention_cells(chunk, self._plan.columns), added, strict=True):
            mention = self._mention(written)
            key = mention, id(values)
            if key not in known:
                cells = dict(zip(self._plan.added_names, values, strict=True))
                places = _places(cells, either=is_either(mention))
                known[key] = _Unknown(mention.names, mention.areas, mention.country, places)
            found.append(known[key])
        return found

    def _draw(self, unknown: Iterable[_Unknown]) -> None:
        """Draw what hasn't been drawn yet, all at once."""
        if len(self._drawn) * self._draws.number > _REMEMBERED:
            self._drawn.clear()
        new = [one for one in unknown if one not in self._drawn]
        positions = iter(self._positions([throw for one in new for throw in self._throws(one)]))
        for one in new:
            # For each place its draws, one after the other: turned round to each draw's places.
            of_places = [[next(positions) for _ in range(self._draws.number)] for _ in one.places or ((),)]
            self._drawn[one] = list(zip(*of_places, strict=True))

    def _throws(self, unknown: _Unknown) -> Iterator[_Throw | None]:
        """Yield a throw for each place and draw; None where the draw takes no candidate."""
        said = json.dumps(unknown, ensure_ascii=False).encode()
        digest = np.frombuffer(hashlib.blake2b(said, digest_size=16).digest(), dtype="<u4")
        dice = np.random.default_rng([self._draws.seed, *digest.tolist()])
        for candidates in unknown.places or ((),):
            spread = [self._spread(one) for one in candidates]
            which, far, turn = dice.random((3, self._draws.number))
            chosen = (self._ends(candidates) <= which[:, None]).sum(axis=1).tolist()
            for number, u, v in zip(chosen, far.tolist(), turn.tolist(), strict=True):
                if number == len(candidates):
                    yield None
                else:
                    reach_m, inward = spread[number]
                    yield _Throw(candidates[number], reach_m, inward, u, v, dice)

    def _ends(self, candidates: Sequence[_Candidate]) -> Floats:
        """Return the cumulative shares of the candidates for each draw, which has its own calibration."""
        shares = np.array([one.share for one in candidates])
        curves = min(len(self._calibration.draws), self._draws.number)
        if not curves:
            return np.tile(np.cumsum(shares), (self._draws.number, 1))
        ends = np.cumsum([self._calibration.redrawn(shares, curve) for curve in range(curves)], axis=1)
        scaled: Floats = ends / np.maximum(ends[:, -1:], 1.0) if len(shares) else ends
        return scaled[np.arange(self._draws.number) % curves]

    def _spread(self, one: _Candidate) -> tuple[float, float]:
        """Return how far positions reach from a candidate, in metres, and the exponent of their distances."""
        place = self._place(one.id)
        if place is None or self._calibration.radius_m(place) is None:
            return one.radius_m, _EVEN
        return max(one.radius_m, place.uncertainty_m), self._calibration.inward

    def _positions(self, throws: Sequence[_Throw | None]) -> list[Cells]:
        """Return the cells of each draw; a position outside the area that it is drawn in is thrown again."""
        cells: list[Cells] = [(None,) * 7] * len(throws)
        left = [(at, throw) for at, throw in enumerate(throws) if throw is not None]
        for _ in range(_THROWS):
            again = []
            for (at, throw), landed in zip(left, self._landed([throw for _, throw in left]), strict=True):
                cells[at] = (throw.candidate.id, *landed)
                if self._is_missed(throw.candidate.id, landed[2:5]):
                    far, turn = throw.dice.random(2).tolist()
                    again.append((at, throw._replace(far=far, turn=turn)))
            left = again
        return cells

    def _landed(self, throws: Sequence[_Throw]) -> Iterator[Cells]:
        """Yield the latitude, longitude, areas and point of each throw."""
        if not throws:
            return
        longitudes, latitudes, _ = geod().fwd(
            np.array([one.candidate.longitude for one in throws]),
            np.array([one.candidate.latitude for one in throws]),
            np.array([360.0 * one.turn for one in throws]),
            np.array([one.reach_m * one.far ** (1.0 / one.inward) for one in throws]),
        )
        longitudes, latitudes = np.round(longitudes, 6), np.round(latitudes, 6)
        areas = self._gazetteer.areas_at(latitudes, longitudes)
        by_level = [{unit.level: unit.pcode for unit in chain} for chain in areas.chains]
        codes = [tuple(map(chain.get, (1, 2, 3))) for chain in by_level]
        for north, east, area in zip(
            latitudes.tolist(), longitudes.tolist(), areas.rows.tolist(), strict=True
        ):
            yield north, east, *codes[area], (east, north)

    def _is_missed(self, place_id: str, codes: Cells) -> bool:
        """Whether a position, in areas with these codes, is outside the area that it is drawn in."""
        place = self._place(place_id)
        level = None if place is None else place.kind.admin_level
        return level is not None and (not any(codes) if level == 0 else codes[level - 1] != place_id)


def _places(cells: Mapping[str, Any], *, either: bool) -> tuple[tuple[_Candidate, ...], ...]:
    """Return the candidates for each place that an enriched row names."""
    if cells.get("gaz_point_latitude") is not None:
        latitude, longitude = float(cells["gaz_point_latitude"]), float(cells["gaz_point_longitude"])
        radius_m = float(cells["gaz_point_uncertainty_m"] or 0.0)  # without one it is taken as it stands
        return ((_Candidate(f"point:{latitude:.5f},{longitude:.5f}", latitude, longitude, radius_m, 1.0),),)
    places = [_candidate(one, float(one["confidence"])) for one in cells["gaz_places"] or ()]
    if places and either:
        return (tuple(one._replace(share=one.share / len(places)) for one in places),)
    if places:
        return tuple((one,) for one in places)
    is_decided = cells["gaz_method"] == "decision"
    others = [] if is_decided else cells["gaz_alternatives"] or []
    found = [_candidate(one, float(one["confidence"])) for one in others]
    if cells["gaz_place_id"] is not None:
        best = {name: cells[f"gaz_{name}"] for name in _CELLS}
        found.insert(0, _candidate(best, 1.0 if is_decided else float(cells["gaz_confidence"])))
    # Only one of these can be meant, so that their shares add up to 1 at most.
    fixes = [Fix(LatLon(one.latitude, one.longitude), one.radius_m, (), one.id) for one in found]
    kept = exclusive(map(Candidate, fixes, [one.share for one in found]))
    one_place = tuple(
        _Candidate(fix.place_id, fix.position.latitude, fix.position.longitude, fix.uncertainty_m, confidence)
        for fix, confidence in kept
    )
    return (one_place,) if found else ()


def _candidate(one: Mapping[str, Any], share: float) -> _Candidate:
    place_id, latitude, longitude, radius_m = (one[name] for name in _CELLS)
    return _Candidate(str(place_id), float(latitude), float(longitude), float(radius_m), share)
