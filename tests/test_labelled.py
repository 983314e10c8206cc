"""Reading the labelled tables: which rows and areas each view holds."""

from pathlib import Path

from gazetteer.geodesy import LatLon
from scripts.labelled import LabelledTable, read_labelled

AIRWARS = "place,place_ar,governorate,true_latitude,true_longitude,true_adm1,true_adm2,true_adm3"
UCDP = "place,governorate,district,where_prec,true_latitude,true_longitude,true_adm1,true_adm2,true_adm3"


def tables_of(
    folder: Path, *, airwars: tuple[str, ...] = (), ucdp: tuple[str, ...] = ()
) -> list[LabelledTable]:
    (folder / "airwars_dev.csv").write_text("\n".join([AIRWARS, *airwars]) + "\n", "utf-8")
    (folder / "ucdp_dev.csv").write_text("\n".join([UCDP, *ucdp]) + "\n", "utf-8")
    return read_labelled(folder)


def test_the_views_are_those_that_are_reported(tmp_path: Path) -> None:
    assert [
        ("Airwars English, no area", ()),
        ("Airwars English, governorate given", ("governorate",)),
        ("Airwars Arabic, no area", ()),
        ("UCDP (where_prec 1-2), no area", ()),
        ("UCDP (1-2), governorate and district given", ("governorate", "district")),
        ("UCDP (where_prec 3, 4, 6), areas", ()),
    ] == [(table.name, table.areas) for table in tables_of(tmp_path)]


def test_a_row_holds_the_place_the_areas_and_the_coders_point(tmp_path: Path) -> None:
    rows = ("Saraqeb,سراقب,Idlib,35.86,36.8,SY07,SY0700,SY070003",)
    [english], [given], [arabic] = (table.rows for table in tables_of(tmp_path, airwars=rows)[:3])
    at = LatLon(35.86, 36.8)
    assert ("Saraqeb", (), at, None) == (english.text, english.hints, english.position, english.area)
    assert (("Idlib",), "سراقب") == (given.hints, arabic.text)
    assert ("SY07", "SY0700", "SY070003") == arabic.truth
    truth = {"true_latitude": "35.86", "true_longitude": "36.8", "true_adm1": "SY07", "true_adm2": "SY0700"}
    rest = {"true_adm3": "SY070003", "true_area": "", "place": "Saraqeb", "date": "", "governorate": "Idlib"}
    assert truth | rest == given.cells(("governorate",))


def test_rows_without_a_name_or_a_position_and_blank_areas_are_left_out(tmp_path: Path) -> None:
    rows = (",سراقب,Idlib,35.86,36.8,SY07,,", "Hass,, ,35.6,36.6,SY07,,", "Nowhere,,Idlib,nan,nan,,,")
    english, given, arabic, *_ = tables_of(tmp_path, airwars=rows)
    assert ["Hass"] == [row.text for row in english.rows]
    assert [()] == [row.hints for row in given.rows]
    assert ["سراقب"] == [row.text for row in arabic.rows]


def test_ucdp_rows_go_by_their_precision_and_areas_know_which_is_meant(tmp_path: Path) -> None:
    codes = ("1", "2", "3", "4", "5", "6", "7", "2.0")
    rows = tuple(f"p{code},Idlib,Harim,{code},36.0,36.5,SY07,SY0703,SY070301" for code in codes)
    *_, towns, given, areas = tables_of(tmp_path, ucdp=rows)
    assert {"p1": None, "p2": None, "p2.0": None} == {row.text: row.area for row in towns.rows}
    assert ("Idlib", "Harim") == given.rows[0].hints
    assert {"p3": "SY0703", "p4": "SY07", "p6": "SY"} == {row.text: row.area for row in areas.rows}
