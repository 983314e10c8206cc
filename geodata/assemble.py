"""The build: the publishers' files of a folder and the embedded facts in, one gazetteer file out.

Whatever lies in the folder is recognised by its content; the embedded facts always take part, and without a
folder they are the default. The steps are importers, areas, cleaning, merge and writing, each a module of its
own. Reads no clock and no network, so the same files give the same file.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import shapely

from gazetteer.country import country, pcode_chain
from gazetteer.errors import GazetteerError, GazetteerFileError, InputError
from gazetteer.kinds import PlaceKind
from gazetteer.names import VERSION, fold
from gazetteer.store import PlaceRecord, write_gazetteer
from gazetteer.values import Source
from geodata.areas import AreaSet, normal_shape
from geodata.build import FACTS
from geodata.clean import AreaNames, NameContext, repair_names, repair_position
from geodata.importers import Form, Origin, RawRecord, forms_of
from geodata.merge import Located, merge
from geodata.readers import Layer, layers_of, open_layers
from geodata.report import Issue, IssueKind, Report
from geodata.sources import PULLED_NAME, Embedded, PulledFile, Upstream, read_pulled, read_sources

#: Difference in square degrees between the published border and the governorates' that is only rounding.
_ROUNDING: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Built:
    """What a build made."""

    #: The hash of what the file says.
    content_hash: str
    #: Places of each kind.
    counts: dict[str, int]
    #: What was found on the way.
    issues: tuple[Issue, ...]
    #: The files that were used, as the manifest has them.
    inputs: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class _Read:
    """A layer as it was read, and what is known of its release; an embedded table has said that itself."""

    form: Form
    shown: str
    sha256: str
    records: tuple[RawRecord, ...]
    date: str
    release: str
    embedded: Embedded | None = None


def build_from(folder: Path | None, output: Path) -> Built:
    """Build a gazetteer file from the publishers' files in a folder, in any layout, and the embedded facts.

    Without a folder it is the embedded default. An existing file is replaced when the new one is whole. A
    folder that isn't there or holds nothing of ours, a damaged file, or an output that can't be written is a
    GazetteerFileError; a wrong row is an InputError that names it.
    """
    report = Report()
    sources = read_sources()
    read = list(_read_folder(folder, sources, report)) if folder else []
    inputs = tuple(_input(one, read_pulled(folder)) for one in read) if folder else ()
    at_hand = {one.form.source for one in read if any(record.kind for record in one.records)}
    read += _read_facts(sources, at_hand)
    areas, raw = _areas([record for one in read for record in one.records], report)
    places = merge(_cleaned(raw, areas, report), areas, report, order=[source.id for source in sources])
    issues = tuple(report)
    facts = {one.embedded.name: one.sha256 for one in read if one.embedded}
    digest = write_gazetteer(
        output,
        places,
        sources=_sources(places, sources),
        areas=areas.records() if areas else (),
        issues=[(i.kind.value, i.subject, i.detail, i.where) for i in issues],
        manifest={
            "built_by": "gazetteer-data build" if folder else "the embedded default of conflict-gazetteer",
            "names_version": VERSION,
            "inputs": list(inputs),
            "facts": facts,
            "issues": report.counts(),
        },
    )
    counts = Counter(record.place.kind.value for record in places)
    return Built(digest, dict(sorted(counts.items())), issues, inputs)


# ------------------------------------------------------------------------------------- reading


def _read_folder(folder: Path, sources: Sequence[Upstream], report: Report) -> Iterator[_Read]:
    """Yield what a folder has of the sources; of several releases only the newest of each kind of place."""
    forms = forms_of(source.id for source in sources)
    newest: dict[tuple[str, PlaceKind], _Read] = {}
    others = []
    with open_layers(folder) as (layers, skipped):
        for file in skipped:
            report.add(IssueKind.SKIPPED_FILE, file.shown, file.reason)
        for layer in layers:
            form = next((form for form in forms if form.recognises(layer)), None)
            if form is None and layer.shown != PULLED_NAME:
                detail = "its columns are those of no source that we know"
                report.add(IssueKind.SKIPPED_FILE, layer.shown, detail)
            elif form is not None:
                one = _read(form, layer)
                kind = one.records[0].kind if one.records else None
                if not form.is_release or kind is None:
                    others.append(one)
                    continue
                rival = newest.setdefault((form.source, kind), one)
                # Of the same date, the form that is listed first; of the same form, the first file by name.
                if (one.date, -forms.index(form)) > (rival.date, -forms.index(rival.form)):
                    newest[form.source, kind] = one
        if not (newest or others):
            raise GazetteerFileError(
                f"nothing in {folder} is a source that we know: 'gazetteer-data sources' lists them"
            )
        yield from (*newest.values(), *others)


def _read_facts(sources: Sequence[Upstream], at_hand: set[str]) -> Iterator[_Read]:
    """Yield the embedded tables, but for those that only stand in for a source that is at hand."""
    forms = forms_of(source.id for source in sources)
    for source in sources:
        for table in source.tables:
            if table.stands_in and source.id in at_hand:
                continue
            if not (FACTS / table.name).is_file():
                raise GazetteerFileError(f"{FACTS / table.name} is missing: install conflict-gazetteer again")
            (layer,) = layers_of(FACTS / table.name, f"embedded {table.name}")
            form = next((f for f in forms if f.source == source.id and f.recognises(layer)), None)
            if form is None:
                raise InputError(f"{FACTS / table.name} has other columns than a table of {source.id}")
            yield _read(form, layer, table)


def _read(form: Form, layer: Layer, embedded: Embedded | None = None) -> _Read:
    records = tuple(_records(form, layer))
    if embedded:
        return _Read(form, layer.shown, layer.sha256(), records, embedded.date, embedded.release, embedded)
    date = max((record.date for record in records), default="") or layer.day()
    release = ", ".join(sorted({record.release for record in records} - {""}))
    return _Read(form, layer.shown, layer.sha256(), records, date, release)


def _records(form: Form, layer: Layer) -> Iterator[RawRecord]:
    for row in layer.rows():
        origin = Origin(form.source, layer.shown, row.number)
        try:
            record = form.record(layer, row)
        except (GazetteerError, KeyError, TypeError, ValueError) as error:
            raise InputError(f"{origin} is wrong: {error}") from error
        if record is not None:
            yield replace(record, origin=origin)


def _input(one: _Read, pulled: Sequence[PulledFile]) -> dict[str, Any]:
    """Return what the manifest says of a file that was used."""
    known = next((p for p in pulled if one.shown.startswith(p.file)), None)
    own: dict[str, Any] = {
        "source": one.form.source,
        "read_as": one.form.title,
        "file": one.shown,
        "sha256": one.sha256,
        "date": one.date or (known.release if known else ""),
        "release": one.release or (known.release if known else ""),
        "rows": len(one.records),
    }
    return {**own, "url": known.url, "retrieved": known.retrieved} if known else own


def _sources(places: Iterable[PlaceRecord], sources: Sequence[Upstream]) -> list[Source]:
    """Return the sources that the places name, with the number of places that each knows."""
    counts = Counter(source for record in places for source in record.place.sources)
    return [source.as_source(counts[source.id]) for source in sources if counts[source.id]]


# ------------------------------------------------------------------------------------- cleaning


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


def _cleaned(raw: Sequence[RawRecord], areas: AreaSet | None, report: Report) -> Iterator[Located]:
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
