"""Rows of all sources to places: one place, several spellings, several source ids.

The rules, in order; docs/decisions/0006-merge-rules.md says why:

1. Rows with the same key are one place, and a code settles it: a row that names another's code in `same_as`
   joins that place.
2. Rows that only have names go to the place of their key or code.
3. Of what is left, a row joins a place of another source when :mod:`geodata.match` finds them one.
4. The earlier source decides display names, position and areas; every spelling keeps its own source.

The order of sources is that of ``sources.toml``. Rows are taken in that order and by their keys, so that the
order of files changes nothing.

How large a settlement is
-------------------------
A settlement has one point and seldom more than a population. Its radius is that of a circle in which its
people live 5,000 to the square kilometre, ``sqrt(population / (5000 * pi))`` km, and 1 km more, because the
point is seldom the middle and no town is round; at most 12 km. Without a population it is half the way to the
next settlement, between 1 and 2 km. Density and margin are this project's choice. A test in
``tests/geodata/test_default_facts.py`` checks them against OCHA's neighbourhoods (COD-AB, 2020-12-17): in
every town that has neighbourhoods the circle holds at least three quarters of their area, and in all but one
at least 95 %.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely

from gazetteer.country import pcode_chain, pcode_kind
from gazetteer.geodesy import LatLon, distance_m
from gazetteer.kinds import PlaceKind
from gazetteer.names import fold, script_of
from gazetteer.names.words import split_kind_words
from gazetteer.store import PlaceRecord
from gazetteer.values import AdminMethod, Place, Spelling
from geodata.areas import AreaSet, farthest_m, point_inside
from geodata.clean import split_field
from geodata.importers import RawName, RawRecord
from geodata.match import Named, join, join_far, kinds_agree, reach_m
from geodata.report import IssueKind, Report

_DENSITY_PER_KM2: Final = 5_000
_MARGIN_M, _LARGEST_TOWN_M = 1_000.0, 12_000.0
#: Bounds in metres for settlements without a known population: a reporter's point for a village seldom lies
#: nearer to another one, and seldom more than 2 km off.
_LEAST_RADIUS_M, _MOST_RADIUS_M = 1_000.0, 2_000.0
#: How many nearest settlements are measured along the ellipsoid to find the nearest.
_MEASURED: Final = 4
_CURATED: Final = "cg:"
_INDEXED: Final = frozenset(("Latn", "Arab"))
#: What reaches across areas: the one that its point lies in says nothing.
_UNCHAINED: Final = frozenset(
    (
        PlaceKind.REGION,
        PlaceKind.MOUNTAIN,
        PlaceKind.BORDER,
        PlaceKind.ROAD,
        PlaceKind.RIVER,
        PlaceKind.VALLEY,
    )
)
#: Kinds whose most exact position wins, whichever source has it.
_EXACT_WINS: Final = frozenset(("facility", "landmark"))


def settlement_radius_m(population: int) -> float:
    """Return the radius in metres that stands for a settlement's extent, above 1,000 to 12,000.

    >>> settlement_radius_m(3_000), settlement_radius_m(2_098_210)
    (1437.0, 12000.0)
    """
    radius_m = 1_000 * math.sqrt(population / (_DENSITY_PER_KM2 * math.pi)) + _MARGIN_M
    return float(round(min(radius_m, _LARGEST_TOWN_M)))


@dataclass(frozen=True, slots=True)
class Located:
    """A row after repair: with clean names and the position that it is taken to mean."""

    raw: RawRecord
    position: LatLon | None


class Draft:
    """A place in the making, from the row that says what it is; its rows stand in the order of trust."""

    def __init__(self, first: Located) -> None:
        if first.raw.kind is None:
            raise ValueError(f"{first.raw.key} does not say what it is")
        self.kind: PlaceKind = first.raw.kind
        self.rows: list[Located] = [first]

    @property
    def id(self) -> str:
        """The P-code where there is one, then the curated id, then the first source's."""
        keys = [row.raw.key for row in self.rows]
        curated = next((key for key in keys if key.startswith(_CURATED)), keys[0])
        return next((key for key in keys if pcode_kind(key)), curated)

    @property
    def source_ids(self) -> tuple[str, ...]:
        """The place's id in each source, its own first."""
        linked = [code for row in self.rows for code in (row.raw.key, *row.raw.same_as)]
        return tuple(dict.fromkeys((self.id, *(code for code in linked if code))))

    @property
    def position(self) -> LatLon | None:
        """The point inside its shape, else that of the first row that has one."""
        shape = self.shape_row
        if shape is not None and shape.raw.shape is not None:
            return point_inside(shape.raw.shape)
        placed = [row for row in self.rows if row.position is not None]
        if self.kind.group in _EXACT_WINS:
            placed.sort(key=lambda row: row.raw.uncertainty_m or self.kind.radius_m)
        return placed[0].position if placed else None

    @property
    def shape_row(self) -> Located | None:
        """The first row that has a line or polygon."""
        return next((row for row in self.rows if row.raw.shape is not None), None)

    @property
    def population(self) -> int | None:
        """Inhabitants as the first source that knows them says."""
        return next((row.raw.population for row in self.rows if row.raw.population), None)

    @property
    def stated(self) -> tuple[str, ...]:
        """P-codes of the first row that states areas."""
        return next((row.raw.stated for row in self.rows if row.raw.stated), ())

    def names(self) -> list[tuple[RawName, str]]:
        """Return every name with its source: display names first, each text once."""
        found: dict[str, tuple[RawName, str]] = {}
        for row in self.rows:
            for name in row.raw.names:
                if name.text:
                    found.setdefault(name.text, (name, row.raw.origin.source))
        return list(found.values())

    @property
    def display(self) -> tuple[str, str]:
        """The display names in Latin and in Arabic script; an empty one where there is none."""
        names = [name for name, _ in self.names()]
        latin = next((n.text for n in names if script_of(n.text) == "Latn"), "")
        arabic = next((n.text for n in names if n.language == "ar" and script_of(n.text) == "Arab"), "")
        return latin, arabic

    def named(self) -> Named | None:
        """Return what joining needs to know; None without a position or a name that can be compared."""
        position = self.position
        whole = [n for n, _ in self.names() if script_of(n.text) in _INDEXED]
        # Parts of a field that are too common to be spellings still help to recognise the place.
        parts = [part for n in whole if not n.is_label for part in split_field(n.text)]
        texts = tuple(dict.fromkeys([n.text for n in whole] + parts))
        if position is None or not texts:
            return None
        facility = self.kind.group in _EXACT_WINS
        return Named(
            self.id,
            self.kind,
            position,
            texts,
            slack_m=(self.rows[0].raw.uncertainty_m or 0.0) if facility else 0.0,
            population=self.population,
            displays=tuple(name for name in self.display if name),
        )

    def radius_m(self, position: LatLon, nearest_m: float | None) -> float:
        """Return the radius in metres that holds what is reported in the place.

        `nearest_m` is how far the nearest other settlement is, where there is one.
        """
        shape = self.shape_row
        if shape is not None and shape.raw.shape is not None:
            return max(1.0, farthest_m(position, shape.raw.shape))
        if self.kind is PlaceKind.SETTLEMENT or (self.kind is PlaceKind.CAMP and not self._own_radius):
            own = self._settlement_radius_m(nearest_m)
            # Sources that put the place elsewhere may be right: the circle holds their points too.
            away = [distance_m(position, row.position) for row in self.rows if row.position is not None]
            return max(own, *(float(round(m)) for m in away if m <= reach_m(self.kind)))
        return self._own_radius or self.kind.radius_m

    @property
    def _own_radius(self) -> float | None:
        return min((row.raw.uncertainty_m for row in self.rows if row.raw.uncertainty_m), default=None)

    def _settlement_radius_m(self, nearest_m: float | None) -> float:
        if self.population is not None:
            return settlement_radius_m(self.population)
        half = nearest_m / 2 if nearest_m is not None else _MOST_RADIUS_M
        return float(round(min(max(half, _LEAST_RADIUS_M), _MOST_RADIUS_M)))

    def record(self, position: LatLon, *, nearest_m: float | None, computed: str | None) -> PlaceRecord:
        """Return the place for the file; `computed` is the sub-district whose polygon holds it."""
        names = self.names()
        latin, arabic = self.display
        level = self.kind.admin_level
        stated = self._chain() if level is None else pcode_chain(self.id)
        method: AdminMethod = "stated" if stated else "unknown"
        if not stated and computed and self.kind not in _UNCHAINED and level is None:
            method = "within"
        place = Place(
            id=self.id,
            name=latin or arabic or _unnamed(self.kind),
            name_ar=arabic,
            kind=self.kind,
            position=position,
            uncertainty_m=self.radius_m(position, nearest_m),
            population=self.population,
            admin_method=method,
            sources=tuple(dict.fromkeys(row.raw.origin.source for row in self.rows)),
            valid_from=next((row.raw.valid_from for row in self.rows if row.raw.valid_from), None),
            valid_to=next((row.raw.valid_to for row in self.rows if row.raw.valid_to), None),
            sensitive=any(row.raw.sensitive for row in self.rows),
        )
        chain = dict(zip(("adm1_pcode", "adm2_pcode", "adm3_pcode"), stated, strict=False))
        return PlaceRecord(
            place,
            tuple(Spelling(n.text, n.language, script_of(n.text), source) for n, source in names),
            **chain,
            computed_adm3_pcode=computed if level is None else None,
            source_ids=self.source_ids,
            source_note="; ".join(dict.fromkeys(row.raw.note for row in self.rows if row.raw.note)),
        )

    def _chain(self) -> tuple[str, ...]:
        """Return the stated codes of levels 1 to 3 in order; a code implies those above it."""
        return max(map(pcode_chain, self.stated), key=len, default=())


def _unnamed(kind: PlaceKind) -> str:
    return f"Unnamed {kind.value.replace('_', ' ')}"


def merge(
    rows: Iterable[Located], areas: AreaSet | None, report: Report, *, order: Sequence[str]
) -> list[PlaceRecord]:
    """Make places of repaired rows, in the order of ids; `order` are the ids of the sources, the first
    trusted most.

    Without polygons the areas that hold a place stay unknown. Doubts are noted in the report.
    """
    rank = {source: n for n, source in enumerate(order)}
    ordered = sorted(
        rows,
        key=lambda row: (
            rank[row.raw.origin.source],
            row.raw.kind is None,
            row.raw.key,
            str(row.raw.origin.file),
            row.raw.origin.row,
        ),
    )
    drafts, names = _by_code(ordered, report)
    _add_names(names, drafts, report)
    _join_units(drafts, areas, report)
    for source in order[1:]:
        _join_source(source, order, drafts, report)
    return _records(sorted(set(drafts.values()), key=lambda d: d.id), areas, report)


def _repeats(row: Located, draft: Draft) -> bool:
    """Tell whether a row is the second one of its file with its key."""
    return any(r.raw.key == row.raw.key and r.raw.origin.file == row.raw.origin.file for r in draft.rows)


def _by_code(rows: Sequence[Located], report: Report) -> tuple[dict[str, Draft], list[Located]]:
    """Put rows with the same key or a stated code together; return drafts by code, and rows of names."""
    drafts: dict[str, Draft] = {}
    names: list[Located] = []
    for row in rows:
        if row.raw.kind is None:
            names.append(row)
            continue
        if not row.raw.key:
            report.add(IssueKind.SKIPPED_ROW, row.raw.origin.file, "the row has no code", row.raw.origin)
            continue
        known = next((drafts[c] for c in (row.raw.key, *row.raw.same_as) if c in drafts), None)
        if known is None:
            known = Draft(row)
        elif _repeats(row, known):
            report.add(
                IssueKind.REPEATED_CODE, row.raw.key, "the rows are taken as one place", row.raw.origin
            )
            known.rows.append(row)
        else:
            known.rows.append(row)
        for code in (row.raw.key, *row.raw.same_as):
            drafts.setdefault(code, known)
    return drafts, names


def _add_names(names: Sequence[Located], drafts: dict[str, Draft], report: Report) -> None:
    missing: dict[str, Located] = {}
    for row in names:
        codes = [code for code in (row.raw.key, *row.raw.same_as) if code]
        known = next((drafts[code] for code in codes if code in drafts), None)
        if known is None:
            missing.setdefault(row.raw.key, row)
            continue
        known.rows.append(row)
        for code in codes:
            drafts.setdefault(code, known)
    for key, row in missing.items():
        # GeoNames' dump has many features that are no places here; their names are no loss to report.
        if not key.startswith("geonames:"):
            shown = row.raw.names[0].text if row.raw.names else ""
            report.add(IssueKind.NAMES_WITHOUT_PLACE, key or "no code", f"{shown!r}", row.raw.origin)


def _join_units(drafts: dict[str, Draft], areas: AreaSet | None, report: Report) -> None:
    """Give settlements that are called "sub-district of X" throughout to the sub-district round them."""
    doubtful = [
        (draft, position)
        for draft in dict.fromkeys(drafts.values())
        if draft.kind is PlaceKind.SETTLEMENT
        and not pcode_kind(draft.id)
        and (position := draft.position) is not None
        and all(_asks_unit(name.text) for name, _ in draft.names())
    ]
    codes = areas.subdistricts_at([p for _, p in doubtful]) if areas else [None] * len(doubtful)
    for (draft, _), code in zip(doubtful, codes, strict=True):
        if code and code in drafts and drafts[code] is not draft:
            detail = f"{_shown(draft)} is the name of the sub-district {code}, not of a settlement"
            report.add(IssueKind.UNIT_NOT_PLACE, draft.id, detail, draft.rows[0].raw.origin)
            drafts[code].rows += draft.rows
            for key in [key for key, known in drafts.items() if known is draft]:
                drafts[key] = drafts[code]


def _asks_unit(name: str) -> bool:
    return split_kind_words(fold(name))[1] == PlaceKind.SUBDISTRICT.value


def _join_source(source: str, order: Sequence[str], drafts: dict[str, Draft], report: Report) -> None:
    """Join the places that only this source has to those of the sources before it."""
    before = order[: order.index(source)]
    distinct = list(dict.fromkeys(drafts.values()))
    newcomers = {d.id: d for d in distinct if d.rows[0].raw.origin.source == source}
    kinds = {d.kind for d in newcomers.values()}
    residents = {
        d.id: d
        for d in distinct
        if d.rows[0].raw.origin.source in before
        and any(kinds_agree(d.kind, kind) for kind in kinds)
        and not _has(d, source)
    }
    theirs = [n for d in residents.values() if (n := d.named())]
    ours = [n for d in newcomers.values() if (n := d.named())] if theirs else []
    joined, doubts = join(ours, theirs)
    taken = set(joined.values())
    far, far_doubts = join_far([n for n in ours if n.id not in joined], theirs, taken)
    for pair in far:
        a, b = newcomers[pair.newcomer], residents[pair.resident]
        detail = f"{_shown(a)} is {_shown(b)}, {b.id}, {pair.distance_m / 1000:.1f} km away"
        report.add(IssueKind.JOINED_FROM_AFAR, a.id, detail, a.rows[0].raw.origin)
        joined[pair.newcomer] = pair.resident
    _put_together(joined, newcomers, residents, drafts)
    known = {(doubt.pair.newcomer, doubt.pair.resident) for doubt in doubts}
    doubts += [d for d in far_doubts if (d.pair.newcomer, d.pair.resident) not in known]
    for doubt in doubts:
        if doubt.pair.newcomer in joined:
            continue
        a, b = newcomers[doubt.pair.newcomer], residents[doubt.pair.resident]
        detail = f"{_shown(a)} and {_shown(b)}, {b.id}, {doubt.pair.distance_m:,.0f} m: {doubt.reason}"
        report.add(IssueKind.KEPT_APART, a.id, detail, a.rows[0].raw.origin)


def _put_together(
    joined: Mapping[str, str],
    newcomers: Mapping[str, Draft],
    residents: Mapping[str, Draft],
    drafts: dict[str, Draft],
) -> None:
    into = {id(newcomers[newcomer]): residents[resident] for newcomer, resident in joined.items()}
    for newcomer, resident in joined.items():
        residents[resident].rows += newcomers[newcomer].rows
    for code, draft in drafts.items():
        drafts[code] = into.get(id(draft), draft)


def _has(draft: Draft, source: str) -> bool:
    return any(row.raw.origin.source == source and row.raw.kind is not None for row in draft.rows)


def _shown(draft: Draft) -> str:
    return next((repr(name.text) for name, _ in draft.names()), "a place without a name")


def _records(drafts: Sequence[Draft], areas: AreaSet | None, report: Report) -> list[PlaceRecord]:
    placed: list[tuple[Draft, LatLon]] = []
    for draft in drafts:
        position = draft.position
        if position is None:
            raw = draft.rows[0].raw
            report.add(IssueKind.SKIPPED_ROW, draft.id, f"{_shown(draft)} has no position", raw.origin)
        else:
            placed.append((draft, position))
    computed = areas.subdistricts_at([p for _, p in placed]) if areas else [None] * len(placed)
    nearest = _nearest_settlements(placed)
    found = []
    for (draft, position), code in zip(placed, computed, strict=True):
        record = draft.record(position, nearest_m=nearest.get(draft.id), computed=code)
        found.append(record)
        _compare(record, draft, areas, report)
    return found


def _compare(record: PlaceRecord, draft: Draft, areas: AreaSet | None, report: Report) -> None:
    """Note where stated and computed areas differ, and where there is no computed one."""
    if areas is None or record.place.kind.admin_level is not None:
        return
    origin = draft.rows[0].raw.origin
    if record.computed_adm3_pcode is None:
        stated = f"; it states {record.adm3_pcode}" if record.adm3_pcode else ""
        report.add(IssueKind.OUTSIDE_AREAS, record.place.id, f"{record.place.name!r}{stated}", origin)
    elif record.is_mismatch:
        detail = f"{record.place.name!r} states {record.adm3_pcode} and lies in {record.computed_adm3_pcode}"
        report.add(IssueKind.ADMIN_MISMATCH, record.place.id, detail, origin)
    for code in (record.adm1_pcode, record.adm2_pcode, record.adm3_pcode):
        if code and code not in areas:
            report.add(
                IssueKind.UNKNOWN_AREA, record.place.id, f"{record.place.name!r} states {code}", origin
            )


def _nearest_settlements(placed: Sequence[tuple[Draft, LatLon]]) -> Mapping[str, float]:
    """Return for each settlement the geodesic distance in metres to the nearest other one."""
    towns = [(d.id, p) for d, p in placed if d.kind is PlaceKind.SETTLEMENT]
    # Without OCHA's list of villages the next town is known, and not the next settlement.
    if len(towns) < 2 or not any(pcode_kind(town) for town, _ in towns):
        return {}
    # Longitudes are shortened as at 35° N, so that the tree's order is nearly right.
    flat = np.array([(p.longitude * 0.819, p.latitude) for _, p in towns])
    found = {}
    tree = shapely.STRtree([shapely.Point(xy) for xy in flat])
    for n, (town, position) in enumerate(towns):
        near = _within(tree, flat, n)
        found[town] = min(distance_m(position, towns[m][1]) for m in near)
    return found


def _within(
    tree: shapely.STRtree, flat: "np.ndarray[tuple[int, int], np.dtype[np.float64]]", n: int
) -> list[int]:
    """Return some of the settlements nearest to the n-th, the nearest surely among them."""
    radius = 0.02
    while True:
        box = shapely.box(*(flat[n] - radius), *(flat[n] + radius))
        near = [int(m) for m in tree.query(box) if m != n]
        # The corners of the box are farther than its sides: only what lies within the sides is complete.
        order = sorted(near, key=lambda m: float(np.hypot(*(flat[m] - flat[n]))))[:_MEASURED]
        if order and float(np.hypot(*(flat[order[0]] - flat[n]))) <= radius * 0.95:
            return order
        if len(near) == len(flat) - 1:
            return order
        radius *= 2
