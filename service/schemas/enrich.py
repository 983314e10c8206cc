"""The body of `/v1/enrich`: the bytes of a table, alone or as the field `file` of a form."""

from typing import Final

from flask_openapi3.models import RawModel

from service.media import CSV, FORM, XLSX

__all__ = ["MEDIA_TYPES", "EnrichBody"]

#: Browsers and programs call a CSV by several names; what the bytes hold decides in the end.
MEDIA_TYPES: Final = (
    CSV,
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

    mimetypes: list[str] = [CSV, XLSX, FORM]  # noqa: RUF012 - the base class has it so
