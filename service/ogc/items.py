"""Items of a collection: a page of them, or one alone, as GeoJSON, as HTML for browsers or as CSV.

Pages are in one order, and `next` leads to the following one. Its cursor holds as long as what is listed is
the same; after that it is refused, so that no page is shifted unseen. Links are whole addresses, because GDAL
takes others for paths below the landing page.
"""

import datetime
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Annotated, Any, Generic, Literal, TypeVar
from urllib.parse import quote, urlencode

from flask import Response, render_template, request
from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from gazetteer.tables.formats.csv import neutralised, text_of
from service.answers import CSV, GEOJSON, JSON, Answer, Attribution, as_json
from service.cursors import cursor_at, held_in
from service.params import Box, Flag, Name, Params, Whole, read_day, said

HTML = "text/html"
#: The media types of each form of a page of items, of one item, and of what leads to them.
_ITEMS = {"json": GEOJSON, "html": HTML, "csv": CSV}
_ONE = {"json": GEOJSON, "html": HTML}
_PAGE = {"json": JSON, "html": HTML}
#: The forms beside GeoJSON, for the OpenAPI document.
FORMS = {HTML: str, CSV: str}
#: The most items in a page; who asks for more gets as many (OGC 17-069r4, 7.15.2). As many come unasked:
#: what reads a list by its address alone, as `geopandas.read_file` does, asks for no second page.
_MOST = 10_000
#: As many come unasked to a browser.
_MOST_ROWS = 100

F = TypeVar("F", bound=Answer)
Days = tuple[datetime.date | None, datetime.date | None]


def _day(text: str) -> datetime.date:
    """Read a day, or a time for the day that it names; GDAL sends 2016-05-01T for a day."""
    day, _, clock = text.upper().partition("T")
    with suppress(ValueError):
        datetime.time.fromisoformat(clock or "00")
        return read_day(day)
    raise ValueError(f"{text[:40]!r} is no day: write 2016-05-30, or 2016-05-30T12:00:00Z")


def _interval(text: str) -> Days:
    """Read a day, a time or an interval of them; ".." or nothing is an open end."""
    ends = [None if end in ("", "..") else _day(end) for end in text.split("/")]
    if len(ends) > 2 or not any(ends):
        raise ValueError(
            f"{text[:60]!r} is no day or interval: write 2016-05-01/2016-06-30, or ../2016-06-30"
        )
    first, last = ends[0], ends[-1]
    if first and last and last < first:
        raise ValueError(f"{text[:60]!r} ends before it begins")
    return first, last


_BOX = {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 6}
#: OGC's box, whose numbers have commas between them.
OgcBox = Annotated[Box, WithJsonSchema(_BOX)]
_Limit = Annotated[
    Whole,
    Field(ge=1),
    AfterValidator(lambda limit: min(limit, _MOST)),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": _MOST}),
]


class OneParams(Params):
    """Of one item, and of what leads to items."""

    f: Literal["json", "html"] | None = said("The form; without it, what the header Accept asks for.")


class ItemsParams(Params):
    """Of a page of items."""

    f: Literal["json", "html", "csv"] | None = said("The form; without it, what the header Accept asks for.")
    limit: _Limit | None = said(
        f"The most items in a page: at most {_MOST:,}, which come unasked; of HTML {_MOST_ROWS} do."
    )
    cursor: Name | None = said(
        "Where the page begins: part of the link `next`. 410 once what is listed has changed."
    )
    bbox: OgcBox | None = said(
        "Only what lies in this box: west,south,east,north in degrees.", [36.5, 35.8, 37, 36]
    )
    datetime: Annotated[Days, BeforeValidator(_interval), WithJsonSchema({"type": "string"})] | None = said(
        "A day or an interval, with `..` for an open end.", "2016-05-01/2016-06-30"
    )
    neutralise: Flag = said(
        "For CSV: whether to put an apostrophe before a cell that a spreadsheet would take for a formula.",
        default=False,
    )


class Link(Answer):
    """Where something else is."""

    href: str
    rel: str
    type: str
    title: str | None = Field(default=None, exclude_if=lambda title: title is None)


class Items(Answer, Generic[F]):
    """A page of items as GeoJSON, with what to quote."""

    type: Literal["FeatureCollection"]
    numberMatched: int = Field(ge=0, description="How many all pages have.")
    numberReturned: int = Field(ge=0, description="How many this one has.")
    timeStamp: datetime.datetime
    links: list[Link] = Field(description="`next` is there but on the last page.")
    attribution: Attribution
    features: list[F]


class One(Answer):
    """What a feature has when it comes alone."""

    links: list[Link] = Field(default=[], exclude_if=lambda links: not links)
    attribution: list[str] = Field(default=[], exclude_if=lambda lines: not lines)


#: A feature as GeoJSON has it.
Feature = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the items that were asked for."""

    features: Sequence[Feature]
    matched: int
    after: str | None  # the cursor of the next page
    quoted: Sequence[str]
    more: Mapping[str, Any] = field(default_factory=dict)  # members of our own


def span(query: ItemsParams, total: int, *, listed: str) -> tuple[slice, str | None]:
    """Return which of so many items the page has, and the cursor of the next one.

    `listed` is the version of what is listed.
    """
    asked = query.model_dump_json(exclude={"limit", "cursor", "f", "neutralise"})
    start = held_in(query.cursor, listed=listed, question=asked) if query.cursor else 0
    stop = start + (query.limit or (_MOST_ROWS if form_of(query.f, _ITEMS) == "html" else _MOST))
    return slice(start, stop), cursor_at(stop, listed=listed, question=asked) if stop < total else None


def written(query: ItemsParams, page: Page, *, title: str, prefix: str = "") -> Response:
    """Write a page in the form that was asked for; `prefix` stands before the names of our own columns."""
    form = form_of(query.f, _ITEMS)
    links = _links(form, _ITEMS, page.after)
    if form == "json":
        now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        body = {
            "type": "FeatureCollection",
            "numberMatched": page.matched,
            "numberReturned": len(page.features),
            "timeStamp": now,
            "links": links,
            "attribution": page.quoted,
            **page.more,
            "features": page.features,
        }
        return Response(as_json(body), content_type=GEOJSON)
    rows = [one["properties"] for one in page.features]
    names = dict.fromkeys(name for row in rows for name in row)
    columns = sorted(names, key=lambda name: name.startswith(prefix))  # the row's own come first
    cells = [[_cell(row.get(name)) for name in columns] for row in rows]
    if form == "html":
        table = [(one["id"], line) for one, line in zip(page.features, cells, strict=True)]
        about = {"title": title, "links": links, "quoted": page.quoted, "matched": page.matched}
        return _html(**about, **page.more, most=_MOST, columns=columns, rows=table)
    text = text_of([columns, *cells], guard=neutralised if query.neutralise else None)
    response = Response(text.encode(), content_type=f"{CSV}; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{title.casefold()}.csv"'
    for line in page.quoted:  # RFC 8288 and RFC 8187: a header holds no other letters
        response.headers.add("Link", f"</v1/info>; rel=\"license\"; title*=UTF-8''{quote(line, safe='')}")
    for one in links:
        if one["rel"] == "next":
            response.headers.add("Link", f'<{one["href"]}>; rel="next"; type="{one["type"]}"')
    return response


def written_alone(query: OneParams, feature: Feature, quoted: Sequence[str]) -> Response:
    """Write one item."""
    form = form_of(query.f, _ONE)
    links = [*_links(form, _ONE), link("collection", request.path.partition("/items/")[0])]
    if form == "html":
        facts = {name: _cell(value) for name, value in feature["properties"].items()}
        return _html(title=feature["id"], links=links, quoted=quoted, facts=facts)
    return Response(as_json({**feature, "links": links, "attribution": quoted}), content_type=GEOJSON)


def shown(query: OneParams, *, links: Sequence[Any] = (), **found: Any) -> Response:
    """Write what leads to items: its own facts, and its links."""
    form = form_of(query.f, _PAGE)
    found["links"] = [*_links(form, _PAGE), *links]
    if form == "html":
        return _html(**found)
    return Response(as_json(found), content_type=JSON)


def link(rel: str, path: str, media_type: str = JSON, title: str = "", **query: str) -> dict[str, Any]:
    """Return a link to a path of ours."""
    href = request.root_url.rstrip("/") + quote(path, safe="/:") + ("?" if query else "") + urlencode(query)
    return {"href": href, "rel": rel, "type": media_type, **({"title": title} if title else {})}


def form_of(asked: str | None, media: Mapping[str, str]) -> str:
    """Return the form to answer in: what `f` says, else what the header Accept likes best."""
    if asked is not None:
        return asked
    best = request.accept_mimetypes.best_match([*media.values(), JSON], media["json"])
    return next((form for form, media_type in media.items() if media_type == best), "json")


def _links(form: str, media: Mapping[str, str], after: str | None = None) -> list[dict[str, Any]]:
    """Return the links of the current answer: itself, the next page, and the whole in the other forms."""
    args = request.args.to_dict()
    asked = [("self", form, args)]
    if after is not None:
        asked.append(("next", form, args | {"cursor": after}))
    whole = {name: value for name, value in args.items() if name != "cursor"}
    asked += [("alternate", other, whole | {"f": other}) for other in media if other != form]
    return [link(rel, request.path, media[one], **query) for rel, one, query in asked]


def _html(**shown: Any) -> Response:
    return Response(render_template("ogc.html", **shown), content_type=f"{HTML}; charset=utf-8")


def _cell(value: Any) -> str:
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return "; ".join(value)
    if isinstance(value, list | dict | bool):
        return as_json(value).decode().strip()
    return "" if value is None else str(value)
