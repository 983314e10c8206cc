"""GeoNames, OpenStreetMap and Open Syria, in the formats that they document."""

from pathlib import Path

import pytest

from gazetteer.errors import GazetteerFileError
from gazetteer.kinds import PlaceKind
from geodata.importers import RawRecord, forms_of
from geodata.sources import read_sources
from tests.upstream_builders import (
    alternate_line,
    geojson,
    geonames_line,
    open_syria,
    osm_feature,
    records_of,
    write_layer,
)


def texts(record: RawRecord) -> list[tuple[str, str]]:
    return [(name.text, name.language) for name in record.names]


def test_of_the_dump_come_places_that_exist_and_of_syria_only_and_keep_their_kind(tmp_path: Path) -> None:
    kinds = {
        "PPLC": PlaceKind.SETTLEMENT,
        "PPLX": PlaceKind.NEIGHBOURHOOD,
        "DAM": PlaceKind.DAM,
        "HSP": PlaceKind.HOSPITAL,
        "ADM1": None,
        "SCH": PlaceKind.SCHOOL,
        "MKT": PlaceKind.MARKET,
        "MSQE": PlaceKind.MOSQUE,
        "PSH": PlaceKind.POWER_PLANT,
        "RD": PlaceKind.ROAD,
        "STM": PlaceKind.RIVER,
        "LK": PlaceKind.LAKE,
        "WAD": PlaceKind.VALLEY,
    }
    codes = ["PPLQ", "SPNG", *kinds]  # the first is abandoned, the second of no kind that we know
    lines = [geonames_line(geonameid=n, population=0, **{"feature code": c}) for n, c in enumerate(codes)]
    (tmp_path / "SY.txt").write_text("".join([*lines, geonames_line(geonameid=99, **{"country code": "TR"})]))
    records = records_of(tmp_path)["GeoNames dump"]
    found = {record.key: record.kind for record in records}
    assert {f"geonames:{codes.index(code)}": kind for code, kind in kinds.items()} == found
    assert [PlaceKind.HOSPITAL] == [record.kind for record in records if record.sensitive]
    assert {None} == {record.population for record in records}, "a population of nought is unknown"


def test_links_codes_and_historic_names_are_no_spellings(tmp_path: Path) -> None:
    lines = [
        alternate_line("https://en.wikipedia.org/wiki/Saraqib", language="link"),
        alternate_line("SRQ", language="iata"),
        alternate_line("Old Saraqib", language="en", historic=True),
        alternate_line("Seraqib", language=""),
    ]
    (tmp_path / "names.txt").write_text("".join(lines), encoding="utf-8")
    records = records_of(tmp_path)["GeoNames alternate names"]
    assert [[("Seraqib", "und")]] == [texts(record) for record in records]


def facility(path: Path, **tags: str) -> list[RawRecord]:
    geojson(
        path / "h.geojson",
        [osm_feature(37.5, 35.5, **tags), osm_feature(37.6, 35.6, amenity="pharmacy", osm_id=5)],
    )
    return records_of(path)["OpenStreetMap health facilities"]


def test_a_hospital_is_sensitive_and_led_by_its_english_name_and_a_clinic_needs_none(tmp_path: Path) -> None:
    names = {"name": "مشفى الشفاء", "name:en": "Shifa Hospital", "name:ar": "مشفى الشفاء"}
    (record,) = facility(tmp_path, amenity="hospital", **names)
    assert ("osm:node/4711", PlaceKind.HOSPITAL, True) == (record.key, record.kind, record.sensitive)
    assert [("Shifa Hospital", "en"), ("مشفى الشفاء", "ar"), ("مشفى الشفاء", "ar")] == texts(record)
    assert (35.5, 37.5) == (record.latitude, record.longitude)
    (clinic,) = facility(tmp_path, healthcare="clinic")
    assert (PlaceKind.CLINIC, ()) == (clinic.kind, clinic.names)


def test_a_shapefile_export_has_cut_column_names(tmp_path: Path) -> None:
    import shapely

    row = {"osm_id": 12.0, "osm_type": "ways_poly", "name": "مشفى", "name_en": "National Hospital"}
    write_layer(tmp_path / "h.shp", [{**row, "amenity": "hospital"}], [shapely.box(37.5, 35.5, 37.6, 35.6)])
    (record,) = records_of(tmp_path)["OpenStreetMap health facilities"]
    assert ("osm:way/12", "National Hospital") == (record.key, record.names[0].text)


def test_populated_places_of_osm_need_a_name_and_a_kind_we_know(tmp_path: Path) -> None:
    features = [
        osm_feature(37.5, 35.5, place="village", name="سراقب", population="1,200"),
        osm_feature(37.5, 35.5, place="suburb", name="الحي", osm_id=2),
        osm_feature(37.5, 35.5, place="village", osm_id=3),
        osm_feature(37.5, 35.5, place="locality", name="Tell", osm_id=4),
    ]
    geojson(tmp_path / "p.geojson", features)
    [(read_as, [first, second])] = records_of(tmp_path).items()
    assert "OpenStreetMap populated places" == read_as
    assert (PlaceKind.SETTLEMENT, 1200) == (first.kind, first.population)
    assert second.kind is PlaceKind.NEIGHBOURHOOD


def test_open_syria_adds_names_to_the_area_of_a_p_code(tmp_path: Path) -> None:
    open_syria(tmp_path / "subdistricts.json", aliases=("Manbij", "Menbic"))
    (record,) = records_of(tmp_path)["Open Syria areas"]
    assert ("SY070200", None, ("wikidata:Q1", "geonames:160001")) == (record.key, record.kind, record.same_as)
    assert [("Manbij", "en"), ("منبج", "ar"), ("Manbij", "en"), ("Menbic", "en")] == texts(record)


def test_a_source_without_an_importer_and_an_importer_without_a_source_are_said() -> None:
    known = tuple(source.id for source in read_sources())
    assert known == tuple(dict.fromkeys(form.source for form in forms_of(known)))
    for sources, alone in (((*known, "hdx-roads"), "hdx-roads"), (known[1:], known[0])):
        with pytest.raises(GazetteerFileError, match=f"the source '{alone}' is not both in sources.toml and"):
            forms_of(sources)
