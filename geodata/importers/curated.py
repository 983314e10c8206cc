"""Facilities and landmarks that public reporting names, kept by hand in two tables of ``geodata/default``.

A curated city quarter whose source names one OCHA neighbourhood ("N0460") says by that what it is; the merge
settles it by the code.
"""

import re
from typing import Final, get_args

from gazetteer.errors import InputError
from gazetteer.kinds import PlaceKind
from gazetteer.values import PositionBasis
from geodata.importers import Form, RawRecord, fact
from geodata.readers import Layer, Row

_QUARTER: Final = re.compile(r"OCHA neighbourhood (N\d+)(?!\d|, N)")


def _is_curated(layer: Layer) -> bool:
    return layer.form == "table" and {"name_en", "other_names", "sensitive", "source"} <= set(layer.columns)


def _record(layer: Layer, row: Row) -> RawRecord:
    kind, sensitive = PlaceKind(row.text("kind")), row.text("sensitive")
    if sensitive not in ("yes", "no"):
        raise InputError(f"'sensitive' is yes or no, not {sensitive!r}")
    if (basis := row.text("position_basis")) not in get_args(PositionBasis):
        raise InputError(f"'position_basis' is building, quarter, town, area or empty, not {basis!r}")
    quarter = _QUARTER.search(row.text("source")) if kind is PlaceKind.NEIGHBOURHOOD else None
    return fact(
        row,
        kind,
        # Hand-kept names hold no two names in a field; "Al-Andalus, Raqqa" stays as it is.
        name="name_en",
        others="other_names",
        language="en",
        labels_from=0,
        same_as=(quarter[1],) if quarter else (),
        uncertainty_m=float(row.text("uncertainty_m")),
        position_basis=basis,
        sensitive=sensitive == "yes",
        valid_from=row.text("valid_from") or None,
        valid_to=row.text("valid_to") or None,
    )


FORMS: Final = (Form("curated", "curated facts", _is_curated, _record),)
