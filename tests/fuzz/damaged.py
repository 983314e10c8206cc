"""Read damaged tables of each format as near and enrich do: python -m tests.fuzz.damaged [FILES] [FORMAT].

What is read or refused in a sentence is counted; anything else is shown with the file that did it.
"""

import io
import random
import sys
import tempfile
import time
import traceback
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

from gazetteer.enrich.enrich import enriched
from gazetteer.enrich.plan import plan_for
from gazetteer.errors import GazetteerError
from gazetteer.incidents import read_incidents
from gazetteer.tables import Column, Layout, Part, ReadOptions, RowsTable, Source, read_table, write_table
from tests.fuzz.target import default
from tests.gazetteer.tables.test_sheets_and_kml import an_ods, an_xls

#: A damaged table of some hundred bytes that takes more seconds is a finding.
_SLOW_S = 5.0
_CORPUS = Path(__file__).parent / "corpus/tables"
_ROWS: list[dict[str, Any]] = [
    {"id": "a", "date": "2016-05-30", "place": "Saraqib", "n": 1, "latitude": 35.86, "longitude": 36.8},
    {"id": "b", "date": "2016-06-01", "place": "إدلب", "n": 2.5, "latitude": None, "longitude": None},
]
_KML = b"""<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>
<Placemark><name>Saraqib</name><ExtendedData><Data name="place"><value>Saraqib</value></Data></ExtendedData>
<Point><coordinates>36.8,35.86</coordinates></Point></Placemark></Document></kml>"""


def seeds() -> dict[str, list[bytes]]:
    """Return whole tables by their format."""
    found: dict[str, list[bytes]] = {"csv": [], "json": [], "kml": [_KML]}
    for content in (path.read_bytes() for path in sorted(_CORPUS.iterdir())):
        is_json = content.lstrip(b"\x1e").startswith((b"{", b"["))
        if not (content.startswith(b"PK") or b"<kml" in content):  # those are damaged already
            found["json" if is_json else "csv"].append(content)
    table = RowsTable.of(_ROWS)
    with tempfile.TemporaryDirectory() as folder:
        for suffix in ("csv", "xlsx", "parquet", "geojson", "gpkg", "jsonl"):
            path = Path(folder) / f"seed.{suffix}"
            points = Layout(table.columns, (Column("point", "point"),))
            parts = [Part(chunk, [((36.8, 35.86),), (None,)]) for chunk in table.chunks()]
            write_table(path, table, points, parts)
            found.setdefault(suffix, []).append(path.read_bytes())
        cells = [list(_ROWS[0]), *(list(row.values()) for row in _ROWS)]
        found["ods"] = [an_ods(Path(folder) / "seed.ods", {"S": cells}).read_bytes()]
        found["xls"] = [an_xls(Path(folder) / "seed.xls", {"S": cells}).read_bytes()]
    return found


def damaged(content: bytes, chance: random.Random) -> bytes:
    """Return a file with some bytes changed, cut out or doubled; of an archive sometimes inside a part."""
    if content.startswith(b"PK") and chance.random() < 0.7:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        name = chance.choice(list(parts))
        parts[name] = damaged(parts[name], chance) if chance.random() < 0.95 else b""
        held = io.BytesIO()
        with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
            for part, inside in parts.items():
                archive.writestr(part, inside)
        return held.getvalue()
    data = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        at, size = chance.randrange(len(data) + 1), chance.choice((1, 1, 2, 4, 40))
        some = data[at : at + size]
        new = (chance.randbytes(len(some)), b"", some * 2, bytes(len(some)), b"\xff" * len(some), b'"')
        data[at : at + size] = chance.choice(new)
    return bytes(data)


def run(form: str, whole: list[bytes], files: int) -> Counter[str]:
    """Read so many damaged files of a format, and count how each ended."""
    counts: Counter[str] = Counter()
    chance = random.Random(form)
    for number in range(files):
        content, begun = damaged(chance.choice(whole), chance), time.perf_counter()
        try:
            options = ReadOptions(inflated_limit=4 << 20, row_limit=10_000)
            table = read_table(Source("table", data=content), options)
            table.check(10_000)
            sum(1 for _ in read_incidents(table, default()))
            sum(len(part.added) for part in enriched(default(), table, plan_for(table)))
            counts["read"] += 1
        except GazetteerError as error:
            counts["refused" if str(error).strip() and "\n" not in str(error) else "without a sentence"] += 1
        except Exception:  # noqa: BLE001 - that is what is looked for
            counts["failed"] += 1
            where = Path(tempfile.gettempdir()) / f"failed-{form}-{number}"
            where.write_bytes(content)
            print(where, traceback.format_exc(limit=-3), sep="\n", flush=True)
        counts["slow"] += time.perf_counter() - begun > _SLOW_S
    return counts


if __name__ == "__main__":
    files, *forms = sys.argv[1:] or ["10000"]
    found = 0
    for name, whole in seeds().items():
        if not forms or name in forms:
            counts = run(name, whole, int(files))
            print(name, dict(counts), flush=True)
            found += counts["failed"] + counts["without a sentence"]
    sys.exit(found > 0)
