"""Targets that read a text of a person: names, questions, positions, days, lengths, polygons and cursors."""

import json
import math
from functools import cache

from gazetteer.ask import answer, parse_question
from gazetteer.geodesy import LatLon
from gazetteer.incidents import Incidents
from gazetteer.incidents.row import read_radii
from gazetteer.names import fold
from gazetteer.near.areas import OPEN, DrawnArea
from gazetteer.near.select import inside
from gazetteer.notation.dates import read_date_column, read_days, split_span
from gazetteer.notation.lengths import format_length, read_length
from gazetteer.notation.positions import read_pairs, read_point
from service.cursors import cursor_at, held_in
from tests.fakes import an_incident
from tests.fuzz.target import Target, default, held_by, is_position, refusals_allowed, text_of


def names(data: bytes) -> None:
    """Fold, read, resolve and complete a name; further lines are what is known round it."""
    text, *context = text_of(data).split("\n", 3)
    folded = fold(text)
    assert fold(folded) == folded
    assert len(folded) <= 400
    with refusals_allowed():
        default().suggest(text, limit=5)
    with refusals_allowed():
        answered = default().resolve(text, context=context, limit=50)
        confidences = [match.confidence for match in answered.matches]
        assert answered.status in {"resolved", "several", "ambiguous", "unresolved"}
        assert all(0 <= confidence <= 1 for confidence in confidences)
        assert sorted(confidences, reverse=True) == confidences
        assert all(is_position(match.place.position) for match in answered.matches)
        assert all(0 <= match.place.uncertainty_m < math.inf for match in answered.matches)
        json.dumps(answered.as_json(), allow_nan=False)


@cache
def _incidents() -> Incidents:
    return Incidents.of([an_incident(), an_incident(id="2", position=None), an_incident(id="3", date=None)])


def questions(data: bytes) -> None:
    """Read a question, say how it was read, and answer it."""
    text = text_of(data)
    with refusals_allowed():
        question = parse_question(text)
        assert parse_question(question.text) == question
        found = answer(question, default(), _incidents())
        assert found.read_as
        json.dumps(found.as_json(), allow_nan=False, default=str)


def coordinates(data: bytes) -> None:
    """Read a position from one text, from two cells, and as an end of a distance."""
    text = text_of(data)
    first, second, radius = held_by(text, parts=3)
    with refusals_allowed():
        point = read_point(text)
        if point is not None:
            assert is_position(point)
            again = read_point(f"{point.latitude:.12f}, {point.longitude:.12f}")
            assert again is not None
            assert abs(again.latitude - point.latitude) < 1e-9
            assert abs(again.longitude - point.longitude) < 1e-9
    pairs = read_pairs([first], [second])
    assert math.isnan(pairs.latitudes[0]) or is_position(LatLon(pairs.latitudes[0], pairs.longitudes[0]))
    (known_m,), _ = read_radii([radius])
    assert math.isnan(known_m) or 0 <= known_m < math.inf
    with refusals_allowed():
        found = default().distance(first, second)
        assert 0 <= found.min_m <= found.max_m < math.inf
        assert found.distance_m is None or found.min_m <= found.distance_m <= found.max_m


def dates(data: bytes) -> None:
    """Read a date as a text of its own, in a column, and at the end of a question."""
    text = text_of(data)
    column = read_date_column([text, "not a number of days"])
    with refusals_allowed():
        first, last = read_days(text)
        assert first <= last
        assert [first.toordinal(), last.toordinal()] == [column.first[0], column.last[0]]
        assert read_days(first.isoformat()) == (first, first)
    with refusals_allowed():
        rest, (start, end) = split_span(text)
        assert all(word in text for word in rest.split())
        assert start is None or end is None or start <= end


def lengths(data: bytes) -> None:
    """Read a length; what is written of it is read as the same, to the digits that are written."""
    with refusals_allowed():
        length_m = read_length(text_of(data))
        assert 0 <= length_m < math.inf
        again = read_length(format_length(length_m))
        assert abs(again - length_m) <= (0.5 if length_m < 1000 else 50.0) + 1e-9 * length_m


def polygons(data: bytes) -> None:
    """Read a polygon as WKT or GeoJSON, and say whether a place may lie in it."""
    with refusals_allowed():
        area = DrawnArea.from_text(text_of(data), parameter="polygon")
        west, south, east, north = area.shape.bounds
        assert -180 <= west <= east <= 180
        assert -90 <= south <= north <= 90
        assert OPEN == inside(_incidents(), area, default())[1]


def cursors(data: bytes) -> None:
    """Read cursors: what was put in comes out, and what wasn't given is refused."""
    start = int.from_bytes(data[:8], "big")
    assert start == held_in(cursor_at(start, listed="1", question="?"), listed="1", question="?")
    with refusals_allowed():
        assert held_in(text_of(data), listed="1", question="?") >= 0


_NAMES = (
    "Idlib", "إدلب", "Kafr", "al-", ",", "،", "(", ")", "/", " - ", "–", ": ", " and ", " و ", "between ",
    "بين ", "near ", "قرب ", " north of ", "5 km ", "٥ كم ", "شمال ", " city", "حي ", "مدينة ", " road",
    "طريق ", "SY07", "C1000", "35.9, 36.6", "\n", "\u200f", "\u202e", "\u0301", "\u0640", "\0", "’",
    "villages of ", " to ", "Syria", "<b>",
)  # fmt: skip
_POSITIONS = (
    "35.93", "36.63", "-", "−", ", ", "; ", "N", "S", "E", "W", "°", "º", "'", "′", "\"", "''", "d", "m", "s",
    "nan", "inf", "infinity", "٣٥٫٩", "۳۶", "\n", "1e5", "181", "91", "(", ")", "Idlib", "C1000",
)  # fmt: skip
_DATES = (
    "2016-05-30", "30 May 2016", "May 30, 2016", "May 2016", "2016-05", "2016", "0000", "9999-12-31", "-13",
    "-00", " and ", "between ", "from ", " to ", " since ", " after ", " until ", " before ", " in ", " on ",
    " during ", "T00:00", "²", "٢٠١٦", "sept", "strikes ", ".",
)  # fmt: skip
_LENGTHS = (
    "5", "5,000", "0.5", "٥", "٫", "٬", "km", " m", "miles", "nmi", "ft", "كم", "متر", "-", "+", "²", ",",
    ".", "nan", "inf", "9" * 30, "\u0301",
)  # fmt: skip
_QUESTIONS = (
    "strikes ", "within ", "5 km ", "of ", "a hospital ", "in ", "Idlib ", "how many ", "nearest ",
    "distance ", "from ", "to ", "between ", "and ", "2016-05-01 ", "May 2016 ", "the ", "were ", "show all ",
    "incidents ", "are there ", "?", "school ", "Aleppo ", "since ", "district ",
)  # fmt: skip
_POLYGONS = (
    "POLYGON ", "MULTIPOLYGON ", "Z ", "EMPTY", "((", "))", "36.6 35.9", ", ", "nan", "inf", "1e308",
    "-1e-320", '{"type":"Polygon","coordinates":[[', "[36.6,35.9]", "]]}", '"MultiPolygon"', "null", "true",
    "{}", "[", "]", '"crs"', "GEOMETRYCOLLECTION (", "SRID=4326;", "CURVEPOLYGON",
)  # fmt: skip

TARGETS = {
    "names": Target(names, _NAMES, 600),
    "questions": Target(questions, _QUESTIONS, 400),
    "coordinates": Target(coordinates, _POSITIONS, 200),
    "dates": Target(dates, _DATES, 200),
    "lengths": Target(lengths, _LENGTHS, 200),
    "polygons": Target(polygons, _POLYGONS, 2000),
    "cursors": Target(cursors, ("WzEsI", "=", "-", "_", "IiJd", "A" * 27), 64),
}
