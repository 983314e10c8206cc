"""The cells of a row for which a person decided."""

from typing import Any

from gazetteer.answers import Match, Query, Resolution
from gazetteer.enrich.cells import Placed, Spot, name_values, point_in, point_values
from gazetteer.enrich.plan import ALTERNATIVES, GAZ_COLUMNS, POINT_COLUMNS, TEXT_COLUMNS, Plan
from gazetteer.geodesy import LatLon
from gazetteer.review.candidates import candidates
from gazetteer.review.decisions import Decision
from gazetteer.tables.layout import Column
from gazetteer.values import AdminUnit, Place

#: What is said of a decision.
DECIDED_COLUMNS = (
    Column("gaz_decided_by", "text", "#meta+decision+by"),
    Column("gaz_decided_on", "text", "#date+decision"),
    Column("gaz_decision_note", "text", "#meta+decision+note"),
)


def decided(cells: tuple[object, ...], decision: Decision | None, plan: Plan) -> tuple[object, ...]:
    """Return the values with those of :data:`DECIDED_COLUMNS`; where there is no decision these are blank.

    Parameters
    ----------
    cells
        As the ranker has them.
    decision
        What a person decided.
    plan
        Which columns there are. What those of the point say of the place is worked out again.
    """
    if decision is None:
        return (*cells, *[None] * len(DECIDED_COLUMNS))
    values = _name_values(cells, decision.place)
    point = point_in(values)
    if plan.has_points:
        values += _point_values(cells[len(GAZ_COLUMNS) :][: len(POINT_COLUMNS)], decision.place)
    values += (point,)
    if plan.columns.text is not None:
        values += (None,) * len(TEXT_COLUMNS)
    if plan.generalises:
        values += (decision.place.generalised_to_deg if decision.place else None,)
    return (*values, decision.decided_by, decision.decided_on or None, decision.why or None)


def _name_values(cells: tuple[object, ...], place: Place | None) -> tuple[object, ...]:
    matches = () if place is None else (Match(place, 1.0, place.name, "decision"),)
    answer = Resolution(Query("", ""), "resolved" if matches else "unresolved", matches)
    before = dict(zip(GAZ_COLUMNS, cells, strict=False))
    others = [one for one in candidates(cells) if place is None or one["place_id"] != place.id]
    values = dict(zip(GAZ_COLUMNS, name_values(answer), strict=True))
    values |= {"gaz_confidence": None, "gaz_matched_name": None, "gaz_method": "decision"}
    values["gaz_alternatives"] = others[:ALTERNATIVES]
    values |= {name: before[name] for name in ("gaz_unread", "gaz_country")}  # which are the text's
    return tuple(values.values())


def _point_values(cells: tuple[object, ...], place: Place | None) -> tuple[object, ...]:
    """Compare the row's point with the place decided for."""
    values: dict[str, Any] = dict(zip((column.name for column in POINT_COLUMNS), cells, strict=True))
    if values["gaz_point_latitude"] is None:
        return cells
    position = LatLon(values["gaz_point_latitude"], values["gaz_point_longitude"])
    chain = tuple(
        AdminUnit(level, pcode, values[f"gaz_point_adm{level}_name"], "")
        for level in (1, 2, 3)
        if (pcode := values[f"gaz_point_adm{level}_pcode"]) is not None
    )
    placed = Placed(
        position,
        str(values["gaz_point_reading"]),
        values["gaz_point_uncertainty_m"],
        chain,
        values["gaz_point_admin_method"],
    )
    return point_values(placed, () if place is None else (Spot.of(place),))
