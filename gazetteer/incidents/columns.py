"""Which column of a table is the place, which are its areas, which hold the position, the date and so on.

What a person names wins; then HXL tags (Humanitarian Exchange Language 1.1, "Hashtag and attribute list");
then the columns of a known dataset (:data:`_DATASETS`, after the codebooks of ACLED, UCDP GED and GTD and the
exports of Insecurity Insight and Airwars); then the words of the header. Words are compared without case and
punctuation, and the language of a column may stand with them: "Location (EN)", "Name_AR", "arabic_name".
Last comes a part of a header: what stands before a bracket or a slash, or in the other script
("Location / الموقع").
Columns that this program added (``gaz_``, ``incident_`` and ``nearest_``) are never a table's own.

Examples
--------
>>> find_columns(["Date", "Location (EN)", "Location (AR)", "Governorate"]).place_ar
'Location (AR)'
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from gazetteer.errors import TableError
from gazetteer.tables.table import Table, free_name, renamed, tags_in
from gazetteer.values import ColumnChoice

#: Latitude, longitude and radius as enriching writes them, and as an answer about incidents does.
GAZ_POSITION: Final = ("gaz_latitude", "gaz_longitude", "gaz_uncertainty_m")
ANSWER_POSITION: Final = ("incident_latitude", "incident_longitude", "incident_uncertainty_m")
#: The column after these, where a gazetteer generalises: to how many degrees the incident's place was.
GENERALISED_INCIDENT: Final = "incident_generalised_to_deg"
#: Put before the name of a column of the table that is the name of one of ours.
THEIRS: Final = "table_"

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
#: What happened: plain names, ACLED's two and UCDP's.
KIND_COLUMNS: Final = tuple(
    "event_type sub_event_type incident_type attack_type strike_type kind type category"
    " type_of_violence".split()
)

_Words = dict[str, tuple[str, ...]]


def _words(**roles: str) -> _Words:
    return {role: tuple(names.split()) for role, names in roles.items()}


#: The normal names of each role's columns, the most telling first; "both" is a column of both coordinates.
_ANY: Final = _words(
    latitude="latitude lat gps_latitude latitude_y decimal_latitude gps_lat lat_dd خط_العرض",
    longitude="longitude lon long lng gps_longitude longitude_x decimal_longitude gps_lon gps_long lon_dd "
    "خط_الطول",
    both="coordinates coords gps_coordinates lat_lon lat_long lat_lng latlon latlong latlng "
    "latitude_longitude gps الاحداثيات الإحداثيات احداثيات إحداثيات",
    uncertainty="uncertainty_m radius_m accuracy_m uncertainty coordinate_uncertainty_in_meters "
    "coordinateuncertaintyinmeters",
    precision="geo_precision where_prec",
    country="country country_name adm0_name admin0_name adm0 admin0 الدولة البلد",
)
_PLAIN: Final = _ANY | _words(
    place="place place_name placename location location_name locality settlement city town village loc_name "
    "المكان الموقع البلدة المدينة القرية اسم_المكان facility_name name_of_facility facility health_facility "
    "health_facility_name",
    date="date event_date incident_date attack_date strike_date date_of_incident date_of_event "
    "date_of_attack date_start start_date التاريخ تاريخ",
    id="id event_id incident_id reference unique_reference_code incident_code event_code",
    adm3="subdistrict sub_district admin3 admin_3 adm3 adm_3 adm3_name admin3_name nahiya nahia nahya "
    "الناحية adm3_pcode admin3_pcode admin3pcode adm3_code",
    adm2="district admin2 admin_2 adm2 adm_2 adm2_name admin2_name mantika mantiqa المنطقة adm2_pcode "
    "admin2_pcode admin2pcode adm2_code",
    area="area",
    adm1="governorate province admin1 admin_1 adm1 adm_1 adm1_name admin1_name muhafaza mohafaza المحافظة "
    "adm1_pcode admin1_pcode admin1pcode adm1_code",
)
#: Each known dataset: its name, the columns that only it has, and the names of its columns. "Location" of
#: Insecurity Insight is the kind of spot ("Road") and no name.
_DATASETS: Final[tuple[tuple[str, frozenset[str], _Words], ...]] = tuple(
    (name, frozenset(telling.split()), words)
    for name, telling, words in (
        ("ACLED", "event_id_cnty", _ANY | _words(
            place="location", date="event_date", id="event_id_cnty",
            adm3="admin3", adm2="admin2", adm1="admin1",
        )),
        ("UCDP GED", "where_coordinates", _ANY | _words(
            place="where_coordinates", date="date_start", id="id", adm2="adm_2", adm1="adm_1",
        )),
        ("Insecurity Insight", "sind_event_id", _ANY | _words(
            date="date", id="sind_event_id", adm1="admin_1",
        )),
        ("GTD", "eventid provstate", _ANY | _words(
            place="city", id="eventid", adm1="provstate", precision="specificity",
        )),
        ("Airwars", "coded_accuracy", _PLAIN | _words(precision="coded_accuracy")),
        ("Airwars", "geolocation_accuracy", _PLAIN | _words(precision="geolocation_accuracy")),
    )
)  # fmt: skip
_LEVELS: Final = ("adm3", "adm2", "area", "adm1")
#: A name alone is that of a place only where the rows have positions: lists of the dead have names too.
_BARE_NAME: Final = ("name", "label", "title")
_LANGUAGES: Final = {
    **dict.fromkeys(("ar", "ara", "arab", "arabic", "عربي", "العربية", "بالعربية", "بالعربي"), "ar"),
    **dict.fromkeys(("en", "eng", "english"), "en"),
}
_NOT_WORDS = re.compile(r"[\W_]+")
_ARABIC_LETTER = re.compile("[\u0600-\u06ff]")
#: What parts a header: brackets, slashes, bars, line breaks, and where Arabic and other letters meet.
_PARTS = re.compile(
    r"[()\[\]/\\|\n]|(?<=[A-Za-z])[^\w()]+(?=[\u0600-\u06ff])|(?<=[\u0600-\u06ff])[^\w()]+(?=[A-Za-z])"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableColumns(ColumnChoice):
    """The columns that matter, by the names they have in the table; None where there is none.

    `latitude` and `longitude` are both there or neither; they are the same where one column holds both.
    """

    kinds: tuple[str, ...] = ()  # of what happened; any of them counts
    date_end: str | None = None  # the last day, where `date` is the first of several
    valid_from: str | None = None  # of a table of places: when each existed
    valid_to: str | None = None
    dataset: str = field(default="plain", compare=False)  # what the table was taken for: "ACLED", "HXL", ...

    @property
    def has_places(self) -> bool:
        """Whether a column holds names of places."""
        return self.place is not None or self.place_ar is not None

    def require_place(self, columns: Sequence[str], *, others: Sequence[str] = ()) -> "TableColumns":
        """Return these columns if there is a place among them.

        Else the error lists all `columns` of the table, and `others`: the other sheets or layers of its file.
        """
        if self.has_places:
            return self
        sheets = f"; or read another of its sheets with --sheet: {', '.join(others)}" if others else ""
        raise TableError(
            f"no column of this table is known to hold place names; it has {_listed(columns)}: "
            f"name the right one with --place COLUMN{sheets}",
            parameter="place",
        )


def find_columns(
    columns: Sequence[str],
    choice: ColumnChoice | None = None,
    *,
    tags: Sequence[str] = (),
    has_points: bool = False,
) -> TableColumns:
    """Find the columns that matter, in a header and the HXL tags under it, where a table has tags.

    What `choice` names wins; naming the place leaves the Arabic column out, unless it is named too or has the
    place's own name (place "site" and Arabic "site_ar"). Where the format keeps points, "name" may be that of
    the place, as beside coordinates. A named column that is not there raises TableError, and so do two that
    may hold the place and differ in case or punctuation only; for no place at all see
    :meth:`TableColumns.require_place`.
    """
    choice = choice or ColumnChoice()
    header = _Header(own_columns(columns))
    named = {
        role: column_named(columns, name, role=role)
        for role in OPTIONS
        if role != "admin" and (name := getattr(choice, role)) is not None
    }
    tagged = _roles_by_tags(columns, tags)
    known = ((name, words) for name, telling, words in _DATASETS if telling <= header.names)
    dataset, words = ("HXL", _PLAIN) if tagged else next(known, ("plain", _PLAIN))
    latitude, longitude = _position(named, tagged, header)
    given = tagged | named
    place, place_ar = _places(choice, given, header, words, has_positions=has_points or latitude is not None)
    columns_of = {role: given.get(role) or header.first(words.get(role, ())) for role in words.keys() | given}
    has_levels = any(level in tagged for level in _LEVELS)
    levels = (tagged.get(one) if has_levels else header.first(words.get(one, ())) for one in _LEVELS)
    areas = tuple(one for one in levels if one is not None and one not in (place, place_ar))
    date = columns_of.get("date")
    is_first_day = date is not None and normal_name(date) in ("date_start", "start_date")
    return TableColumns(
        place=place,
        place_ar=place_ar,
        admin=tuple(column_named(columns, name, role="admin") for name in choice.admin) or areas,
        latitude=latitude,
        longitude=longitude,
        date=date,
        date_end=header.first(("date_end", "end_date")) if is_first_day else None,
        id=columns_of.get("id"),
        uncertainty=columns_of.get("uncertainty"),
        precision=columns_of.get("precision"),
        country=columns_of.get("country"),
        kinds=(named["kind"],) if "kind" in named else header.every(KIND_COLUMNS),
        text=named.get("text"),
        valid_from=header.first(("valid_from",)),
        valid_to=header.first(("valid_to",)),
        dataset=dataset,
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
    """Return the column that a person names, forgiving case and punctuation; the error lists all columns.

    `role` is what it is named for, and `option` what names it where that is not the role's own.
    """
    if name in columns:
        return name
    wanted = normal_name(name)
    found = next((one for one in columns if normal_name(one) == wanted), None)
    if found is not None or (found := _by_part(columns).get(wanted)) is not None:
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
        self.names = frozenset(map(normal_name, columns))
        self._by_language: dict[tuple[str, str], str] = {}
        for column in columns:
            self._by_language.setdefault(_language_of(normal_name(column)), column)
        self._by_part = _by_part(columns)

    def first(self, words: Sequence[str], languages: Sequence[str] = ("", "en", "ar")) -> str | None:
        """Return the first column that has one of these names, in one of these languages.

        A whole name comes before a part of one, whose language nobody tells.
        """
        whole = (self._by_language.get((word, one)) for word in words for one in languages)
        parts = (self._by_part.get(word) for word in words if "" in languages)
        return next((column for column in (*whole, *parts) if column is not None), None)

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
            return "_".join(words[:-1] if at else words[1:]), language
    return name, ""


def _by_part(columns: Iterable[str]) -> dict[str, str]:
    """Return columns by a part of their names that no other column has.

    A part is what stands before a bracket or a slash, and the first words in the other script. A name that
    tells its language has none.
    """
    found: dict[str, list[str]] = {}
    for column in columns:
        parts = [part for part in map(normal_name, _PARTS.split(column)) if part]
        if len(parts) > 1 and not _language_of(normal_name(column))[1]:
            scripts = {bool(_ARABIC_LETTER.search(part)): part for part in reversed(parts)}
            for part in {parts[0], *scripts.values()}:
                found.setdefault(part, []).append(column)
    return {part: has[0] for part, has in found.items() if len(has) == 1}


def _places(
    choice: ColumnChoice, given: Mapping[str, str], header: _Header, words: _Words, *, has_positions: bool
) -> tuple[str | None, str | None]:
    """Return the column of the place and that of the place in Arabic."""
    if choice.place is not None:
        base = _language_of(normal_name(given["place"]))[0]
        return given["place"], given.get("place_ar") or header.first((base,), ("ar",))
    certain = words.get("place", ())
    bare = (*certain, *_BARE_NAME) if certain else ()
    names = bare if has_positions else certain
    latin = tuple(name for name in names if not _ARABIC_LETTER.search(name))
    place = given.get("place") or header.alone(header.first(latin, ("", "en")))
    names = names if place is None else bare  # beside a place, "Name_AR" is the same place's
    arabic = tuple(name for name in names if _ARABIC_LETTER.search(name))
    place_ar = given.get("place_ar") or header.first(names, ("ar",)) or header.first(arabic, ("",))
    return place, None if place_ar == place else place_ar


def _position(
    named: Mapping[str, str], tagged: Mapping[str, str], header: _Header
) -> tuple[str | None, str | None]:
    """Return the columns of latitude and longitude, which are the same where one holds both."""
    latitude, longitude = named.get("latitude"), named.get("longitude")
    both = latitude or longitude
    if both is None:
        latitude, longitude = (
            tagged.get(role) or header.first(_ANY[role]) for role in ("latitude", "longitude")
        )
        both = header.first(_ANY["both"])
        return (both, both) if latitude is None or longitude is None else (latitude, longitude)
    if None in (latitude, longitude):
        if normal_name(both) in _ANY["both"]:
            return both, both
        raise TableError(
            "latitude and longitude go together: name the columns of both, the same one twice where it "
            "holds both",
            parameter="latitude",
        )
    return latitude, longitude


#: Role, tag and the attribute that it needs, the most telling first.
_TAGS: Final = (
    ("latitude", "geo", "lat"), ("longitude", "geo", "lon"),
    ("date", "date", "occurred"), ("date", "date", "start"), ("date", "date", ""),
    ("id", "event", "id"), ("id", "event", "code"), ("id", "meta", "id"),
    ("country", "country", "name"), ("country", "country", ""),
)  # fmt: skip
_ARABIC: Final = frozenset({"i_ar", "ar"})
#: Attributes of a language or a script other than Arabic leave a name a name.
_NEUTRAL: Final = frozenset({"name", "i_en", "en", "origin", "local", "text"})


def _roles_by_tags(columns: Sequence[str], tags: Sequence[str]) -> dict[str, str]:
    """Return the column of each role that HXL tags give; they may stand in the header itself.

    A name comes before a code, and of several columns the first counts.
    """
    read = [
        (*_tag_and_attributes(tag), column)
        for tag, column in zip(tags or tags_in(columns), columns, strict=False)
        if not is_gaz(column)
    ]
    roles: dict[str, str] = {}
    for role, wanted, needed in _TAGS:
        for tag, attributes, column in read:
            if tag == wanted and (not needed or needed in attributes):
                roles.setdefault(role, column)
    names = [(role, role) for role in _LEVELS if role != "area"] + [("place", "loc")]
    for role, wanted in names:
        of_role = [(attributes, column) for tag, attributes, column in read if tag == wanted]
        for attributes, column in of_role:
            if attributes <= _NEUTRAL:
                roles.setdefault(role, column)
            elif role == "place" and attributes & _ARABIC and attributes <= _NEUTRAL | _ARABIC:
                roles.setdefault("place_ar", column)
        for attributes, column in of_role:
            if "code" in attributes and role != "place":
                roles.setdefault(role, column)
    return roles


def _tag_and_attributes(tag: str) -> tuple[str, frozenset[str]]:
    name, *attributes = tag.replace(" ", "").lower().split("+")
    return name.removeprefix("#"), frozenset(attributes)


def _listed(columns: Sequence[str]) -> str:
    names = (" ".join(name.split()) for name in columns[:40])
    shown = ", ".join(name if len(name) <= 80 else f"{name[:79]}…" for name in names)
    return f"the columns {shown}" + (f" and {len(columns) - 40} more" if len(columns) > 40 else "")


def is_of_an_answer(columns: Sequence[str]) -> bool:
    """Tell whether a saved answer about incidents has these columns."""
    return {"incident_place", "incident_uncertainty_m"} <= set(map(normal_name, columns))


def renamed_beside(table: Table, ours: Sequence[str]) -> Table:
    """Return a table whose columns can stand beside ours: one that has the name of ours gets another."""
    columns: list[str] = []
    for name in table.columns:
        taken = {*ours, *table.columns, *columns}
        columns.append(free_name(name, taken, THEIRS) if name in ours else name)
    return table if tuple(columns) == table.columns else renamed(table, columns)


def kept_beside(row: Mapping[str, str], ours: Mapping[str, Any]) -> Mapping[str, str]:
    """Return a row whose columns can stand beside ours.

    A cell under one of our names comes under ``table_`` and that name; one that is empty or says the same is
    left out.
    """
    if ours.keys().isdisjoint(row):
        return row
    kept: dict[str, str] = {name: cell for name, cell in row.items() if name not in ours}
    for name, cell in row.items():
        if name in ours and cell not in ("", str(ours[name])):
            kept[free_name(name, {*kept, *ours}, THEIRS)] = cell
    return kept
