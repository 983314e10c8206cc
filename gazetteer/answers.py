"""What the library hands back: matches, resolutions, distances.

Every answer can be written as plain JSON types with :func:`as_json`; the command line, the service
and the tables all use that one form.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal, Self

from gazetteer.errors import InputError
from gazetteer.geodesy import LatLon, azimuth_deg, compass_word, distance_m
from gazetteer.kinds import PlaceKind
from gazetteer.notation.precision import geo_precision, gtd_specificity, where_prec
from gazetteer.values import AdminMethod, AdminUnit, Place

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: The confidence, 0 to 1, from which an answer counts unless another limit is asked for: the smallest at
#: which 95 of 100 answers about a source that nothing was fitted on were right
#: (docs/decisions/0023-calibration.md).
MIN_CONFIDENCE: Final = 0.83
#: That of a mention in a running text, chosen on titles of reports whose events' places had not been
#: fitted on: docs/decisions/0022-geoparsing.md.
MIN_CONFIDENCE_IN_TEXT: Final = 0.7
#: resolved: one place, sure enough; several: the text names several places, each sure enough; ambiguous:
#: something is probably meant, no single answer sure enough; unresolved: probably nothing here is meant.
Status = Literal["resolved", "several", "ambiguous", "unresolved"]
#: What a radius goes by. coverage: it holds 95 of 100 coders' points; extent: the place's own, such as an
#: area's farthest border; computed: from what was written ("5 km north of X", a position).
UncertaintyBasis = Literal["coverage", "extent", "computed"]


@dataclass(frozen=True, slots=True)
class Query:
    """How a spelling was read."""

    text: str
    #: The part taken for the name.
    name: str
    #: Names of areas or places found around it, nearest first.
    context: tuple[str, ...] = ()
    #: The kind that a word asked for ("city", "hospital"), if any.
    kind: str | None = None
    #: The relation to the name ("north of", "near"), if any.
    relation: str | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """A ranked candidate."""

    #: The place; of kind "point" when it was computed ("5 km north of X", or coordinates).
    place: Place
    #: Probability, 0 to 1, that the place lies within 5 km of what was meant.
    confidence: float
    matched_name: str
    #: How it matched: exact, skeleton, fuzzy, pcode, coordinates, offset, between, around, fallback.
    method: str
    reasons: tuple[str, ...] = ()  # the most important first
    #: The radius in metres round a named place that holds a coder's point in 95 of 100 right answers; None
    #: for areas and for written and computed positions, which keep their own.
    coverage_m: float | None = None
    #: The places of the gazetteer that a computed position was computed from.
    anchors: tuple[Place, ...] = ()

    @property
    def uncertainty_m(self) -> float:
        """The radius of the answer in metres: that of its coverage, else the place's own."""
        return self.place.uncertainty_m if self.coverage_m is None else self.coverage_m

    @property
    def uncertainty_basis(self) -> UncertaintyBasis:
        """What the radius goes by."""
        if self.coverage_m is not None:
            return "coverage"
        return "computed" if self.place.kind is PlaceKind.POINT else "extent"

    @property
    def geo_precision(self) -> int:
        """ACLED's code of how exact the position is, 1 to 3."""
        return geo_precision(self.place)

    @property
    def where_prec(self) -> int:
        """UCDP GED's code of how exact the position is, 1 to 7."""
        return where_prec(self.place)

    @property
    def gtd_specificity(self) -> int:
        """GTD's code of how exact the position is, 1 to 5."""
        return gtd_specificity(self.place, fallback=self.method == "fallback")


@dataclass(frozen=True, slots=True)
class Resolution:
    """The answer to one text."""

    query: Query
    #: What the answer is worth.
    status: Status
    matches: tuple[Match, ...]  # best first
    #: The places that a text with status "several" names, each accepted, in its order; empty otherwise.
    places: tuple[Match, ...] = ()
    #: Words of the text that were not used, as written and in its order.
    unread: tuple[str, ...] = ()
    #: The country that the text or its row says it is in, in English, where that is another one; else "".
    country: str = ""

    @property
    def best(self) -> Match | None:
        """The accepted match; None unless the status is "resolved"."""
        return self.matches[0] if self.status == "resolved" else None

    def with_matches(self, matches: Iterable[Match], *, min_confidence: float) -> Self:
        """Return the answer with other matches, the surest first; ambiguous if that isn't sure enough.

        Those of several places stay in their order, the places first.
        """
        if self.status == "several":
            return replace(self, matches=tuple(matches))
        better = replace(self, matches=tuple(sorted(matches, key=lambda match: -match.confidence)))
        if better.best is not None and better.best.confidence < min_confidence:
            return replace(better, status="ambiguous")
        return better

    def as_json(self) -> dict[str, Any]:
        """Return the answer in plain JSON types."""
        return {
            "query": {**asdict(self.query), "context": list(self.query.context)},
            "status": self.status,
            "matches": [_match_as_json(match) for match in self.matches],
            "places": [_match_as_json(match) for match in self.places],
            "unread": list(self.unread),
            "country": self.country,
        }


def _match_as_json(match: Match) -> dict[str, Any]:
    place = match.place
    return {
        "place": place_as_json(place),
        "confidence": round(match.confidence, 4),
        "uncertainty_m": round(match.uncertainty_m),
        "uncertainty_basis": match.uncertainty_basis,
        "matched_name": match.matched_name,
        "method": match.method,
        "reasons": list(match.reasons),
        "geo_precision": match.geo_precision,
        "where_prec": match.where_prec,
        "gtd_specificity": match.gtd_specificity,
    }


@dataclass(frozen=True, slots=True)
class Mention:
    """A stretch of a text that names a place."""

    #: Where it stands: code points of the text, the end exclusive.
    start: int
    end: int
    text: str
    sentence: str
    #: What it names: resolved or ambiguous.
    resolution: Resolution
    #: Whether it is the place of the event that the text tells of; at most one mention of a text is.
    main: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return the mention in plain JSON types."""
        return {
            "start": self.start,
            "end": self.end,
            "mention": self.text,
            "sentence": self.sentence,
            "main": self.main,
            **self.resolution.as_json(),
        }


@dataclass(frozen=True, slots=True)
class Report:
    """A text with the places that it names."""

    text: str
    #: In the order of the text; none overlaps another.
    mentions: tuple[Mention, ...]
    #: Why it is taken to be about the country; "" where it isn't, and nothing is looked for.
    about: str = ""

    @property
    def main(self) -> Mention | None:
        """The place of the event; None where none is sure."""
        return next((mention for mention in self.mentions if mention.main), None)

    def as_json(self) -> dict[str, Any]:
        """Return the report in plain JSON types."""
        return {"about": self.about, "mentions": [mention.as_json() for mention in self.mentions]}


@dataclass(frozen=True, slots=True)
class ReverseAnswer:
    """The areas round a bare point, and the nearest settlement."""

    position: LatLon
    #: The units that it lies in, governorate first; empty outside the country and where none is known.
    admin: tuple[AdminUnit, ...]
    #: How they are known: "within" by polygon, "nearest" without polygons, "unknown" when empty.
    admin_method: AdminMethod
    #: The nearest settlement, and the metres to it; None in a gazetteer without settlements.
    nearest: Place | None
    nearest_distance_m: float | None
    #: True when no polygon covers the point, False when one does, None when the gazetteer file has no
    #: polygons to tell by.
    outside_country: bool | None = None
    #: That the axes may be exchanged, where only that puts the position into the country; else "".
    hint: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the answer in plain JSON types."""
        metres = self.nearest_distance_m
        return {
            "latitude": self.position.latitude,
            "longitude": self.position.longitude,
            "admin": admin_as_json(self.admin),
            "admin_method": self.admin_method,
            "outside_country": self.outside_country,
            "nearest": None if self.nearest is None else place_as_json(self.nearest),
            "nearest_distance_m": None if metres is None else round(metres, 1),
            "hint": self.hint,
        }


@dataclass(frozen=True, slots=True, eq=False)
class AreasAnswer:
    """The areas round many bare points, in the points' order."""

    #: For each point the position of its chain in `chains`; -1 is the last.
    rows: "NDArray[np.int32]"
    #: Admin chains, governorate first; the empty one stands for no known unit.
    chains: tuple[tuple[AdminUnit, ...], ...]
    #: How the chains that are not empty are known: "within" by polygon, or "nearest".
    admin_method: AdminMethod
    #: For each point whether no polygon covers it; None when the file has no polygons to tell by.
    outside_country: "NDArray[np.bool_] | None"

    def __len__(self) -> int:
        return len(self.rows)

    def at(self, row: int) -> tuple[tuple[AdminUnit, ...], AdminMethod, bool | None]:
        """Return the chain at one point, how it is known, and whether the point is outside the country."""
        chain = self.chains[self.rows[row]]
        outside = None if self.outside_country is None else bool(self.outside_country[row])
        return chain, self.admin_method if chain else "unknown", outside

    def pcodes(self, level: int) -> "NDArray[np.object_]":
        """Return the P-code of each point at a level, 1 to 3; None where it lies in no such unit."""
        import numpy as np

        codes = [next((unit.pcode for unit in chain if unit.level == level), None) for chain in self.chains]
        return np.array(codes, dtype=object)[self.rows]


@dataclass(frozen=True, slots=True)
class DistanceAnswer:
    """The geodesic distance between two places.

    A facility that is known only by its town may be anywhere in its radius. Where that reaches the other
    place, neither distance nor direction is known, but only the range.
    """

    start: Place
    end: Place
    #: Metres between their positions on WGS 84; None where they say nothing.
    distance_m: float | None
    #: The least and the most it can be, given both radii; both 0 from a place to itself.
    min_m: float
    max_m: float
    #: Initial bearing from `start` to `end`, degrees clockwise from north. None when both have the same
    #: position, and where there is no distance: then there is no direction.
    azimuth_deg: float | None
    #: The nearest of eight compass words: `end` lies in this direction from `start`. None as above.
    compass: str | None
    #: That the axes of a written position may be exchanged: see :class:`ReverseAnswer`; else "".
    hint: str = ""

    @classmethod
    def between(cls, start: Place, end: Place, *, to_shape: tuple[float, float] | None = None) -> Self:
        """Measure from one place to another.

        Where one of them is a line or an area, `to_shape` is how far the other is from it, and its radius.
        """
        if to_shape is not None:
            away_m, slack = to_shape
            return cls(start, end, away_m, max(0.0, away_m - slack), away_m + slack, None, None)
        metres = distance_m(start.position, end.position)
        slack = 0.0 if start.id == end.id else start.uncertainty_m + end.uncertainty_m
        min_m, max_m = max(0.0, metres - slack), metres + slack
        if metres < slack and not (start.has_own_position and end.has_own_position):
            return cls(start, end, None, min_m, max_m, None, None)
        azimuth = azimuth_deg(start.position, end.position) if metres > 0.0 else None
        compass = None if azimuth is None else compass_word(azimuth)
        return cls(start, end, metres, min_m, max_m, azimuth, compass)

    def as_json(self) -> dict[str, Any]:
        """Return the answer in plain JSON types."""
        return {
            "from": place_as_json(self.start),
            "to": place_as_json(self.end),
            "distance_m": None if self.distance_m is None else round(self.distance_m, 1),
            "min_m": round(self.min_m, 1),
            "max_m": round(self.max_m, 1),
            "azimuth_deg": None if self.azimuth_deg is None else round(self.azimuth_deg, 2),
            "compass": self.compass,
            "hint": self.hint,
        }


def check_min_confidence(limit: float) -> None:
    """Raise InputError unless a limit of confidence lies between 0 and 1."""
    if not 0.0 <= limit <= 1.0:  # false for NaN too
        raise InputError(
            f"min_confidence must lie between 0 and 1, not {limit:g}", parameter="min_confidence"
        )


def admin_as_json(chain: tuple[AdminUnit, ...]) -> list[dict[str, Any]]:
    """Return an admin chain in plain JSON types."""
    return [{"level": u.level, "pcode": u.pcode, "name": u.name, "name_ar": u.name_ar} for u in chain]


def place_as_json(place: Place) -> dict[str, Any]:
    """Return a place in plain JSON types: latitude and longitude to 6 decimals, radii to the metre.

    ``generalised_to_deg`` is there only where the position is that of a cell.
    """
    return {
        "id": place.id,
        "name": place.name,
        "name_ar": place.name_ar,
        "kind": place.kind.value,
        "latitude": round(place.position.latitude, 6),
        "longitude": round(place.position.longitude, 6),
        "uncertainty_m": round(place.uncertainty_m),
        "population": place.population,
        "admin": admin_as_json(place.admin),
        "admin_method": place.admin_method,
        "sources": list(place.sources),
        "valid_from": place.valid_from,
        "valid_to": place.valid_to,
        "sensitive": place.sensitive,
        "position_basis": place.position_basis,
        "reported_name": place.reported_name,
        **cell_as_json(place),
    }


def cell_as_json(place: Place | None, prefix: str = "") -> dict[str, Any]:
    """Return the side of the cell that a place was generalised to, in plain JSON types; else nothing.

    `prefix` tells which place is meant, where an answer has several: "nearest_".
    """
    if place is None or place.generalised_to_deg is None:
        return {}
    return {f"{prefix}generalised_to_deg": place.generalised_to_deg}


def basis_as_json(place: Place, prefix: str = "") -> dict[str, Any]:
    """Return what the position of a place was taken from, in plain JSON types; nothing where nobody says."""
    return {f"{prefix}position_basis": place.position_basis} if place.position_basis else {}
