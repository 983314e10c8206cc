"""OpenStreetMap's roads and waterways, as HOT exports them to HDX: many segments, each line one place.

A road is cut wherever its surface, its lanes or its name change, a river wherever someone stopped drawing.
Segments with the same number (``ref``, "M5") are one road; others are one line where they have the same
name and lie within 5 km of each other, since a name alone ("Station Street") is that of many. A segment with
a name belongs to the numbered road of that name beside it, if there is only one.

A numbered road is called by its number, and by what at least a tenth of its length is called: the streets by
which it passes through towns are not its names. Lines are kept as they were drawn, joined end to end.

Columns are those of ``osm.py``; ``ref`` is not in every export, and without it roads go by their names.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING, Final

import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from gazetteer.kinds import PlaceKind
from gazetteer.names import fold
from gazetteer.names.words import kinds_in_words
from geodata.clean import is_generic
from geodata.importers import Form, RawName, RawRecord
from geodata.importers.osm import names_of, record_of
from geodata.readers import Layer, Row
from geodata.report import IssueKind, Report

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

#: Roads that are known by their name; others only by a number.
_MAIN: Final = frozenset("motorway trunk primary".split())
#: Waters that are drawn as a line (https://wiki.openstreetmap.org/wiki/Key:waterway); no canals and ditches.
#: A "wadi" is now drawn as a stream that is dry at times.
_RUNNING: Final = frozenset("river stream wadi".split())
#: Values of ``water`` that are no lake: a river's bed, and what is built for it.
_NO_LAKE: Final = frozenset(
    "river stream canal ditch wastewater basin moat fountain reflecting_pool lock".split()
)
#: "M5", "M 20", "R4a": a bare number would be taken for anything.
_NUMBER: Final = re.compile(r"(?=.*\d)[^\W\d_]{1,3}[ -]?\d{1,4}[a-z]?", re.I)
#: How far apart segments of a name may lie, in degrees: 5 km, so that a lake or a stretch that nobody drew
#: parts no river, and two towns with a street of that name stay two.
_REACH_DEG: Final = 0.05
#: The share of a numbered road's length that a name needs.
_SHARE: Final = 0.1
_LINEAR, _AREAL = 1, 2


def _road(layer: Layer, row: Row) -> RawRecord | None:
    """Return a segment of a road that has a number, or is a main one."""
    written = [n for n in map(str.strip, row.text("ref").split(";")) if _NUMBER.fullmatch(n)]
    numbers = dict.fromkeys(n.replace(" ", "").replace("-", "").upper() for n in written)
    if not numbers and row.text("highway") not in _MAIN:
        return None
    return replace(_segment(layer, row, PlaceKind.ROAD), same_as=tuple(f"osm:road/{n}" for n in numbers))


def _water(layer: Layer, row: Row) -> RawRecord | None:
    """Return a segment of a river or a wadi, or a lake; of lakes only what has a name."""
    shape, running = row.geometry, row.text("waterway")
    if running in _RUNNING and (shape is None or shapely.get_dimensions(shape) <= _LINEAR):
        one = _segment(layer, row, PlaceKind.RIVER)
        words = {kind for name in one.names for kind in kinds_in_words(tuple(fold(name.text).split()))}
        dry = running == "wadi" or PlaceKind.VALLEY in words
        if running == "stream" and not one.names:  # every ditch has one
            return None
        return replace(one, kind=PlaceKind.VALLEY) if dry else one
    is_lake = row.text("natural") == "water" or row.text("water")
    if running or not is_lake or row.text("water") in _NO_LAKE:
        return None
    one = _segment(layer, row, PlaceKind.LAKE)
    return one if one.names and (shape is None or shapely.get_dimensions(shape) == _AREAL) else None


def _segment(layer: Layer, row: Row, kind: PlaceKind) -> RawRecord:
    """Return one feature with its line; names are kept whole: "Damascus - Aleppo" is one."""
    names = dict.fromkeys(replace(name, is_label=True) for name in names_of(row, layer.columns))
    shape = None if row.geometry is None or row.geometry.is_empty else row.geometry
    one = record_of(layer, row, kind)
    return replace(one, names=tuple(names), latitude=None, longitude=None, shape=shape)


# ---------------------------------------------------------------------------- segments to places


def _joined(segments: Sequence[RawRecord], report: Report) -> Iterator[RawRecord]:
    """Yield the lines that segments are parts of, and report the segments that are of no use."""
    usable: list[RawRecord] = []
    nameless = 0
    for one in segments:
        if one.shape is None:
            report.row(one, IssueKind.SKIPPED_ROW, "the segment has no geometry")
        elif not (one.names or one.same_as):
            nameless += 1
        else:
            usable.append(one)
    if nameless:  # thousands, of which each says the same
        detail = f"{nameless:,} segments have neither a name nor a number"
        report.add(IssueKind.SKIPPED_ROW, segments[0].origin.file, detail)
    by_number: dict[str, list[RawRecord]] = {}
    for called in _by_name(usable):
        numbers = {number for one in called for number in one.same_as}
        for one in called:
            for number in one.same_as or (numbers if len(numbers) == 1 else ()):
                by_number.setdefault(number, []).append(one)
        rest = [one for one in called if not one.same_as]
        if rest and len(numbers) != 1:
            yield _line(rest, key=min(one.key for one in rest), names=_names(rest))
    for number, parts in sorted(by_number.items()):
        name = RawName(number.rpartition("/")[2], is_label=True)
        yield _line(parts, key=number, names=(name, *_names(parts, share=_SHARE)))


def _by_name(segments: Iterable[RawRecord]) -> Iterator[list[RawRecord]]:
    """Yield segments of one kind and name that lie near each other; those without a name all together."""

    def called(one: RawRecord) -> tuple[str, str]:
        return str(one.kind), fold(one.names[-1].text) if one.names else ""

    for (_, name), group in groupby(sorted(segments, key=called), key=called):
        some = list(group)
        if not name:
            yield from ([one] for one in some)
            continue
        shapes = [one.shape for one in some if one.shape is not None]
        pairs = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=_REACH_DEG)
        near = coo_array(([True] * len(pairs[0]), tuple(pairs)), shape=(len(some), len(some)))
        count, labels = connected_components(near, directed=False)
        for n in range(count):
            yield [one for one, label in zip(some, labels.tolist(), strict=True) if label == n]


def _line(parts: Sequence[RawRecord], *, key: str, names: Iterable[RawName]) -> RawRecord:
    """Return the place that segments make up."""
    shapes = shapely.union_all([one.shape for one in parts])
    is_line = shapely.get_dimensions(shapes) == _LINEAR
    shape: BaseGeometry = shapely.line_merge(shapes) if is_line else shapes
    first, count = parts[0], len(parts)
    note = first.note if count == 1 else f"{count} segments of OpenStreetMap (ODbL 1.0)"
    return replace(first, key=key, same_as=(), names=tuple(names), shape=shape, note=note)


def _names(parts: Sequence[RawRecord], *, share: float = 0.0) -> Iterator[RawName]:
    """Yield what this share of a line's length is called, and rivers without the word too: "Euphrates"."""
    lengths: Counter[RawName] = Counter()
    for one in parts:
        lengths.update(dict.fromkeys(one.names, shapely.length(one.shape)))
    least = share * sum(shapely.length(one.shape) for one in parts)
    for name, length in sorted(lengths.items(), key=lambda item: item[0].language != "en"):
        if length >= least:
            yield name
            if parts[0].kind is PlaceKind.RIVER:
                bare = " ".join(w for w in name.text.split() if fold(w) not in PlaceKind.RIVER.name_words)
                if bare != name.text and not is_generic(bare):
                    yield replace(name, text=bare)


def _form(source: str, title: str, column: str, record: Callable[[Layer, Row], RawRecord | None]) -> Form:
    """Return the form of layers that have this column."""
    columns = {"osm_id", column}
    return Form(
        source, f"OpenStreetMap {title}", lambda have: columns <= set(have.columns), record, joined=_joined
    )


FORMS: Final = (
    _form("osm-roads", "roads", "highway", _road),
    _form("osm-waterways", "waterways", "waterway", _water),
)
