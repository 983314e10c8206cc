"""A pandas or geopandas frame in, a GeoDataFrame with the ``gaz_*`` columns out.

A frame is resolved by the code that resolves files (:mod:`gazetteer.tables`), so that both give the same
answers. Its index, its columns, their types and their order stay as they are. The added columns have types
that know missing values: text is "string", numbers are "Float64", whole numbers "Int64", and
``gaz_alternatives`` holds lists. ``gaz_geometry`` is the active geometry, in WGS 84: a point where the row is
resolved, None where it isn't.

pandas and geopandas are imported when a frame comes.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from gazetteer.errors import InputError, TableError
from gazetteer.review import Review
from gazetteer.review.candidates import Reviewed
from gazetteer.review.provenance import Origins, attributions
from gazetteer.tables.added import STATUSES, Added, Cells
from gazetteer.tables.enrich import ColumnChoice, enriched, plan_for
from gazetteer.tables.enricher import Enriches
from gazetteer.tables.plan import Plan
from gazetteer.tables.table import CHUNK_ROWS, Chunk, Source, Table, check_header

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

__all__ = ["GEOMETRY", "enrich_frame"]

#: The column of the points.
GEOMETRY = "gaz_geometry"
_WGS84 = 4326
_NAME = "the frame"
_TYPES = {"text": "string", "number": "Float64", "integer": "Int64", "list": "object"}
#: How a person writes in Python what messages say for the command line.
_OPTIONS = {"--place COLUMN": "place=COLUMN", "--overwrite": "overwrite=True", "--": ""}


class _Enriching(Enriches, Reviewed, Protocol):
    """The part of a gazetteer that is needed; an open ``Gazetteer`` is one."""


class _FrameTable(Table):
    """A frame as a table: the columns that are read, as Python values with None for what is missing."""

    def __init__(self, frame: "pd.DataFrame") -> None:
        names = [str(name) for name in frame.columns]
        check_header(_NAME, names)
        super().__init__(Source(_NAME), names, geometry=_shapes_column(frame))
        self._frame = frame
        self.read: frozenset[str] = frozenset()

    def chunks(self, rows: int = CHUNK_ROWS) -> Iterator[Chunk]:
        """Yield the rows; columns that nobody reads are None."""
        for start in range(0, len(self._frame), rows):
            part = self._frame.iloc[start : start + rows]
            columns = [
                self._values(part.iloc[:, at]) if name in self.read else [None] * len(part)
                for at, name in enumerate(self.columns)
            ]
            yield Chunk(self.columns, list(zip(*columns, strict=True)))

    def _values(self, column: "pd.Series[Any]") -> list[Any]:
        if column.name is not None and str(column.name) == self.geometry:
            return _in_wgs84(column)
        return list(column.astype(object).where(column.notna(), None))


def enrich_frame(
    gazetteer: _Enriching,
    frame: "pd.DataFrame",
    *,
    place: str | None = None,
    place_ar: str | None = None,
    admin: Sequence[str] = (),
    latitude: str | None = None,
    longitude: str | None = None,
    min_confidence: float = 0.7,
    decisions: str | Path | None = None,
    overwrite: bool = False,
) -> "gpd.GeoDataFrame":
    """Return a frame with the ``gaz_*`` columns; :meth:`gazetteer.Gazetteer.enrich` says more."""
    import pandas as pd

    if not isinstance(frame, pd.DataFrame):
        raise InputError(
            f"enrich takes a pandas or geopandas frame, not {type(frame).__name__}: make one of it"
        )
    if frame.columns.nlevels > 1:
        raise TableError(f"{_NAME} has {frame.columns.nlevels} levels of column names: flatten them to one")
    choice = ColumnChoice(place, place_ar, tuple(admin), latitude, longitude)
    about = gazetteer.info()
    try:
        table = _FrameTable(frame)
        plan = plan_for(table, choice=choice, min_confidence=min_confidence, overwrite=overwrite)
        plan = plan.for_gazetteer(about)
    except TableError as error:
        raise TableError(_in_python(str(error)), parameter=error.parameter) from None
    table.read = _read_columns(plan)
    with Review(gazetteer, "-", decisions=decisions) as stage:
        written = stage.plan(table, plan)
        cells = [one for part in stage.parts(enriched(gazetteer, table, plan)) for one in part.cells]
        facts = _facts(gazetteer, cells, (*about.notes, *stage.notes()))
    return _joined(frame, plan, written.added, cells, facts)


def _in_python(message: str) -> str:
    for option, keyword in _OPTIONS.items():
        message = message.replace(option, keyword)
    return message


def _read_columns(plan: Plan) -> frozenset[str]:
    columns = plan.columns
    named = (columns.place, columns.place_ar, *columns.admin, columns.latitude, columns.longitude,
             columns.precision, columns.uncertainty, plan.geometry)  # fmt: skip
    return frozenset(name for name in named if name is not None)


def _shapes_column(frame: "pd.DataFrame") -> str | None:
    """Return the name of a geopandas frame's active geometry; None where it has none."""
    name = getattr(frame, "active_geometry_name", None)
    return None if name is None else str(name)


def _in_wgs84(shapes: Any) -> list[Any]:
    """Return shapes in WGS 84, None where one is missing."""
    if shapes.crs is None:
        raise TableError(
            f"the geometry {shapes.name!r} of {_NAME} doesn't say its reference system: tell it with "
            "frame.set_crs(4326)"
        )
    return [None if one is None else one for one in shapes.to_crs(_WGS84)]


def _facts(gazetteer: Reviewed, cells: list[Cells], notes: tuple[str, ...]) -> dict[str, Any]:
    """Return what `attrs` says of the result, in plain JSON types."""
    origins = Origins(gazetteer)
    for one in dict.fromkeys(cells):
        origins.of(one)
    counts = Counter(one.status for one in cells)
    return {
        "content_hash": origins.content_hash,
        "rows": {status: counts[status] for status in STATUSES},
        "attribution": attributions(origins.used),
        "notes": list(notes),
    }


def _joined(
    frame: "pd.DataFrame",
    plan: Plan,
    added: Sequence[Added],
    cells: list[Cells],
    facts: dict[str, Any],
) -> "gpd.GeoDataFrame":
    import geopandas as gpd
    import pandas as pd

    kept = pd.DataFrame(frame).loc[:, [str(name) in plan.kept for name in frame.columns]]
    new: dict[str, Any] = {
        column.name: pd.Series(
            [one.values[at] for one in cells], index=frame.index, dtype=_TYPES[column.kind]
        )
        for at, column in enumerate(added)
    }
    new[GEOMETRY] = gpd.GeoSeries(_points(added, cells), index=frame.index, crs=_WGS84)
    joined = gpd.GeoDataFrame(
        pd.concat([kept, pd.DataFrame(new, index=frame.index)], axis=1), geometry=GEOMETRY
    )
    joined.attrs = {**frame.attrs, "gazetteer": facts}
    return joined


def _points(added: Sequence[Added], cells: list[Cells]) -> list[Any]:
    import shapely

    names = [column.name for column in added]
    north, east = names.index("gaz_latitude"), names.index("gaz_longitude")
    positions: list[tuple[Any, Any]] = [(one.values[east], one.values[north]) for one in cells]
    return [None if x is None else shapely.Point(x, y) for x, y in positions]
