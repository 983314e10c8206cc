"""Which column is the place, which name the area, which hold a position.

Known datasets are told by a column that only they have, and bring their own reading of the others:
Insecurity Insight's "Location", for one, is the kind of spot ("Road") and not a name. Every other
table goes by plain names ("place", "location", "governorate"). Names are compared without case,
spaces, hyphens or a leading "#". Where HXL tags stand under the header, or are the header, they decide.
What the user names always wins.

The columns of ACLED, UCDP GED and GTD are those of their codebooks; Insecurity Insight's are those of its
incident export. Airwars' tables go by plain names, and are told by its scale of accuracy.

Example
-------
>>> find_columns(["Date", "Place", "Governorate"]).place
'Place'
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from gazetteer.errors import TableError
from gazetteer.tables.hxl import roles_of
from gazetteer.tables.table import tags_in

__all__ = ["TableColumns", "column_named", "find_columns", "normal_name"]

#: How a column is named on the command line.
_OPTIONS = {
    "place": "--place",
    "place_ar": "--place-ar",
    "admin": "--admin",
    "latitude": "--lat",
    "longitude": "--lon",
    "date": "--date",
}


@dataclass(frozen=True, slots=True)
class TableColumns:
    """The columns that matter, by the names they have in the table; None where there is none.

    Parameters
    ----------
    place, place_ar
        The place as written, and as written in Arabic.
    latitude, longitude
        A position in decimal degrees, both or neither.
    date
        The day of the incident.
    id
        The incident's own id.
    admin
        Areas that the place lies in, narrowest first, or as the user named them.
    uncertainty
        The radius of the position in metres.
    precision
        How exact the position is, on the scale of a dataset; see :func:`gazetteer.precision.stated_radius`.
    dataset
        What the table was taken for: "ACLED", "HXL" and so on, or "plain".
    """

    place: str | None = None
    place_ar: str | None = None
    latitude: str | None = None
    longitude: str | None = None
    date: str | None = None
    id: str | None = None
    admin: tuple[str, ...] = ()
    uncertainty: str | None = None
    precision: str | None = None
    dataset: str = field(default="plain", compare=False)

    def require_place(self, columns: Sequence[str]) -> "TableColumns":
        """Return these columns if there is a place among them.

        Raises
        ------
        TableError
            If there is none; the message lists the columns that there are and how to name one.
        """
        if self.place is None and self.place_ar is None:
            raise TableError(
                f"no column of this table is known to hold place names; it has {_listed(columns)}: "
                "name the right one with --place COLUMN",
                parameter="place",
            )
        return self


@dataclass(frozen=True, slots=True)
class _Names:
    """The normalised names that a role may have, most telling first; admin is narrowest first."""

    place: tuple[str, ...] = ()
    place_ar: tuple[str, ...] = ()
    date: tuple[str, ...] = ()
    id: tuple[str, ...] = ()
    admin: tuple[tuple[str, ...], ...] = ()
    latitude: tuple[str, ...] = ("latitude", "lat")
    longitude: tuple[str, ...] = ("longitude", "lon", "long", "lng")
    precision: tuple[str, ...] = ("geo_precision", "where_prec")
    telling: frozenset[str] = field(default_factory=frozenset)
    dataset: str = "plain"


_PLAIN = _Names(
    place=(
        "place", "place_name", "placename", "location", "location_name", "locality", "settlement",
        "city", "town", "village", "loc+name",
    ),
    place_ar=(
        "place_ar", "place_arabic", "location_ar", "location_arabic", "location_name_ar",
        "المكان", "الموقع", "loc+name+i_ar",
    ),
    date=("date", "event_date", "incident_date", "date_start", "التاريخ"),
    id=("id", "event_id", "incident_id", "reference", "unique_reference_code"),
    admin=(
        ("subdistrict", "sub_district", "admin3", "admin_3", "adm3", "adm_3", "adm3+name", "الناحية"),
        ("district", "admin2", "admin_2", "adm2", "adm_2", "adm2+name", "المنطقة"),
        ("area",),
        ("governorate", "province", "admin1", "admin_1", "adm1", "adm_1", "adm1+name", "المحافظة"),
    ),
)  # fmt: skip
_ACLED = _Names(
    place=("location",),
    date=("event_date",),
    id=("event_id_cnty",),
    admin=(("admin3",), ("admin2",), ("admin1",)),
    telling=frozenset({"event_id_cnty"}),
    dataset="ACLED",
)
_UCDP = _Names(
    place=("where_coordinates",),
    date=("date_start",),
    id=("id",),
    admin=(("adm_2",), ("adm_1",)),
    telling=frozenset({"where_coordinates"}),
    dataset="UCDP GED",
)
_INSECURITY_INSIGHT = _Names(
    date=("date",),
    id=("sind_event_id",),
    admin=(("admin_1",),),
    telling=frozenset({"sind_event_id"}),
    dataset="Insecurity Insight",
)
_GTD = _Names(
    place=("city",),
    id=("eventid",),
    admin=(("provstate",),),
    precision=("specificity",),
    telling=frozenset({"eventid", "provstate"}),
    dataset="GTD",
)
#: Roles that tags give have names that begin with "#", which no normalised name does.
_HXL = _Names(
    place=("#place", *_PLAIN.place),
    place_ar=("#place_ar", *_PLAIN.place_ar),
    date=("#date", *_PLAIN.date),
    id=("#id", *_PLAIN.id),
    admin=(("#adm3",), ("#adm2",), ("#adm1",)),
    latitude=("#lat", *_PLAIN.latitude),
    longitude=("#lon", *_PLAIN.longitude),
    dataset="HXL",
)
_AIRWARS = tuple(
    replace(_PLAIN, precision=(scale,), telling=frozenset({scale}), dataset="Airwars")
    for scale in ("coded_accuracy", "geolocation_accuracy")
)
_DATASETS = (_ACLED, _UCDP, _INSECURITY_INSIGHT, _GTD, *_AIRWARS)


def find_columns(
    columns: Sequence[str],
    *,
    place: str | None = None,
    place_ar: str | None = None,
    admin: Sequence[str] = (),
    latitude: str | None = None,
    longitude: str | None = None,
    date: str | None = None,
    id: str | None = None,
    uncertainty: str | None = None,
    tags: Sequence[str] = (),
) -> TableColumns:
    """Find the columns that matter by their names, or by their HXL tags.

    A position comes from ``gaz_latitude`` and ``gaz_longitude`` where a table has them, so that an
    enriched table is an incident table too.

    Parameters
    ----------
    columns
        The table's header.
    place, place_ar, admin, latitude, longitude, date, id, uncertainty
        Columns the user names. Naming `place` leaves the Arabic column out unless it is named for
        the place's own (place "site" and Arabic "site_ar"). Naming one coordinate needs the other.
    tags
        The HXL tag of each column, where the table has tags.

    Raises
    ------
    TableError
        If a named column is not in the table, or two columns that may hold the place differ in case
        or spacing only and neither is named. A table without a place column is no error here: see
        :meth:`TableColumns.require_place`.
    """
    known: dict[str, str] = {}
    for column in columns:
        known.setdefault(normal_name(column), column)
    names = next((dataset for dataset in _DATASETS if dataset.telling <= known.keys()), _PLAIN)
    if tags := tags or tags_in(columns):  # in the header itself they may stand too
        names = _HXL
        known |= {f"#{role}": columns[at] for role, at in roles_of(tags).items()}

    def named(column: str | None, parameter: str) -> str | None:
        return None if column is None else _column(columns, known, column, parameter)

    chosen_place = named(place, "place") or _alone(columns, _first(known, names.place))
    arabic = (f"{normal_name(place)}_ar",) if place is not None else names.place_ar
    north, east = named(latitude, "latitude"), named(longitude, "longitude")
    if north is None and east is None:
        north, east = _position(known, names)
    if (north is None) != (east is None):
        raise TableError("latitude and longitude go together: name the columns of both", parameter="latitude")
    radius = named(uncertainty, "uncertainty") or _first(known, ("gaz_uncertainty_m", "uncertainty_m"))
    return TableColumns(
        place=chosen_place,
        place_ar=named(place_ar, "place_ar") or _first(known, arabic),
        latitude=north,
        longitude=east,
        date=named(date, "date") or _first(known, names.date),
        id=named(id, "id") or _first(known, names.id),
        admin=tuple(_column(columns, known, one, "admin") for one in admin)
        or tuple(found for level in names.admin if (found := _first(known, level)) and found != chosen_place),
        uncertainty=radius,
        precision=_first(known, names.precision),
        dataset=names.dataset,
    )


def normal_name(column: str) -> str:
    """Return a column's name without case, outer spaces and a leading "#", its words joined by "_"."""
    return column.strip().lstrip("#").casefold().replace(" ", "_").replace("-", "_")


def _first(known: dict[str, str], names: Sequence[str]) -> str | None:
    return next((known[name] for name in names if name in known), None)


def _position(known: dict[str, str], names: _Names) -> tuple[str | None, str | None]:
    for north, east in ((("gaz_latitude",), ("gaz_longitude",)), (names.latitude, names.longitude)):
        latitude, longitude = _first(known, north), _first(known, east)
        if latitude is not None and longitude is not None:
            return latitude, longitude
    return None, None


def _alone(columns: Sequence[str], place: str | None) -> str | None:
    """Refuse to choose the place column between two whose names differ in case or spacing only."""
    alike = [name for name in columns if place is not None and normal_name(name) == normal_name(place)]
    if len(alike) > 1:
        raise TableError(
            f"each of the columns {', '.join(alike)} may hold the places: say which with --place COLUMN",
            parameter="place",
        )
    return place


def column_named(columns: Sequence[str], name: str, *, parameter: str, option: str) -> str:
    """Return the column that a person names; case, spaces and hyphens are forgiven.

    Raises
    ------
    TableError
        If there is none; `option` is how another is named.
    """
    known: dict[str, str] = {}
    for column in columns:
        known.setdefault(normal_name(column), column)
    return _column(columns, known, name, parameter, option)


def _column(
    columns: Sequence[str], known: dict[str, str], name: str, parameter: str, option: str | None = None
) -> str:
    if name in columns:
        return name
    if (found := known.get(normal_name(name))) is not None:
        return found
    option = option or _OPTIONS.get(parameter)
    remedy = f": name the right one with {option} COLUMN" if option else ""
    raise TableError(
        f"there is no column {name!r}; the table has {_listed(columns)}{remedy}", parameter=parameter
    )


def _listed(columns: Sequence[str]) -> str:
    shown = ", ".join(columns[:40])
    return f"the columns {shown}" + (f" and {len(columns) - 40} more" if len(columns) > 40 else "")
