from pathlib import Path

import pytest
import shapely

from gazetteer.errors import CoordinateError, InputError, TableError
from gazetteer.geodesy import LatLon
from gazetteer.kinds import PlaceKind
from gazetteer.near import targets_for, targets_named
from tests.fakes import FakeGazetteer, a_place


def a_table(tmp_path: Path, text: str) -> str:
    path = tmp_path / "facilities.csv"
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("word", ["hospital", "Hospitals", "facility", "facilities"])
def test_a_kind_or_group_means_all_its_places(word: str) -> None:
    assert ["test:national", "test:old"] == [place.id for place in targets_for(FakeGazetteer(), word).places]
    named = targets_named(FakeGazetteer(), word, parameter="near")
    assert ["test:national", "test:old"] == [place.id for place in named]


def test_a_kind_without_places_is_refused_with_the_source_to_bring() -> None:
    for text, source in (("bakeries", "osm-points-of-interest"), ("the M5 road", "osm-roads")):
        with pytest.raises(InputError, match=f"holds no .*gazetteer-data pull {source}'"):
            targets_for(FakeGazetteer(), text)


def test_a_name_keeps_its_letters_and_names_one_place_of_the_kind_that_it_says() -> None:
    names = ("Jordanian border", "Iraqi border", "Hama city")
    kinds = (PlaceKind.BORDER, PlaceKind.BORDER, PlaceKind.SETTLEMENT)
    places = [a_place(name, kind=kind) for name, kind in zip(names, kinds, strict=True)]

    class Drawn(FakeGazetteer):
        def shape(self, place_id: str) -> bytes | None:
            return shapely.to_wkb(shapely.LineString([(36, 35), (38, 35)])) if "border" in place_id else None

    gazetteer = Drawn({place.id: place for place in places})
    for name, place in zip(names, places, strict=True):
        for text in (f"the {name}", place.id):
            assert (place,) == targets_named(gazetteer, text, parameter="of").places, text
    with pytest.raises(InputError, match="names several borders: name one at a time"):
        targets_named(gazetteer, "Iraqi or Jordanian border", parameter="of")


def test_a_river_is_no_place_that_is_called_after_it() -> None:
    quarter = a_place("الفرات", id="N0481", kind=PlaceKind.NEIGHBOURHOOD)
    with pytest.raises(
        InputError, match="holds no 'الفرات': bring it with 'gazetteer-data pull osm-waterways'"
    ):
        targets_named(FakeGazetteer({quarter.id: quarter}), "الفرات", parameter="of")


def test_a_table_without_a_place_that_can_be_used_is_refused(tmp_path: Path) -> None:
    table = a_table(tmp_path, "id,name,latitude,longitude\na,,,\n")
    with pytest.raises(TableError, match="holds no place with a position or a shape"):
        targets_for(FakeGazetteer(), table)


def test_a_table_gives_its_rows_with_radius_kind_and_dates(tmp_path: Path) -> None:
    table = a_table(
        tmp_path,
        "id,name,latitude,longitude,uncertainty_m,kind,valid_to\n"
        "a,First,35.9,36.6,250,clinic,2016-04-27\n,Second,36,37,,,\n",
    )
    first, second = targets_for(FakeGazetteer(), table).places
    assert ("a", "First", LatLon(35.9, 36.6), 250.0, PlaceKind.CLINIC, "2016-04-27") == (
        first.id,
        first.name,
        first.position,
        first.uncertainty_m,
        first.kind,
        first.valid_to,
    )
    assert ("row:2", 0.0, PlaceKind.LANDMARK, None) == (
        second.id,
        second.uncertainty_m,
        second.kind,
        second.valid_to,
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("what,where\na,b\n", "known to hold place names"),
        ("name,latitude,longitude\na,,36\n", "line 2.*not a position"),
        ("name,latitude,longitude\na,1,2\nb,95,36\n", "line 3.*not a position"),
        ("name,latitude,longitude,uncertainty_m\na,1,2,wide\n", "line 2.*no radius"),
        (
            "name,latitude,longitude,valid_from,valid_to\na,35,36,2017,2016-05\n",
            r"line 2: valid_from \(2017\) is after valid_to \(2016-05\): correct one of them",
        ),
    ],
)
def test_a_table_of_places_must_be_whole(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(TableError, match=words):
        targets_for(FakeGazetteer(), a_table(tmp_path, text))


def test_what_is_neither_kind_nor_file_is_refused_with_both_ways_out() -> None:
    with pytest.raises(
        InputError, match=r"neither a kind of place nor a place .* table; kinds are .*hospital.*air base"
    ):
        targets_for(FakeGazetteer(), "hospitl")


def test_a_name_means_its_one_place() -> None:
    assert ["test:kafranbel"] == [
        place.id for place in targets_named(FakeGazetteer(), "Kafranbel", parameter="near")
    ]


def test_a_name_with_several_answers_is_refused_with_each_of_them() -> None:
    words = r"near 'Twin' is ambiguous.*Twin, settlement, Idleb.*Twin, settlement, Aleppo"
    with pytest.raises(InputError, match=words) as error:
        targets_named(FakeGazetteer(), "Twin", parameter="near")
    assert "near" == error.value.parameter


@pytest.mark.parametrize("text", ["95,36.1", "nan,36.1", "35.9,inf"])
def test_a_position_that_is_none_is_refused_with_the_parameter(text: str) -> None:
    with pytest.raises(CoordinateError, match=f"near '{text}': (lati|longi)tude must") as error:
        targets_named(FakeGazetteer(), text, parameter="near")
    assert "near" == error.value.parameter


def test_a_row_without_a_position_is_counted_and_left_out(tmp_path: Path) -> None:
    table = a_table(tmp_path, "place,gaz_latitude,gaz_longitude\nIdlib,35.93,36.63\nNowhere,,\n,,\n")
    found = targets_for(FakeGazetteer(), table)
    assert (["Idlib"], 2) == ([place.name for place in found.places], found.without_position)


def test_a_name_is_never_read_as_a_file(tmp_path: Path) -> None:
    table = a_table(tmp_path, "name,latitude,longitude\na,1,2\n")
    with pytest.raises(InputError, match=r"neither a kind of place nor a place that is known here"):
        targets_named(FakeGazetteer(), table, parameter="near")
