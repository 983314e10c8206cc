"""What an enrichment reads and writes: the added columns, and the plan of one table.

``gaz_status`` says what the other columns are worth:

- ``resolved``: one answer.
- ``several``: the text names several places and each is accepted; ``gaz_places`` lists them in its order.
- ``ambiguous``: several places are equally likely, or none is likely enough, or not all of several.
- ``unresolved``: nothing in the gazetteer is close.
- ``invalid``: there is no name to resolve.

Position, place and area columns are blank unless the row is resolved, so that no one maps a guess by
accident. ``gaz_confidence`` is that of the best candidate in any case, and ``gaz_alternatives`` lists the
other candidates: the runners-up of a resolved row, all of any other row.

Tags: Humanitarian Exchange Language 1.1, "Hashtag and attribute list" (hxlstandard.org).
"""

from dataclasses import dataclass, replace

from gazetteer.answers import MIN_CONFIDENCE, check_min_confidence
from gazetteer.incidents.columns import TableColumns, find_columns, is_gaz
from gazetteer.lookups import GazetteerInfo
from gazetteer.tables.layout import Column, Layout
from gazetteer.tables.table import Table, refused
from gazetteer.values import ColumnChoice

#: What gaz_status may be.
STATUSES = ("resolved", "several", "ambiguous", "unresolved", "invalid")
#: Those that have a position, as every place that is named is accepted.
ANSWERED = ("resolved", "several")
#: How many other candidates are listed at most.
ALTERNATIVES = 5
#: The columns about the name.
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
    Column("gaz_position_basis", "text", "#meta+position+basis"),
)
#: The columns about the coordinates that a table brings.
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
#: The columns about the notes: their words that were taken as the place, and what the notes changed, or why
#: their place was not taken.
TEXT_COLUMNS = (
    Column("gaz_from_text", "text", "#meta+text+place"),
    Column("gaz_text_reason", "text", "#meta+text+reason"),
)
#: The side in degrees of the cell that the row's place was generalised to, blank for another place; only
#: where the gazetteer generalises sensitive places.
GENERALISED = Column("gaz_generalised_to_deg", "number", "#geo+generalised+deg")
#: The number of the input's row, from 1, where a row with several places becomes one for each.
ROW = Column("gaz_row", "integer", "#meta+row+num")
#: The names of NAME_COLUMNS.
GAZ_COLUMNS = tuple(column.name for column in NAME_COLUMNS)


@dataclass(frozen=True, kw_only=True)
class Plan(Layout):
    """Which columns are read and which come out; a plain value, by which a checkpoint knows its run."""

    columns: TableColumns
    min_confidence: float = MIN_CONFIDENCE
    geometry: str | None = None  # the column of shapes, where the position is read from them

    @property
    def has_points(self) -> bool:
        """Whether the table brings coordinates."""
        return self.geometry is not None or self.columns.latitude is not None

    @property
    def generalises(self) -> bool:
        """Whether the gazetteer generalises sensitive places."""
        return GENERALISED in self.added

    def for_gazetteer(self, about: GazetteerInfo) -> "Plan":
        """Return the plan with the column that says what was generalised, if this gazetteer generalises."""
        if about.generalised_to_deg is None or self.generalises:
            return self
        return replace(self, added=(*self.added, GENERALISED))


def plan_for(
    table: Table,
    *,
    columns: ColumnChoice | None = None,
    min_confidence: float = MIN_CONFIDENCE,
    overwrite: bool = False,
) -> Plan:
    """Return the plan of a table; `overwrite` drops its own ``gaz_*`` columns, which are refused else."""
    check_min_confidence(min_confidence)
    kept = tuple(name for name in table.columns if not is_gaz(name))
    if len(kept) < len(table.columns) and not overwrite:
        taken = next(name for name in table.columns if name not in kept)
        raise refused(
            f"{table.source.name} already has the column {taken}: enrich the table it was made from, rename "
            "its gaz_ columns, or replace them with --overwrite"
        )
    found = find_columns(table.columns, columns, tags=table.tags, has_points=table.geometry is not None)
    geometry = table.geometry if table.geometry in kept else None
    has_points = found.latitude is not None or geometry is not None
    if not has_points and found.text is None:
        found.require_place(kept, others=[name for name in table.sheets if name != table.sheet])
    points, notes = POINT_COLUMNS if has_points else (), TEXT_COLUMNS if found.text is not None else ()
    added = (*NAME_COLUMNS, *points, GEOMETRY, *notes)
    return Plan(kept=kept, added=added, columns=found, min_confidence=min_confidence, geometry=geometry)
