"""A gazetteer of a few places that are found by their exact spelling, and tables enriched with it."""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np

from gazetteer.answers import (
    MIN_CONFIDENCE,
    AreasAnswer,
    Match,
    Mention,
    Query,
    Report,
    Resolution,
    ReverseAnswer,
)
from gazetteer.enrich import enrich_table
from gazetteer.errors import InputError
from gazetteer.geodesy import BoundingBox, LatLon, distance_m
from gazetteer.kinds import PlaceKind
from gazetteer.lookups import GazetteerInfo
from gazetteer.reading.calibration import load_calibration
from gazetteer.tasks import Tasks
from gazetteer.values import AdminUnit, Place
from tests import fakes
from tests.builders import a_source

IDLIB_CHAIN = (
    AdminUnit(1, "SY07", "Idleb", "إدلب"),
    AdminUnit(2, "SY0701", "Idleb", "إدلب"),
    AdminUnit(3, "SY070100", "Idleb", "إدلب"),
)


def place(name: str = "Idlib", **changes: Any) -> Place:
    values: dict[str, Any] = {
        "id": f"cg:{name.casefold().replace(' ', '-')}",
        "name": name,
        "name_ar": "إدلب",
        "kind": PlaceKind.SETTLEMENT,
        "position": LatLon(35.93062, 36.63393),
        "uncertainty_m": 4000.0,
        "admin": IDLIB_CHAIN,
        "admin_method": "stated",
        "sources": ("test",),
    }
    return Place(**{**values, **changes})


def match(found: Place, confidence: float = 0.95) -> Match:
    return Match(found, confidence, found.name, "exact", ("the spelling is known",))


class FakeGazetteer(fakes.FakeGazetteer, Tasks):
    """Answers `resolve` from a dictionary; resolved from `min_confidence` if there is no close second.

    `several` has the places of texts that name several. Words in round brackets are unread.
    """

    calibration = load_calibration()

    def __init__(self, answers: Mapping[str, Sequence[Match]] | None = None) -> None:
        super().__init__()
        idlib = place()
        aleppo = place("Aleppo", name_ar="حلب", position=LatLon(36.20124, 37.16117), uncertainty_m=9000.0)
        self.answers = {"Idlib": [match(idlib)], "Aleppo": [match(aleppo)]} if answers is None else answers
        self.asked: list[tuple[str, tuple[str, ...]]] = []
        self.options: list[dict[str, object]] = []
        self.read: list[tuple[str, bool]] = []
        self.countries: list[str] = []
        self.several: Mapping[str, Sequence[Match]] = {}
        self.content_hash = "0" * 64
        self.shapes: tuple[tuple[str, bytes], ...] = ()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is to be closed."""

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
        self.asked.append((text, tuple(context)))
        self.options.append({"area": area, "kind": kind, "limit": limit})
        self.countries.append(country)
        if area is not None and "Atlantis" in area:
            raise InputError("no area is named 'Atlantis'", parameter="area")
        unread = tuple(re.findall(r"\(([^)]*)\)", text))
        text = re.sub(r" ?\([^)]*\)", "", text)
        if places := tuple(self.several.get(text, ())):
            best = sorted(places, key=lambda one: -one.confidence)
            return Resolution(Query(text, text), "several", tuple(best), places, unread, country)
        matches = tuple(self.answers.get(text, ()))[:limit]
        status: Any = "unresolved"
        if matches:
            alone = len(matches) == 1 or matches[0].confidence - matches[1].confidence > 0.2
            status = "resolved" if matches[0].confidence >= min_confidence and alone else "ambiguous"
        return Resolution(Query(text, text, tuple(context)), status, matches, (), unread, country)

    def geoparse(self, text: str, *, local: bool = False, min_confidence: float = MIN_CONFIDENCE) -> Report:
        """Find names letter by letter; a text with "Syria" in it speaks of the country."""
        self.read.append((text, local))
        about = "the caller says so" if local else "it names Syria" if "Syria" in text else ""
        mentions: list[Mention] = []
        for found in re.finditer("|".join(self.answers), text) if about else ():
            name, (start, end) = found.group(), found.span()
            answer = self.resolve(name, min_confidence=min_confidence)
            main = answer.best is not None and not any(mention.main for mention in mentions)
            mentions.append(Mention(start, end, name, text.strip(), answer, main))
        return Report(text, tuple(mentions), about)

    def reverse(self, position: LatLon) -> ReverseAnswer:
        nearest = place()
        return ReverseAnswer(
            position, IDLIB_CHAIN, "nearest", nearest, distance_m(position, nearest.position)
        )

    def places(self, **_: object) -> Iterator[Place]:
        for matches in (*self.answers.values(), *self.several.values()):
            yield from (one.place for one in matches)

    def outlines(self, *, level: int, simplified: bool = True) -> tuple[tuple[str, bytes], ...]:
        return self.shapes if level == 1 else ()

    def info(self) -> GazetteerInfo:
        return GazetteerInfo(Path("test.gpkg"), 2, self.content_hash, {}, (a_source(), a_source(id="other")))

    def areas_at(self, latitudes: Any, longitudes: Any) -> AreasAnswer:
        """All between 35 and 37 degrees north and 36 and 38 east lies in Idlib, and nothing else anywhere."""
        square = BoundingBox(35, 36, 37, 38)
        outside = [not square.contains(LatLon(*at)) for at in zip(latitudes, longitudes, strict=True)]
        rows = -np.array(outside, dtype=np.int32)
        return AreasAnswer(rows, (IDLIB_CHAIN, ()), "within", np.array(outside, dtype=np.bool_))


def write_table(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def enriched(
    folder: Path, text: str, gazetteer: FakeGazetteer | None = None, **options: Any
) -> list[dict[str, str]]:
    """Enrich a table in.csv to out.csv in a folder, and return what was written."""
    source, target = write_table(folder / "in.csv", text), folder / "out.csv"
    enrich_table(gazetteer or FakeGazetteer(), source, target, **options)
    return read_csv(target)
