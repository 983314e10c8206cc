"""Which column of a table is the place, which are its areas, which hold the position, the date and so on.

What a person names wins. Then HXL tags decide, where a table has them; then the columns that a known dataset
has and no other (ACLED, UCDP GED, GTD, Insecurity Insight, Airwars); then the words of the header. Words are
compared without case and punctuation, and the language of a column may stand with them: "Location (EN)",
"Name_AR", "arabic_name".

The columns that this program adds (``gaz_``, and the ``incident_`` and ``nearest_`` ones of an answer) are
never a table's own.

The columns of ACLED, UCDP GED and GTD are those of their codebooks; Insecurity Insight's and Airwars' those
of their exports. HXL: Humanitarian Exchange Language 1.1, "Hashtag and attribute list".

Examples
--------
>>> find_columns(["Date", "Location (EN)", "Location (AR)", "Governorate"]).place_ar
'Location (AR)'
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from gazetteer.errors import TableError
from gazetteer.tables.table import tags_in
from gazetteer.values import ColumnChoice

#: Latitude, longitude and radius as enriching writes them, and as an answer about incidents does.
GAZ_POSITION: Final = ("gaz_latitude", "gaz_longitude", "gaz_uncertainty_m")
ANSWER_POSITION: Final = ("incident_latitude", "incident_longitude", "incident_uncertainty_m")

#: How each column is named on the command line.
OPTIONS: Final[Mapping[str, str]] = {
    "place": "--place",
    "place_ar": "--place-ar",
    "admin": "--admin",
    "latitude": "--lat",
    "longitude": "--lon",
    "date": "--date",
    "id": "--id",
    "uncertainty": "--radius",
    "precision": "--precision",
    "country": "--country",
    "kind": "--kind-column",
    "text": "--text",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TableColumns(ColumnChoice):
    """The columns that matter, by the names they have in the table; None where there is none.

    `latitude` and `longitude` are both there or neither; they are the same where one column holds both.

    Parameters
    ----------
    kinds
        The columns of what happened; any of them counts.
    date_end
        The last day, where `date` is the first of several.
    valid_from, valid_to
        Of a table of places: the first and the last day on which each existed.
    dataset
        What the table was taken for: "ACLED", "HXL" and so on, or "plain".
    """

    kinds: tuple[str, ...] = ()
    date_end: str | None = None
    valid_from: str | None = None
    valid_to: str | None = None
    dataset: str = field(default="plain", compare=False)

    @property
    def has_places(self) -> bool:
        """Whether a column holds names of places."""
        return self.place is not None or self.place_ar is not None

    def require_place(self, columns: Sequence[str], *, others: Sequence[str] = ()) -> "TableColumns":
        """Return these columns if there is a place among them.

        Parameters
        ----------
        columns
            All that the table has.
        others
            Other sheets or layers of the same file, which may be meant.

        Raises
        ------
        TableError
            If there is none; the message lists the columns that there are and how to name one.
        """
        if self.has_places:
            return self
        sheets = f"; or read another of its sheets with --sheet: {', '.join(others)}" if others else ""
        raise TableError(
            f"no column of this table is known to hold place names; it has {_listed(columns)}: "
            f"name the right one with --place COLUMN{sheets}",
            parameter="place",
        )


@dataclass(frozen=True, slots=True)
class _Words:
    """The normal names that a column of each role may have, the most telling first."""

    place: tuple[str, ...] = ()
    date: tuple[str, ...] = ()
    id: tuple[str, ...] = ()
    admin: tuple[tuple[str, ...], ...] = ()
    precision: tuple[str, ...] = ("geo_precision", "where_prec")
    telling: frozenset[str] = frozenset()
    dataset: str = "plain"


_LATITUDE = (
    "latitude", "lat", "gps_latitude", "latitude_y", "decimal_latitude", "gps_lat", "lat_dd", "خط_العرض",
)  # fmt: skip
_LONGITUDE = (
    "longitude", "lon", "long", "lng", "gps_longitude", "longitude_x", "decimal_longitude", "gps_lon",
    "gps_long", "lon_dd", "خط_الطول",
)  # fmt: skip
#: Columns that hold both.
_BOTH = (
    "coordinates", "coords", "gps_coordinates", "lat_lon", "lat_long", "lat_lng", "latlon", "latlong",
    "latlng", "latitude_longitude", "gps", "الاحداثيات", "الإحداثيات", "احداثيات", "إحداثيات",
)  # fmt: skip
_RADIUS = (
    "uncertainty_m", "radius_m", "accuracy_m", "uncertainty", "coordinate_uncertainty_in_meters",
    "coordinateuncertaintyinmeters",
)  # fmt: skip
_COUNTRY = ("country", "country_name", "adm0_name", "admin0_name", "adm0", "admin0", "الدولة", "البلد")
#: What happened: plain names, ACLED's two and UCDP's.
KIND_COLUMNS: Final = (
    "event_type", "sub_event_type", "incident_type", "attack_type", "strike_type", "kind", "type",
    "category", "type_of_violence",
)  # fmt: skip
_DATE_END = ("date_end", "end_date")
_PLAIN = _Words(
    place=(
        "place", "place_name", "placename", "location", "location_name", "locality", "settlement", "city",
        "town", "village", "loc_name", "المكان", "الموقع", "البلدة", "المدينة", "القرية", "اسم_المكان",
        "facility_name", "name_of_facility", "facility", "health_facility", "health_facility_name",
    ),
    date=(
        "date", "event_date", "incident_date", "attack_date", "strike_date", "date_of_incident",
        "date_of_event", "date_of_attack", "date_start", "start_date", "التاريخ", "تاريخ",
    ),
    id=("id", "event_id", "incident_id", "reference", "unique_reference_code", "incident_code", "event_code"),
    admin=(
        ("subdistrict", "sub_district", "admin3", "admin_3", "adm3", "adm_3", "adm3_name", "admin3_name",
         "nahiya", "nahia", "nahya", "الناحية", "adm3_pcode", "admin3_pcode", "admin3pcode", "adm3_code"),
        ("district", "admin2", "admin_2", "adm2", "adm_2", "adm2_name", "admin2_name", "mantika", "mantiqa",
         "المنطقة", "adm2_pcode", "admin2_pcode", "admin2pcode", "adm2_code"),
        ("area",),
        ("governorate", "province", "admin1", "admin_1", "adm1", "adm_1", "adm1_name", "admin1_name",
         "muhafaza", "mohafaza", "المحافظة", "adm1_pcode", "admin1_pcode", "admin1pcode", "adm1_code"),
    ),
)  # fmt: skip
_DATASETS = (
    _Words(
        place=("location",),
        date=("event_date",),
        id=("event_id_cnty",),
        admin=(("admin3",), ("admin2",), ("admin1",)),
        telling=frozenset({"event_id_cnty"}),
        dataset="ACLED",
    ),
    _Words(
        place=("where_coordinates",),
        date=("date_start",),
        id=("id",),
        admin=(("adm_2",), ("adm_1",)),
        telling=frozenset({"where_coordinates"}),
        dataset="UCDP GED",
    ),
    _Words(  # its "Location" is the kind of spot ("Road") and no name
        date=("date",),
        id=("sind_event_id",),
        admin=(("admin_1",),),
        telling=frozenset({"sind_event_id"}),
        dataset="Insecurity Insight",
    ),
    _Words(
        place=("city",),
        id=("eventid",),
        admin=(("provstate",),),
        precision=("specificity",),
        telling=frozenset({"eventid", "provstate"}),
        dataset="GTD",
    ),
    *(
        replace(_PLAIN, precision=(scale,), telling=frozenset({scale}), dataset="Airwars")
        for scale in ("coded_accuracy", "geolocation_accuracy")
    ),
)
#: A name alone is that of a place only where the rows have positions: lists of the dead have names too.
_BARE_NAME = ("name", "label", "title")
_LANGUAGES = {
    **dict.fromkeys(("ar", "ara", "arab", "arabic", "عربي", "العربية", "بالعربية", "بالعربي"), "ar"),
    **dict.fromkeys(("en", "eng", "english"), "en"),
}
_NOT_WORDS = re.compile(r"[\W_]+")


def find_columns(
    columns: Sequence[str],
    choice: ColumnChoice | None = None,
    *,
    tags: Sequence[str] = (),
    has_points: bool = False,
) -> TableColumns:
    """Find the columns that matter.

    Parameters
    ----------
    columns
        The table's header.
    choice
        The columns that a person names. Naming the place leaves the Arabic column out, unless it is named
        too or has the place's own name (place "site" and Arabic "site_ar").
    tags
        The HXL tag of each column, where the table has tags.
    has_points
        Whether the format keeps points: then "name" may be that of the place, as beside coordinates.

    Raises
    ------
    TableError
        If a named column is not in the table, or two columns that may hold the place differ in case or
        punctuation only and neither is named. A table without a place column is no error here: see
        :meth:`TableColumns.require_place`.
    """
    choice = choice or ColumnChoice()
    header = _Header(own_columns(columns))
    named = {
        role: column_named(columns, name, role=role)
        for role in OPTIONS
        if role != "admin" and (name := getattr(choice, role)) is not None
    }
    words = next((one for one in _DATASETS if one.telling <= header.names()), _PLAIN)
    roles = _roles_by_tags(columns, tags)
    if roles:
        words = replace(_PLAIN, dataset="HXL")
    latitude, longitude = _position(named, roles, header)
    found = roles | named
    place, place_ar = _places(choice, found, header, words, has_positions=has_points or latitude is not None)
    date = found.get("date") or header.first(words.date)
    return TableColumns(
        place=place,
        place_ar=place_ar,
        admin=tuple(column_named(columns, name, role="admin") for name in choice.admin)
        or _areas(roles, header, words, {place, place_ar}),
        latitude=latitude,
        longitude=longitude,
        date=date,
        date_end=_date_end(header, date),
        id=found.get("id") or header.first(words.id),
        uncertainty=found.get("uncertainty") or header.first(_RADIUS),
        precision=found.get("precision") or header.first(words.precision),
        country=found.get("country") or header.first(_COUNTRY),
        kinds=(named["kind"],) if "kind" in named else header.every(KIND_COLUMNS),
        text=named.get("text"),
        valid_from=header.first(("valid_from",)),
        valid_to=header.first(("valid_to",)),
        dataset=words.dataset,
    )


def normal_name(column: str) -> str:
    """Return a column's name without case and punctuation, its words joined by "_"."""
    return _NOT_WORDS.sub("_", column.casefold()).strip("_")


def is_gaz(column: str) -> bool:
    """Tell whether enriching added a column."""
    return normal_name(column).startswith("gaz_")


def own_columns(columns: Iterable[str]) -> list[str]:
    """Return the columns that this program has not added, by enriching or as the position of an answer."""
    return [name for name in columns if not is_gaz(name) and normal_name(name) not in ANSWER_POSITION]


def column_named(columns: Sequence[str], name: str, *, role: str = "", option: str = "") -> str:
    """Return the column that a person names; case and punctuation are forgiven.

    Parameters
    ----------
    columns
        The table's header.
    name
        As the person writes it.
    role, option
        What it is named for, and by which option where that is not the role's own.

    Raises
    ------
    TableError
        If there is none; the message lists the columns.
    """
    if name in columns:
        return name
    wanted = normal_name(name)
    if (found := next((one for one in columns if normal_name(one) == wanted), None)) is not None:
        return found
    option = option or OPTIONS.get(role, "")
    remedy = f": name the right one with {option} COLUMN" if option else ""
    raise TableError(
        f"there is no column {name!r}; the table has {_listed(columns)}{remedy}", parameter=role or "table"
    )


class _Header:
    """The columns of a table by their normal names, with the language that a name ends or begins with."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._columns = columns
        self._known: dict[str, str] = {}
        self._by_language: dict[tuple[str, str], str] = {}
        for column in columns:
            name = normal_name(column)
            self._known.setdefault(name, column)
            base, language = _language_of(name)
            self._by_language.setdefault((base, language), column)

    def names(self) -> frozenset[str]:
        return frozenset(self._known)

    def first(self, words: Sequence[str], languages: Sequence[str] = ("", "en", "ar")) -> str | None:
        """Return the first column that has one of these names, in one of these languages."""
        found = (self._by_language.get((word, one)) for word in words for one in languages)
        return next((column for column in found if column is not None), None)

    def every(self, words: Sequence[str]) -> tuple[str, ...]:
        """Return all columns that have one of these names."""
        return tuple(column for word in words if (column := self.first((word,))) is not None)

    def alone(self, column: str | None) -> str | None:
        """Refuse to choose between two columns whose names differ in case or punctuation only."""
        alike = [one for one in self._columns if column and normal_name(one) == normal_name(column)]
        if len(alike) > 1:
            raise TableError(
                f"each of the columns {', '.join(alike)} may hold the places: say which with --place COLUMN",
                parameter="place",
            )
        return column


def _language_of(name: str) -> tuple[str, str]:
    """Return a normal name without its language, and the language: "ar", "en" or empty."""
    words = name.split("_")
    for at in (-1, 0):
        if len(words) > 1 and (language := _LANGUAGES.get(words[at])):
            rest = words[:-1] if at else words[1:]
            return "_".join(rest), language
    return name, ""


def _is_arabic(column: str) -> bool:
    return any("\u0600" <= letter <= "\u06ff" for letter in column)


def _places(
    choice: ColumnChoice, found: Mapping[str, str], header: _Header, words: _Words, *, has_positions: bool
) -> tuple[str | None, str | None]:
    """Return the column of the place and that of the place in Arabic."""
    if choice.place is not None:
        base = _language_of(normal_name(found["place"]))[0]
        return found["place"], found.get("place_ar") or header.first((base,), ("ar",))
    bare = (*words.place, *(_BARE_NAME if words.place else ()))
    names = bare if has_positions else words.place
    latin = tuple(name for name in names if not _is_arabic(name))
    place = found.get("place") or header.alone(header.first(latin, ("", "en")))
    names = names if place is None else bare  # beside a place, "Name_AR" is the same place's
    arabic = found.get("place_ar") or header.first(names, ("ar",))
    return place, arabic or header.first(tuple(name for name in names if _is_arabic(name)), ("",))


def _areas(
    roles: Mapping[str, str], header: _Header, words: _Words, places: set[str | None]
) -> tuple[str, ...]:
    """Return the columns of areas, the narrowest first."""
    levels: Iterator[str | None]
    if any(f"adm{level}" in roles for level in (1, 2, 3)):
        levels = (roles.get(f"adm{level}") for level in (3, 2, 1))
    else:
        levels = (header.first(level) for level in words.admin)
    return tuple(column for column in levels if column is not None and column not in places)


def _position(
    named: Mapping[str, str], roles: Mapping[str, str], header: _Header
) -> tuple[str | None, str | None]:
    """Return the columns of latitude and longitude, which are the same where one holds both."""
    latitude, longitude = named.get("latitude"), named.get("longitude")
    if latitude is not None or longitude is not None:
        both = latitude or longitude
        alone = None in (latitude, longitude) and normal_name(both or "") in _BOTH
        if alone:
            return both, both
        if latitude is None or longitude is None:
            raise TableError(
                "latitude and longitude go together: name the columns of both, the same one twice where it "
                "holds both",
                parameter="latitude",
            )
        return latitude, longitude
    latitude = roles.get("latitude") or header.first(_LATITUDE)
    longitude = roles.get("longitude") or header.first(_LONGITUDE)
    if latitude is not None and longitude is not None:
        return latitude, longitude
    both = header.first(_BOTH)
    return both, both


def _date_end(header: _Header, date: str | None) -> str | None:
    """Return the column of the last day, where the date is that of the first."""
    begins = date is not None and normal_name(date) in ("date_start", "start_date")
    return header.first(_DATE_END) if begins else None


#: Role, tag and the attributes that it needs, the most telling first. Names are told apart below.
_FIXED = (
    ("latitude", "geo", frozenset({"lat"})),
    ("longitude", "geo", frozenset({"lon"})),
    ("date", "date", frozenset({"occurred"})),
    ("date", "date", frozenset({"start"})),
    ("date", "date", frozenset[str]()),
    ("id", "event", frozenset({"id"})),
    ("id", "event", frozenset({"code"})),
    ("id", "meta", frozenset({"id"})),
    ("country", "country", frozenset({"name"})),
    ("country", "country", frozenset[str]()),
)
_ARABIC = frozenset({"i_ar", "ar"})
#: Attributes of a language or a script other than Arabic leave a name a name.
_NEUTRAL = frozenset({"name", "i_en", "en", "origin", "local", "text"})


def _roles_by_tags(columns: Sequence[str], tags: Sequence[str]) -> dict[str, str]:
    """Return the column of each role that HXL tags give; they may stand in the header itself.

    A name comes before a code, and of several columns the first counts.
    """
    read = [
        (*_parts(tag), column)
        for tag, column in zip(tags or tags_in(columns), columns, strict=False)
        if not is_gaz(column)
    ]
    roles: dict[str, str] = {}
    for role, wanted, needed in _FIXED:
        for tag, attributes, column in read:
            if tag == wanted and needed <= attributes:
                roles.setdefault(role, column)
    for role, wanted in (("adm1", "adm1"), ("adm2", "adm2"), ("adm3", "adm3"), ("place", "loc")):
        for tag, attributes, column in read:
            if tag == wanted and attributes <= _NEUTRAL:
                roles.setdefault(role, column)
            if tag == wanted == "loc" and attributes & _ARABIC and attributes <= _NEUTRAL | _ARABIC:
                roles.setdefault("place_ar", column)
        for tag, attributes, column in read:
            if tag == wanted and "code" in attributes and role != "place":
                roles.setdefault(role, column)
    return roles


def _parts(tag: str) -> tuple[str, frozenset[str]]:
    """Return a tag's name and its attributes, in lower case; an empty name for no tag."""
    name, *attributes = tag.replace(" ", "").lower().split("+")
    return name.removeprefix("#"), frozenset(attributes)


def _listed(columns: Sequence[str]) -> str:
    shown = ", ".join(columns[:40])
    return f"the columns {shown}" + (f" and {len(columns) - 40} more" if len(columns) > 40 else "")
