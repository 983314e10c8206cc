"""Open Syria's aliases of governorates, districts and sub-districts, with Wikidata and GeoNames ids.

JSON lists of objects with ``name`` (by language), ``aliases`` and ``externalIds``. They add names to areas
that OCHA's P-code settles; they have no place of their own here.
"""

from typing import Any, Final

from geodata.importers import Form, RawName, RawRecord
from geodata.readers import Layer, Row


def _recognises(layer: Layer) -> bool:
    return layer.form == "json" and {"name", "aliases", "externalIds"} <= set(layer.columns)


def _record(layer: Layer, row: Row) -> RawRecord:
    ids: dict[str, Any] = row.values.get("externalIds") or {}
    names = [(text, language) for language, text in (row.values.get("name") or {}).items()]
    names += [(a["value"], a.get("language") or "und") for a in row.values.get("aliases") or ()]
    return RawRecord(
        key=str(ids.get("ochaPcode") or ""),
        kind=None,
        names=tuple(RawName(text, language, is_label=True) for text, language in names),
        same_as=tuple(f"{name}:{ids[name]}" for name in ("wikidata", "geonames") if ids.get(name)),
    )


FORMS: Final = (Form("open-syria", "Open Syria areas", _recognises, _record),)
