"""The arguments and options of the command `gazetteer`, each said once.

A name that several commands take means the same in all of them.
"""

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from gazetteer.incidents import ColumnChoice
    from gazetteer.notation.dates import DayOrder

_FORMATS = ".csv, .tsv, .xlsx, .parquet, .geojson, .gpkg, .jsonl"
GazetteerFile = Annotated[
    Path | None,
    typer.Option(
        "--gazetteer",
        envvar="GAZETTEER_FILE",
        metavar="FILE",
        help="Gazetteer file; else the embedded default.",
    ),
]
CalibrationFile = Annotated[
    Path | None,
    typer.Option(
        "--calibration",
        envvar="GAZETTEER_CALIBRATION",
        metavar="FILE",
        help="What 'gazetteer calibrate' made; else the packaged calibration.",
    ),
]
Prior = Annotated[
    bool,
    typer.Option(
        "--prior/--no-prior",
        help="Whether to favour governorates that reports name more often, where no area is stated.",
    ),
]
CalibrationOutput = Annotated[
    Path, typer.Option("-o", "--output", metavar="JSON", help="The calibration to write.")
]
Draws = Annotated[
    int | None,
    typer.Option(
        "--draws", metavar="N", min=1, max=1_000, help="Write so many sampled positions of each row instead."
    ),
]
Seed = Annotated[
    int | None,
    typer.Option("--seed", metavar="NUMBER", min=0, help="Of the draws: another one, other draws."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]
MinConfidence = Annotated[
    float, typer.Option("--min-confidence", metavar="P", help="Confidence that counts as resolved, 0 to 1.")
]
Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="Replace the gaz_ columns that the table has already.")
]
Explode = Annotated[
    bool, typer.Option("--explode", help="Write a row for each of several places, numbered in gaz_row.")
]
Text = Annotated[
    str | None,
    typer.Option(
        "--text", metavar="COL", help="Column of notes, which tell the place where its cell leaves it open."
    ),
]
TableFile = Annotated[
    Path,
    typer.Argument(
        metavar="TABLE",
        help="CSV, TSV, Excel, OpenDocument, Parquet, GeoJSON, GeoPackage, KML, JSON, JSON lines.",
    ),
]
Report = Annotated[
    Path | None, typer.Option("--report", metavar="HTML", help="Page to write: counts, map, what to look at.")
]
ReviewFile = Annotated[
    Path | None,
    typer.Option("--review", metavar="CSV", help="File to write: doubtful strings, for a person to decide."),
]
DecisionsFile = Annotated[
    Path | None,
    typer.Option("--decisions", metavar="FILE", help="A review file that was filled in, to apply."),
]
AppendProvenance = Annotated[
    bool, typer.Option("--append-provenance", help="Append columns: library, gazetteer, sources.")
]
Length = Annotated[
    str, typer.Option("--within", metavar="LENGTH", help="A length with its unit: 5km, 800 m.")
]
Output = Annotated[
    Path,
    typer.Option(
        "-o",
        "--output",
        metavar="OUT",
        help=f"Table to write: {_FORMATS}; - for standard output.",
    ),
]
PlaceText = Annotated[str, typer.Argument(metavar="TEXT", help="A place as someone wrote it.")]
Areas = Annotated[
    list[str] | None,
    typer.Option("--area", metavar="AREA", help="Area it lies in, name or P-code; may be repeated."),
]
Kind = Annotated[
    str | None, typer.Option("--kind", metavar="KIND", help="What it is: town, hospital, bridge, …")
]
Limit = Annotated[int, typer.Option("--limit", metavar="N", min=1, help="At most so many matches.")]
Latitude = Annotated[str, typer.Argument(metavar="LAT", help="Degrees north.")]
Longitude = Annotated[str, typer.Argument(metavar="LON", help="Degrees east.")]
Start = Annotated[str, typer.Argument(metavar="FROM", help='A name or "lat,lon".')]
End = Annotated[str, typer.Argument(metavar="TO", help='A name or "lat,lon".')]
KindOrTable = Annotated[
    str, typer.Option("--of", metavar="KIND_OR_TABLE", help="A kind (hospital) or a table of places.")
]
ByFacility = Annotated[
    list[str] | None,
    typer.Option(
        "--by", metavar="WHAT", help="Count by area, by month, by both; or at each facility, by month too."
    ),
]
ByAreaOrMonth = Annotated[
    list[str] | None, typer.Option("--by", metavar="WHAT", help="area or month; may be repeated for both.")
]
IncidentKind = Annotated[
    str | None, typer.Option("--kind", metavar="KIND", help="Only what happened so, in the table's words.")
]
AllRows = Annotated[bool, typer.Option("--all", help="Show all rows, and not only the first 50.")]
IgnoreDates = Annotated[
    bool, typer.Option("--ignore-dates", help="Count places also on days when they did not exist.")
]
Impute = Annotated[
    bool,
    typer.Option(
        "--impute", help="Count rows that can't be said as often as the others of their governorate."
    ),
]
AreaOrPolygon = Annotated[
    str | None,
    typer.Option("--area", metavar="AREA", help="A name, a P-code, or a polygon in a .geojson file."),
]
FirstDay = Annotated[
    str | None, typer.Option("--from", metavar="DATE", help="The first day: 2016-05-30, May 2016, 2016.")
]
LastDay = Annotated[str | None, typer.Option("--to", metavar="DATE", help="The last day, included.")]
AnswerOutput = Annotated[
    Path | None,
    typer.Option("-o", "--output", metavar="OUT", help=f"Table to write: {_FORMATS}."),
]
QuestionText = Annotated[str, typer.Argument(metavar="QUESTION", help='"strikes within 5 km of a hospital"')]
Incidents = Annotated[Path | None, typer.Option("--incidents", metavar="TABLE", help="The incident table.")]
TrueLatitude = Annotated[str, typer.Option("--true-lat", metavar="COL", help="Column of known latitudes.")]
TrueLongitude = Annotated[str, typer.Option("--true-lon", metavar="COL", help="Column of known longitudes.")]
Processes = Annotated[
    int | None,
    typer.Option(
        "--processes", metavar="N", min=1, help="Resolve in so many processes; else two where it pays."
    ),
]
Engine = Annotated[
    str, typer.Option("--engine", metavar="NAME", help="local, or dask for the workers of a Dask cluster.")
]
Scheduler = Annotated[
    str | None,
    typer.Option(
        "--scheduler",
        metavar="ADDRESS",
        help="Scheduler of the Dask cluster, as in tcp://10.0.0.5:8786; else one is started here.",
    ),
]
Resume = Annotated[
    bool, typer.Option("--resume", help="Go on from the checkpoint of a run that was stopped.")
]
TextOrTable = Annotated[
    Path,
    typer.Argument(metavar="FILE", help="A text, or with --text a table of texts; - for standard input."),
]
TextColumn = Annotated[
    str | None, typer.Option("--text", metavar="COL", help="Column of a table that holds the texts.")
]
IdColumn = Annotated[
    str | None, typer.Option("--id", metavar="COL", help="Column of their ids; else the numbers of the rows.")
]
Local = Annotated[
    bool | None,
    typer.Option(
        "--local/--no-local",
        help="Take every text to be about the country, or only those that say so; else the first texts of a "
        "table tell.",
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress bar and no remarks, errors only.")]


def _sheet(prefix: str = "", of: str = "") -> Any:
    return typer.Option(f"--{prefix}sheet", metavar="NAME", help=f"Sheet or layer to read{of}.")


def _encoding(prefix: str = "", of: str = "") -> Any:
    words = f"Encoding of the text{of}: utf-8, windows-1256, …"
    return typer.Option(f"--{prefix}encoding", metavar="NAME", help=words)


Sheet = Annotated[str | None, _sheet()]
Encoding = Annotated[str | None, _encoding()]


@dataclass(frozen=True, slots=True)
class Reading:
    """How a table is read: its columns, sheet and encoding, and how its dates are written."""

    columns: "ColumnChoice"
    sheet: str | None
    encoding: str | None
    order: "DayOrder | None"

    @property
    def dayfirst(self) -> bool | None:
        """Whether the day comes first; None where the column decides."""
        return None if self.order is None else self.order == "day"


#: The columns that may be named: the role, the option, what the column holds.
_COLUMNS = (
    ("place", "place", "the place"),
    ("place_ar", "place-ar", "the place in Arabic"),
    ("admin", "admin", "an area that the place lies in; may be repeated"),
    ("admin3", "admin3", "the sub-district"),
    ("admin2", "admin2", "the district"),
    ("admin1", "admin1", "the governorate"),
    ("latitude", "lat", "latitudes, or whole positions"),
    ("longitude", "lon", "longitudes"),
    ("uncertainty", "radius", "the radius of the position"),
    ("precision", "precision", "the code of precision"),
    ("date", "date", "the date"),
    ("id", "id", "the row's own id"),
    ("country", "country", "the country"),
    ("kind", "kind-column", "what happened, or what the place is"),
)
_COLUMN_WORDS = "Column that holds"


def reads_table(*prefixes: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the options about how its tables are read.

    Parameters
    ----------
    prefixes
        Of each table, what its options begin with: "" for the table of incidents, "of-" for that of places.
        The command gets a :class:`Reading` for each, as `reading` and `of_reading`.
    """

    def decorated(command: Callable[..., None]) -> Callable[..., None]:
        own = inspect.signature(command, eval_str=True)
        shared = [parameter for prefix in prefixes for parameter in _parameters(prefix)]
        given = {f"{prefix}reading".replace("-", "_"): prefix for prefix in prefixes}
        kept = [one for one in own.parameters.values() if one.name not in given]
        keyword = inspect.Parameter.KEYWORD_ONLY

        @functools.wraps(command)
        def run(**options: Any) -> None:
            readings = {
                name: _reading({one.name: options.pop(one.name) for one in _parameters(prefix)}, prefix)
                for name, prefix in given.items()
            }
            command(**options, **readings)

        parameters = [one.replace(kind=keyword) for one in (*kept, *shared)]
        run.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined] # typer reads it
        run.__annotations__ = {one.name: one.annotation for one in parameters}
        return run

    return decorated


def _parameters(prefix: str) -> list[inspect.Parameter]:
    """Return the options of one table as parameters of a command."""
    of = " of places" if prefix else ""
    options: list[tuple[str, Any, Any]] = []
    for role, flag, what in _COLUMNS:
        kind = list[str] | None if role == "admin" else str | None
        words = f"{_COLUMN_WORDS} {what}{' of each place' if prefix else ''}."
        options.append((role, kind, typer.Option(f"--{prefix}{flag}", metavar="COL", help=words)))
    options.append(("sheet", str | None, _sheet(prefix, of)))
    options.append(("encoding", str | None, _encoding(prefix, of)))
    dayfirst = typer.Option(
        f"--{prefix}dayfirst/--{prefix}monthfirst",
        help="Whether 05/06/2016 is in June or in May; else the column decides.",
    )
    options.append(("dayfirst", bool | None, dayfirst))
    start = _start(prefix)
    return [
        inspect.Parameter(
            f"{start}{role}", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind, option]
        )
        for role, kind, option in options
    ]


def _start(prefix: str) -> str:
    """Return how the names of one table's parameters begin, so that they are no other's."""
    return f"{prefix.replace('-', '_')}table_"


def _reading(options: Mapping[str, Any], prefix: str) -> Reading:
    from gazetteer.incidents import ColumnChoice

    given = {name.removeprefix(_start(prefix)): value for name, value in options.items()}
    levels = (given.pop(name) for name in ("admin3", "admin2", "admin1"))
    areas = tuple(name for name in (*levels, *(given.pop("admin") or ())) if name is not None)
    dayfirst, sheet, encoding = (given.pop(name) for name in ("dayfirst", "sheet", "encoding"))
    order: DayOrder | None = None if dayfirst is None else "day" if dayfirst else "month"
    return Reading(ColumnChoice(admin=areas, **given), sheet, encoding, order)
