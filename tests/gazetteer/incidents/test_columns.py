from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import pytest

from gazetteer.errors import TableError
from gazetteer.incidents.columns import OPTIONS, TableColumns, find_columns
from gazetteer.values import ColumnChoice

ACLED = [
    "event_id_cnty", "event_date", "event_type", "sub_event_type", "country", "admin1", "admin2", "admin3",
    "location", "latitude", "longitude", "geo_precision", "notes",
]  # fmt: skip
UCDP = [
    "id", "type_of_violence", "date_start", "date_end", "where_prec", "where_coordinates",
    "where_description", "adm_1", "adm_2", "latitude", "longitude",
]  # fmt: skip
INSECURITY_INSIGHT = ["Date", "Country", "Admin 1", "Latitude", "Longitude", "Location", "SiND Event ID"]
GTD = ["eventid", "iyear", "provstate", "city", "latitude", "longitude", "specificity"]

KNOWN: list[tuple[Sequence[str], TableColumns]] = [
    (["date", "place", "area", "target", "killed", "injured", "source", "notes"], TableColumns(
        place="place", date="date", admin=("area",)
    )),
    (["ID", "Date", "Place", "Place_AR", "Governorate"], TableColumns(
        place="Place", place_ar="Place_AR", date="Date", id="ID", admin=("Governorate",)
    )),
    (ACLED, TableColumns(
        place="location", date="event_date", id="event_id_cnty", precision="geo_precision",
        latitude="latitude", longitude="longitude", country="country",
        kinds=("event_type", "sub_event_type"), admin=("admin3", "admin2", "admin1"),
    )),
    (UCDP, TableColumns(
        place="where_coordinates", date="date_start", date_end="date_end", id="id", precision="where_prec",
        latitude="latitude", longitude="longitude", kinds=("type_of_violence",), admin=("adm_2", "adm_1"),
    )),
    (INSECURITY_INSIGHT, TableColumns(
        date="Date", id="SiND Event ID", country="Country", latitude="Latitude", longitude="Longitude",
        admin=("Admin 1",),
    )),
    (GTD, TableColumns(
        place="city", id="eventid", precision="specificity", latitude="latitude", longitude="longitude",
        admin=("provstate",),
    )),
    (["id", "date", "place", "place_ar", "governorate", "coded_accuracy"], TableColumns(
        place="place", place_ar="place_ar", date="date", id="id", precision="coded_accuracy",
        admin=("governorate",),
    )),
    (["المكان", "المحافظة"], TableColumns(place_ar="المكان", admin=("المحافظة",))),
    (["#loc+name", "#adm1+name"], TableColumns(place="#loc+name", admin=("#adm1+name",))),
    (["place", "latitude"], TableColumns(place="place")),
    (["x", "y"], TableColumns()),
    (["Location (EN)", "Location (AR)"], TableColumns(place="Location (EN)", place_ar="Location (AR)")),
    (["arabic_name", "Name", "Lat", "Long."], TableColumns(
        place="Name", place_ar="arabic_name", latitude="Lat", longitude="Long."
    )),
    (["Facility name", "Name_AR", "Coordinates"], TableColumns(
        place="Facility name", place_ar="Name_AR", latitude="Coordinates", longitude="Coordinates"
    )),
    (["name", "date", "cause"], TableColumns(date="date")),  # a list of the dead
    (["Governorate_AR", "Governorate_EN", "Village"], TableColumns(
        place="Village", admin=("Governorate_EN",)
    )),
    (["خط العرض", "خط الطول", "التاريخ"], TableColumns(
        latitude="خط العرض", longitude="خط الطول", date="التاريخ"
    )),
    (["gaz_latitude", "gaz_longitude", "incident_latitude", "place"], TableColumns(place="place")),
    (["Date (dd/mm/yyyy)", "Location / الموقع", "المحافظة Governorate", "Lat/Long"], TableColumns(
        place="Location / الموقع", admin=("المحافظة Governorate",), date="Date (dd/mm/yyyy)",
        latitude="Lat/Long", longitude="Lat/Long",
    )),
    (["Location (kind)", "Village"], TableColumns(place="Village")),  # a whole name comes first
    (["Location (town)", "Location (village)", "Country/Location"], TableColumns(country="Country/Location")),
]  # fmt: skip


def test_known_tables_are_understood() -> None:
    for columns, expected in KNOWN:
        assert expected == find_columns(columns), columns


def test_it_is_known_what_a_table_was_taken_for() -> None:
    tables = (ACLED, UCDP, INSECURITY_INSIGHT, GTD, ["place", "coded_accuracy"], ["#loc+name"], ["place"])
    assert ["ACLED", "UCDP GED", "Insecurity Insight", "GTD", "Airwars", "HXL", "plain"] == [
        find_columns(columns).dataset for columns in tables
    ]


def test_every_column_can_be_named_and_what_is_named_wins() -> None:
    assert set(OPTIONS) == {one.name for one in fields(ColumnChoice)}
    header = [f"c{number}" for number in range(len(OPTIONS))] + ACLED
    named = dict(zip(OPTIONS, header, strict=False))
    choice: dict[str, Any] = {**named, "admin": (named["admin"],)}
    found = find_columns(header, ColumnChoice(**choice))
    assert ({**named, "admin": (named["admin"],), "kind": None}, (named["kind"],)) == (
        {role: getattr(found, role) for role in OPTIONS}, found.kinds,
    )  # fmt: skip


def test_naming_the_place_leaves_another_arabic_column_out() -> None:
    choice = ColumnChoice(place="Site", admin=("place",))
    found = find_columns(["place", "place_ar", "site", "site_ar", "area"], choice)
    assert TableColumns(place="site", place_ar="site_ar", admin=("place",)) == found
    assert TableColumns(place="site") == find_columns(
        ["place", "place_ar", "site"], ColumnChoice(place="site")
    )


def test_two_columns_that_may_be_the_place_are_refused_until_one_is_named() -> None:
    for columns in (["place", "Place"], ["n", "Place Name", "place_name"]):
        listed = ", ".join(columns[-2:])
        with pytest.raises(TableError, match=f"columns {listed} may hold the places: say which with --place"):
            find_columns(columns)
        for exact in columns[-2:]:
            assert exact == find_columns(columns, ColumnChoice(place=exact)).place


def test_a_column_can_be_named_by_the_part_that_is_easy_to_type() -> None:
    found = find_columns(["Spot / النقطة", "what"], ColumnChoice(place="spot"))
    assert "Spot / النقطة" == found.place


def test_a_missing_column_is_said_with_the_option_that_names_it() -> None:
    for role, option in OPTIONS.items():
        named: dict[str, Any] = {role: ("spot",) if role == "admin" else "spot"}
        words = f"no column 'spot'.*where, when: name the right one with {option} "
        with pytest.raises(TableError, match=words):
            find_columns(["where", "when"], ColumnChoice(**named))


def test_one_coordinate_without_the_other_is_refused_unless_its_column_holds_both() -> None:
    with pytest.raises(TableError, match="go together"):
        find_columns(["north", "place"], ColumnChoice(latitude="north"))
    found = find_columns(["place", "GPS"], ColumnChoice(latitude="gps"))
    assert ("GPS", "GPS") == (found.latitude, found.longitude)


def test_no_place_column_lists_the_columns_the_other_sheets_and_how_to_name_one() -> None:
    columns = ["what", "when"]
    words = "the columns what, when: name the right one with --place COLUMN"
    with pytest.raises(TableError, match=words):
        find_columns(columns).require_place(columns)
    with pytest.raises(TableError, match="read another of its sheets with --sheet: Strikes, Notes"):
        find_columns(columns).require_place(columns, others=["Strikes", "Notes"])
