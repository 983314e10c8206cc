"""A pandas or geopandas frame in, a GeoDataFrame with the ``gaz_*`` columns out.

The code that enriches files (:mod:`gazetteer.enrich`) enriches frames too. Index, columns, types and order
stay as they are. The added columns have nullable types ("string", "Float64", "Int64"); ``gaz_alternatives``
and ``gaz_places`` have lists. ``gaz_geometry`` is the active geometry, in WGS 84. pandas and geopandas are
imported with the first frame.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gazetteer.answers import MIN_CONFIDENCE
from gazetteer.enrich.cells import exploded, status_of, with_row_numbers
from gazetteer.enrich.draws import Drawing, Draws
from gazetteer.enrich.enrich import enriched
from gazetteer.enrich.plan import GEOMETRY, STATUSES, plan_for
from gazetteer.errors import InputError, TableError
from gazetteer.incidents import ColumnChoice
from gazetteer.lookups import Lookups
from gazetteer.reading.calibration import load_calibration
from gazetteer.review import Review
from gazetteer.review.provenance import attributions
from gazetteer.tables.layout import Column
from gazetteer.tables.table import CHUNK_ROWS, Chunk, Source, Table, check_header

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

_WGS84 = 4326
_NAME = "the frame"
_TYPES = {"text": "string", "number": "Float64", "integer": "Int64", "list": "object"}
#: The options of the command line in messages, and their Python keywords.
_OPTIONS = {
    "--place COLUMN": "place=COLUMN",
    "--text COLUMN": "text=COLUMN",
    "--overwrite": "overwrite=True",
    "--": "",
}


class FrameTable(Table):
    """A frame, which isn't changed, as a table."""

    def __init__(self, frame: Any) -> None:
        import pandas as pd

        if not isinstance(frame, pd.DataFrame):
            raise InputError(
                f"a pandas or geopandas frame is needed, not {type(frame).__name__}: make one of it"
            )
        if frame.columns.nlevels > 1:
            raise TableError(
                f"{_NAME} has {frame.columns.nlevels} levels of column names: flatten them to one"
            )
        names = tuple(str(name) for name in frame.columns)
        check_header(_NAME, names)
        geometry = getattr(frame, "active_geometry_name", None)  # which only a geopandas frame has
        super().__init__(
            source=Source(_NAME), columns=names, geometry=None if geometry is None else str(geometry)
        )
        self._frame = frame

    def chunks(self, rows: int = CHUNK_ROWS) -> Iterator[Chunk]:
        """Yield the rows."""
        for start in range(0, len(self._frame), rows):
            yield _FrameChunk(self.columns, self._frame.iloc[start : start + rows], self.geometry)


class _FrameChunk(Chunk):
    """Rows of a frame; a column becomes Python values, None for missing ones, on demand."""

    def __init__(self, columns: tuple[str, ...], part: "pd.DataFrame", geometry: str | None) -> None:
        super().__init__(columns, ())
        self._part, self._geometry = part, geometry

    @property
    def rows(self) -> Sequence[Sequence[Any]]:
        """For each row its values, one a column."""
        return list(zip(*map(self.values, self.columns), strict=True))

    def __len__(self) -> int:
        return len(self._part)

    def values(self, column: str) -> list[Any]:
        """Return one column; shapes in WGS 84."""
        found: Any = self._part.iloc[:, self.columns.index(column)]
        if column == self._geometry:
            if found.crs is None:
                raise TableError(
                    f"the geometry {column!r} of {_NAME} doesn't say its reference system: tell it with "
                    "frame.set_crs(4326)"
                )
            found = found.to_crs(_WGS84)
        return list(found.astype(object).where(found.notna(), None))


def enrich_frame(
    gazetteer: Lookups,
    frame: "pd.DataFrame",
    *,
    columns: ColumnChoice | None = None,
    min_confidence: float = MIN_CONFIDENCE,
    decisions: str | Path | None = None,
    overwrite: bool = False,
    explode: bool = False,
) -> "gpd.GeoDataFrame":
    """Return a frame with the ``gaz_*`` columns; :meth:`gazetteer.Gazetteer.enrich` says more."""
    about = gazetteer.info()
    with _messages_in_python():
        table = FrameTable(frame)
        plan = plan_for(table, columns=columns, min_confidence=min_confidence, overwrite=overwrite)
        plan = plan.for_gazetteer(about)
    with Review(gazetteer, "-", decisions=decisions) as stage:
        written = stage.plan(table, plan)
        parts = list(stage.parts(enriched(gazetteer, table, plan)))
    cells = [one for part in parts for one in part.added]
    counts = Counter(status_of(one) for one in cells)
    facts = {
        "content_hash": about.content_hash,
        "rows": {status: counts[status] for status in STATUSES},
        "attribution": attributions(stage.origins.used),
        "notes": [*about.notes, *stage.notes()],
    }
    attrs = {**frame.attrs, "gazetteer": facts}
    if explode:
        cells = [one for part in exploded(gazetteer, parts, written) for one in part.added]
        written = with_row_numbers(written)
        rows: Any = [one[-1] for one in cells]
        frame = frame.iloc[[row - 1 for row in rows]]
    joined = _joined(frame, plan.kept, written.added, cells)
    joined.attrs = attrs
    return joined


def draws_frame(
    gazetteer: Lookups,
    frame: "pd.DataFrame",
    draws: Draws,
    *,
    columns: ColumnChoice,
    min_confidence: float = MIN_CONFIDENCE,
) -> "pd.DataFrame":
    """Return sampled positions, a row each; :meth:`gazetteer.Gazetteer.draws` says more."""
    import pandas as pd

    with _messages_in_python():
        table = FrameTable(frame)
        plan = plan_for(table, columns=columns, min_confidence=min_confidence, overwrite=True)
        drawing = Drawing(gazetteer, plan, draws, gazetteer.info().calibration or load_calibration())
    parts = drawing.parts(enriched(gazetteer, table, plan))
    rows = [row for part in parts for row, _ in drawing.layout.rows(part)]
    types = {column.name: _TYPES[column.kind] for column in drawing.layout.cells}
    return pd.DataFrame(rows, columns=list(drawing.layout.names)).astype(types)


@contextmanager
def _messages_in_python() -> Iterator[None]:
    """Replace the command line's options in TableErrors by keywords."""
    try:
        yield
    except TableError as error:
        message = str(error)
        for option, keyword in _OPTIONS.items():
            message = message.replace(option, keyword)
        raise TableError(message, parameter=error.parameter) from None


def _joined(
    frame: "pd.DataFrame", kept: Sequence[str], added: Sequence[Column], cells: list[tuple[object, ...]]
) -> "gpd.GeoDataFrame":
    """Return the kept columns of a frame with the added ones."""
    import geopandas as gpd
    import pandas as pd
    import shapely

    new: dict[str, Any] = {}
    for at, column in enumerate(added):
        values: list[Any] = [one[at] for one in cells]
        if column.kind == "point":
            points: list[Any] = [None if value is None else shapely.Point(value) for value in values]
            new[column.name] = gpd.GeoSeries(points, index=frame.index, crs=_WGS84)
        else:
            new[column.name] = pd.Series(values, index=frame.index, dtype=_TYPES[column.kind])
    old = pd.DataFrame(frame).loc[:, [str(name) in kept for name in frame.columns]]
    both = pd.concat([old, pd.DataFrame(new, index=frame.index)], axis=1)
    return gpd.GeoDataFrame(both, geometry=GEOMETRY.name)
