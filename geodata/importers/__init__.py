"""One importer a source: a row of a publisher's file in, a raw record out.

Every module here has its ``FORMS``: in which forms the files of a source come. A form recognises its layers
by their columns, so that a file may have any name, lie in any folder and be zipped or not. Which source is
believed first is the order of ``sources.toml``; a module that is put here is found by itself.

A raw record is one row in our words, not yet judged: positions may be swapped, names may hold several
spellings, texts may be mis-decoded. :mod:`geodata.clean` looks at each, and :mod:`geodata.merge` makes places
of them.
"""

import importlib
import pkgutil
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Final

from gazetteer.errors import GazetteerFileError, InputError
from gazetteer.kinds import PlaceKind
from gazetteer.names import script_of
from geodata.readers import Layer, Row

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

# Letters of Persian, Kurdish and Urdu in Arabic script that no Arabic word is written with.
_NOT_ARABIC: Final = re.compile("[پچژگکیڤڕڵۆێەھہۀےٹڈ]")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a record was read: the source, the file inside the folder, and the row, the first being 1."""

    source: str = ""
    file: str = ""
    row: int = 0

    def __str__(self) -> str:
        """Return it as a reader would look it up."""
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
    """A row of a publisher's file."""

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
    """A form in which files of a source come."""

    #: Id of the source, as ``sources.toml`` has it.
    source: str
    #: What it reads, in words for the report.
    title: str
    #: Tells from the columns whether a layer is of this form.
    recognises: Callable[[Layer], bool]
    #: Makes a raw record of a row; None where the row is nothing for us.
    record: Callable[[Layer, Row], RawRecord | None]
    #: Whether a layer holds all there is of its kind, so that of several the newest alone counts.
    is_release: bool = False


def forms_of(sources: Iterable[str]) -> tuple[Form, ...]:
    """Return the forms of all sources in the order of trust; one without is a GazetteerFileError."""
    known = _forms()
    order = tuple(sources)
    if missing := [source for source in order if not any(form.source == source for form in known)]:
        raise GazetteerFileError(
            f"sources.toml has {missing[0]!r}, and no module in geodata/importers has a form of it: add one"
        )
    if strange := [form.source for form in known if form.source not in order]:
        raise GazetteerFileError(
            f"geodata/importers has a form of {strange[0]!r}, which sources.toml doesn't have: add an entry"
        )
    return tuple(sorted(known, key=lambda form: order.index(form.source)))


@cache
def _forms() -> tuple[Form, ...]:
    modules = (
        importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)
    )
    return tuple(form for module in modules for form in module.FORMS)


# ----------------------------------------------------------------------------- what importers share


def language_of(text: str) -> str:
    """Return "ar" for text in Arabic script without letters that Arabic does not use, else "und".

    >>> language_of("سراقب"), language_of("پیرانشهر"), language_of("Saraqib")
    ('ar', 'und', 'und')
    """
    return "ar" if script_of(text) == "Arab" and not _NOT_ARABIC.search(text) else "und"


def number_of(text: str) -> float | None:
    """Return the number that a text is; None where it is none."""
    try:
        return float(text)
    except ValueError:
        return None


def parts_of(cell: str) -> Iterator[str]:
    """Yield the values of a cell that holds several, joined by "|"."""
    return (part.strip() for part in cell.split("|") if part.strip())


def fact_names(row: Row, name: str, others: str, *, language: str, labels_from: int) -> tuple[RawName, ...]:
    """Return the names of an embedded fact, display names first, each once.

    Languages follow the column and the script: Arabic script is "ar" unless it has letters that Arabic does
    not use, every other spelling is "und" (undetermined, BCP 47). From number `labels_from` on they are kept
    whole.
    """
    if not row.text(name):
        raise InputError(f"{row.text('id')!r} has no name")
    found = {row.text(name): language, row.text("name_ar"): "ar"}
    for text in parts_of(row.text(others)):
        found.setdefault(text, language_of(text))
    found.pop("", None)
    return tuple(RawName(text, code, n >= labels_from) for n, (text, code) in enumerate(found.items()))


def fact_areas(row: Row) -> tuple[str, ...]:
    """Return the P-codes that an embedded fact states, broadest first."""
    return tuple(code for level in (1, 2, 3) if (code := row.text(f"adm{level}_pcode")))
