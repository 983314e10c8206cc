"""Rows as lines of text that read back as they were, and cells that no spreadsheet program runs."""

import csv
import re
from collections.abc import Callable, Iterable, Sequence
from weakref import WeakKeyDictionary

from gazetteer.tables.plan import Cells

__all__ = ["AddedLines", "neutralised", "text_lines"]

#: What a spreadsheet program may take for a formula when it opens a text (OWASP, "CSV Injection").
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")


class AddedLines:
    """The lines of added cells: each enrichment is written once, for as long as it is remembered."""

    def __init__(self, delimiter: str, guard: Callable[[str], str] | None) -> None:
        self._delimiter, self._guard = delimiter, guard
        self._known: WeakKeyDictionary[Cells, str] = WeakKeyDictionary()

    def lines(self, cells: Sequence[Cells]) -> list[str]:
        """Return what follows each row's own cells: a delimiter, the added cells and the line's end."""
        distinct = list(dict.fromkeys(cells))
        new = [one for one in distinct if one not in self._known]
        texts = text_lines([one.texts for one in new], self._delimiter, self._guard)
        self._known.update(zip(new, (self._delimiter + text for text in texts), strict=True))
        written = {one: self._known[one] for one in distinct}
        return [written[one] for one in cells]


def text_lines(
    rows: Iterable[Sequence[str]],
    delimiter: str,
    guard: Callable[[str], str] | None = None,
    *,
    end: str = "\n",
) -> list[str]:
    """Return each row as a line that reads back as it was; `guard` may change a cell's text."""
    lines: list[str] = []
    # Told that lines end in CR LF, the csv module quotes cells with a lone CR; it is taken off again.
    writer = csv.writer(_Lines(lines), delimiter=delimiter, lineterminator="\r\n")
    writer.writerows(rows if guard is None else (map(guard, row) for row in rows))
    return [line[:-2] + end for line in lines]


class _Lines:
    """What the csv module writes to: a list of lines."""

    def __init__(self, lines: list[str]) -> None:
        self.write = lines.append


def neutralised(cell: str) -> str:
    """Return a cell that no spreadsheet program takes for a formula: if need be, after an apostrophe.

    Plain numbers stay as they are ("-3.5").
    """
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) and not _NUMBER.fullmatch(cell) else cell
