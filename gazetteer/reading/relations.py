"""Relations between a reported event and the names around it.

"5 km north of X", "X (5 km north)", "north of X", "between X and Y", "the X – Y road": each
is found by its own words, in English and in Arabic, and leaves the name that the position hangs on. Nearness
needs no pattern: its words are small words of :mod:`gazetteer.reading.tokens`.

Examples
--------
>>> relation, name = find_relation("between Kafranbel and Hass")
>>> relation.kind, relation.anchors, name
('between', ('Kafranbel', 'Hass'), 'Kafranbel')
"""

import re
from dataclasses import dataclass
from typing import Final, Literal

from gazetteer.errors import UnitError
from gazetteer.names import fold
from gazetteer.names.words import KIND_WORDS
from gazetteer.notation.digits import plain
from gazetteer.notation.lengths import LENGTH_PATTERN, read_length

RelationKind = Literal["offset", "direction", "near", "between"]

#: Compass words to degrees clockwise from north.
COMPASS_DEG: Final[dict[str, float]] = {
    "north": 0.0, "north-northeast": 22.5, "northeast": 45.0, "east-northeast": 67.5, "east": 90.0,
    "east-southeast": 112.5, "southeast": 135.0, "south-southeast": 157.5, "south": 180.0,
    "south-southwest": 202.5, "southwest": 225.0, "west-southwest": 247.5, "west": 270.0,
    "west-northwest": 292.5, "northwest": 315.0, "north-northwest": 337.5,
    "شمال": 0.0, "شمال شرق": 45.0, "شرق": 90.0, "جنوب شرق": 135.0, "جنوب": 180.0,
    "جنوب غرب": 225.0, "غرب": 270.0, "شمال غرب": 315.0,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Relation:
    """How a position relates to the names.

    Parameters
    ----------
    kind
        offset: a distance and a direction; direction: only a direction; near: neither; between: on the way
        from one anchor to the other.
    azimuth_deg
        Direction from the anchor, degrees clockwise from north.
    distance_m
        Distance from the anchor in metres.
    precision_m
        How finely the distance was written, in metres: half of its last meaningful digit.
    anchors
        The names between which it happened; empty where the one name is enough.
    """

    kind: RelationKind
    azimuth_deg: float | None = None
    distance_m: float | None = None
    precision_m: float = 0.0
    anchors: tuple[str, ...] = ()


_WORD_EN: Final = r"(?:north|south|east|west)(?:\s*-?\s*(?:north|south)?-?(?:east|west))?(?:ern)?"
_ABBREVIATED: Final = {
    "n": "north", "nne": "north-northeast", "ne": "northeast", "ene": "east-northeast", "e": "east",
    "ese": "east-southeast", "se": "southeast", "sse": "south-southeast", "s": "south",
    "ssw": "south-southwest", "sw": "southwest", "wsw": "west-southwest", "w": "west",
    "wnw": "west-northwest", "nw": "northwest",
    "nnw": "north-northwest",
}  # fmt: skip
_ABBREVIATION: Final = "|".join(sorted(_ABBREVIATED, key=len, reverse=True))
_WORD_AR: Final = r"(?:شمالي?|جنوبي?|شرقي?|غربي?)(?:\s+(?:شرقي?|غربي?|ال?شرقي?|ال?غربي?))?"

_OFFSET_EN: Final = re.compile(
    rf"^(?:about|around|approximately|some|approx\.?|~)?\s*{LENGTH_PATTERN}\s+(?:to\s+the\s+)?(?:({_WORD_EN})|({_ABBREVIATION}))\s+(?:of|from)\s+(.+)$",
    re.I,
)
_OFFSET_AR: Final = re.compile(
    rf"^(?:على بعد|حوالي|نحو)?\s*{LENGTH_PATTERN}\s+(?:إلى\s+|الى\s+)?({_WORD_AR})\s+(?:من\s+)?(.+)$"
)
# The offset after the name: "Saraqib (5 km north)", "Saraqib, 5 km to the north, Idlib".
_AFTER: Final = r"^([^,،()\[\]]+?)(?:\s*[,،(\[]\s*|\s*[–—]\s*|\s+-\s+|\s+)"
_AFTER_END: Final = r"\s*[)\]]?\s*((?:[,،].*)?)$"
_OFFSET_AFTER_EN: Final = re.compile(
    rf"{_AFTER}(?:about|around|approximately|some|approx\.?|~)?\s*{LENGTH_PATTERN}\s*(?:to\s+the\s+|due\s+)?"
    rf"(?:({_WORD_EN})(?:wards?)?|({_ABBREVIATION})){_AFTER_END}",
    re.I,
)
_OFFSET_AFTER_AR: Final = re.compile(
    rf"{_AFTER}(?:على بعد|حوالي|نحو)?\s*{LENGTH_PATTERN}\s*(?:إلى\s+|الى\s+|باتجاه\s+)?"
    rf"((?:ال)?{_WORD_AR})(?:ا|اً|ًا)?{_AFTER_END}"
)
_DIRECTION_EN: Final = re.compile(
    rf"^(?:just\s+|to\s+the\s+|the\s+|located\s+|a\s+point\s+)*({_WORD_EN})\s+(?:of|from)\s+(.+)$", re.I
)
# "The northern outskirts of Saraqib", "east side of Aleppo".
_SIDE_EN: Final = re.compile(
    rf"^(?:in\s+|on\s+|at\s+)?(?:the\s+)?({_WORD_EN})\s+(?:outskirts|suburbs?|parts?|sides?|edges?|half|areas?|"
    r"surroundings|sectors?|entrance)\s+of\s+(?:the\s+)?(.+)$",
    re.I,
)
# "Silos east of Palmyra": the first words may be left out when they only say what kind of thing it is.
_THING_EN: Final = re.compile(rf"^([^,()]{{3,40}}?),?\s+(?:to\s+the\s+)?({_WORD_EN})\s+of\s+(.+)$", re.I)
_DIRECTION_AR: Final = re.compile(rf"^({_WORD_AR})\s+(?:من\s+|مدينة\s+|بلدة\s+|قرية\s+)(.+)$")
# Without "of", the noun alone: "شرق سراقب"; the adjective "شرقي" belongs to the name.
_DIRECTION_NOUN_AR: Final = re.compile(r"^((?:شمال|جنوب|شرق|غرب)(?:\s+(?:شرق|غرب))?)\s+(.+)$")
_BETWEEN: Final = (
    re.compile(
        r"^(?:.*\b)?(?:between|linking|connecting|joining)\s+(?:the\s+)?(?:villages?\s+of\s+|towns?\s+of\s+)?(.+?)\s+(?:and|with|to|&)\s+(.+?)(?:\s+(?:villages?|towns?|road|highway))?$",
        re.I,
    ),
    re.compile(r"^(?:.*\s)?(?:ما\s+)?بين\s+(?:بلدتي\s+|قريتي\s+|مدينتي\s+)?(.+?)\s+و\s*(.+)$"),
    re.compile(r"^(?:the\s+)?([^\s-]{4,})-([^\s-]{4,})\s+(?:road|highway|motorway)$", re.I),
    re.compile(
        r"^(?:the\s+)?(.+?)\s*(?:\s-\s|[–—]|\s+to\s+)\s*([^–—]+?)\s+(?:road|highway|motorway|route)$", re.I
    ),
    re.compile(r"^(?:the\s+)?(.+?)\s*(?:/|\s-\s|[–—])\s*(.+?)\s+border$", re.I),
    re.compile(
        r"^(?:on\s+|along\s+)?(?:the\s+)?(?:(?:main|international|old|new)\s+)*(?:road|highway|motorway|route)\s+"
        r"(?:(?:leading|running|going)\s+)?from\s+(.+?)\s+(?:to|towards?)\s+(.+)$",
        re.I,
    ),
    re.compile(r"^(?:road|highway|motorway|route)\s+(.+?)\s*(?:\s-\s|[–—])\s*(.+)$", re.I),
    re.compile(r"^(?:طريق|اوتستراد|أوتوستراد)\s+(.+?)\s*[-–—]\s*(.+)$"),
    re.compile(
        r"^(?:على\s+)?(?:ال)?(?:طريق|اوتستراد|أوتوستراد)\s+(?:(?:ال)?(?:واصل|ممتد)\s+)?من\s+(.+?)\s+(?:إلى|الى|باتجاه)\s+(.+)$"
    ),
)
_TAIL: Final = re.compile(r"\s*[,،(]")


def _azimuth(word: str | None) -> float | None:
    if not word:
        return None
    key = re.sub(r"\s+", " ", word.casefold().strip().removesuffix("ern"))
    key = _ABBREVIATED.get(key, key)
    if key in COMPASS_DEG:
        return COMPASS_DEG[key]
    latin = re.sub(r"[\s-]", "", key)
    plain = {k.replace("-", ""): v for k, v in COMPASS_DEG.items()}
    arabic = " ".join(w.removeprefix("ال").removesuffix("ي") for w in key.split())
    return plain.get(latin, COMPASS_DEG.get(arabic))


def _offset(text: str) -> tuple[Relation, str] | None:
    context = short = ""
    if english := _OFFSET_EN.match(text):
        number, unit, word, short, name = english.groups()
    elif arabic := _OFFSET_AR.match(text):
        number, unit, word, name = arabic.groups()
    elif after := _OFFSET_AFTER_EN.match(text):
        name, number, unit, word, short, context = after.groups()
    elif after := _OFFSET_AFTER_AR.match(text):
        name, number, unit, word, context = after.groups()
    else:
        return None
    azimuth = _azimuth(word or short)
    try:
        distance = read_length(f"{number} {unit}")
    except UnitError:
        return None
    if azimuth is None:
        return None
    return Relation("offset", azimuth, distance, _precision_m(number, unit)), name.strip() + context


def _precision_m(number: str, unit: str) -> float:
    """Return half the last meaningful digit of a distance as written, in metres.

    GBIF Georeferencing Best Practices: "15 km" 0.5 km, "10.5 km" 0.25 km, "1000 m" 50 m.
    """
    one = read_length(f"1 {unit}")
    whole, _, fraction = plain(number).replace(",", "").partition(".")
    if fraction:
        return one * (0.25 if fraction == "5" else 0.5 * 10.0 ** -len(fraction))
    zeros = len(whole) - len(whole.rstrip("0"))
    return float(one * 0.5 * 10.0 ** max(0, zeros - 1))


def _between(text: str) -> tuple[Relation, str] | None:
    """Return a way between two names; what follows a comma or stands in brackets is context for both."""
    cut = _TAIL.search(text)
    head, tail = (text[: cut.start()], text[cut.start() :].strip(" ,،()")) if cut else (text, "")
    for pattern in _BETWEEN:
        if found := pattern.match(head.strip()):
            anchors = tuple(name.strip() for name in found.groups())
            return Relation("between", anchors=anchors), ", ".join(filter(None, (anchors[0], tail)))
    return None


def find_relation(text: str) -> tuple[Relation | None, str]:
    """Find a relation and the name that it hangs on.

    Parameters
    ----------
    text
        A cell.

    Returns
    -------
    relation : Relation or None
    rest : str
        The text without the relation: for a way between two names the first, with whatever follows a comma.
    """
    if offset := _offset(text):
        return offset
    for pattern in (_DIRECTION_EN, _SIDE_EN, _DIRECTION_AR, _DIRECTION_NOUN_AR):
        if (found := pattern.match(text)) and (azimuth := _azimuth(found[1])) is not None:
            return Relation("direction", azimuth), found[2]
    if (
        (found := _THING_EN.match(text))
        and (azimuth := _azimuth(found[2])) is not None
        and all(word in KIND_WORDS or word == "the" for word in fold(found[1]).split())
    ):
        return Relation("direction", azimuth), found[3]
    return _between(text) or (None, text)
