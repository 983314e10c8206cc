"""The land borders: the country's outline as one line a neighbour, without the coast.

The outline is that of the governorates' polygons together, which decides of every place whether it is abroad.
It is cut where three countries meet and where the border meets the sea, as the country's table says: at the
point of the outline that is nearest to each. A border is the part between its two ends on which no other end
lies. Without the polygons of all governorates there are no borders, for then part of the outline is another.

Names are made of the neighbour's and the country's names and adjectives, in English and in Arabic.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import shapely
from shapely.geometry.base import BaseGeometry
from shapely.ops import substring

from gazetteer.country import Neighbour, country
from gazetteer.kinds import PlaceKind
from gazetteer.names import script_of
from geodata.areas import AreaSet
from geodata.importers import Origin, RawName, RawRecord
from geodata.importers.ocha_cod_ab import SOURCE

#: ISO 3166 codes of three letters stand among the other names of a neighbour.
_CODE_LETTERS: Final = 3


def border_records(areas: AreaSet) -> Iterator[RawRecord]:
    """Yield the border with each neighbour as a place with a line; none unless all governorates are drawn."""
    about = country()
    if not all(one.pcode in areas for one in about.governorates):
        return
    lines = _lines(areas.country)
    for number, neighbour in enumerate(about.neighbours, start=1):
        ends = " and ".join(end.source for end in about.border_ends if neighbour.code in end.neighbours)
        yield RawRecord(
            key=f"cg:border-{neighbour.name.lower()}",
            kind=PlaceKind.BORDER,
            names=tuple(RawName(text, language, is_label=True) for text, language in border_names(neighbour)),
            origin=Origin(SOURCE, "border ends", number),
            shape=lines[neighbour.code],
            note=f"line: outline of OCHA COD-AB {about.name} (CC BY 3.0 IGO); ends: {ends}",
        )


def _lines(outline: BaseGeometry) -> dict[str, BaseGeometry]:
    """Return the line of each neighbour's border by its code."""
    ring = max(shapely.get_parts(outline), key=shapely.area).exterior
    ends = sorted(
        (ring.project(shapely.Point(one.longitude, one.latitude)), one.neighbours)
        for one in country().border_ends
    )
    found: dict[str, BaseGeometry] = {}
    for (start, before), (end, after) in zip(ends, [*ends[1:], ends[0]], strict=True):
        for code in {*before} & {*after}:
            parts = [(start, end)] if start < end else [(start, ring.length), (0.0, end)]
            found[code] = shapely.line_merge(shapely.union_all([substring(ring, *part) for part in parts]))
    return found


def border_names(neighbour: Neighbour) -> Iterator[tuple[str, str]]:
    """Yield how the border with a neighbour is called, with the language: display names first."""
    about = country()
    (adjective, feminine), (ours, ours_feminine) = map(_adjectives, (neighbour.demonyms, about.demonyms))
    others = [name for name in neighbour.spellings if not (name.isupper() and len(name) == _CODE_LETTERS)]
    names = [neighbour.name, *(name for name in others if script_of(name) == "Latn")]
    yield f"{adjective} border", "en"
    yield from ((f"border with {name}", "en") for name in names)
    yield f"{neighbour.name} border", "en"
    for one, other in ((ours, adjective), (about.name, neighbour.name)):
        yield f"{one}-{other} border", "en"
        yield f"{other}-{one} border", "en"
    yield f"الحدود {feminine}", "ar"
    yield f"الحدود {ours_feminine} {feminine}", "ar"
    yield f"الحدود {feminine} {ours_feminine}", "ar"
    yield f"الحدود مع {neighbour.name_ar}", "ar"
    yield f"حدود {neighbour.name_ar}", "ar"


def _adjectives(demonyms: Sequence[str]) -> tuple[str, str]:
    """Return the English adjective, and the Arabic one that goes with the borders: definite and feminine."""
    return demonyms[0], next(word for word in demonyms if word.startswith("ال") and word.endswith("ية"))
