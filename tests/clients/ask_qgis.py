"""QGIS without a window, in the Python that it is installed for: a layer of incidents, and its geocoder."""

import json
import os
import sys
from typing import Any

from qgis.core import (
    Qgis,
    QgsApplication,
    QgsCoordinateTransformContext,
    QgsFeatureRequest,
    QgsFeedback,
    QgsGeocoderContext,
    QgsNominatimGeocoder,
    QgsRectangle,
    QgsVectorLayer,
)

from tests.clients.asking import Ask, answers
from tests.clients.table import NEAR_KOBANI


def read(url: str, request: Any = None) -> list[Any]:
    """Read the features of the layer of incidents, as the map does."""
    layer = QgsVectorLayer(f"url='{url}/ogc' typename='incidents' pagingEnabled='true'", "incidents", "OAPIF")
    if not layer.isValid():
        raise RuntimeError(layer.dataProvider().error().summary() if layer.dataProvider() else "not valid")
    return [*layer.getFeatures(request or QgsFeatureRequest())]


def found(url: str, text: str, countries: str = "") -> list[str]:
    """Type a text into the search bar; return the lines that it shows."""
    context = QgsGeocoderContext(QgsCoordinateTransformContext())
    results = QgsNominatimGeocoder(countries, f"{url}/search").geocodeString(text, context, QgsFeedback())
    return [result.identifier() or result.error() for result in results]


ASKS: dict[str, Ask] = {
    "1,500 incidents": lambda url: (1500, len(read(url))),
    "the incidents of an extent": lambda url: (
        NEAR_KOBANI,
        len(read(url, QgsFeatureRequest(QgsRectangle(38.2, 36.7, 38.5, 37.0)))),
    ),
    "one incident": lambda url: (1, len(read(url, QgsFeatureRequest().setFilterExpression("id = 'i0007'")))),
    "a name": lambda url: (["Idlib, Idleb, Syria"], found(url, "Idlib")),
    "a name in Arabic": lambda url: (["Idlib, Idleb, Syria"], found(url, "إدلب")),
    "an ambiguous name": lambda url: (True, len(found(url, "Mansoura")) > 1),
    "a country": lambda url: ([], found(url, "Idlib", "tr")),
    "no such name": lambda url: ([], found(url, "dsadjkasdjasd")),
}

if __name__ == "__main__":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QgsApplication([], False)
    application.initQgis()
    version = Qgis.QGIS_VERSION.partition("-")[0]
    print(json.dumps({"version": version, "asks": answers(ASKS, sys.argv[1])}))
    application.exitQgis()
