"""What the documents ask of curl, for machines without it: the options that they use, and no others.

`tests/test_docs.py` puts it on the path as `curl`. Each option does what curl(1) says of it.
"""

import argparse
import http.client
import sys
from pathlib import Path
from urllib.parse import urlsplit


def options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="curl", allow_abbrev=False)
    parser.add_argument("address")
    parser.add_argument("-s", action="store_true")
    parser.add_argument("-i", dest="with_head", action="store_true")
    parser.add_argument("-X", dest="method")
    parser.add_argument("-H", dest="headers", action="append", default=[])
    parser.add_argument("-d", dest="data")
    parser.add_argument("--data-binary", dest="file")
    parser.add_argument("-F", dest="fields", action="append", default=[])
    return parser


def form(fields: list[str]) -> bytes:
    """Return a form whose fields are files, each as "name=@file"."""
    parts = []
    for name, _, file in (field.partition("=@") for field in fields):
        head = (
            f'--form\r\nContent-Disposition: form-data; name="{name}"; filename="{Path(file).name}"\r\n\r\n'
        )
        parts += [head.encode(), Path(file).read_bytes(), b"\r\n"]
    return b"".join([*parts, b"--form--\r\n"])


class Connection(http.client.HTTPConnection):
    """Sends an address as it was typed, as curl does; Python's own takes ASCII only."""

    def _encode_request(self, request: str) -> bytes:
        return request.encode()


def main(arguments: list[str]) -> None:
    asked = options().parse_args(arguments)
    url, headers = urlsplit(asked.address), dict(line.split(": ", 1) for line in asked.headers)
    body: bytes | None = None
    if asked.file:
        named = asked.file.removeprefix("@")
        body = sys.stdin.buffer.read() if named == "-" else Path(named).read_bytes()
    elif asked.data is not None:
        body = asked.data.encode()
    elif asked.fields:
        body = form(asked.fields)
        headers["Content-Type"] = "multipart/form-data; boundary=form"
    if body is not None:
        headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
    connection = Connection(url.netloc, timeout=60)
    method = asked.method or ("GET" if body is None else "POST")
    connection.request(method, url._replace(scheme="", netloc="").geturl(), body, headers)
    response = connection.getresponse()
    if asked.with_head:
        lines = [f"HTTP/1.1 {response.status} {response.reason}"]
        lines += [f"{name}: {value}" for name, value in response.getheaders()]
        sys.stdout.buffer.write("\r\n".join([*lines, "", ""]).encode())
    sys.stdout.buffer.write(response.read())


if __name__ == "__main__":
    main(sys.argv[1:])
