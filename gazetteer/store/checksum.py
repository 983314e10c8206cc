"""The checksum of a whole gazetteer file, which stands in the file's own manifest.

It is the SHA-256 of all bytes, with zeros in the place of its own digits. Left out are only the numbers in
SQLite's header that a GIS moves by opening the file: the journal's mode and the counters of changes. They are
set to what they are in a file that nobody touched, so what is checked is, byte for byte, what is read.

Source of the offsets: https://www.sqlite.org/fileformat.html, section 1.3.
"""

import hashlib
from typing import Final

#: The key in the manifest.
CHECKSUM_KEY: Final = "file_checksum"
#: What stands there until the rest of the file is known.
NOT_YET: Final = "0" * 64
# In a row of the manifest the value, a text in JSON, follows its key at once.
_BEFORE: Final = f'{CHECKSUM_KEY}"'.encode()
_LEGACY_JOURNAL: Final = b"\x01\x01"


def normalise(content: bytearray) -> None:
    """Make the bytes of an SQLite file what they are when no program has opened it for writing since."""
    content[18:20] = _LEGACY_JOURNAL
    content[24:28] = bytes(4)
    content[92:100] = bytes(8)


def sealed(content: bytes) -> bytes:
    """Return the bytes of a gazetteer file with their checksum in its place."""
    start = content.index(_BEFORE) + len(_BEFORE)
    end = start + len(NOT_YET)
    normal = bytearray(content)
    normalise(normal)
    return content[:start] + _digest(normal, start, end) + content[end:]


def is_whole(content: bytearray) -> bool | None:
    """Whether the normal bytes of a file have the checksum that stands in them; None where none stands."""
    start = content.find(_BEFORE) + len(_BEFORE)
    if start < len(_BEFORE):
        return None
    end = start + len(NOT_YET)
    return _digest(content, start, end) == content[start:end]


def _digest(content: bytearray, start: int, end: int) -> bytes:
    """Return the hash of normal bytes with zeros from `start` to `end`, in hexadecimal."""
    with memoryview(content) as view:
        digest = hashlib.sha256(view[:start])
        digest.update(NOT_YET.encode())
        digest.update(view[end:])
    return digest.hexdigest().encode()
