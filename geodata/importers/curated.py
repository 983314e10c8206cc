"""Facilities and landmarks that public reporting names, kept by hand in two tables of ``geodata/default``.

A curated city quarter whose source names one OCHA neighbourhood ("N0460") says by that what it is; the merge
settles it by the code.
"""

import re
from typing import Final

from gazetteer.errors import InputError
from gazetteer.kinds import PlaceKind
from geodata.importers import Form, RawRecord, fact_areas, fact_names
from geodata.readers import Layer, Row

_QUARTER: Final = re.compile(r"OCHA neighbourhood (N\d+)(?!\d|, N)")


def _is_curated(layer: Layer) -> bool:
    return layer.form == "table" and {"name_en", "other_names", "sensitive", "source"} <= set(layer.columns)


def _record(layer: Layer, row: Row) -> RawRecord:
    kind, note, sensitive = PlaceKind(row.text("kind")), row.text("source"), row.text("sensitive")
    if sensitive not in ("yes", "no"):
        raise InputError(f"'sensitive' is yes or no, not {sensitive!r}")
    quarter = _QUARTER.search(note) if kind is PlaceKind.NEIGHBOURHOOD else None
    return RawRecord(
        key=row.text("id"),
        kind=kind,
        # Hand-kept names hold no two names in a field; "Al-Andalus, Raqqa" stays as it is.
        names=fact_names(row, "name_en", "other_names", language="en", labels_from=0),
        latitude=float(row.text("latitude")),
        longitude=float(row.text("longitude")),
        stated=fact_areas(row),
        same_as=(quarter[1],) if quarter else (),
        uncertainty_m=float(row.text("uncertainty_m")),
        sensitive=sensitive == "yes",
        valid_from=row.text("valid_from") or None,
        valid_to=row.text("valid_to") or None,
        note=note,
    )


FORMS: Final = (Form("curated", "curated facts", _is_curated, _record),)
