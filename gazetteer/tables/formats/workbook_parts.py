"""What stands in a workbook beside its sheets: their names and parts, shared strings, which styles are dates.

ECMA-376 part 1: workbook 18.2, relationships part 2 9.3, styles 18.8, shared strings 18.4. Elements go by
their local names, as producers differ in prefixes and in the namespace (transitional or strict).
"""

import posixpath
import zipfile
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import ParseError  # nosec B405 # what defusedxml raises

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring, iterparse
from openpyxl.styles.numbers import BUILTIN_FORMATS, is_datetime

from gazetteer.errors import TableError
from gazetteer.tables.formats.archive import opened_part
from gazetteer.tables.formats.sheet_cells import SheetStyle, unescaped
from gazetteer.tables.table import refused

__all__ = ["Sheet", "chosen_sheet", "read_style"]

_ROOT = "_rels/.rels"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet with cells: its name and the part of the archive that holds it."""

    name: str
    part: str


def chosen_sheet(name: str, archive: zipfile.ZipFile, wanted: str | None) -> tuple[Sheet, tuple[str, ...]]:
    """Return the sheet of this name, or else the first that is shown, and the names of all.

    Raises
    ------
    TableError
        If the archive is no workbook, or has no such sheet; the message lists those that there are.
    """
    workbook = _workbook_part(name, archive)
    parts = _related(name, archive, workbook)
    shown: list[Sheet] = []
    sheets: list[Sheet] = []
    for element in _children(_tree(name, archive, workbook), "sheets"):
        attributes = {key.rpartition("}")[2]: value for key, value in element.attrib.items()}
        kind, part = parts.get(attributes.get("id", ""), ("", ""))
        if kind != "worksheet":  # a sheet that is a chart has no cells
            continue
        sheet = Sheet(attributes.get("name", ""), part)
        sheets.append(sheet)
        if attributes.get("state", "visible") == "visible":
            shown.append(sheet)
    names = tuple(sheet.name for sheet in sheets)
    if wanted is not None:
        found = next((sheet for sheet in sheets if sheet.name == wanted), None)
        if found is None:
            listed = ", ".join(repr(one) for one in names)
            raise TableError(f"{name} has no sheet {wanted!r}; it has {listed or 'none'}", parameter="sheet")
        return found, names
    if not sheets:
        raise refused(f"{name} has no sheet with cells: put the table into one")
    return (shown or sheets)[0], names


def read_style(name: str, archive: zipfile.ZipFile) -> SheetStyle:
    """Return what the cells of all sheets refer to."""
    workbook = _workbook_part(name, archive)
    parts = dict(_related(name, archive, workbook).values())
    strings = _strings(name, archive, parts["sharedStrings"]) if "sharedStrings" in parts else []
    styles = _tree(name, archive, parts["styles"]) if "styles" in parts else None
    try:
        kinds = _date_kinds(styles) if styles is not None else []
    except ValueError as error:
        raise refused(f"the styles of {name} are damaged ({error}): save it again as .xlsx") from error
    properties = next(_named(_tree(name, archive, workbook), "workbookPr"), None)
    from_1904 = properties is not None and properties.get("date1904", "0") in ("1", "true")
    return SheetStyle(strings, kinds, from_1904)


def _workbook_part(name: str, archive: zipfile.ZipFile) -> str:
    if _ROOT in archive.namelist():
        for kind, part in _related(name, archive, "").values():
            if kind == "officeDocument" and part in archive.namelist():
                return part
    raise refused(
        f"{name} is an archive but no Excel workbook: give the table that is inside it, or save it as .xlsx"
    )


def _related(name: str, archive: zipfile.ZipFile, part: str) -> dict[str, tuple[str, str]]:
    """Return the parts that a part refers to: by id their kind and name."""
    folder, file = posixpath.split(part)
    rels = posixpath.join(folder, "_rels", f"{file}.rels")
    found = {}
    for element in _tree(name, archive, rels):
        target = posixpath.normpath(posixpath.join("/", folder, element.get("Target", ""))).lstrip("/")
        found[element.get("Id", "")] = (element.get("Type", "").rpartition("/")[2], target)
    return found


def _tree(name: str, archive: zipfile.ZipFile, part: str) -> Any:
    try:
        with opened_part(archive, part) as file:
            return fromstring(file.read(), forbid_dtd=True)
    except (KeyError, ParseError, DefusedXmlException) as error:
        raise refused(
            f"{name} is no Excel workbook or a damaged one ({part}): save it again as .xlsx"
        ) from error


def _named(tree: Any, local: str) -> Any:
    return (element for element in tree.iter() if element.tag.rpartition("}")[2] == local)


def _children(tree: Any, local: str) -> list[Any]:
    return [child for element in _named(tree, local) for child in element]


def _strings(name: str, archive: zipfile.ZipFile, part: str) -> list[str]:
    strings = []
    try:
        with opened_part(archive, part) as file:
            root = None
            for event, element in iterparse(file, events=("start", "end"), forbid_dtd=True):
                if root is None:
                    root = element
                elif event == "end" and element.tag.rpartition("}")[2] == "si":
                    strings.append(unescaped(_string(element)))
                    root.clear()  # else every string would stay in the tree too
    except (KeyError, ParseError, DefusedXmlException) as error:
        raise refused(f"the texts of {name} are damaged ({part}): save it again as .xlsx") from error
    return strings


def _string(element: Any) -> str:
    """Return the text of a string, whose runs may be styled; how it is pronounced (rPh) is left out."""
    pieces = []
    for child in element:
        local = child.tag.rpartition("}")[2]
        if local == "t":
            pieces.append(child.text or "")
        elif local == "r":
            pieces += [run.text or "" for run in _named(child, "t")]
    return "".join(pieces)


def _date_kinds(styles: Any) -> list[str | None]:
    """Return for each cell style "date", "time", "datetime" or None."""
    formats = dict(BUILTIN_FORMATS)
    for element in _children(styles, "numFmts"):
        formats[int(element.get("numFmtId", 0))] = element.get("formatCode", "")
    codes = (formats.get(int(element.get("numFmtId", 0)), "") for element in _children(styles, "cellXfs"))
    return [is_datetime(code) for code in codes]
