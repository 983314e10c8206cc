"""Fitting, and what is fitted on: right is told from wrong, bounds are kept, and a seed gives the same."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from gazetteer import Gazetteer
from gazetteer.geodesy import LatLon
from gazetteer.kinds import PlaceKind
from gazetteer.names import fold, script_of
from gazetteer.reading.calibration import UNCALIBRATED
from gazetteer.reading.features import CANDIDATE_FEATURES, LIST_FEATURES, NONE_FEATURES, ROLE_FEATURES
from gazetteer.reading.rank import load_weights
from scripts.labelled import LabelledRow, LabelledTable, fold_of, read_labelled
from scripts.made_reports import MadeReport, made_reports
from scripts.templates import MadeText, made_texts
from scripts.train_ranker import (
    Example,
    elsewhere_examples,
    examples_of,
    fit_lists,
    fit_names,
    fit_roles,
    made_examples,
)
from tests.builders import a_gazetteer_file, a_record

SARAQIB, FAR_AWAY = LatLon(35.863, 36.799), LatLon(33.5, 40.0)
COLUMNS = (*CANDIDATE_FEATURES, *ROLE_FEATURES, *NONE_FEATURES)
LIKE = load_weights()


def an_example(
    *readings: dict[str, float], right: int = 0, weight: float = 1.0, trust: float = 0.99
) -> Example:
    """An example whose readings have these features; the last says that none is meant."""
    rows = [[values.get(name, 0.0) for name in COLUMNS] for values in ({**r, "bias": -1.0} for r in readings)]
    rows.append([0.0] * len(COLUMNS))
    good = [n == right % len(rows) for n in range(len(rows))]
    return Example(np.array(rows, dtype=float), np.array(good), weight, trust)


def a_row(text: str = "Saraqeb", position: LatLon = SARAQIB, **changes: object) -> LabelledRow:
    values: dict[str, object] = {"table": "t", "text": text, "hints": (), "position": position}
    return LabelledRow(**{**values, **changes})  # type: ignore[arg-type]


ALIKE, UNLIKE = {"similarity": 1.0, "exact": 1.0}, {"similarity": 0.4}
NONE = -1


def test_the_fit_prefers_what_the_right_readings_have_in_common_and_learns_to_say_none() -> None:
    weights = fit_names([an_example(ALIKE, UNLIKE), an_example(UNLIKE, ALIKE, right=1)] * 10, LIKE)
    assert weights.candidate["similarity"] + weights.candidate["exact"] > 1.0
    often = fit_names([an_example(UNLIKE, UNLIKE, right=NONE)] * 10, LIKE)
    seldom = fit_names([an_example(UNLIKE, UNLIKE, right=0)] * 10, LIKE)
    assert often.none["bias"] > seldom.none["bias"]


def test_a_heavier_example_counts_more_and_a_label_that_is_hardly_trusted_less() -> None:
    def facility(*examples: Example) -> float:
        return fit_names(examples, LIKE).candidate["facility"]

    disputed = {"facility": 1.0}
    light = facility(an_example(disputed, {}), an_example(disputed, {}, right=1, weight=9.0))
    heavy = facility(an_example(disputed, {}, weight=9.0), an_example(disputed, {}, right=1))
    assert light < 0 < heavy
    sure = facility(*[an_example(disputed, {}, right=1)] * 5)
    unsure = facility(*[an_example(disputed, {}, right=1, trust=0.6)] * 5)
    assert sure < unsure <= 0.0


def test_the_same_examples_give_the_same_weights_and_one_for_every_feature() -> None:
    examples = [an_example(ALIKE, UNLIKE), an_example(UNLIKE, right=NONE)] * 5
    weights = fit_names(examples, LIKE)
    assert weights == fit_names(examples, LIKE)
    assert COLUMNS == (*weights.candidate, *weights.roles, *weights.none)
    assert LIKE.lists == weights.lists


def weight_of(name: str, *, right: int) -> float:
    """Return the weight of a feature that the first of two readings has."""
    weights = fit_names([an_example({name: 1.0}, {}, right=right)] * 10, LIKE)
    return {**weights.candidate, **weights.roles}[name]


def test_signs_that_common_sense_fixes_hold_whatever_the_rows_say() -> None:
    for name in ("in_governorate", "similarity", "exact", "more_sources", "part_covers"):
        assert weight_of(name, right=1) >= 0.0, name
    against = "out_of_governorate modifiers_missing homonyms_log kind_disagrees unread_words far_from_anchors"
    for name in against.split():
        assert weight_of(name, right=0) <= 0.0, name


def test_what_is_rare_in_tables_and_sure_keeps_its_least_weight() -> None:
    least = {"modifiers_shared": 1.0, "area_for_countryside": 3.0, "same_place": 1.0, "country": 4.0}
    assert least == {name: weight_of(name, right=1) for name in least}


def test_roles_are_fitted_without_moving_what_names_are_worth() -> None:
    weights = fit_roles([an_example({"unread_words": 1.0}, {}, right=1)] * 10, LIKE)
    assert (LIKE.candidate, LIKE.none, LIKE.lists) == (weights.candidate, weights.none, weights.lists)
    assert LIKE.roles["out_of_governorate"] == weights.roles["out_of_governorate"]
    assert LIKE.roles != weights.roles


def test_rows_of_one_place_are_in_one_fold_and_all_folds_are_used() -> None:
    texts = ("Saraqeb", "سراقب", "north of Saraqib")
    assert 1 == len({fold_of(a_row(text), folds=5) for text in texts})
    rows = [a_row(position=LatLon(32.5 + n / 10, 36.0 + n / 7)) for n in range(40)]
    assert set(range(5)) == {fold_of(row, folds=5) for row in rows}


# ------------------------------------------------------------------------------------ examples


@pytest.fixture
def two_towns(tmp_path: Path) -> Gazetteer:
    """Saraqib, a namesake far away, and the governorate called Idleb."""
    records = [
        a_record(),
        a_record(id="C1", position=FAR_AWAY, adm1_pcode="SY09", adm2_pcode=None, adm3_pcode=None),
        a_record(
            id="SY07", name="Idleb", name_ar="إدلب", kind=PlaceKind.GOVERNORATE,
            adm2_pcode=None, adm3_pcode=None,
        ),
    ]  # fmt: skip
    return Gazetteer.open(a_gazetteer_file(tmp_path / "g.gpkg", records))


def examples_in(gazetteer: Gazetteer, *rows: LabelledRow) -> list[Example]:
    return list(examples_of(rows, gazetteer.text_reader))


def biases(example: Example) -> list[float]:
    """Return the biases of the readings that are right: -1 of one that is a place, 0 of none."""
    return [float(bias) for bias in example.features[example.right][:, COLUMNS.index("bias")]]


def test_a_bare_name_is_an_example_with_the_word_for_a_town_as_well_and_the_other_way_round(
    two_towns: Gazetteer,
) -> None:
    for text in ("Saraqeb", "Saraqeb town", "سراقب"):
        bare, asked = sorted(
            examples_in(two_towns, a_row(text)),
            key=lambda e: float(np.abs(e.features[:, COLUMNS.index("asks_settlement")]).max()),
        )
        assert (0.5, 0.5) == (bare.weight, asked.weight)
        assert not bare.features[:, COLUMNS.index("asks_settlement")].any()


def test_the_candidate_within_five_kilometres_of_the_coders_point_is_right_or_none_which_is_trusted_less(
    two_towns: Gazetteer,
) -> None:
    near, _ = examples_in(two_towns, a_row(position=LatLon(35.89, 36.80)))
    assert (3, [-1.0]) == (len(near.right), biases(near))
    nowhere, _ = examples_in(two_towns, a_row(position=LatLon(35.95, 36.80)))
    assert [0.0] == biases(nowhere)
    assert nowhere.trust < near.trust
    # Of a row that means an area only the area is right.
    (right,) = examples_in(two_towns, a_row("Idleb governorate", area="SY07"))
    (wrong,) = examples_in(two_towns, a_row("Idleb governorate", area="SY08"))
    assert ([-1.0], [0.0]) == (biases(right), biases(wrong))


def test_tables_count_equally_whatever_their_length_and_repeated_rows_once(two_towns: Gazetteer) -> None:
    rows = [a_row(), a_row(), a_row(), a_row("Saraqib"), a_row(table="short")]
    weights = [e.weight for e in examples_in(two_towns, *rows)]
    assert [0.375, 0.375, 0.125, 0.125, 0.5, 0.5] == weights


def test_a_row_without_a_name_to_look_up_or_whose_coder_contradicts_it_is_no_example(
    two_towns: Gazetteer,
) -> None:
    for text in ("", " ", "😀", "hospital", "Iraq", "Saraqib, Iraq", "between Saraqib and Hass"):
        assert [] == examples_in(two_towns, a_row(text)), text
    assert [] == examples_in(two_towns, a_row(contradicted=True))


def test_what_is_fitted_on_real_examples_ranks_the_town_meant_first(two_towns: Gazetteer) -> None:
    rows = [a_row(hints=("Idleb",)), a_row("سراقب", hints=("SY07",))]
    fitted = two_towns.with_weights(fit_names(examples_in(two_towns, *rows), LIKE), UNCALIBRATED)
    assert "C3916" == fitted.resolve("Saraqeb", context=("Idleb",)).matches[0].place.id


def test_names_of_places_elsewhere_mean_none_and_weigh_together_as_one_table(two_towns: Gazetteer) -> None:
    found = list(elsewhere_examples(["Sarqib", "Seraghab"], two_towns.text_reader))
    assert 1.0 == pytest.approx(sum(example.weight for example in found))
    assert all(not example.features[example.right].any() for example in found)


# ---------------------------------------------------------------------------------- made texts


@pytest.fixture(scope="module")
def default() -> Gazetteer:
    return Gazetteer.open()


def test_made_texts_name_settlements_of_a_name_of_their_own_and_some_are_left_out(default: Gazetteer) -> None:
    places = {place.id: place for place in default.places()}
    made, same, other = (list(made_texts([*places.values()], count=400, seed=seed)) for seed in (1, 1, 2))
    assert made == same != other
    assert {PlaceKind.SETTLEMENT} == {places[i].kind for text in made for i in text.places}
    assert {True, False} == {text.left_out for text in made}
    assert {1, 2, 3} == {len(text.places) for text in made}
    for text in made:
        named = [places[i] for i in text.places]
        written = fold(text.text.replace("#", " "))
        assert all(fold(p.name) in written or fold(p.name_ar) in written for p in named)
        assert not (text.left_out and len(named) > 1)


def test_a_made_text_means_its_settlement_or_none_where_that_is_left_out(default: Gazetteer) -> None:
    reader = default.text_reader
    texts = [MadeText("Saraqib, Idleb", ("geonames:164816",), left_out=False)]
    texts += [
        replace(texts[0], left_out=True),
        MadeText("Saraqib and Idlib", ("geonames:164816", "geonames:169389"), False),
    ]
    known, left_out = made_examples(texts, reader, reader)
    assert known.weight > left_out.weight
    assert ({-1.0}, {0.0}) == (set(biases(known)), set(biases(left_out)))


def test_lists_are_fitted_from_texts_that_could_be_one(default: Gazetteer) -> None:
    both = MadeText("Saraqib; Kafranbel", ("geonames:164816", "geonames:168661"), left_out=False)
    one = MadeText("Saraqib / Kafranbel", ("geonames:164816",), left_out=False)
    weights = fit_lists([both, one] * 5, default.text_reader, LIKE)
    assert (list(LIST_FEATURES), LIKE.roles) == (list(weights.lists), weights.roles)
    assert weights.lists["strong"] > weights.lists["slash"]


# ---------------------------------------------------------------------------------------- made reports


def reports(default: Gazetteer, *, count: int = 60, seed: int = 1) -> list[MadeReport]:
    names = default.text_reader.names
    return list(made_reports(names.places, names.index, count=count, seed=seed))


def test_a_seed_gives_the_same_reports_english_and_arabic_in_turn_and_another_seed_others(
    default: Gazetteer,
) -> None:
    assert reports(default) == reports(default) != reports(default, seed=2)
    assert ["Latn", "Arab"] * 30 == [script_of(text) for text, _ in reports(default)]


def test_a_spelling_of_its_place_stands_at_each_span_and_no_slot_is_left(
    default: Gazetteer,
) -> None:
    names = default.text_reader.names
    spelled: dict[str, set[str]] = {place.id: {place.name, place.name_ar} for place in names.places}
    for number, text, _ in names.index.spellings:
        spelled[names.places[number].id].add(text)
    for text, named in reports(default):
        assert named, text
        assert all(text[start:end] in spelled[place.id] for start, end, place in named), text
        assert all(a[1] <= b[0] for a, b in pairwise(named)), text
        assert not {"{", "}"} & set(text), text


def test_the_settlements_of_a_report_lie_in_one_district_and_its_governorate_holds_them(
    default: Gazetteer,
) -> None:
    for text, named in reports(default):
        places = [place for _, _, place in named]
        assert len({place.admin[1].pcode for place in places if len(place.admin) > 1}) <= 1, text
        assert len({place.admin[0].pcode for place in places}) == 1, text


# -------------------------------------------------------------------------------------- labelled tables

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
