"""A new workbook of one sheet, written as its rows come; the same rows give the same bytes.

The least that ECMA-376 asks for: content types, relationships, the workbook, two date styles, a sheet.
"""

import zipfile
from collections.abc import Generator, Iterable, Sequence
from typing import Any

from gazetteer.tables.formats.sheet_cells import cell_xml
from gazetteer.tables.plan import Part, Plan
from gazetteer.tables.table import Table, refused

__all__ = ["new_workbook"]

#: The most rows that a sheet may have (Excel specifications and limits).
_MOST_ROWS = 1_048_576
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_SHEET = "xl/worksheets/sheet1.xml"
_PLAIN = 'fontId="0" fillId="0" borderId="0"'
#: Number formats 14 and 22 are a day, and a day with its time (ECMA-376 part 1, 18.8.30).
_STYLES = (
    '<fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    f'<cellStyleXfs count="1"><xf {_PLAIN} numFmtId="0"/></cellStyleXfs>'
    f'<cellXfs count="3"><xf {_PLAIN} numFmtId="0" xfId="0"/>'
    f'<xf {_PLAIN} numFmtId="14" xfId="0" applyNumberFormat="1"/>'
    f'<xf {_PLAIN} numFmtId="22" xfId="0" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
)
_PARTS = {
    "[Content_Types].xml": (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPES}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_TYPES}.styles+xml"/>'
        f'<Override PartName="/{_SHEET}" ContentType="{_TYPES}.worksheet+xml"/></Types>'
    ),
    "_rels/.rels": (
        f'<Relationships xmlns="{_RELATIONS}">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/workbook.xml": (
        f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
        '<sheet name="enriched" sheetId="1" r:id="rId1"/></sheets></workbook>'
    ),
    "xl/_rels/workbook.xml.rels": (
        f'<Relationships xmlns="{_RELATIONS}">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>'
    ),
    "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}">{_STYLES}</styleSheet>',
}


def new_workbook(table: Table, plan: Plan, parts: Iterable[Part], target: zipfile.ZipFile) -> Generator[None]:
    """Write a workbook; a step for each part of the table.

    Raises
    ------
    TableError
        If there are more rows than a sheet may have, or a cell is too long.
    """
    for name, content in _PARTS.items():
        target.writestr(_undated(name), _XML + content)
    with target.open(_undated(_SHEET), "w", force_zip64=True) as sheet:
        sheet.write(f'{_XML}<worksheet xmlns="{_MAIN}"><sheetData>'.encode())
        sheet.write(_row(1, (*plan.kept, *plan.added_names)))
        number = 1
        if table.tags:
            number += 1
            sheet.write(_row(number, (*plan.kept_tags(table), *plan.added_tags)))
        for part in parts:
            if number + len(part.chunk) > _MOST_ROWS:
                raise refused(
                    f"a sheet holds {_MOST_ROWS:,} rows, and this table has more: write .csv or .parquet"
                )
            for row, cells in zip(plan.kept_rows(part.chunk), part.cells, strict=True):
                number += 1
                sheet.write(_row(number, (*row, *cells.values)))
            yield
        sheet.write(b"</sheetData></worksheet>")
    yield


def _row(number: int, values: Sequence[Any]) -> bytes:
    cells = (cell_xml(value, row=number, column=column) for column, value in enumerate(values, start=1))
    return f'<row r="{number}">{"".join(cells)}</row>'.encode()


def _undated(name: str) -> zipfile.ZipInfo:
    """Return an entry without a time, so that the same table is the same file."""
    entry = zipfile.ZipInfo(name)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry
