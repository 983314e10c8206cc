from typing import Any

import pytest

from gazetteer.errors import TableError
from gazetteer.tables import TableColumns, find_columns

ACLED = [
    "event_id_cnty", "event_date", "admin1", "admin2", "admin3", "location",
    "latitude", "longitude", "geo_precision", "notes",
]  # fmt: skip
UCDP = [
    "id", "date_start", "where_prec", "where_coordinates", "where_description",
    "adm_1", "adm_2", "latitude", "longitude",
]  # fmt: skip
INSECURITY_INSIGHT = [
    "Date",
    "Event Description",
    "Admin 1",
    "Latitude",
    "Longitude",
    "Location",
    "SiND Event ID",
]


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (
            ["date", "place", "area", "target", "killed", "injured", "source", "notes"],
            TableColumns(place="place", date="date", admin=("area",)),
        ),
        (
            ["ID", "Date", "Place", "Place_AR", "Governorate"],
            TableColumns(place="Place", place_ar="Place_AR", date="Date", id="ID", admin=("Governorate",)),
        ),
        (
            ACLED,
            TableColumns(
                place="location",
                date="event_date",
                id="event_id_cnty",
                precision="geo_precision",
                latitude="latitude",
                longitude="longitude",
                admin=("admin3", "admin2", "admin1"),
            ),
        ),
        (
            UCDP,
            TableColumns(
                place="where_coordinates",
                date="date_start",
                id="id",
                precision="where_prec",
                latitude="latitude",
                longitude="longitude",
                admin=("adm_2", "adm_1"),
            ),
        ),
        (
            INSECURITY_INSIGHT,
            TableColumns(
                date="Date",
                id="SiND Event ID",
                latitude="Latitude",
                longitude="Longitude",
                admin=("Admin 1",),
            ),
        ),
        (
            ["eventid", "iyear", "provstate", "city", "latitude", "longitude", "specificity"],
            TableColumns(
                place="city",
                id="eventid",
                precision="specificity",
                latitude="latitude",
                longitude="longitude",
                admin=("provstate",),
            ),
        ),
        (
            ["id", "date", "place", "place_ar", "governorate", "coded_accuracy"],
            TableColumns(
                place="place",
                place_ar="place_ar",
                date="date",
                id="id",
                precision="coded_accuracy",
                admin=("governorate",),
            ),
        ),
        (["المكان", "المحافظة"], TableColumns(place_ar="المكان", admin=("المحافظة",))),
        (["#loc+name", "#adm1+name"], TableColumns(place="#loc+name", admin=("#adm1+name",))),
        (["place", "latitude"], TableColumns(place="place")),
        (["x", "y"], TableColumns()),
    ],
)
def test_known_tables_are_understood(columns: list[str], expected: TableColumns) -> None:
    assert find_columns(columns) == expected


@pytest.mark.parametrize(
    ("columns", "dataset"),
    [
        (ACLED, "ACLED"),
        (UCDP, "UCDP GED"),
        (INSECURITY_INSIGHT, "Insecurity Insight"),
        (["eventid", "provstate"], "GTD"),
        (["place", "coded_accuracy"], "Airwars"),
        (["#loc+name"], "HXL"),
        (["place"], "plain"),
    ],
)
def test_it_is_known_what_a_table_was_taken_for(columns: list[str], dataset: str) -> None:
    assert dataset == find_columns(columns).dataset


def test_an_enriched_table_has_its_position_in_the_gaz_columns() -> None:
    found = find_columns(
        ["place", "latitude", "longitude", "gaz_latitude", "gaz_longitude", "gaz_uncertainty_m"]
    )
    assert (found.latitude, found.longitude, found.uncertainty) == (
        "gaz_latitude", "gaz_longitude", "gaz_uncertainty_m",
    )  # fmt: skip


def test_what_the_user_names_wins() -> None:
    found = find_columns(["place", "place_ar", "site", "site_ar", "area"], place="Site", admin=["place"])
    assert found == TableColumns(place="site", place_ar="site_ar", admin=("place",))


def test_naming_the_place_leaves_another_arabic_column_out() -> None:
    assert find_columns(["place", "place_ar", "site"], place="site") == TableColumns(place="site")


def test_an_exact_name_is_taken_before_one_that_differs_in_case() -> None:
    assert find_columns(["Place", "place"], place="place").place == "place"


@pytest.mark.parametrize("columns", [["place", "Place"], ["n", "Place Name", "place_name"]])
def test_two_columns_that_may_be_the_place_are_refused_until_one_is_named(columns: list[str]) -> None:
    listed = ", ".join(columns[-2:])
    with pytest.raises(TableError, match=f"columns {listed} may hold the places: say which with --place"):
        find_columns(columns)
    assert find_columns(columns, place=columns[-1]).place == columns[-1]


@pytest.mark.parametrize(
    ("named", "option"),
    [
        ({"place": "spot"}, "--place"),
        ({"admin": ["spot"]}, "--admin"),
        ({"latitude": "spot", "longitude": "where"}, "--lat"),
        ({"latitude": "where", "longitude": "spot"}, "--lon"),
    ],
)
def test_a_missing_column_is_said_with_the_option_that_names_it(named: dict[str, Any], option: str) -> None:
    with pytest.raises(TableError, match=f"no column 'spot'.*where, when: name the right one with {option} "):
        find_columns(["where", "when"], **named)


def test_a_named_column_that_is_not_there_lists_those_that_are() -> None:
    with pytest.raises(TableError, match="no column 'spot'; the table has the columns where, when"):
        find_columns(["where", "when"], place="spot")


def test_one_coordinate_without_the_other_is_refused() -> None:
    with pytest.raises(TableError, match="go together"):
        find_columns(["north", "place"], latitude="north")


def test_no_place_column_lists_the_columns_and_how_to_name_one() -> None:
    columns = ["what", "when"]
    with pytest.raises(TableError, match="the columns what, when: name the right one with --place COLUMN"):
        find_columns(columns).require_place(columns)
