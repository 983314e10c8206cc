"""What an answer holds, whatever it is packed in: text, compressed text, or a workbook."""

import gzip
import io
import re
import zipfile
from urllib.parse import unquote_plus

import brotli
from werkzeug.test import TestResponse

from tests.service.asking import timeless
from tests.service.harm.asks import Ask
from tests.service.harm.worlds import DECIMALS

_NUMBERS = re.compile(rf"(?<![\d.])\d{{2}}\.\d{{{DECIMALS}}}")


def text_of(response: TestResponse) -> str:
    """Return all text in an answer: its headers, its body decompressed, and the parts of a workbook."""
    body = response.data
    match response.headers.get("Content-Encoding"):
        case "br":
            body = brotli.decompress(body)
        case "gzip":
            body = gzip.decompress(body)
    if body.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(body)) as parts:
            body = b"\n".join(name.encode() + b"\n" + parts.read(name) for name in parts.namelist())
    head = "\n".join(f"{name}: {value}" for name, value in response.headers.items())
    return f"{response.status}\n{head}\n\n{body.decode()}"


def everything(response: TestResponse) -> tuple[int, tuple[tuple[str, str], ...], bytes]:
    """Return status, headers and body, to compare two answers byte for byte.

    `Date` and a page's time are the clock's, and no header of ours is left out.
    """
    headers = tuple(sorted((name, value) for name, value in response.headers.items() if name != "Date"))
    return response.status_code, headers, timeless(response.data)


def numbers_in(text: str) -> set[str]:
    """Return the numbers of degrees in a text that have enough decimals, cut."""
    return set(_NUMBERS.findall(text))


def asked(ask: Ask) -> str:
    """Return what a request says itself, which its answer may repeat."""
    return f"{unquote_plus(ask.path)} {(ask.body or b'').decode('utf-8', 'replace')}"
