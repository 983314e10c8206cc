"""OCHA's boundaries in both schemas, and its populated places in every format."""

from pathlib import Path

from gazetteer.kinds import PlaceKind
from tests.upstream_builders import (
    neighbourhoods,
    populated_places,
    records_of,
    settlement,
)

OLD, NEW, PLACES = "OCHA COD-AB, schema of 2020", "OCHA COD-AB, schema v02", "OCHA populated places"


def test_a_neighbourhood_has_its_code_names_and_areas(tmp_path: Path) -> None:
    [(read_as, [record])] = records_of(neighbourhoods(tmp_path / "n.shp").parent).items()
    assert OLD == read_as
    assert (PlaceKind.NEIGHBOURHOOD, "N0413") == (record.kind, record.key)
    assert ("SY07", "SY0702", "SY070200") == record.stated
    assert [
        ("Al Thawra_ Al Jourah", "en", False),
        ("الثورة_ الجورة", "ar", False),
        ("Thawra (Manbaj)", "en", True),
    ] == [(name.text, name.language, name.is_label) for name in record.names]


def test_populated_places_are_the_same_from_every_format(tmp_path: Path) -> None:
    for suffix in (".xlsx", ".csv", ".shp"):
        folder = tmp_path / suffix
        folder.mkdir()
        populated_places(folder / f"p{suffix}", [settlement()])
        [(read_as, [record])] = records_of(folder).items()
        assert (PLACES, "C1001", PlaceKind.SETTLEMENT) == (read_as, record.key, record.kind)
        assert (35.5, 37.5, "2018-12-19") == (record.latitude, record.longitude, record.date)
        assert ("SY07", "SY0702", "SY070200") == record.stated
        assert [
            ("Saraqab", "en", False),
            ("سراقب", "ar", False),
            ("Saraqab (Saraqab)", "en", True),
            ("سراقب - سراقب", "ar", True),
        ] == [(name.text, name.language, name.is_label) for name in record.names]


def test_a_name_that_a_workbook_took_for_a_number_stays_text_and_a_gap_is_handed_on_as_such(
    tmp_path: Path,
) -> None:
    numbers = settlement(admin4Name_en=60, LocationName_ar=3)
    gaps = settlement(admin4Pcode="", Latitude_y="", Longitude_x="n/a")
    populated_places(tmp_path / "p.xlsx", [numbers, gaps])
    named, without = records_of(tmp_path)[PLACES]
    assert ["60", "سراقب", "Saraqab (Saraqab)", "3"] == [name.text for name in named.names]
    assert ("", None, None) == (without.key, without.latitude, without.longitude)
