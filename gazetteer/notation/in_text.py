r"""Positions inside a text: pairs of coordinates, grids, codes, links to maps, ids of objects on maps.

What is found leads to one spot of the country for everybody who reads the text. It is looked for loosely,
since a position that is passed over may harm; :mod:`gazetteer.notation.positions` then reads each pair. A
number with fewer than two decimals is no coordinate here, and a position abroad none.

Examples
--------
>>> for found in positions_in("The clinic (35.92917N, 36.63584E), https://maps.app.goo.gl/x1Y2"):
...     print(found.start, found.end, found.how, round(found.exact_m, 1))
12 32 coordinates 0.7
35 63 a link to a map 10.0
"""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import lru_cache
from itertools import pairwise
from typing import Final, NamedTuple
from urllib.parse import unquote

from gazetteer.country import country
from gazetteer.errors import CoordinateError
from gazetteer.geodesy import LatLon
from gazetteer.notation import plain
from gazetteer.notation.grids import (
    Square,
    degrees_m,
    read_geohash,
    read_mercator,
    read_mgrs,
    read_plus_code,
    read_utm,
)
from gazetteer.notation.positions import read_pair


class Found(NamedTuple):
    """A position in a text, between two places of it as :func:`gazetteer.notation.plain` writes it."""

    start: int
    end: int
    how: str  # as it is written, in words
    exact_m: float  # the metres within which it says where
    position: LatLon | None = None  # None where a map has to be asked


#: How exact an object on a map or a short link is taken to be, in metres: this project's choice, a building.
OBJECT_M: Final = 10.0
#: The side of a square of what3words, in metres (what3words.com/about).
_WORDS_M: Final = 3.0
#: The zone of UTM in which most of the country lies, taken where none is named.
_ZONE: Final = 37
#: Degrees round the country's box in which a position still counts as one of it.
_MARGIN: Final = 0.3
#: The longest gap between two coordinates of a pair, in characters.
_GAP: Final = 32

_SIDE = (
    r"(?:[NSEW](?![^\W\d_])|(?:north|south|east|west|nord|sud|est|ouest|kuzey|güney|doğu|batı)\b"
    r"|شمالا?|جنوبا?|شرقا?|غربا?|[شقجغ](?!\w))"
)
#: Sides in French and Turkish by their letters.
_SIDES: Final = dict(zip("nord sud est ouest kuzey güney doğu batı".split(), "NSEWNSEW", strict=True))
_DEGREE, _MINUTE, _SECOND = (
    r"\s?(?:[°º˚]|d(?:eg(?:r(?:ee|[eé])s?)?)?\b\.?|derece\b|o(?=\s?\d)|درجة)\s?",
    r"\s?(?:['′’‘´`]|m(?:in(?:utes?)?)?\b\.?|dakika\b|دقيقة)\s?(?:و\s?)?",
    r"\s?(?:[\"″”“]|''|′′|s(?:ec(?:onde?s?)?)?\b\.?|saniye\b|ثانية)",
)
_NUMBER = r"\d{1,2}(?:[.,]\d+)?"
#: A coordinate: degrees with minutes, whose signs or sides tell that it is one; or decimal degrees, with the
#: decimals that stand for the "@".
_FORM = (
    rf"(?<!\d)(?<!\d\.)(?P<before>(?<![^\W\d_]){_SIDE}\s?)?(?:"
    rf"(?P<dms>(?P<d>\d{{2,3}}){_DEGREE}(?P<m>{_NUMBER})(?:{_MINUTE}(?:(?P<s>{_NUMBER})(?:{_SECOND})?)?)?)"
    rf"|(?P<bare>(?P<bd>\d{{2,3}})[ :-](?P<bm>{_NUMBER})(?:[ :-](?P<bs>{_NUMBER}))?)"
    rf"(?(before)|(?=\s?{_SIDE}))"
    r"|(?P<decimal>(?:(?<![\w.])[-+])?\d{1,3}@)(?:\s?[°º˚])?"
    rf")(?(before)|(?P<after>\s?{_SIDE})?)(?!\d)"
)
_COORDINATE: Final = re.compile(_FORM.replace("@", r"[.,]\d{2,}"), re.I)
#: As it may stand in a column of coordinates, where a program has left zeros out.
_IN_COLUMN: Final = re.compile(_FORM.replace("@", r"(?:[.,]\d+)?"), re.I)
#: What a gap between two coordinates of a pair doesn't hold: what makes the numbers shares, sums or lengths.
_NO_PAIR: Final = re.compile(r"%(?!2C)|[$€£\n]|\b(?:to|km|kg|usd|syp|percent|than|people)\b", re.I)
#: What makes the numbers round it measures: before a pair what is measured, behind it the unit, or more of a
#: number of a file.
_MEASURED: Final = re.compile(
    r"\b(?:rate|ratio|score|price|cost|budget|weight|temperature|invoice)s?\b[^.;]{0,8}$|\d{3}/$", re.I
)
_UNIT: Final = re.compile(
    r"\s?(?:%|[$€£]|(?:tonn?e?s?|tons?|t|kgs?|g|lit(?:er|re)s?|l|ml|m3|km|kwh?|kva|mm|usd|syp|eur|percent)\b"
    r"|(?:طن|كغ|كيلو|ليتر|لتر|ليرة|دولار)(?!\w))",
    re.I,
)
_LABEL: Final = re.compile(r"lat|lon|lng|[xy]\b|عرض|طول|north|east|enlem|boylam", re.I)

_LINK: Final = re.compile(
    r"(?:https?://|www\.|\b(?:[a-z0-9-]+\.)+(?:com|org|gl|co|codes|ru|io|app|be)/)[^\s<>\"']+", re.I
)
_OPAQUE_LINK: Final = re.compile(
    r"goo\.gl/(?:maps/)?\w|maps\.app\.|g\.co/maps|w3w\.co/|what3words\.com/|//map\.what3words|plus\.codes/"
    r"|(?:openstreetmap|osm)\.org/(?:go/|node/|way/|relation/|edit\?(?:node|way)|api/.*/(?:node|way))|osm\.org/\w+/\w"
    r"|wikimapia\.org/(?:\d|#.*lat)|[?&]cid=\d|place_id[:=]|ftid=|!1s0x|waze\.com/ul/h|her\.is/|bing\.com/maps.*\bss=ypid"
    r"|yandex\.\w+/maps/-/|wikidata\.org/(?:wiki|entity)/Q\d",
    re.I,
)
_GOOGLE_DATA: Final = re.compile(r"!3d(-?\d+\.\d+)!4d(-?\d+\.\d+)")
_WORDS: Final = re.compile(r"(?:///\s?|\b(?:what3words|w3w)\W{1,3})[^\W\d_]+[.。・][^\W\d_]+[.。・][^\W\d_]+")
_OBJECT: Final = re.compile(
    r"\b(?:osm|openstreetmap)\W{0,2}(?:(?:id|node|way|relation|object)\W{0,3}){0,2}[nwr]?\d{4,}\b"
    r"|\b(?:node|way|relation)s?\s?[/:#=]?\s?#?\d{6,}\b|\bChIJ[\w-]{20,}|\bCID\W{0,3}\d{15,20}\b"
    r"|\bwikidata\W{0,3}Q\d+\b",
    re.I,
)
#: Degrees, minutes and seconds without anything between, as pilots and soldiers write them.
_PACKED: Final = re.compile(
    r"(?<!\w)(?P<n>N\s?)?(?P<lat>\d{6}(?:\.\d+)?)(?(n)|\s?N)[\s,;/]*"
    r"(?P<e>E\s?)?0?(?P<lon>\d{6}(?:\.\d+)?)(?(e)|\s?E)(?!\w)"
)
#: A cell of H3, whose second digit is its resolution and whose unused ones are "f" (h3geo.org, "Indexing").
_H3: Final = re.compile(r"(?<![\w-])8(?P<side>[7-9a-e])[0-9a-f]{12}f(?![\w-])")
_H3_M: Final = dict(
    zip("789abcde", (1_400, 530, 200, 76, 29, 11, 4, 2), strict=True)
)  # h3geo.org, "Statistics"
_WKB: Final = re.compile(r"\b01010000(?:00|20[0-9A-F]{8})[0-9A-F]{32}\b", re.I)
_UTM: Final = re.compile(
    r"(?:\b(?:UTM|zone)?\s?:?\s?(?P<zone>3[678])\s?[NRST]?\b[\s,;:]*)?"
    r"(?:(?P<e>E|X|easting)\W{0,3})?(?<![\d.])(?P<easting>[1-9]\d{5}(?:\.\d+)?)\s?m?\.?\s?E?\b[\s,;/|]{0,4}"
    r"(?:(?P<n>N|Y|northing)\W{0,3})?(?P<northing>[34]\d{6}(?:\.\d+)?)(?![\d.]*\d)\s?m?\s?N?\b",
    re.I,
)
#: Metres of Web Mercator, which need their labels or decimals: two numbers of seven digits are often none.
_MERCATOR: Final = re.compile(
    r"(?:\b(?P<label>X|easting|EPSG:?\s?(?:3857|900913)\b)\W{0,3})?\b(?P<x>[34]\d{6}(?P<decimals>\.\d+)?)\s?[,;/|]?\s*"
    r"(?:\b(?:Y|northing)\W{0,3})?\b(?P<y>[34]\d{6}(?:\.\d+)?)\b",
    re.I,
)
_MGRS: Final = re.compile(
    r"\b3[678]\s?[RST]\s*[A-HJ-NP-Z][A-HJ-NP-V]\s*(?:\d{2}\s*\d{2}|\d{3}\s*\d{3}|\d{4}\s*\d{4}|\d{5}\s*\d{5})\b",
    re.I,
)
_PLUS: Final = re.compile(
    r"(?<![\w+])(?:[23456789CFGHJMPQRVWX]{8}|[23456789CFGHJMPQRVWX]{4})\+[23456789CFGHJMPQRVWX]{2,3}\b"
)
_GEOHASH: Final = re.compile(r"\b(?=[a-z]*\d)s[vyzwt][0-9b-hjkmnp-z]{4,10}\b")
#: Degrees, minutes and seconds with dots between, before their side.
_DOTS: Final = re.compile(
    rf"(?<![\d.])(\d{{2}})\.(\d{{2}})\.(\d{{2}})(?=(?:[.,]\d+)?\s?[\"″”]?\s?{_SIDE})", re.I
)
#: Without one of these a text has no position.
_SOME: Final = re.compile(r"\d|\+|///|w3w|goo\.gl|ChIJ|maps?\.app", re.I)


def is_in_country(position: LatLon) -> bool:
    """Tell whether a position lies in the country, or up to 0.3 degrees beyond."""
    box = country().box
    return (
        box.south - _MARGIN <= position.latitude <= box.north + _MARGIN
        and box.west - _MARGIN <= position.longitude <= box.east + _MARGIN
    )


@lru_cache(maxsize=8_192)
def positions_in(text: str) -> tuple[Found, ...]:
    """Return the positions in a text, in its order."""
    if not _SOME.search(text):
        return ()
    left, found = _DOTS.sub(r"\1-\2-\3", plain(text)), list[Found]()
    for search in (_links, _codes, _pairs):
        for one in search(left):
            found.append(one)
            left = left[: one.start] + "\n" * (one.end - one.start) + left[one.end :]
    return tuple(sorted(found))


def _links(text: str) -> Iterator[Found]:
    for link in _LINK.finditer(text):
        start, end = link.start(), link.start() + len(link[0].rstrip(".,;)]}"))
        address = unquote(link[0]).replace("+", " ")
        within = [*_pairs(_GOOGLE_DATA.sub(r" \1, \2 ", address)), *_codes(address)]
        exact = min(within, key=lambda one: one.exact_m, default=None)
        if exact is not None:
            yield Found(start, end, "a link to a map", exact.exact_m, exact.position)
        elif _OPAQUE_LINK.search(address):
            yield Found(start, end, "a link to a map", OBJECT_M)


def _codes(text: str) -> Iterator[Found]:
    for pattern, how, read in _CODES:
        for one in pattern.finditer(text):
            square = read(one)
            if square is not None and (square.position is None or is_in_country(square.position)):
                yield Found(one.start(), one.end(), how, square.exact_m, square.position)


class _Spot(NamedTuple):
    position: LatLon | None
    exact_m: float


def _utm(found: re.Match[str]) -> Square | None:
    """Read a pair of metres; without a zone or a letter it needs the form of a pair and no more."""
    if not (found["zone"] or found["e"] or found["n"] or re.search(r"E\b|N\b|[\s,;/|]", found[0], re.I)):
        return None
    side_m = 10.0 ** -len(found["easting"].partition(".")[2])
    easting, northing = float(found["easting"]), float(found["northing"])
    return read_utm(int(found["zone"] or _ZONE), easting, northing, side_m=side_m)


def _mercator(found: re.Match[str]) -> Square | None:
    """Read a pair of metres of Web Mercator, which says that it is one."""
    if not (found["label"] or found["decimals"]):
        return None
    return read_mercator(float(found["x"]), float(found["y"]))


def _packed(found: re.Match[str]) -> Square | None:
    """Read degrees, minutes and seconds without anything between."""
    north, east = (f"{one[:2]}-{one[2:4]}-{one[4:]}" for one in (found["lat"], found["lon"]))
    return read_coordinates(f"{north}N", f"{east}E")


def _plus(found: re.Match[str]) -> Square | _Spot | None:
    """Read a plus code; a short one, beside a town's name, is as exact."""
    if found[0].index("+") == 8:
        return read_plus_code(found[0])
    return _Spot(None, OBJECT_M) if re.search(r"[A-Z]", found[0]) else None


def _wkb(found: re.Match[str]) -> Square | None:
    import shapely

    point = shapely.from_wkb(found[0], on_invalid="ignore")
    if isinstance(point, shapely.Point) and not point.is_empty:
        with suppress(CoordinateError):
            return Square(LatLon(point.y, point.x), 0.1)
    return None


_CODES: Final[tuple[tuple[re.Pattern[str], str, Callable[[re.Match[str]], Square | _Spot | None]], ...]] = (
    (_WKB, "a point in WKB", _wkb),
    (_MGRS, "MGRS", lambda found: read_mgrs(re.sub(r"\s+", "", found[0]))),
    (_UTM, "UTM", _utm),
    (_MERCATOR, "metres on a map", _mercator),
    (_PACKED, "degrees and minutes", _packed),
    (_H3, "a cell of H3", lambda found: _Spot(None, float(_H3_M[found["side"]]))),
    (_PLUS, "a plus code", _plus),
    (_GEOHASH, "a geohash", lambda found: read_geohash(found[0])),
    (_WORDS, "what3words", lambda _: _Spot(None, _WORDS_M)),
    (_OBJECT, "an object on a map", lambda _: _Spot(None, OBJECT_M)),
)


def _pairs(text: str) -> Iterator[Found]:
    coordinates = list(_COORDINATE.finditer(text))
    used = -1
    for first, second in pairwise(coordinates):
        gap = text[first.end() : second.start()]
        if first.start() <= used or len(gap) > _GAP or _NO_PAIR.search(gap):
            continue
        labels = text[max(0, first.start() - _GAP) : second.start()]
        if _is_measure(first, second, labels, text[second.end() :]):
            continue
        if _may_be_thousands(first, second) and re.search(r"[^\W\d_]", gap) and not _LABEL.search(labels):
            continue
        found = read_coordinates(first[0], second[0])
        if found is not None:
            how = "degrees and minutes" if first["decimal"] is None else "coordinates"
            used = second.end() - 1
            yield Found(first.start(), second.end(), how, found.exact_m, found.position)


def _is_measure(first: re.Match[str], second: re.Match[str], labels: str, after: str) -> bool:
    """Tell whether two decimal numbers without sides or labels measure something else."""
    if any(not one["decimal"] or one["before"] or one["after"] for one in (first, second)):
        return False
    if "°" in first[0] + second[0] or _LABEL.search(labels):
        return False
    before = labels.removesuffix(first.string[first.start() : second.start()])
    return bool(_UNIT.match(after) or _MEASURED.search(before))


def _may_be_thousands(first: re.Match[str], second: re.Match[str]) -> bool:
    return all(re.search(r",\d{3}$", one["decimal"] or "") for one in (first, second))


def read_coordinates(first: str, second: str) -> Square | None:
    """Read two coordinates, each in a text of its own; None where they are no position in the country.

    Latitude comes first, unless their sides say otherwise or only that makes a position of the country. The
    finer one says how exact both are, since programs leave zeros at the end out.
    """
    both = [_IN_COLUMN.fullmatch(plain(one).strip()) for one in (first, second)]
    texts = [_for_reader(one) for one in both if one]
    if len(texts) < len(both):
        return None
    with suppress(CoordinateError):
        if read := read_pair(*texts):
            place = read.position
            orders = (place, LatLon(place.longitude, place.latitude))
            where = next((one for one in orders if is_in_country(one)), None)
            return None if where is None else Square(where, degrees_m(read.unit_deg, where.latitude))
    return None


def is_coordinate(text: str, *, in_column: bool = False) -> bool:
    """Tell whether a text is one coordinate and nothing else; only in a column of them with few decimals."""
    pattern = _IN_COLUMN if in_column else _COORDINATE
    return len(text) < _GAP and pattern.fullmatch(plain(text).strip()) is not None


def _for_reader(found: re.Match[str]) -> str:
    """Write a coordinate with plain signs and its side behind it."""
    side = (found["before"] or found["after"] or "").strip()
    side = _SIDES.get(side.casefold(), side)
    if found["decimal"]:
        return f"{found['decimal']}{side}"
    kind = "b" if found["bare"] else ""
    degrees, minutes, seconds = found[f"{kind}d"], found[f"{kind}m"], found[f"{kind}s"]
    return f"{degrees}°{minutes}'" + (f'{seconds}"' if seconds else "") + side
