"""HDX datasets: from the CKAN answer ``package_show`` to the resources that are wanted.

HDX gives each upload a new address, so only the dataset's name stands in ``sources.toml``. The answer
lists the resources with format, address and the time of their last change; the wanted ones are chosen
by format and, where one is enough, by that time. So a new release is found under whatever name it has.

Keys as in CKAN's API guide (``package_show``): ``success``, ``result.resources[]`` with ``id``, ``name``,
``format``, ``url``, ``hash``, ``last_modified``, ``created``, ``url_type``, ``state``.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any, Final
from urllib.parse import quote, unquote, urljoin, urlsplit

from geodata.fetch import FetchError
from geodata.sources import HdxDataset

__all__ = ["Resource", "package_address", "safe_name", "wanted_resources"]

_HDX: Final = "https://data.humdata.org"
_ENDINGS: Final = {"shp": "zip", "geojson": "geojson", "gpkg": "gpkg", "xlsx": "xlsx", "csv": "csv"}
#: How uploaders write the formats, once "zipped" and punctuation are gone.
_FORMATS: Final = {
    "shapefile": "shp",
    "shapefiles": "shp",
    "esri shapefile": "shp",
    "geopackage": "gpkg",
    "excel": "xlsx",
}
_LONGEST_NAME: Final = 120


@dataclass(frozen=True, slots=True)
class Resource:
    """One file of a dataset.

    Parameters
    ----------
    id
        CKAN's id of it.
    name
        A file name that is safe on this disk, made from its address.
    format
        "shp", "geojson", "gpkg", "xlsx", "csv" or whatever else the uploader wrote, in lower case.
    url
        Its address.
    checksum
        As published; empty where none is, and where the file lies elsewhere than on HDX: such a
        checksum is of the day when HDX last looked, and need not be that of today's file.
    changed
        When it was last changed, ISO 8601, or empty.
    """

    id: str
    name: str
    format: str
    url: str
    checksum: str
    changed: str

    @property
    def release(self) -> str:
        """The day of the last change, ISO; empty where it is not known."""
        return self.changed[:10] if re.match(r"\d{4}-\d\d-\d\d", self.changed) else ""


def package_address(dataset: str) -> str:
    """Return the address of the API's answer about a dataset.

    Examples
    --------
    >>> package_address("cod-ab-syr")
    'https://data.humdata.org/api/3/action/package_show?id=cod-ab-syr'
    """
    return f"{_HDX}/api/3/action/package_show?id={quote(dataset, safe='')}"


def wanted_resources(answer: Any, wanted: HdxDataset) -> tuple[Resource, ...]:
    """Choose from an answer of ``package_show`` what is wanted of a dataset.

    Parameters
    ----------
    answer
        The answer, as read from JSON.
    wanted
        Which formats, how many, and what to pass over.

    Returns
    -------
    tuple of Resource
        At least one, ordered by name; no two have the same name.

    Raises
    ------
    FetchError
        If the answer is not of that form, or the dataset has nothing in a wanted format.
    """
    try:
        if answer["success"] is not True:
            raise ValueError("success is not true")
        rows = answer["result"]["resources"]
        resources = [_resource(row) for row in rows if row.get("state", "active") == "active"]
        resources = [one for one in resources if urlsplit(one.url).scheme in ("http", "https")]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise FetchError(
            f"HDX's answer about {wanted.dataset} has another form than expected ({error!r}): see whether a"
            " newer conflict-gazetteer knows it"
        ) from error
    resources = [one for one in resources if not any(word in one.name.casefold() for word in wanted.skip)]
    for form in wanted.formats:
        of_form = [one for one in resources if one.format == form]
        if of_form and wanted.take == "newest":
            return (max(of_form, key=lambda one: (one.changed, one.name)),)
        if of_form:
            return tuple(sorted(_distinct(of_form), key=lambda one: one.name))
    there = ", ".join(sorted({one.format for one in resources})) or "nothing"
    raise FetchError(
        f"HDX's dataset {wanted.dataset} has no file as {' or '.join(wanted.formats)}, only {there}:"
        " download it by hand into the folder"
    )


def safe_name(text: str, *, otherwise: str) -> str:
    """Return a file name without folders, made from the last part of a path that a server gave.

    Examples
    --------
    >>> safe_name("/download/../..%2Fetc/pass wd?.zip", otherwise="x.zip")
    'pass wd_.zip'
    >>> safe_name("/download/..", otherwise="x.zip")
    'x.zip'
    """
    last = PurePosixPath(unquote(text).replace("\\", "/")).name
    name = re.sub(r"[^\w .()+-]", "_", last).strip(" .")
    if len(name) > _LONGEST_NAME:
        name = name[: _LONGEST_NAME // 2] + name[-_LONGEST_NAME // 2 :]
    return name or otherwise


def _resource(row: Mapping[str, Any]) -> Resource:
    url = urljoin(_HDX, row["url"] or row.get("download_url") or "")
    path = urlsplit(url).path
    form = _format(str(row.get("format") or ""), path)
    hosted = str(row.get("url_type") or "upload") == "upload"
    return Resource(
        id=str(row["id"]),
        name=safe_name(
            path, otherwise=f"{safe_name(str(row['id']), otherwise='file')}.{_ENDINGS.get(form, form)}"
        ),
        format=form,
        url=url,
        checksum=str(row.get("hash") or "") if hosted else "",
        changed=str(row.get("last_modified") or row.get("created") or ""),
    )


def _format(written: str, path: str) -> str:
    plain = re.sub(r"\bzip(ped)?\b|[^a-z ]", " ", written.casefold())
    plain = " ".join(plain.split())
    form = _FORMATS.get(plain, plain)
    if form:
        return form
    name = PurePosixPath(path).name.casefold()  # "zip", or nothing: the file name says more
    return next((known for known in _ENDINGS if re.search(rf"[._]{known}\b", name)), "zip")


def _distinct(resources: Sequence[Resource]) -> list[Resource]:
    """Give resources of the same name their ids as well."""
    seen = Counter(one.name.casefold() for one in resources)
    return [
        replace(one, name=f"{safe_name(one.id, otherwise='file')[:8]}-{one.name}")
        if seen[one.name.casefold()] > 1
        else one
        for one in resources
    ]
