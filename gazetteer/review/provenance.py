"""Provenance: what an output was made from and with, as JSON beside it or in columns.

It has all that may change an answer: versions, hashes of the gazetteer and of the calibration, the columns
that were read, the limit of confidence, the decisions. It has no time, folder, user or machine, so that the
same input, gazetteer and versions give the same bytes.
"""

import hashlib
import json
import os
import platform
from collections.abc import Collection
from importlib import metadata
from pathlib import Path
from typing import Any

from gazetteer.enrich.cells import known_place
from gazetteer.enrich.enrich import EnrichSummary
from gazetteer.errors import TableError
from gazetteer.lookups import LIBRARY, Lookups, library_version, view_as_json
from gazetteer.review.decisions import Decisions
from gazetteer.review.tally import Cells
from gazetteer.tables.layout import Column
from gazetteer.tables.table import Source as TableSource
from gazetteer.tables.writing import replacing_bytes
from gazetteer.values import Source, counted

#: Provenance in every row, if asked for.
PROVENANCE_COLUMNS = (
    Column("gaz_library", "text", "#meta+software"),
    Column("gaz_gazetteer", "text", "#meta+gazetteer+hash"),
    Column("gaz_sources", "text", "#meta+source"),
)
#: The packages whose version may change an answer or the bytes of an output.
_PACKAGES = ("numpy", "openpyxl", "pyarrow", "pyogrio", "pyproj", "rapidfuzz", "shapely")
#: Methods that compute a point from a place which the row's cells don't name.
_COMPUTED = ("offset", "between", "around")


class Origins:
    """The sources of rows' places and areas; it collects those of all rows that it was asked about."""

    def __init__(self, gazetteer: Lookups) -> None:
        self._gazetteer = gazetteer
        self.info = gazetteer.info()
        self._used: set[str] = set()
        self._of_place: dict[str, tuple[str, ...]] = {}

    @property
    def used(self) -> tuple[Source, ...]:
        """The sources behind the rows so far, in the gazetteer's order."""
        return tuple(source for source in self.info.sources if source.id in self._used)

    def of(self, cells: Cells) -> tuple[str, ...]:
        """Return the ids of the sources of a row's place and areas; all sources for a computed point."""
        ids = [one["place_id"] for one in cells["gaz_places"] or ()]
        is_point = any(one.startswith("point:") for one in ids)
        ids += [cells["gaz_place_id"]] if cells["gaz_place_id"] is not None else []
        if not ids:
            return ()
        if is_point or cells["gaz_method"] in _COMPUTED:
            found = tuple(source.id for source in self.info.sources)
        else:
            areas = [cells[f"gaz_adm{level}_pcode"] for level in (1, 2, 3)]
            ids += [one for one in areas if one is not None]
            found = tuple(dict.fromkeys(source for one in ids for source in self._sources_of(one)))
        self._used.update(found)
        return found

    def _sources_of(self, place_id: str) -> tuple[str, ...]:
        if place_id.startswith("point:"):  # of which there may be one in every row
            return ()
        if place_id not in self._of_place:
            place = known_place(self._gazetteer, place_id)
            self._of_place[place_id] = () if place is None else place.sources
        return self._of_place[place_id]

    def appended(self, cells: Cells) -> tuple[str, str, str | None]:
        """Return a row's values of :data:`PROVENANCE_COLUMNS`."""
        library = f"{LIBRARY} {library_version()}".strip()
        return library, self.info.content_hash, "; ".join(self.of(cells)) or None


def file_facts(source: TableSource) -> dict[str, object]:
    """Return a file's name without its folder, its size and its SHA-256."""
    with source.open_file() as opened:
        file: Any = opened
        try:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise TableError(f"{source.name} can't be read: {error.strerror or error}") from error
        return {"name": Path(source.name).name, "bytes": file.seek(0, os.SEEK_END), "sha256": digest}


def provenance(
    summary: EnrichSummary,
    origins: Origins,
    *,
    source: TableSource,
    output: TableSource | None,
    min_confidence: float,
    decisions: Decisions | None,
    decided_rows: int,
) -> dict[str, Any]:
    """Return the provenance in plain JSON types; `output` is None for standard output."""
    counts = summary.as_json()
    info = origins.info
    quoted = origins.used if summary.draws is None else info.sources  # any candidate may be drawn
    facts = {
        "software": {"name": LIBRARY, "version": library_version(), "python": platform.python_version()},
        "packages": {name: version for name in _PACKAGES if (version := _version(name)) is not None},
        "gazetteer": {
            "content_hash": info.content_hash,
            "schema_version": info.schema_version,
            **view_as_json(info),
        },
        "calibration": {"sha256": info.calibration_hash},
        "input": file_facts(source),
        "output": None if output is None else file_facts(output),
        "options": {
            "columns": counts["columns"],
            "min_confidence": min_confidence,
            **({"draws": counts["draws"]} if "draws" in counts else {}),
        },
        "decisions": None
        if decisions is None
        else {
            "name": decisions.name,
            "sha256": decisions.sha256,
            "strings": len(decisions.taken),
            "rows": decided_rows,
            "decided_by": sorted({one.decided_by for one in decisions.taken.values()}),
        },
        "counts": {
            "rows": summary.rows,
            **summary.statuses,
            **({"points": counts["points"]} if "points" in counts else {}),
        },
        "sources": [
            {
                **{name: getattr(one, name) for name in ("id", "title", "url", "licence", "release", "date")},
                "citation": one.citation,
            }
            for one in quoted
        ],
        "attribution": attributions(quoted),
        "notes": list(summary.notes),
    }
    return {"cite": _cited(facts), **facts}


def _cited(facts: dict[str, Any]) -> str:
    """Return the sentences that a publication may take over: with what, from what, and what was by hand."""
    software, decided = facts["software"], facts["decisions"]
    named = f"{software['name']} {software['version']}".strip()
    words = f"Places were resolved with {named} (gazetteer {facts['gazetteer']['content_hash'][:12]})"
    if sources := [one["citation"] for one in facts["sources"]]:
        words += f", from {'; '.join(sources)}"
    if decided and decided["rows"]:
        by = " and ".join(filter(None, decided["decided_by"]))
        words += f". {decided['rows']:,} of {counted(facts['counts']['rows'], 'row')} "
        words += f"{'was' if decided['rows'] == 1 else 'were'} decided by hand{by and f', by {by}'}"
    return f"{words}."


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def attributions(sources: Collection[Source]) -> list[str]:
    """Return the lines that the sources' licences ask for, each once."""
    return list(dict.fromkeys(source.attribution for source in sources))


def write_provenance(path: Path, facts: dict[str, Any]) -> None:
    """Write it as JSON, or raise TableError."""
    with replacing_bytes(path) as file:
        # A file's name may have bytes that are not text.
        file.write(json.dumps(facts, ensure_ascii=False, indent=2).encode("utf-8", "replace") + b"\n")
