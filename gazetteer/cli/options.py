"""The arguments and options of the command `gazetteer`, each said once.

A name that several commands take means the same in all of them. Options that go together are the fields of a
class; a command that takes one as a parameter takes them all (:func:`with_groups`).
"""

import copy
import functools
import gc
import inspect
import json
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from gazetteer.answers import MIN_CONFIDENCE
from gazetteer.cli.running import progress_bar, remark

if TYPE_CHECKING:
    from gazetteer.gazetteer import Gazetteer
    from gazetteer.incidents import Progress
    from gazetteer.values import TableOptions

#: The name that stands for standard input and output.
STANDARD = "-"
_FORMATS = ".csv, .tsv, .xlsx, .parquet, .geojson, .gpkg, .jsonl"


def _argument(metavar: str, words: str) -> Any:
    return typer.Argument(metavar=metavar, help=words)


def _option(metavar: str, words: str, *names: str, **more: Any) -> Any:
    """Return an option that is called as its parameter is, unless names are given."""
    return typer.Option(*names, metavar=metavar, help=words, **more)


def _flag(name: str, words: str) -> Any:
    return typer.Option(name, help=words)


def _column(what: str, *, more: str = "") -> Any:
    return _option("COL", f"Column that holds {what}.{more}")


PlaceText = Annotated[str, _argument("TEXT", "The place as someone wrote it.")]
Latitude = Annotated[str, _argument("LAT", "Degrees north.")]
Longitude = Annotated[str, _argument("LON", "Degrees east.")]
Start = Annotated[str, _argument("FROM", 'A name or "lat,lon".')]
End = Annotated[str, _argument("TO", 'A name or "lat,lon".')]
QuestionText = Annotated[str, _argument("QUESTION", '"strikes within 5 km of a hospital"')]
TableFile = Annotated[
    Path,
    _argument(
        "TABLE",
        "The table: CSV, TSV, Excel, OpenDocument, Parquet, GeoJSON, GeoPackage, KML, shapefile, JSON or "
        "JSON lines.",
    ),
]
TextOrTable = Annotated[
    Path, _argument("FILE", "A text, or with --text a table of texts. - is standard input.")
]

DemoFolder = Annotated[Path, _argument("[FOLDER]", "Where to write the enriched table.")]

Areas = Annotated[
    list[str] | None,
    _option("AREA", "An area that it lies in, by name or P-code. May be repeated.", "--area"),
]
Kind = Annotated[str | None, _option("KIND", "What it is: town, hospital, bridge …", "--kind")]
Limit = Annotated[int, _option("N", "Show at most this many candidates.", min=1)]

Output = Annotated[
    Path, _option("OUT", f"Table to write: {_FORMATS}. - is standard output.", "-o", "--output")
]
AnswerOutput = Annotated[Path | None, _option("OUT", f"Table to write: {_FORMATS}.", "-o", "--output")]
ExportOutput = Annotated[Path, _option("OUT", "File to write. - is standard output.", "-o", "--output")]
ExportFormat = Annotated[
    str, _option("FORMAT", "lpf (Linked Places), geojson or csv. CSV has no shapes.", "--format")
]
ExportTier = Annotated[
    str,
    _option("TIER", "How exact the positions of sensitive places are: full, partner or public.", "--tier"),
]
WithholdNames = Annotated[
    bool, _flag("--withhold-names", "Below tier full, also leave out the names of sensitive places.")
]
Base = Annotated[str | None, _option("URL", "Beginning of the places' @id in Linked Places.", "--base")]
CalibrationOutput = Annotated[Path, _option("JSON", "The calibration to write.", "-o", "--output")]
MinConfidence = Annotated[
    float, _option("P", "Lowest confidence, 0 to 1, at which an answer counts as resolved.")
]
TrueLatitude = Annotated[str, _option("COL", "Column of known latitudes.")]
TrueLongitude = Annotated[str, _option("COL", "Column of known longitudes.")]
Prior = Annotated[
    bool,
    _flag(
        "--prior/--no-prior",
        "Whether to favour governorates that reports name often, if no area is given.",
    ),
]
TextColumn = Annotated[str | None, _option("COL", "Column of a table that holds the texts.")]
IdColumn = Annotated[
    str | None, _option("COL", "Column that holds the ids of the texts. By default rows are numbered.")
]
Local = Annotated[
    bool | None,
    _flag(
        "--local/--no-local",
        "Read all texts as about the country, or only those that say so. By default the first texts of a "
        "table decide.",
    ),
]
Sheet = Annotated[str | None, _option("NAME", "Sheet or layer to read.")]
Encoding = Annotated[str | None, _option("NAME", "Encoding of the text: utf-8, windows-1256, …")]

KindOrTable = Annotated[
    str, _option("WHAT", "Near what: a kind (hospital), a name (M5), or a table of places or shapes.")
]
Length = Annotated[str, _option("LENGTH", "How near, with a unit: 5km, 800 m.")]
ByFacility = Annotated[
    list[str] | None,
    _option("WHAT", "Count instead, by area, month or facility. May be repeated."),
]
ByAreaOrMonth = Annotated[
    list[str] | None, _option("WHAT", "Count by area or month. May be repeated for both.")
]
Incidents = Annotated[Path | None, _option("TABLE", "The table of incidents.")]
AllRows = Annotated[bool, _flag("--all", "Show all rows. By default the first 50 are shown.")]
IgnoreDates = Annotated[bool, _flag("--ignore-dates", "Also count places on days when they didn't exist.")]
Impute = Annotated[
    bool,
    _flag("--impute", "Assume that rows whose place is unknown are like the others of their governorate."),
]


ForTier = Annotated[str, _option("TIER", "Who will read the table: public or partner.", "--tier")]
FixedOutput = Annotated[
    Path | None, _option("OUT", f"Write the table without what it reveals: {_FORMATS}.", "--fix")
]
Fail = Annotated[bool, _flag("--fail", "Exit with 1 if anything is revealed.")]


@dataclass(frozen=True, slots=True)
class Session:
    """Which gazetteer is asked, and how the answer is shown."""

    gazetteer: Annotated[
        Path | None,
        _option(
            "FILE", "The gazetteer file. By default your own, else the embedded one.", envvar="GAZETTEER_FILE"
        ),
    ] = None
    calibration: Annotated[
        Path | None,
        _option(
            "FILE",
            "A file made by 'gazetteer calibrate'. By default the packaged one.",
            envvar="GAZETTEER_CALIBRATION",
        ),
    ] = None
    as_json: Annotated[bool, _flag("--json", "Answer in JSON.")] = False

    def open(self) -> "Gazetteer":
        """Open the gazetteer file and the calibration named, or the defaults."""
        from gazetteer.gazetteer import Gazetteer

        opened = Gazetteer.open(self.gazetteer, calibration=self.calibration)
        gc.freeze()  # it stays: looking through it for garbage took a fifth of the time of a table
        return opened

    def show(
        self,
        answer: Any,
        words: Callable[[Any], str],
        *,
        by: "Gazetteer",
        output: Path | None = None,
        written: Sequence[str] = (),
        left_open: str = "",
        say: Callable[[str], None] = remark,
    ) -> None:
        """Print an answer as `words` has it, or as JSON, then what was written; to stderr beside a table.

        Last it is said if the embedded default answered, with what is left open; always to stderr.
        """
        beside = str(output) == STANDARD
        typer.echo(json_text(answer.as_json()) if self.as_json else words(answer), err=beside)
        if written and not self.as_json and not beside:
            typer.echo("\n".join(written))
        self.end(by, left_open=left_open, say=say)

    def end(
        self, gazetteer: "Gazetteer", *, left_open: str = "", say: Callable[[str], None] = remark
    ) -> None:
        """Say if the embedded default answered, with what it left open."""
        if which := gazetteer.info().default_words:
            say(f"{left_open}. {which}" if left_open else which)


def json_text(value: object) -> str:
    """Write plain JSON types for people and programs."""
    return json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False)


@dataclass(frozen=True, slots=True)
class Table:
    """How a table is read: its columns, sheet and encoding, and how its dates are written."""

    place: Annotated[str | None, _column("the place")] = None
    place_ar: Annotated[str | None, _column("the place in Arabic")] = None
    admin: Annotated[
        list[str] | None, _column("an area that the place lies in", more=" May be repeated.")
    ] = None
    admin3: Annotated[str | None, _column("the sub-district")] = None
    admin2: Annotated[str | None, _column("the district")] = None
    admin1: Annotated[str | None, _column("the governorate")] = None
    lat: Annotated[str | None, _column("latitudes, or whole positions")] = None
    lon: Annotated[str | None, _column("longitudes")] = None
    radius: Annotated[str | None, _column("the radius of the position")] = None
    precision: Annotated[str | None, _column("the dataset's code of how exact the position is")] = None
    date: Annotated[str | None, _column("the date")] = None
    id: Annotated[str | None, _column("the row's own id")] = None
    country: Annotated[str | None, _column("the country")] = None
    kind_column: Annotated[str | None, _column("what happened, or what the place is")] = None
    sheet: Sheet = None
    encoding: Encoding = None
    dayfirst: Annotated[
        bool | None,
        _flag(
            "--dayfirst/--monthfirst", "Read 05/06/2016 as 5 June or as 6 May. By default the column decides."
        ),
    ] = None

    @property
    def options(self) -> "TableOptions":
        """What the methods of a gazetteer take that read a table."""
        given: Any = asdict(self)
        levels = [given.pop(name) for name in ("admin3", "admin2", "admin1")]
        given["admin"] = [name for name in (*levels, *(self.admin or ())) if name is not None]
        return given  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True)
class Enrichment:
    """What is written of an enriched table, and beside it."""

    text: Annotated[
        str | None,
        _option("COL", "Column that holds notes. They are read if the place's own cell leaves it open."),
    ] = None
    overwrite: Annotated[
        bool, _flag("--overwrite", "Replace the gaz_ columns that the table already has.")
    ] = False
    explode: Annotated[
        bool, _flag("--explode", "Write one row for each place of a row that names several.")
    ] = False
    draws: Annotated[
        int | None,
        _option("N", "Write this many sampled positions of each row instead.", min=1, max=1_000),
    ] = None
    seed: Annotated[int | None, _option("NUMBER", "Another number gives other samples.", min=0)] = None
    report: Annotated[Path | None, _option("HTML", "Write a page about the result, with a map.")] = None
    review: Annotated[
        Path | None, _option("FILE", "Write the texts that a person should decide, as .csv or .xlsx.")
    ] = None
    decisions: Annotated[
        Path | None,
        _option("FILE", "Apply a filled-in review file. It may also be the --review file."),
    ] = None
    append_provenance: Annotated[
        bool, _flag("--append-provenance", "Add columns that say what each row was made from.")
    ] = False
    min_confidence: MinConfidence = MIN_CONFIDENCE


@dataclass(frozen=True, slots=True)
class Selection:
    """Which incidents are asked about."""

    area: Annotated[
        str | None, _option("AREA", "Only in this area: a name, a P-code or a file with polygons.", "--area")
    ] = None
    from_: Annotated[str | None, _option("DATE", "First day: 2016-05-30, May 2016, 2016.", "--from")] = None
    to: Annotated[str | None, _option("DATE", "Last day; it is included.")] = None
    kind: Annotated[
        str | None, _option("KIND", "Only incidents of this kind, in the table's words.", "--kind")
    ] = None


@dataclass(frozen=True, slots=True)
class Work:
    """How a long table is resolved, and how a person watches it."""

    processes: Annotated[
        int | None,
        _option("N", "Number of processes. By default two, if that is faster.", min=1),
    ] = None
    engine: Annotated[str, _option("NAME", "Where to work: local, or dask for a Dask cluster.")] = "local"
    scheduler: Annotated[
        str | None,
        _option(
            "ADDRESS",
            "Scheduler of the Dask cluster: tcp://10.0.0.5:8786. By default one is started here.",
        ),
    ] = None
    resume: Annotated[bool, _flag("--resume", "Go on with a run that was stopped.")] = False
    quiet: Annotated[bool, _flag("--quiet", "Show errors only: no progress bar and no remarks.")] = False

    def say(self, sentence: str) -> None:
        """Say something beside the answer, unless --quiet."""
        if not self.quiet:
            remark(sentence)

    def progress(self, label: str) -> AbstractContextManager["Progress | None"]:
        """Give a callback that moves a bar, unless --quiet."""
        return progress_bar(label, quiet=self.quiet)

    @property
    def options(self) -> dict[str, Any]:
        """What the methods of a gazetteer take that resolve a file."""
        names = ("processes", "engine", "scheduler", "resume", "say")
        return {name: getattr(self, name) for name in names}


def with_groups(command: Callable[..., None]) -> Callable[..., None]:
    """Return a command that takes the options of its groups, dataclasses, one by one, as typer reads them.

    The options of a :class:`Table` that is called ``of_table`` begin with "of-".
    """
    own = inspect.signature(command)
    groups: dict[str, Any] = {
        one.name: one.annotation for one in own.parameters.values() if is_dataclass(one.annotation)
    }
    members = {name: _members(name, group) for name, group in groups.items()}

    @functools.wraps(command)
    def run(**options: Any) -> None:
        for name, group in groups.items():
            values = {field: options.pop(member.name) for field, member in members[name].items()}
            options[name] = group(**values)
        command(**options)

    shared = [member for group in members.values() for member in group.values()]
    kept = [one for one in own.parameters.values() if one.name not in groups]
    parameters = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in (*kept, *shared)]
    run.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined] # typer reads it
    run.__annotations__ = {one.name: one.annotation for one in parameters}
    return run


def _members(name: str, group: Any) -> dict[str, inspect.Parameter]:
    """Return the fields of a group as parameters."""
    prefix = name.removesuffix("table") if group is Table else ""
    found = {}
    for field in fields(group):
        annotation: Any = field.type
        if prefix:
            kind, option = get_args(annotation)
            option = copy.copy(option)
            if isinstance(option.default, str):  # where typer keeps the name that is given
                option.default = option.default.replace("--", f"--{prefix.replace('_', '-')}")
            option.help = f"Of the table of places: {option.help[0].lower()}{option.help[1:]}"
            annotation = Annotated[kind, option]
        found[field.name] = inspect.Parameter(
            f"{prefix}{field.name}",
            inspect.Parameter.KEYWORD_ONLY,
            default=field.default,
            annotation=annotation,
        )
    return found
