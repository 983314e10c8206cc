"""The things that have a name and a position, and the choice of a table's columns.

A :class:`Place` is one row of the gazetteer: a settlement, a neighbourhood, an admin unit, a
facility or a landmark. ``uncertainty_m`` is the radius in metres of a circle round its position that
holds the true point of anything reported "in" it. Values are frozen; nothing here reads a file.
"""

import itertools
import math
import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, Self, TypedDict

from gazetteer.country import country
from gazetteer.geodesy import LatLon
from gazetteer.kinds import PlaceKind
from gazetteer.names.calques import reported_name

if TYPE_CHECKING:
    import datetime

#: How a place's admin chain is known: written in its source, by polygon, from the nearest unit, or not.
AdminMethod = Literal["stated", "within", "nearest", "unknown"]
#: What a facility's position was taken from: the building itself, the quarter or the town that it stands in,
#: or something wider; "" where nobody says.
PositionBasis = Literal["building", "quarter", "town", "area", ""]


def basis_words(basis: PositionBasis) -> str:
    """Return how an answer says what a position was taken from; "" where nobody says.

    Examples
    --------
    >>> basis_words("town"), basis_words("building")
    ('known only by its town', 'known by its building')
    """
    return f"known {'' if basis == 'building' else 'only '}by its {basis}" if basis else ""


def counted(count: int, one: str, many: str = "") -> str:
    """Return a count with what is counted, in the plural unless it is one.

    Examples
    --------
    >>> counted(1, "row"), counted(20_000, "row"), counted(2, "bakery"), counted(3, "was", "were")
    ('1 row', '20,000 rows', '2 bakeries', '3 were')
    """
    many = many or (f"{one[:-1]}ies" if one.endswith(("ry", "ty")) else f"{one}s")
    return f"{count:,} {one if count == 1 else many}"


def count_in_words(
    counts: Mapping[str, int], bases: Mapping[str, Mapping[PositionBasis, int]]
) -> tuple[str, ...]:
    """Return how facilities are known, a clause for each kind, given how many of a kind there are.

    Examples
    --------
    >>> count_in_words({"hospital": 75}, {"hospital": {"town": 60, "area": 1}})
    ('of the 75 hospitals, 60 are known only by their town, 1 is known only by its area',)
    """
    told = []
    for kind, known in bases.items():
        words = [
            f"1 is {basis_words(basis)}"
            if count == 1
            else f"{count} are {basis_words(basis).replace('its', 'their')}"
            for basis, count in known.items()
        ]
        if words:
            told.append(f"of the {counted(counts[kind], kind)}, {', '.join(words)}")
    return tuple(told)


@dataclass(frozen=True, slots=True)
class AdminUnit:
    """One step of an admin chain."""

    #: 1 governorate, 2 district, 3 sub-district.
    level: int
    #: OCHA's code, such as "SY0704".
    pcode: str
    #: As OCHA publishes them.
    name: str
    name_ar: str


@dataclass(frozen=True, slots=True)
class Source:
    """Where facts came from, with what its licence asks us to say."""

    id: str
    title: str
    url: str
    licence: str
    attribution: str
    #: How many places it knows.
    count: int
    #: What its publisher calls the release that was used, and the day of the newest of its facts, ISO; ""
    #: where nobody says.
    release: str = ""
    date: str = ""

    @property
    def citation(self) -> str:
        """How a text names it: with its release, and its date or that nobody states one.

        Examples
        --------
        >>> Source("ocha-cod-ab", "", "", "", "", 349, "v02", "2020-12-17").citation
        'OCHA COD-AB Syria, v02, 2020-12-17'
        >>> Source("other", "A list of wells", "", "", "", 3).citation
        'A list of wells, date not stated'
        """
        release = self.release if self.release != self.date else ""
        name = country().cited.get(self.id, self.title)
        return ", ".join(filter(None, (name, release, self.date or "date not stated")))


@dataclass(frozen=True, slots=True)
class Spelling:
    """One written form of a place's name, and where it was found."""

    text: str
    language: str
    script: str
    source: str
    #: Id of another place nearby whose own name this is, where this source alone gives it to this one: the
    #: name more likely means that place. "" where there is none.
    namesake: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Anything with a name and a position."""

    #: Stable: a P-code where there is one ("SY07", "C3871", "N0006"), else "geonames:169389" or "cg:slug".
    id: str
    #: Display names in Latin and Arabic script; `name_ar` may be empty.
    name: str
    name_ar: str
    kind: PlaceKind
    position: LatLon
    #: Radius in metres that holds the true point of what is reported in it; more than 0.
    uncertainty_m: float
    #: Inhabitants where known; None is unknown, never 0.
    population: int | None = None
    #: Its admin chain, governorate first.
    admin: tuple[AdminUnit, ...] = ()
    admin_method: AdminMethod = "unknown"
    #: Ids of the sources that know this place.
    sources: tuple[str, ...] = ()
    #: ISO dates between which it existed, where known.
    valid_from: str | None = None
    valid_to: str | None = None
    #: True where publishing the position could do harm (medical facilities).
    sensitive: bool = False
    #: The side in degrees of the cell in whose middle the place is put instead of where it is; None for where
    #: it is.
    generalised_to_deg: float | None = None
    #: Of a facility, what its position was taken from.
    position_basis: PositionBasis = ""

    @property
    def reported_name(self) -> str:
        """Its name as reporters write it, where the display name, "Big Orm", is translated; else ""."""
        return reported_name(self.name, self.name_ar)

    @property
    def has_own_position(self) -> bool:
        """Whether its position is its own, as far as is known, and not its quarter's, town's or area's."""
        return self.position_basis in ("", "building")

    @property
    def pcodes(self) -> tuple[str, ...]:
        """P-codes of the admin chain, governorate first."""
        return tuple(unit.pcode for unit in self.admin)

    def lies_in(self, pcode: str) -> bool:
        """Tell whether the place is, or lies in, the admin unit with this P-code."""
        if pcode == self.id or pcode == country().code:
            return True
        return any(unit.pcode == pcode for unit in self.admin)


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnChoice:
    """The columns that a person names; None and empty leave it to their names."""

    #: The place as written, and as written in Arabic.
    place: str | None = None
    place_ar: str | None = None
    #: Areas that the place lies in, the narrowest first.
    admin: tuple[str, ...] = ()
    #: The position that the rows bring. One column that holds both is named twice, or as `latitude` alone.
    latitude: str | None = None
    longitude: str | None = None
    #: The day or the days of the incident.
    date: str | None = None
    #: The row's own id.
    id: str | None = None
    #: The radius of the position, in metres or with a unit; its code of precision, which
    #: :func:`gazetteer.notation.precision.stated_radius` reads.
    uncertainty: str | None = None
    precision: str | None = None
    country: str | None = None
    #: What happened, such as "airstrike"; of a table of places, what each is.
    kind: str | None = None
    #: Notes: what a person wrote of the incident. Never found by its name, and read by enriching only.
    text: str | None = None


class TableOptions(TypedDict, total=False):
    """How a table is read: the options that every method takes which reads one, as on the command line.

    What is left out, or None, is found in the table itself.

    Parameters
    ----------
    place, place_ar, lat, lon, radius, precision, date, id, country
        The columns that hold these: see :class:`ColumnChoice`. `lat` may hold whole positions.
    admin
        The column, or columns, of the areas that the place lies in, the narrowest first.
    kind_column
        The column that says what happened; of a table of places, what each is.
    columns
        All columns at once; those named above win.
    sheet
        The sheet of a workbook, or the layer of a GeoPackage.
    encoding
        Of a text: "utf-8", "windows-1256".
    dayfirst
        Whether 05/06/2016 is in June.
    """

    place: str | None
    place_ar: str | None
    admin: str | Sequence[str] | None
    lat: str | None
    lon: str | None
    radius: str | None
    precision: str | None
    date: str | None
    id: str | None
    country: str | None
    kind_column: str | None
    columns: ColumnChoice | None
    sheet: str | None
    encoding: str | None
    dayfirst: bool | None


class SelectionOptions(TableOptions, total=False):
    """Which incidents of a table are asked about, and how it is read; what is left out asks for all.

    Parameters
    ----------
    area
        An admin unit by name or P-code, or a drawn area in a GeoJSON file.
    from_, to
        The first and the last day, both included; `dayfirst` counts for them too.
    kind
        What happened, in the table's own words.
    """

    area: str | Path | None
    from_: "str | datetime.date | None"
    to: "str | datetime.date | None"
    kind: str | None


#: What the roles of columns are called that aren't called as the option is.
_ROLES: Final = {"lat": "latitude", "lon": "longitude", "radius": "uncertainty", "kind_column": "kind"}


@dataclass(frozen=True, slots=True)
class Reading:
    """How a table is read: its columns, sheet and encoding, and what comes first in its dates."""

    columns: ColumnChoice
    sheet: str | None
    encoding: str | None
    order: Literal["day", "month"] | None

    @classmethod
    def of(cls, options: TableOptions, *, text: str | None = None) -> Self:
        """Return what options say, with the column of notes; one that there isn't is a TypeError."""
        given: dict[str, Any] = {name: value for name, value in options.items() if value is not None}
        if unknown := given.keys() - TableOptions.__annotations__:
            raise TypeError(f"there is no option {min(unknown)!r}: see gazetteer.TableOptions")
        columns = given.pop("columns", ColumnChoice())
        sheet, encoding, dayfirst = (given.pop(name, None) for name in ("sheet", "encoding", "dayfirst"))
        if isinstance(areas := given.get("admin", ()), str):
            given["admin"] = (areas,)
        elif areas:
            given["admin"] = tuple(areas)
        if text is not None:
            given["text"] = text
        columns = replace(columns, **{_ROLES.get(name, name): value for name, value in given.items()})
        return cls(columns, sheet, encoding, None if dayfirst is None else "day" if dayfirst else "month")


def prominence(place: Place) -> float:
    """Return how well known a place is likely to be, 0 to 1: for the order of lists, never for confidence.

    A settlement with a known population has the decimal logarithm of it over 7, so that ten million is 1.
    Areas go by their level, everything else is 0.2.
    """
    if (by_kind := place.kind.prominence) is not None:
        return by_kind
    return min(1.0, max(0.2, math.log10(place.population) / 7)) if place.population else 0.2


def common_start(first: Sequence[object], second: Sequence[object]) -> int:
    """Return how many items two sequences have in common at their start."""
    same = map(operator.eq, first, second)
    return sum(1 for _ in itertools.takewhile(bool, same))
