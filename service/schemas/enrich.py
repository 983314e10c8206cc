"""The body of `/v1/enrich`: the bytes of a table, alone or as the field `file` of a form."""

from typing import Final

from flask_openapi3.models import RawModel

__all__ = ["FORM", "MEDIA_TYPES", "XLSX", "EnrichBody"]

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORM: Final = "multipart/form-data"
#: Browsers and programs call a CSV by several names; what the bytes hold decides in the end.
MEDIA_TYPES: Final = (
    "text/csv",
    "text/tab-separated-values",
    "text/plain",
    "application/csv",
    "application/octet-stream",
    "application/vnd.ms-excel",
    XLSX,
    FORM,
)


class EnrichBody(RawModel):
    """The request as it came."""

    mimetypes: list[str] = ["text/csv", XLSX, FORM]  # noqa: RUF012 - the base class has it so
