"""Builders of small files in the publishers' own formats, with full defaults like those in tests/builders.py.

The little country of these tests: one governorate SY07 (35 to 37 N, 36 to 38 E) of two districts, each of two
sub-districts, in squares of a degree. Names and codes are shaped like OCHA's; positions are made up.
"""

import json
import warnings
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from gazetteer.geodesy import LatLon
from gazetteer.kinds import PlaceKind
from gazetteer.names import script_of
from geodata.areas import AreaSet, normal_shape
from geodata.importers import Origin, RawName, RawRecord, forms_of
from geodata.merge import Located
from geodata.readers import Layer, open_layers
from geodata.sources import read_sources

#: Code, English name, Arabic name, west and south of each sub-district.
SUBDISTRICTS = (
    ("SY070100", "Harbiyeh", "حربية", 36.0, 35.0),
    ("SY070101", "Deir Tinah", "دير تينة", 36.0, 36.0),
    ("SY070200", "Manbaj", "منبج", 37.0, 35.0),
    ("SY070201", "Kafr Zeita", "كفر زيتا", 37.0, 36.0),
)


def square(west: float, south: float, east: float | None = None, north: float | None = None) -> BaseGeometry:
    return shapely.box(west, south, west + 1 if east is None else east, south + 1 if north is None else north)


def units(level: int) -> list[tuple[str, str, str, BaseGeometry]]:
    """The areas of one level, 1 to 3: code, English, Arabic, shape."""
    if level == 3:
        return [(code, en, ar, square(west, south)) for code, en, ar, west, south in SUBDISTRICTS]
    if level == 2:
        return [
            ("SY0701", "Harbiyeh", "حربية", square(36.0, 35.0, 37.0, 37.0)),
            ("SY0702", "Manbaj", "منبج", square(37.0, 35.0, 38.0, 37.0)),
        ]
    return [("SY07", "Idleb", "ادلب", square(36.0, 35.0, 38.0, 37.0))]


def write_layer(path: Path, rows: Sequence[Mapping[str, Any]], shapes: Sequence[BaseGeometry]) -> Path:
    """Write rows as shapefile, GeoPackage or GeoJSON, as the suffix says."""
    drivers = {".shp": "ESRI Shapefile", ".gpkg": "GPKG", ".geojson": "GeoJSON"}
    frame = geopandas.GeoDataFrame(list(rows), geometry=list(shapes), crs="EPSG:4326")
    options: dict[str, Any] = {"ENCODING": "UTF-8"} if path.suffix == ".shp" else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of column names that a shapefile cuts: that is what is wanted
        frame.to_file(path, driver=drivers[path.suffix], engine="pyogrio", **options)
    return path


def old_schema(path: Path, level: int = 3) -> Path:
    """COD-AB of 2020: ADM3_EN, ADM3_AR, ADM3_PCODE, and the columns of the levels above."""
    rows = [
        {f"ADM{level}_EN": en, f"ADM{level}_AR": ar, f"ADM{level}_PCODE": code}
        | {f"ADM{level}_REF": None, f"ADM{level}ALT1EN": None}
        | {f"ADM{n}_PCODE": code[: 2 + 2 * n] for n in range(level)}
        | {"validOn": "2020-12-17"}
        for code, en, ar, _ in units(level)
    ]
    return write_layer(path, rows, [shape for *_, shape in units(level)])


def new_schema(path: Path, level: int = 3, *, valid_on: str = "2020-12-17") -> Path:
    """COD-AB v02: adm3_name, adm3_name1 (Arabic), adm3_pcode; the rings start elsewhere."""
    rows = [
        {f"adm{level}_name": en, f"adm{level}_name1": ar, f"adm{level}_pcode": code}
        | {f"adm{n}_pcode": code[: 2 + 2 * n] for n in range(level)}
        | {"valid_on": valid_on, "version": "v02", f"adm{level}_ref_n": en}
        for code, en, ar, _ in units(level)
    ]
    shapes = [shapely.transform(shape.reverse(), lambda xy: xy + 3e-12) for *_, shape in units(level)]
    return write_layer(path, rows, shapes)


def neighbourhoods(path: Path, **changes: Any) -> Path:
    """One quarter in COD-AB's old schema."""
    values: dict[str, Any] = {
        "NAME_EN": "Al Thawra_ Al Jourah", "NAME_AR": "الثورة_ الجورة", "PCODE": "N0413", "NAME_REF": None,
        "NAME_ALT1E": "Thawra (Manbaj)", "ADM4_EN": "Manbaj", "ADM4_PCODE": "C1", "ADM3_PCODE": "SY070200",
        "ADM2_PCODE": "SY0702", "ADM1_PCODE": "SY07", "validOn": "2020-12-17",
    }  # fmt: skip
    return write_layer(path, [{**values, **changes}], [square(37.5, 35.5, 37.51, 35.51)])


def settlement(**changes: Any) -> dict[str, Any]:
    """A row of OCHA's populated places."""
    values: dict[str, Any] = {
        "admin1Name_en": "Idleb", "admin1Pcode": "SY07", "admin2Pcode": "SY0702", "admin3Pcode": "SY070200",
        "admin4Name_en": "Saraqab", "admin4Name_ar": "سراقب", "admin4Pcode": "C1001",
        "LocationName_en": "Saraqab (Saraqab)", "LocationName_ar": "سراقب - سراقب", "Location_Pcode": "C1001",
        "LastUpdateDate": "19/12/2018", "Latitude_y": 35.5, "Longitude_x": 37.5,
    }  # fmt: skip
    changed = {**values, **changes}
    return {**changed, "Location_Pcode": changed["admin4Pcode"]}


def populated_places(path: Path, rows: Iterable[Mapping[str, Any]]) -> Path:
    """OCHA's populated places as workbook, CSV or shapefile, as the suffix says."""
    rows = list(rows)
    if path.suffix == ".shp":
        spots = [shapely.Point(row["Longitude_x"], row["Latitude_y"]) for row in rows]
        return write_layer(path, rows, spots)
    table = pd.DataFrame(rows, dtype=object)
    write = table.to_csv if path.suffix == ".csv" else table.to_excel
    write(path, index=False)
    return path


def geonames_line(**changes: Any) -> str:
    """A line of GeoNames' dump: 19 columns, as its readme has them."""
    values: dict[str, Any] = {
        "geonameid": 169000, "name": "Sarāqib", "asciiname": "Saraqib", "alternatenames": "Saraqeb,سراقب",
        "latitude": 35.501, "longitude": 37.501, "feature class": "P", "feature code": "PPL",
        "country code": "SY",
        "cc2": "", "admin1": "12", "admin2": "", "admin3": "", "admin4": "", "population": 32495,
        "elevation": "", "dem": 370, "timezone": "Asia/Damascus", "modification date": "2024-01-31",
    }  # fmt: skip
    return "\t".join(str(value) for value in {**values, **changes}.values()) + "\n"


def alternate_line(text: str, *, of: int = 169000, language: str = "ar", historic: bool = False) -> str:
    """A line of GeoNames' alternate names: 10 columns."""
    return "\t".join(("1", str(of), language, text, "", "", "", "1" if historic else "", "", "")) + "\n"


def geonames_zip(path: Path, lines: Iterable[str]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "Readme for GeoNames Gazetteer extract files\n\ttab\n")
        archive.writestr("SY.txt", "".join(lines))
    return path


def osm_feature(longitude: float, latitude: float, **properties: Any) -> dict[str, Any]:
    """A point of a HOT export."""
    return osm_shape(shapely.Point(longitude, latitude), **properties)


def osm_shape(shape: BaseGeometry | None, **properties: Any) -> dict[str, Any]:
    """A feature of a HOT export."""
    known = {"osm_id": 4711, "osm_type": "nodes", "name": None, "name:en": None, "name:ar": None}
    geometry = None if shape is None else shapely.geometry.mapping(shape)
    return {"type": "Feature", "properties": {**known, **properties}, "geometry": geometry}


def geojson(path: Path, features: Iterable[Mapping[str, Any]]) -> Path:
    collection = {"type": "FeatureCollection", "features": list(features)}
    path.write_text(json.dumps(collection, ensure_ascii=False), encoding="utf-8")
    return path


def open_syria(path: Path, *, pcode: str = "SY070200", aliases: Sequence[str] = ("Manbij",)) -> Path:
    area = {
        "id": "sy-idlib-manbij",
        "name": {"en": "Manbij", "ar": "منبج"},
        "aliases": [{"value": text, "language": "en", "type": "alias"} for text in aliases],
        "externalIds": {"ochaPcode": pcode, "wikidata": "Q1", "geonames": "160001"},
    }
    path.write_text(json.dumps([area], ensure_ascii=False), encoding="utf-8")
    return path


def only_layer(folder: Path) -> Layer:
    """The one layer of a folder; for files that are read where they lie."""
    with open_layers(folder) as (layers, skipped):
        assert ({}, 1) == (skipped, len(layers))
        return layers[0]


def records_of(folder: Path) -> dict[str, list[RawRecord]]:
    """What each form that recognises a layer of a folder makes of it, by the form's title."""
    found: dict[str, list[RawRecord]] = {}
    with open_layers(folder) as (layers, _):
        for layer in layers:
            for form in forms_of(tuple(source.id for source in read_sources())):
                if form.recognises(layer):
                    records = (form.record(layer, row) for row in layer.rows())
                    found.setdefault(form.title, []).extend(record for record in records if record)
    return found


def a_raw(key: str = "C1001", *names: str, **changes: Any) -> RawRecord:
    """A raw settlement."""
    texts = names or ("Saraqab", "سراقب")
    values: dict[str, Any] = {
        "kind": PlaceKind.SETTLEMENT,
        "names": tuple(RawName(text, "ar" if script_of(text) == "Arab" else "en") for text in texts),
        "origin": Origin(changes.pop("source", "ocha-populated-places"), "Locations.xlsx", 1),
        "latitude": 35.5,
        "longitude": 37.5,
        "stated": ("SY07", "SY0702", "SY070200"),
    }
    return RawRecord(key, **{**values, **changes})


def located(raw: RawRecord) -> Located:
    position = None if raw.latitude is None or raw.longitude is None else LatLon(raw.latitude, raw.longitude)
    return Located(raw, position)


def little_country() -> AreaSet:
    return AreaSet({code: normal_shape(shape) for level in (1, 2, 3) for code, _, _, shape in units(level)})
