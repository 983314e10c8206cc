"""Rows of all sources to places: one place, several spellings, several source ids.

The rules, in order; docs/decisions/0006-merge-rules.md says why:

1. Rows with the same key are one place, and a code settles it: a row that names another's code in `same_as`
   joins that place.
2. Rows that only have names go to the place of their key or code.
3. Of what is left, a row joins a place of another source when :mod:`geodata.matching` finds them one.
4. The earlier source decides display names, position and areas; every spelling keeps its own source.

Rows are taken in the order of sources and keys, so that the order of files changes nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import numpy as np
import shapely

from gazetteer.geodesy import LatLon, distance_m
from gazetteer.kinds import PlaceKind
from gazetteer.names import fold
from gazetteer.names.words import split_kind_words
from gazetteer.store import PlaceRecord
from geodata.areas import AreaSet
from geodata.drafts import Draft, Located
from geodata.matching import join, join_far
from geodata.report import IssueKind, Report

__all__ = ["SOURCE_ORDER", "merge"]

#: Whose word counts first. A source that is not listed comes last.
SOURCE_ORDER: Final = (
    "ocha-cod-ab",
    "ocha-populated-places",
    "curated",
    "open-syria",
    "geonames",
    "osm-health-facilities",
    "osm-populated-places",
)
#: Sources whose places may be another source's, and must be compared.
_JOINING: Final = ("geonames", "osm-health-facilities", "osm-populated-places")
#: How many nearest settlements are measured along the ellipsoid to find the nearest.
_MEASURED: Final = 4


def merge(rows: Iterable[Located], areas: AreaSet | None, report: Report) -> list[PlaceRecord]:
    """Make places of rows.

    Parameters
    ----------
    rows
        Repaired rows of all sources.
    areas
        Polygons, for the areas that hold a place; None without.
    report
        Where doubts are noted.

    Returns
    -------
    list of PlaceRecord
        In the order of ids.
    """
    ordered = sorted(
        rows,
        key=lambda row: (
            _order(row),
            row.raw.kind is None,
            row.raw.key,
            str(row.raw.origin.file),
            row.raw.origin.row,
        ),
    )
    drafts, names = _by_code(ordered, report)
    _add_names(names, drafts, report)
    _join_units(drafts, areas, report)
    for source in _JOINING:
        _join_source(source, drafts, report)
    return _records(sorted(set(drafts.values()), key=lambda d: d.id), areas, report)


def _order(row: Located) -> int:
    source = row.raw.origin.source
    return SOURCE_ORDER.index(source) if source in SOURCE_ORDER else len(SOURCE_ORDER)


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
        if draft.rows[0].raw.origin.source in _JOINING
        and draft.kind is PlaceKind.SETTLEMENT
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


def _join_source(source: str, drafts: dict[str, Draft], report: Report) -> None:
    """Join the places that only this source has to those of the sources before it."""
    before = SOURCE_ORDER[: SOURCE_ORDER.index(source)]
    newcomers: dict[str, Draft] = {}
    residents: dict[str, Draft] = {}
    for draft in dict.fromkeys(drafts.values()):
        first = draft.rows[0].raw.origin.source
        if first == source:
            newcomers[draft.id] = draft
        elif first in before and not _has(draft, source):
            residents[draft.id] = draft
    theirs = [n for d in residents.values() if (n := d.named())]
    ours = [n for d in newcomers.values() if (n := d.named())]
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
    if len(towns) < 2:
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
