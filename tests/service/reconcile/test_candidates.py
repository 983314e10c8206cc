"""Which candidates a query gets, in which order, and which one may be matched without a person."""

from typing import Any

import pytest

from gazetteer import Gazetteer
from gazetteer.answers import Match, Resolution
from gazetteer.geodesy import LatLon
from gazetteer.kinds import PlaceKind
from gazetteer.values import Place
from tests.fakes import ALEPPO, FakeGazetteer
from tests.service.asking import a_client
from tests.service.reconcile.reconciling import Answering, a_match, asked, batch, results


def prop(pid: str, *values: Any) -> dict[str, Any]:
    return {"pid": pid, "v": values[0] if len(values) == 1 else list(values)}


def feature(candidate: dict[str, Any], name: str) -> Any:
    return next((one["value"] for one in candidate["features"] if one["id"] == name), None)


def test_every_key_is_answered_by_itself_also_where_nothing_is_found() -> None:
    queries = {
        "q0": {"query": "Saraqeb"},
        "row 7": {"query": "Nowhere"},
        "": {"query": "Twin"},
        "b": {"query": "Idlib", "properties": [prop("governorate", "Atlantis")]},
        "c": {"properties": [prop("governorate", "Idlib")]},
        "no name": {"query": "95, 36.8"},
        "too long": {"query": "x" * 1000},
    }
    found = batch(a_client(), queries)
    assert [1, 0, 1, 1, 0, 0, 0] == [len(candidates) for candidates in found.values()]
    assert found == {key: batch(a_client(), {key: query})[key] for key, query in queries.items()}
    assert {} == batch(a_client(), {})


def test_several_places_are_candidates_of_which_none_is_matched() -> None:
    found = results(asked(a_client(), "Saraqeb + Aleppo"))
    assert [("test:saraqeb", False), ("test:aleppo", False)] == found


def test_a_candidate_says_its_kind_first_its_score_and_its_features() -> None:
    [found] = asked(Answering(a_match(0.97, kind=PlaceKind.HOSPITAL, name_ar="مشفى")).client, "x")
    assert ["hospital", "facility"] == [kind["id"] for kind in found["type"]]
    assert (97.0, "Hospital · مشفى · because") == (found["score"], found["description"])
    assert [{"id": "confidence", "value": 0.97}, {"id": "uncertainty_m", "value": 1000}] == found["features"]


def test_only_a_sure_best_candidate_without_a_rival_is_a_match() -> None:
    for expected, *matches in (
        (True, a_match(0.9)),
        (False, a_match(0.8999)),
        (True, a_match(0.95), a_match(0.24, id="test:other")),
        (False, a_match(0.95), a_match(0.25, id="test:other")),
        (False, a_match(0.95), a_match(0.15, id="test:other"), a_match(0.11, id="test:third")),
        (False, a_match(0.97, method="fallback")),
        (False, a_match(0.97, method="around")),
        (True, a_match(0.97, method="offset")),
    ):
        found = [candidate["match"] for candidate in asked(Answering(*matches).client, "x")]
        assert [expected, *[False] * (len(matches) - 1)] == found, matches


def test_candidates_of_one_id_are_one_and_a_rival_counts_though_it_is_not_shown() -> None:
    [found] = asked(Answering(a_match(0.95), a_match(0.5)).client, "x")
    assert (95.0, True) == (found["score"], found["match"])
    rivals = Answering(a_match(0.95), a_match(0.9, id="test:other"))
    assert [("test:saraqeb", False)] == results(asked(rivals.client, "x", limit=1))


def test_an_id_is_answered_by_its_entity_which_is_not_matched_where_another_type_is_wanted() -> None:
    for entity_id in ("SY07", "test:idlib", "geo:35.90617,36.80611;u=6803"):
        [found] = asked(a_client(), entity_id)
        assert (entity_id, 100.0, True) == (found["id"], found["score"], found["match"])
        assert [(entity_id, False)] == results(asked(a_client(), entity_id, type="hospital"))


def test_namesakes_are_told_apart_by_kind_and_areas() -> None:
    differing = (
        {"id": "test:b", "admin": (ALEPPO,)},
        {"id": "test:c", "kind": PlaceKind.CLINIC},
        {"id": "test:d"},
    )
    found = asked(Answering(a_match(0.4), *(a_match(0.1, **one) for one in differing)).client, "x")
    assert [
        "Saraqeb — Idleb [test:saraqeb]",
        "Saraqeb — Aleppo",
        "Saraqeb (clinic) — Idleb",
        "Saraqeb — Idleb [test:d]",
    ] == [candidate["name"] for candidate in found]
    assert "Idleb (governorate)" == asked(a_client(), "SY07")[0]["name"]


@pytest.mark.parametrize("pid", ["governorate", "district", "subdistrict", "area", "adm1_name", "adm1_pcode"])
def test_a_known_area_restricts_the_search(pid: str) -> None:
    for value, area, context in (
        ("Idlib", ("Idlib",), ()),
        ({"id": "SY07", "name": "Idleb (governorate)"}, ("SY07",), ()),  # reconciled itself
        (["Idleb", "SY07"], None, ("Idleb", "SY07")),  # of several a place has to lie in one
    ):
        gazetteer = Answering(a_match(0.99))
        [found] = asked(gazetteer.client, "x", properties=[{"pid": pid, "v": value}])
        assert (area, context) == (gazetteer.asked[0]["area"], gazetteer.asked[0]["context"])
        assert (True, True) == (feature(found, "in_area"), found["match"])


def test_an_unknown_area_is_a_hint_that_leaves_the_match_to_a_person_and_an_empty_one_says_nothing() -> None:
    unknown, empty = [prop("governorate", "Atlantis")], [prop("governorate", ""), prop("near", " ")]
    for hints, context, match in ((unknown, ("Atlantis",), False), (empty, (), True)):
        gazetteer = Answering(a_match(0.99))
        [found] = asked(gazetteer.client, "x", properties=hints)
        assert (None, context) == (gazetteer.asked[0]["area"], gazetteer.asked[0]["context"])
        assert (None, match) == (feature(found, "in_area"), found["match"])


def test_what_lies_elsewhere_is_shown_but_never_matched() -> None:
    gazetteer = Answering(a_match(0.99, admin=(ALEPPO,)), area=())
    [found] = asked(gazetteer.client, "x", properties=[prop("governorate", "Idlib")])
    assert (False, False) == (feature(found, "in_area"), found["match"])
    assert [("Idlib",), None] == [options.get("area") for options in gazetteer.asked]
    assert ("Idlib",) == gazetteer.asked[1]["context"]


class Far(Answering):
    """Has a likely candidate 66.5 km from the other, which is Saraqeb, and knows Saraqeb itself."""

    def __init__(self, confidence: float, *others: Match, radius_m: float = 1000.0) -> None:
        far = a_match(confidence, name="Farplace", position=LatLon(36.5, 36.8), uncertainty_m=radius_m)
        super().__init__(far, *others)

    def resolve(self, text: str, **options: Any) -> Resolution:
        return FakeGazetteer().resolve(text) if text == "Saraqeb" else super().resolve(text, **options)


def test_what_is_near_comes_before_what_is_more_likely_but_far() -> None:
    for properties in (
        [prop("near", "35.9, 36.8")],
        [prop("near", "Saraqeb")],
        [prop("near", {"id": "test:saraqeb", "name": "Saraqeb — Idleb"})],
        [prop("latitude", 35.9), prop("longitude", "36.8")],
    ):
        gazetteer = Far(0.6, a_match(0.35))
        found = asked(gazetteer.client, "x", properties=properties)
        assert [("test:saraqeb", 35.0), ("test:farplace", 30.0)] == [(c["id"], c["score"]) for c in found]
        assert pytest.approx([0, 66_500], rel=0.01) == [feature(one, "distance_m") for one in found]
        assert ("SY0700",) == gazetteer.asked[-1]["context"]


def test_what_is_far_is_never_matched_unless_its_radius_may_reach() -> None:
    for radius_m, expected in ((1000.0, (False, 49.5)), (50_000.0, (True, 99.0))):
        [found] = asked(Far(0.99, radius_m=radius_m).client, "x", properties=[prop("near", "35.9, 36.8")])
        assert expected == (found["match"], found["score"]), radius_m


def test_a_distance_to_a_place_is_written_down_as_telling_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Place] = []
    monkeypatch.setattr("service.reconcile.candidates.tell", told.extend)
    asked(a_client(), "Saraqeb", properties=[prop("near", {"id": "test:national"})])
    assert ["test:saraqeb", "test:national"] == [place.id for place in told]


def test_a_position_that_cannot_be_read_leaves_the_match_to_a_person() -> None:
    for properties in (
        [prop("latitude", "35.9")],
        [prop("latitude", "35.9"), prop("latitude", "36.8")],
        [prop("latitude", "north"), prop("longitude", "36.8")],
        [prop("latitude", "95"), prop("longitude", "36.8")],
        [prop("latitude", float("nan")), prop("longitude", "36.8")],
        [prop("near", "Atlantis")],
        [prop("near", "95, 36.8")],
        [prop("near", "Idlib", "Aleppo")],
    ):
        found = results(asked(a_client(), "Saraqeb", properties=properties))
        assert [("test:saraqeb", False)] == found, properties


def test_types_are_searched_for_by_their_kinds_and_a_computed_position_by_all() -> None:
    for types, kinds in (
        ("settlement", ["settlement"]),
        (["hospital", "area"], ["hospital", "admin"]),
        (["city", "facility"], ["facility"]),
        ("city", []),
        (["point", "hospital"], []),
    ):
        gazetteer = Answering()
        asked(gazetteer.client, "x", type=types, type_strict="should")
        assert kinds == gazetteer.asked[0]["kind"], types


def test_no_more_candidates_than_asked_for_and_five_unless_said() -> None:
    gazetteer = Answering(*(a_match(0.1, id=f"test:{n}") for n in range(9)))
    assert [5, 2, 9] == [len(asked(gazetteer.client, "x", **o)) for o in ({}, {"limit": 2}, {"limit": 100})]


def test_a_computed_position_has_an_id_that_says_all() -> None:
    place: dict[str, Any] = {"id": "point:x", "kind": PlaceKind.POINT, "position": LatLon(35.90617, 36.80611)}
    [found] = asked(Answering(a_match(0.97, **place)).client, "5 km north of Saraqeb")
    assert ("geo:35.90617,36.80611;u=1000", "point") == (found["id"], found["type"][0]["id"])


def test_types_are_any_of_several_groups_too_and_near_chooses_among_namesakes(default: Gazetteer) -> None:
    client = a_client(default)
    for text, types, expected in (
        ("Idlib", ["governorate", "district"], {"governorate", "district"}),
        ("Idlib", ["settlement", "area"], {"settlement"}),  # which outweighs the areas of its name
        ("Idlib", ["facility", "governorate"], {"hospital", "governorate"}),
        ("national hospital", ["clinic", "facility"], {"hospital"}),
        ("5 km north of Saraqeb", ["hospital", "point"], {"point"}),
    ):
        found = asked(client, text, type=types)
        assert expected == {candidate["type"][0]["id"] for candidate in found}, types
    assert [("SY07", True)] == results(asked(client, "إدلب", type="governorate"))
    near = [prop("near", "35.93, 36.63")]
    first, *others = asked(client, "national hospital", type="hospital", properties=near)
    assert "cg:idlib-national-hospital" == first["id"]
    assert all(one["score"] < 50 and not one["match"] for one in others)
