"""Reading a cell: what is the name, what is context, and how they relate."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gazetteer.resolve.parse import parse
from gazetteer.values import LatLon

ANY_TEXT = st.text(st.characters(), max_size=400)


def read(text: str) -> list[tuple[str, str]]:
    return [(part.text, part.role) for part in parse(text).parts]


def names(text: str) -> tuple[str, ...]:
    """Return the folded words of the main name."""
    parts = parse(text).parts
    return parts[0].words if parts else ()


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Saraqeb", [("Saraqeb", "main")]),
        ("Saraqeb, Idlib", [("Saraqeb", "main"), ("Idlib", "context")]),
        ("سراقب، إدلب", [("سراقب", "main"), ("إدلب", "context")]),
        ("Hass, Idlib, Syria", [("Hass", "main"), ("Idlib", "context")]),
        ("Hass; Idlib", [("Hass", "main"), ("Idlib", "context")]),
        ("Hass\nIdlib", [("Hass", "main"), ("Idlib", "context")]),
        ("Rajo (Afrin)", [("Rajo", "main"), ("Afrin", "aside")]),
        ("Rajo [Afrin]", [("Rajo", "main"), ("Afrin", "aside")]),
        ("Rajo (Afrin", [("Rajo", "main"), ("Afrin", "aside")]),
        ("Afrin: Rajo", [("Rajo", "main"), ("Afrin", "context")]),
        ("Afrin - Rajo", [("Afrin", "main"), ("Rajo", "aside")]),
        ("Afrin – Rajo", [("Afrin", "main"), ("Rajo", "aside")]),
        ("Saraqeb/Serakib", [("Saraqeb", "main"), ("Serakib", "aside")]),
        ("Deir-ez-Zor", [("Deir-ez-Zor", "main")]),
        ("Hass, in Idlib", [("Hass", "main"), ("Idlib", "context")]),
        (", Hass", [("Hass", "main")]),
        ("Hass, Hass", [("Hass", "main")]),
        ("various locations in Idlib", [("Idlib", "main")]),
        ("Idlib, national hospital", [("Idlib national hospital", "main"), ("Idlib", "context")]),
        ("Aleppo, al-Quds hospital", [("al-Quds hospital", "main"), ("Aleppo", "context")]),
        ("al-Quds hospital, Aleppo", [("al-Quds hospital", "main"), ("Aleppo", "context")]),
    ],
)
def test_a_cell_is_cut_into_a_name_asides_and_context(text: str, parts: list[tuple[str, str]]) -> None:
    assert parts == read(text)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Hass city", "settlement"),
        ("Hass town", "settlement"),
        ("the village of Hass", "settlement"),
        ("Hass camp", "camp"),
        ("Hass neighbourhood", "neighbourhood"),
        ("Hass district", "district"),
        ("Hass sub-district", "subdistrict"),
        ("Hass governorate", "governorate"),
        ("Hass countryside", "region"),
        ("rural Hass", "region"),
        ("Hass outskirts", None),
        ("Hass area", None),
    ],
)
def test_a_kind_word_is_set_aside_in_english(text: str, kind: str | None) -> None:
    (part,) = parse(text).parts
    assert (("hass",), kind) == (part.words, part.kind)


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("مدينة", "settlement"),
        ("قرية", "settlement"),
        ("بلدة", "settlement"),
        ("مخيم", "camp"),
        ("حي", "neighbourhood"),
        ("ناحية", "subdistrict"),
        ("منطقة", "district"),
        ("محافظة", "governorate"),
    ],
)
def test_a_kind_word_is_set_aside_in_arabic(word: str, kind: str) -> None:
    (part,) = parse(f"{word} حاس").parts
    assert (("حاس",), kind) == (part.words, part.kind)


@pytest.mark.parametrize(
    ("text", "kind", "azimuth", "metres"),
    [
        ("5 km north of Hass", "offset", 0.0, 5000.0),
        ("5km NE of Hass", "offset", 45.0, 5000.0),
        ("about 10.5 km south-west of Hass", "offset", 225.0, 10_500.0),
        ("3 miles SSE of Hass", "offset", 157.5, 4828.032),
        ("800 m to the east of Hass", "offset", 90.0, 800.0),
        ("north of Hass", "direction", 0.0, None),
        ("just northwest of Hass", "direction", 315.0, None),
        ("near Hass", "near", None, None),
        ("around Hass", "near", None, None),
        ("in the vicinity of Hass", "near", None, None),
        ("close to Hass", "near", None, None),
        ("outskirts of Hass", "near", None, None),
        ("٥ كم شمال حاس", "offset", 0.0, 5000.0),
        ("5 كم جنوب شرق حاس", "offset", 135.0, 5000.0),
        ("شمال غرب مدينة حاس", "direction", 315.0, None),
        ("بالقرب من حاس", "near", None, None),
        ("محيط حاس", "near", None, None),
    ],
)
def test_a_relation_is_read_and_leaves_its_name(
    text: str, kind: str, azimuth: float | None, metres: float | None
) -> None:
    parsed = parse(text)
    assert parsed.relation is not None
    assert (kind, azimuth, metres) == (
        parsed.relation.kind,
        parsed.relation.azimuth_deg,
        parsed.relation.distance_m,
    )
    assert names(text) in {("hass",), ("حاس",)}


@pytest.mark.parametrize(
    ("text", "kind", "anchors"),
    [
        ("between Hass and Kafranbel", "between", ("Hass", "Kafranbel")),
        ("Hass – Kafranbel road", "between", ("Hass", "Kafranbel")),
        ("Hass - Kafranbel road", "between", ("Hass", "Kafranbel")),
        ("the Hass to Kafranbel highway", "between", ("Hass", "Kafranbel")),
        ("road between the towns of Hass and Kafranbel, Idlib", "between", ("Hass", "Kafranbel")),
        ("Hass and Kafranbel", "joined", ("Hass", "Kafranbel")),
        ("Hass & Kafranbel", "joined", ("Hass", "Kafranbel")),
        ("Hass, Kafranbel and Saraqib", "joined", ("Hass", "Kafranbel", "Saraqib")),
        ("بين حاس وكفرنبل", "between", ("حاس", "كفرنبل")),
        ("طريق حلب - دمشق", "between", ("حلب", "دمشق")),
    ],
)
def test_several_names_are_the_anchors_of_one_relation(
    text: str, kind: str, anchors: tuple[str, ...]
) -> None:
    relation = parse(text).relation
    assert relation is not None
    assert (kind, anchors) == (relation.kind, relation.anchors)


def test_the_area_after_a_relation_stays_context() -> None:
    assert [("Saraqeb", "main"), ("Idlib", "context")] == read("5 km north of Saraqeb, Idlib")


@pytest.mark.parametrize(
    "text", ["Deir ez-Zor", "Kafr Nabl", "Jisr al-Shughur", "Northern Hass", "Andan", "East Ghouta"]
)
def test_a_plain_name_has_no_relation(text: str) -> None:
    assert parse(text).relation is None


def test_eastern_ghouta_keeps_its_modifier() -> None:
    (part,) = parse("Eastern Ghouta").parts
    assert (("ghouta",), frozenset({"east"})) == (part.words, part.modifiers)


@pytest.mark.parametrize(
    ("text", "pcode"), [("SY07", "SY07"), ("sy0702", "SY0702"), (" C3916 ", "C3916"), ("n0001", "N0001")]
)
def test_a_pcode_is_no_name(text: str, pcode: str) -> None:
    parsed = parse(text)
    assert (pcode, ()) == (parsed.pcode, parsed.parts)


def test_a_written_position_is_no_name() -> None:
    parsed = parse("35.93, 36.63")
    assert (LatLon(35.93, 36.63), ()) == (parsed.point, parsed.parts)


def test_an_impossible_position_is_nothing_to_look_up() -> None:
    parsed = parse("95, 36.63")
    assert (None, None, ()) == (parsed.point, parsed.pcode, parsed.parts)


@given(ANY_TEXT)
def test_any_text_is_read_without_an_error_into_a_bounded_number_of_parts(text: str) -> None:
    parsed = parse(text)
    assert len(parsed.parts) <= 6
    assert all(part.words for part in parsed.parts)
    assert [] == [p.role for p in parsed.parts if p.role not in {"main", "aside", "context"}]


def test_many_blanks_are_one_and_a_line_break_still_sets_context_off() -> None:
    assert parse("Kafr Nabl, Idlib").parts == parse("Kafr" + " " * 200 + "Nabl  ,   Idlib").parts
    assert parse("Kafr Nabl, Idlib").parts == parse("Kafr Nabl \n \t Idlib").parts
