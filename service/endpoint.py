"""Endpoints: each declared once beside its function, with what the rest of the service needs to know of it.

A declaration says where the endpoint is and what it answers; whether it writes, and whether it may tell where
sensitive places are (:mod:`service.audit`); what its answers are made of, which decides how long they may be
kept; and who may ask. A function takes its parameters as a model of :mod:`service.params`, and returns a
value of the library: the answer's model reads that by its attributes, writes it as JSON and makes the schema
of the OpenAPI document. ::

    api = Endpoints("names", tag="Places")


    @api.get("/v1/resolve", "Which place does a spelling mean?", Resolution)
    def resolve(query: ResolveParams) -> Reply: ...

Answers made of the gazetteer alone are kept as bytes: reports repeat the same few thousand names. An ETag
names the version of what an answer is made of, with the address and the headers that choose a representation:
so it is known before anything is computed, and a request that brings it back is answered with 304 at once. At
tier "public" anyone's cache may keep what is said of places for an hour; at the others no cache may keep an
answer, or positions of hospitals would lie on a disk that may be seized.
"""

import inspect
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial, update_wrapper
from hashlib import blake2b
from threading import BoundedSemaphore, Lock
from typing import Any, Literal, TypeVar

from flask import Flask, Response, current_app, g, request
from pydantic import BaseModel
from werkzeug.exceptions import ServiceUnavailable

from gazetteer.values import AdminUnit, Place
from service.databases import StoreError
from service.params import Body, NoParams, Params, read_body, read_query
from service.tiers import seen

F = TypeVar("F", bound=Callable[..., Any])
#: What answers are made of: the gazetteer alone; incidents too; or what is another each time.
MadeOf = Literal["gazetteer", "incidents", "now"]
_VARY = "Accept, Accept-Encoding, Accept-Language, Authorization, Origin"
#: Seconds for which another's cache may keep what a public server says of places.
_PUBLIC_AGE_S = 3600
#: Bytes of answers that are kept, and the longest that is.
_KEPT_BYTES, _LONGEST_KEPT = 16_000_000, 16_000
#: Tables that are worked on at a time, and that may wait for it: of the server's threads some are left for
#: everything else.
_TABLES_AT_ONCE, _TABLES_WAITING = 4, 6


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint, declared."""

    path: str = ""
    summary: str = ""
    answer: type[BaseModel] | None = None  # None where the function writes the answer itself
    function: Callable[..., Any] = field(default=lambda: None, repr=False)
    name: str = ""
    tag: str = ""
    method: str = "GET"
    description: str = ""
    media: Mapping[str, Any] = field(default_factory=dict)  # where it isn't JSON: models by media type
    sent: Mapping[str, Any] = field(default_factory=dict)  # of a body that is no JSON model: the same
    statuses: tuple[int, ...] = ()  # problems that not every endpoint may answer with
    writes: bool = False
    tells: bool = True
    made_of: MadeOf = "gazetteer"
    open: bool = False  # to everybody, however often they ask: it tells nothing but that the server is up
    operator: bool = False  # for this machine, or a key of the operator's
    page: bool = False  # for people: no part of the OpenAPI document
    file: bool = False  # of a page: it costs little, and one look at the map asks for two dozen
    heavy: bool = False  # works on a table

    @property
    def media_type(self) -> str:
        """What the answer is sent as, unless the function says otherwise."""
        return next(iter(self.media), "application/json")

    @property
    def parameters(self) -> type[Params]:
        """The model of the query's parameters."""
        found: type[Params] = _hints(self.function).get("query", NoParams)
        return found

    @property
    def body(self) -> type[Body] | None:
        """The model of a JSON body."""
        return _hints(self.function).get("body")


def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    return inspect.get_annotations(function, eval_str=True)


#: What is taken of routes in other people's shapes, and of files.
_UNDECLARED = Endpoint()


@dataclass(frozen=True, slots=True)
class Reply:
    """What a function answers: a value that the answer's model reads, and whose sources are to be quoted."""

    value: Any
    places: Iterable[Place] = ()
    areas: Iterable[AdminUnit] = ()


class Endpoints:
    """The endpoints of a resource, in a module of :mod:`service.api`."""

    def __init__(self, name: str, *, tag: str = "") -> None:
        self.name, self.tag = name, tag
        self.declared: list[Endpoint] = []

    def get(
        self, path: str, summary: str = "", answer: type[BaseModel] | None = None, **rest: Any
    ) -> Callable[[F], F]:
        """Declare the function below as what answers GET."""
        return partial(self._declare, "GET", path, summary, answer, rest)

    def post(
        self, path: str, summary: str, answer: type[BaseModel] | None = None, **rest: Any
    ) -> Callable[[F], F]:
        """Declare the function below as what answers POST."""
        return partial(self._declare, "POST", path, summary, answer, rest)

    def delete(
        self, path: str, summary: str, answer: type[BaseModel] | None = None, **rest: Any
    ) -> Callable[[F], F]:
        """Declare the function below as what answers DELETE."""
        return partial(self._declare, "DELETE", path, summary, answer, rest)

    def _declare(
        self,
        method: str,
        path: str,
        summary: str,
        answer: type[BaseModel] | None,
        rest: dict[str, Any],
        function: F,
    ) -> F:
        name = f"{self.name}.{function.__name__}"
        self.declared.append(Endpoint(path, summary, answer, function, name, self.tag, method, **rest))
        return function


class _Answers:
    """Answers as bytes with the places that they tell of; the latest used ones are kept."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str, bytes], tuple[bytes, dict[str, str]]] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def get(self, key: tuple[str, str, bytes]) -> tuple[bytes, dict[str, str]] | None:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def keep(self, key: tuple[str, str, bytes], body: bytes, told: dict[str, str]) -> None:
        if len(body) + len(key[2]) > _LONGEST_KEPT:
            return
        with self._lock:
            if key not in self._kept:
                self._bytes += len(body) + len(key[2])
            self._kept[key] = body, told
            while self._bytes > _KEPT_BYTES:
                (_, _, asked), (gone, _) = self._kept.popitem(last=False)
                self._bytes -= len(gone) + len(asked)


def init_endpoints(app: Flask, modules: Iterable[Endpoints]) -> None:
    """Add the endpoints' routes, and the ETags and cache headers of every answer."""
    every = [one for module in modules for one in module.declared]
    app.extensions["gazetteer.endpoints"] = {one.name: one for one in every}
    app.extensions["gazetteer.answers"] = _Answers()
    turns = (
        BoundedSemaphore(_TABLES_AT_ONCE + _TABLES_WAITING),
        BoundedSemaphore(_TABLES_AT_ONCE),
    )
    for one in every:
        view = partial(_view, one, one.parameters, one.body)
        if one.heavy:
            view = partial(_in_turn, *turns, view)
        update_wrapper(view, one.function)
        app.add_url_rule(one.path, one.name, view, methods=[one.method])
    app.before_request(_answer_unchanged)
    app.after_request(_name_version)


def declared() -> Endpoint:
    """Return the declaration of the endpoint that the current request is for."""
    endpoints: dict[str | None, Endpoint] = current_app.extensions["gazetteer.endpoints"]
    return endpoints.get(request.endpoint, _UNDECLARED)


def _view(endpoint: Endpoint, parameters: type[Params], body: type[Body] | None, **given: Any) -> Response:
    """Answer a request by the function of its endpoint."""
    is_kept = endpoint.method == "GET" and endpoint.made_of == "gazetteer" and endpoint.answer is not None
    answers: _Answers = current_app.extensions["gazetteer.answers"]
    key = (seen().tier, request.path, request.query_string)
    if is_kept and (kept := answers.get(key)) is not None:
        g.setdefault("told", {}).update(kept[1])
        return Response(kept[0], content_type=endpoint.media_type)
    given["query"] = read_query(parameters)
    if body is not None:
        given["body"] = read_body(body)
    if parameters is NoParams:
        del given["query"]
    found = endpoint.function(**given)
    if endpoint.answer is None or isinstance(found, Response):
        return current_app.make_response(found)
    written = _written(endpoint.answer, found)
    if is_kept:
        answers.keep(key, written, dict(g.get("told", {})))
    return Response(written, content_type=endpoint.media_type)


def _written(model: type[BaseModel], found: Any) -> bytes:
    """Return a value of the library as JSON, with the lines to quote for it."""
    if not isinstance(found, Reply):
        return model.model_validate(found).model_dump_json(by_alias=True).encode() + b"\n"
    made = model.model_validate(found.value)
    made.attribution = seen().quoted(found.places, found.areas)  # type: ignore[attr-defined]
    return made.model_dump_json(by_alias=True).encode() + b"\n"


def _in_turn(
    door: BoundedSemaphore, turns: BoundedSemaphore, view: Callable[..., Response], **given: Any
) -> Response:
    """Answer a request for one of few turns, which ends once the answer is worked out."""
    if not door.acquire(blocking=False):
        raise ServiceUnavailable("the server works on others' tables: send it again soon", retry_after=5)

    def leave() -> None:
        turns.release()
        door.release()

    turns.acquire()
    try:
        response = view(**given)
    except BaseException:
        leave()
        raise
    if response.is_streamed:
        response.call_on_close(leave)
    else:
        leave()
    return response


# ------------------------------------------------------------------------------------------- caching


def _answer_unchanged() -> Response | None:
    """Name the version of the answer, and answer 304 where the client has it."""
    endpoint = declared()
    if endpoint.made_of == "now" or request.method not in ("GET", "HEAD"):
        return None
    g.etag = tag = _etag(endpoint)
    if "HTTP_IF_NONE_MATCH" not in request.environ or request.if_none_match.star_tag:
        return None
    return Response(status=304) if request.if_none_match.contains_weak(tag) else None


def _name_version(response: Response) -> Response:
    """Give an answer its ETag, and say how long it may be kept."""
    headers = response.headers
    headers["Vary"] = _VARY
    if response.status_code in (200, 206, 304) and "ETag" in headers:  # a file, which has its own
        response.set_etag(response.get_etag()[0] or "", weak=True)
        headers.setdefault("Cache-Control", "no-cache")
    elif response.status_code in (200, 304) and (tag := g.get("etag")):
        headers["ETag"] = f'W/"{tag}"'
        headers.setdefault("Cache-Control", _may_be_kept(declared()))
        if "HTTP_IF_NONE_MATCH" in request.environ and response.status_code == 200:
            response.make_conditional(request)  # "*", which any answer meets
    else:
        headers.setdefault("Cache-Control", "no-store")
    return response


def _etag(endpoint: Endpoint) -> str:
    change: object = ""
    if endpoint.made_of == "incidents":
        try:
            change = seen().incidents.store.change()
        except StoreError:  # the map can be shown without it; what can't will say so
            change = "unreadable"
    environ = request.environ
    headers = (environ.get(name, "") for name in ("QUERY_STRING", "HTTP_ACCEPT", "HTTP_ACCEPT_LANGUAGE"))
    parts = (seen().version, str(change), environ["PATH_INFO"], *headers)
    return blake2b("\n".join(parts).encode("utf-8", "surrogateescape"), digest_size=12).hexdigest()


def _may_be_kept(endpoint: Endpoint) -> str:
    if seen().tier != "public":
        return "private, no-cache" if endpoint.page else "no-store"
    lasts = endpoint.made_of == "gazetteer" and not endpoint.page
    return f"public, max-age={_PUBLIC_AGE_S}" if lasts else "public, no-cache"
