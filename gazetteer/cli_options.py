"""The arguments and options of the command `gazetteer`, each said once.

A name that several commands take means the same in all of them.
"""

from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "AdminColumns",
    "AreaOrPolygon",
    "Areas",
    "AsJson",
    "ByAreaOrMonth",
    "ByFacility",
    "End",
    "FirstDay",
    "GazetteerFile",
    "IgnoreDates",
    "Incidents",
    "Kind",
    "KindOrTable",
    "LastDay",
    "Latitude",
    "Length",
    "Limit",
    "Longitude",
    "MinConfidence",
    "NearOutput",
    "Output",
    "PlaceColumn",
    "PlaceText",
    "QuestionText",
    "Start",
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
TableFile = Annotated[Path, typer.Argument(metavar="TABLE", help="CSV or TSV in UTF-8 or UTF-16.")]
Length = Annotated[
    str, typer.Option("--within", metavar="LENGTH", help="A length with its unit: 5km, 800 m.")
]
Output = Annotated[Path, typer.Option("-o", "--output", metavar="OUT", help="Table to write: .csv or .tsv.")]
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
