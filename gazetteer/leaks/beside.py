"""What a file holds beside its cells: other sheets, comments, links, formulas, properties, names.

Of a workbook every part is looked through as text, whatever it is called; what belongs to a cell, such as a
comment, is told with its row and column, as if its sheet were the one that is read.
Writing the table anew leaves all of it behind.
"""

import html
import re
import zipfile
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Final, NamedTuple

from gazetteer.errors import GazetteerError
from gazetteer.notation.in_text import Found, positions_in
from gazetteer.tables.reading import read_table
from gazetteer.tables.table import ReadOptions, Table

#: Parts of a workbook without anything that a person wrote (ECMA-376, part 1, 12.3).
_NO_WORDS: Final = re.compile(r"xl/(?:styles|theme/.*|calcChain)\.xml$|\[Content_Types\]|\.vml$|\.bin$")
_SHEET: Final = re.compile(r"xl/worksheets/[^/]+\.xml$")
_TAG: Final = re.compile(r"<[^>]*>")
#: A comment, a link, or a formula, with the cell that it belongs to.
_OF_CELLS: Final = re.compile(
    r'<(?:comment|threadedComment)\b[^>]*\bref="(?P<comment>[A-Z]+\d+)"[^>]*>(?P<words>.*?)</(?:comment|threadedComment)>'
    r'|<hyperlink\b(?=[^>]*\bref="(?P<link>[A-Z]+\d+))[^>]*?(?:\br:id="(?P<id>[^"]+)"[^>]*)?/>'
    r'|<c\b[^>]*\br="(?P<formula>[A-Z]+\d+)"[^>]*>\s*<f\b[^>]*>(?P<text>[^<]*)</f>',
    re.S,
)
_TARGET: Final = re.compile(r'<Relationship\b(?=[^>]*\bId="([^"]+)")(?=[^>]*\bTarget="([^"]*)")[^>]*>')
#: What of a sheet belongs to no cell.
_REST_OF_SHEET: Final = re.compile(
    r"<headerFooter\b.*?</headerFooter>|<dataValidations\b.*?</dataValidations>", re.S
)
_ROW: Final = re.compile(r'<row\b[^>]*\br="(?P<number>\d{1,2})"[^>]*>(?P<cells>.*?)</row>', re.S)
_SHARED: Final = re.compile(r"<si\b.*?</si>", re.S)
#: The most bytes of a part that are looked through.
_PART_BYTES: Final = 64 << 20


class Beside(NamedTuple):
    """A position in something beside the cells, and the words round it."""

    where: str  # a column, or what of the file it is
    found: Found
    words: str
    row: int | None = None


def beside(table: Table, *, read: Collection[str]) -> Iterator[Beside]:
    """Yield the positions that a table's file holds beside its cells, whose texts are in `read`."""
    for column in table.columns:
        yield from _in_words("header", column)
    if table.written_as == "xlsx" and not table.source.packed:
        yield from _workbook(table, read)


def other_sheets(table: Table, options: ReadOptions) -> Iterator[Table]:
    """Yield the other sheets or layers of a table's file that have rows, hidden ones too."""
    for sheet in table.sheets:
        if sheet != table.sheet:
            with suppress(GazetteerError):  # nothing is in it
                yield read_table(table.source, replace(options, sheet=sheet))


def _workbook(table: Table, read: Collection[str]) -> Iterator[Beside]:
    try:
        with table.source.open_file() as file, zipfile.ZipFile(file) as archive:
            names = [one.filename for one in archive.infolist() if not one.is_dir()]
            for name in names:
                if _NO_WORDS.search(name):
                    continue
                with archive.open(name) as opened:
                    text = opened.read(_PART_BYTES).decode("utf-8", "ignore")
                targets = dict[str, str]()
                if _SHEET.search(name) and (rels := re.sub(r"([^/]+)$", r"_rels/\1.rels", name)) in names:
                    targets = dict(_TARGET.findall(archive.read(rels).decode("utf-8", "ignore")))
                yield from _part(table, name, text, targets, read)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError):
        return  # it is no workbook, or of another kind


def _part(
    table: Table, name: str, text: str, targets: dict[str, str], read: Collection[str]
) -> Iterator[Beside]:
    """Yield the positions of one part of a workbook."""
    for one in _OF_CELLS.finditer(text):
        cell = one["comment"] or one["link"] or one["formula"]
        words = one["words"] or targets.get(one["id"] or "", "") or one["text"] or ""
        for found in _in_words(name, words):
            yield _at(table, cell, found)
    if _SHEET.search(name):
        for rest in _REST_OF_SHEET.findall(text):
            yield from _in_words(name, re.sub("&amp;[LCR]", " ", rest))  # left, centre, right
        for title in _ROW.finditer(text):
            if int(title["number"]) < table.first_row - 1:
                yield from _in_words("above the header", title["cells"])
    elif name.endswith("sharedStrings.xml"):  # of titles above the header, which are no rows
        for shared in _SHARED.findall(text) if table.first_row > 2 else ():
            words = html.unescape(_TAG.sub("", shared))
            if words not in read and words not in table.columns:
                yield from _in_words("above the header", words)
    elif not name.endswith(".rels"):
        yield from _in_words(name, _OF_CELLS.sub(" ", text))


def _at(table: Table, cell: str, found: Beside) -> Beside:
    """Return a finding with the row and the column of its cell, where that is one of the table's."""
    letters, number = re.sub(r"\d", "", cell), int(re.sub(r"\D", "", cell))
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - ord("A") + 1
    row = number - table.first_row + 1
    is_known = row >= 1 and column <= len(table.columns)
    return found._replace(where=table.columns[column - 1], row=row) if is_known else found


def _in_words(where: str, text: str) -> Iterator[Beside]:
    words = " ".join(html.unescape(_TAG.sub(" ", text)).split())
    for found in positions_in(words):
        yield Beside(where, found, words[max(0, found.start - 200) : found.end + 200])
