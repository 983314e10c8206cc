"""The embedded facts as raw records, so that a build merges them like any other source.

A curated city quarter whose source names one OCHA neighbourhood ("N0460") says by that what it is; the
merge settles it by the code.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from gazetteer.kinds import PlaceKind
from gazetteer.store import PlaceRecord
from geodata.default_facts import read_facts
from geodata.importers.records import Origin, RawName, RawRecord

__all__ = ["embedded_records"]

_QUARTER: Final = re.compile(r"OCHA neighbourhoods? ((?:N\d+)(?:, N\d+)*)")
_FILES: Final = {"curated": "facilities.csv and landmarks.csv", "geonames": "settlements.csv"}


def embedded_records(folder: Path) -> Iterator[RawRecord]:
    """Yield the embedded facts in the order of their tables.

    Raises
    ------
    GazetteerFileError, InputError
        If a table is missing or has a wrong row.
    """
    records, _ = read_facts(folder)
    for number, record in enumerate(records, start=1):
        yield _raw(record, number)


def _raw(record: PlaceRecord, number: int) -> RawRecord:
    place = record.place
    source = place.sources[0]
    is_area = place.kind.admin_level is not None
    return RawRecord(
        key=place.id,
        kind=place.kind,
        # Hand-kept names hold no two names in a field; "Al-Andalus, Raqqa" stays as it is.
        names=tuple(
            RawName(s.text, s.language, is_label=n > 1 or source == "curated")
            for n, s in enumerate(record.spellings)
        ),
        origin=Origin(source, f"embedded {_FILES.get(source, 'admin_units.csv')}", number),
        latitude=place.position.latitude,
        longitude=place.position.longitude,
        population=place.population,
        stated=()
        if is_area
        else tuple(c for c in (record.adm1_pcode, record.adm2_pcode, record.adm3_pcode) if c),
        same_as=_linked(place.kind, record.source_note),
        # The town's radius follows from its population, wherever that is from.
        uncertainty_m=None if source == "geonames" else place.uncertainty_m,
        sensitive=place.sensitive,
        valid_from=place.valid_from,
        valid_to=place.valid_to,
        note=record.source_note,
    )


def _linked(kind: PlaceKind, note: str) -> tuple[str, ...]:
    if kind is not PlaceKind.NEIGHBOURHOOD:
        return ()
    found = _QUARTER.search(note)
    codes = found[1].split(", ") if found else []
    return tuple(codes) if len(codes) == 1 else ()
