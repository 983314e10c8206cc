"""The columns that this program has added to a table of incidents, and those that are the table's own.

An enriched table has ``gaz_`` columns, and a saved answer about incidents ``incident_`` ones: positions that
the gazetteer gave. They can be read back, and are told from positions that the table brings, which nobody
here computed.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from gazetteer.tables.columns import normal_name

__all__ = [
    "ANSWER_POSITION",
    "GAZ_POSITION",
    "GENERALISED_INCIDENT",
    "INCIDENT_COLUMNS",
    "THEIRS",
    "is_gaz",
    "is_of_an_answer",
    "kept_beside",
    "own_columns",
]

#: What an answer says of every incident.
INCIDENT_COLUMNS: Final = (
    "incident_id", "incident_date", "incident_place", "incident_latitude", "incident_longitude",
    "incident_uncertainty_m",
)  # fmt: skip
#: The column after these, where a gazetteer generalises: to how many degrees the incident's place was.
GENERALISED_INCIDENT: Final = "incident_generalised_to_deg"
#: Latitude, longitude and radius as `gazetteer enrich` wrote them, and as an answer did.
GAZ_POSITION: Final = ("gaz_latitude", "gaz_longitude", "gaz_uncertainty_m")
ANSWER_POSITION: Final = ("incident_latitude", "incident_longitude", "incident_uncertainty_m")
#: Put before the name of a column of the table that is the name of one of ours.
THEIRS = "table_"


def is_gaz(column: str) -> bool:
    """Tell whether enriching added a column; case and spacing don't matter, as where columns are found."""
    return normal_name(column).startswith("gaz_")


def is_of_an_answer(columns: Sequence[str]) -> bool:
    """Tell whether a saved answer about incidents has these columns."""
    return {"incident_place", "incident_uncertainty_m"} <= {normal_name(name) for name in columns}


def own_columns(columns: Sequence[str]) -> list[str]:
    """Return the columns that enriching didn't add."""
    return [name for name in columns if not is_gaz(name)]


def kept_beside(row: Mapping[str, str], said: Mapping[str, Any]) -> Mapping[str, str]:
    """Return a row with names that can stand beside what is said of it.

    A cell in a column that has the name of something said comes under ``table_`` and that name; one that is
    empty or says the same is left out.
    """
    if said.keys().isdisjoint(row):
        return row
    kept: dict[str, str] = {name: cell for name, cell in row.items() if name not in said}
    for name, cell in row.items():
        if name in said and cell not in ("", str(said[name])):
            free = f"{THEIRS}{name}"
            while free in kept or free in said:
                free = f"{THEIRS}{free}"
            kept[free] = cell
    return kept
