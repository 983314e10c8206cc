"""Workbooks for tests: made by openpyxl, or by hand where they are to be strange."""

import io
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import openpyxl

__all__ = ["a_workbook", "active", "edited", "sheet_values", "with_shared_strings"]


def a_workbook(path: Path, rows: Sequence[Sequence[Any]], *, sheet: str = "Incidents") -> Path:
    book = openpyxl.Workbook()
    active(book).title = sheet
    for row in rows:
        active(book).append(list(row))
    book.save(path)
    return path


def active(book: openpyxl.Workbook) -> Any:
    """The sheet in front; what openpyxl returns may also be a chart, by its types."""
    return book.active


def edited(path: Path, change: Callable[[str, bytes], bytes]) -> Path:
    """Change the parts of a workbook: `change` is given the name and the content of each."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, change(name, content))
    path.write_bytes(held.getvalue())
    return path


def with_shared_strings(path: Path, xml: str) -> Path:
    """Give a workbook of openpyxl, which writes its strings into the cells, a table of strings."""
    target = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
    relation = f'<Relationship Id="rId99" Type="{target}" Target="sharedStrings.xml"/></Relationships>'
    edited(
        path,
        lambda name, content: (
            content.replace(b"</Relationships>", relation.encode()) if "workbook" in name else content
        ),
    )
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/sharedStrings.xml", xml)
    return path


def sheet_values(path: Path, sheet: str | None = None) -> list[tuple[Any, ...]]:
    book = openpyxl.load_workbook(path)
    found: Any = book[sheet] if sheet else book.worksheets[0]
    return list(found.iter_rows(values_only=True))
