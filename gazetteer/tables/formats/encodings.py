"""In which encoding a text is written: UTF-8, UTF-16, Windows-1256 (Arabic) or Windows-1252 (Western).

A wrong guess turns names into other names, so an encoding is taken on evidence alone, and reported. In this
order: a byte order mark; NULs in every second byte (UTF-16); text that is UTF-8 throughout. Other text,
unless it is damaged UTF-8, is in one of two code pages, which agree in most accented letters of French. Where
they differ, words decide: in Windows-1256 Arabic words have high bytes only, all letters of Arabic and many
of them common; in Windows-1252 accented letters stand between plain ones. If that isn't clear, the gazetteer
is asked which reading gives names of places; if it knows neither, the text is refused.

The whole text is decoded once, so that an unreadable byte is found before any work. charset-normalizer is no
evidence: it reads short Western and Turkish tables as cp1250.
"""

import codecs
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from gazetteer.errors import TableError
from gazetteer.tables.table import ReadOptions, Source, refused

#: The marks, and Python's names of the encodings.
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
#: Encodings that people know by another name than Python's.
_NAMES = {
    "utf-8": "UTF-8", "utf-8-sig": "UTF-8", "utf-16": "UTF-16", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16",
    "cp1256": "Windows-1256", "cp1252": "Windows-1252",
}  # fmt: skip
_BLOCK_BYTES = 1 << 20
#: Lines with high bytes that are looked at: enough for any doubt, few enough to hold.
_SAMPLED_LINES = 5_000
#: A word, for telling code pages apart: plain letters and the bytes that are letters in either.
_WORD = re.compile(rb"[A-Za-z\x81\x8a\x8c-\x90\x98\x9a\x9c-\x9f\xaa\xc0-\xff]{2,}")
#: Control characters that no text has: not tabs, ends of lines and pages, nor the end of an old file (0x1a).
_NO_TEXT = re.compile(rb"[\x00-\x08\x0e-\x19\x1b-\x1f]")
_HIGH = re.compile(rb"[\x80-\xff]")
#: A character of two or three bytes in UTF-8 (Unicode 3.9, table 3-7, but for its rarest rows).
_UTF8 = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}")
#: The share of high bytes in UTF-8 characters from which a text is damaged UTF-8. In Windows-1256 a letter
#: before an Arabic comma sometimes looks like one.
_DAMAGED_UTF8 = 0.2
#: The letters and marks of Arabic and Persian, and letters that are common in Arabic.
_ARABIC = re.compile("[\u0621-\u063a\u0640-\u0652\u067e\u0686\u0698\u06a9\u06af]+")
_COMMON = frozenset("اليمنروتبةه")
#: Letters of Icelandic in Windows-1252, in whose places Windows-1254 has letters that Turkish often uses.
_TURKISH = re.compile(rb"[\xd0\xdd\xde\xf0\xfd\xfe]")
#: In the right code page nine of ten words agree, and at least four of ten letters of Arabic are common.
_AGREEING, _COMMON_SHARE = 0.9, 0.4
#: How many cells the gazetteer is asked about.
_ASKED = 50


def find_encoding(source: Source, options: ReadOptions) -> tuple[str, str]:
    """Return Python's name of a text's encoding, and a remark on how it was found, empty for UTF-8."""
    with source.open() as file:
        start = file.read(4096)
    if not start:
        raise refused(f"{source.name} is empty: a table needs a header line")
    mark = next((marked for mark, marked in _BYTE_ORDER_MARKS if start.startswith(mark)), None)
    if options.encoding is not None:
        encoding = _known(options.encoding)
        how = f"read as {_named(encoding)}, as was asked"
        if mark is not None and encoding in (mark.removesuffix("-sig"), f"{mark}-le", f"{mark}-be"):
            encoding = mark  # or the mark would be a part of the first column's name
    elif mark is not None:
        encoding, how = mark, "read as UTF-16" if mark == "utf-16" else ""
    elif utf16 := _utf16_without_mark(start):
        encoding, how = utf16, "read as UTF-16, which has no byte order mark here"
    elif (damage := _undecodable(source, "utf-8")) is None:
        return "utf-8", ""
    elif _NO_TEXT.search(start):
        raise refused(f"{source.name} is no text, and no table that is read here: save it as CSV or .xlsx")
    else:
        encoding, why = _code_page(source, damage, options.knows)
        how = f"read as {_named(encoding)}: {why}; --encoding chooses another"
    if damage := _undecodable(source, encoding):
        raise damage
    return encoding, how


def _named(encoding: str) -> str:
    return _NAMES.get(encoding, encoding)


def _known(encoding: str) -> str:
    try:
        info = codecs.lookup(encoding)
        "ا".encode(encoding, "replace")  # a codec that isn't of text, "hex" say, fails here
    except (LookupError, TypeError, ValueError) as error:
        raise refused(
            f"there is no encoding {encoding!r}: use utf-8, utf-16, windows-1256 or windows-1252, for example"
        ) from error
    return info.name


def _utf16_without_mark(start: bytes) -> str | None:
    """Return the UTF-16 that has NULs in every second byte, as plain letters have; None for other text."""
    pairs = len(start) // 2
    first, second = start[0 : 2 * pairs : 2].count(0), start[1 : 2 * pairs : 2].count(0)
    if pairs >= 2 and max(first, second) > 0.3 * pairs and min(first, second) == 0:
        return "utf-16-be" if first > second else "utf-16-le"
    return None


def _blocks(source: Source) -> Iterator[bytes]:
    with source.open() as file:
        while block := file.read(_BLOCK_BYTES):
            yield block


def _undecodable(source: Source, encoding: str) -> TableError | None:
    """Decode everything once; return the refusal of an unreadable byte, None without any."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line, offset = 1, 0
    for block in _blocks(source):
        held_over = len(decoder.getstate()[0])
        try:
            text = decoder.decode(block)
        except UnicodeDecodeError as error:
            before = error.object[: error.start].decode(encoding, "ignore")
            return refused(
                f"{source.name} is not {_named(encoding)} throughout: byte 0x{error.object[error.start]:02X} "
                f"on line {line + before.count(chr(10))} (byte {offset - held_over + error.start + 1} of the "
                "file) is not text; open it in the program it came from and save it in UTF-8"
            )
        if (nul := text.find("\0")) >= 0:
            raise refused(
                f"{source.name} holds a NUL character on line {line + text.count(chr(10), 0, nul)}, so it is "
                "damaged or not text: save it in UTF-8"
            )
        line += text.count("\n")
        offset += len(block)
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise refused(
            f"{source.name} breaks off inside a character at its end: it may be cut short, so fetch it again"
        ) from error
    return None


def _code_page(source: Source, damage: TableError, knows: Callable[[str], bool] | None) -> tuple[str, str]:
    """Return a text's code page, and why; raise `damage`, or that neither is certain."""
    lines = _lines_with_high_bytes(source)
    text = b"\n".join(lines)
    if sum(map(len, _UTF8.findall(text))) >= _DAMAGED_UTF8 * len(_HIGH.findall(text)):
        raise damage
    arabic, western, other = _votes(text)
    enough = max(1, _AGREEING * (len(arabic) + western + other))
    letters = Counter("".join(arabic))
    common = sum(letters[letter] for letter in _COMMON) >= _COMMON_SHARE * letters.total()
    if len(arabic) >= enough and common:
        return "cp1256", f"{len(arabic)} of its words are Arabic so"
    if western >= enough and _decodes(text, "cp1252"):
        return "cp1252", f"{western} of its words have accented letters so"
    if not (arabic or western or other) and text.decode("cp1256") == text.decode("cp1252", "replace"):
        return "cp1252", "its accented letters are the same in Windows-1252 and Windows-1256"
    if knows is not None and (named := _by_names(lines, knows)):
        return named, "so the gazetteer knows its names"
    raise refused(
        f"{source.name} is not UTF-8, and whether it is Windows-1256 or Windows-1252 can't be told: name it "
        "with --encoding (windows-1256, windows-1252, …), or save it in UTF-8"
    )


def _lines_with_high_bytes(source: Source) -> list[bytes]:
    lines: list[bytes] = []
    rest = b""
    for block in _blocks(source):
        *whole, rest = (rest + block).split(b"\n")
        lines += [line for line in whole if _HIGH.search(line)]
        if len(lines) >= _SAMPLED_LINES:
            return lines[:_SAMPLED_LINES]
    return [*lines, rest] if _HIGH.search(rest) else lines


def _votes(text: bytes) -> tuple[list[str], int, int]:
    """Return the words that are Arabic in Windows-1256, and how many are Western, and how many neither."""
    arabic: list[str] = []
    western = other = 0
    for word in _WORD.findall(text):
        high = len(_HIGH.findall(word))
        in_1256, in_1252 = word.decode("cp1256"), word.decode("cp1252", "replace")
        if high == len(word):
            if _ARABIC.fullmatch(in_1256):
                arabic.append(in_1256)
            else:
                other += 1
        elif high and in_1256 != in_1252:
            is_western = in_1252.isalpha() and not _TURKISH.search(word)
            western, other = western + is_western, other + (not is_western)
    return arabic, western, other


def _decodes(text: bytes, encoding: str) -> bool:
    try:
        text.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _by_names(lines: Sequence[bytes], knows: Callable[[str], bool]) -> str | None:
    """Return the code page in which any cell is the name of a place, if only one is."""
    cells = dict.fromkeys(
        cell.strip(b' "\r') for line in lines for cell in re.split(rb"[,;\t]", line) if _HIGH.search(cell)
    )
    sample = [cell for cell in cells if 2 <= len(cell) <= 60][:_ASKED]
    pages = [
        page
        for page in ("cp1256", "cp1252")
        if any(_decodes(cell, page) and knows(cell.decode(page)) for cell in sample)
    ]
    return pages[0] if len(pages) == 1 else None
