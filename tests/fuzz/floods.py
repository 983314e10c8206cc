"""Inputs that grow: each asks for much work where a reader is careless. By target, functions of a size.

Tests send them once: where work grows with the square of the size, that is seen to hang.
"""

import io
import zipfile
from collections.abc import Callable

from tests.fuzz.tables import packed, workbook_of

Flood = Callable[[int], bytes]


def _run(unit: str, *, before: str = "", after: str = "") -> Flood:
    """Return a flood of one unit between two ends."""
    piece = unit.encode("utf-8", "surrogatepass")
    return lambda size: before.encode() + piece * (size // len(piece)) + after.encode()


_TEXTS: dict[str, Flood] = {
    "opening brackets": _run("("),
    "brackets": _run("(a) "),
    "blanks": _run(" ", before="a", after="b"),
    "line ends": _run("\n", before="a", after="b"),
    "commas": _run(","),
    "dashes": _run(" - "),
    "digits": _run("9"),
    "digits and a unit": _run("9", after=" km north of Idlib"),
    "dots": _run("1.", after=" km"),
    "degrees": _run("1°"),
    "one long word": _run("a"),
    "one long Arabic word": _run("ع"),
    "combining marks": _run("\u0301", before="Idlib"),
    "direction marks": _run("\u202e\u2066\u200f", before="Idlib"),
    "half characters": _run("\ud800"),
    "NUL characters": _run("\0"),
    "letters that grow": _run("ﷺ"),
    "tags": _run("<a"),
    "and": _run(" and a"),
    "between": _run("between a and "),
    "in": _run(" in a", before="strikes within 5 km of a hospital"),
    "how many": _run("how many ", after="strikes"),
    "the": _run("the ", after="nearest hospital to Idlib"),
    "from and to": _run(" from a to"),
    "months": _run(" since May", before="strikes"),
}
_POLYGONS: dict[str, Flood] = {
    "open rings": _run("(", before="POLYGON "),
    "nested lists": _run("[", before='{"type":"Polygon","coordinates":'),
    "nested objects": _run('{"a":', before='{"type":"Polygon","a":'),
    "points": _run("36.6 35.9, ", before="POLYGON ((", after="36.6 35.9))"),
    "long numbers": _run("9", before="POLYGON ((", after=" 1, 2 2, 3 1))"),
}
_TABLES: dict[str, Flood] = {
    "open quote": _run("a,b\n", before='place,b\n"'),
    "quotes": _run('"', before="place\n"),
    "columns": _run("a,", before="place,"),
    "blank lines": _run("\n", before="place"),
    "carriage returns": _run("\r", before="place\n"),
    "delimiters": _run(",;\t", before="place\n"),
    "nested JSON": _run("[", before='{"place":'),
    "nested objects": _run('{"a":', before='{"type":"FeatureCollection","features":['),
    "long JSON number": _run("9", before='{"place":', after="}"),
    "JSON escapes": _run("\\u0041", before='{"place":"', after='"}'),
    "JSON blanks": _run(" ", before='{"type":"FeatureCollection","features":[', after="]}"),
    "many features": _run("{},", before='{"type":"FeatureCollection","features":[', after="{}]}"),
    "code page or not": _run("ا", before="place\n"),
}
_HEAD = '<worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>place</t></is></c></row>'
_ROW = '<row r="2"><c r="A2"><v>{}</v></c></row>'
_END = "</row></sheetData></worksheet>"
_WORKBOOKS: dict[str, Flood] = {
    "cells": _run('<c r="A2"><v>1</v></c>', before=_HEAD + '<row r="2">', after=_END),
    "nested elements": _run("<a>", before=_HEAD),
    "long number": _run("9", before=_HEAD + '<row r="2"><c r="A2"><v>', after=f"</v></c>{_END}"),
    "long reference": _run("Z", before=_HEAD + '<row r="2"><c r="', after=f'2"><v>1</v></c>{_END}'),
    "merged cells": _run(
        '<mergeCell ref="A2:A99"/>',
        before=_HEAD + _ROW.format(1) + '<row r="99"><c r="A99"><v>1</v></c></row></sheetData><mergeCells>',
        after="</mergeCells></worksheet>",
    ),
    "shared strings": _run(
        "<si><t>a</t></si>", before=_HEAD + "</sheetData></worksheet>\n%%\n<sst>", after="</sst>"
    ),
    "entities": _run(
        "&a;", before='<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">]><worksheet>', after="</worksheet>"
    ),
}


def _as_body(flood: Flood) -> Flood:
    """Return a table as the body of a request, behind the line that says what is asked for."""
    return lambda size: b"\0\n" + flood(size)


def _bomb(size: int) -> bytes:
    """Return a workbook whose sheet unfolds to a thousand times its size."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("s.xml", b" " * size * 1000)
    return held.getvalue()


def _lying(size: int) -> bytes:
    """Return a workbook whose sheet says that it unfolds to less than it does."""
    whole = bytearray(workbook_of(b" " * size))
    return bytes(whole.replace(size.to_bytes(4, "little"), (1).to_bytes(4, "little")))


def _many_parts(size: int) -> bytes:
    """Return a workbook of many empty parts."""
    return packed({f"x/{number}": b"" for number in range(size // 100)})


_ARCHIVES: dict[str, Flood] = {"zip bomb": _bomb, "lying archive": _lying, "many parts": _many_parts}
_BODIES: dict[str, Flood] = {
    "nested lists": _run("[", before="\1"),
    "nested objects": _run('{"id":', before="\1["),
    "many objects": _run('{"id":"a"},', before="\1[", after='{"id":"a"}]'),
    "columns": _run("a,", before="\0id,place,"),
    "many names": _run('"a":1,"\\u0062":', before='\1[{"id":1,', after="1}]"),
}
_QUERIES: dict[str, Flood] = {
    "nested lists": _run("[", before='\1{"q":{"query":"a","properties":'),
    "nested objects": _run('{"q":', before="\1"),
    "many queries": _run('"q":{"query":"a"},', before="\1{", after='"r":{"query":"a"}}'),
    "long text": _run("a", before='\1{"q":{"query":"', after='"}}'),
    "values": _run(
        '"a",', before='\1{"q":{"query":"Idlib","properties":[{"pid":"governorate","v":[', after='"a"]}]}}'
    ),
    "properties": _run(
        '{"pid":"near","v":"Idlib"},',
        before='\1{"q":{"query":"Idlib","properties":[',
        after='{"pid":"near","v":"Aleppo"}]}}',
    ),
}
_ADDRESSES: dict[str, Flood] = {
    "parameters": _run("a=1&", before="\0\n"),
    "one name": _run("(", before="\0\ntext="),
    "polygon": _run("36.6 35.9, ", before="\7\npolygon=POLYGON ((", after="36.6 35.9))"),
}
_NOMINATIM: dict[str, Flood] = {
    "long query": _run("(", before="\0\nq="),
    "ids": _run("1,", before="\0\nq=Idlib&exclude_place_ids=", after="1"),
    "countries": _run("sy,", before="\0\nq=Idlib&countrycodes=", after="sy"),
    "languages": _run("ar,", before="\0\nq=Idlib&accept-language=", after="en"),
    "corners": _run("1,", before="\0\nq=Idlib&viewbox="),
}

#: By target and by name.
FLOODS: dict[str, dict[str, Flood]] = {
    **dict.fromkeys(("names", "questions", "coordinates", "dates", "lengths"), _TEXTS),
    "cursors": {"letters": _run("A"), "padding": _run("=")},
    "polygons": _POLYGONS,
    "tables": {**_TABLES, **_ARCHIVES},
    "workbooks": _WORKBOOKS,
    "uploads": _BODIES,
    "enrich": {name: _as_body(flood) for name, flood in _TABLES.items()},
    "parameters": _ADDRESSES,
    "nominatim": _NOMINATIM,
    "reconcile": _QUERIES,
}
