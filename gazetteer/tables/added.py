"""The columns that enriching adds: their names, their types in formats that have types, and their HXL tags.

``gaz_status`` says what the other columns are worth:

- ``resolved``: one answer; every column is filled that applies to it.
- ``ambiguous``: several places are meant equally well, or none surely enough.
- ``unresolved``: nothing in the gazetteer is close.
- ``invalid``: there is no name to resolve (see :attr:`~gazetteer.tables.mentions.Mention.is_valid`).

Position, place and area columns are blank unless the row is resolved, so that no one maps a guess by
accident. A row without a name that brings coordinates is resolved by these. ``gaz_confidence`` is that of
the best candidate in any case, and ``gaz_alternatives`` lists the candidates that were not taken: the
runners-up of a resolved row, all of any other row.

A table that brings coordinates gets the ``gaz_point_*`` columns too (:mod:`gazetteer.tables.points`).
``gaz_point_check`` says how its point and its name go together: ``agrees``, ``disagrees``, ``unchecked``
where no name is resolved, ``invalid`` where the coordinates can't be read, empty where there are none.

Tags: Humanitarian Exchange Language 1.1, "Hashtag and attribute list" (hxlstandard.org).
"""

from dataclasses import dataclass
from typing import Literal

from gazetteer.precision import geo_precision, where_prec
from gazetteer.results import Match, Resolution, said_of_cell
from gazetteer.tables.table import as_text

__all__ = [
    "ALTERNATIVES", "GAZ_COLUMNS", "GENERALISED", "NAME_COLUMNS", "POINT_COLUMNS", "STATUSES",
    "Added", "Cells", "name_values",
]  # fmt: skip

#: What gaz_status may be.
STATUSES = ("resolved", "ambiguous", "unresolved", "invalid")
#: How many other candidates are listed at most.
ALTERNATIVES = 5


@dataclass(frozen=True, slots=True)
class Added:
    """A column that enriching adds.

    Parameters
    ----------
    name
        Begins with "gaz_".
    kind
        What its values are where they are not None; a list is of JSON objects.
    tag
        Its HXL tag.
    """

    name: str
    kind: Literal["text", "number", "integer", "list"]
    tag: str


#: What is said of the name, in the columns' order.
NAME_COLUMNS = (
    Added("gaz_status", "text", "#status+geo"),
    Added("gaz_confidence", "number", "#indicator+confidence+num"),
    Added("gaz_place_id", "text", "#loc+code"),
    Added("gaz_name", "text", "#loc+name"),
    Added("gaz_kind", "text", "#loc+type"),
    Added("gaz_latitude", "number", "#geo+lat"),
    Added("gaz_longitude", "number", "#geo+lon"),
    Added("gaz_uncertainty_m", "integer", "#geo+uncertainty+m"),
    Added("gaz_matched_name", "text", "#loc+name+matched"),
    Added("gaz_method", "text", "#meta+method"),
    Added("gaz_adm1_pcode", "text", "#adm1+code"),
    Added("gaz_adm1_name", "text", "#adm1+name"),
    Added("gaz_adm2_pcode", "text", "#adm2+code"),
    Added("gaz_adm2_name", "text", "#adm2+name"),
    Added("gaz_adm3_pcode", "text", "#adm3+code"),
    Added("gaz_adm3_name", "text", "#adm3+name"),
    Added("gaz_admin_method", "text", "#meta+method+adm"),
    Added("gaz_geo_precision", "integer", "#geo+precision+acled"),
    Added("gaz_where_prec", "integer", "#geo+precision+ucdp"),
    Added("gaz_alternatives", "list", "#meta+alternatives"),
)
#: What is said of the coordinates that a table brings, after the others.
POINT_COLUMNS = (
    Added("gaz_point_check", "text", "#status+geo+check"),
    Added("gaz_point_distance_m", "integer", "#geo+distance+m"),
    Added("gaz_point_reading", "text", "#meta+reading"),
    Added("gaz_point_latitude", "number", "#geo+lat+point"),
    Added("gaz_point_longitude", "number", "#geo+lon+point"),
    Added("gaz_point_uncertainty_m", "integer", "#geo+uncertainty+m+point"),
    Added("gaz_point_adm1_pcode", "text", "#adm1+code+point"),
    Added("gaz_point_adm1_name", "text", "#adm1+name+point"),
    Added("gaz_point_adm2_pcode", "text", "#adm2+code+point"),
    Added("gaz_point_adm2_name", "text", "#adm2+name+point"),
    Added("gaz_point_adm3_pcode", "text", "#adm3+code+point"),
    Added("gaz_point_adm3_name", "text", "#adm3+name+point"),
    Added("gaz_point_admin_method", "text", "#meta+method+adm+point"),
)
#: The last one, where the gazetteer generalises sensitive places: the side in degrees of the cell that the
#: row's place, and all that the row says of it, was generalised to; blank for a place that wasn't. Another
#: gazetteer has no use for the column, and leaves tables as they always were.
GENERALISED = Added("gaz_generalised_to_deg", "number", "#geo+generalised+deg")
#: The names of what is said of the name.
GAZ_COLUMNS = tuple(column.name for column in NAME_COLUMNS)


@dataclass(frozen=True, eq=False, slots=True, weakref_slot=True)
class Cells:
    """The values of the added columns in one row, or in all rows that say the same; None is blank.

    Compared by identity: rows that say the same in the same words share one object.
    """

    values: tuple[object, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        """The same as text."""
        return tuple(map(as_text, self.values))

    @property
    def status(self) -> str:
        """One of :data:`STATUSES`."""
        return str(self.values[0])


def name_values(answer: Resolution | None) -> tuple[object, ...]:
    """Return the values of :data:`NAME_COLUMNS` for an answer; None stands for a name that is none."""
    if answer is None:
        values: dict[str, object] = {"gaz_status": "invalid", "gaz_alternatives": []}
    else:
        others = answer.matches[1:] if answer.best else answer.matches
        values = {
            "gaz_status": answer.status,
            "gaz_confidence": round(answer.matches[0].confidence, 4) if answer.matches else None,
            "gaz_alternatives": [_alternative(match) for match in others[:ALTERNATIVES]],
        }
        if answer.best is not None:
            values |= _place_values(answer.best)
    return tuple(values.get(column) for column in GAZ_COLUMNS)


def _place_values(match: Match) -> dict[str, object]:
    place = match.place
    values: dict[str, object] = {
        "gaz_place_id": place.id,
        "gaz_name": place.name,
        "gaz_kind": place.kind.value,
        "gaz_latitude": round(place.position.latitude, 6),
        "gaz_longitude": round(place.position.longitude, 6),
        "gaz_uncertainty_m": round(place.uncertainty_m),
        "gaz_matched_name": match.matched_name,
        "gaz_method": match.method,
        "gaz_admin_method": place.admin_method,
        "gaz_geo_precision": geo_precision(place),
        "gaz_where_prec": where_prec(place),
    }
    for unit in place.admin:
        values[f"gaz_adm{unit.level}_pcode"] = unit.pcode
        values[f"gaz_adm{unit.level}_name"] = unit.name
    return values


def _alternative(match: Match) -> dict[str, object]:
    place = match.place
    return {
        "place_id": place.id,
        "name": place.name,
        "latitude": round(place.position.latitude, 6),
        "longitude": round(place.position.longitude, 6),
        "confidence": round(match.confidence, 4),
        **said_of_cell(place),
    }
