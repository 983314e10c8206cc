"""What a workbook holds beside its cells: comments, links, formulas, names, properties, copies of cells.

Each part of the archive is looked through as text, whatever it is called, in the smallest pieces that a
person reads as one (ECMA-376 part 1: comments 18.7, links 18.3.1.47, names 18.2.5, headers 18.3.1.46, pivot
caches 18.10; part 2: properties 11). A piece that may not stay is written anew; all else stays.
"""

import html
import re
from collections.abc import Callable, Iterator
from itertools import count
from typing import Final, NamedTuple
from xml.sax.saxutils import escape, quoteattr  # nosec B406 # it writes, and reads nothing

#: Parts without anything that a person wrote.
NO_WORDS: Final = re.compile(
    r"xl/(?:styles|calcChain|sharedStrings)\.xml$|/theme/|\[Content_Types\]|\.(?:vml|bin|png|jpe?g|gif|emf|wmf)$"
)
_SHEET: Final = re.compile(r"xl/worksheets/[^/]+\.xml$")
_TAG, _WORDS = re.compile(r"<[^>]*>"), re.compile(r">([^<>]*)<")
#: An element that is one piece: a comment, a paragraph, or one that holds text alone.
_PIECES: Final = re.compile(
    r'<(?:\w+:)?(?P<kind>comment|threadedComment)\b[^>]*?\bref="(?P<comment>[A-Z]+\d+)"[^>]*>'
    r"(?:[^<]|<(?!/?(?:\w+:)?(?P=kind)\b))*</(?:\w+:)?(?P=kind)>"
    r"|<a:p\b[^>]*>(?:[^<]|<(?!/?a:p\b))*</a:p>"
    r"|<(?P<leaf>[\w:]+)\b[^<>]*>[^<>]+</(?P=leaf)>",
    re.S,
)
_OF_SHEET: Final = re.compile(
    r'<(?:\w+:)?hyperlink\b[^>]*?\bref="(?P<link>[A-Z]+\d+)[^>]*>'
    r'|<(?:\w+:)?c\b[^>]*?\br="(?P<formula>[A-Z]+\d+)"[^>]*>\s*<(?:\w+:)?f\b[^>]*>(?P<text>[^<]*)</'
    r"|<(?P<rest>(?:odd|even|first)(?:Header|Footer)|formula[12]?)\b[^<>]*>[^<>]+</(?P=rest)>",
    re.S,
)
_SHOWN: Final = re.compile(r'\b(display|tooltip|location)="([^"]*)"')
_RELATION: Final = re.compile(r'<Relationship\b[^>]*\bTarget="([^"]*)"[^>]*>')
_LINK_ID: Final = re.compile(
    r'\bref="([A-Z]+\d+)[^>]*\br:id="([^"]+)"|\br:id="([^"]+)"[^>]*\bref="([A-Z]+\d+)'
)
_ID: Final = re.compile(r'\bId="([^"]+)"')
#: A record of a pivot table's copy of its cells, and a value in it.
_RECORD, _VALUE = re.compile(r"<r>(?:[^<]|<(?!/?r>))*</r>"), re.compile(r'(<[a-z]\b[^>]*?\bv=)"([^"]*)"')
_EXACT: Final = re.compile(r'(?<=[">])(-?\d{1,3}\.\d)\d+(?=["<])')
_CACHES: Final = re.compile(r"<c:(numCache|strCache)>(?:[^<]|<(?!/?c:\1>))*</c:\1>")
_STRING: Final = re.compile(
    r"<(?P<prefix>(?:\w+:)?)si\b(?:[^>]*/>|(?:[^<]|<(?!/?(?P=prefix)si\b))*</(?P=prefix)si>)"
)
_STRING_OF: Final = re.compile(
    rb'<(?:\w+:)?c\b[^>]*?\bt="s"[^>]*>(?:\s*<(?:\w+:)?f\b[^>]*?(?:/>|>[^<]*</(?:\w+:)?f>))?\s*<(?:\w+:)?v>\s*(\d+)'
)
#: What stands where the address of a link was; an empty one would be a fault in the workbook.
_NOWHERE: Final = "about:blank"
_CALLED: Final = (
    ("docProps/", "the workbook's properties"),
    ("xl/workbook.xml", "the workbook's names"),
    ("xl/pivotCache/", "a pivot table's copy of cells"),
    ("xl/comments", "a comment"),
    ("xl/threadedComments", "a comment"),
    ("xl/drawings/", "a drawing"),
    ("xl/charts/", "a chart"),
    ("xl/worksheets/", "a sheet's header, link or rule"),
)


class Piece(NamedTuple):
    """A piece of a part: its words, where it stands in the XML, and the cell that it belongs to."""

    words: str
    start: int
    end: int
    cell: str = ""
    is_formula: bool = False


def called(part: str) -> str:
    """Return what people call a part of a workbook."""
    return next((words for start, words in _CALLED if part.startswith(start)), part)


def links_of(sheet: str) -> dict[str, str]:
    """Return the cells of a sheet's links by the ids of their targets."""
    return {one[1] or one[2]: one[0] or one[3] for one in _LINK_ID.findall(sheet)}


def pieces(part: str, xml: str, links: dict[str, str] | None = None) -> Iterator[Piece]:
    """Yield the pieces of a part; `links` are the cells by target, in what relates a sheet to others."""
    if part.endswith(".rels"):
        for one in _RELATION.finditer(xml):
            found = _ID.search(one[0])
            cell = (links or {}).get(found[1] if found else "", "")
            yield Piece(html.unescape(one[1]), *one.span(1), cell)
    elif "pivotCacheRecords" in part:
        for one in _RECORD.finditer(xml):
            yield Piece(html.unescape(" ".join(value[2] for value in _VALUE.finditer(one[0]))), *one.span())
    elif _SHEET.search(part):
        for one in _OF_SHEET.finditer(xml):
            shown = " ".join(words for _, words in _SHOWN.findall(one[0])) if one["link"] else ""
            words = shown or one["text"] or (_TAG.sub(" ", one[0]) if one["rest"] else "")
            if one["rest"]:
                words = re.sub("&amp;[LCR]", " ", words)  # left, centre, right
            span = one.span("text") if one["formula"] else one.span()
            yield Piece(_plain(words), *span, one["link"] or one["formula"] or "", bool(one["formula"]))
    else:
        for one in _PIECES.finditer(xml):
            yield Piece(_plain(_TAG.sub(" ", one[0])), *one.span(), one["comment"] or "")


def _plain(words: str) -> str:
    return " ".join(html.unescape(words).split())


def mended(part: str, xml: str, mend: Callable[[str], str]) -> str:
    """Return a part whose pieces are as they may stay."""
    for piece in reversed(list(pieces(part, xml))):
        words = mend(piece.words)
        if words == piece.words or piece.is_formula:  # a formula goes with its cell
            continue
        old = xml[piece.start : piece.end]
        if part.endswith(".rels"):
            new = _NOWHERE
        elif "pivotCacheRecords" in part:
            new = _VALUE.sub(lambda one: f"{one[1]}{quoteattr(mend(html.unescape(one[2])))}", old)
        elif _SHOWN.search(old):
            new = _SHOWN.sub(rf"\1={_escaped(quoteattr(words))}", old)
        else:  # in the first of its texts
            texts = [one.span(1) for one in _WORDS.finditer(old) if one[1].strip()]
            new = old
            code = re.search("&amp;[LCR]", old)  # where a header stands
            words = (code[0] if code else "") + escape(words)
            for start, end in reversed(texts):
                new = new[:start] + (words if start == texts[0][0] else "") + new[end:]
        xml = xml[: piece.start] + new + xml[piece.end :]
    return xml


def _escaped(words: str) -> str:
    return words.replace("\\", r"\\")


def without_copies(part: str, xml: str) -> str:
    """Return a part without what it copied from cells: numbers of charts, coordinates of pivot tables."""
    if "/charts/" in part:  # a program makes them anew
        return _CACHES.sub("", xml)
    return _EXACT.sub(r"\1", xml) if "/pivotCache/" in part else xml


def without_unused(strings: str, sheets: Iterator[bytes]) -> str:
    """Return the shared strings, empty where no cell of a sheet refers to one any more."""
    used = {int(number) for sheet in sheets for number in _STRING_OF.findall(sheet)}
    numbers = count()

    def kept(one: re.Match[str]) -> str:
        return one[0] if next(numbers) in used else "<{0}si><{0}t/></{0}si>".format(one["prefix"])

    return _STRING.sub(kept, strings)
