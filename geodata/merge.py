"""Rows of all sources to places: one place, several spellings, several source ids.

The rules, in order; docs/decisions/0006-merge-rules.md says why:

1. Rows with the same key are one place, and a code settles it: a row that names another's code in `same_as`
joins that place. 2. Rows that only have names go to the place of their key or code. 3. Of what is left, a row
joins a place of another source when :mod:`geodata.match` finds them one. 4. The earlier source in
``sources.toml`` decides display names, position and areas; every spelling keeps its own source. Rows are
taken in that order and by their keys, so that the order of files changes nothing.

A settlement has one point and seldom more than a population. Its radius is that of a circle in which its
people live 5,000 to the square kilometre, and 1 km more, because the point is seldom the middle and no town
is round; at most 12 km. Without a population it is half the way to the next settlement, between 1 and 2 km.
These numbers are this project's choice; ``tests/geodata/test_default_facts.py`` holds them against OCHA's
neighbourhoods.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from scipy.spatial import KDTree
from shapely.geometry.base import BaseGeometry

from gazetteer.country import pcode_chain, pcode_kind
from gazetteer.geodesy import LatLon, distance_m
from gazetteer.kinds import PlaceKind
from gazetteer.names import fold, keys, script_of
from gazetteer.names.similarity import sound, sound_similarity
from gazetteer.names.words import split_kind_words
from gazetteer.store import PlaceRecord
from gazetteer.values import AdminMethod, Place, Spelling
from geodata.areas import AreaSet, farthest_m, point_inside, wkb_of
from geodata.clean import split_field
from geodata.importers import Origin, RawName, RawRecord
from geodata.match import ALIKE, Named, join, join_far, kinds_agree, reach_m
from geodata.report import IssueKind, Report

_DENSITY_PER_KM2: Final = 5_000
_MARGIN_M, _LARGEST_TOWN_M = 1_000.0, 12_000.0
#: Bounds in metres for settlements without a known population: a reporter's point for a village seldom lies
#: nearer to another one, and seldom more than 2 km off.
_LEAST_RADIUS_M, _MOST_RADIUS_M = 1_000.0, 2_000.0
#: A settlement this near that has the very name makes a name of another doubtful.
_NAMESAKE_REACH_M: Final = 50_000.0
#: How many nearest settlements are measured along the ellipsoid to find the nearest.
_MEASURED: Final = 4
_CURATED: Final = "cg:"
_INDEXED: Final = frozenset(("Latn", "Arab"))
#: What reaches across areas: the one that its point lies in says nothing.
_UNCHAINED: Final = frozenset(map(PlaceKind, ("region", "mountain", "border", "road", "river", "valley")))
#: Kinds whose most exact position wins, whichever source has it.
_EXACT_WINS: Final = frozenset(("facility", "landmark"))


def settlement_radius_m(population: int) -> float:
    """Return the radius in metres that stands for a settlement's extent, above 1,000 to 12,000."""
    radius_m = 1_000 * math.sqrt(population / (_DENSITY_PER_KM2 * math.pi)) + _MARGIN_M
    return float(round(min(radius_m, _LARGEST_TOWN_M)))


@dataclass(frozen=True, slots=True)
class Located:
    """A row after repair: with clean names and the position that it is taken to mean."""

    raw: RawRecord
    position: LatLon | None


class _Draft:
    """A place in the making, from the row that says what it is; its rows stand in the order of trust."""

    def __init__(self, kind: PlaceKind, first: Located) -> None:
        self.kind, self.rows = kind, [first]

    @property
    def id(self) -> str:
        """The P-code where there is one, then the curated id, then the first source's."""
        keys = [row.raw.key for row in self.rows]
        curated = next((key for key in keys if key.startswith(_CURATED)), keys[0])
        return next((key for key in keys if pcode_kind(key)), curated)

    @property
    def position(self) -> LatLon | None:
        """The point inside its shape, else that of the first row that has one."""
        if (shape := self.shape) is not None:
            return point_inside(shape)
        return self._placed.position if self._placed else None

    @property
    def _placed(self) -> Located | None:
        placed = [row for row in self.rows if row.position is not None]
        if self.kind.group in _EXACT_WINS:
            placed.sort(key=lambda row: row.raw.uncertainty_m or self.kind.radius_m)
        return placed[0] if placed else None

    @property
    def shape(self) -> BaseGeometry | None:
        return next((row.raw.shape for row in self.rows if row.raw.shape is not None), None)

    @property
    def origin(self) -> Origin:
        return self.rows[0].raw.origin

    @property
    def population(self) -> int | None:
        return next((row.raw.population for row in self.rows if row.raw.population), None)

    def names(self) -> list[tuple[RawName, str]]:
        """Return every name with its source: display names first, each text once."""
        found: dict[str, tuple[RawName, str]] = {}
        for name, source in self.written():
            if name.text:
                found.setdefault(name.text, (name, source))
        return list(found.values())

    def written(self) -> Iterator[tuple[RawName, str]]:
        return ((name, row.raw.origin.source) for row in self.rows for name in row.raw.names)

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
        if (shape := self.shape) is not None:
            return max(1.0, farthest_m(position, shape))
        if self.kind is PlaceKind.SETTLEMENT or (self.kind is PlaceKind.CAMP and not self._own_radius):
            if self.population is not None:
                own = settlement_radius_m(self.population)
            else:
                half = nearest_m / 2 if nearest_m is not None else _MOST_RADIUS_M
                own = float(round(min(max(half, _LEAST_RADIUS_M), _MOST_RADIUS_M)))
            # Sources that put the place elsewhere may be right: the circle holds their points too.
            away = [distance_m(position, row.position) for row in self.rows if row.position is not None]
            return max(own, *(float(round(m)) for m in away if m <= reach_m(self.kind)))
        return self._own_radius or self.kind.radius_m

    @property
    def _own_radius(self) -> float | None:
        return min((row.raw.uncertainty_m for row in self.rows if row.raw.uncertainty_m), default=None)

    def record(self, position: LatLon, *, nearest_m: float | None, computed: str | None) -> PlaceRecord:
        """Return the place for the file; `computed` is the sub-district whose polygon holds it."""
        names = self.names()
        latin, arabic = self.display
        level = self.kind.admin_level
        codes = next((row.raw.stated for row in self.rows if row.raw.stated), ())
        # A code implies those above it.
        stated = max(map(pcode_chain, codes if level is None else (self.id,)), key=len, default=())
        method: AdminMethod = "stated" if stated else "unknown"
        if not stated and computed and self.kind not in _UNCHAINED and level is None:
            method = "within"
        place = Place(
            id=self.id,
            name=latin or arabic or f"Unnamed {self.kind.value.replace('_', ' ')}",
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
            position_basis=self._placed.raw.position_basis if self._placed else "",
        )
        shape = self.shape if level is None else None
        linked = (code for row in self.rows for code in (row.raw.key, *row.raw.same_as))
        chain = dict(zip(("adm1_pcode", "adm2_pcode", "adm3_pcode"), stated, strict=False))
        return PlaceRecord(
            place,
            tuple(Spelling(n.text, n.language, script_of(n.text), source) for n, source in names),
            **chain,
            computed_adm3_pcode=computed if level is None else None,
            source_ids=tuple(dict.fromkeys((self.id, *filter(None, linked)))),
            shape_wkb=None if shape is None else wkb_of(shape),
            source_note="; ".join(dict.fromkeys(row.raw.note for row in self.rows if row.raw.note)),
        )


def merge(
    rows: Iterable[Located], areas: AreaSet | None, report: Report, *, order: Sequence[str]
) -> list[PlaceRecord]:
    """Make places of cleaned rows, in the order of ids; `order` has the sources, the first trusted most."""
    rank = {source: n for n, source in enumerate(order)}
    origins = ((row, row.raw.origin) for row in rows)
    ranked = [((rank[o.source], row.raw.kind is None, row.raw.key, o.file, o.row), row) for row, o in origins]
    drafts, names = _by_code([row for _, row in sorted(ranked, key=lambda r: r[0])], report)
    _add_names(names, drafts, report)
    _join_units(drafts, areas, report)
    for source in order[1:]:
        _join_source(source, order, drafts, report)
    return _records(sorted(set(drafts.values()), key=lambda d: d.id), areas, report)


def _by_code(rows: Sequence[Located], report: Report) -> tuple[dict[str, _Draft], list[Located]]:
    """Put rows with the same key or a stated code together; return drafts by code, and rows of names."""
    drafts: dict[str, _Draft] = {}
    names: list[Located] = []
    for row in rows:
        if row.raw.kind is None:
            names.append(row)
            continue
        if not row.raw.key:
            report.row(row.raw, IssueKind.SKIPPED_ROW, "the row has no code")
            continue
        known = next((drafts[c] for c in (row.raw.key, *row.raw.same_as) if c in drafts), None)
        if known is None:
            known = _Draft(row.raw.kind, row)
        else:
            file = row.raw.origin.file
            if any((r.raw.key, r.raw.origin.file) == (row.raw.key, file) for r in known.rows):
                report.row(row.raw, IssueKind.REPEATED_CODE, "the rows are taken as one place")
            known.rows.append(row)
        for code in (row.raw.key, *row.raw.same_as):
            drafts.setdefault(code, known)
    return drafts, names


def _add_names(names: Sequence[Located], drafts: dict[str, _Draft], report: Report) -> None:
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
            report.row(
                row.raw, IssueKind.NAMES_WITHOUT_PLACE, repr([name.text for name in row.raw.names][:1])
            )


def _join_units(drafts: dict[str, _Draft], areas: AreaSet | None, report: Report) -> None:
    """Give settlements that are called "sub-district of X" throughout to the sub-district round them."""
    unit = PlaceKind.SUBDISTRICT.value
    doubtful = [
        (draft, position)
        for draft in dict.fromkeys(drafts.values())
        if draft.kind is PlaceKind.SETTLEMENT
        and not pcode_kind(draft.id)
        and (position := draft.position) is not None
        and all(split_kind_words(fold(name.text))[1] == unit for name, _ in draft.names())
    ]
    codes = areas.subdistricts_at([p for _, p in doubtful]) if areas else [None] * len(doubtful)
    for (draft, _), code in zip(doubtful, codes, strict=True):
        if code and code in drafts and drafts[code] is not draft:
            detail = f"{_shown(draft)} is the name of the sub-district {code}, not of a settlement"
            report.add(IssueKind.UNIT_NOT_PLACE, draft.id, detail, draft.origin)
            drafts[code].rows += draft.rows
            for key in [key for key, known in drafts.items() if known is draft]:
                drafts[key] = drafts[code]


def _join_source(source: str, order: Sequence[str], drafts: dict[str, _Draft], report: Report) -> None:
    """Join the places that only this source has to those of the sources before it."""
    before = order[: order.index(source)]
    distinct = list(dict.fromkeys(drafts.values()))
    newcomers = {d.id: d for d in distinct if d.origin.source == source}
    kinds = {d.kind for d in newcomers.values()}
    residents = {
        d.id: d
        for d in distinct
        if d.origin.source in before
        and any(kinds_agree(d.kind, kind) for kind in kinds)
        and not any(r.raw.origin.source == source and r.raw.kind is not None for r in d.rows)
    }
    theirs = [n for d in residents.values() if (n := d.named())]
    ours = [n for d in newcomers.values() if (n := d.named())] if theirs else []
    joined, doubts = join(ours, theirs)
    alone = [n for n in ours if n.id not in joined]
    far, far_doubts = join_far(alone, theirs, set(joined.values()))
    for pair in far:
        a, b = newcomers[pair.newcomer], residents[pair.resident]
        detail = f"{_shown(a)} is {_shown(b)}, {b.id}, {pair.distance_m / 1000:.1f} km away"
        report.add(IssueKind.JOINED_FROM_AFAR, a.id, detail, a.origin)
        joined[pair.newcomer] = pair.resident
    into = {id(newcomers[newcomer]): residents[resident] for newcomer, resident in joined.items()}
    for newcomer, resident in joined.items():
        residents[resident].rows += newcomers[newcomer].rows
    for code, draft in drafts.items():
        drafts[code] = into.get(id(draft), draft)
    known = {(doubt.pair.newcomer, doubt.pair.resident) for doubt in doubts}
    doubts += [d for d in far_doubts if (d.pair.newcomer, d.pair.resident) not in known]
    for doubt in doubts:
        if doubt.pair.newcomer in joined:
            continue
        a, b = newcomers[doubt.pair.newcomer], residents[doubt.pair.resident]
        detail = f"{_shown(a)} and {_shown(b)}, {b.id}, {doubt.pair.distance_m:,.0f} m: {doubt.reason}"
        report.add(IssueKind.KEPT_APART, a.id, detail, a.origin)


def _shown(draft: _Draft) -> str:
    return next((repr(name.text) for name, _ in draft.names()), "a place without a name")


def _records(drafts: Sequence[_Draft], areas: AreaSet | None, report: Report) -> list[PlaceRecord]:
    placed: list[tuple[_Draft, LatLon]] = []
    for draft in drafts:
        position = draft.position
        if position is None:
            report.add(IssueKind.SKIPPED_ROW, draft.id, f"{_shown(draft)} has no position", draft.origin)
        else:
            placed.append((draft, position))
    computed = areas.subdistricts_at([p for _, p in placed]) if areas else [None] * len(placed)
    nearest = _nearest_settlements(placed)
    found = []
    for (draft, position), code in zip(placed, computed, strict=True):
        record = draft.record(position, nearest_m=nearest.get(draft.id), computed=code)
        found.append(record)
        _compare(record, draft, areas, report)
    return _with_namesakes(found, [draft for draft, _ in placed], report)


def _with_namesakes(
    records: Sequence[PlaceRecord], drafts: Sequence[_Draft], report: Report
) -> list[PlaceRecord]:
    """Mark the names of settlements that one source alone gives and another nearby has as its own.

    GeoNames calls Hajin "Abu Hardub", 25 km from Abu Hardoub. What is alike the place's own name, or its
    area's, is no other name.
    """

    def same(one: str, other: str) -> bool:
        return sound_similarity(one, other) == 1.0

    known = {record.place.id: record.place for record in records}
    called: dict[str, list[tuple[str, Place]]] = {}
    for place in known.values():
        for name in (place.name, place.name_ar) if place.kind is PlaceKind.SETTLEMENT else ():
            for key in keys(name):
                called.setdefault(key, []).append((sound(name), place))
    found = []
    for record, draft in zip(records, drafts, strict=True):
        place = record.place
        codes = (place.id, record.adm1_pcode, record.adm2_pcode, record.adm3_pcode)
        own = [sound(n) for code in codes if code in known for n in (known[code].name, known[code].name_ar)]
        marked = list(record.spellings)
        for n, spelling in enumerate(marked) if place.kind is PlaceKind.SETTLEMENT else ():
            heard = sound(spelling.text)
            others = [
                (distance_m(place.position, other.position), other.id)
                for key in keys(spelling.text)
                for name, other in called.get(key, ())
                if other is not place and same(heard, name)
            ]
            nearest = min(others, default=(math.inf, ""))
            if nearest[0] > _NAMESAKE_REACH_M or any(sound_similarity(heard, name) >= ALIKE for name in own):
                continue
            if len({source for name, source in draft.written() if same(heard, sound(name.text))}) == 1:
                marked[n] = replace(spelling, namesake=nearest[1])
                detail = f"{spelling.text!r} for {place.name!r} is the name of {known[nearest[1]].name!r}"
                where = f"{nearest[1]}, {nearest[0] / 1000:.1f} km away"
                report.add(IssueKind.NAMESAKE, place.id, f"{detail}, {where}", spelling.source)
        found.append(replace(record, spellings=tuple(marked)))
    return found


def _compare(record: PlaceRecord, draft: _Draft, areas: AreaSet | None, report: Report) -> None:
    """Note where stated and computed areas differ, and where there is no computed one."""
    if areas is None or record.place.kind.admin_level is not None or record.place.kind in _UNCHAINED:
        return
    if record.computed_adm3_pcode is None:
        stated = f"; it states {record.adm3_pcode}" if record.adm3_pcode else ""
        report.add(IssueKind.OUTSIDE_AREAS, record.place.id, f"{record.place.name!r}{stated}", draft.origin)
    elif record.is_mismatch:
        detail = f"{record.place.name!r} states {record.adm3_pcode} and lies in {record.computed_adm3_pcode}"
        report.add(IssueKind.ADMIN_MISMATCH, record.place.id, detail, draft.origin)
    for code in (record.adm1_pcode, record.adm2_pcode, record.adm3_pcode):
        if code and code not in areas:
            detail = f"{record.place.name!r} states {code}"
            report.add(IssueKind.UNKNOWN_AREA, record.place.id, detail, draft.origin)


def _nearest_settlements(placed: Sequence[tuple[_Draft, LatLon]]) -> Mapping[str, float]:
    """Return for each settlement the geodesic distance in metres to the nearest other one."""
    towns = [(d.id, p) for d, p in placed if d.kind is PlaceKind.SETTLEMENT]
    # Without OCHA's list of villages the next town is known, and not the next settlement.
    if len(towns) < 2 or not any(pcode_kind(town) for town, _ in towns):
        return {}
    # Longitudes are shortened as at 35° N: the tree's order is nearly right, and the first few are measured.
    flat = [(p.longitude * 0.819, p.latitude) for _, p in towns]
    near = KDTree(flat).query(flat, k=min(_MEASURED + 1, len(towns)))[1]
    return {
        town: min(distance_m(position, towns[m][1]) for m in others if m != n)
        for n, ((town, position), others) in enumerate(zip(towns, near.tolist(), strict=True))
    }
