"""What the documents ask of curl, for machines without it: the options that they use, and no others.

`tests/test_docs.py` puts it on the path as `curl`. Each option does what curl(1) says of it.
"""

import argparse
import http.client
import secrets
import sys
from pathlib import Path
from urllib.parse import quote_plus, urlsplit

__all__ = ["main"]


def options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="curl", allow_abbrev=False)
    parser.add_argument("address")
    parser.add_argument("-s", "--silent", action="store_true")
    parser.add_argument("-S", "--show-error", action="store_true")
    parser.add_argument("-f", "--fail", action="store_true")
    parser.add_argument("-i", "--include", action="store_true")
    parser.add_argument("-I", "--head", action="store_true")
    parser.add_argument("-G", "--get", action="store_true")
    parser.add_argument("-X", "--request")
    parser.add_argument("-H", "--header", action="append", default=[])
    parser.add_argument("-d", "--data", dest="data", action="append", default=[])
    parser.add_argument("--data-binary", action="append", default=[])
    parser.add_argument("--data-urlencode", action="append", default=[])
    parser.add_argument("-F", "--form", action="append", default=[])
    parser.add_argument("-o", "--output")
    return parser


def content(value: str, *, whole: bool) -> bytes:
    """Return a value or what is in the file that "@" names; --data leaves out its line ends."""
    if not value.startswith("@"):
        return value.encode()
    data = sys.stdin.buffer.read() if value == "@-" else Path(value[1:]).read_bytes()
    return data if whole else data.replace(b"\r", b"").replace(b"\n", b"")


def encoded(value: str) -> bytes:
    """Encode "name=value", "name@file" or a value alone for an address."""
    for mark in ("=", "@"):
        name, found, rest = value.partition(mark)
        if found:
            text = rest.encode() if mark == "=" else Path(rest).read_bytes()
            return (f"{name}=" if name else "").encode() + quote_plus(text).encode()
    return quote_plus(value).encode()


def form(fields: list[str]) -> tuple[bytes, str]:
    """Return the body and the media type of a form; "name=@file" sends the file."""
    boundary, body = secrets.token_hex(16), b""
    for field in fields:
        name, _, value = field.partition("=")
        value, _, media_type = value.partition(";type=")
        sent = f'form-data; name="{name}"'
        if value.startswith("@"):
            sent += f'; filename="{Path(value[1:]).name}"'
            media_type = media_type or "application/octet-stream"
        head = f"--{boundary}\r\nContent-Disposition: {sent}\r\n"
        head += f"Content-Type: {media_type}\r\n" if media_type else ""
        body += head.encode() + b"\r\n" + content(value, whole=True) + b"\r\n"
    return body + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


class Connection(http.client.HTTPConnection):
    """Sends an address as it was typed, as curl does; Python's own takes ASCII only."""

    def _encode_request(self, request: str) -> bytes:
        return request.encode()


def main(arguments: list[str]) -> int:
    asked = options().parse_args(arguments)
    url = urlsplit(asked.address)
    target, headers = url.path or "/", dict(line.split(": ", 1) for line in asked.header)
    query = [url.query.encode()] if url.query else []
    pieces = [content(d, whole=False) for d in asked.data] + [
        content(d, whole=True) for d in asked.data_binary
    ]
    pieces += map(encoded, asked.data_urlencode)
    body: bytes | None = None
    if asked.get:
        query += pieces
    elif asked.form:
        body, headers["Content-Type"] = form(asked.form)
    elif pieces:
        body = b"&".join(pieces)
        if not any(name.lower() == "content-type" for name in headers):
            headers["Content-Type"] = "application/x-www-form-urlencoded"
    method = asked.request or ("HEAD" if asked.head else "GET" if body is None else "POST")
    connection = Connection(url.netloc, timeout=60)
    connection.request(method, target + ("?" + b"&".join(query).decode() if query else ""), body, headers)
    response = connection.getresponse()
    said = b""
    if asked.include or asked.head:
        said = f"HTTP/1.1 {response.status} {response.reason}\r\n".encode()
        said += b"".join(f"{name}: {value}\r\n".encode() for name, value in response.getheaders()) + b"\r\n"
    said += response.read()
    if asked.fail and response.status >= 400:
        return 22
    if asked.output:
        Path(asked.output).write_bytes(said)
    else:
        sys.stdout.buffer.write(said)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
