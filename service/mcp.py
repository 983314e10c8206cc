"""The command `gazetteer-mcp`: a door for agents, in the Model Context Protocol.

Each tool is an endpoint of the service under a name of its own. Its arguments are the endpoint's parameters,
which the endpoint checks, and its answer is the endpoint's without the long parts. So an agent is told
nothing that the service wouldn't tell at the same tier, and what the service refuses, the tool refuses in the
same sentence.

With ``--url`` a running service is asked. Without, one is made inside this process and asked without a
network. Sensitive places are then shown at tier "public" unless the operator says otherwise with ``--tier``:
what an agent reads is likely to leave the machine. With ``--url`` and no ``--tier``, a key decides; without
a key, a service that shows more than "public" isn't asked.

The SDK is an extra, so that it is imported only when a door is opened.
"""

import inspect
import json
import os
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, Final

import httpx
import typer
from pydantic import BaseModel

from gazetteer.cli.running import application
from gazetteer.errors import GazetteerError, InputError
from gazetteer.lookups import library_version
from gazetteer.privacy.tiers import TIERS, Tier
from service.api.incidents import AskParams
from service.api.names import DistanceParams, GeoparseBody, ResolveParams, ReverseParams
from service.cli import setting_option
from service.errors import PROBLEMS
from service.ogc.incidents import COMPUTED, IncidentsParams
from service.settings import Settings, is_loopback, settings_of
from service.tiers import NoIncidentsError

if TYPE_CHECKING:
    from mcp.server import Server

#: The variable with the key for the service behind ``--url``: command lines can be read by others.
TOKEN_VARIABLE: Final = "GAZETTEER_TOKEN"  # nosec B105 # a name, no password
#: Seconds to wait for an answer; a long report takes the service some of them.
_TIMEOUT_S: Final = 60.0
#: How many reasons of a match are given, rows of an answer to a question, and incidents that are left open.
_REASONS, _ROWS, _UNDECIDED = 2, 20, 5
#: What a server here is asked as; no name is looked up.
_HERE: Final = "http://localhost"
_INSTRUCTIONS: Final = (
    "Places of Syria, by the names that reports give them. Take a place as meant only where the status is "
    "resolved or several: ambiguous and unresolved answers list candidates for a person to choose from. "
    "Confidence is the probability that the named place is right, and uncertainty_m a radius in metres: say "
    "both. A place with generalised_to_deg stands in the middle of a cell of that many degrees, not where it "
    "is. Quote the lines in sources."
)


class RefusedError(GazetteerError):
    """A tool can't answer; the sentence says why, and what to do."""


# ------------------------------------------------------------------------------------- short answers

Json = dict[str, Any]


def _areas(chain: list[Json]) -> str:
    """Write the areas that something lies in, the narrowest first."""
    return ", ".join(f"{unit['name']} ({unit['pcode']})" for unit in reversed(chain))


def _place(place: Json) -> Json:
    names = ("id", "name", "name_ar", "kind", "latitude", "longitude", "uncertainty_m")
    more = ("position_basis", "valid_from", "valid_to", "generalised_to_deg")
    found = {name: place[name] for name in names} | {"areas": _areas(place["admin"])}
    return found | {name: place[name] for name in more if place.get(name)}


def _is_place(found: object) -> bool:
    return isinstance(found, dict) and "admin" in found


def _match(match: Json) -> Json:
    return {
        **_place(match["place"]),
        "uncertainty_m": match["uncertainty_m"],
        "confidence": match["confidence"],
        "why": "; ".join(match["reasons"][:_REASONS]),
    }


def _resolution(answer: Json) -> Json:
    """Return what a spelling means; where it means several places, only these."""
    matches = answer["places"] or answer["matches"]
    found = {"status": answer["status"], "matches": [_match(one) for one in matches]}
    return found | {name: answer[name] for name in ("unread", "country") if answer[name]}


def _report(answer: Json) -> Json:
    names = ("mention", "start", "end", "main")
    mentions = [
        {**{name: one[name] for name in names}, **_resolution({**one, "matches": one["matches"][:2]})}
        for one in answer["mentions"]
    ]
    return {"about": answer["about"], "mentions": mentions}


def _located(answer: Json) -> Json:
    nearest = answer["nearest"] and {**_place(answer["nearest"]), "distance_m": answer["nearest_distance_m"]}
    found = {"areas": _areas(answer["admin"]), "areas_known": answer["admin_method"], "nearest": nearest}
    return found | {name: answer[name] for name in ("outside_country", "hint") if answer[name]}


def _distance(answer: Json) -> Json:
    names = ("distance_m", "min_m", "max_m", "azimuth_deg", "compass")
    found = {name: answer[name] for name in names}
    return {**found, "from": _place(answer["from"]), "to": _place(answer["to"]), "hint": answer["hint"]}


def _near(answer: Json) -> Json:
    return {
        "summary": answer["summary"],
        "incidents": [_incident(one["properties"]) for one in answer["features"]],
        "undecided": answer["undecided"][:_UNDECIDED],
    }


def _incident(properties: Json) -> Json:
    """Return what was computed of an incident and what happened, without the other cells of its row."""
    known = {name.removeprefix(COMPUTED): cell for name, cell in properties.items() if COMPUTED in name}
    known |= {name: properties[name] for name in ("kind", "killed", "injured") if name in properties}
    return {name: cell for name, cell in known.items() if cell not in (None, "", [])}


def _question(answer: Json) -> Json:
    counts = answer["summary"].items()
    return {
        "read_as": answer["read_as"],
        "summary": {name: _place(one) if _is_place(one) else one for name, one in counts},
        "rows": answer["rows"][:_ROWS],
        "undecided": answer["undecided"][:_UNDECIDED],
    }


# -------------------------------------------------------------------------------------------- tools


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool: the endpoint behind it, which of its parameters an agent may use, and its answer made short."""

    path: str
    parameters: type[BaseModel]
    names: tuple[str, ...]
    does: str
    short: Callable[[Json], Json]
    needs: tuple[str, ...] = ()  # parameters that the endpoint can do without
    given: Mapping[str, Any] = field(default_factory=dict)  # unless the agent gives another
    method: str = "GET"

    @property
    def schema(self) -> Json:
        """The JSON schema of the arguments."""
        whole = self.parameters.model_json_schema(by_alias=True)
        properties = {name: whole["properties"][name] for name in self.names}
        for name, value in self.given.items():
            properties[name] = {**properties[name], "default": value}
        needed = [name for name in self.names if name in {*whole.get("required", ()), *self.needs}]
        found = {
            "type": "object",
            "properties": properties,
            "required": needed,
            "additionalProperties": False,
        }
        return found | ({"$defs": whole["$defs"]} if "$defs" in whole else {})


TOOLS: Final[Mapping[str, Tool]] = {
    "resolve": Tool(
        "/v1/resolve",
        ResolveParams,
        ("text", "area", "kind", "limit"),
        "Which place does a spelling mean? In English or Arabic, with the words round it.",
        _resolution,
        given={"limit": 3},
    ),
    "geoparse": Tool(
        "/v1/geoparse",
        GeoparseBody,
        ("text", "local"),
        "Which places does a report name, and which is the place of the event (main)? Where about is empty, "
        "the text doesn't say that it is about Syria, and nothing was looked for: set local if it is.",
        _report,
        method="POST",
    ),
    "reverse": Tool(
        "/v1/reverse",
        ReverseParams,
        ("latitude", "longitude"),
        "Which areas hold a position, and which settlement is nearest?",
        _located,
    ),
    "distance": Tool(
        "/v1/distance",
        DistanceParams,
        ("from", "to"),
        "How far is it from one place to another, and in which direction? min_m and max_m say what the "
        "places' radii leave open.",
        _distance,
    ),
    "near": Tool(
        "/ogc/collections/incidents/items",
        IncidentsParams,
        ("near", "within", "area", "from", "to", "kind", "certainty", "limit"),
        "Which incidents lie within a distance of a kind of place, or of one place? The summary counts them "
        "all.",
        _near,
        needs=("near", "within"),
        given={"limit": 10},
    ),
    "ask": Tool(
        "/v1/ask",
        AskParams,
        ("question",),
        "A question about incidents or distances in plain words, in English or Arabic: how many, near what, "
        "in which area, between which days. read_as says how it was understood.",
        _question,
    ),
}


@dataclass(frozen=True, slots=True)
class Door:
    """The tools, answered by a service.

    Parameters
    ----------
    client
        What the service is asked with.
    most
        The tier that may be told at most; None where the service itself is to decide, or was made for it.
    is_here
        Whether the service was made here, with the options of this program.
    """

    client: httpx.Client
    most: Tier | None = None
    is_here: bool = False

    def call(self, name: str, arguments: Mapping[str, Any]) -> Json:
        """Return the short answer of a tool in plain JSON types, with the lines to quote in ``sources``.

        Raises
        ------
        RefusedError
            If there is no such tool or argument, the service refuses, or it can't be asked.
        """
        if (tool := TOOLS.get(name)) is None:
            raise RefusedError(f"there is no tool {name!r}: use one of {', '.join(TOOLS)}")
        given = {**tool.given, **{one: value for one, value in arguments.items() if value is not None}}
        if unknown := given.keys() - set(tool.names):
            raise RefusedError(f"{name} takes {', '.join(tool.names)}, not {min(unknown)!r}")
        if missing := [one for one in tool.schema["required"] if one not in given]:
            raise RefusedError(f"{name} needs {missing[0]!r}: give it")
        self.check()
        body = {"json": given} if tool.method == "POST" else {"params": _as_sent(given)}
        answer = self._ask(tool.method, tool.path, **body)
        try:
            return {**tool.short(answer), "sources": answer["attribution"]}
        except (KeyError, TypeError) as error:
            raise self._is_other() from error

    def check(self) -> None:
        """Refuse a service that shows more than may be told: another may answer there than yesterday."""
        if self.most is None:
            return
        tier = self._ask("GET", "/v1/info").get("tier")
        if tier not in TIERS:
            raise self._is_other()
        if TIERS.index(tier) < TIERS.index(self.most):
            raise RefusedError(
                f"the service at {self.client.base_url} answers at tier {tier}, and an agent may be told no "
                f"more than {self.most}: give --tier {self.most} to that one, or --tier {tier} here"
            )

    def _ask(self, method: str, path: str, **request: Any) -> Json:
        try:
            response = self.client.request(method, path, headers={"Accept": "application/json"}, **request)
            answer = response.json()
        except UnicodeEncodeError as error:  # JSON alone can write half of a character
            raise RefusedError("an argument holds half of a character: correct it") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise RefusedError(
                f"the service at {self.client.base_url} can't be asked ({error}): see that it runs there"
            ) from error
        except ValueError as error:
            raise self._is_other() from error
        if not isinstance(answer, dict):
            raise self._is_other()
        if not response.is_success:
            if self.is_here and answer.get("title") == PROBLEMS[NoIncidentsError].title:
                raise RefusedError("there are no incidents: start gazetteer-mcp with --incidents TABLE")
            raise RefusedError(
                str(answer.get("detail") or f"the service answers with {response.status_code}")
            )
        return answer

    def _is_other(self) -> RefusedError:
        return RefusedError(
            f"what answers at {self.client.base_url} is no gazetteer service of version {library_version()}: "
            "give the address of one"
        )


def _as_sent(given: Mapping[str, Any]) -> dict[str, str]:
    """Return arguments as an address has them; the endpoint checks what they say."""
    for name, value in given.items():
        if not isinstance(value, str | int | float):
            raise RefusedError(
                f"{name} is one text or number, and no {type(value).__name__}: write it as such"
            )
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in given.items()}


def door_here(settings: Settings) -> Door:
    """Return the tools over a service that is made here, and sees what the tier in the settings sees."""
    from service.app import create_app

    transport = httpx.WSGITransport(app=create_app(settings))
    return Door(httpx.Client(transport=transport, base_url=_HERE, timeout=_TIMEOUT_S), is_here=True)


def door_to(url: str, *, token: str = "", tier: Tier | None = None) -> Door:
    """Return the tools over a running service.

    Parameters
    ----------
    url
        Where it is, as ``https://gazetteer.example.org``.
    token
        A key for it; "" for none.
    tier
        What an agent may be told at most; None leaves it to the key, and without one it is "public".

    Raises
    ------
    InputError
        If it is no address, or the key would travel unencrypted.
    """
    try:
        address = httpx.URL(url)
    except httpx.InvalidURL:
        address = httpx.URL("")
    if address.scheme not in ("http", "https") or not address.host:
        raise InputError(
            f"{url!r} is no address of a service: write it as https://example.org", parameter="url"
        )
    if token and address.scheme == "http" and not is_loopback(address.host):
        raise InputError(
            f"the key in {TOKEN_VARIABLE} would travel unencrypted to {url}: use https", parameter="url"
        )
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    client = httpx.Client(base_url=address, headers=headers, timeout=_TIMEOUT_S)
    return Door(client, tier or (None if token else "public"))


# -------------------------------------------------------------------------------------- the protocol


def server_of(door: Door) -> "Server[Any]":
    """Return a server of the protocol that answers by these tools; it has yet to be run."""
    from anyio import to_thread
    from mcp import types
    from mcp.server import Server

    listed = [
        types.Tool(
            name=name,
            description=tool.does,
            input_schema=tool.schema,
            annotations=types.ToolAnnotations(read_only_hint=True),
        )
        for name, tool in TOOLS.items()
    ]

    async def list_tools(_: Any, __: Any) -> types.ListToolsResult:
        return types.ListToolsResult(tools=listed)

    async def call_tool(_: Any, params: types.CallToolRequestParams) -> types.CallToolResult:
        try:
            found = await to_thread.run_sync(door.call, params.name, params.arguments or {})
        except GazetteerError as error:
            refusal = types.TextContent(type="text", text=str(error))
            return types.CallToolResult(content=[refusal], is_error=True)
        text = json.dumps(found, ensure_ascii=False, separators=(",", ":"))
        return types.CallToolResult(
            content=[types.TextContent(type="text", text=text)], structured_content=found
        )

    return Server(
        "gazetteer",
        version=library_version(),
        instructions=_INSTRUCTIONS,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


def _serve_streams(server: "Server[Any]") -> None:
    """Serve the program that started this one, over its standard input and output, until it closes them."""
    import anyio
    from mcp.server.stdio import stdio_server

    async def run() -> None:
        async with stdio_server() as (incoming, outgoing):
            await server.run(incoming, outgoing, server.create_initialization_options())

    anyio.run(run)


def _serve_http(server: "Server[Any]", port: int) -> None:
    """Serve programs of this machine over streamable HTTP, until told to stop: there are no keys here."""
    import uvicorn

    from service.server import listen

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # which uvicorn raises again once it has stopped
    made = server.streamable_http_app(host="127.0.0.1", stateless_http=True, json_response=True)
    with listen("127.0.0.1", port) as listener:
        typer.echo(f"Serving on http://127.0.0.1:{listener.getsockname()[1]}/mcp (stop with Ctrl-C)")
        uvicorn.Server(uvicorn.Config(made, log_level="warning")).run(sockets=[listener])


# --------------------------------------------------------------------------------------- the command

app = application("gazetteer-mcp")
#: The settings of the service that a door here takes too.
_SETTINGS: Final = (
    *("gazetteer", "calibration", "incidents", "publish", "public_table", "store", "audit"),
    *("sensitive", "withhold_names"),
)


def _open(
    *,
    url: Annotated[
        str | None,
        typer.Option(
            "--url",
            metavar="URL",
            help=f"Ask the service there, with the key in {TOKEN_VARIABLE} if it is set, instead of a file.",
        ),
    ] = None,
    tier: Annotated[
        str | None,
        typer.Option(
            "--tier",
            metavar="TIER",
            help="What an agent may be told at most of where sensitive places are: full, partner or public. "
            "[default: public; with --url and a key, what the key allows]",
        ),
    ] = None,
    http: Annotated[
        int | None,
        typer.Option(
            metavar="PORT",
            min=0,
            max=65535,
            help="Serve programs of this machine over HTTP on this port, instead of the one that starts it.",
        ),
    ] = None,
    **given: Any,
) -> None:
    """Open the gazetteer to an agent, by the Model Context Protocol."""
    most = next((one for one in TIERS if one == tier), None)
    if tier is not None and most is None:
        raise InputError(f"{tier!r} is not one of {', '.join(TIERS)}", parameter="tier")
    given = {name: value for name, value in given.items() if value not in (None, [])}
    if url is None:
        own: Json = {"tier": most or "public", "host": "127.0.0.1", "allowed_host": (), "keys": None}
        door = door_here(settings_of({**given, **own, "api_key": None}))
    elif given:
        option = next(iter(given)).replace("_", "-")
        raise InputError(f"--{option} is for a service made here, and --url asks another: leave one out")
    else:
        door = door_to(url, token=os.environ.get(TOKEN_VARIABLE, "").strip(), tier=most)
        door.check()
    try:
        server = server_of(door)
    except ModuleNotFoundError as error:
        raise InputError(
            "agents are served with a package that is missing: pip install 'conflict-gazetteer[mcp]'"
        ) from error
    if http is None:
        _serve_streams(server)
    else:
        _serve_http(server, http)


_own = [one for one in inspect.signature(_open).parameters.values() if one.name != "given"]
_options = [setting_option(name, Settings.model_fields[name]) for name in _SETTINGS]
_open.__signature__ = inspect.Signature([*_own, *_options])  # type: ignore[attr-defined] # typer reads it
_open.__annotations__ = {one.name: one.annotation for one in (*_own, *_options)}
app.callback(invoke_without_command=True)(_open)


def main() -> None:
    """Run the command."""
    app(prog_name="gazetteer-mcp")
