"""What of a row leads to a position: its cells alone, two or more of them together, its shape.

A column counts by its name ("lat", "خط العرض", "easting", "lat_min", "osm_id") and by what its cells hold. A
:class:`Clue` says in which columns a position stands, how it is written and how exact it is; :class:`Mender`
gives the row without it.
"""

import json
import math
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from gazetteer.geodesy import LatLon, distance_m
from gazetteer.incidents.columns import normal_name
from gazetteer.leaks.about import pattern
from gazetteer.notation import plain
from gazetteer.notation.grids import Square, degrees_m, read_mercator, read_mgrs, read_utm
from gazetteer.notation.in_text import (
    OBJECT_M,
    is_coordinate,
    is_in_country,
    positions_in,
    read_coordinates,
)
from gazetteer.privacy.cells import cell_centre, cell_radius_m
from gazetteer.tables.table import Table, as_text

#: Lists of places in JSON that enriching writes.
LISTS: Final = ("gaz_alternatives", "gaz_places")
#: Columns of radii that are rewritten with a position.
RADII: Final = re.compile(
    r"(?P<of>gaz_point_|gaz_|incident_)?uncertainty(?:_m)?|radius_m|accuracy_m|coordinateuncertaintyinmeters"
)
#: How a position is called that follows from distances.
DISTANCES: Final = "distances"
#: How an id is called by which others know a place too.
AN_ID: Final = "an id"
#: A distance to a named place in a text: the length, perhaps a direction, and the name.
_LENGTH: Final = (
    r"(?P<length>(?P<number>\d+(?:[.,]\d+)?)\s?"
    r"(?P<unit>km|kms|kilom[eè]t\w+|m|m[eè]t(?:re|er)s?|metre|mi|miles?|كم|كيلومتر\w*|متر\w*|م)(?!\w))"
)
_NAME: Final = (
    r"(?P<name>[A-Z][\w'’`-]*(?:\s+(?:[A-Z][\w'’`-]*|al-\w+|an-\w+|ash-\w+)){0,3}|al-[A-Z]\w+"
    r"|[\u0621-\u064a]+(?:\s+[\u0621-\u064a]+)?)"
)
_WAY: Final = (
    r"(?P<way>(?:to\s+the\s+|au\s+)?"
    r"(?:north|south|east|west|nord|sud|est|ouest|[NS][EW]?\b|[EW]\b|شمال|جنوب|شرق|غرب)[\w-]*)\s+"
)
_FROM: Final = r"(?:from|of|to|de|du|d['’]|عن|من)\s?"
#: The middle of a town that a row names elsewhere.
_TOWN: Final = r"(?P<town>(?:city|town|village)\b|(?:مركز |وسط )?(?:المدينة|البلدة|القرية))"
_TO_A_PLACE: Final = tuple(
    re.compile(form)
    for form in (
        rf"{_LENGTH}\s+{_WAY}(?:{_FROM})?(?:the\s+)?(?:cent(?:er|re)\s+of\s+the\s+)?(?P<name>{_TOWN})(?!\s+of)",
        rf"{_LENGTH}\s+(?:away\s+)?(?:{_WAY}(?:{_FROM})?|{_FROM})"
        rf"(?:the\s+)?(?:(?:city|town|village|centre|center)\s+(?:of\s+)?)?{_NAME}",
        # "Saraqib (8.1 km)", "Saraqib'e 8,1 km", "سراقب: ٨ كم"
        rf"(?<![\w]){_NAME}(?:['’]?y?[ea])?(?P<way>)\s?[(:=,–-]?\s?{_LENGTH}",
    )
)
#: What stands for what was taken out of a text.
REMOVED: Final = "[position removed]"
#: How exact a street's name or a neighbour is taken to be, in metres: this project's choice, a block.
ADDRESS_M: Final = 200.0

_LATITUDE: Final = re.compile(
    r"(?:^|_)(?:lat\w*|[a-z]+lat|y|n|northing|north|enlem|خط_العرض|دائره_العرض|العرض)(?:_|$)"
)
_LONGITUDE: Final = re.compile(
    r"(?:^|_)(?:lon(?!g_?(?:desc|text))\w*|lng\w*|[a-z]+l(?:on|ng)|x|e|easting|east|boylam|خط_الطول|الطول)(?:_|$)"
)
_PARTS: Final = (
    re.compile(r"(?:^|_|lat|lon|itude)(?:d|deg|degs|degree|degrees|درجه|درجة)(?:_|$)"),
    re.compile(r"(?:^|_|lat|lon|itude)(?:m|min|mins|minute|minutes|دقيقه|دقيقة)(?:_|$)"),
    re.compile(r"(?:^|_|lat|lon|itude)(?:s|sec|secs|second|seconds|ثانيه|ثانية)(?:_|$)"),
)
_EASTING: Final = re.compile(r"(?:^|_)(?:e|x|easting|east|utm_?[ex]|utmx|شرقيات|الشرقيات|mercator_x)(?:_|$)")
_NORTHING: Final = re.compile(
    r"(?:^|_)(?:n|y|northing|north|utm_?[ny]|utmy|شماليات|الشماليات|mercator_y)(?:_|$)"
)
_ZONE: Final = re.compile(r"(?:^|_)(?:utm_?)?zone(?:_|$)")
#: The zone of MGRS, perhaps with its square, which begin a reference in several columns.
_SQUARE: Final = re.compile(r"3[678]\s?[RST](?:\s?[A-Z]{2})?")
_METRES: Final = re.compile(r"\d{6,7}(?:\.\d+)?")
#: A coordinate as a whole number of parts of a degree: 359291700.
_SCALED: Final = re.compile(r"(\d{2})(\d{4,8})")
#: Degrees, minutes and seconds of one cell with blanks between, or with a side and nothing between.
_PARTED: Final = re.compile(
    r"0?(\d{2})(?: |(?=\d{4}(?:\.\d+)?\s?[NSEW]))(\d{2}) ?(\d{2}(?:\.\d+)?)\s?([NSEW])?", re.I
)
_IDS: Final = {
    re.compile(r"(?:^|_)(?:osm|openstreetmap)(?:_|id|$)"): re.compile(
        r"(?:[nwr]|node|way|relation)?[/ :]?\d{3,}", re.I
    ),
    re.compile(r"wikidata|(?:^|_)qid(?:_|$)"): re.compile(r"Q\d+", re.I),
    re.compile(r"w3w|what_?3_?words|what_?three_?words"): re.compile(r"/*\w+\.\w+\.\w+"),
    re.compile(r"(?:google|gmaps).*id|(?:^|_)cid(?:_|$)"): re.compile(r"[\w-]{15,}"),
    re.compile(r"plus_?code|olc"): re.compile(r"[2-9A-Z]{4,8}\+[2-9A-Z]{2,3}.*", re.I),
}
_ADDRESS_COLUMN: Final = re.compile(r"address|street|adres|العنوان|عنوان|الشارع|شارع")


def distances_in(text: str) -> Iterator[re.Match[str]]:
    """Yield the distances to named places in a text."""
    if any(map(str.isdigit, text)):
        for form in _TO_A_PLACE:
            yield from form.finditer(plain(text))


class Clue(NamedTuple):
    """What leads to a position."""

    columns: tuple[str, ...]
    how: str
    exact_m: float
    position: LatLon | None = None
    place_id: str = ""  # of which place, where a list of places says so


class RowClues:
    """Finds the clues in the rows of a table."""

    def __init__(self, table: Table, *, latitude: str | None = None, longitude: str | None = None) -> None:
        self._columns = table.columns
        self.geometry = None if table.geometry is None else table.columns.index(table.geometry)
        names = [normal_name(name) for name in table.columns]
        every = [n for n in range(len(names)) if n != self.geometry]

        def called(pattern: re.Pattern[str], among: Sequence[int] = every) -> list[int]:
            return [n for n in among if pattern.search(names[n])]

        self._lists = [n for n in every if names[n] in LISTS]
        self._latitudes, self._longitudes = called(_LATITUDE), called(_LONGITUDE)
        for given, known in ((latitude, self._latitudes), (longitude, self._longitudes)):
            if given in table.columns and table.columns.index(given) not in known:
                known.insert(0, table.columns.index(given))
        axes = (
            called(re.compile(r"lat|(?:^|_)n(?:orth)?_|عرض")),
            called(re.compile(r"lon|lng|(?:^|_)e(?:ast)?_|طول")),
        )
        split = [[next(iter(called(part, axis)), None) for part in _PARTS] for axis in axes]
        self._split = split if all(axis[0] is not None and axis[1] is not None for axis in split) else []
        self._metres = called(_EASTING), called(_NORTHING)
        self._zone = next(iter(called(_ZONE)), None)
        self._ids = [(n, cell) for name, cell in _IDS.items() for n in called(name)]
        self._addresses = called(_ADDRESS_COLUMN)
        self._texts = [n for n in every if n not in self._lists]

    def of(self, texts: Sequence[str], shape: Any = None, *, addresses: bool = True) -> list[Clue]:
        """Return the clues of a row, given as texts, and its shape, where it has one."""
        found = [*self._shape(shape), *self._in_cells(texts), *self._across(texts)]
        if addresses:
            seen = {column for clue in found for column in clue.columns}
            found += [one for one in self._named(texts) if not seen.intersection(one.columns)]
        return found

    def listed(self, texts: Sequence[str]) -> Iterator[Clue]:
        """Yield the positions in lists of places that enriching wrote."""
        for n in self._lists:
            for one in _objects(texts[n]):
                square = read_coordinates(str(one.get("latitude", "")), str(one.get("longitude", "")))
                if square is not None:
                    exact_m, place_id = square.exact_m, str(one.get("place_id", ""))
                    yield Clue((self._columns[n],), "coordinates", exact_m, square.position, place_id)

    def _shape(self, shape: Any) -> Iterator[Clue]:
        if shape is None or shape.is_empty or self.geometry is None:
            return
        west, south, east, north = shape.bounds
        middle, corner = LatLon((south + north) / 2, (west + east) / 2), LatLon(north, east)
        unit_m = max(distance_m(middle, corner), _written_m(middle))
        yield Clue((self._columns[self.geometry],), "a geometry", unit_m, middle)

    def _in_cells(self, texts: Sequence[str]) -> Iterator[Clue]:
        for n in self._texts:
            for found in positions_in(texts[n]):
                yield Clue((self._columns[n],), found.how, found.exact_m, found.position)
        for n, cell in self._ids:
            if cell.fullmatch(texts[n].strip()) and not positions_in(texts[n]):
                yield Clue((self._columns[n],), "an object on a map", OBJECT_M)

    def _across(self, texts: Sequence[str]) -> Iterator[Clue]:
        whole = [*self._in_squares(texts), *self._in_metres(texts), *self._in_parts(texts)]
        yield from whole
        used = {self._columns.index(column) for clue in whole for column in clue.columns}
        for latitude, longitude in zip(self._latitudes, self._longitudes, strict=False):
            square = None if used & {latitude, longitude} else _pair(texts[latitude], texts[longitude])
            if square is not None:
                used |= {latitude, longitude}
                how = (
                    "coordinates"
                    if re.search(r"\d[.,]\d+$|^\d+$", texts[latitude].strip())
                    else "degrees and minutes"
                )
                yield self._clue((latitude, longitude), how, square)
        alone = [n for n in self._texts if n not in used and _is_fine(texts[n])]
        while len(alone) > 1:
            first, *alone = alone
            square = read_coordinates(texts[first], texts[alone[0]])
            if square is not None:
                yield self._clue((first, alone.pop(0)), "coordinates", square)

    def _in_squares(self, texts: Sequence[str]) -> Iterator[Clue]:
        """Yield the position that columns of MGRS give together, which stand side by side."""
        for n, text in enumerate(texts):
            for count in (3, 4) if _SQUARE.fullmatch(text.strip()) else ():
                cells = [one.strip() for one in texts[n : n + count]]
                square = read_mgrs("".join(cells)) if len(cells) == count else None
                if square is not None and is_in_country(square.position):
                    yield self._clue(range(n, n + count), "MGRS", square)

    def _in_parts(self, texts: Sequence[str]) -> Iterator[Clue]:
        """Yield the position that stands in columns of degrees, minutes and seconds."""
        if not self._split:
            return
        halves = []
        for degrees, minutes, seconds in self._split:
            cells = [texts[n].strip() if n is not None else "" for n in (degrees, minutes, seconds)]
            whole = re.sub(r"\.0+$", "", cells[0])
            halves.append(f"{whole}°{cells[1]}'" + (f'{cells[2]}"' if cells[2] else ""))
        square = read_coordinates(*halves)
        if square is not None:
            columns = tuple(n for axis in self._split for n in axis if n is not None)
            yield self._clue(columns, "degrees and minutes", square)

    def _in_metres(self, texts: Sequence[str]) -> Iterator[Clue]:
        for east, north in zip(*self._metres, strict=False):
            cells = [plain(texts[n]).strip().replace(",", "") for n in (east, north)]
            if not all(map(_METRES.fullmatch, cells)):
                continue
            x, y = map(float, cells)
            zones = re.findall(r"3[678]", texts[self._zone]) if self._zone is not None else []
            utm = [read_utm(int(zone), x, y) for zone in zones or (37, 36, 38)]
            square = next(
                (one for one in (*utm, read_mercator(x, y)) if one and is_in_country(one.position)), None
            )
            if square is not None:
                yield self._clue((east, north), "UTM" if x < 1e6 else "metres on a map", square)

    def _named(self, texts: Sequence[str]) -> Iterator[Clue]:
        """Yield streets and neighbours, which say where somebody has to go."""
        for n in self._texts:
            text = texts[n]
            is_address = n in self._addresses and re.search(r"\d", text) and not is_coordinate(text)
            if is_address or pattern("street").search(text):
                yield Clue((self._columns[n],), "an address", ADDRESS_M)

    def _clue(self, cells: Sequence[int], how: str, square: Square) -> Clue:
        return Clue(tuple(self._columns[n] for n in cells), how, square.exact_m, square.position)


def _pair(latitude: str, longitude: str) -> Square | None:
    """Read a pair of columns that are called coordinates."""
    texts = (_unscaled(plain(text).strip()) for text in (latitude, longitude))
    both = [_with_minutes(text, side) for text, side in zip(texts, "NE", strict=True)]
    if not all(is_coordinate(one, in_column=True) for one in both):
        return None
    return read_coordinates(*both)


def _unscaled(text: str) -> str:
    """Write a whole number of parts of a degree as degrees: 359291700 is 35.9291700."""
    found = _SCALED.fullmatch(text)
    return f"{found[1]}.{found[2]}" if found else text


def _with_minutes(text: str, side: str) -> str:
    """Write degrees, minutes and seconds that nothing or blanks part with their side: "35-55-45N"."""
    found = _PARTED.fullmatch(text)
    return f"{found[1]}-{found[2]}-{found[3]}{found[4] or side}" if found else text


def _is_fine(text: str) -> bool:
    """Tell whether a cell of any column is one coordinate for certain: by three decimals, or by minutes."""
    return is_coordinate(text) and not re.fullmatch(r"[-+]?\d+[.,]\d{1,2}", plain(text).strip())


def _written_m(position: LatLon) -> float:
    """Return how exact a position is by the decimals that its numbers have."""
    decimals = max(len(repr(one).partition(".")[2]) for one in (position.latitude, position.longitude))
    return degrees_m(10.0**-decimals, position.latitude)


def _objects(text: str) -> list[dict[str, Any]]:
    try:
        found = json.loads(text) if text.startswith("[") else []
    except (ValueError, RecursionError):
        return []
    return [one for one in found if isinstance(one, dict)]


# ------------------------------------------------------------------------------ the row without them


class Mender:
    """Writes rows without their clues, for cells of some side."""

    def __init__(self, table: Table, *, degrees: float, id_below: Callable[[str], str]) -> None:
        self._columns = table.columns
        self._degrees = degrees
        self._id_below = id_below
        self._geometry = table.geometry
        radii = ((n, RADII.fullmatch(normal_name(name))) for n, name in enumerate(table.columns))
        self._radii = {n: found["of"] or "" for n, found in radii if found}

    def radius_m(self, position: LatLon) -> int:
        """Return the radius of the cell of a position, in whole metres, rounded up."""
        middle = cell_centre(position, degrees=self._degrees)
        return math.ceil(cell_radius_m(middle, degrees=self._degrees))

    def row(self, values: Sequence[Any], clues: Sequence[Clue]) -> tuple[list[Any], LatLon | None]:
        """Return a row without what clues found, and the middle of a cell whose radius no column takes."""
        row, put, done = list(values), None, set[int]()
        for clue in clues:
            places = [self._columns.index(column) for column in clue.columns]
            middle = clue.position and cell_centre(clue.position, degrees=self._degrees)
            if middle and self._put(row, places, clue, middle):
                of = re.match("(?:gaz_point_|gaz_|incident_)?", normal_name(clue.columns[0]))
                radii = [n for n, whose in self._radii.items() if of and whose == of[0]]
                for n in radii:
                    row[n] = _like(row[n], self.radius_m(middle))
                put = put if radii else middle
                continue
            for n in places:
                if normal_name(self._columns[n]) in LISTS:
                    row[n] = self._listed(row[n])
                elif clue.how == AN_ID:
                    row[n] = self._id_below(clue.place_id)
                elif n not in done:  # of several in a text all go at once
                    row[n] = cut(row[n], clue.how)
                    done.add(n)
        return row, put

    def _put(self, row: list[Any], places: Sequence[int], clue: Clue, middle: LatLon) -> bool:
        """Write the middle of a cell where a position stood; False where it can't be written alike."""
        if clue.columns == (self._geometry,):
            import shapely

            row[places[0]] = shapely.Point(middle.longitude, middle.latitude)
            return True
        if len(places) != 2 or clue.how not in ("coordinates", "degrees and minutes"):
            return False
        swapped = _LONGITUDE.search(normal_name(clue.columns[0])) and not _LATITUDE.search(
            normal_name(clue.columns[0])
        )
        numbers = (middle.longitude, middle.latitude) if swapped else (middle.latitude, middle.longitude)
        for n, number in zip(places, numbers, strict=True):
            row[n] = _like(row[n], number)
        return True

    def _listed(self, value: Any) -> Any:
        """Return a list of places, each with a tier's id and in the middle of its cell."""
        kept = []
        for one in _objects(as_text(value)):
            square = read_coordinates(str(one.get("latitude", "")), str(one.get("longitude", "")))
            if square is not None:
                middle = cell_centre(square.position, degrees=self._degrees)
                radius_m = self.radius_m(middle)
                one |= {"latitude": middle.latitude, "longitude": middle.longitude, "uncertainty_m": radius_m}
            if "place_id" in one:
                one["place_id"] = self._id_below(str(one["place_id"]))
            kept.append(one)
        return json.dumps(kept, ensure_ascii=False) if isinstance(value, str) else kept


def _like(value: Any, number: float) -> Any:
    """Return a number as a cell has it: as text, with a comma, or in whole parts of a degree."""
    written = as_text(value).strip()
    if scaled := _SCALED.fullmatch(written):
        number = round(number * 10 ** len(scaled[2]))
    text = str(number) if scaled else f"{number:.9g}"
    if "," in written and "." not in written:
        text = text.replace(".", ",")
    return text if isinstance(value, str) else number


def cut(value: Any, how: str) -> Any:
    """Return a cell without the positions in it; an empty one where they are all that it holds."""
    if not isinstance(value, str):
        return None
    text, spans = plain(value), list[tuple[int, int]]()
    spans = [(one.start, one.end) for one in positions_in(value)]
    if how == "an address":
        spans += [found.span() for found in pattern("street").finditer(text)]
    if how == DISTANCES:
        spans += [found.span("length") for found in distances_in(text)]
    rest = text
    for start, end in sorted(spans, reverse=True):
        rest = rest[:start] + REMOVED + rest[end:]
    return rest if spans and rest.replace(REMOVED, "").strip(" ,;()[]") else ""


def same_point(first: LatLon, second: LatLon, *, exact_m: float) -> bool:
    """Tell whether a position is a point as written to some decimals: 35.93 is 35.93062, and 35.94 isn't."""
    for decimals in range(1, 9):
        if degrees_m(10.0**-decimals, first.latitude) <= exact_m * 1.01:
            return all(
                abs(round(a, decimals) - round(b, decimals)) < 1e-9
                for a, b in ((first.latitude, second.latitude), (first.longitude, second.longitude))
            )
    return distance_m(first, second) < 1.0
