"""Names of columns that answers about incidents add to a table, beside columns of the table's own."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from gazetteer.incidents.columns import normal_name
from gazetteer.tables.table import Table, renamed

#: What an answer over HTTP tells of every incident.
INCIDENT_COLUMNS: Final = (
    "incident_id", "incident_date", "incident_place", "incident_latitude", "incident_longitude",
    "incident_uncertainty_m",
)  # fmt: skip
#: The column after these, where a gazetteer generalises: to how many degrees the incident's place was.
GENERALISED_INCIDENT: Final = "incident_generalised_to_deg"
#: Put before the name of a column of the table that is the name of one of ours.
THEIRS: Final = "table_"


def is_of_an_answer(columns: Sequence[str]) -> bool:
    """Tell whether a saved answer about incidents has these columns."""
    return {"incident_place", "incident_uncertainty_m"} <= {normal_name(name) for name in columns}


def renamed_beside(table: Table, ours: Sequence[str]) -> Table:
    """Return a table whose columns can stand beside ours: one that has the name of ours gets another."""
    columns: list[str] = []
    for name in table.columns:
        free = name
        while free in ours or (free != name and free in (*table.columns, *columns)):
            free = f"{THEIRS}{free}"
        columns.append(free)
    return table if tuple(columns) == table.columns else renamed(table, columns)


def kept_beside(row: Mapping[str, str], told: Mapping[str, Any]) -> Mapping[str, str]:
    """Return a row with names that can stand beside what is told of it.

    A cell in a column that has the name of something told comes under ``table_`` and that name; one that is
    empty or tells the same is left out.
    """
    if told.keys().isdisjoint(row):
        return row
    kept: dict[str, str] = {name: cell for name, cell in row.items() if name not in told}
    for name, cell in row.items():
        if name in told and cell not in ("", str(told[name])):
            free = f"{THEIRS}{name}"
            while free in kept or free in told:
                free = f"{THEIRS}{free}"
            kept[free] = cell
    return kept
