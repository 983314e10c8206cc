"""The full build: a folder of publishers' files in, one gazetteer file out.

Whatever lies in the folder is recognised by its content; the embedded facts always take part. The steps are
importers, areas, repair, merge, writing, each a module of its own. Reads no clock and no network, so the same
files give the same file.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import shapely

from gazetteer.country import country, pcode_chain
from gazetteer.errors import GazetteerFileError
from gazetteer.kinds import PlaceKind
from gazetteer.names import VERSION, fold
from gazetteer.store import PlaceRecord, write_gazetteer
from gazetteer.values import Source
from geodata import default_facts
from geodata.areas import AreaSet, normal_shape
from geodata.drafts import Located
from geodata.embedded import embedded_records
from geodata.importers import (
    IMPORTERS,
    Importer,
    Layer,
    RawRecord,
    Skipped,
    cod_ab,
    geonames,
    open_layers,
    open_syria,
)
from geodata.merge import merge
from geodata.multinames import AreaNames
from geodata.pull import PULLED_NAME, PulledFile, read_pulled
from geodata.repair import NameContext, repair_names, repair_position
from geodata.report import Issue, IssueKind, Report
from geodata.sources import read_sources

__all__ = ["Built", "build_from"]

_FACTS: Final = Path(default_facts.__file__).parent / "default"
#: Difference in square degrees between the published border and the governorates' that is only rounding.
_ROUNDING: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Built:
    """What a build made.

    Parameters
    ----------
    content_hash
        The hash of what the file says.
    counts
        Places of each kind.
    issues
        What was found on the way.
    inputs
        The files that were used, as the manifest has them.
    """

    content_hash: str
    counts: dict[str, int]
    issues: tuple[Issue, ...]
    inputs: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class _Read:
    """A layer as it was read."""

    importer: Importer
    layer: Layer
    date: str
    records: tuple[RawRecord, ...]

    @property
    def kind(self) -> PlaceKind | None:
        """What its rows are."""
        return self.records[0].kind if self.records else None


def build_from(folder: Path, output: Path) -> Built:
    """Build a gazetteer file from the publishers' files in a folder and the embedded facts.

    Parameters
    ----------
    folder
        Where they lie, in any layout.
    output
        The file to write; an existing one is replaced when the new one is whole.

    Raises
    ------
    GazetteerFileError
        If there is no such folder, nothing in it is recognised, a file is damaged, or `output` cannot be
        written.
    """
    report = Report()
    with open_layers(folder) as (layers, skipped):
        read = _chosen(_read_all(layers, skipped, report))
        if not read:
            raise GazetteerFileError(
                f"nothing in {folder} is a source that we know: 'gazetteer-data sources' lists them"
            )
        inputs = tuple(_input(one, read_pulled(folder)) for one in read)
    raw = [record for one in read for record in one.records]
    has_dump = any(isinstance(one.importer, geonames.Dump) for one in read)
    raw += [r for r in embedded_records(_FACTS) if not (has_dump and r.origin.source == geonames.SOURCE)]
    areas, raw = _areas(raw, report)
    places = merge(_repaired(raw, areas, report), areas, report)
    issues = tuple(report)
    digest = write_gazetteer(
        output,
        places,
        sources=_sources(places),
        areas=areas.records() if areas else (),
        issues=[(i.kind.value, i.subject, i.detail, i.where) for i in issues],
        manifest={
            "built_by": "gazetteer-data build",
            "names_version": VERSION,
            "inputs": list(inputs),
            "issues": report.counts(),
        },
    )
    counts = Counter(record.place.kind.value for record in places)
    return Built(digest, dict(sorted(counts.items())), issues, inputs)


def _read_all(layers: Iterable[Layer], skipped: Iterable[Skipped], report: Report) -> Iterator[_Read]:
    for file in skipped:
        report.add(IssueKind.SKIPPED_FILE, file.shown, file.reason)
    for layer in layers:
        if layer.shown == PULLED_NAME:
            continue
        importer = next((i for i in IMPORTERS if i.recognises(layer)), None)
        if importer is None:
            report.add(IssueKind.SKIPPED_FILE, layer.shown, "its columns are those of no source that we know")
        else:
            yield _Read(importer, layer, importer.dated(layer), tuple(importer.records(layer)))


def _chosen(read: Iterable[_Read]) -> list[_Read]:
    """Of several releases of the administrative boundaries, keep the newest of each level."""
    order = {importer.name: n for n, importer in enumerate(IMPORTERS)}
    kept: list[_Read] = []
    newest: dict[PlaceKind | None, _Read] = {}
    for one in read:
        if one.importer.source != cod_ab.SOURCE:
            kept.append(one)
            continue
        rival = newest.get(one.kind)
        # Of the same date, the schema that is listed first; of the same schema, the first file by name.
        if rival is None or (one.date, -order[one.importer.name]) > (rival.date, -order[rival.importer.name]):
            newest[one.kind] = one
    return [*newest.values(), *kept]


def _input(one: _Read, pulled: Sequence[PulledFile]) -> dict[str, Any]:
    """Return what the manifest says of a file that was used."""
    known = next((p for p in pulled if one.layer.shown.startswith(p.file)), None)
    own: dict[str, Any] = {
        "source": one.importer.source,
        "read_as": one.importer.name,
        "file": one.layer.shown,
        "sha256": one.layer.sha256(),
        "date": one.date or (known.release if known else ""),
        "rows": len(one.records),
    }
    return {**own, "url": known.url, "retrieved": known.retrieved} if known else own


def _areas(raw: Sequence[RawRecord], report: Report) -> tuple[AreaSet | None, list[RawRecord]]:
    """Return the polygons of the areas, and the rows with normal shapes; the country gets its union."""
    rows = [replace(r, shape=normal_shape(r.shape)) if r.shape is not None else r for r in raw]
    shapes = {r.key: r.shape for r in rows if r.shape is not None and pcode_chain(r.key)}
    if not shapes:
        return None, rows
    areas = AreaSet(shapes)
    for n, row in enumerate(rows):
        if row.key != country().code:
            continue
        if row.shape is not None:
            apart = shapely.symmetric_difference(row.shape, areas.country).area
            if apart > _ROUNDING:
                detail = f"they differ by {apart:.6f} square degrees; the governorates' is used"
                report.add(IssueKind.BORDER_DIFFERS, row.key, detail, row.origin)
        rows[n] = replace(row, shape=areas.country)
    return areas, rows


def _repaired(raw: Sequence[RawRecord], areas: AreaSet | None, report: Report) -> Iterator[Located]:
    contexts = _contexts(raw)
    nothing = NameContext()
    for record in raw:
        governorate = record.stated[0][:4] if record.stated else ""
        named = repair_names(record, contexts.get(governorate, nothing), report)
        yield Located(named, repair_position(record, areas, report))


def _contexts(raw: Sequence[RawRecord]) -> Mapping[str, NameContext]:
    """Return for each governorate the names of its areas and of its settlements."""
    areas: dict[str, list[tuple[str, str]]] = {}
    towns: dict[str, set[str]] = {}
    for record in raw:
        if pcode_chain(record.key):
            areas.setdefault(record.key[:4], []).extend((record.key, name.text) for name in record.names)
        elif record.kind is PlaceKind.SETTLEMENT and record.stated:
            names = (fold(name.text) for name in record.names if not name.is_label)
            towns.setdefault(record.stated[0][:4], set()).update(names)
    return {
        code: NameContext(AreaNames(areas.get(code, ())), frozenset(towns.get(code, ())))
        for code in {*areas, *towns}
    }


def _sources(places: Iterable[PlaceRecord]) -> list[Source]:
    """Return the sources that the places and spellings name, with the number of places that each knows."""
    counts = Counter(source for record in places for source in record.place.sources)
    known = {u.id: u.as_source(0) for u in read_sources()}
    known[open_syria.SOURCE.id] = open_syria.SOURCE
    return [replace(known[source], count=count) for source, count in sorted(counts.items())]
