"""What is found in a table when it is opened: which sheet is read, and where its header and HXL tags stand.

One rule finds the header, whether the rows are of a text or of a sheet.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from gazetteer.errors import TableError
from gazetteer.tables.table import Source, as_text, refused, tags_in

#: How many rows are looked at for the header.
LOOKED_AT = 20


class Header(NamedTuple):
    """Where the header stands among a table's first rows.

    Parameters
    ----------
    at, tags_at
        The places of the header and of the HXL tags, counted from 0; None where there are no tags.
    titles
        How many rows with something in them stand above both.
    """

    at: int
    tags_at: int | None
    titles: int

    @property
    def last(self) -> int:
        """The place of the last row above the table's own rows."""
        return self.at if self.tags_at is None else max(self.at, self.tags_at)

    def notes(self) -> list[str]:
        """Return what a person should know, in words."""
        rows = "1 row" if self.titles == 1 else f"{self.titles} rows"
        return [f"{rows} above the header: passed over"] if self.titles else []


def find_header(rows: Sequence[Sequence[Any]]) -> Header | None:
    """Find the header among a table's first rows, of which some may be empty; None if all are.

    It is the first row with anything in it. A title, the only filled cell of its row above rows with more,
    is passed over; a header of two columns of which the first, an index, has no name is no title. HXL tags
    may stand under the header or above it. Under tags a row is the header only if the cells below it show
    that: where they have digits it has none. Else the tags are the names.
    """
    filled = [sum(bool(as_text(cell).strip()) for cell in row) for row in rows]
    if not (widest := max(filled, default=0)):
        return None
    at = next(at for at, row in enumerate(rows) if filled[at] > 1 or _names(row, filled[at], widest))
    titles = sum(map(bool, filled[:at]))
    below = next((place for place in range(at + 1, len(rows)) if filled[place]), None)
    if below is None:
        return Header(at, None, titles)
    if tags_in(rows[at]):
        under = _is_header(rows[below], rows[below + 1 :]) and len(rows[below]) >= len(rows[at])
        return Header(below, at, titles) if under else Header(at, None, titles)
    is_tags = tags_in(rows[below]) and len(rows[below]) <= len(rows[at])
    return Header(at, below if is_tags else None, titles)


def _names(row: Sequence[Any], filled: int, widest: int) -> bool:
    """Whether a row with one filled cell at the most is a header all the same."""
    return filled == 1 and (widest == 1 or (widest == 2 and len(row) == 2 and not as_text(row[0]).strip()))


def _is_header(row: Sequence[Any], below: Sequence[Sequence[Any]]) -> bool:
    """Whether a row names what is below it: it has text only, and some column below has digits throughout."""

    def has_digits(cell: Any) -> bool:
        return any(letter.isdigit() for letter in as_text(cell))

    columns = zip(*(other for other in below if len(other) == len(row)), strict=True)
    named = all(isinstance(cell, str) and cell.strip() and not has_digits(cell) for cell in row)
    return named and any(all(map(has_digits, column)) for column in columns)


def chosen_sheet(
    source: Source, what: str, sheets: Sequence[str], wanted: str | None, shown: Sequence[str] = ()
) -> tuple[str, tuple[str, ...]]:
    """Return which sheet or layer to read, and a note where there are others: the wanted, or the first shown.

    Raises
    ------
    TableError
        If there is no such one; the message lists those that there are.
    """
    listed = ", ".join(map(repr, sheets)) or "none"
    if wanted is not None and wanted not in sheets:
        raise TableError(f"{source.name} has no {what} {wanted!r}; it has {listed}", parameter="sheet")
    if not sheets:
        raise refused(f"{source.name} has no {what}: put the table into one")
    sheet = wanted or (*shown, *sheets)[0]
    others = ", ".join(name for name in sheets if name != sheet)
    return sheet, (f"{what} {sheet!r} was read; there are also {others}",) if others else ()
