"""A gazetteer of ten places in memory, and builders, for tests that need no file.

Positions are round numbers near the real places: nothing here is data.
"""

import datetime
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import numpy as np

from gazetteer.answers import (
    MIN_CONFIDENCE,
    MIN_CONFIDENCE_IN_TEXT,
    AreasAnswer,
    DistanceAnswer,
    Match,
    Query,
    Report,
    Resolution,
    ReverseAnswer,
)
from gazetteer.errors import InputError, NotFoundError
from gazetteer.geodesy import BoundingBox, LatLon
from gazetteer.incidents import Incident
from gazetteer.kinds import PlaceKind
from gazetteer.lookups import GazetteerInfo, Lookups
from gazetteer.notation.positions import read_point
from gazetteer.privacy.cells import generalise
from gazetteer.privacy.view import sensitive_kinds
from gazetteer.privacy.withhold import withhold
from gazetteer.reading.calibration import Calibration, load_calibration
from gazetteer.values import AdminUnit, Place, Spelling
from tests.builders import a_source, a_square

IDLIB = AdminUnit(1, "SY07", "Idleb", "إدلب")
IDLIB_DISTRICT = AdminUnit(2, "SY0700", "Idleb", "إدلب")
ALEPPO = AdminUnit(1, "SY02", "Aleppo", "حلب")


def a_place(name: str = "Saraqeb", **changed: Any) -> Place:
    """Return a settlement in Idlib, exact to the kilometre."""
    values: dict[str, Any] = {
        "id": f"test:{name.lower().replace(' ', '-')}",
        "name": name,
        "name_ar": "",
        "kind": PlaceKind.SETTLEMENT,
        "position": LatLon(35.9, 36.8),
        "uncertainty_m": 1000.0,
        "admin": (IDLIB, IDLIB_DISTRICT),
        "admin_method": "stated",
    }
    return Place(**(values | changed))


def an_incident(**changed: Any) -> Incident:
    """Return an exact incident in Idlib city on 30 May 2016."""
    values: dict[str, Any] = {
        "id": "1",
        "date": datetime.date(2016, 5, 30),
        "position": LatLon(35.93, 36.63),
        "uncertainty_m": 0.0,
        "admin": ("SY07", "SY0700"),
        "properties": {"place": "Idlib"},
        "place": "Idlib",
    }
    return Incident(**(values | changed))


def areas_everywhere(*chain: AdminUnit) -> Callable[[list[float], list[float]], AreasAnswer]:
    """Return an answer to which areas are round points: these are, round all."""
    return lambda latitudes, _: AreasAnswer(np.zeros(len(latitudes), np.int32), (chain,), "nearest", None)


PLACES: Mapping[str, Place] = {
    place.id: place
    for place in (
        a_place("Idleb", id="SY07", kind=PlaceKind.GOVERNORATE, uncertainty_m=60_000.0, admin=(IDLIB,)),
        a_place("Idlib", id="test:idlib", position=LatLon(35.93, 36.63), uncertainty_m=2500.0),
        a_place(),
        a_place("Kafranbel", position=LatLon(35.6, 36.55)),
        a_place("Aleppo", position=LatLon(36.2, 37.15), uncertainty_m=8000.0, admin=(ALEPPO,)),
        a_place(
            "National hospital",
            id="test:national",
            kind=PlaceKind.HOSPITAL,
            position=LatLon(35.935, 36.635),
            uncertainty_m=100.0,
            sensitive=True,
        ),
        a_place(
            "Old hospital",
            id="test:old",
            kind=PlaceKind.HOSPITAL,
            position=LatLon(35.6, 36.56),
            uncertainty_m=100.0,
            valid_to="2015-12",
            sensitive=True,
        ),
    )
}


class FakeGazetteer(Lookups):
    """Resolves its places by their exact names; "Twin" is ambiguous. Counts what it was asked.

    Names with "+" or "or" between them are several places, of which each must be known.
    """

    def __init__(
        self, places: Mapping[str, Place] = PLACES, *, side_deg: float | None = None, **about: Any
    ) -> None:
        """`about` is what it says of itself: `path` or `content_hash`."""
        self._places = places
        self._side_deg = side_deg
        self._about = about
        self.resolved: list[tuple[str, tuple[str, ...]]] = []

    @property
    def calibration(self) -> Calibration:
        return load_calibration()

    def with_calibration(self, calibration: Calibration) -> Self:
        return self

    def resolve(
        self,
        text: str,
        *,
        area: str | Sequence[str] | None = None,
        kind: str | Sequence[str] | None = None,
        limit: int = 5,
        min_confidence: float = MIN_CONFIDENCE,
        context: Sequence[str] = (),
        country: str = "",
    ) -> Resolution:
        self.resolved.append((text, tuple(context)))
        if area is not None and not any(area in (p.name, p.id) for p in self._places.values()):
            raise InputError(f"no area named {area!r} is known", parameter="area")
        query = Query(text, text)
        if text == "Twin":
            twins = (a_place("Twin"), a_place("Twin", admin=(ALEPPO,)))
            return Resolution(query, "ambiguous", tuple(Match(p, 0.5, "Twin", "exact") for p in twins))
        parts = re.split(r" (?:\+|or) ", text)
        named = [self.resolve(one) for one in parts] if len(parts) > 1 else []
        if named and all(one.best for one in named):
            several = tuple(one.matches[0] for one in named)
            return Resolution(query, "several", several[:limit], several, country=country)
        found = [p for p in self._places.values() if p.name == text][:limit]
        matches = tuple(Match(p, 0.97, p.name, "exact") for p in found)
        return Resolution(query, "resolved" if matches else "unresolved", matches)

    def geoparse(
        self, text: str, *, local: bool = False, min_confidence: float = MIN_CONFIDENCE_IN_TEXT
    ) -> Report:
        return Report(text, ())

    def area(self, text: str) -> Place:
        for place in self._places.values():
            if place.kind.group == "admin" and text in (place.name, place.id, "Idlib"):
                return place
        raise NotFoundError(f"no area named {text!r} is known")

    def place(self, place_id: str) -> Place:
        for found in self.places():
            if found.id == place_id:
                return found
        raise NotFoundError(f"no place has the id {place_id!r}")

    def place_in_file(self, place_id: str) -> Place:
        return self.place(place_id)

    def places(
        self,
        *,
        kinds: Collection[PlaceKind] | None = None,
        area: str | None = None,
        bbox: BoundingBox | None = None,
    ) -> Iterator[Place]:
        for _, place in sorted(self._places.items()):
            if (
                (kinds is None or place.kind in kinds)
                and (area is None or place.lies_in(area))
                and (bbox is None or bbox.contains(place.position))
            ):
                yield place

    def suggest(
        self, text: str, *, kinds: Collection[PlaceKind] | None = None, limit: int = 10
    ) -> tuple[tuple[Place, str], ...]:
        found = [p for p in self.places(kinds=kinds) if p.name.casefold().startswith(text.casefold())]
        return tuple((p, p.name) for p in found[:limit])

    def spellings(self, place_id: str) -> tuple[Spelling, ...]:
        return (Spelling(self.place(place_id).name, "en", "Latn", "test"),)

    def areas_at(self, latitudes: Any, longitudes: Any) -> AreasAnswer:
        chains = tuple(self.reverse(LatLon(*pair)).admin for pair in zip(latitudes, longitudes, strict=True))
        return AreasAnswer(np.arange(len(chains), dtype=np.int32), chains, "nearest", None)

    def outlines(self, *, level: int, simplified: bool = True) -> tuple[tuple[str, bytes], ...]:
        return (("SY07", a_square(36.0, 35.0)),) if level == 1 else ()

    def outline(self, pcode: str, *, simplified: bool = True) -> bytes | None:
        return dict(self.outlines(level=1)).get(pcode)

    def shape(self, place_id: str) -> bytes | None:
        return None

    def info(self) -> GazetteerInfo:
        counts, sources = {"settlement": 4}, (a_source(),)
        about = {"path": Path("test.gpkg"), "content_hash": "0" * 64, **self._about}
        return GazetteerInfo(
            schema_version=2, counts=counts, sources=sources, generalised_to_deg=self._side_deg, **about
        )

    def check(self) -> None:
        """Nothing to check: there is no file."""

    def names(self) -> Iterator[tuple[Place, str]]:
        return ((place, place.name) for place in self._places.values())

    def warm(self) -> None:
        """Nothing to make beforehand."""

    def with_sensitive(self, kinds: Iterable[str]) -> Self:
        marked = sensitive_kinds(kinds)
        places = [replace(p, sensitive=p.sensitive or p.kind in marked) for p in self._places.values()]
        return type(self)({place.id: place for place in places}, **self._about)

    def generalised(self, degrees: float, *, withhold_names: bool = False) -> Self:
        places = list(generalise(self._places.values(), degrees=degrees, areas_at=areas_everywhere(IDLIB)))
        places = withhold(places) if withhold_names else places
        return type(self)({place.id: place for place in places}, side_deg=degrees, **self._about)

    def reverse(self, position: LatLon) -> ReverseAnswer:
        admin = (IDLIB, IDLIB_DISTRICT) if position.longitude < 37 else (ALEPPO,)
        return ReverseAnswer(position, admin, "nearest", self._places["test:idlib"], 10.0)

    def distance(self, from_: str, to: str) -> DistanceAnswer:
        return DistanceAnswer.between(self._point(from_), self._point(to))

    def _point(self, text: str) -> Place:
        if point := read_point(text):
            return a_place(text, kind=PlaceKind.POINT, position=point)
        best = self.resolve(text).best
        if best is None:
            raise NotFoundError(f"no place named {text!r} is known")
        return best.place
