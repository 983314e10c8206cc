"""A table with coordinates, areas and codes beside its own columns.

Every input row and cell is kept as it was, in order; the ``gaz_*`` columns are appended. Quoting is
written afresh, so the file's bytes may differ where its cells do not. Output is UTF-8, with a byte
order mark where the input had one (spreadsheets look for it).

``gaz_status`` says what the other columns are worth:

- ``resolved``: one answer; every column is filled that applies to it.
- ``ambiguous``: several places are meant equally well, or none surely enough.
- ``unresolved``: nothing in the gazetteer is close.
- ``invalid``: there is no name to resolve (see :attr:`~gazetteer.tables.mentions.Mention.is_valid`).

Position, place and area columns are blank unless the row is resolved, so that no one maps a guess by
accident. ``gaz_confidence`` is that of the best candidate in any case, and ``gaz_alternatives`` lists
the candidates that were not taken: the runners-up of a resolved row, all of any other row.
"""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from gazetteer.errors import TableError
from gazetteer.precision import geo_precision, where_prec
from gazetteer.results import Match, Resolution
from gazetteer.tables.columns import TableColumns, find_columns
from gazetteer.tables.mentions import Answers, Mention, Progress, Resolves, mention_reader
from gazetteer.tables.reading import Table, read_table
from gazetteer.tables.writing import replacing, row_writer

__all__ = ["GAZ_COLUMNS", "STATUSES", "EnrichSummary", "enrich_table"]

#: The appended columns, in their order.
GAZ_COLUMNS = (
    "gaz_status",
    "gaz_confidence",
    "gaz_place_id",
    "gaz_name",
    "gaz_kind",
    "gaz_latitude",
    "gaz_longitude",
    "gaz_uncertainty_m",
    "gaz_matched_name",
    "gaz_method",
    "gaz_adm1_pcode",
    "gaz_adm1_name",
    "gaz_adm2_pcode",
    "gaz_adm2_name",
    "gaz_adm3_pcode",
    "gaz_adm3_name",
    "gaz_admin_method",
    "gaz_geo_precision",
    "gaz_where_prec",
    "gaz_alternatives",
)
#: What gaz_status may be.
STATUSES = ("resolved", "ambiguous", "unresolved", "invalid")
_ALTERNATIVES = 5


@dataclass(frozen=True, slots=True)
class EnrichSummary:
    """What an enrichment did.

    Parameters
    ----------
    rows
        Rows read, which is rows written.
    statuses
        How many rows of each status; every status is there.
    columns
        The columns that were taken for place and areas.
    target
        The file written.
    """

    rows: int
    statuses: Mapping[str, int]
    columns: TableColumns
    target: Path

    def as_json(self) -> dict[str, object]:
        """Return the summary in plain JSON types."""
        return {
            "rows": self.rows,
            **{status: self.statuses[status] for status in STATUSES},
            "columns": {
                "place": self.columns.place,
                "place_ar": self.columns.place_ar,
                "admin": list(self.columns.admin),
            },
            "output": str(self.target),
        }


def enrich_table(
    gazetteer: Resolves,
    source: str | Path,
    target: str | Path,
    *,
    place: str | None = None,
    admin: Sequence[str] = (),
    min_confidence: float = 0.7,
    progress: Progress | None = None,
) -> EnrichSummary:
    """Resolve the place of every row and write the table with the ``gaz_*`` columns appended.

    Parameters
    ----------
    gazetteer
        An open gazetteer.
    source
        The table: CSV or TSV in UTF-8 or UTF-16.
    target
        The output; ``.csv`` keeps the input's comma or semicolon, ``.tsv`` is tab separated.
    place, admin
        Columns that hold the place and the areas it lies in, where their names don't tell.
    min_confidence
        The confidence from which an answer counts as resolved, 0 to 1.
    progress
        Called as each distinct place is resolved.

    Returns
    -------
    EnrichSummary
        Counts, and the columns that were taken.

    Raises
    ------
    TableError
        If the table can't be read, has no place column or has ``gaz_*`` columns already, or the output
        can't be written. The target is then as it was before.
    InputError
        If `min_confidence` is not between 0 and 1.
    """
    answers = Answers(gazetteer, limit=_ALTERNATIVES + 1, min_confidence=min_confidence)
    target = Path(target)
    suffix = _known_suffix(target)
    table = read_table(source)
    _refuse_enriched(table)
    columns = find_columns(table.columns, place=place, admin=admin).require_place(table.columns)
    delimiter = "\t" if suffix == ".tsv" else ";" if table.delimiter == ";" else ","
    encoding = "utf-8" if table.encoding == "utf-8" else "utf-8-sig"
    with replacing(target, source=table.path, encoding=encoding) as file:
        mention_of = mention_reader(table, columns)
        answers.resolve_all((mention_of(row) for row in table.rows()), progress)
        write = row_writer(file, delimiter=delimiter)
        write((*table.columns, *GAZ_COLUMNS))
        statuses: Counter[str] = Counter(dict.fromkeys(STATUSES, 0))
        cells_of = _remembered(answers)
        for row in table.rows():
            cells = cells_of(mention_of(row))
            statuses[cells[0]] += 1
            write((*row, *cells))
    return EnrichSummary(statuses.total(), statuses, columns, target)


def _known_suffix(target: Path) -> str:
    suffix = target.suffix.lower()
    if suffix not in (".csv", ".tsv"):
        raise TableError(
            f"{target} can't be written as a table: end its name in .csv or .tsv",
            parameter="output",
        )
    return suffix


def _refuse_enriched(table: Table) -> None:
    if taken := [name for name in table.columns if name.strip().casefold().startswith("gaz_")]:
        raise TableError(
            f"{table.path} already has the column {taken[0]}: enrich the table it was made from, "
            "or rename its gaz_ columns",
            parameter="table",
        )


def _remembered(answers: Answers) -> Callable[[Mention], tuple[str, ...]]:
    """Return a function from a mention to its cells that writes each answer out once."""

    @cache
    def cells(mention: Mention) -> tuple[str, ...]:
        return _cells(answers.of(mention))

    return cells


def _cells(answer: Resolution | None) -> tuple[str, ...]:
    """Return one row's values for GAZ_COLUMNS."""
    if answer is None:
        values = {"gaz_status": "invalid", "gaz_alternatives": "[]"}
    else:
        others = answer.matches[1:] if answer.best else answer.matches
        values = {
            "gaz_status": answer.status,
            "gaz_confidence": _number(answer.matches[0].confidence, 4) if answer.matches else "",
            "gaz_alternatives": json.dumps(
                [_alternative(m) for m in others[:_ALTERNATIVES]], ensure_ascii=False
            ),
        }
        if answer.best is not None:
            values |= _place_values(answer.best)
    return tuple(values.get(column, "") for column in GAZ_COLUMNS)


def _place_values(match: Match) -> dict[str, str]:
    place = match.place
    values = {
        "gaz_place_id": place.id,
        "gaz_name": place.name,
        "gaz_kind": place.kind.value,
        "gaz_latitude": _number(place.position.latitude, 6),
        "gaz_longitude": _number(place.position.longitude, 6),
        "gaz_uncertainty_m": f"{place.uncertainty_m:.0f}",
        "gaz_matched_name": match.matched_name,
        "gaz_method": match.method,
        "gaz_admin_method": place.admin_method,
        "gaz_geo_precision": str(geo_precision(place)),
        "gaz_where_prec": str(where_prec(place)),
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
    }


def _number(value: float, decimals: int) -> str:
    return repr(round(value, decimals))
