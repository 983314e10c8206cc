"""What the service says of itself, so that a client knows where everything is."""

from importlib import metadata
from typing import Any, Final

from flask import url_for

from gazetteer.country import country
from service.reconcile.extend import SETTINGS
from service.reconcile.queries import BATCH_SIZE
from service.reconcile.vocabulary import TYPES
from service.state import State

__all__ = ["PREVIEW_HEIGHT", "PREVIEW_WIDTH", "manifest"]

PREVIEW_WIDTH: Final = 420
PREVIEW_HEIGHT: Final = 430
#: The same wherever the service runs, so that a table matched on one machine can be extended on another.
_IDENTIFIERS: Final = "urn:conflict-gazetteer:place:"
_SCHEMA: Final = "https://schema.org/Place"
#: Types that every list to choose from begins with.
_DEFAULT_TYPES: Final = (
    "settlement area governorate district subdistrict neighbourhood facility hospital clinic landmark".split()
)


def manifest(state: State) -> dict[str, Any]:
    """Return the manifest, with the addresses by which the client reached this server."""
    here = url_for("reconcile.endpoint", _external=True)
    return {
        "versions": ["0.2"],
        "name": f"Conflict gazetteer: places in {country().name}",
        "identifierSpace": _IDENTIFIERS,
        "schemaSpace": _SCHEMA,
        "documentation": url_for("pages.about", _external=True),
        "serviceVersion": metadata.version("conflict-gazetteer"),
        "defaultTypes": [TYPES[name].as_json(broader=True) for name in _DEFAULT_TYPES],
        "view": {"url": f"{here}/preview?id={{{{id}}}}"},
        "preview": {
            "url": f"{here}/preview?id={{{{id}}}}",
            "width": PREVIEW_WIDTH,
            "height": PREVIEW_HEIGHT,
        },
        "suggest": {what: _suggest(here, what) for what in ("entity", "type", "property")},
        "extend": {
            "propose_properties": {"service_url": here, "service_path": "/properties"},
            "property_settings": list(SETTINGS),
        },
        "batchSize": BATCH_SIZE,
        "attribution": list(dict.fromkeys(source.attribution for source in state.info.sources)),
    }


def _suggest(here: str, what: str) -> dict[str, str]:
    return {
        "service_url": here,
        "service_path": f"/suggest/{what}",
        "flyout_service_url": here,
        "flyout_service_path": f"/flyout/{what}?id=${{id}}",
    }
