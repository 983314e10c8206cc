"""In which encoding a text is written: UTF-8, or UTF-16 with a byte order mark.

The whole text is decoded once, in blocks, so that an unreadable byte is found before any work, with its
line and its place in the file: a table whose names are silently mis-decoded resolves to nothing, or
worse, to somewhere else.
"""

import codecs
from collections.abc import Iterable

from gazetteer.tables.table import Source, refused

__all__ = ["find_encoding"]

#: The mark, what to open the file as, and the codec for what follows the mark.
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16", "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16", "utf-16-be"),
)
_BLOCK_BYTES = 1 << 20


def find_encoding(source: Source) -> str:
    """Return "utf-8", "utf-8-sig" (with a byte order mark) or "utf-16".

    Raises
    ------
    TableError
        If it is neither throughout, is empty or holds NUL characters.
    """
    with source.open() as file:
        start = file.read(4)
        if not start:
            raise refused(f"{source.name} is empty: a table needs a header line")
        mark, encoding, codec = next(
            (known for known in _BYTE_ORDER_MARKS if start.startswith(known[0])), (b"", "utf-8", "utf-8")
        )
        file.seek(len(mark))
        _check_text(source.name, iter(lambda: file.read(_BLOCK_BYTES), b""), codec, offset=len(mark))
    return encoding


def _check_text(name: str, blocks: Iterable[bytes], codec: str, *, offset: int) -> None:
    """Decode everything once; `offset` is how many bytes of the file came before the blocks."""
    decoder = codecs.getincrementaldecoder(codec)()
    line = 1
    for block in blocks:
        held_over = len(decoder.getstate()[0])
        try:
            text = decoder.decode(block)
        except UnicodeDecodeError as error:
            first = offset - held_over
            raise refused(_undecodable(name, codec, line, first, error)) from error
        _check_no_nul(name, text, line)
        line += text.count("\n")
        offset += len(block)
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        message = f"{name} breaks off inside a character at its end: it may be cut short, so fetch it again"
        raise refused(message) from error


def _check_no_nul(name: str, text: str, line: int) -> None:
    where = text.find("\0")
    if where < 0:
        return
    line += text.count("\n", 0, where)
    raise refused(
        f"{name} holds a NUL character on line {line}, so it is damaged or not text: save it as CSV in UTF-8"
    )


def _undecodable(name: str, codec: str, line: int, first: int, error: UnicodeDecodeError) -> str:
    before = error.object[: error.start].decode(codec, "ignore")
    encoding = "UTF-8" if codec == "utf-8" else "UTF-16"
    return (
        f"{name} is not {encoding} throughout: byte 0x{error.object[error.start]:02X} on line "
        f"{line + before.count(chr(10))} (byte {first + error.start + 1} of the file) is not text; "
        "open it in the program it came from and save it as CSV in UTF-8"
    )
