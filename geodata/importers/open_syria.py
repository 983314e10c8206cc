"""Open Syria's aliases of governorates, districts and sub-districts, with Wikidata and GeoNames ids.

JSON lists of objects with ``name`` (by language), ``aliases`` and ``externalIds``. They add names to areas
that OCHA's P-code settles; they have no place of their own here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from gazetteer.values import Source
from geodata.importers.layers import Layer
from geodata.importers.records import Origin, RawName, RawRecord

__all__ = ["SOURCE", "OpenSyria"]

SOURCE: Final = Source(
    id="open-syria",
    title="Open Syria: names of governorates, districts and sub-districts",
    url="https://github.com/Open-Syria/data-geography",
    licence="CC BY 4.0",
    attribution="Further names of areas: Open Syria, licensed CC BY 4.0.",
    count=0,
)


@dataclass(frozen=True, slots=True)
class OpenSyria:
    """JSON lists whose objects have names, aliases and external ids."""

    name: str = "Open Syria areas"
    source: str = SOURCE.id

    def recognises(self, layer: Layer) -> bool:
        """Tell whether the objects have aliases and external ids."""
        return layer.form == "json" and {"name", "aliases", "externalIds"} <= set(layer.columns)

    def dated(self, layer: Layer) -> str:
        """Return nothing: the files carry no date."""
        return ""

    def records(self, layer: Layer) -> Iterator[RawRecord]:
        """Yield the names of an area an object."""
        for row in layer.rows():
            ids: dict[str, Any] = row.values.get("externalIds") or {}
            linked = [f"{name}:{ids[name]}" for name in ("wikidata", "geonames") if ids.get(name)]
            names = [
                RawName(text, language, is_label=True)
                for language, text in (row.values.get("name") or {}).items()
            ]
            aliases = [
                RawName(a["value"], a.get("language") or "und", is_label=True)
                for a in row.values.get("aliases") or ()
            ]
            yield RawRecord(
                key=str(ids.get("ochaPcode") or ""),
                kind=None,
                names=(*names, *aliases),
                origin=Origin(SOURCE.id, layer.shown, row.number),
                same_as=tuple(linked),
            )
