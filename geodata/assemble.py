"""The build: the publishers' files of a folder and the embedded facts in, one gazetteer file out.

Whatever lies in the folder is recognised by its content; the embedded facts always take part, and without a
folder they are the default. The steps are importers, areas, cleaning, merge and writing, each a module of its
own. Reads no clock and no network, so the same files give the same file.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, NamedTuple

import shapely

from gazetteer.country import country, pcode_chain
from gazetteer.errors import GazetteerError, GazetteerFileError, InputError
from gazetteer.kinds import PlaceKind
from gazetteer.lookups import EMBEDDED_DEFAULT
from gazetteer.names import VERSION, fold
from gazetteer.store import PlaceRecord, write_gazetteer
from gazetteer.values import Source
from geodata.areas import AreaSet, normal_shape
from geodata.borders import border_records
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
    """What a build made: places of each kind, what was found on the way, the files that were used."""

    content_hash: str
    counts: dict[str, int]
    issues: tuple[Issue, ...]
    inputs: tuple[dict[str, Any], ...]


class _Read(NamedTuple):
    """A layer as it was read, and what the manifest says of it."""

    form: Form
    records: tuple[RawRecord, ...]
    used: dict[str, Any]


def build_from(folder: Path | None, output: Path) -> Built:
    """Build a gazetteer file from the publishers' files in a folder, in any layout, and the embedded facts.

    Without a folder it is the embedded default. An existing file is replaced when the new one is whole. A
    folder that isn't there or holds nothing of ours, a damaged file, or an output that can't be written is a
    GazetteerFileError; a wrong row is an InputError that names it.
    """
    report = Report()
    sources = read_sources()
    order = tuple(source.id for source in sources)
    forms = forms_of(order)
    read = _read_folder(folder, forms, report) if folder else []
    at_hand = {one.form.source for one in read if any(record.kind for record in one.records)}
    read += _read_facts(sources, forms, at_hand, report)
    areas, raw = _areas([record for one in read for record in one.records], report)
    raw += border_records(areas) if areas else ()
    places = merge(_cleaned(raw, areas, report), areas, report, order=order)
    inputs = tuple(one.used for one in read)
    digest = write_gazetteer(
        output,
        places,
        sources=_sources(places, sources, inputs),
        areas=areas.records() if areas else (),
        issues=[(i.kind.value, i.subject, i.detail, i.where) for i in report],
        manifest={
            "built_by": "gazetteer-data build" if folder else EMBEDDED_DEFAULT,
            "names_version": VERSION,
            "inputs": inputs,
            "issues": report.counts(),
        },
    )
    counts = Counter(record.place.kind.value for record in places)
    return Built(digest, dict(sorted(counts.items())), tuple(report), inputs)


# ------------------------------------------------------------------------------------- reading


def _read_folder(folder: Path, forms: Sequence[Form], report: Report) -> list[_Read]:
    """Return what a folder has of the sources; of several releases only the newest of each kind of place."""
    pulled = read_pulled(folder)
    newest: dict[tuple[str, PlaceKind], _Read] = {}
    others = []
    with open_layers(folder) as (layers, skipped):
        for shown, reason in skipped.items():
            report.add(IssueKind.SKIPPED_FILE, shown, reason)
        for layer in layers:
            form = next((form for form in forms if form.recognises(layer)), None)
            if form is None:
                if layer.shown != PULLED_NAME:
                    detail = "its columns are those of no source that we know"
                    report.add(IssueKind.SKIPPED_FILE, layer.shown, detail)
                continue
            pulled_as = next((p for p in pulled if layer.shown.startswith(p.file)), None)
            one = _read(form, layer, report, known=pulled_as)
            kind = one.records[0].kind if one.records else None
            if not form.is_release or kind is None:
                others.append(one)
                continue
            rival = newest.setdefault((form.source, kind), one)
            # Of the same date, the form that is listed first; of the same form, the first file by name.
            later = (one.used["date"], -forms.index(form)) > (rival.used["date"], -forms.index(rival.form))
            newest[form.source, kind] = one if later else rival
    if not (newest or others):
        raise GazetteerFileError(
            f"nothing in {folder} is a source that we know: 'gazetteer-data sources' lists them"
        )
    return [*newest.values(), *others]


def _read_facts(
    sources: Sequence[Upstream], forms: Sequence[Form], at_hand: set[str], report: Report
) -> Iterator[_Read]:
    """Yield the embedded tables, but for those that only stand in for a source that is at hand."""
    for source in sources:
        for table in source.tables:
            path = FACTS / table.name
            if table.stands_in and source.id in at_hand:
                continue
            if not path.is_file():
                raise GazetteerFileError(f"{path} is missing: install conflict-gazetteer again")
            (layer,) = layers_of(path, f"embedded {table.name}")
            form = next((f for f in forms if f.source == source.id and f.recognises(layer)), None)
            if form is None:
                raise InputError(f"{path} has other columns than a table of {source.id}")
            yield _read(form, layer, report, known=table)


def _read(form: Form, layer: Layer, report: Report, *, known: PulledFile | Embedded | None) -> _Read:
    """Read a layer; `known` says what release it is where its rows don't."""
    records = []
    for row in layer.rows():
        origin = Origin(form.source, layer.shown, row.number)
        try:
            record = form.record(layer, row)
        except (GazetteerError, KeyError, TypeError, ValueError) as error:
            raise InputError(f"{origin} is wrong: {error}") from error
        if record is not None:
            records.append(replace(record, origin=origin))
    if form.joined:
        records = [*form.joined(records, report)]
    day = known.date if isinstance(known, Embedded) else known.release if known else layer.day()
    release = ", ".join(sorted({record.release for record in records} - {""}))
    used = {
        "source": form.source,
        "read_as": form.title,
        "file": layer.shown,
        "sha256": layer.sha256(),
        "date": max((record.date for record in records), default="") or day,
        "release": release or (known.release if known else ""),
        "rows": len(records),
        "embedded": isinstance(known, Embedded),
    }
    if isinstance(known, PulledFile):
        used |= {"url": known.url, "retrieved": known.retrieved}
    return _Read(form, tuple(records), used)


def _sources(
    places: Iterable[PlaceRecord], sources: Sequence[Upstream], inputs: Sequence[Mapping[str, Any]]
) -> Iterator[Source]:
    """Yield the sources that the places name: how many each knows, and of what release and day it is."""
    counts = Counter(source for record in places for source in record.place.sources)
    for source in sources:
        used = [one for one in inputs if one["source"] == source.id]
        if count := counts[source.id]:
            release = ", ".join(dict.fromkeys(one["release"] for one in used if one["release"]))
            date = max((one["date"] for one in used), default="")
            yield replace(source.as_source(count), release=release, date=date)


# ------------------------------------------------------------------------------------- cleaning


def _areas(raw: Sequence[RawRecord], report: Report) -> tuple[AreaSet | None, list[RawRecord]]:
    """Return the polygons of the areas, and the rows with normal shapes; the country gets its union."""
    rows = [replace(r, shape=normal_shape(r.shape)) if r.shape is not None else r for r in raw]
    shapes = {r.key: r.shape for r in rows if r.shape is not None and pcode_chain(r.key)}
    if not shapes:
        return None, rows
    areas = AreaSet(shapes)
    for n, row in enumerate(rows):
        if row.key == country().code:
            border = areas.country if row.shape is None else row.shape
            if (apart := shapely.symmetric_difference(border, areas.country).area) > _ROUNDING:
                detail = f"they differ by {apart:.6f} square degrees; the governorates' is used"
                report.row(row, IssueKind.BORDER_DIFFERS, detail)
            rows[n] = replace(row, shape=areas.country)
    return areas, rows


def _cleaned(raw: Sequence[RawRecord], areas: AreaSet | None, report: Report) -> Iterator[Located]:
    contexts = _contexts(raw)
    for record in raw:
        context = contexts.get(record.stated[0][:4]) if record.stated else None
        named = repair_names(record, context or NameContext(), report)
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
