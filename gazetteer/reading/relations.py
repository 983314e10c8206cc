"""Relations between a reported event and the names around it, and the points and radii that they give.

"5 km north of X", "X (5 km north)", "north of X", "between X and Y", "the X – Y road": each
is found by its own words, in English and in Arabic, and leaves the name that the position hangs on. Nearness
needs no pattern: its words are small words of :mod:`gazetteer.reading.tokens`. Nor does a line by a place,
"Saraqib, M5": the two are near each other where the line passes.

Positions follow the point-radius method (Wieczorek, Guo & Hijmans 2004, doi:10.1080/13658810412331280211;
GBIF Georeferencing Best Practices): the point is where the words put it, and the radius covers the extent of
the place named, the precision of the distance as written, and the width of the compass word.

Examples
--------
>>> relation, name = find_relation("between Kafranbel and Hass")
>>> relation.kind, relation.anchors, name
('between', ('Kafranbel', 'Hass'), 'Kafranbel')
>>> round(heading_error_m(10_000, 22.5))
3902
"""

import math
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

from gazetteer.country import find_neighbour, is_country
from gazetteer.errors import UnitError
from gazetteer.geodesy import LatLon, azimuth_deg, compass_word, destination, distance_m
from gazetteer.kinds import REGIONS, PlaceKind
from gazetteer.names import fold
from gazetteer.names.words import DIRECTIONS, KIND_WORDS, modifiers_of, split_kind_words
from gazetteer.notation import plain
from gazetteer.notation.lengths import LENGTH_PATTERN, format_length, read_length
from gazetteer.notation.precision import AREA_RADII_M
from gazetteer.privacy.cells import largest_cell
from gazetteer.reading.rank import PART_KINDS
from gazetteer.reading.spans import Span
from gazetteer.values import Place

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

RelationKind = Literal["offset", "direction", "near", "between"]

#: Compass words, without gaps, and what is short for them, to degrees clockwise from north.
COMPASS_DEG: Final[dict[str, float]] = {
    word: n * 22.5
    for n, words in enumerate((
        "north n", "northnortheast nne", "northeast ne", "eastnortheast ene", "east e", "eastsoutheast ese",
        "southeast se", "southsoutheast sse", "south s", "southsouthwest ssw", "southwest sw",
        "westsouthwest wsw", "west w", "westnorthwest wnw", "northwest nw", "northnorthwest nnw",
    ))
    for word in words.split()
} | {
    "شمال": 0.0, "شمال شرق": 45.0, "شرق": 90.0, "جنوب شرق": 135.0, "جنوب": 180.0,
    "جنوب غرب": 225.0, "غرب": 270.0, "شمال غرب": 315.0,
}  # fmt: skip
#: "Near X" and "outskirts of X" reach this far beyond X. A judgement: half the usual distance between
#: neighbouring Syrian villages is 2 to 3 km, and what is further is usually named after another place.
NEAR_REACH_M: Final = 5_000.0
#: "North of X" with no distance: up to this far beyond X, for the same reason, doubled.
DIRECTION_REACH_M: Final = 10_000.0
#: A computed point with a wider radius than this says less than the name of a governorate would: it is not
#: an answer. It is the radius that stands for an unknown governorate; "north" alone reaches it at 130 km.
WIDEST_OFFSET_M: Final = AREA_RADII_M["governorate"]
#: Farther from its anchor no point is computed: nothing in Syria is 1,000 km from anything else in it.
FARTHEST_OFFSET_M: Final = 1_000_000.0
_ORDER: Final = ("north", "south", "east", "west")


@dataclass(frozen=True, slots=True)
class Relation:
    """How a position relates to the names."""

    kind: RelationKind
    azimuth_deg: float | None = None  # from the anchor, clockwise from north
    distance_m: float | None = None
    precision_m: float = 0.0  # how finely the distance was written: half of its last meaningful digit
    anchors: tuple[str, ...] = ()  # the names between which it happened; empty where the one name is enough


# ------------------------------------------------------------------------------------ reading them
# Patterns are texts, which are compiled when the first text is read: that takes 35 ms.

_WORD_EN: Final = r"(?:north|south|east|west)(?:\s*-?\s*(?:north|south)?-?(?:east|west))?(?:ern)?"
_SHORT: Final = "|".join(
    sorted((word for word in COMPASS_DEG if len(word) < 4 and word.isascii()), key=len)[::-1]
)
_WORD_AR: Final = r"(?:شمالي?|جنوبي?|شرقي?|غربي?)(?:\s+(?:شرقي?|غربي?|ال?شرقي?|ال?غربي?))?"
_ABOUT_EN: Final = r"(?:about|around|approximately|some|approx\.?|~)?\s*"
_ABOUT_AR: Final = r"(?:على بعد|حوالي|نحو)?\s*"
_LENGTH: Final = rf"(?P<length>{LENGTH_PATTERN})"
_AFTER: Final = r"^(?P<name>[^,،()\[\]]+?)(?:\s*[,،(\[]\s*|\s*[–—]\s*|\s+-\s+|\s+)"
_AFTER_END: Final = r"\s*[)\]]?\s*(?P<context>(?:[,،].*)?)$"
_OFFSETS: Final = (
    rf"(?i)^{_ABOUT_EN}{_LENGTH}\s+(?:to\s+the\s+)?(?:(?P<way>{_WORD_EN})|(?P<short>{_SHORT}))\s+(?:of|from)\s+(?P<name>.+)$",
    rf"^{_ABOUT_AR}{_LENGTH}\s+(?:إلى\s+|الى\s+)?(?P<way>{_WORD_AR})\s+(?:من\s+)?(?P<name>.+)$",
    # The offset after the name: "Saraqib (5 km north)", "Saraqib, 5 km to the north, Idlib".
    rf"(?i){_AFTER}{_ABOUT_EN}{_LENGTH}\s*(?:to\s+the\s+|due\s+)?(?:(?P<way>{_WORD_EN})(?:wards?)?|(?P<short>{_SHORT})){_AFTER_END}",
    rf"{_AFTER}{_ABOUT_AR}{_LENGTH}\s*(?:إلى\s+|الى\s+|باتجاه\s+)?(?P<way>(?:ال)?{_WORD_AR})(?:ا|اً|ًا)?{_AFTER_END}",
)
_DIRECTION_EN: Final = (
    rf"(?i)^(?:just\s+|to\s+the\s+|the\s+|located\s+|a\s+point\s+)*({_WORD_EN})\s+(?:of|from)\s+(.+)$"
)
# "The northern outskirts of Saraqib", "east side of Aleppo".
_SIDE_EN: Final = (
    rf"(?i)^(?:in\s+|on\s+|at\s+)?(?:the\s+)?({_WORD_EN})\s+(?:outskirts|suburbs?|parts?|sides?|edges?|half|areas?|"
    r"surroundings|sectors?|entrance)\s+of\s+(?:the\s+)?(.+)$"
)
# "Silos east of Palmyra": the first words may be left out when they only say what kind of thing it is.
_THING_EN: Final = rf"(?i)^([^,()]{{3,40}}?),?\s+(?:to\s+the\s+)?({_WORD_EN})\s+of\s+(.+)$"
_DIRECTION_AR: Final = rf"^({_WORD_AR})\s+(?:من\s+|مدينة\s+|بلدة\s+|قرية\s+)(.+)$"
# Without "of", the noun alone: "شرق سراقب"; the adjective "شرقي" belongs to the name.
_DIRECTION_NOUN_AR: Final = r"^((?:شمال|جنوب|شرق|غرب)(?:\s+(?:شرق|غرب))?)\s+(.+)$"
_BETWEEN: Final = (
    r"(?i)^(?:.*\b)?(?:between|linking|connecting|joining)\s+(?:the\s+)?(?:villages?\s+of\s+|towns?\s+of\s+)?(.+?)\s+(?:and|with|to|&)\s+(.+?)(?:\s+(?:villages?|towns?|road|highway))?$",
    r"^(?:.*\s)?(?:ما\s+)?بين\s+(?:بلدتي\s+|قريتي\s+|مدينتي\s+)?(.+?)\s+و\s*(.+)$",
    r"(?i)^(?:the\s+)?([^\s-]{4,})-([^\s-]{4,})\s+(?:road|highway|motorway)$",
    r"(?i)^(?:the\s+)?(.+?)\s*(?:\s-\s|[–—]|\s+to\s+)\s*([^–—]+?)\s+(?:road|highway|motorway|route)$",
    r"(?i)^(?:the\s+)?(.+?)\s*(?:/|\s-\s|[–—])\s*(.+?)\s+border$",
    (
        r"(?i)^(?:on\s+|along\s+)?(?:the\s+)?(?:(?:main|international|old|new)\s+)*(?:road|highway|motorway|route)\s+"
        r"(?:(?:leading|running|going)\s+)?from\s+(.+?)\s+(?:to|towards?)\s+(.+)$"
    ),
    r"(?i)^(?:road|highway|motorway|route)\s+(.+?)\s*(?:\s-\s|[–—])\s*(.+)$",
    r"^(?:طريق|اوتستراد|أوتوستراد)\s+(.+?)\s*[-–—]\s*(.+)$",
    r"^(?:على\s+)?(?:ال)?(?:طريق|اوتستراد|أوتوستراد)\s+(?:(?:ال)?(?:واصل|ممتد)\s+)?من\s+(.+?)\s+(?:إلى|الى|باتجاه)\s+(.+)$",
)
_TAIL: Final = r"\s*[,،(]"


def find_relation(text: str) -> tuple[Relation | None, str]:
    """Return a relation and the text without it: of "between X and Y, Z" that is "X, Z"."""
    if any(map(str.isdecimal, text)) and (offset := _offset(text)):
        return offset
    for pattern in (_DIRECTION_EN, _SIDE_EN, _DIRECTION_AR, _DIRECTION_NOUN_AR):
        if (found := re.match(pattern, text)) and (azimuth := _azimuth(found[1])) is not None:
            return Relation("direction", azimuth), found[2]
    if (
        (found := re.match(_THING_EN, text))
        and (azimuth := _azimuth(found[2])) is not None
        and all(word in KIND_WORDS or word == "the" for word in fold(found[1]).split())
    ):
        return Relation("direction", azimuth), found[3]
    # What follows a comma or stands in brackets is context for both ends of a way.
    cut = re.search(_TAIL, text)
    head, tail = (text[: cut.start()], text[cut.start() :].strip(" ,،()")) if cut else (text, "")
    for pattern in _BETWEEN:
        if (found := re.match(pattern, head.strip())) and not all(map(_is_nation, found.groups())):
            anchors = tuple(name.strip() for name in found.groups())
            return Relation("between", anchors=anchors), ", ".join(filter(None, (anchors[0], tail)))
    return None, text


def _is_nation(text: str) -> bool:
    """Tell whether a text is a country or its adjective: "Syrian–Turkish border" lies between no towns."""
    return is_country(text) or find_neighbour(text) is not None


def _offset(text: str) -> tuple[Relation, str] | None:
    found = next(filter(None, (re.match(pattern, text) for pattern in _OFFSETS)), None)
    if found is None:
        return None
    said = found.groupdict("")
    azimuth = _azimuth(said["way"] or said.get("short", ""))
    try:
        length_m = read_length(said["length"])
    except UnitError:
        return None
    relation = Relation("offset", azimuth, length_m, _precision_m(said["length"]))
    return (relation, said["name"].strip() + said.get("context", "")) if azimuth is not None else None


def _azimuth(word: str) -> float | None:
    """Return the degrees of a compass word as written: "north-eastern", "الشمالي الشرقي"."""
    latin = re.sub(r"[\s-]+", "", word.casefold()).removesuffix("ern")
    arabic = " ".join(part.removeprefix("ال").removesuffix("ي") for part in word.split())
    return COMPASS_DEG.get(latin, COMPASS_DEG.get(arabic))


def _precision_m(length: str) -> float:
    """Return half the last meaningful digit in metres (GBIF): "15 km" 500, "10.5 km" 250, "1000 m" 50."""
    written = re.match(LENGTH_PATTERN, length.casefold())
    assert written is not None
    number, unit = written.groups()
    one = read_length(f"1 {unit}")
    whole, _, fraction = plain(number).replace(",", "").partition(".")
    if fraction:
        return one * (0.25 if fraction == "5" else 0.5 * 10.0 ** -len(fraction))
    zeros = len(whole) - len(whole.rstrip("0"))
    return float(one * 0.5 * 10.0 ** max(0, zeros - 1))


# ------------------------------------------------------------------------------- points and radii


def place_at(
    position: LatLon, *, name: str, uncertainty_m: float, generalised_to_deg: float | None = None
) -> Place:
    """Return a computed place: a bare point with a name and a radius, generalised as its anchor is."""
    return Place(
        id=f"point:{position.latitude:.5f},{position.longitude:.5f}",
        name=name,
        name_ar="",
        kind=PlaceKind.POINT,
        position=position,
        uncertainty_m=uncertainty_m,
        generalised_to_deg=generalised_to_deg,
    )


def heading_error_m(distance: float, half_angle_deg: float) -> float:
    """Return how far off a point is when the heading is off by `half_angle_deg`: the chord, in metres."""
    return 2.0 * distance * math.sin(math.radians(half_angle_deg) / 2.0)


def offset_place(anchor: Place, relation: Relation, *, text: str) -> tuple[Place, str]:
    """Return the place, called `text`, at an offset from, in a direction from or near an anchor, and how."""
    if relation.kind == "offset" and relation.azimuth_deg is not None and relation.distance_m is not None:
        away_m, azimuth = relation.distance_m, relation.azimuth_deg
        radius_m = anchor.uncertainty_m + relation.precision_m
        if away_m > FARTHEST_OFFSET_M:  # a point an ocean away would look like an answer
            position, radius_m = anchor.position, radius_m + away_m
            reason = f"no point is computed so far off: {format_length(away_m)} of {anchor.name}"
        else:
            position = destination(anchor.position, azimuth_deg=azimuth, distance_m=away_m)
            # Half the width of a compass word: north 45, northeast 22.5, north-northeast 11.25 (GBIF).
            half_width_deg = 45.0 if azimuth % 90.0 == 0 else 22.5 if azimuth % 45.0 == 0 else 11.25
            # Wherever in the anchor it starts and however far the words let the heading stray.
            radius_m = heading_error_m(away_m, half_width_deg) + radius_m
            reason = f"computed: {format_length(away_m)} {compass_word(azimuth)} of {anchor.name}"
    else:
        reach_m = NEAR_REACH_M if relation.kind == "near" else DIRECTION_REACH_M
        position, radius_m = anchor.position, anchor.uncertainty_m + reach_m
        reason = (
            f"the position of {anchor.name}, with a radius that reaches {format_length(reach_m)} beyond it"
        )
    side = anchor.generalised_to_deg
    place = place_at(position, name=text, uncertainty_m=radius_m, generalised_to_deg=side)
    if relation.kind != "offset":  # an offset may leave the area; its own is looked up later
        place = replace(place, admin=anchor.admin, admin_method=anchor.admin_method)
    return place, reason


def why_too_wide(anchor: Place, place: Place) -> str | None:
    """Return why the place at an offset from an anchor is no point; None where it is one."""
    if is_area(anchor):
        return f"{anchor.name} is a whole {anchor.kind.value}: 'north of it' begins anywhere in it"
    if place.uncertainty_m > WIDEST_OFFSET_M:
        return f"so far off, a compass word leaves {format_length(place.uncertainty_m)} round this point"
    return None


def is_area(place: Place) -> bool:
    """Tell whether a place is an area: a part of it lies in it, and its middle says little."""
    return place.kind.group == "admin" or place.kind in REGIONS


def common_place(start: Place, end: Place) -> tuple[Place, str]:
    """Return the middle of the geodesic between two places, with a radius that covers both, and a reason."""
    ends = (start, end)
    middle = destination(
        start.position,
        azimuth_deg=azimuth_deg(start.position, end.position),
        distance_m=distance_m(start.position, end.position) / 2,
    )
    radius_m = max(distance_m(middle, one.position) + one.uncertainty_m for one in ends)
    names, side = f"{start.name} and {end.name}", largest_cell(ends)
    place = place_at(middle, name=f"between {names}", uncertainty_m=radius_m, generalised_to_deg=side)
    return place, f"computed: the common point of {names}"


def meeting_place(
    place: Place,
    line: Place,
    shape: "BaseGeometry",
    *,
    outline: "BaseGeometry | None" = None,
    near: bool = False,
    text: str,
) -> tuple[Place, str] | None:
    """Return where a line meets a place, and how; None where it passes more than 5 km outside.

    Of a town it is the point of the line that is nearest to it, with a radius that holds all of the town, and
    where the text says `near`, 5 km more. Of an area with an `outline` it is the stretch of the line in it.
    """
    import shapely

    if outline is not None:
        inside = shapely.intersection(shape, outline)
        if inside.is_empty:
            return None
        at = shapely.point_on_surface(inside)
        position = LatLon(at.y, at.x)
        radius_m = max(
            distance_m(position, LatLon(y, x)) for x, y in shapely.get_coordinates(inside).tolist()
        )
        reason = f"the stretch of {line.name} in {place.name}"
    else:
        # Degrees of longitude are shortened as they are there, so that the nearest point is the nearest.
        scale = [math.cos(math.radians(place.position.latitude)), 1.0]
        flat = shapely.transform(shape, lambda degrees: degrees * scale)
        town = shapely.Point(place.position.longitude * scale[0], place.position.latitude)
        x, y = shapely.get_coordinates(shapely.shortest_line(flat, town))[0].tolist()
        position = LatLon(y, x / scale[0])
        away_m = distance_m(position, place.position)
        if away_m > place.uncertainty_m + NEAR_REACH_M:
            return None
        radius_m = away_m + place.uncertainty_m + (NEAR_REACH_M if near else 0.0)
        reason = f"the point of {line.name} nearest to {place.name}, {format_length(away_m)} from it"
    side = largest_cell((place, line))
    met = place_at(position, name=text, uncertainty_m=max(radius_m, 1.0), generalised_to_deg=side)
    return replace(met, admin=place.admin, admin_method=place.admin_method), reason


def part_place(place: Place, span: Span, spelling: str, *, text: str) -> tuple[Place, str] | None:
    """Return where a part of a place is put ("eastern Aleppo") and why; None where all of it is meant."""
    if span.kind not in PART_KINDS:
        return None
    # A direction belongs to the name where its spelling has it ("Eastern Ghouta"), and "rural X" is never X.
    words, spelled_kind = split_kind_words(fold(spelling))
    directions = " ".join(sorted((span.modifiers & DIRECTIONS) - modifiers_of(words), key=_ORDER.index))
    if not directions and (span.kind != "region" or spelled_kind == "region" or is_area(place)):
        return None
    meant = f"the {directions} of {place.name}" if directions else f"the countryside of {place.name}"
    if is_area(place):
        kind = place.kind.value
        return place, f"{meant} is a part of this {kind}: the radius is that of all of it"
    around, reason = offset_place(place, Relation("direction"), text=text)
    return around, f"{meant} may be a part of it or lie round it: {reason}"
