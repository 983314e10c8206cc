"""What an importer hands on: raw records, each with where it was read.

A raw record is one row of a publisher's file in our words, not yet judged: positions may be swapped,
names may hold several spellings, texts may be mis-decoded. :mod:`geodata.repair` looks at each, and
:mod:`geodata.merge` makes places of them.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gazetteer.kinds import PlaceKind

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

__all__ = ["Origin", "RawName", "RawRecord"]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a record was read.

    Parameters
    ----------
    source
        Id of the source.
    file
        The file inside the folder that was built from; a layer's name follows where it has several.
    row
        Number of the row or feature, the first being 1.
    """

    source: str
    file: str
    row: int

    def __str__(self) -> str:
        """Return it as a reader would look it up."""
        return f"{self.file}, row {self.row}"


@dataclass(frozen=True, slots=True)
class RawName:
    """A written form as published.

    Parameters
    ----------
    text
        The cell's text.
    language
        BCP 47 code where the source says it, else "und".
    is_label
        True for a form that the publisher made unique or formal: it is kept whole, never taken apart.
    """

    text: str
    language: str = "und"
    is_label: bool = False


@dataclass(frozen=True, slots=True)
class RawRecord:
    """A row of a publisher's file.

    Parameters
    ----------
    key
        The source's own id of the place: a P-code, "geonames:169389", "osm:node/1", "cg:slug".
    kind
        What it is; None for a row that only adds names to a place known by its key or `same_as`.
    names
        Its written forms, the display name first; empty texts are allowed and passed over.
    origin
        Where it was read.
    latitude, longitude
        As published, unchecked degrees; None where the row has no point.
    shape
        Its polygon, where the row has one.
    population
        Inhabitants where known.
    stated
        P-codes of the areas that the row states, broadest first.
    same_as
        Ids of the same place in other sources, where the row itself states them.
    uncertainty_m
        Radius in metres, where the source has one.
    sensitive, valid_from, valid_to
        As in :class:`gazetteer.values.Place`.
    note
        In words, where the facts come from.
    """

    key: str
    kind: PlaceKind | None
    names: tuple[RawName, ...]
    origin: Origin
    latitude: float | None = None
    longitude: float | None = None
    shape: "BaseGeometry | None" = None
    population: int | None = None
    stated: tuple[str, ...] = ()
    same_as: tuple[str, ...] = ()
    uncertainty_m: float | None = None
    sensitive: bool = False
    valid_from: str | None = None
    valid_to: str | None = None
    note: str = ""
