"""Ask every client, and write what came into a page: ``python -m tests.clients.page docs/clients.md``."""

import sys
import tempfile
from pathlib import Path

from tests.clients.running import CLIENTS, Answer, Client, ask
from tests.clients.serving import serving

__all__ = ["cells", "main"]

ABOVE = """\
# Clients

What other people's programs get from this server. Each was told the server's address as its own documentation
says, and asked what its users ask. An ask counts if what comes is what such a user expects; those that fail
are named. The server held the embedded gazetteer, outlines made up for its areas, and 1,500 incidents.

`make clients` writes this page: nothing in it is written by hand. The asks are in `tests/clients/`, a module
for a client, and all but QGIS's are made in the tests too.

| client | version | how it is told of the server | what it is asked | what it gets |
|---|---|---|---|---|
"""
BELOW = """
More about some of them: [geopy, QGIS and R](geopy.md), [OpenRefine and reconciler](openrefine.md),
[the API](api.md).
"""


def cells(client: Client, answer: Answer) -> list[str]:
    """Return the cells of a client's row without the version."""
    told = client.told.replace("AT", "127.0.0.1:8000")
    got = f"{len(answer.asks) - len(answer.failed)} of {len(answer.asks)}"
    if answer.failed:
        got += f"; not: {'; '.join(answer.failed)}"
    got = "not installed where this was printed" if client.missing else got
    return [client.name, told if "`" in told else f"`{told}`", client.asked, got]


def row(client: Client, url: str) -> str:
    answer = Answer("", {}) if client.missing else ask(client, url)
    name, told, asked, got = cells(client, answer)
    print(f"{name} {answer.version}: {got}", file=sys.stderr)
    for failed, wrong in answer.failed.items():
        print(f"    {failed}: {wrong}", file=sys.stderr)
    return f"| {name} | {answer.version} | {told} | {asked} | {got} |\n"


def main(path: str) -> None:
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as url:
        rows = [row(client, url) for client in CLIENTS]
    Path(path).write_text(ABOVE + "".join(rows) + BELOW, encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
