"""Invariants of a gazetteer file, checked on the file itself.

What a build promises is asked of the finished file. A broken promise is a sentence; none means that it is
sound.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import shapely

from gazetteer.country import country
from gazetteer.geodesy import LatLon
from gazetteer.kinds import PlaceKind
from gazetteer.names import search_keys
from gazetteer.store import GazetteerReader
from gazetteer.store.schema import PlaceRow
from geodata.areas import AreaSet
from geodata.report import Issue, IssueKind

#: How many broken promises of one sort are listed.
_LISTED: Final = 10
#: Degrees round the country's box, beyond which no place is put.
_MARGIN_DEG: Final = 1.0
#: The source that states the area of every settlement; of a GeoNames town alone it was found by its point.
_STATING: Final = "ocha-populated-places"
#: Degrees by which a position may lie beside its line: it is rounded to five decimals.
_ROUNDING_DEG: Final = 2e-5
_KEYED: Final = frozenset(("Latn", "Arab"))


class Checked(NamedTuple):
    """What a check found: broken promises, and what the build had noted."""

    reader: GazetteerReader
    problems: tuple[str, ...]
    issues: tuple[Issue, ...]
    #: Settlements whose stated and computed sub-district agree, and those that have both.
    agreeing: int
    inside: int


def check_file(path: Path) -> Checked:
    """Check a gazetteer file; one that is missing, damaged or changed since is a GazetteerFileError."""
    reader = GazetteerReader(path)
    reader.verify()
    rows = reader.places()
    problems: list[str] = []
    for check in (_counted, _places, _codes, _names, _polygons, _shapes):
        found = list(check(reader, rows))
        problems += found[:_LISTED]
        if len(found) > _LISTED:
            problems.append(f"… and {len(found) - _LISTED} more like the last")
    both = [row for row in rows if row[11] and row[12] and _STATING in row[17].split("|")]
    issues = tuple(Issue(IssueKind(kind), *rest) for kind, *rest in reader.issues())
    return Checked(reader, tuple(problems), issues, sum(row[11] == row[12] for row in both), len(both))


def _codes(reader: GazetteerReader, rows: Sequence[PlaceRow]) -> Iterator[str]:
    """Every area code is that of a place, at its level, and codes lead upwards."""
    known = {row[1] for row in rows}
    for row in rows:
        for level, code in enumerate(row[9:12], start=1):
            if code and (code not in known or len(code) != 2 + 2 * level):
                yield f"{row[1]} states {code!r}, which is no area of level {level}"
        if row[12] and row[12] not in known:
            yield f"{row[1]} lies in {row[12]!r}, which is no area"
        if row[11] and not row[11].startswith(row[10] or row[11]):
            yield f"{row[1]} states {row[11]} and {row[10]}, of which one is not in the other"


def _places(reader: GazetteerReader, rows: Sequence[PlaceRow]) -> Iterator[str]:
    """Every place has a radius, a source, and a position that can be the country's."""
    box = country().box_with(_MARGIN_DEG)
    sources = {source.id for source in reader.sources()}
    for row in rows:
        if not row[7] > 0:
            yield f"{row[1]} has the radius {row[7]} m"
        if not box.contains(LatLon(row[5], row[6])):
            yield f"{row[1]} lies at {row[5]:g}, {row[6]:g}, far from {country().name}"
        if unknown := set(row[17].split("|")) - sources:
            yield f"{row[1]} names the source {min(unknown)!r}, which is not listed"
        if bool(row[19]) != bool(row[11] and row[12] and row[11] != row[12]):
            yield f"{row[1]} has a wrong flag for differing areas"
        if row[18].split("|")[0] != row[1]:
            yield f"{row[1]} is not the first of its own ids"


def _names(reader: GazetteerReader, rows: Sequence[PlaceRow]) -> Iterator[str]:
    """Every display name is a spelling, every spelling is in the index."""
    texts: dict[int, set[str]] = {}
    keyed = {spelling for _, spelling in reader.name_keys()}
    for fid, place, text, _, _, script, *_ in reader.spellings():
        texts.setdefault(place, set()).add(text)
        if script in _KEYED and fid not in keyed and search_keys(text):
            yield f"the spelling {text!r} of {rows[place - 1][1]} is not in the index"
    for row in rows:
        own = texts.get(row[0], set())
        if not row[2]:
            yield f"{row[1]} has no name"
        elif own and not {row[2], row[3] or row[2]} <= own:
            yield f"a display name of {row[1]} is not among its spellings"


def _polygons(reader: GazetteerReader, rows: Sequence[PlaceRow]) -> Iterator[str]:
    """Polygons are those of areas, valid, nested, have a copy for maps, and hold what they should."""
    shapes = {code: shapely.from_wkb(wkb) for code, _, wkb in reader.areas()}
    if not shapes:
        return
    simple = {code for code, _, _ in reader.areas(simplified=True)}
    kinds = {row[1]: PlaceKind(row[4]) for row in rows}
    for code in sorted({*shapes, *simple}):
        if code not in kinds or kinds[code].admin_level is None:
            yield f"the polygon of {code} is that of no area"
        if code not in shapes:
            yield f"the area {code} has a polygon for maps only"
        elif code not in simple:
            yield f"the area {code} has no polygon for maps"
        elif not shapes[code].is_valid:
            yield f"the polygon of {code} is not valid"
    areas = AreaSet({code: shape for code, shape in shapes.items() if code != country().code})
    computed = areas.subdistricts_at([LatLon(row[5], row[6]) for row in rows])
    for row, held in zip(rows, computed, strict=True):
        if PlaceKind(row[4]).admin_level is None and held != row[12]:
            yield f"{row[1]} lies in {held}, and the file says {row[12]}"
    for code, shape in shapes.items():
        above = code[:-2] if len(code) > 2 else ""
        point = shapely.point_on_surface(shape)
        if above and (above not in shapes or not shapes[above].intersects(point)):
            yield f"the polygon of {code} does not lie in that of {above}"


def _shapes(reader: GazetteerReader, rows: Sequence[PlaceRow]) -> Iterator[str]:
    """Lines and polygons are valid, and those of places that are no areas and stand on them."""
    at = {row[1]: row for row in rows}
    for place, wkb in reader.shapes():
        shape = shapely.from_wkb(wkb)
        if place not in at or PlaceKind(at[place][4]).admin_level is not None:
            yield f"the shape of {place} is that of no place with a shape of its own"
        elif not shape.is_valid:
            yield f"the shape of {place} is not valid"
        elif shape.distance(shapely.Point(at[place][6], at[place][5])) > _ROUNDING_DEG:
            yield f"{place} does not stand on its shape"


def _counted(reader: GazetteerReader, rows: Sequence[PlaceRow]) -> Iterator[str]:
    """The manifest's counts are the file's."""
    counts = dict(sorted(Counter(row[4] for row in rows).items()))
    if counts != reader.manifest["counts"]:
        yield "the manifest counts other places than the file has"
