"""One importer a source: a row of a publisher's file in, a raw record out.

Every module here has its ``FORMS``: in which forms the files of a source come. A form recognises its layers
by their columns, so that a file may have any name, lie in any folder and be zipped or not. A module that is
put here is found by itself; which source is believed first is the order of ``sources.toml``.
"""

import importlib
import pkgutil
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from gazetteer.errors import GazetteerFileError, InputError
from gazetteer.kinds import PlaceKind
from gazetteer.names import script_of
from gazetteer.values import PositionBasis
from geodata.readers import Layer, Row

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from geodata.report import Report

# Letters of Persian, Kurdish and Urdu in Arabic script that no Arabic word is written with.
_NOT_ARABIC: Final = re.compile("[پچژگکیڤڕڵۆێەھہۀےٹڈ]")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a record was read: the source, the file inside the folder, and the row, the first being 1."""

    source: str = ""
    file: str = ""
    row: int = 0

    def __str__(self) -> str:
        return f"{self.file}, row {self.row}"


@dataclass(frozen=True, slots=True)
class RawName:
    """A written form as published."""

    text: str
    #: BCP 47 code where the source says it.
    language: str = "und"
    #: Whether the publisher made it unique or formal: it is kept whole, never taken apart.
    is_label: bool = False


@dataclass(frozen=True, slots=True)
class RawRecord:
    """A row of a publisher's file in our words, not yet judged by :mod:`geodata.clean`."""

    #: The source's own id of the place: a P-code, "geonames:169389", "osm:node/1", "cg:slug".
    key: str
    #: What it is; None for a row that only adds names to a place known by its key or `same_as`.
    kind: PlaceKind | None
    #: Its written forms, the display name first; empty texts are passed over.
    names: tuple[RawName, ...]
    origin: Origin = field(default_factory=Origin)
    #: As published, unchecked degrees; None where the row has no point.
    latitude: float | None = None
    longitude: float | None = None
    #: Its line or polygon, where the row has one.
    shape: "BaseGeometry | None" = None
    population: int | None = None
    #: P-codes of the areas that the row states, broadest first.
    stated: tuple[str, ...] = ()
    #: Ids of the same place in other sources, where the row itself states them.
    same_as: tuple[str, ...] = ()
    #: Radius in metres, where the source has one.
    uncertainty_m: float | None = None
    position_basis: PositionBasis = ""
    sensitive: bool = False
    valid_from: str | None = None
    valid_to: str | None = None
    #: In words, where the facts come from.
    note: str = ""
    #: The day of the row, ISO, and what the publisher calls the release; empty where the row doesn't say.
    date: str = ""
    release: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """A form in which files of a source come: the source's id, and what the form is called in the report."""

    source: str
    title: str
    #: Tells from the columns whether a layer is of this form.
    recognises: Callable[[Layer], bool]
    #: Makes a raw record of a row; None where the row is nothing for us.
    record: Callable[[Layer, Row], RawRecord | None]
    #: Whether a layer holds all there is of its kind, so that of several the newest alone counts.
    is_release: bool = False
    #: Makes one record of those of a layer that are parts of one place, and reports what is of no use.
    joined: "Callable[[Sequence[RawRecord], Report], Iterable[RawRecord]] | None" = None


@cache
def forms_of(sources: tuple[str, ...]) -> tuple[Form, ...]:
    """Return the forms of all sources in the order of trust; one without is a GazetteerFileError."""
    names = (f"{__name__}.{found.name}" for found in pkgutil.iter_modules(__path__))
    known = [form for name in names for form in importlib.import_module(name).FORMS]
    if alone := {form.source for form in known}.symmetric_difference(sources):
        both = "both in sources.toml and in a module of geodata/importers"
        raise GazetteerFileError(f"the source {min(alone)!r} is not {both}: add what is missing")
    return tuple(sorted(known, key=lambda form: sources.index(form.source)))


# ----------------------------------------------------------------------------- what importers share


def language_of(text: str) -> str:
    """Return "ar" for text in Arabic script without letters that Arabic does not use, else "und"."""
    return "ar" if script_of(text) == "Arab" and not _NOT_ARABIC.search(text) else "und"


def number_of(text: str) -> float | None:
    """Return the number that a text is; None where it is none."""
    try:
        return float(text)
    except ValueError:
        return None


def fact(
    row: Row, kind: PlaceKind, *, name: str, others: str, language: str, labels_from: int, **more: Any
) -> RawRecord:
    """Return the raw record of an embedded fact, whose columns are much the same in every table.

    Several values in a cell are joined by "|". Languages follow the column and the script: Arabic script is
    "ar" unless it has letters that Arabic does not use, every other spelling is "und" (undetermined, BCP 47).
    From number `labels_from` on names are kept whole.
    """
    if not row.text(name):
        raise InputError(f"{row.text('id')!r} has no name")
    found = {row.text(name): language, row.text("name_ar"): "ar"}
    for text in map(str.strip, row.text(others).split("|")):
        found.setdefault(text, language_of(text))
    found.pop("", None)
    return RawRecord(
        key=row.text("id"),
        kind=kind,
        names=tuple(RawName(text, code, n >= labels_from) for n, (text, code) in enumerate(found.items())),
        latitude=float(row.text("latitude")),
        longitude=float(row.text("longitude")),
        stated=tuple(code for level in (1, 2, 3) if (code := row.text(f"adm{level}_pcode"))),
        note=row.text("source"),
        **more,
    )
