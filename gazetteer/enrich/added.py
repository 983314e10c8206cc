"""The columns that enriching adds: their names, their types in formats that have types, and their HXL tags.

``gaz_status`` says what the other columns are worth:

- ``resolved``: one answer; every column is filled that applies to it.
- ``several``: the text names several places, and each is accepted: ``gaz_places`` has them in its order.
- ``ambiguous``: several places are meant equally well, or none surely enough, or not all of several.
- ``unresolved``: nothing in the gazetteer is close.
- ``invalid``: there is no name to resolve (see :attr:`~gazetteer.incidents.mentions.Mention.is_valid`).

Position, place and area columns are blank unless the row is resolved, so that no one maps a guess by
accident. A row with several places has no id, name and kind of one; position and radius are those of the
smallest circle that holds all their discs, areas those that hold all, the codes of precision fit that circle
(:mod:`gazetteer.several`), and the confidence is the least. A row without a name that brings coordinates is
resolved by these. ``gaz_confidence`` is that of the best candidate in any case, and ``gaz_alternatives``
lists the candidates that were not taken: the runners-up of a resolved row, all of any other row. What their
confidences leave over is "unknown".

``gaz_unread`` has the words of the text that were not used, as written and in its order. ``gaz_country`` is
there when the row or its text says that it is in another country.

A table that brings coordinates gets the ``gaz_point_*`` columns too (:mod:`gazetteer.enrich.points`).
``gaz_point_check`` says how its point and its name go together: ``agrees``, ``disagrees``, ``unchecked``
where no name is resolved, ``invalid`` where the coordinates can't be read, empty where there are none.

Tags: Humanitarian Exchange Language 1.1, "Hashtag and attribute list" (hxlstandard.org).
"""

from dataclasses import replace

from gazetteer.answers import Match, Resolution, said_of_cell
from gazetteer.notation.precision import geo_precision, where_prec, where_prec_of_several
from gazetteer.points import together
from gazetteer.tables.layout import Column
from gazetteer.values import Place

#: What gaz_status may be.
STATUSES = ("resolved", "several", "ambiguous", "unresolved", "invalid")
#: Those of which every place that is named is accepted, so that the row has a position.
ANSWERED = ("resolved", "several")
#: How many other candidates are listed at most.
ALTERNATIVES = 5


#: What is said of the name, in the columns' order.
NAME_COLUMNS = (
    Column("gaz_status", "text", "#status+geo"),
    Column("gaz_confidence", "number", "#indicator+confidence+num"),
    Column("gaz_place_id", "text", "#loc+code"),
    Column("gaz_name", "text", "#loc+name"),
    Column("gaz_kind", "text", "#loc+type"),
    Column("gaz_latitude", "number", "#geo+lat"),
    Column("gaz_longitude", "number", "#geo+lon"),
    Column("gaz_uncertainty_m", "integer", "#geo+uncertainty+m"),
    Column("gaz_matched_name", "text", "#loc+name+matched"),
    Column("gaz_method", "text", "#meta+method"),
    Column("gaz_adm1_pcode", "text", "#adm1+code"),
    Column("gaz_adm1_name", "text", "#adm1+name"),
    Column("gaz_adm2_pcode", "text", "#adm2+code"),
    Column("gaz_adm2_name", "text", "#adm2+name"),
    Column("gaz_adm3_pcode", "text", "#adm3+code"),
    Column("gaz_adm3_name", "text", "#adm3+name"),
    Column("gaz_admin_method", "text", "#meta+method+adm"),
    Column("gaz_geo_precision", "integer", "#geo+precision+acled"),
    Column("gaz_where_prec", "integer", "#geo+precision+ucdp"),
    Column("gaz_alternatives", "list", "#meta+alternatives"),
    Column("gaz_places", "list", "#meta+places"),
    Column("gaz_unread", "text", "#meta+unread"),
    Column("gaz_country", "text", "#meta+country+name"),
)
#: What is said of the coordinates that a table brings, after the others.
POINT_COLUMNS = (
    Column("gaz_point_check", "text", "#status+geo+check"),
    Column("gaz_point_distance_m", "integer", "#geo+distance+m"),
    Column("gaz_point_reading", "text", "#meta+reading"),
    Column("gaz_point_latitude", "number", "#geo+lat+point"),
    Column("gaz_point_longitude", "number", "#geo+lon+point"),
    Column("gaz_point_uncertainty_m", "integer", "#geo+uncertainty+m+point"),
    Column("gaz_point_adm1_pcode", "text", "#adm1+code+point"),
    Column("gaz_point_adm1_name", "text", "#adm1+name+point"),
    Column("gaz_point_adm2_pcode", "text", "#adm2+code+point"),
    Column("gaz_point_adm2_name", "text", "#adm2+name+point"),
    Column("gaz_point_adm3_pcode", "text", "#adm3+code+point"),
    Column("gaz_point_adm3_name", "text", "#adm3+name+point"),
    Column("gaz_point_admin_method", "text", "#meta+method+adm+point"),
)
#: The position again, as a point, for formats with shapes: where the row is resolved, blank elsewhere.
GEOMETRY = Column("gaz_geometry", "point")
#: What a row's notes had to do with its place, where a column of notes is read: the words that are taken as
#: the place, as written, and in words what the notes did, or why their place was not taken.
TEXT_COLUMNS = (
    Column("gaz_from_text", "text", "#meta+text+place"),
    Column("gaz_text_reason", "text", "#meta+text+reason"),
)
#: The last one, where the gazetteer generalises sensitive places: the side in degrees of the cell that the
#: row's place, and all that the row says of it, was generalised to; blank for a place that wasn't. Another
#: gazetteer has no use for the column, and leaves tables as they always were.
GENERALISED = Column("gaz_generalised_to_deg", "number", "#geo+generalised+deg")
#: The number of the input's row, from 1, where a row with several places becomes one for each.
ROW = Column("gaz_row", "integer", "#meta+row+num")
#: The names of what is said of the name.
GAZ_COLUMNS = tuple(column.name for column in NAME_COLUMNS)


_LONGITUDE, _LATITUDE = GAZ_COLUMNS.index("gaz_longitude"), GAZ_COLUMNS.index("gaz_latitude")


def status_of(values: tuple[object, ...]) -> str:
    """Return what ``gaz_status`` says, one of :data:`STATUSES`."""
    return str(values[0])


def point_in(values: tuple[object, ...]) -> tuple[object, object] | None:
    """Return the value of :data:`GEOMETRY` that goes with those of :data:`NAME_COLUMNS`."""
    return None if values[_LATITUDE] is None else (values[_LONGITUDE], values[_LATITUDE])


def name_values(answer: Resolution | None) -> tuple[object, ...]:
    """Return the values of :data:`NAME_COLUMNS` for an answer; None stands for a name that is none."""
    if answer is None:
        values: dict[str, object] = {"gaz_status": "invalid", "gaz_alternatives": [], "gaz_places": []}
    else:
        others = answer.matches[1:] if answer.best else answer.matches
        values = {
            "gaz_status": answer.status,
            "gaz_confidence": round(answer.matches[0].confidence, 4) if answer.matches else None,
            "gaz_alternatives": [_listed(match) for match in others[:ALTERNATIVES]],
            "gaz_places": [_listed(match) for match in answer.places],
            "gaz_unread": "; ".join(answer.unread) or None,
            "gaz_country": answer.country or None,
        }
        if answer.best is not None:
            place = answer.best.place
            values |= place_cells(place, where_prec_code=where_prec(place))
            values["gaz_uncertainty_m"] = round(answer.best.uncertainty_m)
            values |= {"gaz_matched_name": answer.best.matched_name, "gaz_method": answer.best.method}
        elif answer.places:
            discs = [replace(match.place, uncertainty_m=match.uncertainty_m) for match in answer.places]
            around = together(discs)
            values |= place_cells(around, where_prec_code=where_prec_of_several(around))
            values |= {"gaz_place_id": None, "gaz_name": None, "gaz_kind": None, "gaz_method": "several"}
            values["gaz_confidence"] = round(min(match.confidence for match in answer.places), 4)
    return tuple(values.get(column) for column in GAZ_COLUMNS)


def place_cells(place: Place, *, where_prec_code: int) -> dict[str, object]:
    """Return what the columns say of a place, by column; every area column is there."""
    areas = {unit.level: unit for unit in place.admin}
    return {
        "gaz_place_id": place.id,
        "gaz_name": place.name,
        "gaz_kind": place.kind.value,
        "gaz_latitude": round(place.position.latitude, 6),
        "gaz_longitude": round(place.position.longitude, 6),
        "gaz_uncertainty_m": round(place.uncertainty_m),
        **{f"gaz_adm{level}_pcode": areas[level].pcode if level in areas else None for level in (1, 2, 3)},
        **{f"gaz_adm{level}_name": areas[level].name if level in areas else None for level in (1, 2, 3)},
        "gaz_admin_method": place.admin_method,
        "gaz_geo_precision": geo_precision(place),
        "gaz_where_prec": where_prec_code,
    }


def _listed(match: Match) -> dict[str, object]:
    """Return a place of ``gaz_alternatives`` or ``gaz_places``."""
    place = match.place
    return {
        "place_id": place.id,
        "name": place.name,
        "kind": place.kind.value,
        "latitude": round(place.position.latitude, 6),
        "longitude": round(place.position.longitude, 6),
        "uncertainty_m": round(match.uncertainty_m),
        "confidence": round(match.confidence, 4),
        **said_of_cell(place),
    }
