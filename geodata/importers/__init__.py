"""One importer a source: a publisher's file in, raw records out.

Every importer keeps one small protocol, :class:`Importer`. It recognises its layers by their columns, so
that a file may have any name, lie in any folder and be zipped or not.
"""

from collections.abc import Iterator
from typing import Final, Protocol

from geodata.importers import cod_ab, geonames, open_syria, osm, populated_places
from geodata.importers.folder import Skipped, open_layers
from geodata.importers.layers import Layer, Row, cell_text
from geodata.importers.records import Origin, RawName, RawRecord

__all__ = [
    "IMPORTERS",
    "Importer",
    "Layer",
    "Origin",
    "RawName",
    "RawRecord",
    "Row",
    "Skipped",
    "cell_text",
    "open_layers",
]


class Importer(Protocol):
    """Reads the files of one source in one of its schemas."""

    @property
    def name(self) -> str:
        """What it reads, in words for the report."""

    @property
    def source(self) -> str:
        """Id of the source, as ``sources.toml`` has it."""

    def recognises(self, layer: Layer) -> bool:
        """Tell from the columns whether this layer is one of the source's."""

    def dated(self, layer: Layer) -> str:
        """Return the date of the data, as an ISO date; empty where the layer doesn't say."""

    def records(self, layer: Layer) -> Iterator[RawRecord]:
        """Yield the layer's rows as raw records, in the order of the file."""


#: Every importer, in the order of precedence: what the first ones say, the later ones don't change.
IMPORTERS: Final[tuple[Importer, ...]] = (
    cod_ab.NewSchema(),
    cod_ab.OldSchema(),
    populated_places.PopulatedPlaces(),
    open_syria.OpenSyria(),
    geonames.Dump(),
    geonames.AlternateNames(),
    osm.HealthFacilities(),
    osm.PopulatedPlaces(),
)
