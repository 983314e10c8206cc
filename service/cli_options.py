"""The options of `gazetteer-serve`, each with what it says of itself."""

from pathlib import Path
from typing import Annotated

import typer

from service.settings import LogLevel
from service.tiers import Tier

__all__ = [
    "AllowedHosts",
    "AllowedOrigins",
    "AuditLog",
    "CalibrationFile",
    "GazetteerFile",
    "Host",
    "IncidentTable",
    "KeyFile",
    "KeyRate",
    "Level",
    "MostAtOnce",
    "MostMegabytes",
    "MostRows",
    "MostSeconds",
    "Port",
    "Rate",
    "RatesAt",
    "SensitiveKinds",
    "Store",
    "Tiles",
    "TilesAttribution",
    "TrustedProxies",
    "WhichTier",
    "WithheldNames",
    "Workers",
]

Host = Annotated[
    str,
    typer.Option(help="The address to listen on. Any but this machine's own needs keys, or --tier public."),
]
Port = Annotated[int, typer.Option(help="The port; 0 for any free one.", min=0, max=65535)]
GazetteerFile = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="The gazetteer file. [default: $GAZETTEER_FILE, else the embedded one]"
    ),
]
CalibrationFile = Annotated[
    Path | None,
    typer.Option(
        "--calibration",
        metavar="FILE",
        help="What 'gazetteer calibrate' made. [default: $GAZETTEER_CALIBRATION, else the packaged one]",
    ),
]
IncidentTable = Annotated[Path | None, typer.Option(metavar="TABLE", help="An incident table to load.")]
Store = Annotated[
    str | None,
    typer.Option(
        metavar="FILE", help="Where incidents are kept; made if it isn't there. Or a database: postgresql://…"
    ),
]
KeyFile = Annotated[
    Path | None,
    typer.Option(
        "--keys",
        metavar="FILE",
        help="The keys that are accepted; see 'gazetteer-serve keys'. [default: that in the user's settings "
        "folder, if it is there]",
    ),
]
AuditLog = Annotated[
    Path | None,
    typer.Option(
        "--audit",
        metavar="FILE",
        help="Where is written down who wrote, and who was told where sensitive places are. [default with "
        "keys: audit.jsonl beside the store, else in the user's state folder]",
    ),
]
Workers = Annotated[int, typer.Option(help="How many processes.", min=1, max=64)]
MostMegabytes = Annotated[
    int, typer.Option(metavar="MB", help="The largest body that is taken: a table.", min=1, max=1000)
]
WhichTier = Annotated[
    Tier,
    typer.Option(
        help="What a request without a key sees of sensitive places: full: where they are; partner: 0.01 "
        "degrees; public: 0.1 degrees. From elsewhere such requests are answered at public alone."
    ),
]
Tiles = Annotated[
    str | None, typer.Option(metavar="URL", help="Map tiles, with {z}, {x} and {y} in the address.")
]
TilesAttribution = Annotated[
    str, typer.Option(metavar="TEXT", help="What the licence of the tiles asks to be shown.")
]
SensitiveKinds = Annotated[
    list[str] | None,
    typer.Option(metavar="KIND", help="A kind of place that is sensitive too, as camp; repeatable."),
]
WithheldNames = Annotated[
    list[str] | None,
    typer.Option(metavar="TIER", help="A tier at which sensitive places have no names either; repeatable."),
]
AllowedOrigins = Annotated[
    list[str] | None,
    typer.Option(
        metavar="ORIGIN", help="A web origin whose pages may read, as https://example.org; repeatable."
    ),
]
AllowedHosts = Annotated[
    list[str] | None, typer.Option(metavar="NAME", help="A name that the server is reached by; repeatable.")
]
MostRows = Annotated[int, typer.Option(metavar="ROWS", help="The most rows of a table that is taken.", min=1)]
MostSeconds = Annotated[
    float, typer.Option(metavar="SECONDS", help="How long an answer may be computed.", min=0.1)
]
MostAtOnce = Annotated[
    int,
    typer.Option(metavar="N", help="Requests that a caller may have under way in a process.", min=1, max=12),
]
Rate = Annotated[str, typer.Option(metavar="RATE", help="What an address may ask without a key, or none.")]
KeyRate = Annotated[str, typer.Option(metavar="RATE", help="What a key may ask, or none.")]
RatesAt = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        envvar="GAZETTEER_RATE_LIMITS_AT",
        help="A Redis in which several servers count, as redis://host:6379; one with a password goes into "
        "the environment variable.",
    ),
]
TrustedProxies = Annotated[
    int,
    typer.Option(metavar="N", help="How many proxies in front add to X-Forwarded-For.", min=0, max=10),
]
Level = Annotated[LogLevel, typer.Option(help="debug also logs what was asked, which is sensitive.")]
