"""What is sent and taken: the media types by name, and how wide a table may be."""

from typing import Final

__all__ = ["CSV", "FORM", "GEOJSON", "JSON", "MOST_COLUMNS", "XLSX"]

CSV: Final = "text/csv"
FORM: Final = "multipart/form-data"
GEOJSON: Final = "application/geo+json"
JSON: Final = "application/json"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: Of a table that is sent, to be stored or enriched; ACLED's has 31, UCDP's 49.
MOST_COLUMNS: Final = 256
