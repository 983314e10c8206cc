"""The arguments and options of the command `gazetteer`, each said once.

A name that several commands take means the same in all of them.
"""

from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "AdminColumns",
    "AppendProvenance",
    "ArabicPlaceColumn",
    "AreaOrPolygon",
    "Areas",
    "AsJson",
    "ByAreaOrMonth",
    "ByFacility",
    "DateColumn",
    "DecisionsFile",
    "DistrictColumn",
    "Encoding",
    "End",
    "Engine",
    "FirstDay",
    "GazetteerFile",
    "GovernorateColumn",
    "IgnoreDates",
    "Incidents",
    "Kind",
    "KindOrTable",
    "LastDay",
    "Latitude",
    "LatitudeColumn",
    "Length",
    "Limit",
    "Longitude",
    "LongitudeColumn",
    "MinConfidence",
    "NearOutput",
    "Output",
    "Overwrite",
    "PlaceColumn",
    "PlaceText",
    "Processes",
    "QuestionText",
    "Quiet",
    "Report",
    "Resume",
    "ReviewFile",
    "Scheduler",
    "Sheet",
    "Start",
    "SubdistrictColumn",
    "TableFile",
    "TrueLatitude",
    "TrueLongitude",
]

GazetteerFile = Annotated[
    Path | None,
    typer.Option(
        "--gazetteer",
        envvar="GAZETTEER_FILE",
        metavar="FILE",
        help="Gazetteer file; else the embedded default.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]
PlaceColumn = Annotated[
    str | None, typer.Option("--place", metavar="COL", help="Column that holds the place.")
]
AdminColumns = Annotated[
    list[str] | None,
    typer.Option("--admin", metavar="COL", help="Column of an area that the place lies in; may be repeated."),
]
MinConfidence = Annotated[
    float, typer.Option("--min-confidence", metavar="P", help="Confidence that counts as resolved, 0 to 1.")
]
ArabicPlaceColumn = Annotated[
    str | None, typer.Option("--place-ar", metavar="COL", help="Column that holds the place in Arabic.")
]
GovernorateColumn = Annotated[
    str | None, typer.Option("--admin1", metavar="COL", help="Column of the governorate.")
]
DistrictColumn = Annotated[
    str | None, typer.Option("--admin2", metavar="COL", help="Column of the district.")
]
SubdistrictColumn = Annotated[
    str | None, typer.Option("--admin3", metavar="COL", help="Column of the sub-district.")
]
LatitudeColumn = Annotated[
    str | None, typer.Option("--lat", metavar="COL", help="Column of latitudes that the rows bring.")
]
LongitudeColumn = Annotated[
    str | None, typer.Option("--lon", metavar="COL", help="Column of longitudes that the rows bring.")
]
DateColumn = Annotated[str | None, typer.Option("--date", metavar="COL", help="Column of the date.")]
Encoding = Annotated[
    str | None, typer.Option("--encoding", metavar="NAME", help="Encoding of a text: utf-8, windows-1256, …")
]
Sheet = Annotated[
    str | None, typer.Option("--sheet", metavar="NAME", help="Sheet of a workbook, or layer of a GeoPackage.")
]
Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="Replace the gaz_ columns that the table has already.")
]
TableFile = Annotated[
    Path,
    typer.Argument(metavar="TABLE", help="CSV, TSV, XLSX, Parquet, GeoJSON, GeoPackage or JSON lines."),
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
        help="Table to write: .csv, .tsv, .xlsx, .parquet, .geojson, .gpkg, .jsonl; - for standard output.",
    ),
]
PlaceText = Annotated[str, typer.Argument(metavar="TEXT", help="A place as someone wrote it.")]
Areas = Annotated[
    list[str] | None,
    typer.Option("--within", metavar="AREA", help="Area it lies in, name or P-code; may be repeated."),
]
Kind = Annotated[
    str | None, typer.Option("--kind", metavar="KIND", help="What it is: settlement, hospital, …")
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
    typer.Option("--by", metavar="WHAT", help="facility: count incidents at each place; month: in each too."),
]
ByAreaOrMonth = Annotated[
    list[str] | None, typer.Option("--by", metavar="WHAT", help="area or month; may be repeated for both.")
]
IgnoreDates = Annotated[
    bool, typer.Option("--ignore-dates", help="Count places also on days when they did not exist.")
]
AreaOrPolygon = Annotated[
    str | None,
    typer.Option("--area", metavar="AREA", help="A name, a P-code, or a polygon in a .geojson file."),
]
FirstDay = Annotated[
    str | None, typer.Option("--from", metavar="DATE", help="The first day: 2016-05-30, May 2016, 2016.")
]
LastDay = Annotated[str | None, typer.Option("--to", metavar="DATE", help="The last day, included.")]
NearOutput = Annotated[
    Path | None, typer.Option("-o", "--output", metavar="OUT", help="File to write: .geojson or .csv.")
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
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress bar and no remarks, errors only.")]
