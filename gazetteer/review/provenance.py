"""From what an output was made and with what: beside it as JSON, or in columns.

There is no time of day in it, no folder and no name of a user or machine, so that the same input,
gazetteer and versions give the same bytes. What may change an answer is there: versions, the hashes of the
gazetteer's content and of the calibration, the columns that were read, the limit of confidence, the
decisions.
"""

import hashlib
import json
import platform
from collections.abc import Collection
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from gazetteer.enrich.enrich import EnrichSummary
from gazetteer.enrich.plan import GAZ_COLUMNS, Plan
from gazetteer.errors import TableError
from gazetteer.lookups import LIBRARY, library_version, said_of_view
from gazetteer.review.candidates import Reviewed, known_place
from gazetteer.review.decisions import Decisions
from gazetteer.tables.layout import Column
from gazetteer.tables.table import Source as TableSource
from gazetteer.tables.writing import replacing_bytes
from gazetteer.values import Source

#: The packages whose version may change an answer or the bytes of an output.
_PACKAGES = ("numpy", "openpyxl", "pyarrow", "pyogrio", "pyproj", "rapidfuzz", "shapely")
_BLOCK = 1 << 20
#: What is said in every row, for those who want it in the table.
PROVENANCE_COLUMNS = (
    Column("gaz_library", "text", "#meta+software"),
    Column("gaz_gazetteer", "text", "#meta+gazetteer+hash"),
    Column("gaz_sources", "text", "#meta+source"),
)
_AT = {name: at for at, name in enumerate(GAZ_COLUMNS)}
#: Points that are worked out from a place which the row's cells don't name.
_WORKED_OUT = ("offset", "between", "around")


@dataclass(frozen=True, slots=True)
class FileFacts:
    """A file's name without its folder, its length and the SHA-256 of its bytes."""

    name: str
    bytes: int
    sha256: str

    @classmethod
    def of(cls, source: TableSource) -> "FileFacts":
        """Read a file through.

        Raises
        ------
        TableError
            If it can't be read.
        """
        digest, length = hashlib.sha256(), 0
        with source.open_file() as file:
            try:
                while block := file.read(_BLOCK):
                    digest.update(block)
                    length += len(block)
            except OSError as error:
                raise TableError(f"{source.name} can't be read: {error.strerror or error}") from error
        return cls(Path(source.name).name, length, digest.hexdigest())

    def as_json(self) -> dict[str, object]:
        """Return it in plain JSON types."""
        return {"name": self.name, "bytes": self.bytes, "sha256": self.sha256}


class Origins:
    """Which sources of a gazetteer stand behind cells; remembers those of all cells it was asked about."""

    def __init__(self, gazetteer: Reviewed) -> None:
        self._gazetteer = gazetteer
        info = gazetteer.info()
        self.content_hash = info.content_hash
        self.schema_version = info.schema_version
        self.view = said_of_view(info)
        self.calibration_hash = info.calibration_hash
        self.every = info.sources
        self._used: set[str] = set()
        self._of_place: dict[str, tuple[str, ...]] = {}

    @property
    def used(self) -> tuple[Source, ...]:
        """The sources behind the cells so far, in the gazetteer's order."""
        return tuple(source for source in self.every if source.id in self._used)

    def of(self, cells: tuple[object, ...]) -> tuple[str, ...]:
        """Return the ids of the sources of a row's place and areas; empty for a row without a position.

        For a point worked out from places that the cells don't name these are all sources of the gazetteer.
        """
        place_id = cells[_AT["gaz_place_id"]]
        several: Any = cells[_AT["gaz_places"]]
        if place_id is None and not several:
            return ()
        computed = any(one["place_id"].startswith("point:") for one in several or ())
        if computed or cells[_AT["gaz_method"]] in _WORKED_OUT:
            found = tuple(source.id for source in self.every)
        else:
            areas = (cells[_AT[f"gaz_adm{level}_pcode"]] for level in (1, 2, 3))
            named = (place_id, *(one["place_id"] for one in several or ()))
            ids = dict.fromkeys(str(one) for one in (*named, *areas) if one is not None)
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


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def provenance_cells(cells: tuple[object, ...], origins: Origins) -> tuple[object, ...]:
    """Return the cells with those of :data:`PROVENANCE_COLUMNS`."""
    library = f"{LIBRARY} {library_version()}".strip()
    return (*cells, library, origins.content_hash, "; ".join(origins.of(cells)) or None)


def provenance(
    summary: EnrichSummary,
    plan: Plan,
    origins: Origins,
    *,
    source: FileFacts,
    output: FileFacts | None,
    decisions: Decisions | None = None,
    decided_rows: int = 0,
) -> dict[str, Any]:
    """Return what there is to say, in plain JSON types.

    Parameters
    ----------
    summary, plan, origins
        What was done.
    source, output
        The input, and the output; None for standard output.
    decisions, decided_rows
        What a person decided, and for how many rows.
    """
    counts = summary.as_json()
    quoted = origins.used if summary.draws is None else origins.every  # any candidate may be drawn
    found: dict[str, Any] = {
        "software": {"name": LIBRARY, "version": library_version(), "python": platform.python_version()},
        "packages": {name: version for name in _PACKAGES if (version := _version(name)) is not None},
        "gazetteer": {
            "content_hash": origins.content_hash,
            "schema_version": origins.schema_version,
            **origins.view,
        },
        "calibration": {"sha256": origins.calibration_hash},
        "input": source.as_json(),
        "output": None if output is None else output.as_json(),
        "options": {
            "columns": counts["columns"],
            "min_confidence": plan.min_confidence,
            **({"draws": counts["draws"]} if "draws" in counts else {}),
        },
        "decisions": None,
        "counts": {"rows": summary.rows, **summary.statuses},
        "sources": [
            {"id": one.id, "title": one.title, "url": one.url, "licence": one.licence} for one in quoted
        ],
        "attribution": attributions(quoted),
        "notes": list(summary.notes),
    }
    if "points" in counts:
        found["counts"]["points"] = counts["points"]
    if decisions is not None:
        by = sorted({one.decided_by for one in decisions.taken.values()})
        found["decisions"] = {
            "name": decisions.name,
            "sha256": decisions.sha256,
            "strings": len(decisions.taken),
            "rows": decided_rows,
            "decided_by": by,
        }
    return found


def attributions(sources: Collection[Source]) -> list[str]:
    """Return the lines that the sources' licences ask for, each once."""
    return list(dict.fromkeys(source.attribution for source in sources))


def write_provenance(path: Path, facts: dict[str, Any]) -> None:
    """Write it as JSON.

    Raises
    ------
    TableError
        If it can't be written.
    """
    with replacing_bytes(path) as file:
        # A file's name may hold bytes that are no text.
        file.write(json.dumps(facts, ensure_ascii=False, indent=2).encode("utf-8", "replace") + b"\n")
