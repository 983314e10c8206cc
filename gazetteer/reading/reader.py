"""From a text to an answer: spans, interpretations, relation, and the decision to abstain.

`Reader.resolve` answers a text with one of four states. *resolved*: the likeliest place's confidence reaches
the limit. *several*: the text lists places, and each of them reaches it. *ambiguous*: something in the
gazetteer is probably meant, but no single answer is likely enough. *unresolved*: probably nothing in the
gazetteer is meant. The candidates come along in every state, best first, so that a person can decide.
"""

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import compress
from typing import TYPE_CHECKING, Final

from gazetteer.answers import MIN_CONFIDENCE, Match, Query, Resolution, Status
from gazetteer.country import is_country, read_pcode
from gazetteer.errors import CoordinateError
from gazetteer.index.names import NameIndex
from gazetteer.kinds import LINES, PlaceKind
from gazetteer.names import fold
from gazetteer.names.words import NO_PLACE_WORDS
from gazetteer.notation.positions import read_point
from gazetteer.reading.abroad import other_country
from gazetteer.reading.calibration import RIGHT_M, Calibration, load_calibration
from gazetteer.reading.features import Features
from gazetteer.reading.interpret import (
    Context,
    Listing,
    Names,
    Star,
    Toponym,
    dot,
    holds_other,
    listing_of,
    log_sum,
    role_of,
    stars_of,
)
from gazetteer.reading.rank import RankedPlace, Weights, load_weights, ranked_places
from gazetteer.reading.reasons import explain
from gazetteer.reading.relations import (
    Relation,
    common_place,
    find_relation,
    is_area,
    meeting_place,
    offset_place,
    part_place,
    place_at,
    why_too_wide,
)
from gazetteer.reading.spans import MAX_CHARACTERS, Cell, cell_of
from gazetteer.values import Place

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

#: A candidate less likely than this is not worth showing.
_WORTH_SHOWING: Final = 0.005
#: A written coordinate is good to about a block: four decimals are 11 m, two are 1.1 km.
COORDINATE_RADIUS_M: Final = 100.0
#: What an answer keeps of its confidence where an area stated beside it doesn't hold it: of such answers that
#: were given 0.94 without it, 0.8 were right, in labelled rows that the weights had not seen.
_CONTRADICTED: Final = 0.85
#: The same where the name itself was not found, or only a line or one of several quarters: too little to be
#: accepted.
_DOUBTFUL: Final = 0.6
_CONTRADICTIONS: Final = frozenset({"out_of_governorate", "out_of_district"})
#: How likely what has an unknown name lies within 5 km of the town named beside it, before that is doubted.
_BESIDE_UNKNOWN: Final = 0.8
_UNREAD: Final = frozenset({"unread_words", "unread_aside"})
_HINTS_REMEMBERED: Final = 10_000
_SHAPES_REMEMBERED: Final = 256


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """A text with all that is known of it, before it is decided."""

    query: Query
    cell: Cell  # the text without what its relation says, cut
    relation: Relation | None
    known: tuple[Toponym, ...]
    stated: Context
    features: Features  # features of "none" that the whole text decides
    country: str = ""  # the other country that it is in, in English; else ""


class Reader:
    """Reads texts against one gazetteer, by the weights and calibration of the package if none are given.

    `shape_of` gives a place's line or outline as WKB, where there is one.
    """

    def __init__(
        self,
        places: Sequence[Place],
        index: NameIndex,
        *,
        weights: Weights | None = None,
        calibration: Calibration | None = None,
        shape_of: Callable[[str], bytes | None] = lambda _: None,
    ) -> None:
        self.calibration = calibration or load_calibration()
        weights = weights or load_weights()
        self._weights = weights if self.calibration.prior else weights.without_prior()
        self.names = Names(places, index, self._weights)
        self._places = places
        self._index = index
        self._by_id = {place.id: place for place in places}
        # Columns repeat; a hostile table must not grow what is remembered.
        self._shape_of = lru_cache(_SHAPES_REMEMBERED)(lambda place_id: _shape(shape_of(place_id)))
        self._stated_by = lru_cache(_HINTS_REMEMBERED)(self._read_hints)

    def resolve(
        self,
        text: str,
        *,
        within: Sequence[Collection[str]] = (),
        hints: Sequence[str] = (),
        kinds: Collection[PlaceKind] = (),
        country: str = "",
        beside: Context | None = None,
        limit: int = 5,
        min_confidence: float = MIN_CONFIDENCE,
    ) -> Resolution:
        """Resolve a cell as a reporter wrote it; see :meth:`gazetteer.Gazetteer.resolve`.

        Only places in one of each set of P-codes of `within` are considered. Of `hints`, what is stated
        `beside` the text is read, unless it is known already.
        """
        text = text[:MAX_CHARACTERS].strip()
        if (written := self._written(text)) is not None:
            return written
        reading = self.read(text, within=within, hints=hints, kinds=kinds, country=country, beside=beside)
        if reading.relation and reading.relation.anchors and not (kinds or reading.country):
            return self._between(reading, reading.relation.anchors, within, min_confidence)
        if reading.country or not reading.known:
            return Resolution(reading.query, "unresolved", (), country=reading.country)
        if met := self._meeting(reading, limit, min_confidence):
            return met
        stars = stars_of(reading.known, reading.stated, reading.features, self.names)
        listing = listing_of(reading.known, reading.stated, reading.features, self.names)
        if len({self._line(one) is None for one in reading.known}) > 1:
            listing = None  # a line and a town that it doesn't pass are no two places of one event
        listed = 0.0
        if listing is not None and not (reading.relation and reading.relation.kind == "offset"):
            odds = listing.utility + dot(self._weights.lists, listing.features)
            listed = 1.0 / (1.0 + math.exp(min(log_sum([star.utility for star in stars]) - odds, 700.0)))
            if listed >= 0.5:
                return self._several(reading, listing, listed, limit, min_confidence)
        matches, none = self._matches(reading, stars, 1.0 - listed)
        if none >= 0.5 and (stand_in := self._stand_in(reading, stars, none)):
            matches = [stand_in, *(m for m in matches if m.place.id != stand_in.place.id)]
            matches.sort(key=lambda match: -match.confidence)
        status: Status = "unresolved" if none >= 0.5 or not matches else "ambiguous"
        if matches and matches[0].confidence >= min_confidence:
            status = "resolved"
        unread = self._unread(max(stars, key=lambda one: one.utility), reading)
        return Resolution(reading.query, status, tuple(matches[:limit]), unread=unread)

    def _written(self, text: str) -> Resolution | None:
        """Return the answer to a position or a P-code; None for any other text."""
        query = Query(text, text)
        try:
            point = read_point(text)
        except CoordinateError:
            return Resolution(query, "unresolved", ())
        if point:
            place = place_at(point, name=text, uncertainty_m=COORDINATE_RADIUS_M)
            match = Match(place, 1.0, text, "coordinates", ("a written position",))
            return Resolution(query, "resolved", (match,))
        if (code := read_pcode(text)) is None:
            return None
        if (unit := self._by_id.get(code)) is None:
            return Resolution(query, "unresolved", ())
        match = Match(unit, 1.0, text, "pcode", ("its P-code",), self.calibration.radius_m(unit))
        return Resolution(query, "resolved", (match,))

    def read(
        self,
        text: str,
        *,
        within: Sequence[Collection[str]] = (),
        hints: Sequence[str] = (),
        kinds: Collection[PlaceKind] = (),
        country: str = "",
        beside: Context | None = None,
    ) -> Reading:
        """Cut a text and look its names up; fitting looks at texts through this too. See :meth:`resolve`."""
        relation, rest = find_relation(text)
        cell = cell_of(rest, self._index, self._places)
        if all(word in NO_PLACE_WORDS for word in fold(rest).split()):
            cell = cell._replace(spans=())
        abroad = other_country(country, codes=True) or next(filter(None, map(other_country, hints)), "")
        spans = []
        for span in cell.spans:
            if len(cell.spans) > 1 and is_country(span.text):
                continue
            if there := other_country(span.text):
                abroad = abroad or there
            elif not (span.kind == "border" and other_country(span.name)):
                spans.append(span)
        known = tuple(self.names.look_up(span, within=within, kinds=kinds) for span in spans)
        stated = beside or self._stated_by(tuple(hints))
        features = {}
        if stated.areas or stated.anchors:
            features["has_context"] = 1.0
        if relation:
            features[f"relation_{'direction' if relation.kind == 'offset' else relation.kind}"] = 1.0
        near = "near" if any(span.near for span in spans) else None
        if not relation and (near or cell.scattered):
            features["relation_near"] = 1.0
        query = Query(
            text=text,
            name=spans[0].name if spans and not (relation and relation.anchors) else text,
            context=(*(span.text for span in spans[1:]), *hints),
            kind=spans[0].kind if spans else next(iter(cell.described), None),
            relation=relation.kind if relation else near,
        )
        cell = cell._replace(spans=tuple(spans))
        return Reading(query, cell, relation, known, stated, features, abroad)

    def _read_hints(self, hints: tuple[str, ...]) -> Context:
        codes = [frozenset({code}) for code in map(read_pcode, hints) if code in self._by_id]
        cells = [cell_of(hint, self._index, self._places) for hint in hints if not read_pcode(hint)]
        known = [self.names.look_up(span) for cell in cells for span in cell.spans[:2]]
        areas = (one.areas for one in known if one.areas)
        return Context((*codes, *areas), tuple(anchor for one in known for anchor in one.anchors))

    # ------------------------------------------------------------------------------- several, between

    def _several(
        self, reading: Reading, listing: Listing, listed: float, limit: int, min_confidence: float
    ) -> Resolution:
        """Answer by all places of a list, if each of them is sure."""
        found: dict[str, Match] = {}
        others: list[Match] = []
        unknown = [reading.known[n].span.written for n in listing.unread]
        members = [stars[0].span for stars in listing.members]
        for stars in listing.members:
            matches, none = self._matches(reading, stars, listed, apart=members)
            if not matches or none >= matches[0].confidence:
                unknown.append(reading.known[stars[0].span].span.written)
            elif matches[0].place.id not in found:  # else the same place, named twice
                found[matches[0].place.id] = matches[0]
                others += matches[1:]
        places = tuple(found.values())
        others.sort(key=lambda match: -match.confidence)
        sure = all(match.confidence >= min_confidence for match in places)
        if sure and not unknown and not listing.is_doubtful:
            if len(places) > 1:
                return Resolution(reading.query, "several", (*places, *others[:limit]), places=places)
            return Resolution(reading.query, "resolved", (*places, *others)[:limit])
        # One of them may be meant, or all: no one of them is the answer.
        share = 1.0 / (len(places) + len(unknown))
        shared = [replace(match, confidence=match.confidence * share) for match in (*places, *others)]
        shared.sort(key=lambda match: -match.confidence)
        status: Status = "ambiguous" if shared else "unresolved"
        return Resolution(reading.query, status, tuple(shared[:limit]), unread=tuple(unknown))

    def _between(
        self,
        reading: Reading,
        anchors: Sequence[str],
        within: Sequence[Collection[str]],
        min_confidence: float,
    ) -> Resolution:
        """Answer what lies between two names by the middle of their places."""
        found = {
            name: self._end(name, within, (*(a for a in anchors if a != name), *reading.query.context))
            for name in anchors
        }
        ends = [end for end in found.values() if end]
        missing = tuple(name for name, end in found.items() if not end)
        if not ends:
            return Resolution(reading.query, "unresolved", ())
        first, last = ends[0], ends[-1]
        if missing or first.place.id == last.place.id:
            # Half of the text is not known, so what is known can't be the answer with confidence.
            half = (f"only half of the text is known: {name!r} is not in the gazetteer" for name in missing)
            match = replace(first, confidence=first.confidence / 2, reasons=tuple(half) or first.reasons)
            return Resolution(reading.query, "ambiguous", (match,), unread=missing)
        place, reason = common_place(first.place, last.place)
        shared = tuple(unit for unit in first.place.admin if last.place.lies_in(unit.pcode))
        place = replace(place, admin=shared, admin_method="stated" if shared else "unknown")
        confidence = min(first.confidence, last.confidence) * _share_within_reach(place)
        names = f"{first.matched_name} + {last.matched_name}"
        places = (first.place, last.place, *first.anchors, *last.anchors)
        match = Match(place, confidence, names, "between", (reason,), anchors=places)
        ends = [replace(end, confidence=min(end.confidence, confidence) / 2) for end in ends]
        status: Status = "resolved" if confidence >= min_confidence else "ambiguous"
        return Resolution(reading.query, status, (match, *sorted(ends, key=lambda m: -m.confidence)))

    def _end(self, text: str, within: Sequence[Collection[str]], hints: tuple[str, ...]) -> Match | None:
        """Return the likeliest place of one end; None where it is likelier that there is none."""
        reading = self.read(text, within=within, hints=hints)
        if not reading.known:
            return None
        features = {**reading.features, "relation_between": 1.0}
        stars = stars_of(reading.known, reading.stated, features, self.names)
        ranked, _, none = self._ranked(reading.known, stars, 1.0)
        if not ranked or ranked[0].confidence < none:
            return None
        candidate, span, named, confidence = ranked[0]
        spelling = self._index.spellings[candidate.spelling][1]
        part = part_place(named, span, spelling, text=text)
        place, anchors = (part[0], (named,)) if part else (named, ())
        radius_m = self.calibration.radius_m(place)
        return Match(place, confidence, spelling, candidate.method, ("one end",), radius_m, anchors)

    # ------------------------------------------------------------------------------ where a line passes

    def _line(self, one: Toponym) -> Place | None:
        """Return the drawn line that a name is the very name of; None for none or several."""
        exact = (self._places[c.place] for c in one.candidates if c.method == "exact")
        lines = [place for place in exact if place.kind in LINES and self._shape_of(place.id)]
        return lines[0] if len(lines) == 1 else None

    def _meeting(self, reading: Reading, limit: int, min_confidence: float) -> Resolution | None:
        """Answer a line and a place by where they meet; None where no line is named, or none that does."""
        lines = [line for one in reading.known if (line := self._line(one))]
        others = [one for one in reading.known if not self._line(one)]
        if len(lines) != 1 or not others or reading.relation:
            return None
        stars = stars_of(others, reading.stated, reading.features, self.names)
        ranked, best, _ = self._ranked(others, stars, 1.0)
        met = {one.place.id: self._met(one, lines[0], best[one.candidate.place], reading) for one in ranked}
        # The text says that the line passes there: a namesake elsewhere isn't meant.
        elsewhere = sum(one.confidence for one in ranked if not met[one.place.id])
        share = 1.0 / max(1.0 - elsewhere, _WORTH_SHOWING)
        found = [
            replace(match, confidence=min(match.confidence * share, self.calibration.confidence[-1]))
            for match in met.values()
            if match
        ]
        if not found:
            return None
        found.sort(key=lambda match: -match.confidence)
        status: Status = "resolved" if found[0].confidence >= min_confidence else "ambiguous"
        return Resolution(replace(reading.query, relation="near"), status, tuple(found[:limit]))

    def _met(self, ranked: RankedPlace, line: Place, star: Star, reading: Reading) -> Match | None:
        """Return where a line meets a ranked place; None where it doesn't."""
        candidate, _, place, confidence = ranked
        shape, text = self._shape_of(line.id), reading.query.text
        near = any(one.span.near for one in reading.known)
        outline = self._shape_of(place.id) if place.kind.admin_level is not None else None
        met = shape and meeting_place(place, line, shape, outline=outline, near=near, text=text)
        if not met:
            return None
        spelling = self._index.spellings[candidate.spelling][1]
        if not _CONTRADICTIONS.isdisjoint(star.roles):
            confidence *= _CONTRADICTED
        if place.kind.group in ("facility", "landmark"):  # which is more exact than the line
            radius_m = self.calibration.radius_m(place)
            return Match(place, confidence, spelling, candidate.method, (met[1],), radius_m)
        names = f"{spelling} + {line.name}"
        return Match(met[0], confidence, names, "around", (met[1],), anchors=(place, line))

    # ---------------------------------------------------------------------------- matches of stars

    def _ranked(
        self, known: Sequence[Toponym], stars: Sequence[Star], share: float
    ) -> tuple[list[RankedPlace], dict[int, Star], float]:
        """Return the places of stars, ranked, the likeliest star of each, and how likely none is."""
        total = log_sum([star.utility for star in stars])
        none = 0.0
        best: dict[int, Star] = {}
        sums: dict[int, float] = {}
        for star in sorted(stars, key=lambda star: -star.utility):
            probability = share * math.exp(star.utility - total)
            if star.candidate < 0:
                none += probability
                continue
            number = known[star.span].candidates[star.candidate].place
            sums[number] = sums.get(number, 0.0) + probability
            best.setdefault(number, star)
        found = [
            (sums[number], known[star.span].candidates[star.candidate], known[star.span].span)
            for number, star in best.items()
        ]
        found.sort(key=lambda item: (-item[0], self._places[item[1].place].id))
        return ranked_places(found, self._places, calibration=self.calibration), best, none

    def _matches(
        self, reading: Reading, stars: Sequence[Star], share: float, *, apart: Collection[int] = ()
    ) -> tuple[list[Match], float]:
        """Return the places of stars and the probability of none; `apart` are other members of a list."""
        ranked, best, none = self._ranked(reading.known, stars, share)
        shown = [r for n, r in enumerate(ranked) if n == 0 or r.confidence >= _WORTH_SHOWING]
        matches = [self._match(r, best[r.candidate.place], reading, apart) for r in shown]
        return sorted(matches, key=lambda match: -match.confidence), none

    def _stand_in(self, reading: Reading, stars: Sequence[Star], none: float) -> Match | None:
        """Return the place stated beside a name that is not in the gazetteer; None where none is."""
        missing = max((star for star in stars if star.candidate < 0), key=lambda star: star.utility).span
        others = [(n, one) for n, one in enumerate(reading.known) if n != missing and one.is_spelled]
        if not others:
            return None
        n, one = max(others, key=lambda item: item[1].utilities[0] - item[1].none_utility)
        candidate = one.candidates[0]
        ranked = RankedPlace(candidate, one.span, self._places[candidate.place], none * _BESIDE_UNKNOWN)
        return self._match(ranked, Star(n, 0, {"unread_words": 1.0, "not_first": 1.0}, 0.0), reading, ())

    def _match(self, ranked: RankedPlace, star: Star, reading: Reading, apart: Collection[int]) -> Match:
        """Put a ranked place where the words put it, and say why, how, and how sure that is."""
        span, place = ranked.part, ranked.place
        spelling = self._index.spellings[ranked.candidate.spelling][1]
        # "X (Aleppo)" answered by Aleppo: the place stated round the name, not one of that name.
        stands_in = (
            "unread_words" in star.roles
            and reading.known[star.span].is_spelled
            and (is_area(place) or "not_first" in star.roles)
        )
        method = "fallback" if stands_in else ranked.candidate.method
        others = (one for n, one in enumerate(reading.known) if n != star.span and n not in apart)
        areas = (*reading.stated.areas, *(one.areas for one in others if one.areas))
        reasons = explain(ranked.candidate, span, place, spelling, areas, stands_in=stands_in)
        vague = False
        if part := part_place(place, span, spelling, text=reading.query.text):
            place, reasons = part[0], (part[1], *reasons)
            method, vague = ("fallback" if stands_in else "around"), is_area(place)
        relation = reading.relation
        if (relation is None or relation.anchors) and (span.near or reading.cell.scattered):
            relation = Relation("near")
        vague = vague or (relation is not None and relation.kind == "direction")
        too_wide = None
        if relation and not relation.anchors and not stands_in:
            anchor = place
            place, reason = offset_place(anchor, relation, text=reading.query.text)
            reasons = (reason, *reasons)
            if relation.kind == "offset":
                method, too_wide = "offset", why_too_wide(anchor, place)
                reasons = (too_wide, *reasons) if too_wide else reasons
            else:
                method = "around"
        confidence = ranked.confidence
        if too_wide or stands_in or vague:
            confidence *= _share_within_reach(place)
        described = [kind for kind in reading.cell.described if kind != ranked.place.kind]
        line = not LINES.isdisjoint(described)  # "a road in X" is at no one point of X
        confidence *= _DOUBTFUL if stands_in or line else self._share_left(star, reading)
        kinds = (kind.replace("_", " ") for kind in described)
        reasons += tuple(f"a {kind} is described, and none is named" for kind in kinds)
        if not apart:
            reasons += tuple(f"{text!r} was not read" for text in self._unread(star, reading))
        anchors = () if place is ranked.place else (ranked.place,)
        radius_m = self.calibration.radius_m(place)
        return Match(place, confidence, spelling, method, reasons, radius_m, anchors)

    def _share_left(self, star: Star, reading: Reading) -> float:
        """Return what is left of the confidence in a place by what else the text says."""
        off_the_line = any(map(self._line, reading.known)) and not _UNREAD.isdisjoint(star.roles)
        if off_the_line or self._is_shared_quarter(star, reading):
            return _DOUBTFUL
        return 1.0 if _CONTRADICTIONS.isdisjoint(star.roles) else _CONTRADICTED

    def _is_shared_quarter(self, star: Star, reading: Reading) -> bool:
        """Tell whether a quarter is named that several cities have, and no city."""
        known, quarter = reading.known[star.span], PlaceKind.NEIGHBOURHOOD
        if self._places[known.candidates[star.candidate].place].kind is not quarter:
            return False
        others = sum(self._places[number].kind is quarter for number in known.alike)
        return others > 1 and "in_governorate" not in star.roles

    def _unread(self, star: Star, reading: Reading) -> tuple[str, ...]:
        """Return the names that a reading doesn't use, as written."""
        if star.candidate < 0:
            return tuple(one.span.written for one in reading.known if not one.areas)
        if _UNREAD.isdisjoint(star.roles):
            return ()
        target, places = reading.known[star.span], self._places
        number = target.candidates[star.candidate].place
        others = [one for n, one in enumerate(reading.known) if n != star.span]
        roles = [
            role_of(places[number], number, target, one, held=holds_other(target, one, places))
            for one in others
        ]
        unread = (not _UNREAD.isdisjoint(role) for role in roles)
        return tuple(one.span.written for one in compress(others, unread))


def _shape(wkb: bytes | None) -> "BaseGeometry | None":
    import shapely

    return None if wkb is None else shapely.from_wkb(wkb)


def _share_within_reach(place: Place) -> float:
    """Return how likely the true point is within 5 km of a place that is known to hold it somewhere."""
    # Points cluster towards the middle: on held-out rows the share falls with the radius, not its square.
    return min(1.0, RIGHT_M / place.uncertainty_m)
